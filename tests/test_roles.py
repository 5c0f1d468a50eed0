"""Roles × addresses: who gets past the door of each page and call. What a person then sees behind it, other tests say.

An address that is not in the table fails, so that a new page is a decision about everybody.
"""

from __future__ import annotations

import pytest
from django.test import Client

from organisations.models import Organisation, Role, User
from tests.conftest import SignIn, member
from tests.test_house import CLOSED, filled

# One letter a role; capital letters are the focal point's officials.
ROLES = {
    "T": Role.TRIAGE,
    "C": Role.CASE_OFFICER,
    "E": Role.EDITOR,
    "A": Role.APPROVER,
    "S": Role.SUPERVISOR,
    "U": Role.AUDITOR,
    "D": Role.ADMINISTRATOR,
    "G": Role.GATEKEEPER,
    "l": Role.CASE_OFFICER,  # of the licensing agency
    "e": Role.ENTRY_EDITOR,  # of a firm
    "s": Role.SIGNATORY,  # of a firm
    "o": Role.OFFICER,  # of an association
}
OFFICIALS = "TCEASUDGl"
EVERYBODY = OFFICIALS + "eso"

DOORS: dict[str, list[str]] = {
    "TCASl": [
        "desk/inquiries/",
        "desk/inquiries/<uuid:pk>/",
        "desk/inquiries/<uuid:pk>/answer-for-everybody/",
        "desk/inquiries/<uuid:pk>/answer/",
        "desk/inquiries/<uuid:pk>/ask-back/",
        "desk/inquiries/<uuid:pk>/close/",
        "desk/inquiries/<uuid:pk>/route/",
        "desk/inquiries/<uuid:pk>/take/",
        "desk/inquiries/<uuid:pk>/title/",
        "desk/inquiries/counts/",
        "desk/inquiries/density/",
        "desk/inquiries/filters/",
        "desk/inquiries/filters/<uuid:pk>/change/",
        "desk/inquiries/filters/<uuid:pk>/delete/",
        "desk/inquiries/words/",
    ],
    "TCEASl": [
        "desk/answers/",
        "desk/answers/<uuid:pk>/",
        "desk/answers/<uuid:pk>/approve/",
        "desk/answers/<uuid:pk>/discard/",
        "desk/answers/<uuid:pk>/edit/",
        "desk/answers/<uuid:pk>/return/",
        "desk/answers/<uuid:pk>/submit/",
        "desk/answers/<uuid:pk>/withdraw/",
        "desk/registry/",
        "desk/registry/<uuid:ref>/",
        "desk/registry/look/",
    ],
    "CA": ["desk/agreements/", "desk/agreements/<uuid:pk>/", "desk/agreements/<uuid:pk>/countersign/"],
    "D": ["desk/keys/", "desk/keys/rewrap/"],
    "E": ["desk/advisories/<uuid:pk>/edit/", "desk/advisories/new/"],
    OFFICIALS: [
        "desk/",
        "desk/advisories/",
        "desk/advisories/<uuid:pk>/",
        "desk/advisories/<uuid:pk>/approve/",
        "desk/advisories/<uuid:pk>/progress/",
        "desk/advisories/<uuid:pk>/publish/",
        "desk/advisories/<uuid:pk>/return/",
        "desk/advisories/<uuid:pk>/submit/",
        "desk/advisories/<uuid:pk>/withdraw/",
    ],
    "Deso": ["advisories/subscription/", "advisories/subscription/<uuid:pk>/end/"],
    "es": [
        "registry/agreement/",
        "registry/agreement/<uuid:pk>/sign/",
        "registry/agreement/propose/",
        "registry/entry/",
        "registry/ledger/",
    ],
    "s": ["registry/agreement/withdraw/"],
    "e": ["registry/entry/edit/"],
    EVERYBODY: ["organisations/<uuid:pk>/members/", "organisations/invitation/<str:token>/accept/", "registry/look/"],
}
MATRIX = {path: roles for roles, paths in DOORS.items() for path in paths}


def opens(client: Client, path: str) -> bool:
    """Whether an address lets somebody in, to whatever is behind it. What can't be found is behind it."""
    return not {client.get(filled(path)).status_code, client.post(filled(path)).status_code} <= {401, 403}


def test_every_closed_address_has_a_line() -> None:
    assert sorted(MATRIX) == CLOSED


@pytest.mark.parametrize("letter", ROLES)
def test_each_door_opens_for_those_of_its_line(
    letter: str,
    focal_point: Organisation,
    licensing_agency: Organisation,
    firm: Organisation,
    association: Organisation,
    signed_in: SignIn,
) -> None:
    organisation = {"l": licensing_agency, "e": firm, "s": firm, "o": association}.get(letter, focal_point)
    client = signed_in(member(organisation, "Per Person", ROLES[letter]))
    assert {path for path in MATRIX if opens(client, path)} == {path for path, roles in MATRIX.items() if letter in roles}


def test_an_official_without_a_second_factor_gets_past_no_door_of_the_desk(officer: User, signed_in: SignIn) -> None:
    client = signed_in(officer, second_factor=False)
    led_away = {path: client.get(filled(path)) for path in MATRIX if path.startswith("desk/")}
    assert [path for path, response in led_away.items() if response.status_code != 302 or "/2fa/" not in response["Location"]] == []
