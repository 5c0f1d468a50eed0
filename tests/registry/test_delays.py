"""What two officials put off the firm reads nowhere until its day, and then everywhere, with who decided and why."""

import ast
import csv
import io
import threading
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, ProgrammingError, connections, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

import registry
from mailroom.models import Letter
from organisations.models import Organisation, User
from registry import gateway
from registry.disclosure import Audience, Field, Purpose
from registry.models import LONGEST_DELAY, Delay, DelayedBatch, Entry, Look, PutOff
from registry.permissions import PUBLIC, Capacity, official_capacities
from registry.services import delays, digests, ledger, questions
from tests.conftest import SignIn
from tests.registry.conftest import Agree, MakeEntry, grant

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "disclosed", "owner"])
REASON = "Talks on a joint project must not be known yet"
TO_FOCAL_POINT = grant(Audience.FOCAL_POINT, Purpose.OUTREACH, Field.LEGAL_NAME, Field.REGION)
DAY = timedelta(days=1)
DELAYS, LOOK = "focalpoint:delays", "focalpoint:registry-look"


def asked(by: User, *, on: date, until: date, reason: str = REASON) -> Delay:
    return delays.ask(audience=Audience.FOCAL_POINT, purpose=Purpose.OUTREACH, reason=reason, until=until, by=by, today=on)


@pytest.fixture
def approved(officer: User, approver: User) -> Callable[..., Delay]:
    def make(on: date, until: date) -> Delay:
        return delays.approve(delay=asked(officer, on=on, until=until), by=approver, today=on)

    return make


def gate(by: User, *, on: date, delay: Delay | None, purpose: Purpose = Purpose.OUTREACH) -> gateway.Gate:
    return gateway.disclosed(by, purpose, "Seminar", today=on, capacity=official_capacities(by)[0], delay=delay)


@pytest.fixture
def put_off(entry: Entry, agree: Agree, officer: User, approved: Callable[..., Delay]) -> Callable[..., Look]:
    """A look at the entry on a day, put off until another."""
    agree(entry, TO_FOCAL_POINT)

    def make(on: date, until: date) -> Look:
        gate(officer, on=on, delay=approved(on, until)).one(entry.pk)
        return Look.objects.latest("pk")

    return make


def told(client: Client, look: Look) -> list[bool]:
    """Whether the firm reads of the look: on the page, in its count, in the table, the JSON, and at the address of a question."""
    page = client.get(reverse("registry:ledger"))
    usage = client.get(reverse("registry:find-usage")).json()
    table = list(csv.DictReader(io.StringIO(client.get(reverse("registry:ledger-table")).getvalue().decode())))
    return [
        "Seminar" in page.content.decode(),
        page.context["page"].paginator.count > 0,
        bool(table),
        usage["totalUsages"] > 0,
        bool(usage["usages"]),
        client.get(reverse("registry:question", args=[look.pk])).status_code == 200,
    ]


# --- what the firm reads --------------------------------------------------------------------------------------------


def test_until_its_last_day_the_firm_reads_of_it_nowhere(
    signed_in: SignIn, signatory: User, entry: Entry, put_off: Callable[..., Look]
) -> None:
    today = timezone.localdate()
    look = put_off(today - 3 * DAY, today)
    assert told(signed_in(signatory), look) == [False] * 6
    with pytest.raises(questions.UnableToAsk):
        questions.ask(entry=entry, look=look, text="What for?", by=signatory, today=today, now=timezone.now())


def test_the_day_after_the_firm_reads_of_the_look_and_of_the_delay(
    signed_in: SignIn, signatory: User, put_off: Callable[..., Look]
) -> None:
    today = timezone.localdate()
    on, until = today - 3 * DAY, today - DAY
    look, client = put_off(on, until), signed_in(signatory)
    assert told(client, look) == [True] * 6
    for address in (reverse("registry:ledger"), reverse("registry:question", args=[look.pk])):
        page = client.get(address).getvalue().decode()
        assert "Put off by two officials" in page
        assert REASON in page
        assert "Olev Officer" not in page
    (row,) = csv.DictReader(io.StringIO(client.get(reverse("registry:ledger-table")).getvalue().decode()))
    assert (row["put_off_until"], row["put_off_on"], row["put_off_reason"]) == (str(until), str(on), REASON)
    (usage,) = client.get(reverse("registry:find-usage")).json()["usages"]
    assert usage["putOff"] == {"until": until.isoformat(), "on": on.isoformat(), "reason": REASON}


def test_a_look_that_is_not_put_off_is_told_at_once_beside_one_that_is(
    signed_in: SignIn, signatory: User, officer: User, entry: Entry, put_off: Callable[..., Look]
) -> None:
    today = timezone.localdate()
    late = put_off(today, today + DAY)
    gate(officer, on=today, delay=None).page(gateway.Question())
    read = Look.objects.at(entry.pk).told(today).with_delay()
    assert [(look.kind, look.put_off) for look in read] == [("list", None)]
    read = Look.objects.at(entry.pk).told(today + 2 * DAY).with_delay()
    assert [(look.pk, look.put_off) for look in read][1:] == [(late.pk, PutOff(today, today + DAY, REASON))]
    assert "Put off" not in signed_in(signatory).get(reverse("registry:ledger")).content.decode()


def test_the_letter_tells_of_it_once_after_its_last_day(
    entry: Entry, signatory: User, put_off: Callable[..., Look], today: date, now: Any
) -> None:
    digests.choose(entry=entry, pace="daily", by=signatory, today=today)
    put_off(today, today + 3 * DAY)
    days = [ago for ago in range(12) if digests.post_due(today=today + ago * DAY, now=now)]
    assert days == [5]  # about the day after the last, which is the fourth
    assert "1 look" in Letter.objects.get(purpose="ledger-digest").text


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_queries_however_many_were_put_off(
    signed_in: SignIn, signatory: User, put_off: Callable[..., Look], count: int, django_assert_num_queries: Any
) -> None:
    today = timezone.localdate()
    for ago in range(count):
        put_off(today - (ago + 3) * DAY, today - DAY)
    client = signed_in(signatory)
    with django_assert_num_queries(8):
        assert len(client.get(reverse("registry:ledger")).context["page"]) == count


def test_the_chain_of_the_ledger_is_as_ever(put_off: Callable[..., Look], today: date) -> None:
    put_off(today, today + DAY)
    assert ledger.check(public_keys={}) == []


# --- every read of looks --------------------------------------------------------------------------------------------

# What reads or writes looks and tells no firm of them: the gateway's write and those of the verbs that send letters, the check that
# the ledger is as it was written, and the search for the export that a leaked copy comes from.
NOT_TOLD = {
    ("gateway.py", "write"),
    ("services/ledger.py", "in_bulk"),
    ("services/ledger.py", "raw"),
    ("services/tracing.py", "exports"),
    ("services/introducing.py", "bulk_create"),
    ("services/outreach.py", "bulk_create"),
}
HIDING = {"told", "told_between", "none"}


def reads(source: str) -> list[set[str]]:
    """The methods that each expression on `Look.objects` calls."""
    tree = ast.parse(source)
    above = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    found = []
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Attribute) and ast.unparse(node) in ("Look.objects", "models.Look.objects")):
            continue
        called, place = set(), above[node]
        while isinstance(place, ast.Attribute | ast.Call):
            if isinstance(place, ast.Attribute):
                called.add(place.attr)
            place = above[place]
        found.append(called)
    return found


def forgotten(name: str, source: str) -> list[set[str]]:
    return [called for called in reads(source) if not called & HIDING and not any((name, verb) in NOT_TOLD for verb in called)]


def test_every_read_of_looks_goes_by_the_delay() -> None:
    root = Path(registry.__file__).parent
    sources = {path.relative_to(root).as_posix(): path.read_text() for path in root.rglob("*.py") if "migrations" not in path.parts}
    for other in ("focalpoint", "portal"):
        sources |= {path.as_posix(): path.read_text() for path in (root.parent / other).rglob("*.py")}
    assert {name: found for name, source in sources.items() if (found := forgotten(name, source))} == {}
    assert sum(len(reads(source)) for source in sources.values()) >= 6
    raw = [name for name, source in sources.items() if "registry_look " in source]
    assert raw == ["services/ledger.py"]


@pytest.mark.parametrize(
    ("forgetful", "right"),
    [
        ("looks = Look.objects.at(entry.pk)", "looks = Look.objects.at(entry.pk).told(today)"),
        ("count = Look.objects.filter(on=today).count()", "count = Look.objects.filter(on=today).told(today).count()"),
        (
            "rows = Look.objects.at(pk).chosen(since=since).values('on')",
            "rows = Look.objects.at(pk).told_between(since, until).values('on')",
        ),
    ],
)
def test_a_read_that_forgets_the_delay_is_caught(forgetful: str, right: str) -> None:
    assert (len(forgotten("views/ledger.py", forgetful)), forgotten("views/ledger.py", right)) == (1, [])


# --- who asks, who decides ------------------------------------------------------------------------------------------


def test_only_an_official_of_the_focal_point_who_may_look_asks(
    licensing_officer: User,
    auditor: User,
    administrator: User,
    signatory: User,
    association_officer: User,
    officer: User,
    today: date,
) -> None:
    for person in (licensing_officer, auditor, administrator, signatory, association_officer):
        with pytest.raises(delays.UnableToDelay):
            asked(person, on=today, until=today)
    with pytest.raises(delays.UnableToDelay):  # not in a function that the agency does not have
        delays.ask(audience=Audience.LICENSING, purpose=Purpose.OUTREACH, reason="x", until=today, by=officer, today=today)
    assert not Delay.objects.exists()


def test_the_same_wish_sent_twice_is_one(officer: User, today: date) -> None:
    assert asked(officer, on=today, until=today).pk == asked(officer, on=today, until=today).pk


def test_a_delay_has_a_reason_and_ends_within_180_days(officer: User, today: date) -> None:
    for until in (today - DAY, today + LONGEST_DELAY + DAY):
        with pytest.raises(delays.TooLong):
            asked(officer, on=today, until=until)
    with pytest.raises(ValidationError):
        asked(officer, on=today, until=today, reason="  ")
    assert asked(officer, on=today, until=today + LONGEST_DELAY).waits


def test_whoever_asks_does_not_decide_and_an_approver_does(
    approver: User, officer: User, supervisor: User, auditor: User, signatory: User, today: date
) -> None:
    own = asked(approver, on=today, until=today)
    other = asked(officer, on=today, until=today)
    for person, delay in ((approver, own), (officer, own), (supervisor, other), (auditor, other), (signatory, other)):
        for verb in (delays.approve, delays.refuse):
            with pytest.raises(delays.UnableToDelay):
                verb(delay=delay, by=person, today=today)
    assert delays.refuse(delay=other, by=approver, today=today).decided_by == approver


def test_what_is_decided_or_over_is_not_decided_again(officer: User, approver: User, today: date) -> None:
    delay = asked(officer, on=today, until=today)
    with pytest.raises(delays.AlreadyDecided):
        delays.approve(delay=delay, by=approver, today=today + DAY)
    delays.refuse(delay=delay, by=approver, today=today)
    with pytest.raises(delays.AlreadyDecided):
        delays.approve(delay=delay, by=approver, today=today)


def test_two_approvers_at_once_and_one_is_told(officer: User, approver: User, focal_point: Organisation, today: date) -> None:
    delay = asked(officer, on=today, until=today)
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def decide(verb: Callable[..., Delay]) -> None:
        try:
            start.wait()
            outcomes.append(verb(delay=delay, by=approver, today=today).state)
        except delays.AlreadyDecided:
            outcomes.append("quicker")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=decide, args=(verb,)) for verb in (delays.approve, delays.refuse)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    delay.refresh_from_db()
    assert sorted(outcomes) == sorted([delay.state, "quicker"])


# --- who uses it ----------------------------------------------------------------------------------------------------


def test_a_delay_that_is_not_approved_over_or_of_somebody_else_opens_nothing(
    entry: Entry, agree: Agree, officer: User, approver: User, editor: User, approved: Callable[..., Delay], today: date
) -> None:
    agree(entry, TO_FOCAL_POINT)
    waiting = asked(officer, on=today, until=today)
    refused = delays.refuse(delay=asked(officer, on=today, until=today + DAY), by=approver, today=today)
    good = approved(today, today + 2 * DAY)
    tries = [
        (officer, waiting, today, Purpose.OUTREACH),
        (officer, refused, today, Purpose.OUTREACH),
        (officer, good, today + 3 * DAY, Purpose.OUTREACH),
        (officer, good, today, Purpose.MATCHMAKING),
        (editor, good, today, Purpose.OUTREACH),
        (approver, good, today, Purpose.OUTREACH),
    ]
    for by, delay, on, purpose in tries:
        with pytest.raises(gateway.UnableToLook):
            gate(by, on=on, delay=delay, purpose=purpose)
    with pytest.raises(gateway.UnableToLook):
        gateway.disclosed(officer, Purpose.OUTREACH, "x", today=today, capacity=PUBLIC, delay=good)
    gate(officer, on=today, delay=good).one(entry.pk)
    assert DelayedBatch.objects.get().batch == Look.objects.get().batch


def test_a_confirmation_is_told_at_once_whatever_is_put_off(
    entry: Entry, agree: Agree, officer: User, approved: Callable[..., Delay], today: date
) -> None:
    agree(entry, TO_FOCAL_POINT)
    opened = gate(officer, on=today, delay=approved(today, today + DAY))
    seen = opened.one(entry.pk)
    opened.subject(entry.pk, Field.REGION, fingerprint=seen.fingerprint, reason="Extract of the register")
    assert [look.reason for look in Look.objects.at(entry.pk).told(today)] == ["Extract of the register"]


# --- what the database refuses --------------------------------------------------------------------------------------


def outside(statement: str, *values: Any) -> None:
    with transaction.atomic(using="disclosed"), connections["disclosed"].cursor() as cursor:
        cursor.execute(statement, values)


PUT_OFF = "INSERT INTO registry_delayedbatch (batch, delay_id, until) VALUES (%s, %s, %s)"


def test_the_database_puts_off_nothing_that_is_written_already(
    entry: Entry, agree: Agree, officer: User, approved: Callable[..., Delay], today: date
) -> None:
    agree(entry, TO_FOCAL_POINT)
    gate(officer, on=today, delay=None).one(entry.pk)
    delay = approved(today, today + DAY)
    with pytest.raises(IntegrityError, match="in the ledger already"):
        outside(PUT_OFF, Look.objects.get().batch, delay.pk, delay.until)


def test_the_database_puts_off_nothing_without_an_approved_delay_of_that_day(
    officer: User, approved: Callable[..., Delay], today: date
) -> None:
    waiting, good = asked(officer, on=today, until=today), approved(today, today + DAY)
    for delay, until in ((waiting, waiting.until), (good, good.until + DAY), (good, good.until - DAY)):
        with pytest.raises(IntegrityError, match="not approved, or ends on another day"):
            outside(PUT_OFF, uuid.uuid4(), delay.pk, until)


@pytest.mark.parametrize("wrong", ["viewer", "purpose", "day before", "day after"])
def test_the_database_lets_nobody_use_a_delay_for_other_looks(
    officer: User, editor: User, approved: Callable[..., Delay], focal_point: Organisation, today: date, wrong: str
) -> None:
    delay = approved(today, today + DAY)
    on = {"day before": today - DAY, "day after": today + 2 * DAY}.get(wrong, today)
    purpose = Purpose.MATCHMAKING if wrong == "purpose" else Purpose.OUTREACH
    viewer = editor.pk if wrong == "viewer" else officer.pk
    forged = gateway.Gate(Capacity(Audience.FOCAL_POINT, focal_point), purpose, "x", on, viewer, delay=delay)
    with pytest.raises(IntegrityError, match="for other looks"):
        forged.page(gateway.Question())
    assert (Look.objects.count(), DelayedBatch.objects.count()) == (0, 0)


def test_the_database_wants_two_officials_and_a_day_in_reach(officer: User, approver: User, today: date) -> None:
    delay = asked(officer, on=today, until=today)
    with pytest.raises(IntegrityError, match="delay_has_two_officials"), transaction.atomic():
        Delay.objects.filter(pk=delay.pk).update(state="approved", decided_by=officer, decided_on=today)
    with pytest.raises(IntegrityError, match="delay_is_decided_by_and_on"), transaction.atomic():
        Delay.objects.filter(pk=delay.pk).update(state="approved")
    usual = {"audience": "licensing", "purpose": "outreach", "reason": "x", "asked_by": officer, "asked_on": today}
    with pytest.raises(IntegrityError, match="delay_ends_in_180_days"), transaction.atomic():
        Delay.objects.create(**usual, until=today + LONGEST_DELAY + DAY)
    assert Delay.objects.create(**usual, until=today + LONGEST_DELAY).waits


@pytest.mark.parametrize(
    ("alias", "statement"),
    [
        ("default", "UPDATE registry_delay SET until = until + 1"),
        ("default", "UPDATE registry_delay SET reason = 'Other'"),
        ("default", "DELETE FROM registry_delay"),
        ("default", "UPDATE registry_delayedbatch SET until = until + 1"),
        (
            "default",
            "INSERT INTO registry_delayedbatch (batch, delay_id, until) SELECT gen_random_uuid(), id, until FROM registry_delay",
        ),
        ("default", "DELETE FROM registry_delayedbatch"),
        ("disclosed", "UPDATE registry_delayedbatch SET until = until + 1"),
        ("disclosed", "DELETE FROM registry_delayedbatch"),
        ("disclosed", "SELECT reason FROM registry_delay"),
    ],
)
def test_no_login_makes_a_delay_longer_or_takes_one_back(alias: str, statement: str) -> None:
    with connections[alias].cursor() as cursor, pytest.raises(ProgrammingError, match="permission denied"):
        cursor.execute(statement)


# --- the desk -------------------------------------------------------------------------------------------------------


def wish(until: date) -> dict[str, str]:
    return {"audience": "focal-point-outreach", "purpose": "outreach", "reason": REASON, "until": until.isoformat()}


def test_an_official_asks_another_approves_and_the_look_is_put_off(
    signed_in: SignIn, officer: User, approver: User, focal_point: Organisation, entry: Entry, agree: Agree, auditor: User
) -> None:
    agree(entry, TO_FOCAL_POINT)
    today = timezone.localdate()
    desk, second = signed_in(officer), signed_in(approver)
    said = {"capacity": f"focal-point-outreach:{focal_point.pk}", "purpose": "outreach", "reason": "Seminar"}
    assert "When do the firms read of it?" not in desk.get(reverse(LOOK)).content.decode()
    assert desk.post(reverse("focalpoint:delay-ask"), wish(today + DAY)).status_code == 302
    delay = Delay.objects.get()
    assert desk.post(reverse(LOOK), said | {"delay": str(delay.pk)}).status_code == 422  # not approved
    assert desk.post(reverse("focalpoint:delay-approve", args=[delay.pk])).status_code == 403
    assert REASON in second.get(reverse(DELAYS)).content.decode()
    assert "Delays of the ledger to decide" in second.get("/desk/").content.decode()
    assert second.post(reverse("focalpoint:delay-approve", args=[delay.pk])).status_code == 302
    late = second.post(reverse("focalpoint:delay-refuse", args=[delay.pk]))
    assert (late.status_code, "was quicker" in late.content.decode()) == (409, True)
    assert second.post(reverse(LOOK), said | {"delay": str(delay.pk)}).status_code == 422  # somebody else's
    assert REASON in desk.get(reverse(LOOK)).content.decode()
    assert desk.post(reverse(LOOK), said | {"delay": str(delay.pk), "purpose": "matchmaking"}).status_code == 422
    assert desk.post(reverse(LOOK), said | {"delay": str(delay.pk)}).status_code == 302
    for address in (reverse("focalpoint:registry"), reverse("focalpoint:registry-listed", args=[entry.pk])):
        page = desk.get(address).content.decode()
        assert "put off because" in page
        assert REASON in page
    assert Look.objects.at(entry.pk).told(today).count() == 0
    assert Look.objects.at(entry.pk).told(today + 2 * DAY).count() == 2
    assert "1 delay runs" in signed_in(auditor).get(reverse(DELAYS)).content.decode()
    assert desk.get(reverse("registry:list")).status_code == 200  # the same session on the pages that everybody has
    assert Look.objects.at(entry.pk).told(today).count() == 0


def test_a_delay_that_ends_in_the_middle_of_the_work_leads_back_to_the_question(
    signed_in: SignIn, officer: User, focal_point: Organisation, approved: Callable[..., Delay]
) -> None:
    today = timezone.localdate()
    over = approved(today - 2 * DAY, today - DAY)
    client = signed_in(officer)
    session = client.session
    capacity = f"focal-point-outreach:{focal_point.pk}"
    session["registry_look"] = {"capacity": capacity, "purpose": "outreach", "reason": "Seminar", "delay": str(over.pk)}
    session.save()
    answer = client.get(reverse("focalpoint:registry"))
    assert (answer.status_code, answer["Location"]) == (302, reverse(LOOK))
    assert not Look.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"reason": ""}, "the firms are owed a reason"),
        ({"until": ""}, "Choose the last day"),
        ({"until": "2020-01-01"}, "at most 180 days away"),
        ({"audience": "licensing"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_with_a_wish_is_said(signed_in: SignIn, officer: User, wrong: dict[str, str], sentence: str) -> None:
    answer = signed_in(officer).post(reverse("focalpoint:delay-ask"), wish(timezone.localdate()) | wrong)
    assert (answer.status_code, sentence in answer.content.decode()) == (422, True)


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_delays_costs_the_same_queries_however_many_there_are(
    signed_in: SignIn,
    auditor: User,
    put_off: Callable[..., Look],
    make_entry: MakeEntry,
    count: int,
    django_assert_num_queries: Any,
) -> None:
    today = timezone.localdate()
    for ago in range(count):
        put_off(today - ago * DAY, today + DAY)
    client = signed_in(auditor)
    with django_assert_num_queries(6):
        page = client.get(reverse(DELAYS))
    assert [delay.looks for delay, _may_decide in page.context["rows"]] == [1] * count
