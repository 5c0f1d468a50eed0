"""Asking, reading, writing again and erasing, for firms whose own systems ask. The receipt is in the Authorization header only."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.core.validators import MaxLengthValidator
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django_countries import countries
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import APIException, AuthenticationFailed, NotAuthenticated, NotFound, Throttled
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalogue.models import Segment
from catalogue.parsing import code_typed
from catalogue.regions import OFFERED
from inquiries import receipts
from inquiries.api.files import FILES, PARSERS, CleanedSerializer, FileSerializer, beside_files, body_of, cleaned, named, received
from inquiries.forms.asking import ITEM_FIELDS, LONGEST_SUBJECT, LONGEST_TEXT, why_not
from inquiries.models import MOST_ITEMS, Details, Inquiry, Item, Mode, OpeningState, RedFlag, Topic
from inquiries.services import admission, asking, attachments, erasing, ledger, readers, thread
from inquiries.services.identities import Confidential, Step
from inquiries.services.receiving import Received
from inquiries.transfers import download
from keystore.services import UnableToReachKeys
from organisations.api import StrictSerializer, problem
from organisations.validators import plain_text

REFERENCE = "FP-7Q2M4-X0KDT"
RECEIPT = "lusab-babad-gutih-tugad-mudof-sakat-kibap-rofug"


def _part(name: str) -> dict[str, Any]:
    """The limits of a part of an item, as the form has them."""
    longest = ITEM_FIELDS[name].max_length
    return {"required": False, "allow_blank": True, "max_length": longest, "validators": [plain_text], "default": ""}


def said_something(text: str) -> None:
    if not text.strip():
        raise serializers.ValidationError("Write your words: this text is blank.")


class WordsSerializer(StrictSerializer):
    text = serializers.CharField(validators=[MaxLengthValidator(LONGEST_TEXT), plain_text, said_something], trim_whitespace=False)


class ItemSerializer(StrictSerializer):
    """One item; each part may be left out, not all of them."""

    description = serializers.CharField(help_text="What it is, in plain words.", **_part("description"))
    designed_for = serializers.CharField(help_text="What it was designed for.", **_part("designed_for"))
    used_for = serializers.CharField(help_text="What it would be used for.", **_part("used_for"))
    parameters = serializers.CharField(help_text="The technical parameters on which the lists depend.", **_part("parameters"))
    entry = serializers.CharField(help_text="The control entry by your own judgement, such as 3A001.", **_part("entry"))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not any(attrs.values()):
            raise serializers.ValidationError("Say something of the item, or leave it out.")
        return {**attrs, "entry": code_typed(attrs.get("entry", "")) or attrs.get("entry", "")}


class ConfidentialSerializer(StrictSerializer):
    """Who asks, for the gatekeepers of the focal point alone."""

    name = serializers.CharField(max_length=150, validators=[plain_text])
    organisation = serializers.CharField(required=False, allow_blank=True, max_length=200, validators=[plain_text])
    contact = serializers.CharField(max_length=500, validators=[plain_text])

    def to_internal_value(self, data: Any) -> Any:
        return Confidential(**super().to_internal_value(data))


IDENTITY = {"name": "Ada Asker", "organisation": "Particular Pumps OÜ", "contact": "+372 5550 0000, after six in the evening"}


class AskSerializer(WordsSerializer):
    topic = serializers.ChoiceField(choices=Topic.choices)
    subject = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_SUBJECT, validators=[plain_text])
    segments = serializers.SlugRelatedField(
        slug_field="code", queryset=Segment.objects.areas(), many=True, required=False, help_text="Codes of EDT segments."
    )
    destination = serializers.ChoiceField(
        choices=list(countries), required=False, allow_blank=True, help_text="ISO 3166 alpha-2 code of a country."
    )
    region = serializers.ChoiceField(
        choices=list(OFFERED.items()),
        required=False,
        allow_blank=True,
        help_text="UN M49 number of a region, in place of the country where that together with the item would tell who you are.",
    )
    items = serializers.ListField(child=ItemSerializer(), required=False, max_length=MOST_ITEMS)
    red_flags = serializers.MultipleChoiceField(
        choices=RedFlag.choices, required=False, help_text="Warning signs about the order that you have seen."
    )
    objects_to_publication = serializers.BooleanField(
        required=False, help_text="True: the answer is not published for everybody, not even anonymised."
    )
    identity = ConfidentialSerializer(
        required=False, help_text="Makes the question confidential: sealed, and opened by two gatekeepers together only."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        region = attrs.pop("region", "")
        if region and attrs.get("destination"):
            raise serializers.ValidationError({"region": ["Name the country or the region, not both."]})
        seen = attrs.pop("red_flags", ())
        flags = tuple(flag for flag in RedFlag.values if flag in seen)
        details = Details(tuple(Item(**item) for item in attrs.pop("items", ())), flags)
        return {**attrs, "destination": region or attrs.get("destination", ""), "details": details}


class FiledSerializer(serializers.Serializer[Any]):
    reference = serializers.CharField(help_text="The public handle.")
    receipt = serializers.CharField(help_text="The secret words to return with. Shown once, kept nowhere.")
    files = CleanedSerializer(many=True, required=False, help_text="What was taken out of the files, if there were any.")


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
TOO_MANY = problem("Much is coming in just now; nothing was filed. Send it again after the seconds of Retry-After.")


class KeysUnreachable(APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "The key store does not answer. Nothing was changed: send the same request again in a minute."


def secret_of(request: Request) -> bytes:
    """The secret of the receipt in a call's header; raises NotAuthenticated or AuthenticationFailed, in words."""
    scheme, _, words = get_authorization_header(request).partition(b" ")
    if scheme.lower() != b"receipt":
        raise NotAuthenticated("Send the header “Authorization: Receipt <words>”.")
    try:
        return receipts.read(words.decode("latin-1")[:400])
    except receipts.NotAReceipt as error:
        raise AuthenticationFailed(why_not(error)) from error


class ReceiptAuthentication(BaseAuthentication):
    """`Authorization: Receipt <words>`. Opens one inquiry and names nobody."""

    def authenticate(self, request: Request) -> tuple[None, asking.OpenInquiry]:
        secret = secret_of(request)
        try:
            return None, asking.open_with_receipt(secret)
        except asking.UnableToReturn as error:
            raise AuthenticationFailed("We know no inquiry with this receipt.") from error
        except UnableToReachKeys as error:
            raise KeysUnreachable from error

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        return "Receipt"


class ReceiptScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """What the schema says of the receipt's header."""

    target_class = ReceiptAuthentication
    name = "receipt"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:  # noqa: ARG002  the library's signature
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "`Receipt` and the words of the receipt."}


@method_decorator(never_cache, name="dispatch")
class InquiriesView(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = PARSERS

    @extend_schema(
        operation_id="ask",
        summary="Ask anonymously, or confidentially with an identity",
        tags=["inquiries"],
        auth=[],
        request=beside_files(AskSerializer),
        responses={
            201: FiledSerializer,
            400: problem("Some fields need mending, or a file can't be cleaned."),
            415: problem("The body is neither JSON nor multipart/form-data."),
            429: TOO_MANY,
        },
        examples=[
            OpenApiExample(
                "a question about an item",
                value={"topic": "classification", "text": "Is a five-axis mill with 4 µm accuracy controlled?"},
                request_only=True,
            ),
            OpenApiExample(
                "a question with items, a region and warning signs",
                description="All but topic and text may be left out. Items and signs are sealed like the words.",
                value={
                    "topic": "transaction",
                    "subject": "Vibration test system",
                    "text": "A new customer asks for two test systems and avoids questions about the end use. May we deliver?",
                    "segments": ["CTA07"],
                    "region": "143",
                    "items": [
                        {
                            "description": "A vibration test system with digital control",
                            "designed_for": "Testing of car parts",
                            "used_for": "Not said",
                            "parameters": "Closed loop, 20 to 2000 Hz, 60 kN measured on a bare table",
                            "entry": "2B116.a",
                        }
                    ],
                    "red_flags": ["new-customer", "evasive"],
                },
                request_only=True,
            ),
            OpenApiExample(
                "a confidential question",
                value={
                    "topic": "other",
                    "text": "Somebody abroad pays for our drawings and grows insistent. Whom do I call?",
                    "identity": IDENTITY,
                },
                request_only=True,
            ),
            OpenApiExample("filed", value={"reference": REFERENCE, "receipt": RECEIPT}, response_only=True, status_codes=["201"]),
        ],
    )
    def post(self, request: Request) -> Response:
        form = AskSerializer(data=body_of(request))
        form.is_valid(raise_exception=True)
        _inquiry, answer = file_question(request, **form.validated_data)
        return Response(answer, status=status.HTTP_201_CREATED)


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


def file_question(request: Request, **said: Any) -> tuple[Inquiry, dict[str, Any]]:
    """File what a call asks, with its files; return the inquiry and the answer to the call. Raises Throttled, ValidationError,
    KeysUnreachable or UnableToName.
    """
    wait_for(admission.here.hold_call(now=time.time()))
    files = received_from_asker(request)
    try:
        filed = asking.submit(today=timezone.localdate(), files=files, **said)
    except UnableToReachKeys as error:
        raise KeysUnreachable from error
    shown = {"files": [cleaned(file) for file in files]} if files else {}
    return filed.inquiry, {"reference": filed.inquiry.reference, "receipt": filed.receipt, **shown}


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


def wait_for(seconds: int) -> None:
    """Answer 429 with Retry-After unless there is nothing to wait for."""
    if seconds:
        raise Throttled(wait=seconds)


def received_from_asker(request: Request) -> list[Received]:
    """The files of a call, cleaned; raises Throttled or ValidationError."""
    uploads = request.FILES.getlist(FILES)
    if uploads:
        wait_for(admission.here.hold_files([upload.size or 0 for upload in uploads], now=time.time()))
    return received(request)


def opened_by(request: Request) -> asking.OpenInquiry:
    opened: Any = request.auth  # what ReceiptAuthentication made of the header
    if not isinstance(opened, asking.OpenInquiry):
        raise NotAuthenticated
    return opened


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
