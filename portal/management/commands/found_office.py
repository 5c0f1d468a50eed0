from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse

from organisations.models import Kind, Membership, Organisation, Role, User


class Command(BaseCommand):
    help = "Make the focal point and its first administrator, who invites everybody else. Works once, on an empty portal."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the focal point's full name")
        parser.add_argument("email", help="the address of its first administrator")
        parser.add_argument("--short-name", default="", help="the name used in lists")

    @transaction.atomic
    def handle(self, *args: Any, name: str, email: str, short_name: str, **options: Any) -> str:
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(f"{email} is no mail address.") from error
        if Organisation.objects.filter(is_focal_point=True).exists():
            raise CommandError("There is a focal point already; its administrators invite others on the portal's pages.")
        office = Organisation.objects.create(
            kind=Kind.AGENCY, name=name, short_name=short_name, is_focal_point=True, country=settings.COUNTRY
        )
        administrator = User.objects.create_user(email)
        EmailAddress.objects.create(user=administrator, email=administrator.email, verified=True, primary=True)
        Membership.objects.create(user=administrator, organisation=office, role=Role.ADMINISTRATOR)
        choose = settings.PUBLIC_URL + reverse("account_reset_password")
        return f"{administrator.email} is administrator of {office.name}; choose a password at {choose}"
