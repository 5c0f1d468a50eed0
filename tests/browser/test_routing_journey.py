"""An administrator tries a rule on so many inquiries that a worker counts them, sees how far it is, and saves the rule."""

from __future__ import annotations

from uuid import uuid4

from django.utils import timezone

from inquiries import tasks
from inquiries.models import DryRun, Inquiry, RoutingRule
from inquiries.services import asking, dry_runs
from organisations.models import Organisation, Role, User
from tests.browser.conftest import Open
from tests.conftest import member


def test_a_rule_is_tried_in_the_background_and_saved(
    visit: Open, administrator: User, focal_point: Organisation, licensing_agency: Organisation
) -> None:
    filed = asking.submit(topic="sanctions", text="May I sell pumps?", today=timezone.localdate()).inquiry
    values = Inquiry.objects.values("topic", "sealed_subject", "received_on", "state", "due_on").get(pk=filed.pk)
    Inquiry.objects.bulk_create(
        Inquiry(id=uuid4(), reference=asking.new_reference(), **values) for _number in range(dry_runs.AT_ONCE)
    )
    desk = visit().sign_in(administrator).go("/desk/routing/").is_clean().press("Add a rule").fill("Name", "Embargo")
    desk.page.locator("#id_team").fill("Pumps")
    desk.pick("Goes to", "Licensing Board").press("Try it over the last 90 days").sees("0 of 2,001").is_clean()
    desk.page.locator("#id_team").fill("Pumps and valves")
    tasks.try_rules(str(DryRun.objects.get().pk))
    desk.sees("2,001 would go elsewhere than under the rules in force.").is_clean()
    assert desk.page.locator("#id_team").input_value() == "Pumps and valves"
    desk.press("Save the rule").sees("The rule has been added.")
    assert RoutingRule.objects.values_list("name", "team").get() == ("Embargo", "Pumps and valves")
    plain = visit(scripts=False).sign_in(member(focal_point, "Ave Administrator", Role.ADMINISTRATOR)).go("/desk/routing/")
    plain.press("Try the rules over the last 90 days").sees("0 of 2,001")
    mine = DryRun.objects.under_way()
    mine.update(state="running")  # and nobody is counting it
    plain.follow("Count again").sees("This dry run has stopped").press("Run it again").sees("0 of 2,001")
    tasks.try_rules(str(mine.get().pk))
    plain.follow("Count again").sees("0 of them are where the rules would send them now.")
