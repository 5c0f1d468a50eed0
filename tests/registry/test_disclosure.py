import uuid
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry import disclosure
from registry.disclosure import ANY, PERMIT, PROHIBIT, PROHIBITED_PURPOSES, Audience, Field, Purpose, Rule

NAME, REGION, MAIL = Field.LEGAL_NAME, Field.REGION, Field.CONTACT_EMAIL
CLUSTERS, PUBLIC = Audience.ASSOCIATIONS, Audience.PUBLIC
TALK, COUNT = Purpose.OUTREACH, Purpose.STATISTICS
ONE, OTHER, THIRD = (disclosure.named(uuid.UUID(int=number)) for number in (0xA1, 0xB2, 0xC3))


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
        ([Rule(NAME, ONE, TALK)], {(ONE, TALK): {NAME}}),
        ([Rule(NAME, "association:nobody", TALK)], {}),
        (
            [Rule(NAME, CLUSTERS, TALK), Rule(REGION, ONE, TALK), Rule(NAME, OTHER, TALK, PROHIBIT)],
            {(CLUSTERS, TALK): {NAME}, (ONE, TALK): {NAME, REGION}},
        ),
        ([Rule(NAME, ONE, TALK), Rule(NAME, CLUSTERS, TALK, PROHIBIT)], {}),
        ([Rule(NAME, ONE, TALK), Rule(NAME, OTHER, TALK), Rule(ANY, ONE, ANY, PROHIBIT)], {(OTHER, TALK): {NAME}}),
        (
            [Rule(NAME, CLUSTERS, TALK), Rule(NAME, ONE.upper().replace("ASSOCIATION", "association"), TALK, PROHIBIT)],
            {(CLUSTERS, TALK): {NAME}},
        ),
    ],
)
def test_only_what_a_rule_permits_and_none_prohibits_is_seen(rules: list[Rule], cells: dict[Any, set[Field]]) -> None:
    assert disclosure.compile(terms(*rules)) == cells


@pytest.mark.parametrize("purpose", sorted(PROHIBITED_PURPOSES))
def test_a_prohibited_purpose_cannot_be_written(purpose: str) -> None:
    with pytest.raises(disclosure.UnableToRead):
        disclosure.write([Rule(NAME, CLUSTERS, purpose)])


@pytest.mark.parametrize("effect", [PERMIT, PROHIBIT])
def test_an_association_without_an_id_cannot_be_written(effect: str) -> None:
    with pytest.raises(disclosure.UnableToRead):
        disclosure.write([Rule(NAME, "association:nobody", TALK, effect)])


def test_a_text_names_so_many_associations_and_no_more() -> None:
    rules = [Rule(NAME, disclosure.named(uuid.UUID(int=number)), TALK) for number in range(disclosure.MOST_NAMED + 1)]
    assert len(disclosure.named_in(disclosure.write(rules[1:]))) == disclosure.MOST_NAMED
    with pytest.raises(disclosure.UnableToRead):
        disclosure.write(rules)


def test_however_the_id_is_spelt_the_text_is_the_same() -> None:
    spelt = disclosure.NAMED + str(uuid.UUID(int=0xA1)).upper()
    assert disclosure.write([Rule(NAME, spelt, TALK)]) == disclosure.write([Rule(NAME, ONE, TALK)])


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
    st.sampled_from([*Audience, ANY, "x"]) | words | st.sampled_from([ONE, OTHER, CLUSTERS]),
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
            assert {Rule(field, audience, purpose), Rule(field, disclosure.kind_of(audience), purpose)} & {*found}


@given(rule_lists, rules)
def test_a_further_prohibition_only_takes_away(found: list[Rule], further: Rule) -> None:
    before = disclosure.compile(terms(*found), also=disclosure.named_in(terms(further)))
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


# --- one association -------------------------------------------------------------------------------------------------

permissions = st.builds(
    Rule, st.sampled_from([NAME, REGION, MAIL]), st.sampled_from([CLUSTERS, ONE, OTHER, PUBLIC]), st.sampled_from([TALK, COUNT])
)
of_one = st.builds(
    Rule, st.sampled_from([NAME, REGION, MAIL, ANY]), st.just(ONE), st.sampled_from([TALK, COUNT, ANY]), st.just(PROHIBIT)
)
wanted = st.dictionaries(st.sampled_from([TALK, COUNT]), st.sets(st.sampled_from([NAME, REGION, MAIL]), min_size=1))
Wanted = dict[Purpose, set[Field]]


def seen_by(audience: str, text: dict[str, Any]) -> Wanted:
    cells = disclosure.compile(text, also=disclosure.named_in(text))
    general = {purpose: set(fields) for (who, purpose), fields in cells.items() if who == CLUSTERS}
    own = {purpose: set(fields) for (who, purpose), fields in cells.items() if who == audience}
    return own if audience in (*disclosure.named_in(text), CLUSTERS) else general


@given(rule_lists, st.lists(permissions.filter(lambda rule: rule.audience == ONE) | of_one, max_size=6))
def test_what_is_said_of_one_association_is_nothing_to_all_others(found: list[Rule], further: list[Rule]) -> None:
    before, after = (disclosure.compile(terms(*rules)) for rules in (found, [*found, *further]))
    assert {cell: fields for cell, fields in before.items() if cell[0] != ONE} == {
        cell: fields for cell, fields in after.items() if cell[0] != ONE
    }


@given(st.lists(permissions, max_size=12))
def test_an_association_may_see_what_all_may_and_what_it_may(found: list[Rule]) -> None:
    cells = disclosure.compile(disclosure.write(found), also=[ONE])
    permitted = {(rule.field, rule.purpose) for rule in found if rule.audience in (CLUSTERS, ONE)}
    assert {(field, purpose) for (who, purpose), fields in cells.items() if who == ONE for field in fields} == permitted


@given(st.lists(permissions.filter(lambda rule: rule.audience != ONE), max_size=12), wanted)
def test_an_association_sees_exactly_what_it_is_to_see_instead(found: list[Rule], instead: Wanted) -> None:
    rules = disclosure.instead(found, ONE, instead)
    assert seen_by(ONE, disclosure.write([*found, *rules])) == instead
    assert bool(rules) == (seen_by(CLUSTERS, disclosure.write(found)) != instead)
    assert disclosure.overruled(disclosure.write([*found, *rules])) == []


def text(general: Wanted, own: dict[str, Wanted]) -> dict[str, Any]:
    rules = [Rule(field, CLUSTERS, purpose) for purpose, fields in general.items() for field in fields]
    return disclosure.write([*rules, *(rule for who, fields in own.items() for rule in disclosure.instead(rules, who, fields))])


texts = st.builds(text, wanted, st.dictionaries(st.sampled_from([ONE, OTHER, THIRD]), wanted))


@settings(deadline=None)  # the first example pays for what is loaded
@given(texts, texts, st.sets(st.sampled_from([CLUSTERS, ONE, OTHER])))
def test_each_line_of_talks_is_as_the_side_has_it_that_it_is_taken_from(
    theirs: dict[str, Any], ours: dict[str, Any], keep: set[str]
) -> None:
    merged = disclosure.merged(theirs, ours, keep)
    for line in (CLUSTERS, *disclosure.named_in(theirs, ours)):
        assert seen_by(line, merged) == seen_by(line, ours if line in keep else theirs)
