"""Excel workbooks (XLSX): sheets, values, formulas inside the workbook, charts and comments stay."""

from __future__ import annotations

import re
from typing import Any, Final

from inquiries.cleaning import ooxml, xmls
from inquiries.cleaning.findings import Copy, Findings

_SHEET: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml."
_PARTS: Final = ("worksheet", "chartsheet", "styles", "sharedStrings", "table", "comments", "sheetMetadata")
_KEPT: Final = frozenset(
    {*(_SHEET + kind + "+xml" for kind in _PARTS), "application/vnd.openxmlformats-officedocument.drawing+xml"}
)
_WORKBOOK: Final = {"workbookPr", "bookViews", "sheets", "definedNames", "calcPr"}
_GONE: Final = (
    "customSheetViews", "protectedRanges", "sheetProtection", "scenarios", "dataConsolidate", "oleObjects", "controls",
    "webPublishItems", "customProperties", "smartTags", "cellWatches", "fileSharing",
)  # fmt: skip
# A reference to another workbook, a place or an address; not a column of a table, as in Prices[2026]. Or a function that fetches or
# starts something on the machine of whoever opens the workbook: an address that it puts together can't be seen here.
_OUT: Final = re.compile(
    r"(?<![\w.\]])'?\[[^\]]+\]|'[^']*\[[^\]]+\][^']*'!|https?:|ftp:|file:|\\\\|[A-Za-z]:\\|WEBSERVICE|\|'"
    r"|\b(?:IMAGE|HYPERLINK|RTD|CALL|REGISTER|REGISTER\.ID|EXEC|SQL\.REQUEST|DDE|STOCKHISTORY|CUBE[A-Z]+)\s*\(",
    re.IGNORECASE,
)
_HIDDEN: Final = ("1", "true")


def clean(content: bytes, found: Findings) -> Copy:
    """Return the workbook without what tells who made it. Raises Refused."""
    return ooxml.clean(content, found, ooxml.Format(main=_SHEET + "sheet.main+xml", kept=_KEPT, scrub=_scrub))


def _scrub(root: Any, content: bytes, kind: str, found: Findings) -> str:
    kind = kind.removeprefix(_SHEET).removesuffix("+xml")
    if kind == "sheet.main":
        return _scrub_workbook(root, found)
    if kind == "worksheet":
        return _scrub_sheet(root, found)
    if kind == "comments":
        _scrub_comments(root, found)
    elif kind == "table":
        xmls.remove_attributes(root, content, "tableType", "connectionId", "queryTableFieldId")
        _scrub_rules(root, found)
    return "\n".join(each.text for each in xmls.named(root, "t", "v") if each.text)


def _scrub_workbook(root: Any, found: Findings) -> str:
    xmls.keep(root, _WORKBOOK)
    sheets = list(xmls.named(root, "sheet"))
    for sheet in sheets:
        if sheet.get("state", "visible") != "visible":
            found.add("hidden", sheet.get("name", ""), "sheet")
    names = []
    for defined in list(xmls.named(root, "definedName")):
        if _OUT.search(defined.text or ""):
            found.add("links", defined.text)
            xmls.remove(defined)
            continue
        for key in set(defined.attrib) & {"comment", "description", "customMenu", "help", "statusBar"}:
            del defined.attrib[key]
        names.append(defined.get("name", ""))
    for group in list(xmls.named(root, "definedNames")):
        if not len(group):
            xmls.remove(group)
    return "\n".join([sheet.get("name", "") for sheet in sheets] + [name for name in names if not name.startswith("_xlnm.")])


def _scrub_sheet(root: Any, found: Findings) -> str:
    xmls.remove_all(root, _GONE)
    found.count("hidden", "rows", sum(row.get("hidden") in _HIDDEN for row in xmls.named(root, "row")))
    columns = [column for column in xmls.named(root, "col") if column.get("hidden") in _HIDDEN]
    found.count("hidden", "columns", sum(_span(column) for column in columns))
    _scrub_formulas(root, found)
    _scrub_rules(root, found)
    for link in list(xmls.named(root, "hyperlink")):
        if not link.get("location"):
            xmls.remove(link)
    for group in list(xmls.named(root, "hyperlinks", "tableParts")):
        if not len(group):
            xmls.remove(group)
    headers = xmls.named(root, "oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter")
    texts = [*xmls.named(root, "t", "formula1", "formula2"), *headers]
    prompts = [
        each.get(key)
        for each in xmls.named(root, "dataValidation", "hyperlink")
        for key in ("prompt", "error", "display", "tooltip")
    ]
    return "\n".join([each.text for each in texts if each.text] + [prompt for prompt in prompts if prompt] + _strings(root))


def _span(column: Any) -> int:
    first, last = (int(column.get(key, "0")) if column.get(key, "0").isdigit() else 0 for key in ("min", "max"))
    return max(1, min(last - first + 1, 16_384))


def _strings(root: Any) -> list[str]:
    """The results of formulas that are text; other texts stand among the workbook's shared strings."""
    return [str(text) for text in root.xpath("//*[@t='str']/*[local-name()='v']/text()")]


def _scrub_formulas(root: Any, found: Findings) -> None:
    """Put their last value in place of formulas that reach out of the workbook, and of those that share one."""
    shared = set()
    for formula in list(xmls.named(root, "f")):
        text = formula.text or ""
        if _OUT.search(text) or formula.get("si") in shared:
            found.add("links", text)
            shared |= {formula.get("si")} - {None}
            xmls.remove(formula)


def _scrub_rules(root: Any, found: Findings) -> None:
    """Take out rules of formats, of what may be typed and of columns whose formulas reach out of the workbook."""
    for formula in list(xmls.named(root, "formula", "formula1", "formula2", "calculatedColumnFormula", "totalsRowFormula")):
        if _OUT.search(formula.text or ""):
            found.add("links", formula.text)
            rule = formula if xmls.name(formula).endswith("Formula") else formula.getparent()
            if rule.getparent() is not None:  # its other formula may have taken it out already
                xmls.remove(rule)
    for group in list(xmls.named(root, "conditionalFormatting", "dataValidations")):
        group.attrib.pop("count", None)
        if not len(group):
            xmls.remove(group)


def _scrub_comments(root: Any, found: Findings) -> None:
    authors = [author.text or "" for author in xmls.named(root, "author")]
    comments = list(xmls.named(root, "comment"))
    found.count("comments", "comments", len(comments))
    for comment in comments:
        number = comment.get("authorId", "")
        if number.isdigit() and int(number) < len(authors):
            _without_start(comment, authors[int(number)])
    for author in xmls.named(root, "author"):
        found.add("author", author.text or "")
        author.text = ""


def _without_start(comment: Any, author: str) -> None:
    """Excel starts a comment with its author's name and a colon."""
    texts = list(xmls.named(comment, "t"))
    start = f"{author}:"
    if not author or not "".join(text.text or "" for text in texts).startswith(start):
        return
    left = len(start)
    for text in texts:
        taken = min(left, len(text.text or ""))
        text.text = (text.text or "")[taken:]
        left -= taken
