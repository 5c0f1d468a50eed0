"""Requests of addresses that a person typed in: the public internet, and nothing behind it."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest

from organisations import outbound
from organisations.outbound import Kind, Limits, UnableToReach, is_public, request
from tests.feed_server import LOOPBACK, FeedServer, Handler, certificate_for, says, serving

PRIVATE = [
    "0.0.0.0",  # noqa: S104
    "0.0.0.1", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.9.9.9", "169.254.169.254", "172.16.0.1", "172.31.255.250", "192.0.0.8",
    "192.0.0.170", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1",
    "239.255.255.250", "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:10.0.0.1", "::ffff:127.0.0.1",
    "::ffff:169.254.169.254", "64:ff9b::10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::169.254.169.254", "64:ff9b:1::1", "100::1",
    "2001::1", "2001:0:4136:e378:8000:63bf:f5ff:fffe", "2001:0:808:808:8000:63bf:f7f7:f7f7", "2001:db8::1", "2002:7f00:1::",
    "2002:7f00:1::1", "2002:a9fe:a9fe::1", "2002:c0a8:101::1", "3fff::1", "4000::1", "5f00::1", "fc00::1", "fd12:3456::1",
    "fe80::1", "fec0::1", "ff02::1",
]  # fmt: skip
PUBLIC = [
    "1.1.1.1", "8.8.8.8", "193.40.0.1", "2001:4860:4860::8888", "2a00:1450::1", "2606:4700::1111", "2002:808:808::1",
    "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
]  # fmt: skip


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with serving() as server:
        yield server


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_not_everybody_can_reach_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_that_everybody_can_reach_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "feed",
        "ftp://feeds.example/",
        "file:///etc/passwd",
        "http://feeds.example/",
        "gopher://feeds.example/",
        "https://",
        "https:///feed",
        "https://user:word@feeds.example/",
        "https://user@feeds.example/",
        "https://feeds.example:port/",
        "https://feeds.example:99999/",
        "https://feeds.example:22/",
        "https://feeds.example:6379/",
        "https://feeds.example:80/",
        "https://[::1/",
        "https://feeds.example/a b",
        "https://feeds.example/\r\nHost: other",
        "https://feeds.example/\x01",
        "https://feeds.example/\x7f",
        "https://fe\u00ebds.example/",
        f"https://feeds.example/{'x' * 500}",
    ],
)
def test_what_is_no_https_address_is_not_asked(url: str) -> None:
    def resolve(_host: str, _port: int) -> list[outbound.Address]:
        raise AssertionError("asked")

    with pytest.raises(UnableToReach):
        request("GET", url, reach=replace(outbound.PUBLIC, resolve=resolve))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "localhost", "169.254.169.254", "0x7f000001", "2130706433", "127.1", "[::ffff:127.0.0.1]"]
)
def test_the_machine_itself_is_out_of_reach_however_it_is_written(host: str, server: FeedServer) -> None:
    server.answers["/feed"] = says(body=b"secret")
    public = replace(outbound.PUBLIC, schemes=frozenset({"http"}), ports={server.port})
    with pytest.raises(UnableToReach):
        request("GET", server.url(host=host), reach=public)
    assert server.asked == []


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["10.0.0.1", "8.8.8.8"], []])
def test_a_name_with_one_address_that_is_not_public_is_not_asked(addresses: list[str], server: FeedServer) -> None:
    with pytest.raises(UnableToReach):
        request("GET", server.url(), reach=server.resolving(*addresses))
    assert server.asked == []


def test_the_connection_goes_to_the_address_that_was_looked_at(server: FeedServer) -> None:
    """A name that points elsewhere a moment later (DNS rebinding) is asked once only."""
    asked: list[str] = []

    def resolve(host: str, _port: int) -> list[outbound.Address]:
        asked.append(host)
        return [LOOPBACK] if len(asked) == 1 else [ip_address("127.0.0.2")]

    server.answers["/feed"] = says(body=b"here")
    # No resolver of the machine knows the name: had the library looked it up again, it would have failed.
    reply = request("GET", server.url(host="rebound.invalid"), reach=replace(server.reach, resolve=resolve))
    assert (reply.status, reply.content, asked) == (200, b"here", ["rebound.invalid"])
    assert server.asked[0].headers["host"] == f"rebound.invalid:{server.port}"


def test_the_next_address_is_tried_where_nobody_answers(server: FeedServer) -> None:
    server.answers["/feed"] = says(body=b"here")
    both = [ip_address("127.0.0.9"), LOOPBACK]
    reach = replace(server.reach, allows=lambda _each: True, resolve=lambda _host, _port: both)
    assert request("GET", server.url(), reach=reach).content == b"here"


def test_an_address_that_swallows_everything_leaves_time_for_the_next(server: FeedServer) -> None:
    server.answers["/feed"] = says(body=b"here")
    both = [ip_address("127.0.0.9"), LOOPBACK]
    reach = replace(server.reach, allows=lambda _each: True, resolve=lambda _host, _port: both)
    with socket.create_server(("127.0.0.9", server.port), backlog=0), socket.create_connection(("127.0.0.9", server.port)):
        # Its queue is full, so that the system answers nobody else.
        began = time.monotonic()
        assert request("GET", server.url(), limits=Limits(longest=3), reach=reach).content == b"here"
        assert 1.4 < time.monotonic() - began < 3


def test_what_was_sent_is_sent_to_no_other_address(server: FeedServer) -> None:
    """Who hangs up may have taken it."""
    server.answers["/hook"] = lambda handler: handler.connection.shutdown(socket.SHUT_RDWR)
    twice = [LOOPBACK, ip_address("::ffff:127.0.0.1")]
    reach = replace(server.reach, allows=lambda _each: True, resolve=lambda _host, _port: twice)
    with pytest.raises(UnableToReach, match="Nobody answers"):
        request("POST", server.url("/hook"), body=b"{}", reach=reach)
    assert len(server.asked) == 1


def test_a_resolver_that_does_not_answer_is_not_waited_for(server: FeedServer) -> None:
    def resolve(_host: str, _port: int) -> list[outbound.Address]:
        server.over.wait(5)
        return [LOOPBACK]

    began = time.monotonic()
    with pytest.raises(UnableToReach, match="in time") as unable:
        request("GET", server.url(), limits=replace(SMALL, longest=0.3), reach=replace(server.reach, resolve=resolve))
    assert (unable.value.kind, time.monotonic() - began < 2) == (Kind.TIMEOUT, True)
    assert server.asked == []


def test_the_certificate_must_be_of_the_name(tmp_path: Path) -> None:
    with serving(certificate=certificate_for("feeds.example", tmp_path)) as server:
        server.answers["/feed"] = says(body=b"here")
        assert request("GET", server.url(), reach=server.reach).content == b"here"
        for host in ("other.example", "127.0.0.1"):
            with pytest.raises(UnableToReach, match="certificate"):
                request("GET", server.url(host=host), reach=server.reach)
        with pytest.raises(UnableToReach, match="certificate"):
            request("GET", server.url(), reach=replace(server.reach, certificates=None))
    assert len(server.asked) == 1


def test_proxies_and_passwords_of_the_environment_are_left_alone(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine feeds.example login portal password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    server.answers["/feed"] = says(body=b"here")
    assert request("GET", server.url(), reach=server.reach).content == b"here"
    assert "authorization" not in server.asked[0].headers


def test_a_body_and_headers_are_sent_as_they_are(server: FeedServer) -> None:
    server.answers["/hook"] = says(204)
    reply = request("POST", server.url("/hook"), headers={"X-Signature": "s"}, body=b'{"a": 1}', reach=server.reach)
    (asked,) = server.asked
    assert (reply.status, asked.method, asked.body, asked.headers["x-signature"]) == (204, "POST", b'{"a": 1}', "s")


@pytest.mark.parametrize(
    ("rest", "path"),
    [
        ("", "/"),
        ("?a=b", "/?a=b"),
        ("/feed?a=%20&b={c}|d#part", "/feed?a=%20&b=%7Bc%7D%7Cd"),
    ],
)
def test_what_is_asked_for_is_the_path_as_the_standard_writes_it(rest: str, path: str, server: FeedServer) -> None:
    request("GET", server.url(rest), reach=server.reach)
    assert [each.path for each in server.asked] == [path]


def test_no_redirect_is_followed_unless_asked_for(server: FeedServer) -> None:
    server.answers["/feed"] = says(302, Location="/other")
    reply = request("GET", server.url(), reach=server.reach)
    assert (reply.status, [each.path for each in server.asked]) == (302, ["/feed"])


def test_a_redirect_within_the_host_is_followed(server: FeedServer) -> None:
    server.answers |= {"/feed": says(301, Location="/new"), "/new": says(body=b"here")}
    reply = request("GET", server.url(), limits=Limits(redirects=2), reach=server.reach)
    assert (reply.content, reply.url) == (b"here", server.url("/new"))


@pytest.mark.parametrize(
    "to",
    [
        "http://other.example/",
        "//other.example/feed",
        "https://feeds.example/",
        "http://feeds.example:1/",
        "http://user@feeds.example/",
        "file:///etc/passwd",
        "http://[::1/",
    ],
)
def test_a_redirect_to_somewhere_else_is_not_followed(to: str, server: FeedServer) -> None:
    server.answers["/feed"] = says(302, Location=to)
    with pytest.raises(UnableToReach):
        request("GET", server.url(), limits=Limits(redirects=2), reach=server.reach)
    assert len(server.asked) == 1


def test_a_redirect_that_leads_into_the_house_is_looked_at_like_the_first_address(server: FeedServer) -> None:
    """The name may have another address by then."""
    addresses = [LOOPBACK, ip_address("10.0.0.1")]
    server.answers["/feed"] = says(302, Location="/inside")
    reach = replace(server.reach, resolve=lambda _host, _port: [addresses.pop(0)])
    with pytest.raises(UnableToReach, match="public internet"):
        request("GET", server.url(), limits=Limits(redirects=2), reach=reach)


def test_redirects_end(server: FeedServer) -> None:
    server.answers["/feed"] = says(302, Location="/feed")
    with pytest.raises(UnableToReach, match="again and again"):
        request("GET", server.url(), limits=Limits(redirects=2), reach=server.reach)
    assert len(server.asked) == 3


SMALL = Limits(silence=1, longest=1, largest=100_000)


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_what_is_too_large_is_given_up(encoding: str, server: FeedServer) -> None:
    body = b"x" * 100_001
    server.answers["/feed"] = says(body=gzip.compress(body) if encoding else body, Content_Encoding=encoding or "identity")
    with pytest.raises(UnableToReach, match="larger than") as unable:
        request("GET", server.url(), limits=SMALL, reach=server.reach)
    assert (unable.value.kind, unable.value.status) == (Kind.NO_HTTP, 200)


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: %s\r\n" % (number, b"a" * 60_000) for number in range(50)),
        b"HTTP/1.1 100 Continue\r\nX: %s\r\n\r\n" % (b"a" * 1000) * 1000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1;%s\r\na\r\n" % (b"a" * 10_000) * 100,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"a: b\r\n" * 100_000,
    ],
    ids=["headers", "answers before the answer", "between chunks", "after the last chunk"],
)
def test_what_stands_around_a_body_is_no_way_to_go_on_for_ever(raw: bytes, server: FeedServer) -> None:
    server.answers["/feed"] = lambda handler: handler.wfile.write(raw) and None
    with pytest.raises(UnableToReach, match="larger than"):
        request("GET", server.url(), limits=replace(SMALL, silence=30, longest=30), reach=server.reach)


def test_as_much_as_the_limit_comes_through(server: FeedServer) -> None:
    body = bytes(range(256)) * 390
    server.answers["/feed"] = says(body=gzip.compress(body), Content_Encoding="gzip")
    assert request("GET", server.url(), limits=SMALL, reach=server.reach).content == body


def test_a_small_packet_that_unpacks_to_gigabytes_is_given_up_at_once(server: FeedServer) -> None:
    bomb = gzip.compress(b"\0" * 200_000_000, 9)
    assert len(bomb) < 250_000
    server.answers["/feed"] = says(body=bomb, Content_Encoding="gzip")
    began = time.monotonic()
    with pytest.raises(UnableToReach, match="larger than"):
        request("GET", server.url(), limits=replace(SMALL, longest=30), reach=server.reach)
    assert time.monotonic() - began < 2


def test_a_body_in_chunks_arrives_whole(server: FeedServer) -> None:
    def answer(handler: Handler) -> None:
        handler.protocol_version = "HTTP/1.1"
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for _turn in range(3):
            handler.wfile.write(b"5\r\nhello\r\n")
        handler.wfile.write(b"0\r\n\r\n")

    server.answers["/feed"] = answer
    assert request("GET", server.url(), reach=server.reach).content == b"hello" * 3


def test_silence_ends(server: FeedServer) -> None:
    server.answers["/feed"] = lambda _handler: server.over.wait(5) and None
    with pytest.raises(UnableToReach, match="in time"):
        request("GET", server.url(), limits=replace(SMALL, silence=0.2), reach=server.reach)


def test_a_trickle_ends(server: FeedServer) -> None:
    def answer(handler: Handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not server.over.wait(0.05):
            handler.wfile.write(b"x")

    server.answers["/feed"] = answer
    with pytest.raises(UnableToReach, match="too long"):
        request("GET", server.url(), limits=replace(SMALL, longest=0.3), reach=server.reach)


@pytest.mark.parametrize("is_secure", ["", "secure"])
def test_headers_that_trickle_in_end_too(is_secure: str, tmp_path: Path) -> None:
    def answer(handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.0 200 OK\r\nX-Slow: ")
        while not server.over.wait(0.05):
            handler.wfile.write(b"x")

    with serving(certificate=certificate_for("feeds.example", tmp_path) if is_secure else None) as server:
        server.answers["/feed"] = answer
        began = time.monotonic()
        with pytest.raises(UnableToReach, match=r"too long|in time"):
            request("GET", server.url(), limits=replace(SMALL, longest=0.4), reach=server.reach)
        assert time.monotonic() - began < 3


def test_no_watch_outlives_its_request(server: FeedServer) -> None:
    server.answers["/feed"] = says(body=b"here")
    request("GET", server.url(), limits=replace(SMALL, longest=3600), reach=server.reach)
    watches = [each for each in threading.enumerate() if isinstance(each, threading.Timer)]
    assert all(watch.finished.is_set() for watch in watches)


def test_an_answer_that_breaks_off_is_no_answer(server: FeedServer) -> None:
    server.answers["/feed"] = says(body=b"half", declared=1000)
    with pytest.raises(UnableToReach):
        request("GET", server.url(), reach=server.reach)


PACKED = gzip.compress(b"here" * 1000)


@pytest.mark.parametrize(
    ("coding", "body"),
    [("gzip", b"not packed"), ("gzip", PACKED[:-9]), ("gzip", PACKED[:20] + b"\xff" * 20), ("br", PACKED), ("gzip, gzip", PACKED)],
    ids=["not packed", "broken off", "broken", "packed in another way", "packed twice"],
)
def test_what_only_claims_to_be_packed_is_no_answer(coding: str, body: bytes, server: FeedServer) -> None:
    server.answers["/feed"] = says(body=body, Content_Encoding=coding)
    with pytest.raises(UnableToReach, match="could not be read"):
        request("GET", server.url(), reach=server.reach)


@pytest.mark.parametrize("coding", ["GZip", "x-gzip"])
def test_what_is_packed_is_known_however_that_is_written(coding: str, server: FeedServer) -> None:
    server.answers |= {"/feed": says(body=PACKED, Content_Encoding=coding), "/same": says(304, Content_Encoding=coding)}
    assert request("GET", server.url(), reach=server.reach).content == b"here" * 1000
    assert request("GET", server.url("/same"), reach=server.reach).content == b""


def test_where_nobody_listens_nobody_answers(server: FeedServer) -> None:
    with pytest.raises(UnableToReach, match="Nobody answers"):
        request("GET", "http://feeds.example:9/", reach=server.reach)


def test_what_speaks_in_the_clear_is_not_listened_to(server: FeedServer) -> None:
    with pytest.raises(UnableToReach, match="no TLS") as unable:
        request("GET", f"https://feeds.example:{server.port}/", reach=replace(server.reach, schemes=frozenset({"https"})))
    assert (unable.value.kind, server.asked) == (Kind.NO_TLS, [])
