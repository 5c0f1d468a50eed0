"""The mail that an advisory becomes: plain text first, the same words in HTML."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parseaddr
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from advisories import markup
from advisories.disclosure import is_stricter, may_be_mailed
from advisories.models import Advisory, Webhook

LONGEST_HOST = 150  # characters of a server's name that a subject shows
LIST: Final = "advisories"
# The colours that TLP 2.0 gives its labels, always on black.
TLP_COLOURS = {"red": "#FF2B2B", "amber": "#FFC000", "amber+strict": "#FFC000", "green": "#33FF00", "clear": "#FFFFFF"}


@dataclass(frozen=True)
class Mail:
    subject: str
    text: str
    html: str


def compose(advisory: Advisory) -> Mail:
    """Return the mail in the advisory's language. One with TLP:RED says only that something waits for the reader who signs in."""
    with translation.override(advisory.language):
        if not may_be_mailed(advisory.tlp):
            return _mail(advisory, "waiting", title=_("An advisory is waiting for you"))
        title = _("Corrected: %(title)s") % {"title": advisory.title} if advisory.corrects else advisory.title
        return _mail(advisory, "notice", title=title)


def compose_withdrawal(advisory: Advisory) -> Mail:
    """Return the mail to those who got the advisory that it stands no more."""
    with translation.override(advisory.language):
        title = _("an advisory that was waiting for you") if not may_be_mailed(advisory.tlp) else advisory.title
        return _mail(advisory, "withdrawal", title=_("Withdrawn: %(title)s") % {"title": title})


def compose_webhook_off(webhook: Webhook) -> Mail:
    """Return the mail to those who keep a webhook that the portal has switched off; of its address, only the server's name."""
    context = {
        "host": (urlsplit(webhook.url).hostname or "")[:LONGEST_HOST],
        "organisation": webhook.organisation,
        "since": webhook.failing_since,
        "why": webhook.get_off_because_display(),
        "address": settings.PUBLIC_URL + reverse("advisories:webhook", args=[webhook.pk]),
    }
    subject = _("The webhook to %(host)s has been switched off") % {"host": context["host"]}
    return Mail(subject, render_to_string("advisories/mail/webhook_off.txt", context).strip() + "\n", "")


def _corrected_title(advisory: Advisory) -> str:
    """What a correction corrects; "" where that was for fewer readers than this mail is."""
    wrong = advisory.corrects
    return wrong.title if wrong and not is_stricter(wrong.tlp, advisory.tlp) else ""


def list_id() -> str:
    """The name of the list by which the mailroom and RFC 2919 know advisories."""
    return f"{LIST}.{parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition('@')[2]}"


def stop_address() -> str:
    """What a copy's token is put behind to stop the list for its reader.

    It goes into the header alone, where mail programs make a button of it. In the words a forwarded copy would carry it along, and
    one member of an association could stop the association's mail.
    """
    return f"{settings.PUBLIC_URL}{reverse('advisories:stop', args=['x']).removesuffix('x/')}"


def _mail(advisory: Advisory, template: str, *, title: str) -> Mail:
    label = advisory.get_tlp_display()
    context = {
        "advisory": advisory,
        "title": title,
        "label": label,
        "colour": TLP_COLOURS[advisory.tlp],
        "address": settings.PUBLIC_URL + reverse("advisories:detail", args=[advisory.pk]),
        "subscription_address": settings.PUBLIC_URL + reverse("advisories:subscription"),
        "body": mark_safe(markup.to_html(advisory.body, with_classes=False)),  # noqa: S308  cleaned by nh3
        "what_to_do": mark_safe(markup.to_html(advisory.what_to_do, with_classes=False)),  # noqa: S308  cleaned by nh3
        "segments": list(advisory.segments.in_order()),
        "is_mailable": may_be_mailed(advisory.tlp),
        "corrected_title": _corrected_title(advisory),
    }
    return Mail(
        subject=f"{label} {title}",
        text=render_to_string(f"advisories/mail/{template}.txt", context).strip() + "\n",
        html=render_to_string(f"advisories/mail/{template}.html", context),
    )
