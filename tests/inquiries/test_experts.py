"""An outside expert sees an excerpt and nothing else, with a link and a code; everything else is one 404."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from inquiries import receipts
from inquiries.models import ExpertRequest, Inquiry
from inquiries.permissions import may_see_expert_request
from inquiries.sealing import CannotOpen, unwrap
from inquiries.services import asking, casebook, casework, closing, consulting, erasing, experts, holders
from inquiries.services.experts import UnableToAsk, UnableToFind, WrongCode
from keystore import services as keystore
from mailroom.models import Letter
from organisations.models import Organisation, User

Ask = Callable[..., asking.Filed]
EXCERPT = "A pump with a ceramic rotor: can it hold uranium hexafluoride?"
LINK = re.compile(r"https?://\S+/expert/([\w-]+)/")


@pytest.fixture
def today() -> date:
    return timezone.localdate()


@pytest.fixture
def filed(take_up: Ask) -> asking.Filed:
    return take_up("We make pumps in Narva. May we sell them?")


@pytest.fixture
def inquiry(filed: asking.Filed) -> Inquiry:
    return filed.inquiry


def send(inquiry: Inquiry, *, by: User, today: date, **changed: Any) -> experts.Sent:
    words = {"name": "Dr Toomas Vaher", "address": "toomas@university.example", "label": "amber+strict", "excerpt": EXCERPT}
    return experts.ask(inquiry, **{**words, **changed}, by=by, today=today)


@pytest.fixture
def sent(inquiry: Inquiry, officer: User, today: date) -> experts.Sent:
    return send(inquiry, by=officer, today=today)


def token_in(letter: EmailMultiAlternatives | None) -> str:
    assert letter
    found = LINK.search(str(letter.body))
    assert found
    return found[1]


@pytest.fixture
def token(sent: experts.Sent) -> str:
    return token_in(sent.letter)


def kinds(inquiry: Inquiry) -> list[str]:
    return [kind for kind, _on in casebook.history(inquiry)]


def other_code(code: str) -> str:
    return f"{(int(code) + 1) % 10**8:08}"


# --- the way it goes ------------------------------------------------------------------------------------------------


def test_an_expert_reads_the_excerpt_and_answers_and_the_official_reads_the_answer(
    sent: experts.Sent, token: str, inquiry: Inquiry, officer: User, today: date
) -> None:
    shown = experts.open_with_code(token, code=sent.code, today=today + timedelta(days=1))
    assert shown.excerpt == EXCERPT
    experts.answer(token, code=sent.code, text="For a while.", today=today + timedelta(days=2))
    (read,) = experts.read(casework.open_for_official(inquiry, by=officer), ExpertRequest.objects.all())
    assert (read.name, read.address, read.excerpt, read.answer) == (
        "Dr Toomas Vaher", "toomas@university.example", EXCERPT, "For a while.",
    )  # fmt: skip
    assert (read.asked.state, read.asked.read_on - today, read.asked.answered_on - today) == (
        "answered", timedelta(days=1), timedelta(days=2),
    )  # fmt: skip
    assert kinds(inquiry)[2:] == ["consult-expert", "portal-expert-reads", "portal-expert-answers"]


def test_the_letter_says_nothing_but_the_link(sent: experts.Sent, inquiry: Inquiry) -> None:
    letter = sent.letter
    assert letter
    everything = f"{letter.subject}\n{letter.body}\n{letter.alternatives}"
    for word in ("pump", "uranium", inquiry.reference, str(inquiry.pk), sent.code, "AMBER", "classification", str(sent.asked.pk)):
        assert word not in everything
    assert letter.to == ["toomas@university.example"]
    assert Letter.objects.count() == 0  # no row keeps the link


def test_it_is_in_the_history_that_an_expert_holds_it(sent: experts.Sent, today: date) -> None:
    (held,) = holders.of(Inquiry.objects.get())
    assert (held.who, held.name, held.since) == ("expert", "", today)


# --- two factors ----------------------------------------------------------------------------------------------------


def test_wrong_codes_are_counted_and_the_fifth_locks_the_link(
    sent: experts.Sent, token: str, inquiry: Inquiry, today: date
) -> None:
    left = []
    for _ in range(ExpertRequest.TRIES):
        with pytest.raises(WrongCode) as refused:
            experts.open_with_code(token, code=other_code(sent.code), today=today)
        left.append(refused.value.left)
    assert left == [4, 3, 2, 1, 0]
    with pytest.raises(UnableToFind):
        experts.open_with_code(token, code=sent.code, today=today)
    row = ExpertRequest.objects.get()
    assert (row.state, row.link_key, row.link_digest, kinds(inquiry)[-1]) == ("locked", None, None, "portal-expert-locks")


def test_a_code_that_is_right_after_wrong_ones_opens(sent: experts.Sent, token: str, today: date) -> None:
    for _ in range(ExpertRequest.TRIES - 1):
        with pytest.raises(WrongCode):
            experts.open_with_code(token, code=other_code(sent.code), today=today)
    assert experts.open_with_code(token, code=sent.code, today=today).excerpt == EXCERPT


def test_the_code_of_one_link_does_not_open_another(inquiry: Inquiry, officer: User, today: date) -> None:
    one, other = send(inquiry, by=officer, today=today), send(inquiry, by=officer, today=today)
    with pytest.raises(WrongCode):
        experts.open_with_code(token_in(one.letter), code=other.code, today=today)


def test_the_database_alone_opens_nothing(sent: experts.Sent, token: str, inquiry: Inquiry, settings: Any, today: date) -> None:
    """A thief with every row, the key store too, and even the link, but without the server's key: no code is right."""
    row = ExpertRequest.objects.get()
    stored = b"".join(bytes(value) for value in vars(row).values() if isinstance(value, memoryview | bytes))
    for clear in (EXCERPT.encode(), b"Vaher", token.encode(), sent.code.encode()):
        assert clear not in stored
    share = keystore.share_of(inquiry.pk)
    place = experts._place("expert link", row)
    assert unwrap(bytes(row.link_key), under=experts._link_secret(token, sent.code), share=share, place=place)
    settings.SERVER_KEY = bytes(32)
    with pytest.raises(CannotOpen):
        unwrap(bytes(row.link_key), under=experts._link_secret(token, sent.code), share=share, place=place)


def test_a_pass_stands_for_the_code_of_its_own_request_for_two_hours(inquiry: Inquiry, officer: User, today: date) -> None:
    one, other = (send(inquiry, by=officer, today=today) for _ in range(2))
    now = timezone.now()
    visit = experts.visit(one.asked, one.code, now=now)
    assert experts.code_of_visit(one.asked, visit, now=now + timedelta(minutes=119)) == one.code
    assert experts.code_of_visit(one.asked, visit, now=now + timedelta(minutes=121)) is None
    assert experts.code_of_visit(other.asked, visit, now=now) is None
    assert [experts.code_of_visit(one.asked, junk, now=now) for junk in ("", "x", "%%", "AAAA", "é")] == [None] * 5


# --- what an official may ------------------------------------------------------------------------------------------


def test_nothing_leaves_government_under_red(inquiry: Inquiry, officer: User, sent: experts.Sent, today: date) -> None:
    with pytest.raises(UnableToAsk):
        send(inquiry, by=officer, today=today, label="red")
    with pytest.raises(IntegrityError), transaction.atomic():
        ExpertRequest.objects.update(label="red")


def test_an_excerpt_that_names_the_case_is_refused(inquiry: Inquiry, officer: User, today: date) -> None:
    with pytest.raises(UnableToAsk):
        send(inquiry, by=officer, today=today, excerpt=f"On {inquiry.reference.lower()}: can it hold gas?")
    assert ExpertRequest.objects.count() == 0


def test_the_same_form_sent_twice_is_one_request_with_one_letter_and_the_same_code(
    inquiry: Inquiry, officer: User, today: date
) -> None:
    first = send(inquiry, by=officer, today=today, form=b"f" * 32)
    assert experts.post(first)
    second = send(inquiry, by=officer, today=today, form=b"f" * 32)
    assert experts.post(second)
    assert len(mail.outbox) == 1
    assert (second.asked, second.code, second.letter, ExpertRequest.objects.count()) == (first.asked, first.code, None, 1)
    experts.open_with_code(token_in(first.letter), code=first.code, today=today)
    with pytest.raises(UnableToAsk):  # opened: the code is shown no more
        send(inquiry, by=officer, today=today, form=b"f" * 32)


def test_until_its_letter_has_left_a_request_says_so_and_the_same_form_posts_the_same_letter(
    inquiry: Inquiry, officer: User, today: date
) -> None:
    first = send(inquiry, by=officer, today=today, form=b"f" * 32)  # and here the process dies
    assert ExpertRequest.objects.get().is_unposted
    second = send(inquiry, by=officer, today=today, form=b"f" * 32)
    assert (token_in(second.letter), second.code) == (token_in(first.letter), first.code)
    assert experts.post(second)
    assert not ExpertRequest.objects.get().is_unposted
    assert [letter.to for letter in mail.outbox] == [["toomas@university.example"]]


def test_a_letter_with_a_link_that_is_dead_meanwhile_posts_nothing_of_the_new_one(
    sent: experts.Sent, officer: User, today: date
) -> None:
    renewed = experts.renew(sent.asked, by=officer, today=today)
    assert experts.post(sent)
    assert ExpertRequest.objects.get().is_unposted
    assert experts.post(renewed)
    assert not ExpertRequest.objects.get().is_unposted


def test_a_new_link_kills_the_old_one(sent: experts.Sent, token: str, officer: User, today: date) -> None:
    for _ in range(ExpertRequest.TRIES):
        with pytest.raises(WrongCode):
            experts.open_with_code(token, code=other_code(sent.code), today=today)
    renewed = experts.renew(sent.asked, by=officer, today=today)
    with pytest.raises(UnableToFind):
        experts.open_with_code(token, code=sent.code, today=today)
    assert experts.open_with_code(token_in(renewed.letter), code=renewed.code, today=today).excerpt == EXCERPT


def test_a_withdrawn_excerpt_is_closed_at_once_even_for_who_has_it_open(
    sent: experts.Sent, token: str, officer: User, today: date
) -> None:
    experts.open_with_code(token, code=sent.code, today=today)
    experts.end(sent.asked, by=officer, today=today)
    for call in (experts.open_with_code, experts.answer):
        with pytest.raises(UnableToFind):
            call(token, code=sent.code, today=today, **({"text": "words"} if call is experts.answer else {}))
    for verb in (experts.end, experts.renew):
        with pytest.raises(UnableToAsk):
            verb(sent.asked, by=officer, today=today)


def test_a_link_ends_with_its_last_day(sent: experts.Sent, token: str, today: date) -> None:
    last = today + experts.LINK_LASTS
    assert experts.find(token, today=last)
    with pytest.raises(UnableToFind):
        experts.find(token, today=last + timedelta(days=1))


@pytest.mark.parametrize("how", ["answer", "close", "asker-closes", "erase"])
def test_the_end_of_the_case_kills_the_link(
    sent: experts.Sent, token: str, filed: asking.Filed, officer: User, today: date, how: str
) -> None:
    opened = asking.open_with_receipt(receipts.read(filed.receipt))
    if how == "answer":
        casework.answer(filed.inquiry, text="No.", by=officer, today=today)
    elif how == "close":
        casework.close(filed.inquiry, by=officer, today=today)
    elif how == "asker-closes":
        closing.close(opened=opened, today=today)
    else:
        erasing.erase(opened=opened, today=today)
    with pytest.raises(UnableToFind):
        experts.open_with_code(token, code=sent.code, today=today)
    assert ExpertRequest.objects.filter(link_key__isnull=False).count() == 0


def test_who_may_not_work_on_the_case_asks_renews_and_ends_nothing(
    sent: experts.Sent,
    inquiry: Inquiry,
    licensing_agency: Organisation,
    licensing_officer: User,
    officer: User,
    approver: User,
    today: date,
) -> None:
    consulting.ask(inquiry, agency=licensing_agency, question="?", by=officer, today=today)
    for wrong in (licensing_officer, approver):
        with pytest.raises(casework.UnableToWork):
            send(inquiry, by=wrong, today=today)
        for verb in (experts.renew, experts.end):
            with pytest.raises(casework.UnableToWork):
                verb(sent.asked, by=wrong, today=today)


def test_the_predicate_agrees_with_its_queryset(
    request: pytest.FixtureRequest, sent: experts.Sent, inquiry: Inquiry, licensing_agency: Organisation, officer: User, today: date
) -> None:
    consulting.ask(inquiry, agency=licensing_agency, question="?", by=officer, today=today)
    cast = ["officer", "approver", "supervisor", "auditor", "administrator", "editor", "licensing_officer", "signatory"]
    seeing = []
    for who in cast:
        user = request.getfixturevalue(who)
        assert may_see_expert_request(user, sent.asked) == ExpertRequest.objects.visible_to(user).exists()
        seeing += [who] if may_see_expert_request(user, sent.asked) else []
    assert seeing == ["officer", "approver", "supervisor"]


@pytest.mark.parametrize(
    "change",
    [
        {"state": "answered"},
        {"state": "withdrawn"},
        {"state": "locked"},
        {"link_key": None},
        {"answered_on": date(2026, 11, 23)},
        {"ended_on": date(2026, 11, 23)},
        {"tries_left": 0},
    ],
)
def test_the_database_refuses_a_state_without_what_belongs_to_it(sent: experts.Sent, change: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ExpertRequest.objects.update(**change)


# --- the pages ------------------------------------------------------------------------------------------------------


def test_the_expert_comes_without_cookies_types_the_code_and_answers(sent: experts.Sent, token: str, client: Client) -> None:
    page = client.get(f"/expert/{token}/")
    assert (page.status_code, b"pump" in page.content) == (200, False)
    excerpt = client.post(f"/expert/{token}/", {"code": f"{sent.code[:4]} {sent.code[4:]}"})
    assert (excerpt.status_code, EXCERPT in excerpt.content.decode()) == (200, True)
    assert "TLP:AMBER+STRICT" in excerpt.content.decode()
    visit = excerpt.context["form"]["visit"].value()
    empty = client.post(f"/expert/{token}/answer/", {"visit": visit, "text": ""})
    assert (empty.status_code, EXCERPT in empty.content.decode()) == (422, True)
    for _ in range(2):  # sent twice, it is one answer
        done = client.post(f"/expert/{token}/answer/", {"visit": visit, "text": "For a while."})
        assert (done.status_code, b"For a while" in done.content) == (200, False)
    assert client.get(f"/expert/{token}/").status_code == 200
    assert (dict(client.cookies), ExpertRequest.objects.get().state) == ({}, "answered")
    assert "no-store" in excerpt["Cache-Control"]


def test_the_expert_page_holds_nothing_of_the_case(sent: experts.Sent, token: str, client: Client, inquiry: Inquiry) -> None:
    Inquiry.objects.filter(pk=inquiry.pk).update(title="Title canary")
    page = client.post(f"/expert/{token}/", {"code": sent.code}).content.decode()
    for word in ("Narva", "canary", inquiry.reference, str(inquiry.pk), str(sent.asked.pk), "Olev", "classification"):
        assert word not in page


def test_everything_that_is_no_good_link_is_the_same_page(
    sent: experts.Sent, token: str, client: Client, officer: User, inquiry: Inquiry, today: date
) -> None:
    withdrawn = send(inquiry, by=officer, today=today)
    experts.end(withdrawn.asked, by=officer, today=today)
    old = send(inquiry, by=officer, today=today)
    ExpertRequest.objects.filter(pk=old.asked.pk).update(expires_on=today - timedelta(days=1))
    for _ in range(ExpertRequest.TRIES):
        last = client.post(f"/expert/{token}/", {"code": other_code(sent.code)})
    tokens = [token, token_in(withdrawn.letter), token_in(old.letter), "never", token[:-1], "x" * 500, "é", "%00"]
    pages = [client.get(f"/expert/{each}/") for each in tokens]
    pages += [client.post(f"/expert/{each}/", {"code": sent.code}) for each in tokens]
    pages += [client.post(f"/expert/{each}/answer/", {"text": "words", "visit": "x"}) for each in tokens]
    assert {page.status_code for page in [last, *pages]} == {404}
    # The page names its own address (the language switch leads back to it) and nothing else that differs.
    bare = {re.sub(rb'(next" value="|/expert/)[^"]*', b"", page.content) for page in [last, *pages]}
    assert len(bare) == 1


@pytest.mark.parametrize("code", ["", "1234567", "123456789", "abcdefgh", "1234567١", "x" * 100])
def test_what_is_no_code_costs_no_try(sent: experts.Sent, token: str, client: Client, code: str) -> None:
    assert client.post(f"/expert/{token}/", {"code": code}).status_code == 422
    assert ExpertRequest.objects.get().tries_left == ExpertRequest.TRIES


def test_a_wrong_code_is_said_with_how_many_are_left(sent: experts.Sent, token: str, client: Client) -> None:
    page = client.post(f"/expert/{token}/", {"code": other_code(sent.code)})
    assert (page.status_code, b"You may try 4 more times" in page.content) == (422, True)


def test_what_was_typed_outlives_the_visit(sent: experts.Sent, token: str, client: Client) -> None:
    client.post(f"/expert/{token}/", {"code": sent.code})
    late = client.post(f"/expert/{token}/answer/", {"visit": "forged", "text": "My careful words"})
    assert (late.status_code, b"My careful words" in late.content) == (422, True)
    again = client.post(f"/expert/{token}/", {"code": sent.code, "text": "My careful words"})
    assert again.context["form"]["text"].value() == "My careful words"


def test_another_site_can_not_answer_for_the_expert(sent: experts.Sent, token: str, client: Client) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert client.post(f"/expert/{token}/", {"code": sent.code}, headers=headers).status_code == 403
