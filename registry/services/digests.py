"""A firm's letter on who looked at its entry, at the pace that it chose; no letter where nobody looked."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from organisations.models import User
from registry import emails
from registry.disclosure import Audience, Purpose
from registry.models import AUDIENCE_LABELS, LOOK_LABELS, Entry, LedgerDigest, Look, Pace
from registry.permissions import may_propose
from registry.services import notices

DAYS: Final = {Pace.DAILY: 1, Pace.WEEKLY: 7, Pace.MONTHLY: 30}
MOST_LINES: Final = 50


class UnableToChoose(Exception):
    """The person does not act for the firm."""


@transaction.atomic
def choose(*, entry: Entry, pace: str, by: User, today: date) -> LedgerDigest:
    """Set how often the firm gets the letter; the first one is about looks from today. Raises UnableToChoose."""
    if not may_propose(by, entry.organisation):
        raise UnableToChoose
    found, _made = LedgerDigest.objects.select_for_update().get_or_create(
        entry=entry, defaults={"told_until": today - timedelta(days=1)}
    )
    if found.pace == Pace.OFF:
        found.told_until = today - timedelta(days=1)
    found.pace = pace
    found.save(update_fields=["pace", "told_until"])
    return found


def post_due(*, today: date, now: datetime) -> int:
    """Write the letters that are due, about whole days before today, and return how many there were something to tell in."""
    written = 0
    for pace, days in DAYS.items():
        due = LedgerDigest.objects.filter(pace=pace, told_until__lt=today - timedelta(days=days))
        for pk in list(due.order_by("pk").values_list("pk", flat=True)):
            written += _post(pk, pace, today=today, now=now)
    return written


@transaction.atomic
def _post(pk: int, pace: Pace, *, today: date, now: datetime) -> bool:
    found = LedgerDigest.objects.select_for_update(of=("self",)).select_related("entry__organisation").get(pk=pk)
    yesterday = today - timedelta(days=1)
    if found.pace != pace or found.told_until >= yesterday:
        return False  # another clock was quicker, or the firm chose otherwise
    lines = _lines(found.entry, since=found.told_until + timedelta(days=1), until=yesterday)
    found.told_until = yesterday
    found.save(update_fields=["told_until"])
    if not lines:
        return False
    firm = found.entry.organisation
    mail = emails.digest(firm=firm.name, lines=lines)
    notices.post_to(firm, mail, purpose="ledger-digest", source=f"ledger-digest:{found.pk}:{today}", now=now)
    return True


def _lines(entry: Entry, *, since: date, until: date) -> list[str]:
    looks = Look.objects.at(entry.pk).told_between(since, until).order_by()
    counted = (
        looks.values("institution", "audience", "purpose").annotate(times=Count("pk")).order_by("-times", "institution", "purpose")
    )
    lines = [
        ngettext("%(who)s, %(purpose)s: %(times)s look", "%(who)s, %(purpose)s: %(times)s looks", row["times"])
        % {
            "who": row["institution"] or AUDIENCE_LABELS[Audience(row["audience"])],
            "purpose": LOOK_LABELS[Purpose(row["purpose"])],
            "times": row["times"],
        }
        for row in counted.order_by("-times", "institution", "audience", "purpose")[: MOST_LINES + 1]
    ]
    return lines if len(lines) <= MOST_LINES else [*lines[:MOST_LINES], _("And more: your ledger has them all.")]
