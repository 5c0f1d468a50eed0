"""Who is holding a case, and what needs a second official: tables."""

from __future__ import annotations

from datetime import date

import pytest

from inquiries.countersigning import TOPICS, needs_second_official
from inquiries.holding import AGENCY, ASKER, DESK, EXPERT, OFFICER, SECOND_OFFICIAL, Holding, holders

DAY, LATER, LATEST = date(2026, 11, 23), date(2026, 11, 27), date(2026, 11, 30)
BOARD = Holding(AGENCY, "Licensing Board", DAY, LATEST)
EXPERT_ASKED = Holding(EXPERT, since=DAY, due_on=LATER)
NOBODY: list[Holding] = []


@pytest.mark.parametrize(
    ("state", "consulted", "proposed_on", "expected"),
    [
        ("received", [], None, [Holding(DESK, "Focal point")]),
        ("received", [BOARD], None, [BOARD, Holding(DESK, "Focal point")]),
        ("in-hand", [], None, [Holding(OFFICER, "Olev")]),
        ("in-hand", [BOARD, EXPERT_ASKED], None, [EXPERT_ASKED, BOARD]),
        ("in-hand", [], DAY, [Holding(SECOND_OFFICIAL, "Focal point", since=DAY)]),
        ("in-hand", [BOARD], DAY, [BOARD, Holding(SECOND_OFFICIAL, "Focal point", since=DAY)]),
        ("waiting", [], None, [Holding(ASKER)]),
        ("waiting", [BOARD], DAY, [Holding(ASKER), BOARD]),
        ("answered", [], None, NOBODY),
        ("closed", [], None, NOBODY),
    ],
)
def test_who_is_holding(state: str, consulted: list[Holding], proposed_on: date | None, expected: list[Holding]) -> None:
    assert holders(state=state, desk="Focal point", officer="Olev", proposed_on=proposed_on, consulted=consulted) == expected


@pytest.mark.parametrize(("today", "late"), [(LATER, False), (LATEST, True)])
def test_a_day_of_its_own_is_past_the_day_after(today: date, *, late: bool) -> None:
    assert (EXPERT_ASKED.is_overdue(today), Holding(OFFICER, "Olev").is_overdue(today)) == (late, False)


@pytest.mark.parametrize(
    ("topic", "flags", "needed"),
    [
        ("sanctions", [], True),
        ("transaction", [], True),
        ("investment", [], True),
        ("classification", [], False),
        ("licensing", [], False),
        ("technology-transfer", ["media"], False),
        ("risk-landscape", ["media", "sensitive"], True),
        ("other", [], False),
    ],
)
def test_what_needs_a_second_official(topic: str, flags: list[str], *, needed: bool) -> None:
    assert needs_second_official(topic=topic, flags=flags, topics=TOPICS) is needed
