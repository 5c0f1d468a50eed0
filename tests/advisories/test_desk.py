"""The desk's pages for advisories."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from advisories import figures
from advisories.models import Advisory, State
from advisories.services import editing
from catalogue.models import Segment
from mailroom.models import Envelope
from mailroom.models import State as EnvelopeState
from mailroom.services.delivery import deliver, new_worker
from organisations.models import Organisation, User
from tests.advisories.conftest import Make
from tests.conftest import SignIn
from tests.mailroom.sink import Sink, listening

TYPED = {
    "kind": "threat",
    "tlp": "green",
    "urgency": "routine",
    "language": "en",
    "title": "Orders for thermal cameras",
    "summary": "New resellers.",
    "body": "What we see.",
    "what_to_do": "",
}


@pytest.fixture
def sink() -> Iterator[Sink]:
    with listening() as sink:
        yield sink


@pytest.mark.django_db(transaction=True)
def test_from_draft_to_inbox(
    editor: User,
    approver: User,
    focal_point: Organisation,
    association: Organisation,
    photonics: Segment,
    subscribed: Callable[..., Any],
    signed_in: SignIn,
    sink: Sink,
) -> None:
    subscribed(association, "notices@cluster.example", photonics)
    writing, deciding = signed_in(editor), signed_in(approver)
    response = writing.post("/desk/advisories/new/", TYPED | {"agency": str(focal_point.pk), "segments": ["CTA01"]})
    advisory = Advisory.objects.get()
    page = f"/desk/advisories/{advisory.pk}/"
    assert response.headers["Location"] == page
    assert writing.post(f"{page}submit/").status_code == 302
    assert writing.post(f"{page}approve/", {"revision": 1}).status_code == 409
    assert "It would now go to 1 address." in deciding.get(page).content.decode()
    assert deciding.post(f"{page}approve/", {"revision": 1}).status_code == 302
    assert writing.post(f"{page}publish/").status_code == 302
    text = writing.get(page).content.decode()
    assert "0 of 1" in text
    assert "hx-get" in text
    deliver(worker=new_worker(), relay=sink.relay, clock=timezone.now)
    assert sink.counts == {"notices@cluster.example": 1}
    (message,) = sink.messages("notices@cluster.example")
    assert message["Subject"] == "TLP:GREEN Orders for thermal cameras"
    assert message["List-Id"] == "<advisories.portal.example>"
    assert message.get_content_type() == "multipart/alternative"
    text = writing.get(f"{page}progress/").content.decode()
    assert "1 of 1" in text
    assert "hx-get" not in text


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["", "edit/", "progress/"])
def test_a_draft_is_opened_by_its_own_desk_only(
    path: str,
    drafted: Make,
    editor: User,
    approver: User,
    officer: User,
    licensing_editor: User,
    signatory: User,
    signed_in: SignIn,
) -> None:
    page = f"/desk/advisories/{drafted().pk}/{path}"
    answers = {
        person.name: signed_in(person).get(page).status_code for person in (editor, approver, officer, licensing_editor, signatory)
    }
    hidden = 403 if path == "edit/" else 404
    assert answers == {
        editor.name: 200,
        approver.name: 403 if path == "edit/" else 200,
        officer.name: hidden,
        licensing_editor.name: 404,
        signatory.name: 403,
    }


@pytest.mark.django_db
@pytest.mark.parametrize("verb", ["submit", "approve", "return", "publish", "withdraw"])
def test_a_verb_needs_a_post_and_somebody_of_the_desk(
    verb: str, drafted: Make, editor: User, officer: User, signatory: User, signed_in: SignIn
) -> None:
    advisory = drafted()
    address = f"/desk/advisories/{advisory.pk}/{verb}/"
    assert signed_in(editor).get(address).status_code == 405
    assert signed_in(officer).post(address, {"revision": 1, "note": "x", "reason": "x"}).status_code == 404
    assert signed_in(signatory).post(address).status_code == 403
    advisory.refresh_from_db()
    assert advisory.state == State.DRAFT


@pytest.mark.django_db
def test_only_an_editor_drafts(approver: User, officer: User, signatory: User, signed_in: SignIn) -> None:
    for person in (approver, officer, signatory):
        assert signed_in(person).post("/desk/advisories/new/", TYPED).status_code == 403
    assert not Advisory.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changes", [{"title": ""}, {"title": "x" * 161}, {"body": "a\0b"}, {"body": "x" * 100_001}, {"tlp": "white"}, {"kind": "spam"}]
)
def test_a_refused_draft_comes_back_filled_in(
    changes: dict[str, str], editor: User, focal_point: Organisation, signed_in: SignIn
) -> None:
    response = signed_in(editor).post("/desk/advisories/new/", TYPED | {"agency": str(focal_point.pk)} | changes)
    assert response.status_code == 422
    assert "New resellers." in response.content.decode()
    assert not Advisory.objects.exists()


@pytest.mark.django_db
def test_a_change_of_words_that_another_changed_is_refused_and_kept(
    drafted: Make, content: Any, editor: User, signed_in: SignIn, now: datetime
) -> None:
    advisory = drafted()
    editing.revise(advisory, content=content(title="By another"), revision=1, by=editor, now=now)
    response = signed_in(editor).post(f"/desk/advisories/{advisory.pk}/edit/", TYPED | {"title": "Mine", "revision": 1})
    assert response.status_code == 422
    assert "Mine" in response.content.decode()
    assert Advisory.objects.get().title == "By another"


@pytest.mark.django_db
def test_an_edit_keeps_technologies_that_the_form_alone_would_not_offer(
    drafted: Make, lasers: Segment, quantum: Segment, editor: User, signed_in: SignIn
) -> None:
    advisory = drafted(segments=[lasers, quantum])
    client = signed_in(editor)
    assert "CTA01.1" in client.get(f"/desk/advisories/{advisory.pk}/edit/").content.decode()
    typed = TYPED | {"segments": ["CTA01.1", "CTA03"], "revision": 1}
    assert client.post(f"/desk/advisories/{advisory.pk}/edit/", typed).status_code == 302
    assert set(Advisory.objects.get().segments.all()) == {lasers, quantum}


@pytest.mark.django_db
def test_returning_without_a_note_shows_the_form_again(
    drafted: Make, editor: User, approver: User, signed_in: SignIn, now: datetime
) -> None:
    advisory = editing.submit_for_review(drafted(), by=editor, now=now)
    client = signed_in(approver)
    assert client.post(f"/desk/advisories/{advisory.pk}/return/").status_code == 422
    assert client.post(f"/desk/advisories/{advisory.pk}/return/", {"note": "Name the parts."}).status_code == 302
    assert "Name the parts." in client.get(f"/desk/advisories/{advisory.pk}/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1, 3])
def test_the_desks_list_takes_a_fixed_number_of_queries(
    number: int, published: Make, drafted: Make, editor: User, signed_in: SignIn, django_assert_num_queries: Any
) -> None:
    for _ in range(number):
        published()
        drafted()
    client = signed_in(editor)
    client.get("/desk/advisories/")
    with django_assert_num_queries(9):  # session, user, memberships, count, rows, three of the mailroom's, the segments to choose
        assert client.get("/desk/advisories/").status_code == 200


@pytest.mark.django_db
def test_each_queue_holds_its_rows_and_an_unknown_one_is_refused(
    published: Make,
    drafted: Make,
    firm: Organisation,
    subscribed: Callable[..., Any],
    editor: User,
    approver: User,
    signed_in: SignIn,
    now: datetime,
) -> None:
    subscribed(firm, "a@firm.example")
    drafted(title="A draft")
    editing.submit_for_review(drafted(title="In review"), by=editor, now=now)
    published(title="Out now")
    client = signed_in(approver)
    titles = ("A draft", "In review", "Out now")

    def found(queue: str) -> list[str]:
        text = client.get(f"/desk/advisories/?queue={queue}").content.decode()
        return [title for title in titles if f">{title}</a>" in text]

    assert {queue: found(queue) for queue in ("all", "drafts", "in-review", "waiting", "approved", "sending", "published")} == {
        "all": list(titles),
        "drafts": ["A draft"],
        "in-review": ["In review"],
        "waiting": ["In review"],
        "approved": [],
        "sending": ["Out now"],
        "published": ["Out now"],
    }
    assert client.get("/desk/advisories/?queue=nothing").status_code == 422


@pytest.mark.django_db
def test_the_figures_of_the_dashboard(
    published: Make,
    drafted: Make,
    firm: Organisation,
    subscribed: Callable[..., Any],
    editor: User,
    approver: User,
    officer: User,
    now: datetime,
) -> None:
    subscribed(firm, "a@firm.example")
    editing.submit_for_review(drafted(), by=editor, now=now)
    published()
    assert [figures.waiting_to_approve(person) for person in (approver, editor, officer)] == [1, 0, 0]
    assert figures.being_sent() == 1
    assert figures.published_recently(now) == 1
    assert figures.published_recently(now + timedelta(days=15)) == 0
    Envelope.objects.update(state=EnvelopeState.SENT, sent_at=now, next_attempt_at=None)
    assert figures.being_sent() == 0


@pytest.mark.django_db
def test_what_one_has_approved_waits_for_another(
    drafted: Make, editor: User, approver: User, second_approver: User, now: datetime
) -> None:
    advisory = editing.submit_for_review(drafted(urgency="urgent"), by=editor, now=now)
    editing.approve(advisory, revision=1, by=approver, now=now)
    assert [figures.waiting_to_approve(person) for person in (approver, second_approver)] == [0, 1]


@pytest.mark.django_db
def test_a_published_page_counts_every_state(
    published: Make, firm: Organisation, subscribed: Callable[..., Any], editor: User, signed_in: SignIn, today: date
) -> None:
    subscribed(firm, "a@firm.example")
    advisory = published()
    text = signed_in(editor).get(f"/desk/advisories/{advisory.pk}/").content.decode()
    assert '<progress id="delivered" value="0" max="1">' in text
    for label in ("Queued", "Being sent", "In doubt", "Failed", "Sent and came back", "Address stopped", "Called back"):
        assert f">{label}</dt>" in text
