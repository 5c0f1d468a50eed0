"""What officials do on a case beside moving it, by program: facts, colleagues, other agencies, four eyes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from catalogue.models import Segment
from catalogue.parsing import code_typed
from inquiries.api.desk import (
    OF_A_CASE,
    REFUSALS,
    SEALED,
    DeskViewSet,
    MayBeLateSerializer,
    NothingSerializer,
    Refused,
    refusal,
    verb,
)
from inquiries.api.officials import official_field
from inquiries.api.wording import words_field
from inquiries.deadlines import LONGEST_EXTENSION
from inquiries.forms.describing import LONGEST_TAG, MOST_TAGS
from inquiries.forms.publishing import MOST_CODES
from inquiries.models import Consultation, Flag, Inquiry, Priority, Stance
from inquiries.permissions import may_handle
from inquiries.services import (
    approving,
    casework,
    consulting,
    describing,
    extending,
    handing,
    noting,
    proposals,
)
from inquiries.services.consulting import BUSINESS_DAYS, MOST_BUSINESS_DAYS, UnableToConsult
from inquiries.services.extending import NeedsSupervisor, TooManyExtensions, UnableToExtend
from organisations.api import StrictSerializer
from organisations.models import Organisation, Scope, User
from organisations.validators import plain_text

SAID_SO = (handing.UnableToHand, noting.UnableToNote, UnableToConsult, approving.UnableToApprove)  # their messages are for people


class FactsSerializer(StrictSerializer):
    """What is left out stays as it is."""

    title = serializers.CharField(max_length=150, allow_blank=True, validators=[plain_text], required=False)
    summary = serializers.CharField(max_length=2000, allow_blank=True, validators=[plain_text], required=False)
    priority = serializers.ChoiceField(choices=Priority.choices, required=False)
    flags = serializers.ListField(child=serializers.ChoiceField(choices=Flag.choices), max_length=20, required=False)
    tags = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_TAG, validators=[plain_text]), max_length=MOST_TAGS, required=False
    )
    codes = serializers.ListField(
        child=serializers.CharField(max_length=40, validators=[plain_text]),
        max_length=MOST_CODES,
        required=False,
        help_text="Control entries in force, such as 3A001.a.5.",
    )
    segments = serializers.SlugRelatedField(
        slug_field="code",
        queryset=Segment.objects.areas(),
        many=True,
        required=False,
        help_text="Segments that the desk adds beside the asker's.",
    )

    def validate_tags(self, tags: list[str]) -> list[str]:
        return [" ".join(tag.lower().split()) for tag in tags]

    def validate_segments(self, segments: list[Segment]) -> list[str]:
        return [segment.code for segment in segments]

    def validate_codes(self, typed: list[str]) -> list[str]:
        codes = [code_typed(code) for code in typed]
        if "" in codes:
            raise ValidationError("Write each control entry as in 3A001.a.5.")
        return codes


class ExtendSerializer(MayBeLateSerializer):
    days = serializers.IntegerField(min_value=1, max_value=LONGEST_EXTENSION, help_text="Business days.")
    text = words_field(help_text="Why; the asker reads it.")


class HandOverSerializer(StrictSerializer):
    to = official_field("The mail address of a colleague of an agency that reads the case.")
    note = words_field(required=False, allow_blank=True)
    anyway = serializers.BooleanField(required=False, help_text="Also where the colleague is away.")


class ConsultSerializer(StrictSerializer):
    agency: serializers.Field[Any, Any, Any, Any] = serializers.PrimaryKeyRelatedField(
        queryset=Organisation.objects.agencies().that_read_inquiries(), help_text="The id of an agency."
    )
    question = words_field()
    days = serializers.IntegerField(min_value=1, max_value=MOST_BUSINESS_DAYS, default=BUSINESS_DAYS, help_text="Business days.")


class ViewSerializer(StrictSerializer):
    stance = serializers.ChoiceField(choices=Stance.choices)
    view = words_field()


class SettleSerializer(StrictSerializer):
    reasons = words_field()


class ApproveSerializer(MayBeLateSerializer):
    revision = serializers.IntegerField(min_value=1, help_text="Of the answer that you have read.")


class ReturnSerializer(StrictSerializer):
    revision = serializers.IntegerField(min_value=1)
    note = words_field(help_text="What has to be mended.")


# --- what is read -----------------------------------------------------------------------------------------------------


class NoteLineSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="pk")
    author = serializers.CharField()
    agency = serializers.CharField()
    for_all_readers = serializers.BooleanField(source="is_for_all_readers")
    text = serializers.CharField()
    on = serializers.DateField()
    mentions = serializers.ListField(child=serializers.CharField(), source="named", help_text="Who is called, by name.")


class ConsultedSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="consultation.pk")
    agency = serializers.CharField(source="consultation.agency.name")
    state = serializers.CharField(source="consultation.state")
    due_on = serializers.DateField(source="consultation.due_on")
    question = serializers.CharField()
    stance = serializers.CharField(source="consultation.stance")
    view = serializers.CharField()


class ProposedSerializer(serializers.Serializer[Any]):
    revision = serializers.IntegerField(source="proposed.number")
    state = serializers.CharField(source="proposed.state")
    author = serializers.CharField(source="proposed.author")
    text = serializers.CharField()
    note = serializers.CharField(help_text="What it was returned with.")


class WorkSerializer(serializers.Serializer[Any]):
    notes = NoteLineSerializer(many=True)
    consultations = ConsultedSerializer(many=True)
    proposed = ProposedSerializer(allow_null=True, help_text="The answer that has not gone; null where there is none for you.")


_WORK = {
    "notes": [
        {
            "id": "3f0f2a52-6f0e-4f7e-8d0a-2f9f6a0c2f11",
            "author": "Liis Haldjamäe",
            "agency": "Strategic Goods Focal Point",
            "for_all_readers": False,
            "text": "@Tarvo Sinirada: the spindle decides.",
            "on": "2026-11-17",
            "mentions": ["Tarvo Sinirada"],
        }
    ],
    "consultations": [
        {
            "id": "0a0f2a52-6f0e-4f7e-8d0a-2f9f6a0c2f11",
            "agency": "Strategic Goods Licensing Board",
            "state": "given",
            "due_on": "2026-11-24",
            "question": "Would you license it?",
            "stance": "conditions",
            "view": "With an end-use certificate.",
        }
    ],
    "proposed": {"revision": 2, "state": "proposed", "author": "Liis Haldjamäe", "text": "It is not listed …", "note": ""},
}


# --- the verbs --------------------------------------------------------------------------------------------------------


WRITING = (
    "facts", "extend", "hand_over", "consult", "view", "end", "settle", "approve", "give_back",
)  # fmt: skip


@extend_schema(tags=["desk"])
@method_decorator(never_cache, name="dispatch")
class WorkingViewSet(DeskViewSet):
    refusals = (*REFUSALS, UnableToExtend)
    said_so = SAID_SO
    scope_of = {"work": Scope.INQUIRIES_READ, **dict.fromkeys(WRITING, Scope.INQUIRIES_WRITE)}

    def refusal(self, error: Exception) -> APIException:
        if isinstance(error, NeedsSupervisor):
            return Refused("It has been put off before: only a supervisor does it again.")
        if isinstance(error, TooManyExtensions):
            return Refused("It has been put off as often as it may be.")
        return super().refusal(error)

    @extend_schema(
        summary="Read what the office says among itself",
        description="Notes, consultations and the answer that has not gone, as far as they are for you. No asker reads any of it.",
        responses={200: WorkSerializer, **OF_A_CASE, **SEALED},
        examples=[OpenApiExample("work on a case", value=_WORK, response_only=True, status_codes=["200"])],
    )
    def work(self, request: Request, pk: str) -> Response:  # noqa: ARG002  the library's signature
        user = self.official()
        try:
            opened = casework.open_for_official(self._visible(pk), by=user)
            asked = opened.inquiry.consultations.visible_to(user).select_related("agency").order_by("number")
            found = {
                "notes": noting.read(opened, by=user),
                "consultations": consulting.read(opened, asked),
                "proposed": proposals.standing(opened) if may_handle(user, opened.inquiry) else None,
            }
        except REFUSALS as error:
            raise refusal(error) from error
        return Response(WorkSerializer(found).data)

    @verb("Change the facts of an inquiry", FactsSerializer, {"title": "Five-axis mill", "codes": ["2B001.b"], "priority": "high"})
    def facts(self, request: Request, pk: str) -> Response:
        return self._do(request, pk, _describe, FactsSerializer)

    @verb("Put off the answer", ExtendSerializer, {"days": 5, "text": "The laboratory needs a week more."}, is_opened=True)
    def extend(self, request: Request, pk: str) -> Response:
        return self._do(request, pk, extending.extend, ExtendSerializer)

    @verb("Hand an inquiry to a colleague", HandOverSerializer, {"to": "liis@focalpoint.example"}, is_opened=True)
    def hand_over(self, request: Request, pk: str) -> Response:
        return self._do(request, pk, handing.hand_over, HandOverSerializer)

    @verb(
        "Ask another agency for its view",
        ConsultSerializer,
        {"agency": "3f0f2a52-6f0e-4f7e-8d0a-2f9f6a0c2f11", "question": "Would you license it?", "days": 5},
        is_opened=True,
    )
    def consult(self, request: Request, pk: str) -> Response:
        return self._do(request, pk, consulting.ask, ConsultSerializer)

    @verb("Give your agency's view", ViewSerializer, {"stance": "conditions", "view": "With a certificate."}, is_opened=True)
    def view(self, request: Request, pk: str, ref: UUID) -> Response:
        return self._do(request, pk, self._of(pk, ref, consulting.give_view), ViewSerializer)

    @verb("End a consultation", NothingSerializer)
    def end(self, request: Request, pk: str, ref: UUID) -> Response:
        return self._do(request, pk, self._of(pk, ref, consulting.end), NothingSerializer)

    @verb("Settle a disagreement", SettleSerializer, {"reasons": "The objection is about another model."}, is_opened=True)
    def settle(self, request: Request, pk: str) -> Response:
        return self._do(request, pk, consulting.settle, SettleSerializer)

    @verb("Approve the proposed answer, which sends it", ApproveSerializer, {"revision": 2}, is_opened=True)
    def approve(self, request: Request, pk: str) -> Response:
        return self._do(request, pk, approving.approve, ApproveSerializer)

    @verb("Return the proposed answer", ReturnSerializer, {"revision": 2, "note": "Name the entry."}, is_opened=True)
    def give_back(self, request: Request, pk: str) -> Response:
        return self._do(request, pk, approving.give_back, ReturnSerializer)

    def _of(self, pk: str, ref: UUID, done: Callable[..., Consultation]) -> Callable[..., Consultation]:
        """The verb on one consultation of the case that the official sees."""
        found = Consultation.objects.visible_to(self.request.user).select_related("inquiry", "agency")
        consultation = found.filter(inquiry=self._visible(pk), pk=ref).first()
        if consultation is None:
            raise Http404
        return lambda _inquiry, **said: done(consultation, **said)


def _describe(inquiry: Inquiry, *, by: User, today: date, **said: Any) -> Inquiry:
    before = describing.facts_of(inquiry)
    added = [code for code in said.get("codes", ()) if code not in before.codes]
    if unknown := describing.unknown_codes(added):
        told = [f"No list in force has {code}. The nearest are {', '.join(near) or 'none'}." for code, near in unknown.items()]
        raise ValidationError({"codes": told})
    return describing.describe(inquiry, facts=replace(before, **said), seen=before.version, by=by, today=today)
