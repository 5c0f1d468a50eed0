"""An official register held against the entries: what it confirms is noted, what it says otherwise is proposed to the firm.

It overwrites nothing and lists nobody. The comparison sees what the focal point's cell for outreach shows, by way of the gateway.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.db import connection, transaction

from organisations.models import User
from organisations.permissions import firms_of, memberships
from registry import emails, sheets
from registry.disclosure import Field
from registry.models import Correction, CorrectionState, Entry, Evidence, EvidenceLevel, ImportState, RegisterImport
from registry.permissions import may_edit_entry, may_import
from registry.services import entries, notices, projection

if TYPE_CHECKING:
    from registry import gateway

# How to ask the gateway, which stands beside the verbs: `gateway.checking`, brought by whoever rings.
Checking = Callable[..., "gateway.Gate"]
CHUNK: Final = 200
AT_ONCE: Final = 500  # so few lines that they are compared before a worker has heard of them
MOST_FAULTS: Final = 500


class UnableToImport(Exception):
    """The person is no administrator of the focal point, or the import is not where this is possible."""


class UnableToCorrect(Exception):
    """The person does not edit this firm's entry, or the proposal is answered."""


@transaction.atomic
def upload(*, register: str, extract_on: date, text: str, country: str, by: User, today: date) -> RegisterImport:
    """Keep a table; nothing is compared yet. Raises UnableToImport or UnableToReadTable."""
    if not may_import(by):
        raise UnableToImport
    sheets.header(text)
    return RegisterImport.objects.create(
        register=register, extract_on=extract_on, made_on=today, content=text, country=country, by=by
    )


@transaction.atomic
def check(*, found: RegisterImport, mapping: Mapping[str, str], by: User) -> RegisterImport:
    """Have a dry run made with these columns: everything is worked out and nothing written. Raises UnableToImport."""
    found = _held(found, by)
    if found.state not in (ImportState.UPLOADED, ImportState.CHECKED, ImportState.FAILED) or not found.content:
        raise UnableToImport
    found.mapping, found.result, found.done = dict(mapping), None, 0
    found.total = len(sheets.lines(found.content, mapping, country=found.country))
    return _moved(found, ImportState.CHECKING)


@transaction.atomic
def apply(*, found: RegisterImport, by: User) -> RegisterImport:
    """Have it applied as the dry run said. Raises UnableToImport, also where somebody else was quicker."""
    found = _held(found, by)
    if found.state != ImportState.CHECKED or not found.content:
        raise UnableToImport
    found.done = 0
    return _moved(found, ImportState.APPLYING)


def run(pk: UUID, *, checking: Checking, today: date, now: datetime) -> None:
    """Work on what is under way, from the beginning, unless somebody does; every step may be done twice."""
    with _working_on(pk) as is_ours:
        found = RegisterImport.objects.select_related("by").filter(pk=pk).first() if is_ours else None
        if found is None or not found.is_under_way:
            return
        try:
            result = _work(found, checking, today=today, now=now)
        except Exception:
            RegisterImport.objects.filter(pk=pk).update(state=ImportState.FAILED)
            raise
        is_over = ImportState.APPLIED if found.state == ImportState.APPLYING else ImportState.CHECKED
        content = "" if is_over == ImportState.APPLIED else found.content
        RegisterImport.objects.filter(pk=pk).update(state=is_over, result=result, done=found.total, content=content)


def go_on(*, checking: Checking, today: date, now: datetime) -> None:
    """Take up what a worker left, and forget sheets that nobody applied within a week."""
    for pk in RegisterImport.objects.filter(state__in=(ImportState.CHECKING, ImportState.APPLYING)).values_list("pk", flat=True):
        run(pk, checking=checking, today=today, now=now)
    RegisterImport.objects.filter(made_on__lt=today - RegisterImport.KEPT).exclude(content="").update(content="")


@transaction.atomic
def take_over(*, correction: Correction, by: User, now: datetime) -> Correction:
    """Write for the firm what the register says. Raises UnableToCorrect, or ValidationError where the value does not hold."""
    correction = _answered(correction, CorrectionState.TAKEN, by)
    entry = correction.entry
    values = {correction.field: correction.value}
    if correction.field == Field.REGISTRATION_NUMBER:
        country, _space, number = correction.value.partition(" ")
        values = {"country": country, "registration_number": number}
    activities = [
        entries.Activity(row.segment, row.role, row.readiness) for row in entry.activities.select_related("segment").order_by("pk")
    ]
    entries.save_entry(organisation=entry.organisation, values=values, activities=activities, by=by, now=now, keeps_draft=True)
    return correction


@transaction.atomic
def dismiss(*, correction: Correction, by: User) -> Correction:
    """Leave the entry as it is; the same is not proposed again. Raises UnableToCorrect."""
    return _answered(correction, CorrectionState.DISMISSED, by)


def _answered(found: Correction, state: CorrectionState, by: User) -> Correction:
    correction = Correction.objects.select_for_update(of=("self",)).select_related("entry__organisation").get(pk=found.pk)
    if not may_edit_entry(by, correction.entry.organisation) or correction.state != CorrectionState.OPEN:
        raise UnableToCorrect
    correction.state, correction.ended_by = state, by
    correction.save(update_fields=["state", "ended_by"])
    return correction


def _held(found: RegisterImport, by: User) -> RegisterImport:
    if not may_import(by):
        raise UnableToImport
    return RegisterImport.objects.select_for_update().get(pk=found.pk)


def _moved(found: RegisterImport, state: ImportState) -> RegisterImport:
    found.state = state
    found.save(update_fields=["state", "mapping", "result", "done", "total"])
    return found


def _work(found: RegisterImport, checking: Checking, *, today: date, now: datetime) -> dict[str, Any]:
    read = sheets.lines(found.content, found.mapping or {}, country=found.country)
    sound = [line for line in read if not line.faults]
    counts: Counter[str] = Counter(lines=len(read), sound=len(sound))
    gate = checking(found.by, found.source, today=today)
    matched: Counter[UUID] = Counter()
    for place in range(0, len(sound), CHUNK):
        for entry_id, line, listed in _fitting(gate, sound[place : place + CHUNK], counts):
            matched[entry_id] += 1
            if matched[entry_id] > 1:
                counts["ambiguous"] += 1
            elif found.state == ImportState.APPLYING:
                counts.update(_apply(found, entry_id, line, listed, today=today, now=now))
            else:
                counts.update(_foreseen(line, listed))
        RegisterImport.objects.filter(pk=found.pk).update(done=min(place + CHUNK, len(sound)))
    faults = [[line.number, kind, about] for line in read for kind, about in line.faults]
    pairs = [[one, "alike", str(other)] for one, other in sheets.alike(sound)]
    return {
        "counts": dict(counts),
        "faults": (faults + pairs)[:MOST_FAULTS],
        "more": max(0, len(faults) + len(pairs) - MOST_FAULTS),
    }


Fit = tuple[UUID, sheets.Line, "gateway.Listed"]


def _fitting(gate: gateway.Gate, lines: Sequence[sheets.Line], counts: Counter[str]) -> Iterator[Fit]:
    """The lines whose identifiers fit exactly one entry, which the cell shows."""
    wanted = {name: {line.known_by[name] for line in lines if name in line.known_by} for name in sheets.IDENTIFIERS}
    known = gate.known_by(wanted, fields=frozenset(sheets.COMPARED))
    for line in lines:
        fits = [
            (entry_id, listed)
            for entry_id, listed in known
            if any(listed.values.get(name) == value for name, value in line.known_by.items())
        ]
        if len(fits) == 1:
            yield fits[0][0], line, fits[0][1]
        elif fits:
            counts["ambiguous"] += 1


def _compared(line: sheets.Line, listed: gateway.Listed) -> Iterator[tuple[Field, str, bool]]:
    """Each field that both the line and the cell show, with what the line says and whether that is the same."""
    for name, value in line.values.items():
        if name in listed.values:
            yield name, value, sheets.same(value, str(listed.values[name]))


def _foreseen(line: sheets.Line, listed: gateway.Listed) -> Counter[str]:
    found = list(_compared(line, listed))
    confirmed = sum(is_same and listed.evidence.get(name) != EvidenceLevel.REGISTER for name, _value, is_same in found)
    return Counter(entries=1, confirmed=confirmed, differing=sum(not is_same for _name, _value, is_same in found))


@transaction.atomic
def _apply(
    found: RegisterImport, entry_id: UUID, line: sheets.Line, listed: gateway.Listed, *, today: date, now: datetime
) -> Counter[str]:
    """Write what one line says of its entry, unless the firm changed it meanwhile or the importer acts for the firm."""
    entry = (
        Entry.objects.select_for_update(of=("self",)).select_related("organisation").filter(pk=entry_id, is_current=True).first()
    )
    if entry is None or entry.organisation in firms_of(found.by):
        return Counter()
    own, levels = projection.own(entry), projection.evidence(entry)
    still = [(name, value, same) for name, value, same in _compared(line, listed) if own.get(name) == listed.values[name]]
    confirmed = [name for name, _value, same in still if same and levels.get(name) != EvidenceLevel.REGISTER]
    differing = [(name, value) for name, value, same in still if not same]
    _confirm(found, entry, confirmed, now=now)
    proposed = [_propose(found, entry, name, value, today=today) for name, value in differing]
    if any(proposed):
        mail = emails.notice("differs", firm=entry.organisation.name, lines=[found.source])
        notices.post_to(entry.organisation, mail, purpose="entry-differs", source=f"import:{found.pk}:{entry.pk}", now=now)
    return Counter(entries=1, confirmed=len(confirmed), differing=len(differing))


def _confirm(found: RegisterImport, entry: Entry, fields: Sequence[Field], *, now: datetime) -> None:
    office = next(held.organisation for held in memberships(found.by) if held.organisation.is_focal_point)
    Evidence.objects.bulk_create(
        Evidence(
            entry=entry, field=name, level=EvidenceLevel.REGISTER, reason=found.source, institution=office.name, by=found.by, at=now
        )
        for name in fields
    )
    if fields:
        projection.project(entry=entry)


def _propose(found: RegisterImport, entry: Entry, name: Field, value: str, *, today: date) -> bool:
    """Propose once; what the firm dismissed is not proposed again."""
    _correction, is_new = Correction.objects.get_or_create(
        entry=entry, field=name, value=value, defaults={"source": found.source, "on": today}
    )
    return is_new


@contextmanager
def _working_on(pk: UUID) -> Iterator[bool]:
    """Hold what says that somebody works on an import; PostgreSQL takes it back once their connection ends, however it ends."""
    lock = int.from_bytes(pk.bytes[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [lock])
        is_ours = bool(cursor.fetchone()[0])
        try:
            yield is_ours
        finally:
            if is_ours:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [lock])
