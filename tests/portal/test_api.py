"""The whole API against its own description: whatever is sent, no answer is a server error or of an undescribed kind."""

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
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

from inquiries.services import asking, consulting
from inquiries.services.named import Named
from organisations import services
from organisations.models import ASKERS_SCOPES, OFFICIALS_SCOPES, Organisation, Role, Scope, User
from portal.wsgi import application
from tests.conftest import member


@pytest.mark.django_db(transaction=True, databases=["default", "disclosed", "keys"])
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_answer_is_a_server_error(mode: GenerationMode, official: User, signatory: User, firm: Organisation) -> None:
    """Calls of strangers as they come; those of people by their programs, every other one about a case there is."""
    today = timezone.localdate()
    case = asking.submit(topic="other", text="May I?", today=today).inquiry
    named = asking.submit(topic="other", text="May I?", identity=Named(signatory, firm), today=today).inquiry
    official_s, member_s = token_of(official, OFFICIALS_SCOPES), token_of(signatory, ASKERS_SCOPES)
    schema = schemathesis.openapi.from_wsgi("/api/schema/", application)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) >= 28
    for operation in operations:
        if "/desk/" in operation.path:
            send_all(operation, mode, headers=official_s, case_id=str(case.pk))
        elif "/named/" in operation.path:
            send_all(operation, mode, headers=member_s, case_id=str(named.pk))
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


TOO_LONG, CONTROL, WRONG = "x" * 100_001, "a\x07b", {"what": ["is", "this"]}


@pytest.mark.django_db(databases=["default", "disclosed", "keys"])
def test_every_call_with_a_body_refuses_a_bad_one_with_a_sentence(
    client: Client, official: User, signatory: User, firm: Organisation, licensing_agency: Organisation
) -> None:
    today = timezone.localdate()
    official_s, member_s = token_of(official, OFFICIALS_SCOPES), token_of(signatory, ASKERS_SCOPES)
    case = asking.submit(topic="other", text="May I?", today=today).inquiry
    asked = consulting.ask(case, agency=licensing_agency, question="And you?", by=official, today=today)
    calls = dict(described_calls(client.get("/api/schema/").json()))
    assert len(calls) >= 9
    wrong = []
    for path, fields in calls.items():
        filed = asking.submit(topic="other", text="May I?", today=today)  # its own, because some calls need no body to be right
        headers = {"Authorization": f"Receipt {filed.receipt}"}
        headers = official_s if "/desk/" in path else member_s if "/named/" in path else headers
        named = asking.submit(topic="other", text="May I?", identity=Named(signatory, firm), today=today).inquiry
        there = path.replace("{id}", str(named.pk if "/named/" in path else case.pk)).replace("{ref}", str(asked.pk))
        bodies = [b"{", b"[]", b"null", b'"words"', *(json.dumps(dict.fromkeys(fields, bad)) for bad in (TOO_LONG, CONTROL, WRONG))]
        for body in bodies:
            response = client.post(there, body, content_type="application/json", headers=headers)
            if not is_problem_with_a_sentence(response):
                wrong.append(f"{path} {body[:40]!r}: {response.status_code} {response.content[:80]!r}")
    assert wrong == []


def described_calls(schema: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """The calls by POST that take a JSON body: the path, and the names of the body's fields."""
    for path, operations in schema["paths"].items():
        content = operations.get("post", {}).get("requestBody", {}).get("content", {})
        if "application/json" in content:
            named = content["application/json"]["schema"].get("$ref", "").rpartition("/")[2]
            yield path, list(schema["components"]["schemas"][named]["properties"])


def is_problem_with_a_sentence(response: Any) -> bool:
    return (
        400 <= response.status_code < 500
        and response["Content-Type"] == "application/problem+json"
        and len(response.json()["detail"].split()) > 2
    )


def send_all(operation: Any, mode: GenerationMode, *, headers: dict[str, str] | None = None, case_id: str = "") -> None:
    turns = cycle((True, False))

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=20, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    def send(case: Any) -> None:
        if case_id and "id" in (case.path_parameters or {}) and next(turns):
            case.path_parameters["id"] = case_id
        case.call_and_validate(checks=[not_a_server_error], headers=headers)

    with suppress(Unsatisfiable):  # an address without parameters or body has nothing to get wrong
        send()


OURS = ("/api/v1/inquiries/", "/api/v1/desk/", "/api/v1/answers/")
FILES = {"application/octet-stream", "text/calendar"}
WITHOUT_FIELDS = {"#/components/schemas/Empty", "#/components/schemas/Nothing"}


def is_shown(content: dict[str, Any]) -> bool:
    """Whether there is nothing to show, or something of it is: what may come as a form as well, with files, is the same."""
    is_bare = {said["schema"].get("$ref") for said in content.values()} <= WITHOUT_FIELDS
    return is_bare or any(media in FILES or {"examples", "example"} & set(said) for media, said in content.items())


def test_every_body_that_goes_in_or_comes_out_about_inquiries_is_shown_by_an_example(client: Client, db: None) -> None:
    bodies = {
        (method, path, name): body.get("content", {})
        for path, operations in client.get("/api/schema/").json()["paths"].items()
        if path.startswith(OURS)
        for method, operation in operations.items()
        for name, body in {"what is sent": operation.get("requestBody", {}), **operation["responses"]}.items()
    }
    assert len(bodies) > 200
    assert [name for name, content in bodies.items() if not is_shown(content)] == []


def test_a_refusal_is_described_as_the_problem_that_comes(client: Client, db: None) -> None:
    described = client.get("/api/schema/").json()["paths"]["/api/v1/inquiries/"]["post"]["responses"]["400"]["content"]
    come = client.post("/api/v1/inquiries/", {}, content_type="application/json")
    assert set(described) == {come["Content-Type"]}
    assert set(described[come["Content-Type"]]["example"]) == set(come.json())
