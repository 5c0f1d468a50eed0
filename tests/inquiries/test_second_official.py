"""Which topics need a second official: an administrator's choice, in force at once, with a row that says whose it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from inquiries import countersigning
from inquiries.models import Inquiry, Message, ProposedAnswer, SecondOfficialRule, Topic
from inquiries.services import approving, asking, casework, second_official
from organisations.models import User

Ask = Callable[..., asking.Filed]
TOMORROW = timedelta(days=1)


def test_until_somebody_chooses_the_standard_table_holds(db: None) -> None:
    assert second_official.topics() == countersigning.TOPICS == {"sanctions", "transaction", "investment"}


def test_each_change_is_a_row_with_who_and_when(administrator: User, today: date) -> None:
    second_official.set_topics(["sanctions", "transaction", "licensing"], by=administrator, today=today)
    assert second_official.set_topics(["sanctions", "transaction", "licensing"], by=administrator, today=today) == []
    second_official.set_topics(["sanctions", "transaction"], by=administrator, today=today + TOMORROW)
    rows = SecondOfficialRule.objects.order_by("topic", "number").values_list("topic", "number", "is_needed", "by", "on")
    assert list(rows) == [
        ("investment", 1, False, administrator.pk, today),
        ("licensing", 1, True, administrator.pk, today),
        ("licensing", 2, False, administrator.pk, today + TOMORROW),
    ]
    assert second_official.topics() == {"sanctions", "transaction"}


@pytest.mark.parametrize("who", ["officer", "supervisor", "approver", "auditor", "licensing_officer"])
def test_nobody_but_an_administrator_chooses(request: pytest.FixtureRequest, focal_point: object, today: date, who: str) -> None:
    with pytest.raises(second_official.UnableToSet):
        second_official.set_topics([], by=request.getfixturevalue(who), today=today)
    assert SecondOfficialRule.objects.count() == 0


def test_an_answer_goes_by_the_table_of_its_moment(
    ask: Ask, officer: User, supervisor: User, administrator: User, today: date
) -> None:
    first, second, third = (ask(topic="licensing").inquiry for _ in range(3))
    for each in (first, second, third):
        casework.take(each, by=officer, today=today)
    assert isinstance(casework.answer(first, text="No.", by=officer, today=today), Message)
    second_official.set_topics(Topic.values, by=administrator, today=today)
    assert isinstance(casework.answer(second, text="No.", by=officer, today=today), ProposedAnswer)
    second_official.set_topics([], by=administrator, today=today)
    assert isinstance(casework.answer(third, text="No.", by=officer, today=today), Message)
    approving.approve(second, revision=1, by=supervisor, today=today)  # what waits is still approved


def test_what_is_to_be_handled_with_care_needs_one_whatever_is_chosen(
    ask: Ask, officer: User, administrator: User, today: date
) -> None:
    second_official.set_topics([], by=administrator, today=today)
    inquiry = ask(topic="sanctions").inquiry
    casework.take(inquiry, by=officer, today=today)
    Inquiry.objects.filter(pk=inquiry.pk).update(flags=["sensitive"])
    assert isinstance(casework.answer(inquiry, text="No.", by=officer, today=today), ProposedAnswer)


def test_the_database_keeps_every_row(administrator: User, today: date) -> None:
    (row,) = second_official.set_topics([*countersigning.TOPICS, "other"], by=administrator, today=today)
    for change in (row.delete, lambda: SecondOfficialRule.objects.update(is_needed=False)):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            change()
    for number in (0, 1):
        with pytest.raises(IntegrityError), transaction.atomic():
            SecondOfficialRule.objects.create(topic="other", number=number, is_needed=True, by=row.by, on=today)
