"""What is said in an inquiry, and what happens to it."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from inquiries import deadlines, lifecycle
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
    days = models.PositiveSmallIntegerField(null=True)  # business days by which an extension puts off the answer

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["inquiry", "position"], name="one_event_per_position"),
            models.CheckConstraint(
                condition=(_NEEDS_NO_OFFICIAL & Q(official=None)) | (~_NEEDS_NO_OFFICIAL & Q(official__isnull=False)),
                name="event_of_the_office_has_an_official",
            ),
            models.CheckConstraint(
                condition=Q(kind="extend", days__isnull=False, days__gte=1, days__lte=deadlines.LONGEST_EXTENSION)
                | (~Q(kind="extend") & Q(days=None)),
                name="event_has_days_if_it_extends",
            ),
        ]
        indexes = [
            # For figures by quarter.
            models.Index(fields=["on"], condition=Q(kind__in=["answer", "extend"]), name="event_answered_or_put_off"),
        ]

    def __str__(self) -> str:
        return f"{self.inquiry_id}: {self.kind}"

    def describe(self) -> str:
        """What happened, in words for the history of the case."""
        if self.days:
            return ngettext(
                "The answer was put off by %(days)d business day", "The answer was put off by %(days)d business days", self.days
            ) % {"days": self.days}
        return str(EVENT_WORDS[self.kind])


EVENT_WORDS = {
    "received": _("The inquiry came in"),
    "asker-upgrades": _("The asker said who they are"),
    "asker-corrects": _("The asker corrected who they are"),
    "reveal": _("Looked at who asks"),
    "identity-ask": _("Asked to open who asks"),
    "identity-grant": _("Agreed that who asks is opened"),
    "identity-refuse": _("Refused to have opened who asks"),
    "identity-read": _("Read who asks"),
    "portal-identity-lapse": _("The wish to open who asks ran out"),
    "take": _("Taken"),
    "route": _("Handed to an agency"),
    "portal-routes": _("Sorted by a rule"),
    "apply-rules": _("Sorted by the rules anew"),
    "ask-back": _("A question went to the asker"),
    "answer": _("An answer went to the asker"),
    "asker-writes": _("The asker wrote"),
    "extend": _("The answer was put off"),
    "portal-escalates": _("Overdue: passed on to a supervisor"),
    "portal-escalates-taking": _("Not taken in time: passed on to a supervisor"),
    "portal-escalates-closing": _("Not closed in time: passed on to a supervisor"),
    "close": _("Closed"),
    "asker-settles": _("Closed by the asker: the answer settles it"),
    "asker-closes": _("Closed by the asker"),
    "asker-reopens": _("Reopened by the asker, who still needs help"),
    "asker-rotates": _("The asker exchanged the receipt"),
    "hand-over": _("Handed over to a colleague"),
    "describe": _("Facts changed"),
    "note": _("A note was kept"),
    "mask": _("A passage was hidden"),
    "unmask": _("A hidden passage is shown again"),
    "redact": _("A passage was taken out for good"),
    "mask-file": _("A file was hidden"),
    "unmask-file": _("A hidden file is shown again"),
    "redact-file": _("A file was taken out for good"),
    "link": _("Linked to another case"),
    "unlink": _("A link was taken away"),
    "merge": _("Is answered together with another case"),
    "merge-in": _("Another case is answered together with this one"),
    "part": _("Is answered on its own again"),
    "portal-parts": _("Is answered on its own again: the asker came back"),
    "consult": _("Another agency was asked for its view, and reads the case"),
    "give-view": _("An agency gave its view"),
    "end-consultation": _("A consultation was ended"),
    "portal-ends-consultation": _("A consultation ended with the case"),
    "portal-dismisses-agency": _("An agency no longer reads the case"),
    "settle-disagreement": _("A disagreement between agencies was settled"),
    "consult-expert": _("An excerpt went to an outside expert"),
    "renew-expert": _("The outside expert got a new link"),
    "end-expert": _("The excerpt was withdrawn from the outside expert"),
    "portal-ends-expert": _("The outside expert's link ended with the case"),
    "portal-expert-reads": _("The outside expert opened the excerpt"),
    "portal-expert-answers": _("The outside expert answered"),
    "portal-expert-locks": _("The outside expert's link was locked after too many wrong codes"),
    "propose": _("An answer was proposed"),
    "return-proposal": _("A proposed answer was returned"),
    "approve": _("A proposed answer was approved"),
}

# What the history of a case can be narrowed to; everything else is a move.
HISTORY_GROUPS = {
    "notes": frozenset({"note"}),
    "facts": frozenset({"describe", "link", "unlink", "merge", "merge-in", "part", "portal-parts"}),
    "redactions": frozenset({"mask", "unmask", "redact", "mask-file", "unmask-file", "redact-file"}),
}
