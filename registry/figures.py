"""The registry's numbers for the desk's first page."""

from __future__ import annotations

from datetime import date

from registry.models import AgreementVersion


def waiting_to_countersign() -> int:
    """How many agreements the firm has signed and the focal point has not."""
    return AgreementVersion.objects.waiting_to_countersign().count()


def active_agreements(today: date) -> int:
    """How many agreements are in force."""
    return AgreementVersion.objects.in_force(today).count()
