"""Who may do what in the registry, and in which capacity a visitor looks at it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from organisations.models import Function, Kind, Organisation, Role
from organisations.permissions import Visitor, firms_of, has_role, may_found, memberships
from registry.disclosure import OFFICIAL_AUDIENCES, Audience, Purpose
from registry.models import (
    PARTNER_AUDIENCES,
    AgreementVersion,
    Delay,
    DelayState,
    Entry,
    LookQuestion,
    LookToken,
    Merge,
    Outreach,
    PartnerOpening,
)

# Auditors read trails and no content, administrators configure, gatekeepers open identities: none of them looks here.
LOOKING_ROLES = frozenset({Role.TRIAGE, Role.CASE_OFFICER, Role.EDITOR, Role.APPROVER, Role.SUPERVISOR})
COUNTERSIGNING_ROLES = frozenset({Role.APPROVER, Role.CASE_OFFICER})

AUDIENCE_OF_FUNCTION = {
    Function.LICENSING: Audience.LICENSING,
    Function.INVESTMENT_SCREENING: Audience.INVESTMENT_SCREENING,
    Function.POLICY: Audience.POLICY,
    Function.THREAT_MONITORING: Audience.THREAT_MONITORING,
}


def may_open_entry(user: Visitor) -> bool:
    """Whether the user acts for a firm or institute at all."""
    return bool(firms_of(user))


def may_edit_some_entry(user: Visitor) -> bool:
    """Whether the user is an editor at all; of which firm, `may_edit_entry` says."""
    return has_role(user, Role.ENTRY_EDITOR)


def may_edit_entry(user: Visitor, organisation: Organisation) -> bool:
    return has_role(user, Role.ENTRY_EDITOR, organisation=organisation)


def may_propose(user: Visitor, organisation: Organisation) -> bool:
    return has_role(user, Role.ENTRY_EDITOR, Role.SIGNATORY, organisation=organisation)


def may_sign(user: Visitor, organisation: Organisation) -> bool:
    """Who binds the firm: signs its agreement, and withdraws it."""
    return has_role(user, Role.SIGNATORY, organisation=organisation)


def may_sign_any(user: Visitor) -> bool:
    """Whether the user binds a firm or institute at all."""
    return any(may_sign(user, firm) for firm in firms_of(user))


def may_countersign_any(user: Visitor) -> bool:
    return any(held.organisation.is_focal_point and held.role in COUNTERSIGNING_ROLES for held in memberships(user))


def may_countersign(user: Visitor, version: AgreementVersion) -> bool:
    """An official of the focal point who does not act for the firm as well."""
    return may_countersign_any(user) and version.agreement.entry.organisation not in firms_of(user)


def may_confirm(user: Visitor, firm: Organisation) -> bool:
    """Who sets the evidence of a field: an official of the focal point who may sign for it and does not act for the firm."""
    return may_countersign_any(user) and firm not in firms_of(user)


def may_answer_looks(user: Visitor, question: LookQuestion) -> bool:
    """An official of the focal point who does not act for the firm that asks."""
    return may_countersign_any(user) and question.entry.organisation not in firms_of(user)


def may_agree_to_merge(user: Visitor, merge: Merge) -> bool:
    """A signatory of the entry that stays, who binds the other firm as well unless a second official found that both are one."""
    loser, survivor = merge.loser.organisation, merge.survivor.organisation
    return may_sign(user, survivor) and (may_sign(user, loser) or merge.seconded_by_id is not None)


def may_decline_merge(user: Visitor, merge: Merge) -> bool:
    """A signatory of both, or of either once they may read of it (`MergeQuerySet.read_by_firm`)."""
    bound = [may_sign(user, entry.organisation) for entry in (merge.loser, merge.survivor)]
    return all(bound) or (merge.seconded_by_id is not None and any(bound))


def may_import(user: Visitor) -> bool:
    """Who holds an official register against the entries: an administrator of the focal point, who sees counts and no entry."""
    return any(held.organisation.is_focal_point and held.role == Role.ADMINISTRATOR for held in memberships(user))


def may_open_to_partners(user: Visitor) -> bool:
    """Who opens the registry to partners and closes it again: an administrator of the focal point, who looks at no entry."""
    return may_found(user)


def may_invite(user: Visitor, association: Organisation) -> bool:
    """Who has firms invited in the name of an association: an officer of it."""
    return association.kind == Kind.ASSOCIATION and has_role(user, Role.OFFICER, organisation=association)


def may_invite_any(user: Visitor) -> bool:
    return any(may_invite(user, held.organisation) for held in memberships(user))


def outreach_capacities(user: Visitor) -> list[Capacity]:
    """In which capacities the user writes to firms in an agency's name: as an official who looks, of one that has outreach."""
    return [
        capacity
        for capacity in official_capacities(user)
        if capacity.organisation and Function.OUTREACH in capacity.organisation.functions
    ]


def may_reach_out(user: Visitor) -> bool:
    return bool(outreach_capacities(user))


def may_suggest_any(user: Visitor) -> bool:
    """Who brings firms together: an official who writes in the focal point's name and looks as it."""
    return any(held.audience == Audience.FOCAL_POINT for held in outreach_capacities(user))


def may_suggest(user: Visitor, agency: Organisation) -> bool:
    return Capacity(Audience.FOCAL_POINT, agency) in outreach_capacities(user)


def suits_suggesting(capacity: Capacity, purposes: Collection[Purpose]) -> bool:
    """Whether one who looks so sees the cell whose entries are brought together."""
    return capacity.audience == Audience.FOCAL_POINT and Purpose.MATCHMAKING in purposes


def may_send_outreach(user: Visitor, outreach: Outreach) -> bool:
    """Who changes or sends an invitation, or writes in its threads: an official who writes for the agency to that audience."""
    return any((held.organisation, held.audience) == (outreach.agency, outreach.audience) for held in outreach_capacities(user))


def may_approve_outreach(user: Visitor, outreach: Outreach) -> bool:
    """A second official who may send it."""
    return outreach.written_by_id != user.pk and may_send_outreach(user, outreach)


def may_search_as_official(user: Visitor) -> bool:
    return any(capacity.is_official for capacity in _official_capacities(user))


def may_see_coverage(user: Visitor) -> bool:
    """Who sees how many entries allow statistics: the audience that they allow it."""
    return any(capacity.audience == Audience.FOCAL_POINT for capacity in _official_capacities(user))


@dataclass(frozen=True)
class Capacity:
    """As whom a visitor looks: an audience, and the institution that the ledger will name; the public has none."""

    audience: Audience
    organisation: Organisation | None = None

    @property
    def is_official(self) -> bool:
        return self.audience in OFFICIAL_AUDIENCES

    @property
    def says_why(self) -> bool:
        """Whether every look needs a reason, which the firms read: of officials, here and of partners."""
        return self.is_official or self.audience in PARTNER_AUDIENCES


PUBLIC = Capacity(Audience.PUBLIC)


def capacities(user: Visitor, *, today: date) -> list[Capacity]:
    """Return every capacity in which the visitor may look, the most particular first; the public's is always the last."""
    found = _official_capacities(user)
    found += [
        Capacity(Audience.ASSOCIATIONS, held.organisation)
        for held in memberships(user)
        if held.organisation.kind == Kind.ASSOCIATION and held.role in (Role.OFFICER, Role.SIGNATORY)
    ]
    found += _partner_capacities(user, today=today)
    firms = firms_of(user)
    if firms:
        listed = set(Entry.objects.listed(today).filter(organisation__in=firms).values_list("organisation", flat=True))
        found += [Capacity(Audience.LISTED_FIRMS, firm) for firm in firms if firm.pk in listed]
    return [*dict.fromkeys(found), PUBLIC]


def _partner_capacities(user: Visitor, *, today: date) -> list[Capacity]:
    """As whom officers of partners look, where an administrator of the focal point has opened the registry to them."""
    theirs = {held.organisation.pk: held.organisation for held in memberships(user) if held.role == Role.PARTNER_OFFICER}
    partners = {pk: partner for pk, partner in theirs.items() if partner.kind == Kind.PARTNER}
    if not partners:
        return []
    opened = PartnerOpening.objects.in_force(today).filter(organisation__in=list(partners)).order_by("opened_on", "pk")
    return [Capacity(Audience(audience), partners[pk]) for pk, audience in opened.values_list("organisation", "audience")]


def named_capacities(user: Visitor, *, today: date) -> list[Capacity]:
    """Every capacity but the public's: those in which the ledger names an institution."""
    return [capacity for capacity in capacities(user, today=today) if capacity != PUBLIC]


def capacity_of(bound: LookToken, user: Visitor, *, today: date) -> Capacity | None:
    """The capacity to which a token of the user's is bound; None where the user does not look so any more."""
    held = Capacity(Audience(bound.audience), bound.organisation)
    return held if held in capacities(user, today=today) else None


def official_capacities(user: Visitor) -> list[Capacity]:
    return list(dict.fromkeys(_official_capacities(user)))


def _official_capacities(user: Visitor) -> list[Capacity]:
    return [
        Capacity(audience, held.organisation)
        for held in memberships(user)
        if held.organisation.kind == Kind.AGENCY and held.role in LOOKING_ROLES
        for audience in _audiences(held.organisation)
    ]


def _audiences(agency: Organisation) -> list[Audience]:
    """The audiences that an agency's functions make it; outreach is an audience at the focal point alone."""
    focal_point = [Audience.FOCAL_POINT] if agency.is_focal_point and Function.OUTREACH in agency.functions else []
    return focal_point + [audience for function, audience in AUDIENCE_OF_FUNCTION.items() if function in agency.functions]


def may_ask_delay(user: Visitor) -> bool:
    """Who may ask that a look be told later: an official of the focal point who may look at all."""
    return bool(delaying_capacities(user))


def delaying_capacities(user: Visitor) -> list[Capacity]:
    return [held for held in official_capacities(user) if held.organisation and held.organisation.is_focal_point]


def may_decide_delays(user: Visitor) -> bool:
    return any(held.organisation.is_focal_point and held.role == Role.APPROVER for held in memberships(user))


def may_decide_delay(user: Visitor, delay: Delay) -> bool:
    """An approver of the focal point who is not the one who asks."""
    return may_decide_delays(user) and user.pk != delay.asked_by_id


def may_read_delays(user: Visitor) -> bool:
    """The officials who ask for them and decide on them, and the auditor."""
    return may_ask_delay(user) or any(held.organisation.is_focal_point and held.role == Role.AUDITOR for held in memberships(user))


def may_use_delay(user: Visitor, delay: Delay, *, capacity: Capacity, purpose: Purpose, today: date) -> bool:
    """Whoever asked for it, once it is approved and until its last day, as the audience and for the purpose that it names."""
    is_theirs = delay.asked_by_id == user.pk and capacity in delaying_capacities(user)
    names_this = (delay.audience, delay.purpose) == (capacity.audience, purpose)
    return is_theirs and names_this and delay.state == DelayState.APPROVED and today <= delay.until
