"""Certificates that wait for the reader of their address."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


class CertificateChange(models.Model):
    """That somebody wants mail of advisories to an address encrypted by a certificate, or by none: its reader is asked.

    Erased after some days, whatever came of it.
    """

    address = models.CharField(max_length=254, primary_key=True)  # in lower case
    key = models.UUIDField(unique=True, default=uuid.uuid4)  # in the link; another one each time, so that older links are over
    der = models.BinaryField(null=True)  # empty: the one in force is to be removed
    asked_at = models.DateTimeField()
    times = models.PositiveSmallIntegerField(default=0)  # on that day

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(address=Lower("address")), name="certificate_change_address_is_in_lower_case"),
        ]

    def __str__(self) -> str:
        return self.address
