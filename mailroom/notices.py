"""What a mail provider reports by HTTP: signed JSON in one plain shape, whoever the provider is.

    POST /mail/reports/
    X-Timestamp: 1790000000
    X-Signature: sha256=<hex of HMAC-SHA256 over the timestamp, a full stop and the body>

    [{"address": "bounces+…@example.org", "kind": "bounce", "status": "5.1.1"}, {"address": "…", "kind": "complaint"}]

`address` is the envelope's sender, under which the provider got the copy. A bounce is of a copy that was given up, not delayed.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from mailroom.bounces import STATUS

LARGEST = 256 * 1024  # bytes
MOST = 1000
TOLERANCE = 300  # seconds by which the two clocks may differ, and for which a signed body can be sent again
KINDS = ("bounce", "complaint")


class NotUnderstood(Exception):
    """The message says what to mend."""


@dataclass(frozen=True)
class Notice:
    address: str
    is_complaint: bool
    status: str


def is_signed(body: bytes, *, timestamp: str, signature: str, secret: str, now: float) -> bool:
    """Whether the body was signed with `secret`, within TOLERANCE of `now`, in seconds since 1970."""
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12 and abs(now - int(timestamp)) <= TOLERANCE):
        return False
    expected = "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, "sha256").hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode())


def read(body: bytes) -> list[Notice]:
    """Return what the body reports; raises NotUnderstood if any of it is wrong, so that nothing is half taken."""
    try:
        items = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood(_("The body is not JSON.")) from error
    if not isinstance(items, list) or len(items) > MOST:
        raise NotUnderstood(_("The body must be a list of at most %(most)d reports.") % {"most": MOST})
    return [_notice(item) for item in items]


def _notice(item: Any) -> Notice:
    if not isinstance(item, dict) or not isinstance(item.get("address"), str) or item.get("kind") not in KINDS:
        raise NotUnderstood(_("Each report needs an address and a kind, which is bounce or complaint."))
    is_complaint, status = item["kind"] == "complaint", item.get("status", "")
    if not is_complaint and not (isinstance(status, str) and STATUS.fullmatch(status) and status[0] != "2"):
        raise NotUnderstood(_("A bounce needs a status such as 5.1.1 (RFC 3463)."))
    return Notice(item["address"], is_complaint, "" if is_complaint else status)
