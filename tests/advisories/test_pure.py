from __future__ import annotations

import pytest

from advisories import lifecycle, markup
from advisories.disclosure import LABELS, Reader, labels_for, may_be_mailed, strictest


@pytest.mark.parametrize(
    ("tlp", "urgency", "needed"),
    [("clear", "routine", 1), ("amber+strict", "priority", 1), ("red", "routine", 2), ("clear", "urgent", 2), ("red", "urgent", 2)],
)
def test_what_is_red_or_urgent_needs_two(tlp: str, urgency: str, needed: int) -> None:
    assert lifecycle.approvals_needed(tlp=tlp, urgency=urgency) == needed


def test_an_edit_leads_back_to_a_draft_from_wherever_it_is_allowed() -> None:
    assert set(lifecycle.MOVES["revise"].values()) == {lifecycle.DRAFT}
    assert set(lifecycle.MOVES["revise"]) == set(lifecycle.UNPUBLISHED)


def test_nothing_is_published_but_what_was_approved() -> None:
    assert lifecycle.MOVES["publish"] == {lifecycle.APPROVED: lifecycle.PUBLISHED}
    assert lifecycle.MOVES["release"] == {lifecycle.SCHEDULED: lifecycle.PUBLISHED}
    assert {move for move, table in lifecycle.MOVES.items() if lifecycle.PUBLISHED in table.values()} == {"publish", "release"}
    assert {old for old, new in lifecycle.MOVES["schedule"].items() if new != old} == {lifecycle.APPROVED}


@pytest.mark.parametrize(
    ("reader", "labels"),
    [
        (Reader.STRANGER, {"clear"}),
        (Reader.COMMUNITY, {"clear", "green"}),
        (Reader.CONCERNED, {"clear", "green", "amber", "amber+strict"}),
        (Reader.OFFICIAL, {"clear", "green", "amber", "amber+strict", "red"}),
    ],
)
def test_each_reader_has_a_reach(reader: Reader, labels: set[str]) -> None:
    assert labels_for(reader) == labels


def test_only_red_stays_out_of_mail() -> None:
    assert [label for label in LABELS if not may_be_mailed(label)] == ["red"]


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![pixel](https://tracker.example/p.gif)",
        "[a](javascript:alert(1))",
        "[a](data:text/html;base64,PHNjcmlwdD4=)",
        "<a href='https://x.example' onclick='x()'>a</a>",
        "<style>body{display:none}</style>",
        "<iframe src=https://x.example></iframe>",
        "[a](https://x.example 'onmouseover=alert(1)')",
        '<https://x.example/"onmouseover=alert(1)>',
    ],
)
@pytest.mark.parametrize("with_classes", [True, False])
def test_hostile_markdown_makes_nothing_that_acts(hostile: str, *, with_classes: bool) -> None:
    html = markup.to_html(hostile, with_classes=with_classes)
    for sign in (
        "<script",
        "<img",
        "<style",
        "<iframe",
        'href="javascript',
        'href="data',
        'onclick="',
        'onerror="',
        'src="',
    ):
        assert sign not in html


def test_headings_stand_below_those_of_the_page() -> None:
    assert markup.to_html("# A\n\n## B", with_classes=False) == "<h3>A</h3>\n<h4>B</h4>\n"


def test_markdown_gets_the_classes_of_the_pages() -> None:
    assert markup.to_html("a [b](https://x.example)") == (
        '<p class="govuk-body">a <a href="https://x.example" class="govuk-link" rel="noopener noreferrer">b</a></p>\n'
    )


@pytest.mark.parametrize(
    ("labels", "whole"),
    [
        (["clear"], "clear"),
        (["clear", "green"], "green"),
        (["amber", "clear", "green"], "amber"),
        (["amber", "amber+strict"], "amber+strict"),
        (["clear", "red", "amber+strict"], "red"),
    ],
)
def test_what_holds_several_bears_the_strictest_label(labels: list[str], whole: str) -> None:
    assert strictest(labels) == whole
