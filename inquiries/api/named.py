"""Asking by name for programs of firms, institutes and associations, with a token that asks: what the pages do, with equal rights.

Whoever belongs to the organisation reads and writes, and who has left does not.
"""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, PermissionDenied, ValidationError
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from inquiries import receipts
from inquiries.api.admission import wait_for
from inquiries.api.asking import AskSerializer, FiledSerializer, file_question
from inquiries.api.conversation import CONVERSATION, ConversationSerializer, conversation, erased, file_of, write_again
from inquiries.api.files import beside_files, body_of
from inquiries.api.receipts import RECEIPT, REFERENCE, KeysUnreachable
from inquiries.api.returning import (
    PROOF,
    Described,
    NewReceiptSerializer,
    NotNow,
    ObjectionSerializer,
    RotateSerializer,
    move,
    proof_of,
)
from inquiries.api.wording import WordsSerializer
from inquiries.forms.asking import why_not
from inquiries.models import Inquiry, NamedAsker
from inquiries.permissions import may_ask_by_name
from inquiries.querysets import asking_organisations
from inquiries.services import admission, asking, closing, following, named, publishing, rotation, upgrading
from inquiries.services.named import Named
from keystore.services import UnableToReachKeys
from organisations.api import EmptySerializer, HasScope, StrictSerializer, TokenAuthentication, TokenThrottle, problem
from organisations.models import Organisation, Scope, User
from organisations.validators import plain_text

LONGEST_RECEIPT = 400


class Sealed(APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "It can't be opened just now. Nothing is lost: try again later, or return with the receipt."


class AsksByName(BasePermission):
    message = "You act for no firm, institute or association, so you ask in nobody's name."

    def has_permission(self, request: Request, view: APIView) -> bool:  # noqa: ARG002  the library's signature
        return may_ask_by_name(request.user)


# --- what comes in ----------------------------------------------------------------------------------------------------


def _organisation_field() -> serializers.UUIDField:
    return serializers.UUIDField(required=False, help_text="In whose name; needed by who acts for several.")


def _mail_field() -> serializers.BooleanField:
    return serializers.BooleanField(
        required=False, default=False, help_text="True: a mail comes when there is news; it says no more."
    )


class NamedAskSerializer(AskSerializer):
    """A question by name: as one asked anonymously, and in whose name."""

    identity = None  # type: ignore[assignment]
    organisation = _organisation_field()
    wants_mail = _mail_field()
    key = serializers.CharField(
        required=False,
        min_length=16,
        max_length=200,
        validators=[plain_text],
        help_text="Random text of your own: the same sent again files no second question and gives the same receipt.",
    )


class NamedUpgradeSerializer(StrictSerializer):
    receipt = serializers.CharField(
        max_length=LONGEST_RECEIPT, help_text="The secret words of the question that was asked otherwise."
    )
    organisation = _organisation_field()
    wants_mail = _mail_field()


class NewsMailSerializer(StrictSerializer):
    wants_mail = serializers.BooleanField(help_text="Whether the portal writes to you when there is news.")


# --- what is read -----------------------------------------------------------------------------------------------------


class NamedRowSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="asker.inquiry_id")
    reference = serializers.CharField(source="asker.inquiry.reference")
    subject = serializers.CharField(allow_null=True, help_text="In the asker's words; null where no key opens it just now.")
    topic = serializers.CharField(source="asker.inquiry.topic")
    status = serializers.CharField(source="asker.inquiry.state", help_text="received, in-hand, waiting, answered or closed")
    received_on = serializers.DateField(source="asker.inquiry.received_on")
    due_on = serializers.DateField(source="asker.inquiry.due_on", allow_null=True)
    organisation = serializers.CharField(source="asker.organisation.name")
    asked_by = serializers.CharField(source="asker.user.name")


class NamedFiledSerializer(FiledSerializer):
    id = serializers.UUIDField(help_text="By which you and your colleagues find it here, without the receipt.")


class NamedConversationSerializer(ConversationSerializer):
    id = serializers.UUIDField()
    organisation = serializers.CharField()
    asked_by = serializers.CharField()
    wants_mail = serializers.BooleanField(allow_null=True, help_text="Null where a colleague asked, who alone chooses.")


_ID = "6a0f2f0e-5d8e-4c62-9d0d-4d2f6f4f3c11"
_ORGANISATION = "3f0f2a52-6f0e-4f7e-8d0a-2f9f6a0c2f11"
_ROW = {
    "id": _ID,
    "reference": REFERENCE,
    "subject": "Vibration test system",
    "topic": "transaction",
    "status": "waiting",
    "received_on": "2026-11-16",
    "due_on": "2026-12-07",
    "organisation": "Particular Pumps OÜ",
    "asked_by": "Ada Asker",
}
_ABOUT = {"id": _ID, "organisation": "Particular Pumps OÜ", "asked_by": "Ada Asker", "wants_mail": True}
_CONVERSATION = OpenApiExample(
    "a conversation",
    value=CONVERSATION.value | {"mode": "named", "openings": []} | _ABOUT,
    response_only=True,
    status_codes=["200", "201"],
)
_SIGNED_IN = {
    401: problem("No token, or one that opens nothing."),
    403: problem("The token does not ask, or its owner acts for nobody any more."),
    429: problem("More calls than the token has in a minute, or much is coming in; again after the seconds of Retry-After."),
}
_OF_ONE = _SIGNED_IN | {
    404: problem("Your organisation has asked no such question by name."),
    503: problem("It can't be opened just now, or the key store does not answer; nothing was changed."),
}


def _described(
    summary: str,
    request: Any = None,
    example: dict[str, Any] | None = None,
    *,
    code: int = 200,
    more: dict[int, OpenApiResponse] | None = None,
    description: str | None = None,
    operation: str | None = None,
) -> Described:
    """What the schema says of a call about one question that answers with its conversation."""
    sent = [OpenApiExample("what is sent", value=example, request_only=True)] if example is not None else []
    answers = {code: NamedConversationSerializer, 400: problem("Some fields need mending."), **_OF_ONE, **(more or {})}
    described: Described = extend_schema(
        operation_id=operation,
        summary=summary,
        description=description,
        request=request,
        responses=answers,
        examples=[*sent, _CONVERSATION],
    )
    return described


_NOT_NOW = {409: problem("Not possible as the question stands now.")}


@extend_schema(tags=["inquiries by name"])
@method_decorator(never_cache, name="dispatch")
class NamedViewSet(GenericViewSet[Any]):
    authentication_classes = (TokenAuthentication,)
    permission_classes = (HasScope, AsksByName)
    throttle_classes = (TokenThrottle,)
    queryset = Inquiry.objects.none()
    scope_of = dict.fromkeys(
        (
            "list", "create", "upgrade", "retrieve", "write", "erase", "file", "settle", "reopen", "close", "object_to_publication",
            "choose_mail", "rotate", "proof",
        ),
        Scope.INQUIRIES_ASK,
    )  # fmt: skip

    @extend_schema(
        summary="List what your organisation has asked by name",
        description="The newest first. What was asked anonymously or confidentially is never in it.",
        parameters=[OpenApiParameter("page", int, description="Which page, from 1.")],
        responses={200: NamedRowSerializer(many=True), 404: problem("No such page."), **_SIGNED_IN},
        examples=[OpenApiExample("a question", value=_ROW, response_only=True, status_codes=["200"])],
        filters=False,
    )
    def list(self, request: Request) -> Response:
        found = NamedAsker.objects.followed_by(request.user).select_related("inquiry", "organisation", "user").newest_first()
        page = self.paginate_queryset(found)
        return self.get_paginated_response(NamedRowSerializer(following.with_subjects(page or []), many=True).data)

    @extend_schema(
        summary="Ask by name",
        request=beside_files(NamedAskSerializer),
        responses={
            201: NamedFiledSerializer,
            400: problem("Some fields need mending, or a file can't be cleaned."),
            415: problem("The body is neither JSON nor multipart/form-data."),
            503: problem("The key store does not answer; nothing was filed."),
            **_SIGNED_IN,
        },
        examples=[
            OpenApiExample(
                "a question by name",
                value={
                    "topic": "classification",
                    "subject": "Vibration test system",
                    "text": "Is a vibration test system with 60 kN on a bare table controlled?",
                    "organisation": _ORGANISATION,
                    "wants_mail": True,
                    "key": "b2Ls9xq0mRv4Tn1c",
                },
                request_only=True,
            ),
            OpenApiExample(
                "filed", value={"id": _ID, "reference": REFERENCE, "receipt": RECEIPT}, response_only=True, status_codes=["201"]
            ),
        ],
    )
    def create(self, request: Request) -> Response:
        form = NamedAskSerializer(data=body_of(request), context={"reader": request.user})
        form.is_valid(raise_exception=True)
        said = form.validated_data
        key = said.pop("key", None)
        who = self._who(said)
        try:
            inquiry, answer = file_question(request, **said, identity=who, form=key and _once("ask", who.user, key))
        except named.UnableToName as error:
            raise PermissionDenied from error
        return Response({"id": inquiry.pk, **answer}, status=status.HTTP_201_CREATED)

    @_described(
        "Put your organisation's name to a question that was asked without",
        NamedUpgradeSerializer,
        {"receipt": RECEIPT, "organisation": _ORGANISATION, "wants_mail": False},
        description="Of an anonymous or confidential question, by its receipt. There is no way back. Sent again, it does no more.",
        more=_NOT_NOW,
    )
    def upgrade(self, request: Request) -> Response:
        form = NamedUpgradeSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        said = form.validated_data
        who, opened = self._who(said), _opened_with(said["receipt"])
        wait_for(admission.here.hold_message(opened.inquiry.pk.bytes, now=time.time()))
        try:
            once = _once("upgrade", who.user, str(who.organisation.pk))
            upgrading.upgrade(opened=opened, who=who, form=once, today=timezone.localdate())
        except upgrading.UnableToUpgrade as error:
            raise NotNow("The question is asked by name already.") from error
        except named.UnableToName as error:
            raise PermissionDenied from error
        except UnableToReachKeys as error:
            raise KeysUnreachable from error
        return self._answer(self._followed(opened.inquiry.pk), opened)

    @_described("Read a question and its conversation")
    def retrieve(self, request: Request, pk: UUID) -> Response:  # noqa: ARG002  the library's signature
        return self._answer(*self._opened(pk))

    @_described(
        "Write again",
        beside_files(WordsSerializer),
        {"text": "The force is measured on a bare table."},
        operation="write_again_by_name",
        code=201,
        more={415: problem("The body is neither JSON nor multipart/form-data.")},
    )
    def write(self, request: Request, pk: UUID) -> Response:
        form = WordsSerializer(data=body_of(request))
        form.is_valid(raise_exception=True)
        asker, opened = self._opened(pk)
        write_again(request, opened, text=form.validated_data["text"])
        return self._answer(asker, opened, code=status.HTTP_201_CREATED)

    @extend_schema(
        summary="Erase the question now, for good",
        responses={204: OpenApiResponse(description="Erased."), **_OF_ONE},
    )
    def erase(self, request: Request, pk: UUID) -> Response:  # noqa: ARG002  the library's signature
        return erased(self._opened(pk)[1])

    @extend_schema(
        summary="Download a file of the conversation",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, **_OF_ONE},
    )
    def file(self, request: Request, pk: UUID, ref: UUID) -> HttpResponseBase:  # noqa: ARG002  the library's signature
        return file_of(self._opened(pk)[1], ref)

    @_described("Say that the answer settles it", EmptySerializer, more=_NOT_NOW)
    def settle(self, request: Request, pk: UUID) -> Response:
        return self._moved(request, pk, closing.settle)

    @_described("Say that you still need help", EmptySerializer, more=_NOT_NOW)
    def reopen(self, request: Request, pk: UUID) -> Response:
        return self._moved(request, pk, closing.reopen)

    @_described("Say that you need no answer any more", EmptySerializer, more=_NOT_NOW)
    def close(self, request: Request, pk: UUID) -> Response:
        return self._moved(request, pk, closing.close)

    @_described("Object to an answer for everybody, or no longer", ObjectionSerializer, {"objects": True})
    def object_to_publication(self, request: Request, pk: UUID) -> Response:
        form = ObjectionSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        asker, opened = self._opened(pk)
        publishing.object_to_publication(opened, objects=form.validated_data["objects"])
        return self._answer(asker, opened)

    @_described(
        "Have the portal write when there is news, or not",
        NewsMailSerializer,
        {"wants_mail": True},
        more={409: problem("Only who asked can choose about mail.")},
    )
    def choose_mail(self, request: Request, pk: UUID) -> Response:
        form = NewsMailSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        asker, opened = self._opened(pk)
        try:
            asker = named.choose_mail(asker, **form.validated_data, by=self._user())
        except named.UnableToFollow as error:
            raise NotNow("Only who asked can choose about mail.") from error
        return self._answer(asker, opened)

    @extend_schema(
        summary="Exchange the receipt for a new one",
        description="For when somebody leaves who has the receipt: the old one opens nothing from then on.",
        request=RotateSerializer,
        responses={200: NewReceiptSerializer, 400: problem("Some fields need mending."), **_OF_ONE},
        examples=[
            OpenApiExample("exchange", value={"key": "b2Ls9xq0mRv4Tn1c"}, request_only=True),
            OpenApiExample("exchanged", value={"receipt": RECEIPT}, response_only=True, status_codes=["200"]),
        ],
    )
    def rotate(self, request: Request, pk: UUID) -> Response:
        form = RotateSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        asker, _opened = self._opened(pk)
        once = form.validated_data["key"].encode()
        try:
            new = rotation.rotate(secret=named.pass_for(asker, by=self._user()), form=once, today=timezone.localdate())
        except (named.UnableToFollow, asking.UnableToReturn) as error:  # left meanwhile
            raise Http404 from error
        except UnableToReachKeys as error:
            raise KeysUnreachable from error
        return Response({"receipt": receipts.write(new)})

    @extend_schema(
        summary="Get the signed proof of filing",
        description="It is about all that was filed, names nobody, and verifies offline or at `/proof/`. Keep its bytes.",
        responses={200: OpenApiResponse(OpenApiTypes.OBJECT, description="The proof."), **_OF_ONE},
        examples=[OpenApiExample("a proof", value=PROOF, response_only=True, status_codes=["200"])],
    )
    def proof(self, request: Request, pk: UUID) -> HttpResponse:  # noqa: ARG002  the library's signature
        return proof_of(self._opened(pk)[1])

    def _moved(self, request: Request, pk: UUID, verb: Any) -> Response:
        asker, opened = self._opened(pk)
        move(request, opened, verb)
        return self._answer(asker, opened)

    def _answer(self, asker: NamedAsker, opened: asking.OpenInquiry, *, code: int = status.HTTP_200_OK) -> Response:
        about = {
            "id": asker.pk,
            "organisation": asker.organisation.name,
            "asked_by": asker.user.name,
            "wants_mail": asker.wants_mail if asker.user == self._user() else None,
        }
        return Response(conversation(opened) | about, status=code)

    def _opened(self, pk: UUID) -> tuple[NamedAsker, asking.OpenInquiry]:
        """A question of an organisation of the token's owner, and what opens it; raises Http404, Sealed or KeysUnreachable."""
        asker = self._followed(pk)
        try:
            return asker, asking.open_with_receipt(named.pass_for(asker, by=self._user()))
        except (named.UnableToFollow, asking.UnableToReturn) as error:
            raise Sealed from error
        except UnableToReachKeys as error:
            raise KeysUnreachable from error

    def _followed(self, pk: UUID) -> NamedAsker:
        rows = NamedAsker.objects.followed_by(self.request.user).select_related("inquiry", "organisation", "user")
        found = rows.filter(pk=pk).first()
        if found is None:
            raise Http404
        return found

    def _who(self, said: dict[str, Any]) -> Named:
        """Take out of what was said in whose name it is; raises ValidationError."""
        chosen, wants_mail = said.pop("organisation", None), said.pop("wants_mail")
        mine: dict[UUID, Organisation] = {each.pk: each for each in asking_organisations(self._user())}
        if chosen is None and len(mine) > 1:
            offered = ", ".join(f"{pk} ({each.name})" for pk, each in mine.items())
            raise ValidationError({"organisation": [f"You act for several: say in whose name, one of {offered}."]})
        organisation = mine.get(chosen) if chosen else next(iter(mine.values()), None)
        if organisation is None:
            raise ValidationError({"organisation": ["You act for no organisation with this id."]})
        return Named(self._user(), organisation, wants_mail)

    def _user(self) -> User:
        if not isinstance(self.request.user, User):
            raise PermissionDenied
        return self.request.user


def _once(purpose: str, by: User, key: str) -> bytes:
    """What a call counts once by. It holds its owner: nobody else's key, however easy to guess, leads to what they sent."""
    return f"api {purpose}|{by.pk}|{key}".encode()


def _opened_with(words: str) -> asking.OpenInquiry:
    try:
        return asking.open_with_receipt(receipts.read(words))
    except receipts.NotAReceipt as error:
        raise ValidationError({"receipt": [why_not(error)]}) from error
    except asking.UnableToReturn as error:
        raise ValidationError({"receipt": ["We know no inquiry with this receipt."]}) from error
    except UnableToReachKeys as error:
        raise KeysUnreachable from error
