"""Consulting other agencies about a case: asked by a day of their own, several at once, their views recorded, objections settled.

A consulted agency gets a wrapped case key and with it reads the case; when its consultation ends the key is deleted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from inquiries import lifecycle
from inquiries.models import Consultation, Inquiry, Settlement, Stance
from inquiries.permissions import has_case, may_give_view, may_settle, may_work
from inquiries.sealing import Place, seal, unseal
from inquiries.services import casebook, casework, clock, dismissing, readers, thread
from inquiries.services.asking import OpenInquiry
from organisations.models import Kind, Organisation, User

BUSINESS_DAYS = 5  # to a view, unless the asking official says otherwise
MOST_BUSINESS_DAYS = 60


class UnableToConsult(Exception):
    """The verb is refused; the message says why and what to do."""


@dataclass(frozen=True)
class Asked:
    """A consultation in the clear."""

    consultation: Consultation
    question: str
    view: str


@dataclass(frozen=True)
class Settled:
    """A settlement in the clear."""

    settlement: Settlement
    reasons: str


@transaction.atomic
def ask(inquiry: Inquiry, *, agency: Organisation, question: str, days: int = BUSINESS_DAYS, by: User, today: date) -> Consultation:
    """Ask an agency for its view within `days` business days; it reads the case from now on. The same question twice is one."""
    opened = casework.opened_for_work(inquiry, by)
    inquiry = opened.inquiry
    if agency.kind != Kind.AGENCY or has_case(inquiry, [agency]):
        raise UnableToConsult(_("This agency has the case itself: choose another one."))
    if known := inquiry.consultations.awaited().filter(agency=agency).first():
        if _question(opened, known) == question:
            return known
        raise UnableToConsult(_("This agency was asked before and has not answered yet. End that consultation first."))
    casebook.move(inquiry, "consult", by=by, today=today, detail=agency.name)
    if not agency.is_focal_point:
        readers.admit(inquiry, agency=agency, key=opened.key)
    made = Consultation(
        inquiry=inquiry, agency=agency, asked_by=by, asked_on=today, due_on=clock.office_calendar().after(today, days)
    )
    made.number = (inquiry.consultations.aggregate(last=Max("number"))["last"] or 0) + 1
    made.sealed_question = seal(question, key=opened.key, place=_place("consultation question", made))
    made.save(force_insert=True)
    return made


@transaction.atomic
def give_view(consultation: Consultation, *, stance: str, view: str, by: User, today: date) -> Consultation:
    """Record the view of the consulted agency. The same view sent twice is one."""
    consultation = _locked(consultation)
    opened = casework.open_for_official(consultation.inquiry, by=by)
    is_same = (consultation.given_by, consultation.stance) == (by, stance) and _view(opened, consultation) == view
    if consultation.is_given and is_same:
        return consultation
    if not may_give_view(by, consultation):
        raise UnableToConsult(_("This view can't be given by you, or not any more: it is there already, or nobody waits for it."))
    consultation.state = lifecycle.CONSULTATION_MOVES["give-view"][consultation.state]
    consultation.stance = Stance(stance)
    consultation.sealed_view = seal(view, key=opened.key, place=_place("consultation view", consultation))
    consultation.given_by, consultation.given_on = by, today
    consultation.save(update_fields=["state", "stance", "sealed_view", "given_by", "given_on"])
    detail = f"{consultation.agency}: {consultation.get_stance_display()}"
    casebook.record(opened.inquiry, "give-view", by=by, today=today, detail=detail)
    return consultation


@transaction.atomic
def end(consultation: Consultation, *, by: User, today: date) -> Consultation:
    """End a consultation, with its view or without one: its agency reads the case no more, unless something else keeps it."""
    consultation = _locked(consultation)
    if not may_work(by, consultation.inquiry):
        raise casework.UnableToWork
    if consultation.state not in lifecycle.CONSULTATION_MOVES["end-consultation"]:
        raise UnableToConsult(_("This consultation has ended already."))
    detail = str(consultation.agency)
    casebook.record(consultation.inquiry, "end-consultation", by=by, today=today, detail=detail)
    dismissing.end_consultation(consultation, today=today)
    return consultation


@transaction.atomic
def settle(inquiry: Inquiry, *, reasons: str, by: User, today: date) -> Settlement:
    """Decide that the case goes on although an agency objects; the decider is named and the reasons are kept."""
    inquiry = casebook.locked(inquiry)
    if not may_settle(by, inquiry):
        raise UnableToConsult(
            _("Only a supervisor or an approver of the agency that has the case settles a disagreement, while there is one.")
        )
    opened = casework.open_for_official(inquiry, by=by)
    made = Settlement(inquiry=inquiry, by=by, on=today)
    made.number = (inquiry.settlements.aggregate(last=Max("number"))["last"] or 0) + 1
    made.sealed_reasons = seal(reasons, key=opened.key, place=Place("settlement", inquiry.pk, made.pk))
    made.save(force_insert=True)
    objections = list(inquiry.consultations.objecting().select_related("agency").order_by("number"))
    Consultation.objects.filter(pk__in=[each.pk for each in objections]).update(settlement=made)
    detail = ", ".join(str(each.agency) for each in objections)[:300]
    casebook.record(inquiry, "settle-disagreement", by=by, today=today, detail=detail)
    return made


# --- reading --------------------------------------------------------------------------------------------------------


def read(opened: OpenInquiry, consultations: Iterable[Consultation]) -> list[Asked]:
    """Return consultations of the opened inquiry in the clear; raises CannotOpen if a row was tampered with."""
    show = thread.clearing(opened)
    return [Asked(each, show(_question(opened, each)), show(_view(opened, each))) for each in consultations]


def read_settlements(opened: OpenInquiry) -> list[Settled]:
    inquiry, show = opened.inquiry, thread.clearing(opened)
    return [
        Settled(each, show(unseal(bytes(each.sealed_reasons), key=opened.key, place=Place("settlement", inquiry.pk, each.pk))))
        for each in inquiry.settlements.select_related("by").order_by("number")
    ]


def _question(opened: OpenInquiry, consultation: Consultation) -> str:
    return unseal(bytes(consultation.sealed_question), key=opened.key, place=_place("consultation question", consultation))


def _view(opened: OpenInquiry, consultation: Consultation) -> str:
    if consultation.sealed_view is None:
        return ""
    return unseal(bytes(consultation.sealed_view), key=opened.key, place=_place("consultation view", consultation))


def _place(column: str, consultation: Consultation) -> Place:
    return Place(column, consultation.inquiry_id, consultation.pk)


def _locked(consultation: Consultation) -> Consultation:
    """Fetch the consultation anew under its inquiry's lock."""
    inquiry = casebook.locked(consultation.inquiry)
    found = Consultation.objects.select_related("agency", "given_by").get(pk=consultation.pk)
    found.inquiry = inquiry
    return found
