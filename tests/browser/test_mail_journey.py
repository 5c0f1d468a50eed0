"""An editor pauses the mail of an advisory, resumes it, and decides about a copy that may have arrived."""

from collections.abc import Callable
from datetime import date, datetime

import pytest

from advisories.services import audience, editing
from advisories.services.editing import Content
from catalogue.services import load_seed
from mailroom.models import Envelope
from organisations.models import Organisation, User
from tests.browser.conftest import Visit

Open = Callable[..., Visit]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_pause_resume_and_decide(
    visit: Open,
    focal_point: Organisation,
    association: Organisation,
    editor: User,
    approver: User,
    association_officer: User,
    now: datetime,
    today: date,
    *,
    scripts: bool,
) -> None:
    load_seed(now=now)
    for address in ("first@cluster.example", "second@cluster.example"):
        audience.subscribe(organisation=association, address=address, segments=[], by=association_officer, now=now)
    words = Content(kind="threat", tlp="amber", urgency="routine", title="Orders", summary="New resellers.", body="Orders.")
    advisory = editing.draft(content=words, agency=focal_point, by=editor, now=now)
    editing.submit_for_review(advisory, by=editor, now=now)
    editing.approve(advisory, revision=1, by=approver, now=now)
    editing.publish(advisory, by=editor, now=now, today=today)

    desk = visit(scripts=scripts).sign_in(editor).go(f"/desk/advisories/{advisory.pk}/").is_clean()
    desk.press("Pause the mail").sees("The mail is paused").is_clean()
    desk.press("Resume the mail").sees("resumed its mail").is_clean()

    Envelope.objects.update(state="in_doubt", next_attempt_at=None, doubts=1, last_error="connection-lost")
    desk.go(f"/desk/advisories/{advisory.pk}/").sees("2 copies may have arrived").is_clean()
    desk.press("Take as arrived at first@cluster.example").sees("1 copy may have arrived").is_clean()
    desk.press("Send again to second@cluster.example").sees("Sent again").is_clean()
    assert set(Envelope.objects.values_list("address", "state")) == {
        ("first@cluster.example", "sent"),
        ("second@cluster.example", "in_doubt"),
    }
