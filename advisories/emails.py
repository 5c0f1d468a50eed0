"""The mail that an advisory becomes: plain text first, the same words in HTML."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parseaddr
from typing import Final

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from advisories import markup
from advisories.disclosure import is_stricter, may_be_mailed
from advisories.models import Advisory, Texts

LIST: Final = "advisories"
# The colours that TLP 2.0 gives its labels, always on black.
TLP_COLOURS = {"red": "#FF2B2B", "amber": "#FFC000", "amber+strict": "#FFC000", "green": "#33FF00", "clear": "#FFFFFF"}


@dataclass(frozen=True)
class Mail:
    subject: str
    text: str
    html: str


def compose(advisory: Advisory, words: Texts | None = None) -> Mail:
    """Return the mail in the language of `words`: the advisory's own or a translation.

    One with TLP:RED says only that something waits for the reader who signs in.
    """
    words = words or advisory
    with translation.override(words.language):
        if not may_be_mailed(advisory.tlp):
            return _mail(advisory, words, "waiting", title=_("An advisory is waiting for you"))
        title = _("Corrected: %(title)s") % {"title": words.title} if advisory.corrects else words.title
        return _mail(advisory, words, "notice", title=title)


def compose_withdrawal(advisory: Advisory, words: Texts | None = None) -> Mail:
    """Return the mail to those who got the advisory, in the language of `words`, that it stands no more."""
    words = words or advisory
    with translation.override(words.language):
        title = _("an advisory that was waiting for you") if not may_be_mailed(advisory.tlp) else words.title
        return _mail(advisory, words, "withdrawal", title=_("Withdrawn: %(title)s") % {"title": title})


def _corrected_title(advisory: Advisory, language: str) -> str:
    """What a correction corrects; "" where that was for fewer readers than this mail is."""
    wrong = advisory.corrects
    return wrong.version_for([language]).title if wrong and not is_stricter(wrong.tlp, advisory.tlp) else ""


def _superseded_titles(advisory: Advisory, language: str) -> list[str]:
    """Titles of what it replaces, without those that were for fewer readers than this mail is."""
    older = advisory.supersedes.order_by("title", "pk")
    return [old.version_for([language]).title for old in older if not is_stricter(old.tlp, advisory.tlp)]


def list_id() -> str:
    """The name of the list by which the mailroom and RFC 2919 know advisories."""
    return f"{LIST}.{parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition('@')[2]}"


def stop_address() -> str:
    """What a copy's token is put behind to stop the list for its reader.

    It goes into the header alone, where mail programs make a button of it. In the words a forwarded copy would carry it along, and
    one member of an association could stop the association's mail.
    """
    return f"{settings.PUBLIC_URL}{reverse('advisories:stop', args=['x']).removesuffix('x/')}"


def _mail(advisory: Advisory, words: Texts, template: str, *, title: str) -> Mail:
    label = advisory.get_tlp_display()
    context = {
        "advisory": advisory,
        "words": words,
        "title": title,
        "label": label,
        "colour": TLP_COLOURS[advisory.tlp],
        "address": settings.PUBLIC_URL + reverse("advisories:detail", args=[advisory.pk]),
        "subscription_address": settings.PUBLIC_URL + reverse("advisories:subscription"),
        "body": mark_safe(markup.to_html(words.body, with_classes=False)),  # noqa: S308  cleaned by nh3
        "what_to_do": mark_safe(markup.to_html(words.what_to_do, with_classes=False)),  # noqa: S308  cleaned by nh3
        "segments": (segments := list(advisory.segments.in_order())),
        "is_narrowed": bool(segments or advisory.control_entries or advisory.destinations or advisory.roles),
        "is_mailable": may_be_mailed(advisory.tlp),
        "corrected_title": _corrected_title(advisory, words.language),
        "superseded_titles": _superseded_titles(advisory, words.language),
    }
    return Mail(
        subject=f"{label} {title}",
        text=render_to_string(f"advisories/mail/{template}.txt", context).strip() + "\n",
        html=render_to_string(f"advisories/mail/{template}.html", context),
    )
