"""Hidden marks: they change no meaning, are bound to the export, and don't accuse by chance."""

import random
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import watermarks
from registry.watermarks import Row, Sighting

SERVER_KEY = b"k" * 32
KEY = watermarks.key_of(uuid.UUID(int=1), server_key=SERVER_KEY)
SEED = watermarks.seed_of(uuid.UUID(int=2), key=KEY)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(st.lists(texts, max_size=8))
def test_the_items_stay_the_same(items: list[str]) -> None:
    assert sorted(watermarks.in_order(items, seed=SEED)) == sorted(items)


@given(texts)
def test_a_marked_text_reads_as_it_was(text: str) -> None:
    assert watermarks.plain(watermarks.spaced(text, seed=SEED)) == watermarks.plain(text)


def test_a_mark_is_of_one_export_one_entry_and_one_server() -> None:
    others = {
        watermarks.seed_of(uuid.UUID(int=entry), key=watermarks.key_of(uuid.UUID(int=export), server_key=server))
        for entry in (2, 3)
        for export in (1, 4)
        for server in (SERVER_KEY, b"other")
    }
    assert len(others) == 8
    assert SEED in others


def test_what_is_marked_is_seen_and_nothing_else() -> None:
    text = watermarks.spaced("Small modular reactors: develops", seed=SEED)
    items = watermarks.in_order(["a", "b", "c"], seed=SEED)
    row = Row([items, [text]], [text, "two words", "Plain text of three", "a\N{NO-BREAK SPACE}b c\N{NO-BREAK SPACE}d"])
    assert watermarks.order_of_items(row, seed=SEED) == [Sighting(fits=True, chance=0.5)] * 2
    assert watermarks.spaces(row, seed=SEED) == [Sighting(fits=True, chance=1 / 3)]


def test_the_chance_is_a_bound() -> None:
    assert watermarks.chance_of([]) == 1.0
    assert watermarks.chance_of([Sighting(fits=True, chance=0.5)] * 10) == pytest.approx(2**-10)
    assert watermarks.chance_of([Sighting(fits=True, chance=0.5), Sighting(fits=False, chance=0.5)] * 10) == 1.0


def test_a_random_order_is_named_as_rarely_as_the_bound_says() -> None:
    dice = random.Random(1)
    seeds = [watermarks.seed_of(uuid.UUID(int=entry), key=KEY) for entry in range(12)]
    least = [watermarks.chance_of(watermarks.order_of_rows(dice.sample(seeds, len(seeds)))) for _ in range(4000)]
    for bound in (0.1, 0.01, 0.001):
        assert sum(chance <= bound for chance in least) <= bound * len(least)
