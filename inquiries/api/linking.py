"""Links between cases and what is like a case, by program: linked, merged, taken apart, found."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from inquiries.api.desk import OF_A_CASE, CaseSerializer, DeskViewSet, NothingSerializer, verb
from inquiries.models import Inquiry, Publication, Relation, RelationKind
from inquiries.services import precedents, relating
from organisations.api import StrictSerializer
from organisations.models import Scope, User
from organisations.validators import plain_text

_ID = "0a0f2a52-6f0e-4f7e-8d0a-2f9f6a0c2f11"


class LinkSerializer(StrictSerializer):
    reference = serializers.CharField(max_length=20, validators=[plain_text], help_text="Of the other case.")
    kind = serializers.ChoiceField(choices=RelationKind.choices, help_text="merged: answered together with the other one.")


class LinkedSerializer(serializers.ModelSerializer[Relation]):
    """A link as one of its cases sees it."""

    other = serializers.SerializerMethodField(help_text="The id of the case at the other end.")
    reference = serializers.SerializerMethodField(help_text="Of the case at the other end.")
    is_main = serializers.SerializerMethodField(
        help_text="Of merged ones: whether the other case is answered together with this one."
    )
    by = serializers.CharField(source="by.name")

    class Meta:
        model = Relation
        fields = ("id", "kind", "other", "reference", "is_main", "by", "on")
        read_only_fields = fields

    def get_other(self, link: Relation) -> UUID:
        return self._end(link).pk

    def get_reference(self, link: Relation) -> str:
        return self._end(link).reference

    def get_is_main(self, link: Relation) -> bool:
        return link.kind == RelationKind.MERGED and link.inquiry_id != self.context["case"]

    def _end(self, link: Relation) -> Inquiry:
        return link.other if link.inquiry_id == self.context["case"] else link.inquiry


class PrecedentSerializer(serializers.ModelSerializer[Publication]):
    class Meta:
        model = Publication
        fields = ("id", "title", "topic", "codes", "published_on")
        read_only_fields = fields


class RelatedSerializer(serializers.Serializer[Any]):
    """Compared are the desk's facts and what askers chose from lists, never their words."""

    answers = PrecedentSerializer(many=True, help_text="Answers for everybody on the same subject, the nearest first.")
    cases = CaseSerializer(many=True, help_text="Answered cases on the same subject, the nearest first.")
    alike = CaseSerializer(many=True, help_text="Open cases that may ask the same.")


_LINK = {
    "id": _ID,
    "kind": "duplicate",
    "other": "6a0f2f0e-5d8e-4c62-9d0d-4d2f6f4f3c11",
    "reference": "FP-7Q2M4-X0KDT",
    "is_main": False,
    "by": "Liis Haldjamäe",
    "on": "2026-11-17",
}
_ANSWER = {
    "id": _ID,
    "title": "Is a five-axis milling machine controlled?",
    "topic": "classification",
    "codes": ["2B001.b"],
    "published_on": "2026-10-05",
}


@extend_schema(tags=["desk"])
@method_decorator(never_cache, name="dispatch")
class LinkingViewSet(DeskViewSet):
    said_so = (relating.UnableToRelate,)
    scope_of = {
        **dict.fromkeys(("links", "related"), Scope.INQUIRIES_READ),
        **dict.fromkeys(("relate", "unlink"), Scope.INQUIRIES_WRITE),
    }

    @extend_schema(
        summary="List the links of an inquiry with others",
        description="Those of which you may read both ends.",
        responses={200: LinkedSerializer(many=True), **OF_A_CASE},
        examples=[OpenApiExample("a link", value=_LINK, response_only=True, status_codes=["200"])],
        filters=False,
    )
    def links(self, request: Request, pk: str) -> Response:
        inquiry = self._visible(pk)
        found = Relation.objects.of(inquiry).visible_to(request.user).select_related("inquiry", "other", "by")
        page = self.paginate_queryset(found)
        return self.get_paginated_response(LinkedSerializer(page, many=True, context={"case": inquiry.pk}).data)

    @extend_schema(
        summary="Find earlier answers and open cases on the same subject",
        responses={200: RelatedSerializer, **OF_A_CASE},
        examples=[
            OpenApiExample(
                "what is like it", value={"answers": [_ANSWER], "cases": [], "alike": []}, response_only=True, status_codes=["200"]
            )
        ],
        filters=False,
    )
    def related(self, request: Request, pk: str) -> Response:  # noqa: ARG002  the library's signature
        inquiry, user = self._visible(pk), self.official()
        earlier = precedents.precedents(inquiry, by=user)
        alike = precedents.alike(inquiry, by=user, today=timezone.localdate())
        found = {"answers": earlier.publications, "cases": earlier.cases, "alike": alike}
        return Response(RelatedSerializer(found).data)

    @verb("Link an inquiry to another, or merge it", LinkSerializer, {"reference": "FP-7Q2M4-X0KDT", "kind": "duplicate"})
    def relate(self, request: Request, pk: str) -> Response:
        return self._do(request, pk, _relate, LinkSerializer)

    @verb("Take a link away, or answer a merged inquiry on its own again", NothingSerializer)
    def unlink(self, request: Request, pk: str, ref: UUID) -> Response:
        found = Relation.objects.of(self._visible(pk)).visible_to(request.user).select_related("inquiry", "other")
        link = found.filter(pk=ref).first()
        if link is None:
            raise Http404
        return self._do(request, pk, lambda _inquiry, **said: relating.unlink(link, **said), NothingSerializer)


def _relate(inquiry: Inquiry, *, reference: str, kind: str, by: User, today: date) -> object:
    other = Inquiry.objects.visible_to(by).filter(reference=reference.strip().upper()).first()
    if other is None:
        raise ValidationError({"reference": ["You see no case with this reference."]})
    if kind == RelationKind.MERGED:
        return relating.merge(inquiry, into=other, by=by, today=today)
    return relating.link(inquiry, other=other, kind=kind, by=by, today=today)
