"""The server of TAXII 2.1, asked by a client that others wrote and by hand against the standard."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import requests
from django.test import Client
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer
from taxii2client.v21 import ApiRoot, Collection, Server, as_pages

from advisories import stix
from advisories.api.taxii import collection_id
from advisories.models import Advisory, Event
from advisories.querysets import SETTLING
from advisories.services import editing
from organisations import services
from organisations.models import Organisation, Scope, User
from tests.advisories.conftest import Make

MEDIA_TYPE = "application/taxii+json;version=2.1"
ROOT = "/taxii2/advisories/"
OBJECTS = f"{ROOT}collections/threats/objects/"
MANIFEST = f"{ROOT}collections/threats/manifest/"
EVERY = ["/taxii2/", ROOT, f"{ROOT}collections/", f"{ROOT}collections/threats/", MANIFEST, OBJECTS]
LATER = timedelta(hours=1)


def secret_of(user: User, scope: Scope = Scope.ADVISORIES_READ) -> str:
    form = f"{user.pk} {scope}".encode()
    return services.make_token(name="Sync", scopes=[scope], days=9, form=form, by=user, today=timezone.localdate()).secret


def ask(address: str, query: dict[str, str] | None = None, *, token: str = "", accept: str = MEDIA_TYPE) -> Any:
    headers = {"Accept": accept} | ({"Authorization": f"Bearer {token}"} if token else {})
    return Client().get(address, query or {}, headers=headers)


def ids(response: Any, *types: str) -> list[str]:
    assert response.status_code == 200, response.content
    return [each["id"] for each in response.json().get("objects", []) if each["id"].partition("--")[0] in (types or ("report",))]


def report(advisory: Advisory) -> str:
    return f"report--{advisory.pk}"


# --- a client that others wrote -------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_an_ordinary_client_finds_reads_and_pages(
    live_server: LiveServer,
    settings: Any,
    published: Make,
    signatory: User,
    focal_point: Organisation,
    now: datetime,
    today: date,
    approved: Make,
    editor: User,
) -> None:
    settings.PUBLIC_URL = live_server.url
    made = [editing.publish(approved(tlp="green"), by=editor, now=now + n * LATER, today=today) for n in range(3)]
    published(tlp="red")
    server = Server(f"{live_server.url}/taxii2/", user="token", password=secret_of(signatory))
    root = server.default
    assert isinstance(root, ApiRoot)
    assert root.versions == [MEDIA_TYPE]
    (collection,) = root.collections
    assert (collection.can_read, collection.can_write, collection.media_types) == (True, False, [stix.MEDIA_TYPE])
    pages = list(as_pages(collection.get_objects, per_request=3))
    found = [each["id"] for page in pages for each in page["objects"]]
    markings = sorted(each for label, each in stix.MARKINGS.items() if label != "red")
    assert found == [*markings, f"identity--{focal_point.pk}", *map(report, made)]
    assert [len(page["objects"]) for page in pages] == [3, 3, 2]
    assert [each["id"] for page in as_pages(collection.get_manifest) for each in page["objects"]] == found
    (one,) = collection.get_object(report(made[1]))["objects"]
    assert one["id"] == report(made[1])
    assert collection.object_versions(report(made[1])) == {"more": False, "versions": ["2026-11-23T10:30:00.000Z"]}
    newer = collection.get_objects(added_after="2026-11-23T10:30:00Z", type="report")
    assert [each["id"] for each in newer["objects"]] == [report(made[2])]
    with pytest.raises(requests.HTTPError, match=r"403|405"):
        requests.post(collection.objects_url, json={}, timeout=10).raise_for_status()
    stranger = Collection(f"{live_server.url}{ROOT}collections/{collection_id()}/")
    assert stranger.get_objects(type="report") == {}


# --- by hand, against the standard ----------------------------------------------------------------------------------

pytestmark = pytest.mark.django_db


def test_the_discovery_and_the_root_say_what_there_is(settings: Any) -> None:
    settings.PUBLIC_URL = "https://portal.example"
    there = "https://portal.example/taxii2/advisories/"
    assert ask("/taxii2/").json() == {"title": "Focal Point portal", "default": there, "api_roots": [there]}
    assert ask(ROOT).json() == {"title": "Advisories", "versions": [MEDIA_TYPE], "max_content_length": 1}
    (collection,) = ask(f"{ROOT}collections/").json()["collections"]
    assert collection == ask(f"{ROOT}collections/threats/").json() == ask(f"{ROOT}collections/{collection['id']}/").json()
    assert collection_id().version == 4


@pytest.mark.parametrize("address", EVERY)
@pytest.mark.parametrize("accept", [MEDIA_TYPE, "application/taxii+json", "application/*", "*/*", f"text/html, {MEDIA_TYPE};q=0.5"])
def test_who_asks_for_taxii_or_for_anything_gets_the_one_version(address: str, accept: str) -> None:
    response = ask(address, accept=accept)
    assert (response.status_code, response["Content-Type"]) == (200, MEDIA_TYPE)
    assert {"Accept", "Authorization"} <= {each.strip() for each in response["Vary"].split(",")}
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("address", EVERY)
@pytest.mark.parametrize(
    "accept",
    [
        "application/json",
        "text/html",
        "application/taxii+json;version=2.0",
        "application/vnd.oasis.taxii+json",
        f"{MEDIA_TYPE};q=0",
    ],
)
def test_who_asks_for_something_else_is_told_what_there_is(address: str, accept: str) -> None:
    response = ask(address, accept=accept)
    assert (response.status_code, response["Content-Type"]) == (406, MEDIA_TYPE)
    assert response.json()["http_status"] == "406"
    assert MEDIA_TYPE in response.json()["description"]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_nothing_can_be_sent_or_deleted(method: str, published: Make, officer: User) -> None:
    address = f"{OBJECTS}{report(published(tlp='clear'))}/"
    for headers in ({}, {"Authorization": f"Bearer {secret_of(officer)}"}):
        for each in (*EVERY, address, f"{address}versions/"):
            response = getattr(Client(), method)(each, headers=headers | {"Accept": MEDIA_TYPE})
            assert response.status_code in (403, 405)
            assert response["Content-Type"] == MEDIA_TYPE


@pytest.mark.parametrize(
    "authorization",
    ["Bearer fpt_wrong", "Bearer", "Basic !", "Basic " + base64.b64encode(b"token:fpt_wrong").decode(), "Basic OnM="],
)
def test_a_wrong_token_opens_nothing_not_even_what_is_clear(authorization: str, published: Make) -> None:
    published(tlp="clear")
    for address in EVERY:
        response = Client().get(address, headers={"Accept": MEDIA_TYPE, "Authorization": authorization})
        assert (response.status_code, response["Content-Type"]) == (401, MEDIA_TYPE)
        assert response["WWW-Authenticate"] == 'Bearer, Basic realm="TAXII", charset="UTF-8"'
        assert "objects" not in response.json()


def test_a_token_without_the_scope_opens_nothing(published: Make, officer: User) -> None:
    published(tlp="clear")
    response = ask(OBJECTS, token=secret_of(officer, Scope.INQUIRIES_READ))
    assert (response.status_code, response.json()["title"]) == (403, "Forbidden")


def test_a_revoked_token_opens_nothing(officer: User, today: date) -> None:
    secret = secret_of(officer)
    assert ask(OBJECTS, token=secret).status_code == 200
    services.revoke_token(officer.api_tokens.get(), by=officer, today=today)
    assert ask(OBJECTS, token=secret).status_code == 401


def test_a_session_opens_no_more_than_a_stranger_sees(published: Make, officer: User, signed_in: Any) -> None:
    """Where a browser's cookie counts, every page on the web could ask in its owner's name."""
    published(tlp="green")
    assert ids(signed_in(officer).get(OBJECTS, headers={"Accept": MEDIA_TYPE})) == []


def test_only_threats_that_are_out_are_in_the_collection(published: Make, drafted: Make) -> None:
    drafted(tlp="clear")
    threat = published(tlp="clear")
    for kind in ("regulatory", "guidance", "event"):
        published(tlp="clear", kind=kind)
    assert ids(ask(OBJECTS)) == ids(ask(MANIFEST)) == [report(threat)]


def test_every_reference_is_found_in_the_collection(published: Make) -> None:
    published(tlp="clear")
    objects = ask(OBJECTS).json()["objects"]
    there = {each["id"] for each in objects}
    (found,) = (each for each in objects if each["type"] == "report")
    assert {found["created_by_ref"], *found["object_refs"], *found["object_marking_refs"]} <= there


def test_an_object_is_the_same_as_in_its_file(published: Make) -> None:
    advisory = published(tlp="clear")
    (one,) = ask(f"{OBJECTS}{report(advisory)}/").json()["objects"]
    assert one in Client().get(f"/advisories/{advisory.pk}/stix.json").json()["objects"]


def test_the_headers_say_from_when_to_when(published: Make, approved: Make, editor: User, now: datetime, today: date) -> None:
    published(tlp="clear")
    editing.publish(approved(tlp="clear"), by=editor, now=now + LATER + timedelta(microseconds=7), today=today)
    for address in (OBJECTS, MANIFEST):
        response = ask(address, {"match[type]": "report"})
        assert response["X-TAXII-Date-Added-First"] == "2026-11-23T09:30:00.000000Z"
        assert response["X-TAXII-Date-Added-Last"] == "2026-11-23T10:30:00.000007Z"
        # What a client asks for next with what it was told last.
        again = ask(address, {"added_after": response["X-TAXII-Date-Added-Last"]})
        assert (again.json(), "X-TAXII-Date-Added-First" in again) == ({}, False)


def test_the_manifest_says_what_the_objects_are(published: Make, focal_point: Organisation) -> None:
    advisory = published(tlp="clear")
    objects = {each["id"]: each for each in ask(OBJECTS).json()["objects"]}
    records = ask(MANIFEST).json()["objects"]
    assert [record["id"] for record in records] == list(objects)
    for record in records:
        made = objects[record["id"]]
        assert record["version"] == made.get("modified", made["created"])
        assert record["media_type"] == "application/stix+json;version=2.1"
    assert records[-1]["date_added"] == "2026-11-23T09:30:00.000000Z"
    assert records[-1]["id"] == report(advisory)


@pytest.fixture
def withdrawn(published: Make, approver: User, now: datetime) -> Advisory:
    return editing.withdraw(published(tlp="clear"), reason="The parts were others.", by=approver, now=now + LATER)


FIRST, LAST = "2026-11-23T09:30:00.000Z", "2026-11-23T10:30:00.000Z"


@pytest.mark.parametrize(
    ("asked", "versions"),
    [
        ({}, [LAST]),
        ({"match[version]": "last"}, [LAST]),
        ({"match[version]": "first"}, [FIRST]),
        ({"match[version]": "all"}, [FIRST, LAST]),
        ({"match[version]": "first,last"}, [FIRST, LAST]),
        ({"match[version]": FIRST}, [FIRST]),
        ({"match[version]": f"{LAST},2020-01-01T00:00:00Z"}, [LAST]),
        ({"match[version]": "2026-11-23T09:30:00.001Z"}, []),
        ({"match[version]": "all", "match[spec_version]": "2.1"}, [FIRST, LAST]),
        ({"match[version]": "all", "match[spec_version]": "2.0"}, []),
        ({"match[version]": "all", "added_after": FIRST}, [LAST]),
    ],
)
def test_a_client_chooses_versions(asked: dict[str, str], versions: list[str], withdrawn: Advisory) -> None:
    one = ask(f"{OBJECTS}{report(withdrawn)}/", asked).json()
    assert [each["modified"] for each in one.get("objects", [])] == versions
    assert [each.get("revoked", False) for each in one.get("objects", [])] == [version == LAST for version in versions]
    every = ask(OBJECTS, asked | {"match[type]": "report"}).json()
    assert every.get("objects", []) == one.get("objects", [])


def test_the_versions_of_an_object_are_listed(withdrawn: Advisory) -> None:
    address = f"{OBJECTS}{report(withdrawn)}/versions/"
    response = ask(address)
    assert response.json() == {"more": False, "versions": [FIRST, LAST]}
    assert response["X-TAXII-Date-Added-Last"] == "2026-11-23T10:30:00.000000Z"
    page = ask(address, {"limit": "1"}).json()
    assert (page["more"], page["versions"]) == (True, [FIRST])
    assert ask(address, {"limit": "1", "next": page["next"]}).json() == {"more": False, "versions": [LAST]}


def test_a_poll_after_the_withdrawal_brings_the_revoked_one(withdrawn: Advisory) -> None:
    (found,) = ask(OBJECTS, {"added_after": FIRST}).json()["objects"]
    assert (found["id"], found["revoked"]) == (report(withdrawn), True)


def test_a_client_chooses_types_and_ids(published: Make, focal_point: Organisation) -> None:
    first, second = published(tlp="clear"), published(tlp="clear")
    identity, marking = f"identity--{focal_point.pk}", stix.MARKINGS["green"]
    every = ("report", "identity", "marking-definition")
    assert ids(ask(OBJECTS, {"match[type]": "identity"}), *every) == [identity]
    assert sorted(ids(ask(OBJECTS, {"match[type]": "identity,report"}), *every)) == sorted(
        [identity, report(first), report(second)]
    )
    assert ids(ask(OBJECTS, {"match[type]": "malware"}), *every) == []
    assert ids(ask(OBJECTS, {"match[id]": f"{report(second)},{marking}"}), *every) == [marking, report(second)]
    assert ids(ask(OBJECTS, {"match[id]": report(second), "match[type]": "identity"}), *every) == []
    assert ids(ask(f"{OBJECTS}{identity}/"), *every) == [identity]
    assert ids(ask(f"{OBJECTS}{marking}/"), *every) == [marking]


@pytest.mark.parametrize("limit", ["1", "2", "3", "5", "100"])
def test_paging_brings_each_object_once_and_in_order(limit: str, published: Make) -> None:
    """All at one moment: the id alone tells them apart."""
    for _ in range(4):
        published(tlp="clear")
    whole = [each["id"] for each in ask(OBJECTS).json()["objects"]]
    assert len(whole) == 9
    found, asked = [], {"limit": limit}
    while True:
        page = ask(OBJECTS, asked).json()
        assert len(page["objects"]) <= int(limit)
        found += [each["id"] for each in page["objects"]]
        if not page["more"]:
            break
        asked["next"] = page["next"]
    assert found == whole


def test_no_page_is_without_bounds(published: Make, editor: User, approver: User, focal_point: Organisation, now: datetime) -> None:
    advisory = published(tlp="clear")
    words = {
        name: getattr(advisory, name) for name in ("kind", "tlp", "title", "summary", "body", "state", "author_id", "agency_id")
    }
    more = [Advisory(**words, revised_by=editor, created_at=now, published_at=now, published_by=editor) for _ in range(120)]
    Advisory.objects.bulk_create(more)
    Event.objects.bulk_create(Event(advisory=each, move="publish", revision=1, by=editor, at=now) for each in more)
    for asked in ({}, {"limit": "0"}, {"limit": "5000"}):
        page = ask(OBJECTS, asked).json()
        assert (len(page["objects"]), page["more"]) == (100, True)


@pytest.mark.parametrize(
    "asked",
    [
        {"limit": "-1"},
        {"limit": "x"},
        {"added_after": "yesterday"},
        {"added_after": "2026-11-23"},
        {"added_after": "2026-11-23T09:30:00"},
        {"added_after": "0001-01-01T00:00:00+23:00"},
        {"added_after": "9999-12-31T23:59:59.999999Z"},
        {"match[version]": "9999-12-31T23:59:59.999999Z"},
        {"match[version]": "newest"},
        {"match[id]": "report--1"},
        {"match[id]": ",".join(["report--6a0f2f0e-5d8e-4c62-9d0d-4d2f6f4f3c11"] * 101)},
        {"match[type]": "a\0b"},
        {"match[colour]": "red"},
        {"next": "x"},
        {"next": "é"},
        {"next": base64.urlsafe_b64encode(b"2026-11-23T09:30:00Z report--1").decode()},
    ],
)
def test_a_filter_that_is_unknown_or_wrong_is_refused_in_words(asked: dict[str, str], published: Make) -> None:
    published(tlp="clear")
    for address in (OBJECTS, MANIFEST):
        response = ask(address, asked)
        assert (response.status_code, response["Content-Type"]) == (400, MEDIA_TYPE)
        (texts,) = response.json()["details"].values()
        assert len(texts[0].split()) > 3


def test_a_filter_is_written_once(published: Make) -> None:
    response = Client().get(f"{OBJECTS}?limit=1&limit=2", headers={"Accept": MEDIA_TYPE})
    assert response.status_code == 400


@pytest.mark.parametrize(
    "address",
    [
        f"{ROOT}collections/others/",
        f"{ROOT}collections/others/objects/",
        f"{ROOT}collections/others/manifest/",
        f"{OBJECTS}report--00000000-0000-4000-8000-000000000000/",
        f"{OBJECTS}report--00000000-0000-4000-8000-000000000000/versions/",
        f"{OBJECTS}nonsense/",
        f"{OBJECTS}report--nonsense/versions/",
        f"{OBJECTS}{stix.MARKINGS['red']}/",
    ],
)
def test_what_is_not_there_is_a_message_of_taxii(address: str, db: None) -> None:
    response = ask(address)
    assert (response.status_code, response["Content-Type"]) == (404, MEDIA_TYPE)
    assert response.json()["title"] == "Not Found"


def test_what_is_hidden_and_what_is_not_there_answer_alike(published: Make) -> None:
    for part in ("", "versions/"):
        hidden = ask(f"{OBJECTS}{report(published(tlp='green'))}/{part}")
        missing = ask(f"{OBJECTS}report--00000000-0000-4000-8000-000000000000/{part}")
        assert (hidden.status_code, hidden.content, dict(hidden.headers)) == (404, missing.content, dict(missing.headers))


def test_an_agency_whose_advisories_one_may_not_read_is_not_there(
    published: Make, focal_point: Organisation, officer: User
) -> None:
    published(tlp="green")
    assert ask(f"{OBJECTS}identity--{focal_point.pk}/").status_code == 404
    assert ask(f"{OBJECTS}identity--{focal_point.pk}/", token=secret_of(officer)).status_code == 200


def test_what_came_out_this_moment_waits_until_all_before_it_is_written(
    approved: Make, editor: User, approver: User, today: date
) -> None:
    """Else somebody who asks meanwhile for what is new would never hear of what was being written then."""
    moment = timezone.now()
    fresh = editing.publish(approved(tlp="clear"), by=editor, now=moment, today=today)
    assert ids(ask(OBJECTS)) == []
    Event.objects.filter(advisory=fresh, move="publish").update(at=moment - SETTLING)
    assert ids(ask(OBJECTS)) == [report(fresh)]
    editing.withdraw(fresh, reason="It was wrong.", by=approver, now=moment)
    (found,) = ask(OBJECTS, {"match[type]": "report"}).json()["objects"]
    assert "revoked" not in found  # still the one before, and not nothing


@pytest.mark.parametrize("number", [1, 3])
def test_a_page_takes_a_fixed_number_of_queries(
    number: int, published: Make, signatory: User, django_assert_num_queries: Any, subscribed: Callable[..., Any]
) -> None:
    for _ in range(number):
        published(tlp="green")
    secret = secret_of(signatory)
    ask(OBJECTS, token=secret)
    with django_assert_num_queries(9):  # token, memberships, what is named twice, agencies twice, versions, segments, files
        assert len(ids(ask(OBJECTS, token=secret))) == number
