"""The way in for reports by SMTP: the relay hands over what comes to the bounce address (deploy/relay/start.sh)."""

from __future__ import annotations

import asyncio
import logging
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error, close_old_connections
from django.utils import timezone

from mailroom.services import returns

# A report may hold the whole letter that came back, a megabyte and a third of it once it is encoded; of which little is read.
LARGEST = 4 * 1024 * 1024
TIMEOUT = 60  # seconds of silence after which a connection is closed
log = logging.getLogger(__name__)
ACCEPTED = "250 2.0.0 taken"
NOBODY = "550 5.1.1 nobody has a mailbox here"
LATER = "451 4.3.0 not now, try again later"


class Command(BaseCommand):
    help = "Listen for mail that comes back to BOUNCE_ADDRESS; SIGTERM or Ctrl-C stops it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--listen", default="127.0.0.1:2525", help="address and port, such as 0.0.0.0:2525")

    def handle(self, *args: Any, listen: str, **options: Any) -> None:
        if not settings.BOUNCE_ADDRESS:
            raise CommandError("BOUNCE_ADDRESS is not set: no mail comes back to this portal.")
        host, _colon, port = listen.rpartition(":")
        if not host or not port.isdecimal():
            raise CommandError("--listen must be an address and a port, such as 0.0.0.0:2525.")
        asyncio.run(_serve(host.strip("[]"), int(port)))


async def _serve(host: str, port: int) -> None:
    loop, taker = asyncio.get_running_loop(), Taker()
    ended = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, ended.set)
    server = await loop.create_server(lambda: _conversation(taker), host, port)
    async with server:
        await ended.wait()
    taker.close()


class Conversation(SMTP):
    # What comes back may have lines longer than the thousand characters of RFC 5321; a report is not lost for that.
    line_length_limit = LARGEST


def _conversation(taker: Taker) -> SMTP:
    return Conversation(taker, data_size_limit=LARGEST, timeout=TIMEOUT, hostname="portal", ident="portal", command_call_limit=100)


class Taker:
    """Takes mail for the bounce address and for nobody else, and says yes once what it means has been committed.

    While the database is away it says "later", so that whoever hands the mail over keeps it.
    """

    def __init__(self) -> None:
        # One thread, and so one connection to the database, which lives as long as it.
        self._thread = ThreadPoolExecutor(max_workers=1)

    def close(self) -> None:
        self._thread.shutdown()

    async def handle_exception(self, error: Exception) -> str:
        """A fault of ours is no reason to lose a report; the library would refuse it for good."""
        log.error("returned mail can't be taken: %s", type(error).__name__)
        return LATER

    async def handle_RCPT(self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]) -> str:  # noqa: N802
        if not returns.is_bounce_address(address):
            return NOBODY
        envelope.rcpt_tos.append(address)
        return ACCEPTED

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        return await asyncio.get_running_loop().run_in_executor(self._thread, _take, content, list(envelope.rcpt_tos))


def _take(content: bytes, sent_to: list[str]) -> str:
    """What is no report is taken as well: an answer to it might come back in its turn."""
    close_old_connections()
    try:
        returns.take(content, now=timezone.now(), sent_to=sent_to)
    except Error as error:
        log.warning("returned mail must wait: the database can't be reached (%s)", type(error).__name__)
        return LATER
    finally:
        close_old_connections()
    return ACCEPTED
