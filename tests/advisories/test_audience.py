from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from advisories.emails import compose
from advisories.models import MandateKind, Subscription
from advisories.services import audience, editing
from catalogue.models import Segment
from mailroom.models import Envelope, Letter, Priority
from organisations.models import Organisation, User
from tests.advisories.conftest import Make

pytestmark = pytest.mark.django_db
Subscribed = Callable[..., Subscription]


def addresses(advisory: Any, today: date) -> list[str]:
    return sorted(address for address, _name in editing.audience(advisory, today=today))


@pytest.mark.parametrize("label", ["clear", "green", "amber", "amber+strict"])
def test_subscribers_to_the_segments_get_it_and_others_do_not(
    label: str,
    drafted: Make,
    firm: Organisation,
    association: Organisation,
    photonics: Segment,
    quantum: Segment,
    subscribed: Subscribed,
    today: date,
) -> None:
    subscribed(firm, "photonics@firm.example", photonics)
    subscribed(firm, "quantum@firm.example", quantum)
    subscribed(association, "all@association.example")
    advisory = drafted(tlp=label, segments=[photonics])
    assert addresses(advisory, today) == ["all@association.example", "photonics@firm.example"]


def test_a_branch_includes_its_twigs_both_ways(
    drafted: Make, firm: Organisation, photonics: Segment, lasers: Segment, quantum: Segment, subscribed: Subscribed, today: date
) -> None:
    subscribed(firm, "branch@firm.example", photonics)
    subscribed(firm, "twig@firm.example", lasers)
    subscribed(firm, "quantum@firm.example", quantum)
    assert addresses(drafted(segments=[lasers]), today) == ["branch@firm.example", "twig@firm.example"]
    assert addresses(drafted(segments=[photonics]), today) == ["branch@firm.example", "twig@firm.example"]


def test_what_names_no_segment_goes_to_all(
    drafted: Make, firm: Organisation, quantum: Segment, subscribed: Subscribed, today: date
) -> None:
    subscribed(firm, "quantum@firm.example", quantum)
    assert addresses(drafted(), today) == ["quantum@firm.example"]


def test_who_has_unsubscribed_gets_nothing(
    drafted: Make, firm: Organisation, signatory: User, subscribed: Subscribed, now: datetime, today: date
) -> None:
    subscription = subscribed(firm, "gone@firm.example")
    audience.unsubscribe(subscription, by=signatory, now=now)
    audience.unsubscribe(subscription, by=signatory, now=now + timedelta(days=1))
    subscription.refresh_from_db()
    assert subscription.ended_at == now
    assert addresses(drafted(), today) == []


def test_an_association_mandated_to_relay_is_always_included(
    drafted: Make, association: Organisation, photonics: Segment, lasers: Segment, quantum: Segment, mandated: Any, today: date
) -> None:
    mandated(association, "relay@association.example", photonics)
    assert addresses(drafted(segments=[lasers]), today) == ["relay@association.example"]
    assert addresses(drafted(segments=[quantum]), today) == []


@pytest.mark.parametrize(
    ("changes", "days", "included"),
    [
        ({}, 0, True),
        ({}, -1, False),
        ({"valid_to": date(2026, 11, 30)}, 7, True),
        ({"valid_to": date(2026, 11, 30)}, 8, False),
        ({"kind": MandateKind.COORDINATION}, 0, False),
    ],
)
def test_a_mandate_counts_for_its_kind_and_period(
    drafted: Make, association: Organisation, mandated: Any, today: date, changes: dict[str, Any], days: int, *, included: bool
) -> None:
    mandated(association, "relay@association.example", **changes)
    assert bool(addresses(drafted(), today + timedelta(days=days))) is included


def test_an_address_that_is_both_subscribed_and_mandated_gets_one_copy(
    published: Make, association: Organisation, subscribed: Subscribed, mandated: Any
) -> None:
    subscribed(association, "Relay@association.example")
    mandated(association, "relay@association.example")
    published()
    assert Envelope.objects.count() == 1


def test_red_goes_to_agencies_alone_and_holds_no_words(
    published: Make,
    firm: Organisation,
    association: Organisation,
    licensing_agency: Organisation,
    subscribed: Subscribed,
    mandated: Any,
) -> None:
    subscribed(firm, "firm@firm.example")
    mandated(association, "relay@association.example")
    subscribed(licensing_agency, "board@agency.example")
    published(tlp="red")
    assert list(Envelope.objects.values_list("address", flat=True)) == ["board@agency.example"]
    letter = Letter.objects.get()
    everything = letter.subject + letter.text + letter.html
    for words in ("thermal", "resellers", "First orders", "end user"):
        assert words not in everything
    assert letter.subject == "TLP:RED An advisory is waiting for you"
    assert "sign in" in letter.text


@pytest.mark.parametrize(
    ("urgency", "priority"), [("routine", Priority.BULK), ("priority", Priority.ORDINARY), ("urgent", Priority.URGENT)]
)
def test_what_is_urgent_goes_ahead(
    published: Make, firm: Organisation, subscribed: Subscribed, urgency: str, priority: Priority
) -> None:
    subscribed(firm, "firm@firm.example")
    published(urgency=urgency)
    assert Envelope.objects.get().priority == priority


@pytest.mark.parametrize("label", ["clear", "green", "amber", "amber+strict", "red"])
def test_the_label_stands_in_the_subject_and_at_top_and_bottom(drafted: Make, label: str) -> None:
    mail = compose(drafted(tlp=label))
    shown = f"TLP:{label.upper()}"
    lines = mail.text.strip().splitlines()
    assert mail.subject.startswith(f"{shown} ")
    assert (lines[0], lines[-1]) == (shown, shown)
    assert mail.html.count(f">{shown}<") == 2


def test_the_html_says_the_same_words_and_fetches_nothing(drafted: Make) -> None:
    mail = compose(drafted(title="Lasers & <mirrors>", body="A *point*\n\n<script>x</script> ![p](https://t.example/p.gif)"))
    assert "Lasers & <mirrors>" in mail.text
    assert "Lasers &amp; &lt;mirrors&gt;" in mail.html
    assert "<em>point</em>" in mail.html
    for sign in ("<script", "<img", "src=", "url("):
        assert sign not in mail.html


def test_who_acts_for_an_organisation_subscribes_it_and_nobody_else(
    firm: Organisation, association: Organisation, signatory: User, association_officer: User, officer: User, now: datetime
) -> None:
    audience.subscribe(organisation=firm, address="a@firm.example", by=signatory, now=now)
    audience.subscribe(organisation=association, address="a@association.example", by=association_officer, now=now)
    for person in (association_officer, officer):
        with pytest.raises(audience.UnableToSubscribe):
            audience.subscribe(organisation=firm, address="b@firm.example", by=person, now=now)
        with pytest.raises(audience.UnableToUnsubscribe):
            audience.unsubscribe(Subscription.objects.get(organisation=firm), by=person, now=now)
    assert Subscription.objects.active().count() == 2


def test_an_address_subscribed_again_changes_its_segments(
    firm: Organisation, signatory: User, photonics: Segment, now: datetime
) -> None:
    audience.subscribe(organisation=firm, address="a@firm.example", by=signatory, now=now)
    audience.subscribe(organisation=firm, address="A@firm.example", segments=[photonics], by=signatory, now=now)
    assert list(Subscription.objects.get().segments.all()) == [photonics]


@pytest.mark.parametrize("bad", ["nobody", "a@firm.example\nBcc: b@x.example", "a b@firm.example"])
def test_what_is_no_address_is_not_subscribed(firm: Organisation, signatory: User, now: datetime, bad: str) -> None:
    with pytest.raises(audience.UnableToSubscribe):
        audience.subscribe(organisation=firm, address=bad, by=signatory, now=now)


def test_only_the_focal_point_grants_a_mandate_and_only_to_an_association(
    association: Organisation,
    firm: Organisation,
    officer: User,
    licensing_officer: User,
    association_officer: User,
    now: datetime,
    today: date,
) -> None:
    terms: dict[str, Any] = {"kind": MandateKind.RELAY, "address": "a@b.example", "valid_from": today, "now": now}
    audience.grant_mandate(association=association, valid_to=None, by=officer, **terms)
    for person in (licensing_officer, association_officer):
        with pytest.raises(audience.UnableToGrant):
            audience.grant_mandate(association=association, valid_to=None, by=person, **terms)
    with pytest.raises(audience.UnableToGrant, match="association"):
        audience.grant_mandate(association=firm, valid_to=None, by=officer, **terms)
    with pytest.raises(audience.UnableToGrant, match="before it begins"):
        audience.grant_mandate(association=association, valid_to=today - timedelta(days=1), by=officer, **terms)


def test_the_database_refuses_an_active_subscription_that_has_ended(
    firm: Organisation, subscribed: Subscribed, now: datetime
) -> None:
    subscribed(firm, "a@firm.example")
    with pytest.raises(IntegrityError), transaction.atomic():
        Subscription.objects.update(ended_at=now)
