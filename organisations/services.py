"""Letting organisations and people in, and out again: invitations, memberships, and tokens for their programs."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import blake2b, sha256

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from organisations import emails
from organisations.models import ROLES_OF_KIND, SCOPE_GROUPS, ApiToken, Invitation, Kind, Membership, Organisation, Role, User
from organisations.permissions import MANAGING_ROLES, may_found, may_have_tokens, may_manage_members, scopes_for

INVITATION_LASTS = timedelta(days=14)
MOST_ANNOUNCED = 50  # of an organisation's people who are told whom somebody else lets in


class UnableToFound(Exception):
    """The organisation is refused; the message says why, in words for the administrator."""


class UnableToChange(Exception):
    """The organisation stays as it was; the message says why, in words for the administrator."""


class UnableToEnd(Exception):
    """The membership stays; the message says why, in words for the person who wanted to end it."""


class UnableToInvite(Exception):
    """The invitation is refused; the message says why, in words for the person who invites."""


class UnableToAccept(Exception):
    """The invitation is not, or no longer, open to this person."""


@transaction.atomic
def found(
    *,
    kind: Kind,
    name: str,
    short_name: str = "",
    functions: Iterable[str] = (),
    country: str,
    registration_number: str = "",
    by: User,
    now: datetime,
) -> Organisation:
    """Let an organisation in; its people come by invitation. Raises UnableToFound, also where it is there already."""
    if not may_found(by):
        raise UnableToFound(_("Only an administrator of the focal point adds organisations."))
    functions = list(functions)
    if functions and kind != Kind.AGENCY:
        raise UnableToFound(_("Only an agency has functions. Choose none, or say that it is an agency."))
    # One after the other, so that a form that is sent twice finds what it made the first time.
    Organisation.objects.select_for_update(no_key=True).get(is_focal_point=True)
    others = Organisation.objects.filter(country=country)
    if taken := _taken(others, kind=kind, name=name, registration_number=registration_number):
        raise UnableToFound(taken)
    return Organisation.objects.create(
        kind=kind,
        name=name,
        short_name=short_name,
        functions=functions,
        country=country,
        registration_number=registration_number,
        created_at=now,
    )


@transaction.atomic
def change(
    organisation: Organisation,
    *,
    name: str,
    short_name: str,
    functions: Iterable[str],
    country: str,
    registration_number: str,
    by: User,
) -> Organisation:
    """Change what an organisation is called and what an agency is for; its kind stays. Raises UnableToChange.

    What the ledger and the trails have said keeps the name of its day.
    """
    if not may_found(by):
        raise UnableToChange(_("Only an administrator of the focal point changes organisations."))
    Organisation.objects.select_for_update(no_key=True).get(is_focal_point=True)
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    functions = list(functions)
    if functions and organisation.kind != Kind.AGENCY:
        raise UnableToChange(_("Only an agency has functions."))
    others = Organisation.objects.filter(country=country).exclude(pk=organisation.pk)
    if taken := _taken(others, kind=organisation.kind, name=name, registration_number=registration_number):
        raise UnableToChange(taken)
    organisation.name, organisation.short_name, organisation.functions = name, short_name, functions
    organisation.country, organisation.registration_number = country, registration_number
    try:
        with transaction.atomic():
            organisation.save(update_fields=["name", "short_name", "functions", "country", "registration_number"])
    except IntegrityError as error:
        raise UnableToChange(_("It reads inquiries, and an agency without any function may not. Leave it one function.")) from error
    return organisation


def _taken(others: QuerySet[Organisation], *, kind: str, name: str, registration_number: str) -> str:
    """Which of `others` stands in the way of this name or number, in words; "" if none does."""
    if others.filter(kind=kind, name__iexact=name).exists():
        return _("There is an organisation of this kind and name already.")
    if registration_number and others.filter(registration_number=registration_number).exists():
        return _("There is an organisation with this registration number already.")
    return ""


@transaction.atomic
def end_membership(membership: Membership, *, by: User) -> None:
    """Take a role from somebody, from their next page on. Raises UnableToEnd; twice does no more."""
    organisation = Organisation.objects.select_for_update(no_key=True).get(pk=membership.organisation_id)
    if not may_manage_members(by, organisation):
        raise UnableToEnd(_("Only an administrator or a signatory ends a membership."))
    others = organisation.memberships.filter(role=Role.ADMINISTRATOR).exclude(pk=membership.pk)
    if organisation.is_focal_point and membership.role == Role.ADMINISTRATOR and not others.exists():
        raise UnableToEnd(_("This is the last administrator: nobody could let anybody in any more. Invite another one first."))
    organisation.memberships.filter(pk=membership.pk).delete()


def take_back(invitation: Invitation, *, by: User) -> None:
    """Close an invitation that nobody has accepted; raises UnableToEnd, and twice does no more."""
    if not may_manage_members(by, invitation.organisation):
        raise UnableToEnd(_("Only an administrator or a signatory takes an invitation back."))
    Invitation.objects.filter(pk=invitation.pk, accepted_at=None).delete()


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


def announcement(invitation: Invitation) -> EmailMessage | None:
    """The letter by which an organisation's own people learn whom somebody from outside invites into it.

    It goes before the invitation does, so that nobody is let in unseen. None where one of them invites, or nobody is there yet.
    """
    own = invitation.organisation.memberships.select_related("user").order_by("pk")
    if own.filter(user=invitation.invited_by).exists():
        return None
    binding = own.filter(role__in=[*MANAGING_ROLES, Role.OFFICER])  # of whom those who can take it back
    to = dict.fromkeys(each.user.email for each in (binding or own)[:MOST_ANNOUNCED])
    return emails.announcement(invitation, list(to)) if to else None


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


# --- tokens of programs ---------------------------------------------------------------------------------------------

MARK = "fpt_"  # by which scanners for leaked secrets know a token
TOKEN_BYTES = 32
LONGEST_TOKEN_DAYS = 365


class UnableToMakeToken(Exception):
    """The token is refused; the message says why, in words for its owner."""


@dataclass(frozen=True)
class MadeToken:
    token: ApiToken
    secret: str


@transaction.atomic
def make_token(*, name: str, scopes: Iterable[str], days: int, form: bytes, by: User, today: date) -> MadeToken:
    """Make a token for a person's own program and return it with its secret, which is kept nowhere; raises UnableToMakeToken."""
    scopes = list(scopes)
    if not may_have_tokens(by):
        raise UnableToMakeToken(_("Only officials and who acts for a firm, an institute or an association have tokens."))
    if not set(scopes) <= set(scopes_for(by)):
        raise UnableToMakeToken(_("A token may never do more than you may yourself."))
    if not any(set(scopes) <= set(group) for group in SCOPE_GROUPS):
        raise UnableToMakeToken(_("A token that asks, or keeps an entry, is used for nothing else: make another one for the rest."))
    return issue_token(name=name, scopes=scopes, days=days, form=form, by=by, today=today)


@transaction.atomic
def issue_token(*, name: str, scopes: Iterable[str], days: int, form: bytes, by: User, today: date) -> MadeToken:
    """Make a token for scopes that the caller has checked; raises UnableToMakeToken for one that lasts too long.

    `form` is the random content of the form that was sent: the same form sent again gives the same secret and no second token.
    """
    if not 1 <= days <= LONGEST_TOKEN_DAYS:
        raise UnableToMakeToken(_("A token lasts a year at most."))
    secret = MARK + urlsafe_b64encode(_derived(form + by.pk.bytes, b"new token")).decode().rstrip("=")
    said = {"name": name, "scopes": list(scopes), "made_on": today, "expires_on": today + timedelta(days=days)}
    token, _is_new = ApiToken.objects.get_or_create(digest=_token_digest(secret), owner=by, defaults=said)
    return MadeToken(token, secret)


def revoke_token(token: ApiToken, *, by: User, today: date) -> None:
    """Make a token open nothing from now on; its owner alone may, and twice does no more."""
    ApiToken.objects.of(by).filter(pk=token.pk, revoked_on=None).update(revoked_on=today)


def use_token(secret: str, *, today: date) -> ApiToken | None:
    """Return the living token of a secret with its owner, or None; notes the day and nothing finer.

    It is found by a keyed digest: how long the search takes tells nothing of the secret, which nobody can steer a digest to.
    """
    token = ApiToken.objects.living(today).select_related("owner").filter(digest=_token_digest(secret)).first()
    if token is not None and token.last_used_on != today:
        ApiToken.objects.filter(pk=token.pk).update(last_used_on=today)
    return token


def _token_digest(secret: str) -> bytes:
    return _derived(secret.encode(), b"token digest")


def _derived(content: bytes, purpose: bytes) -> bytes:
    return blake2b(content, digest_size=TOKEN_BYTES, key=settings.SERVER_KEY, person=purpose).digest()


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
