from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom import marks

KEY, OTHER = b"k" * 32, b"o" * 32
MAILBOX = "bounces@portal.example"


@given(st.uuids())
def test_a_mark_gives_its_envelope_back_in_whatever_case_it_returns(envelope: UUID) -> None:
    address = marks.address(envelope, mailbox=MAILBOX, key=KEY)
    for form in (address, address.upper(), f"Bounce <{address}>", f"rfc822;{address}"):
        (mark,) = marks.found_in(form)
        assert marks.opened(mark, key=KEY) == envelope
    assert len(address.partition("@")[0]) <= marks.MOST_BEFORE_AT


def test_the_longest_mailbox_still_fits_and_a_longer_one_is_none() -> None:
    longest = "b" * marks.LONGEST_MAILBOX + "@portal.example"
    assert len(marks.address(uuid4(), mailbox=longest, key=KEY).partition("@")[0]) == marks.MOST_BEFORE_AT
    found = [marks.is_mailbox(each) for each in (longest, MAILBOX, "b" + longest, "bounces", "a+b@portal.example", "a@b>@c.d")]
    assert found == [True, True, False, False, False, False]


def test_a_mark_made_without_the_key_is_nobodys() -> None:
    envelope = uuid4()
    (forged,) = marks.found_in(marks.address(envelope, mailbox=MAILBOX, key=OTHER))
    assert marks.opened(forged, key=KEY) is None


def test_no_character_of_a_mark_can_be_changed() -> None:
    (mark,) = marks.found_in(marks.address(uuid4(), mailbox=MAILBOX, key=KEY))
    for place in range(marks.CHARACTERS):
        other = "b" if mark[place] == "a" else "a"
        assert marks.opened(mark[:place] + other + mark[place + 1 :], key=KEY) is None


@pytest.mark.parametrize("text", ["", "a", "1" * 40, "a" * 39, "ä" * 40, "a" * 41])
def test_what_is_no_mark_opens_nothing(text: str) -> None:
    assert marks.opened(text, key=KEY) is None
    assert marks.found_in(f"bounces+{text}") == []
