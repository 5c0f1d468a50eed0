"""PDF documents lose what tells who made them, and keep what they show."""

from __future__ import annotations

import io
import time
import zlib
from collections.abc import Callable
from typing import Any

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name, Stream, String
from PIL import Image

from inquiries.cleaning.cleaner import Cleaned, Metadatum, clean
from inquiries.cleaning.kinds import Kind
from inquiries.cleaning.sandbox import UnableToClean
from tests.inquiries.test_cleaning import CANARY, XMP, cleaned, exif, jpeg, refusal

Change = Callable[[pikepdf.Pdf], Any]


def document(*changes: Change, **options: Any) -> bytes:
    """A page that says “Tere, õige 100% jõud on” and shows a picture, with changes."""
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page()
        font = pdf.make_indirect(
            Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding)
        )
        page.Resources = Dictionary(Font=Dictionary(F=font), XObject=Dictionary(I=image(pdf)))
        page.Contents = Stream(
            pdf, "BT /F 12 Tf 50 700 Td (Tere, õige 100%) Tj 0 -14 Td [(j) -20 (õud) -300 (on)] TJ ET /I Do".encode("cp1252")
        )
        for change in changes:
            change(pdf)
        output = io.BytesIO()
        pdf.save(output, **options)
        return output.getvalue()


def image(pdf: pikepdf.Pdf, data: bytes | None = None, coding: Any = Name.DCTDecode) -> Stream:
    shown = {
        "Type": Name.XObject,
        "Subtype": Name.Image,
        "Width": 60,
        "Height": 40,
        "ColorSpace": Name.DeviceRGB,
        "BitsPerComponent": 8,
    }
    return Stream(pdf, data or jpeg(), Filter=coding, **shown)


def everything(content: bytes) -> bytes:
    """All that is in a document, unpacked."""
    parts = [content]
    with pikepdf.open(io.BytesIO(content)) as pdf:
        for item in pdf.objects:
            parts.append(item.unparse())
            if isinstance(item, Stream):
                parts.append(item.read_raw_bytes())
                if "/DCTDecode" not in str(item.get("/Filter")) and "/JPXDecode" not in str(item.get("/Filter")):
                    parts.append(item.read_bytes())
        parts.append(pdf.trailer.unparse())
    return b"\n".join(parts)


def held(copy: Cleaned) -> bytes:
    return everything(copy.content.read())


def author(pdf: pikepdf.Pdf) -> None:
    pdf.docinfo["/Author"], pdf.docinfo["/Firm"], pdf.docinfo["/Producer"] = f"Mari {CANARY}", f"{CANARY} OÜ", "Word"
    pdf.trailer["/Office"] = String(CANARY)


def packets(pdf: pikepdf.Pdf) -> None:
    for holder in (pdf.Root, pdf.pages[0].obj, pdf.pages[0].Resources.XObject.I):
        holder.Metadata = Stream(pdf, XMP, Type=Name.Metadata, Subtype=Name.XML)
        holder.PieceInfo = Dictionary(Draw=Dictionary(Private=String(CANARY)))
    pdf.pages[0].obj.Thumb = image(pdf)


def scripts(pdf: pikepdf.Pdf) -> None:
    script = Dictionary(S=Name.JavaScript, JS=String(f"alert('{CANARY}')"))
    pdf.Root.OpenAction = script
    pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("a"), pdf.make_indirect(script)])))
    pdf.pages[0].obj.AA = Dictionary(O=Dictionary(S=Name.Launch, F=String(f"C:\\{CANARY}.exe")))


def attachments(pdf: pikepdf.Pdf) -> None:
    pdf.attachments["a"] = pikepdf.AttachedFileSpec(pdf, CANARY.encode(), filename=f"{CANARY}.txt")
    held_file = Dictionary(Type=Name.Filespec, F=String("b.bin"), EF=Dictionary(F=Stream(pdf, CANARY.encode())))
    pdf.pages[0].obj.Annots = Array(
        [pdf.make_indirect(Dictionary(Type=Name.Annot, Subtype=Name.FileAttachment, Rect=[0, 0, 9, 9], FS=held_file))]
    )


def comment(pdf: pikepdf.Pdf) -> None:
    note = Dictionary(
        Type=Name.Annot,
        Subtype=Name.Text,
        Rect=[0, 0, 9, 9],
        Contents=String("Is it so?"),
        T=String(CANARY),
        M=String("D:20260102"),
    )
    pdf.pages[0].obj.Annots = Array([pdf.make_indirect(note)])


def link(pdf: pikepdf.Pdf) -> None:
    action = Dictionary(
        S=Name.URI, URI=String(f"https://{CANARY}.example/?who=1"), Next=Dictionary(S=Name.SubmitForm, F=String(CANARY))
    )
    pdf.pages[0].obj.Annots = Array(
        [Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=pdf.make_indirect(action))]
    )


def signature(pdf: pikepdf.Pdf) -> None:
    signed = pdf.make_indirect(Dictionary(Type=Name.Sig, Name=String(CANARY), Contents=String(CANARY), ByteRange=[0, 1, 2, 3]))
    field = pdf.make_indirect(
        Dictionary(FT=Name.Sig, T=String("Signature1"), V=signed, Type=Name.Annot, Subtype=Name.Widget, Rect=[0, 0, 9, 9])
    )
    pdf.Root.AcroForm = Dictionary(Fields=Array([field]), SigFlags=3, XFA=Stream(pdf, CANARY.encode()))
    pdf.pages[0].obj.Annots = Array([field])


def remark(pdf: pikepdf.Pdf) -> None:
    page = pdf.pages[0]
    page.Contents = Stream(pdf, f"% drawn by {CANARY}\n".encode() + page.Contents.read_bytes())


def camera(pdf: pikepdf.Pdf) -> None:
    photo = jpeg(exif=exif(), comment=CANARY.encode(), xmp=XMP) + CANARY.encode()
    pdf.pages[0].Resources.XObject.I = image(pdf, photo)
    pdf.pages[0].Resources.XObject.J = image(pdf, zlib.compress(photo), Array([Name.FlateDecode, Name.DCTDecode]))


def layer(pdf: pikepdf.Pdf) -> None:
    group = pdf.make_indirect(
        Dictionary(Type=Name.OCG, Name=String("Prices"), Usage=Dictionary(CreatorInfo=Dictionary(Creator=String(CANARY))))
    )
    pdf.Root.OCProperties = Dictionary(OCGs=Array([group]), D=Dictionary(OFF=Array([group])))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (author, {Metadatum("author", f"Mari {CANARY}"), Metadatum("other", f"Firm: {CANARY} OÜ"), Metadatum("software", "Word")}),
        (packets, {Metadatum("author", f"Jüri {CANARY}"), Metadatum("embedded", "a small preview picture")}),
        (scripts, {Metadatum("other", "a script, taken out")}),
        (attachments, {Metadatum("embedded", f"{CANARY}.txt"), Metadatum("embedded", "b.bin")}),
        (comment, {Metadatum("author", CANARY), Metadatum("comments", "comments, kept without their authors: 1")}),
        (link, {Metadatum("links", f"https://{CANARY}.example/?who=1")}),
        (signature, {Metadatum("author", CANARY), Metadatum("other", "a digital signature, taken out")}),
        (remark, set()),
        (camera, {Metadatum("camera", "EOS 5"), Metadatum("gps", "58.37811° N, 26.71694° E"), Metadatum("comments", CANARY)}),
        (layer, {Metadatum("hidden", "layer “Prices” is hidden, and kept")}),
    ],
)  # fmt: skip
def test_what_tells_who_made_a_document_is_told_of_and_gone(change: Change, told: set[Metadatum]) -> None:
    given = document(change)
    assert CANARY.encode() in everything(given)  # else nothing would be shown
    copy = cleaned(given, "offer.pdf")
    assert (copy.kind, copy.name) == (Kind.PDF, "offer.pdf")
    assert told <= set(copy.found)
    assert copy.text.startswith("Tere, õige 100%\njõud on")
    content = copy.content.read()
    assert CANARY.encode() not in everything(content)
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert len(pdf.pages) == 1
        shown = pdf.pages[0].Resources.XObject.I.read_raw_bytes()
    assert Image.open(io.BytesIO(shown)).tobytes() == Image.open(io.BytesIO(jpeg())).tobytes()  # not coded anew


def test_a_plain_document_has_nothing_to_tell() -> None:
    assert cleaned(document()).found == ()


def test_comments_bookmarks_and_descriptions_stay_and_are_read() -> None:
    def outline(pdf: pikepdf.Pdf) -> None:
        comment(pdf)
        with pdf.open_outline() as bookmarks:
            bookmarks.root.append(pikepdf.OutlineItem("Offer to the north", 0))

    copy = cleaned(document(outline))
    assert {"Is it so?", "Offer to the north"} <= set(copy.text.splitlines())
    content = copy.content.read()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert str(pdf.pages[0].obj.Annots[0].Contents) == "Is it so?"
        with pdf.open_outline() as bookmarks:
            assert [item.title for item in bookmarks.root] == ["Offer to the north"]


def test_earlier_versions_are_told_of_and_gone() -> None:
    first = document(remark, object_stream_mode=pikepdf.ObjectStreamMode.disable, compress_streams=False)
    with pikepdf.open(io.BytesIO(first)) as pdf:
        number = pdf.pages[0].Contents.objgen[0]
    place = len(first)
    second = first + f"{number} 0 obj\n<</Length 0>>\nstream\n\nendstream\nendobj\n".encode()
    table = f"xref\n{number} 1\n{place:010} 00000 n \ntrailer\n".encode()
    trailer = first[first.rindex(b"trailer") + 8 : first.rindex(b"startxref")].replace(
        b">>", f"/Prev {first[first.rindex(b'startxref') + 10 :].split()[0].decode()}>>".encode()
    )
    second += table + trailer + f"startxref\n{len(second)}\n%%EOF\n".encode()
    copy = cleaned(second)
    assert copy.found == (Metadatum("hidden", "earlier versions, taken out: 1"),)
    assert (copy.text, CANARY.encode() in held(copy)) == ("", False)


def test_the_same_document_becomes_the_same_copy() -> None:
    first, second = (cleaned(document(author, packets)).content.read() for _ in range(2))
    assert first == second


def test_letters_are_read_through_a_fonts_own_table() -> None:
    table = (
        b"1 begincodespacerange <0000> <ffff> endcodespacerange 1 beginbfchar <0007> <00F5> endbfchar "
        b"1 beginbfrange <0001> <0003> <0061> endbfrange"
    )

    def own(pdf: pikepdf.Pdf) -> None:
        font = Dictionary(Type=Name.Font, Subtype=Name.Type0, Encoding=Name("/Identity-H"), ToUnicode=Stream(pdf, table))
        pdf.pages[0].Resources.Font.G = pdf.make_indirect(font)
        pdf.pages[0].Contents = Stream(pdf, b"BT /G 10 Tf <0001000700030002> Tj ET")

    assert cleaned(document(own)).text == "aõcb"


def test_a_document_with_a_password_is_refused_and_one_that_only_forbids_is_not() -> None:
    assert refusal(document(encryption=pikepdf.Encryption(user="a", owner="b"))) == "encrypted"
    copy = cleaned(document(encryption=pikepdf.Encryption(user="", owner="b")))
    assert copy.text.startswith("Tere")
    with pikepdf.open(copy.content) as pdf:
        assert not pdf.is_encrypted


@pytest.mark.parametrize(
    "content", [b"%PDF-1.7\n", document()[:60], b"%PDF-1.7\n1 0 obj\n" + b"[" * 100_000, b"%PDF-" + b"<<" * 100_000]
)
def test_a_document_that_breaks_off_or_nests_without_end_is_damaged(content: bytes) -> None:
    assert refusal(content) == "damaged"


def nested(pdf: pikepdf.Pdf) -> None:
    inner = pdf.make_indirect(Dictionary())
    for _ in range(20_000):
        inner = pdf.make_indirect(Dictionary(A=inner))
    pdf.Root.PageLabels = inner


def drawings(pdf: pikepdf.Pdf) -> None:
    """Each drawing draws the one before ten times: a million millions of words on the page."""
    inner = Stream(
        pdf, b"BT /F 12 Tf (Tere) Tj ET", Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 9, 9], Resources=pdf.pages[0].Resources
    )
    for _ in range(12):
        inner = Stream(
            pdf,
            b"/D Do " * 10,
            Type=Name.XObject,
            Subtype=Name.Form,
            BBox=[0, 0, 9, 9],
            Resources=Dictionary(XObject=Dictionary(D=inner)),
        )
    pdf.pages[0].Resources.XObject.D = inner
    pdf.pages[0].Contents = Stream(pdf, b"/D Do")


@pytest.mark.parametrize("change", [nested, drawings])
def test_a_document_that_leads_in_depth_is_read_in_bounded_time(change: Change) -> None:
    begun = time.monotonic()
    assert cleaned(document(change)).kind is Kind.PDF
    assert time.monotonic() - begun < 15


def many_pages(pdf: pikepdf.Pdf) -> None:
    for _ in range(2_000):
        pdf.add_blank_page()


def huge(pdf: pikepdf.Pdf) -> None:
    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(b"%" * (10 << 20)) for _ in range(30)) + packer.flush()
    pdf.pages[0].Contents = Stream(pdf, packed, Filter=Name.FlateDecode)


@pytest.mark.parametrize(("change", "code"), [(many_pages, "bomb"), (huge, "damaged")])
def test_a_document_of_too_many_pages_or_too_much_inside_is_refused(change: Change, code: str) -> None:
    given = document(change)
    begun = time.monotonic()
    assert refusal(given) == code
    assert time.monotonic() - begun < 15


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_broken_document_is_cleaned_or_refused(data: st.DataObject) -> None:
    broken = bytearray(document(author, object_stream_mode=pikepdf.ObjectStreamMode.disable))
    for _ in range(data.draw(st.integers(1, 12))):
        broken[data.draw(st.integers(8, len(broken) - 1))] = data.draw(st.integers(32, 126))
    try:
        copy = clean(io.BytesIO(broken), name="a.pdf")
    except UnableToClean:
        return
    assert CANARY.encode() not in copy.content.read()
