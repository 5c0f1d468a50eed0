from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self, cast
from uuid import UUID

from django.apps import apps
from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db import models
from django.db.models import BooleanField, Case, Count, Exists, F, Func, Min, OuterRef, Prefetch, Q, TextField, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Lower
from django.db.models.lookups import Regex
from django.utils import timezone

from advisories import lifecycle
from advisories.disclosure import (
    LABELS,
    LABELS_BY_FEED_TOKEN,
    Reader,
    labels_for,
    may_be_exchanged,
    may_be_mailed,
    may_be_public,
    may_be_relayed,
)
from catalogue.models import Segment
from catalogue.parsing import covering
from mailroom.models import Envelope, Suppression
from organisations.models import Kind, Organisation, Role, User
from organisations.permissions import Visitor, has_role, is_official, memberships

if TYPE_CHECKING:
    from advisories.models import (  # noqa: F401
        Advisory,
        Attachment,
        Candidate,
        Dispatch,
        Event,
        FeedToken,
        Mandate,
        Member,
        MemberList,
        Source,
        Subscription,
        Translation,
        WebhookDelivery,
    )

AMBER_LABELS = labels_for(Reader.CONCERNED) - labels_for(Reader.COMMUNITY)
DESK_ROLES = (Role.EDITOR, Role.APPROVER)
KEEPER_ROLES = (Role.EDITOR, Role.ADMINISTRATOR)
LIST_ROLES = (Role.OFFICER, Role.SIGNATORY)
EXCHANGED_LABELS = tuple(label for label in LABELS if may_be_exchanged(label))
# What lists of titles don't show; of one advisory it may be a hundred kilobytes.
UNLISTED = ("search", "body", "what_to_do")


def names_any(column: str, codes: Sequence[str]) -> Q:
    """Whether the control entries in an array `column` meet `codes`: one is the other, or covers it, from either side.

    3A001 meets 3A001.a.5, and 3A001.a.5 meets 3A001; neither meets 3A002. No codes meet nothing.
    """
    if not codes:
        return Q(pk__in=[])
    above = sorted({each for code in codes for each in covering(code)})
    listed = Func(F(column), Value(" "), function="array_to_string", output_field=TextField())
    below = Regex(listed, rf"(^| )({'|'.join(re.escape(code) for code in codes)})\.")
    return Q(**{f"{column}__overlap": above}) | Q(below)


@dataclass(frozen=True)
class Named:
    """One thing that a subscription or a mandate names: a segment, with the branch that it is of, and all control entries."""

    segment: int | None
    branch: int | None
    entries: tuple[str, ...] = ()

    @property
    def is_nothing(self) -> bool:
        """Who names nothing is concerned by everything."""
        return not self.segment and not self.entries


class ConcernQuerySet(models.QuerySet[Any]):
    """What says that an organisation is concerned: a subscription or a mandate, by what it names, or by all if by nothing."""

    holder = "organisation"

    def concerned_by(self, advisory: Advisory) -> Self:
        """Those for the advisory's segments, with all twigs of a branch; an advisory that names no segment concerns all."""
        near = self._near(advisory)
        return self if near is None else self.filter(self._names_nothing | near)

    def number_by_segment(self, segments: list[Segment]) -> list[int]:
        """How many name each of `segments`, or a branch or twig of it; those for all segments name none."""
        names = {f"segment_{number}": segment for number, segment in enumerate(segments)}
        near = {
            name: Exists(self._chosen.filter(Q(segment__in={each.pk, each.parent_id} - {None}) | Q(segment__parent=each.pk)))
            for name, each in names.items()
        }
        found = self.annotate(**near).aggregate(**{f"in_{name}": Count("pk", filter=Q(**{name: True})) for name in names})
        return [found[f"in_{name}"] for name in names]

    def naming_nothing(self) -> Self:
        """Those that get what concerns anything."""
        return self.filter(self._names_nothing)

    def stopped(self, list_id: str) -> Self:
        """Those from whose address the list is kept, so that it gets nothing of it."""
        kept = Suppression.objects.in_force().filter(list_id__in=["", list_id])
        return self.filter(_at_the_same_address(kept))

    def at_other_addresses_than(self, rows: models.QuerySet[Any]) -> Self:
        return self.filter(~_at_the_same_address(rows))

    def named_by(self, organisations: Collection[Organisation]) -> list[Named]:
        """What those of the organisations name, a segment at a time; nothing of one that names nothing."""
        mine = self.filter(**{f"{self.holder}__in": organisations})
        return [Named(segment, branch) for segment, branch in mine.values_list("segments", "segments__parent")]

    def _near(self, advisory: Advisory) -> Q | None:
        """Whether a row names a segment of the advisory, its branch or a twig; None where that names none."""
        segments = [(segment.pk, segment.parent_id) for segment in advisory.segments.all()]
        if not segments:
            return None
        near = {pk for pk, _parent in segments} | {parent for _pk, parent in segments if parent}
        close = Q(segment__in=near) | Q(segment__parent__in=[pk for pk, _parent in segments])
        return Q(Exists(self._chosen.filter(close)))

    @property
    def _names_nothing(self) -> Q:
        return Q(~Exists(self._chosen))

    @property
    def _chosen(self) -> models.QuerySet[Any]:
        """The segments that a row of the outer query names."""
        found: models.QuerySet[Any] = self.model.segments.through.objects.filter(**{self._own: OuterRef("pk")})
        return found

    @property
    def _own(self) -> str:
        return self.model.__name__.lower()


class SubscriptionQuerySet(ConcernQuerySet):
    """Beside segments a subscription may name control entries; each thing that it names brings more, and none takes any away."""

    def concerned_by(self, advisory: Advisory) -> Self:
        """Those that name a segment or a control entry of the advisory's, and those that name nothing.

        An advisory that names neither concerns all; one that names entries alone, also everybody who names segments.
        """
        near, codes = self._near(advisory), advisory.control_entries
        if near is None and not codes:
            return self
        # In this order PostgreSQL looks for segments last, and only where no entry has decided: that costs most.
        if near is None:
            return self.filter(Q(control_entries=[]) | names_any("control_entries", codes) | Q(Exists(self._chosen)))
        return self.filter(names_any("control_entries", codes) | self._names_nothing | near)

    def named_by(self, organisations: Collection[Organisation]) -> list[Named]:
        mine = self.filter(organisation__in=organisations).values_list("segments", "segments__parent", "control_entries")
        return [Named(segment, branch, tuple(entries)) for segment, branch, entries in mine]

    def number_by_entry(self, codes: Sequence[str]) -> list[int]:
        """How many name each of the control entries, or one above or below it."""
        if not codes:
            return []
        counts = {f"entry_{number}": Count("pk", filter=names_any("control_entries", [code])) for number, code in enumerate(codes)}
        found = self.exclude(control_entries=[]).aggregate(**counts)
        return [found[name] for name in counts]

    @property
    def _names_nothing(self) -> Q:
        return Q(control_entries=[]) & super()._names_nothing

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

    def among(self, rows: Sequence[Subscription]) -> SubscriptionQuerySet:
        """These rows, named by one array: as parameters apart, thousands of keys cost more than what is asked of them."""
        keys = "{" + ",".join(str(each.pk) for each in rows) + "}"
        return self.filter(RawSQL("advisories_subscription.id = ANY(%s::uuid[])", [keys], BooleanField()))

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
        concerned = _concerning(organisations, today)
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

    def naming(self, codes: Sequence[str]) -> AdvisoryQuerySet:
        """What names one of these control entries, or one above or below it."""
        return self.filter(names_any("control_entries", codes))

    def published_since(self, moment: datetime) -> AdvisoryQuerySet:
        return self.filter(published_at__gte=moment)

    def supersedable(self) -> AdvisoryQuerySet:
        """What a later one may replace."""
        return self.filter(state__in=lifecycle.MOVES["supersede"])

    def current(self) -> AdvisoryQuerySet:
        """What is out and still stands."""
        return self.filter(state=lifecycle.PUBLISHED)

    def for_digests(self, since: datetime, until: datetime) -> AdvisoryQuerySet:
        """What came out in between, still stands and whose words may go by mail, the oldest first."""
        mailable = [label for label in LABELS if may_be_mailed(label)]
        return (
            self.current().filter(published_at__gt=since, published_at__lte=until, tlp__in=mailable).order_by("published_at", "pk")
        )

    def by_feed_token(self, organisation: Organisation, *, today: date) -> AdvisoryQuerySet:
        """What still stands and an organisation may read by a feed that is opened by a token."""
        return self.within_reach_of([organisation], today=today).filter(tlp__in=LABELS_BY_FEED_TOKEN).current()

    def to_release(self, now: datetime) -> AdvisoryQuerySet:
        """What is scheduled for a moment that has come."""
        return self.filter(state=lifecycle.SCHEDULED, scheduled_for__lte=now).order_by("scheduled_for", "pk")

    def to_expire(self, today: date) -> AdvisoryQuerySet:
        """What is out although its last day is over."""
        return self.filter(state=lifecycle.PUBLISHED, valid_to__lt=today).order_by("valid_to", "pk")

    def on_segment(self, code: str) -> AdvisoryQuerySet:
        """What names a segment, or a twig of it."""
        segments = apps.get_model("catalogue", "Segment").objects.filter(Q(code=code) | Q(parent__code=code))
        naming = self.model.segments.through.objects.filter(advisory=OuterRef("pk"), segment__in=segments)
        return self.filter(Exists(naming))

    def published_in(self, year: int) -> AdvisoryQuerySet:
        """What came out in a year, by the office's clock."""
        first, after = (timezone.make_aware(datetime(each, 1, 1)) for each in (year, year + 1))  # noqa: DTZ001  made aware
        return self.filter(published_at__gte=first, published_at__lt=after)

    def with_words(self, words: str) -> AdvisoryQuerySet:
        """Those that hold all of the words, in the original or in a translation as it stands."""
        advisories, translations = (apps.get_model("advisories", name).objects for name in ("Advisory", "Translation"))
        found = advisories.filter(_says(words)).values("pk")
        return self.filter(pk__in=found.union(translations.current().filter(_says(words)).order_by().values("advisory")))

    def best_first(self, words: str) -> AdvisoryQuerySet:
        """Those whose original holds the words best stand first; of equals, the newest."""
        english, others = SearchRank(F("search"), _words(words)), SearchRank(F("search"), _beginnings(words))
        ranked = self.annotate(rank=Case(When(language="en", then=english), default=others))
        return ranked.order_by("-rank", F("published_at").desc(nulls_first=True), "pk")

    def exchanged(self) -> AdvisoryQuerySet:
        """Threats that programs may fetch; the twin of `Advisory.is_exchanged`."""
        return self.filter(kind="threat", tlp__in=EXCHANGED_LABELS)

    def with_dates(self) -> AdvisoryQuerySet:
        """What may stand in a calendar; the twin of `Advisory.is_for_calendars`."""
        return self.filter(Q(valid_from__isnull=False) | Q(valid_to__isnull=False), tlp__in=EXCHANGED_LABELS)

    def with_days_since(self, day: date) -> AdvisoryQuerySet:
        return self.filter(Q(valid_from__gte=day) | Q(valid_to__gte=day))

    def with_versions(self) -> AdvisoryQuerySet:
        """Each with the `moments` of its versions for other systems, the first one first."""
        versions = apps.get_model("advisories", "Event").objects.versions().in_order()
        return self.prefetch_related(Prefetch("events", queryset=versions, to_attr="moments"))

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

    def with_replacements(self, reachable: AdvisoryQuerySet) -> AdvisoryQuerySet:
        """Together with what each replaces and is replaced by, as far as that is among `reachable`."""
        rows = reachable.newest_first()
        return self.prefetch_related(Prefetch("supersedes", rows), Prefetch("superseded_by", rows))

    def for_list(self) -> AdvisoryQuerySet:
        return self.select_related("agency").prefetch_related("segments").with_translations().with_files().defer("search")

    def for_titles(self) -> AdvisoryQuerySet:
        """For lists that show no more than title and summary."""
        return self.select_related("agency").defer(*UNLISTED)

    def with_translations(self) -> AdvisoryQuerySet:
        translations = apps.get_model("advisories", "Translation").objects.current().defer("search")
        filled = Prefetch("translations", translations, to_attr="translated")
        return self.prefetch_related(filled)  # type: ignore[no-redef]  # fills the property

    def with_files(self) -> AdvisoryQuerySet:
        attachments = apps.get_model("advisories", "Attachment").objects.standing().in_order()
        filled = Prefetch("attachments", attachments, to_attr="files")
        return self.prefetch_related(filled)  # type: ignore[no-redef]  # fills the property


# A verb that brings something out takes its moment first and is done some seconds later, when its mail is written. What programs
# see is so much older, so that nobody who asks for what is new since the last time misses one that was being written.
SETTLING = timedelta(seconds=30)


class EventQuerySet(models.QuerySet["Event"]):
    def versions(self) -> EventQuerySet:
        """The moments at which an advisory came out or ended: its versions for other systems."""
        return self.filter(move__in=lifecycle.VERSIONS)

    def exchanged_with(self, user: Visitor, *, today: date, now: datetime) -> EventQuerySet:
        """Versions of threats within the reader's reach, for programs. TLP:RED is never among them."""
        advisories = apps.get_model("advisories", "Advisory").objects.visible_to(user, today=today).exchanged()
        return self.versions().filter(advisory__in=advisories.values("pk"), at__lte=now - SETTLING)

    def chosen(self, *, first: bool, last: bool, moments: Collection[datetime], now: datetime) -> EventQuerySet:
        """The first or last version of each advisory, or those of certain moments, which other systems know to the millisecond."""
        found = Q(pk__in=[])
        if first:
            found |= Q(move="publish")
        if last:
            others = self.model._default_manager.filter(  # noqa: SLF001  Django's documented _default_manager
                move__in=lifecycle.VERSIONS, advisory=OuterRef("advisory"), pk__gt=OuterRef("pk"), at__lte=now - SETTLING
            )
            found |= Q(~Exists(others))
        for moment in moments:
            found |= Q(at__gte=moment, at__lt=moment + timedelta(milliseconds=1))
        return self.filter(found)

    def after(self, moment: datetime, advisory: UUID | None = None) -> EventQuerySet:
        """Those that come later in order; of the same moment, those of advisories after this one, or all."""
        beside = Q(at=moment) if advisory is None else Q(at=moment, advisory__gt=advisory)
        return self.filter(Q(at__gt=moment) | beside, at__gte=moment)

    def of_agencies(self) -> list[tuple[UUID, datetime]]:
        """The agencies that issued them, each with its first moment."""
        found = self.order_by().values_list("advisory__agency").annotate(first=Min("at"))
        return list(found.order_by("first", "advisory__agency"))

    def in_order(self) -> EventQuerySet:
        return self.order_by("at", "advisory", "pk")

    def with_advisories(self) -> EventQuerySet:
        files = apps.get_model("advisories", "Attachment").objects.standing().in_order()
        filled = Prefetch("advisory__attachments", files, to_attr="files")
        return self.select_related("advisory__agency").prefetch_related("advisory__segments", filled).defer("advisory__search")


def _words(words: str) -> SearchQuery:
    return SearchQuery(words, config="english", search_type="websearch")


def _says(words: str) -> Q:
    """Whether a text holds all of the words: in English in any of their forms, in other languages what begins with them."""
    is_english = Q(language="en")
    return Q(is_english, search=_words(words)) | Q(~is_english, search=_beginnings(words))


class Beginnings(SearchQuery):
    """Words as they are typed, each of which finds those that begin with it.

    PostgreSQL knows the forms of words of few languages, and not of all Baltic ones, where most forms differ at their end.
    """

    def as_sql(self, *args: Any, **kwargs: Any) -> tuple[str, Any]:
        statement, values = super().as_sql(*args, **kwargs)
        return rf"regexp_replace({statement}::text, $$'([^']|'')+'$$, '\&:*', 'g')::tsquery", values


def _beginnings(words: str) -> SearchQuery:
    return Beginnings(words, config="simple", search_type="websearch")


class MemberListQuerySet(models.QuerySet["MemberList"]):
    def kept_by(self, user: Visitor) -> MemberListQuerySet:
        """Those of the associations for which the user keeps members; the twin of `may_keep_members`."""
        if is_official(user):
            return self.none()
        mine = [held.organisation_id for held in memberships(user) if held.role in LIST_ROLES]
        return self.filter(association__in=mine, association__kind="association")


class MemberQuerySet(models.QuerySet["Member"]):
    def present(self) -> MemberQuerySet:
        return self.filter(sealed__isnull=False)

    def came_back(self) -> MemberQuerySet:
        """Those whose mailbox is said to be gone."""
        return self.filter(came_back_on__isnull=False)

    def to_write_to(self) -> MemberQuerySet:
        return self.present().filter(came_back_on=None)

    def in_order(self) -> MemberQuerySet:
        """As they were entered: the addresses are sealed, so nothing can be sorted by them."""
        return self.order_by("pk")


class DispatchQuerySet(models.QuerySet["Dispatch"]):
    def waiting(self) -> DispatchQuerySet:
        """What is still to be written, the longest waiting first."""
        return self.filter(written_at=None, is_dropped=False).order_by("asked_at", "pk")

    def written_since(self, moment: datetime) -> DispatchQuerySet:
        return self.filter(written_at__gte=moment).order_by("written_at", "pk")


class TranslationQuerySet(models.QuerySet["Translation"]):
    def current(self) -> TranslationQuerySet:
        """Those of advisories as they stand."""
        return self.filter(revision=F("advisory__revision")).order_by("language")


# Its name says of what: mypy's plugin for Django takes two query sets of one name, of two apps, for the same.
class AdvisoryAttachmentQuerySet(models.QuerySet["Attachment"]):
    def standing(self) -> AdvisoryAttachmentQuerySet:
        """Those of advisories as they stand."""
        return self.filter(removed_in=None)

    def of_revision(self, number: int) -> AdvisoryAttachmentQuerySet:
        return self.filter(Q(removed_in=None) | Q(removed_in__gt=number), added_in__lte=number)

    def visible_to(self, user: Visitor, *, today: date) -> AdvisoryAttachmentQuerySet:
        """Those of what the reader may read, as it stands: a file goes by the rule of its advisory and has none of its own.

        Those of what is withdrawn are among them, to be told apart from what is not there; nobody hands them out.
        """
        advisories = apps.get_model("advisories", "Advisory").objects.visible_to(user, today=today)
        words = [f"advisory__{name}" for name in UNLISTED]
        return self.standing().filter(advisory__in=advisories.values("pk")).select_related("advisory", "content").defer(*words)

    def in_order(self) -> AdvisoryAttachmentQuerySet:
        """As they were added, with what is known of their content."""
        return self.select_related("content").order_by("added_in", "name", "pk")


class SourceQuerySet(models.QuerySet["Source"]):
    def kept_by(self, user: Visitor) -> SourceQuerySet:
        """All of them for editors and administrators of the focal point; the twin of `may_keep_sources`."""
        is_keeper = any(held.organisation.is_focal_point and held.role in KEEPER_ROLES for held in memberships(user))
        return self.all() if is_keeper else self.none()

    def with_candidates_for(self, user: Visitor) -> SourceQuerySet:
        """Those whose candidates the user sees: of the own agency for its editors, every one for those of the focal point."""
        edited = [held.organisation for held in memberships(user) if held.role == Role.EDITOR]
        if any(agency.is_focal_point for agency in edited):
            return self.all()
        return self.filter(agency__in=[agency.pk for agency in edited])

    def due(self, now: datetime) -> SourceQuerySet:
        """What is to be read now, the longest due first."""
        return self.filter(is_on=True, next_read_at__lte=now).order_by("next_read_at", "pk")

    def in_order(self) -> SourceQuerySet:
        return self.order_by("name", "pk")


class CandidateQuerySet(models.QuerySet["Candidate"]):
    def visible_to(self, user: Visitor) -> CandidateQuerySet:
        """The twin of `may_decide_on`; what another source had said before stands there alone."""
        if not has_role(user, Role.EDITOR):
            return self.none()
        sources = apps.get_model("advisories", "Source").objects.with_candidates_for(user)
        return self.filter(source__in=sources, same_as=None)

    def new(self) -> CandidateQuerySet:
        return self.filter(state="new")

    def on(self, segment: Segment) -> CandidateQuerySet:
        """On a segment, the branch above it or a twig below."""
        mine = self.model.segments.through.objects.filter(candidate=OuterRef("pk"))
        near = Q(segment=segment) | Q(segment__parent=segment) | Q(segment=segment.parent_id)
        return self.filter(Exists(mine.filter(near)))

    def newest_first(self) -> CandidateQuerySet:
        return self.order_by("-found_at", "-published_at", "pk")

    def for_list(self) -> CandidateQuerySet:
        """With all that a page of them shows, in a fixed number of queries."""
        repeats = self.model._default_manager.select_related("source").order_by("source__name", "pk")  # noqa: SLF001  documented
        return self.select_related("source", "advisory", "decided_by").prefetch_related(
            "segments", Prefetch("repeats", queryset=repeats)
        )

    def to_erase(self, moment: datetime) -> CandidateQuerySet:
        """What no feed has listed since then: neither its own nor one that says the same."""
        listed = self.model._default_manager.filter(same_as=OuterRef("pk"), seen_at__gte=moment)  # noqa: SLF001  documented
        return self.filter(seen_at__lt=moment).exclude(Exists(listed))


def _at_the_same_address(rows: models.QuerySet[Any]) -> Exists:
    """Whether one of `rows` has the address of a row of the outer query; capital letters make no difference."""
    return Exists(rows.annotate(lowered=Lower("address")).filter(lowered=Lower(OuterRef("address"))))


def _concerning(organisations: Collection[Organisation], today: date) -> Q:
    """What an advisory must satisfy to concern one of the organisations, by its subscriptions or mandates, in two queries.

    The twin of `concerned_by`. What they name is asked first and not within each question, whose making would take most of a page's
    time.
    """
    subscriptions = apps.get_model("advisories", "Subscription").objects.active().named_by(organisations)
    mandates = apps.get_model("advisories", "Mandate").objects.in_force(today).named_by(organisations)
    named: list[Named] = [*subscriptions, *mandates]
    if any(each.is_nothing for each in named):
        return ~Q(pk__in=[])  # all of them
    segments = {each.segment for each in named if each.segment}
    branches = {each.branch for each in named if each.branch}
    their = apps.get_model("advisories", "Advisory").segments.through.objects.filter(advisory=OuterRef("pk"))
    concerned = names_any("control_entries", sorted({code for each in named for code in each.entries}))
    if segments:  # what names no segment concerns whoever names some
        near = Q(segment__in=segments | branches) | Q(segment__parent__in=segments)
        return concerned | Q(~Exists(their)) | Q(Exists(their.filter(near)))
    return concerned | Q(~Exists(their), control_entries=[]) if named else concerned
