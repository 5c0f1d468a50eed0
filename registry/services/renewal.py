"""The yearly confirmation of an entry: by the firm, reminders of it, and the lapse of what nobody confirms."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from organisations.models import User
from registry import emails, renewal
from registry.models import Entry, RenewalEvent, RenewalMove
from registry.permissions import may_propose
from registry.services import notices, projection


class UnableToConfirm(Exception):
    """The person does not act for the firm."""


class HasChanged(Exception):
    """The entry is not as the person read it."""


def fingerprint(entry: Entry) -> str:
    """Stands for exactly what the entry says, so that nobody confirms what they have not read."""
    said = json.dumps(projection.own(entry), sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()


@transaction.atomic
def confirm(*, entry: Entry, seen: str, by: User, today: date) -> Entry:
    """Note that all of the entry holds, and show it again if it had lapsed. `seen` is the `fingerprint` of what was read.

    Confirming twice on a day is confirming once. Raises UnableToConfirm or HasChanged.
    """
    held = _held(entry)
    if held is None or held.is_merged or not may_propose(by, held.organisation):
        raise UnableToConfirm
    if fingerprint(held) != seen:
        raise HasChanged
    if held.confirmed_on == today and not held.has_lapsed:
        return held
    held.confirmed_on, held.lapsed_on, held.is_current = today, None, True
    held.save(update_fields=["confirmed_on", "lapsed_on", "is_current"])
    RenewalEvent.objects.create(entry=held, move=RenewalMove.CONFIRM, on=today, confirmed_on=today, by=by)
    projection.project(entry=held)
    return held


def remind(*, today: date, now: datetime) -> int:
    """Remind the firms whose entry others see and whose year is nearly or long over; return how many letters went out."""
    first_day = today - renewal.YEAR - timedelta(days=min(renewal.REMINDERS))
    due = Entry.objects.seen_and_confirmed_by(first_day).order_by("confirmed_on", "pk")
    return sum(_remind(entry, today=today, now=now) for entry in list(due))


@transaction.atomic
def _remind(found: Entry, *, today: date, now: datetime) -> bool:
    """One letter, for the latest of the days alone, so that a clock that stood still sends one and not four."""
    entry = _held(found)
    if entry is None:
        return False
    days = renewal.reminder(entry.confirmed_on, today=today)
    if days is None or not _is_seen(entry):
        return False  # confirmed, withdrawn or lapsed meanwhile
    _event, is_new = RenewalEvent.objects.get_or_create(
        entry=entry, move=RenewalMove.REMIND, confirmed_on=entry.confirmed_on, days=days, defaults={"on": today}
    )
    if is_new:
        lines = [
            _("You last confirmed it on %(day)s.") % {"day": date_format(entry.confirmed_on, "j F Y")},
            _("If nobody confirms it before %(day)s, nobody sees it any more.")
            % {"day": date_format(max(entry.lapses_on, today + renewal.LEAST_WARNING), "j F Y")},
        ]
        _tell(entry, "renew", lines, now=now)
    return is_new


def lapse(*, today: date, now: datetime) -> int:
    """Take away what others see of entries that nobody confirmed in a year and the grace; return how many.

    What the firm says and its agreement stay, so that confirming brings it back.
    """
    over = Entry.objects.seen_and_confirmed_by(today - renewal.YEAR - renewal.GRACE).order_by("pk")
    return sum(_lapse(entry, today=today, now=now) for entry in list(over))


@transaction.atomic
def _lapse(found: Entry, *, today: date, now: datetime) -> bool:
    entry = _held(found)
    if entry is None or entry.lapses_on > today or not _is_seen(entry) or not _was_warned(entry, today):
        return False
    projection.hide(entry=entry)  # first: the database refuses a lapse while anybody sees the entry
    entry.lapsed_on, entry.is_current = today, False
    entry.save(update_fields=["lapsed_on", "is_current"])
    RenewalEvent.objects.create(entry=entry, move=RenewalMove.LAPSE, on=today, confirmed_on=entry.confirmed_on)
    lines = [_("You last confirmed it on %(day)s.") % {"day": date_format(entry.confirmed_on, "j F Y")}]
    _tell(entry, "lapsed", lines, now=now)
    return True


def _was_warned(entry: Entry, today: date) -> bool:
    return RenewalEvent.objects.filter(
        entry=entry,
        move=RenewalMove.REMIND,
        confirmed_on=entry.confirmed_on,
        days__gte=0,
        on__lte=today - renewal.LEAST_WARNING,
    ).exists()


def _held(entry: Entry) -> Entry | None:
    """The entry as it is now, its row held; None where its firm erased it meanwhile."""
    return Entry.objects.select_for_update(of=("self",)).select_related("organisation").filter(pk=entry.pk).first()


def _is_seen(entry: Entry) -> bool:
    return Entry.objects.seen_and_confirmed_by(entry.confirmed_on).filter(pk=entry.pk).exists()


def _tell(entry: Entry, event: str, lines: list[str], *, now: datetime) -> None:
    mail = emails.notice(event, firm=entry.organisation.name, lines=lines)
    notices.post_to(entry.organisation, mail, purpose=f"entry-{event}", source=f"entry:{entry.pk}", now=now)
