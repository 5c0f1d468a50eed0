"""That two firms should meet: suggested by the focal point's program, and read by the firm's own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BooleanField, CharField, DateField, Serializer, UUIDField
from rest_framework.viewsets import ViewSet

from organisations.api import EmptySerializer, HasScope, StrictSerializer, TokenAuthentication, TokenThrottle, problem
from organisations.models import Organisation, Scope, User
from organisations.validators import plain_text
from registry import gateway
from registry.api.looking import EXAMPLE, EXAMPLE_OTHER, WHO_AND_WHY, EntrySerializer, gate_of, plain
from registry.api.looking import REFUSALS as LOOK_REFUSALS
from registry.api.own import NO_ENTRY, NOT_NOW, ORGANISATION, PAGE, REFUSALS, NotNow, OwnViewSet
from registry.forms import OwnPageForm, WhoAndWhyForm
from registry.forms.introductions import SuggestionForm
from registry.looking import suggesting
from registry.models import Suggestion
from registry.permissions import suits_suggesting
from registry.services import suggesting as verbs


class SuggestSerializer(StrictSerializer):
    to = UUIDField(help_text="Of the entry whose firm gets the suggestion, as the focal point sees it for matchmaking.")
    other = UUIDField(help_text="Of the entry that it could meet.")
    words = CharField(
        max_length=300, validators=[plain_text], help_text="Why the two should meet, naming neither: both read it in their ledgers."
    )


class SuggestedSerializer(Serializer[Any]):
    detail = CharField(help_text="The same whether the firm is told or not.")


class SuggestionRowSerializer(Serializer[Any]):
    id = UUIDField()
    agency = CharField()
    words = CharField()
    on = DateField()
    expires_on = DateField(help_text="The last day on which you can take it up.")


class SuggestionSerializer(SuggestionRowSerializer):
    is_open = BooleanField(help_text="Whether you can take it up: ask to be introduced to `other`, by its `ref`, or decline.")
    other = EntrySerializer(allow_null=True, help_text="What you may see of the other; none where it ended.")


_SAID = {
    "to": EXAMPLE["ref"],
    "other": EXAMPLE_OTHER["ref"],
    "words": "You both work on sensing, one makes what the other packages.",
}
_ROW = {
    "id": "5d0c3b1e-7b7e-4f0c-9a49-0a8f7c1b2d10",
    "agency": "Focal Point",
    "words": _SAID["words"],
    "on": "2026-11-02",
    "expires_on": "2027-01-01",
}
_REFUSALS = REFUSALS | {403: problem("The token is not for introductions, or its owner has not the role for this in the firm.")}
_OF_ONE = {**_REFUSALS, **NO_ENTRY}


@method_decorator(never_cache, name="dispatch")
class SuggestViewSet(ViewSet):
    """By a token that suggests, and no session: it writes to firms."""

    authentication_classes = (TokenAuthentication,)
    permission_classes = (HasScope,)
    throttle_classes = (TokenThrottle,)
    scope_of = {"suggest": Scope.REGISTRY_SUGGEST}

    @extend_schema(
        operation_id="registry_entries_suggest",
        summary="Suggest to a firm that it meets another",
        description="By the focal point, for matchmaking. It is a look at both. Whether the firm is told depends on what the two "
        "show to other listed firms, which the answer does not tell.",
        parameters=WHO_AND_WHY,
        request=SuggestSerializer,
        responses={202: SuggestedSerializer, 404: problem("One of them is not listed."), **LOOK_REFUSALS, **NOT_NOW},
        examples=[
            OpenApiExample("a suggestion", value=_SAID, request_only=True),
            OpenApiExample("taken down", value={"detail": "Taken down. …"}, response_only=True, status_codes=["202"]),
        ],
        filters=False,
    )
    def suggest(self, request: Request) -> Response:
        body = SuggestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        said, today = body.validated_data, timezone.localdate()
        by = request.user
        if not isinstance(by, User):
            raise PermissionDenied
        gate = gate_of(request, WhoAndWhyForm(request.query_params))
        if not suits_suggesting(gate.capacity, [gate.purpose]):
            raise PermissionDenied(_("Whoever suggests looks as the focal point, for matchmaking."))
        if said["to"] == said["other"]:
            raise ValidationError({"other": [_("Choose two entries.")]})
        try:
            pair = gate.several([said["to"], said["other"]])
            form = SuggestionForm({"to": str(said["to"]), "words": said["words"]}, pair=pair)
            if not form.is_valid():
                raise ValidationError({name: [str(error) for error in errors] for name, errors in form.errors.items()})
            suggesting.suggest(gate, form, by=by, today=today)
        except gateway.NotDisclosed as error:
            raise NotFound from error
        except verbs.TooSoon as error:
            raise NotNow(suggesting.TOO_SOON) from error
        except verbs.UnableToSuggest as error:
            raise NotNow(suggesting.UNABLE) from error
        return Response({"detail": str(suggesting.TAKEN_DOWN)}, status=status.HTTP_202_ACCEPTED)


@extend_schema(tags=["your introductions"], parameters=[ORGANISATION])
class SuggestedViewSet(OwnViewSet):
    scope = Scope.REGISTRY_MEET

    @extend_schema(
        operation_id="own_suggestions_list",
        summary="List whom the focal point suggests that you meet",
        description="Those that you can take up, the newest first.",
        parameters=[PAGE],
        responses={200: SuggestionRowSerializer(many=True), 404: problem("No such page."), **_REFUSALS},
        examples=[OpenApiExample("a suggestion", value=_ROW, response_only=True, status_codes=["200"])],
        filters=False,
    )
    def list(self, request: Request) -> Response:  # noqa: ARG002  the library's signature
        firm, _parameters = self._firm(OwnPageForm)
        page = self.paginate_queryset(verbs.standing(firm, timezone.localdate()))
        return self.get_paginated_response([_row(found) for found in page or ()])

    @extend_schema(
        operation_id="own_suggestions_read",
        summary="Read a suggestion",
        description="It is a look at the other, which reads of it in its ledger. To take it up, ask to be introduced.",
        responses={200: SuggestionSerializer, **_OF_ONE},
        examples=[
            OpenApiExample(
                "a suggestion", value=_ROW | {"is_open": True, "other": EXAMPLE}, response_only=True, status_codes=["200"]
            )
        ],
    )
    def retrieve(self, request: Request, pk: UUID) -> Response:
        firm, found = self._suggestion(pk)
        other = suggesting.seen(request.user, found, firm, today=timezone.localdate())
        return Response(_row(found) | {"is_open": other is not None, "other": plain(other) if other else None})

    @extend_schema(
        operation_id="own_suggestions_decline",
        summary="Decline a suggestion",
        description="Nobody is told.",
        request=EmptySerializer,
        responses={200: SuggestionRowSerializer, **_OF_ONE, **NOT_NOW},
        examples=[OpenApiExample("a suggestion", value=_ROW, response_only=True, status_codes=["200"])],
    )
    def decline(self, request: Request, pk: UUID) -> Response:  # noqa: ARG002  the library's signature
        self._said(EmptySerializer)
        _firm, found = self._suggestion(pk)
        try:
            return Response(_row(verbs.decline(suggestion=found, by=self._user(), today=timezone.localdate())))
        except verbs.UnableToSuggest as error:
            raise PermissionDenied(_("It is for the firm that it was suggested to to decline.")) from error
        except verbs.HasEnded as error:
            raise NotNow(_("It has ended already.")) from error

    def _suggestion(self, pk: UUID) -> tuple[Organisation, Suggestion]:
        """Return what was suggested to the firm; raises Http404."""
        firm, _parameters = self._firm()
        found = Suggestion.objects.of(firm).filter(pk=pk).first()
        if found is None:
            raise Http404
        return firm, found


def _row(found: Suggestion) -> dict[str, Any]:
    return {
        "id": found.pk,
        "agency": found.agency.name,
        "words": found.words,
        "on": found.on,
        "expires_on": found.expires_on,
    }
