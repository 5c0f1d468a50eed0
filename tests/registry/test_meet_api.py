# ruff: noqa: F811  fixtures of other files are named again where they are used
"""Introductions and invitations by a firm's own program: the rights, refusals and ledger of the pages; nothing is signed."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from organisations.models import Scope, User
from registry.models import Entry, Introduction, Invited, Look, NoOutreach, OutreachMessage
from registry.services import agreements, introducing
from tests.registry.conftest import Agree, MakeEntry
from tests.registry.test_introductions import NAMED, WORDS, answer, ask, asked, asker, editor_of, ref_of  # noqa: F401  fixtures
from tests.registry.test_outreach import REACHABLE, Write, send, write  # noqa: F401  a fixture
from tests.registry.test_own_api import token

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "disclosed"])
API = "/api/v1/registry/"
MEETINGS, INVITATIONS, SUGGESTED = "introductions/", "outreach/", "introductions/suggested/"
NOBODYS = uuid.UUID(int=0)
Call = Callable[..., Any]
EACH: list[tuple[str, str, Any]] = [
    (MEETINGS, "get", None),
    (MEETINGS, "post", {"ref": str(NOBODYS), "words": WORDS}),
    (f"{MEETINGS}{NOBODYS}/", "get", None),
    (f"{MEETINGS}{NOBODYS}/answer/", "post", {"answer": "yes"}),
    (f"{MEETINGS}{NOBODYS}/take-back/", "post", {}),
    (f"{MEETINGS}{NOBODYS}/messages/", "post", {"text": "Good day."}),
    (SUGGESTED, "get", None),
    (f"{SUGGESTED}{NOBODYS}/", "get", None),
    (f"{SUGGESTED}{NOBODYS}/decline/", "post", {}),
    (INVITATIONS, "get", None),
    (f"{INVITATIONS}{NOBODYS}/", "get", None),
    (f"{INVITATIONS}{NOBODYS}/messages/", "post", {"text": "We come."}),
    (f"{INVITATIONS}{NOBODYS}/choice/", "put", {"wants_more": False}),
]


@pytest.fixture(autouse=True)
def nobody_has_called_yet() -> None:
    cache.clear()


@pytest.fixture
def call() -> Call:
    """Calls as the program of `who`."""

    def send_it(who: User, path: str, body: Any = None, *, method: str = "", scope: Scope = Scope.REGISTRY_MEET) -> Any:
        verb = method or ("get" if body is None else "post")
        sent = {} if body is None else {"data": body, "content_type": "application/json"}
        return getattr(Client(), verb)(API + path, headers={"Authorization": f"Bearer {token(who, scope)}"}, **sent)

    return send_it


@pytest.mark.parametrize(("path", "method", "body"), EACH)
def test_only_a_token_for_it_of_who_acts_for_a_firm_comes_in(
    call: Call, entry_editor: User, entry: Entry, path: str, method: str, body: Any
) -> None:
    assert call(entry_editor, path, body, method=method, scope=Scope.REGISTRY_ENTRY).status_code == 403
    assert getattr(Client(), method)(API + path, body, "application/json").status_code == 401
    expected = 200 if path in (MEETINGS, INVITATIONS, SUGGESTED) and body is None else 404
    assert call(entry_editor, path, body, method=method).status_code == expected
    unknown = call(entry_editor, f"{path}?colour=blue", body, method=method)
    assert (unknown.status_code, "parameters" in unknown.json()["errors"]) == (400, True)


def test_two_programs_introduce_their_firms_and_both_ledgers_have_it(call: Call, asker: Entry, asked: Entry) -> None:
    one, two = editor_of(asker), editor_of(asked)
    made = call(one, MEETINGS, {"ref": str(ref_of(asked)), "words": WORDS})
    assert (made.status_code, made.json()["state"], made.json()["side"]) == (201, "waiting", "asker")
    assert Look.objects.at(asked.pk).get().kind == "one"
    here = f"{MEETINGS}{made.json()['id']}/"
    before = call(two, here).json()
    assert (before["state"], before["other_name"], before["messages"]) == ("to-answer", "", [])
    assert "Baltic" not in str(before)
    assert call(one, f"{here}answer/", {"answer": "yes"}).status_code == 403
    assert call(one, f"{here}messages/", {"text": "Good day."}).status_code == 409
    assert call(two, f"{here}answer/", {"answer": "yes"}).json()["state"] == "introduced"
    assert call(two, f"{here}answer/", {"answer": "no"}).status_code == 409
    for _twice in range(2):
        thread = call(two, f"{here}messages/", {"text": "Good day."})
    assert [(each["side"], each["text"]) for each in thread.json()["messages"]] == [("asked", "Good day.")]
    seen = call(one, here).json()
    assert (seen["other_name"], len(seen["messages"])) == ("Vaike Sild OÜ", 1)
    for entry in (asker, asked):
        assert Look.objects.at(entry.pk).filter(reason=introducing.REASON).count() == 1
    assert call(one, f"{here}take-back/", {}).status_code == 409


def test_words_that_tell_who_asks_are_sent_only_if_it_is_meant(call: Call, asker: Entry, asked: Entry) -> None:
    said = {"ref": str(ref_of(asked)), "words": "Baltic Photonics seeks partners"}
    refused = call(editor_of(asker), MEETINGS, said)
    assert (refused.status_code, set(refused.json()["errors"])) == (400, {"words"})
    assert not Look.objects.exists()
    assert call(editor_of(asker), MEETINGS, said | {"anyway": True}).status_code == 201
    again = call(editor_of(asker), MEETINGS, said | {"anyway": True})
    assert (again.status_code, again.json()["detail"]) == (409, "The same two can be introduced once a year.")


def test_nobody_is_introduced_to_oneself_or_to_who_is_not_listed(call: Call, asker: Entry, make_entry: MakeEntry) -> None:
    own = call(editor_of(asker), MEETINGS, {"ref": str(ref_of(asker)), "words": WORDS})
    assert (own.status_code, "your own entry" in own.json()["detail"]) == (409, True)
    unlisted = make_entry(legal_name="Hidden OÜ")
    assert call(editor_of(asker), MEETINGS, {"ref": str(ref_of(unlisted)), "words": WORDS}).status_code == 404
    assert call(editor_of(unlisted), MEETINGS, {"ref": str(ref_of(asker)), "words": WORDS}).status_code == 404
    assert not Introduction.objects.exists()


def test_a_no_looks_like_no_answer_to_who_asked(call: Call, asker: Entry, asked: Entry, now: datetime) -> None:
    found = ask(asker, asked, now)
    addresses = [MEETINGS, f"{MEETINGS}{found.pk}/"]
    before = [call(editor_of(asker), path).content for path in addresses]
    answer(found, now, says_yes=False)
    assert [call(editor_of(asker), path).content for path in addresses] == before
    assert call(editor_of(asked), addresses[1]).json()["other"] is None


def test_with_a_withdrawal_the_name_and_the_thread_are_gone(
    call: Call,
    asker: Entry,
    asked: Entry,
    now: datetime,
    signatory: User,
) -> None:
    found = answer(ask(asker, asked, now), now)
    introducing.write(introduction=found, text="Good day.", by=editor_of(asked), today=now.date(), now=now)
    agreements.withdraw(entry=asker, by=signatory, now=now)
    told = call(editor_of(asked), f"{MEETINGS}{found.pk}/").json()
    assert (told["state"], told["other"], told["other_name"], told["messages"]) == ("ended", None, "", [])


def test_a_stranger_to_an_introduction_does_not_find_it(
    call: Call,
    asker: Entry,
    asked: Entry,
    make_entry: MakeEntry,
    now: datetime,
) -> None:
    found, stranger = ask(asker, asked, now), editor_of(make_entry(legal_name="Other OÜ"))
    assert call(stranger, f"{MEETINGS}{found.pk}/").status_code == 404
    assert call(stranger, f"{MEETINGS}{found.pk}/answer/", {"answer": "yes"}).status_code == 404
    assert call(stranger, MEETINGS).json()["results"] == []
    assert Introduction.objects.get().state == "open"


@pytest.mark.parametrize(
    ("body", "wrong"),
    [({}, {"ref", "words"}), ({"ref": "x", "words": WORDS}, {"ref"}), ({"ref": str(NOBODYS), "words": "x" * 501}, {"words"})],
)
def test_a_wrong_wish_is_refused_by_its_fields(call: Call, entry_editor: User, entry: Entry, body: Any, wrong: set[str]) -> None:
    answered = call(entry_editor, MEETINGS, body)
    assert (answered.status_code, set(answered.json()["errors"])) == (400, wrong)


# --- invitations of agencies ----------------------------------------------------------------------------------------


@pytest.fixture
def invited(entry: Entry, agree: Agree, write: Write, officer: User, now: datetime) -> Invited:
    agree(entry, REACHABLE)
    send(write(), officer, now)
    return Invited.objects.get()


def test_a_program_reads_answers_and_chooses(call: Call, entry_editor: User, invited: Invited) -> None:
    [row] = call(entry_editor, INVITATIONS).json()["results"]
    assert (row["subject"], row["last_side"]) == ("Workshop on sensors", "")
    here = f"{INVITATIONS}{row['id']}/"
    for _twice in range(2):
        written = call(entry_editor, f"{here}messages/", {"text": "Two of us come."})
    assert (written.status_code, [each["text"] for each in written.json()["messages"]]) == (201, ["Two of us come."])
    assert OutreachMessage.objects.get().by == entry_editor
    assert call(entry_editor, f"{here}choice/", {"wants_more": False}, method="put").json() == {"wants_more": False}
    assert NoOutreach.objects.get().entry_id == invited.entry_id
    assert call(entry_editor, here).json()["wants_more"] is False
    assert call(entry_editor, f"{here}choice/", {"wants_more": True}, method="put").status_code == 200
    assert not NoOutreach.objects.exists()


def test_another_firm_does_not_find_the_invitation(call: Call, invited: Invited, make_entry: MakeEntry) -> None:
    stranger = editor_of(make_entry(legal_name="Other OÜ"))
    here = f"{INVITATIONS}{invited.outreach_id}/"
    assert call(stranger, here).status_code == 404
    assert call(stranger, f"{here}messages/", {"text": "Us too."}).status_code == 404
    assert not OutreachMessage.objects.exists()


def test_lists_cost_the_same_queries_for_one_and_three(
    call: Call,
    asker: Entry,
    make_entry: MakeEntry,
    agree: Agree,
    now: datetime,
    django_assert_max_num_queries: Any,
) -> None:
    costs = []
    for number in (1, 3):
        while Introduction.objects.count() < number:
            other = make_entry(legal_name=f"Other {Introduction.objects.count()} OÜ")
            agree(other, NAMED)
            ask(asker, other, now, today=date(2026, 1, 1))
        secret = {"Authorization": f"Bearer {token(editor_of(asker), Scope.REGISTRY_MEET)}"}
        with django_assert_max_num_queries(8) as asked_of:
            assert len(Client().get(API + MEETINGS, headers=secret).json()["results"]) == number
        costs.append(len(asked_of))
    assert costs[0] == costs[1]
