"""A stranger asks for advisories and chooses, a firm chooses its pace, and the desk sees whom a draft reaches and misses."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

import pytest

from advisories.models import Advisory, Subscription
from advisories.services import editing
from advisories.services.editing import Content
from catalogue.models import Segment
from catalogue.services import load_seed
from mailroom.models import Letter
from organisations.models import Organisation, User
from tests.browser.conftest import Visit

Open = Callable[..., Visit]
ADDRESS = "reader@home.example"


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_stranger_asks_confirms_chooses_and_stops(visit: Open, now: datetime, *, scripts: bool) -> None:
    load_seed(now=now)
    stranger = visit(scripts=scripts).go("/advisories/").follow("Have those for everybody sent by mail").is_clean()
    stranger.fill("Email address", "nowhere").press("Send me the link").sees("Enter an email address such as").is_clean()
    stranger.fill("Email address", ADDRESS).press("Send me the link").sees("A link is on its way").is_clean()
    found = re.search(r"/advisories/subscribe/confirm/\S+/", Letter.objects.get().text)
    assert found
    stranger.go(found.group()).sees(f"to {ADDRESS}").is_clean()
    stranger.choose("Threat").choose("Once a week").press("Confirm").sees("How often: Once a week. Which: Threat.").is_clean()
    stranger.go(found.group()).sees("Change which advisories you get").is_clean()
    stranger.press("Stop them").sees("No more advisories go to this address").is_clean()
    assert not Subscription.objects.active().exists()


def test_a_firm_chooses_and_the_desk_foresees(
    visit: Open, editor: User, signatory: User, firm: Organisation, focal_point: Organisation, now: datetime
) -> None:
    load_seed(now=now)
    own = visit().sign_in(signatory).go("/advisories/subscription/")
    own.fill("Email address", "notices@firm.example").choose("Event").choose("Once a day").press("Save")
    own.sees("Once a day").is_clean()
    own.follow("Change notices@firm.example").sees("Enter or change an address").is_clean()
    assert own.page.get_by_label("Once a day").is_checked()

    content = Content(
        kind="threat", tlp="green", urgency="routine", title="Orders for thermal cameras", summary="Many.", body="What we see.",
        segments=list(Segment.objects.areas()[:2]),
    )  # fmt: skip
    draft: Advisory = editing.draft(content=content, agency=focal_point, by=editor, now=now)
    desk = visit().sign_in(editor).go(f"/desk/advisories/{draft.pk}/").follow("Whom it reaches and whom it misses").is_clean()
    desk.sees("Nobody: a gap worth a call")
    desk.follow("They want other kinds, or only what is more urgent: 1").sees(firm.name).is_clean()
