"""The numbers that advisories offer to the dashboard."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Count, Prefetch, Sum
from django.db.models.functions import Coalesce

from advisories.disclosure import may_be_mailed
from advisories.models import (
    FAILURES_TO_NOTICE,
    SOURCE,
    Advisory,
    Candidate,
    Dispatch,
    DispatchKind,
    Mandate,
    Openings,
    Relay,
    Response,
    Source,
    State,
    Subscription,
)
from catalogue.models import Segment
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
    """What could be done with its mail now, by whoever may. A copy in doubt that waits for a person can't be paused."""
    if mail_figures.totals(advisory.source).is_finished:
        return set()
    if mail_figures.is_paused(advisory.source):
        return {"resume", "stop"}
    return {"pause", "stop"} if mail_figures.may_leave(advisory.source) else {"stop"}


URGENT_WITHIN = timedelta(hours=1)
ALARM_LOOKS_BACK = timedelta(days=30)
MOST_ALARMS = 100


def undelivered(now: datetime) -> list[Advisory]:
    """The urgent advisories that have been out for over an hour and of which not one copy has left."""
    urgent = Advisory.objects.urgent_between(now - ALARM_LOOKS_BACK, now - URGENT_WITHIN)
    found = list(urgent.select_related("agency", "author").order_by("published_at", "pk")[:MOST_ALARMS])
    delivered = mail_figures.sources_delivered(each.source for each in found) if found else set()
    return [each for each in found if each.source not in delivered]


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


@dataclass(frozen=True)
class SegmentReach:
    """What associations say of members in one segment; without a segment, in all of those that they take."""

    segment: Segment | None
    associations: int
    members: int


MOST_ASSOCIATIONS = 500
DAYS_SHOWN = 14


def members_by_segment(advisory: Advisory, *, today: date) -> list[SegmentReach]:
    """Estimate in which segments the members are to whom associations say they passed it on.

    The segments are those of the association's mandates and subscriptions that the advisory concerns; one that takes several
    stands in each of them, and nobody knows who is a member of two. So the lines add up to more than the members.
    """
    said = advisory.responses.filter(members__isnull=False).order_by("-members", "pk")[:MOST_ASSOCIATIONS]
    members = {association: number or 0 for association, number in said.values_list("organisation", "members")}
    chosen = dict(advisory.segments.values_list("pk", "parent_id"))
    found: dict[Segment | None, list[int]] = defaultdict(list)
    for association, taken in _segments_of(list(members), today=today).items():
        concerned: list[Segment | None] = [each for each in taken if not chosen or _is_near(each, chosen)]
        for segment in concerned or [None]:
            found[segment].append(members[association])
    lines = [SegmentReach(segment, len(each), sum(each)) for segment, each in found.items()]
    return sorted(lines, key=lambda line: (-line.members, line.segment.code if line.segment else ""))


def _is_near(segment: Segment, chosen: Mapping[int, int | None]) -> bool:
    """Whether it is one of those chosen, which are given with their branches, the branch of one or a twig of one.

    As `ConcernQuerySet.concerned_by` has it.
    """
    return segment.pk in chosen or segment.pk in chosen.values() or segment.parent_id in chosen


def _segments_of(associations: list[UUID], *, today: date) -> dict[UUID, list[Segment]]:
    """What each association takes; nothing where one of its mandates or subscriptions takes all."""
    mandates = Mandate.objects.to_relay().in_force(today).filter(association__in=associations).prefetch_related("segments")
    subscriptions = Subscription.objects.active().filter(organisation__in=associations).prefetch_related("segments")
    taken = [(each.association_id, list(each.segments.all())) for each in mandates]
    taken += [(each.organisation_id, list(each.segments.all())) for each in subscriptions]
    found: dict[UUID, dict[int, Segment]] = {association: {} for association in associations}
    takes_all = {association for association, segments in taken if not segments}
    for association, segments in taken:
        if association not in takes_all:
            found[association] |= {each.pk: each for each in segments}
    return {association: list(segments.values()) for association, segments in found.items()}


@dataclass(frozen=True)
class RelayReach:
    """How far one association has come with an advisory."""

    relay: Relay
    response: Response | None
    times: int  # about how often its link was opened
    days: list[Openings]  # the latest of them
    sent: mail_figures.Totals | None  # by the portal to its members, if the association had it do so


def relays(advisory: Advisory, *, today: date) -> list[RelayReach]:
    """What each association that made it ready has done with it, the most opened first."""
    latest = Openings.objects.filter(on__gt=today - timedelta(days=DAYS_SHOWN)).order_by("on")
    found = advisory.relays.select_related("association").prefetch_related(Prefetch("openings", latest, "latest"))
    counted = found.annotate(times=Coalesce(Sum("openings__times"), 0)).order_by("-times", "association__name", "pk")
    said = {each.organisation_id: each for each in advisory.responses.filter(organisation__in=found.values("association"))}
    shown = list(counted[:MOST_ASSOCIATIONS])
    sent = _sent_to_members(shown)
    return [RelayReach(each, said.get(each.association_id), each.times, each.latest, sent.get(each.source)) for each in shown]


def _sent_to_members(relays: Sequence[Relay]) -> dict[str, mail_figures.Totals]:
    """Numbers alone: who a member is, is the association's business."""
    written = Dispatch.objects.filter(relay__in=relays, kind=DispatchKind.NOTICE, written_at__isnull=False).select_related("relay")
    sources = [each.source for each in written]
    return mail_figures.totals_of(sources) if sources else {}


def openings(relay: Relay) -> int:
    """About how often the link of a relay was opened: programs that open links are counted as well."""
    return sum(relay.openings.values_list("times", flat=True))
