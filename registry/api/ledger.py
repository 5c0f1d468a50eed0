"""Who looked at the firm's entry, by program: the protocol of a data tracker, questions about a look, and the letter's pace."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import CharField, ChoiceField, DateField, DateTimeField, IntegerField, ListField, Serializer

from organisations.api import StrictSerializer
from organisations.validators import plain_text
from registry.api.own import NO_ENTRY, ORGANISATION, REFUSALS, OwnViewSet
from registry.forms import LONGEST_MESSAGE, MOST_USAGES, OwnUsageForm
from registry.models import Entry, LedgerDigest, Look, LookKind, LookQuestion, Pace, Side
from registry.services import digests, questions, usage


class UsageSerializer(Serializer[Any]):
    look = IntegerField(help_text="By which you ask about it.")
    logtime = DateField(help_text="The day: the ledger keeps nothing finer.")
    action = CharField(help_text="The purpose, and the reason where one was given.")
    receiverName = CharField(help_text="The institution; of the public, that it was the public.")  # noqa: N815
    receiverSystem = CharField()  # noqa: N815
    audience = CharField()
    purpose = CharField()
    kind = ChoiceField(choices=LookKind.choices)
    fields = ListField(child=CharField())  # type: ignore[assignment]


class UsagesSerializer(Serializer[Any]):
    totalUsages = IntegerField()  # noqa: N815
    usages = UsageSerializer(many=True)


class UsagePeriodSerializer(Serializer[Any]):
    periodStart = DateField(allow_null=True)  # noqa: N815
    periodEnd = DateField()  # noqa: N815


class QuestionTextSerializer(StrictSerializer):
    text = CharField(max_length=LONGEST_MESSAGE, validators=[plain_text])


class QuestionMessageSerializer(Serializer[Any]):
    side = ChoiceField(choices=Side.choices)
    text = CharField()
    at = DateTimeField()


class QuestionSerializer(Serializer[Any]):
    asked_at = DateTimeField()
    due_on = DateField(help_text="By when the focal point answers.")
    answered_at = DateTimeField(allow_null=True)
    messages = QuestionMessageSerializer(many=True, help_text="The oldest first.")


class LedgerLetterSerializer(StrictSerializer):
    pace = ChoiceField(choices=Pace.choices, help_text="How often a letter tells who looked.")


_QUESTION = OpenApiExample(
    "a question",
    value={
        "asked_at": "2026-11-23T09:30:00+02:00",
        "due_on": "2026-12-07",
        "answered_at": None,
        "messages": [{"side": "firm", "text": "What was the seminar about?", "at": "2026-11-23T09:30:00+02:00"}],
    },
    response_only=True,
    status_codes=["200", "201"],
)
_PACE = OpenApiExample("a pace", value={"pace": "weekly"})


@extend_schema(tags=["your registry ledger"], parameters=[ORGANISATION])
class LedgerViewSet(OwnViewSet):
    @extend_schema(
        operation_id="own_ledger_find_usage",
        summary="List the looks at your entry",
        description="In the form of `findUsage` of the Estonian data tracker, the newest first.",
        parameters=[
            OpenApiParameter("periodStart", OpenApiTypes.DATE),
            OpenApiParameter("periodEnd", OpenApiTypes.DATE),
            OpenApiParameter("offset", OpenApiTypes.INT),
            OpenApiParameter("limit", OpenApiTypes.INT, description=f"At most {MOST_USAGES}."),
        ],
        responses={200: UsagesSerializer, **REFUSALS},
        examples=[
            OpenApiExample(
                "a look",
                value={
                    "totalUsages": 1,
                    "usages": [
                        {
                            "look": 41,
                            "logtime": "2026-11-23",
                            "action": "Outreach: Seminar on quantum sensing",
                            "receiverName": "Licensing Board",
                            "receiverSystem": usage.SYSTEM,
                            "audience": "licensing",
                            "purpose": "outreach",
                            "kind": "list",
                            "fields": ["legal_name", "region"],
                        }
                    ],
                },
                response_only=True,
                status_codes=["200"],
            )
        ],
    )
    def find_usage(self, request: Request) -> Response:  # noqa: ARG002  the library's signature
        firm, said = self._firm(OwnUsageForm)
        return Response(
            usage.find(
                firm=firm,
                since=said["periodStart"],
                until=said["periodEnd"],
                offset=said["offset"] or 0,
                limit=said["limit"] or MOST_USAGES,
                today=timezone.localdate(),
            )
        )

    @extend_schema(
        operation_id="own_ledger_usage_period",
        summary="Since when looks at your entry are written down",
        responses={200: UsagePeriodSerializer, **REFUSALS},
        examples=[
            OpenApiExample(
                "a period", value={"periodStart": "2026-01-12", "periodEnd": "2026-11-23"}, response_only=True, status_codes=["200"]
            )
        ],
    )
    def usage_period(self, request: Request) -> Response:  # noqa: ARG002  the library's signature
        firm, _parameters = self._firm()
        return Response(usage.period(entry=Entry.objects.filter(organisation=firm).first(), today=timezone.localdate()))

    @extend_schema(
        operation_id="own_ledger_question_read",
        summary="Read what was asked about a look, and the answer",
        responses={200: QuestionSerializer, **REFUSALS, **NO_ENTRY},
        examples=[_QUESTION],
    )
    def read_question(self, request: Request, look: int) -> Response:  # noqa: ARG002  the library's signature
        held, found = self._look(look)
        asked = LookQuestion.objects.filter(entry=held, look=found).first()
        if asked is None:
            raise Http404
        return Response(_thread(asked))

    @extend_schema(
        operation_id="own_ledger_question_ask",
        summary="Ask the focal point about a look, or ask on",
        description="The same words sent twice in a row are one message.",
        request=QuestionTextSerializer,
        responses={201: QuestionSerializer, **REFUSALS, **NO_ENTRY},
        examples=[OpenApiExample("a question", value={"text": "What was the seminar about?"}, request_only=True), _QUESTION],
    )
    def ask(self, request: Request, look: int) -> Response:  # noqa: ARG002  the library's signature
        held, found = self._look(look)
        text = self._said(QuestionTextSerializer)["text"]
        try:
            asked = questions.ask(
                entry=held, look=found, text=text, by=self._user(), today=timezone.localdate(), now=timezone.now()
            )
        except questions.UnableToAsk as error:
            raise PermissionDenied(_("Nothing more can be written about this look.")) from error
        return Response(_thread(asked), status=status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="own_ledger_letter_read",
        summary="Read how often a letter tells you who looked",
        responses={200: LedgerLetterSerializer, **REFUSALS, **NO_ENTRY},
        examples=[_PACE],
    )
    def read_letter(self, request: Request) -> Response:  # noqa: ARG002  the library's signature
        firm, _parameters = self._firm()
        chosen = LedgerDigest.objects.filter(entry=self._entry(firm)).first()
        return Response({"pace": chosen.pace if chosen else Pace.OFF})

    @extend_schema(
        operation_id="own_ledger_letter_choose",
        summary="Choose how often a letter tells you who looked",
        request=LedgerLetterSerializer,
        responses={200: LedgerLetterSerializer, **REFUSALS, **NO_ENTRY},
        examples=[_PACE],
    )
    def choose_letter(self, request: Request) -> Response:  # noqa: ARG002  the library's signature
        firm, _parameters = self._firm()
        held, pace = self._entry(firm), self._said(LedgerLetterSerializer)["pace"]
        try:
            chosen = digests.choose(entry=held, pace=pace, by=self._user(), today=timezone.localdate())
        except digests.UnableToChoose as error:
            raise PermissionDenied from error
        return Response({"pace": chosen.pace})

    def _look(self, pk: int) -> tuple[Entry, Look]:
        """Return the firm's entry and a look at it; raises Http404."""
        firm, _parameters = self._firm()
        held = self._entry(firm)
        found = Look.objects.at(held.pk).told(timezone.localdate()).filter(pk=pk).first()
        if found is None:
            raise Http404
        return held, found


def _thread(asked: LookQuestion) -> dict[str, Any]:
    messages = asked.messages.order_by("pk")[: questions.MOST_MESSAGES]
    said = {"asked_at": asked.asked_at, "due_on": asked.due_on, "answered_at": asked.answered_at}
    return dict(QuestionSerializer(said | {"messages": messages}).data)
