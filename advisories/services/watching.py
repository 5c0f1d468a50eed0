"""The alarm: an urgent advisory that has been out for an hour and has reached nobody."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction

from advisories.emails import compose_alarm
from advisories.models import Advisory, Alarm
from advisories.services.editing import locked
from mailroom import figures as mail_figures
from mailroom.models import Priority
from mailroom.services import post_to_query
from organisations.models import Role, User

WARNED_ROLES = (Role.SUPERVISOR, Role.ADMINISTRATOR)


@transaction.atomic
def alarm(advisory: Advisory, *, now: datetime) -> bool:
    """Warn the focal point's supervisors and administrators by one mail, once per advisory; return whether this call did.

    Asked again under the lock, so that two clocks send one mail and a copy that left meanwhile needs none.
    """
    advisory = locked(advisory)
    if not advisory.is_current or mail_figures.sources_delivered([advisory.source]):
        return False
    _raised, is_new = Alarm.objects.get_or_create(advisory=advisory, defaults={"at": now})
    if is_new:
        mail = compose_alarm(advisory)
        people = User.objects.filter(
            is_active=True, memberships__organisation__is_focal_point=True, memberships__role__in=WARNED_ROLES
        )
        post_to_query(
            purpose="alarm",
            source=f"advisory-alarm:{advisory.pk}",
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            language=settings.LANGUAGE_CODE,
            audience=people.distinct().order_by().values_list("email", "name"),
            now=now,
            priority=Priority.URGENT,
        )
    return is_new
