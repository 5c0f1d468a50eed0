"""The letters of inquiries: to officials always the same; to outside experts a link; to who asks by name that there is news."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from inquiries.models import ExpertRequest


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


def expert_link(asked: ExpertRequest, token: str, *, name: str, address: str) -> EmailMultiAlternatives:
    """The letter that carries an expert's link. It says nothing of a case, a firm or a technology.

    It isn't written into the mailroom, whose rows keep their text: the link would stand there in the clear.
    """
    context = {
        "language": settings.LANGUAGE_CODE,
        "title": _("Your expert opinion is asked for"),
        "name": name,
        "link": settings.PUBLIC_URL + reverse("inquiries:expert", args=[token]),
        "expires_on": asked.expires_on,
    }
    letter = EmailMultiAlternatives(
        subject=context["title"],
        body=render_to_string("inquiries/mail/expert.txt", context).strip() + "\n",
        to=[address],
        headers={"Auto-Submitted": "auto-generated"},
    )
    letter.attach_alternative(render_to_string("inquiries/mail/expert.html", context), "text/html")
    return letter


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
