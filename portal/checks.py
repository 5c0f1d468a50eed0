"""What `manage.py check` asks of an installation beyond Django's own questions.

Settings already refuse to load without secrets or with demo ones; these checks look at how the parts fit together. Those with the
deploy tag run under `check --deploy`, those with the database tag under `check --database default` and before each migration.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004  Django's own name
from django.db import connections
from django.http.request import validate_host

# No real person has an address under these names (RFC 2606); the demo's people all do.
RESERVED_DOMAINS = (".example", ".test", ".invalid")
# All that the login for outside reads may open: the projection, and the ids of the looks that it writes.
OPEN_TO_OUTSIDE = ["registry_disclosed", "registry_look"]
OPEN_TO_KEYS = ["keystore_share"]


def register_all() -> None:
    """Called once the apps are loaded."""
    register(addresses, Tags.security, deploy=True)
    register(mode, Tags.security, deploy=True)
    register(logins, Tags.security, deploy=True)
    register(keys, Tags.security, deploy=True)
    register(mail, Tags.security, deploy=True)
    register(demo_people, Tags.database)
    register(rights, Tags.database)


def mode(**_options: Any) -> list[CheckMessage]:
    if settings.DEMO:
        return [Error("PORTAL_MODE is demo: its logins are public.", hint="Set PORTAL_MODE to production.", id="portal.E001")]
    return []


def addresses(**_options: Any) -> list[CheckMessage]:
    """The public address is HTTPS, and every address of the portal is one it answers to."""
    found: list[CheckMessage] = []
    if not settings.PUBLIC_URL.startswith("https://"):
        found.append(Error("PUBLIC_URL is not https: what people write would travel in the clear.", id="portal.E002"))
    if "*" in settings.ALLOWED_HOSTS:
        found.append(Error("ALLOWED_HOSTS is *: name the hosts that the portal answers to.", id="portal.E003"))
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    found += [
        Error(f"{variable} names {name}, which ALLOWED_HOSTS lacks: the portal would refuse its own address.", id="portal.E004")
        for variable, name in (("PUBLIC_URL", host), ("ONION_ADDRESS", settings.ONION_ADDRESS))
        if name and not validate_host(name, settings.ALLOWED_HOSTS)
    ]
    return found


def logins(**_options: Any) -> list[CheckMessage]:
    """Pages, outside reads of the registry and migrations each have a database login of their own."""
    users = {alias: connections[alias].settings_dict["USER"] for alias in ("default", "disclosed", "owner", "keys")}
    if users["disclosed"] == users["default"]:
        return [
            Error(
                "Outside reads of the registry use the ordinary database login, which can read everything.",
                hint="Set DATABASE_DISCLOSED_URL to a login that is a member of portal_disclosed only.",
                id="portal.E005",
            )
        ]
    if users["owner"] == users["disclosed"]:
        return [Error("Outside reads of the registry use the login that owns the tables.", id="portal.E006")]
    if users["keys"] in (users["default"], users["disclosed"]):
        return [
            Error(
                "The key store is opened by a login that opens the portal's own database as well: one theft would take both.",
                hint="Set KEYS_DATABASE_URL to a login that is a member of portal_keystore only.",
                id="portal.E013",
            )
        ]
    return []


def keys(**_options: Any) -> list[CheckMessage]:
    """All keys of the ring differ, so that none is stored where another is expected."""
    ring = [settings.SERVER_KEY, *settings.OFFICE_KEYS.values(), *settings.SIGNING_KEYS.values()]
    if len(set(ring)) < len(ring):
        return [Error("OFFICE_KEY_RING holds the same key twice; make each of its own random bytes.", id="portal.E007")]
    return []


def mail(**_options: Any) -> list[CheckMessage]:
    if settings.EMAIL_BACKEND != "django.core.mail.backends.smtp.EmailBackend":
        return [Error("EMAIL_URL is not smtp: letters would end on this machine.", id="portal.E008")]
    if settings.EMAIL_HOST_PASSWORD and not (settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL):
        return [Warning("EMAIL_URL sends a password without TLS; use smtp+tls or smtp+ssl.", id="portal.W009")]
    for each in settings.FURTHER_RELAYS:
        if each["EMAIL_BACKEND"] != settings.EMAIL_BACKEND:
            return [Error("EMAIL_URL_2 and EMAIL_URL_3 must be smtp too.", id="portal.E016")]
        if each["EMAIL_HOST_PASSWORD"] and not (each.get("EMAIL_USE_TLS") or each.get("EMAIL_USE_SSL")):
            return [Warning("EMAIL_URL_2 or EMAIL_URL_3 sends a password without TLS; use smtp+tls or smtp+ssl.", id="portal.W017")]
    return []


def demo_people(*, databases: Sequence[str] | None = None, **_options: Any) -> list[CheckMessage]:
    """No login of the demo, whose passwords are public, is in the database of a real installation."""
    if settings.DEMO or "default" not in (databases or ()) or not _has_table("default", "organisations_user"):
        return []
    emails = get_user_model()._default_manager.using("default").filter(is_active=True).values_list("email", flat=True)  # noqa: SLF001  Django's documented name
    demo = [email for email in emails.iterator() if email.endswith(RESERVED_DOMAINS)]
    if demo:
        return [
            Error(
                f"{len(demo)} active logins have addresses that no real person can have, such as {min(demo)}.",
                hint="They are the demo's, with public passwords: start with a fresh database.",
                id="portal.E010",
            )
        ]
    return []


def rights(*, databases: Sequence[str] | None = None, **_options: Any) -> list[CheckMessage]:
    """The logins can do what they must and no more: asked of PostgreSQL itself."""
    found: list[CheckMessage] = []
    if "default" in (databases or ()) and _true("default", OWNS_SOMETHING):
        found.append(
            Error(
                "The ordinary database login is a superuser, may make roles or owns tables.",
                hint="Make the logins as deploy/database/10-roles.sql does.",
                id="portal.E011",
            )
        )
    if "disclosed" in (databases or ()):
        with connections["disclosed"].cursor() as cursor:
            cursor.execute(READABLE, [OPEN_TO_OUTSIDE])
            found += [
                Error(f"The login for outside reads of the registry can read the table {table}.", id="portal.E012")
                for (table,) in cursor.fetchall()
            ]
    if "keys" in (databases or ()):
        found += _rights_of_keys()
    return found


def _rights_of_keys() -> list[CheckMessage]:
    """The key store's login reads the shares and nothing else, here or in the portal's own database."""
    with connections["keys"].cursor() as cursor:
        cursor.execute(READABLE, [OPEN_TO_KEYS])
        found: list[CheckMessage] = [
            Error(f"The key store's login can read the table {table}.", id="portal.E014") for (table,) in cursor.fetchall()
        ]
    content = connections["default"].settings_dict["NAME"]
    if _true("keys", OWNS_SOMETHING) or _true("keys", CAN_CONNECT, content):
        found.append(
            Error(
                "The key store's login has rights beyond the key store.",
                hint="Make it as deploy/database/20-keys.sql does.",
                id="portal.E015",
            )
        )
    return found


OWNS_SOMETHING = """
    SELECT rolsuper OR rolcreaterole OR rolbypassrls
        OR EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user)
    FROM pg_roles WHERE rolname = current_user
"""
# False where the other database is on another server.
CAN_CONNECT = "SELECT count(*) > 0 FROM pg_database WHERE datname = %s AND has_database_privilege(oid, 'CONNECT')"
READABLE = """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
        AND has_any_column_privilege(oid, 'SELECT') AND relname <> ALL (%s)
    ORDER BY relname
"""


def _true(alias: str, question: str, *parameters: str) -> bool:
    with connections[alias].cursor() as cursor:
        cursor.execute(question, parameters)
        row = cursor.fetchone()
    return bool(row and row[0])


def _has_table(alias: str, name: str) -> bool:
    return _true(alias, "SELECT to_regclass(%s) IS NOT NULL", f"public.{name}")
