"""A late case from the officer's reason to the supervisor's figures, and the figures that everybody reads."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from inquiries.models import PublishedFigure, Topic
from inquiries.services import asking, casework
from organisations.models import User
from tests.browser.conftest import Open


def test_a_late_answer_is_put_off_explained_and_counted(visit: Open, officer: User, supervisor: User, administrator: User) -> None:
    today = timezone.localdate()
    inquiry = asking.submit(topic="sanctions", text="May I sell pumps?", today=today - timedelta(days=30)).inquiry
    casework.take(inquiry, by=officer, today=today - timedelta(days=29))
    desk = visit().sign_in(officer).go(f"/desk/inquiries/{inquiry.pk}/")
    desk.page.locator("summary", has_text="Put off the answer").click()
    desk.is_clean()
    desk.page.locator("#extend_days").fill("4")
    desk.page.locator("#extend_text").fill("The maker has yet to say.")
    desk.page.locator("#extend_reason").select_option("agency")
    desk.page.locator("#extend_words").fill("The maker was asked in the second week.")
    desk.press("Put it off and tell the asker").sees("It is now due by").sees("The maker was asked in the second week.")
    visit().sign_in(supervisor).go("/desk/figures/").sees("Why cases were taken, answered or closed late").is_clean()
    calendar = visit().sign_in(administrator).go("/desk/deadlines/")
    calendar.page.locator("summary", has_text="Add a closure").click()
    calendar.page.locator("#closure_first_on").fill(str(today + timedelta(days=20)))
    calendar.page.locator("#closure_reason").fill("Moving house")
    calendar.press("Close the office").sees("Moving house").is_clean()


def test_anybody_reads_how_long_answers_take(visit: Open) -> None:
    quarter = timezone.localdate().replace(month=1, day=1)
    rows = [PublishedFigure(quarter=quarter, topic=topic) for topic in Topic.values]
    rows.append(PublishedFigure(quarter=quarter, answered=40, in_time=31, median_halves=13))
    PublishedFigure.objects.bulk_create(rows)
    visit().go("/figures/").sees("77%").sees("not told").is_clean()
    visit(scripts=False).go("/figures/").sees("77%")
