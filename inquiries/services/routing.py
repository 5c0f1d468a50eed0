"""Putting an inquiry where the rules say, and saying why.

What is decided when an inquiry is filed is decided inside the transaction that files it, while the case key is at hand, so that
the agency can open the case from the first moment and nobody else ever could.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalogue import regions
from catalogue.models import Segment
from inquiries import routing
from inquiries.models import Flag, Inquiry, Mode, RoutingRule, Topic
from organisations.querysets import prepared

LONGEST_WHY = 300


class UnableToRoute(Exception):
    """No rule holds for the inquiry."""


@dataclass(frozen=True)
class Outcome:
    """The rule that decides, and in words which one and what of it the inquiry met."""

    rule: RoutingRule
    why: str


def place_new(inquiry: Inquiry, *, segments: Iterable[Segment]) -> list[tuple[str, str]]:
    """Put an inquiry that is about to be filed where the rules say, and return what its history tells of it, (kind, detail).

    Where no rule holds, it stays with the focal point and nothing is told. Nothing is saved.
    """
    outcome = decide(inquiry, segments=segments)
    if outcome is None:
        return []
    inquiry.agency = outcome.rule.agency
    put(inquiry, outcome.rule)
    return [("portal-routes", outcome.why)]


def put(inquiry: Inquiry, rule: RoutingRule) -> None:
    """Set what a rule sets beside the agency. A rule without a priority leaves the one there is."""
    inquiry.team = rule.team
    inquiry.priority = rule.priority or inquiry.priority
    inquiry.target_days = rule.target_days


def decide(inquiry: Inquiry, *, segments: Iterable[Segment]) -> Outcome | None:
    """Return what the rules in force say of an inquiry as it is now, or None where none holds."""
    rules = [routing.Rule.naming(*columns) for columns in _in_force()]
    if not rules:
        return None
    about = routing.facts(
        topic=inquiry.topic,
        mode=inquiry.mode,
        destination=inquiry.destination,
        segments=_lineage(segments),
        codes=inquiry.codes,
        flags=inquiry.flags,
    )
    decision = routing.decide(routing.in_order(rules), about)
    if decision is None:
        return None
    rule = RoutingRule.objects.select_related("agency").get(pk=decision.rule.id)
    return Outcome(rule, _why(rule, decision))


@prepared
def _in_force() -> QuerySet[RoutingRule, tuple[Any, ...]]:
    return RoutingRule.objects.in_force().in_order().values_list("pk", "tier", "position", *routing.KINDS)


def _lineage(segments: Iterable[Segment]) -> set[str]:
    """The codes of the segments and of all above them; one query a level above the areas, none for areas."""
    found: set[str] = set()
    level = list(segments)
    while level:
        found.update(segment.code for segment in level)
        level = list(Segment.objects.filter(pk__in={segment.parent_id for segment in level if segment.parent_id}))
    return found


# --- in words -------------------------------------------------------------------------------------------------------

KIND_LABELS = {
    routing.TOPICS: gettext_lazy("topic"),
    routing.SEGMENTS: gettext_lazy("segment"),
    routing.CODES: gettext_lazy("control entry"),
    routing.DESTINATIONS: gettext_lazy("destination"),
    routing.MODES: gettext_lazy("how it is asked"),
    routing.FLAGS: gettext_lazy("flag"),
}


def _plain(value: str) -> str:
    return value


_NAMES: Mapping[str, Callable[[str], Any]] = {
    routing.TOPICS: lambda value: Topic(value).label,
    routing.SEGMENTS: _plain,
    routing.CODES: _plain,
    routing.DESTINATIONS: regions.place_name,
    routing.MODES: lambda value: Mode(value).label,
    routing.FLAGS: lambda value: Flag(value).label,
}


def in_words(met: Iterable[tuple[str, Iterable[str]]]) -> str:
    """Conditions as a line such as “topic: Sanctions; destination: Eastern Asia or Iran”."""
    either = f" {_('or')} "
    parts = (f"{KIND_LABELS[kind]}: {either.join(str(_NAMES[kind](value)) for value in values)}" for kind, values in met)
    return "; ".join(parts) or _("every inquiry")


def was_sent_to(detail: str, names: Iterable[str]) -> bool:
    """Whether the line that _why wrote into a history names an agency that has one of `names` as the one that got the case."""
    _rule, _quote, rest = detail.rpartition("” (")  # what a rule is called may name any agency
    return any(f" {name};" in rest for name in names)


def _why(rule: RoutingRule, decision: routing.Decision) -> str:
    """Which rule in which version sends it where, and what of it the inquiry met; the office's words, shortened to LONGEST_WHY."""
    told = _("rule “%(name)s” (tier %(tier)d, version %(version)d) sends it to %(agency)s; %(conditions)s") % {
        "name": rule.name,
        "tier": rule.tier,
        "version": rule.version,
        "agency": rule.agency or _("the focal point"),
        "conditions": in_words(decision.met),
    }
    return str(Truncator(told).chars(LONGEST_WHY))
