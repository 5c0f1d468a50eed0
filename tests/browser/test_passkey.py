"""An official adds a passkey and signs in with it alone: possession and presence in one, no password and no code."""

from collections.abc import Callable

import pytest
from playwright.sync_api import CDPSession

from organisations.models import User
from tests.browser.conftest import PASSWORD, Visit

Open = Callable[..., Visit]
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
BUTTON = "#passkey_login"


@pytest.fixture
def official(visit: Open) -> Visit:
    return visit()


@pytest.fixture
def devices(official: Visit) -> CDPSession:
    """Chromium's own make-believe security keys."""
    devices = official.page.context.new_cdp_session(official.page)
    devices.send("WebAuthn.enable")
    return devices


def test_a_passkey_is_added_and_opens_the_page_that_was_asked_for(official: Visit, devices: CDPSession, officer: User) -> None:
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    page = official.sign_in_by_hand(officer).page
    official.go("/account/2fa/webauthn/add/").fill("Password", PASSWORD).press("Confirm").is_clean()
    page.locator("#id_name").fill("Office key")
    page.locator("#id_passwordless").check()
    with page.expect_navigation(url="**/account/2fa/recovery-codes/**"):
        page.locator("#mfa_webauthn_add").click()

    page.context.clear_cookies()
    official.go("/desk/inquiries/").is_clean()
    assert page.url == official.server.url("/account/login/?next=/desk/inquiries/")
    with page.expect_navigation(url=official.server.url("/desk/inquiries/")):
        page.locator(BUTTON).click()
    official.is_clean()


def test_a_passkey_that_is_not_there_is_told(official: Visit, devices: CDPSession) -> None:
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    official.go("/account/login/")
    official.page.locator(BUTTON).click()
    official.sees("No passkey was used.").is_clean()


def test_the_button_waits_for_its_script(official: Visit) -> None:
    """Pressed before, it would send an empty form and lose the way."""
    page = official.page
    page.route("**/mfa/js/webauthn*.js", lambda _route: None)  # never answered
    page.goto(official.server.url("/account/login/"), wait_until="commit")
    page.locator("h1").wait_for()
    page.locator(BUTTON).wait_for(state="attached")
    assert not page.locator(BUTTON).is_visible()
    page.unroute_all(behavior="ignoreErrors")


def test_without_scripts_a_sentence_stands_in_its_place(visit: Open) -> None:
    stranger = visit(scripts=False).go("/account/login/")
    stranger.sees("Passkeys and security keys need JavaScript.").is_clean()
    assert not stranger.page.locator(BUTTON).is_visible()
