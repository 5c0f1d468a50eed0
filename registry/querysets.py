from __future__ import annotations

import re
import uuid
from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING

from django.contrib.postgres.search import SearchQuery
from django.db import models
from django.db.models import F, Q

from organisations.models import User
from organisations.permissions import Visitor, firms_of
from registry import lifecycle
from registry.disclosure import Audience, Purpose

if TYPE_CHECKING:
    from registry.models import AgreementVersion, Disclosed, Entry, Evidence, Look, LookQuestion, LookToken  # noqa: F401


class EntryQuerySet(models.QuerySet["Entry"]):
    def visible_to(self, user: Visitor) -> EntryQuerySet:
        """The truth of an entry is for its own firm; everybody else reads the projection."""
        return self.filter(organisation__in=firms_of(user))

    def listed(self, today: date) -> EntryQuerySet:
        """Those with an agreement in force, of which an entry has at most one."""
        return self.filter(
            agreement__versions__is_active=True,
            agreement__versions__valid_from__lte=today,
            agreement__versions__valid_until__gte=today,
        )


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

    def in_order(self, order: str) -> DisclosedQuerySet:
        return self.order_by(*ORDERS[order])


class LookQuerySet(models.QuerySet["Look"]):
    def at(self, entry_id: uuid.UUID) -> LookQuerySet:
        """The ledger of one entry, newest first."""
        return self.filter(entry_ids__contains=[entry_id]).order_by("-pk")

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


class LookTokenQuerySet(models.QuerySet["LookToken"]):
    def of(self, user: User) -> LookTokenQuerySet:
        """The user's own, with what they are bound to, the newest first."""
        return (
            self.filter(token__owner=user).select_related("token", "organisation").order_by("-token__made_on", "token__name", "pk")
        )
