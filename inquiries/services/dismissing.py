"""Ending what others were asked: a consulted agency leaves the reader list, an outside expert's link dies."""

from __future__ import annotations

from datetime import date

from inquiries import lifecycle
from inquiries.models import Consultation, ExpertRequest, Inquiry
from inquiries.services import attachments, casebook, readers
from organisations.models import Organisation


class UnableToAnswerYet(casebook.UnableToMove):
    """An agency objects, and nobody has settled it."""


def refuse_while_disputed(inquiry: Inquiry) -> None:
    """Raise UnableToAnswerYet while the objection of a consulted agency stands."""
    if inquiry.consultations.objecting().exists():
        raise UnableToAnswerYet(inquiry, "answer")


def let_go(inquiry: Inquiry, *, agency: Organisation) -> bool:
    """Take an agency off the reader list, unless it has the case or is still asked something; return whether it was taken off."""
    if agency.is_focal_point or agency.pk == inquiry.agency_id or inquiry.consultations.reading().filter(agency=agency).exists():
        return False
    readers.dismiss(inquiry, agency=agency)
    return True


def end_consultation(consultation: Consultation, *, today: date) -> None:
    """End one consultation of a locked inquiry and dismiss its agency if nothing else keeps it. Its state must allow it."""
    consultation.state = lifecycle.CONSULTATION_MOVES["end-consultation"][consultation.state]
    consultation.ended_on = today
    consultation.save(update_fields=["state", "ended_on"])
    if let_go(consultation.inquiry, agency=consultation.agency):
        detail = str(consultation.agency)
        casebook.record(consultation.inquiry, "portal-dismisses-agency", by=None, today=today, detail=detail)


def end_expert_request(asked: ExpertRequest, *, today: date) -> None:
    """Take an excerpt back: the link opens nothing any more, at once. Its state must allow it."""
    asked.state = lifecycle.EXPERT_MOVES["end-expert"][asked.state]
    asked.link_digest = asked.link_key = None
    asked.ended_on = today
    asked.save(update_fields=["state", "link_digest", "link_key", "ended_on"])


def end_all(inquiry: Inquiry, *, today: date) -> None:
    """End all that is asked about a locked inquiry which has just been answered or closed; void what was proposed."""
    for consultation in inquiry.consultations.reading().select_related("agency").order_by("number"):
        consultation.inquiry = inquiry
        if consultation.is_open:
            detail = str(consultation.agency)
            casebook.record(inquiry, "portal-ends-consultation", by=None, today=today, detail=detail)
        end_consultation(consultation, today=today)
    for asked in inquiry.expert_requests.filter(state__in=list(lifecycle.EXPERT_MOVES["end-expert"])).order_by("number"):
        end_expert_request(asked, today=today)
        casebook.record(inquiry, "portal-ends-expert", by=None, today=today)
    attachments.drop_proposed(inquiry)
    inquiry.proposals.void()
