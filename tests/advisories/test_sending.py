"""Mail under way: paused, resumed, stopped; copies in doubt; and what was withdrawn does not leave."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from advisories import figures
from advisories.models import Advisory, Move, Subscription
from advisories.services import editing, sending
from advisories.services.sending import UnableToSteer
from catalogue.models import Segment
from mailroom.models import Choice, Envelope, Settlement
from mailroom.models import State as EnvelopeState
from mailroom.services import doubts
from mailroom.services.delivery import Run, claim, deliver, deliver_batch, new_worker
from organisations.models import Organisation, User
from tests.advisories.conftest import Make
from tests.conftest import SignIn
from tests.mailroom.sink import Sink, listening

MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db(transaction=True)
Subscribed = Callable[..., Subscription]


@pytest.fixture
def sink() -> Iterator[Sink]:
    with listening() as sink:
        yield sink


@pytest.fixture
def concerned(association: Organisation, photonics: Segment, subscribed: Subscribed) -> list[str]:
    addresses = [f"{name}@cluster.example" for name in ("one", "two", "three")]
    for address in addresses:
        subscribed(association, address, photonics)
    return addresses


def send(sink: Sink, now: datetime) -> Run:
    return deliver(worker=new_worker(), relay=sink.relay, clock=lambda: now)


def states(advisory: Advisory) -> dict[str, int]:
    return {state: number for state, number in figures.progress(advisory).by_state.items() if number}


def test_what_is_paused_waits_and_what_is_resumed_arrives_once(
    published: Make, photonics: Segment, concerned: list[str], editor: User, sink: Sink, now: datetime
) -> None:
    advisory = published(segments=[photonics])
    sending.pause(advisory, by=editor, now=now)
    send(sink, now)
    assert sink.counts == {}
    assert states(advisory) == {"queued": 3}
    sending.resume(advisory, by=editor, now=now)
    send(sink, now)
    assert sink.counts == dict.fromkeys(concerned, 1)
    assert states(advisory) == {"sent": 3}
    moves = advisory.events.order_by("-pk").values_list("move", "by")[:2]
    assert list(moves) == [(Move.RESUMED, editor.pk), (Move.PAUSED, editor.pk)]


def test_what_is_stopped_never_leaves_and_the_advisory_stays(
    published: Make, photonics: Segment, concerned: list[str], approver: User, sink: Sink, now: datetime
) -> None:
    advisory = published(segments=[photonics])
    sending.stop(advisory, by=approver, now=now)
    send(sink, now + timedelta(days=1))
    assert sink.counts == {}
    assert states(advisory) == {"cancelled": 3}
    assert figures.progress(advisory).is_whole
    assert Advisory.objects.get().state == "published"


@pytest.mark.parametrize("verb", [sending.pause, sending.resume, sending.stop])
def test_a_verb_that_changes_nothing_is_refused_and_leaves_no_line(
    verb: Callable[..., Advisory], published: Make, editor: User, now: datetime
) -> None:
    advisory = published()  # nobody is subscribed
    lines = advisory.events.count()
    with pytest.raises(UnableToSteer):
        verb(advisory, by=editor, now=now)
    assert advisory.events.count() == lines


@pytest.mark.parametrize("verb", [sending.pause, sending.resume, sending.stop])
def test_an_editor_of_another_agency_cannot_steer(
    verb: Callable[..., Advisory], published: Make, photonics: Segment, concerned: list[str], licensing_editor: User, now: datetime
) -> None:
    with pytest.raises(UnableToSteer, match="Only an editor"):
        verb(published(segments=[photonics]), by=licensing_editor, now=now)


def test_what_a_worker_has_claimed_does_not_leave_after_the_withdrawal(
    published: Make, photonics: Segment, concerned: list[str], approver: User, sink: Sink, now: datetime
) -> None:
    advisory = published(segments=[photonics])
    claimed = claim(worker="quick", limit=10, now=now, lease=MINUTE)
    assert len(claimed) == 3
    editing.withdraw(advisory, reason="Wrong", by=approver, now=now)
    with sink.relay.connect() as over:
        deliver_batch(claimed=claimed, over=over, worker="quick", clock=lambda: now, run=Run())
    assert sink.counts == {}
    assert states(advisory) == {"cancelled": 3}


def test_what_was_leaving_at_the_withdrawal_and_came_back_does_not_leave_later(
    published: Make, photonics: Segment, concerned: list[str], approver: User, sink: Sink, now: datetime
) -> None:
    """The mail server puts one off while the withdrawal commits: it must not be tried again."""
    advisory = published(segments=[photonics])

    def withdraw() -> None:
        try:
            editing.withdraw(advisory, reason="Wrong", by=approver, now=now)
        finally:
            connection.close()

    first = Envelope.objects.of_source(advisory.source).order_by("pk")[0].address
    sink.before_answer[first] = withdraw
    sink.at_data[first] = ["451 4.2.0 later"]
    for hours in (0, 9):
        send(sink, now + timedelta(hours=hours))
    # It had begun to leave, so its reader is told; the others have never heard of it.
    assert sink.counts == {first: 1}
    assert "withdrawn" in sink.messages(first)[0]["Subject"].lower()
    assert states(advisory) == {"cancelled": 3}
    assert figures.progress(advisory).is_whole


@pytest.mark.parametrize(("label", "copies"), [("clear", 2), ("green", 2), ("amber", 1), ("amber+strict", 1)])
def test_a_copy_in_doubt_goes_again_by_itself_only_where_its_label_allows(
    label: str, copies: int, published: Make, photonics: Segment, concerned: list[str], sink: Sink, now: datetime
) -> None:
    advisory = published(tlp=label, segments=[photonics])
    sink.drops = {"two@cluster.example"}
    send(sink, now)
    send(sink, now + timedelta(hours=1))
    assert sink.counts == {"one@cluster.example": 1, "two@cluster.example": copies, "three@cluster.example": 1}
    assert states(advisory) == ({"sent": 3} if copies == 2 else {"sent": 2, "in_doubt": 1})


@pytest.fixture
def doubtful(published: Make, photonics: Segment, concerned: list[str], sink: Sink) -> Advisory:
    """TLP:AMBER, sent to three, of which the answer for one was lost."""
    advisory = published(tlp="amber", segments=[photonics])
    sink.drops = {"two@cluster.example"}
    for minutes in (0, 10):
        deliver(worker=new_worker(), relay=sink.relay, clock=lambda later=minutes: timezone.now() + later * MINUTE)
    return advisory


@pytest.mark.parametrize(("button", "copies", "choice"), [("again", 2, Choice.SEND_AGAIN), ("arrived", 1, Choice.ARRIVED)])
def test_the_desk_decides_about_a_copy_in_doubt(
    button: str, copies: int, choice: str, doubtful: Advisory, editor: User, signed_in: SignIn, sink: Sink
) -> None:
    client, page = signed_in(editor), f"/desk/advisories/{doubtful.pk}/"
    copy = Envelope.objects.parked().get()
    text = client.get(page).content.decode()
    assert "1 copy may have arrived" in text
    assert "two@cluster.example" in text
    assert client.post(f"{page}mail/{copy.pk}/{button}/").status_code == 302
    deliver(worker=new_worker(), relay=sink.relay, clock=lambda: timezone.now() + MINUTE)
    assert sink.counts["two@cluster.example"] == copies
    assert len({message["Message-ID"] for message in sink.messages("two@cluster.example")}) == 1
    assert states(doubtful) == {"sent": 3}
    settlement = Settlement.objects.get()
    assert (settlement.choice, settlement.by) == (choice, str(editor))
    assert str(editor) in client.get(page).content.decode()
    assert client.post(f"{page}mail/{copy.pk}/{button}/").status_code == 409
    assert Settlement.objects.count() == 1


def test_an_official_of_another_agency_sees_no_button_and_cannot_decide(
    doubtful: Advisory, licensing_editor: User, signed_in: SignIn
) -> None:
    client, page = signed_in(licensing_editor), f"/desk/advisories/{doubtful.pk}/"
    copy = Envelope.objects.parked().get()
    assert "Send again to" not in client.get(page).content.decode()
    for button in ("again", "arrived"):
        assert client.post(f"{page}mail/{copy.pk}/{button}/").status_code == 409
    assert Envelope.objects.parked().get().next_attempt_at is None


def test_a_copy_of_another_advisory_is_refused(doubtful: Advisory, published: Make, editor: User, signed_in: SignIn) -> None:
    other = published(title="Another")
    copy = Envelope.objects.parked().get()
    response = signed_in(editor).post(f"/desk/advisories/{other.pk}/mail/{copy.pk}/arrived/")
    assert response.status_code == 409
    assert "none of this advisory" in response.content.decode()


def test_the_desk_pauses_resumes_and_stops_beside_the_progress(
    published: Make, photonics: Segment, concerned: list[str], editor: User, signed_in: SignIn, sink: Sink, now: datetime
) -> None:
    advisory = published(segments=[photonics])
    client, page = signed_in(editor), f"/desk/advisories/{advisory.pk}/"
    assert "Pause the mail" in client.get(page).content.decode()
    assert client.post(f"{page}mail/pause/").status_code == 302
    text = client.get(page).content.decode()
    assert "The mail is paused" in text
    assert "Pause the mail" not in text
    assert client.post(f"{page}mail/pause/").status_code == 409
    assert client.post(f"{page}mail/resume/").status_code == 302
    assert client.post(f"{page}mail/resume/").status_code == 409
    assert client.post(f"{page}mail/stop/").status_code == 302
    text = client.get(page).content.decode()
    assert "Pause the mail" not in text
    assert "stopped the mail that had not left" in text


def test_a_pause_is_offered_only_while_a_copy_could_still_leave(doubtful: Advisory, editor: User, signed_in: SignIn) -> None:
    client, page = signed_in(editor), f"/desk/advisories/{doubtful.pk}/"
    text = client.get(page).content.decode()
    assert "Pause the mail" not in text
    assert "Stop the mail for good" in text
    assert client.post(f"{page}mail/pause/").status_code == 409
    assert client.post(f"{page}mail/{Envelope.objects.parked().get().pk}/again/").status_code == 302
    assert "Pause the mail" in client.get(page).content.decode()


@pytest.mark.parametrize("parked", [1, 3])
def test_the_page_asks_as_often_for_three_copies_as_for_one(
    parked: int, published: Make, photonics: Segment, concerned: list[str], editor: User, signed_in: SignIn, now: datetime
) -> None:
    advisory = published(tlp="amber", segments=[photonics])
    copies = Envelope.objects.of_source(advisory.source).order_by("address")
    page, client = f"/desk/advisories/{advisory.pk}/", signed_in(editor)
    counted = []
    for number in (0, parked):
        for each in copies[:number]:
            Envelope.objects.filter(pk=each.pk).update(state=EnvelopeState.IN_DOUBT, next_attempt_at=None, doubts=1)
            doubts.send_again(each, by=str(editor), now=now)
            Envelope.objects.filter(pk=each.pk).update(next_attempt_at=None)
        with CaptureQueriesContext(connection) as found:
            client.get(page)
        counted.append(len(found))
    assert counted[0] == counted[1]
