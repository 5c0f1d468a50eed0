"""Posting to webhooks, with a receiver that listens: nothing lost, nothing to whom it is not for, nobody held up."""

from __future__ import annotations

import hmac
import json
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from advisories import lifecycle, transport
from advisories.models import Advisory, DeliveryState, HookEvent, OffBecause, Outcome, Webhook, WebhookDelivery
from advisories.services import audience, delivering, editing, webhooks
from advisories.services.delivering import Run, claim, deliver, record, release_expired
from catalogue.models import Segment
from mailroom.models import Envelope, Letter
from organisations.models import Organisation, User
from organisations.outbound import Reach
from tests.advisories.conftest import Make
from tests.advisories.receivers import Received, Receiver, receiving
from tests.feed_server import LOOPBACK

pytestmark = pytest.mark.django_db(transaction=True)
Hooked = Callable[..., Webhook]


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    with receiving(tmp_path) as running:
        yield running


@pytest.fixture
def hook(hooked: Hooked, firm: Organisation, receiver: Receiver) -> Webhook:
    return led(hooked(firm), receiver)


def led(webhook: Webhook, receiver: Receiver) -> Webhook:
    """To the receiver's port, which is none that a form would take."""
    webhook.url = receiver.url
    webhook.save(update_fields=["url"])
    return webhook


@dataclass
class Clock:
    at: datetime

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def go(receiver: Receiver, clock: Clock) -> Callable[..., Run]:
    def go(**changes: Any) -> Run:
        return deliver(worker="one", clock=clock, reach=receiver.reach, **changes)

    return go


def verify(secret: str, got: Received) -> dict[str, Any]:
    """What docs/webhooks.md has a receiver do."""
    key = b64decode(secret.removeprefix("whsec_"))
    signed = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.".encode() + got.body
    expected = "v1," + b64encode(hmac.new(key, signed, sha256).digest()).decode()
    assert any(hmac.compare_digest(expected, each) for each in got.headers["webhook-signature"].split(" "))
    found: dict[str, Any] = json.loads(got.body)
    return found


def test_an_event_arrives_signed_with_what_the_api_says(
    hook: Webhook, published: Make, lasers: Segment, receiver: Receiver, go: Any, clock: Clock, now: datetime
) -> None:
    advisory = published(tlp="clear", segments=[lasers], title="Lasers “on” ☀")
    secret = webhooks.rotate(hook, version=1, by=hook.created_by, now=now - timedelta(days=2)).secret
    run = go()
    assert (run.sent, run.failed, run.cancelled) == (1, 0, 0)
    (got,) = receiver.got
    said = verify(secret, got)
    assert said == {
        "type": "advisory.published",
        "timestamp": "2026-11-23T11:30:00+02:00",
        "data": Client().get(f"/api/v1/advisories/{advisory.pk}/").json(),
    }
    delivery = WebhookDelivery.objects.get()
    assert got.headers["webhook-id"] == str(delivery.pk)
    assert got.headers["webhook-timestamp"] == str(int(clock.at.timestamp()))
    assert got.headers["content-type"] == "application/json"
    assert (delivery.state, delivery.status, delivery.attempts) == (DeliveryState.SENT, 204, 1)
    assert (go().sent, len(receiver.got)) == (0, 1)


@pytest.mark.parametrize("tlp", ["clear", "amber"])
def test_a_replacement_is_named_both_ways_as_far_as_the_organisation_may_read(
    tlp: str, hook: Webhook, published: Make, receiver: Receiver, go: Any
) -> None:
    old = published(tlp="clear")
    go()
    new = published(tlp=tlp, supersedes=[old])
    go()
    said = {event["type"]: event["data"] for event in (json.loads(got.body) for got in receiver.got[1:])}
    assert said["advisory.superseded"] == Client().get(f"/api/v1/advisories/{old.pk}/").json()
    assert said["advisory.superseded"]["state"] == "superseded"
    if tlp == "amber":
        assert said.keys() == {"advisory.superseded"}
        assert said["advisory.superseded"]["superseded_by"] == []
    else:
        assert said["advisory.superseded"]["superseded_by"] == [str(new.pk)]
        assert said["advisory.published"]["supersedes"] == [str(old.pk)]


def test_what_is_tampered_with_or_signed_by_another_does_not_verify(
    hook: Webhook, published: Make, receiver: Receiver, go: Any, now: datetime
) -> None:
    published(tlp="clear")
    go()
    (got,) = receiver.got
    made = webhooks.rotate(hook, version=1, by=hook.created_by, now=now)
    for secret, received in {
        made.secret: got,
        "whsec_" + b64encode(bytes(32)).decode(): got,
    }.items():
        with pytest.raises(AssertionError):
            verify(secret, received)


def test_what_fails_comes_again_later_under_the_same_id_with_the_same_words(
    hook: Webhook, published: Make, receiver: Receiver, go: Any, clock: Clock
) -> None:
    published(tlp="clear")
    receiver.answers = [503, 400]
    first = clock.at
    assert go().failed == 1
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.status, delivery.outcome) == (DeliveryState.QUEUED, 503, Outcome.REFUSED)
    assert delivery.next_attempt_at
    assert lifecycle.WAITS[0] <= delivery.next_attempt_at - clock.at <= lifecycle.WAITS[0] * (1 + lifecycle.JITTER)
    assert (go().failed, len(receiver.got)) == (0, 1)  # not before its time
    for _each in range(2):
        clock.at += timedelta(minutes=2)
        go()
    assert WebhookDelivery.objects.get().state == DeliveryState.SENT
    assert len({(got.headers["webhook-id"], got.body) for got in receiver.got}) == 1
    times = [int(got.headers["webhook-timestamp"]) - int(first.timestamp()) for got in receiver.got]
    assert times == [0, 120, 240]
    assert Webhook.objects.get().failing_since is None


def test_waits_grow_and_end() -> None:
    waits = [lifecycle.wait(number, chance=0) for number in range(1, lifecycle.MOST_ATTEMPTS)]
    assert waits == sorted(waits, key=lambda each: each or timedelta())
    assert lifecycle.wait(1, chance=1) == lifecycle.WAITS[0] * 1.25
    assert lifecycle.wait(lifecycle.MOST_ATTEMPTS, chance=0) is None
    assert sum(lifecycle.WAITS, timedelta()) > delivering.FAILING_LASTS


def test_after_days_of_failing_it_is_off_and_those_who_keep_it_are_told(
    hook: Webhook, published: Make, receiver: Receiver, go: Any, clock: Clock, signatory: User, officer: User
) -> None:
    advisory = published(tlp="clear")
    receiver.answers = [500] * 50
    attempts = 0
    while WebhookDelivery.objects.get().state == DeliveryState.QUEUED:
        clock.at = WebhookDelivery.objects.get().next_attempt_at or clock.at
        attempts += go().failed
    assert attempts == lifecycle.MOST_ATTEMPTS
    webhook = Webhook.objects.get()
    assert (webhook.is_on, webhook.off_because, webhook.off_at) == (False, OffBecause.FAILING, clock.at)
    letter = Letter.objects.get(purpose="webhook")
    assert "hooks.firm.example" in letter.subject
    assert f"/advisories/webhooks/{hook.pk}/" in letter.text
    assert "/in" not in letter.text  # the path may be a secret
    assert advisory.title not in letter.text
    told = set(Envelope.objects.filter(letter=letter).values_list("address", flat=True))
    assert told == {signatory.email, hook.created_by.email}
    published(tlp="clear")
    assert WebhookDelivery.objects.count() == 1


def test_one_that_gets_something_through_between_failures_stays_on(
    hook: Webhook, published: Make, receiver: Receiver, go: Any, clock: Clock
) -> None:
    for answers in ([500], [500, 204], [500]):
        receiver.answers = answers
        published(tlp="clear")
        go()
        clock.at += timedelta(days=2)
    assert Webhook.objects.get().is_on
    assert not Letter.objects.filter(purpose="webhook").exists()


def test_a_receiver_that_says_it_is_gone_is_off_at_once(hook: Webhook, published: Make, receiver: Receiver, go: Any) -> None:
    """Standard Webhooks: 410 means that the receiver wants no more."""
    published(tlp="clear")
    receiver.answers = [410]
    go()
    webhook, delivery = Webhook.objects.get(), WebhookDelivery.objects.get()
    assert (webhook.off_because, delivery.state, delivery.outcome) == (OffBecause.GONE, DeliveryState.FAILED, Outcome.OFF)
    assert Letter.objects.filter(purpose="webhook").count() == 1


def test_an_address_that_leads_inside_gets_nothing_and_the_log_says_why(
    hook: Webhook, published: Make, receiver: Receiver, clock: Clock
) -> None:
    """The portal's own reach, with nothing opened; the name leads to this machine as an attacker's would."""
    published(tlp="clear")
    reach = Reach(resolve=lambda _host, _port: [LOOPBACK], ports={receiver.port})
    assert deliver(worker="one", clock=clock, reach=reach).failed == 1
    assert receiver.got == []
    assert WebhookDelivery.objects.get().outcome == Outcome.NOT_PUBLIC


# --- asked again before it leaves -----------------------------------------------------------------------------------------


def withdrawn(advisory: Advisory, by: User, now: datetime) -> None:
    editing.withdraw(advisory, reason="Other parts.", by=by, now=now)


def test_what_is_withdrawn_before_it_leaves_does_not_leave(
    hook: Webhook, published: Make, receiver: Receiver, go: Any, approver: User, now: datetime
) -> None:
    withdrawn(published(tlp="clear"), approver, now)
    go()
    assert receiver.got == []
    assert [each.state for each in WebhookDelivery.objects.all()] == [DeliveryState.CANCELLED]


def test_what_expired_before_it_leaves_does_not_leave(hook: Webhook, published: Make, receiver: Receiver, go: Any) -> None:
    advisory = published(tlp="clear")
    Advisory.objects.filter(pk=advisory.pk).update(state="expired")
    assert go().cancelled == 1
    delivery = WebhookDelivery.objects.get()
    assert (receiver.got, delivery.state, delivery.outcome) == ([], DeliveryState.CANCELLED, Outcome.OVER)


def test_a_reach_that_ends_before_it_leaves_keeps_it_here(
    hook: Webhook, firm: Organisation, published: Make, subscribed: Any, receiver: Receiver, go: Any, now: datetime
) -> None:
    subscription = subscribed(firm, "a@firm.example")
    published(tlp="amber")
    audience.unsubscribe(subscription, by=subscription.created_by, now=now)
    assert (go().cancelled, receiver.got) == (1, [])


def test_a_hook_that_was_switched_off_at_the_same_moment_gets_nothing(
    hook: Webhook, published: Make, receiver: Receiver, go: Any, now: datetime
) -> None:
    """As if its row had been written by somebody who still saw the webhook on."""
    published(tlp="clear")
    Webhook.objects.update(is_on=False, off_because=OffBecause.BY_HAND, off_at=now)
    go()
    delivery = WebhookDelivery.objects.get()
    assert (receiver.got, delivery.state, delivery.outcome) == ([], DeliveryState.FAILED, Outcome.OFF)


def test_what_is_withdrawn_while_it_leaves_is_told_and_comes_after(
    hook: Webhook, published: Make, receiver: Receiver, go: Any, approver: User, now: datetime
) -> None:
    advisory = published(tlp="clear")

    def meanwhile() -> None:
        receiver.meanwhile = None
        withdrawn(advisory, approver, now + timedelta(seconds=1))
        connection.close()

    receiver.meanwhile = meanwhile
    receiver.answers = [204]
    go()
    go_on = WebhookDelivery.objects.get(event=HookEvent.WITHDRAWN)
    assert go_on.state == DeliveryState.QUEUED  # due a second later than this clock shows
    deliver(worker="two", clock=lambda: now + timedelta(seconds=2), reach=receiver.reach)
    kinds = [json.loads(got.body) for got in receiver.got]
    assert [each["type"] for each in kinds] == ["advisory.published", "advisory.withdrawn"]
    assert (kinds[1]["data"]["state"], kinds[1]["data"]["withdrawal_reason"]) == ("withdrawn", "Other parts.")


# --- workers --------------------------------------------------------------------------------------------------------------


def test_what_a_dead_worker_held_goes_out_again_under_the_same_id(
    hook: Webhook, published: Make, receiver: Receiver, go: Any, clock: Clock
) -> None:
    published(tlp="clear")
    (parcel,) = claim(worker="dead", limit=16, now=clock.at, run=Run())
    assert (go().sent, release_expired(now=clock.at)) == (0, 0)  # its lease runs
    clock.at += delivering.LEASE
    assert go().sent == 0  # now it waits as after any attempt
    assert WebhookDelivery.objects.get().outcome == Outcome.LOST
    clock.at += timedelta(minutes=1)
    assert go().sent == 1
    assert receiver.got[0].headers["webhook-id"] == str(parcel.delivery)
    assert WebhookDelivery.objects.get().attempts == 2


def test_a_worker_that_comes_back_late_changes_nothing(hook: Webhook, published: Make, clock: Clock) -> None:
    published(tlp="clear")
    (parcel,) = claim(worker="late", limit=16, now=clock.at, run=Run())
    clock.at += delivering.LEASE
    release_expired(now=clock.at)
    clock.at += timedelta(minutes=1)
    assert claim(worker="next", limit=16, now=clock.at, run=Run())
    assert not record(parcel.delivery, transport.Outcome(transport.REFUSED, 500), worker="late", now=clock.at)
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.lease_holder, delivery.status) == (DeliveryState.SENDING, "next", None)
    assert record(parcel.delivery, transport.Outcome(transport.TAKEN, 204), worker="next", now=clock.at)
    assert not record(parcel.delivery, transport.Outcome(transport.REFUSED, 500), worker="next", now=clock.at)
    assert WebhookDelivery.objects.get().state == DeliveryState.SENT


def test_one_that_kills_its_worker_each_time_comes_to_an_end(hook: Webhook, published: Make, clock: Clock) -> None:
    published(tlp="clear")
    for _attempt in range(lifecycle.MOST_ATTEMPTS):
        assert claim(worker="dead", limit=16, now=clock.at, run=Run())
        clock.at += delivering.LEASE
        release_expired(now=clock.at)
        clock.at += timedelta(days=2)
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.outcome) == (DeliveryState.FAILED, Outcome.LOST)


def in_a_thread(function: Callable[[], Any]) -> Any:
    """On a database connection of its own, as another worker."""
    found: list[Any] = []

    def call() -> None:
        try:
            found.append(function())
        finally:
            connection.close()

    thread = threading.Thread(target=call)
    thread.start()
    thread.join(20)
    return found[0]


def test_two_workers_never_take_the_same_and_one_run_is_enough(
    hook: Webhook, published: Make, receiver: Receiver, clock: Clock, go: Any
) -> None:
    published(tlp="clear")
    with transaction.atomic():
        due = WebhookDelivery.objects.due(clock.at).select_for_update(skip_locked=True, of=("self",))
        assert len(list(due)) == 1
        assert in_a_thread(lambda: claim(worker="two", limit=16, now=clock.at, run=Run())) == []
    others: list[Run] = []

    def meanwhile() -> None:
        """Something else is due, which the run that is at it will take itself."""
        receiver.meanwhile = None
        webhooks.test(hook, by=hook.created_by, now=clock.at)
        others.append(deliver(worker="two", clock=clock, reach=receiver.reach))

    receiver.meanwhile = lambda: in_a_thread(meanwhile)
    assert go().sent == 2
    assert [each.sent for each in others] == [0]
    assert len(receiver.got) == 2


def test_a_slow_receiver_holds_nobody_else_up(
    tmp_path: Path, hooked: Hooked, firm: Organisation, association: Organisation, published: Make, receiver: Receiver, clock: Clock
) -> None:
    slow, quick = led(hooked(firm), receiver), hooked(association)
    quick.url = receiver.url + "&quick"
    quick.save(update_fields=["url"])
    for _number in range(3):
        published(tlp="clear")
    order: list[str] = []

    def meanwhile() -> None:
        path = receiver.got[-1].path
        order.append(path[-5:])
        if not path.endswith("quick") and order.count("ortal") == 1:
            released.wait(5)
        elif order.count("quick") == 3:
            released.set()

    released = threading.Event()
    receiver.meanwhile = meanwhile
    run = deliver(worker="one", clock=clock, reach=receiver.reach)
    assert run.sent == 6
    assert order[-2:] == ["ortal", "ortal"]  # the slow one's second and third came after all of the quick one's
    assert slow.deliveries.filter(state=DeliveryState.SENT).count() == 3


def test_a_receiver_is_told_in_order_and_one_at_a_time(
    hook: Webhook, published: Make, receiver: Receiver, go: Any, clock: Clock
) -> None:
    for number in range(3):
        advisory = published(tlp="clear", title=f"Number {number}")
        WebhookDelivery.objects.filter(advisory=advisory).update(happened_at=clock.at + timedelta(seconds=number))
    at_once: list[int] = []
    receiver.meanwhile = lambda: at_once.append(in_a_thread(_being_sent))
    go()
    assert [json.loads(got.body)["data"]["title"] for got in receiver.got] == ["Number 0", "Number 1", "Number 2"]
    assert at_once == [1, 1, 1]


def _being_sent() -> int:
    return WebhookDelivery.objects.filter(state=DeliveryState.SENDING).count()


def test_a_test_is_posted_even_to_a_hook_that_is_off_and_is_tried_once(
    hook: Webhook, receiver: Receiver, go: Any, clock: Clock, now: datetime
) -> None:
    webhooks.switch_off(hook, by=hook.created_by, now=now)
    webhooks.test(hook, by=hook.created_by, now=now)
    receiver.answers = [500]
    go()
    assert json.loads(receiver.got[0].body) == {"type": "test", "timestamp": "2026-11-23T11:30:00+02:00", "data": {}}
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.status) == (DeliveryState.FAILED, 500)
    assert Webhook.objects.get().failing_since is None  # somebody tries things out


def test_sending_never_happens_inside_a_transaction(clock: Clock) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError):
        deliver(worker="one", clock=clock)


def test_a_run_begins_nothing_after_its_time(hook: Webhook, published: Make, receiver: Receiver, go: Any) -> None:
    published(tlp="clear")
    assert go(longest=timedelta()).sent == 0
    assert receiver.got == []


@pytest.mark.parametrize("number", [1, 3])
def test_what_may_leave_is_asked_once_an_organisation(
    number: int, hook: Webhook, published: Make, now: datetime, today: date, django_assert_num_queries: Any
) -> None:
    for _each in range(number):
        published(tlp="clear")
    rows = list(WebhookDelivery.objects.select_related("webhook__organisation"))
    with django_assert_num_queries(8):  # what is named twice, advisories, segments, translations, files, what replaces what
        assert len(delivering._that_may_go(rows, today=today)) == number
