"""The queues: what they hold, what narrows them, what is kept under a name, and what is looked for under the seal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone

from catalogue.models import Segment
from inquiries import querysets
from inquiries.filters import AGES, InquiryFilter
from inquiries.models import Inquiry, Priority, ReaderKey, RoutingRule, SavedFilter
from inquiries.permissions import may_change_filter, may_read
from inquiries.querysets import PRIORITIES, SORTS, counting, onlooker, queue_counts
from inquiries.services import asking, casework, savedfilters, wordsearch
from organisations.models import Organisation, Role, User
from tests.conftest import member

SignIn = Callable[..., Client]
QUEUE = "/desk/inquiries/"


@pytest.fixture
def day() -> date:
    return timezone.localdate()


@pytest.fixture
def ask(db: None, day: date) -> Callable[..., Inquiry]:
    """Files an inquiry and gives it what the desk knows of it."""

    def file(text: str = "May I sell pumps?", *, ago: int = 0, segments: Any = (), destination: str = "", **desk: Any) -> Inquiry:
        filed = asking.submit(
            topic=desk.pop("topic", "sanctions"), text=text, segments=segments, destination=destination, today=day - timedelta(ago)
        )
        Inquiry.objects.filter(pk=filed.inquiry.pk).update(**desk)
        return Inquiry.objects.get(pk=filed.inquiry.pk)

    return file


def found(client: Client, query: str) -> set[str]:
    response = client.get(f"{QUEUE}?queue=all&{query}")
    assert response.status_code == 200, query
    return {inquiry.reference for inquiry in response.context["page"]}


# --- filters --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "is_in"),
    [
        ("q=spindle", True),
        ("q=spindles", True),  # words are found by their stem
        ("q=lathe", False),
        ("q=export+drive", True),  # title and summary together
        ("q=milling-tag", True),
        ("q=3A001", True),
        ("q=3a001.A", True),
        ("code=3A001.a.5", True),
        ("code=3A001.b", False),
        ("code=3A0", False),
        ("topic=classification", True),
        ("topic=sanctions", False),
        ("segment=CTA03", True),
        ("segment=CTA01", False),
        ("destination=KZ", True),
        ("destination=kazakhstan", True),
        ("destination=143", True),  # the country lies in the region
        ("destination=asia", True),
        ("destination=TR", False),
        ("destination=150", False),
        ("officer=none", True),
        ("state=received", True),
        ("state=closed", False),
        ("age=month", True),
        ("age=week", False),
        ("age=older-month", False),
        ("mode=anonymous", True),
        ("mode=named", False),
        ("flag=diversion-risk", True),
        ("flag=media", False),
        ("priority=urgent", True),
        ("priority=normal", False),
    ],
)
def test_a_filter_keeps_what_it_names_and_nothing_else(
    ask: Callable[..., Inquiry], officer: User, signed_in: SignIn, seed_segments: None, *, query: str, is_in: bool
) -> None:
    wanted = ask(
        topic="classification",
        ago=10,
        destination="KZ",
        segments=Segment.objects.filter(code="CTA03"),
        title="Spindle drive",
        summary="A firm asks about an export.",
        tags=["milling-tag"],
        codes=["3A001.a.5"],
        flags=["diversion-risk"],
        priority="urgent",
    )
    assert (wanted.reference in found(signed_in(officer), query)) is is_in


def test_agency_and_officer_narrow_to_whom_they_name(
    ask: Callable[..., Inquiry], officer: User, supervisor: User, licensing_agency: Organisation, signed_in: SignIn, day: date
) -> None:
    handed, taken, new = ask(), ask(), ask()
    casework.route(handed, agency=licensing_agency, by=officer, today=day)
    casework.take(taken, by=officer, today=day)
    licensing = member(licensing_agency, "Liis Licensing", Role.CASE_OFFICER)
    casework.take(handed, by=licensing, today=day)
    desk = signed_in(supervisor)
    assert found(desk, f"agency={licensing_agency.pk}") == {handed.reference}
    assert found(desk, f"officer={officer.pk}") == {taken.reference}
    assert found(desk, f"officer={licensing.pk}") == {handed.reference}
    assert found(desk, "officer=none") == {new.reference}


@pytest.fixture
def seed_segments(db: None) -> None:
    for code in ("CTA01", "CTA03"):
        Segment.objects.create(
            scheme="eu-critical-technology-areas", edition="2023", code=code, label=code, diversion_risk="high", is_current=True
        )


def test_a_code_finds_what_stands_below_it_and_no_neighbour(ask: Callable[..., Inquiry], officer: User, signed_in: SignIn) -> None:
    below, neighbour = ask(codes=["3A001.a.5"]), ask(codes=["3A001.aa"])
    assert found(signed_in(officer), "code=3A001.a") == {below.reference}
    assert found(signed_in(officer), "code=3A001") == {below.reference, neighbour.reference}


def test_a_reference_is_found_by_its_beginning(ask: Callable[..., Inquiry], officer: User, signed_in: SignIn) -> None:
    one, _other = ask(), ask()
    assert found(signed_in(officer), f"q={one.reference[:9].lower()}") == {one.reference}


def test_the_askers_words_are_not_searched_from_outside(ask: Callable[..., Inquiry], officer: User, signed_in: SignIn) -> None:
    ask("A most peculiar gyroscope")
    assert found(signed_in(officer), "q=gyroscope") == set()


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("code=laser", "Type a control entry such as 3A001"),
        ("destination=Ruritania", "No country or region has this name"),
        ("destination=999", "No country or region has this name"),
        ("destination=12345", "No country or region has this name"),
        ("topic=secrets", "Select a valid choice"),
        ("officer=somebody", "Select a valid choice"),
        ("q=" + "x" * 101, "at most 100 characters"),
    ],
)
def test_a_filter_that_can_not_be_is_said_beside_its_field(officer: User, signed_in: SignIn, query: str, sentence: str) -> None:
    response = signed_in(officer).get(f"{QUEUE}?queue=all&{query}")
    assert response.status_code == 422
    assert sentence in response.content.decode()


def test_each_order_is_the_one_that_it_says(ask: Callable[..., Inquiry], officer: User, signed_in: SignIn) -> None:
    old, urgent, new = ask(ago=20), ask(ago=10, priority="urgent"), ask()
    client = signed_in(officer)
    orders = {sort: [inquiry.pk for inquiry in client.get(f"{QUEUE}?queue=all&sort={sort}").context["page"]] for sort in SORTS}
    assert orders == {
        "due": [old.pk, urgent.pk, new.pk],
        "priority": [urgent.pk, old.pk, new.pk],
        "newest": [new.pk, urgent.pk, old.pk],
        "oldest": [old.pk, urgent.pk, new.pk],
    }


def test_the_tables_of_choices_agree() -> None:
    assert tuple(Priority.values) == PRIORITIES
    assert set(AGES) == {value for value, _label in InquiryFilter.base_filters["age"].extra["choices"]}
    assert set(SORTS) == {value for value, _label in InquiryFilter.base_filters["sort"].extra["choices"]}


# --- queues ---------------------------------------------------------------------------------------------------------


def test_my_agencys_queue_holds_what_lies_with_it(
    ask: Callable[..., Inquiry],
    officer: User,
    licensing_officer: User,
    licensing_agency: Organisation,
    signed_in: SignIn,
    day: date,
) -> None:
    handed, kept, closed = ask(), ask(), ask()
    casework.route(handed, agency=licensing_agency, by=officer, today=day)
    casework.take(closed, by=officer, today=day)
    casework.close(closed, by=officer, today=day)

    def held(user: User) -> set[str]:
        return {each.reference for each in signed_in(user).get(f"{QUEUE}?queue=agency").context["page"]}

    assert held(officer) == {kept.reference}
    assert held(licensing_officer) == {handed.reference}


def test_counting_stops_where_it_tells_no_more(
    ask: Callable[..., Inquiry], monkeypatch: pytest.MonkeyPatch, officer: User, signed_in: SignIn
) -> None:
    for _ in range(3):
        ask()
    everything = Inquiry.objects.all()
    assert _counts(everything, everything.none()) == (3, 0)
    monkeypatch.setattr(querysets, "MOST_COUNTED", 2)
    assert _counts(everything) == (3,)
    ask()
    assert _counts(everything) == (3,)


def _counts(*rows: QuerySet[Inquiry]) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(*counting(rows))
        return tuple(cursor.fetchone())


def test_who_moves_to_another_agency_counts_its_inquiries(
    ask: Callable[..., Inquiry], officer: User, licensing_agency: Organisation, today: date
) -> None:
    ask()
    assert queue_counts(onlooker(officer, today))["new"] == 1
    officer.memberships.update(organisation=licensing_agency)
    assert queue_counts(onlooker(User.objects.get(pk=officer.pk), today))["new"] == 0


def test_the_counts_alone_are_a_page_of_their_own(ask: Callable[..., Inquiry], officer: User, signed_in: SignIn) -> None:
    ask()
    response = signed_in(officer).get(f"{QUEUE}counts/?queue=new")
    assert "<html" not in response.content.decode()
    assert {name: count for name, _label, count in response.context["queues"]}["new"] == 1


@pytest.mark.parametrize("rows", [1, 3])
def test_a_page_takes_the_same_few_queries_whatever_the_rows(
    ask: Callable[..., Inquiry], officer: User, signed_in: SignIn, seed_segments: None, django_assert_num_queries: Any, rows: int
) -> None:
    segments = Segment.objects.filter(code="CTA03")
    for _ in range(rows):
        ask(title="Pumps", tags=["pumps"], codes=["2B350.i"], flags=["media"], team="Chips", segments=segments)
    RoutingRule.objects.create(name="Chips", tier=1, position=1, team="Chips")
    client = signed_in(officer)
    # Session, person, roles; whom the person covers; officials, segments, teams for the filter; counts, number of rows, rows with
    # their segments; saved filters.
    with django_assert_num_queries(11):
        client.get(f"{QUEUE}?queue=all&q=pumps&topic=sanctions")
    with django_assert_num_queries(12):  # what may be chosen is asked for once; the technologies of a chosen segment beside it
        client.get(f"{QUEUE}?queue=all&segment=CTA03&team=Chips")
    with django_assert_num_queries(10):  # of a whole queue the number of rows is among the counts
        response = client.get(f"{QUEUE}?queue=all&sort=newest")
    assert response.context["page"].paginator.count == rows


def test_a_row_names_its_segments_in_order(
    ask: Callable[..., Inquiry], officer: User, signed_in: SignIn, seed_segments: None
) -> None:
    ask(segments=Segment.objects.filter(code__in=["CTA03", "CTA01"]).order_by("-code"))
    first, second = (Segment.objects.get(code=code).label for code in ("CTA01", "CTA03"))
    assert f"{first}, {second}" in signed_in(officer).get(f"{QUEUE}?queue=all").content.decode()


@pytest.mark.parametrize(("chosen", "is_compact"), [("compact", True), ("roomy", False), ("<script>", False)])
def test_rows_are_closed_up_by_a_choice_that_stays(officer: User, signed_in: SignIn, *, chosen: str, is_compact: bool) -> None:
    client = signed_in(officer)
    response = client.post(f"{QUEUE}density/", {"density": chosen, "next": f"{QUEUE}?queue=mine"})
    assert response["Location"] == f"{QUEUE}?queue=mine"
    assert client.get(QUEUE).context["is_compact"] is is_compact


def test_the_choice_leads_to_no_other_site(officer: User, signed_in: SignIn) -> None:
    response = signed_in(officer).post(f"{QUEUE}density/", {"density": "compact", "next": "https://elsewhere.example/"})
    assert response["Location"] == QUEUE


def test_who_reads_is_beside_the_row_as_the_keys_say(
    ask: Callable[..., Inquiry], officer: User, licensing_officer: User, licensing_agency: Organisation, focal_point: Organisation,
    day: date,
) -> None:  # fmt: skip
    """The list and the door agree: a key admits, its loss shuts out."""
    inquiry = ask()

    def seen() -> tuple[bool, bool]:
        listed = Inquiry.objects.visible_to(licensing_officer).filter(pk=inquiry.pk).exists()
        return listed, may_read(licensing_officer, Inquiry.objects.get(pk=inquiry.pk))

    assert seen() == (False, False)
    casework.route(inquiry, agency=licensing_agency, by=officer, today=day)
    assert seen() == (True, True)
    casework.route(inquiry, agency=focal_point, by=officer, today=day)
    assert seen() == (False, False)
    assert not ReaderKey.objects.filter(agency=licensing_agency).exists()


# --- saved filters --------------------------------------------------------------------------------------------------


def save(client: Client, name: str, query: str, agency: Organisation | None = None) -> Any:
    return client.post(f"{QUEUE}filters/", {"name": name, "query": query, "agency": agency.pk if agency else ""})


def test_a_filter_is_kept_and_leads_back(officer: User, signed_in: SignIn) -> None:
    client = signed_in(officer)
    response = save(client, "Urgent sanctions", "queue=overdue&topic=sanctions&code=3a001&nonsense=1")
    assert parse_qs(response["Location"].partition("?")[2]) == {"queue": ["overdue"], "topic": ["sanctions"], "code": ["3A001"]}
    assert "Urgent sanctions" in client.get(QUEUE).content.decode()
    save(client, "Urgent sanctions", "queue=mine")
    assert SavedFilter.objects.get().query == "queue=mine"


def test_a_shared_filter_is_seen_by_the_agency_and_changed_by_its_owner_only(
    officer: User, supervisor: User, licensing_officer: User, focal_point: Organisation, signed_in: SignIn
) -> None:
    save(signed_in(officer), "Shared", "queue=mine", focal_point)
    saved = SavedFilter.objects.get()
    seen = {user.email: SavedFilter.objects.usable_by(user).exists() for user in (officer, supervisor, licensing_officer)}
    assert seen == {officer.email: True, supervisor.email: True, licensing_officer.email: False}
    owned = {user.email: SavedFilter.objects.owned_by(user).exists() for user in (officer, supervisor, licensing_officer)}
    assert owned == {user.email: may_change_filter(user, saved) for user in (officer, supervisor, licensing_officer)}
    for verb in ("change", "delete"):
        response = signed_in(supervisor).post(f"{QUEUE}filters/{saved.pk}/{verb}/", {"name": "Mine now"})
        assert response.status_code == 404
    with pytest.raises(savedfilters.UnableToSave):
        savedfilters.delete(saved, by=supervisor)


def test_a_filter_is_renamed_unshared_and_deleted(officer: User, focal_point: Organisation, signed_in: SignIn) -> None:
    client = signed_in(officer)
    save(client, "One", "queue=mine", focal_point)
    save(client, "Two", "queue=new")
    one = SavedFilter.objects.get(name="One")
    refused = client.post(f"{QUEUE}filters/{one.pk}/change/", {"name": "Two"})
    assert (refused.status_code, "Another of your filters" in refused.content.decode()) == (422, True)
    assert client.post(f"{QUEUE}filters/{one.pk}/change/", {"name": "First", "agency": ""}).status_code == 302
    one.refresh_from_db()
    assert (one.name, one.agency) == ("First", None)
    client.post(f"{QUEUE}filters/{one.pk}/delete/")
    assert [each.name for each in SavedFilter.objects.all()] == ["Two"]


@pytest.mark.parametrize(
    ("name", "query"), [("", "queue=mine"), ("x" * 61, "queue=mine"), ("Bad", "queue=none"), ("Bad", "topic=none")]
)
def test_a_filter_that_can_not_be_kept_is_refused_with_what_was_typed(
    officer: User, signed_in: SignIn, name: str, query: str
) -> None:
    response = save(signed_in(officer), name, query)
    assert response.status_code == 422
    assert query in response.content.decode()
    assert not SavedFilter.objects.exists()


def test_nobody_shares_with_an_agency_not_their_own(officer: User, licensing_agency: Organisation, signed_in: SignIn) -> None:
    assert save(signed_in(officer), "Shared", "queue=mine", licensing_agency).status_code == 422
    with pytest.raises(savedfilters.UnableToSave):
        savedfilters.save(name="Shared", query={}, agency=licensing_agency, by=officer)


def test_saved_filters_are_bounded(officer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(savedfilters, "MOST_FILTERS", 1)
    savedfilters.save(name="One", query={"queue": "mine"}, agency=None, by=officer)
    savedfilters.save(name="One", query={"queue": "new"}, agency=None, by=officer)
    with pytest.raises(savedfilters.UnableToSave, match="delete one first"):
        savedfilters.save(name="Two", query={}, agency=None, by=officer)


def test_the_database_keeps_one_filter_a_name_and_none_without(officer: User) -> None:
    SavedFilter.objects.create(owner=officer, name="One", query="")
    for name in ("One", ""):
        with pytest.raises(IntegrityError), transaction.atomic():
            SavedFilter.objects.create(owner=officer, name=name, query="")


# --- under the seal -------------------------------------------------------------------------------------------------


def test_words_are_looked_for_in_ones_own_open_cases_only(
    ask: Callable[..., Inquiry], officer: User, supervisor: User, signed_in: SignIn, day: date
) -> None:
    mine, others, closed = (ask("About a peculiar gyroscope from stock") for _ in range(3))
    casework.take(mine, by=officer, today=day)
    casework.take(others, by=supervisor, today=day)
    casework.take(closed, by=officer, today=day)
    casework.close(closed, by=officer, today=day)
    response = signed_in(officer).post(f"{QUEUE}words/", {"words": "Gyroscope"})
    finds = response.context["finds"]
    assert [(find.inquiry, find.before, find.words, find.after) for find in finds.places] == [
        (mine, "About a peculiar ", "gyroscope", " from stock")
    ]
    assert (finds.read, finds.left_out) == (1, 0)
    assert response["Cache-Control"].count("no-store") == 1


def test_the_search_under_the_seal_is_bounded_and_says_so(
    ask: Callable[..., Inquiry], officer: User, day: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wordsearch, "MOST_CASES", 2)
    for _ in range(5):
        casework.take(ask("gyroscope"), by=officer, today=day)
    finds = wordsearch.look_for("gyroscope", by=officer)
    assert (len(finds.places), finds.read, finds.left_out) == (2, 2, 3)


@pytest.mark.parametrize("words", ["", "ab", "x" * 101, "a\x00bc"])
def test_words_that_can_not_be_looked_for_are_refused(officer: User, signed_in: SignIn, words: str) -> None:
    assert signed_in(officer).post(f"{QUEUE}words/", {"words": words}).status_code == 422


def test_a_reader_of_no_queue_has_no_search(auditor: User, signed_in: SignIn) -> None:
    assert signed_in(auditor).post(f"{QUEUE}words/", {"words": "gyroscope"}).status_code == 403


def test_a_case_whose_key_is_gone_is_counted_as_left_out(
    ask: Callable[..., Inquiry], focal_point: Organisation, day: date, settings: Any
) -> None:
    other = member(focal_point, "Ott Other", Role.CASE_OFFICER)
    casework.take(ask("gyroscope"), by=other, today=day)
    settings.OFFICE_KEYS = {"2": bytes(32)}
    finds = wordsearch.look_for("gyroscope", by=other)
    assert (finds.places, finds.read, finds.left_out) == ([], 0, 1)
