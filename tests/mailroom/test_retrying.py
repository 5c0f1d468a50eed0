"""What failed is queued again on a person's word, and nothing else is."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest

from mailroom import figures
from mailroom.models import Envelope, Letter, State, in_words
from mailroom.services import retrying
from mailroom.services.delivery import claim
from tests.mailroom.conftest import Write

pytestmark = pytest.mark.django_db


def fail(letter: Letter, *addresses: str, error: str = "smtp-550") -> None:
    failed = letter.envelopes.filter(address__in=addresses)
    failed.update(state=State.FAILED, attempts=16, next_attempt_at=None, last_error=error)


def states(letter: Letter) -> dict[str, str]:
    return dict(letter.envelopes.values_list("address", "state"))


def test_all_that_failed_goes_again_and_nothing_else(write: Write, now: datetime) -> None:
    letter, other = write("a@x.example", "b@x.example", "c@x.example", "d@x.example"), write("a@x.example", source="test:2")
    fail(letter, "a@x.example", "b@x.example")
    fail(other, "a@x.example")
    letter.envelopes.filter(address="c@x.example").update(state=State.SENT, sent_at=now, next_attempt_at=None)
    letter.envelopes.filter(address="d@x.example").update(state=State.CANCELLED, next_attempt_at=None)
    later = now + timedelta(hours=1)
    assert retrying.retry(source="test:1", now=later) == 2
    assert states(letter) == {"a@x.example": "queued", "b@x.example": "queued", "c@x.example": "sent", "d@x.example": "cancelled"}
    assert states(other) == {"a@x.example": "failed"}
    again = Envelope.objects.get(letter=letter, address="a@x.example")
    assert (again.attempts, again.next_attempt_at, again.last_error) == (0, later, "smtp-550")
    assert retrying.retry(source="test:1", now=later) == 0


def test_one_that_failed_goes_again_alone(write: Write, now: datetime) -> None:
    letter = write("a@x.example", "b@x.example")
    fail(letter, "a@x.example", "b@x.example")
    one = letter.envelopes.get(address="b@x.example")
    assert retrying.retry(source="test:2", now=now, envelope=one.pk) == 0  # it is of another source
    assert retrying.retry(source="test:1", now=now, envelope=uuid.uuid4()) == 0
    assert retrying.retry(source="test:1", now=now, envelope=one.pk) == 1
    assert states(letter) == {"a@x.example": "failed", "b@x.example": "queued"}
    assert [each.address for each in claim(worker="w", limit=9, now=now, lease=timedelta(minutes=1))] == ["b@x.example"]


def test_what_fails_is_told_by_domain_and_reason(write: Write, now: datetime) -> None:
    letter = write("a@X.example", "b@x.example", "c@y.example", "d@y.example", "e@z.example")
    fail(letter, "a@X.example")
    letter.envelopes.filter(address="b@x.example").update(last_error="smtp-550")
    letter.envelopes.filter(address="c@y.example").update(last_error="connection-lost")
    old = write("f@x.example", source="test:2", now=now - timedelta(days=8))
    fail(old, "f@x.example")
    assert figures.troubles(now) == [
        figures.Trouble("x.example", "The mail server refused it (550).", waiting=1, failed=1),
        figures.Trouble("y.example", "The mail server hung up.", waiting=1, failed=0),
    ]


def test_a_source_counts_as_delivered_from_its_first_copy_on(write: Write, now: datetime) -> None:
    letter = write("a@x.example", "b@x.example")
    write("a@x.example", source="test:2")
    assert figures.sources_delivered(["test:1", "test:2"]) == set()
    letter.envelopes.filter(address="a@x.example").update(state=State.SENT, sent_at=now, next_attempt_at=None)
    assert figures.sources_delivered(["test:1", "test:2"]) == {"test:1"}
    assert figures.sources_delivered(["test:2"]) == set()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("", ""),
        ("smtp-550", "The mail server refused it (550)."),
        ("smtp-451", "The mail server put it off (451)."),
        ("stopped", "Its reader wants none."),
        ("something-new", "something-new"),
    ],
)
def test_what_happened_is_told_in_words(error: str, words: str) -> None:
    assert in_words(error) == words
