"""Mail to an association comes back: the desk sees it, the association reads why and enters its address anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from advisories.models import Mandate, MandateKind
from advisories.services import audience, editing
from mailroom.models import Envelope, State
from mailroom.services import returns
from organisations.models import Organisation, User
from tests.browser.conftest import Visit
from tests.mailroom.messages import Said, complaint, delivery_report

Open = Callable[..., Visit]
ADDRESS = "notices@cluster.example"


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_come_back_see_mend_and_let_go_again(
    visit: Open,
    settings: Any,
    editor: User,
    approver: User,
    administrator: User,
    association: Organisation,
    association_officer: User,
    *,
    scripts: bool,
) -> None:
    settings.BOUNCE_ADDRESS = "bounces@portal.example"
    now, today = timezone.now(), timezone.localdate()
    for address in (ADDRESS, "board@cluster.example", "office@cluster.example"):
        audience.subscribe(organisation=association, address=address, by=association_officer, now=now)
    relay: dict[str, Any] = {"kind": MandateKind.RELAY, "valid_from": today, "valid_to": None}
    audience.grant_mandate(association=association, address=ADDRESS, by=administrator, now=now, **relay)
    words: dict[str, Any] = {"kind": "threat", "tlp": "green", "urgency": "routine", "title": "Orders for cameras"}
    content = editing.Content(summary="New resellers.", body="Words.", what_to_do="Ask.", **words)
    drafted = editing.draft(content=content, agency=Organisation.objects.get(is_focal_point=True), by=editor, now=now)
    approved = editing.approve(editing.submit_for_review(drafted, by=editor, now=now), revision=1, by=approver, now=now)
    advisory = editing.publish(approved, by=editor, now=now, today=today)
    Envelope.objects.update(state=State.SENT, sent_at=now, next_attempt_at=None)
    for envelope in Envelope.objects.of_source(advisory.source):
        path = returns.return_path(envelope.pk)
        said = {ADDRESS: "5.1.1", "board@cluster.example": "5.7.26"}.get(envelope.address)
        report = delivery_report(path, Said(envelope.address, status=said)) if said else complaint(path)
        assert returns.take(report, now=now) is returns.Taken.RECORDED

    desk = (
        visit(scripts=scripts)
        .sign_in(editor)
        .go(f"/desk/advisories/{advisory.pk}/")
        .sees("1 of 3")
        .sees("look at SPF, DKIM")
        .is_clean()
    )
    desk.go("/desk/advisories/stopped/").sees("The mailbox does not exist (5.1.1)").sees("Asked to relay").is_clean()
    desk.follow("Its reader called it unwanted").sees("office@cluster.example").misses(ADDRESS).is_clean()

    cluster = visit(scripts=scripts).sign_in(association_officer).go("/advisories/subscription/")
    cluster.sees("Its mail server says: The mailbox does not exist.").is_clean()
    cluster.fill("Email address", ADDRESS).press("Save").sees("Advisories will be sent to this address.")
    cluster.misses("The mailbox does not exist").is_clean()

    desk.go("/desk/advisories/stopped/").misses(ADDRESS).unfold("Let mail go to office@cluster.example again")
    desk.fill("Why does mail go to it again?", "They pressed the wrong button").press("Let it go").sees(
        "No such address"
    ).is_clean()
    assert Mandate.objects.count() == 1
