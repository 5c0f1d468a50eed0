"""Queues by program beside reading them: several cases at once, after a look at what would happen, and saved filters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, QueryDict
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from inquiries.api.desk import REFUSALS, SIGNED_IN, Described, OfficialsViewSet, refusal
from inquiries.api.wording import words_field
from inquiries.filters import InquiryFilter
from inquiries.models import Flag, Inquiry, Priority, SavedFilter
from inquiries.permissions import may_see_queues, may_work_on_some
from inquiries.querysets import QUEUES, reading_agencies
from inquiries.services import bulk, officials, savedfilters
from inquiries.services.bulk import MOST_CASES, Act, Assign, Close, Outcome, SetFlag, SetPriority
from inquiries.services.handing import IsAway
from organisations.api import StrictSerializer, problem
from organisations.models import Organisation, Scope, User
from organisations.validators import plain_text

# --- several cases at once --------------------------------------------------------------------------------------------

ASSIGN, SET_FLAG, TAKE_OFF_FLAG, SET_PRIORITY, CLOSE = ACTS = ("assign", "set-flag", "take-off-flag", "set-priority", "close")
NEEDED = {SET_FLAG: "flag", TAKE_OFF_FLAG: "flag", SET_PRIORITY: "priority"}
TAKEN = {ASSIGN: {"to", "note", "anyway"}, CLOSE: {"unanswered"}, **{act: {name} for act, name in NEEDED.items()}}


class ColleagueField(serializers.SlugRelatedField[User]):
    """Whom the page offers, by mail address: the colleagues who may take cases, and oneself."""

    def get_queryset(self) -> QuerySet[User]:
        by = self.context.get("by")
        if by is None:  # for the schema
            return User.objects.none()
        offered = officials.colleagues_to_take(officials.reading(), by=by)
        return User.objects.filter(pk__in=[by.pk, *offered])


class BulkSerializer(StrictSerializer):
    """Which cases, and what to do to each of them."""

    inquiries = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=MOST_CASES, help_text="Their ids.")
    act = serializers.ChoiceField(choices=ACTS)
    to: serializers.Field[Any, Any, Any, Any] = ColleagueField(
        slug_field="email", queryset=User.objects.none(), required=False, help_text="To whom they are assigned; you without it."
    )
    note = words_field(required=False, allow_blank=True, help_text="For the colleague; all who may read the cases see it.")
    anyway = serializers.BooleanField(required=False, help_text="Assign them although the colleague is away.")
    flag = serializers.ChoiceField(choices=Flag.choices, required=False)
    priority = serializers.ChoiceField(choices=Priority.choices, required=False)
    unanswered = serializers.BooleanField(required=False, help_text="Close those without an answer as well.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        act, said = attrs["act"], set(attrs) - {"inquiries", "act"}
        if beside := sorted(said - TAKEN[act]):
            raise ValidationError({name: [f"This says nothing to “{act}”: leave it out."] for name in beside})
        if (needed := NEEDED.get(act)) and needed not in said:
            raise ValidationError({needed: [f"Say which, to “{act}”."]})
        return attrs

    @cached_property
    def chosen(self) -> Act:
        """What the checked body asks for."""
        said, by = self.validated_data, self.context["by"]
        match said["act"]:
            case "assign":
                return Assign(said.get("to", by), note=said.get("note", ""), anyway=said.get("anyway", False))
            case "set-priority":
                return SetPriority(said["priority"])
            case "close":
                return Close(unanswered=said.get("unanswered", False))
            case act:
                return SetFlag(said["flag"], on=act == SET_FLAG)


class NamedCaseSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="pk")
    reference = serializers.CharField()


class RefusedCaseSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="inquiry.pk")
    reference = serializers.CharField(source="inquiry.reference")
    why = serializers.SerializerMethodField(help_text="In words.")

    def get_why(self, outcome: Outcome) -> str:
        error = outcome.error
        return str(refusal(error).detail) if isinstance(error, REFUSALS) else str(error)


class OutcomesSerializer(serializers.Serializer[Any]):
    """Each of the cases is in one of the lists; what is refused to one undoes nothing of the others."""

    done = NamedCaseSerializer(many=True)
    so_already = NamedCaseSerializer(many=True)
    refused = RefusedCaseSerializer(many=True)
    gone = serializers.ListField(child=serializers.UUIDField(), help_text="Those that are not there, or not for you.")
    absence = serializers.CharField(allow_null=True, help_text="That the colleague is away, and until when.")


_PUMPS = {"id": "6a0f2f0e-5d8e-4c62-9d0d-4d2f6f4f3c11", "reference": "FP-7Q2M4-X0KDT"}
_MILLS = {"id": "0a0f2a52-6f0e-4f7e-8d0a-2f9f6a0c2f12", "reference": "FP-3K9XN-1BRTE"}
_OUTCOMES = {
    "done": [_PUMPS],
    "so_already": [],
    "refused": [_MILLS | {"why": "It has no answer, and you did not say that those without one are meant as well."}],
    "gone": [],
    "absence": None,
}


def _described(summary: str, description: str) -> Described:
    sent = {"inquiries": [_PUMPS["id"], _MILLS["id"]], "act": "close"}
    assigned = {"inquiries": [_PUMPS["id"]], "act": "assign", "to": "liis@focalpoint.example", "note": "For you."}
    described: Described = extend_schema(
        summary=summary,
        description=description,
        request=BulkSerializer,
        responses={200: OutcomesSerializer, 400: problem("Some fields need mending."), **SIGNED_IN},
        examples=[
            OpenApiExample("close two", value=sent, request_only=True),
            OpenApiExample("assign one", value=assigned, request_only=True),
            OpenApiExample("what became of each", value=_OUTCOMES, response_only=True, status_codes=["200"]),
        ],
    )
    return described


@extend_schema(tags=["desk"])
@method_decorator(never_cache, name="dispatch")
class BulkViewSet(OfficialsViewSet):
    may = staticmethod(may_work_on_some)
    scope_of = dict.fromkeys(("look", "do"), Scope.INQUIRIES_WRITE)

    @_described("See what would happen to several inquiries", "By the very checks of doing it; nothing is done.")
    def look(self, request: Request) -> Response:  # noqa: ARG002  the library's signature
        form, found = self._read()
        outcomes = bulk.foresee(form.chosen, found, by=self.official())
        return self._answer(form, outcomes)

    @_described("Assign, flag or close several inquiries", "Sent twice, all is so already the second time.")
    def do(self, request: Request) -> Response:  # noqa: ARG002  the library's signature
        form, found = self._read()
        act, today = form.chosen, timezone.localdate()
        if (absence := bulk.absence_of(act, today=today)) and not form.validated_data.get("anyway"):
            raise ValidationError({"anyway": [str(IsAway(absence))]})
        return self._answer(form, bulk.carry_out(act, found, by=self.official(), today=today))

    def _read(self) -> tuple[BulkSerializer, list[Inquiry]]:
        """The checked body, and the cases that it names, each once and in its order."""
        form = BulkSerializer(data=self.request.data, context={"by": self.official()})
        form.is_valid(raise_exception=True)
        keys = list(dict.fromkeys(form.validated_data["inquiries"]))
        rows = {each.pk: each for each in Inquiry.objects.visible_to(self.request.user).with_routing().filter(pk__in=keys)}
        return form, [rows[key] for key in keys if key in rows]

    def _answer(self, form: BulkSerializer, outcomes: Iterable[Outcome]) -> Response:
        outcomes = list(outcomes)
        absence = bulk.absence_of(form.chosen, today=timezone.localdate())
        there = {each.inquiry.pk for each in outcomes}
        found = {
            "done": [each.inquiry for each in outcomes if each.is_done],
            "so_already": [each.inquiry for each in outcomes if each.is_so_already],
            "refused": [each for each in outcomes if each.is_refused],
            "gone": [key for key in dict.fromkeys(form.validated_data["inquiries"]) if key not in there],
            "absence": str(IsAway(absence)) if absence else None,
        }
        return Response(OutcomesSerializer(found).data)


# --- saved filters ----------------------------------------------------------------------------------------------------


class SaveFilterSerializer(StrictSerializer):
    name = serializers.CharField(max_length=60, validators=[plain_text], help_text="One of yours that has it is replaced.")
    query = serializers.DictField(
        child=serializers.CharField(max_length=100, validators=[plain_text]),
        help_text="The parameters of the list of inquiries, with its queue.",
    )
    agency = serializers.UUIDField(required=False, allow_null=True, help_text="Of yours, with whose officials it is shared.")


class ChangeFilterSerializer(StrictSerializer):
    name = serializers.CharField(max_length=60, validators=[plain_text])
    agency = serializers.UUIDField(required=False, allow_null=True, help_text="With whose officials it is shared.")


class FilterSerializer(serializers.ModelSerializer[SavedFilter]):
    query = serializers.SerializerMethodField(help_text="The parameters of the list of inquiries.")
    agency = serializers.CharField(source="agency.name", default=None, help_text="With whose officials it is shared.")
    owner = serializers.CharField(source="owner.name")
    is_own = serializers.SerializerMethodField(help_text="Whether you can change or delete it.")

    class Meta:
        model = SavedFilter
        fields = ("id", "name", "query", "agency", "owner", "is_own")
        read_only_fields = fields

    def get_query(self, saved: SavedFilter) -> dict[str, str]:
        return QueryDict(saved.query).dict()

    def get_is_own(self, saved: SavedFilter) -> bool:
        return bool(saved.owner == self.context["by"])


_FILTER = {
    "id": "6a0f2f0e-5d8e-4c62-9d0d-4d2f6f4f3c11",
    "name": "Urgent mills",
    "query": {"queue": "mine", "code": "2B001", "sort": "priority"},
    "agency": "Strategic Goods Focal Point",
    "owner": "Liis Haldjamäe",
    "is_own": True,
}
_SHARED = {"agency": "3f0f2a52-6f0e-4f7e-8d0a-2f9f6a0c2f11"}
_SHOWN = OpenApiExample("a filter", value=_FILTER, response_only=True, status_codes=["200", "201"])
_REFUSED = {400: problem("Some fields need mending."), 409: problem("Not possible as your filters stand now."), **SIGNED_IN}
_OF_ONE = SIGNED_IN | {404: problem("You have no such filter.")}


@extend_schema(tags=["desk"])
@method_decorator(never_cache, name="dispatch")
class FilterViewSet(OfficialsViewSet):
    may = staticmethod(may_see_queues)
    said_so = (savedfilters.UnableToSave,)
    queryset = SavedFilter.objects.none()
    scope_of = {"list": Scope.INQUIRIES_READ, **dict.fromkeys(("save", "change", "delete"), Scope.INQUIRIES_WRITE)}

    @extend_schema(
        summary="List saved filters",
        description="Your own, and those that colleagues share. The list of inquiries takes one by its id: `?filter=<id>`.",
        parameters=[OpenApiParameter("page", int, description="Which page, from 1.")],
        responses={200: FilterSerializer(many=True), 404: problem("No such page."), **SIGNED_IN},
        examples=[_SHOWN],
        filters=False,
    )
    def list(self, request: Request) -> Response:
        found = SavedFilter.objects.usable_by(request.user).select_related("owner", "agency")
        page = self.paginate_queryset(found)
        return self.get_paginated_response(FilterSerializer(page, many=True, context={"by": self.official()}).data)

    @extend_schema(
        summary="Save a filter under a name",
        request=SaveFilterSerializer,
        responses={201: FilterSerializer, **_REFUSED},
        examples=[
            OpenApiExample(
                "what is sent", value={"name": _FILTER["name"], "query": _FILTER["query"], **_SHARED}, request_only=True
            ),
            _SHOWN,
        ],
    )
    def save(self, request: Request) -> Response:
        said = self.said(SaveFilterSerializer)
        query = said["query"]
        name = query.get("queue", "new")
        narrowed = InquiryFilter(QueryDict(urlencode(query)), queryset=Inquiry.objects.none(), request=request)
        wrong = [each for each in query if each not in {"queue", *narrowed.filters}]
        if wrong or name not in QUEUES or not narrowed.is_valid():
            faults = [f"{each}: {text}" for each, texts in narrowed.errors.items() for text in texts]
            unknown = [f"{each[:60]}: there is no such parameter." for each in wrong[:10]]
            queue = [] if name in QUEUES else [f"queue: there is no such queue; there are {', '.join(QUEUES)}."]
            raise ValidationError({"query": [*unknown, *queue, *faults]})
        kept = {"queue": name, **narrowed.canonical()}
        return self._kept(savedfilters.save, code=status.HTTP_201_CREATED, name=said["name"], query=kept, agency=self._agency(said))

    @extend_schema(
        summary="Rename a filter of yours, share it or no longer",
        request=ChangeFilterSerializer,
        responses={200: FilterSerializer, **_REFUSED, **_OF_ONE},
        examples=[OpenApiExample("what is sent", value={"name": _FILTER["name"], **_SHARED}, request_only=True), _SHOWN],
    )
    def change(self, request: Request, pk: UUID) -> Response:  # noqa: ARG002  the library's signature
        saved, said = self._own(pk), self.said(ChangeFilterSerializer)
        return self._kept(savedfilters.change, saved, name=said["name"], agency=self._agency(said))

    @extend_schema(summary="Delete a filter of yours", responses={204: OpenApiResponse(description="Deleted."), **_OF_ONE})
    def delete(self, request: Request, pk: UUID) -> Response:  # noqa: ARG002  the library's signature
        savedfilters.delete(self._own(pk), by=self.official())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _kept(self, done: Any, *on: SavedFilter, code: int = status.HTTP_200_OK, **said: Any) -> Response:
        try:
            saved = done(*on, **said, by=self.official())
        except savedfilters.UnableToSave as error:
            raise self.refusal(error) from error
        return Response(FilterSerializer(saved, context={"by": self.official()}).data, status=code)

    def _agency(self, said: dict[str, Any]) -> Organisation | None:
        """With whose officials it is shared; raises ValidationError."""
        chosen = said.get("agency")
        mine = {each.pk: each for each in reading_agencies(self.official())}
        if chosen is not None and chosen not in mine:
            offered = ", ".join(f"{key} ({each.name})" for key, each in mine.items())
            raise ValidationError({"agency": [f"You can share filters with your own agency only: {offered}."]})
        return mine.get(chosen) if chosen else None

    def _own(self, pk: UUID) -> SavedFilter:
        found = SavedFilter.objects.owned_by(self.request.user).select_related("owner", "agency").filter(pk=pk).first()
        if found is None:
            raise Http404
        return found
