from __future__ import annotations

from inquiries.models import Inquiry
from inquiries.querysets import READER_ROLES, reading_agencies
from organisations.models import Role
from organisations.permissions import Visitor, has_role, memberships


def may_read(user: Visitor, inquiry: Inquiry) -> bool:
    """The twin of `InquiryQuerySet.visible_to`."""
    agencies = reading_agencies(user)
    if any(agency.is_focal_point for agency in agencies):
        return True
    return bool(agencies) and inquiry.reader_keys.filter(agency__in=agencies).exists()


def may_see_queues(user: Visitor) -> bool:
    return has_role(user, *READER_ROLES)


def may_route(user: Visitor, inquiry: Inquiry) -> bool:
    """The focal point's desk routes; an agency that got a case works on it."""
    return may_work(user, inquiry) and any(held.organisation.is_focal_point for held in memberships(user))


def may_work(user: Visitor, inquiry: Inquiry) -> bool:
    """Who may take, answer, ask back or close: a case officer, triage officer or supervisor of an agency that may read it."""
    return may_read(user, inquiry) and has_role(user, Role.CASE_OFFICER, Role.TRIAGE, Role.SUPERVISOR)
