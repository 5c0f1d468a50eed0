"""Letting organisations in, and people in and out: who may, and what is refused."""

from __future__ import annotations

from datetime import datetime
from smtplib import SMTPException
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from organisations import services
from organisations.models import Function, Invitation, Kind, Organisation, Role, User
from organisations.permissions import may_manage_members
from tests.conftest import SignIn, member, sign_in

NEW = {"kind": Kind.FIRM, "name": "Kaljuvald OÜ", "country": "EE", "registration_number": "10000026"}


def test_an_administrator_adds_an_organisation_and_comes_to_its_members(administrator: User, signed_in: SignIn) -> None:
    client = signed_in(administrator)
    made = client.post("/organisations/new/", NEW, follow=True)
    firm = Organisation.objects.get(name="Kaljuvald OÜ")
    assert made.redirect_chain == [(f"/organisations/{firm.pk}/members/", 302)]
    assert "Invite its first people." in made.content.decode()
    invited = client.post(f"/organisations/{firm.pk}/members/", {"email": "first@kaljuvald.example", "role": Role.SIGNATORY})
    assert invited.status_code == 302
    assert firm.invitations.get().email == "first@kaljuvald.example"


def test_an_agency_comes_with_its_functions(administrator: User, signed_in: SignIn) -> None:
    said = {"kind": Kind.AGENCY, "name": "Licensing Board", "country": "EE", "functions": [Function.LICENSING, Function.POLICY]}
    signed_in(administrator).post("/organisations/new/", said)
    assert Organisation.objects.get(name="Licensing Board").functions == ["licensing", "policy"]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"kind": ""}, "Choose what it is."),
        ({"kind": "court"}, "Select a valid choice"),
        ({"name": " "}, "Type the full name."),
        ({"name": "x" * 100_001}, "at most 200 characters"),
        ({"short_name": "Bad\x07"}, "Character 4 can’t be shown on a page"),
        ({"country": "XX"}, "Select a valid choice"),
        ({"functions": ["licensing"]}, "Only an agency has functions."),
        ({"functions": ["enforcement"], "kind": Kind.AGENCY}, "Select a valid choice"),
        ({"name": "baltic photonics oü"}, "of this kind and name already"),
        ({"name": "Another", "registration_number": "10000018"}, "with this registration number already"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    administrator: User, firm: Organisation, signed_in: SignIn, changed: dict[str, Any], sentence: str
) -> None:
    sent = NEW | {"website": "kept"} | changed
    refused = signed_in(administrator).post("/organisations/new/", sent)
    page = refused.content.decode().replace("&#x27;", "’").replace("can't", "can’t")
    assert refused.status_code == 422
    assert sentence in page
    assert f'value="{sent["registration_number"]}"' in page
    assert set(Organisation.objects.values_list("name", flat=True)) == {"Strategic Goods Focal Point", "Baltic Photonics OÜ"}


def test_a_form_sent_twice_makes_one_organisation(administrator: User, signed_in: SignIn) -> None:
    client = signed_in(administrator)
    assert [client.post("/organisations/new/", NEW).status_code for _ in range(2)] == [302, 422]
    assert Organisation.objects.filter(name=NEW["name"]).count() == 1


@pytest.mark.parametrize("who", ["signatory", "officer", "supervisor", "licensing_officer"])
def test_nobody_else_adds_organisations(request: pytest.FixtureRequest, focal_point: Organisation, now: datetime, who: str) -> None:
    user = request.getfixturevalue(who)
    assert sign_in(user).post("/organisations/new/", NEW).status_code == 403
    with pytest.raises(services.UnableToFound):
        services.found(kind=Kind.FIRM, name="Kaljuvald OÜ", country="EE", by=user, now=now)


def test_another_agencys_administrator_manages_that_agency_alone(licensing_agency: Organisation, focal_point: Organisation) -> None:
    """Who administers one agency could otherwise make themselves a gatekeeper of the focal point."""
    other = member(licensing_agency, "Lea Licensing", Role.ADMINISTRATOR)
    assert [may_manage_members(other, each) for each in (licensing_agency, focal_point)] == [True, False]
    client = sign_in(other)
    assert client.get(f"/organisations/{licensing_agency.pk}/members/").status_code == 200
    assert client.post(f"/organisations/{focal_point.pk}/members/", {"email": other.email, "role": "gatekeeper"}).status_code == 404
    assert client.get("/organisations/new/").status_code == 403
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("who", ["administrator", "signatory", "entry_editor", "officer", "association_officer"])
def test_the_list_and_the_predicate_say_the_same(
    request: pytest.FixtureRequest, firm: Organisation, association: Organisation, focal_point: Organisation, who: str
) -> None:
    user = request.getfixturevalue(who)
    everybody = Organisation.objects.all()
    assert set(Organisation.objects.managed_by(user)) == {each for each in everybody if may_manage_members(user, each)}


def test_an_administrator_finds_an_organisation_by_a_part_of_its_name(administrator: User, firm: Organisation) -> None:
    client = sign_in(administrator)
    for words, is_there in (("photon", True), ("10000018", True), ("granite", False)):
        assert (firm.name in client.get("/organisations/", {"name": words}).content.decode()) is is_there
    refused = client.get("/organisations/", {"name": "\x07"})
    assert refused.status_code == 422


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_takes_the_same_queries_for_many(
    administrator: User, django_assert_num_queries: DjangoAssertNumQueries, number: int
) -> None:
    client = sign_in(administrator)
    for each in range(number):
        member(Organisation.objects.create(kind=Kind.FIRM, name=f"Firm {each}"), f"Person {each}", Role.SIGNATORY)
    client.get("/organisations/")
    with django_assert_num_queries(6):
        client.get("/organisations/")


# --- changed --------------------------------------------------------------------------------------------------------

RENAMED = {"name": "Baltic Quantum OÜ", "short_name": "BQ", "country": "EE", "registration_number": "10000018"}


def test_an_administrator_changes_what_an_organisation_is_called(administrator: User, firm: Organisation) -> None:
    client = sign_in(administrator)
    page = client.get(f"/organisations/{firm.pk}/change/").content.decode()
    assert f'value="{firm.name}"' in page
    assert 'name="functions"' not in page
    made = client.post(f"/organisations/{firm.pk}/change/", RENAMED)
    assert made["Location"] == f"/organisations/{firm.pk}/members/"
    firm.refresh_from_db()
    assert (firm.name, str(firm), firm.kind, firm.registration_number) == ("Baltic Quantum OÜ", "BQ", "firm", "10000018")


def test_an_agency_is_given_other_functions(administrator: User, licensing_agency: Organisation) -> None:
    said = {"name": licensing_agency.name, "country": "EE", "functions": ["policy", "licensing"]}
    assert sign_in(administrator).post(f"/organisations/{licensing_agency.pk}/change/", said).status_code == 302
    licensing_agency.refresh_from_db()
    assert licensing_agency.functions == ["policy", "licensing"]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": ""}, "Type the full name."),
        ({"name": "FOREST LIDAR OÜ"}, "of this kind and name already"),
        ({"registration_number": "10000034"}, "with this registration number already"),
    ],
)
def test_a_change_to_what_another_one_has_is_refused(
    administrator: User, firm: Organisation, changed: dict[str, str], sentence: str
) -> None:
    Organisation.objects.create(kind=Kind.FIRM, name="Forest Lidar OÜ", country="EE", registration_number="10000034")
    refused = sign_in(administrator).post(f"/organisations/{firm.pk}/change/", RENAMED | changed)
    assert refused.status_code == 422
    assert sentence in refused.content.decode()
    assert 'value="BQ"' in refused.content.decode()


@pytest.mark.parametrize("who", ["signatory", "officer", "supervisor", "licensing_officer"])
def test_nobody_else_changes_an_organisation(
    request: pytest.FixtureRequest, focal_point: Organisation, firm: Organisation, who: str
) -> None:
    user = request.getfixturevalue(who)
    assert sign_in(user).post(f"/organisations/{firm.pk}/change/", RENAMED).status_code == 403
    with pytest.raises(services.UnableToChange):
        services.change(firm, **RENAMED, functions=(), by=user)


# --- out again ------------------------------------------------------------------------------------------------------


def end(client: Client, user: User) -> int:
    (held,) = user.memberships.all()
    return client.post(f"/organisations/{held.organisation_id}/members/{held.pk}/end/").status_code


def test_a_signatory_ends_a_colleagues_membership_at_once(signatory: User, entry_editor: User) -> None:
    colleague = sign_in(entry_editor)
    assert colleague.get("/registry/entry/").status_code == 200
    assert end(sign_in(signatory), entry_editor) == 302
    assert colleague.get("/registry/entry/").status_code == 403
    assert entry_editor.memberships.count() == 0


def test_a_membership_ended_twice_is_no_error(signatory: User, entry_editor: User, firm: Organisation) -> None:
    client = sign_in(signatory)
    path = f"/organisations/{firm.pk}/members/{entry_editor.memberships.get().pk}/end/"
    assert [client.post(path).status_code for _ in range(2)] == [302, 302]


@pytest.mark.parametrize("who", ["entry_editor", "association_officer", "officer", "supervisor"])
def test_nobody_else_ends_a_membership(request: pytest.FixtureRequest, signatory: User, who: str) -> None:
    user = request.getfixturevalue(who)
    assert end(sign_in(user), signatory) == 404
    with pytest.raises(services.UnableToEnd):
        services.end_membership(signatory.memberships.get(), by=user)
    assert signatory.memberships.count() == 1


def test_a_membership_is_ended_by_way_of_its_own_organisation_only(signatory: User, officer: User, firm: Organisation) -> None:
    path = f"/organisations/{firm.pk}/members/{officer.memberships.get().pk}/end/"
    assert sign_in(signatory).post(path).status_code == 302
    assert officer.memberships.count() == 1


def test_the_last_administrator_stays(administrator: User, focal_point: Organisation) -> None:
    client = sign_in(administrator)
    (held,) = administrator.memberships.all()
    refused = client.post(f"/organisations/{focal_point.pk}/members/{held.pk}/end/")
    assert refused.status_code == 409
    assert "This is the last administrator" in refused.content.decode()
    member(focal_point, "Ando Administrator", Role.ADMINISTRATOR)
    assert end(client, administrator) == 302
    assert administrator.memberships.count() == 0


def test_an_invitation_taken_back_opens_nothing(signatory: User, firm: Organisation, now: datetime) -> None:
    invited, letter = services.invite(organisation=firm, email="new@firm.example", role=Role.ENTRY_EDITOR, by=signatory, now=now)
    token = letter.body.partition("/invitation/")[2].partition("/")[0]
    client = sign_in(signatory)
    path = f"/organisations/{firm.pk}/invitations/{invited.pk}/take-back/"
    assert [client.post(path).status_code for _ in range(2)] == [302, 302]
    assert services.find_invitation(token=token, now=now) is None


def test_nobody_else_takes_an_invitation_back(signatory: User, entry_editor: User, firm: Organisation, now: datetime) -> None:
    invited, _letter = services.invite(organisation=firm, email="new@firm.example", role=Role.ENTRY_EDITOR, by=signatory, now=now)
    assert sign_in(entry_editor).post(f"/organisations/{firm.pk}/invitations/{invited.pk}/take-back/").status_code == 404
    with pytest.raises(services.UnableToEnd):
        services.take_back(invited, by=entry_editor)
    assert Invitation.objects.filter(pk=invited.pk).exists()


def test_an_empty_invitation_is_refused_with_a_sentence(signatory: User, firm: Organisation) -> None:
    refused = sign_in(signatory).post(f"/organisations/{firm.pk}/members/", {})
    assert refused.status_code == 422
    assert "Type the address of the person you invite." in refused.content.decode()


def test_the_page_is_found_in_the_menu_by_those_who_manage(signatory: User, entry_editor: User) -> None:
    linked = [b'href="/organisations/"' in sign_in(user).get("/").content for user in (signatory, entry_editor)]
    assert linked == [True, False]


def test_nobody_is_let_into_an_association_unseen(
    administrator: User, association: Organisation, association_officer: User, signed_in: SignIn, mailoutbox: list[EmailMessage]
) -> None:
    """Its officers keep the addresses of members, which no official reads: an official must not make one in secret."""
    chair = member(association, "Aino Chair", Role.SIGNATORY)
    client = signed_in(administrator)
    client.post(f"/organisations/{association.pk}/members/", {"email": "new@cluster.example", "role": Role.OFFICER})
    told, invited = mailoutbox
    assert (told.to, sorted(told.bcc), invited.to) == (
        [],
        sorted([chair.email, association_officer.email]),
        ["new@cluster.example"],
    )
    assert f"{administrator}, who is none of your people, invites new@cluster.example" in told.body
    assert f"/organisations/{association.pk}/members/" in told.body
    assert "/invitation/" not in told.body


def test_what_cannot_be_announced_is_not_sent(
    administrator: User,
    association: Organisation,
    association_officer: User,
    signed_in: SignIn,
    mailoutbox: list[EmailMessage],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    delivered = EmailMessage.send

    def send(letter: EmailMessage, *, fail_silently: bool = False) -> int:
        if letter.bcc:
            raise SMTPException
        return delivered(letter, fail_silently=fail_silently)

    monkeypatch.setattr(EmailMessage, "send", send)
    path = f"/organisations/{association.pk}/members/"
    answer = signed_in(administrator).post(path, {"email": "new@cluster.example", "role": Role.OFFICER}, follow=True)
    assert "did not take the invitation" in answer.content.decode()
    assert mailoutbox == []


def test_nothing_is_announced_where_one_of_its_people_invites_or_nobody_is_there_yet(
    administrator: User, signatory: User, firm: Organisation, association: Organisation, now: datetime
) -> None:
    own, _letter = services.invite(organisation=firm, email="a@firm.example", role=Role.SIGNATORY, by=signatory, now=now)
    first, _letter = services.invite(
        organisation=association, email="a@cluster.example", role=Role.OFFICER, by=administrator, now=now
    )
    assert [services.announcement(each) for each in (own, first)] == [None, None]
