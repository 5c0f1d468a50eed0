"""Advisories as other systems read them: STIX 2.1 (OASIS Standard, 10 June 2021, section numbers below).

A threat advisory is one `report`, of the agency that issued it. Its id is the advisory's own, so that each download has the same.
It has a version when it comes out and one when it ends, which is revoked; its words never change in between.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid5

import stix2
from django.utils import translation
from django.utils.translation import gettext as _

from advisories.disclosure import AMBER, AMBER_STRICT, CLEAR, GREEN, RED

if TYPE_CHECKING:
    from advisories.models import Advisory, Event
    from organisations.models import Organisation

MEDIA_TYPE: Final = "application/stix+json;version=2.1"
VERSION: Final = "2.1"
IDENTIFIER: Final = re.compile(r"[a-z0-9-]{1,60}--[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# The markings that OASIS published for TLP 2.0, and the moment at which it made them: they are the same in every system.
# https://github.com/oasis-open/cti-stix-common-objects/tree/main/extension-definition-specifications/tlp-2.0
TLP_EXTENSION: Final = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
TLP_MADE: Final = datetime(2022, 10, 1, tzinfo=UTC)
MARKINGS: Final = {
    CLEAR: "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    GREEN: "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    AMBER: "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    AMBER_STRICT: "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    RED: "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}


def is_identifier(said: str) -> bool:
    """Section 2.9: a type and a UUID."""
    return bool(IDENTIFIER.fullmatch(said))


def report_id(advisory: UUID) -> str:
    """Section 2.9: a version 4 UUID behind the type, which the advisory has already."""
    return f"report--{advisory}"


def identity_id(agency: UUID) -> str:
    return f"identity--{agency}"


def moment(at: datetime) -> datetime:
    """Section 3.2: made and changed to the millisecond."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def marking(label: str) -> stix2.MarkingDefinition:
    return stix2.MarkingDefinition(
        id=MARKINGS[label],
        created=TLP_MADE,
        name=f"TLP:{label.upper()}",
        extensions={TLP_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": label}},
    )


def identity(agency: Organisation) -> stix2.Identity:
    return stix2.Identity(
        id=identity_id(agency.pk),
        created=moment(agency.created_at),
        modified=moment(agency.created_at),
        name=agency.name,
        identity_class="organization",
    )


def report(advisory: Advisory, version: Event, *, base: str) -> stix2.Report:
    """The advisory as it was at one of its versions; `base` is the portal's own address."""
    is_over = version.move != "publish"
    agency = identity_id(advisory.agency_id)
    published = moment(advisory.published_at or version.at)
    return stix2.Report(
        id=report_id(advisory.pk),
        created=published,
        modified=moment(version.at),
        published=published,
        created_by_ref=agency,
        name=advisory.title,
        description=_description(advisory, is_withdrawn=version.move == "withdraw"),
        report_types=["threat-report"],
        # A report must refer to something (section 4.16.1), and no objects of a case are known here but who reports.
        object_refs=[agency],
        labels=[advisory.kind, advisory.urgency, *sorted(segment.code for segment in advisory.segments.all())],
        lang=advisory.language,
        external_references=_references(advisory, base=base, is_withdrawn=version.move == "withdraw"),
        object_marking_refs=[MARKINGS[advisory.tlp]],
        **({"revoked": True} if is_over else {}),
    )


def _references(advisory: Advisory, *, base: str, is_withdrawn: bool) -> list[dict[str, Any]]:
    """Its page, and its files with their hashes (section 2.5); a version stays as it was, so only that of a withdrawal has none."""
    issuer = advisory.agency.name
    files = [] if is_withdrawn else advisory.files
    return [
        {"source_name": issuer, "url": f"{base}{advisory.get_absolute_url()}"},
        *(
            {
                "source_name": issuer,
                "description": each.name,
                "url": f"{base}{each.get_absolute_url()}",
                "hashes": {"SHA-256": each.sha256},
            }
            for each in files
        ),
    ]


def bundle(advisory: Advisory, version: Event, *, base: str) -> str:
    """The file of one advisory: its report, who issued it and its marking. The same version gives the same bytes."""
    return str(
        stix2.Bundle(
            identity(advisory.agency),
            marking(advisory.tlp),
            report(advisory, version, base=base),
            id=f"bundle--{uuid5(advisory.pk, version.at.isoformat())}",
        ).serialize(pretty=True)
    )


def plain(made: Any) -> dict[str, Any]:
    """An object as JSON has it."""
    return dict(json.loads(made.serialize()))


def _description(advisory: Advisory, *, is_withdrawn: bool) -> str:
    """All the words, as Markdown, in their own language."""
    with translation.override(advisory.language):
        parts = [advisory.summary]
        if is_withdrawn:
            parts.insert(0, _("Withdrawn: %(reason)s") % {"reason": advisory.withdrawal_reason})
        if advisory.what_changed:
            parts += [f"## {_('What has changed')}", advisory.what_changed]
        parts.append(advisory.body)
        if advisory.what_to_do:
            parts += [f"## {_('What to do')}", advisory.what_to_do]
    return "\n\n".join(parts)
