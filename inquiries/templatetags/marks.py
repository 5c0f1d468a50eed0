"""The marks by which an official tells inquiries apart at a glance.

Written here and kept, not drawn by a template each time: a table has fifty rows of them, mostly the same ones.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from inquiries.models import Inquiry, Priority, State

register = template.Library()

COLOURS = {State.RECEIVED: "yellow", State.IN_HAND: "blue", State.WAITING: "purple", State.ANSWERED: "green", State.CLOSED: "grey"}


@register.filter
def state(inquiry: Inquiry) -> SafeString:
    """The state that an inquiry is in."""
    return _tag(COLOURS[State(inquiry.state)], inquiry.get_state_display())


@register.filter
def lateness(inquiry: Inquiry, today: date) -> SafeString:
    """Which of its days have passed, or come soon; nothing where none has."""
    return _lateness(inquiry.due_on, inquiry.warn_on, inquiry.acknowledge_on, inquiry.close_on, today, get_language())


@lru_cache(maxsize=2048)
def _lateness(
    due_on: date | None,
    warn_on: date | None,
    acknowledge_on: date | None,
    close_on: date | None,
    today: date,
    _language: str | None,  # on which the words depend
) -> SafeString:
    comes_soon = warn_on is not None and warn_on <= today
    marks = []
    if due_on and due_on < today:
        marks.append(("red", _("Overdue")))
    elif due_on and comes_soon:
        marks.append(("yellow", _("Due soon")))
    if due_on and acknowledge_on and acknowledge_on < today:
        marks.append(("red", _("Not taken in time")))
    elif due_on and acknowledge_on == today:
        marks.append(("yellow", _("To be taken today")))
    if close_on and not due_on:
        if close_on < today:
            marks.append(("red", _("Not closed in time")))
        elif comes_soon:
            marks.append(("yellow", _("To be closed soon")))
    return format_html_join("", " {}", ((_tag(*mark),) for mark in marks))


@register.filter
def facts(inquiry: Inquiry) -> SafeString:
    """A sighting, and what the desk has said of it: a priority other than the usual one, flags, control entries, tags."""
    marks = [_tag("turquoise", _("Sighting"))] if inquiry.is_sighting else []
    if inquiry.priority != Priority.NORMAL:
        marks.append(_tag("orange" if inquiry.priority == Priority.URGENT else "yellow", inquiry.get_priority_display()))
    marks += [format_html('<span class="mark-flag">{}</span>', flag) for flag in inquiry.flag_labels]
    marks += [format_html('<code class="mark-code">{}</code>', code) for code in inquiry.codes]
    marks += [format_html('<span class="mark-tag">{}</span>', tag) for tag in inquiry.tags]
    return format_html('<div class="marks">{}</div>', format_html_join(" ", "{}", zip(marks))) if marks else SafeString("")


@lru_cache(maxsize=128)
def _tag(colour: str, text: str) -> SafeString:
    return format_html('<strong class="govuk-tag govuk-tag--{}">{}</strong>', colour, text)
