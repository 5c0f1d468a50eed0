from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import disclosure
from registry.disclosure import ANY, PERMIT, PROHIBIT, PROHIBITED_PURPOSES, Audience, Field, Purpose, Rule

NAME, REGION, MAIL = Field.LEGAL_NAME, Field.REGION, Field.CONTACT_EMAIL
CLUSTERS, PUBLIC = Audience.ASSOCIATIONS, Audience.PUBLIC
TALK, COUNT = Purpose.OUTREACH, Purpose.STATISTICS


def terms(*rules: Rule) -> dict[str, Any]:
    return {"rules": [vars(rule) for rule in rules]}


@pytest.mark.parametrize(
    ("rules", "cells"),
    [
        ([], {}),
        ([Rule(NAME, CLUSTERS, TALK)], {(CLUSTERS, TALK): {NAME}}),
        ([Rule(NAME, CLUSTERS, TALK), Rule(REGION, CLUSTERS, TALK)], {(CLUSTERS, TALK): {NAME, REGION}}),
        ([Rule(NAME, CLUSTERS, TALK), Rule(REGION, PUBLIC, COUNT)], {(CLUSTERS, TALK): {NAME}, (PUBLIC, COUNT): {REGION}}),
        ([Rule(NAME, CLUSTERS, TALK), Rule(NAME, CLUSTERS, TALK, PROHIBIT)], {}),
        ([Rule(NAME, CLUSTERS, TALK, PROHIBIT), Rule(NAME, CLUSTERS, TALK)], {}),
        ([Rule(NAME, CLUSTERS, TALK), Rule(MAIL, CLUSTERS, TALK), Rule(MAIL, ANY, ANY, PROHIBIT)], {(CLUSTERS, TALK): {NAME}}),
        ([Rule(NAME, PUBLIC, TALK), Rule(NAME, CLUSTERS, TALK), Rule(ANY, PUBLIC, ANY, PROHIBIT)], {(CLUSTERS, TALK): {NAME}}),
        ([Rule(NAME, CLUSTERS, "enforcement")], {}),
        ([Rule(NAME, CLUSTERS, "something-new")], {}),
        ([Rule(NAME, "everybody", TALK)], {}),
        ([Rule("pairwise_secret", CLUSTERS, TALK)], {}),
        ([Rule(ANY, CLUSTERS, TALK)], {}),
        ([Rule(NAME, CLUSTERS, TALK, "alow")], {}),
    ],
)
def test_only_what_a_rule_permits_and_none_prohibits_is_seen(rules: list[Rule], cells: dict[Any, set[Field]]) -> None:
    assert disclosure.compile(terms(*rules)) == cells


@pytest.mark.parametrize("purpose", sorted(PROHIBITED_PURPOSES))
def test_a_prohibited_purpose_cannot_be_written(purpose: str) -> None:
    with pytest.raises(disclosure.UnableToRead):
        disclosure.write([Rule(NAME, CLUSTERS, purpose)])


def test_terms_of_another_shape_are_refused() -> None:
    for wrong in ({}, {"rules": [{"field": "legal_name"}]}, {"rules": [{"anything": 1}]}, {"rules": None}):
        with pytest.raises(disclosure.UnableToRead):
            disclosure.compile(wrong)


def test_canonical_json_is_the_same_for_rules_in_any_order() -> None:
    rules = [Rule(NAME, CLUSTERS, TALK), Rule(REGION, PUBLIC, COUNT)]
    assert disclosure.canonical_json(disclosure.write(rules)) == disclosure.canonical_json(disclosure.write(reversed(rules * 2)))


def test_the_digest_is_of_known_bytes() -> None:
    assert disclosure.canonical_json({"b": "õ", "a": []}) == '{"a":[],"b":"õ"}'.encode()
    assert disclosure.digest({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


def test_a_hidden_name_that_another_field_gives_away_is_a_contradiction() -> None:
    hidden = terms(Rule(REGION, CLUSTERS, TALK), Rule(MAIL, CLUSTERS, TALK))
    assert disclosure.contradictions(hidden) == [((CLUSTERS, TALK), frozenset({MAIL}))]
    assert disclosure.contradictions(terms(Rule(NAME, CLUSTERS, TALK), Rule(MAIL, CLUSTERS, TALK))) == []


@pytest.mark.parametrize("name", disclosure.TEMPLATES)
def test_a_template_allows_something_and_contradicts_nothing(name: str) -> None:
    assert disclosure.compile(disclosure.TEMPLATES[name])
    assert disclosure.contradictions(disclosure.TEMPLATES[name]) == []


words = st.sampled_from([*Field, *Audience, *Purpose, *PROHIBITED_PURPOSES, ANY, "", "x"])
rules = st.builds(
    Rule,
    st.sampled_from([*Field, ANY, "x"]) | words,
    st.sampled_from([*Audience, ANY, "x"]) | words,
    st.sampled_from([*Purpose, *PROHIBITED_PURPOSES, ANY]) | words,
    st.sampled_from([PERMIT, PERMIT, PERMIT, PROHIBIT, "x"]),
)
rule_lists = st.lists(rules, max_size=30)


@given(rule_lists)
def test_every_disclosed_field_has_its_own_permission(found: list[Rule]) -> None:
    for (audience, purpose), fields in disclosure.compile(terms(*found)).items():
        assert fields
        assert purpose not in PROHIBITED_PURPOSES
        for field in fields:
            assert Rule(field, audience, purpose) in found


@given(rule_lists, rules)
def test_a_further_prohibition_only_takes_away(found: list[Rule], further: Rule) -> None:
    before = disclosure.compile(terms(*found))
    after = disclosure.compile(terms(*found, Rule(further.field, further.audience, further.purpose, PROHIBIT)))
    for cell, fields in after.items():
        assert fields <= before[cell]
        for field in fields:
            assert not disclosure._covers(further, field, cell)


@given(rule_lists, st.randoms())
def test_order_and_repetition_change_nothing(found: list[Rule], random: Any) -> None:
    shuffled = found * 2
    random.shuffle(shuffled)
    assert disclosure.compile(terms(*shuffled)) == disclosure.compile(terms(*found))


@given(st.lists(st.builds(Rule, st.sampled_from(Field), st.sampled_from(Audience), st.sampled_from(Purpose)), max_size=30))
def test_everything_permitted_and_not_prohibited_is_disclosed(found: list[Rule]) -> None:
    cells = disclosure.compile(disclosure.write(found))
    assert {Rule(field, *cell) for cell, fields in cells.items() for field in fields} == set(found)
