"""One JSON line a figure, on standard output."""

from __future__ import annotations

import json
import sys


def tell(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
