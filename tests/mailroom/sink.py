"""A mail server that keeps nothing but what a test asks about: who got which Message-ID, and how often.

Like Postfix it offers PIPELINING, unless a test tells it not to. It can be slow, full, closed, and rude to whole domains.
"""

from __future__ import annotations

import logging
from asyncio import get_running_loop
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from time import sleep

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from mailroom.transport import Relay

ACCEPTED = "250 OK"
logging.getLogger("mail.log").setLevel(logging.WARNING)


@dataclass
class Sink:
    port: int = 0
    received: list[tuple[str, bytes]] = field(default_factory=list)
    # What to answer an address, one answer each time; when they are used up, yes.
    at_rcpt: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    at_data: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    # Accept the message of these, then drop the connection without a word.
    drops: set[str] = field(default_factory=set)
    drops_at_rcpt: set[str] = field(default_factory=set)
    senders_refused: str = ""
    # The same answer to all of a domain, until a test takes it out.
    domains_refused: dict[str, str] = field(default_factory=dict)
    # What happens before the answer to an address's content.
    before_answer: dict[str, Callable[[], object]] = field(default_factory=dict)
    room_for: int | None = None  # messages, until the disk is full
    pipelines: bool = True
    asked_in_vain: Counter[str] = field(default_factory=Counter)
    # The envelope's sender of the last message to each.
    senders: dict[str, str] = field(default_factory=dict)
    connections: int = 0
    seconds_each: float = 0.0

    @property
    def relay(self) -> Relay:
        return Relay(host="127.0.0.1", port=self.port, timeout=5)

    @property
    def counts(self) -> Counter[str]:
        return Counter(address for address, _content in self.received)

    def messages(self, address: str) -> list[Message]:
        return [message_from_bytes(content) for received_by, content in self.received if received_by == address]

    async def handle_EHLO(  # noqa: N802
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]] if self.pipelines else responses

    async def handle_MAIL(self, _server: SMTP, _session: Session, envelope: Envelope, sender: str, options: list[str]) -> str:  # noqa: N802
        if self.senders_refused:
            return self.senders_refused
        if self.room_for is not None and len(self.received) >= self.room_for:
            return "452 4.3.1 Insufficient system storage"
        envelope.mail_from = sender
        envelope.mail_options.extend(options)
        return ACCEPTED

    async def handle_RCPT(self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]) -> str:  # noqa: N802
        if address in self.drops_at_rcpt:
            self.drops_at_rcpt.remove(address)
            server.transport.close()
            return ACCEPTED
        if self.at_rcpt[address]:
            return self.at_rcpt[address].pop(0)
        if refusal := self.domains_refused.get(address.partition("@")[2]):
            self.asked_in_vain[address] += 1
            return refusal
        envelope.rcpt_tos.append(address)
        return ACCEPTED

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        (address,) = envelope.rcpt_tos
        if self.seconds_each:
            sleep(self.seconds_each)
        if self.room_for is not None and len(self.received) >= self.room_for:
            return "452 4.3.1 Insufficient system storage"
        if happens := self.before_answer.pop(address, None):
            await get_running_loop().run_in_executor(None, happens)
        if self.at_data[address]:
            return self.at_data[address].pop(0)
        content = envelope.content
        assert isinstance(content, bytes)
        self.received.append((address, content))
        self.senders[address] = envelope.mail_from or ""
        if address in self.drops:
            self.drops.remove(address)
            server.transport.close()
        return ACCEPTED


@contextmanager
def listening() -> Iterator[Sink]:
    sink = Sink()
    controller = _EphemeralController(sink)
    controller.start()
    try:
        sink.port = controller.server.sockets[0].getsockname()[1]
        sink.connections = 0  # forget the controller's own knock
        yield sink
    finally:
        controller.stop()


class _EphemeralController(Controller):
    """aiosmtpd's controller knocks at its own door to see that it is open; with port 0 it must first learn which door."""

    def __init__(self, sink: Sink) -> None:
        super().__init__(sink, hostname="127.0.0.1", port=0, data_size_limit=10_000_000, ready_timeout=10)

    def factory(self) -> SMTP:
        self.handler.connections += 1
        return super().factory()

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
