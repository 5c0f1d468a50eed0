"""Exports: what is in them, what the ledger has of them first, and from which a copy comes."""

import csv
import io
import json
import random
import re
import uuid
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from organisations.models import User
from registry import gateway
from registry.disclosure import Audience, Field, Purpose
from registry.looking import copies, files
from registry.models import Entry, Look
from registry.services import projection
from tests.conftest import SignIn
from tests.registry.conftest import Agree, MakeEntry, grant
from tests.registry.test_looking import gate, look

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "disclosed", "owner"])

SHOWN = (Field.LEGAL_NAME, Field.REGION, Field.SEGMENTS, Field.NACE, Field.WILLINGNESS, Field.PRODUCTS, Field.MARKETS)
TO_ASSOCIATIONS = grant(Audience.ASSOCIATIONS, Purpose.OUTREACH, *SHOWN)
FULL = {"nace": ["26.11", "26.51", "72.10"], "willingness": ["pilot", "consultations", "expert-panel"], "markets": ["154", "030"]}
FORMATS = ["csv", "xlsx", "jsonld"]


def exported(client: Client, form: str = "csv", **asked: str) -> Any:
    answer = client.post("/registry/export/", {"format": form, **asked})
    assert answer.status_code == 200, answer.content.decode()
    return answer


def number_of(answer: Any) -> uuid.UUID:
    found = re.search(r"registry-([0-9a-f-]{36})\.", answer["Content-Disposition"])
    assert found
    return uuid.UUID(found[1])


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def written(lines: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(lines)
    return text.getvalue().encode()


@pytest.fixture
def listed(make_entry: MakeEntry, agree: Agree) -> Callable[..., list[Entry]]:
    def make(number: int, terms: Any = TO_ASSOCIATIONS, **values: Any) -> list[Entry]:
        found = [make_entry(legal_name=f"Firm {place} OÜ", **FULL | values) for place in range(number)]
        for entry in found:
            agree(entry, terms)
        return found

    return make


@pytest.fixture
def told(tmp_path: Path) -> Callable[[bytes], str]:
    """What the command says of a copy."""

    def tell(content: bytes) -> str:
        path = tmp_path / "copy"
        path.write_bytes(content)
        said = io.StringIO()
        try:
            call_command("trace_export", str(path), stdout=said)
        except CommandError as error:
            said.write(f"refused: {error}")
        return said.getvalue()

    return tell


# --- what leaves ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMATS)
def test_an_export_is_in_the_ledger_with_all_its_entries(
    form: str, listed: Callable[..., list[Entry]], signed_in: SignIn, association_officer: User
) -> None:
    entries = listed(2)
    answer = exported(look(signed_in(association_officer)), form, q="Firm")
    line = Look.objects.get()
    assert (line.kind, line.batch, sorted(line.entry_ids)) == ("export", number_of(answer), sorted(entry.pk for entry in entries))
    assert (line.institution, line.purpose, line.reason) == ("Photonics Cluster", "outreach", "Fair in Riga")
    assert set(line.fields) == {str(field) for field in SHOWN}
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("form", FORMATS)
def test_an_export_shows_what_the_cell_shows_and_says_for_what(
    form: str, listed: Callable[..., list[Entry]], signed_in: SignIn, association_officer: User
) -> None:
    [entry] = listed(1)
    answer = exported(look(signed_in(association_officer)), form)
    copy = copies.read(answer.content)
    assert copy.numbers == [number_of(answer)]
    text = "\n".join(item for row in copy.rows for cell in row.cells for item in cell).replace("\N{NO-BREAK SPACE}", " ")
    for words in ("Firm 0 OÜ", "EE001", "Hollow-core fibre", str(entry.pk), "Agreed for Outreach only. Reason: Fair in Riga"):
        assert words in text
    assert f"of {timezone.localdate().isoformat()} for Photonics Cluster (Industry associations)" in text
    for hidden in ("10000018", "trade@photonics.example", "small", "Small", "ISO 9001"):
        assert hidden not in text


def test_a_table_has_a_line_for_each_entry_and_every_line_keeps_the_terms(
    listed: Callable[..., list[Entry]], signed_in: SignIn, association_officer: User
) -> None:
    listed(3)
    answer = exported(look(signed_in(association_officer)))
    head, *lines = table(answer.content)
    assert [head[0], head[1], head[-1]] == ["Reference", "Legal name", "Terms"]
    assert sorted(line[1] for line in lines) == ["Firm 0 OÜ", "Firm 1 OÜ", "Firm 2 OÜ"]
    assert {line[-1] for line in lines} == {lines[0][-1]}
    assert {len(line) for line in lines} == {len(head)}


def test_an_export_of_nothing_still_says_for_what(signed_in: SignIn, association_officer: User) -> None:
    answer = exported(look(signed_in(association_officer)))
    assert table(answer.content)[1][1].startswith(f"Export {number_of(answer)} of")
    assert Look.objects.get().entry_ids == []


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)"])
def test_a_formula_is_text(name: str, listed: Callable[..., list[Entry]], signed_in: SignIn, association_officer: User) -> None:
    listed(1, products=name)
    client = look(signed_in(association_officer))
    [_head, line] = table(exported(client).content)
    assert f"'{name}" in line
    with zipfile.ZipFile(io.BytesIO(exported(client, "xlsx").content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet


def test_json_ld_has_the_values_of_the_api(
    listed: Callable[..., list[Entry]], signed_in: SignIn, association_officer: User
) -> None:
    [entry] = listed(1)
    client = look(signed_in(association_officer))
    data = json.loads(exported(client, "jsonld").content)
    [node] = data["entries"]
    assert node["@id"] == f"urn:uuid:{entry.pk}"
    [plain] = client.get("/api/v1/registry/entries/", {"purpose": "outreach"}).json()["results"]
    for name in set(plain) - {"ref", "segments"}:
        assert node[name] == plain[name] or sorted(node[name]) == sorted(plain[name])
    assert [activity | {"label": activity["label"].replace("\N{NO-BREAK SPACE}", " ")} for activity in node["segments"]] == plain[
        "segments"
    ]


def test_an_official_exports_by_a_form_and_for_a_reason(signed_in: SignIn, officer: User, entry: Entry, agree: Agree) -> None:
    agree(entry, grant(Audience.FOCAL_POINT, Purpose.OUTREACH, Field.LEGAL_NAME))
    client = signed_in(officer)
    assert client.post("/desk/registry/export/", {"format": "csv"}).url == "/desk/registry/look/"
    look(client, desk=True)
    page = client.get("/desk/registry/").content.decode()
    assert "agreed for Outreach only, and why you took it: Fair in Riga" in page
    assert client.get("/desk/registry/export/", {"format": "csv"}).status_code == 405
    guarded = Client(enforce_csrf_checks=True)
    guarded.cookies = client.cookies
    assert guarded.post("/desk/registry/export/", {"format": "csv"}).status_code == 403
    assert not Look.objects.exports().exists()
    assert client.post("/desk/registry/export/", {"format": "csv"}).status_code == 200
    assert Look.objects.exports().get().reason == "Fair in Riga"


def test_the_public_exports_its_own_cell_without_a_form(entry: Entry, agree: Agree) -> None:
    agree(entry, grant(Audience.PUBLIC, Purpose.BUSINESS_PROMOTION, Field.LEGAL_NAME))
    answer = Client().get("/registry/export/", {"format": "csv"})
    assert "Baltic Photonics" in answer.content.decode()
    assert "for The public. Agreed for Business promotion only." in answer.content.decode()
    assert not answer.cookies
    assert Client().post("/registry/export/", {"format": "csv"}).status_code == 405


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 422),
        ({"format": "pdf"}, 422),
        ({"format": "csv", "region": "Riga"}, 422),
        ({"format": "csv", "contact_email": "x"}, 400),
        ({"format": "csv", "page": "2"}, 400),
    ],
)
def test_a_wrong_or_unknown_parameter_exports_nothing(
    asked: dict[str, str], status: int, signed_in: SignIn, association_officer: User
) -> None:
    assert look(signed_in(association_officer)).post("/registry/export/", asked).status_code == status
    assert not Look.objects.exists()


def test_an_export_is_bounded(
    listed: Callable[..., list[Entry]], signed_in: SignIn, association_officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed(2)
    monkeypatch.setattr(gateway, "MOST_EXPORTED", 1)
    refused = look(signed_in(association_officer)).post("/registry/export/", {"format": "csv", "q": "Firm"})
    assert refused.status_code == 422
    assert "That is more than 1 entries." in refused.content.decode()
    assert 'value="Firm"' in refused.content.decode()
    assert not Look.objects.exists()


def test_the_public_takes_less_at_once(entry: Entry, agree: Agree, monkeypatch: pytest.MonkeyPatch) -> None:
    agree(entry, grant(Audience.PUBLIC, Purpose.BUSINESS_PROMOTION, Field.LEGAL_NAME))
    monkeypatch.setattr(gateway, "MOST_EXPORTED_BY_PUBLIC", 0)
    assert Client().get("/registry/export/", {"format": "csv"}).status_code == 422
    assert not Look.objects.exists()


def test_a_ledger_that_cannot_be_written_lets_no_file_out(
    listed: Callable[..., list[Entry]], association_officer: User, today: date
) -> None:
    [entry] = listed(1)
    opened = gate(association_officer, today)
    with connections["owner"].cursor() as owner:
        owner.execute("REVOKE INSERT ON registry_look FROM portal_disclosed")
        try:
            for read in (
                lambda: opened.export(gateway.Question(), number=uuid.uuid4(), key=b"k" * 32),
                lambda: opened.found(gateway.Question()),
                lambda: opened.several([entry.pk]),
            ):
                with pytest.raises(ProgrammingError, match="permission denied for table registry_look"):
                    read()
        finally:
            owner.execute("GRANT INSERT ON registry_look TO portal_disclosed")


@pytest.mark.parametrize("number", [1, 3])
def test_an_export_costs_the_same_queries_for_one_entry_and_three(
    number: int, listed: Callable[..., list[Entry]], association_officer: User, today: date
) -> None:
    listed(number)
    opened = gate(association_officer, today)
    with CaptureQueriesContext(connections["disclosed"]) as outside:
        rows = opened.export(gateway.Question(), number=uuid.uuid4(), key=b"k" * 32)
    assert len(rows) == number
    assert [query["sql"].split()[0] for query in outside] == ["BEGIN", "SELECT", "INSERT", "COMMIT"]


# --- from which export a copy comes ---------------------------------------------------------------------------------


def sort_rows(lines: list[list[str]]) -> list[list[str]]:
    return [lines[0], *sorted(lines[1:], key=lambda line: line[1])]


def without_columns(lines: list[list[str]]) -> list[list[str]]:
    """Neither the reference nor the terms, and no heading."""
    return [line[1:-1] for line in lines[1:]]


def every_second(lines: list[list[str]]) -> list[list[str]]:
    return [lines[0], *lines[1::2]]


def names_alone(lines: list[list[str]]) -> list[list[str]]:
    return [[line[1]] for line in lines]


@pytest.mark.parametrize("change", [list, sort_rows, without_columns, every_second, names_alone])
def test_a_copy_is_traced_though_it_was_changed(
    change: Callable[[Any], Any],
    listed: Callable[..., list[Entry]],
    signed_in: SignIn,
    association_officer: User,
    told: Callable[[bytes], str],
) -> None:
    listed(20)
    client = look(signed_in(association_officer))
    answers = [exported(client) for _ in range(3)]
    copy = written(change(table(answers[1].content)))
    said = told(copy)
    assert f"Export {number_of(answers[1])} of" in said
    assert f"by Photonics Cluster, person {association_officer.pk}, for outreach (Fair in Riga)" in said
    for other in (answers[0], answers[2]):
        assert str(number_of(other)) not in said


@pytest.mark.parametrize("form", ["xlsx", "jsonld"])
def test_a_copy_in_another_form_is_traced(
    form: str,
    listed: Callable[..., list[Entry]],
    signed_in: SignIn,
    association_officer: User,
    told: Callable[[bytes], str],
) -> None:
    listed(12)
    client = look(signed_in(association_officer))
    answers = [exported(client, form) for _ in range(2)]
    said = told(answers[0].content)
    assert f"The visible mark names export {number_of(answers[0])}." in said
    assert f"Export {number_of(answers[0])} of" in said
    assert str(number_of(answers[1])) not in said


def test_a_nameless_copy_is_traced_by_its_references(
    listed: Callable[..., list[Entry]], signed_in: SignIn, association_officer: User, told: Callable[[bytes], str]
) -> None:
    entries = listed(15, grant(Audience.ASSOCIATIONS, Purpose.OUTREACH, Field.SEGMENTS, Field.NACE))
    answer = exported(look(signed_in(association_officer)))
    lines = table(answer.content)
    refs = {str(projection.pairwise_ref(entry, Audience.ASSOCIATIONS, Purpose.OUTREACH)) for entry in entries}
    assert {line[0] for line in lines[1:]} == refs
    assert f"Export {number_of(answer)} of" in told(written([line[:-1] for line in lines]))


def test_a_mark_that_was_put_in_from_another_copy_is_told(
    listed: Callable[..., list[Entry]], signed_in: SignIn, association_officer: User, told: Callable[[bytes], str]
) -> None:
    listed(20)
    client = look(signed_in(association_officer))
    one, other = exported(client), exported(client)
    lines, mark = table(one.content), table(other.content)[1][-1]
    said = told(written([lines[0], *([*line[:-1], mark] for line in lines[1:])]))
    assert f"The visible mark names export {number_of(other)}." in said
    assert f"Export {number_of(one)} of" in said
    assert "The visible mark and the hidden one differ" in said


def scrubbed(lines: list[list[str]]) -> list[list[str]]:
    """Rows and lists sorted, and every space an ordinary one."""
    plain = [[cell.replace("\N{NO-BREAK SPACE}", " ") for cell in line[:-1]] for line in lines]
    return sort_rows([[" | ".join(sorted(cell.split(" | "))) for cell in line] for line in plain])


def test_a_copy_without_its_marks_names_nobody(
    listed: Callable[..., list[Entry]], signed_in: SignIn, association_officer: User, told: Callable[[bytes], str]
) -> None:
    listed(20)
    answer = exported(look(signed_in(association_officer)))
    said = told(written(scrubbed(table(answer.content))))
    assert "refused: The marks don't tell" in said
    assert "Photonics Cluster" not in said


def test_a_small_copy_names_nobody(
    listed: Callable[..., list[Entry]], signed_in: SignIn, association_officer: User, told: Callable[[bytes], str]
) -> None:
    listed(1, grant(Audience.ASSOCIATIONS, Purpose.OUTREACH, Field.LEGAL_NAME, Field.REGION))
    answer = exported(look(signed_in(association_officer)))
    assert "1 rows were recognised, and no mark is left" in told(written([line[:-1] for line in table(answer.content)]))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"Somebody,else\r\n", "nothing can be told"),
        (b"{", "begins like JSON and is none"),
        (b"PK\x03\x04nothing", "The workbook is damaged"),
        (b"", "nothing can be told"),
    ],
)
def test_what_is_no_copy_is_said_to_be_none(content: bytes, sentence: str, told: Callable[[bytes], str]) -> None:
    assert sentence in told(content)


def test_lists_made_elsewhere_are_not_taken_for_a_copy(
    listed: Callable[..., list[Entry]], signed_in: SignIn, association_officer: User, told: Callable[[bytes], str]
) -> None:
    """The same firms with the same values in an order of chance: twenty lists, and none is named."""
    listed(12)
    lines = table(exported(look(signed_in(association_officer))).content)
    dice = random.Random(3)
    for _ in range(20):
        shuffled = [[files.BETWEEN.join(dice.sample(items := cell.split(files.BETWEEN), len(items))) for cell in line[:-1]]
                    for line in dice.sample(lines[1:], len(lines) - 1)]  # fmt: skip
        plain = [[cell.replace("\N{NO-BREAK SPACE}", " ") for cell in line] for line in shuffled]
        assert "refused: The marks don't tell" in told(written(plain))
