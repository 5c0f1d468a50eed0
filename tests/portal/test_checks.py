from __future__ import annotations

from typing import Any

import environ
import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import Client
from django.urls import reverse

from organisations.models import Kind, Membership, Organisation, Role, User
from portal import checks

BOTH = ["default", "disclosed", "keys"]


@pytest.fixture
def production(settings: Any) -> Any:
    settings.DEMO = False
    settings.PUBLIC_URL = "https://focalpoint.gov.ee"
    settings.ALLOWED_HOSTS = ["focalpoint.gov.ee"]
    settings.ONION_ADDRESS = ""
    return settings


def ids(found: list[Any]) -> list[str]:
    return [message.id for message in found]


def test_demo_mode_is_no_deployment(settings: Any) -> None:
    assert ids(checks.mode()) == ["portal.E001"]
    settings.DEMO = False
    assert checks.mode() == []


@pytest.mark.parametrize(
    ("public_url", "hosts", "onion", "expected"),
    [
        ("https://focalpoint.gov.ee", ["focalpoint.gov.ee"], "", []),
        ("http://focalpoint.gov.ee", ["focalpoint.gov.ee"], "", ["portal.E002"]),
        ("https://focalpoint.gov.ee", ["*"], "", ["portal.E003"]),
        ("https://focalpoint.gov.ee", ["other.gov.ee"], "", ["portal.E004"]),
        ("https://focalpoint.gov.ee", [".gov.ee"], "abc.onion", ["portal.E004"]),
        ("https://focalpoint.gov.ee", [".gov.ee", "abc.onion"], "abc.onion", []),
    ],
)
def test_the_portal_is_reached_by_https_under_its_own_names(
    production: Any, public_url: str, hosts: list[str], onion: str, expected: list[str]
) -> None:
    production.PUBLIC_URL, production.ALLOWED_HOSTS, production.ONION_ADDRESS = public_url, hosts, onion
    assert ids(checks.addresses()) == expected


@pytest.mark.parametrize(
    ("ordinary", "outside", "owner", "keys", "expected"),
    [
        ("web", "outside", "owner", "keys", []),
        ("web", "outside", "web", "keys", []),  # where nothing is migrated, the owner's address isn't known
        ("web", "web", "owner", "keys", ["portal.E005"]),
        ("web", "owner", "owner", "keys", ["portal.E006"]),
        ("web", "outside", "owner", "web", ["portal.E013"]),
        ("web", "outside", "owner", "outside", ["portal.E013"]),
    ],
)
def test_outside_reads_and_the_key_store_have_logins_of_their_own(
    monkeypatch: pytest.MonkeyPatch, ordinary: str, outside: str, owner: str, keys: str, expected: list[str]
) -> None:
    for alias, user in (("default", ordinary), ("disclosed", outside), ("owner", owner), ("keys", keys)):
        monkeypatch.setitem(connections[alias].settings_dict, "USER", user)
    assert ids(checks.logins()) == expected


def test_no_key_of_the_ring_stands_for_another(settings: Any) -> None:
    assert checks.keys() == []
    settings.SERVER_KEY = next(iter(settings.OFFICE_KEYS.values()))
    assert ids(checks.keys()) == ["portal.E007"]


def test_mail_leaves_the_machine_and_its_password_is_not_sent_in_the_clear(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert ids(checks.mail()) == ["portal.E008"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert checks.mail() == []
    settings.EMAIL_HOST_PASSWORD = "secret"
    assert ids(checks.mail()) == ["portal.W009"]
    settings.EMAIL_USE_TLS = True
    assert checks.mail() == []


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("smtp+tls://portal:secret@second.example:587", []),
        ("smtp://portal:secret@second.example:25", ["portal.W017"]),
        ("consolemail://", ["portal.E016"]),
    ],
)
def test_a_further_relay_is_held_to_the_same(url: str, found: list[str], settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST_PASSWORD = ""
    settings.FURTHER_RELAYS = [environ.Env.email_url_config(url)]
    assert ids(checks.mail()) == found


@pytest.mark.django_db
def test_a_demo_login_in_a_real_database_is_an_error(production: Any) -> None:
    User.objects.create_user("someone@focalpoint.gov.ee")
    assert checks.demo_people(databases=["default"]) == []
    demo = User.objects.create_user("officer@focalpoint.example")
    assert ids(checks.demo_people(databases=["default"])) == ["portal.E010"]
    assert checks.demo_people(databases=None) == []
    production.DEMO = True
    assert checks.demo_people(databases=["default"]) == []
    production.DEMO = False
    demo.is_active = False
    demo.save(update_fields=["is_active"])
    assert checks.demo_people(databases=["default"]) == []


@pytest.mark.django_db(databases=BOTH)
def test_the_logins_have_no_more_rights_than_they_need() -> None:
    assert checks.rights(databases=BOTH) == []


@pytest.mark.django_db(transaction=True, databases=[*BOTH, "owner"])
def test_a_login_with_too_many_rights_is_an_error() -> None:
    with connections["owner"].cursor() as owner, connections["default"].cursor() as web:
        owner.execute("GRANT CREATE ON SCHEMA public TO portal_app")
        owner.execute("GRANT SELECT (email) ON organisations_user TO portal_disclosed")
        web.execute("CREATE TABLE astray ()")
        try:
            assert ids(checks.rights(databases=BOTH)) == ["portal.E011", "portal.E012"]
        finally:
            web.execute("DROP TABLE astray")
            owner.execute("REVOKE SELECT (email) ON organisations_user FROM portal_disclosed")
            owner.execute("REVOKE CREATE ON SCHEMA public FROM portal_app")


@pytest.mark.django_db(transaction=True, databases=[*BOTH, "owner", "keys_owner"])
def test_a_key_store_login_with_too_many_rights_is_an_error() -> None:
    content = connections["default"].settings_dict["NAME"]
    with connections["owner"].cursor() as owner, connections["keys_owner"].cursor() as keys:
        owner.execute(f'GRANT CONNECT ON DATABASE "{content}" TO portal_keystore')
        keys.execute("GRANT SELECT ON django_migrations TO portal_keystore")
        try:
            assert ids(checks.rights(databases=["keys"])) == ["portal.E014", "portal.E015"]
        finally:
            owner.execute(f'REVOKE CONNECT ON DATABASE "{content}" FROM portal_keystore')
            keys.execute("REVOKE SELECT ON django_migrations FROM portal_keystore")


@pytest.mark.django_db
def test_the_first_administrator_is_made_once() -> None:
    call_command("found_office", "Strategic Goods Office", "Head@office.gov.ee")
    member = Membership.objects.select_related("organisation", "user").get()
    assert (member.organisation.kind, member.organisation.is_focal_point, member.role) == (Kind.AGENCY, True, Role.ADMINISTRATOR)
    assert member.user.email == "head@office.gov.ee"
    assert not member.user.has_usable_password()
    Client().post(reverse("account_reset_password"), {"email": member.user.email})
    assert reverse("account_reset_password") + "key/" in mail.outbox[0].body  # a way to a first password
    with pytest.raises(CommandError, match="already"):
        call_command("found_office", "Another Office", "other@office.gov.ee")
    with pytest.raises(CommandError, match="no mail address"):
        call_command("found_office", "Another Office", "other")
    assert Organisation.objects.count() == 1
