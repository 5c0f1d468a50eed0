"""Whom an advisory would reach and why, and whom it would miss although it may concern them: for the desk, before anybody approves.

What is known without the registry: subscriptions, mandates, who has stopped the list, and which organisations have people here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, TextChoices
from django.db.models.functions import Lower
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from advisories.emails import list_id
from advisories.models import Advisory, Mandate, Pace, Subscription
from advisories.querysets import MandateQuerySet, SubscriptionQuerySet
from advisories.services import editing
from catalogue.models import Segment
from organisations.models import Kind, Membership, Organisation

Rows = TypeVar("Rows", SubscriptionQuerySet, MandateQuerySet)
READERS = (Kind.FIRM, Kind.INSTITUTE, Kind.ASSOCIATION)


class Gap(TextChoices):
    """Why an organisation would not get it by mail. One may stand under several."""

    LABEL = "label", _("Its label keeps them out")
    WISH = "wish", _("They want other kinds, or only what is more urgent")
    FEED = "feed", _("They read the feed only")
    STOPPED = "stopped", _("Their address has stopped advisories")
    MANDATE = "mandate", _("Their mandate is over, has not begun, or is not for relaying")
    UNTOLD = "untold", _("They did not get what it corrects")
    NOBODY = "nobody", _("They have people here and no subscription")


@dataclass(frozen=True)
class Line:
    """One line of a table."""

    label: str | Promise
    number: int


@dataclass(frozen=True)
class SegmentCount:
    """Who would get it because of one segment; those who take all are counted apart."""

    segment: Segment
    subscriptions: int
    mandates: int

    @property
    def is_gap(self) -> bool:
        return not self.subscriptions and not self.mandates


@dataclass(frozen=True)
class EntryCount:
    """Who would get it because of one control entry; no mandate names any."""

    code: str
    subscriptions: int

    @property
    def is_gap(self) -> bool:
        return not self.subscriptions


@dataclass(frozen=True)
class Foresight:
    """Numbers of addresses, unless something else is said."""

    addresses: int  # that get a mail of its own
    later: int  # that get it in a digest
    why: list[Line]
    stopped: int  # of those in `why`, the ones that get nothing because their reader has stopped the list
    organisations: list[Line]  # by kind, and how many of them it reaches
    segments: list[SegmentCount]
    entries: list[EntryCount]
    for_all: int  # that name neither a segment nor an entry
    languages: list[Line]  # that subscribers asked for
    gaps: list[tuple[Gap, int]]  # organisations
    single_missed: int  # single addresses that it concerns and would not reach


def foresee(advisory: Advisory, *, today: date) -> Foresight:
    """Return whom it would reach and whom it would miss if it came out now, in a number of queries that doesn't grow."""
    subscriptions = Subscription.objects.getting(advisory)
    relays = Mandate.objects.getting(advisory, today=today)
    if advisory.corrects:
        subscriptions, relays = subscriptions.none(), relays.none()
    kinds = _reached(advisory, today).order_by().values_list("kind").annotate(Count("pk"))
    return Foresight(
        addresses=editing.addresses(advisory, today=today),
        later=_but(subscriptions, subscriptions.at_once(advisory)).count(),
        why=_why(advisory, subscriptions, relays, today=today),
        stopped=subscriptions.stopped(list_id()).count() + relays.stopped(list_id()).count(),
        organisations=[Line(Kind(kind).label, number) for kind, number in sorted(kinds, key=lambda each: -each[1])],
        segments=_by_segment(advisory, subscriptions, relays),
        entries=_by_entry(advisory, subscriptions),
        for_all=subscriptions.naming_nothing().count() + relays.naming_nothing().count(),
        languages=_by_language(subscriptions),
        gaps=[(gap, missed(advisory, gap, today=today).count()) for gap in gaps_of(advisory)],
        single_missed=0 if advisory.corrects else _but(_single(advisory), subscriptions).count(),
    )


def gaps_of(advisory: Advisory) -> list[Gap]:
    """The gaps to ask about: a correction goes to those who got the other one, whatever else they chose."""
    return [Gap.UNTOLD] if advisory.corrects else [gap for gap in Gap if gap != Gap.UNTOLD]


def missed(advisory: Advisory, gap: Gap, *, today: date) -> QuerySet[Organisation]:
    """The organisations that it would not reach for that reason, in order."""
    found = Organisation.objects.exclude(pk__in=_reached(advisory, today).values("pk"))
    return found.filter(_by_gap(advisory, gap, today)).order_by("name", "pk")


def _by_gap(advisory: Advisory, gap: Gap, today: date) -> Q:
    subscribed = Subscription.objects.concerned_by(advisory)
    active = subscribed.active()
    allowed = active.allowed(advisory.tlp)
    wanting = allowed.wanting(advisory)
    mandates = Mandate.objects.concerned_by(advisory)
    relays = mandates.to_relay().in_force(today)
    getting = Subscription.objects.getting(advisory)
    found: dict[Gap, Q] = {
        Gap.LABEL: _with(_but(active, allowed), _but(relays, relays.allowed(advisory.tlp))),
        Gap.WISH: _with(_but(allowed, wanting), None),
        Gap.FEED: _with(_but(wanting, wanting.by_mail()), None),
        Gap.STOPPED: _with(subscribed.stopped(list_id()), relays.stopped(list_id())),
        Gap.MANDATE: _with(None, _but(mandates, relays)),
        Gap.UNTOLD: _with(getting, Mandate.objects.getting(advisory, today=today)),
        Gap.NOBODY: Q(kind__in=READERS) & Q(Exists(_people())) & ~_with(Subscription.objects.active(), _in_force(today)),
    }
    return found[gap]


def _reached(advisory: Advisory, today: date) -> QuerySet[Organisation]:
    """The organisations that would get it at one address at least."""
    if advisory.corrects:
        told = editing.told(advisory, today=today).annotate(lowered=Lower("address")).filter(lowered=Lower(OuterRef("address")))
        return Organisation.objects.filter(_with(Subscription.objects.filter(Exists(told)), Mandate.objects.filter(Exists(told))))
    subscriptions, relays = Subscription.objects.getting(advisory), Mandate.objects.getting(advisory, today=today)
    return Organisation.objects.filter(
        _with(_but(subscriptions, subscriptions.stopped(list_id())), _but(relays, relays.stopped(list_id())))
    )


def _with(subscriptions: SubscriptionQuerySet | None, mandates: MandateQuerySet | None) -> Q:
    """Organisations with one of these subscriptions or mandates."""
    found = Q()
    if subscriptions is not None:
        found |= Q(Exists(subscriptions.filter(organisation=OuterRef("pk"))))
    if mandates is not None:
        found |= Q(Exists(mandates.filter(association=OuterRef("pk"))))
    return found


def _but(rows: Rows, without: Rows) -> Rows:
    return rows.exclude(pk__in=without.values("pk"))


def _single(advisory: Advisory) -> SubscriptionQuerySet:
    return Subscription.objects.active().single().concerned_by(advisory)


def _in_force(today: date) -> MandateQuerySet:
    return Mandate.objects.to_relay().in_force(today)


def _people() -> QuerySet[Membership]:
    return Membership.objects.filter(organisation=OuterRef("pk"), user__is_active=True)


def _why(advisory: Advisory, subscriptions: SubscriptionQuerySet, relays: MandateQuerySet, *, today: date) -> list[Line]:
    if advisory.corrects:
        return [Line(_("They got what it corrects"), editing.addresses(advisory, today=today))]
    at_once = subscriptions.at_once(advisory)
    later = dict(_but(subscriptions, at_once).order_by().values_list("pace").annotate(Count("pk")))
    return [
        Line(_("They subscribe and get it at once"), at_once.of_organisations().count()),
        Line(_("They are single addresses and get it at once"), at_once.single().count()),
        Line(_("They are mandated to relay"), relays.count()),
        Line(_("They subscribe and get it in their daily digest"), later.get(Pace.DAILY, 0)),
        Line(_("They subscribe and get it in their weekly digest"), later.get(Pace.WEEKLY, 0)),
    ]


def _by_segment(advisory: Advisory, subscriptions: SubscriptionQuerySet, relays: MandateQuerySet) -> list[SegmentCount]:
    if advisory.corrects:
        return []
    segments = list(advisory.segments.in_order()) or list(Segment.objects.areas())
    chosen = zip(segments, subscriptions.number_by_segment(segments), relays.number_by_segment(segments), strict=True)
    return [SegmentCount(*each) for each in chosen]


def _by_entry(advisory: Advisory, subscriptions: SubscriptionQuerySet) -> list[EntryCount]:
    codes = [] if advisory.corrects else advisory.control_entries
    return [EntryCount(*each) for each in zip(codes, subscriptions.number_by_entry(codes), strict=True)]


def _by_language(subscriptions: SubscriptionQuerySet) -> list[Line]:
    names = dict(settings.LANGUAGES)
    rows = subscriptions.order_by().values_list("language").annotate(number=Count("pk")).order_by("-number", "language")
    return [Line(names.get(code, code), number) for code, number in rows]
