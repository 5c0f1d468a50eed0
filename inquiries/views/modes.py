"""What the page of a conversation says of who asks: who may read it, who has asked to learn who asks, what may be said further."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils import timezone

from inquiries import lifecycle
from inquiries.models import Inquiry, NamedAsker
from inquiries.services import ledger
from inquiries.services.asking import OpenInquiry


def about_asker(request: HttpRequest, opened: OpenInquiry) -> dict[str, object]:
    inquiry = opened.inquiry
    asker = (
        NamedAsker.objects.select_related("organisation").filter(pk=inquiry.pk).first() if inquiry.mode == lifecycle.NAMED else None
    )
    return {
        "steps": ledger.read(opened, today=timezone.localdate()),
        "asker": asker,
        "is_own": asker is not None and asker.user_id == request.user.pk,
        "may_correct": _may_correct(inquiry),
        "upgrades": lifecycle.UPGRADES[inquiry.mode],
    }


def _may_correct(inquiry: Inquiry) -> bool:
    return inquiry.mode == lifecycle.CONFIDENTIAL and inquiry.identity.may_be_corrected
