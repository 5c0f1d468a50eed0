"""Subscribers name control entries beside segments: each thing that they name brings more, and who names nothing gets all."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse

from advisories.models import Advisory, Confirmation, Subscription, WebhookDelivery
from advisories.services import confirming, digesting, editing, feeds, foreseeing
from catalogue.models import Segment
from mailroom.models import Letter
from organisations.models import Kind, Organisation, Role, User
from tests.advisories.conftest import Make
from tests.conftest import SignIn, member

pytestmark = pytest.mark.django_db
Subscribed = Callable[..., Subscription]


@pytest.fixture
def segments(photonics: Segment, lasers: Segment, quantum: Segment) -> dict[str, Segment]:
    return {"photonics": photonics, "lasers": lasers, "quantum": quantum}


def named(names: str, segments: dict[str, Segment]) -> dict[str, Any]:
    """What is written in one line: segments by their names, control entries by their codes."""
    words = names.split()
    return {
        "segments": [segments[word] for word in words if word in segments],
        "control_entries": [word for word in words if word not in segments],
    }


@pytest.mark.parametrize(
    ("wanted", "about", "goes"),
    [
        # an entry is met by itself, by what covers it and by what it covers
        ("3A001.b", "3A001.b", True),
        ("3A001.b", "3A001", True),
        ("3A001.b", "3A001.b.2", True),
        ("3A001.b", "3A001.a.5", False),
        ("3A001.b", "3A002", False),
        ("3A002 3A001.b", "6A003 3A001.b.2", True),
        ("3A001", "3A001.a.5", True),
        # each thing that is named brings more
        ("quantum 3A001.b", "quantum", True),
        ("quantum 3A001.b", "quantum 3A002", True),
        ("quantum 3A001.b", "photonics 3A001.b.2", True),
        ("quantum 3A001.b", "photonics 3A002", False),
        ("photonics 3A001.b", "lasers", True),
        # what names neither concerns all, and what names no segment all segments, as before there were entries
        ("3A001.b", "", True),
        ("quantum", "", True),
        ("quantum", "3A002", True),
        ("quantum 3A001.b", "3A002", True),
        ("3A001.b", "quantum", False),
        ("3A001.b", "quantum 3A002", False),
        ("3A001.b", "quantum 3A001", True),
        # who names nothing gets all
        ("", "", True),
        ("", "quantum", True),
        ("", "3A002", True),
        ("", "quantum 3A002", True),
    ],
)
def test_what_is_named_says_what_goes_by_mail_and_who_may_read_it(
    lists: None,
    segments: dict[str, Segment],
    published: Make,
    firm: Organisation,
    signatory: User,
    subscribed: Subscribed,
    today: date,
    wanted: str,
    about: str,
    *,
    goes: bool,
) -> None:
    wishes = named(wanted, segments)
    subscribed(firm, "a@firm.example", *wishes.pop("segments"), **wishes)
    advisory = published(tlp="amber", **named(about, segments))
    assert editing.addresses(advisory, today=today) == int(goes)
    assert Advisory.objects.visible_to(signatory, today=today).count() == int(goes)


NAMED = ("", "quantum", "lasers", "3A001.b", "3A002", "quantum 3A002", "photonics 3A001", "lasers quantum 3A001.b.2 3A002")


def test_the_two_ways_of_asking_agree_and_naming_more_loses_nothing(
    lists: None, segments: dict[str, Segment], published: Make, subscribed: Subscribed, today: date
) -> None:
    advisories = {about: published(tlp="amber", **named(about, segments)) for about in NAMED}
    got: dict[str, set[str]] = {}
    for number, wanted in enumerate(NAMED):
        organisation = Organisation.objects.create(kind=Kind.FIRM, name=f"Firm {number}")
        wishes = named(wanted, segments)
        subscription = subscribed(organisation, f"a{number}@firm.example", *wishes.pop("segments"), **wishes)
        mine = Subscription.objects.filter(pk=subscription.pk)
        got[wanted] = {about for about, each in advisories.items() if mine.concerned_by(each).exists()}
        seen = Advisory.objects.within_reach_of([organisation], today=today)
        assert {about for about, each in advisories.items() if seen.filter(pk=each.pk).exists()} == got[wanted], wanted
    for fewer, more in product(NAMED, NAMED):
        if fewer and set(fewer.split()) <= set(more.split()):
            assert got[fewer] <= got[more], (fewer, more)
    assert got[""] == set(NAMED)


def test_what_one_address_names_narrows_no_other_of_the_organisation(
    lists: None, published: Make, firm: Organisation, signatory: User, subscribed: Subscribed, today: date
) -> None:
    subscribed(firm, "a@firm.example", control_entries=["3A002"])
    advisory = published(tlp="amber", control_entries=["3A001"])
    assert not Advisory.objects.visible_to(signatory, today=today).exists()
    ended = subscribed(firm, "b@firm.example", control_entries=["3A001"])
    assert Advisory.objects.visible_to(signatory, today=today).get() == advisory
    Subscription.objects.filter(pk=ended.pk).update(is_active=False, ended_at=ended.created_at)
    assert not Advisory.objects.visible_to(signatory, today=today).exists()


def test_its_channels_carry_what_concerns_the_entries(
    lists: None,
    published: Make,
    quantum: Segment,
    firm: Organisation,
    signatory: User,
    subscribed: Subscribed,
    hooked: Callable[..., Any],
    today: date,
) -> None:
    subscribed(firm, "a@firm.example", control_entries=["3A001.b"])
    hooked(firm)
    secret = feeds.make_token(name="Reader", form=bytes(32), organisation=firm, by=signatory, today=today).secret
    published(title="About ours!", tlp="amber", segments=[quantum], control_entries=["3A001.b.2"])
    published(title="About others'!", tlp="amber", segments=[quantum], control_entries=["3A002"])
    assert [each.advisory.title for each in WebhookDelivery.objects.all()] == ["About ours!"]
    header = {"Authorization": "Basic " + b64encode(f":{secret}".encode()).decode()}
    feed = Client().get("/advisories/feed/own.json", headers=header).json()
    assert [each["title"] for each in feed["items"]] == ["TLP:AMBER About ours!"]


def test_a_digest_tells_of_what_concerns_the_entries(
    lists: None, published: Make, quantum: Segment, firm: Organisation, subscribed: Subscribed, now: datetime
) -> None:
    subscribed(firm, "a@firm.example", control_entries=["3A001.b"], pace="daily")
    Subscription.objects.update(told_until=now - timedelta(hours=1))
    published(title="About ours!", segments=[quantum], control_entries=["3A001"])
    published(title="About others!", segments=[quantum], control_entries=["3A002"])
    assert digesting.post_due(now=now + timedelta(days=1)) == 1
    text = Letter.objects.get(purpose="advisory-digest").text
    assert ("About ours!" in text, "About others!" in text) == (True, False)


# --- its pages ------------------------------------------------------------------------------------------------------

TYPED = {
    "address": "a@firm.example",
    "language": "en",
    "least_urgency": "routine",
    "pace": "immediate",
    "channel": "mail",
    "control_entries": "3a001 b 2; 6A003",
}


def test_the_page_keeps_the_entries_and_shows_them_for_a_change(
    lists: None, quantum: Segment, firm: Organisation, signatory: User, signed_in: SignIn
) -> None:
    client = signed_in(signatory)
    typed = TYPED | {"organisation": str(firm.pk), "segments": ["CTA03"]}
    assert client.post("/advisories/subscription/", typed).status_code == 302
    subscription = Subscription.objects.get()
    assert subscription.control_entries == ["3A001.b.2", "6A003"]
    assert "Quantum area, 3A001.b.2, 6A003" in client.get("/advisories/subscription/").content.decode()
    assert "3A001.b.2\n6A003</textarea>" in client.get(f"/advisories/subscription/{subscription.pk}/").content.decode()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("3A001.b, 9E999", "No edition of the control lists in the catalogue has 9E999."),
        ("3A001.b\nlasers", "“lasers” is no control entry."),
        ("3A001.b;" * 51, "Name at most 50."),
    ],
)
def test_an_entry_that_there_is_not_is_refused_in_words_and_nothing_typed_is_lost(
    lists: None, firm: Organisation, signatory: User, signed_in: SignIn, typed: str, said: str
) -> None:
    response = signed_in(signatory).post(
        "/advisories/subscription/", TYPED | {"organisation": str(firm.pk), "control_entries": typed}
    )
    text = response.content.decode()
    assert (response.status_code, Subscription.objects.count()) == (422, 0)
    assert said in text
    assert f"{typed}</textarea>" in text


def test_a_single_address_names_entries_and_reads_what_it_chose(lists: None, now: datetime) -> None:
    confirming.ask(address="reader@home.example", language="en", now=now)
    expires = int((now + timedelta(days=900)).timestamp())
    token = signing.dumps([str(Confirmation.objects.get().pk), expires], salt=confirming.SALT)
    address = reverse("advisories:confirm", args=[token])
    text = Client().post(address, TYPED).content.decode()
    assert "On what: 3A001.b.2, 6A003." in text
    assert Subscription.objects.get().control_entries == ["3A001.b.2", "6A003"]
    assert "3A001.b.2\n6A003</textarea>" in Client().get(address).content.decode()


# --- what the desk sees before ----------------------------------------------------------------------------------------


def test_the_desk_sees_who_names_the_entries_and_which_nobody_names(
    lists: None,
    drafted: Make,
    quantum: Segment,
    firm: Organisation,
    association: Organisation,
    subscribed: Subscribed,
    editor: User,
    signed_in: SignIn,
    today: date,
) -> None:
    subscribed(firm, "branch@firm.example", control_entries=["3A001"])
    subscribed(firm, "twig@firm.example", quantum, control_entries=["3A001.b.2", "3A002"])
    subscribed(firm, "none@firm.example", quantum)
    subscribed(association, "all@association.example")
    advisory = drafted(segments=[quantum], control_entries=["3A001.b", "6A003"])
    found = foreseeing.foresee(advisory, today=today)
    assert [(each.code, each.subscriptions, each.is_gap) for each in found.entries] == [("3A001.b", 2, False), ("6A003", 0, True)]
    assert (found.addresses, found.for_all, found.segments[0].subscriptions) == (4, 1, 2)
    text = signed_in(editor).get(reverse("focalpoint:advisory-audience", args=[advisory.pk])).content.decode()
    assert "By control entry" in text
    assert "Nobody names it" in text
    assert "1 more names neither segment nor control entry" in text


@pytest.mark.parametrize("number", [1, 3])
def test_the_desks_page_takes_a_fixed_number_of_queries(
    number: int,
    lists: None,
    drafted: Make,
    editor: User,
    subscribed: Subscribed,
    signed_in: SignIn,
    django_assert_num_queries: Any,
) -> None:
    codes = ["3A001.b", "3A002", "6A003"][:number]
    for each, code in enumerate(codes):
        cluster = Organisation.objects.create(kind=Kind.ASSOCIATION, name=f"Cluster {each}")
        subscribed(cluster, f"a{each}@association.example", control_entries=[code])
        member(Organisation.objects.create(kind=Kind.FIRM, name=f"Firm {each}"), f"Person {each}", Role.SIGNATORY)
    advisory = drafted(control_entries=codes)
    client = signed_in(editor)
    with django_assert_num_queries(30):
        client.get(reverse("focalpoint:advisory-audience", args=[advisory.pk]))
