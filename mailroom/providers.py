"""What mail providers report by webhooks of their own shapes, for mail that they took by SMTP; django-anymail reads each.

Only providers whose reports hold the Message-ID that we wrote. Mailgun signs a time and a random word, not the body; Brevo sends a
user and a password. So what says that a report is genuine is that secret and TLS, and a report counts for one copy alone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from anymail.exceptions import AnymailError, AnymailWebhookValidationFailure
from anymail.signals import AnymailTrackingEvent, EventType
from anymail.webhooks.base import AnymailBaseWebhookView
from anymail.webhooks.brevo import BrevoTrackingWebhookView
from anymail.webhooks.mailgun import MailgunTrackingWebhookView
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.utils.translation import gettext as _

from mailroom.notices import NotUnderstood
from mailroom.reports import status_in

MAILGUN: Final = "mailgun"
BREVO: Final = "brevo"
NAMES: Final = (MAILGUN, BREVO)
# Mailgun tries for eight hours to get rid of a report (documentation.mailgun.com, "Webhooks"); older ones are somebody else's copy.
OLDEST: Final = 12 * 60 * 60  # seconds
UNKNOWN_FAILURE: Final = "5.0.0"  # RFC 3463, section 3.1
REFUSED_BY_PROVIDER: Final = "5.7.0"  # section 3.8: of the provider's own rules, which say nothing of the mailbox
# What anymail and Python are known to raise for a body of another shape, or of another kind of webhook.
GARBAGE: Final = (
    AnymailError,
    AttributeError,
    ImproperlyConfigured,
    LookupError,
    OverflowError,
    RecursionError,
    TypeError,
    ValueError,
)


class NotGenuine(Exception):
    """It does not come from the provider, or is too old."""


@dataclass(frozen=True)
class Event:
    """About one copy that was given up or complained of."""

    message_id: str
    recipient: str
    is_complaint: bool
    status: str


def fault_of(name: str, secret: str) -> str:
    """Say what is wrong with the settings; "" where nothing is, or where neither is set."""
    if not name and not secret:
        return ""
    if name not in NAMES:
        return f"BOUNCE_PROVIDER must be one of {', '.join(NAMES)}, together with BOUNCE_PROVIDER_SECRET."
    if len(secret) < 32:
        return "BOUNCE_PROVIDER_SECRET is missing or too short: it needs 32 characters or more."
    if name == BREVO and not all(secret.partition(":")):
        return "BOUNCE_PROVIDER_SECRET must be user:password for this provider."
    return "" if secret.isascii() else "BOUNCE_PROVIDER_SECRET must be plain ASCII."


def read(request: HttpRequest, *, provider: str, secret: str, now: float) -> list[Event]:
    """Return what `provider` reports of copies that failed; raises NotGenuine and NotUnderstood."""
    view = _view(provider, secret)
    try:
        view.run_validators(request)
    except (AnymailWebhookValidationFailure, *GARBAGE) as error:
        raise NotGenuine from error
    try:
        if provider == MAILGUN and abs(now - int(json.loads(request.body)["signature"]["timestamp"])) > OLDEST:
            raise NotGenuine
        return [event for each in view.parse_events(request) if (event := _event(each))]
    except GARBAGE as error:
        raise NotUnderstood(_("The body is not one of this provider's reports about a single mail.")) from error


def _view(provider: str, secret: str) -> AnymailBaseWebhookView:
    if provider == MAILGUN:
        return MailgunTrackingWebhookView(webhook_signing_key=secret)
    return BrevoTrackingWebhookView(webhook_secret=secret)


def _event(told: AnymailTrackingEvent) -> Event | None:
    """None of what asks for nothing: an arrival, a delay, an opening."""
    if told.event_type not in (EventType.BOUNCED, EventType.REJECTED, EventType.COMPLAINED):
        return None
    if not isinstance(told.message_id, str) or not isinstance(told.recipient, str):
        raise TypeError("it names no copy")
    is_complaint = told.event_type == EventType.COMPLAINED
    return Event(told.message_id, told.recipient, is_complaint, "" if is_complaint else _status(told))


def _status(told: AnymailTrackingEvent) -> str:
    """The status in the words of the recipient's server; of what a provider would not send, its own refusal."""
    if told.event_type == EventType.REJECTED:
        return REFUSED_BY_PROVIDER
    words = [_code(told.esp_event), told.mta_response, told.description]
    return status_in(" ".join(str(each) for each in words if each)) or UNKNOWN_FAILURE


def _code(event: dict[str, Any]) -> int | None:
    """The SMTP code, which Mailgun writes beside the words."""
    code = event.get("event-data", {}).get("delivery-status", {}).get("code")
    return code if isinstance(code, int) else None
