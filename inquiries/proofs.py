"""The proof of filing: the office's signature under what was asked, on which day, under which reference. It names nobody.

The content is there as a hash with a salt that only the proof carries, so nobody can find the words by trying. What is signed is
the statement as canonical JSON: sorted names, no spaces, UTF-8 (RFC 8785 for strings). The signature is Ed25519 (RFC 8032).

Proofs of version 1 are about subject and text alone, those of version 2 about all that was filed. Both verify for ever.
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

VERSION = 2  # of the proofs that are made now
KINDS = {1: "proof of filing 1", 2: "proof of filing 2"}
ITEM_FIELDS = ("description", "designed_for", "used_for", "parameters", "entry")
LONGEST = 4000  # characters of a proof's file


class NotAProof(Exception):
    """The text is no proof of filing, or the office did not sign it so."""


class UnknownKey(NotAProof):
    """The proof names a key that the office does not publish."""


@dataclass(frozen=True)
class Filing:
    """What was filed: fields as in `POST /api/v1/inquiries/`, and the SHA-256 of each file's cleaned copy, in hex."""

    subject: str = ""
    text: str = ""
    topic: str = ""
    destination: str = ""
    segments: tuple[str, ...] = ()
    items: tuple[Mapping[str, str], ...] = ()
    red_flags: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    def content(self, version: int = VERSION) -> dict[str, Any]:
        """What a proof of that version is about, in one form however it was typed: line feeds for line ends, lists sorted."""
        words: dict[str, Any] = {"subject": self.subject, "text": _lines(self.text)}
        if version == 1:
            return words
        return words | {
            "topic": self.topic,
            "destination": self.destination,
            "segments": sorted(set(self.segments)),
            "items": [{name: _lines(item.get(name, "")) for name in ITEM_FIELDS} for item in self.items],
            "red_flags": sorted(set(self.red_flags)),
            "files": sorted(self.files),
        }

    def json(self) -> str:
        """The file that an asker keeps beside the proof."""
        return json.dumps(self.content(), ensure_ascii=False, indent=2, sort_keys=True) + "\n"

    @classmethod
    def read(cls, text: str) -> Filing:
        """Return what such a file says was filed; raises NotAFiling."""
        try:
            said: dict[str, Any] = {
                name: tuple(value) if isinstance(value, list) else value for name, value in json.loads(text).items()
            }
            found = cls(**said)
            canonical(found.content())
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise NotAFiling from error
        return found


class NotAFiling(Exception):
    """The text does not say what was filed."""


def _lines(text: str) -> str:
    return "\n".join(text.splitlines())


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

    @property
    def version(self) -> int:
        return next(version for version, kind in KINDS.items() if kind == self.statement.kind)

    def is_of(self, filing: Filing) -> bool:
        """Whether this is what is proved to have been filed; of a proof of version 1, whether its subject and text are."""
        return content_hash(filing, salt=bytes.fromhex(self.salt), version=self.version) == self.statement.content


def canonical(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def content_hash(filing: Filing, *, salt: bytes, version: int = VERSION) -> str:
    """SHA-256 over the salt and the canonical JSON of what was filed."""
    return sha256(salt + canonical(filing.content(version))).hexdigest()


def sign(content: str, *, version: int = VERSION, reference: str, on: date, salt: bytes, key_id: str, key: bytes) -> Proof:
    """Return the proof that what has this hash was filed; the same hash, salt and key always give the same proof."""
    statement = Statement(content=content, key=key_id, kind=KINDS[version], on=on.isoformat(), reference=reference)
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
    if proof.statement.kind not in KINDS.values():
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
