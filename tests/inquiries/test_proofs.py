"""Proofs of filing: what the office signed verifies, offline and on the portal; whatever was changed does not."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from inquiries import proofs, receipts
from inquiries.services import asking, proving
from tests.deploy_check import ROOT

Ask = Callable[..., asking.Filed]
KEY, OTHER_KEY = b"k" * 32, b"o" * 32
KEYS = proofs.public_keys({"2026": KEY})
DAY = date(2026, 11, 23)


def signed(**change: Any) -> proofs.Proof:
    filed = {"reference": "FP-7Q2M4-X0KDT", "on": DAY, "subject": "Laser", "text": "May I?\nÜber wen?", "salt": b"s" * 32}
    return proofs.sign(**{**filed, "key_id": "2026", "key": KEY, **change})


def changed(proof: proofs.Proof, **change: Any) -> str:
    """The file with other content under the same signature."""
    content = json.loads(proof.text())
    for name, value in change.items():
        part = content["statement"] if name in content["statement"] else content
        part[name] = value
    return json.dumps(content)


def test_what_the_office_signed_verifies() -> None:
    proof = proofs.verify(signed().text(), public_keys=KEYS)
    assert (proof.statement.on, proof.statement.reference) == ("2026-11-23", "FP-7Q2M4-X0KDT")
    assert proof.is_of(subject="Laser", text="May I?\r\nÜber wen?\r\n")
    assert not proof.is_of(subject="Laser", text="May I? Über wen?")


@pytest.mark.parametrize(
    ("name", "value"),
    [("on", "2026-11-22"), ("reference", "FP-7Q2M4-X0KDU"), ("content", "0" * 64), ("signature", "AAAA"), ("signature", "ü")],
)
def test_a_changed_proof_is_none(name: str, value: str) -> None:
    with pytest.raises(proofs.NotAProof):
        proofs.verify(changed(signed(), **{name: value}), public_keys=KEYS)


@given(st.integers(0, 63), st.integers(1, 255))
def test_no_byte_of_the_signature_may_change(at: int, difference: int) -> None:
    proof = signed()
    signature = bytearray(base64.b64decode(proof.signature))
    signature[at] ^= difference
    with pytest.raises(proofs.NotAProof):
        proofs.verify(changed(proof, signature=base64.b64encode(signature).decode()), public_keys=KEYS)


def test_another_key_signs_nothing_for_the_office() -> None:
    with pytest.raises(proofs.NotAProof):
        proofs.verify(signed(key=OTHER_KEY).text(), public_keys=KEYS)
    with pytest.raises(proofs.UnknownKey):
        proofs.verify(signed(key_id="another").text(), public_keys=KEYS)


def test_another_salt_makes_it_a_proof_of_other_words() -> None:
    proof = proofs.verify(changed(signed(), salt="00" * 32), public_keys=KEYS)
    assert not proof.is_of(subject="Laser", text="May I?\nÜber wen?")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '"proof"',
        "{}",
        '{"statement": {}}',
        "[" * 5000,
        '{"statement": {"on": 1}, "salt": 1, "signature": 1}',
    ],
)
def test_what_is_no_proof_is_said_to_be_none(text: str) -> None:
    with pytest.raises(proofs.NotAProof):
        proofs.verify(text, public_keys=KEYS)


def test_more_than_a_proof_holds_is_none() -> None:
    for change in ({"extra": 1}, {"salt": "zz"}, {"salt": 7}, {"kind": "something else"}, {"on": None}):
        with pytest.raises(proofs.NotAProof):
            proofs.verify(changed(signed(), **change), public_keys=KEYS)


def test_the_words_can_not_be_found_without_the_salt() -> None:
    """The same words have another hash in each proof, and the hash without its salt is in none."""
    hashes = {signed(salt=bytes([number]) * 32).statement.content for number in range(3)}
    assert len(hashes) == 3
    assert proofs.content_hash(subject="Laser", text="May I?\nÜber wen?", salt=b"") not in hashes


# --- of a case -------------------------------------------------------------------------------------------------------


@pytest.fixture
def case(ask: Ask) -> asking.OpenInquiry:
    filed = ask("May I?\r\nÜber wen?", subject="Laser")
    asking.write_again(opened=(opened := asking.open_with_receipt(receipts.read(filed.receipt))), text="More", today=DAY)
    return opened


def test_a_proof_is_the_same_each_time_and_another_cases_is_another(case: asking.OpenInquiry, ask: Ask) -> None:
    proof = proving.prove(case)
    assert proving.prove(case) == proof
    other = asking.open_with_receipt(receipts.read(ask("May I?\r\nÜber wen?", subject="Laser").receipt))
    assert proving.prove(other).salt != proof.salt
    assert proof.is_of(subject="Laser", text="May I?\nÜber wen?")
    assert "asker" not in proof.text()


def test_proofs_signed_with_an_earlier_key_still_verify(case: asking.OpenInquiry, settings: Any) -> None:
    proof = proving.prove(case)
    settings.SIGNING_KEYS = {"new": b"n" * 32, **settings.SIGNING_KEYS}
    assert proving.prove(case).statement.key == "new"
    assert proofs.verify(proof.text(), public_keys=proving.public_keys()) == proof


def test_the_command_verifies_a_proof_and_its_words(case: asking.OpenInquiry, tmp_path: Path) -> None:
    proof, words, keys = tmp_path / "proof.json", tmp_path / "words.txt", tmp_path / "keys.json"
    proof.write_text(proving.prove(case).text())
    words.write_text("May I?\nÜber wen?\n")
    keys.write_text(json.dumps(proofs.key_set(proving.public_keys())))
    said = StringIO()
    call_command("verify_proof", proof, keys=keys, text=words, subject="Laser", stdout=said)
    assert said.getvalue().startswith(f"Filed on 2026-11-23 under {case.inquiry.reference}; signed with key ")
    assert said.getvalue().endswith("The words are those that were filed.\n")
    with pytest.raises(CommandError, match="not those"):
        call_command("verify_proof", proof, text=words, subject="Another", stdout=said)
    keys.write_text(json.dumps(proofs.key_set({"else": KEYS["2026"]})))
    with pytest.raises(CommandError, match="not among these"):
        call_command("verify_proof", proof, keys=keys, stdout=said)
    proof.write_text(changed(proving.prove(case), on="2026-11-20"))
    with pytest.raises(CommandError, match="did not sign it so"):
        call_command("verify_proof", proof, stdout=said)
    with pytest.raises(CommandError, match="can't be read"):
        call_command("verify_proof", tmp_path / "nothing", stdout=said)


def test_the_recipe_of_the_manual_verifies_without_our_code(case: asking.OpenInquiry, client: Client, tmp_path: Path) -> None:
    recipe = re.search(r"```python\n(.*?)```", (ROOT / "docs/proofs.md").read_text(), re.DOTALL)
    assert recipe
    (tmp_path / "verify.py").write_text(recipe[1])
    (tmp_path / "keys.json").write_bytes(client.get("/.well-known/proof-keys.json").content)
    (tmp_path / "words.txt").write_text("May I?\nÜber wen?\n")

    def run(proof: str, subject: str = "Laser") -> subprocess.CompletedProcess[str]:
        (tmp_path / "proof.json").write_text(proof)
        command = [sys.executable, "verify.py", "proof.json", "keys.json", subject, "words.txt"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    good = proving.prove(case)
    assert (run(good.text()).returncode, "same words" in run(good.text()).stdout) == (0, True)
    assert "NOT SIGNED" in run(changed(good, on="2026-11-22")).stderr
    assert "OTHER WORDS" in run(good.text(), subject="Another").stderr


# --- the public page -------------------------------------------------------------------------------------------------


def test_a_stranger_verifies_a_proof_by_pasting_or_by_file(client: Client, case: asking.OpenInquiry) -> None:
    text = proving.prove(case).text()
    for sent in ({"text": text}, {"file": SimpleUploadedFile("proof.json", text.encode())}):
        page = client.post("/proof/", sent)
        assert page.status_code == 200
        assert case.inquiry.reference in page.content.decode()
        assert "23 November 2026" in page.content.decode()


@pytest.mark.parametrize("sent", [{}, {"text": "no proof"}, {"text": "x" * 5000}, {"text": "a\x00b"}])
def test_what_is_no_proof_is_refused_in_words(client: Client, db: None, sent: dict[str, str]) -> None:
    page = client.post("/proof/", sent)
    assert page.status_code == 422
    assert b"There is a problem" in page.content


def test_a_changed_proof_and_a_binary_file_are_refused(client: Client, case: asking.OpenInquiry) -> None:
    page = client.post("/proof/", {"text": changed(proving.prove(case), on="2026-11-20")})
    assert (page.status_code, b"something in it was changed" in page.content) == (422, True)
    assert client.post("/proof/", {"file": SimpleUploadedFile("proof.json", bytes(range(256)))}).status_code == 422


def test_a_body_that_is_too_large_is_not_read(client: Client, db: None) -> None:
    page = client.post("/proof/", {"file": SimpleUploadedFile("proof.json", b"x" * 100_000)})
    assert (page.status_code, b"too large" in page.content) == (413, True)


def test_the_public_keys_are_published_as_a_key_set(client: Client, db: None, settings: Any) -> None:
    response = client.get("/.well-known/proof-keys.json")
    assert response["Content-Type"] == "application/jwk-set+json"
    assert proofs.read_key_set(response.content.decode()) == proving.public_keys()
    for secret in settings.SIGNING_KEYS.values():
        assert base64.urlsafe_b64encode(secret).rstrip(b"=") not in response.content
