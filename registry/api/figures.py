"""The published figures for other systems: what the pages print, for everybody, and nothing else of an edition."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import CharField, DateField, IntegerField, ListField, Serializer
from rest_framework.viewsets import ViewSet

from organisations.api import problem
from registry.api.parameters import checked
from registry.figures import CAPTIONS, MOST_EDITIONS, edition_of
from registry.forms import StrictForm
from registry.models import Edition
from registry.tables import FEWEST, TABLES


class EditionRowSerializer(Serializer[Any]):
    quarter = CharField(help_text="Such as 2026-q3, which is its part of the address.")
    counted_on = DateField()


class FigureSerializer(Serializer[Any]):
    row = CharField(help_text="“all” is the row of the sums.")
    column = CharField(help_text="“all” is the column of the sums.")
    entries = IntegerField(allow_null=True, help_text=f"None where it is left out; none is below {FEWEST}.")


class FigureTableSerializer(Serializer[Any]):
    name = CharField()
    caption = CharField()
    numbers = ListField(child=FigureSerializer())


class EditionSerializer(EditionRowSerializer):
    tables = ListField(child=FigureTableSerializer())


_ROW = {"quarter": "2026-q3", "counted_on": "2026-10-01"}
_TABLE = {
    "name": "regions-and-size",
    "caption": "Regions by size",
    "numbers": [{"row": "all", "column": "all", "entries": 214}, {"row": "EE001", "column": "micro", "entries": None}],
}
_WRONG = {400: problem("There is no such parameter.")}


@extend_schema(tags=["registry figures"])
@method_decorator(cache_control(public=True, max_age=3600), name="dispatch")
class FiguresViewSet(ViewSet):
    """Without a token: a token that comes along is not read."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="registry_figures_list",
        summary="List the editions of the registry's figures",
        description=f"The newest {MOST_EDITIONS}, the newest first.",
        responses={200: EditionRowSerializer(many=True), **_WRONG},
        examples=[OpenApiExample("An edition", value=_ROW, response_only=True, status_codes=["200"])],
        filters=False,
    )
    def list(self, request: Request) -> Response:
        checked(StrictForm(request.query_params))
        return Response([_row(edition) for edition in Edition.objects.newest_first()[:MOST_EDITIONS]])

    @extend_schema(
        operation_id="registry_figures_retrieve",
        summary="Read an edition of the registry's figures",
        description="It never changes once it is out.",
        responses={200: EditionSerializer, 404: problem("There is no such edition."), **_WRONG},
        examples=[OpenApiExample("An edition", value=_ROW | {"tables": [_TABLE]}, response_only=True, status_codes=["200"])],
    )
    def retrieve(self, request: Request, year: int, number: int) -> Response:
        checked(StrictForm(request.query_params))
        edition = edition_of(year, number)
        if edition is None:
            raise Http404
        return Response(_row(edition) | {"tables": _tables(edition)})


def _row(edition: Edition) -> dict[str, Any]:
    return {"quarter": f"{edition.year}-q{edition.number}", "counted_on": edition.counted_on}


def _tables(edition: Edition) -> list[dict[str, Any]]:
    numbers = sorted(edition.numbers.all(), key=lambda each: each.pk)
    return [
        {
            "name": table.name,
            "caption": str(CAPTIONS[table.name]),
            "numbers": [
                {"row": each.row or "all", "column": each.column or "all", "entries": each.number}
                for each in numbers
                if each.table == table.name
            ],
        }
        for table in TABLES
    ]
