from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection

from inquiries import lifecycle, receipts
from inquiries.models import Inquiry, Publication, PublicationRevision
from inquiries.services import asking, casework, publishing, thread
from inquiries.services.publishing import About, UnableToPublish, Words
from inquiries.services.readers import UnableToOpen
from organisations.models import Organisation, Role, User
from tests.conftest import member

Ask = Callable[..., asking.Filed]
WORDS = Words("Is a mill controlled?", "We build mills. Are they on the list?", "It depends on the repeatability.")
ABOUT = About("classification", codes=["2B001.b"])


@pytest.fixture
def filed(ask: Ask, officer: User, today: date) -> asking.Filed:
    made = ask("We sell nine five-axis mills to a foundry in Ruritania.")
    casework.take(made.inquiry, by=officer, today=today)
    casework.answer(made.inquiry, text="It depends on the repeatability.", by=officer, today=today)
    made.inquiry.refresh_from_db()
    return made


@pytest.fixture
def draft(filed: asking.Filed, officer: User, focal_point: Organisation, today: date) -> Publication:
    return publishing.draft(filed.inquiry, words=WORDS, about=ABOUT, agency=focal_point, by=officer, today=today)


def come_out(publication: Publication, *, by: User, approver: User, today: date) -> Publication:
    publishing.submit(publication, by=by)
    publication.refresh_from_db()
    publishing.approve(publication, revision=publication.revision, by=approver, today=today)
    publishing.publish_due(today=today + timedelta(days=100))
    publication.refresh_from_db()
    return publication


def test_an_answer_comes_out_after_somebody_elses_approval_and_a_while(
    draft: Publication, officer: User, approver: User, today: date, settings: Any
) -> None:
    publishing.submit(draft, by=officer)
    publishing.approve(draft, revision=1, by=approver, today=today)
    draft.refresh_from_db()
    assert draft.not_before is not None
    assert today + timedelta(days=14) <= draft.not_before < today + timedelta(days=28)
    assert publishing.publish_due(today=draft.not_before - timedelta(days=1)) == 0
    assert publishing.publish_due(today=draft.not_before) == 1
    draft.refresh_from_db()
    assert (draft.title, draft.question, draft.answer) == (WORDS.title, WORDS.question, WORDS.answer)
    assert list(Publication.objects.public()) == [draft]
    assert publishing.publish_due(today=draft.not_before) == 0


def test_nobody_approves_their_own_words(
    draft: Publication, officer: User, focal_point: Organisation, supervisor: User, today: date
) -> None:
    both = member(focal_point, "Both Hats", Role.CASE_OFFICER, Role.APPROVER)
    publishing.revise(draft, words=WORDS, about=ABOUT, revision=1, by=both, today=today)
    publishing.submit(draft, by=officer)
    for writer in (both, officer):
        with pytest.raises(UnableToPublish):
            publishing.approve(draft, revision=2, by=writer, today=today)
    assert publishing.approve(draft, revision=2, by=supervisor, today=today).state == lifecycle.APPROVED


def test_the_database_refuses_an_approval_of_ones_own(draft: Publication, officer: User, today: date) -> None:
    with pytest.raises(IntegrityError, match="publication_approver_is_not_the_writer"):
        draft.revisions.update(approver=officer, approved_on=today)


def test_an_edit_voids_the_approval(draft: Publication, officer: User, approver: User, today: date) -> None:
    publishing.submit(draft, by=officer)
    publishing.approve(draft, revision=1, by=approver, today=today)
    publishing.revise(draft, words=WORDS, about=ABOUT, revision=1, by=officer, today=today)
    assert publishing.publish_due(today=today + timedelta(days=100)) == 0
    draft.refresh_from_db()
    assert (draft.state, draft.not_before) == (lifecycle.DRAFT, None)


def test_words_that_were_not_read_are_not_approved(draft: Publication, officer: User, approver: User, today: date) -> None:
    publishing.revise(draft, words=WORDS, about=ABOUT, revision=1, by=officer, today=today)
    publishing.submit(draft, by=officer)
    with pytest.raises(UnableToPublish):
        publishing.approve(draft, revision=1, by=approver, today=today)


def test_two_writers_do_not_overwrite_each_other(draft: Publication, officer: User, today: date) -> None:
    publishing.revise(draft, words=WORDS, about=ABOUT, revision=1, by=officer, today=today)
    with pytest.raises(UnableToPublish):
        publishing.revise(draft, words=WORDS, about=ABOUT, revision=1, by=officer, today=today)


def test_a_correction_takes_the_place_of_what_is_out_only_once_it_is_approved(
    draft: Publication, officer: User, approver: User, today: date
) -> None:
    out = come_out(draft, by=officer, approver=approver, today=today)
    better = Words(WORDS.title, WORDS.question, "It depends on the repeatability along every axis.")
    with pytest.raises(UnableToPublish, match="what has changed"):
        publishing.revise(out, words=better, about=ABOUT, revision=1, by=officer, today=today)
    publishing.revise(out, words=better, about=ABOUT, note="Every axis counts.", revision=1, by=officer, today=today)
    out.refresh_from_db()
    assert (out.answer, out.is_out) == (WORDS.answer, True)
    out = come_out(out, by=officer, approver=approver, today=today)
    assert (out.answer, out.published_revision, out.changed_on) == (better.answer, 2, today + timedelta(days=100))
    assert [(version.number, version.note, version.words) for version in publishing.history(out)] == [
        (2, "Every axis counts.", better),
        (1, "", WORDS),
    ]


def test_what_is_withdrawn_is_no_longer_found(draft: Publication, officer: User, approver: User, today: date) -> None:
    out = come_out(draft, by=officer, approver=approver, today=today)
    with pytest.raises(UnableToPublish):
        publishing.withdraw(out, reason="The law has changed.", by=officer, today=today)
    publishing.withdraw(out, reason="The law has changed.", by=approver, today=today)
    assert not Publication.objects.public().exists()
    with pytest.raises(UnableToPublish):
        publishing.withdraw(out, reason="Again.", by=approver, today=today)


def test_the_askers_objection_deletes_the_draft_and_forbids_another(
    filed: asking.Filed, draft: Publication, officer: User, focal_point: Organisation, today: date
) -> None:
    opened = asking.open_with_receipt(receipts.read(filed.receipt))
    publishing.object_to_publication(opened, objects=True)
    assert not Publication.objects.exists()
    with pytest.raises(UnableToPublish, match="does not want"):
        publishing.draft(filed.inquiry, words=WORDS, about=ABOUT, agency=focal_point, by=officer, today=today)
    publishing.object_to_publication(opened, objects=False)
    publishing.draft(filed.inquiry, words=WORDS, about=ABOUT, agency=focal_point, by=officer, today=today)


def test_only_an_answered_inquiry_gives_an_answer_for_everybody(
    ask: Ask, officer: User, focal_point: Organisation, today: date
) -> None:
    with pytest.raises(UnableToPublish):
        publishing.draft(ask().inquiry, words=WORDS, about=ABOUT, agency=focal_point, by=officer, today=today)


def test_another_agency_neither_drafts_nor_edits_nor_approves(
    filed: asking.Filed, draft: Publication, officer: User, licensing_agency: Organisation, licensing_officer: User, today: date
) -> None:
    stranger = member(licensing_agency, "Lembit Licensing", Role.APPROVER)
    publishing.submit(draft, by=officer)
    for refused in (
        lambda: publishing.draft(
            filed.inquiry, words=WORDS, about=ABOUT, agency=licensing_agency, by=licensing_officer, today=today
        ),
        lambda: publishing.revise(draft, words=WORDS, about=ABOUT, revision=1, by=licensing_officer, today=today),
        lambda: publishing.approve(draft, revision=1, by=stranger, today=today),
        lambda: publishing.give_back(draft, note="no", by=stranger),
        lambda: publishing.discard(draft, by=licensing_officer),
    ):
        with pytest.raises(UnableToPublish):
            refused()
    assert not Publication.objects.visible_to(licensing_officer).exists()


def test_a_draft_lies_sealed_in_the_database(draft: Publication) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(p::text, ' ') FROM inquiries_publication p")
        (publication,) = cursor.fetchone()
        cursor.execute("SELECT string_agg(encode(sealed_words, 'escape'), ' ') FROM inquiries_publicationrevision")
        (revisions,) = cursor.fetchone()
    assert "mill" not in publication + revisions


def test_a_draft_without_its_key_says_so(draft: Publication, settings: Any) -> None:
    settings.OFFICE_KEYS = {"another": bytes(32)}
    with pytest.raises(UnableToOpen):
        publishing.words_of(draft)


def test_the_askers_own_words_in_a_draft_are_pointed_out(filed: asking.Filed, officer: User) -> None:
    conversation = thread.read(casework.open_for_official(filed.inquiry, by=officer))
    copied = Words("Mills", "May nine five-axis mills to a foundry be sold?", "It depends on the repeatability.")
    assert publishing.echoes(copied, conversation) == [publishing.Echo("question", "nine five-axis mills to a foundry")]


def test_an_answer_outlives_its_inquiry_and_a_draft_does_not(
    filed: asking.Filed, draft: Publication, officer: User, approver: User, focal_point: Organisation, today: date
) -> None:
    out = come_out(draft, by=officer, approver=approver, today=today)
    publishing.draft(filed.inquiry, words=WORDS, about=ABOUT, agency=focal_point, by=officer, today=today)
    publishing.forget(filed.inquiry)
    Inquiry.objects.all().delete()
    kept = Publication.objects.get()
    assert (kept.pk, kept.inquiry) == (out.pk, None)


def test_a_draft_that_never_came_out_is_discarded(draft: Publication, officer: User, approver: User, today: date) -> None:
    publishing.discard(draft, by=officer)
    assert not PublicationRevision.objects.exists()


def test_what_is_out_is_not_discarded(draft: Publication, officer: User, approver: User, today: date) -> None:
    with pytest.raises(UnableToPublish):
        publishing.discard(come_out(draft, by=officer, approver=approver, today=today), by=officer)


# --- finding ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def out(draft: Publication, officer: User, approver: User, today: date) -> Publication:
    return come_out(draft, by=officer, approver=approver, today=today)


@pytest.mark.parametrize("words", ["mills", "repeatability list", "2B001.b", '"depends on"'])
def test_words_of_title_question_answer_and_code_find_an_answer(out: Publication, words: str) -> None:
    assert list(Publication.objects.public().search(words)) == [out]


@pytest.mark.parametrize("words", ["lathe", "mills lathe", "-mills"])
def test_other_words_find_nothing(out: Publication, words: str) -> None:
    assert list(Publication.objects.public().search(words)) == []


@pytest.mark.parametrize(("code", "found"), [("2B001", 1), ("2B001.b", 1), ("2B001.b.1", 1), ("2B001.c", 0), ("2B00", 0)])
def test_a_control_entry_finds_what_is_above_and_below_it(out: Publication, code: str, found: int) -> None:
    assert Publication.objects.public().on_code(code).count() == found


def test_a_question_in_free_words_is_offered_what_may_already_answer_it(out: Publication) -> None:
    offered = Publication.objects.helping("Dear all, is our new milling line on the list? It mills steel.", topic="classification")
    assert list(offered) == [out]
    assert list(Publication.objects.helping("Do you know a good hotel?")) == []
    assert list(Publication.objects.helping("' \\ | & !:* ()")) == []


@pytest.mark.parametrize(
    ("text", "helps"),
    [
        ("Under 2B001?", True),  # a control entry in common is enough
        ("2B001.b.2", True),
        ("Under 2B201?", False),
        ("Mills?", True),  # a third of what it says
        ("May a customer in our country buy a good product on the list?", False),  # words that every question has
        ("We sell pumps, valves and a mill to a foundry.", False),  # one word in passing
        ("x@mill.example 12345 2B9", False),
    ],
)
def test_what_is_offered_has_more_in_common_than_a_word_in_passing(out: Publication, text: str, *, helps: bool) -> None:
    assert list(Publication.objects.helping(text)) == ([out] if helps else [])


def test_readers_judgements_are_counted(out: Publication) -> None:
    for is_helpful in (True, True, False):
        publishing.rate(out, is_helpful=is_helpful)
    out.refresh_from_db()
    assert (out.helpful, out.unhelpful) == (2, 1)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"title": "", "question": "", "answer": ""}, "publication_shows_words_only_once_it_is_out"),
        ({"state": "nonsense"}, "publication_state_is_known"),
        ({"state": "approved", "not_before": None}, "publication_approved_has_a_day"),
        ({"revision": 9}, "publication_out_is_the_latest"),
        ({"state": "withdrawn"}, "publication_withdrawn_when_and_why"),
    ],
)
def test_the_database_refuses_a_row_that_contradicts_itself(out: Publication, change: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        Publication.objects.update(**change)


def test_the_database_refuses_words_out_without_an_approval(draft: Publication, today: date) -> None:
    with pytest.raises(IntegrityError, match="publication_out_is_approved"):
        draft.revisions.update(published_on=today)
