"""The rules by which inquiries find their agency: for administrators, who read no cases, and auditors, who change nothing."""

from __future__ import annotations

import uuid
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalogue.models import Segment
from catalogue.regions import place_name
from inquiries import doorbell, routing
from inquiries.forms.routing import RuleForm, SecondOfficialForm
from inquiries.models import DryRun, Priority, RoutingRule, RoutingRuleVersion, SecondOfficialRule, Topic
from inquiries.permissions import may_change_rules, may_see_rules
from inquiries.services import dry_runs, rules, second_official
from inquiries.services.routing import in_words
from organisations.permissions import person, requires

LATEST = 50
LATEST_RUNS = 10


@requires(may_see_rules)
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    return _listing(request)


def _listing(request: HttpRequest, *, status: int = 200, second_form: SecondOfficialForm | None = None) -> HttpResponse:
    found = [_shown(rule) for rule in RoutingRule.objects.visible_to(request.user).in_order()]
    tiers = [(tier, list(of_tier)) for tier, of_tier in groupby(found, key=lambda shown: shown["rule"].tier)]
    changes = RoutingRuleVersion.objects.select_related("rule", "by").order_by("-on", "-number", "pk")[:LATEST]
    needed = second_official.topics()
    context = {
        "tiers": tiers,
        "changes": changes,
        "may_change": may_change_rules(request.user),
        "dry_runs": _dry_runs(request),
        "second_topics": [topic.label for topic in Topic if topic in needed],
        "second_changes": SecondOfficialRule.objects.select_related("by").order_by("-on", "-number", "topic")[:LATEST],
        "second_form": second_form or SecondOfficialForm(initial={"topics": sorted(needed)}),
    }
    return render(request, "focalpoint/inquiries/routing/list.html", context, status=status)


def _dry_runs(request: HttpRequest) -> list[tuple[DryRun, bool]]:
    """The person's own, the newest first, each with whether it came to nothing."""
    mine = DryRun.objects.visible_to(request.user).select_related("rule").defer("result").order_by("-begun_on", "-number")
    return [(run, dry_runs.has_stopped(run)) for run in mine[:LATEST_RUNS]]


@requires(may_change_rules)
@require_POST
def set_second_official(request: HttpRequest) -> HttpResponse:
    form = SecondOfficialForm(request.POST)
    if not form.is_valid():
        return _listing(request, status=422, second_form=form)
    second_official.set_topics(form.cleaned_data["topics"], by=person(request), today=timezone.localdate())
    return redirect("focalpoint:routing")


@requires(may_change_rules)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    form = RuleForm(request.POST if request.method == "POST" else None)
    return _form_page(request, form, None)


@requires(may_see_rules)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def rule(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    if request.method == "POST" and not may_change_rules(request.user):
        raise PermissionDenied
    found = get_object_or_404(RoutingRule.objects.visible_to(request.user).select_related("agency"), pk=pk)
    form = RuleForm(request.POST if request.method == "POST" else None, rule=found)
    return _form_page(request, form, found)


@requires(may_change_rules)
@require_POST
def move(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    found = get_object_or_404(RoutingRule.objects.visible_to(request.user), pk=pk)
    rules.move(found, up=request.POST.get("to") == "up", by=person(request), today=timezone.localdate())
    return redirect("focalpoint:routing")


@requires(may_change_rules)
@require_POST
def switch(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    found = get_object_or_404(RoutingRule.objects.visible_to(request.user), pk=pk)
    rules.switch(found, on=request.POST.get("to") == "on", by=person(request), today=timezone.localdate())
    return redirect("focalpoint:routing")


@requires(may_see_rules)
@require_POST
def try_rules(request: HttpRequest) -> HttpResponse:
    """Try the rules in force. While a dry run of theirs is under way, it is that which they are shown."""
    try:
        run = dry_runs.start(by=person(request), today=timezone.localdate())
    except dry_runs.IsUnderWay as error:
        messages.warning(request, _("This dry run of yours is under way. Try the rules once it is over."))
        return redirect("focalpoint:routing-dry-run", pk=error.run.pk)
    return _begin(request, run)


@requires(may_see_rules)
@never_cache
@require_safe
def dry_run(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """How far a dry run has come, what came of it, and the form that was tried, to be saved or tried again."""
    run = get_object_or_404(DryRun.objects.visible_to(request.user).select_related("rule"), pk=pk)
    context = {"has_stopped": dry_runs.has_stopped(run), "run": run, **_rehearsed(run)}
    if request.headers.get("HX-Request"):
        return render(request, "focalpoint/inquiries/routing/progress.html", context)
    if run.sketch and may_change_rules(request.user):
        context["form"] = RuleForm(rule=run.rule, sketch=run.sketch)
    return render(request, "focalpoint/inquiries/routing/dry_run.html", context)


def _begin(request: HttpRequest, run: DryRun) -> HttpResponse:
    try:
        doorbell.begin_dry_run(run)
    except doorbell.UnableToRing:
        messages.warning(request, _("The queue can't be reached just now. Nothing was counted."))
    return redirect("focalpoint:routing-dry-run", pk=run.pk)


def _form_page(request: HttpRequest, form: RuleForm, found: RoutingRule | None) -> HttpResponse:
    """The form of a rule: save it, or try it over the last days without saving."""
    context: dict[str, object] = {"form": form, "rule": found, "may_change": may_change_rules(request.user)}
    status = 200
    if form.is_bound:
        response = _take(request, form, found) if form.is_valid() else None
        if response:
            return response
        status = 422
    if found is not None:
        context |= _shown(found)
        context["versions"] = [_told(version) for version in found.versions.select_related("by").order_by("-number")[:LATEST]]
    return render(request, "focalpoint/inquiries/routing/rule.html", context, status=status)


def _take(request: HttpRequest, form: RuleForm, found: RoutingRule | None) -> HttpResponse | None:
    """Where a form without faults leads to; None for one that is refused, which says why."""
    by, today, version = person(request), timezone.localdate(), form.cleaned_data["version"]
    try:
        if "try" in request.POST:
            return _begin(request, dry_runs.start(rule=found, terms=form.terms, version=version, by=by, today=today))
        if found is None:
            rules.add(terms=form.terms, by=by, today=today)
            messages.success(request, _("The rule has been added. It sorts what is filed from now on."))
        else:
            rules.change(found, terms=form.terms, version=version or 0, by=by, today=today)
            messages.success(request, _("The rule has been changed. It sorts what is filed from now on."))
    except rules.UnableToChange as error:
        form.add_error(None, str(error))
        return None
    except dry_runs.IsUnderWay:
        form.add_error(None, _("Another dry run of yours is under way. Try this rule once that is over."))
        return None
    return redirect("focalpoint:routing")


# --- in words -------------------------------------------------------------------------------------------------------


def _shown(found: RoutingRule) -> dict[str, Any]:
    return {"rule": found, "conditions": _conditions({kind: getattr(found, kind) for kind in routing.KINDS})}


def _conditions(named: dict[str, list[str]]) -> str:
    return in_words((kind, named[kind]) for kind in routing.KINDS if named.get(kind))


def _told(version: RoutingRuleVersion) -> dict[str, object]:
    """One version of a rule in words."""
    said = version.content
    return {
        "version": version,
        "name": said["name"],
        "tier": said["tier"],
        "position": said["position"],
        "is_active": said["is_active"],
        "conditions": _conditions(said),
        "agency": said["agency"],
        "team": said["team"],
        "priority": Priority(said["priority"]).label if said["priority"] else "",
        "target_days": said["target_days"],
    }


def _rehearsed(run: DryRun) -> dict[str, object]:
    found = dry_runs.result(run)
    if found is None:
        return {}
    labels = dict(Segment.objects.values_list("code", "label"))
    rows = [
        {
            "row": row,
            "topic": Topic(row.topic).label,
            "segments": [labels.get(code, code) for code in row.segments],
            "destination": place_name(row.destination) if row.destination else "",
        }
        for row in found.rows
    ]
    return {"rehearsal": found, "rows": rows}
