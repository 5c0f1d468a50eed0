from __future__ import annotations

import secrets
from base64 import urlsafe_b64decode
from binascii import Error as NoBase64
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from organisations import pasted
from organisations.models import ROLES_OF_KIND, Function, Kind, Organisation, Role, Scope
from organisations.services import LONGEST_TOKEN_DAYS
from organisations.validators import plain_text


class TextFileField(forms.FileField):
    """A file of text in UTF-8, such as a table; its value is the text, and empty where no file is chosen."""

    widget = forms.FileInput(attrs={"accept": ".csv,.txt,text/csv,text/plain"})
    default_error_messages = {
        "empty": _("This file is empty."),
        "too_large": _("The file is larger than %(most)d kB. Split it."),
        "unreadable": _("Save the file as CSV in UTF-8, then choose it again."),
        "blank": _("There is nothing in this file that can be read. Choose it again."),
    }

    def __init__(self, *, most_bytes: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most_bytes = most_bytes

    def clean(self, data: Any, initial: Any = None) -> str:
        upload = super().clean(data, initial)
        if not upload:
            return ""
        if upload.size > self.most_bytes:
            raise ValidationError(self.error_messages["too_large"], "too_large", {"most": self.most_bytes // 1000})
        try:
            text = pasted.text_of(upload.read(self.most_bytes + 1))
        except pasted.UnableToRead as error:
            raise ValidationError(self.error_messages["unreadable"], "unreadable") from error
        if not text.strip():
            raise ValidationError(self.error_messages["blank"], "blank")
        return text


class InviteForm(forms.Form):
    email = forms.EmailField(label=_("Mail address"), error_messages={"required": _("Type the address of the person you invite.")})
    role = forms.ChoiceField(label=_("Role"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role = self.fields["role"]
        assert isinstance(role, forms.ChoiceField)  # noqa: S101  tells the type checker what the class body says
        role.choices = [(value, label) for value, label in Role.choices if value in ROLES_OF_KIND[organisation.kind]]


class ChangedOrganisationForm(forms.Form):
    name = forms.CharField(
        label=_("Full name"),
        help_text=_("As it stands in the law or in the business register."),
        max_length=200,
        validators=[plain_text],
        error_messages={"required": _("Type the full name.")},
    )
    short_name = forms.CharField(
        label=_("Short name"), help_text=_("Used in lists."), max_length=40, required=False, validators=[plain_text]
    )
    functions = forms.MultipleChoiceField(
        label=_("Functions"),
        help_text=_("Of an agency alone. An agency with none of them never reads an inquiry."),
        choices=Function.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    country = forms.ChoiceField(label=_("Country"), choices=lambda: list(countries))
    registration_number = forms.CharField(label=_("Registration number"), max_length=40, required=False, validators=[plain_text])

    def __init__(self, *args: Any, organisation: Organisation | None = None, **kwargs: Any) -> None:
        """`organisation`: the one that is changed, if there is one already."""
        if organisation:
            kwargs["initial"] = {name: getattr(organisation, name) for name in self.base_fields}
        super().__init__(*args, **kwargs)
        if organisation and organisation.kind != Kind.AGENCY:
            del self.fields["functions"]


class OrganisationForm(ChangedOrganisationForm):
    kind = forms.ChoiceField(
        label=_("Kind"),
        help_text=_(
            "A partner is an agency of another state, or a body that promotes business. The registry is opened to it apart."
        ),
        choices=Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what it is.")},
    )
    field_order = ("kind", "name", "short_name", "functions", "country", "registration_number")


class NameForm(forms.Form):
    """What the list of organisations is narrowed by."""

    name = forms.CharField(label=_("Name or registration number"), max_length=100, required=False, validators=[plain_text])


class OnceForm(forms.Form):
    """A form that makes a secret out of its random content: sent twice, it makes the same one and no second row."""

    once = forms.CharField(widget=forms.HiddenInput, max_length=60)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("once", secrets.token_urlsafe(32))

    def clean_once(self) -> bytes:
        """The form's random content, which the secret is made of."""
        try:
            content = urlsafe_b64decode(self.cleaned_data["once"] + "=")
        except (NoBase64, ValueError):
            content = b""
        if len(content) != 32:
            raise forms.ValidationError(_("This form was not made by the portal: open the page anew."))
        return content


class NewTokenForm(OnceForm):
    """What every token has; what it may be used for, each of its kinds says itself."""

    name = forms.CharField(
        label=_("Name"), help_text=_("What uses it, and where, so that you know it again."), max_length=60, validators=[plain_text]
    )
    days = forms.TypedChoiceField(
        label=_("Good for"),
        choices=[(30, _("30 days")), (90, _("90 days")), (180, _("180 days")), (LONGEST_TOKEN_DAYS, _("A year"))],
        coerce=int,
        initial=90,
    )


class TokenForm(NewTokenForm):
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        help_text=_("Never more than you may yourself. Give it no more than it needs."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose what the program may do.")},
    )
    field_order = ("name", "scopes", "days", "once")

    def __init__(self, *args: Any, offered: Iterable[Scope], **kwargs: Any) -> None:
        """`offered`: what tokens of this person may be used for."""
        super().__init__(*args, **kwargs)
        scopes = self.fields["scopes"]
        assert isinstance(scopes, forms.MultipleChoiceField)  # noqa: S101  tells the type checker what the class body says
        scopes.choices = [(scope.value, scope.label) for scope in offered]
