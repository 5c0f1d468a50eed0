"""Feeds of other authorities, taken apart: RSS and Atom by feedparser, JSON Feed by its few fields.

What comes out is plain text and a web address, whatever came in: nothing of somebody else's HTML is kept.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
import unicodedata
from calendar import timegm
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from time import struct_time
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import feedparser
import nh3
from django.utils.translation import gettext as _

from organisations.validators import CONTROL_CHARACTER

MOST_ITEMS: Final = 200  # taken from one reading; feeds have the newest on top
MOST_TAGS: Final = 5000  # with which an item begins: beyond that a page, an archive or an attack
LONGEST_TITLE: Final = 300
LONGEST_SUMMARY: Final = 2000
LONGEST_LINK: Final = 1000
LONGEST_HTML: Final = 50_000  # looked at, of one item
JSON_FEED: Final = "https://jsonfeed.org/version/"
# Tags after which a reader sees a new line.
BLOCKS: Final = {"p", "br", "div", "li", "ul", "ol", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "hr"}
_BLOCK = re.compile(r"</?(?:" + "|".join(sorted(BLOCKS)) + r")\b[^>]*>")
_ITEM = re.compile(rb"<(?:\w{1,20}:)?(?:item|entry)[\s>/]", re.IGNORECASE)
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|mc_[ce]id|pk_campaign")
# What feedparser raises of itself where its input is none that its authors thought of, such as nothing at all.
SURPRISES = (AttributeError, LookupError, TypeError, ValueError, OverflowError, RecursionError)


class BrokenFeed(Exception):
    """Why this is no feed, in a sentence for the desk."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a feed says."""

    guid: str  # the feed's own name for it, or the best that there is
    title: str
    summary: str
    link: str  # http or https; empty where it has none that can be followed
    published_at: datetime | None


def parse(content: bytes, *, content_type: str = "", url: str = "") -> list[Item]:
    """Return what a feed lists, the first MOST_ITEMS of it. Raises BrokenFeed for what is no feed."""
    is_json = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"
    return list(_of_json(content, url) if is_json else _of_xml(content, content_type, url))


# --- RSS and Atom ---------------------------------------------------------------------------------------------------


def _of_xml(content: bytes, content_type: str, url: str) -> Iterator[Item]:
    bare = content.replace(b"\0", b"")  # UTF-16 as well
    if _ENTITY.search(bare):
        # No feed needs them, and a few lines of them unfold to gigabytes; the parser's own guard is the second one.
        raise BrokenFeed(_("It declares entities, which no feed needs."))
    if sum(1 for _found in _ITEM.finditer(bare)) > MOST_TAGS:
        raise BrokenFeed(_("It lists more than %(number)d items.") % {"number": MOST_TAGS})
    headers = {"content-type": content_type, "content-location": url}
    try:
        # Bytes that we have fetched: feedparser itself must never open an address. Its cleaning is left to nh3.
        feed = feedparser.parse(BytesIO(content), response_headers=headers, sanitize_html=False, resolve_relative_uris=False)
    except SURPRISES:
        raise BrokenFeed(_("This is no feed.")) from None
    if not feed.entries and (not feed.get("version") or _is_broken(feed)):
        raise BrokenFeed(_("This is no feed."))
    for entry in feed.entries[:MOST_ITEMS]:
        said = entry.get("summary") or next((each.get("value") for each in entry.get("content", ())), "")
        yield from _item(
            guid=entry.get("id"),
            title=entry.get("title"),
            said=said,
            link=_link(entry.get("link"), url),
            published_at=_moment(entry.get("published_parsed") or entry.get("updated_parsed")),
        )


def _is_broken(feed: Any) -> bool:
    """Whether it couldn't be read as it is written. A header that contradicts the bytes is common, and the bytes are right."""
    trifles = (feedparser.NonXMLContentType, feedparser.CharacterEncodingOverride)
    return bool(feed.bozo) and not isinstance(feed.get("bozo_exception"), trifles)


def _moment(parsed: object) -> datetime | None:
    if not isinstance(parsed, struct_time):
        return None
    try:
        return datetime.fromtimestamp(timegm(parsed), tz=UTC)
    except (OverflowError, ValueError, OSError):
        return None


# --- JSON Feed ------------------------------------------------------------------------------------------------------


def _of_json(content: bytes, url: str) -> Iterator[Item]:
    """JSON Feed, versions 1 and 1.1 (https://jsonfeed.org/version/1.1)."""
    try:
        feed = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise BrokenFeed(_("This is no JSON that can be read.")) from None
    if not str(feed.get("version", "")).startswith(JSON_FEED) or not isinstance(feed.get("items"), list):
        raise BrokenFeed(_("This is JSON, but no JSON Feed."))
    for entry in feed["items"][:MOST_ITEMS]:
        if isinstance(entry, dict):
            yield from _item(
                guid=entry.get("id"),
                title=_as_html(entry.get("title")),
                said=_as_html(entry.get("summary")) or entry.get("content_html") or _as_html(entry.get("content_text")),
                link=_link(entry.get("url") or entry.get("external_url"), url),
                published_at=_iso(entry.get("date_published")),
            )


def _as_html(said: object) -> str:
    """What is plain text by its standard, so that a smaller-than sign in it begins no tag."""
    return html.escape(said) if isinstance(said, str) else ""


def _iso(said: object) -> datetime | None:
    """A moment as RFC 3339 writes it."""
    try:
        found = datetime.fromisoformat(str(said))
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC) if 1 < found.year < 9999 else None


# --- of either ------------------------------------------------------------------------------------------------------


def _item(*, guid: object, title: object, said: object, link: str, published_at: datetime | None) -> Iterable[Item]:
    """The item; none where it has neither a title nor a word."""
    summary = plain(said, LONGEST_SUMMARY)
    headed = " ".join(plain(title, LONGEST_TITLE).split()) or shortened(" ".join(summary.split()), 120)
    if not headed:
        return ()
    name = str(guid).strip() if isinstance(guid, str | int) else ""
    return (Item(name or link or headed, headed, summary, link, published_at),)


def plain(said: object, longest: int) -> str:
    """What a reader would see of a piece of HTML: no tag, no script, no control character; at most `longest` characters."""
    if not isinstance(said, str):
        return ""
    # JSON can hold halves of characters, which nothing can write down.
    whole = said[:LONGEST_HTML].encode(errors="ignore").decode()
    cleaned = nh3.clean(whole, tags=BLOCKS, attributes={})
    text = html.unescape(_BLOCK.sub("\n", cleaned)).replace("\r", "\n").replace("\N{NO-BREAK SPACE}", " ")
    text = "".join(each for each in CONTROL_CHARACTER.sub("", text) if each in "\n\t" or unicodedata.category(each) not in HIDDEN)
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return shortened(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip(), longest)


# Characters that nobody sees, and that can turn the order of others (Unicode, UAX 9); halves of characters; what is no character.
HIDDEN: Final = {"Cc", "Cf", "Cs", "Co", "Cn"}


def shortened(text: str, longest: int) -> str:
    """The text, cut at a word, so that an ellipsis says that it went on."""
    if len(text) <= longest:
        return text
    return text[: longest - 1].rsplit(maxsplit=1)[0].rstrip(" ,;:–-") + "…"


def _link(said: object, url: str) -> str:
    """The address to follow, made whole; empty for anything but http and https, such as javascript:."""
    if not isinstance(said, str):
        return ""
    try:
        whole = urljoin(url, said.strip())
        parts = urlsplit(whole)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return ""
    is_fit = parts.scheme in ("http", "https") and host and not parts.username and len(whole) <= LONGEST_LINK
    return whole if is_fit and whole.isprintable() and not set(whole) & set(' <>"\\^`{|}') else ""


# --- the same thing twice -------------------------------------------------------------------------------------------


def digest(text: str) -> str:
    """A name of fixed length for a text of any length."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def link_key(link: str) -> str:
    """The same for two addresses that lead to the same page; empty for none."""
    if not link:
        return ""
    parts = urlsplit(link)
    host = (parts.hostname or "").removeprefix("www.")
    port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    query = sorted(pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(pair[0]))
    return digest(urlunsplit(("", host + port, parts.path.rstrip("/"), urlencode(query), "")))


FEWEST_WORDS: Final = 5


def title_key(title: str) -> str:
    """The same for two titles of the same words; empty for one so short that different news may have it."""
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", title).casefold())
    return digest(" ".join(words)) if len(words) >= FEWEST_WORDS else ""
