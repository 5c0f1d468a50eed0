"""Advisories for other systems: the same rows as the pages, read only."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import serializers, viewsets
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from advisories import payloads
from advisories.forms import LanguageForm, ListForm, languages_wanted
from advisories.forms.lists import SORTS, STATES
from advisories.models import ActivityRole, Advisory, Attachment, Kind, State, Tlp
from advisories.querysets import AdvisoryQuerySet
from advisories.references import Reference
from advisories.transfers import hand_out
from organisations.api import HasScopeIfToken, TokenAuthentication, TokenThrottle
from organisations.models import Scope


class ReferenceSerializer(serializers.Serializer[Reference]):
    identifier = serializers.CharField(help_text="CELEX number or ELI.")
    words = serializers.CharField(help_text="What it is called, if the desk says so.")
    address = serializers.URLField(help_text="Where EUR-Lex shows it.")


class AttachmentSerializer(serializers.Serializer[Attachment]):
    name = serializers.CharField()
    media_type = serializers.CharField()
    size = serializers.IntegerField(help_text="In bytes.")
    sha256 = serializers.CharField(help_text="In hex.")
    url = serializers.CharField(help_text="Where you download it, with the token of this call; relative to the portal's address.")


class AdvisorySerializer(serializers.ModelSerializer[Advisory]):
    tlp = serializers.ChoiceField(choices=Tlp.labels, source="get_tlp_display", help_text="TLP 2.0 label.")
    agency = serializers.CharField(source="agency.name", help_text="Who issued it.")
    segments: serializers.Field[Any, Any, Any, Any] = serializers.SlugRelatedField(
        slug_field="code", many=True, read_only=True, help_text="Codes of EDT segments."
    )
    control_entries = serializers.ListField(
        child=serializers.CharField(), help_text="Codes; an entry stands for all that is below it. Empty: not narrowed by them."
    )
    destinations = serializers.ListField(
        child=serializers.CharField(), help_text="ISO 3166 codes of countries and UN M49 numbers of regions. Empty: not narrowed."
    )
    roles = serializers.ListField(
        child=serializers.ChoiceField(choices=ActivityRole.choices), help_text="Whom among them. Empty: all."
    )
    legal_references = ReferenceSerializer(source="references", many=True, read_only=True)
    attachments = AttachmentSerializer(
        source="files_for_readers", many=True, read_only=True, help_text="Its files; none once it is withdrawn."
    )
    supersedes: serializers.Field[Any, Any, Any, Any] = serializers.PrimaryKeyRelatedField(
        many=True, read_only=True, help_text="Ids of those within your reach that it has replaced."
    )
    superseded_by: serializers.Field[Any, Any, Any, Any] = serializers.PrimaryKeyRelatedField(
        many=True, read_only=True, help_text="Ids of those within your reach that have replaced it."
    )
    original_language = serializers.CharField(source="language", read_only=True, help_text="In which language it was written.")
    languages = serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        help_text="In which languages there is a version, that of the original first.",
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
            "control_entries",
            "destinations",
            "roles",
            "legal_references",
            "attachments",
            "valid_from",
            "valid_to",
            "agency",
            "published_at",
            "supersedes",
            "superseded_by",
            "withdrawn_at",
            "withdrawal_reason",
            "original_language",
            "languages",
        )
        read_only_fields = fields
        extra_kwargs = {
            "body": {"help_text": "Markdown."},
            "what_to_do": {"help_text": "Markdown."},
            "language": {"help_text": "Of title, summary, body, what_to_do and what_changed."},
            "what_changed": {"help_text": "Of a correction, and empty otherwise."},
            "valid_from": {"help_text": "The first day on which it is in force, if it begins on one."},
            "valid_to": {"help_text": "The last day on which it is in force, if it has one."},
            "state": {"help_text": f"{State.PUBLISHED}, or what became of it."},
        }

    def to_representation(self, instance: Advisory) -> dict[str, Any]:
        """What webhooks post as well, with its texts in the language that the reader asks for; the fields above describe it."""
        request = self.context["request"]
        words = instance.version_for(languages_wanted(request, request.query_params.get("language", "")))
        return payloads.fields(instance, words)

    def get_url(self, advisory: Advisory) -> str:
        return advisory.get_absolute_url()


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
GONE = {
    (410, "application/problem+json"): OpenApiResponse(PROBLEM, description="The advisory was withdrawn, and its files with it.")
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
        "control_entries": ["6A003.b.4"],
        "destinations": ["KG", "145"],
        "roles": ["trades"],
        "legal_references": [
            {
                "identifier": "32021R0821",
                "words": "Dual-use regulation",
                "address": "https://eur-lex.europa.eu/legal-content/AUTO/?uri=CELEX:32021R0821",
            }
        ],
        "attachments": [
            {
                "name": "resellers.pdf",
                "media_type": "application/pdf",
                "size": 184320,
                "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                "url": "/api/v1/advisories/6a0f2f0e-5d8e-4c62-9d0d-4d2f6f4f3c11/files/0b1de0a2-7a35-4a4c-9c35-0f5a2f9d7c55/",
            }
        ],
        "valid_from": None,
        "valid_to": "2027-06-30",
        "agency": "Strategic Goods Focal Point",
        "published_at": "2026-11-23T09:30:00+02:00",
        "supersedes": [],
        "superseded_by": [],
        "withdrawn_at": None,
        "withdrawal_reason": "",
        "original_language": "en",
        "languages": ["en", "et"],
    },
    response_only=True,
)


class Gone(APIException):
    status_code = HTTPStatus.GONE
    default_detail = "It was withdrawn, and its files with it."


LANGUAGE = OpenApiParameter(
    "language",
    str,
    enum=[code for code, _name in settings.ADVISORY_LANGUAGES],
    description="In which language to say it, where there is such a version; otherwise Accept-Language counts, then the original.",
)


@extend_schema_view(
    list=extend_schema(
        summary="List advisories",
        description="What your TLP reach allows; without signing in, TLP:CLEAR only. The best match first where words are given, "
        "else the newest. What has been corrected or withdrawn, or is over, is among it: see its state, or ask for `current`.",
        parameters=[
            OpenApiParameter("q", str, description="Words in title, summary, text and steps; all of them must be there."),
            OpenApiParameter("kind", str, enum=Kind.values, description="Only this kind."),
            OpenApiParameter("segment", str, description="The code of a segment; a branch includes its twigs."),
            OpenApiParameter("label", str, enum=Tlp.values, description="Only this TLP 2.0 label."),
            OpenApiParameter("year", int, description="The year in which it came out."),
            OpenApiParameter("state", str, enum=[str(state) for state in STATES], description="`current` is what stands now."),
            OpenApiParameter("sort", str, enum=SORTS, description="`relevance` has a meaning with `q` alone."),
            OpenApiParameter(
                "control_entry", str, description="Only what names this control entry, or one above or below it: 3A001.a.5, 3A001."
            ),
            LANGUAGE,
            OpenApiParameter("page", int, description="Which page, from 1."),
        ],
        responses={200: AdvisorySerializer(many=True), **BAD_REQUEST, **NOT_FOUND},
        examples=[EXAMPLE],
    ),
    retrieve=extend_schema(
        summary="Read one advisory",
        parameters=[LANGUAGE],
        responses={200: AdvisorySerializer, **BAD_REQUEST, **NOT_FOUND},
        examples=[EXAMPLE],
    ),
)
@extend_schema(tags=["advisories"])
class AdvisoryViewSet(viewsets.ReadOnlyModelViewSet[Advisory]):
    authentication_classes = (TokenAuthentication, SessionAuthentication)
    permission_classes = (HasScopeIfToken,)
    throttle_classes = (TokenThrottle,)
    scope_of = dict.fromkeys(("list", "retrieve", "file"), Scope.ADVISORIES_READ)
    serializer_class = AdvisorySerializer
    queryset = Advisory.objects.none()

    def get_queryset(self) -> AdvisoryQuerySet:
        reachable = Advisory.objects.visible_to(self.request.user, today=timezone.localdate())
        return reachable.for_list().with_replacements(reachable)

    def filter_queryset(self, queryset: Any) -> Any:
        if self.detail:
            return queryset
        form = ListForm(self.request.query_params)
        if not form.is_valid():
            raise ValidationError({name: [str(text) for text in texts] for name, texts in form.errors.items()})
        return form.narrow(queryset)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        if unknown := sorted(set(request.query_params) - {"language"}):
            raise ValidationError({name[:60]: ["There is no such parameter."] for name in unknown[:10]})
        form = LanguageForm(request.query_params)
        if not form.is_valid():
            raise ValidationError({name: [str(text) for text in texts] for name, texts in form.errors.items()})
        return super().retrieve(request, *args, **kwargs)

    @extend_schema(
        summary="Download a file of an advisory",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, **NOT_FOUND, **GONE},
    )
    def file(self, request: Request, pk: UUID, ref: UUID) -> HttpResponseBase:
        mine = Attachment.objects.visible_to(request.user, today=timezone.localdate())
        found = get_object_or_404(mine, advisory=pk, pk=ref)
        if found.advisory.is_withdrawn:
            raise Gone
        return hand_out(request._request, found, is_public=found.advisory.is_for_everybody)  # noqa: SLF001  Django's own request
