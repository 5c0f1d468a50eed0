"""The container's health check: exit 0 if the web server of this container answers /healthz."""

import os
import sys
from urllib.error import URLError
from urllib.request import Request, urlopen

host = os.environ["ALLOWED_HOSTS"].split(",")[0].strip().lstrip(".")
port = os.environ.get("ALIVE_PORT", "8000")
request = Request(f"http://127.0.0.1:{port}/healthz", headers={"Host": host, "X-Forwarded-Proto": "https"})
try:
    with urlopen(request, timeout=4) as response:  # noqa: S310
        sys.exit(response.status != 200)
except (URLError, OSError) as error:
    sys.exit(f"/healthz: {error}")
