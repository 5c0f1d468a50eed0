"""The desk for officials' own programs: the same inquiries, filters, rights and verbs as the pages, by a token with scopes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, QueryDict
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, PermissionDenied, ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from inquiries import lifecycle
from inquiries.api.files import FileSerializer, beside_files, body_of, named, received
from inquiries.api.wording import ItemSerializer, WordsSerializer
from inquiries.filters import InquiryFilter
from inquiries.models import Event, Inquiry, ProposedAnswer, RedFlag, SavedFilter
from inquiries.permissions import may_handle, may_route, may_see_queues, may_work
from inquiries.querysets import QUEUES, onlooker
from inquiries.sealing import CannotOpen
from inquiries.services import attachments, casework, history, readers, thread
from inquiries.services.casebook import UnableToMove
from inquiries.services.describing import UnableToDescribe
from inquiries.services.dismissing import UnableToAnswerYet
from inquiries.services.lateness import LONGEST_WORDS, REASONS, Late, UnableToMoveLate
from inquiries.services.proposals import UnableToPropose
from inquiries.services.readers import KeysUnreachable, UnableToOpen
from inquiries.services.routing import UnableToRoute
from inquiries.services.together import UnableToSend
from inquiries.transfers import download
from organisations.api import HasScope, StrictSerializer, TokenAuthentication, TokenThrottle, problem
from organisations.models import Organisation, Scope, User
from organisations.validators import plain_text

Described = Callable[[Callable[..., Response]], Callable[..., Response]]
Verb = Callable[..., object]
Predicate = Callable[[Any], bool]
Done = TypeVar("Done")
ADDRESSED = frozenset({"take", "route", "apply-rules", "answer", "ask-back", "close"})  # those with an address here
ROUTERS_MOVES = frozenset({"route", "apply-rules"})  # of the focal point's desk alone


class CaseSerializer(serializers.ModelSerializer[Inquiry]):
    """An inquiry as a row of a queue shows it: what officials wrote, and no word of its asker."""

    status = serializers.CharField(source="state", help_text="received, in-hand, waiting, answered or closed")
    segments: serializers.Field[Any, Any, Any, Any] = serializers.SlugRelatedField(
        slug_field="code", many=True, read_only=True, help_text="Codes of EDT segments."
    )
    agency = serializers.CharField(source="agency.name", default=None, help_text="With whom it is; null is the focal point.")
    officer = serializers.CharField(source="officer.name", default=None, help_text="The case officer; null for nobody yet.")

    about = serializers.UUIDField(
        source="about_key", allow_null=True, help_text="The id of the advisory that it is about; null for none."
    )
    sighting = serializers.BooleanField(source="is_sighting", help_text="Whether its asker has seen what that one describes.")

    class Meta:
        model = Inquiry
        fields = (
            "id", "reference", "status", "topic", "mode", "about", "sighting", "segments", "destination", "title", "summary",
            "priority", "flags", "tags", "codes", "agency", "team", "officer", "received_on", "due_on", "closed_on",
        )  # fmt: skip
        read_only_fields = fields
        extra_kwargs = {
            "destination": {"help_text": "ISO 3166 code of a country, UN M49 number of a region, or empty."},
            "codes": {"help_text": "Control entries that the desk has linked."},
            "team": {"help_text": "The queue within the agency into which a rule put it."},
            "due_on": {"help_text": "When an answer is due; null while none is owed."},
        }


class SaidSerializer(serializers.Serializer[Any]):
    official = serializers.CharField(allow_null=True, help_text="Who wrote it; null for the asker.")
    text = serializers.CharField()
    on = serializers.DateField()
    files = FileSerializer(many=True)


class OpenedCaseSerializer(CaseSerializer):
    """An inquiry that has been opened for the official: its words, who can open it, and what may be done with it now."""

    subject = serializers.CharField()
    items = ItemSerializer(many=True, help_text="What it is about, in the asker's words.")
    red_flags = serializers.ListField(
        child=serializers.ChoiceField(choices=RedFlag.choices), help_text="Warning signs that the asker has seen."
    )
    messages = SaidSerializer(many=True)
    readers = serializers.ListField(child=serializers.CharField(), help_text="Who can open it beside the focal point.")
    moves = serializers.ListField(child=serializers.CharField(), help_text="What you may do with it as it stands.")

    class Meta(CaseSerializer.Meta):
        fields = (*CaseSerializer.Meta.fields, "subject", "items", "red_flags", "messages", "readers", "moves")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


class EventSerializer(serializers.ModelSerializer[Event]):
    what = serializers.CharField(source="describe")
    official = serializers.CharField(source="official.name", default=None, help_text="Null where it was the asker or a rule.")

    class Meta:
        model = Event
        fields = ("on", "kind", "what", "official", "detail")
        read_only_fields = fields
        extra_kwargs = {"detail": {"help_text": "The office's own words, such as a reason, or a rule and what of it was met."}}


class NothingSerializer(StrictSerializer):
    """No fields: the verb says it all."""


class RouteSerializer(StrictSerializer):
    agency: serializers.Field[Any, Any, Any, Any] = serializers.PrimaryKeyRelatedField(
        queryset=Organisation.objects.agencies().that_read_inquiries(), help_text="The id of an agency."
    )


class LateSerializer(StrictSerializer):
    reason = serializers.ChoiceField(choices=REASONS)
    words = serializers.CharField(max_length=LONGEST_WORDS, validators=[plain_text], help_text="Kept sealed with the case.")


class MayBeLateSerializer(StrictSerializer):
    late = LateSerializer(required=False, help_text="Why it is late; needed once the day of an answer is past.")

    def validate_late(self, said: dict[str, str]) -> Late:
        return Late(**said)


class AnsweringSerializer(WordsSerializer, MayBeLateSerializer):
    pass


# --- what the schema says -------------------------------------------------------------------------------------------

CASE: dict[str, Any] = {
    "id": "6a0f2f0e-5d8e-4c62-9d0d-4d2f6f4f3c11",
    "reference": "FP-7Q2M4-X0KDT",
    "status": "in-hand",
    "topic": "classification",
    "mode": "anonymous",
    "about": None,
    "sighting": False,
    "segments": ["CTA10"],
    "destination": "KR",
    "title": "Five-axis mill, positioning repeatability",
    "summary": "",
    "priority": "normal",
    "flags": [],
    "tags": ["machine tools"],
    "codes": ["2B001.b"],
    "agency": "Strategic Goods Licensing Board",
    "team": "Machine tools",
    "officer": "Liis Haldjamäe",
    "received_on": "2026-11-16",
    "due_on": "2026-12-07",
    "closed_on": None,
}
_OPENED = CASE | {
    "subject": "A milling machine",
    "items": [
        {
            "description": "Five-axis milling machine",
            "designed_for": "Moulds for lenses",
            "used_for": "Turbine blades",
            "parameters": "Unidirectional positioning repeatability 4 µm along each axis",
            "entry": "2B001.b",
        }
    ],
    "red_flags": ["new-customer"],
    "messages": [{"official": None, "text": "Is a five-axis mill with 4 µm accuracy controlled?", "on": "2026-11-16", "files": []}],
    "readers": ["Strategic Goods Licensing Board"],
    "moves": ["answer", "ask-back", "close", "take"],
}
_EVENT = {
    "on": "2026-11-16",
    "kind": "portal-routes",
    "what": "Sorted by a rule",
    "official": None,
    "detail": "rule “Machine tools” (tier 30, version 2) sends it to Licensing Board; control entry: 2B001",
}
SIGNED_IN = {
    401: problem("No token, or one that opens nothing."),
    403: problem("The token lacks the scope, or its owner may not."),
    429: problem("More calls than the token has in a minute; again after the seconds of Retry-After."),
}
OF_A_CASE = SIGNED_IN | {404: problem("There is none within your reach.")}
SEALED = {503: problem("It can't be opened just now: the key store does not answer, or a key of the office is missing.")}
QUERY = [
    OpenApiParameter("queue", str, enum=QUEUES, description="One of the desk's queues; all of them without it."),
    *(
        OpenApiParameter(name, str, description=f"{found.label or name}, as on the desk's page.")
        for name, found in InquiryFilter.base_filters.items()
    ),
    OpenApiParameter("filter", UUID, description="The id of a saved filter; what is said beside it stands in place of its parts."),
    OpenApiParameter("page", int, description="Which page, from 1."),
]


def verb(
    summary: str, request: Any, example: dict[str, Any] | None = None, *, is_opened: bool = False, may_wait: bool = False
) -> Described:
    """What the schema says of a verb: its body with an example, the case it answers with, and how it is refused."""
    waits = {202: OpenApiResponse(CaseSerializer, "Proposed: it goes once a second official approves it.")} if may_wait else {}
    moved = {200: CaseSerializer, 400: problem("Some fields need mending."), 409: problem("Not possible as the case stands now.")}
    examples = [OpenApiExample("the case", value=CASE, response_only=True, status_codes=["200", "202"])]
    if example is not None:
        examples.append(OpenApiExample("what is sent", value=example, request_only=True))
    described: Described = extend_schema(
        summary=summary, request=request, responses=moved | waits | OF_A_CASE | (SEALED if is_opened else {}), examples=examples
    )
    return described


# --- refusals -------------------------------------------------------------------------------------------------------


class Refused(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_detail = "That is not possible as the case stands now. Somebody may have moved it: read it anew."


class Sealed(APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "No key of the office opens this inquiry. Nothing is lost: ask the administrator to restore the missing key."


class OwnerMay(BasePermission):
    """Whether the token's owner may what the view asks for its action, as the door of the page does: `may_of`, or else `may`."""

    message = "You may not do this yourself, so no token of yours does."

    def has_permission(self, request: Request, view: APIView) -> bool:
        asked: dict[str, Predicate] = getattr(view, "may_of", {})
        may = asked.get(getattr(view, "action", ""), getattr(view, "may", None))
        return may is not None and may(request.user)


class OfficialsViewSet(GenericViewSet[Any]):
    """What all calls of officials' programs have in common: a token with the scope, and the owner's own rights."""

    authentication_classes = (TokenAuthentication,)
    permission_classes = (HasScope, OwnerMay)
    throttle_classes = (TokenThrottle,)
    pagination_class: type[PageNumberPagination] | None = PageNumberPagination
    queryset: QuerySet[Any] = Inquiry.objects.none()
    said_so: tuple[type[Exception], ...] = ()  # refusals whose messages are for people to read

    def refusal(self, error: Exception) -> APIException:
        return Refused(str(error)) if isinstance(error, self.said_so) else refusal(error)

    def official(self) -> User:
        if not isinstance(self.request.user, User):
            raise PermissionDenied
        return self.request.user

    def said(self, body: type[StrictSerializer], **context: Any) -> dict[str, Any]:
        """What was sent, checked; raises ValidationError."""
        form = body(data=body_of(self.request), context=context)
        form.is_valid(raise_exception=True)
        said: dict[str, Any] = form.validated_data
        return said

    def refuse_unknown(self, *known: str) -> None:
        """Raise ValidationError where a parameter is none of those known; one that is not read would be lost without a word."""
        if unknown := sorted(set(self.request.query_params) - set(known))[:10]:
            raise ValidationError({name[:60]: [_("There is no such parameter.")] for name in unknown})


CONFLICTS: dict[type[Exception], str] = {
    UnableToAnswerYet: "A consulted agency objects. Settle it on the case’s page, then answer.",
    UnableToMove: "That is not possible as the case stands now. Somebody may have moved it: read it anew.",
    UnableToDescribe: "Somebody changed it at the same moment: read it anew.",
    UnableToRoute: "No rule holds for this inquiry, so it stays where it is.",
}


def refusal(error: Exception) -> APIException:
    """What a verb's refusal is to a program."""
    if isinstance(error, UnableToMoveLate):
        return ValidationError({"late": ["The day on which the answer was due is past: say why, with a reason and words."]})
    if isinstance(error, UnableToSend | UnableToPropose):
        return Refused(str(error))
    if isinstance(error, KeysUnreachable):
        return Sealed("The key store does not answer, so no inquiry can be opened. Nothing is lost: try again in a minute.")
    if isinstance(error, UnableToOpen | CannotOpen):
        return Sealed()
    conflict = next((words for kind, words in CONFLICTS.items() if isinstance(error, kind)), "")
    return Refused(conflict) if conflict else PermissionDenied("You may not work on this inquiry.")


REFUSALS = (
    UnableToMove, UnableToMoveLate, UnableToSend, UnableToPropose, UnableToDescribe, UnableToRoute, UnableToOpen, CannotOpen,
    casework.UnableToWork,
)  # fmt: skip


@extend_schema(tags=["desk"])
@method_decorator(never_cache, name="dispatch")
class DeskViewSet(OfficialsViewSet):
    may = staticmethod(may_see_queues)
    serializer_class = CaseSerializer
    refusals: tuple[type[Exception], ...] = REFUSALS
    scope_of = {
        **dict.fromkeys(("list", "retrieve", "file", "events"), Scope.INQUIRIES_READ),
        **dict.fromkeys(("take", "route", "apply_rules", "answer", "ask_back", "close"), Scope.INQUIRIES_WRITE),
    }

    @extend_schema(
        summary="List inquiries",
        description="A queue of the desk, narrowed and in order as on its page. "
        "Cases on which your agency is only consulted are in none; they open by their id.",
        parameters=QUERY,
        responses={200: CaseSerializer(many=True), 400: problem("A parameter is unknown or wrong."), **OF_A_CASE},
        examples=[OpenApiExample("a case", value=CASE, response_only=True, status_codes=["200"])],
        filters=False,
    )
    def list(self, request: Request) -> Response:
        self.refuse_unknown(*(parameter.name for parameter in QUERY))
        said = self._query(request)
        wrong = {}
        queue = said.get("queue", "all")
        if queue not in QUEUES:
            wrong["queue"] = [_("There is no such queue; there are %(queues)s.") % {"queues": ", ".join(QUEUES)}]
        # As the page: none that is only consulted on.
        handled = Inquiry.objects.handled_by(request.user).with_routing().with_summary()
        narrowed = InquiryFilter(said, queryset=handled, request=request)
        if wrong or not narrowed.is_valid():
            raise ValidationError(wrong | {name: [str(text) for text in texts] for name, texts in narrowed.errors.items()})
        found = narrowed.in_order()
        if queue != "all":
            found = found.queue(queue, onlooker(request.user, timezone.localdate()))
        page = self.paginate_queryset(found)
        return self.get_paginated_response(CaseSerializer(page, many=True).data)

    @extend_schema(
        summary="Open an inquiry",
        responses={200: OpenedCaseSerializer, **OF_A_CASE, **SEALED},
        examples=[OpenApiExample("an opened case", value=_OPENED, response_only=True, status_codes=["200"])],
    )
    def retrieve(self, request: Request, pk: str) -> Response:
        inquiry = self._visible(pk)
        try:
            words = thread.read(casework.open_for_official(inquiry, by=self.official()))
        except REFUSALS as error:
            raise refusal(error) from error
        said = [
            {
                "official": str(line.official) if line.official else None,
                "text": line.text,
                "on": line.on,
                "files": named(line.files),
            }
            for line in words.lines
        ]
        shown = CaseSerializer(inquiry).data | {
            "subject": words.subject,
            "items": [asdict(item) for item in words.details.items],
            "red_flags": list(words.details.red_flags),
            "messages": SaidSerializer(said, many=True).data,
            "readers": [agency.name for agency in readers.agencies(inquiry)],
            "moves": sorted(self._moves(request, inquiry)),
        }
        return Response(shown)

    @extend_schema(
        summary="Download a file of an inquiry",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, **OF_A_CASE, **SEALED},
    )
    def file(self, request: Request, pk: str, ref: UUID) -> HttpResponseBase:  # noqa: ARG002  the library's signature
        inquiry, user = self._visible(pk), self.official()
        try:
            opened = casework.open_for_official(inquiry, by=user)
            return download(thread.file(opened, ref, with_proposed=may_handle(user, inquiry)))
        except attachments.UnableToFind as error:
            raise Http404 from error
        except REFUSALS as error:
            raise refusal(error) from error

    @extend_schema(
        summary="Read the history of an inquiry",
        responses={200: EventSerializer(many=True), **OF_A_CASE},
        examples=[OpenApiExample("an event", value=_EVENT, response_only=True, status_codes=["200"])],
        filters=False,
    )
    def events(self, request: Request, pk: str) -> Response:
        found = self._visible(pk).events.select_related("official").order_by("position")
        return Response(EventSerializer(history.readable(found, by=request.user), many=True).data)

    @verb("Take an inquiry", NothingSerializer)
    def take(self, request: Request, pk: str) -> Response:
        return self._do(request, pk, casework.take, NothingSerializer)

    @verb("Hand an inquiry to an agency", RouteSerializer, {"agency": "3f0f2a52-6f0e-4f7e-8d0a-2f9f6a0c2f11"}, is_opened=True)
    def route(self, request: Request, pk: str) -> Response:
        return self._do(request, pk, casework.route, RouteSerializer)

    @verb("Have the rules sort an inquiry anew", NothingSerializer, is_opened=True)
    def apply_rules(self, request: Request, pk: str) -> Response:
        return self._do(request, pk, casework.apply_rules, NothingSerializer)

    @verb(
        "Send the answer",
        beside_files(AnsweringSerializer),
        {"text": "It is not listed as long as …"},
        is_opened=True,
        may_wait=True,
    )
    def answer(self, request: Request, pk: str) -> Response:
        return self._do(request, pk, casework.answer, AnsweringSerializer)

    @verb("Ask the asker something", beside_files(WordsSerializer), {"text": "Which accuracy along each axis?"}, is_opened=True)
    def ask_back(self, request: Request, pk: str) -> Response:
        return self._do(request, pk, casework.ask_back, WordsSerializer)

    @verb("Close an inquiry", NothingSerializer)
    def close(self, request: Request, pk: str) -> Response:
        return self._do(request, pk, casework.close, NothingSerializer)

    def _do(self, request: Request, pk: str, done: Verb, body: type[StrictSerializer]) -> Response:
        """Check what was sent, call the verb in the official's name, and answer with the case as it is then."""
        result = self._call(request, done, self._visible(pk), body)
        is_waiting = isinstance(result, ProposedAnswer) and result.state == lifecycle.PROPOSED
        code = status.HTTP_202_ACCEPTED if is_waiting else status.HTTP_200_OK
        return Response(CaseSerializer(self._visible(pk)).data, status=code)

    @staticmethod
    def _query(request: Request) -> QueryDict:
        """What the list is narrowed by: a saved filter, if one is named, and what else is said in place of its parts."""
        said = request.query_params
        if "filter" not in said:
            return said
        try:
            saved = SavedFilter.objects.usable_by(request.user).filter(pk=UUID(said["filter"])).first()
        except ValueError:
            saved = None
        if saved is None:
            raise ValidationError({"filter": [_("You have no such filter, and nobody shares one with this id with you.")]})
        query = QueryDict(saved.query, mutable=True)
        for name, values in said.lists():
            if name != "filter":
                query.setlist(name, values)
        return query

    def _call(self, request: Request, done: Callable[..., Done], inquiry: Inquiry, body: type[StrictSerializer]) -> Done:
        """Check what was sent and call the verb in the official's name; raises ValidationError or what the refusal is here."""
        said = self.said(body)
        beside = {"files": received(request)} if request.FILES else {}
        try:
            return done(inquiry, **said, **beside, by=self.official(), today=timezone.localdate())
        except (*self.refusals, *self.said_so) as error:
            raise self.refusal(error) from error

    def _visible(self, pk: str) -> Inquiry:
        found = Inquiry.objects.visible_to(self.request.user).with_routing().with_summary().filter(pk=pk).first()
        if found is None:
            raise Http404
        return found

    @staticmethod
    def _moves(request: Request, inquiry: Inquiry) -> frozenset[str]:
        if not may_work(request.user, inquiry):
            return frozenset()
        moves = lifecycle.moves_from(inquiry.state) & ADDRESSED
        return moves if may_route(request.user, inquiry) else moves - ROUTERS_MOVES
