"""A firm has advisories posted to its program and read by its feed reader, with and without JavaScript."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.utils import timezone

from advisories.models import Advisory, Webhook, WebhookDelivery
from advisories.services import editing
from catalogue.services import load_seed
from organisations.models import Organisation, User
from tests.browser.conftest import Open

URL = "https://hooks.firm.example/advisories/in"


def publish(agency: Organisation, editor: User, approver: User) -> Advisory:
    now, today = timezone.now(), timezone.localdate()
    words = editing.Content(kind="threat", tlp="clear", urgency="routine", title="Orders for lasers", summary="Many.", body="Many.")
    advisory = editing.draft(content=words, agency=agency, by=editor, now=now)
    advisory = editing.submit_for_review(advisory, by=editor, now=now)
    advisory = editing.approve(advisory, revision=advisory.revision, by=approver, now=now)
    return editing.publish(advisory, by=editor, now=now, today=today)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_firm_keeps_a_webhook_and_a_feed(
    visit: Open, focal_point: Organisation, editor: User, approver: User, signatory: User, now: datetime, *, scripts: bool
) -> None:
    load_seed(now=now)
    firm = visit(scripts=scripts).sign_in(signatory, second_factor=True).go("/advisories/subscription/").is_clean()
    firm.follow("By webhook").is_clean()
    firm.fill("Address of your receiver", "https://10.0.0.1/").press("Add it").sees("not its IP address").is_clean()
    firm.fill("Address of your receiver", URL).press("Add it").sees("Copy it now").is_clean()
    firm.follow("Send a test").sees("Nothing has been posted yet").is_clean()
    firm.press("Send a test").sees("The test is on its way").is_clean()
    WebhookDelivery.objects.update(state="failed", outcome="not-public", next_attempt_at=None, attempts=1)
    if not scripts:
        firm.follow("Look again")
    firm.sees("is not on the public internet")
    firm.misses("The test is on its way").is_clean()

    publish(focal_point, editor, approver)
    failed = {"state": "failed", "outcome": "refused", "status": 500, "next_attempt_at": None, "attempts": 11}
    WebhookDelivery.objects.exclude(event="test").update(**failed, tried_at=timezone.now())
    firm.go(f"/advisories/webhooks/{Webhook.objects.get().pk}/").sees("Orders for lasers").is_clean()
    firm.press("Send anew").sees("It is being sent anew")
    firm.press("Make a new secret").sees("Copy it now").is_clean()
    firm.press("Switch it off").sees("The webhook is off").is_clean()
    firm.press("Remove it").sees("has been removed")

    firm.follow("By feed").is_clean()
    firm.fill("Name", "Thunderbird").press("Make the feed").sees("Copy it now").is_clean()
    firm.go("/advisories/feeds/").press("Revoke").sees("opens nothing any more")
    firm.sees("Revoked on").is_clean()
