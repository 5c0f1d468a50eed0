"""Who may do what with an advisory; each predicate has its twin among the querysets or in the lifecycle."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from advisories import lifecycle
from advisories.disclosure import may_be_relayed
from advisories.models import Advisory, Candidate, Source
from advisories.querysets import KEEPER_ROLES, LIST_ROLES
from organisations.models import Kind, Organisation, Role, User
from organisations.permissions import Visitor, has_role, is_official, memberships

DESK_ROLES = (Role.EDITOR, Role.APPROVER)
WATCHING_ROLES = (*DESK_ROLES, Role.SUPERVISOR, Role.ADMINISTRATOR)
SUBSCRIBER_ROLES = (Role.OFFICER, Role.SIGNATORY, Role.ENTRY_EDITOR)


def may_read(user: Visitor, advisory: Advisory, *, today: date) -> bool:
    """Whether it is out and its label reaches the user; the twin of `AdvisoryQuerySet.visible_to`."""
    return Advisory.objects.visible_to(user, today=today).filter(pk=advisory.pk).exists()


def may_see_desk(user: Visitor) -> bool:
    return is_official(user)


def may_draft(user: Visitor) -> bool:
    return has_role(user, Role.EDITOR)


def agencies_to_draft_for(user: Visitor) -> list[Organisation]:
    return [held.organisation for held in memberships(user) if held.role == Role.EDITOR]


def may_edit(user: Visitor, advisory: Advisory) -> bool:
    return has_role(user, Role.EDITOR, organisation=advisory.agency) and advisory.state in lifecycle.MOVES["revise"]


def may_submit(user: Visitor, advisory: Advisory) -> bool:
    return has_role(user, Role.EDITOR, organisation=advisory.agency) and advisory.state in lifecycle.MOVES["submit"]


def may_approve(user: Visitor, advisory: Advisory) -> bool:
    """An approver of the agency who has written none of the words and hasn't approved them yet."""
    return (
        advisory.state in lifecycle.MOVES["approve"]
        and has_role(user, Role.APPROVER, organisation=advisory.agency)
        and user.pk not in (advisory.author_id, advisory.revised_by_id)
        and not advisory.approvals.filter(revision=advisory.revision, approver_id=user.pk).exists()
    )


def may_return(user: Visitor, advisory: Advisory) -> bool:
    return has_role(user, Role.APPROVER, organisation=advisory.agency) and advisory.state in lifecycle.MOVES["return"]


def may_publish(user: Visitor, advisory: Advisory) -> bool:
    """An editor or approver of the agency; the approvals have been given by others."""
    return works_for(user, advisory) and advisory.state in lifecycle.MOVES["publish"]


def may_schedule(user: Visitor, advisory: Advisory) -> bool:
    return works_for(user, advisory) and advisory.state in lifecycle.MOVES["schedule"]


def may_hold(user: Visitor, advisory: Advisory) -> bool:
    return works_for(user, advisory) and advisory.state in lifecycle.MOVES["hold"]


def may_withdraw(user: Visitor, advisory: Advisory) -> bool:
    return has_role(user, Role.APPROVER, organisation=advisory.agency) and advisory.state in lifecycle.MOVES["withdraw"]


def may_correct(user: Visitor, advisory: Advisory) -> bool:
    """An editor of the agency begins a correction; others approve it."""
    return has_role(user, Role.EDITOR, organisation=advisory.agency) and advisory.state in lifecycle.MOVES["correct"]


def may_see_stopped(user: Visitor) -> bool:
    """Who watches over delivery: editors and approvers of the focal point."""
    return any(held.organisation.is_focal_point and held.role in (Role.EDITOR, Role.APPROVER) for held in memberships(user))


def may_steer(user: Visitor, advisory: Advisory) -> bool:
    """Decide about its mail under way: an editor or approver of the agency, once it has come out."""
    return works_for(user, advisory) and not advisory.is_unpublished


def may_compare(user: Visitor, advisory: Advisory) -> bool:
    """Whoever edits or approves for the agency: earlier revisions hold what was meant for nobody else."""
    return works_for(user, advisory)


def may_keep_sources(user: Visitor) -> bool:
    """Who says which feeds are read: editors and administrators of the focal point. Its twin is `Source.objects.kept_by`."""
    return any(held.organisation.is_focal_point and held.role in KEEPER_ROLES for held in memberships(user))


def may_see_candidates(user: Visitor) -> bool:
    """Whoever drafts."""
    return may_draft(user)


def may_decide_on(user: Visitor, candidate: Candidate) -> bool:
    """An editor of the agency that answers for the source, or of the focal point; the twin of `Candidate.objects.visible_to`."""
    return may_see_candidates(user) and Source.objects.with_candidates_for(user).filter(pk=candidate.source_id).exists()


def may_see_recipients(user: Visitor) -> bool:
    """Who opens the ledgers of recipients: editors and approvers, each those of their own agency, as `works_for` says."""
    return has_role(user, *DESK_ROLES)


def may_retry(user: Visitor, advisory: Advisory) -> bool:
    """Those who see its recipients, while it stands: nobody gets late what was withdrawn, corrected or is over."""
    return works_for(user, advisory) and advisory.is_current


def may_watch_mail(user: Visitor) -> bool:
    """Who sees how the queue of mail is, and what fails in it: at the focal point, those who write, decide and administer."""
    return any(held.organisation.is_focal_point and held.role in WATCHING_ROLES for held in memberships(user))


def works_for(user: Visitor, advisory: Advisory) -> bool:
    """An editor or approver of its agency."""
    return has_role(user, Role.EDITOR, Role.APPROVER, organisation=advisory.agency)


def may_subscribe_for(user: Visitor, organisation: Organisation) -> bool:
    """Any role in a firm, institute or association; agencies are entered by their administrator."""
    if organisation.kind == Kind.AGENCY:
        return has_role(user, Role.ADMINISTRATOR, organisation=organisation)
    return has_role(user, *SUBSCRIBER_ROLES, organisation=organisation)


def organisations_to_subscribe(user: Visitor) -> list[Organisation]:
    found = {held.organisation_id: held.organisation for held in memberships(user)}
    return [organisation for organisation in found.values() if may_subscribe_for(user, organisation)]


def people_who_subscribe(organisation: Organisation) -> QuerySet[User]:
    """Who acts in this for an organisation; the twin of `may_subscribe_for`."""
    roles = (Role.ADMINISTRATOR,) if organisation.kind == Kind.AGENCY else SUBSCRIBER_ROLES
    held = organisation.memberships.filter(role__in=roles)
    return User.objects.filter(is_active=True, pk__in=held.values("user")).order_by("email")


def organisations_to_respond(user: Visitor) -> list[Organisation]:
    """For whom the user says that an advisory was read: firms, institutes and associations. Agencies write them."""
    return [each for each in organisations_to_subscribe(user) if each.kind != Kind.AGENCY]


def associations_to_relay(user: Visitor) -> list[Organisation]:
    """The associations for which the user passes advisories on."""
    return [each for each in organisations_to_respond(user) if each.kind == Kind.ASSOCIATION]


def may_relay_any(user: Visitor) -> bool:
    return bool(associations_to_relay(user))


def may_relay(organisation: Organisation, advisory: Advisory) -> bool:
    """Associations pass on what its label lets them pass on."""
    return organisation.kind == Kind.ASSOCIATION and may_be_relayed(advisory.tlp)


def may_keep_members(user: Visitor, association: Organisation) -> bool:
    """Its officers and signatories, and no official, also none who is one of these; the twin of `MemberList.objects.kept_by`."""
    return association in associations_with_members(user)


def associations_with_members(user: Visitor) -> list[Organisation]:
    """The associations whose members' addresses the user keeps."""
    if is_official(user):
        return []
    held = {each.organisation_id: each.organisation for each in memberships(user) if each.role in LIST_ROLES}
    return [each for each in held.values() if each.kind == Kind.ASSOCIATION]


def may_keep_any_members(user: Visitor) -> bool:
    return bool(associations_with_members(user))


def may_subscribe(user: Visitor) -> bool:
    return bool(organisations_to_subscribe(user))
