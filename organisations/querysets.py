from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import cache, wraps
from typing import TYPE_CHECKING, Any

from django.db import connection, models
from django.db.models import Count, Exists, OuterRef, Q

if TYPE_CHECKING:
    from organisations.models import ApiToken, Function, Invitation, Kind, Membership, Organisation, Role, User  # noqa: F401


def prepared(make: Callable[[], models.QuerySet[Any, tuple[Any, ...]]]) -> Callable[[], list[tuple[Any, ...]]]:
    """Decorate a function that returns rows of values and takes none: its SQL is worked out the first time alone.

    For what is asked with every visit of a busy page, where working it out takes longer than the answer.
    """

    @cache
    def statement() -> tuple[str, tuple[Any, ...]]:
        return make().query.sql_with_params()

    @wraps(make)
    def rows() -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(*statement())
            return list(cursor.fetchall())

    return rows


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def of_kind(self, *kinds: Kind) -> OrganisationQuerySet:
        return self.filter(kind__in=kinds)

    def agencies(self) -> OrganisationQuerySet:
        return self.filter(kind="agency")

    def that_read_inquiries(self) -> OrganisationQuerySet:
        """The focal point and the agencies with one of the five functions: who may be on a reader list."""
        return self.filter(reads_inquiries=True)

    def with_function(self, function: Function) -> OrganisationQuerySet:
        return self.agencies().filter(functions__contains=[function])

    def of_member(self, user: User, *roles: Role) -> OrganisationQuerySet:
        """The organisations to which the user belongs, in one of `roles` if any are named."""
        memberships = user.memberships.filter(organisation=OuterRef("pk"))
        if roles:
            memberships = memberships.filter(role__in=roles)
        return self.filter(Exists(memberships))

    def managed_by(self, user: User) -> OrganisationQuerySet:
        """The twin of `may_manage_members`."""
        held = user.memberships.filter(role__in=("administrator", "signatory"))
        if held.filter(role="administrator", organisation__is_focal_point=True).exists():
            return self.all()
        return self.filter(Exists(held.filter(organisation=OuterRef("pk"))))

    def called(self, words: str) -> OrganisationQuerySet:
        """Those whose name, short name or registration number holds the words."""
        return self.filter(Q(name__icontains=words) | Q(short_name__icontains=words) | Q(registration_number__icontains=words))

    def with_counts(self) -> OrganisationQuerySet:
        """Each with `people`: how many act for it."""
        return self.annotate(people=Count("memberships__user", distinct=True))


class MembershipQuerySet(models.QuerySet["Membership"]):
    def visible_to(self, user: User) -> MembershipQuerySet:
        """The memberships of the user's own organisations."""
        return self.filter(organisation__memberships__user=user).distinct()


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self, now: datetime) -> InvitationQuerySet:
        return self.filter(accepted_at=None, expires_at__gt=now)


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def of(self, user: User) -> ApiTokenQuerySet:
        return self.filter(owner=user)

    def living(self, today: date) -> ApiTokenQuerySet:
        """Those that open something: not revoked, not over, of somebody whose account is open."""
        return self.filter(revoked_on=None, expires_on__gte=today, owner__is_active=True)
