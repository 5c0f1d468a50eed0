"""Reusable replies, by program: kept by who writes for an agency, and filled in for a case."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from catalogue.models import Segment
from inquiries.api.desk import OF_A_CASE, SIGNED_IN, Described, DeskViewSet, OfficialsViewSet
from inquiries.api.wording import WordsSerializer
from inquiries.models import Reply, ReplyVersion, Topic
from inquiries.permissions import may_edit_reply, may_see_queues, may_use_replies
from inquiries.querysets import ReplyQuerySet
from inquiries.services import replying
from organisations.api import problem
from organisations.models import Organisation, Scope
from organisations.permissions import agencies_of
from organisations.validators import plain_text

LATEST_VERSIONS = 20
PLACEHOLDERS = ", ".join(f"{{{name}}}" for name in replying.PLACEHOLDERS)


class WriteReplySerializer(WordsSerializer):
    name = serializers.CharField(max_length=80, validators=[plain_text], help_text="By which it is chosen.")
    topic = serializers.ChoiceField(choices=Topic.choices, required=False, allow_blank=True, help_text="Empty for any.")
    segment: serializers.Field[Any, Any, Any, Any] = serializers.SlugRelatedField(
        slug_field="code", queryset=Segment.objects.areas(), required=False, allow_null=True, help_text="Null for any."
    )


class NewReplySerializer(WriteReplySerializer):
    agency = serializers.UUIDField(required=False, allow_null=True, help_text="Of yours, that uses it; null for all agencies.")


class RewriteReplySerializer(WriteReplySerializer):
    """Topic and segment that are left out are any."""

    version = serializers.IntegerField(min_value=1, help_text="Which you had before you; another one since refuses the change.")


class ReplySerializer(serializers.ModelSerializer[Reply]):
    agency = serializers.CharField(source="agency.name", default=None, help_text="Null for all agencies.")
    segment: serializers.Field[Any, Any, Any, Any] = serializers.CharField(source="segment.code", default=None)
    may_change = serializers.SerializerMethodField(help_text="Whether you can change or retire it.")

    class Meta:
        model = Reply
        fields = ("id", "name", "text", "topic", "segment", "agency", "version", "may_change")
        read_only_fields = fields
        extra_kwargs = {"text": {"help_text": f"With placeholders that each case fills in: {PLACEHOLDERS}"}}

    def get_may_change(self, reply: Reply) -> bool:
        return may_edit_reply(self.context["by"], reply.agency)


class ReplyVersionSerializer(serializers.ModelSerializer[ReplyVersion]):
    by = serializers.CharField(source="by.name")

    class Meta:
        model = ReplyVersion
        fields = ("number", "text", "by", "on")
        read_only_fields = fields


class ReplyDetailSerializer(ReplySerializer):
    versions = ReplyVersionSerializer(many=True, help_text="The latest, the newest first.")

    class Meta(ReplySerializer.Meta):
        fields = (*ReplySerializer.Meta.fields, "versions")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


class FilledReplySerializer(serializers.Serializer[Any]):
    """A reply as it reads in one case. It goes to nobody: send it with the answer, or ask back with it."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    text = serializers.CharField()


_REPLY = {
    "id": "0a0f2a52-6f0e-4f7e-8d0a-2f9f6a0c2f11",
    "name": "Parameters wanted",
    "text": "To {reference} we can answer until {due day} if you tell us the positioning repeatability of each axis.",
    "topic": "classification",
    "segment": "CTA10",
    "agency": "Strategic Goods Licensing Board",
    "version": 1,
    "may_change": True,
}
_FIRST = {"number": 1, "text": _REPLY["text"], "by": "Liis Haldjamäe", "on": "2026-11-17"}
_FILLED = {name: _REPLY[name] for name in ("id", "name")} | {
    "text": "To FP-7Q2M4-X0KDT we can answer until 7 December 2026 if you tell us the positioning repeatability of each axis."
}
_SENT = {name: _REPLY[name] for name in ("name", "text", "topic", "segment")}
_PAGE = [OpenApiParameter("page", int, description="Which page, from 1.")]
_OF_ONE = SIGNED_IN | {404: problem("Your agencies have no such reply, or it is not offered any more.")}


def _described(summary: str, request: Any, example: dict[str, Any], *, code: int = 200) -> Described:
    """What the schema says of a verb on a reply, which answers with it as it is then."""
    shown = OpenApiExample("the reply", value=_REPLY | {"versions": [_FIRST]}, response_only=True, status_codes=[str(code)])
    described: Described = extend_schema(
        summary=summary,
        request=request,
        responses={
            code: ReplyDetailSerializer,
            400: problem("Some fields need mending."),
            409: problem("The name is taken, a placeholder is none, or somebody changed it meanwhile."),
            **(SIGNED_IN if code == status.HTTP_201_CREATED else _OF_ONE),
        },
        examples=[OpenApiExample("what is sent", value=example, request_only=True), shown],
    )
    return described


@extend_schema(tags=["desk"])
@method_decorator(never_cache, name="dispatch")
class ReplyViewSet(OfficialsViewSet):
    may = staticmethod(may_use_replies)
    said_so = (replying.UnableToKeepReply,)
    queryset = Reply.objects.none()
    scope_of = {
        **dict.fromkeys(("list", "retrieve"), Scope.INQUIRIES_READ),
        **dict.fromkeys(("write", "rewrite", "retire"), Scope.INQUIRIES_WRITE),
    }

    @extend_schema(
        summary="List reusable replies",
        description="Those of your agencies, and those that all agencies share.",
        parameters=_PAGE,
        responses={200: ReplySerializer(many=True), 404: problem("No such page."), **SIGNED_IN},
        examples=[OpenApiExample("a reply", value=_REPLY, response_only=True, status_codes=["200"])],
        filters=False,
    )
    def list(self, request: Request) -> Response:  # noqa: ARG002  the library's signature
        page = self.paginate_queryset(self._offered().order_by("agency__name", "name", "pk"))
        return self.get_paginated_response(ReplySerializer(page, many=True, context={"by": self.official()}).data)

    @extend_schema(
        summary="Read a reusable reply and its versions",
        responses={200: ReplyDetailSerializer, **_OF_ONE},
        examples=[OpenApiExample("a reply", value=_REPLY | {"versions": [_FIRST]}, response_only=True, status_codes=["200"])],
    )
    def retrieve(self, request: Request, pk: UUID) -> Response:  # noqa: ARG002  the library's signature
        return self._shown(self._one(pk))

    @_described("Write a reusable reply", NewReplySerializer, _SENT | {"agency": "3f0f2a52-6f0e-4f7e-8d0a-2f9f6a0c2f11"}, code=201)
    def write(self, request: Request) -> Response:  # noqa: ARG002  the library's signature
        said = self.said(NewReplySerializer)
        reply = self._do(replying.write, **said | {"agency": self._agency(said)}, today=timezone.localdate())
        return self._shown(self._one(reply.pk), code=status.HTTP_201_CREATED)

    @_described("Change a reusable reply", RewriteReplySerializer, _SENT | {"version": 1})
    def rewrite(self, request: Request, pk: UUID) -> Response:  # noqa: ARG002  the library's signature
        reply = self._editable(pk)
        self._do(replying.rewrite, reply, **self.said(RewriteReplySerializer), today=timezone.localdate())
        return self._shown(self._one(pk))

    @extend_schema(
        summary="Offer a reusable reply no more",
        responses={204: OpenApiResponse(description="Retired."), 409: problem("Somebody retired it meanwhile."), **_OF_ONE},
    )
    def retire(self, request: Request, pk: UUID) -> Response:  # noqa: ARG002  the library's signature
        self._do(replying.retire, self._editable(pk))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _do(self, done: Any, *on: Reply, **said: Any) -> Reply:
        try:
            reply: Reply = done(*on, **said, by=self.official())
        except replying.UnableToKeepReply as error:
            raise self.refusal(error) from error
        return reply

    def _agency(self, said: dict[str, Any]) -> Organisation | None:
        """Who uses it; raises ValidationError, or PermissionDenied for who writes for nobody."""
        user = self.official()
        mine = {each.pk: each for each in agencies_of(user) if may_edit_reply(user, each)}
        shares = may_edit_reply(user, None)
        if not mine and not shares:
            raise PermissionDenied("You write replies for no agency.")
        chosen = said.get("agency", next(iter(mine)) if len(mine) == 1 else None)
        if chosen not in mine and not (chosen is None and shares):
            offered = ", ".join(f"{key} ({each.name})" for key, each in mine.items())
            raise ValidationError({"agency": [f"You write for these agencies: {offered}."]})
        return mine.get(chosen) if chosen else None

    def _editable(self, pk: UUID) -> Reply:
        reply = self._one(pk)
        if not may_edit_reply(self.official(), reply.agency):
            raise PermissionDenied("You use this reply and don't write for the agency whose it is.")
        return reply

    def _one(self, pk: UUID) -> Reply:
        reply = self._offered().filter(pk=pk).first()
        if reply is None:
            raise Http404
        return reply

    def _offered(self) -> ReplyQuerySet:
        return Reply.objects.visible_to(self.request.user).offered().select_related("agency", "segment")

    def _shown(self, reply: Reply, *, code: int = status.HTTP_200_OK) -> Response:
        latest = reply.versions.select_related("by").order_by("-number")[:LATEST_VERSIONS]
        row = ReplySerializer(reply, context={"by": self.official()}).data
        return Response(row | {"versions": ReplyVersionSerializer(latest, many=True).data}, status=code)


@extend_schema(tags=["desk"])
@method_decorator(never_cache, name="dispatch")
class CaseRepliesViewSet(DeskViewSet):
    may_of = {"replies": lambda user: may_see_queues(user) and may_use_replies(user)}
    scope_of = {"replies": Scope.INQUIRIES_READ}

    @extend_schema(
        summary="Read the reusable replies filled in for an inquiry",
        description="The likeliest first: those for its topic or segments before the others.",
        parameters=_PAGE,
        responses={200: FilledReplySerializer(many=True), **OF_A_CASE},
        examples=[OpenApiExample("a reply, filled in", value=_FILLED, response_only=True, status_codes=["200"])],
        filters=False,
    )
    def replies(self, request: Request, pk: str) -> Response:
        inquiry, user = self._visible(pk), self.official()
        offered = Reply.objects.visible_to(request.user).offered().select_related("agency").for_case(inquiry)
        page = self.paginate_queryset(offered) or []
        filled = [{"id": each.pk, "name": each.name, "text": replying.filled(each, inquiry=inquiry, by=user)} for each in page]
        return self.get_paginated_response(FilledReplySerializer(filled, many=True).data)
