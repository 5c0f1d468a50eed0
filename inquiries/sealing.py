"""How an asker's words are kept so that a stolen database opens none of them.

Each inquiry has a random case key. Words are sealed with it (XChaCha20-Poly1305, draft-irtf-cfrg-xchacha-03), bound to the row
they stand in by associated data, and padded so that their length says little. The case key itself is stored only wrapped: once
for the receipt, once for the office's key ring. The receipt and the ring both live outside the database. Around each wrapped key
is a second layer that opens with the case's share alone, which is kept in the key store and destroyed with the case.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from uuid import UUID

from nacl import bindings
from nacl.exceptions import CryptoError
from nacl.utils import random

KEY_BYTES = bindings.crypto_aead_xchacha20poly1305_ietf_KEYBYTES
NONCE_BYTES = bindings.crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
WRAPPED_ONCE = NONCE_BYTES + KEY_BYTES + bindings.crypto_aead_xchacha20poly1305_ietf_ABYTES
# A sealed text is a multiple of this long: enough that most questions look alike, little enough to store.
PADDING_BYTES = 1024


class CannotOpen(Exception):
    """The key is wrong, or the sealed bytes are not those that were stored in this place."""


@dataclass(frozen=True)
class Place:
    """Where sealed bytes stand: moved to another row or column, they no longer open."""

    column: str
    inquiry: UUID
    row: UUID

    def __bytes__(self) -> bytes:
        return f"{self.column}|{self.inquiry}|{self.row}".encode()


def new_case_key() -> bytes:
    return random(KEY_BYTES)


def seal(text: str, *, key: bytes, place: Place) -> bytes:
    """Return nonce and ciphertext of `text`, padded to a multiple of PADDING_BYTES."""
    return seal_bytes(bindings.sodium_pad(text.encode(), PADDING_BYTES), key=key, place=place)


def unseal(sealed: bytes, *, key: bytes, place: Place) -> str:
    """Return the text; raises CannotOpen for a wrong key, place or byte."""
    return bindings.sodium_unpad(unseal_bytes(sealed, key=key, place=place), PADDING_BYTES).decode()


def seal_bytes(content: bytes, *, key: bytes, place: Place) -> bytes:
    """Return nonce and ciphertext of `content`; the random nonce is 192 bits, so it never needs a counter."""
    nonce = random(NONCE_BYTES)
    return nonce + bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(content, bytes(place), nonce, key)


def unseal_bytes(sealed: bytes, *, key: bytes, place: Place) -> bytes:
    """Return the content; raises CannotOpen for a wrong key, place or byte."""
    try:
        return bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(sealed[NONCE_BYTES:], bytes(place), sealed[:NONCE_BYTES], key)
    except (CryptoError, ValueError) as error:
        raise CannotOpen from error


def wrap(key: bytes, *, under: bytes, share: bytes | None, place: Place) -> bytes:
    """Return a case key wrapped under a reader's key, inside a layer that only the case's share opens, if it has one."""
    wrapped = seal_bytes(key, key=under, place=place)
    return enclose(wrapped, share=share, place=place) if share else wrapped


def unwrap(wrapped: bytes, *, under: bytes, share: bytes | None, place: Place) -> bytes:
    """Return the case key; raises CannotOpen for a wrong key, share or place."""
    inner = unseal_bytes(wrapped, key=share or b"", place=place) if is_enclosed(wrapped) else wrapped
    return unseal_bytes(inner, key=under, place=place)


def enclose(wrapped: bytes, *, share: bytes, place: Place) -> bytes:
    """Put the share's layer around a key that was wrapped before there were shares. No reader's key is needed for it."""
    return seal_bytes(wrapped, key=share, place=place)


def is_enclosed(wrapped: bytes) -> bool:
    """Whether a wrapped key has the share's layer. Its length tells: each layer adds a nonce and a tag."""
    return len(wrapped) > WRAPPED_ONCE


def derive(secret: bytes, *, purpose: str, server_key: bytes, size: int = KEY_BYTES) -> bytes:
    """Return `size` bytes that only the server's key can compute from `secret`, different for each `purpose` (at most 16 bytes)."""
    return blake2b(secret, digest_size=size, key=server_key, person=purpose.encode()).digest()
