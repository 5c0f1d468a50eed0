"""The proof of filing: the office's signature under what was asked, on which day, under which reference. It names nobody.

The content is there as a hash with a salt that only the proof carries, so nobody can find the words by trying. What is signed is
the statement as canonical JSON: sorted names, no spaces, UTF-8 (RFC 8785 for strings). The signature is Ed25519 (RFC 8032).
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from nacl.exceptions import CryptoError
from nacl.signing import SigningKey, VerifyKey

KIND = "proof of filing 1"
LONGEST = 4000  # characters of a proof's file


class NotAProof(Exception):
    """The text is no proof of filing, or the office did not sign it so."""


class UnknownKey(NotAProof):
    """The proof names a key that the office does not publish."""


@dataclass(frozen=True)
class Statement:
    """What the office signs. `content` is the hash as hexadecimal digits, `on` the day as ISO 8601, `key` the signing key's id."""

    content: str
    key: str
    kind: str
    on: str
    reference: str


@dataclass(frozen=True)
class Proof:
    statement: Statement
    salt: str
    signature: str

    def text(self) -> str:
        """The proof as the text of its file."""
        return json.dumps(asdict(self), indent=2) + "\n"

    def is_of(self, *, subject: str, text: str) -> bool:
        """Whether these are the words whose filing is proved."""
        return content_hash(subject=subject, text=text, salt=bytes.fromhex(self.salt)) == self.statement.content


def canonical(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def content_hash(*, subject: str, text: str, salt: bytes) -> str:
    """SHA-256 over the salt and the canonical JSON of the words, with line feeds for line ends, however they were typed."""
    words = {"subject": subject, "text": "\n".join(text.splitlines())}
    return sha256(salt + canonical(words)).hexdigest()


def sign(*, reference: str, on: date, subject: str, text: str, salt: bytes, key_id: str, key: bytes) -> Proof:
    """Return the proof that these words were filed; the same words, salt and key always give the same proof."""
    content = content_hash(subject=subject, text=text, salt=salt)
    return sign_hash(content, reference=reference, on=on, salt=salt, key_id=key_id, key=key)


def sign_hash(content: str, *, reference: str, on: date, salt: bytes, key_id: str, key: bytes) -> Proof:
    """Return the proof that words with this hash were filed."""
    statement = Statement(content=content, key=key_id, kind=KIND, on=on.isoformat(), reference=reference)
    signature = SigningKey(key).sign(canonical(asdict(statement))).signature
    return Proof(statement, salt.hex(), b64encode(signature).decode())


def read(text: str) -> Proof:
    """Return the proof of a file's text, unverified; raises NotAProof."""
    try:
        content = json.loads(text)
        proof = Proof(Statement(**content["statement"]), content["salt"], content["signature"])
        bytes.fromhex(proof.salt)
        parts = [*asdict(proof.statement).values(), proof.salt, proof.signature]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NotAProof from error
    if set(content) != {"statement", "salt", "signature"} or not all(isinstance(part, str) for part in parts):
        raise NotAProof
    if proof.statement.kind != KIND:
        raise NotAProof
    return proof


def verify(text: str, *, public_keys: Mapping[str, bytes]) -> Proof:
    """Return the proof if the office signed it with one of `public_keys`; raises NotAProof or UnknownKey."""
    proof = read(text)
    key = public_keys.get(proof.statement.key)
    if key is None:
        raise UnknownKey
    try:
        VerifyKey(key).verify(canonical(asdict(proof.statement)), b64decode(proof.signature, validate=True))
    except (CryptoError, ValueError, TypeError) as error:
        raise NotAProof from error
    return proof


def public_keys(signing_keys: Mapping[str, bytes]) -> dict[str, bytes]:
    return {key_id: bytes(SigningKey(key).verify_key) for key_id, key in signing_keys.items()}


def key_set(keys: Mapping[str, bytes]) -> dict[str, Any]:
    """Return public keys as a JSON Web Key Set (RFC 7517; RFC 8037 for Ed25519)."""
    return {
        "keys": [
            {"kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": key_id, "x": urlsafe_b64encode(key).rstrip(b"=").decode()}
            for key_id, key in keys.items()
        ]
    }


def read_key_set(text: str) -> dict[str, bytes]:
    """Return the public keys of a JSON Web Key Set; raises NotAProof where it is none."""
    try:
        return {each["kid"]: b64decode(each["x"] + "=", altchars=b"-_", validate=True) for each in json.loads(text)["keys"]}
    except (ValueError, KeyError, TypeError) as error:
        raise NotAProof from error
