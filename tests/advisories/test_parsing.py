"""Feeds as authorities write them, and as nobody should."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from advisories.parsing import (
    LONGEST_SUMMARY,
    LONGEST_TITLE,
    MOST_ITEMS,
    MOST_TAGS,
    BrokenFeed,
    Item,
    link_key,
    parse,
    plain,
    title_key,
)

FEEDS = Path(__file__).parent / "feeds"
HEAD = b'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>'
TAIL = b"</channel></rss>"


def feed(name: str) -> bytes:
    return (FEEDS / name).read_bytes()


def test_rss() -> None:
    order, notice = parse(feed("rss.xml"), content_type="application/rss+xml", url="https://gazette.example/feed")
    assert order == Item(
        guid="act-2026-17",
        title="Order on thermal cameras of entry 6A003: licences needed from January",
        summary="Whoever sends thermal cameras abroad needs a licence.\n\nIn force from 1 January 2027 & for ever.",
        link="https://gazette.example/acts/2026/17?utm_source=feed",
        published_at=datetime(2026, 11, 20, 8, tzinfo=UTC),
    )
    assert (notice.link, notice.guid) == ("https://gazette.example/acts/2026/16",) * 2
    assert notice.published_at == datetime(2026, 11, 19, 8, tzinfo=UTC)


def test_atom() -> None:
    (entry,) = parse(feed("atom.xml"), content_type="application/atom+xml", url="https://sanctions.example/feed")
    assert entry == Item(
        guid="urn:example:sanctions:12",
        title="Twelve traders in quantum computing parts listed",
        summary="First trader\n\nSecond trader",
        link="https://sanctions.example/news/twelve",
        published_at=datetime(2026, 11, 21, 9, tzinfo=UTC),
    )


def test_json_feed() -> None:
    resistors, short = parse(feed("feed.json"), content_type="application/feed+json")
    assert resistors == Item(
        guid="7",
        title="Resistors <5 ohm are free again",
        summary="Nothing below 5 ohm needs a licence.",
        link="https://export.example/7",
        published_at=datetime(2026, 11, 22, 8, 30, tzinfo=UTC),
    )
    assert short.title == short.summary == "A text <b>without</b> a title, of an authority that writes short news."
    assert short.link == "https://elsewhere.example/8"


def test_nothing_hostile_comes_through() -> None:
    first, second, third, fourth, fifth = parse(feed("hostile.xml"), url="https://gazette.example/feed")
    assert (first.title, first.summary, first.link) == ("Title", "Words\nlink", "")
    # Words that say how a tag is written, as a page shows them.
    assert (second.title, second.link) == ("Twice <script>alert(6)</script> packed", "")
    assert (third.title, third.link) == ("Order turned around", "")
    assert fourth.link == fifth.link == ""


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"   \n",
        b"<!doctype html><html><body><h1>Not found</h1></body></html>",
        b"Not found",
        bytes(range(256)) * 100,
        b"\x89PNG\r\n\x1a\n" + b"\0" * 1000,
        b"{",
        b'{"version": "1"}',
        b'{"version": "https://jsonfeed.org/version/1.1", "items": {}}',
        b'{"a":' * 100_000,
        b'{"a": "\xff"}',
        b"<rss",
        HEAD,
    ],
)
def test_what_is_no_feed_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(BrokenFeed, match=r"\w+ .*\."):
        parse(content)


def test_an_empty_feed_is_a_feed() -> None:
    assert parse(HEAD + TAIL) == []


def test_of_a_feed_that_breaks_off_what_can_be_read_is_read() -> None:
    content = HEAD + b"<item><title>Whole</title><guid>1</guid></item><item><title>Half"
    assert next(item.title for item in parse(content)) == "Whole"


LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 12))


@pytest.mark.parametrize(
    "dtd",
    [
        b'<!ENTITY l0 "ha">' + LAUGHS,
        b'<!ENTITY l11 "' + b"a" * 100_000 + b'">',
        b'<!ENTITY l11 SYSTEM "file:///etc/passwd">',
        b'<!entity l11 "x">',
        b'<!ENTITY % l11 SYSTEM "https://evil.example/">',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused_before_they_unfold(dtd: bytes, encoding: str) -> None:
    content = b"<!DOCTYPE rss [" + dtd + b"]>" + HEAD[21:] + b"<item><title>" + b"&l11;" * 1000 + b"</title></item>" + TAIL
    began = time.monotonic()
    with pytest.raises(BrokenFeed, match="entities"):
        parse(content.decode().encode(encoding))
    assert time.monotonic() - began < 1


def test_a_feed_of_very_many_items_is_refused_before_it_is_taken_apart() -> None:
    item = b"<item><title>x</title></item>"
    assert len(parse(HEAD + item * MOST_TAGS + TAIL)) == MOST_ITEMS
    with pytest.raises(BrokenFeed, match="more than"):
        parse(HEAD + item * (MOST_TAGS + 1) + TAIL)
    with pytest.raises(BrokenFeed, match="more than"):
        parse(b"<a:entry>" * (MOST_TAGS + 1))


@pytest.mark.parametrize(
    ("declared", "sent_as"),
    [("utf-8", "windows-1252"), ("windows-1252", "windows-1252"), ("iso-8859-1", "utf-8"), ("utf-8", "utf-8")],
)
def test_a_wrong_charset_loses_no_item(declared: str, sent_as: str) -> None:
    """Where header and bytes contradict each other, some letters may be wrong; the news is there all the same."""
    content = (
        f'<?xml version="1.0" encoding="{declared}"?>'.encode()
        + HEAD[21:]
        + "<item><title>Käesolev määrus</title></item>".encode(sent_as)
        + TAIL
    )
    (item,) = parse(content, content_type=f"application/xml; charset={declared}")
    assert item.title.endswith("rus")
    if declared == sent_as:
        assert item.title == "Käesolev määrus"


def test_long_texts_are_cut_at_a_word() -> None:
    item = f"<item><title>{'word ' * 200}</title><description>{'word ' * 20_000}</description></item>".encode()
    (found,) = parse(HEAD + item + TAIL)
    assert len(found.title) <= LONGEST_TITLE
    assert len(found.summary) <= LONGEST_SUMMARY
    assert found.title.endswith("word…")
    assert found.summary.endswith("word…")


def test_a_single_word_without_end_is_cut_too() -> None:
    assert len(plain("x" * 5000, 100)) == 100


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("a<br>b", "a\nb"),
        ("a < b > c", "a < b > c"),
        ("a\0b\x07c", "abc"),
        ("a\u202eb\u200bc", "abc"),
        ("x\ud800y", "xy"),
        (None, ""),
        (["x"], ""),
        ("<!-- x -->y", "y"),
        ("<svg><script>x</script></svg>y", "y"),
    ],
)
def test_of_html_a_reader_s_view_is_left(said: object, shown: str) -> None:
    assert plain(said, 100) == shown


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/x", "http://www.A.example/x/"),
        ("https://a.example/x?b=1&a=2", "https://a.example/x?a=2&b=1&utm_campaign=q#top"),
        ("https://a.example:443/x", "https://a.example/x"),
    ],
)
def test_links_to_one_page_are_the_same(one: str, other: str) -> None:
    assert link_key(one) == link_key(other) != ""


@pytest.mark.parametrize("other", ["/y", "/x?id=2", "/x", ":8443/x?id=1", "/X?id=1"])
def test_links_to_two_pages_are_not(other: str) -> None:
    assert link_key("https://a.example/x?id=1") != link_key(f"https://a.example{other}")


def test_titles_of_the_same_words_are_the_same_unless_they_are_short() -> None:
    assert title_key("Order on Thermal  Cameras, of 2026.") == title_key("order on thermal cameras of 2026") != ""
    assert title_key("Notice to exporters") == ""
    assert link_key("") == ""
