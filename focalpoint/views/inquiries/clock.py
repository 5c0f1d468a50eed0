"""What the case page shows and asks of the clock of a case."""

from __future__ import annotations

from datetime import date

from django.http import QueryDict
from django.utils.translation import gettext as _

from inquiries import lifecycle
from inquiries.forms.casework import AnswerForm
from inquiries.forms.deadlines import ExtendForm, LateAnswerForm, LateExtendForm
from inquiries.models import Inquiry
from inquiries.permissions import may_extend
from inquiries.services import clock, extending, together
from inquiries.services.lateness import UnableToMoveLate
from organisations.models import User


def answer_form(inquiry: Inquiry, today: date, data: QueryDict | None = None) -> AnswerForm:
    """The form of an answer; where it is late, or one that it goes to as well, it asks why."""
    is_late = any(clock.late_since(each, today=today) for each in (inquiry, *together.waiting_with(inquiry)))
    kind = LateAnswerForm if is_late else AnswerForm
    return kind(data, auto_id="answer_%s")


def extend_form(inquiry: Inquiry, today: date, data: QueryDict | None = None) -> ExtendForm:
    kind = LateExtendForm if clock.late_since(inquiry, today=today) else ExtendForm
    return kind(data, auto_id="extend_%s")


def context(inquiry: Inquiry, user: User, today: date) -> dict[str, object]:
    standing = clock.standing(inquiry, today=today)
    extensions = len(standing.current.extensions)
    may = "extend" in lifecycle.moves_from(inquiry.state) and may_extend(user, inquiry, extensions=extensions)
    return {
        "standing": standing,
        "may_extend": may and standing.may_be_extended,
        "extend_form": extend_form(inquiry, today),
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
