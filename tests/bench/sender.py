"""A worker process of the mail bench: `python -m tests.bench.sender PORT`.

Prints a line when it is ready, sends what is due for each line that it reads, and then prints what it sent and what that took.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import timedelta

import django

django.setup()

from django.utils import timezone  # noqa: E402

from mailroom.services.delivery import deliver, new_worker  # noqa: E402
from mailroom.transport import Relay  # noqa: E402
from tests.bench.lines import peak  # noqa: E402

if __name__ == "__main__":
    relay = Relay(host="127.0.0.1", port=int(sys.argv[1]))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for _line in sys.stdin:
        cpu = time.process_time()
        run = deliver(worker=new_worker(), relay=relay, clock=timezone.now, longest=timedelta(days=1))
        said = {
            "sent": run.sent,
            "cpu": time.process_time() - cpu,
            "megabytes": peak(),
        }
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()
