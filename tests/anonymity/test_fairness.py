"""Many at once: everybody gets a receipt that works, and nobody's wrong guesses are another's delay."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event

import pytest

from inquiries import receipts
from inquiries.models import Inquiry
from inquiries.services import asking
from tests.anonymity.visitors import Answer, Stage, Visitor

CONVERSATION = "/api/v1/inquiries/conversation/"


def erased(stage: Stage) -> str:
    """A receipt that was right once."""
    receipt = Visitor(stage).ask().receipt
    Inquiry.objects.all().delete()
    return receipt


@pytest.mark.parametrize("number", [2, 8, 32])
def test_all_who_ask_at_once_get_a_receipt_that_works(stage: Stage, number: int) -> None:
    def ask(_number: int) -> Visitor:
        visitor = Visitor(stage)
        visitor.canary.receipt = visitor.ask().receipt
        return visitor

    with ThreadPoolExecutor(number) as askers:
        visitors = list(askers.map(ask, range(number)))
        pages = list(askers.map(lambda visitor: visitor.come_back(visitor.canary.receipt), visitors))
    assert [page.status for page in pages] == [200] * number
    assert all(visitor.canary.words in page.page for visitor, page in zip(visitors, pages, strict=True))
    assert Inquiry.objects.count() == number


def test_one_form_sent_by_many_hands_at_once_makes_one_inquiry(stage: Stage) -> None:
    visitor = Visitor(stage)
    form = {**visitor.get("/ask/").hidden, "topic": "other", "text": visitor.canary.words}
    with ThreadPoolExecutor(8) as hands:
        answers = list(hands.map(lambda _hand: visitor.post("/ask/", form), range(8)))
    assert ({answer.status for answer in answers}, len({answer.receipt for answer in answers})) == ({200}, 1)
    assert Inquiry.objects.count() == 1


def test_wrong_receipts_keep_nobody_waiting_who_has_the_right_one(stage: Stage) -> None:
    """Counted, not timed: while four hands try a hundred wrong ones, somebody else goes on opening the right one."""
    visitor = Visitor(stage)
    receipt = visitor.ask().receipt
    done = Event()

    def opened_meanwhile() -> list[int]:
        statuses = []
        while not done.is_set():
            statuses.append(Visitor(stage).come_back(receipt).status)
        return statuses

    with ThreadPoolExecutor(5) as hands:
        other = hands.submit(opened_meanwhile)
        wrong = [receipts.write(bytes([number]) * receipts.SECRET_BYTES) for number in range(100)]
        statuses = list(hands.map(lambda words: visitor.post("/conversation/", {"receipt": words}).status, wrong))
        done.set()
        opened = other.result()
    assert statuses == [422] * 100
    assert set(opened) == {200}
    assert len(opened) >= 5
    assert visitor.come_back(receipt).status == 200


def without_date(answer: Answer) -> list[tuple[str, str]]:
    """All headers but those two that say when the answer was made."""
    return [(name, value) for name, value in answer.headers.items() if name not in ("Date", "Expires")]


def test_a_receipt_that_was_never_given_and_one_that_was_erased_get_the_same_page(stage: Stage) -> None:
    typed = [erased(stage), receipts.write(bytes(range(14)))]
    answers = [Visitor(stage).come_back(words) for words in typed]
    pages = {re.sub(re.escape(words), "", answer.page) for words, answer in zip(typed, answers, strict=True)}
    assert ([answer.status for answer in answers], len(pages)) == ([422, 422], 1)
    assert without_date(answers[0]) == without_date(answers[1])


def test_calls_with_such_receipts_get_the_same_bytes(stage: Stage) -> None:
    typed = [erased(stage), receipts.write(bytes(range(14))), receipts.write(bytes(14))]
    for body in (None, {"text": "And this?"}):
        answers = [Visitor(stage).call(CONVERSATION, body, Authorization=f"Receipt {words}") for words in typed]
        assert {(answer.status, answer.page, tuple(without_date(answer))) for answer in answers} == {
            (401, answers[0].page, tuple(without_date(answers[0])))
        }


# --- time -----------------------------------------------------------------------------------------------------------


def timed(*tries: Callable[[], object], rounds: int, clock: Callable[[], float]) -> list[float]:
    """The lower quartile of several things done in turns: what else the machine does meets all alike, and shows above it."""
    took: list[list[float]] = [[] for _ in tries]
    for _ in range(rounds):
        for each, attempt in zip(took, tries, strict=True):
            began = clock()
            attempt()
            each.append(clock() - began)
    return [statistics.quantiles(each, n=4)[0] for each in took]


def opens(words: str) -> bool:
    try:
        asking.open_with_receipt(receipts.read(words))
    except asking.UnableToReturn:
        return False
    return True


def test_a_wrong_receipt_costs_the_work_of_a_right_one(stage: Stage) -> None:
    """What tells them apart is looked for where nothing else is measured: in the check itself, by the time of the processor."""
    wrong, right = receipts.write(bytes(range(14))), Visitor(stage).ask().receipt
    assert (opens(wrong), opens(right)) == (False, True)
    took = timed(lambda: opens(right), lambda: opens(wrong), rounds=300, clock=time.process_time)
    assert max(took) < 1.3 * min(took)


def test_a_receipt_that_was_erased_is_refused_as_quickly_as_one_that_was_never_given(stage: Stage) -> None:
    typed = [erased(stage), receipts.write(bytes(range(14))), receipts.write(bytes(14))]
    for path in ("/conversation/", CONVERSATION):
        tries = [
            partial(Visitor(stage).post, path, {"receipt": words})
            if path == "/conversation/"
            else partial(Visitor(stage).call, path, Authorization=f"Receipt {words}")
            for words in typed
        ]
        took = timed(*tries, rounds=60, clock=time.perf_counter)
        assert max(took) < 1.3 * min(took), path


def test_the_comparison_of_times_can_fail() -> None:
    took = timed(lambda: time.sleep(0.002), lambda: time.sleep(0.003), rounds=20, clock=time.perf_counter)
    assert max(took) > 1.3 * min(took)


def test_a_hundred_wrong_receipts_leave_the_next_visitor_as_quick_as_before(stage: Stage) -> None:
    receipt = Visitor(stage).ask().receipt
    (before,) = timed(lambda: Visitor(stage).come_back(receipt), rounds=30, clock=time.perf_counter)
    wrong = [receipts.write(bytes([number]) * receipts.SECRET_BYTES) for number in range(100)]
    with ThreadPoolExecutor(8) as hands:
        statuses = set(hands.map(lambda words: Visitor(stage).come_back(words).status, wrong))
    (after,) = timed(lambda: Visitor(stage).come_back(receipt), rounds=30, clock=time.perf_counter)
    assert statuses == {422}
    assert after < 2 * before
