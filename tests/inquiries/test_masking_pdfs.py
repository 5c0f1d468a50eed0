"""Words masked in PDFs: the page becomes a picture on which a bar covers them, and the rest of the document stays."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pikepdf
import pypdfium2
import pytest
from PIL import Image

from inquiries.cleaning import pdfmasks, pdftexts
from inquiries.cleaning.cleaner import clean
from inquiries.cleaning.kinds import Kind
from inquiries.cleaning.refusals import Refused
from inquiries.cleaning.sandbox import UnableToClean

PHONE = "+372 512 3456"
MASKS = {PHONE: "[masked: phone]", "40101234": "[masked: number]"}
HIGH, WIDE = 300, 400


def pdf_of(pages: Sequence[str], *, rotate: int = 0, form_value: str = "") -> bytes:
    """A page for each drawing; text is 12 points high."""
    pdf = pikepdf.new()
    font = pdf.make_indirect(
        pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    )
    for drawing in pages:
        page = pdf.add_blank_page(page_size=(WIDE, HIGH))
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.Contents = pdf.make_stream(f"BT /F1 12 Tf 20 250 Td {drawing} ET".encode())
        page.Rotate = rotate
    if form_value:
        field = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot,
                Subtype=pikepdf.Name.Widget,
                FT=pikepdf.Name.Tx,
                T=pikepdf.String("phone"),
                V=pikepdf.String(form_value),
                Rect=pikepdf.Array([20, 100, 200, 120]),
            )
        )
        pdf.pages[0].Annots = pikepdf.Array([field])
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([field]))
    target = io.BytesIO()
    pdf.save(target)
    return target.getvalue()


def masked(content: bytes) -> tuple[str, bytes]:
    """The words that are left, and the copy."""
    cleaned = clean(io.BytesIO(content), name="offer.pdf", masks=MASKS)
    with cleaned.content as copy:
        assert cleaned.kind is Kind.PDF
        return cleaned.text, copy.read()


def unpacked(content: bytes) -> bytes:
    """All that stands in a document, without its compression."""
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        pdf.save(target, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.generalized)
    return target.getvalue()


def words_seen(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def drawn(content: bytes, page: int = 0) -> Image.Image:
    return pypdfium2.PdfDocument(content)[page].render(scale=1).to_pil().convert("L")


def is_black(picture: Image.Image, box: tuple[int, int, int, int]) -> bool:
    return max(picture.crop(box).tobytes()) < 40


WHOLE = f"(Call {PHONE}, please) Tj"
SCATTERED = "[(Call +3) -20 (72 5) 10 (12 345) (6, please)] TJ"


@pytest.mark.parametrize("drawing", [WHOLE, SCATTERED])
def test_a_bar_covers_the_word_and_nothing_of_it_is_left(drawing: str) -> None:
    text, copy = masked(pdf_of([drawing]))
    assert PHONE not in text
    assert "512" not in words_seen(copy)
    assert b"512" not in unpacked(copy)
    picture = drawn(copy)
    assert picture.size == (WIDE, HIGH)
    assert is_black(picture, (52, HIGH - 257, 118, HIGH - 251))
    assert not is_black(picture, (20, HIGH - 260, 44, HIGH - 248))


def test_the_other_pages_stay_as_they_are() -> None:
    text, copy = masked(pdf_of(["(Spindle at 60,000 rpm) Tj", WHOLE, "(Bench of 40 mm) Tj"]))
    assert "60,000 rpm" in text
    assert "40 mm" in text
    assert "60,000 rpm" in words_seen(copy)
    with pikepdf.open(io.BytesIO(copy)) as pdf:
        assert ["/Font" in page.Resources for page in pdf.pages] == [True, False, True]


@pytest.mark.parametrize("rotate", [90, 180, 270])
def test_a_page_that_is_turned_stays_turned(rotate: int) -> None:
    content = pdf_of([WHOLE], rotate=rotate)
    _text, copy = masked(content)
    before, after = drawn(content), drawn(copy)
    assert before.size == after.size
    dark = [place for place, value in enumerate(after.tobytes()) if value < 40]
    words = [place for place, value in enumerate(before.tobytes()) if value < 100]
    bar = set(dark)
    assert len(bar) > 500
    assert len(bar & set(words)) > 0.5 * len(words)


def test_a_longer_number_is_another_one() -> None:
    _text, copy = masked(pdf_of(["(Reference 401012345) Tj", "(Part 40101234) Tj"]))
    assert words_seen(copy).split() == ["Reference", "401012345"]


def test_the_value_of_a_form_is_masked_as_a_text() -> None:
    text, copy = masked(pdf_of(["(Nothing here) Tj"], form_value=f"Call {PHONE}"))
    assert "Call [masked: phone]" in text
    assert b"3456" not in unpacked(copy)
    assert "Nothing here" in words_seen(copy)


def test_without_a_word_to_mask_a_copy_is_the_same() -> None:
    content = pdf_of(["(Nothing of note) Tj"])
    copies = [clean(io.BytesIO(content), name="a.pdf", masks=masks) for masks in ({}, MASKS)]
    assert [copy.text for copy in copies] == ["Nothing of note"] * 2
    for copy in copies:
        copy.content.close()


def test_a_word_on_very_many_pages_is_for_its_sender_to_take_out() -> None:
    with pytest.raises(UnableToClean, match="could not be masked everywhere"):
        masked(pdf_of([WHOLE] * (pdfmasks.MOST_PAGES + 1)))


def test_a_word_that_was_read_and_is_not_found_keeps_the_file_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted fault: a page that would become a picture with one of its words in full view."""
    monkeypatch.setattr(pdftexts, "text", lambda *_: f"{PHONE} and again {PHONE}")
    with pytest.raises(Refused, match="unmasked"):
        pdfmasks.mask(pdf_of([WHOLE]), MASKS)
