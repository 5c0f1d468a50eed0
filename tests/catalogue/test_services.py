import hashlib
import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import Request

import pytest

from catalogue.models import ControlEntry, ControlList, Segment, SegmentMapping
from catalogue.services import (
    SEED,
    BoundedRedirects,
    File,
    UnableToLoadError,
    download,
    load_annex,
    load_catalogue,
    load_seed,
    load_segments,
    read_annex,
)
from tests.catalogue.conftest import NOW, PARAGRAPHS, annex
from tests.catalogue.consolidated import consolidated


def test_the_seed_has_the_ten_areas_their_42_technologies_and_the_nato_segments(seed: None) -> None:
    assert Segment.objects.areas().count() == 10
    assert Segment.objects.technologies().count() == 42
    assert Segment.objects.current().filter(scheme="nato-edt").count() == 9
    assert set(SegmentMapping.objects.values_list("match", flat=True)) == {"exact", "close", "broad"}


def test_every_nato_segment_is_mapped(seed: None) -> None:
    assert not Segment.objects.current().filter(scheme="nato-edt", mappings=None).exists()


def test_the_short_list_has_every_category_and_group_with_titles(seed: None) -> None:
    rows = ControlEntry.objects.current()
    assert set(rows.values_list("category", flat=True)) == set("0123456789")
    assert set(rows.values_list("group", flat=True)) == set("ABCDE")
    assert not rows.filter(plain_title="").exists()
    assert not ControlList.objects.current().get().is_complete


def test_a_second_load_changes_nothing(seed: None) -> None:
    before = list(ControlEntry.objects.order_by("pk").values_list("pk", "text")), list(Segment.objects.order_by("pk").values())
    assert [loaded.written for loaded in load_seed(now=NOW + timedelta(days=1))] == [0, 0]
    assert before == (
        list(ControlEntry.objects.order_by("pk").values_list("pk", "text")),
        list(Segment.objects.order_by("pk").values()),
    )
    assert ControlList.objects.get().loaded_at == NOW


def test_a_changed_label_is_brought_up_to_date_in_place(seed: None) -> None:
    area = Segment.objects.get(code="CTA03")
    Segment.objects.filter(pk=area.pk).update(label="Quanta")
    assert load_seed(now=NOW)[0].written == 1
    area.refresh_from_db()
    assert area.label == "Quantum technologies"


def test_a_new_edition_of_the_segments_leaves_the_old_ones_to_those_who_refer_to_them(seed: None) -> None:
    data = json.loads((SEED / "segments.json").read_text())
    data["schemes"][0]["edition"] = "2031"
    load_segments(content=json.dumps(data).encode())
    assert Segment.objects.filter(scheme="eu-critical-technology-areas", edition="2023", is_current=False).count() == 52
    assert set(Segment.objects.areas().values_list("edition", flat=True)) == {"2031"}


@pytest.mark.parametrize("content", [b"{", b"{}", b'{"schemes": [{"scheme": "moon", "edition": "1"}]}'])
def test_broken_segments_leave_the_old_ones(seed: None, content: bytes) -> None:
    with pytest.raises(UnableToLoadError, match="were not loaded"):
        load_segments(content=content)
    assert Segment.objects.areas().count() == 10


def test_the_whole_list_takes_the_place_of_the_short_one_and_keeps_its_titles(seed: None) -> None:
    load_annex(content=annex(), source="x.csv", now=NOW)
    assert ControlList.objects.current().get().edition == "2025-11-15"
    assert ControlEntry.objects.current().get(code="6A003").plain_title == "Cameras"
    assert ControlList.objects.count() == 2
    load_seed(now=NOW)
    assert ControlList.objects.current().get().is_complete


def test_a_later_edition_becomes_current_and_an_earlier_one_does_not(small_list: None) -> None:
    load_annex(content=annex(version="02021R0821-20241108"), source="old.csv", now=NOW)
    assert ControlList.objects.current().get().edition == "2025-11-15"
    load_annex(content=annex(version="02021R0821-20261101"), source="new.csv", now=NOW)
    assert ControlList.objects.current().get().edition == "2026-11-01"
    assert ControlEntry.objects.filter(control_list__edition="2025-11-15").count() == len(PARAGRAPHS)


def test_the_same_edition_from_another_file_is_refused(small_list: None) -> None:
    with pytest.raises(UnableToLoadError, match="is loaded already"):
        load_annex(content=annex(PARAGRAPHS[:2]), source="other.csv", now=NOW)
    assert ControlEntry.objects.count() == len(PARAGRAPHS)


def test_a_broken_file_leaves_nothing_half_loaded(db: None) -> None:
    broken = annex([*PARAGRAPHS, ("9A001.a", "9A001", "para", "x")])
    with pytest.raises(UnableToLoadError, match=r"Line 10: 9A001\.a stands below 9A001"):
        load_catalogue(annex=File(broken, "broken.csv"), now=NOW)
    assert (ControlList.objects.count(), ControlEntry.objects.count(), Segment.objects.count()) == (0, 0, 0)


def test_repaired_text_keeps_what_was_received_and_doubt_is_flagged(small_list: None) -> None:
    repaired = ControlEntry.objects.get(code="3A001.a", kind="para")
    assert repaired.text == "Widgets that withstand a dose of 5 × 10³ Gy or more;"
    assert repaired.received_text == "Widgets that withstand a dose of 5 x 103 Gy or more;"
    assert list(ControlEntry.objects.filter(needs_checking=True).values_list("code", flat=True)) == ["3A001.b.1"]


def test_progress_ends_at_the_last_row(db: None) -> None:
    seen: list[tuple[int, int]] = []
    load_annex(content=annex(), source="x.csv", now=NOW, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (len(PARAGRAPHS), len(PARAGRAPHS))


def test_a_folder_without_the_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnableToLoadError, match=r"has no eu_dual_use/annex_i_paragraphs\.csv"):
        read_annex(tmp_path)


# --- downloads ------------------------------------------------------------------------------------------------------

CONTENT = annex()
OFFICIAL = consolidated([("6A003", "", "entry", "Cameras, as follows:"), ("6A003.a", "6A003", "para", "Fast ones.")])
CHECKSUM = hashlib.sha256(CONTENT).hexdigest()


MOVED = {
    "/moved": "/annex.csv",
    "/round": "/round",
    "/away": "http://192.0.2.1/annex.csv",
    "/to-a-file": "file:///etc/passwd",
}


class Server(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.close_connection = True
        match self.path:
            case "/annex.csv":
                self._answer(200, CONTENT)
            case "/celex" if str(self.headers["Accept"]).startswith("application/xhtml+xml"):  # one address, many forms
                self._answer(200, OFFICIAL)
            case path if path in MOVED:
                self._answer(302, b"", Location=MOVED[path])
            case "/silent":
                time.sleep(3)
            case "/drip":
                self.send_response(200)
                self.end_headers()
                self._drip()
            case _:
                self._answer(404, b"no")

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        try:
            for _ in range(40):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.1)
        except OSError:
            pass

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  named by the standard library
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as httpd:
        httpd.daemon_threads = True
        httpd.block_on_close = False
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()


@pytest.mark.parametrize("path", ["/annex.csv", "/moved"])
def test_a_file_is_fetched_and_its_checksum_compared(server: str, path: str) -> None:
    assert download(url=server + path, sha256=CHECKSUM.upper()) == CONTENT


def test_the_official_text_is_fetched_in_the_form_that_can_be_read_and_loaded(server: str, seed: None) -> None:
    content = download(url=f"{server}/celex", sha256=hashlib.sha256(OFFICIAL).hexdigest())
    assert load_annex(content=content, source=f"{server}/celex", now=NOW).written == 2
    assert list(ControlEntry.objects.current().order_by("order").values_list("code", flat=True)) == ["6A003", "6A003.a"]
    assert load_annex(content=content, source=f"{server}/celex", now=NOW).is_unchanged


def test_an_http_address_on_the_way_is_asked_for_over_https_where_the_host_stays_the_same() -> None:
    def follow(target: str) -> str:
        request = Request("https://law.example/celex/1")
        followed = BoundedRedirects().redirect_request(request, None, 303, "See Other", Message(), target)
        return followed.full_url if followed else ""

    assert follow("http://law.example/cellar/2") == "https://law.example/cellar/2"
    for elsewhere in ("http://other.example/cellar/2", "ftp://law.example/cellar/2"):
        with pytest.raises(UnableToLoadError, match="redirects away from https"):
            follow(elsewhere)


@pytest.mark.parametrize(
    ("path", "limits", "reason"),
    [
        ("/annex.csv", {"limit": 100}, "is larger than 100 bytes"),
        ("/none", {}, "answered with status 404"),
        ("/silent", {"silence": 0.3}, "did not answer in time"),
        ("/drip", {"longest": 0.3}, "took too long to arrive"),
        ("/round", {}, "answered with status 302"),
        ("/away", {}, "is not an https address"),
        ("/to-a-file", {}, "answered with status 302"),
    ],
)
def test_a_download_that_goes_wrong_says_why(server: str, path: str, limits: dict[str, Any], reason: str) -> None:
    with pytest.raises(UnableToLoadError, match=reason):
        download(url=server + path, sha256=CHECKSUM, **limits)


def test_a_file_with_another_checksum_is_refused(server: str) -> None:
    with pytest.raises(UnableToLoadError, match="has the checksum"):
        download(url=f"{server}/annex.csv", sha256="0" * 64)


@pytest.mark.parametrize(
    "url", ["http://example.org/a.csv", "ftp://example.org/a.csv", "file:///etc/passwd", "https://", "https://[", "x"]
)
def test_only_https_leaves_this_machine(url: str) -> None:
    with pytest.raises(UnableToLoadError, match="is not an https address"):
        download(url=url, sha256=CHECKSUM)


def test_a_server_that_is_not_there_is_named() -> None:
    with pytest.raises(UnableToLoadError, match="could not be fetched"):
        download(url="http://127.0.0.1:9/annex.csv", sha256=CHECKSUM)
