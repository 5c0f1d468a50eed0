"""Published answers for other systems: the same rows as the pages, read only."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers, viewsets
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from inquiries.forms.publishing import AnswerSearchForm
from inquiries.models import Publication, Topic
from organisations.api import problem


class AnswerSerializer(serializers.ModelSerializer[Publication]):
    agency = serializers.CharField(source="agency.name", help_text="Who answered.")
    segments: serializers.Field[Any, Any, Any, Any] = serializers.SlugRelatedField(
        slug_field="code", many=True, read_only=True, help_text="Codes of EDT segments."
    )
    url = serializers.SerializerMethodField(help_text="Its page, relative to the portal's address.")

    class Meta:
        model = Publication
        fields = ("id", "url", "topic", "title", "question", "answer", "codes", "segments", "agency", "published_on", "changed_on")
        read_only_fields = fields
        extra_kwargs = {"codes": {"help_text": "Control entries, such as 3A001.a.5."}}

    def get_url(self, answer: Publication) -> str:
        return answer.get_absolute_url()


ANSWER = OpenApiExample(
    "an answer",
    value={
        "id": "6a0f2f0e-5d8e-4c62-9d0d-4d2f6f4f3c11",
        "url": "/answers/6a0f2f0e-5d8e-4c62-9d0d-4d2f6f4f3c11/",
        "topic": "classification",
        "title": "Is a five-axis milling machine controlled?",
        "question": "We build a milling machine with five axes that can be moved together. Is it listed?",
        "answer": "It depends on its positioning repeatability. …",
        "codes": ["2B001.b"],
        "segments": ["CTA10"],
        "agency": "Strategic Goods Focal Point",
        "published_on": "2026-11-23",
        "changed_on": None,
    },
    response_only=True,
)


@extend_schema_view(
    list=extend_schema(
        summary="Search published answers",
        description="What government has answered for everybody; the best match first where words are given, else the newest.",
        parameters=[
            OpenApiParameter("q", str, description="Words; all of them must be there."),
            OpenApiParameter("code", str, description="A control entry, such as 3A001."),
            OpenApiParameter("topic", str, enum=Topic.values),
            OpenApiParameter("segment", str, description="The code of a segment."),
            OpenApiParameter("page", int, description="Which page, from 1."),
        ],
        responses={200: AnswerSerializer(many=True), 400: problem("Some parameters need mending."), 404: problem("No such page.")},
        examples=[ANSWER],
    ),
    retrieve=extend_schema(
        summary="Read one published answer",
        responses={
            200: AnswerSerializer,
            400: problem("There are no parameters."),
            404: problem("There is none, or it was withdrawn."),
        },
        examples=[ANSWER],
    ),
)
@extend_schema(tags=["answers"])
class AnswerViewSet(viewsets.ReadOnlyModelViewSet[Publication]):
    permission_classes = (AllowAny,)
    serializer_class = AnswerSerializer
    queryset = Publication.objects.none()

    def get_queryset(self) -> Any:
        if self.detail:
            return Publication.objects.public().select_related("agency").prefetch_related("segments")
        form = AnswerSearchForm(self.request.query_params)
        if not form.is_valid():
            raise ValidationError({name: [str(text) for text in texts] for name, texts in form.errors.items()})
        return form.results().select_related("agency")

    def filter_queryset(self, queryset: Any) -> Any:
        return queryset

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        if request.query_params:
            raise ValidationError({name[:60]: ["There is no such parameter."] for name in sorted(request.query_params)[:10]})
        return super().retrieve(request, *args, **kwargs)
