"""An official goes through a queue in the browser, by keys and by mouse, with scripts and without."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.utils import timezone
from playwright.sync_api import expect

from catalogue.models import Segment
from inquiries.models import Inquiry
from inquiries.services import asking, casework
from organisations.models import Organisation, Role, User
from tests.browser.conftest import Visit
from tests.conftest import member

Open = Callable[..., Visit]
QUEUE = "/desk/inquiries/?queue=all&sort=newest"


def ask(number: int, *, taken_by: User | None = None) -> list[Inquiry]:
    """Inquiries as the desk has them after a look: with titles, marks and segments."""
    segment, _is_new = Segment.objects.get_or_create(
        scheme="eu-critical-technology-areas",
        edition="2023",
        code="CTA03",
        defaults={"label": "Quantum technologies", "diversion_risk": "high", "is_current": True},
    )
    made = []
    for count in range(number):
        filed = asking.submit(topic="classification", text="May I?", segments=[segment], today=timezone.localdate()).inquiry
        Inquiry.objects.filter(pk=filed.pk).update(
            title=f"Spindle drives for milling machines, part {count + 1}",
            codes=["2B001.b"],
            flags=["diversion-risk"],
            tags=["mills"],
        )
        if taken_by:
            casework.take(filed, by=taken_by, today=timezone.localdate())
        made.append(filed)
    return made


def test_rows_are_selected_by_keys_and_assigned(visit: Open, officer: User, focal_point: Organisation) -> None:
    colleague = member(focal_point, "Kaja Colleague", Role.CASE_OFFICER)
    ask(2)
    closed = ask(1, taken_by=officer)[0]
    casework.close(closed, by=officer, today=timezone.localdate())
    desk = visit().sign_in(officer).go(QUEUE).is_clean()
    press, status = desk.page.keyboard.press, desk.page.locator(".bulk [role=status]")
    expect(status).to_have_text("0 of 3 selected")
    press("j")
    first = desk.page.locator("tbody tr").first
    reference = first.locator("a").inner_text()
    press("x")
    expect(first.get_by_role("checkbox")).to_be_checked()
    expect(status).to_have_text(f"1 of 3 selected {reference} selected.")
    press("x")
    expect(status).to_have_text(f"0 of 3 selected {reference} no longer selected.")
    press("Shift+X")
    expect(status).to_have_text("3 of 3 selected")
    press("*")
    expect(status).to_have_text("0 of 3 selected")
    press("*")
    # The keys go on working where the focus is on a box itself.
    first.get_by_role("checkbox").focus()
    press("j")
    press("x")
    expect(status).to_contain_text("2 of 3 selected")
    press("x")
    desk.is_clean()
    press("?")
    desk.sees("select all rows of the page, or none").is_clean()
    press("Escape")
    desk.pick("With those selected", "Kaja Colleague").press("Go on")
    desk.sees("2 of 3 will change").sees("That is not possible while the inquiry is “Closed”").is_clean()
    desk.fill("Note to the colleague", "Please look at both").press("Assign to Kaja Colleague")
    desk.sees("Assign to Kaja Colleague: done for 2 of 3").is_clean()
    assert Inquiry.objects.filter(officer=colleague).count() == 2
    desk.follow("Back to the queue")
    press("j")
    press("o")
    desk.page.wait_for_url("**/desk/inquiries/*-*-*-*-*/")


def test_the_widest_rows_stay_within_a_small_screen(visit: Open, officer: User) -> None:
    """Where letters are wide, words long and answers late, only the page grows, and downwards."""
    (answered,) = ask(1, taken_by=officer)
    casework.answer(answered, text="No.", by=officer, today=timezone.localdate())
    (late,) = ask(1)
    past = date(2026, 9, 28)
    Inquiry.objects.filter(pk=answered.pk).update(reference="FP-WMWMW-MWMWM", received_on=past)
    Inquiry.objects.filter(pk=late.pk).update(
        acknowledge_on=past, due_on=past, received_on=past, priority="high", flags=["sensitive"]
    )
    Segment.objects.update(label="Electro-optical sensing, quantum cryptography and micro-precision characterisation")
    desk = visit().sign_in(officer).go(QUEUE).sees("Overdue")
    assert desk.page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_all_of_it_works_without_scripts(visit: Open, officer: User) -> None:
    ask(3)
    desk = visit(scripts=False).sign_in(officer).go(QUEUE)
    desk.press("Go on").sees("Select at least one inquiry.").sees("Choose what to do with them.")
    desk.press("Select all on this page")
    assert desk.page.locator("tbody [type=checkbox]:checked").count() == 3
    desk.page.locator("tbody [type=checkbox]").first.uncheck()
    desk.pick("With those selected", "Public interest").press("Go on")
    desk.sees("2 of 2 will change").press("Back to the selection")
    assert desk.page.locator("tbody [type=checkbox]:checked").count() == 2
    desk.press("Go on").press("Set the flag “Public interest”").sees("done for 2 of 2").is_clean()
    assert Inquiry.objects.filter(flags__contains=["media"]).count() == 2
    desk.follow("Back to the queue")
    assert "sort=newest" in desk.page.url
    desk.page.locator("tbody [type=checkbox]").first.check()
    desk.pick("With those selected", "me").press("Go on").press("Assign to Olev Officer").sees("done for 1 of 1")


def test_a_refused_look_and_a_narrowed_queue_are_clean(visit: Open, officer: User) -> None:
    ask(1)
    desk = visit().sign_in(officer).go(QUEUE)
    desk.press("Go on").sees("Select at least one inquiry.").is_clean()
    for query in ("queue=overdue", "queue=all&destination=KZ&topic=sanctions"):
        desk.go(f"/desk/inquiries/?{query}").sees("Nothing here").is_clean()
