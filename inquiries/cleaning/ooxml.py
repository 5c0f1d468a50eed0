"""What DOCX and XLSX have in common: a package of parts that lead to one another (ECMA-376-2).

The copy holds the parts that the document leads to and whose kind is known; the list of kinds and the leads are written anew.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

from lxml import etree

from inquiries.cleaning import pictures, xmls
from inquiries.cleaning.findings import Copy, Findings
from inquiries.cleaning.kinds import MOST_CHARACTERS
from inquiries.cleaning.packages import Package, packed
from inquiries.cleaning.refusals import Refused

_CONTENT_TYPES: Final = "[Content_Types].xml"
_TYPES: Final = "http://schemas.openxmlformats.org/package/2006/content-types"
_LEADS: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
_REFERENCES: Final = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)
_OFFICE: Final = "urn:schemas-microsoft-com:office:office"
_REFERENCE: Final = (
    f"//@*[namespace-uri()='{_REFERENCES[0]}' or namespace-uri()='{_REFERENCES[1]}' "
    f"or (namespace-uri()='{_OFFICE}' and local-name()='relid')]"
)
_REFERENCE_NAMES: Final = re.compile(
    rb":(?:id|embed|link|pict|dm|lo|qs|cs|blip|href|relid|topLeft|topRight|bottomLeft|bottomRight)\s*=", re.IGNORECASE
)
_LEADS_TYPE: Final = "application/vnd.openxmlformats-package.relationships+xml"
_VML: Final = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_OPEN: Final = "application/vnd.openxmlformats-officedocument."
_SHARED: Final = {
    _OPEN + "theme+xml",
    _OPEN + "themeOverride+xml",
    _OPEN + "drawingml.chart+xml",
    _OPEN + "drawingml.chartshapes+xml",
    _OPEN + "drawingml.diagramData+xml",
    _OPEN + "drawingml.diagramLayout+xml",
    _OPEN + "drawingml.diagramStyle+xml",
    _OPEN + "drawingml.diagramColors+xml",
    "application/vnd.ms-office.drawingml.diagramDrawing+xml",
}
_MACROS: Final = re.compile(r"macroEnabled|vbaProject|macrosheet|activeX|ms-office\.vba|dialogsheet", re.IGNORECASE)
# These stay where their lead is gone, and lose it; any other element goes with it.
_STAY: Final = {"hyperlink", "blip", "imagedata", "fill", "stroke", "pageSetup", "background"}
_GONE: Final = {"extLst", "externalData", "absPath", "userShapes"}
_NAMES: Final = {"theme", "clrScheme", "fontScheme", "fmtScheme"}  # named after the firm whose colours they are
_WORD_ATTRIBUTES: Final = ("descr", "title")
_FORMULA_OUT: Final = re.compile(r"(?<![\w.\]])'?\[[^\]]+\]|\[\d+\]|https?:|file:|\\\\|[A-Za-z]:\\", re.IGNORECASE)

_PROPERTIES: Final = {
    "creator": "author", "lastModifiedBy": "author", "Manager": "author", "title": "title", "subject": "title", "keywords": "title",
    "description": "title", "category": "title", "created": "dates", "modified": "dates", "lastPrinted": "dates",
    "Application": "software", "Company": "company", "HyperlinkBase": "links", "identifier": "other", "contentStatus": "other",
}  # fmt: skip

Scrub = Callable[[Any, bytes, str, Findings], str]


@dataclass(frozen=True)
class Format:
    """One of the two formats: its main part's kind, the kinds of other parts kept, and what is done with a part of a kind."""

    main: str
    kept: frozenset[str]
    scrub: Scrub


@dataclass
class Work:
    """A package on its way: parts written so far by their new names, and the words in them."""

    package: Package
    format: Format
    found: Findings
    defaults: dict[str, str] = field(default_factory=dict)
    overrides: dict[str, str] = field(default_factory=dict)
    written: dict[str, bytes] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    words: list[str] = field(default_factory=list)

    def type_of(self, part: str) -> str:
        return self.overrides.get(part.lower()) or self.defaults.get(part.rpartition(".")[2].lower(), "")

    def is_kept(self, part: str) -> bool:
        kind = self.type_of(part)
        return kind in (self.format.main, _VML) or kind in self.format.kept or kind in _SHARED or kind.startswith("image/")


def clean(content: bytes, found: Findings, format_: Format) -> Copy:
    """Return the package with nothing but what its document needs. Raises Refused."""
    work = Work(Package(content), format_, found)
    _read_types(work)
    main = next((part for kind, part, _ in _leads(work, "") if kind.endswith("/officeDocument")), None)
    if main is None or main not in work.package.names:
        raise Refused("damaged")
    if work.type_of(main) != format_.main:
        raise Refused("other-office")
    _tell(work)
    _take(work, main)
    work.written["_rels/.rels"] = _leads_part([("rId1", _REFERENCES[0] + "/officeDocument", main)])
    parts = [(_CONTENT_TYPES, _types_part(work)), *sorted(work.written.items())]
    return Copy(packed(parts), "\n".join(word for word in work.words if word)[:MOST_CHARACTERS])


def _read_types(work: Work) -> None:
    if _CONTENT_TYPES not in work.package.names:
        raise Refused("damaged")
    for entry in xmls.parse(work.package.read(_CONTENT_TYPES)):
        kind = entry.get("ContentType", "")
        if _MACROS.search(kind):
            raise Refused("macros")
        if xmls.name(entry) == "Default":
            work.defaults[entry.get("Extension", "").lower()] = kind
        else:
            work.overrides[entry.get("PartName", "").lstrip("/").lower()] = kind
    if any("vbaproject" in part.lower() for part in work.package.names):
        raise Refused("macros")


def _leads_of(part: str) -> str:
    folder, base = posixpath.split(part)
    return posixpath.join(folder, "_rels", base + ".rels")


def _leads(work: Work, part: str) -> list[tuple[str, str, str]]:
    """Return the leads of a part to others in the package: kind, part, identifier. Those out of it are told of."""
    leads = _leads_of(part)
    if leads not in work.package.names:
        return []
    found = []
    for entry in xmls.parse(work.package.read(leads)):
        target = entry.get("Target", "")
        if entry.get("TargetMode") == "External":
            work.found.add("links", target)
        elif not target.startswith("#"):
            path = posixpath.normpath(posixpath.join("/", posixpath.dirname(part), unquote(target))).lstrip("/")
            found.append((entry.get("Type", ""), path, entry.get("Id", "")))
    return found


# --- telling --------------------------------------------------------------------------------------------------------


def _tell(work: Work) -> None:
    if any(kind.endswith("/thumbnail") for kind, _, _ in _leads(work, "")):
        work.found.add("embedded", phrase="thumbnail")
    for part in work.package.names:
        if part != _CONTENT_TYPES and not work.is_kept(part):
            _tell_part(work, part)


def _tell_part(work: Work, part: str) -> None:
    kind = work.type_of(part)
    if part.endswith(".rels"):
        folder, base = posixpath.split(part)
        _leads(work, posixpath.join(posixpath.dirname(folder), base.removesuffix(".rels")))
    elif tell := next((tell for ending, tell in _TELLERS.items() if kind.endswith(ending)), None):
        for element in xmls.parse(work.package.read(part)):
            tell(element, work.found)
    elif kind or not part.endswith(".xml"):
        _tell_kind(kind, part, work.found)


def _tell_property(element: Any, found: Findings) -> None:
    if xmls.name(element) in _PROPERTIES:
        found.add(_PROPERTIES[xmls.name(element)], element.text or "")


def _tell_custom(element: Any, found: Findings) -> None:
    found.add("other", f"{element.get('name')}: {''.join(element.itertext())}")


def _tell_person(element: Any, found: Findings) -> None:
    found.add("author", xmls.attribute(element, "displayName") or xmls.attribute(element, "author"))


_TELLERS: Final = {
    "core-properties+xml": _tell_property,
    "extended-properties+xml": _tell_property,
    "custom-properties+xml": _tell_custom,
    ".person+xml": _tell_person,
    ".people+xml": _tell_person,
}


def _tell_kind(kind: str, part: str, found: Findings) -> None:
    base = posixpath.basename(part)
    if "/embeddings/" in part or "oleObject" in kind or kind.endswith("aFChunk"):
        found.add("embedded", base)
    elif "pivot" in kind:
        found.add("other", phrase="pivot")
    elif not re.search(r"webSettings|stylesWithEffects|calcChain|fontTable|chartstyle|chartcolorstyle|comments\w+\+xml", kind):
        found.add("other", base, "part")


# --- taking ---------------------------------------------------------------------------------------------------------


def _take(work: Work, main: str) -> None:
    """Take the main part and all that it leads to, each once; what is led to more than once is written once."""
    work.seen.add(main)
    waiting = [main]
    while waiting:
        part = waiting.pop()
        leads = []
        for kind, target, identifier in _leads(work, part):
            if target in work.package.names and work.is_kept(target):
                if target not in work.seen:
                    work.seen.add(target)
                    waiting.append(target)
                if _is_taken(work, target):
                    leads.append((identifier, kind, target))
        _take_part(work, part, leads)


def _is_taken(work: Work, part: str) -> bool:
    """Whether a part that is led to is kept. A picture is cleaned at once, since those that can't be are not led to any more."""
    if not work.type_of(part).startswith("image/"):
        return True
    if part not in work.renamed:
        cleaned = pictures.cleaned(work.package.read(part), part, work.found)
        folder, suffix = posixpath.dirname(part), part.rpartition(".")[2].lower()
        # A picture's name in the package may be that of the file it was.
        name = f"{folder}/picture{len(work.renamed) + 1}.{suffix}" if cleaned is not None else ""
        work.renamed[part] = name
        if cleaned is not None:
            work.written[name], work.types[name] = cleaned, work.type_of(part)
    return bool(work.renamed[part])


def _take_part(work: Work, part: str, leads: list[tuple[str, str, str]]) -> None:
    kind = work.type_of(part)
    if kind.startswith("image/"):
        return
    content = work.package.read(part)
    root = _vml(content) if kind == _VML else xmls.parse(content)
    _scrub(root, content, work.found)
    _prune(root, content, {identifier for identifier, _, _ in leads})
    words = work.format.scrub(root, content, kind, work.found)
    work.words += [words, *_descriptions(root)]
    work.written[part], work.types[part] = xmls.written(root), kind
    if leads:
        work.written[_leads_of(part)] = _leads_part([(name, type_, work.renamed.get(to, to)) for name, type_, to in leads])


def _vml(content: bytes) -> Any:
    """Excel writes VML with elements that it does not close."""
    if len(content) > xmls.MOST_BYTES:
        raise Refused("unpacked")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, recover=True, remove_comments=True, remove_pis=True
    )
    root = etree.fromstring(content, parser)
    if root is None or root.getroottree().docinfo.internalDTD is not None:
        raise Refused("damaged")
    return root


def _scrub(root: Any, content: bytes, found: Findings) -> None:
    xmls.remove_all(root, _GONE)
    xmls.remove_places(root, content, found)
    # Numbers by which programs know a paragraph or a cell again, and the name of the file that a picture was.
    xmls.remove_attributes(root, content, "uid", "paraId", "textId", "codeName", "macro")
    for element in xmls.named(root, "imagedata", "fill"):
        for key in (f"{{{_OFFICE}}}title", f"{{{_OFFICE}}}href", "src"):
            element.attrib.pop(key, None)
    for element in xmls.named(root, "cNvPr"):
        if xmls.name(element.getparent()) == "nvPicPr":
            element.set("name", "")
    for element in xmls.named(root, *_NAMES):
        element.set("name", "")
    for element in xmls.named(root, "f"):
        if "/chart" in element.tag and _FORMULA_OUT.search(element.text or ""):
            element.text = "#REF!"


def _prune(root: Any, content: bytes, kept: set[str]) -> None:
    """Take out what referred to parts that are gone, so that no reader finds the document damaged."""
    if not xmls.holds(content, _REFERENCE_NAMES):
        return
    for value in root.xpath(_REFERENCE):
        if value not in kept:
            element = value.getparent()
            if xmls.name(element) in _STAY:
                del element.attrib[value.attrname]
            else:
                xmls.remove(element)


def _descriptions(root: Any) -> list[str]:
    described = xmls.named(root, "docPr", "cNvPr")
    return [element.get(key) for element in described for key in _WORD_ATTRIBUTES if element.get(key)]


# --- writing --------------------------------------------------------------------------------------------------------


def _leads_part(leads: list[tuple[str, str, str]]) -> bytes:
    root = etree.Element(f"{{{_LEADS}}}Relationships", nsmap={None: _LEADS})
    for identifier, kind, part in leads:
        etree.SubElement(root, f"{{{_LEADS}}}Relationship", Id=identifier, Type=kind, Target=f"/{part}")
    return xmls.written(root)


def _types_part(work: Work) -> bytes:
    root = etree.Element(f"{{{_TYPES}}}Types", nsmap={None: _TYPES})
    defaults = {"rels": _LEADS_TYPE, "xml": "application/xml"}
    for part, kind in sorted(work.types.items()):
        if defaults.setdefault(part.rpartition(".")[2].lower(), kind) != kind:
            etree.SubElement(root, f"{{{_TYPES}}}Override", PartName=f"/{part}", ContentType=kind)
    for place, (suffix, kind) in enumerate(defaults.items()):
        root.insert(place, etree.Element(f"{{{_TYPES}}}Default", Extension=suffix, ContentType=kind))
    return xmls.written(root)
