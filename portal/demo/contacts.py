"""Contact persons of some firms, of whom one has not answered yet, and looks of which firms read later.

Must run after the registry is committed: looks are read under another login.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial

from organisations.models import Organisation, Role, User
from portal.demo.calendar import Happening, business_days, office_hour
from portal.demo.firms import FIRMS
from portal.demo.people import COUNTRY, address, registration_number
from portal.demo.records import Firm
from portal.demo.registry import look
from registry.disclosure import Audience, Group, Purpose
from registry.models import Delay, Entry, Person
from registry.services import delays, people

NAMED_AGO, ANSWERED_AGO = 28, 27  # business days
# Name, role, and what each agreed to for whom; nothing from who has not answered.
CONTACTS: tuple[tuple[str, str, dict[Group, tuple[str, ...]]], ...] = (
    (
        "Maret Kuusik",
        "Export manager",
        {Group.OFFICIALS: ("name", "role", "email", "phone"), Group.PARTNERS: ("name", "role", "email")},
    ),
    ("Indrek Soo", "Head of development", {Group.OFFICIALS: ("name", "role", "email")}),
    ("Liina Paju", "Compliance officer", {}),
)
ASKER, APPROVER = "editor@focalpoint.example", "approver@focalpoint.example"
# Asked so many business days ago, told so many days later, why, and what came of it.
PUT_OFF = (
    (45, 21, "The visit of a partner country's delegation is not public before it takes place", "approved"),
    (4, 60, "Firms are proposed for a programme that the government has not announced yet", "approved"),
    (2, 30, "We would rather not be asked about it before the conference", "refused"),
    (1, 40, "Firms are looked for to test at a site that is not public yet", "asked"),
)


def are_there() -> bool:
    return Person.objects.exists()


def happenings(*, today: date) -> Iterator[Happening]:
    days = business_days(today - timedelta(days=1), max(ago for ago, *_ in PUT_OFF))
    standing = [firm for firm in FIRMS if firm.agreement == "active" and firm.terms == "public-profile"]
    for firm, (name, role, agreed) in zip(standing[3:], CONTACTS, strict=False):
        yield days[NAMED_AGO], partial(_name, firm, name, role, agreed, named=days[NAMED_AGO], answered=days[ANSWERED_AGO])
    for ago, until, reason, state in PUT_OFF:
        yield days[ago], partial(_put_off, reason, state, day=days[ago], until=days[ago] + timedelta(days=until))


def _name(firm: Firm, name: str, role: str, agreed: dict[Group, tuple[str, ...]], *, named: date, answered: date) -> None:
    number = registration_number(firm.body.serial)
    entry = Entry.objects.get(organisation=Organisation.objects.get(registration_number=number, country=COUNTRY))
    editor = next(person for person in firm.body.people if Role.ENTRY_EDITOR in person.roles)
    values = {
        "name": name,
        "role": role,
        "email": f"{name.split(maxsplit=1)[0].lower()}@{firm.body.domain}",
        "phone": "+372 600 0000",
        "languages": ["et", "en"],
    }
    by = User.objects.get(email=address(editor, firm.body))
    person = people.name(entry=entry, values=values, by=by, now=office_hour(named, 5), today=named)
    if agreed:
        people.answer(person=person, agreed=agreed, today=answered)


def _put_off(reason: str, state: str, *, day: date, until: date) -> None:
    by, decides = User.objects.get(email=ASKER), User.objects.get(email=APPROVER)
    asked = delays.ask(audience=Audience.FOCAL_POINT, purpose=Purpose.OUTREACH, reason=reason, until=until, by=by, today=day)
    if state == "refused":
        delays.refuse(delay=asked, by=decides, today=day)
    if state == "approved":
        delay: Delay = delays.approve(delay=asked, by=decides, today=day)
        look(ASKER, Audience.FOCAL_POINT, Purpose.OUTREACH, reason, day=day, delay=delay)
