"""Own days away and whom one stands in for, by program: such as a calendar that tells the desk of leave."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from inquiries.api.desk import SIGNED_IN, OfficialsViewSet
from inquiries.api.officials import official_field
from inquiries.models import Absence
from inquiries.permissions import may_see_queues
from inquiries.services import handing
from organisations.api import StrictSerializer, problem
from organisations.models import Scope


class GoAwaySerializer(StrictSerializer):
    first_on = serializers.DateField(help_text="The first day away.")
    last_on = serializers.DateField(help_text="The last one.")
    cover = official_field("The mail address of the colleague who stands in.")


class AbsenceSerializer(serializers.ModelSerializer[Absence]):
    user = serializers.CharField(source="user.name")
    cover = serializers.CharField(source="cover.name")
    is_own = serializers.SerializerMethodField(help_text="Yours; else one in which you stand in.")

    class Meta:
        model = Absence
        fields = ("id", "user", "cover", "first_on", "last_on", "is_own")
        read_only_fields = fields

    def get_is_own(self, absence: Absence) -> bool:
        return bool(absence.user == self.context["by"])


_ABSENCE = {
    "id": "0a0f2a52-6f0e-4f7e-8d0a-2f9f6a0c2f11",
    "user": "Liis Haldjamäe",
    "cover": "Tarvo Sinirada",
    "first_on": "2026-12-21",
    "last_on": "2026-12-31",
    "is_own": True,
}
_SHOWN = OpenApiExample("an absence", value=_ABSENCE, response_only=True, status_codes=["200", "201"])


@extend_schema(tags=["desk"])
@method_decorator(never_cache, name="dispatch")
class AbsenceViewSet(OfficialsViewSet):
    may = staticmethod(may_see_queues)
    said_so = (handing.UnableToHand,)
    queryset = Absence.objects.none()
    scope_of = {"list": Scope.INQUIRIES_READ, **dict.fromkeys(("go_away", "come_back"), Scope.INQUIRIES_WRITE)}

    @extend_schema(
        summary="List your days away, and those in which you stand in",
        description="Those that are not over, the next one first.",
        parameters=[OpenApiParameter("page", int, description="Which page, from 1.")],
        responses={200: AbsenceSerializer(many=True), 404: problem("No such page."), **SIGNED_IN},
        examples=[_SHOWN],
        filters=False,
    )
    def list(self, request: Request) -> Response:  # noqa: ARG002  the library's signature
        user = self.official()
        found = Absence.objects.not_over(timezone.localdate()).of(user).select_related("user", "cover")
        page = self.paginate_queryset(found)
        return self.get_paginated_response(AbsenceSerializer(page, many=True, context={"by": user}).data)

    @extend_schema(
        summary="Say when you are away and who stands in",
        description="Your cases that are due until the last day are in the colleague's queue as well. They stay yours.",
        request=GoAwaySerializer,
        responses={
            201: AbsenceSerializer,
            400: problem("Some fields need mending."),
            409: problem("One of you is away on some of these days, or the colleague can't stand in."),
            **SIGNED_IN,
        },
        examples=[
            OpenApiExample(
                "what is sent",
                value={"first_on": "2026-12-21", "last_on": "2026-12-31", "cover": "tarvo@focalpoint.example"},
                request_only=True,
            ),
            _SHOWN,
        ],
    )
    def go_away(self, request: Request) -> Response:  # noqa: ARG002  the library's signature
        said: dict[str, Any] = self.said(GoAwaySerializer)
        try:
            absence = handing.go_away(**said, by=self.official(), today=timezone.localdate())
        except handing.UnableToHand as error:
            raise self.refusal(error) from error
        return Response(AbsenceSerializer(absence, context={"by": self.official()}).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        summary="Take days away out of the calendar",
        responses={204: OpenApiResponse(description="Taken out."), 404: problem("You have no such days."), **SIGNED_IN},
    )
    def come_back(self, request: Request, pk: UUID) -> Response:
        absence = Absence.objects.filter(pk=pk, user=request.user.pk).first()
        if absence is None:
            raise Http404
        handing.come_back(absence, by=self.official())
        return Response(status=status.HTTP_204_NO_CONTENT)
