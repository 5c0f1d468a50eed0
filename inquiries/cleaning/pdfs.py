"""PDF documents: what is shown stays; who made it, scripts, files inside and ways out go.

Every dictionary of the file is looked at, whether or not a page leads to it; the catalogue and the pages keep only what is named
here. What nothing leads to any more, such as earlier versions, is not written. Signatures go, since they name who signed.
"""

from __future__ import annotations

import base64
import binascii
import io
import zlib
from collections.abc import Iterator
from typing import Any, Final

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

from inquiries.cleaning import exif, jpegs, jpx, pdftexts, xmp
from inquiries.cleaning.findings import Copy, Findings
from inquiries.cleaning.refusals import Refused

MOST_PAGES: Final = 2_000
MOST_OBJECTS: Final = 200_000
_MOST_STREAM: Final = 256 * 1024 * 1024
pikepdf.settings.set_qpdf_limits(
    flate_max_memory=_MOST_STREAM,
    run_length_max_memory=_MOST_STREAM,
    png_max_memory=_MOST_STREAM,
    tiff_max_memory=_MOST_STREAM,
    parser_max_nesting=100,
    doc_max_warnings=1_000,
)
# qpdf opens the source of random numbers when first needed, for documents that are coded but have no password; later it couldn't.
with pikepdf.new() as _pdf:
    _pdf.save(io.BytesIO(), encryption=pikepdf.Encryption(owner="", user=""))

_INFO: Final = {
    "/Author": "author", "/Creator": "software", "/Producer": "software", "/Title": "title",
    "/Subject": "title", "/Keywords": "title", "/CreationDate": "dates", "/ModDate": "dates", "/Company": "company",
    "/Manager": "author", "/SourceModified": "dates",
}  # fmt: skip
_CATALOGUE: Final = {
    "/Type", "/Version", "/Pages", "/PageLabels", "/PageLayout", "/PageMode", "/ViewerPreferences", "/OCProperties", "/AcroForm",
    "/Outlines", "/Dests", "/Names", "/StructTreeRoot", "/MarkInfo", "/Lang",
}  # fmt: skip
_PAGE: Final = {
    "/Type", "/Parent", "/Resources", "/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox", "/Contents", "/Rotate", "/Group",
    "/Annots", "/StructParents", "/Tabs", "/UserUnit",
}  # fmt: skip
_FORM: Final = {"/Fields", "/NeedAppearances", "/DR", "/DA", "/Q"}
# Taken out wherever they stand.
_NOWHERE: Final = {
    "/Metadata", "/PieceInfo", "/LastModified", "/Thumb", "/AA", "/JS", "/AF", "/EF", "/OPI", "/Alternates", "/XFA", "/CreatorInfo",
    "/User", "/Measure", "/LGIDict", "/Ref", "/DPartRoot", "/SpiderInfo", "/WebCaptureInfo",
}  # fmt: skip
_ANNOTATION: Final = {
    "/T", "/M", "/CreationDate", "/NM", "/Popup", "/RC", "/Subj", "/IRT", "/RT", "/ExData", "/PA", "/State", "/StateModel", "/FS",
    "/Sound", "/Movie", "/3DD", "/RichMediaContent", "/RichMediaSettings", "/TI",
}  # fmt: skip
_KEPT_BY_FIELDS: Final = {"/T", "/TI"}  # of a form: a field's name, and a list's first line
_GONE_ANNOTATIONS: Final = {
    "/FileAttachment", "/Sound", "/Movie", "/Screen", "/RichMedia", "/3D", "/Projection", "/Popup", "/TrapNet", "/PrinterMark",
}  # fmt: skip
_COMMENTS: Final = {
    "/Text", "/FreeText", "/Line", "/Square", "/Circle", "/Polygon", "/PolyLine", "/Highlight", "/Underline", "/Squiggly",
    "/StrikeOut", "/Stamp", "/Caret", "/Ink",
}  # fmt: skip
_ANNOTATIONS: Final = _GONE_ANNOTATIONS | _COMMENTS | {"/Link", "/Widget", "/Redact", "/Watermark"}
_OUTWARD: Final = {
    "/JavaScript", "/Launch", "/URI", "/GoToR", "/GoToE", "/SubmitForm", "/ImportData", "/Rendition", "/Movie", "/Sound",
    "/RichMediaExecute", "/Thread",
}  # fmt: skip
WORDS: Final = ("/Alt", "/ActualText", "/Contents", "/TU", "/V", "/DV", "/Title", "/E")  # that stand beside the pages' own
_SIGNATURE: Final = {
    "/Name": "author", "/ContactInfo": "author", "/Location": "gps", "/Reason": "other", "/M": "dates",
}  # fmt: skip


def clean(content: bytes, found: Findings) -> Copy:
    """Return the document without what tells who made it, and its words as far as they can be read. Raises Refused."""
    try:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            if len(pdf.pages) > MOST_PAGES or len(pdf.objects) > MOST_OBJECTS:
                raise Refused("pages")
            _tell_versions(content, found)
            words = _scrub(pdf, found)
            return Copy(_written(pdf), pdftexts.text(pdf, words))
    except pikepdf.PasswordError:
        raise Refused("encrypted") from None
    except (pikepdf.PdfError, pikepdf.PikepdfError, zlib.error, binascii.Error, ValueError, TypeError, KeyError, IndexError):
        raise Refused("damaged") from None
    except (AttributeError, NotImplementedError, RuntimeError):  # a value of another sort than the standard has there
        raise Refused("damaged") from None


def _written(pdf: pikepdf.Pdf) -> bytes:
    output = io.BytesIO()
    pdf.save(
        output,
        preserve_pdfa=False,
        fix_metadata_version=False,
        deterministic_id=True,
        encryption=False,
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
    )
    return output.getvalue()


def _tell_versions(content: bytes, found: Findings) -> None:
    """A file changed by adding to its end holds what it was before; one written for the web has two ends from the start."""
    ends = content.count(b"startxref")
    found.count("hidden", "versions", max(0, ends - (2 if b"/Linearized" in content[:1024] else 1)))


def _scrub(pdf: pikepdf.Pdf, found: Findings) -> list[str]:
    """Take out what must not stay; return words that no page shows: descriptions, bookmarks, values of forms."""
    _scrub_info(pdf, found)
    _tell_layers(pdf.Root, found)
    _tell_scripts(pdf.Root, found)
    words: list[str] = []
    comments = 0
    for dictionary in dictionaries(pdf, found):
        comments += dictionary.get("/Subtype") in _COMMENTS and "/Rect" in dictionary
        _scrub_dictionary(dictionary, found)
        words += _words(dictionary)
    found.count("comments", "comments", comments)
    _keep(pdf.Root, _CATALOGUE)
    _keep(pdf.Root.get("/Names"), {"/Dests"})
    _keep(pdf.Root.get("/AcroForm"), _FORM)
    for page in pdf.pages:
        _scrub_page(page)
    return words


def _scrub_info(pdf: pikepdf.Pdf, found: Findings) -> None:
    info = pdf.trailer.get("/Info")
    if isinstance(info, Dictionary):
        for key, value in list(info.items()):
            found.add(_INFO.get(key, "other"), str(value) if key in _INFO else f"{key[1:]}: {value}")
            del info[key]
    _keep(pdf.trailer, {"/Root", "/Size"})


def _keep(dictionary: Any, keys: set[str]) -> None:
    if isinstance(dictionary, Dictionary):
        for key in set(dictionary.keys()) - keys:
            del dictionary[key]


def _tell_layers(root: Any, found: Findings) -> None:
    properties = root.get("/OCProperties")
    shown = properties.get("/D") if isinstance(properties, Dictionary) else None
    hidden = shown.get("/OFF") if isinstance(shown, Dictionary) else None
    for layer in hidden if isinstance(hidden, Array) else ():
        if isinstance(layer, Dictionary):
            found.add("hidden", layer.get("/Name", ""), "layer")


def _tell_scripts(root: Any, found: Findings) -> None:
    names = root.get("/Names")
    if isinstance(names, Dictionary) and "/JavaScript" in names:
        found.add("other", phrase="script")
    form = root.get("/AcroForm")
    if isinstance(form, Dictionary) and "/XFA" in form:
        found.add("other", phrase="form")


def dictionaries(pdf: pikepdf.Pdf, found: Findings) -> Iterator[Any]:
    """Yield every dictionary and stream of the file; what is taken out of one while it is looked at is not yielded any more."""
    for item in pdf.objects:
        waiting: list[Any] = [item]
        while waiting:
            value = waiting.pop()
            if isinstance(value, Dictionary | Stream):
                yield value
                inner = list(value.values())
            elif isinstance(value, Array):
                _scrub_array(value, found)
                inner = list(value)
            else:
                continue
            waiting += [each for each in inner if isinstance(each, Dictionary | Array) and not each.is_indirect]


def _scrub_array(array: Array, found: Findings) -> None:
    for place in range(len(array) - 1, -1, -1):
        if _leads_out(array[place]):
            _tell_action(array[place], found)
            del array[place]


def _scrub_dictionary(dictionary: Any, found: Findings) -> None:
    _tell(dictionary, found)
    gone = set(_NOWHERE)
    subtype = dictionary.get("/Subtype")
    if "/Rect" in dictionary and subtype in _ANNOTATIONS:
        gone |= _ANNOTATION - (_KEPT_BY_FIELDS if subtype == "/Widget" else set())
    if dictionary.get("/FT") == "/Sig":
        gone |= {"/V", "/Lock", "/SV"}
    if _is_signature(dictionary):
        gone |= set(dictionary.keys())
    for key, value in list(dictionary.items()):
        if _leads_out(value):
            _tell_action(value, found)
            del dictionary[key]
        elif key in gone:
            del dictionary[key]
    if isinstance(dictionary, Stream):
        _scrub_stream(dictionary, found)


def _leads_out(value: Any) -> bool:
    """Whether a value is an action that leaves the document or runs something. An element of the structure has a parent, /P."""
    return isinstance(value, Dictionary) and value.get("/S") in _OUTWARD and "/P" not in value


def _is_signature(dictionary: Any) -> bool:
    return dictionary.get("/Type") in ("/Sig", "/DocTimeStamp") or "/ByteRange" in dictionary


def _tell(dictionary: Any, found: Findings) -> None:
    metadata = dictionary.get("/Metadata")
    if isinstance(metadata, Stream):
        xmp.tell(metadata.read_bytes(), found)
    if "/Thumb" in dictionary:
        found.add("embedded", phrase="thumbnail")
    for file in (dictionary, dictionary.get("/FS")):
        if isinstance(file, Dictionary) and "/EF" in file:
            found.add("embedded", file.get("/UF") or file.get("/F") or "?")
    if dictionary.get("/Subtype") in _COMMENTS and "/Rect" in dictionary:
        found.add("author", dictionary.get("/T", ""))
    if _is_signature(dictionary):
        found.add("other", phrase="signature")
        for key, kind in _SIGNATURE.items():
            found.add(kind, dictionary.get(key, ""))


def _tell_action(action: Any, found: Findings) -> None:
    if action.get("/S") == "/JavaScript":
        found.add("other", phrase="script")
        return
    target = action.get("/URI") or action.get("/F")
    if isinstance(target, Dictionary):
        target = target.get("/UF") or target.get("/F")
    found.add("links", target or str(action.get("/S"))[1:])


def _words(dictionary: Any) -> list[str]:
    values = [dictionary.get(key) for key in WORDS]
    return [str(value) for value in values if isinstance(value, pikepdf.String)]


def _scrub_page(page: pikepdf.Page) -> None:
    _keep(page.obj, _PAGE)
    annotations: Any = page.obj.get("/Annots")
    for place in range(len(annotations) - 1, -1, -1) if isinstance(annotations, Array) else ():
        if not isinstance(annotations[place], Dictionary) or annotations[place].get("/Subtype") in _GONE_ANNOTATIONS:
            del annotations[place]
    if _has_remarks(page):
        page.contents_coalesce()
        _without_remarks(page.obj.Contents)


def _has_remarks(page: pikepdf.Page) -> bool:
    contents = page.obj.get("/Contents")
    return any(
        b"%" in part.read_bytes() for part in (contents if isinstance(contents, Array) else [contents]) if isinstance(part, Stream)
    )


def _without_remarks(stream: Any) -> None:
    """Programs leave remarks (“% drawn by …”) between the operators. They go when these are read and written anew."""
    stream.write(pikepdf.unparse_content_stream(pikepdf.parse_content_stream(stream)))


def _scrub_stream(stream: Any, found: Findings) -> None:
    for key in ("/F", "/FFilter", "/FDecodeParms"):  # a stream whose data lie in another file
        if key in stream:
            del stream[key]
    filters = stream.get("/Filter")
    filters = [str(each) for each in filters] if isinstance(filters, Array) else [str(filters)] if filters is not None else []
    if "/DCTDecode" in filters or "/JPXDecode" in filters:
        _scrub_picture(stream, filters, found)
    elif (stream.get("/Subtype") == "/Form" or "/PatternType" in stream) and b"%" in stream.read_bytes():
        _without_remarks(stream)


def _scrub_picture(stream: Any, filters: list[str], found: Findings) -> None:
    data = stream.read_raw_bytes()
    for each in filters[:-1]:
        data = _decoded(data, each)
    parameters = stream.get("/DecodeParms")
    if isinstance(parameters, Array):
        parameters = parameters[len(parameters) - 1] if len(parameters) else None
    if filters[-1] == "/DCTDecode":
        exif.tell_jpeg(data, found)
        data = jpegs.stripped(data)
    else:
        data = jpx.stripped(data)
    stream.write(data, filter=Name(filters[-1]), decode_parms=parameters if isinstance(parameters, Dictionary) else None)


def _decoded(data: bytes, coding: str) -> bytes:
    if coding == "/FlateDecode":
        inflater = zlib.decompressobj()
        inflated = inflater.decompress(data, _MOST_STREAM)
        if inflater.unconsumed_tail:
            raise Refused("unpacked")
        return inflated
    if coding == "/ASCIIHexDecode":
        return binascii.unhexlify(b"".join(data.split(b">")[0].split()))
    if coding == "/ASCII85Decode":
        return base64.a85decode(data.strip().removesuffix(b"~>"))
    raise Refused("damaged")
