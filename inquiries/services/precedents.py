"""What has been answered on the same subject, and which open cases ask something like it.

Compared are the desk's facts and what askers chose from lists, never sealed words, so that nothing here can say who asks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Case, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce

from catalogue.models import ControlEntry
from inquiries import lifecycle
from inquiries.models import Inquiry, InquirySegment, Publication
from inquiries.querysets import InquiryQuerySet, near_codes
from organisations.models import User

MOST = 5
MOST_RANKED = 100
WINDOW = timedelta(days=90)  # in which two cases may be about one matter
CODE, SEGMENT, DESTINATION, TOPIC = 8, 4, 2, 1
LIKE_ENOUGH = 5  # the same topic and segment, or a control entry


@dataclass(frozen=True)
class Precedents:
    publications: list[Publication]
    cases: list[Inquiry]


def precedents(inquiry: Inquiry, *, by: User) -> Precedents:
    """Earlier answers on the same control entries or segments, of those that the official may read; the best first, few."""
    segments = [segment.pk for segment in inquiry.segments.all()]
    answered = Inquiry.objects.visible_to(by).filter(state__in=(lifecycle.ANSWERED, lifecycle.CLOSED)).exclude(pk=inquiry.pk)
    told = _ranked(answered.exclude(title="", summary=""), inquiry, segments, least=SEGMENT)
    return Precedents(_publications(inquiry, segments), list(told[:MOST]))


def _publications(inquiry: Inquiry, segments: list[int]) -> list[Publication]:
    on_code = near_codes(Publication._meta.db_table, inquiry.codes)  # noqa: SLF001  Django's documented _meta
    score = Case(When(on_code, then=Value(2)), When(topic=inquiry.topic, then=Value(1)), default=Value(0))
    found = Publication.objects.public().filter(on_code) | Publication.objects.public().filter(segments__in=segments)
    return list(found.distinct().annotate(score=score).order_by("-score", F("published_on").desc(nulls_last=True), "pk")[:MOST])


def alike(inquiry: Inquiry, *, by: User, today: date) -> list[Inquiry]:
    """Open cases of the last weeks that may ask the same, of those that the official may read; the likest first, few."""
    segments = [segment.pk for segment in inquiry.segments.all()]
    near = Inquiry.objects.visible_to(by).filter(state__in=lifecycle.UNANSWERED_STATES, received_on__gte=today - WINDOW)
    return list(_ranked(near.exclude(pk=inquiry.pk), inquiry, segments, least=LIKE_ENOUGH)[:MOST])


def _candidates(rows: InquiryQuerySet, inquiry: Inquiry, segments: list[int]) -> set[UUID]:
    """The newest of those on the same control entries, and of those in the same segments: by index, so that few are ranked."""
    newest = rows.order_by("-received_on", "pk").values_list("pk", flat=True)
    found = set(newest.filter(codes__overlap=_family(inquiry.codes))[:MOST_RANKED]) if inquiry.codes else set()
    return found | set(newest.filter(pk__in=InquirySegment.objects.filter(segment__in=segments).values("inquiry"))[:MOST_RANKED])


def _family(codes: Iterable[str]) -> list[str]:
    """The codes, those above them, and those that the lists in force have below them."""
    family = set()
    below = Q(pk__in=[])
    for code in codes:
        parts = code.split(".")
        family |= {".".join(parts[:length]) for length in range(1, len(parts) + 1)}
        below |= Q(code__startswith=f"{code}.")
    return sorted(family | set(ControlEntry.objects.current().paragraphs().filter(below).values_list("code", flat=True)))


def _ranked(rows: InquiryQuerySet, inquiry: Inquiry, segments: list[int], *, least: int) -> InquiryQuerySet:
    """Those that are near enough in subject, the nearest first and the newest of equals, with what a list shows."""
    on_code = near_codes(Inquiry._meta.db_table, inquiry.codes)  # noqa: SLF001  Django's documented _meta
    shared = InquirySegment.objects.filter(inquiry=OuterRef("pk"), segment__in=segments).order_by()
    on_segment = Coalesce(Subquery(shared.values(one=Value(SEGMENT))[:1]), 0)
    score = (
        Case(When(on_code, then=Value(CODE)), default=Value(0))
        + on_segment
        + Case(When(topic=inquiry.topic, then=Value(TOPIC)), default=Value(0))
        + (
            Case(When(destination=inquiry.destination, then=Value(DESTINATION)), default=Value(0))
            if inquiry.destination
            else Value(0)
        )
    )
    near = rows.filter(pk__in=_candidates(rows, inquiry, segments))
    ranked = near.annotate(score=score).filter(score__gte=least).order_by("-score", "-received_on", "pk")
    return ranked.with_routing().with_summary()
