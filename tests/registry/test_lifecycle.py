import pytest

from registry import lifecycle


@pytest.mark.parametrize(
    ("state", "move", "expected"),
    [
        ("offered", "sign", "signed"),
        ("signed", "countersign", "active"),
        ("offered", "countersign", None),
        ("signed", "sign", None),
        ("active", "sign", None),
        ("active", "countersign", None),
        ("active", "suspend", "suspended"),
        ("suspended", "resume", "active"),
        ("terminated", "resume", None),
        ("expired", "countersign", None),
        ("active", "terminate", "terminated"),
    ],
)
def test_only_the_moves_of_the_table_are_allowed(state: str, move: str, expected: str | None) -> None:
    assert lifecycle.after(state, move) == expected


def test_nothing_leaves_an_ended_state() -> None:
    assert not [move for move, table in lifecycle.MOVES.items() if set(table) & set(lifecycle.ENDED_STATES)]
