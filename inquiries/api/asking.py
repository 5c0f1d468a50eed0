"""Asking, anonymously or confidentially, for firms whose own systems ask."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django_countries import countries
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalogue.models import Segment
from catalogue.regions import OFFERED
from inquiries.api.admission import TOO_MANY, received_from_asker, wait_for
from inquiries.api.files import PARSERS, CleanedSerializer, beside_files, body_of, cleaned
from inquiries.api.receipts import RECEIPT, REFERENCE, KeysUnreachable
from inquiries.api.wording import ItemSerializer, WordsSerializer
from inquiries.forms.asking import LONGEST_SUBJECT
from inquiries.models import MOST_ITEMS, Details, Inquiry, Item, RedFlag, Topic
from inquiries.services import admission, asking, subjects
from inquiries.services.identities import Confidential
from inquiries.services.subjects import Subject
from keystore.services import UnableToReachKeys
from organisations.api import StrictSerializer, problem
from organisations.validators import plain_text


class ConfidentialSerializer(StrictSerializer):
    """Who asks, for the gatekeepers of the focal point alone."""

    name = serializers.CharField(max_length=150, validators=[plain_text])
    organisation = serializers.CharField(required=False, allow_blank=True, max_length=200, validators=[plain_text])
    contact = serializers.CharField(max_length=500, validators=[plain_text])

    def to_internal_value(self, data: Any) -> Any:
        return Confidential(**super().to_internal_value(data))


IDENTITY = {"name": "Ada Asker", "organisation": "Particular Pumps OÜ", "contact": "+372 5550 0000, after six in the evening"}


ABOUT = "8d2f2f0e-5d8e-4c62-9d0d-4d2f6f4f3c11"


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
    about = serializers.UUIDField(
        required=False,
        allow_null=True,
        help_text="The id of an advisory that it is about. Without a name, only of one that everybody may read (TLP:CLEAR).",
    )
    sighting = serializers.BooleanField(required=False, help_text="True: you have seen yourself what that advisory describes.")
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
        named = self._named(attrs.pop("about", None), is_sighting=attrs.get("sighting", False))
        seen = attrs.pop("red_flags", ())
        flags = tuple(flag for flag in RedFlag.values if flag in seen)
        details = Details(tuple(Item(**item) for item in attrs.pop("items", ())), flags)
        is_sighting = attrs.pop("sighting", False)
        said = {"destination": region or attrs.get("destination", ""), "details": details, "is_sighting": is_sighting}
        return {**attrs, **said, "about": named.word if named else ""}

    def _named(self, key: UUID | None, *, is_sighting: bool) -> Subject | None:
        """What the question is about, as far as its asker may name it: a stranger, unless the call says otherwise."""
        if key is None and is_sighting:
            raise serializers.ValidationError({"sighting": ["Say in “about” which advisory describes what you have seen."]})
        named = key and subjects.find(self.context.get("reader", AnonymousUser()), key)
        if key and not named:
            raise serializers.ValidationError({"about": ["There is no advisory with this id that can be named here."]})
        return named or None


class FiledSerializer(serializers.Serializer[Any]):
    reference = serializers.CharField(help_text="The public handle.")
    receipt = serializers.CharField(help_text="The secret words to return with. Shown once, kept nowhere.")
    files = CleanedSerializer(many=True, required=False, help_text="What was taken out of the files, if there were any.")


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
            OpenApiExample(
                "a sighting",
                description="Of what an advisory describes, by its id in the address.",
                value={
                    "topic": "risk-landscape",
                    "text": "A reseller founded this year asked us for forty thermal cameras on Monday.",
                    "about": ABOUT,
                    "sighting": True,
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
