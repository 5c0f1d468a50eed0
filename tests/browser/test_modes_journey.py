"""A confidential asker is opened by two gatekeepers and reads so; a firm asks by name and a colleague reads on."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.utils import timezone

from catalogue.services import load_seed
from inquiries.services import asking, identities
from inquiries.services.identities import Confidential
from organisations.models import User
from tests.browser.conftest import Visit

Open = Callable[..., Visit]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_two_gatekeepers_open_a_confidential_asker(
    visit: Open, gatekeeper: User, second_gatekeeper: User, auditor: User, now: object, *, scripts: bool
) -> None:
    load_seed(now=now)
    asker = visit(scripts=scripts).go("/ask/").is_clean().follow("Ask confidentially").is_clean()
    asker.choose("Something else").fill("Your question", "Somebody pays for our drawings. Whom do I call?")
    asker.fill("Your name", "Ada Asker").press("Send the question").sees("There is a problem").is_clean()
    asker.fill("How we could reach you", "+372 5550 0000").press("Send the question").sees("Keep your receipt").is_clean()
    receipt = asker.page.locator("#receipt").inner_text()
    reference = asker.page.locator(".govuk-panel strong").inner_text()

    first = visit(scripts=scripts).sign_in(gatekeeper).go("/desk/identities/").is_clean()
    first.fill("Reference of the inquiry", reference).fill("Why must you know", "They are in danger.")
    first.press("Ask a second gatekeeper").sees("You asked; somebody else has to agree.").is_clean()
    visit(scripts=scripts).sign_in(second_gatekeeper).go("/desk/").is_clean().go("/desk/identities/").is_clean().press("Agree")
    first.go("/desk/identities/").is_clean().press("Read it now, once").sees("Ada Asker").is_clean()

    asker.go("/conversation/").fill("Your receipt", receipt).press("Open my question")
    asker.sees("They are in danger.").sees("the first gatekeeper read who you are.").is_clean()
    asker.press("Correct who I am").sees("Say it anew and in full").is_clean().fill("Your name", "Ada Asker, director")
    asker.press("Lock it away in place of the old").sees("There is a problem").is_clean()
    asker.fill("How we could reach you", "+372 5550 0001").press("Lock it away in place of the old")
    asker.sees("they read what you had said before.").is_clean()
    asker.press("Ask by name from now on").sees("Sign in first").is_clean()

    overseer = visit(scripts=scripts).sign_in(auditor).go("/desk/").follow("Openings of identities").is_clean()
    overseer.sees(reference).misses("They are in danger.").misses("Ada Asker")
    overseer.fill("Asked from", "2020-01-01").fill("Asked until", "2020-01-02").press("Show")
    overseer.sees("No openings in this period").is_clean()


def test_who_asked_is_told_that_nobody_decided(visit: Open, gatekeeper: User, second_gatekeeper: User, today: date) -> None:
    case = asking.submit(topic="other", text="?", identity=Confidential("Ada Asker", "+372 5550 0000"), today=today).inquiry
    identities.ask(case, reason="They are in danger.", by=gatekeeper, today=timezone.localdate() - timedelta(days=10))
    visit().sign_in(second_gatekeeper).go("/desk/identities/").sees("Its time is over.").is_clean()
    identities.lapse_over(today=timezone.localdate())
    first = visit().sign_in(gatekeeper).go("/desk/").sees("Identities you asked for that ran out").is_clean()
    first.go("/desk/identities/").sees("nobody decided in time.").is_clean().follow("Ask anew")
    assert first.page.get_by_label("Reference of the inquiry").input_value() == case.reference


def test_a_firm_asks_by_name_and_a_colleague_reads_on(
    visit: Open, signatory: User, entry_editor: User, officer: User, now: object
) -> None:
    load_seed(now=now)
    asker = visit().sign_in(signatory).go("/my-inquiries/").is_clean()
    asker.press("Ask by name").sees("You are asking by name").is_clean()
    asker.choose("Sanctions").fill("In a few words", "Pumps").fill("Your question", "May we sell pumps?").press("Send the question")
    asker.sees("Keep your receipt").is_clean()
    colleague = visit().sign_in(entry_editor).go("/my-inquiries/").is_clean()
    colleague.follow("Pumps").sees("You ask in the name of Baltic Photonics OÜ").is_clean()
    official = visit().sign_in(officer).go("/desk/inquiries/?queue=all")
    official.page.locator("main tbody a").first.click()
    official.sees("Masked.").misses("Baltic Photonics").is_clean()
    official.press("Show who asks").sees("Baltic Photonics OÜ").is_clean()
