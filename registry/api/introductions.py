"""Introductions by a firm's program. Nothing here signs: what binds a firm stays on the pages."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import (
    BooleanField,
    CharField,
    ChoiceField,
    DateField,
    DateTimeField,
    Serializer,
    UUIDField,
)

from organisations.api import EmptySerializer, StrictSerializer, problem
from organisations.models import Organisation, Scope
from organisations.validators import plain_text
from registry import gateway
from registry.api.looking import EXAMPLE, EntrySerializer, plain
from registry.api.own import NO_ENTRY, NOT_NOW, ORGANISATION, PAGE, REFUSALS, NotNow, OwnViewSet
from registry.forms import OwnPageForm
from registry.forms.introductions import IntroductionForm
from registry.looking.meetings import Seen, field_of, gate_of, seen
from registry.models import Introduction, MeetingSide
from registry.services import introducing as verbs
from registry.services.projection import own

INTRODUCED, TO_ANSWER, WAITING, ENDED = STATES = ("introduced", "to-answer", "waiting", "ended")


class WishToMeetSerializer(StrictSerializer):
    ref = UUIDField(help_text="Of the entry, as listed firms see it for matchmaking.")
    words = CharField(max_length=500, validators=[plain_text], help_text="Why you would like to meet, without naming yourself.")
    anyway = BooleanField(default=False, help_text="Send the words although they can tell who you are.")


class YesOrNoSerializer(StrictSerializer):
    answer = ChoiceField(choices=["yes", "no"])


class MessageTextSerializer(StrictSerializer):
    text = CharField(max_length=2000, validators=[plain_text])


class IntroductionRowSerializer(Serializer[Any]):
    id = UUIDField()
    side = ChoiceField(choices=MeetingSide.choices, help_text="Which of the two you are.")
    state = ChoiceField(choices=STATES, help_text="To who asked, a no looks like no answer.")
    asked_on = DateField()
    expires_on = DateField(help_text="The last day on which it can be answered.")
    words = CharField()


class MeetingMessageSerializer(Serializer[Any]):
    side = ChoiceField(choices=MeetingSide.choices)
    text = CharField()
    at = DateTimeField()


class IntroductionSerializer(IntroductionRowSerializer):
    other = EntrySerializer(allow_null=True, help_text="What you may see of the other; none where it ended.")
    other_name = CharField(allow_blank=True, help_text="Empty before both have said yes.")
    messages = MeetingMessageSerializer(many=True, help_text="The oldest first.")


class ThreadSerializer(Serializer[Any]):
    messages = MeetingMessageSerializer(many=True, help_text="The oldest first.")


_ROW = {
    "id": "5d0c3b1e-7b7e-4f0c-9a49-0a8f7c1b2d10",
    "side": "asker",
    "state": "introduced",
    "asked_on": "2026-11-02",
    "expires_on": "2027-01-01",
    "words": "We look for somebody who packages sensors.",
}
_MESSAGES = [{"side": "asked", "text": "Good day.", "at": "2026-11-23T09:30:00+02:00"}]
_MADE = OpenApiExample("an introduction", value=_ROW | {"state": "waiting"}, response_only=True, status_codes=["200", "201"])
_REFUSALS = REFUSALS | {403: problem("The token is not for introductions, or its owner has not the role for this in the firm.")}
_OF_ONE = {**_REFUSALS, **NO_ENTRY}


@extend_schema(tags=["your introductions"], parameters=[ORGANISATION])
class IntroductionViewSet(OwnViewSet):
    scope = Scope.REGISTRY_MEET

    @extend_schema(
        operation_id="own_introductions_list",
        summary="List your introductions",
        description="Those that you asked for and those that you were asked for, the newest first.",
        parameters=[PAGE],
        responses={200: IntroductionRowSerializer(many=True), 404: problem("No such page."), **_REFUSALS},
        examples=[OpenApiExample("an introduction", value=_ROW, response_only=True, status_codes=["200"])],
        filters=False,
    )
    def list(self, request: Request) -> Response:  # noqa: ARG002  the library's signature
        firm, _parameters = self._firm(OwnPageForm)
        page = self.paginate_queryset(Introduction.objects.of(firm).order_by("-asked_on", "pk"))
        today = timezone.localdate()
        return self.get_paginated_response([_row(found, firm, today) for found in page or ()])

    @extend_schema(
        operation_id="own_introductions_ask",
        summary="Ask to be introduced to an entry",
        description="It is a look at the entry, and your yes: if the other says yes as well, each is told who the other is.",
        request=WishToMeetSerializer,
        responses={201: IntroductionRowSerializer, **_OF_ONE, **NOT_NOW},
        examples=[
            OpenApiExample("a wish", value={"ref": EXAMPLE["ref"], "words": _ROW["words"]}, request_only=True),
            _MADE,
        ],
    )
    def ask(self, request: Request) -> Response:
        firm, _parameters = self._firm()
        said, entry, today = self._said(WishToMeetSerializer), self._entry(firm), timezone.localdate()
        form = IntroductionForm(said, own=own(entry))
        if not form.is_valid():
            raise ValidationError({name: [str(error) for error in errors] for name, errors in form.errors.items()})
        try:
            meeting = gate_of(request.user, firm, today=today).meeting(said["ref"])
        except (gateway.UnableToLook, gateway.NotDisclosed) as error:
            raise Http404 from error
        unable = _("You can't be introduced: this is your own entry, or one of the two is not shown any more.")
        if meeting.mine is None:
            raise NotNow(unable)
        try:
            made = verbs.ask(
                asker=entry,
                asked_id=meeting.entry_id,
                words=form.cleaned_data["words"].replace("\r\n", "\n"),
                field=field_of(meeting),
                by=self._user(),
                today=today,
                now=timezone.now(),
            )
        except verbs.UnableToIntroduce as error:
            raise NotNow(unable) from error
        except verbs.TooSoon as error:
            raise NotNow(_("The same two can be introduced once a year.")) from error
        except verbs.TooMany as error:
            waits = _("You wait for %(most)s answers. Ask again when one has come or run out.")
            raise NotNow(waits % {"most": verbs.MOST_OPEN}) from error
        return Response(_row(made, firm, today), status=status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="own_introductions_read",
        summary="Read an introduction",
        description="It is a look at the other, which reads of it in its ledger.",
        responses={200: IntroductionSerializer, **_OF_ONE},
        examples=[
            OpenApiExample(
                "an introduction",
                value=_ROW | {"other": EXAMPLE, "other_name": EXAMPLE["legal_name"], "messages": _MESSAGES},
                response_only=True,
                status_codes=["200"],
            )
        ],
    )
    def retrieve(self, request: Request, pk: UUID) -> Response:
        firm, found = self._introduction(pk)
        today = timezone.localdate()
        return Response(_whole(seen(request.user, found, [firm], today=today), today))

    @extend_schema(
        operation_id="own_introductions_answer",
        summary="Say yes or no to who would like to meet you",
        description="With a yes each of you is told who the other is. Of a no nobody is told.",
        request=YesOrNoSerializer,
        responses={200: IntroductionRowSerializer, **_OF_ONE, **NOT_NOW},
        examples=[OpenApiExample("a yes", value={"answer": "yes"}, request_only=True), _MADE],
    )
    def answer(self, request: Request, pk: UUID) -> Response:  # noqa: ARG002  the library's signature
        says_yes, today = self._said(YesOrNoSerializer)["answer"] == "yes", timezone.localdate()
        firm, found = self._introduction(pk)
        try:
            held = verbs.answer(introduction=found, says_yes=says_yes, by=self._user(), today=today, now=timezone.now())
        except verbs.UnableToIntroduce as error:
            raise PermissionDenied(_("It is for the firm that was asked to answer.")) from error
        except verbs.HasEnded as error:
            raise NotNow(_("It can't be answered any more.")) from error
        return Response(_row(held, firm, today))

    @extend_schema(
        operation_id="own_introductions_take_back",
        summary="Take back a wish to be introduced",
        request=EmptySerializer,
        responses={200: IntroductionRowSerializer, **_OF_ONE, **NOT_NOW},
        examples=[_MADE],
    )
    def take_back(self, request: Request, pk: UUID) -> Response:  # noqa: ARG002  the library's signature
        self._said(EmptySerializer)
        firm, found = self._introduction(pk)
        today = timezone.localdate()
        try:
            return Response(_row(verbs.take_back(introduction=found, by=self._user(), today=today), firm, today))
        except verbs.UnableToIntroduce as error:
            raise PermissionDenied(_("It is for the firm that asked to take it back.")) from error
        except verbs.HasEnded as error:
            raise NotNow(_("It is too late to take it back.")) from error

    @extend_schema(
        operation_id="own_introductions_write",
        summary="Write to the other, once both have said yes",
        description="The same words sent twice in a row are one message.",
        request=MessageTextSerializer,
        responses={201: ThreadSerializer, **_OF_ONE, **NOT_NOW},
        examples=[
            OpenApiExample("a message", value={"text": "Good day."}, request_only=True),
            OpenApiExample("a thread", value={"messages": _MESSAGES}, response_only=True, status_codes=["201"]),
        ],
    )
    def write(self, request: Request, pk: UUID) -> Response:  # noqa: ARG002  the library's signature
        text, today = self._said(MessageTextSerializer)["text"], timezone.localdate()
        _firm, found = self._introduction(pk)
        try:
            held = verbs.write(introduction=found, text=text, by=self._user(), today=today, now=timezone.now())
        except (verbs.UnableToIntroduce, verbs.HasEnded) as error:
            raise NotNow(_("Nothing more can be written here.")) from error
        return Response({"messages": _messages(held)}, status=status.HTTP_201_CREATED)

    def _introduction(self, pk: UUID) -> tuple[Organisation, Introduction]:
        """Return an introduction of the firm's; raises Http404."""
        firm, _parameters = self._firm()
        found = Introduction.objects.of(firm).filter(pk=pk).first()
        if found is None:
            raise Http404
        return firm, found


def _row(found: Introduction, firm: Organisation, today: date) -> dict[str, Any]:
    is_asker = found.asker.organisation_id == firm.pk
    return {
        "id": found.pk,
        "side": MeetingSide.ASKER if is_asker else MeetingSide.ASKED,
        "state": _state(found, today, is_asker=is_asker),
        "asked_on": found.asked_on,
        "expires_on": found.expires_on,
        "words": found.words,
    }


def _state(found: Introduction, today: date, *, is_asker: bool) -> str:
    """What the list of the pages says of it."""
    if found.is_agreed:
        return INTRODUCED
    if is_asker:
        return WAITING if found.waits_for_asker(today) else ENDED
    return TO_ANSWER if found.can_be_answered(today) else ENDED


def _whole(sees: Seen, today: date) -> dict[str, Any]:
    found = sees.introduction
    is_met = found.is_agreed and sees.other is not None
    return _row(found, sees.firm, today) | {
        "state": _state(found, today, is_asker=sees.is_asker) if sees.other else ENDED,
        "other": plain(sees.other) if sees.other else None,
        "other_name": sees.other_name if is_met else "",
        "messages": _messages(found) if is_met else [],
    }


def _messages(found: Introduction) -> list[dict[str, Any]]:
    return list(MeetingMessageSerializer(found.messages.order_by("pk")[: verbs.MOST_MESSAGES], many=True).data)
