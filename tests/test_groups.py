import pytest

from tests.groups import TOGETHER, group_of
from tests.processes import ROOT


def test_every_group_is_of_tests_that_are_there() -> None:
    assert [begin for begin in TOGETHER if not (ROOT / begin).exists()] == []


@pytest.mark.parametrize(
    ("address", "group"),
    [
        ("tests/country/test_demo.py::test_x[a]", "the demo country"),
        ("tests/country/test_wrong_input.py::test_y", "the demo country"),
        ("tests/portal/test_look.py::test_z", "tests/portal/test_look.py::test_z"),
    ],
)
def test_tests_of_a_group_go_to_one_process_and_all_others_anywhere(address: str, group: str) -> None:
    assert group_of(address) == group
