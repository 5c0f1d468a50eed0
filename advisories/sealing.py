"""How addresses of an association's members are kept, so that a stolen database opens none of them and no query can read them.

Each list has a key of its own, which only the server's key can compute (BLAKE2b, RFC 7693). An address and a name are sealed with
it (XChaCha20-Poly1305, draft-irtf-cfrg-xchacha-03), bound to their row and padded so that their length says little. Beside them
stands a keyed digest of the address: by it one address is found, and nobody can try addresses without the server's key.
"""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import NamedTuple
from uuid import UUID

from nacl import bindings
from nacl.exceptions import CryptoError
from nacl.utils import random

NONCE_BYTES = bindings.crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
KEY_BYTES = bindings.crypto_aead_xchacha20poly1305_ietf_KEYBYTES
DIGEST_BYTES = 32
PADDING_BYTES = 128  # most addresses with a name fit into one


class CannotOpen(Exception):
    """The key is wrong, or the sealed bytes are not those that were stored in this row."""


class Person(NamedTuple):
    address: str
    name: str = ""


def key_of(member_list: UUID, *, server_key: bytes) -> bytes:
    return blake2b(member_list.bytes, digest_size=KEY_BYTES, key=server_key, person=b"member list").digest()


def digest_of(address: str, *, member_list: UUID, server_key: bytes) -> bytes:
    """The same for an address however its letters are cased, and another one in each list."""
    said = member_list.bytes + address.strip().lower().encode()
    return blake2b(said, digest_size=DIGEST_BYTES, key=server_key, person=b"member address").digest()


def seal(person: Person, *, key: bytes, digest: bytes) -> bytes:
    content = bindings.sodium_pad(json.dumps(person, ensure_ascii=False).encode(), PADDING_BYTES)
    nonce = random(NONCE_BYTES)
    return nonce + bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(content, digest, nonce, key)


def unseal(sealed: bytes, *, key: bytes, digest: bytes) -> Person:
    """Return who was sealed; raises CannotOpen for a wrong key, row or byte."""
    try:
        content = bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(sealed[NONCE_BYTES:], digest, sealed[:NONCE_BYTES], key)
    except (CryptoError, ValueError) as error:
        raise CannotOpen from error
    return Person(*json.loads(bindings.sodium_unpad(content, PADDING_BYTES)))
