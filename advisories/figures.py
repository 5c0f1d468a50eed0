"""The numbers that advisories offer to the dashboard."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from advisories.models import SOURCE, Advisory
from mailroom import figures as mail_figures
from organisations.permissions import Visitor

RECENTLY = timedelta(days=14)


def waiting_to_approve(user: Visitor) -> int:
    """How many advisories this person could approve now."""
    return Advisory.objects.waiting_for(user).count()


def being_sent() -> int:
    """How many advisories have envelopes that have not come to an end."""
    return len(ids_being_sent())


def ids_being_sent() -> list[UUID]:
    return [UUID(source.removeprefix(SOURCE)) for source in mail_figures.sources_being_sent(SOURCE)]


def published_recently(now: datetime) -> int:
    """How many advisories came out in the last fortnight."""
    return Advisory.objects.published_since(now - RECENTLY).count()


def progress(advisory: Advisory) -> mail_figures.Totals:
    """How far the advisory's mail has come: envelopes by state, of all that were written."""
    return mail_figures.totals(advisory.source)
