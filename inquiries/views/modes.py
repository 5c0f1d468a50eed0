"""What the page of a conversation says of who asks: who may read it, who has asked to learn who asks, what may be said further."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils import timezone

from inquiries import lifecycle
from inquiries.models import Inquiry, NamedAsker
from inquiries.services import identities
from inquiries.services.asking import OpenInquiry


def about_asker(request: HttpRequest, opened: OpenInquiry) -> dict[str, object]:
    inquiry = opened.inquiry
    asker = (
        NamedAsker.objects.select_related("organisation").filter(pk=inquiry.pk).first() if inquiry.mode == lifecycle.NAMED else None
    )
    return {
        "readers": _readers(inquiry),
        "steps": identities.ledger(inquiry, key=opened.key, today=timezone.localdate()),
        "asker": asker,
        "is_own": asker is not None and asker.user_id == request.user.pk,
        "upgrades": lifecycle.UPGRADES[inquiry.mode],
    }


def _readers(inquiry: Inquiry) -> list[str]:
    """The agencies on the reader list beside the focal point, by name."""
    agencies = inquiry.reader_keys.filter(agency__isnull=False).values_list("agency__name", flat=True)
    return sorted(set(agencies))
