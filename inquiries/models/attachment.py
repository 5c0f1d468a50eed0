"""Files that came with a message, sealed piece by piece with the case key."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from inquiries.models.inquiry import Inquiry
from inquiries.models.proposal import ProposedAnswer
from inquiries.models.thread import Message
from inquiries.querysets import AttachmentQuerySet
from organisations.models import User


class Attachment(models.Model):
    """A cleaned file of a message, or of an answer that has not gone yet. Its name, kind and size are sealed as well.

    One that is withheld is in no conversation; a supervisor can have it shown again, or have it taken out for good.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inquiry = models.ForeignKey(Inquiry, on_delete=models.CASCADE, related_name="attachments")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, null=True, related_name="attachments")
    proposal = models.ForeignKey(ProposedAnswer, on_delete=models.CASCADE, null=True, related_name="attachments")
    position = models.PositiveSmallIntegerField()
    sealed_about = models.BinaryField()
    withheld_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    withheld_on = models.DateField(null=True)
    withheld_reason = models.CharField(max_length=200, blank=True)
    is_gone = models.BooleanField(
        default=False
    )  # taken out for good: of what it was only the digest is left, for the proof of filing

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(message=None, proposal__isnull=False) | Q(message__isnull=False, proposal=None),
                name="attachment_of_a_message_or_of_a_proposed_answer",
            ),
            models.CheckConstraint(
                condition=Q(withheld_by=None, withheld_on=None, withheld_reason="")
                | (Q(withheld_by__isnull=False, withheld_on__isnull=False) & ~Q(withheld_reason="")),
                name="attachment_withheld_by_and_on_and_why",
            ),
            models.CheckConstraint(condition=Q(is_gone=False) | Q(withheld_on__isnull=False), name="attachment_gone_is_withheld"),
        ]

    def __str__(self) -> str:
        return f"{self.inquiry_id}/file {self.position}"


class AttachmentPiece(models.Model):
    """One piece of a file, padded to the length of all others, so that the rows tell its size only roughly."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)  # no number that tells what came first
    attachment = models.ForeignKey(Attachment, on_delete=models.CASCADE, related_name="pieces")
    number = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["attachment", "number"], name="one_piece_per_number")]

    def __str__(self) -> str:
        return f"{self.attachment_id}/{self.number}"
