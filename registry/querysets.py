from __future__ import annotations

import re
import uuid
from collections.abc import Collection, Mapping
from datetime import date
from typing import TYPE_CHECKING

from django.contrib.postgres.search import SearchQuery
from django.db import models
from django.db.models import CharField, Count, F, Func, Q

from organisations.models import Organisation, User
from organisations.permissions import Visitor, firms_of
from registry import lifecycle
from registry.disclosure import Audience, Purpose

if TYPE_CHECKING:
    from registry.models import (  # noqa: F401
        AgreementVersion,
        Disclosed,
        Entry,
        Evidence,
        Introduction,
        Invited,
        Look,
        LookQuestion,
        Merge,
        Outreach,
        SavedSearch,
    )


class EntryQuerySet(models.QuerySet["Entry"]):
    def visible_to(self, user: Visitor) -> EntryQuerySet:
        """The truth of an entry is for its own firm; everybody else reads the projection."""
        return self.filter(organisation__in=firms_of(user))

    def listed(self, today: date) -> EntryQuerySet:
        """Those that have not lapsed, with an agreement in force, of which an entry has at most one."""
        return self.filter(
            is_current=True,
            agreement__versions__is_active=True,
            agreement__versions__valid_from__lte=today,
            agreement__versions__valid_until__gte=today,
        )

    def seen_and_confirmed_by(self, day: date) -> EntryQuerySet:
        """Those that others see, last confirmed on that day or before: whom the clock of renewals concerns."""
        return self.filter(is_current=True, agreement__versions__is_active=True, confirmed_on__lte=day)


class MergeQuerySet(models.QuerySet["Merge"]):
    def open(self) -> MergeQuerySet:
        return self.filter(state="proposed")

    def read_by_firm(self, user: Visitor) -> MergeQuerySet:
        """What the user may read of which entries are taken for one firm's.

        Each name tells the other firm that there is such an entry; so it is read by those who act for both, and by those who act
        for one of them once a second official has found that both are one. Its twins are in `permissions`.
        """
        mine = firms_of(user)
        loser, survivor = Q(loser__organisation__in=mine), Q(survivor__organisation__in=mine)
        return self.filter((loser & survivor) | (Q(seconded_by__isnull=False) & (loser | survivor)))

    def with_firms(self) -> MergeQuerySet:
        return self.select_related("loser__organisation", "survivor__organisation", "proposed_by", "seconded_by")


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def in_force(self) -> EvidenceQuerySet:
        """The latest row of each field of each entry."""
        return self.order_by("entry", "field", "-pk").distinct("entry", "field")

    def confirmations(self) -> EvidenceQuerySet:
        """What officials confirmed, newest first, also where it holds no more."""
        return self.exclude(level="said").order_by("-pk")


class AgreementVersionQuerySet(models.QuerySet["AgreementVersion"]):
    def visible_to(self, user: Visitor) -> AgreementVersionQuerySet:
        return self.filter(agreement__entry__organisation__in=firms_of(user))

    def in_force(self, today: date) -> AgreementVersionQuerySet:
        return self.filter(is_active=True, valid_from__lte=today, valid_until__gte=today)

    def pending(self) -> AgreementVersionQuerySet:
        return self.filter(state__in=lifecycle.PENDING_STATES)

    def standing(self) -> AgreementVersionQuerySet:
        """Countersigned and not over: in force or suspended."""
        return self.filter(state__in=lifecycle.STANDING_STATES)

    def on_desk(self) -> AgreementVersionQuerySet:
        """What the focal point may read: what a firm has sent or signed, and its own proposals. A draft is the firm's alone."""
        return self.filter(Q(signed_at__isnull=False) | Q(sent_at__isnull=False) | Q(side="focal-point"))

    def waiting_for_desk(self) -> AgreementVersionQuerySet:
        """Signed by the firm, or sent by it to be talked over."""
        return self.filter(Q(state=lifecycle.SIGNED) | Q(state=lifecycle.OFFERED, sent_at__isnull=False))

    def waiting_to_countersign(self) -> AgreementVersionQuerySet:
        return self.filter(state=lifecycle.SIGNED)

    def with_firm(self) -> AgreementVersionQuerySet:
        return self.select_related("agreement__entry__organisation", "signed_by", "countersigned_by")


# Orders that may be asked for; each ends in the reference, which is unique in a cell.
ORDERS = {
    "legal_name": (F("legal_name").asc(nulls_last=True), F("ref").asc()),
    "-legal_name": (F("legal_name").desc(nulls_last=True), F("ref").asc()),
    "region": (F("region").asc(nulls_last=True), F("legal_name").asc(nulls_last=True), F("ref").asc()),
    "-readiness": (F("readiness").desc(nulls_last=True), F("legal_name").asc(nulls_last=True), F("ref").asc()),
}


class DisclosedQuerySet(models.QuerySet["Disclosed"]):
    def cell(self, audience: Audience, purpose: Purpose, *, today: date) -> DisclosedQuerySet:
        """What one audience may see for one purpose, under agreements still in force."""
        return self.filter(audience=audience, purpose=purpose, valid_from__lte=today, valid_until__gte=today)

    def with_keys(self, keys: Collection[str]) -> DisclosedQuerySet:
        """With all of these keys, which the projection makes of what the cell shows; a code brings the keys of those it lies in."""
        return self.filter(keys__contains=sorted(keys)) if keys else self

    def at_least_ready(self, level: int) -> DisclosedQuerySet:
        return self.filter(readiness__gte=level)

    def matching(self, words: str) -> DisclosedQuerySet:
        """With every word, or one that begins with it, in a name, the products, partners or certifications."""
        stems = [f"{word}:*" for word in re.findall(r"\w+", words)]
        if not stems:
            return self.none()
        return self.filter(search=SearchQuery(" & ".join(stems), config="english", search_type="raw"))

    def known_by(self, wanted: Mapping[str, Collection[str]]) -> DisclosedQuerySet:
        """Those that show one of the values wanted of a field."""
        known = Q()
        for name, values in wanted.items():
            known |= Q(**{f"{name}__in": values}) if values else Q()
        return self.filter(known) if known else self.none()

    def in_order(self, order: str) -> DisclosedQuerySet:
        return self.order_by(*ORDERS[order])

    def counts(self) -> dict[str, int]:
        """How many rows have each key, in one query however many rows there are: the facets of whatever was asked for."""
        key = Func(F("keys"), function="unnest", output_field=CharField(), set_returning=True)
        return dict(self.order_by().values_list(key).annotate(Count("pk")))


class SavedSearchQuerySet(models.QuerySet["SavedSearch"]):
    def of(self, owner: User, *, audience: Audience, organisation: Organisation | None) -> SavedSearchQuerySet:
        """The person's own, in the capacity in which they were saved."""
        return self.filter(owner=owner, audience=audience, organisation=organisation).order_by("name", "pk")


class LookQuerySet(models.QuerySet["Look"]):
    def at(self, entry_id: uuid.UUID) -> LookQuerySet:
        """The ledger of one entry, newest first."""
        return self.filter(entry_ids__contains=[entry_id]).order_by("-pk")

    def at_any(self, entry_ids: Collection[uuid.UUID]) -> LookQuerySet:
        """The ledger of several entries together, newest first."""
        return self.filter(entry_ids__overlap=list(entry_ids)).order_by("-pk")

    def exports(self) -> LookQuerySet:
        """The lines of exports; those of one have its number as their batch and stand together."""
        return self.filter(kind="export").order_by("batch", "pk")

    def chosen(
        self, *, institution: str = "", purpose: str = "", kind: str = "", since: date | None = None, until: date | None = None
    ) -> LookQuerySet:
        """Those of an institution with these words in its name, for a purpose, of a kind, between two days; all where empty."""
        asked = {"institution__icontains": institution, "purpose": purpose, "kind": kind, "on__gte": since, "on__lte": until}
        return self.filter(**{name: value for name, value in asked.items() if value})


class LookQuestionQuerySet(models.QuerySet["LookQuestion"]):
    def visible_to(self, user: Visitor) -> LookQuestionQuerySet:
        return self.filter(entry__organisation__in=firms_of(user))

    def waiting(self) -> LookQuestionQuerySet:
        return self.filter(answered_at=None)

    def with_look(self) -> LookQuestionQuerySet:
        return self.select_related("look", "entry__organisation")


class OutreachQuerySet(models.QuerySet["Outreach"]):
    def of_agencies(self, agencies: Collection[Organisation]) -> OutreachQuerySet:
        return self.filter(agency__in=agencies).select_related("agency", "written_by", "approved_by")


class InvitedQuerySet(models.QuerySet["Invited"]):
    def visible_to(self, user: Visitor) -> InvitedQuerySet:
        """What the firm itself reads."""
        return self.filter(entry__organisation__in=firms_of(user))

    def answered(self) -> InvitedQuerySet:
        """Those with a thread, the ones that wait for the agency first, then the latest."""
        return self.filter(last_at__isnull=False).order_by(F("last_side").desc(), F("last_at").desc(), "pk")


class IntroductionQuerySet(models.QuerySet["Introduction"]):
    def visible_to(self, user: Visitor) -> IntroductionQuerySet:
        return self._of(firms_of(user))

    def of(self, firm: Organisation) -> IntroductionQuerySet:
        return self._of([firm])

    def _of(self, firms: Collection[Organisation]) -> IntroductionQuerySet:
        mine = Q(asker__organisation__in=firms) | Q(asked__organisation__in=firms)
        return self.filter(mine).select_related("asker__organisation", "asked__organisation")
