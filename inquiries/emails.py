"""The one letter that inquiries send: to officials, once a day, always the same."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Mail:
    subject: str
    text: str
    html: str


def digest() -> Mail:
    """Return the letter that bids officials look at their queues. It depends on nothing that happened, so it tells nothing."""
    with translation.override(settings.LANGUAGE_CODE):
        context = {
            "language": settings.LANGUAGE_CODE,
            "title": _("Look at your inquiries"),
            "address": settings.PUBLIC_URL + reverse("focalpoint:inquiries"),
        }
        return Mail(
            subject=context["title"],
            text=render_to_string("inquiries/mail/digest.txt", context).strip() + "\n",
            html=render_to_string("inquiries/mail/digest.html", context),
        )
