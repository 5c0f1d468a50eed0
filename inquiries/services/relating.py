"""Links between cases, and which of them are answered together (together.py)."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from inquiries import lifecycle
from inquiries.models import Inquiry, Relation, RelationKind
from inquiries.permissions import may_work
from inquiries.services import casebook, together
from inquiries.services.casework import UnableToWork
from organisations.models import User


class UnableToRelate(Exception):
    """The link is refused; the message says why and what to do."""


@transaction.atomic
def link(inquiry: Inquiry, *, other: Inquiry, kind: str, by: User, today: date) -> Relation:
    """Say that two cases are related or ask the same; both histories say so. Raises UnableToRelate or UnableToWork."""
    first, second = _both_locked(inquiry, other, by)
    known = _between(first, second)
    if known and known.kind == RelationKind.MERGED:
        raise UnableToRelate(_("These two are answered together already. Take them apart first."))
    if known:
        known.delete()
    relation = Relation.objects.create(inquiry=first, other=second, kind=kind, by=by, on=today)
    label = RelationKind(kind).label
    casebook.record(first, "link", by=by, today=today, detail=f"{label}: {second}")
    casebook.record(second, "link", by=by, today=today, detail=f"{label}: {first}")
    return relation


@transaction.atomic
def unlink(relation: Relation, *, by: User, today: date) -> None:
    """Take a link away, or answer a case on its own again; raises UnableToRelate or UnableToWork."""
    first, second = _both_locked(relation.inquiry, relation.other, by)
    known = _between(first, second)
    if known is None:
        raise UnableToRelate(_("There is no such link any more."))
    kind = "part" if known.kind == RelationKind.MERGED else "unlink"
    known.delete()
    casebook.record(first, kind, by=by, today=today, detail=str(second))
    casebook.record(second, kind, by=by, today=today, detail=str(first))


@transaction.atomic
def merge(inquiry: Inquiry, *, into: Inquiry, by: User, today: date) -> Relation:
    """Answer a case together with the main one; raises UnableToRelate, UnableToMove or UnableToWork.

    It leaves the queues while the main case is open, and keeps its own deadline: so the one that is due first has to be the main.
    """
    merged, main = _both_locked(inquiry, into, by)
    _refuse_merging(merged, main)
    known = _between(merged, main)
    if known:
        known.delete()
    relation = Relation.objects.create(inquiry=merged, other=main, kind=RelationKind.MERGED, by=by, on=today)
    merged.officer = main.officer
    if merged.state == lifecycle.RECEIVED:
        casebook.move(merged, "take", by=by, today=today)
    merged.save(update_fields=["officer"])
    casebook.record(merged, "merge", by=by, today=today, detail=str(main))
    casebook.record(main, "merge-in", by=by, today=today, detail=str(merged))
    return relation


def _refuse_merging(merged: Inquiry, main: Inquiry) -> None:
    if main.officer is None or main.state not in (lifecycle.IN_HAND, lifecycle.WAITING):
        raise UnableToRelate(_("Take the main case in hand first."))
    if merged.state not in lifecycle.UNANSWERED_STATES:
        raise UnableToRelate(_("%(case)s is answered or closed: there is nothing to answer together.") % {"case": merged})
    if merged.due_on and (main.due_on is None or merged.due_on < main.due_on):
        raise UnableToRelate(
            _("%(merged)s is due before %(main)s. Answer it the other way round: the one due first is the main case.")
            % {"merged": merged, "main": main}
        )
    if Relation.objects.merged().filter(Q(inquiry__in=[merged, main]) | Q(other=merged)).exists():
        raise UnableToRelate(_("One of them is answered together with another case already."))


def _both_locked(first: Inquiry, second: Inquiry, by: User) -> tuple[Inquiry, Inquiry]:
    """Lock two cases, always in the same order, so that two officials don't wait for one another."""
    if first.pk == second.pk:
        raise UnableToRelate(_("A case is not linked to itself."))
    rows = {row.pk: row for row in together.held([first.pk, second.pk])}
    if len(rows) < 2:
        raise UnableToRelate(_("One of the cases has been erased."))
    if not all(may_work(by, row) for row in rows.values()):
        raise UnableToWork
    return rows[first.pk], rows[second.pk]


def _between(first: Inquiry, second: Inquiry) -> Relation | None:
    return Relation.objects.filter(Q(inquiry=first, other=second) | Q(inquiry=second, other=first)).first()
