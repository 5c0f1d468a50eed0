"""Words that an agency uses again and again. They say nothing of any case, and are not sealed."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalogue.models import Segment
from inquiries.models.inquiry import Topic
from inquiries.querysets import ReplyQuerySet
from organisations.models import Organisation, User


class Reply(models.Model):
    """A reusable reply of one agency, or without one of all. `text` is that of its latest version; a retired one is not offered."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("agency"))
    name = models.CharField(_("name"), max_length=80)
    text = models.TextField(_("text"))
    topic = models.CharField(_("topic"), max_length=20, choices=Topic, blank=True)
    segment = models.ForeignKey(Segment, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("segment"))
    version = models.PositiveIntegerField(default=1)
    is_retired = models.BooleanField(default=False)

    objects = ReplyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "name"], condition=Q(is_retired=False), nulls_distinct=False, name="one_reply_per_agency_and_name"
            )
        ]

    def __str__(self) -> str:
        return self.name


class ReplyVersion(models.Model):
    """The text as one official left it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reply = models.ForeignKey(Reply, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.TextField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reply", "number"], name="one_reply_version_per_number")]

    def __str__(self) -> str:
        return f"{self.reply_id}/{self.number}"
