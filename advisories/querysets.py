from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from advisories import lifecycle
from advisories.disclosure import LABELS_BY_FEED_TOKEN, Reader, labels_for
from organisations.models import Kind, Organisation, Role, User
from organisations.permissions import Visitor, is_official, memberships

if TYPE_CHECKING:
    from advisories.models import Advisory, FeedToken, Mandate, Subscription, WebhookDelivery  # noqa: F401

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


class WebhookQuerySet(ConcernQuerySet):
    def on(self) -> WebhookQuerySet:
        return self.filter(is_on=True)

    def of(self, organisations: Collection[Organisation]) -> WebhookQuerySet:
        return self.filter(organisation__in=organisations)

    def that_may_read(self, advisory: Advisory, *, today: date) -> WebhookQuerySet:
        """Those of organisations that its label reaches; the twin of `AdvisoryQuerySet.within_reach_of`."""
        if advisory.tlp in labels_for(Reader.COMMUNITY):
            return self
        reached = Q(organisation__kind=Kind.AGENCY)
        if advisory.tlp in AMBER_LABELS:
            subscriptions = apps.get_model("advisories", "Subscription").objects.active().concerned_by(advisory)
            mandates = apps.get_model("advisories", "Mandate").objects.in_force(today).concerned_by(advisory)
            reached |= Q(Exists(subscriptions.filter(organisation=OuterRef("organisation"))))
            reached |= Q(Exists(mandates.filter(association=OuterRef("organisation"))))
        return self.filter(reached)

    def told_of(self, advisories: Collection[Advisory]) -> WebhookQuerySet:
        """Those that got one of these, or may have."""
        deliveries = apps.get_model("advisories", "WebhookDelivery").objects.told()
        return self.filter(Exists(deliveries.filter(webhook=OuterRef("pk"), advisory__in=advisories)))


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    def told(self) -> WebhookDeliveryQuerySet:
        """Those of which something has left: an attempt that failed may have been read all the same."""
        return self.filter(tried_at__isnull=False)

    def under_way(self) -> WebhookDeliveryQuerySet:
        return self.filter(state__in=(lifecycle.QUEUED, lifecycle.SENDING))

    def due(self, now: datetime) -> WebhookDeliveryQuerySet:
        """What a worker may take now: of each webhook one at a time and the oldest first, so that a withdrawal comes last.

        A slow receiver so holds one place of a worker's and no more. A test waits for nothing: somebody looks at the page.
        """
        others = self.model.objects.filter(webhook=OuterRef("webhook"))
        older = Q(happened_at__lt=OuterRef("happened_at")) | Q(happened_at=OuterRef("happened_at"), pk__lt=OuterRef("pk"))
        first = Q(state=lifecycle.SENDING) | (Q(state=lifecycle.QUEUED, next_attempt_at__lte=now) & older)
        mine = Q(event="test") | ~Exists(others.exclude(event="test").filter(first))
        return self.filter(mine, state=lifecycle.QUEUED, next_attempt_at__lte=now).order_by("next_attempt_at", "pk")

    def latest_first(self) -> WebhookDeliveryQuerySet:
        return self.order_by("-happened_at", "pk")


class FeedTokenQuerySet(models.QuerySet["FeedToken"]):
    def living(self) -> FeedTokenQuerySet:
        return self.filter(revoked_on=None)

    def of(self, organisations: Collection[Organisation]) -> FeedTokenQuerySet:
        return self.filter(organisation__in=organisations)


class AdvisoryQuerySet(models.QuerySet["Advisory"]):
    def visible_to(self, user: Visitor, *, today: date) -> AdvisoryQuerySet:
        """What is out and within the reader's reach by TLP. What is not out yet is never among it."""
        return self.within_reach_of([held.organisation for held in memberships(user)], today=today)

    def within_reach_of(self, organisations: Collection[Organisation], *, today: date) -> AdvisoryQuerySet:
        """What is out and may be read by who acts for all of `organisations`, or for none: the one rule for people and channels."""
        out = self.exclude(state__in=lifecycle.UNPUBLISHED)
        if any(each.kind == Kind.AGENCY for each in organisations):
            return out
        if not organisations:
            return out.filter(tlp__in=labels_for(Reader.STRANGER))
        concerned = _concerns([each.pk for each in organisations], today)
        return out.filter(Q(tlp__in=labels_for(Reader.COMMUNITY)) | Q(concerned, tlp__in=AMBER_LABELS))

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

    def by_feed_token(self, organisation: Organisation, *, today: date) -> AdvisoryQuerySet:
        """What still stands and an organisation may read by a feed that is opened by a token."""
        return self.within_reach_of([organisation], today=today).filter(tlp__in=LABELS_BY_FEED_TOKEN).current()

    def to_release(self, now: datetime) -> AdvisoryQuerySet:
        """What is scheduled for a moment that has come."""
        return self.filter(state=lifecycle.SCHEDULED, scheduled_for__lte=now).order_by("scheduled_for", "pk")

    def to_expire(self, today: date) -> AdvisoryQuerySet:
        """What is out although its last day is over."""
        return self.filter(state=lifecycle.PUBLISHED, valid_to__lt=today).order_by("valid_to", "pk")

    def newest_first(self) -> AdvisoryQuerySet:
        return self.order_by(F("published_at").desc(nulls_first=True), "-created_at", "pk")

    def for_list(self) -> AdvisoryQuerySet:
        return self.select_related("agency").prefetch_related("segments")


def _concerns(organisations: list[Any], today: date) -> Q:
    subscriptions = apps.get_model("advisories", "Subscription").objects.active()
    mandates = apps.get_model("advisories", "Mandate").objects.in_force(today)
    return Q(subscriptions.concerning(organisations)) | Q(mandates.concerning(organisations))
