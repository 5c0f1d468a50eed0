from __future__ import annotations

import secrets
from base64 import urlsafe_b64decode
from binascii import Error as NoBase64
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from organisations.models import ROLES_OF_KIND, Organisation, Role, Scope
from organisations.services import LONGEST_TOKEN_DAYS
from organisations.validators import plain_text


class InviteForm(forms.Form):
    email = forms.EmailField(label=_("Mail address"), error_messages={"required": _("Type the address of the person you invite.")})
    role = forms.ChoiceField(label=_("Role"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role = self.fields["role"]
        assert isinstance(role, forms.ChoiceField)  # noqa: S101  tells the type checker what the class body says
        role.choices = [(value, label) for value, label in Role.choices if value in ROLES_OF_KIND[organisation.kind]]


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), help_text=_("What uses it, and where, so that you know it again."), max_length=60, validators=[plain_text]
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        help_text=_("Never more than you may yourself. Give it no more than it needs."),
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose what the program may do.")},
    )
    days = forms.TypedChoiceField(
        label=_("Good for"),
        choices=[(30, _("30 days")), (90, _("90 days")), (180, _("180 days")), (LONGEST_TOKEN_DAYS, _("A year"))],
        coerce=int,
        initial=90,
    )
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
