"""For what somebody looks, and when firms read of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.contrib.sessions.backends.base import SessionBase
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from organisations.forms import NewTokenForm
from organisations.permissions import Visitor
from organisations.validators import plain_text
from registry import gateway
from registry.disclosure import Audience, Purpose
from registry.models import (
    AUDIENCE_LABELS,
    LOOK_LABELS,
    Delay,
)
from registry.permissions import Capacity, suits_suggesting
from registry.querysets import DelayQuerySet

SESSION_KEY = "registry_look"


class LookForm(forms.Form):
    """As whom, for what and why one looks: asked once for a piece of work and kept in the session."""

    capacity = forms.ChoiceField(label=gettext_lazy("You look for"), widget=forms.RadioSelect)
    purpose = forms.ChoiceField(
        label=gettext_lazy("For what purpose?"),
        choices=[(str(purpose), label) for purpose, label in LOOK_LABELS.items()],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose a purpose.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("What is the reason?"),
        help_text=gettext_lazy("The firms whose entries you see read this sentence. Name the case, the advisory or the event."),
        max_length=300,
        validators=[plain_text],
        error_messages={"required": gettext_lazy("Give the reason in a sentence.")},
    )
    delay = forms.ChoiceField(
        label=gettext_lazy("When do the firms read of it?"),
        required=False,
        widget=forms.HiddenInput,
        error_messages={"invalid_choice": gettext_lazy("This delay is not yours, not approved, or over. Choose again.")},
    )

    def __init__(self, *args: Any, capacities: Iterable[Capacity], delays: Iterable[Delay] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._delays = {str(delay.pk): delay for delay in delays}
        self._offer_delays()
        self._capacities = _offered(self, capacities)

    def _offer_delays(self) -> None:
        field = self.fields["delay"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = [("", _("At once, as always")), *((key, _delay_label(delay)) for key, delay in self._delays.items())]
        if self._delays:
            field.widget = forms.RadioSelect(choices=field.choices)

    @classmethod
    def kept(cls, session: SessionBase, *, capacities: list[Capacity], delays: DelayQuerySet | None = None) -> LookForm | None:
        """Return the valid form that the session keeps; None if there is none, or a role or delay is no longer held.

        `delays` are those that the person may use; without them a form that names one is not valid.
        """
        data = session.get(SESSION_KEY)
        named = delays.filter(pk=data["delay"]) if data and data.get("delay") and delays is not None else ()
        form = cls(data, capacities=capacities, delays=named) if data and capacities else None
        return form if form and form.is_valid() else None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        delay = self._delays.get(cleaned.get("delay", ""))
        capacity = self._capacities.get(cleaned.get("capacity", ""))
        if delay and capacity and (delay.audience, delay.purpose) != (capacity.audience, cleaned.get("purpose")):
            self.add_error("delay", _("This delay is for another purpose, or for another function of your agency."))
        return cleaned

    def keep(self, session: SessionBase) -> None:
        session[SESSION_KEY] = {name: self.cleaned_data[name] for name in ("capacity", "purpose", "reason", "delay")}

    def gate(self, viewer: Visitor, *, today: date) -> gateway.Gate:
        """Return leave to look under a valid form; raises `gateway.UnableToLook`."""
        said = self.cleaned_data
        return gateway.disclosed(
            viewer,
            Purpose(said["purpose"]),
            said["reason"],
            today=today,
            capacity=self._capacities[said["capacity"]],
            delay=self._delays.get(said["delay"]),
        )

    def is_for(self, audience: Audience) -> bool:
        """Whether a valid form is that of somebody who looks as this audience."""
        return self._capacities[self.cleaned_data["capacity"]].audience == audience

    @property
    def suits_suggesting(self) -> bool:
        """Whether a valid form is that of an official who may suggest that two of the entries that they see meet."""
        said = self.cleaned_data
        return suits_suggesting(self._capacities[said["capacity"]], [Purpose(said["purpose"])])

    @property
    def said(self) -> dict[str, Any]:
        """What was said, in words, to be shown on every page of the work."""
        return {
            "capacity": capacity_label(self._capacities[self.cleaned_data["capacity"]]),
            "purpose": LOOK_LABELS[Purpose(self.cleaned_data["purpose"])],
            "reason": self.cleaned_data["reason"],
            "delay": self._delays.get(self.cleaned_data["delay"]),
            "may_change": True,
        }


def _delay_label(delay: Delay) -> str:
    said = {"day": date_format(delay.until, "j F Y"), "purpose": LOOK_LABELS[Purpose(delay.purpose)], "reason": delay.reason}
    return _("After %(day)s (%(purpose)s): %(reason)s") % said


class LookTokenForm(NewTokenForm):
    """A token for a program that looks: as whom, and for what."""

    capacity = forms.ChoiceField(label=gettext_lazy("It looks for"), widget=forms.RadioSelect)
    purposes = forms.TypedMultipleChoiceField(
        label=gettext_lazy("For what purposes?"),
        help_text=gettext_lazy("A call for any other purpose is refused. Choose no more than the program needs."),
        choices=[(str(purpose), label) for purpose, label in LOOK_LABELS.items()],
        coerce=Purpose,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one purpose.")},
    )
    suggests = forms.BooleanField(
        label=gettext_lazy("It may also suggest to firms that they meet"),
        help_text=gettext_lazy("It writes to a firm in the focal point’s name. Only with matchmaking among the purposes."),
        required=False,
    )
    field_order = ("name", "capacity", "purposes", "suggests", "days", "once")

    def __init__(self, *args: Any, capacities: Iterable[Capacity], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._capacities = _offered(self, capacities)
        if not any(suits_suggesting(capacity, list(Purpose)) for capacity in self._capacities.values()):
            del self.fields["suggests"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        capacity = self._capacities.get(cleaned.get("capacity", ""))
        if cleaned.get("suggests") and capacity and not suits_suggesting(capacity, cleaned.get("purposes", ())):
            sentence = _("Who suggests that firms meet looks as the focal point, for matchmaking: choose both, or leave this out.")
            self.add_error("suggests", sentence)
        return cleaned

    @property
    def only(self) -> str:
        """As whom the token looks, where there is nothing to choose; empty where there is."""
        return capacity_label(*self._capacities.values()) if len(self._capacities) == 1 else ""

    @property
    def chosen(self) -> Capacity:
        return self._capacities[self.cleaned_data["capacity"]]


def _offered(form: forms.Form, capacities: Iterable[Capacity]) -> dict[str, Capacity]:
    """Let the form choose among these capacities, by key; where there is one only, nobody is asked."""
    offered = {_key(capacity): capacity for capacity in capacities}
    field = form.fields["capacity"]
    assert isinstance(field, forms.ChoiceField)  # noqa: S101  tells the type checker what the class body says
    field.choices = [(key, capacity_label(capacity)) for key, capacity in offered.items()]
    if len(offered) == 1:
        field.widget = forms.HiddenInput()
        field.initial = next(iter(offered))
    return offered


def _key(capacity: Capacity) -> str:
    return f"{capacity.audience}:{capacity.organisation.pk if capacity.organisation else ''}"


def capacity_label(capacity: Capacity) -> str:
    """As whom somebody looks, in words."""
    if capacity.organisation is None:
        return str(AUDIENCE_LABELS[capacity.audience])
    return _("%(organisation)s (%(audience)s)") % {
        "organisation": capacity.organisation.name,
        "audience": AUDIENCE_LABELS[capacity.audience],
    }


class DelayForm(forms.Form):
    """That firms read of a piece of work only later: for what, why, and until when."""

    audience = forms.ChoiceField(label=gettext_lazy("You look for"), widget=forms.RadioSelect)
    purpose = forms.ChoiceField(
        label=gettext_lazy("For what purpose?"),
        choices=[(str(purpose), label) for purpose, label in LOOK_LABELS.items()],
        error_messages={"required": gettext_lazy("Choose a purpose.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Why can the firms read of it only later?"),
        help_text=gettext_lazy("They read this sentence, beside the look, on the day after the last day."),
        max_length=300,
        validators=[plain_text],
        error_messages={"required": gettext_lazy("Say why: the firms are owed a reason.")},
    )
    until = forms.DateField(
        label=gettext_lazy("Last day"),
        help_text=gettext_lazy("At most 180 days from today. It can’t be made later."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": gettext_lazy("Choose the last day."), "invalid": gettext_lazy("Enter a day.")},
    )

    def __init__(self, *args: Any, capacities: Iterable[Capacity], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field, offered = self.fields["audience"], {str(capacity.audience): capacity_label(capacity) for capacity in capacities}
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = list(offered.items())
        if len(offered) == 1:
            field.widget, field.initial = forms.HiddenInput(), next(iter(offered))
