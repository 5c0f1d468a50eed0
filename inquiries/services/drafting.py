"""Keeping what an official has begun to write."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from inquiries.models import Draft, Inquiry
from inquiries.sealing import Place, seal, unseal
from inquiries.services import thread
from inquiries.services.asking import OpenInquiry
from inquiries.services.casework import open_for_official
from organisations.models import User


@transaction.atomic
def keep(inquiry: Inquiry, *, kind: str, text: str, by: User, today: date) -> Draft | None:
    """Keep the words in place of those kept before; blank words leave no draft. Raises UnableToWork or UnableToOpen."""
    opened = open_for_official(inquiry, by=by)
    if not text.strip():
        inquiry.drafts.filter(user=by, kind=kind).delete()
        return None
    draft, _created = Draft.objects.select_for_update(of=("self",)).get_or_create(
        inquiry=inquiry, user=by, kind=kind, defaults={"kept_on": today, "sealed_text": b""}
    )
    draft.sealed_text = seal(text, key=opened.key, place=_place(draft))
    draft.kept_on = today
    draft.save(update_fields=["sealed_text", "kept_on"])
    return draft


def kept(opened: OpenInquiry, *, by: User) -> dict[str, str]:
    """The official's own drafts in the case, by kind, without what is hidden in the conversation that they quote."""
    show = thread.clearing(opened)
    return {each.kind: show(_unsealed(each, opened)) for each in opened.inquiry.drafts.filter(user=by)}


def _unsealed(draft: Draft, opened: OpenInquiry) -> str:
    return unseal(bytes(draft.sealed_text), key=opened.key, place=_place(draft))


def _place(draft: Draft) -> Place:
    return Place("draft", draft.inquiry_id, draft.pk)
