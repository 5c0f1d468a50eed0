"""A real Chromium in front of the portal as it runs in earnest: gunicorn, a Celery worker, PostgreSQL, Redis and an SMTP sink."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from organisations.models import User
from organisations.permissions import needs_second_factor
from tests.conftest import sign_in
from tests.processes import ROOT, Server, web

# The shell is the same engine without a window, and takes half the time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
# Without what nobody reads: style sheets fetched once more for a rule that is off, frames, selectors of what passed.
AXE_OPTIONS = "resultTypes: ['violations'], preload: false, iframes: false, selectors: false, elementRef: false"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
PASSWORD = "a long enough passphrase"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

# Playwright's own event loop makes Django think that it runs inside one.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM:
        if os.environ.get("BROWSER_TESTS") == "required":
            pytest.fail("no Chromium on this machine, and the browser tests are required")
        pytest.skip("no Chromium on this machine: install one, or set CHROMIUM to its path")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def portal(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with web(tmp_path_factory.mktemp("web")) as running:
        yield running


@pytest.fixture
def server(transactional_db: None, portal: Server) -> Server:
    """The running portal, on a database that is empty before and after each test."""
    return portal


class Visit:
    """One person's browser window. Every page it comes to is checked by axe, in both colour schemes."""

    def __init__(self, context: BrowserContext, server: Server, *, scripts: bool) -> None:
        self.page: Page = context.new_page()
        self.server = server
        self.scripts = scripts
        self.refused: list[str] = []
        self.page.on("console", lambda said: self.refused.append(said.text) if "Content Security Policy" in said.text else None)
        self.page.on("pageerror", lambda error: self.refused.append(str(error)))

    def go(self, path: str) -> Visit:
        response = self.page.goto(self.server.url(path))
        assert response
        assert response.ok, f"{path}: {response.status}"
        return self

    def fill(self, label: str, text: str) -> Visit:
        self.page.get_by_label(label, exact=False).first.fill(text)
        return self

    def choose(self, label: str) -> Visit:
        self.page.get_by_label(label, exact=False).first.check()
        return self

    def pick(self, label: str, option: str) -> Visit:
        self.page.get_by_label(label, exact=False).first.select_option(label=option)
        return self

    def unfold(self, summary: str) -> Visit:
        self.page.locator("summary", has_text=summary).first.click()
        return self

    def press(self, name: str) -> Visit:
        self.page.get_by_role("button", name=name).first.click()
        self.page.wait_for_load_state()
        return self

    def follow(self, name: str) -> Visit:
        self.page.get_by_role("link", name=name).first.click()
        self.page.wait_for_load_state()
        return self

    def sees(self, words: str) -> Visit:
        self.page.get_by_text(words).first.wait_for()
        return self

    def misses(self, words: str) -> Visit:
        assert self.page.get_by_text(words).count() == 0
        return self

    def is_clean(self) -> Visit:
        """Nothing for axe to say, light and dark, no sideways scrolling at 320 px, nothing refused by the content policy."""
        assert self.refused == []
        if not self.scripts:
            return self
        size = self.page.viewport_size
        self.page.evaluate(AXE.read_text())
        # What the scheme changes are colours.
        for scheme, rules in (("light", ""), ("dark", "runOnly: ['color-contrast', 'link-in-text-block'], ")):
            self.page.emulate_media(color_scheme=scheme)
            violations = self.page.evaluate(f"axe.run(document, {{{rules}{AXE_OPTIONS}}}).then(found => found.violations)")
            told = [f"{v['id']}: {v['nodes'][0]['html'][:200]} {v['nodes'][0]['failureSummary']}" for v in violations]
            assert told == [], f"{self.page.url} in {scheme}"
        self.page.set_viewport_size({"width": 320, "height": 800})
        width = self.page.evaluate("document.documentElement.scrollWidth")
        assert width <= 320, f"{self.page.url} scrolls sideways: {width} px"
        self.page.emulate_media(color_scheme="light")
        assert size
        self.page.set_viewport_size(size)
        self._photograph()
        return self

    def _photograph(self) -> None:
        """Where SCREENSHOTS names a folder, keep a picture of the page, desktop and phone."""
        if not (folder := os.environ.get("SCREENSHOTS")):
            return
        name = self.page.url.split("/", 3)[3].strip("/").replace("/", "-")[:60] or "home"
        for label, width in (("desktop", 1280), ("phone", 390)):
            self.page.set_viewport_size({"width": width, "height": 900})
            self.page.screenshot(path=f"{folder}/{name}-{label}.png", full_page=True)
        self.page.set_viewport_size({"width": 1280, "height": 900})

    def sign_in(self, user: User, *, second_factor: bool = False) -> Visit:
        """With a session such as the person has after signing in: with a second factor where they need one, or where it is said."""
        client = sign_in(user, second_factor=second_factor or needs_second_factor(user))
        name = settings.SESSION_COOKIE_NAME
        self.page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": self.server.address}])
        return self

    def sign_in_by_hand(self, user: User) -> Visit:
        """As the person would: password, then the code of the second factor, which officials and partners have."""
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
        if needs_second_factor(user):
            TOTP.activate(user, TOTP_SECRET)
        self.go("/account/login/").fill("Email", user.email).fill("Password", PASSWORD).press("Sign in")
        if needs_second_factor(user):
            counters = list(yield_hotp_counters_from_time())
            code = format_hotp_value(hotp_value(TOTP_SECRET, counters[len(counters) // 2]))
            self.page.locator("input[name=code]").fill(code)
            self.page.locator("main form button").first.click()
            self.page.wait_for_load_state()
        assert "/account/" not in self.page.url, "not signed in"
        return self


Open = Callable[..., Visit]


@pytest.fixture
def visit(chromium: Browser, server: Server) -> Iterator[Open]:
    contexts: list[BrowserContext] = []

    def open_window(*, scripts: bool = True) -> Visit:
        context = chromium.new_context(
            java_script_enabled=scripts, viewport={"width": 1280, "height": 900}, reduced_motion="reduce"
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        return Visit(context, server, scripts=scripts)

    yield open_window
    for context in contexts:
        context.close()
