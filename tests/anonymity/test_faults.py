"""Without Redis, without a worker and without a mail server: people ask, officials answer, and letters wait."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from inquiries.models import Inquiry
from inquiries.services.digest import post_digest
from mailroom.models import Envelope
from mailroom.services.delivery import deliver, new_worker
from organisations.models import User
from tests.anonymity.visitors import Official, Stage, Visitor
from tests.conftest import SignIn
from tests.mailroom.sink import listening
from tests.processes import web

NOWHERE = 1  # a port on which nobody listens
DAY = date(2026, 11, 23)


@pytest.fixture
def alone(transactional_db: None, tmp_path: Path) -> Iterator[Stage]:
    """A portal that reaches its database and nothing else."""
    with web(tmp_path, REDIS_URL=f"redis://localhost:{NOWHERE}/0", EMAIL_URL=f"smtp://localhost:{NOWHERE}") as server:
        yield Stage(server, tmp_path)


@pytest.mark.usefixtures("one_official_answers")
def test_people_ask_and_officials_answer_all_the_same(alone: Stage, officer: User, signed_in: SignIn) -> None:
    state = Visitor(alone).get("/readyz")
    assert (state.status, json.loads(state.page)["queue"]) == (503, "unusable")  # the fault is there
    visitor, official = Visitor(alone), Official(alone, signed_in(officer), officer)
    assert [answer.status for answer in visitor.walk()] == [200, 200, 200]
    case = f"/desk/inquiries/{Inquiry.objects.get().pk}/"
    for path, said in (("", {}), ("take/", {"x": ""}), ("note/", {"text": "A note.", "readers": "all"})):
        answer = official.post(case + path, said) if said else official.get(case)
        assert answer.status == 200, path
    sent = official.post(f"{case}answer/", {"text": "You may.", "seen": "2", "revision": "0"})
    assert "You may." in visitor.come_back(visitor.canary.receipt).page, sent.page
    assert official.call(f"/api/v1{case}").status == 200
    assert official.get("/desk/inquiries/?queue=all").status == 200


def test_the_days_letter_waits_for_a_mail_server(transactional_db: None, officer: User) -> None:
    """It is a row: the clock's call is not lost with the server that would not take it."""
    post_digest(today=DAY)
    with listening() as sink:
        relay = sink.relay
    deliver(worker=new_worker(), relay=relay, clock=lambda: datetime(2026, 11, 23, 12, tzinfo=UTC))
    assert Envelope.objects.get().state != "sent"
    with listening() as sink:
        deliver(worker=new_worker(), relay=sink.relay, clock=lambda: datetime(2026, 11, 24, 12, tzinfo=UTC))
        assert [address for address, _content in sink.received] == [officer.email]
