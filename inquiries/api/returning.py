"""What an asker with a receipt may do besides reading and writing. The receipt travels in the Authorization header only."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, AuthenticationFailed, ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from inquiries import lifecycle, receipts, reminders
from inquiries.api.admission import TOO_MANY, wait_for
from inquiries.api.asking import IDENTITY, ConfidentialSerializer
from inquiries.api.conversation import CONVERSATION, ConversationSerializer, conversation
from inquiries.api.receipts import RECEIPT, REFERENCE, KeysUnreachable, ReceiptAuthentication, opened_by, secret_of
from inquiries.forms.returning import ReminderForm
from inquiries.models import Inquiry
from inquiries.services import admission, asking, closing, proving, publishing, rotation, upgrading
from inquiries.services.casebook import UnableToMove
from inquiries.services.identities import UnableToCorrect
from keystore.services import UnableToReachKeys
from organisations.api import EmptySerializer, StrictSerializer, problem
from organisations.validators import plain_text

NO_RECEIPT = problem("No receipt, or not one that we know.")
UNREACHABLE = problem("The key store does not answer; nothing was changed.")


PROOF = {
    "statement": {"content": "9f86d0…", "key": "k1", "kind": "proof of filing 2", "on": "2026-11-16", "reference": REFERENCE},
    "salt": "5e884898…",
    "signature": "MEUCIQ…",
}

Described = Callable[[Callable[..., Response]], Callable[..., Response]]


class NotNow(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_detail = "That is not possible as the question stands now. Read it anew."


class RotateSerializer(StrictSerializer):
    key = serializers.CharField(
        min_length=16,
        max_length=200,
        validators=[plain_text],
        help_text="Random text of your own, kept secret until the answer is here: the same sent again gives the same new receipt.",
    )


class NewReceiptSerializer(serializers.Serializer[Any]):
    receipt = serializers.CharField(help_text="The new secret words. The old ones open nothing any more.")


class ObjectionSerializer(StrictSerializer):
    objects = serializers.BooleanField(help_text="Whether nothing of it may be published, not even without names.")


class ReminderSerializer(StrictSerializer):
    first = serializers.DateField()
    every = serializers.ChoiceField(choices=[0, 7, 14, 28], help_text="Days between two reminders; 0 for a single one.")
    count = serializers.IntegerField(min_value=1, max_value=reminders.MOST)
    title = serializers.CharField(max_length=60, validators=[plain_text], help_text="What the calendar shows; others may see it.")


class WithReceipt(APIView):
    authentication_classes: Any = (ReceiptAuthentication,)
    permission_classes = (AllowAny,)


def _move(operation: str, summary: str) -> Described:
    """What the schema says of a move of the asker's."""
    described: Described = extend_schema(
        operation_id=operation,
        summary=summary,
        tags=["inquiries"],
        request=EmptySerializer,
        responses={
            200: ConversationSerializer,
            400: problem("There are no fields."),
            401: NO_RECEIPT,
            409: problem("Not possible as the question stands now."),
        },
        examples=[CONVERSATION],
    )
    return described


def _moved(request: Request, verb: Callable[..., Inquiry]) -> Response:
    opened = opened_by(request)
    move(request, opened, verb)
    return Response(conversation(opened))


def move(request: Request, opened: asking.OpenInquiry, verb: Callable[..., Inquiry]) -> None:
    """Make a move that needs no words; raises ValidationError or NotNow."""
    EmptySerializer(data=request.data).is_valid(raise_exception=True)
    try:
        verb(opened=opened, today=timezone.localdate())
    except UnableToMove as error:
        raise NotNow from error


@method_decorator(never_cache, name="dispatch")
class SettleView(WithReceipt):
    @_move("settle", "Say that the answer settles it")
    def post(self, request: Request) -> Response:
        return _moved(request, closing.settle)


@method_decorator(never_cache, name="dispatch")
class ReopenView(WithReceipt):
    @_move("reopen", "Say that you still need help")
    def post(self, request: Request) -> Response:
        return _moved(request, closing.reopen)


@method_decorator(never_cache, name="dispatch")
class CloseView(WithReceipt):
    @_move("close", "Say that you need no answer any more")
    def post(self, request: Request) -> Response:
        return _moved(request, closing.close)


@method_decorator(never_cache, name="dispatch")
class ObjectionView(WithReceipt):
    @extend_schema(
        operation_id="object_to_publication",
        summary="Object to an answer for everybody, or no longer",
        tags=["inquiries"],
        request=ObjectionSerializer,
        responses={200: ConversationSerializer, 400: problem("Some fields need mending."), 401: NO_RECEIPT},
        examples=[OpenApiExample("an objection", value={"objects": True}, request_only=True), CONVERSATION],
    )
    def put(self, request: Request) -> Response:
        form = ObjectionSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        opened = opened_by(request)
        publishing.object_to_publication(opened, objects=form.validated_data["objects"])
        return Response(conversation(opened))


@method_decorator(never_cache, name="dispatch")
class IdentityView(WithReceipt):
    @extend_schema(
        operation_id="say_who_asks",
        summary="Say who you are, for two gatekeepers together, or correct it",
        description="Makes an anonymous question confidential, with no way back; of a confidential one it overwrites the words.",
        tags=["inquiries"],
        request=ConfidentialSerializer,
        responses={
            200: ConversationSerializer,
            400: problem("Some fields need mending."),
            401: NO_RECEIPT,
            409: problem("You ask by name, or have corrected it as often as can be."),
            429: TOO_MANY,
            503: UNREACHABLE,
        },
        examples=[OpenApiExample("who asks", value=IDENTITY, request_only=True), CONVERSATION],
    )
    def put(self, request: Request) -> Response:
        form = ConfidentialSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        opened, today = opened_by(request), timezone.localdate()
        wait_for(admission.here.hold_message(opened.inquiry.pk.bytes, now=time.time()))
        verb = upgrading.correct if opened.inquiry.mode == lifecycle.CONFIDENTIAL else upgrading.upgrade
        try:
            verb(opened=opened, who=form.validated_data, today=today)
        except (upgrading.UnableToUpgrade, UnableToCorrect) as error:
            raise NotNow from error
        except UnableToReachKeys as error:
            raise KeysUnreachable from error
        return Response(conversation(opened))


@method_decorator(never_cache, name="dispatch")
class RotateView(WithReceipt):
    """Its receipt may have been exchanged by this very call, whose answer was lost: so the verb looks at it itself."""

    authentication_classes = ()

    @extend_schema(
        operation_id="rotate_receipt",
        summary="Exchange the receipt for a new one",
        description="For handing a case on within a firm. The old receipt opens nothing from then on.",
        tags=["inquiries"],
        auth=[{"receipt": []}],  # type: ignore[list-item]
        request=RotateSerializer,
        responses={
            200: NewReceiptSerializer,
            400: problem("Some fields need mending."),
            401: NO_RECEIPT,
            503: UNREACHABLE,
        },
        examples=[
            OpenApiExample("exchange", value={"key": "b2Ls9xq0mRv4Tn1c"}, request_only=True),
            OpenApiExample("exchanged", value={"receipt": RECEIPT}, response_only=True, status_codes=["200"]),
        ],
    )
    def post(self, request: Request) -> Response:
        secret = secret_of(request)
        form = RotateSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            new = rotation.rotate(secret=secret, form=form.validated_data["key"].encode(), today=timezone.localdate())
        except asking.UnableToReturn as error:
            raise AuthenticationFailed("We know no inquiry with this receipt.") from error
        except UnableToReachKeys as error:
            raise KeysUnreachable from error
        return Response({"receipt": receipts.write(new)})

    def get_authenticate_header(self, request: Request) -> str:  # noqa: ARG002  the library's signature
        return "Receipt"


@method_decorator(never_cache, name="dispatch")
class ProofView(WithReceipt):
    @extend_schema(
        operation_id="prove_filing",
        summary="Get the signed proof of filing",
        description="It is about all that was filed, names nobody, and verifies offline or at `/proof/`. Keep its bytes.",
        tags=["inquiries"],
        responses={200: OpenApiResponse(OpenApiTypes.OBJECT, description="The proof."), 401: NO_RECEIPT},
        examples=[OpenApiExample("a proof", value=PROOF, response_only=True, status_codes=["200"])],
    )
    def get(self, request: Request) -> HttpResponse:
        return proof_of(opened_by(request))


def proof_of(opened: asking.OpenInquiry) -> HttpResponse:
    return HttpResponse(proving.prove(opened).text(), content_type="application/json")


@method_decorator(never_cache, name="dispatch")
class RemindersView(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="make_reminders",
        summary="Make a calendar file that reminds you to look again",
        description="Made from what is sent and from nothing else; no receipt is needed and nothing is kept.",
        tags=["inquiries"],
        auth=[],
        request=ReminderSerializer,
        responses={
            (200, "text/calendar"): OpenApiResponse(OpenApiTypes.STR, description="A calendar (RFC 5545)."),
            400: problem("Some fields need mending."),
        },
        examples=[
            OpenApiExample(
                "every week", value={"first": "2026-12-01", "every": 7, "count": 4, "title": "Reminder"}, request_only=True
            )
        ],
    )
    def post(self, request: Request) -> HttpResponse:
        said = ReminderSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        form = ReminderForm({name: str(value) for name, value in said.validated_data.items()})
        if not form.is_valid():
            raise ValidationError({name: [str(text) for text in texts] for name, texts in form.errors.items()})
        chosen = form.cleaned_data
        content = reminders.calendar(title=chosen["title"], first=chosen["first"], every=form.spacing, count=chosen["count"])
        return HttpResponse(content, content_type="text/calendar; charset=utf-8")
