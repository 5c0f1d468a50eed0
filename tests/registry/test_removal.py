"""An entry is erased at its firm's wish: nothing of it is left but the ledger and the sealed proof."""

import io
import json
import re
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, connections, transaction
from django.urls import reverse
from psycopg2 import sql

from mailroom.models import Letter
from organisations.models import Organisation, User
from registry import gateway, signing
from registry.disclosure import Audience, Field, Purpose
from registry.models import Disclosed, Entry, Look, Removal, Suggestion
from registry.permissions import capacities
from registry.services import agreements, entries, projection, questions, removal
from tests.conftest import SignIn, sign_in
from tests.registry.conftest import Agree, MakeEntry, at_once, confirmed, grant
from tests.registry.test_crashes import die_everywhere

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "disclosed"])
CANARY = "zq7canary"


@pytest.fixture
def full(
    make_entry: MakeEntry,
    agree: Agree,
    firm: Organisation,
    entry_editor: User,
    signatory: User,
    officer: User,
    association_officer: User,
    now: datetime,
) -> Entry:
    """An entry of which every table of the registry holds something, each with the canary in it where there are words."""
    entry = make_entry(firm, entry_editor, legal_name=f"{CANARY} OÜ", products=CANARY, trading_names=[CANARY])
    agree(entry, grant(Audience.ASSOCIATIONS, Purpose.OUTREACH, Field.LEGAL_NAME, Field.PRODUCTS))
    agree(entry, grant(Audience.PUBLIC, Purpose.MATCHMAKING, Field.LEGAL_NAME), until="signed")
    entries.confirm(entry_id=entry.pk, field=Field.LEGAL_NAME, level="document", reason=CANARY, by=officer, now=now)
    entries.keep_draft(organisation=firm, typed={"products": [CANARY]}, by=entry_editor, now=now)
    capacity = next(found for found in capacities(association_officer, today=now.date()) if found.organisation)
    gateway.disclosed(association_officer, Purpose.OUTREACH, "", today=now.date(), capacity=capacity).one(entry.pk)
    look = Look.objects.get()
    questions.ask(entry=entry, look=look, text=CANARY, by=signatory, today=now.date(), now=now)
    third = make_entry(legal_name="Third OÜ", registration_number="12345678")
    for one, other in ((entry, third), (third, entry)):
        Suggestion.objects.create(
            entry=one,
            other=other,
            entry_ref=one.pk,
            other_ref=other.pk,
            agency=officer.memberships_held[0].organisation,
            words=CANARY,
            by=officer,
            on=now.date(),
            expires_on=now.date(),
        )
    return entry


def rows_with(words: str) -> dict[str, int]:
    """In how many rows of each table of the registry the words stand, in any column."""
    found = {}
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relname LIKE 'registry\\_%' AND relkind IN ('r', 'p') AND NOT relispartition"
        )
        for (table,) in cursor.fetchall():
            counting = sql.SQL("SELECT count(*) FROM {} AS line WHERE line::text ILIKE %s").format(sql.Identifier(table))
            cursor.execute(counting, [f"%{words}%"])
            if number := cursor.fetchone()[0]:
                found[table] = number
    return found


def remove(entry: Entry, by: User, now: datetime) -> Removal:
    return removal.remove(entry=entry, by=by, second_factor=confirmed(now), now=now)


# --- complete -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True, databases=["default", "disclosed", "owner"])
def test_nothing_of_the_entry_is_left_but_the_ledger_and_the_proof(full: Entry, signatory: User, now: datetime) -> None:
    before = rows_with(CANARY)
    assert set(before) == {
        "registry_changedvalue", "registry_disclosed", "registry_entry", "registry_entrydraft", "registry_evidence",
        "registry_lookmessage", "registry_suggestion",
    }  # fmt: skip
    looks = list(Look.objects.values())
    found = remove(full, signatory, now)
    assert rows_with(CANARY) == rows_with(signatory.email) == {}
    assert rows_with(str(full.pk)) == {"registry_look": 1, "registry_removal": 1}
    assert list(Look.objects.values()) == looks
    assert projection.differences() == []
    assert found.statement["kept"] == {"ledger_lines": "1"}
    assert found.erased == {
        "entries": "1", "projected_rows": "1", "activities": "1", "memberships": "0", "people": "0", "drafts": "1", "changes": "1",
        "evidence": "1", "corrections": "0", "renewals": "0", "agreement_versions": "2", "agreement_events": "5",
        "invitations": "0", "introductions": "0", "suggestions": "2", "questions": "1",
    }  # fmt: skip
    assert Letter.objects.get(purpose="entry-removed").subject == "Your entry is erased"


def test_the_firm_may_begin_anew_and_still_reads_who_looked_before(
    full: Entry, make_entry: MakeEntry, firm: Organisation, entry_editor: User, signatory: User, now: datetime, signed_in: SignIn
) -> None:
    remove(full, signatory, now)
    client = signed_in(signatory)
    assert "Photonics Cluster" in client.get(reverse("registry:ledger")).content.decode()
    assert client.get(reverse("registry:find-usage")).json()["totalUsages"] == 1
    again = make_entry(firm, entry_editor)
    assert again.pk != full.pk
    page = client.get(reverse("registry:ledger")).content.decode()
    assert "Photonics Cluster" in page
    assert "Ask about this look" not in page


def test_other_firms_read_nothing_of_it(
    full: Entry, signatory: User, make_entry: MakeEntry, now: datetime, signed_in: SignIn
) -> None:
    found = remove(full, signatory, now)
    other = make_entry(legal_name="Other OÜ").organisation
    stranger = signed_in(User.objects.get(memberships__organisation=other))
    assert stranger.get(reverse("registry:find-usage")).json()["totalUsages"] == 0
    assert stranger.get(reverse("registry:removal-proof", args=[found.pk])).status_code == 404
    assert "Entry erased on" not in stranger.get(reverse("registry:removal")).content.decode()


# --- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["entry_editor", "officer", "administrator", "association_officer"])
def test_only_a_signatory_of_the_firm_erases(request: pytest.FixtureRequest, full: Entry, now: datetime, who: str) -> None:
    with pytest.raises(removal.UnableToRemove):
        remove(full, request.getfixturevalue(who), now)
    assert Entry.objects.filter(pk=full.pk).exists()


@pytest.mark.parametrize("ago", [None, timedelta(hours=13)])
def test_without_a_second_factor_of_today_nothing_is_erased(
    full: Entry, signatory: User, now: datetime, ago: timedelta | None
) -> None:
    factor = None if ago is None else confirmed(now - ago)
    with pytest.raises(agreements.NotConfirmed):
        removal.remove(entry=full, by=signatory, second_factor=factor, now=now)
    assert not Removal.objects.exists()


def test_the_database_erases_no_papers_without_a_removal_that_is_written_down(full: Entry) -> None:
    with pytest.raises(IntegrityError, match="no removal"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT registry_erase_papers(%s)", [full.pk])


def test_two_who_erase_at_once_erase_once(full: Entry, signatory: User, now: datetime) -> None:
    first, second = sorted(at_once(*2 * [lambda: remove(full, signatory, now)]), key=lambda found: isinstance(found, Exception))
    assert isinstance(first, Removal)
    assert isinstance(second, removal.NothingToRemove)
    assert Removal.objects.count() == 1


def test_a_death_at_any_statement_leaves_all_of_it_or_nothing(full: Entry, signatory: User, now: datetime) -> None:
    assert signatory.memberships_held

    def state() -> Any:
        return [model.objects.count() for model in (Entry, Disclosed, Removal, Letter, Look)]

    assert die_everywhere(lambda: remove(full, signatory, now), state) > 20
    assert projection.differences() == []


# --- the proof and the pages ----------------------------------------------------------------------------------------


@pytest.fixture
def files(full: Entry, signatory: User, now: datetime, tmp_path: Path) -> tuple[Path, Path]:
    """The proof as its page gives it, and the published keys."""
    found = remove(full, signatory, now)
    client = sign_in(signatory)
    proof, keys = tmp_path / "removal.json", tmp_path / "proof-keys.json"
    proof.write_bytes(client.get(reverse("registry:removal-proof", args=[found.pk])).content)
    keys.write_bytes(client.get("/.well-known/proof-keys.json").content)
    return proof, keys


def test_the_command_verifies_the_proof_and_refuses_a_changed_one(files: tuple[Path, Path], full: Entry) -> None:
    proof, keys = files
    out = io.StringIO()
    call_command("verify_removal", str(proof), keys=keys, stdout=out)
    assert f"Entry {full.pk} of Baltic Photonics OÜ" in out.getvalue()
    assert "The seal holds." in out.getvalue()
    assert CANARY not in proof.read_text()
    proof.write_text(proof.read_text().replace("Baltic", "Nordic"))
    with pytest.raises(CommandError, match="something in it was changed"):
        call_command("verify_removal", str(proof), keys=keys, stdout=out)


def test_another_sealed_file_is_no_proof_of_a_removal(files: tuple[Path, Path], now: datetime) -> None:
    sealer = signing.Sealer("test", b"t" * 32)
    text = json.dumps(signing.seal({"kind": "ledger seal 1"}, sealer))
    with pytest.raises(signing.NotSigned):
        signing.verify_removal(text, public_keys=signing.public_keys({"test": b"t" * 32}))


def test_the_program_in_the_document_verifies_the_proof(files: tuple[Path, Path]) -> None:
    program = re.findall(r"```python\n(.*?)```", Path("docs/removal.md").read_text(), re.DOTALL)[0]
    command = [sys.executable, "-c", program, *map(str, files)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == "the seal holds"
    files[0].write_text(files[0].read_text().replace("Baltic", "Nordic"))
    assert subprocess.run(command, capture_output=True, text=True, check=False).returncode != 0


def test_a_signatory_erases_on_the_page(signed_in: SignIn, full: Entry, signatory: User) -> None:
    client = signed_in(signatory)
    refused = client.post(reverse("registry:removal"), {})
    assert (refused.status_code, "Confirm that you have read" in refused.content.decode()) == (422, True)
    page = client.post(reverse("registry:removal"), {"understood": "on"}, follow=True).content.decode()
    assert "holds no entry of yours" in page
    assert "Entry erased on" in page
    assert client.post(reverse("registry:removal"), {"understood": "on"}).status_code == 404


def test_without_a_second_factor_the_page_asks_for_it(signed_in: SignIn, full: Entry, signatory: User) -> None:
    answer = signed_in(signatory, second_factor=False).post(reverse("registry:removal"), {"understood": "on"})
    assert (answer.status_code, "/2fa/" in answer["Location"]) == (302, True)
    assert Entry.objects.exists()


def test_an_editor_reads_the_page_and_erases_nothing(signed_in: SignIn, full: Entry, entry_editor: User) -> None:
    client = signed_in(entry_editor)
    assert "A signatory of yours can erase it" in client.get(reverse("registry:removal")).content.decode()
    assert client.post(reverse("registry:removal"), {"understood": "on"}).status_code == 403
