"""The desk at 100,000 inquiries and 300,000 messages: server time and queries of its pages, in process, without a network."""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from uuid import uuid4

from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalogue.models import Segment
from inquiries.models import DryRun, Event, Flag, Inquiry, InquirySegment, Message, Priority, ReaderKey, Topic
from inquiries.sealing import Place, seal
from inquiries.services import asking, casework, dry_runs, rules
from organisations.models import Function, Kind, Membership, Organisation, Role, User
from tests.bench.lines import tell

RULES = 40
THREAD = 200  # messages of the longest case
# Some two thousand words, the first ones common and the last ones rare, as in any language (Zipf's law).
VOCABULARY = [f"word{number}" for number in range(2000)]
COMMON, RARE = "word5", "word1500"
FILTERS = {
    "none": "",
    "topic": "topic=sanctions",
    "segment": "segment=CTA03",
    "code": "code=3A001",
    "destination": "destination=KZ",
    "region": "destination=142",
    "agency": "agency={agency}",
    "officer": "officer={officer}",
    "state": "state=answered",
    "age": "age=older-quarter",
    "mode": "mode=anonymous",
    "flag": "flag=diversion-risk",
    "priority": "priority=urgent",
    "three": "topic=licensing&flag=catch-all&state=in-hand",
}


def bench(rows: int = 100_000) -> None:
    case = _fill(rows)
    client = signed_in(User.objects.get(email="supervisor@bench.example"))
    agency = Organisation.objects.get(is_focal_point=False)
    officer = User.objects.get(email="officer1@bench.example")
    for path in _paths(agency, officer):
        tell({"bench": "queue", "rows": rows, "path": path, **timed(client, path)})
    other = signed_in(User.objects.get(email="licensing@bench.example"))
    for path in ("/desk/inquiries/?queue=all", "/desk/inquiries/?queue=agency&topic=sanctions"):
        tell({"bench": "queue of one agency", "rows": rows, "path": path, **timed(other, path)})
    tell({"bench": "case", "messages": THREAD, "rows": rows, **timed(client, f"/desk/inquiries/{case.pk}/")})
    tell({"bench": "desk", "rows": rows, **timed(client, "/desk/")})
    page = [str(key) for key in Inquiry.objects.filter(state="in-hand").values_list("pk", flat=True)[:50]]
    for what in (f"assign:{officer.pk}", "flag:media", "close:"):
        look = {"what": what, "case": page, "unanswered": "on"}
        tell(
            {
                "bench": "look before a page is changed",
                "cases": len(page),
                "what": what.partition(":")[0],
                **timed(client, "/desk/inquiries/selected/", look, runs=10),
            }
        )
    tell({"bench": "dry run of the rules", "rows": rows, **_dry_run(agency)})


def _paths(agency: Organisation, officer: User) -> Iterator[str]:
    for queue in ("new", "mine", "agency", "due_this_week", "overdue", "waiting", "to_approve", "answered", "all"):
        yield f"/desk/inquiries/?queue={queue}"
    for asked in FILTERS.values():
        yield "/desk/inquiries/?queue=all&" + asked.format(agency=agency.pk, officer=officer.pk)
    for sort in ("due", "priority", "newest", "oldest"):
        yield f"/desk/inquiries/?queue=all&sort={sort}"
        yield f"/desk/inquiries/?queue=all&topic=sanctions&sort={sort}"
    yield "/desk/inquiries/?queue=all&page=20"
    for words in (COMMON, RARE, f"{COMMON}+{RARE}", "FP-", "3A001.a"):
        yield f"/desk/inquiries/?queue=all&q={words}"


def timed(client: Client, path: str, sent: dict[str, object] | None = None, *, runs: int = 30) -> dict[str, object]:
    """What a page takes, opened or with a form `sent` to it."""
    ask = partial(client.post, path, sent) if sent else partial(client.get, path)
    with CaptureQueriesContext(connection) as queries:
        ask()
    asked = len(queries)
    gc.collect()
    gc.freeze()  # as in gunicorn's processes
    took, worked = [], time.process_time()
    for _ in range(runs):
        began = time.perf_counter()
        response = ask()
        took.append(1000 * (time.perf_counter() - began))
        if response.status_code != 200:
            raise RuntimeError(f"{path} answered {response.status_code}")
    p95 = statistics.quantiles(took, n=20)[-1]
    worked = 1000 * (time.process_time() - worked) / runs
    return {
        "queries": asked,
        "median_ms": round(statistics.median(took), 1),
        "p95_ms": round(p95, 1),
        "python_ms": round(worked, 1),
    }


def _dry_run(licensing: Organisation) -> dict[str, object]:
    """A new rule beside RULES others, tried on all inquiries as if they had come within the last days."""
    today, administrator = timezone.localdate(), User.objects.get(email="administrator@bench.example")
    chance = random.Random(20261124)
    for number in range(RULES):
        rules.add(terms=_terms(chance, str(number), licensing), by=administrator, today=today)
    DryRun.DAYS = 3000
    run = dry_runs.start(terms=_terms(chance, "New", licensing), by=administrator, today=today)
    began = time.perf_counter()
    dry_runs.run(run.pk)
    took = time.perf_counter() - began
    run.refresh_from_db()
    if not run.is_done:
        raise RuntimeError("the dry run did not come to its end")
    pages = 1 + run.done // dry_runs.PAGE
    return {"rules": RULES, "counted": run.done, "seconds": round(took, 1), "ms_each_page": round(1000 * took / pages, 1)}


def _terms(chance: random.Random, name: str, licensing: Organisation) -> rules.Terms:
    return rules.Terms(
        name=name,
        tier=chance.randint(1, 9),
        topics=chance.sample(Topic.values, 2),
        segments=[],
        codes=chance.choice(([], ["3A001"], ["5A", "6"])),
        destinations=chance.choice(([], ["KZ", "TR"], ["145"])),
        modes=[],
        flags=[],
        agency=chance.choice((licensing, None)),
        team="",
        priority="",
        target_days=None,
    )


def signed_in(user: User) -> Client:
    settings.ALLOWED_HOSTS.append("testserver")
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    record_authentication(type("Request", (), {"session": session})(), user, "mfa")
    session.save()
    return client


# --- a country's inquiries of many years ----------------------------------------------------------------------------


def _fill(rows: int) -> Inquiry:
    """Inquiries, messages and events in the shape that the verbs make; return one whose thread is long and real."""
    call_command("load_catalogue", verbosity=0)
    chance, today = random.Random(20261123), timezone.localdate()
    licensing, officers = _offices()
    segments = list(Segment.objects.areas())
    sealed = asking.submit(topic="other", text="One for all.", today=today).inquiry
    message = sealed.messages.get()
    for first in range(0, rows, 10_000):
        inquiries = [_inquiry(chance, today, licensing, officers, sealed) for _ in range(min(10_000, rows - first))]
        Inquiry.objects.bulk_create(inquiries, batch_size=2000)
        InquirySegment.objects.bulk_create(
            [InquirySegment(inquiry=each, segment=chance.choice(segments)) for each in inquiries], batch_size=5000
        )
        Message.objects.bulk_create(list(_messages(inquiries, message, officers)), batch_size=5000)
        Event.objects.bulk_create(list(_events(inquiries)), batch_size=5000)
        ReaderKey.objects.bulk_create(
            [
                ReaderKey(inquiry=each, agency=agency, ring_key="1", wrapped_key=b"x" * 144)
                for each in inquiries
                for agency in ([None, licensing] if each.agency_id else [None])
            ],
            batch_size=5000,
        )
    case = _long_case(officers[0], today)
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return case


def _inquiry(chance: random.Random, today: date, licensing: Organisation, officers: list[User], sealed: Inquiry) -> Inquiry:
    age = int(chance.triangular(0, 2500, 0))
    state = chance.choices(("received", "in-hand", "waiting", "answered", "closed"), (1, 3, 2, 14, 80))[0]
    received_on = today - timedelta(days=age)
    agency = licensing if chance.random() < 0.3 else None
    is_open = state in ("received", "in-hand")
    if is_open:
        received_on = today - timedelta(days=age % 40)
    return Inquiry(
        reference=asking.new_reference(),
        topic=chance.choice(Topic.values),
        destination=chance.choice(("", "", "KZ", "TR", "AE", "US", "150", "UA")),
        sealed_subject=sealed.sealed_subject,
        title=" ".join(_words(chance, 6)),
        summary=" ".join(_words(chance, 30)),
        tags=[chance.choice(VOCABULARY[:300])],
        codes=chance.choice(([], [], ["3A001.a.5"], ["3A001.b"], ["5A002.a"], ["6A005.a.1", "6A005.b"], ["1C350.1"])),
        flags=[chance.choice(Flag.values)] if chance.random() < 0.1 else [],
        priority=chance.choices(Priority.values, (1, 4, 95))[0],
        state=state,
        agency=agency,
        readers=[agency.pk] if agency else [],
        officer=None if state == "received" else chance.choice(officers),
        received_on=received_on,
        due_on=received_on + timedelta(days=21) if is_open else None,
        closed_on=received_on + timedelta(days=30) if state == "closed" else None,
    )


def _words(chance: random.Random, number: int) -> list[str]:
    return [VOCABULARY[min(int(chance.paretovariate(0.4)), len(VOCABULARY)) - 1] for _ in range(number)]


def _messages(inquiries: list[Inquiry], sealed: Message, officers: list[User]) -> Iterator[Message]:
    for inquiry in inquiries:
        for position in (1, 2, 3):
            is_office = position == 2
            yield Message(
                id=uuid4(),
                inquiry=inquiry,
                position=position,
                author=Message.Author.OFFICE if is_office else Message.Author.ASKER,
                official=officers[0] if is_office else None,
                written_on=inquiry.received_on,
                sealed_text=sealed.sealed_text,
            )


def _events(inquiries: list[Inquiry]) -> Iterator[Event]:
    for inquiry in inquiries:
        yield Event(inquiry=inquiry, position=1, kind="received", on=inquiry.received_on)
        if inquiry.officer_id:
            yield Event(inquiry=inquiry, position=2, kind="take", official=inquiry.officer, on=inquiry.received_on)


def _long_case(officer: User, today: date) -> Inquiry:
    inquiry = asking.submit(topic="classification", text="The first of many words. " * 20, today=today).inquiry
    casework.take(inquiry, by=officer, today=today)
    key = casework.open_for_official(inquiry, by=officer).key
    made = []
    for position in range(2, THREAD + 1):
        message = Message(inquiry=inquiry, position=position, written_on=today)
        message.author = Message.Author.OFFICE if position % 2 else Message.Author.ASKER
        message.official = officer if position % 2 else None
        message.sealed_text = seal("Words of a long conversation. " * 12, key=key, place=Place("message", inquiry.pk, message.pk))
        made.append(message)
    Message.objects.bulk_create(made)
    return inquiry


def _offices() -> tuple[Organisation, list[User]]:
    focal_point = Organisation.objects.create(
        kind=Kind.AGENCY, name="Focal Point", is_focal_point=True, functions=[Function.OUTREACH]
    )
    licensing = Organisation.objects.create(kind=Kind.AGENCY, name="Licensing Board", functions=[Function.LICENSING])
    officers = [person(f"officer{number}", focal_point, Role.CASE_OFFICER) for number in range(12)]
    person("administrator", focal_point, Role.ADMINISTRATOR)
    person("supervisor", focal_point, Role.SUPERVISOR)
    person("licensing", licensing, Role.CASE_OFFICER)
    return licensing, officers


def person(name: str, organisation: Organisation, role: Role) -> User:
    user = User.objects.create_user(f"{name}@bench.example", name=name.title())
    Membership.objects.create(user=user, organisation=organisation, role=role)
    return user
