"""Digests: everything that came out since the last one, once, in one mail, however often and however late the clock ticks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction

from advisories import figures, lifecycle
from advisories.emails import compose_digest
from advisories.models import Advisory, Digest, DigestCopy, Mandate, Pace, Subscription
from advisories.services import audience, digesting, editing, foreseeing, scheduling
from advisories.services.foreseeing import Gap
from mailroom.models import Envelope, Letter
from mailroom.models import State as Fate
from organisations.models import Organisation, Role, User
from tests.advisories.conftest import Make
from tests.conftest import member

pytestmark = pytest.mark.django_db

TALLINN = ZoneInfo("Europe/Tallinn")
# `now` of the cast is a Monday, half past eleven in Tallinn.
TUESDAY = datetime(2026, 11, 24, 7, 2, tzinfo=TALLINN)
WEDNESDAY = TUESDAY + timedelta(days=1)
NEXT_MONDAY = datetime(2026, 11, 30, 7, 2, tzinfo=TALLINN)
Subscribes = Callable[..., Subscription]


@pytest.fixture
def daily(firm: Organisation, signatory: User, now: datetime) -> Subscription:
    return subscribe(firm, signatory, "daily@firm.example", now, pace="daily")


def subscribe(organisation: Organisation, by: User, address: str, now: datetime, **wishes: Any) -> Subscription:
    return audience.subscribe(organisation=organisation, address=address, by=by, now=now - timedelta(hours=1), **wishes)


def letters() -> list[Letter]:
    """The digests, the earliest first."""
    return list(Letter.objects.filter(purpose="advisory-digest").order_by("created_at", "pk"))


def addressed(letter: Letter) -> list[str]:
    return sorted(letter.envelopes.values_list("address", flat=True))


def reach(source: str, at: datetime) -> None:
    Envelope.objects.of_source(source).update(state=Fate.SENT, sent_at=at, next_attempt_at=None)


# --- when they are due ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pace", "now", "due"),
    [
        ("daily", "2026-11-24 07:00", "2026-11-24 07:00+02:00"),
        ("daily", "2026-11-24 06:59", "2026-11-23 07:00+02:00"),
        ("daily", "2026-11-24 23:59", "2026-11-24 07:00+02:00"),
        ("daily", "2026-03-29 08:00", "2026-03-29 07:00+03:00"),  # the clocks went forward that night
        ("daily", "2026-03-29 05:00", "2026-03-28 07:00+02:00"),
        ("weekly", "2026-11-23 07:00", "2026-11-23 07:00+02:00"),
        ("weekly", "2026-11-23 06:59", "2026-11-16 07:00+02:00"),
        ("weekly", "2026-11-29 12:00", "2026-11-23 07:00+02:00"),
    ],
)
def test_a_period_ends_at_seven_by_the_portals_clock(pace: str, now: str, due: str) -> None:
    found = lifecycle.digest_due(pace, datetime.fromisoformat(now).replace(tzinfo=TALLINN))
    assert found == datetime.fromisoformat(due)


def test_what_is_routine_waits_for_the_next_morning_and_comes_once(daily: Subscription, published: Make, now: datetime) -> None:
    advisory = published()
    assert not Envelope.objects.exists()
    assert digesting.post_due(now=now + timedelta(hours=9)) == 0
    assert digesting.post_due(now=TUESDAY) == 1
    (letter,) = letters()
    assert addressed(letter) == ["daily@firm.example"]
    assert list(Digest.objects.get().advisories.all()) == [advisory]
    for later in (TUESDAY, TUESDAY + timedelta(hours=5), WEDNESDAY):
        assert digesting.post_due(now=later) == 0
    assert len(letters()) == 1


def test_a_weekly_one_comes_on_monday(firm: Organisation, signatory: User, published: Make, now: datetime) -> None:
    subscribe(firm, signatory, "weekly@firm.example", now, pace="weekly")
    published()
    assert [digesting.post_due(now=at) for at in (TUESDAY, WEDNESDAY, NEXT_MONDAY)] == [0, 0, 1]


def test_a_period_in_which_nothing_came_out_sends_nothing(daily: Subscription) -> None:
    assert digesting.post_due(now=TUESDAY) == 0
    assert (letters(), Digest.objects.count(), DigestCopy.objects.count()) == ([], 0, 0)


@pytest.mark.parametrize(("urgency", "tlp"), [("urgent", "green"), ("routine", "red")])
def test_what_is_urgent_and_what_is_red_wait_for_no_digest(
    licensing_agency: Organisation, published: Make, now: datetime, urgency: str, tlp: str
) -> None:
    person = member(licensing_agency, "Ado Administrator", Role.ADMINISTRATOR)
    subscribe(licensing_agency, person, "board@agency.example", now, pace="weekly")
    advisory = published(urgency=urgency, tlp=tlp)
    assert Envelope.objects.of_source(advisory.source).get().address == "board@agency.example"
    assert digesting.post_due(now=NEXT_MONDAY) == 0


def test_a_mandated_relay_gets_everything_at_once_and_not_twice(
    association: Organisation, association_officer: User, published: Make, mandated: Callable[..., Mandate], now: datetime
) -> None:
    mandated(association, "News@photonics.example")
    subscribe(association, association_officer, "news@photonics.example", now, pace="daily", kinds=["event"])
    published(kind="event")
    assert Envelope.objects.count() == 1
    assert digesting.post_due(now=TUESDAY) == 0


# --- what is in them ------------------------------------------------------------------------------------------------


def test_one_mail_tells_of_all_under_the_strictest_label(daily: Subscription, published: Make, now: datetime) -> None:
    for label, title in (("clear", "First"), ("amber", "Second"), ("green", "Third")):
        published(tlp=label, title=f"{title} notice", body="Words of its body.")
    digesting.post_due(now=TUESDAY)
    (letter,) = letters()
    assert letter.subject == "TLP:AMBER 3 advisories, 24 November 2026"
    lines = letter.text.strip().splitlines()
    assert (lines[0], lines[-1]) == ("TLP:AMBER", "TLP:AMBER")
    for advisory in Advisory.objects.all():
        for words in (letter.text, letter.html):
            assert advisory.title in words
            assert advisory.summary in words
            assert f"{advisory.get_absolute_url()}" in words
            assert "Words of its body" not in words
    assert letter.list_id.startswith("advisories.")
    assert letter.stop_address.endswith("/advisories/stop/")


def test_the_html_of_a_title_is_escaped(daily: Subscription, published: Make) -> None:
    published(title="Lasers & <mirrors>")
    digesting.post_due(now=TUESDAY)
    assert "Lasers & <mirrors>" in letters()[0].text
    assert "Lasers &amp; &lt;mirrors&gt;" in letters()[0].html


def test_no_digest_can_be_made_of_red(drafted: Make, today: date) -> None:
    with pytest.raises(ValueError, match="TLP:RED"):
        compose_digest([drafted(tlp="green"), drafted(tlp="red")], language="en", on=today)


def test_each_is_told_of_what_it_wants_and_those_alike_share_a_letter(
    daily: Subscription, firm: Organisation, association: Organisation, signatory: User, association_officer: User,
    published: Make, now: datetime,
) -> None:  # fmt: skip
    subscribe(association, association_officer, "events@association.example", now, pace="daily", kinds=["event"])
    subscribe(firm, signatory, "all@firm.example", now, pace="daily")
    threat, event = published(kind="threat"), published(kind="event")
    assert digesting.post_due(now=TUESDAY) == 3
    contents = {
        tuple(addressed(letter)): set(Digest.objects.get(pk=letter.source.removeprefix("advisory-digest:")).advisories.all())
        for letter in letters()
    }
    assert contents == {
        ("all@firm.example", "daily@firm.example"): {threat, event},
        ("events@association.example",): {event},
    }


def test_what_stands_no_more_is_left_out(daily: Subscription, published: Make, approver: User, today: date, now: datetime) -> None:
    editing.withdraw(published(title="Gone"), reason="It was wrong.", by=approver, now=now)
    scheduling.expire(published(title="Over", valid_to=today), today=today + timedelta(days=1), now=TUESDAY)
    assert digesting.post_due(now=TUESDAY) == 0


def test_who_missed_the_wrong_one_is_told_of_the_right_one(
    daily: Subscription, published: Make, correct: Callable[..., Advisory], now: datetime
) -> None:
    right = correct(published(title="Wrong"))
    assert not Envelope.objects.exists()
    assert digesting.post_due(now=TUESDAY) == 1
    assert list(Digest.objects.get().advisories.all()) == [right]


def test_feed_only_gets_no_mail_and_nothing_old_when_mail_begins_again(
    firm: Organisation, signatory: User, published: Make, now: datetime, today: date
) -> None:
    subscribe(firm, signatory, "a@firm.example", now, channel="feed", pace="daily")
    advisory = published(urgency="urgent")
    published()
    assert digesting.post_due(now=TUESDAY) == 0
    assert not Envelope.objects.exists()
    assert list(foreseeing.missed(advisory, Gap.FEED, today=today)) == [firm]
    subscribe(firm, signatory, "a@firm.example", WEDNESDAY, pace="daily")
    assert digesting.post_due(now=WEDNESDAY + timedelta(days=1)) == 0


# --- changes of pace ------------------------------------------------------------------------------------------------


def test_what_waited_is_told_after_a_change_to_at_once(
    daily: Subscription, firm: Organisation, signatory: User, published: Make, approved: Make, editor: User, now: datetime
) -> None:
    waiting = published()
    subscribe(firm, signatory, daily.address, now + timedelta(hours=2), pace="immediate")
    own = editing.publish(approved(title="Later"), by=editor, now=now + timedelta(hours=3), today=now.date())
    assert Envelope.objects.of_source(own.source).count() == 1
    assert digesting.post_due(now=TUESDAY) == 1
    assert list(Digest.objects.get().advisories.all()) == [waiting]
    daily.refresh_from_db()
    assert daily.told_until is None


def test_what_waited_for_a_week_is_told_after_a_change_to_daily(
    firm: Organisation, signatory: User, published: Make, now: datetime
) -> None:
    subscribe(firm, signatory, "a@firm.example", now, pace="weekly")
    published()
    assert digesting.post_due(now=WEDNESDAY) == 0
    subscribe(firm, signatory, "a@firm.example", WEDNESDAY + timedelta(hours=3), pace="daily")
    assert digesting.post_due(now=WEDNESDAY + timedelta(days=1)) == 1


def test_a_new_subscriber_gets_nothing_from_before(firm: Organisation, signatory: User, published: Make, now: datetime) -> None:
    published()
    subscribe(firm, signatory, "late@firm.example", now + timedelta(hours=4), pace="daily")
    assert digesting.post_due(now=TUESDAY) == 0


# --- faults ---------------------------------------------------------------------------------------------------------


def test_a_missed_run_is_made_up_for_later_in_one_mail(
    daily: Subscription, published: Make, approved: Make, editor: User, now: datetime
) -> None:
    first = published()
    second = editing.publish(approved(), by=editor, now=TUESDAY + timedelta(hours=2), today=TUESDAY.date())
    assert digesting.post_due(now=WEDNESDAY + timedelta(hours=11)) == 1
    assert set(Digest.objects.get().advisories.all()) == {first, second}


@pytest.fixture
def two_kinds(
    daily: Subscription, association: Organisation, association_officer: User, published: Make, now: datetime
) -> list[str]:
    """Two who are told of different things, and so in two letters."""
    other = subscribe(association, association_officer, "events@association.example", now, pace="daily", kinds=["event"])
    published(kind="threat")
    published(kind="event")
    return [daily.address, other.address]


def die_at_second_call(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    verb, calls = getattr(digesting, name), []

    def dies(*args: Any, **how: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise OSError("killed")
        return verb(*args, **how)

    monkeypatch.setattr(digesting, name, dies)


@pytest.mark.parametrize("name", ["compose_digest", "post_to_query"])
def test_a_run_that_dies_is_made_again_whole(name: str, two_kinds: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """It dies at the second of two letters: nothing is left of the first one."""
    die_at_second_call(monkeypatch, name)
    with pytest.raises(OSError, match="killed"):
        digesting.post_due(now=TUESDAY)
    assert (letters(), Digest.objects.count(), DigestCopy.objects.count()) == ([], 0, 0)
    assert digesting.post_due(now=TUESDAY + timedelta(hours=1)) == 2
    assert sorted(address for letter in letters() for address in addressed(letter)) == two_kinds


def test_batches_that_were_made_stay_when_a_later_one_dies(two_kinds: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digesting, "BATCH", 1)
    die_at_second_call(monkeypatch, "post_to_query")
    with pytest.raises(OSError, match="killed"):
        digesting.post_due(now=TUESDAY)
    assert len(letters()) == 1
    assert digesting.post_due(now=TUESDAY + timedelta(hours=1)) == 1
    assert sorted(address for letter in letters() for address in addressed(letter)) == two_kinds


@pytest.mark.django_db(transaction=True)
def test_two_clocks_at_once_write_one(daily: Subscription, published: Make) -> None:
    published()
    ready, written = threading.Barrier(3), []

    def tick() -> None:
        try:
            ready.wait()
            written.append(digesting.post_due(now=TUESDAY))
        finally:
            connection.close()

    clocks = [threading.Thread(target=tick) for _ in range(3)]
    for clock in clocks:
        clock.start()
    for clock in clocks:
        clock.join(timeout=30)
    assert sorted(written) == [0, 0, 1]
    assert [addressed(letter) for letter in letters()] == [["daily@firm.example"]]


@pytest.mark.django_db(transaction=True)
def test_what_is_being_withdrawn_gets_into_no_digest(daily: Subscription, published: Make, approver: User) -> None:
    """The withdrawal has begun and is not committed when the clock comes: the clock waits for it."""
    advisory = published()
    begun, may_end = threading.Event(), threading.Event()

    def withdraw() -> None:
        try:
            with transaction.atomic():
                editing.withdraw(advisory, reason="It was wrong.", by=approver, now=TUESDAY)
                begun.set()
                may_end.wait(timeout=30)
        finally:
            connection.close()

    withdrawing = threading.Thread(target=withdraw)
    withdrawing.start()
    assert begun.wait(timeout=30)
    threading.Timer(0.5, may_end.set).start()
    assert digesting.post_due(now=TUESDAY) == 0
    withdrawing.join(timeout=30)
    assert not letters()


def test_a_clock_that_jumps_back_writes_nothing_twice(daily: Subscription, published: Make) -> None:
    published()
    assert [digesting.post_due(now=at) for at in (WEDNESDAY, TUESDAY, WEDNESDAY)] == [1, 0, 0]


def test_the_database_refuses_a_second_digest_of_a_period(daily: Subscription, published: Make, now: datetime) -> None:
    published()
    digesting.post_due(now=TUESDAY)
    copy = DigestCopy.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        DigestCopy.objects.create(digest=copy.digest, subscription=daily, period=copy.period, since=now)
    DigestCopy.objects.create(digest=copy.digest, subscription=daily, period=copy.period + timedelta(days=1), since=now)


def test_the_database_refuses_digests_without_a_beginning(daily: Subscription) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Subscription.objects.update(told_until=None)
    Subscription.objects.update(told_until=None, pace=Pace.IMMEDIATE)


# --- what was wrong in them -----------------------------------------------------------------------------------------


@pytest.fixture
def other_daily(association: Organisation, association_officer: User, now: datetime) -> Subscription:
    return subscribe(association, association_officer, "daily@association.example", now, pace="daily")


def test_a_correction_goes_to_those_whose_digest_held_the_wrong_one(
    daily: Subscription, published: Make, correct: Callable[..., Advisory]
) -> None:
    wrong = published()
    digesting.post_due(now=TUESDAY)
    reach(letters()[0].source, TUESDAY)
    right = correct(wrong, at=TUESDAY + timedelta(hours=2))
    copy = Envelope.objects.of_source(right.source).get()
    assert copy.address == "daily@firm.example"
    assert copy.answers == letters()[0].envelopes.get().pk
    assert digesting.post_due(now=WEDNESDAY) == 0


def test_a_withdrawal_tells_those_whose_digest_held_it(daily: Subscription, published: Make, approver: User) -> None:
    advisory = published()
    digesting.post_due(now=TUESDAY)
    reach(letters()[0].source, TUESDAY)
    editing.withdraw(advisory, reason="It was wrong.", by=approver, now=TUESDAY + timedelta(hours=1))
    assert Envelope.objects.of_source(advisory.withdrawal_source).get().address == "daily@firm.example"


def test_a_digest_that_has_not_left_is_made_anew_without_what_was_withdrawn(
    daily: Subscription, other_daily: Subscription, published: Make, approver: User
) -> None:
    """Of two the first has left: that one is told by a mail of its own, and gets no second digest."""
    wrong, sound = published(title="Wrong"), published(title="Sound")
    digesting.post_due(now=TUESDAY)
    (first,) = letters()
    first.envelopes.filter(address=daily.address).update(state=Fate.SENT, sent_at=TUESDAY, next_attempt_at=None)
    editing.withdraw(wrong, reason="It was wrong.", by=approver, now=TUESDAY + timedelta(minutes=5))
    assert Envelope.objects.of_source(wrong.withdrawal_source).get().address == daily.address
    assert first.envelopes.get(address=other_daily.address).state == Fate.CANCELLED
    assert digesting.post_due(now=TUESDAY + timedelta(hours=1)) == 1
    second = letters()[1]
    assert addressed(second) == [other_daily.address]
    assert "Sound" in second.text
    assert "Wrong" not in second.text
    assert set(Digest.objects.get(pk=second.source.removeprefix("advisory-digest:")).advisories.all()) == {sound}


def test_a_digest_that_held_nothing_else_is_called_back_for_good(daily: Subscription, published: Make, approver: User) -> None:
    advisory = published()
    digesting.post_due(now=TUESDAY)
    editing.withdraw(advisory, reason="It was wrong.", by=approver, now=TUESDAY)
    assert digesting.post_due(now=TUESDAY + timedelta(hours=1)) == 0
    assert not Envelope.objects.of_source(advisory.withdrawal_source).exists()
    assert list(Envelope.objects.values_list("state", flat=True)) == [Fate.CANCELLED]


def test_of_two_digests_that_wait_the_later_one_repeats_nothing(
    daily: Subscription, published: Make, approved: Make, editor: User, approver: User
) -> None:
    """The relay was down for a day; then something in the older of two digests is withdrawn."""
    wrong, sound = published(title="Wrong"), published(title="Sound")
    digesting.post_due(now=TUESDAY)
    late = editing.publish(approved(title="Late"), by=editor, now=TUESDAY + timedelta(hours=1), today=TUESDAY.date())
    digesting.post_due(now=WEDNESDAY)
    editing.withdraw(wrong, reason="It was wrong.", by=approver, now=WEDNESDAY)
    assert digesting.post_due(now=WEDNESDAY + timedelta(hours=1)) == 0
    assert digesting.post_due(now=WEDNESDAY + timedelta(days=1)) == 1
    queued = Envelope.objects.filter(state=Fate.QUEUED).order_by("letter__created_at").values_list("letter__source", flat=True)
    contents = [set(Digest.objects.get(pk=source.removeprefix("advisory-digest:")).advisories.all()) for source in queued]
    assert contents == [{late}, {sound}]


# --- what the desk sees ---------------------------------------------------------------------------------------------


def test_digest_copies_are_counted_apart(daily: Subscription, other_daily: Subscription, published: Make) -> None:
    advisory = published()
    assert (figures.progress(advisory).total, figures.reach(advisory).waiting) == (0, 2)
    digesting.post_due(now=TUESDAY)
    letters()[0].envelopes.filter(address=daily.address).update(state=Fate.SENT, sent_at=TUESDAY, next_attempt_at=None)
    found = figures.reach(advisory)
    assert (found.in_digests, found.to_leave, found.waiting) == (1, 1, 0)
    assert figures.progress(advisory).total == 0


def test_the_desk_foresees_who_waits_for_a_digest(daily: Subscription, drafted: Make, today: date) -> None:
    found = foreseeing.foresee(drafted(), today=today)
    assert (found.addresses, found.later) == (0, 1)
    assert {str(line.label): line.number for line in found.why}["They subscribe and get it in their daily digest"] == 1
    urgent = foreseeing.foresee(drafted(urgency="urgent"), today=today)
    assert (urgent.addresses, urgent.later) == (1, 0)
