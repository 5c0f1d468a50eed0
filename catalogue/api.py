from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import serializers, viewsets
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from catalogue.forms import ControlSearchForm
from catalogue.models import Category, ControlEntry, Segment, SegmentMapping
from catalogue.parsing import code_typed
from catalogue.querysets import ControlEntryQuerySet, SegmentQuerySet
from catalogue.tree import Node, branch

NO_CLEARANCE = "Finding nothing does not mean that an item is free of control."


class SegmentNameSerializer(serializers.ModelSerializer[Segment]):
    class Meta:
        model = Segment
        fields = ("code", "label", "diversion_risk")


class SegmentMappingSerializer(serializers.ModelSerializer[SegmentMapping]):
    scheme = serializers.CharField(source="segment.scheme")
    code = serializers.CharField(source="segment.code")
    label = serializers.CharField(source="segment.label")  # type: ignore[assignment]

    class Meta:
        model = SegmentMapping
        fields = ("scheme", "code", "label", "match")


class SegmentSerializer(serializers.ModelSerializer[Segment]):
    technologies = SegmentNameSerializer(source="children", many=True, read_only=True)
    mapped_from = SegmentMappingSerializer(many=True, read_only=True)
    parent = serializers.SlugRelatedField[Segment](slug_field="code", read_only=True)  # type: ignore[assignment]

    class Meta:
        model = Segment
        fields = (
            "code",
            "label",
            "description",
            "scheme",
            "edition",
            "source",
            "diversion_risk",
            "parent",
            "technologies",
            "mapped_from",
            "control_codes",
        )


class ControlSerializer(serializers.ModelSerializer[ControlEntry]):
    edition = serializers.CharField(source="control_list.edition")
    attribution = serializers.CharField(source="control_list.attribution")
    best_code = serializers.CharField(
        allow_null=True, default=None, help_text="The paragraph of this entry in which the words searched for weigh most."
    )

    class Meta:
        model = ControlEntry
        fields: tuple[str, ...] = (
            "code",
            "entry_code",
            "kind",
            "category",
            "group",
            "regime",
            "plain_title",
            "text",
            "received_text",
            "needs_checking",
            "best_code",
            "edition",
            "attribution",
        )


class ControlNoteSerializer(serializers.ModelSerializer[ControlEntry]):
    class Meta:
        model = ControlEntry
        fields = ("kind", "text", "received_text", "needs_checking")


class ControlParagraphSerializer(serializers.ModelSerializer[ControlEntry]):
    notes = ControlNoteSerializer(many=True)

    class Meta:
        model = ControlEntry
        fields = ("code", "text", "received_text", "needs_checking", "notes")


class ControlDetailSerializer(ControlSerializer):
    source = serializers.CharField(source="control_list.source")  # type: ignore[assignment]
    notes = ControlNoteSerializer(many=True)
    ancestors = ControlParagraphSerializer(many=True)
    descendants = ControlParagraphSerializer(many=True)

    class Meta(ControlSerializer.Meta):
        fields = (
            *(name for name in ControlSerializer.Meta.fields if name != "best_code"),
            "source",
            "notes",
            "ancestors",
            "descendants",
        )
        extra_kwargs: dict[str, Any] = {}

    best_code = None  # type: ignore[assignment]


PAGE = OpenApiParameter("page", int, description="Which page, from 1.")
PROBLEM = OpenApiResponse(
    response={
        "type": "object",
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "errors": {"type": "object"},
        },
        "required": ["type", "title", "status", "detail"],
    },
    description="A parameter that is unknown, wrong or given twice (RFC 9457).",
    examples=[
        OpenApiExample(
            "unknown parameter",
            value={
                "type": "about:blank",
                "title": "Bad Request",
                "status": 400,
                "detail": "Some fields need mending; each is named under errors.",
                "errors": {"colour": ["There is no such parameter."]},
            },
            status_codes=["400"],
        )
    ],
)
BAD_REQUEST = {(400, "application/problem+json"): PROBLEM}
NOT_FOUND = {(404, "application/problem+json"): OpenApiResponse(response=PROBLEM.response, description="There is none.")}
CODE = r"[0-9A-Za-z.]{1,40}"


def _refuse_unknown(request: Request, *, known: tuple[str, ...] = ()) -> None:
    unknown = sorted(set(request.query_params) - set(known))
    if unknown:
        raise ValidationError({name[:60]: ["There is no such parameter."] for name in unknown[:10]})


def _page_number(request: Request) -> None:
    for value in request.query_params.getlist("page"):
        if not (value.isascii() and value.isdigit() and 0 < len(value) <= 5):
            raise ValidationError({"page": ["This is not a page number."]})


@extend_schema_view(
    list=extend_schema(
        summary="List the segments",
        description="Areas and technologies now in force, with the NATO segments mapped to them.",
        parameters=[PAGE],
        responses={200: SegmentSerializer(many=True), **BAD_REQUEST},
    ),
    retrieve=extend_schema(summary="Read one segment", responses={200: SegmentSerializer, **BAD_REQUEST, **NOT_FOUND}),
)
class SegmentViewSet(viewsets.ReadOnlyModelViewSet[Segment]):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    serializer_class = SegmentSerializer
    queryset = Segment.objects.none()
    lookup_field = "code"
    lookup_value_regex = CODE

    def get_queryset(self) -> SegmentQuerySet:
        return Segment.objects.current().with_neighbours().in_order()

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        _refuse_unknown(request, known=("page",))
        _page_number(request)
        return super().list(request, *args, **kwargs)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        _refuse_unknown(request)
        return super().retrieve(request, *args, **kwargs)


@extend_schema_view(
    list=extend_schema(
        summary="Search and browse the control list",
        description=f"Entries and paragraphs of the current edition, the likeliest first. {NO_CLEARANCE}",
        parameters=[
            OpenApiParameter(
                "q",
                str,
                description="Words, a code or its beginning, or a CAS number; at most 1,000 characters.",
                examples=[
                    OpenApiExample("words", value="thermal camera"),
                    OpenApiExample("code", value="3A001.a.5"),
                    OpenApiExample("CAS number", value="111-48-8"),
                ],
            ),
            OpenApiParameter("category", str, enum=Category.values, description="The first digit of the code."),
            OpenApiParameter("segment", str, description="The code of an area, such as CTA01."),
            PAGE,
        ],
        responses={200: ControlSerializer(many=True), **BAD_REQUEST},
    ),
    retrieve=extend_schema(
        summary="Read one paragraph with all above and below it",
        description="Notes travel with the paragraph they belong to. Only the Official Journal is authentic.",
        responses={200: ControlDetailSerializer, **BAD_REQUEST, **NOT_FOUND},
    ),
)
class ControlViewSet(viewsets.ReadOnlyModelViewSet[ControlEntry]):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    serializer_class = ControlSerializer
    queryset = ControlEntry.objects.none()
    lookup_field = "code"
    lookup_value_regex = CODE

    def get_queryset(self) -> ControlEntryQuerySet:
        form = ControlSearchForm(self.request.GET)
        _refuse_unknown(self.request, known=tuple(form.fields))
        if not form.is_valid():
            raise ValidationError({name: [str(error) for error in errors] for name, errors in form.errors.items()})
        return form.results()

    def retrieve(self, request: Request, *_args: Any, **kwargs: Any) -> Response:
        _refuse_unknown(request)
        code = code_typed(kwargs["code"])
        rows = list(ControlEntry.objects.current().filter(entry_code=code[:5]).in_order())
        found = branch(rows, code)
        if found is None:
            raise Http404
        row: Any = found.node.row
        row.notes = found.node.notes
        row.ancestors = [_paragraph(node) for node in found.ancestors]
        row.descendants = list(_below(found.node))
        return Response(ControlDetailSerializer(row).data)


def _below(node: Node) -> Any:
    for child in node.children:
        yield _paragraph(child)
        yield from _below(child)


def _paragraph(node: Node) -> ControlEntry:
    row: Any = node.row
    row.notes = node.notes
    return row  # type: ignore[no-any-return]


router_entries = [
    ("catalogue/segments", SegmentViewSet, "catalogue-segment"),
    ("catalogue/controls", ControlViewSet, "catalogue-control"),
]
