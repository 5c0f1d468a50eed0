"""Secrets of webhooks and of feeds, and the signature by which a receiver knows the portal.

Standard Webhooks (https://www.standardwebhooks.com): the signature is the HMAC-SHA256 (RFC 2104) of id, timestamp and body with
dots between them, under a secret that is shown as whsec_ and its base64.

A webhook's secret has to be used again and again, so a digest of it would not do. It is derived from the server's key, the webhook
and the number of the secret: nothing of it is in the database, and a stolen dump signs nothing.
"""

from __future__ import annotations

import hmac
from base64 import b64encode, urlsafe_b64encode
from hashlib import blake2b, sha256
from typing import Final
from uuid import UUID

from django.conf import settings

SECRET_MARK: Final = "whsec_"  # noqa: S105  the mark of all of them
FEED_MARK: Final = "fpf_"  # by which scanners for leaked secrets know a feed's token
SECRET_BYTES: Final = 32


def webhook_secret(webhook: UUID, *, version: int) -> bytes:
    return _derived(webhook.bytes + version.to_bytes(4), b"webhook secret")


def shown(secret: bytes) -> str:
    """A webhook's secret as its receiver keeps it."""
    return SECRET_MARK + b64encode(secret).decode()


def signature(secret: bytes, *, message_id: str, timestamp: int, body: bytes) -> str:
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + b64encode(hmac.digest(secret, signed, sha256)).decode()


def row_of(form: bytes, *, purpose: bytes) -> UUID:
    """The id of the row that a form makes, out of its random content: the same form sent again makes no second one."""
    return UUID(bytes=_derived(form, purpose)[:16], version=4)


def feed_token(form: bytes) -> str:
    return FEED_MARK + urlsafe_b64encode(_derived(form, b"new feed token")).decode().rstrip("=")


def feed_digest(token: str) -> bytes:
    """What is kept of a feed's token. It is keyed, so that nobody can steer what is looked for to what is there."""
    return _derived(token.encode(), b"feed token")


def _derived(content: bytes, purpose: bytes) -> bytes:
    return blake2b(content, digest_size=SECRET_BYTES, key=settings.SERVER_KEY, person=purpose).digest()
