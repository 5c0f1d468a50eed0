"""Reusable replies: an agency's words with placeholders that each case fills in."""

from __future__ import annotations

import re
from datetime import date

from django.db import IntegrityError, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalogue.models import Segment
from inquiries.models import Inquiry, Reply, ReplyVersion
from inquiries.permissions import may_edit_reply
from organisations.models import Organisation, User

# What stands in a reply, and what it is in a case.
PLACEHOLDERS = {
    "reference": gettext_lazy("the reference of the inquiry"),
    "due day": gettext_lazy("the day on which an answer is due"),
    "officer": gettext_lazy("your name"),
    "agency": gettext_lazy("the agency that answers"),
}
_PLACEHOLDER = re.compile(r"\{([^{}\n]*)\}?|\}")


class UnableToKeepReply(Exception):
    """The reply is refused; the message says why and what to do."""


@transaction.atomic
def write(
    *, agency: Organisation | None, name: str, text: str, topic: str = "", segment: Segment | None = None, by: User, today: date
) -> Reply:
    """Make a reply of an agency, or of all; raises UnableToKeepReply."""
    if not may_edit_reply(by, agency):
        raise UnableToKeepReply(_("You may not write replies for this agency."))
    _refuse_unknown(text)
    reply = Reply(agency=agency, name=name, text=text, topic=topic, segment=segment)
    _save(reply)
    ReplyVersion.objects.create(reply=reply, number=1, text=text, by=by, on=today)
    return reply


@transaction.atomic
def rewrite(
    reply: Reply, *, name: str, text: str, topic: str = "", segment: Segment | None = None, version: int, by: User, today: date
) -> Reply:
    """Change a reply; `version` is the one that the writer had before them. Raises UnableToKeepReply."""
    reply = _locked(reply, by)
    if reply.version != version:
        raise UnableToKeepReply(_("Somebody changed the reply after you opened it. Copy what you wrote and open it anew."))
    _refuse_unknown(text)
    is_new = text != reply.text
    reply.name, reply.text, reply.topic, reply.segment = name, text, topic, segment
    reply.version += is_new
    _save(reply)
    if is_new:
        ReplyVersion.objects.create(reply=reply, number=reply.version, text=text, by=by, on=today)
    return reply


@transaction.atomic
def retire(reply: Reply, *, by: User) -> Reply:
    """Offer a reply no more; raises UnableToKeepReply."""
    reply = _locked(reply, by)
    reply.is_retired = True
    reply.save(update_fields=["is_retired"])
    return reply


def unknown_placeholders(text: str) -> list[str]:
    """What stands in braces and is no placeholder, a lone brace included."""
    return [found[0] for found in _PLACEHOLDER.finditer(text) if found[0] not in {f"{{{name}}}" for name in PLACEHOLDERS}]


def filled(reply: Reply, *, inquiry: Inquiry, by: User) -> str:
    """Return the text of a reply for one case."""
    values = {
        "reference": inquiry.reference,
        "due day": date_format(inquiry.due_on, "j F Y") if inquiry.due_on else _("no day is set"),
        "officer": str(by),
        "agency": str(inquiry.agency or reply.agency or _("Focal point")),
    }
    return _PLACEHOLDER.sub(lambda found: values.get(found[1] or "", found[0]), reply.text)


def _locked(reply: Reply, by: User) -> Reply:
    reply = Reply.objects.select_for_update(of=("self",)).select_related("agency").get(pk=reply.pk)
    if reply.is_retired or not may_edit_reply(by, reply.agency):
        raise UnableToKeepReply(_("This reply can't be changed by you, or not any more."))
    return reply


def _refuse_unknown(text: str) -> None:
    if unknown := unknown_placeholders(text):
        known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        raise UnableToKeepReply(
            _("“%(unknown)s” is no placeholder. There are %(known)s.") % {"unknown": unknown[0][:40], "known": known}
        )


def _save(reply: Reply) -> None:
    try:
        with transaction.atomic():
            reply.save()
    except IntegrityError as error:
        raise UnableToKeepReply(_("There is a reply of this name already.")) from error
