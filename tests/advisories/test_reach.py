"""The desk's page of how far an advisory has come."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from advisories import figures
from advisories.models import Advisory, Mandate, Openings, Relay, Subscription
from advisories.services import relaying, responding
from catalogue.models import Segment
from mailroom.models import Envelope, State
from organisations.models import Kind, Organisation, Role, User
from tests.advisories.conftest import Make, segment
from tests.conftest import SignIn, member

pytestmark = pytest.mark.django_db
Subscribe = Callable[..., Subscription]


def reach_of(advisory: Advisory) -> str:
    return reverse("focalpoint:reach", args=[advisory.pk])


@pytest.fixture
def cluster(db: None) -> Callable[[str], tuple[Organisation, User]]:
    def cluster(name: str) -> tuple[Organisation, User]:
        made = Organisation.objects.create(kind=Kind.ASSOCIATION, name=f"{name} Cluster")
        return made, member(made, f"{name} Officer", Role.OFFICER)

    return cluster


def lines(advisory: Advisory, today: date) -> list[tuple[str, int, int]]:
    found = figures.members_by_segment(advisory, today=today)
    return [(line.segment.code if line.segment else "", line.associations, line.members) for line in found]


def test_members_are_estimated_in_the_segments_that_it_concerns(
    published: Make, photonics: Segment, lasers: Segment, quantum: Segment,
    cluster: Callable[[str], tuple[Organisation, User]], subscribed: Subscribe, mandated: Callable[..., Mandate], today: date,
) -> None:  # fmt: skip
    sensors = segment("CTA01.2", "Sensors", parent=photonics)
    (a, anu), (b, bo), (c, cai), (d, dea) = (cluster(name) for name in "ABCD")
    mandated(a, "a@a.example", photonics, quantum)
    subscribed(b, "b@b.example", lasers)
    subscribed(b, "b2@b.example", sensors)  # a twig of the same branch, and not of this one
    subscribed(c, "c@c.example")  # all
    mandated(c, "c@c.example", quantum)
    advisory = published(segments=[lasers])
    for association, by, members in ((a, anu, 100), (b, bo, 20), (c, cai, 3), (d, dea, 1)):
        responding.relay(advisory, organisation=association, members=members, by=by, today=today)
    assert lines(advisory, today) == [("CTA01", 1, 100), ("CTA01.1", 1, 20), ("", 2, 4)]


def test_where_it_concerns_all_each_segment_of_an_association_counts(
    published: Make, photonics: Segment, quantum: Segment, cluster: Callable[[str], tuple[Organisation, User]],
    subscribed: Subscribe, mandated: Callable[..., Mandate], today: date,
) -> None:  # fmt: skip
    (a, anu), (b, bo) = cluster("A"), cluster("B")
    subscribed(a, "a@a.example", photonics, quantum)
    mandated(a, "a@a.example", photonics)
    mandated(b, "b@b.example", quantum, valid_from=today - timedelta(days=9), valid_to=today - timedelta(days=1))  # over
    advisory = published()
    responding.relay(advisory, organisation=a, members=10, by=anu, today=today)
    responding.relay(advisory, organisation=b, members=5, by=bo, today=today)
    assert lines(advisory, today) == [("CTA01", 1, 10), ("CTA03", 1, 10), ("", 1, 5)]


def test_the_page_tells_all_of_it(
    published: Make, photonics: Segment, association: Organisation, association_officer: User, subscribed: Subscribe,
    officer: User, signed_in: SignIn, now: datetime, today: date,
) -> None:  # fmt: skip
    subscribed(association, "a@cluster.example", photonics)
    subscribed(association, "b@cluster.example", photonics)
    advisory = published(segments=[photonics])
    Envelope.objects.filter(address="a@cluster.example").update(
        state=State.SENT, sent_at=now + timedelta(seconds=50), next_attempt_at=None
    )
    relay = relaying.prepare(advisory, association=association, words="", keep=False, by=association_officer, now=now, today=today)
    for day, times in ((0, 1500), (1, 3), (20, 40)):
        Openings.objects.create(relay=relay, on=timezone.localdate() - timedelta(days=day), times=times)
    responding.relay(advisory, organisation=association, members=120, by=association_officer, today=today)
    page = signed_in(officer).get(reach_of(advisory))
    text = " ".join(page.content.decode().split())
    assert page.status_code == 200
    for words in (
        "2 eligible = 1 queued + 0 being sent + 1 sent + 0 failed + 0 whose reader wants none + 0 in doubt + 0 called back",
        "50 % had left within", "50 s", "Photonics area", "an estimate", "counted twice", "1,543 times", ": 1,500",
    ):  # fmt: skip
        assert words in text
    assert "don't add up" not in text.replace("&#x27;", "'")
    assert ": 40" not in text  # longer ago than the days shown
    assert reach_of(advisory) in signed_in(officer).get(reverse("focalpoint:advisory", args=[advisory.pk])).content.decode()


def test_a_lost_envelope_is_warned_of(
    published: Make, firm: Organisation, subscribed: Subscribe, officer: User, signed_in: SignIn
) -> None:
    subscribed(firm, "a@firm.example")
    subscribed(firm, "b@firm.example")
    advisory = published()
    Envelope.objects.filter(address="a@firm.example").delete()
    text = signed_in(officer).get(reach_of(advisory)).content.decode().replace("&#x27;", "'")
    assert "The numbers don't add up" in text


def test_what_is_not_out_has_no_reach_and_outsiders_see_none(
    drafted: Make, published: Make, editor: User, association_officer: User, licensing_editor: User, signed_in: SignIn
) -> None:
    assert signed_in(editor).get(reach_of(drafted())).status_code == 404
    out = published()
    assert [signed_in(p).get(reach_of(out)).status_code for p in (association_officer, licensing_editor)] == [403, 200]


@pytest.mark.parametrize("number", [1, 3])
def test_it_takes_a_fixed_number_of_queries(
    number: int, published: Make, photonics: Segment, cluster: Callable[[str], tuple[Organisation, User]], subscribed: Subscribe,
    mandated: Callable[..., Mandate], officer: User, signed_in: SignIn, now: datetime, today: date,
    django_assert_num_queries: Any,
) -> None:  # fmt: skip
    made = [cluster(f"N{n}") for n in range(number)]
    for n, (association, _by) in enumerate(made):
        subscribed(association, f"a{n}@cluster.example", photonics)
        mandated(association, f"a{n}@cluster.example", photonics)
    advisory = published()
    for association, by in made:
        relay = relaying.prepare(advisory, association=association, words="", keep=False, by=by, now=now, today=today)
        relaying.count_opening(relay, today=timezone.localdate())
        responding.relay(advisory, organisation=association, members=9, by=by, today=today)
    assert Relay.objects.count() == number
    client = signed_in(officer)
    client.get(reach_of(advisory))
    # session, user, memberships, advisory; three of the totals; digests; what is said, how fast; by segment; by relay; to members
    with django_assert_num_queries(27):
        assert client.get(reach_of(advisory)).status_code == 200
