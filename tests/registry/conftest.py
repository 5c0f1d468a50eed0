import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connections

from catalogue.models import ControlEntry, ControlList, Segment
from organisations.models import Kind, Organisation, Role, User
from organisations.permissions import SecondFactor
from registry import disclosure
from registry.disclosure import Audience, Field, Purpose
from registry.models import AgreementVersion, Entry, Look
from registry.services import agreements, entries
from tests.conftest import member

# A period that holds today, whenever the tests run.
START, END = date(2020, 1, 1), date(2099, 12, 31)

VALUES = {
    "legal_name": "Baltic Photonics OÜ",
    "country": "EE",
    "registration_number": "10000018",
    "size_band": "small",
    "region": "EE001",
    "products": "Hollow-core fibre for gas sensing",
    "certifications": [{"scheme": "ISO 9001", "number": "", "valid_until": ""}],
    "website": "https://photonics.example/",
    "contact_email": "trade@photonics.example",
}


def grant(audience: Audience, purpose: Purpose, *fields: Field) -> dict[str, Any]:
    return disclosure.grid({audience: fields}, {audience: [purpose]})


OUTREACH_TO_ASSOCIATIONS = grant(
    Audience.ASSOCIATIONS, Purpose.OUTREACH, Field.LEGAL_NAME, Field.REGION, Field.SEGMENTS, Field.PRODUCTS
)


@pytest.fixture
def sensing(db: None) -> Segment:
    area = Segment.objects.create(
        scheme="eu-critical-technology-areas",
        edition="2023",
        code="T6",
        label="Advanced sensing",
        source="test",
        diversion_risk="high",
    )
    return Segment.objects.create(
        scheme="eu-critical-technology-areas",
        edition="2023",
        code="T6.1",
        label="Electro-optical sensing",
        parent=area,
        source="test",
        diversion_risk="high",
    )


@pytest.fixture
def control_entry(db: None, now: datetime) -> ControlEntry:
    """6A003.b.4 of a list in force."""
    held = ControlList.objects.create(
        scheme="eu-dual-use", edition="2025", title="Annex I", source="test", checksum="0" * 64, loaded_at=now, is_current=True
    )
    common = {"control_list": held, "entry_code": "6A003", "category": "6", "group": "A", "text": "Cameras"}
    top = ControlEntry.objects.create(**common, code="6A003", order=1, depth=0, kind="entry")
    return ControlEntry.objects.create(**common, code="6A003.b.4", order=2, depth=2, kind="para", parent=top)


MakeEntry = Callable[..., Entry]


@pytest.fixture
def make_entry(sensing: Segment, now: datetime) -> MakeEntry:
    """Makes a firm's entry, and the firm and its people where none is given."""

    def make(firm: Organisation | None = None, by: User | None = None, **values: Any) -> Entry:
        if firm is None:
            firm = Organisation.objects.create(kind=Kind.FIRM, name=values.get("legal_name", "Other OÜ"))
        if by is None:
            by = member(firm, f"Entry Editor {firm.pk}", Role.ENTRY_EDITOR)
        return entries.save_entry(
            organisation=firm,
            values=VALUES | values,
            activities=[entries.Activity(sensing, "develops", 6)],
            by=by,
            now=now,
        )

    return make


@pytest.fixture
def entry(make_entry: MakeEntry, firm: Organisation, entry_editor: User) -> Entry:
    return make_entry(firm, entry_editor)


def confirmed(now: datetime) -> SecondFactor:
    """A code of an authenticator app, given at the start of the morning's work."""
    return SecondFactor("totp", now - timedelta(minutes=5))


Agree = Callable[..., AgreementVersion]


@pytest.fixture
def agree(officer: User, now: datetime) -> Agree:
    """Brings an agreement into force, or up to the state named."""

    def make(entry: Entry, terms: Mapping[str, Any] = OUTREACH_TO_ASSOCIATIONS, *, until: str = "active", end: date = END) -> Any:
        signer = User.objects.filter(memberships__organisation=entry.organisation, memberships__role=Role.SIGNATORY).first()
        signer = signer or member(entry.organisation, f"Signatory {entry.pk}", Role.SIGNATORY)
        version = agreements.offer(entry=entry, terms=terms, valid_from=START, valid_until=end, by=signer, now=now)
        if until in ("signed", "active"):
            version = agreements.sign(version=version, sha256=version.sha256, by=signer, second_factor=confirmed(now), now=now)
        if until == "active":
            version = agreements.countersign(
                version=version, sha256=version.sha256, by=officer, second_factor=confirmed(now), now=now
            )
        return version

    return make


def at_once(*verbs: Callable[[], Any]) -> list[Any]:
    """Run the verbs at the same time, each on a connection of its own; return what each returned or raised."""

    def run(verb: Callable[[], Any]) -> Any:
        try:
            return verb()
        except Exception as error:  # noqa: BLE001  the test says which it expects
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(verbs)) as hands:
        return list(hands.map(run, verbs))


def look_at(entry: Entry, reason: str = "Seminar") -> Look:
    """A line of the entry's ledger, by an agency."""
    return Look.objects.create(
        batch=uuid.uuid4(),
        institution="Licensing Board",
        institution_kind="agency",
        viewer_id=uuid.uuid4(),
        audience="licensing",
        purpose="outreach",
        reason=reason,
        fields=["region"],
        on=date(2026, 11, 23),
        kind="list",
        entry_ids=[entry.pk],
    )
