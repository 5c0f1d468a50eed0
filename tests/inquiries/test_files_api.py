"""Files by the API: sent beside the JSON of a call, told of as they went, and downloaded with the receipt or a token."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from inquiries import spooling
from inquiries.floods import Admission, Limits
from inquiries.models import Attachment, Inquiry
from inquiries.services import asking, casework
from organisations import services
from organisations.models import OFFICIALS_SCOPES, Scope, User
from tests.inquiries.files import AUTHOR, picture, sent
from tests.inquiries.test_attachments import Sheet, files_of
from tests.inquiries.test_desk_api import DESK

Ask = Callable[..., asking.Filed]
ASKED = {"topic": "classification", "text": "Is a laser of 3 W at 1550 nm controlled?"}
INQUIRIES, CONVERSATION = "/api/v1/inquiries/", "/api/v1/inquiries/conversation/"


def post(client: Client, path: str, body: Any, *files: Any, **headers: str) -> Any:
    return client.post(path, {"body": json.dumps(body), "files": files}, headers=headers)


def test_files_come_beside_the_json_and_are_told_of_as_they_went(client: Client, db: None) -> None:
    filed = post(client, INQUIRIES, ASKED, sent("mill.png.jpg", picture()), sent("notes.txt", b"The order."))
    assert filed.status_code == 201
    photo, notes = filed.json()["files"]
    assert {"kind": "author", "value": AUTHOR} in photo["removed"]
    assert notes == {"name": "notes.txt", "kind": "txt", "size": 10, "removed": []}
    mine = {"Authorization": f"Receipt {filed.json()['receipt']}"}
    (message,) = client.get(CONVERSATION, headers=mine).json()["messages"]
    assert [file["kind"] for file in message["files"]] == ["jpeg", "txt"]
    file = client.get(f"{CONVERSATION}files/{message['files'][1]['id']}/", headers=mine)
    assert (b"".join(file.streaming_content), file["Content-Type"]) == (b"The order.", "text/plain")


def test_without_files_the_answer_is_as_it_always_was(client: Client, db: None) -> None:
    filed = client.post(INQUIRIES, ASKED, content_type="application/json")
    assert sorted(filed.json()) == ["receipt", "reference"]


def test_a_look_before_filing_tells_what_is_in_the_files(client: Client, db: None) -> None:
    look = post(client, f"{INQUIRIES}review/", ASKED, sent("notes.txt", b"Call +372 512 3456"))
    (file,) = look.json()["files"]
    assert file["findings"] == [{"kind": "phone", "start": 5, "end": 18, "text": "+372 512 3456"}]
    assert Inquiry.objects.count() == 0


@pytest.mark.parametrize("body", ["", "{", "[]", "7", '"words"'])
def test_a_body_that_is_no_json_object_is_refused(client: Client, db: None, body: str) -> None:
    refused = client.post(INQUIRIES, {"body": body, "files": sent("notes.txt", b"The order.")})
    assert refused.status_code == 400
    assert "body" in refused.json()["detail"]


@pytest.mark.parametrize(
    "parts",
    [
        {"files": "words of a file that was sent as a field"},
        {"body": [json.dumps(ASKED), json.dumps(ASKED)]},
        {"note": "words"},
        {"file": sent("notes.txt", b"The order.")},
        {"text": sent("notes.txt", b"The order."), "files": sent("notes.txt", b"The order.")},
        {"body": json.dumps({**ASKED, "files": ["notes.txt"]}), "files": sent("notes.txt", b"The order.")},
        {"body": "[" * 100_000, "files": sent("notes.txt", b"The order.")},
        {"body": '{"topic": "other", "text": NaN}', "files": sent("notes.txt", b"The order.")},
        {"files": [sent("notes.txt", b"x") for _ in range(200)]},
        {f"note{number}": "words" for number in range(600)},
    ],
)
def test_a_part_that_would_be_lost_is_refused(client: Client, db: None, parts: dict[str, Any]) -> None:
    refused = client.post(INQUIRIES, {"body": json.dumps(ASKED), **parts})
    assert (refused.status_code, refused["Content-Type"]) == (400, "application/problem+json")
    assert (Inquiry.objects.count(), spooling._meter._taken) == (0, 0)


def scrambled(luck: Random) -> bytes:
    """A call with files, as somebody sends it who looks for a way to break the portal."""
    heads = [
        b'form-data; name="body"',
        b'form-data; name="files"; filename="a.txt"', b'form-data; name="files"; filename="a\x00\r.pdf"',
        b"form-data; name=\"files\"; filename*=UTF-8''%ff%fe", b'form-data; name="files"; filename=""', b"form-data", b"",
        b'form-data; name="text"; filename="\xe2\x80\xae.exe"', b'form-data; name="' + b"y" * 2000 + b'"',
    ]  # fmt: skip
    extra = [
        b"",
        b"\r\nContent-Type: a/b; charset=nonsense",
        b"\r\nContent-Transfer-Encoding: base64",
        b"\r\nContent-Length: -1",
        b"\r\n: x",
    ]
    bodies = [
        json.dumps(ASKED).encode(),
        b"{}",
        b"",
        b"\xff\xfe",
        b"PK\x03\x04" + luck.randbytes(50),
        b"%PDF-1.7",
        luck.randbytes(99),
    ]
    parts = [
        b"--b\r\nContent-Disposition: " + luck.choice(heads) + luck.choice(extra) + b"\r\n\r\n" + luck.choice(bodies) + b"\r\n"
        for _ in range(luck.randint(0, 6))
    ]
    whole = b"".join(parts) + luck.choice([b"--b--\r\n", b"--b", b""])
    return whole[: luck.choice([len(whole), luck.randint(0, len(whole))])]


@pytest.mark.parametrize("path", [INQUIRIES, f"{INQUIRIES}review/", CONVERSATION, "/ask/", "/conversation/reply/"])
def test_no_parts_whatever_make_a_server_error_or_stay_on_the_disk(client: Client, ask: Ask, path: str) -> None:
    client.raise_request_exception = False
    mine = {"Authorization": f"Receipt {ask().receipt}"}
    luck = Random(path)
    statuses = {
        client.post(path, scrambled(luck), content_type="multipart/form-data; boundary=b", headers=mine).status_code
        for _ in range(60)
    }
    assert (max(statuses) < 500, spooling._meter._taken) == (True, 0)


def test_a_file_that_cannot_be_cleaned_is_refused_by_name(client: Client, db: None) -> None:
    refused = post(client, INQUIRIES, ASKED, sent("tool.exe", b"MZ" + bytes(100)))
    assert (refused.status_code, Inquiry.objects.count()) == (400, 0)
    assert refused.json()["errors"]["files"][0].startswith("“tool.exe”: ")


def test_a_file_of_another_conversation_is_not_found(client: Client, db: None) -> None:
    post(client, INQUIRIES, ASKED, sent("notes.txt", b"The order."))
    other = client.post(INQUIRIES, ASKED, content_type="application/json").json()
    mine = {"Authorization": f"Receipt {other['receipt']}"}
    for file in (Attachment.objects.get().pk, uuid4()):
        assert client.get(f"{CONVERSATION}files/{file}/", headers=mine).status_code == 404
    assert client.get(f"{CONVERSATION}files/{uuid4()}/").status_code == 401


def test_in_a_flood_of_files_strangers_calls_wait(client: Client, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    admission = Admission(Limits(files=1))
    admission.hold_files([0], now=time.time())
    monkeypatch.setattr("inquiries.services.admission.here", admission)
    mine = {"Authorization": f"Receipt {ask().receipt}"}
    for path, body in ((INQUIRIES, ASKED), (f"{INQUIRIES}review/", ASKED), (CONVERSATION, {"text": "Here."})):
        held = post(client, path, body, sent("notes.txt", b"The order."), **mine)
        assert (held.status_code, "Retry-After" in held) == (429, True)
        assert client.post(path, body, content_type="application/json", headers=mine).status_code in (200, 201)


def test_files_come_with_what_is_written_later(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    filed = client.post(INQUIRIES, ASKED, content_type="application/json").json()
    mine = {"Authorization": f"Receipt {filed['receipt']}"}
    written = post(client, CONVERSATION, {"text": "Here."}, sent("notes.txt", b"The order."), **mine)
    assert written.status_code == 201
    monkeypatch.setattr("inquiries.services.attachments.MOST_KEPT", 1)
    refused = post(client, CONVERSATION, {"text": "More."}, sent("more.txt", b"More."), **mine)
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["files"])
    assert [[file["name"] for file in line["files"]] for line in written.json()["messages"]] == [[], ["notes.txt"]]


# --- the desk's programs --------------------------------------------------------------------------------------------


@pytest.fixture
def filed(ask: Ask, officer: User) -> asking.Filed:
    """A question with a file, taken today."""
    filed = ask(files=[Sheet(10, "order.pdf")], today=timezone.localdate())
    casework.take(filed.inquiry, by=officer, today=timezone.localdate())
    return filed


def token_of(user: User, *scopes: Scope) -> dict[str, str]:
    made = services.make_token(
        name="Sync", scopes=scopes or OFFICIALS_SCOPES, days=30, form=os.urandom(32), by=user, today=timezone.localdate()
    )
    return {"Authorization": f"Bearer {made.secret}"}


def test_a_program_downloads_a_file_of_a_case_that_its_owner_may_read(
    client: Client, filed: asking.Filed, officer: User, licensing_officer: User
) -> None:
    token = token_of(officer)
    (message,) = client.get(f"{DESK}{filed.inquiry.pk}/", headers=token).json()["messages"]
    (file,) = message["files"]
    address = f"{DESK}{filed.inquiry.pk}/files/{file['id']}/"
    assert file["name"] == "order.pdf"
    assert len(b"".join(client.get(address, headers=token).streaming_content)) == 10
    assert client.get(f"{DESK}{filed.inquiry.pk}/files/{uuid4()}/", headers=token).status_code == 404
    assert client.get(address, headers=token_of(licensing_officer)).status_code == 404
    assert client.get(address, headers=token_of(officer, Scope.INQUIRIES_WRITE)).status_code == 403
    assert client.get(address).status_code == 401


@pytest.mark.usefixtures("one_official_answers")
def test_a_program_answers_with_files(client: Client, filed: asking.Filed, officer: User) -> None:
    answered = post(
        client, f"{DESK}{filed.inquiry.pk}/answer/", {"text": "Not controlled."}, sent("list.txt", b"1"), **token_of(officer)
    )
    assert answered.status_code == 200
    assert files_of(filed)[1] == [("list.txt", b"1")]


def test_other_verbs_of_the_desk_take_json_alone(client: Client, filed: asking.Filed, officer: User) -> None:
    refused = post(client, f"{DESK}{filed.inquiry.pk}/close/", {}, sent("list.txt", b"1"), **token_of(officer))
    assert refused.status_code == 415
