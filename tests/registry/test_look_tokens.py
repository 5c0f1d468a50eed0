"""Tokens for programs that look: bound to one audience and to purposes, and dead when their owner looks so no more."""

from __future__ import annotations

import re
import uuid
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import IntegrityError, ProgrammingError, transaction
from django.test import Client
from django.utils import timezone

from organisations.models import ENTRY_SCOPES, LOOK_SCOPES, ApiToken, Membership, Organisation, Role, Scope, User
from organisations.services import UnableToMakeToken, make_token, revoke_token
from registry.disclosure import Audience, Field, Purpose
from registry.models import Entry, Look, LookToken
from registry.permissions import PUBLIC, Capacity
from registry.services import agreements, looking, pausing
from tests.conftest import SignIn
from tests.registry.conftest import Agree, MakeEntry, grant

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "disclosed"])
TOKENS = "/registry/tokens/"
ENTRIES = "/api/v1/registry/entries/"
WHY = {"purpose": "outreach", "reason": "Seminar"}
TO_FOCAL_POINT = grant(Audience.FOCAL_POINT, Purpose.OUTREACH, Field.LEGAL_NAME)


@pytest.fixture(autouse=True)
def nobody_has_called_yet() -> None:
    cache.clear()


def bound(
    by: User,
    audience: Audience,
    organisation: Organisation,
    *purposes: Purpose,
    form: bytes = b"f" * 32,
) -> looking.MadeToken:
    return looking.make_token(
        name="Sync",
        capacity=Capacity(audience, organisation),
        purposes=purposes or [Purpose.OUTREACH],
        days=30,
        form=form,
        by=by,
        today=timezone.localdate(),
    )


def call(secret: str, asked: dict[str, str] | None = None, path: str = "") -> Any:
    return Client().get(ENTRIES + path, asked or {}, headers={"Authorization": f"Bearer {secret}"})


def fields(client: Client) -> dict[str, Any]:
    page = client.get(TOKENS).content.decode()
    once = re.search(r'name="once" value="([^"]+)"', page)
    assert once
    return {"name": "CRM", "purposes": ["outreach"], "days": "30", "once": once[1]}


def secrets_in(page: str) -> list[str]:
    return re.findall(r"fpt_[A-Za-z0-9_-]{43}", page)


# --- what a token opens ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", [scope for scope in Scope if scope not in LOOK_SCOPES])
def test_a_token_of_any_other_scope_does_not_look(
    officer: User, entry_editor: User, entry: Entry, agree: Agree, scope: Scope
) -> None:
    agree(entry, TO_FOCAL_POINT)
    owner = entry_editor if scope in (Scope.INQUIRIES_ASK, *ENTRY_SCOPES) else officer
    made = make_token(name="Other", scopes=[scope], days=9, form=bytes(32), by=owner, today=timezone.localdate())
    for path in ("", f"{entry.pk}/"):
        answer = call(made.secret, WHY, path)
        assert (answer.status_code, answer.json()["detail"]) == (403, "The token lacks the scope of this call.")
    assert not Look.objects.exists()


def test_a_token_looks_as_its_audience_and_the_ledger_names_the_institution(
    officer: User, focal_point: Organisation, entry: Entry, agree: Agree
) -> None:
    agree(entry, TO_FOCAL_POINT)
    secret = bound(officer, Audience.FOCAL_POINT, focal_point).secret
    [seen] = call(secret, WHY).json()["results"]
    assert seen == {"ref": str(entry.pk), "legal_name": "Baltic Photonics OÜ", "confirmed_in": f"{entry.confirmed_on:%Y-%m}"}
    assert call(secret, WHY | {"audience": "focal-point-outreach"}, f"{entry.pk}/").json() == seen
    assert [(look.institution, look.viewer_id, look.reason, look.kind) for look in Look.objects.order_by("pk")] == [
        (focal_point.name, officer.pk, "Seminar", "list"),
        (focal_point.name, officer.pk, "Seminar", "one"),
    ]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"purpose": "statistics"}, "This token is for no such purpose, only for outreach."),
        ({"audience": "public"}, "This token looks as associations, and as nobody else."),
        ({"audience": "focal-point-outreach"}, "This token looks as associations, and as nobody else."),
    ],
)
@pytest.mark.parametrize("path", ["", f"{uuid.UUID(int=0)}/"])
def test_outside_its_audience_and_purposes_a_token_is_refused_with_a_sentence(
    association_officer: User, association: Organisation, asked: dict[str, str], sentence: str, path: str
) -> None:
    answer = call(bound(association_officer, Audience.ASSOCIATIONS, association).secret, asked, path)
    assert (answer.status_code, answer["Content-Type"], answer.json()["detail"]) == (403, "application/problem+json", sentence)
    assert not Look.objects.exists()


def test_who_need_not_say_a_purpose_needs_to_where_the_token_is_not_for_the_usual_one(
    association_officer: User, association: Organisation, entry: Entry, agree: Agree
) -> None:
    agree(entry, grant(Audience.ASSOCIATIONS, Purpose.MATCHMAKING, Field.LEGAL_NAME))
    made = bound(association_officer, Audience.ASSOCIATIONS, association, Purpose.MATCHMAKING, Purpose.STATISTICS)
    answer = call(made.secret)
    assert (answer.status_code, answer.json()["errors"]) == (400, {"purpose": ["Say for what: matchmaking, statistics."]})
    assert call(made.secret, {"purpose": "matchmaking"}).json()["count"] == 1
    usual = bound(association_officer, Audience.ASSOCIATIONS, association, form=b"g" * 32)
    assert call(usual.secret).json()["count"] == 0


def test_an_officials_program_says_why_at_every_call(officer: User, focal_point: Organisation) -> None:
    secret = bound(officer, Audience.FOCAL_POINT, focal_point).secret
    assert set(call(secret, {"purpose": "outreach"}).json()["errors"]) == {"reason"}
    assert set(call(secret, {"reason": "Seminar"}).json()["errors"]) == {"purpose"}


def test_a_token_of_a_listed_firm_stands_still_with_its_agreement(
    signatory: User, firm: Organisation, entry: Entry, make_entry: MakeEntry, agree: Agree, now: datetime
) -> None:
    for listed in (entry, make_entry(registration_number="12345678", legal_name="Other OÜ")):
        agree(listed, grant(Audience.LISTED_FIRMS, Purpose.MATCHMAKING, Field.LEGAL_NAME))
    secret = bound(signatory, Audience.LISTED_FIRMS, firm, Purpose.MATCHMAKING).secret
    assert call(secret).json()["count"] == 2
    pausing.suspend(version=pausing.standing(entry), side="firm", by=signatory, now=now)  # type: ignore[arg-type]
    assert call(secret).json()["detail"].startswith("This token opens nothing")
    pausing.resume(version=pausing.standing(entry), side="firm", by=signatory, now=now)  # type: ignore[arg-type]
    assert call(secret).json()["count"] == 2
    agreements.withdraw(entry=entry, by=signatory, now=now)
    assert call(secret).status_code == 403


def test_who_looks_no_more_has_a_token_that_opens_nothing_not_even_the_public_cell(
    association_officer: User, association: Organisation, entry: Entry, agree: Agree
) -> None:
    agree(entry)
    secret = bound(association_officer, Audience.ASSOCIATIONS, association).secret
    assert call(secret).json()["count"] == 1
    Membership.objects.filter(user=association_officer).delete()
    for path in ("", f"{entry.pk}/"):
        assert (call(secret, path=path).status_code, call(secret, {"audience": "public"}, path).status_code) == (403, 403)
    assert Look.objects.count() == 1


def test_a_token_in_a_role_that_does_not_look_opens_nothing(officer: User, focal_point: Organisation) -> None:
    secret = bound(officer, Audience.FOCAL_POINT, focal_point).secret
    Membership.objects.filter(user=officer).update(role=Role.AUDITOR)
    assert call(secret, WHY).status_code == 403


def test_a_revoked_token_is_unknown(association_officer: User, association: Organisation) -> None:
    made = bound(association_officer, Audience.ASSOCIATIONS, association)
    revoke_token(made.token, by=association_officer, today=timezone.localdate())
    assert (call(made.secret).status_code, call("fpt_nonsense").status_code) == (401, 401)


def test_a_call_costs_the_same_however_much_it_answers(
    association_officer: User,
    association: Organisation,
    entry: Entry,
    make_entry: MakeEntry,
    agree: Agree,
    django_assert_num_queries: Any,
) -> None:
    agree(entry)
    secret = bound(association_officer, Audience.ASSOCIATIONS, association).secret
    call(secret)
    with django_assert_num_queries(3):  # the token with its owner, what it is bound to, the owner's roles
        assert call(secret).json()["count"] == 1
    for number in ("12345678", "10137319"):
        agree(make_entry(registration_number=number))
    with django_assert_num_queries(3):
        assert call(secret).json()["count"] == 3


# --- the verb and the page ------------------------------------------------------------------------------------------


def test_a_token_is_bound_to_a_capacity_that_its_maker_has(
    officer: User, association_officer: User, focal_point: Organisation, association: Organisation, today: date
) -> None:
    said: dict[str, Any] = {"name": "x", "purposes": [Purpose.OUTREACH], "days": 9, "form": bytes(32), "today": today}
    for by, capacity in (
        (association_officer, Capacity(Audience.FOCAL_POINT, focal_point)),
        (association_officer, Capacity(Audience.ASSOCIATIONS, focal_point)),
        (officer, Capacity(Audience.LICENSING, focal_point)),
        (officer, Capacity(Audience.ASSOCIATIONS, association)),
        (officer, PUBLIC),
    ):
        with pytest.raises(looking.UnableToBind):
            looking.make_token(capacity=capacity, by=by, **said)
    with pytest.raises(UnableToMakeToken, match="a year"):
        looking.make_token(capacity=Capacity(Audience.FOCAL_POINT, focal_point), by=officer, **said | {"days": 366})
    assert (ApiToken.objects.count(), LookToken.objects.count()) == (0, 0)


def test_the_bounds_of_a_token_are_written_once_and_known(officer: User, focal_point: Organisation) -> None:
    bound(officer, Audience.FOCAL_POINT, focal_point)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        LookToken.objects.update(audience="licensing")
    other = bound(officer, Audience.FOCAL_POINT, focal_point, form=b"g" * 32).token
    LookToken.objects.filter(token=other).delete()
    for wrong in ({"audience": "public"}, {"audience": "enforcement"}, {"purposes": []}, {"purposes": ["enforcement"]}):
        said: dict[str, Any] = {"audience": "licensing", "purposes": ["outreach"]} | wrong
        with pytest.raises(IntegrityError), transaction.atomic():
            LookToken.objects.create(token=other, organisation=focal_point, **said)


def test_a_token_is_made_on_the_page_and_shown_once(
    signed_in: SignIn, association_officer: User, association: Organisation
) -> None:
    client = signed_in(association_officer)
    assert "It looks for Photonics Cluster (Industry associations)." in client.get(TOKENS).content.decode()
    sent = fields(client) | {"capacity": f"associations:{association.pk}"}
    first, again = (secrets_in(client.post(TOKENS, sent).content.decode()) for _ in range(2))
    assert len(first) == 1
    assert first == again
    made = LookToken.objects.select_related("token", "organisation").get()
    assert (made.audience, made.organisation, made.purposes) == ("associations", association, ["outreach"])
    assert (made.token.scopes, made.token.expires_on) == (["registry:look"], timezone.localdate() + timedelta(days=30))
    page = client.get(TOKENS).content.decode()
    assert ("CRM" in page, "Photonics Cluster" in page, secrets_in(page)) == (True, True, [])
    assert call(first[0]).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"purposes": []},
        {"purposes": ["enforcement"]},
        {"capacity": "public:"},
        {"capacity": f"licensing:{uuid.UUID(int=0)}"},
        {"days": "366"},
        {"once": "short"},
    ],
)
def test_a_token_that_can_not_be_is_refused_and_nothing_typed_is_lost(
    signed_in: SignIn, association_officer: User, association: Organisation, wrong: dict[str, Any]
) -> None:
    client = signed_in(association_officer)
    answer = client.post(TOKENS, fields(client) | {"capacity": f"associations:{association.pk}"} | wrong)
    assert answer.status_code == 422
    assert ("name" in wrong) or 'value="CRM"' in answer.content.decode()
    assert not LookToken.objects.exists()


@pytest.mark.parametrize(
    ("who", "status"),
    [("officer", 200), ("association_officer", 200), ("signatory", 403), ("auditor", 403), ("administrator", 403)],
)
def test_who_looks_only_as_the_public_needs_no_token(
    request: pytest.FixtureRequest, signed_in: SignIn, who: str, status: int
) -> None:
    client = signed_in(request.getfixturevalue(who))
    assert client.get(TOKENS).status_code == status
    assert client.post(TOKENS, {}).status_code == {200: 422, 403: 403}[status]


def test_without_a_second_factor_nobody_makes_or_revokes_one(
    signed_in: SignIn, association_officer: User, association: Organisation
) -> None:
    made = bound(association_officer, Audience.ASSOCIATIONS, association)
    client = signed_in(association_officer, second_factor=False)
    answers = [client.get(TOKENS), client.post(TOKENS, {}), client.post(f"{TOKENS}{made.token.pk}/revoke/")]
    assert {answer.status_code for answer in answers} == {302}
    assert all("/2fa/" in answer["Location"] for answer in answers)
    assert call(made.secret).status_code == 200


def test_a_token_is_revoked_on_the_page_by_its_owner_alone_also_when_it_stands_still(
    signed_in: SignIn, association_officer: User, officer: User, association: Organisation
) -> None:
    made = bound(association_officer, Audience.ASSOCIATIONS, association)
    path = f"{TOKENS}{made.token.pk}/revoke/"
    assert signed_in(officer).post(path).status_code == 404
    Membership.objects.filter(user=association_officer).delete()
    client = signed_in(User.objects.get(pk=association_officer.pk))
    page = client.get(TOKENS).content.decode()
    assert ("Opens nothing: you do not look so any more." in page, "Make the token" in page) == (True, False)
    assert client.post(path)["Location"] == TOKENS
    assert ApiToken.objects.get().revoked_on == timezone.localdate()
    assert client.get(path).status_code == 405


def test_the_page_costs_the_same_however_many_tokens_there_are(
    signed_in: SignIn, association_officer: User, association: Organisation, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(association_officer)
    bound(association_officer, Audience.ASSOCIATIONS, association)
    with django_assert_max_num_queries(8) as one:
        client.get(TOKENS)
    for number in range(2):
        bound(association_officer, Audience.ASSOCIATIONS, association, form=bytes([number]) * 32)
    with django_assert_max_num_queries(8) as three:
        client.get(TOKENS)
    assert len(one) == len(three)
