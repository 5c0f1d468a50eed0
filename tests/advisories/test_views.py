from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.test import Client

from advisories.models import Subscription
from advisories.services import editing
from catalogue.models import Segment
from organisations.models import Organisation, User
from tests.advisories.conftest import Make
from tests.conftest import SignIn

pytestmark = pytest.mark.django_db
WISHES = {"language": "en", "least_urgency": "routine", "pace": "immediate", "channel": "mail"}


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize("address", ["/advisories/", "/advisories/feed.atom", "/advisories/feed.json", "/api/v1/advisories/"])
def test_a_list_takes_a_fixed_number_of_queries(
    number: int, address: str, published: Make, lasers: Segment, django_assert_max_num_queries: Any
) -> None:
    for _ in range(number):
        published(tlp="clear", segments=[lasers])
    with django_assert_max_num_queries(7):  # count, rows, segments, translations, files; what each replaces and is replaced by
        assert Client().get(address).status_code == 200


@pytest.mark.parametrize("number", [1, 3])
def test_a_list_for_members_takes_a_fixed_number_of_queries(
    number: int, published: Make, lasers: Segment, signatory: User, signed_in: SignIn, django_assert_num_queries: Any
) -> None:
    for _ in range(number):
        published(tlp="green", segments=[lasers])
    client = signed_in(signatory)
    client.get("/advisories/")
    with django_assert_num_queries(9):  # session, user, memberships, what is named twice, count, rows, segments, translations
        assert client.get("/advisories/").status_code == 200


def test_the_list_is_narrowed_by_kind_and_keeps_the_choice_while_paging(published: Make) -> None:
    published(tlp="clear", kind="event", title="A seminar")
    for _ in range(21):
        published(tlp="clear", kind="threat", title="A threat")
    text = Client().get("/advisories/?kind=event").content.decode()
    assert "A seminar" in text
    assert "A threat" not in text
    assert "kind=threat" in Client().get("/advisories/?kind=threat").content.decode().partition('class="govuk-pagination')[2]


@pytest.mark.parametrize("query", ["kind=nothing", "colour=red", "page=x"])
def test_a_parameter_that_is_unknown_or_wrong_is_refused_in_words(query: str, published: Make) -> None:
    published(tlp="clear")
    response = Client().get(f"/advisories/?{query}")
    assert response.status_code == 422
    assert "Orders for thermal cameras" not in response.content.decode()
    problem = Client().get(f"/api/v1/advisories/?{query}")
    assert problem.status_code == 400
    assert problem["Content-Type"].startswith("application/problem+json")


def test_the_newest_stands_first(published: Make, approved: Make, editor: User, now: datetime, today: Any) -> None:
    published(tlp="clear", title="Older")
    editing.publish(approved(tlp="clear", title="Newer"), by=editor, now=now.replace(hour=12), today=today)
    text = Client().get("/advisories/").content.decode()
    assert text.index("Newer") < text.index("Older")


def test_a_page_shows_label_words_and_whom_it_concerns(published: Make, lasers: Segment) -> None:
    advisory = published(tlp="clear", segments=[lasers], body="**Bold** <script>alert(1)</script>")
    text = Client().get(advisory.get_absolute_url()).content.decode()
    assert text.count("TLP:CLEAR") == 2
    assert "<strong>Bold</strong>" in text
    assert "<script>alert" not in text
    assert "Lasers" in text


def test_a_withdrawn_advisory_says_so_and_leaves_the_feeds(published: Make, approver: User, now: datetime) -> None:
    advisory = published(tlp="clear")
    editing.withdraw(advisory, reason="The parts were others.", by=approver, now=now)
    text = Client().get(advisory.get_absolute_url()).content.decode()
    assert "Don't act on it any more" in text.replace("&#x27;", "'")
    assert "The parts were others." in text
    assert "Orders for thermal cameras" not in Client().get("/advisories/feed.atom").content.decode()


def test_the_atom_feed_is_well_formed_and_kept_by_strangers_only(published: Make, signatory: User, signed_in: SignIn) -> None:
    advisory = published(tlp="clear", title="Lasers & <mirrors>")
    response = Client().get("/advisories/feed.atom")
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    (entry,) = ET.fromstring(response.content).findall("{http://www.w3.org/2005/Atom}entry")  # noqa: S314  our own output
    assert entry.findtext("{http://www.w3.org/2005/Atom}title") == "TLP:CLEAR Lasers & <mirrors>"
    assert entry.findtext("{http://www.w3.org/2005/Atom}id") == f"urn:uuid:{advisory.pk}"
    assert "public" in response["Cache-Control"]
    assert "Cookie" in response["Vary"]
    private = signed_in(signatory).get("/advisories/feed.atom")
    assert "no-store" in private["Cache-Control"]


def test_the_json_feed_names_its_version(published: Make) -> None:
    advisory = published(tlp="clear")
    response = Client().get("/advisories/feed.json")
    assert response["Content-Type"] == "application/feed+json"
    feed = json.loads(response.content)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert [item["id"] for item in feed["items"]] == [f"urn:uuid:{advisory.pk}"]


def test_the_api_shows_one_advisory_whole(published: Make, lasers: Segment, focal_point: Organisation) -> None:
    advisory = published(tlp="clear", segments=[lasers])
    found = Client().get(f"/api/v1/advisories/{advisory.pk}/").json()
    assert found == {
        "id": str(advisory.pk),
        "url": f"/advisories/{advisory.pk}/",
        "kind": "threat",
        "tlp": "TLP:CLEAR",
        "urgency": "routine",
        "state": "published",
        "title": "Orders for thermal cameras",
        "summary": "New resellers ask for many.",
        "body": advisory.body,
        "what_to_do": "Ask for the end user.",
        "what_changed": "",
        "language": "en",
        "segments": ["CTA01.1"],
        "control_entries": [],
        "destinations": [],
        "roles": [],
        "legal_references": [],
        "attachments": [],
        "valid_from": None,
        "valid_to": None,
        "agency": focal_point.name,
        "published_at": "2026-11-23T11:30:00+02:00",
        "supersedes": [],
        "superseded_by": [],
        "withdrawn_at": None,
        "withdrawal_reason": "",
        "original_language": "en",
        "languages": ["en"],
    }


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_the_api_is_read_only(method: str, published: Make, editor: User, signed_in: SignIn) -> None:
    advisory = published(tlp="clear")
    assert getattr(signed_in(editor), method)(f"/api/v1/advisories/{advisory.pk}/").status_code in (403, 405)


def test_an_association_officer_subscribes_and_stops(
    association: Organisation, association_officer: User, signed_in: SignIn, photonics: Segment
) -> None:
    client = signed_in(association_officer)
    assert client.get("/advisories/subscription/").status_code == 200
    typed = {
        "organisation": str(association.pk),
        "address": "notices@cluster.example",
        "segments": ["CTA01"],
        **WISHES,
    }
    assert client.post("/advisories/subscription/", typed).status_code == 302
    subscription = Subscription.objects.get()
    assert (subscription.address, list(subscription.segments.all())) == ("notices@cluster.example", [photonics])
    assert "notices@cluster.example" in client.get("/advisories/subscription/").content.decode()
    assert client.post(f"/advisories/subscription/{subscription.pk}/end/").status_code == 302
    assert not Subscription.objects.active().exists()


def test_a_refused_subscription_keeps_what_was_typed(
    association: Organisation, association_officer: User, signed_in: SignIn
) -> None:
    typed = {
        "organisation": str(association.pk),
        "address": "not an address",
        **WISHES,
    }
    response = signed_in(association_officer).post("/advisories/subscription/", typed)
    assert response.status_code == 422
    assert "not an address" in response.content.decode()


def test_nobody_subscribes_or_stops_for_another_organisation(
    firm: Organisation, association_officer: User, signed_in: SignIn, subscribed: Callable[..., Subscription]
) -> None:
    subscription = subscribed(firm, "a@firm.example")
    client = signed_in(association_officer)
    typed = {
        "organisation": str(firm.pk),
        "address": "b@firm.example",
        **WISHES,
    }
    assert client.post("/advisories/subscription/", typed).status_code == 422
    assert client.post(f"/advisories/subscription/{subscription.pk}/end/").status_code == 404
    assert "a@firm.example" not in client.get("/advisories/subscription/").content.decode()
    assert Subscription.objects.active().get() == subscription


def test_the_subscription_page_is_closed_to_strangers_and_to_officials_without_the_role(officer: User, signed_in: SignIn) -> None:
    assert Client().get("/advisories/subscription/").status_code == 302
    assert signed_in(officer).get("/advisories/subscription/").status_code == 403


def test_stopping_needs_a_post(
    firm: Organisation, signatory: User, signed_in: SignIn, subscribed: Callable[..., Subscription]
) -> None:
    subscription = subscribed(firm, "a@firm.example")
    assert signed_in(signatory).get(f"/advisories/subscription/{subscription.pk}/end/").status_code == 405
