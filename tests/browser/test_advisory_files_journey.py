"""An editor adds a file to a draft, is refused another, an approver reads it, and a stranger downloads it; scripts or none."""

from collections.abc import Callable
from pathlib import Path

import pytest

from advisories.models import Advisory
from catalogue.services import load_seed
from organisations.models import User
from tests.browser.conftest import Visit
from tests.inquiries.files import AUTHOR, document

Open = Callable[..., Visit]
TITLE = "Orders for thermal cameras"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """A document, and a program that calls itself one."""
    made = {"resellers.pdf": document(), "invoice.pdf": b"MZ" + bytes(500)}
    for name, content in made.items():
        (tmp_path / name).write_bytes(content)
    return {name: str(tmp_path / name) for name in made}


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_file_is_added_approved_and_downloaded(
    visit: Open, editor: User, approver: User, files: dict[str, str], now: object, *, scripts: bool
) -> None:
    load_seed(now=now)
    writer = visit(scripts=scripts).sign_in(editor).go("/desk/advisories/new/")
    writer.choose("Threat").choose("TLP:CLEAR").fill("Title", TITLE).fill("Summary", "New resellers ask for many.")
    writer.page.get_by_label("Text", exact=True).fill("**What we see.** First orders.")
    writer.press("Save the draft").follow("Add or remove files").sees("It has no files yet.").is_clean()
    writer.press("Add the files").sees("Choose a file.").is_clean()
    writer.page.get_by_label("Files", exact=True).set_input_files(files["invoice.pdf"])
    writer.press("Add the files").sees("There is a problem").sees("Choose your files again").is_clean()
    writer.page.get_by_label("Files", exact=True).set_input_files(files["resellers.pdf"])
    writer.press("Add the files").sees("resellers.pdf").is_clean()
    writer.follow("Back to the advisory").sees("resellers.pdf").sees("with the file resellers.pdf").is_clean()
    writer.press("Submit for approval")

    official = visit(scripts=scripts).sign_in(approver).go("/desk/advisories/?queue=waiting").follow(TITLE).sees("resellers.pdf")
    official.follow("What has changed").sees("resellers.pdf, ").is_clean()
    official.page.go_back()
    official.press("Approve these words").press("Publish and send").sees("Published").is_clean()

    page = Advisory.objects.get().get_absolute_url()
    stranger = visit(scripts=scripts).go(page).sees("resellers.pdf").is_clean()
    with stranger.page.expect_download() as downloading:
        stranger.page.get_by_role("link", name="resellers.pdf").click()
    content = Path(downloading.value.path()).read_bytes()
    assert (downloading.value.suggested_filename, content[:5], AUTHOR.encode() in content) == ("resellers.pdf", b"%PDF-", False)
