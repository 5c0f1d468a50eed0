"""How much comes in at once: calls and files wait their turn, whoever sends them."""

from __future__ import annotations

import time

from rest_framework.exceptions import Throttled
from rest_framework.request import Request

from inquiries.api.files import FILES, received
from inquiries.services import admission
from inquiries.services.receiving import Received
from organisations.api import problem

TOO_MANY = problem("Much is coming in just now; nothing was filed. Send it again after the seconds of Retry-After.")


def wait_for(seconds: int) -> None:
    """Answer 429 with Retry-After unless there is nothing to wait for."""
    if seconds:
        raise Throttled(wait=seconds)


def received_from_asker(request: Request) -> list[Received]:
    """The files of a call, cleaned; raises Throttled or ValidationError."""
    uploads = request.FILES.getlist(FILES)
    if uploads:
        wait_for(admission.here.hold_files([upload.size or 0 for upload in uploads], now=time.time()))
    return received(request)
