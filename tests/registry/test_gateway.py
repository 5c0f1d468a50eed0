"""What leaves by the gateway, and that the ledger knows of it first. `disclosed` is another login, so rows have to be committed."""

import io
import threading
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.core.paginator import EmptyPage
from django.db import ProgrammingError, connection, connections
from django.test.utils import CaptureQueriesContext

from organisations.models import Organisation, User
from organisations.permissions import Visitor
from registry import gateway
from registry.disclosure import Audience, Field, Purpose
from registry.models import Disclosed, Entry, Look
from registry.permissions import PUBLIC, Capacity, capacities
from registry.services import agreements, entries, projection
from tests.registry.conftest import VALUES, Agree, MakeEntry, confirmed, grant

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "disclosed", "owner"])

OUTREACH = Purpose.OUTREACH
SHOWN = {Field.LEGAL_NAME, Field.REGION, Field.SEGMENTS, Field.PRODUCTS}
TRUTH = [
    "registry_entry",
    "registry_entrysegment",
    "registry_entry_memberships",
    "registry_entrychange",
    "registry_entrydraft",
    "registry_evidence",
    "registry_savedsearch",
    "registry_delay",
    "registry_person",
    "registry_consent",
    "registry_changedvalue",
    "registry_agreement",
    "registry_agreementversion",
    "registry_agreementevent",
    "organisations_organisation",
    "organisations_user",
    "catalogue_segment",
    "inquiries_inquiry",
]


def gate(user: Visitor, today: date, purpose: Purpose = OUTREACH, reason: str = "Autumn seminar", place: int = 0) -> gateway.Gate:
    return gateway.disclosed(user, purpose, reason, today=today, capacity=capacities(user, today=today)[place])


def names(page: Any) -> list[str]:
    return [found.legal_name for found in page]


# --- who looks as whom ----------------------------------------------------------------------------------------------


def test_a_visitor_looks_as_what_the_memberships_say(
    officer: User,
    licensing_officer: User,
    association_officer: User,
    signatory: User,
    auditor: User,
    administrator: User,
    today: date,
) -> None:
    def audiences(user: User) -> list[Audience]:
        return [capacity.audience for capacity in capacities(user, today=today)]

    assert audiences(officer) == [Audience.FOCAL_POINT, Audience.PUBLIC]
    assert audiences(licensing_officer) == [Audience.LICENSING, Audience.PUBLIC]
    assert audiences(association_officer) == [Audience.ASSOCIATIONS, Audience.PUBLIC]
    for person in (signatory, auditor, administrator):
        assert audiences(person) == [Audience.PUBLIC]


def test_a_firm_looks_as_a_listed_one_while_its_own_agreement_is_in_force(
    entry: Entry, agree: Agree, signatory: User, today: date, now: datetime
) -> None:
    listed = [Capacity(Audience.LISTED_FIRMS, entry.organisation), PUBLIC]
    assert capacities(signatory, today=today) == [PUBLIC]
    agree(entry)
    assert capacities(signatory, today=today) == listed
    agreements.withdraw(entry=entry, by=signatory, now=now)
    assert capacities(signatory, today=today) == [PUBLIC]


def test_a_capacity_that_one_does_not_hold_is_refused(
    association_officer: User, licensing_agency: Organisation, today: date
) -> None:
    with pytest.raises(gateway.UnableToLook):
        gateway.disclosed(association_officer, OUTREACH, "x", today=today, capacity=Capacity(Audience.LICENSING, licensing_agency))


def test_an_official_gives_a_reason(officer: User, today: date) -> None:
    with pytest.raises(gateway.UnableToLook):
        gate(officer, today, reason="  ")


# --- what is seen ---------------------------------------------------------------------------------------------------


def test_an_association_sees_exactly_what_it_may(entry: Entry, agree: Agree, association_officer: User, today: date) -> None:
    agree(entry)
    found = gate(association_officer, today).one(entry.pk)
    assert dict(found.values) == {
        Field.LEGAL_NAME: "Baltic Photonics OÜ",
        Field.REGION: "EE001",
        Field.SEGMENTS: [{"code": "T6.1", "label": "Electro-optical sensing", "role": "develops"}],
        Field.PRODUCTS: "Hollow-core fibre for gas sensing",
    }


@pytest.mark.parametrize("purpose", [purpose for purpose in Purpose if purpose != OUTREACH])
def test_another_purpose_shows_nothing(
    entry: Entry, agree: Agree, association_officer: User, today: date, purpose: Purpose
) -> None:
    agree(entry)
    with pytest.raises(gateway.NotDisclosed):
        gate(association_officer, today, purpose).one(entry.pk)
    assert names(gate(association_officer, today, purpose).page(gateway.Question())) == []


def test_another_audience_sees_nothing(entry: Entry, agree: Agree, officer: User, licensing_officer: User, today: date) -> None:
    agree(entry)
    for person in (officer, licensing_officer):
        with pytest.raises(gateway.NotDisclosed):
            gate(person, today).one(entry.pk)


def test_withdrawal_is_seen_by_a_gate_that_is_already_open(
    entry: Entry, agree: Agree, association_officer: User, signatory: User, today: date, now: datetime
) -> None:
    agree(entry)
    opened = gate(association_officer, today)
    assert names(opened.page(gateway.Question())) == ["Baltic Photonics OÜ"]
    agreements.withdraw(entry=entry, by=signatory, now=now)
    assert names(opened.page(gateway.Question())) == []
    with pytest.raises(gateway.NotDisclosed):
        opened.one(entry.pk)


def test_an_agreement_past_its_last_day_shows_nothing_though_nobody_ended_it(
    entry: Entry, agree: Agree, association_officer: User
) -> None:
    agree(entry, end=date(2026, 11, 23))
    assert len(gate(association_officer, date(2026, 11, 23)).page(gateway.Question())) == 1
    assert len(gate(association_officer, date(2026, 11, 24)).page(gateway.Question())) == 0


def test_a_change_of_the_entry_shows_at_once(
    entry: Entry,
    make_entry: MakeEntry,
    firm: Organisation,
    entry_editor: User,
    agree: Agree,
    association_officer: User,
    today: date,
) -> None:
    agree(entry)
    make_entry(firm, entry_editor, region="EE004")
    assert gate(association_officer, today).one(entry.pk).values[Field.REGION] == "EE004"


def test_a_hidden_name_is_not_in_the_reference_either(entry: Entry, agree: Agree, association_officer: User, today: date) -> None:
    agree(entry, grant(Audience.ASSOCIATIONS, OUTREACH, Field.REGION))
    [found] = gate(association_officer, today).page(gateway.Question())
    assert found.ref == projection.pairwise_ref(entry, Audience.ASSOCIATIONS, OUTREACH) != entry.pk
    assert dict(found.values) == {Field.REGION: "EE001"}
    with pytest.raises(gateway.NotDisclosed):
        gate(association_officer, today).one(entry.pk)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (gateway.Question(), ["Arctic Sensors OÜ", "Baltic Photonics OÜ"]),
        (gateway.Question(order="-legal_name"), ["Baltic Photonics OÜ", "Arctic Sensors OÜ"]),
        (gateway.Question(order="region"), ["Baltic Photonics OÜ", "Arctic Sensors OÜ"]),
        (gateway.Question(region="EE"), ["Arctic Sensors OÜ", "Baltic Photonics OÜ"]),
        (gateway.Question(region="EE001"), ["Baltic Photonics OÜ"]),
        (gateway.Question(segment="T6"), ["Arctic Sensors OÜ", "Baltic Photonics OÜ"]),
        (gateway.Question(segment="T7"), []),
        (gateway.Question(words="hollow fib"), ["Baltic Photonics OÜ"]),
        (gateway.Question(words="Arct"), ["Arctic Sensors OÜ"]),
        (gateway.Question(words="ISO"), []),  # certifications are hidden
        (gateway.Question(words="' | & :* !"), []),
    ],
)
def test_a_list_is_narrowed_and_ordered_by_what_may_be_seen(
    entry: Entry,
    make_entry: MakeEntry,
    agree: Agree,
    association_officer: User,
    today: date,
    question: gateway.Question,
    expected: list[str],
) -> None:
    agree(entry)
    agree(make_entry(legal_name="Arctic Sensors OÜ", region="EE004", products="Ice radar"))
    assert names(gate(association_officer, today).page(question)) == expected


def test_pages_are_bounded(entry: Entry, make_entry: MakeEntry, agree: Agree, association_officer: User, today: date) -> None:
    agree(entry)
    agree(make_entry(legal_name="Arctic Sensors OÜ"))
    opened = gate(association_officer, today)
    assert names(opened.page(gateway.Question(), number=2, size=1)) == ["Baltic Photonics OÜ"]
    assert opened.page(gateway.Question(), size=10**9).paginator.per_page == gateway.LONGEST_PAGE
    with pytest.raises(EmptyPage):
        opened.page(gateway.Question(), number=3, size=1)


@pytest.mark.parametrize("entries_listed", [1, 3])
def test_a_list_costs_the_same_queries_for_one_entry_and_three(
    entry: Entry, make_entry: MakeEntry, agree: Agree, association_officer: User, today: date, entries_listed: int
) -> None:
    agree(entry)
    for number in range(1, entries_listed):
        agree(make_entry(legal_name=f"Firm {number}"))
    opened = gate(association_officer, today)
    with CaptureQueriesContext(connections["disclosed"]) as outside, CaptureQueriesContext(connection) as inside:
        assert len(opened.page(gateway.Question())) == entries_listed
    statements = [query["sql"].split()[0] for query in outside]
    assert statements == ["BEGIN", "SELECT", "SELECT", "INSERT", "COMMIT"]
    assert len(inside) == 0
    assert not [table for table in TRUTH for query in outside if f'"{table}"' in query["sql"]]


@pytest.mark.parametrize(
    ("question", "further"),
    [
        (gateway.Question(), set()),
        (gateway.Question(segment="CTA06", size="small"), set()),
        (gateway.Question(order="-readiness", market="154"), {Field.READINESS, Field.MARKETS}),
        (gateway.Question(words="sensors"), gateway.SEARCHED_FIELDS),
    ],
)
def test_a_list_reads_no_field_that_its_line_in_the_ledger_does_not_stand_for(
    entry: Entry, agree: Agree, association_officer: User, today: date, question: gateway.Question, further: set[Field]
) -> None:
    agree(entry)
    opened = gate(association_officer, today)
    assert fields_read(lambda: opened.page(question)) == gateway.LIST_FIELDS | further
    assert fields_read(lambda: opened.found(question)) == gateway.LIST_FIELDS | gateway.COUNTED_FIELDS | further
    assert fields_read(lambda: opened.one(entry.pk)) == set(Field)


def fields_read(look: Callable[[], Any]) -> set[str]:
    """The fields of entries that the statements of a look bring to the application."""
    with CaptureQueriesContext(connections["disclosed"]) as outside:
        look()
    brought = [query["sql"].split(" FROM ")[0] for query in outside if query["sql"].startswith('SELECT "registry_disclosed"')]
    return {field for field in Field for columns in brought if f'"{field}"' in columns}


# --- the ledger -----------------------------------------------------------------------------------------------------


def test_a_look_at_one_entry_is_in_the_ledger(
    entry: Entry, agree: Agree, association: Organisation, association_officer: User, today: date
) -> None:
    agree(entry)
    gate(association_officer, today).one(entry.pk)
    look = Look.objects.at(entry.pk).get()
    assert (look.institution, look.institution_kind, look.viewer_id) == ("Photonics Cluster", "association", association_officer.pk)
    assert (look.audience, look.purpose, look.reason, look.on) == ("associations", "outreach", "Autumn seminar", today)
    assert (look.kind, look.entry_ids, set(look.fields)) == ("one", [entry.pk], SHOWN)


def test_each_firm_reads_of_the_fields_that_it_showed_itself(
    entry: Entry, make_entry: MakeEntry, agree: Agree, association_officer: User, today: date
) -> None:
    other = make_entry(legal_name="Arctic Sensors OÜ")
    agree(entry)
    agree(other, grant(Audience.ASSOCIATIONS, OUTREACH, Field.LEGAL_NAME, Field.SIZE_BAND))
    gate(association_officer, today).page(gateway.Question(order="region"))
    assert set(Look.objects.at(other.pk).get().seen) == {"legal_name", "size_band"}
    assert set(Look.objects.at(entry.pk).get().seen) == {"legal_name", "region", "segments"}
    assert set(Look.objects.at_any([entry.pk, other.pk]).get().seen) == {"legal_name", "region", "segments", "size_band"}
    assert set(Look.objects.get().fields) == {"legal_name", "region", "segments", "size_band"}


def test_entries_that_showed_the_same_need_no_word_each(
    entry: Entry, make_entry: MakeEntry, agree: Agree, association_officer: User, today: date
) -> None:
    other = make_entry(legal_name="Arctic Sensors OÜ")
    for each in (entry, other):
        agree(each, grant(Audience.ASSOCIATIONS, OUTREACH, Field.LEGAL_NAME))
    gate(association_officer, today).page(gateway.Question())
    line = Look.objects.at(other.pk).get()
    assert (line.shown, line.fields, line.seen) == (None, ["legal_name"], ["legal_name"])


def test_a_line_that_nobody_asked_for_an_entry_tells_no_firm_anything(
    entry: Entry, agree: Agree, association_officer: User, today: date
) -> None:
    agree(entry)
    gate(association_officer, today).one(entry.pk)
    with pytest.raises(KeyError):
        _ = Look.objects.get().seen


def test_a_list_names_in_the_ledger_the_page_and_no_more(
    entry: Entry, make_entry: MakeEntry, agree: Agree, association_officer: User, today: date
) -> None:
    other = make_entry(legal_name="Arctic Sensors OÜ")
    agree(entry)
    agree(other)
    gate(association_officer, today).page(gateway.Question(), size=1)
    assert [look.entry_ids for look in Look.objects.all()] == [[other.pk]]


def test_a_search_that_finds_nothing_is_in_the_ledger_too(association_officer: User, today: date) -> None:
    gate(association_officer, today).page(gateway.Question())
    assert [look.entry_ids for look in Look.objects.all()] == [[]]


def test_the_public_leaves_no_name(entry: Entry, agree: Agree, signatory: User, today: date) -> None:
    agree(entry, grant(Audience.PUBLIC, Purpose.BUSINESS_PROMOTION, Field.LEGAL_NAME))
    gateway.disclosed(signatory, Purpose.BUSINESS_PROMOTION, "said anyway", today=today, capacity=PUBLIC).one(entry.pk)
    look = Look.objects.at(entry.pk).get()
    assert (look.institution, look.viewer_id, look.reason) == ("", None, "")


def test_a_ledger_that_cannot_be_written_lets_no_data_out(
    entry: Entry, agree: Agree, association_officer: User, today: date
) -> None:
    agree(entry)
    opened = gate(association_officer, today)
    with connections["owner"].cursor() as owner:
        owner.execute("REVOKE INSERT ON registry_look FROM portal_disclosed")
        try:
            for read in (lambda: opened.one(entry.pk), lambda: opened.page(gateway.Question())):
                with pytest.raises(ProgrammingError, match="permission denied for table registry_look"):
                    read()
        finally:
            owner.execute("GRANT INSERT ON registry_look TO portal_disclosed")
    assert not Look.objects.exists()


@pytest.mark.parametrize("verb", ["UPDATE registry_look SET reason = 'x'", "DELETE FROM registry_look"])
@pytest.mark.parametrize("alias", ["default", "disclosed"])
def test_nobody_rewrites_the_ledger(alias: str, verb: str) -> None:
    with connections[alias].cursor() as cursor, pytest.raises(ProgrammingError, match="permission denied"):
        cursor.execute(verb)


# --- the login of outside reads -------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", [*TRUTH, "registry_look"])
def test_the_outside_login_reads_no_truth(table: str) -> None:
    with connections["disclosed"].cursor() as cursor, pytest.raises(ProgrammingError, match="permission denied"):
        cursor.execute(f"SELECT * FROM {table}")  # noqa: S608


def test_the_outside_login_may_read_one_table_and_write_two() -> None:
    with connections["disclosed"].cursor() as cursor:
        cursor.execute(
            "SELECT relname, has_table_privilege(oid, 'SELECT'), has_table_privilege(oid, 'INSERT'),"
            " has_table_privilege(oid, 'UPDATE') OR has_table_privilege(oid, 'DELETE') OR has_table_privilege(oid, 'TRUNCATE')"
            " FROM pg_class WHERE relkind IN ('r', 'v', 'm', 'p') AND relnamespace = 'public'::regnamespace"
            " AND (has_table_privilege(oid, 'INSERT') OR has_any_column_privilege(oid, 'SELECT')) ORDER BY relname"
        )
        rights = cursor.fetchall()
    assert rights == [
        ("registry_delayedbatch", False, True, False),
        ("registry_disclosed", True, False, False),
        ("registry_look", False, True, False),
    ]


def test_each_audience_has_a_partition_which_no_login_opens_by_itself() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE oid IN (SELECT inhrelid FROM pg_inherits"
            " WHERE inhparent = 'registry_disclosed'::regclass)"
        )
        assert {bound for (bound,) in cursor} == {f"FOR VALUES IN ('{audience}')" for audience in Audience}
        cursor.execute(
            "SELECT oid::regclass, role FROM pg_class, unnest(ARRAY['portal_web', 'portal_outside']) AS role WHERE oid IN"
            " (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'registry_disclosed'::regclass)"
            " AND (has_any_column_privilege(role, oid, 'SELECT, INSERT, UPDATE') OR has_table_privilege(role, oid, 'DELETE'))"
        )
        assert cursor.fetchall() == []


def test_the_outside_login_writes_no_projection() -> None:
    with connections["disclosed"].cursor() as cursor, pytest.raises(ProgrammingError, match="permission denied"):
        cursor.execute("DELETE FROM registry_disclosed")


# --- two at once ----------------------------------------------------------------------------------------------------


def test_two_officials_countersign_at_once_and_one_is_told(
    entry: Entry, agree: Agree, officer: User, approver: User, now: datetime
) -> None:
    version = agree(entry, until="signed")
    outcomes: list[object] = []
    start = threading.Barrier(2)

    def countersign(by: User) -> None:
        try:
            start.wait()
            outcomes.append(
                agreements.countersign(
                    version=version, sha256=version.sha256, by=by, second_factor=confirmed(now), now=now
                ).countersigned_by
            )
        except agreements.UnableToMove as error:
            outcomes.append(type(error))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=countersign, args=(by,)) for by in (officer, approver)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    version.refresh_from_db()
    assert sorted(map(str, outcomes)) == sorted([str(version.countersigned_by), str(agreements.UnableToMove)])
    assert Disclosed.objects.filter(entry_id=entry.pk).count() == 1


# --- reconciliation -------------------------------------------------------------------------------------------------


def test_projection_and_truth_agree_after_every_verb(
    entry: Entry, make_entry: MakeEntry, agree: Agree, signatory: User, entry_editor: User, firm: Organisation, now: datetime
) -> None:
    assert projection.differences() == []
    agree(entry)
    agree(make_entry(legal_name="Arctic Sensors OÜ"), grant(Audience.POLICY, Purpose.STATISTICS, Field.REGION))
    assert projection.differences() == []
    entries.save_entry(organisation=firm, values=VALUES | {"products": "Lasers"}, activities=[], by=entry_editor, now=now)
    assert projection.differences() == []
    agreements.withdraw(entry=entry, by=signatory, now=now)
    assert projection.differences() == []
    call_command("reconcile_registry", stdout=io.StringIO())


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("DELETE FROM registry_disclosed", "missing"),
        ("UPDATE registry_disclosed SET website = 'https://leak.example/'", "changed"),
        ("UPDATE registry_disclosed SET audience = 'public'", "surplus"),
    ],
)
def test_a_difference_is_reported_and_fails_the_command(entry: Entry, agree: Agree, fault: str, kind: str) -> None:
    agree(entry)
    with connections["owner"].cursor() as owner:
        owner.execute(fault)
    assert kind in [difference.kind for difference in projection.differences()]
    with pytest.raises(CommandError):
        call_command("reconcile_registry", stdout=io.StringIO())
