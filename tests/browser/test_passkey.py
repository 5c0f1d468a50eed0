"""An official adds a passkey and signs in with it alone: possession and presence in one, no password and no code."""

from collections.abc import Callable

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


def test_a_passkey_is_added_and_opens_the_desk(visit: Open, officer: User) -> None:
    official = visit()
    browser = official.page.context.new_cdp_session(official.page)
    browser.send("WebAuthn.enable")
    browser.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    official.sign_in(officer)
    official.page.goto(official.server.url("/account/2fa/webauthn/add/"))
    official.fill("Password", PASSWORD).press("Confirm").is_clean()
    official.page.locator("#id_name").fill("Office key")
    official.page.locator("#id_passwordless").check()
    official.page.locator("#mfa_webauthn_add").click()
    official.page.wait_for_url("**/account/2fa/**")
    official.page.context.clear_cookies()
    official.go("/desk/").page.wait_for_url("**/account/login/**")
    official.page.wait_for_load_state()  # before its script has run, the button sends an empty form
    official.page.locator("#passkey_login").click()
    official.page.wait_for_url(official.server.url("/desk/"))
    official.sees("The desk").is_clean()
