"""Files on the officials' pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from inquiries import receipts
from inquiries.cleaning.kinds import Kind
from inquiries.models import Attachment, AttachmentPiece, Inquiry, ProposedAnswer
from inquiries.services import asking, casework, consulting, thread
from organisations.models import Organisation, User
from tests.conftest import SignIn
from tests.inquiries.conftest import ask
from tests.inquiries.files import AUTHOR, picture, sent
from tests.inquiries.test_attachments import Sheet

__all__ = ["ask"]
Ask = Callable[..., asking.Filed]
Page = Any


@pytest.fixture
def filed(ask: Ask, officer: User, today: date) -> asking.Filed:
    """A question with a file, taken by the officer."""
    filed = ask(files=[Sheet(300_000, "order.pdf")])
    casework.take(filed.inquiry, by=officer, today=today)
    return filed


def address(filed: asking.Filed, *rest: object) -> str:
    return "/".join(["/desk/inquiries", str(filed.inquiry.pk), *map(str, rest), ""])


def of_asker(filed: asking.Filed) -> list[list[str]]:
    """The names of the files that the asker reads, message by message."""
    opened = asking.open_with_receipt(receipts.read(filed.receipt))
    return [[file.name for file in line.files] for line in thread.read(opened).lines]


def body(response: Page) -> bytes:
    return b"".join(response.streaming_content)


def test_an_official_downloads_a_file(filed: asking.Filed, officer: User, signed_in: SignIn) -> None:
    client = signed_in(officer)
    page = client.get(address(filed)).content.decode()
    (link,) = re.findall(r'href="([^"]+/files/[^"]+)" download>order.pdf<', page)
    response = client.get(link)
    assert (response.status_code, len(body(response))) == (200, 300_000)
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Content-Disposition"] == 'attachment; filename="order.pdf"'


def test_an_official_is_warned_of_files_that_may_calculate(ask: Ask, officer: User, signed_in: SignIn) -> None:
    files = [Sheet(10, "a.pdf"), Sheet(10, "b.csv", Kind.CSV), Sheet(10, "c.xlsx", Kind.XLSX)]
    page = signed_in(officer).get(address(ask(files=files))).content.decode()
    assert [
        name for name, after in re.findall(r"download>(.*?)</a>(.*?)</li>", page, re.DOTALL) if "May hold formulas" in after
    ] == [
        "b.csv",
        "c.xlsx",
    ]


def test_another_agencys_official_gets_no_file(filed: asking.Filed, licensing_officer: User, signed_in: SignIn) -> None:
    file = Attachment.objects.get().pk
    assert signed_in(licensing_officer).get(address(filed, "files", file)).status_code == 404


def test_a_file_is_found_in_its_own_case_only(filed: asking.Filed, ask: Ask, officer: User, signed_in: SignIn) -> None:
    other = ask()
    client, file = signed_in(officer), Attachment.objects.get().pk
    assert client.get(address(other, "files", file)).status_code == 404
    assert client.get(address(filed, "files", uuid4())).status_code == 404


def test_a_file_that_was_tampered_with_is_told_and_not_sent(filed: asking.Filed, officer: User, signed_in: SignIn) -> None:
    AttachmentPiece.objects.filter(number=0).delete()
    page = signed_in(officer).get(address(filed, "files", Attachment.objects.get().pk))
    assert page.status_code == 409
    assert "is not as it was stored" in page.content.decode()


@pytest.mark.usefixtures("one_official_answers")
def test_an_answer_brings_cleaned_files(filed: asking.Filed, officer: User, signed_in: SignIn) -> None:
    said = {"text": "Not controlled.", "revision": 0, "seen": 1, "files": [sent("mill.jpg", picture())]}
    assert signed_in(officer).post(address(filed, "answer"), said).status_code == 302
    assert of_asker(filed) == [["order.pdf"], ["mill.jpg"]]
    opened = asking.open_with_receipt(receipts.read(filed.receipt))
    (kept,) = thread.read(opened).lines[1].files
    assert AUTHOR.encode() not in b"".join(kept.pieces())


def test_a_question_to_the_asker_brings_files(filed: asking.Filed, officer: User, signed_in: SignIn) -> None:
    said = {"text": "Fill this in.", "files": [sent("form.txt", b"Item: ____")]}
    assert signed_in(officer).post(address(filed, "ask-back"), said).status_code == 302
    assert of_asker(filed) == [["order.pdf"], ["form.txt"]]


@pytest.mark.usefixtures("one_official_answers")
def test_a_refused_file_keeps_what_was_typed(filed: asking.Filed, officer: User, signed_in: SignIn) -> None:
    said = {"text": "Not controlled.", "revision": 0, "seen": 1, "files": [sent("tool.exe", b"MZ" + bytes(100))]}
    page = signed_in(officer).post(address(filed, "answer"), said)
    assert page.status_code == 422
    assert "“tool.exe”" in page.content.decode()
    assert "Not controlled." in page.content.decode()


def test_the_second_official_sees_the_files_of_a_proposed_answer(
    ask: Ask, officer: User, approver: User, signed_in: SignIn, today: date
) -> None:
    filed = ask(topic="sanctions")
    casework.take(filed.inquiry, by=officer, today=today)
    said = {"text": "Not listed.", "revision": 0, "seen": 1, "files": [sent("list.txt", b"The list.")]}
    assert signed_in(officer).post(address(filed, "answer"), said).status_code == 302
    assert of_asker(filed) == [[]]
    client = signed_in(approver)
    (link,) = re.findall(r'href="([^"]+)" download>list.txt<', client.get(address(filed)).content.decode())
    assert body(client.get(link)) == b"The list."
    assert client.post(address(filed, "approve"), {"revision": 1}).status_code == 302
    assert of_asker(filed) == [[], ["list.txt"]]


def test_an_agency_that_is_only_asked_for_its_view_gets_no_file_of_a_proposed_answer(
    ask: Ask, officer: User, licensing_agency: Organisation, licensing_officer: User, signed_in: SignIn, today: date
) -> None:
    filed = ask(topic="sanctions")
    casework.take(filed.inquiry, by=officer, today=today)
    consulting.ask(filed.inquiry, agency=licensing_agency, question="Your view?", by=officer, today=today)
    casework.answer(filed.inquiry, text="Not listed.", files=[Sheet()], by=officer, today=today)
    file = Attachment.objects.get().pk
    client = signed_in(licensing_officer)
    assert client.get(address(filed)).status_code == 200
    assert client.get(address(filed, "files", file)).status_code == 404
    assert ProposedAnswer.objects.count() == 1


def hide(client: Client, filed: asking.Filed, **said: str) -> Page:
    return client.post(address(filed, "files", Attachment.objects.get().pk, "hide"), said)


def test_a_file_is_hidden_shown_again_and_taken_out(
    filed: asking.Filed, officer: User, supervisor: User, signed_in: SignIn
) -> None:
    client, above, file = signed_in(officer), signed_in(supervisor), Attachment.objects.get().pk
    assert hide(client, filed).status_code == 422
    assert hide(client, filed, reason="Names a third party").status_code == 302
    page = client.get(address(filed)).content.decode()
    assert ("File 1 of message 1" in page, "order.pdf" in page) == (True, False)
    assert client.get(address(filed, "files", file)).status_code == 404
    assert client.post(address(filed, "files", file, "show")).status_code == 409
    assert above.post(address(filed, "files", file, "show")).status_code == 302
    assert of_asker(filed) == [["order.pdf"]]
    assert hide(above, filed, reason="Names a third party").status_code == 302
    assert above.post(address(filed, "files", file, "take-out")).status_code == 302
    assert (AttachmentPiece.objects.count(), of_asker(filed)) == (0, [[]])
    assert "Taken out for good" in above.get(address(filed)).content.decode()


def test_drafts_that_a_script_keeps_bring_no_files(filed: asking.Filed, officer: User, signed_in: SignIn) -> None:
    said = {"text": "Not", "files": [sent("list.txt", b"The list.")]}
    kept = signed_in(officer).post(address(filed, "draft", "answer"), said, headers={"X-Requested-With": "keep-draft"})
    assert (kept.status_code, Attachment.objects.count(), Inquiry.objects.count()) == (204, 1, 1)
