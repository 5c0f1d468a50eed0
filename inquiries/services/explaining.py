"""Saying afterwards why a case was taken or closed late, for what the portal has noted by itself."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from inquiries.models import Breach
from inquiries.services import casework, lateness
from inquiries.services.lateness import Late
from organisations.models import User


class UnableToExplain(Exception):
    """Nothing is to be said, or no longer; the message says why."""


@transaction.atomic
def say_why(breach: Breach, *, late: Late, by: User) -> Breach:
    """Keep the reason, sealed with the case; raises UnableToExplain, UnableToWork or UnableToOpen."""
    opened = casework.opened_for_work(breach.inquiry, by)
    known = opened.inquiry.breaches.get(pk=breach.pk)
    if not known.is_unsaid:
        raise UnableToExplain(_("Somebody has said why already."))
    if not late.words.strip():
        raise UnableToExplain(_("Say in a sentence why it is late."))
    known.reason, known.by = late.reason, by
    lateness.seal_words(known, late.words, opened)
    known.save(update_fields=["reason", "by", "sealed_words"])
    return known
