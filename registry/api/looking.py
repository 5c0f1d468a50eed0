"""The registry for other systems: the same gateway, rights and ledger as the pages."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.paginator import EmptyPage, Page
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import (
    BooleanField,
    CharField,
    ChoiceField,
    DictField,
    EmailField,
    IntegerField,
    ListField,
    Serializer,
    URLField,
    UUIDField,
)
from rest_framework.viewsets import ViewSet

from catalogue import regions
from organisations.api import HasScopeIfToken, TokenAuthentication, TokenThrottle, problem
from organisations.models import ApiToken, Scope
from registry import gateway
from registry.api.parameters import checked
from registry.disclosure import Audience, Purpose
from registry.forms import ApiSearchForm, StrictForm, WhoAndWhyForm
from registry.looking.facets import MOST_VALUES, Facet, facets
from registry.looking.forms import MOST_COMPARED, ApiCompareForm, ApiFacetsForm
from registry.models import SPOKEN, ActivityRole, Compliance, EvidenceLevel, LookToken, SizeBand, Willingness
from registry.permissions import Capacity, capacities, capacity_of
from registry.querysets import MOST_COUNTED, ORDERS


class ActivitySerializer(Serializer[Any]):
    code = CharField()
    label = CharField()  # type: ignore[assignment]
    role = ChoiceField(choices=ActivityRole.choices)


class CertificateSerializer(Serializer[Any]):
    scheme = CharField()
    number = CharField(allow_blank=True, help_text="Empty where the name of the firm is hidden.")
    valid_until = CharField(allow_blank=True, help_text="ISO 8601 day; may be empty.")


class PersonSerializer(Serializer[Any]):
    name = CharField(required=False)
    role = CharField(required=False)
    email = EmailField(required=False)
    phone = CharField(required=False)
    languages = ListField(child=ChoiceField(choices=SPOKEN), required=False)


class EntrySerializer(Serializer[Any]):
    """An entry as one audience may see it for one purpose. A field that is hidden or empty is not there."""

    ref = UUIDField(help_text="Stands for the entry within this audience and purpose.")
    legal_name = CharField(required=False)
    unit_name = CharField(required=False, help_text="Of an institute: the department, laboratory or group.")
    trading_names = ListField(child=CharField(), required=False)
    registration_number = CharField(required=False)
    vat_number = CharField(required=False)
    lei = CharField(required=False, help_text="ISO 17442")
    eori = CharField(required=False)
    ror = CharField(required=False, help_text="The nine characters behind https://ror.org/")
    size_band = ChoiceField(choices=SizeBand.choices, required=False)
    region = CharField(required=False, help_text="NUTS code")
    other_regions = ListField(child=CharField(), required=False, help_text="NUTS codes")
    nace = ListField(child=CharField(), required=False, help_text="Codes of NACE Rev. 2.1")
    segments = ListField(child=ActivitySerializer(), required=False)
    readiness = IntegerField(required=False, min_value=1, max_value=9)
    products = CharField(required=False)
    control_entries = ListField(child=CharField(), required=False, help_text="Codes of control lists, as the firm knows them")
    markets = ListField(child=ChoiceField(choices=regions.CHOICES), required=False, help_text="UN M49 numbers")
    certifications = ListField(child=CertificateSerializer(), required=False)
    compliance = ChoiceField(choices=Compliance.choices, required=False)
    memberships = ListField(child=CharField(), required=False, help_text="Names of associations")
    partners = CharField(required=False)
    willingness = ListField(child=ChoiceField(choices=Willingness.choices), required=False)
    website = URLField(required=False)
    contact_email = EmailField(required=False)
    people = ListField(child=PersonSerializer(), required=False, help_text="Contact persons, with what each agrees to")
    evidence = DictField(
        child=ChoiceField(choices=[choice for choice in EvidenceLevel.choices if choice[0] != EvidenceLevel.SAID]),
        required=False,
        help_text="How fields that are here are confirmed; the others are said by the firm.",
    )
    confirmed_in = CharField(
        required=False, help_text="Month, such as 2026-03, in which the firm last confirmed its entry. Only with its name."
    )
    is_stale = BooleanField(required=False, help_text="In place of the month: not confirmed for over a year.")


class EntryPageSerializer(Serializer[Any]):
    count = IntegerField(help_text=f"How many entries there are; {MOST_COUNTED} stands for so many or more.")
    page = IntegerField()
    pages = IntegerField(
        help_text="How many pages there are; where the count is cut, one more than the page as long as one follows."
    )
    results = ListField(child=EntrySerializer())


class FacetValueSerializer(Serializer[Any]):
    code = CharField(help_text="What the parameter of the facet's name takes.")
    label = CharField()  # type: ignore[assignment]
    count = IntegerField()


class FacetSerializer(Serializer[Any]):
    name = CharField(help_text="The parameter that narrows the search.")
    label = CharField()  # type: ignore[assignment]
    values = ListField(child=FacetValueSerializer(), help_text=f"At most {MOST_VALUES}.")


class CountedPageSerializer(EntryPageSerializer):
    facets = ListField(child=FacetSerializer())


class ComparedSerializer(Serializer[Any]):
    results = ListField(child=EntrySerializer(), help_text="In the order asked for.")


WHO_AND_WHY = [
    OpenApiParameter("audience", enum=list(Audience), description="As whom you look, if you may look as more than one."),
    OpenApiParameter("purpose", enum=list(Purpose), description="Required of officials and partners; within those of the token."),
    OpenApiParameter("reason", description="Required of officials and partners; the firms whose entries you see read it."),
]
SEARCH = [
    OpenApiParameter("q", description="Words in the names, products, partners and certifications."),
    OpenApiParameter("segment", description="Code of a technology; those below it are found as well."),
    OpenApiParameter("role", enum=list(ActivityRole), description="What is done; with `segment`, in that technology."),
    OpenApiParameter("readiness", OpenApiTypes.INT, description="The least readiness level, 1 to 9."),
    OpenApiParameter("region", description="NUTS code; the regions below it are found as well."),
    OpenApiParameter("nace", description="Code of NACE Rev. 2.1; those below it are found as well."),
    OpenApiParameter("market", enum=list(regions.OFFERED), description="UN M49 number."),
    OpenApiParameter("control_entry", description="Code of a control list entry, such as 6A003."),
    OpenApiParameter("size", enum=list(SizeBand)),
    OpenApiParameter("compliance", enum=list(Compliance)),
    OpenApiParameter("willing", enum=list(Willingness)),
    OpenApiParameter("ordering", enum=list(ORDERS)),
    OpenApiParameter("page", OpenApiTypes.INT),
]
PAGE_SIZE = [
    OpenApiParameter("page_size", OpenApiTypes.INT, description=f"At most {gateway.LONGEST_PAGE}."),
]
EXAMPLE = {
    "ref": "3f0f2a52-6f0e-4f7e-8d0a-2f9f6a0c2f11",
    "legal_name": "Põhjala Photonics OÜ",
    "size_band": "small",
    "region": "EE001",
    "segments": [{"code": "EU03.2", "label": "Quantum sensing", "role": "develops"}],
}
EXAMPLE_OTHER = EXAMPLE | {"ref": "9b2c1a44-0c1d-4a53-9a0e-6f0d1f1b7c02", "legal_name": "Saare Optics OÜ"}
EXAMPLE_FACET = {
    "name": "region",
    "label": "Region",
    "values": [{"code": "EE001", "label": "Põhja-Eesti (EE001)", "count": 1}],
}
REFUSALS = {
    400: problem("A parameter is unknown, wrong or missing."),
    401: problem("A token that opens nothing."),
    403: problem("A token that does not look, or not as this audience or for this purpose, or whose owner looks so no more."),
    429: problem("More calls than the token has in a minute; again after the seconds of Retry-After."),
}


class EntryViewSet(ViewSet):
    """The entries that the caller may see; every answer is in the ledger of the firms in it before it is sent.

    Strangers look as the public. Who is signed in looks in a capacity of their own, and a program in the one of its token.
    """

    authentication_classes = (TokenAuthentication, SessionAuthentication)
    permission_classes = (HasScopeIfToken,)
    throttle_classes = (TokenThrottle,)
    scope_of = dict.fromkeys(("list", "retrieve", "facets", "compare"), Scope.REGISTRY_LOOK)
    lookup_field = "ref"
    lookup_value_converter = "uuid"

    @extend_schema(
        operation_id="registry_entries_list",
        summary="List entries",
        parameters=[*WHO_AND_WHY, *SEARCH, *PAGE_SIZE],
        responses={200: EntryPageSerializer, 404: problem("No such page."), **REFUSALS},
        examples=[
            OpenApiExample(
                "A page", value={"count": 1, "page": 1, "pages": 1, "results": [EXAMPLE]}, response_only=True, status_codes=["200"]
            )
        ],
    )
    def list(self, request: Request) -> Response:
        form = ApiSearchForm(request.query_params)
        gate = gate_of(request, form)
        try:
            page = gate.page(
                form.question,
                number=form.number,
                size=form.cleaned_data["page_size"] or gateway.PAGE_SIZE,
                fields=gateway.ALL_FIELDS,
            )
        except EmptyPage as error:
            raise NotFound(_("There is no such page.")) from error
        return _answer(_page(page))

    @extend_schema(
        operation_id="registry_entries_facets",
        summary="Count what entries have, beside a page of them",
        description=f"The counts stand beside {gateway.PAGE_SIZE} entries, with fewer fields than in the list: the ledger names "
        f"entries, and the fields that are counted. Of {MOST_COUNTED} entries or more, the first so many are counted.",
        parameters=[*WHO_AND_WHY, *SEARCH],
        responses={200: CountedPageSerializer, 404: problem("No such page."), **REFUSALS},
        examples=[
            OpenApiExample(
                "Counts",
                value={"count": 1, "page": 1, "pages": 1, "results": [EXAMPLE], "facets": [EXAMPLE_FACET]},
                response_only=True,
                status_codes=["200"],
            )
        ],
        filters=False,
    )
    def facets(self, request: Request) -> Response:
        form = ApiFacetsForm(request.query_params)
        gate = gate_of(request, form)
        try:
            found = gate.found(form.question, number=form.number)
        except EmptyPage as error:
            raise NotFound(_("There is no such page.")) from error
        return _answer(_page(found.page) | {"facets": [_counted(facet) for facet in facets(form, found.counts)]})

    @extend_schema(
        operation_id="registry_entries_compare",
        summary="Compare entries",
        description="If one of them isn't there, none is shown. The ledger has a look at each.",
        parameters=[
            OpenApiParameter(
                "entry", OpenApiTypes.UUID, required=True, many=True, description=f"Two to {MOST_COMPARED} entries, by `ref`."
            ),
            *WHO_AND_WHY,
        ],
        responses={200: ComparedSerializer, 404: problem("One of them is not listed."), **REFUSALS},
        examples=[
            OpenApiExample(
                "Two entries",
                value={"results": [EXAMPLE, EXAMPLE_OTHER]},
                response_only=True,
                status_codes=["200"],
            )
        ],
        filters=False,
    )
    def compare(self, request: Request) -> Response:
        form = ApiCompareForm(request.query_params)
        gate = gate_of(request, form)
        try:
            return _answer({"results": [plain(found) for found in gate.several(form.cleaned_data["entry"])]})
        except gateway.NotDisclosed as error:
            raise NotFound from error

    @extend_schema(
        operation_id="registry_entries_retrieve",
        summary="Read one entry",
        parameters=[OpenApiParameter("ref", OpenApiTypes.UUID, OpenApiParameter.PATH), *WHO_AND_WHY],
        responses={
            200: EntrySerializer,
            404: problem("Not listed."),
            **REFUSALS,
        },
        examples=[OpenApiExample("An entry", value=EXAMPLE, response_only=True, status_codes=["200"])],
    )
    def retrieve(self, request: Request, ref: uuid.UUID) -> Response:
        gate = gate_of(request, WhoAndWhyForm(request.query_params))
        try:
            return _answer(plain(gate.one(ref)))
        except gateway.NotDisclosed as error:
            raise NotFound from error


def gate_of(request: Request, form: StrictForm) -> gateway.Gate:
    """Return leave to look; raises ValidationError for parameters that are wrong, unknown or missing, or PermissionDenied."""
    said, today = checked(form).cleaned_data, timezone.localdate()
    capacity, purposes = _capacity(request, said["audience"], today=today)
    purpose = said["purpose"] or gateway.USUAL_PURPOSES.get(capacity.audience)
    if said["purpose"] and purpose not in purposes:
        raise PermissionDenied(_("This token is for no such purpose, only for %(purposes)s.") % {"purposes": ", ".join(purposes)})
    missing = {}
    if purpose not in purposes:
        missing["purpose"] = [_("Say for what: %(purposes)s.") % {"purposes": ", ".join(purposes)}]
    if capacity.says_why and not said["reason"].strip():
        missing["reason"] = [_("Required of officials, here and of partners.")]
    if missing:
        raise ValidationError(missing)
    return gateway.disclosed(request.user, Purpose(str(purpose)), said["reason"], today=today, capacity=capacity)


def _capacity(request: Request, audience: str, *, today: date) -> tuple[Capacity, Sequence[str]]:
    """Return as whom and for what the caller may look; raises PermissionDenied or ValidationError."""
    if isinstance(request.auth, ApiToken):
        return _bound(request.auth, audience, today=today)
    for capacity in capacities(request.user, today=today):
        if audience in ("", capacity.audience):
            return capacity, list(Purpose)
    raise ValidationError({"audience": [_("You can't look as this audience.")]})


def _bound(token: ApiToken, audience: str, *, today: date) -> tuple[Capacity, Sequence[str]]:
    """Return to what a token is bound, as long as its owner looks so; raises PermissionDenied."""
    bound = LookToken.objects.select_related("organisation").filter(token=token).first()
    capacity = capacity_of(bound, token.owner, today=today) if bound else None
    if bound is None or capacity is None:
        raise PermissionDenied(_("This token opens nothing: its owner does not look as its audience any more."))
    if audience not in ("", capacity.audience):
        raise PermissionDenied(_("This token looks as %(audience)s, and as nobody else.") % {"audience": capacity.audience})
    return capacity, bound.purposes


def _page(page: Page[gateway.Listed]) -> dict[str, Any]:
    return {
        "count": page.paginator.count,
        "page": page.number,
        "pages": page.paginator.num_pages,
        "results": [plain(found) for found in page],
    }


def _counted(facet: Facet) -> dict[str, Any]:
    values = [{"code": value.code, "label": value.label, "count": value.number} for value in facet.values]
    return {"name": facet.name, "label": str(facet.label), "values": values}


def plain(found: gateway.Listed) -> dict[str, Any]:
    return {"ref": str(found.ref), **{str(field): value for field, value in found.values.items()}, **found.beside}


def _answer(data: dict[str, Any]) -> Response:
    """No cache may hold an answer that was written into a ledger, or show it to somebody else."""
    return Response(data, headers={"Cache-Control": "no-store, private"})
