"""Stirring changes where rows stand and nothing else, waits for nobody, and leaves old inquiries alone."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, models

from inquiries import receipts
from inquiries.models import (
    Absence,
    Closure,
    DryRun,
    ErasedAnswer,
    ErasedBreach,
    ErasedCount,
    Inquiry,
    PublishedFigure,
    Recalculation,
    Reply,
    ReplyVersion,
    ResponseTarget,
    RoutingRule,
    RoutingRuleVersion,
    SavedFilter,
    SecondOfficialRule,
)
from inquiries.services import asking, stirring, thread

Ask = Callable[..., asking.Filed]
YESTERDAY = timedelta(days=1)
# Tables of the app whose rows belong to no inquiry and are written by no asker.
OF_NO_INQUIRY: set[type[models.Model]] = {
    Absence,
    Closure,
    DryRun,
    ErasedAnswer,
    ErasedBreach,
    ErasedCount,
    PublishedFigure,
    Recalculation,
    Reply,
    ReplyVersion,
    ResponseTarget,
    RoutingRule,
    RoutingRuleVersion,
    SavedFilter,
    SecondOfficialRule,
}


def places(model: type[models.Model] = Inquiry) -> dict[uuid.UUID, tuple[str, str]]:
    """Where each row stands, and the transaction that wrote it."""
    with connection.cursor() as cursor:
        names = {"key": model._meta.pk.column, "table": model._meta.db_table}
        cursor.execute("SELECT {key}, ctid::text, xmin::text FROM {table}".format(**names))  # noqa: S608  names of our own tables
        return {key: (place, number) for key, place, number in cursor.fetchall()}


def test_every_table_with_rows_of_an_inquiry_is_stirred() -> None:
    assert {model for model, _path in stirring.tables_of_inquiries()} == set(
        apps.get_app_config("inquiries").get_models(include_auto_created=True)
    ) - OF_NO_INQUIRY


def test_every_row_moves_and_says_what_it_said(ask: Ask, today: date) -> None:
    filed = [ask(f"Question {number}", segments=[]) for number in range(20)]
    before = {model: places(model) for model, _path in stirring.tables_of_inquiries()}
    assert stirring.stir(since=today) == sum(map(len, before.values()))
    for model, rows in before.items():
        after = places(model)
        assert after.keys() == rows.keys()
        assert [key for key, (place, _number) in after.items() if place == rows[key][0]] == []
    for number, each in enumerate(filed):
        opened = asking.open_with_receipt(receipts.read(each.receipt))
        assert [line.text for line in thread.read(opened).lines] == [f"Question {number}"]


def test_an_old_inquiry_is_left_alone_until_something_happens_to_it(ask: Ask, today: date) -> None:
    filed = ask(today=today - 10 * YESTERDAY)
    before = places()
    assert stirring.stir(since=today - YESTERDAY) == 0
    assert places() == before
    asking.write_again(opened=asking.open_with_receipt(receipts.read(filed.receipt)), text="And this?", today=today)
    assert stirring.stir(since=today - YESTERDAY) > 0


@pytest.mark.django_db(transaction=True)
def test_a_row_that_somebody_works_on_is_left_for_the_next_time(ask: Ask, today: date) -> None:
    held, free = ask().inquiry, ask().inquiry
    before = places()
    other = connection.copy()
    other.set_autocommit(False)
    try:
        with other.cursor() as colleague, connection.cursor() as cursor:
            colleague.execute("SELECT 1 FROM inquiries_inquiry WHERE id = %s FOR UPDATE", [held.pk])
            cursor.execute("SET lock_timeout = '1ms'")
            stirring.stir(since=today)
            cursor.execute("RESET lock_timeout")
    finally:
        other.close()
    after = places()
    assert after[held.pk] == before[held.pk]
    assert after[free.pk] != before[free.pk]


def test_the_command_for_backups_stirs(ask: Ask, today: date, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.localdate", lambda: today)
    ask()
    out = StringIO()
    call_command("stir_inquiries", stdout=out)
    assert out.getvalue() == "5 rows stirred\n"
