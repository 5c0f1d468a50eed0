"""Fields, audiences, purposes and values as people read them, and agreements in plain words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.db import models
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import get_language, get_language_info, gettext
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from catalogue.regions import OFFERED
from organisations.models import Kind, Organisation
from registry import disclosure, identifiers, lifecycle, regions
from registry.disclosure import Audience, Field, Group, Purpose

FIELD_LABELS: dict[Field, StrPromise] = {
    Field.LEGAL_NAME: _("Legal name"),
    Field.UNIT_NAME: _("Unit of the institute"),
    Field.TRADING_NAMES: _("Trading names"),
    Field.REGISTRATION_NUMBER: _("Registration number"),
    Field.VAT_NUMBER: _("VAT number"),
    Field.LEI: _("Legal entity identifier (LEI)"),
    Field.EORI: _("EORI number"),
    Field.ROR: _("ROR id"),
    Field.SIZE_BAND: _("Size"),
    Field.REGION: _("Region"),
    Field.OTHER_REGIONS: _("Other regions where we work"),
    Field.NACE: _("Economic activities (NACE)"),
    Field.SEGMENTS: _("Technologies and what we do with them"),
    Field.READINESS: _("Highest readiness level"),
    Field.PRODUCTS: _("Products and capabilities"),
    Field.CONTROL_ENTRIES: _("Control entries that apply to us"),
    Field.MARKETS: _("Markets"),
    Field.CERTIFICATIONS: _("Certifications"),
    Field.COMPLIANCE: _("Compliance programme"),
    Field.MEMBERSHIPS: _("Memberships of associations"),
    Field.PARTNERS: _("Research partners"),
    Field.WILLINGNESS: _("What we are willing to do"),
    Field.WEBSITE: _("Website"),
    Field.CONTACT_EMAIL: _("Contact address"),
    Field.PEOPLE: _("Contact persons, as each agrees"),
}
AUDIENCE_LABELS: dict[Audience, StrPromise] = {
    Audience.FOCAL_POINT: _("The focal point, for outreach"),
    Audience.LICENSING: _("Licensing authorities"),
    Audience.INVESTMENT_SCREENING: _("Investment screening authorities"),
    Audience.POLICY: _("Ministries that make policy"),
    Audience.THREAT_MONITORING: _("Services that monitor threats"),
    Audience.ASSOCIATIONS: _("Industry associations"),
    Audience.LISTED_FIRMS: _("Other listed firms and institutes"),
    Audience.BUSINESS_PROMOTION: _("Business promotion agencies"),
    Audience.PARTNER_GOVERNMENT: _("Partner governments"),
    Audience.PUBLIC: _("The public"),
}
PURPOSE_LABELS: dict[Purpose, Promise] = {
    Purpose.OUTREACH: _("To invite us to talks and events"),
    Purpose.EXPERT_CONSULTATION: _("To ask us for expert advice"),
    Purpose.ADVISORY_TARGETING: _("To send us warnings that concern us"),
    Purpose.POLICY_INPUT: _("To hear us before rules change"),
    Purpose.STATISTICS: _("To count us in published figures"),
    Purpose.MATCHMAKING: _("To introduce us to partners"),
    Purpose.BUSINESS_PROMOTION: _("To promote our business"),
}
# The same purposes, named by the one who looks.
LOOK_LABELS: dict[Purpose, Promise] = {
    Purpose.OUTREACH: _("Outreach"),
    Purpose.EXPERT_CONSULTATION: _("Expert consultation"),
    Purpose.ADVISORY_TARGETING: _("Choosing who gets an advisory"),
    Purpose.POLICY_INPUT: _("Input to policy"),
    Purpose.STATISTICS: _("Statistics"),
    Purpose.MATCHMAKING: _("Matchmaking"),
    Purpose.BUSINESS_PROMOTION: _("Business promotion"),
}
MOVE_LABELS: dict[str, Promise] = {
    "offer": _("Proposed"),
    "send": _("Sent to the focal point to talk over"),
    "counter": _("Other terms proposed"),
    "sign": _("Signed for the firm"),
    "countersign": _("Countersigned"),
    "suspend": _("Suspended"),
    "resume": _("Resumed"),
    "amend": _("Replaced"),
    "decline": _("Refused"),
    "terminate": _("Ended"),
    "expire": _("Expired"),
    "remind": _("Reminder sent"),
}
STATE_LABELS: dict[str, Promise] = {
    lifecycle.OFFERED: _("Proposed, not signed"),
    lifecycle.SIGNED: _("Waiting for countersignature"),
    lifecycle.ACTIVE: _("Active"),
    lifecycle.SUSPENDED: _("Suspended"),
    lifecycle.AMENDED: _("Replaced by a later version"),
    lifecycle.DECLINED: _("Refused"),
    lifecycle.TERMINATED: _("Ended"),
    lifecycle.EXPIRED: _("Expired"),
}


class SizeBand(models.TextChoices):
    """Bands by staff of Commission Recommendation 2003/361/EC, Annex, article 2."""

    MICRO = "micro", _("Micro: fewer than 10 people")
    SMALL = "small", _("Small: 10 to 49 people")
    MEDIUM = "medium", _("Medium: 50 to 249 people")
    LARGE = "large", _("Large: 250 people or more")


class ActivityRole(models.TextChoices):
    DEVELOPS = "develops", _("Develops")
    PRODUCES = "produces", _("Produces")
    TRADES = "trades", _("Trades")
    RESEARCHES = "researches", _("Researches")
    INTEGRATES = "integrates", _("Integrates")


class Compliance(models.TextChoices):
    """How far an internal compliance programme has come; the core elements are those of Recommendation (EU) 2019/1318, Annex I."""

    NONE = "none", _("None: we look at each case as it comes")
    BASIC = "basic", _("Basic: somebody is in charge and screens orders")
    DOCUMENTED = "documented", _("Documented: written procedures, training and records")
    AUDITED = "audited", _("Audited: somebody independent checks that the procedures are followed")


class Willingness(models.TextChoices):
    EXPERT_PANEL = "expert-panel", _("Sit on an expert panel")
    CONSULTATIONS = "consultations", _("Answer consultations before rules change")
    PILOT = "pilot", _("Try new services of the focal point in a pilot")


@dataclass(frozen=True)
class Line:
    """One value as a person reads it. `value` is a text, or a list of texts."""

    field: Field
    label: Promise
    value: Any
    level: str = ""  # of evidence beyond the firm's own word

    @property
    def evidence(self) -> str:
        return str(EvidenceLevel(self.level).label) if self.level else ""

    @property
    def is_list(self) -> bool:
        return isinstance(self.value, list)


def lines(values: Mapping[Field, Any], evidence: Mapping[str, str]) -> list[Line]:
    """Return the values of an entry, whoever may see them, in words and in the order of the catalogue, with what confirms them."""
    words = in_words(values)
    return [Line(field, label, words[field], evidence.get(field, "")) for field, label in FIELD_LABELS.items() if field in words]


def in_words(values: Mapping[Field, Any]) -> dict[Field, Any]:
    """Return the values alone in words: a text of each, or a list of texts."""
    return {field: _in_words(field, value) for field, value in values.items()}


def _in_words(field: Field, value: Any) -> Any:
    say = _WORDS.get(field)
    return say(value) if say else value


@dataclass(frozen=True)
class Clause:
    """One sentence of an agreement in plain words: this audience may see these fields for these purposes.

    An association that sees nothing, though the others may, has a sentence without fields.
    """

    audience: StrPromise | str
    fields: list[Promise]
    purposes: list[Promise]


def line_labels(*texts: Mapping[str, Any], names: Mapping[str, str] | None = None) -> dict[str, StrPromise | str]:
    """Return all audiences in words: those of the catalogue, and after the associations each that one of the texts names.

    `names` says how those are called, by audience; otherwise the database does.
    """
    lines = disclosure.named_in(*texts)
    known = _names_of(lines) if names is None else names
    named = {line: _alone(known.get(line) or line) for line in lines}
    found: dict[str, StrPromise | str] = {}
    for audience, label in AUDIENCE_LABELS.items():
        found[audience] = label
        if audience == Audience.ASSOCIATIONS:
            found |= dict(sorted(named.items(), key=lambda item: (item[1], item[0])))
    return found


def audience_label(audience: str) -> str:
    """Return an audience in words. Raises ValueError."""
    if disclosure.association_of(audience) is None:
        return str(AUDIENCE_LABELS[Audience(audience)])
    line = disclosure.audience_of(audience)
    return _alone(_names_of([line]).get(line, line))


def _alone(association: str) -> str:
    return gettext("%(association)s, this association alone") % {"association": association}


def association_names(terms: Mapping[str, Any]) -> dict[str, str]:
    """Return how the associations that the terms name are called, by audience."""
    return _names_of(disclosure.named_in(terms))


def _names_of(lines: list[str]) -> dict[str, str]:
    if not lines:
        return {}
    held = Organisation.objects.of_kind(Kind.ASSOCIATION).filter(pk__in=[disclosure.association_of(line) for line in lines])
    return {disclosure.named(pk): name for pk, name in held.values_list("pk", "name")}


def clauses(terms: Mapping[str, Any], *, names: Mapping[str, str] | None = None) -> list[Clause]:
    """Return the terms in plain words, from the same compiled rules that decide what is disclosed.

    `names` says how the associations named are called; otherwise the database does.
    """
    cells, named = disclosure.compile(terms), disclosure.named_in(terms)
    return [
        clause
        for audience, label in line_labels(terms, names=names).items()
        for clause in _clauses_of(audience, label, cells) or ([Clause(label, [], [])] if audience in named else [])
    ]


def _clauses_of(audience: str, label: StrPromise | str, cells: Mapping[disclosure.Cell, frozenset[Field]]) -> list[Clause]:
    by_fields: dict[frozenset[Field], list[Promise]] = {}
    for purpose in Purpose:
        if fields := cells.get((audience, purpose)):
            by_fields.setdefault(fields, []).append(PURPOSE_LABELS[purpose])
    return [
        Clause(label, [FIELD_LABELS[field] for field in Field if field in fields], purposes)
        for fields, purposes in by_fields.items()
    ]


@dataclass(frozen=True)
class ChangedLine:
    """A line in which two texts differ: what one audience may see and for what, before and after."""

    audience: str
    label: StrPromise | str
    before: list[Clause]
    after: list[Clause]
    more: list[Promise]  # fields and purposes that only the later text has
    less: list[Promise]  # and those that only the earlier one had


def compared(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[ChangedLine]:
    """Return the lines in which the terms differ, an audience each, from the compiled rules.

    An association that either text names has a line of its own, which tells all that it sees, with what all associations do.
    """
    named = disclosure.named_in(before, after)
    old, new = disclosure.compile(before, also=named), disclosure.compile(after, also=named)
    return [
        ChangedLine(
            audience,
            label,
            _clauses_of(audience, label, old),
            _clauses_of(audience, label, new),
            _only_in(audience, new, old),
            _only_in(audience, old, new),
        )
        for audience, label in line_labels(before, after).items()
        if any(old.get((audience, purpose)) != new.get((audience, purpose)) for purpose in Purpose)
    ]


def _only_in(audience: str, these: Mapping[disclosure.Cell, Any], those: Mapping[disclosure.Cell, Any]) -> list[Promise]:
    """The fields, then the purposes, that the audience has in `these` terms and not in `those`."""
    fields, others = _seen(audience, these), _seen(audience, those)
    found = [label for field, label in FIELD_LABELS.items() if field in fields - others]
    return found + [
        label for purpose, label in PURPOSE_LABELS.items() if (audience, purpose) in these and (audience, purpose) not in those
    ]


def _seen(audience: str, cells: Mapping[disclosure.Cell, frozenset[Field]]) -> set[Field]:
    return {field for (who, _purpose), fields in cells.items() if who == audience for field in fields}


def _person_in_words(person: Mapping[str, Any]) -> str:
    """What a person lets be seen: the parts that are there, in their order."""
    words = [person[part] for part in ("name", "role", "email", "phone") if part in person]
    return ", ".join([*words, *(language_name(code) for code in person.get("languages", ()))])


def _label(choice: models.TextChoices) -> str:
    """The label of a choice, for whoever reads it; a page of fifty entries has hundreds."""
    return _label_in(choice, get_language())


@lru_cache(maxsize=1000, typed=True)  # by type: choices of two kinds may have one value
def _label_in(choice: models.TextChoices, _language: str | None) -> str:
    return str(choice.label)


def _activity_in_words(activity: Mapping[str, str]) -> str:
    return f"{activity['label']}: {_label(ActivityRole(activity['role'])).lower()}"


def _certificate_in_words(certificate: Mapping[str, str]) -> str:
    """The scheme, and what is known of number and last day."""
    number, last = certificate.get("number"), certificate.get("valid_until")
    until = date.fromisoformat(last) if last else None
    said = {"scheme": certificate["scheme"], "number": number, "until": date_format(until, "j F Y") if until else ""}
    if number and until:
        return gettext("%(scheme)s, number %(number)s, valid until %(until)s") % said
    if number:
        return gettext("%(scheme)s, number %(number)s") % said
    return gettext("%(scheme)s, valid until %(until)s") % said if until else certificate["scheme"]


_WORDS: dict[Field, Callable[[Any], Any]] = {
    Field.ROR: lambda value: f"https://ror.org/{value}",
    Field.SIZE_BAND: lambda value: _label(SizeBand(value)),
    Field.REGION: regions.label,
    Field.OTHER_REGIONS: lambda codes: [regions.label(code) for code in codes],
    Field.NACE: lambda codes: [f"{code} {identifiers.activity_label(code)}" for code in codes],
    Field.SEGMENTS: lambda activities: [_activity_in_words(activity) for activity in activities],
    Field.MARKETS: lambda codes: [str(OFFERED[code]) for code in codes],
    Field.CERTIFICATIONS: lambda certificates: [_certificate_in_words(certificate) for certificate in certificates],
    Field.COMPLIANCE: lambda value: _label(Compliance(value)),
    Field.PEOPLE: lambda people: [_person_in_words(person) for person in people],
    Field.WILLINGNESS: lambda values: [_label(Willingness(value)) for value in values],
}


class EvidenceLevel(models.TextChoices):
    SAID = "said", _("Said by the firm or institute")
    DOCUMENT = "document", _("Confirmed by a document")
    REGISTER = "register", _("Checked against a register")


# The official languages of the Union, and those of its neighbours to the east.
SPOKEN = (
    "bg", "hr", "cs", "da", "nl", "en", "et", "fi", "fr", "de", "el", "hu", "ga",
    "it", "lv", "lt", "pl", "pt", "ro", "sk", "sl", "es", "sv", "ru", "uk",
)  # fmt: skip
PERSON_FIELDS: dict[str, StrPromise] = {
    "name": _("Name"),
    "role": _("Role"),
    "email": _("E-mail address"),
    "phone": _("Phone"),
    "languages": _("Languages"),
}
GROUP_LABELS: dict[Group, StrPromise] = {
    Group.OFFICIALS: _("Officials of your country"),
    Group.PARTNERS: _("Associations, other listed firms, business promotion agencies"),
    Group.OTHER_GOVERNMENTS: _("Partner governments"),
    Group.PUBLIC: _("Everybody"),
}


def language_name(code: str) -> str:
    return str(get_language_info(code)["name_translated"])


def field_label(name: str) -> str:
    return str(_("Country of registration") if name == "country" else FIELD_LABELS[Field(name)])


def _value_in_words(name: str, value: Any) -> list[str]:
    if value in (None, "", []):
        return []
    if name == Field.SEGMENTS:
        return [_activity_and_level(activity) for activity in value]
    words = value if name == "country" else _in_words(Field(name), value)
    return [str(word) for word in words] if isinstance(words, list) else [str(words)]


def _activity_and_level(activity: Mapping[str, Any]) -> str:
    said = {"activity": _activity_in_words(activity), "level": activity["readiness"]}
    return gettext("%(activity)s, readiness level %(level)s") % said if activity["readiness"] else said["activity"]
