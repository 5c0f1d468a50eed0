"""A webhook's address is somebody else's: nothing inside is ever reached, and nobody holds a worker up."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from advisories import transport
from advisories.models import channels as stored
from advisories.transport import LIMITS, Outcome, UnfitAddress, post, target
from organisations import outbound
from organisations.outbound import PUBLIC, Address, Reach
from tests.advisories.receivers import NAME, Receiver, receiving
from tests.feed_server import LOOPBACK


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    with receiving(tmp_path) as running:
        yield running


def send(receiver: Receiver, reach: Reach | None = None, *, url: str = "", seconds: float = 5) -> Outcome:
    headers, limits = {"Content-Type": "application/json"}, replace(LIMITS, longest=seconds)
    return post(url or receiver.url, body=b"{}", headers=headers, reach=reach or receiver.reach, limits=limits)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://hooks.example.org", ("hooks.example.org", 443)),
        ("https://hooks.example.org/a/b?c=d%20e", ("hooks.example.org", 443)),
        ("https://HOOKS.example.org:8443/", ("hooks.example.org", 8443)),
        ("https://xn--bcher-kva.example:443/x", ("xn--bcher-kva.example", 443)),
        ("https://a.xn--p1ai/", ("a.xn--p1ai", 443)),
    ],
)
def test_a_plain_address_is_taken_and_leads_to_its_name_and_port(url: str, found: tuple[str, int]) -> None:
    asked: list[tuple[str, int]] = []

    def resolve(host: str, port: int) -> list[Address]:
        asked.append((host, port))
        return []

    assert target(url) == url
    assert post(url, body=b"", headers={}, reach=replace(PUBLIC, resolve=resolve)) == Outcome(transport.NOT_PUBLIC)
    assert asked == [found]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://hooks.example.org/", "https://"),
        ("ftp://hooks.example.org/", "https://"),
        ("//hooks.example.org/", "https://"),
        ("file:///etc/passwd", "https://"),
        ("https://127.0.0.1/", "not its IP address"),
        ("https://[::1]/", "not its IP address"),
        ("https://[::ffff:10.0.0.1]:8443/", "not its IP address"),
        ("https://93.184.216.34/", "not its IP address"),
        ("https://2130706433/", "no full name"),
        ("https://0x7f.1/", "no full name"),
        ("https://0x7f000001/", "no full name"),
        ("https://127.1/", "no full name"),
        ("https://0177.0.0.1/", "no full name"),
        ("https://localhost/", "no full name"),
        ("https://hooks.example.org./", "no full name"),
        ("https://hooks..example.org/", "no full name"),
        ("https://-hooks.example.org/", "no full name"),
        ("https://hooks_a.example.org/", "no full name"),
        ("https://%68ooks.example.org/", "no full name"),
        ("https://hooks.example.org%00.evil.example/", "no full name"),
        (f"https://{'a.' * 130}example/", "no full name"),
        ("https:///path", "no full name"),
        ("https://", "no full name"),
        ("https://user@hooks.example.org/", "user name"),
        ("https://user:pass@hooks.example.org/", "user name"),
        ("https://hooks.example.org:443@127.0.0.1/", "user name"),
        ("https://hooks.example.org/#here", "#"),
        ("https://hooks.example.org/#", "#"),
        ("https://hooks.example.org:22/", "443 and 8443"),
        ("https://hooks.example.org:80/", "443 and 8443"),
        ("https://hooks.example.org:0/", "443 and 8443"),
        ("https://hooks.example.org:99999/", "no address"),
        ("https://hooks.example.org:x/", "no address"),
        ("https://[hooks.example.org/", "no address"),
        ("https://hooks.example.org:/", "no full name"),
        ("https://hooks.example.org\\@127.0.0.1/", "plain letters"),
        ("https://hooks.example.org/ x", "plain letters"),
        ("https://hooks.example.org/\r\nHost: inside", "plain letters"),
        ("https://bücher.example/", "plain letters"),
        ("https://hooks。example。org/", "plain letters"),
        ("https://ⓗooks.example.org/", "plain letters"),
        ("", "plain letters"),
        ("https://hooks.example.org/" + "a" * 500, "too long"),
    ],
)
def test_any_other_is_refused_in_words(url: str, why: str) -> None:
    with pytest.raises(UnfitAddress) as refused:
        target(url)
    assert why in str(refused.value)


@pytest.mark.parametrize(
    "found",
    [
        ["127.0.0.1"],
        ["8.8.8.8", "10.0.0.1"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["2001:0:808:808:8000:63bf:f7f7:f7f7"],  # Teredo
        ["192.0.0.8"],
        [],
    ],
)
def test_a_name_that_leads_inside_is_refused_before_anything_is_sent(receiver: Receiver, found: list[str]) -> None:
    reach = Reach(ports={receiver.port}, resolve=lambda _host, _port: [ip_address(each) for each in found])
    assert send(receiver, reach) == Outcome(transport.NOT_PUBLIC)
    assert receiver.got == []


def test_what_the_portal_itself_reaches_is_nothing_inside() -> None:
    assert (PUBLIC.schemes, PUBLIC.ports, PUBLIC.allows) == ({"https"}, (None, 443, 8443), outbound.is_public)
    assert (PUBLIC.resolve, PUBLIC.certificates, LIMITS.longest) == (outbound.resolve, None, 10)
    assert post("https://localhost.localdomain:1/", body=b"", headers={}) == Outcome(transport.UNFIT)


def test_the_real_resolver_finds_this_machine_and_the_check_refuses_it(receiver: Receiver) -> None:
    """Nothing stands in for the resolver here; a name for this machine is the one that every machine has."""
    assert outbound.resolve("localhost", 443)
    reach = Reach(ports={receiver.port}, resolve=lambda _host, port: outbound.resolve("localhost", port))
    assert send(receiver, reach) == Outcome(transport.NOT_PUBLIC)


def test_a_name_that_is_resolved_anew_leads_nowhere_else(receiver: Receiver) -> None:
    """DNS rebinding: the name is asked for once, and the connection goes to what was checked."""
    asked: list[str] = []

    def resolve(host: str, _port: int) -> list[Address]:
        asked.append(host)
        return [LOOPBACK] if len(asked) == 1 else [ip_address("10.0.0.1")]

    assert send(receiver, replace(receiver.reach, resolve=resolve)) == Outcome(transport.TAKEN, 204)
    assert asked == [NAME]


def test_what_is_posted_arrives_with_the_name_asked_for(receiver: Receiver) -> None:
    assert send(receiver) == Outcome(transport.TAKEN, 204)
    (got,) = receiver.got
    assert (got.path, got.body) == ("/in?from=portal", b"{}")
    assert got.headers["host"] == f"{NAME}:{receiver.port}"


def test_the_next_address_is_tried_where_the_first_cannot_be_reached(receiver: Receiver) -> None:
    reach = replace(receiver.reach, resolve=lambda _host, _port: [ip_address("127.0.0.2"), LOOPBACK])
    assert send(receiver, reach) == Outcome(transport.TAKEN, 204)


def test_proxies_of_the_environment_are_not_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert send(receiver) == Outcome(transport.TAKEN, 204)


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (200, transport.TAKEN),
        (202, transport.TAKEN),
        (301, transport.REDIRECTED),
        (307, transport.REDIRECTED),
        (400, transport.REFUSED),
        (404, transport.REFUSED),
        (410, transport.GONE),
        (429, transport.REFUSED),
        (500, transport.REFUSED),
    ],
)
def test_the_status_is_the_answer_and_a_redirect_is_not_followed(receiver: Receiver, status: int, word: str) -> None:
    receiver.answers, receiver.location = [status], receiver.url
    assert send(receiver) == Outcome(word, status)
    assert len(receiver.got) == 1


def test_a_certificate_for_another_name_is_refused(tmp_path: Path) -> None:
    with receiving(tmp_path, name="other.firm.example") as receiver:
        assert send(receiver) == Outcome(transport.CERTIFICATE)
        assert receiver.got == []


def test_a_certificate_that_nobody_vouches_for_is_refused(receiver: Receiver) -> None:
    assert send(receiver, replace(receiver.reach, certificates=None)) == Outcome(transport.CERTIFICATE)
    assert receiver.got == []


def test_what_speaks_no_tls_or_nothing_or_does_not_listen_is_told_apart(receiver: Receiver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as plain:
        port = plain.getsockname()[1]
        threading.Thread(target=lambda: plain.accept()[0].sendall(b"HTTP/1.1 200 OK\r\n\r\n"), daemon=True).start()
        reach = replace(receiver.reach, ports={port})
        assert send(receiver, reach, url=f"https://{NAME}:{port}/") == Outcome(transport.NO_TLS)
    assert send(receiver, reach, url=f"https://{NAME}:{port}/") == Outcome(transport.UNREACHABLE)
    receiver.raw = b"220 mail.example ESMTP\r\n"
    assert send(receiver) == Outcome(transport.NO_HTTP)


def test_a_name_that_nobody_has_is_said_to_be_unknown(receiver: Receiver) -> None:
    def resolve(_host: str, _port: int) -> list[Address]:
        raise socket.gaierror(-2, "Name or service not known")

    assert send(receiver, replace(receiver.reach, resolve=resolve)) == Outcome(transport.UNKNOWN_NAME)


def took(receiver: Receiver, seconds: float, **changes: Any) -> tuple[Outcome, float]:
    began = time.monotonic()
    outcome = send(receiver, replace(receiver.reach, **changes), seconds=seconds)
    return outcome, time.monotonic() - began


def test_who_answers_late_or_drip_by_drip_is_left_in_time(receiver: Receiver) -> None:
    receiver.pause = 3
    outcome, seconds = took(receiver, 0.4)
    assert (outcome, seconds < 1.5) == (Outcome(transport.TIMEOUT), True)
    receiver.raw, receiver.pause = b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 100, 0.1  # each byte well within a socket's own timeout
    outcome, seconds = took(receiver, 0.6)
    assert (outcome, seconds < 1.5) == (Outcome(transport.TIMEOUT), True)


def test_headers_that_drip_are_cut_off_in_time_and_are_no_answer(receiver: Receiver) -> None:
    """What was cut off within its headers looks as if it were complete."""
    receiver.raw, receiver.pause = b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 300, 0.01  # the status comes through
    outcome, seconds = took(receiver, 0.8)
    assert (outcome, seconds < 2) == (Outcome(transport.TIMEOUT), True)


def test_a_body_that_drips_costs_no_more_than_the_time_and_the_status_counts(receiver: Receiver) -> None:
    receiver.raw, receiver.pause = b"HTTP/1.1 200 OK\r\n\r\n" + b"a" * 200, 0.02
    outcome, seconds = took(receiver, 1)
    assert (outcome, seconds < 2) == (Outcome(transport.TAKEN, 200), True)


def test_a_resolver_that_does_not_answer_is_not_waited_for(receiver: Receiver) -> None:
    def resolve(_host: str, _port: int) -> list[Address]:
        time.sleep(2)
        return [LOOPBACK]

    outcome, seconds = took(receiver, 0.3, resolve=resolve)
    assert (outcome, seconds < 1) == (Outcome(transport.TIMEOUT), True)
    assert receiver.got == []


def test_a_server_that_takes_the_connection_and_says_nothing_is_left_in_time(receiver: Receiver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        began = time.monotonic()
        reach = replace(receiver.reach, ports={port})
        assert send(receiver, reach, url=f"https://{NAME}:{port}/", seconds=0.3) == Outcome(transport.TIMEOUT)
        assert time.monotonic() - began < 1


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes are read of answers, a read each."""
    read: list[int] = []
    plain = outbound._Capped.readinto
    monkeypatch.setattr(outbound._Capped, "readinto", lambda raw, buffer: read.append(plain(raw, buffer)) or read[-1])
    return read


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n"])
def test_no_more_than_64_kb_of_an_answer_are_read(receiver: Receiver, head: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    read = counted(monkeypatch)
    receiver.raw = head + b"a" * 3_000_000
    assert send(receiver) == Outcome(transport.TAKEN, 200)
    assert 0 < sum(read) <= 64 * 1024


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: %s\r\n" % (number, b"a" * 60_000) for number in range(50)),
        b"HTTP/1.1 100 Continue\r\nX: %s\r\n\r\n" % (b"a" * 1000) * 1000,
    ],
)
def test_headers_and_answers_before_the_answer_are_read_no_further_either(
    raw: bytes, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = counted(monkeypatch)
    receiver.raw = raw
    assert send(receiver) == Outcome(transport.NO_HTTP)
    assert 0 < sum(read) <= 64 * 1024


def test_who_hangs_up_after_it_was_sent_gets_it_at_no_other_address(receiver: Receiver) -> None:
    """It may have been taken; the next attempt has the same webhook-id, and comes when its turn is."""
    receiver.raw = b""
    twice = [LOOPBACK, ip_address("::ffff:127.0.0.1")]
    reach = replace(receiver.reach, allows=lambda _each: True, resolve=lambda _host, _port: twice)
    assert send(receiver, reach) == Outcome(transport.UNREACHABLE)
    assert len(receiver.got) == 1


def test_a_status_counts_where_its_body_breaks_off_or_is_not_packed_as_it_says(receiver: Receiver) -> None:
    for head in (b"Content-Length: 9", b"Content-Encoding: gzip", b"Content-Encoding: br"):
        receiver.raw = b"HTTP/1.1 202 Accepted\r\n%s\r\n\r\nhalf" % head
        assert send(receiver) == Outcome(transport.TAKEN, 202)


def test_the_log_has_a_word_for_whatever_keeps_a_request_from_its_answer() -> None:
    assert {each.value for each in outbound.Kind} <= set(stored.Outcome.values)
