"""An official invites firms and one answers; two firms are introduced, at their own wish or at a suggestion."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.utils import timezone

from catalogue.models import Segment
from catalogue.services import load_seed
from organisations.models import Kind, Organisation, Role, User
from registry.disclosure import Audience, Field, Purpose, Rule, write
from registry.models import Introduction, Outreach, Suggestion
from registry.services import agreements, entries, projection, suggesting
from tests.browser.conftest import Visit
from tests.browser.test_looking_journey import photograph
from tests.conftest import member
from tests.registry.conftest import END, START, VALUES, confirmed

Open = Callable[..., Visit]
TERMS = write(
    [
        *(Rule(field, Audience.FOCAL_POINT, Purpose.OUTREACH) for field in (Field.LEGAL_NAME, Field.SEGMENTS, Field.CONTACT_EMAIL)),
        *(Rule(field, Audience.FOCAL_POINT, Purpose.MATCHMAKING) for field in (Field.LEGAL_NAME, Field.REGION, Field.SEGMENTS)),
        *(Rule(field, Audience.LISTED_FIRMS, Purpose.MATCHMAKING) for field in (Field.SEGMENTS, Field.REGION)),
    ]
)


@pytest.fixture
def people(approver: User, now: object) -> list[User]:
    """The people of two listed firms that hide their names from each other."""
    load_seed(now=now)
    segment = Segment.objects.technologies().filter(code__startswith="CTA06").order_by("code").first()
    assert segment
    made = []
    for name, region in (("Arctic Sensors OÜ", "EE004"), ("Baltic Photonics OÜ", "EE001")):
        firm = Organisation.objects.create(kind=Kind.FIRM, name=name)
        person = member(firm, f"Person {region}", Role.ENTRY_EDITOR, Role.SIGNATORY)
        given = {"legal_name": name, "region": region, "contact_email": f"{region.lower()}@firm.example"}
        activities = [entries.Activity(segment, "develops", 6)]
        entry = entries.save_entry(organisation=firm, values=VALUES | given, activities=activities, by=person, now=now)
        version = agreements.offer(entry=entry, terms=TERMS, valid_from=START, valid_until=END, by=person, now=now)
        version = agreements.sign(version=version, sha256=version.sha256, by=person, second_factor=confirmed(now), now=now)
        agreements.countersign(version=version, sha256=version.sha256, by=approver, second_factor=confirmed(now), now=now)
        made.append(person)
    return made


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_invite_answer_and_write_back(visit: Open, people: list[User], officer: User, *, scripts: bool) -> None:
    name = "scripts" if scripts else "plain"
    desk = visit(scripts=scripts).sign_in(officer).go("/desk/outreach/").is_clean().press("Write an invitation").is_clean()
    photograph(desk.page, f"outreach-{name}-form")
    desk.fill("Subject", "Workshop on sensors").fill("Invitation", "Come and tell us.").fill("Answers by", "2099-03-01")
    desk.press("Keep and count").sees("fewer than five").misses("Arctic Sensors").is_clean()
    desk.unfold("Discard it").press("Discard the invitation").sees("Nothing was sent").is_clean()
    desk.press("Write an invitation")
    desk.fill("Subject", "Workshop on sensors").fill("Invitation", "Come and tell us.").fill("Answers by", "2099-03-01")
    desk.press("Keep and count").sees("fewer than five")
    photograph(desk.page, f"outreach-{name}-count")
    desk.press("Send the invitation").sees("Nobody has answered yet").is_clean()
    found = Outreach.objects.get()
    firm = visit(scripts=scripts).sign_in(people[0]).go(f"/registry/outreach/{found.pk}/").sees("Come and tell us.").is_clean()
    firm.fill("Your message", "Two of us come.").press("Send to the agency").sees("Sent to the agency").is_clean()
    photograph(firm.page, f"outreach-{name}-firm")
    desk.go(f"/desk/outreach/{found.pk}/").sees("Waits for you").is_clean()
    photograph(desk.page, f"outreach-{name}-sent")
    desk.follow("Arctic Sensors OÜ").sees("Two of us come.").is_clean()
    desk.fill("Your message", "Welcome.").press("Write to the firm").sees("The firm is told").is_clean()
    photograph(desk.page, f"outreach-{name}-thread")
    firm.go("/registry/outreach/").sees("The agency wrote last").is_clean().follow("Workshop on sensors").sees("Welcome.")
    firm.press("No further invitations").sees("can’t invite you any more").is_clean()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_ask_to_be_introduced_and_say_yes(visit: Open, people: list[User], *, scripts: bool) -> None:
    name = "scripts" if scripts else "plain"
    other = people[1].memberships.get(role=Role.SIGNATORY).organisation.registry_entry
    ref = projection.pairwise_ref(other, Audience.LISTED_FIRMS, Purpose.MATCHMAKING)
    one = visit(scripts=scripts).sign_in(people[0]).go(f"/registry/{ref}/introduce/").misses("Baltic Photonics").is_clean()
    one.fill("Why would you like to meet?", "We are Arctic Sensors").press("Introduce us").sees("can tell who you are").is_clean()
    photograph(one.page, f"meet-{name}-warned")
    one.fill("Why would you like to meet?", "We look for somebody who packages sensors.").press("Introduce us")
    one.sees("No answer yet").is_clean()
    photograph(one.page, f"meet-{name}-asked")
    found = Introduction.objects.get()
    two = visit(scripts=scripts).sign_in(people[1]).go("/registry/introductions/").sees("Waits for your answer").is_clean()
    two.go(f"/registry/introductions/{found.pk}/").misses("Arctic Sensors").is_clean()
    photograph(two.page, f"meet-{name}-received")
    two.press("Yes, introduce us").sees("You are introduced to Arctic Sensors OÜ").is_clean()
    two.fill("Your message", "Good day.").press("Write").sees("Good day.").is_clean()
    one.go(f"/registry/introductions/{found.pk}/").sees("Baltic Photonics OÜ").sees("Good day.").is_clean()
    photograph(one.page, f"meet-{name}-introduced")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_suggest_that_two_meet_and_ask(visit: Open, people: list[User], officer: User, now: datetime, *, scripts: bool) -> None:
    name = "scripts" if scripts else "plain"
    desk = visit(scripts=scripts).sign_in(officer).go("/desk/registry/").choose("Matchmaking")
    desk.fill("What is the reason?", "Partners for a joint proposal").press("Go to the registry").sees("2 entries")
    desk.follow("Arctic Sensors OÜ").sees("tick both in the list and compare them").is_clean().follow("To the list")
    desk.choose("Compare Arctic Sensors OÜ").choose("Compare Baltic Photonics OÜ").press("Compare those ticked")
    desk.sees("Suggest that the two meet").is_clean().follow("Suggest that the two meet").sees("can’t tell you").is_clean()
    photograph(desk.page, f"suggest-{name}-form")
    desk.fill("Why do you think", "Arctic Sensors makes what you package.").press("Suggest it")
    desk.sees("Choose which of the two gets the suggestion").sees("can tell one of the two who the other is").is_clean()
    photograph(desk.page, f"suggest-{name}-refused")
    desk.choose("The second: Baltic Photonics OÜ").fill("Why do you think", "One of you packages what the other makes.")
    desk.press("Suggest it").sees("Taken down.").is_clean()
    photograph(desk.page, f"suggest-{name}-done")
    desk.go("/registry/tokens/").fill("Name", "Matches").choose("Outreach").choose("It may also suggest").press("Make the token")
    desk.sees("looks as the focal point, for matchmaking").is_clean()
    photograph(desk.page, f"suggest-{name}-token")
    assert suggesting.tell(today=timezone.localdate(), now=now) == 1
    firm = visit(scripts=scripts).sign_in(people[1]).go("/registry/introductions/").sees("Suggested to you").is_clean()
    photograph(firm.page, f"suggest-{name}-list")
    firm.follow("whom you could meet").sees("One of you packages what the other makes.").misses("Arctic Sensors").is_clean()
    photograph(firm.page, f"suggest-{name}-one")
    firm.press("Ask to be introduced").fill("Why would you like to meet?", "We package sensors.").press("Introduce us")
    firm.sees("No answer yet").go("/registry/introductions/").misses("Suggested to you").is_clean()
    again = Suggestion.objects.get()
    firm.go(f"/registry/introductions/suggested/{again.pk}/").sees("It has ended.").is_clean()
