from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from organisations.models import Invitation


def invitation(invitation: Invitation, token: str) -> EmailMessage:
    """The letter that carries an invitation's token to the invited address."""
    link = settings.PUBLIC_URL + reverse("organisations:invitation", args=[token])
    return EmailMessage(
        subject=_("Invitation to act for %(organisation)s") % {"organisation": " ".join(invitation.organisation.name.split())},
        body=render_to_string("organisations/invitation.txt", {"invitation": invitation, "link": link}),
        to=[invitation.email],
        headers={"Auto-Submitted": "auto-generated"},
    )


def announcement(invitation: Invitation, to: list[str]) -> EmailMessage:
    """The letter that tells an organisation's own people, none of whom is shown the others' addresses, who is invited into it."""
    link = settings.PUBLIC_URL + reverse("organisations:members", args=[invitation.organisation_id])
    return EmailMessage(
        subject=_("Somebody is invited to act for %(organisation)s")
        % {"organisation": " ".join(invitation.organisation.name.split())},
        body=render_to_string("organisations/announcement.txt", {"invitation": invitation, "link": link}),
        bcc=to,
        headers={"Auto-Submitted": "auto-generated"},
    )
