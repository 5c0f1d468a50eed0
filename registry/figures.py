"""The registry's numbers for the desk's first page."""

from __future__ import annotations

from datetime import date

from registry.models import AgreementVersion, Delay, LookQuestion


def waiting_to_countersign() -> int:
    """How many agreements the firm has signed and the focal point has not."""
    return AgreementVersion.objects.waiting_to_countersign().count()


def active_agreements(today: date) -> int:
    """How many agreements are in force."""
    return AgreementVersion.objects.in_force(today).count()


def questions_waiting() -> int:
    """How many questions about looks wait for an answer of the focal point."""
    return LookQuestion.objects.waiting().count()


def questions_late(today: date) -> int:
    """How many of them should have been answered by now."""
    return LookQuestion.objects.waiting().filter(due_on__lt=today).count()


def delays_waiting(today: date) -> int:
    """How many delays of the ledger wait for a second official."""
    return Delay.objects.waiting(today=today).count()
