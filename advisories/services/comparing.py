"""What has changed between two revisions of an advisory: texts word by word, everything else side by side."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import Final

from django.template.defaultfilters import filesizeformat
from django.utils.formats import date_format
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from advisories.models import Advisory, Attachment, Move, Revision, Texts, Translation
from advisories.services.editing import TEXTS
from organisations.models import User

SAME: Final = "same"
TAKEN: Final = "taken"
ADDED: Final = "added"
# Longer passages that differ are shown whole: comparing takes the square of their length.
MOST_WORDS = 3_000
_WORD = re.compile(r"\S+|\s+")


@dataclass(frozen=True)
class Piece:
    """A stretch of text that both have, or that was taken out, or added."""

    kind: str
    text: str


@dataclass(frozen=True)
class Change:
    """One part that differs: a text with its `pieces`, or else a field as it was `before` and is `after`."""

    label: str
    before: str = ""
    after: str = ""
    pieces: tuple[Piece, ...] = ()


def changes(before: Revision, after: Revision) -> list[Change]:
    """What differs between two revisions of one advisory, in the order in which the advisory has it."""
    fields = zip(_fields(before), _fields(after), strict=True)
    found = [Change(label, was, now) for (label, was), (_label, now) in fields if was != now]
    found += _texts_changed(before, after)
    was, now = _translations(before), _translations(after)
    for language in sorted({*was, *now}):
        found += _texts_changed(was.get(language), now.get(language), language=language)
    return found


def _translations(revision: Revision) -> dict[str, Translation]:
    rows = Translation.objects.filter(advisory=revision.advisory_id, revision=revision.number)
    return {each.language: each for each in rows}


def _texts_changed(before: Texts | None, after: Texts | None, *, language: str = "") -> Iterator[Change]:
    """The texts that differ; those of a translation are named with their language."""
    for name in TEXTS:
        was, now = ("\n".join(getattr(each, name, "").splitlines()) for each in (before, after))
        if was != now:
            label = str(Revision._meta.get_field(name).verbose_name).capitalize()  # type: ignore[union-attr]  # noqa: SLF001  Django's documented _meta
            if language:
                label = f"{label} ({get_language_info(language)['name_translated']})"
            yield Change(label, pieces=tuple(pieces(was, now)))


def last_seen(advisory: Advisory, *, by: User) -> int | None:
    """The number of the latest earlier revision that this person approved or returned; None if there is none."""
    decided = advisory.events.filter(by=by, move__in=[Move.APPROVED, Move.RETURNED], revision__lt=advisory.revision)
    return decided.order_by("-revision").values_list("revision", flat=True).first()


def pieces(before: str, after: str) -> list[Piece]:
    """What makes one text of the other: by lines first, then by words within the lines that differ."""
    found: list[Piece] = []
    for piece in _by_lines(_lines(before), _lines(after)):
        if found and found[-1].kind == piece.kind:
            piece = Piece(piece.kind, found.pop().text + piece.text)  # noqa: PLW2901  joined to the one before
        found.append(piece)
    return found


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _by_lines(before: list[str], after: list[str]) -> Iterator[Piece]:
    for kind, i, j, k, m in SequenceMatcher(None, before, after).get_opcodes():
        was, now = "".join(before[i:j]), "".join(after[k:m])
        if kind == "replace":
            yield from _by_words(was, now)
        else:
            yield from _either(was, now, is_same=kind == "equal")


def _by_words(was: str, now: str) -> Iterator[Piece]:
    before, after = _WORD.findall(was), _WORD.findall(now)
    if len(before) > MOST_WORDS or len(after) > MOST_WORDS:
        yield from _either(was, now, is_same=False)
        return
    for kind, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        yield from _either("".join(before[i:j]), "".join(after[k:m]), is_same=kind == "equal")


def _either(was: str, now: str, *, is_same: bool) -> Iterator[Piece]:
    if is_same:
        yield Piece(SAME, now)
        return
    if was:
        yield Piece(TAKEN, was)
    if now:
        yield Piece(ADDED, now)


def _fields(revision: Revision) -> list[tuple[str, str]]:
    """Everything but the texts, each as a person reads it."""
    return [
        (_("Kind"), revision.get_kind_display()),
        (_("Label"), revision.get_tlp_display()),
        (_("Urgency"), revision.get_urgency_display()),
        (_("Language"), str(get_language_info(revision.language)["name_translated"])),
        (_("In force from"), _day(revision.valid_from)),
        (_("Last day"), _day(revision.valid_to)),
        (_("Segments"), "\n".join(segment.label for segment in revision.segments.in_order())),
        (_("Replaces"), "\n".join(revision.supersedes.order_by("title", "pk").values_list("title", flat=True))),
        (_("Control entries"), "\n".join(revision.control_entries)),
        (_("Destinations"), "\n".join(revision.destination_names)),
        (_("Roles"), "\n".join(revision.role_names)),
        (_("Legal references"), "\n".join(revision.legal_references)),
        (_("Files"), "\n".join(_files(revision))),
    ]


def _files(revision: Revision) -> Iterator[str]:
    """Each as a person tells it from another of the same name: by its size and the beginning of its SHA-256."""
    for each in Attachment.objects.filter(advisory=revision.advisory_id).of_revision(revision.number).in_order():
        said = {"name": each.name, "size": filesizeformat(each.size), "sha256": each.sha256[:16]}
        yield _("%(name)s, %(size)s, SHA-256 %(sha256)s…") % said


def _day(day: date | None) -> str:
    return date_format(day, "j F Y") if day else ""
