"""What an administrator sets for the office, and what supervisors look at, by program: days, targets, second officials, figures."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from inquiries import doorbell, figures
from inquiries.api.desk import SIGNED_IN, OfficialsViewSet, Refused
from inquiries.deadlines import LONGEST_TARGET
from inquiries.forms.deadlines import ClosureForm, TargetForm
from inquiries.models import Closure, Priority, Recalculation, ResponseTarget, SecondOfficialRule, Topic
from inquiries.permissions import may_change_rules, may_keep_calendar, may_see_figures, may_see_rules
from inquiries.services import clock, office_days, second_official
from organisations.api import StrictSerializer, problem
from organisations.models import Scope
from organisations.validators import plain_text

LATEST = 50
PAGE = [OpenApiParameter("page", int, description="Which page, from 1.")]
NOW, TONIGHT = "now", "tonight"


def checked(form: forms.Form) -> dict[str, Any]:
    """What a form of the pages makes of a call; raises ValidationError with its sentences."""
    if not form.is_valid():
        errors = {("non_field_errors" if name == "__all__" else name): list(map(str, found)) for name, found in form.errors.items()}
        raise ValidationError(errors)
    return form.cleaned_data


# --- the days of the office -------------------------------------------------------------------------------------------


class CloseOfficeSerializer(StrictSerializer):
    first_on = serializers.DateField(help_text="From today on.")
    last_on = serializers.DateField(required=False, help_text="One day without it.")
    reason = serializers.CharField(max_length=120, validators=[plain_text])


class ClosureSerializer(serializers.ModelSerializer[Closure]):
    by = serializers.CharField(source="by.name")

    class Meta:
        model = Closure
        fields = ("id", "first_on", "last_on", "reason", "declared_on", "by")
        read_only_fields = fields


class DaysSerializer(serializers.Serializer[Any]):
    closures = ClosureSerializer(many=True, help_text="Those that are not over, the next one first.")
    recalculation = serializers.ChoiceField(
        choices=[NOW, TONIGHT], help_text="When deadlines are worked out anew; tonight where the queue can't be reached."
    )


_CLOSURE = {
    "id": "6a0f2f0e-5d8e-4c62-9d0d-4d2f6f4f3c11",
    "first_on": "2026-12-28",
    "last_on": "2026-12-31",
    "reason": "The office moves",
    "declared_on": "2026-11-23",
    "by": "Ahti Administrator",
}
_DAYS = OpenApiExample(
    "the days", value={"closures": [_CLOSURE], "recalculation": NOW}, response_only=True, status_codes=["200", "201"]
)
_WRONG = {400: problem("Some fields need mending.")}
_BEGUN = {409: problem("That day has begun.")}


@extend_schema(tags=["office"])
@method_decorator(never_cache, name="dispatch")
class ClosureViewSet(OfficialsViewSet):
    may = staticmethod(may_keep_calendar)
    queryset = Closure.objects.none()
    scope_of = {"list": Scope.OFFICE_READ, **dict.fromkeys(("close_office", "take_back"), Scope.OFFICE_WRITE)}

    @extend_schema(
        summary="List the days on which the office is closed",
        description="Beside the public holidays; those that are not over, the next one first.",
        parameters=PAGE,
        responses={200: ClosureSerializer(many=True), 404: problem("No such page."), **SIGNED_IN},
        examples=[OpenApiExample("a closure", value=_CLOSURE, response_only=True, status_codes=["200"])],
        filters=False,
    )
    def list(self, request: Request) -> Response:  # noqa: ARG002  the library's signature
        page = self.paginate_queryset(_closures())
        return self.get_paginated_response(ClosureSerializer(page, many=True).data)

    @extend_schema(
        summary="Declare the office closed",
        description="Deadlines that have not come move with it.",
        request=CloseOfficeSerializer,
        responses={201: DaysSerializer, **_WRONG, **_BEGUN, **SIGNED_IN},
        examples=[
            OpenApiExample(
                "what is sent", value={name: _CLOSURE[name] for name in ("first_on", "last_on", "reason")}, request_only=True
            ),
            _DAYS,
        ],
    )
    def close_office(self, request: Request) -> Response:  # noqa: ARG002  the library's signature
        today = timezone.localdate()
        said = checked(ClosureForm(_as_typed(self.said(CloseOfficeSerializer)), today=today))
        try:
            run = office_days.close_office(**said, by=self.official(), today=today)
        except office_days.UnableToSet as error:
            raise Refused("That day has begun meanwhile.") from error
        return _days(run, code=status.HTTP_201_CREATED)

    @extend_schema(
        summary="Take back a closure that has not begun",
        responses={200: DaysSerializer, 404: problem("There is none."), **_BEGUN, **SIGNED_IN},
        examples=[_DAYS],
    )
    def take_back(self, request: Request, pk: UUID) -> Response:  # noqa: ARG002  the library's signature
        closure = Closure.objects.filter(pk=pk).first()
        if closure is None:
            raise Http404
        try:
            run = office_days.take_back(closure, by=self.official(), today=timezone.localdate())
        except office_days.UnableToSet as error:
            raise Refused("These days have begun: what was due has been put off already.") from error
        return _days(run)


def _closures() -> Any:
    return Closure.objects.coming(timezone.localdate()).select_related("by")


def _days(run: Recalculation, *, code: int = status.HTTP_200_OK) -> Response:
    """Have deadlines worked out anew, and say when."""
    try:
        doorbell.recompute_deadlines(run.pk)
    except doorbell.UnableToRing:
        when = TONIGHT
    else:
        when = NOW
    return Response(DaysSerializer({"closures": _closures()[:LATEST], "recalculation": when}).data, status=code)


def _as_typed(said: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in said.items()}


# --- response targets -------------------------------------------------------------------------------------------------


def _days_field(help_text: str) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=1, max_value=LONGEST_TARGET, help_text=help_text)


class TargetSerializer(StrictSerializer):
    """Business days for questions of one topic and priority."""

    topic = serializers.ChoiceField(choices=Topic.choices)
    priority = serializers.ChoiceField(choices=Priority.choices)
    acknowledge = _days_field("Taken within.")
    answer = _days_field("Answered within.")
    close = _days_field("Closed within.")
    valid_from = serializers.DateField(help_text="Tomorrow at the earliest: clocks that run keep their target.")


class InForceSerializer(serializers.Serializer[Any]):
    topic = serializers.CharField()
    priority = serializers.CharField()
    acknowledge = serializers.IntegerField()
    answer = serializers.IntegerField()
    close = serializers.IntegerField()


class TargetsSerializer(serializers.Serializer[Any]):
    in_force = InForceSerializer(many=True, help_text="Of a question that comes in today.")
    planned = TargetSerializer(many=True, help_text="The next ones first.")


_TARGET = {"topic": "licensing", "priority": "normal", "acknowledge": 2, "answer": 10, "close": 10}
_PLANNED = _TARGET | {"answer": 8, "valid_from": "2027-01-01"}
_TARGETS = OpenApiExample(
    "the targets", value={"in_force": [_TARGET], "planned": [_PLANNED]}, response_only=True, status_codes=["200"]
)


@extend_schema(tags=["office"])
@method_decorator(never_cache, name="dispatch")
class TargetViewSet(OfficialsViewSet):
    may = staticmethod(may_keep_calendar)
    queryset = ResponseTarget.objects.none()
    scope_of = {"read": Scope.OFFICE_READ, "set_targets": Scope.OFFICE_WRITE}

    @extend_schema(
        summary="Read how soon the office answers",
        responses={200: TargetsSerializer, **SIGNED_IN},
        examples=[_TARGETS],
        filters=False,
    )
    def read(self, request: Request) -> Response:  # noqa: ARG002  the library's signature
        return Response(_targets(timezone.localdate()))

    @extend_schema(
        summary="Set how soon the office answers",
        description="The same topic, priority and day again is replaced.",
        request=TargetSerializer,
        responses={200: TargetsSerializer, **_WRONG, **_BEGUN, **SIGNED_IN},
        examples=[OpenApiExample("what is sent", value=_PLANNED, request_only=True), _TARGETS],
    )
    def set_targets(self, request: Request) -> Response:  # noqa: ARG002  the library's signature
        today = timezone.localdate()
        form = TargetForm(_as_typed(self.said(TargetSerializer)), today=today)
        said = {name: checked(form)[name] for name in ("topic", "priority", "valid_from")}
        try:
            office_days.set_targets(**said, targets=form.targets(), by=self.official(), today=today)
        except office_days.UnableToSet as error:
            raise Refused("That day has begun meanwhile.") from error
        return Response(_targets(today))


def _targets(today: date) -> dict[str, Any]:
    table = clock.rules().targets
    in_force = [
        {"topic": topic, "priority": priority, **vars(table.at(topic, priority, today))} for topic in Topic for priority in Priority
    ]
    planned = ResponseTarget.objects.filter(valid_from__gt=today).order_by("valid_from", "topic", "priority")[:LATEST]
    shown: dict[str, Any] = TargetsSerializer({"in_force": in_force, "planned": planned}).data
    return shown


# --- second officials -------------------------------------------------------------------------------------------------


class SecondOfficialSerializer(StrictSerializer):
    topics = serializers.MultipleChoiceField(choices=Topic.choices, help_text="Of which a second official approves every answer.")


class SecondOfficialChangeSerializer(serializers.ModelSerializer[SecondOfficialRule]):
    by = serializers.CharField(source="by.name")

    class Meta:
        model = SecondOfficialRule
        fields = ("topic", "is_needed", "by", "on")
        read_only_fields = fields


class SecondOfficialsSerializer(serializers.Serializer[Any]):
    topics = serializers.ListField(child=serializers.CharField())
    changes = SecondOfficialChangeSerializer(many=True, help_text="The latest, the newest first.")


_SECOND = OpenApiExample(
    "the topics",
    value={
        "topics": ["sanctions"],
        "changes": [{"topic": "licensing", "is_needed": False, "by": "Ahti Administrator", "on": "2026-11-23"}],
    },
    response_only=True,
    status_codes=["200"],
)


@extend_schema(tags=["office"])
@method_decorator(never_cache, name="dispatch")
class SecondOfficialViewSet(OfficialsViewSet):
    may_of = {"read": may_see_rules, "set_topics": may_change_rules}
    queryset = SecondOfficialRule.objects.none()
    scope_of = {"read": Scope.OFFICE_READ, "set_topics": Scope.OFFICE_WRITE}

    @extend_schema(
        summary="Read on which topics a second official approves every answer",
        description="Whatever is flagged “Handle with care” needs one in any case.",
        responses={200: SecondOfficialsSerializer, **SIGNED_IN},
        examples=[_SECOND],
        filters=False,
    )
    def read(self, request: Request) -> Response:  # noqa: ARG002  the library's signature
        return self._shown()

    @extend_schema(
        summary="Set on which topics a second official approves every answer",
        request=SecondOfficialSerializer,
        responses={200: SecondOfficialsSerializer, **_WRONG, **SIGNED_IN},
        examples=[OpenApiExample("what is sent", value={"topics": ["sanctions"]}, request_only=True), _SECOND],
    )
    def set_topics(self, request: Request) -> Response:  # noqa: ARG002  the library's signature
        said = self.said(SecondOfficialSerializer)
        try:
            second_official.set_topics(said["topics"], by=self.official(), today=timezone.localdate())
        except second_official.UnableToSet as error:
            raise PermissionDenied from error
        return self._shown()

    @staticmethod
    def _shown() -> Response:
        needed = second_official.topics()
        changes = SecondOfficialRule.objects.select_related("by").order_by("-on", "-number", "topic")[:LATEST]
        found = {"topics": [topic for topic in Topic.values if topic in needed], "changes": changes}
        return Response(SecondOfficialsSerializer(found).data)


# --- figures ----------------------------------------------------------------------------------------------------------


class CountsSerializer(serializers.Serializer[Any]):
    label: serializers.Field[Any, Any, Any, Any] = serializers.CharField()  # type: ignore[assignment]
    numbers = serializers.ListField(child=serializers.IntegerField(), help_text="One for each column but the first.")


class TableSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    caption = serializers.CharField()
    columns = serializers.ListField(child=serializers.CharField())
    rows = CountsSerializer(many=True)


_FIGURES = [
    {
        "name": "backlog",
        "caption": "Backlog by age",
        "columns": ["State", "A week at most", "Two weeks", "All"],
        "rows": [{"label": "In hand", "numbers": [3, 1, 4]}],
    }
]


@extend_schema(tags=["office"])
@method_decorator(never_cache, name="dispatch")
class FigureViewSet(OfficialsViewSet):
    may = staticmethod(may_see_figures)
    pagination_class = None
    scope_of = {"list": Scope.OFFICE_READ}

    @extend_schema(
        summary="Read backlog, load and why answers were late",
        description="Of what you oversee as a supervisor.",
        responses={200: TableSerializer(many=True), **SIGNED_IN},
        examples=[OpenApiExample("the tables", value=_FIGURES, response_only=True, status_codes=["200"])],
        filters=False,
    )
    def list(self, request: Request) -> Response:
        tables = [
            {
                "name": table.name,
                "caption": table.caption,
                "columns": table.head,
                "rows": [{"label": label, "numbers": numbers} for label, numbers in table.rows],
            }
            for table in figures.overseen(request.user, today=timezone.localdate())
        ]
        return Response(TableSerializer(tables, many=True).data)
