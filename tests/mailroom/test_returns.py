"""What follows when mail comes back: once for each copy, for lists alone, and never because a stranger says so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from mailroom import figures, marks, services
from mailroom.models import Envelope, Letter, Reason, Report, ReportKind, State, Suppression
from mailroom.services import returns, suppressing
from mailroom.services.delivery import deliver, new_worker
from mailroom.services.returns import Taken
from tests.mailroom.conftest import Write
from tests.mailroom.messages import Said, complaint, delivery_report, letter
from tests.mailroom.sink import Sink

pytestmark = pytest.mark.django_db
LIST = "advisories.portal.example"
GONE = "gone@firm.example"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def bounce_address(settings: Any) -> None:
    settings.BOUNCE_ADDRESS = "bounces@portal.example"


@pytest.fixture
def sent(write: Write, now: datetime) -> Callable[..., Envelope]:
    """A copy that has left, so many days ago."""

    def sent(address: str = GONE, *, days_ago: int = 0, **changes: Any) -> Envelope:
        at = now - days_ago * DAY
        envelope = write(address, **({"list_id": LIST, "now": at} | changes)).envelopes.get()
        Envelope.objects.filter(pk=envelope.pk).update(state=State.SENT, sent_at=at, next_attempt_at=None)
        envelope.refresh_from_db()
        return envelope

    return sent


def back(envelope: Envelope) -> str:
    return returns.return_path(envelope.pk)


def report(envelope: Envelope, now: datetime, **said: str) -> Taken:
    return returns.take(delivery_report(back(envelope), Said(envelope.address, **said)), now=now)


def stopped() -> list[tuple[str, str, str, str]]:
    rows = Suppression.objects.in_force().order_by("address", "list_id")
    return [(each.address, each.list_id, each.reason, each.status) for each in rows]


# --- the address to which it comes back -----------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_each_copy_leaves_under_an_address_of_its_own_which_stands_nowhere_in_it(sink: Sink, write: Write, now: datetime) -> None:
    write("a@firm.example", "b@firm.example", list_id=LIST, stop_address="https://portal.example/stop/")
    deliver(worker=new_worker(), relay=sink.relay, clock=lambda: now)
    for envelope in Envelope.objects.all():
        assert sink.senders[envelope.address] == back(envelope)
        (message,) = sink.messages(envelope.address)
        assert marks.found_in(back(envelope))[0] not in message.as_string()
    assert len(set(sink.senders.values())) == 2


@pytest.mark.django_db(transaction=True)
def test_without_a_bounce_address_mail_leaves_under_the_portals_own(sink: Sink, write: Write, now: datetime, settings: Any) -> None:
    settings.BOUNCE_ADDRESS = ""
    write("a@firm.example")
    deliver(worker=new_worker(), relay=sink.relay, clock=lambda: now)
    assert sink.senders == {"a@firm.example": "focalpoint@portal.example"}


def test_who_knows_the_envelope_and_the_token_can_make_no_mark(sent: Callable[..., Envelope], now: datetime, settings: Any) -> None:
    """Both stand in what the reader forwards: the Message-ID and the address that stops the list."""
    envelope = sent()
    key = settings.SECRET_KEY
    settings.SECRET_KEY = "another"
    forged = back(envelope)
    settings.SECRET_KEY = key
    tries = [forged, f"bounces+{envelope.id.hex}@portal.example", f"bounces+{envelope.token}@portal.example"]
    found = {returns.take(delivery_report(each, Said(GONE)), now=now, sent_to=[each]) for each in tries}
    assert found == {Taken.UNKNOWN}
    assert not Report.objects.exists()
    assert stopped() == []


# --- what comes back ------------------------------------------------------------------------------------------------


def test_a_mailbox_that_is_gone_gets_no_list_any_more(sent: Callable[..., Envelope], now: datetime) -> None:
    envelope = sent()
    assert report(envelope, now) is Taken.RECORDED
    assert stopped() == [(GONE, "", "gone", "5.1.1")]
    envelope.refresh_from_db()
    assert (envelope.state, envelope.sent_at) == (State.SENT, now)  # that it left remains true, and workers alone write here
    totals = figures.totals("test:1")
    assert (totals.sent, totals.returned, totals.delivered, totals.is_whole) == (1, 1, 0, True)
    assert Suppression.objects.get().status_in_words == "The mailbox does not exist"


def test_nothing_of_a_report_is_kept_but_what_it_means(sent: Callable[..., Envelope], now: datetime) -> None:
    assert {field.name for field in Report._meta.get_fields()} == {"id", "envelope", "kind", "status", "on"}
    report(sent(), now, diagnosis="smtp; 550 5.1.1 secret words")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM mailroom_report AS row WHERE row::text LIKE '%secret%'")
        assert cursor.fetchone() == (0,)


def test_the_second_report_of_a_copy_changes_nothing(sent: Callable[..., Envelope], now: datetime) -> None:
    envelope = sent()
    assert report(envelope, now, status="4.4.7") is Taken.RECORDED
    assert report(envelope, now) is Taken.NOTHING
    assert [(each.kind, each.status) for each in Report.objects.all()] == [("soft", "4.4.7")]
    assert stopped() == []


def test_an_old_report_sent_again_after_the_desk_let_mail_go_changes_nothing(sent: Callable[..., Envelope], now: datetime) -> None:
    envelope, other = sent(), sent(source="test:2")
    report(envelope, now)
    suppressing.lift(Suppression.objects.get(), because="Mended", by="Edda Editor", now=now + DAY)
    assert report(envelope, now + 2 * DAY) is Taken.NOTHING
    assert report(other, now + 2 * DAY) is Taken.RECORDED  # known now, and older than what the desk knew
    assert stopped() == []
    after = sent(days_ago=-2, source="test:3")
    report(after, now + 3 * DAY)
    assert stopped() == [(GONE, "", "gone", "5.1.1")]


def test_a_report_that_comes_after_all_servers_gave_up_is_not_believed(sent: Callable[..., Envelope], now: datetime) -> None:
    assert report(sent(days_ago=15), now) is Taken.NOTHING
    assert not Report.objects.exists()
    assert report(sent(days_ago=14, source="test:2"), now) is Taken.RECORDED


def test_of_an_unknown_or_forgotten_envelope_nothing_is_recorded(sent: Callable[..., Envelope], now: datetime) -> None:
    path = back(sent(purpose="old"))
    services.forget(purpose="old", before=now + DAY)
    for address in (path, returns.return_path(uuid4()), "bounces@portal.example"):
        assert returns.take(delivery_report(address, Said(GONE)), now=now) is Taken.UNKNOWN
    assert returns.take(letter(path, "I am away.", From=GONE), now=now) is Taken.NOT_UNDERSTOOD
    assert not Report.objects.exists()


@pytest.mark.parametrize(("action", "status"), [("delayed", "4.4.1"), ("delivered", "2.0.0"), ("relayed", "2.0.0")])
def test_a_delay_or_an_arrival_counts_nothing(sent: Callable[..., Envelope], now: datetime, action: str, status: str) -> None:
    assert report(sent(), now, action=action, status=status) is Taken.NOTHING
    assert not Report.objects.exists()


def test_what_is_refused_for_what_it_is_shows_and_stops_nobody(sent: Callable[..., Envelope], now: datetime) -> None:
    for number in range(12):
        report(sent(days_ago=number, source="test:policy"), now, status="5.7.1")
    assert figures.reports_by_kind("test:policy") == {"policy": 12}
    assert stopped() == []


def test_what_comes_back_from_behind_the_address_stops_nobody_and_arrived(sent: Callable[..., Envelope], now: datetime) -> None:
    envelope = sent()
    content = delivery_report(back(envelope), Said("member@elsewhere.example"))
    assert returns.take(content, now=now) is Taken.RECORDED
    assert stopped() == []
    assert figures.totals("test:1").delivered == 1


def test_a_report_may_come_before_the_worker_has_written_down_that_it_sent(write: Write, now: datetime) -> None:
    envelope = write(GONE, list_id=LIST).envelopes.get()
    assert report(envelope, now) is Taken.RECORDED
    assert figures.totals("test:1").returned == 0
    Envelope.objects.update(state=State.SENT, sent_at=now, next_attempt_at=None)
    assert figures.totals("test:1").returned == 1


def test_what_is_written_to_one_alone_stops_nothing(sent: Callable[..., Envelope], now: datetime) -> None:
    """And nothing of who asked is shown at the desk."""
    for number, status in enumerate(["5.1.1", "5.1.1", "4.4.7"]):
        assert report(sent(list_id="", source=f"test:{number}"), now, status=status) is Taken.RECORDED
    assert returns.take(complaint(back(sent(list_id="", source="test:9"))), now=now) is Taken.RECORDED
    assert stopped() == []


@pytest.mark.django_db(transaction=True)
def test_what_waits_for_an_address_whose_mail_came_back_does_not_leave_and_an_answer_does(
    sink: Sink, sent: Callable[..., Envelope], write: Write, now: datetime
) -> None:
    report(sent("Gone@Firm.example"), now)
    write(GONE, list_id=LIST, source="test:2")
    write(GONE, source="test:3")
    deliver(worker=new_worker(), relay=sink.relay, clock=lambda: now)
    assert sink.counts == {GONE: 1}
    assert (figures.totals("test:2").suppressed, figures.totals("test:3").sent) == (1, 1)


def test_a_server_that_calls_all_mailboxes_gone_stops_few(write: Write, now: datetime) -> None:
    letter_ = write(number=30, list_id=LIST)
    letter_.envelopes.update(state=State.SENT, sent_at=now, next_attempt_at=None)
    for envelope in letter_.envelopes.all():
        report(envelope, now)
    assert len(stopped()) == 10
    assert figures.totals("test:1").returned == 30


# --- mail that comes back again and again ---------------------------------------------------------------------------


def test_an_address_that_takes_nothing_for_a_week_is_stopped(sent: Callable[..., Envelope], now: datetime) -> None:
    for days_ago in (9, 6, 4):
        report(sent(days_ago=days_ago, source=f"test:{days_ago}"), now, status="4.4.7")
    assert stopped() == []
    report(sent("GONE@firm.example", days_ago=2, source="test:last"), now, status="5.2.2")
    assert stopped() == [("GONE@firm.example", "", "unreachable", "5.2.2")]


def test_one_copy_that_arrived_between_begins_the_count_anew(sent: Callable[..., Envelope], now: datetime) -> None:
    for days_ago in (9, 6, 4, 2):
        sent("other@firm.example", days_ago=3, source=f"test:other:{days_ago}")
        envelope = sent(days_ago=days_ago, source=f"test:{days_ago}")
        if days_ago != 6:
            report(envelope, now, status="4.4.7")
    assert stopped() == []


def test_what_came_back_before_mail_was_let_go_again_is_not_counted(sent: Callable[..., Envelope], now: datetime) -> None:
    for days_ago in (12, 9, 6, 4):
        report(sent(days_ago=days_ago, source=f"test:{days_ago}"), now, status="4.4.7")
    suppressing.take_up(address=GONE, list_id=LIST, by="Olle Officer", now=now - 3 * DAY)
    report(sent(days_ago=1, source="test:1"), now, status="4.4.7")
    assert stopped() == []


# --- complaints -----------------------------------------------------------------------------------------------------


def test_a_complaint_stops_its_list_once(sent: Callable[..., Envelope], now: datetime) -> None:
    envelope = sent()
    all_complaints = "complaints@portal.example"
    content = complaint(all_complaints, mail_from=back(envelope))
    assert [returns.take(content, now=now) for _ in range(2)] == [Taken.RECORDED, Taken.NOTHING]
    assert stopped() == [(GONE, LIST, "complained", "")]
    assert figures.totals("test:1").delivered == 1
    assert (
        returns.take(complaint(all_complaints, mail_from=back(sent("b@firm.example")), kind="not-spam"), now=now) is Taken.NOTHING
    )
    assert len(stopped()) == 1


# --- refused on the spot --------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_an_address_refused_on_the_spot_gets_no_list_and_answers_still(sink: Sink, write: Write, now: datetime) -> None:
    replies = {GONE: "550 5.1.1 none such", "policy@firm.example": "550 5.7.1 no", "vague@firm.example": "550 no"}
    for address, reply in replies.items():
        sink.at_rcpt[address] = [reply]
    sink.at_rcpt["asker@firm.example"] = ["550 5.1.1 none such"]
    write(*replies, list_id=LIST)
    write("asker@firm.example", source="test:2")
    deliver(worker=new_worker(), relay=sink.relay, clock=lambda: now)
    assert [returns.take_refusals(now=now) for _ in range(2)] == [1, 0]
    assert stopped() == [(GONE, "", "gone", "5.1.1")]
    totals = figures.totals("test:1")
    assert (totals.failed, totals.returned, totals.is_whole) == (3, 0, True)
    suppressing.lift(Suppression.objects.get(), because="Mended", by="Edda Editor", now=now)
    assert returns.take_refusals(now=now) == 0
    assert stopped() == []


def test_refusals_that_were_taken_up_hide_no_others(write: Write, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(returns, "BATCH", 1)
    write(number=3, list_id=LIST).envelopes.update(state=State.FAILED, last_error="smtp-550 5.1.1", next_attempt_at=None)
    assert [returns.take_refusals(now=now) for _ in range(4)] == [1, 1, 1, 0]


# --- two at once, and what the database refuses ---------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_reports_in_the_same_moment_are_one(sent: Callable[..., Envelope], now: datetime) -> None:
    envelope, barrier, taken = sent(), Barrier(2), []

    def take() -> None:
        barrier.wait()
        taken.append(report(envelope, now))
        connection.close()

    threads = [Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(each.name for each in taken) == ["NOTHING", "RECORDED"]
    assert Report.objects.count() == 1


@pytest.mark.parametrize(
    "wrong", [{"kind": "odd"}, {"kind": "hard", "status": ""}, {"status": "5.1"}, {"kind": "complaint", "status": "secret"}]
)
def test_the_database_takes_no_other_report(sent: Callable[..., Envelope], now: datetime, wrong: dict[str, str]) -> None:
    right = {"envelope": sent(), "kind": ReportKind.HARD, "status": "5.1.1", "on": now.date()}
    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.create(**right | wrong)
    Report.objects.create(**right)
    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.create(**right | {"kind": ReportKind.SOFT})
    Report.objects.create(**right | {"kind": ReportKind.COMPLAINT, "status": ""})


@pytest.mark.parametrize(
    ("reason", "status", "is_taken"),
    [(Reason.GONE, "5.1.1", True), (Reason.GONE, "", False), (Reason.UNSUBSCRIBED, "5.1.1", False), (Reason.GONE, "words", False)],
)
def test_what_came_back_has_a_status_and_nothing_else_has(now: datetime, reason: Reason, status: str, is_taken: bool) -> None:  # noqa: FBT001
    row = Suppression(address=GONE, reason=reason, status=status, at=now)
    if is_taken:
        row.save()
    else:
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()


def test_letters_take_their_reports_with_them(sent: Callable[..., Envelope], now: datetime) -> None:
    report(sent(), now)
    Letter.objects.all().delete()
    assert not Report.objects.exists()
