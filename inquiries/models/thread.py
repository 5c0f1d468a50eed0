"""What is said in an inquiry, and what happens to it."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inquiries import lifecycle
from inquiries.models.inquiry import Inquiry
from inquiries.querysets import MessageQuerySet
from organisations.models import User


class Message(models.Model):
    class Author(models.TextChoices):
        ASKER = "asker", _("Asker")
        OFFICE = "office", _("Focal point")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inquiry = models.ForeignKey(Inquiry, on_delete=models.CASCADE, related_name="messages")
    position = models.PositiveIntegerField()
    author = models.CharField(max_length=6, choices=Author)
    official = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="messages")
    written_on = models.DateField()
    sealed_text = models.BinaryField()

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["inquiry", "position"], name="one_message_per_position"),
            models.CheckConstraint(
                condition=Q(author="asker", official=None) | Q(author="office", official__isnull=False),
                name="message_of_the_office_has_an_official",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.inquiry_id}/{self.position}"


_NEEDS_NO_OFFICIAL = (
    Q(kind=lifecycle.RECEIVED_EVENT) | Q(kind__startswith=lifecycle.BY_ASKER) | Q(kind__startswith=lifecycle.BY_PORTAL)
)


class Event(models.Model):
    """The history of an inquiry: what deadlines are derived from, and who did what on which day."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inquiry = models.ForeignKey(Inquiry, on_delete=models.CASCADE, related_name="events")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=30)
    official = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="inquiry_events")
    on = models.DateField()
    detail = models.CharField(max_length=300, blank=True)  # the office's words, such as a reason or a rule; never the asker's

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["inquiry", "position"], name="one_event_per_position"),
            models.CheckConstraint(
                condition=(_NEEDS_NO_OFFICIAL & Q(official=None)) | (~_NEEDS_NO_OFFICIAL & Q(official__isnull=False)),
                name="event_of_the_office_has_an_official",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.inquiry_id}: {self.kind}"

    def describe(self) -> str:
        """What happened, in words for the history of the case."""
        return str(EVENT_WORDS[self.kind])


EVENT_WORDS = {
    "received": _("The inquiry came in"),
    "asker-upgrades": _("The asker said who they are"),
    "reveal": _("Looked at who asks"),
    "identity-ask": _("Asked to open who asks"),
    "identity-grant": _("Agreed that who asks is opened"),
    "identity-refuse": _("Refused to have opened who asks"),
    "identity-read": _("Read who asks"),
    "portal-identity-lapse": _("The wish to open who asks ran out"),
    "take": _("Taken"),
    "route": _("Handed to an agency"),
    "ask-back": _("A question went to the asker"),
    "answer": _("An answer went to the asker"),
    "asker-writes": _("The asker wrote"),
    "close": _("Closed"),
    "asker-settles": _("Closed by the asker: the answer settles it"),
    "asker-closes": _("Closed by the asker"),
    "asker-reopens": _("Reopened by the asker, who still needs help"),
    "asker-rotates": _("The asker exchanged the receipt"),
}
