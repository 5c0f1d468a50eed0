"""The desk's own words about a case."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from catalogue.models import ControlEntry, Segment
from inquiries.models import Event, Inquiry
from inquiries.services import asking, casework, describing
from inquiries.services.describing import Facts, UnableToDescribe
from organisations.models import User
from tests.catalogue.conftest import entry, seed, small_list

__all__ = ["entry", "seed", "small_list"]
Ask = Callable[..., asking.Filed]
FACTS = Facts("A mill", "Five axes.", "high", ["sensitive"], ["mills"], ["2B001.b"])


@pytest.fixture
def inquiry(ask: Ask) -> Inquiry:
    return ask().inquiry


def history(inquiry: Inquiry) -> list[str]:
    return [event.detail for event in Event.objects.filter(inquiry=inquiry, kind="describe").order_by("position")]


def test_the_history_says_each_fact_that_changes(inquiry: Inquiry, officer: User, today: date) -> None:
    described = describing.describe(inquiry, facts=FACTS, seen=describing.facts_of(inquiry).version, by=officer, today=today)
    assert describing.facts_of(described) == FACTS
    assert history(inquiry) == [
        "title: A mill; summary; priority: High; flags: + Handle with care; tags: + mills; control entries: + 2B001.b"
    ]
    changed = replace(FACTS, codes=["2B006"], tags=[])
    describing.describe(inquiry, facts=changed, seen=FACTS.version, by=officer, today=today)
    assert history(inquiry)[1:] == ["tags: − mills; control entries: + 2B006, − 2B001.b"]


def test_many_changes_are_told_on_several_lines(inquiry: Inquiry, officer: User, today: date) -> None:
    facts = Facts(title="t" * 150, tags=[f"{number:040}" for number in range(10)], codes=["2B001"])
    describing.describe(inquiry, facts=facts, seen=Facts().version, by=officer, today=today)
    assert [(line[:6], len(line)) for line in history(inquiry)] == [("title:", 157), ("tags: ", 300), ("contro", 24)]


def test_the_same_facts_again_are_no_change(inquiry: Inquiry, officer: User, today: date) -> None:
    describing.describe(inquiry, facts=Facts(), seen=Facts().version, by=officer, today=today)
    assert history(inquiry) == []


def test_facts_that_somebody_changed_meanwhile_are_not_overwritten(inquiry: Inquiry, officer: User, today: date) -> None:
    seen = describing.facts_of(inquiry).version
    describing.describe(inquiry, facts=FACTS, seen=seen, by=officer, today=today)
    with pytest.raises(UnableToDescribe) as refused:
        describing.describe(inquiry, facts=Facts(title="Mine"), seen=seen, by=officer, today=today)
    assert refused.value.facts == FACTS
    assert describing.facts_of(Inquiry.objects.get(pk=inquiry.pk)) == FACTS


@pytest.mark.parametrize("who", ["approver", "auditor", "licensing_officer"])
def test_who_does_not_work_on_the_case_describes_nothing(
    request: pytest.FixtureRequest, inquiry: Inquiry, today: date, who: str
) -> None:
    with pytest.raises(casework.UnableToWork):
        describing.describe(inquiry, facts=FACTS, seen=Facts().version, by=request.getfixturevalue(who), today=today)


def test_the_desk_adds_segments_beside_the_askers(ask: Ask, officer: User, today: date, seed: None) -> None:
    own, added = Segment.objects.areas()[:2]
    inquiry = ask(segments=[own]).inquiry
    facts = Facts(segments=[own.code, added.code])
    describing.describe(inquiry, facts=facts, seen=Facts().version, by=officer, today=today)
    assert set(inquiry.segments.all()) == {own, added}
    assert describing.facts_of(inquiry).segments == (added.code,)
    describing.describe(inquiry, facts=Facts(), seen=describing.facts_of(inquiry).version, by=officer, today=today)
    assert list(inquiry.segments.all()) == [own]


def test_a_code_that_no_list_has_comes_with_the_nearest(entry: ControlEntry) -> None:
    nearest = describing.unknown_codes(["3A001.b.1", "3A001.c", "9E999"])
    assert nearest == {"3A001.c": ["3A001.a", "3A001.b", "3A001.b.1"], "9E999": []}
