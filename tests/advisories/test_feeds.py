"""Feeds: what their formats demand, and what a token opens and to whom it shows nothing."""

from __future__ import annotations

import html
import json
import logging
from base64 import b64encode
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError
from django.test import Client
from lxml import etree

from advisories.models import Advisory, FeedToken
from advisories.services import editing, feeds
from catalogue.models import Segment
from organisations.models import Organisation, User
from portal import gunicorn
from portal.logs import DiscreetFormatter
from tests.advisories.conftest import Make
from tests.advisories.feed_rules import ATOM, atom_faults, json_faults

pytestmark = pytest.mark.django_db
MakeToken = Callable[..., feeds.MadeFeedToken]


@pytest.fixture
def make(firm: Organisation, signatory: User, today: date) -> MakeToken:
    def make(**changes: Any) -> feeds.MadeFeedToken:
        said: dict[str, Any] = {"organisation": firm, "name": "Reader", "form": bytes(32), "by": signatory, "today": today}
        return feeds.make_token(**said | changes)

    return make


def basic(secret: str, name: str = "anybody") -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{name}:{secret}".encode()).decode()}


def ways(secret: str) -> list[tuple[str, dict[str, str]]]:
    """Every address and header by which a token opens a feed."""
    by_address = [(f"/advisories/feed/{secret}.{kind}", {}) for kind in ("atom", "json")]
    return by_address + [(f"/advisories/feed/own.{kind}", basic(secret)) for kind in ("atom", "json")]


# --- formats --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def many(published: Make, lasers: Segment, approver: User, now: datetime) -> list[Advisory]:
    hostile = "a < b & c <script>alert(1)</script> ]]> \u2028"
    shown = [
        published(tlp="clear", title="Lasers & <mirrors>", summary=hostile, segments=[lasers]),
        published(tlp="clear", body="# Title\n\n[a](https://x.example) <b>raw</b>", language="et"),
    ]
    editing.withdraw(published(tlp="clear", title="Gone"), reason="Wrong.", by=approver, now=now)
    return shown


@pytest.mark.parametrize("is_empty", [True, False])
def test_atom_feeds_keep_the_rules_of_rfc_4287(make: MakeToken, request: pytest.FixtureRequest, *, is_empty: bool) -> None:
    many = [] if is_empty else request.getfixturevalue("many")
    for address in ("/advisories/feed.atom", f"/advisories/feed/{make().secret}.atom"):
        response = Client().get(address)
        assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
        assert atom_faults(response.content) == []
        assert len(etree.fromstring(response.content).findall(f"{ATOM}entry")) == len(many)


@pytest.mark.parametrize("is_empty", [True, False])
def test_json_feeds_keep_the_rules_of_version_1_1(make: MakeToken, request: pytest.FixtureRequest, *, is_empty: bool) -> None:
    many = [] if is_empty else request.getfixturevalue("many")
    for address in ("/advisories/feed.json", f"/advisories/feed/{make().secret}.json"):
        response = Client().get(address)
        assert response["Content-Type"] == "application/feed+json"
        assert json_faults(response.content) == []
        assert len(json.loads(response.content)["items"]) == len(many)


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ("<id>urn:uuid:", "<id>", "no absolute IRI"),
        ("<updated>2026", "<updated>in 2026", "is no date"),
        ('rel="alternate"', 'rel="self"', ""),
        ("<author>", "<rights>x</rights><rights>x</rights><author>", "more than one rights"),
        ("<name>", "<nick>x</nick><name>y</name><name>", "without one name"),
        ('<category term="', '<category label="', "without term"),
        ("<title>TLP", "<heading>x</heading><title>TLP", "may not stand here"),
        ('<content type="html">', '<content type="html"><b/>', "holds elements"),
    ],
)
def test_the_atom_rules_can_fail(many: list[Advisory], right: str, wrong: str, fault: str) -> None:
    content = Client().get("/advisories/feed.atom").content.decode()
    assert right in content
    found = atom_faults(content.replace(right, wrong).encode())
    assert any(fault in each for each in found) if fault else found == []


@pytest.mark.parametrize(
    "change",
    [
        {"version": "https://jsonfeed.org/version/1"},
        {"title": None},
        {"items": None},
        {"home_page_url": "somewhere"},
        {"language": "e n"},
        {"items": [{"id": 1, "content_text": "x"}]},
        {"items": [{"id": "1"}]},
        {"items": [{"id": "1", "content_text": "x"}, {"id": "1", "content_text": "x"}]},
        {"items": [{"id": "1", "content_text": "x", "date_published": "yesterday"}]},
        {"items": [{"id": "1", "content_text": "x", "authors": [{}]}]},
    ],
)
def test_the_json_rules_can_fail(many: list[Advisory], change: dict[str, Any]) -> None:
    feed = json.loads(Client().get("/advisories/feed.json").content)
    assert json_faults(json.dumps(feed | change).encode()) != []


def test_words_are_text_and_nothing_in_them_acts(many: list[Advisory]) -> None:
    """A summary is plain text and Atom's is HTML, so it is escaped twice: a reader that unpacks it once shows the signs."""
    content = Client().get("/advisories/feed.atom").content
    for entry in etree.fromstring(content).findall(f"{ATOM}entry"):
        summary, words = entry.findtext(f"{ATOM}summary") or "", entry.findtext(f"{ATOM}content") or ""
        assert "<script" not in summary + words
        assert html.unescape(summary) in {each.summary for each in many}
    assert "<b>" not in json.dumps(json.loads(Client().get("/advisories/feed.json").content))


# --- tokens ---------------------------------------------------------------------------------------------------------------


def test_who_may_subscribe_makes_a_feed_and_revokes_it_and_nobody_else(
    make: MakeToken,
    association: Organisation,
    association_officer: User,
    focal_point: Organisation,
    administrator: User,
    officer: User,
    today: date,
) -> None:
    made = make()
    make(organisation=association, by=association_officer)
    make(organisation=focal_point, by=administrator)
    for person in (association_officer, officer, administrator):
        with pytest.raises(feeds.UnableToMake):
            make(by=person, form=b"2" * 32)
        with pytest.raises(feeds.UnableToRevoke):
            feeds.revoke_token(made.token, by=person, today=today)
    assert FeedToken.objects.living().count() == 3


def test_a_form_sent_twice_makes_one_token_and_a_token_is_strong_and_not_in_the_database(make: MakeToken) -> None:
    made = make()
    assert make() == made
    (kept,) = FeedToken.objects.values()
    assert len(made.secret) >= 40
    assert made.secret.startswith("fpf_")
    assert not any(made.secret in str(value) or made.secret.encode() in bytes(value or b"") for value in [kept["digest"]])
    assert made.secret not in str(kept)


def test_a_form_sent_again_after_the_end_makes_nothing_that_is_dead_and_under_another_name_another_one(
    make: MakeToken, signatory: User, today: date
) -> None:
    made = make()
    assert make(name="Another").secret != made.secret
    feeds.revoke_token(made.token, by=signatory, today=today)
    with pytest.raises(feeds.UnableToMake, match="revoked since"):
        make()


def test_there_are_twenty_at_most(make: MakeToken, signatory: User, today: date) -> None:
    made = [make(form=bytes([number]) * 32) for number in range(feeds.MOST_TOKENS)]
    with pytest.raises(feeds.UnableToMake, match="20 feeds at most"):
        make(form=b"x" * 32)
    feeds.revoke_token(made[0].token, by=signatory, today=today)
    make(form=b"x" * 32)


def test_a_token_opens_its_organisations_feed_by_address_and_by_password(
    make: MakeToken, published: Make, subscribed: Any, firm: Organisation, lasers: Segment
) -> None:
    subscribed(firm, "a@firm.example", lasers)
    published(tlp="amber", title="For those concerned", segments=[lasers])
    for address, headers in ways(make().secret):
        response = Client().get(address, headers=headers)
        assert response.status_code == 200
        assert "For those concerned" in response.content.decode()
        assert "for Baltic Photonics" in response.content.decode()


@pytest.mark.parametrize(
    "header",
    ["", "Basic", "Basic !!!", "Basic " + b64encode(b"no colon").decode(), "Basic /w==", "Bearer x", "Basic " + "QQ" * 900],
)
def test_without_a_password_the_browser_is_asked_for_one(header: str, published: Make) -> None:
    published(tlp="clear")
    response = Client().get("/advisories/feed/own.atom", headers={"Authorization": header} if header else {})
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith('Basic realm="')
    assert "no-store" in response["Cache-Control"]
    assert b"thermal" not in response.content


def test_revoked_mistyped_and_unknown_tokens_open_nothing_and_answer_alike(
    make: MakeToken, signatory: User, today: date, published: Make
) -> None:
    published(tlp="clear")
    made = make()
    feeds.revoke_token(made.token, by=signatory, today=today)
    feeds.revoke_token(made.token, by=signatory, today=today + timedelta(days=1))
    assert FeedToken.objects.get().revoked_on == today
    for secret in (made.secret, made.secret[:-1], made.secret + "A", "none", "x" * 5000):
        answers = [Client().get(address, headers=headers).status_code for address, headers in ways(secret)]
        assert answers == [404, 404, 401, 401]


def test_the_day_of_use_is_noted_and_nothing_finer(make: MakeToken) -> None:
    made = make()
    Client().get(f"/advisories/feed/{made.secret}.atom")
    used = FeedToken.objects.get().last_used_on
    assert type(used) is date
    columns = {type(field).__name__ for field in FeedToken._meta.concrete_fields}
    assert "DateTimeField" not in columns


def test_a_feed_is_kept_by_nobody_on_the_way_and_its_address_told_to_nobody(make: MakeToken, published: Make) -> None:
    published(tlp="green")
    secret = make().secret
    for address, headers in ways(secret):
        response = Client().get(address, headers=headers)
        again = Client().get(address, headers=headers | {"If-None-Match": response["ETag"]})
        for each in (response, again):
            assert {"private", "no-store"} <= set(each["Cache-Control"].split(", "))
            assert each["Referrer-Policy"] == "no-referrer"
            assert not each.cookies
        assert secret not in response.content.decode() + str(response.headers)


def test_a_reader_that_has_the_latest_gets_no_body_and_learns_of_changes(
    make: MakeToken, published: Make, approver: User, now: datetime
) -> None:
    for address, headers in ways(make().secret):
        seen = Client().get(address, headers=headers)["ETag"]
        same = Client().get(address, headers=headers | {"If-None-Match": seen})
        assert (same.status_code, same.content) == (304, b"")
        advisory = published(tlp="green")
        fresh = Client().get(address, headers=headers | {"If-None-Match": seen})
        assert (fresh.status_code, fresh["ETag"] != seen) == (200, True)
        editing.withdraw(advisory, reason="Wrong.", by=approver, now=now)
        after = Client().get(address, headers=headers | {"If-None-Match": fresh["ETag"]})
        assert (after.status_code, after["ETag"]) == (200, seen)


def test_a_signed_in_visitor_gets_the_organisations_feed_and_no_more(
    make: MakeToken, published: Make, officer: User, signed_in: Any
) -> None:
    published(tlp="red", title="For officials")
    response = signed_in(officer).get(f"/advisories/feed/{make().secret}.json")
    assert (response.status_code, b"For officials" in response.content) == (200, False)


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_a_feed_is_only_read(make: MakeToken, method: str) -> None:
    for address, headers in ways(make().secret):
        assert getattr(Client(), method)(address, headers=headers).status_code == 405


@pytest.mark.parametrize("number", [1, 3])
def test_a_feed_takes_a_fixed_number_of_queries(
    number: int, make: MakeToken, published: Make, lasers: Segment, django_assert_num_queries: Any
) -> None:
    secret = make().secret
    for _each in range(number):
        published(tlp="green", segments=[lasers])
    Client().get(f"/advisories/feed/{secret}.atom")
    with django_assert_num_queries(7):  # the token, what is named twice, advisories, their segments, translations and files
        assert Client().get(f"/advisories/feed/{secret}.atom").status_code == 200


def test_the_database_refuses_two_tokens_of_one_digest_and_an_end_before_the_beginning(make: MakeToken, today: date) -> None:
    made = make().token
    with pytest.raises(IntegrityError):
        FeedToken.objects.filter(pk=made.pk).update(revoked_on=today - timedelta(days=1))


# --- what is written down -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["atom", "json"])
def test_no_log_holds_a_token(
    make: MakeToken, kind: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opened, refused, and failing: the last is the one line that is written, and it names the address."""
    secret = make().secret
    address = f"/advisories/feed/{secret}.{kind}"
    with caplog.at_level(logging.INFO):
        Client().get(address)
        Client().get(address.replace(secret, secret + "x"))
        monkeypatch.setattr("advisories.views.feeds.sha256", None)
        Client(raise_request_exception=False).get(address)
    formatter = DiscreetFormatter(settings.LOGGING["formatters"]["plain"]["format"])
    lines = [formatter.format(record) for record in caplog.records]
    assert any("Internal Server Error: /advisories/feed/…" in line for line in lines)
    assert not any(secret in line for line in lines)


def test_neither_the_web_server_nor_the_proxy_writes_down_who_asked_for_what() -> None:
    assert gunicorn.accesslog is None
    caddy = (Path(settings.BASE_DIR) / "deploy" / "Caddyfile").read_text()
    outside_options = caddy.partition("(portal) {")[2]
    assert not [line for line in outside_options.splitlines() if line.split("#")[0].strip().startswith("log")]
    assert "request delete" in caddy.partition("(portal) {")[0]  # of what Caddy says of itself
