"""The pages on which organisations keep webhooks and feeds: who sees what, what is shown once, and what a refusal says."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from advisories import signing
from advisories.models import FeedToken, Webhook, WebhookDelivery
from advisories.services import audience, webhooks
from catalogue.models import Segment
from organisations.models import Organisation, User
from tests.advisories.conftest import Make
from tests.conftest import SignIn

pytestmark = pytest.mark.django_db
Hooked = Callable[..., Webhook]
URL = "https://hooks.firm.example/in"


@pytest.fixture
def client(signatory: User, signed_in: SignIn) -> Client:
    return signed_in(signatory)


@pytest.fixture
def hook(hooked: Hooked, firm: Organisation) -> Webhook:
    return hooked(firm)


def typed(firm: Organisation, **changes: Any) -> dict[str, Any]:
    return {"organisation": str(firm.pk), "url": URL, "once": secrets.token_urlsafe(32)} | changes


def shown(response: Any) -> list[str]:
    found: list[str] = re.findall(r"(?:whsec_|fpf_)[A-Za-z0-9+/=_-]+", response.content.decode())
    return found


def test_a_webhook_is_added_and_its_secret_shown_this_once(client: Client, firm: Organisation, photonics: Segment) -> None:
    form = typed(firm, segments=["CTA01"])
    response = client.post("/advisories/webhooks/", form)
    assert response.status_code == 200
    hook = Webhook.objects.get()
    assert shown(response) == [signing.shown(signing.webhook_secret(hook.pk, version=1))]
    assert "no-store" in response["Cache-Control"]
    assert shown(client.post("/advisories/webhooks/", form)) == shown(response)  # pressed twice
    assert [each.code for each in Webhook.objects.get().segments.all()] == ["CTA01"]
    for address in ("/advisories/webhooks/", f"/advisories/webhooks/{hook.pk}/"):
        page = client.get(address)
        assert (page.status_code, shown(page)) == (200, [])
        assert URL in page.content.decode()


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://hooks.firm.example/", "https://"),
        ("https://169.254.169.254/latest", "not its IP address"),
        ("https://a:b@hooks.firm.example/", "user name"),
        ("", "required"),
    ],
)
def test_a_refused_address_is_explained_and_nothing_typed_is_lost(
    client: Client, firm: Organisation, photonics: Segment, url: str, why: str
) -> None:
    response = client.post("/advisories/webhooks/", typed(firm, url=url, segments=["CTA01"]))
    page = response.content.decode()
    assert response.status_code == 422
    assert why in page
    assert f'value="{url}"' in page or not url
    assert re.search(r'value="CTA01"[^>]*checked', page)
    assert not Webhook.objects.exists()


@pytest.mark.parametrize("once", ["", "x", "A" * 60, "ä" * 43])
def test_a_form_that_the_portal_did_not_make_is_refused(client: Client, firm: Organisation, once: str) -> None:
    for address in ("/advisories/webhooks/", "/advisories/feeds/"):
        assert client.post(address, typed(firm, once=once, name="Reader")).status_code == 422
    assert (Webhook.objects.count(), FeedToken.objects.count()) == (0, 0)


def test_nobody_adds_for_an_organisation_that_is_not_theirs(client: Client, association: Organisation) -> None:
    for address in ("/advisories/webhooks/", "/advisories/feeds/"):
        assert client.post(address, typed(association, name="Reader")).status_code == 422
    assert (Webhook.objects.count(), FeedToken.objects.count()) == (0, 0)


def test_others_find_nothing_there(
    hook: Webhook, association_officer: User, administrator: User, signed_in: SignIn, now: datetime
) -> None:
    delivery = WebhookDelivery.objects.create(webhook=hook, event="test", happened_at=now, next_attempt_at=now)
    token = FeedToken.objects.create(
        organisation=hook.organisation, name="R", digest=b"1", made_on=now.date(), made_by=hook.created_by
    )
    for person in (association_officer, administrator):
        client = signed_in(person)
        here = f"/advisories/webhooks/{hook.pk}/"
        assert client.get(here).status_code == 404
        for verb in ("test/", "rotate/", "switch/", "remove/", f"deliveries/{delivery.pk}/retry/"):
            assert client.post(here + verb, {"version": 1, "to": "off"}).status_code == 404
        assert client.post(f"/advisories/feeds/{token.pk}/revoke/").status_code == 404
        assert URL not in client.get("/advisories/webhooks/").content.decode()
    assert Webhook.objects.get().secret_version == 1
    assert FeedToken.objects.get().revoked_on is None


def test_a_delivery_of_another_webhook_is_not_found_under_this_one(
    client: Client, hook: Webhook, hooked: Hooked, association: Organisation, now: datetime
) -> None:
    other = WebhookDelivery.objects.create(
        webhook=hooked(association), event="test", happened_at=now, state="failed", outcome="timeout"
    )
    assert client.post(f"/advisories/webhooks/{hook.pk}/deliveries/{other.pk}/retry/").status_code == 404


def test_a_password_alone_does_not_do(hook: Webhook, signatory: User, firm: Organisation, signed_in: SignIn) -> None:
    client = signed_in(signatory, second_factor=False)
    for address in ("/advisories/webhooks/", "/advisories/feeds/", f"/advisories/webhooks/{hook.pk}/"):
        for response in (client.get(address), client.post(address, typed(firm, url=URL + "2", name="Reader"))):
            assert (response.status_code, "/2fa/" in response["Location"]) == (302, True)
    assert client.post(f"/advisories/webhooks/{hook.pk}/rotate/", {"version": 1}).status_code == 302
    assert (Webhook.objects.get().secret_version, FeedToken.objects.count()) == (1, 0)


def test_a_new_secret_is_shown_once_and_a_stale_page_is_told_so(client: Client, hook: Webhook) -> None:
    here = f"/advisories/webhooks/{hook.pk}/"
    response = client.post(here + "rotate/", {"version": 1})
    assert (response.status_code, len(shown(response))) == (200, 1)
    assert 'name="version" value="2"' in response.content.decode()
    assert shown(client.get(here)) == []
    Webhook.objects.update(secret_version=5)
    stale = client.post(here + "rotate/", {"version": 1})
    assert (stale.status_code, shown(stale)) == (409, [])
    assert client.post(here + "rotate/", {"version": "x"}).status_code == 400


def test_it_is_switched_off_and_on_and_removed(client: Client, hook: Webhook) -> None:
    here = f"/advisories/webhooks/{hook.pk}/"
    assert client.post(here + "remove/").status_code == 409
    assert client.post(here + "switch/", {"to": "sideways"}).status_code == 400
    client.post(here + "switch/", {"to": "off"})
    assert not Webhook.objects.get().is_on
    assert "Switched off by hand" in client.get(here).content.decode()
    client.post(here + "switch/", {"to": "on"})
    assert Webhook.objects.get().is_on
    client.post(here + "switch/", {"to": "off"})
    assert client.post(here + "remove/").status_code == 302
    assert not Webhook.objects.exists()


def test_a_test_is_on_its_way_and_then_the_page_says_what_came(client: Client, hook: Webhook) -> None:
    here = f"/advisories/webhooks/{hook.pk}/"
    assert client.post(here + "test/").status_code == 302
    page = client.get(here).content.decode()
    assert "The test is on its way." in page
    assert 'hx-trigger="every 2s"' in page
    again = client.post(here + "test/")
    assert (again.status_code, "Wait some seconds" in again.content.decode()) == (409, True)
    done: dict[str, Any] = {"next_attempt_at": None, "attempts": 1, "tried_at": timezone.now()}
    for changes, words in (
        ({"state": "sent", "outcome": "taken", "status": 202}, "It was taken. It answered with status 202."),
        ({"state": "failed", "outcome": "not-public", "status": None}, "not on the public internet."),
        ({"state": "failed", "outcome": "refused", "status": 1503 - 1000}, "something is wrong. It answered with status 503."),
    ):
        WebhookDelivery.objects.update(**done | changes)
        page = client.get(here).content.decode()
        assert words in page
        assert "hx-trigger" not in page


def test_the_log_shows_what_happened_and_lets_the_failed_be_sent_anew(client: Client, hook: Webhook, published: Make) -> None:
    advisory = published(tlp="green")
    here = f"/advisories/webhooks/{hook.pk}/"
    delivery = WebhookDelivery.objects.get()
    WebhookDelivery.objects.update(state="failed", outcome="refused", status=500, attempts=11, next_attempt_at=None)
    page = client.get(here).content.decode()
    for words in (advisory.title, "(500)", ">11<", "The receiver answered that something is wrong.", "Send anew"):
        assert words in page
    assert client.post(f"{here}deliveries/{delivery.pk}/retry/").status_code == 302
    assert WebhookDelivery.objects.get().state == "queued"
    assert client.post(f"{here}deliveries/{delivery.pk}/retry/").status_code == 409


def test_the_log_names_no_advisory_that_the_organisation_may_read_no_more(
    client: Client, hook: Webhook, firm: Organisation, subscribed: Any, published: Make, now: datetime
) -> None:
    subscription = subscribed(firm, "a@firm.example")
    advisory = published(tlp="amber", title="For those concerned")
    here = f"/advisories/webhooks/{hook.pk}/"
    assert advisory.title in client.get(here).content.decode()
    audience.unsubscribe(subscription, by=subscription.created_by, now=now)
    assert advisory.title not in client.get(here).content.decode()


@pytest.mark.parametrize("number", [1, 3])
def test_lists_take_a_fixed_number_of_queries(
    number: int,
    client: Client,
    hooked: Hooked,
    firm: Organisation,
    published: Make,
    lasers: Segment,
    signatory: User,
    django_assert_num_queries: Any,
) -> None:
    hooks = [hooked(firm, lasers, url=f"{URL}/{each}") for each in range(number)]
    for each in range(number):
        published(tlp="green", segments=[lasers])
        FeedToken.objects.create(organisation=firm, name="R", digest=bytes([each]), made_on=timezone.localdate(), made_by=signatory)
    client.get("/advisories/webhooks/")
    with django_assert_num_queries(6):  # session, user, memberships, the form's segments, webhooks, their segments
        client.get("/advisories/webhooks/")
    with django_assert_num_queries(9):  # session, user, memberships, what is named twice, the webhook, its segments, log and titles
        client.get(f"/advisories/webhooks/{hooks[0].pk}/")
    with django_assert_num_queries(5):  # session, user, memberships, count, rows
        client.get("/advisories/feeds/")


def test_the_log_has_an_end(client: Client, hook: Webhook, published: Make, now: datetime) -> None:
    for number in range(2):
        WebhookDelivery.objects.bulk_create(
            WebhookDelivery(webhook=hook, event="test", happened_at=now, state="failed", outcome="timeout", attempts=number)
            for _each in range(60)
        )
    assert client.get(f"/advisories/webhooks/{hook.pk}/").content.decode().count("No answer came within ten seconds") == 101


def test_a_feed_is_made_shown_once_used_and_revoked(client: Client, firm: Organisation, published: Make) -> None:
    published(tlp="green", title="For the community")
    form = typed(firm, name="Thunderbird in the office")
    response = client.post("/advisories/feeds/", form)
    assert response.status_code == 200
    secret = shown(response)[-1]
    assert shown(response) == [secret] * 3  # two addresses and the password
    assert shown(client.post("/advisories/feeds/", form)) == shown(response)
    assert FeedToken.objects.count() == 1
    assert shown(client.get("/advisories/feeds/")) == []
    addresses = re.findall(r"/advisories/feed/fpf_[^<]+", response.content.decode())
    stranger = Client()
    for address in addresses:
        assert "For the community" in stranger.get(address).content.decode()
    assert "Never" not in client.get("/advisories/feeds/").content.decode()
    client.post(f"/advisories/feeds/{FeedToken.objects.get().pk}/revoke/")
    assert [stranger.get(address).status_code for address in addresses] == [404, 404]
    assert "Revoked on" in client.get("/advisories/feeds/").content.decode()


def test_what_is_typed_is_shown_as_text(client: Client, firm: Organisation) -> None:
    client.post("/advisories/feeds/", typed(firm, name="<b>Reader</b>"))
    page = client.get("/advisories/feeds/").content.decode()
    assert "<b>Reader" not in page
    assert "&lt;b&gt;Reader" in page


def test_a_feeds_name_without_a_letter_or_with_a_control_character_is_refused(client: Client, firm: Organisation) -> None:
    for name in ("", "a\x07b", "x" * 61):
        assert client.post("/advisories/feeds/", typed(firm, name=name)).status_code == 422
    assert not FeedToken.objects.exists()


def test_what_the_api_says_is_what_its_description_says(published: Make) -> None:
    """The fields come from one place and are described in another."""
    advisory = published(tlp="clear")
    said = Client().get(f"/api/v1/advisories/{advisory.pk}/").json()
    schema = Client().get("/api/schema/").json()["components"]["schemas"]["Advisory"]
    assert list(said) == list(schema["properties"])
    assert json.dumps(said)


def test_who_keeps_an_agencys_webhooks_is_its_administrator(
    focal_point: Organisation, administrator: User, editor: User, signed_in: SignIn
) -> None:
    assert signed_in(administrator).post("/advisories/webhooks/", typed(focal_point)).status_code == 200
    assert signed_in(editor).get("/advisories/webhooks/").status_code == 403
    made = Webhook.objects.get()
    with pytest.raises(webhooks.UnableToKeep):
        webhooks.switch_off(made, by=editor, now=timezone.now())
