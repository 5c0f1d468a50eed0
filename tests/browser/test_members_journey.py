"""An association enters its members, has the portal send them a notice, and tells them when it is withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from advisories import tasks
from advisories.services import editing
from mailroom.models import Envelope, State
from organisations.models import Organisation, User
from tests.browser.conftest import Visit

Open = Callable[..., Visit]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_enter_send_follow_stop_and_take_back(
    visit: Open, editor: User, approver: User, association: Organisation, association_officer: User, *, scripts: bool
) -> None:
    now, today = timezone.now(), timezone.localdate()
    words: dict[str, Any] = {"kind": "threat", "tlp": "green", "urgency": "routine", "title": "Orders for cameras"}
    content = editing.Content(summary="New resellers.", body="Words.", what_to_do="Ask.", **words)
    drafted = editing.draft(content=content, agency=Organisation.objects.get(is_focal_point=True), by=editor, now=now)
    approved = editing.approve(editing.submit_for_review(drafted, by=editor, now=now), revision=1, by=approver, now=now)
    advisory = editing.publish(approved, by=editor, now=now, today=today)

    cluster = visit(scripts=scripts).sign_in(association_officer)
    cluster.go("/advisories/members/").sees("0 members, of at most 20,000").is_clean()
    cluster.fill("Addresses", "info@kaamera.example, Kaamera Optics\nlab@tartu.example\nlab@tartu.example\nnobody@nowhere.example")
    cluster.choose("They are our members").press("Dry run").sees("3 members are new.").sees("Line 3, lab@tartu.example").is_clean()
    cluster.press("Enter them").sees("3 members have been entered.").sees("Kaamera Optics").is_clean()
    cluster.fill("Address to which members answer", "office@cluster.example").press("Save").sees("Members answer to this address")
    cluster.fill("Whole address", "lab@tartu.example").press("Find").sees("lab@tartu.example").misses("Kaamera Optics").is_clean()

    cluster.go(f"/advisories/{advisory.pk}/relay/").press("Make it ready to pass on").sees("To 3 members on your list")
    cluster.is_clean().press("Send it to our members").sees("Being made ready")
    tasks.write_to_members()
    cluster.go(f"/advisories/{advisory.pk}/relay/").sees("0 delivered, 3 on their way").is_clean()
    mine = Envelope.objects.filter(letter__is_private=True)
    mine.filter(address="lab@tartu.example").update(state=State.SENT, sent_at=timezone.now(), next_attempt_at=None)

    member = visit(scripts=scripts)
    member.go(reverse("advisories:members-stop", args=[mine.get(address="info@kaamera.example").token])).is_clean()
    member.press("Stop them").sees("Your address has been taken off the list").is_clean()

    editing.withdraw(advisory, reason="The cameras were toys.", by=approver, now=timezone.now())
    cluster.go(f"/advisories/{advisory.pk}/").follow("have it from you: tell them").sees("It has been withdrawn.")
    cluster.sees("1 got it, 2 copies were called back").is_clean().press("Tell the same members")
    tasks.write_to_members()
    cluster.go(f"/advisories/{advisory.pk}/relay/").sees("Sent to 1 on").is_clean()

    desk = visit(scripts=scripts).sign_in(editor).go(f"/desk/advisories/{advisory.pk}/reach/")
    desk.sees("1 delivered, 2 not").misses("tartu.example").is_clean()
    desk.go("/desk/advisories/mail/").sees("To whom is the associations' business.").misses("tartu.example").is_clean()

    cluster.go("/advisories/members/").follow("Erase the list").sees("2 members of Photonics Cluster").is_clean()
    cluster.choose("Take all members off the list").press("Erase the list").sees("2 members have been erased.").is_clean()
