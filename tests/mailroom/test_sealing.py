"""By which certificates mail can be encrypted, and by which it can't, in words."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom import sealing
from tests.certificates import SERVER, YEAR, elliptic_key, owner, rsa_key

ADDRESS = "info@firm.example"
FIXED = datetime.fromisoformat("2026-11-23T09:30:00+00:00")


def check(content: bytes, now: datetime, address: str = ADDRESS) -> sealing.Facts:
    facts = sealing.read(content)
    sealing.check(facts, address=address, now=now)
    return facts


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"subject": "INFO@firm.example"},
        {"encrypts": None, "purposes": None},
        {"addresses": ("other@firm.example", "Info@Firm.example")},
    ],
    ids=["names nobody", "subject", "says nothing of usage", "one of several"],
)
@pytest.mark.parametrize("form", ["pem", "der"])
def test_a_fit_certificate_is_read_in_either_form(changes: dict[str, Any], form: str, now: datetime) -> None:
    changes = dict(changes)
    mari = owner(now, *changes.pop("addresses", ()), **changes)
    facts = check(mari.der if form == "der" else f"Bag Attributes\n{mari.pem}\n".encode(), now)
    assert (facts.der, facts.issuer) == (mari.der, "O=Trust Services of Ruritania")
    assert (facts.not_after, facts.bits) == (now + YEAR, 2048)
    assert len(facts.fingerprint) == 64
    assert facts.fingerprint_in_pairs.replace(":", "").lower() == facts.fingerprint


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ends": timedelta(0)}, "has ended on 23 November 2026"),
        ({"begins": timedelta(days=1)}, "is good from 24 November 2026 on"),
        ({"key": elliptic_key}, "none of RSA"),
        ({"key": lambda: rsa_key(1024)}, "too weak"),
        ({"encrypts": False}, "for signing only"),
        ({"purposes": SERVER}, "not meant for mail"),
        ({"subject": "mari@home.example"}, "for mari@home.example, and not for this address"),
    ],
)
def test_an_unfit_one_is_refused_in_words(changes: dict[str, Any], said: str, now: datetime) -> None:
    changes = changes | ({"key": changes["key"]()} if "key" in changes else {})
    with pytest.raises(sealing.UnableToUse, match=said):
        check(owner(now, **changes).der, now)


def test_one_that_names_other_addresses_is_not_for_this_one(now: datetime) -> None:
    with pytest.raises(sealing.UnableToUse, match="not for this address"):
        check(owner(now, "other@firm.example").der, now)


def test_a_private_key_is_refused_with_a_warning(now: datetime) -> None:
    mari = owner(now)
    with pytest.raises(sealing.UnableToUse, match="private key"):
        sealing.read(f"{mari.pem}{mari.private}".encode())


def test_a_chain_and_what_is_too_large_are_refused(now: datetime) -> None:
    with pytest.raises(sealing.UnableToUse, match="several"):
        sealing.read((owner(now).pem * 2).encode())
    with pytest.raises(sealing.UnableToUse, match="too large"):
        sealing.read(b"\x30" * (sealing.LARGEST + 1))


@pytest.mark.parametrize("garbage", [b"", b"hello", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", b"\x30\x82"])
def test_garbage_is_refused_in_words(garbage: bytes) -> None:
    with pytest.raises(sealing.UnableToUse, match="no certificate that can be read"):
        sealing.read(garbage)


@given(st.integers(0, 700), st.binary(min_size=1, max_size=8))
def test_a_damaged_certificate_raises_nothing_else(place: int, damage: bytes) -> None:
    der = owner(FIXED, ADDRESS).der
    with suppress(sealing.UnableToUse):
        check(der[:place] + damage + der[place + len(damage) :], FIXED)
