"""Seals under an agreement: what each side signed, with which second factor and when, and the receipt that both keep.

A firm's signature is a statement sealed by the portal's key. The countersignature seals the receipt, in which the whole text, the
firm's sealed statement and the official's sign-in stand, so that nothing in the file can be changed unnoticed. Seals are Ed25519
(RFC 8032) over canonical JSON (RFC 8785; there are only strings in it). The receipt is JSON-LD: an Agreement of ODRL 2.2 with terms
of the Data Privacy Vocabulary, and fields named as in ISO/IEC TS 27560. It follows a profile of its own (docs/agreements.md) and
claims no conformance to 27560, whose principal is a natural person.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from nacl.exceptions import CryptoError
from nacl.signing import SigningKey, VerifyKey

from registry import disclosure
from registry.disclosure import PROHIBITED_PURPOSES, Audience, Field, Purpose

SIGNATURE_KIND: Final = "agreement signature 1"
RECEIPT_KIND: Final = "agreement receipt 1"
REMOVAL_KIND: Final = "removal 1"
PROFILE: Final = "urn:focal-point-portal:profile:agreement-receipt:1"
LARGEST: Final = 1024 * 1024  # bytes of a receipt's file
CONTEXT: Final = {
    "@vocab": "urn:focal-point-portal:agreement:",
    "odrl": "http://www.w3.org/ns/odrl/2/",
    "dpv": "https://w3id.org/dpv#",
    "dct": "http://purl.org/dc/terms/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "audience": "urn:focal-point-portal:audience:",
    "association": "urn:focal-point-portal:association:",
    "field": "urn:focal-point-portal:field:",
    "purpose": "urn:focal-point-portal:purpose:",
}
# The nearest terms of the Data Privacy Vocabulary 2.3; ours are narrower.
DPV_PURPOSES: Final = {
    Purpose.OUTREACH: "dpv:CommunicationManagement",
    Purpose.EXPERT_CONSULTATION: "dpv:PublicPolicyMaking",
    Purpose.ADVISORY_TARGETING: "dpv:CommunicationManagement",
    Purpose.POLICY_INPUT: "dpv:PublicPolicyMaking",
    Purpose.STATISTICS: "dpv:ProvideOfficialStatistics",
    Purpose.MATCHMAKING: "dpv:MemberPartnerManagement",
    Purpose.BUSINESS_PROMOTION: "dpv:MemberPartnerManagement",
}


class NotSigned(Exception):
    """It is no receipt of an agreement, or it was changed after it was sealed."""


class UnknownKey(NotSigned):
    """The seal names a key that is not among those given."""


@dataclass(frozen=True)
class Sealer:
    """The key that seals now."""

    key_id: str
    key: bytes


@dataclass(frozen=True)
class Signer:
    """Who signs: a person with a role in a party, signed in with a second factor of this method at that time."""

    person: str
    email: str
    role: str
    party: str
    party_id: str
    registration_number: str
    method: str
    signed_in_at: datetime

    def as_signed(self, *, at: datetime) -> dict[str, Any]:
        return {
            "party": {"party_id": self.party_id, "party_name": self.party, "registration_number": self.registration_number},
            "person": {"name": self.person, "email": self.email, "role": self.role},
            "second_factor": {"method": self.method, "at": moment(self.signed_in_at)},
            "at": moment(at),
        }


def moment(value: datetime) -> str:
    """The time in UTC to the second (RFC 3339)."""
    return value.astimezone(UTC).isoformat(timespec="seconds")


def seal(content: Mapping[str, Any], by: Sealer) -> dict[str, Any]:
    """Return the content with its `seal`."""
    signature = SigningKey(by.key).sign(disclosure.canonical_json(content)).signature
    return {**content, "seal": {"alg": "Ed25519", "key": by.key_id, "signature": b64encode(signature).decode()}}


def opened(sealed: Any, *, public_keys: Mapping[str, bytes]) -> dict[str, Any]:
    """Return the content of what one of `public_keys` sealed; raises NotSigned or UnknownKey."""
    try:
        content = {name: value for name, value in sealed.items() if name != "seal"}
        mark = sealed["seal"]
        if set(mark) != {"alg", "key", "signature"} or mark["alg"] != "Ed25519":
            raise NotSigned
        key = public_keys.get(mark["key"])
        if key is None:
            raise UnknownKey
        VerifyKey(key).verify(disclosure.canonical_json(content), b64decode(mark["signature"], validate=True))
    except (AttributeError, CryptoError, KeyError, TypeError, UnicodeError, ValueError) as error:
        raise NotSigned from error
    return content


def signature(document: Mapping[str, Any], *, by: Signer, at: datetime, supersedes: str, sealer: Sealer) -> dict[str, Any]:
    """Return the firm's sealed statement that it agrees to the text; `supersedes` is the digest of the one in force, or empty."""
    statement = {
        "kind": SIGNATURE_KIND,
        "agreement": document["agreement"],
        "version": document["number"],
        "text_sha256": disclosure.digest(document),
        "supersedes_sha256": supersedes,
        **by.as_signed(at=at),
    }
    return seal(statement, sealer)


def receipt(
    document: Mapping[str, Any],
    *,
    version_id: str,
    signed: Mapping[str, Any],
    associations: Mapping[str, str],
    by: Signer,
    at: datetime,
    sealer: Sealer,
) -> dict[str, Any]:
    """Return the sealed receipt of an agreement that both sides have signed: `signed` is the firm's sealed statement.

    `associations` is how those that the text names are called, by audience.
    """
    firm, office = signed["party"], by.as_signed(at=at)["party"]
    body = {
        "kind": RECEIPT_KIND,
        "@context": CONTEXT,
        "@id": f"urn:uuid:{version_id}",
        "@type": ["odrl:Agreement", "dpv:Contract"],
        "dct:conformsTo": PROFILE,
        "dct:issued": moment(at),
        "dct:isVersionOf": f"urn:uuid:{document['agreement']}",
        "schema_version": "1",
        "record_id": version_id,
        "language": "en",
        "text": document,
        "text_sha256": disclosure.digest(document),
        "signatures": [dict(signed), {"kind": "agreement countersignature 1", **by.as_signed(at=at)}],
        "parties": [
            {**firm, "party_role": "odrl:assigner", "party_type": "firm"},
            {**office, "party_role": "odrl:assignee", "party_type": "authority"},
        ],
        "odrl:assigner": f"urn:uuid:{firm['party_id']}",
        "odrl:assignee": f"urn:uuid:{office['party_id']}",
        **_terms(document),
        **({"associations": dict(associations)} if associations else {}),
        "events": [
            _event("ContractPartiallySigned", signed["at"], firm["party_id"], document),
            _event("ContractFullySigned", moment(at), office["party_id"], document),
        ],
        "retention_period": "while the agreement is in force; the ledger of looks is kept",
        "withdrawal_method": "on the portal, by a signatory of the firm, at any time and at once",
        "dpv:hasObligation": ["every look is in the ledger that the firm reads, before anything is shown"],
    }
    return seal(body, sealer)


def _terms(document: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "odrl:conflict": "odrl:prohibit",
        "odrl:permission": [_permission(*line, document) for line in _permitted(document["terms"])],
        "odrl:prohibition": [_withheld(*line) for line in _less_than_others(document["terms"])]
        + [
            {
                "odrl:target": [f"field:{field}" for field in Field],
                "odrl:action": action,
                "odrl:constraint": [_among("odrl:purpose", [f"purpose:{purpose}"])],
                **({"dpv:hasPurpose": "dpv:Marketing"} if purpose == "marketing" else {}),
            }
            for purpose in sorted(PROHIBITED_PURPOSES)
            for action in (["odrl:sell"] if purpose == "sale" else ["odrl:use"])
        ],
    }


_Line = tuple[str, list[Purpose], list[Field]]


def _permitted(terms: disclosure.Terms) -> list[_Line]:
    """The compiled cells, joined where an audience sees the same for several purposes."""
    return _joined(disclosure.compile(terms))


def _less_than_others(terms: disclosure.Terms) -> list[_Line]:
    """What associations that the terms name may not see though all associations may: the permission of all would hold for them."""
    cells = disclosure.compile(terms)
    return _joined(
        {
            (line, purpose): withheld
            for line in disclosure.named_in(terms)
            for purpose in Purpose
            if (withheld := cells.get((Audience.ASSOCIATIONS, purpose), frozenset()) - cells.get((line, purpose), frozenset()))
        }
    )


def _joined(cells: Mapping[disclosure.Cell, frozenset[Field]]) -> list[_Line]:
    joined: dict[tuple[str, frozenset[Field]], list[Purpose]] = {}
    for (audience, purpose), fields in sorted(cells.items()):
        joined.setdefault((audience, fields), []).append(purpose)
    return [(audience, purposes, sorted(fields)) for (audience, fields), purposes in joined.items()]


def _recipient(audience: str) -> dict[str, Any]:
    return _among("odrl:recipient", [f"audience:{audience}" if audience in list(Audience) else audience])


def _withheld(audience: str, purposes: list[Purpose], fields: list[Field]) -> dict[str, Any]:
    return {
        "odrl:action": ["odrl:use"],
        "odrl:target": [f"field:{field}" for field in fields],
        "odrl:constraint": [_recipient(audience), _among("odrl:purpose", [f"purpose:{purpose}" for purpose in purposes])],
    }


def _permission(audience: str, purposes: list[Purpose], fields: list[Field], document: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "odrl:action": "odrl:use",
        "odrl:target": [f"field:{field}" for field in fields],
        "odrl:constraint": [
            _recipient(audience),
            _among("odrl:purpose", [f"purpose:{purpose}" for purpose in purposes]),
            _date("odrl:gteq", document["valid_from"]),
            _date("odrl:lteq", document["valid_until"]),
        ],
        "dpv:hasPurpose": sorted({DPV_PURPOSES[purpose] for purpose in purposes}),
    }


def _among(operand: str, values: list[str]) -> dict[str, Any]:
    return {"odrl:leftOperand": operand, "odrl:operator": "odrl:isAnyOf", "odrl:rightOperand": values}


def _date(operator: str, day: str) -> dict[str, Any]:
    return {
        "odrl:leftOperand": "odrl:dateTime",
        "odrl:operator": operator,
        "odrl:rightOperand": {"@value": day, "@type": "xsd:date"},
    }


def _event(state: str, at: str, party_id: str, document: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "event_type": "dpv:ContractStatus",
        "event_state": f"dpv:{state}",
        "event_time": at,
        "entity_id": party_id,
        "validity_duration": f"{document['valid_from']}/{document['valid_until']}",
    }


def verify(text: str, *, public_keys: Mapping[str, bytes]) -> dict[str, Any]:
    """Return the content of a receipt's file if both seals hold and are about the same text; raises NotSigned or UnknownKey."""
    if len(text) > LARGEST:
        raise NotSigned
    try:
        body = opened(json.loads(text, object_pairs_hook=_once), public_keys=public_keys)
        statement = opened(body["signatures"][0], public_keys=public_keys)
        digest = disclosure.digest(body["text"])
        holds = (
            body["kind"] == RECEIPT_KIND
            and statement["kind"] == SIGNATURE_KIND
            and digest == body["text_sha256"] == statement["text_sha256"]
            and (statement["agreement"], statement["version"]) == (body["text"]["agreement"], body["text"]["number"])
        )
    except (IndexError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise NotSigned from error
    if not holds:
        raise NotSigned
    return body


def verify_removal(text: str, *, public_keys: Mapping[str, bytes]) -> dict[str, Any]:
    """Return what the portal sealed of an erased entry; raises NotSigned or UnknownKey."""
    if len(text) > LARGEST:
        raise NotSigned
    try:
        statement = opened(json.loads(text, object_pairs_hook=_once), public_keys=public_keys)
    except (RecursionError, ValueError) as error:
        raise NotSigned from error
    if statement.get("kind") != REMOVAL_KIND:
        raise NotSigned
    return statement


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name given twice: readers differ in which one they take."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is there twice")
    return found


def public_keys(signing_keys: Mapping[str, bytes]) -> dict[str, bytes]:
    return {key_id: bytes(SigningKey(key).verify_key) for key_id, key in signing_keys.items()}


def read_key_set(text: str) -> dict[str, bytes]:
    """Return the public keys of a JSON Web Key Set (RFC 7517; RFC 8037 for Ed25519); raises NotSigned where it is none."""
    try:
        return {each["kid"]: b64decode(each["x"] + "=", altchars=b"-_", validate=True) for each in json.loads(text)["keys"]}
    except (ValueError, KeyError, TypeError) as error:
        raise NotSigned from error


def as_file(receipt: Mapping[str, Any]) -> str:
    """The receipt as a file that a person can read; `verify` takes it back."""
    return json.dumps(receipt, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
