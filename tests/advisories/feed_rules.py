"""What RFC 4287 and JSON Feed 1.1 demand of a feed, as far as a machine can tell: each broken rule is a line."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"
# RFC 3339, with the capital T and Z that RFC 4287, section 3.3, wants.
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
ONCE = ("generator", "icon", "id", "logo", "rights", "subtitle", "title", "updated", "published", "summary", "content", "source")
IN_FEED = {"author", "category", "contributor", "entry", "generator", "icon", "id", "link", "logo", "rights", "subtitle", "title"}
IN_FEED |= {"updated"}
IN_ENTRY = {"author", "category", "content", "contributor", "id", "link", "published", "rights", "source", "summary", "title"}
IN_ENTRY |= {"updated"}


def atom_faults(content: bytes) -> list[str]:
    """RFC 4287, sections 3 and 4."""
    feed = etree.fromstring(content)
    if feed.tag != f"{ATOM}feed":
        return ["the document is no atom:feed"]
    faults = _faults(feed, "feed", IN_FEED)
    entries = feed.findall(f"{ATOM}entry")
    has_author = feed.find(f"{ATOM}author") is not None
    for entry in entries:
        name = f"entry {entry.findtext(f'{ATOM}id')}"
        faults += _faults(entry, name, IN_ENTRY)
        if not has_author and entry.find(f"{ATOM}author") is None:
            faults.append(f"{name}: neither it nor the feed has an author (4.1.1, 4.1.2)")
        faults += _content_faults(entry, name)
    ids = [(entry.findtext(f"{ATOM}id"), entry.findtext(f"{ATOM}updated")) for entry in entries]
    if len(set(ids)) < len(ids):
        faults.append("two entries have the same id and updated (4.1.1)")
    return faults


def _faults(element: Any, name: str, allowed: set[str]) -> list[str]:
    children = [etree.QName(child).localname for child in element]
    faults = [f"{name}: {child} may not stand here" for child in set(children) - allowed]
    faults += [f"{name}: more than one {child}" for child in ONCE if children.count(child) > 1]
    faults += [f"{name}: no {child}" for child in ("id", "title", "updated") if child not in children]
    for child in ("updated", "published"):
        text = element.findtext(f"{ATOM}{child}")
        if text is not None and not _is_moment(text):
            faults.append(f"{name}: {child} is no date (3.3)")
    if not urlsplit(element.findtext(f"{ATOM}id") or "").scheme:
        faults.append(f"{name}: the id is no absolute IRI (4.2.6)")
    for author in element.findall(f"{ATOM}author"):
        if len(author.findall(f"{ATOM}name")) != 1:
            faults.append(f"{name}: an author without one name (3.2.1)")
    for text in (*element.findall(f"{ATOM}title"), *element.findall(f"{ATOM}summary"), *element.findall(f"{ATOM}subtitle")):
        if text.get("type", "text") not in ("text", "html", "xhtml") or len(text):
            faults.append(f"{name}: {text.tag} is no text construct (3.1)")
    return faults + _link_faults(element, name) + _category_faults(element, name)


def _link_faults(element: Any, name: str) -> list[str]:
    links = element.findall(f"{ATOM}link")
    faults = [f"{name}: a link without href (4.2.7.1)" for link in links if not link.get("href")]
    alternates = [(link.get("type"), link.get("hreflang")) for link in links if link.get("rel", "alternate") == "alternate"]
    if len(set(alternates)) < len(alternates):
        faults.append(f"{name}: two alternate links of one type and language (4.1.1)")
    return faults


def _category_faults(element: Any, name: str) -> list[str]:
    return [f"{name}: a category without term (4.2.2)" for each in element.findall(f"{ATOM}category") if not each.get("term")]


def _content_faults(entry: Any, name: str) -> list[str]:
    content = entry.find(f"{ATOM}content")
    alternate = [link for link in entry.findall(f"{ATOM}link") if link.get("rel", "alternate") == "alternate"]
    if content is None:
        return [] if alternate else [f"{name}: neither content nor an alternate link (4.1.2)"]
    if content.get("type", "text") in ("text", "html") and len(content):
        return [f"{name}: content of this type holds elements (4.1.3.3)"]
    return []


def _is_moment(text: str) -> bool:
    if not MOMENT.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def json_faults(content: bytes) -> list[str]:
    """https://www.jsonfeed.org/version/1.1/"""
    feed = json.loads(content)
    faults = []
    if feed.get("version") != "https://jsonfeed.org/version/1.1":
        faults.append("the version is another one")
    if not isinstance(feed.get("title"), str) or not isinstance(feed.get("items"), list):
        return [*faults, "title or items are missing"]
    faults += _address_faults(feed, "feed", ("home_page_url", "feed_url"))
    faults += _language_faults(feed, "feed")
    seen: set[str] = set()
    for item in feed["items"]:
        name = f"item {item.get('id')}"
        if not isinstance(item.get("id"), str) or item["id"] in seen:
            faults.append(f"{name}: the id is no string, or another item's")
        seen.add(item.get("id"))
        faults += _item_faults(item, name)
    return faults


def _item_faults(item: dict[str, Any], name: str) -> list[str]:
    faults = _address_faults(item, name, ("url", "external_url")) + _language_faults(item, name)
    if not any(isinstance(item.get(each), str) for each in ("content_html", "content_text")):
        faults.append(f"{name}: neither content_html nor content_text")
    for moment in ("date_published", "date_modified"):
        if moment in item and not (isinstance(item[moment], str) and _is_moment(item[moment])):
            faults.append(f"{name}: {moment} is no RFC 3339 date")
    if any(not set(author) & {"name", "url", "avatar"} for author in item.get("authors", [])):
        faults.append(f"{name}: an author with neither name, url nor avatar")
    if not all(isinstance(tag, str) for tag in item.get("tags", [])):
        faults.append(f"{name}: a tag that is no string")
    return faults


def _address_faults(holder: dict[str, Any], name: str, keys: tuple[str, ...]) -> list[str]:
    return [f"{name}: {key} is no address" for key in keys if key in holder and not urlsplit(str(holder[key])).netloc]


def _language_faults(holder: dict[str, Any], name: str) -> list[str]:
    return [] if LANGUAGE.fullmatch(holder.get("language", "en")) else [f"{name}: the language is none (RFC 5646)"]
