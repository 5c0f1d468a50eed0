"""Files of an advisory are part of what it says: changed, approved, compared and carried as its words are, and kept once."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from advisories.models import LONGEST_NOTE, Advisory, Approval, Attachment, FileContent, FilePiece, Move, State
from advisories.services import attaching, editing, scheduling, translating
from advisories.services.comparing import Change, changes
from inquiries.cleaning.kinds import Kind
from organisations.models import User
from tests.advisories.conftest import Attach, Make, Translate
from tests.inquiries.test_attachments import Sheet

pytestmark = pytest.mark.django_db


def names(advisory: Advisory, revision: int) -> list[str]:
    return [each.name for each in advisory.attachments.of_revision(revision).in_order()]


def content(file: Attachment) -> bytes:
    return b"".join(file.content.stream())


@pytest.mark.parametrize("state", [State.IN_REVIEW, State.APPROVED, State.SCHEDULED])
@pytest.mark.parametrize("change", ["added", "removed"])
def test_a_change_of_files_makes_a_draft_and_voids_what_was_approved(
    state: str, change: str, drafted: Make, attach: Attach, approve: Any, editor: User, now: datetime
) -> None:
    advisory = attach(drafted())
    advisory = editing.submit_for_review(advisory, by=editor, now=now) if state == State.IN_REVIEW else approve(advisory)
    if state == State.SCHEDULED:
        advisory = scheduling.schedule(advisory, at=now.replace(year=2027), by=editor, now=now)
    if change == "added":
        attach(advisory, Sheet(name="more.pdf"))
    else:
        attaching.remove(advisory, file=advisory.files[0].pk, revision=2, by=editor, now=now)
    advisory.refresh_from_db()
    assert (advisory.state, advisory.revision, advisory.scheduled_for, advisory.revised_by) == (State.DRAFT, 3, None, editor)
    assert not Approval.objects.filter(advisory=advisory, revision=advisory.revision).exists()
    assert names(advisory, 2) == ["sheet.pdf"]
    assert names(advisory, 3) == (["sheet.pdf", "more.pdf"] if change == "added" else [])


def test_who_changed_the_files_approves_them_no_more(
    drafted: Make, attach: Attach, focal_point: Any, approver: User, now: datetime, editor: User
) -> None:
    approver.memberships.create(organisation=focal_point, role="editor")
    advisory = attach(drafted(), by=approver)
    editing.submit_for_review(advisory, by=editor, now=now)
    with pytest.raises(editing.UnableToApprove, match="You wrote these words"):
        editing.approve(advisory, revision=2, by=approver, now=now)


def test_the_history_and_the_differences_say_what_came_and_went(drafted: Make, attach: Attach, editor: User, now: datetime) -> None:
    old, new = Sheet(name="prices.csv", kind=Kind.CSV), Sheet(name="prices.csv", kind=Kind.CSV)
    advisory = attach(drafted(), old)
    attaching.remove(advisory, file=advisory.files[0].pk, revision=2, by=editor, now=now)
    attach(Advisory.objects.get(), new)
    first, second, third, fourth = advisory.revisions.order_by("number")
    lines = [f"prices.csv, 1000\xa0bytes, SHA-256 {each.sha256[:16]}…" for each in (old, new)]
    assert changes(first, second) == [Change("Files", "", lines[0])]
    assert changes(second, third) == [Change("Files", lines[0], "")]
    assert changes(second, fourth) == [Change("Files", *lines)]  # of one name and one size, and another file all the same
    assert changes(second, second) == []
    noted = advisory.events.filter(move=Move.REVISED).order_by("pk").values_list("note", flat=True)
    assert list(noted) == ["with the file prices.csv", "without the file prices.csv", "with the file prices.csv"]


def test_ten_long_names_fit_into_the_history(drafted: Make, attach: Attach) -> None:
    attach(drafted(), *(Sheet(1, f"{number}{'n' * 95}.pdf") for number in range(10)))
    assert len(Advisory.objects.get().events.get(move=Move.REVISED).note) == LONGEST_NOTE


def test_a_translation_stays_up_to_date(drafted: Make, attach: Attach, translate: Translate, editor: User, now: datetime) -> None:
    advisory = attach(translate(drafted()))
    assert [(each.language, each.is_behind) for each in advisory.translated] == [("et", False)]
    translating.remove(advisory, language="et", revision=advisory.revision, by=editor, now=now)
    assert names(advisory, 4) == ["sheet.pdf"]


def test_bytes_are_kept_once_and_come_back_as_they_were(drafted: Make, attach: Attach) -> None:
    large = Sheet(600_000, "large.pdf")
    for advisory in (drafted(), drafted()):
        attach(advisory, large, Sheet(0, "empty.txt", Kind.TXT))
    files = Attachment.objects.order_by("-content__size", "advisory")
    assert [(each.name, each.media_type, each.size, each.sha256) for each in files[:2]] == [
        ("large.pdf", "application/pdf", 600_000, large.sha256)
    ] * 2
    assert [content(each) for each in files] == [large.content, large.content, b"", b""]
    assert (FileContent.objects.count(), FilePiece.objects.count()) == (2, 3)


def test_a_correction_begins_with_the_files_of_what_it_corrects(filed: Make, attach: Attach, editor: User, now: datetime) -> None:
    wrong = filed(Sheet(name="stays.pdf"), Sheet(name="goes.pdf"))
    begun = editing.correct(wrong, by=editor, now=now)
    assert names(begun, 1) == ["goes.pdf", "stays.pdf"]
    attaching.remove(begun, file=begun.files[0].pk, revision=1, by=editor, now=now)
    begun = Advisory.objects.get(pk=begun.pk)
    assert [each.name for each in begun.files] == ["stays.pdf"]
    assert names(wrong, wrong.revision) == ["goes.pdf", "stays.pdf"]
    assert FileContent.objects.count() == 2


def test_a_correction_does_not_begin_with_what_was_removed(
    drafted: Make, attach: Attach, approve: Any, editor: User, now: datetime, today: date
) -> None:
    advisory = attach(drafted())
    advisory = attaching.remove(advisory, file=advisory.files[0].pk, revision=2, by=editor, now=now)
    wrong = editing.publish(approve(advisory), by=editor, now=now, today=today)
    assert editing.correct(wrong, by=editor, now=now).files == []


@pytest.mark.parametrize(
    ("bound", "value", "files", "sentence"),
    [
        ("MOST_FILES", 2, 2, "at most 2 files"),
        ("MOST_BYTES", 2_500, 2, "together"),
        ("MOST_KEPT", 2, 2, "2 files are kept"),
    ],
)
def test_so_many_and_so_much_and_no_more(
    bound: str, value: int, files: int, sentence: str, drafted: Make, attach: Attach, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attaching, bound, value)
    advisory = attach(drafted(), Sheet(name="0.pdf"))
    with pytest.raises(attaching.UnableToAttach, match=sentence):
        attach(advisory, *(Sheet(name=f"{number}.pdf") for number in range(1, files + 1)))
    attach(advisory, Sheet(name="1.pdf"))
    assert Advisory.objects.get().revision == 3


def test_what_was_removed_counts_among_what_is_kept(
    drafted: Make, attach: Attach, editor: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attaching, "MOST_KEPT", 1)
    advisory = attach(drafted())
    advisory = attaching.remove(advisory, file=advisory.files[0].pk, revision=2, by=editor, now=now)
    with pytest.raises(attaching.UnableToAttach, match="With those that were removed"):
        attach(advisory)


@pytest.mark.parametrize("again", [["Sheet.PDF"], ["a.pdf", "A.pdf"]])
def test_two_files_have_two_names(again: list[str], drafted: Make, attach: Attach) -> None:
    advisory = attach(drafted())
    with pytest.raises(attaching.UnableToAttach, match="already"):
        attach(advisory, *(Sheet(name=name) for name in again))
    assert FileContent.objects.count() == 1


def test_files_of_what_somebody_has_changed_meanwhile_are_refused(
    drafted: Make, attach: Attach, editor: User, now: datetime
) -> None:
    advisory = attach(drafted())
    with pytest.raises(editing.UnableToRevise, match="after you opened it"):
        attach(advisory, Sheet(name="late.pdf"), revision=1)
    with pytest.raises(editing.UnableToRevise, match="after you opened it"):
        attaching.remove(advisory, file=advisory.files[0].pk, revision=1, by=editor, now=now)
    with pytest.raises(attaching.UnableToAttach, match="Choose a file"):
        attach(advisory, files=[])
    assert [each.name for each in advisory.files] == ["sheet.pdf"]


def test_a_file_is_removed_once_and_from_its_own_advisory(drafted: Make, attach: Attach, editor: User, now: datetime) -> None:
    advisory, other = attach(drafted()), attach(drafted())
    file = advisory.files[0].pk
    with pytest.raises(attaching.UnableToAttach, match="not there any more"):
        attaching.remove(other, file=file, revision=2, by=editor, now=now)
    attaching.remove(advisory, file=file, revision=2, by=editor, now=now)
    with pytest.raises(attaching.UnableToAttach, match="not there any more"):
        attaching.remove(advisory, file=file, revision=3, by=editor, now=now)


@pytest.mark.parametrize("who", ["approver", "licensing_editor", "officer"])
def test_nobody_but_an_editor_of_the_agency_changes_files(
    who: str, request: pytest.FixtureRequest, drafted: Make, attach: Attach, now: datetime
) -> None:
    advisory, person = attach(drafted()), request.getfixturevalue(who)
    with pytest.raises(editing.UnableToRevise, match="can't be changed by you"):
        attach(advisory, Sheet(name="more.pdf"), by=person)
    with pytest.raises(editing.UnableToRevise, match="can't be changed by you"):
        attaching.remove(advisory, file=advisory.files[0].pk, revision=2, by=person, now=now)


def test_files_of_what_is_out_stay_as_they_are(filed: Make, attach: Attach, editor: User, now: datetime) -> None:
    advisory = filed()
    with pytest.raises(editing.UnableToRevise):
        attach(advisory, Sheet(name="more.pdf"))
    with pytest.raises(editing.UnableToRevise):
        attaching.remove(advisory, file=advisory.files[0].pk, revision=2, by=editor, now=now)


def test_the_database_keeps_its_own_rules(drafted: Make, attach: Attach) -> None:
    file = attach(drafted()).files[0]

    def refused(**values: Any) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            Attachment.objects.filter(pk=file.pk).update(**values)

    refused(removed_in=2)  # as it was added
    again = {"advisory": file.advisory, "media_type": "text/plain", "content": file.content, "added_in": 3}
    with pytest.raises(IntegrityError), transaction.atomic():
        Attachment.objects.create(name="SHEET.pdf", **again)
    with pytest.raises(IntegrityError), transaction.atomic():
        FileContent.objects.create(sha256="A" * 64, size=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        FilePiece.objects.create(content=file.content, number=0, data=b"")
    Attachment.objects.filter(pk=file.pk).update(removed_in=3)
    Attachment.objects.create(name="SHEET.pdf", **again)
