"""What every row and card of a list of entries has, written here and not by two templates for each of fifty."""

from __future__ import annotations

import uuid
from functools import lru_cache

from django import template
from django.urls import get_script_prefix, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from registry.gateway import Listed

register = template.Library()

_ANY = uuid.UUID(int=0)


@register.filter
def pick(listed: Listed, compare: str) -> SafeString:
    """The box by which an entry is taken into the comparison, called by that word and the entry's name, or else its reference."""
    return format_html(
        '<input class="pick__box" type="checkbox" form="compare" name="entry" value="{}" aria-label="{} {}">',
        listed.ref,
        compare,
        listed.legal_name or listed.ref,
    )


@register.simple_tag
def entry_link(listed: Listed, view: str) -> SafeString:
    """The name as a link to the entry, by the view of where one looks."""
    address = _address(view, get_script_prefix()).replace(str(_ANY), str(listed.ref))
    name = listed.legal_name or format_html('{}<span class="govuk-visually-hidden"> {}</span>', _("Name not shown"), listed.ref)
    return format_html('<a class="govuk-link" href="{}">{}</a>', address, name)


@lru_cache(maxsize=64)
def _address(view: str, _prefix: str) -> str:
    return reverse(view, args=[_ANY])
