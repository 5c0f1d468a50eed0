"""The mail that an advisory becomes: plain text first, the same words in HTML."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from typing import Final
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from advisories import markup
from advisories.disclosure import is_stricter, may_be_mailed, may_be_relayed
from advisories.models import Advisory, Relay, Texts
from organisations.models import Organisation

LIST: Final = "advisories"
LONGEST_SENDER: Final = 120  # characters of an association's name
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


# What the label lets its reader do, for members of an association (FIRST, TLP 2.0, section 3).
HANDLING = {
    "clear": gettext_lazy("You may pass it on to anybody."),
    "green": gettext_lazy("You may pass it on within your community, but not where everybody can see it."),
    "amber": gettext_lazy("Keep it to those in your own organisation who need to know it."),
}


def compose_relayed(relay: Relay) -> Mail:
    """Return the notice as an association's members are to read it: its words on top, the same label, the relay's own link."""
    return _relayed(relay, "relayed")


def _relayed(relay: Relay, template: str) -> Mail:
    advisory = relay.advisory
    with translation.override(advisory.language):
        title = _("Corrected: %(title)s") % {"title": advisory.title} if advisory.corrects else advisory.title
        return _mail(
            advisory,
            advisory,
            template,
            title=title,
            association=relay.association.name,
            cover=relay.words,
            handling=HANDLING[advisory.tlp],
            address=settings.PUBLIC_URL + relay.get_absolute_url(),
        )


def compose_for_members(relay: Relay) -> Mail:
    """Return the notice as the portal sends it to an association's members for it."""
    return _relayed(relay, "members_notice")


def compose_withdrawal_for_members(relay: Relay) -> Mail:
    """Return the mail to the members who got it from the portal that it was withdrawn."""
    advisory = relay.advisory
    with translation.override(advisory.language):
        return _mail(
            advisory,
            advisory,
            "members_withdrawal",
            title=_("Withdrawn: %(title)s") % {"title": advisory.title},
            association=relay.association.name,
            address=settings.PUBLIC_URL + relay.get_absolute_url(),
        )


def sender_for(association: Organisation) -> str:
    """In whose name members get mail: the association's, by way of the portal's. One line, whatever the name holds."""
    own = parseaddr(settings.DEFAULT_FROM_EMAIL)[0] or _("Focal Point")
    name = "".join(character for character in association.name if character.isprintable())[:LONGEST_SENDER]
    return _("%(association)s via %(portal)s") % {"association": name, "portal": own}


def members_list_id(association: UUID) -> str:
    """The name of the list of an association's members (RFC 2919): each has its own, so that stopping one stops no other."""
    return f"members-{association.hex}.{parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition('@')[2]}"


def members_stop_address() -> str:
    """What a member's token is put behind to be taken off the association's list; in the header alone, as `stop_address`."""
    return f"{settings.PUBLIC_URL}{reverse('advisories:members-stop', args=['x']).removesuffix('x/')}"


def draft_for_members(mail: Mail, *, name: str, address: str, now: datetime) -> bytes:
    """Return the mail as a message that mail programs open as a draft (X-Unsent), for its sender to add recipients (RFC 5322)."""
    message = EmailMessage(policy=SMTP)
    message["X-Unsent"] = "1"
    message["From"] = Address(display_name=name, addr_spec=address)
    message["Date"] = now
    message["Subject"] = mail.subject
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    return message.as_bytes()


def compose_reminder(advisory: Advisory) -> Mail:
    """Return the mail that reminds associations of what they got and have said nothing of."""
    with translation.override(advisory.language):
        title = _("Have you passed it on? %(title)s") % {"title": advisory.title}
        return _mail(advisory, advisory, "reminder", title=title)


def compose_alarm(advisory: Advisory) -> Mail:
    """Return the mail that warns the focal point. It says nothing of the advisory: it may be one whose words don't travel."""
    with translation.override(settings.LANGUAGE_CODE):
        context = {
            "language": settings.LANGUAGE_CODE,
            "title": _("An urgent advisory has reached nobody"),
            "address": settings.PUBLIC_URL + reverse("focalpoint:advisory", args=[advisory.pk]),
            "health_address": settings.PUBLIC_URL + reverse("focalpoint:mail-health"),
        }
        return Mail(
            subject=context["title"],
            text=render_to_string("advisories/mail/alarm.txt", context).strip() + "\n",
            html=render_to_string("advisories/mail/alarm.html", context),
        )


def _mail(advisory: Advisory, words: Texts, template: str, *, title: str, **more: object) -> Mail:
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
        "relay_address": settings.PUBLIC_URL + reverse("advisories:relay-page", args=[advisory.pk]),
        "may_be_relayed": may_be_relayed(advisory.tlp),
        **more,
    }
    return Mail(
        subject=f"{label} {title}",
        text=render_to_string(f"advisories/mail/{template}.txt", context).strip() + "\n",
        html=render_to_string(f"advisories/mail/{template}.html", context),
    )
