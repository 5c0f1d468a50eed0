"""The only mail that inquiries cause is the same every business day, whatever happened, and no event sends any."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from inquiries.permissions import may_see_queues
from inquiries.querysets import officials_with_queues
from inquiries.services import asking, casework
from inquiries.services.digest import post_digest
from mailroom.models import Envelope, Letter
from mailroom.services.delivery import deliver, new_worker
from organisations.models import Function, Kind, Organisation, Role, User
from portal.celery import app
from tests.conftest import member
from tests.mailroom.sink import Sink, listening

Ask = Callable[..., asking.Filed]
DAY = timedelta(days=1)


@pytest.fixture
def sink() -> Iterator[Sink]:
    with listening() as sink:
        yield sink


def sent(sink: Sink, today: date) -> list[tuple[str, bytes]]:
    """What leaves on a day, as the mail server gets it."""
    sink.received.clear()
    post_digest(today=today)
    deliver(worker=new_worker(), relay=sink.relay, clock=lambda: datetime.combine(today, datetime.max.time(), tzinfo=UTC))
    return sorted(sink.received)


@pytest.mark.django_db(transaction=True)
def test_the_mail_is_of_the_same_size_whatever_happened(ask: Ask, officer: User, sink: Sink, today: date) -> None:
    quiet = sent(sink, today)
    for number in range(5):
        filed = ask("x" * 1000 * number)
        casework.take(filed.inquiry, by=officer, today=today + DAY)
    busy = sent(sink, today + DAY)
    assert [address for address, _content in quiet] == [officer.email]
    assert [(address, len(content)) for address, content in quiet] == [(address, len(content)) for address, content in busy]


def test_the_words_are_the_same_whatever_happened(ask: Ask, officer: User, today: date) -> None:
    letters = [post_digest(today=today)]
    ask()
    letters.append(post_digest(today=today + DAY))
    assert {(letter.subject, letter.text, letter.html) for letter in letters if letter} == {
        (letters[0].subject, letters[0].text, letters[0].html) if letters[0] else None
    }
    assert [letter.created_at.astimezone().minute for letter in letters if letter] == [0, 0]


def test_nothing_that_happens_to_an_inquiry_writes_a_letter(ask: Ask, officer: User, today: date) -> None:
    filed = ask()
    casework.take(filed.inquiry, by=officer, today=today)
    casework.answer(filed.inquiry, text="Yes.", by=officer, today=today)
    opened = asking.open_with_receipt(asking.receipts.read(filed.receipt))
    asking.write_again(opened=opened, text="And this?", today=today)
    assert Letter.objects.count() == 0


def test_a_day_has_one_letter_however_often_the_clock_calls(officer: User, today: date) -> None:
    assert post_digest(today=today)
    assert post_digest(today=today) is None
    assert (Letter.objects.count(), Envelope.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_two_clocks_at_once_write_one_letter(officer: User, today: date) -> None:
    def call(_number: int) -> Letter | None:
        try:
            return post_digest(today=today)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as clocks:
        written = list(clocks.map(call, range(4)))
    assert len([letter for letter in written if letter]) == Letter.objects.count() == 1


@pytest.mark.parametrize("day", [date(2026, 11, 21), date(2026, 11, 22), date(2026, 12, 25)])
def test_no_letter_comes_on_a_day_of_rest(officer: User, day: date) -> None:
    assert post_digest(today=day) is None
    assert Letter.objects.count() == 0


def test_it_goes_to_all_who_see_queues_and_to_nobody_else(
    officer: User, supervisor: User, auditor: User, editor: User, administrator: User, licensing_officer: User, signatory: User,
    focal_point: Organisation, today: date,
) -> None:  # fmt: skip
    gone = member(focal_point, "Gerda Gone", Role.TRIAGE)
    gone.is_active = False
    gone.save(update_fields=["is_active"])
    second_agency = Organisation.objects.create(kind=Kind.AGENCY, name="Second", functions=[Function.POLICY])
    officer.memberships.create(organisation=second_agency, role=Role.TRIAGE)
    post_digest(today=today)
    addressed = sorted(Envelope.objects.values_list("address", flat=True))
    assert addressed == sorted([officer.email, supervisor.email, licensing_officer.email])
    assert addressed == sorted(user.email for user in User.objects.all() if may_see_queues(user))
    assert set(officials_with_queues()) == {officer, supervisor, licensing_officer}


def test_the_clock_calls_at_the_fixed_hour_of_the_portals_own_time(settings: object) -> None:
    entry = app.conf.beat_schedule["bid officials look at their queues"]
    assert (entry["task"], entry["schedule"].hour, entry["schedule"].minute) == ("inquiries.tasks.post_digest", {8}, {0})
    assert str(app.timezone) == "Europe/Tallinn"
