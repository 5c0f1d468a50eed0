"""The look before a question goes, for systems: the same finder, rule and answers as on the page. Nothing is stored or filed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalogue.parsing import code_typed
from catalogue.regions import region_of
from inquiries import traces
from inquiries.api.admission import TOO_MANY, received_from_asker, wait_for
from inquiries.api.asking import AskSerializer
from inquiries.api.files import PARSERS, CleanedSerializer, beside_files, body_of, cleaned
from inquiries.forms.review import MOST_FINDINGS, offers
from inquiries.services import admission
from organisations.api import problem


class FindingSerializer(serializers.Serializer[Any]):
    """Something that could identify the asker; `start` and `end` count characters of the field."""

    kind = serializers.ChoiceField(choices=[kind.value for kind in traces.Kind])
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    text = serializers.CharField()

    def get_fields(self) -> dict[str, Any]:
        return {"field": serializers.CharField(help_text="Such as text or items.0.description."), **super().get_fields()}


class FewFirmsSerializer(serializers.Serializer[Any]):
    """The choices fit so few firms that they may name one, and what to say in their place."""

    region = serializers.CharField(help_text="M49 number of the region that the country lies in; may be empty.")
    entries = serializers.ListField(child=serializers.CharField(), help_text="The entries without their paragraphs.")


class OfferSerializer(serializers.Serializer[Any]):
    title = serializers.CharField()
    url = serializers.CharField()


class InFileSerializer(serializers.Serializer[Any]):
    """Something in the words of a file that could identify the asker; `start` and `end` count characters of its words."""

    kind = serializers.CharField(help_text="As in the findings of the fields.")
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    text = serializers.CharField()


class LookedAtSerializer(CleanedSerializer):
    findings = InFileSerializer(many=True)


class LookSerializer(serializers.Serializer[Any]):
    findings = FindingSerializer(many=True)
    few_firms = FewFirmsSerializer(allow_null=True)
    answers = OfferSerializer(many=True, help_text="Published answers that may already help.")
    files = LookedAtSerializer(many=True, required=False, help_text="The files that came, if there were any.")


@method_decorator(never_cache, name="dispatch")
class ReviewView(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = PARSERS

    @extend_schema(
        operation_id="review",
        summary="Have a question looked at before it is filed",
        description="Finds what could tell who asks. Nothing is stored, filed or looked up in a register.",
        tags=["inquiries"],
        auth=[],
        request=beside_files(AskSerializer),
        responses={
            200: LookSerializer,
            400: problem("Some fields need mending, or a file can't be cleaned."),
            415: problem("The body is neither JSON nor multipart/form-data."),
            429: TOO_MANY,
        },
        examples=[
            OpenApiExample(
                "a question with a number in it",
                value={"topic": "classification", "text": "Is the mill with serial no. 48211-B controlled?"},
                request_only=True,
            ),
            OpenApiExample(
                "one finding",
                value={
                    "findings": [{"field": "text", "kind": "serial-number", "start": 28, "end": 35, "text": "48211-B"}],
                    "few_firms": None,
                    "answers": [],
                },
                response_only=True,
                status_codes=["200"],
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        form = AskSerializer(data=body_of(request))
        form.is_valid(raise_exception=True)
        wait_for(admission.here.hold_look(now=time.time()))
        asked = form.validated_data
        texts = dict(_texts(asked))
        found = [{"field": name, **asdict(trace)} for name, text in texts.items() for trace in traces.find(text)]
        answers = offers(" ".join(texts.values()), topic=asked["topic"])
        files = [
            {**cleaned(file), "findings": [asdict(trace) for trace in traces.find(file.text)[:MOST_FINDINGS]]}
            for file in received_from_asker(request)
        ]
        return Response(
            {
                "findings": found,
                "few_firms": _few_firms(asked),
                "answers": [{"title": answer.title, "url": answer.get_absolute_url()} for answer in answers],
                **({"files": files} if files else {}),
            }
        )


def _texts(asked: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name in ("subject", "text"):
        if asked.get(name):
            yield name, asked[name]
    for number, item in enumerate(asked["details"].items):
        yield from ((f"items.{number}.{part}", text) for part, text in asdict(item).items() if text)


def _few_firms(asked: dict[str, Any]) -> dict[str, Any] | None:
    entries = [code for item in asked["details"].items if (code := code_typed(item.entry))]
    segments = [segment.code for segment in asked.get("segments", ())]
    if traces.too_small(traces.Choices(asked["destination"], entries, segments)) is None:
        return None
    return {"region": region_of(asked["destination"]), "entries": sorted({traces.rarity.coarser(entry) for entry in entries})}
