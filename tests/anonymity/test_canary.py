"""Promise 1: an anonymous question can't be traced. What an asker brings is looked for wherever the portal could have left it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

import pytest
from django.db import connections

from inquiries import receipts
from inquiries.models import Attachment, Inquiry, Message
from inquiries.services import asking, attachments, receiving
from inquiries.services.digest import post_digest
from inquiries.spooling import Spool
from mailroom.services.delivery import deliver, new_worker
from organisations.models import User
from tests.anonymity.visitors import Stage, Visitor, all_places, as_owner, dump, write_ahead_log
from tests.inquiries.files import document, picture
from tests.mailroom.sink import listening


def spooled(content: bytes) -> Spool:
    spool = Spool()
    spool.write(content)
    return spool.finish()


CONVERSATION = "/api/v1/inquiries/conversation/"


@contextmanager
def a_database_that_refuses() -> Iterator[None]:
    """Every message is refused by PostgreSQL, which quotes the whole row in its error."""
    as_owner("ALTER TABLE inquiries_message ADD CONSTRAINT refused CHECK (position < 0) NOT VALID")
    try:
        yield
    finally:
        as_owner("ALTER TABLE inquiries_message DROP CONSTRAINT refused")


@contextmanager
def a_database_that_refuses_to_search() -> Iterator[None]:
    """Published answers can't be looked for: the query that holds the draft's words fails."""
    as_owner("ALTER TABLE inquiries_publication RENAME COLUMN search TO elsewhere")
    try:
        yield
    finally:
        as_owner("ALTER TABLE inquiries_publication RENAME COLUMN elsewhere TO search")


def provoke_refusals(visitor: Visitor) -> set[int]:
    """Make the portal refuse in every way it knows, each with canaries in what is sent; return the statuses."""
    canary = visitor.canary
    words, receipt = canary.words, canary.receipt
    form = visitor.get("/ask/").hidden
    asked = {**form, "topic": "other", "text": words, "subject": canary.subject}
    many = "&".join(f"field{number}={canary.subject}" for number in range(600)).encode()
    multipart = {"Content-Type": "multipart/form-data; boundary=b"}
    file = f'--b\r\nContent-Disposition: form-data; name="f"; filename="{canary.file_name}"\r\n\r\n{words}\r\n--b--\r\n'
    answers = [
        visitor.post("/ask/", asked, Origin="https://elsewhere.example"),
        visitor.post("/ask/", {**asked, "topic": "nonsense"}),
        visitor.post("/ask/", {**asked, "text": words + "x" * 200_000}),
        visitor.post("/ask/", {**asked, "text": words + "x" * 2_000_000}),
        visitor.post("/ask/", many),
        visitor.post("/ask/", file.encode(), **multipart),
        visitor.post("/ask/", file.encode()[:-20], **multipart),
        visitor.post("/conversation/", {"receipt": receipt[:-3]}),
        visitor.post("/conversation/", {"receipt": receipts.write(bytes(14)), "words": words}),
        visitor.post("/conversation/reply/", {**asked, "visit": receipt}),
        visitor.get("/" + words.split()[0] + "/"),
        visitor.post("/conversation/reply/?" + words.split()[0], {}),
        *[visitor.call("/api/v1/inquiries/", body) for body in (b"{", {"topic": "x", "text": words}, {"topic": "other"})],
        visitor.call("/api/v1/inquiries/", {"topic": "other", "text": words + "\x00"}),
        visitor.call("/api/v1/inquiries/", {"topic": "other", "text": words + "x" * 2_000_000}),
        *[visitor.call(CONVERSATION, Authorization=f"Receipt {typed}") for typed in (receipt[:-3], "babab-" * 8)],
    ]
    mine = {"Authorization": f"Receipt {receipt}"}
    answers += [visitor.call(CONVERSATION, {"text": words}, **mine) for _ in range(45)]  # more than two processes take
    with a_database_that_refuses():
        answers += [visitor.post("/ask/", {**asked, **visitor.get("/ask/").hidden})]
        answers += [visitor.call("/api/v1/inquiries/", {"topic": "other", "text": words})]
    return {answer.status for answer in answers}


def test_nothing_of_an_asker_is_left_anywhere(stage: Stage) -> None:
    visitor = Visitor(stage)
    visitor.walk()
    assert provoke_refusals(visitor) >= {400, 401, 403, 404, 413, 422, 429, 500}
    assert Inquiry.objects.count() == 1
    assert [(name, visitor.canary.seen_in(content)) for name, content in all_places(stage).items()] == [
        (name, []) for name in ("dump", "write-ahead log", "database log", "Redis", "web log", "temporary files")
    ]


def test_nothing_of_a_draft_that_was_looked_at_is_left_anywhere(stage: Stage) -> None:
    visitor = Visitor(stage)
    looks = visitor.review()
    assert [look.status for look in looks] == [422, 200, 422, 200, 200, 200, 200]
    assert all(visitor.canary.email in look.page for look in looks[:-1])
    assert [look.headers.get_all("Set-Cookie") for look in looks] == [None] * len(looks)
    assert ["no-store" in look.headers["Cache-Control"] for look in looks] == [True] * len(looks)
    with a_database_that_refuses_to_search():
        assert [look.status for look in visitor.review()] == [500, 500, 500, 500, 200, 500, 500]
    assert Inquiry.objects.count() == 0
    conversation = visitor.come_back(visitor.ask(text="May I?", subject="").receipt)
    held = visitor.post("/conversation/reply/", {**conversation.hidden, "text": f"{visitor.canary.reply}, {visitor.canary.email}"})
    assert (held.status, Message.objects.count()) == (422, 1)
    assert [(name, visitor.canary.seen_in(content)) for name, content in all_places(stage).items()] == [
        (name, []) for name in ("dump", "write-ahead log", "database log", "Redis", "web log", "temporary files")
    ]


def test_nothing_of_a_file_is_left_anywhere(stage: Stage) -> None:
    """Neither its name nor its words nor who made it; also where it is refused, cut off, or the database fails under it."""
    visitor = Visitor(stage)
    canary = visitor.canary
    name = canary.file_name.replace(".pdf", ".txt")
    words = f"{canary.subject} {canary.email} {canary.item}\n".encode() * 20_000  # several pieces
    filed = visitor.ask_with_files((name, words), ("mill.jpg", picture(canary.subject)), (canary.file_name, document(canary.item)))
    assert (filed.status, Attachment.objects.count()) == (200, 3)
    canary.receipt = filed.receipt
    conversation = visitor.come_back(canary.receipt)
    (first, *_) = re.findall(r'name="file" value="([^"]+)"', conversation.page)
    download = visitor.post("/conversation/file/", {"visit": conversation.hidden["visit"], "file": first})
    assert canary.item in download.page
    form = {**visitor.get("/ask/").hidden, "topic": "other", "text": canary.words}
    refused = [
        visitor.send_files("/ask/", form, (name, words + b"\0")),
        visitor.send_files("/ask/", form, (name, b"MZ" + words)),
        visitor.send_files("/ask/", form, *[(name, words)] * 12),
        visitor.send_files("/ask/", form, (name, words * 30)),
        visitor.send_files("/conversation/", form, (name, words)),
        visitor.send_files("/api/v1/inquiries/", {"body": canary.words}, (name, words)),
    ]
    assert [answer.status for answer in refused] == [422, 422, 422, 422, 422, 400]
    with a_database_that_refuses():
        look = visitor.send_files("/ask/", {**visitor.get("/ask/").hidden, **form}, (name, words))
        kept = dict.fromkeys(re.findall(r'type="radio" name="(decide-[^"]+)"', look.page), "keep")
        assert visitor.send_files("/ask/", {**look.hidden, **kept, "step": "confirm"}, (name, words)).status == 500
    traces = [(place, canary.seen_in(content)) for place, content in all_places(stage).items()]
    assert traces == [(place, []) for place, _ in traces]


def test_the_search_would_find_a_file_that_was_left(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check can fail: a piece that is not sealed is seen in the dump."""
    canary = Visitor(stage).canary
    monkeypatch.setattr(attachments, "seal_bytes", lambda content, **_: content)
    file = receiving.receive(spooled(canary.item.encode()), name="notes.txt")
    asking.submit(topic="other", text="May I?", files=[file], today=date(2026, 11, 23))
    assert canary.item.encode().hex().encode() in canary.seen_in(dump())


def test_a_fault_of_ours_is_logged_without_what_the_asker_sent(stage: Stage) -> None:
    """The check above would be worth nothing if the fault had left no line at all."""
    before = stage.server.log.stat().st_size
    with a_database_that_refuses():
        answer = Visitor(stage).ask()
    assert answer.status == 500
    assert "your browser may still hold what you typed" in answer.page
    written = stage.server.log.read_bytes()[before:].decode()
    assert "Internal Server Error: /ask/" in written
    assert "CheckViolation 23514" in written
    assert "Failing row" not in written
    assert Inquiry.objects.count() == 0


def test_the_search_would_find_what_was_left(stage: Stage) -> None:
    """The check can fail: canaries planted in columns that are not sealed are seen in the dump and in the log of changes."""
    visitor = Visitor(stage)
    visitor.walk()
    canary = visitor.canary
    secret = receipts.read(canary.receipt)
    for _ in range(3):  # the log is cut into pages, and a cut may go through a canary
        Inquiry.objects.update(title=f"{canary.address} {canary.words}", sealed_subject=secret)
    assert canary.seen_in(dump()) == [canary.address.encode(), canary.words.encode(), secret.hex().encode()]
    log = write_ahead_log()
    assert canary.seen_in(log) == ([canary.address.encode(), canary.words.encode(), secret] if log else [])


def test_the_mail_to_officials_holds_nothing_of_an_asker(stage: Stage, officer: User) -> None:
    visitor = Visitor(stage)
    visitor.walk()
    day = date(2026, 11, 23)
    with listening() as sink:
        post_digest(today=day)
        deliver(worker=new_worker(), relay=sink.relay, clock=lambda: datetime(2026, 11, 23, 12, tzinfo=UTC))
    assert [visitor.canary.seen_in(content) for _address, content in sink.received] == [[]]
    reference = Inquiry.objects.get().reference.encode()
    assert not any(reference in content for _address, content in sink.received)


def test_the_whole_journey_works_with_cookies_and_scripts_off_and_sets_none(stage: Stage) -> None:
    visitor = Visitor(stage)
    pages = [visitor.get(path) for path in ("/", "/ask/", "/conversation/")] + visitor.walk()
    assert [answer.status for answer in pages] == [200] * len(pages)
    assert [answer.headers.get_all("Set-Cookie") for answer in pages] == [None] * len(pages)
    assert Message.objects.count() == 2


def test_no_session_is_made_for_an_asker(stage: Stage) -> None:
    Visitor(stage).walk()
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM django_session) + (SELECT count(*) FROM usersessions_usersession)")
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("path", ["/ask/", "/conversation/"])
def test_what_an_asker_sees_is_kept_by_no_browser_and_told_to_no_other_site(stage: Stage, path: str) -> None:
    headers = Visitor(stage).get(path).headers
    assert "no-store" in headers["Cache-Control"]
    assert headers["Referrer-Policy"] == "same-origin"
