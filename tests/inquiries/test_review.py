"""The look at a question before it goes: nothing identifying goes unseen, nothing is stored before, and one more click sends it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from catalogue.models import Segment
from catalogue.services import load_seed
from inquiries import receipts
from inquiries.floods import Admission, Limits
from inquiries.models import Details, Inquiry, Item, Message, Publication
from inquiries.services import admission, asking, casework, publishing, thread
from inquiries.services.publishing import Words
from inquiries.services.thread import Thread
from organisations.models import Organisation, User
from tests.inquiries.test_publishing import ABOUT, WORDS, come_out
from tests.inquiries.test_views import hidden, receipt_in

Ask = Callable[..., asking.Filed]
Page = Any
EMAIL, PHONE = "olev@taevarada.example", "+372 512 3456"
ASKED = {"topic": "classification", "text": f"Is a laser controlled? Write to {EMAIL} or call {PHONE}."}


@pytest.fixture
def form(client: Client, db: None) -> dict[str, str]:
    """A question with two things in it that tell who asks."""
    return {**hidden(client.get("/ask/").content), **ASKED}


def decisions(page: Page) -> list[str]:
    """The names of the fields that decide, in the order of the page."""
    return list(dict.fromkeys(re.findall(r'type="radio" name="([^"]+)"', page.content.decode())))


def carried(page: Page) -> dict[str, str]:
    return hidden(page.content)


def opened(page: Page) -> Thread:
    return thread.read(asking.open_with_receipt(receipts.read(receipt_in(page.content))))


def words(page: Page) -> str:
    return opened(page).lines[0].text


def test_what_tells_nothing_goes_at_once(client: Client, form: dict[str, str]) -> None:
    sent = client.post("/ask/", {**form, "text": "Is a laser of 3 W at 1550 nm controlled under 6A005?"})
    assert (sent.status_code, Inquiry.objects.count()) == (200, 1)
    assert receipt_in(sent.content)


def test_a_question_that_tells_who_asks_is_held_and_nothing_is_stored(client: Client, form: dict[str, str]) -> None:
    held = client.post("/ask/", form)
    assert held.status_code == 422
    page = held.content.decode()
    assert f'<mark class="trace">{EMAIL}<sup>1</sup></mark>' in page
    assert f'<mark class="trace">{PHONE}<sup>2</sup></mark>' in page
    assert "has not been sent yet" in page
    assert (Inquiry.objects.count(), len(decisions(held))) == (0, 2)


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        (("mask", "mask"), "Is a laser controlled? Write to [masked: email] or call [masked: phone]."),
        (("keep", "mask"), f"Is a laser controlled? Write to {EMAIL} or call [masked: phone]."),
        (("keep", "keep"), ASKED["text"]),
    ],
)
def test_one_more_click_sends_it_as_decided(client: Client, form: dict[str, str], choices: tuple[str, str], expected: str) -> None:
    held = client.post("/ask/", form)
    decided = dict(zip(decisions(held), choices, strict=True))
    sent = client.post("/ask/", {**carried(held), **decided, "step": "confirm"})
    assert (sent.status_code, words(sent)) == (200, expected)


@pytest.mark.parametrize("choices", [{}, {"all": "nonsense"}, {"first": "keep"}])
def test_it_does_not_go_while_something_is_undecided(client: Client, form: dict[str, str], choices: dict[str, str]) -> None:
    held = client.post("/ask/", form)
    names = decisions(held)
    decided = dict.fromkeys(names, choices["all"]) if "all" in choices else {names[0]: choices["first"]} if choices else {}
    again = client.post("/ask/", {**carried(held), **decided, "step": "confirm"})
    assert (again.status_code, Inquiry.objects.count()) == (422, 0)
    page = again.content.decode()
    assert "Decide about" in page
    assert f'href="#{names[1] if "first" in choices else names[0]}"' in page
    assert ("checked" in page) is ("first" in choices)


@pytest.mark.parametrize(("step", "expected"), [("mask-all", "[masked: email]"), ("keep-all", EMAIL)])
def test_all_findings_are_decided_with_one_click(client: Client, form: dict[str, str], step: str, expected: str) -> None:
    held = client.post("/ask/", form)
    decided = client.post("/ask/", {**carried(held), "step": step})
    assert (decided.status_code, Inquiry.objects.count()) == (200, 0)
    assert decided.content.decode().count(" checked") == 2
    chosen = dict.fromkeys(decisions(decided), step.removesuffix("-all"))
    assert expected in words(client.post("/ask/", {**carried(decided), **chosen, "step": "confirm"}))


def test_whoever_wants_to_sees_the_review_even_with_nothing_found(client: Client, form: dict[str, str]) -> None:
    checked = client.post("/ask/", {**form, "text": "May I?", "step": "check"})
    assert (checked.status_code, Inquiry.objects.count()) == (200, 0)
    assert "We found no name" in checked.content.decode()
    assert words(client.post("/ask/", {**carried(checked), "step": "confirm"})) == "May I?"


def test_the_way_back_keeps_everything_that_was_typed(client: Client, form: dict[str, str]) -> None:
    held = client.post("/ask/", {**form, "item2_description": "A laser", "red_flags": "evasive", "destination": "145"})
    back = client.post("/ask/", {**carried(held), "step": "change"})
    page = back.content.decode()
    assert (back.status_code, "There is a problem" in page) == (200, False)
    assert EMAIL in page
    assert 'value="A laser"' in page
    assert re.search(r'value="evasive"[^>]* checked', page)
    assert re.search(r'value="145" selected', page)
    assert hidden(back.content)["once"] == form["once"]


def test_the_same_words_in_two_places_are_decided_once(client: Client, form: dict[str, str]) -> None:
    held = client.post("/ask/", {**form, "subject": f"Laser, {EMAIL}", "item1_description": f"A laser ({EMAIL})"})
    assert len(decisions(held)) == 2
    sent = client.post("/ask/", {**carried(held), **dict.fromkeys(decisions(held), "mask"), "step": "confirm"})
    read = opened(sent)
    assert (read.subject, read.details.items[0].description) == ("Laser, [masked: email]", "A laser ([masked: email])")


def test_a_double_click_on_the_review_makes_one_inquiry(client: Client, form: dict[str, str]) -> None:
    held = client.post("/ask/", form)
    sure = {**carried(held), **dict.fromkeys(decisions(held), "keep"), "step": "confirm"}
    first, second = (receipt_in(client.post("/ask/", sure).content) for _ in range(2))
    assert (first, Inquiry.objects.count(), Message.objects.count()) == (second, 1, 1)


def test_hundreds_of_findings_fit_on_a_page_and_are_all_decided(client: Client, form: dict[str, str]) -> None:
    many = " ".join(f"a{number}@firm.example" for number in range(300))
    held = client.post("/ask/", {**form, "text": many})
    assert len(decisions(held)) == 61
    sent = client.post("/ask/", {**carried(held), **dict.fromkeys(decisions(held), "mask"), "step": "confirm"})
    assert words(sent) == " ".join(["[masked: email]"] * 300)


def test_what_is_held_takes_no_place_in_a_flood_and_a_wait_keeps_the_decisions(
    client: Client, form: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "here", Admission(Limits(shortest=0, burst=0, own_places=0)))
    held = client.post("/ask/", form)
    assert held.status_code == 422
    wait = client.post("/ask/", {**carried(held), **dict.fromkeys(decisions(held), "mask"), "step": "confirm"})
    assert (wait.status_code, wait.content.decode().count(" checked")) == (429, 2)


@pytest.mark.parametrize("change", [{"topic": "nonsense"}, {"text": ""}, {"item1_description": "x" * 501}, {"red_flags": "none"}])
def test_a_review_that_was_tampered_with_becomes_the_form_again(
    client: Client, form: dict[str, str], change: dict[str, str]
) -> None:
    held = client.post("/ask/", form)
    refused = client.post("/ask/", {**carried(held), **change, "step": "confirm"})
    assert (refused.status_code, Inquiry.objects.count()) == (422, 0)
    assert "There is a problem" in refused.content.decode()


def test_the_words_of_a_draft_are_escaped(client: Client, form: dict[str, str]) -> None:
    held = client.post("/ask/", {**form, "text": f"<script>alert(1)</script> {EMAIL}", "subject": '"><b>'})
    page = held.content.decode()
    assert "<script>alert" not in page
    assert '"><b>' not in page


# --- few firms ------------------------------------------------------------------------------------------------------

RARE = {"topic": "classification", "text": "Is it?", "destination": "YE", "item1_entry": "3a001 a.5"}


@pytest.mark.parametrize(
    ("decision", "destination", "entry"),
    [("destination", "145", "3A001.a.5"), ("entries", "YE", "3A001"), ("keep", "YE", "3A001.a.5")],
)
def test_a_choice_that_few_firms_fit_is_made_coarser_or_kept(
    client: Client, db: None, decision: str, destination: str, entry: str
) -> None:
    held = client.post("/ask/", {**hidden(client.get("/ask/").content), **RARE})
    assert (held.status_code, Inquiry.objects.count(), decisions(held)) == (422, 0, ["coarser"])
    sent = client.post("/ask/", {**carried(held), "coarser": decision, "step": "confirm"})
    assert (Inquiry.objects.get().destination, opened(sent).details.items[0].entry) == (destination, entry)


def test_a_common_choice_is_not_held(client: Client, db: None) -> None:
    sent = client.post("/ask/", {**hidden(client.get("/ask/").content), **RARE, "destination": "DE"})
    assert receipt_in(sent.content)


# --- published answers ----------------------------------------------------------------------------------------------


@pytest.fixture
def answered(ask: Ask, officer: User, approver: User, focal_point: Organisation, today: date) -> Publication:
    """An answer about mills that is out."""
    inquiry = ask().inquiry
    casework.take(inquiry, by=officer, today=today)
    casework.answer(inquiry, text="It depends.", by=officer, today=today)
    inquiry.refresh_from_db()
    draft = publishing.draft(inquiry, words=WORDS, about=ABOUT, agency=focal_point, by=officer, today=today)
    return come_out(draft, by=officer, approver=approver, today=today)


MILLS = {"topic": "classification", "text": "Is the mill we build controlled?"}


def test_an_answer_that_may_help_is_offered_once_before_sending(client: Client, answered: Publication) -> None:
    held = client.post("/ask/", {**hidden(client.get("/ask/").content), **MILLS})
    assert (held.status_code, Inquiry.objects.count()) == (422, 1)
    assert answered.get_absolute_url() in held.content.decode()
    assert receipt_in(client.post("/ask/", {**carried(held), "step": "confirm"}).content)


def test_an_answer_that_was_offered_while_writing_holds_nothing_up(client: Client, answered: Publication) -> None:
    offered = client.post("/ask/offers/", MILLS)
    assert answered.get_absolute_url() in offered.content.decode()
    given = dict(re.findall(r'name="(offered)" value="([^"]*)"', offered.content.decode()))
    assert receipt_in(client.post("/ask/", {**hidden(client.get("/ask/").content), **MILLS, **given}).content)


def test_nothing_is_offered_where_nothing_fits(client: Client, answered: Publication) -> None:
    for text in ("May I sell pumps to a customer?", "' \\ | & !:* ()", "Is it controlled?"):
        assert client.post("/ask/offers/", {"text": text}).content.strip() == b""


@pytest.mark.parametrize("sent", [{}, {"text": ""}, {"text": "x" * 4001}, {"text": "mills", "topic": "nonsense"}])
def test_an_unfit_look_is_refused(client: Client, db: None, sent: dict[str, str]) -> None:
    assert client.post("/ask/offers/", sent).status_code == 422


def test_a_look_writes_nothing_needs_no_cookie_and_comes_from_the_own_page_only(client: Client, answered: Publication) -> None:
    with connections["default"].execute_wrapper(_reads_only):
        assert client.post("/ask/offers/", MILLS).cookies == {}
    assert client.post("/ask/offers/", MILLS, headers={"Origin": "https://elsewhere.example"}).status_code == 403
    assert client.get("/ask/offers/").status_code == 405


def test_a_review_writes_nothing(client: Client, form: dict[str, str], answered: Publication) -> None:
    with connections["default"].execute_wrapper(_reads_only):
        for step in ("check", "send", "confirm", "mask-all", "keep-all", "change"):
            client.post("/ask/", {**form, "step": step})


def _reads_only(execute: Callable[..., Any], sql: str, params: Any, many: Any, context: Any) -> Any:
    assert sql.lstrip().upper().startswith("SELECT"), sql
    return execute(sql, params, many, context)


def test_looks_are_bounded(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "here", Admission(Limits(looks=1)))
    assert [client.post("/ask/offers/", {"text": "mills"}).status_code for _ in range(2)] == [200, 429]


# --- what is said besides the words ---------------------------------------------------------------------------------


def test_items_signs_segments_and_region_are_filed(client: Client, db: None, now: datetime) -> None:
    load_seed(now=now)
    sent = client.post(
        "/ask/",
        {
            **hidden(client.get("/ask/").content),
            "topic": "classification",
            "text": "Is it?",
            "item1_description": "A laser",
            "item1_designed_for": "Welding",
            "item1_used_for": "Cutting",
            "item1_parameters": "3 kW\nat 1070 nm",
            "item1_entry": "6a005",
            "item4_entry": "perhaps ML 19?",
            "segments": ["CTA06", "CTA10"],
            "destination": "143",
            "red_flags": ["evasive", "thin-website"],
        },
    )
    items = (Item("A laser", "Welding", "Cutting", "3 kW\nat 1070 nm", "6A005"), Item(entry="perhaps ML 19?"))
    assert opened(sent).details == Details(items, ("evasive", "thin-website"))
    inquiry = Inquiry.objects.get()
    assert (inquiry.destination, inquiry.get_destination_name()) == ("143", "Central Asia")
    assert [segment.code for segment in inquiry.segments.order_by("code")] == ["CTA06", "CTA10"]


def test_details_are_sealed_and_their_length_tells_little(client: Client, ask: Ask) -> None:
    without = ask().inquiry
    with_some = ask(details=Details((Item("A laser", entry="6A005"),), ("evasive",))).inquiry
    assert len(without.sealed_details) == len(with_some.sealed_details)
    assert b"laser" not in with_some.sealed_details


def test_an_inquiry_from_before_there_were_details_has_none(ask: Ask) -> None:
    filed = ask()
    Inquiry.objects.update(sealed_details=b"")
    assert thread.read(asking.open_with_receipt(receipts.read(filed.receipt))).details == Details()


def test_the_blank_form_offers_the_segments_that_are_in_force(client: Client, db: None, now: datetime) -> None:
    assert b"CTA03" not in client.get("/ask/").content
    load_seed(now=now)
    assert b"CTA03" in client.get("/ask/").content
    Segment.objects.filter(code="CTA03").update(label="Quanta")
    assert b"Quanta" in client.get("/ask/").content


def test_no_two_blank_forms_are_the_same(client: Client, db: None) -> None:
    first, second = (hidden(client.get("/ask/").content) for _ in range(2))
    assert first.keys() == second.keys() == {"once"}
    assert first != second


def test_what_an_asker_said_of_an_item_counts_as_their_own_words_in_a_draft_for_everybody(ask: Ask) -> None:
    filed = ask(details=Details((Item("A cold plasma source with nine nozzles"),)))
    conversation = thread.read(asking.open_with_receipt(receipts.read(filed.receipt)))
    copied = Words("Plasma", "Is a cold plasma source with nine nozzles controlled?", "No.")
    assert [echo.text for echo in publishing.echoes(copied, conversation)] == ["a cold plasma source with nine nozzles"]


# --- what is written later ------------------------------------------------------------------------------------------


@pytest.fixture
def reply(client: Client, ask: Ask) -> dict[str, str]:
    """A reply with something in it that tells who asks."""
    conversation = client.post("/conversation/", {"receipt": ask().receipt})
    return {**hidden(conversation.content), "text": f"The mill has serial no. 48211-B, write to {EMAIL}"}


def last_words(page: Page) -> str:
    return re.findall(r'<div class="words">([^<]*)</div>', page.content.decode())[-1]


def test_a_reply_that_tells_who_asks_is_held_and_goes_as_decided(client: Client, reply: dict[str, str]) -> None:
    held = client.post("/conversation/reply/", reply)
    assert (held.status_code, Message.objects.count(), len(decisions(held))) == (422, 1, 2)
    decided = dict(zip(decisions(held), ("keep", "mask"), strict=True))
    for _twice in range(2):
        sent = client.post("/conversation/reply/", {**carried(held), **decided, "step": "confirm"})
        assert (sent.status_code, Message.objects.count()) == (200, 2)
        assert last_words(sent) == "The mill has serial no. 48211-B, write to [masked: email]"


def test_a_reply_that_is_undecided_stays_and_the_way_back_keeps_it(client: Client, reply: dict[str, str]) -> None:
    held = client.post("/conversation/reply/", reply)
    again = client.post("/conversation/reply/", {**carried(held), "step": "confirm"})
    assert (again.status_code, "Decide about 2 more findings." in again.content.decode()) == (422, True)
    back = client.post("/conversation/reply/", {**carried(again), "step": "change"})
    assert (back.status_code, Message.objects.count()) == (200, 1)
    assert f"48211-B, write to {EMAIL}</textarea>" in back.content.decode()


# --- by API ---------------------------------------------------------------------------------------------------------

LOOK = "/api/v1/inquiries/review/"


def test_a_system_may_have_a_question_looked_at_before_it_files_it(client: Client, answered: Publication) -> None:
    body = {"topic": "classification", "subject": f"Mill, {EMAIL}", "text": "A mill. Is it controlled?", "destination": "YE"}
    body |= {"items": [{"description": "P/N 900-1182", "entry": "3A001.a.5"}]}
    looked = client.post(LOOK, body, content_type="application/json")
    assert looked.status_code == 200
    found = looked.json()
    assert found["findings"] == [
        {"field": "subject", "kind": "email", "start": 6, "end": 6 + len(EMAIL), "text": EMAIL},
        {"field": "items.0.description", "kind": "part-number", "start": 4, "end": 12, "text": "900-1182"},
    ]
    assert found["few_firms"] == {"region": "145", "entries": ["3A001"]}
    assert [answer["url"] for answer in found["answers"]] == [answered.get_absolute_url()]
    assert Inquiry.objects.count() == 1


def test_a_look_by_api_that_sees_nothing_says_so(client: Client, db: None) -> None:
    looked = client.post(LOOK, {"topic": "sanctions", "text": "May I?"}, content_type="application/json")
    assert looked.json() == {"findings": [], "few_firms": None, "answers": []}


def test_a_look_by_api_refuses_what_asking_refuses_and_is_bounded(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.post(LOOK, {"topic": "nonsense"}, content_type="application/json").status_code == 400
    monkeypatch.setattr(admission, "here", Admission(Limits(looks=0)))
    refused = client.post(LOOK, {"topic": "sanctions", "text": "May I?"}, content_type="application/json")
    assert (refused.status_code, refused["Content-Type"]) == (429, "application/problem+json")
