"""A firm asks about a look, and is told who looked at the pace that it chose."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import ProgrammingError, transaction
from django.urls import reverse

from mailroom.models import Envelope, Letter
from organisations.models import User
from registry import figures
from registry.models import Entry, LedgerDigest, Look, LookMessage, LookQuestion
from registry.services import digests, questions
from tests.conftest import SignIn
from tests.registry.conftest import MakeEntry

pytestmark = pytest.mark.django_db


def look_at(entry: Entry, officer: User, on: date, institution: str = "Licensing Board") -> Look:
    return Look.objects.create(
        viewer_id=officer.pk,
        batch=entry.pk,
        institution=institution,
        institution_kind="agency",
        audience="licensing",
        purpose="outreach",
        reason="Curious",
        fields=["region"],
        on=on,
        kind="one",
        entry_ids=[entry.pk],
    )


@pytest.fixture
def look(entry: Entry, officer: User, today: date) -> Look:
    return look_at(entry, officer, today)


def test_a_firm_asks_and_the_focal_point_answers_by_a_day(
    entry: Entry, look: Look, entry_editor: User, officer: User, signatory: User, today: date, now: datetime
) -> None:
    asked = questions.ask(entry=entry, look=look, text="What for?", by=entry_editor, today=today, now=now)
    assert (asked.due_on, asked.waits, figures.questions_waiting()) == (today + timedelta(days=14), True, 1)
    assert (figures.questions_late(asked.due_on), figures.questions_late(asked.due_on + timedelta(days=1))) == (0, 1)
    answered = questions.answer(question=asked, text="For the seminar.", by=officer, now=now)
    assert (answered.answered_at, figures.questions_waiting()) == (now, 0)
    letter = Letter.objects.get(purpose="look-answered")
    assert "seminar" not in letter.text
    assert set(Envelope.objects.filter(letter=letter).values_list("address", flat=True)) == {entry_editor.email, signatory.email}
    later = now + timedelta(days=1)
    again = questions.ask(entry=entry, look=look, text="Which one?", by=signatory, today=today + timedelta(days=1), now=later)
    assert (again.pk, again.due_on, again.waits) == (asked.pk, today + timedelta(days=15), True)
    assert list(LookMessage.objects.order_by("pk").values_list("side", "text")) == [
        ("firm", "What for?"),
        ("focal-point", "For the seminar."),
        ("firm", "Which one?"),
    ]


def test_a_message_sent_twice_is_one(
    entry: Entry, look: Look, entry_editor: User, officer: User, today: date, now: datetime
) -> None:
    for _ in range(2):
        asked = questions.ask(entry=entry, look=look, text="What for?", by=entry_editor, today=today, now=now)
    for _ in range(2):
        questions.answer(question=asked, text="For that.", by=officer, now=now)
    assert (LookQuestion.objects.count(), LookMessage.objects.count(), Letter.objects.count()) == (1, 2, 1)


def test_nobody_else_asks_or_answers(
    entry: Entry,
    look: Look,
    make_entry: MakeEntry,
    entry_editor: User,
    officer: User,
    supervisor: User,
    association_officer: User,
    today: date,
    now: datetime,
) -> None:
    other = look_at(make_entry(legal_name="Other OÜ"), officer, today)
    for person, about in ((officer, look), (association_officer, look), (entry_editor, other)):
        with pytest.raises(questions.UnableToAsk):
            questions.ask(entry=entry, look=about, text="What for?", by=person, today=today, now=now)
    asked = questions.ask(entry=entry, look=look, text="What for?", by=entry_editor, today=today, now=now)
    for person in (entry_editor, supervisor, association_officer):
        with pytest.raises(questions.UnableToAsk):
            questions.answer(question=asked, text="That.", by=person, now=now)


def test_the_thread_on_both_sides_pages(
    signed_in: SignIn, entry: Entry, look: Look, signatory: User, officer: User, make_entry: MakeEntry, today: date
) -> None:
    firm, desk = signed_in(signatory), signed_in(officer)
    page = reverse("registry:question", args=[look.pk])
    assert "Licensing Board" in firm.get(page).content.decode()
    assert firm.post(page, {"text": " "}).status_code == 422
    assert firm.post(page, {"text": "x" * 2001}).status_code == 422
    assert firm.post(page, {"text": "What was it for?"}).status_code == 302
    listed = desk.get(reverse("focalpoint:look-questions")).content.decode()
    assert "Baltic Photonics" in listed
    answer = reverse("focalpoint:look-question", args=[LookQuestion.objects.get().pk])
    assert "What was it for?" in desk.get(answer).content.decode()
    assert desk.post(answer, {"text": ""}).status_code == 422
    assert desk.post(answer, {"text": "For the seminar."}).status_code == 302
    thread = firm.get(page).content.decode()
    assert "For the seminar." in thread
    assert "Olev Officer" not in thread
    assert "Baltic Photonics" not in desk.get(reverse("focalpoint:look-questions")).content.decode()
    other = look_at(make_entry(legal_name="Other OÜ"), officer, today)
    assert firm.get(reverse("registry:question", args=[other.pk])).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_desks_list_costs_the_same_queries_however_many_wait(
    signed_in: SignIn,
    entry: Entry,
    officer: User,
    signatory: User,
    today: date,
    now: datetime,
    count: int,
    django_assert_num_queries: Any,
) -> None:
    for number in range(count):
        asked = look_at(entry, officer, today - timedelta(days=number))
        questions.ask(entry=entry, look=asked, text="What for?", by=signatory, today=today, now=now)
    client = signed_in(officer)
    with django_assert_num_queries(5):
        assert len(client.get(reverse("focalpoint:look-questions")).context["page"]) == count


def test_messages_stay_as_they_were_written(entry: Entry, look: Look, signatory: User, today: date, now: datetime) -> None:
    questions.ask(entry=entry, look=look, text="What for?", by=signatory, today=today, now=now)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        LookMessage.objects.update(text="Nothing")


# --- the letter -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pace", "days"),
    [
        ("off", []),
        ("daily", [date(2026, 11, 24), date(2026, 12, 3)]),
        ("weekly", [date(2026, 11, 30), date(2026, 12, 7)]),
        ("monthly", [date(2026, 12, 23)]),
    ],
)
def test_a_firm_is_told_at_its_pace_and_only_where_somebody_looked(
    entry: Entry, officer: User, signatory: User, today: date, now: datetime, pace: str, days: list[date]
) -> None:
    digests.choose(entry=entry, pace=pace, by=signatory, today=today)
    for on in (today, today, date(2026, 12, 2)):
        look_at(entry, officer, on)
    told = []
    for ago in range(40):
        day = today + timedelta(days=ago)
        told += [day] * digests.post_due(today=day, now=now)
        assert digests.post_due(today=day, now=now) == 0
    assert told == days
    if days:
        letter = Letter.objects.earliest("created_at", "subject")
        assert "Licensing Board, Outreach:" in letter.text
        assert "EE001" not in letter.text


def test_switching_the_letter_on_tells_nothing_of_before(
    entry: Entry, officer: User, signatory: User, today: date, now: datetime
) -> None:
    look_at(entry, officer, today - timedelta(days=1))
    digests.choose(entry=entry, pace="daily", by=signatory, today=today)
    assert digests.post_due(today=today + timedelta(days=1), now=now) == 0


def test_the_pace_is_chosen_on_the_page_by_the_firm_alone(
    signed_in: SignIn, entry: Entry, entry_editor: User, officer: User, today: date
) -> None:
    client = signed_in(entry_editor)
    assert client.post(reverse("registry:digest"), {"pace": "hourly"}).status_code == 400
    assert client.post(reverse("registry:digest"), {"pace": "weekly"}).status_code == 302
    assert LedgerDigest.objects.get().pace == "weekly"
    assert '<option value="weekly" selected>' in client.get(reverse("registry:ledger")).content.decode()
    assert signed_in(officer).post(reverse("registry:digest"), {"pace": "daily"}).status_code == 403
    with pytest.raises(digests.UnableToChoose):
        digests.choose(entry=entry, pace="daily", by=officer, today=today)
