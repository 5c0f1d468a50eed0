"""Subscribers choose kinds, and from which urgency on; those who are mandated to relay get everything for their segments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from advisories import lifecycle
from advisories.models import Mandate, Subscription, Urgency
from advisories.services import audience, editing, foreseeing
from advisories.services.foreseeing import Gap
from catalogue.models import Segment
from organisations.models import Organisation, User
from tests.advisories.conftest import Make
from tests.conftest import SignIn

pytestmark = pytest.mark.django_db


def test_urgencies_are_compared_as_people_do() -> None:
    assert {urgency: lifecycle.urgencies_up_to(urgency) for urgency in Urgency.values} == {
        "routine": ("routine",),
        "priority": ("routine", "priority"),
        "urgent": ("routine", "priority", "urgent"),
    }


@pytest.mark.parametrize(
    ("kinds", "least_urgency", "kind", "urgency", "goes"),
    [
        ([], "routine", "event", "routine", True),
        (["threat", "guidance"], "routine", "guidance", "routine", True),
        (["threat", "guidance"], "routine", "event", "routine", False),
        (["threat"], "routine", "event", "urgent", False),
        ([], "priority", "threat", "routine", False),
        ([], "priority", "threat", "priority", True),
        ([], "priority", "threat", "urgent", True),
        ([], "urgent", "threat", "priority", False),
        (["threat"], "urgent", "threat", "urgent", True),
    ],
)
def test_what_somebody_wants_goes_to_them_and_the_desk_sees_who_wants_it_not(
    drafted: Make,
    firm: Organisation,
    signatory: User,
    now: datetime,
    today: date,
    kinds: list[str],
    least_urgency: str,
    kind: str,
    urgency: str,
    *,
    goes: bool,
) -> None:
    audience.subscribe(organisation=firm, address="a@firm.example", kinds=kinds, least_urgency=least_urgency, by=signatory, now=now)
    advisory = drafted(kind=kind, urgency=urgency)
    assert editing.addresses(advisory, today=today) == int(goes)
    unwilling = [] if goes else [firm]
    assert list(foreseeing.missed(advisory, Gap.WISH, today=today)) == unwilling


def test_a_relay_gets_what_subscribers_left_out(
    drafted: Make, association: Organisation, mandated: Callable[..., Mandate], today: date
) -> None:
    mandated(association, "relay@association.example")
    assert [editing.addresses(drafted(kind=kind), today=today) for kind in ("threat", "event")] == [1, 1]


def test_whoever_wants_it_at_one_address_is_not_missed(
    drafted: Make, firm: Organisation, signatory: User, subscribed: Callable[..., Subscription], now: datetime, today: date
) -> None:
    audience.subscribe(organisation=firm, address="a@firm.example", kinds=["event"], by=signatory, now=now)
    assert foreseeing.missed(drafted(), Gap.WISH, today=today).count() == 1
    subscribed(firm, "b@firm.example")
    assert foreseeing.missed(drafted(), Gap.WISH, today=today).count() == 0


def test_a_wish_opens_and_closes_no_page(
    published: Make, firm: Organisation, signatory: User, signed_in: SignIn, now: datetime
) -> None:
    """The label says who may read; a wish, what is mailed."""
    audience.subscribe(organisation=firm, address="a@firm.example", kinds=["event"], by=signatory, now=now)
    assert signed_in(signatory).get(published(kind="threat", tlp="amber").get_absolute_url()).status_code == 200


@pytest.mark.parametrize("wrong", [{"kinds": ["gossip"]}, {"least_urgency": "soon"}, {"pace": "hourly"}, {"channel": "fax"}])
def test_the_database_refuses_kinds_and_urgencies_that_are_none(
    firm: Organisation, subscribed: Callable[..., Subscription], wrong: dict[str, Any]
) -> None:
    subscribed(firm, "a@firm.example")
    Subscription.objects.update(kinds=["threat", "event"], least_urgency="urgent")
    with pytest.raises(IntegrityError), transaction.atomic():
        Subscription.objects.update(**wrong)


TYPED = {
    "address": "a@firm.example",
    "language": "en",
    "least_urgency": "priority",
    "kinds": ["threat", "event"],
    "pace": "weekly",
    "channel": "mail",
}


def test_the_page_keeps_the_wishes_and_shows_them_for_a_change(
    firm: Organisation, signatory: User, photonics: Segment, signed_in: SignIn
) -> None:
    client = signed_in(signatory)
    typed = TYPED | {"organisation": str(firm.pk), "segments": ["CTA01"]}
    assert client.post("/advisories/subscription/", typed).status_code == 302
    subscription = Subscription.objects.get()
    assert (subscription.kinds, subscription.least_urgency, subscription.pace) == (["threat", "event"], "priority", "weekly")
    text = client.get("/advisories/subscription/").content.decode()
    assert "Threat, Event" in text
    assert "From Priority on" in text
    assert "Once a week</div>" in text
    begun = client.get(f"/advisories/subscription/{subscription.pk}/").content.decode()
    for chosen in ('value="threat"', 'value="event"', 'value="priority"', 'value="weekly"', 'value="mail"', 'value="CTA01"'):
        start = begun.index(chosen)
        assert "checked" in begun[start : begun.index(">", start)]
    assert 'value="a@firm.example"' in begun


@pytest.mark.parametrize(
    "wrong", [{"kinds": ["gossip"]}, {"least_urgency": "soon"}, {"least_urgency": ""}, {"pace": "hourly"}, {"channel": "fax"}]
)
def test_a_refused_wish_keeps_what_was_typed(firm: Organisation, signatory: User, signed_in: SignIn, wrong: dict[str, Any]) -> None:
    response = signed_in(signatory).post("/advisories/subscription/", TYPED | {"organisation": str(firm.pk)} | wrong)
    assert response.status_code == 422
    assert "a@firm.example" in response.content.decode()
    assert not Subscription.objects.exists()


def test_feed_only_is_said_in_words(firm: Organisation, signatory: User, signed_in: SignIn) -> None:
    typed = TYPED | {"organisation": str(firm.pk), "channel": "feed"}
    text = signed_in(signatory).post("/advisories/subscription/", typed, follow=True).content.decode()
    assert "No mail goes to this address" in text
    assert "In the feed only</div>" in text


def test_nobody_sees_the_wishes_of_another_organisation(
    firm: Organisation, association_officer: User, subscribed: Callable[..., Subscription], signed_in: SignIn
) -> None:
    subscription = subscribed(firm, "a@firm.example")
    assert signed_in(association_officer).get(f"/advisories/subscription/{subscription.pk}/").status_code == 404
