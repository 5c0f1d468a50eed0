"""Outside experts, by program: the letter goes by mail, the code comes back in the answer to the call and nowhere else."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from inquiries.api.desk import OF_A_CASE, REFUSALS, SEALED, DeskViewSet, NothingSerializer, verb
from inquiries.api.wording import words_field
from inquiries.models import ExpertRequest, Inquiry, Label
from inquiries.services import casework, experts
from inquiries.services.consulting import BUSINESS_DAYS, MOST_BUSINESS_DAYS
from organisations.api import StrictSerializer, problem
from organisations.models import Scope, User
from organisations.validators import plain_text


class AskExpertSerializer(StrictSerializer):
    name = serializers.CharField(max_length=100, validators=[plain_text], help_text="Of the expert.")
    address = serializers.EmailField(max_length=200, help_text="To which the letter with the link goes.")
    label: serializers.Field[Any, Any, Any, Any] = serializers.ChoiceField(  # type: ignore[assignment]
        choices=Label.choices, default=Label.AMBER_STRICT
    )
    excerpt = words_field(help_text="All that the expert will see. Write it anew, without anything that could tell who asks.")
    days = serializers.IntegerField(min_value=1, max_value=MOST_BUSINESS_DAYS, default=BUSINESS_DAYS, help_text="Business days.")
    key = serializers.CharField(
        required=False,
        min_length=16,
        max_length=200,
        validators=[plain_text],
        help_text="Random text of your own, kept secret: the same sent again asks nobody twice, and gives the code while nobody "
        "has used it.",
    )

    def validate_name(self, name: str) -> str:
        return " ".join(name.split())


class SentSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="asked.pk")
    code = serializers.CharField(help_text="Eight digits for the expert, by telephone; kept nowhere.")
    due_on = serializers.DateField(source="asked.due_on")
    expires_on = serializers.DateField(source="asked.expires_on", help_text="Until when the link is good.")
    is_posted = serializers.BooleanField(
        read_only=True, required=False, help_text="Whether the mail server took the letter; if not, send the same again."
    )


class LetterSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="asked.pk")
    state = serializers.CharField(source="asked.state", help_text="sent, answered, locked or withdrawn")
    name = serializers.CharField()
    address = serializers.CharField()
    label: serializers.Field[Any, Any, Any, Any] = serializers.CharField(source="asked.label")  # type: ignore[assignment]
    excerpt = serializers.CharField()
    answer = serializers.CharField(help_text="Empty until it has come.")
    asked_by = serializers.CharField(source="asked.asked_by.name")
    asked_on = serializers.DateField(source="asked.asked_on")
    due_on = serializers.DateField(source="asked.due_on")
    expires_on = serializers.DateField(source="asked.expires_on")
    read_on = serializers.DateField(source="asked.read_on", allow_null=True)
    answered_on = serializers.DateField(source="asked.answered_on", allow_null=True)
    is_posted = serializers.BooleanField(source="asked.is_posted", help_text="Whether the letter with the link has left.")


_ID = "0a0f2a52-6f0e-4f7e-8d0a-2f9f6a0c2f11"
_ASK = {
    "name": "Dr. Mari Metroloog",
    "address": "mari@institute.example",
    "label": "amber+strict",
    "excerpt": "Does laser calibration change the positioning repeatability of an axis?",
    "days": 5,
    "key": "b2Ls9xq0mRv4Tn1c",
}
_SENT = {"id": _ID, "code": "48213377", "due_on": "2026-11-24", "expires_on": "2026-12-17", "is_posted": True}
_LETTER = {
    "id": _ID,
    "state": "answered",
    **{name: _ASK[name] for name in ("name", "address", "label", "excerpt")},
    "answer": "No, it only shows it.",
    "asked_by": "Liis Haldjamäe",
    "asked_on": "2026-11-17",
    "due_on": "2026-11-24",
    "expires_on": "2026-12-17",
    "read_on": "2026-11-18",
    "answered_on": "2026-11-19",
    "is_posted": True,
}
_REFUSED = {400: problem("Some fields need mending."), 409: problem("Not possible as the case stands now.")}


@extend_schema(tags=["desk"])
@method_decorator(never_cache, name="dispatch")
class ExpertsViewSet(DeskViewSet):
    said_so = (experts.UnableToAsk,)
    scope_of = {"letters": Scope.INQUIRIES_READ, **dict.fromkeys(("ask", "renew", "end"), Scope.INQUIRIES_WRITE)}

    @extend_schema(
        summary="List what outside experts were asked",
        description="For who handles the case; a consulted agency finds none.",
        responses={200: LetterSerializer(many=True), **OF_A_CASE, **SEALED},
        examples=[OpenApiExample("an answered letter", value=_LETTER, response_only=True, status_codes=["200"])],
        filters=False,
    )
    def letters(self, request: Request, pk: str) -> Response:  # noqa: ARG002  the library's signature
        inquiry, user = self._visible(pk), self.official()
        found = inquiry.expert_requests.visible_to(user).select_related("asked_by").order_by("number")
        page = self.paginate_queryset(found)
        try:
            read = experts.read(casework.open_for_official(inquiry, by=user), page or [])
        except REFUSALS as error:
            raise self.refusal(error) from error
        return self.get_paginated_response(LetterSerializer(read, many=True).data)

    @extend_schema(
        summary="Ask an outside expert",
        request=AskExpertSerializer,
        responses={201: SentSerializer, **_REFUSED, **OF_A_CASE, **SEALED},
        examples=[
            OpenApiExample("what is sent", value=_ASK, request_only=True),
            OpenApiExample("the letter has gone", value=_SENT, response_only=True, status_codes=["201"]),
        ],
    )
    def ask(self, request: Request, pk: str) -> Response:
        sent = self._call(request, _ask, self._visible(pk), AskExpertSerializer)
        return _answer(sent, status.HTTP_201_CREATED)

    @extend_schema(
        summary="Send an expert a new link and get a new code",
        description="Where the old one was lost, locked or has expired; it opens nothing from then on.",
        request=NothingSerializer,
        responses={200: SentSerializer, **_REFUSED, **OF_A_CASE, **SEALED},
        examples=[OpenApiExample("the letter has gone", value=_SENT, response_only=True, status_codes=["200"])],
    )
    def renew(self, request: Request, pk: str, ref: UUID) -> Response:
        asked = self._of(pk, ref)
        sent = self._call(request, lambda _inquiry, **said: experts.renew(asked, **said), self._visible(pk), NothingSerializer)
        return _answer(sent, status.HTTP_200_OK)

    @verb("Withdraw what an expert was asked", NothingSerializer, is_opened=True)
    def end(self, request: Request, pk: str, ref: UUID) -> Response:
        asked = self._of(pk, ref)
        return self._do(request, pk, lambda _inquiry, **said: experts.end(asked, **said), NothingSerializer)

    def _of(self, pk: str, ref: UUID) -> ExpertRequest:
        found = ExpertRequest.objects.visible_to(self.request.user).select_related("inquiry")
        asked = found.filter(inquiry=self._visible(pk), pk=ref).first()
        if asked is None:
            raise Http404
        return asked


def _ask(inquiry: Inquiry, *, by: User, key: str | None = None, **said: Any) -> experts.Sent:
    """Ask once for each key. What counts holds its owner: nobody else's key, however easy to guess, leads to their code."""
    once = None if key is None else f"api expert|{by.pk}|{key}".encode()
    return experts.ask(inquiry, **said, form=once, by=by)


def _answer(sent: experts.Sent, code: int) -> Response:
    """Post the letter, now that the row is safe, and give the code: in this answer and nowhere else."""
    is_posted = experts.post(sent)
    return Response(SentSerializer(sent).data | {"is_posted": is_posted}, status=code)
