"""A stranger reads an advisory and reports a sighting without a name, a member asks by name, an official sees both beside it."""

from collections.abc import Callable
from datetime import date, datetime

import pytest

from advisories.models import Advisory
from advisories.services import editing
from advisories.services.editing import Content
from catalogue.models import Segment
from catalogue.services import load_seed
from organisations.models import Organisation, User
from tests.browser.conftest import Visit

Open = Callable[..., Visit]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_report_a_sighting_and_see_it_beside_the_advisory(
    visit: Open, focal_point: Organisation, editor: User, approver: User, officer: User, signatory: User, now: datetime,
    today: date, *, scripts: bool,
) -> None:  # fmt: skip
    load_seed(now=now)

    def publish(title: str, tlp: str) -> Advisory:
        words = {"summary": "New resellers ask for many at once.", "body": "First orders.", "what_to_do": "Ask for the end user."}
        content = Content(
            kind="threat", tlp=tlp, urgency="routine", title=title, valid_to=None, segments=[Segment.objects.areas()[5]], **words
        )
        advisory = editing.draft(content=content, agency=focal_point, by=editor, now=now)
        advisory = editing.submit_for_review(advisory, by=editor, now=now)
        advisory = editing.approve(advisory, revision=1, by=approver, now=now)
        return editing.publish(advisory, by=editor, now=now, today=today)

    clear, green = publish("Orders for thermal cameras", "clear"), publish("Orders for lasers", "green")

    stranger = visit(scripts=scripts).go("/advisories/").follow("Orders for thermal cameras").is_clean()
    stranger.follow("Report that you have seen this").sees("The advisory it is about").is_clean()
    assert stranger.page.get_by_label("The risk landscape").is_checked()
    assert stranger.page.get_by_label("I have seen myself what it describes").is_checked()
    stranger.press("Send the question").sees("Write your question.").is_clean()
    stranger.fill("Your question", "A reseller asked us for forty. Write to ada@pumps.example.").press("Send the question")
    stranger.sees("has not been sent yet").unfold("All that will go").sees("Orders for thermal cameras").is_clean()
    stranger.choose("Mask it").press("Send the question").sees("Keep your receipt").is_clean()
    assert stranger.page.context.cookies() == []

    stranger = visit(scripts=scripts).go(f"/ask/?about={green.pk}").sees("can't be named here").misses("lasers").is_clean()

    member = visit(scripts=scripts).sign_in(signatory).go(green.get_absolute_url()).is_clean()
    member.follow("Ask about it").sees("Orders for lasers").is_clean()
    member.choose("The risk landscape").fill("Your question", "Does it hold for rented ones too?").press("Send the question")
    member.sees("Keep your receipt")

    official = visit(scripts=scripts).sign_in(officer).go(f"/desk/advisories/{clear.pk}/").sees("Asked and seen").is_clean()
    official.page.locator("main .case__work a", has_text="FP-").click()
    official.sees("A sighting: the asker has seen what it describes").sees("A reseller asked us for forty.").is_clean()
    official.follow("Orders for thermal cameras").follow("See them in the queue").sees("1 inquiry").is_clean()
    official.pick("Sightings", "No sightings").press("Narrow").sees("Nothing here.").is_clean()
