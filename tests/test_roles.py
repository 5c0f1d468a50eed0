"""Roles × addresses: who gets past the door of each page and call. What a person then sees behind it, other tests say.

An address that is not in the table fails, so that a new page is a decision about everybody.
"""

from __future__ import annotations

import re

import pytest
from django.test import Client

from organisations.models import Kind, Organisation, Role, User
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
    "p": Role.PARTNER_OFFICER,  # of a partner to which nothing is opened
}
OFFICIALS = "TCEASUDGl"
EVERYBODY = OFFICIALS + "esop"

DOORS: dict[str, list[str]] = {
    "TCSl": [
        "desk/inquiries/selected/",
        "desk/inquiries/selected/do/",
    ],
    "TCASl": [
        "desk/away/",
        "desk/away/<uuid:pk>/back/",
        "desk/consultations/",
        "desk/consultations/<uuid:pk>/end/",
        "desk/consultations/<uuid:pk>/view/",
        "desk/experts/<uuid:pk>/end/",
        "desk/experts/<uuid:pk>/renew/",
        "desk/inquiries/",
        "desk/inquiries/<uuid:pk>/",
        "desk/inquiries/<uuid:pk>/answer-for-everybody/",
        "desk/inquiries/<uuid:pk>/answer/",
        "desk/inquiries/<uuid:pk>/apply-rules/",
        "desk/inquiries/<uuid:pk>/approve/",
        "desk/inquiries/<uuid:pk>/ask-back/",
        "desk/inquiries/<uuid:pk>/ask-expert/",
        "desk/inquiries/<uuid:pk>/breaches/<uuid:ref>/explain/",
        "desk/inquiries/<uuid:pk>/close/",
        "desk/inquiries/<uuid:pk>/consult/",
        "desk/inquiries/<uuid:pk>/describe/",
        "desk/inquiries/<uuid:pk>/draft-answer/",
        "desk/inquiries/<uuid:pk>/draft/<str:kind>/",
        "desk/inquiries/<uuid:pk>/draft/<str:kind>/reply/",
        "desk/inquiries/<uuid:pk>/extend/",
        "desk/inquiries/<uuid:pk>/files/<uuid:ref>/",
        "desk/inquiries/<uuid:pk>/files/<uuid:ref>/hide/",
        "desk/inquiries/<uuid:pk>/files/<uuid:ref>/show/",
        "desk/inquiries/<uuid:pk>/files/<uuid:ref>/take-out/",
        "desk/inquiries/<uuid:pk>/hand-over/",
        "desk/inquiries/<uuid:pk>/link/",
        "desk/inquiries/<uuid:pk>/links/<uuid:ref>/remove/",
        "desk/inquiries/<uuid:pk>/note/",
        "desk/inquiries/<uuid:pk>/propose/",
        "desk/inquiries/<uuid:pk>/redact/",
        "desk/inquiries/<uuid:pk>/redactions/<uuid:ref>/show/",
        "desk/inquiries/<uuid:pk>/redactions/<uuid:ref>/take-out/",
        "desk/inquiries/<uuid:pk>/related/",
        "desk/inquiries/<uuid:pk>/return/",
        "desk/inquiries/<uuid:pk>/reveal/",
        "desk/inquiries/<uuid:pk>/route/",
        "desk/inquiries/<uuid:pk>/settle/",
        "desk/inquiries/<uuid:pk>/take/",
        "desk/inquiries/counts/",
        "desk/inquiries/density/",
        "desk/inquiries/filters/",
        "desk/inquiries/filters/<uuid:pk>/change/",
        "desk/inquiries/filters/<uuid:pk>/delete/",
        "desk/inquiries/words/",
        "desk/mentions/",
        "desk/mentions/<uuid:pk>/",
        "desk/to-approve/",
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
        "desk/registry/compare/",
        "desk/registry/export/",
        "desk/registry/look/",
        "desk/registry/searches/",
        "desk/registry/searches/<uuid:pk>/delete/",
        "desk/replies/",
        "desk/replies/<uuid:pk>/",
        "desk/replies/<uuid:pk>/retire/",
    ],
    "TCEASU": [
        "desk/delays/",
    ],
    "TCEAS": [
        "desk/delays/ask/",
        "desk/outreach/",
        "desk/outreach/<uuid:pk>/",
        "desk/outreach/<uuid:pk>/discard/",
        "desk/outreach/<uuid:pk>/edit/",
        "desk/outreach/<uuid:pk>/send/",
        "desk/outreach/<uuid:pk>/threads/<int:number>/",
        "desk/outreach/new/",
        "desk/registry/figures/",
        "desk/registry/suggest/",
    ],
    "A": [
        "desk/delays/<uuid:pk>/approve/",
        "desk/delays/<uuid:pk>/refuse/",
    ],
    "CA": [
        "desk/agreements/",
        "desk/agreements/<uuid:pk>/",
        "desk/agreements/<uuid:pk>/counter/",
        "desk/agreements/<uuid:pk>/countersign/",
        "desk/agreements/<uuid:pk>/decline/",
        "desk/agreements/<uuid:pk>/end/",
        "desk/agreements/<uuid:pk>/receipt.jsonld",
        "desk/agreements/<uuid:pk>/resume/",
        "desk/agreements/<uuid:pk>/suspend/",
        "desk/look-questions/",
        "desk/look-questions/<uuid:pk>/",
        "desk/merges/",
        "desk/merges/<uuid:pk>/second/",
        "desk/registry/<uuid:ref>/confirm/",
        "desk/registry/<uuid:ref>/merge/",
    ],
    "Ds": [
        "organisations/",
    ],
    "D": [
        "desk/deadlines/",
        "desk/deadlines/closures/",
        "desk/deadlines/closures/<uuid:pk>/take-back/",
        "desk/deadlines/targets/",
        "desk/imports/",
        "desk/imports/<uuid:pk>/",
        "desk/imports/<uuid:pk>/apply/",
        "desk/partners/",
        "desk/partners/<uuid:pk>/close/",
        "desk/keys/",
        "desk/keys/rewrap/",
        "desk/routing/<uuid:pk>/move/",
        "desk/routing/<uuid:pk>/switch/",
        "desk/routing/new/",
        "desk/routing/second-official/",
        "organisations/new/",
        "organisations/<uuid:pk>/change/",
    ],
    "E": [
        "desk/advisories/<uuid:pk>/correct/",
        "desk/advisories/<uuid:pk>/edit/",
        "desk/advisories/<uuid:pk>/in/<slug:language>/",
        "desk/advisories/<uuid:pk>/in/<slug:language>/remove/",
        "desk/advisories/candidates/",
        "desk/advisories/candidates/<uuid:pk>/draft/",
        "desk/advisories/candidates/<uuid:pk>/put-aside/",
        "desk/advisories/candidates/<uuid:pk>/take-back/",
        "desk/advisories/new/",
    ],
    "ED": [
        "desk/advisories/sources/",
        "desk/advisories/sources/<uuid:pk>/",
        "desk/advisories/sources/<uuid:pk>/read/",
        "desk/advisories/sources/new/",
    ],
    OFFICIALS: [
        "desk/",
        "desk/advisories/",
        "desk/advisories/<uuid:pk>/",
        "desk/advisories/<uuid:pk>/approve/",
        "desk/advisories/<uuid:pk>/changes/",
        "desk/advisories/<uuid:pk>/audience/",
        "desk/advisories/<uuid:pk>/hold/",
        "desk/advisories/<uuid:pk>/mail/<uuid:ref>/again/",
        "desk/advisories/<uuid:pk>/mail/<uuid:ref>/arrived/",
        "desk/advisories/<uuid:pk>/mail/pause/",
        "desk/advisories/<uuid:pk>/mail/resume/",
        "desk/advisories/<uuid:pk>/mail/stop/",
        "desk/advisories/<uuid:pk>/progress/",
        "desk/advisories/<uuid:pk>/publish/",
        "desk/advisories/<uuid:pk>/reach/",
        "desk/advisories/<uuid:pk>/return/",
        "desk/advisories/<uuid:pk>/schedule/",
        "desk/advisories/<uuid:pk>/submit/",
        "desk/advisories/<uuid:pk>/withdraw/",
    ],
    "EA": [
        "desk/advisories/stopped/",
        "desk/advisories/stopped/<uuid:pk>/lift/",
        "desk/advisories/<uuid:pk>/recipients/",
        "desk/advisories/<uuid:pk>/recipients/retry/",
        "desk/advisories/<uuid:pk>/recipients/table.csv",
    ],
    "EASD": [
        "desk/advisories/mail/",
    ],
    "o": [
        "advisories/<uuid:pk>/relay/",
        "advisories/<uuid:pk>/relay/notice.eml",
        "advisories/<uuid:pk>/relay/progress/",
        "advisories/<uuid:pk>/relay/send/",
        "advisories/members/",
        "advisories/members/<int:pk>/remove/",
        "advisories/members/answers/",
        "advisories/members/erase/",
        "advisories/members/find/",
        "advisories/members/let-back/",
        "registry/invitations/",
    ],
    "Deso": [
        "advisories/<uuid:pk>/passed-on/",
        "advisories/<uuid:pk>/read/",
        "advisories/feeds/",
        "advisories/feeds/<uuid:pk>/revoke/",
        "advisories/mandates/<uuid:pk>/certificate/",
        "advisories/subscription/",
        "advisories/subscription/<uuid:pk>/",
        "advisories/subscription/<uuid:pk>/certificate/",
        "advisories/subscription/<uuid:pk>/end/",
        "advisories/webhooks/",
        "advisories/webhooks/<uuid:pk>/",
        "advisories/webhooks/<uuid:pk>/deliveries/<uuid:ref>/retry/",
        "advisories/webhooks/<uuid:pk>/remove/",
        "advisories/webhooks/<uuid:pk>/rotate/",
        "advisories/webhooks/<uuid:pk>/switch/",
        "advisories/webhooks/<uuid:pk>/test/",
    ],
    "es": [
        "registry/agreement/",
        "registry/agreement/<uuid:pk>/",
        "registry/agreement/<uuid:pk>/answer/",
        "registry/agreement/<uuid:pk>/decline/",
        "registry/agreement/<uuid:pk>/receipt.jsonld",
        "registry/agreement/<uuid:pk>/receipt/",
        "registry/agreement/<uuid:pk>/send/",
        "registry/agreement/<uuid:pk>/sign/",
        "registry/agreement/propose/",
        "registry/entry/",
        "registry/entry/confirm/",
        "registry/entry/removal/",
        "registry/entry/removal/<uuid:pk>/proof.json",
        "registry/history/",
        "registry/history/<int:change>/forget/",
        "registry/ledger/",
        "registry/ledger/<int:look>/question/",
        "registry/ledger/findUsage",
        "registry/ledger/letter/",
        "registry/ledger/table.csv",
        "registry/ledger/usagePeriod",
        "registry/people/",
        "registry/people/<uuid:pk>/remove/",
        "registry/<uuid:ref>/introduce/",
        "registry/introductions/",
        "registry/introductions/<uuid:pk>/",
        "registry/introductions/<uuid:pk>/answer/",
        "registry/introductions/<uuid:pk>/take-back/",
        "registry/introductions/suggested/<uuid:pk>/",
        "registry/introductions/suggested/<uuid:pk>/decline/",
        "registry/outreach/",
        "registry/outreach/<uuid:pk>/",
        "registry/outreach/<uuid:pk>/choose/",
    ],
    "s": [
        "registry/agreement/resume/",
        "registry/agreement/suspend/",
        "registry/agreement/withdraw/",
        "registry/entry/merge/<uuid:pk>/agree/",
        "registry/entry/merge/<uuid:pk>/decline/",
    ],
    "e": [
        "registry/entry/correction/<int:pk>/dismiss/",
        "registry/entry/correction/<int:pk>/take-over/",
        "registry/entry/draft/",
        "registry/entry/draft/discard/",
        "registry/entry/edit/",
    ],
    "eso": [
        "ask/named/",
    ],
    "G": [
        "desk/identities/",
        "desk/identities/<uuid:pk>/agree/",
        "desk/identities/<uuid:pk>/read/",
        "desk/identities/<uuid:pk>/refuse/",
        "desk/identities/ask/",
    ],
    "TCEASlo": [
        "registry/tokens/",
    ],
    OFFICIALS + "eso": [
        "organisations/tokens/",
        "organisations/tokens/<uuid:pk>/revoke/",
    ],
    EVERYBODY: [
        "conversation/upgrade/named/",
        "my-inquiries/",
        "my-inquiries/<uuid:pk>/",
        "my-inquiries/<uuid:pk>/mail/",
        "organisations/<uuid:pk>/invitations/<uuid:ref>/take-back/",
        "organisations/<uuid:pk>/members/",
        "organisations/<uuid:pk>/members/<int:member>/end/",
        "organisations/invitation/<str:token>/accept/",
        "registry/look/",
        "registry/searches/",
        "registry/searches/<uuid:pk>/delete/",
        "registry/tokens/<uuid:pk>/revoke/",
    ],
    "S": [
        "desk/figures/",
        "desk/figures/table.csv",
    ],
    "TCESl": [
        "desk/replies/new/",
    ],
    "": [  # no session opens them; tests/inquiries/test_desk_api.py, test_named_api.py, tests/registry/test_own_api.py have tokens
        "api/v1/registry/agreement/",
        "api/v1/registry/agreement/<uuid:pk>/",
        "api/v1/registry/agreement/<uuid:pk>/answer/",
        "api/v1/registry/agreement/<uuid:pk>/decline/",
        "api/v1/registry/agreement/<uuid:pk>/receipt/",
        "api/v1/registry/agreement/<uuid:pk>/send/",
        "api/v1/registry/agreement/suspend/",
        "api/v1/registry/agreement/withdraw/",
        "api/v1/registry/entries/suggest/",
        "api/v1/registry/entry/",
        "api/v1/registry/entry/draft/",
        "api/v1/registry/introductions/",
        "api/v1/registry/introductions/<uuid:pk>/",
        "api/v1/registry/introductions/<uuid:pk>/answer/",
        "api/v1/registry/introductions/<uuid:pk>/messages/",
        "api/v1/registry/introductions/<uuid:pk>/take-back/",
        "api/v1/registry/introductions/suggested/",
        "api/v1/registry/introductions/suggested/<uuid:pk>/",
        "api/v1/registry/introductions/suggested/<uuid:pk>/decline/",
        "api/v1/registry/ledger/<int:look>/question/",
        "api/v1/registry/ledger/findUsage",
        "api/v1/registry/ledger/letter/",
        "api/v1/registry/ledger/usagePeriod",
        "api/v1/registry/outreach/",
        "api/v1/registry/outreach/<uuid:pk>/",
        "api/v1/registry/outreach/<uuid:pk>/choice/",
        "api/v1/registry/outreach/<uuid:pk>/messages/",
        "api/v1/inquiries/named/",
        "api/v1/inquiries/named/<uuid:pk>/",
        "api/v1/inquiries/named/<uuid:pk>/close/",
        "api/v1/inquiries/named/<uuid:pk>/files/<uuid:ref>/",
        "api/v1/inquiries/named/<uuid:pk>/mail/",
        "api/v1/inquiries/named/<uuid:pk>/objection/",
        "api/v1/inquiries/named/<uuid:pk>/proof/",
        "api/v1/inquiries/named/<uuid:pk>/reopen/",
        "api/v1/inquiries/named/<uuid:pk>/rotate/",
        "api/v1/inquiries/named/<uuid:pk>/settle/",
        "api/v1/inquiries/named/upgrade/",
        "api/v1/desk/answers/",
        "api/v1/desk/answers/<uuid:pk>/",
        "api/v1/desk/answers/<uuid:pk>/approve/",
        "api/v1/desk/answers/<uuid:pk>/edit/",
        "api/v1/desk/answers/<uuid:pk>/return/",
        "api/v1/desk/answers/<uuid:pk>/submit/",
        "api/v1/desk/answers/<uuid:pk>/withdraw/",
        "api/v1/desk/inquiries/<uuid:pk>/answer-for-everybody/",
        "api/v1/desk/filters/",
        "api/v1/desk/filters/<uuid:pk>/",
        "api/v1/desk/inquiries/selected/",
        "api/v1/desk/inquiries/selected/look/",
        "api/v1/desk/office/closures/",
        "api/v1/desk/office/closures/<uuid:pk>/",
        "api/v1/desk/office/dry-runs/",
        "api/v1/desk/office/dry-runs/<uuid:pk>/",
        "api/v1/desk/office/figures/",
        "api/v1/desk/office/rules/",
        "api/v1/desk/office/rules/<uuid:pk>/",
        "api/v1/desk/office/rules/<uuid:pk>/move/",
        "api/v1/desk/office/rules/<uuid:pk>/switch/",
        "api/v1/desk/office/second-official/",
        "api/v1/desk/office/targets/",
        "api/v1/desk/away/",
        "api/v1/desk/away/<uuid:pk>/",
        "api/v1/desk/consultations/",
        "api/v1/desk/mentions/",
        "api/v1/desk/mentions/<uuid:pk>/seen/",
        "api/v1/desk/replies/",
        "api/v1/desk/replies/<uuid:pk>/",
        "api/v1/desk/inquiries/counts/",
        "api/v1/desk/inquiries/disputed/",
        "api/v1/desk/inquiries/words/",
        "api/v1/desk/inquiries/",
        "api/v1/desk/inquiries/<uuid:pk>/",
        "api/v1/desk/inquiries/<uuid:pk>/answer/",
        "api/v1/desk/inquiries/<uuid:pk>/apply-rules/",
        "api/v1/desk/inquiries/<uuid:pk>/approve/",
        "api/v1/desk/inquiries/<uuid:pk>/ask-back/",
        "api/v1/desk/inquiries/<uuid:pk>/breaches/",
        "api/v1/desk/inquiries/<uuid:pk>/breaches/<uuid:ref>/explain/",
        "api/v1/desk/inquiries/<uuid:pk>/close/",
        "api/v1/desk/inquiries/<uuid:pk>/consult/",
        "api/v1/desk/inquiries/<uuid:pk>/consultations/<uuid:ref>/end/",
        "api/v1/desk/inquiries/<uuid:pk>/consultations/<uuid:ref>/view/",
        "api/v1/desk/inquiries/<uuid:pk>/draft-answer/",
        "api/v1/desk/inquiries/<uuid:pk>/drafts/",
        "api/v1/desk/inquiries/<uuid:pk>/drafts/<str:kind>/",
        "api/v1/desk/inquiries/<uuid:pk>/events/",
        "api/v1/desk/inquiries/<uuid:pk>/extend/",
        "api/v1/desk/inquiries/<uuid:pk>/facts/",
        "api/v1/desk/inquiries/<uuid:pk>/experts/",
        "api/v1/desk/inquiries/<uuid:pk>/experts/<uuid:ref>/end/",
        "api/v1/desk/inquiries/<uuid:pk>/experts/<uuid:ref>/renew/",
        "api/v1/desk/inquiries/<uuid:pk>/files/",
        "api/v1/desk/inquiries/<uuid:pk>/files/<uuid:ref>/",
        "api/v1/desk/inquiries/<uuid:pk>/files/<uuid:ref>/hide/",
        "api/v1/desk/inquiries/<uuid:pk>/files/<uuid:ref>/show/",
        "api/v1/desk/inquiries/<uuid:pk>/files/<uuid:ref>/take-out/",
        "api/v1/desk/inquiries/<uuid:pk>/redactions/",
        "api/v1/desk/inquiries/<uuid:pk>/redactions/<uuid:ref>/show/",
        "api/v1/desk/inquiries/<uuid:pk>/redactions/<uuid:ref>/take-out/",
        "api/v1/desk/inquiries/<uuid:pk>/hand-over/",
        "api/v1/desk/inquiries/<uuid:pk>/link/",
        "api/v1/desk/inquiries/<uuid:pk>/links/",
        "api/v1/desk/inquiries/<uuid:pk>/links/<uuid:ref>/remove/",
        "api/v1/desk/inquiries/<uuid:pk>/note/",
        "api/v1/desk/inquiries/<uuid:pk>/propose/",
        "api/v1/desk/inquiries/<uuid:pk>/redact/",
        "api/v1/desk/inquiries/<uuid:pk>/related/",
        "api/v1/desk/inquiries/<uuid:pk>/replies/",
        "api/v1/desk/inquiries/<uuid:pk>/return/",
        "api/v1/desk/inquiries/<uuid:pk>/route/",
        "api/v1/desk/inquiries/<uuid:pk>/settle/",
        "api/v1/desk/inquiries/<uuid:pk>/take/",
        "api/v1/desk/inquiries/<uuid:pk>/work/",
    ],
    "U": [
        "desk/openings/",
        "desk/openings/table.csv",
    ],
    "UD": [
        "desk/routing/",
        "desk/routing/<uuid:pk>/",
        "desk/routing/dry-run/",
        "desk/routing/dry-run/<uuid:pk>/",
    ],
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
    partner = Organisation.objects.create(kind=Kind.PARTNER, name="Ministry of Trade", country="LV")
    outside = {"l": licensing_agency, "e": firm, "s": firm, "o": association, "p": partner}
    organisation = outside.get(letter, focal_point)
    client = signed_in(member(organisation, "Per Person", ROLES[letter]))
    assert {path for path in MATRIX if opens(client, path)} == {path for path, roles in MATRIX.items() if letter in roles}


# What stands in the rail of the desk; an address that opens for somebody and is not in their rail is reached from within another.
RAIL = {
    "desk/", "desk/advisories/", "desk/agreements/", "desk/answers/", "desk/away/", "desk/consultations/", "desk/deadlines/",
    "desk/delays/", "desk/figures/", "desk/identities/", "desk/imports/", "desk/inquiries/", "desk/keys/", "desk/mentions/",
    "desk/openings/", "desk/outreach/", "desk/partners/", "desk/registry/", "desk/replies/", "desk/routing/",
}  # fmt: skip


@pytest.mark.parametrize("letter", OFFICIALS)
def test_the_rail_shows_each_role_what_opens_for_it_and_nothing_else(
    letter: str, focal_point: Organisation, licensing_agency: Organisation, signed_in: SignIn
) -> None:
    client = signed_in(member(licensing_agency if letter == "l" else focal_point, "Per Person", ROLES[letter]))
    page = client.get("/desk/").content.decode()
    rail = page.partition('<nav class="rail"')[2].partition("</nav>")[0]
    shown = {path.removeprefix("/") for path in re.findall(r'href="([^"]*)"', rail)}
    assert shown == {path for path in RAIL if letter in MATRIX[path]}
    assert {client.get(f"/{path}", follow=True).status_code for path in shown} == {200}
    keys = set(re.findall(r"<kbd>g</kbd> <kbd>(.)</kbd>", page)) - {"w"}
    assert keys <= set(re.findall(r'data-key="(.)"', rail))


def test_an_official_without_a_second_factor_gets_past_no_door_of_the_desk(officer: User, signed_in: SignIn) -> None:
    client = signed_in(officer, second_factor=False)
    led_away = {path: client.get(filled(path)) for path in MATRIX if path.startswith("desk/")}
    assert [path for path, response in led_away.items() if response.status_code != 302 or "/2fa/" not in response["Location"]] == []
