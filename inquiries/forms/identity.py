"""What may come in of who asks."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inquiries.forms.asking import NAMES_NOTHING_BY_NAME, AskForm
from inquiries.forms.once import OnceForm
from inquiries.querysets import asking_organisations
from inquiries.services.identities import Confidential
from inquiries.services.named import Named
from organisations.models import Organisation, User
from organisations.validators import plain_text


class ConfidentialFields(forms.Form):
    """Who asks, for the gatekeepers alone."""

    name = forms.CharField(
        label=_("Your name"),
        help_text=_("Those who answer don't see it, nor what you write in the next two fields."),
        max_length=150,
        validators=[plain_text],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Say who you are, or ask anonymously.")},
    )
    organisation = forms.CharField(
        label=_("Your firm or institute"),
        required=False,
        max_length=200,
        validators=[plain_text],
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    contact = forms.CharField(
        label=_("How we could reach you if we had to"),
        help_text=_("A telephone number, an address, a colleague: whatever is safe for you. Never used for the answer."),
        max_length=500,
        validators=[plain_text],
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Say how you could be reached if there were a danger to you.")},
    )

    def identity(self) -> Confidential:
        return Confidential(**{part: self.cleaned_data[part] for part in ("name", "organisation", "contact")})


class OrganisationField(forms.ModelChoiceField[Organisation]):
    def label_from_instance(self, obj: Organisation) -> str:
        return obj.name


class NamedFields(forms.Form):
    """In whose name the signed-in person asks."""

    organisation = OrganisationField(
        label=_("In whose name do you ask?"),
        help_text=_("Everybody who belongs to it here will be able to read the question and the answer, and to write in its name."),
        queryset=Organisation.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": _("Choose in whose name you ask.")},
    )
    wants_mail = forms.BooleanField(
        label=_("Send me a mail when there is news; it says no more than that"),
        required=False,
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        mine = asking_organisations(user)
        field = self.fields["organisation"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  tells the type checker what the class body says
        field.queryset = Organisation.objects.filter(pk__in=[each.pk for each in mine]).order_by("name", "pk")
        field.initial = mine[0].pk if len(mine) == 1 else None

    def identity(self) -> Named:
        return Named(self.user, self.cleaned_data["organisation"], wants_mail=self.cleaned_data["wants_mail"])


class ConfidentialAskForm(ConfidentialFields, AskForm):
    WHO = ("name", "organisation", "contact")


class NamedAskForm(NamedFields, AskForm):
    WHO = ("organisation", "wants_mail")
    why_nothing = NAMES_NOTHING_BY_NAME

    @property
    def reader(self) -> User:
        return self.user


class StepForm(OnceForm):
    """A page of a conversation that says first what is going to happen; `step` is sent with what is then done."""

    visit = forms.CharField(widget=forms.HiddenInput, max_length=300)
    step = forms.CharField(widget=forms.HiddenInput, initial="sure", max_length=10)


class ConfidentialUpgradeForm(ConfidentialFields, StepForm):
    pass


class CorrectionForm(ConfidentialFields, StepForm):
    """Who asks, said anew. It opens blank: what was said before is sealed, from this page too."""


class NamedUpgradeForm(NamedFields, StepForm):
    pass
