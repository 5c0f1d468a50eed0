from __future__ import annotations

import re
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchQuery
from django.core.exceptions import EmptyResultSet
from django.core.paginator import EmptyPage, Page, Paginator
from django.db import connections, models
from django.db.models import Case, Exists, ExpressionWrapper, F, Func, OuterRef, Q, Subquery, Value, When

from organisations.models import Organisation, User
from organisations.permissions import Visitor, firms_of
from registry import lifecycle
from registry.disclosure import TAG_LENGTH, Audience, Field, Purpose

if TYPE_CHECKING:
    from registry.models import (  # noqa: F401
        AgreementVersion,
        Delay,
        DelayedBatch,
        Disclosed,
        Edition,
        Entry,
        Evidence,
        Introduction,
        Invited,
        Look,
        LookQuestion,
        LookToken,
        Merge,
        Outreach,
        PartnerOpening,
        Person,
        SavedSearch,
        Suggestion,
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


# Rows beyond these are not counted, which would cost more than it tells: pages say that there are so many or more.
MOST_COUNTED = 1000
ALL = ""  # the key that every row has
_COUNTS = "SELECT substr(key, %s), count(*) FROM ({found}) AS found, unnest(keys) AS key GROUP BY key"


def number_of(rows: models.QuerySet[Any]) -> int:
    """How many rows there are, of which MOST_COUNTED are counted."""
    return rows.order_by().values("pk")[:MOST_COUNTED].count()


class OpenPaginator(Paginator[Any]):
    """Pages of rows that are counted up to MOST_COUNTED. Where there are more, each page knows whether another follows it."""

    def __init__(self, rows: models.QuerySet[Any], per_page: int, *, found: int | None = None) -> None:
        """`found` is how many rows were counted, where that is known already."""
        super().__init__(rows, per_page)
        self.count = number_of(rows) if found is None else found
        self.is_cut = self.count >= MOST_COUNTED

    def page(self, number: int | str) -> Page[Any]:
        """Return the page with its rows read; raises EmptyPage beyond the last."""
        if not self.is_cut:
            number = self.validate_number(number)
        number = int(number)
        end = number * self.per_page
        rows = list(self.object_list[end - self.per_page : end + 1])
        if not rows and number > 1:
            raise EmptyPage
        if self.is_cut:
            self.num_pages = max(self.num_pages, number + (len(rows) > self.per_page))
        return Page(rows[: self.per_page], number, self)


class DisclosedQuerySet(models.QuerySet["Disclosed"]):
    def cell(
        self,
        audience: Audience,
        purpose: Purpose,
        *,
        association: uuid.UUID | None = None,
        today: date,
    ) -> DisclosedQuerySet:
        """What one audience may see for one purpose, under agreements still in force.

        Of the associations each sees the rows that are for it, and of entries that have none for it those for all that they don't
        hide from it. Without `association` nobody looks, and there is nothing.
        """
        found = self.filter(audience=audience, purpose=purpose, valid_from__lte=today, valid_until__gte=today)
        if audience != Audience.ASSOCIATIONS:
            return found
        if association is None:
            return found.none()
        return found.filter(Q(shown_to=association) | Q(Q(shown_to=None) & ~Q(hidden_from__contains=[association])))

    def cell_size(self, audience: Audience, purpose: Purpose, *, association: uuid.UUID | None = None, today: date) -> int:
        """How many rows `cell` has, counted up to MOST_COUNTED, by a function of the database, which plans it once a connection."""
        with connections[self.db].cursor() as cursor:
            cursor.execute("SELECT registry_cell_size(%s, %s, %s, %s, %s)", [audience, purpose, association, today, MOST_COUNTED])
            return int(cursor.fetchone()[0])

    def with_keys(self, keys: Collection[str]) -> DisclosedQuerySet:
        """With all of these keys of their cell, tag and all; a code brings the keys of those it lies in."""
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

    def hide(self, entry_id: uuid.UUID) -> None:
        """Take away every row of the entry, by a function of the database, which plans it once a connection."""
        with connections[self.db].cursor() as cursor:
            cursor.execute("SELECT registry_hide(%s)", [entry_id])

    def in_order(self, order: str) -> DisclosedQuerySet:
        return self.order_by(*ORDERS[order])

    def counts(self) -> dict[str, int]:
        """How many rows of a cell have each key, without its tag, and under ALL how many there are, in one query: the facets.

        Of more than MOST_COUNTED rows the first so many are counted, in the order asked for: which ones these are tells nothing
        that the cell does not show.
        """
        try:
            statement, values = self.values("keys")[:MOST_COUNTED].query.sql_with_params()
        except EmptyResultSet:  # the ORM sees that no row can be there
            return {ALL: 0}
        with connections[self.db].cursor() as cursor:
            cursor.execute(_COUNTS.format(found=statement), (TAG_LENGTH + 1, *values))
            return {ALL: 0} | dict(cursor.fetchall())


class SavedSearchQuerySet(models.QuerySet["SavedSearch"]):
    def of(self, owner: User, *, audience: Audience, organisation: Organisation | None) -> SavedSearchQuerySet:
        """The person's own, in the capacity in which they were saved."""
        return self.filter(owner=owner, audience=audience, organisation=organisation).order_by("name", "pk")


_LINES = """
INSERT INTO registry_look
    (batch, institution, institution_kind, viewer_id, audience, purpose, reason, "on", kind, fields, entry_ids, shown)
SELECT %(batch)s::uuid, %(institution)s, %(institution_kind)s, %(viewer_id)s::uuid, %(audience)s, %(purpose)s, %(reason)s,
    %(on)s::date, %(kind)s, string_to_array(fields, ' '), string_to_array(entry_ids, ' ')::uuid[],
    string_to_array(shown, ' ')::bigint[]
FROM unnest(%(fields)s::text[], %(entry_ids)s::text[], %(shown)s::text[]) AS line (fields, entry_ids, shown)
"""


@dataclass(frozen=True)
class Told:
    """What is of one line alone among those of a look: fields, entries, and which entry showed which where they differ (`Look`)."""

    fields: Sequence[str]
    entry_ids: Sequence[uuid.UUID]
    shown: Sequence[int] | None = None


class LookQuerySet(models.QuerySet["Look"]):
    def write(self, lines: Iterable[Told], **common: Any) -> None:
        """Write lines of the ledger that have all else in `common`, in one statement: the database takes it apart."""
        lines = list(lines)
        values: dict[str, Any] = {name: str(value) if value is not None else None for name, value in common.items()}
        each: dict[str, Any] = {
            "fields": [" ".join(line.fields) for line in lines],
            # The database reads ids without dashes too, which Python writes five times as fast.
            "entry_ids": [" ".join([entry_id.hex for entry_id in line.entry_ids]) for line in lines],
            "shown": [None if line.shown is None else " ".join(map(str, line.shown)) for line in lines],
        }
        with connections[self.db].cursor() as cursor:
            cursor.execute(_LINES, values | each)

    def at(self, entry_id: uuid.UUID) -> LookQuerySet:
        """The ledger of one entry, newest first."""
        return self.filter(entry_ids__contains=[entry_id]).with_seen([entry_id]).order_by("-pk")

    def at_any(self, entry_ids: Collection[uuid.UUID]) -> LookQuerySet:
        """The ledger of several entries together, newest first."""
        return self.filter(entry_ids__overlap=list(entry_ids)).with_seen(entry_ids).order_by("-pk")

    def with_seen(self, entry_ids: Collection[uuid.UUID]) -> LookQuerySet:
        """With `fields_seen`: what these entries showed, and not what others in the same line did."""
        own = Value(list(entry_ids), ArrayField(models.UUIDField()))
        names: ArrayField[Any, Any] = ArrayField(models.CharField(max_length=30))
        seen = Func("fields", "entry_ids", "shown", own, function="registry_fields_seen", output_field=names)
        return self.annotate(fields_seen=Case(When(shown=None, then=F("fields")), default=seen, output_field=names))

    def that_showed(self, field: Field) -> LookQuerySet:
        """After at(): those by which the entry showed a field."""
        asked = {"fields__contains": [field], "fields_seen__contains": [field]}  # by the first, most lines need no second look
        return self.filter(**asked)

    def for_firm(self, entry_id: uuid.UUID | None) -> LookQuerySet:
        """Without the ids of the entries, of which an export has thousands; `is_of_entry` says whether this one is among them."""
        lean = self.defer("entry_ids", "fields", "shown")
        if entry_id is None:
            return lean
        return lean.annotate(is_of_entry=ExpressionWrapper(Q(entry_ids__contains=[entry_id]), output_field=models.BooleanField()))

    def exports(self) -> LookQuerySet:
        """The lines of exports; those of one have its number as their batch and stand together."""
        return self.filter(kind="export").order_by("batch", "pk")

    def told(self, today: date) -> LookQuerySet:
        """Those that a firm may read on this day: without what two officials have put off until today or later.

        Whatever a firm is told of the ledger goes through here; `tests/registry/test_delays.py` holds every read to it.
        """
        from_then_on = {"batch": OuterRef("batch"), "until__gte": today}
        return self.filter(~Exists(_delayed().filter(**from_then_on)))

    def with_delay(self) -> LookQuerySet:
        """With what the firm reads beside a line that was put off."""
        delayed = _delayed().filter(batch=OuterRef("batch"))
        return self.annotate(
            delayed_until=Subquery(delayed.values("until")),
            delayed_on=Subquery(delayed.values("delay__decided_on")),
            delayed_reason=Subquery(delayed.values("delay__reason")),
        )

    def told_between(self, since: date, until: date) -> LookQuerySet:
        """Those that a firm could first read in this period: a line put off counts for the day after its last."""
        delayed = _delayed().filter(batch=OuterRef("batch"))
        late = self.alias(told_late=Subquery(delayed.values("until")))
        day = timedelta(days=1)
        return late.filter(Q(told_late=None, on__range=(since, until)) | Q(told_late__range=(since - day, until - day)))

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


class EditionQuerySet(models.QuerySet["Edition"]):
    def newest_first(self) -> EditionQuerySet:
        return self.order_by("-quarter")

    def with_numbers(self) -> EditionQuerySet:
        return self.prefetch_related("numbers")


def _delayed() -> models.QuerySet[DelayedBatch]:
    """The model stands above this room, so that it is fetched by its name."""
    return apps.get_model("registry", "DelayedBatch")._default_manager.all()  # noqa: SLF001  Django's documented name


class DelayQuerySet(models.QuerySet["Delay"]):
    def usable_by(self, user: Visitor, *, today: date) -> DelayQuerySet:
        """Approved, not over, and asked for by this very person."""
        return self.filter(asked_by=user.pk, state="approved", until__gte=today).order_by("until", "pk")

    def waiting(self, *, today: date) -> DelayQuerySet:
        return self.filter(state="asked", until__gte=today)

    def running(self, *, today: date) -> DelayQuerySet:
        return self.filter(state="approved", until__gte=today)

    def with_people(self) -> DelayQuerySet:
        return self.select_related("asked_by", "decided_by")

    def with_looks(self) -> DelayQuerySet:
        """With the number of looks that each has put off."""
        return self.annotate(looks=models.Count("batches"))


class PartnerOpeningQuerySet(models.QuerySet["PartnerOpening"]):
    def in_force(self, today: date) -> PartnerOpeningQuerySet:
        """The twin of `PartnerOpening.is_open`."""
        return self.filter(closed_on=None, until__gte=today)

    def with_people(self) -> PartnerOpeningQuerySet:
        return self.select_related("organisation", "opened_by", "closed_by")


class PersonQuerySet(models.QuerySet["Person"]):
    def with_consents(self) -> PersonQuerySet:
        return self.prefetch_related("consents")

    def over(self, today: date) -> PersonQuerySet:
        """Those that are to be erased: nobody answered in time, or the consent has lasted as long as one may."""
        return self.filter(keep_until__lt=today)


class LookTokenQuerySet(models.QuerySet["LookToken"]):
    def of(self, user: User) -> LookTokenQuerySet:
        """The user's own, with what they are bound to, the newest first."""
        return (
            self.filter(token__owner=user).select_related("token", "organisation").order_by("-token__made_on", "token__name", "pk")
        )


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


class SuggestionQuerySet(models.QuerySet["Suggestion"]):
    def of(self, firm: Organisation) -> SuggestionQuerySet:
        """What the firm was told of, and whatever became of it."""
        told = self.filter(entry__organisation=firm).exclude(state__in=("waiting", "untold"))
        return told.select_related("entry__organisation", "agency")

    def open(self, today: date) -> SuggestionQuerySet:
        """The twin of `Suggestion.is_open`."""
        return self.filter(state="open", expires_on__gte=today)

    def of_pair(self, one: uuid.UUID, two: uuid.UUID) -> SuggestionQuerySet:
        """Those of two entries, by their ids, whichever of the two was to read it."""
        return self.filter(entry__in=(one, two), other__in=(one, two))

    def of_pair_as_shown(self, one: uuid.UUID, two: uuid.UUID) -> SuggestionQuerySet:
        """The same by the references that the official's cell showed."""
        return self.filter(entry_ref__in=(one, two), other_ref__in=(one, two))
