"""The look at a question before it goes: what could tell who asks, what is so rare that it does, and what is answered already.

Everything here is worked out anew from what the page sends. Nothing of a draft is stored, not even a digest of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b, sha256
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalogue.parsing import code_typed
from catalogue.regions import OFFERED, region_of
from inquiries import traces
from inquiries.cleaning.kinds import MASKED, METADATA_WORDS
from inquiries.cleaning.kinds import Kind as FileKind
from inquiries.forms.asking import ITEM_FIELDS, LONGEST_TEXT, AskForm, ReplyForm
from inquiries.forms.files import MOST_FILES, AskersFilesForm
from inquiries.models import MOST_ITEMS, Publication
from inquiries.services.attachments import Incoming
from inquiries.services.receiving import Received, UnableToReceive, mask
from inquiries.traces import Kind, Trace

KIND_WORDS = {
    Kind.RECEIPT: gettext_lazy("Words of a receipt"),
    Kind.EMAIL: gettext_lazy("Email address"),
    Kind.WEBSITE: gettext_lazy("Web address"),
    Kind.PHONE: gettext_lazy("Telephone number"),
    Kind.IBAN: gettext_lazy("Bank account"),
    Kind.LEI: gettext_lazy("Legal entity identifier"),
    Kind.EORI: gettext_lazy("EORI number"),
    Kind.VAT: gettext_lazy("VAT number"),
    Kind.COMPANY: gettext_lazy("Company number"),
    Kind.PERSON: gettext_lazy("Personal code"),
    Kind.LICENCE: gettext_lazy("Licence number"),
    Kind.SERIAL: gettext_lazy("Serial number"),
    Kind.PART: gettext_lazy("Part number"),
    Kind.REFERENCE: gettext_lazy("Number of an order, a contract or another case"),
    Kind.FIRM: gettext_lazy("Name of a firm"),
}
MASK, KEEP = "mask", "keep"
MOST_FINDINGS = 60  # decided one by one; what is beyond is decided together
REST = "rest"
MOST_OFFERED = 3
MOST_EXCERPTS = 20  # shown of one file; how many more there are is said
AROUND = 40  # characters of context on either side of what was found in a file


@dataclass(frozen=True)
class Source:
    """A text that goes along with the question, such as a field of the form or the name of a file.

    Of a long one only the places where something was found are shown.
    """

    name: str
    label: str
    text: str
    is_long: bool = False


@dataclass(frozen=True)
class Finding:
    """Something that could identify the asker, wherever it stands: one decision holds for all its places."""

    key: str
    kind: Kind
    text: str
    number: int
    decision: str = ""

    @property
    def label(self) -> str:
        return str(KIND_WORDS[self.kind])

    @property
    def name(self) -> str:
        """The name of the field that decides about it."""
        return f"decide-{self.key}"


@dataclass(frozen=True)
class Passage:
    """A source cut into pieces, each plain or a finding; `fresh` are the findings that stand in no earlier source."""

    source: Source
    pieces: list[tuple[str, Finding | None]]
    fresh: list[Finding]


@dataclass(frozen=True)
class Excerpt:
    """Something in a file that could identify the asker, with the words around it."""

    label: str
    before: str
    text: str
    after: str


@dataclass(frozen=True)
class FileLook:
    """A file before it goes: what was taken out of it, and what in its words could still tell who asks.

    Words of plain texts, office files and PDFs are a source of the review and can be masked like the question's own. Of a text too
    long for that they are shown as `excerpts`, and `more` that are not: the file goes as it is, or its sender chooses another.
    `is_new` says that its sender hasn't seen this yet.
    """

    file: Received
    excerpts: list[Excerpt]
    more: int
    is_new: bool

    @property
    def removed(self) -> list[tuple[str, str]]:
        """What was taken out, as labels and values."""
        return [(_(METADATA_WORDS[each.kind]), each.value) for each in self.file.removed]

    @property
    def is_pdf(self) -> bool:
        return self.file.kind is FileKind.PDF

    @property
    def is_picture(self) -> bool:
        return self.file.kind in (FileKind.JPEG, FileKind.PNG)


@dataclass(frozen=True)
class _Masked:
    """A plain text with what was to be masked in it; so few bytes that they are one piece."""

    kind: FileKind
    name: str
    content: bytes = field(repr=False)

    @property
    def size(self) -> int:
        return len(self.content)

    @property
    def sha256(self) -> str:
        return sha256(self.content).hexdigest()

    def pieces(self) -> Iterator[bytes]:
        yield self.content


@dataclass(frozen=True)
class Widening:
    """A choice that fits few firms, and how to say it more coarsely; `decision` is one of the options' values, or ""."""

    options: list[tuple[str, str]]
    decision: str = ""


@dataclass
class Review:
    """What was seen and what is decided. `chosen` are the traces to mask, by the name of their source."""

    passages: list[Passage] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    beyond: int = 0
    widening: Widening | None = None
    answers: list[Publication] = field(default_factory=list)
    offered: frozenset[str] = frozenset()
    rest: str = ""
    chosen: dict[str, list[Trace]] = field(default_factory=dict)
    files: list[FileLook] = field(default_factory=list)
    looked: list[str] = field(default_factory=list)
    goes_without_files: bool = False
    masked_files: dict[str, Incoming] = field(default_factory=dict)  # by the digest of the file as it was sent
    unmasked: list[str] = field(default_factory=list)  # why a file could not be masked

    @property
    def undecided(self) -> list[str]:
        """The names of the fields that wait for a decision, in the order of the page."""
        names = [finding.name for finding in self.findings if not finding.decision]
        if self.beyond and not self.rest:
            names.append(f"decide-{REST}")
        if self.widening and not self.widening.decision:
            names.append("coarser")
        return names

    @property
    def has_news(self) -> bool:
        """Whether there are answers that the asker hasn't been shown."""
        return any(str(answer.pk) not in self.offered for answer in self.answers)

    @property
    def misses_files(self) -> bool:
        """Whether files that the asker was shown have not come again, and nobody said to send it without them."""
        return bool(self.looked) and not self.files and not self.goes_without_files

    @property
    def has_new_files(self) -> bool:
        return any(file.is_new for file in self.files)

    @property
    def digests(self) -> str:
        """What the next page says of the files that have been shown."""
        return " ".join(dict.fromkeys([*(look.file.digest for look in self.files), *self.looked][:MOST_FILES]))

    def sent_files(self) -> list[Incoming]:
        """The files as they go, with what shall be masked in their names and words."""
        return [self.masked_files.get(look.file.digest) or replace(look.file, name=self.name_of(look.file)) for look in self.files]

    def name_of(self, file: Received) -> str:
        """The name under which a file goes."""
        return self.masked(_name_of(file), file.name)

    def mask_files(self) -> None:
        """Mask what is chosen in the words of files; a plain text at once, others in a process of their own."""
        for file in [look.file for look in self.files if self.chosen.get(_words_of(look.file))]:
            try:
                self.masked_files[file.digest] = self._masked_file(file)
            except UnableToReceive as error:
                self.unmasked.append(str(error))

    def _masked_file(self, file: Received) -> Incoming:
        name, chosen = self.name_of(file), self.chosen[_words_of(file)]
        if file.kind not in MASKED:
            return _Masked(file.kind, name, traces.mask(file.text, chosen).encode())
        return replace(mask(file, {trace.text: traces.replacement(trace.kind) for trace in chosen}), name=name)

    @property
    def holds(self) -> bool:
        """Whether the question should not go before its asker has looked."""
        return bool(self.undecided or self.unmasked) or self.has_news or self.has_new_files or self.misses_files

    @property
    def shown(self) -> str:
        """What the next page says that has been offered."""
        return " ".join(sorted(self.offered | {str(answer.pk) for answer in self.answers}))

    def masked(self, name: str, text: str) -> str:
        """The text of the source `name` with what shall be masked in it."""
        return traces.mask(text, self.chosen.get(name, ()))

    def mend(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        """The form's cleaned fields with what is decided done to them."""
        mended = {**cleaned, **{name: self.masked(name, cleaned[name]) for name in self.chosen if name in cleaned}}
        if self.widening and self.widening.decision == "destination":
            mended["destination"] = region_of(mended["destination"])
        if self.widening and self.widening.decision == "entries":
            mended |= {name: traces.rarity.coarser(mended[name]) for name in ENTRIES if code_typed(mended[name])}
        return mended


ENTRIES = [f"item{number}_entry" for number in range(1, MOST_ITEMS + 1)]


def review(form: AskForm, *, sources: Iterable[Source] = (), all_to: str = "") -> Review:
    """Look at a valid form, and at further `sources` that come with it. `all_to` decides about every finding at once."""
    cleaned, own = form.cleaned_data, sources_of(form)
    looked = _look_at_all([*own, *sources], form, all_to)
    looked.widening = _widening(cleaned, str(form.data.get("coarser", "")))
    looked.answers = offers(" ".join(source.text for source in own), topic=cleaned["topic"])
    looked.offered = frozenset(form.data.get("offered", "")[:2000].split())
    return looked


def review_reply(form: ReplyForm, *, sources: Iterable[Source] = (), all_to: str = "") -> Review:
    """Look at what an asker writes later, in the same way; there are no choices and no answers to offer."""
    text = Source("text", _("Your message"), form.cleaned_data["text"])
    return _look_at_all([text, *sources], form, all_to)


def _look_at_all(sources: list[Source], form: AskersFilesForm, all_to: str) -> Review:
    looked = _look([*sources, *_of_files(form)], _Decisions(form.data, all_to))
    _look_at_files(looked, form)
    if not looked.undecided:
        looked.mask_files()
    return looked


def _of_files(form: AskersFilesForm) -> Iterator[Source]:
    """The names of the files that came, and the words of those in which they can be masked, as texts to look at."""
    for file in form.cleaned_data["files"]:
        yield Source(_name_of(file), _("Name of a file"), file.name)
        if _can_be_masked(file):
            yield Source(_words_of(file), file.name, file.text, is_long=file.kind in MASKED)


def _name_of(file: Received) -> str:
    return f"file-{file.digest}"


def _words_of(file: Received) -> str:
    return f"words-{file.digest}"


def _can_be_masked(file: Received) -> bool:
    """Whether a file is of a kind that is masked by itself, or a plain text that is short enough to be shown as a whole."""
    if file.kind in MASKED:
        return True
    return file.kind in (FileKind.TXT, FileKind.CSV) and file.size <= LONGEST_TEXT and file.text == file.whole_text()


def _look_at_files(looked: Review, form: AskersFilesForm) -> None:
    looked.looked = form.cleaned_data["looked"]
    looked.goes_without_files = form.cleaned_data["without_files"]
    for file in form.cleaned_data["files"]:
        found = [] if _can_be_masked(file) else traces.find(file.text)
        excerpts = [_excerpt(file.text, trace) for trace in found[:MOST_EXCERPTS]]
        looked.files.append(FileLook(file, excerpts, len(found) - len(excerpts), is_new=file.digest not in looked.looked))


def _excerpt(text: str, trace: Trace) -> Excerpt:
    before, after = text[max(0, trace.start - AROUND) : trace.start], text[trace.end : trace.end + AROUND]
    return Excerpt(str(KIND_WORDS[trace.kind]), before, trace.text, after)


def _look(sources: Iterable[Source], decided: _Decisions) -> Review:
    looked = Review(rest=decided.about(REST))
    findings: dict[str, Finding] = {}
    beyond: set[str] = set()
    for source in sources:
        found = traces.find(source.text)
        fresh = []
        for trace in found:
            key = key_of(trace)
            if key not in findings and len(findings) < MOST_FINDINGS:
                findings[key] = Finding(key, trace.kind, trace.text, len(findings) + 1, decided.about(key))
                fresh.append(findings[key])
            elif key not in findings:
                beyond.add(key)
        if found:
            shown = _pieces_around if source.is_long else _pieces
            looked.passages.append(Passage(source, list(shown(source.text, found, findings)), fresh))
            looked.chosen[source.name] = [trace for trace in found if _decision(trace, findings, decided) == MASK]
    looked.findings, looked.beyond = list(findings.values()), len(beyond)
    return looked


def sources_of(form: AskForm) -> list[Source]:
    """The texts of the form that are filled in."""
    names = ["subject", "text", *(f"item{number}_{part}" for number in range(1, MOST_ITEMS + 1) for part in ITEM_FIELDS)]
    return [Source(name, _label(form, name), form.cleaned_data[name]) for name in names if form.cleaned_data.get(name)]


def offers(text: str, *, topic: str) -> list[Publication]:
    """Published answers that may already help."""
    return list(Publication.objects.helping(text, topic=topic)[:MOST_OFFERED])


def key_of(trace: Trace) -> str:
    """What the page calls a finding: the same for the same words, so that a decision finds it again."""
    return blake2b(f"{trace.kind}|{trace.text}".encode(), digest_size=8).hexdigest()


class _Decisions:
    def __init__(self, sent: Mapping[str, Any], all_to: str) -> None:
        self._sent, self._all_to = sent, all_to

    def about(self, key: str) -> str:
        said = self._all_to or self._sent.get(f"decide-{key}", "")
        return said if said in (MASK, KEEP) else ""


def _decision(trace: Trace, findings: Mapping[str, Finding], decided: _Decisions) -> str:
    finding = findings.get(key_of(trace))
    return finding.decision if finding else decided.about(REST)


def _pieces(text: str, found: list[Trace], findings: Mapping[str, Finding]) -> Iterator[tuple[str, Finding | None]]:
    place = 0
    for trace in found:
        if text[place : trace.start]:
            yield text[place : trace.start], None
        yield trace.text, findings.get(key_of(trace))
        place = trace.end
    if text[place:]:
        yield text[place:], None


def _label(form: AskForm, name: str) -> str:
    label = str(form.fields[name].label)
    if not name.startswith("item"):
        return label
    return _("Item %(number)s: %(label)s") % {"number": name[4], "label": label}


def _widening(cleaned: dict[str, Any], decision: str) -> Widening | None:
    entries = [code for name in ENTRIES if (code := code_typed(cleaned[name]))]
    segments = [segment.code for segment in cleaned["segments"]]
    choices = traces.Choices(cleaned["destination"], entries, segments)
    narrow = traces.too_small(choices)
    if narrow is None:
        return None
    options = [("destination", _coarser_destination(narrow.destination))]
    coarse = [traces.rarity.coarser(entry) for entry in entries]
    if narrow.entries and traces.too_small(replace(choices, entries=coarse)) is None:
        options.append(("entries", _coarser_entries(narrow.entries)))
    options.append((KEEP, _("Leave it as it is: the answer depends on it")))
    return Widening(options, decision if decision in dict(options) else "")


def _coarser_destination(country: str) -> str:
    region = OFFERED.get(region_of(country))
    if region is None:
        return _("Leave the destination open")
    return _("Say “%(region)s” in place of the country") % {"region": region}


def _coarser_entries(entries: Iterable[str]) -> str:
    coarse = ", ".join(dict.fromkeys(traces.rarity.coarser(entry) for entry in entries))
    return _("Say %(coarse)s in place of %(fine)s") % {"coarse": coarse, "fine": ", ".join(entries)}


def _pieces_around(text: str, found: list[Trace], findings: Mapping[str, Finding]) -> Iterator[tuple[str, Finding | None]]:
    """Of a long text the first findings, each on a line with the words around it."""
    for trace in found[:MOST_EXCERPTS]:
        excerpt = _excerpt(text, trace)
        yield f"…{_on_a_line(excerpt.before)}", None
        yield trace.text, findings.get(key_of(trace))
        yield f"{_on_a_line(excerpt.after)}…\n", None
    if len(found) > MOST_EXCERPTS:
        yield "…", None


def _on_a_line(text: str) -> str:
    return text.replace("\n", " ")
