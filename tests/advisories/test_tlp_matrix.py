"""Every label, every kind of reader, every way to read: what TLP allows is shown and nothing else, not even that it exists."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from advisories.models import Advisory, FeedToken, HookEvent, Webhook, WebhookDelivery
from advisories.permissions import may_read
from advisories.services import delivering, editing, feeds, webhooks
from catalogue.models import Segment
from organisations.models import Kind, Organisation, Role, User
from tests.advisories.conftest import Make
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


# What programs of a reader's organisation get: never TLP:RED, and by a feed's token, which others' readers hold, no AMBER+STRICT.
BY_WEBHOOK = {reader: labels - {"red"} for reader, labels in REACH.items()}
BY_FEED_TOKEN = {reader: labels - {"red", "amber+strict"} for reader, labels in REACH.items()}
# Who acts for nobody has neither a webhook nor a token.
ALONE = ("stranger", "no membership")


@pytest.fixture
def organisations(readers: dict[str, User | None]) -> dict[str, Organisation]:
    """The organisation of each reader who acts for one."""
    found: dict[str, Organisation] = {}
    for name, person in readers.items():
        if held := person and person.memberships.select_related("organisation").first():
            found[name] = held.organisation
    return found


@pytest.fixture
def keepers(organisations: dict[str, Organisation]) -> dict[str, User]:
    """Somebody of each organisation who may enter webhooks and make feeds: of an agency, its administrator."""
    roles = {Kind.ASSOCIATION: Role.OFFICER, Kind.AGENCY: Role.ADMINISTRATOR}
    return {
        name: member(each, f"Keeper {name}", roles.get(Kind(each.kind), Role.SIGNATORY)) for name, each in organisations.items()
    }


@pytest.fixture
def advisories(published: Make, drafted: Make, lasers: Segment) -> dict[str, Advisory]:
    drafted(title="Not out yet", tlp="clear", segments=[lasers])
    return {label: published(title=f"About {label}!", tlp=label, segments=[lasers]) for label in LABELS}


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
        response = client.get(address)
        assert response.status_code == 200
        text = response.content.decode()
        assert "Not out yet" not in text
        found[name] = {label for label in LABELS if f"About {label}!" in text}
    assert found == dict.fromkeys(found, REACH[reader])


def test_a_webhook_is_told_what_the_label_allows(
    organisations: dict[str, Organisation],
    keepers: dict[str, User],
    readers: dict[str, User | None],
    published: Make,
    drafted: Make,
    approver: User,
    lasers: Segment,
    now: datetime,
) -> None:
    """Each organisation has one that wants everything; the rows of the publishing and of the withdrawal are compared."""
    for number, (name, organisation) in enumerate(organisations.items()):
        said: dict[str, Any] = {"organisation": organisation, "by": keepers[name], "form": bytes([number]) * 32, "now": now}
        webhooks.add(url=f"https://hooks.firm.example/{number}", **said)
    drafted(title="Not out yet", tlp="clear", segments=[lasers])
    out = {label: published(title=f"About {label}!", tlp=label, segments=[lasers]) for label in LABELS}
    expected = {name: set() if name in ALONE else BY_WEBHOOK[name] for name in readers}
    assert told(HookEvent.PUBLISHED, readers, organisations) == expected
    WebhookDelivery.objects.update(state="sent", outcome="taken", next_attempt_at=None, tried_at=now)
    for each in out.values():
        editing.withdraw(each, reason="Other parts.", by=approver, now=now)
    assert told(HookEvent.WITHDRAWN, readers, organisations) == expected


def told(event: HookEvent, readers: dict[str, User | None], organisations: dict[str, Organisation]) -> dict[str, set[str]]:
    rows = WebhookDelivery.objects.filter(event=event).values_list("webhook__organisation", "advisory__tlp")
    by_organisation: dict[Any, set[str]] = {}
    for pk, label in rows:
        by_organisation.setdefault(pk, set()).add(label)
    return {name: by_organisation.get(organisations[name].pk if name in organisations else None, set()) for name in readers}


def test_what_is_asked_before_a_webhook_is_sent_is_the_same_rule(
    organisations: dict[str, Organisation], advisories: dict[str, Advisory], today: date, now: datetime, keepers: dict[str, User]
) -> None:
    """As if a row had been written for every label and every organisation: the second look stops what the first one should have."""
    for number, (name, organisation) in enumerate(organisations.items()):
        said: dict[str, Any] = {"organisation": organisation, "by": keepers[name], "form": bytes([number]) * 32, "now": now}
        hook = webhooks.add(url=f"https://hooks.firm.example/{number}", **said).webhook
        rows = [
            WebhookDelivery.objects.create(
                webhook=hook, advisory=each, event=HookEvent.PUBLISHED, happened_at=now, next_attempt_at=now
            )
            for each in advisories.values()
        ]
        left = delivering._that_may_go(rows, today=today)
        assert {each.tlp for each in left.values()} == BY_WEBHOOK[name], name


@pytest.mark.parametrize("reader", [name for name in REACH if name not in ALONE])
def test_a_feed_by_token_shows_what_the_label_allows(
    reader: str,
    organisations: dict[str, Organisation],
    keepers: dict[str, User],
    advisories: dict[str, Advisory],
    today: date,
) -> None:
    said: dict[str, Any] = {"organisation": organisations[reader], "by": keepers[reader], "today": today}
    secret = feeds.make_token(name="Reader", form=bytes(32), **said).secret
    header = {"Authorization": "Basic " + b64encode(f":{secret}".encode()).decode()}
    found = {}
    for kind in ("atom", "json"):
        for name, address, headers in (("address", secret, {}), ("password", "own", header)):
            response = Client().get(f"/advisories/feed/{address}.{kind}", headers=headers)
            assert response.status_code == 200
            text = response.content.decode()
            assert "Not out yet" not in text
            found[f"{kind} by {name}"] = {label for label in LABELS if f"About {label}!" in text}
    assert found == dict.fromkeys(found, BY_FEED_TOKEN[reader])


@pytest.mark.parametrize("reader", ALONE)
def test_who_acts_for_nobody_gets_no_channel(
    reader: str, readers: dict[str, User | None], signed_in: SignIn, firm: Organisation
) -> None:
    user = readers[reader]
    client = signed_in(user) if user else Client()
    said = {"organisation": str(firm.pk), "name": "Reader", "url": "https://hooks.firm.example/", "once": "A" * 43}
    for address in ("/advisories/webhooks/", "/advisories/feeds/"):
        assert client.post(address, said).status_code in (302, 403)
    assert (Webhook.objects.count(), FeedToken.objects.count()) == (0, 0)


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
