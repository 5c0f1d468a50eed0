from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from advisories import lifecycle
from advisories.disclosure import LABELS, Reader, labels_for, may_be_relayed
from organisations.models import Role, User
from organisations.permissions import Visitor, is_official, memberships

if TYPE_CHECKING:
    from advisories.models import Advisory, Mandate, Subscription  # noqa: F401

AMBER_LABELS = labels_for(Reader.CONCERNED) - labels_for(Reader.COMMUNITY)
DESK_ROLES = (Role.EDITOR, Role.APPROVER)


class ConcernQuerySet(models.QuerySet[Any]):
    """What says that an organisation is concerned by segments: a subscription or a mandate; without segments, by all."""

    holder = "organisation"

    def concerned_by(self, advisory: Advisory) -> ConcernQuerySet:
        """Those for the advisory's segments, with all twigs of a branch; an advisory that names no segment concerns all."""
        segments = list(advisory.segments.values_list("pk", "parent_id"))
        if not segments:
            return self
        near = {pk for pk, _parent in segments} | {parent for _pk, parent in segments if parent}
        mine = self.model.segments.through.objects.filter(**{self._own: OuterRef("pk")})
        close = Q(segment__in=near) | Q(segment__parent__in=[pk for pk, _parent in segments])
        return self.filter(Exists(mine.filter(close)) | ~Exists(mine))

    def concerning(self, organisations: list[Any]) -> Q:
        """What an advisory must satisfy to concern one of `organisations` by one of these."""
        mine = self.filter(**{f"{self.holder}__in": organisations})
        chosen = self.model.segments.through.objects.filter(**{f"{self._own}__in": mine})
        their = apps.get_model("advisories", "Advisory").segments.through.objects.filter(advisory=OuterRef("pk"))
        near = Q(segment__in=chosen.values("segment")) | Q(segment__in=chosen.values("segment__parent"))
        near |= Q(segment__parent__in=chosen.values("segment"))
        everything = mine.exclude(Exists(self.model.segments.through.objects.filter(**{self._own: OuterRef("pk")})))
        return Exists(everything) | (Exists(mine) & (~Exists(their) | Exists(their.filter(near))))

    @property
    def _own(self) -> str:
        return self.model.__name__.lower()


class SubscriptionQuerySet(ConcernQuerySet):
    def active(self) -> SubscriptionQuerySet:
        return self.filter(is_active=True)


class MandateQuerySet(ConcernQuerySet):
    holder = "association"

    def in_force(self, today: date) -> MandateQuerySet:
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=today), valid_from__lte=today)

    def to_relay(self) -> MandateQuerySet:
        return self.filter(kind="relay")


class AdvisoryQuerySet(models.QuerySet["Advisory"]):
    def visible_to(self, user: Visitor, *, today: date) -> AdvisoryQuerySet:
        """What is out and within the reader's reach by TLP. What is not out yet is never among it."""
        out = self.exclude(state__in=lifecycle.UNPUBLISHED)
        if is_official(user):
            return out
        organisations = [held.organisation_id for held in memberships(user)]
        if not organisations:
            return out.filter(tlp__in=labels_for(Reader.STRANGER))
        return out.filter(Q(tlp__in=labels_for(Reader.COMMUNITY)) | Q(_concerns(organisations, today), tlp__in=AMBER_LABELS))

    def drafts_visible_to(self, user: Visitor) -> AdvisoryQuerySet:
        """What is not out yet, for the editors and approvers of the agency that writes it."""
        agencies = [held.organisation_id for held in memberships(user) if held.role in DESK_ROLES]
        return self.filter(state__in=lifecycle.UNPUBLISHED, agency__in=agencies)

    def for_desk(self, user: Visitor) -> AdvisoryQuerySet:
        """All that an official may see: what is out, and the drafts of the agency for which the official edits or approves."""
        if not is_official(user):
            return self.none()
        drafts = self.drafts_visible_to(user).values("pk")
        return self.filter(Q(pk__in=drafts) | ~Q(state__in=lifecycle.UNPUBLISHED))

    def waiting_for(self, user: Visitor) -> AdvisoryQuerySet:
        """What this person, as an approver, could approve now."""
        if not isinstance(user, User):
            return self.none()
        agencies = [held.organisation_id for held in memberships(user) if held.role == Role.APPROVER]
        approvals = apps.get_model("advisories", "Approval").objects.filter(
            advisory=OuterRef("pk"), revision=OuterRef("revision"), approver=user
        )
        waiting = self.filter(state=lifecycle.IN_REVIEW, agency__in=agencies)
        return waiting.exclude(author=user).exclude(revised_by=user).exclude(Exists(approvals))

    def published_since(self, moment: datetime) -> AdvisoryQuerySet:
        return self.filter(published_at__gte=moment)

    def current(self) -> AdvisoryQuerySet:
        """What is out and still stands."""
        return self.filter(state=lifecycle.PUBLISHED)

    def to_release(self, now: datetime) -> AdvisoryQuerySet:
        """What is scheduled for a moment that has come."""
        return self.filter(state=lifecycle.SCHEDULED, scheduled_for__lte=now).order_by("scheduled_for", "pk")

    def to_expire(self, today: date) -> AdvisoryQuerySet:
        """What is out although its last day is over."""
        return self.filter(state=lifecycle.PUBLISHED, valid_to__lt=today).order_by("valid_to", "pk")

    def urgent_between(self, earliest: datetime, latest: datetime) -> AdvisoryQuerySet:
        """What is urgent, still stands and came out between two moments."""
        return self.current().filter(urgency="urgent", published_at__gte=earliest, published_at__lte=latest)

    def to_pass_on_since(self, latest: dict[str, datetime], earliest: datetime) -> AdvisoryQuerySet:
        """What may be passed on, still stands and came out before the moment for its urgency, but not before `earliest`."""
        labels = [label for label in LABELS if may_be_relayed(label)]
        old_enough = Q(pk__in=[])
        for urgency, moment in latest.items():
            old_enough |= Q(urgency=urgency, published_at__lte=moment)
        return self.current().filter(old_enough, tlp__in=labels, published_at__gte=earliest).order_by("published_at", "pk")

    def newest_first(self) -> AdvisoryQuerySet:
        return self.order_by(F("published_at").desc(nulls_first=True), "-created_at", "pk")

    def for_list(self) -> AdvisoryQuerySet:
        return self.select_related("agency").prefetch_related("segments")


def _concerns(organisations: list[Any], today: date) -> Q:
    subscriptions = apps.get_model("advisories", "Subscription").objects.active()
    mandates = apps.get_model("advisories", "Mandate").objects.in_force(today)
    return Q(subscriptions.concerning(organisations)) | Q(mandates.concerning(organisations))
