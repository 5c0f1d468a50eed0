"""What the case page shows of consultations and of a proposed answer, and the forms beside them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from focalpoint.views.inquiries import clock
from inquiries import lifecycle
from inquiries.forms.consulting import ConsultForm, ExpertForm, ReturnAnswerForm, SettleForm, ViewForm
from inquiries.models import Consultation, ExpertRequest, Inquiry
from inquiries.permissions import may_approve_answer, may_give_view, may_handle, may_settle, may_work
from inquiries.services import consulting, experts, holders, proposals, second_official
from inquiries.services.asking import OpenInquiry
from organisations.models import Organisation, User


@dataclass(frozen=True)
class Row:
    """A consultation on the page, with the form for its view where the official may give it."""

    asked: consulting.Asked
    form: ViewForm | None
    is_disputed: bool


def consult(opened: OpenInquiry, user: User, *, agencies: Iterable[Organisation]) -> dict[str, object]:
    """Who is holding the case, what others were asked and said of it, and what the official may do about it."""
    inquiry = opened.inquiry
    kinds = {event.kind for event in inquiry.events.all()}  # what never happened is not asked for
    asked = consulting.read(opened, _consultations(inquiry, user)) if "consult" in kinds else []
    objecting = set(inquiry.consultations.objecting().values_list("pk", flat=True)) if asked else set()
    is_handling = may_handle(user, inquiry)
    is_asking = may_work(user, inquiry) and inquiry.state in lifecycle.MOVES["consult"]
    return {
        "holders": holders.of(inquiry, kinds=kinds),
        "consultations": [Row(each, _view_form(user, each.consultation), each.consultation.pk in objecting) for each in asked],
        "settlements": consulting.read_settlements(opened) if is_handling and asked else [],
        "is_disputed": bool(objecting) and is_handling,
        "may_consult": is_asking,
        "settle_form": SettleForm(auto_id="settle_%s") if objecting and may_settle(user, inquiry) else None,
        "consult_form": ConsultForm(but=inquiry.agency, all_agencies=agencies, auto_id="consult_%s") if is_asking else None,
        "experts": experts.read(opened, _expert_requests(inquiry)) if is_handling and "consult-expert" in kinds else [],
        "expert_form": ExpertForm(auto_id="expert_%s"),
        "is_handling": is_handling,
    }


def proposed(opened: OpenInquiry, user: User, *, latest: int, is_late: bool) -> dict[str, Any]:
    """The answer that has not gone, and what its form begins with; `latest` is the position of the last message on the page."""
    inquiry = opened.inquiry
    is_there = getattr(inquiry, "has_proposal", True) and may_handle(user, inquiry)
    standing = proposals.standing(opened) if is_there else None
    revision = standing.proposed.number if standing else 0
    initial = {"revision": revision, "seen": latest, "text": standing.text if standing else ""}
    return {
        "proposal": standing,
        "has_files": bool(standing and standing.files),
        "needs_second_official": second_official.is_needed(inquiry),
        "answer_initial": initial,
        "may_approve": standing is not None and may_approve_answer(user, standing.proposed),
        "approve_form": clock.approve_form(is_late=is_late, initial={"revision": revision}),
        "return_form": ReturnAnswerForm(initial={"revision": revision}, auto_id="return_%s"),
    }


def _view_form(user: User, consultation: Consultation) -> ViewForm | None:
    return ViewForm(auto_id=f"view_{consultation.number}_%s") if may_give_view(user, consultation) else None


def _consultations(inquiry: Inquiry, user: User) -> Iterable[Consultation]:
    return inquiry.consultations.visible_to(user).select_related("agency", "asked_by", "given_by").order_by("number")


def _expert_requests(inquiry: Inquiry) -> list[ExpertRequest]:
    return list(inquiry.expert_requests.select_related("asked_by").order_by("number"))
