"""Invitations: counted before they are sent, sent whole or not at all, answered in threads. `disclosed` is another login."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mailroom.models import Envelope, Letter
from organisations.models import Organisation, User
from registry import gateway
from registry.disclosure import Audience, Field, Purpose
from registry.forms.outreach import question_of
from registry.models import Entry, Invited, Look, NoOutreach, Outreach, OutreachMessage
from registry.permissions import Capacity
from registry.services import agreements, outreach
from tests.conftest import SignIn
from tests.registry.conftest import Agree, MakeEntry, at_once, grant
from tests.registry.test_crashes import die_everywhere
from tests.registry.test_non_interference import FORM_TOKEN

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "disclosed"])

REACHABLE = grant(Audience.FOCAL_POINT, Purpose.OUTREACH, Field.LEGAL_NAME, Field.REGION, Field.SEGMENTS, Field.CONTACT_EMAIL)
NAMELESS = grant(Audience.FOCAL_POINT, Purpose.OUTREACH, Field.REGION, Field.SEGMENTS)
ELSEWHERE = grant(Audience.ASSOCIATIONS, Purpose.OUTREACH, Field.LEGAL_NAME, Field.CONTACT_EMAIL)
CONTENT = outreach.Content("Workshop on sensors", "Come and tell us.\n\nBring samples.", date(2099, 3, 1), date(2099, 3, 9), "T6")

Write = Callable[..., Outreach]


@pytest.fixture
def write(officer: User, focal_point: Organisation, now: datetime) -> Write:
    def make(content: outreach.Content = CONTENT, by: User = officer) -> Outreach:
        capacity = Capacity(Audience.FOCAL_POINT, focal_point)
        return outreach.draft(content=content, capacity=capacity, by=by, now=now)

    return make


def addressing(found: Outreach, by: User, today: date) -> outreach.Addressing:
    capacity = Capacity(Audience(found.audience), found.agency)
    gate = gateway.disclosed(by, Purpose.OUTREACH, found.subject, today=today, capacity=capacity)
    return lambda without: gate.addressed(question_of(found), without=without)


def send(found: Outreach, by: User, now: datetime) -> Outreach:
    found.refresh_from_db()
    reading = addressing(found, by, now.date())
    return outreach.send(outreach=found, revision=found.revision, addressing=reading, by=by, now=now)


@pytest.fixture
def many(make_entry: MakeEntry, agree: Agree) -> Callable[[int], None]:
    def make(number: int) -> None:
        for place in range(number):
            agree(make_entry(legal_name=f"Firm {place} OÜ", contact_email=f"firm{place}@firm.example"), REACHABLE)

    return make


@pytest.fixture
def world(entry: Entry, make_entry: MakeEntry, agree: Agree) -> list[Entry]:
    """One that is written to, one whose name is hidden, one that allows it to others alone."""
    others = [make_entry(legal_name="Hidden OÜ", contact_email="h@h.example"), make_entry(legal_name="Elsewhere OÜ")]
    for held, terms in zip([entry, *others], [REACHABLE, NAMELESS, ELSEWHERE], strict=True):
        agree(held, terms)
    return [entry, *others]


# --- counting -------------------------------------------------------------------------------------------------------


def test_the_count_shows_nobody_and_is_in_the_ledger_of_everybody_counted(
    world: list[Entry], write: Write, signed_in: SignIn, officer: User
) -> None:
    page = signed_in(officer).get(reverse("focalpoint:outreach-one", args=[write().pk])).content.decode()
    assert page.count("fewer than five") == 2
    assert not [words for words in ("Baltic", "Hidden", "photonics.example", "h@h.example") if words in page]
    told = {entry.legal_name: Look.objects.at(entry.pk).values_list("kind", "purpose", "reason", "fields_seen") for entry in world}
    assert {name: list(looks) for name, looks in told.items()} == {
        "Baltic Photonics OÜ": [("list", "outreach", "Workshop on sensors", ["segments", "contact_email"])],
        "Hidden OÜ": [("list", "outreach", "Workshop on sensors", ["segments"])],
        "Elsewhere OÜ": [],
    }
    assert not Letter.objects.filter(purpose="outreach").exists()


def test_five_and_more_are_told_as_a_number(many: Callable[[int], None], write: Write, signed_in: SignIn, officer: User) -> None:
    many(5)
    page = signed_in(officer).get(reverse("focalpoint:outreach-one", args=[write().pk])).content.decode()
    assert (page.count("fewer than five"), '<dd class="govuk-summary-list__value">5</dd>' in page) == (1, True)


def test_what_is_hidden_changes_no_byte_of_the_count(
    world: list[Entry], make_entry: MakeEntry, write: Write, signed_in: SignIn, officer: User
) -> None:
    client, address = signed_in(officer), reverse("focalpoint:outreach-one", args=[write().pk])
    before = FORM_TOKEN.sub(b"", client.get(address).content)
    firm = world[1].organisation
    by = User.objects.get(memberships__organisation=firm, memberships__role="entry-editor")
    make_entry(firm, by, legal_name="Another OÜ", contact_email="other@other.example", products="Other")
    assert FORM_TOKEN.sub(b"", client.get(address).content) == before


# --- sending --------------------------------------------------------------------------------------------------------


def test_only_those_who_show_an_address_get_the_mail(world: list[Entry], write: Write, officer: User, now: datetime) -> None:
    sent = send(write(), officer, now)
    assert (sent.state, sent.mailed, sent.unreached) == ("sent", 1, 1)
    letter = Letter.objects.get(source=sent.source)
    assert list(letter.envelopes.values_list("address", "name")) == [("trade@photonics.example", "Baltic Photonics OÜ")]
    for body in (letter.text, letter.html):
        assert "Bring samples." in body
        assert "answer by: 1 March 2099" in body
        assert "9 March 2099" in body
        assert reverse("registry:outreach-thread", args=[sent.pk]) in body
        assert "no further invitations" in body
        assert "Baltic" not in body
    assert (letter.subject, letter.addressed) == ("Workshop on sensors", 1)
    look = Look.objects.at(world[0].pk).get()
    assert (look.kind, look.purpose, look.reason) == ("list", "outreach", "Workshop on sensors")
    assert look.fields == ["legal_name", "segments", "contact_email"]
    assert [invited.entry for invited in Invited.objects.all()] == [world[0]]


def test_sending_twice_sends_once_and_old_words_are_not_sent(
    world: list[Entry], write: Write, officer: User, now: datetime
) -> None:
    found = write()
    sending = partial(
        outreach.send, outreach=found, revision=1, addressing=addressing(found, officer, now.date()), by=officer, now=now
    )
    results = at_once(sending, sending)
    assert sorted(type(result).__name__ for result in results) == ["HasChanged", "Outreach"]
    assert Letter.objects.filter(purpose="outreach").count() == 1
    again = write()
    outreach.revise(outreach=again, content=CONTENT, revision=1, by=officer, now=now)
    with pytest.raises(outreach.HasChanged):
        outreach.send(outreach=again, revision=1, addressing=addressing(again, officer, now.date()), by=officer, now=now)


def test_sending_is_whole_or_not_at_all_wherever_the_process_dies(
    world: list[Entry], write: Write, officer: User, now: datetime
) -> None:
    found = write()
    reading = addressing(found, officer, now.date())

    def state() -> Any:
        found.refresh_from_db()
        return found.state, Letter.objects.count(), Envelope.objects.count(), Look.objects.count(), Invited.objects.count()

    before = state()
    assert officer.memberships_held
    assert die_everywhere(lambda: outreach.send(outreach=found, revision=1, addressing=reading, by=officer, now=now), state) > 6
    assert state() == ("sent", *(number + 1 for number in before[1:3]), before[3] + 2, 1)


def test_who_withdraws_while_it_is_sent_is_before_or_after(
    world: list[Entry], write: Write, officer: User, signatory: User, now: datetime
) -> None:
    found = write()
    reading = addressing(found, officer, now.date())
    assert signatory.memberships_held

    def withdrawing(without: Any) -> Any:
        """Withdraws between the first reading and the row lock."""
        answer = reading(without)
        if Entry.objects.filter(pk=world[0].pk, agreement__versions__is_active=True).exists():
            [done] = at_once(partial(agreements.withdraw, entry=world[0], by=signatory, now=now))
            assert len(done) == 1
        return answer

    with pytest.raises(outreach.NobodyToWriteTo):
        outreach.send(outreach=found, revision=1, addressing=withdrawing, by=officer, now=now)
    assert not Letter.objects.filter(purpose="outreach").exists()


def test_more_than_25_need_a_second_official(
    many: Callable[[int], None], write: Write, officer: User, approver: User, signed_in: SignIn, now: datetime
) -> None:
    many(26)
    found = write()
    one, two = signed_in(officer), signed_in(approver)
    address, sending = (reverse(f"focalpoint:outreach-{name}", args=[found.pk]) for name in ("one", "send"))
    assert "Ask a second official" in one.get(address).content.decode()
    assert one.post(sending, {"revision": 1}).status_code == 302
    assert not Letter.objects.filter(purpose="outreach").exists()
    assert "Agree and send" not in one.get(address).content.decode()
    assert one.post(sending, {"revision": 1}).status_code == 403
    assert "Agree and send" in two.get(address).content.decode()
    assert two.post(sending, {"revision": 1}).status_code == 302
    found.refresh_from_db()
    assert (found.state, found.mailed, found.approved_by, Letter.objects.get(purpose="outreach").addressed) == (
        "sent", 26, approver, 26,
    )  # fmt: skip
    assert "0 of 26" in two.get(address).content.decode()
    with pytest.raises(IntegrityError, match="second_official"):
        Outreach.objects.update(approved_by=None)


# --- not again ------------------------------------------------------------------------------------------------------


def test_who_wants_no_more_is_neither_counted_nor_written_to(
    many: Callable[[int], None],
    world: list[Entry],
    write: Write,
    officer: User,
    entry_editor: User,
    signed_in: SignIn,
    now: datetime,
) -> None:
    many(5)
    found = send(write(), officer, now)
    assert found.mailed == 6
    firm = signed_in(entry_editor)
    choosing = reverse("registry:outreach-choose", args=[found.pk])
    for _twice in range(2):
        assert "any more" in firm.post(choosing, {"more": "no"}, follow=True).content.decode()
    assert NoOutreach.objects.count() == 1
    again = write()
    page = signed_in(officer).get(reverse("focalpoint:outreach-one", args=[again.pk])).content.decode()
    assert '<dd class="govuk-summary-list__value">5</dd>' in page
    assert send(again, officer, now).mailed == 5
    assert not Invited.objects.filter(outreach=again, entry=world[0]).exists()
    firm.post(choosing, {"more": "yes"})
    assert send(write(), officer, now).mailed == 6
    assert firm.post(choosing, {"more": "perhaps"}).status_code == 400


# --- threads --------------------------------------------------------------------------------------------------------


def test_firm_and_agency_write_to_each_other(
    world: list[Entry], write: Write, officer: User, entry_editor: User, signatory: User, signed_in: SignIn, now: datetime
) -> None:
    found = send(write(), officer, now)
    firm, desk = signed_in(entry_editor), signed_in(officer)
    mine = reverse("registry:outreach-thread", args=[found.pk])
    assert "Workshop on sensors" in firm.get(reverse("registry:outreach")).content.decode()
    assert firm.post(mine, {"text": " "}).status_code == 422
    for _twice in range(2):
        assert firm.post(mine, {"text": "Two of us come."}).status_code == 302
    told = Letter.objects.get(purpose="outreach-answered")
    assert [envelope.address for envelope in told.envelopes.all()] == [officer.email]
    assert not [words for words in ("Baltic", "Two of us") if words in told.text]
    invited = Invited.objects.get()
    assert "Baltic Photonics OÜ" in desk.get(reverse("focalpoint:outreach-one", args=[found.pk])).content.decode()
    theirs = reverse("focalpoint:outreach-thread", args=[found.pk, invited.pk])
    page = desk.get(theirs).content.decode()
    assert "Two of us come." in page
    assert "trade@photonics.example" in page  # the cell shows it
    assert desk.post(theirs, {"text": "Welcome."}).status_code == 302
    letter = Letter.objects.get(purpose="outreach-written")
    assert "Welcome" not in letter.text
    people = User.objects.filter(memberships__organisation=world[0].organisation).values_list("email", flat=True)
    assert {envelope.address for envelope in letter.envelopes.all()} == {*people} >= {entry_editor.email, signatory.email}
    assert "Welcome." in firm.get(mine).content.decode()
    assert list(OutreachMessage.objects.order_by("pk").values_list("side", flat=True)) == ["firm", "agency"]


def test_after_a_withdrawal_the_agency_reads_no_name_and_writes_no_more(
    world: list[Entry], write: Write, officer: User, entry_editor: User, signatory: User, signed_in: SignIn, now: datetime
) -> None:
    found = send(write(), officer, now)
    outreach.answer(invited=Invited.objects.get(), text="We come.", by=entry_editor, now=now)
    agreements.withdraw(entry=world[0], by=signatory, now=now)
    desk = signed_in(officer)
    theirs = reverse("focalpoint:outreach-thread", args=[found.pk, Invited.objects.get().pk])
    for address in (theirs, reverse("focalpoint:outreach-one", args=[found.pk])):
        page = desk.get(address).content.decode()
        assert "Baltic" not in page
        assert "A firm whose name you may not see any more" in page
    assert desk.post(theirs, {"text": "Still there?"}).status_code == 403


def test_other_firms_and_agencies_find_nothing(
    world: list[Entry],
    write: Write,
    officer: User,
    licensing_officer: User,
    entry_editor: User,
    signed_in: SignIn,
    now: datetime,
) -> None:
    found = send(write(), officer, now)
    outreach.answer(invited=Invited.objects.get(), text="We come.", by=entry_editor, now=now)
    stranger = User.objects.get(memberships__organisation=world[1].organisation, memberships__role="entry-editor")
    client = signed_in(stranger)
    assert client.get(reverse("registry:outreach-thread", args=[found.pk])).status_code == 404
    assert "Workshop" not in client.get(reverse("registry:outreach")).content.decode()
    with pytest.raises(outreach.UnableToReachOut):
        outreach.answer(invited=Invited.objects.get(), text="I", by=stranger, now=now)
    with pytest.raises(outreach.UnableToReachOut):
        outreach.write(invited=Invited.objects.get(), text="I", by=licensing_officer, now=now)
    with pytest.raises(outreach.UnableToReachOut):
        outreach.choose(entry=world[0], agency=found.agency, wants_more=False, by=stranger, today=now.date())
    with pytest.raises(outreach.UnableToReachOut):
        outreach.draft(content=CONTENT, capacity=Capacity(Audience.LICENSING, found.agency), by=licensing_officer, now=now)
    with pytest.raises(outreach.UnableToReachOut):
        outreach.revise(outreach=found, content=CONTENT, revision=1, by=licensing_officer, now=now)


def test_what_was_written_is_not_changed(
    world: list[Entry], write: Write, officer: User, entry_editor: User, now: datetime
) -> None:
    send(write(), officer, now)
    outreach.answer(invited=Invited.objects.get(), text="We come.", by=entry_editor, now=now)
    with pytest.raises(Exception, match="permission denied"), transaction.atomic():
        OutreachMessage.objects.update(text="We don't.")


# --- pages ----------------------------------------------------------------------------------------------------------

TYPED = {
    "capacity": "focal-point-outreach",
    "subject": "Workshop",
    "text": "Come.",
    "reply_by": "2099-03-01",
    "event_on": "2099-03-09",
    "segment": "T6",
    "role": "develops",
    "region": "ee001",
}


def test_an_official_writes_changes_and_sends(world: list[Entry], signed_in: SignIn, officer: User) -> None:
    client = signed_in(officer)
    page = client.post(reverse("focalpoint:outreach-new"), TYPED, follow=True).content.decode()
    assert "Send the invitation" in page
    found = Outreach.objects.get()
    assert (found.segment, found.role, found.region) == ("T6", "develops", "EE001")
    editing = reverse("focalpoint:outreach-edit", args=[found.pk])
    assert "Workshop" in client.get(editing).content.decode()
    changed = TYPED | {"subject": "Fair", "revision": "1"}
    assert client.post(editing, changed).status_code == 302
    stale = client.post(editing, changed | {"subject": "Kept as typed"})
    assert (stale.status_code, "Kept as typed" in stale.content.decode()) == (422, True)
    sending = reverse("focalpoint:outreach-send", args=[found.pk])
    assert client.post(sending, {"revision": "1"}).status_code == 409
    assert client.post(sending, {}).status_code == 400
    sent = client.post(sending, {"revision": "2"}, follow=True).content.decode()
    assert "It goes to fewer than five entries" in sent
    assert client.get(editing).status_code == 404
    assert "Fair" in client.get(reverse("focalpoint:outreach")).content.decode()


def test_an_official_discards_what_is_not_sent(world: list[Entry], signed_in: SignIn, officer: User, write: Write) -> None:
    client, found = signed_in(officer), write()
    address = reverse("focalpoint:outreach-discard", args=[found.pk])
    assert address in client.get(reverse("focalpoint:outreach-one", args=[found.pk])).content.decode()
    counted = Look.objects.count()
    assert client.post(address, {"revision": "2"}).status_code == 409
    assert client.post(address, {}).status_code == 400
    assert "Nothing was sent" in client.post(address, {"revision": "1"}, follow=True).content.decode()
    assert not Outreach.objects.exists()
    assert Look.objects.count() >= counted
    assert client.post(address, {"revision": "1"}).status_code == 404


def test_what_is_sent_is_not_discarded_and_by_no_other_agency(
    world: list[Entry], write: Write, officer: User, licensing_officer: User, now: datetime
) -> None:
    draft = write()
    with pytest.raises(outreach.UnableToReachOut):
        outreach.discard(outreach=draft, revision=1, by=licensing_officer)
    sent = send(draft, officer, now)
    with pytest.raises(outreach.HasChanged):
        outreach.discard(outreach=sent, revision=1, by=officer)
    assert Outreach.objects.get() == sent


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"subject": ""}, "Give the invitation a subject."),
        ({"reply_by": "2020-01-01"}, "This day is past."),
        ({"event_on": "2099-02-01"}, "Answers can’t be due after the event."),
        ({"region": "XX"}, "Enter a NUTS code"),
    ],
)
def test_a_refused_form_comes_back_filled_in(signed_in: SignIn, officer: User, wrong: dict[str, str], said: str) -> None:
    answer = signed_in(officer).post(reverse("focalpoint:outreach-new"), TYPED | wrong)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said.replace("’", "&#x27;") in page or said in page
    assert "Come." in page


def test_nobody_to_write_to_is_said(signed_in: SignIn, officer: User, write: Write) -> None:
    answer = signed_in(officer).post(reverse("focalpoint:outreach-send", args=[write().pk]), {"revision": 1})
    assert (answer.status_code, "There is nobody to write to" in answer.content.decode()) == (422, True)


@pytest.mark.parametrize("name", ["outreach", "outreach-one"])
def test_pages_cost_the_same_queries_for_one_thread_and_three(
    many: Callable[[int], None], write: Write, officer: User, signed_in: SignIn, now: datetime, name: str
) -> None:
    many(3)
    found = send(write(), officer, now)
    client = signed_in(officer)
    address = reverse(f"focalpoint:{name}", args=[] if name == "outreach" else [found.pk])
    counts = []
    for invited in Invited.objects.select_related("entry__organisation").order_by("pk"):
        by = User.objects.get(memberships__organisation=invited.entry.organisation, memberships__role="entry-editor")
        outreach.answer(invited=invited, text="We come.", by=by, now=now + timedelta(minutes=1))
        write()
        with CaptureQueriesContext(connection) as ran:
            assert client.get(address).status_code == 200
        counts.append(len(ran))
    assert counts[0] == counts[2]


def test_the_firms_list_costs_the_same_queries_for_one_and_three(
    world: list[Entry], write: Write, officer: User, entry_editor: User, signed_in: SignIn, now: datetime
) -> None:
    client: Client = signed_in(entry_editor)
    counts = []
    for _turn in range(3):
        send(write(), officer, now)
        with CaptureQueriesContext(connection) as ran:
            assert client.get(reverse("registry:outreach")).status_code == 200
        counts.append(len(ran))
    assert counts[0] == counts[2]
