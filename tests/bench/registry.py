"""The registry at 200,000 entries: what disclosure costs beside the same question to a table that protects nothing.

Each ratio is that of medians: one question to the projection, and through the gateway with its line in the ledger, to the same
question to a flat table, which has one row an entry with the same values and indexes, no cell, no agreement and no ledger. All are
asked in turns, so that what else the machine does falls on all, each with its rows in memory, and all give the same answer.
"""

from __future__ import annotations

import math
import os
import re
import statistics
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import psutil
from django.contrib.postgres.indexes import GinIndex
from django.db import connections, models, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from organisations.models import Function, Kind, Membership, Organisation, Role, User
from registry import disclosure, gateway
from registry.disclosure import Field
from registry.forms import SESSION_KEY
from registry.gateway import Gate, Question
from registry.models import Disclosed, Entry, LookKind
from registry.permissions import Capacity
from registry.querysets import ALL, DisclosedQuerySet, OpenPaginator, number_of
from registry.services import agreements
from registry.services.projection import project
from tests.bench import country
from tests.bench.desk import person, signed_in, timed
from tests.bench.lines import tell

OUTSIDE = gateway.OUTSIDE
LOOKS, LOOKS_ELSEWHERE = 100_000, 200_000
EXPORTED = 6000
REASON = "A benchmark"
KEY = b"k" * 32
RUNS = 30


class Flat(models.Model):
    """The unprotected table, with the columns of the projection."""

    vars().update({field.name: field.clone() for field in Disclosed._meta.local_fields})
    objects = DisclosedQuerySet.as_manager()

    class Meta:
        app_label = "registry"
        db_table = "bench_flat"
        managed = False
        indexes = [
            models.Index(fields=["ref"], name="flat_by_ref"),
            models.Index(fields=["legal_name", "ref"], name="flat_by_name"),
            models.Index(fields=["region", "legal_name", "ref"], name="flat_by_region"),
            GinIndex(fields=["keys", "search"], name="flat_by_keys_and_words"),
        ]


def bench(entries: int = 200_000) -> None:
    today = timezone.localdate()
    office = Organisation.objects.create(kind=Kind.AGENCY, name="Focal Point", is_focal_point=True, functions=[Function.OUTREACH])
    officer, other = person("officer", office, Role.TRIAGE), person("other", office, Role.APPROVER)
    began = time.perf_counter()
    country.fill(entries, by=officer, other=other, today=today)
    _flatten()
    rows = _count("registry_disclosed")
    tell({"bench": "registry filled", "entries": entries, "rows": rows, "seconds": round(time.perf_counter() - began), **_load()})
    gate = gateway.disclosed(officer, country.PURPOSE, REASON, today=today, capacity=Capacity(country.AUDIENCE, office))
    _beside_flat(gate)
    _pages(gate, officer)
    _ledger_writes(gate)
    _changes(today)
    _ledger_read(officer, today)


# --- beside the flat table ------------------------------------------------------------------------------------------


def _flatten() -> None:
    columns = ", ".join(f'"{field.column}"' for field in Disclosed._meta.local_fields)
    with connections["owner"].cursor() as cursor:
        cursor.execute("CREATE TABLE bench_flat (LIKE registry_disclosed INCLUDING DEFAULTS)")
        cursor.execute(
            f"INSERT INTO bench_flat ({columns}) SELECT {columns} FROM registry_disclosed"  # noqa: S608  of the model
            " WHERE audience = %s AND purpose = %s",
            [country.AUDIENCE, country.PURPOSE],
        )
        cursor.execute("ALTER TABLE bench_flat ADD PRIMARY KEY (id); GRANT SELECT ON bench_flat TO portal_disclosed")
    with connections["owner"].schema_editor() as editor:
        for index in Flat._meta.indexes:
            editor.add_index(Flat, index)
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE bench_flat")
    os.sync()  # so that no commit that is timed waits for what filling wrote


def _flat_asked(question: Question, fields: frozenset[Field]) -> DisclosedQuerySet:
    tag = disclosure.tag(country.AUDIENCE, country.PURPOSE)
    rows: DisclosedQuerySet = Flat.objects.using(OUTSIDE).only(*gateway._BESIDE, *fields)  # type: ignore[assignment]
    return gateway._narrowed(rows.with_keys([tag + key for key in question.keys]), question)


def _questions() -> dict[str, Question]:
    return {
        "list": Question(),
        "list by region": Question(order="region"),
        "filter segment": Question(segment="CTA03"),
        "filter region": Question(region="LV"),
        "filter role": Question(role="trades"),
        "filter size": Question(size="medium"),
        "filter segment, region and size": Question(segment="CTA03", region="LV", size="small"),
        "search common word": Question(words="word5"),
        "search rare word": Question(words="word1500"),
        "search word within region": Question(words="word40", region="LV"),
    }


def _beside_flat(gate: Gate) -> None:
    """Each question by itself, and the geometric means of those of a kind, which is the first word of a question's name."""
    asked = _questions()
    counted = {name: asked[name] for name in ("list", "filter segment", "filter size", "search common word")}
    ratios = {name: _compare(name, gate, question, _page, through=gate.page) for name, question in asked.items()}
    for name, each in counted.items():
        ratios[f"facets, {name}"] = _compare(f"facets, {name}", gate, each, _found, through=gate.found, runs=9)
        ratios[f"count, {name}"] = _compare(f"count, {name}", gate, each, _count_of)
    export = partial(gate.export, number=uuid.uuid4(), key=KEY)
    ratios["export"] = _compare("export", gate, _exported(gate), _export, through=export, runs=9)
    kinds: dict[str, list[tuple[float, float]]] = {"all": list(ratios.values())}
    for name, ratio in ratios.items():
        kinds.setdefault(re.split(r"\W", name)[0], []).append(ratio)
    for kind, of_kind in kinds.items():
        reading, with_ledger = (round(_mean(each), 3) for each in zip(*of_kind, strict=True))
        means = {"geometric_mean": reading, "with_ledger": with_ledger}
        tell({"bench": "registry beside a flat table", "kind": kind, "questions": len(of_kind), **means})


def _exported(gate: Gate) -> Question:
    """A question that finds about so many entries as an export is to have."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT key FROM bench_flat, unnest(keys) AS key WHERE key LIKE '%%:segment:%%' GROUP BY key"
            " ORDER BY abs(count(*) - %s) LIMIT 1",
            [EXPORTED],
        )
        return Question(segment=cursor.fetchone()[0].rpartition(":")[2])


def _page(asked: DisclosedQuerySet, gate: Gate, question: Question) -> Any:
    page = OpenPaginator(asked, gateway.PAGE_SIZE, found=_count_of(asked, gate, question)).page(1)
    page.object_list = [gateway._listed(row, gateway.LIST_FIELDS, gate.today) for row in gateway._taken(page)]
    return page


def _found(asked: DisclosedQuerySet, gate: Gate, _question: Question) -> Any:
    counts = asked.counts()
    page = OpenPaginator(asked, gateway.PAGE_SIZE, found=counts.pop(ALL)).page(1)
    page.object_list = [gateway._listed(row, gateway.LIST_FIELDS, gate.today) for row in gateway._taken(page)]
    return gateway.Found(page, counts)


def _export(asked: DisclosedQuerySet, gate: Gate, _question: Question) -> Any:
    rows = list(asked.order_by()[: gateway.MOST_EXPORTED + 1])
    seed_of = gateway.watermarks.seed_of
    made = [gateway.Exported(gateway._listed(row, gateway.ALL_FIELDS, gate.today), seed_of(row.entry_id, key=KEY)) for row in rows]
    return sorted(made, key=lambda each: each.seed)


def _count_of(asked: DisclosedQuerySet, gate: Gate, question: Question) -> Any:
    """As the gateway counts; of the flat table as it would be counted if there were no cells."""
    return number_of(asked) if asked.model is Flat else gate._number_of(asked, question)


# What is read of each row, of either table.
COLUMNS = {
    _page: gateway.LIST_FIELDS,
    _found: gateway.LIST_FIELDS | gateway.COUNTED_FIELDS,
    _export: gateway.ALL_FIELDS,
    _count_of: frozenset[Field](),
}


def _compare(
    name: str,
    gate: Gate,
    question: Question,
    read: Callable[[DisclosedQuerySet, Gate, Question], Any],
    *,
    through: Callable[[Question], Any] | None = None,
    runs: int = 15,
) -> tuple[float, float]:
    """Ask the projection, the flat table and the gateway, which writes the ledger as well, in turns; counts write none.

    Returns the ratios of the first and of the last to the flat table. Raises RuntimeError where they don't answer alike.
    """
    fields = COLUMNS[read] | question.fields
    ways: dict[str, Callable[[], Any]] = {
        "projection": lambda: read(gate._asked(question, fields), gate, question),
        "flat": lambda: read(_flat_asked(question, fields), gate, question),
    }
    if through:
        ways["gateway"] = lambda: through(question)
    if len({repr(_plain(ask())) for ask in ways.values()}) > 1:
        raise RuntimeError(f"{name}: the answers differ")
    took: dict[str, list[float]] = {way: [] for way in ways}
    for run in range(runs):
        turn = list(ways)[run % len(ways) :] + list(ways)[: run % len(ways)]  # each as often first
        for way in turn:
            ways[way]()  # brings its rows into memory: two of the ways read the same, and would do it for one another
            began = time.perf_counter()
            ways[way]()
            took[way].append(1000 * (time.perf_counter() - began))
    medians = {way: statistics.median(each) for way, each in took.items()}
    ratio = medians["projection"] / medians["flat"]
    with_ledger = medians["gateway"] / medians["flat"] if through else ratio
    times = {f"{way}_ms": round(each, 2) for way, each in medians.items()}
    tell({"bench": name, **times, "ratio": round(ratio, 2), "with_ledger": round(with_ledger, 2), **_load()})
    return ratio, with_ledger


def _plain(answer: Any) -> Any:
    if isinstance(answer, gateway.Found):
        return _plain(answer.page), sorted(answer.counts.items())
    if hasattr(answer, "object_list"):
        return answer.paginator.count, [each.ref for each in answer.object_list]
    return [each.listed.ref for each in answer] if isinstance(answer, list) else answer


def _cpu() -> float:
    """The milliseconds that this process and its two servers of PostgreSQL have worked."""
    pids = [os.getpid()]
    for alias in (OUTSIDE, "default"):
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            pids.append(int(cursor.fetchone()[0]))
    return sum(1000 * float(field) for pid in pids for field in psutil.Process(pid).cpu_times()[:2])


def _mean(ratios: Sequence[float]) -> float:
    return math.exp(statistics.fmean(map(math.log, ratios)))


def _load() -> dict[str, object]:
    return {"load": round(os.getloadavg()[0], 1)}


# --- pages, the ledger, and changes ---------------------------------------------------------------------------------


def _pages(gate: Gate, officer: User) -> None:
    client = signed_in(officer)
    session = client.session
    organisation = gate.capacity.organisation
    session[SESSION_KEY] = {
        "capacity": f"{country.AUDIENCE}:{organisation.pk if organisation else ''}",
        "purpose": str(country.PURPOSE),
        "reason": REASON,
    }
    session.save()
    for asked in ("", "segment=CTA03", "region=LV&size=small", "q=word5", "view=map", "ordering=region", "page=20"):
        path = f"/desk/registry/?{asked}"
        tell({"bench": "registry page", "path": path, **_timed(client, path), **_load()})


def _timed(client: Client, path: str) -> dict[str, object]:
    with CaptureQueriesContext(connections[OUTSIDE]) as outside:
        client.get(path)
    asked, before = len(outside), _cpu()
    figures = timed(client, path)
    return {"outside_queries": asked, **figures, "cpu_ms": _each(before, RUNS + 1)}


def _each(before: float, number: int) -> float:
    return round((_cpu() - before) / number, 1)


def _ledger_writes(gate: Gate) -> None:
    for number, fields, kind in ((50, gateway.LIST_FIELDS, LookKind.LIST), (EXPORTED, gateway.ALL_FIELDS, LookKind.EXPORT)):
        rows = list(gate._asked(Question(), fields)[:number])
        took, lines, before = [], _count("registry_look"), _cpu()
        for _run in range(RUNS):
            with transaction.atomic(using=OUTSIDE):
                began = time.perf_counter()
                gate._write(rows, fields, kind)
                took.append(1000 * (time.perf_counter() - began))
        cpu = _each(before, RUNS)
        lines = (_count("registry_look") - lines) // RUNS
        tell({"bench": "ledger write", "entries": number, "lines": lines, **_spread(took), "cpu_ms": cpu, **_load()})


def _changes(today: Any) -> None:
    """Projecting one entry anew, and its withdrawal by the firm's signatory."""
    projected, withdrawn, rows = [], [], 0
    worked = [0.0, 0.0]
    now = timezone.now()
    for number, entry in enumerate(Entry.objects.select_related("organisation").order_by("pk")[:40]):
        signatory = User.objects.create_user(f"signatory{number}@bench.example", name="Signatory")
        Membership.objects.create(user=signatory, organisation=entry.organisation, role=Role.SIGNATORY)
        before, began = _cpu(), time.perf_counter()
        rows += project(entry=entry)
        projected.append(1000 * (time.perf_counter() - began))
        worked[0] += _cpu() - before
        _ = signatory.memberships_held
        before, began = _cpu(), time.perf_counter()
        agreements.withdraw(entry=entry, by=signatory, now=now)
        withdrawn.append(1000 * (time.perf_counter() - began))
        worked[1] += _cpu() - before
        if Disclosed.objects.filter(entry_id=entry.pk).exists():
            raise RuntimeError("something is still to be seen")
    cpu = [round(each / len(projected), 1) for each in worked]
    tell({"bench": "project one entry", "rows_each": rows / len(projected), **_spread(projected), "cpu_ms": cpu[0], **_load()})
    tell({"bench": "withdraw until nothing is visible", **_spread(withdrawn), "cpu_ms": cpu[1], **_load()})


def _ledger_read(officer: User, today: Any) -> None:
    entry = Entry.objects.select_related("organisation").order_by("-pk")[0]
    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE registry_look, registry_ledgerlink CASCADE")  # what this bench has written so far
    country.looks(entry, at_entry=LOOKS, elsewhere=LOOKS_ELSEWHERE, viewer=officer, today=today)
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE registry_look")
    signatory = person("reader", entry.organisation, Role.SIGNATORY)
    client = signed_in(signatory)
    for asked in ("", "page=20", "purpose=outreach", "kind=export", f"since={today - timedelta(days=30)}"):
        path = f"/registry/ledger/?{asked}"
        tell({"bench": "a firm's ledger", "looks": LOOKS, "path": path, **_timed(client, path), **_load()})
    path = f"/registry/ledger/table.csv?since={today - timedelta(days=60)}"
    first, whole, before = [], [], _cpu()
    for _run in range(15):
        began = time.perf_counter()
        response = client.get(path)
        parts = iter(response)
        size = len(next(parts))
        first.append(1000 * (time.perf_counter() - began))
        size += sum(map(len, parts))
        whole.append(1000 * (time.perf_counter() - began))
    tell(
        {
            "bench": "a firm's ledger as CSV",
            "bytes": size,
            "first_byte": _spread(first),
            "whole": _spread(whole),
            "cpu_ms": _each(before, 15),
            **_load(),
        }
    )


def _spread(took: list[float]) -> dict[str, object]:
    return {
        "best_ms": round(min(took), 2),
        "median_ms": round(statistics.median(took), 2),
        "p95_ms": round(statistics.quantiles(took, n=20)[-1], 2),
    }


def _count(table: str) -> int:
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608  of our own words
        return int(cursor.fetchone()[0])
