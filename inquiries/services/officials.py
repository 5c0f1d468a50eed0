"""The officials who read inquiries, for the choices of the desk's forms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from inquiries.querysets import READER_ROLES, WORKING_ROLES, agencies_with
from organisations.models import Membership, User
from organisations.querysets import prepared


@dataclass(frozen=True, slots=True)
class Official:
    """One person in one role at one agency, as lists of choices need them."""

    pk: UUID
    name: str
    agency: UUID
    agency_name: str
    is_focal_point: bool
    works: bool


def reading() -> list[Official]:
    """All who may read inquiries of some agency, by agency and name, in one query; a person stands there once a role."""
    return [
        Official(user, name or email, agency, agency_name, is_focal_point, role in WORKING_ROLES)
        for user, name, email, agency, agency_name, is_focal_point, role in _reading()
    ]


@prepared
def _reading() -> QuerySet[Membership, tuple[Any, ...]]:
    rows = Membership.objects.filter(role__in=READER_ROLES, organisation__kind="agency", user__is_active=True)
    wanted = ("user", "user__name", "user__email", "organisation", "organisation__name", "organisation__is_focal_point", "role")
    return rows.order_by("organisation__name", "user__name", "user__email", "role").values_list(*wanted)


def colleagues_to_take(officials: Iterable[Official], *, by: User) -> dict[UUID, str]:
    """Those to whom an official may think of handing cases, by key, in the order of names: at the focal point anybody who works on
    cases, elsewhere those of the same agency and of the focal point. Whether one may take a case, the case says.
    """
    own = agencies_with(by, WORKING_ROLES)
    is_desk = any(agency.is_focal_point for agency in own)
    near = {agency.pk for agency in own}
    found: dict[UUID, str] = {}
    for each in officials:
        if each.works and each.pk != by.pk and (is_desk or each.is_focal_point or each.agency in near):
            found.setdefault(each.pk, each.name if each.agency in near else f"{each.name}, {each.agency_name}")
    return dict(sorted(found.items(), key=lambda pair: pair[1]))
