"""An advisory as programs get it: the same fields by the API and by webhook."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone

from advisories.models import Advisory, HookEvent, Texts


def fields(advisory: Advisory, words: Texts) -> dict[str, Any]:
    """Return what the API says of an advisory, in values that JSON has; `words` is a version of it.

    What it replaces and is replaced by was fetched with it, as far as its reader may read that.
    """
    return {
        "id": str(advisory.pk),
        "url": advisory.get_absolute_url(),
        "kind": advisory.kind,
        "tlp": advisory.get_tlp_display(),
        "urgency": advisory.urgency,
        "state": advisory.state,
        "title": words.title,
        "summary": words.summary,
        "body": words.body,
        "what_to_do": words.what_to_do,
        "what_changed": words.what_changed,
        "language": words.language,
        "segments": sorted(segment.code for segment in advisory.segments.all()),
        "control_entries": advisory.control_entries,
        "destinations": advisory.destinations,
        "roles": advisory.roles,
        "legal_references": [
            {"identifier": each.identifier, "words": each.words, "address": each.address} for each in advisory.references
        ],
        "attachments": [
            {
                "name": each.name,
                "media_type": each.media_type,
                "size": each.size,
                "sha256": each.sha256,
                "url": reverse("api-advisory-file", args=[advisory.pk, each.pk]),
            }
            for each in advisory.files_for_readers
        ],
        "valid_from": _day(advisory.valid_from),
        "valid_to": _day(advisory.valid_to),
        "agency": advisory.agency.name,
        "published_at": _moment(advisory.published_at),
        "supersedes": [str(each.pk) for each in advisory.supersedes.all()],
        "superseded_by": [str(each.pk) for each in advisory.superseded_by.all()],
        "withdrawn_at": _moment(advisory.withdrawn_at),
        "withdrawal_reason": advisory.withdrawal_reason,
        "original_language": advisory.language,
        "languages": [version.language for version in advisory.versions],
    }


def webhook_body(event: HookEvent, advisory: Advisory | None, *, happened_at: datetime) -> bytes:
    """Return what is posted to a webhook: type, timestamp and data, as Standard Webhooks proposes; the same at each attempt."""
    data = fields(advisory, advisory) if advisory else {}
    return json.dumps({"type": event.value, "timestamp": _moment(happened_at), "data": data}, ensure_ascii=False).encode()


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _moment(moment: datetime | None) -> str | None:
    return timezone.localtime(moment).isoformat() if moment else None
