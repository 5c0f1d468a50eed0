"""How associations pass advisories on, how often that was opened, and of what somebody was reminded or warned."""

from __future__ import annotations

import secrets
import uuid
from base64 import b64encode

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from advisories.models.advisories import Advisory
from organisations.models import Organisation, User

LONGEST_COVER = 2_000
RELAY_SOURCE = "advisory-relay:"
RELAY_WITHDRAWAL_SOURCE = "advisory-relay-withdrawal:"
CODE_BYTES = 10  # 80 bits: nobody finds one by trying, and a link fits on one line of a mail


def new_code() -> str:
    return secrets.token_hex(CODE_BYTES)


class Cover(models.Model):
    """The words that an association puts above what it passes on, unless it chooses others for one advisory."""

    association = models.OneToOneField(Organisation, on_delete=models.CASCADE, related_name="+")
    words = models.TextField(_("covering words"), max_length=LONGEST_COVER, blank=True)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return str(self.association)


class Logo(models.Model):
    """What an association shows above what it passes on: a small picture (PNG) that we drew ourselves from the one it gave."""

    association = models.OneToOneField(Organisation, on_delete=models.CASCADE, related_name="+")
    picture = models.BinaryField()
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return str(self.association)

    @property
    def data_url(self) -> str:
        """The picture itself, for a page of those who keep it."""
        return f"data:image/png;base64,{b64encode(bytes(self.picture)).decode()}"


class Relay(models.Model):
    """One advisory as one association passes it on: its covering words, and the link that is the same for all its members."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    advisory = models.ForeignKey(Advisory, on_delete=models.CASCADE, related_name="relays")
    association = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    code = models.CharField(max_length=2 * CODE_BYTES, unique=True, default=new_code)
    words = models.TextField(_("covering words"), max_length=LONGEST_COVER, blank=True)
    prepared_on = models.DateField()
    prepared_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")  # who chose the words, the last time

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["advisory", "association"], name="one_relay_per_advisory_and_association"),
            models.CheckConstraint(condition=Q(code__regex=r"^[0-9a-f]{20}$"), name="relay_code_is_opaque"),
        ]

    def __str__(self) -> str:
        return f"{self.association}, {self.prepared_on}"

    def get_absolute_url(self) -> str:
        return reverse("advisories:via", args=[self.code])

    @property
    def source(self) -> str:
        """The name under which the mailroom knows the mail to the association's members."""
        return f"{RELAY_SOURCE}{self.pk}"

    @property
    def withdrawal_source(self) -> str:
        return f"{RELAY_WITHDRAWAL_SOURCE}{self.pk}"


class Openings(models.Model):
    """How often the link of a relay was opened on one day. Nothing says by whom, from where or when on that day."""

    relay = models.ForeignKey(Relay, on_delete=models.CASCADE, related_name="openings")
    on = models.DateField()
    times = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["relay", "on"], name="one_count_of_openings_per_relay_and_day"),
            models.CheckConstraint(condition=Q(times__gte=1), name="openings_are_counted_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.on}: {self.times}"


class Reminder(models.Model):
    """That an association was reminded of an advisory to pass on, which happens once."""

    advisory = models.ForeignKey(Advisory, on_delete=models.CASCADE, related_name="reminders")
    association = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["advisory", "association"], name="one_reminder_per_advisory_and_association")
        ]

    def __str__(self) -> str:
        return f"{self.association}, {self.on}"


class Alarm(models.Model):
    """That the focal point was warned of an urgent advisory which had reached nobody, which happens once."""

    advisory = models.OneToOneField(Advisory, on_delete=models.CASCADE, related_name="alarm")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
