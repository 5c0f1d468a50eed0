"""A stranger comes from an advisory to ask or to report a sighting: what is left is one word of the case, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from advisories.models import Advisory
from inquiries.models import Event, Inquiry
from organisations.models import User
from tests.advisories.conftest import approved, content, drafted, published, second_approver
from tests.anonymity.visitors import Stage, Visitor, all_places, dump

__all__ = ["approved", "content", "drafted", "published", "second_approver"]
Publish = Callable[..., Advisory]
PLACES = {"dump", "write-ahead log", "database log", "Redis", "web log", "temporary files"}


def columns_with(needle: str) -> set[tuple[str, str]]:
    """Every table and column of the database in which the words stand, as a dump has them."""
    found, table, names = set(), "", [""]
    for line in dump("--data-only").decode(errors="replace").splitlines():
        if begun := re.match(r"COPY public\.(\w+) \((.*)\) FROM stdin;", line):
            table, names = begun[1], [name.strip('"') for name in begun[2].split(", ")]
        elif table and needle in line:
            found |= {(table, name) for name, value in zip(names, line.split("\t"), strict=False) if needle in value}
    return found


def in_inquiries(needle: str) -> set[tuple[str, str]]:
    return {(table, name) for table, name in columns_with(needle) if not table.startswith("advisories_")}


def report(visitor: Visitor, advisory: Advisory) -> list[object]:
    """Read the advisory, report a sighting of it without and with an identity, and once by program."""
    read = visitor.get(advisory.get_absolute_url())
    assert f"/ask/?about={advisory.pk}" in read.page
    said = {"topic": "risk-landscape", "subject": visitor.canary.subject, "text": visitor.canary.words}
    answers = [read]
    for path, who in (("/ask/", {}), ("/ask/confidential/", {"name": "Somebody", "contact": "Somewhere"})):
        form = visitor.get(f"{path}?about={advisory.pk}&sighting=1")
        sent = {**form.hidden, **said, **who, "about": str(advisory.pk), "sighting": "on"}
        answers += [form, visitor.post(f"{path}?about={advisory.pk}&sighting=1", {**sent, "text": ""}), visitor.post(path, sent)]
    answers.append(visitor.call("/api/v1/inquiries/", {**said, "about": str(advisory.pk), "sighting": True}))
    assert [answer.status for answer in answers] == [200, 200, 422, 200, 200, 422, 200, 201]
    assert [answer.headers.get_all("Set-Cookie") for answer in answers] == [None] * len(answers)
    return list(answers)


def test_of_a_sighting_nothing_leads_from_asker_to_advisory_but_the_word_of_the_case(stage: Stage, published: Publish) -> None:
    advisory = published(tlp="clear")
    before = in_inquiries(str(advisory.pk))
    visitor = Visitor(stage)
    report(visitor, advisory)
    assert Inquiry.objects.filter(is_sighting=True).count() == 3
    assert in_inquiries(str(advisory.pk)) - before == {("inquiries_inquiry", "about")}
    assert in_inquiries(advisory.pk.hex) == set()
    places = all_places(stage)
    assert {name: visitor.canary.seen_in(held) for name, held in places.items()} == {name: [] for name in PLACES}
    outside = ("Redis", "web log", "temporary files")
    assert [name for name in outside if str(advisory.pk).encode() in places[name]] == []


def test_of_what_a_stranger_may_not_name_nothing_is_left(stage: Stage, published: Publish) -> None:
    advisory = published(tlp="green")
    before, visitor = in_inquiries(str(advisory.pk)), Visitor(stage)
    form = visitor.get(f"/ask/?about={advisory.pk}&sighting=1")
    sent = {**form.hidden, "topic": "risk-landscape", "text": visitor.canary.words}
    assert visitor.post("/ask/", {**sent, "about": str(advisory.pk)}).status == 422
    assert visitor.call("/api/v1/inquiries/", {"topic": "other", "text": "words", "about": str(advisory.pk)}).status == 400
    assert visitor.post("/ask/", sent).receipt
    assert Inquiry.objects.get().about == ""
    assert in_inquiries(str(advisory.pk)) == before
    assert str(advisory.pk).encode() not in stage.server.log.read_bytes()


def test_the_search_would_find_one_word_more(stage: Stage, published: Publish, officer: User, today: date) -> None:
    """The planted fault: the history tells it too."""
    advisory = published(tlp="clear")
    report(Visitor(stage), advisory)
    Event.objects.create(
        inquiry=Inquiry.objects.all()[0], position=9, kind="take", official=officer, on=today, detail=str(advisory.pk)
    )
    assert ("inquiries_event", "detail") in in_inquiries(str(advisory.pk))
