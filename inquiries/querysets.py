from __future__ import annotations

import math
from datetime import date, timedelta
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.apps import apps
from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db import connections, models
from django.db.models import BooleanField, Case, Count, F, IntegerField, Q, Value, When
from django.db.models.expressions import RawSQL

from catalogue.parsing import codes_in
from inquiries import lifecycle
from organisations.models import Membership, Organisation, Role, User
from organisations.permissions import Visitor, associations_of, firms_of, memberships

if TYPE_CHECKING:
    from catalogue.models import Segment
    from inquiries.models import Identity, Inquiry, Message, NamedAsker, Opening, Publication  # noqa: F401

# Auditors read trails and no content, administrators configure and read no cases: neither is here.
READER_ROLES = frozenset({Role.TRIAGE, Role.CASE_OFFICER, Role.APPROVER, Role.SUPERVISOR})
PUBLICATION_ROLES = READER_ROLES | {Role.EDITOR}


def reading_agencies(user: Visitor) -> list[Organisation]:
    """The agencies for which the user may read inquiries."""
    return [held.organisation for held in memberships(user) if held.role in READER_ROLES]


def officials_with_queues() -> models.QuerySet[User]:
    """All who may read inquiries of some agency: the twin of `may_see_queues`."""
    working = Membership.objects.filter(role__in=READER_ROLES, organisation__kind="agency")
    return User.objects.filter(is_active=True, pk__in=working.values("user")).order_by("email")


class InquiryQuerySet(models.QuerySet["Inquiry"]):
    def visible_to(self, user: Visitor) -> InquiryQuerySet:
        """The focal point's readers see every inquiry, another agency's those on whose reader list it is, everybody else none."""
        agencies = reading_agencies(user)
        if any(agency.is_focal_point for agency in agencies):
            return self.all()
        # A subquery, not a join: an inquiry that two of the user's agencies read is one row.
        readable = apps.get_model("inquiries", "ReaderKey").objects.filter(agency__in=agencies)
        return self.filter(pk__in=readable.values("inquiry"))

    def open(self) -> InquiryQuerySet:
        """Those in which the office owes the next word."""
        return self.filter(state__in=lifecycle.OPEN_STATES)

    def expired(self, today: date) -> InquiryQuerySet:
        """Those whose time is over."""
        return self.filter(erase_on__lte=today)

    def queue(self, name: str, *, user: Visitor, today: date) -> InquiryQuerySet:
        """One of the desk's queues; raises KeyError for a name that is none."""
        return self.filter(_queue(name, user=user, today=today))

    def queue_counts(self, *, user: Visitor, today: date) -> dict[str, int]:
        """How many inquiries each of the desk's queues holds, in one query."""
        counts = {name: Count("pk", filter=_queue(name, user=user, today=today)) for name in QUEUES}
        return self.aggregate(**counts)

    def for_queue(self) -> InquiryQuerySet:
        """With all that a row of the queue shows; no sealed column is fetched."""
        return self.defer("sealed_subject", "sealed_details").select_related("agency", "officer").prefetch_related("segments")


QUEUES = ("new", "mine", "due_this_week", "overdue", "waiting", "answered", "all")


def _queue(name: str, *, user: Visitor, today: date) -> Q:
    return {
        "new": Q(state=lifecycle.RECEIVED),
        "mine": Q(officer=user.pk) & ~Q(state=lifecycle.CLOSED),
        "due_this_week": Q(due_on__gte=today, due_on__lte=today + timedelta(days=6 - today.weekday())),
        "overdue": Q(due_on__lt=today),
        "waiting": Q(state=lifecycle.WAITING),
        "answered": Q(state=lifecycle.ANSWERED),
        "all": Q(),
    }[name]


class MessageQuerySet(models.QuerySet["Message"]):
    def in_order(self) -> MessageQuerySet:
        return self.order_by("position")


# --- who asks -------------------------------------------------------------------------------------------------------


def is_gatekeeper(user: Visitor) -> bool:
    """Whether the user is a gatekeeper of the focal point, which is the only office that has any."""
    return any(held.role == Role.GATEKEEPER and held.organisation.is_focal_point for held in memberships(user))


def asking_organisations(user: Visitor) -> list[Organisation]:
    """The organisations in whose name the user may ask."""
    return [*firms_of(user), *associations_of(user)]


class IdentityQuerySet(models.QuerySet["Identity"]):
    def sealed(self) -> IdentityQuerySet:
        """Those whose asker has not gone on to ask by name."""
        return self.filter(inquiry__mode=lifecycle.CONFIDENTIAL, sealed_words__isnull=False)

    def openable_by(self, user: Visitor, *, today: date) -> IdentityQuerySet:
        """Those for whose opening the user may ask; the twin of `may_ask_to_open`."""
        under_way = apps.get_model("inquiries", "Opening").objects.under_way(today).values("inquiry")
        return self.sealed().exclude(pk__in=under_way) if is_gatekeeper(user) else self.none()


class OpeningQuerySet(models.QuerySet["Opening"]):
    def visible_to(self, user: Visitor) -> OpeningQuerySet:
        """All, for a gatekeeper of the focal point; none for everybody else."""
        return self.all() if is_gatekeeper(user) else self.none()

    def under_way(self, today: date) -> OpeningQuerySet:
        """Those that wait for somebody: to decide, or to read while the grant lasts."""
        return self.filter(Q(state=lifecycle.ASKED) | Q(state=lifecycle.GRANTED, decided_on__gte=today - self.model.LASTS))

    def waiting(self) -> OpeningQuerySet:
        """Those that nobody has decided."""
        return self.filter(state=lifecycle.ASKED)

    def decidable_by(self, user: Visitor) -> OpeningQuerySet:
        """Those that the user may agree to or refuse; the twin of `may_decide_opening`."""
        return self.visible_to(user).waiting().exclude(asked_by=user.pk)

    def readable_by(self, user: Visitor, *, today: date) -> OpeningQuerySet:
        """Those that somebody else has granted the user, and that are good today; the twin of `may_read_identity`."""
        return self.visible_to(user).filter(state=lifecycle.GRANTED, asked_by=user.pk, decided_on__gte=today - self.model.LASTS)

    def with_case(self) -> OpeningQuerySet:
        """With all that a row of the gatekeepers' page shows."""
        return self.select_related("inquiry", "inquiry__identity", "asked_by", "decided_by").defer("inquiry__sealed_subject")

    def newest_first(self) -> OpeningQuerySet:
        return self.order_by("-asked_on", "pk")


class NamedAskerQuerySet(models.QuerySet["NamedAsker"]):
    def followed_by(self, user: Visitor) -> NamedAskerQuerySet:
        """Those in the name of an organisation that the user belongs to now; the twin of `may_follow`."""
        return self.filter(organisation__in=asking_organisations(user))

    def known_to(self, user: Visitor) -> NamedAskerQuerySet:
        """Those of inquiries that the official may read; the twin of `may_reveal`."""
        return self.filter(inquiry__in=apps.get_model("inquiries", "Inquiry").objects.visible_to(user).values("pk"))

    def newest_first(self) -> NamedAskerQuerySet:
        return self.order_by("-inquiry__received_on", "inquiry__reference")


# --- answers for everybody ------------------------------------------------------------------------------------------

MOST_LEXEMES = 60


class PublicationQuerySet(models.QuerySet["Publication"]):
    def public(self) -> PublicationQuerySet:
        """What is out and stands."""
        return self.filter(published_revision__isnull=False).exclude(state=lifecycle.WITHDRAWN)

    def visible_to(self, user: Visitor) -> PublicationQuerySet:
        """For the desk: those of the agencies for which the user works, and whatever has come out."""
        agencies = [held.organisation for held in memberships(user) if held.role in PUBLICATION_ROLES]
        if not agencies:
            return self.none()
        if any(agency.is_focal_point for agency in agencies):
            return self.all()
        return self.filter(Q(agency__in=agencies) | Q(published_revision__isnull=False))

    def due(self, today: date) -> PublicationQuerySet:
        return self.filter(state=lifecycle.APPROVED, not_before__lte=today)

    def newest_first(self) -> PublicationQuerySet:
        return self.order_by(F("published_on").desc(nulls_last=True), "pk")

    def on_code(self, code: str) -> PublicationQuerySet:
        """Those on a control entry, on what stands below it and on what it stands below: 3A001 and 3A001.a.5 find each other."""
        return self.filter(_on_code(code))

    def on_segment(self, segment: Segment) -> PublicationQuerySet:
        return self.filter(Q(segments=segment) | Q(segments__parent=segment)).distinct()

    def search(self, words: str) -> PublicationQuerySet:
        """Those that hold all of the words, the best first."""
        query = SearchQuery(words, config="english", search_type="websearch")
        return self.filter(search=query).annotate(rank=SearchRank(F("search"), query)).order_by("-rank", "pk")

    def helping(self, text: str, *, topic: str = "") -> PublicationQuerySet:
        """Those that may already answer `text`, the likeliest first; the same topic counts more.

        One does if its title or question shares LEAST_SHARED telling words with the text, or a third of them, or a control entry.
        """
        with connections[self.db].cursor() as cursor:
            cursor.execute("SELECT tsvector_to_array(to_tsvector('english', %s))", [text])
            (lexemes,) = cursor.fetchone()
        # The longest words say most; a bound keeps the search cheap whatever is pasted in.
        telling = sorted(filter(_is_telling, lexemes), key=lambda lexeme: (-len(lexeme), lexeme))[:MOST_LEXEMES]
        entries = codes_in(text)
        on_entries = reduce(or_, map(_on_code, entries), Q(pk__in=[]))
        if not telling:
            return self.filter(on_entries).annotate(rank=Value(0.0)).order_by("pk")
        query = SearchQuery(" | ".join(f"{_quoted(each)}:AB" for each in telling), config="simple", search_type="raw")
        shared = RawSQL(
            "cardinality(ARRAY(SELECT unnest(tsvector_to_array(ts_filter(inquiries_publication.search, '{a,b}')))"
            " INTERSECT SELECT unnest(%s::text[])))",
            [telling],
            IntegerField(),
        )
        share = Case(When(topic=topic, then=Value(1.5)), default=Value(1.0))
        ranked = self.annotate(rank=SearchRank(F("search"), query) * share, shared=shared)
        enough = Q(search=query, shared__gte=min(LEAST_SHARED, math.ceil(len(telling) / 3)))
        return ranked.filter(enough | on_entries).order_by("-rank", "pk")


LEAST_SHARED = 2
# What every question here is full of, as the English dictionary stems it: two of these in common mean nothing.
_COMMON = """
control list export import licenc firm compani need sell buy use may would could countri custom end user item product
good question ask want year new know deliv deliveri order send ship permit requir rule union europ european eu trade
make made get one two three four five first whether answer say pleas help also thank dear regard tell case abroad third
person
"""
_EVERYWHERE = frozenset(_COMMON.split())


def _is_telling(lexeme: str) -> bool:
    """Whether it is a word, and not one that is everywhere; numbers, addresses and codes say nothing of what is asked."""
    return len(lexeme) > 2 and lexeme[0].isalpha() and lexeme.replace("-", "").isalnum() and lexeme not in _EVERYWHERE


def _on_code(code: str) -> Q:
    """Those on a control entry, on what stands below it and on what it stands below."""
    parts = code.split(".")
    above = [".".join(parts[:length]) for length in range(1, len(parts) + 1)]
    below = RawSQL("EXISTS (SELECT 1 FROM unnest(codes) AS code WHERE starts_with(code, %s))", [f"{code}."], BooleanField())
    return Q(codes__overlap=above) | Q(below)


def _quoted(lexeme: str) -> str:
    escaped = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
