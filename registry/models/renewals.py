from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from organisations.models import User


class RenewalMove(models.TextChoices):
    CONFIRM = "confirm", _("Confirmed")
    REMIND = "remind", _("Reminded")
    LAPSE = "lapse", _("Lapsed")


class RenewalEvent(models.Model):
    """The history of an entry's yearly confirmation. `days` says which reminder it was, of the confirmation of that day."""

    entry = models.ForeignKey("registry.Entry", on_delete=models.CASCADE, related_name="renewals")
    move = models.CharField(max_length=10, choices=RenewalMove)
    on = models.DateField()
    confirmed_on = models.DateField()
    days = models.SmallIntegerField(null=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(move__in=RenewalMove.values), name="renewal_move_is_known"),
            models.CheckConstraint(
                condition=Q(move="confirm", by__isnull=False) | (~Q(move="confirm") & Q(by=None)),
                name="a_person_confirms_and_the_clock_does_the_rest",
            ),
            models.UniqueConstraint(
                fields=["entry", "confirmed_on", "days"], condition=Q(move="remind"), name="each_renewal_reminder_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_move_display()}, {self.on}"
