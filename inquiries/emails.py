"""The two letters of inquiries: to officials, once a day, always the same; to who asks by name and wishes it: there is news."""

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


def news() -> Mail:
    """Return the letter to somebody who asked by name: that there is news, and nothing of what or of which case."""
    with translation.override(settings.LANGUAGE_CODE):
        context = {
            "language": settings.LANGUAGE_CODE,
            "title": _("There is news for you at the focal point"),
            "address": settings.PUBLIC_URL + reverse("inquiries:named"),
        }
        return Mail(
            subject=context["title"],
            text=render_to_string("inquiries/mail/news.txt", context).strip() + "\n",
            html=render_to_string("inquiries/mail/news.html", context),
        )
