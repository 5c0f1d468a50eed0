"""Handing a case to a named colleague, and standing in for one who is away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from inquiries.models import Absence, Inquiry
from inquiries.permissions import may_see_queues, may_work
from inquiries.querysets import WORKING_ROLES, agencies_with
from inquiries.services import casebook, casework, lateness, noting
from inquiries.services.casework import locked_for
from organisations.models import Organisation, User
from organisations.permissions import agencies_of


class UnableToHand(Exception):
    """The case can't be handed so, or the absence can't be set; the message says why and what to do."""


class IsAway(UnableToHand):
    """The colleague is away; `absence` says until when and who stands in. To be handed over all the same, if it is meant."""

    def __init__(self, absence: Absence) -> None:
        super().__init__(_("%(name)s is away until %(day)s; %(cover)s stands in.") % {
            "name": absence.user, "day": date_format(absence.last_on, "j F Y"), "cover": absence.cover
        })  # fmt: skip
        self.absence = absence


@transaction.atomic
def hand_over(inquiry: Inquiry, *, to: User, note: str = "", anyway: bool = False, by: User, today: date) -> Inquiry:
    """Make a colleague its officer, with a note that names them: one of the agency that has the case, or of the focal point.

    With one of the focal point the case goes there; the agency before stops reading it unless it is consulted, as with a route.
    Raises UnableToHand, IsAway unless it is meant `anyway`, UnableToNote, UnableToMove, UnableToWork or UnableToOpen.
    """
    inquiry = locked_for(inquiry, by)
    _refuse(inquiry, to)
    absence = None if anyway else absence_of(to, today=today)
    if absence:
        raise IsAway(absence)
    if note.strip():
        noting.note(inquiry, text=note, for_all_readers=True, mentions=[to], by=by, today=today)
    lateness.note_taken(inquiry, by=by, today=today)
    inquiry.officer = to
    before = inquiry.agency
    is_let_go = casework.give_to(inquiry, _agency_of(to, inquiry), by=by)
    if inquiry.agency != before:
        inquiry.team = ""
    casebook.move(inquiry, "hand-over", by=by, today=today, detail=_("to %(name)s") % {"name": to})
    if is_let_go:
        casebook.record(inquiry, "portal-dismisses-agency", by=None, today=today, detail=str(before))
    return inquiry


def foresee(inquiry: Inquiry, *, to: User, key_of: Callable[[Inquiry], object]) -> None:
    """Raise what hand_over would for a case on which the official may work, whoever is away; `key_of` is as of readers.keys_of."""
    _refuse(inquiry, to)
    if _agency_of(to, inquiry) != inquiry.agency:
        key_of(inquiry)  # another agency's officials have to be able to open it
    casebook.state_after(inquiry, "hand-over")


def _refuse(inquiry: Inquiry, to: User) -> None:
    if not may_work(to, inquiry):
        raise UnableToHand(
            _("%(name)s may not work on this inquiry. Choose a colleague of an agency that reads it.") % {"name": to}
        )
    if to.pk == inquiry.officer_id:
        raise UnableToHand(_("%(name)s has it already.") % {"name": to})


def _agency_of(to: User, inquiry: Inquiry) -> Organisation | None:
    """With whom the case is once `to`, who may work on it, has it: where it is, if they work there, or else the focal point."""
    working = agencies_with(to, WORKING_ROLES)
    if inquiry.agency is None or inquiry.agency in working:
        return inquiry.agency
    return next(agency for agency in working if agency.is_focal_point)


def absence_of(user: User, *, today: date) -> Absence | None:
    """The absence that an official is in, the one that lasts longest."""
    return Absence.objects.on(today).filter(user=user).select_related("user", "cover").order_by("-last_on", "pk").first()


@transaction.atomic
def go_away(*, first_on: date, last_on: date, cover: User, by: User, today: date) -> Absence:
    """Say when one is away and who stands in; raises UnableToHand."""
    if last_on < first_on or last_on < today:
        raise UnableToHand(_("The last day away comes before the first one, or has passed."))
    if cover == by or not _may_cover(cover, by):
        raise UnableToHand(_("Choose a colleague of your agency who reads inquiries."))
    User.objects.select_for_update(no_key=True).get(pk=by.pk)  # so that two forms sent at once don't overlap
    if Absence.objects.filter(user=by, first_on__lte=last_on, last_on__gte=first_on).exists():
        raise UnableToHand(_("You are away on some of these days already. Take the other absence out first."))
    if Absence.objects.filter(user=cover, first_on__lte=last_on, last_on__gte=first_on).exists():
        raise UnableToHand(_("%(name)s is away on some of these days. Choose somebody else, or other days.") % {"name": cover})
    return Absence.objects.create(user=by, cover=cover, first_on=first_on, last_on=last_on)


def _may_cover(cover: User, user: User) -> bool:
    return may_see_queues(cover) and bool({each.pk for each in agencies_of(cover)} & {each.pk for each in agencies_of(user)})


@transaction.atomic
def come_back(absence: Absence, *, by: User) -> None:
    """Take an absence out; raises UnableToHand for somebody else's."""
    if absence.user_id != by.pk:
        raise UnableToHand(_("Only who is away can come back."))
    absence.delete()
