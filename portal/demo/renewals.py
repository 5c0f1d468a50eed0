"""Lets the registry of the demo country age: one entry is stale, one lapsed, a register was held against it, firms were invited.

Must run after the registry is committed: the register is compared under another login.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial

from organisations.models import Organisation, Role, User
from portal.demo.calendar import Happening, office_hour
from portal.demo.firms import FIRMS
from portal.demo.offices import ASSOCIATIONS
from portal.demo.people import COUNTRY, address, registration_number
from portal.demo.records import Firm
from registry import addressees, gateway
from registry.models import Entry, RegisterImport
from registry.services import inviting, registers, renewal

STALE_FOR, LAPSED_FOR = timedelta(days=400), timedelta(days=470)  # since the last confirmation
MAPPING = {"registration_number": "regcode", "legal_name": "name", "region": "nuts"}
COLUMNS = ",".join(MAPPING.values())
LEFT_HOLDING = "Holding company, no number"
INVITED = 12


def are_there() -> bool:
    return RegisterImport.objects.exists()


def happenings(*, today: date) -> Iterator[Happening]:
    standing = [firm for firm in FIRMS if firm.agreement == "active" and firm.terms == "public-profile"]
    for firm, since in ((standing[1], STALE_FOR), (standing[2], LAPSED_FOR)):
        yield today - since, partial(_confirm, firm, today - since)
    for days in (100, 35):
        day = today - timedelta(days=days)
        yield day, partial(renewal.remind, today=day, now=office_hour(day, days))
    day = today - timedelta(days=10)
    yield day, partial(renewal.lapse, today=day, now=office_hour(day, 0))
    # A table that was applied, and one that is still a dry run.
    for ago, is_applied in ((21, True), (1, False)):
        yield today - timedelta(days=ago), partial(_import, today - timedelta(days=ago), is_applied=is_applied)
    day = today - timedelta(days=14)
    yield day, partial(_invite, day)


def _confirm(firm: Firm, day: date) -> None:
    entry = Entry.objects.get(organisation=_organisation(firm))
    editor = next(person for person in firm.body.people if Role.ENTRY_EDITOR in person.roles)
    by = User.objects.get(email=address(editor, firm.body))
    renewal.confirm(entry=entry, seen=renewal.fingerprint(entry), by=by, today=day)


def _import(day: date, *, is_applied: bool) -> None:
    """Two lines of the table are not as they should be."""
    by = User.objects.get(email="administrator@focalpoint.example")
    found = registers.upload(register="Business register", extract_on=day, text=_table(), country=COUNTRY, by=by, today=day)
    registers.check(found=found, mapping=MAPPING, by=by)
    registers.run(found.pk, checking=gateway.checking, today=day, now=office_hour(day, 1))
    if is_applied:
        registers.apply(found=found, by=by)
        registers.run(found.pk, checking=gateway.checking, today=day, now=office_hour(day, 2))


def _table() -> str:
    """The register's view: of the first firm it has another region, and it knows firms that are not listed."""
    rows = [
        (registration_number(firm.body.serial), firm.body.name, "EE004" if turn == 0 else firm.profile.region)
        for turn, firm in enumerate(FIRMS)
    ]
    rows += [("", LEFT_HOLDING, "EE001"), (rows[3][0], f"{rows[3][1]} (branch)", "EE001"), ("12345678", "Not listed OÜ", "EE001")]
    return "\n".join([COLUMNS, *(",".join(f'"{cell}"' for cell in row) for row in rows)]) + "\n"


def _invite(day: date) -> None:
    by = User.objects.get(email="officer@photonics-cluster.example")
    association = Organisation.objects.get(registration_number=registration_number(ASSOCIATIONS[0].serial), country=COUNTRY)
    named = "\n".join(f"Invited Firm {number}, info@invited-{number}.example" for number in range(1, INVITED + 1))
    inviting.send(association=association, addressees=addressees.read(named), by=by, today=day, now=office_hour(day, 3))


def _organisation(firm: Firm) -> Organisation:
    return Organisation.objects.get(registration_number=registration_number(firm.body.serial), country=COUNTRY)
