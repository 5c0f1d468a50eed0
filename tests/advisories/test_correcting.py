"""A correction goes to exactly those whom the wrong one has reached or was about to, stands under it, and leaves a banner there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from advisories.models import Advisory, Mandate, State, Subscription
from advisories.services import editing, sending
from mailroom import figures
from mailroom.models import Envelope
from mailroom.models import State as Fate
from organisations.models import Organisation, Role, User
from tests.advisories.conftest import Make
from tests.conftest import SignIn, member

pytestmark = pytest.mark.django_db

Correct = Callable[..., Advisory]
DAY = timedelta(days=1)


@pytest.fixture
def wrong(association: Organisation, firm: Organisation, subscribed: Callable[..., Subscription], published: Make) -> Advisory:
    """It has reached the association, and is still on its way to the firm."""
    subscribed(association, "news@photonics.example")
    subscribed(firm, "export@firm.example")
    advisory = published(title="Lenses to Ruritania")
    reach(advisory, "news@photonics.example")
    return advisory


def reach(advisory: Advisory, address: str) -> None:
    envelopes = Envelope.objects.of_source(advisory.source).filter(address=address)
    assert envelopes.update(state=Fate.SENT, sent_at=advisory.published_at, next_attempt_at=None) == 1


def addressed(advisory: Advisory) -> dict[str, str]:
    return dict(Envelope.objects.of_source(advisory.source).values_list("address", "state"))


def test_it_goes_to_those_whom_the_wrong_one_has_reached_or_was_about_to_and_to_nobody_else(
    wrong: Advisory, correct: Correct, focal_point: Organisation, subscribed: Callable[..., Subscription]
) -> None:
    subscribed(focal_point, "late@agency.example")
    right = correct(wrong)
    assert addressed(right) == {"news@photonics.example": "queued", "export@firm.example": "queued"}
    assert addressed(wrong) == {"news@photonics.example": "sent", "export@firm.example": "cancelled"}
    assert figures.totals(wrong.source).is_whole
    wrong.refresh_from_db()
    assert (wrong.state, right.state) == (State.CORRECTED, State.PUBLISHED)


def test_each_copy_answers_the_copy_that_it_corrects(wrong: Advisory, correct: Correct) -> None:
    copy = Envelope.objects.of_source(correct(wrong).source).get(address="news@photonics.example")
    assert copy.answers == Envelope.objects.of_source(wrong.source).get(address="news@photonics.example").pk


def test_the_mail_says_what_it_corrects_and_what_has_changed(wrong: Advisory, correct: Correct) -> None:
    letter = Envelope.objects.of_source(correct(wrong).source).first().letter
    assert letter.subject == "TLP:GREEN Corrected: Mirrors to Ruritania"
    for words in (letter.text, letter.html):
        assert "This corrects our advisory “Lenses to Ruritania”" in words
        assert "Mirrors, not lenses." in words


def test_a_mail_for_more_readers_does_not_name_what_was_for_fewer(
    association: Organisation, subscribed: Callable[..., Subscription], published: Make, correct: Correct
) -> None:
    subscribed(association, "news@photonics.example")
    strict = published(title="Lenses to Ruritania", tlp="amber")
    reach(strict, "news@photonics.example")
    letter = Envelope.objects.of_source(correct(strict, tlp="clear").source).get().letter
    assert "This corrects an earlier advisory." in letter.text
    assert "Lenses to" not in letter.text + letter.html


def test_who_missed_the_first_correction_is_told_by_the_second(wrong: Advisory, correct: Correct) -> None:
    Envelope.objects.of_source(wrong.source).filter(address="export@firm.example").update(
        state=Fate.SENT, sent_at=wrong.published_at, next_attempt_at=None
    )
    first = correct(wrong)
    reach(first, "news@photonics.example")
    Envelope.objects.of_source(first.source).filter(state=Fate.QUEUED).update(
        state=Fate.FAILED, next_attempt_at=None, last_error="550"
    )
    second = correct(first)
    assert set(addressed(second)) == {"news@photonics.example", "export@firm.example"}
    answered = Envelope.objects.of_source(second.source).get(address="news@photonics.example").answers
    assert answered == Envelope.objects.of_source(first.source).get(address="news@photonics.example").pk


@pytest.fixture
def waiting(
    association: Organisation,
    firm: Organisation,
    subscribed: Callable[..., Subscription],
    mandated: Callable[..., Mandate],
    published: Make,
) -> Advisory:
    """An amber advisory that has reached the firm, and is on its way to an association that subscribes and one that relays."""
    subscribed(firm, "export@firm.example")
    subscribed(association, "news@photonics.example")
    mandated(association, "relay@photonics.example")
    advisory = published(tlp="amber")
    reach(advisory, "export@firm.example")
    return advisory


@pytest.mark.parametrize(
    ("ended", "told"),
    [
        (None, {"export", "news", "relay"}),
        ("subscription", {"export", "relay"}),
        ("mandate", {"export", "news"}),
    ],
)
def test_who_waited_and_may_have_it_no_more_is_not_sent_the_correction(
    waiting: Advisory, correct: Correct, ended: str | None, told: set[str], now: datetime, today: date
) -> None:
    """Who has read the wrong one is told even so."""
    Subscription.objects.filter(address="export@firm.example").update(is_active=False, ended_at=now)
    if ended == "subscription":
        Subscription.objects.filter(address="news@photonics.example").update(is_active=False, ended_at=now)
    if ended == "mandate":
        Mandate.objects.update(valid_from=today - 2 * DAY, valid_to=today - DAY)
    right = correct(waiting, tlp="amber")
    assert {address.partition("@")[0] for address in addressed(right)} == told
    assert editing.addresses(right, today=today) == len(told)


def test_who_waited_is_told_in_the_address_of_today_however_it_is_written(waiting: Advisory, correct: Correct) -> None:
    Subscription.objects.filter(address="news@photonics.example").update(address="News@Photonics.Example")
    assert set(addressed(correct(waiting, tlp="amber"))) == {
        "export@firm.example",
        "news@photonics.example",
        "relay@photonics.example",
    }


def test_whom_a_person_spared_the_wrong_one_is_not_told_that_it_was_wrong(
    wrong: Advisory, correct: Correct, editor: User, now: datetime
) -> None:
    """Nor by the correction of the correction."""
    sending.stop(wrong, by=editor, now=now)
    first = correct(wrong)
    assert set(addressed(first)) == {"news@photonics.example"}
    assert set(addressed(correct(first))) == {"news@photonics.example"}


def test_nor_by_a_second_correction_when_the_first_was_stopped(
    wrong: Advisory, correct: Correct, editor: User, now: datetime
) -> None:
    first = correct(wrong)
    assert set(addressed(first)) == {"news@photonics.example", "export@firm.example"}
    sending.stop(first, by=editor, now=now)
    assert set(addressed(correct(first))) == {"news@photonics.example"}


def test_a_correction_that_says_nothing_of_what_changed_is_not_submitted(wrong: Advisory, correct: Correct) -> None:
    with pytest.raises(editing.UnableToSubmit, match="what has changed"):
        correct(wrong, what_changed=" ")
    assert Advisory.objects.get(pk=wrong.pk).state == State.PUBLISHED


@pytest.mark.parametrize("tlp", ["clear", "green"])
def test_its_label_may_be_the_same_or_for_more(wrong: Advisory, correct: Correct, tlp: str) -> None:
    assert correct(wrong, tlp=tlp).state == State.PUBLISHED


@pytest.mark.parametrize("tlp", ["amber", "amber+strict", "red"])
def test_its_label_is_not_stricter(wrong: Advisory, correct: Correct, tlp: str) -> None:
    """Whoever got the wrong one must be able to read why."""
    with pytest.raises(editing.UnableToSubmit, match="can't be stricter than TLP:GREEN"):
        correct(wrong, tlp=tlp)


def test_one_correction_is_begun_however_often_it_is_asked_for(wrong: Advisory, editor: User, now: datetime) -> None:
    begun = editing.correct(wrong, by=editor, now=now)
    assert (begun.title, begun.state, begun.corrects) == (wrong.title, State.DRAFT, wrong)
    assert editing.correct(wrong, by=editor, now=now) == begun
    assert Advisory.objects.filter(corrects=wrong).count() == 1


def test_only_an_editor_of_the_agency_corrects_and_only_what_is_out(
    wrong: Advisory, correct: Correct, drafted: Make, approver: User, licensing_editor: User, editor: User, now: datetime
) -> None:
    for person in (approver, licensing_editor):
        with pytest.raises(editing.UnableToCorrect):
            editing.correct(wrong, by=person, now=now)
    with pytest.raises(editing.UnableToCorrect):
        editing.correct(drafted(), by=editor, now=now)
    correct(wrong)
    with pytest.raises(editing.UnableToCorrect):
        editing.correct(wrong, by=editor, now=now)


def test_what_was_withdrawn_meanwhile_is_corrected_no_more(
    wrong: Advisory, correct: Correct, approver: User, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    publish = editing.publish

    def late(advisory: Advisory, **how: Any) -> Advisory:
        editing.withdraw(wrong, reason="All of it is wrong.", by=approver, now=now)
        return publish(advisory, **how)

    monkeypatch.setattr(editing, "publish", late)
    with pytest.raises(editing.UnableToPublish, match="not out any more"):
        correct(wrong)
    assert not Envelope.objects.of_source(Advisory.objects.get(corrects=wrong).source).exists()


def test_the_old_page_leads_to_the_new_one_and_back(
    wrong: Advisory, correct: Correct, association_officer: User, signed_in: SignIn
) -> None:
    right = correct(wrong)
    client = signed_in(association_officer)
    old, new = (client.get(each.get_absolute_url()).content.decode() for each in (wrong, right))
    assert "act on this one any more" in old
    assert f'href="{right.get_absolute_url()}"' in old
    assert f'href="{wrong.get_absolute_url()}"' in new
    assert "Mirrors, not lenses." in new
    listed = client.get(reverse("advisories:feed-json")).json()["items"]
    assert [item["title"] for item in listed] == ["TLP:GREEN Mirrors to Ruritania"]


def test_who_may_read_the_new_one_alone_learns_nothing_of_the_old(wrong: Advisory, correct: Correct) -> None:
    right = correct(wrong, tlp="clear")
    page = Client().get(right.get_absolute_url()).content.decode()
    assert "Mirrors, not lenses." in page
    assert "Lenses" not in page
    assert str(wrong.pk) not in page


def test_the_desk_begins_a_correction_and_goes_on_with_it(wrong: Advisory, focal_point: Organisation, signed_in: SignIn) -> None:
    client = signed_in(member(focal_point, "Erik Editor", Role.EDITOR))
    address = reverse("focalpoint:advisory-correct", args=[wrong.pk])
    begun = client.post(address)
    page = client.get(begun["Location"]).content.decode()
    assert "What has changed" in page
    assert "Lenses to Ruritania" in page
    assert client.post(address)["Location"] == begun["Location"]
    assert "correction</a> has begun" in client.get(reverse("focalpoint:advisory", args=[wrong.pk])).content.decode()
    assert "What has changed" not in client.get(reverse("focalpoint:advisory-new")).content.decode()
