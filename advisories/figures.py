"""The numbers that advisories offer to the dashboard."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Sum

from advisories.models import FAILURES_TO_NOTICE, SOURCE, Advisory, Candidate, Response, Source
from mailroom import figures as mail_figures
from mailroom.models import Envelope, Settlement
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


def candidates_new(user: Visitor) -> int:
    """How many things that official sources said wait for this person as an editor."""
    return Candidate.objects.visible_to(user).new().count()


def sources_failing(user: Visitor) -> int:
    """How many sources that this person keeps could not be read for a while."""
    return Source.objects.kept_by(user).filter(is_on=True, failures__gte=FAILURES_TO_NOTICE).count()


def progress(advisory: Advisory) -> mail_figures.Totals:
    """How far the advisory's mail has come: envelopes by state, of all that were written."""
    return mail_figures.totals(advisory.source)


MOST_DOUBTS = 50


@dataclass(frozen=True)
class Doubts:
    """Copies that may have arrived and wait for a person, and what was decided about others."""

    waiting: int
    parked: list[Envelope]  # the first of them
    settled: list[Settlement]  # the latest


def doubts(advisory: Advisory) -> Doubts:
    parked = Envelope.objects.filter(letter__source__in=advisory.sources).parked()
    settled = Settlement.objects.filter(envelope__letter__source__in=advisory.sources).select_related("envelope").newest_first()
    return Doubts(parked.count(), list(parked.order_by("address", "pk")[:MOST_DOUBTS]), list(settled[:MOST_DOUBTS]))


def mail_moves(advisory: Advisory) -> set[str]:
    """What could be done with its mail now, by whoever may."""
    if mail_figures.totals(advisory.source).is_finished:
        return set()
    return {"resume" if mail_figures.is_paused(advisory.source) else "pause", "stop"}


SHARES = (50, 90, 95)  # percent of all copies
MOST_RESPONSES = 50


@dataclass(frozen=True)
class Reach:
    """Whom an advisory has reached, as far as anybody says so: nobody is followed."""

    read: int  # organisations that say they have read it
    relaying: int  # associations that say they have passed it on
    members: int  # to how many members, all told
    responses: list[Response]  # the latest of them
    within: list[tuple[int, timedelta]]  # by percent of its copies, how long they took to leave


def reach(advisory: Advisory) -> Reach:
    said = advisory.responses.aggregate(read=Count("pk"), relaying=Count("members"), members=Sum("members"))
    latest = advisory.responses.select_related("organisation").order_by("-read_on", "organisation__name", "pk")[:MOST_RESPONSES]
    published = advisory.published_at
    sent = mail_figures.sent_within(advisory.source, SHARES) if published else {}
    within = [(share, at - published) for share, at in sent.items() if published]
    return Reach(said["read"], said["relaying"], said["members"] or 0, list(latest), within)
