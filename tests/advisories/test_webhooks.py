"""Entering webhooks, their secrets, and which of them is told of what; nothing is sent here."""

from __future__ import annotations

import hmac
import uuid
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from advisories import signing
from advisories.models import Advisory, DeliveryState, HookEvent, OffBecause, Outcome, Webhook, WebhookDelivery
from advisories.services import editing, webhooks
from catalogue.models import Segment
from organisations.models import Membership, Organisation, Role, User
from tests.advisories.conftest import Make

pytestmark = pytest.mark.django_db
URL = "https://hooks.firm.example/in"
Hooked = Callable[..., Webhook]


@pytest.fixture
def add(firm: Organisation, signatory: User, now: datetime) -> Callable[..., webhooks.MadeWebhook]:
    def add(**changes: Any) -> webhooks.MadeWebhook:
        said: dict[str, Any] = {"organisation": firm, "url": URL, "form": bytes(32), "by": signatory, "now": now}
        return webhooks.add(**said | changes)

    return add


def written() -> list[tuple[str, str]]:
    rows = WebhookDelivery.objects.order_by("webhook__organisation__name", "event").values_list(
        "webhook__organisation__name", "event"
    )
    return [(name, event) for name, event in rows]


# --- entering and keeping -------------------------------------------------------------------------------------------------


def test_who_may_subscribe_enters_a_webhook_and_nobody_else(
    add: Any, association: Organisation, association_officer: User, focal_point: Organisation, administrator: User, officer: User
) -> None:
    add()
    add(organisation=association, by=association_officer)
    add(organisation=focal_point, by=administrator)
    for person in (association_officer, officer, administrator):
        with pytest.raises(webhooks.UnableToAdd, match="can't enter"):
            add(by=person, form=b"2" * 32)
    assert Webhook.objects.count() == 3


@pytest.mark.parametrize("url", ["http://hooks.firm.example/", "https://10.0.0.1/", "https://a@hooks.firm.example/", "nonsense"])
def test_an_address_to_which_nothing_can_be_posted_is_refused(add: Any, url: str) -> None:
    with pytest.raises(webhooks.UnableToAdd):
        add(url=url)
    assert not Webhook.objects.exists()


def test_a_form_sent_twice_makes_one_webhook_and_shows_one_secret(add: Any) -> None:
    assert add() == add()
    assert Webhook.objects.count() == 1


def test_a_form_that_is_changed_and_sent_again_makes_another_one(
    add: Any, association: Organisation, signatory: User, now: datetime
) -> None:
    """As by the back button, which keeps the form's random content."""
    first = add()
    Membership.objects.create(user=signatory, organisation=association, role=Role.OFFICER)
    signatory.__dict__.pop("memberships_held", None)
    others = [add(url=f"{URL}/2"), add(organisation=association), add(url=f"{URL}/3", now=now + timedelta(hours=1))]
    assert len({first.secret, *(each.secret for each in others)}) == 4


def test_an_old_form_shows_no_secret_any_more(add: Any, now: datetime) -> None:
    add()
    with pytest.raises(webhooks.UnableToAdd, match="entered already"):
        add(now=now + timedelta(minutes=2))


def test_an_address_stands_once_for_an_organisation_and_there_are_ten_at_most(
    add: Any, firm: Organisation, signatory: User, now: datetime
) -> None:
    add()
    with pytest.raises(webhooks.UnableToAdd, match="entered already"):
        add(form=b"2" * 32)
    for number in range(1, webhooks.MOST_WEBHOOKS):
        add(url=f"{URL}/{number}", form=bytes([number]) * 32)
    with pytest.raises(webhooks.UnableToAdd, match="10 webhooks at most"):
        add(url=f"{URL}/more", form=b"x" * 32)
    with pytest.raises(IntegrityError), transaction.atomic():
        Webhook.objects.create(organisation=firm, url=URL, created_at=now, created_by=signatory)


def test_secrets_are_strong_differ_and_are_nowhere_in_the_database(
    add: Any, association: Organisation, association_officer: User
) -> None:
    mine, theirs = add(), add(organisation=association, by=association_officer)
    assert mine.secret.startswith("whsec_")
    raw = b64decode(mine.secret.removeprefix("whsec_"), validate=True)
    assert len(raw) == 32  # Standard Webhooks: between 24 and 64 bytes
    assert raw != b64decode(theirs.secret.removeprefix("whsec_"))
    kept = {str(value) for row in Webhook.objects.values() for value in row.values()}
    for form in (mine.secret, mine.secret.removeprefix("whsec_"), raw.hex(), str(raw)):
        assert not any(form in value for value in kept)


def test_the_signature_is_that_of_the_specification() -> None:
    """The values of the specification's own libraries, worked out here by hand."""
    secret = b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    made = signing.signature(secret, message_id="msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp=1614265330, body=body)
    signed = b'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}'
    assert made == "v1," + b64encode(hmac.new(secret, signed, sha256).digest()).decode()
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_example_of_the_documentation_knows_the_portal(add: Any, signatory: User) -> None:
    now = timezone.now()
    first = add(now=now)
    second = webhooks.rotate(first.webhook, version=1, by=signatory, now=now)
    code = (Path(settings.BASE_DIR) / "docs" / "webhooks.md").read_text().partition("```python\n")[2].partition("```")[0]
    found: dict[str, Any] = {}
    exec(code, found)  # noqa: S102  our own words
    signed = webhooks.signatures(second.webhook, message_id="m", body=b"{}", now=now)
    headers = {"webhook-id": "m", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signed}
    check = found["is_from_the_portal"]
    assert check(first.secret, headers, b"{}")
    assert check(second.secret, headers, b"{}")
    assert not check(second.secret, headers, b"{ }")
    assert not check("whsec_" + b64encode(bytes(32)).decode(), headers, b"{}")
    assert not check(second.secret, headers | {"webhook-timestamp": str(int(now.timestamp()) - 301)}, b"{}")


def test_for_a_day_after_a_new_secret_both_sign(add: Any, signatory: User, now: datetime) -> None:
    first = add()
    second = webhooks.rotate(first.webhook, version=1, by=signatory, now=now)
    assert second.secret != first.secret
    by = {
        name: signing.signature(b64decode(made.secret[6:]), message_id="m", timestamp=int(now.timestamp()), body=b"{}")
        for name, made in {"first": first, "second": second}.items()
    }
    said = webhooks.signatures(second.webhook, message_id="m", body=b"{}", now=now)
    assert said == f"{by['second']} {by['first']}"
    later = now + timedelta(days=1)
    assert " " not in webhooks.signatures(second.webhook, message_id="m", body=b"{}", now=later)


def test_a_button_pressed_twice_makes_one_new_secret(add: Any, signatory: User, now: datetime) -> None:
    """A third one would end the first, which is good for a day, at once."""
    webhook = add().webhook
    made = webhooks.rotate(webhook, version=1, by=signatory, now=now)
    assert webhooks.rotate(webhook, version=1, by=signatory, now=now + timedelta(seconds=1)).secret == made.secret
    assert Webhook.objects.get().secret_version == 2
    with pytest.raises(webhooks.UnableToKeep, match="since you opened"):
        webhooks.rotate(webhook, version=1, by=signatory, now=now + timedelta(minutes=2))


def test_others_keep_their_hands_off(add: Any, association_officer: User, officer: User, now: datetime) -> None:
    webhook = add().webhook
    verbs: list[Callable[[User], object]] = [
        lambda by: webhooks.rotate(webhook, version=1, by=by, now=now),
        lambda by: webhooks.switch_off(webhook, by=by, now=now),
        lambda by: webhooks.switch_on(webhook, by=by),
        lambda by: webhooks.test(webhook, by=by, now=now),
        lambda by: webhooks.remove(webhook, by=by),
    ]
    for verb in verbs:
        for person in (association_officer, officer):
            with pytest.raises(webhooks.UnableToKeep, match="can't change"):
                verb(person)
    assert (Webhook.objects.get().secret_version, WebhookDelivery.objects.count()) == (1, 0)


def test_off_fails_what_waits_on_lets_it_be_sent_anew_and_only_what_is_off_is_removed(
    add: Any, published: Make, signatory: User, now: datetime
) -> None:
    webhook = add().webhook
    published(tlp="green")
    with pytest.raises(webhooks.UnableToKeep, match="Switch it off"):
        webhooks.remove(webhook, by=signatory)
    webhooks.switch_off(webhook, by=signatory, now=now)
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.outcome) == (DeliveryState.FAILED, Outcome.OFF)
    with pytest.raises(webhooks.UnableToRetry, match="on first"):
        webhooks.retry(delivery, by=signatory, now=now)
    webhooks.switch_on(webhook, by=signatory)
    assert webhooks.retry(delivery, by=signatory, now=now).state == DeliveryState.QUEUED
    with pytest.raises(webhooks.UnableToRetry, match="Only what failed"):
        webhooks.retry(delivery, by=signatory, now=now)
    webhooks.switch_off(webhook, by=signatory, now=now)
    webhooks.remove(webhook, by=signatory)
    assert not WebhookDelivery.objects.exists()


def test_a_test_is_not_sent_twice_in_a_breath_and_the_log_keeps_twenty(add: Any, signatory: User, now: datetime) -> None:
    webhook = add().webhook
    for number in range(25):
        at = now + number * webhooks.BETWEEN_TESTS
        delivery = webhooks.test(webhook, by=signatory, now=at)
        with pytest.raises(webhooks.UnableToTest, match="Wait some seconds"):
            webhooks.test(webhook, by=signatory, now=at + timedelta(minutes=1))  # it is under way
        WebhookDelivery.objects.filter(pk=delivery.pk).update(state="failed", outcome="timeout", next_attempt_at=None)
        with pytest.raises(webhooks.UnableToTest, match="Wait some seconds"):
            webhooks.test(webhook, by=signatory, now=at + timedelta(seconds=9))
    assert WebhookDelivery.objects.count() == 20


# --- who is told of what --------------------------------------------------------------------------------------------------


def test_webhooks_for_the_segments_or_for_all_get_it_and_others_do_not(
    published: Make, hooked: Hooked, firm: Organisation, photonics: Segment, lasers: Segment, quantum: Segment
) -> None:
    hooked(firm, url=f"{URL}/all")
    hooked(firm, photonics, url=f"{URL}/branch")
    hooked(firm, quantum, url=f"{URL}/other")
    published(tlp="green", segments=[lasers])
    got = WebhookDelivery.objects.order_by("webhook__url").values_list("webhook__url", "event", "state")
    assert list(got) == [(f"{URL}/{each}", "advisory.published", "queued") for each in ("all", "branch")]


def test_a_webhook_opens_nothing_by_itself(
    published: Make, hooked: Hooked, firm: Organisation, subscribed: Any, lasers: Segment
) -> None:
    hooked(firm)
    published(tlp="amber", segments=[lasers])
    assert written() == []
    subscribed(firm, "a@firm.example", lasers)
    published(tlp="amber+strict", segments=[lasers])
    assert written() == [(firm.name, "advisory.published")]


def test_a_webhook_that_is_off_gets_no_row(published: Make, hooked: Hooked, firm: Organisation, now: datetime) -> None:
    webhook = hooked(firm)
    webhooks.switch_off(webhook, by=webhook.created_by, now=now)
    published(tlp="clear")
    assert written() == []


def test_what_cannot_come_out_leaves_no_row(
    approved: Make, hooked: Hooked, firm: Organisation, signatory: User, now: datetime, today: date
) -> None:
    """The rows are of the publishing transaction: refused, it leaves none."""
    hooked(firm)
    advisory = approved(tlp="clear")
    with pytest.raises(editing.UnableToPublish):
        editing.publish(advisory, by=signatory, now=now, today=today)
    assert written() == []


def test_a_row_is_written_once(published: Make, hooked: Hooked, firm: Organisation, now: datetime, today: date) -> None:
    hooked(firm)
    advisory = published(tlp="clear")
    webhooks.announce(advisory, corrected=[], now=now, today=today)
    assert written() == [(firm.name, "advisory.published")]
    again = WebhookDelivery.objects.get()
    again.pk = uuid.uuid4()
    with pytest.raises(IntegrityError), transaction.atomic():
        again.save(force_insert=True)


@pytest.fixture
def corrected(
    editor: User, approver: User, second_approver: User, now: datetime, today: date
) -> Callable[[Advisory, Any], Advisory]:
    def corrected(wrong: Advisory, **changes: Any) -> Advisory:
        draft = editing.correct(wrong, by=editor, now=now)
        words = {name: getattr(draft, name) for name in editing.COLUMNS} | {"what_changed": "The number."} | changes
        words.setdefault("segments", list(draft.segments.all()))
        draft = editing.revise(draft, content=editing.Content(**words), revision=draft.revision, by=editor, now=now)
        draft = editing.submit_for_review(draft, by=editor, now=now)
        draft = editing.approve(draft, revision=draft.revision, by=approver, now=now)
        return editing.publish(draft, by=editor, now=now, today=today)

    return corrected


def sent(event: HookEvent, at: datetime) -> None:
    rows = WebhookDelivery.objects.filter(event=event)
    rows.update(state="sent", outcome="taken", next_attempt_at=None, tried_at=at, attempts=1)


def test_a_correction_goes_to_whom_it_concerns_and_to_whoever_had_the_wrong_one(
    published: Make, corrected: Any, hooked: Hooked, firm: Organisation, photonics: Segment, quantum: Segment, now: datetime
) -> None:
    for name, segment in {"photonics": photonics, "quantum": quantum}.items():
        hooked(firm, segment, url=f"{URL}/{name}")
    wrong = published(tlp="green", segments=[photonics])
    sent(HookEvent.PUBLISHED, now)
    corrected(wrong, segments=[quantum])
    got = WebhookDelivery.objects.filter(event=HookEvent.CORRECTED).order_by("webhook__url")
    assert [each.webhook.url.rpartition("/")[2] for each in got] == ["photonics", "quantum"]


def test_what_is_corrected_before_it_left_stays_here(
    published: Make, corrected: Any, hooked: Hooked, firm: Organisation, quantum: Segment
) -> None:
    hooked(firm)
    wrong = published(tlp="green")
    second = corrected(corrected(wrong, segments=[quantum]))
    rows = WebhookDelivery.objects.order_by("advisory__published_at", "event").values_list("advisory", "event", "state", "outcome")
    assert set(rows) == {
        (wrong.pk, "advisory.published", "cancelled", "over"),
        (second.corrects_id, "advisory.corrected", "cancelled", "over"),
        (second.pk, "advisory.corrected", "queued", ""),
    }


def test_those_that_had_what_is_replaced_are_told_also_where_the_new_one_does_not_concern_them(
    published: Make, hooked: Hooked, firm: Organisation, photonics: Segment, quantum: Segment, now: datetime
) -> None:
    for name, segment in {"photonics": photonics, "quantum": quantum}.items():
        hooked(firm, segment, url=f"{URL}/{name}")
    old = published(tlp="green", segments=[photonics])
    sent(HookEvent.PUBLISHED, now)
    new = published(tlp="green", segments=[quantum], supersedes=[old])
    rows = WebhookDelivery.objects.filter(state="queued").order_by("webhook__url")
    assert [(each.webhook.url.rpartition("/")[2], each.event, each.advisory) for each in rows] == [
        ("photonics", "advisory.superseded", old),
        ("quantum", "advisory.published", new),
    ]


def test_what_is_replaced_before_it_left_stays_here_and_nobody_hears_of_its_end(
    published: Make, hooked: Hooked, firm: Organisation, photonics: Segment, quantum: Segment
) -> None:
    hooked(firm, photonics)
    published(tlp="green", segments=[quantum], supersedes=[published(tlp="green", segments=[photonics])])
    assert list(WebhookDelivery.objects.values_list("event", "state", "outcome")) == [("advisory.published", "cancelled", "over")]


def test_a_withdrawal_is_told_to_those_that_had_it_or_may_have(
    published: Make, hooked: Hooked, firm: Organisation, association: Organisation, approver: User, now: datetime
) -> None:
    for organisation in (firm, association):
        hooked(organisation)
    advisory = published(tlp="green")
    failed = WebhookDelivery.objects.filter(webhook__organisation=association)
    failed.update(attempts=1, tried_at=now, outcome="timeout")  # it may have read it all the same
    untold = hooked(firm, url=f"{URL}/late")
    WebhookDelivery.objects.create(
        webhook=untold, advisory=advisory, event=HookEvent.PUBLISHED, happened_at=now, next_attempt_at=now
    )
    sent_row = WebhookDelivery.objects.filter(webhook__organisation=firm).exclude(webhook=untold)
    sent_row.update(state="sent", outcome="taken", next_attempt_at=None, tried_at=now)
    editing.withdraw(advisory, reason="Other parts.", by=approver, now=now)
    rows = WebhookDelivery.objects.order_by("webhook__organisation__name", "webhook__url", "event")
    assert [(each.webhook.url[-4:], each.event, each.state) for each in rows if each.webhook.organisation == firm] == [
        ("e/in", "advisory.published", "sent"),
        ("e/in", "advisory.withdrawn", "queued"),
        ("late", "advisory.published", "cancelled"),
    ]
    assert [(each.event, each.state) for each in rows if each.webhook.organisation == association] == [
        ("advisory.published", "cancelled"),
        ("advisory.withdrawn", "queued"),
    ]


def test_red_gets_no_row_not_even_for_an_agency(published: Make, hooked: Hooked, focal_point: Organisation) -> None:
    hooked(focal_point)
    published(tlp="red")
    assert written() == []
    published(tlp="amber+strict")
    assert written() == [(focal_point.name, "advisory.published")]


def test_red_is_read_by_agencies_alone_also_where_the_rows_are_chosen(
    published: Make, hooked: Hooked, focal_point: Organisation, firm: Organisation, subscribed: Any, today: date
) -> None:
    """The twin of what decides for persons; that nothing red is posted is asked beside it."""
    subscribed(firm, "a@firm.example")
    agencys, _firms = hooked(focal_point), hooked(firm)
    assert list(Webhook.objects.that_may_read(published(tlp="red"), today=today)) == [agencys]


@pytest.mark.parametrize("number", [1, 3])
def test_writing_the_rows_takes_a_fixed_number_of_queries(
    number: int, published: Make, hooked: Hooked, firm: Organisation, now: datetime, today: date, django_assert_num_queries: Any
) -> None:
    advisory = published(tlp="green")
    for each in range(number):
        hooked(firm, url=f"{URL}/{each}")
    with django_assert_num_queries(3):  # the advisory's segments, who is told, the rows
        webhooks.announce(advisory, corrected=[], now=now, today=today)
    assert WebhookDelivery.objects.count() == number


@pytest.mark.parametrize(
    "wrong",
    [
        {"is_on": False},
        {"off_because": OffBecause.FAILING},
        {"is_on": False, "off_because": "whim", "off_at": datetime(2026, 1, 1).astimezone()},
        {"secret_version": 2},
        {"url": "http://hooks.firm.example/"},
    ],
)
def test_the_database_refuses_a_webhook_that_cannot_be(add: Any, wrong: dict[str, Any]) -> None:
    add()
    with pytest.raises(IntegrityError), transaction.atomic():
        Webhook.objects.update(**wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "sending", "next_attempt_at": None},
        {"state": "lost"},
        {"event": "advisory.shredded"},
        {"event": "test"},
        {"advisory": None},
        {"lease_holder": "somebody"},
        {"next_attempt_at": None},
        {"state": "sent", "next_attempt_at": None},
        {"state": "failed", "next_attempt_at": None},
        {"state": "sent", "next_attempt_at": None, "outcome": "refused"},
        {"outcome": "eaten"},
        {"state": "cancelled"},
    ],
)
def test_the_database_refuses_a_delivery_that_cannot_be(
    wrong: dict[str, Any], published: Make, hooked: Hooked, firm: Organisation
) -> None:
    hooked(firm)
    published(tlp="clear")
    with pytest.raises(IntegrityError), transaction.atomic():
        WebhookDelivery.objects.update(**wrong)
