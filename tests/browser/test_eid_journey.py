"""An official goes to the national eID and comes back to the page that was asked for: with scripts and without."""

from collections.abc import Callable, Iterator

import pytest
from allauth.mfa.totp.internal.auth import TOTP

from organisations.models import User
from tests.browser.conftest import TOTP_SECRET, Visit
from tests.openid_provider import CLIENT_ID, CLIENT_SECRET, Provider, openid_provider
from tests.processes import Server, web

Open = Callable[..., Visit]


@pytest.fixture(scope="module")
def eid() -> Iterator[Provider]:
    with openid_provider() as running:
        yield running


@pytest.fixture
def provider(eid: Provider) -> Provider:
    """The eID's server, as nobody has used it yet."""
    vars(eid).update(vars(Provider(eid.address)))
    return eid


@pytest.fixture(scope="module")
def portal(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory, eid: Provider) -> Iterator[Server]:
    """Take the place of the usual portal: this one knows the eID."""
    environment = {
        "URL": eid.address,
        "NAME": "Riigi eID",
        "CLIENT_ID": CLIENT_ID,
        "SECRET": CLIENT_SECRET,
        "STRONG_ACR": "high",
    }
    named = {f"OPENID_CONNECT_{name}": value for name, value in environment.items()}
    with web(tmp_path_factory.mktemp("eid"), **named) as running:
        yield running


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_by_eid_to_the_desk(visit: Open, provider: Provider, officer: User, *, scripts: bool) -> None:
    provider.person = {"sub": "EE-1", "email": officer.email, "email_verified": True}
    official = visit(scripts=scripts).go("/desk/inquiries/").is_clean()
    with official.page.expect_navigation(url="**/account/2fa/totp/activate/"):
        official.page.get_by_role("button", name="Riigi eID").click()
    official.is_clean()
    assert provider.asked[0]["acr_values"] == "high"
    official.go("/account/3rdparty/").sees("Riigi eID, connected on").is_clean()

    provider.in_the_token = {"acr": "high"}
    official.page.context.clear_cookies()
    official.go("/desk/inquiries/")
    with official.page.expect_navigation(url=official.server.url("/desk/inquiries/")):
        official.page.get_by_role("button", name="Riigi eID").click()
    official.is_clean()


def test_the_pages_of_refusal(visit: Open, provider: Provider, officer: User) -> None:
    stranger = visit()

    def come_by_eid() -> Visit:
        stranger.go("/account/login/").press("Riigi eID")
        return stranger

    come_by_eid().sees("No account belongs to this eID").is_clean()
    provider.in_the_token = {"nonce": "another"}
    come_by_eid().sees("You are not signed in").is_clean()
    provider.cancels = True
    come_by_eid().sees("You have cancelled the sign-in").is_clean()


def test_a_second_factor_on_file_is_asked_for(visit: Open, provider: Provider, officer: User) -> None:
    TOTP.activate(officer, TOTP_SECRET)
    provider.person = {"sub": "EE-1", "email": officer.email, "email_verified": True}
    official = visit().go("/desk/")
    with official.page.expect_navigation(url="**/account/2fa/authenticate/"):
        official.page.get_by_role("button", name="Riigi eID").click()
    official.is_clean()
