"""Every form that anybody meets on a walk through the demo country, sent with what nobody should send: refused with a sentence, and
what was typed is still there."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import resolve
from django.utils import timezone
from lxml import html

from inquiries import receipts
from inquiries.models import Inquiry, Label
from inquiries.services import asking, casework, experts
from inquiries.services.identities import Confidential
from organisations.models import User
from tests.conftest import sign_in

DATABASES = ["default", "disclosed", "keys"]

# Whose pages hold all the forms between them.
PEOPLE = {
    "stranger": "",
    "firm-signatory": "signatory@taevarada.example",
    "firm-entry-editor": "entry-editor@taevarada.example",
    "association-officer": "officer@photonics-cluster.example",
    "case-officer": "case-officer@focalpoint.example",
    "supervisor": "supervisor@focalpoint.example",
    "licensing-case-officer": "case-officer@licensing-board.example",
    "editor": "editor@focalpoint.example",
    "administrator": "administrator@focalpoint.example",
    "gatekeeper": "second-gatekeeper@focalpoint.example",
}
WORK_ON_CASES = ("case-officer", "supervisor", "licensing-case-officer")
# Cases that differ in what may be done about them.
CASES = (
    "Firmware and remote diagnosis for a machine in Belarus",
    "Repeat orders of transducers beyond plausible need",
    "Used five-axis mill, 2B001.b.2",
    "Hydrophone arrays for aquaculture, end use shown",
    "False tender with a macro, aimed at drone makers",
    "Powder-bed printer with melt pool control: 2B510",
    "Greenfield laboratory for chip design by a foreign group",
)
ACCOUNT_PAGES = (
    "/account/login/",
    "/account/password/reset/",
    "/account/email/",
    "/account/password/change/",
    "/account/2fa/",
    "/account/sessions/",
)
NOT_PAGES = re.compile(r"\.(atom|json|csv|ics)$|^/(api|static|mailbox|styles|healthz|readyz|account/logout)\b|/files/")
TYPED = ("text", "search", "textarea", "email", "url")
NEVER_SHOWN = ("receipt", "code", "password", "oldpassword")
CHOSEN = ("select", "radio", "date", "number")


@dataclass(frozen=True)
class Form:
    """A form as it stands on a page: what it sends if nobody touches it, and of which kind each field is."""

    who: str
    page: str
    action: str
    untouched: dict[str, str] = field(hash=False)
    kinds: dict[str, str] = field(hash=False)

    @property
    def route(self) -> str:
        return resolve(self.action).route

    @property
    def alike(self) -> tuple[str, frozenset[str]]:
        """Forms that ask the same of anybody are sent once."""
        return self.route, frozenset(re.sub(r"\d+", "", name) for name in self.kinds)

    def of_kinds(self, *kinds: str) -> list[str]:
        return [name for name, kind in self.kinds.items() if kind in kinds]

    def __str__(self) -> str:
        return f"{self.who} on {self.page} → {self.action} {sorted(self.kinds)}"


def forms_of(who: str, page: str, content: bytes) -> Iterator[Form]:
    """The forms of a page that are sent by POST and have anything to fill in."""
    tree = html.fromstring(content)
    for form in tree.xpath("//form[translate(@method, 'POST', 'post') = 'post']"):
        outside = tree.xpath("//*[@form = $name]", name=form.get("id")) if form.get("id") else []
        untouched: dict[str, str] = {}
        kinds: dict[str, str] = {}
        for part in [*form.xpath(".//input | .//textarea | .//select"), *form.xpath(".//button[1]")[:1], *outside]:
            _read(part, untouched, kinds)
        action = (form.get("action") or page).partition("?")[0]
        if kinds:
            yield Form(who, page, action, untouched, kinds)


def _read(part: Any, untouched: dict[str, str], kinds: dict[str, str]) -> None:
    name, kind = part.get("name"), part.get("type", "text") if part.tag == "input" else part.tag
    if not name or name == "csrfmiddlewaretoken":
        return
    if kind in ("hidden", "button"):
        untouched.setdefault(name, part.get("value") or "")
    else:
        kinds[name] = kind
        if kind == "select":
            untouched[name] = (next(iter(part.xpath("string(.//option[@selected]/@value)") or [""])) and part.value) or ""
        elif kind in ("radio", "checkbox"):
            if part.get("checked") is not None:
                untouched[name] = part.get("value") or "on"
        elif kind != "file":
            untouched[name] = (part.text or "") if kind == "textarea" else (part.get("value") or "")


@dataclass
class Walk:
    """Everybody's browser, and the forms that they met."""

    clients: dict[str, Client]
    forms: list[Form]

    def send(self, form: Form, **values: str) -> HttpResponse:
        response: HttpResponse = self.clients[form.who].post(form.action, form.untouched | values)
        return response


@pytest.fixture(scope="module")
def walk(country: None, django_db_blocker: Any) -> Walk:
    with django_db_blocker.unblock():
        clients = {who: _client(email) for who, email in PEOPLE.items()}
        cases = [f"/desk/inquiries/{pk}/" for pk in Inquiry.objects.filter(title__in=CASES).values_list("pk", flat=True)]
        assert len(cases) == len(CASES)
        found: dict[tuple[str, frozenset[str]], Form] = {}
        for who, client in clients.items():
            for form in _met(who, client, cases if who in WORK_ON_CASES else []):
                found.setdefault(form.alike, form)
        for form in chain(_behind_receipts(clients["stranger"]), _of_an_expert(clients["stranger"])):
            found.setdefault(form.alike, form)
    return Walk(clients, list(found.values()))


def _client(email: str) -> Client:
    return sign_in(User.objects.get(email=email)) if email else Client()


def _met(who: str, client: Client, cases: list[str]) -> Iterator[Form]:
    """Walk from the first page along the links, to one page of each address; and to each of the cases."""
    ahead = deque(["/", *ACCOUNT_PAGES, *cases])
    seen: set[str] = set()
    while ahead:
        response = client.get(ahead.popleft(), follow=True)
        page = response.request["PATH_INFO"]
        if page in seen or response.status_code != 200 or "html" not in response.get("Content-Type", ""):
            continue
        seen.add(page)
        yield from forms_of(who, page, response.content)
        for link in html.fromstring(response.content).xpath("//a/@href"):
            path = link.partition("#")[0].partition("?")[0]
            if path.startswith("/") and not NOT_PAGES.search(path) and (key := resolve(path).route) not in seen:
                seen.add(key)
                ahead.append(path)


def _behind_receipts(client: Client) -> Iterator[Form]:
    """The forms behind a receipt, of a question that waits, of one that is answered, and of one asked confidentially."""
    officer, today = User.objects.get(email=PEOPLE["case-officer"]), timezone.localdate()
    for identity, is_answered in ((None, False), (None, True), (Confidential(name="N", organisation="", contact="c"), False)):
        filed = asking.submit(topic="other", text="May I?", identity=identity, today=today)
        if is_answered:
            casework.answer(casework.take(filed.inquiry, by=officer, today=today), text="You may.", by=officer, today=today)
        conversation = client.post("/conversation/", {"receipt": filed.receipt})
        yield from forms_of("stranger", "/conversation/", conversation.content)
        visit = {"visit": asking.visit(receipts.read(filed.receipt), now=timezone.now())}
        for page in ("/conversation/upgrade/", "/conversation/identity/", "/conversation/rotate/", "/conversation/erase/"):
            yield from forms_of("stranger", page, client.post(page, visit).content)


def _of_an_expert(client: Client) -> Iterator[Form]:
    officer, today = User.objects.get(email=PEOPLE["case-officer"]), timezone.localdate()
    case = casework.take(asking.submit(topic="other", text="May I?", today=today).inquiry, by=officer, today=today)
    asked = experts.ask(
        case, name="E", address="e@e.example", label=Label.AMBER_STRICT, excerpt="What is this?", by=officer, today=today
    )
    (link,) = re.findall(r"/expert/[\w-]+/", asked.letter.body)
    yield from forms_of("stranger", link, client.get(link).content)
    yield from forms_of("stranger", link, client.post(link, {"code": asked.code}).content)


# --- what nobody should send ----------------------------------------------------------------------------------------


def refused(response: HttpResponse) -> str:
    """What is wrong with an answer to bad input; nothing, if it is a refusal with a sentence."""
    if not 400 <= response.status_code < 500:
        return f"answered {response.status_code}"
    page = response.content.decode()
    if "govuk-error-message" in page or "govuk-error-summary" in page or (response.status_code in (400, 413) and "<h1" in page):
        return ""
    return f"answered {response.status_code} without a sentence"


# Where nothing chosen is a choice, and where nothing is done about what is no choice but to show the page again.
NOTHING_IS_ENOUGH = ("desk/routing/second-official/", "account/email/")


def complaints(found: dict[Form, str]) -> str:
    return "\n".join(f"{form}: {complaint}" for form, complaint in found.items() if complaint)


@pytest.mark.django_db(databases=DATABASES)
def test_text_that_is_far_too_long_is_refused(walk: Walk) -> None:
    sent = {form: dict.fromkeys(form.of_kinds(*TYPED), "x" * 100_001) for form in walk.forms}
    assert complaints({form: refused(walk.send(form, **values)) for form, values in sent.items() if values}) == ""


@pytest.mark.django_db(databases=DATABASES)
@pytest.mark.parametrize("character", ["\x00", "\x07"], ids=["null", "bell"])
def test_control_characters_are_refused_and_what_was_typed_stays(walk: Walk, character: str) -> None:
    found = {}
    for form in walk.forms:
        typed = {name: f"kept{number}words{character}" for number, name in enumerate(form.of_kinds(*TYPED))}
        if typed:
            response = walk.send(form, **typed)
            found[form] = refused(response) or lost(response, typed)
    assert complaints(found) == ""


def lost(response: HttpResponse, typed: dict[str, str]) -> str:
    page = response.content.decode()
    gone = [name for name, value in typed.items() if value[:-1] not in page and name not in NEVER_SHOWN]
    return f"lost {gone}" if gone else ""


@pytest.mark.django_db(databases=DATABASES)
def test_choices_that_are_not_offered_are_refused(walk: Walk) -> None:
    sent = {form: dict.fromkeys(form.of_kinds(*CHOSEN), "nonsense") for form in walk.forms if form.route not in NOTHING_IS_ENOUGH}
    assert complaints({form: refused(walk.send(form, **values)) for form, values in sent.items() if values}) == ""


@pytest.mark.django_db(databases=DATABASES)
def test_what_is_missing_is_asked_for(walk: Walk) -> None:
    found = {
        form: walk.clients[form.who].post(form.action, {"csrfmiddlewaretoken": "as a browser sends"})
        for form in walk.forms
        if form.route not in NOTHING_IS_ENOUGH
    }
    assert complaints({form: refused(response) for form, response in found.items()}) == ""


@pytest.mark.django_db(databases=DATABASES)
def test_hidden_fields_that_were_tampered_with_break_nothing(walk: Walk) -> None:
    for form in walk.forms:
        if hidden := set(form.untouched) - set(form.kinds):
            for value in ("nonsense", "\x00"):
                assert walk.send(form, **dict.fromkeys(hidden, value)).status_code < 500, f"{form} {value!r}"


@pytest.mark.django_db(databases=DATABASES)
def test_the_walk_came_to_the_forms_that_matter(walk: Walk) -> None:
    met = {form.route for form in walk.forms}
    wanted = {
        "ask/", "ask/confidential/", "ask/named/", "proof/", "expert/<str:token>/", "expert/<str:token>/answer/",
        "conversation/", "conversation/reply/", "conversation/upgrade/", "conversation/identity/", "conversation/erase/",
        "organisations/new/", "organisations/<uuid:pk>/members/", "organisations/tokens/",
        "registry/entry/edit/", "registry/agreement/propose/", "registry/look/", "registry/tokens/", "desk/registry/look/",
        "desk/advisories/new/", "advisories/subscription/", "desk/inquiries/<uuid:pk>/answer/",
    }  # fmt: skip
    assert wanted - met == set()
