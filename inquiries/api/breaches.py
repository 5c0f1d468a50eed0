"""What of a case came late, by program: read, and explained where the portal has noted it by itself."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from inquiries.api.desk import OF_A_CASE, REFUSALS, SEALED, DeskViewSet, LateSerializer, verb
from inquiries.models import Breach, Inquiry
from inquiries.services import casework, explaining, lateness
from inquiries.services.lateness import Late
from organisations.models import Scope, User


class BreachSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="breach.pk")
    target = serializers.ChoiceField(choices=Breach.Target.choices, source="breach.target")
    due_on = serializers.DateField(source="breach.due_on")
    met_on = serializers.DateField(source="breach.met_on", allow_null=True, help_text="Null while it is still owed.")
    reason = serializers.ChoiceField(choices=Breach.Reason.choices, source="breach.reason", help_text="unsaid: to be explained")
    words = serializers.CharField(help_text="Empty where nobody has said why.")
    by = serializers.CharField(source="breach.by.name")
    on = serializers.DateField(source="breach.on")


_BREACH = {
    "id": "0a0f2a52-6f0e-4f7e-8d0a-2f9f6a0c2f11",
    "target": "acknowledge",
    "due_on": "2026-11-18",
    "met_on": "2026-11-20",
    "reason": "unsaid",
    "words": "",
    "by": "Liis Haldjamäe",
    "on": "2026-11-20",
}


@extend_schema(tags=["desk"])
@method_decorator(never_cache, name="dispatch")
class BreachViewSet(DeskViewSet):
    said_so = (explaining.UnableToExplain,)
    scope_of = {"breaches": Scope.INQUIRIES_READ, "explain": Scope.INQUIRIES_WRITE}

    @extend_schema(
        summary="Read what of an inquiry came late, and why",
        description="The oldest first. No asker reads any of it.",
        responses={200: BreachSerializer(many=True), **OF_A_CASE, **SEALED},
        examples=[OpenApiExample("taken late", value=_BREACH, response_only=True, status_codes=["200"])],
        filters=False,
    )
    def breaches(self, request: Request, pk: str) -> Response:  # noqa: ARG002  the library's signature
        try:
            found = lateness.explained(casework.open_for_official(self._visible(pk), by=self.official()))
        except REFUSALS as error:
            raise self.refusal(error) from error
        return Response(BreachSerializer(found, many=True).data)

    @verb(
        "Say why an inquiry was taken or closed late",
        LateSerializer,
        {"reason": "workload", "words": "Two of three officers were at the fair."},
        is_opened=True,
    )
    def explain(self, request: Request, pk: str, ref: UUID) -> Response:
        breach = self._visible(pk).breaches.select_related("inquiry").filter(pk=ref).first()
        if breach is None:
            raise Http404

        def say_why(_inquiry: Inquiry, *, by: User, today: date, **said: str) -> Breach:  # noqa: ARG001  as every verb is called
            return explaining.say_why(breach, late=Late(**said), by=by)

        return self._do(request, pk, say_why, LateSerializer)
