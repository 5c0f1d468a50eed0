"""The pure rules of routing: what a condition meets, which rule decides."""

from __future__ import annotations

from typing import Any

import pytest
from django_countries import countries
from hypothesis import given
from hypothesis import strategies as st

from catalogue import regions
from inquiries import routing
from inquiries.routing import CODES, DESTINATIONS, FLAGS, KINDS, MODES, SEGMENTS, TOPICS, Rule

ABOUT: dict[str, Any] = {
    "topic": "classification",
    "mode": "anonymous",
    "destination": "KR",
    "segments": ["EU03.2", "EU03"],
    "codes": ["3A001.a.5"],
    "flags": ["catch-all", "media"],
}


def rule(tier: int = 10, position: int = 1, id: str = "", **conditions: list[str]) -> Rule:  # noqa: A002
    return Rule(id or f"{tier}/{position}", tier, position, {kind: frozenset(values) for kind, values in conditions.items()})


def holds(one: Rule, **about: Any) -> bool:
    return routing.decide([one], routing.facts(**ABOUT | about)) is not None


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({}, True),
        ({TOPICS: ["classification"]}, True),
        ({TOPICS: ["sanctions"]}, False),
        ({TOPICS: ["sanctions", "classification"]}, True),
        ({MODES: ["named", "confidential"]}, False),
        ({FLAGS: ["media"]}, True),
        ({FLAGS: ["sensitive"]}, False),
        ({SEGMENTS: ["EU03"]}, True),
        ({SEGMENTS: ["EU03.2"]}, True),
        ({SEGMENTS: ["EU03.1"]}, False),
        ({SEGMENTS: ["EU0"]}, False),
        ({TOPICS: ["classification"], FLAGS: ["media"]}, True),
        ({TOPICS: ["classification"], FLAGS: ["sensitive"]}, False),
        ({DESTINATIONS: ["KR"]}, True),
        ({DESTINATIONS: ["KP"]}, False),
        ({DESTINATIONS: ["030"]}, True),
        ({DESTINATIONS: ["142"]}, True),
        ({DESTINATIONS: ["150"]}, False),
    ],
)
def test_all_conditions_must_hold_and_any_value_of_one_suffices(conditions: dict[str, list[str]], *, expected: bool) -> None:
    assert holds(rule(**conditions)) is expected


@pytest.mark.parametrize(
    ("prefix", "code", "expected"),
    [
        ("3A001", "3A001", True),
        ("3A001", "3A001.a.5", True),
        ("3A001", "3A0011", False),
        ("3A001.a", "3A001.a.5", True),
        ("3A001.a", "3A001.aa", False),
        ("3A001.a.5", "3A001.a", False),
        ("3A0", "3A001.a.5", True),
        ("3A1", "3A001.a.5", False),
        ("3A", "3A001.a.5", True),
        ("3", "3A001.a.5", True),
        ("3B", "3A001.a.5", False),
        ("ML1", "ML10.a", False),
        ("ML10", "ML10.a", True),
        ("M", "ML10.a", False),
    ],
)
def test_a_control_entry_holds_for_what_stands_below_it(prefix: str, code: str, *, expected: bool) -> None:
    assert holds(rule(**{CODES: [prefix]}), codes=[code]) is expected


@pytest.mark.parametrize("kind", [CODES, DESTINATIONS, SEGMENTS, FLAGS])
def test_what_is_asked_for_and_not_known_does_not_hold(kind: str) -> None:
    nothing: dict[str, Any] = {"destination": "", "segments": [], "codes": [], "flags": []}
    assert not holds(rule(**{kind: ["3A001", "EE", "EU03", "media"]}), **nothing)


def test_a_region_that_an_asker_names_holds_for_itself_and_the_regions_around_it() -> None:
    assert holds(rule(**{DESTINATIONS: ["142"]}), destination="030")
    assert holds(rule(**{DESTINATIONS: ["030"]}), destination="030")
    assert not holds(rule(**{DESTINATIONS: ["KR"]}), destination="030")


def test_the_lowest_tier_decides_then_the_first_of_it() -> None:
    on_sanctions = {TOPICS: ["sanctions"]}
    rules = routing.in_order([rule(20, 1), rule(10, 2), rule(10, 1, **on_sanctions), rule(5, 1, **on_sanctions), rule(10, 3)])
    decided = [routing.decide(rules, routing.facts(**ABOUT | {"topic": topic})) for topic in ("classification", "sanctions")]
    assert [decision and decision.rule.id for decision in decided] == ["10/2", "5/1"]


def test_a_decision_names_the_values_that_were_met_and_no_others() -> None:
    one = rule(
        **{TOPICS: ["classification", "other"], DESTINATIONS: ["142", "KR", "DE"], FLAGS: ["media", "catch-all", "sensitive"]}
    )
    decided = routing.decide([one], routing.facts(**ABOUT))
    assert decided is not None
    assert decided.met == ((TOPICS, ("classification",)), (DESTINATIONS, ("142", "KR")), (FLAGS, ("catch-all", "media")))


CONDITIONS = st.fixed_dictionaries(
    {}, optional={kind: st.frozensets(st.sampled_from("abc"), min_size=1, max_size=2) for kind in KINDS}
)
RULES = st.lists(st.builds(Rule, st.uuids(), st.integers(1, 3), st.integers(1, 9), CONDITIONS), max_size=8)
VALUES = st.fixed_dictionaries({kind: st.frozensets(st.sampled_from("abc"), max_size=2) for kind in KINDS})


@given(RULES, VALUES)
def test_whatever_the_rules_the_decision_is_the_least_of_those_that_hold(
    rules: list[Rule], about: dict[str, frozenset[str]]
) -> None:
    """Against an oracle that asks each rule by itself."""
    holding = [one for one in rules if all(any(value in about[kind] for value in one.conditions[kind]) for kind in one.conditions)]
    decided = routing.decide(routing.in_order(rules), about)
    if not holding:
        assert decided is None
    else:
        assert decided is not None
        assert (decided.rule.tier, decided.rule.position) == min((one.tier, one.position) for one in holding)
        assert decided.rule in holding


@given(RULES, VALUES)
def test_an_index_finds_the_rule_that_decides(rules: list[Rule], about: dict[str, frozenset[str]]) -> None:
    ordered = routing.in_order(rules)
    index, decided = routing.Index(ordered), routing.decide(ordered, about)
    place = index.first(index.unopposed(kind, about[kind]) for kind in KINDS)
    assert (None if place is None else ordered[place]) == (decided and decided.rule)


def test_every_country_lies_in_one_region_and_every_region_has_a_name() -> None:
    assert set(regions.REGION_OF) == {code for code, _name in countries} - {"AQ"}
    assert set(regions.REGION_OF.values()) | set(regions.PARENTS) | set(regions.PARENTS.values()) == set(regions.NAMES)
    assert sum(map(len, (countries.split() for countries in regions._COUNTRIES.values()))) == len(regions.REGION_OF)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("EE", ["EE", "154", "150"]),
        ("ET", ["ET", "014", "202", "002"]),
        ("MX", ["MX", "013", "419", "019"]),
        ("142", ["142"]),
        ("AQ", ["AQ"]),
        ("", []),
    ],
)
def test_a_place_lies_in_its_regions(place: str, expected: list[str]) -> None:
    assert list(regions.above(place)) == expected
