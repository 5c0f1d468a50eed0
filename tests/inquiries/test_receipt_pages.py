"""The pages round a receipt, as somebody without scripts and without cookies beyond the form walks them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from inquiries import receipts
from inquiries.models import ErasedCount, Event, Inquiry
from inquiries.services import asking, casework
from organisations.models import User
from tests.inquiries.test_views import hidden, receipt_in
from tests.keystore.test_services import keys_unreachable

Ask = Callable[..., asking.Filed]


@pytest.fixture
def filed(client: Client, db: None) -> bytes:
    """The page that shows a receipt."""
    form = hidden(client.get("/ask/").content)
    return client.post("/ask/", {**form, "topic": "licensing", "subject": "Pumps", "text": "May I sell pumps?"}).content


@pytest.fixture
def receipt(filed: bytes) -> str:
    return receipt_in(filed)


@pytest.fixture
def visit(client: Client, receipt: str) -> dict[str, str]:
    """What the buttons of the conversation send."""
    return {"visit": hidden(client.post("/conversation/", {"receipt": receipt}).content)["visit"]}


def answered(officer: User) -> Inquiry:
    inquiry, today = Inquiry.objects.get(), timezone.localdate()
    casework.take(inquiry, by=officer, today=today)
    casework.answer(inquiry, text="You may.", by=officer, today=today)
    return inquiry


def test_the_words_can_be_downloaded_and_are_in_no_header(client: Client, filed: bytes, receipt: str) -> None:
    response = client.post("/conversation/receipt/", {"shown": hidden(filed)["shown"]})
    assert response.content.decode().startswith(receipt + "\n")
    assert response["Content-Disposition"] == 'attachment; filename="receipt.txt"'
    assert receipt not in str(response.headers) + str(response.cookies)
    assert "no-store" in response["Cache-Control"]


def test_the_pass_of_a_conversation_does_not_give_the_words_away(client: Client, visit: dict[str, str]) -> None:
    for path in ("receipt", "kept"):
        response = client.post(f"/conversation/{path}/", {"shown": visit["visit"], "place": 1, "word": "babab"})
        assert (response.status_code, b'id="receipt"' in response.content) == (422, False)


def test_one_word_from_the_copy_leads_on(client: Client, filed: bytes, receipt: str) -> None:
    form = hidden(filed)
    word = receipt.split("-")[int(form["place"]) - 1]
    for typed in (word, word.upper(), receipt):
        page = client.post("/conversation/kept/", {**form, "word": typed})
        assert page.status_code == 200
        assert receipt not in page.content.decode()


@pytest.mark.parametrize("change", [{"word": "wrong"}, {"word": ""}, {"place": "9"}, {"place": "x"}])
def test_a_wrong_word_shows_the_receipt_again(client: Client, filed: bytes, receipt: str, change: dict[str, str]) -> None:
    page = client.post("/conversation/kept/", {**hidden(filed), "word": "wrong", **change})
    assert page.status_code == 422
    assert receipt_in(page.content) == receipt
    assert "Error: " in page.content.decode()


def test_the_next_page_is_a_plain_link_for_who_needs_no_check(filed: bytes) -> None:
    assert b'href="/conversation/"' in filed


def test_the_conversation_says_how_long_it_is_kept_once_an_answer_is_there(client: Client, receipt: str, officer: User) -> None:
    assert b"It will be erased on" not in client.post("/conversation/", {"receipt": receipt}).content
    answered(officer)
    page = client.post("/conversation/", {"receipt": receipt}).content
    assert b"It will be erased on" in page
    assert b"Does this settle it?" in page


def test_what_came_since_the_askers_own_words_is_marked(client: Client, receipt: str, visit: dict[str, str], officer: User) -> None:
    assert b"New since you wrote" not in client.post("/conversation/", {"receipt": receipt}).content
    answered(officer)
    page = client.post("/conversation/", {"receipt": receipt}).content
    assert page.count(b"New since you wrote") == 1
    page = client.post("/conversation/reply/", {**hidden(page), "text": "Thanks"}).content
    assert b"New since you wrote" not in page


def test_looking_leaves_no_trace(client: Client, receipt: str, officer: User, django_assert_num_queries: object) -> None:
    answered(officer)
    before = list(Event.objects.values_list("pk", "position")), Inquiry.objects.values().get()
    for _ in range(2):
        client.post("/conversation/", {"receipt": receipt})
    assert (list(Event.objects.values_list("pk", "position")), Inquiry.objects.values().get()) == before


def test_an_answer_is_settled_and_opened_again_by_buttons(client: Client, visit: dict[str, str], officer: User) -> None:
    answered(officer)
    for _ in range(2):
        page = client.post("/conversation/settle/", visit)
        assert (page.status_code, Inquiry.objects.get().state) == (200, "closed")
    for _ in range(2):
        page = client.post("/conversation/reopen/", visit)
        assert (page.status_code, Inquiry.objects.get().state) == (200, "in-hand")
    assert "You said that the answer settles it" in page.content.decode()


def test_a_question_is_closed_by_its_asker_and_officials_read_it_so(client: Client, visit: dict[str, str]) -> None:
    assert client.post("/conversation/close/", visit).status_code == 200
    assert Event.objects.get(kind="asker-closes").describe() == "Closed by the asker"


def test_a_move_that_is_not_possible_now_is_refused_in_words(client: Client, visit: dict[str, str]) -> None:
    page = client.post("/conversation/settle/", visit)
    assert page.status_code == 409
    assert b"That is not possible as the question stands now" in page.content


@pytest.mark.parametrize("path", ["settle", "reopen", "close", "rotate", "erase", "proof", "receipt", "kept"])
@pytest.mark.parametrize("visit_", ["", "forged", "%%%", "x" * 1000])
def test_no_button_works_without_a_pass(client: Client, db: None, path: str, visit_: str) -> None:
    page = client.post(f"/conversation/{path}/", {"visit": visit_, "shown": visit_, "step": "sure", "sure": "on"})
    assert page.status_code == 422
    assert b"Type it again" in page.content


@pytest.mark.parametrize("path", ["settle", "reopen", "close", "rotate", "erase", "proof", "receipt", "kept", "reminders"])
def test_the_buttons_are_only_sent_to(client: Client, db: None, path: str) -> None:
    assert client.get(f"/conversation/{path}/").status_code == 405


def test_the_receipt_is_exchanged_after_an_explanation_and_twice_is_once(
    client: Client, visit: dict[str, str], receipt: str
) -> None:
    explained = client.post("/conversation/rotate/", visit)
    assert b"stop working at once" in explained.content
    assert client.post("/conversation/", {"receipt": receipt}).status_code == 200  # nothing has happened yet
    first, second = (receipt_in(client.post("/conversation/rotate/", hidden(explained.content)).content) for _ in range(2))
    assert first == second != receipt
    assert client.post("/conversation/", {"receipt": receipt}).status_code == 422
    page = client.post("/conversation/", {"receipt": first})
    assert "The receipt was exchanged for a new one" in page.content.decode()
    assert Event.objects.filter(kind="asker-rotates").count() == 1


def test_the_pass_of_an_exchanged_receipt_opens_nothing(client: Client, visit: dict[str, str]) -> None:
    client.post("/conversation/rotate/", hidden(client.post("/conversation/rotate/", visit).content))
    assert client.post("/conversation/close/", visit).status_code == 422
    page = client.post("/conversation/erase/", {**visit, "step": "sure", "sure": "on"})
    assert b"Nothing is left under this receipt" in page.content
    assert Inquiry.objects.get().state == "received"


def test_erasing_asks_once_more_and_twice_is_once(client: Client, visit: dict[str, str], receipt: str) -> None:
    explained = client.post("/conversation/erase/", visit)
    form = hidden(explained.content)
    assert (explained.status_code, b"be undone" in explained.content) == (200, True)
    assert client.post("/conversation/erase/", form).status_code == 422  # the box is not ticked
    assert Inquiry.objects.count() == 1
    for _ in range(2):
        assert client.post("/conversation/erase/", {**form, "sure": "on"}).status_code == 200
    assert (Inquiry.objects.count(), ErasedCount.objects.get().number) == (0, 1)
    assert client.post("/conversation/", {"receipt": receipt}).status_code == 422


@pytest.mark.django_db(transaction=True)
def test_a_key_store_that_does_not_answer_loses_nothing_typed(client: Client, filed: bytes) -> None:
    receipt = receipt_in(filed)
    visit = hidden(client.post("/conversation/", {"receipt": receipt}).content)
    form = hidden(client.get("/ask/").content)
    with keys_unreachable():
        refused = client.post("/ask/", {**form, "topic": "other", "text": "My long thoughts"})
        assert (refused.status_code, b"My long thoughts" in refused.content) == (503, True)
        assert client.post("/conversation/", {"receipt": receipt}).status_code == 503
        replied = client.post("/conversation/reply/", {**visit, "text": "More thoughts"})
        assert (replied.status_code, b"More thoughts" in replied.content) == (503, True)
        assert client.post("/conversation/erase/", {**visit, "step": "sure", "sure": "on"}).status_code == 503
        header = {"Authorization": f"Receipt {receipt}"}
        assert client.get("/api/v1/inquiries/conversation/", headers=header).status_code == 503
        assert client.get("/readyz").json()["keys"] == "unusable"
    assert Inquiry.objects.count() == 1
    assert receipt_in(client.post("/ask/", {**form, "topic": "other", "text": "My long thoughts"}).content)
    assert client.post("/conversation/reply/", {**visit, "text": "More thoughts"}).status_code == 200


# --- reminders --------------------------------------------------------------------------------------------------------


def events(content: bytes) -> list[dict[str, object]]:
    return [dict(each) for each in Calendar.from_ical(content).walk("VEVENT")]


def reminder(**change: str) -> dict[str, str]:
    first = timezone.localdate() + timedelta(days=10)
    return {"first": first.isoformat(), "every": "7", "count": "4", "title": "Reminder", **change}


def test_a_calendar_file_says_when_and_nothing_else(client: Client, receipt: str) -> None:
    response = client.post("/conversation/reminders/", reminder())
    assert (response["Content-Type"], response["Content-Disposition"]) == (
        "text/calendar; charset=utf-8",
        'attachment; filename="reminder.ics"',
    )
    text = response.content.decode()
    first = timezone.localdate() + timedelta(days=10)
    assert set(re.findall(r"^([A-Z-]+)[:;]", text, re.MULTILINE)) == {
        "ACTION", "BEGIN", "CLASS", "DESCRIPTION", "DTEND", "DTSTAMP", "DTSTART", "END", "PRODID", "RRULE", "SUMMARY", "TRANSP",
        "TRIGGER", "UID", "VERSION",
    }  # fmt: skip
    assert "RRULE:FREQ=DAILY;COUNT=4;INTERVAL=7" in text
    without_id = re.sub(r"^UID:.*$", "", text, flags=re.MULTILINE)  # which is random, and may hold eight digits in a row
    assert set(re.findall(r"\d{8}", without_id)) == {f"{first:%Y%m%d}", f"{first + timedelta(days=1):%Y%m%d}"}
    for telling in (*receipt.split("-"), Inquiry.objects.get().reference, "export", "inquiry", "focal", "ORGANIZER", "URL"):
        assert telling.lower() not in text.lower()


def test_the_asker_may_choose_the_words_and_one_reminder(client: Client, db: None) -> None:
    text = client.post("/conversation/reminders/", reminder(title="Dentist; call, back", every="0")).content
    assert str(events(text)[0]["SUMMARY"]) == "Dentist; call, back"
    assert b"RRULE" not in text


def test_the_form_proposes_the_day_an_answer_is_due(client: Client, receipt: str) -> None:
    page = client.post("/conversation/", {"receipt": receipt}).content.decode()
    assert f'value="{Inquiry.objects.get().due_on:%Y-%m-%d}"' in page


@pytest.mark.parametrize(
    "change",
    [
        {"first": ""},
        {"first": "yesterday"},
        {"first": "2001-01-01"},
        {"first": "9999-12-31"},
        {"count": "0"},
        {"count": "27"},
        {"count": "x"},
        {"every": "1"},
        {"title": ""},
        {"title": "x" * 61},
        {"title": "a\x07b"},
        {"title": "a\nATTENDEE:b"},
    ],
)
def test_a_refused_reminder_comes_back_filled_in(client: Client, db: None, change: dict[str, str]) -> None:
    response = client.post("/conversation/reminders/", reminder(title="My words") | change)
    if change.get("title") == "a\nATTENDEE:b":  # one line of text is one line in the file
        assert b"\nATTENDEE" not in response.content
        return
    assert response.status_code == 422
    if "title" not in change:
        assert b"My words" in response.content


def test_nothing_is_stored_of_a_reminder(client: Client, db: None) -> None:
    client.post("/conversation/reminders/", reminder())
    assert (Inquiry.objects.count(), Event.objects.count()) == (0, 0)


def test_the_hint_names_the_word_with_the_wrong_letter(client: Client, receipt: str) -> None:
    words = receipt.split("-")
    letters = receipts.CONSONANTS
    words[1] = letters[(letters.index(words[1][0]) + 1) % 16] + words[1][1:]
    page = client.post("/conversation/", {"receipt": " ".join(words)}).content.decode()
    assert "One letter seems to be wrong in word 2" in page or "The words don&#x27;t fit together" in page
    words = receipt.split("-")
    words[0], words[1] = words[1], words[0]
    page = client.post("/conversation/", {"receipt": " ".join(words)}).content.decode()
    assert words[0] == words[1] or "Words 1 and 2 seem to be in each other&#x27;s place." in page


def test_the_questions_of_today_are_kept_as_the_form_says(client: Client, db: None, today: date) -> None:
    assert b"It is erased 180 days after the answer" in client.get("/ask/").content
