"""Passing an advisory on: the words above it, the link for all members, and how often that was opened."""

from __future__ import annotations

from datetime import date, datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from advisories import permissions
from advisories.emails import compose_relayed, draft_for_members
from advisories.models import LONGEST_COVER, Advisory, Cover, Relay
from advisories.services.logos import logo_of
from mailroom.services import Recipient
from mailroom.services.letters import checked
from organisations.models import Organisation, User


class UnableToRelay(Exception):
    """The message says why."""


@transaction.atomic
def prepare(
    advisory: Advisory, *, association: Organisation, words: str, keep: bool, by: User, now: datetime, today: date
) -> Relay:
    """Choose the words that stand above the advisory, and make its link unless there is one; `keep` them for later ones too.

    Raises UnableToRelay for what does not stand any more, what its label keeps, and somebody who doesn't act for the association.
    """
    advisory = Advisory.objects.select_related("agency").get(pk=advisory.pk)
    if association not in permissions.associations_to_relay(by) or not permissions.may_read(by, advisory, today=today):
        raise UnableToRelay(_("You can't pass this on for that association."))
    if not permissions.may_relay(association, advisory):
        raise UnableToRelay(_("%(label)s does not let you pass it on.") % {"label": advisory.get_tlp_display()})
    if not advisory.is_current:
        raise UnableToRelay(_("It does not stand any more: don't pass it on."))
    words = words.replace("\r\n", "\n").strip()
    if len(words) > LONGEST_COVER or "\0" in words:
        raise UnableToRelay(_("Your words are too long: at most %(most)d characters.") % {"most": LONGEST_COVER})
    relay, _made = Relay.objects.update_or_create(
        advisory=advisory, association=association, defaults={"words": words, "prepared_on": today, "prepared_by": by}
    )
    if keep:
        Cover.objects.update_or_create(association=association, defaults={"words": words, "changed_at": now, "changed_by": by})
    return relay


def words_for(association: Organisation) -> str:
    """The words that the association keeps for all it passes on."""
    return Cover.objects.filter(association=association).values_list("words", flat=True).first() or ""


def eml(relay: Relay, *, by: User, now: datetime) -> bytes:
    """Return the notice as a draft for a mail program; raises UnableToPost where the person's address is none for mail."""
    sender = checked(Recipient(by.email, by.name))
    return draft_for_members(compose_relayed(relay, logo_of(relay.association)), name=sender.name, address=sender.address, now=now)


COUNT = """
    INSERT INTO advisories_openings (relay_id, "on", times) VALUES (%s, %s, 1)
    ON CONFLICT (relay_id, "on") DO UPDATE SET times = LEAST(advisories_openings.times::bigint + 1, 2147483647)
"""


@transaction.atomic
def count_opening(relay: Relay, *, today: date) -> None:
    """Count that the link was opened once more on a day: one statement, and nothing of who opened it.

    It doesn't wait for the disk: a row's lock is held for microseconds, however many members open the link in the same minute,
    and a crash of the database loses half a second of a number that says "about".
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit TO off")
        cursor.execute(COUNT, [relay.pk, today])
