"""The receipt of an agreement: what is in it, that it verifies offline, and that nothing in it can be changed unnoticed."""

import copy
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.urls import reverse

from organisations.models import Organisation, User
from registry import disclosure, signing
from registry.models import AgreementVersion, Entry
from tests.conftest import SignIn
from tests.registry.conftest import Agree
from tests.registry.test_talks import PUBLIC_TOO

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(entry: Entry, signatory: User, agree: Agree) -> AgreementVersion:
    found = agree(entry, PUBLIC_TOO)
    found.refresh_from_db()
    return found


@pytest.fixture
def keys(settings: LazySettings) -> dict[str, bytes]:
    return signing.public_keys(settings.SIGNING_KEYS)


@pytest.fixture
def files(version: AgreementVersion, signed_in: SignIn, signatory: User, tmp_path: Path) -> tuple[Path, Path]:
    """The receipt and the published keys, as they are downloaded."""
    client = signed_in(signatory)
    found = tmp_path / "receipt.jsonld", tmp_path / "keys.json"
    for path, address in zip(
        found, (reverse("registry:receipt-file", args=[version.pk]), "/.well-known/proof-keys.json"), strict=True
    ):
        path.write_bytes(client.get(address).content)
    return found


def test_the_receipt_says_who_agreed_to_what_and_with_which_second_factor(
    version: AgreementVersion, keys: dict[str, bytes], firm: Organisation, focal_point: Organisation, now: datetime
) -> None:
    body = signing.verify(signing.as_file(version.receipt or {}), public_keys=keys)
    assert body["text"] == version.document
    assert [
        (each["party"]["party_name"], each["person"]["name"], each["second_factor"], each["at"]) for each in body["signatures"]
    ] == [
        (firm.name, "Signe Signatory", {"method": "totp", "at": "2026-11-23T09:25:00+00:00"}, "2026-11-23T09:30:00+00:00"),
        (focal_point.name, "Olev Officer", {"method": "totp", "at": "2026-11-23T09:25:00+00:00"}, "2026-11-23T09:30:00+00:00"),
    ]
    assert [party["party_role"] for party in body["parties"]] == ["odrl:assigner", "odrl:assignee"]


def test_the_permissions_are_the_compiled_cells_and_every_prohibited_purpose_is_forbidden(version: AgreementVersion) -> None:
    receipt = version.receipt or {}
    cells = {}
    for permission in receipt["odrl:permission"]:
        recipient, purposes = (each["odrl:rightOperand"] for each in permission["odrl:constraint"][:2])
        for purpose in purposes:
            cells[recipient[0].removeprefix("audience:"), purpose.removeprefix("purpose:")] = {
                field.removeprefix("field:") for field in permission["odrl:target"]
            }
    assert cells == {cell: set(fields) for cell, fields in disclosure.compile(version.terms).items()}
    forbidden = {
        rule["odrl:constraint"][0]["odrl:rightOperand"][0].removeprefix("purpose:"): rule["odrl:target"]
        for rule in receipt["odrl:prohibition"]
    }
    assert set(forbidden) == disclosure.PROHIBITED_PURPOSES
    assert all(len(fields) == len(disclosure.Field) for fields in forbidden.values())
    assert receipt["odrl:conflict"] == "odrl:prohibit"


def test_every_value_is_a_string_so_that_its_canonical_form_is_the_same_everywhere(version: AgreementVersion) -> None:
    assert {type(value) for _path, value in leaves(version.receipt)} == {str}


def leaves(content: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(content, dict | list):
        for name, value in content.items() if isinstance(content, dict) else enumerate(content):
            yield from leaves(value, (*path, name))
    else:
        yield path, content


def test_no_value_in_a_receipt_can_be_changed(version: AgreementVersion, keys: dict[str, bytes]) -> None:
    whole = version.receipt or {}
    paths = [path for path, _value in leaves(whole)]
    assert len(paths) > 100
    for path in paths:
        changed = copy.deepcopy(whole)
        place = changed
        for name in path[:-1]:
            place = place[name]
        place[path[-1]] += "x"
        with pytest.raises(signing.NotSigned):
            signing.verify(json.dumps(changed), public_keys=keys)


@pytest.mark.parametrize("text", ["", "x", "null", "[]", "{}", '{"seal": 1}', '{"seal": {}}', "[" * 5000, "9" * 5000])
def test_what_is_no_receipt_is_refused_as_one(text: str, keys: dict[str, bytes]) -> None:
    with pytest.raises(signing.NotSigned):
        signing.verify(text, public_keys=keys)


def test_a_name_given_twice_is_refused(version: AgreementVersion, keys: dict[str, bytes]) -> None:
    text = signing.as_file(version.receipt or {})
    with pytest.raises(signing.NotSigned):
        signing.verify(text.replace("{", '{"kind": "agreement receipt 1", ', 1), public_keys=keys)


def test_a_text_sealed_under_another_signature_is_refused(
    version: AgreementVersion, keys: dict[str, bytes], settings: LazySettings
) -> None:
    """Even the holder of the key can't pass off a signature on one text as one on another."""
    sealer = signing.Sealer(*next(iter(settings.SIGNING_KEYS.items())))
    body = {name: value for name, value in (version.receipt or {}).items() if name != "seal"}
    body["text"] = body["text"] | {"valid_until": "2199-01-01"}
    body["text_sha256"] = disclosure.digest(body["text"])
    with pytest.raises(signing.NotSigned):
        signing.verify(json.dumps(signing.seal(body, sealer)), public_keys=keys)


def test_the_firms_signature_names_the_text_that_it_replaces(
    entry: Entry, agree: Agree, version: AgreementVersion, signatory: User, now: datetime
) -> None:
    assert (version.signature or {})["supersedes_sha256"] == ""
    later = agree(entry, until="signed")
    assert (later.signature or {})["supersedes_sha256"] == version.sha256


def test_the_command_verifies_a_file_with_the_published_keys(files: tuple[Path, Path]) -> None:
    receipt, keys = files
    out = io.StringIO()
    call_command("verify_agreement", str(receipt), keys=keys, stdout=out)
    assert "Both seals hold." in out.getvalue()
    assert "Signed for Baltic Photonics OÜ by Signe Signatory, signatory" in out.getvalue()
    assert "The public: Legal name, Region; only: To introduce us to partners" in out.getvalue()


def test_the_command_needs_no_database(files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    receipt, keys = files
    command = [sys.executable, "manage.py", "verify_agreement", str(receipt), "--keys", str(keys)]
    monkeypatch.setenv("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none")
    assert "Both seals hold." in subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_command_refuses_a_changed_file_other_keys_and_what_is_none(files: tuple[Path, Path], tmp_path: Path) -> None:
    receipt, keys = files
    out = io.StringIO()
    changed = tmp_path / "changed.jsonld"
    changed.write_text(receipt.read_text().replace("2099-12-31", "2199-12-31"))
    with pytest.raises(CommandError, match="something in it was changed"):
        call_command("verify_agreement", str(changed), keys=keys, stdout=out)
    other = tmp_path / "other.json"
    other.write_text(json.dumps({"keys": [{"kid": "other", "x": "A" * 43}]}))
    with pytest.raises(CommandError, match="this office did not seal it"):
        call_command("verify_agreement", str(receipt), keys=other, stdout=out)
    with pytest.raises(CommandError, match="is no set of keys"):
        call_command("verify_agreement", str(receipt), keys=receipt, stdout=out)
    with pytest.raises(CommandError, match="can't be read"):
        call_command("verify_agreement", str(tmp_path / "none"), keys=keys, stdout=out)


def test_the_program_in_the_document_verifies_as_well(files: tuple[Path, Path], tmp_path: Path) -> None:
    program = re.findall(r"```python\n(.*?)```", Path("docs/agreements.md").read_text(), re.DOTALL)[0]
    receipt, keys = files
    ran = subprocess.run([sys.executable, "-c", program, str(receipt), str(keys)], capture_output=True, text=True, check=False)
    assert ran.stdout.strip() == "both seals hold", ran.stderr
    receipt.write_text(receipt.read_text().replace("2099-12-31", "2199-12-31"))
    ran = subprocess.run([sys.executable, "-c", program, str(receipt), str(keys)], capture_output=True, text=True, check=False)
    assert ran.returncode != 0


def test_the_page_to_print_and_both_files_are_for_the_two_sides(
    signed_in: SignIn, version: AgreementVersion, signatory: User, officer: User, association_officer: User, make_entry: Any
) -> None:
    page = signed_in(signatory).get(reverse("registry:receipt", args=[version.pk]))
    assert version.sha256 in page.content.decode()
    assert "Olev Officer" in page.content.decode()
    desk = signed_in(officer).get(reverse("focalpoint:agreement-receipt", args=[version.pk]))
    assert json.loads(desk.content) == version.receipt
    for name in ("receipt", "receipt-file"):
        assert signed_in(association_officer).get(reverse(f"registry:{name}", args=[version.pk])).status_code == 403
    other = make_entry(legal_name="Other OÜ").organisation
    stranger = User.objects.get(memberships__organisation=other)
    assert signed_in(stranger).get(reverse("registry:receipt-file", args=[version.pk])).status_code == 404


def test_there_is_no_receipt_before_both_have_signed(
    signed_in: SignIn, entry: Entry, agree: Agree, signatory: User, officer: User
) -> None:
    version = agree(entry, until="signed")
    assert signed_in(signatory).get(reverse("registry:receipt", args=[version.pk])).status_code == 404
    assert signed_in(officer).get(reverse("focalpoint:agreement-receipt", args=[version.pk])).status_code == 404


def test_the_second_factor_of_the_session_is_what_is_sealed(signed_in: SignIn, signatory: User, entry: Entry, agree: Agree) -> None:
    version = agree(entry, until="offered")
    client = signed_in(signatory)
    client.post(reverse("registry:sign", args=[version.pk]), {"sha256": version.sha256})
    version.refresh_from_db()
    assert (version.signature or {})["second_factor"]["method"] == "mfa"
    at = datetime.fromisoformat((version.signature or {})["second_factor"]["at"])
    assert abs((version.signed_at - at).total_seconds()) < 60  # type: ignore[operator]
