from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db import connections, models
from django.db.models import Case, Count, F, FloatField, Max, OuterRef, Prefetch, Q, Subquery, Value, When
from django.db.models.functions import Coalesce

from catalogue.parsing import cas_numbers, code_typed, codes_in
from catalogue.synonyms import expansions

if TYPE_CHECKING:
    from catalogue.models import ControlEntry, ControlList, Segment, SegmentMapping  # noqa: F401

# Measured on items worded as the trade words them: an entry's whole text finds it, its best paragraph puts it in front.
PARAGRAPH_SHARE = 3.0
SYNONYM_SHARE = 0.6
MOST_LEXEMES = 200  # looked up
MOST_WORDS = 40  # ranked
_NUMBER = re.compile(r"[\d.,/-]+")


class SegmentQuerySet(models.QuerySet["Segment"]):
    def current(self) -> SegmentQuerySet:
        return self.filter(is_current=True)

    def in_order(self) -> SegmentQuerySet:
        return self.order_by("code", "pk")

    def areas(self) -> SegmentQuerySet:
        """The ten EU critical technology areas now in force, in order: the choices of a form."""
        return self.current().filter(scheme="eu-critical-technology-areas", parent=None).in_order()

    def technologies(self) -> SegmentQuerySet:
        """The technologies below the EU areas now in force, in order."""
        return self.current().filter(scheme="eu-critical-technology-areas", parent__isnull=False).in_order()

    def with_neighbours(self) -> SegmentQuerySet:
        """Together with the segments above and below and the mappings to and from other schemes, in a fixed number of queries."""
        model: Any = self.model
        mappings = model._meta.get_field("mappings").related_model  # noqa: SLF001  Django's documented _meta
        return self.select_related("parent").prefetch_related(
            Prefetch("children", queryset=model.objects.in_order()),
            Prefetch("mapped_from", queryset=mappings.objects.select_related("segment").order_by("segment__code", "pk")),
            Prefetch("mappings", queryset=mappings.objects.select_related("target").order_by("target__code", "pk")),
        )


class SegmentMappingQuerySet(models.QuerySet["SegmentMapping"]):
    pass


class ControlListQuerySet(models.QuerySet["ControlList"]):
    def current(self) -> ControlListQuerySet:
        return self.filter(is_current=True)


class Lexemes(SearchQuery):
    """A text search query that is already in lexemes, so that PostgreSQL does not stem its words a second time."""

    def __init__(self, lexemes: Iterable[str]) -> None:
        super().__init__(" | ".join(_quoted(lexeme) for lexeme in lexemes))

    def as_sql(self, *args: Any, **kwargs: Any) -> Any:
        return super().as_sql(*args, **kwargs | {"template": "(%(expressions)s)::tsquery"})


def _quoted(lexeme: str) -> str:
    escaped = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


class ControlEntryQuerySet(models.QuerySet["ControlEntry"]):
    def current(self) -> ControlEntryQuerySet:
        return self.filter(control_list__is_current=True).select_related("control_list")

    def in_order(self) -> ControlEntryQuerySet:
        return self.order_by("order", "pk")

    def entries(self) -> ControlEntryQuerySet:
        return self.filter(kind="entry")

    def paragraphs(self) -> ControlEntryQuerySet:
        """Entries and the paragraphs below them: what a code names."""
        return self.filter(kind__in=("entry", "para"))

    def with_code(self, code: str) -> ControlEntryQuerySet:
        """The paragraph that has this code, however it is typed."""
        return self.paragraphs().filter(code=code_typed(code))

    def in_category(self, category: str) -> ControlEntryQuerySet:
        return self.filter(category=category)

    def of_segment(self, segment: Segment) -> ControlEntryQuerySet:
        """What stands below the entries that are often met in a segment: a hint, never a limit."""
        return self.filter(entry_code__in=segment.control_codes)

    def search(self, text: str) -> ControlEntryQuerySet:
        """What a text may be about, the likeliest first.

        A code or its beginning finds paragraphs, the exact code first; a CAS number finds the paragraphs that name it; words
        find entries. Any of the words suffices: asking for all of them misses nine items in ten, because the lists speak
        another language than the trade. Words count the more, the fewer entries have them, and those of `synonyms` count less.
        Finding nothing never means that an item is free of control.
        """
        if code := code_typed(text):
            exact = Case(When(code=code, then=0), default=1)
            return self.paragraphs().filter(code__startswith=code).order_by(exact, "order", "pk")
        if numbers := cas_numbers(text):
            named = Q()
            for number in numbers[:10]:
                named |= Q(text__contains=number)
            found = self.filter(named)
            if found.exists():
                return found.in_order()
        return self._search_words(text)

    def _search_words(self, text: str) -> ControlEntryQuerySet:
        weights = self.entries()._weights(text)  # noqa: SLF001  the same class
        entries = self.entries()
        codes = codes_in(text)
        if not weights and not codes:
            return self.none()
        matching = Q(code__in=codes)
        if weights:
            matching |= Q(search=Lexemes(weights))
        below = (
            self.model._default_manager.filter(  # noqa: SLF001  Django's documented _default_manager
                control_list=OuterRef("control_list"), entry_code=OuterRef("entry_code")
            )
            .exclude(kind="entry")
            .filter(search=Lexemes(weights))
            .annotate(rank=_rank(weights, normalization=1))
        )
        highest = below.values("entry_code").annotate(highest=Max("rank")).values("highest")
        return (
            entries.filter(matching)
            .annotate(
                is_named=Case(When(code__in=codes, then=0), default=1),
                rank=_rank(weights, normalization=0)
                + PARAGRAPH_SHARE * Coalesce(Subquery(highest), 0.0, output_field=FloatField()),
                best_code=Subquery(below.filter(kind="para").order_by("-rank", "order").values("code")[:1]),
            )
            .order_by("is_named", F("rank").desc(), "code", "pk")
        )

    def _weights(self, text: str) -> dict[str, float]:
        """The lexemes of a text and of its synonyms, each with its weight: how rare it is among these entries, as a logarithm."""
        typed, widened = self._lexemes(text, " ".join(expansions(text)))
        words = [lexeme for lexeme in typed if not _NUMBER.fullmatch(lexeme)] or typed
        shares = dict.fromkeys(widened, SYNONYM_SHARE) | dict.fromkeys(words, 1.0)
        lexemes = list(shares)[:MOST_LEXEMES]
        counts = self.order_by().aggregate(
            every=Count("pk"), **{f"n{i}": Count("pk", filter=Q(search=Lexemes([lexeme]))) for i, lexeme in enumerate(lexemes)}
        )
        weights = {
            lexeme: shares[lexeme] * math.log(1 + counts["every"] / counts[f"n{i}"])
            for i, lexeme in enumerate(lexemes)
            if counts[f"n{i}"]
        }
        heaviest = sorted(weights, key=lambda lexeme: (-weights[lexeme], lexeme))[:MOST_WORDS]
        return {lexeme: weights[lexeme] for lexeme in heaviest}

    def _lexemes(self, *texts: str) -> list[list[str]]:
        with connections[self.db].cursor() as cursor:
            cursor.execute(
                "SELECT " + ", ".join("tsvector_to_array(to_tsvector('english', %s))" for _ in texts),
                texts,
            )
            return list(cursor.fetchone())


def _rank(weights: dict[str, float], *, normalization: int) -> Any:
    rank: Any = Value(0.0, output_field=FloatField())
    for lexeme, weight in weights.items():
        rank = rank + Value(weight) * SearchRank(F("search"), Lexemes([lexeme]), normalization=normalization)
    return rank
