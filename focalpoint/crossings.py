"""The one file where the works meet: what the desk shows of all of them side by side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from inquiries import figures as inquiry_figures
from inquiries.permissions import may_see_queues
from organisations.permissions import Visitor


@dataclass(frozen=True)
class Tile:
    """A number that is a link to the rows it counts. `tone` is "", "attention" or "late"."""

    label: str
    number: int
    link: str
    tone: str = ""


def dashboard(user: Visitor, *, today: date) -> list[Tile]:
    """What the official should look at first, of what the official may see."""
    return [*_inquiry_tiles(user, today)]


def _inquiry_tiles(user: Visitor, today: date) -> list[Tile]:
    if not may_see_queues(user):
        return []
    counts = inquiry_figures.queues(user, today=today)
    queue = reverse("focalpoint:inquiries")
    return [
        Tile(_("New inquiries"), counts["new"], f"{queue}?queue=new", "attention" if counts["new"] else ""),
        Tile(_("Due this week"), counts["due_this_week"], f"{queue}?queue=due_this_week"),
        Tile(_("Overdue"), counts["overdue"], f"{queue}?queue=overdue", "late" if counts["overdue"] else ""),
        Tile(_("Mine"), counts["mine"], f"{queue}?queue=mine"),
    ]
