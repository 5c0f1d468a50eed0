"""An editor enters a source, looks through what it says, puts something aside, and drafts an advisory of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from advisories.models import Advisory, Candidate, Source
from advisories.parsing import parse
from advisories.services.reading import take_in
from catalogue.services import load_seed
from organisations.models import User
from tests.browser.conftest import Visit

Open = Callable[..., Visit]
FEED = Path(__file__).parent.parent / "advisories" / "feeds" / "rss.xml"
TITLE = "Order on thermal cameras of entry 6A003: licences needed from January"


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_from_a_source_to_a_draft(visit: Open, editor: User, *, scripts: bool) -> None:
    now = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    load_seed(now=now)
    desk = visit(scripts=scripts).sign_in(editor).go("/desk/advisories/").follow("From official sources")
    desk.sees("Nothing waits here").is_clean()
    desk.follow("Which sources are read").sees("No source has been entered").is_clean()
    desk.press("Enter a source").fill("Name", "Gazette of Nowhere").fill(
        "Address of the feed", "http://gazette.example/"
    ).is_clean()
    desk.press("Save the source").sees("The address must begin with https://.").is_clean()
    desk.fill("Address of the feed", "https://gazette.example/feed").press("Save the source").sees("Not read yet").is_clean()

    take_in(Source.objects.get(), parse(FEED.read_bytes(), url="https://gazette.example/feed"), now=now)
    desk.go("/desk/").sees("New from official sources").follow("New from official sources").sees(TITLE).is_clean()
    desk.press("Put aside “Notice on herring”").sees("“Notice on herring” was put aside.").is_clean()
    desk.go("/desk/advisories/candidates/?state=put-aside").press("Take it back “Notice on herring”").sees(
        "is new again"
    ).is_clean()
    desk.go("/desk/advisories/candidates/").press(f"Make a draft of “{TITLE}”").is_clean()
    assert desk.page.get_by_label("Title", exact=True).input_value() == TITLE
    assert "Whoever sends thermal cameras abroad needs a licence." in desk.page.get_by_label("Text", exact=True).input_value()
    desk.press("Save the draft").sees("Gazette of Nowhere writes:").is_clean()
    assert Advisory.objects.get().candidate == Candidate.objects.get(title=TITLE)
