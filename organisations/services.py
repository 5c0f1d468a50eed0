"""Letting people in: invitations and memberships."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from organisations import emails
from organisations.models import ROLES_OF_KIND, Invitation, Membership, Organisation, Role, User
from organisations.permissions import may_manage_members

INVITATION_LASTS = timedelta(days=14)


class UnableToInvite(Exception):
    """The invitation is refused; the message says why, in words for the person who invites."""


class UnableToAccept(Exception):
    """The invitation is not, or no longer, open to this person."""


@transaction.atomic
def invite(*, organisation: Organisation, email: str, role: Role, by: User, now: datetime) -> tuple[Invitation, EmailMessage]:
    """Invite an address into an organisation in one role; return the invitation and the letter that carries its token.

    The caller sends the letter once the row is safe, and can tell the person at the desk if no mail server takes it.
    """
    if not may_manage_members(by, organisation):
        raise UnableToInvite(_("Only an administrator or a signatory invites."))
    if role not in ROLES_OF_KIND[organisation.kind]:
        raise UnableToInvite(_("%(role)s is no role in an organisation of this kind.") % {"role": role.label})
    try:
        validate_email(email)
    except ValidationError as error:
        raise UnableToInvite(_("This is no mail address.")) from error
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        organisation=organisation,
        email=email.lower(),
        role=role,
        token_digest=_digest(token),
        invited_by=by,
        created_at=now,
        expires_at=now + INVITATION_LASTS,
    )
    return invitation, emails.invitation(invitation, token)


def find_invitation(*, token: str, now: datetime) -> Invitation | None:
    return Invitation.objects.open(now).select_related("organisation").filter(token_digest=_digest(token)).first()


@transaction.atomic
def accept(*, token: str, by: User, now: datetime) -> Membership:
    """Make the signed-in person a member; the invitation is good for the invited address only, and once."""
    invitation = (
        Invitation.objects.open(now)
        .select_for_update(of=("self",))
        .select_related("organisation")
        .filter(token_digest=_digest(token))
        .first()
    )
    if invitation is None or invitation.email != by.email.lower():
        raise UnableToAccept
    invitation.accepted_by = by
    invitation.accepted_at = now
    invitation.save(update_fields=["accepted_by", "accepted_at"])
    membership, _is_new = Membership.objects.get_or_create(user=by, organisation=invitation.organisation, role=invitation.role)
    return membership


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
