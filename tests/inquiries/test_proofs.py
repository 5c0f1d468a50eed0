"""Proofs of filing: what the office signed verifies, offline and on the portal; whatever was changed does not."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from catalogue.models import Segment
from catalogue.services import load_seed
from inquiries import proofs, receipts
from inquiries.models import Details, Inquiry, InquirySegment, Item
from inquiries.proofs import Filing
from inquiries.services import asking, casework, proving
from organisations.models import User
from tests.deploy_check import ROOT

Ask = Callable[..., asking.Filed]
KEY, OTHER_KEY = b"k" * 32, b"o" * 32
KEYS = proofs.public_keys({"2026": KEY})
DAY = date(2026, 11, 23)


WORDS = Filing(subject="Laser", text="May I?\nÜber wen?")
FILED = Filing(
    subject="Laser",
    text="May I?\nÜber wen?",
    topic="classification",
    destination="143",
    segments=("CTA06", "CTA03"),
    items=({"description": "A laser", "parameters": "3 kW\r\nat 1070 nm"}, {"entry": "6A005"}),
    red_flags=("thin-website", "evasive"),
    files=("b" * 64, "a" * 64),
)


def signed(filing: Filing = FILED, *, version: int = 2, salt: bytes = b"s" * 32, **change: Any) -> proofs.Proof:
    content = proofs.content_hash(filing, salt=salt, version=version)
    said = {"reference": "FP-7Q2M4-X0KDT", "on": DAY, "salt": salt, "key_id": "2026", "key": KEY, "version": version}
    return proofs.sign(content, **{**said, **change})


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
    assert proof.is_of(replace(FILED, text="May I?\r\nÜber wen?\r\n"))
    assert not proof.is_of(replace(FILED, text="May I? Über wen?"))


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "Lasers"},
        {"topic": "licensing"},
        {"destination": ""},
        {"segments": ("CTA06",)},
        {"items": FILED.items[:1]},
        {"items": FILED.items[::-1]},
        {"items": ({"description": "A laser", "parameters": "4 kW\nat 1070 nm"}, {"entry": "6A005"})},
        {"red_flags": ("evasive",)},
        {"files": ("a" * 64, "c" * 64)},
    ],
)
def test_a_proof_is_about_all_that_was_filed(change: dict[str, Any]) -> None:
    assert signed().is_of(FILED)
    assert not signed().is_of(replace(FILED, **change))


def test_the_order_of_what_was_chosen_does_not_matter_nor_do_line_ends() -> None:
    items = ({"description": "A laser", "parameters": "3 kW\nat 1070 nm", "entry": ""}, {"entry": "6A005"})
    other = replace(FILED, items=items, segments=FILED.segments[::-1], red_flags=FILED.red_flags[::-1], files=FILED.files[::-1])
    assert signed().is_of(other)


# Made by the portal before there was a second version; salt and key are those of these tests.
OF_THE_FIRST_VERSION = """{
  "statement": {
    "content": "d125cb69bef4c604c3d78c694bbef7537692c5b6050ef4b0eb15e46dfa19b805",
    "key": "2026",
    "kind": "proof of filing 1",
    "on": "2026-11-23",
    "reference": "FP-7Q2M4-X0KDT"
  },
  "salt": "7373737373737373737373737373737373737373737373737373737373737373",
  "signature": "IYL60BYR8rlqhNhpshVv3zbB8vCkWMS6o1RDRUujXitfo+gi1jHP74l71OsubbVLxw+CaowZDO0ejq2Z7i0bDw=="
}
"""


def test_a_proof_of_the_first_version_verifies_for_subject_and_text() -> None:
    proof = proofs.verify(OF_THE_FIRST_VERSION, public_keys=KEYS)
    assert proof.version == 1
    for filing in (WORDS, FILED):
        assert proof.is_of(filing)
    assert not proof.is_of(replace(FILED, text="May I?"))
    assert signed(version=1) == proof


def test_a_proof_of_one_version_is_none_of_the_other() -> None:
    for version, other in ((1, 2), (2, 1)):
        with pytest.raises(proofs.NotAProof):
            proofs.verify(changed(signed(version=version), kind=proofs.KINDS[other]), public_keys=KEYS)


def test_the_fields_of_an_item_are_those_that_a_proof_is_about() -> None:
    assert tuple(field.name for field in fields(Item)) == proofs.ITEM_FIELDS


def test_what_was_filed_is_read_again_from_its_file() -> None:
    assert Filing.read(FILED.json()).content() == FILED.content()


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", '{"text": 1}', '{"items": ["x"]}', '{"segments": [{}]}', '{"m": ""}', '{"text": "\\ud800"}', "[" * 5000],
)
def test_what_does_not_say_what_was_filed_is_refused(text: str) -> None:
    with pytest.raises(proofs.NotAFiling):
        Filing.read(text)


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
    assert not proof.is_of(FILED)


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
    assert proofs.content_hash(FILED, salt=b"") not in hashes


# --- of a case -------------------------------------------------------------------------------------------------------


@pytest.fixture
def case(ask: Ask) -> asking.OpenInquiry:
    load_seed(now=datetime(2026, 11, 23, tzinfo=UTC))
    filed = ask(
        "May I?\r\nÜber wen?",
        subject="Laser",
        segments=Segment.objects.filter(code__in=["CTA03", "CTA06"], is_current=True),
        destination="143",
        details=Details((Item("A laser", parameters="3 kW\r\nat 1070 nm"), Item(entry="6A005")), ("thin-website", "evasive")),
    )
    asking.write_again(opened=(opened := asking.open_with_receipt(receipts.read(filed.receipt))), text="More", today=DAY)
    return opened


def test_a_proof_is_the_same_each_time_and_another_cases_is_another(case: asking.OpenInquiry, ask: Ask) -> None:
    proof = proving.prove(case)
    assert proving.prove(case) == proof
    other = asking.open_with_receipt(receipts.read(ask("May I?\r\nÜber wen?", subject="Laser").receipt))
    assert proving.prove(other).salt != proof.salt
    assert proof.is_of(replace(FILED, files=()))
    assert proving.filing(case).content() == replace(FILED, files=()).content()
    assert "asker" not in proof.text()


def test_what_the_desk_does_changes_no_proof(case: asking.OpenInquiry, officer: User) -> None:
    before = proving.prove(case)
    casework.take(case.inquiry, by=officer, today=DAY)
    segments = list(Segment.objects.filter(code="CTA10", is_current=True))
    Inquiry.objects.filter(pk=case.inquiry.pk).update(title="A laser", codes=["6A005"], flags=["media"])
    InquirySegment.objects.create(inquiry=case.inquiry, segment=segments[0], is_by_desk=True)
    assert proving.prove(case) == before


def test_proofs_signed_with_an_earlier_key_still_verify(case: asking.OpenInquiry, settings: Any) -> None:
    proof = proving.prove(case)
    settings.SIGNING_KEYS = {"new": b"n" * 32, **settings.SIGNING_KEYS}
    assert proving.prove(case).statement.key == "new"
    assert proofs.verify(proof.text(), public_keys=proving.public_keys()) == proof


def test_the_command_verifies_a_proof_and_its_words(case: asking.OpenInquiry, tmp_path: Path) -> None:
    proof, words, keys, filed = (tmp_path / name for name in ("proof.json", "words.txt", "keys.json", "filing.json"))
    proof.write_text(proving.prove(case).text())
    filed.write_text(proving.filing(case).json())
    words.write_text("May I?\nÜber wen?\n")
    keys.write_text(json.dumps(proofs.key_set(proving.public_keys())))
    said = StringIO()
    call_command("verify_proof", proof, keys=keys, filed=filed, stdout=said)
    assert said.getvalue().startswith(f"Filed on 2026-11-23 under {case.inquiry.reference}; signed with key ")
    assert said.getvalue().endswith("That is what was filed.\n")
    call_command("verify_proof", proof, filed=filed, text=words, subject="Laser", stdout=said)
    with pytest.raises(CommandError, match="not what was filed"):
        call_command("verify_proof", proof, filed=filed, text=words, subject="Another", stdout=said)
    filed.write_text("{}]")
    with pytest.raises(CommandError, match="does not say"):
        call_command("verify_proof", proof, filed=filed, stdout=said)
    keys.write_text(json.dumps(proofs.key_set({"else": KEYS["2026"]})))
    with pytest.raises(CommandError, match="not among these"):
        call_command("verify_proof", proof, keys=keys, stdout=said)
    proof.write_text(changed(proving.prove(case), on="2026-11-20"))
    with pytest.raises(CommandError, match="did not sign it so"):
        call_command("verify_proof", proof, stdout=said)
    with pytest.raises(CommandError, match="can't be read"):
        call_command("verify_proof", tmp_path / "nothing", stdout=said)


def test_the_command_verifies_a_proof_of_the_first_version(tmp_path: Path) -> None:
    proof, words, keys = (tmp_path / name for name in ("proof.json", "words.txt", "keys.json"))
    proof.write_text(OF_THE_FIRST_VERSION)
    words.write_text("May I?\nÜber wen?\n")
    keys.write_text(json.dumps(proofs.key_set(KEYS)))
    said = StringIO()
    call_command("verify_proof", proof, keys=keys, text=words, subject="Laser", stdout=said)
    assert said.getvalue().endswith("The words are those that were filed.\n")
    with pytest.raises(CommandError, match="not those"):
        call_command("verify_proof", proof, keys=keys, text=words, subject="Another", stdout=said)


def test_the_recipe_of_the_manual_verifies_without_our_code(case: asking.OpenInquiry, client: Client, tmp_path: Path) -> None:
    recipe = re.search(r"```python\n(.*?)```", (ROOT / "docs/proofs.md").read_text(), re.DOTALL)
    assert recipe
    (tmp_path / "verify.py").write_text(recipe[1])
    published = client.get("/.well-known/proof-keys.json").content.decode()

    def run(proof: str, filing: Filing, keys: str = published) -> subprocess.CompletedProcess[str]:
        (tmp_path / "proof.json").write_text(proof)
        (tmp_path / "keys.json").write_text(keys)
        (tmp_path / "filing.json").write_text(filing.json())
        command = [sys.executable, "verify.py", "proof.json", "keys.json", "filing.json"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    good, filing = proving.prove(case), proving.filing(case)
    ran = run(good.text(), filing)
    assert (ran.returncode, "that was filed" in ran.stdout) == (0, True)
    assert "NOT SIGNED" in run(changed(good, on="2026-11-22"), filing).stderr
    assert "SOMETHING ELSE" in run(good.text(), replace(filing, destination="KR")).stderr
    first = run(OF_THE_FIRST_VERSION, FILED, json.dumps(proofs.key_set(KEYS)))
    assert (first.returncode, "that was filed" in first.stdout) == (0, True)


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
