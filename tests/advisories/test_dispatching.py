"""An association has the portal send to its members: once, in its name, and nobody else learns to whom."""

from __future__ import annotations

import email
import email.policy
import os
import re
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable
from datetime import date, datetime, timedelta
from email.header import decode_header, make_header
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from advisories import addressees, emails, figures, tasks
from advisories.models import Advisory, Dispatch, DispatchKind, Member, MemberList, Relay, Response
from advisories.services import dispatching, editing, members, relaying, responding
from mailroom import figures as mail_figures
from mailroom import sealing
from mailroom.models import Domain, Envelope, Letter, Report, ReportKind, State, Suppression
from mailroom.services import certificates, private, returns
from mailroom.services.delivery import deliver, new_worker
from organisations.models import Kind, Organisation, Role, User
from tests.advisories.conftest import Make
from tests.anonymity.visitors import dump
from tests.certificates import owner
from tests.conftest import SignIn, member
from tests.mailroom.messages import Said, complaint, delivery_report
from tests.mailroom.sink import listening
from tests.processes import ROOT, environment

pytestmark = pytest.mark.django_db
CANARY = "canary-of-the-list@pohjala.example"
OTHERS = ("a@x.example", "b@x.example")
Ask = Callable[..., Dispatch]
Send = Callable[..., Dispatch]


@pytest.fixture
def enter(association: Organisation, association_officer: User, now: datetime) -> Callable[..., None]:
    """Enters members, and the address to which they answer."""

    def enter(*lines: str, association: Organisation = association, by: User = association_officer) -> None:
        members.enter(association, people=addressees.read("\n".join(lines)), by=by, now=now)
        members.answer_to(association, address="office@cluster.example", by=by, now=now)

    return enter


@pytest.fixture
def ready(association: Organisation, association_officer: User, now: datetime, today: date) -> Callable[..., Relay]:
    def ready(advisory: Advisory, association: Organisation = association, by: User = association_officer) -> Relay:
        said: dict[str, Any] = {"words": "Dear members.", "keep": False, "now": now, "today": today}
        return relaying.prepare(advisory, association=association, by=by, **said)

    return ready


@pytest.fixture
def ask(association_officer: User, now: datetime, today: date) -> Ask:
    def ask(relay: Relay, kind: DispatchKind = DispatchKind.NOTICE, by: User = association_officer) -> Dispatch:
        return dispatching.ask(relay, kind=kind, by=by, now=now, today=today)

    return ask


@pytest.fixture
def send(ask: Ask, now: datetime) -> Send:
    """Asks and writes."""

    def send(relay: Relay, kind: DispatchKind = DispatchKind.NOTICE, **changes: Any) -> Dispatch:
        dispatch = ask(relay, kind, **changes)
        assert dispatching.write(dispatch, now=now)
        return Dispatch.objects.get(pk=dispatch.pk)

    return send


@pytest.fixture
def sent(enter: Callable[..., None], ready: Callable[..., Relay], published: Make, send: Send) -> Callable[..., Dispatch]:
    """An advisory that the portal has written to the canary and two other members."""

    def sent(**changes: Any) -> Dispatch:
        enter(f"{CANARY},Canary Optics", *OTHERS)
        return send(ready(published(**changes)))

    return sent


def arrive(*addresses: str, now: datetime) -> None:
    """As a worker records it."""
    found = Envelope.objects.filter(letter__is_private=True, state=State.QUEUED)
    found = found.filter(address__in=addresses) if addresses else found
    found.update(state=State.SENT, sent_at=now, next_attempt_at=None, attempts=1)


def page_of(advisory: Advisory) -> str:
    return reverse("advisories:relay-page", args=[advisory.pk])


# --- the mail -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_members_get_it_in_the_associations_name_and_answer_the_association(
    sent: Callable[..., Dispatch], association: Organisation, now: datetime, settings: Any
) -> None:
    Organisation.objects.filter(pk=association.pk).update(name='Ühing "Foto", <x@evil.example>\r\nBcc: y@evil.example')
    dispatch = sent(urgency="urgent")
    letter = Letter.objects.of_source(dispatch.source).get()
    assert (letter.priority, letter.repeats, letter.is_private, dispatch.members) == (1, True, True, 3)
    with listening() as sink:
        deliver(worker=new_worker(), relay=sink.relay, clock=lambda: now)
        assert sink.counts == {CANARY: 1, **dict.fromkeys(OTHERS, 1)}
        content = next(content for to, content in sink.received if to == CANARY)
        message = email.message_from_bytes(content, policy=email.policy.default)
    assert not message.defects
    (sender,) = message["From"].addresses
    assert sender.addr_spec == "focalpoint@portal.example"
    # Read by the older parser, since the newer one leaves a blank between two coded words (RFC 2047, section 6.2, has none).
    raw = email.message_from_bytes(content)["From"].rpartition(" <")[0]
    assert str(make_header(decode_header(raw))) == 'Ühing "Foto", <x@evil.example>Bcc: y@evil.example via Focal Point'
    assert message["Bcc"] is None
    assert [each.addr_spec for each in message["Reply-To"].addresses] == ["office@cluster.example"]
    assert [each.addr_spec for each in message["To"].addresses] == [CANARY]
    assert message["List-Id"] == f"<members-{association.pk.hex}.portal.example>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    token = Envelope.objects.get(address=CANARY).token
    assert message["List-Unsubscribe"] == f"<{settings.PUBLIC_URL}/advisories/members/stop/{token}/>"
    for part in message.walk():  # in the words no link is one person's
        if not part.is_multipart():
            assert token not in part.get_content()


@pytest.mark.django_db(transaction=True)
def test_a_member_whose_address_has_a_certificate_gets_it_encrypted(sent: Callable[..., Dispatch], now: datetime) -> None:
    mari = owner(now, CANARY)
    certificates.enter(sealing.read(mari.der), address=CANARY, now=now)
    sent(title="Orders for cameras")
    with listening() as sink:
        deliver(worker=new_worker(), relay=sink.relay, clock=lambda: now)
        arrived = dict(sink.received)
    assert [b"cameras" in arrived[address] for address in (CANARY, *OTHERS)] == [False, True, True]
    assert mari.opens(arrived[CANARY])["Subject"] == "TLP:GREEN Orders for cameras"


def test_the_mail_says_why_they_get_it_and_how_to_stop_it(sent: Callable[..., Dispatch]) -> None:
    relay = sent().relay
    mail = emails.compose_for_members(relay)
    for form in (mail.text, mail.html):
        assert "officials can" in form
        assert "the button of your mail program that ends a subscription" in form
        assert "Dear members." in form
        assert relay.get_absolute_url() in form
        assert relay.advisory.get_absolute_url() not in form
    lines = mail.text.strip().splitlines()
    assert (lines[0], lines[-1]) == ("TLP:GREEN", "TLP:GREEN")


def test_a_name_that_holds_line_ends_gets_into_no_header(association: Organisation) -> None:
    association.name = "Cluster\r\nBcc: x@evil.example\u2028\0" + "n" * 500
    name = emails.sender_for(association, language="en")
    assert name.isprintable()
    assert len(name) < 200


# --- once -----------------------------------------------------------------------------------------------------------


def test_a_double_click_sends_once(
    enter: Callable[..., None],
    ready: Callable[..., Relay],
    published: Make,
    association: Organisation,
    association_officer: User,
    signed_in: SignIn,
) -> None:
    enter(CANARY, *OTHERS)
    advisory = published()
    ready(advisory)
    client = signed_in(association_officer)
    for _ in range(2):
        sent = client.post(reverse("advisories:relay-send", args=[advisory.pk]), {"organisation": association.pk})
        assert sent["Location"] == f"{page_of(advisory)}?association={association.pk}"
    assert "Being made ready" in client.get(page_of(advisory)).content.decode()
    for _ in range(2):
        tasks.write_to_members()
    assert Letter.objects.filter(is_private=True).count() == 1
    assert Envelope.objects.count() == 3
    client.post(reverse("advisories:relay-send", args=[advisory.pk]), {"organisation": association.pk})
    tasks.write_to_members()
    assert Envelope.objects.count() == 3
    text = client.get(page_of(advisory)).content.decode()
    assert "Sent to 3 on" in text
    assert CANARY not in text


def test_the_database_allows_one_dispatch_of_a_kind(sent: Callable[..., Dispatch], now: datetime) -> None:
    dispatch = sent()
    for wrong in ({"kind": DispatchKind.NOTICE}, {"kind": "other"}, {"kind": DispatchKind.WITHDRAWAL, "written_at": now}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Dispatch.objects.create(relay=dispatch.relay, asked_at=now, asked_by=dispatch.asked_by, **wrong)
    Dispatch.objects.create(relay=dispatch.relay, asked_at=now, asked_by=dispatch.asked_by, kind=DispatchKind.WITHDRAWAL)


@pytest.mark.django_db(transaction=True)
def test_four_workers_write_it_once(
    enter: Callable[..., None], ready: Callable[..., Relay], published: Make, ask: Ask, now: datetime
) -> None:
    enter(*[f"m{n}@x.example" for n in range(300)])
    dispatch = ask(ready(published()))
    done: list[bool] = []

    def work() -> None:
        done.append(dispatching.write(dispatch, now=now))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [False, False, False, True]
    assert Envelope.objects.count() == 300


WRITES = """
import django; django.setup()
from django.utils import timezone
from mailroom.services import letters
from advisories.models import Dispatch
from advisories.services import dispatching
letters.BATCH = 50
checked = letters.checked
number = 0
def slowly(recipient):
    global number
    number += 1
    if number == 400:
        print("half way", flush=True)
        import time; time.sleep(60)
    return checked(recipient)
letters.checked = slowly
dispatching.write(Dispatch.objects.get(), now=timezone.now())
"""


@pytest.mark.django_db(transaction=True)
def test_killed_between_two_batches_it_begins_anew_and_everybody_gets_one(
    enter: Callable[..., None], ready: Callable[..., Relay], published: Make, ask: Ask
) -> None:
    enter(*[f"m{n}@x.example" for n in range(800)])
    ask(ready(published()))
    running = subprocess.Popen([sys.executable, "-c", WRITES], cwd=ROOT, env=environment(), stdout=subprocess.PIPE)
    try:
        assert running.stdout
        assert running.stdout.readline() == b"half way\n"
    finally:
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
    assert not Letter.objects.filter(is_private=True).exists()
    for _ in range(50):  # until the server has noticed that it is gone
        if not _is_locked():
            break
        time.sleep(0.1)
    tasks.write_to_members()
    assert Envelope.objects.count() == 800
    assert Letter.objects.get(is_private=True).addressed == Dispatch.objects.get().members == 800


def _is_locked() -> bool:
    with transaction.atomic():
        return not Dispatch.objects.select_for_update(skip_locked=True).exists()


def test_one_that_cant_be_opened_keeps_no_other_back_and_is_sent_to_all_or_none(
    enter: Callable[..., None], ready: Callable[..., Relay], published: Make, ask: Ask, association_officer: User,
    now: datetime, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    enter(CANARY, *OTHERS)
    broken = Member.objects.in_order().last()
    assert broken
    Member.objects.filter(pk=broken.pk).update(sealed=b"x" * 200)
    first = ask(ready(published()))
    second_association = Organisation.objects.create(kind=Kind.ASSOCIATION, name="Space Cluster")
    sven = member(second_association, "Sven Space", Role.OFFICER)
    enter("s@x.example", association=second_association, by=sven)
    ask(ready(published(title="Another"), second_association, sven), by=sven)
    tasks.write_to_members()
    assert list(Envelope.objects.values_list("address", flat=True)) == ["s@x.example"]
    assert "can't be written" in caplog.text
    assert "x.example" not in caplog.text
    Member.objects.filter(pk=broken.pk).update(sealed=broken.sealed)
    assert dispatching.write(first, now=now)
    assert Envelope.objects.of_source(first.source).count() == 3


# --- who may, and what ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tlp", ["red", "amber+strict"])
def test_what_its_label_keeps_is_not_sent_to_members(
    tlp: str, enter: Callable[..., None], published: Make, association: Organisation, association_officer: User,
    now: datetime, today: date, subscribed: Callable[..., Any], ask: Ask, signed_in: SignIn,
) -> None:  # fmt: skip
    enter(CANARY)
    subscribed(association, "notices@cluster.example")
    advisory = published(tlp=tlp)
    relay = Relay.objects.create(advisory=advisory, association=association, prepared_on=today, prepared_by=association_officer)
    with pytest.raises(relaying.UnableToRelay):
        ask(relay)
    way = reverse("advisories:relay-send", args=[advisory.pk])
    assert signed_in(association_officer).post(way, {"organisation": association.pk}).status_code in (403, 404)
    # Even if there were a wish for it, nothing would be written.
    wish = Dispatch.objects.create(relay=relay, kind=DispatchKind.NOTICE, asked_at=now, asked_by=association_officer)
    assert not dispatching.write(wish, now=now)
    assert Dispatch.objects.get().is_dropped
    assert not Letter.objects.filter(is_private=True).exists()


def test_only_its_own_people_send_and_only_with_a_list_and_an_address_for_answers(
    enter: Callable[..., None], ready: Callable[..., Relay], published: Make, ask: Ask, association: Organisation,
    editor: User, signatory: User, association_officer: User, now: datetime, signed_in: SignIn,
) -> None:  # fmt: skip
    advisory = published()
    relay = ready(advisory)
    with pytest.raises(relaying.UnableToRelay, match="First enter your members"):
        ask(relay)
    members.enter(association, people=addressees.read(CANARY), by=association_officer, now=now)
    with pytest.raises(relaying.UnableToRelay, match="address to which they answer"):
        ask(relay)
    scribe = member(association, "Ene Entry", Role.ENTRY_EDITOR)
    sven = member(Organisation.objects.create(kind=Kind.ASSOCIATION, name="Space Cluster"), "Sven Space", Role.OFFICER)
    enter("a@x.example")
    way = reverse("advisories:relay-send", args=[advisory.pk])
    for person, status in ((editor, 403), (signatory, 403), (scribe, 403), (sven, 404)):
        with pytest.raises(relaying.UnableToRelay):
            ask(relay, by=person)
        assert signed_in(person).post(way, {"organisation": association.pk}).status_code == status
    assert not Dispatch.objects.exists()
    members.erase(association, by=association_officer, now=now)
    with pytest.raises(relaying.UnableToRelay, match="Nobody is on your list"):
        ask(relay)


# --- stopping -------------------------------------------------------------------------------------------------------


def test_stopping_takes_the_reader_off_this_list_alone_and_keeps_them_off(
    sent: Callable[..., Dispatch], enter: Callable[..., None], ready: Callable[..., Relay], published: Make, send: Send,
    association: Organisation, association_officer: User, subscribed: Callable[..., Any], now: datetime,
) -> None:  # fmt: skip
    other = Organisation.objects.create(kind=Kind.ASSOCIATION, name="Space Cluster")
    sven = member(other, "Sven Space", Role.OFFICER)
    enter(CANARY, association=other, by=sven)
    subscription = subscribed(other, CANARY)
    dispatch = sent()
    arrive(CANARY, now=now)
    later = send(ready(published(title="Later")))
    token = Envelope.objects.of_source(dispatch.source).get(address=CANARY).token
    way = reverse("advisories:members-stop", args=[token])
    client = Client(enforce_csrf_checks=True)
    assert client.get(way).status_code == 200  # looking stops nothing
    assert Member.objects.present().filter(list__association=association).count() == 3
    for _ in range(2):
        assert client.post(way, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert client.cookies == {}
    assert Member.objects.present().filter(list__association=association).count() == 2
    assert Member.objects.present().filter(list__association=other).count() == 1
    assert Envelope.objects.of_source(later.source).get(address=CANARY).state == State.CANCELLED  # what waits is called back
    assert Envelope.objects.of_source(later.source).filter(state=State.QUEUED).count() == 2
    assert not Suppression.objects.exists()
    subscription.refresh_from_db()
    assert subscription.is_active
    enter(CANARY)  # the association's next import
    assert send(ready(published(title="Last"))).members == 2
    assert members.find(association, address=CANARY, by=association_officer).left_on  # type: ignore[union-attr]


def test_a_token_of_a_member_stops_no_subscription_and_one_of_a_subscription_no_list(
    sent: Callable[..., Dispatch], subscribed: Callable[..., Any], firm: Organisation, published: Make
) -> None:
    subscribed(firm, CANARY)
    dispatch = sent()
    theirs, ours = Envelope.objects.of_source(dispatch.source).get(address=CANARY), Envelope.objects.get(letter__is_private=False)
    Client().post(reverse("advisories:stop", args=[theirs.token]))
    Client().post(reverse("advisories:members-stop", args=[ours.token]))
    Client().post(reverse("advisories:members-stop", args=["0" * 32]))
    assert not Suppression.objects.exists()
    assert Member.objects.present().count() == 3


# --- officials never see an address ---------------------------------------------------------------------------------


@pytest.fixture
def troubled(sent: Callable[..., Dispatch], now: datetime, settings: Any) -> Dispatch:
    """One copy for each thing that pages of the desk tell of: refused, put off, in doubt, came back, complained of."""
    settings.BOUNCE_ADDRESS = "bounces@portal.example"
    now = timezone.now()
    dispatch = sent()
    Letter.objects.update(created_at=now)
    Dispatch.objects.update(written_at=now)
    canary, first, second = (Envelope.objects.get(address=each) for each in (CANARY, *OTHERS))
    Envelope.objects.filter(pk=canary.pk).update(state=State.FAILED, last_error="smtp-550 5.1.1", next_attempt_at=None, attempts=1)
    Envelope.objects.exclude(pk=canary.pk).update(state=State.SENT, sent_at=now, next_attempt_at=None)
    assert returns.take(delivery_report(returns.return_path(first.pk), Said(first.address)), now=now) is returns.Taken.RECORDED
    assert returns.take(complaint(returns.return_path(second.pk)), now=now) is returns.Taken.RECORDED
    assert returns.take_refusals(now=now) == 1
    return dispatch


def test_no_page_of_the_desk_and_no_call_shows_a_member(
    troubled: Dispatch, editor: User, approver: User, supervisor: User, administrator: User, auditor: User,
    officer: User, signed_in: SignIn,
) -> None:  # fmt: skip
    advisory = troubled.relay.advisory
    names = ("recipients", "recipients-table", "advisory", "advisory-progress", "reach")
    pages = [reverse(f"focalpoint:{name}", args=[advisory.pk]) for name in names]
    pages += [reverse(f"focalpoint:{name}") for name in ("advisories", "stopped", "mail-health", "desk")]
    pages += [f"{pages[0]}?words=canary", f"{pages[1]}?words=pohjala", reverse("advisories:members")]
    pages += [page_of(advisory), f"/api/v1/advisories/{advisory.pk}/", "/api/v1/advisories/"]
    opened = 0
    for person in (editor, approver, supervisor, administrator, auditor, officer):
        client = signed_in(person)
        for page in pages:
            response = client.get(page)
            content = response.getvalue() if response.streaming else response.content
            opened += response.status_code == 200
            for word in (b"canary-of", b"pohjala.example", b"x.example", b"Canary Optics"):
                assert word not in content, f"{page} shows {word!r} to {person}"
    assert opened > 40
    reached = signed_in(officer).get(reverse("focalpoint:reach", args=[advisory.pk])).content.decode()
    assert re.search(r"to 3:\s+1 delivered, 2 not", reached)
    health = signed_in(editor).get(reverse("focalpoint:mail-health")).content.decode()
    assert "0 wait for another attempt and 1 failed" in health


def test_the_mailroom_suppresses_no_member_and_judges_no_subscriber_by_a_members_copy(troubled: Dispatch) -> None:
    assert not Suppression.objects.exists()
    assert Report.objects.count() == 3
    assert figures.doubts(troubled.relay.advisory).waiting == 0
    assert mail_figures.troubles(timezone.now()) == []


def test_an_official_cant_decide_about_a_members_copy_or_send_it_again(troubled: Dispatch, editor: User, signed_in: SignIn) -> None:
    advisory, client = troubled.relay.advisory, signed_in(editor)
    copy = Envelope.objects.get(address=CANARY)
    assert client.post(reverse("focalpoint:recipients-retry", args=[advisory.pk]), {"copy": copy.pk}).status_code == 409
    assert client.post(reverse("focalpoint:recipients-retry", args=[advisory.pk])).status_code == 409
    for name in ("advisory-mail-again", "advisory-mail-arrived"):
        Envelope.objects.filter(pk=copy.pk).update(state=State.IN_DOUBT)
        path = f"/desk/advisories/{advisory.pk}/mail/{copy.pk}/{name.rpartition('-')[2]}/"
        assert client.post(path).status_code == 409
    assert Envelope.objects.get(pk=copy.pk).state == State.IN_DOUBT


def test_what_comes_back_is_noted_on_the_associations_list_and_who_complains_leaves(
    troubled: Dispatch, enter: Callable[..., None], association: Organisation, association_officer: User, signed_in: SignIn,
    ready: Callable[..., Relay], published: Make, send: Send,
) -> None:  # fmt: skip
    tasks.follow_members()
    tasks.follow_members()
    find = members.find
    noted = {each: find(association, address=each, by=association_officer) for each in (CANARY, *OTHERS)}
    assert [bool(each and each.came_back_on) for each in noted.values()] == [True, True, False]
    assert [bool(each and each.left_on) for each in noted.values()] == [False, False, True]
    text = signed_in(association_officer).get(reverse("advisories:members")).content.decode()
    assert "Mail to 2 came back" in text
    with pytest.raises(relaying.UnableToRelay, match="Nobody is on your list"):
        send(ready(published(title="Another")))
    enter(CANARY)  # mended, and entered anew
    tasks.follow_members()  # the old report says nothing more
    assert send(ready(published(title="Another"))).members == 1


def test_a_server_that_says_of_everybody_that_they_are_gone_is_not_believed(
    enter: Callable[..., None], ready: Callable[..., Relay], published: Make, send: Send, now: datetime
) -> None:
    enter(*[f"m{n}@x.example" for n in range(20)])
    send(ready(published()))
    arrive(now=now)
    Report.objects.bulk_create(
        Report(envelope=each, kind=ReportKind.HARD, status="5.1.1", on=now) for each in Envelope.objects.all()[:15]
    )
    assert members.take_up_returns(now=now) == 0
    assert not Member.objects.came_back().exists()


# --- what stays -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_dump_of_the_database_has_addresses_in_envelopes_under_way_alone_and_after_a_fortnight_nowhere(
    sent: Callable[..., Dispatch], association: Organisation, association_officer: User, now: datetime, settings: Any
) -> None:
    dispatch = sent()
    words = (CANARY.encode(), b"Canary Optics", *(each.encode() for each in OTHERS))
    under_way = dump("--table", "mailroom_envelope")
    rest = dump("--exclude-table-data", "mailroom_envelope")
    assert all(word in under_way for word in words)
    assert not any(word in rest for word in words)
    token = Envelope.objects.get(address=CANARY).token
    arrive(now=now)
    days = timedelta(days=settings.MEMBER_ADDRESSES_KEPT_DAYS)
    assert members.forget_addresses(now=now + days) == 0
    assert members.forget_addresses(now=now + days + timedelta(minutes=1)) == 3
    assert members.forget_addresses(now=now + days + timedelta(minutes=2)) == 0
    assert Dispatch.objects.get().is_blanked
    whole = dump()
    assert not any(word in whole for word in words)
    assert mail_figures.totals(dispatch.source).delivered == 3  # the numbers stay
    assert mail_figures.totals(dispatch.source).is_whole
    Client().post(reverse("advisories:members-stop", args=[token]))  # and so does the way out
    found = members.find(association, address=CANARY, by=association_officer)
    assert found
    assert found.left_on
    assert Member.objects.present().count() == 2


def test_copies_under_way_keep_their_addresses_however_old_the_letter(sent: Callable[..., Dispatch], now: datetime) -> None:
    sent()
    arrive(CANARY, now=now)
    assert members.forget_addresses(now=now + timedelta(days=40)) == 1
    assert set(Envelope.objects.filter(state=State.QUEUED).values_list("address", flat=True)) == set(OTHERS)
    assert not Dispatch.objects.get().is_blanked


def test_blanking_touches_no_letter_that_is_not_private(
    published: Make, subscribed: Callable[..., Any], firm: Organisation, now: datetime
) -> None:
    subscribed(firm, "a@firm.example")
    advisory = published()
    Envelope.objects.update(state=State.SENT, sent_at=now, next_attempt_at=None)
    assert private.blank(source=advisory.source, code_of=lambda _address: "x", before=now + timedelta(days=99)) == 0
    assert private.reader_of(Envelope.objects.get().token) is None


def test_erasing_the_list_and_removing_one_call_back_what_waits(
    sent: Callable[..., Dispatch], association: Organisation, association_officer: User, now: datetime
) -> None:
    sent()
    found = members.find(association, address=CANARY, by=association_officer)
    assert found
    members.remove(found, by=association_officer, now=now)
    assert dict(Envelope.objects.values_list("address", "state")) == {CANARY: "cancelled", **dict.fromkeys(OTHERS, "queued")}
    members.erase(association, by=association_officer, now=now)
    assert set(Envelope.objects.values_list("state", flat=True)) == {"cancelled"}


# --- taken back -----------------------------------------------------------------------------------------------------


def test_withdrawing_calls_back_what_waits_and_the_association_tells_those_who_got_it(
    sent: Callable[..., Dispatch], enter: Callable[..., None], send: Send, approver: User, association: Organisation,
    association_officer: User, signed_in: SignIn, now: datetime,
) -> None:  # fmt: skip
    dispatch = sent()
    advisory = dispatch.relay.advisory
    arrive(CANARY, now=now)
    client = signed_in(association_officer)
    editing.withdraw(advisory, reason="The cameras were toys.", by=approver, now=now)
    fates = dict(Envelope.objects.of_source(dispatch.source).values_list("address", "state"))
    assert fates == {CANARY: "sent", **dict.fromkeys(OTHERS, "cancelled")}
    enter("late@x.example")
    text = client.get(page_of(advisory)).content.decode()
    assert "It has been withdrawn. Your members have it from you." in text
    assert "1 got it, 2 copies were called back" in text
    assert page_of(advisory) in client.get(advisory.get_absolute_url()).content.decode()
    assert Letter.objects.filter(source__startswith="advisory-relay-withdrawal").count() == 0  # the association decides
    for _ in range(2):
        client.post(reverse("advisories:relay-send", args=[advisory.pk]), {"organisation": association.pk})
        tasks.write_to_members()
    told = Envelope.objects.of_source(dispatch.relay.withdrawal_source)
    assert list(told.values_list("address", flat=True)) == [CANARY]
    letter = told.get().letter
    assert letter.subject == "TLP:GREEN Withdrawn: Orders for thermal cameras"
    assert "The cameras were toys." in letter.text
    assert letter.is_private
    assert "Sent to 1 on" in client.get(page_of(advisory)).content.decode()


def test_what_was_asked_for_and_is_withdrawn_before_it_was_written_is_not_written(
    enter: Callable[..., None], ready: Callable[..., Relay], published: Make, ask: Ask, approver: User, now: datetime
) -> None:
    enter(CANARY)
    advisory = published()
    dispatch = ask(ready(advisory))
    editing.withdraw(advisory, reason="Wrong.", by=approver, now=now)
    assert not dispatching.write(dispatch, now=now)
    assert not Letter.objects.filter(is_private=True).exists()
    assert not Dispatch.objects.waiting().exists()
    with pytest.raises(relaying.UnableToRelay, match="nothing to take back"):
        ask(dispatch.relay, DispatchKind.WITHDRAWAL)


def test_a_correction_calls_back_what_waits_and_goes_to_the_same_members_with_one_click(
    sent: Callable[..., Dispatch], enter: Callable[..., None], approve: Callable[[Advisory], Advisory], editor: User,
    association: Organisation, association_officer: User, signed_in: SignIn, now: datetime, today: date, content: Any,
) -> None:  # fmt: skip
    dispatch = sent()
    wrong = dispatch.relay.advisory
    arrive(CANARY, now=now)
    drafted = editing.correct(wrong, by=editor, now=now)
    words = content(title="Orders for night cameras", what_changed="The cameras are others.")
    drafted = editing.revise(drafted, content=words, revision=drafted.revision, by=editor, now=now)
    correction = editing.publish(approve(drafted), by=editor, now=now, today=today)
    assert set(Envelope.objects.of_source(dispatch.source).exclude(address=CANARY).values_list("state", flat=True)) == {"cancelled"}
    enter("late@x.example")
    client = signed_in(association_officer)
    text = client.get(page_of(wrong)).content.decode()
    assert "It has been corrected. Your members have it from you." in text
    assert "Send the correction to the same members" in text
    said = {"organisation": association.pk, "correction": "1"}
    for _ in range(2):
        led = client.post(reverse("advisories:relay-send", args=[wrong.pk]), said)
        assert led["Location"].startswith(page_of(correction))
        tasks.write_to_members()
    relay = Relay.objects.get(advisory=correction)
    assert relay.words == "Dear members."
    letter = Letter.objects.of_source(relay.source).get()
    assert letter.subject == "TLP:GREEN Corrected: Orders for night cameras"
    assert set(letter.envelopes.values_list("address", flat=True)) == {CANARY, *OTHERS}  # and not who came later
    assert "How far it has come" in client.get(page_of(wrong)).content.decode()


@pytest.mark.django_db(transaction=True)
def test_withdrawing_while_the_mail_is_being_written_leaves_nothing_in_the_queue(
    enter: Callable[..., None], ready: Callable[..., Relay], published: Make, ask: Ask, approver: User, now: datetime
) -> None:
    enter(*[f"m{n}@x.example" for n in range(500)])
    advisory = published()
    dispatch = ask(ready(advisory))

    def write() -> None:
        dispatching.write(dispatch, now=now)
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    editing.withdraw(advisory, reason="Wrong.", by=approver, now=now)
    writer.join()
    assert set(Envelope.objects.filter(letter__is_private=True).values_list("state", flat=True)) <= {"cancelled"}


# --- numbers --------------------------------------------------------------------------------------------------------


def test_the_number_passed_on_is_what_was_delivered_and_follows_it(
    sent: Callable[..., Dispatch], association: Organisation, association_officer: User, now: datetime, today: date
) -> None:
    dispatch = sent()
    assert dispatching.fill_in(now=now) == 0
    assert not Response.objects.exists()
    arrive(CANARY, now=now)
    assert dispatching.fill_in(now=now) == 1
    assert dispatching.fill_in(now=now) == 0
    arrive(now=now)
    dispatching.fill_in(now=now)
    said = Response.objects.get()
    assert (said.members, said.by, said.organisation, said.relayed_on) == (3, association_officer, association, today)
    Report.objects.create(envelope=Envelope.objects.filter(address=CANARY).get(), kind=ReportKind.HARD, status="5.1.1", on=now)
    dispatching.fill_in(now=now)
    assert Response.objects.get().members == 2
    advisory = dispatch.relay.advisory
    responding.relay(advisory, organisation=association, members=900, by=association_officer, today=today)
    Report.objects.all().delete()
    dispatching.fill_in(now=now)
    assert Response.objects.get().members == 900  # what the association says itself stays


def test_progress_is_told_by_numbers(
    sent: Callable[..., Dispatch], association_officer: User, signed_in: SignIn, now: datetime
) -> None:
    dispatch = sent()
    client, way = signed_in(association_officer), reverse("advisories:relay-progress", args=[dispatch.relay.advisory_id])
    arrive(CANARY, now=now)
    text = client.get(way).content.decode()
    assert re.search(r"1 delivered, 2 on their way, 0 not delivered", text)
    assert "hx-get" in text
    arrive(now=now)
    assert "hx-get" not in client.get(way).content.decode()


def test_many_members_are_written_in_little_memory(
    enter: Callable[..., None], ready: Callable[..., Relay], published: Make, ask: Ask, now: datetime
) -> None:
    """Sealed rows and envelopes are held a batch at a time, however long the list is."""
    enter("a@x.example")
    kept = MemberList.objects.get()
    today = timezone.localdate(now)
    rows = (
        members._row(kept, members._digest(kept, f"m{n}@x.example"), members.Person(f"m{n}@x.example"), today) for n in range(4_999)
    )
    Member.objects.bulk_create(rows, batch_size=1000)
    dispatch = ask(ready(published()))
    tracemalloc.start()
    try:
        assert dispatching.write(dispatch, now=now)
        assert tracemalloc.get_traced_memory()[1] < 6_500_000
    finally:
        tracemalloc.stop()
    assert Letter.objects.get(is_private=True).addressed == 5_000
    assert not Domain.objects.exists()
