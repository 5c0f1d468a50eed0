"""The day's letter to officials. It is posted by the clock and never by an event, so that no mail tells when somebody asked."""

from __future__ import annotations

from datetime import date, datetime, time

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from inquiries import emails
from inquiries.querysets import officials_with_queues
from inquiries.services import clock
from mailroom.models import Letter, Priority
from mailroom.services import post_to_query
from organisations.models import Organisation


@transaction.atomic
def post_digest(*, today: date) -> Letter | None:
    """Write the day's letter to every official who works on inquiries; None on a day of rest, or where it is written already.

    Its date is the fixed hour itself, whenever the clock came to call.
    """
    focal_point = Organisation.objects.select_for_update(no_key=True).filter(is_focal_point=True).first()
    source = f"inquiries-digest:{today}"
    if focal_point is None or not clock.office_calendar().is_business_day(today):
        return None
    if Letter.objects.of_source(source).exists():  # asked under the focal point's lock: two clocks write one letter
        return None
    mail = emails.digest()
    return post_to_query(
        purpose="digest",
        source=source,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        language=settings.LANGUAGE_CODE,
        audience=officials_with_queues().values_list("email", "name"),
        now=datetime.combine(today, time(settings.DIGEST_HOUR), tzinfo=timezone.get_default_timezone()),
        priority=Priority.ORDINARY,
    )
