import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Everything below the space but tab and line ends, and the delete character: no keyboard makes them, no page can show them.
CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def plain_text(value: str) -> None:
    """Refuse control characters, saying where the first one stands."""
    if found := CONTROL_CHARACTER.search(value):
        raise ValidationError(
            _("Character %(place)d can't be shown on a page; remove it, or type the text anew."),
            code="control-character",
            params={"place": found.start() + 1},
        )
