"""What an XMP packet (ISO 16684-1) tells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from inquiries.cleaning.findings import Findings

_LONGEST: Final = 1024 * 1024
_KINDS: Final = {
    "creator": "author",
    "rights": "author",
    "Artist": "author",
    "Author": "author",
    "Credit": "author",
    "CreatorContactInfo": "author",
    "CiEmailWork": "author",
    "CiTelWork": "author",
    "CiUrlWork": "author",
    "OwnerName": "author",
    "publisher": "company",
    "Company": "company",
    "title": "title",
    "subject": "title",
    "description": "title",
    "Headline": "title",
    "Keywords": "title",
    "CreatorTool": "software",
    "Producer": "software",
    "softwareAgent": "software",
    "CreateDate": "dates",
    "ModifyDate": "dates",
    "MetadataDate": "dates",
    "DateCreated": "dates",
    "DateTimeOriginal": "dates",
    "when": "dates",
    "Make": "camera",
    "Model": "camera",
    "SerialNumber": "camera",
    "Lens": "camera",
    "GPSLatitude": "gps",
    "GPSLongitude": "gps",
    "City": "gps",
    "Location": "gps",
    "Country": "gps",
    "filePath": "links",
    "DocumentID": "other",
    "OriginalDocumentID": "other",
}
# Things that XMP wraps values in.
_WRAPPERS: Final = {"Alt", "Bag", "Seq", "li"}


def parser() -> etree.XMLParser:
    """Return a parser that fetches nothing, expands nothing and refuses what is huge."""
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )


def tell(packet: bytes, found: Findings) -> None:
    """Note what a packet says; one that can't be read is noted as such."""
    try:
        root = etree.fromstring(_packet(packet), parser())
    except (etree.XMLSyntaxError, ValueError):
        found.add("other", "XMP")
        return
    noted = [_note(name, value, found) for element in root.iter(etree.Element) for name, value in _values(element)]
    if not any(noted):
        found.add("other", "XMP")


def _packet(packet: bytes) -> bytes:
    """Without the padding and processing instructions round the XML, which may be in the way of it."""
    inner = re.search(rb"<(?:\w+:)?(?:xmpmeta|xapmeta|RDF)\b.*</(?:\w+:)?(?:xmpmeta|xapmeta|RDF)>", packet[:_LONGEST], re.DOTALL)
    return inner[0] if inner else packet[:_LONGEST].strip(b"\0 \r\n")


def _property(element: etree._Element) -> str:
    """Return the local name of the property that an element is the value of."""
    while (name := str(etree.QName(element).localname)) in _WRAPPERS and element.getparent() is not None:
        element = element.getparent()
    return name


def _values(element: etree._Element) -> Iterator[tuple[str, str | None]]:
    yield _property(element), element.text
    for name, value in element.attrib.items():
        yield etree.QName(name).localname, value


def _note(name: str, value: str | None, found: Findings) -> bool:
    if name not in _KINDS or not value or not value.strip():
        return False
    found.add(_KINDS[name], value)
    return True
