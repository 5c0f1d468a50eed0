"""What is scheduled comes out by the clock, once, or waits for a person; what has had its last day stands no more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from advisories import tasks
from advisories.forms import ScheduleForm
from advisories.models import Advisory, Move, State, Subscription
from advisories.services import editing, scheduling
from mailroom.models import Envelope
from organisations.models import Membership, Organisation, User
from tests.advisories.conftest import Content_, Make
from tests.conftest import SignIn

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
Subscribed = Callable[..., Subscription]


@pytest.fixture
def scheduled(approved: Make, editor: User, now: datetime, association: Organisation, subscribed: Subscribed) -> Advisory:
    """It comes out in an hour, to one reader."""
    subscribed(association, "news@photonics.example")
    return scheduling.schedule(approved(), at=now + HOUR, by=editor, now=now)


def addressed(advisory: Advisory) -> list[str]:
    return list(Envelope.objects.of_source(advisory.source).values_list("address", flat=True))


def last_line(advisory: Advisory) -> tuple[str, User | None]:
    event = advisory.events.order_by("at", "pk").last()
    assert event is not None
    return event.move, event.by


def test_it_comes_out_at_its_moment_and_not_before(scheduled: Advisory, editor: User, now: datetime, today: date) -> None:
    assert scheduling.release(scheduled, now=now + HOUR - timedelta(seconds=1), today=today) is None
    assert addressed(scheduled) == []
    scheduling.release(scheduled, now=now + HOUR, today=today)
    scheduled.refresh_from_db()
    assert (scheduled.state, scheduled.published_at, scheduled.published_by) == (State.PUBLISHED, now + HOUR, editor)
    assert (scheduled.scheduled_for, scheduled.scheduled_by) == (None, None)
    assert addressed(scheduled) == ["news@photonics.example"]


def test_two_clocks_bring_it_out_once(scheduled: Advisory, now: datetime, today: date) -> None:
    assert scheduling.release(scheduled, now=now + HOUR, today=today)
    assert scheduling.release(scheduled, now=now + HOUR, today=today) is None
    assert addressed(scheduled) == ["news@photonics.example"]


def test_a_moment_missed_by_too_much_waits_for_a_person(scheduled: Advisory, now: datetime, today: date) -> None:
    late = now + HOUR + scheduling.LATEST_RELEASE + timedelta(seconds=1)
    held = scheduling.release(scheduled, now=late, today=today)
    assert held
    assert (held.state, held.scheduled_for) == (State.APPROVED, None)
    assert last_line(held) == (Move.HELD, None)
    assert addressed(held) == []


def test_what_somebody_scheduled_who_works_there_no_more_waits(
    scheduled: Advisory, editor: User, now: datetime, today: date
) -> None:
    Membership.objects.filter(user=editor).delete()
    held = scheduling.release(scheduled, now=now + HOUR, today=today)
    assert held
    assert last_line(held) == (Move.HELD, None)
    assert addressed(held) == []


def test_what_cannot_come_out_waits_with_the_reason_and_leaves_nothing_half_done(
    scheduled: Advisory, now: datetime, today: date
) -> None:
    scheduled.approvals.all().delete()
    held = scheduling.release(scheduled, now=now + HOUR, today=today)
    assert held
    held.refresh_from_db()
    assert (held.state, held.published_at) == (State.APPROVED, None)
    assert [each.note for each in held.events.filter(move=Move.HELD)] == ["Not enough people have approved these words."]
    assert not held.events.filter(move=Move.PUBLISHED).exists()


def test_a_correction_of_what_was_withdrawn_meanwhile_waits(
    published: Make, content: Content_, editor: User, approver: User, now: datetime, today: date
) -> None:
    wrong = published()
    right = editing.correct(wrong, by=editor, now=now)
    right = editing.revise(right, content=content(what_changed="All of it."), revision=1, by=editor, now=now)
    right = editing.submit_for_review(right, by=editor, now=now)
    right = editing.approve(right, revision=right.revision, by=approver, now=now)
    right = scheduling.schedule(right, at=now + HOUR, by=editor, now=now)
    editing.withdraw(wrong, reason="All wrong.", by=approver, now=now)
    held = scheduling.release(right, now=now + HOUR, today=today)
    assert held
    held.refresh_from_db()
    assert (held.state, held.published_by) == (State.APPROVED, None)
    wrong.refresh_from_db()
    assert wrong.state == State.WITHDRAWN


@pytest.mark.parametrize("verb", ["hold", "revise", "return"])
def test_whatever_happens_to_it_takes_it_off_the_clock(
    verb: str, scheduled: Advisory, content: Content_, editor: User, approver: User, now: datetime, today: date
) -> None:
    if verb == "hold":
        scheduling.hold(scheduled, by=editor, now=now)
    elif verb == "revise":
        editing.revise(scheduled, content=content(title="Another"), revision=scheduled.revision, by=editor, now=now)
    else:
        editing.return_to_author(scheduled, note="Not yet.", by=approver, now=now)
    assert scheduling.release(scheduled, now=now + HOUR, today=today) is None
    scheduled.refresh_from_db()
    assert (scheduled.scheduled_for, scheduled.scheduled_by) == (None, None)
    assert scheduled.state == (State.APPROVED if verb == "hold" else State.DRAFT)


def test_it_can_be_put_off_and_not_be_published_by_hand_meanwhile(
    scheduled: Advisory, editor: User, now: datetime, today: date
) -> None:
    scheduling.schedule(scheduled, at=now + 3 * HOUR, by=editor, now=now)
    assert scheduling.release(scheduled, now=now + HOUR, today=today) is None
    with pytest.raises(editing.UnableToPublish):
        editing.publish(scheduled, by=editor, now=now, today=today)


def test_only_what_is_approved_can_be_scheduled_by_its_own_desk_and_for_later(
    drafted: Make, approved: Make, editor: User, licensing_editor: User, now: datetime
) -> None:
    for advisory, by, at in (
        (drafted(), editor, now + HOUR),
        (approved(), licensing_editor, now + HOUR),
        (approved(), editor, now),
        (approved(valid_to=now.date()), editor, now + timedelta(days=2)),
    ):
        with pytest.raises(scheduling.UnableToSchedule):
            scheduling.schedule(advisory, at=at, by=by, now=now)


def test_the_database_refuses_a_schedule_without_a_moment(scheduled: Advisory) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Advisory.objects.filter(pk=scheduled.pk).update(scheduled_for=None)


def test_a_scheduled_one_is_seen_by_its_own_desk_alone(
    scheduled: Advisory, editor: User, licensing_editor: User, client: Client, signed_in: SignIn
) -> None:
    Advisory.objects.filter(pk=scheduled.pk).update(tlp="clear")
    assert client.get(scheduled.get_absolute_url()).status_code == 404
    assert client.get(f"/api/v1/advisories/{scheduled.pk}/").status_code == 404
    assert scheduled.title not in client.get("/advisories/feed.atom").content.decode()
    assert signed_in(licensing_editor).get(f"/desk/advisories/{scheduled.pk}/").status_code == 404
    page = signed_in(editor).get("/desk/advisories/?queue=scheduled").content.decode()
    assert scheduled.title in page


def test_the_desk_schedules_in_another_time_zone_and_holds_back(
    approved: Make, editor: User, signed_in: SignIn, now: datetime
) -> None:
    advisory = approved()
    desk, page = signed_in(editor), f"/desk/advisories/{advisory.pk}/"
    assert desk.post(f"{page}schedule/", {"day": "2099-07-01", "time": "09:00", "zone": "Europe/Brussels"}).status_code == 302
    advisory.refresh_from_db()
    assert advisory.scheduled_for == datetime(2099, 7, 1, 9, tzinfo=ZoneInfo("Europe/Brussels"))
    text = desk.get(page).content.decode()
    assert "1 July 2099 at 10:00" in text  # in Tallinn
    assert "Publish and send" not in text
    assert desk.post(f"{page}hold/").status_code == 302
    assert "Publish and send" in desk.get(page).content.decode()


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        ({"day": "2026-01-01", "time": "09:00", "zone": "UTC"}, 409, "That moment is over."),
        ({"day": "soon", "time": "09:00", "zone": "UTC"}, 422, "soon"),
        ({"day": "2099-01-01", "time": "25:00", "zone": "UTC"}, 422, "25:00"),
        ({"day": "2099-01-01", "time": "09:00", "zone": "Mars/Olympus"}, 422, "Mars/Olympus"),
        ({}, 422, "There is a problem"),
    ],
)
def test_a_moment_that_is_none_is_refused_in_words_and_kept(
    typed: dict[str, str], status: int, said: str, approved: Make, editor: User, signed_in: SignIn
) -> None:
    advisory = approved()
    response = signed_in(editor).post(f"/desk/advisories/{advisory.pk}/schedule/", typed)
    assert response.status_code == status
    text = response.content.decode()
    assert said in text
    if status == 409:
        assert 'value="2026-01-01"' in text
    advisory.refresh_from_db()
    assert advisory.state == State.APPROVED


@pytest.mark.parametrize("day", ["2027-03-28", "2027-10-31"])  # on which the clocks of the Union change
def test_an_hour_that_clocks_skip_or_repeat_is_no_moment(day: str) -> None:
    form = ScheduleForm({"day": day, "time": "02:30", "zone": "Europe/Brussels"})
    assert set(form.errors) == {"time"}
    assert ScheduleForm({"day": day, "time": "02:30", "zone": "UTC"}).is_valid()


def test_the_clock_brings_out_each_for_itself(approved: Make, editor: User, now: datetime, today: date) -> None:
    broken, good = approved(title="Broken"), approved(title="Good")
    for each in (broken, good):
        scheduling.schedule(each, at=now + HOUR, by=editor, now=now)
    broken.approvals.all().delete()
    for each in Advisory.objects.to_release(now + HOUR):
        scheduling.release(each, now=now + HOUR, today=today)
    assert dict(Advisory.objects.values_list("title", "state")) == {"Broken": State.APPROVED, "Good": State.PUBLISHED}


def test_after_its_last_day_it_is_expired_and_leaves_the_feeds(
    published: Make, association: Organisation, subscribed: Subscribed, client: Client, now: datetime, today: date
) -> None:
    subscribed(association, "news@photonics.example")
    advisory = published(tlp="clear", valid_from=today, valid_to=today, title="Only today")
    assert scheduling.expire(advisory, today=today, now=now) is None
    page = client.get(advisory.get_absolute_url()).content.decode()
    assert "In force from" in page
    assert "Expired" not in page
    tomorrow = today + timedelta(days=1)
    assert scheduling.expire(advisory, today=tomorrow, now=now + 24 * HOUR)
    assert scheduling.expire(advisory, today=tomorrow, now=now + 24 * HOUR) is None
    assert last_line(advisory) == (Move.EXPIRED, None)
    assert set(Envelope.objects.of_source(advisory.source).values_list("state", flat=True)) == {"cancelled"}
    assert "Expired" in client.get(advisory.get_absolute_url()).content.decode()
    assert "Only today" not in client.get("/advisories/feed.atom").content.decode()
    assert client.get(f"/api/v1/advisories/{advisory.pk}/").json()["state"] == "expired"


def test_what_is_over_already_does_not_come_out(approved: Make, editor: User, now: datetime, today: date) -> None:
    advisory = approved(valid_to=today - timedelta(days=1))
    with pytest.raises(editing.UnableToPublish):
        editing.publish(advisory, by=editor, now=now, today=today)


def test_a_last_day_before_the_first_is_refused(drafted: Make, today: date) -> None:
    with pytest.raises(editing.UnableToDraft):
        drafted(valid_from=today, valid_to=today - timedelta(days=1))


def test_the_tasks_do_what_is_due(approved: Make, published: Make, editor: User, now: datetime, today: date) -> None:
    due = approved(title="Due")
    Advisory.objects.filter(pk=due.pk).update(state=State.SCHEDULED, scheduled_for=now, scheduled_by=editor)  # long ago by now
    over = published(title="Over", valid_to=today)
    Advisory.objects.filter(pk=over.pk).update(valid_to=date(2020, 1, 1))
    tasks.release_due()
    tasks.expire_due()
    assert dict(Advisory.objects.values_list("title", "state")) == {"Due": State.APPROVED, "Over": State.EXPIRED}
