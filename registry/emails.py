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

from registry.models import Outreach

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
    "renew": (
        gettext_lazy("Confirm that your entry still holds"),
        gettext_lazy("Read it, change what is no longer so, and confirm it with one button. Others see how long ago you did."),
    ),
    "lapsed": (
        gettext_lazy("Your entry has lapsed"),
        gettext_lazy("Nobody sees it. Nothing is lost, and your agreement stays: once you confirm the entry, it shows again."),
    ),
    "differs": (
        gettext_lazy("A register says otherwise than your entry"),
        gettext_lazy("Nothing was changed. Sign in to read what, and take it over or leave your entry as it is."),
    ),
    "same-firm": (
        gettext_lazy("Is it one firm?"),
        gettext_lazy("The focal point takes two entries for yours. Sign in to read which, and agree or refuse."),
    ),
    "merged": (
        gettext_lazy("Two entries are now one"),
        gettext_lazy("Only the entry that stays is seen. Sign in to read the ledger."),
    ),
    "removed": (
        gettext_lazy("Your entry is erased"),
        gettext_lazy("The registry holds nothing of it any more. The sealed proof is yours to download; so is the ledger to read."),
    ),
    "introduction": (
        gettext_lazy("Somebody would like to meet you"),
        gettext_lazy("Sign in to read why, and answer or don't. Neither of you is named to the other before both say yes."),
    ),
    "introduced": (
        gettext_lazy("You are introduced"),
        gettext_lazy("Both have said yes. Sign in to read who the other is, and to write to each other."),
    ),
    "introduction-written": (
        gettext_lazy("Somebody whom you met through the portal has written to you"),
        gettext_lazy("Sign in to read it and to answer."),
    ),
    "suggestion": (
        gettext_lazy("The focal point suggests whom you could meet"),
        gettext_lazy("Sign in to read why, and ask to be introduced, or don't. Nobody is told what you do."),
    ),
    "outreach-written": (
        gettext_lazy("An agency has written to you about its invitation"),
        gettext_lazy("Sign in to read it and to answer."),
    ),
    "ending": (
        gettext_lazy("Your agreement ends soon"),
        gettext_lazy("After that day nobody sees your entry. To stay listed, propose an agreement with a later last day."),
    ),
}
# Where the button of a letter leads that is not about the agreement.
_PAGES: Mapping[str, tuple[str, Promise]] = {
    "answered": ("registry:ledger", gettext_lazy("To your ledger")),
    "renew": ("registry:entry", gettext_lazy("To your entry")),
    "differs": ("registry:entry", gettext_lazy("To your entry")),
    "same-firm": ("registry:entry", gettext_lazy("To your entry")),
    "merged": ("registry:ledger", gettext_lazy("To your ledger")),
    "removed": ("registry:removal", gettext_lazy("To the proof")),
    "introduction": ("registry:introductions", gettext_lazy("To your introductions")),
    "introduced": ("registry:introductions", gettext_lazy("To your introductions")),
    "introduction-written": ("registry:introductions", gettext_lazy("To your introductions")),
    "suggestion": ("registry:introductions", gettext_lazy("To your introductions")),
    "outreach-written": ("registry:outreach", gettext_lazy("To your invitations")),
    "lapsed": ("registry:entry", gettext_lazy("To your entry")),
}


@dataclass(frozen=True)
class Mail:
    subject: str
    text: str
    html: str


def notice(event: str, *, firm: str, lines: list[str]) -> Mail:
    """Return the letter that tells a firm of one of EVENTS; `lines` are sentences of this very case."""
    subject, then = EVENTS[event]
    page, action = _PAGES.get(event, ("registry:agreement", gettext_lazy("To your agreement")))
    return compose(subject, lines=[*lines, str(then)], firm=firm, page=page, action=str(action))


def digest(*, firm: str, lines: list[str]) -> Mail:
    """Return the letter on who looked lately; `lines` count the looks of each institution for each purpose."""
    return compose(_("Who looked at your entry"), lines=lines, firm=firm, page="registry:ledger", action=_("To your ledger"))


def listing_invitation(*, association: str, name: str, token: str) -> Mail:
    """Return the letter to one whom an association names; the portal knows nothing else of them."""
    subject = _("%(association)s invites you to list yourself") % {"association": " ".join(association.split())}
    lines = [
        _("To %(name)s") % {"name": name} if name else _("Good day"),
        _("%(association)s suggests that you list your firm or institute in the registry of the national focal point.")
        % {"association": association},
        _("You decide who sees what and for what, read every look, and can leave at any time."),
        _("The association gave us your address. In two weeks only a code of it is left, so that nobody writes twice."),
    ]
    address = settings.PUBLIC_URL + reverse("registry:invited", args=[token])
    return _listing(subject, lines, address=address, action=_("Read more, accept or refuse"))


def listing_wish(*said: str) -> Mail:
    """Return the letter to the focal point's administrators: name, country, number, person and address, as they were typed."""
    labels = (_("Firm or institute"), _("Country"), _("Registration number"), _("Person"), _("Email address"))
    lines = [f"{label}: {words}" for label, words in zip(labels, said, strict=True)]
    lines.append(_("Check the firm, add the organisation, and invite the person to it."))
    return _listing(_("A firm that was invited asks to be let in"), lines)


def outreach(invitation: Outreach) -> Mail:
    """Return the invitation of an agency as its addressees get it; it is one letter, and says nothing of any of them."""
    with translation.override(settings.LANGUAGE_CODE):
        context = {
            "language": settings.LANGUAGE_CODE,
            "invitation": invitation,
            "address": settings.PUBLIC_URL + reverse("registry:outreach-thread", args=[invitation.pk]),
        }
        return Mail(
            subject=invitation.subject,
            text=render_to_string("registry/mail/outreach.txt", context).strip() + "\n",
            html=render_to_string("registry/mail/outreach.html", context),
        )


def outreach_answered(invitation: Outreach) -> Mail:
    """Return the letter to the official whose invitation a firm answered; which firm is read on the page, by way of the gateway."""
    address = settings.PUBLIC_URL + reverse("focalpoint:outreach-one", args=[invitation.pk])
    lines = [_("It is about: %(subject)s") % {"subject": invitation.subject}, address]
    return _listing(_("A firm has answered your invitation"), lines)


def _listing(subject: str, lines: list[str], *, address: str = "", action: str = "") -> Mail:
    with translation.override(settings.LANGUAGE_CODE):
        context = {
            "language": settings.LANGUAGE_CODE,
            "title": subject,
            "lines": lines,
            "action": action,
            "address": address,
        }
        return Mail(
            subject=subject[:250],
            text=render_to_string("registry/mail/listing.txt", context).strip() + "\n",
            html=render_to_string("registry/mail/listing.html", context),
        )


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
