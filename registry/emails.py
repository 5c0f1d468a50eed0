"""The letters of the registry to a firm's own people. They say that something happened and why, never what an entry holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# What happened to an agreement: a subject, and a sentence on what to do.
EVENTS: Mapping[str, tuple[Promise, Promise]] = {
    "counter": (
        gettext_lazy("The focal point proposes other terms"),
        gettext_lazy("You see line by line what differs, and can accept, change or refuse each. Nothing changes before you sign."),
    ),
    "declined": (
        gettext_lazy("The focal point can't agree to your proposal"),
        gettext_lazy("An agreement that is in force stays so. You can propose other terms at any time."),
    ),
    "countersigned": (
        gettext_lazy("Your agreement is in force"),
        gettext_lazy("Each audience now sees what you agreed to, and nothing else. The receipt is on the page of the agreement."),
    ),
    "suspended": (
        gettext_lazy("The focal point has suspended your agreement"),
        gettext_lazy("Nobody sees your entry until it is resumed. You can withdraw at any time."),
    ),
    "resumed": (
        gettext_lazy("Your agreement is in force again"),
        gettext_lazy("Each audience sees again what you agreed to, and nothing else."),
    ),
    "ended": (
        gettext_lazy("The focal point has ended your agreement"),
        gettext_lazy("Nobody sees your entry. You can propose a new agreement at any time."),
    ),
    "answered": (
        gettext_lazy("The focal point has answered your question about a look"),
        gettext_lazy("Sign in to read the answer beside the look in your ledger."),
    ),
    "ending": (
        gettext_lazy("Your agreement ends soon"),
        gettext_lazy("After that day nobody sees your entry. To stay listed, propose an agreement with a later last day."),
    ),
}


@dataclass(frozen=True)
class Mail:
    subject: str
    text: str
    html: str


def notice(event: str, *, firm: str, lines: list[str]) -> Mail:
    """Return the letter that tells a firm of one of EVENTS; `lines` are sentences of this very case."""
    subject, then = EVENTS[event]
    if event == "answered":
        return compose(subject, lines=[*lines, str(then)], firm=firm, page="registry:ledger", action=_("To your ledger"))
    return compose(subject, lines=[*lines, str(then)], firm=firm, page="registry:agreement", action=_("To your agreement"))


def digest(*, firm: str, lines: list[str]) -> Mail:
    """Return the letter on who looked lately; `lines` count the looks of each institution for each purpose."""
    return compose(_("Who looked at your entry"), lines=lines, firm=firm, page="registry:ledger", action=_("To your ledger"))


def compose(subject: str | Promise, *, lines: list[str], firm: str, page: str, action: str) -> Mail:
    with translation.override(settings.LANGUAGE_CODE):
        context: dict[str, Any] = {
            "language": settings.LANGUAGE_CODE,
            "title": str(subject),
            "firm": firm,
            "lines": lines,
            "action": action,
            "address": settings.PUBLIC_URL + reverse(page),
        }
        return Mail(
            subject=str(subject),
            text=render_to_string("registry/mail/notice.txt", context).strip() + "\n",
            html=render_to_string("registry/mail/notice.html", context),
        )


def named(*, name: str, firm: str, parts: list[str], answer_by: str, address: str) -> Mail:
    """Return the letter to a person whom a firm names as a contact; `parts` is what it said of them, each in words."""
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("%(firm)s names you as a contact") % {"firm": firm}
        context = {
            "language": settings.LANGUAGE_CODE,
            "title": subject,
            "name": name,
            "firm": firm,
            "parts": parts,
            "answer_by": answer_by,
            "address": address,
        }
        return Mail(
            subject=subject,
            text=render_to_string("registry/mail/person.txt", context).strip() + "\n",
            html=render_to_string("registry/mail/person.html", context),
        )
