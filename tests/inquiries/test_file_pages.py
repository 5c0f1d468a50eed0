"""Files on the asker's pages: seen before they go, chosen again or left out on purpose, and never kept before."""

from __future__ import annotations

import io
import os
import re
import time
import zipfile
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from inquiries import receipts, spooling
from inquiries.cleaning import pdftexts
from inquiries.cleaning.kinds import MOST_BYTES
from inquiries.floods import Admission, Limits
from inquiries.models import Attachment, AttachmentPiece, Inquiry
from inquiries.services import asking, thread
from inquiries.services.thread import Line
from tests.inquiries.files import AUTHOR, document, letter, picture, sent, workbook
from tests.inquiries.test_scanning import EICAR, clamd
from tests.inquiries.test_views import hidden, receipt_in

Page = Any
ASKED = {"topic": "classification", "text": "Is a laser of 3 W at 1550 nm controlled?"}


@pytest.fixture
def form(client: Client, db: None) -> dict[str, str]:
    return {**hidden(client.get("/ask/").content), **ASKED}


def lines(page: Page) -> list[Line]:
    return thread.read(asking.open_with_receipt(receipts.read(receipt_in(page.content)))).lines


def content(line: Line) -> list[tuple[str, bytes]]:
    return [(file.name, b"".join(file.pieces())) for file in line.files]


def photo() -> SimpleUploadedFile:
    return sent("mill.jpg", picture())


def text(words: str, name: str = "notes.txt") -> SimpleUploadedFile:
    return sent(name, words.encode())


def confirm(client: Client, held: Page, *files: SimpleUploadedFile, **said: str) -> Page:
    return client.post("/ask/", {**hidden(held.content), "files": files, "step": "confirm", **said})


def test_a_file_is_shown_with_what_is_hidden_in_it_and_goes_clean(client: Client, form: dict[str, str]) -> None:
    held = client.post("/ask/", {**form, "files": [photo()]})
    page = held.content.decode()
    assert (held.status_code, Inquiry.objects.count()) == (422, 0)
    assert all(words in page for words in ("mill.jpg", "JPEG picture", AUTHOR, "Nokia", "59.43700° N"))
    filed = confirm(client, held, photo())
    ((name, kept),) = content(lines(filed)[0])
    assert (name, kept[:2], AUTHOR.encode() in kept, b"Nokia" in kept) == ("mill.jpg", b"\xff\xd8", False, False)


def test_without_a_script_forgotten_files_hold_the_question(client: Client, form: dict[str, str]) -> None:
    held = client.post("/ask/", {**form, "files": [photo()]})
    again = confirm(client, held)
    assert (again.status_code, Inquiry.objects.count()) == (422, 0)
    assert "Choose your files again" in again.content.decode()
    assert content(lines(confirm(client, again, photo()))[0])[0][0] == "mill.jpg"


def test_a_question_goes_without_its_files_on_purpose_only(client: Client, form: dict[str, str]) -> None:
    held = client.post("/ask/", {**form, "files": [photo()]})
    filed = confirm(client, held, without_files="on")
    assert (filed.status_code, lines(filed)[0].files) == (200, [])


def test_a_file_that_was_not_shown_yet_is_shown_first(client: Client, form: dict[str, str]) -> None:
    held = client.post("/ask/", {**form, "files": [photo()]})
    again = confirm(client, held, photo(), text("More of it."))
    assert (again.status_code, Inquiry.objects.count()) == (422, 0)
    assert "notes.txt" in again.content.decode()
    assert [name for name, _ in content(lines(confirm(client, again, photo(), text("More of it.")))[0])] == [
        "mill.jpg",
        "notes.txt",
    ]


CALL = "The offer of last week. Call Olev at +372 512 3456 about it."


def test_what_tells_who_asks_is_shown_in_the_words_of_a_file(client: Client, form: dict[str, str]) -> None:
    offer = letter(CALL)
    held = client.post("/ask/", {**form, "files": [sent("offer.docx", offer)]})
    page = held.content.decode()
    assert re.search(r"…[^<]*Call Olev at <mark class=\"trace\">\+372 512 3456<sup>1</sup></mark> about it\.…", page)
    assert confirm(client, held, sent("offer.docx", offer)).status_code == 422
    assert not Inquiry.objects.exists()


@pytest.mark.parametrize(("decision", "left"), [("mask", "[masked: phone]"), ("keep", "+372 512 3456")])
def test_the_words_of_an_office_file_are_masked_or_kept_like_the_questions_own(
    client: Client, form: dict[str, str], decision: str, left: str
) -> None:
    offer = letter(CALL)
    held = client.post("/ask/", {**form, "files": [sent("offer.docx", offer)]})
    decided = dict.fromkeys(re.findall(r'type="radio" name="(decide-[^"]+)"', held.content.decode()), decision)
    ((name, kept),) = content(lines(confirm(client, held, sent("offer.docx", offer), **decided))[0])
    words = zipfile.ZipFile(io.BytesIO(kept)).read("word/document.xml").decode()
    assert (name, CALL.replace("+372 512 3456", left) in words) == ("offer.docx", True)


@pytest.mark.parametrize(("decision", "left"), [("mask", ""), ("keep", CALL)])
def test_the_words_of_a_pdf_are_masked_or_kept_like_the_questions_own(
    client: Client, form: dict[str, str], decision: str, left: str
) -> None:
    offer = document(CALL)
    held = client.post("/ask/", {**form, "files": [sent("offer.pdf", offer)]})
    assert '<mark class="trace">+372 512 3456<sup>1</sup></mark>' in held.content.decode()
    decided = dict.fromkeys(re.findall(r'type="radio" name="(decide-[^"]+)"', held.content.decode()), decision)
    ((name, kept),) = content(lines(confirm(client, held, sent("offer.pdf", offer), **decided))[0])
    with pikepdf.open(io.BytesIO(kept)) as pdf:
        assert (name, pdftexts.text(pdf, ())) == ("offer.pdf", left)


def test_a_file_in_which_something_cannot_be_masked_does_not_go(client: Client, form: dict[str, str]) -> None:
    """The name of a sheet stands in every formula that leads there: it is for who made the workbook to change it."""
    plan = workbook({"+372 512 3456": [["Call us"]]})
    held = client.post("/ask/", {**form, "files": [sent("plan.xlsx", plan)]})
    decided = dict.fromkeys(re.findall(r'type="radio" name="(decide-[^"]+)"', held.content.decode()), "mask")
    again = confirm(client, held, sent("plan.xlsx", plan), **decided)
    assert (again.status_code, Inquiry.objects.count()) == (422, 0)
    assert "“plan.xlsx” could not be masked everywhere" in again.content.decode()
    kept = confirm(client, again, sent("plan.xlsx", plan), **dict.fromkeys(decided, "keep"))
    assert [name for name, _ in content(lines(kept)[0])] == ["plan.xlsx"]


@pytest.mark.parametrize("name", ["notes.txt", "list.csv"])
@pytest.mark.parametrize(("decision", "left"), [("mask", "[masked: phone]"), ("keep", "+372 512 3456")])
def test_the_words_of_a_plain_text_are_masked_or_kept_like_the_questions_own(
    client: Client, form: dict[str, str], name: str, decision: str, left: str
) -> None:
    held = client.post("/ask/", {**form, "files": [text(CALL, name)]})
    assert confirm(client, held, text(CALL, name)).status_code == 422
    decided = dict.fromkeys(re.findall(r'type="radio" name="(decide-[^"]+)"', held.content.decode()), decision)
    filed = confirm(client, held, text(CALL, name), **decided)
    assert content(lines(filed)[0]) == [(name, CALL.replace("+372 512 3456", left).encode())]


def test_a_long_plain_text_shows_what_tells_and_goes_as_it_is(client: Client, form: dict[str, str]) -> None:
    long = f"{CALL}\n" + "Nothing of note.\n" * 4000
    held = client.post("/ask/", {**form, "files": [text(long)]})
    assert '<mark class="trace">+372 512 3456</mark>' in held.content.decode()
    assert content(lines(confirm(client, held, text(long)))[0]) == [("notes.txt", long.encode())]


def test_a_name_of_a_file_that_tells_who_asks_can_be_masked(client: Client, form: dict[str, str]) -> None:
    name = "offer-olev@taevarada.example.txt"
    held = client.post("/ask/", {**form, "files": [text("An offer.", name)]})
    assert "Email address" in held.content.decode()
    decided = dict.fromkeys(re.findall(r'type="radio" name="(decide-[^"]+)"', held.content.decode()), "mask")
    undecided = confirm(client, held, text("An offer.", name))
    assert (undecided.status_code, Inquiry.objects.count()) == (422, 0)
    ((sent_as, _),) = content(lines(confirm(client, held, text("An offer.", name), **decided))[0])
    assert "taevarada" not in sent_as


def test_a_check_before_sending_shows_files_and_sends_nothing(client: Client, form: dict[str, str]) -> None:
    looked = client.post("/ask/", {**form, "files": [photo()], "step": "check"})
    assert (looked.status_code, Inquiry.objects.count()) == (200, 0)
    assert "Nokia" in looked.content.decode()
    changed = client.post("/ask/", {**hidden(looked.content), "step": "change"})
    assert changed.status_code == 200
    assert hidden(changed.content)["looked"] == hidden(looked.content)["looked"]
    forgotten = client.post("/ask/", {**hidden(changed.content), **ASKED, "step": "send"})
    assert (forgotten.status_code, Inquiry.objects.count()) == (422, 0)


def test_nothing_of_a_file_is_kept_while_it_is_looked_at(
    client: Client, form: dict[str, str], tmp_path: Path, settings: LazySettings
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    client.post("/ask/", {**form, "files": [photo()]})
    assert (Attachment.objects.count(), list(tmp_path.iterdir()), spooling._meter._taken) == (0, [], 0)


def test_a_form_that_is_refused_says_that_its_files_have_to_be_chosen_again(client: Client, form: dict[str, str]) -> None:
    page = client.post("/ask/", {**form, "text": "", "files": [photo()]})
    assert page.status_code == 422
    assert "Choose your files again: this page can't keep them." in page.content.decode()
    forgotten = client.post("/ask/", {**hidden(page.content), **ASKED})
    assert (forgotten.status_code, Inquiry.objects.count()) == (422, 0)
    assert "Choose your files again, since a page can't keep them" in forgotten.content.decode().replace("&#x27;", "'")
    assert [name for name, _ in content(lines(confirm(client, confirm(client, forgotten, photo()), photo()))[0])] == ["mill.jpg"]


@pytest.mark.parametrize(
    ("name", "sent_as", "why"),
    [
        ("tool.exe", b"MZ\x90\x00\x03" + bytes(200), "no kind that can be cleaned"),
        ("empty.pdf", b"", "The file is empty"),
        ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), "old Office kind"),
        ("torn.jpg", picture()[:2000], "damaged"),
    ],
)
def test_a_file_that_cannot_be_cleaned_is_refused_with_the_reason(
    client: Client, form: dict[str, str], name: str, sent_as: bytes, why: str
) -> None:
    page = client.post("/ask/", {**form, "files": [sent(name, sent_as)]})
    assert (page.status_code, Inquiry.objects.count()) == (422, 0)
    assert why in page.content.decode()
    assert ASKED["text"] in page.content.decode()


def test_a_file_is_known_by_its_content(client: Client, form: dict[str, str]) -> None:
    held = client.post("/ask/", {**form, "files": [sent("report.pdf", picture())]})
    assert content(lines(confirm(client, held, sent("report.pdf", picture())))[0])[0][0] == "report.jpg"


def test_too_large_a_file_is_refused_and_not_kept(client: Client, form: dict[str, str]) -> None:
    page = client.post("/ask/", {**form, "files": [sent("big.txt", b"a" * (MOST_BYTES + 1))]})
    assert (page.status_code, spooling._meter._taken) == (422, 0)
    assert "“big.txt” has more than 20.0" in page.content.decode().replace("\xa0", " ")


def test_more_than_ten_files_are_refused(client: Client, form: dict[str, str]) -> None:
    page = client.post("/ask/", {**form, "files": [text(f"File {number}") for number in range(11)]})
    assert page.status_code == 422
    assert "At most 10 files" in page.content.decode()


def test_too_much_on_its_way_is_told_and_nothing_typed_is_lost(
    client: Client, form: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spooling, "MOST_ON_THE_WAY", 1000)
    page = client.post("/ask/", {**form, "files": [photo()]})
    assert page.status_code == 422
    assert "Too many files are on their way" in page.content.decode()
    assert ASKED["text"] in page.content.decode()


@pytest.fixture
def flooded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Strangers have sent as many files as the portal looks at."""
    admission = Admission(Limits(files=1, shortest=0))
    admission.hold_files([0], now=time.time())
    monkeypatch.setattr("inquiries.services.admission.here", admission)


@pytest.mark.usefixtures("flooded")
def test_in_a_flood_of_files_none_is_looked_at_and_a_question_without_them_goes(client: Client, form: dict[str, str]) -> None:
    page = client.post("/ask/", {**form, "files": [sent("tool.exe", b"MZ" + bytes(99))]})
    assert "tool.exe" not in page.content.decode()
    assert (page.status_code, int(page["Retry-After"]) <= 2, spooling._meter._taken) == (429, True, 0)
    assert "More files come in just now than we can look at" in page.content.decode()
    assert ASKED["text"] in page.content.decode()
    forgotten = client.post("/ask/", {**hidden(page.content), **ASKED})
    assert (forgotten.status_code, Inquiry.objects.count()) == (422, 0)
    assert client.post("/ask/", {**hidden(forgotten.content), "without_files": "on"}).status_code == 200


def test_a_forged_visit_has_no_file_looked_at(client: Client, form: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    admission = Admission(Limits(files=5))
    monkeypatch.setattr("inquiries.services.admission.here", admission)
    said = {"once": form["once"], "text": "words", "visit": "forged", "files": [text("The sheet.")]}
    assert client.post("/conversation/reply/", said).status_code == 422
    assert admission.hold_files([0] * 5, now=time.time() - 60) == 0  # all of it is left


def test_malware_is_refused_by_the_scanner(client: Client, form: dict[str, str], settings: LazySettings, tmp_path: Path) -> None:
    with clamd(tmp_path) as (address, _):
        settings.CLAMAV_URL = address
        refused = client.post("/ask/", {**form, "files": [sent("eicar.txt", EICAR)]})
        fine = client.post("/ask/", {**form, "files": [text("Harmless.")]})
    assert "carries malware (Win.Test.EICAR_HDB-1)" in refused.content.decode()
    assert "notes.txt" in fine.content.decode()


def test_without_an_answer_of_the_scanner_no_file_comes_in(client: Client, form: dict[str, str], settings: LazySettings) -> None:
    settings.CLAMAV_URL = "unix:///nowhere/clamd.sock"
    page = client.post("/ask/", {**form, "files": [text("Harmless.")]})
    assert "could not be looked at for malware just now" in page.content.decode()


@pytest.mark.parametrize("path", ["/conversation/", "/ask/offers/", "/proof/"])
def test_other_addresses_take_no_files(client: Client, db: None, path: str) -> None:
    big = sent("big.bin", os.urandom(2_000_000)) if path != "/proof/" else sent("proof.json", b"x" * 70_000)
    client.post(path, {"text": "words", "receipt": "words", "files": big, "file": big})
    assert spooling._meter._taken == 0


def test_half_a_request_leaves_nothing(client: Client, form: dict[str, str]) -> None:
    start = f'--b\r\nContent-Disposition: form-data; name="once"\r\n\r\n{form["once"]}\r\n'.encode()
    start += b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n'
    client.post("/ask/", start + b"a" * 600_000, content_type="multipart/form-data; boundary=b")
    assert (Inquiry.objects.count(), AttachmentPiece.objects.count(), spooling._meter._taken) == (0, 0, 0)


# --- the conversation -----------------------------------------------------------------------------------------------


@pytest.fixture
def filed(client: Client, form: dict[str, str]) -> Page:
    """A question that went with a photo."""
    return confirm(client, client.post("/ask/", {**form, "files": [photo()]}), photo())


def conversation(client: Client, filed: Page) -> Page:
    return client.post("/conversation/", {"receipt": receipt_in(filed.content)})


def buttons(page: Page) -> list[dict[str, str]]:
    """What the buttons that download a file send."""
    found = re.findall(r'name="visit" value="([^"]+)">\s*<input type="hidden" name="file" value="([^"]+)"', page.content.decode())
    return [{"visit": visit, "file": file} for visit, file in found]


def test_an_asker_downloads_the_file_in_no_browsers_page(client: Client, filed: Page) -> None:
    page = conversation(client, filed)
    assert "mill.jpg" in page.content.decode()
    (button,) = buttons(page)
    file = client.post("/conversation/file/", button)
    body = b"".join(file.streaming_content)
    assert (file.status_code, body[:2], int(file["Content-Length"])) == (200, b"\xff\xd8", len(body))
    assert file["Content-Type"] == "image/jpeg"
    assert file["Content-Disposition"] == 'attachment; filename="mill.jpg"'
    assert file["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert (file["X-Content-Type-Options"], "no-store" in file["Cache-Control"]) == ("nosniff", True)


def test_a_file_needs_the_pass_of_its_own_conversation(client: Client, filed: Page, form: dict[str, str]) -> None:
    (button,) = buttons(conversation(client, filed))
    other = client.post("/ask/", {**hidden(client.get("/ask/").content), **ASKED})
    theirs = hidden(conversation(client, other).content)["visit"]
    assert client.post("/conversation/file/", {**button, "visit": theirs}).status_code == 404
    assert client.post("/conversation/file/", {**button, "visit": "forged"}).status_code == 422
    assert client.post("/conversation/file/", {**button, "file": "nonsense"}).status_code == 404


def test_files_go_with_what_is_written_later(client: Client, filed: Page) -> None:
    reply = {**hidden(conversation(client, filed).content), "text": "Here it is.", "files": [text("The sheet.")]}
    held = client.post("/conversation/reply/", reply)
    assert (held.status_code, "notes.txt" in held.content.decode()) == (422, True)
    again = client.post("/conversation/reply/", {**hidden(held.content), "step": "confirm"})
    assert "Choose your files again" in again.content.decode()
    done = client.post("/conversation/reply/", {**hidden(held.content), "files": [text("The sheet.")], "step": "confirm"})
    assert (done.status_code, len(buttons(done))) == (200, 2)
    assert content(lines(filed)[1]) == [("notes.txt", b"The sheet.")]


def test_an_asker_who_has_had_too_much_kept_reads_it_and_loses_no_word(
    client: Client, filed: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inquiries.services.attachments.MOST_KEPT", 1)
    reply = {**hidden(conversation(client, filed).content), "text": "Here it is.", "files": [text("The sheet.")]}
    held = client.post("/conversation/reply/", reply)
    refused = client.post("/conversation/reply/", {**hidden(held.content), "files": [text("The sheet.")], "step": "confirm"})
    assert (refused.status_code, len(lines(filed))) == (422, 1)
    assert "One question has at most 1 files of yours" in refused.content.decode()
    assert "Here it is." in refused.content.decode()
