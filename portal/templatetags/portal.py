"""Tags and filters that every template has without loading them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Page
from django.forms import BoundField, CheckboxInput, Field
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.template.context import Context
from django.template.loader import render_to_string
from django.urls import get_script_prefix, reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from inquiries.querysets import MOST_COUNTED
from portal.context import Viewer

register = template.Library()


# The five labels of TLP 2.0 (FIRST, https://www.first.org/tlp/), each with the style of its colour.
TLP_STYLES = {"RED": "red", "AMBER": "amber", "AMBER+STRICT": "amber", "GREEN": "green", "CLEAR": "clear"}


class CaptureNode(template.Node):
    def __init__(self, nodelist: NodeList, name: str) -> None:
        self.nodelist = nodelist
        self.name = name

    def render(self, context: Context) -> SafeString:
        context[self.name] = mark_safe(" ".join(self.nodelist.render(context).split()))  # noqa: S308  the nodes have escaped it
        return SafeString("")


@register.tag
def capture(parser: Parser, token: Token) -> CaptureNode:
    """`{% capture name %}…{% endcapture %}`: render once, use twice, such as a title that is also the heading."""
    try:
        _tag, name = token.split_contents()
    except ValueError as error:
        raise template.TemplateSyntaxError("capture takes one argument, the name to keep the text under") from error
    nodelist = parser.parse(("endcapture",))
    parser.delete_first_token()
    return CaptureNode(nodelist, name)


@register.filter
def day(value: date | datetime | None) -> str:
    """A date in words; the exact value in `<time>` and on hover. A moment is shown as the day it falls on here."""
    return _in_words(value, pgettext("format of a day", "j F Y"))


@register.filter
def short_day(value: date | datetime | None) -> str:
    """The same with the month cut short, for the columns of dense tables."""
    return _in_words(value, "j M Y")


def _in_words(value: date | datetime | None, words: str) -> str:
    if not value:
        return ""
    if not isinstance(value, datetime):
        return _date_in_words(value, words, get_language())
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return _in_time(local, local.strftime("%Y-%m-%d %H:%M %Z").strip(), words)


@lru_cache(maxsize=4096)  # a table of rows holds few days, and the next page the same ones
def _date_in_words(value: date, words: str, language: str | None) -> SafeString:  # noqa: ARG001  on which the words depend
    return _in_time(value, value.isoformat(), words)


def _in_time(value: date | datetime, title: str, words: str) -> SafeString:
    return format_html('<time datetime="{}" title="{}">{}</time>', value.strftime("%Y-%m-%d"), title, date_format(value, words))


@register.filter
def moment(value: datetime | None) -> str:
    """A date and time in words, to the minute; the exact value, with its zone, in `<time>` and on hover."""
    if not value:
        return ""
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(timespec="seconds"),
        local.strftime("%Y-%m-%d %H:%M:%S %Z").strip(),
        _("%(day)s at %(time)s") % {"day": date_format(local, "j F Y"), "time": date_format(local, "H:i")},
    )


@register.filter
def duration(value: timedelta) -> str:
    """How long something took, in the two largest units: 4 s, 3 min 20 s, 2 h 5 min, 3 d 4 h."""
    seconds = round(value.total_seconds())
    parts = [(seconds // 86_400, _("d")), (seconds // 3600 % 24, _("h")), (seconds // 60 % 60, _("min")), (seconds % 60, _("s"))]
    first = next((place for place, (number, _unit) in enumerate(parts) if number), 3)
    return " ".join(f"{number} {unit}" for number, unit in parts[first : first + 2] if number) or f"0 {parts[3][1]}"


@register.filter
def tlp(label: str) -> SafeString:
    """A TLP 2.0 label as its standard writes and colours it, from any of TLP:AMBER+STRICT, amber+strict, amber-strict.

    Raises ValueError for a label that TLP 2.0 doesn't know: a page with a wrong one must not be shown.
    """
    name = str(label).upper().removeprefix("TLP:").replace("-", "+").replace("_", "+")
    if name not in TLP_STYLES:
        raise ValueError(f"{label!r} is no TLP 2.0 label")
    return format_html('<strong class="tlp tlp--{}" lang="en" translate="no">TLP:{}</strong>', TLP_STYLES[name], name)


@register.filter
def counted(number: int) -> str:
    """A count of rows as pages write it, where counting stopped at MOST_COUNTED: 1,000+."""
    return f"{number_format(MOST_COUNTED, force_grouping=True)}+" if number > MOST_COUNTED else number_format(number)


@register.filter
def page_steps(page: Page[Any]) -> list[int | str]:
    """The page numbers to offer: first, last and two either side, with an ellipsis in each gap; never more than nine."""
    return list(page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1))


@register.filter
def attributes(attrs: Mapping[str, Any]) -> SafeString:
    """The attributes of a control but its class, for which its template cares. A page has a hundred controls and options."""
    shown = [
        f" {escape(name)}" if value is True else f' {escape(name)}="{conditional_escape(value)}"'
        for name, value in attrs.items()
        if value is not False and name != "class"
    ]
    return mark_safe("".join(shown))  # noqa: S308  escaped above


@register.filter
def options(groups: Iterable[tuple[str | None, Iterable[Mapping[str, Any]], int]]) -> SafeString:
    """The choices of a select by their groups, as a widget has them: most are alone in a group without a name."""
    return mark_safe("\n".join(_group(name, _options(choices)) for name, choices, _index in groups))  # noqa: S308  escaped below


def _group(name: str | None, choices: SafeString) -> SafeString:
    return format_html('<optgroup label="{}">{}</optgroup>', name, choices) if name else choices


def _options(choices: Iterable[Mapping[str, Any]]) -> SafeString:
    # Put together by hand: format_html_join looks at each of three values several times, and a page has hundreds of choices.
    said = [
        f'<option value="{escape(str(each["value"]))}"{attributes(each["attrs"]) if each["attrs"] else ""}>'
        f"{conditional_escape(each['label'])}</option>"
        for each in choices
    ]
    return mark_safe("\n".join(said))  # noqa: S308  escaped above


@register.filter
def is_lone_checkbox(field: BoundField) -> bool:
    """Whether the field is one box to tick, whose label stands beside it."""
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def is_marked_optional(field: BoundField) -> bool:
    """Whether to say that the field may stay empty; a form in which every field may, such as a filter, says it nowhere."""
    if field.field.required or is_lone_checkbox(field):
        return False
    return any(other.required and not other.widget.is_hidden for other in field.form.fields.values())


@register.filter
def error_target(field: BoundField) -> str:
    """The id of the control that mends the field's error: the first one, where there are several."""
    return f"{field.auto_id}_0" if field.use_fieldset else field.id_for_label


@register.filter
def for_summary(error: str, field: BoundField) -> str:
    """The error as the summary says it: the bare "This field is required." would not say which field."""
    if error == Field.default_error_messages["required"]:
        return _("%(label)s is missing") % {"label": field.label}
    return error


def _marked(context: Context, address: str) -> SafeString:
    """How a link to `address` says that it leads to the page being drawn, or to the section this is in."""
    request = context.get("request")
    if not address or request is None:
        return SafeString("")
    if request.path == address:
        return SafeString(' aria-current="page"')
    return SafeString(' aria-current="true"' if request.path.startswith(str(address)) else "")


class ActiveNode(template.Node):
    def __init__(self, address: FilterExpression) -> None:
        self.address = address

    def render(self, context: Context) -> SafeString:
        return _marked(context, self.address.resolve(context))


@register.tag
def current(parser: Parser, token: Token) -> ActiveNode:
    """`<a href="{{ u }}"{% current u %}>`: mark the link that leads to this page or to the section it is in."""
    _tag, address = token.split_contents()
    return ActiveNode(parser.compile_filter(address))


@register.simple_tag(takes_context=True)
def navigation_item(context: Context, view: str, text: str) -> SafeString:
    """One link of the main menu. Every page draws all of them, so they are written here and not by a template of their own."""
    address = _address(view, get_script_prefix())
    return _navigation_item(address, text, _marked(context, address))


@lru_cache(maxsize=64)
def _address(view: str, prefix: str) -> str:  # noqa: ARG001  what addresses begin with
    return reverse(view)


@lru_cache(maxsize=256)
def _navigation_item(address: str, text: str, marked: SafeString) -> SafeString:
    fallback = format_html('<strong class="govuk-service-navigation__active-fallback">{}</strong>', text) if marked else text
    return format_html(
        '<li class="govuk-service-navigation__item{}"><a class="govuk-service-navigation__link" href="{}"{}>{}</a></li>',
        " govuk-service-navigation__item--active" if marked else "", address, marked, fallback,
    )  # fmt: skip


@register.simple_block_tag
def breadcrumbs(content: str) -> SafeString:
    """`{% breadcrumbs %}{% crumb text to … %}{% endbreadcrumbs %}`: the pages above this one, from the top down, without itself."""
    return format_html(
        '<nav class="govuk-breadcrumbs" aria-label="{}"><ol class="govuk-breadcrumbs__list">{}</ol></nav>', _("Breadcrumb"), content
    )


@register.simple_tag
def crumb(text: str, to: Any, *arguments: Any) -> SafeString:
    """One page above; `to` is the name of its view with its arguments, or a row that has an address."""
    return format_html(
        '<li class="govuk-breadcrumbs__list-item"><a class="govuk-breadcrumbs__link" href="{}">{}</a></li>',
        resolve_url(to, *arguments), text,
    )  # fmt: skip


@register.simple_tag
def same_for_all(name: str, **said: str | bool) -> SafeString:
    """A template that is drawn once for all visitors, since nothing but `said` and the language is in it.

    It sees neither the visitor nor the page, so that nothing of either can be kept in it. `said` are words of our own.
    """
    return _drawn(name, get_language(), get_script_prefix(), tuple(sorted(said.items())))


@lru_cache(maxsize=256)
def _drawn(name: str, language: str | None, prefix: str, said: tuple[tuple[str, str | bool], ...]) -> SafeString:  # noqa: ARG001  what it depends on
    return mark_safe(render_to_string(name, dict(said)))  # noqa: S308  rendered above


@register.simple_tag(takes_context=True)
def site_header(context: Context) -> SafeString:
    """The header of a page. Strangers all see the same one on a page, so theirs is drawn once."""
    request, user = context.get("request"), context.get("user")
    if request is None or user is None or user.is_authenticated or request.META.get("QUERY_STRING"):
        return SafeString(template.Engine.get_default().get_template(HEADER).render(context))
    languages = tuple(code for code, _name in settings.LANGUAGES)
    return _strangers_header(request.path, get_language(), languages, get_script_prefix())


HEADER = "components/header.html"


@lru_cache(maxsize=256)
def _strangers_header(path: str, _language: str | None, _languages: tuple[str, ...], _prefix: str) -> SafeString:
    # Nothing of the visitor's own request: what is kept must hold nothing of anybody.
    request, stranger = HttpRequest(), AnonymousUser()
    request.method, request.path = "GET", path
    return SafeString(render_to_string(HEADER, {"request": request, "user": stranger, "viewer": Viewer(stranger)}))
