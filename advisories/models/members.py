"""The members of an association, whose addresses nobody but the association reads, and what the portal sends them for it."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from advisories.models.relays import Relay
from advisories.querysets import DispatchQuerySet, MemberListQuerySet, MemberQuerySet
from advisories.sealing import DIGEST_BYTES
from organisations.models import Organisation, User

MOST_LISTED = 20_000


class MemberList(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    association = models.OneToOneField(Organisation, on_delete=models.CASCADE, related_name="+")
    reply_to = models.EmailField(_("address for answers"), blank=True)  # the association's own: members read it
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = MemberListQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.association)


class Member(models.Model):
    """One address of a list. Of who has stopped the notices the digest alone stays, so that no import brings them back."""

    list = models.ForeignKey(MemberList, on_delete=models.CASCADE, related_name="members")
    digest = models.BinaryField(max_length=DIGEST_BYTES)
    sealed = models.BinaryField(null=True)
    entered_on = models.DateField()
    left_on = models.DateField(null=True)
    came_back_on = models.DateField(null=True)  # when a mail server said that the mailbox is gone

    objects = MemberQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["list", "digest"], name="one_member_per_list_and_address"),
            models.CheckConstraint(
                condition=Q(sealed__isnull=False, left_on=None) | Q(sealed=None, left_on__isnull=False, came_back_on=None),
                name="member_who_left_has_no_address",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.list_id}: {self.entered_on}"


class DispatchKind(models.TextChoices):
    NOTICE = "notice", _("Notice")
    WITHDRAWAL = "withdrawal", _("Withdrawal")


class Dispatch(models.Model):
    """That an association has the portal send one advisory, or word of its withdrawal, to its members: once each."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    relay = models.ForeignKey(Relay, on_delete=models.CASCADE, related_name="dispatches")
    kind = models.CharField(max_length=10, choices=DispatchKind)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(null=True)
    members = models.PositiveIntegerField(null=True)  # to how many it was written
    # The latest who was on the list then: who came later didn't get it, and hears of no correction.
    last_member = models.BigIntegerField(null=True)
    # It stood no more when its mail was to be written.
    is_dropped = models.BooleanField(default=False)
    is_blanked = models.BooleanField(default=False)  # no envelope of it has an address any more
    said = models.PositiveIntegerField(null=True)  # what the portal last entered as "passed on to" for the association

    objects = DispatchQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["relay", "kind"], name="one_dispatch_per_relay_and_kind"),
            models.CheckConstraint(condition=Q(kind__in=DispatchKind.values), name="dispatch_kind_is_known"),
            models.CheckConstraint(
                condition=Q(written_at=None, members=None, last_member=None)
                | Q(written_at__isnull=False, members__isnull=False, last_member__isnull=False, is_dropped=False),
                name="dispatch_written_when_and_to_how_many",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.asked_at:%Y-%m-%d}"

    @property
    def source(self) -> str:
        """The name under which the mailroom knows its mail."""
        return self.relay.source if self.kind == DispatchKind.NOTICE else self.relay.withdrawal_source

    @property
    def is_waiting(self) -> bool:
        return self.written_at is None and not self.is_dropped
