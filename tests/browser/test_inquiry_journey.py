"""A frightened export manager asks, an official answers, the manager returns: with scripts and without."""

from collections.abc import Callable

import pytest

from catalogue.services import load_seed
from organisations.models import User
from tests.browser.conftest import Visit

Open = Callable[..., Visit]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_ask_answer_return(visit: Open, officer: User, now: object, *, scripts: bool) -> None:
    load_seed(now=now)
    asker = visit(scripts=scripts).go("/").is_clean()
    asker.go("/ask/").is_clean()
    asker.press("Send the question").sees("Write your question.").is_clean()
    asker.choose("Is my item controlled?").choose("Advanced semiconductors")
    asker.fill("Your question", "Is a wafer prober with 0.5 µm steps controlled?").press("Send the question")
    asker.sees("Keep your receipt").is_clean()
    receipt = asker.page.locator("#receipt").inner_text()
    assert receipt not in asker.page.url + asker.page.title()

    official = visit().sign_in(officer).go("/desk/").is_clean()
    official.follow("New inquiries").is_clean()
    official.page.locator("main tbody a").first.click()
    official.sees("wafer prober").is_clean()
    official.press("Take it").fill("Your answer", "Look at 3B001 first; the steps alone don't decide.").press("Send the answer")
    official.sees("Look at 3B001 first").is_clean()

    asker = visit(scripts=scripts).go("/conversation/").is_clean()
    asker.fill("Your receipt", receipt.upper().replace("-", "  ")).press("Open my question")
    asker.sees("Look at 3B001 first").is_clean()
    asker.fill("Write again", "It has a heated chuck as well.").press("Send")
    asker.sees("Your message has been sent.").sees("heated chuck").is_clean()
