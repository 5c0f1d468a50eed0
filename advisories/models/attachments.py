"""Files that come with an advisory, and in which of its revisions each is."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import PurePath

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse

from advisories.models.advisories import Advisory
from advisories.querysets import AdvisoryAttachmentQuerySet

LONGEST_NAME = 100


class FileContent(models.Model):
    """What is in a file, kept once however many advisories and revisions have it, and never changed."""

    sha256 = models.CharField(max_length=64, primary_key=True)  # in hex
    size = models.PositiveIntegerField()  # in bytes

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="file_content_is_known_by_its_sha256"),
        ]

    def __str__(self) -> str:
        return self.sha256

    def stream(self) -> Iterator[bytes]:
        """The bytes, a piece at a time: no more of a file is in memory, however large it is."""
        for number in range(self.pieces.count()):
            yield bytes(self.pieces.values_list("data", flat=True).get(number=number))


class FilePiece(models.Model):
    content = models.ForeignKey(FileContent, on_delete=models.CASCADE, related_name="pieces")
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["content", "number"], name="one_file_piece_per_number")]

    def __str__(self) -> str:
        return f"{self.content_id}/{self.number}"


class Attachment(models.Model):
    """A cleaned file of an advisory. One that was removed stays in the revisions before, as their words do."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    advisory = models.ForeignKey(Advisory, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=LONGEST_NAME)
    media_type = models.CharField(max_length=100)
    content = models.ForeignKey(FileContent, on_delete=models.PROTECT, related_name="+")
    added_in = models.PositiveIntegerField()  # the first revision that has it
    removed_in = models.PositiveIntegerField(null=True)  # the first one that has it no more

    objects = AdvisoryAttachmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                F("advisory"), Lower("name"), condition=Q(removed_in=None), name="one_attachment_of_a_name_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(removed_in=None) | Q(removed_in__gt=F("added_in")), name="attachment_is_removed_after_it_was_added"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Where whoever may read the advisory has it."""
        return reverse("advisories:file", args=[self.advisory_id, self.pk])

    @property
    def size(self) -> int:
        return self.content.size

    @property
    def sha256(self) -> str:
        return self.content_id

    @property
    def kind(self) -> str:
        """What people call its type, such as PDF."""
        return PurePath(self.name).suffix.removeprefix(".").upper()
