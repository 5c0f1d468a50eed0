"""The whole round trip of a sign-in with the national eID, against a provider that answers over a socket."""

from __future__ import annotations

import logging
import re
import socket
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from organisations import services
from organisations.models import Organisation, Role, User
from tests.openid_provider import KEY, OTHER_KEY, Provider, as_json, openid_provider
from tests.organisations.test_access import PASSWORD, SECRET, code

SignIn = Callable[..., Client]
LOGIN = "/account/oidc/eid/login/"
NOT_SIGNED_IN = '<h1 class="govuk-heading-xl">You are not signed in</h1>'
UNKNOWN = '<h1 class="govuk-heading-xl">No account belongs to this eID</h1>'


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    with openid_provider() as running:
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [running.app()]}}
        yield running


def is_(user: User) -> dict[str, Any]:
    """What the eID says of somebody whose address it has verified."""
    return {"sub": f"EE-{user.email}", "email": user.email, "email_verified": True, "name": user.name}


def leave(client: Client, **query: str) -> str:
    """Press the button; return the address at the provider to which the page leads."""
    page = client.post(LOGIN, query_params=query)
    assert page.status_code == 200, page.content.decode()
    content = page.content.decode()
    [address] = re.findall(r'<meta http-equiv="refresh" content="0; url=([^"]+)">', content)
    assert f'href="{address}"' in content
    return unescape(address)


def at_the_provider(address: str) -> str:
    """What the browser does there: the address to which it is sent back."""
    answer = requests.get(address, allow_redirects=False, timeout=5)
    assert answer.status_code == 302
    return answer.headers["Location"].removeprefix("http://testserver")


def come_back(client: Client, **query: str) -> Any:
    return client.get(at_the_provider(leave(client, **query)))


def signed_in_as(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


# --- who may come in ------------------------------------------------------------------------------------------------


def test_a_firms_signatory_comes_in_by_the_address_that_both_sides_have_verified(
    client: Client, provider: Provider, signatory: User
) -> None:
    provider.person = is_(signatory) | {"email": signatory.email.upper()}
    response = come_back(client, next="/registry/")
    assert (response.status_code, response["Location"]) == (302, "/registry/")
    assert signed_in_as(client) == str(signatory.pk)
    assert list(User.objects.values_list("pk")) == [(signatory.pk,)]
    assert provider.refused == []


def test_from_then_on_it_is_known_by_its_subject_whatever_its_address(client: Client, provider: Provider, signatory: User) -> None:
    provider.person = is_(signatory)
    come_back(client)
    provider.person = {"sub": provider.person["sub"]}
    again = Client()
    come_back(again)
    assert signed_in_as(again) == str(signatory.pk)


def test_another_eid_with_the_same_address_does_not_open_the_account(client: Client, provider: Provider, signatory: User) -> None:
    provider.person = is_(signatory)
    come_back(client)
    provider.person = is_(signatory) | {"sub": "who has the address now"}
    other = Client()
    assert_unknown(come_back(other), other)


def assert_unknown(response: Any, client: Client) -> None:
    assert response.status_code == 403
    assert UNKNOWN in response.content.decode()
    assert signed_in_as(client) is None


@pytest.mark.parametrize("verified", [False, None, "true", 1], ids=repr)
def test_an_address_that_the_eid_does_not_vouch_for_opens_nothing(
    client: Client, provider: Provider, signatory: User, verified: object
) -> None:
    provider.person = is_(signatory) | {"email_verified": verified}
    assert_unknown(come_back(client), client)
    assert SocialAccount.objects.count() == 0


def test_an_address_that_the_portal_has_not_verified_opens_nothing(client: Client, provider: Provider, signatory: User) -> None:
    """Else somebody could add another's address to an account of their own and wait for that person to come in."""
    EmailAddress.objects.create(user=signatory, email="victim@portal.example", verified=False)
    provider.person = {"sub": "EE-victim", "email": "victim@portal.example", "email_verified": True}
    assert_unknown(come_back(client), client)


def test_an_unknown_person_reads_the_same_page_as_one_whose_address_is_not_verified(
    client: Client, provider: Provider, signatory: User
) -> None:
    provider.person = {"sub": "EE-1", "email": "nobody@else.example", "email_verified": True}
    unknown = come_back(client)
    assert_unknown(unknown, client)
    provider.person = is_(signatory) | {"email_verified": False}
    assert come_back(Client()).content == unknown.content
    assert User.objects.count() == 1


def test_the_user_info_can_not_speak_of_an_address_that_the_token_names(
    client: Client, provider: Provider, signatory: User
) -> None:
    provider.person = is_(signatory)
    provider.in_the_token = {"email": "nobody@else.example", "email_verified": True}
    assert_unknown(come_back(client), client)
    assert "/userinfo" not in provider.called


def test_an_address_in_the_token_alone_is_enough(client: Client, provider: Provider, signatory: User) -> None:
    provider.in_the_token = is_(signatory)
    provider.in_the_discovery = {"userinfo_endpoint": f"{provider.address}/nowhere"}
    come_back(client)
    assert signed_in_as(client) == str(signatory.pk)


def test_a_person_who_was_shut_out_stays_out(client: Client, provider: Provider, signatory: User) -> None:
    signatory.is_active = False
    signatory.save(update_fields=["is_active"])
    provider.person = is_(signatory)
    assert come_back(client)["Location"] == "/account/inactive/"
    assert signed_in_as(client) is None


def test_a_client_secret_goes_in_the_header_where_the_provider_takes_no_other(
    client: Client, provider: Provider, signatory: User
) -> None:
    provider.in_the_discovery = {"token_endpoint_auth_methods_supported": ["client_secret_basic"]}
    provider.person = is_(signatory)
    come_back(client)
    assert signed_in_as(client) == str(signatory.pk)


# --- by invitation --------------------------------------------------------------------------------------------------


@pytest.fixture
def invitation(firm: Organisation, signatory: User) -> str:
    """The address of the page that an invitation to new@firm.example leads to."""
    _row, letter = services.invite(
        organisation=firm, email="new@firm.example", role=Role.ENTRY_EDITOR, by=signatory, now=timezone.now()
    )
    token = letter.body.partition("/invitation/")[2].partition("/")[0]
    return f"/organisations/invitation/{token}/"


NEWCOMER = {"sub": "EE-new", "email": "new@firm.example", "email_verified": True, "given_name": "Uus", "family_name": "Tulija"}


def test_an_invited_person_joins_with_an_eid_alone(client: Client, provider: Provider, firm: Organisation, invitation: str) -> None:
    client.get(invitation)
    provider.person = NEWCOMER
    assert come_back(client, next=invitation)["Location"] == invitation
    newcomer = User.objects.get(email="new@firm.example")
    assert (newcomer.name, newcomer.has_usable_password()) == ("Uus Tulija", False)
    assert client.post(f"{invitation}accept/").status_code == 302
    assert list(newcomer.memberships.values_list("organisation", "role")) == [(firm.pk, Role.ENTRY_EDITOR)]


@pytest.mark.parametrize(
    "change",
    [{"email": "other@firm.example"}, {"email_verified": False}, {"email": None}, {"email": "not an address"}, {"email": 7}],
    ids=str,
)
def test_an_invitation_is_for_the_address_that_the_eid_vouches_for(
    client: Client, provider: Provider, invitation: str, change: dict[str, Any]
) -> None:
    client.get(invitation)
    provider.person = NEWCOMER | change
    assert_unknown(come_back(client), client)
    assert User.objects.count() == 1


def test_an_invitation_makes_no_second_account_of_an_address(client: Client, provider: Provider, invitation: str) -> None:
    User.objects.create_user("new@firm.example")  # signed up, and has not confirmed the address yet
    client.get(invitation)
    provider.person = NEWCOMER
    assert_unknown(come_back(client), client)


def test_an_invitation_that_has_lapsed_opens_nothing(
    client: Client, provider: Provider, signatory: User, firm: Organisation
) -> None:
    _row, letter = services.invite(
        organisation=firm,
        email="new@firm.example",
        role=Role.ENTRY_EDITOR,
        by=signatory,
        now=timezone.now() - timedelta(days=15),
    )
    session = client.session
    session["invitation"] = letter.body.partition("/invitation/")[2].partition("/")[0]
    session.save()
    provider.person = NEWCOMER
    assert_unknown(come_back(client), client)


# --- connecting an eID to an account --------------------------------------------------------------------------------


def test_an_eid_without_an_address_is_connected_by_its_owner_who_types_the_password_again(
    provider: Provider, signatory: User, signed_in: SignIn
) -> None:
    signatory.set_password(PASSWORD)
    signatory.save()
    client = signed_in(signatory, second_factor=False)
    assert "National eID" in client.get("/account/3rdparty/").content.decode()
    asked = come_back(client, process="connect")
    assert asked["Location"] == "/account/reauthenticate/"
    assert SocialAccount.objects.count() == 0
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    assert list(SocialAccount.objects.values_list("user", "uid")) == [(signatory.pk, "EE38001085718")]
    assert "connected on" in client.get("/account/3rdparty/").content.decode()
    other = Client()
    come_back(other)
    assert signed_in_as(other) == str(signatory.pk)


def test_an_eid_of_one_account_is_not_connected_to_another(
    client: Client, provider: Provider, signatory: User, entry_editor: User, signed_in: SignIn
) -> None:
    provider.person = is_(signatory)
    come_back(client)
    come_back(signed_in(entry_editor), process="connect")
    assert list(SocialAccount.objects.values_list("user")) == [(signatory.pk,)]


def test_a_stranger_connects_nothing(client: Client, provider: Provider, signatory: User) -> None:
    come_back(client, process="connect")
    assert SocialAccount.objects.count() == 0
    assert signed_in_as(client) is None


# --- second factor --------------------------------------------------------------------------------------------------


def test_an_official_who_comes_by_eid_is_asked_for_a_second_factor(client: Client, provider: Provider, officer: User) -> None:
    TOTP.activate(officer, SECRET)
    provider.person = is_(officer)
    assert come_back(client, next="/desk/")["Location"] == "/account/2fa/authenticate/"
    assert signed_in_as(client) is None
    assert client.post("/account/2fa/authenticate/", {"code": code()})["Location"] == "/desk/"
    assert client.get("/desk/").status_code == 200


@pytest.mark.parametrize("acr", [None, "high"])
def test_an_official_who_has_no_second_factor_is_led_to_one(
    client: Client, provider: Provider, officer: User, acr: str | None
) -> None:
    provider.person = is_(officer)
    provider.in_the_token = {"acr": acr}  # which no setting says is strong
    come_back(client)
    assert signed_in_as(client) == str(officer.pk)
    assert client.get("/desk/")["Location"] == "/account/2fa/totp/activate/"


@pytest.fixture
def strong(settings: Any, provider: Provider) -> None:
    settings.OPENID_CONNECT_STRONG_ACR = ["high"]
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [provider.app(auth_params={"acr_values": "high"})]}}


def test_an_eid_that_the_environment_calls_strong_is_the_second_factor(
    client: Client, provider: Provider, officer: User, strong: None
) -> None:
    provider.person = is_(officer)
    provider.in_the_token = {"acr": "high"}
    come_back(client)
    assert provider.asked[0]["acr_values"] == "high"
    assert client.get("/desk/").status_code == 200


@pytest.mark.parametrize("acr", [None, "", "substantial", "HIGH", ["high"]], ids=repr)
def test_any_other_strength_is_not(client: Client, provider: Provider, officer: User, strong: None, acr: object) -> None:
    provider.person = is_(officer)
    provider.in_the_token = {"acr": acr}
    come_back(client)
    assert client.get("/desk/")["Location"] == "/account/2fa/totp/activate/"


def test_the_strength_counts_in_the_signed_token_only(client: Client, provider: Provider, officer: User, strong: None) -> None:
    provider.person = is_(officer) | {"acr": "high"}
    come_back(client)
    assert client.get("/desk/")["Location"] == "/account/2fa/totp/activate/"


def test_the_strength_of_the_last_sign_in_counts_and_not_an_earlier_one(
    client: Client, provider: Provider, officer: User, strong: None
) -> None:
    provider.person = is_(officer)
    provider.in_the_token = {"acr": "high"}
    come_back(client)
    provider.in_the_token = {"acr": "low"}
    later = Client()
    come_back(later)
    assert later.get("/desk/")["Location"] == "/account/2fa/totp/activate/"


def test_a_link_can_not_change_what_the_portal_asks_of_the_eid(client: Client, provider: Provider, strong: None, db: None) -> None:
    leave_with = {"auth_params": "acr_values=low&nonce=mine&redirect_uri=https://evil.example/", "scope": "everything"}
    at_the_provider(leave(client, **leave_with))
    [asked] = provider.asked
    assert asked["acr_values"] == "high"
    assert asked["nonce"] != "mine"
    assert asked["redirect_uri"] == "http://testserver/account/oidc/eid/login/callback/"
    assert set(asked["scope"].split()) == {"openid", "profile", "email"}


# --- what goes wrong ------------------------------------------------------------------------------------------------


def assert_not_signed_in(response: Any, client: Client) -> None:
    assert response.status_code == 401
    assert NOT_SIGNED_IN in response.content.decode()
    assert signed_in_as(client) is None
    assert SocialAccount.objects.count() == 0


def test_a_sign_in_begins_with_a_post_only(client: Client, provider: Provider, db: None) -> None:
    page = client.get(LOGIN)
    assert page.status_code == 200
    assert provider.called == []
    assert client.head(LOGIN).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(LOGIN).status_code == 403
    assert provider.called == []


def test_another_eid_than_the_one_of_the_environment_is_not_found(client: Client, provider: Provider, db: None) -> None:
    assert client.get("/account/oidc/other/login/").status_code == 404
    assert client.get("/account/oidc/other/login/callback/").status_code == 404


def test_without_an_eid_in_the_environment_there_is_none(client: Client, db: None) -> None:
    assert client.post(LOGIN).status_code == 404


def test_a_state_of_another_visit_is_refused(client: Client, provider: Provider, signatory: User) -> None:
    provider.person = is_(signatory)
    back = at_the_provider(leave(Client()))
    leave(client)
    assert_not_signed_in(client.get(back), client)
    assert provider.called.count("/token") == 0


def test_a_sign_in_is_good_once(client: Client, provider: Provider, signatory: User) -> None:
    provider.person = is_(signatory)
    back = at_the_provider(leave(client))
    client.get(back)
    client.logout()
    assert client.get(back).status_code == 401
    assert signed_in_as(client) is None


def test_a_code_of_another_visit_is_refused(client: Client, provider: Provider, signatory: User) -> None:
    """Somebody's code put behind the state of one's own visit: PKCE binds the two."""
    provider.person = is_(signatory)
    stolen = at_the_provider(leave(Client())).partition("code=")[2].partition("&")[0]
    own = at_the_provider(leave(client))
    response = client.get(re.sub(r"code=[^&]+", f"code={stolen}", own))
    assert_not_signed_in(response, client)
    assert provider.refused == ["invalid_grant"]


def test_a_sign_in_begun_too_long_ago_is_refused(
    client: Client, provider: Provider, signatory: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.person = is_(signatory)
    back = at_the_provider(leave(client))
    moment = time.time() + 601
    monkeypatch.setattr("allauth.socialaccount.internal.statekit.time.time", lambda: moment)
    assert_not_signed_in(client.get(back), client)


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"nonce": "0" * 64}, "a token of another sign-in"),
        ({"nonce": None}, "the ID token: MissingRequiredClaimError"),
        ({"exp": 1_700_000_000}, "the ID token: ExpiredSignatureError"),
        ({"exp": None}, "the ID token: MissingRequiredClaimError"),
        ({"iat": 4_000_000_000}, "the ID token: ImmatureSignatureError"),
        ({"iss": "https://evil.example"}, "the ID token: InvalidIssuerError"),
        ({"aud": "another"}, "the ID token: InvalidAudienceError"),
        ({"aud": ["portal", "another"], "azp": "another"}, "a token for another client"),
        ({"sub": None}, "the ID token: MissingRequiredClaimError"),
        ({"sub": ""}, "a subject too long to keep"),
        ({"sub": "x" * 192}, "a subject too long to keep"),
        ({"sub": 7}, "the ID token: InvalidSubjectError"),
    ],
    ids=str,
)
def test_a_token_with_a_wrong_claim_is_refused(
    client: Client,
    provider: Provider,
    signatory: User,
    caplog: pytest.LogCaptureFixture,
    claims: dict[str, Any],
    reason: str,
) -> None:
    provider.person = is_(signatory)
    provider.in_the_token = claims
    assert_not_signed_in(come_back(client), client)
    assert f"sign-in with the eID failed: {reason}" in caplog.messages


def signed_by_somebody_else(provider: Provider) -> None:
    provider.signs_with = OTHER_KEY


def signed_with_the_clients_secret(provider: Provider) -> None:
    provider.signs_with, provider.signs_by = "of the portal and the eID, long enough to sign with", "HS256"


def not_signed(provider: Provider) -> None:
    provider.signs_with, provider.signs_by = None, "none"


def without_its_key(provider: Provider) -> None:
    provider.in_the_keys = {"keys": []}


def with_a_key_of_another_kind(provider: Provider) -> None:
    provider.in_the_keys = {
        "keys": [{"kty": "oct", "kid": "1", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA", "alg": "HS256"}]
    }
    provider.signs_with, provider.signs_by = "secret-secret-secret-secret-secret", "HS256"


@pytest.mark.parametrize(
    "wrongly",
    [signed_by_somebody_else, signed_with_the_clients_secret, not_signed, without_its_key, with_a_key_of_another_kind],
)
def test_a_token_that_the_provider_did_not_sign_is_refused(
    client: Client, provider: Provider, signatory: User, wrongly: Callable[[Provider], None]
) -> None:
    provider.person = is_(signatory)
    wrongly(provider)
    assert_not_signed_in(come_back(client), client)


def test_user_info_about_somebody_else_is_refused(client: Client, provider: Provider, signatory: User) -> None:
    provider.person = is_(signatory)
    provider.in_the_token = {"sub": "the one who signs in"}
    assert_not_signed_in(come_back(client), client)


NONSENSE = {
    "an error": (500, "text/html", "<h1>Oops</h1>"),
    "not found": (404, "text/plain", ""),
    "no JSON": (200, "application/json", "<html>"),
    "no bytes": (200, "application/json", ""),
    "no type": (200, "", "{}"),
    "a list": as_json([]),
    "a number": as_json(7),
    "a null": as_json(None),
    "an empty object": as_json({}),
    "wrong kinds": as_json(
        {
            "issuer": 7,
            "authorization_endpoint": 7,
            "token_endpoint": [],
            "jwks_uri": {},
            "keys": 7,
            "access_token": 7,
            "id_token": [],
        }
    ),
    "wrong items": as_json({"keys": [7, {"kty": 7}], "access_token": "a", "id_token": "a.b.c", "expires_in": "soon"}),
    "no addresses": as_json({"issuer": "", "authorization_endpoint": "a", "token_endpoint": "b", "jwks_uri": "file:///etc/passwd"}),
}


@pytest.mark.parametrize("answer", NONSENSE)
@pytest.mark.parametrize("path", ["/token", "/keys", "/userinfo"])
def test_a_provider_that_talks_nonsense_ends_in_a_sentence(
    client: Client, provider: Provider, signatory: User, path: str, answer: str
) -> None:
    provider.person = is_(signatory)
    provider.answers[path] = NONSENSE[answer]
    assert_not_signed_in(come_back(client), client)
    assert path in provider.called


@pytest.mark.parametrize("answer", NONSENSE)
def test_a_discovery_of_nonsense_ends_in_a_sentence_at_both_ends(
    client: Client, provider: Provider, signatory: User, answer: str
) -> None:
    provider.person = is_(signatory)
    back = at_the_provider(leave(client))
    provider.answers["/.well-known/openid-configuration"] = NONSENSE[answer]
    assert_not_signed_in(client.post(LOGIN), client)
    assert_not_signed_in(client.get(back), client)


def test_an_endpoint_without_tls_is_not_called_where_the_provider_is_named_with_it(
    client: Client, provider: Provider, settings: Any, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = requests.get(f"{provider.address}/.well-known/openid-configuration", timeout=5)
    monkeypatch.setattr(requests.Session, "get", lambda *_args, **_kwargs: found)  # no certificate of a test is good for TLS
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [provider.app(server_url="https://eid.example")]}}
    assert_not_signed_in(client.post(LOGIN), client)


def test_a_provider_that_is_down_ends_in_a_sentence(client: Client, provider: Provider, settings: Any, db: None) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{probe.getsockname()[1]}"
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [provider.app(server_url=address)]}}
    assert_not_signed_in(client.post(LOGIN), client)


@pytest.mark.parametrize("silent", ["token_endpoint", "jwks_uri", "userinfo_endpoint", None])
def test_a_provider_that_takes_a_call_and_says_nothing_is_given_up(
    client: Client, provider: Provider, signatory: User, settings: Any, silent: str | None
) -> None:
    settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = 0.3
    provider.person = is_(signatory)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        if silent:
            provider.in_the_discovery = {silent: address}
            assert_not_signed_in(come_back(client), client)
        else:
            settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [provider.app(server_url=address)]}}
            assert_not_signed_in(client.post(LOGIN), client)


def test_every_call_to_the_provider_has_a_limit(settings: Any) -> None:
    assert 0 < settings.SOCIALACCOUNT_REQUESTS_TIMEOUT <= 10


def test_a_person_who_cancels_reads_that_nothing_happened(client: Client, provider: Provider, db: None) -> None:
    provider.cancels = True
    response = come_back(client)
    assert response["Location"] == "/account/3rdparty/login/cancelled/"
    page = client.get(response["Location"])
    assert page.status_code == 200
    assert "You have cancelled the sign-in" in page.content.decode()
    assert signed_in_as(client) is None


def test_an_error_of_the_provider_is_not_shown_to_the_person(client: Client, provider: Provider, db: None) -> None:
    back = at_the_provider(leave(client)).partition("?")[0]
    state = provider.asked[0]["state"]
    response = client.get(back, {"state": state, "error": "server_error", "error_description": "<b>call 555</b>"})
    assert_not_signed_in(response, client)
    assert "555" not in response.content.decode()


# --- what is kept ---------------------------------------------------------------------------------------------------


def test_no_token_and_nothing_the_eid_says_is_stored_or_logged(
    client: Client, provider: Provider, officer: User, signatory: User, caplog: pytest.LogCaptureFixture
) -> None:
    """Looked for where django-allauth would put them: its tables, and the session that waits for a second factor."""
    caplog.set_level(logging.DEBUG, "organisations")
    caplog.set_level(logging.INFO)
    TOTP.activate(officer, SECRET)
    provider.person = is_(officer) | {"birthdate": "1980-01-08", "address": {"formatted": "Pikk 1"}, "phone_number": "+3725551234"}
    come_back(client)  # waits for the code
    provider.person = is_(signatory) | {"birthdate": "1980-01-08"}
    come_back(Client())
    connecting = Client()
    connecting.force_login(signatory, backend="allauth.account.auth_backends.AuthenticationBackend")
    signatory.set_password(PASSWORD)
    signatory.save()
    provider.person = {"sub": "EE-second", "birthdate": "1980-01-08"}
    come_back(connecting, process="connect")  # waits for the password
    assert len(provider.tokens) == 3 * 4
    rows = [str(session.get_decoded()) for session in Session.objects.all()]
    rows += [str(row) for row in SocialAccount.objects.values()]
    rows += caplog.messages
    for secret in [*provider.tokens, "1980-01-08", "Pikk 1", "+3725551234"]:
        assert [row for row in rows if secret in row] == []
    assert SocialToken.objects.count() == 0
    assert {str(row) for row in SocialAccount.objects.values_list("extra_data", flat=True)} == {"{'acr': ''}"}


def test_a_refusal_logs_nothing_of_what_the_provider_said(
    client: Client, provider: Provider, signatory: User, caplog: pytest.LogCaptureFixture
) -> None:
    provider.answers["/token"] = as_json({"error": "a secret in words"}, 400)
    assert_not_signed_in(come_back(client), client)
    assert "a secret in words" not in caplog.text
    assert "sign-in with the eID failed: OAuth2Error" in caplog.messages


def test_the_keys_of_the_tests_differ() -> None:
    assert KEY.public_key() != OTHER_KEY.public_key()


def test_the_page_of_sign_in_has_a_button_for_the_eid_that_keeps_the_way(
    client: Client, provider: Provider, now: datetime, db: None
) -> None:
    page = client.get("/account/login/?next=/desk/").content.decode()
    assert '<form method="post" action="/account/oidc/eid/login/?process=login&amp;next=%2Fdesk%2F">' in page
