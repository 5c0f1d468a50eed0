"""Files as askers send them, made here, each with something hidden in it that tells who made it."""

from __future__ import annotations

import io
import zipfile

import pikepdf
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

AUTHOR = "Olev Taevarada"


def picture(author: str = AUTHOR) -> bytes:
    """A JPEG from a telephone that notes where it is."""
    exif = Image.Exif()
    exif[Base.Artist.value] = author
    exif[Base.Make.value] = "Nokia"
    exif.get_ifd(IFD.GPSInfo)[GPS.GPSLatitudeRef] = "N"
    exif.get_ifd(IFD.GPSInfo)[GPS.GPSLatitude] = (59.0, 26.0, 13.2)
    exif.get_ifd(IFD.GPSInfo)[GPS.GPSLongitudeRef] = "E"
    exif.get_ifd(IFD.GPSInfo)[GPS.GPSLongitude] = (24.0, 45.0, 13.0)
    target = io.BytesIO()
    Image.effect_mandelbrot((400, 300), (-2, -1.5, 1, 1.5), 40).convert("RGB").save(target, "JPEG", exif=exif.tobytes())
    return target.getvalue()


def document(text: str = "The spindle runs at 60,000 rpm.") -> bytes:
    """A PDF with a line of words, an author and XMP."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(400, 300))
    font = pdf.make_indirect(
        pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    )
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
    page.Contents = pdf.make_stream(f"BT /F1 12 Tf 20 250 Td ({text}) Tj ET".encode())
    pdf.docinfo["/Author"] = AUTHOR
    with pdf.open_metadata() as metadata:
        metadata["dc:creator"] = [AUTHOR]
    target = io.BytesIO()
    pdf.save(target)
    return target.getvalue()


_PACKAGE, _OFFICE = "http://schemas.openxmlformats.org/package/2006", "http://schemas.openxmlformats.org/officeDocument/2006"
_TYPE = "application/vnd.openxmlformats"
_TYPES = f"""<?xml version="1.0"?><Types xmlns="{_PACKAGE}/content-types">
<Default Extension="rels" ContentType="{_TYPE}-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/word/document.xml" ContentType="{_TYPE}-officedocument.wordprocessingml.document.main+xml"/>
<Override PartName="/docProps/core.xml" ContentType="{_TYPE}-package.core-properties+xml"/></Types>"""
_RELATIONS = f"""<?xml version="1.0"?><Relationships xmlns="{_PACKAGE}/relationships">
<Relationship Id="r1" Type="{_OFFICE}/relationships/officeDocument" Target="word/document.xml"/>
<Relationship Id="r2" Type="{_PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>"""
_CORE = f"""<?xml version="1.0"?><cp:coreProperties
 xmlns:cp="{_PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:creator>{AUTHOR}</dc:creator></cp:coreProperties>"""


def letter(text: str = "We are asked for two test systems.") -> bytes:
    """A Word document with an author."""
    words = f"""<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">
<w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>"""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", _TYPES)
        package.writestr("_rels/.rels", _RELATIONS)
        package.writestr("word/document.xml", words)
        package.writestr("docProps/core.xml", _CORE)
    return target.getvalue()


def sent(name: str, content: bytes) -> SimpleUploadedFile:
    """A file as a browser sends it."""
    return SimpleUploadedFile(name, content)


def workbook(sheets: dict[str, list[list[str | float]]]) -> bytes:
    """An Excel workbook of named sheets of rows."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return target.getvalue()
