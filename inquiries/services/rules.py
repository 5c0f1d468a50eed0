"""The administrator's verbs on the rules of routing. Each leaves a version that says who changed what on which day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from inquiries.models import RoutingRule, RoutingRuleVersion
from inquiries.permissions import may_change_rules
from inquiries.services import readers
from organisations.models import Organisation, User

Change = RoutingRuleVersion.Change


class UnableToChange(Exception):
    """The rule is refused, or is not any more what the administrator saw; the message says it in words."""


@dataclass(frozen=True)
class Terms:
    """What a rule says, apart from its place within its tier."""

    name: str
    tier: int
    topics: list[str]
    segments: list[str]
    codes: list[str]
    destinations: list[str]
    modes: list[str]
    flags: list[str]
    agency: Organisation | None
    team: str
    priority: str
    target_days: int | None


def sketch(rule: RoutingRule | None, *, terms: Terms) -> RoutingRule:
    """Return a rule with these terms as it would stand if it were saved and on, to try it; nothing is saved."""
    tried = RoutingRule.objects.get(pk=rule.pk) if rule else RoutingRule()
    if tried.tier != terms.tier:
        tried.position = _last_place(terms.tier)
    _set(tried, terms)
    tried.is_active = True
    return tried


@transaction.atomic
def add(*, terms: Terms, by: User, today: date) -> RoutingRule:
    """Add a rule behind the others of its tier."""
    _lock(by)
    rule = RoutingRule(position=_last_place(terms.tier))
    _set(rule, terms)
    return _keep(rule, Change.ADDED, by=by, today=today)


@transaction.atomic
def change(rule: RoutingRule, *, terms: Terms, version: int, by: User, today: date) -> RoutingRule:
    """Make a rule say something else. `version` is the one that the administrator saw; a newer one refuses the change."""
    rule = _locked(rule, by)
    if rule.version != version:
        raise UnableToChange(_("Somebody has changed this rule meanwhile. Look at it anew, then change it."))
    if rule.tier != terms.tier:
        rule.position = _last_place(terms.tier)
    _set(rule, terms)
    return _keep(rule, Change.CHANGED, by=by, today=today)


@transaction.atomic
def switch(rule: RoutingRule, *, on: bool, by: User, today: date) -> RoutingRule:
    """Switch a rule on or off; as it is already, it stays without a new version."""
    rule = _locked(rule, by)
    if rule.is_active == on:
        return rule
    rule.is_active = on
    return _keep(rule, Change.SWITCHED_ON if on else Change.SWITCHED_OFF, by=by, today=today)


@transaction.atomic
def move(rule: RoutingRule, *, up: bool, by: User, today: date) -> RoutingRule:
    """Let a rule change places with the one before or behind it in its tier; at the end of the tier it stays."""
    rule = _locked(rule, by)
    tier = RoutingRule.objects.filter(tier=rule.tier)
    if up:
        other = tier.filter(position__lt=rule.position).order_by("-position").first()
    else:
        other = tier.filter(position__gt=rule.position).order_by("position").first()
    if other is None:
        return rule
    rule.position, other.position = other.position, rule.position
    for each in (rule, other):
        _keep(each, Change.MOVED, by=by, today=today)
    return rule


def _lock(by: User) -> None:
    """One administrator at a time, so that places within a tier stay apart. Raises UnableToChange."""
    if not may_change_rules(by):
        raise UnableToChange(_("Only an administrator of the focal point changes the rules."))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('inquiries.routing'))")


def _locked(rule: RoutingRule, by: User) -> RoutingRule:
    _lock(by)
    return RoutingRule.objects.select_for_update().get(pk=rule.pk)


def _last_place(tier: int) -> int:
    return 1 + (RoutingRule.objects.filter(tier=tier).aggregate(last=Max("position"))["last"] or 0)


def _set(rule: RoutingRule, terms: Terms) -> None:
    if terms.agency is not None and not readers.may_be_reader(terms.agency):
        raise UnableToChange(_("Only an agency with one of the five functions may get inquiries."))
    for name in Terms.__dataclass_fields__:
        setattr(rule, name, getattr(terms, name))


def _keep(rule: RoutingRule, what: str, *, by: User, today: date) -> RoutingRule:
    rule.version += 1
    rule.save()
    rule.versions.create(number=rule.version, change=what, content=_content(rule), by=by, on=today)
    return rule


def _content(rule: RoutingRule) -> dict[str, Any]:
    """The rule as it reads now, for the version that keeps it."""
    content = {name: getattr(rule, name) for name in (*Terms.__dataclass_fields__, "position", "is_active")}
    return content | {"agency": str(rule.agency) if rule.agency else None}
