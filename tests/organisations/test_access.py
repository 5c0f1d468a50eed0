"""Second factors, invitations and memberships, with a refusal beside each permission."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client

from organisations import services
from organisations.models import Invitation, Kind, Membership, Organisation, Role, User
from tests.conftest import member

SignIn = Callable[..., Client]
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PASSWORD = "a long enough passphrase"


def code() -> str:
    counters = list(yield_hotp_counters_from_time())
    return format_hotp_value(hotp_value(SECRET, counters[len(counters) // 2]))


def test_an_official_without_a_second_factor_is_led_to_one(officer: User, signed_in: SignIn) -> None:
    response = signed_in(officer, second_factor=False).get("/desk/")
    assert (response.status_code, response["Location"]) == (302, "/account/2fa/totp/activate/")


def test_a_partner_without_a_second_factor_is_led_to_one(signed_in: SignIn, db: None) -> None:
    ministry = Organisation.objects.create(kind=Kind.PARTNER, name="Ministry of Trade", country="LV")
    response = signed_in(member(ministry, "Anna Attache", Role.PARTNER_OFFICER), second_factor=False).get("/registry/")
    assert (response.status_code, response["Location"]) == (302, "/account/2fa/totp/activate/")


def test_an_official_with_a_second_factor_reaches_the_desk(officer: User, signed_in: SignIn) -> None:
    assert signed_in(officer).get("/desk/").status_code == 200


def test_a_password_alone_does_not_reach_the_desk_even_with_a_second_factor_on_file(officer: User, signed_in: SignIn) -> None:
    TOTP.activate(officer, SECRET)
    response = signed_in(officer, second_factor=False).get("/desk/")
    assert response["Location"].startswith("/account/2fa/reauthenticate/")


def test_signing_in_with_password_and_code_reaches_the_desk(client: Client, officer: User) -> None:
    officer.set_password(PASSWORD)
    officer.save()
    TOTP.activate(officer, SECRET)
    asked = client.post("/account/login/", {"login": officer.email, "password": PASSWORD})
    assert asked["Location"] == "/account/2fa/authenticate/"
    assert client.get("/desk/").status_code == 302
    client.post("/account/2fa/authenticate/", {"code": code()})
    assert client.get("/desk/").status_code == 200


def test_a_second_factor_is_sealed_at_rest(officer: User) -> None:
    TOTP.activate(officer, SECRET)
    assert SECRET not in str(Authenticator.objects.get().data)


def test_a_firm_may_sign_in_without_a_second_factor(signatory: User, signed_in: SignIn) -> None:
    assert signed_in(signatory, second_factor=False).get("/").status_code == 200


@pytest.mark.parametrize("path", ["/desk/", "/desk/inquiries/"])
def test_the_desk_is_closed_to_firms_and_strangers(client: Client, signatory: User, signed_in: SignIn, path: str) -> None:
    assert client.get(path)["Location"].startswith("/account/login/")
    assert signed_in(signatory).get(path).status_code == 403


def test_nobody_signs_up_without_an_invitation(client: Client, db: None) -> None:
    response = client.post("/account/signup/", {"email": "a@b.example", "password1": PASSWORD, "password2": PASSWORD})
    assert User.objects.count() == 0
    assert response.status_code == 200
    assert "Accounts come by invitation" in response.content.decode()


def test_an_invited_person_joins(firm: Organisation, signatory: User, signed_in: SignIn) -> None:
    page = signed_in(signatory).post(f"/organisations/{firm.pk}/members/", {"email": "new@firm.example", "role": Role.ENTRY_EDITOR})
    assert page.status_code == 302
    link = re.search(r"http://\S+(/organisations/invitation/\S+/)", mail.outbox[0].body)
    assert link
    newcomer = User.objects.create_user("new@firm.example", PASSWORD)
    client = signed_in(newcomer)
    assert client.get(link[1]).status_code == 200
    assert client.post(f"{link[1]}accept/").status_code == 302
    assert list(newcomer.memberships.values_list("organisation", "role")) == [(firm.pk, Role.ENTRY_EDITOR)]


def test_an_invitation_is_good_for_its_address_only_and_once(
    firm: Organisation, signatory: User, officer: User, now: datetime
) -> None:
    _invitation, letter = services.invite(
        organisation=firm, email="new@firm.example", role=Role.ENTRY_EDITOR, by=signatory, now=now
    )
    token = letter.body.partition("/invitation/")[2].partition("/")[0]
    with pytest.raises(services.UnableToAccept):
        services.accept(token=token, by=officer, now=now)
    newcomer = User.objects.create_user("new@firm.example")
    services.accept(token=token, by=newcomer, now=now)
    with pytest.raises(services.UnableToAccept):
        services.accept(token=token, by=newcomer, now=now)


def test_an_invitation_lapses(firm: Organisation, signatory: User, now: datetime) -> None:
    _invitation, letter = services.invite(
        organisation=firm, email="new@firm.example", role=Role.ENTRY_EDITOR, by=signatory, now=now
    )
    token = letter.body.partition("/invitation/")[2].partition("/")[0]
    newcomer = User.objects.create_user("new@firm.example")
    with pytest.raises(services.UnableToAccept):
        services.accept(token=token, by=newcomer, now=now + timedelta(days=15))


def test_the_token_of_an_invitation_is_not_in_the_database(firm: Organisation, signatory: User, now: datetime) -> None:
    _invitation, letter = services.invite(
        organisation=firm, email="new@firm.example", role=Role.ENTRY_EDITOR, by=signatory, now=now
    )
    token = letter.body.partition("/invitation/")[2].partition("/")[0]
    assert token.encode() not in bytes(Invitation.objects.get().token_digest)


@pytest.mark.parametrize("who", ["entry_editor", "association_officer", "officer"])
def test_only_a_signatory_or_an_administrator_manages_members(
    request: pytest.FixtureRequest, firm: Organisation, signed_in: SignIn, who: str
) -> None:
    assert signed_in(request.getfixturevalue(who)).get(f"/organisations/{firm.pk}/members/").status_code == 404


@pytest.mark.parametrize("who", ["signatory", "administrator"])
def test_a_signatory_and_an_administrator_manage_members(
    request: pytest.FixtureRequest, firm: Organisation, signed_in: SignIn, who: str
) -> None:
    assert signed_in(request.getfixturevalue(who)).get(f"/organisations/{firm.pk}/members/").status_code == 200


def test_a_firm_can_not_invite_into_an_office(firm: Organisation, signatory: User, signed_in: SignIn) -> None:
    response = signed_in(signatory).post(f"/organisations/{firm.pk}/members/", {"email": "a@b.example", "role": Role.TRIAGE})
    assert response.status_code == 422
    assert Invitation.objects.count() == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": Kind.FIRM, "functions": ["licensing"]},
        {"kind": Kind.ASSOCIATION, "is_focal_point": True},
    ],
)
def test_what_only_an_agency_may_be_is_refused_by_the_database(db: None, wrong: dict[str, object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Organisation.objects.create(name="Wrong", **wrong)


def test_there_is_one_focal_point(focal_point: Organisation) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Organisation.objects.create(kind=Kind.AGENCY, name="Another", is_focal_point=True)


def test_a_role_is_held_once(signatory: User, firm: Organisation) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(user=signatory, organisation=firm, role=Role.SIGNATORY)


def test_a_national_eid_is_offered_where_the_environment_names_one(client: Client, db: None, settings: Any) -> None:
    app = {
        "provider_id": "eid",
        "name": "National eID",
        "client_id": "portal",
        "secret": "s",
        "settings": {"server_url": "https://eid.example"},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
    page = client.get("/account/login/").content.decode()
    assert "National eID" in page
    assert "/account/oidc/eid/login/" in page


def test_no_eid_is_offered_otherwise(client: Client, db: None) -> None:
    assert "oidc" not in client.get("/account/login/").content.decode()
