"""The numbers that advisories offer to the dashboard."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Sum

from advisories.disclosure import may_be_mailed
from advisories.models import SOURCE, Advisory, Response, State, Subscription
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


SHARES = (50, 90, 95)  # percent of all copies
MOST_RESPONSES = 50


@dataclass(frozen=True)
class Reach:
    """Whom an advisory has reached, as far as anybody says so: nobody is followed."""

    read: int  # organisations that say they have read it
    relaying: int  # associations that say they have passed it on
    members: int  # to how many members, all told
    responses: list[Response]  # the latest of them
    within: list[tuple[int, timedelta]]  # by percent of its copies, how long they took to leave; digests are not among these
    in_digests: int  # digests with it that have left
    to_leave: int  # digests with it that are written and have not left yet
    waiting: int  # subscriptions that get it in their next digest


def reach(advisory: Advisory) -> Reach:
    said = advisory.responses.aggregate(read=Count("pk"), relaying=Count("members"), members=Sum("members"))
    latest = advisory.responses.select_related("organisation").order_by("-read_on", "organisation__name", "pk")[:MOST_RESPONSES]
    published = advisory.published_at
    sent = mail_figures.sent_within(advisory.source, SHARES) if published else {}
    within = [(share, at - published) for share, at in sent.items() if published]
    digests = mail_figures.totals_of(digest.source for digest in advisory.digests.all()).values()
    return Reach(
        read=said["read"],
        relaying=said["relaying"],
        members=said["members"] or 0,
        responses=list(latest),
        within=within,
        in_digests=sum(each.sent for each in digests),
        to_leave=sum(each.waiting for each in digests),
        waiting=_waiting(advisory),
    )


def _waiting(advisory: Advisory) -> int:
    is_told_later = advisory.state == State.PUBLISHED and may_be_mailed(advisory.tlp)
    return Subscription.objects.not_told_of(advisory).count() if is_told_later else 0
