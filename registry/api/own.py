"""A firm's own part of the registry by program, with a token that keeps an entry.

Such a token reads, writes, proposes and closes. It never opens: signing, which needs the second factor, resuming what was
suspended, and removing an entry stay on the pages.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import status
from rest_framework.exceptions import APIException, PermissionDenied, ValidationError
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.serializers import Serializer
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from organisations.api import HasScope, TokenAuthentication, TokenThrottle, problem
from organisations.models import Organisation, Scope, User
from organisations.permissions import firms_of
from registry.api.parameters import checked
from registry.forms import OwnForm, StrictForm
from registry.models import Entry
from registry.permissions import may_open_entry


class NotNow(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_detail = gettext_lazy("This is not possible as things stand now.")


class ActsForFirm(BasePermission):
    message = gettext_lazy("You act for no firm or institute, so there is no entry to keep.")

    def has_permission(self, request: Request, view: APIView) -> bool:  # noqa: ARG002  the library's signature
        return may_open_entry(request.user)


ORGANISATION = OpenApiParameter(
    "organisation", OpenApiTypes.UUID, description="For which firm or institute; needed by who acts for several."
)
PAGE = OpenApiParameter("page", OpenApiTypes.INT, description="Which page, from 1.")
REFUSALS = {
    400: problem("A parameter or a field is unknown, wrong or missing; each is named under errors."),
    401: problem("No token, or one that opens nothing."),
    403: problem("The token does not keep an entry, or its owner has not the role for this in the firm."),
    429: problem("More calls than the token has in a minute; again after the seconds of Retry-After."),
}
NO_ENTRY = {404: problem("The firm has no entry, or there is no such part of it.")}
NOT_NOW = {409: problem("Not possible as things stand now; the sentence says why.")}


@method_decorator(never_cache, name="dispatch")
class OwnViewSet(GenericViewSet[Any]):
    """What is here is the truth of the entry, for its own firm alone; nobody's look, so nothing of it is in the ledger."""

    authentication_classes = (TokenAuthentication,)
    permission_classes = (HasScope, ActsForFirm)
    throttle_classes = (TokenThrottle,)
    queryset = Entry.objects.none()
    scope = Scope.REGISTRY_ENTRY  # of every call

    @property
    def scope_of(self) -> dict[str, Scope]:
        return {self.action: self.scope}

    def _firm(self, parameters: type[StrictForm] = OwnForm) -> tuple[Organisation, dict[str, Any]]:
        """Return for which firm the call is and what its address says; raises ValidationError."""
        said = checked(parameters(self.request.query_params)).cleaned_data
        mine: dict[UUID, Organisation] = {firm.pk: firm for firm in firms_of(self.request.user)}
        chosen = said["organisation"]
        if chosen is None and len(mine) > 1:
            offered = ", ".join(f"{pk} ({firm.name})" for pk, firm in mine.items())
            raise ValidationError(
                {"organisation": [_("You act for several: say for which, one of %(offered)s.") % {"offered": offered}]}
            )
        firm = mine.get(chosen) if chosen else next(iter(mine.values()), None)
        if firm is None:
            raise ValidationError({"organisation": [_("You act for no firm or institute with this id.")]})
        return firm, said

    def _entry(self, firm: Organisation) -> Entry:
        """Return the firm's entry; raises Http404 where there is none."""
        held = Entry.objects.filter(organisation=firm).select_related("organisation").first()
        if held is None:
            raise Http404
        return held

    def _user(self) -> User:
        if not isinstance(self.request.user, User):
            raise PermissionDenied
        return self.request.user

    def _said(self, body: type[Serializer[Any]]) -> dict[str, Any]:
        """Return what the body says; raises ValidationError."""
        form = body(data=self.request.data)
        form.is_valid(raise_exception=True)
        said: dict[str, Any] = form.validated_data
        return said
