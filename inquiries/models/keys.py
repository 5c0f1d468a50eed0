"""The case key, wrapped for those who may open it."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from inquiries.models.inquiry import Inquiry
from organisations.models import Organisation


class Receipt(models.Model):
    """What the database knows of a receipt: a keyed digest to find it by, and the case key wrapped for it."""

    inquiry = models.OneToOneField(Inquiry, on_delete=models.CASCADE, primary_key=True, related_name="receipt")
    digest = models.BinaryField(max_length=32, unique=True)
    wrapped_key = models.BinaryField()

    def __str__(self) -> str:
        return str(self.inquiry_id)


class ReaderKey(models.Model):
    """The case key wrapped for the focal point (no agency) or for an agency on the reader list.

    An agency without a row here can't open the inquiry, whatever else its officials hold. The wrapping key is the agency's own,
    derived from one key of the office's ring, which is kept outside the database.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inquiry = models.ForeignKey(Inquiry, on_delete=models.CASCADE, related_name="reader_keys")
    agency = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    # Always true; with the agency it points at the agency's own column of that meaning, so that the database itself keeps out
    # whoever has no function that reads inquiries.
    agency_reads = models.BooleanField(default=True)
    ring_key = models.CharField(max_length=40)
    wrapped_key = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["inquiry", "agency", "ring_key"], nulls_distinct=False, name="one_reader_key_per_agency_and_ring_key"
            ),
            models.CheckConstraint(condition=Q(agency_reads=True), name="reader_key_agency_reads"),
        ]

    def __str__(self) -> str:
        return f"{self.inquiry_id}: {self.agency_id or 'focal point'}"
