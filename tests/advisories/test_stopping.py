"""One click in a mail program stops advisories (RFC 8058); the desk sees it, and both sides can take it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from advisories.models import Advisory, Mandate, Subscription
from advisories.services import audience
from mailroom.models import Envelope, Suppression
from organisations.models import Organisation, Role, User
from tests.advisories.conftest import Make
from tests.conftest import SignIn, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def advisory(association: Organisation, subscribed: Callable[..., Subscription], published: Make) -> Advisory:
    subscribed(association, "news@photonics.example")
    return published()


@pytest.fixture
def token(advisory: Advisory) -> str:
    """That of the copy which went to the association."""
    return Envelope.objects.of_source(advisory.source).get(address="news@photonics.example").token


def stop(client: Client, token: str, **posted: str) -> int:
    return client.post(reverse("advisories:stop", args=[token]), posted).status_code


def test_one_click_needs_no_cookie_no_sign_in_and_no_second_page(token: str) -> None:
    client = Client(enforce_csrf_checks=True)
    assert stop(client, token, **{"List-Unsubscribe": "One-Click"}) == 200
    assert (Suppression.objects.get().address, dict(client.cookies)) == ("news@photonics.example", {})
    assert not Subscription.objects.active().exists()
    assert stop(client, token) == 200
    assert Suppression.objects.count() == 1


def test_looking_at_the_page_stops_nothing(token: str) -> None:
    """Mail programs and scanners open every link of a mail."""
    client = Client()
    assert {client.get(reverse("advisories:stop", args=[token])).status_code for _ in range(2)} == {200}
    assert client.head(reverse("advisories:stop", args=[token])).status_code == 200
    assert not Suppression.objects.exists()
    assert Subscription.objects.active().count() == 1


def test_a_token_of_nobody_is_answered_like_any_other(token: str) -> None:
    pages = [Client().post(reverse("advisories:stop", args=[each])).content for each in (token, "f" * 32)]
    assert pages[0].replace(token.encode(), b"") == pages[1].replace(b"f" * 32, b"")


def test_the_mail_names_the_address_in_its_header_and_not_in_its_words(token: str) -> None:
    """Whoever an association forwards it to must not be able to stop the association's mail."""
    letter = Envelope.objects.get(token=token).letter
    assert letter.stop_address.endswith("/advisories/stop/")
    assert "/stop/" not in letter.text + letter.html
    assert letter.list_id.startswith("advisories.")


def test_who_enters_the_address_anew_gets_them_again(
    token: str, association: Organisation, association_officer: User, now: datetime
) -> None:
    stop(Client(), token)
    audience.subscribe(organisation=association, address="News@photonics.example", by=association_officer, now=now)
    assert not Suppression.objects.in_force().exists()
    assert Suppression.objects.get().lifted_by == str(association_officer)


def test_the_desk_sees_who_stopped_and_lets_mail_go_again_with_a_reason(
    token: str, association: Organisation, focal_point: Organisation, signed_in: SignIn, mandated: Callable[..., Mandate]
) -> None:
    mandated(association, "NEWS@photonics.example", valid_from=timezone.localdate())
    stop(Client(), token)
    client = signed_in(member(focal_point, "Edda Editor", Role.EDITOR))
    page = client.get(reverse("focalpoint:stopped")).content.decode()
    assert "news@photonics.example" in page
    assert "Asked to relay" in page
    lift = reverse("focalpoint:stopped-lift", args=[Suppression.objects.get().pk])
    refused = client.post(lift, {"because": ""})
    assert (refused.status_code, Suppression.objects.in_force().count()) == (422, 1)
    assert client.post(lift, {"because": "Asked for by telephone"}).status_code == 302
    assert not Suppression.objects.in_force().exists()
    assert client.post(lift, {"because": "Twice"}).status_code == 404
