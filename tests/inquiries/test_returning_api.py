"""What a firm's own system does with a receipt: settle, reopen, close, exchange, prove, object, be reminded, erase."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from inquiries import proofs, receipts
from inquiries.models import Inquiry
from inquiries.services import asking, casework, proving
from organisations.models import Organisation, User

CONVERSATION = "/api/v1/inquiries/conversation/"
REMINDERS = "/api/v1/inquiries/reminders/"
Send = Callable[..., Any]
RIGHT: dict[str, Any] = {
    "settle": ("post", {}), "reopen": ("post", {}), "close": ("post", {}), "proof": ("get", None),
    "rotate": ("post", {"key": "k" * 16}), "objection": ("put", {"objects": True}),
}  # fmt: skip


@pytest.fixture
def filed(db: None) -> asking.Filed:
    return asking.submit(topic="sanctions", text="May I?", today=timezone.localdate())


@pytest.fixture
def send(client: Client, filed: asking.Filed) -> Send:
    """Calls with the receipt of what was filed, or with another."""

    def call(verb: str = "", body: Any = None, *, method: str = "post", receipt: str = "") -> Any:
        sent = {} if body is None else {"data": body, "content_type": "application/json"}
        path = f"{CONVERSATION}{verb}/" if verb else CONVERSATION
        return getattr(client, method)(path, headers={"Authorization": f"Receipt {receipt or filed.receipt}"}, **sent)

    return call


def answered(filed: asking.Filed, officer: User) -> None:
    casework.take(filed.inquiry, by=officer, today=timezone.localdate())
    casework.answer(filed.inquiry, text="You may.", by=officer, today=timezone.localdate())


@pytest.mark.usefixtures("one_official_answers")
def test_an_asker_settles_and_reopens(send: Send, filed: asking.Filed, officer: User) -> None:
    answered(filed, officer)
    assert send("settle", {}).json()["status"] == "closed"
    assert send("settle", {}).status_code == 200  # sent twice
    reopened = send("reopen", {}).json()
    assert (reopened["status"], reopened["erase_on"]) == ("in-hand", None)


def test_an_asker_closes(send: Send) -> None:
    closed = send("close", {}).json()
    assert (closed["status"], closed["due_on"]) == ("closed", None)
    assert closed["erase_on"] == (timezone.localdate() + timedelta(days=30)).isoformat()


def test_what_is_not_possible_now_is_refused(send: Send) -> None:
    response = send("settle", {})
    assert (response.status_code, response["Content-Type"]) == (409, "application/problem+json")


def test_a_conversation_names_who_can_read_it(
    send: Send, filed: asking.Filed, officer: User, licensing_agency: Organisation
) -> None:
    assert send(method="get").json()["readers"] == []
    casework.route(filed.inquiry, agency=licensing_agency, by=officer, today=timezone.localdate())
    assert send(method="get").json()["readers"] == ["Licensing Board"]


def test_the_page_of_a_conversation_names_them_too(
    client: Client, filed: asking.Filed, officer: User, licensing_agency: Organisation
) -> None:
    shown = client.post("/conversation/", {"receipt": filed.receipt}).content.decode()
    assert "Officials of the focal point. Nobody else can open it." in shown
    casework.route(filed.inquiry, agency=licensing_agency, by=officer, today=timezone.localdate())
    shown = client.post("/conversation/", {"receipt": filed.receipt}).content.decode()
    assert "Officials of the focal point and of: Licensing Board. Nobody else can open it." in shown


def test_a_receipt_is_exchanged_and_the_same_key_gives_the_same_again(send: Send, filed: asking.Filed) -> None:
    first, again = (send("rotate", {"key": "k" * 16}).json()["receipt"] for _ in range(2))
    assert first == again != filed.receipt
    assert send(method="get").status_code == 401
    assert send(method="get", receipt=first).status_code == 200
    assert send("rotate", {"key": "another key of mine"}).status_code == 401


@pytest.mark.parametrize("body", [{}, {"key": "short"}, {"key": "x" * 201}, {"key": "k" * 16, "more": 1}, {"key": "\x00" * 16}, []])
def test_an_exchange_needs_a_key(send: Send, body: Any) -> None:
    assert send("rotate", body).status_code == 400
    assert send(method="get").status_code == 200


def test_a_proof_verifies(send: Send, filed: asking.Filed) -> None:
    response = send("proof", method="get")
    assert response["Content-Type"] == "application/json"
    proof = proofs.verify(response.content.decode(), public_keys=proving.public_keys())
    assert proof.statement.reference == filed.inquiry.reference


def test_an_asker_objects_to_publication_and_takes_it_back(send: Send, filed: asking.Filed) -> None:
    for objects in (True, False):
        assert send("objection", {"objects": objects}, method="put").json()["objects_to_publication"] is objects
        filed.inquiry.refresh_from_db()
        assert filed.inquiry.objects_to_publication is objects


@pytest.mark.parametrize("body", [{}, {"objects": "perhaps"}, {"objects": None}, {"objects": True, "why": "no"}])
def test_an_objection_is_yes_or_no(send: Send, body: Any) -> None:
    assert send("objection", body, method="put").status_code == 400


def test_an_asker_erases_for_good(send: Send, filed: asking.Filed) -> None:
    erased = send(method="delete")
    assert (erased.status_code, erased.content, Inquiry.objects.count()) == (204, b"", 0)
    assert send(method="delete").status_code == 401


@pytest.mark.parametrize("verb", sorted(RIGHT))
@pytest.mark.parametrize("header", ["", "Receipt", "Receipt " + receipts.write(bytes(14)), "Bearer fpt_x"])
def test_without_a_receipt_nothing_is_done(client: Client, filed: asking.Filed, verb: str, header: str) -> None:
    method, body = RIGHT[verb]
    sent = {} if body is None else {"data": body, "content_type": "application/json"}
    response = getattr(client, method)(f"{CONVERSATION}{verb}/", headers={"Authorization": header} if header else {}, **sent)
    assert (response.status_code, response["Content-Type"]) == (401, "application/problem+json")
    assert response["WWW-Authenticate"] == "Receipt"


@pytest.mark.parametrize("verb", ["settle", "reopen", "close"])
def test_a_verb_takes_no_fields(send: Send, verb: str) -> None:
    assert send(verb, {"text": "but"}).status_code == 400


@pytest.mark.parametrize("verb", ["settle", "reopen", "close", "rotate", "proof", "objection"])
def test_nothing_is_kept_by_a_cache(send: Send, verb: str) -> None:
    method, body = RIGHT[verb]
    assert "no-store" in send(verb, body, method=method)["Cache-Control"]


# --- reminders ------------------------------------------------------------------------------------------------------


def reminder(**said: Any) -> dict[str, Any]:
    tomorrow = timezone.localdate() + timedelta(days=1)
    return {"first": tomorrow.isoformat(), "every": 7, "count": 4, "title": "Look again", **said}


def test_reminders_are_made_of_what_is_sent(client: Client, db: None) -> None:
    response = client.post(REMINDERS, reminder(), content_type="application/json")
    assert (response.status_code, response["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert b"SUMMARY:Look again" in response.content


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("first", "2020-01-01"),
        ("first", "x"),
        ("every", 3),
        ("count", 0),
        ("count", 99),
        ("title", ""),
        ("title", "\x00"),
        ("by", "me"),
    ],
)
def test_reminders_that_can_not_be_are_refused(client: Client, db: None, field: str, value: Any) -> None:
    response = client.post(REMINDERS, reminder(**{field: value}), content_type="application/json")
    assert response.status_code == 400
    assert field in response.json()["errors"]
