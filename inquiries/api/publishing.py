"""Answers for everybody, by program: drafted from a case, checked, submitted, approved by somebody else, corrected, withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from catalogue.models import Segment
from catalogue.parsing import code_typed
from inquiries.api.desk import SEALED, SIGNED_IN, Described, NothingSerializer, OfficialsViewSet
from inquiries.api.wording import words_field
from inquiries.forms.publishing import MOST_CODES
from inquiries.models import Inquiry, Publication, PublicationRevision, PublicationState, Topic
from inquiries.models.publication import LONGEST_TITLE
from inquiries.permissions import agencies_to_publish_for, may_see_publications, may_see_queues, publication_moves
from inquiries.services import publishing
from inquiries.services.publishing import About, Words
from inquiries.services.readers import UnableToOpen
from organisations.api import StrictSerializer, problem
from organisations.models import Organisation, Scope
from organisations.validators import plain_text

LATEST_REVISIONS = 20

# --- what comes in ----------------------------------------------------------------------------------------------------


class AnswerPartsSerializer(StrictSerializer):
    """Segments are the areas, and beside them those that the answer has already."""

    title = serializers.CharField(max_length=LONGEST_TITLE, validators=[plain_text], help_text="The question in one line.")
    question = words_field(help_text="As anybody might ask it, without what only this asker could have said.")
    answer = words_field()
    topic = serializers.ChoiceField(choices=Topic.choices, required=False)
    codes = serializers.ListField(
        child=serializers.CharField(max_length=40, validators=[plain_text]),
        max_length=MOST_CODES,
        required=False,
        help_text="Control entries, such as 3A001.a.5.",
    )
    segments = serializers.ListField(
        child=serializers.CharField(max_length=20, validators=[plain_text]), required=False, help_text="Codes of EDT segments."
    )

    def validate_codes(self, typed: list[str]) -> list[str]:
        codes = [code_typed(code) for code in typed]
        if "" in codes:
            raise ValidationError("Write each control entry as in 3A001.a.5.")
        return codes

    def validate_segments(self, codes: list[str]) -> list[Segment]:
        offered = Segment.objects.areas() | Segment.objects.filter(pk__in=[each.pk for each in self.context["segments"]])
        found = list(offered.filter(code__in=codes))
        if missing := sorted(set(codes) - {each.code for each in found}):
            raise ValidationError(f"There is no such area: {', '.join(missing[:10])}.")
        return found


class DraftAnswerSerializer(AnswerPartsSerializer):
    """Topic and segments are the case's where they are left out."""

    agency = serializers.UUIDField(required=False, help_text="In whose name; needed by who writes for several agencies.")


class EditAnswerSerializer(AnswerPartsSerializer):
    """What is left out stays as it is."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("title", "question", "answer"):
            self.fields[name].required = False

    revision = serializers.IntegerField(min_value=1, help_text="Which you had before you; another one since refuses the change.")
    note = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=200,
        validators=[plain_text],
        help_text="What has changed, for readers; needed where the answer is out.",
    )


class ApproveAnswerSerializer(StrictSerializer):
    revision = serializers.IntegerField(min_value=1, help_text="Of the words that you have read.")


class ReturnAnswerSerializer(StrictSerializer):
    note = serializers.CharField(max_length=1000, validators=[plain_text], help_text="What to mend.")


class WithdrawAnswerSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=300, validators=[plain_text], help_text="Readers see it in place of the answer.")


# --- what is read -----------------------------------------------------------------------------------------------------


class AnswerRowSerializer(serializers.ModelSerializer[Publication]):
    title = serializers.SerializerMethodField(help_text="The latest, out or not; null where no key opens it.")
    agency = serializers.CharField(source="agency.name")
    author = serializers.CharField(source="author.name")

    class Meta:
        model = Publication
        fields = ("id", "state", "title", "topic", "agency", "author", "revision", "drafted_on", "published_on", "withdrawn_on")
        read_only_fields = fields

    def get_title(self, answer: Publication) -> str | None:
        titles: dict[Any, str] = self.context["titles"]
        return titles.get(answer.pk)


class RevisionSerializer(serializers.ModelSerializer[PublicationRevision]):
    by = serializers.CharField(source="by.name")
    approver = serializers.CharField(source="approver.name", default=None)

    class Meta:
        model = PublicationRevision
        fields = ("number", "by", "on", "note", "approver", "approved_on", "returned_with", "published_on")
        read_only_fields = fields


class TellingSerializer(serializers.Serializer[Any]):
    field = serializers.CharField(help_text="title, question or answer")
    kind = serializers.CharField(help_text="echo: the asker's own words; else what the finder takes it for")
    text = serializers.CharField()


class AnswerDetailSerializer(AnswerRowSerializer):
    question = serializers.CharField()
    answer = serializers.CharField()
    segments = serializers.ListField(child=serializers.CharField(), help_text="Codes of EDT segments.")
    inquiry = serializers.UUIDField(allow_null=True, help_text="The case it is drawn from; null for who may not read that.")
    telling = TellingSerializer(many=True, help_text="What of the words could tell who asked.")
    revisions = RevisionSerializer(many=True, help_text="The latest, the newest first.")
    moves = serializers.ListField(child=serializers.CharField(), help_text="What you may do with it as it stands.")

    class Meta(AnswerRowSerializer.Meta):
        fields = (  # type: ignore[assignment]
            *AnswerRowSerializer.Meta.fields, "question", "answer", "codes", "segments", "not_before", "changed_on",
            "withdrawal_reason", "inquiry", "telling", "revisions", "moves",
        )  # fmt: skip
        read_only_fields = fields  # type: ignore[assignment]


_ROW = {
    "id": "6a0f2f0e-5d8e-4c62-9d0d-4d2f6f4f3c11",
    "state": "in-review",
    "title": "Is a five-axis milling machine controlled?",
    "topic": "classification",
    "agency": "Strategic Goods Focal Point",
    "author": "Liis Haldjamäe",
    "revision": 2,
    "drafted_on": "2026-11-16",
    "published_on": None,
    "withdrawn_on": None,
}
_WORDS = {
    "question": "We build a milling machine with five axes that can be moved together. Is it listed?",
    "answer": "It depends on its positioning repeatability. …",
}
_DETAIL = (
    _ROW
    | _WORDS
    | {
        "codes": ["2B001.b"],
        "segments": ["CTA10"],
        "not_before": None,
        "changed_on": None,
        "withdrawal_reason": "",
        "inquiry": "0a0f2a52-6f0e-4f7e-8d0a-2f9f6a0c2f11",
        "telling": [{"field": "question", "kind": "echo", "text": "five axes that can be moved together"}],
        "revisions": [
            {
                "number": 2,
                "by": "Liis Haldjamäe",
                "on": "2026-11-17",
                "note": "",
                "approver": None,
                "approved_on": None,
                "returned_with": "",
                "published_on": None,
            }
        ],
        "moves": ["approve", "return"],
    }
)
_SENT = {"title": _ROW["title"], **_WORDS, "topic": "classification", "codes": ["2B001.b"], "segments": ["CTA10"]}
_REFUSED = {400: problem("Some fields need mending."), 409: problem("Not possible as the answer stands now.")}
_OF_ONE = SIGNED_IN | {404: problem("There is none within your reach.")}


def _described(summary: str, request: Any, example: dict[str, Any] | None = None, *, code: int = 200) -> Described:
    """What the schema says of a verb on an answer for everybody, which answers with it as it is then."""
    sent = [OpenApiExample("what is sent", value=example, request_only=True)] if example is not None else []
    shown = OpenApiExample("the answer", value=_DETAIL, response_only=True, status_codes=[str(code)])
    described: Described = extend_schema(
        summary=summary,
        request=request,
        responses={code: AnswerDetailSerializer, **_REFUSED, **_OF_ONE, **SEALED},
        examples=[*sent, shown],
    )
    return described


_WRITING = ("draft", "edit", "submit", "approve", "give_back", "withdraw", "discard")


@extend_schema(tags=["answers"])
@method_decorator(never_cache, name="dispatch")
class PublicationViewSet(OfficialsViewSet):
    may = staticmethod(may_see_publications)
    may_of = {"draft": may_see_queues}
    said_so = (publishing.UnableToPublish,)
    queryset = Publication.objects.none()
    scope_of = {
        **dict.fromkeys(("list", "retrieve"), Scope.ANSWERS_READ),
        **dict.fromkeys(_WRITING, Scope.ANSWERS_WRITE),
    }

    @extend_schema(
        summary="List answers for everybody, drafts as well",
        parameters=[
            OpenApiParameter("state", str, enum=PublicationState.values, description="All of them without it."),
            OpenApiParameter("page", int, description="Which page, from 1."),
        ],
        responses={200: AnswerRowSerializer(many=True), 400: problem("A parameter is unknown or wrong."), **_OF_ONE},
        examples=[OpenApiExample("an answer", value=_ROW, response_only=True, status_codes=["200"])],
        filters=False,
    )
    def list(self, request: Request) -> Response:
        self.refuse_unknown("state", "page")
        rows = Publication.objects.visible_to(request.user).select_related("agency", "author")
        if state := request.query_params.get("state"):
            if state not in PublicationState.values:
                raise ValidationError({"state": [f"There is no such state; there are {', '.join(PublicationState.values)}."]})
            rows = rows.filter(state=state)
        page = self.paginate_queryset(rows.order_by("-drafted_on", "pk")) or []
        shown = AnswerRowSerializer(page, many=True, context={"titles": publishing.titles(page)})
        return self.get_paginated_response(shown.data)

    @extend_schema(
        summary="Read an answer for everybody with what could tell who asked, and its revisions",
        responses={200: AnswerDetailSerializer, **_OF_ONE, **SEALED},
        examples=[OpenApiExample("an answer", value=_DETAIL, response_only=True, status_codes=["200"])],
    )
    def retrieve(self, request: Request, pk: str) -> Response:  # noqa: ARG002  the library's signature
        return self._shown(self._visible(pk))

    @_described("Draft an answer for everybody from an inquiry", DraftAnswerSerializer, _SENT, code=201)
    def draft(self, request: Request, pk: str) -> Response:
        inquiry = Inquiry.objects.visible_to(request.user).with_routing().filter(pk=pk).first()
        if inquiry is None:
            raise Http404
        agencies = {each.pk: each for each in agencies_to_publish_for(self.official(), inquiry)}
        if not agencies:
            raise PermissionDenied("Only who works on an answered inquiry can draft an answer for everybody from it.")
        segments = list(inquiry.segments.all())
        said = self.said(DraftAnswerSerializer, segments=segments)
        agency = _chosen(said, agencies)
        words = Words(said["title"], said["question"], said["answer"])
        about = About(said.get("topic", inquiry.topic), said.get("segments", segments), said.get("codes", ()))
        today = timezone.localdate()
        made = self._do(publishing.draft, inquiry, words=words, about=about, agency=agency, today=today)
        return self._shown(self._visible(made.pk), code=status.HTTP_201_CREATED)

    @_described("Change the words of an answer for everybody", EditAnswerSerializer, {"revision": 2, "answer": "It depends on …"})
    def edit(self, request: Request, pk: str) -> Response:  # noqa: ARG002  the library's signature
        found = self._visible(pk)
        segments = list(found.segments.all())
        said = self.said(EditAnswerSerializer, segments=segments)
        parts = {name: said[name] for name in ("title", "question", "answer") if name in said}
        words = replace(self._words(found), **parts)
        about = About(said.get("topic", found.topic), said.get("segments", segments), said.get("codes", found.codes))
        more = {"note": said.get("note", ""), "revision": said["revision"], "today": timezone.localdate()}
        self._do(publishing.revise, found, words=words, about=about, **more)
        return self._shown(self._visible(pk))

    @_described("Ask somebody else to approve", NothingSerializer)
    def submit(self, request: Request, pk: str) -> Response:  # noqa: ARG002  the library's signature
        return self._move(pk, publishing.submit, NothingSerializer)

    @_described("Approve the words, which come out after a while", ApproveAnswerSerializer, {"revision": 2})
    def approve(self, request: Request, pk: str) -> Response:  # noqa: ARG002  the library's signature
        return self._move(pk, publishing.approve, ApproveAnswerSerializer, today=timezone.localdate())

    @_described("Return a draft to its writer", ReturnAnswerSerializer, {"note": "Name the entry."})
    def give_back(self, request: Request, pk: str) -> Response:  # noqa: ARG002  the library's signature
        return self._move(pk, publishing.give_back, ReturnAnswerSerializer)

    @_described("Withdraw what has come out", WithdrawAnswerSerializer, {"reason": "The entry has changed."})
    def withdraw(self, request: Request, pk: str) -> Response:  # noqa: ARG002  the library's signature
        return self._move(pk, publishing.withdraw, WithdrawAnswerSerializer, today=timezone.localdate())

    @extend_schema(
        summary="Discard a draft that never came out",
        responses={204: OpenApiResponse(description="Discarded."), 409: _REFUSED[409], **_OF_ONE},
    )
    def discard(self, request: Request, pk: str) -> Response:  # noqa: ARG002  the library's signature
        self._do(publishing.discard, self._visible(pk))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _move(self, pk: str, done: Callable[..., Publication], body: type[StrictSerializer], **more: Any) -> Response:
        found = self._visible(pk)
        self._do(done, found, **self.said(body), **more)
        return self._shown(self._visible(pk))

    def _do(self, done: Callable[..., Any], on: Publication | Inquiry, **said: Any) -> Any:
        """Call the verb in the official's name; raises what its refusal is here."""
        try:
            return done(on, **said, by=self.official())
        except (publishing.UnableToPublish, UnableToOpen) as error:
            raise self.refusal(error) from error

    def _visible(self, pk: Any) -> Publication:
        rows = Publication.objects.visible_to(self.request.user).select_related("agency", "author", "inquiry")
        found = rows.prefetch_related("segments").filter(pk=pk).first()
        if found is None:
            raise Http404
        return found

    def _words(self, found: Publication) -> Words:
        try:
            return publishing.words_of(found)
        except UnableToOpen as error:
            raise self.refusal(error) from error

    def _shown(self, found: Publication, *, code: int = status.HTTP_200_OK) -> Response:
        user, words = self.official(), self._words(found)
        source = publishing.source(found.inquiry, by=user)
        echoes = [{"kind": "echo", **asdict(each)} for each in publishing.echoes(words, source)] if source else []
        clues = [{"field": clue.field, "kind": clue.trace.kind, "text": clue.trace.text} for clue in publishing.clues(words)]
        latest = found.revisions.select_related("by", "approver").order_by("-number")[:LATEST_REVISIONS]
        about = {
            "codes": found.codes,
            "segments": [segment.code for segment in found.segments.all()],
            "not_before": found.not_before,
            "changed_on": found.changed_on,
            "withdrawal_reason": found.withdrawal_reason,
            "inquiry": found.inquiry_id if source else None,
            "telling": [*echoes, *clues],
            "revisions": RevisionSerializer(latest, many=True).data,
            "moves": sorted(publication_moves(user, found)),
        }
        row = AnswerRowSerializer(found, context={"titles": {found.pk: words.title}}).data
        return Response(row | {"question": words.question, "answer": words.answer} | about, status=code)


def _chosen(said: dict[str, Any], agencies: dict[UUID, Organisation]) -> Organisation:
    """In whose name it is drafted; raises ValidationError."""
    chosen = said.get("agency", next(iter(agencies)))
    if chosen not in agencies or ("agency" not in said and len(agencies) > 1):
        offered = ", ".join(f"{key} ({each.name})" for key, each in agencies.items())
        raise ValidationError({"agency": [f"Say in whose name you write: one of {offered}."]})
    return agencies[chosen]
