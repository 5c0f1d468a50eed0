"""The invitations of agencies that a firm was sent, by the firm's program: read, answer, and say whether it wants more."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BooleanField, CharField, ChoiceField, DateField, DateTimeField, Serializer, UUIDField

from organisations.api import StrictSerializer, problem
from organisations.models import Scope
from registry.api.introductions import MessageTextSerializer
from registry.api.own import NO_ENTRY, ORGANISATION, PAGE, REFUSALS, OwnViewSet
from registry.forms import OwnPageForm
from registry.models import Invited, NoOutreach, OutreachSide
from registry.services import outreach as verbs


class WishSerializer(StrictSerializer):
    wants_more = BooleanField(help_text="Whether the agency may invite you again. It is not told.")


class InvitationRowSerializer(Serializer[Any]):
    id = UUIDField()
    agency = CharField()
    subject = CharField()
    sent_at = DateTimeField()
    reply_by = DateField()
    event_on = DateField(allow_null=True)
    last_side = CharField(allow_blank=True, help_text="Who wrote last in the thread: firm or agency, or nobody yet.")


class OutreachMessageSerializer(Serializer[Any]):
    side = ChoiceField(choices=OutreachSide.choices)
    text = CharField()
    at = DateTimeField()


class InvitationSerializer(InvitationRowSerializer):
    text = CharField()
    wants_more = BooleanField()
    messages = OutreachMessageSerializer(many=True, help_text="The oldest first.")


_ROW = {
    "id": "5d0c3b1e-7b7e-4f0c-9a49-0a8f7c1b2d10",
    "agency": "Focal Point",
    "subject": "Seminar on quantum sensing",
    "sent_at": "2026-11-23T09:30:00+02:00",
    "reply_by": "2026-12-04",
    "event_on": "2026-12-11",
    "last_side": "firm",
}
_INVITATION = OpenApiExample(
    "an invitation",
    value=_ROW
    | {
        "text": "We invite you to talk about sensing.",
        "wants_more": True,
        "messages": [{"side": "firm", "text": "Two of us come.", "at": "2026-11-24T09:30:00+02:00"}],
    },
    response_only=True,
    status_codes=["200", "201"],
)
_WISH = OpenApiExample("no more", value={"wants_more": False})
_REFUSALS = REFUSALS | {403: problem("The token is not for invitations, or its owner has not the role for this in the firm.")}
_OF_ONE = {**_REFUSALS, **NO_ENTRY}


@extend_schema(tags=["invitations to you"], parameters=[ORGANISATION])
class InvitationViewSet(OwnViewSet):
    scope = Scope.REGISTRY_MEET

    @extend_schema(
        operation_id="own_outreach_list",
        summary="List the invitations that you were sent",
        description="The newest first.",
        parameters=[PAGE],
        responses={200: InvitationRowSerializer(many=True), 404: problem("No such page."), **_REFUSALS},
        examples=[OpenApiExample("an invitation", value=_ROW, response_only=True, status_codes=["200"])],
        filters=False,
    )
    def list(self, request: Request) -> Response:  # noqa: ARG002  the library's signature
        firm, _parameters = self._firm(OwnPageForm)
        found = Invited.objects.filter(entry__organisation=firm).select_related("outreach__agency")
        page = self.paginate_queryset(found.order_by("-outreach__sent_at", "pk"))
        return self.get_paginated_response([_row(invited) for invited in page or ()])

    @extend_schema(
        operation_id="own_outreach_read",
        summary="Read an invitation and its thread",
        responses={200: InvitationSerializer, **_OF_ONE},
        examples=[_INVITATION],
    )
    def retrieve(self, request: Request, pk: UUID) -> Response:  # noqa: ARG002  the library's signature
        return Response(_whole(self._invited(pk)))

    @extend_schema(
        operation_id="own_outreach_write",
        summary="Answer an invitation, or write on",
        description="The same words sent twice in a row are one message.",
        request=MessageTextSerializer,
        responses={201: InvitationSerializer, **_OF_ONE},
        examples=[OpenApiExample("a message", value={"text": "Two of us come."}, request_only=True), _INVITATION],
    )
    def write(self, request: Request, pk: UUID) -> Response:  # noqa: ARG002  the library's signature
        text, invited = self._said(MessageTextSerializer)["text"], self._invited(pk)
        try:
            verbs.answer(invited=invited, text=text, by=self._user(), now=timezone.now())
        except verbs.UnableToReachOut as error:
            raise PermissionDenied(_("Nothing more can be written here.")) from error
        return Response(_whole(self._invited(pk)), status=status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="own_outreach_choose",
        summary="Say whether the agency may invite you again",
        request=WishSerializer,
        responses={200: WishSerializer, **_OF_ONE},
        examples=[_WISH],
    )
    def choose(self, request: Request, pk: UUID) -> Response:  # noqa: ARG002  the library's signature
        wants_more, invited = self._said(WishSerializer)["wants_more"], self._invited(pk)
        agency, today = invited.outreach.agency, timezone.localdate()
        try:
            verbs.choose(entry=invited.entry, agency=agency, wants_more=wants_more, by=self._user(), today=today)
        except verbs.UnableToReachOut as error:
            raise PermissionDenied from error
        return Response({"wants_more": wants_more})

    def _invited(self, pk: UUID) -> Invited:
        """Return what the firm was sent; raises Http404."""
        firm, _parameters = self._firm()
        found = Invited.objects.select_related("outreach__agency", "entry__organisation")
        invited = found.filter(entry__organisation=firm, outreach=pk).first()
        if invited is None:
            raise Http404
        return invited


def _row(invited: Invited) -> dict[str, Any]:
    outreach = invited.outreach
    return {
        "id": outreach.pk,
        "agency": outreach.agency.name,
        "subject": outreach.subject,
        "sent_at": outreach.sent_at,
        "reply_by": outreach.reply_by,
        "event_on": outreach.event_on,
        "last_side": invited.last_side,
    }


def _whole(invited: Invited) -> dict[str, Any]:
    is_stopped = NoOutreach.objects.filter(entry=invited.entry_id, agency=invited.outreach.agency).exists()
    thread = invited.messages.order_by("pk")[: verbs.MOST_MESSAGES]
    return _row(invited) | {
        "text": invited.outreach.text,
        "wants_more": not is_stopped,
        "messages": list(OutreachMessageSerializer(thread, many=True).data),
    }
