"""What everybody may read of how long answers take: enough of them, once the quarter is over, and for good."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from inquiries import receipts, suppression
from inquiries.models import ErasedAnswer, PublishedFigure, Topic
from inquiries.services import asking, casework, erasing, quarters
from inquiries.services.lateness import Late
from organisations.models import User

pytestmark = pytest.mark.usefixtures("one_official_answers")

Ask = Callable[..., asking.Filed]
SUMMER, AUTUMN = date(2026, 7, 1), date(2026, 10, 1)
WHY = Late("workload", "Holidays.")


@pytest.fixture
def answered(ask: Ask, officer: User) -> Callable[..., asking.Filed]:
    """Files a question and answers it so many days later."""

    def play(topic: str, *, day: date, after: int = 1) -> asking.Filed:
        filed = ask(topic=topic, today=day)
        casework.take(filed.inquiry, by=officer, today=day)
        casework.answer(filed.inquiry, text="No.", late=WHY, by=officer, today=day + timedelta(days=after))
        return filed

    return play


def figures(quarter: date = SUMMER) -> dict[str, tuple[int | None, int | None, float | None]]:
    rows = PublishedFigure.objects.filter(quarter=quarter, answered__isnull=False)
    return {row.topic: (row.answered, row.in_time, row.median_days) for row in rows}


MONDAY = date(2026, 8, 3)


def test_a_quarter_is_published_when_it_is_over(answered: Any) -> None:
    for after in (1, 2, 3, 3, 14):
        answered("sanctions", day=MONDAY, after=after)
    assert quarters.publish_ended(today=date(2026, 9, 30)) == []
    assert quarters.publish_ended(today=AUTUMN) == [SUMMER]
    assert figures() == {"": (5, 4, float(3)), "sanctions": (5, 4, float(3))}
    assert quarters.publish_ended(today=AUTUMN) == []


def test_the_days_are_those_on_which_the_office_had_the_question(ask: Ask, officer: User) -> None:
    for _ in range(5):
        filed = ask(topic="sanctions", today=MONDAY)
        casework.take(filed.inquiry, by=officer, today=MONDAY)
        casework.ask_back(filed.inquiry, text="Which?", by=officer, today=MONDAY + timedelta(days=1))
        opened = asking.open_with_receipt(receipts.read(filed.receipt))
        asking.write_again(opened=opened, text="This.", today=MONDAY + timedelta(days=28))
        casework.answer(filed.inquiry, text="No.", by=officer, today=MONDAY + timedelta(days=29))
    quarters.publish_ended(today=AUTUMN)
    assert figures()["sanctions"] == (5, 5, float(2))


def test_nothing_is_told_of_fewer_than_five(answered: Any) -> None:
    for _ in range(4):
        answered("sanctions", day=MONDAY)
    quarters.publish_ended(today=AUTUMN)
    assert figures() == {}
    assert PublishedFigure.objects.count() == len(Topic.values) + 1


def test_a_small_number_can_not_be_worked_out_from_the_total(answered: Any) -> None:
    for topic, number in {"sanctions": 3, "licensing": 5, "other": 6}.items():
        for _ in range(number):
            answered(topic, day=MONDAY)
    quarters.publish_ended(today=AUTUMN)
    assert set(figures()) == {"", "licensing"}


def test_what_was_published_never_changes(answered: Any) -> None:
    filed = [answered("sanctions", day=MONDAY) for _ in range(6)]
    quarters.publish_ended(today=AUTUMN)
    before = figures()
    erasing.erase(opened=asking.open_with_receipt(receipts.read(filed[0].receipt)), today=AUTUMN)
    quarters.publish_ended(today=AUTUMN)
    assert figures() == before
    assert ErasedAnswer.objects.count() == 0


def test_what_was_erased_before_is_counted_and_then_forgotten(answered: Any) -> None:
    filed = [answered("sanctions", day=MONDAY, after=after) for after in (1, 1, 2, 4, 14)]
    for each in filed:
        erasing.erase(opened=asking.open_with_receipt(receipts.read(each.receipt)), today=MONDAY + timedelta(days=20))
    assert sorted(ErasedAnswer.objects.values_list("days", "in_time", "number")) == [
        (1, True, 2), (2, True, 1), (4, True, 1), (10, False, 1)
    ]  # fmt: skip
    quarters.publish_ended(today=AUTUMN)
    assert figures()["sanctions"] == (5, 4, float(2))
    assert ErasedAnswer.objects.count() == 0


def test_only_the_first_answer_counts_and_in_its_own_quarter(answered: Any, officer: User) -> None:
    filed = [answered("sanctions", day=date(2026, 9, 28), after=after) for after in (1, 1, 1, 1, 1, 3)]
    opened = asking.open_with_receipt(receipts.read(filed[0].receipt))
    asking.write_again(opened=opened, text="And now?", today=AUTUMN)
    casework.answer(filed[0].inquiry, text="No.", by=officer, today=AUTUMN)
    quarters.publish_ended(today=date(2027, 1, 1))
    assert figures() == {"": (5, 5, float(1)), "sanctions": (5, 5, float(1))}
    assert figures(AUTUMN) == {}


@pytest.mark.parametrize("numbers", [(4, 4, 1), (5, 6, 1), (None, 3, 1), (5, None, 1), (5, 5, None)])
def test_the_database_itself_refuses_a_small_number(db: None, numbers: tuple[int | None, ...]) -> None:
    names = ("answered", "in_time", "median_halves")
    with pytest.raises(IntegrityError, match="enough_inquiries"), transaction.atomic():
        PublishedFigure.objects.create(quarter=SUMMER, topic="other", **dict(zip(names, numbers, strict=True)))
    PublishedFigure.objects.create(quarter=SUMMER, topic="other", answered=5, in_time=5, median_halves=1)
    PublishedFigure.objects.create(quarter=SUMMER, topic="sanctions")


# --- suppression ----------------------------------------------------------------------------------------------------

Table = tuple[int, ...]


def published(table: Table) -> tuple[int | None, ...]:
    """What a reader sees: the total, then each cell, None where it is left out."""
    out = suppression.hidden({str(place): count for place, count in enumerate(table)})
    cells = [None if str(place) in out.cells else count for place, count in enumerate(table)]
    return None if out.total else sum(table), *cells


@pytest.mark.parametrize(("cells", "most"), [(2, 30), (3, 14), (4, 10)])
def test_no_small_number_can_be_worked_out_from_any_table(cells: int, most: int) -> None:
    """Of all tables: whoever knows the rule and sees what is shown can't tell a cell of one to four that is left out."""
    alike: dict[tuple[int | None, ...], list[Table]] = defaultdict(list)
    for table in product(range(most + 1), repeat=cells):
        seen = published(table)
        if (
            seen[0] is None or seen[0] - sum(cell or 0 for cell in seen[1:]) <= most
        ):  # else some that look alike are out of the range
            alike[seen].append(table)
    exposed = [
        (seen, tables)
        for seen, tables in alike.items()
        for place in range(cells)
        if seen[place + 1] is None and len({table[place] for table in tables}) == 1 and 0 < tables[0][place] < suppression.FEWEST
    ]
    assert exposed == []


def only_the_small(counts: dict[str, int]) -> suppression.Hidden:
    return suppression.Hidden(frozenset(cell for cell, count in counts.items() if count < 5), total=sum(counts.values()) < 5)


def the_smallest_with_them(counts: dict[str, int]) -> suppression.Hidden:
    """Until they are five together, which is what one would do at first."""
    out = set(only_the_small(counts).cells)
    for cell in sorted(counts.keys() - out, key=lambda cell: (counts[cell], cell)):
        if not 0 < sum(counts[each] for each in out) < 5:
            break
        out.add(cell)
    return suppression.Hidden(frozenset(out), total=sum(counts.values()) < 5)


@pytest.mark.parametrize("rule", [only_the_small, the_smallest_with_them])
def test_the_search_for_exposed_cells_finds_them(monkeypatch: pytest.MonkeyPatch, rule: Any) -> None:
    monkeypatch.setattr(suppression, "hidden", rule)
    with pytest.raises(AssertionError):
        test_no_small_number_can_be_worked_out_from_any_table(3, 14)


@given(st.dictionaries(st.sampled_from(Topic.values), st.integers(0, 40)))
def test_every_cell_shown_is_large_enough(counts: dict[str, int]) -> None:
    out = suppression.hidden(counts)
    assert all(counts[cell] >= suppression.FEWEST for cell in counts.keys() - out.cells)
    assert out.total or sum(counts.values()) >= suppression.FEWEST
