"""What readers say back: that they have read an advisory, and to how many members an association has passed it on."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from advisories import permissions
from advisories.models import MOST_MEMBERS, Advisory, Response
from organisations.models import Organisation, User


class UnableToRespond(Exception):
    """The message says why."""


@transaction.atomic
def acknowledge(advisory: Advisory, *, organisation: Organisation, by: User, today: date) -> Response:
    """Say that an organisation has read it; saying it twice does nothing more. Raises UnableToRespond."""
    _refuse(advisory, organisation, by, today)
    response, _made = Response.objects.get_or_create(
        advisory=advisory, organisation=organisation, defaults={"by": by, "read_on": today}
    )
    return response


@transaction.atomic
def relay(advisory: Advisory, *, organisation: Organisation, members: int, by: User, today: date) -> Response:
    """Say to how many members an association has passed it on, all told; the latest number stands. Raises UnableToRespond."""
    _refuse(advisory, organisation, by, today)
    if not permissions.may_relay(organisation, advisory):
        raise UnableToRespond(_("%(label)s does not let you pass it on.") % {"label": advisory.get_tlp_display()})
    if not 1 <= members <= MOST_MEMBERS:
        raise UnableToRespond(_("Enter to how many members you have passed it on, all told."))
    response, _made = Response.objects.update_or_create(
        advisory=advisory,
        organisation=organisation,
        defaults={"members": members, "relayed_on": today, "by": by},
        create_defaults={"members": members, "relayed_on": today, "by": by, "read_on": today},
    )
    return response


def _refuse(advisory: Advisory, organisation: Organisation, by: User, today: date) -> None:
    if organisation not in permissions.organisations_to_respond(by) or not permissions.may_read(by, advisory, today=today):
        raise UnableToRespond(_("You can't answer for this organisation here."))
