"""What a firm reads of its ledger, and in which forms."""

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse

from organisations.models import User
from registry import querysets
from registry.models import Entry, Look
from registry.views import ledger as pages
from tests.conftest import SignIn
from tests.registry.conftest import MakeEntry

pytestmark = pytest.mark.django_db
LEDGER, TABLE, USAGE = "registry:ledger", "registry:ledger-table", "registry:find-usage"


@pytest.fixture
def looks(entry: Entry, make_entry: MakeEntry, officer: User, today: date) -> list[Look]:
    """Three at the firm's entry, by an agency and an association and in an export, and one at another firm's."""
    other = make_entry(legal_name="Other OÜ")
    usual = {
        "viewer_id": officer.pk,
        "batch": other.pk,
        "institution_kind": "agency",
        "audience": "licensing",
    }
    rows = [
        ("Licensing Board", "outreach", "=HYPERLINK(1)", 0, "list", entry),
        ("Photonics Cluster", "matchmaking", "Fair in Riga", 10, "one", entry),
        ("Licensing Board", "statistics", "Yearly table", 20, "export", entry),
        ("Licensing Board", "outreach", "Not theirs", 0, "list", other),
    ]
    return [
        Look.objects.create(
            **usual,
            fields=["region"],
            institution=who,
            purpose=purpose,
            reason=why,
            on=today - timedelta(days=ago),
            kind=kind,
            entry_ids=[at.pk],
        )
        for who, purpose, why, ago, kind, at in rows
    ]


@pytest.mark.parametrize(
    ("asked", "reasons"),
    [
        ({}, ["Yearly table", "Fair in Riga", "=HYPERLINK(1)"]),
        ({"institution": "photonics"}, ["Fair in Riga"]),
        ({"purpose": "outreach"}, ["=HYPERLINK(1)"]),
        ({"kind": "export"}, ["Yearly table"]),
        ({"since": "2026-11-13"}, ["Fair in Riga", "=HYPERLINK(1)"]),
        ({"until": "2026-11-13"}, ["Yearly table", "Fair in Riga"]),
        ({"since": "2026-11-13", "until": "2026-11-13", "purpose": "matchmaking"}, ["Fair in Riga"]),
        ({"institution": "nobody"}, []),
    ],
)
def test_the_page_and_the_table_show_what_was_asked_for_and_nothing_of_others(
    signed_in: SignIn, signatory: User, looks: list[Look], asked: dict[str, str], reasons: list[str]
) -> None:
    client = signed_in(signatory)
    assert [look.reason for look in client.get(reverse(LEDGER), asked).context["page"]] == reasons
    table = csv.DictReader(io.StringIO(client.get(reverse(TABLE), asked).getvalue().decode()))
    assert [row["reason"].lstrip("'") for row in table] == reasons


def test_a_formula_is_text_in_the_table(signed_in: SignIn, signatory: User, looks: list[Look]) -> None:
    assert ",'=HYPERLINK(1)," in signed_in(signatory).get(reverse(TABLE)).getvalue().decode()


@pytest.mark.parametrize(
    ("asked", "status", "sentence"),
    [
        ({"colour": "red"}, 400, "There is no parameter colour"),
        ({"purpose": "enforcement"}, 422, "Select a valid choice"),
        ({"since": "yesterday"}, 422, "Enter a valid date"),
        ({"since": "2026-11-13", "until": "2026-11-12"}, 422, "before the first"),
        ({"page": "0"}, 422, "greater than or equal to 1"),
    ],
)
@pytest.mark.parametrize("name", [LEDGER, TABLE])
def test_what_is_wrong_is_said(
    signed_in: SignIn, signatory: User, looks: list[Look], name: str, asked: dict[str, str], status: int, sentence: str
) -> None:
    answer = signed_in(signatory).get(reverse(name), asked)
    assert answer.status_code == status
    assert sentence in answer.content.decode()


def test_the_json_has_the_form_of_the_data_tracker(signed_in: SignIn, signatory: User, entry: Entry, looks: list[Look]) -> None:
    client = signed_in(signatory)
    answer = client.get(reverse(USAGE), {"periodStart": "2026-11-13", "limit": "1", "offset": "1"}).json()
    assert answer == {
        "totalUsages": 2,
        "usages": [
            {
                "look": looks[0].pk,
                "logtime": "2026-11-23",
                "action": "Outreach: =HYPERLINK(1)",
                "receiverName": "Licensing Board",
                "receiverSystem": "focal-point-portal/registry",
                "audience": "licensing",
                "purpose": "outreach",
                "kind": "list",
                "fields": ["region"],
            }
        ],
    }
    assert client.get(reverse("registry:usage-period")).json()["periodStart"] == "2026-11-23"


@pytest.mark.parametrize("asked", [{"limit": "0"}, {"limit": "1001"}, {"offset": "-1"}, {"periodEnd": "x"}, {"userCode": "1"}])
def test_wrong_parameters_of_the_json_are_a_problem(signed_in: SignIn, signatory: User, asked: dict[str, Any]) -> None:
    answer = signed_in(signatory).get(reverse(USAGE), asked)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert next(iter(asked)) in answer.json()["detail"]


def test_a_firm_without_an_entry_reads_an_empty_ledger(signed_in: SignIn, signatory: User) -> None:
    client = signed_in(signatory)
    assert client.get(reverse(LEDGER)).status_code == 200
    assert client.get(reverse(USAGE)).json() == {"totalUsages": 0, "usages": []}


@pytest.mark.parametrize("at_once", [1, 2, 3, 500])
def test_the_table_has_every_look_once_however_many_are_read_at_once(
    signed_in: SignIn, signatory: User, looks: list[Look], monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(pages, "ROWS_AT_ONCE", at_once)
    table = csv.DictReader(io.StringIO(signed_in(signatory).get(reverse(TABLE)).getvalue().decode()))
    assert [row["day"] for row in table] == sorted({str(look.on) for look in looks}, reverse=False)


def test_a_ledger_too_long_to_count_can_be_read_to_its_end(
    signed_in: SignIn, signatory: User, looks: list[Look], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(querysets, "MOST_COUNTED", 2)
    monkeypatch.setattr(pages, "LEDGER_PAGE", 1)
    client = signed_in(signatory)
    read = [client.get(reverse(LEDGER), {"page": number}) for number in ("1", "2", "3", "4")]
    assert [look.reason for each in read[:3] for look in each.context["page"]] == ["Yearly table", "Fair in Riga", "=HYPERLINK(1)"]
    assert "2 looks or more" in read[0].content.decode()
    assert [each.status_code for each in read] == [200, 200, 200, 404]


def test_a_look_at_another_entry_of_the_firms_can_not_be_asked_about(
    signed_in: SignIn, signatory: User, entry: Entry, looks: list[Look]
) -> None:
    page = signed_in(signatory).get(reverse(LEDGER)).content.decode()
    for look in looks:
        assert (reverse("registry:question", args=[look.pk]) in page) == (entry.pk in look.entry_ids)
