"""The numbers that inquiries offer to the dashboard."""

from __future__ import annotations

from datetime import date

from django.db.models import Count, Q

from inquiries.models import Consultation, Inquiry
from organisations.permissions import Visitor


def queues(user: Visitor, *, today: date) -> dict[str, int]:
    """How many inquiries the user would find in each queue of the desk."""
    return Inquiry.objects.handled_by(user).queue_counts(user=user, today=today)


def consulting(user: Visitor, *, today: date) -> dict[str, int]:
    """How many answers and disagreements wait for the user's decision, and how much the user's agencies are asked."""
    asked = Consultation.objects.awaited().asked_of(user)
    counts: dict[str, int] = asked.aggregate(asked=Count("pk"), asked_overdue=Count("pk", filter=Q(due_on__lt=today)))
    to_settle = Inquiry.objects.to_settle_by(user).count()
    return counts | {"to_approve": Inquiry.objects.to_approve_by(user).count(), "to_settle": to_settle}
