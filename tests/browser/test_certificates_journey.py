"""A firm has its advisories encrypted: its person enters the certificate, and the reader of the address agrees."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from advisories.services import audience
from mailroom.models import Certificate, Letter
from organisations.models import Organisation, User
from tests.browser.conftest import Visit
from tests.certificates import elliptic_key, owner

Open = Callable[..., Visit]
ADDRESS = "info@firm.example"


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_enter_a_certificate_agree_and_remove_it(
    visit: Open, firm: Organisation, signatory: User, tmp_path: Any, *, scripts: bool
) -> None:
    now = timezone.now()
    found = audience.subscribe(organisation=firm, address=ADDRESS, by=signatory, now=now)
    page = reverse("advisories:certificate", args=[found.pk])
    person = visit(scripts=scripts).sign_in(signatory).go("/advisories/subscription/").is_clean()
    person.follow(f"Encryption of {ADDRESS}").sees("Enter a certificate").is_clean()
    person.fill("Certificate as text", owner(now, key=elliptic_key()).pem).press("Enter it").sees("none of RSA").is_clean()
    assert "BEGIN CERTIFICATE" in person.page.get_by_label("Certificate as text").input_value()
    person.fill("Certificate as text", "")
    (tmp_path / "info.cer").write_bytes(owner(now, ADDRESS).der)
    person.page.get_by_label("Or as a file").set_input_files(tmp_path / "info.cer")
    person.press("Enter it").sees("A link has gone to the address").is_clean()

    reader = visit(scripts=scripts).go(_link()).sees("Encrypt advisories to this address?").is_clean()
    reader.press("Yes, encrypt them").sees("Advisories are encrypted from now on").is_clean()
    person.go(page).sees("Trust Services of Ruritania").misses("A link has gone").is_clean()
    person.go("/advisories/subscription/").sees("Encrypted; last day of the certificate").is_clean()

    person.go(page).press("Remove it").sees("The certificate is removed once").is_clean()
    reader.go(_link()).sees("Encrypt advisories no longer?").is_clean()
    Certificate.objects.update(not_after=now - timedelta(days=1))
    person.go(page).sees("our mail only says that there is an advisory").is_clean()
    reader.press("Yes, without encryption").sees("Advisories are no longer encrypted").is_clean()
    person.go(page).misses("Trust Services of Ruritania")


def _link() -> str:
    """In the latest mail that asks the reader."""
    letter = Letter.objects.filter(text__contains="/advisories/certificate/").latest("created_at")
    found = re.search(r"https?://[^/]+(/advisories/certificate/\S+/)", letter.text)
    assert found
    return found.group(1)
