"""What somebody outside government is asked: an excerpt and nothing else of the case."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inquiries import lifecycle
from inquiries.models.inquiry import Inquiry
from inquiries.querysets import ExpertRequestQuerySet
from organisations.models import User


class Label(models.TextChoices):
    """The labels of TLP 2.0 (FIRST, https://www.first.org/tlp/) under which words may leave government. RED may not."""

    CLEAR = "clear", "TLP:CLEAR"
    GREEN = "green", "TLP:GREEN"
    AMBER = "amber", "TLP:AMBER"
    AMBER_STRICT = "amber+strict", "TLP:AMBER+STRICT"


class ExpertRequestState(models.TextChoices):
    SENT = lifecycle.SENT, _("Sent")
    ANSWERED = lifecycle.ANSWERED, _("Answered")
    LOCKED = lifecycle.LOCKED, _("Locked: too many wrong codes")
    WITHDRAWN = lifecycle.WITHDRAWN, _("Withdrawn")


class ExpertRequest(models.Model):
    """An excerpt sent to an outside expert, who answers by a link and a code.

    The excerpt and the answer are sealed with a key of their own. It is stored wrapped with the case key, and while the link lives
    wrapped for link and code together; neither is in the database, which knows the link by a keyed digest.
    """

    TRIES = 5

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inquiry = models.ForeignKey(Inquiry, on_delete=models.CASCADE, related_name="expert_requests")
    number = models.PositiveIntegerField()
    state = models.CharField(_("state"), max_length=10, choices=ExpertRequestState, default=ExpertRequestState.SENT)
    label = models.CharField(_("TLP label"), max_length=12, choices=Label)
    sealed_contact = models.BinaryField()  # name and address of the expert, with the case key
    sealed_excerpt = models.BinaryField()
    sealed_answer = models.BinaryField(null=True)
    wrapped_key = models.BinaryField()
    link_digest = models.BinaryField(max_length=32, null=True, unique=True)
    link_key = models.BinaryField(null=True)
    tries_left = models.PositiveSmallIntegerField(default=TRIES)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_on = models.DateField(_("asked"))
    due_on = models.DateField(_("due"))
    expires_on = models.DateField(_("link good until"))
    read_on = models.DateField(_("opened"), null=True)
    answered_on = models.DateField(_("answered"), null=True)
    ended_on = models.DateField(null=True)
    is_posted = models.BooleanField(default=True)  # whether the mail server took the letter with the link; all old ones were

    objects = ExpertRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["inquiry", "number"], name="one_expert_request_per_number"),
            models.CheckConstraint(condition=Q(state__in=ExpertRequestState.values), name="expert_request_state_is_known"),
            models.CheckConstraint(condition=Q(label__in=Label.values), name="expert_request_label_may_leave_government"),
            models.CheckConstraint(
                # Only a living link opens anything; the digest of an answered one is kept to say that it has done its work.
                condition=Q(state=lifecycle.SENT, link_key__isnull=False, link_digest__isnull=False, tries_left__gt=0)
                | Q(state=lifecycle.ANSWERED, link_key=None)
                | Q(state__in=[lifecycle.LOCKED, lifecycle.WITHDRAWN], link_key=None, link_digest=None),
                name="expert_request_link_lives_while_sent",
            ),
            models.CheckConstraint(
                condition=Q(state=lifecycle.ANSWERED, sealed_answer__isnull=False, answered_on__isnull=False, read_on__isnull=False)
                | (~Q(state=lifecycle.ANSWERED) & Q(sealed_answer=None, answered_on=None)),
                name="expert_request_answered_and_when",
            ),
            models.CheckConstraint(
                condition=Q(state=lifecycle.WITHDRAWN, ended_on__isnull=False) | (~Q(state=lifecycle.WITHDRAWN) & Q(ended_on=None)),
                name="expert_request_withdrawn_has_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.inquiry_id}: expert {self.number}"

    @property
    def is_open(self) -> bool:
        """Whether the expert's answer is still awaited."""
        return self.state == lifecycle.SENT

    @property
    def is_unposted(self) -> bool:
        """Whether the expert has no link, because the letter with it never left."""
        return self.is_open and not self.is_posted and self.read_on is None

    @property
    def may_end(self) -> bool:
        return self.state in lifecycle.EXPERT_MOVES["end-expert"]

    @property
    def is_answered(self) -> bool:
        return self.state == lifecycle.ANSWERED
