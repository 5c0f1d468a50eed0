"""What the case page shows and asks of the clock of a case."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from inquiries import lifecycle
from inquiries.forms.casework import AnswerForm
from inquiries.forms.consulting import ApproveAnswerForm
from inquiries.forms.deadlines import ExtendForm, LateAnswerForm, LateApproveAnswerForm, LateExtendForm, LateFields
from inquiries.models import Inquiry
from inquiries.permissions import may_extend
from inquiries.services import clock, extending, lateness, together
from inquiries.services.lateness import UnableToMoveLate
from organisations.models import User


def must_say_why(inquiry: Inquiry, today: date) -> bool:
    """Whether the answer is late, or late for one that it goes to as well, and nobody has said why."""
    return any(lateness.needs_reason(each, today=today) for each in (inquiry, *together.waiting_with(inquiry)))


def answer_form(
    data: QueryDict | None = None,
    files: MultiValueDict[str, UploadedFile[Any]] | None = None,
    *,
    is_late: bool,
    has_files: bool = False,
    initial: dict[str, Any] | None = None,
) -> AnswerForm:
    """The form of an answer; late, it asks why. Where a draft `has_files`, it asks whether they stay."""
    form = (LateAnswerForm if is_late else AnswerForm)(data, files, initial=initial, auto_id="answer_%s")
    if data is None and not has_files:
        del form.fields["drops_files"]
    return form


def approve_form(data: QueryDict | None = None, *, is_late: bool, initial: dict[str, Any] | None = None) -> ApproveAnswerForm:
    """The form of an approval, which sends the answer: it asks why where the day passed while the answer waited."""
    return (LateApproveAnswerForm if is_late else ApproveAnswerForm)(data, initial=initial, auto_id="approve_%s")


def extend_form(data: QueryDict | None = None, *, is_late: bool) -> ExtendForm:
    return (LateExtendForm if is_late else ExtendForm)(data, auto_id="extend_%s")


def explain_form(data: QueryDict | None = None) -> LateFields:
    """The form that asks afterwards why a case was taken or closed late."""
    return LateFields(data, auto_id="explain_%s")


def context(inquiry: Inquiry, user: User, today: date, *, is_late: bool) -> dict[str, Any]:
    standing = clock.standing(inquiry, today=today)
    extensions = len(standing.current.extensions)
    may = "extend" in lifecycle.moves_from(inquiry.state) and may_extend(user, inquiry, extensions=extensions)
    return {
        "standing": standing,
        "may_extend": may and standing.may_be_extended,
        "extend_form": extend_form(is_late=is_late),
        "explain_form": explain_form(),
    }


def why_not(error: Exception) -> str:
    """Say in words why a deadline could not be moved; nothing for other errors."""
    if isinstance(error, UnableToMoveLate):
        return _("The day on which the answer was due is past: say why it is late.")
    if isinstance(error, extending.NeedsSupervisor):
        return _("The answer has been put off once. A supervisor of the agency or of the focal point can put it off again.")
    if isinstance(error, extending.TooManyExtensions):
        return _("The answer has been put off as often as it may be. Answer with what is known, and say what is open.")
    return ""
