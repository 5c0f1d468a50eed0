"""Addresses that stopped a list: nothing of it leaves to them, whenever it was written; what is for one alone still does."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError

from mailroom import figures
from mailroom.models import Envelope, Reason, State, Suppression
from mailroom.services import UnableToPost, suppressing
from mailroom.services.delivery import claim, deliver, new_worker
from tests.mailroom.conftest import Write
from tests.mailroom.sink import Sink

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "advisories.portal.example"
OTHER = "newsletter.portal.example"
STOP = "https://portal.example/advisories/stop/"


def stop(address: str, now: datetime, *, list_id: str = LIST) -> None:
    suppressing.suppress(address=address, list_id=list_id, reason=Reason.UNSUBSCRIBED, now=now)


def send(sink: Sink, now: datetime) -> dict[str, int]:
    deliver(worker=new_worker(), relay=sink.relay, clock=lambda: now)
    return sink.counts


def test_what_waits_for_an_address_that_stopped_the_list_comes_to_its_end(sink: Sink, write: Write, now: datetime) -> None:
    letter = write("a@firm.example", "B@Firm.example", list_id=LIST)
    stop("b@firm.example", now)
    assert send(sink, now) == {"a@firm.example": 1}
    kept = letter.envelopes.get(address="B@Firm.example")
    assert (kept.state, kept.attempts, kept.last_error) == (State.SUPPRESSED, 0, "stopped")
    totals = figures.totals("test:1")
    assert (totals.suppressed, totals.is_whole, totals.is_finished) == (1, True, True)


def test_another_list_and_what_is_for_one_alone_still_go(sink: Sink, write: Write, now: datetime) -> None:
    stop("a@firm.example", now)
    write("a@firm.example", list_id=OTHER)
    write("a@firm.example")
    assert send(sink, now) == {"a@firm.example": 2}


def test_who_is_kept_from_all_lists_gets_none(sink: Sink, write: Write, now: datetime) -> None:
    stop("a@firm.example", now, list_id="")
    for list_id in (LIST, OTHER, ""):
        write("a@firm.example", list_id=list_id)
    assert send(sink, now) == {"a@firm.example": 1}


def test_a_claim_that_meets_such_addresses_alone_looks_behind_them(write: Write, now: datetime) -> None:
    write(number=7, list_id=LIST)
    write("z@firm.example", list_id=LIST, now=now + timedelta(seconds=1))
    for number in range(7):
        stop(f"r{number}@firm.example", now)
    held = claim(worker=new_worker(), limit=3, now=now + timedelta(minutes=1), lease=timedelta(minutes=1))
    assert [each.address for each in held] == ["z@firm.example"]
    assert Envelope.objects.filter(state=State.SUPPRESSED).count() == 7


def test_a_copy_says_how_to_stop_the_list_with_one_click(sink: Sink, write: Write, now: datetime) -> None:
    letter = write("a@firm.example", list_id=LIST, stop_address=STOP, html="<p>Some words.</p>")
    send(sink, now)
    (message,) = sink.messages("a@firm.example")
    assert message["List-Unsubscribe"] == f"<{STOP}{letter.envelopes.get().token}/>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_letter_of_no_list_says_nothing_of_it(sink: Sink, write: Write, now: datetime) -> None:
    write("a@firm.example")
    send(sink, now)
    assert sink.messages("a@firm.example")[0]["List-Unsubscribe"] is None


@pytest.mark.parametrize(
    "address", ["https://portal.example/stop", "https://a.example/>\r\nBcc: b@c.example/", "ftp://a.example/", "https://a b/"]
)
def test_an_address_that_could_end_the_header_is_refused(write: Write, address: str) -> None:
    with pytest.raises(UnableToPost):
        write("a@firm.example", list_id=LIST, stop_address=address)


def test_the_token_of_a_copy_stops_its_list_for_its_address_once(write: Write, now: datetime) -> None:
    token = write("A@firm.example", list_id=LIST).envelopes.get().token
    assert suppressing.stop(token=token, now=now) == "A@firm.example"
    assert suppressing.stop(token=token, now=now + timedelta(days=1)) == "A@firm.example"
    only = Suppression.objects.get()
    assert (only.address, only.list_id, only.reason, only.at) == ("A@firm.example", LIST, "unsubscribed", now)


def test_a_token_of_nobody_or_of_no_list_stops_nothing(write: Write, now: datetime) -> None:
    token = write("a@firm.example").envelopes.get().token
    assert [suppressing.stop(token=each, now=now) for each in (token, "0" * 32, "none")] == ["", "", ""]
    assert not Suppression.objects.exists()


def test_lifted_it_goes_again_and_the_history_says_why(sink: Sink, write: Write, now: datetime) -> None:
    stop("a@firm.example", now)
    suppressing.lift(Suppression.objects.get(), because="Asked for by telephone", by="Edda Editor", now=now)
    write("a@firm.example", list_id=LIST)
    assert send(sink, now) == {"a@firm.example": 1}
    lifted = Suppression.objects.get()
    assert (lifted.lifted_by, lifted.lifted_because, lifted.lifted_at) == ("Edda Editor", "Asked for by telephone", now)
    stop("a@firm.example", now)
    assert Suppression.objects.in_force().count() == 1


def test_nothing_is_lifted_without_a_reason(now: datetime) -> None:
    stop("a@firm.example", now)
    with pytest.raises(suppressing.UnableToLift):
        suppressing.lift(Suppression.objects.get(), because=" ", by="Edda Editor", now=now)
    with pytest.raises(IntegrityError):
        Suppression.objects.update(lifted_at=now)
