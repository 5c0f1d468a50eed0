"""The removal of an entry at its firm's wish: all of it, at once, with a sealed proof."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from organisations.models import Role, User
from organisations.permissions import SecondFactor
from registry import emails, signing
from registry.models import Agreement, AgreementEvent, AgreementVersion, Disclosed, Entry, EntryDraft, Look, LookQuestion, Removal
from registry.permissions import may_sign
from registry.services import notices, people, projection
from registry.services.agreements import LONGEST_SIGNED_IN, NotConfirmed


class UnableToRemove(Exception):
    """The person does not bind the firm."""


class NothingToRemove(Exception):
    """There is no such entry, or no more."""


@transaction.atomic
def remove(*, entry: Entry, by: User, second_factor: SecondFactor | None, now: datetime) -> Removal:
    """Erase everything that the registry holds of the entry, and return the proof.

    The lines of the ledger stay: they name the entry by its id, and fields without what they said. Of an agreement its number,
    digest and days stay, in the proof; the receipts that the firm has fit them.

    Raises UnableToRemove, NotConfirmed or NothingToRemove.
    """
    held = Entry.objects.select_for_update(of=("self",)).select_related("organisation").filter(pk=entry.pk).first()
    if held is None:
        raise NothingToRemove
    if not may_sign(by, held.organisation):
        raise UnableToRemove
    if second_factor is None or now - second_factor.at > LONGEST_SIGNED_IN:
        raise NotConfirmed
    for tombstone in held.tombstones.select_for_update(of=("self",)).select_related("organisation").order_by("pk"):
        _erase(tombstone, second_factor, now)  # they are the same firm's
    return _erase(held, second_factor, now)


def _erase(held: Entry, second_factor: SecondFactor, now: datetime) -> Removal:
    firm = held.organisation
    removal = Removal.objects.create(
        organisation=firm,
        entry_id=held.pk,
        on=timezone.localdate(now),
        statement=signing.seal(_statement(held, second_factor, now), _sealer()),
    )
    people.erase_all(entry=held)
    projection.hide(entry=held)
    # Only the owner of the tables may erase these, and only of an entry whose removal is written down (migration `0002_guards`).
    with connection.cursor() as cursor:
        cursor.execute("SELECT registry_erase_papers(%s)", [held.pk])
    Agreement.objects.filter(entry=held).delete()
    EntryDraft.objects.filter(organisation=firm).delete()
    held.delete()
    mail = emails.notice("removed", firm=firm.name, lines=[])
    notices.post_to(firm, mail, purpose="entry-removed", source=f"entry:{removal.entry_id}", now=now)
    return removal


def _statement(entry: Entry, second_factor: SecondFactor, now: datetime) -> dict[str, Any]:
    """What the portal seals; texts only, as in every sealed file (RFC 8785 without numbers)."""
    return {
        "kind": signing.REMOVAL_KIND,
        "entry": str(entry.pk),
        "party": {"party_id": str(entry.organisation.pk), "party_name": entry.organisation.name},
        "asked_by": {
            "role": str(Role.SIGNATORY),
            "second_factor": {"method": second_factor.method, "at": signing.moment(second_factor.at)},
        },
        "at": signing.moment(now),
        "erased": {name: str(number) for name, number in _counts(entry).items()},
        "agreement_versions": [_version(version) for version in _versions(entry).order_by("number")],
        "kept": {"ledger_lines": str(Look.objects.at(entry.pk).told(timezone.localdate(now)).count())},
    }


def _versions(entry: Entry) -> Any:
    return AgreementVersion.objects.filter(agreement__entry=entry)


def _version(version: AgreementVersion) -> dict[str, str]:
    days = {name: getattr(version, name) for name in ("signed_at", "countersigned_at", "ended_at")}
    return {
        "number": str(version.number),
        "text_sha256": version.sha256,
        **{name: signing.moment(at) if at else "" for name, at in days.items()},
    }


def _counts(entry: Entry) -> dict[str, int]:
    return {
        "entries": 1,
        "projected_rows": Disclosed.objects.filter(entry_id=entry.pk).count(),
        "activities": entry.activities.count(),
        "memberships": entry.memberships.count(),
        "people": entry.people.count(),
        "drafts": EntryDraft.objects.filter(organisation=entry.organisation).count(),
        "changes": entry.changes.count(),
        "evidence": entry.evidence.count(),
        "corrections": entry.corrections.count(),
        "renewals": entry.renewals.count(),
        "agreement_versions": _versions(entry).count(),
        "agreement_events": AgreementEvent.objects.filter(version__agreement__entry=entry).count(),
        "invitations": entry.invited.count(),
        "introductions": entry.introductions_asked.count() + entry.introductions_received.count(),
        "suggestions": entry.suggestions.count() + entry.suggested_to.count(),
        "questions": LookQuestion.objects.filter(entry=entry).count(),
    }


def _sealer() -> signing.Sealer:
    return signing.Sealer(*next(iter(settings.SIGNING_KEYS.items())))
