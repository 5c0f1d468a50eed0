"""Files of what a search finds, by program: the same gateway, bounds and marks as on the pages."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.viewsets import ViewSet

from organisations.api import HasScopeIfToken, TokenAuthentication, TokenThrottle
from organisations.models import Scope
from registry import gateway
from registry.api.looking import EXAMPLE, REFUSALS, SEARCH, WHO_AND_WHY, gate_of
from registry.forms import capacity_label
from registry.looking.exports import UnableToExport, Wanted, export
from registry.looking.files import WRITERS
from registry.looking.forms import ApiExportForm
from registry.models import LOOK_LABELS

_BINARY = OpenApiTypes.BINARY
_TYPES = {name: content_type.partition(";")[0] for name, (content_type, _write) in WRITERS.items()}


@method_decorator(never_cache, name="dispatch")
class ExportViewSet(ViewSet):
    """By a program with its token, or as the public. No session opens it: one who is signed in could be led to the address."""

    authentication_classes = (TokenAuthentication,)
    permission_classes = (HasScopeIfToken,)
    throttle_classes = (TokenThrottle,)
    scope_of = {"export": Scope.REGISTRY_LOOK}

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[BaseRenderer, str]:  # noqa: ARG002, FBT001, FBT002  the library's signature
        """The parameter says which file it is; a refusal is JSON as ever."""
        return JSONRenderer(), JSONRenderer.media_type

    @extend_schema(
        operation_id="registry_entries_export",
        summary="Get a file of all entries that a search finds",
        description=f"At most {gateway.MOST_EXPORTED} entries, or {gateway.MOST_EXPORTED_BY_PUBLIC} for the public; more is "
        "refused. The ledger names every entry, under the number of the export. The file says who took it and for what, and has "
        "marks by which a copy is traced.",
        parameters=[
            OpenApiParameter("format", enum=list(WRITERS), required=True),
            *WHO_AND_WHY,
            *(parameter for parameter in SEARCH if parameter.name != "page"),
        ],
        responses={
            (200, _TYPES["csv"]): OpenApiTypes.STR,
            (200, _TYPES["xlsx"]): _BINARY,
            (200, _TYPES["jsonld"]): OpenApiTypes.OBJECT,
            **REFUSALS,
        },
        examples=[
            OpenApiExample(
                "JSON-LD",
                value={"@type": "Export", "dct:identifier": EXAMPLE["ref"], "entries": [{"@type": "Entry", "region": "EE001"}]},
                response_only=True,
                status_codes=["200"],
                media_type=_TYPES["jsonld"],
            )
        ],
        filters=False,
    )
    def export(self, request: Request) -> HttpResponse:
        form = ApiExportForm(request.query_params)
        gate = gate_of(request, form)
        wanted = Wanted(form.question, form.cleaned_data["format"], capacity_label(gate.capacity), str(LOOK_LABELS[gate.purpose]))
        try:
            return export(gate, wanted)
        except UnableToExport as error:
            raise ValidationError({"parameters": [str(error)]}) from error
