"""Single addresses that subscribe to advisories, and the agency that writes them, for the benches of mail and of digests."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from advisories.models import Subscription
from organisations.models import Kind, Organisation, Role, User
from tests.bench.desk import person

AT_ONCE = 5000
DAY = timedelta(days=1)


def agency() -> tuple[Organisation, User, User]:
    """An agency with an editor and an approver."""
    made = Organisation.objects.create(kind=Kind.AGENCY, name="Bench", is_focal_point=True)
    return made, person("editor", made, Role.EDITOR), person("approver", made, Role.APPROVER)


def subscribe(number: int, now: datetime, *wishes: dict[str, object], **common: Any) -> None:
    """So many confirmed addresses in no order, as they come; each has the next of the wishes beside what all have in common."""
    for first in range(0, number, AT_ONCE):  # so that this takes little of the memory that is measured
        Subscription.objects.bulk_create(
            Subscription(
                address=f"r{each * 7919 % number}@firm{each % 500}.example",
                confirmed_on=now.date(),
                created_at=now - 3 * DAY,
                **common,
                **(wishes[each % len(wishes)] if wishes else {}),
            )
            for each in range(first, min(first + AT_ONCE, number))
        )


def clear() -> None:
    Subscription.objects.all().delete()
    Organisation.objects.filter(name="Bench").delete()
    User.objects.filter(email__endswith="@bench.example").delete()
