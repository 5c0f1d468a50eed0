"""The demo country's rules: written with their history, and at work on what nobody has taken yet."""

import pytest
from django.utils import timezone

from inquiries.models import Inquiry, RoutingRule
from inquiries.services import asking
from portal.demo import people, routing


@pytest.mark.django_db
def test_the_demo_rules_are_written_once_and_sort_what_is_new() -> None:
    people.settle(now=timezone.now())
    today = timezone.localdate()
    embargo = asking.submit(topic="sanctions", text="?", destination="IR", today=today).inquiry
    other = asking.submit(topic="other", text="?", today=today).inquiry
    assert not routing.are_there()
    routing.write(today=today)
    assert routing.are_there()
    agencies = dict(Inquiry.objects.values_list("reference", "agency__short_name"))
    assert agencies == {embargo.reference: "Licensing Board", other.reference: None}
    rules = RoutingRule.objects.in_order()
    assert [rule.is_active for rule in rules] == [True] * (len(routing.RULES) - 1) + [False]
    assert [rule.versions.count() for rule in rules] == [1] * (len(routing.RULES) - 1) + [2]
