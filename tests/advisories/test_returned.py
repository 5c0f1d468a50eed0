"""Mail that came back, as the desk and the subscribers see it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from advisories import figures
from advisories.models import Advisory, Mandate, Subscription
from advisories.services import audience
from mailroom.models import Envelope, Reason, State, Suppression
from mailroom.services import returns, suppressing
from organisations.models import Organisation, User
from tests.advisories.conftest import Make
from tests.conftest import SignIn, member
from tests.mailroom.messages import Said, complaint, delivery_report

pytestmark = pytest.mark.django_db
ADDRESSES = ("gone@photonics.example", "full@photonics.example", "here@photonics.example", "there@photonics.example")


@pytest.fixture
def advisory(association: Organisation, subscribed: Callable[..., Subscription], published: Make, settings: Any) -> Advisory:
    """One that has left for four addresses."""
    settings.BOUNCE_ADDRESS = "bounces@portal.example"
    for address in ADDRESSES:
        subscribed(association, address)
    made, left = published(), timezone.now()
    for place, address in enumerate(ADDRESSES):
        at = left + timedelta(minutes=place)
        of_one = Envelope.objects.of_source(made.source).filter(address=address)
        of_one.update(state=State.SENT, sent_at=at, next_attempt_at=None)
    return made


def come_back(advisory: Advisory, address: str, status: str = "5.1.1") -> None:
    envelope = Envelope.objects.of_source(advisory.source).get(address=address)
    returns.take(delivery_report(returns.return_path(envelope.pk), Said(address, status=status)), now=timezone.now())


def page(client: Client, name: str, *args: object, query: str = "") -> str:
    return client.get(reverse(name, args=args) + query).content.decode()


def test_what_came_back_is_shown_and_not_counted_as_delivered(advisory: Advisory, editor: User, signed_in: SignIn) -> None:
    come_back(advisory, ADDRESSES[0])
    come_back(advisory, ADDRESSES[1], "5.7.1")
    totals = figures.progress(advisory)
    assert (totals.total, totals.sent, totals.returned, totals.delivered, totals.is_whole) == (4, 4, 2, 2, True)
    client = signed_in(editor)
    shown = page(client, "focalpoint:advisory", advisory.pk)
    assert '<progress id="delivered" value="2" max="4">' in shown
    for said in ("Sent and came back", "The mailbox is gone", "Refused for what it is or who sent it", "look at SPF, DKIM"):
        assert said in shown
    assert "2 of 4" in page(client, "focalpoint:advisories")


def test_an_advisory_of_which_nothing_came_back_says_nothing_of_it(advisory: Advisory, editor: User, signed_in: SignIn) -> None:
    shown = page(signed_in(editor), "focalpoint:advisory", advisory.pk)
    assert "What mail servers said later" not in shown
    assert "look at SPF" not in shown


def test_the_time_to_reach_a_share_leaves_out_what_came_back(advisory: Advisory) -> None:
    assert [share for share, _took in figures.reach(advisory).within] == [50, 90, 95]
    before = figures.reach(advisory).within[0][1]
    come_back(advisory, ADDRESSES[0])
    within = figures.reach(advisory).within
    assert [share for share, _took in within] == [50]  # three of four have it, which is not 90 %
    assert within[0][1] == before + timedelta(minutes=1)


def test_the_desk_sees_a_mandated_association_whose_mail_came_back_and_restores_it(
    advisory: Advisory,
    association: Organisation,
    editor: User,
    signed_in: SignIn,
    mandated: Callable[..., Mandate],
) -> None:
    mandated(association, "Gone@Photonics.example", valid_from=timezone.localdate())
    come_back(advisory, ADDRESSES[0])
    client = signed_in(editor)
    shown = page(client, "focalpoint:stopped")
    for said in ("gone@photonics.example", "Asked to relay", "The mailbox is gone", "The mailbox does not exist (5.1.1)"):
        assert said in shown
    lift = reverse("focalpoint:stopped-lift", args=[Suppression.objects.get().pk])
    assert client.post(lift, {"because": "Mended, they say"}).status_code == 302
    assert not Suppression.objects.in_force().exists()
    come_back(advisory, ADDRESSES[0])  # the same report once more
    assert not Suppression.objects.in_force().exists()


def test_the_desk_narrows_the_addresses_by_reason(advisory: Advisory, editor: User, signed_in: SignIn) -> None:
    come_back(advisory, ADDRESSES[0])
    envelope = Envelope.objects.of_source(advisory.source).get(address=ADDRESSES[1])
    returns.take(complaint("fbl@portal.example", mail_from=returns.return_path(envelope.pk)), now=timezone.now())
    client = signed_in(editor)
    shown = {
        name: page(client, "focalpoint:stopped", query=f"?queue={name}") for name in ("all", "gone", "complained", "unreachable")
    }
    assert {name: [ADDRESSES[0] in text, ADDRESSES[1] in text] for name, text in shown.items()} == {
        "all": [True, True],
        "gone": [True, False],
        "complained": [False, True],
        "unreachable": [False, False],
    }
    assert "No such address" in shown["unreachable"]
    assert client.get(reverse("focalpoint:stopped") + "?queue=none").status_code == 422


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_of_stopped_addresses_takes_as_many_queries_for_many(
    number: int, editor: User, signed_in: SignIn, django_assert_num_queries: Any
) -> None:
    stop(number)
    client = signed_in(editor)
    with django_assert_num_queries(6):  # session, user, memberships, count, rows, mandates
        page(client, "focalpoint:stopped")


def stop(number: int, reason: Reason = Reason.GONE, status: str = "5.1.1") -> None:
    for each in ADDRESSES[:number]:
        suppressing.suppress(address=each, list_id="", reason=reason, status=status, now=timezone.now())


@pytest.mark.parametrize(
    ("reason", "status", "said"),
    [
        (Reason.GONE, "5.1.1", "Its mail server says: The mailbox does not exist."),
        (Reason.UNREACHABLE, "5.0.0", "Mend the mailbox and enter the address anew below"),
        (Reason.COMPLAINED, "", "advisories are unwanted"),
        (Reason.UNSUBSCRIBED, "", "Its reader stopped advisories"),
    ],
)
def test_a_subscriber_reads_why_an_address_gets_none_and_enters_it_anew(
    reason: Reason,
    status: str,
    said: str,
    association: Organisation,
    association_officer: User,
    subscribed: Callable[..., Subscription],
    signed_in: SignIn,
) -> None:
    subscribed(association, "GONE@photonics.example")
    subscribed(association, ADDRESSES[2])
    stop(1, reason, status)
    client = signed_in(association_officer)
    shown = page(client, "advisories:subscription")
    assert said in shown
    assert shown.count("Gets none") == 1
    anew = {"organisation": association.pk, "address": "gone@photonics.example", "language": "en"}
    anew |= {"least_urgency": "routine", "pace": "immediate", "channel": "mail"}
    assert client.post(reverse("advisories:subscription"), anew).status_code == 302
    assert "Gets none" not in page(client, "advisories:subscription")


def test_nobody_reads_that_mail_to_another_organisation_came_back(
    association: Organisation, firm: Organisation, subscribed: Callable[..., Subscription], signed_in: SignIn, signatory: User
) -> None:
    subscribed(association, ADDRESSES[0])
    subscribed(firm, ADDRESSES[2])
    stop(1)
    shown = page(signed_in(signatory), "advisories:subscription")
    assert ADDRESSES[2] in shown
    assert "Gets none" not in shown


@pytest.mark.parametrize("number", [1, 3])
def test_the_subscribers_page_takes_as_many_queries_for_many(
    number: int,
    association: Organisation,
    association_officer: User,
    subscribed: Callable[..., Subscription],
    signed_in: SignIn,
    django_assert_num_queries: Any,
) -> None:
    for address in ADDRESSES[:number]:
        subscribed(association, address)
    stop(number)
    client = signed_in(association_officer)
    client.get(reverse("advisories:subscription"))
    with django_assert_num_queries(10):  # with one for the certificates of all, and one for mandates
        page(client, "advisories:subscription")


def test_a_correction_goes_to_no_mailbox_that_is_gone(advisory: Advisory, today: date) -> None:
    """It is written to all whom the wrong one may have reached; what is kept from an address ends when a worker comes to it."""
    come_back(advisory, ADDRESSES[0])
    assert Envelope.objects.of_source(advisory.source).told().count() == 4
    assert audience.stopped(ADDRESSES).keys() == {ADDRESSES[0]}


def test_an_editor_of_another_agency_does_not_see_the_addresses(
    advisory: Advisory, licensing_editor: User, firm: Organisation, signed_in: SignIn
) -> None:
    come_back(advisory, ADDRESSES[0])
    for person in (licensing_editor, member(firm, "Fanny Firm")):
        assert signed_in(person).get(reverse("focalpoint:stopped")).status_code == 403
