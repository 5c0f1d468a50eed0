"""Forms that count once, as a visitor meets them: nothing typed is lost, no cookie is set, and no other site can send one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.test import Client

from inquiries.floods import Admission, Limits
from inquiries.forms.once import NotOnce, Once, new_once
from inquiries.models import Inquiry, Message
from inquiries.services import admission, asking
from tests.inquiries.test_views import hidden, receipt_in

Ask = Callable[..., asking.Filed]
WORDS = {"topic": "sanctions", "text": "May I sell pumps?", "subject": "My pumps"}


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts a process's counters in the state of a fresh process with these limits."""

    def set_to(**values: float) -> None:
        monkeypatch.setattr(admission, "here", Admission(Limits(**{"shortest": 0, **values})))

    return set_to


def opened(client: Client) -> dict[str, str]:
    return {**hidden(client.get("/ask/").content), **WORDS}


def test_a_token_says_what_was_put_in_and_can_not_be_changed() -> None:
    once = Once(b"\x07" * 32, opened=1_800_000_000, turn=1_800_000_009)
    assert Once.read(str(once)) == once
    for forged in ("", "x", str(once)[:-1], str(once) + "x", new_once().partition(":")[0] + ":" + str(once).partition(":")[2]):
        with pytest.raises(NotOnce):
            Once.read(forged)


def test_a_form_sent_too_fast_comes_back_filled_in_and_works_when_sent_again(
    client: Client, db: None, limits: Callable[..., None]
) -> None:
    limits(shortest=60)
    form = opened(client)
    refused = client.post("/ask/", form)
    assert (refused.status_code, Inquiry.objects.count()) == (429, 0)
    assert int(refused["Retry-After"]) in (59, 60)  # forms know when they were opened to the second
    page = refused.content.decode()
    assert "quicker than anybody writes" in page
    assert WORDS["text"] in page
    assert WORDS["subject"] in page
    limits(shortest=0)
    assert receipt_in(client.post("/ask/", {**form, **hidden(refused.content)}).content)


def test_in_a_flood_a_form_comes_back_with_a_turn_that_is_kept(client: Client, db: None, limits: Callable[..., None]) -> None:
    limits(burst=1, own_places=0)
    assert client.post("/ask/", opened(client)).status_code == 200
    form = opened(client)
    refused = client.post("/ask/", form)
    assert (refused.status_code, Inquiry.objects.count()) == (429, 1)
    assert WORDS["text"] in refused.content.decode()
    again = {**form, **hidden(refused.content)}
    kept = Once.read(again["once"])
    assert kept.content == Once.read(form["once"]).content
    assert kept.turn
    limits(burst=0, own_places=0)  # another process, which knows of the turn from the form only
    its_turn = {**again, "once": str(replace(kept, turn=kept.turn - 5))}
    assert receipt_in(client.post("/ask/", its_turn).content)


def test_when_the_queue_is_full_nothing_typed_is_lost(client: Client, db: None, limits: Callable[..., None]) -> None:
    limits(burst=0, own_places=0, longest_queue=-1)
    refused = client.post("/ask/", opened(client))
    assert (refused.status_code, refused["Retry-After"]) == (429, "60")
    assert WORDS["text"] in refused.content.decode()


def test_a_flood_of_calls_is_told_when_to_call_again(client: Client, db: None, limits: Callable[..., None]) -> None:
    limits(burst=2)
    ask = {"topic": "sanctions", "text": "May I?"}
    answers = [client.post("/api/v1/inquiries/", ask, content_type="application/json") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert (answers[2]["Retry-After"], answers[2]["Content-Type"]) == ("2", "application/problem+json")
    assert Inquiry.objects.count() == 2


def test_a_call_that_is_refused_takes_no_place(client: Client, db: None, limits: Callable[..., None]) -> None:
    limits(burst=1)
    for body in ({"topic": "nonsense"}, {"topic": "sanctions", "text": "May I?"}):
        answer = client.post("/api/v1/inquiries/", body, content_type="application/json")
    assert answer.status_code == 201


def test_many_messages_at_once_wait_and_keep_their_words(client: Client, ask: Ask, limits: Callable[..., None]) -> None:
    limits(messages=1)
    first, other = ask(), ask()
    for filed, expected in ((first, 200), (first, 429), (other, 200)):
        conversation = client.post("/conversation/", {"receipt": filed.receipt})
        answer = client.post("/conversation/reply/", {**hidden(conversation.content), "text": "And oil pumps?"})
        assert answer.status_code == expected
        assert "And oil pumps?" in answer.content.decode()
    authorization = {"Authorization": f"Receipt {first.receipt}"}
    call = client.post("/api/v1/inquiries/conversation/", {"text": "x"}, content_type="application/json", headers=authorization)
    assert call.status_code == 429
    assert Message.objects.count() == 4


def test_a_flood_shuts_nobody_out_who_returns(client: Client, ask: Ask, limits: Callable[..., None]) -> None:
    limits(burst=0, own_places=0, longest_queue=-1)
    assert client.post("/conversation/", {"receipt": ask().receipt}).status_code == 200


# --- no cookie ------------------------------------------------------------------------------------------------------


def test_the_whole_journey_needs_and_sets_no_cookie(db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    filed = client.post("/ask/", opened(client))
    conversation = client.post("/conversation/", {"receipt": receipt_in(filed.content)})
    answered = client.post("/conversation/reply/", {**hidden(conversation.content), "text": "To Ruritania"})
    assert "To Ruritania" in answered.content.decode()
    assert client.cookies == {}


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://testserver"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://testserver"},
        {"Origin": "https://testserver"},  # the proxy has ended TLS
        {},  # no browser
    ],
)
def test_what_the_own_page_sends_is_taken(client: Client, db: None, headers: dict[str, str]) -> None:
    assert client.post("/ask/", opened(client), headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/ask/", "/conversation/", "/conversation/reply/", "/language/"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://other.testserver"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "http://testserver.elsewhere.example"},
        {"Origin": "null"},
    ],
)
def test_what_another_site_sends_is_refused(client: Client, db: None, path: str, headers: dict[str, str]) -> None:
    answer = client.post(path, opened(client), headers=headers)
    assert answer.status_code == 403
    assert "another site" in answer.content.decode()
    assert Inquiry.objects.count() == 0


def test_a_page_may_be_opened_from_anywhere(client: Client, db: None) -> None:
    assert client.get("/ask/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_every_field_of_every_page_for_askers_is_visible_or_the_token(client: Client, ask: Ask) -> None:
    pages = [client.get("/ask/"), client.get("/conversation/"), client.post("/conversation/", {"receipt": ask().receipt})]
    names = [set(re.findall(r'type="hidden" name="([^"]+)"', page.content.decode())) for page in pages]
    assert names == [{"once"}, set(), {"once", "visit"}]
