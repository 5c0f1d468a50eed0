"""Terms, answers to them and reasons, on both sides of an agreement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from organisations.models import Kind, Organisation
from organisations.validators import plain_text
from registry import disclosure, gateway
from registry.disclosure import MOST_NAMED, PROHIBITED_PURPOSES, Audience, Field, Purpose, Rule, Terms
from registry.forms.addresses import PageForm
from registry.models import (
    AUDIENCE_LABELS,
    FIELD_LABELS,
    PURPOSE_LABELS,
    AgreementVersion,
    ChangedLine,
    EvidenceLevel,
    audience_label,
    compared,
)
from registry.services import agreements
from registry.services.moves import LONGEST_REASON

BLANK_EXCEPTIONS = 2  # for further associations, in every form
NOTHING, CHOSEN, LIKE_ALL = "nothing", "chosen", "like-all"
LONGEST_PERIOD = timedelta(days=5 * 366)
ONE_YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Box:
    """One box to tick in the table of terms."""

    name: str
    value: str
    id: str
    is_ticked: bool
    label: str


@dataclass(frozen=True)
class NamedAssociation:
    """The part of the form about one association that sees something else: what is chosen of it, and what the boxes say."""

    place: int
    association: forms.BoundField
    sees: forms.BoundField
    fields: forms.BoundField
    purposes: forms.BoundField

    @property
    def parts(self) -> tuple[forms.BoundField, ...]:
        return self.association, self.sees, self.fields, self.purposes

    @property
    def is_filled(self) -> bool:
        return any(part.value() or part.errors for part in self.parts)


class TermsForm(forms.Form):
    """A table: for every audience, the fields that it may see and the purposes for which it may.

    Below it the associations that see something else than the others, a part of the form each.
    """

    template_name = "registry/terms_form.html"
    valid_from = forms.DateField(label=gettext_lazy("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    valid_until = forms.DateField(
        label=gettext_lazy("Until"),
        help_text=gettext_lazy("You can withdraw on any day before."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(
        self,
        *args: Any,
        today: date,
        terms: Terms | None = None,
        period: tuple[date, date] | None = None,
        **kwargs: Any,
    ) -> None:
        first, last = period or (today, today + ONE_YEAR)
        starting = {"valid_from": first, "valid_until": last, **_initial_boxes(terms), **_initial_exceptions(terms)}
        super().__init__(*args, **{**kwargs, "initial": starting})
        self._today = today
        for audience, label in AUDIENCE_LABELS.items():
            self.fields[f"fields_{audience}"] = _boxes(_("%(audience)s: may see") % {"audience": label}, FIELD_LABELS)
            self.fields[f"purposes_{audience}"] = _boxes(
                _("%(audience)s: for what") % {"audience": label}, PURPOSE_LABELS, PurposesField
            )
        self.places = range(self._exceptions_asked(terms))
        associations = _association_choices()
        for place in self.places:
            self.fields |= _exception_fields(place, associations)

    def _exceptions_asked(self, terms: Terms | None) -> int:
        """How many parts there are: as many as were sent, or those of the text and blank ones."""
        sent = [place for place in range(MOST_NAMED) if exception_name(place, "association") in self.data]
        held = len(disclosure.named_in(terms)) if terms else 0
        return max(sent) + 1 if sent else min(held + BLANK_EXCEPTIONS, MOST_NAMED)

    def exceptions(self) -> list[NamedAssociation]:
        return [NamedAssociation(place, *(self[exception_name(place, part)] for part in EXCEPTION_PARTS)) for place in self.places]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self._clean_period(cleaned)
        fields = {audience: [Field(value) for value in cleaned.get(f"fields_{audience}", [])] for audience in Audience}
        purposes = {audience: [Purpose(value) for value in cleaned.get(f"purposes_{audience}", [])] for audience in Audience}
        self._clean_pairs(fields, purposes)
        rules = disclosure.read(disclosure.grid(fields, purposes))
        named = self._clean_exceptions(cleaned, rules)
        own = [rule for audience, (_place, wanted) in named.items() for rule in disclosure.instead(rules, audience, wanted)]
        cleaned["terms"] = disclosure.write([*rules, *own])
        for (audience, _purpose), telling in disclosure.contradictions(cleaned["terms"]):
            name = exception_name(named[audience][0], "fields") if audience in named else f"fields_{audience}"
            self._add_once(name, contradiction(audience, telling))
        if not self.errors and not cleaned["terms"]["rules"]:
            raise ValidationError(_("Tick at least one field and one purpose for one audience."))
        return cleaned

    def _clean_exceptions(self, cleaned: Mapping[str, Any], rules: list[Rule]) -> dict[str, tuple[int, _Wanted]]:
        """Return for each association that sees something else where the form says so, and what it sees."""
        if exception_name(MOST_NAMED, "association") in self.data:
            self.add_error(None, _("An agreement names at most %(most)s associations.") % {"most": MOST_NAMED})
        found: dict[str, tuple[int, _Wanted]] = {}
        for place in self.places:
            said = {part: cleaned.get(exception_name(place, part)) for part in EXCEPTION_PARTS}
            if refused := self._why_no_exception(place, said, found, rules):
                self.add_error(*refused)
            elif said["association"] and said["sees"] != LIKE_ALL and not self._is_refused(place):
                found[str(said["association"])] = place, _wanted(said)
        return found

    def _is_refused(self, place: int) -> bool:
        return any(exception_name(place, part) in self.errors for part in EXCEPTION_PARTS)

    def _why_no_exception(
        self, place: int, said: Mapping[str, Any], before: Mapping[str, Any], rules: list[Rule]
    ) -> tuple[str, str] | None:
        """Return the field at which what is said of one association is wrong, and why; None where it is sound or says nothing."""
        if self._is_refused(place) or not any(said.values()) or said["sees"] == LIKE_ALL:
            return None
        is_ticked = bool(said["fields"] or said["purposes"])
        wrong = [
            ("association", not said["association"], _("Choose the association, or that it sees what all associations see.")),
            ("association", said["association"] in before, _("You name this association twice: say all of it in one place.")),
            ("sees", not said["sees"], _("Say whether this association sees nothing, or what you tick.")),
            ("sees", said["sees"] == NOTHING and is_ticked, _("You chose that it sees nothing, and ticked what it may see.")),
            ("fields", said["sees"] == CHOSEN and not said["fields"], _("Tick what this association may see, or choose nothing.")),
            ("purposes", said["sees"] == CHOSEN and not said["purposes"], _("Tick for what this association may see it.")),
        ]
        if refused := next(((part, sentence) for part, is_wrong, sentence in wrong if is_wrong), None):
            return exception_name(place, refused[0]), refused[1]
        if not disclosure.instead(rules, said["association"], _wanted(said)):
            return exception_name(place, "sees"), _("All associations see the same: change what you say of it, or leave it out.")
        return None

    def _clean_period(self, cleaned: Mapping[str, Any]) -> None:
        start, end = cleaned.get("valid_from"), cleaned.get("valid_until")
        if start is None or end is None:
            return
        if end < max(start, self._today):
            self.add_error("valid_until", _("The last day can't be before the first, nor in the past."))
        if end - start > LONGEST_PERIOD:
            self.add_error("valid_until", _("An agreement lasts at most five years; choose an earlier day."))

    def _clean_pairs(self, fields: Mapping[Audience, list[Field]], purposes: Mapping[Audience, list[Purpose]]) -> None:
        for audience, label in AUDIENCE_LABELS.items():
            if fields[audience] and not purposes[audience]:
                self.add_error(f"purposes_{audience}", _("%(audience)s: say for what they may see it.") % {"audience": label})
            if purposes[audience] and not fields[audience]:
                self.add_error(
                    f"fields_{audience}", _("%(audience)s: say what they may see, or untick the purposes.") % {"audience": label}
                )

    def _add_once(self, name: str, message: str) -> None:
        if message not in self.errors.get(name, []):
            self.add_error(name, message)

    def field_rows(self) -> list[tuple[Any, list[Box]]]:
        """The rows of the table that say what may be seen: a label, and a box for each audience."""
        return self._rows("fields", FIELD_LABELS)

    def purpose_rows(self) -> list[tuple[Any, list[Box]]]:
        """The rows of the table that say for what."""
        return self._rows("purposes", PURPOSE_LABELS)

    def audiences(self) -> list[Any]:
        return list(AUDIENCE_LABELS.values())

    def _rows(self, kind: str, labels: Mapping[Any, Any]) -> list[tuple[Any, list[Box]]]:
        ticked = {audience: set(self[f"{kind}_{audience}"].value() or []) for audience in Audience}
        return [
            (label, [self._box(kind, audience, value, place, ticked[audience]) for audience in Audience])
            for place, (value, label) in enumerate(labels.items())
        ]

    def _box(self, kind: str, audience: Audience, value: str, place: int, ticked: set[str]) -> Box:
        bound = self[f"{kind}_{audience}"]
        labels: Mapping[Any, Any] = FIELD_LABELS if kind == "fields" else PURPOSE_LABELS
        label = _("%(row)s: %(audience)s") % {"row": labels[value], "audience": AUDIENCE_LABELS[audience]}
        return Box(bound.html_name, str(value), f"{bound.auto_id}_{place}", str(value) in ticked, label)


class PurposesField(forms.MultipleChoiceField):
    """The purposes of a line; those that nobody may grant are refused by their name."""

    def validate(self, value: list[str]) -> None:
        if set(value) & PROHIBITED_PURPOSES:
            raise ValidationError(_("Enforcement, oversight, sale and marketing can't be granted to anybody."), code="prohibited")
        super().validate(value)


_Wanted = dict[Purpose, list[Field]]
EXCEPTION_PARTS = ("association", "sees", "fields", "purposes")


def exception_name(place: int, part: str) -> str:
    """The name of a field about one association that sees something else."""
    return f"one_{place}_{part}"


def _exception_fields(place: int, associations: list[tuple[str, str]]) -> dict[str, forms.Field]:
    number = {"number": place + 1}
    sees = [
        (NOTHING, gettext_lazy("Nothing, not even that we are listed")),
        (CHOSEN, gettext_lazy("What we tick here, instead of what all associations see")),
        (LIKE_ALL, gettext_lazy("What all associations see: leave this out")),
    ]
    made: list[forms.Field] = [
        forms.ChoiceField(
            label=_("Association %(number)s") % number,
            required=False,
            choices=[("", gettext_lazy("Choose an association")), *associations],
            error_messages={"invalid_choice": _("Association %(number)s: there is no such association.") % number},
        ),
        forms.ChoiceField(
            label=_("Association %(number)s: it sees") % number, required=False, choices=sees, widget=forms.RadioSelect
        ),
        _boxes(_("Association %(number)s: may see") % number, FIELD_LABELS),
        _boxes(_("Association %(number)s: for what") % number, PURPOSE_LABELS, PurposesField),
    ]
    return {exception_name(place, part): field for part, field in zip(EXCEPTION_PARTS, made, strict=True)}


def _association_choices() -> list[tuple[str, str]]:
    found = Organisation.objects.of_kind(Kind.ASSOCIATION).order_by("name", "pk").values_list("pk", "name")
    return [(disclosure.named(pk), name) for pk, name in found]


def _wanted(said: Mapping[str, Any]) -> _Wanted:
    fields = [Field(value) for value in said["fields"]] if said["sees"] == CHOSEN else []
    return {Purpose(value): fields for value in said["purposes"]} if fields else {}


def contradiction(audience: str, telling: Iterable[Field]) -> str:
    """Say why a cell contradicts itself."""
    names = ", ".join(str(FIELD_LABELS[field]) for field in Field if field in telling)
    return _("%(audience)s would not see your legal name, but could tell who you are from this: %(fields)s.") % {
        "audience": audience_label(audience),
        "fields": names,
    }


def overruling(rule: Rule) -> str:
    """Say which permission the same text takes away again."""
    return _("The terms both allow and forbid %(audience)s to see this: %(field)s.") % {
        "audience": audience_label(rule.audience),
        "field": FIELD_LABELS[Field(rule.field)],
    }


def why_not(error: agreements.UnableToOffer) -> list[str]:
    """Say why terms can't be offered, a sentence each."""
    found = [contradiction(audience, telling) for (audience, _purpose), telling in error.contradictions]
    found += [overruling(rule) for rule in error.overruled]
    return list(dict.fromkeys(found)) or [_("These lines together show nothing to anybody.")]


def kept_terms(counter: AgreementVersion, mine: AgreementVersion, keep: Iterable[str]) -> tuple[dict[str, Any], tuple[date, date]]:
    """Return the counter-offer's terms and period with the lines named in `keep`, audiences and PERIOD, as the firm had them.

    Raises ValueError for a line that there can't be.
    """
    kept = set(keep)
    source = mine if PERIOD in kept else counter
    terms = disclosure.merged(counter.terms, mine.terms, kept - {PERIOD})
    return terms, (source.valid_from, source.valid_until)


def _boxes(
    label: str, labels: Mapping[Any, Any], kind: type[forms.MultipleChoiceField] = forms.MultipleChoiceField
) -> forms.MultipleChoiceField:
    return kind(
        label=label,
        required=False,
        choices=[(str(value), text) for value, text in labels.items()],
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
    )


def _initial_boxes(terms: Terms | None) -> dict[str, list[str]]:
    boxes: dict[str, set[str]] = {}
    for (audience, purpose), fields in disclosure.compile(terms or {"rules": []}).items():
        boxes.setdefault(f"fields_{audience}", set()).update(fields)
        boxes.setdefault(f"purposes_{audience}", set()).add(purpose)
    return {name: sorted(values) for name, values in boxes.items()}


def _initial_exceptions(terms: Terms | None) -> dict[str, Any]:
    boxes, found = _initial_boxes(terms), dict[str, Any]()
    for place, audience in enumerate(disclosure.named_in(terms) if terms else ()):
        fields, purposes = boxes.get(f"fields_{audience}", []), boxes.get(f"purposes_{audience}", [])
        values = (audience, CHOSEN if fields else NOTHING, fields, purposes)
        found |= {exception_name(place, part): value for part, value in zip(EXCEPTION_PARTS, values, strict=True)}
    return found


class CounterForm(TermsForm):
    """The same table for the focal point's counter-offer, and why."""

    reason = forms.CharField(
        label=gettext_lazy("Why do you propose other terms?"),
        help_text=gettext_lazy("The firm reads this beside the lines that differ."),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 4}),
        validators=[plain_text],
        error_messages={"required": gettext_lazy("Say why: the firm has to understand what you can't agree to.")},
    )

    def __init__(self, *args: Any, version: AgreementVersion, **kwargs: Any) -> None:
        super().__init__(*args, terms=version.terms, period=(version.valid_from, version.valid_until), **kwargs)


class ReasonForm(forms.Form):
    """A reason that the other side reads."""

    reason = forms.CharField(
        label=gettext_lazy("Why?"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 4}),
        validators=[plain_text],
        error_messages={"required": gettext_lazy("Give the reason in a sentence.")},
    )

    def __init__(self, *args: Any, hint: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = hint


THEIRS, MINE, CHANGE = "theirs", "mine", "change"
PERIOD = "period"


class AnswerForm(forms.Form):
    """The firm's answer to a counter-offer, line by line: accept, keep its own, or change."""

    template_name = "registry/answer_form.html"

    def __init__(self, *args: Any, counter: AgreementVersion, mine: AgreementVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.counter, self.mine = counter, mine
        self.differences = compared(mine.terms, counter.terms)
        for difference in self.differences:
            self.fields[str(difference.audience)] = _answer(str(difference.label))
        if self.period_differs:
            self.fields[PERIOD] = _answer(_("The period"))

    @property
    def period_differs(self) -> bool:
        return (self.counter.valid_from, self.counter.valid_until) != (self.mine.valid_from, self.mine.valid_until)

    def lines(self) -> list[tuple[ChangedLine, forms.BoundField]]:
        return [(difference, self[str(difference.audience)]) for difference in self.differences]

    @property
    def accepts_all(self) -> bool:
        return set(self.cleaned_data.values()) <= {THEIRS}

    @property
    def wants_changes(self) -> bool:
        return CHANGE in self.cleaned_data.values()

    @property
    def kept(self) -> list[str]:
        """The lines that stay as the firm had them, or that it wants to change: names of audiences, and the period's."""
        return [name for name, answer in self.cleaned_data.items() if answer != THEIRS]


def _answer(label: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=[
            (THEIRS, gettext_lazy("Accept the focal point’s")),
            (MINE, gettext_lazy("Keep ours")),
            (CHANGE, gettext_lazy("Change it")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("%(line)s: accept, keep or change this line.") % {"line": label}},
    )


class ConfirmForm(forms.Form):
    """That an official has a document or a register for a field that the page shows."""

    field = forms.ChoiceField(label=gettext_lazy("What do you confirm?"))
    level = forms.ChoiceField(
        label=gettext_lazy("How?"),
        choices=[choice for choice in EvidenceLevel.choices if choice[0] != EvidenceLevel.SAID],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Say whether you have a document or checked a register.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("What have you seen?"),
        help_text=gettext_lazy("Name the document or the register, and why you looked. The firm reads this in its ledger."),
        max_length=300,
        validators=[plain_text],
        error_messages={"required": gettext_lazy("Name the document or the register.")},
    )
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, listed: gateway.Listed, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen"] = listed.fingerprint
        field = self.fields["field"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = [(str(line.field), line.label) for line in listed.lines if line.field != Field.PEOPLE]


class AgreementsForm(PageForm):
    """Which agreements the desk lists: those that wait for it, or those that stand."""

    show = forms.ChoiceField(required=False, choices=[("waiting", "waiting"), ("standing", "standing")])

    @property
    def shows_standing(self) -> bool:
        return bool(self.cleaned_data["show"] == "standing")
