"""A stranger searches the archive, reads what became of an advisory and takes it along; an editor searches the desk's list."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from advisories.services import editing
from advisories.services.editing import Content
from catalogue.models import Segment
from catalogue.services import load_seed
from organisations.models import Organisation, Role, User
from tests.browser.conftest import Visit
from tests.conftest import member

Open = Callable[..., Visit]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_search_narrow_read_and_take_along(
    visit: Open, focal_point: Organisation, editor: User, approver: User, now: datetime, today: date, *, scripts: bool
) -> None:
    load_seed(now=now)
    photonics = Segment.objects.areas()[5]
    second = member(focal_point, "Ain Approver", Role.APPROVER)

    def publish(title: str, *, kind: str = "threat", valid_to: date | None = None) -> None:
        words = {"summary": "New resellers ask for many at once.", "body": "First orders.", "what_to_do": "Ask for the end user."}
        content = Content(kind=kind, tlp="clear", urgency="routine", title=title, valid_to=valid_to, segments=[photonics], **words)
        advisory = editing.draft(content=content, agency=focal_point, by=editor, now=now)
        advisory = editing.submit_for_review(advisory, by=editor, now=now)
        advisory = editing.approve(advisory, revision=1, by=approver, now=now)
        advisory = editing.publish(advisory, by=editor, now=now, today=today)
        if title.startswith("Wrong"):
            editing.withdraw(advisory, reason="The parts were others.", by=second, now=now + timedelta(hours=1))

    publish("Orders for thermal cameras", valid_to=today + timedelta(days=90))
    publish("Wrong orders for lasers")
    publish("A new rule on sensors", kind="regulatory", valid_to=today + timedelta(days=200))

    stranger = visit(scripts=scripts).go("/advisories/").sees("Don't act on it any more.").is_clean()
    stranger.fill("Words", "orders").pick("Kind", "Threat").press("Search").sees("2 advisories fit").misses("A new rule").is_clean()
    stranger.unfold("More to narrow by")
    stranger.pick("State", "What stands now").press("Search").sees("1 advisory fits").misses("Wrong orders").is_clean()
    stranger.fill("Year", "26").press("Search").sees("Write the year with four digits").is_clean()
    stranger.fill("Year", "2026").press("Search").follow("Orders for thermal cameras").is_clean()
    for name, file in (("as STIX 2.1", ".json"), ("for your calendar", ".ics")):
        with stranger.page.expect_download() as download:
            stranger.page.get_by_role("link", name=name).click()
        assert download.value.suggested_filename.endswith(file)
    stranger.go("/advisories/?q=unobtainium").sees("Nothing fits.").follow("Show all").sees("A new rule on sensors")

    desk = visit(scripts=scripts).sign_in(editor).go("/desk/advisories/?queue=published").is_clean()
    desk.fill("Words", "sensors").press("Search").sees("1 advisory fits").sees("A new rule on sensors").misses("thermal").is_clean()
    assert "queue=published" in desk.page.url
