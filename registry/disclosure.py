"""What an agreement allows: the catalogue of fields, audiences and purposes, and the rules compiled into cells.

A cell is one audience with one purpose. Nothing is allowed unless a rule permits it, a prohibition wins over every permission (the
conflict strategy `odrl:prohibit` of the ODRL Information Model 2.2, section 2.9), and some purposes can't be permitted at all.

An association that a rule names is an audience of its own, `association:<its id>`: it may see what all associations may and what it
may itself, without what is prohibited to all or to it.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final


class Field(StrEnum):
    LEGAL_NAME = "legal_name"
    UNIT_NAME = "unit_name"
    TRADING_NAMES = "trading_names"
    REGISTRATION_NUMBER = "registration_number"
    VAT_NUMBER = "vat_number"
    LEI = "lei"
    EORI = "eori"
    ROR = "ror"
    SIZE_BAND = "size_band"
    REGION = "region"
    OTHER_REGIONS = "other_regions"
    NACE = "nace"
    SEGMENTS = "segments"
    READINESS = "readiness"
    PRODUCTS = "products"
    CONTROL_ENTRIES = "control_entries"
    MARKETS = "markets"
    CERTIFICATIONS = "certifications"
    COMPLIANCE = "compliance"
    MEMBERSHIPS = "memberships"
    PARTNERS = "partners"
    WILLINGNESS = "willingness"
    WEBSITE = "website"
    CONTACT_EMAIL = "contact_email"
    PEOPLE = "people"


class Audience(StrEnum):
    FOCAL_POINT = "focal-point-outreach"
    LICENSING = "licensing"
    INVESTMENT_SCREENING = "investment-screening"
    POLICY = "policy"
    THREAT_MONITORING = "threat-monitoring"
    ASSOCIATIONS = "associations"
    LISTED_FIRMS = "listed-firms"
    BUSINESS_PROMOTION = "business-promotion"
    PARTNER_GOVERNMENT = "partner-government"
    PUBLIC = "public"


class Purpose(StrEnum):
    OUTREACH = "outreach"
    EXPERT_CONSULTATION = "expert-consultation"
    ADVISORY_TARGETING = "advisory-targeting"
    POLICY_INPUT = "policy-input"
    STATISTICS = "statistics"
    MATCHMAKING = "matchmaking"
    BUSINESS_PROMOTION = "business-promotion"


# The registry is for outreach in partnership: these are refused whatever both sides sign.
PROHIBITED_PURPOSES: Final = frozenset({"enforcement", "oversight", "sale", "marketing"})
OFFICIAL_AUDIENCES: Final = frozenset(
    {Audience.FOCAL_POINT, Audience.LICENSING, Audience.INVESTMENT_SCREENING, Audience.POLICY, Audience.THREAT_MONITORING}
)
# Each tells who the firm is as surely as its name does.
IDENTIFYING_FIELDS: Final = frozenset(
    {
        Field.UNIT_NAME,
        Field.TRADING_NAMES,
        Field.REGISTRATION_NUMBER,
        Field.VAT_NUMBER,
        Field.LEI,
        Field.EORI,
        Field.ROR,
        Field.WEBSITE,
        Field.CONTACT_EMAIL,
        Field.PEOPLE,
    }
)


class Group(StrEnum):
    """The audiences as a person names them, who agrees for themselves to be shown."""

    OFFICIALS = "officials"
    PARTNERS = "partners"
    OTHER_GOVERNMENTS = "other-governments"
    PUBLIC = "public"


_PARTNERS: Final = (Audience.ASSOCIATIONS, Audience.LISTED_FIRMS, Audience.BUSINESS_PROMOTION)
GROUPS: Final[dict[Audience, Group]] = {
    **dict.fromkeys(sorted(OFFICIAL_AUDIENCES), Group.OFFICIALS),
    **dict.fromkeys(_PARTNERS, Group.PARTNERS),
    Audience.PARTNER_GOVERNMENT: Group.OTHER_GOVERNMENTS,
    Audience.PUBLIC: Group.PUBLIC,
}


_FIELDS: Final = frozenset(Field)
_AUDIENCES: Final = frozenset(Audience)
_PURPOSES: Final = frozenset(Purpose) - PROHIBITED_PURPOSES

PERMIT: Final = "permit"
PROHIBIT: Final = "prohibit"
ANY: Final = "*"  # in a prohibition: every field, audience or purpose

NAMED: Final = "association:"  # what the audience of one association begins with; its id follows
MOST_NAMED: Final = 10  # associations that one text names, so that rules, rows and receipts stay bounded

Cell = tuple[str, Purpose]  # an Audience or the audience of one association, and a purpose
TAG_LENGTH: Final = 9
Terms = Mapping[str, Any]


class UnableToRead(ValueError):
    """The terms are not a list of rules over the catalogue."""


@dataclass(frozen=True, order=True)
class Rule:
    field: str
    audience: str
    purpose: str
    effect: str = PERMIT


def named(association: uuid.UUID) -> str:
    """Return the audience that is this association alone."""
    return f"{NAMED}{association}"


def association_of(audience: str) -> uuid.UUID | None:
    """Return the association that is this audience alone, however its id is spelt; None where the audience is another."""
    if not audience.startswith(NAMED):
        return None
    try:
        return uuid.UUID(audience.removeprefix(NAMED))
    except ValueError:
        return None


def kind_of(audience: str) -> Audience:
    """Return the audience to which this one belongs: of one association all of them, else itself. Raises ValueError."""
    return Audience(audience) if association_of(audience) is None else Audience.ASSOCIATIONS


def audience_of(audience: str) -> str:
    """Return the audience as it is held: an Audience, or one association. Raises ValueError."""
    association = association_of(audience)
    return Audience(audience) if association is None else named(association)


def named_in(*texts: Terms) -> list[str]:
    """Return the audiences of one association that a rule of one of the texts names, in their order."""
    return sorted({rule.audience for terms in texts for rule in read(terms) if association_of(rule.audience)})


def tag(audience: Audience, purpose: Purpose) -> str:
    """Return what the keys of a cell's rows begin with, so that an index of keys finds rows of this cell alone.

    Two cells could have the same tag, and nobody would see more: which rows are read is said by audience and purpose.
    """
    return hashlib.md5(f"{audience}|{purpose}".encode(), usedforsecurity=False).hexdigest()[: TAG_LENGTH - 1] + ":"


def compile(terms: Terms, *, also: Iterable[str] = ()) -> dict[Cell, frozenset[Field]]:  # noqa: A001  the word of the design
    """Return the fields that each cell may see; a cell that may see nothing is not in the answer.

    Whatever is not a well-formed permission of the catalogue permits nothing; whatever looks like a prohibition prohibits. The
    associations that a rule names have cells of their own, and those in `also` too, which no rule has to name.
    """
    rules = read(terms)
    permitted: dict[Cell, set[Field]] = defaultdict(set)
    for rule in rules:
        if rule.effect == PERMIT and _is_grantable(rule):
            permitted[audience_of(rule.audience), Purpose(rule.purpose)].add(Field(rule.field))
    for audience in {*named_in(terms), *also}:
        for purpose in Purpose:
            if fields := permitted.get((Audience.ASSOCIATIONS, purpose)):
                permitted[audience, purpose] |= fields
    prohibitions = [rule for rule in rules if rule.effect != PERMIT]
    cells = {}
    for cell, fields in permitted.items():
        taken = [rule.field for rule in prohibitions if _reaches(rule, cell)]
        if ANY not in taken and (left := frozenset(field for field in fields if field not in taken)):
            cells[cell] = left
    return cells


def _is_grantable(rule: Rule) -> bool:
    is_known = rule.audience in _AUDIENCES or association_of(rule.audience) is not None
    return rule.field in _FIELDS and is_known and rule.purpose in _PURPOSES


def _covers(prohibition: Rule, field: Field, cell: Cell) -> bool:
    return prohibition.field in (ANY, field) and _reaches(prohibition, cell)


def _reaches(prohibition: Rule, cell: Cell) -> bool:
    audience, purpose = cell
    return prohibition.purpose in (ANY, purpose) and prohibition.audience in (ANY, audience, kind_of(audience))


def read(terms: Terms) -> list[Rule]:
    """Return the rules of stored terms, with the ids of associations spelt as `named` does.

    Raises UnableToRead if the terms have not the shape that `write` gives.
    """
    try:
        return [_canonical(Rule(**rule)) for rule in terms["rules"]]
    except (AttributeError, KeyError, TypeError) as error:
        raise UnableToRead(str(error)) from error


def _canonical(rule: Rule) -> Rule:
    association = association_of(rule.audience)
    return rule if association is None else replace(rule, audience=named(association))


def write(rules: Iterable[Rule]) -> dict[str, Any]:
    """Return terms in canonical form: sorted, without doubles.

    Raises UnableToRead for a rule that can't be granted or names an association that has no id, and for too many associations.
    """
    unique = sorted({_canonical(rule) for rule in rules})
    for rule in unique:
        if rule.effect == PERMIT and not _is_grantable(rule):
            raise UnableToRead(f"{rule.field}, {rule.audience}, {rule.purpose} can't be permitted")
        if rule.effect not in (PERMIT, PROHIBIT):
            raise UnableToRead(f"{rule.effect} is neither {PERMIT} nor {PROHIBIT}")
        if rule.audience.startswith(NAMED) and association_of(rule.audience) is None:
            raise UnableToRead(f"{rule.audience} names no association")
    if len({rule.audience for rule in unique if association_of(rule.audience)}) > MOST_NAMED:
        raise UnableToRead(f"more than {MOST_NAMED} associations are named")
    return {
        "rules": [
            {"field": rule.field, "audience": rule.audience, "purpose": rule.purpose, "effect": rule.effect} for rule in unique
        ]
    }


def canonical_json(terms: Terms) -> bytes:
    """Return the bytes that are signed: keys sorted, no white space, UTF-8 (RFC 8785 for terms, which hold strings only)."""
    return json.dumps(terms, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the canonical JSON in hexadecimal."""
    return hashlib.sha256(canonical_json(document)).hexdigest()


def contradictions(terms: Terms) -> list[tuple[Cell, frozenset[Field]]]:
    """Return the cells that hide the name and yet show fields which give it away, with those fields."""
    return [
        (cell, fields & IDENTIFYING_FIELDS)
        for cell, fields in sorted(compile(terms).items())
        if Field.LEGAL_NAME not in fields and fields & IDENTIFYING_FIELDS
    ]


def merged(theirs: Terms, ours: Terms, keep: Iterable[str]) -> dict[str, Any]:
    """Return their terms with our lines for the audiences in `keep`; a prohibition for every audience stays, whoever wrote it.

    A line is what its audience would see, so that each association named on either side sees what its line says, whichever line is
    kept for all others.
    """
    kept = {audience_of(audience) for audience in keep}
    lines = named_in(theirs, ours)
    rules = [rule for rule in read(theirs) if rule.audience not in (*kept, *lines)]
    rules += [rule for rule in read(ours) if rule.audience in kept - {*lines} or rule.audience == ANY]
    seen = {True: compile(ours, also=lines), False: compile(theirs, also=lines)}
    own = [rule for line in lines for rule in instead(rules, line, _fields_of(line, seen[line in kept]))]
    return write([*rules, *own])


def _fields_of(audience: str, cells: Mapping[Cell, frozenset[Field]]) -> dict[Purpose, frozenset[Field]]:
    return {purpose: fields for (who, purpose), fields in cells.items() if who == audience}


def instead(rules: Iterable[Rule], audience: str, wanted: Mapping[Purpose, Iterable[Field]]) -> list[Rule]:
    """Return the rules by which one association sees exactly `wanted`, whatever `rules` let all associations see.

    There are none where that is what all see. What `rules` prohibit to all stays prohibited.
    """
    cells = compile(write(rules))
    changes = []
    for purpose in Purpose:
        theirs, own = cells.get((Audience.ASSOCIATIONS, purpose), frozenset()), frozenset(wanted.get(purpose, ()))
        changes += [Rule(field, audience, purpose) for field in sorted(own - theirs)]
        changes += [Rule(field, audience, purpose, PROHIBIT) for field in sorted(theirs - own)]
    sees_nothing = not any(wanted.values())
    return [Rule(ANY, audience, ANY, PROHIBIT)] if changes and sees_nothing else changes


def overruled(terms: Terms) -> list[Rule]:
    """Return the permissions that a prohibition in the same terms takes away again: a text that says both says nothing."""
    rules = read(terms)
    prohibitions = [rule for rule in rules if rule.effect != PERMIT]
    return [
        rule
        for rule in rules
        if rule.effect == PERMIT
        and _is_grantable(rule)
        and any(_covers(found, Field(rule.field), (rule.audience, Purpose(rule.purpose))) for found in prohibitions)
    ]


def grid(fields: Mapping[Audience, Iterable[Field]], purposes: Mapping[Audience, Iterable[Purpose]]) -> dict[str, Any]:
    """Return the terms of a table in which every audience sees its fields for each of its purposes."""
    return write(
        Rule(field, audience, purpose)
        for audience, seen in fields.items()
        for field in seen
        for purpose in purposes.get(audience, ())
    )


_PROFILE = (
    Field.LEGAL_NAME,
    Field.UNIT_NAME,
    Field.TRADING_NAMES,
    Field.SIZE_BAND,
    Field.REGION,
    Field.NACE,
    Field.SEGMENTS,
    Field.PRODUCTS,
    Field.WEBSITE,
)
_KNOWN_TO_PARTNERS = (*_PROFILE, Field.READINESS, Field.WILLINGNESS, Field.CONTACT_EMAIL)
_COUNTED = (Field.SIZE_BAND, Field.REGION, Field.NACE, Field.SEGMENTS)
_PUBLIC_PURPOSES = (Purpose.MATCHMAKING, Purpose.BUSINESS_PROMOTION)

# Agreements to start from.
TEMPLATES: Final[dict[str, dict[str, Any]]] = {
    "public-profile": grid(
        {
            Audience.FOCAL_POINT: _KNOWN_TO_PARTNERS,
            Audience.ASSOCIATIONS: _KNOWN_TO_PARTNERS,
            Audience.LISTED_FIRMS: _PROFILE,
            Audience.BUSINESS_PROMOTION: _PROFILE,
            Audience.PUBLIC: _PROFILE,
        },
        {
            Audience.FOCAL_POINT: tuple(Purpose),
            Audience.ASSOCIATIONS: (Purpose.OUTREACH, Purpose.ADVISORY_TARGETING, Purpose.MATCHMAKING),
            Audience.LISTED_FIRMS: (Purpose.MATCHMAKING,),
            Audience.BUSINESS_PROMOTION: (Purpose.BUSINESS_PROMOTION,),
            Audience.PUBLIC: _PUBLIC_PURPOSES,
        },
    ),
    "associations-only": grid(
        {Audience.ASSOCIATIONS: _KNOWN_TO_PARTNERS},
        {Audience.ASSOCIATIONS: (Purpose.OUTREACH, Purpose.ADVISORY_TARGETING, Purpose.MATCHMAKING)},
    ),
    "government-outreach-only": grid(
        {Audience.FOCAL_POINT: (*_KNOWN_TO_PARTNERS, Field.CERTIFICATIONS, Field.COMPLIANCE)},
        {Audience.FOCAL_POINT: (Purpose.OUTREACH, Purpose.EXPERT_CONSULTATION, Purpose.ADVISORY_TARGETING)},
    ),
    "statistics-only": grid(
        {Audience.FOCAL_POINT: _COUNTED, Audience.POLICY: _COUNTED},
        {Audience.FOCAL_POINT: (Purpose.STATISTICS,), Audience.POLICY: (Purpose.STATISTICS,)},
    ),
}
