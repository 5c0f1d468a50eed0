"""The ledger's integrity: what is written can't be changed, taken out or slipped in without the check saying so."""

import io
import threading
import uuid
from collections.abc import Callable
from datetime import date

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connections, transaction

from organisations.models import User
from registry import gateway, signing
from registry.disclosure import Purpose
from registry.models import Entry, LedgerLink, LedgerSeal, Look
from registry.permissions import capacities
from registry.services import ledger
from tests.registry.conftest import Agree

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "disclosed", "owner"])


@pytest.fixture
def look(entry: Entry, agree: Agree, association_officer: User, today: date) -> Callable[[], None]:
    """One look at the list and one at the entry."""
    agree(entry)

    def once(reason: str = 'Fair in "Riga"\n\\ \u2028 \x7f õ') -> None:
        capacity = capacities(association_officer, today=today)[0]
        gate = gateway.disclosed(association_officer, Purpose.OUTREACH, reason, today=today, capacity=capacity)
        gate.page(gateway.Question())
        gate.one(entry.pk)

    return once


def faults(settings: LazySettings) -> list[str]:
    return [fault.what for fault in ledger.check(public_keys=signing.public_keys(settings.SIGNING_KEYS))]


def test_each_insert_is_a_link_that_follows_the_one_before(look: Callable[[], None], settings: LazySettings) -> None:
    assert faults(settings) == []
    look()
    look()
    links = list(LedgerLink.objects.order_by("pk"))
    assert [len(link.look_ids) for link in links] == [1, 1, 1, 1]
    assert [link.previous for link in links] == [ledger.START, *(link.sha256 for link in links[:-1])]
    assert sorted(look_id for link in links for look_id in link.look_ids) == sorted(Look.objects.values_list("pk", flat=True))
    assert faults(settings) == []


def test_looks_of_the_public_and_of_nobody_are_chained_too(settings: LazySettings, today: date, entry: Entry) -> None:
    nobody = AnonymousUser()
    gate = gateway.disclosed(nobody, Purpose.MATCHMAKING, "", today=today, capacity=capacities(nobody, today=today)[0])
    gate.page(gateway.Question())
    assert (Look.objects.count(), LedgerLink.objects.count(), faults(settings)) == (1, 1, [])


SLIP_IN = (
    "ALTER TABLE registry_look DISABLE TRIGGER registry_look_chain;"
    'INSERT INTO registry_look (batch, institution, institution_kind, viewer_id, audience, purpose, reason, fields, "on",'
    " kind, entry_ids)"
    ' SELECT gen_random_uuid(), institution, institution_kind, viewer_id, audience, purpose, reason, fields, "on", kind, entry_ids'
    " FROM registry_look WHERE id = %(second)s;"
    "ALTER TABLE registry_look ENABLE TRIGGER registry_look_chain"
)
CUT_OFF = (
    "DELETE FROM registry_look WHERE id = %(last)s;"
    "DELETE FROM registry_ledgerlink WHERE id = (SELECT max(id) FROM registry_ledgerlink)"
)
WRITE_ANEW = (
    "UPDATE registry_look SET reason = 'Other'; TRUNCATE registry_ledgerlink RESTART IDENTITY;"
    "INSERT INTO registry_ledgerlink (look_ids, previous, sha256) SELECT array_agg(id ORDER BY id), repeat('0', 64),"
    " encode(sha256(convert_to(repeat('0', 64) || E'\\n' || string_agg(registry_look_line(look), E'\\n' ORDER BY id), 'UTF8')),"
    " 'hex') FROM registry_look AS look"
)
TAMPERING = {
    "a reason rewritten": ("UPDATE registry_look SET reason = 'Other' WHERE id = %(second)s", "changed"),
    "an institution rewritten": ("UPDATE registry_look SET institution = 'Other' WHERE id = %(second)s", "changed"),
    "a day moved": ('UPDATE registry_look SET "on" = "on" - 1 WHERE id = %(second)s', "changed"),
    "a field hidden": ("UPDATE registry_look SET fields = fields[2:] WHERE id = %(second)s", "changed"),
    "an entry taken out of a line": ("UPDATE registry_look SET entry_ids = '{}' WHERE id = %(second)s", "changed"),
    "what an entry showed hidden": (
        "UPDATE registry_look SET shown = array_fill(0, ARRAY[cardinality(entry_ids)]) WHERE id = %(second)s",
        "changed",
    ),
    "a viewer exchanged": ("UPDATE registry_look SET viewer_id = gen_random_uuid() WHERE id = %(second)s", "changed"),
    "a kind rewritten": ("UPDATE registry_look SET kind = 'export' WHERE id = %(second)s", "changed"),
    "a line deleted": ("DELETE FROM registry_look WHERE id = %(second)s", "missing"),
    "a link deleted": ("DELETE FROM registry_ledgerlink WHERE id = %(link)s", "broken"),
    "a link rewritten": ("UPDATE registry_ledgerlink SET sha256 = repeat('a', 64) WHERE id = %(link)s", "changed"),
    "a line and its link deleted": (
        "DELETE FROM registry_look WHERE id = %(second)s; DELETE FROM registry_ledgerlink WHERE id = %(link)s",
        "broken",
    ),
    "a line slipped in": (SLIP_IN, "unchained"),
    "the end cut off": (CUT_OFF, "unsealed"),
    "the whole chain written anew": (WRITE_ANEW, "unsealed"),
    "a seal rewritten": ("UPDATE registry_ledgerseal SET statement = jsonb_set(statement, '{on}', '\"2026-01-01\"')", "unsealed"),
}


@pytest.mark.parametrize("name", TAMPERING)
def test_planted_tampering_is_caught(look: Callable[[], None], settings: LazySettings, today: date, name: str) -> None:
    look()
    look()
    assert ledger.seal(today=today) is not None
    assert faults(settings) == []
    ids = list(Look.objects.order_by("pk").values_list("pk", flat=True))
    link = LedgerLink.objects.order_by("pk")[1].pk
    statement, what = TAMPERING[name]
    with connections["owner"].cursor() as owner:
        owner.execute(statement, {"second": ids[1], "last": ids[-1], "link": link})
    assert what in faults(settings)
    with pytest.raises(CommandError, match="not as it was written"):
        call_command("check_ledger", stdout=io.StringIO())


def test_the_command_says_that_all_is_well(look: Callable[[], None]) -> None:
    look()
    out = io.StringIO()
    call_command("check_ledger", stdout=out)
    assert out.getvalue() == "The ledger is as it was written: 2 links.\n"


def test_a_day_is_sealed_once_and_only_where_something_was_written(look: Callable[[], None], today: date) -> None:
    assert ledger.seal(today=today) is None
    look()
    assert ledger.seal(today=today) is not None
    look()
    assert ledger.seal(today=today) is None
    assert ledger.seal(today=date(2026, 11, 24)) is not None
    assert ledger.seal(today=date(2026, 11, 25)) is None
    assert LedgerSeal.objects.count() == 2


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO registry_ledgerlink (look_ids, previous, sha256) VALUES ('{}', '', '')",
        "UPDATE registry_ledgerlink SET sha256 = ''",
        "DELETE FROM registry_ledgerlink",
        "UPDATE registry_ledgerseal SET link_id = 0",
        "DELETE FROM registry_ledgerseal",
        "UPDATE registry_look SET reason = ''",
        "DELETE FROM registry_look",
    ],
)
def test_the_application_itself_may_rewrite_nothing_of_it(statement: str) -> None:
    with connections["default"].cursor() as cursor, pytest.raises(ProgrammingError, match="permission denied"):
        cursor.execute(statement)


def test_looks_at_once_make_one_chain(look: Callable[[], None], settings: LazySettings) -> None:
    start = threading.Barrier(4)

    def run() -> None:
        start.wait()
        try:
            look()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (Look.objects.count(), LedgerLink.objects.count(), faults(settings)) == (8, 8, [])


def test_a_look_that_is_undone_leaves_no_link(settings: LazySettings, today: date) -> None:
    unseen = {"batch": uuid.uuid4(), "audience": "public", "purpose": "outreach", "kind": "list"}
    with transaction.atomic(using="disclosed"):
        Look.objects.using("disclosed").bulk_create([Look(**unseen, institution="", fields=[], on=today, entry_ids=[])])
        transaction.set_rollback(True, using="disclosed")
    assert (LedgerLink.objects.count(), faults(settings)) == (0, [])
