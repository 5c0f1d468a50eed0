"""Notes to colleagues and the mentions of oneself, by program."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from inquiries.api.desk import SIGNED_IN, DeskViewSet, NothingSerializer, OfficialsViewSet, verb
from inquiries.api.officials import officials_at
from inquiries.api.wording import WordsSerializer
from inquiries.models import Mention
from inquiries.permissions import may_see_queues
from inquiries.services import noting
from organisations.api import problem
from organisations.models import Scope, User

MOST_CALLED = 30


class NoteSerializer(WordsSerializer):
    for_all_readers = serializers.BooleanField(required=False, help_text="For every agency that reads the case, not your own only.")
    mentions = serializers.ListField(
        child=serializers.EmailField(max_length=254),
        required=False,
        max_length=MOST_CALLED,
        help_text="The mail addresses of colleagues to call, beside those whom the text names by @ and a full name.",
    )

    def validate_mentions(self, addresses: list[str]) -> list[User]:
        return officials_at(addresses)


class MentionSerializer(serializers.ModelSerializer[Mention]):
    """That a colleague calls you. What they say stands with the notes of the case."""

    inquiry = serializers.UUIDField(source="note.inquiry_id")
    reference = serializers.CharField(source="note.inquiry.reference")
    note = serializers.UUIDField(source="note_id", help_text="The id of the note, as among the notes of the case.")
    author = serializers.CharField(source="note.author.name")
    on = serializers.DateField(source="note.written_on")

    class Meta:
        model = Mention
        fields = ("id", "inquiry", "reference", "note", "author", "on", "seen_on")
        read_only_fields = fields
        extra_kwargs = {"seen_on": {"help_text": "Null while you have not seen it."}}


_MENTION = {
    "id": "0a0f2a52-6f0e-4f7e-8d0a-2f9f6a0c2f11",
    "inquiry": "6a0f2f0e-5d8e-4c62-9d0d-4d2f6f4f3c11",
    "reference": "FP-7Q2M4-X0KDT",
    "note": "3f0f2a52-6f0e-4f7e-8d0a-2f9f6a0c2f11",
    "author": "Liis Haldjamäe",
    "on": "2026-11-17",
    "seen_on": None,
}
_SHOWN = OpenApiExample("a mention", value=_MENTION, response_only=True, status_codes=["200"])


@extend_schema(tags=["desk"])
@method_decorator(never_cache, name="dispatch")
class NotesViewSet(DeskViewSet):
    said_so = (noting.UnableToNote,)
    scope_of = {"note": Scope.INQUIRIES_WRITE}

    @verb(
        "Keep a note",
        NoteSerializer,
        {"text": "@Tarvo Sinirada: the spindle decides.", "for_all_readers": True, "mentions": ["liis@focalpoint.example"]},
        is_opened=True,
    )
    def note(self, request: Request, pk: str) -> Response:
        return self._do(request, pk, noting.note, NoteSerializer)


@extend_schema(tags=["desk"])
@method_decorator(never_cache, name="dispatch")
class MentionViewSet(OfficialsViewSet):
    may = staticmethod(may_see_queues)
    queryset = Mention.objects.none()
    scope_of = {"list": Scope.INQUIRIES_READ, "see": Scope.INQUIRIES_WRITE}

    @extend_schema(
        summary="List where colleagues call you",
        description="Those that you have not seen come first, and of each the newest.",
        parameters=[OpenApiParameter("page", int, description="Which page, from 1.")],
        responses={200: MentionSerializer(many=True), 404: problem("No such page."), **SIGNED_IN},
        examples=[_SHOWN],
        filters=False,
    )
    def list(self, request: Request) -> Response:  # noqa: ARG002  the library's signature
        page = self.paginate_queryset(self._own().order_by("-seen_on", "-note__written_on", "pk"))
        return self.get_paginated_response(MentionSerializer(page, many=True).data)

    @extend_schema(
        summary="Say that you have seen a mention",
        description="Twice does no more.",
        request=NothingSerializer,
        responses={
            200: MentionSerializer,
            400: problem("There are no fields."),
            404: problem("There is none of you."),
            **SIGNED_IN,
        },
        examples=[_SHOWN],
    )
    def see(self, request: Request, pk: UUID) -> Response:  # noqa: ARG002  the library's signature
        self.said(NothingSerializer)
        mention = self._own().filter(pk=pk).first()
        if mention is None:
            raise Http404
        noting.see(mention, by=self.official(), today=timezone.localdate())
        return Response(MentionSerializer(self._own().get(pk=pk)).data)

    def _own(self) -> QuerySet[Mention]:
        return Mention.objects.visible_to(self.request.user).select_related("note__inquiry", "note__author")
