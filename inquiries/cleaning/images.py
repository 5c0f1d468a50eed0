"""Pictures: pixels alone are kept, coded anew.

Colour profiles go too, so that colours of a wide range may shift a little: a profile can name a screen, a scanner or a firm.
"""

from __future__ import annotations

import codecs
import io
import warnings
from typing import Any, Final

# Plugins are named because Pillow would load them only once it meets a file, when nothing can be opened any more.
from PIL import BmpImagePlugin, GifImagePlugin, Image, ImageOps, JpegImagePlugin, MpoImagePlugin, PngImagePlugin, TiffImagePlugin

from inquiries.cleaning import exif, xmp
from inquiries.cleaning.findings import Copy, Findings
from inquiries.cleaning.kinds import MOST_BYTES
from inquiries.cleaning.refusals import Refused

MOST_PIXELS: Final = 50_000_000
Image.MAX_IMAGE_PIXELS = MOST_PIXELS
Image.preinit()
for _coding in ("utf-16", "utf-16-le", "latin-1"):
    codecs.lookup(_coding)

_FORMATS: Final = {
    plugin.format: plugin
    for plugin in (
        JpegImagePlugin.JpegImageFile,
        PngImagePlugin.PngImageFile,
        GifImagePlugin.GifImageFile,
        BmpImagePlugin.BmpImageFile,
        TiffImagePlugin.TiffImageFile,
    )
}
_QUALITIES: Final = (92, 85, 75)  # the first whose file is not too large
# What PNG can hold; all else becomes RGB.
_PNG_MODES: Final = ("1", "L", "LA", "I", "I;16", "P", "RGB", "RGBA")
_PNG_TEXTS: Final = {
    "Author": "author", "Artist": "author", "Copyright": "author", "Software": "software", "Creation Time": "dates",
    "Title": "title", "Description": "title", "Comment": "comments", "Source": "camera", "Raw profile type exif": "camera",
    "date:create": "dates", "date:modify": "dates",
}  # fmt: skip
_XMP_TEXT: Final = "XML:com.adobe.xmp"
_IPTC: Final = {
    (2, 80): "author", (2, 85): "author", (2, 110): "author", (2, 116): "author", (2, 118): "author", (2, 122): "author",
    (2, 5): "title", (2, 25): "title", (2, 105): "title", (2, 120): "title", (2, 55): "dates", (2, 60): "dates",
    (2, 65): "software", (2, 90): "gps", (2, 92): "gps", (2, 95): "gps", (2, 101): "gps",
}  # fmt: skip
# What Pillow raises for files that are broken or meant to break it.
_BROKEN: Final = (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError, ArithmeticError, AttributeError)


def clean(content: bytes, found: Findings) -> Copy:
    """Return the picture alone, upright, in its own format. Raises Refused."""
    return Copy(cleaned(content, found), "")


def cleaned(content: bytes, found: Findings, formats: tuple[str, ...] = ("JPEG", "PNG")) -> bytes:
    """Return a picture of one of `formats` (also GIF, BMP and TIFF) without anything but its first picture. Raises Refused."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(content), formats=formats) as image:
                return _copied(image, found)
        except (Image.DecompressionBombWarning, Image.DecompressionBombError):
            raise Refused("pixels") from None
        except _BROKEN:
            raise Refused("damaged") from None


def _copied(image: Image.Image, found: Findings) -> bytes:
    if image.width * image.height > MOST_PIXELS:
        raise Refused("pixels")
    further = getattr(image, "n_frames", 1) - 1
    found.count("hidden", "pictures", further)
    image.load()
    _tell(image, found)
    sampling = JpegImagePlugin.get_sampling(image)
    format_ = "JPEG" if image.format == MpoImagePlugin.MpoImageFile.format else str(image.format)
    transparency = image.info.get("transparency")
    ImageOps.exif_transpose(image, in_place=True)
    image.info = {}
    return _coded(image, format_, sampling, transparency)


def _coded(image: Image.Image, format_: str, sampling: int, transparency: Any) -> bytes:
    if format_ == "JPEG":
        return _jpeg(image, sampling)
    options: dict[str, Any] = {} if transparency is None else {"transparency": transparency}
    if format_ == "PNG" and image.mode not in _PNG_MODES:
        image, options = image.convert("RGB"), {}
    output = io.BytesIO()
    image.save(output, format_, **options)
    return output.getvalue()


def _jpeg(image: Image.Image, sampling: int) -> bytes:
    """Code with the tables of the standard: those of a camera or program would tell which one it was."""
    if image.mode not in ("L", "RGB"):
        image = image.convert("RGB")
    for quality in _QUALITIES:
        output = io.BytesIO()
        image.save(output, "JPEG", quality=quality, **({"subsampling": sampling} if sampling >= 0 else {}))
        if output.tell() <= MOST_BYTES:
            return output.getvalue()
    raise Refused("grown")


def _tell(image: Image.Image, found: Findings) -> None:
    exif.tell(image.getexif(), found)
    for key in ("xmp", _XMP_TEXT):
        if packet := image.info.get(key):
            xmp.tell(packet.encode() if isinstance(packet, str) else packet, found)
    if comment := image.info.get("comment"):
        found.add("comments", comment.decode("latin-1") if isinstance(comment, bytes) else comment)
    if image.info.get("photoshop"):
        _tell_iptc(image, found)
    if profile := image.info.get("icc_profile"):
        found.add("other", _profile_name(profile), "profile")
    for key, text in getattr(image, "text", {}).items():
        if key != _XMP_TEXT:
            found.add(_PNG_TEXTS.get(key, "other"), text if key in _PNG_TEXTS else f"{key}: {text}")


def _tell_iptc(image: Image.Image, found: Findings) -> None:
    block = image.info["photoshop"]
    records = block.get(0x0404, b"") if isinstance(block, dict) else b""
    for number, value in _records(records):
        if number in _IPTC:
            found.add(_IPTC[number], value.decode("utf-8", "replace"))
    found.add("other", "Photoshop, IPTC")


def _records(data: bytes) -> list[tuple[tuple[int, int], bytes]]:
    """Return the data sets of IPTC-IIM: 1C, record, number, length in two bytes, value."""
    found, at = [], 0
    while at + 5 <= len(data) and data[at] == 0x1C:
        length = int.from_bytes(data[at + 3 : at + 5], "big")
        found.append(((data[at + 1], data[at + 2]), data[at + 5 : at + 5 + length]))
        at += 5 + length
    return found


def _profile_name(profile: bytes) -> str:
    """Return the description of an ICC profile, if it is written as such: “desc”, 4 zero bytes, length, ASCII."""
    at = profile.find(b"desc\0\0\0\0")
    return profile[at + 12 : at + 12 + 80].split(b"\0")[0].decode("latin-1") if at >= 0 else ""
