"""Loading the catalogue: segments, and editions of control lists. Each verb loads all of its file or nothing."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException, HTTPResponse
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.db import transaction
from django.utils.translation import gettext as _

from catalogue.eurlex import is_xhtml, parse_consolidated
from catalogue.models import (
    ControlEntry,
    ControlList,
    ControlScheme,
    DiversionRisk,
    Match,
    Segment,
    SegmentMapping,
    SegmentScheme,
)
from catalogue.parsing import BrokenFileError, ParsedList, Row, parse_annex, parse_json, parse_short_list, titled

SEED = Path(__file__).resolve().parent / "seed"
ANNEX_PLACES = ("eu_dual_use/annex_i_paragraphs.csv", "annex_i_paragraphs.csv")
LARGEST_FILE = 50 * 1024 * 1024
LONGEST_DOWNLOAD = 300.0  # seconds, in all
LONGEST_SILENCE = 20.0  # seconds, until the connection stands and between two pieces
MOST_REDIRECTS = 5
# The Publications Office gives one text out in many forms and asks which.
ACCEPTED = "application/xhtml+xml, text/csv;q=0.9, */*;q=0.1"
LOOPBACK = ("localhost", "127.0.0.1", "::1")

Progress = Callable[[int, int], None]


class UnableToLoadError(Exception):
    """Why the catalogue was left as it was, in a sentence for the operator."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load changed: how many rows it wrote, and which edition now stands."""

    name: str
    written: int

    @property
    def is_unchanged(self) -> bool:
        return self.written == 0


def _silent(_done: int, _total: int) -> None:
    """Progress that nobody watches."""


# --- segments -------------------------------------------------------------------------------------------------------


@transaction.atomic
def load_segments(*, content: bytes) -> Loaded:
    """Bring the segments and their mappings to what the JSON says. Segments of other editions stop being current and stay.

    Raises UnableToLoadError where the file contradicts itself.
    """
    try:
        data = parse_json(content)
        schemes = data["schemes"]
        written = sum(_load_scheme(scheme) for scheme in schemes)
        written += _load_mappings(data.get("mappings", []))
    except BrokenFileError as error:
        raise UnableToLoadError(_("The segments were not loaded. %(reason)s") % {"reason": error}) from error
    except (KeyError, TypeError, ValueError) as error:
        raise UnableToLoadError(_("The segments were not loaded: %(reason)r is missing or wrong.") % {"reason": error}) from error
    return Loaded(
        name=", ".join(f"{SegmentScheme(scheme['scheme']).label} {scheme['edition']}" for scheme in schemes), written=written
    )


def _load_scheme(scheme: dict[str, Any]) -> int:
    name, edition = SegmentScheme(scheme["scheme"]), str(scheme["edition"])
    written = Segment.objects.current().filter(scheme=name).exclude(edition=edition).update(is_current=False)
    held = {segment.code: segment for segment in Segment.objects.select_for_update().filter(scheme=name, edition=edition)}
    for node in scheme["segments"]:
        written += _put_segment(held, node, scheme=name, edition=edition, source=scheme["source"], parent=None)
        for child in node.get("technologies", []):
            parent = held[node["code"]]
            written += _put_segment(held, child, scheme=name, edition=edition, source=scheme["source"], parent=parent)
    return written


def _put_segment(
    held: dict[str, Segment],
    node: dict[str, Any],
    *,
    scheme: SegmentScheme,
    edition: str,
    source: str,
    parent: Segment | None,
) -> int:
    wanted: dict[str, Any] = {
        "label": node["label"],
        "description": node.get("description", ""),
        "parent_id": parent.pk if parent else None,
        "source": source,
        "diversion_risk": DiversionRisk(node["risk"]).value,
        "control_codes": node.get("controls", []),
        "is_current": True,
    }
    segment = held.get(node["code"])
    if segment is None:
        held[node["code"]] = Segment.objects.create(scheme=scheme, edition=edition, code=node["code"], **wanted)
        return 1
    changed = [name for name, value in wanted.items() if getattr(segment, name) != value]
    for name in changed:
        setattr(segment, name, wanted[name])
    if changed:
        segment.save(update_fields=changed)
    return len(changed[:1])


def _load_mappings(mappings: list[dict[str, str]]) -> int:
    current = {segment.code: segment for segment in Segment.objects.current()}
    wanted = {(current[row["from"]].pk, current[row["to"]].pk): Match(row["match"]).value for row in mappings}
    held = {(row.segment_id, row.target_id): row for row in SegmentMapping.objects.filter(segment__is_current=True)}
    stale = [row.pk for pair, row in held.items() if wanted.get(pair) != row.match]
    SegmentMapping.objects.filter(pk__in=stale).delete()
    missing = [pair for pair, match in wanted.items() if pair not in held or held[pair].match != match]
    SegmentMapping.objects.bulk_create(
        [SegmentMapping(segment_id=segment, target_id=target, match=wanted[segment, target]) for segment, target in missing]
    )
    return len(missing) + len([pair for pair in held if pair not in wanted])


# --- all of it ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class File:
    content: bytes
    source: str


@transaction.atomic
def load_catalogue(*, annex: File | None, now: datetime, progress: Progress = _silent) -> list[Loaded]:
    """Load the seed and, if one is given, an edition of Annex I: all of it or nothing. Raises UnableToLoadError."""
    loaded = load_seed(now=now, progress=progress)
    if annex:
        loaded.append(load_annex(content=annex.content, source=annex.source, now=now, progress=progress))
    return loaded


# --- control lists --------------------------------------------------------------------------------------------------


def load_seed(*, now: datetime, progress: Progress = _silent) -> list[Loaded]:
    """Load what the project ships: the segments, and a short list of dual-use codes in its own words.

    The short list never takes the place of a whole edition of the same list.
    """
    content = _seed_file("dual_use_short.json")
    try:
        parsed = parse_short_list(content)
    except BrokenFileError as error:
        raise UnableToLoadError(str(error)) from error
    segments = load_segments(content=_seed_file("segments.json"))
    short = load_control_list(
        parsed=parsed,
        checksum=_checksum(content),
        title=_("EU dual-use list, short form"),
        source="catalogue/seed/dual_use_short.json",
        attribution="Plain titles in the portal's own words, not the text of the list",
        is_complete=False,
        now=now,
        progress=progress,
    )
    return [segments, short]


def load_annex(*, content: bytes, source: str, now: datetime, progress: Progress = _silent) -> Loaded:
    """Load one consolidation of Annex I of Regulation (EU) 2021/821: its official XHTML, or a table as `parse_annex` reads it.

    Raises UnableToLoadError, naming the line where the file is broken.
    """
    try:
        parsed = parse_consolidated(content) if is_xhtml(content) else parse_annex(content)
        short = parse_short_list(_seed_file("dual_use_short.json"))
    except BrokenFileError as error:
        raise UnableToLoadError(
            _("Nothing was loaded from %(source)s. %(reason)s") % {"source": source, "reason": error}
        ) from error
    titles = {row.code: row.plain_title for row in short.rows}
    return load_control_list(
        parsed=ParsedList(edition=parsed.edition, rows=titled(parsed.rows, titles)),
        checksum=_checksum(content),
        title="Annex I of Regulation (EU) 2021/821",
        source=source[:300],
        attribution="© European Union, EUR-Lex; only the Official Journal is authentic",
        is_complete=True,
        now=now,
        progress=progress,
    )


@transaction.atomic
def load_control_list(
    *,
    parsed: ParsedList,
    checksum: str,
    title: str,
    source: str,
    attribution: str,
    is_complete: bool,
    now: datetime,
    progress: Progress = _silent,
) -> Loaded:
    """Add an edition of the EU dual-use list and make it the current one; earlier editions stay. A second load changes nothing.

    Raises UnableToLoadError where this edition was loaded from other content: what people were told under it must not change.
    """
    editions = ControlList.objects.select_for_update().filter(scheme=ControlScheme.EU_DUAL_USE)
    held = editions.filter(edition=parsed.edition).first()
    if held and held.checksum != checksum:
        raise UnableToLoadError(
            _("Edition %(edition)s is loaded already, from a file with the checksum %(checksum)s; this file differs.")
            % {"edition": parsed.edition, "checksum": held.checksum}
        )
    if held:
        return Loaded(name=str(held), written=0)
    is_current = _replaces(editions.current().first(), parsed.edition, is_complete=is_complete)
    if is_current:
        editions.current().update(is_current=False)
    control_list = ControlList.objects.create(
        scheme=ControlScheme.EU_DUAL_USE,
        edition=parsed.edition,
        title=title,
        source=source,
        attribution=attribution,
        checksum=checksum,
        loaded_at=now,
        is_complete=is_complete,
        is_current=is_current,
    )
    _write_rows(control_list, parsed.rows, progress)
    return Loaded(name=str(control_list), written=len(parsed.rows))


def _replaces(current: ControlList | None, edition: str, *, is_complete: bool) -> bool:
    """Whether a new edition becomes the current one: a whole list beats a short one, and a later edition an earlier."""
    if current is None or is_complete != current.is_complete:
        return current is None or is_complete
    return edition > current.edition


def _write_rows(control_list: ControlList, rows: Sequence[Row], progress: Progress) -> None:
    """Write the tree level by level, because a row needs the key of the one above."""
    contexts = _contexts(rows)
    keys: dict[str, int] = {}
    done = 0

    def level(row: Row) -> int:
        return row.code.count(".") if row.is_paragraph else 1_000

    for _level, group in groupby(sorted(rows, key=level), key=level):
        for some in _batches(list(group)):
            entries = [
                ControlEntry(
                    control_list=control_list,
                    parent_id=keys[row.parent] if row.parent else None,
                    order=row.order,
                    code=row.code,
                    entry_code=row.entry_code,
                    depth=row.depth,
                    kind=row.kind,
                    category=row.category,
                    group=row.group,
                    regime=row.regime,
                    plain_title=row.plain_title,
                    text=row.text,
                    received_text=row.received_text,
                    needs_checking=row.needs_checking,
                    context=contexts[row.order],
                )
                for row in some
            ]
            ControlEntry.objects.bulk_create(entries)
            keys |= {entry.code: entry.pk for entry in entries if entry.kind in ("entry", "para")}
            done += len(entries)
            progress(done, len(rows))


def _batches(rows: list[Row], size: int = 500) -> Iterable[list[Row]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


def _contexts(rows: Sequence[Row]) -> dict[int, str]:
    """For an entry, the words of all that stands below it; for what stands below, the words of all above it."""
    paragraphs = {row.code: row for row in rows if row.is_paragraph}
    below: dict[str, list[str]] = {}
    contexts: dict[int, str] = {}
    for row in rows:
        above: list[str] = []
        parent = paragraphs.get(row.parent)
        while parent:
            above += [parent.text, parent.plain_title]
            parent = paragraphs.get(parent.parent)
        contexts[row.order] = " ".join(filter(None, reversed(above)))
        if row.kind != "entry":
            below.setdefault(row.entry_code, []).append(row.text)
    return contexts | {row.order: " ".join(below.get(row.code, [])) for row in rows if row.kind == "entry"}


# --- files ----------------------------------------------------------------------------------------------------------


def read_annex(where: Path) -> File:
    """The Annex I file itself, or the one in a folder. Raises UnableToLoadError where it isn't there or is too large."""
    for path in (where, *(where / place for place in ANNEX_PLACES)):
        if path.is_file():
            if path.stat().st_size > LARGEST_FILE:
                raise UnableToLoadError(_("%(path)s is larger than %(size)s bytes.") % {"path": path, "size": LARGEST_FILE})
            return File(path.read_bytes(), path.name)
    raise UnableToLoadError(
        _("%(folder)s has no %(places)s.") % {"folder": where, "places": _(" and no ").join(ANNEX_PLACES)},
    )


def download(
    *, url: str, sha256: str, limit: int = LARGEST_FILE, silence: float = LONGEST_SILENCE, longest: float = LONGEST_DOWNLOAD
) -> bytes:
    """Fetch a file over HTTPS (or plain HTTP from this machine) and compare it with its SHA-256 checksum in hexadecimal.

    At most `limit` bytes, `silence` seconds without a byte and `longest` seconds in all, and five redirects.
    Raises UnableToLoadError for anything else.
    """
    until = time.monotonic() + longest
    _check_address(url)
    opener = build_opener(BoundedRedirects())
    opener.addheaders = [("Accept", ACCEPTED)]
    try:
        with opener.open(url, timeout=silence) as response:
            content = _body(response, url=url, until=until, limit=limit)
    except HTTPError as error:
        raise UnableToLoadError(_("%(url)s answered with status %(status)s.") % {"url": url, "status": error.code}) from error
    except TimeoutError as error:
        raise UnableToLoadError(_("%(url)s did not answer in time.") % {"url": url}) from error
    except (URLError, OSError, HTTPException, ValueError) as error:
        raise UnableToLoadError(_("%(url)s could not be fetched: %(reason)s.") % {"url": url, "reason": error}) from error
    if _checksum(content) != sha256.strip().lower():
        raise UnableToLoadError(
            _("%(url)s has the checksum %(found)s and should have %(wanted)s.")
            % {"url": url, "found": _checksum(content), "wanted": sha256}
        )
    return content


class BoundedRedirects(HTTPRedirectHandler):
    max_redirections = MOST_REDIRECTS

    def redirect_request(self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Request | None:
        here, there = urlsplit(req.full_url), urlsplit(newurl)
        if here.scheme == "https" and there.scheme == "http" and there.hostname == here.hostname:
            # The Publications Office names its own pages by http addresses.
            newurl = there._replace(scheme="https", netloc=here.netloc).geturl()
        elif here.scheme == "https" and there.scheme != "https":
            raise UnableToLoadError(_("%(url)s redirects away from https.") % {"url": req.full_url})
        _check_address(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _body(response: HTTPResponse, *, url: str, until: float, limit: int) -> bytes:
    content = bytearray()
    while piece := response.read1(64 * 1024):
        content += piece
        if len(content) > limit:
            raise UnableToLoadError(_("%(url)s is larger than %(size)s bytes.") % {"url": url, "size": limit})
        if time.monotonic() > until:
            raise UnableToLoadError(_("%(url)s took too long to arrive.") % {"url": url})
    return bytes(content)


def _check_address(url: str) -> None:
    """Only HTTPS, so that nobody on the way changes the file; plain HTTP never leaves this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        host = None
    if host and (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)):
        return
    raise UnableToLoadError(_("%(url)s is not an https address.") % {"url": url})


def _seed_file(name: str) -> bytes:
    return (SEED / name).read_bytes()


def _checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
