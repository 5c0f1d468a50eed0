"""A webhook's address is somebody else's: nothing inside is ever reached, and nobody holds a worker up."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest

from advisories import transport
from advisories.transport import Outcome, UnfitAddress, Way, is_public, post, target
from tests.advisories.receivers import NAME, Receiver, receiving


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    with receiving(tmp_path) as running:
        yield running


def send(receiver: Receiver, way: Way | None = None, url: str = "") -> Outcome:
    return post(url or receiver.url, body=b"{}", headers={"Content-Type": "application/json"}, way=way or receiver.way())


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://hooks.example.org", ("hooks.example.org", 443, "/")),
        ("https://hooks.example.org/a/b?c=d%20e", ("hooks.example.org", 443, "/a/b?c=d%20e")),
        ("https://HOOKS.example.org:8443/", ("hooks.example.org", 8443, "/")),
        ("https://xn--bcher-kva.example:443/x", ("xn--bcher-kva.example", 443, "/x")),
        ("https://a.xn--p1ai/", ("a.xn--p1ai", 443, "/")),
    ],
)
def test_a_plain_address_is_taken(url: str, found: tuple[str, int, str]) -> None:
    assert target(url) == transport.Target(*found)


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


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "2002:808:808::1", "64:ff9b::8.8.8.8", "::ffff:8.8.8.8"])
def test_what_is_public_may_be_reached(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.250", "192.168.1.1", "169.254.169.254",
        "100.64.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1",
        "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.1",
        "fe80::1", "fec0::1", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1", "2001::1", "2002:7f00:1::", "2002:a9fe:a9fe::1",
        "2002:c0a8:101::1", "64:ff9b::127.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b:1::1", "100::1", "5f00::1", "4000::1",
    ],
)  # fmt: skip
def test_what_is_not_is_refused_however_it_is_written(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("found", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::ffff:127.0.0.1"], ["64:ff9b::7f00:1"], []])
def test_a_name_that_leads_inside_is_refused_before_anything_is_sent(receiver: Receiver, found: list[str]) -> None:
    way = replace(receiver.way(), open_networks=(), resolve=lambda _host, _port: found)
    assert send(receiver, way) == Outcome(transport.NOT_PUBLIC)
    assert receiver.got == []


def test_the_way_that_the_portal_uses_opens_nothing_inside() -> None:
    way = Way()
    assert (way.open_networks, way.ports, way.seconds) == ((), {443, 8443}, 10)
    context = way.trust()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert post("https://localhost.localdomain:1/", body=b"", headers={}) == Outcome(transport.UNFIT)


def test_the_real_resolver_finds_this_machine_and_the_check_refuses_it(receiver: Receiver) -> None:
    """Nothing stands in for the resolver here; a name for this machine is the one that every machine has."""
    assert transport.resolved("localhost", 443)
    way = replace(receiver.way(), open_networks=(), resolve=lambda _host, port: transport.resolved("localhost", port))
    assert send(receiver, way) == Outcome(transport.NOT_PUBLIC)


def test_a_name_that_is_resolved_anew_leads_nowhere_else(receiver: Receiver) -> None:
    """DNS rebinding: the name is asked for once, and the connection goes to what was checked."""
    asked: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    assert send(receiver, replace(receiver.way(), resolve=resolve)) == Outcome(transport.TAKEN, 204)
    assert asked == [NAME]


def test_what_is_posted_arrives_with_the_name_asked_for(receiver: Receiver) -> None:
    assert send(receiver) == Outcome(transport.TAKEN, 204)
    (got,) = receiver.got
    assert (got.path, got.body) == ("/in?from=portal", b"{}")
    assert got.headers["host"] == f"{NAME}:{receiver.port}"


def test_the_next_address_is_tried_where_the_first_cannot_be_reached(receiver: Receiver) -> None:
    way = replace(receiver.way(), resolve=lambda _host, _port: ["127.0.0.2", "127.0.0.1"])
    assert send(receiver, way) == Outcome(transport.TAKEN, 204)


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
    assert send(receiver, replace(receiver.way(), trust=ssl.create_default_context)) == Outcome(transport.CERTIFICATE)
    assert receiver.got == []


def test_what_speaks_no_tls_or_nothing_or_does_not_listen_is_told_apart(receiver: Receiver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as plain:
        port = plain.getsockname()[1]
        threading.Thread(target=lambda: plain.accept()[0].sendall(b"HTTP/1.1 200 OK\r\n\r\n"), daemon=True).start()
        way = replace(receiver.way(), ports=frozenset({port}))
        assert send(receiver, way, url=f"https://{NAME}:{port}/") == Outcome(transport.NO_TLS)
    assert send(receiver, way, url=f"https://{NAME}:{port}/") == Outcome(transport.UNREACHABLE)
    receiver.raw = b"220 mail.example ESMTP\r\n"
    assert send(receiver) == Outcome(transport.NO_HTTP)


def test_a_name_that_nobody_has_is_said_to_be_unknown(receiver: Receiver) -> None:
    def resolve(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    assert send(receiver, replace(receiver.way(), resolve=resolve)) == Outcome(transport.UNKNOWN_NAME)


def took(receiver: Receiver, way: Way) -> tuple[Outcome, float]:
    began = time.monotonic()
    outcome = send(receiver, way)
    return outcome, time.monotonic() - began


def test_who_answers_late_or_drip_by_drip_is_left_in_time(receiver: Receiver) -> None:
    receiver.pause = 3
    outcome, seconds = took(receiver, receiver.way(seconds=0.4))
    assert (outcome, seconds < 1.5) == (Outcome(transport.TIMEOUT), True)
    receiver.raw, receiver.pause = b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 100, 0.1  # each byte well within a socket's own timeout
    outcome, seconds = took(receiver, receiver.way(seconds=0.6))
    assert (outcome, seconds < 1.5) == (Outcome(transport.TIMEOUT), True)


def test_a_body_that_drips_costs_no_more_than_the_time_and_the_status_counts(receiver: Receiver) -> None:
    receiver.raw, receiver.pause = b"HTTP/1.1 200 OK\r\n\r\n" + b"a" * 200, 0.02
    outcome, seconds = took(receiver, receiver.way(seconds=1))
    assert (outcome, seconds < 2) == (Outcome(transport.TAKEN, 200), True)


def test_a_resolver_that_does_not_answer_is_not_waited_for(receiver: Receiver) -> None:
    def resolve(_host: str, _port: int) -> list[str]:
        time.sleep(2)
        return ["127.0.0.1"]

    outcome, seconds = took(receiver, replace(receiver.way(seconds=0.3), resolve=resolve))
    assert (outcome, seconds < 1) == (Outcome(transport.TIMEOUT), True)
    assert receiver.got == []


def test_a_server_that_takes_the_connection_and_says_nothing_is_left_in_time(receiver: Receiver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        way = replace(receiver.way(seconds=0.3), ports=frozenset({port}))
        began = time.monotonic()
        assert send(receiver, way, url=f"https://{NAME}:{port}/") == Outcome(transport.TIMEOUT)
        assert time.monotonic() - began < 1


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n"])
def test_no_more_than_64_kb_of_an_answer_are_read(receiver: Receiver, head: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    plain = transport._Capped.readinto
    monkeypatch.setattr(transport._Capped, "readinto", lambda raw, buffer: read.append(plain(raw, buffer)) or read[-1])
    receiver.raw = head + b"a" * 3_000_000
    assert send(receiver) == Outcome(transport.TAKEN, 200)
    assert 0 < sum(read) <= 64 * 1024


def test_headers_without_end_are_read_no_further_either(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    plain = transport._Capped.readinto
    monkeypatch.setattr(transport._Capped, "readinto", lambda raw, buffer: read.append(plain(raw, buffer)) or read[-1])
    receiver.raw = b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: %s\r\n" % (number, b"a" * 60_000) for number in range(50))
    send(receiver)
    assert sum(read) <= 64 * 1024
