"""Files both ways: seen before they go, chosen once with scripts and once more without, sent clean, downloaded by both sides."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Locator

from inquiries.models import Attachment, Inquiry
from inquiries.services import asking, casework
from organisations.models import User
from tests.browser.conftest import Visit
from tests.inquiries.files import AUTHOR, letter, picture

Open = Callable[..., Visit]


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """A photo and a letter on the asker's own disk."""
    made = {"mill.jpg": picture(), "order.docx": letter("Two test systems. Call +372 512 3456.")}
    for name, content in made.items():
        (tmp_path / name).write_bytes(content)
    return [str(tmp_path / name) for name in made]


def field(visit: Visit) -> Locator:
    return visit.page.locator("input[type=file]").first


def downloaded(visit: Visit, button: Locator) -> bytes:
    with visit.page.expect_download() as download:
        button.click()
    return Path(download.value.path()).read_bytes()


@pytest.mark.usefixtures("one_official_answers")
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_files_go_both_ways(visit: Open, officer: User, files: list[str], *, scripts: bool) -> None:
    asker = visit(scripts=scripts).go("/ask/")
    asker.choose("Is my item controlled?").fill("Your question", "Is this mill controlled?").unfold("Add files")
    field(asker).set_input_files(files)
    asker.press("Send the question").sees("Your files").sees(AUTHOR).sees("Nokia").sees("+372 512 3456").is_clean()
    assert Inquiry.objects.count() == 0
    if not scripts:
        asker.press("Send the question").sees("Choose your files again").is_clean()
        field(asker).set_input_files(files)
        asker.press("Send the question").sees("+372 512 3456").is_clean()
        field(asker).set_input_files(files)
    asker.choose("Mask it").press("Send the question").sees("Keep your receipt").is_clean()
    receipt = asker.page.locator("#receipt").inner_text()
    assert Attachment.objects.count() == 2

    inquiry = Inquiry.objects.get()
    casework.take(inquiry, by=officer, today=timezone.localdate())
    official = visit().sign_in(officer).go(f"/desk/inquiries/{inquiry.pk}/").is_clean()
    photo = downloaded(official, official.page.get_by_role("link", name="mill.jpg"))
    assert (photo[:2], AUTHOR.encode() in photo) == (b"\xff\xd8", False)
    order = downloaded(official, official.page.get_by_role("link", name="order.docx"))
    words = zipfile.ZipFile(io.BytesIO(order)).read("word/document.xml").decode()
    assert ("Call [masked: phone]." in words, "512" in words) == (True, False)
    official.fill("Your answer", "Not controlled; the sheet says why.")
    official.unfold("Add files").page.locator("#answer input[type=file]").set_input_files(files[1:])
    official.press("Send the answer").is_clean()

    asker = visit(scripts=scripts).go("/conversation/").fill("Your receipt", receipt).press("Open my question")
    asker.sees("the sheet says why").is_clean()
    sheet = downloaded(asker, asker.page.get_by_role("button", name="order.docx").last)
    assert sheet[:2] == b"PK"


def test_a_script_keeps_the_files_while_the_form_is_mended(visit: Open, files: list[str]) -> None:
    asker = visit().go("/ask/").unfold("Add files")
    field(asker).set_input_files(files)
    asker.press("Send the question").sees("Write your question.").is_clean()
    assert asker.page.evaluate("document.activeElement.className").startswith("govuk-error-summary")
    asker.choose("Is my item controlled?").fill("Your question", "Is this mill controlled?")
    asker.press("Check it first").sees("Your files").press("Change it").sees("Ask the focal point")
    asker.press("Check it first").sees("mill.jpg").choose("Keep it").press("Send the question").sees("Keep your receipt")
    assert Attachment.objects.count() == 2


def test_a_refused_file_is_named_and_the_others_stay(visit: Open, files: list[str], tmp_path: Path) -> None:
    bad = tmp_path / "tool.exe"
    bad.write_bytes(b"MZ" + os.urandom(500))
    asker = visit().go("/ask/").choose("Is my item controlled?").fill("Your question", "Is this mill controlled?")
    asker.unfold("Add files")
    field(asker).set_input_files([*files, str(bad)])
    asker.press("Send the question").sees("“tool.exe”").is_clean()
    field(asker).set_input_files(files)
    asker.press("Send the question").sees("Your files").choose("Keep it").press("Send the question").sees("Keep your receipt")


def test_files_go_with_a_later_message(visit: Open, files: list[str], today: date) -> None:
    receipt = asking.submit(topic="other", text="May I?", today=today).receipt
    asker = visit().go("/conversation/").fill("Your receipt", receipt).press("Open my question")
    asker.fill("Write again", "Here is the order.").unfold("Add files")
    field(asker).set_input_files(files)
    asker.press("Send").sees("Your files").is_clean().choose("Keep it").press("Send")
    asker.sees("Your message has been sent.").sees("order.docx").is_clean()


def test_files_that_went_do_not_wait_in_the_form_for_the_next_message(visit: Open, files: list[str], today: date) -> None:
    receipt = asking.submit(topic="other", text="May I?", today=today).receipt
    asker = visit().go("/conversation/").fill("Your receipt", receipt).press("Open my question")
    asker.fill("Write again", "Here is a photo.").unfold("Add files")
    field(asker).set_input_files(files[:1])
    asker.press("Send").sees("Your files").press("Change it").sees("Write again")
    asker.press("Send").sees("Your message has been sent.").is_clean()
    assert field(asker).evaluate("input => input.files.length") == 0
    assert Attachment.objects.count() == 1


def test_files_that_find_no_room_leave_the_page_as_it_is(visit: Open, files: list[str]) -> None:
    asker = visit().go("/ask/").choose("Is my item controlled?").fill("Your question", "Is this mill controlled?")
    asker.unfold("Add files")
    field(asker).set_input_files(files)
    asker.page.route("**/ask/", lambda route: route.fulfill(status=429, body="<main>Too much</main>", content_type="text/html"))
    asker.press("Send the question").sees("The files did not get through. What you typed is still here")
    asker.page.unroute("**/ask/")
    asker.page.wait_for_timeout(1100)  # a second press within a second counts as a double one
    asker.press("Send the question").sees("Your files")
