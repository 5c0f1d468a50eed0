from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from organisations.models import ROLES_OF_KIND, Organisation, Role


class InviteForm(forms.Form):
    email = forms.EmailField(label=_("Mail address"), error_messages={"required": _("Type the address of the person you invite.")})
    role = forms.ChoiceField(label=_("Role"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role = self.fields["role"]
        assert isinstance(role, forms.ChoiceField)  # noqa: S101  tells the type checker what the class body says
        role.choices = [(value, label) for value, label in Role.choices if value in ROLES_OF_KIND[organisation.kind]]
