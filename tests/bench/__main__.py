"""`make bench`: figures as JSON lines on stdout, each on a database of its own. Words choose: `make bench ARGS="desk mail"`."""

import os
import sys

import django

import tests.services  # noqa: F401  brings PostgreSQL and Redis before the settings are read

django.setup()

from django.core.management import call_command  # noqa: E402

from tests.bench import desk, digests, inquiries, mail, registry, seed  # noqa: E402
from tests.stage import own_database  # noqa: E402

BENCHES = {
    "seed": seed.bench,
    "inquiries": inquiries.bench,
    "desk": desk.bench,
    "mail": mail.bench,
    "digests": digests.bench,
    "registry": registry.bench,
}

if __name__ == "__main__":
    call_command("collectstatic", interactive=False, verbosity=0)
    for name in sys.argv[1:] or BENCHES:
        with own_database(f"bench_portal_{os.getpid()}"):
            BENCHES[name]()
