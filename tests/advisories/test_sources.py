"""Official feeds: who keeps them, how they are read, and what becomes of what they say."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from advisories import figures, markup, permissions, tasks
from advisories.models import Advisory, Candidate, CandidateState, Source, State
from advisories.parsing import Item
from advisories.services import candidates, reading, sources
from advisories.services.candidates import UnableToDecide
from advisories.services.reading import MOST_WAITING, forget, read, take_in
from advisories.services.sources import SourceWords, UnableToKeepSource
from catalogue.models import ControlEntry, ControlList, Segment
from organisations.models import Organisation, Role, User
from organisations.outbound import Address
from tests.advisories.conftest import segment
from tests.conftest import member
from tests.feed_server import FeedServer, Handler, says, serving

FEEDS = Path(__file__).parent / "feeds"
RSS = (FEEDS / "rss.xml").read_bytes()
Enter = Callable[..., Source]


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with serving() as server:
        yield server


@pytest.fixture
def entered(focal_point: Organisation, editor: User, now: datetime) -> Enter:
    def entered(url: str = "https://gazette.example/feed", **changes: Any) -> Source:
        words = SourceWords(**({"name": "Gazette", "url": url, "agency": focal_point} | changes))
        return sources.add(words=words, by=editor, now=now)

    return entered


@pytest.fixture
def on_loopback(entered: Enter, server: FeedServer) -> Source:
    """A source whose feed a server on this machine has; only a test can enter one that is not https."""
    source = entered()
    Source.objects.update(url=server.url())
    source.refresh_from_db()
    return source


def item(title: str = "Order on thermal cameras of 2026", **changes: Any) -> Item:
    words: dict[str, Any] = {"guid": title, "summary": "What it says.", "link": "", "published_at": None}
    return Item(**(words | {"title": title} | changes))


@pytest.fixture
def found(entered: Enter, now: datetime) -> Candidate:
    (candidate,) = take_in(entered(), [item(link="https://gazette.example/17", published_at=now)], now=now)
    return candidate


# --- who keeps them -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["editor", "administrator"])
def test_editors_and_administrators_of_the_focal_point_enter_sources(
    request: pytest.FixtureRequest, who: str, focal_point: Organisation, now: datetime, photonics: Segment
) -> None:
    words = SourceWords(name="Gazette", url="https://gazette.example/", agency=focal_point, segments=[photonics])
    by = request.getfixturevalue(who)
    source = sources.add(words=words, by=by, now=now)
    assert (list(source.segments.all()), source.kind, source.next_read_at) == ([photonics], "regulatory", now)
    assert list(Source.objects.kept_by(by)) == [source]


@pytest.mark.parametrize("who", ["approver", "officer", "licensing_editor", "signatory"])
def test_nobody_else_does(
    request: pytest.FixtureRequest, who: str, entered: Enter, focal_point: Organisation, now: datetime
) -> None:
    source, by = entered(), request.getfixturevalue(who)
    words = SourceWords(name="Mine", url="https://evil.example/", agency=focal_point)
    for verb in (lambda: sources.add(words=words, by=by, now=now), lambda: sources.change(source, words=words, by=by, now=now)):
        with pytest.raises(UnableToKeepSource, match="editors and administrators"):
            verb()
    with pytest.raises(UnableToKeepSource):
        sources.read_soon(source, by=by, now=now)
    assert list(Source.objects.kept_by(by)) == []
    assert Source.objects.get().name == "Gazette"


@pytest.mark.parametrize("url", ["http://gazette.example/", "https://user@gazette.example/", "file:///etc/passwd", "gazette"])
def test_a_source_is_a_web_address_behind_https(url: str, entered: Enter) -> None:
    with pytest.raises(UnableToKeepSource):
        entered(url)


def test_a_feed_is_entered_once(entered: Enter, editor: User, focal_point: Organisation, now: datetime) -> None:
    entered()
    with pytest.raises(UnableToKeepSource, match="already"):
        entered()
    other = entered("https://other.example/")
    words = SourceWords(name="x", url="https://gazette.example/feed", agency=focal_point)
    with pytest.raises(UnableToKeepSource, match="already"):
        sources.change(other, words=words, by=editor, now=now)


def test_only_an_agency_answers_for_a_source(entered: Enter, firm: Organisation) -> None:
    with pytest.raises(UnableToKeepSource, match="agency"):
        entered(agency=firm)


def test_at_a_new_address_it_is_read_anew(entered: Enter, editor: User, focal_point: Organisation, now: datetime) -> None:
    source = entered()
    later = now + timedelta(hours=3)
    Source.objects.update(etag='"x"', last_modified="y", failures=2, problem="Away.", next_read_at=later)
    same = SourceWords(name="Gazette", url=source.url, agency=focal_point)
    source = sources.change(source, words=same, by=editor, now=now)
    assert (source.etag, source.failures, source.next_read_at) == ('"x"', 2, later)
    source = sources.change(source, words=replace(same, url="https://new.example/"), by=editor, now=now)
    assert (source.etag, source.last_modified, source.failures, source.problem, source.next_read_at) == ("", "", 0, "", now)


# --- reading --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "titles"), [("rss.xml", 2), ("atom.xml", 1), ("feed.json", 2)])
def test_each_kind_of_feed_is_read(name: str, titles: int, on_loopback: Source, server: FeedServer, now: datetime) -> None:
    server.answers["/feed"] = says(body=(FEEDS / name).read_bytes())
    source = read(on_loopback, now=now, reach=server.reach)
    assert source
    assert (source.read_at, source.failures, source.problem, source.next_read_at) == (now, 0, "", now + timedelta(hours=6))
    assert Candidate.objects.count() == titles


def test_what_is_known_is_not_taken_in_again(on_loopback: Source, server: FeedServer, now: datetime) -> None:
    server.answers["/feed"] = says(body=RSS)
    read(on_loopback, now=now, reach=server.reach)
    read(on_loopback, now=now + timedelta(hours=6), reach=server.reach)
    assert Candidate.objects.count() == 2
    assert set(Candidate.objects.values_list("found_at", "seen_at")) == {(now, now + timedelta(hours=6))}


def test_the_server_is_asked_whether_anything_is_new(on_loopback: Source, server: FeedServer, now: datetime) -> None:
    server.answers["/feed"] = says(body=RSS, ETag='"1"', Last_Modified="Fri, 20 Nov 2026 08:00:00 GMT")
    read(on_loopback, now=now, reach=server.reach)
    server.answers["/feed"] = says(304)
    later = now + timedelta(hours=6)
    source = read(on_loopback, now=later, reach=server.reach)
    first, second = server.asked
    assert "if-none-match" not in first.headers
    assert (second.headers["if-none-match"], second.headers["if-modified-since"]) == ('"1"', "Fri, 20 Nov 2026 08:00:00 GMT")
    assert source
    assert (source.read_at, source.failures, source.etag) == (later, 0, '"1"')
    # What hasn't changed is listed still.
    assert set(Candidate.objects.values_list("seen_at", flat=True)) == {later}


def test_after_asking_for_it_a_feed_is_read_whole(on_loopback: Source, server: FeedServer, editor: User, now: datetime) -> None:
    server.answers["/feed"] = says(body=RSS, ETag='"1"')
    read(on_loopback, now=now, reach=server.reach)
    sources.read_soon(on_loopback, by=editor, now=now)
    assert read(on_loopback, now=now, reach=server.reach)
    assert "if-none-match" not in server.asked[1].headers


def hangs_up(handler: Handler) -> None:
    handler.server.shutdown_request(handler.request)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("answer", "because"),
    [
        (says(500), "It answered with status 500."),
        (says(404), "It answered with status 404."),
        (says(302, Location="https://evil.example/"), "The address must begin"),
        (says(302, Location="http://169.254.169.254/"), "It sends us on to 169.254.169.254"),
        (says(200, b"<html>Maintenance</html>", content_type="text/html"), "This is no feed."),
        (says(200, b"x" * 2_200_000), "larger than 2 MB"),
        (says(200, gzip.compress(b"\0" * 50_000_000), Content_Encoding="gzip"), "larger than 2 MB"),
        (says(200, b"half", declared=1000), "could not be read"),
        (hangs_up, "Nobody answers"),
    ],
)
def test_a_failure_is_counted_and_said_and_not_raised(
    answer: Any, because: str, on_loopback: Source, server: FeedServer, now: datetime
) -> None:
    server.answers["/feed"] = says(body=RSS)
    read(on_loopback, now=now, reach=server.reach)
    server.answers["/feed"] = answer
    for turn in (1, 2, 3):
        source = read(on_loopback, now=now + timedelta(hours=6 * turn), reach=server.reach)
        assert source
        assert (source.failures, source.read_at) == (turn, now)
        assert because in source.problem
    assert source.needs_a_person
    server.answers["/feed"] = says(body=RSS)
    source = read(on_loopback, now=now + timedelta(days=2), reach=server.reach)
    assert source
    assert (source.failures, source.problem) == (0, "")
    assert Candidate.objects.count() == 2


def test_a_slow_server_holds_nobody_up_for_long(
    on_loopback: Source, server: FeedServer, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LIMITS", replace(reading.LIMITS, silence=0.2))
    server.answers["/feed"] = lambda _handler: server.over.wait(5) and None
    source = read(on_loopback, now=now, reach=server.reach)
    assert source
    assert source.problem == "It did not answer in time."


def test_a_source_on_the_own_network_is_not_asked(on_loopback: Source, server: FeedServer, now: datetime) -> None:
    source = read(on_loopback, now=now, reach=server.resolving("10.0.0.7"))
    assert source
    assert "public internet" in source.problem
    assert server.asked == []


def test_a_reading_that_breaks_off_counts_as_failed_and_is_not_begun_again_at_once(
    on_loopback: Source, server: FeedServer, now: datetime
) -> None:
    def break_off(_host: str, _port: int) -> list[Any]:
        raise KeyboardInterrupt  # as of a worker that is stopped

    with pytest.raises(KeyboardInterrupt):
        read(on_loopback, now=now, reach=replace(server.reach, resolve=break_off))
    source = Source.objects.get()
    assert (source.failures, source.problem) == (1, "The reading broke off.")
    assert list(Source.objects.due(now + timedelta(minutes=5))) == []


def test_only_what_is_on_and_due_is_read(on_loopback: Source, server: FeedServer, now: datetime) -> None:
    server.answers["/feed"] = says(body=RSS)
    assert read(on_loopback, now=now, reach=server.reach)
    assert read(on_loopback, now=now + timedelta(hours=5), reach=server.reach) is None
    Source.objects.update(is_on=False)
    assert read(on_loopback, now=now + timedelta(hours=7), reach=server.reach) is None
    assert len(server.asked) == 1


def test_a_demo_calls_nobody(entered: Enter, settings: Any) -> None:
    entered()
    assert settings.DEMO
    tasks.read_sources()
    assert Source.objects.get().failures == 0
    settings.SOURCES_ARE_READ = True
    # .example is nobody's (RFC 2606): it is asked for, and doesn't exist.
    tasks.read_sources()
    assert Source.objects.get().failures == 1


def test_a_source_that_was_moved_meanwhile_keeps_nothing_of_the_old_address(
    on_loopback: Source, server: FeedServer, now: datetime
) -> None:
    def allows(_address: Address) -> bool:
        return Source.objects.update(url="https://new.example/") == 1

    server.answers["/feed"] = says(body=RSS)
    assert read(on_loopback, now=now, reach=replace(server.reach, allows=allows)) is None
    assert not Candidate.objects.exists()


# --- taking in ------------------------------------------------------------------------------------------------------


def test_the_newest_of_a_feed_stands_on_top(entered: Enter, now: datetime) -> None:
    take_in(entered(), [item("Third", published_at=now), item("Second", published_at=now - timedelta(days=1))], now=now)
    assert [each.title for each in Candidate.objects.all().newest_first()] == ["Third", "Second"]


def test_old_news_and_days_to_come_stay_out(entered: Enter, now: datetime) -> None:
    take_in(
        entered(),
        [item("Old", published_at=now - timedelta(days=91)), item("Early", published_at=now + timedelta(days=1))],
        now=now,
    )
    (early,) = Candidate.objects.all()
    assert (early.title, early.published_at) == ("Early", None)


def test_one_guid_twice_in_a_feed_is_one_candidate(entered: Enter, now: datetime) -> None:
    (kept,) = take_in(entered(), [item("New words", guid="1"), item("Old words", guid="1")], now=now)
    assert kept.title == "New words"


def test_a_feed_that_makes_up_news_without_end_stops_somewhere(entered: Enter, now: datetime) -> None:
    source = entered()
    Candidate.objects.bulk_create(
        Candidate(source=source, guid=str(n), title="x", found_at=now, seen_at=now) for n in range(MOST_WAITING - 1)
    )
    assert len(take_in(source, [item("One"), item("Two")], now=now)) == 1
    assert take_in(source, [item("Three")], now=now) == []


@pytest.mark.parametrize(
    ("first", "second", "is_one"),
    [
        ({"link": "https://a.example/17"}, {"title": "In other words", "link": "http://www.a.example/17/?utm_source=x"}, True),
        ({}, {"title": "ORDER on thermal cameras, of 2026"}, True),
        ({"title": "Notice to exporters"}, {"title": "Notice to exporters"}, False),
        ({}, {"title": "Order on thermal cameras of 2027"}, False),
    ],
)
def test_the_same_news_of_two_sources_is_one_candidate(
    first: dict[str, str], second: dict[str, str], is_one: Any, entered: Enter, editor: User, now: datetime
) -> None:
    (original,) = take_in(entered(), [item(**first)], now=now)
    (repeat,) = take_in(entered("https://b.example/"), [item(**second)], now=now)
    assert repeat.same_as == (original if is_one else None)
    assert Candidate.objects.visible_to(editor).count() == (1 if is_one else 2)


def test_the_same_title_weeks_later_is_news(entered: Enter, now: datetime) -> None:
    take_in(entered(), [item()], now=now)
    (later,) = take_in(entered("https://b.example/"), [item()], now=now + timedelta(days=15))
    assert later.same_as is None


def test_news_that_other_editors_would_not_see_are_not_kept_back(
    entered: Enter, licensing_agency: Organisation, licensing_editor: User, now: datetime
) -> None:
    take_in(entered(), [item()], now=now)
    (theirs,) = take_in(entered("https://b.example/", agency=licensing_agency), [item()], now=now)
    assert theirs.same_as is None
    assert list(Candidate.objects.visible_to(licensing_editor)) == [theirs]


@pytest.fixture
def cameras(now: datetime) -> ControlEntry:
    held = ControlList.objects.create(
        scheme="eu-annex-i",
        edition="2026",
        title="t",
        source="s",
        attribution="a",
        checksum="0" * 64,
        loaded_at=now,
        is_current=True,
    )
    return ControlEntry.objects.create(
        control_list=held, order=1, code="6A003", entry_code="6A003", depth=0, kind="entry", category="6", group="A",
        plain_title="Cameras", text="Imaging cameras incorporating focal plane arrays, infrared",
    )  # fmt: skip


def test_control_entries_and_segments_are_found_in_the_words(
    entered: Enter, cameras: ControlEntry, now: datetime, lasers: Segment, quantum: Segment
) -> None:
    sensing = segment("CTA06", "Advanced sensing")
    Segment.objects.filter(pk=sensing.pk).update(control_codes=["6A003"])
    segment("CTA03.1", "Quantum computing", parent=quantum)
    source = entered(segments=[lasers])
    texts = [
        item("Order on goods of 6A003.b and of 9Z999"),
        item("Thermal cameras sold to traders"),
        item("A trader in quantum-computing parts"),
        item("Herring"),
    ]
    take_in(source, texts, now=now)
    found = {
        each.title.split()[0]: (each.codes, each.near_codes, sorted(each.segments.values_list("code", flat=True)))
        for each in Candidate.objects.all()
    }
    assert found == {
        "Order": (["6A003"], [], ["CTA01.1", "CTA06"]),
        "Thermal": ([], ["6A003"], ["CTA01.1", "CTA06"]),
        "A": ([], [], ["CTA01.1", "CTA03"]),
        "Herring": ([], [], ["CTA01.1"]),
    }


# --- from a candidate to a draft ------------------------------------------------------------------------------------


def test_a_draft_quotes_its_source_and_links_to_it(
    entered: Enter, editor: User, focal_point: Organisation, now: datetime, photonics: Segment
) -> None:
    said = item(
        summary="First line.\n\n# Second [line](https://evil.example/)", link="https://gazette.example/17", published_at=now
    )
    (candidate,) = take_in(entered(segments=[photonics]), [said], now=now)
    advisory = candidates.draft(candidate, by=editor, now=now)
    assert (advisory.state, advisory.kind, advisory.agency, advisory.author) == (State.DRAFT, "regulatory", focal_point, editor)
    assert (advisory.title, list(advisory.segments.all())) == ("Order on thermal cameras of 2026", [photonics])
    assert advisory.body == (
        "Gazette writes:\n\n"
        "> **Order on thermal cameras of 2026**\n>\n> First line.\n>\n> \\# Second \\[line\\](https://evil.example/)\n\n"
        "Source: [Gazette](<https://gazette.example/17>), 23 November 2026"
    )
    page = markup.to_html(advisory.body, with_classes=False)
    assert page.count("<a ") == 1
    assert "<blockquote>\n<p><strong>Order on thermal cameras of 2026</strong></p>" in page
    candidate.refresh_from_db()
    assert (candidate.state, candidate.advisory, candidate.decided_by, candidate.decided_at) == ("drafted", advisory, editor, now)


@pytest.mark.parametrize(
    "words",
    [
        "[a](https://evil.example/)", "![a](https://evil.example/)", "<https://evil.example/>", "[a]: https://evil.example/",
        "*a*", "__a__", "`a`", "~~~\na\n~~~", "# a", "- a", "+ a", "1. a", "2) a", "> a", "a\n=", "a\n---", "|a|\n|-|", "<b>a</b>",
        "&lt;b&gt;", "\\", "    a", "```\na",
    ],
)  # fmt: skip
def test_somebody_else_s_words_do_nothing_in_a_draft(words: str) -> None:
    html = markup.to_html(candidates.escaped(words), with_classes=False)
    assert not {
        tag for tag in ("<a", "<h", "<ul", "<ol", "<em", "<strong", "<code", "<blockquote", "<table", "<b>") if tag in html
    } - ({"<code"} if words.startswith(" ") else set())


def test_a_second_click_leads_to_the_same_draft(found: Candidate, editor: User, now: datetime) -> None:
    assert candidates.draft(found, by=editor, now=now) == candidates.draft(found, by=editor, now=now)
    assert Advisory.objects.count() == 1


def test_putting_aside_can_be_undone(found: Candidate, editor: User, now: datetime) -> None:
    candidates.put_aside(found, by=editor, now=now)
    candidates.put_aside(found, by=editor, now=now + timedelta(hours=1))
    found.refresh_from_db()
    assert (found.state, found.decided_by, found.decided_at) == (CandidateState.PUT_ASIDE, editor, now)
    with pytest.raises(UnableToDecide, match="Take it back"):
        candidates.draft(found, by=editor, now=now)
    candidates.take_back(found, by=editor)
    found.refresh_from_db()
    assert (found.is_new, found.decided_by, found.decided_at) == (True, None, None)


def test_what_a_draft_was_made_of_is_not_put_aside(found: Candidate, editor: User, now: datetime) -> None:
    candidates.draft(found, by=editor, now=now)
    for verb in (lambda: candidates.put_aside(found, by=editor, now=now), lambda: candidates.take_back(found, by=editor)):
        with pytest.raises(UnableToDecide, match="draft"):
            verb()


@pytest.mark.parametrize("who", ["approver", "officer", "administrator", "licensing_editor", "signatory"])
def test_who_is_no_editor_of_the_agency_decides_nothing(
    request: pytest.FixtureRequest, who: str, found: Candidate, now: datetime
) -> None:
    by = request.getfixturevalue(who)
    verbs: list[Callable[[], object]] = [
        lambda: candidates.draft(found, by=by, now=now),
        lambda: candidates.put_aside(found, by=by, now=now),
        lambda: candidates.take_back(found, by=by),
    ]
    for verb in verbs:
        with pytest.raises(UnableToDecide):
            verb()
    assert not permissions.may_decide_on(by, found)
    assert list(Candidate.objects.visible_to(by)) == []


def test_editors_of_the_focal_point_see_every_agency_s_and_draft_for_their_own(
    entered: Enter, licensing_agency: Organisation, licensing_editor: User, editor: User, focal_point: Organisation, now: datetime
) -> None:
    source = entered(agency=licensing_agency)
    theirs, ours = take_in(source, [item("For licensing"), item("For the focal point")], now=now)
    assert Candidate.objects.visible_to(editor).count() == Candidate.objects.visible_to(licensing_editor).count() == 2
    assert candidates.draft(theirs, by=licensing_editor, now=now).agency == licensing_agency
    assert candidates.draft(ours, by=editor, now=now).agency == focal_point


def test_who_edits_for_both_drafts_for_the_agency_that_answers(
    entered: Enter, licensing_agency: Organisation, focal_point: Organisation, now: datetime
) -> None:
    both = member(focal_point, "Berta Both", Role.EDITOR)
    both.memberships.create(organisation=licensing_agency, role=Role.EDITOR)
    (candidate,) = take_in(entered(agency=licensing_agency), [item()], now=now)
    assert candidates.draft(candidate, by=both, now=now).agency == licensing_agency


# --- forgetting -----------------------------------------------------------------------------------------------------


def test_what_no_feed_lists_any_more_is_erased_in_time_and_its_draft_stays(
    entered: Enter, editor: User, now: datetime, settings: Any
) -> None:
    source = entered()
    _gone, listed, drafted = take_in(source, [item("Gone"), item("Listed"), item("Drafted")], now=now)[::-1]
    candidates.draft(drafted, by=editor, now=now)
    later = now + timedelta(days=settings.CANDIDATES_KEPT_DAYS)
    take_in(source, [item("Listed")], now=later)
    assert forget(now=later) == 0
    assert forget(now=later + timedelta(seconds=1)) == 2
    assert [each.title for each in Candidate.objects.all()] == [listed.title]
    assert Advisory.objects.count() == 1


def test_what_another_feed_still_lists_is_kept(entered: Enter, now: datetime, settings: Any) -> None:
    take_in(entered(), [item()], now=now)
    other = entered("https://b.example/")
    take_in(other, [item()], now=now)
    later = now + timedelta(days=settings.CANDIDATES_KEPT_DAYS + 1)
    take_in(other, [item()], now=later)
    assert forget(now=later) == 0
    assert forget(now=later + timedelta(days=settings.CANDIDATES_KEPT_DAYS + 1)) == 2


# --- figures and the database ---------------------------------------------------------------------------------------


def test_the_dashboard_counts_what_waits_and_what_fails(
    found: Candidate, editor: User, administrator: User, licensing_editor: User, officer: User
) -> None:
    Source.objects.update(failures=3, problem="Away.")
    people = (editor, administrator, licensing_editor, officer)
    assert [figures.candidates_new(each) for each in people] == [1, 0, 0, 0]
    assert [figures.sources_failing(each) for each in people] == [1, 1, 0, 0]
    Source.objects.update(failures=2)
    assert figures.sources_failing(editor) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "put-aside"},
        {"state": "drafted"},
        {"decided_at": datetime(2026, 1, 1, tzinfo=timezone.get_fixed_timezone(0))},
        {"state": "lost"},
        {"link": "javascript:alert(1)"},
        {"link": "data:text/html,x"},
    ],
)
def test_the_database_refuses_a_candidate_that_contradicts_itself(changes: dict[str, Any], found: Candidate) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Candidate.objects.update(**changes)


@pytest.mark.parametrize("changes", [{"failures": 1}, {"problem": "Away."}, {"hours": 5}, {"kind": "spam"}])
def test_the_database_refuses_a_source_that_contradicts_itself(changes: dict[str, Any], entered: Enter) -> None:
    entered()
    with pytest.raises(IntegrityError), transaction.atomic():
        Source.objects.update(**changes)


def test_the_database_refuses_one_guid_or_one_address_twice(found: Candidate, entered: Enter, now: datetime) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Candidate.objects.create(source=found.source, guid=found.guid, title="x", found_at=now, seen_at=now)
    entered("https://b.example/")
    with pytest.raises(IntegrityError), transaction.atomic():
        Source.objects.update(url="https://b.example/")
