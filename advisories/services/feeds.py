"""Tokens that open an organisation's feed to readers that can't sign in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from advisories import permissions, signing
from advisories.models import FeedToken
from organisations.models import Organisation, User

MOST_TOKENS = 20  # of an organisation, those that open something


class UnableToMake(Exception):
    """The message says why and what to do."""


class UnableToRevoke(Exception):
    pass


@dataclass(frozen=True)
class MadeFeedToken:
    token: FeedToken
    secret: str


@transaction.atomic
def make_token(*, organisation: Organisation, name: str, form: bytes, by: User, today: date) -> MadeFeedToken:
    """Make a token for an organisation's feed and return it with its secret, which is kept nowhere; raises UnableToMake.

    `form` is the random content of the form that was sent: the same form sent again gives the same secret and no second token.
    """
    if not permissions.may_subscribe_for(by, organisation):
        raise UnableToMake(_("You can't make feeds for this organisation."))
    # One after the other, so that none is made beyond the limit.
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    secret = signing.feed_token(form + by.pk.bytes + organisation.pk.bytes + name.encode())
    digest = signing.feed_digest(secret)
    if made := FeedToken.objects.filter(digest=digest).first():
        if made.revoked_on:
            raise UnableToMake(_("This feed has been revoked since. Open the page anew to make another one."))
        return MadeFeedToken(made, secret)
    if FeedToken.objects.living().filter(organisation=organisation).count() >= MOST_TOKENS:
        raise UnableToMake(_("An organisation has %(most)d feeds at most: revoke one first.") % {"most": MOST_TOKENS})
    said = {"name": name, "made_on": today, "made_by": by}
    return MadeFeedToken(FeedToken.objects.create(organisation=organisation, digest=digest, **said), secret)


def revoke_token(token: FeedToken, *, by: User, today: date) -> None:
    """Make a token open nothing from now on; twice does no more. Raises UnableToRevoke."""
    if not permissions.may_subscribe_for(by, token.organisation):
        raise UnableToRevoke(_("You can't revoke feeds of this organisation."))
    FeedToken.objects.living().filter(pk=token.pk).update(revoked_on=today)


def use_token(secret: str, *, today: date) -> FeedToken | None:
    """Return the living token of a secret with its organisation, or None; notes the day and nothing finer."""
    found = FeedToken.objects.living().select_related("organisation").filter(digest=signing.feed_digest(secret))
    token = found.first()
    if token is not None and token.last_used_on != today:
        FeedToken.objects.filter(pk=token.pk).update(last_used_on=today)
    return token
