"""The whole API against its own description: whatever is sent, no answer is a server error or of an undescribed kind."""

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date, timedelta
from functools import cache
from itertools import cycle
from typing import Any

import pytest
import schemathesis
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode

from inquiries.models import Inquiry, Mention, Publication
from inquiries.services import asking, casework, consulting, noting, publishing, replying, rules, savedfilters
from inquiries.services.named import Named
from organisations import services
from organisations.models import ASKERS_SCOPES, ENTRY_SCOPES, OFFICIALS_SCOPES, Membership, Organisation, Role, Scope, User
from organisations.permissions import agencies_of
from portal.wsgi import application
from registry.disclosure import TEMPLATES, Audience, Purpose
from registry.models import AgreementVersion
from registry.permissions import Capacity
from registry.services import agreements, entries, looking
from tests.conftest import is_long_run, member
from tests.inquiries.test_rules import terms
from tests.registry.conftest import VALUES, look_at


@cache
def described() -> Any:
    """The API's description, which the portal works out anew for everybody who asks."""
    return Client().get("/api/schema/").json()


@cache
def operations() -> list[Any]:
    schema = schemathesis.openapi.from_wsgi("/api/schema/", application)
    return [found.ok() for found in schema.get_all_operations()]


@pytest.mark.django_db(transaction=True, databases=["default", "disclosed", "keys"])
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_answer_is_a_server_error(
    mode: GenerationMode, official: User, signatory: User, firm: Organisation, focal_point: Organisation, offered: AgreementVersion
) -> None:
    """Calls of strangers as they come; those of people by their programs, every other one about a case there is."""
    today = timezone.localdate()
    case = asking.submit(topic="other", text="May I?", today=today).inquiry
    named = asking.submit(topic="other", text="May I?", identity=Named(signatory, firm), today=today).inquiry
    official_s, member_s = token_of(official, OFFICIALS_SCOPES), token_of(signatory, ASKERS_SCOPES)
    firm_s, looker_s = token_of(signatory, ENTRY_SCOPES), looking_token_of(official, focal_point)
    assert len(operations()) >= 162
    for operation in operations():
        if "/desk/" in operation.path:
            send_all(operation, mode, headers=official_s, case_id=str(case.pk))
        elif "/named/" in operation.path:
            send_all(operation, mode, headers=member_s, case_id=str(named.pk))
        elif operation.path.startswith(OWN):
            send_all(operation, mode, headers=firm_s, case_id=str(offered.pk))
        elif "/registry/" in operation.path:
            send_all(operation, mode)
            send_all(operation, mode, headers=looker_s)
        else:
            send_all(operation, mode)


@pytest.fixture
def official(focal_point: Organisation) -> User:
    """Somebody to whom every call of the desk is open."""
    return member(focal_point, "Oskar Official", Role.CASE_OFFICER, Role.SUPERVISOR, Role.ADMINISTRATOR)


def token_of(user: User, scopes: Iterable[Scope]) -> dict[str, str]:
    """The header of a token of this person's."""
    form = ",".join(scopes).encode()
    made = services.make_token(name="Sync", scopes=scopes, days=9, form=form, by=user, today=timezone.localdate())
    return {"Authorization": f"Bearer {made.secret}"}


def looking_token_of(user: User, organisation: Organisation) -> dict[str, str]:
    """The header of a token that looks and suggests for the focal point."""
    made = looking.make_token(
        name="Sync",
        capacity=Capacity(Audience.FOCAL_POINT, organisation),
        purposes=list(Purpose),
        days=9,
        form=bytes(32),
        by=user,
        today=timezone.localdate(),
        suggests=True,
    )
    return {"Authorization": f"Bearer {made.secret}"}


@pytest.fixture
def offered(firm: Organisation, signatory: User, entry_editor: User) -> AgreementVersion:
    """A proposal of a firm that has an entry; the signatory may write the entry as well."""
    Membership.objects.create(user=signatory, organisation=firm, role=Role.ENTRY_EDITOR)
    now, today = timezone.now(), timezone.localdate()
    entry = entries.save_entry(organisation=firm, values=VALUES, activities=[], by=entry_editor, now=now)
    terms = TEMPLATES["public-profile"]
    return agreements.offer(entry=entry, terms=terms, valid_from=today, valid_until=today, by=signatory, now=now)


OWN = tuple(f"/api/v1/registry/{part}/" for part in ("entry", "agreement", "ledger", "introductions", "outreach"))
TOO_LONG, CONTROL, WRONG = "x" * 100_001, "a\x07b", {"what": ["is", "this"]}


@pytest.mark.django_db(databases=["default", "disclosed", "keys"])
def test_every_call_with_a_body_refuses_a_bad_one_with_a_sentence(
    client: Client,
    official: User,
    signatory: User,
    firm: Organisation,
    licensing_agency: Organisation,
    focal_point: Organisation,
    offered: AgreementVersion,
) -> None:
    today = timezone.localdate()
    official_s, member_s, firm_s = (
        token_of(official, OFFICIALS_SCOPES),
        token_of(signatory, ASKERS_SCOPES),
        token_of(signatory, ENTRY_SCOPES),
    )
    looker_s = looking_token_of(official, focal_point)
    look = look_at(offered.agreement.entry)
    case = asking.submit(topic="other", text="May I?", today=today).inquiry
    asked = consulting.ask(case, agency=licensing_agency, question="And you?", by=official, today=today)
    rows = {
        "/answers/{id}/": draft_of(official, today=today),
        "/rules/{id}/": rules.add(terms=terms(), by=official, today=today),
        "/filters/{id}/": savedfilters.save(name="Mine", query={"q": "pump"}, agency=None, by=official),
        "/agreement/{id}/": offered,
        "/mentions/{id}/": mention_of(official, case, today=today),
        "/replies/{id}/": replying.write(agency=agencies_of(official)[0], name="More", text="Tell us.", by=official, today=today),
    }
    late = asking.submit(topic="other", text="May I?", today=today - timedelta(days=60)).inquiry
    casework.take(late, by=official, today=today)
    calls = list(described_calls(described()))
    assert len(calls) >= 66
    wrong = []
    for method, path, fields in calls:
        filed = asking.submit(topic="other", text="May I?", today=today)  # its own, because some calls need no body to be right
        headers = {"Authorization": f"Receipt {filed.receipt}"}
        headers = official_s if "/desk/" in path else member_s if "/named/" in path else headers
        headers = firm_s if path.startswith(OWN) else looker_s if "/registry/entries/" in path else headers
        named = asking.submit(topic="other", text="May I?", identity=Named(signatory, firm), today=today).inquiry
        found = next((row for part, row in rows.items() if part in path), named if "/named/" in path else case)
        found, part = (late, late.breaches.get()) if "/breaches/" in path else (found, asked)
        there = path.replace("{id}", str(found.pk)).replace("{ref}", str(part.pk)).replace("{look}", str(look.pk))
        there = there.replace("{kind}", "note")
        bodies = [b"{", b"[]", b"null", b'"words"', *(json.dumps(dict.fromkeys(fields, bad)) for bad in (TOO_LONG, CONTROL, WRONG))]
        for body in bodies:
            response = client.generic(method, there, body, content_type="application/json", headers=headers)
            if not is_problem_with_a_sentence(response):
                wrong.append(f"{method} {path} {body[:40]!r}: {response.status_code} {response.content[:80]!r}")
    assert wrong == []


def mention_of(official: User, case: Inquiry, *, today: date) -> Mention:
    """A colleague's call of this official, in a note."""
    colleague = member(agencies_of(official)[0], "Kaja Colleague", Role.CASE_OFFICER)
    note = noting.note(case, text="Look.", mentions=[official], by=colleague, today=today)
    return note.mentions.get()


def draft_of(official: User, *, today: date) -> Publication:
    """A draft of an answer for everybody."""
    case = casework.take(asking.submit(topic="other", text="May I?", today=today).inquiry, by=official, today=today)
    casework.close(case, by=official, today=today)
    (agency,) = agencies_of(official)
    words, about = publishing.Words("Title", "Question?", "Answer."), publishing.About("other")
    return publishing.draft(case, words=words, about=about, agency=agency, by=official, today=today)


def described_calls(schema: dict[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    """The calls that take a JSON body: the method, the path, and the names of the body's fields, or of one that is none of them."""
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {})
            if "application/json" in content:
                named = content["application/json"]["schema"].get("$ref", "").rpartition("/")[2]
                yield method.upper(), path, list(schema["components"]["schemas"][named].get("properties", ())) or ["what"]


def is_problem_with_a_sentence(response: Any) -> bool:
    return (
        400 <= response.status_code < 500
        and response["Content-Type"] == "application/problem+json"
        and len(response.json()["detail"].split()) > 2
    )


EXAMPLES = 50 if is_long_run() else 5  # of each call in each mode


def send_all(operation: Any, mode: GenerationMode, *, headers: dict[str, str] | None = None, case_id: str = "") -> None:
    turns = cycle((True, False))

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def send(case: Any) -> None:
        if case_id and "id" in (case.path_parameters or {}) and next(turns):
            case.path_parameters["id"] = case_id
        case.call_and_validate(checks=[not_a_server_error], headers=headers)

    with suppress(Unsatisfiable):  # an address without parameters or body has nothing to get wrong
        send()


OURS = ("/api/v1/inquiries/", "/api/v1/desk/", "/api/v1/answers/", "/api/v1/registry/")
FILES = {"application/octet-stream", "text/calendar"}
WITHOUT_FIELDS = {"#/components/schemas/Empty", "#/components/schemas/Nothing"}


def is_shown(content: dict[str, Any]) -> bool:
    """Whether there is nothing to show, or something of it is: what may come as a form as well, with files, is the same."""
    is_bare = {said["schema"].get("$ref") for said in content.values()} <= WITHOUT_FIELDS
    return is_bare or any(media in FILES or {"examples", "example"} & set(said) for media, said in content.items())


def test_every_body_that_goes_in_or_comes_out_is_shown_by_an_example(db: None) -> None:
    bodies = {
        (method, path, name): body.get("content", {})
        for path, calls in described()["paths"].items()
        if path.startswith(OURS)
        for method, operation in calls.items()
        for name, body in {"what is sent": operation.get("requestBody", {}), **operation["responses"]}.items()
    }
    assert len(bodies) > 200
    assert [name for name, content in bodies.items() if not is_shown(content)] == []


def test_a_refusal_is_described_as_the_problem_that_comes(client: Client, db: None) -> None:
    refusal = described()["paths"]["/api/v1/inquiries/"]["post"]["responses"]["400"]["content"]
    come = client.post("/api/v1/inquiries/", {}, content_type="application/json")
    assert set(refusal) == {come["Content-Type"]}
    assert set(refusal[come["Content-Type"]]["example"]) == set(come.json())
