"""What officials write to one another about a case. No asker ever reads it, and it never stands in the thread."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from inquiries.models.inquiry import Inquiry
from inquiries.querysets import MentionQuerySet, NoteQuerySet
from organisations.models import Organisation, User


class Note(models.Model):
    """Sealed with the case key, since it may quote the asker. Read by the author's agency, or by all that may read the case."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inquiry = models.ForeignKey(Inquiry, on_delete=models.CASCADE, related_name="notes")
    position = models.PositiveIntegerField()
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("author"))
    agency = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("agency"))
    is_for_all_readers = models.BooleanField(default=False)
    written_on = models.DateField()
    sealed_text = models.BinaryField()

    objects = NoteQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["inquiry", "position"], name="one_note_per_position")]

    def __str__(self) -> str:
        return f"{self.inquiry_id}/note {self.position}"


class Mention(models.Model):
    """That a note names a colleague, who has seen it or not."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="mentions")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="mentions")
    seen_on = models.DateField(null=True)

    objects = MentionQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["note", "user"], name="one_mention_per_note_and_colleague")]
        indexes = [models.Index(fields=["user"], condition=models.Q(seen_on=None), name="mention_unseen")]

    def __str__(self) -> str:
        return f"{self.note_id}: {self.user_id}"
