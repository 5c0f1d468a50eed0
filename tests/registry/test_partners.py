"""Partners look only as what an administrator has opened to them, until its last day; never a body that enforces."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import IntegrityError, ProgrammingError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from organisations import services as organisations
from organisations.models import Kind, Organisation, Role, User
from registry import gateway
from registry.disclosure import Audience, Field, Purpose
from registry.models import Entry, Look, PartnerOpening
from registry.permissions import PUBLIC, Capacity, capacities
from registry.services import partners
from registry.services.projection import pairwise_ref
from tests.conftest import SignIn, member
from tests.registry.conftest import Agree, at_once, grant
from tests.registry.test_look_tokens import bound

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "disclosed"])
ENTRIES = "/api/v1/registry/entries/"
GOVERNMENT, PROMOTION = Audience.PARTNER_GOVERNMENT, Audience.BUSINESS_PROMOTION
TO_GOVERNMENTS = grant(GOVERNMENT, Purpose.OUTREACH, Field.LEGAL_NAME)
WHY = {"purpose": "outreach", "reason": "Joint seminar"}
Open = Callable[..., PartnerOpening]


@pytest.fixture(autouse=True)
def nobody_has_called_yet() -> None:
    cache.clear()


@pytest.fixture
def ministry(db: None) -> Organisation:
    return Organisation.objects.create(kind=Kind.PARTNER, name="Ministry of Trade", country="LV")


@pytest.fixture
def attache(ministry: Organisation) -> User:
    return member(ministry, "Anna Attache", Role.PARTNER_OFFICER)


@pytest.fixture
def open_to(ministry: Organisation, administrator: User) -> Open:
    def opened(**said: Any) -> PartnerOpening:
        today = timezone.localdate()
        usual = {"partner": ministry, "audience": GOVERNMENT, "until": today + timedelta(days=30), "reason": "Memorandum of 2026"}
        return partners.open_to(**{**usual, "is_no_enforcer": True, "by": administrator, "today": today, **said})

    return opened


def anew(user: User) -> User:
    """The same person at the next request."""
    return User.objects.get(pk=user.pk)


# --- closed unless opened -------------------------------------------------------------------------------------------


def test_a_partner_looks_as_the_public_until_it_is_opened_and_after_its_last_day(
    attache: User, ministry: Organisation, open_to: Open
) -> None:
    today = timezone.localdate()
    assert capacities(attache, today=today) == [PUBLIC]
    opening = open_to()
    assert capacities(attache, today=today) == [Capacity(GOVERNMENT, ministry), PUBLIC]
    assert capacities(attache, today=opening.until) == [Capacity(GOVERNMENT, ministry), PUBLIC]
    assert capacities(attache, today=opening.until + timedelta(days=1)) == [PUBLIC]


def test_it_is_opened_as_one_audience_for_one_partner(attache: User, ministry: Organisation, open_to: Open) -> None:
    other = Organisation.objects.create(kind=Kind.PARTNER, name="Invest Abroad", country="FI")
    open_to(partner=other, audience=PROMOTION)
    today = timezone.localdate()
    assert capacities(attache, today=today) == [PUBLIC]
    assert capacities(member(other, "Per Promoter", Role.PARTNER_OFFICER), today=today) == [Capacity(PROMOTION, other), PUBLIC]


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind != Kind.PARTNER])
def test_nobody_but_a_partner_is_opened_to(open_to: Open, kind: Kind) -> None:
    """Least of all an agency without a function, as a body that enforces is."""
    with pytest.raises(partners.UnableToOpen):
        open_to(partner=Organisation.objects.create(kind=kind, name="Border Guard"))
    assert not PartnerOpening.objects.exists()


def test_a_body_that_enforces_is_never_opened_to(open_to: Open) -> None:
    with pytest.raises(partners.UnableToOpen):
        open_to(is_no_enforcer=False)
    assert not PartnerOpening.objects.exists()


@pytest.mark.parametrize("who", ["officer", "approver", "auditor", "signatory", "association_officer", "attache"])
def test_only_an_administrator_of_the_focal_point_opens_and_closes(request: pytest.FixtureRequest, open_to: Open, who: str) -> None:
    person = request.getfixturevalue(who)
    with pytest.raises(partners.UnableToOpen):
        open_to(by=person)
    opening = open_to()
    with pytest.raises(partners.UnableToOpen):
        partners.close(opening=opening, by=person, today=timezone.localdate())
    assert PartnerOpening.objects.get().closed_on is None


@pytest.mark.parametrize("days", [-1, 731])
def test_every_opening_has_a_last_day_within_two_years(open_to: Open, days: int) -> None:
    with pytest.raises(partners.WrongDay):
        open_to(until=timezone.localdate() + timedelta(days=days))
    assert open_to(until=timezone.localdate() + timedelta(days=730))


def test_what_is_open_is_not_opened_again(open_to: Open) -> None:
    made = at_once(open_to, open_to)
    assert [type(each) for each in made if isinstance(each, Exception)] == [partners.IsOpen]
    assert PartnerOpening.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"audience": "licensing"}, "opening_is_to_a_partner"),
        ({"reason": ""}, "opening_has_a_reason"),
        ({"until": date(2020, 1, 1)}, "opening_ends"),
        ({"closed_on": date(2099, 1, 1)}, "opening_closed_by_and_on"),
    ],
)
def test_the_database_holds_to_it(administrator: User, ministry: Organisation, changed: dict[str, Any], name: str) -> None:
    today = timezone.localdate()
    sound = {"organisation": ministry, "audience": GOVERNMENT, "reason": "Memorandum", "opened_by": administrator}
    sound |= {"opened_on": today, "until": today}
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        PartnerOpening.objects.create(**sound | changed)
    assert PartnerOpening.objects.create(**sound)


@pytest.mark.parametrize("change", [lambda rows: rows.delete(), lambda rows: rows.update(until=date(2099, 1, 1))])
def test_the_history_of_openings_is_never_changed(open_to: Open, change: Callable[[Any], Any]) -> None:
    open_to()
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        change(PartnerOpening.objects.all())


# --- looking --------------------------------------------------------------------------------------------------------


def test_a_partner_looks_by_page_with_purpose_and_reason_and_the_ledger_names_it(
    signed_in: SignIn, attache: User, ministry: Organisation, open_to: Open, entry: Entry, agree: Agree
) -> None:
    agree(entry, TO_GOVERNMENTS)
    open_to()
    client = signed_in(attache)
    assert client.get("/registry/").status_code == 302
    said = {"capacity": f"{GOVERNMENT}:{ministry.pk}", "purpose": "outreach", "reason": ""}
    assert client.post("/registry/look/", said).status_code == 422
    assert client.post("/registry/look/", said | {"reason": "Joint seminar"}).status_code == 302
    assert "Baltic Photonics OÜ" in client.get("/registry/").content.decode()
    [told] = Look.objects.at(entry.pk)
    assert (told.institution, told.institution_kind, told.audience, told.reason, told.viewer_id) == (
        "Ministry of Trade", "partner", "partner-government", "Joint seminar", attache.pk,
    )  # fmt: skip


def test_a_partners_token_is_bound_and_ends_with_the_opening(
    attache: User, ministry: Organisation, administrator: User, open_to: Open, entry: Entry, agree: Agree
) -> None:
    agree(entry, TO_GOVERNMENTS)
    opening = open_to()
    secret = {"Authorization": f"Bearer {bound(attache, GOVERNMENT, ministry).secret}"}
    assert set(Client().get(ENTRIES, {"purpose": "outreach"}, headers=secret).json()["errors"]) == {"reason"}
    assert set(Client().get(ENTRIES, {"reason": "Joint seminar"}, headers=secret).json()["errors"]) == {"purpose"}
    assert not Look.objects.exists()
    assert Client().get(ENTRIES, WHY, headers=secret).json()["count"] == 1
    assert Client().get(f"{ENTRIES}{entry.pk}/", WHY, headers=secret).status_code == 200
    for audience in (PROMOTION, Audience.LICENSING):
        assert Client().get(ENTRIES, WHY | {"audience": audience}, headers=secret).status_code == 403
    partners.close(opening=opening, by=administrator, today=timezone.localdate())
    assert Client().get(ENTRIES, WHY, headers=secret).status_code == 403
    assert Look.objects.count() == 2


def test_it_sees_what_its_own_cell_shows_and_no_more(
    attache: User, ministry: Organisation, open_to: Open, entry: Entry, agree: Agree
) -> None:
    agree(entry, grant(PROMOTION, Purpose.OUTREACH, Field.LEGAL_NAME))
    open_to()
    today = timezone.localdate()
    gate = gateway.disclosed(attache, Purpose.OUTREACH, "Seminar", today=today, capacity=Capacity(GOVERNMENT, ministry))
    assert gate.page(gateway.Question()).paginator.count == 0
    with pytest.raises(gateway.NotDisclosed):
        gate.one(pairwise_ref(entry, GOVERNMENT, Purpose.OUTREACH))
    with pytest.raises(gateway.UnableToLook):
        gateway.disclosed(attache, Purpose.OUTREACH, " ", today=today, capacity=Capacity(GOVERNMENT, ministry))


def test_a_partner_is_no_official(signed_in: SignIn, attache: User, open_to: Open) -> None:
    open_to()
    client = signed_in(attache)
    assert {client.get(path).status_code for path in ("/desk/", "/desk/registry/", "/desk/outreach/", "/desk/partners/")} == {403}


def test_who_has_left_the_partner_looks_no_more(attache: User, ministry: Organisation, open_to: Open) -> None:
    open_to()
    ministry.memberships.all().delete()
    assert capacities(anew(attache), today=timezone.localdate()) == [PUBLIC]


# --- the page of the administrator ----------------------------------------------------------------------------------


def typed(ministry: Organisation) -> dict[str, str]:
    until = timezone.localdate() + timedelta(days=90)
    said = {"partner": str(ministry.pk), "audience": str(GOVERNMENT), "until": until.isoformat(), "reason": "Memorandum of 2026"}
    return said | {"is_no_enforcer": "on"}


def test_an_administrator_opens_and_closes_and_the_page_keeps_both(
    signed_in: SignIn, administrator: User, ministry: Organisation
) -> None:
    client, address = signed_in(administrator), reverse("focalpoint:partners")
    assert "Closed to everybody" in client.get(address).content.decode()
    page = client.post(address, typed(ministry), follow=True).content.decode()
    assert "Ministry of Trade looks until the last day." in page
    assert "Memorandum of 2026" in page
    again = client.post(address, typed(ministry))
    assert (again.status_code, "It looks as this already." in again.content.decode()) == (422, True)
    opening = PartnerOpening.objects.get()
    for _twice in range(2):
        assert client.post(reverse("focalpoint:partner-close", args=[opening.pk])).status_code == 302
    opening.refresh_from_db()
    assert (opening.opened_by, opening.closed_by, opening.closed_on) == (administrator, administrator, timezone.localdate())
    assert "Memorandum of 2026" in client.get(address).content.decode()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"partner": ""}, "Choose the organisation."),
        ({"audience": "licensing"}, "not one of the available choices"),
        ({"until": "2020-01-01"}, "Choose a day from today on"),
        ({"reason": " "}, "Say on what it rests."),
        ({"is_no_enforcer": ""}, "never opened to a body that enforces or oversees"),
    ],
)
def test_a_refused_opening_says_why_and_loses_nothing_typed(
    signed_in: SignIn, administrator: User, ministry: Organisation, wrong: dict[str, str], sentence: str
) -> None:
    answer = signed_in(administrator).post(reverse("focalpoint:partners"), typed(ministry) | wrong)
    page = answer.content.decode()
    assert (answer.status_code, sentence in page) == (422, True)
    assert "reason" in wrong or 'value="Memorandum of 2026"' in page
    assert not PartnerOpening.objects.exists()


def test_an_agency_of_the_country_is_not_offered(
    signed_in: SignIn, administrator: User, licensing_agency: Organisation, ministry: Organisation
) -> None:
    assert licensing_agency.name not in signed_in(administrator).get(reverse("focalpoint:partners")).content.decode()
    answer = signed_in(administrator).post(reverse("focalpoint:partners"), typed(licensing_agency))
    assert (answer.status_code, PartnerOpening.objects.exists()) == (422, False)


def test_a_partner_has_officers_alone(administrator: User, ministry: Organisation) -> None:
    for role in set(Role) - {Role.PARTNER_OFFICER}:
        with pytest.raises(organisations.UnableToInvite):
            organisations.invite(organisation=ministry, email="a@ministry.example", role=role, by=administrator, now=timezone.now())


def test_the_page_costs_the_same_for_one_and_three(
    signed_in: SignIn, administrator: User, open_to: Open, django_assert_max_num_queries: Any
) -> None:
    client, costs = signed_in(administrator), []
    for number in (1, 3):
        while PartnerOpening.objects.count() < number:
            name = f"Partner {PartnerOpening.objects.count()}"
            open_to(partner=Organisation.objects.create(kind=Kind.PARTNER, name=name, country="FI"))
        with django_assert_max_num_queries(12) as asked:
            client.get(reverse("focalpoint:partners"))
        costs.append(len(asked))
    assert costs[0] == costs[1]
