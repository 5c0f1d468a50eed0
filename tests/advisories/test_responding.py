"""Readers say that they have read an advisory and passed it on; the desk sees its reach, and nobody is followed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from advisories import figures
from advisories.models import Advisory, Response, Subscription
from advisories.services import editing, responding
from mailroom.models import Envelope
from mailroom.models import State as Fate
from organisations.models import Organisation, Role, User
from portal.templatetags.portal import duration
from tests.advisories.conftest import Make
from tests.conftest import SignIn, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def signatory(firm: Organisation) -> User:
    return member(firm, "Siim Signatory", Role.SIGNATORY)


def test_saying_it_twice_is_saying_it_once(published: Make, firm: Organisation, signatory: User, today: date) -> None:
    advisory = published()
    for day in (today, today + timedelta(days=3)):
        responding.acknowledge(advisory, organisation=firm, by=signatory, today=day)
    only = Response.objects.get()
    assert (only.organisation, only.read_on, only.relayed_on, only.members) == (firm, today, None, None)


def test_of_what_was_passed_on_the_latest_number_stands(
    published: Make, association: Organisation, association_officer: User, today: date
) -> None:
    advisory = published()
    for members, day in ((40, today), (120, today + timedelta(days=2))):
        responding.relay(advisory, organisation=association, members=members, by=association_officer, today=day)
    only = Response.objects.get()
    assert (only.members, only.relayed_on, only.read_on) == (120, today + timedelta(days=2), today)


@pytest.mark.parametrize("tlp", ["clear", "green", "amber"])
def test_what_its_label_lets_pass_is_passed_on(
    tlp: str,
    published: Make,
    association: Organisation,
    association_officer: User,
    subscribed: Callable[..., Subscription],
    today: date,
) -> None:
    subscribed(association, "news@photonics.example")
    response = responding.relay(published(tlp=tlp), organisation=association, members=5, by=association_officer, today=today)
    assert response.members == 5


def test_amber_strict_is_passed_on_to_nobody(
    published: Make, association: Organisation, association_officer: User, subscribed: Callable[..., Subscription], today: date
) -> None:
    subscribed(association, "news@photonics.example")
    with pytest.raises(responding.UnableToRespond, match="does not let you pass it on"):
        responding.relay(published(tlp="amber+strict"), organisation=association, members=5, by=association_officer, today=today)


def test_a_firm_relays_nothing_and_nobody_speaks_for_others(
    published: Make, firm: Organisation, association: Organisation, signatory: User, focal_point: Organisation, today: date
) -> None:
    advisory = published()
    with pytest.raises(responding.UnableToRespond):
        responding.relay(advisory, organisation=firm, members=5, by=signatory, today=today)
    with pytest.raises(responding.UnableToRespond):
        responding.acknowledge(advisory, organisation=association, by=signatory, today=today)
    administrator = member(focal_point, "Anu Administrator", Role.ADMINISTRATOR)
    with pytest.raises(responding.UnableToRespond):
        responding.acknowledge(advisory, organisation=focal_point, by=administrator, today=today)


def test_who_may_not_read_it_says_nothing_of_it(
    published: Make, drafted: Make, firm: Organisation, signatory: User, signed_in: SignIn, today: date
) -> None:
    for advisory in (published(tlp="red"), drafted()):
        with pytest.raises(responding.UnableToRespond):
            responding.acknowledge(advisory, organisation=firm, by=signatory, today=today)
        posted = signed_in(signatory).post(reverse("advisories:acknowledge", args=[advisory.pk]), {"organisation": firm.pk})
        assert posted.status_code == 404


@pytest.mark.parametrize("members", [0, -1, 1_000_001])
def test_an_impossible_number_is_refused_by_the_verb_and_by_the_database(
    members: int, published: Make, association: Organisation, association_officer: User, today: date
) -> None:
    advisory = published()
    with pytest.raises(responding.UnableToRespond):
        responding.relay(advisory, organisation=association, members=members, by=association_officer, today=today)
    row = Response(advisory=advisory, organisation=association, by=association_officer, read_on=today, relayed_on=today)
    row.members = members
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_the_page_takes_both_answers_and_shows_them(
    published: Make, association: Organisation, association_officer: User, signed_in: SignIn
) -> None:
    advisory, client = published(), signed_in(association_officer)
    page = client.get(advisory.get_absolute_url()).content.decode()
    assert "We have read it" in page
    said = client.post(reverse("advisories:acknowledge", args=[advisory.pk]), {"organisation": association.pk}, follow=True)
    assert "Read, said on" in said.content.decode()
    assert "We have read it" not in said.content.decode()
    relay = reverse("advisories:relay", args=[advisory.pk])
    refused = client.post(relay, {"organisation": association.pk, "members": "many"})
    assert (refused.status_code, 'value="many"' in refused.content.decode()) == (422, True)
    told = client.post(relay, {"organisation": association.pk, "members": "120"}, follow=True)
    assert "Passed on to 120 members" in told.content.decode()


def test_an_organisation_of_nobody_or_of_others_is_not_there(
    published: Make, firm: Organisation, association_officer: User, signed_in: SignIn
) -> None:
    advisory, client = published(), signed_in(association_officer)
    for organisation in (firm.pk, "00000000-0000-4000-8000-000000000000"):
        posted = client.post(reverse("advisories:acknowledge", args=[advisory.pk]), {"organisation": organisation})
        assert posted.status_code == 404
    assert client.post(reverse("advisories:acknowledge", args=[advisory.pk]), {"organisation": "x"}).status_code == 422
    assert not Response.objects.exists()


def test_strangers_and_officials_are_asked_for_nothing(published: Make, editor: User, signed_in: SignIn) -> None:
    advisory = published(tlp="clear")
    for client in (Client(), signed_in(editor)):
        assert "Tell the focal point" not in client.get(advisory.get_absolute_url()).content.decode()


def test_what_is_withdrawn_asks_for_nothing(
    published: Make, approver: User, association_officer: User, signed_in: SignIn, now: datetime
) -> None:
    advisory = editing.withdraw(published(), reason="Wrong.", by=approver, now=now)
    assert "We have read it" not in signed_in(association_officer).get(advisory.get_absolute_url()).content.decode()


def test_the_desk_sees_whom_it_reached_and_how_fast(
    published: Make,
    association: Organisation,
    firm: Organisation,
    association_officer: User,
    signatory: User,
    subscribed: Callable[..., Subscription],
    editor: User,
    signed_in: SignIn,
    now: datetime,
    today: date,
) -> None:
    for number in range(10):
        subscribed(association, f"news{number}@photonics.example")
    advisory = published()
    for number, copy in enumerate(Envelope.objects.of_source(advisory.source).order_by("pk")[:9], start=1):
        Envelope.objects.filter(pk=copy.pk).update(
            state=Fate.SENT, sent_at=now + timedelta(seconds=10 * number), next_attempt_at=None
        )
    responding.acknowledge(advisory, organisation=firm, by=signatory, today=today)
    responding.relay(advisory, organisation=association, members=120, by=association_officer, today=today)
    found = figures.reach(advisory)
    assert (found.read, found.relaying, found.members) == (2, 1, 120)
    assert found.within == [(50, timedelta(seconds=50)), (90, timedelta(seconds=90))]  # the last one has not left
    page = signed_in(editor).get(reverse("focalpoint:advisory", args=[advisory.pk])).content.decode()
    for words in ("50 % had left within", "50 s", "1 min 30 s", "120 members"):
        assert words in page
    assert "95 %" not in page


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (4.4, "4 s"), (60, "1 min"), (200, "3 min 20 s"), (7500, "2 h 5 min"), (273_600, "3 d 4 h")]
)
def test_how_long_something_took_is_told_in_two_units(seconds: float, words: str) -> None:
    assert duration(timedelta(seconds=seconds)) == words


def test_a_reach_without_copies_is_empty(drafted: Make, approved: Make, published: Make) -> None:
    advisory: Advisory = published()
    found = figures.reach(advisory)
    assert (found.read, found.relaying, found.members, found.responses, found.within) == (0, 0, 0, [], [])
