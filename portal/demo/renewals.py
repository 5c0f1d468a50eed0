"""Lets the registry of the demo country age: one entry is stale, one lapsed, a register was held against it, firms were invited.

Must run after the registry is committed: the register is compared under another login.
"""

from __future__ import annotations

from datetime import date, timedelta

from organisations.models import Organisation, Role, User
from portal.demo.calendar import office_hour
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


def settle(*, today: date) -> None:
    standing = [firm for firm in FIRMS if firm.agreement == "active" and firm.terms == "public-profile"]
    _age(standing[1], standing[2], today=today)
    _import(today=today)
    _invite(today=today)


def _age(stale: Firm, lapsed: Firm, *, today: date) -> None:
    for firm, ago in ((stale, STALE_FOR), (lapsed, LAPSED_FOR)):
        entry = Entry.objects.get(organisation=_organisation(firm))
        editor = next(person for person in firm.body.people if Role.ENTRY_EDITOR in person.roles)
        by = User.objects.get(email=address(editor, firm.body))
        renewal.confirm(entry=entry, seen=renewal.fingerprint(entry), by=by, today=today - ago)
    for days in (100, 35):
        day = today - timedelta(days=days)
        renewal.remind(today=day, now=office_hour(day, days))
    renewal.lapse(today=today - timedelta(days=10), now=office_hour(today - timedelta(days=10), 0))


def _import(*, today: date) -> None:
    """A table that was applied, and one that is still a dry run. Two of its lines are not as they should be."""
    by = User.objects.get(email="administrator@focalpoint.example")
    for ago, is_applied in ((21, True), (1, False)):
        day = today - timedelta(days=ago)
        found = registers.upload(register="Business register", extract_on=day, text=_table(), country=COUNTRY, by=by, today=day)
        registers.check(found=found, mapping=MAPPING, by=by)
        registers.run(found.pk, checking=gateway.checking, today=day, now=office_hour(day, ago))
        if is_applied:
            registers.apply(found=found, by=by)
            registers.run(found.pk, checking=gateway.checking, today=day, now=office_hour(day, ago))


def _table() -> str:
    """The register's view: of the first firm it has another region, and it knows firms that are not listed."""
    rows = [
        (registration_number(firm.body.serial), firm.body.name, "EE004" if turn == 0 else firm.profile.region)
        for turn, firm in enumerate(FIRMS)
    ]
    rows += [("", LEFT_HOLDING, "EE001"), (rows[3][0], f"{rows[3][1]} (branch)", "EE001"), ("12345678", "Not listed OÜ", "EE001")]
    return "\n".join([COLUMNS, *(",".join(f'"{cell}"' for cell in row) for row in rows)]) + "\n"


def _invite(*, today: date) -> None:
    by = User.objects.get(email="officer@photonics-cluster.example")
    association = Organisation.objects.get(registration_number=registration_number(ASSOCIATIONS[0].serial), country=COUNTRY)
    day = today - timedelta(days=14)
    named = "\n".join(f"Invited Firm {number}, info@invited-{number}.example" for number in range(1, INVITED + 1))
    inviting.send(association=association, addressees=addressees.read(named), by=by, today=day, now=office_hour(day, 3))


def _organisation(firm: Firm) -> Organisation:
    return Organisation.objects.get(registration_number=registration_number(firm.body.serial), country=COUNTRY)
