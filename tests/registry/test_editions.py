"""The registry's figures: who is counted, once a quarter, in the ledger first and in print for good."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, ProgrammingError, connection, transaction

from organisations.models import Organisation, Role
from registry import disclosure, gateway
from registry.disclosure import TEMPLATES, Audience, Field, Purpose
from registry.models import Edition, Entry, Look, LookKind, PrintedNumber
from registry.services import agreements, editions, entries
from registry.services.ledger import check
from registry.signing import public_keys
from registry.tables import TABLES
from tests.conftest import SignIn
from tests.registry.conftest import VALUES, Agree, MakeEntry

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "disclosed"])

STATISTICS = TEMPLATES["statistics-only"]
AUTUMN, NEW_YEAR = date(2026, 10, 1), date(2027, 1, 1)

Fill = Callable[..., list[Entry]]


@pytest.fixture
def fill(make_entry: MakeEntry, agree: Agree) -> Fill:
    """Makes so many entries with an agreement in force."""

    def make(number: int, terms: Any = STATISTICS, **values: Any) -> list[Entry]:
        made = [make_entry(**values) for _ in range(number)]
        for entry in made:
            agree(entry, terms)
        return made

    return make


def publish(today: date = AUTUMN) -> Edition | None:
    return editions.publish_ended(today=today, count=gateway.count)


def printed(table: str = "areas-and-size", *, of: date = date(2026, 7, 1)) -> dict[tuple[str, str], int]:
    """What is told of one table. The one area of these tests is as good as all, so that only one of the two is ever told."""
    rows = PrintedNumber.objects.filter(edition__quarter=of, table=table, number__isnull=False)
    return {(row.row, row.column): row.number for row in rows}


def everything() -> list[Any]:
    return sorted(PrintedNumber.objects.values_list("edition__quarter", "table", "row", "column", "number"), key=str)


def test_an_edition_comes_out_when_a_quarter_is_over_and_once(fill: Fill) -> None:
    fill(6)
    edition = publish(date(2026, 11, 23))
    assert edition is not None
    assert (edition.quarter, edition.year, edition.number, edition.counted_on) == (date(2026, 7, 1), 2026, 3, date(2026, 11, 23))
    assert (edition.listed, edition.counted) == (6, 6)
    assert publish(date(2026, 12, 31)) is None
    assert publish(NEW_YEAR) is not None
    assert list(Edition.objects.newest_first().values_list("quarter", flat=True)) == [date(2026, 10, 1), date(2026, 7, 1)]


def test_of_all_alike_nothing_is_told_but_sums(fill: Fill) -> None:
    """One large count and nobody beside it would tell what all of them are."""
    fill(9)
    publish()
    assert [place for table in TABLES if table.name != "areas-and-roles" for place in printed(table.name) if "" not in place] == []


def test_numbers_are_printed_where_they_are_large_enough(fill: Fill) -> None:
    for size, region in (("micro", "EE001"), ("small", "EE001"), ("micro", "EE008"), ("small", "EE008")):
        fill(9, size_band=size, region=region)
    publish()
    found = printed("regions-and-size")
    assert found["EE001", ""] == 18
    assert all(number in (9, 18, 36) for number in found.values())


def test_only_what_the_agreement_permits_for_statistics_is_counted(fill: Fill, make_entry: MakeEntry, agree: Agree) -> None:
    fill(9)
    fill(9, disclosure.grid({Audience.FOCAL_POINT: [Field.REGION]}, {Audience.FOCAL_POINT: [Purpose.STATISTICS]}), region="EE008")
    fill(2, TEMPLATES["associations-only"])
    fill(2, disclosure.grid({Audience.POLICY: [Field.REGION]}, {Audience.POLICY: [Purpose.STATISTICS]}))
    agree(make_entry(), STATISTICS, until="signed")
    edition = publish()
    assert edition is not None
    assert (edition.counted, edition.listed) == (18, 22)
    units = gateway.count(institution=Organisation.objects.get(is_focal_point=True), reason="Figures", areas=["T6"], today=AUTUMN)
    assert {(unit.size, unit.region, len(unit.activities)) for unit in units} == {("small", "EE001", 1), ("not-told", "EE008", 0)}


def test_what_an_agreement_does_not_permit_moves_no_figure(fill: Fill, make_entry: MakeEntry, agree: Agree, now: Any) -> None:
    """Two worlds that agree on all that may be counted give the same figures."""
    region_alone = disclosure.grid({Audience.FOCAL_POINT: [Field.REGION]}, {Audience.FOCAL_POINT: [Purpose.STATISTICS]})
    hidden = fill(12, region_alone)
    outsiders = fill(12, TEMPLATES["government-outreach-only"])
    first = gateway_units()
    for entry in [*hidden, *outsiders]:
        editor = entry.organisation.memberships.get(role=Role.ENTRY_EDITOR).user
        changed = VALUES | {"size_band": "large", "compliance": "audited"}
        changed |= {"region": "EE008"} if entry in outsiders else {}
        entries.save_entry(organisation=entry.organisation, values=changed, activities=[], by=editor, now=now)
    fill(7, TEMPLATES["associations-only"], region="EE009")
    assert gateway_units() == first


def gateway_units() -> list[Any]:
    office = Organisation.objects.get(is_focal_point=True)
    return sorted(map(str, gateway.count(institution=office, reason="Figures", areas=["T6"], today=AUTUMN)))


def test_each_firm_reads_in_its_ledger_that_it_was_counted(fill: Fill, signed_in: SignIn, focal_point: Organisation) -> None:
    counted, (other,) = fill(6), fill(1, TEMPLATES["associations-only"])
    publish()
    looks = list(Look.objects.filter(kind=LookKind.FIGURES))
    assert len(looks) == 1
    (look,) = looks
    assert set(look.entry_ids) == {entry.pk for entry in counted}
    assert (look.institution, look.purpose, look.reason, look.viewer_id) == (
        focal_point.name, "statistics", "Figures of Q3 2026", None
    )  # fmt: skip
    assert set(look.fields) == {"segments", "size_band", "region"}
    assert not Look.objects.at(other.pk).filter(kind=LookKind.FIGURES).exists()
    editor = counted[0].organisation.memberships.get(role=Role.ENTRY_EDITOR).user
    page = signed_in(editor).get("/registry/ledger/?kind=figures").content.decode()
    assert "Figures of Q3 2026" in page
    assert "Counted in published figures" in page


def test_the_ledger_is_whole_after_the_count(fill: Fill, settings: Any) -> None:
    fill(5)
    publish()
    assert [fault for fault in check(public_keys=public_keys(settings.SIGNING_KEYS)) if fault.what != "unsealed"] == []


def test_a_look_without_a_person_is_a_count(db: None) -> None:
    values = {"institution": "Office", "audience": "focal-point-outreach", "purpose": "statistics", "reason": "x", "fields": []}
    values |= {"batch": "00000000-0000-4000-8000-000000000000", "on": AUTUMN, "entry_ids": []}
    Look.objects.create(kind="figures", **values)
    with pytest.raises(IntegrityError, match="only_the_public_looks_unnamed"), transaction.atomic():
        Look.objects.create(kind="list", **values)


def test_what_is_printed_stays_when_a_firm_joins_or_leaves(fill: Fill, signatory: Any, now: Any) -> None:
    for size in ("micro", "small"):
        joined = fill(12, size_band=size)
    publish()
    first = {table.name: printed(table.name) for table in TABLES}
    fill(1, size_band="small")
    agreements.withdraw(entry=joined[0], by=joined[0].organisation.memberships.get(role=Role.SIGNATORY).user, now=now)
    agreements.withdraw(entry=joined[1], by=joined[1].organisation.memberships.get(role=Role.SIGNATORY).user, now=now)
    publish(NEW_YEAR)
    assert {table.name: printed(table.name, of=date(2026, 10, 1)) for table in TABLES} == first
    assert {table.name: printed(table.name) for table in TABLES} == first


def test_a_number_moves_with_five(fill: Fill) -> None:
    fill(12, size_band="micro")
    fill(12, size_band="small")
    publish()
    fill(6, size_band="small")
    publish(NEW_YEAR)
    assert (printed()["T6", ""], printed(of=date(2026, 10, 1))["T6", ""]) == (24, 30)


@pytest.mark.parametrize("change", ["UPDATE registry_printednumber SET number = 99", "DELETE FROM registry_printednumber",
                                    "UPDATE registry_edition SET counted = 0", "DELETE FROM registry_edition"])  # fmt: skip
def test_the_database_lets_nobody_change_what_is_printed(fill: Fill, change: str) -> None:
    fill(5)
    publish()
    with connection.cursor() as cursor, pytest.raises(ProgrammingError, match="permission denied"):
        cursor.execute(change)


@pytest.mark.parametrize("number", [0, 4])
def test_the_database_itself_refuses_a_small_number(db: None, number: int) -> None:
    edition = Edition.objects.create(quarter=AUTUMN, counted_on=NEW_YEAR, areas=["T6"], listed=9, counted=9)
    with pytest.raises(IntegrityError, match="enough_entries"), transaction.atomic():
        PrintedNumber.objects.create(edition=edition, table="regions-and-size", number=number)
    PrintedNumber.objects.create(edition=edition, table="regions-and-size", number=5)


def test_the_command_says_what_it_did(fill: Fill, capsys: pytest.CaptureFixture[str]) -> None:
    fill(5)
    call_command("publish_registry_figures")
    call_command("publish_registry_figures")
    lines = capsys.readouterr().out.splitlines()
    assert "numbers are printed." in lines[0]
    assert lines[1] == "The figures of the last quarter are out already."


def test_the_pages_never_load_the_solver() -> None:
    code = "import sys, portal.wsgi, portal.urls; sys.exit('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=120).returncode == 0
