"""The firm's agreement by program: read, proposed, talked about and closed. Signing stays on the page, with the second factor."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import status
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import (
    CharField,
    ChoiceField,
    DateField,
    DateTimeField,
    IntegerField,
    ListField,
    RegexField,
    Serializer,
    SerializerMethodField,
    UUIDField,
)

from organisations.api import EmptySerializer, StrictSerializer, problem
from organisations.models import Organisation
from organisations.validators import plain_text
from registry import disclosure, lifecycle, signing
from registry.api.own import NO_ENTRY, NOT_NOW, ORGANISATION, PAGE, REFUSALS, NotNow, OwnViewSet
from registry.disclosure import MOST_NAMED, NAMED, TEMPLATES, Audience, Terms
from registry.forms import (
    CHOSEN,
    EXCEPTION_PARTS,
    NOTHING,
    ONE_YEAR,
    PERIOD,
    AnswerForm,
    OwnPageForm,
    TermsForm,
    exception_name,
    kept_terms,
    why_not,
)
from registry.models import AgreementVersion, ChangedLine, Clause, Side, compared
from registry.permissions import may_propose, may_sign
from registry.services import agreements, pausing, talks
from registry.services.moves import LONGEST_REASON, UnableToAgree, UnableToMove

MOST_EVENTS = 50
MOST_LINES = len(Audience) + MOST_NAMED
_ONE = f"{NAMED}[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}"
A_LINE = f"^({'|'.join(Audience)}|{_ONE})$"  # the name of a line: an audience, or one association
SIGNS = "Signing needs the second factor and is done on the page."


# --- what comes in ----------------------------------------------------------------------------------------------------


class TermsLineSerializer(StrictSerializer):
    """What one audience may see, and for what."""

    audience = RegexField(
        A_LINE,
        help_text=f"`{'`, `'.join(Audience)}`; or `{NAMED}` and the id of one association, which then sees this line instead of "
        "that of `associations`, and nothing if the line has no fields and no purposes.",
        error_messages={"invalid": gettext_lazy("There is no such audience.")},
    )
    fields = ListField(child=CharField(), help_text=", ".join(disclosure.Field))  # type: ignore[assignment]
    purposes = ListField(child=CharField(), help_text=", ".join(disclosure.Purpose))


class ProposalSerializer(StrictSerializer):
    """A template by its name, or lines; not both."""

    template = ChoiceField(choices=list(TEMPLATES), required=False)
    lines = ListField(
        child=TermsLineSerializer(),
        required=False,
        max_length=MOST_LINES,
        help_text=f"One for each audience that sees anything, and for at most {MOST_NAMED} associations of their own.",
    )
    valid_from = DateField(required=False, help_text="Today, if it is left out.")
    valid_until = DateField(required=False, help_text="A year later, if it is left out; five years at most.")
    answers = UUIDField(required=False, help_text="Id of the focal point's counter-offer to which these terms are the answer.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("template" in attrs) == ("lines" in attrs):
            raise ValidationError({"template": [_("Name a template or write lines, one of the two.")]})
        named = [line["audience"] for line in attrs.get("lines", ())]
        if len(named) != len(set(named)):
            raise ValidationError({"lines": [_("Write one line for each audience.")]})
        return attrs


class CounterAnswerSerializer(StrictSerializer):
    keep = ListField(
        child=RegexField(A_LINE.replace("^(", f"^({PERIOD}|")),
        allow_empty=False,
        help_text="The lines that stay as you proposed them: names of audiences, and `period`. The others are accepted.",
    )


class ReasonSerializer(StrictSerializer):
    reason = CharField(max_length=LONGEST_REASON, validators=[plain_text], help_text="The focal point reads it.")


# --- what is read -----------------------------------------------------------------------------------------------------


class VersionRowSerializer(Serializer[Any]):
    id = UUIDField()
    number = IntegerField()
    state = ChoiceField(choices=list(lifecycle.STATES))
    side = ChoiceField(choices=Side.choices, help_text="Who proposed it.")
    answers = UUIDField(source="answers_id", allow_null=True, help_text="The proposal to which it is the reply.")
    valid_from = DateField()
    valid_until = DateField()
    sha256 = CharField(help_text="Of the text that is signed.")
    offered_at = DateTimeField()
    sent_at = DateTimeField(allow_null=True, help_text="When you let the focal point read it before anybody signed.")
    signed_at = DateTimeField(allow_null=True)
    countersigned_at = DateTimeField(allow_null=True)
    ended_at = DateTimeField(allow_null=True)
    suspended_by = ChoiceField(choices=Side.choices, allow_blank=True)


class ClauseSerializer(Serializer[Any]):
    """A sentence of the text in plain words."""

    audience = CharField()
    fields = ListField(child=CharField())  # type: ignore[assignment]
    purposes = ListField(child=CharField())


class DifferenceSerializer(Serializer[Any]):
    """A line in which the text differs from the one it answers, or from the one in force."""

    audience = CharField()
    label = CharField()  # type: ignore[assignment]
    before = ClauseSerializer(many=True)
    after = ClauseSerializer(many=True)
    more = ListField(child=CharField())
    less = ListField(child=CharField())


class MoveSerializer(Serializer[Any]):
    move = CharField()
    label = CharField()  # type: ignore[assignment]
    side = CharField(allow_blank=True, help_text="Empty where the calendar moved it.")
    at = DateTimeField()
    reason = CharField(allow_blank=True)


class VersionSerializer(VersionRowSerializer):
    lines = SerializerMethodField(help_text="The terms, in the shape in which they are proposed.")
    clauses = ClauseSerializer(many=True)
    differences = SerializerMethodField()
    moves = SerializerMethodField(help_text="The latest moves, newest first.")

    @extend_schema_field(TermsLineSerializer(many=True))
    def get_lines(self, version: AgreementVersion) -> list[dict[str, Any]]:
        return lines_of(version.terms)

    @extend_schema_field(DifferenceSerializer(many=True))
    def get_differences(self, version: AgreementVersion) -> list[dict[str, Any]]:
        before = version.replaced
        return [_difference(line) for line in compared(before.terms, version.terms)] if before else []

    @extend_schema_field(MoveSerializer(many=True))
    def get_moves(self, version: AgreementVersion) -> Any:
        return MoveSerializer(version.events.order_by("-at", "-pk")[:MOST_EVENTS], many=True).data


class EndedSerializer(Serializer[Any]):
    ended = ListField(child=UUIDField(), help_text="The versions that ended; none where there was nothing left to withdraw.")


def lines_of(terms: Terms) -> list[dict[str, Any]]:
    """Return the terms as lines: what an audience may see, for the purposes for which it is the same."""
    found: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (audience, purpose), fields in sorted(disclosure.compile(terms).items()):
        shown = tuple(str(field) for field in disclosure.Field if field in fields)
        found.setdefault((str(audience), shown), []).append(str(purpose))
    lines = [{"audience": who, "fields": list(fields), "purposes": purposes} for (who, fields), purposes in found.items()]
    blind = sorted(set(disclosure.named_in(terms)) - {who for who, _fields in found})
    return lines + [{"audience": who, "fields": [], "purposes": []} for who in blind]


def _difference(line: ChangedLine) -> dict[str, Any]:
    return {
        "audience": str(line.audience),
        "label": str(line.label),
        "before": [_clause(clause) for clause in line.before],
        "after": [_clause(clause) for clause in line.after],
        "more": [str(label) for label in line.more],
        "less": [str(label) for label in line.less],
    }


def _clause(clause: Clause) -> dict[str, Any]:
    return {
        "audience": str(clause.audience),
        "fields": [str(label) for label in clause.fields],
        "purposes": [str(label) for label in clause.purposes],
    }


_ID = "6a0f2f0e-5d8e-4c62-9d0d-4d2f6f4f3c11"
_ROW: dict[str, Any] = {
    "id": _ID,
    "number": 2,
    "state": "offered",
    "side": "focal-point",
    "answers": "3f0f2a52-6f0e-4f7e-8d0a-2f9f6a0c2f11",
    "valid_from": "2026-12-01",
    "valid_until": "2027-11-30",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "offered_at": "2026-11-23T09:30:00+02:00",
    "sent_at": None,
    "signed_at": None,
    "countersigned_at": None,
    "ended_at": None,
    "suspended_by": "",
}
_LINE = {"audience": "associations", "fields": ["legal_name", "region"], "purposes": ["outreach"]}
_CLAUSE = {
    "audience": "Industry associations",
    "fields": ["Legal name", "Region"],
    "purposes": ["To invite us to talks and events"],
}
_VERSION = OpenApiExample(
    "a version",
    value=_ROW
    | {
        "lines": [_LINE],
        "clauses": [_CLAUSE],
        "differences": [
            {
                "audience": "associations",
                "label": "Industry associations",
                "before": [],
                "after": [_CLAUSE],
                "more": ["Legal name", "Region", "To invite us to talks and events"],
                "less": [],
            }
        ],
        "moves": [
            {
                "move": "counter",
                "label": "Other terms proposed",
                "side": "focal-point",
                "at": "2026-11-23T09:30:00+02:00",
                "reason": "Associations need a way to invite you.",
            }
        ],
    },
    response_only=True,
    status_codes=["200", "201"],
)
_PROPOSE = [
    OpenApiExample("a template", value={"template": "associations-only"}, request_only=True),
    OpenApiExample("lines", value={"lines": [_LINE], "valid_from": "2026-12-01", "valid_until": "2027-11-30"}, request_only=True),
]
_OF_ONE = {**REFUSALS, **NO_ENTRY}


@extend_schema(tags=["your registry agreement"], parameters=[ORGANISATION])
class AgreementViewSet(OwnViewSet):
    @extend_schema(
        operation_id="own_agreement_list",
        summary="List the versions of your agreement",
        description=f"The newest first. {SIGNS}",
        parameters=[PAGE],
        responses={200: VersionRowSerializer(many=True), 404: problem("No such page."), **REFUSALS},
        examples=[OpenApiExample("a version", value=_ROW, response_only=True, status_codes=["200"])],
        filters=False,
    )
    def list(self, request: Request) -> Response:  # noqa: ARG002  the library's signature
        firm, _parameters = self._firm(OwnPageForm)
        found = AgreementVersion.objects.filter(agreement__entry__organisation=firm).order_by("-number", "pk")
        page = self.paginate_queryset(found.defer("terms", "signature", "receipt"))
        return self.get_paginated_response(VersionRowSerializer(page, many=True).data)

    @extend_schema(
        operation_id="own_agreement_propose",
        summary="Propose terms",
        description="A new version; one that was only on its way gives place to it, and one in force stays until the new one is "
        f"countersigned. Proposing the same again returns the version it made. {SIGNS}",
        request=ProposalSerializer,
        responses={201: VersionSerializer, **_OF_ONE, **NOT_NOW},
        examples=[*_PROPOSE, _VERSION],
    )
    def propose(self, request: Request) -> Response:  # noqa: ARG002  the library's signature
        firm, _parameters = self._firm()
        self._refuse_who_may_not_propose(firm)
        entry, said = self._entry(firm), self._said(ProposalSerializer)
        counter = self._counter(firm, said["answers"]) if "answers" in said else None
        form = _terms_form(said)
        if not form.is_valid():
            raise ValidationError(_refused(form))
        checked = form.cleaned_data
        try:
            made = agreements.offer(
                entry=entry,
                terms=checked["terms"],
                valid_from=checked["valid_from"],
                valid_until=checked["valid_until"],
                by=self._user(),
                now=timezone.now(),
                answers=counter,
            )
        except agreements.UnableToOffer as error:
            raise ValidationError({"lines": why_not(error)}) from error
        return self._answer(made, code=status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="own_agreement_read",
        summary="Read a version of your agreement",
        responses={200: VersionSerializer, **_OF_ONE},
        examples=[_VERSION],
    )
    def retrieve(self, request: Request, pk: UUID) -> Response:  # noqa: ARG002  the library's signature
        return self._answer(self._version(pk)[1])

    @extend_schema(
        operation_id="own_agreement_receipt",
        summary="Get the sealed receipt of a version",
        description="It is there once both sides have signed, and verifies offline.",
        responses={(200, "application/ld+json"): OpenApiTypes.OBJECT, **_OF_ONE},
        examples=[
            OpenApiExample(
                "a receipt",
                value={"@type": "ConsentRecord", "receipt": "…"},
                response_only=True,
                status_codes=["200"],
                media_type="application/ld+json",
            )
        ],
    )
    def receipt(self, request: Request, pk: UUID) -> HttpResponse:  # noqa: ARG002  the library's signature
        _firm, found = self._version(pk)
        if not found.receipt:
            raise Http404
        return HttpResponse(signing.as_file(found.receipt), content_type="application/ld+json")

    @extend_schema(
        operation_id="own_agreement_send",
        summary="Send a proposal to the focal point to talk it over",
        description="Nobody else reads it, and nothing is signed. Sent again, it does no more.",
        request=EmptySerializer,
        responses={200: VersionSerializer, **_OF_ONE, **NOT_NOW},
        examples=[_VERSION],
    )
    def send(self, request: Request, pk: UUID) -> Response:  # noqa: ARG002  the library's signature
        self._said(EmptySerializer)
        _firm, found = self._version(pk)
        try:
            return self._answer(talks.send(version=found, by=self._user(), now=timezone.now()))
        except UnableToAgree as error:
            raise PermissionDenied from error
        except UnableToMove as error:
            raise NotNow(_("This version can't be sent any more.")) from error

    @extend_schema(
        operation_id="own_agreement_answer",
        summary="Answer a counter-offer of the focal point line by line",
        description="Makes a new version of its terms with the lines that you keep. To accept every line, sign it on the page; to "
        "answer with other terms, propose them and name the counter-offer in `answers`.",
        request=CounterAnswerSerializer,
        responses={201: VersionSerializer, **_OF_ONE, **NOT_NOW},
        examples=[OpenApiExample("keep two lines", value={"keep": ["associations", "period"]}, request_only=True), _VERSION],
    )
    def answer(self, request: Request, pk: UUID) -> Response:  # noqa: ARG002  the library's signature
        firm, _parameters = self._firm()
        self._refuse_who_may_not_propose(firm)
        keep = set(self._said(CounterAnswerSerializer)["keep"])
        counter = self._counter(firm, pk)
        assert counter.answers is not None  # noqa: S101  a counter-offer has one; tells the type checker
        differing = AnswerForm(counter=counter, mine=counter.answers).fields
        if alike := sorted(keep - set(differing)):
            sentence = _("These lines don't differ: %(alike)s. Those that do: %(differing)s.")
            raise ValidationError({"keep": [sentence % {"alike": ", ".join(alike), "differing": ", ".join(differing)}]})
        terms, (valid_from, valid_until) = kept_terms(counter, counter.answers, keep)
        try:
            made = agreements.offer(
                entry=counter.agreement.entry,
                terms=terms,
                valid_from=valid_from,
                valid_until=valid_until,
                by=self._user(),
                now=timezone.now(),
                answers=counter,
            )
        except agreements.UnableToOffer as error:
            raise ValidationError({"keep": why_not(error)}) from error
        return self._answer(made, code=status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="own_agreement_decline",
        summary="Refuse a counter-offer of the focal point",
        description="For who may sign for the firm. What is in force stays.",
        request=ReasonSerializer,
        responses={200: VersionSerializer, **_OF_ONE, **NOT_NOW},
        examples=[OpenApiExample("a reason", value={"reason": "We can't name our partners."}, request_only=True), _VERSION],
    )
    def decline(self, request: Request, pk: UUID) -> Response:  # noqa: ARG002  the library's signature
        firm, _parameters = self._firm()
        self._refuse_who_may_not_sign(firm)
        reason = self._said(ReasonSerializer)["reason"]
        counter = self._counter(firm, pk)
        try:
            return self._answer(talks.decline(version=counter, reason=reason, by=self._user(), now=timezone.now()))
        except UnableToMove as error:  # answered meanwhile
            raise NotNow(_("This proposal is answered already, or withdrawn.")) from error

    @extend_schema(
        operation_id="own_agreement_suspend",
        summary="Suspend the agreement in force",
        description="For who may sign for the firm. From that moment nobody sees the entry; resuming is done on the page.",
        request=EmptySerializer,
        responses={200: VersionSerializer, **_OF_ONE, **NOT_NOW},
        examples=[_VERSION],
    )
    def suspend(self, request: Request) -> Response:  # noqa: ARG002  the library's signature
        self._said(EmptySerializer)
        firm, _parameters = self._firm()
        self._refuse_who_may_not_sign(firm)
        try:
            found = pausing.standing(self._entry(firm))
            return self._answer(pausing.suspend(version=found, side=Side.FIRM, by=self._user(), now=timezone.now()))
        except (UnableToMove, pausing.NothingStands) as error:
            raise NotNow(_("The agreement is no longer in a state in which this is possible.")) from error

    @extend_schema(
        operation_id="own_agreement_withdraw",
        summary="Withdraw: end every version, at once",
        description="For who may sign for the firm. From that moment nobody sees the entry. It only closes, so it needs no second "
        "factor. Sent again, it does no more.",
        request=EmptySerializer,
        responses={200: EndedSerializer, **_OF_ONE},
        examples=[OpenApiExample("withdrawn", value={"ended": [_ID]}, response_only=True, status_codes=["200"])],
    )
    def withdraw(self, request: Request) -> Response:  # noqa: ARG002  the library's signature
        self._said(EmptySerializer)
        firm, _parameters = self._firm()
        self._refuse_who_may_not_sign(firm)
        try:
            ended = agreements.withdraw(entry=self._entry(firm), by=self._user(), now=timezone.now())
        except agreements.NothingToWithdraw:
            ended = []
        return Response({"ended": [version.pk for version in ended]})

    def _version(self, pk: UUID) -> tuple[Organisation, AgreementVersion]:
        """Return a version of the firm's; raises Http404."""
        firm, _parameters = self._firm()
        found = AgreementVersion.objects.filter(agreement__entry__organisation=firm, pk=pk).with_firm().first()
        if found is None:
            raise Http404
        return firm, found

    def _counter(self, firm: Organisation, pk: UUID) -> AgreementVersion:
        """Return a counter-offer that waits for the firm; raises Http404 or NotNow."""
        versions = AgreementVersion.objects.filter(agreement__entry__organisation=firm, side=Side.FOCAL_POINT)
        found = versions.with_firm().filter(pk=pk).first()
        if found is None:
            raise Http404
        if not found.is_pending or found.answers is None:
            raise NotNow(_("This proposal is answered already, or withdrawn."))
        return found

    def _refuse_who_may_not_propose(self, firm: Organisation) -> None:
        if not may_propose(self.request.user, firm):
            raise PermissionDenied(_("Only an entry editor or a signatory of the firm proposes terms."))

    def _refuse_who_may_not_sign(self, firm: Organisation) -> None:
        if not may_sign(self.request.user, firm):
            raise PermissionDenied(_("Only a signatory of the firm does this."))

    def _answer(self, version: AgreementVersion, *, code: int = status.HTTP_200_OK) -> Response:
        return Response(VersionSerializer(version).data, status=code)


def _terms_form(said: dict[str, Any]) -> TermsForm:
    """The page's table of terms, filled in from a template or from lines."""
    today = timezone.localdate()
    first = said.get("valid_from", today)
    data = QueryDict(mutable=True)
    data["valid_from"] = first.isoformat()
    until = said.get("valid_until") or (first + ONE_YEAR if first <= date.max - ONE_YEAR else first)
    data["valid_until"] = until.isoformat()
    lines = said["lines"] if "lines" in said else lines_of(TEMPLATES[said["template"]])
    own = [line for line in lines if disclosure.association_of(line["audience"])]
    for place, line in enumerate(own):
        sees = CHOSEN if line["fields"] or line["purposes"] else NOTHING
        for part, values in zip(EXCEPTION_PARTS, ([line["audience"]], [sees], line["fields"], line["purposes"]), strict=True):
            data.setlist(exception_name(place, part), values)
    for line in lines:
        data.setlist(f"fields_{line['audience']}", line["fields"])
        data.setlist(f"purposes_{line['audience']}", line["purposes"])
    return TermsForm(data, today=today)


def _refused(form: TermsForm) -> dict[str, list[str]]:
    """The form's sentences: of the period by its fields, of the table under lines."""
    found: dict[str, list[str]] = {}
    for name, errors in form.errors.items():
        key = name if name in ("valid_from", "valid_until") else "lines"
        found.setdefault(key, []).extend(str(error) for error in errors)
    return found
