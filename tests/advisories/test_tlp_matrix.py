"""Every label, every kind of reader, every way to read: what TLP allows is shown and nothing else, not even that it exists."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from advisories.models import Advisory
from advisories.permissions import may_read
from catalogue.models import Segment
from organisations.models import Kind, Organisation, Role, User
from tests.advisories.conftest import TEXTS, Make, Translate
from tests.conftest import SignIn, member

pytestmark = pytest.mark.django_db
LABELS = ("clear", "green", "amber", "amber+strict", "red")
REACH = {
    "stranger": {"clear"},
    "no membership": {"clear"},
    "firm": {"clear", "green"},
    "firm of another segment": {"clear", "green"},
    "firm that has unsubscribed": {"clear", "green"},
    "firm subscribed": {"clear", "green", "amber", "amber+strict"},
    "firm subscribed to the branch": {"clear", "green", "amber", "amber+strict"},
    "association mandated": {"clear", "green", "amber", "amber+strict"},
    "association whose mandate is over": {"clear", "green"},
    "official": set(LABELS),
    "official of another agency": set(LABELS),
}


@pytest.fixture
def readers(
    photonics: Segment,
    lasers: Segment,
    quantum: Segment,
    officer: User,
    licensing_officer: User,
    subscribed: Callable[..., Any],
    mandated: Callable[..., Any],
    today: date,
) -> dict[str, User | None]:
    def act(name: str, kind: Kind = Kind.FIRM) -> tuple[Organisation, User]:
        organisation = Organisation.objects.create(kind=kind, name=name)
        return organisation, member(organisation, name, Role.OFFICER if kind == Kind.ASSOCIATION else Role.ENTRY_EDITOR)

    firms = {name: act(name) for name in REACH if name.startswith("firm")}
    associations = {name: act(name, Kind.ASSOCIATION) for name in REACH if name.startswith("association")}
    subscribed(firms["firm of another segment"][0], "quantum@firm.example", quantum)
    gone = subscribed(firms["firm that has unsubscribed"][0], "gone@firm.example")
    type(gone).objects.filter(pk=gone.pk).update(is_active=False, ended_at=gone.created_at)
    subscribed(firms["firm subscribed"][0], "lasers@firm.example", lasers)
    subscribed(firms["firm subscribed to the branch"][0], "photonics@firm.example", photonics)
    mandated(associations["association mandated"][0], "relay@association.example", photonics)
    over = {"valid_from": date(2020, 1, 1), "valid_to": date(2020, 12, 31)}
    mandated(associations["association whose mandate is over"][0], "over@association.example", photonics, **over)
    people = {name: person for name, (_organisation, person) in (firms | associations).items()}
    others = {
        "stranger": None,
        "no membership": User.objects.create_user("nobody@portal.example"),
        "official": officer,
        "official of another agency": licensing_officer,
    }
    return people | others


@pytest.fixture
def advisories(bilingual: Make, drafted: Make, translate: Translate, lasers: Segment) -> dict[str, Advisory]:
    """One of each label, also in Estonian, and each has replaced one that everybody may read."""
    draft = drafted(title="Not out yet", tlp="clear", segments=[lasers])
    translate(draft, texts=TEXTS | {"title": "Pole veel väljas"})
    return {label: made(bilingual, label, lasers) for label in LABELS}


def made(bilingual: Make, label: str, segment: Segment) -> Advisory:
    old = bilingual(title=f"Before {label}.", tlp="clear", estonian=f"Enne {label}.")
    words = {"title": f"About {label}!", "estonian": f"Teemal {label}!"}
    return bilingual(**words, tlp=label, segments=[segment], supersedes=[old])


@pytest.mark.parametrize("reader", REACH)
def test_a_reader_sees_what_the_label_allows_by_every_way(
    reader: str, readers: dict[str, User | None], advisories: dict[str, Advisory], signed_in: SignIn
) -> None:
    user = readers[reader]
    client = signed_in(user) if user else Client()
    found = {
        "rule": {label for label in LABELS if may_read(user or AnonymousUser(), advisories[label], today=date(2026, 11, 23))},
        "detail": {label for label in LABELS if client.get(f"/advisories/{advisories[label].pk}/").status_code == 200},
        "api detail": {label for label in LABELS if client.get(f"/api/v1/advisories/{advisories[label].pk}/").status_code == 200},
    }
    for name, address in {
        "list": "/advisories/",
        "api list": "/api/v1/advisories/",
        "atom": "/advisories/feed.atom",
        "json": "/advisories/feed.json",
    }.items():
        for language, begins in {"en": "About", "et": "Teemal"}.items():
            response = client.get(address, {"language": language})
            assert response.status_code == 200
            text = response.content.decode()
            assert "Not out yet" not in text
            assert "Pole veel" not in text
            found[f"{name} {language}"] = {label for label in LABELS if said(begins, label, text)}
    found["banner of what it replaces"] = {label for label in LABELS if said("About", label, old_page(client, advisories[label]))}
    found["detail et"] = {label for label in LABELS if said("Teemal", label, page(client, advisories[label], "et"))}
    found["api detail et"] = {label for label in LABELS if said("Teemal", label, in_api(client, advisories[label], "et"))}
    assert found == dict.fromkeys(found, REACH[reader])


def said(begins: str, label: str, text: str) -> bool:
    return f"{begins} {label}!" in text


def page(client: Client, advisory: Advisory, language: str) -> str:
    return client.get(advisory.get_absolute_url(), {"language": language}).content.decode()


def old_page(client: Client, advisory: Advisory) -> str:
    return page(client, advisory.supersedes.get(), "en")


def in_api(client: Client, advisory: Advisory, language: str) -> str:
    return json.dumps(client.get(f"/api/v1/advisories/{advisory.pk}/", {"language": language}).json(), ensure_ascii=False)


def test_what_is_hidden_and_what_is_not_there_answer_alike(advisories: dict[str, Advisory]) -> None:
    client = Client()
    for address in ("/advisories/{}/", "/api/v1/advisories/{}/"):
        hidden = client.get(address.format(advisories["green"].pk))
        missing = client.get(address.format("00000000-0000-4000-8000-000000000000"))
        assert hidden.status_code == missing.status_code == 404
        assert hidden.headers.items() == missing.headers.items()


@pytest.mark.parametrize(
    "reader", ["stranger", "firm subscribed", "association mandated", "official", "official of another agency"]
)
def test_a_draft_is_seen_by_nobody_outside_its_desk(
    reader: str, readers: dict[str, User | None], drafted: Make, signed_in: SignIn
) -> None:
    draft = drafted(tlp="clear")
    user = readers[reader]
    client = signed_in(user) if user else Client()
    assert client.get(f"/advisories/{draft.pk}/").status_code == 404
    assert client.get(f"/api/v1/advisories/{draft.pk}/").status_code == 404
    assert client.get(f"/desk/advisories/{draft.pk}/").status_code in (302, 403, 404)


def test_a_subscription_opens_amber_and_its_end_closes_it(
    published: Make, firm: Organisation, signatory: User, signed_in: SignIn, subscribed: Callable[..., Any], now: Any
) -> None:
    advisory = published(tlp="amber")
    client = signed_in(signatory)
    assert client.get(advisory.get_absolute_url()).status_code == 404
    subscription = subscribed(firm, "a@firm.example")
    assert client.get(advisory.get_absolute_url()).status_code == 200
    client.post(f"/advisories/subscription/{subscription.pk}/end/")
    assert client.get(advisory.get_absolute_url()).status_code == 404
