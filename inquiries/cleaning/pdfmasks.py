"""Words masked in a cleaned PDF: a page on which one stands becomes a picture of itself, with a black bar where the word stood.

Its letters lie scattered over drawing operators, in fonts that number them as they like, and often a second time under a scan: only
a page that has no text any more is sure to have lost them. PDFium finds where words stand and draws the page. The other pages stay.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pikepdf
import pypdfium2
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageDraw

from inquiries.cleaning import pdfs, pdftexts
from inquiries.cleaning.findings import Findings
from inquiries.cleaning.refusals import Refused
from inquiries.cleaning.words import any_of

MOST_PAGES: Final = 40  # that become pictures: each takes a third of a second and 300 kB
_PIXELS_A_POINT: Final = 150 / 72
_LONGEST_SIDE: Final = 3_000  # pixels
_MARGIN: Final = 2  # pixels about a word
_QUALITY: Final = 85

# Pillow reads its plugins when it first needs them, which is too late once nothing can be opened any more.
Image.preinit()

Box = tuple[float, float, float, float]  # left, bottom, right, top; in points


def mask(content: bytes, words: Mapping[str, str]) -> bytes:
    """Return the document with a bar in place of each of the words, and in texts beside the pages with what it maps to.

    Raises Refused where a word that the document is known to hold is not found on its pages, or on too many.
    """
    pattern = any_of(words)
    with pikepdf.open(io.BytesIO(content)) as pdf:
        _mask_texts(pdf, pattern, words)
        known = Counter(match[0] for match in pattern.finditer(pdftexts.text(pdf, ())))
        output = io.BytesIO()
        pdf.save(output)
        try:
            found, pictures = _pictures(output.getvalue(), words)
        except pypdfium2.PdfiumError:
            raise Refused("unmasked") from None
        if any(found[word] < number for word, number in known.items()):
            raise Refused("unmasked")
        for number, (picture, size) in pictures.items():
            _become_picture(pdf, pdf.pages[number], picture, size)
        output = io.BytesIO()
        pdf.save(output)
        return output.getvalue()


def _mask_texts(pdf: pikepdf.Pdf, pattern: re.Pattern[str], words: Mapping[str, str]) -> None:
    """In descriptions, bookmarks and values of forms; what was drawn of such a value, whoever opens the document draws anew."""
    for dictionary in pdfs.dictionaries(pdf, Findings()):
        for key in pdfs.WORDS:
            value = dictionary.get(key)
            if isinstance(value, pikepdf.String) and pattern.search(str(value)):
                dictionary[key] = pikepdf.String(pattern.sub(lambda match: words[match[0]], str(value)))
                if "/AP" in dictionary:
                    del dictionary["/AP"]


def _pictures(content: bytes, words: Mapping[str, str]) -> tuple[Counter[str], dict[int, tuple[Image.Image, tuple[float, float]]]]:
    """How often each word was found, and by its number each page on which one was, drawn with bars, with its size in points."""
    found: Counter[str] = Counter()
    pictures: dict[int, tuple[Image.Image, tuple[float, float]]] = {}
    document = pypdfium2.PdfDocument(content)
    for number in range(len(document)):
        page = document[number]
        boxes: list[Box] = []
        for word, stands in _places(page.get_textpage(), words):
            found[word] += 1
            boxes += stands
        if boxes:
            if len(pictures) == MOST_PAGES:
                raise Refused("unmasked")
            pictures[number] = _drawn(page, boxes), page.get_size()
        page.close()
    return found, pictures


def _places(text: Any, words: Mapping[str, str]) -> Iterator[tuple[str, list[Box]]]:
    """Each place of a page where one of the words stands by itself, with the boxes that it fills: one a line."""
    for word in words:
        search = text.search(word, match_case=True)
        while (place := search.get_next()) is not None:
            start, length = place
            if _is_letter(text, start - 1) or _is_letter(text, start + length):
                continue
            yield word, [text.get_rect(number) for number in range(text.count_rects(start, length))]


def _is_letter(text: Any, index: int) -> bool:
    return 0 <= index < text.count_chars() and bool(re.match(r"\w", text.get_text_range(index, 1)))


def _drawn(page: Any, boxes: list[Box]) -> Image.Image:
    scale = min(_PIXELS_A_POINT, _LONGEST_SIDE / max(page.get_size()))
    bitmap = page.render(scale=scale)
    position = bitmap.get_posconv(page)
    picture: Image.Image = bitmap.to_pil().convert("RGB")
    pen = ImageDraw.Draw(picture)
    for left, bottom, right, top in boxes:
        (x, y), (other_x, other_y) = position.to_bitmap(left, top), position.to_bitmap(right, bottom)
        corners = min(x, other_x) - _MARGIN, min(y, other_y) - _MARGIN, max(x, other_x) + _MARGIN, max(y, other_y) + _MARGIN
        pen.rectangle(corners, fill="black")
    return picture


def _become_picture(pdf: pikepdf.Pdf, page: pikepdf.Page, picture: Image.Image, size: tuple[float, float]) -> None:
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=_QUALITY)
    drawing = pdf.make_stream(
        data.getvalue(),
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=picture.width,
        Height=picture.height,
        ColorSpace=Name.DeviceRGB,
        BitsPerComponent=8,
        Filter=Name.DCTDecode,
    )
    width, height = size
    for key in set(page.obj.keys()) - {"/Type", "/Parent"}:
        del page.obj[key]
    page.obj.MediaBox = Array([0, 0, width, height])
    page.obj.Rotate = 0  # as drawn; one that its parent passes on would turn it again
    page.obj.Resources = Dictionary(XObject=Dictionary(Page=drawing))
    page.obj.Contents = pdf.make_stream(f"q {width:.4f} 0 0 {height:.4f} 0 0 cm /Page Do Q".encode())
