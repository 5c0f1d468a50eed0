"""Files in general: known by their content, read apart, named safely. Pictures and plain text."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from inquiries.cleaning import cleaner, names, sandbox, worker
from inquiries.cleaning.cleaner import Cleaned, Metadatum, clean
from inquiries.cleaning.kinds import MOST_BYTES, Kind
from inquiries.cleaning.sandbox import UnableToClean

CANARY = "Maasikas"
ROOT = Path(__file__).parents[2]


def cleaned(content: bytes, name: str = "file") -> Cleaned:
    return clean(io.BytesIO(content), name=name)


def refusal(content: bytes, name: str = "file") -> str:
    with pytest.raises(UnableToClean) as refused:
        cleaned(content, name)
    assert str(refused.value.reason).endswith((".", ")."))
    return refused.value.code


def exif() -> Image.Exif:
    tags = Image.Exif()
    tags[0x010F], tags[0x0110], tags[0x0112] = "Canon", "EOS 5", 6
    tags[0x013B], tags[0x0131] = f"Mari {CANARY}", "Lightroom"
    tags.get_ifd(0x8769).update({0x9003: "2026:01:02 10:11:12", 0xA431: f"SN-{CANARY}"})
    tags.get_ifd(0x8825).update({1: "N", 2: (58.0, 22.0, 41.2), 3: "E", 4: (26.0, 43.0, 1.0)})
    return tags


XMP = f"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator><rdf:Seq><rdf:li>Jüri {CANARY}</rdf:li></rdf:Seq>
</dc:creator></rdf:Description></rdf:RDF></x:xmpmeta>""".encode()


def picture(mode: str = "RGB", size: tuple[int, int] = (60, 40)) -> Image.Image:
    """A picture whose left half is dark and whose right half is light."""
    image = Image.new("L", size, 40)
    image.paste(220, (size[0] // 2, 0, *size))
    return image.convert(mode)


def jpeg(mode: str = "RGB", **options: object) -> bytes:
    output = io.BytesIO()
    picture(mode).save(output, "JPEG", quality=95, **options)
    return output.getvalue()


def png(image: Image.Image | None = None, **options: object) -> bytes:
    output = io.BytesIO()
    (image or picture()).save(output, "PNG", **options)
    return output.getvalue()


# --- pictures -------------------------------------------------------------------------------------------------------


def test_a_jpeg_loses_all_but_its_pixels_and_is_told_of() -> None:
    given = jpeg(exif=exif(), xmp=XMP, comment=f"for {CANARY}".encode(), icc_profile=b"\0" * 128)
    copy = cleaned(given, "IMG_1.jpeg")
    assert (copy.kind, copy.name, copy.text) == (Kind.JPEG, "IMG_1.jpeg", "")
    assert set(copy.found) == {
        Metadatum("camera", "Canon"),
        Metadatum("camera", "EOS 5"),
        Metadatum("camera", f"serial number SN-{CANARY}"),
        Metadatum("author", f"Mari {CANARY}"),
        Metadatum("author", f"Jüri {CANARY}"),
        Metadatum("software", "Lightroom"),
        Metadatum("dates", "2026:01:02 10:11:12"),
        Metadatum("gps", "58.37811° N, 26.71694° E"),
        Metadatum("comments", f"for {CANARY}"),
        Metadatum("other", "colour profile “”"),
    }
    content = copy.content.read()
    assert copy.size == len(content)
    assert CANARY.encode() in given
    assert [word for word in (CANARY.encode(), b"Exif", b"ns.adobe.com", b"Canon", b"ICC_PROFILE") if word in content] == []
    with Image.open(io.BytesIO(content)) as image:
        assert (image.size, dict(image.getexif())) == ((40, 60), {})  # turned upright, as its EXIF had it
        assert image.convert("L").getpixel((20, 5)) == pytest.approx(40, abs=4)
        assert image.convert("L").getpixel((20, 55)) == pytest.approx(220, abs=4)


def test_a_png_loses_its_texts_and_keeps_its_transparency() -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", f"Mari {CANARY}")
    texts.add_itxt("XML:com.adobe.xmp", XMP.decode())
    texts.add_text("Comment", CANARY, zip=True)
    given = png(picture("L").quantize(4), pnginfo=texts, exif=exif(), transparency=1) + CANARY.encode()
    copy = cleaned(given, "plan.pdf")
    assert (copy.kind, copy.name) == (Kind.PNG, "plan.png")
    assert {Metadatum("author", f"Mari {CANARY}"), Metadatum("comments", CANARY), Metadatum("camera", "Canon")} <= set(copy.found)
    content = copy.content.read()
    assert CANARY.encode() not in content
    chunks = [content[at + 4 : at + 8] for at in _chunks(content)]
    assert set(chunks) == {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}


def _chunks(content: bytes) -> list[int]:
    places, at = [], 8
    while at < len(content):
        places.append(at)
        at += 12 + int.from_bytes(content[at : at + 4], "big")
    return places


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_a_png_of_any_mode_keeps_its_pixels(mode: str) -> None:
    image = picture(mode) if mode != "I;16" else Image.new("I;16", (60, 40), 51234)
    with Image.open(cleaned(png(image)).content) as copy:
        assert (copy.mode, copy.size, copy.tobytes()) == (image.mode, image.size, image.tobytes())


def test_a_jpeg_in_print_colours_becomes_one_in_screen_colours() -> None:
    with Image.open(cleaned(jpeg("CMYK")).content) as copy:
        assert copy.mode == "RGB"
        assert copy.convert("L").getpixel((5, 5)) == pytest.approx(40, abs=8)


def test_of_a_moving_picture_the_first_is_kept() -> None:
    second = picture().transpose(Image.Transpose.ROTATE_180)
    copy = cleaned(png(save_all=True, append_images=[second, second.rotate(3)]))
    assert copy.found == (Metadatum("hidden", "further pictures behind the first, taken out: 2"),)
    with Image.open(copy.content) as image:
        assert (getattr(image, "n_frames", 1), image.getpixel((5, 5))) == (1, (40, 40, 40))


@pytest.mark.parametrize("content", [jpeg()[:-300], jpeg()[:40], png()[:60], b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"])
def test_a_picture_that_breaks_off_is_damaged(content: bytes) -> None:
    assert refusal(content) == "damaged"


def test_a_picture_of_huge_measures_is_refused_unread() -> None:
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 6, 0, 0, 0)
    huge = png()[:8] + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in ((b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 1_000_000)), (b"IEND", b""))
    )
    begun = time.monotonic()
    assert refusal(huge) == "bomb"
    assert time.monotonic() - begun < 5


# --- text -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    ["õun\r\n2€".encode(), b"\xef\xbb\xbf" + "õun\r2€".encode(), "\ufeffõun\n2€".encode("utf-16-le"), "õun\n2€".encode("cp1257")],
)
def test_text_of_any_coding_becomes_plain_utf_8(content: bytes) -> None:
    copy = cleaned(content, "a.txt")
    assert (copy.kind, copy.content.read(), copy.text, copy.found) == (Kind.TXT, "õun\n2€".encode(), "õun\n2€", ())


@pytest.mark.parametrize(("text", "coding"), [("ģimene", "cp1257"), ("žüree šokk", "cp1252"), ("naïve Šveits", "cp1252")])
def test_the_code_page_is_told_by_its_letters(text: str, coding: str) -> None:
    assert cleaned(text.encode(coding)).text == text


def test_invisible_characters_are_taken_out_and_counted() -> None:
    copy = cleaned("a\u200bb\u202ec\u00ad;\U000e0041d\ufeff".encode(), "list.CSV")
    assert (copy.kind, copy.name, copy.content.read()) == (Kind.CSV, "list.csv", b"abc;d")
    assert copy.found == (Metadatum("hidden", "invisible characters, taken out: 5"),)


# --- refusals -------------------------------------------------------------------------------------------------------

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"MZ\x90\0\x03\0" + b"\0" * 100, "unknown-type"),
        (b"\x7fELF\x02\x01", "unknown-type"),
        (b"GIF89a\x01\0\x01\0\0\0\0;", "unknown-type"),
        (b"words\0words", "unknown-type"),
        (b"words \x1b[31m", "unknown-type"),
        ("words".encode("utf-16-le"), "unknown-type"),
        (b"\xff\xfew\0\x00\xd8", "unknown-type"),
        (b"{\\rtf1{\\info{\\author Mari}}}", "unknown-type"),
        (b"<?xml version='1.0'?><svg/>", "unknown-type"),
        (b"  <!DOCTYPE html><html></html>", "unknown-type"),
        (OLE, "unknown-type"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (b"PK\x03\x04 no package", "damaged"),
    ],
)
def test_what_is_none_of_the_kinds_is_refused(content: bytes, code: str) -> None:
    assert refusal(content, "file.docx") == code


def test_old_office_files_and_protected_ones_get_sentences_of_their_own() -> None:
    sentences = set()
    for content in (OLE, OLE + "EncryptedPackage".encode("utf-16-le"), b"\x7fELF"):
        with pytest.raises(UnableToClean) as refused:
            cleaned(content)
        sentences.add(str(refused.value))
    assert len(sentences) == 3


def test_a_file_may_have_20_megabytes_and_no_byte_more() -> None:
    content = b"word " * (MOST_BYTES // 5)
    assert cleaned(content).size == len(content)

    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            self.given += size
            return b"a" * size

    endless = Endless()
    with pytest.raises(UnableToClean) as refused:
        clean(endless, name="a.txt")
    assert refused.value.code == "too-big"
    assert endless.given <= MOST_BYTES + 128 * 1024


def test_a_copy_that_would_be_larger_is_refused() -> None:
    assert refusal("õ".encode("cp1257") * (MOST_BYTES - 10)) == "too-big"


# --- the process apart ----------------------------------------------------------------------------------------------


class Files:
    """Four files in memory, as the process apart gets them."""

    def __init__(self, content: bytes) -> None:
        self.all = [os.fdopen(os.memfd_create("test"), "w+b") for _ in range(4)]
        self.all[0].write(content)
        self.all[0].seek(0)

    def __enter__(self) -> list[io.BufferedRandom]:
        return self.all

    def __exit__(self, *_: object) -> None:
        for file in self.all:
            file.close()


def test_a_process_that_takes_too_long_is_ended() -> None:
    begun = time.monotonic()
    with Files(b"words") as files, pytest.raises(UnableToClean) as refused:
        sandbox.run(*files, seconds=0.01)
    assert refused.value.code == "too-long"
    assert time.monotonic() - begun < 2
    assert cleaned(b"words").text == "words"  # its turn was given back


def test_who_comes_third_waits_for_a_turn_and_not_for_ever() -> None:
    for _ in range(sandbox.AT_ONCE):
        sandbox._turns.acquire()
    try:
        with Files(b"words") as files, pytest.raises(UnableToClean) as refused:
            sandbox.run(*files, patience=0.05)
        assert refused.value.code == "busy"
        freed = threading.Timer(0.2, sandbox._turns.release)
        freed.start()
        assert cleaned(b"words").text == "words"
        freed.join()
    finally:
        sandbox._turns.release()


def test_no_more_than_a_few_files_wait_for_their_turn() -> None:
    """Each that waits holds a thread of the process, and pages need threads too."""
    for _ in range(sandbox.AT_ONCE + sandbox.WAITING):
        assert sandbox._queue.acquire(blocking=False)
    try:
        with Files(b"words") as files, pytest.raises(UnableToClean) as refused:
            sandbox.run(*files, patience=60)
    finally:
        sandbox._queue.release(sandbox.AT_ONCE + sandbox.WAITING)
    assert refused.value.code == "busy"


def test_files_are_read_when_pages_leave_the_processor_to_them() -> None:
    assert apart("print(os.nice(0))") == str(min(19, os.nice(0) + worker.NICE))


def apart(code: str) -> str:
    """What a process with the worker's limits prints when it runs `code`."""
    started = "import sys, os, socket, errno; sys.path.append(sys.argv[1]); from inquiries.cleaning import worker; worker.limit()\n"
    command = [sys.executable, "-I", "-B", "-c", started + code, str(ROOT)]
    return subprocess.run(command, env={}, capture_output=True, text=True, timeout=60, check=False).stdout.strip()


TRY = """
worker.close_doors()
def tried(what):
    try:
        what()
    except OSError as error:
        return errno.errorcode[error.errno]
    return "done"
"""


def test_what_takes_the_process_over_can_open_nothing() -> None:
    doors = 'print(tried(lambda: open("/etc/passwd")), tried(lambda: socket.socket()), tried(lambda: os.pipe()))'
    assert apart(TRY + doors) == "EMFILE EMFILE EMFILE"
    assert apart(TRY + "os.close(2)\n" + doors) == "EMFILE EMFILE EMFILE"
    assert apart(TRY.replace("worker.close_doors()", "") + doors) == "done done done"  # else nothing would be shown


def test_a_file_is_read_once_nothing_can_be_opened_any_more() -> None:
    reads = """
from inquiries.cleaning import texts
def watch(content, found):
    print(tried(lambda: open("/etc/passwd")))
    return texts.Copy(content, "")
texts.clean = watch
given, copy, masks = (os.memfd_create(name) for name in ("given", "copy", "masks"))
os.pwrite(given, b"words", 0)
os.dup2(given, 0)
worker._clean(copy, masks)
"""
    assert apart(TRY.replace("worker.close_doors()", "") + reads) == "EMFILE"


def test_the_process_cannot_write_or_take_without_end() -> None:
    assert apart("file = os.memfd_create('a')\n" + TRY + "print(tried(lambda: os.ftruncate(file, 1 << 30)))") == "EFBIG"
    assert apart("try: b'a' * (2 << 30)\nexcept MemoryError: print('no')") == "no"


def test_the_process_reads_no_settings() -> None:
    assert apart("print('django.conf' in sys.modules)") == "False"


PROBE = """
import io, sys
sys.path.append(sys.argv[1])
opened, environments = [], []
def watch(event, args):
    if event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
        opened.append(args[0])
    if event == "subprocess.Popen":
        environments.append(args[3])
sys.addaudithook(watch)
from django.conf import settings
from inquiries.cleaning.cleaner import clean
settings.configure(USE_I18N=False)
copy = clean(io.BytesIO(sys.stdin.buffer.read()), name="a.jpg")
opened = [name for name in opened if not isinstance(name, int)]
print(copy.kind.value, len(copy.found) > 4, "PIL" in sys.modules, opened, environments)
"""


def test_a_file_is_never_read_in_the_web_process_and_never_lies_on_a_disk() -> None:
    command = [sys.executable, "-c", PROBE, str(ROOT)]
    done = subprocess.run(command, input=jpeg(exif=exif()), capture_output=True, timeout=60, check=True)
    assert done.stdout.decode().strip() == "jpeg True False [] [{}]"


@pytest.mark.parametrize(
    "report",
    [b"", b"[]", b"{", b'{"kind": "exe", "found": [], "text": ""}', b'{"kind": "txt", "found": [["who", "", "x"]], "text": ""}'],
)
def test_what_the_process_says_is_not_believed_without_a_look(report: bytes) -> None:
    with Files(report) as files, pytest.raises(UnableToClean) as refused:
        cleaner._cleaned(cleaner._read(files[0]), files[1], "a")
    assert refused.value.code == "damaged"


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([jpeg(exif=exif()), png(exif=exif())]), st.data())
def test_a_broken_file_is_cleaned_or_refused(content: bytes, data: st.DataObject) -> None:
    broken = bytearray(content)
    for _ in range(data.draw(st.integers(1, 8))):
        broken[data.draw(st.integers(3, len(broken) - 1))] = data.draw(st.integers(0, 255))
    try:
        copy = cleaned(bytes(broken))
    except UnableToClean:
        return
    assert CANARY.encode() not in copy.content.read()


# --- names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_name", "kind", "safe"),
    [
        ("plan.pdf", Kind.PDF, "plan.pdf"),
        ("C:\\Users\\mari\\plan.PDF", Kind.PDF, "plan.pdf"),
        ("../../etc/passwd", Kind.TXT, "passwd.txt"),
        ("photo.jpeg", Kind.JPEG, "photo.jpeg"),
        ("photo.png", Kind.JPEG, "photo.jpg"),
        ("invoice\u202efdp.exe", Kind.PDF, "invoicefdp.pdf"),
        ("a\r\nb\0.txt", Kind.TXT, "ab.txt"),
        ("jaanuar 2.5", Kind.CSV, "jaanuar 2.5.csv"),
        ("õ" * 300 + ".odt", Kind.ODT, "õ" * 96 + ".odt"),
        ('a"b;c.xlsx', Kind.XLSX, "a_b_c.xlsx"),
        ("", Kind.DOCX, "file.docx"),
        (".docx", Kind.DOCX, "file.docx"),
        ("...", Kind.PNG, "file.png"),
    ],
)
def test_a_name_is_made_safe(given_name: str, kind: Kind, safe: str) -> None:
    assert names.safe(given_name, kind) == safe


def test_every_kind_has_a_label_a_suffix_and_a_media_type() -> None:
    assert len({(str(kind.label), kind.suffix, kind.media_type) for kind in Kind}) == 8
