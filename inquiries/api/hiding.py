"""Passages and files that nobody shall read, by program: listed, hidden, shown again, taken out for good."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from inquiries.api.desk import OF_A_CASE, REFUSALS, SEALED, CaseSerializer, DeskViewSet, NothingSerializer, verb
from inquiries.api.files import KINDS
from inquiries.models import Attachment, Redaction, RedactionMode
from inquiries.permissions import may_handle
from inquiries.services import casework, proposals, redacting, thread, withholding
from inquiries.services.attachments import File
from organisations.api import StrictSerializer
from organisations.models import Scope
from organisations.validators import plain_text

LONGEST_REASON = 200
STATES = [(state, state) for state in ("shown", "hidden", "taken-out", "proposed")]


def _reason_field() -> serializers.CharField:
    return serializers.CharField(max_length=LONGEST_REASON, validators=[plain_text], help_text="Stays in the history.")


class RedactSerializer(StrictSerializer):
    passage = serializers.CharField(max_length=2000, validators=[plain_text], trim_whitespace=False)
    reason = _reason_field()
    mode = serializers.ChoiceField(choices=RedactionMode.choices, default=RedactionMode.MASK)
    places = serializers.ListField(
        child=serializers.CharField(max_length=60, validators=[plain_text]),
        max_length=500,
        required=False,
        help_text="Needed where the passage stands in several places: each begins an error of the refusal without it.",
    )


class WithholdSerializer(StrictSerializer):
    reason = _reason_field()


class RedactedSerializer(CaseSerializer):
    answers_with_it = serializers.ListField(
        child=serializers.UUIDField(), help_text="Answers for everybody that still hold the passage: change or withdraw them."
    )

    class Meta(CaseSerializer.Meta):
        fields = (*CaseSerializer.Meta.fields, "answers_with_it")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


class RedactionSerializer(serializers.ModelSerializer[Redaction]):
    """A passage that is hidden or gone; its words are nowhere here."""

    where = serializers.CharField(source="place_label", help_text="In which part of the conversation.")
    message = serializers.IntegerField(source="message.position", default=None, help_text="Which one, from 1; else null.")
    by = serializers.CharField(source="by.name")

    class Meta:
        model = Redaction
        fields = ("id", "where", "message", "mode", "reason", "by", "on")
        read_only_fields = fields


class CaseFileSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    state = serializers.ChoiceField(
        choices=STATES,
        help_text="taken-out: gone for good; proposed: of an answer that has not gone yet",
    )
    message = serializers.IntegerField(allow_null=True, help_text="With which message it came, from 1; null for a proposed one.")
    position = serializers.IntegerField(help_text="Which of the files of the message, from 1.")
    name = serializers.CharField(allow_null=True, help_text="Null for one that is hidden.")
    kind = serializers.CharField(allow_null=True, help_text=KINDS + "; null for one that is hidden.")
    size = serializers.IntegerField(allow_null=True, help_text="In bytes; null for one that is hidden.")
    reason = serializers.CharField(allow_null=True, help_text="Why it is hidden.")
    by = serializers.CharField(allow_null=True, help_text="Who hid it.")
    on = serializers.DateField(allow_null=True, help_text="Since when it is hidden.")


_REDACTION = {
    "id": "0a0f2a52-6f0e-4f7e-8d0a-2f9f6a0c2f11",
    "where": "In a message",
    "message": 1,
    "mode": "mask",
    "reason": "Names the asker",
    "by": "Liis Haldjamäe",
    "on": "2026-11-17",
}
_FILES = [
    {
        "id": "0a0f2a52-6f0e-4f7e-8d0a-2f9f6a0c2f11",
        "state": "shown",
        "message": 1,
        "position": 1,
        "name": "drawing.pdf",
        "kind": "pdf",
        "size": 48213,
        "reason": None,
        "by": None,
        "on": None,
    },
    {
        "id": "0a0f2a52-6f0e-4f7e-8d0a-2f9f6a0c2f12",
        "state": "hidden",
        "message": 1,
        "position": 2,
        "name": None,
        "kind": None,
        "size": None,
        "reason": "Shows the nameplate",
        "by": "Liis Haldjamäe",
        "on": "2026-11-17",
    },
]
_WRITING = ("redact", "show_passage", "take_out_passage", "hide_file", "show_file", "take_out_file")


@extend_schema(tags=["desk"])
@method_decorator(never_cache, name="dispatch")
class HidingViewSet(DeskViewSet):
    said_so = (redacting.UnableToRedact, withholding.UnableToWithhold)
    scope_of = {
        **dict.fromkeys(("redactions", "files"), Scope.INQUIRIES_READ),
        **dict.fromkeys(_WRITING, Scope.INQUIRIES_WRITE),
    }

    def refusal(self, error: Exception) -> APIException:
        if isinstance(error, redacting.UnableToChoose):
            return ValidationError({"places": [f"{each.key} {each.before}[{each.passage}]{each.after}" for each in error.places]})
        return super().refusal(error)

    @extend_schema(
        summary="List the passages that are hidden or taken out",
        responses={200: RedactionSerializer(many=True), **OF_A_CASE},
        examples=[OpenApiExample("a hidden passage", value=_REDACTION, response_only=True, status_codes=["200"])],
        filters=False,
    )
    def redactions(self, request: Request, pk: str) -> Response:  # noqa: ARG002  the library's signature
        found = self._visible(pk).redactions.select_related("by", "message").in_order()
        return self.get_paginated_response(RedactionSerializer(self.paginate_queryset(found), many=True).data)

    @verb("Hide a passage", RedactSerializer, {"passage": "Ann Asker", "reason": "Names the asker"}, is_opened=True)
    def redact(self, request: Request, pk: str) -> Response:
        left = self._call(request, redacting.redact, self._visible(pk), RedactSerializer)
        shown = CaseSerializer(self._visible(pk)).data | {"answers_with_it": [str(each.pk) for each in left]}
        return Response(shown)

    @verb("Show a hidden passage again", NothingSerializer, is_opened=True)
    def show_passage(self, request: Request, pk: str, ref: UUID) -> Response:
        return self._do(request, pk, self._of(pk, ref, redacting.show_again), NothingSerializer)

    @verb("Take a hidden passage out for good", NothingSerializer, is_opened=True)
    def take_out_passage(self, request: Request, pk: str, ref: UUID) -> Response:
        return self._do(request, pk, self._of(pk, ref, redacting.take_out), NothingSerializer)

    @extend_schema(
        summary="List the files of an inquiry",
        description="Those of the conversation, hidden ones without their names, and those of an answer that has not gone yet.",
        responses={200: CaseFileSerializer(many=True), **OF_A_CASE, **SEALED},
        examples=[OpenApiExample("files", value=_FILES, response_only=True, status_codes=["200"])],
        filters=False,
    )
    def files(self, request: Request, pk: str) -> Response:  # noqa: ARG002  the library's signature
        inquiry, user = self._visible(pk), self.official()
        try:
            opened = casework.open_for_official(inquiry, by=user)
            words = thread.read(opened)
            standing = proposals.standing(opened) if may_handle(user, inquiry) else None
        except REFUSALS as error:
            raise self.refusal(error) from error
        shown = [row for line in words.lines for row in _shown(line.files, state="shown", message=line.position)]
        hidden = map(_hidden, inquiry.attachments.withheld().select_related("message", "withheld_by").in_order())
        rows = sorted([*shown, *hidden], key=lambda row: (row["message"], row["position"]))
        proposed = _shown(standing.files, state="proposed", message=None) if standing else ()
        return Response(CaseFileSerializer([*rows, *proposed], many=True).data)

    @verb("Hide a file", WithholdSerializer, {"reason": "Shows the nameplate"}, is_opened=True)
    def hide_file(self, request: Request, pk: str, ref: UUID) -> Response:
        return self._do(request, pk, partial(withholding.withhold, file=ref), WithholdSerializer)

    @verb("Show a hidden file again", NothingSerializer)
    def show_file(self, request: Request, pk: str, ref: UUID) -> Response:
        return self._do(request, pk, partial(withholding.show_again, file=ref), NothingSerializer)

    @verb("Take a hidden file out for good", NothingSerializer, is_opened=True)
    def take_out_file(self, request: Request, pk: str, ref: UUID) -> Response:
        return self._do(request, pk, partial(withholding.take_out, file=ref), NothingSerializer)

    def _of(self, pk: str, ref: UUID, done: Callable[..., object]) -> Callable[..., object]:
        """The verb on one hidden passage of the case."""
        redaction = self._visible(pk).redactions.select_related("inquiry").filter(pk=ref).first()
        if redaction is None:
            raise Http404
        return lambda _inquiry, **said: done(redaction, **said)


_NOT_HIDDEN = {"reason": None, "by": None, "on": None}


def _shown(files: Iterable[File], *, state: str, message: int | None) -> Iterator[dict[str, Any]]:
    for position, file in enumerate(files, start=1):
        about = {"id": file.pk, "state": state, "message": message, "position": position}
        yield about | {"name": file.name, "kind": file.kind.value, "size": file.size} | _NOT_HIDDEN


def _hidden(row: Attachment) -> dict[str, Any]:
    message = row.message.position if row.message else None
    state = "taken-out" if row.is_gone else "hidden"
    why = {"reason": row.withheld_reason, "by": str(row.withheld_by), "on": row.withheld_on}
    nothing = {"name": None, "kind": None, "size": None}
    return {"id": row.pk, "state": state, "message": message, "position": row.position} | nothing | why
