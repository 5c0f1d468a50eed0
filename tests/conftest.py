"""The cast and the stage of every test."""

import gc
import os
import warnings
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from types import SimpleNamespace

import psycopg2
import pytest
from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connections
from django.test import Client, TransactionTestCase
from psycopg2 import sql
from pytest_django import DjangoDbBlocker

from inquiries import countersigning
from organisations.models import Function, Kind, Membership, Organisation, Role, User
from tests.stage import own_database

# Every client has its own chain of middleware, which would read through the folder of style sheets and scripts each time.
settings.WHITENOISE_AUTOREFRESH = True


class QuickArgon2(Argon2PasswordHasher):
    """The portal's own way of keeping passwords, without what makes it slow for those who guess."""

    time_cost, memory_cost, parallelism = 1, 8, 1


settings.PASSWORD_HASHERS = [f"{__name__}.{QuickArgon2.__name__}"]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep the garbage collector from walking through all that is loaded by now, again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))[:12]
    with django_db_blocker.unblock(), own_database(f"test_portal_{worker}_{run}"), django_db_blocker.block():
        yield


# Rows that `migrate` made and no test changes.
KEPT_TABLES = {"django_content_type", "django_migrations", "auth_permission"}


def empty_tables(databases: Collection[str]) -> None:
    """Delete all rows of `databases`, which only their owners may. TRUNCATE makes every file anew and takes six times as long."""
    for alias, owner in (("default", "owner"), ("keys", "keys_owner")):
        if alias in databases:
            tables = set(connections[alias].introspection.table_names()) - KEPT_TABLES
            try:
                with owners_cursor(owner) as cursor:
                    _delete_rows(cursor, tables)
            except psycopg2.Error as error:  # rows that stay would fail every later test of this process
                warnings.warn(f"A test left somebody at work in its database: {error}", stacklevel=1)
                _end_other_sessions(owner)
                with owners_cursor(owner) as cursor:
                    _delete_rows(cursor, tables)


def _end_other_sessions(owner: str) -> None:
    """Send away whatever else is connected to the database, and this process's own connections."""
    _held.pop(owner)[1].close()
    for connection in connections.all(initialized_only=True):
        connection.close()
    with owners_cursor(owner) as cursor:
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        cursor.execute(f"SELECT pg_terminate_backend(pid, 5000) {others}")


@contextmanager
def owners_cursor(owner: str) -> Iterator[psycopg2.extensions.cursor]:
    """A cursor on a connection of its own, because the owner's alias is closed to tests that did not ask for it.

    The connection stays open for the next time: one that is new looks up every table anew, which takes three times as long.
    """
    login = connections[owner].get_connection_params()
    held = _held.get(owner)
    if not held or held[0] != login or held[1].closed:
        held = _held[owner] = login, psycopg2.connect(**login)
    with held[1] as connection, connection.cursor() as cursor:
        yield cursor


_held: dict[str, tuple[dict[str, object], psycopg2.extensions.connection]] = {}


def _delete_rows(cursor: psycopg2.extensions.cursor, tables: Collection[str]) -> None:
    cursor.execute("SET lock_timeout = '5s'")
    has_rows = sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})")
    cursor.execute(sql.SQL(" UNION ALL ").join(has_rows.format(sql.Literal(name), sql.Identifier(name)) for name in tables))
    full = {name for (name,) in cursor.fetchall()}
    # Where a foreign key is checked at once, what refers goes before what is referred to.
    cursor.execute("SELECT conrelid::regclass::text FROM pg_constraint WHERE contype = 'f' AND NOT condeferrable")
    first = full & {name for (name,) in cursor.fetchall()}
    # Triggers keep what is written once from being deleted.
    cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")
    guarded = full & {name for (name,) in cursor.fetchall()}
    steps = [("ALTER TABLE {} DISABLE TRIGGER USER", guarded), ("DELETE FROM {}", first), ("DELETE FROM {}", full - first)]
    steps += [("SET CONSTRAINTS ALL IMMEDIATE", {""}), ("ALTER TABLE {} ENABLE TRIGGER USER", guarded)]
    for statement, names in steps:
        for name in names:
            cursor.execute(sql.SQL(statement).format(sql.Identifier(name)))


# In place of Django's flush after a transactional test.
TransactionTestCase._fixture_teardown = lambda case: empty_tables(case.databases)  # type: ignore[method-assign]
# What a test may open unless it names its databases itself: cases need the key store.
TransactionTestCase.databases = {"default", "keys"}  # type: ignore[assignment]


def is_long_run() -> bool:
    """Whether to try many more examples than people wait for: `LONG_RUN=1 make test`."""
    return bool(os.environ.get("LONG_RUN"))


# --- the cast -------------------------------------------------------------------------------------------------------


def member(organisation: Organisation, name: str, *roles: Role) -> User:
    """A person who acts for `organisation` in `roles`, with an address of that name."""
    user = User.objects.create_user(f"{name.lower().replace(' ', '.')}@portal.example", name=name)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    Membership.objects.bulk_create(Membership(user=user, organisation=organisation, role=role) for role in roles)
    return user


@pytest.fixture
def today() -> date:
    return date(2026, 11, 23)  # a Monday


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@pytest.fixture
def focal_point(db: None) -> Organisation:
    return Organisation.objects.create(
        kind=Kind.AGENCY, name="Strategic Goods Focal Point", functions=[Function.OUTREACH], is_focal_point=True
    )


@pytest.fixture
def licensing_agency(db: None) -> Organisation:
    return Organisation.objects.create(kind=Kind.AGENCY, name="Licensing Board", functions=[Function.LICENSING])


@pytest.fixture
def officer(focal_point: Organisation) -> User:
    return member(focal_point, "Olev Officer", Role.CASE_OFFICER)


@pytest.fixture
def supervisor(focal_point: Organisation) -> User:
    return member(focal_point, "Sirje Supervisor", Role.SUPERVISOR)


@pytest.fixture
def editor(focal_point: Organisation) -> User:
    return member(focal_point, "Eda Editor", Role.EDITOR)


@pytest.fixture
def approver(focal_point: Organisation) -> User:
    return member(focal_point, "Aare Approver", Role.APPROVER)


@pytest.fixture
def auditor(focal_point: Organisation) -> User:
    return member(focal_point, "Asta Auditor", Role.AUDITOR)


@pytest.fixture
def administrator(focal_point: Organisation) -> User:
    return member(focal_point, "Ahti Administrator", Role.ADMINISTRATOR)


@pytest.fixture
def gatekeeper(focal_point: Organisation) -> User:
    return member(focal_point, "Gerli Gatekeeper", Role.GATEKEEPER)


@pytest.fixture
def second_gatekeeper(focal_point: Organisation) -> User:
    return member(focal_point, "Guido Gatekeeper", Role.GATEKEEPER)


@pytest.fixture
def licensing_officer(licensing_agency: Organisation) -> User:
    return member(licensing_agency, "Liis Licensing", Role.CASE_OFFICER)


@pytest.fixture
def firm(db: None) -> Organisation:
    return Organisation.objects.create(kind=Kind.FIRM, name="Baltic Photonics OÜ", registration_number="10000018")


@pytest.fixture
def signatory(firm: Organisation) -> User:
    return member(firm, "Signe Signatory", Role.SIGNATORY)


@pytest.fixture
def entry_editor(firm: Organisation) -> User:
    return member(firm, "Enn Entry", Role.ENTRY_EDITOR)


@pytest.fixture
def association(db: None) -> Organisation:
    return Organisation.objects.create(kind=Kind.ASSOCIATION, name="Photonics Cluster")


@pytest.fixture
def association_officer(association: Organisation) -> User:
    return member(association, "Anu Association", Role.OFFICER)


@pytest.fixture
def one_official_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """No topic needs a second official: for tests of something else, which answer in one step."""
    monkeypatch.setattr(countersigning, "TOPICS", frozenset())


SignIn = Callable[[User], Client]


def sign_in(user: User, *, second_factor: bool = True) -> Client:
    """Return a client of their own on which a person is signed in, with the second factor that an official needs."""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    if second_factor:
        session = client.session
        record_authentication(SimpleNamespace(session=session), user, "mfa")
        session.save()
    return client


@pytest.fixture
def signed_in() -> SignIn:
    return sign_in
