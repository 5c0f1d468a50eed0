"""Who may do what, where the answer depends on people alone. The works build their own predicates on these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import Any, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from organisations.models import (
    ASKERS_SCOPES,
    ENTRY_SCOPES,
    OFFICIALS_SCOPES,
    READERS_SCOPES,
    Kind,
    Membership,
    Organisation,
    Role,
    Scope,
    User,
)

Visitor = User | AnonymousUser
View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def memberships(user: Visitor) -> list[Membership]:
    return user.memberships_held if isinstance(user, User) and user.is_active else []


def has_role(user: Visitor, *roles: Role, organisation: Organisation | None = None) -> bool:
    """Whether the user holds one of `roles`, in `organisation` if one is named."""
    return any(
        held.role in roles and (organisation is None or held.organisation_id == organisation.pk) for held in memberships(user)
    )


def is_official(user: Visitor) -> bool:
    return any(held.organisation.kind == Kind.AGENCY for held in memberships(user))


def needs_second_factor(user: Visitor) -> bool:
    """Officials, and the people of partners, who read as a government does."""
    return any(held.organisation.kind in (Kind.AGENCY, Kind.PARTNER) for held in memberships(user))


def is_focal_point_official(user: Visitor) -> bool:
    return any(held.organisation.is_focal_point for held in memberships(user))


def agencies_of(user: Visitor) -> list[Organisation]:
    return _organisations(user, Kind.AGENCY)


def associations_of(user: Visitor) -> list[Organisation]:
    return _organisations(user, Kind.ASSOCIATION)


def firms_of(user: Visitor) -> list[Organisation]:
    """The firms and institutes for which the user acts."""
    return _organisations(user, Kind.FIRM, Kind.INSTITUTE)


def _organisations(user: Visitor, *kinds: Kind) -> list[Organisation]:
    found = {held.organisation_id: held.organisation for held in memberships(user) if held.organisation.kind in kinds}
    return list(found.values())


def scopes_for(user: Visitor) -> list[Scope]:
    """What the user may choose for a token; nothing for who is no official and acts for nobody who may ask by name."""
    firms = firms_of(user)
    asks = firms or associations_of(user)
    return [
        *(OFFICIALS_SCOPES if is_official(user) else READERS_SCOPES if asks else ()),
        *(ASKERS_SCOPES if asks else ()),
        *(ENTRY_SCOPES if firms else ()),
    ]


def may_have_tokens(user: Visitor) -> bool:
    return bool(scopes_for(user))


# Who manages the members of their own organisation.
MANAGING_ROLES = (Role.ADMINISTRATOR, Role.SIGNATORY)


def may_found(user: Visitor) -> bool:
    """An administrator of the focal point lets organisations in, and manages the members of any."""
    return any(held.organisation.is_focal_point and held.role == Role.ADMINISTRATOR for held in memberships(user))


def may_manage_members(user: Visitor, organisation: Organisation) -> bool:
    """An administrator of the focal point manages any; one of another agency their own, and so does a signatory.

    Its twin is `Organisation.objects.managed_by`.
    """
    return may_found(user) or has_role(user, *MANAGING_ROLES, organisation=organisation)


def may_manage_any(user: Visitor) -> bool:
    return has_role(user, *MANAGING_ROLES)


def requires(predicate: Callable[[Visitor], bool]) -> Callable[[View], View]:
    """Refuse a view with 403 to a signed-in person of whom the predicate is not true."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not predicate(request.user):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded  # type: ignore[return-value]

    return decorate


def person(request: HttpRequest) -> User:
    """The signed-in person behind a request; 403 where there is none, which a closed view never meets."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


@dataclass(frozen=True)
class SecondFactor:
    """With what a person confirmed who they are, such as "totp", "webauthn" or "eid", and when."""

    method: str
    at: datetime


def second_factor(request: HttpRequest) -> SecondFactor | None:
    """Return the latest second factor of this session, as django-allauth keeps it there; None without one."""
    records = request.session.get("account_authentication_methods") or []
    if request.session.get("account_authentication_methods_user") != str(request.user.pk):
        return None
    for record in reversed(records):
        if record.get("method") == "mfa":
            return SecondFactor(str(record.get("type", "mfa")), datetime.fromtimestamp(record["at"], tz=UTC))
    return None
