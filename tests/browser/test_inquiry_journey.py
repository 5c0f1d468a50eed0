"""A frightened export manager asks, an official answers, the manager returns: with scripts and without."""

from collections.abc import Callable
from datetime import date

import pytest

from catalogue.services import load_seed
from inquiries.models import Inquiry
from inquiries.services import asking, casework, publishing
from inquiries.services.publishing import About, Words
from organisations.models import User
from organisations.permissions import agencies_of
from tests.browser.conftest import Visit
from tests.inquiries.test_publishing import come_out

Open = Callable[..., Visit]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_ask_answer_return(visit: Open, officer: User, now: object, *, scripts: bool) -> None:
    load_seed(now=now)
    asker = visit(scripts=scripts).go("/").is_clean().follow("Accessibility").is_clean()
    asker.go("/ask/").is_clean()
    asker.press("Send the question").sees("Write your question.").is_clean()
    asker.choose("Is my item controlled?").fill(
        "Your question", "Is a wafer prober with 0.5 µm steps controlled? Ask ann@firm.example"
    )
    asker.unfold("The item, or up to four").fill("What is it?", "A wafer prober").fill("Which control entry", "3b001 f.1")
    asker.unfold("Field of technology and destination").choose("Advanced semiconductors").pick("Where would it go?", "Kazakhstan")
    asker.unfold("Warning signs about the order").choose("They avoid questions").is_clean()

    asker.press("Send the question").sees("has not been sent yet").sees("Few firms fit what you chose").is_clean()
    assert Inquiry.objects.count() == 0
    asker.press("Send the question").sees("Decide about 2 more findings.").is_clean()
    asker.choose("Mask it").choose("Say “Central Asia”").press("See the result").sees("[masked: email]").is_clean()
    asker.press("Change it").sees("Ask the focal point").is_clean()
    asker.press("Check it first").choose("Mask it").choose("Say “Central Asia”").press("Send the question")
    asker.sees("Keep your receipt").is_clean()
    receipt = asker.page.locator("#receipt").inner_text()
    assert receipt not in asker.page.url + asker.page.title()

    official = visit().sign_in_by_hand(officer).go("/desk/").is_clean()
    official.follow("New inquiries").is_clean()
    official.page.locator("main tbody a").first.click()
    official.sees("[masked: email]").sees("A wafer prober").sees("3B001.f.1").sees("They avoid questions").sees("Central Asia")
    official.misses("ann@firm.example").is_clean()
    official.press("Take it").fill("Your answer", "Look at 3B001 first; the steps alone don't decide.").press("Send the answer")
    official.sees("Look at 3B001 first").is_clean()

    asker = visit(scripts=scripts).go("/conversation/").is_clean()
    asker.fill("Your receipt", receipt.upper().replace("-", "  ")).press("Open my question")
    asker.sees("Look at 3B001 first").unfold("Items and warning signs").sees("A wafer prober").is_clean()
    asker.fill("Write again", "It has a heated chuck as well.").press("Send")
    asker.sees("Your message has been sent.").sees("heated chuck").is_clean()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_question_goes_by_keyboard_alone(visit: Open, *, scripts: bool) -> None:
    asker = visit(scripts=scripts).go("/ask/")
    keys = asker.page.keyboard
    asker.page.get_by_label("Sanctions").focus()
    keys.press("Space")
    keys.press("Tab")
    keys.type("Pumps")
    keys.press("Tab")
    keys.type("May I sell pumps? Write to ann@firm.example")
    asker.page.get_by_label("In a few words").focus()
    keys.press("Enter")  # the way a careless hand sends a form: it leads to the review
    asker.sees("This could tell who you are")
    asker.page.get_by_label("Keep it").focus()
    keys.press("Space")
    asker.page.get_by_role("button", name="Send the question").focus()
    keys.press("Enter")
    asker.sees("Keep your receipt")


def test_published_answers_are_offered_while_somebody_writes(visit: Open, officer: User, approver: User, today: date) -> None:
    inquiry = asking.submit(topic="classification", text="?", today=today).inquiry
    casework.take(inquiry, by=officer, today=today)
    casework.answer(inquiry, text="It depends.", by=officer, today=today)
    inquiry.refresh_from_db()
    words = Words("Are thermal cameras controlled?", "We build thermal cameras.", "Those above 9 Hz may be.")
    draft = publishing.draft(
        inquiry, words=words, about=About("classification"), agency=agencies_of(officer)[0], by=officer, today=today
    )
    come_out(draft, by=officer, approver=approver, today=today)
    asker = (
        visit().go("/ask/").choose("Is my item controlled?").fill("Your question", "Is the thermal camera that we build listed?")
    )
    asker.sees("Perhaps this is answered already").sees("Are thermal cameras controlled?").is_clean()
    asker.press("Send the question").sees("Keep your receipt")
