"""How gunicorn serves the portal everywhere. It writes no access log: who came is nobody's business."""

import gc
import os
from pathlib import Path

from django.urls import get_resolver

workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
# Somebody who sends files over a slow line holds a thread for as long as that takes; half of them can be held so at once
# (portal.middleware.LargeBodiesMiddleware).
threads = int(os.environ.get("WEB_THREADS", "16"))
loglevel = "error"  # a warning quotes the header that could not be read, and the address it came from
accesslog = None
control_socket_disable = True
max_requests = 10_000
max_requests_jitter = 1_000
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  memory, for heartbeats; a read-only root has no other place


def post_worker_init(worker: object) -> None:  # noqa: ARG001  gunicorn's signature
    """Load every view before the first visitor comes, and keep the garbage collector from walking through what stays for good."""
    get_resolver().url_patterns  # noqa: B018  is worked out when it is asked for
    gc.collect()
    gc.freeze()
