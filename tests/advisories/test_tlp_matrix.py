"""Every label, every kind of reader, every way to read: what TLP allows is shown and nothing else, not even that it exists."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from advisories.models import Advisory, Event, FeedToken, HookEvent, Webhook, WebhookDelivery
from advisories.permissions import may_read
from advisories.querysets import SETTLING
from advisories.services import audience, confirming, delivering, digesting, editing, feeds, webhooks
from catalogue.models import Segment
from mailroom.models import Letter
from organisations import services
from organisations.models import Kind, Organisation, Role, Scope, User
from tests.advisories.conftest import TEXTS, Attach, Make, Translate
from tests.conftest import SignIn, member
from tests.inquiries.test_attachments import Sheet

pytestmark = pytest.mark.django_db
FILE_DOORS = ("advisories:file", "api-advisory-file")  # for readers, for programs
LABELS = ("clear", "green", "amber", "amber+strict", "red")
REACH = {
    "stranger": {"clear"},
    "no membership": {"clear"},
    "firm": {"clear", "green"},
    "firm of another segment": {"clear", "green"},
    "firm that has unsubscribed": {"clear", "green"},
    "firm subscribed": {"clear", "green", "amber", "amber+strict"},
    "firm subscribed to the branch": {"clear", "green", "amber", "amber+strict"},
    "firm that reads the feed only": {"clear", "green", "amber", "amber+strict"},
    "firm that wants events only": {"clear", "green", "amber", "amber+strict"},
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
    quiet = subscribed(firms["firm that reads the feed only"][0], "feed@firm.example", lasers)
    type(quiet).objects.filter(pk=quiet.pk).update(channel="feed")
    choosy = subscribed(firms["firm that wants events only"][0], "events@firm.example", lasers)
    type(choosy).objects.filter(pk=choosy.pk).update(kinds=["event"])
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
def advisories(bilingual: Make, drafted: Make, translate: Translate, lasers: Segment) -> dict[str, Advisory]:
    """One of each label, also in Estonian, and each has replaced one that everybody may read."""
    draft = drafted(title="Not out yet", tlp="clear", segments=[lasers])
    translate(draft, texts=TEXTS | {"title": "Pole veel väljas"})
    return {label: made(bilingual, label, lasers) for label in LABELS}


def made(bilingual: Make, label: str, segment: Segment) -> Advisory:
    old = bilingual(title=f"Before {label}.", tlp="clear", estonian=f"Enne {label}.")
    words = {"title": f"About {label}!", "estonian": f"Teemal {label}!"}
    return bilingual(**words, tlp=label, segments=[segment], supersedes=[old])


Clients = dict[str, tuple[User | None, Client]]


@pytest.fixture
def clients(readers: dict[str, User | None], signed_in: SignIn) -> Clients:
    """Each reader with a browser of their own."""
    return {reader: (user, signed_in(user) if user else Client()) for reader, user in readers.items()}


def test_a_reader_sees_what_the_label_allows_by_every_way(clients: Clients, advisories: dict[str, Advisory]) -> None:
    for reader, (user, client) in clients.items():
        found = seen(user, client, advisories)
        assert found == dict.fromkeys(found, REACH[reader]), reader


def seen(user: User | None, client: Client, advisories: dict[str, Advisory]) -> dict[str, set[str]]:
    """By each way the labels that it shows."""
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
    return found


def test_a_file_is_handed_out_to_whoever_may_read_the_words(
    clients: Clients, filed: Make, drafted: Make, attach: Attach, lasers: Segment
) -> None:
    files = {label: filed(Sheet(name=f"{label}.pdf"), tlp=label, segments=[lasers]).files[0] for label in LABELS}
    draft = attach(drafted(tlp="clear", segments=[lasers])).files[0]
    for reader, (_user, client) in clients.items():
        found = {}
        for name in FILE_DOORS:
            doors = {label: reverse(name, args=[each.advisory_id, each.pk]) for label, each in files.items()}
            statuses = {label: client.get(door).status_code for label, door in doors.items()}
            assert set(statuses.values()) <= {200, 404}
            found[name] = {label for label, status in statuses.items() if status == 200}
            assert client.get(reverse(name, args=[draft.advisory_id, draft.pk])).status_code == 404
        listed = client.get("/api/v1/advisories/").content.decode()
        found["named by the API"] = {label for label in LABELS if f'"{label}.pdf"' in listed}
        pages = {label: client.get(each.advisory.get_absolute_url()).content.decode() for label, each in files.items()}
        found["named by the page"] = {label for label in LABELS if f"{label}.pdf" in pages[label]}
        assert found == dict.fromkeys(found, REACH[reader]), reader


def of_reach(reader: str) -> set[str]:
    """What programs may have: TLP:RED goes to none of them."""
    return REACH[reader] - {"red"}


@pytest.fixture
def dated(published: Make, drafted: Make, lasers: Segment) -> dict[str, Advisory]:
    days = {"valid_from": date(2026, 12, 1), "valid_to": date(2027, 1, 31)}
    drafted(title="Not out yet", tlp="clear", segments=[lasers], **days)
    return {label: published(title=f"About {label}!", tlp=label, segments=[lasers], **days) for label in LABELS}


def test_programs_get_what_the_label_allows_and_never_red(clients: Clients, dated: dict[str, Advisory]) -> None:
    for reader, (_user, client) in clients.items():
        found = {
            name: {label for label, each in dated.items() if client.get(f"/advisories/{each.pk}/{name}").status_code == 200}
            for name in ("stix.json", "dates.ics")
        }
        calendar = client.get("/advisories/calendar.ics").content.decode().replace("\r\n ", "")
        found["calendar"] = {label for label in LABELS if f"About {label}!" in calendar}
        assert found == dict.fromkeys(found, of_reach(reader)), reader
        assert "Not out yet" not in calendar
        pages = {label: client.get(dated[label].get_absolute_url()).content.decode() for label in REACH[reader]}
        assert {label for label, page in pages.items() if "stix.json" in page} == of_reach(reader)
        assert {label for label, page in pages.items() if "dates.ics" in page} == of_reach(reader)


def test_taxii_has_what_the_label_allows_and_never_red(
    readers: dict[str, User | None], advisories: dict[str, Advisory], now: datetime
) -> None:
    Event.objects.filter(move="publish").update(at=now - SETTLING)
    for reader, user in readers.items():
        found = fetched(user if reader != "no membership" else None, advisories)  # who acts for nobody has no token
        assert found == dict.fromkeys(found, of_reach(reader)), reader


def fetched(user: User | None, advisories: dict[str, Advisory]) -> dict[str, set[str]]:
    """By each question to the TAXII server the labels that it answers with."""
    headers = {"Accept": "application/taxii+json;version=2.1"}
    if user:
        scopes, today = [Scope.ADVISORIES_READ], timezone.localdate()
        made = services.make_token(name="Sync", scopes=scopes, days=9, form=b"f" * 32, by=user, today=today)
        headers["Authorization"] = f"Bearer {made.secret}"
    collection = "/taxii2/advisories/collections/threats"
    found = {}
    for name in ("objects", "manifest"):
        listed = Client().get(f"{collection}/{name}/", {"match[version]": "all"}, headers=headers).content.decode()
        found[name] = {label for label in LABELS if str(advisories[label].pk) in listed}
    for name in ("", "versions/"):
        addresses = {label: f"{collection}/objects/report--{advisories[label].pk}/{name}" for label in LABELS}
        found[name] = {label for label in LABELS if Client().get(addresses[label], headers=headers).status_code == 200}
    by_id = {"match[id]": ",".join(f"report--{each.pk}" for each in advisories.values())}
    answer = Client().get(f"{collection}/objects/", by_id, headers=headers).content.decode()
    found["by id"] = {label for label in LABELS if str(advisories[label].pk) in answer}
    return found


# Each finds all five, and the draft, for who may see all.
SEARCHES = (
    "q=thermal",
    "q=camera",
    "kind=threat",
    "segment=CTA01",
    "segment=CTA01.1",
    "year=2026",
    "q=cameras&sort=newest",
    "state=current",
)


def test_search_filters_and_counts_know_what_the_reader_may_read_and_nothing_else(
    clients: Clients, published: Make, drafted: Make, lasers: Segment
) -> None:
    drafted(title="About a draft: thermal", tlp="clear", segments=[lasers])
    for label in LABELS:
        published(title=f"About {label}!", body="Thermal cameras.", tlp=label, segments=[lasers])
    for reader, (_user, client) in clients.items():
        for query in SEARCHES:
            assert_finds(client, query, REACH[reader], f"{reader}, {query}")
        for label in LABELS:
            assert_finds(client, f"label={label.replace('+', '%2B')}", REACH[reader] & {label}, f"{reader}, {label}")


def assert_finds(client: Client, query: str, labels: set[str], told: str) -> None:
    """Page and API have those of these labels, and count no others."""
    page = client.get(f"/advisories/?{query}").content.decode()
    answer = client.get(f"/api/v1/advisories/?{query}").json()
    assert {label for label in LABELS if f"About {label}!" in page} == labels, told
    assert (answer["count"], {each["title"] for each in answer["results"]}) == (
        len(labels),
        {f"About {each}!" for each in labels},
    ), told
    number = f"{len(labels)} advisor{'y fits' if len(labels) == 1 else 'ies fit'}" if labels else "Nothing fits."
    assert number in page, told


def test_what_the_words_of_a_hidden_one_would_find_is_the_same_as_nothing(published: Make) -> None:
    published(tlp="clear", title="Open")
    published(tlp="red", title="Zirconium", body="Zirconium.")
    client = Client()
    hidden, missing = (client.get(f"/advisories/?q={word}").content.decode() for word in ("zirconium", "unobtainium"))
    assert hidden.replace("zirconium", "") == missing.replace("unobtainium", "")
    both = [client.get(f"/api/v1/advisories/?q={word}") for word in ("zirconium", "unobtainium")]
    assert both[0].content == both[1].content


def said(begins: str, label: str, text: str) -> bool:
    return f"{begins} {label}!" in text


def page(client: Client, advisory: Advisory, language: str) -> str:
    return client.get(advisory.get_absolute_url(), {"language": language}).content.decode()


def old_page(client: Client, advisory: Advisory) -> str:
    return page(client, advisory.supersedes.get(), "en")


def in_api(client: Client, advisory: Advisory, language: str) -> str:
    return json.dumps(client.get(f"/api/v1/advisories/{advisory.pk}/", {"language": language}).json(), ensure_ascii=False)


# By mail: of which labels the words reach an address, and of which it hears that one waits.
MAIL = {
    "at once": {"clear", "green", "amber", "amber+strict"},
    "daily": {"clear", "green", "amber", "amber+strict"},
    "weekly": {"clear", "green", "amber", "amber+strict"},
    "feed only": set(),
    "other segment, daily": set(),
    "other kind, daily": set(),
    "ended, daily": set(),
    "relay": {"clear", "green", "amber", "amber+strict"},
    "relay over": set(),
    "agency at once": {"clear", "green", "amber", "amber+strict"},
    "agency weekly": {"clear", "green", "amber", "amber+strict"},
    "single at once": {"clear"},
    "single daily": {"clear"},
    "single weekly": {"clear"},
    "single, not confirmed": set(),
}


@pytest.fixture
def mailboxes(
    firm: Organisation,
    association: Organisation,
    licensing_agency: Organisation,
    signatory: User,
    lasers: Segment,
    quantum: Segment,
    mandated: Callable[..., Any],
    now: datetime,
) -> dict[str, str]:
    """An address for each way to get mail."""
    before = now - timedelta(hours=1)
    administrator = member(licensing_agency, "Ado Administrator", Role.ADMINISTRATOR)
    mailboxes = {way: f"{way.replace(' ', '.').replace(',', '')}@mail.example" for way in MAIL}

    def enter(way: str, organisation: Organisation, by: User, *segments: Segment, **wishes: Any) -> Any:
        wishes["segments"] = segments or [lasers]
        return audience.subscribe(organisation=organisation, address=mailboxes[way], by=by, now=before, **wishes)

    enter("at once", firm, signatory)
    enter("daily", firm, signatory, pace="daily")
    enter("weekly", firm, signatory, pace="weekly")
    enter("feed only", firm, signatory, pace="daily", channel="feed")
    enter("other segment, daily", firm, signatory, quantum, pace="daily")
    enter("other kind, daily", firm, signatory, kinds=["event"], pace="daily")
    audience.unsubscribe(enter("ended, daily", firm, signatory, pace="daily"), by=signatory, now=before)
    enter("agency at once", licensing_agency, administrator)
    enter("agency weekly", licensing_agency, administrator, pace="weekly")
    mandated(association, mailboxes["relay"], lasers)
    over = {"valid_from": date(2020, 1, 1), "valid_to": date(2020, 12, 31)}
    mandated(association, mailboxes["relay over"], lasers, **over)
    for way, pace in (("single at once", "immediate"), ("single daily", "daily"), ("single weekly", "weekly")):
        confirming.confirm(address=mailboxes[way], segments=[lasers], pace=pace, now=before)
    confirming.ask(address=mailboxes["single, not confirmed"], language="en", now=before)
    return mailboxes


@pytest.mark.parametrize("urgency", ["routine", "urgent"])
def test_a_mailbox_gets_the_words_that_the_label_allows_and_each_once(
    urgency: str, mailboxes: dict[str, str], published: Make, lasers: Segment, now: datetime
) -> None:
    for label in LABELS:
        published(title=f"About {label}!", tlp=label, segments=[lasers], urgency=urgency)
    assert digesting.post_due(now=now + timedelta(days=30)) == (0 if urgency == "urgent" else 5)
    found: dict[str, list[str]] = {}
    waits: set[str] = set()
    for way, address in mailboxes.items():
        letters = Letter.objects.filter(envelopes__address=address).exclude(purpose=confirming.PURPOSE)
        for words in ("text", "html"):
            found[way] = [label for letter in letters for label in LABELS if f"About {label}!" in getattr(letter, words)]
            assert sorted(found[way]) == sorted(MAIL[way]), (way, words)
        waits |= {way for letter in letters if letter.subject.startswith("TLP:RED")}
        strictest = {letter.subject.partition(" ")[0] for letter in letters if letter.purpose.startswith("advisory-digest")}
        assert strictest <= {"TLP:CLEAR", "TLP:AMBER+STRICT"}
    assert waits == {"agency at once", "agency weekly"}


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


def test_what_is_hidden_and_what_is_not_there_answer_alike(advisories: dict[str, Advisory], filed: Make) -> None:
    client, file = Client(), filed(tlp="green").files[0]
    for name in FILE_DOORS:
        hidden, missing = (client.get(reverse(name, args=[file.advisory_id, pk])) for pk in (file.pk, UUID(int=0)))
        assert hidden.status_code == missing.status_code == 404
        assert hidden.content == missing.content
    for address in ("/advisories/{}/", "/api/v1/advisories/{}/", "/advisories/{}/stix.json", "/advisories/{}/dates.ics"):
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
