"""The firm's own entry and its draft: read, and replaced as a whole under the rules and sentences of the page's form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS
from django.core.exceptions import ValidationError as ModelValidationError
from django.forms import BaseFormSet
from django.http import Http404, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import (
    BooleanField,
    CharField,
    ChoiceField,
    DateTimeField,
    DictField,
    IntegerField,
    ListField,
    Serializer,
    UUIDField,
)

from catalogue import regions
from organisations.api import StrictSerializer
from organisations.models import Kind, Organisation
from registry.api.own import NO_ENTRY, ORGANISATION, REFUSALS, OwnViewSet
from registry.completeness import completeness
from registry.forms import OF_INSTITUTES, EntryForm, EntryForms, typed_values
from registry.forms import ListField as LinesField
from registry.models import ActivityRole, AgreementVersion, Compliance, Entry, EntryDraft, EvidenceLevel, SizeBand, Willingness
from registry.permissions import may_edit_entry
from registry.services import entries
from registry.services.projection import evidence, own

# --- what comes in ----------------------------------------------------------------------------------------------------


def _text(help_text: str = "") -> CharField:
    """A value whose rules and sentences are the form's; here it is only known to be text."""
    return CharField(required=False, allow_blank=True, help_text=help_text)


def _texts(help_text: str = "") -> ListField:
    return ListField(child=CharField(), required=False, help_text=help_text)


def one_line(value: str) -> None:
    if "\n" in value or "\r" in value:
        raise ValidationError(_("Write each name on one line."))


class OwnActivitySerializer(StrictSerializer):
    segment = CharField(help_text="Code of a technology.")
    role = CharField(help_text=", ".join(ActivityRole.values))
    readiness = IntegerField(
        required=False, allow_null=True, min_value=1, max_value=9, help_text="Technology readiness level, 1 to 9."
    )


class OwnCertificateSerializer(StrictSerializer):
    scheme = CharField(help_text="Such as ISO 9001.")
    number = _text("Shown to those alone who may see your name.")
    valid_until = _text("ISO 8601 day.")


class EntryValuesSerializer(StrictSerializer):
    """All that an entry says. What is left out is empty: the body replaces the entry as a whole."""

    legal_name = _text("Required.")
    unit_name = _text("Of institutes only.")
    trading_names = ListField(child=CharField(validators=[one_line]), required=False)
    country = _text("Required. ISO 3166 alpha-2 code of the country of registration.")
    registration_number = _text("Required.")
    vat_number = _text()
    lei = _text("ISO 17442")
    eori = _text()
    ror = _text("Of institutes only.")
    size_band = _text("Required. " + ", ".join(SizeBand.values))
    region = _text("Required. NUTS code of the seat.")
    other_regions = _texts("NUTS codes")
    nace = _texts("Codes of NACE Rev. 2.1, the main one first")
    products = _text()
    control_entries = _texts("Codes of entries of the control lists in force")
    markets = _texts("UN M49 numbers: " + ", ".join(regions.OFFERED))
    compliance = _text(", ".join(Compliance.values))
    memberships = ListField(child=UUIDField(), required=False, help_text="Ids of associations.")
    partners = _text()
    willingness = _texts(", ".join(Willingness.values))
    website = _text()
    contact_email = _text()
    activities = ListField(child=OwnActivitySerializer(), required=False)
    certifications = ListField(child=OwnCertificateSerializer(), required=False)


LEVELS = {str(level): level for level in range(1, 10)}
# The lines of the form: the name of the list, the prefix by which the form knows it.
LINES = {"activities": "activity", "certifications": "certificate"}


def posted(values: Mapping[str, Any]) -> QueryDict:
    """Return the values as a browser would post them, so that the one form checks them."""
    data = QueryDict(mutable=True)
    for name, value in values.items():
        if name not in LINES:
            items = [str(item) for item in value] if isinstance(value, list) else [value]
            data.setlist(name, ["\n".join(items)] if isinstance(EntryForm.base_fields[name], LinesField) else items)
    for name, prefix in LINES.items():
        lines = values.get(name, [])
        # All of them are lines that are there, so that one which says the same as before is read and not passed over.
        data[f"{prefix}-TOTAL_FORMS"] = data[f"{prefix}-INITIAL_FORMS"] = str(len(lines))
        for place, line in enumerate(lines):
            for part, value in line.items():
                data[f"{prefix}-{place}-{part}"] = "" if value is None else str(value)
    return data


def refused(form: EntryForms) -> dict[str, list[str]]:
    """Return the form's sentences by the names of the body's fields; a line's are under its place, such as activities.0.role."""
    found = {_named(name): [str(error) for error in errors] for name, errors in form.entry.errors.items()}
    for name, lines in (("activities", form.activities), ("certifications", form.certificates)):
        found |= dict(_refused_lines(name, lines))
    return found


def _refused_lines(name: str, lines: BaseFormSet[Any]) -> Iterator[tuple[str, list[str]]]:
    if lines.non_form_errors():
        yield name, [str(error) for error in lines.non_form_errors()]
    for place, line in enumerate(lines.forms):
        for part, errors in line.errors.items():
            yield f"{name}.{place}" + ("" if part == NON_FIELD_ERRORS else f".{part}"), [str(error) for error in errors]


def _named(name: str) -> str:
    return "non_field_errors" if name == NON_FIELD_ERRORS else name


# --- what is read -----------------------------------------------------------------------------------------------------


class CompletenessSerializer(Serializer[Any]):
    filled = IntegerField(help_text="How many of the recommended fields say something.")
    recommended = IntegerField()
    percent = IntegerField()
    missing = ListField(child=CharField(), help_text="Names of the fields that say nothing yet.")


class OwnEntrySerializer(Serializer[Any]):
    id = UUIDField()
    organisation = CharField()
    values = EntryValuesSerializer(help_text="What `PUT` takes.")
    evidence = DictField(
        child=ChoiceField(choices=[choice for choice in EvidenceLevel.choices if choice[0] != EvidenceLevel.SAID]),
        help_text="How fields are confirmed; the others are said by the firm.",
    )
    completeness = CompletenessSerializer()
    is_active = BooleanField(help_text="Whether an agreement is active, so that somebody may see the entry.")
    has_draft = BooleanField()


class DraftSerializer(Serializer[Any]):
    values = EntryValuesSerializer(help_text="What is typed, unchecked.")
    by = CharField(help_text="Who kept it.")
    at = DateTimeField()


def values_of(entry: Entry) -> dict[str, Any]:
    """Return what the entry says in the shape in which it can be sent back."""
    activities = entry.activities.select_related("segment").order_by("segment__code", "role")
    plain = {name: getattr(entry, name) for name in EntryForm.base_fields if name != "memberships"}
    return _of_kind(entry.organisation, plain) | {
        "memberships": [str(pk) for pk in entry.memberships.order_by("name", "pk").values_list("pk", flat=True)],
        "activities": [{"segment": row.segment.code, "role": row.role, "readiness": row.readiness} for row in activities],
        "certifications": entry.certifications,
    }


def _of_kind(firm: Organisation, values: dict[str, Any]) -> dict[str, Any]:
    return values if firm.kind == Kind.INSTITUTE else {name: value for name, value in values.items() if name not in OF_INSTITUTES}


def values_of_draft(draft: EntryDraft, firm: Organisation) -> dict[str, Any]:
    """Return what was typed, on the page or by program, in the same shape; what a list is not split into is left as it is."""
    form = EntryForms.of_draft(draft, kind=firm.kind, entry=None)
    plain = {name: _as_typed(form.entry.fields[name], form.entry.initial.get(name)) for name in form.entry.fields}
    return plain | {
        "activities": [line | {"readiness": LEVELS.get(line["readiness"])} for line in map(dict, form.activities.initial or ())],
        "certifications": list(form.certificates.initial or ()),
    }


def _as_typed(field: Any, value: Any) -> Any:
    if isinstance(field, LinesField):
        return field.items(value or "")
    return value if isinstance(value, list) else value or ""


_EXAMPLE = {
    "legal_name": "Põhjala Photonics OÜ",
    "country": "EE",
    "registration_number": "10000018",
    "size_band": "small",
    "region": "EE001",
    "nace": ["26.11"],
    "products": "Hollow-core fibre for gas sensing",
    "activities": [{"segment": "EU03.2", "role": "develops", "readiness": 6}],
    "certifications": [{"scheme": "ISO 9001", "number": "A 17", "valid_until": "2027-05-31"}],
    "contact_email": "trade@pohjala.example",
}
_SENT = OpenApiExample("an entry", value=_EXAMPLE, request_only=True)
_READ = OpenApiExample(
    "an entry",
    value={
        "id": "3f0f2a52-6f0e-4f7e-8d0a-2f9f6a0c2f11",
        "organisation": "Põhjala Photonics OÜ",
        "values": _EXAMPLE,
        "evidence": {"registration_number": "register"},
        "completeness": {"filled": 10, "recommended": 17, "percent": 58, "missing": ["vat_number", "eori", "markets"]},
        "is_active": True,
        "has_draft": False,
    },
    response_only=True,
    status_codes=["200", "201"],
)
_DRAFT = OpenApiExample(
    "a draft",
    value={"values": {"legal_name": "Põhjala Phot", "activities": []}, "by": "Enn Entry", "at": "2026-11-23T09:30:00+02:00"},
    response_only=True,
    status_codes=["200"],
)


@extend_schema(tags=["your registry entry"], parameters=[ORGANISATION])
class OwnEntryViewSet(OwnViewSet):
    @extend_schema(
        operation_id="own_entry_read",
        summary="Read your entry",
        responses={200: OwnEntrySerializer, **REFUSALS, **NO_ENTRY},
        examples=[_READ],
    )
    def read(self, request: Request) -> Response:  # noqa: ARG002  the library's signature
        firm, _parameters = self._firm()
        return Response(_entry(self._entry(firm)))

    @extend_schema(
        operation_id="own_entry_replace",
        summary="Make or replace your entry",
        description="The body is the whole entry. Under an active agreement, what it lets others see changes at once; what was "
        "confirmed of a field that changes is no longer so. A draft is gone with it. Sent again, it does no more.",
        request=EntryValuesSerializer,
        responses={200: OwnEntrySerializer, 201: OwnEntrySerializer, **REFUSALS},
        examples=[_SENT, _READ],
    )
    def replace(self, request: Request) -> Response:  # noqa: ARG002  the library's signature
        firm, _parameters = self._firm()
        self._refuse_stranger(firm)
        held = Entry.objects.filter(organisation=firm).select_related("organisation").first()
        form = EntryForms.of(posted(self._values(firm)), kind=firm.kind, entry=held, initial={})
        if not form.is_valid():
            raise ValidationError(refused(form))
        try:
            saved = entries.save_entry(
                organisation=firm,
                values=form.values,
                activities=form.activities.activities,
                memberships=form.entry.cleaned_data["memberships"],
                by=self._user(),
                now=timezone.now(),
            )
        except ModelValidationError as error:
            raise ValidationError({_named(name): found for name, found in error.message_dict.items()}) from error
        return Response(_entry(saved), status=status.HTTP_200_OK if held else status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="own_draft_read",
        summary="Read the draft of your entry",
        responses={200: DraftSerializer, **REFUSALS, 404: NO_ENTRY[404]},
        examples=[_DRAFT],
    )
    def read_draft(self, request: Request) -> Response:  # noqa: ARG002  the library's signature
        firm, _parameters = self._firm()
        kept = EntryDraft.objects.filter(organisation=firm).select_related("by").first()
        if kept is None:
            raise Http404
        return Response(_draft(kept, firm))

    @extend_schema(
        operation_id="own_draft_keep",
        summary="Keep a draft of your entry",
        description="In place of the one before; nothing is checked but that it is text where text belongs, and nobody outside "
        "your firm sees it. It is what the page's form starts with.",
        request=EntryValuesSerializer,
        responses={200: DraftSerializer, **REFUSALS},
        examples=[_SENT, _DRAFT],
    )
    def keep_draft(self, request: Request) -> Response:  # noqa: ARG002  the library's signature
        firm, _parameters = self._firm()
        self._refuse_stranger(firm)
        typed = typed_values(posted(self._values(firm)))
        try:
            kept = entries.keep_draft(organisation=firm, typed=typed, by=self._user(), now=timezone.now())
        except entries.UnableToKeep as error:
            sentence = _("This is longer than an entry can be; nothing of it was kept.")
            raise ValidationError({"non_field_errors": [sentence]}) from error
        return Response(_draft(kept, firm))

    @extend_schema(
        operation_id="own_draft_discard",
        summary="Discard the draft of your entry",
        description="The entry stays as it was saved. Sent again, it does no more.",
        responses={204: OpenApiResponse(description="There is no draft."), **REFUSALS},
    )
    def discard_draft(self, request: Request) -> Response:  # noqa: ARG002  the library's signature
        firm, _parameters = self._firm()
        self._refuse_stranger(firm)
        entries.discard_draft(organisation=firm, by=self._user())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _refuse_stranger(self, firm: Organisation) -> None:
        if not may_edit_entry(self.request.user, firm):
            raise PermissionDenied(_("Only an entry editor of the firm writes its entry."))

    def _values(self, firm: Organisation) -> dict[str, Any]:
        """Return what the body says of the entry; raises ValidationError, also for what a firm does not say."""
        said = self._said(EntryValuesSerializer)
        if wrong := [name for name in OF_INSTITUTES if name in said and firm.kind != Kind.INSTITUTE]:
            raise ValidationError({name: [_("Only institutes say this.")] for name in wrong})
        return said


def _entry(entry: Entry) -> dict[str, Any]:
    firm = entry.organisation
    measured = completeness(own(entry), is_institute=firm.kind == Kind.INSTITUTE)
    return {
        "id": entry.pk,
        "organisation": firm.name,
        "values": values_of(entry),
        "evidence": evidence(entry),
        "completeness": {
            "filled": measured.filled,
            "recommended": measured.recommended,
            "percent": measured.percent,
            "missing": [str(field) for field in measured.missing],
        },
        "is_active": AgreementVersion.objects.filter(agreement__entry=entry).in_force(timezone.localdate()).exists(),
        "has_draft": EntryDraft.objects.filter(organisation=firm).exists(),
    }


def _draft(kept: EntryDraft, firm: Organisation) -> dict[str, Any]:
    return {"values": values_of_draft(kept, firm), "by": str(kept.by), "at": kept.at.isoformat()}
