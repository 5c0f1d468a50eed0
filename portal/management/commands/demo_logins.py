import json
import time
from dataclasses import asdict
from typing import Any

from allauth.mfa import app_settings
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.demo.people import Login, logins


class Command(BaseCommand):
    help = "Print the logins of the demo country, one for each role."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--json", action="store_true", help="as JSON: role, email, password, totp_secret")
        how.add_argument("--code", metavar="EMAIL", help="print the code that the login's authenticator app shows now")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("There are no demo logins outside demo mode.")
        found = logins()
        if email := options["code"]:
            self.stdout.write(_code(found, email))
        elif options["json"]:
            self.stdout.write(json.dumps([asdict(login) for login in found], indent=2))
        else:
            self._table(found)

    def _table(self, found: list[Login]) -> None:
        width = max(len(login.role) for login in found)
        self.stdout.write(f"Demo logins, all with the password {found[0].password}")
        for login in found:
            self.stdout.write(f"  {login.role:<{width}}  {login.email}")
        self.stdout.write("Every login asks for a code: .venv/bin/python manage.py demo_logins --code EMAIL prints it.")


def _code(found: list[Login], email: str) -> str:
    for login in found:
        if login.email == email.lower():
            return str(format_hotp_value(hotp_value(login.totp_secret, int(time.time()) // app_settings.TOTP_PERIOD)))
    raise CommandError(f"{email} is not a demo login; manage.py demo_logins lists them.")
