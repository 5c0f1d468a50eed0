"""The alarm over what is urgent and has reached nobody, and the reminder to associations that say nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from advisories import figures, tasks
from advisories.models import Advisory, Alarm, Mandate, Reminder, Subscription
from advisories.services import editing, reminding, responding, watching
from focalpoint import crossings
from mailroom import doorbell
from mailroom.models import Envelope, Letter, Priority, State
from mailroom.services import suppressing
from mailroom.services.delivery import claim
from organisations.models import Kind, Organisation, Role, User
from tests.advisories.conftest import Make
from tests.conftest import SignIn, member

pytestmark = pytest.mark.django_db
Subscribe = Callable[..., Subscription]
HOUR = timedelta(hours=1)


def send(*addresses: str, at: datetime) -> None:
    found = Envelope.objects.filter(address__in=addresses)
    found.update(state=State.SENT, sent_at=at, next_attempt_at=None)


# --- the alarm ------------------------------------------------------------------------------------------------------


@pytest.fixture
def urgent(published: Make, firm: Organisation, subscribed: Subscribe) -> Advisory:
    subscribed(firm, "a@firm.example")
    subscribed(firm, "b@firm.example")
    return published(urgency="urgent")


def test_an_hour_passes_before_the_alarm(urgent: Advisory, now: datetime) -> None:
    assert figures.undelivered(now + HOUR - timedelta(seconds=1)) == []
    assert figures.undelivered(now + HOUR) == [urgent]


def test_one_copy_that_has_left_is_enough(urgent: Advisory, now: datetime) -> None:
    Envelope.objects.filter(address="b@firm.example").update(
        state=State.FAILED, attempts=1, next_attempt_at=None, last_error="smtp-550"
    )
    assert figures.undelivered(now + HOUR) == [urgent]
    send("a@firm.example", at=now)
    assert figures.undelivered(now + HOUR) == []
    assert not watching.alarm(urgent, now=now + HOUR)
    assert not Alarm.objects.exists()


def test_what_is_not_urgent_or_stands_no_more_raises_none(published: Make, urgent: Advisory, approver: User, now: datetime) -> None:
    published(urgency="priority")
    editing.withdraw(urgent, reason="Wrong.", by=approver, now=now)
    assert figures.undelivered(now + HOUR) == []
    assert not watching.alarm(urgent, now=now + HOUR)


def test_an_urgent_one_that_nobody_is_to_get_is_alarming_too(published: Make, now: datetime) -> None:
    advisory = published(urgency="urgent")
    assert figures.undelivered(now + HOUR) == [advisory]


def test_what_is_long_past_is_no_alarm(urgent: Advisory, now: datetime) -> None:
    assert figures.undelivered(now + figures.ALARM_LOOKS_BACK + HOUR) == []


def test_supervisors_and_administrators_of_the_focal_point_are_warned_once(
    urgent: Advisory, supervisor: User, administrator: User, licensing_agency: Organisation, now: datetime
) -> None:
    member(licensing_agency, "Sulev Supervisor", Role.SUPERVISOR)
    gone = member(supervisor.memberships.get().organisation, "Gone Supervisor", Role.SUPERVISOR)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    assert [watching.alarm(urgent, now=now + HOUR) for _ in range(3)] == [True, False, False]
    letter = Letter.objects.get(purpose="alarm")
    assert set(letter.envelopes.values_list("address", flat=True)) == {supervisor.email, administrator.email}
    assert (letter.priority, letter.addressed) == (Priority.URGENT, 2)
    for words in (letter.subject, letter.text, letter.html):
        assert "thermal" not in words  # it may be one whose words don't travel
    assert reverse("focalpoint:advisory", args=[urgent.pk]) in letter.text
    assert reverse("focalpoint:mail-health") in letter.html
    # The warning overtakes what it warns of only by being urgent as well; its own copies are no copies of the advisory.
    assert figures.progress(urgent).total == 2


def test_the_database_knows_one_alarm_per_advisory(urgent: Advisory, now: datetime) -> None:
    Alarm.objects.create(advisory=urgent, at=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Alarm.objects.create(advisory=urgent, at=now)


def test_the_dashboard_has_the_alarm_and_leads_to_it(urgent: Advisory, editor: User, signed_in: SignIn, now: datetime) -> None:
    later = now + 2 * HOUR
    tiles = {tile.label: tile for tile in crossings.dashboard(editor, now=later)}
    alarm = tiles["Urgent advisories that reached nobody"]
    assert (alarm.number, alarm.tone) == (1, "late")
    Advisory.objects.update(published_at=timezone.now() - 2 * HOUR)
    assert urgent.title in signed_in(editor).get(alarm.link).content.decode()
    assert urgent.title in signed_in(editor).get(reverse("focalpoint:mail-health")).content.decode()
    send("a@firm.example", at=now)
    assert urgent.title not in signed_in(editor).get(alarm.link).content.decode()
    labels = [tile.label for tile in crossings.dashboard(editor, now=later)]
    assert "Urgent advisories that reached nobody" not in labels


def test_the_clock_raises_it_and_rings(urgent: Advisory, supervisor: User, monkeypatch: pytest.MonkeyPatch) -> None:
    Advisory.objects.update(published_at=timezone.now() - 2 * HOUR)
    rung: list[bool] = []
    monkeypatch.setattr(doorbell, "wake", lambda: rung.append(True))
    tasks.watch_urgent()
    tasks.watch_urgent()
    assert (Letter.objects.filter(purpose="alarm").count(), len(rung)) == (1, 1)


# --- reminders ------------------------------------------------------------------------------------------------------


@pytest.fixture
def sent(published: Make, association: Organisation, subscribed: Subscribe, now: datetime) -> Callable[..., Advisory]:
    """Publishes an advisory that has reached an association."""
    subscribed(association, "notices@cluster.example")

    def sent(**changes: Any) -> Advisory:
        advisory = published(**changes)
        send("notices@cluster.example", at=now)
        return advisory

    return sent


def reminded() -> list[str]:
    return list(Envelope.objects.filter(letter__purpose="reminder").order_by("address").values_list("address", flat=True))


@pytest.mark.parametrize(("urgency", "days"), [("urgent", 1), ("priority", 2), ("routine", 5)])
def test_what_is_urgent_is_reminded_of_sooner(urgency: str, days: int, sent: Callable[..., Advisory], now: datetime) -> None:
    advisory = sent(urgency=urgency)
    due = now + timedelta(days=days)
    assert list(reminding.to_remind_of(due - timedelta(seconds=1))) == []
    assert list(reminding.to_remind_of(due)) == [advisory]
    assert list(reminding.to_remind_of(now + timedelta(days=31))) == []


def test_an_association_that_says_nothing_is_reminded_once(
    sent: Callable[..., Advisory], association: Organisation, now: datetime
) -> None:
    advisory = sent()
    later = now + timedelta(days=5)
    assert [reminding.remind(advisory, now=later + timedelta(days=day)) for day in range(3)] == [1, 0, 0]
    assert reminded() == ["notices@cluster.example"]
    letter = Letter.objects.get(purpose="reminder")
    assert letter.subject == "TLP:GREEN Have you passed it on? Orders for thermal cameras"
    assert reverse("advisories:relay-page", args=[advisory.pk]) in letter.text
    assert reverse("advisories:relay-page", args=[advisory.pk]) in letter.html
    assert Reminder.objects.get().association == association
    with pytest.raises(IntegrityError), transaction.atomic():
        Reminder.objects.create(advisory=advisory, association=association, on=timezone.localdate(later))


@pytest.mark.parametrize("said", ["read", "passed on"])
def test_who_has_said_something_is_not_reminded(
    said: str, sent: Callable[..., Advisory], association: Organisation, association_officer: User, now: datetime, today: date
) -> None:
    advisory = sent()
    if said == "read":
        responding.acknowledge(advisory, organisation=association, by=association_officer, today=today)
    else:
        responding.relay(advisory, organisation=association, members=3, by=association_officer, today=today)
    assert reminding.remind(advisory, now=now + timedelta(days=5)) == 0
    assert reminded() == []


@pytest.mark.parametrize("tlp", ["red", "amber+strict"])
def test_nobody_is_reminded_to_pass_on_what_its_label_keeps(tlp: str, sent: Callable[..., Advisory], now: datetime) -> None:
    advisory = sent(tlp=tlp)
    assert list(reminding.to_remind_of(now + timedelta(days=10))) == []
    assert reminding.remind(advisory, now=now + timedelta(days=10)) == 0


def test_only_associations_that_got_it_are_reminded(
    published: Make,
    association: Organisation,
    firm: Organisation,
    subscribed: Subscribe,
    mandated: Callable[..., Mandate],
    now: datetime,
) -> None:
    second = Organisation.objects.create(kind=Kind.ASSOCIATION, name="Space Cluster")
    third = Organisation.objects.create(kind=Kind.ASSOCIATION, name="Nano Cluster")
    subscribed(firm, "a@firm.example")
    mandated(association, "Relay@cluster.example")
    subscribed(association, "office@cluster.example")
    subscribed(second, "news@space.example")
    advisory = published()
    subscribed(third, "late@nano.example")  # it came too late to get it
    send("a@firm.example", "Relay@cluster.example", at=now)
    Envelope.objects.filter(address="office@cluster.example").update(
        state=State.FAILED, attempts=1, next_attempt_at=None, last_error="smtp-550"
    )
    assert reminding.remind(advisory, now=now + timedelta(days=5)) == 1
    assert reminded() == ["Relay@cluster.example"]
    # What arrives late is reminded of late.
    send("news@space.example", at=now)
    assert reminding.remind(advisory, now=now + timedelta(days=6)) == 1
    assert reminded() == ["Relay@cluster.example", "news@space.example"]


def test_what_stands_no_more_is_not_reminded_of(sent: Callable[..., Advisory], approver: User, now: datetime) -> None:
    advisory = sent()
    editing.withdraw(advisory, reason="Wrong.", by=approver, now=now)
    assert list(reminding.to_remind_of(now + timedelta(days=5))) == []
    assert reminding.remind(advisory, now=now + timedelta(days=5)) == 0


def test_who_has_stopped_advisories_gets_no_reminder(sent: Callable[..., Advisory], now: datetime) -> None:
    advisory, later = sent(), now + timedelta(days=5)
    assert reminding.remind(advisory, now=later) == 1
    suppressing.stop(token=Envelope.objects.of_source(advisory.source).get().token, now=later)
    assert claim(worker="w", limit=9, now=later, lease=HOUR) == []
    assert Envelope.objects.get(letter__purpose="reminder").state == State.SUPPRESSED


def test_the_clock_reminds_each_association_once(sent: Callable[..., Advisory], monkeypatch: pytest.MonkeyPatch) -> None:
    sent()
    sent(title="Another")
    Advisory.objects.update(published_at=timezone.now() - timedelta(days=6))
    rung: list[bool] = []
    monkeypatch.setattr(doorbell, "wake", lambda: rung.append(True))
    tasks.remind_of_relays()
    tasks.remind_of_relays()
    assert (Letter.objects.filter(purpose="reminder").count(), Reminder.objects.count(), len(rung)) == (2, 2, 1)
