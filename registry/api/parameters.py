"""What the registry's calls have in common: parameters that are known, refusals that are described."""

from __future__ import annotations

from typing import TypeVar

from django.core.exceptions import NON_FIELD_ERRORS
from rest_framework.exceptions import ValidationError

from registry.forms import StrictForm

Parameters = TypeVar("Parameters", bound=StrictForm)


def checked(form: Parameters) -> Parameters:
    """Return the form of an address if it is valid; raises ValidationError for parameters that are wrong or unknown."""
    if not form.is_valid():
        errors = {name: [str(error) for error in found] for name, found in form.errors.items()}
        raise ValidationError({("parameters" if name == NON_FIELD_ERRORS else name): found for name, found in errors.items()})
    return form
