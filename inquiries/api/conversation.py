"""A conversation with its asker: read, written to again, erased. Whose it is the caller has found out, by receipt or by name."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from inquiries.api.admission import TOO_MANY, received_from_asker, wait_for
from inquiries.api.files import FILES, PARSERS, FileSerializer, beside_files, body_of, named
from inquiries.api.receipts import REFERENCE, KeysUnreachable, ReceiptAuthentication, opened_by
from inquiries.api.wording import ItemSerializer, WordsSerializer
from inquiries.models import Mode, OpeningState
from inquiries.services import admission, asking, attachments, erasing, ledger, readers, thread
from inquiries.services.identities import Step
from inquiries.transfers import download
from keystore.services import UnableToReachKeys
from organisations.api import problem


class LineSerializer(serializers.Serializer[Any]):
    text = serializers.CharField()
    on = serializers.DateField()
    is_new = serializers.BooleanField(help_text="Whether it came since the asker's own last words. No look is noted anywhere.")
    files = FileSerializer(many=True)

    def get_fields(self) -> dict[str, Any]:
        author = serializers.ChoiceField(choices=["asker", "office"], source="author")
        return {"from": author, **super().get_fields()}


class OpeningSerializer(serializers.Serializer[Any]):
    """A gatekeeper's wish to know who a confidential asker is, and what became of it. No names."""

    asked_on = serializers.DateField()
    reason = serializers.CharField(help_text="Why the gatekeeper must know, in their words.")
    state = serializers.ChoiceField(
        choices=OpeningState.choices,
        help_text="asked: waits for a second gatekeeper; granted: agreed, not read; read; refused; lapsed: ended unread",
    )
    last_day = serializers.DateField(allow_null=True, help_text="Until when it may be decided, or read; null once it is over.")
    decided_on = serializers.DateField(allow_null=True, help_text="When the second gatekeeper agreed or refused.")
    refusal = serializers.CharField(allow_null=True, help_text="Why the second gatekeeper refused.")
    read_on = serializers.DateField(allow_null=True, help_text="When the first gatekeeper read who you are.")
    before_correction = serializers.BooleanField(help_text="Whether you have corrected who you are since it was granted or read.")


class ConversationSerializer(serializers.Serializer[Any]):
    reference = serializers.CharField()
    mode = serializers.ChoiceField(choices=Mode.choices, help_text="How you ask: anonymous, confidential or named")
    status = serializers.CharField(help_text="received, in-hand, waiting, answered or closed")
    due_on = serializers.DateField(allow_null=True, help_text="When an answer is due; null while none is owed.")
    unread = serializers.IntegerField(help_text="How many of the messages are new.")
    messages = LineSerializer(many=True)
    destination = serializers.CharField(help_text="ISO 3166 code of the country or UN M49 number of the region; may be empty.")
    items = ItemSerializer(many=True)
    red_flags = serializers.ListField(child=serializers.CharField())
    readers = serializers.ListField(
        child=serializers.CharField(), help_text="The agencies whose officials can open it beside the focal point's."
    )
    erase_on = serializers.DateField(allow_null=True, help_text="When it is erased unless you write again; null while open.")
    objects_to_publication = serializers.BooleanField(help_text="Whether you object to an answer for everybody.")
    openings = OpeningSerializer(many=True, help_text="Who wanted to know who you are, and why; the oldest first.")


CONVERSATION = OpenApiExample(
    "a conversation",
    value={
        "reference": REFERENCE,
        "mode": "confidential",
        "status": "waiting",
        "due_on": "2026-12-07",
        "unread": 1,
        "messages": [
            {
                "from": "asker",
                "text": "Is a five-axis mill with 4 µm accuracy controlled?",
                "on": "2026-11-16",
                "is_new": False,
                "files": [],
            },
            {"from": "office", "text": "Along each of the axes?", "on": "2026-11-18", "is_new": True, "files": []},
        ],
        "readers": ["Strategic Goods Licensing Board"],
        "erase_on": None,
        "objects_to_publication": False,
        "openings": [
            {
                "asked_on": "2026-11-18",
                "reason": "The customer is known to threaten those who refuse to deliver: the asker must be warned.",
                "state": "read",
                "last_day": None,
                "decided_on": "2026-11-18",
                "refusal": None,
                "read_on": "2026-11-19",
                "before_correction": False,
            }
        ],
    },
    response_only=True,
    status_codes=["200", "201"],
)


@method_decorator(never_cache, name="dispatch")
class ConversationView(APIView):
    authentication_classes = (ReceiptAuthentication,)
    permission_classes = (AllowAny,)
    parser_classes = PARSERS

    @extend_schema(
        operation_id="read_conversation",
        summary="Return with the receipt and read",
        tags=["inquiries"],
        responses={200: ConversationSerializer, 401: problem("No receipt, or not one that we know.")},
        examples=[CONVERSATION],
    )
    def get(self, request: Request) -> Response:
        return Response(conversation(opened_by(request)))

    @extend_schema(
        operation_id="write_again",
        summary="Write again",
        tags=["inquiries"],
        request=beside_files(WordsSerializer),
        responses={
            201: ConversationSerializer,
            400: problem("Some fields need mending, or a file can't be cleaned."),
            401: problem("No such receipt."),
            429: TOO_MANY,
        },
        examples=[
            OpenApiExample("more", value={"text": "The accuracy is at the spindle, not at the table."}, request_only=True),
            CONVERSATION,
        ],
    )
    def post(self, request: Request) -> Response:
        form = WordsSerializer(data=body_of(request))
        form.is_valid(raise_exception=True)
        opened = opened_by(request)
        write_again(request, opened, text=form.validated_data["text"])
        return Response(conversation(opened), status=status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="erase",
        summary="Erase the inquiry now, for good",
        tags=["inquiries"],
        responses={
            204: OpenApiResponse(description="Erased. The receipt opens nothing any more."),
            401: problem("No such receipt, or it is erased already."),
            503: problem("The key store does not answer; nothing was erased."),
        },
    )
    def delete(self, request: Request) -> Response:
        return erased(opened_by(request))


@method_decorator(never_cache, name="dispatch")
class FileView(APIView):
    authentication_classes = (ReceiptAuthentication,)
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="download_file",
        summary="Download a file of the conversation",
        tags=["inquiries"],
        responses={
            (200, "application/octet-stream"): OpenApiTypes.BINARY,
            401: problem("No receipt, or not one that we know."),
            404: problem("No such file in this conversation."),
        },
    )
    def get(self, request: Request, ref: UUID) -> HttpResponseBase:
        return file_of(opened_by(request), ref)


def write_again(request: Request, opened: asking.OpenInquiry, *, text: str) -> None:
    """Append the words and the files of a call; raises Throttled or ValidationError."""
    wait_for(admission.here.hold_message(opened.inquiry.pk.bytes, now=time.time()))
    files = received_from_asker(request)
    try:
        asking.write_again(opened=opened, text=text, files=files, today=timezone.localdate())
    except attachments.UnableToKeep as error:
        raise serializers.ValidationError({FILES: [str(error)]}) from error


def erased(opened: asking.OpenInquiry) -> Response:
    try:
        erasing.erase(opened=opened, today=timezone.localdate())
    except UnableToReachKeys as error:
        raise KeysUnreachable from error
    return Response(status=status.HTTP_204_NO_CONTENT)


def file_of(opened: asking.OpenInquiry, ref: UUID) -> HttpResponseBase:
    try:
        return download(thread.file(opened, ref))
    except attachments.UnableToFind as error:
        raise NotFound("There is no such file in this conversation.") from error


def conversation(opened: asking.OpenInquiry) -> dict[str, Any]:
    """The conversation as it is by now."""
    inquiry = opened.inquiry
    inquiry.refresh_from_db()
    words = thread.read(opened)
    read = len(words.lines) - words.new
    lines = [
        {
            "from": "asker" if line.is_from_asker else "office",
            "text": line.text,
            "on": line.on.isoformat(),
            "is_new": place >= read,
            "files": named(line.files),
        }
        for place, line in enumerate(words.lines)
    ]
    return {
        "reference": inquiry.reference,
        "mode": inquiry.mode,
        "status": inquiry.state,
        "due_on": inquiry.due_on,
        "unread": words.new,
        "messages": lines,
        "destination": inquiry.destination,
        "items": [asdict(item) for item in words.details.items],
        "red_flags": list(words.details.red_flags),
        "readers": [agency.name for agency in readers.agencies(inquiry)],
        "erase_on": inquiry.erase_on,
        "objects_to_publication": inquiry.objects_to_publication,
        "openings": [_opening(step) for step in ledger.read(opened, today=timezone.localdate())],
    }


def _opening(step: Step) -> dict[str, Any]:
    """One step of the ledger: days and reasons, and nobody's name."""
    opening = step.opening
    return {
        "asked_on": opening.asked_on,
        "reason": step.reason,
        "state": OpeningState.LAPSED if step.has_run_out else opening.state,
        "last_day": None if step.has_run_out else step.last_day,
        "decided_on": opening.decided_on,
        "refusal": step.refusal,
        "read_on": opening.read_on,
        "before_correction": step.is_of_earlier_words,
    }
