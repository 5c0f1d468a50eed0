"""OpenDocument texts (ODT, ISO 26300): what is shown with all changes accepted stays."""

from __future__ import annotations

import re
from typing import Any, Final

from lxml import etree

from inquiries.cleaning import pictures, xmls
from inquiries.cleaning.findings import Copy, Findings
from inquiries.cleaning.kinds import MOST_CHARACTERS, Kind
from inquiries.cleaning.packages import Package, packed
from inquiries.cleaning.refusals import Refused

_MANIFEST: Final = "META-INF/manifest.xml"
_MANIFEST_NAMESPACE: Final = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
_OFFICE_NAMESPACE: Final = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_TEXT: Final = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
_PICTURES: Final = re.compile(r"(?:Pictures|media)/[^/]+")
_OBJECT: Final = re.compile(r"(Object [^/]*|ObjBFF[^/]*)/(?:content|styles)\.xml")
_SUFFIXES: Final = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "bmp": "image/bmp",
                    "tif": "image/tiff", "tiff": "image/tiff"}  # fmt: skip
_PROPERTIES: Final = {
    "creator": "author", "initial-creator": "author", "printed-by": "author", "generator": "software", "title": "title",
    "subject": "title", "description": "title", "keyword": "title", "date": "dates", "creation-date": "dates", "print-date":
    "dates",
}  # fmt: skip
# Fields whose last result stays as text: they would say who, where, when and from what.
_FIELDS: Final = (
    "author-name", "author-initials", "initial-creator", "creator", "printed-by", "file-name", "template-name", "creation-date",
    "creation-time", "modification-date", "modification-time", "print-date", "print-time", "editing-cycles", "editing-duration",
    "user-defined", "description", "title", "subject", "keywords", "database-display", "database-name", "database-row-number",
    "sender-firstname", "sender-lastname", "sender-initials", "sender-title", "sender-position", "sender-email",
    "sender-phone-private", "sender-fax", "sender-company", "sender-phone-work", "sender-street", "sender-city",
    "sender-postal-code", "sender-country", "sender-state-or-province", "dde-connection", "execute-macro", "database-next",
    "database-row-select", "meta-field",
)  # fmt: skip
_GONE: Final = (
    "tracked-changes", "change", "change-start", "change-end", "scripts", "event-listeners", "dde-connection-decls",
    "dde-source", "forms", "binary-data", "font-face-src", "table-source", "database-source", "section-source", "script",
)  # fmt: skip
_ATTRIBUTES: Final = ("rsid", "paragraph-rsid", "connection-resource", "dde-application", "dde-topic", "dde-item")
_LINES: Final = ("p", "h", "title", "desc")
_SPACES: Final = ("s", "tab", "line-break")
_HIDDEN: Final = ("hidden-text", "hidden-paragraph")
_META: Final = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<office:document-meta xmlns:office="'
    + _OFFICE_NAMESPACE.encode()
    + b'" office:version="1.2"><office:meta/></office:document-meta>'
)


def clean(content: bytes, found: Findings) -> Copy:
    """Return the document without what tells who made it. Raises Refused."""
    package = Package(content)
    _check(package)
    _tell(package, found)
    renamed: dict[str, str] = {}
    parts: dict[str, bytes] = {}
    for name in filter(_PICTURES.fullmatch, package.names):
        _take_picture(package, name, parts, renamed, found)
    words = []
    for name in package.names:
        if name in ("content.xml", "styles.xml") or _OBJECT.fullmatch(name):
            parts[name], text = _scrubbed(package.read(name), package, renamed, found)
            words.append(text)
    if "settings.xml" in package.names:
        parts["settings.xml"] = _settings(package.read("settings.xml"))
    parts["meta.xml"] = _META
    copy = [("mimetype", Kind.ODT.media_type.encode()), *sorted(parts.items()), (_MANIFEST, _manifest(parts, package))]
    return Copy(packed(copy, stored="mimetype"), "\n".join(words)[:MOST_CHARACTERS])


def _check(package: Package) -> None:
    if not {"content.xml", _MANIFEST} <= set(package.names):
        raise Refused("damaged")
    if any(True for _ in xmls.named(xmls.parse(package.read(_MANIFEST)), "encryption-data")):
        raise Refused("encrypted")
    if any(name.startswith(("Basic/", "Scripts/")) for name in package.names):
        raise Refused("macros")


def _tell(package: Package, found: Findings) -> None:
    for name in package.names:
        if name.startswith("Thumbnails/"):
            found.add("embedded", phrase="thumbnail")
        elif name == "META-INF/documentsignatures.xml":
            found.add("other", phrase="signature")
        elif name.startswith(("Object ", "ObjBFF")) and "/" not in name:
            found.add("embedded", name)
        elif name == "meta.xml" or name.endswith("/meta.xml"):
            _tell_meta(xmls.parse(package.read(name)), found)


def _tell_meta(root: Any, found: Findings) -> None:
    for element in xmls.named(root, *_PROPERTIES):
        found.add(_PROPERTIES[xmls.name(element)], element.text or "")
    for element in xmls.named(root, "user-defined"):
        if element.text:
            found.add("other", f"{xmls.attribute(element, 'name')}: {element.text}")
    for element in xmls.named(root, "template", "auto-reload", "hyperlink-behaviour"):
        found.add("links", xmls.attribute(element, "href"))


def _take_picture(package: Package, name: str, parts: dict[str, bytes], renamed: dict[str, str], found: Findings) -> None:
    """Take a picture under a name of its own, since its name in the package may be that of the file it was."""
    suffix = name.rpartition(".")[2].lower()
    cleaned = pictures.cleaned(package.read(name), name, found) if suffix in _SUFFIXES else None
    if cleaned is None:
        found.add("other", suffix.upper()[:8], "picture-kind")
        return
    renamed[name] = f"Pictures/picture{len(renamed) + 1}.{suffix}"
    parts[renamed[name]] = cleaned


def _scrubbed(content: bytes, package: Package, renamed: dict[str, str], found: Findings) -> tuple[bytes, str]:
    root = xmls.parse(content)
    changes = list(xmls.named(root, "changed-region"))
    found.count("tracked-changes", "changes", len(changes))
    _scrub_authors(root, found)
    _tell_hidden(root, found)
    xmls.remove_all(root, _GONE)
    for element in list(xmls.named(root, *_FIELDS, within=(_TEXT,))):
        xmls.unwrap(element)
    xmls.remove_attributes(root, content, *_ATTRIBUTES)
    _scrub_links(root, package, renamed, found)
    xmls.remove_places(root, content, found)
    return xmls.written(root), _words(root)


def _scrub_authors(root: Any, found: Findings) -> None:
    """Comments lose their author and date, as changes do, which go whole; a document's words have none."""
    found.count("comments", "comments", sum(1 for _ in xmls.named(root, "annotation")))
    for element in list(xmls.named(root, "creator", "date", "creator-initials", "sender-initials")):
        holder = xmls.name(element.getparent())
        if holder in ("annotation", "change-info"):
            found.add("author" if xmls.name(element) == "creator" else "dates", _date_or_name(element))
            xmls.remove(element)


def _date_or_name(element: Any) -> str:
    return "" if "initials" in xmls.name(element) else element.text or ""


def _tell_hidden(root: Any, found: Findings) -> None:
    for element in xmls.named(root, *_HIDDEN):
        _tell_hidden_text(xmls.attribute(element, "string-value") or "".join(element.itertext()), found)
    for element in xmls.named(root, "section"):
        if xmls.attribute(element, "display") in ("none", "condition"):
            _tell_hidden_text("".join(element.itertext()), found)
    for element in xmls.named(root, "text-properties"):
        if xmls.attribute(element, "display") == "none":
            _tell_hidden_text(xmls.attribute(element.getparent(), "name"), found)


def _tell_hidden_text(words: str, found: Findings) -> None:
    if words.strip():
        found.add("hidden", " ".join(words.split())[:200], "text")


def _scrub_links(root: Any, package: Package, renamed: dict[str, str], found: Findings) -> None:
    for element in list(root.iter(etree.Element)):
        for key in [key for key in element.attrib if key.endswith("}href")]:
            target = element.attrib[key].removeprefix("./")
            if target in renamed:
                element.attrib[key] = renamed[target]
            elif not target.startswith("#") and f"{target}/content.xml" not in package.names:
                _take_link_out(element, key, target, package, found)


def _take_link_out(element: Any, key: str, target: str, package: Package, found: Findings) -> None:
    """Take out a link; the words of one stay, and a frame whose picture is gone is empty."""
    if target not in package.names and not target.startswith(("ObjectReplacements/", "Object ")):
        found.add("links", target)
    if xmls.name(element) == "a":
        xmls.unwrap(element)
    elif xmls.name(element) in ("image", "object", "object-ole", "plugin", "applet", "floating-frame", "fill-image"):
        xmls.remove(element)
    else:
        del element.attrib[key]


def _settings(content: bytes) -> bytes:
    """Keep how the text is laid out, which are numbers and truths; words are names of printers and places."""
    root = xmls.parse(content)
    for item in list(xmls.named(root, "config-item")):
        if (
            xmls.attribute(item, "type") not in ("boolean", "short", "int", "long")
            or "rsid" in xmls.attribute(item, "name").lower()
        ):
            xmls.remove(item)
    return xmls.written(root)


def _manifest(parts: dict[str, bytes], package: Package) -> bytes:
    kinds = {
        xmls.attribute(entry, "full-path"): xmls.attribute(entry, "media-type")
        for entry in xmls.named(xmls.parse(package.read(_MANIFEST)), "file-entry")
    }
    root = etree.Element(f"{{{_MANIFEST_NAMESPACE}}}manifest", nsmap={"manifest": _MANIFEST_NAMESPACE})
    root.set(f"{{{_MANIFEST_NAMESPACE}}}version", "1.2")
    folders = sorted({name.rpartition("/")[0] + "/" for name in parts if _OBJECT.fullmatch(name)})
    entries = [("/", Kind.ODT.media_type), *((folder, kinds.get(folder, "")) for folder in folders)]
    entries += [(name, _SUFFIXES.get(name.rpartition(".")[2], "text/xml")) for name in sorted(parts)]
    for path, kind in entries:
        entry = etree.SubElement(root, f"{{{_MANIFEST_NAMESPACE}}}file-entry")
        entry.set(f"{{{_MANIFEST_NAMESPACE}}}full-path", path)
        entry.set(f"{{{_MANIFEST_NAMESPACE}}}media-type", kind)
    return xmls.written(root)


def _words(root: Any) -> str:
    """Return each paragraph's words on a line of their own, those of a comment apart from those that it stands among."""
    lines: dict[Any, list[str]] = {}
    open_: list[Any] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        is_line = xmls.name(element) in _LINES
        if event == "start":
            if is_line:
                open_.append(element)
                lines[element] = []
            text = " " if xmls.name(element) in _SPACES else element.text
        else:
            if is_line:
                open_.pop()
            text = element.tail
        if open_ and text:
            lines[open_[-1]].append(text)
    return "\n".join(filter(str.strip, map("".join, lines.values())))
