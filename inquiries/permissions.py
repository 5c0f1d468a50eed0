from __future__ import annotations

from datetime import date

from inquiries import lifecycle
from inquiries.models import Inquiry, NamedAsker, Opening, Publication
from inquiries.querysets import PUBLICATION_ROLES, READER_ROLES, asking_organisations, is_gatekeeper, reading_agencies
from organisations.models import Organisation, Role, User
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


def may_keep_keys(user: Visitor) -> bool:
    """An administrator of the focal point, who sees how many case keys there are and opens none."""
    return any(held.role == Role.ADMINISTRATOR and held.organisation.is_focal_point for held in memberships(user))


def may_work(user: Visitor, inquiry: Inquiry) -> bool:
    """Who may take, answer, ask back or close: a case officer, triage officer or supervisor of an agency that may read it."""
    return may_read(user, inquiry) and has_role(user, Role.CASE_OFFICER, Role.TRIAGE, Role.SUPERVISOR)


# --- who asks -------------------------------------------------------------------------------------------------------


def may_keep_the_gate(user: Visitor) -> bool:
    """A gatekeeper of the focal point. The role reads no cases; who has a reader's role as well reads them as such."""
    return is_gatekeeper(user)


def may_ask_to_open(user: Visitor, inquiry: Inquiry, *, today: date) -> bool:
    """The twin of `IdentityQuerySet.openable_by`."""
    return is_gatekeeper(user) and _is_sealed(inquiry) and not inquiry.openings.under_way(today).exists()


def may_decide_opening(user: Visitor, opening: Opening) -> bool:
    """Another gatekeeper than the one who asked; the twin of `OpeningQuerySet.decidable_by`."""
    return is_gatekeeper(user) and opening.state == lifecycle.ASKED and opening.asked_by_id != user.pk


def may_read_identity(user: Visitor, opening: Opening, *, today: date) -> bool:
    """The gatekeeper who asked, once, while the grant lasts; the twin of `OpeningQuerySet.readable_by`."""
    is_granted = opening.state == lifecycle.GRANTED and not opening.has_run_out(today)
    return is_gatekeeper(user) and is_granted and opening.asked_by_id == user.pk


def may_ask_by_name(user: Visitor) -> bool:
    return bool(asking_organisations(user))


def may_follow(user: Visitor, asker: NamedAsker) -> bool:
    """Who belongs to the organisation now, whoever of it asked; the twin of `NamedAskerQuerySet.followed_by`."""
    return any(each.pk == asker.organisation_id for each in asking_organisations(user))


def may_reveal(user: Visitor, asker: NamedAsker) -> bool:
    """Who may read the words may see whose they are; the twin of `NamedAskerQuerySet.known_to`."""
    return may_read(user, asker.inquiry)


def _is_sealed(inquiry: Inquiry) -> bool:
    identity = getattr(inquiry, "identity", None)
    return inquiry.mode == lifecycle.CONFIDENTIAL and identity is not None and identity.sealed_words is not None


# --- answers for everybody ------------------------------------------------------------------------------------------


def may_see_publications(user: Visitor) -> bool:
    return has_role(user, *PUBLICATION_ROLES)


WRITER_ROLES = (Role.CASE_OFFICER, Role.TRIAGE, Role.SUPERVISOR, Role.EDITOR)
APPROVER_ROLES = (Role.APPROVER, Role.SUPERVISOR)


def agencies_to_publish_for(user: Visitor, inquiry: Inquiry) -> list[Organisation]:
    """The agencies in whose name the user may draft an answer for everybody from an inquiry that has been answered; mostly none."""
    if inquiry.state not in (lifecycle.ANSWERED, lifecycle.CLOSED) or not may_work(user, inquiry):
        return []
    return [held.organisation for held in memberships(user) if held.role in WRITER_ROLES]


def may_edit_publication(user: Visitor, publication: Publication) -> bool:
    """Who works for the agency in whose name it speaks."""
    return publication.state != lifecycle.WITHDRAWN and has_role(user, *WRITER_ROLES, organisation=publication.agency)


def may_approve_publication(user: Visitor, publication: Publication, *, move: str = "approve") -> bool:
    """An approver or supervisor of the agency who has written none of the words that are not out yet."""
    if publication.state not in lifecycle.PUBLICATION_MOVES[move] or not isinstance(user, User):
        return False
    if not has_role(user, *APPROVER_ROLES, organisation=publication.agency):
        return False
    return not publication.revisions.filter(number__gt=publication.published_revision or 0, by=user).exists()


def may_withdraw_publication(user: Visitor, publication: Publication) -> bool:
    return publication.is_out and has_role(user, *APPROVER_ROLES, organisation=publication.agency)
