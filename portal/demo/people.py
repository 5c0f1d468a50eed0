"""Everybody in the demo country, and who of them may sign in with the demo password."""

from __future__ import annotations

from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.hashers import make_password
from django.db import transaction
from stdnum.ee.ik import calc_check_digit  # the rule of the business register as well

from organisations.models import Membership, Organisation, User
from portal.demo.firms import FIRMS
from portal.demo.offices import AGENCIES, ASSOCIATIONS, FOCAL_POINT, PARTNERS
from portal.demo.records import Body, Person

PASSWORD = "amber-tide-harbour-pilot"  # noqa: S105  of the demo only; printed for everybody to read
COUNTRY = "EE"  # whose registration numbers, regions and holidays the demo country borrows
BODIES = (*AGENCIES, *ASSOCIATIONS, *PARTNERS, *(firm.body for firm in FIRMS))
SETTLED_BEFORE = timedelta(days=240)


@dataclass(frozen=True)
class Login:
    role: str
    email: str
    password: str
    totp_secret: str


def address(person: Person, body: Body) -> str:
    return f"{person.local_part}@{body.domain}"


def registration_number(serial: str) -> str:
    """Complete seven digits by their check digit.

    The serials lie beyond those that the business register has given out, so that no number is a real one's.
    """
    return serial + calc_check_digit(serial + "0")  # it wants room for the digit


def logins() -> list[Login]:
    """Return the demo logins, one for each role, the same every time."""
    return [
        Login(person.login, address(person, body), PASSWORD, totp_secret(address(person, body)))
        for body in sorted(BODIES, key=lambda body: (body.functions != (), body.kind == "association"))
        for person in body.people
        if person.login
    ]


def totp_secret(email: str) -> str:
    """Return the secret of a login's authenticator app, in base 32; made of the address, so that it never changes."""
    return b32encode(blake2b(email.encode(), digest_size=20, person=b"demo login").digest()).decode()


def are_there() -> bool:
    return Organisation.objects.filter(is_focal_point=True, registration_number=registration_number(FOCAL_POINT.serial)).exists()


@transaction.atomic
def settle(*, now: datetime) -> None:
    """Make all organisations and their people, and activate the second factor of those who have a login."""
    since = now - SETTLED_BEFORE
    organisations = {body.slug: _organisation(body, since) for body in BODIES}
    Organisation.objects.bulk_create(organisations.values())
    hashed, unusable = make_password(PASSWORD), make_password(None)
    users: dict[str, User] = {}
    memberships: list[Membership] = []
    for body in BODIES:
        for person in body.people:
            email = address(person, body)
            user = User(email=email, name=person.name, joined_at=since, password=hashed if person.login else unusable)
            users[email] = user
            memberships += [
                Membership(user=user, organisation=organisations[body.slug], role=role, created_at=since) for role in person.roles
            ]
    User.objects.bulk_create(users.values())
    Membership.objects.bulk_create(memberships)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=email, verified=True, primary=True) for email, user in users.items()
    )
    for login in logins():
        TOTP.activate(users[login.email], login.totp_secret)


def _organisation(body: Body, since: datetime) -> Organisation:
    return Organisation(
        kind=body.kind,
        name=body.name,
        short_name=body.short_name,
        functions=list(body.functions),
        is_focal_point=body.is_focal_point,
        country=COUNTRY,
        registration_number=registration_number(body.serial),
        website=f"https://www.{body.domain}/",
        created_at=since,
    )
