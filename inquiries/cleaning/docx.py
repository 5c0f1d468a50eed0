"""Word documents (DOCX): what is shown with all changes accepted stays."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from inquiries.cleaning import ooxml, xmls
from inquiries.cleaning.findings import Copy, Findings

_WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml."
_PARTS: Final = ("styles", "settings", "numbering", "header", "footer", "footnotes", "endnotes", "comments", "fontTable")
_KEPT: Final = frozenset(_WORD + kind + "+xml" for kind in _PARTS)
# DrawingML has elements of the same names that mean other things.
_NAMESPACES: Final = (
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
)
_SETTINGS: Final = {
    "compat", "evenAndOddHeaders", "mirrorMargins", "defaultTabStop", "autoHyphenation", "consecutiveHyphenLimit",
    "hyphenationZone", "characterSpacingControl", "footnotePr", "endnotePr", "themeFontLang", "clrSchemeMapping",
    "decimalSymbol", "listSeparator", "mathPr", "displayBackgroundShape", "bordersDoNotSurroundHeader",
    "bordersDoNotSurroundFooter", "gutterAtTop", "defaultTableStyle", "drawingGridHorizontalSpacing",
    "drawingGridVerticalSpacing", "noLineBreaksAfter", "noLineBreaksBefore", "bookFoldPrinting",
}  # fmt: skip
_DELETED: Final = ("del", "moveFrom")
_INSERTED: Final = ("ins", "moveTo")
_CHANGES: Final = (
    "rPrChange", "pPrChange", "sectPrChange", "tblPrChange", "tblPrExChange", "tcPrChange", "trPrChange", "tblGridChange",
    "numberingChange", "cellIns", "cellMerge",
)  # fmt: skip
_MARKS: Final = (
    "moveFromRangeStart", "moveFromRangeEnd", "moveToRangeStart", "moveToRangeEnd", "customXmlInsRangeStart",
    "customXmlInsRangeEnd", "customXmlDelRangeStart", "customXmlDelRangeEnd", "customXmlMoveFromRangeStart",
    "customXmlMoveFromRangeEnd", "customXmlMoveToRangeStart", "customXmlMoveToRangeEnd", "permStart", "permEnd", "proofErr",
    "dataBinding", "altChunk", "entryMacro", "exitMacro", "smartTagPr", "customXmlPr", "placeholder", "control", "rsid",
    "embedRegular", "embedBold", "embedItalic", "embedBoldItalic", "docPartObj",
)  # fmt: skip
_WRAPPERS: Final = ("smartTag", "customXml")
_PARAGRAPH_CONTENT: Final = {"r", "hyperlink", "fldSimple", "sdt", "oMath", "oMathPara"}
# Fields that speak of the document alone. Of others, which say who wrote it, where it lies, what it fetches, the last result stays.
_FIELDS: Final = {
    "PAGE", "NUMPAGES", "SECTIONPAGES", "SECTION", "TOC", "REF", "PAGEREF", "NOTEREF", "SEQ", "STYLEREF", "XE", "INDEX", "TC",
    "FORMTEXT", "FORMCHECKBOX", "FORMDROPDOWN", "EQ", "SYMBOL", "=",
}  # fmt: skip
_INSIDE: Final = re.compile(r'\s*HYPERLINK\s+\\l\s+"[^"]*"[^:]*', re.IGNORECASE)
_ADDRESS: Final = re.compile(r'"([^"]*[:\\/][^"]*)"')


def clean(content: bytes, found: Findings) -> Copy:
    """Return the document without what tells who made it. Raises Refused."""
    return ooxml.clean(content, found, ooxml.Format(main=_WORD + "document.main+xml", kept=_KEPT, scrub=_scrub))


def _scrub(root: Any, content: bytes, kind: str, found: Findings) -> str:
    if kind == _WORD + "settings+xml":
        xmls.keep(root, _SETTINGS)
        return ""
    _tell_comments(root, kind, found)
    found.count("tracked-changes", "changes", _accept(root, found))
    xmls.remove_all(root, _MARKS, within=_NAMESPACES)
    for element in list(_named(root, *_WRAPPERS)):
        xmls.unwrap(element)
    for element in list(_named(root, "object")):  # what was embedded is gone; its preview stays as a picture
        element.tag = element.tag.replace("}object", "}pict")
        element.attrib.clear()
    _flatten_fields(root, found)
    _tell_hidden(root, found)
    xmls.remove_attributes(root, content, "initials", "date", "dateUtc", "rsid*")
    for author in root.xpath("//@*[local-name()='author']"):
        author.getparent().set(author.attrname, "")
    return _words(root)


def _named(root: Any, *locals_: str) -> Iterator[Any]:
    return xmls.named(root, *locals_, within=_NAMESPACES)


def _tell_comments(root: Any, kind: str, found: Findings) -> None:
    if kind != _WORD + "comments+xml":
        return
    comments = list(xmls.named(root, "comment"))
    found.count("comments", "comments", len(comments))
    for comment in comments:
        found.add("author", xmls.attribute(comment, "author"))
        found.add("dates", xmls.attribute(comment, "date"))


# --- tracked changes ------------------------------------------------------------------------------------------------


def _accept(root: Any, found: Findings) -> int:
    """Accept all changes, as Word's “Accept all” does; return how many there were."""
    changes = list(_named(root, *_DELETED, *_INSERTED, *_CHANGES, "cellDel"))
    for element in changes:
        found.add("author", xmls.attribute(element, "author"))
        found.add("dates", xmls.attribute(element, "date"))
    _each(root, ("cellDel",), _delete_cell)
    _each(root, ("del",), _delete_row_or_mark)
    _each(root, _DELETED, xmls.remove)
    _each(root, _INSERTED, xmls.unwrap)
    xmls.remove_all(root, _CHANGES, within=_NAMESPACES)
    return len(changes)


def _each(root: Any, names: tuple[str, ...], do: Callable[[Any], None]) -> None:
    for element in list(_named(root, *names)):
        do(element)


def _delete_cell(mark: Any) -> None:
    cell = mark.getparent().getparent()
    if xmls.name(cell) == "tc" and sum(xmls.name(each) == "tc" for each in cell.getparent()) > 1:
        xmls.remove(cell)
    else:
        xmls.remove(mark)


def _delete_row_or_mark(mark: Any) -> None:
    """Delete a row, or a paragraph of which nothing is left, that has a mark of deletion among its properties."""
    holder = mark.getparent()
    if holder is None or xmls.name(holder) not in ("trPr", "rPr"):
        return
    above = holder.getparent()
    if xmls.name(holder) == "trPr":
        table = above.getparent()
        xmls.remove(above)
        if table is not None and not any(xmls.name(row) == "tr" for row in table) and table.getparent() is not None:
            xmls.remove(table)
        return
    xmls.remove(mark)
    if xmls.name(above) == "pPr":
        _delete_paragraph(above.getparent())


def _delete_paragraph(paragraph: Any) -> None:
    """Delete a paragraph whose end is deleted, if its words are too. Else it keeps its end: a break more than Word would leave."""
    for child in paragraph:
        if xmls.name(child) in _PARAGRAPH_CONTENT or (xmls.name(child) in _INSERTED and len(child)):
            return
    following = paragraph.getnext()
    has_section = any(True for _ in xmls.named(paragraph, "sectPr"))
    if following is not None and xmls.name(following) == "p" and not has_section:
        xmls.remove(paragraph)


# --- fields and hidden text -----------------------------------------------------------------------------------------


def _flatten_fields(root: Any, found: Findings) -> None:
    for element in list(_named(root, "fldSimple")):
        if not _is_harmless(xmls.attribute(element, "instr"), found):
            xmls.unwrap(element)
    for elements in _fields(root):
        instruction = "".join(each.text or "" for each in elements if xmls.name(each) == "instrText")
        if not _is_harmless(instruction, found):
            for each in elements:
                xmls.remove(each)


def _fields(root: Any) -> list[list[Any]]:
    """Return the marks and instructions of each field; those of one inside another are apart."""
    done: list[list[Any]] = []
    open_: list[list[Any]] = []
    for element in _named(root, "fldChar", "instrText"):
        step = xmls.attribute(element, "fldCharType")
        if step == "begin":
            open_.append([])
        if open_:
            open_[-1].append(element)
            if step == "end":
                done.append(open_.pop())
    return done + open_


def _is_harmless(instruction: str, found: Findings) -> bool:
    words = instruction.split(None, 1)
    if not words or words[0].upper() in _FIELDS or instruction.lstrip().startswith("=") or _INSIDE.fullmatch(instruction):
        return not xmls.is_place(instruction)
    for address in _ADDRESS.findall(instruction):
        found.add("links", address)
    return False


def _tell_hidden(root: Any, found: Findings) -> None:
    hidden = []
    for mark in _named(root, "vanish"):
        run = mark.getparent().getparent()
        if xmls.attribute(mark, "val") not in ("0", "false") and run is not None and xmls.name(run) == "r":
            hidden.append("".join(each.text or "" for each in xmls.named(run, "t")))
    if words := " ".join(filter(None, hidden)):
        found.add("hidden", words[:200], "text")


def _words(root: Any) -> str:
    paragraphs: dict[Any, list[str]] = {}
    for element in xmls.named(root, "t", "tab", "br", "v"):
        if xmls.name(element.getparent()) == "tabs":  # where tabs stop, not one that is typed
            continue
        parent = element.getparent()
        while parent is not None and xmls.name(parent) not in ("p", "pt"):
            parent = parent.getparent()
        paragraphs.setdefault(parent, []).append((element.text or "") if xmls.name(element) in ("t", "v") else " ")
    return "\n".join(filter(str.strip, map("".join, paragraphs.values())))
