"""An official works a case in the browser, with scripts and without."""

from __future__ import annotations

from collections.abc import Callable

from django.utils import timezone

from inquiries.models import Draft, Inquiry
from inquiries.services import asking, casework
from organisations.models import Organisation, Role, User
from tests.browser.conftest import Visit
from tests.conftest import member

Open = Callable[..., Visit]


def taken(officer: User) -> Inquiry:
    filed = asking.submit(
        topic="licensing", subject="Pumps", text="We are Acme Works. May we sell pumps?", today=timezone.localdate()
    )
    casework.take(filed.inquiry, by=officer, today=timezone.localdate())
    return filed.inquiry


def test_what_is_typed_is_kept_and_what_is_selected_is_hidden(visit: Open, officer: User, focal_point: Organisation) -> None:
    member(focal_point, "Kaja Colleague", Role.CASE_OFFICER)
    case = f"/desk/inquiries/{taken(officer).pk}/"
    desk = visit().sign_in(officer).go(case)
    desk.sees("Nothing has been answered on these control entries or segments yet")
    desk.page.locator("#answer_text").fill("Half an answer")
    desk.sees("Draft kept")
    desk.go(case)
    assert desk.page.locator("#answer_text").input_value() == "Half an answer"
    desk.page.get_by_text("Write a note").click()
    desk.page.locator("#note_text").fill("@Kaja Colleague, have a look")
    desk.press("Keep the note").sees("@Kaja Colleague, have a look").sees("Calls")
    desk.page.get_by_text("Hide a passage", exact=True).click()
    desk.page.locator(".message .words").first.evaluate(
        "words => getSelection().setBaseAndExtent(words.firstChild, 7, words.firstChild, 17)"
    )
    desk.page.get_by_role("button", name="Take what is selected").click()
    assert desk.page.locator("#redact_passage").input_value() == "Acme Works"
    desk.page.locator("#redact_reason").fill("Names the asker")
    desk.press("Hide the passage").sees("We are [hidden by the office]. May we sell pumps?").misses("Acme Works")
    for summary in desk.page.locator("main summary").all():
        if summary.is_visible():
            summary.click()
    desk.is_clean()
    desk.page.locator("#answer_text").fill("A whole answer")
    desk.press("Send the answer").sees("A whole answer")
    desk.page.wait_for_timeout(2000)
    assert Draft.objects.count() == 0, "the script kept what had been sent"


def test_all_of_it_works_without_scripts(visit: Open, officer: User) -> None:
    case = f"/desk/inquiries/{taken(officer).pk}/"
    desk = visit(scripts=False).sign_in(officer).go(case)
    desk.page.locator("#answer_text").fill("Half an answer")
    desk.press("Keep the draft").go(case)
    assert desk.page.locator("#answer_text").input_value() == "Half an answer"
    desk.page.get_by_text("Hide a passage", exact=True).click()
    desk.page.locator("#redact_passage").fill("Acme Works")
    desk.page.locator("#redact_reason").fill("Names the asker")
    desk.press("Hide the passage").misses("Acme Works")
    desk.follow("Precedents and cases like this one").sees("Precedents").is_clean()
    desk.go(case).page.get_by_text("Change the facts").click()
    desk.page.locator("#facts_title").fill("Pumps")
    desk.press("Save the facts").sees("title: Pumps").is_clean()


def test_the_pages_beside_the_case_are_clean(visit: Open, officer: User, focal_point: Organisation) -> None:
    member(focal_point, "Kaja Colleague", Role.CASE_OFFICER)
    desk = visit().sign_in(officer)
    for path in ("mentions/", "away/", "replies/", "replies/new/"):
        desk.go(f"/desk/{path}").is_clean()
