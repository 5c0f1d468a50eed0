"""What an auditor sees of openings: who, when and how it ended; not who asks, and not why."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from django.utils import timezone

from inquiries import receipts
from inquiries.models import Opening
from inquiries.permissions import may_audit_openings
from inquiries.services import asking, erasing, identities
from inquiries.services.identities import Confidential
from organisations.models import Organisation, Role, User
from tests.conftest import SignIn, member

WHO = Confidential(name="Particular Person", organisation="Particular Pumps OÜ", contact="particular@pumps.example")
REASON, REFUSAL = "Their network is under attack.", "Nothing needs it."
PAGE, TABLE = "/desk/openings/", "/desk/openings/table.csv"
DAY = timedelta(days=1)


@pytest.fixture
def filed(db: None) -> asking.Filed:
    return asking.submit(topic="sanctions", text="May I sell pumps?", identity=WHO, today=timezone.localdate())


@pytest.fixture
def read(filed: asking.Filed, gatekeeper: User, second_gatekeeper: User) -> Opening:
    return opened_on(timezone.localdate(), filed, gatekeeper, second_gatekeeper)


def opened_on(day: date, filed: asking.Filed, first: User, second: User) -> Opening:
    opening = identities.grant(identities.ask(filed.inquiry, reason=REASON, by=first, today=day), by=second, today=day)
    identities.read(opening, by=first, today=day)
    return Opening.objects.get(pk=opening.pk)


def rows(response: Any) -> list[list[str]]:
    return list(csv.reader(StringIO(response.content.decode())))


def test_an_auditor_sees_who_asked_who_decided_and_whether_it_was_read(
    read: Opening, gatekeeper: User, second_gatekeeper: User, auditor: User, signed_in: SignIn
) -> None:
    client, day = signed_in(auditor), str(timezone.localdate())
    page = client.get(PAGE).content.decode()
    for each in (read.inquiry.reference, gatekeeper.name, second_gatekeeper.name, "Read"):
        assert each in page
    assert rows(client.get(TABLE)) == [
        ["reference", "asked_by", "asked_on", "decided_by", "decided_on", "state", "read_on"],
        [read.inquiry.reference, gatekeeper.name, day, second_gatekeeper.name, day, "read", day],
    ]


def test_neither_who_asks_nor_why_nor_the_question_is_there(
    read: Opening, gatekeeper: User, second_gatekeeper: User, auditor: User, signed_in: SignIn
) -> None:
    again = identities.ask(read.inquiry, reason=REASON, by=gatekeeper, today=timezone.localdate())
    identities.refuse(again, reason=REFUSAL, by=second_gatekeeper, today=timezone.localdate())
    client = signed_in(auditor)
    for response in (client.get(PAGE), client.get(TABLE)):
        said = response.content.decode()
        assert not any(each in said for each in ("Particular", WHO.contact, REASON, REFUSAL, "pumps", "anctions"))


OTHERS = ["officer", "supervisor", "approver", "editor", "gatekeeper", "administrator", "licensing_officer", "signatory"]


@pytest.mark.parametrize("who", OTHERS)
def test_nobody_else_gets_the_list(request: pytest.FixtureRequest, read: Opening, signed_in: SignIn, who: str) -> None:
    somebody = request.getfixturevalue(who)
    client = signed_in(somebody)
    assert [client.get(path).status_code for path in (PAGE, TABLE)] == [403, 403]
    assert not Opening.objects.audited_by(somebody).exists()
    assert not may_audit_openings(somebody)
    assert PAGE not in client.get("/desk/").content.decode()


def test_an_auditor_of_another_agency_gets_nothing(read: Opening, licensing_agency: Organisation, signed_in: SignIn) -> None:
    stranger = member(licensing_agency, "Aune Auditor", Role.AUDITOR)
    assert signed_in(stranger).get(PAGE).status_code == 403
    assert not Opening.objects.audited_by(stranger).exists()


def test_an_auditor_opens_nothing(read: Opening, auditor: User, signed_in: SignIn) -> None:
    client = signed_in(auditor)
    assert PAGE in client.get("/desk/").content.decode()
    for step in ("agree", "refuse", "read"):
        assert client.post(f"/desk/identities/{read.pk}/{step}/", {"reason": "x"}).status_code == 403
    assert [client.post(path).status_code for path in (PAGE, TABLE)] == [405, 405]


@pytest.mark.parametrize(
    ("period", "found"),
    [({}, 3), ({"first_on": 1}, 2), ({"last_on": 1}, 2), ({"first_on": 1, "last_on": 1}, 1), ({"first_on": 3}, 0)],
)
def test_a_period_narrows_the_list_and_the_file(
    filed: asking.Filed, gatekeeper: User, second_gatekeeper: User, auditor: User, signed_in: SignIn,
    period: dict[str, int], found: int,
) -> None:  # fmt: skip
    start, client = timezone.localdate(), signed_in(auditor)
    for days in range(3):
        opened_on(start + days * DAY, filed, gatekeeper, second_gatekeeper)
    chosen = {name: str(start + days * DAY) for name, days in period.items()}
    page = client.get(PAGE, chosen).content.decode()
    assert page.count(filed.inquiry.reference) == found
    assert ("No openings in this period" in page) is (found == 0)
    assert len(rows(client.get(TABLE, chosen))) == found + 1


@pytest.mark.parametrize(
    ("period", "sentence"),
    [({"first_on": "2026-12-02", "last_on": "2026-12-01"}, "comes before the first"), ({"first_on": "soon"}, "valid date")],
)
def test_a_period_that_is_none_is_said(
    read: Opening, auditor: User, signed_in: SignIn, period: dict[str, str], sentence: str
) -> None:
    client = signed_in(auditor)
    for path in (PAGE, TABLE):
        response = client.get(path, period)
        content = response.content.decode()
        assert (response.status_code, sentence in content, read.inquiry.reference in content) == (422, True, False)
        assert period["first_on"] in content


def test_what_ran_out_is_told_as_such_before_the_night_has_come(
    filed: asking.Filed, gatekeeper: User, second_gatekeeper: User, auditor: User, signed_in: SignIn
) -> None:
    day = timezone.localdate() - 3 * DAY
    identities.grant(identities.ask(filed.inquiry, reason=REASON, by=gatekeeper, today=day), by=second_gatekeeper, today=day)
    client = signed_in(auditor)
    assert "Ran out" in client.get(PAGE).content.decode()
    assert rows(client.get(TABLE))[1][5] == "lapsed"


def test_the_list_comes_in_pages_the_newest_first(
    filed: asking.Filed, gatekeeper: User, second_gatekeeper: User, auditor: User, signed_in: SignIn
) -> None:
    for _ in range(51):
        opening = identities.ask(filed.inquiry, reason=REASON, by=gatekeeper, today=timezone.localdate())
        identities.refuse(opening, reason=REFUSAL, by=second_gatekeeper, today=timezone.localdate())
    client = signed_in(auditor)
    assert [client.get(PAGE, {"page": number}).content.decode().count('scope="row"') for number in (1, 2)] == [50, 1]
    assert len(rows(client.get(TABLE, {"page": 2}))) == 52


@pytest.mark.parametrize("number", [1, 3])
def test_it_costs_the_same_whatever_its_length(
    filed: asking.Filed, gatekeeper: User, second_gatekeeper: User, auditor: User, signed_in: SignIn,
    django_assert_num_queries: Any, number: int,
) -> None:  # fmt: skip
    client = signed_in(auditor)
    for _ in range(number):
        opened_on(timezone.localdate(), filed, gatekeeper, second_gatekeeper)
    with django_assert_num_queries(5):  # session, user, memberships, count, rows
        client.get(PAGE)
    with django_assert_num_queries(5):
        client.get(TABLE)


def test_a_name_is_no_formula(
    filed: asking.Filed, focal_point: Organisation, second_gatekeeper: User, auditor: User, signed_in: SignIn
) -> None:
    first = member(focal_point, "=1+1", Role.GATEKEEPER)
    opened_on(timezone.localdate(), filed, first, second_gatekeeper)
    assert rows(signed_in(auditor).get(TABLE))[1][1] == "'=1+1"


def test_an_opening_goes_with_its_case(filed: asking.Filed, read: Opening, auditor: User, signed_in: SignIn) -> None:
    client = signed_in(auditor)
    assert filed.inquiry.reference in client.get(PAGE).content.decode()
    erasing.erase(opened=asking.open_with_receipt(receipts.read(filed.receipt)), today=timezone.localdate())
    assert filed.inquiry.reference not in client.get(PAGE).content.decode()
