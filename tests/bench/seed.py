"""Seconds until `make run` has made its demo country, and until it has found that it is there already."""

from __future__ import annotations

import time
from io import StringIO

from django.core.management import call_command

from tests.bench.lines import tell
from tests.conftest import empty_tables


def bench() -> None:
    """Print one line: wall and processor seconds of the first `seed_demo`, and wall seconds of the second."""
    call_command("load_catalogue", stdout=StringIO())
    try:
        wall, processor = _seed()
        again, _ = _seed()
    finally:
        empty_tables(["default", "keys"])
    tell(
        {
            "bench": "seed",
            "first_s": round(wall, 2),
            "first_processor_s": round(processor, 2),
            "second_s": round(again, 2),
            "second_to_first": round(again / wall, 3),
        }
    )


def _seed() -> tuple[float, float]:
    wall, processor = time.perf_counter(), time.process_time()
    call_command("seed_demo", verbosity=0)
    return time.perf_counter() - wall, time.process_time() - processor
