"""The rules by which inquiries find their agency, by program: read, changed by administrators, tried before they are in force."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from inquiries import doorbell
from inquiries.api.desk import SIGNED_IN, Described, OfficialsViewSet, Refused
from inquiries.api.office import LATEST, PAGE, checked
from inquiries.forms.routing import MOST_CODES, MOST_PLACES, RuleForm
from inquiries.models import DryRun, Flag, Mode, Priority, RoutingRule, RoutingRuleVersion, Topic
from inquiries.models.routing import LAST_TIER, LONGEST_TARGET
from inquiries.permissions import may_change_rules, may_see_rules
from inquiries.services import dry_runs, rules
from inquiries.services.rules import Terms
from organisations.api import StrictSerializer, problem
from organisations.models import Scope
from organisations.validators import plain_text

LINES = ("codes", "destinations")  # which the form takes one a line

# --- what comes in ----------------------------------------------------------------------------------------------------


def _choices(choices: Any, help_text: str = "") -> serializers.ListField:
    child = serializers.ChoiceField(choices=choices)
    return serializers.ListField(child=child, required=False, max_length=20, help_text=help_text or "Any without it.")


def _words(most: int, longest: int, help_text: str) -> serializers.ListField:
    child = serializers.CharField(max_length=longest, validators=[plain_text])
    return serializers.ListField(child=child, required=False, max_length=most, help_text=help_text)


class TermsSerializer(StrictSerializer):
    """What a rule says; what is left out asks for nothing and sets nothing."""

    name = serializers.CharField(max_length=80, validators=[plain_text], help_text="Stands in the history of what it sorts.")
    tier = serializers.IntegerField(min_value=1, max_value=LAST_TIER, help_text="Of the rules that hold, the lowest tier decides.")
    topics = _choices(Topic.choices)
    segments = _words(100, 20, "Codes of EDT segments; an area holds for all its technologies.")
    codes = _words(MOST_CODES, 40, "Control entries, such as 3A001.a or 3A001; 3A is its whole group and 3 its category.")
    destinations = _words(MOST_PLACES, 60, "Countries and regions, by name, ISO code or UN M49 number.")
    modes = _choices(Mode.choices)
    flags = _choices(Flag.choices)
    agency = serializers.UUIDField(required=False, allow_null=True, help_text="Where it goes; null is the focal point.")
    team = serializers.CharField(required=False, allow_blank=True, max_length=40, validators=[plain_text])
    priority = serializers.ChoiceField(choices=Priority.choices, required=False, allow_blank=True)
    target_days = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=LONGEST_TARGET, help_text="Business days to the first answer."
    )


class ChangeRuleSerializer(TermsSerializer):
    version = serializers.IntegerField(
        min_value=1, max_value=2**31 - 1, help_text="Which you had before you; a newer one refuses the change."
    )


class MoveRuleSerializer(StrictSerializer):
    to = serializers.ChoiceField(choices=["up", "down"], help_text="Within its tier; at the end of it a rule stays.")


class SwitchRuleSerializer(StrictSerializer):
    on = serializers.BooleanField()


class TryRulesSerializer(StrictSerializer):
    """Without terms the rules in force are tried, for auditors as well; with them a new rule, or another reading of one."""

    terms = TermsSerializer(required=False)
    rule = serializers.UUIDField(required=False, help_text="In whose place the terms stand; without it they are one more rule.")


# --- what is read -----------------------------------------------------------------------------------------------------


class RuleSerializer(serializers.ModelSerializer[RoutingRule]):
    agency = serializers.UUIDField(source="agency_id", allow_null=True, help_text="Null is the focal point.")
    agency_name = serializers.CharField(source="agency.name", default=None)

    class Meta:
        model = RoutingRule
        fields = (
            "id", "name", "tier", "position", "is_active", "topics", "segments", "codes", "destinations", "modes", "flags",
            "agency", "agency_name", "team", "priority", "target_days", "version",
        )  # fmt: skip
        read_only_fields = fields


class RuleVersionSerializer(serializers.ModelSerializer[RoutingRuleVersion]):
    by = serializers.CharField(source="by.name")
    content = serializers.DictField(help_text="The rule as it read then.")

    class Meta:
        model = RoutingRuleVersion
        fields = ("number", "change", "by", "on", "content")
        read_only_fields = fields


class RuleDetailSerializer(RuleSerializer):
    versions = RuleVersionSerializer(many=True, help_text="The latest, the newest first.")

    class Meta(RuleSerializer.Meta):
        fields = (*RuleSerializer.Meta.fields, "versions")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


class TriedRuleSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    tier = serializers.IntegerField()
    version = serializers.IntegerField(help_text="0: not saved.")
    agency = serializers.CharField(help_text="Empty for the focal point.")


class TallySerializer(serializers.Serializer[Any]):
    rule = TriedRuleSerializer(allow_null=True, help_text="Null: no rule holds.")
    number = serializers.IntegerField(help_text="How many inquiries it decides.")
    agreed = serializers.IntegerField(help_text="How many of them are where it sends them.")


class AlikeSerializer(serializers.Serializer[Any]):
    """Inquiries that are alike in coarse facts; no case can be told from it."""

    topic = serializers.CharField()
    segments = serializers.ListField(child=serializers.CharField())
    destination = serializers.CharField()
    rule = TriedRuleSerializer(allow_null=True)
    would_go_to = serializers.CharField()
    went_to = serializers.CharField()
    is_agreed = serializers.BooleanField()
    number = serializers.IntegerField()


class RehearsalSerializer(serializers.Serializer[Any]):
    total = serializers.IntegerField()
    changed = serializers.IntegerField(help_text="How many would go elsewhere than under the rules in force.")
    hidden = serializers.IntegerField(help_text="How many are in rows that are left off.")
    by_rule = TallySerializer(many=True)
    rows = AlikeSerializer(many=True)


class DryRunSerializer(serializers.ModelSerializer[DryRun]):
    state = serializers.SerializerMethodField(help_text="waiting, running, done, or failed: it came to nothing")
    rule = serializers.UUIDField(source="rule_id", allow_null=True)

    class Meta:
        model = DryRun
        fields = ("id", "number", "state", "begun_on", "since", "rule", "total", "done")
        read_only_fields = fields
        extra_kwargs = {"since": {"help_text": "The day after which the inquiries came that are counted."}}

    def get_state(self, run: DryRun) -> str:
        return DryRun.State.FAILED if dry_runs.has_stopped(run) else run.state


class DryRunDetailSerializer(DryRunSerializer):
    result = serializers.SerializerMethodField(help_text="Null until it is done.")

    class Meta(DryRunSerializer.Meta):
        fields = (*DryRunSerializer.Meta.fields, "result")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]

    def get_result(self, run: DryRun) -> dict[str, Any] | None:
        found = dry_runs.result(run)
        return dict(RehearsalSerializer(found).data) if found else None


_TERMS = {
    "name": "Machine tools",
    "tier": 30,
    "topics": ["classification"],
    "segments": [],
    "codes": ["2B001"],
    "destinations": ["KR"],
    "modes": [],
    "flags": [],
    "agency": "3f0f2a52-6f0e-4f7e-8d0a-2f9f6a0c2f11",
    "team": "Machine tools",
    "priority": "",
    "target_days": 10,
}
_RULE = {
    "id": "6a0f2f0e-5d8e-4c62-9d0d-4d2f6f4f3c11",
    "position": 1,
    "is_active": True,
    "agency_name": "Strategic Goods Licensing Board",
    "version": 2,
    **_TERMS,
}
_DETAIL = _RULE | {
    "versions": [{"number": 2, "change": "changed", "by": "Ahti Administrator", "on": "2026-11-23", "content": _TERMS}]
}
_TRIED = {"name": "Machine tools", "tier": 30, "version": 2, "agency": "Strategic Goods Licensing Board"}
_RUN = {
    "id": "6a0f2f0e-5d8e-4c62-9d0d-4d2f6f4f3c11",
    "number": 1,
    "state": "done",
    "begun_on": "2026-11-23",
    "since": "2026-08-25",
    "rule": None,
    "total": 41,
    "done": 41,
}
_ALIKE = {
    "topic": "classification",
    "segments": ["CTA10"],
    "destination": "KR",
    "rule": _TRIED,
    "would_go_to": "Strategic Goods Licensing Board",
    "went_to": "",
    "is_agreed": False,
    "number": 3,
}
_RAN = _RUN | {
    "result": {
        "total": 41,
        "changed": 3,
        "hidden": 0,
        "by_rule": [{"rule": _TRIED, "number": 12, "agreed": 9}],
        "rows": [_ALIKE],
    }
}
_WRONG = {400: problem("Some fields need mending.")}
_OF_ONE = SIGNED_IN | {404: problem("There is none.")}
_CHANGED = {409: problem("Somebody has changed it meanwhile, or it can't be so.")}


def _described(summary: str, request: Any = None, example: dict[str, Any] | None = None, *, code: int = 200) -> Described:
    """What the schema says of a call that answers with a rule."""
    sent = [OpenApiExample("what is sent", value=example, request_only=True)] if example is not None else []
    shown = OpenApiExample("the rule", value=_DETAIL, response_only=True, status_codes=[str(code)])
    answers = {code: RuleDetailSerializer, **(_WRONG | _CHANGED if request else {}), **_OF_ONE}
    described: Described = extend_schema(summary=summary, request=request, responses=answers, examples=[*sent, shown])
    return described


# --- the verbs --------------------------------------------------------------------------------------------------------


@extend_schema(tags=["office"])
@method_decorator(never_cache, name="dispatch")
class RuleViewSet(OfficialsViewSet):
    """For administrators, who read no cases, and auditors, who change nothing."""

    may_of = {
        **dict.fromkeys(("list", "retrieve"), may_see_rules),
        **dict.fromkeys(("add", "change", "move", "switch"), may_change_rules),
    }
    said_so = (rules.UnableToChange,)
    queryset = RoutingRule.objects.none()
    scope_of = {
        **dict.fromkeys(("list", "retrieve"), Scope.OFFICE_READ),
        **dict.fromkeys(("add", "change", "move", "switch"), Scope.OFFICE_WRITE),
    }

    @extend_schema(
        summary="List the rules that sort inquiries",
        description="In the order in which they are asked: the lowest tier first.",
        parameters=PAGE,
        responses={200: RuleSerializer(many=True), **_OF_ONE},
        examples=[OpenApiExample("a rule", value=_RULE, response_only=True, status_codes=["200"])],
        filters=False,
    )
    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(RoutingRule.objects.visible_to(request.user).in_order())
        return self.get_paginated_response(RuleSerializer(page, many=True).data)

    @_described("Read a rule and what it said before")
    def retrieve(self, request: Request, pk: UUID) -> Response:  # noqa: ARG002  the library's signature
        return _shown(rule_of(self, pk))

    @_described("Add a rule behind the others of its tier", TermsSerializer, _TERMS, code=201)
    def add(self, request: Request) -> Response:  # noqa: ARG002  the library's signature
        terms = _terms(self.said(TermsSerializer))
        return _shown(self._do(rules.add, terms=terms), code=status.HTTP_201_CREATED)

    @_described("Make a rule say something else", ChangeRuleSerializer, _TERMS | {"version": 2})
    def change(self, request: Request, pk: UUID) -> Response:  # noqa: ARG002  the library's signature
        rule, said = rule_of(self, pk), self.said(ChangeRuleSerializer)
        version = said.pop("version")
        return _shown(self._do(rules.change, rule, terms=_terms(said, rule), version=version))

    @_described("Let a rule change places with its neighbour", MoveRuleSerializer, {"to": "up"})
    def move(self, request: Request, pk: UUID) -> Response:  # noqa: ARG002  the library's signature
        rule, said = rule_of(self, pk), self.said(MoveRuleSerializer)
        return _shown(self._do(rules.move, rule, up=said["to"] == "up"))

    @_described("Switch a rule on or off", SwitchRuleSerializer, {"on": False})
    def switch(self, request: Request, pk: UUID) -> Response:  # noqa: ARG002  the library's signature
        rule, said = rule_of(self, pk), self.said(SwitchRuleSerializer)
        return _shown(self._do(rules.switch, rule, on=said["on"]))

    def _do(self, done: Callable[..., RoutingRule], *on: RoutingRule, **said: Any) -> RoutingRule:
        try:
            return done(*on, **said, by=self.official(), today=timezone.localdate())
        except rules.UnableToChange as error:
            raise self.refusal(error) from error


class QueueUnreachable(APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "The queue can't be reached just now. Nothing was counted: try again in a minute."


@extend_schema(tags=["office"])
@method_decorator(never_cache, name="dispatch")
class DryRunViewSet(OfficialsViewSet):
    may = staticmethod(may_see_rules)
    said_so = (rules.UnableToChange,)
    queryset = DryRun.objects.none()
    scope_of = dict.fromkeys(("list", "retrieve", "start"), Scope.OFFICE_READ)

    @extend_schema(
        summary="List your dry runs",
        description="The newest first; each is forgotten the next day.",
        parameters=PAGE,
        responses={200: DryRunSerializer(many=True), **_OF_ONE},
        examples=[OpenApiExample("a dry run", value=_RUN, response_only=True, status_codes=["200"])],
        filters=False,
    )
    def list(self, request: Request) -> Response:
        mine = DryRun.objects.visible_to(request.user).defer("result").order_by("-begun_on", "-number")
        return self.get_paginated_response(DryRunSerializer(self.paginate_queryset(mine), many=True).data)

    @extend_schema(
        summary="Read how far a dry run has come, and what came of it",
        responses={200: DryRunDetailSerializer, **_OF_ONE},
        examples=[OpenApiExample("done", value=_RAN, response_only=True, status_codes=["200"])],
    )
    def retrieve(self, request: Request, pk: UUID) -> Response:  # noqa: ARG002  the library's signature
        return self._shown(pk)

    @extend_schema(
        summary="Try the rules, or a change of them, on the inquiries of the last days",
        description="Nothing is saved and no case is opened. The same asked twice is one run; read it until it is done.",
        request=TryRulesSerializer,
        responses={
            201: DryRunDetailSerializer,
            503: problem("The queue can't be reached; nothing was counted."),
            **_WRONG,
            **_CHANGED,
            **_OF_ONE,
        },
        examples=[
            OpenApiExample("one more rule", value={"terms": _TERMS}, request_only=True),
            OpenApiExample("what came of it", value=_RAN, response_only=True, status_codes=["201"]),
        ],
    )
    def start(self, request: Request) -> Response:  # noqa: ARG002  the library's signature
        said = self.said(TryRulesSerializer)
        rule = rule_of(self, said["rule"]) if "rule" in said else None
        if rule and "terms" not in said:
            raise ValidationError({"terms": ["Say what the rule would say."]})
        terms = _terms(said["terms"], rule) if "terms" in said else None
        version = rule.version if rule else None
        try:
            run = dry_runs.start(rule=rule, terms=terms, version=version, by=self.official(), today=timezone.localdate())
            doorbell.begin_dry_run(run)
        except dry_runs.UnableToTry as error:
            raise PermissionDenied("Only an administrator of the focal point tries a change of the rules.") from error
        except dry_runs.IsUnderWay as error:
            raise Refused(f"Another dry run of yours is under way: {error.run.pk}. Try again once it is over.") from error
        except rules.UnableToChange as error:
            raise self.refusal(error) from error
        except doorbell.UnableToRing as error:
            raise QueueUnreachable from error
        return self._shown(run.pk, code=status.HTTP_201_CREATED)

    def _shown(self, pk: UUID, *, code: int = status.HTTP_200_OK) -> Response:
        run = DryRun.objects.visible_to(self.request.user).filter(pk=pk).first()
        if run is None:
            raise Http404
        return Response(DryRunDetailSerializer(run).data, status=code)


def rule_of(view: OfficialsViewSet, pk: UUID) -> RoutingRule:
    found = RoutingRule.objects.visible_to(view.request.user).select_related("agency").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _terms(said: dict[str, Any], rule: RoutingRule | None = None) -> Terms:
    """What the page's form makes of the terms; raises ValidationError."""
    typed = {name: "\n".join(value) if name in LINES else value for name, value in said.items() if value is not None}
    form = RuleForm(typed, rule=rule)
    checked(form)
    return form.terms


def _shown(rule: RoutingRule, *, code: int = status.HTTP_200_OK) -> Response:
    versions = rule.versions.select_related("by").order_by("-number")[:LATEST]
    return Response(RuleSerializer(rule).data | {"versions": RuleVersionSerializer(versions, many=True).data}, status=code)
