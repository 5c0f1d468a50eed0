"""Asking by name by program: with a token that asks, in the name of an organisation that its owner acts for now."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from inquiries import receipts
from inquiries.models import Inquiry, NamedAsker
from inquiries.services import asking, casework, redacting
from inquiries.services.identities import Confidential
from inquiries.services.named import Named
from organisations import services
from organisations.models import OFFICIALS_SCOPES, ApiToken, Kind, Membership, Organisation, Role, Scope, User
from tests.conftest import SignIn, member
from tests.inquiries.test_desk_api import DESK, is_problem

NAMED = "/api/v1/inquiries/named/"
ONE = {
    "": ("get", None), "settle": ("post", {}), "reopen": ("post", {}), "close": ("post", {}), "proof": ("get", None),
    "rotate": ("post", {"key": "k" * 16}), "objection": ("put", {"objects": True}), "mail": ("put", {"wants_mail": True}),
    f"files/{uuid.UUID(int=0)}": ("get", None),
}  # fmt: skip
QUESTION = {"topic": "classification", "subject": "Pumps", "text": "Is a pump controlled?"}
Call = Callable[..., Any]


@pytest.fixture(autouse=True)
def nobody_has_called_yet() -> None:
    cache.clear()


def token(who: User, scope: Scope = Scope.INQUIRIES_ASK) -> str:
    return services.make_token(
        name="Sync", scopes=[scope], days=30, form=uuid.uuid4().bytes * 2, by=who, today=timezone.localdate()
    ).secret


@pytest.fixture
def call(client: Client) -> Call:
    """Calls as the program of `who`, whose token asks."""

    def send(who: User, path: str = "", body: Any = None, *, method: str = "", secret: str = "") -> Any:
        verb = method or ("get" if body is None else "post")
        sent = {} if body is None else {"data": body, "content_type": "application/json"}
        return getattr(client, verb)(NAMED + path, headers={"Authorization": f"Bearer {secret or token(who)}"}, **sent)

    return send


@pytest.fixture
def asked(signatory: User, firm: Organisation) -> asking.Filed:
    who = Named(signatory, firm)
    return asking.submit(topic="sanctions", subject="Pumps", text="May I?", identity=who, today=timezone.localdate())


def one(filed: asking.Filed, verb: str = "") -> str:
    return f"{filed.inquiry.pk}/{verb + '/' if verb else ''}"


# --- asking and reading ---------------------------------------------------------------------------------------------


def test_a_program_asks_by_name_and_its_colleagues_read_it(
    call: Call, signatory: User, entry_editor: User, firm: Organisation
) -> None:
    filed = call(signatory, body=QUESTION | {"wants_mail": True})
    assert filed.status_code == 201
    made = filed.json()
    asker = NamedAsker.objects.select_related("inquiry").get()
    assert (str(asker.pk), asker.user, asker.organisation, asker.wants_mail) == (made["id"], signatory, firm, True)
    assert asking.open_with_receipt(receipts.read(made["receipt"])).inquiry == asker.inquiry
    (row,) = call(entry_editor).json()["results"]
    assert row == {
        "id": made["id"], "reference": made["reference"], "subject": "Pumps", "topic": "classification", "status": "received",
        "received_on": timezone.localdate().isoformat(), "due_on": asker.inquiry.due_on.isoformat(),  # type: ignore[union-attr]
        "organisation": "Baltic Photonics OÜ", "asked_by": "Signe Signatory",
    }  # fmt: skip
    read = call(entry_editor, f"{made['id']}/").json()
    assert [line["text"] for line in read["messages"]] == ["Is a pump controlled?"]
    assert [read[name] for name in ("mode", "organisation", "asked_by", "wants_mail")] == [
        "named", "Baltic Photonics OÜ", "Signe Signatory", None,
    ]  # fmt: skip


def test_a_colleague_writes_settles_and_reopens(call: Call, entry_editor: User, officer: User, asked: asking.Filed) -> None:
    wrote = call(entry_editor, one(asked), {"text": "One more thing."})
    assert (wrote.status_code, [line["text"] for line in wrote.json()["messages"]]) == (201, ["May I?", "One more thing."])
    assert is_problem(call(entry_editor, one(asked, "settle"), {}), 409)
    assert call(entry_editor, one(asked, "close"), {}).json()["status"] == "closed"
    assert call(entry_editor, one(asked, "reopen"), {}).json()["status"] == "received"


def test_files_go_and_come(client: Client, call: Call, signatory: User) -> None:
    headers = {"Authorization": f"Bearer {token(signatory)}"}
    file = SimpleUploadedFile("note.txt", b"Ten pumps")
    sent = client.post(NAMED, {"body": json.dumps(QUESTION), "files": [file]}, headers=headers)
    assert [each["name"] for each in sent.json()["files"]] == ["note.txt"]
    pk = sent.json()["id"]
    (kept,) = client.get(f"{NAMED}{pk}/", headers=headers).json()["messages"][0]["files"]
    downloaded = client.get(f"{NAMED}{pk}/files/{kept['id']}/", headers=headers)
    assert b"".join(downloaded.streaming_content) == b"Ten pumps"  # type: ignore[attr-defined]


def test_the_same_key_sent_twice_files_one_question(call: Call, signatory: User, entry_editor: User) -> None:
    sent = QUESTION | {"key": "0123456789abcdef"}
    first, again = (call(signatory, body=sent).json() for _ in range(2))
    assert first == again
    assert call(entry_editor, body=sent).json()["receipt"] != first["receipt"]  # a key is its owner's
    assert Inquiry.objects.count() == 2


def test_who_acts_for_several_says_in_whose_name(
    call: Call, signatory: User, association: Organisation, firm: Organisation
) -> None:
    Membership.objects.create(user=signatory, organisation=association, role=Role.OFFICER)
    signatory = User.objects.get(pk=signatory.pk)
    refused = call(signatory, body=QUESTION)
    assert is_problem(refused, 400)
    assert str(association.pk) in refused.json()["errors"]["organisation"][0]
    assert call(signatory, body=QUESTION | {"organisation": str(association.pk)}).status_code == 201
    assert NamedAsker.objects.get().organisation == association


def test_nobody_asks_in_the_name_of_others(call: Call, signatory: User, association: Organisation) -> None:
    refused = call(signatory, body=QUESTION | {"organisation": str(association.pk)})
    assert is_problem(refused, 400)
    assert "organisation" in refused.json()["errors"]
    assert Inquiry.objects.count() == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "topic"), (QUESTION | {"text": " "}, "text"), (QUESTION | {"identity": {"name": "A", "contact": "b"}}, "identity"),
        (QUESTION | {"key": "short"}, "key"), (QUESTION | {"organisation": "x"}, "organisation"),
        (QUESTION | {"wants_mail": "perhaps"}, "wants_mail"), (QUESTION | {"subject": "\x07"}, "subject"),
    ],
)  # fmt: skip
def test_bad_input_is_a_problem_that_names_the_field(call: Call, signatory: User, body: Any, field: str) -> None:
    refused = call(signatory, body=body)
    assert is_problem(refused, 400)
    assert field in refused.json()["errors"]


def test_only_who_asked_chooses_about_mail(call: Call, signatory: User, entry_editor: User, asked: asking.Filed) -> None:
    assert is_problem(call(entry_editor, one(asked, "mail"), {"wants_mail": True}, method="put"), 409)
    assert call(signatory, one(asked, "mail"), {"wants_mail": True}, method="put").json()["wants_mail"] is True


def test_an_objection_a_proof_and_a_new_receipt(call: Call, signatory: User, asked: asking.Filed) -> None:
    assert call(signatory, one(asked, "objection"), {"objects": True}, method="put").json()["objects_to_publication"] is True
    assert call(signatory, one(asked, "proof")).json()["statement"]["reference"] == asked.inquiry.reference
    new = call(signatory, one(asked, "rotate"), {"key": "k" * 16}).json()["receipt"]
    assert asking.open_with_receipt(receipts.read(new)).inquiry == asked.inquiry
    with pytest.raises(asking.UnableToReturn):
        asking.open_with_receipt(receipts.read(asked.receipt))


def test_a_question_is_erased(call: Call, signatory: User, asked: asking.Filed) -> None:
    assert call(signatory, one(asked), method="delete").status_code == 204
    assert is_problem(call(signatory, one(asked)), 404)


@pytest.mark.usefixtures("one_official_answers")
def test_what_came_since_the_askers_own_words_is_new(
    client: Client, call: Call, signatory: User, officer: User, asked: asking.Filed
) -> None:
    def marks() -> tuple[int, list[bool]]:
        read = call(signatory, one(asked)).json()
        return read["unread"], [line["is_new"] for line in read["messages"]]

    assert marks() == (0, [False])
    today = timezone.localdate()
    casework.take(asked.inquiry, by=officer, today=today)
    casework.ask_back(asked.inquiry, text="Which?", by=officer, today=today)
    casework.answer(asked.inquiry, text="You may.", by=officer, today=today)
    assert marks() == (2, [False, True, True])
    page = client.post("/conversation/", {"receipt": asked.receipt}).content.decode()
    assert page.count("New since you wrote") == 2  # as the page shows it
    by_receipt = client.get("/api/v1/inquiries/conversation/", headers={"Authorization": f"Receipt {asked.receipt}"}).json()
    assert by_receipt["unread"] == 2
    call(signatory, one(asked), {"text": "Thank you."})
    assert marks() == (0, [False, False, False, False])


# --- from a receipt to a name ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("identity", [None, Confidential(name="A", organisation="", contact="b")])
def test_a_question_that_was_asked_otherwise_gets_a_name(
    call: Call, signatory: User, entry_editor: User, firm: Organisation, identity: Confidential | None
) -> None:
    filed = asking.submit(topic="other", text="May I?", identity=identity, today=timezone.localdate())
    named = call(signatory, "upgrade/", {"receipt": filed.receipt}).json()
    assert (named["mode"], named["organisation"], named["id"]) == ("named", "Baltic Photonics OÜ", str(filed.inquiry.pk))
    again = call(signatory, "upgrade/", {"receipt": filed.receipt})
    assert again.status_code == 200  # sent twice
    assert list(filed.inquiry.events.order_by("position").values_list("kind", flat=True)) == ["received", "asker-upgrades"]
    assert is_problem(call(entry_editor, "upgrade/", {"receipt": filed.receipt}), 409)
    assert call(entry_editor, one(filed)).status_code == 200


@pytest.mark.parametrize("receipt", ["", "words", "lusab-babad-gutih-tugad-mudof-sakat-kibap-rofug", "x" * 401, "\x00"])
def test_a_receipt_that_opens_nothing_is_said(call: Call, signatory: User, receipt: str) -> None:
    refused = call(signatory, "upgrade/", {"receipt": receipt})
    assert is_problem(refused, 400)
    assert "receipt" in refused.json()["errors"]


# --- who may --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ONE)
def test_another_organisations_program_finds_nothing(call: Call, asked: asking.Filed, verb: str) -> None:
    other = Organisation.objects.create(kind=Kind.FIRM, name="Nordic Mills", registration_number="10000020")
    stranger, (method, body) = member(other, "Sten Stranger", Role.SIGNATORY), ONE[verb]
    assert is_problem(call(stranger, one(asked, verb), body, method=method), 404)
    assert call(stranger).json()["results"] == []


@pytest.mark.parametrize("verb", ONE)
def test_who_has_left_reads_nothing_from_the_next_call_on(call: Call, signatory: User, asked: asking.Filed, verb: str) -> None:
    secret, (method, body) = token(signatory), ONE[verb]
    assert call(signatory, one(asked), secret=secret).status_code == 200
    Membership.objects.filter(user=signatory).delete()
    assert is_problem(call(signatory, one(asked, verb), body, method=method, secret=secret), 403)


@pytest.mark.parametrize("scope", OFFICIALS_SCOPES)
def test_an_officials_token_asks_nothing(call: Call, officer: User, asked: asking.Filed, scope: Scope) -> None:
    Membership.objects.create(user=officer, organisation=Organisation.objects.get(kind=Kind.FIRM), role=Role.ENTRY_EDITOR)
    secret = token(officer, scope)
    assert is_problem(call(officer, secret=secret), 403)
    assert is_problem(call(officer, body=QUESTION, secret=secret), 403)
    for verb, (method, body) in ONE.items():
        assert is_problem(call(officer, one(asked, verb), body, method=method, secret=secret), 403)


def test_a_token_that_asks_opens_no_desk(client: Client, officer: User, firm: Organisation, asked: asking.Filed) -> None:
    """Not even that of an official who acts for a firm besides."""
    Membership.objects.create(user=officer, organisation=firm, role=Role.ENTRY_EDITOR)
    headers = {"Authorization": f"Bearer {token(User.objects.get(pk=officer.pk))}"}
    assert client.get(NAMED, headers=headers).json()["count"] == 1
    for path in (DESK, f"{DESK}{asked.inquiry.pk}/", f"{DESK}{asked.inquiry.pk}/work/", "/api/v1/advisories/"):
        assert is_problem(client.get(path, headers=headers), 403)
    assert is_problem(client.post(f"{DESK}{asked.inquiry.pk}/take/", {}, content_type="application/json", headers=headers), 403)


def test_anonymous_questions_are_in_nobodys_list(call: Call, signatory: User, ask: Any, today: date) -> None:
    filed = ask()
    assert call(signatory).json()["results"] == []
    assert is_problem(call(signatory, one(filed)), 404)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer fpt_x", "Receipt lusab", "Basic abc"])
def test_without_a_token_every_call_gets_one_answer(client: Client, asked: asking.Filed, header: str) -> None:
    for verb, (method, body) in ONE.items():
        sent = {} if body is None else {"data": body, "content_type": "application/json"}
        headers = {"Authorization": header} if header else {}
        assert is_problem(getattr(client, method)(NAMED + one(asked, verb), headers=headers, **sent), 401)


def test_a_session_of_the_pages_opens_nothing_here(signed_in: SignIn, signatory: User, asked: asking.Filed) -> None:
    assert signed_in(signatory).get(NAMED + one(asked)).status_code == 401


def test_what_is_hidden_of_a_subject_is_in_no_list(
    call: Call, signed_in: SignIn, signatory: User, officer: User, asked: asking.Filed
) -> None:
    today = timezone.localdate()
    casework.take(asked.inquiry, by=officer, today=today)
    redacting.redact(asked.inquiry, passage="Pumps", mode="mask", reason="A product", by=officer, today=today)
    assert call(signatory).json()["results"][0]["subject"] == "[hidden by the office]"
    assert b"Pumps" not in signed_in(signatory).get("/my-inquiries/").content


def test_a_missing_key_is_said_and_nothing_is_lost(call: Call, signatory: User, asked: asking.Filed, settings: Any) -> None:
    settings.OFFICE_KEYS = {"another": bytes(32)}
    assert is_problem(call(signatory, one(asked)), 503)
    assert call(signatory).json()["results"][0]["subject"] is None
    assert ApiToken.objects.count() == 2


def test_the_list_takes_the_same_number_of_queries_with_one_row_and_three(
    call: Call, signatory: User, firm: Organisation, django_assert_max_num_queries: Any
) -> None:
    secret, counted = token(signatory), []
    for more in (1, 2):
        for _ in range(more):
            asking.submit(topic="other", text="?", identity=Named(signatory, firm), today=timezone.localdate())
        call(signatory, secret=secret)  # notes the day of use
        with django_assert_max_num_queries(6) as captured:
            assert call(signatory, secret=secret).status_code == 200
        counted.append(len(captured))
    assert counted[0] == counted[1]
