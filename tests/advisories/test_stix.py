"""Advisories as STIX 2.1: read by the library and the validator that OASIS keeps, and with the markings that it published."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import stix2
import stix2validator
from django.conf import settings
from django.test import Client

from advisories import stix
from advisories.models import Advisory
from advisories.services import editing
from catalogue.models import Segment
from organisations.models import Organisation, User
from tests.advisories.conftest import Make
from tests.conftest import SignIn

pytestmark = pytest.mark.django_db
LATER = timedelta(hours=1)
HOSTILE = 'Lasers \\"; DROP \\u2028 <script>alert(1)</script> &amp; 😀'


def fetched(advisory: Advisory, client: Client | None = None) -> dict[str, Any]:
    response = (client or Client()).get(f"/advisories/{advisory.pk}/stix.json")
    assert response.status_code == 200
    found: dict[str, Any] = json.loads(response.content)
    return found


def report_of(bundle: dict[str, Any]) -> dict[str, Any]:
    (found,) = (each for each in bundle["objects"] if each["type"] == "report")
    return found


def assert_valid(text: str) -> None:
    """What the validator and the library of OASIS say: no error, no advice left out, and nothing that is not of the standard.

    All advice but one: a hash of the page to which a report links, which shows a banner once the report is revoked.
    """
    options = stix2validator.ValidationOptions(version="2.1", strict=True, enforce_refs=True, disabled="extref-hashes")
    found = stix2validator.validate_string(text, options)
    assert found.is_valid, [str(error) for error in found.errors]
    stix2.parse(text, allow_custom=False, version="2.1")


@pytest.mark.parametrize("label", ["clear", "green", "amber", "amber+strict"])
def test_a_threat_is_a_bundle_that_others_validators_take(
    label: str, published: Make, lasers: Segment, officer: User, signed_in: SignIn
) -> None:
    advisory = published(tlp=label, segments=[lasers], title=HOSTILE, summary=HOSTILE)
    response = signed_in(officer).get(f"/advisories/{advisory.pk}/stix.json")
    assert response["Content-Type"] == "application/stix+json;version=2.1"
    assert_valid(response.content.decode())


def test_the_validator_notices_what_is_wrong(published: Make) -> None:
    bundle = fetched(published(tlp="clear"))
    del report_of(bundle)["object_refs"]
    with pytest.raises(AssertionError, match="object_refs"):
        assert_valid(json.dumps(bundle))


def test_a_report_says_what_the_advisory_says(published: Make, lasers: Segment, focal_point: Organisation) -> None:
    advisory = published(tlp="clear", urgency="priority", segments=[lasers])
    bundle = fetched(advisory)
    identity, marking, report = bundle["objects"]
    assert report == {
        "type": "report",
        "spec_version": "2.1",
        "id": f"report--{advisory.pk}",
        "created_by_ref": f"identity--{focal_point.pk}",
        "created": "2026-11-23T09:30:00.000Z",
        "modified": "2026-11-23T09:30:00.000Z",
        "name": "Orders for thermal cameras",
        "description": f"New resellers ask for many.\n\n{advisory.body}\n\n## What to do\n\nAsk for the end user.",
        "report_types": ["threat-report"],
        "published": "2026-11-23T09:30:00Z",
        "object_refs": [f"identity--{focal_point.pk}"],
        "labels": ["threat", "priority", "CTA01.1"],
        "lang": "en",
        "external_references": [{"source_name": focal_point.name, "url": f"{settings.PUBLIC_URL}/advisories/{advisory.pk}/"}],
        "object_marking_refs": ["marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"],
    }
    assert (identity["id"], identity["name"]) == (f"identity--{focal_point.pk}", focal_point.name)
    assert marking["id"] == report["object_marking_refs"][0]


# As published by OASIS, and not by what the portal thinks they are.
PUBLISHED_MARKINGS = {
    "clear": "94868c89-83c2-464b-929b-a1a8aa3c8487",
    "green": "bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "amber": "55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    "amber+strict": "939a9414-2ddd-4d32-a0cd-375ea402b003",
    "red": "e828b379-4e03-4974-9ac4-e53a884c97c1",
}


@pytest.mark.parametrize("label", PUBLISHED_MARKINGS)
def test_the_markings_are_those_that_oasis_published(label: str) -> None:
    assert stix.plain(stix.marking(label)) == {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": f"marking-definition--{PUBLISHED_MARKINGS[label]}",
        "created": "2022-10-01T00:00:00.000Z",
        "name": f"TLP:{label.upper()}",
        "extensions": {
            "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d": {
                "extension_type": "property-extension",
                "tlp_2_0": label,
            }
        },
    }


def test_each_download_is_the_same_to_the_byte(published: Make) -> None:
    address = f"/advisories/{published(tlp='clear').pk}/stix.json"
    assert Client().get(address).content == Client().get(address).content


def test_what_is_withdrawn_is_revoked_and_says_why(published: Make, approver: User, now: datetime) -> None:
    advisory = published(tlp="clear")
    before = report_of(fetched(advisory))
    editing.withdraw(advisory, reason="The parts were others.", by=approver, now=now + LATER)
    after = fetched(advisory)
    assert_valid(json.dumps(after))
    report = report_of(after)
    changes = {name for name in report if report[name] != before.get(name)}
    assert changes == {"modified", "revoked", "description"}
    assert (report["modified"], report["revoked"]) == ("2026-11-23T10:30:00.000Z", True)
    assert report["description"].startswith("Withdrawn: The parts were others.\n\n")


def test_what_is_corrected_is_revoked_and_the_correction_says_what_changed(
    published: Make, content: Callable[..., Any], editor: User, approver: User, now: datetime, today: Any
) -> None:
    wrong = published(tlp="clear")
    begun = editing.correct(wrong, by=editor, now=now)
    words = content(tlp="clear", what_changed="Two parts, not three.")
    revised = editing.revise(begun, content=words, revision=begun.revision, by=editor, now=now)
    editing.submit_for_review(revised, by=editor, now=now)
    approved = editing.approve(revised, revision=revised.revision, by=approver, now=now)
    right = editing.publish(approved, by=editor, now=now + LATER, today=today)
    assert report_of(fetched(wrong))["revoked"] is True
    found = report_of(fetched(right))
    assert "revoked" not in found
    assert "## What has changed\n\nTwo parts, not three." in found["description"]


def test_an_expired_threat_was_right_and_is_not_revoked(published: Make) -> None:
    advisory = published(tlp="clear")
    Advisory.objects.filter(pk=advisory.pk).update(state="expired")
    assert "revoked" not in report_of(fetched(advisory))


@pytest.mark.parametrize("kind", ["regulatory", "guidance", "event"])
def test_only_threats_are_reports(kind: str, published: Make) -> None:
    advisory = published(tlp="clear", kind=kind)
    assert Client().get(f"/advisories/{advisory.pk}/stix.json").status_code == 404
    assert "stix.json" not in Client().get(advisory.get_absolute_url()).content.decode()


def test_red_is_read_on_its_page_and_goes_to_no_program(published: Make, officer: User, signed_in: SignIn) -> None:
    advisory = published(tlp="red")
    client = signed_in(officer)
    page = client.get(advisory.get_absolute_url())
    assert (page.status_code, "stix.json" in page.content.decode()) == (200, False)
    assert client.get(f"/advisories/{advisory.pk}/stix.json").status_code == 404


def test_the_page_of_a_threat_leads_to_its_file(published: Make) -> None:
    advisory = published(tlp="clear")
    assert f'href="/advisories/{advisory.pk}/stix.json"' in Client().get(advisory.get_absolute_url()).content.decode()


def test_a_strangers_file_may_be_kept_and_a_readers_not(published: Make, signatory: User, signed_in: SignIn) -> None:
    address = f"/advisories/{published(tlp='clear').pk}/stix.json"
    assert "public" in Client().get(address)["Cache-Control"]
    assert "no-store" in signed_in(signatory).get(address)["Cache-Control"]
