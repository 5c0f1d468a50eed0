"""Fields in which nothing stands are drawn once: what is kept is what would be drawn anew, and nothing that anybody typed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django import forms
from django.forms.renderers import get_default_renderer
from django.utils import translation
from django.utils.translation import gettext_lazy

from portal.forms import PortalFormRenderer, SpecimenForm


class Wish(forms.Form):
    what = forms.CharField(label="What", required=False)


@pytest.fixture
def kept() -> Iterator[PortalFormRenderer]:
    renderer = get_default_renderer()
    assert isinstance(renderer, PortalFormRenderer)
    renderer.forget()
    yield renderer
    renderer.forget()


def test_what_is_kept_is_what_is_drawn_anew(kept: PortalFormRenderer) -> None:
    anew = [field.as_field_group() for field in SpecimenForm()]
    assert kept.number_kept > 5
    assert [field.as_field_group() for field in SpecimenForm()] == anew
    kept.forget()
    assert [field.as_field_group() for field in SpecimenForm()] == anew


@pytest.mark.parametrize("given", [{"data": {"what": "typed"}}, {"initial": {"what": "typed"}}])
def test_nothing_that_stands_in_a_field_is_kept(kept: PortalFormRenderer, given: dict[str, dict[str, str]]) -> None:
    assert "typed" in Wish(**given)["what"].as_field_group()
    assert kept.number_kept == 0
    assert "typed" not in Wish()["what"].as_field_group()


def test_a_field_that_is_wrong_is_drawn_with_its_error(kept: PortalFormRenderer) -> None:
    class Needed(forms.Form):
        what = forms.CharField(label="What")

    right, wrong = Needed()["what"].as_field_group(), Needed(data={})["what"].as_field_group()
    assert "govuk-error-message" not in right
    assert "govuk-error-message" in wrong
    assert kept.number_kept == 1


def _label(form: forms.Form) -> None:
    form.fields["what"].label = "Which"


def _hint(form: forms.Form) -> None:
    form.fields["what"].help_text = gettext_lazy("Choose one")


def _required(form: forms.Form) -> None:
    form.fields["what"].required = True


def _disabled(form: forms.Form) -> None:
    form.fields["what"].disabled = True


def _attribute(form: forms.Form) -> None:
    form.fields["what"].widget.attrs["autocomplete"] = "email"


def _widget(form: forms.Form) -> None:
    form.fields["what"].widget = forms.Textarea()


def _choices(form: forms.Form) -> None:
    form.fields["what"] = forms.ChoiceField(label="What", required=False, choices=[("", "None"), ("a", "First")])


def _other_choices(form: forms.Form) -> None:
    form.fields["what"] = forms.ChoiceField(label="What", required=False, choices=[("", "None"), ("a", "Second")])


def _other_field(form: forms.Form) -> None:
    form.fields["other"] = forms.CharField()  # so that the first one is marked as optional


def _prefix(form: forms.Form) -> None:
    form.prefix = "second"


def _ids(form: forms.Form) -> None:
    form.auto_id = "wish_%s"


CHANGES = [_label, _hint, _required, _disabled, _attribute, _widget, _choices, _other_choices, _other_field, _prefix, _ids]


@pytest.mark.parametrize("change", CHANGES)
def test_a_field_that_looks_otherwise_is_another(kept: PortalFormRenderer, change: Callable[[forms.Form], None]) -> None:
    for each in (None, *CHANGES):
        form = Wish()
        if each:
            each(form)
        form["what"].as_field_group()
    form = Wish()
    change(form)
    among_others = form["what"].as_field_group()
    kept.forget()
    form = Wish()
    change(form)
    assert form["what"].as_field_group() == among_others != Wish()["what"].as_field_group()


def test_another_language_is_another_field(kept: PortalFormRenderer) -> None:
    class Day(forms.Form):
        what = forms.ChoiceField(label=gettext_lazy("Yes"), choices=[("y", gettext_lazy("Monday"))])

    with translation.override("en"):
        assert "Monday" in Day()["what"].as_field_group()
    with translation.override("et"):
        assert "esmaspäev" in Day()["what"].as_field_group().lower()


def test_no_more_is_kept_than_there_is_room_for(kept: PortalFormRenderer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.forms.MOST_KEPT", 3)
    for number in range(10):
        Wish(auto_id=f"{number}_%s")["what"].as_field_group()
        assert kept.number_kept <= 3
