from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Self, cast

from django.apps import apps
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q
from django.db.models.functions import Lower

from advisories import lifecycle
from advisories.disclosure import LABELS, Reader, labels_for, may_be_mailed, may_be_public
from catalogue.models import Segment
from mailroom.models import Envelope, Suppression
from organisations.models import Kind, Role, User
from organisations.permissions import Visitor, is_official, memberships

if TYPE_CHECKING:
    from advisories.models import Advisory, Mandate, Subscription  # noqa: F401

AMBER_LABELS = labels_for(Reader.CONCERNED) - labels_for(Reader.COMMUNITY)
DESK_ROLES = (Role.EDITOR, Role.APPROVER)


class ConcernQuerySet(models.QuerySet[Any]):
    """What says that an organisation is concerned by segments: a subscription or a mandate; without segments, by all."""

    holder = "organisation"

    def concerned_by(self, advisory: Advisory) -> Self:
        """Those for the advisory's segments, with all twigs of a branch; an advisory that names no segment concerns all."""
        segments = [(segment.pk, segment.parent_id) for segment in advisory.segments.all()]
        if not segments:
            return self
        near = {pk for pk, _parent in segments} | {parent for _pk, parent in segments if parent}
        close = Q(segment__in=near) | Q(segment__parent__in=[pk for pk, _parent in segments])
        return self.filter(Exists(self._chosen.filter(close)) | ~Exists(self._chosen))

    def number_by_segment(self, segments: list[Segment]) -> list[int]:
        """How many name each of `segments`, or a branch or twig of it; those for all segments name none."""
        names = {f"segment_{number}": segment for number, segment in enumerate(segments)}
        near = {
            name: Exists(self._chosen.filter(Q(segment__in={each.pk, each.parent_id} - {None}) | Q(segment__parent=each.pk)))
            for name, each in names.items()
        }
        found = self.annotate(**near).aggregate(**{f"in_{name}": Count("pk", filter=Q(**{name: True})) for name in names})
        return [found[f"in_{name}"] for name in names]

    def for_all_segments(self) -> Self:
        return self.filter(~Exists(self._chosen))

    def stopped(self, list_id: str) -> Self:
        """Those from whose address the list is kept, so that it gets nothing of it."""
        kept = Suppression.objects.in_force().filter(list_id__in=["", list_id])
        return self.filter(_at_the_same_address(kept))

    def at_other_addresses_than(self, rows: models.QuerySet[Any]) -> Self:
        return self.filter(~_at_the_same_address(rows))

    def concerning(self, organisations: list[Any]) -> Q:
        """What an advisory must satisfy to concern one of `organisations` by one of these."""
        mine = self.filter(**{f"{self.holder}__in": organisations})
        chosen = self.model.segments.through.objects.filter(**{f"{self._own}__in": mine})
        their = apps.get_model("advisories", "Advisory").segments.through.objects.filter(advisory=OuterRef("pk"))
        near = Q(segment__in=chosen.values("segment")) | Q(segment__in=chosen.values("segment__parent"))
        near |= Q(segment__parent__in=chosen.values("segment"))
        return Exists(mine.for_all_segments()) | (Exists(mine) & (~Exists(their) | Exists(their.filter(near))))

    @property
    def _chosen(self) -> models.QuerySet[Any]:
        """The segments that a row of the outer query names."""
        found: models.QuerySet[Any] = self.model.segments.through.objects.filter(**{self._own: OuterRef("pk")})
        return found

    @property
    def _own(self) -> str:
        return self.model.__name__.lower()


class SubscriptionQuerySet(ConcernQuerySet):
    def active(self) -> SubscriptionQuerySet:
        return self.filter(is_active=True)

    def allowed(self, label: str) -> SubscriptionQuerySet:
        """Those who could read what bears the label: single addresses what everybody may.

        Of TLP:RED only agencies hear, and in the mail only that it waits.
        """
        if may_be_public(label):
            return self
        return self.of_organisations() if may_be_mailed(label) else self.filter(organisation__kind=Kind.AGENCY)

    def at(self, address: str) -> Self:
        return self.alias(lowered=Lower("address")).filter(lowered=address.lower())

    def single(self) -> SubscriptionQuerySet:
        return self.filter(organisation=None)

    def of_organisations(self) -> SubscriptionQuerySet:
        return self.exclude(organisation=None)

    def wanting(self, advisory: Advisory) -> SubscriptionQuerySet:
        """Those that want its kind and its urgency; an urgent one of a kind that somebody left out is left out as well."""
        wants_kind = Q(kinds=[]) | Q(kinds__contains=[advisory.kind])
        return self.filter(wants_kind, least_urgency__in=lifecycle.urgencies_up_to(advisory.urgency))

    def by_mail(self) -> SubscriptionQuerySet:
        return self.filter(channel="mail")

    def getting(self, advisory: Advisory) -> SubscriptionQuerySet:
        """Those to whom the advisory goes by mail, at once or in a digest."""
        return self.active().by_mail().concerned_by(advisory).allowed(advisory.tlp).wanting(advisory)

    def at_once(self, advisory: Advisory) -> SubscriptionQuerySet:
        """Those who get a mail of its own about it."""
        urgent = lifecycle.goes_at_once(tlp=advisory.tlp, urgency=advisory.urgency)
        return self if urgent else self.filter(pace=lifecycle.IMMEDIATE)

    def to_digest(self, pace: str, until: datetime) -> SubscriptionQuerySet:
        """Those to be told until then; who gets all at once from now on is told of what waited with the next daily ones."""
        paces = [pace, lifecycle.IMMEDIATE] if pace == lifecycle.DAILY else [pace]
        had = self._digests_had.filter(period=until.date())
        return self.active().by_mail().filter(~Exists(had), pace__in=paces, told_until__lt=until)

    def not_told_of(self, advisory: Advisory) -> SubscriptionQuerySet:
        """Those in whose next digest it belongs: it came out after the last one, and no other mail of theirs is about it."""
        had_copy = _at_the_same_address(Envelope.objects.of_source(advisory.source))
        had_digest = Exists(self._digests_had.filter(digest__advisories=advisory))
        return self.getting(advisory).filter(~had_copy, ~had_digest, told_until__lt=advisory.published_at)

    @property
    def _digests_had(self) -> models.QuerySet[Any]:
        """Those of a row of the outer query."""
        return cast("models.QuerySet[Any]", apps.get_model("advisories", "DigestCopy").objects.filter(subscription=OuterRef("pk")))


class MandateQuerySet(ConcernQuerySet):
    holder = "association"

    def in_force(self, today: date) -> MandateQuerySet:
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=today), valid_from__lte=today)

    def to_relay(self) -> MandateQuerySet:
        return self.filter(kind="relay")

    def allowed(self, label: str) -> MandateQuerySet:
        """Those who may have what bears the label: nothing whose words don't travel by mail."""
        return self if may_be_mailed(label) else self.none()

    def getting(self, advisory: Advisory, *, today: date) -> MandateQuerySet:
        """Those to whom the advisory goes to be passed on: whatever concerns their segments, of any kind."""
        return self.to_relay().in_force(today).concerned_by(advisory).allowed(advisory.tlp)


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

    def for_digests(self, since: datetime, until: datetime) -> AdvisoryQuerySet:
        """What came out in between, still stands and whose words may go by mail, the oldest first."""
        mailable = [label for label in LABELS if may_be_mailed(label)]
        return (
            self.current().filter(published_at__gt=since, published_at__lte=until, tlp__in=mailable).order_by("published_at", "pk")
        )

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


def _at_the_same_address(rows: models.QuerySet[Any]) -> Exists:
    """Whether one of `rows` has the address of a row of the outer query; capital letters make no difference."""
    return Exists(rows.annotate(lowered=Lower("address")).filter(lowered=Lower(OuterRef("address"))))


def _concerns(organisations: list[Any], today: date) -> Q:
    subscriptions = apps.get_model("advisories", "Subscription").objects.active()
    mandates = apps.get_model("advisories", "Mandate").objects.in_force(today)
    return Q(subscriptions.concerning(organisations)) | Q(mandates.concerning(organisations))
