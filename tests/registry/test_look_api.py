"""Beyond the list by program: counts, comparisons, files and the published figures, with the rights and the ledger of the pages."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from organisations.models import Organisation, Scope, User
from organisations.services import make_token
from registry import gateway
from registry.disclosure import Audience, Field, Purpose
from registry.models import Edition, Entry, Look
from tests.conftest import SignIn
from tests.registry.conftest import Agree, MakeEntry, grant
from tests.registry.test_exports import number_of
from tests.registry.test_figures_pages import Print, in_print  # noqa: F401  a fixture
from tests.registry.test_look_tokens import bound

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "disclosed"])
ENTRIES = "/api/v1/registry/entries/"
SHOWN = (Field.LEGAL_NAME, Field.REGION, Field.SIZE_BAND, Field.SEGMENTS)
TO_ASSOCIATIONS = grant(Audience.ASSOCIATIONS, Purpose.OUTREACH, *SHOWN)
FIGURES = "/api/v1/registry/figures/"
Ask = Callable[..., Any]


@pytest.fixture(autouse=True)
def nobody_has_called_yet() -> None:
    cache.clear()


@pytest.fixture
def ask(association_officer: User, association: Organisation) -> Ask:
    """Asks by a program of an association, whose token is for outreach."""
    secret = bound(association_officer, Audience.ASSOCIATIONS, association).secret

    def send(path: str, asked: dict[str, Any] | None = None) -> Any:
        return Client().get(ENTRIES + path, asked or {}, headers={"Authorization": f"Bearer {secret}"})

    return send


@pytest.fixture
def two(make_entry: MakeEntry, agree: Agree) -> list[Entry]:
    found = [make_entry(legal_name="Aru OÜ", region="EE001"), make_entry(legal_name="Saare OÜ", region="EE004")]
    for entry in found:
        agree(entry, TO_ASSOCIATIONS)
    return found


def looks() -> list[tuple[str, str, str, int]]:
    return [(each.institution, each.kind, each.purpose, len(each.entry_ids)) for each in Look.objects.order_by("pk")]


def test_facets_are_counts_of_what_the_cell_shows_beside_a_page_of_it(ask: Ask, two: list[Entry]) -> None:
    answer = ask("facets/").json()
    assert [found["legal_name"] for found in answer["results"]] == ["Aru OÜ", "Saare OÜ"]
    counts = {facet["name"]: {value["code"]: value["count"] for value in facet["values"]} for facet in answer["facets"]}
    assert counts == {"segment": {"T6": 2}, "role": {"develops": 2}, "region": {"EE001": 1, "EE004": 1}, "size": {"small": 2}}
    [told] = Look.objects.all()
    assert (set(told.fields), len(told.entry_ids)) == ({*map(str, SHOWN)}, 2)
    assert looks() == [("Photonics Cluster", "list", "outreach", 2)]


def test_what_is_hidden_is_counted_in_no_facet(ask: Ask, two: list[Entry], agree: Agree) -> None:
    for entry in two:
        agree(entry, grant(Audience.ASSOCIATIONS, Purpose.OUTREACH, Field.LEGAL_NAME))
    answer = ask("facets/").json()
    assert (answer["count"], answer["facets"]) == (2, [])


def test_a_facet_narrows_by_its_code(ask: Ask, two: list[Entry]) -> None:
    assert [found["legal_name"] for found in ask("facets/", {"region": "EE004"}).json()["results"]] == ["Saare OÜ"]


def test_a_comparison_is_a_look_at_each(ask: Ask, two: list[Entry]) -> None:
    refs = [str(entry.pk) for entry in reversed(two)]
    answer = ask("compare/", {"entry": refs}).json()
    assert [(found["ref"], found["legal_name"]) for found in answer["results"]] == list(
        zip(refs, ["Saare OÜ", "Aru OÜ"], strict=True)
    )
    assert looks() == [("Photonics Cluster", "one", "outreach", 1)] * 2


@pytest.mark.parametrize("number", [0, 1, 5])
def test_two_to_four_entries_are_compared(ask: Ask, two: list[Entry], number: int) -> None:
    refs = [f"00000000-0000-4000-8000-00000000000{place}" for place in range(number)]
    answer = ask("compare/", {"entry": refs})
    assert (answer.status_code, set(answer.json()["errors"])) == (400, {"entry"})
    assert looks() == []


def test_of_a_comparison_with_one_that_is_not_there_none_is_shown(ask: Ask, two: list[Entry], make_entry: MakeEntry) -> None:
    unlisted = make_entry(legal_name="Hidden OÜ")
    assert ask("compare/", {"entry": [str(two[0].pk), str(unlisted.pk)]}).status_code == 404
    assert looks() == []


def test_a_file_has_its_marks_and_the_ledger_names_every_entry_under_its_number(ask: Ask, two: list[Entry]) -> None:
    answer = ask("export/", {"format": "csv"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert "no-store" in answer["Cache-Control"]
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {line[1] for line in lines[1:]} == {"Aru OÜ", "Saare OÜ"}
    number = number_of(answer)
    assert f"Export {number}" in lines[1][-1]
    assert "Photonics Cluster (Industry associations)" in lines[1][-1]
    assert {look.batch for look in Look.objects.all()} == {number}
    assert looks() == [("Photonics Cluster", "export", "outreach", 2)]


@pytest.mark.parametrize("accept", ["text/csv", "application/ld+json", "*/*"])
def test_the_parameter_and_no_header_says_which_file_it_is(ask: Ask, two: list[Entry], accept: str) -> None:
    answer = Client().get(f"{ENTRIES}export/", {"format": "jsonld"}, headers={"Accept": accept})
    assert answer["Content-Type"] == "application/ld+json"
    assert json.loads(answer.content)["entries"] == []
    assert ask("export/", {"format": "xlsx"}).content.startswith(b"PK")


@pytest.mark.parametrize("asked", [{}, {"format": "pdf"}, {"format": "csv", "page": "1"}, {"format": "csv", "view": "map"}])
def test_no_file_of_what_is_wrong_missing_or_unknown(ask: Ask, two: list[Entry], asked: dict[str, str]) -> None:
    answer = ask("export/", asked)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert looks() == []


def test_a_file_is_bounded_with_a_sentence(ask: Ask, two: list[Entry], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "MOST_EXPORTED", 1)
    answer = ask("export/", {"format": "csv"})
    assert answer.status_code == 400
    assert answer.json()["errors"]["parameters"] == ["That is more than 1 entries. Ask for fewer, and export them in parts."]
    assert looks() == []


def test_no_session_takes_a_file_of_more_than_the_public_sees(
    signed_in: SignIn, association_officer: User, two: list[Entry], agree: Agree
) -> None:
    """A link to the address, on any page of the web, would else write an association into the ledger of every entry."""
    agree(two[0], grant(Audience.PUBLIC, Purpose.BUSINESS_PROMOTION, Field.REGION))
    client = signed_in(association_officer)
    assert len(json.loads(client.get(f"{ENTRIES}export/", {"format": "jsonld"}).content)["entries"]) == 1
    assert looks() == [("", "export", "business-promotion", 1)]
    asked = {"format": "jsonld", "audience": "associations", "purpose": "outreach"}
    assert client.get(f"{ENTRIES}export/", asked).status_code == 400


CALLS: list[tuple[str, dict[str, Any]]] = [
    ("facets/", {}),
    ("compare/", {"entry": ["00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"]}),
    ("export/", {"format": "csv"}),
]


@pytest.mark.parametrize(("path", "asked"), CALLS)
@pytest.mark.parametrize("beside", [{"purpose": "statistics"}, {"audience": "public"}, {"audience": "licensing"}])
def test_outside_its_audience_and_purposes_a_token_is_refused(
    ask: Ask, two: list[Entry], path: str, asked: dict[str, Any], beside: dict[str, str]
) -> None:
    assert ask(path, asked | beside).status_code == 403
    assert looks() == []


@pytest.mark.parametrize(("path", "asked"), CALLS)
def test_an_unknown_parameter_is_refused_and_so_is_another_scope(
    ask: Ask, entry_editor: User, two: list[Entry], path: str, asked: dict[str, Any], today: Any
) -> None:
    answer = ask(path, asked | {"colour": "blue"})
    assert (answer.status_code, "parameters" in answer.json()["errors"]) == (400, True)
    other = make_token(name="Other", scopes=[Scope.REGISTRY_ENTRY], days=9, form=bytes(32), by=entry_editor, today=today).secret
    assert Client().get(ENTRIES + path, asked, headers={"Authorization": f"Bearer {other}"}).status_code == 403
    assert looks() == []


@pytest.mark.parametrize(("path", "asked"), CALLS)
def test_officials_say_why_at_every_call(
    officer: User, focal_point: Organisation, two: list[Entry], path: str, asked: dict[str, Any]
) -> None:
    secret = bound(officer, Audience.FOCAL_POINT, focal_point).secret
    answer = Client().get(ENTRIES + path, asked | {"purpose": "outreach"}, headers={"Authorization": f"Bearer {secret}"})
    assert (answer.status_code, set(answer.json()["errors"])) == (400, {"reason"})


@pytest.mark.parametrize("path", ["facets/", "export/"])
def test_it_costs_the_same_queries_for_one_entry_and_three(
    ask: Ask, make_entry: MakeEntry, agree: Agree, path: str, django_assert_max_num_queries: Any
) -> None:
    costs, asked = [], {"format": "csv"} if path == "export/" else {}
    for number in (1, 3):
        while Entry.objects.count() < number:
            agree(make_entry(legal_name=f"Firm {Entry.objects.count()}"), TO_ASSOCIATIONS)
        ask(path, asked)
        with django_assert_max_num_queries(12, using="disclosed") as outside, django_assert_max_num_queries(12) as inside:
            assert ask(path, asked).status_code == 200
        costs.append((len(outside), len(inside)))
    assert costs[0] == costs[1]


# --- the published figures ------------------------------------------------------------------------------------------


def test_published_figures_are_what_the_pages_print_without_a_token(client: Client, in_print: Print) -> None:  # noqa: F811
    edition = in_print()
    answer = client.get(FIGURES)
    assert "public" in answer["Cache-Control"]
    [row] = answer.json()
    assert row == {"quarter": "2026-q3", "counted_on": "2026-10-01"}
    told = client.get(f"{FIGURES}{row['quarter']}/").json()
    assert {name for name in told if name != "tables"} == {"quarter", "counted_on"}  # how many are listed is the office's own
    for table in told["tables"]:
        page = client.get(f"/registry/figures/2026-q3/{table['name']}.csv").content.decode()
        lines = list(csv.reader(io.StringIO(page)))[1:]
        said = [[each["row"], each["column"], "" if each["entries"] is None else str(each["entries"])] for each in table["numbers"]]
        assert said == [line[2:] for line in lines]
    assert sum(len(table["numbers"]) for table in told["tables"]) == edition.numbers.count()


@pytest.mark.parametrize(
    ("path", "status"), [("", 400), ("2026-q3/", 400), ("2026-q2/", 404), ("2026-q5/", 404), ("1-q1/", 404), ("99999-q1/", 404)]
)
def test_of_what_is_not_in_print_nothing_is_told(client: Client, in_print: Print, path: str, status: int) -> None:  # noqa: F811
    in_print()
    asked = {"colour": "blue"} if status == 400 else {}
    assert client.get(FIGURES + path, asked).status_code == status


def test_a_token_that_opens_nothing_does_not_close_the_figures(client: Client, in_print: Print) -> None:  # noqa: F811
    in_print()
    assert client.get(FIGURES, headers={"Authorization": "Bearer none"}).status_code == 200
    assert Edition.objects.count() == 1
