from datetime import date, datetime
from typing import Any

import pytest
from django.test import Client

from catalogue.models import ControlEntry
from organisations.models import User
from registry.api.looking import EntrySerializer
from registry.disclosure import Audience, Field, Purpose
from registry.models import Entry, Look
from registry.services import agreements, entries
from tests.conftest import SignIn
from tests.registry.conftest import Agree, MakeEntry, grant

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "disclosed"])
ENTRIES = "/api/v1/registry/entries/"
TO_FOCAL_POINT = grant(Audience.FOCAL_POINT, Purpose.OUTREACH, Field.LEGAL_NAME, Field.CONTACT_EMAIL)


def test_an_official_gets_what_the_cell_may_see(signed_in: SignIn, officer: User, entry: Entry, agree: Agree) -> None:
    Entry.objects.update(confirmed_on=date(2099, 1, 9))
    agree(Entry.objects.get(), TO_FOCAL_POINT)
    answer = signed_in(officer).get(ENTRIES, {"purpose": "outreach", "reason": "Seminar"})
    assert answer.status_code == 200
    seen = {
        "ref": str(entry.pk),
        "legal_name": "Baltic Photonics OÜ",
        "contact_email": "trade@photonics.example",
        "confirmed_in": "2099-01",
    }
    assert answer.json() == {"count": 1, "page": 1, "pages": 1, "results": [seen]}
    one = signed_in(officer).get(f"{ENTRIES}{entry.pk}/", {"purpose": "outreach", "reason": "Seminar"})
    assert one.json() == seen
    assert "ETag" not in one.headers
    assert [(look.reason, look.kind, set(look.fields)) for look in Look.objects.order_by("pk")] == [
        ("Seminar", "list", {"legal_name", "contact_email"}),
        ("Seminar", "one", {"legal_name", "contact_email"}),
    ]


@pytest.mark.parametrize(
    ("parameters", "errors"),
    [
        ({}, {"purpose", "reason"}),
        ({"purpose": "outreach"}, {"reason"}),
        ({"purpose": "outreach", "reason": " "}, {"reason"}),
        ({"reason": "Seminar"}, {"purpose"}),
        ({"purpose": "enforcement", "reason": "Seminar"}, {"purpose"}),
        ({"purpose": "outreach", "reason": "Seminar", "audience": "licensing"}, {"audience"}),
        ({"purpose": "outreach", "reason": "Seminar", "contact_email": "x"}, {"parameters"}),
        ({"purpose": "outreach", "reason": "Seminar", "ordering": "contact_email"}, {"ordering"}),
        ({"purpose": "outreach", "reason": "Seminar", "page_size": "101"}, {"page_size"}),
        ({"purpose": "outreach", "reason": "x" * 301}, {"reason"}),
    ],
)
def test_what_is_missing_wrong_or_unknown_is_a_problem_with_a_sentence(
    signed_in: SignIn, officer: User, entry: Entry, agree: Agree, parameters: dict[str, str], errors: set[str]
) -> None:
    agree(entry, TO_FOCAL_POINT)
    answer = signed_in(officer).get(ENTRIES, parameters)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert set(answer.json()["errors"]) == errors
    assert not Look.objects.exists()


def test_a_stranger_gets_the_public_cell(entry: Entry, agree: Agree) -> None:
    agree(entry, grant(Audience.PUBLIC, Purpose.BUSINESS_PROMOTION, Field.REGION))
    [seen] = Client().get(ENTRIES).json()["results"]
    assert seen["region"] == "EE001"
    assert seen["ref"] != str(entry.pk)
    assert Client().get(ENTRIES, {"audience": "associations"}).status_code == 400


def test_an_association_need_not_say_the_usual_purpose(
    signed_in: SignIn, association_officer: User, entry: Entry, agree: Agree
) -> None:
    agree(entry)
    assert signed_in(association_officer).get(ENTRIES).json()["count"] == 1
    assert signed_in(association_officer).get(ENTRIES, {"purpose": "statistics"}).json()["count"] == 0


def test_withdrawal_is_immediate_in_the_api(
    signed_in: SignIn, association_officer: User, signatory: User, entry: Entry, agree: Agree, now: datetime
) -> None:
    agree(entry)
    client = signed_in(association_officer)
    assert client.get(f"{ENTRIES}{entry.pk}/").status_code == 200
    agreements.withdraw(entry=entry, by=signatory, now=now)
    assert client.get(f"{ENTRIES}{entry.pk}/").status_code == 404
    assert client.get(ENTRIES).json()["results"] == []


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_the_api_only_reads(signed_in: SignIn, officer: User, method: str) -> None:
    assert getattr(signed_in(officer), method)(ENTRIES).status_code in (403, 405)


def test_a_page_beyond_the_last_is_not_found(association_officer: User, signed_in: SignIn) -> None:
    answer: Any = signed_in(association_officer).get(ENTRIES, {"page": "2"})
    assert answer.status_code == 404


def test_the_schema_names_every_field_of_the_catalogue() -> None:
    assert set(EntrySerializer().fields) == {*Field, "ref", "evidence", "confirmed_in", "is_stale"}


def test_evidence_is_told_of_the_fields_that_are_seen(
    signed_in: SignIn, officer: User, entry: Entry, agree: Agree, now: datetime
) -> None:
    agree(entry, TO_FOCAL_POINT)
    for field in (Field.LEGAL_NAME, Field.REGION):
        entries.confirm(entry_id=entry.pk, field=field, level="document", reason="Extract", by=officer, now=now)
    answer = signed_in(officer).get(f"{ENTRIES}{entry.pk}/", {"purpose": "outreach", "reason": "Seminar"})
    assert answer.json()["evidence"] == {"legal_name": "document"}


FILTERS = [
    ({"segment": "T6", "role": "develops"}, 1),
    ({"role": "trades"}, 0),
    ({"readiness": "6"}, 1),
    ({"readiness": "7"}, 0),
    ({"region": "LV"}, 1),
    ({"nace": "C"}, 1),
    ({"nace": "2611"}, 1),
    ({"nace": "26.12"}, 0),
    ({"market": "030"}, 1),
    ({"market": "154"}, 0),
    ({"control_entry": "6a003.b.4"}, 1),
    ({"size": "small"}, 1),
    ({"compliance": "audited"}, 1),
    ({"willing": "pilot"}, 1),
    ({"q": "fibrenorth"}, 1),
    ({"q": "institute of light"}, 1),
    ({"size": "small", "market": "154"}, 0),
]


@pytest.mark.parametrize(("asked", "count"), FILTERS)
def test_a_list_is_narrowed_by_every_field_that_is_seen_and_the_ledger_says_by_which(
    signed_in: SignIn,
    officer: User,
    control_entry: ControlEntry,
    make_entry: MakeEntry,
    agree: Agree,
    asked: dict[str, str],
    count: int,
) -> None:
    entry = make_entry(
        trading_names=["FibreNorth"],
        partners="Institute of Light",
        other_regions=["LV006"],
        nace=["26.11"],
        markets=["030"],
        control_entries=["6A003.b.4"],
        compliance="audited",
        willingness=["pilot"],
    )
    agree(entry, grant(Audience.FOCAL_POINT, Purpose.OUTREACH, *Field))
    why = {"purpose": "outreach", "reason": "Seminar"}
    client = signed_in(officer)
    assert client.get(ENTRIES, why | asked).json()["count"] == count
    agree(entry, grant(Audience.FOCAL_POINT, Purpose.OUTREACH, Field.LEGAL_NAME))  # and by nothing that is hidden
    assert client.get(ENTRIES, why | asked).json()["count"] == 0


def test_the_number_of_a_certificate_goes_with_the_name(
    signed_in: SignIn, officer: User, make_entry: MakeEntry, agree: Agree
) -> None:
    entry = make_entry(certifications=[{"scheme": "EN 9100", "number": "A 17", "valid_until": "2027-05-31"}])
    for fields, number in (([Field.CERTIFICATIONS], ""), ([Field.CERTIFICATIONS, Field.LEGAL_NAME], "A 17")):
        agree(entry, grant(Audience.FOCAL_POINT, Purpose.OUTREACH, *fields))
        [found] = signed_in(officer).get(ENTRIES, {"purpose": "outreach", "reason": "Seminar"}).json()["results"]
        assert found["certifications"] == [{"scheme": "EN 9100", "number": number, "valid_until": "2027-05-31"}]
