"""What has changed between two revisions: nothing is left out, and nothing that stayed is called a change."""

from __future__ import annotations

import time
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisories.models import Revision
from advisories.services import editing
from advisories.services.comparing import Change, Piece, changes, last_seen, pieces
from catalogue.models import Segment
from organisations.models import User
from tests.advisories.conftest import Content_, Make
from tests.conftest import SignIn

WORDS = st.lists(st.sampled_from(["a", "b", "c", "\n", "\n\n", "price "]), max_size=40).map(" ".join)


@given(WORDS, WORDS)
def test_the_pieces_are_the_one_text_and_the_other(before: str, after: str) -> None:
    found = pieces(before, after)
    assert "".join(piece.text for piece in found if piece.kind != "added") == before
    assert "".join(piece.text for piece in found if piece.kind != "taken") == after


def test_words_are_told_apart_and_not_whole_paragraphs() -> None:
    assert pieces("Lenses go to Ruritania.\nAsk first.", "Mirrors go to Ruritania.\nAsk first.") == [
        Piece("taken", "Lenses"),
        Piece("added", "Mirrors"),
        Piece("same", " go to Ruritania.\nAsk first."),
    ]


def test_the_largest_texts_are_compared_in_a_moment() -> None:
    before, after = ("word{} " * 14_000).format(*range(14_000)), ("word{} " * 14_000).format(*range(1, 14_001))
    lines, others = "\n" * 100_000, "a\n" * 50_000
    began = time.monotonic()
    assert [piece.kind for piece in pieces(before, after)] == ["taken", "added"]
    assert "".join(piece.text for piece in pieces(lines, others) if piece.kind != "taken") == others
    assert time.monotonic() - began < 5


@pytest.mark.django_db
def test_texts_come_by_word_and_everything_else_side_by_side(
    drafted: Make, content: Content_, lasers: Segment, editor: User, now: datetime
) -> None:
    advisory = drafted(tlp="green", segments=[lasers], roles=["trades"])
    words = content(tlp="amber", title="Orders for lasers", roles=["trades"], valid_to=date(2027, 6, 30))
    editing.revise(advisory, content=words, revision=1, by=editor, now=now)
    before, after = Revision.objects.order_by("number")
    assert changes(before, after) == [
        Change("Label", "TLP:GREEN", "TLP:AMBER"),
        Change("Last day", "", "30 June 2027"),
        Change("Segments", "Lasers", ""),
        Change(
            "Title",
            pieces=(
                Piece("same", "Orders for "),
                Piece("taken", "thermal cameras"),
                Piece("added", "lasers"),
            ),
        ),
    ]
    assert changes(before, before) == []


@pytest.mark.django_db
def test_the_page_begins_with_what_the_approver_last_decided_on(
    drafted: Make, content: Content_, editor: User, approver: User, signed_in: SignIn, now: datetime
) -> None:
    advisory = editing.submit_for_review(drafted(), by=editor, now=now)
    editing.approve(advisory, revision=1, by=approver, now=now)
    for number, title in enumerate(["Orders for lenses", "Orders for <b>mirrors"], start=1):
        advisory = editing.revise(advisory, content=content(title=title), revision=number, by=editor, now=now)
    assert (last_seen(advisory, by=approver), last_seen(advisory, by=editor)) == (1, None)
    client = signed_in(approver)
    assert "since you last decided on it" in client.get(f"/desk/advisories/{advisory.pk}/").content.decode()
    page = client.get(f"/desk/advisories/{advisory.pk}/changes/").content.decode()
    assert 'thermal cameras<span class="govuk-visually-hidden">[end]</span></del>' in page
    assert '&lt;b&gt;mirrors<span class="govuk-visually-hidden">[end]</span></ins>' in page
    assert "[taken out:]" in page
    other = client.get(f"/desk/advisories/{advisory.pk}/changes/?before=2&after=3").content.decode()
    assert "lenses" in other
    assert "thermal cameras" not in other
    assert "These two say the same." in client.get(f"/desk/advisories/{advisory.pk}/changes/?before=2&after=2").content.decode()


@pytest.mark.django_db
def test_the_editor_sees_what_the_last_revision_changed(
    drafted: Make, content: Content_, editor: User, signed_in: SignIn, now: datetime
) -> None:
    advisory = drafted()
    client = signed_in(editor)
    assert "What has changed" not in client.get(f"/desk/advisories/{advisory.pk}/").content.decode()
    editing.revise(advisory, content=content(summary="None any more."), revision=1, by=editor, now=now)
    assert "since the last revision" in client.get(f"/desk/advisories/{advisory.pk}/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["before=7", "after=x", "before=1&after=0"])
def test_a_revision_that_there_is_not_is_refused_in_words(query: str, drafted: Make, editor: User, signed_in: SignIn) -> None:
    response = signed_in(editor).get(f"/desk/advisories/{drafted().pk}/changes/?{query}")
    assert response.status_code == 422
    assert "Select a valid choice" in response.content.decode()


@pytest.mark.django_db
def test_earlier_words_of_what_is_out_are_for_its_agency_alone(
    published: Make, editor: User, officer: User, licensing_editor: User, signed_in: SignIn
) -> None:
    address = f"/desk/advisories/{published(tlp='clear').pk}/changes/"
    statuses: dict[str, Any] = {
        name: signed_in(person).get(address).status_code
        for name, person in {"editor": editor, "officer": officer, "another agency's": licensing_editor}.items()
    }
    assert statuses == {"editor": 200, "officer": 403, "another agency's": 403}
