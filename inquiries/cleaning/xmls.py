"""XML of office files."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final

from lxml import etree

from inquiries.cleaning import xmp
from inquiries.cleaning.findings import Findings
from inquiries.cleaning.refusals import Refused

MOST_BYTES: Final = 64 * 1024 * 1024  # of one part; read, it takes several times that
_HEAD: Final = 4_096  # bytes
# Places on a disk or a network, which hold names of people, projects and servers.
_PLACE: Final = re.compile(r"^(?:[A-Za-z]:[\\/]|\\\\|file:|smb:|//)|[A-Za-z]:\\\w|\\\\\w+\\\w|\bfile://", re.IGNORECASE)
_PLACE_BYTES: Final = re.compile(rb"[A-Za-z]:[\\/]\w|\\\\|file:|smb:|\"//", re.IGNORECASE)


def parse(content: bytes) -> Any:
    """Return the root of a part. Raises Refused if it is no XML, too large, or brings definitions of its own (billion laughs)."""
    if len(content) > MOST_BYTES:
        raise Refused("unpacked")
    if b"<!DOCTYPE" in content[:_HEAD]:  # before the parser meets what is in it
        raise Refused("entities")
    try:
        root = etree.fromstring(content, xmp.parser())
    except etree.XMLSyntaxError:
        raise Refused("damaged") from None
    info = root.getroottree().docinfo
    if info.doctype or info.internalDTD is not None:
        raise Refused("entities")
    return root


def written(root: Any) -> bytes:
    return bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True))


def name(element: Any) -> str:
    return str(etree.QName(element).localname)


def attribute(element: Any, local: str) -> str:
    """Return the value of an attribute, whatever its namespace; '' if there is none."""
    for key, value in element.attrib.items():
        if etree.QName(key).localname == local:
            return str(value)
    return ""


def named(root: Any, *locals_: str, within: Collection[str] = ("*",)) -> Iterator[Any]:
    """Yield the elements of these names, of any or of some namespaces. Take a list of it before changing the tree."""
    yield from root.iter(*(f"{{{namespace}}}{local}" for namespace in within for local in locals_))


def remove(element: Any) -> None:
    """Take an element out with what is in it; the text behind it stays."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        before = element.getprevious()
        if before is None:
            parent.text = (parent.text or "") + element.tail
        else:
            before.tail = (before.tail or "") + element.tail
        element.tail = None
    parent.remove(element)


def unwrap(element: Any) -> None:
    """Put what is in an element in its place."""
    parent = element.getparent()
    if parent is None:
        return
    place = parent.index(element)
    if element.text:
        before = element.getprevious()
        if before is None:
            parent.text = (parent.text or "") + element.text
        else:
            before.tail = (before.tail or "") + element.text
    for child in list(element):
        parent.insert(place, child)
        place += 1
    remove(element)


def remove_all(root: Any, locals_: Iterable[str], *, within: Collection[str] = ("*",)) -> int:
    """Take out all elements of these names; return how many there were."""
    elements = list(named(root, *locals_, within=within))
    for element in elements:
        remove(element)
    return len(elements)


def keep(root: Any, locals_: Collection[str]) -> None:
    """Take out the children of an element that have other names."""
    for child in list(root):
        if name(child) not in locals_:
            remove(child)


def holds(content: bytes, pattern: re.Pattern[bytes]) -> bool:
    """Whether a part may hold something, by its bytes, which is much faster than by its tree. UTF-16 may hold anything."""
    return b"\0" in content or bool(pattern.search(content))


def remove_attributes(root: Any, content: bytes, *locals_: str) -> None:
    """Take out attributes of these names, whatever their namespace. A name that ends in * stands for all that start so."""
    if not holds(content, re.compile("|".join(local.rstrip("*") for local in locals_).encode())):
        return
    tests = [
        f"starts-with(local-name(), '{local[:-1]}')" if local.endswith("*") else f"local-name()='{local}'" for local in locals_
    ]
    for value in root.xpath(f"//@*[{' or '.join(tests)}]"):
        del value.getparent().attrib[value.attrname]


def remove_places(root: Any, content: bytes, found: Findings) -> None:
    """Empty attributes that say where something lies on a disk or a network; most parts have none, and are not searched."""
    if not holds(content, _PLACE_BYTES):
        return
    for element in root.iter(etree.Element):
        for key, value in element.attrib.items():
            if _PLACE.search(value):
                found.add("links", value)
                element.attrib[key] = ""


def is_place(value: str) -> bool:
    return bool(_PLACE.search(value))
