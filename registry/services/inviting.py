"""An association has those it names invited to list themselves. Invitations are brought in, never data of the invited."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import blake2b, sha256
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Sum

from mailroom.models import Priority
from mailroom.services import Recipient, post
from mailroom.services import forget as forget_letters
from organisations.models import Organisation, Role, User
from registry import emails
from registry.addressees import Addressee
from registry.models import InvitationRound, ListingInvitation
from registry.permissions import may_invite

# The same address is written to again after a year at the earliest, whoever asks for it.
ONCE_IN: Final = timedelta(days=365)
MOST_IN: Final = timedelta(days=30)
MOST: Final = 1000  # invitations of an association in MOST_IN days
TOKEN_BYTES: Final = 24
INVITATION: Final = "listing-invitation"
WISH: Final = "listing-wish"
# Time enough to look into a letter that did not arrive.
LETTERS_KEPT: Final = timedelta(days=14)


class UnableToInvite(Exception):
    """The person is no officer of the association."""


class TooMany(Exception):
    """More than an association may have sent in MOST_IN days."""


@dataclass(frozen=True)
class Wish:
    """What somebody who was invited has the focal point know, to be let in."""

    legal_name: str
    country: str
    registration_number: str
    person: str
    email: str


@transaction.atomic
def send(
    *, association: Organisation, addressees: Sequence[Addressee], by: User, today: date, now: datetime
) -> InvitationRound | None:
    """Write to everybody named without a fault, unless they were written to within a year or want no such letters.

    Returns the round with the number of letters, or None where nobody was left. Raises UnableToInvite or TooMany.
    """
    if not may_invite(by, association):
        raise UnableToInvite
    Organisation.objects.select_for_update().get(pk=association.pk)  # a form sent twice comes one after the other
    sound = [addressee for addressee in addressees if not addressee.fault]
    lately = InvitationRound.objects.filter(association=association, on__gt=today - MOST_IN)
    if (lately.aggregate(sent=Sum("sent"))["sent"] or 0) + len(sound) > MOST:
        raise TooMany
    started = InvitationRound.objects.create(association=association, by=by, on=today, sent=len(sound))
    tokens = _take(started, sound, today=today)
    started.sent = len(tokens)
    if not tokens:
        started.delete()
        return None
    started.save(update_fields=["sent"])
    for addressee, token in tokens:
        mail = emails.listing_invitation(association=association.name, name=addressee.name, token=token)
        post(
            purpose=INVITATION,
            source=f"listing:{started.pk}",
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            language=settings.LANGUAGE_CODE,
            priority=Priority.BULK,
            to=[Recipient(addressee.address, addressee.name)],
            now=now,
        )
    return started


def find(*, token: str) -> ListingInvitation | None:
    """Return what the link of a letter is about, whatever was answered already."""
    return ListingInvitation.objects.select_related("round__association").filter(token_digest=_of_token(token)).first()


@transaction.atomic
def stop(*, invitation: ListingInvitation) -> ListingInvitation:
    """Never write to this address again, whoever names it; once stopped it stays so."""
    found = ListingInvitation.objects.select_for_update().get(pk=invitation.pk)
    found.state = ListingInvitation.State.STOPPED
    found.save(update_fields=["state"])
    return found


@transaction.atomic
def accept(*, invitation: ListingInvitation, wish: Wish, now: datetime) -> ListingInvitation:
    """Have the focal point let the firm in. What is wished goes in a letter and is kept nowhere here; twice is once."""
    found = ListingInvitation.objects.select_for_update().get(pk=invitation.pk)
    if found.state == ListingInvitation.State.ACCEPTED:
        return found
    found.state = ListingInvitation.State.ACCEPTED
    found.save(update_fields=["state"])
    InvitationRound.objects.filter(pk=found.round_id, accepted__lt=F("sent")).update(accepted=F("accepted") + 1)
    mail = emails.listing_wish(wish.legal_name, wish.country, wish.registration_number, wish.person, wish.email)
    administrators = User.objects.filter(
        is_active=True, memberships__organisation__is_focal_point=True, memberships__role=Role.ADMINISTRATOR
    )
    post(
        purpose=WISH,
        source=f"listing:{found.round_id}",
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        language=settings.LANGUAGE_CODE,
        to=[Recipient(person.email, person.name) for person in administrators.distinct().order_by("email")],
        now=now,
    )
    return found


def forget(*, now: datetime) -> int:
    """Delete the letters of two weeks ago and before, which hold names and addresses; return how many."""
    return sum(forget_letters(purpose=purpose, before=now - LETTERS_KEPT) for purpose in (INVITATION, WISH))


def _take(started: InvitationRound, sound: Sequence[Addressee], *, today: date) -> list[tuple[Addressee, str]]:
    """Take the addresses that may be written to, and return them with a token each. Of two who name one, one gets it."""
    given = {_of_address(addressee.address): (addressee, secrets.token_urlsafe(TOKEN_BYTES)) for addressee in sound}
    rows = [
        ListingInvitation(round=started, address_digest=digest, token_digest=_of_token(token), on=today)
        for digest, (_addressee, token) in sorted(given.items())
    ]
    ListingInvitation.objects.bulk_create(rows, ignore_conflicts=True)
    again = ListingInvitation.objects.filter(
        address_digest__in=list(given), state=ListingInvitation.State.SENT, on__lt=today - ONCE_IN
    )
    for row in again.select_for_update().order_by("pk"):
        row.round, row.on, row.token_digest = started, today, _of_token(given[bytes(row.address_digest)][1])
        row.save(update_fields=["round", "on", "token_digest"])
    ours = ListingInvitation.objects.filter(round=started).values_list("address_digest", flat=True)
    return sorted((given[bytes(digest)] for digest in ours), key=lambda taken: taken[0].line)


def _of_address(address: str) -> bytes:
    """A keyed digest: without the server's key nobody can try addresses against a stolen database."""
    return blake2b(address.strip().casefold().encode(), digest_size=32, key=settings.SERVER_KEY, person=b"listing address").digest()


def _of_token(token: str) -> bytes:
    return sha256(token.encode()).digest()
