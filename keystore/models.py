"""One half of each case key's wrapping, in a database of its own, so that destroying it here is destroying the case."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from keystore.querysets import ShareQuerySet


class Share(models.Model):
    """The random share without which neither a receipt nor the office's ring unwraps the key of a case.

    A destroyed share stays as a tombstone, without its bytes: should the case come back from an old backup, it must go again.
    """

    case = models.UUIDField(primary_key=True, editable=False)
    share = models.BinaryField(max_length=32, null=True)
    made_on = models.DateField()
    destroyed_on = models.DateField(null=True)

    objects = ShareQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(share__isnull=False, destroyed_on=None) | Q(share=None, destroyed_on__isnull=False),
                name="share_is_there_or_destroyed",
            )
        ]

    def __str__(self) -> str:
        return str(self.case)
