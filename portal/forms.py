"""How the portal draws forms, and a form with one field of each kind."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from portal.templatetags.portal import attributes

# What these draw is all in `_Blank`; a widget of our own may draw more.
PLAIN = frozenset(
    {
        forms.TextInput,
        forms.NumberInput,
        forms.EmailInput,
        forms.DateInput,
        forms.Textarea,
        forms.Select,
        forms.RadioSelect,
        forms.CheckboxInput,
        forms.CheckboxSelectMultiple,
    }
)
MOST_KEPT = 1000
HIDDEN = forms.HiddenInput.template_name


class PortalFormRenderer(TemplatesSetting):
    """Every form and field of the portal goes through one template each.

    A field in which nothing stands looks the same in everybody's form: it is drawn once and kept. A page of the desk has dozens.
    """

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"

    def __init__(self) -> None:
        super().__init__()
        self._kept: dict[_Blank, str] = {}

    @property
    def number_kept(self) -> int:
        return len(self._kept)

    def forget(self) -> None:
        self._kept.clear()

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        if template_name == HIDDEN:
            return _hidden(context["widget"])
        blank = _blank(context["field"]) if template_name == self.field_template_name else None
        if blank is None:
            return super().render(template_name, context, request)
        if blank not in self._kept:
            drawn = super().render(template_name, context, request)
            if self.number_kept >= MOST_KEPT:
                self.forget()
            self._kept[blank] = drawn
            return drawn
        return self._kept[blank]


def _hidden(widget: dict[str, Any]) -> str:
    """Every form has hidden inputs with values that nobody else has, so they are written and not drawn."""
    value = "" if widget["value"] is None else format_html(' value="{}"', widget["value"])
    return format_html('<input type="hidden" name="{}"{}{}>', widget["name"], value, attributes(widget["attrs"]))


class _Lazy:
    """Words to be translated when they are shown, told apart without asking what they say: that is what takes time."""

    __slots__ = ("words",)

    def __init__(self, words: Promise) -> None:
        self.words = words  # held, so that nothing else can take its place in memory

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Lazy) and self.words is other.words

    def __hash__(self) -> int:
        return id(self.words)


Text = str | _Lazy
Choices = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class _Blank:
    """All that a field shows while nothing stands in it."""

    language: str | None
    css_classes: str
    uses_required: bool
    widget: type[forms.Widget]
    attrs: tuple[tuple[str, Any], ...]
    name: str
    auto_id: str
    label: Text
    help_text: Text
    is_required: bool
    is_disabled: bool
    other_is_required: bool
    choices: Choices


def _blank(field: forms.BoundField) -> _Blank | None:
    """What a field shows; None where something stands in it, or is wrong, or is for its widget alone to know."""
    widget = field.field.widget
    if type(widget) not in PLAIN or field.value() not in EMPTY or field.errors:
        return None
    choices: Any = getattr(widget, "choices", ())
    if isinstance(choices, forms.models.ModelChoiceIterator):
        return None  # asking for them here would ask the database twice
    return _Blank(
        get_language(),
        field.css_classes(),
        field.form.use_required_attribute,
        type(widget),
        tuple(widget.attrs.items()),
        field.html_name,
        field.auto_id,
        _text(field.label),
        _text(field.help_text),
        field.field.required,
        field.field.disabled,
        any(other.required and not other.widget.is_hidden for other in field.form.fields.values()),
        _listed(choices),
    )


EMPTY: tuple[object, ...] = (None, "", [], False)


def _listed(choices: Iterable[tuple[Any, Any]]) -> Choices:
    return tuple([(str(value), _listed(label) if isinstance(label, list | tuple) else _text(label)) for value, label in choices])


def _text(words: Any) -> Text:
    return _Lazy(words) if isinstance(words, Promise) else str(words)


class SpecimenForm(forms.Form):
    """One field of each kind, for the page of styles; nothing is ever sent with it."""

    name = forms.CharField(label=_("Name of your firm"), help_text=_("As in the business register."), max_length=200)
    email = forms.EmailField(
        label=_("Email address"),
        help_text=_("We write to it only about this inquiry."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"invalid": _("Enter an email address such as name@example.org")},
    )
    question = forms.CharField(label=_("Your question"), required=False, widget=forms.Textarea(attrs={"rows": 5}))
    segment = forms.ChoiceField(
        label=_("Technology"),
        choices=[("", _("Choose one")), ("quantum", _("Quantum technologies")), ("photonics", _("Photonics"))],
    )
    kind = forms.ChoiceField(
        label=_("How do you want to ask?"),
        widget=forms.RadioSelect,
        choices=[
            ("anonymous", _("Without saying who you are")),
            ("confidential", _("So that only the focal point knows")),
            ("named", _("In your firm’s name")),
        ],
        error_messages={"required": _("Choose how you want to ask")},
    )
    topics = forms.MultipleChoiceField(
        label=_("What is it about?"),
        help_text=_("Tick all that apply."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[("licensing", _("Licensing")), ("sanctions", _("Sanctions")), ("investment", _("Investment"))],
    )
    until = forms.DateField(label=_("In force until"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    attachment = forms.FileField(label=_("File"), help_text=_("PDF or image, at most 5 MB."), required=False)
    agreed = forms.BooleanField(label=_("I may speak for the firm"))
