import re
from collections.abc import Callable

import pytest
from django.test import Client

from inquiries.models import Inquiry, Message, Topic
from inquiries.services import asking

Ask = Callable[..., asking.Filed]


def hidden(content: bytes) -> dict[str, str]:
    main = content.decode().partition("<main")[2]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', main))


def receipt_in(content: bytes) -> str:
    found = re.search(r'id="receipt"[^>]*>([^<]+)<', content.decode())
    assert found
    return found[1].strip()


@pytest.fixture
def form(client: Client, db: None) -> dict[str, str]:
    """A filled-in question."""
    return {**hidden(client.get("/ask/").content), "topic": Topic.SANCTIONS, "text": "May I sell pumps?"}


def test_a_stranger_asks_and_returns_and_writes_again(client: Client, form: dict[str, str]) -> None:
    receipt = receipt_in(client.post("/ask/", form).content)
    conversation = client.post("/conversation/", {"receipt": receipt.upper().replace("-", " ")})
    assert b"May I sell pumps?" in conversation.content
    answered = client.post("/conversation/reply/", {**hidden(conversation.content), "text": "To Ruritania"})
    assert b"To Ruritania" in answered.content


def test_the_receipt_is_in_the_page_once_and_in_no_header(client: Client, form: dict[str, str]) -> None:
    response = client.post("/ask/", form)
    receipt = receipt_in(response.content)
    assert response.content.decode().count(receipt) == 1
    assert receipt not in str(response.headers) + str(response.cookies)
    assert "no-store" in response["Cache-Control"]


def test_the_receipt_is_not_in_the_pages_of_a_conversation(client: Client, form: dict[str, str]) -> None:
    receipt = receipt_in(client.post("/ask/", form).content)
    assert receipt not in client.post("/conversation/", {"receipt": receipt}).content.decode()


def test_a_double_click_makes_one_inquiry_and_shows_the_same_receipt(client: Client, form: dict[str, str]) -> None:
    first, second = (receipt_in(client.post("/ask/", form).content) for _ in range(2))
    assert (first, Inquiry.objects.count()) == (second, 1)


def test_a_double_click_on_a_reply_makes_one_message(client: Client, form: dict[str, str]) -> None:
    receipt = receipt_in(client.post("/ask/", form).content)
    reply = {**hidden(client.post("/conversation/", {"receipt": receipt}).content), "text": "More"}
    for _ in range(2):
        assert client.post("/conversation/reply/", reply).status_code == 200
    assert Message.objects.count() == 2


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"text": ""}, "Write your question."),
        ({"text": "   \n "}, "Write your question."),
        ({"topic": ""}, "Choose what your question is about"),
        ({"topic": "nonsense"}, "Select a valid choice"),
        ({"text": "x" * 120_000}, "This text has 120000 characters; 50000 are the most."),
        ({"text": "kept \x07 words"}, "Character 6 can&#x27;t be shown on a page"),
        ({"text": "kept \x00 words"}, "Null characters are not allowed."),
        ({"subject": "x" * 151}, "at most 150 characters"),
        ({"segments": "nonsense"}, "Select a valid choice"),
        ({"destination": "XX"}, "Select a valid choice"),
        ({"once": "forged"}, "This page was open for more than a day"),
        ({"once": ""}, "This page was open for more than a day"),
    ],
)
def test_a_refused_question_comes_back_filled_in(
    client: Client, form: dict[str, str], change: dict[str, str], sentence: str
) -> None:
    response = client.post("/ask/", {**form, "subject": "My pumps", **change})
    assert response.status_code == 422
    content = response.content.decode()
    assert sentence in content
    assert "Error: " in content
    if "subject" not in change:
        assert "My pumps" in content
    assert Inquiry.objects.count() == 0


def test_a_form_that_was_open_too_long_works_when_sent_again(client: Client, form: dict[str, str]) -> None:
    refused = client.post("/ask/", {**form, "once": "old"})
    assert receipt_in(client.post("/ask/", {**form, **hidden(refused.content)}).content)


def test_a_body_over_the_limit_is_refused_in_words(client: Client, form: dict[str, str]) -> None:
    response = client.post("/ask/", {**form, "text": "x" * 3_000_000})
    assert response.status_code == 413
    assert b"That was too much at once" in response.content


def test_every_receipt_that_nobody_has_gets_the_same_page(client: Client, ask: Ask) -> None:
    ask()
    unknown = [asking.receipts.write(bytes([number]) * 14) for number in range(10)]
    answers = [(words, client.post("/conversation/", {"receipt": words})) for words in unknown]
    pages = {_without_tokens(answer.content.decode().replace(words, "")) for words, answer in answers}
    assert (len(pages), {answer.status_code for _words, answer in answers}) == (1, {422})


def _without_tokens(page: str) -> str:
    return re.sub(r'csrfmiddlewaretoken" value="[^"]*"', "", page)


def test_an_unknown_receipt_is_refused_and_kept_in_the_field(client: Client, db: None) -> None:
    from_nowhere = asking.receipts.write(bytes(14))
    response = client.post("/conversation/", {"receipt": from_nowhere})
    assert response.status_code == 422
    assert from_nowhere in response.content.decode()


def test_words_typed_after_the_visit_ended_are_not_lost(client: Client, form: dict[str, str]) -> None:
    response = client.post("/conversation/reply/", {**form, "visit": "stale", "text": "My long thoughts"})
    assert response.status_code == 422
    assert b"My long thoughts" in response.content


def test_an_empty_reply_is_refused_with_the_conversation_still_there(client: Client, form: dict[str, str]) -> None:
    receipt = receipt_in(client.post("/ask/", form).content)
    reply = hidden(client.post("/conversation/", {"receipt": receipt}).content)
    response = client.post("/conversation/reply/", {**reply, "text": ""})
    assert response.status_code == 422
    assert b"May I sell pumps?" in response.content
