"""Markdown as the pages and mails show it: no raw HTML, no pictures (a picture in a mail tells who opened it), safe links only."""

from __future__ import annotations

import nh3
from markdown_it import MarkdownIt

TAGS = {"p", "ul", "ol", "li", "strong", "em", "a", "blockquote", "code", "pre", "br", "hr", "h3", "h4", "h5", "h6"}
TAGS |= {"table", "thead", "tbody", "tr", "th", "td"}
SCHEMES = {"https", "http", "mailto"}
CLASSES = {
    "p": "govuk-body",
    "ul": "govuk-list govuk-list--bullet",
    "ol": "govuk-list govuk-list--number",
    "a": "govuk-link",
    "blockquote": "govuk-inset-text",
    "h3": "govuk-heading-m",
    "h4": "govuk-heading-s",
    "table": "govuk-table",
    "tr": "govuk-table__row",
    "th": "govuk-table__header",
    "td": "govuk-table__cell",
}
# The page has its own first and second level.
LEVELS = {"h1": "h3", "h2": "h4", "h3": "h5", "h4": "h6", "h5": "h6", "h6": "h6"}

_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table").disable("image")


def to_html(text: str, *, with_classes: bool = True) -> str:
    """Return `text` as HTML that is safe to show; `with_classes` for the portal's own pages, without for mails and feeds."""
    tokens = _markdown.parse(text)
    for token in tokens:
        token.tag = LEVELS.get(token.tag, token.tag)
    html = _markdown.renderer.render(tokens, _markdown.options, {})
    classes = {tag: {"class": name} for tag, name in CLASSES.items()} if with_classes else None
    return nh3.clean(
        html,
        tags=TAGS,
        attributes={"a": {"href"}},
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer",
        set_tag_attribute_values=classes,
    )
