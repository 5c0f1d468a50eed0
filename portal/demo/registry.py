"""Writes the entries of the firms and takes their agreements as far as each has come, through the portal's own verbs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from random import Random

from django.db import transaction

from catalogue.models import ControlEntry, Segment
from organisations.models import Kind, Organisation, Role, User
from organisations.permissions import SecondFactor
from portal.demo import profiles
from portal.demo.calendar import Happening, business_days, office_hour
from portal.demo.firms import FIRMS
from portal.demo.offices import ASSOCIATIONS, PARTNERS
from portal.demo.people import COUNTRY, address, registration_number
from portal.demo.records import Firm
from registry import disclosure, gateway
from registry.disclosure import TEMPLATES, Audience, Field, Purpose, Rule, Terms
from registry.models import AgreementVersion, Delay, Entry, EvidenceLevel
from registry.permissions import capacities
from registry.services import agreements, editions, entries, partners
from registry.services.entries import Activity
from registry.tables import CATEGORIES, COMPLIANCE, READINESS, REGION, ROLE, SIZE, Unit

OTHERS = 380  # firms of the country that are counted and not shown
LONGEST_AGO = 170  # business days: eight months
YEARS_VALID = timedelta(days=2 * 365)
COUNTERSIGNERS = ("approver@focalpoint.example", "case-officer@focalpoint.example", "tarvo.sinirada@focalpoint.example")
# Who looked at the registry, on which business day before today, for which purpose and why. Firms read this in their ledger.
LOOKS = (
    (38, "officer@photonics-cluster.example", Audience.ASSOCIATIONS, Purpose.OUTREACH, ""),
    (33, "case-officer@focalpoint.example", Audience.FOCAL_POINT, Purpose.OUTREACH, "Invitations to the autumn workshops"),
    (24, "kadri.tahtveer@defence-space.example", Audience.ASSOCIATIONS, Purpose.MATCHMAKING, ""),
    (
        19,
        "hille.kivilaane@focalpoint.example",
        Audience.FOCAL_POINT,
        Purpose.EXPERT_CONSULTATION,
        "Who can explain in-process monitoring of metal printers to the working group",
    ),
    (
        11,
        "editor@focalpoint.example",
        Audience.FOCAL_POINT,
        Purpose.ADVISORY_TARGETING,
        "Addressees of the advisory on thermal cameras",
    ),
    (
        9,
        "exhibitions@trade-promotion.example",
        Audience.BUSINESS_PROMOTION,
        Purpose.BUSINESS_PROMOTION,
        "Exhibitors for the national stand at the spring fair",
    ),
    (6, "officer@photonics-cluster.example", Audience.ASSOCIATIONS, Purpose.ADVISORY_TARGETING, ""),
    (3, "eevi.rauamagi@machinery-electronics.example", Audience.ASSOCIATIONS, Purpose.OUTREACH, ""),
)
OPENED_PER_LOOK = 3
OPENED_AGO = 50  # business days, to a partner
WARY = 4  # the turn of the firm that shows one of the associations nothing


def are_there() -> bool:
    numbers = [registration_number(firm.body.serial) for firm in FIRMS]
    return Entry.objects.filter(organisation__registration_number__in=numbers).exists()


def fill(*, today: date) -> Iterator[Firm]:
    """Write every entry with its agreement and yield its firm, all in one transaction."""
    days = business_days(today - timedelta(days=1), LONGEST_AGO)
    with transaction.atomic():
        segments = {segment.code: segment for segment in Segment.objects.filter(is_current=True)}
        countersigners = [User.objects.get(email=email) for email in COUNTERSIGNERS]
        for turn, firm in enumerate(FIRMS):
            play = _Play(firm, turn, days, countersigners[turn % len(countersigners)])
            play.run(segments)
            yield firm


def happenings(*, today: date) -> Iterator[Happening]:
    """What is looked at and counted. Must happen after `fill` is committed: it is read under another login."""
    days = business_days(today - timedelta(days=1), LONGEST_AGO)
    quarter = editions.quarter_of(today)
    yield quarter, partial(_publish_figures, quarter)
    yield days[OPENED_AGO], partial(_open_to_partner, days[OPENED_AGO])
    for ago, email, audience, purpose, reason in LOOKS:
        yield days[ago], partial(look, email, audience, purpose, reason, day=days[ago])


def look(email: str, audience: Audience, purpose: Purpose, reason: str, *, day: date, delay: Delay | None = None) -> None:
    """Look at the registry as an association or an official does."""
    viewer = User.objects.get(email=email)
    capacity = next(found for found in capacities(viewer, today=day) if found.audience == audience)
    gate = gateway.disclosed(viewer, purpose, reason, today=day, capacity=capacity, delay=delay)
    page = gate.page(gateway.Question())
    for listed in page.object_list[:OPENED_PER_LOOK]:
        gate.one(listed.ref)


def _open_to_partner(day: date) -> None:
    partners.open_to(
        partner=Organisation.objects.get(registration_number=registration_number(PARTNERS[0].serial), country=COUNTRY),
        audience=Audience.BUSINESS_PROMOTION,
        until=day + timedelta(days=365),
        reason="It runs the national stands at fairs abroad",
        is_no_enforcer=True,
        by=User.objects.get(email="administrator@focalpoint.example"),
        today=day,
    )


def _terms(name: str) -> Terms:
    """The template. Whoever is found by everybody also lets the focal point see the number, the associations too whom to ask."""
    if name != "public-profile":
        return TEMPLATES[name]
    more = [Rule(Field.REGISTRATION_NUMBER, Audience.FOCAL_POINT, purpose) for purpose in Purpose]
    for audience in (Audience.FOCAL_POINT, Audience.ASSOCIATIONS):
        more += [Rule(Field.PEOPLE, audience, purpose) for purpose in (Purpose.OUTREACH, Purpose.MATCHMAKING)]
    return disclosure.write([*disclosure.read(TEMPLATES[name]), *more])


def _publish_figures(quarter: date) -> None:
    """Publish what the clock would have published in the first night of this quarter.

    Of the country's firms the demo shows a few, and of so few no figure could be printed: the rest are only counted.
    """
    editions.publish_ended(today=quarter, count=_count)


def _count(*, institution: Organisation, reason: str, areas: list[str], today: date) -> list[Unit]:
    shown = gateway.count(institution=institution, reason=reason, areas=areas, today=today)
    dice = Random(1)  # noqa: S311  no secret
    return [*shown, *(_other(dice, areas) for _ in range(OTHERS))]


def _other(dice: Random, areas: list[str]) -> Unit:
    """A firm of the country that the demo does not show; the first categories of each dimension are the most usual."""

    def one(dimension: str) -> str:
        found = CATEGORIES[dimension]
        return dice.choices(found, [2 ** (len(found) - place) for place in range(len(found))])[0]

    chosen = dice.choices(areas, range(len(areas) + 4, 4, -1), k=dice.choice([1, 1, 2, 3]))
    activities = frozenset((area, one(ROLE)) for area in chosen)
    return Unit(activities, one(SIZE), one(REGION), one(READINESS), one(COMPLIANCE))


def _without_one_association(terms: Terms) -> Terms:
    number = registration_number(ASSOCIATIONS[-1].serial)
    audience = disclosure.named(Organisation.objects.get(registration_number=number, country=COUNTRY).pk)
    return disclosure.write([*disclosure.read(terms), *disclosure.instead(disclosure.read(terms), audience, {})])


@dataclass
class _Play:
    """One firm's way through the registry. `turn` spreads the firms over the months; days count back from yesterday."""

    firm: Firm
    turn: int
    days: list[date]
    countersigner: User

    def run(self, segments: dict[str, Segment]) -> None:
        state = self.firm.agreement
        if state == "none":
            return
        organisation = Organisation.objects.get(registration_number=registration_number(self.firm.body.serial), country=COUNTRY)
        editor, self.signatory = self._person(Role.ENTRY_EDITOR), self._person(Role.SIGNATORY)
        start = self._start(state)
        entry = self._enter(organisation, segments, by=editor, at=start)
        if state == "entry":
            return
        version = self._offer(entry, self.firm.terms, by=editor, at=start - 1, is_past=state == "expired")
        if state == "offered":
            return
        self._sign(version, at=start - 2)
        if state == "signed":
            return
        self._countersign(version, at=start - 4)
        self._confirm(entry, at=start - 5)
        if state == "amended":
            self._amend(entry, by=editor)
        elif state == "withdrawn":
            agreements.withdraw(entry=entry, by=self.signatory, now=self._at(8 + self.turn % 9))
        elif state == "expired":
            day_after = version.valid_until + timedelta(days=1)
            agreements.expire(today=day_after, now=office_hour(day_after, self.turn))

    def _start(self, state: str) -> int:
        """How many business days ago the entry was made: lately for what is still on its way, long ago for the rest."""
        return 2 + self.turn % 9 if state in ("entry", "offered", "signed") else LONGEST_AGO - 3 * self.turn - self.turn * 7 % 4

    def _at(self, ago: int) -> datetime:
        return office_hour(self.days[ago], self.turn + ago)

    def _person(self, role: Role) -> User:
        body = self.firm.body
        return User.objects.get(email=next(address(person, body) for person in body.people if role in person.roles))

    def _enter(self, organisation: Organisation, segments: dict[str, Segment], *, by: User, at: int) -> Entry:
        profile, body = self.firm.profile, self.firm.body
        values = {
            "legal_name": body.name,
            "country": COUNTRY,
            "registration_number": organisation.registration_number,
            "size_band": profile.size,
            "region": profile.region,
            "products": profile.products,
            "website": organisation.website,
            "contact_email": f"info@{body.domain}",
            **profiles.more(self.firm, self.turn, today=self.days[0], control_codes=self._control_codes(segments)),
        }
        belongs_to = [registration_number(ASSOCIATIONS[place].serial) for place in profiles.associations_of(self.firm, self.turn)]
        activities = [Activity(segments[code], role, readiness) for code, role, readiness in profile.activities]
        return entries.save_entry(
            organisation=organisation,
            values=values,
            activities=activities,
            memberships=Organisation.objects.of_kind(Kind.ASSOCIATION).filter(registration_number__in=belongs_to),
            by=by,
            now=self._at(at),
        )

    def _control_codes(self, segments: dict[str, Segment]) -> set[str]:
        """Entries in force that are often met in the first of the firm's segments."""
        often = segments[self.firm.profile.activities[0][0]].control_codes
        return set(ControlEntry.objects.current().entries().filter(code__in=often).values_list("code", flat=True))

    def _offer(self, entry: Entry, terms: str, *, by: User, at: int, is_past: bool = False) -> AgreementVersion:
        since = self.days[max(at - 3, 0)]
        until = self.days[12 + self.turn % 5] if is_past else since + YEARS_VALID
        said = _without_one_association(_terms(terms)) if self.turn == WARY else _terms(terms)
        return agreements.offer(entry=entry, terms=said, valid_from=since, valid_until=until, by=by, now=self._at(at))

    def _sign(self, version: AgreementVersion, *, at: int) -> None:
        now = self._at(at)
        agreements.sign(version=version, sha256=version.sha256, by=self.signatory, second_factor=SecondFactor("totp", now), now=now)

    def _countersign(self, version: AgreementVersion, *, at: int) -> None:
        now = self._at(at)
        agreements.countersign(
            version=version, sha256=version.sha256, by=self.countersigner, second_factor=SecondFactor("totp", now), now=now
        )

    def _confirm(self, entry: Entry, *, at: int) -> None:
        """The official who countersigned looked every third firm up."""
        for field in (Field.LEGAL_NAME, Field.REGION) if self.turn % 3 == 0 else ():
            entries.confirm(
                entry_id=entry.pk,
                field=field,
                level=EvidenceLevel.REGISTER,
                reason="Business register, extract of the day",
                by=self.countersigner,
                now=self._at(at),
            )

    def _amend(self, entry: Entry, *, by: User) -> None:
        """Begin with the narrow terms of the profile, end with those that show more."""
        version = self._offer(entry, "public-profile", by=by, at=30 - self.turn)
        self._sign(version, at=29 - self.turn)
        self._countersign(version, at=26 - self.turn)
