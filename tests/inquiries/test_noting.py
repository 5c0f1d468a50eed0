"""Notes, mentions and drafts: sealed, for whom they are meant, and gone with the case."""

from collections.abc import Callable
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from inquiries import receipts
from inquiries.models import Draft, Mention, Note
from inquiries.services import asking, casework, drafting, erasing, noting, thread
from organisations.models import Organisation, Role, User
from tests.conftest import member

Ask = Callable[..., asking.Filed]


@pytest.fixture
def filed(ask: Ask, officer: User, licensing_agency: Organisation, today: date) -> asking.Filed:
    made = ask()
    casework.route(made.inquiry, agency=licensing_agency, by=officer, today=today)
    made.inquiry.refresh_from_db()
    return made


def read(filed: asking.Filed, by: User) -> list[str]:
    return [line.text for line in noting.read(casework.open_for_official(filed.inquiry, by=by), by=by)]


def test_a_note_is_for_the_authors_agency_unless_it_is_for_all_readers(
    filed: asking.Filed, officer: User, supervisor: User, licensing_officer: User, today: date
) -> None:
    noting.note(filed.inquiry, text="Ours", by=officer, today=today)
    noting.note(filed.inquiry, text="Theirs", by=licensing_officer, today=today)
    noting.note(filed.inquiry, text="Everybody's", for_all_readers=True, by=officer, today=today)
    assert read(filed, supervisor) == ["Everybody's", "Ours"]
    assert read(filed, licensing_officer) == ["Everybody's", "Theirs"]
    assert {note.agency for note in Note.objects.visible_to(supervisor)} == {officer.memberships_held[0].organisation}


def test_a_note_is_in_no_conversation_and_sealed(filed: asking.Filed, officer: User, today: date) -> None:
    noting.note(filed.inquiry, text="Canary note", for_all_readers=True, by=officer, today=today)
    opened = asking.open_with_receipt(receipts.read(filed.receipt))
    assert [line.text for line in thread.read(opened).lines] == ["Is a five-axis mill controlled?"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed_text FROM inquiries_note")
        assert b"Canary" not in bytes(cursor.fetchone()[0])


def test_the_same_note_sent_twice_is_one(filed: asking.Filed, officer: User, supervisor: User, today: date) -> None:
    first, again = (noting.note(filed.inquiry, text="Ours", by=officer, today=today) for _ in range(2))
    noting.note(filed.inquiry, text="Ours", by=supervisor, today=today)
    noting.note(filed.inquiry, text="Ours", for_all_readers=True, by=officer, today=today)
    assert (again, Note.objects.count()) == (first, 3)


@pytest.mark.parametrize("who", ["auditor", "administrator", "editor"])
def test_who_may_not_read_the_case_keeps_and_reads_no_note(
    request: pytest.FixtureRequest, filed: asking.Filed, officer: User, today: date, who: str
) -> None:
    stranger = request.getfixturevalue(who)
    noting.note(filed.inquiry, text="Ours", for_all_readers=True, by=officer, today=today)
    with pytest.raises(casework.UnableToWork):
        noting.note(filed.inquiry, text="Mine", by=stranger, today=today)
    assert list(Note.objects.visible_to(stranger)) == []


def test_an_agency_off_the_reader_list_reads_no_note_any_more(
    filed: asking.Filed, officer: User, licensing_officer: User, focal_point: Organisation, today: date
) -> None:
    noting.note(filed.inquiry, text="@Liis Licensing, look", for_all_readers=True, by=officer, today=today)
    assert Mention.objects.visible_to(licensing_officer).count() == 1
    casework.route(filed.inquiry, agency=focal_point, by=officer, today=today)
    assert list(Note.objects.visible_to(licensing_officer)) == []
    assert list(Mention.objects.visible_to(licensing_officer)) == []


def test_colleagues_are_named_in_the_text_or_chosen_each_once(
    filed: asking.Filed, officer: User, supervisor: User, focal_point: Organisation, today: date
) -> None:
    longer = member(focal_point, "Sirje Supervisor Junior", Role.CASE_OFFICER)
    kept = noting.note(
        filed.inquiry,
        text="@sirje supervisor: write to a@b.example. @Sirje Supervisor Junior too, and @Olev Officer.",
        mentions=[supervisor],
        by=officer,
        today=today,
    )
    assert {mention.user for mention in kept.mentions.all()} == {supervisor, longer}


@pytest.mark.parametrize("text", ["@Nobody Here", "(@Liis Licensing)", "@Asta Auditor"])
def test_a_name_that_can_not_read_the_note_is_refused(
    filed: asking.Filed, officer: User, licensing_officer: User, auditor: User, today: date, text: str
) -> None:
    with pytest.raises(noting.UnableToNote):
        noting.note(filed.inquiry, text=text, by=officer, today=today)
    assert Note.objects.count() == 0


def test_only_who_is_named_sees_a_mention_and_once(filed: asking.Filed, officer: User, supervisor: User, today: date) -> None:
    mention = noting.note(filed.inquiry, text="@Sirje Supervisor", by=officer, today=today).mentions.get()
    with pytest.raises(casework.UnableToWork):
        noting.see(mention, by=officer, today=today)
    assert Mention.objects.visible_to(supervisor).unseen().count() == 1
    noting.see(mention, by=supervisor, today=today)
    noting.see(mention, by=supervisor, today=date(2027, 1, 1))
    assert Mention.objects.get().seen_on == today


# --- drafts ---------------------------------------------------------------------------------------------------------


def drafts(filed: asking.Filed, by: User) -> dict[str, str]:
    return drafting.kept(casework.open_for_official(filed.inquiry, by=by), by=by)


def test_a_draft_is_its_writers_own_and_goes_when_it_is_sent(
    filed: asking.Filed, licensing_officer: User, officer: User, today: date
) -> None:
    casework.take(filed.inquiry, by=licensing_officer, today=today)
    for text in ("It dep", "It depends"):
        drafting.keep(filed.inquiry, kind="answer", text=text, by=licensing_officer, today=today)
    drafting.keep(filed.inquiry, kind="note", text="Hm", by=licensing_officer, today=today)
    assert (drafts(filed, licensing_officer), drafts(filed, officer)) == ({"answer": "It depends", "note": "Hm"}, {})
    casework.answer(filed.inquiry, text="It depends.", by=licensing_officer, today=today)
    noting.note(filed.inquiry, text="Hm.", by=licensing_officer, today=today)
    assert drafts(filed, licensing_officer) == {}


def test_blank_words_leave_no_draft(filed: asking.Filed, officer: User, today: date) -> None:
    drafting.keep(filed.inquiry, kind="answer", text="Words", by=officer, today=today)
    assert drafting.keep(filed.inquiry, kind="answer", text=" \n", by=officer, today=today) is None
    assert Draft.objects.count() == 0


def test_who_may_not_read_the_case_keeps_no_draft(filed: asking.Filed, auditor: User, today: date) -> None:
    with pytest.raises(casework.UnableToWork):
        drafting.keep(filed.inquiry, kind="answer", text="Words", by=auditor, today=today)


def test_a_draft_of_no_known_kind_is_refused_by_the_database(filed: asking.Filed, officer: User, today: date) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Draft.objects.create(inquiry=filed.inquiry, user=officer, kind="poem", kept_on=today, sealed_text=b"")


def test_erasing_the_case_erases_notes_mentions_and_drafts(
    filed: asking.Filed, officer: User, supervisor: User, today: date
) -> None:
    noting.note(filed.inquiry, text="@Sirje Supervisor", by=officer, today=today)
    drafting.keep(filed.inquiry, kind="answer", text="Words", by=officer, today=today)
    erasing.erase(opened=asking.open_with_receipt(receipts.read(filed.receipt)), today=today)
    assert (Note.objects.count(), Mention.objects.count(), Draft.objects.count()) == (0, 0, 0)
