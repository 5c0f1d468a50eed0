"""Tokens of people's programs: made after a second factor, shown once, kept as a digest, dead with their owner."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from organisations import services
from organisations.models import OFFICIALS_SCOPES, ApiToken, Membership, Organisation, Role, Scope, User
from tests.conftest import SignIn

TOKENS = "/organisations/tokens/"
FORM = b"f" * 32


def made(by: User, today: date, *scopes: Scope, days: int = 90, form: bytes = FORM) -> services.MadeToken:
    return services.make_token(name="Sync", scopes=scopes or OFFICIALS_SCOPES, days=days, form=form, by=by, today=today)


def fields(client: Client) -> dict[str, Any]:
    once = re.search(r'name="once" value="([^"]+)"', client.get(TOKENS).content.decode())
    assert once
    return {"name": "Nightly export", "scopes": ["inquiries:read"], "days": "30", "once": once[1]}


def secrets_in(page: str) -> list[str]:
    return re.findall(r"fpt_[A-Za-z0-9_-]{43}", page)


def test_an_official_makes_a_token_and_sees_its_secret_once(officer: User, signed_in: SignIn) -> None:
    client = signed_in(officer)
    (secret,) = secrets_in(client.post(TOKENS, fields(client)).content.decode())
    token = services.use_token(secret, today=timezone.localdate())
    assert token is not None
    assert (token.owner, token.name, token.scopes) == (officer, "Nightly export", ["inquiries:read"])
    assert token.expires_on == timezone.localdate() + timedelta(days=30)
    listed = client.get(TOKENS).content.decode()
    assert ("Nightly export" in listed, secrets_in(listed)) == (True, [])


def test_the_same_form_sent_twice_makes_one_token(officer: User, signed_in: SignIn) -> None:
    client = signed_in(officer)
    sent = fields(client)
    first, again = (secrets_in(client.post(TOKENS, sent).content.decode()) for _ in range(2))
    assert first == again != []
    assert ApiToken.objects.count() == 1


def test_the_same_form_in_another_persons_hands_makes_another_secret(officer: User, supervisor: User, today: date) -> None:
    assert made(officer, today).secret != made(supervisor, today).secret


def test_no_secret_is_in_the_database(officer: User, today: date) -> None:
    secret = made(officer, today).secret
    with connection.cursor() as cursor:
        cursor.execute("SELECT token::text FROM organisations_apitoken AS token")
        kept = str(cursor.fetchall())
    assert (secret in kept, secret.removeprefix("fpt_") in kept, secret.encode().hex() in kept) == (False, False, False)
    assert len(bytes(ApiToken.objects.get().digest)) == 32


@pytest.mark.parametrize("second_factor", [True, False])
@pytest.mark.parametrize("who", ["officer", "signatory"])
def test_without_a_second_factor_nobody_comes_to_tokens(
    request: pytest.FixtureRequest, signed_in: SignIn, who: str, *, second_factor: bool
) -> None:
    client = signed_in(request.getfixturevalue(who), second_factor=second_factor)
    assert client.get(TOKENS).status_code == (200 if second_factor else 302)
    assert client.post(TOKENS, {}).status_code == (422 if second_factor else 302)


@pytest.mark.parametrize(
    ("who", "offered"),
    [
        ("signatory", ["advisories:read", "inquiries:ask", "registry:entry", "registry:meet"]),
        ("entry_editor", ["advisories:read", "inquiries:ask", "registry:entry", "registry:meet"]),
        ("association_officer", ["advisories:read", "inquiries:ask"]),
    ],
)
def test_who_acts_for_others_makes_a_token_that_asks_and_no_officials(
    request: pytest.FixtureRequest, signed_in: SignIn, today: date, who: str, offered: list[str]
) -> None:
    person = request.getfixturevalue(who)
    client = signed_in(person)
    page = client.get(TOKENS).content.decode()
    assert re.findall(r'name="scopes" value="([^"]+)"', page) == offered
    sent = fields(client) | {"scopes": ["inquiries:ask"]}
    assert len(secrets_in(client.post(TOKENS, sent).content.decode())) == 1
    assert client.post(TOKENS, sent | {"scopes": ["inquiries:read"]}).status_code == 422
    for scope in set(Scope) - set(offered):
        with pytest.raises(services.UnableToMakeToken, match="more than you may"):
            made(person, today, scope)
    assert ApiToken.objects.get().scopes == ["inquiries:ask"]


def test_an_official_asks_in_nobodys_name(officer: User, today: date) -> None:
    with pytest.raises(services.UnableToMakeToken, match="more than you may"):
        made(officer, today, Scope.INQUIRIES_ASK)


def test_no_token_both_asks_and_answers(officer: User, firm: Organisation, today: date) -> None:
    Membership.objects.create(user=officer, organisation=firm, role=Role.ENTRY_EDITOR)
    both = User.objects.get(pk=officer.pk)
    with pytest.raises(services.UnableToMakeToken, match="nothing else"):
        made(both, today, Scope.INQUIRIES_ASK, Scope.INQUIRIES_READ)
    with pytest.raises(services.UnableToMakeToken, match="nothing else"):
        made(both, today, Scope.INQUIRIES_ASK, Scope.REGISTRY_ENTRY)
    assert made(both, today, Scope.INQUIRIES_ASK).token.scopes == ["inquiries:ask"]


@pytest.mark.parametrize("who", ["officer", "signatory", "association_officer"])
def test_nobody_chooses_to_look_where_nothing_binds_the_token(request: pytest.FixtureRequest, today: date, who: str) -> None:
    with pytest.raises(services.UnableToMakeToken, match="more than you may"):
        made(request.getfixturevalue(who), today, Scope.REGISTRY_LOOK)


def test_who_belongs_nowhere_has_no_tokens(signed_in: SignIn, today: date, db: None) -> None:
    nobody = User.objects.create_user("nobody@portal.example", name="No Body")
    client = signed_in(nobody)
    assert (client.get(TOKENS).status_code, client.post(TOKENS, {}).status_code) == (403, 403)
    with pytest.raises(services.UnableToMakeToken, match="Only officials"):
        made(nobody, today)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""), ("name", "x" * 61), ("name", "\x07"), ("scopes", ""), ("scopes", "everything"), ("days", "366"),
        ("days", "0"), ("days", ""), ("once", ""), ("once", "short"), ("once", "x" * 41), ("once", "ä" * 43),
    ],
)  # fmt: skip
def test_a_token_that_can_not_be_is_refused(officer: User, signed_in: SignIn, field: str, value: str) -> None:
    client = signed_in(officer)
    assert client.post(TOKENS, fields(client) | {field: value}).status_code == 422
    assert ApiToken.objects.count() == 0


@pytest.mark.parametrize("days", [0, 366, -1])
def test_a_token_lasts_a_year_at_most(officer: User, today: date, days: int) -> None:
    with pytest.raises(services.UnableToMakeToken):
        made(officer, today, days=days)
    assert made(officer, today, days=365).token.expires_on == today + timedelta(days=365)


@pytest.mark.parametrize(
    "change", [{"expires_on": date(2028, 1, 1)}, {"expires_on": date(2020, 1, 1)}, {"scopes": []}, {"scopes": ["everything"]}]
)
def test_the_database_knows_the_bounds_of_a_token(officer: User, today: date, change: dict[str, Any]) -> None:
    made(officer, today)
    with pytest.raises(IntegrityError), transaction.atomic():
        ApiToken.objects.update(**change)


def test_a_token_is_revoked_by_its_owner_alone(officer: User, supervisor: User, signed_in: SignIn) -> None:
    today = timezone.localdate()
    found = made(officer, today)
    path = f"{TOKENS}{found.token.pk}/revoke/"
    assert signed_in(supervisor).post(path).status_code == 404
    services.revoke_token(found.token, by=supervisor, today=today)
    assert services.use_token(found.secret, today=today) is not None
    client = signed_in(officer)
    assert client.get(path).status_code == 405
    assert client.post(path)["Location"] == TOKENS
    assert services.use_token(found.secret, today=today) is None
    assert "Revoked" in client.get(TOKENS).content.decode()


def test_a_token_is_dead_when_it_is_over_or_its_owner_has_left(officer: User, today: date) -> None:
    found = made(officer, today, days=30)
    assert services.use_token(found.secret, today=today + timedelta(days=30)) is not None
    assert services.use_token(found.secret, today=today + timedelta(days=31)) is None
    User.objects.filter(pk=officer.pk).update(is_active=False)
    assert services.use_token(found.secret, today=today) is None


@pytest.mark.parametrize("secret", ["", "fpt_", "x" * 47, "\x00", "fpt_" + "A" * 43])
def test_what_is_no_token_opens_nothing(officer: User, today: date, secret: str) -> None:
    made(officer, today)
    assert services.use_token(secret, today=today) is None


def test_of_its_use_the_day_is_kept_and_written_once_a_day(officer: User, today: date, django_assert_num_queries: Any) -> None:
    secret = made(officer, today).secret
    with django_assert_num_queries(2):
        services.use_token(secret, today=today)
    with django_assert_num_queries(1):
        services.use_token(secret, today=today)
    assert ApiToken.objects.get().last_used_on == today


def test_a_token_of_somebody_who_is_no_official_any_more_is_within_their_rights(officer: User, today: date) -> None:
    secret = made(officer, today).secret
    Membership.objects.filter(user=officer).delete()
    token = services.use_token(secret, today=today)
    assert token is not None
    assert token.owner.memberships_held == []
