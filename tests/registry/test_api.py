from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from organisations.models import User
from registry.disclosure import Audience, Field, Purpose
from registry.models import Entry, Look
from registry.services import agreements
from tests.conftest import SignIn
from tests.registry.conftest import Agree, grant

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "disclosed"])
ENTRIES = "/api/v1/registry/entries/"
TO_FOCAL_POINT = grant(Audience.FOCAL_POINT, Purpose.OUTREACH, Field.LEGAL_NAME, Field.CONTACT_EMAIL)


def test_an_official_gets_what_the_cell_may_see(signed_in: SignIn, officer: User, entry: Entry, agree: Agree) -> None:
    agree(entry, TO_FOCAL_POINT)
    answer = signed_in(officer).get(ENTRIES, {"purpose": "outreach", "reason": "Seminar"})
    assert answer.status_code == 200
    seen = {"ref": str(entry.pk), "legal_name": "Baltic Photonics OÜ", "contact_email": "trade@photonics.example"}
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
