"""The numbers that inquiries offer to the dashboard."""

from __future__ import annotations

from datetime import date

from inquiries.models import Inquiry, Mention
from organisations.permissions import Visitor


def queues(user: Visitor, *, today: date) -> dict[str, int]:
    """How many inquiries the user would find in each queue of the desk."""
    return Inquiry.objects.visible_to(user).queue_counts(user=user, today=today)


def mentions_unseen(user: Visitor) -> int:
    """In how many notes a colleague calls the user, who has not seen them yet."""
    return Mention.objects.visible_to(user).unseen().count()
