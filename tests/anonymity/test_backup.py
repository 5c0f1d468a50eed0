"""A case that has been erased is gone from the backups as well: a real dump from before, really restored."""

from __future__ import annotations

import subprocess
from datetime import timedelta

import pytest
from django.utils import timezone

from inquiries import receipts
from inquiries.models import Attachment, AttachmentPiece, Inquiry, Receipt
from inquiries.services import asking, casework, erasing, readers, receiving, thread, withholding
from inquiries.spooling import Spool
from organisations.models import User
from tests.anonymity.visitors import Stage, Visitor, dump, owner_address
from tests.processes import postgres_program


def restore(content: bytes) -> None:
    """Bring the rows of a dump back, as `psql` does for an administrator."""
    command = [postgres_program("psql"), "--quiet", "--set", "ON_ERROR_STOP=1", "--single-transaction", owner_address()]
    subprocess.run(command, input=content, check=True, capture_output=True)


def backup() -> bytes:
    """The content of the database without that of the key store, which is another database."""
    return dump("--data-only", "--table", "inquiries_*")


def opened_words(receipt: str) -> list[str]:
    return [line.text for line in thread.read(asking.open_with_receipt(receipts.read(receipt))).lines]


def opened_files(receipt: str) -> list[bytes]:
    return [
        b"".join(file.pieces())
        for line in thread.read(asking.open_with_receipt(receipts.read(receipt))).lines
        for file in line.files
    ]


@pytest.fixture
def answered(stage: Stage, officer: User) -> str:
    """The receipt of a case that was answered so long ago that its time is over, with files of both sides, one of them hidden."""
    visitor = Visitor(stage)
    visitor.walk()
    inquiry, then = Inquiry.objects.get(), timezone.localdate() - timedelta(days=2000)
    mine = asking.open_with_receipt(receipts.read(visitor.canary.receipt))
    asking.write_again(opened=mine, text="Two sheets.", files=[received(b"One"), received(b"Two")], today=then)
    casework.take(inquiry, by=officer, today=then)
    withholding.withhold(inquiry, file=inquiry.attachments.in_order()[0].pk, reason="A third party", by=officer, today=then)
    casework.answer(inquiry, text="It is controlled.", files=[received(b"The list")], by=officer, today=then)
    return visitor.canary.receipt


def received(content: bytes) -> receiving.Received:
    spool = Spool()
    spool.write(content)
    return receiving.receive(spool.finish(), name="sheet.txt")


def test_a_restored_backup_of_a_living_case_opens(answered: str) -> None:
    """So that the refusal below can fail: lost rows alone are no erasure, because the backup has them."""
    kept = backup()
    Inquiry.objects.all().delete()
    restore(kept)
    assert opened_words(answered)[-1] == "It is controlled."
    assert opened_files(answered) == [b"Two", b"The list"]


def test_a_case_whose_time_was_over_opens_for_nobody_when_an_old_backup_is_restored(answered: str, officer: User) -> None:
    kept = backup()
    assert erasing.erase_expired(today=timezone.localdate()) == 1
    assert not Inquiry.objects.exists()
    assert not Attachment.objects.exists()
    assert not AttachmentPiece.objects.exists()
    restore(kept)
    inquiry = Inquiry.objects.get()
    assert Receipt.objects.count() == 1  # the wrapped keys are back, all of them
    assert AttachmentPiece.objects.count() == 3  # and all files, the hidden one too
    with pytest.raises(asking.UnableToReturn):
        opened_words(answered)
    with pytest.raises(readers.UnableToOpen):
        casework.open_for_official(inquiry, by=officer)
    assert erasing.finish(today=timezone.localdate()) == 1  # the night after takes the rows out again
    assert not Inquiry.objects.exists()
    assert not AttachmentPiece.objects.exists()


def test_the_dump_of_the_content_holds_no_share_of_the_key_store(answered: str) -> None:
    assert b"keystore_share" not in dump()
