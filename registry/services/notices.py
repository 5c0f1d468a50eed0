"""Telling a firm's own people, in the transaction of what happened."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from mailroom.models import Letter
from mailroom.services import Recipient, post
from organisations.models import Organisation, Role, User
from registry import emails
from registry.models import AgreementVersion

MOST_READERS = 50  # people of one firm who get a letter


def tell_firm(event: str, version: AgreementVersion, *, now: datetime) -> Letter:
    """Post the notice of `event`, a key of `emails.EVENTS`, to those who may propose or sign for the firm.

    Mail is no place for reasons: they are read on the portal, after signing in.
    """
    firm = version.agreement.entry.organisation
    lines = [_("It is about version %(number)s of your agreement.") % {"number": version.number}]
    if event == "ending":
        lines.append(_("Its last day is %(day)s.") % {"day": version.valid_until.isoformat()})
    mail = emails.notice(event, firm=firm.name, lines=lines)
    return post_to(firm, mail, purpose=f"agreement-{event}", source=f"agreement:{version.pk}", now=now)


def post_to(firm: Organisation, mail: emails.Mail, *, purpose: str, source: str, now: datetime) -> Letter:
    return post(
        purpose=purpose,
        source=source,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        language=settings.LANGUAGE_CODE,
        to=readers(firm),
        now=now,
    )


def readers(firm: Organisation) -> list[Recipient]:
    people = User.objects.filter(
        is_active=True, memberships__organisation=firm, memberships__role__in=(Role.SIGNATORY, Role.ENTRY_EDITOR)
    )
    return [Recipient(person.email, person.name) for person in people.distinct().order_by("email")[:MOST_READERS]]
