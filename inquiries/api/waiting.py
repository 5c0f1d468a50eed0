"""What waits for an official, by program: the queues by number, views that are asked, disagreements, words in own cases."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from inquiries import figures, lifecycle
from inquiries.api.desk import CASE, SIGNED_IN, CaseSerializer, OfficialsViewSet
from inquiries.forms.casework import LONGEST_SEARCH, SHORTEST_SEARCH
from inquiries.models import Consultation, Inquiry
from inquiries.permissions import may_see_queues
from inquiries.querysets import MOST_COUNTED
from inquiries.services import wordsearch
from organisations.api import StrictSerializer, problem
from organisations.models import Scope
from organisations.validators import plain_text

STATES = (lifecycle.ASKED, lifecycle.GIVEN)
PAGE = OpenApiParameter("page", int, description="Which page, from 1.")


class CountsOfQueuesSerializer(serializers.Serializer[Any]):
    queue = serializers.CharField()
    count = serializers.IntegerField(help_text=f"{MOST_COUNTED + 1} stands for more than {MOST_COUNTED}.")


class AskedOfUsSerializer(serializers.ModelSerializer[Consultation]):
    """What your agency is asked. The question stands with the work on the case."""

    inquiry = serializers.UUIDField(source="inquiry_id")
    reference = serializers.CharField(source="inquiry.reference")
    title = serializers.CharField(source="inquiry.title")
    agency = serializers.CharField(source="agency.name", help_text="Of yours, that is asked.")
    asked_by = serializers.CharField(source="asked_by.name")
    given_by = serializers.CharField(source="given_by.name", default=None)

    class Meta:
        model = Consultation
        fields = ("id", "inquiry", "reference", "title", "agency", "state", "asked_by", "asked_on", "due_on", "given_by", "stance")
        read_only_fields = fields


class LookForSerializer(StrictSerializer):
    words = serializers.CharField(
        min_length=SHORTEST_SEARCH,
        max_length=LONGEST_SEARCH,
        validators=[plain_text],
        help_text="Capitals don't count.",
    )


class FindSerializer(serializers.Serializer[Any]):
    inquiry = serializers.UUIDField(source="inquiry.pk")
    reference = serializers.CharField(source="inquiry.reference")
    before = serializers.CharField()
    words = serializers.CharField()
    after = serializers.CharField()


class FindsSerializer(serializers.Serializer[Any]):
    places = FindSerializer(many=True, help_text="At most one of each text.")
    read = serializers.IntegerField(help_text="How many cases were looked through.")
    left_out = serializers.IntegerField(help_text="How many were not: there are too many, or they can't be opened.")


_ASKED = {
    "id": "0a0f2a52-6f0e-4f7e-8d0a-2f9f6a0c2f11",
    "inquiry": CASE["id"],
    "reference": CASE["reference"],
    "title": CASE["title"],
    "agency": "Strategic Goods Licensing Board",
    "state": "asked",
    "asked_by": "Liis Haldjamäe",
    "asked_on": "2026-11-17",
    "due_on": "2026-11-24",
    "given_by": None,
    "stance": "",
}
_FINDS = {
    "places": [
        {
            "inquiry": CASE["id"],
            "reference": CASE["reference"],
            "before": "Is a five-axis ",
            "words": "mill",
            "after": " controlled?",
        }
    ],
    "read": 12,
    "left_out": 0,
}


@extend_schema(tags=["desk"])
@method_decorator(never_cache, name="dispatch")
class WaitingViewSet(OfficialsViewSet):
    may = staticmethod(may_see_queues)
    queryset: QuerySet[Any] = Inquiry.objects.none()
    scope_of = dict.fromkeys(("counts", "consultations", "disputed", "look_for"), Scope.INQUIRIES_READ)

    @extend_schema(
        summary="Count the queues of the desk",
        responses={200: CountsOfQueuesSerializer(many=True), **SIGNED_IN},
        examples=[OpenApiExample("a queue", value={"queue": "overdue", "count": 2}, response_only=True, status_codes=["200"])],
        filters=False,
    )
    def counts(self, request: Request) -> Response:  # noqa: ARG002  the library's signature
        found = figures.queues(self.official(), today=timezone.localdate())
        rows = [{"queue": name, "count": number} for name, number in found.items()]
        return Response(CountsOfQueuesSerializer(rows, many=True).data)

    @extend_schema(
        summary="List what your agencies are asked for their view on",
        description="Those due first on top.",
        parameters=[OpenApiParameter("state", str, enum=STATES, description="Views awaited, without it."), PAGE],
        responses={
            200: AskedOfUsSerializer(many=True),
            400: problem("A parameter is unknown or wrong."),
            404: problem("No such page."),
            **SIGNED_IN,
        },
        examples=[OpenApiExample("a view is awaited", value=_ASKED, response_only=True, status_codes=["200"])],
        filters=False,
    )
    def consultations(self, request: Request) -> Response:
        self.refuse_unknown("state", "page")
        state = request.query_params.get("state", lifecycle.ASKED)
        if state not in STATES:
            raise ValidationError({"state": [f"There is no such state; there are {', '.join(STATES)}."]})
        rows = Consultation.objects.asked_of(request.user).filter(state=state).defer("sealed_question", "sealed_view")
        rows = rows.select_related("agency", "inquiry", "asked_by", "given_by").order_by("due_on", "asked_on", "pk")
        return self.get_paginated_response(AskedOfUsSerializer(self.paginate_queryset(rows), many=True).data)

    @extend_schema(
        summary="List the disagreements that wait for your decision",
        description="Inquiries on which an agency's objection stands. Those due first on top.",
        parameters=[PAGE],
        responses={200: CaseSerializer(many=True), 404: problem("No such page."), **SIGNED_IN},
        examples=[OpenApiExample("a case", value=CASE, response_only=True, status_codes=["200"])],
        filters=False,
    )
    def disputed(self, request: Request) -> Response:
        found = Inquiry.objects.to_settle_by(request.user).with_routing().with_summary()
        rows = found.order_by("due_on", "received_on", "reference")
        return self.get_paginated_response(CaseSerializer(self.paginate_queryset(rows), many=True).data)

    @extend_schema(
        summary="Look for words in your own open inquiries",
        description="The only search that reads what askers wrote. Sent as a body, since addresses are logged on the way; "
        "nothing of it is kept.",
        request=LookForSerializer,
        responses={200: FindsSerializer, 400: problem("Some fields need mending."), **SIGNED_IN},
        examples=[
            OpenApiExample("what is sent", value={"words": "mill"}, request_only=True),
            OpenApiExample("what is found", value=_FINDS, response_only=True, status_codes=["200"]),
        ],
    )
    def look_for(self, request: Request) -> Response:  # noqa: ARG002  the library's signature
        said = self.said(LookForSerializer)
        return Response(FindsSerializer(wordsearch.look_for(said["words"], by=self.official())).data)
