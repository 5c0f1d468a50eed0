"""Asking by name: in whose name, who of the organisation may follow, and the letter that there is news.

The case key is wrapped for the organisation, under a key derived from the office's ring for this purpose. Who belongs to the
organisation opens its inquiries; who has left does not, from the next page on. The receipt is a second way in, for whoever holds
it: the organisation exchanges it when a person leaves who has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from inquiries import emails
from inquiries.models import Inquiry, NamedAsker
from inquiries.permissions import may_follow
from inquiries.querysets import asking_organisations
from inquiries.sealing import CannotOpen, Place, derive, unwrap, wrap
from keystore import services as keystore
from mailroom.models import Letter
from mailroom.services import Recipient, post
from organisations.models import Organisation, User

# What stands in a pass for somebody who comes as a member: the inquiry and the user.
PASS_BYTES = 32


class UnableToName(Exception):
    """The user does not belong to the organisation."""


class UnableToFollow(Exception):
    """The user does not belong to the organisation that asks, or no key opens the inquiry."""


@dataclass(frozen=True)
class Named:
    """Who asks in whose name, and whether the portal writes when there is news."""

    user: User
    organisation: Organisation
    wants_mail: bool = False


def keep(inquiry: Inquiry, who: Named, *, key: bytes, share: bytes) -> NamedAsker:
    """Note who asks, with the case key wrapped for the organisation. Raises UnableToName."""
    if who.organisation not in asking_organisations(who.user):
        raise UnableToName
    ring_key, secret = next(iter(settings.OFFICE_KEYS.items()))
    wrapped = wrap(key, under=organisations_key(secret, who.organisation.pk), share=share, place=place(inquiry))
    return NamedAsker.objects.create(
        inquiry=inquiry,
        user=who.user,
        organisation=who.organisation,
        wants_mail=who.wants_mail,
        ring_key=ring_key,
        wrapped_key=wrapped,
    )


def pass_for(asker: NamedAsker, *, by: User) -> bytes:
    """Return what stands in a visit's pass in place of a receipt, so that a member walks the same pages; raises UnableToFollow."""
    if not may_follow(by, asker):
        raise UnableToFollow
    return asker.inquiry_id.bytes + by.pk.bytes


def open_for_member(secret: bytes) -> tuple[Inquiry, bytes]:
    """Return the inquiry of a member's pass and its key; raises UnableToFollow from the moment on at which they have left."""
    if len(secret) != PASS_BYTES:
        raise UnableToFollow
    user = User.objects.filter(pk=UUID(bytes=secret[16:])).first()
    asker = NamedAsker.objects.select_related("inquiry").filter(pk=UUID(bytes=secret[:16])).first()
    if user is None or asker is None or not may_follow(user, asker):
        raise UnableToFollow
    return asker.inquiry, key_of(asker, keystore.share_of(asker.inquiry_id))


def choose_mail(asker: NamedAsker, *, wants_mail: bool, by: User) -> NamedAsker:
    """Have the portal write when there is news, or not. For the person who asked alone; raises UnableToFollow."""
    if asker.user_id != by.pk or not may_follow(by, asker):
        raise UnableToFollow
    asker.wants_mail = wants_mail
    asker.save(update_fields=["wants_mail"])
    return asker


def tell_news(inquiry: Inquiry, *, today: date) -> None:
    """Write to whoever asked by name and wishes it that there is news: once a day whatever happened, and without naming the case.

    Nobody who asks otherwise has a row here, and so none gets a letter. Its date is the fixed hour of the day's letters.
    """
    asker = NamedAsker.objects.select_related("user").filter(inquiry=inquiry, wants_mail=True).first()
    if asker is None or not may_follow(asker.user, asker):
        return
    source = f"inquiry-news:{asker.user_id}:{today}"
    if Letter.objects.of_source(source).exists():
        return
    mail = emails.news()
    post(
        purpose="inquiry-news",
        source=source,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        language=settings.LANGUAGE_CODE,
        to=[Recipient(asker.user.email, asker.user.name)],
        now=datetime.combine(today, time(settings.DIGEST_HOUR), tzinfo=timezone.get_default_timezone()),
    )


def wraps(asker: NamedAsker, secret: bytes) -> list[tuple[str, bytes, Place]]:
    """The columns of wrapped keys that a key of the ring opens, each with the wrapping key and its place."""
    return [("wrapped_key", organisations_key(secret, asker.organisation_id), place(asker.inquiry))]


def organisations_key(secret: bytes, organisation: UUID) -> bytes:
    return derive(organisation.bytes, purpose="named", server_key=secret)


def place(inquiry: Inquiry) -> Place:
    return Place("organisation key", inquiry.pk, inquiry.pk)


def key_of(asker: NamedAsker, share: bytes | None) -> bytes:
    """Return the case key, from the share of it that the key store holds; raises UnableToFollow."""
    secret = settings.OFFICE_KEYS.get(asker.ring_key)
    if secret is None:
        raise UnableToFollow
    under = organisations_key(secret, asker.organisation_id)
    try:
        return unwrap(bytes(asker.wrapped_key), under=under, share=share, place=place(asker.inquiry))
    except CannotOpen as error:
        raise UnableToFollow from error
