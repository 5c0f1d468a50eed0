"""The desk's page of keys: how far they have come, and only for administrators of the focal point."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from inquiries import doorbell
from inquiries.services import asking, rewrapping
from organisations.models import Organisation, Role, User
from tests.conftest import SignIn, member

Ask = Callable[..., asking.Filed]


@pytest.fixture
def two_old_keys(db: None, today: date, settings: Any) -> None:
    for _ in range(2):
        asking.submit(topic="other", text="?", today=today)
    settings.OFFICE_KEYS = {"2027": b"n" * 32, **settings.OFFICE_KEYS}


def test_an_administrator_reads_how_far_the_keys_have_come(
    signed_in: SignIn, administrator: User, two_old_keys: None, django_assert_num_queries: Any
) -> None:
    client = signed_in(administrator)
    page = client.get("/desk/keys/").content.decode()
    assert "0 of 2" in page
    assert "Keep it until none is left." in page
    rewrapping.rewrap()
    page = client.get("/desk/keys/").content.decode()
    assert "2 of 2" in page
    assert "May be taken out of the ring." in page
    assert "hx-get" not in page


def test_a_missing_key_is_named(signed_in: SignIn, administrator: User, two_old_keys: None, settings: Any) -> None:
    settings.OFFICE_KEYS = {"2027": b"n" * 32}
    page = signed_in(administrator).get("/desk/keys/").content.decode()
    assert "Put it back into the ring" in page
    assert "Wrap them under the first key now" not in page


@pytest.mark.parametrize("who", ["officer", "supervisor", "auditor", "editor", "licensing_officer"])
def test_nobody_else_reads_it_or_starts_it(request: pytest.FixtureRequest, signed_in: SignIn, who: str) -> None:
    client = signed_in(request.getfixturevalue(who))
    assert (client.get("/desk/keys/").status_code, client.post("/desk/keys/rewrap/").status_code) == (403, 403)


def test_an_administrator_of_another_agency_does_not_either(signed_in: SignIn, licensing_agency: Organisation) -> None:
    client = signed_in(member(licensing_agency, "Lea Licensing", Role.ADMINISTRATOR))
    assert client.get("/desk/keys/").status_code == 403


def test_the_button_rings_for_a_worker(signed_in: SignIn, administrator: User, two_old_keys: None) -> None:
    assert signed_in(administrator).post("/desk/keys/rewrap/")["Location"] == "/desk/keys/"


def test_without_a_queue_the_night_does_it(signed_in: SignIn, administrator: User, two_old_keys: None, settings: Any) -> None:
    usual = doorbell.current_app.conf.broker_url
    doorbell.current_app.conf.broker_url = "redis://localhost:1/0"
    try:
        page = signed_in(administrator).post("/desk/keys/rewrap/", follow=True).content.decode()
    finally:
        doorbell.current_app.conf.broker_url = usual
    assert "wrapped anew tonight by themselves" in page
