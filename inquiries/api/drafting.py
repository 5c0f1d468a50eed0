"""What has been begun and has not gone, by program: one's own unfinished words, and the answer before a second official sees it."""

from __future__ import annotations

from typing import Any

from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from inquiries.api.desk import OF_A_CASE, REFUSALS, SEALED, DeskViewSet, MayBeLateSerializer, verb
from inquiries.api.files import beside_files
from inquiries.api.wording import WordsSerializer, words_field
from inquiries.models import DraftKind, Inquiry
from inquiries.services import approving, casework, drafting
from organisations.api import StrictSerializer, problem
from organisations.models import Scope, User


class KeepAnswerSerializer(WordsSerializer):
    revision = serializers.IntegerField(
        min_value=0, required=False, help_text="Which you had before you, 0 for none; another one since refuses yours."
    )
    keeps_files = serializers.BooleanField(
        default=True, help_text="Whether the files of the revision before it stay; those of the call come to them."
    )


class ProposeAnswerSerializer(KeepAnswerSerializer, MayBeLateSerializer):
    pass


class KeepSerializer(StrictSerializer):
    text = words_field(allow_blank=True, help_text="Blank leaves none.")


class DraftsSerializer(serializers.Serializer[Any]):
    """Your own unfinished words in the case; nobody else reads them."""

    def get_fields(self) -> dict[str, Any]:
        return {kind: serializers.CharField(required=False) for kind in DraftKind.values}


_DRAFTS = OpenApiExample(
    "one is begun", value={"ask-back": "Which accuracy along each axis?"}, response_only=True, status_codes=["200"]
)


@extend_schema(tags=["desk"])
@method_decorator(never_cache, name="dispatch")
class DraftingViewSet(DeskViewSet):
    scope_of = {
        "drafts": Scope.INQUIRIES_READ,
        **dict.fromkeys(("keep", "draft_answer", "propose"), Scope.INQUIRIES_WRITE),
    }

    @extend_schema(
        summary="Read your unfinished words",
        description="By what they are to be: an answer, a question to the asker, or a note.",
        responses={200: DraftsSerializer, **OF_A_CASE, **SEALED},
        examples=[_DRAFTS],
        filters=False,
    )
    def drafts(self, request: Request, pk: str) -> Response:  # noqa: ARG002  the library's signature
        return Response(self._kept(self._visible(pk), self.official()))

    @extend_schema(
        summary="Keep unfinished words of yours",
        description="They stand in the form of the page, in place of those kept before.",
        request=KeepSerializer,
        responses={200: DraftsSerializer, 400: problem("Some fields need mending."), **OF_A_CASE, **SEALED},
        examples=[OpenApiExample("what is sent", value={"text": "Which accuracy along each axis?"}, request_only=True), _DRAFTS],
    )
    def keep(self, request: Request, pk: str, kind: str) -> Response:
        if kind not in DraftKind.values:
            raise NotFound(f"There is no such draft; there are {', '.join(DraftKind.values)}.")
        inquiry = self._visible(pk)
        self._call(request, lambda case, **said: drafting.keep(case, kind=kind, **said), inquiry, KeepSerializer)
        return Response(self._kept(inquiry, self.official()))

    @verb(
        "Keep an answer for whoever works on the inquiry",
        beside_files(KeepAnswerSerializer),
        {"text": "It is not listed as long as …", "revision": 0},
        is_opened=True,
    )
    def draft_answer(self, request: Request, pk: str) -> Response:
        return self._do(request, pk, approving.draft, KeepAnswerSerializer)

    @verb(
        "Propose an answer to a second official",
        beside_files(ProposeAnswerSerializer),
        {"text": "It is not listed as long as …", "revision": 1},
        is_opened=True,
        may_wait=True,
    )
    def propose(self, request: Request, pk: str) -> Response:
        return self._do(request, pk, approving.propose, ProposeAnswerSerializer)

    def _kept(self, inquiry: Inquiry, user: User) -> dict[str, str]:
        try:
            return drafting.kept(casework.open_for_official(inquiry, by=user), by=user)
        except REFUSALS as error:
            raise self.refusal(error) from error
