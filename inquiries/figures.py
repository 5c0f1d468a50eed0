"""The numbers that inquiries offer to the dashboard."""

from __future__ import annotations

from datetime import date

from inquiries.models import Inquiry, Opening
from organisations.permissions import Visitor


def openings_to_decide(user: Visitor) -> int:
    """How many wishes to learn who asks wait for this gatekeeper."""
    return Opening.objects.decidable_by(user).count()


def queues(user: Visitor, *, today: date) -> dict[str, int]:
    """How many inquiries the user would find in each queue of the desk."""
    return Inquiry.objects.visible_to(user).queue_counts(user=user, today=today)
