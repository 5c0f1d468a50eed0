from __future__ import annotations

from datetime import date

from inquiries import lifecycle
from inquiries.models import Consultation, ExpertRequest, Inquiry, NamedAsker, Opening, ProposedAnswer, Publication, SavedFilter
from inquiries.querysets import (
    APPROVER_ROLES,
    APPROVING_ROLES,
    PUBLICATION_ROLES,
    READER_ROLES,
    SETTLING_ROLES,
    UNANSWERED,
    WORKING_ROLES,
    agencies_with,
    asking_organisations,
    is_auditor,
    is_fetched,
    is_gatekeeper,
    reading_agencies,
    supervised_agencies,
)
from organisations.models import Organisation, Role, User
from organisations.permissions import Visitor, has_role, memberships


def may_read(user: Visitor, inquiry: Inquiry) -> bool:
    """The twin of `InquiryQuerySet.visible_to`."""
    agencies = reading_agencies(user)
    if any(agency.is_focal_point for agency in agencies):
        return True
    if is_fetched(inquiry, "reader_keys"):
        held = {agency.pk for agency in agencies}
        return any(key.agency_id in held for key in inquiry.reader_keys.all())
    return bool(agencies) and inquiry.reader_keys.filter(agency__in=agencies).exists()


def may_see_queues(user: Visitor) -> bool:
    return has_role(user, *READER_ROLES)


def may_work_on_some(user: Visitor) -> bool:
    """Who works on inquiries at all, and so may choose several of a queue; on which ones, `may_work` says of each."""
    return has_role(user, *WORKING_ROLES)


def may_change_filter(user: Visitor, saved: SavedFilter) -> bool:
    """The twin of `SavedFilterQuerySet.owned_by`."""
    return saved.owner_id == user.pk


def may_route(user: Visitor, inquiry: Inquiry) -> bool:
    """The focal point's desk routes; an agency that got a case works on it."""
    return may_work(user, inquiry) and any(held.organisation.is_focal_point for held in memberships(user))


def may_keep_keys(user: Visitor) -> bool:
    """An administrator of the focal point, who sees how many case keys there are and opens none."""
    return _is_administrator(user)


def may_keep_calendar(user: Visitor) -> bool:
    """An administrator of the focal point, who says when the office is closed and how soon it answers."""
    return _is_administrator(user)


def may_see_figures(user: Visitor) -> bool:
    """The twin of `InquiryQuerySet.supervised_by`."""
    return bool(supervised_agencies(user))


def may_extend(user: Visitor, inquiry: Inquiry, *, extensions: int) -> bool:
    """Who works on it may put off an answer once; after that only a supervisor of its agency or of the focal point may."""
    if not may_work(user, inquiry):
        return False
    return extensions == 0 or any(agency.is_focal_point or agency.pk == inquiry.agency_id for agency in supervised_agencies(user))


def may_see_rules(user: Visitor) -> bool:
    """Who may read by which rules inquiries find their agency: those who change them, and auditors of the focal point."""
    roles = (Role.ADMINISTRATOR, Role.AUDITOR)
    return any(held.role in roles and held.organisation.is_focal_point for held in memberships(user))


def may_change_rules(user: Visitor) -> bool:
    """An administrator of the focal point; the rules are all that such a one has to do with inquiries."""
    return _is_administrator(user)


def _is_administrator(user: Visitor) -> bool:
    return any(held.role == Role.ADMINISTRATOR and held.organisation.is_focal_point for held in memberships(user))


def may_work(user: Visitor, inquiry: Inquiry) -> bool:
    """Who may take, answer, ask back or close: a case officer, triage officer or supervisor of the focal point or the agency that
    has it. An agency that is only consulted reads it and gives its view. The twin of `InquiryQuerySet.workable_by`.
    """
    return may_read(user, inquiry) and _is_on_it(inquiry, agencies_with(user, WORKING_ROLES))


def _is_on_it(inquiry: Inquiry, agencies: list[Organisation]) -> bool:
    return any(agency.is_focal_point or agency.pk == inquiry.agency_id for agency in agencies)


def has_case(inquiry: Inquiry, agencies: list[Organisation]) -> bool:
    """Whether one of `agencies` has the inquiry: it was routed there, or to nobody and is the focal point's."""
    return any(agency.pk == inquiry.agency_id or (inquiry.agency_id is None and agency.is_focal_point) for agency in agencies)


# --- consulting -----------------------------------------------------------------------------------------------------


def may_handle(user: Visitor, inquiry: Inquiry) -> bool:
    """Who reads what the office says among itself about a case; the twin of `InquiryQuerySet.handled_by`."""
    return may_read(user, inquiry) and _is_on_it(inquiry, reading_agencies(user))


def may_see_consultation(user: Visitor, consultation: Consultation) -> bool:
    """The twin of `ConsultationQuerySet.visible_to`."""
    inquiry = consultation.inquiry
    if may_handle(user, inquiry):
        return True
    return may_read(user, inquiry) and any(agency.pk == consultation.agency_id for agency in reading_agencies(user))


def may_give_view(user: Visitor, consultation: Consultation) -> bool:
    """Who works for the consulted agency; the twin of `ConsultationQuerySet.to_answer_by`."""
    working = agencies_with(user, WORKING_ROLES)
    return consultation.state == lifecycle.ASKED and any(agency.pk == consultation.agency_id for agency in working)


def may_settle(user: Visitor, inquiry: Inquiry) -> bool:
    """A supervisor or approver of the agency that has the case, while an objection stands; the twin of `to_settle_by`."""
    if inquiry.state not in UNANSWERED or not may_read(user, inquiry):
        return False
    return has_case(inquiry, agencies_with(user, SETTLING_ROLES)) and inquiry.consultations.objecting().exists()


def may_see_expert_request(user: Visitor, asked: ExpertRequest) -> bool:
    """The twin of `ExpertRequestQuerySet.visible_to`."""
    return may_handle(user, asked.inquiry)


# --- answers that a second official approves ------------------------------------------------------------------------


def may_see_proposal(user: Visitor, proposed: ProposedAnswer) -> bool:
    """The twin of `ProposedAnswerQuerySet.visible_to`."""
    return may_handle(user, proposed.inquiry)


def may_approve_answer(user: Visitor, proposed: ProposedAnswer) -> bool:
    """A case officer, approver or supervisor of the agency that has the case, who has written no revision of this answer, while it
    waits and nothing has been said since. The twin of `InquiryQuerySet.to_approve_by` and `ProposedAnswerQuerySet.to_approve_by`.
    """
    inquiry = proposed.inquiry
    if not isinstance(user, User) or not has_case(inquiry, agencies_with(user, APPROVING_ROLES)):
        return False
    if proposed.state != lifecycle.PROPOSED or inquiry.state not in lifecycle.MOVES["answer"]:
        return False
    if inquiry.messages.filter(position__gt=proposed.after).exists():
        return False
    return not inquiry.proposals.filter(round=proposed.round, author=user).exists()


def may_take_out(user: Visitor, inquiry: Inquiry) -> bool:
    """Who may take a passage out for good, or show again what was hidden: a supervisor of an agency that may read the inquiry."""
    return may_work(user, inquiry) and has_role(user, Role.SUPERVISOR)


# --- who asks -------------------------------------------------------------------------------------------------------


def may_keep_the_gate(user: Visitor) -> bool:
    """A gatekeeper of the focal point. The role reads no cases; who has a reader's role as well reads them as such."""
    return is_gatekeeper(user)


def may_ask_to_open(user: Visitor, inquiry: Inquiry, *, today: date) -> bool:
    """The twin of `IdentityQuerySet.openable_by`."""
    return _keeps_gate_of(user, inquiry) and _is_sealed(inquiry) and not inquiry.openings.under_way(today).exists()


def may_decide_opening(user: Visitor, opening: Opening) -> bool:
    """Another gatekeeper than the one who asked; the twin of `OpeningQuerySet.decidable_by`."""
    is_other = opening.state == lifecycle.ASKED and opening.asked_by_id != user.pk
    return is_other and _keeps_gate_of(user, opening.inquiry)


def may_read_identity(user: Visitor, opening: Opening, *, today: date) -> bool:
    """The gatekeeper who asked, once, while the grant lasts; the twin of `OpeningQuerySet.readable_by`."""
    is_granted = opening.state == lifecycle.GRANTED and not opening.has_run_out(today)
    return is_granted and opening.asked_by_id == user.pk and _keeps_gate_of(user, opening.inquiry)


def may_audit_openings(user: Visitor) -> bool:
    """An auditor of the focal point; the twin of `OpeningQuerySet.audited_by`."""
    return is_auditor(user)


def may_ask_by_name(user: Visitor) -> bool:
    return bool(asking_organisations(user))


def may_follow(user: Visitor, asker: NamedAsker) -> bool:
    """Who belongs to the organisation now, whoever of it asked; the twin of `NamedAskerQuerySet.followed_by`."""
    return any(each.pk == asker.organisation_id for each in asking_organisations(user))


def may_reveal(user: Visitor, asker: NamedAsker) -> bool:
    """Who may read the words may see whose they are; the twin of `NamedAskerQuerySet.known_to`."""
    return may_read(user, asker.inquiry)


def _keeps_gate_of(user: Visitor, inquiry: Inquiry) -> bool:
    """A gatekeeper who has had no hand in the case: askers are promised that those who answer don't learn who they are."""
    if not is_gatekeeper(user):
        return False
    return not inquiry.events.filter(official=user.pk).exclude(kind__startswith=lifecycle.BY_GATE).exists()


def _is_sealed(inquiry: Inquiry) -> bool:
    identity = getattr(inquiry, "identity", None)
    return inquiry.mode == lifecycle.CONFIDENTIAL and identity is not None and identity.sealed_words is not None


# --- answers for everybody ------------------------------------------------------------------------------------------


def may_see_publications(user: Visitor) -> bool:
    return has_role(user, *PUBLICATION_ROLES)


WRITER_ROLES = (Role.CASE_OFFICER, Role.TRIAGE, Role.SUPERVISOR, Role.EDITOR)


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


def publication_moves(user: Visitor, publication: Publication) -> set[str]:
    """The moves that the state of an answer for everybody allows and this person may make."""
    allowed = {move for move, table in lifecycle.PUBLICATION_MOVES.items() if publication.state in table}
    mine = {"revise", "submit"} if may_edit_publication(user, publication) else set()
    mine |= {"approve"} if may_approve_publication(user, publication) else set()
    mine |= {"return"} if may_approve_publication(user, publication, move="return") else set()
    mine |= {"withdraw"} if may_withdraw_publication(user, publication) else set()
    moves = allowed & mine
    return moves | {"discard"} if "revise" in moves and publication.published_revision is None else moves


# --- reusable replies -----------------------------------------------------------------------------------------------


def may_use_replies(user: Visitor) -> bool:
    return has_role(user, *PUBLICATION_ROLES)


def may_edit_reply(user: Visitor, agency: Organisation | None) -> bool:
    """Who writes for the agency; the replies that all share are for a supervisor or editor of the focal point."""
    if agency is not None:
        return has_role(user, *WRITER_ROLES, organisation=agency)
    return any(held.organisation.is_focal_point and held.role in (Role.SUPERVISOR, Role.EDITOR) for held in memberships(user))
