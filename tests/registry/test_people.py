"""A person is shown where the firm and the person agree, part by part and group by group, and nowhere else."""

import re
import threading
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connections, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mailroom.models import Envelope, Letter
from organisations.models import User
from registry import gateway
from registry.disclosure import GROUPS, TEMPLATES, Audience, Field, Group, Purpose
from registry.disclosure import compile as compiled
from registry.models import PERSON_FIELDS, Consent, Disclosed, Entry, EntryChange, Person
from registry.permissions import PUBLIC, Capacity, capacities, official_capacities
from registry.services import agreements, entries, people, projection
from tests.conftest import SignIn
from tests.registry.conftest import Agree, MakeEntry, grant

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "disclosed"])

VALUES = {
    "name": "Kai Contact",
    "role": "Export manager",
    "email": "kai@photonics.example",
    "phone": "+372 600 0000",
    "languages": ["et", "en"],
}
TERMS = {
    "rules": [
        rule
        for audience in (Audience.FOCAL_POINT, Audience.ASSOCIATIONS, Audience.PUBLIC)
        for rule in grant(audience, gateway.USUAL_PURPOSES.get(audience, Purpose.OUTREACH), Field.LEGAL_NAME, Field.PEOPLE)["rules"]
    ]
}
PEOPLE = "registry:people"


@pytest.fixture
def person(entry: Entry, entry_editor: User, now: datetime, today: date) -> Person:
    return people.name(entry=entry, values=VALUES, by=entry_editor, now=now, today=today)


def seen(entry: Entry, audience: Audience) -> Any:
    """What the projection holds of people for an audience."""
    rows = Disclosed.objects.using("disclosed").filter(entry_id=entry.pk, audience=audience)
    return [row.people for row in rows]


# --- what is shown --------------------------------------------------------------------------------------------------


def test_nothing_is_shown_before_the_person_agrees(entry: Entry, agree: Agree, person: Person) -> None:
    agree(entry, TERMS)
    assert [seen(entry, audience) for audience in (Audience.FOCAL_POINT, Audience.ASSOCIATIONS, Audience.PUBLIC)] == [[None]] * 3


def test_each_group_sees_the_parts_agreed_for_it_and_no_more(
    entry: Entry, agree: Agree, person: Person, officer: User, association_officer: User, today: date
) -> None:
    agree(entry, TERMS)
    agreed = {Group.OFFICIALS: ["name", "email", "languages"], Group.PARTNERS: ["role"]}
    people.answer(person=person, agreed=agreed, today=today)
    officials = gateway.disclosed(officer, Purpose.OUTREACH, "x", today=today, capacity=official_capacities(officer)[0])
    assert officials.one(entry.pk).values[Field.PEOPLE] == [
        {"name": "Kai Contact", "email": "kai@photonics.example", "languages": ["et", "en"]}
    ]
    partners = gateway.disclosed(
        association_officer, Purpose.OUTREACH, "x", today=today, capacity=capacities(association_officer, today=today)[0]
    )
    assert partners.one(entry.pk).values[Field.PEOPLE] == [{"role": "Export manager"}]
    assert [line.value for line in partners.one(entry.pk).lines if line.field == Field.PEOPLE] == [["Export manager"]]
    assert seen(entry, Audience.PUBLIC) == [None]
    assert projection.differences() == []


def test_without_the_firms_agreement_the_persons_consent_shows_nothing(
    entry: Entry, agree: Agree, person: Person, signatory: User, today: date, now: datetime
) -> None:
    people.answer(person=person, agreed={group: list(PERSON_FIELDS) for group in Group}, today=today)
    agree(entry)  # shows no people
    assert seen(entry, Audience.ASSOCIATIONS) == [None]
    agreements.withdraw(entry=entry, by=signatory, now=now)
    agree(entry, TERMS)
    assert [list(parts) for parts in seen(entry, Audience.ASSOCIATIONS)[0]] == [list(PERSON_FIELDS)]


def test_what_is_taken_back_is_gone_at_once_and_the_rest_stays(entry: Entry, agree: Agree, person: Person, today: date) -> None:
    agree(entry, TERMS)
    people.answer(person=person, agreed={Group.PUBLIC: ["name", "phone"], Group.OFFICIALS: ["name"]}, today=today)
    assert seen(entry, Audience.PUBLIC) == [[{"name": "Kai Contact", "phone": "+372 600 0000"}]]
    people.answer(person=person, agreed={Group.OFFICIALS: ["name"]}, today=today + timedelta(days=1))
    assert (seen(entry, Audience.PUBLIC), seen(entry, Audience.FOCAL_POINT)) == ([None], [[{"name": "Kai Contact"}]])
    periods = Consent.objects.order_by("group", "field").values_list("group", "field", "since", "until")
    assert list(periods) == [
        ("officials", "name", today, None),
        ("public", "name", today, today + timedelta(days=1)),
        ("public", "phone", today, today + timedelta(days=1)),
    ]


def test_no_template_shows_people() -> None:
    assert not [name for name, terms in TEMPLATES.items() for fields in compiled(terms).values() if Field.PEOPLE in fields]


def test_every_audience_is_in_a_group() -> None:
    assert set(GROUPS) == set(Audience)
    assert set(GROUPS.values()) == set(Group)


def test_no_official_confirms_what_people_say_of_themselves(
    entry: Entry, agree: Agree, person: Person, officer: User, now: datetime, today: date
) -> None:
    with pytest.raises(entries.UnableToConfirm):
        entries.confirm(entry_id=entry.pk, field=Field.PEOPLE, level="document", reason="x", by=officer, now=now)


# --- the firm -------------------------------------------------------------------------------------------------------


def test_only_an_editor_of_the_firm_names_and_removes(
    entry: Entry,
    person: Person,
    make_entry: MakeEntry,
    signatory: User,
    officer: User,
    association_officer: User,
    now: datetime,
    today: date,
) -> None:
    other = make_entry(legal_name="Other OÜ")
    stranger = User.objects.get(memberships__organisation=other.organisation)
    for by in (signatory, officer, association_officer, stranger):
        with pytest.raises(people.UnableToName):
            people.name(entry=entry, values=VALUES | {"email": "b@x.example"}, by=by, now=now, today=today)
        with pytest.raises(people.UnableToName):
            people.remove(person=person, by=by, now=now)
    assert Person.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"email": "nobody"}, {"phone": "call me"}, {"languages": ["xx"]}, {"role": "x" * 201}, {"name": "a\x07b"}],
)
def test_what_is_no_person_is_refused(entry: Entry, entry_editor: User, now: datetime, today: date, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        people.name(entry=entry, values=VALUES | wrong, by=entry_editor, now=now, today=today)
    assert not Letter.objects.exists()


def test_an_address_is_named_once_and_the_number_of_people_and_letters_is_bounded(
    entry: Entry, person: Person, entry_editor: User, now: datetime, today: date
) -> None:
    with pytest.raises(people.AlreadyNamed):
        people.name(entry=entry, values=VALUES | {"email": "Kai@photonics.example"}, by=entry_editor, now=now, today=today)
    for number in range(people.MOST_PEOPLE - 1):
        people.name(entry=entry, values=VALUES | {"email": f"{number}@x.example"}, by=entry_editor, now=now, today=today)
    with pytest.raises(people.TooMany):
        people.name(entry=entry, values=VALUES | {"email": "last@x.example"}, by=entry_editor, now=now, today=today)
    for found in list(Person.objects.all()):
        people.remove(person=found, by=entry_editor, now=now)
    with pytest.raises(people.TooMany):  # as many letters as a day has
        people.name(entry=entry, values=VALUES, by=entry_editor, now=now, today=today)
    assert EntryChange.objects.filter(fields=["people"]).count() == people.MOST_A_DAY
    later = now + timedelta(days=1, minutes=1)
    assert people.name(entry=entry, values=VALUES, by=entry_editor, now=later, today=today).pk


def test_the_same_person_named_twice_at_once_is_named_once(entry: Entry, entry_editor: User, now: datetime, today: date) -> None:
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def run() -> None:
        start.wait()
        try:
            people.name(entry=entry, values=VALUES, by=entry_editor, now=now, today=today)
            outcomes.append("named")
        except people.AlreadyNamed:
            outcomes.append("already")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sorted(outcomes), Letter.objects.count()) == (["already", "named"], 1)


def test_the_firms_pages(
    signed_in: SignIn, entry: Entry, entry_editor: User, signatory: User, make_entry: MakeEntry, now: datetime, today: date
) -> None:
    client = signed_in(entry_editor)
    assert "Nobody is named" in client.get(reverse(PEOPLE)).content.decode()
    answer = client.post(reverse(PEOPLE), VALUES | {"name": ""})
    assert (answer.status_code, "Enter the name" in answer.content.decode(), "Export manager" in answer.content.decode()) == (
        422,
        True,
        True,
    )
    assert client.post(reverse(PEOPLE), VALUES).status_code == 302
    assert client.post(reverse(PEOPLE), VALUES).status_code == 422
    page = client.get(reverse(PEOPLE)).content.decode()
    assert "Has not answered" in page
    assert "Kai Contact" in client.get(reverse("registry:entry")).content.decode()
    remove = reverse("registry:person-remove", args=[Person.objects.get().pk])
    reader = signed_in(signatory)
    assert "Send the letter" not in reader.get(reverse(PEOPLE)).content.decode()
    assert (reader.post(reverse(PEOPLE), VALUES | {"email": "b@x.example"}).status_code, reader.post(remove).status_code) == (
        403,
        403,
    )
    other = make_entry(legal_name="Other OÜ")
    stranger = signed_in(User.objects.get(memberships__organisation=other.organisation))
    assert stranger.post(remove).status_code == 404
    assert client.get(reverse(PEOPLE), {"unknown": "1"}).status_code == 400
    assert client.post(remove).status_code == 302
    assert (Person.objects.count(), Letter.objects.filter(purpose="person-named").count()) == (0, 0)


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_queries_however_many_are_named(
    signed_in: SignIn, entry: Entry, entry_editor: User, now: datetime, today: date, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        found = people.name(entry=entry, values=VALUES | {"email": f"{number}@x.example"}, by=entry_editor, now=now, today=today)
        people.answer(person=found, agreed={Group.PUBLIC: ["name"]}, today=today)
    client = signed_in(entry_editor)
    with django_assert_num_queries(6):
        assert len(client.get(reverse(PEOPLE)).context["people"]) == count


# --- the person -----------------------------------------------------------------------------------------------------


@pytest.fixture
def link(entry: Entry, entry_editor: User) -> str:
    """The address in the letter that a person gets today."""
    people.name(entry=entry, values=VALUES, by=entry_editor, now=timezone.now(), today=timezone.localdate())
    text = Letter.objects.get(purpose="person-named").text
    found = re.search(r"https?://[^/]+(/registry/person/\S+/)", text)
    assert found
    return found[1]


def test_the_letter_goes_to_the_person_and_says_what_is_kept(link: str) -> None:
    assert list(Envelope.objects.values_list("address", "name")) == [("kai@photonics.example", "Kai Contact")]
    text = Letter.objects.get().text
    for part in ("Baltic Photonics", "Export manager", "+372 600 0000", "Estonian, English"):
        assert part in text


def test_the_link_alone_agrees_changes_and_takes_back(client: Client, entry: Entry, agree: Agree, link: str) -> None:
    agree(entry, TERMS)
    page = client.get(link)
    assert (page.status_code, page.cookies, "Kai Contact" in page.content.decode()) == (200, {}, True)
    assert seen(entry, Audience.PUBLIC) == [None]  # a mail scanner that opens the link agrees to nothing
    assert client.post(link, {"public": ["name"], "partners": ["name", "email"]}).status_code == 302
    assert seen(entry, Audience.PUBLIC) == [[{"name": "Kai Contact"}]]
    assert client.get(link).context["form"]["public"].initial == ["name"]
    assert client.post(link, {"partners": ["name"]}).status_code == 302
    assert (seen(entry, Audience.PUBLIC), seen(entry, Audience.ASSOCIATIONS)) == ([None], [[{"name": "Kai Contact"}]])
    assert client.post(link, {"public": ["salary"]}).status_code == 422
    forged = client.post(link, {"public": ["name"]}, headers={"Sec-Fetch-Site": "cross-site"})
    assert (forged.status_code, seen(entry, Audience.PUBLIC)) == (403, [None])


@pytest.mark.parametrize("refusal", [{"refuse": "1", "public": ["name"]}, {}])
def test_whoever_refuses_or_ticks_nothing_is_erased_with_the_letter(
    client: Client, entry: Entry, agree: Agree, link: str, refusal: dict[str, Any]
) -> None:
    agree(entry, TERMS)
    client.post(link, {"public": ["name"]})
    answer = client.post(link, refusal)
    assert (answer.status_code, "You are erased" in answer.content.decode()) == (200, True)
    assert (Person.objects.count(), Consent.objects.count(), Letter.objects.filter(purpose="person-named").count()) == (0, 0, 0)
    assert seen(entry, Audience.PUBLIC) == [None]
    assert (client.get(link).status_code, client.post(link, {"public": ["name"]}).status_code) == (404, 404)


def test_a_link_that_is_forged_for_something_else_or_too_old_opens_nothing(
    client: Client, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = link.split("/")[-2]
    for bad in ("A" + token[1:], token.replace(":", ":A", 1), "none", str(Person.objects.get().pk)):
        assert client.get(reverse("registry:person", args=[bad])).status_code == 404
    monkeypatch.setattr(people, "SALT", "something else")
    assert client.get(link).status_code == 404


def test_a_link_is_over_when_its_time_is(link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    token = link.split("/")[-2]
    assert people.find(token, today=timezone.localdate()).name == "Kai Contact"
    with pytest.raises(people.UnableToFind):
        people.find(token, today=timezone.localdate() + people.ANSWERED_WITHIN + timedelta(days=1))
    monkeypatch.setattr(people, "CONSENT_LASTS", timedelta(days=-2))
    with pytest.raises(people.UnableToFind):
        people.find(token, today=timezone.localdate())


def test_who_does_not_answer_in_30_days_is_erased_and_who_agreed_stays_two_years(
    entry: Entry, agree: Agree, person: Person, entry_editor: User, now: datetime, today: date
) -> None:
    agree(entry, TERMS)
    kept = people.name(entry=entry, values=VALUES | {"email": "b@x.example"}, by=entry_editor, now=now, today=today)
    people.answer(person=kept, agreed={Group.PUBLIC: ["name"]}, today=today)
    assert people.erase_due(today=today + people.ANSWERED_WITHIN) == 0
    assert people.erase_due(today=today + people.ANSWERED_WITHIN + timedelta(days=1)) == 1
    assert (list(Person.objects.all()), seen(entry, Audience.PUBLIC)) == ([kept], [[{"name": "Kai Contact"}]])
    with pytest.raises(people.UnableToFind):
        people.answer(person=person, agreed={Group.PUBLIC: ["name"]}, today=today + timedelta(days=31))
    assert people.erase_due(today=today + people.CONSENT_LASTS + timedelta(days=1)) == 1
    assert seen(entry, Audience.PUBLIC) == [None]


def test_the_person_reads_who_saw_which_part(
    client: Client, entry: Entry, agree: Agree, link: str, officer: User, association_officer: User
) -> None:
    agree(entry, TERMS)
    today = timezone.localdate()
    assert "Nobody has seen anything of you" in client.get(link).content.decode()

    def look(by: User, reason: str) -> None:
        gate = gateway.disclosed(by, Purpose.OUTREACH, reason, today=today, capacity=capacities(by, today=today)[0])
        gate.one(entry.pk)

    look(officer, "Before consent")
    client.post(link, {"officials": ["name", "phone"]})
    look(officer, "After consent")
    look(association_officer, "For partners, who see nothing")
    found = client.get(link).context["seen"]
    assert [(each.look.reason, [str(part) for part in each.parts]) for each in found] == [("After consent", ["Name", "Phone"])]


def test_looks_of_days_before_and_after_the_consent_are_not_the_persons(
    entry: Entry, agree: Agree, person: Person, officer: User, entry_editor: User, now: datetime, today: date
) -> None:
    agree(entry, TERMS)
    other = people.name(entry=entry, values=VALUES | {"email": "b@x.example"}, by=entry_editor, now=now, today=today)
    days = [today + timedelta(days=ago) for ago in range(4)]
    people.answer(person=other, agreed={Group.OFFICIALS: ["name"]}, today=days[0])
    for on in days:
        if on == days[1]:
            people.answer(person=person, agreed={Group.OFFICIALS: ["email"], Group.PUBLIC: ["name"]}, today=on)
        if on == days[2]:
            people.answer(person=person, agreed={Group.PUBLIC: ["name"]}, today=on)
        gateway.disclosed(officer, Purpose.OUTREACH, "x", today=on, capacity=official_capacities(officer)[0]).one(entry.pk)
    person = Person.objects.with_consents().get(pk=person.pk)
    assert [each.look.on for each in people.looks_at(person, today=days[-1])] == [days[2], days[1]]


def test_the_public_sees_only_what_is_for_everybody(entry: Entry, agree: Agree, person: Person, officer: User, today: date) -> None:
    agree(entry, TERMS)
    people.answer(person=person, agreed={Group.OFFICIALS: list(PERSON_FIELDS), Group.PUBLIC: ["role"]}, today=today)
    gate = gateway.disclosed(officer, Purpose.BUSINESS_PROMOTION, "", today=today, capacity=PUBLIC)
    assert gate.one(entry.pk).values[Field.PEOPLE] == [{"role": "Export manager"}]
    with pytest.raises(gateway.UnableToLook):
        gateway.disclosed(officer, Purpose.OUTREACH, "x", today=today, capacity=Capacity(Audience.ASSOCIATIONS, entry.organisation))


def test_the_database_keeps_one_consent_at_a_time_and_only_of_what_there_is(person: Person, today: date) -> None:
    usual = {"person": person, "field": "name", "group": "public", "since": today}
    Consent.objects.create(**usual)
    for wrong, name in (
        ({}, "one_consent_at_a_time"),
        ({"field": "salary"}, "consent_field_is_known"),
        ({"group": "press"}, "consent_group_is_known"),
        ({"until": today - timedelta(days=1)}, "consent_period_is_possible"),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Consent.objects.create(**usual | wrong)


def test_the_login_of_outside_reads_opens_no_person() -> None:
    for table in ("registry_person", "registry_consent"):
        with connections["disclosed"].cursor() as cursor, pytest.raises(Exception, match="permission denied"):
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608
