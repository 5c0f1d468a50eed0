"""The mail that an advisory becomes: plain text first, the same words in HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from advisories import markup
from advisories.disclosure import is_stricter, may_be_mailed, may_be_public, may_be_relayed, strictest
from advisories.models import Advisory, Logo, Relay, Texts, Tlp, Webhook
from mailroom.mime import COPY_MARK, LOGO
from mailroom.models import Certificate
from mailroom.sealing import Facts
from mailroom.services import Closed
from organisations.models import Organisation

LONGEST_HOST = 150  # characters of a server's name that a subject shows
LIST: Final = "advisories"
LONGEST_SENDER: Final = 120  # characters of an association's name
# The colours that TLP 2.0 gives its labels, always on black.
TLP_COLOURS = {"red": "#FF2B2B", "amber": "#FFC000", "amber+strict": "#FFC000", "green": "#33FF00", "clear": "#FFFFFF"}


@dataclass(frozen=True)
class Mail:
    subject: str
    text: str
    html: str
    logo: bytes = b""
    closed: Closed | None = None


def compose(advisory: Advisory, words: Texts | None = None, *, is_single: bool = False) -> Mail:
    """Return the mail in the language of `words`: the advisory's own or a translation.

    One with TLP:RED says only that something waits for the reader who signs in. One for single addresses carries a link by which
    its reader changes what goes there.
    """
    words = words or advisory
    with translation.override(words.language):
        if not may_be_mailed(advisory.tlp):
            return _mail(advisory, words, "waiting", title=_("An advisory is waiting for you"))
        title = _("Corrected: %(title)s") % {"title": words.title} if advisory.corrects else words.title
        return _mail(advisory, words, "notice", title=title, is_single=is_single)


def compose_withdrawal(advisory: Advisory, words: Texts | None = None, *, is_single: bool = False) -> Mail:
    """Return the mail to those who got the advisory, in the language of `words`, that it stands no more."""
    words = words or advisory
    with translation.override(words.language):
        title = _("an advisory that was waiting for you") if not may_be_mailed(advisory.tlp) else words.title
        return _mail(advisory, words, "withdrawal", title=_("Withdrawn: %(title)s") % {"title": title}, is_single=is_single)


def compose_digest(advisories: Sequence[Advisory], *, language: str, on: date, is_single: bool = False) -> Mail:
    """Return the mail that tells of several, under the strictest of their labels.

    Raises ValueError for one whose words no mail may hold: that is never in a digest.
    """
    if not all(may_be_mailed(advisory.tlp) for advisory in advisories):
        raise ValueError("a digest holds no TLP:RED")
    label = Tlp(strictest(advisory.tlp for advisory in advisories))
    with translation.override(language):
        words = ngettext("%(number)d advisory, %(day)s", "%(number)d advisories, %(day)s", len(advisories))
        title = words % {"number": len(advisories), "day": date_format(on, _day_format())}
        parts = [
            {
                "advisory": advisory,
                "words": advisory.version_for([language]),
                "label": advisory.get_tlp_display(),
                "colour": TLP_COLOURS[advisory.tlp],
                "address": settings.PUBLIC_URL + reverse("advisories:detail", args=[advisory.pk]),
            }
            for advisory in advisories
        ]
        return _rendered("digest", label=label, title=title, language=language, is_single=is_single, said={"parts": parts})


def compose_confirmation(token: str, *, until: date, is_known: bool, language: str) -> Mail:
    """Return the mail with the link by which the reader of an address confirms it, good until the end of that day."""
    with translation.override(language):
        context = {
            "address": settings.PUBLIC_URL + reverse("advisories:confirm", args=[token]),
            "until": until,
            "is_known": is_known,
            "title": _("Advisories to this address: please confirm"),
            "language": language,
            "day_format": _day_format(),
        }
        return Mail(
            subject=str(context["title"]),
            text=render_to_string("advisories/mail/confirmation.txt", context).strip() + "\n",
            html=render_to_string("advisories/mail/confirmation.html", context),
        )


def compose_certificate_change(token: str, *, until: date, facts: Facts | None, is_known: bool) -> Mail:
    """Return the mail that asks the reader of an address whether it is theirs, or whether the one they have is to be removed."""
    context = {
        "address": settings.PUBLIC_URL + reverse("advisories:certificate-confirm", args=[token]),
        "until": until,
        "facts": facts,
        "is_known": is_known,
    }
    if facts:
        return _plain("certificate_change", _("Encrypted advisories to this address: please confirm"), context)
    return _plain("certificate_change", _("Advisories to this address without encryption: please confirm"), context)


def compose_certificate_trial() -> Mail:
    """Return the first encrypted mail to an address: whoever can read it sees that it works."""
    mail = _plain("certificate_trial", _("Encrypted advisories: you can read this, so it works"), {})
    refused = _("This was to be a trial of encrypted mail. The certificate for this address can't be used: enter another one.")
    return replace(mail, closed=Closed(_("A trial of encrypted mail from the focal point"), refused + "\n"))


def compose_certificate_ending(certificate: Certificate, *, is_single: bool) -> Mail:
    """Return the mail that reminds the readers of an address that their certificate ends."""
    place = reverse("advisories:subscribe" if is_single else "advisories:subscription")
    context = {"certificate": certificate, "is_single": is_single, "address": settings.PUBLIC_URL + place}
    words = _("The certificate for advisories to this address ends on %(day)s")
    return _plain("certificate_ending", words % {"day": date_format(certificate.not_after, "j F Y")}, context)


def _plain(template: str, subject: str, context: dict[str, object]) -> Mail:
    return Mail(subject, render_to_string(f"advisories/mail/{template}.txt", context).strip() + "\n", "")


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
    return _plain("webhook_off", subject, context)


def _day_format() -> str:
    """How a day is written in the language in use: in Estonian with a full stop behind the number."""
    return pgettext("format of a day", "j F Y")


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


def compose_relayed(relay: Relay, logo: Logo | None = None) -> Mail:
    """Return the notice as an association's members are to read it: its words on top, the same label, the relay's own link."""
    return _relayed(relay, "relayed", logo)


def _relayed(relay: Relay, template: str, logo: Logo | None) -> Mail:
    advisory = relay.advisory
    with translation.override(advisory.language):
        title = _("Corrected: %(title)s") % {"title": advisory.title} if advisory.corrects else advisory.title
        mail = _mail(
            advisory,
            advisory,
            template,
            title=title,
            association=relay.association.name,
            cover=relay.words,
            logo=logo,
            logo_address=f"cid:{LOGO}",
            handling=HANDLING[advisory.tlp],
            # Members have no account: of what is not for everybody, the relay's own link leads those on who may read it.
            has_file_links=may_be_public(advisory.tlp),
            address=settings.PUBLIC_URL + relay.get_absolute_url(),
        )
        return replace(mail, logo=bytes(logo.picture)) if logo else mail


def compose_for_members(relay: Relay, logo: Logo | None = None) -> Mail:
    """Return the notice as the portal sends it to an association's members for it."""
    return _relayed(relay, "members_notice", logo)


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


def sender_for(association: Organisation, *, language: str) -> str:
    """In whose name members get mail: the association's, by way of the portal's. One line, whatever the name holds."""
    name = "".join(character for character in association.name if character.isprintable())[:LONGEST_SENDER]
    with translation.override(language):
        own = parseaddr(settings.DEFAULT_FROM_EMAIL)[0] or _("Focal Point")
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
    if mail.logo:
        *_others, html = message.iter_parts()
        html.add_related(mail.logo, "image", "png", cid=f"<{LOGO}>", disposition="inline")
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


def _mail(advisory: Advisory, words: Texts, template: str, *, title: str, is_single: bool = False, **more: object) -> Mail:
    segments = list(advisory.segments.in_order())
    said = {
        "advisory": advisory,
        "words": words,
        "address": settings.PUBLIC_URL + reverse("advisories:detail", args=[advisory.pk]),
        "body": mark_safe(markup.to_html(words.body, with_classes=False)),  # noqa: S308  cleaned by nh3
        "what_to_do": mark_safe(markup.to_html(words.what_to_do, with_classes=False)),  # noqa: S308  cleaned by nh3
        "files": [(each, settings.PUBLIC_URL + each.get_absolute_url()) for each in advisory.files],
        "has_file_links": True,
        "segments": segments,
        "is_narrowed": bool(segments or advisory.control_entries or advisory.destinations or advisory.roles),
        "is_mailable": may_be_mailed(advisory.tlp),
        "corrected_title": _corrected_title(advisory, words.language),
        "superseded_titles": _superseded_titles(advisory, words.language),
        "relay_address": settings.PUBLIC_URL + reverse("advisories:relay-page", args=[advisory.pk]),
        "may_be_relayed": may_be_relayed(advisory.tlp) and not is_single,
    }
    return _rendered(template, label=Tlp(advisory.tlp), title=title, language=words.language, is_single=is_single, said=said | more)


def _rendered(template: str, *, label: Tlp, title: str, language: str, is_single: bool, said: dict[str, object]) -> Mail:
    if is_single and not may_be_public(label):
        raise ValueError("single addresses get what everybody may read")
    # Each copy has its own token where COPY_MARK stands. A single address has nobody else whose mail its reader could stop by it.
    own = settings.PUBLIC_URL + reverse("advisories:mine", args=[COPY_MARK]) if is_single else ""
    listed = settings.PUBLIC_URL + reverse("advisories:list")
    context = {
        "own_address": own,
        "title": title,
        "label": label.label,
        "colour": TLP_COLOURS[label],
        "language": language,
        "day_format": _day_format(),
        "subscription_address": settings.PUBLIC_URL + reverse("advisories:subscription"),
        **said,
    }
    return Mail(
        subject=f"{label.label} {title}",
        text=render_to_string(f"advisories/mail/{template}.txt", context).strip() + "\n",
        html=render_to_string(f"advisories/mail/{template}.html", context),
        closed=Closed(
            subject=_outside(label),
            text=render_to_string("advisories/mail/closed.txt", {"address": listed, **context}).strip() + "\n",
        ),
    )


def _outside(label: Tlp) -> str:
    """The subject of an encrypted mail. The label is in it, for its reader must see it before the words (FIRST, TLP 2.0).

    Whether it is news or takes news back stays inside, and so does in which language.
    """
    with translation.override(settings.LANGUAGE_CODE):
        return _("%(label)s Advisory from the focal point") % {"label": label.label}
