"""What is said to a relay, and when: in one write where it offers PIPELINING, word by word where it does not."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from mailroom.transport import Connection, Fate, Outcome, Recipient, Relay, Scope
from tests.mailroom.sink import Sink

HELLO = b"Subject: A word\r\n\r\nSome words.\r\n.\r\n"
ONE, TWO = Recipient("us@portal.example", "one@firm.example"), Recipient("us@portal.example", "two@firm.example")


class Script:
    """A server that answers by a table, and keeps what came in each packet."""

    def __init__(self, answers: dict[str, list[str]], *, pipelines: bool) -> None:
        self._answers = {"EHLO": ["250-script\r\n250 PIPELINING" if pipelines else "250 script"]} | answers
        self.packets: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.relay = Relay("127.0.0.1", self._listener.getsockname()[1], timeout=3)
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with self._listener, self._listener.accept()[0] as line:
            line.sendall(b"220 script\r\n")
            buffer = ""
            while packet := line.recv(65536):
                self.packets.append(packet.decode())
                buffer += packet.decode()
                while "\r\n" in buffer:
                    command, buffer = buffer.split("\r\n", 1)
                    for_command = self._answers.get(command.partition(" ")[0].upper())
                    if for_command:
                        line.sendall(f"{for_command.pop(0) if len(for_command) > 1 else for_command[0]}\r\n".encode())


Answering = Callable[..., Script]
USUAL = {"MAIL": ["250 OK"], "RCPT": ["250 OK"], "DATA": ["354 go"], ".": ["250 OK"], "RSET": ["250 OK"], "QUIT": ["221 bye"]}


@contextmanager
def open_to(pipelines: bool, **answers: list[str]) -> Iterator[tuple[Connection, Script]]:  # noqa: FBT001
    script = Script(USUAL | {name.replace("DOT", "."): found for name, found in answers.items()}, pipelines=pipelines)
    with script.relay.connect() as over:
        script.packets.clear()
        yield over, script


def test_content_and_the_next_recipient_leave_in_one_write() -> None:
    with open_to(pipelines=True) as (over, script):
        assert over.begin(ONE) is None
        assert over.finish(HELLO, following=TWO) == Outcome(Fate.ACCEPTED)
        assert over.begin(TWO) is None
        assert over.finish(HELLO) == Outcome(Fate.ACCEPTED)
        two = "MAIL FROM:<us@portal.example>\r\nRCPT TO:<two@firm.example>\r\nDATA\r\n"
        assert script.packets == [two.replace("two@", "one@"), HELLO.decode() + two, HELLO.decode()]


def test_without_pipelining_each_word_waits_for_the_answer_to_the_one_before() -> None:
    with open_to(pipelines=False) as (over, script):
        for recipient in (ONE, TWO):
            assert over.begin(recipient) is None
            assert over.finish(HELLO, following=TWO) == Outcome(Fate.ACCEPTED)
        assert [packet.partition(":")[0] for packet in script.packets] == [
            *("MAIL FROM", "RCPT TO", "DATA\r\n", "Subject"),
            *("MAIL FROM", "RCPT TO", "DATA\r\n", "Subject"),
        ]


@pytest.mark.parametrize("pipelines", [True, False])
def test_after_a_refused_recipient_the_transaction_is_reset_before_the_next(pipelines: bool) -> None:  # noqa: FBT001
    with open_to(
        pipelines, RCPT=["550 5.1.1 none", "250 OK"], DATA=["503 no recipient", "354 go"] if pipelines else ["354 go"]
    ) as (
        over,
        script,
    ):
        assert over.begin(ONE) == Outcome(Fate.REFUSED, "smtp-550 5.1.1")
        assert over.begin(TWO) is None
        assert over.finish(HELLO) == Outcome(Fate.ACCEPTED)
        said = "".join(script.packets)
        assert said.count("RSET") == 1
        assert said.index("RSET") < said.index("two@firm.example")


def test_where_data_is_let_through_without_a_recipient_nothing_but_the_dot_is_sent() -> None:
    """RFC 2920, section 3.1."""
    with open_to(pipelines=True, RCPT=["450 4.7.0 later", "250 OK"], DOT=["554 no recipient", "250 OK"]) as (over, script):
        assert over.begin(ONE) == Outcome(Fate.DEFERRED, "smtp-450", Scope.DOMAIN)
        assert script.packets[-1] == ".\r\n"
        assert over.begin(TWO) is None
        assert over.finish(HELLO) == Outcome(Fate.ACCEPTED)


def test_another_recipient_than_the_one_named_is_a_fault_of_ours() -> None:
    with open_to(pipelines=True) as (over, _script):
        over.begin(ONE)
        over.finish(HELLO, following=TWO)
        with pytest.raises(RuntimeError):
            over.begin(ONE)


@pytest.mark.parametrize(
    ("reply", "fate", "scope"),
    [
        ("421 4.7.0 too much", Fate.UNSENT, Scope.DOMAIN),
        ("450 4.2.0 greylisted", Fate.DEFERRED, Scope.RECIPIENT),
        ("452 4.2.2 mailbox full", Fate.DEFERRED, Scope.RECIPIENT),
        ("450 4.7.1 too much from you", Fate.DEFERRED, Scope.DOMAIN),
        ("451 later", Fate.DEFERRED, Scope.DOMAIN),
        ("452 4.3.1 disk full", Fate.UNSENT, Scope.RELAY),
        ("550 5.1.1 none", Fate.REFUSED, Scope.RECIPIENT),
        ("554 5.7.1 no", Fate.REFUSED, Scope.RECIPIENT),
    ],
)
def test_whom_a_refusal_concerns(reply: str, fate: Fate, scope: Scope) -> None:
    with open_to(pipelines=True, RCPT=[reply], DATA=["503 no recipient"]) as (over, _script):
        # Of a refusal for good its status stays with it, by which the mailroom knows a mailbox that is gone.
        word = f"smtp-{reply[:9]}" if fate is Fate.REFUSED else f"smtp-{reply[:3]}"
        assert over.begin(ONE) == Outcome(fate, word, scope)
        assert over.is_open == (fate is not Fate.UNSENT)


@pytest.mark.parametrize("reply", ["421 closing", "451 later", "452 4.3.1 disk full", "550 you"])
def test_a_refused_sender_is_the_relays_matter(reply: str) -> None:
    with open_to(pipelines=True, MAIL=[reply], RCPT=["503"], DATA=["503"]) as (over, _script):
        assert over.begin(ONE) == Outcome(Fate.UNSENT, f"smtp-{reply[:3]}", Scope.RELAY)
        assert (over.is_open, over.is_refused) == (False, True)


def test_a_server_that_speaks_no_smtp_after_the_content_leaves_a_doubt() -> None:
    with open_to(pipelines=True, DOT=["what?"]) as (over, _script):
        over.begin(ONE)
        assert over.finish(HELLO, following=TWO) == Outcome(Fate.UNKNOWN, "connection-lost")
        assert (over.is_open, over.is_lost) == (False, True)


def test_a_message_that_is_abandoned_does_not_arrive(sink: Sink) -> None:
    with sink.relay.connect() as over:
        assert over.begin(ONE) is None
        over.abandon()
        assert (over.is_open, over.is_lost, over.is_refused) == (False, False, False)
    with sink.relay.connect() as over:
        assert over.send(sender="us@portal.example", recipient="two@firm.example", content=HELLO).fate is Fate.ACCEPTED
    assert sink.counts == {"two@firm.example": 1}


def test_a_relays_name_holds_no_password() -> None:
    assert Relay("relay.example", 587, user="portal", password="secret").name == "relay.example:587"
