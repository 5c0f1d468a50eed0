from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, models, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat

from mailroom.models import Envelope, Letter, Priority, State
from mailroom.services import Recipient, UnableToPost, cancel, post, post_to_query
from mailroom.services.delivery import claim
from organisations.models import Kind, Organisation
from tests.mailroom.conftest import Write

pytestmark = pytest.mark.django_db


def test_a_letter_has_one_envelope_an_address_whatever_its_case(write: Write) -> None:
    letter = write("a@firm.example", "b@firm.example", "A@Firm.example")
    assert sorted(letter.envelopes.values_list("address", flat=True)) == ["a@firm.example", "b@firm.example"]
    assert letter.addressed == 2


def test_what_the_caller_takes_back_was_never_posted(write: Write) -> None:
    with transaction.atomic():
        write("a@firm.example")
        transaction.set_rollback(True)
    assert not Letter.objects.exists()
    assert not Envelope.objects.exists()


def test_each_copy_has_its_own_message_id_and_token(write: Write) -> None:
    one, two = write("a@firm.example", "b@firm.example").envelopes.all()
    assert one.message_id != two.message_id
    assert one.token != two.token
    assert one.token not in one.message_id
    assert one.message_id.endswith("@portal.example>")


@pytest.mark.parametrize("bad", ["a\r\nBcc: x@y.example", "a\nb", "a\0b", "a\u2028b", " ", ""])
def test_a_subject_of_more_than_one_line_is_refused(write: Write, bad: str) -> None:
    with pytest.raises(UnableToPost, match="one line"):
        write("a@firm.example", subject=bad)
    assert not Letter.objects.exists()


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "nobody",
        "a@",
        "@firm.example",
        "a b@firm.example",
        "a@firm.example,b@firm.example",
        "<a@firm.example>",
        "ä@firm.example",
    ],
)
def test_what_is_no_address_is_refused(write: Write, bad: str) -> None:
    with pytest.raises(UnableToPost, match="address"):
        write(bad)
    assert not Letter.objects.exists()


@pytest.mark.parametrize("bad", ["a@firm.example\r\nRCPT TO:<b@firm.example>", "a@firm.example\n"])
def test_an_address_that_goes_on_after_a_line_break_is_refused(write: Write, bad: str) -> None:
    with pytest.raises(UnableToPost, match="line break"):
        write(bad)


def test_a_name_with_a_line_break_is_refused(now: datetime) -> None:
    with pytest.raises(UnableToPost, match="line break"):
        post(purpose="t", source="t", subject="s", text="t", now=now, to=[Recipient("a@firm.example", "Ann\r\nBcc: b@x.example")])


@pytest.mark.parametrize("changes", [{"text": "x" * 5_000_000}, {"html": "õ" * 600_000}])
def test_content_of_over_a_megabyte_is_refused(write: Write, changes: dict[str, str]) -> None:
    with pytest.raises(UnableToPost, match="megabyte"):
        write("a@firm.example", **changes)


def test_a_null_character_is_refused(write: Write) -> None:
    with pytest.raises(UnableToPost, match="null"):
        write("a@firm.example", text="a\0b")


def test_an_address_in_another_script_is_kept_in_ascii(write: Write) -> None:
    (envelope,) = write("a@õun.example").envelopes.all()
    assert envelope.address == "a@xn--un-bka.example"


@pytest.mark.parametrize(
    "changes",
    [
        {"address": "a b@firm.example"},
        {"address": "a@x.example\nb"},
        {"name": "a\nb"},
        {"state": "lost"},
        {"next_attempt_at": None},
    ],
)
def test_the_database_refuses_what_a_service_would(write: Write, changes: dict[str, object]) -> None:
    letter = write("a@firm.example")
    with pytest.raises(IntegrityError), transaction.atomic():
        letter.envelopes.update(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"state": State.SENT, "next_attempt_at": None},
        {"state": State.SENDING},
        {"state": State.FAILED, "next_attempt_at": None},
        {"lease_holder": "somebody"},
        {"state": State.CANCELLED},
    ],
)
def test_a_state_goes_with_its_who_and_when(write: Write, changes: dict[str, object]) -> None:
    letter = write("a@firm.example")
    with pytest.raises(IntegrityError), transaction.atomic():
        letter.envelopes.update(**changes)


@pytest.mark.parametrize("number", [1, 3])
def test_an_audience_is_posted_to_in_one_statement(number: int, now: datetime, django_assert_num_queries: object) -> None:
    Organisation.objects.bulk_create(Organisation(kind=Kind.FIRM, name=f"firm{n}") for n in range(number))
    audience = Organisation.objects.values_list(
        Concat(F("name"), Value("@firm.example"), output_field=models.CharField()), F("name")
    )
    with django_assert_num_queries(6):  # type: ignore[operator]  # savepoint and release, letter, envelopes, count, counted
        letter = post_to_query(purpose="t", source="t:1", subject="s", text="t", audience=audience, now=now)
    assert letter.addressed == number
    assert sorted(letter.envelopes.values_list("address", "name", "state", "priority")) == [
        (f"firm{n}@firm.example", f"firm{n}", State.QUEUED, Priority.BULK) for n in range(number)
    ]
    assert len(set(letter.envelopes.values_list("token", flat=True))) == number


def test_cancelling_stops_what_waits_and_leaves_other_sources(write: Write, now: datetime) -> None:
    write("a@firm.example", "b@firm.example")
    other = write("c@firm.example", source="test:2")
    assert cancel(source="test:1") == 2
    assert set(Envelope.objects.of_source("test:1").values_list("state", flat=True)) == {State.CANCELLED}
    assert other.envelopes.get().state == State.QUEUED


def test_what_is_posted_for_later_is_not_due_yet(write: Write, now: datetime) -> None:
    later = now + timedelta(hours=1)
    write("a@firm.example", not_before=later)
    assert claim(worker="w", limit=9, now=now, lease=timedelta(minutes=1)) == []
    assert len(claim(worker="w", limit=9, now=later, lease=timedelta(minutes=1))) == 1


def test_the_urgent_leaves_first_then_the_longest_waiting(write: Write, now: datetime) -> None:
    write("bulk@firm.example", priority=Priority.BULK)
    write("second@firm.example", not_before=now + timedelta(seconds=1))
    write("first@firm.example")
    write("urgent@firm.example", priority=Priority.URGENT, not_before=now + timedelta(seconds=2))
    claimed = claim(worker="w", limit=9, now=now + timedelta(minutes=1), lease=timedelta(minutes=1))
    assert [envelope.address.partition("@")[0] for envelope in claimed] == ["urgent", "first", "second", "bulk"]


def test_a_letter_to_a_query_goes_once_a_source_and_only_among_those_named(now: datetime) -> None:
    """Three letters of one source, such as an advisory in three languages: each address gets the first that is meant for it."""
    for number in range(4):
        Organisation.objects.create(kind=Kind.FIRM, name=f"firm{number}")
    everybody = Organisation.objects.annotate(address=Concat("name", Value("@firm.example"))).values_list("address", "name")
    some = everybody.filter(name__in=["firm1", "firm2"]).values_list("address")
    shouted = Organisation.objects.annotate(address=Concat(Value("FIRM"), Value("2@FIRM.example"))).values_list("address")[:1]
    common = {"purpose": "advisory", "subject": "S", "text": "T", "audience": everybody, "now": now, "once": True}
    post_to_query(**common, source="advisory:1", language="et", among=some)
    post_to_query(**common, source="advisory:1", language="fi", among=shouted)
    post_to_query(**common, source="advisory:1", language="en")
    other = post_to_query(**common, source="advisory:2", language="en")
    found = Envelope.objects.of_source("advisory:1").values_list("letter__language", "address").order_by("address")
    assert list(found) == [
        ("en", "firm0@firm.example"),
        ("et", "firm1@firm.example"),
        ("et", "firm2@firm.example"),
        ("en", "firm3@firm.example"),
    ]
    assert sorted(Letter.objects.of_source("advisory:1").values_list("language", "addressed")) == [("en", 2), ("et", 2), ("fi", 0)]
    assert other.addressed == 4
