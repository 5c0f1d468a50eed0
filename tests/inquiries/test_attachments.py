"""Files of a case: sealed with its key, opened a piece at a time, and gone with it."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from inquiries import receipts
from inquiries.cleaning.cleaner import clean
from inquiries.cleaning.kinds import Kind
from inquiries.models import Attachment, AttachmentPiece, Inquiry, Message
from inquiries.sealing import CannotOpen
from inquiries.services import (
    approving,
    asking,
    attachments,
    casework,
    erasing,
    proposals,
    proving,
    receiving,
    redacting,
    thread,
    withholding,
)
from inquiries.services.asking import OpenInquiry
from inquiries.services.attachments import UnableToKeep
from inquiries.services.withholding import UnableToWithhold
from inquiries.spooling import PIECE_BYTES, Spool
from inquiries.transfers import SealedUpload
from organisations.models import Organisation, User

Ask = Callable[..., asking.Filed]


@dataclass
class Sheet:
    """A cleaned file of so many bytes."""

    size: int = 1000
    name: str = "sheet.pdf"
    kind: Kind = Kind.PDF
    content: bytes = field(init=False)

    def __post_init__(self) -> None:
        self.content = os.urandom(self.size)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def pieces(self) -> Iterator[bytes]:
        read = io.BytesIO(self.content)
        while piece := read.read(PIECE_BYTES):
            yield piece


def opened(filed: asking.Filed) -> OpenInquiry:
    return asking.open_with_receipt(receipts.read(filed.receipt))


def files_of(filed: asking.Filed) -> list[list[tuple[str, bytes]]]:
    """Name and content of each file, message by message, as the asker reads them."""
    lines = thread.read(opened(filed)).lines
    return [[(file.name, b"".join(file.pieces())) for file in line.files] for line in lines]


@pytest.mark.parametrize("size", [1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 5 * PIECE_BYTES])
def test_a_file_comes_back_as_it_went_in(ask: Ask, size: int) -> None:
    sheet = Sheet(size)
    assert files_of(ask(files=[sheet])) == [[("sheet.pdf", sheet.content)]]


def test_files_stay_with_their_message_and_in_their_order(ask: Ask, today: date) -> None:
    first, second, third = Sheet(10, "one.pdf"), Sheet(10, "two.pdf"), Sheet(10, "three.pdf")
    filed = ask(files=[first, second])
    asking.write_again(opened=opened(filed), text="And this.", files=[third], today=today)
    asking.write_again(opened=opened(filed), text="No more.", today=today)
    assert [[name for name, _ in files] for files in files_of(filed)] == [["one.pdf", "two.pdf"], ["three.pdf"], []]


def test_nothing_of_a_file_can_be_read_in_the_rows(ask: Ask) -> None:
    sheet = Sheet(3 * PIECE_BYTES, "taevarada-order.pdf")
    sheet.content = b"Taevarada" * (sheet.size // 9)
    ask(files=[sheet])
    rows = b"".join(bytes(row) for row in AttachmentPiece.objects.values_list("sealed", flat=True))
    rows += bytes(Attachment.objects.get().sealed_about)
    assert (b"Taevarada" in rows, b"taevarada" in rows) == (False, False)  # longer words than chance makes


def test_what_holds_words_names_and_keys_does_not_show_them_in_a_report_of_an_error(ask: Ask) -> None:
    filed = ask(files=[Sheet(10, "taevarada-order.pdf")])
    found = opened(filed)
    (file,) = thread.read(found).lines[0].files
    spool = Spool()
    spool.write(b"Taevarada asks.")
    upload = SealedUpload(spool.finish(), name="taevarada.txt", content_type="text/plain", size=15)
    cleaned = clean(spool.reader(), name="taevarada.txt")
    cleaned.content.close()
    received = receiving.receive(spool, name="taevarada.txt")
    shown = repr([filed, found, file, upload, cleaned, received, received.spool])
    assert [word for word in ("aevarada", filed.receipt, repr(found.key), received.digest) if word in shown] == []


def test_the_rows_tell_the_size_only_roughly(ask: Ask) -> None:
    for size in (1, 1000, PIECE_BYTES):
        ask(files=[Sheet(size)])
    assert len({len(bytes(row)) for row in AttachmentPiece.objects.values_list("sealed", flat=True)}) == 1


@pytest.mark.parametrize("fault", ["changed", "missing", "swapped", "of another file"])
def test_a_file_that_was_tampered_with_does_not_open(ask: Ask, fault: str) -> None:
    filed = ask(files=[Sheet(3 * PIECE_BYTES)])
    rows = list(AttachmentPiece.objects.order_by("number"))
    if fault == "changed":
        AttachmentPiece.objects.filter(pk=rows[1].pk).update(sealed=bytes(rows[1].sealed)[:-1] + b"\0")
    elif fault == "missing":
        rows[2].delete()
    elif fault == "swapped":
        AttachmentPiece.objects.filter(pk=rows[0].pk).update(sealed=rows[1].sealed)
    else:
        ask(files=[Sheet(3 * PIECE_BYTES)])
        other = AttachmentPiece.objects.exclude(attachment=rows[0].attachment).get(number=0)
        AttachmentPiece.objects.filter(pk=rows[0].pk).update(sealed=other.sealed)
    with pytest.raises(CannotOpen):
        files_of(filed)


def test_a_form_sent_twice_keeps_its_files_once(ask: Ask, today: date) -> None:
    form = os.urandom(32)
    assert ask(files=[Sheet()], form=form).receipt == ask(files=[Sheet()], form=form).receipt
    filed = ask()
    for _ in range(2):
        asking.write_again(opened=opened(filed), text="This too.", files=[Sheet()], form=form, today=today)
    assert (Inquiry.objects.count(), Attachment.objects.count()) == (2, 2)


class TornError(Exception):
    pass


class Torn(Sheet):
    """A file that ends amid its way."""

    def pieces(self) -> Iterator[bytes]:
        yield self.content[:PIECE_BYTES]
        raise TornError


def test_a_file_that_fails_on_its_way_leaves_nothing(ask: Ask, today: date) -> None:
    filed = ask()
    with pytest.raises(TornError):
        ask(files=[Torn(2 * PIECE_BYTES)])
    with pytest.raises(TornError):
        asking.write_again(opened=opened(filed), text="This.", files=[Torn(2 * PIECE_BYTES)], today=today)
    assert (Inquiry.objects.count(), Message.objects.count(), AttachmentPiece.objects.count()) == (1, 1, 0)


@pytest.mark.usefixtures("one_official_answers")
@pytest.mark.parametrize(("name", "most"), [("MOST_KEPT", 3), ("MOST_KEPT_BYTES", 3 * PIECE_BYTES)])
def test_what_an_asker_can_have_kept_has_an_end(
    taken: asking.Filed, officer: User, today: date, monkeypatch: pytest.MonkeyPatch, name: str, most: int
) -> None:
    monkeypatch.setattr(attachments, name, most)
    casework.ask_back(taken.inquiry, text="Which?", files=[Sheet(), Sheet()], by=officer, today=today)
    asking.write_again(opened=opened(taken), text="These.", files=[Sheet(), Sheet()], today=today)
    with pytest.raises(UnableToKeep):
        asking.write_again(opened=opened(taken), text="Two more.", files=[Sheet(), Sheet()], today=today)
    asking.write_again(opened=opened(taken), text="One more.", files=[Sheet()], today=today)
    with pytest.raises(UnableToKeep):
        asking.write_again(opened=opened(taken), text="And one.", files=[Sheet()], today=today)
    asking.write_again(opened=opened(taken), text="Words alone.", today=today)
    casework.answer(taken.inquiry, text="Not controlled.", files=[Sheet()], by=officer, today=today)
    assert [len(files) for files in files_of(taken)] == [0, 2, 2, 1, 0, 1]


def test_erasing_the_case_erases_its_files(ask: Ask, today: date) -> None:
    filed = ask(files=[Sheet()])
    kept = ask(files=[Sheet()])
    erasing.erase(opened=opened(filed), today=today)
    assert set(Attachment.objects.values_list("inquiry", flat=True)) == {kept.inquiry.pk}
    assert AttachmentPiece.objects.count() == 1


def test_a_file_belongs_to_a_message_or_to_a_proposed_answer(ask: Ask) -> None:
    ask(files=[Sheet()])
    with pytest.raises(IntegrityError, match="attachment_of_a_message_or_of_a_proposed_answer"), transaction.atomic():
        Attachment.objects.update(message=None)
    with pytest.raises(IntegrityError, match="attachment_withheld_by_and_on_and_why"), transaction.atomic():
        Attachment.objects.update(withheld_reason="words")


@pytest.mark.parametrize("number", [1, 3])
def test_reading_asks_no_more_for_more_files(ask: Ask, number: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    found = opened(ask(files=[Sheet() for _ in range(number)]))
    with django_assert_num_queries(3):
        assert len(thread.read(found).lines[0].files) == number


# --- what officials send --------------------------------------------------------------------------------------------


@pytest.fixture
def taken(ask: Ask, officer: User, today: date) -> asking.Filed:
    filed = ask(text="Is a five-axis mill controlled?")
    casework.take(filed.inquiry, by=officer, today=today)
    return filed


@pytest.fixture
def guarded(ask: Ask, officer: User, today: date) -> asking.Filed:
    """One that a second official has to approve the answer to."""
    filed = ask(topic="sanctions")
    casework.take(filed.inquiry, by=officer, today=today)
    return filed


@pytest.mark.usefixtures("one_official_answers")
def test_an_official_sends_files_with_answer_and_question(taken: asking.Filed, officer: User, today: date) -> None:
    casework.ask_back(taken.inquiry, text="Which?", files=[Sheet(10, "form.pdf")], by=officer, today=today)
    casework.answer(taken.inquiry, text="Not controlled.", files=[Sheet(10, "guide.pdf")], by=officer, today=today)
    assert [[name for name, _ in files] for files in files_of(taken)] == [[], ["form.pdf"], ["guide.pdf"]]


def test_files_of_a_proposed_answer_go_once_it_is_approved(
    guarded: asking.Filed, officer: User, approver: User, today: date
) -> None:
    sheet = Sheet(10, "guide.pdf")
    proposed = casework.answer(guarded.inquiry, text="Not controlled.", files=[sheet], by=officer, today=today)
    key = opened(guarded).key
    waiting = attachments.of_proposal(proposed, key)
    assert ([file.name for file in waiting], files_of(guarded)) == (["guide.pdf"], [[]])
    with pytest.raises(attachments.UnableToFind):
        attachments.find(guarded.inquiry, key, waiting[0].pk)
    assert attachments.find(guarded.inquiry, key, waiting[0].pk, with_proposed=True).name == "guide.pdf"
    approving.approve(guarded.inquiry, revision=1, by=approver, today=today)
    assert files_of(guarded) == [[], [("guide.pdf", sheet.content)]]
    assert Attachment.objects.count() == 1


def test_files_stay_with_an_answer_that_is_returned_and_changed(
    guarded: asking.Filed, officer: User, approver: User, today: date
) -> None:
    inquiry = guarded.inquiry
    casework.answer(inquiry, text="Not controlled.", files=[Sheet(10, "guide.pdf")], by=officer, today=today)
    approving.give_back(inquiry, revision=1, note="Say why.", by=approver, today=today)
    casework.answer(inquiry, text="Not controlled: 4 µm.", files=[Sheet(10, "more.pdf")], revision=1, by=officer, today=today)
    approving.approve(inquiry, revision=2, by=approver, today=today)
    assert [name for name, _ in files_of(guarded)[1]] == ["guide.pdf", "more.pdf"]


def test_files_of_an_answer_that_is_changed_can_be_left_out(guarded: asking.Filed, officer: User, today: date) -> None:
    inquiry = guarded.inquiry
    casework.answer(inquiry, text="Not controlled.", files=[Sheet(10, "wrong.pdf")], by=officer, today=today)
    changed = casework.answer(inquiry, text="Not controlled.", keeps_files=False, revision=1, by=officer, today=today)
    assert (attachments.of_proposal(changed, opened(guarded).key), changed.number) == ([], 2)


def test_the_approver_decides_on_the_files_too(guarded: asking.Filed, officer: User, approver: User, today: date) -> None:
    """A file that comes to an answer makes a new revision: the one that was read can't be approved any more."""
    casework.answer(guarded.inquiry, text="Not controlled.", by=officer, today=today)
    casework.answer(guarded.inquiry, text="Not controlled.", files=[Sheet()], by=officer, today=today)
    with pytest.raises(approving.UnableToApprove):
        approving.approve(guarded.inquiry, revision=1, by=approver, today=today)


@pytest.mark.usefixtures("one_official_answers")
def test_files_of_a_draft_left_to_colleagues_go_with_the_answer(taken: asking.Filed, officer: User, today: date) -> None:
    approving.draft(taken.inquiry, text="Not…", files=[Sheet(10, "guide.pdf")], by=officer, today=today)
    casework.answer(taken.inquiry, text="Not controlled.", by=officer, today=today)
    assert [name for name, _ in files_of(taken)[1]] == ["guide.pdf"]


@pytest.mark.usefixtures("one_official_answers")
@pytest.mark.parametrize("end", ["leave out", "answer", "close", "hand over"])
def test_files_of_an_answer_that_does_not_go_are_not_kept(
    taken: asking.Filed, officer: User, licensing_agency: Organisation, today: date, end: str
) -> None:
    """Nobody can read them any more but by their id: an agency that has the case next, for one."""
    inquiry = taken.inquiry
    approving.draft(inquiry, text="Not…", files=[Sheet(10, "wrong.pdf")], by=officer, today=today)
    if end == "leave out":
        approving.draft(inquiry, text="Not…", keeps_files=False, by=officer, today=today)
    elif end == "answer":
        casework.answer(inquiry, text="No.", keeps_files=False, by=officer, today=today)
    elif end == "close":
        casework.close(inquiry, by=officer, today=today)
    else:
        casework.route(inquiry, agency=licensing_agency, by=officer, today=today)
    assert (Attachment.objects.count(), AttachmentPiece.objects.count()) == (0, 0)


def test_hidden_words_are_not_read_in_the_name_of_a_proposed_file(
    taken: asking.Filed, officer: User, supervisor: User, today: date
) -> None:
    asking.write_again(opened=opened(taken), text="The order of Taevarada.", today=today)
    approving.draft(taken.inquiry, text="Not…", files=[Sheet(10, "Taevarada-order.pdf")], by=officer, today=today)
    redacting.redact(taken.inquiry, passage="Taevarada", mode="mask", reason="A name", by=supervisor, today=today)
    standing = proposals.standing(opened(taken))
    assert standing
    assert ["Taevarada" in file.name for file in standing.files] == [False]


# --- what nobody shall read -----------------------------------------------------------------------------------------


@pytest.fixture
def file(taken: asking.Filed, today: date) -> attachments.File:
    asking.write_again(opened=opened(taken), text="The order.", files=[Sheet(10, "order.pdf")], today=today)
    return thread.read(opened(taken)).lines[1].files[0]


def test_a_hidden_file_is_read_by_nobody_until_a_supervisor_shows_it(
    taken: asking.Filed, file: attachments.File, officer: User, supervisor: User, today: date
) -> None:
    withholding.withhold(taken.inquiry, file=file.pk, reason="Names a third party", by=officer, today=today)
    found = opened(taken)
    assert files_of(taken) == [[], []]
    with pytest.raises(attachments.UnableToFind):
        attachments.find(found.inquiry, found.key, file.pk, with_proposed=True)
    with pytest.raises(UnableToWithhold, match="supervisor"):
        withholding.show_again(taken.inquiry, file=file.pk, by=officer, today=today)
    withholding.show_again(taken.inquiry, file=file.pk, by=supervisor, today=today)
    assert [name for name, _ in files_of(taken)[1]] == ["order.pdf"]
    assert list(taken.inquiry.events.order_by("position").values_list("kind", "detail"))[-2:] == [
        ("mask-file", "Names a third party"),
        ("unmask-file", "Names a third party"),
    ]


def test_a_supervisor_takes_a_hidden_file_out_for_good(
    taken: asking.Filed, file: attachments.File, officer: User, supervisor: User, today: date
) -> None:
    with pytest.raises(UnableToWithhold, match="not hidden"):
        withholding.take_out(taken.inquiry, file=file.pk, by=supervisor, today=today)
    withholding.withhold(taken.inquiry, file=file.pk, reason="Names a third party", by=officer, today=today)
    with pytest.raises(UnableToWithhold, match="supervisor"):
        withholding.take_out(taken.inquiry, file=file.pk, by=officer, today=today)
    withholding.take_out(taken.inquiry, file=file.pk, by=supervisor, today=today)
    assert (files_of(taken), AttachmentPiece.objects.count()) == ([[], []], 0)
    for again in (withholding.take_out, withholding.show_again):
        with pytest.raises(UnableToWithhold, match="gone for good"):
            again(taken.inquiry, file=file.pk, by=supervisor, today=today)


def test_the_proof_of_filing_is_about_the_files_too_also_after_one_was_taken_out(
    ask: Ask, officer: User, supervisor: User, today: date
) -> None:
    sheet = Sheet()
    filed = ask(files=[sheet])
    casework.take(filed.inquiry, by=officer, today=today)
    proof, filing = proving.prove(opened(filed)), proving.filing(opened(filed))
    assert (filing.files, proof.is_of(filing)) == ((sheet.sha256,), True)
    assert not proof.is_of(replace(filing, files=()))
    withholding.withhold(filed.inquiry, file=Attachment.objects.get().pk, reason="Not theirs", by=officer, today=today)
    withholding.take_out(filed.inquiry, file=Attachment.objects.get().pk, by=supervisor, today=today)
    assert proving.prove(opened(filed)) == proof


@pytest.mark.parametrize("mode", ["mask", "permanent"])
def test_hidden_words_are_not_read_in_the_name_of_a_file(taken: asking.Filed, supervisor: User, today: date, mode: str) -> None:
    files = [Sheet(10, "Taevarada-order.pdf"), Sheet(10, "sheet.pdf")]
    asking.write_again(opened=opened(taken), text="The order of Taevarada.", files=files, today=today)
    redacting.redact(taken.inquiry, passage="Taevarada", mode=mode, reason="A name", by=supervisor, today=today)
    found = opened(taken)
    shown, other = thread.read(found).lines[1].files
    assert ("Taevarada" in shown.name, other.name, b"".join(shown.pieces())) == (False, "sheet.pdf", files[0].content)
    assert "Taevarada" not in thread.file(found, shown.pk).name
    sealed = attachments.find(found.inquiry, found.key, shown.pk).name
    assert ("Taevarada" in sealed) == (mode == "mask")


def test_another_agencys_official_hides_nothing(
    taken: asking.Filed, file: attachments.File, licensing_officer: User, today: date
) -> None:
    with pytest.raises(casework.UnableToWork):
        withholding.withhold(taken.inquiry, file=file.pk, reason="Mine", by=licensing_officer, today=today)


def test_a_file_of_another_case_is_not_found(taken: asking.Filed, ask: Ask, officer: User, today: date) -> None:
    other = opened(ask(files=[Sheet()]))
    pk = thread.read(other).lines[0].files[0].pk
    found = opened(taken)
    for name in (pk, uuid4()):
        with pytest.raises(attachments.UnableToFind):
            attachments.find(found.inquiry, found.key, name)
        with pytest.raises(UnableToWithhold):
            withholding.withhold(taken.inquiry, file=name, reason="Not mine", by=officer, today=today)
