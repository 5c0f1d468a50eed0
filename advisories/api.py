"""Advisories for other systems: the same rows as the pages, read only."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import serializers, viewsets
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from advisories import payloads
from advisories.forms import ListForm
from advisories.models import Advisory, Kind, State, Tlp
from advisories.querysets import AdvisoryQuerySet
from organisations.api import HasScopeIfToken, TokenAuthentication, TokenThrottle
from organisations.models import Scope


class AdvisorySerializer(serializers.ModelSerializer[Advisory]):
    tlp = serializers.ChoiceField(choices=Tlp.labels, source="get_tlp_display", help_text="TLP 2.0 label.")
    agency = serializers.CharField(source="agency.name", help_text="Who issued it.")
    segments: serializers.Field[Any, Any, Any, Any] = serializers.SlugRelatedField(
        slug_field="code", many=True, read_only=True, help_text="Codes of EDT segments."
    )
    url = serializers.SerializerMethodField(help_text="Its page, relative to the portal's address.")

    class Meta:
        model = Advisory
        fields = (
            "id",
            "url",
            "kind",
            "tlp",
            "urgency",
            "state",
            "title",
            "summary",
            "body",
            "what_to_do",
            "what_changed",
            "language",
            "segments",
            "valid_from",
            "valid_to",
            "agency",
            "published_at",
            "withdrawn_at",
            "withdrawal_reason",
        )
        read_only_fields = fields
        extra_kwargs = {
            "body": {"help_text": "Markdown."},
            "what_to_do": {"help_text": "Markdown."},
            "what_changed": {"help_text": "Of a correction, and empty otherwise."},
            "valid_from": {"help_text": "The first day on which it is in force, if it begins on one."},
            "valid_to": {"help_text": "The last day on which it is in force, if it has one."},
            "state": {"help_text": f"{State.PUBLISHED}, or what became of it."},
        }

    def get_url(self, advisory: Advisory) -> str:
        return advisory.get_absolute_url()

    def to_representation(self, instance: Advisory) -> dict[str, Any]:
        """What webhooks post as well; the fields above describe it."""
        return payloads.fields(instance)


PROBLEM: dict[str, Any] = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "object"},
    },
    "required": ["type", "title", "status", "detail"],
}
BAD_REQUEST = {
    (400, "application/problem+json"): OpenApiResponse(PROBLEM, description="A parameter that is unknown or wrong (RFC 9457).")
}
NOT_FOUND = {(404, "application/problem+json"): OpenApiResponse(PROBLEM, description="There is none within your reach.")}
EXAMPLE = OpenApiExample(
    "an advisory",
    value={
        "id": "6a0f2f0e-5d8e-4c62-9d0d-4d2f6f4f3c11",
        "url": "/advisories/6a0f2f0e-5d8e-4c62-9d0d-4d2f6f4f3c11/",
        "kind": "threat",
        "tlp": "TLP:CLEAR",
        "urgency": "priority",
        "state": "published",
        "title": "Orders for thermal cameras through new resellers",
        "summary": "Resellers founded this year ask for uncooled thermal cameras in numbers that fit no trade.",
        "body": "**What we see.** …",
        "what_to_do": "- Ask for the end user.",
        "what_changed": "",
        "language": "en",
        "segments": ["CTA06"],
        "valid_from": None,
        "valid_to": "2027-06-30",
        "agency": "Strategic Goods Focal Point",
        "published_at": "2026-11-23T09:30:00+02:00",
        "withdrawn_at": None,
        "withdrawal_reason": "",
    },
    response_only=True,
)


@extend_schema_view(
    list=extend_schema(
        summary="List advisories",
        description="What your TLP reach allows, the newest first; without signing in, TLP:CLEAR only.",
        parameters=[
            OpenApiParameter("kind", str, enum=Kind.values, description="Only this kind."),
            OpenApiParameter("page", int, description="Which page, from 1."),
        ],
        responses={200: AdvisorySerializer(many=True), **BAD_REQUEST, **NOT_FOUND},
        examples=[EXAMPLE],
    ),
    retrieve=extend_schema(
        summary="Read one advisory", responses={200: AdvisorySerializer, **BAD_REQUEST, **NOT_FOUND}, examples=[EXAMPLE]
    ),
)
@extend_schema(tags=["advisories"])
class AdvisoryViewSet(viewsets.ReadOnlyModelViewSet[Advisory]):
    authentication_classes = (TokenAuthentication, SessionAuthentication)
    permission_classes = (HasScopeIfToken,)
    throttle_classes = (TokenThrottle,)
    scope_of = {"list": Scope.ADVISORIES_READ, "retrieve": Scope.ADVISORIES_READ}
    serializer_class = AdvisorySerializer
    queryset = Advisory.objects.none()

    def get_queryset(self) -> AdvisoryQuerySet:
        return Advisory.objects.visible_to(self.request.user, today=timezone.localdate()).for_list().newest_first()

    def filter_queryset(self, queryset: Any) -> Any:
        if self.detail:
            return queryset
        kind = self.request.query_params.get("kind")
        return queryset.filter(kind=kind) if kind else queryset

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        form = ListForm(request.query_params)
        if not form.is_valid():
            raise ValidationError({name: [str(text) for text in texts] for name, texts in form.errors.items()})
        return super().list(request, *args, **kwargs)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        if request.query_params:
            raise ValidationError({name[:60]: ["There is no such parameter."] for name in sorted(request.query_params)[:10]})
        return super().retrieve(request, *args, **kwargs)
