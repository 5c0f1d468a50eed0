from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models
from django.db.models import Count, Q

from inquiries import lifecycle
from organisations.models import Organisation, Role
from organisations.permissions import Visitor, memberships

if TYPE_CHECKING:
    from inquiries.models import Inquiry, Message  # noqa: F401

# Auditors read trails and no content, administrators configure and read no cases: neither is here.
READER_ROLES = frozenset({Role.TRIAGE, Role.CASE_OFFICER, Role.APPROVER, Role.SUPERVISOR})


def reading_agencies(user: Visitor) -> list[Organisation]:
    """The agencies for which the user may read inquiries."""
    return [held.organisation for held in memberships(user) if held.role in READER_ROLES]


class InquiryQuerySet(models.QuerySet["Inquiry"]):
    def visible_to(self, user: Visitor) -> InquiryQuerySet:
        """The focal point's readers see every inquiry, another agency's those on whose reader list it is, everybody else none."""
        agencies = reading_agencies(user)
        if any(agency.is_focal_point for agency in agencies):
            return self.all()
        # A subquery, not a join: an inquiry that two of the user's agencies read is one row.
        readable = apps.get_model("inquiries", "ReaderKey").objects.filter(agency__in=agencies)
        return self.filter(pk__in=readable.values("inquiry"))

    def open(self) -> InquiryQuerySet:
        """Those in which the office owes the next word."""
        return self.filter(state__in=lifecycle.OPEN_STATES)

    def queue(self, name: str, *, user: Visitor, today: date) -> InquiryQuerySet:
        """One of the desk's queues; raises KeyError for a name that is none."""
        return self.filter(_queue(name, user=user, today=today))

    def queue_counts(self, *, user: Visitor, today: date) -> dict[str, int]:
        """How many inquiries each of the desk's queues holds, in one query."""
        counts = {name: Count("pk", filter=_queue(name, user=user, today=today)) for name in QUEUES}
        return self.aggregate(**counts)

    def for_queue(self) -> InquiryQuerySet:
        """With all that a row of the queue shows; no sealed column is fetched."""
        return self.defer("sealed_subject").select_related("agency", "officer").prefetch_related("segments")


QUEUES = ("new", "mine", "due_this_week", "overdue", "waiting", "answered", "all")


def _queue(name: str, *, user: Visitor, today: date) -> Q:
    return {
        "new": Q(state=lifecycle.RECEIVED),
        "mine": Q(officer=user.pk) & ~Q(state=lifecycle.CLOSED),
        "due_this_week": Q(due_on__gte=today, due_on__lte=today + timedelta(days=6 - today.weekday())),
        "overdue": Q(due_on__lt=today),
        "waiting": Q(state=lifecycle.WAITING),
        "answered": Q(state=lifecycle.ANSWERED),
        "all": Q(),
    }[name]


class MessageQuerySet(models.QuerySet["Message"]):
    def in_order(self) -> MessageQuerySet:
        return self.order_by("position")
