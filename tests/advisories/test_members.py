"""The list of an association's members: its own people keep it, nobody else reads it, and no database gives it away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from advisories import addressees, permissions, sealing
from advisories.models import MOST_LISTED, Member, MemberList
from advisories.services import members
from organisations import pasted
from organisations.models import Kind, Organisation, Role, User
from tests.conftest import SignIn, member

pytestmark = pytest.mark.django_db
PAGE = reverse("advisories:members")
CANARY = "canary-of-the-list@pohjala.example"
Enter = Callable[..., members.Foreseen]


@pytest.fixture
def enter(association: Organisation, association_officer: User, now: datetime) -> Enter:
    def enter(*lines: str, association: Organisation = association, by: User = association_officer) -> members.Foreseen:
        return members.enter(association, people=addressees.read("\n".join(lines)), by=by, now=now)

    return enter


@pytest.fixture
def other(db: None) -> Organisation:
    return Organisation.objects.create(kind=Kind.ASSOCIATION, name="Space Cluster")


@pytest.fixture
def others_officer(other: Organisation) -> User:
    return member(other, "Sven Space", Role.OFFICER)


def listed(association: Organisation) -> list[tuple[str, str]]:
    kept = MemberList.objects.get(association=association)
    return sorted(tuple(each) for each in members.people(kept.members.present().in_order(), kept))  # type: ignore[misc]


# --- reading what is pasted -----------------------------------------------------------------------------------------


def test_an_address_and_a_name_are_read_in_either_order_from_any_table() -> None:
    for text in ("a@x.example,Ann\nBob,b@x.example", "a@x.example;Ann\nBob;b@x.example", "a@x.example\tAnn\nBob\tb@x.example"):
        found = [(each.line, each.address, each.name, each.fault) for each in addressees.read(text)]
        assert found == [(1, "a@x.example", "Ann", ""), (2, "b@x.example", "Bob", "")]


def test_the_names_of_columns_and_empty_lines_are_passed_over_and_other_lines_are_faults() -> None:
    found = addressees.read("\ufeffaddress,name\n\na@x.example\nnobody\na@x.example,Ann,Estonia\nb@x.example," + "n" * 151)
    assert [(each.line, each.fault) for each in found] == [(3, ""), (4, "address"), (5, "columns"), (6, "name")]


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a@x.example\0"])
def test_what_is_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(pasted.UnableToRead):
        pasted.text_of(content)


def test_a_quotation_mark_that_never_closes_is_refused_and_not_swallowed() -> None:
    with pytest.raises(pasted.UnableToRead):
        addressees.read('"' + "a@x.example\n" * 20_000)


# --- sealing --------------------------------------------------------------------------------------------------------


def test_what_is_sealed_opens_with_its_key_and_row_alone(association: Organisation, other: Organisation) -> None:
    key = sealing.key_of(association.pk, server_key=b"k" * 32)
    digest = sealing.digest_of("A@x.example", member_list=association.pk, server_key=b"k" * 32)
    person = sealing.Person("A@x.example", "Ann Õun")
    sealed = sealing.seal(person, key=key, digest=digest)
    assert sealing.unseal(sealed, key=key, digest=digest) == person
    wrong = [
        {"key": sealing.key_of(other.pk, server_key=b"k" * 32), "digest": digest},
        {"key": sealing.key_of(association.pk, server_key=b"x" * 32), "digest": digest},
        {"key": key, "digest": bytes(32)},
    ]
    for each in wrong:
        with pytest.raises(sealing.CannotOpen):
            sealing.unseal(sealed, **each)
    with pytest.raises(sealing.CannotOpen):
        sealing.unseal(sealed[:-1] + bytes([sealed[-1] ^ 1]), key=key, digest=digest)


def test_the_length_of_a_sealed_address_says_little_and_two_lists_have_no_digest_in_common() -> None:
    one, two = Organisation(), Organisation()
    key = bytes(32)
    assert len(sealing.seal(sealing.Person("a@b.ee"), key=key, digest=bytes(32))) == len(
        sealing.seal(sealing.Person("somebody.with.a.long.name@a-long-domain.example", "Some Name"), key=key, digest=bytes(32))
    )
    digests = {sealing.digest_of(said, member_list=one.pk, server_key=b"k") for said in ("A@x.example", " a@X.example ")}
    assert len(digests) == 1
    assert sealing.digest_of("a@x.example", member_list=two.pk, server_key=b"k") not in digests
    assert sealing.digest_of("a@x.example", member_list=one.pk, server_key=b"l") not in digests


def test_no_column_of_the_database_holds_an_address_or_a_name(enter: Enter, association: Organisation) -> None:
    enter(f"{CANARY},Canary Optics")
    assert listed(association) == [(CANARY, "Canary Optics")]
    with connection.cursor() as cursor:
        cursor.execute("SELECT member::text FROM advisories_member AS member")
        row = cursor.fetchone()[0]
    for word in (CANARY, CANARY.partition("@")[0], "Canary Optics"):
        assert word not in row
        assert word.encode().hex() not in row


# --- entering -------------------------------------------------------------------------------------------------------


def test_entering_is_idempotent_and_tells_doubles(enter: Enter, association: Organisation) -> None:
    first = enter("a@x.example", "A@X.example", "b@x.example,Bob", "nonsense@", "b@-.x")
    assert (len(first.new), [fault for _line, fault in first.faults]) == (2, ["double", "address", "address"])
    again = enter("a@x.example", "b@x.example,Bob", "c@x.example")
    assert (len(again.new), again.known) == (1, 2)
    assert [address for address, _name in listed(association)] == ["a@x.example", "b@x.example", "c@x.example"]


def test_a_dry_run_changes_nothing(association: Organisation, association_officer: User) -> None:
    found = members.foresee(association, people=addressees.read("a@x.example\na@x.example"), by=association_officer)
    assert (len(found.new), len(found.faults)) == (1, 1)
    assert not MemberList.objects.exists()


def test_a_list_holds_so_many_and_no_more(
    enter: Enter, association: Organisation, association_officer: User, now: datetime
) -> None:
    enter("a@x.example")
    kept = MemberList.objects.get()
    full = [Member(list=kept, digest=n.to_bytes(32, "big"), sealed=b"x", entered_on=now) for n in range(MOST_LISTED - 2)]
    Member.objects.bulk_create(full, batch_size=5000)
    enter("b@x.example")
    with pytest.raises(members.UnableToKeep, match="at most 20,000"):
        enter("c@x.example")
    assert enter("a@x.example", "b@x.example").known == 2
    assert members.foresee(association, people=addressees.read("c@x.example"), by=association_officer).is_too_many


def test_only_officers_and_signatories_of_the_association_keep_it(
    enter: Enter, association: Organisation, others_officer: User, editor: User, administrator: User, signatory: User, now: datetime
) -> None:
    enter("a@x.example")
    scribe = member(association, "Ene Entry", Role.ENTRY_EDITOR)
    both = member(association, "Oskar Official", Role.OFFICER)
    both.memberships.create(organisation=Organisation.objects.get(is_focal_point=True), role=Role.EDITOR)
    both = User.objects.get(pk=both.pk)
    for person in (others_officer, editor, administrator, signatory, scribe, both):
        assert not permissions.may_keep_members(person, association)
        assert not MemberList.objects.kept_by(person).filter(association=association).exists()
        for verb in (
            lambda person=person: enter("b@x.example", by=person),
            lambda person=person: members.find(association, address="a@x.example", by=person),
            lambda person=person: members.erase(association, by=person, now=now),
            lambda person=person: members.remove(Member.objects.get(), by=person, now=now),
            lambda person=person: members.let_back(association, address="a@x.example", by=person, now=now),
            lambda person=person: members.answer_to(association, address="o@x.example", by=person, now=now),
            lambda person=person: members.foresee(association, people=[], by=person),
        ):
            with pytest.raises(members.UnableToKeep):
                verb()
    board = member(association, "Siim Signatory", Role.SIGNATORY)
    assert permissions.may_keep_members(board, association)
    assert MemberList.objects.kept_by(board).get().association == association
    assert Member.objects.count() == 1


def test_one_is_found_by_the_whole_address_alone(enter: Enter, association: Organisation, association_officer: User) -> None:
    enter("a@x.example")
    assert members.find(association, address=" A@X.example ", by=association_officer)
    assert members.find(association, address="b@x.example", by=association_officer) is None
    for part in ("x.example", "a@", "%@x.example, b@x.example"):
        with pytest.raises(members.UnableToKeep):
            members.find(association, address=part, by=association_officer)


def test_one_is_removed_and_all_are_erased_but_who_left_stays_away(
    enter: Enter, association: Organisation, association_officer: User, now: datetime
) -> None:
    enter("a@x.example", "b@x.example", "left@x.example", CANARY)
    gone = members.find(association, address="left@x.example", by=association_officer)
    Member.objects.filter(pk=gone.pk).update(sealed=None, left_on=now)  # type: ignore[union-attr]
    found = members.find(association, address="a@x.example", by=association_officer)
    assert found
    members.remove(found, by=association_officer, now=now)
    assert [address for address, _name in listed(association)] == ["b@x.example", CANARY]
    assert members.erase(association, by=association_officer, now=now) == 2
    assert listed(association) == []
    again = enter("a@x.example", "left@x.example")
    assert (len(again.new), [line.address for line in again.left]) == (1, ["left@x.example"])
    members.let_back(association, address="left@x.example", by=association_officer, now=now)
    assert [address for address, _name in listed(association)] == ["a@x.example", "left@x.example"]
    with pytest.raises(members.UnableToKeep):
        members.let_back(association, address="a@x.example", by=association_officer, now=now)


def test_the_database_refuses_a_member_twice_and_one_who_left_with_an_address(enter: Enter, now: datetime) -> None:
    enter("a@x.example")
    there = Member.objects.get()
    wrong: list[dict[str, Any]] = [
        {"digest": there.digest, "sealed": b"x"},
        {"digest": bytes(32), "sealed": b"x", "left_on": now},
        {"digest": bytes(32), "sealed": None},
        {"digest": bytes(32), "sealed": None, "left_on": now, "came_back_on": now},
    ]
    for each in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            Member.objects.create(list=there.list, entered_on=now, **each)
    Member.objects.create(list=there.list, entered_on=now, digest=bytes(32), sealed=None, left_on=now)


# --- its page -------------------------------------------------------------------------------------------------------


def test_it_is_tried_first_and_then_entered(association: Organisation, association_officer: User, signed_in: SignIn) -> None:
    client = signed_in(association_officer)
    people = "a@x.example, Ann\nb@x.example\nb@x.example\n<script>@x"
    said = {"organisation": association.pk, "people": people, "expects": "on"}
    tried = client.post(PAGE, said).content.decode()
    assert "2 members are new." in tried
    assert "Line 3, b@x.example: the address stands further up already" in tried
    assert "Line 4, &lt;script&gt;@x: this is no email address" in tried
    assert not Member.objects.exists()
    done = client.post(PAGE, {**said, "enter": "1"}, follow=True).content.decode()
    assert "2 members have been entered." in done
    assert "a@x.example" in done
    assert [address for address, _name in listed(association)] == ["a@x.example", "b@x.example"]


def test_a_file_is_put_below_what_was_typed_and_never_entered_unread(
    association: Organisation, association_officer: User, signed_in: SignIn
) -> None:
    client = signed_in(association_officer)
    file = SimpleUploadedFile("members.csv", "email;name\nb@x.example;Põhja\n".encode())
    said = {"organisation": association.pk, "people": "a@x.example,Ann", "expects": "on", "table": file, "enter": "1"}
    tried = client.post(PAGE, said)
    assert not Member.objects.exists()
    shown = tried.context["form"]["people"].value()
    assert "b@x.example,Põhja" in shown
    client.post(PAGE, {"organisation": association.pk, "people": shown, "expects": "on", "enter": "1"})
    assert [address for address, _name in listed(association)] == ["a@x.example", "b@x.example"]


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"people": ""}, "Paste at least one address"),
        ({"people": "a@x.example\n" * 10_001}, "Enter at most 10,000 at once"),
        ({"people": "a@x.example", "expects": ""}, "Enter nobody who does not expect mail"),
        ({"people": "a@x.example\0"}, "Null characters are not allowed"),
        ({"table": b"\xff\xfe\x00"}, "Save the file as CSV in UTF-8"),
        ({"table": b"x" * 800_001}, "The file is larger than 800 kB"),
    ],
)
def test_what_is_refused_says_how_to_mend_it_and_comes_back(
    said: dict[str, Any], sentence: str, association: Organisation, association_officer: User, signed_in: SignIn
) -> None:
    form: dict[str, Any] = {"organisation": association.pk, "people": "keep@x.example", "expects": "on", "enter": "1", **said}
    if "table" in said:
        form["table"] = SimpleUploadedFile("members.csv", said["table"])
    refused = signed_in(association_officer).post(PAGE, form)
    assert (refused.status_code, sentence in refused.content.decode()) == (422, True)
    if form["people"]:
        assert form["people"].split("\0")[0][:40] in refused.content.decode()
    assert not Member.objects.exists()


def test_another_association_and_officials_get_nowhere(
    enter: Enter,
    association: Organisation,
    others_officer: User,
    administrator: User,
    editor: User,
    signed_in: SignIn,
) -> None:
    enter(CANARY)
    pk, here = Member.objects.get().pk, {"organisation": association.pk, "address": CANARY, "sure": "on", "reply_to": "x@x.example"}
    ways = [reverse(f"advisories:members{name}") for name in ("", "-find", "-let-back", "-answers", "-erase")]
    for person, status in ((others_officer, 404), (administrator, 403), (editor, 403)):
        client = signed_in(person)
        assert client.get(f"{PAGE}?association={association.pk}").status_code == status
        for way in ways:
            assert client.post(way, here).status_code == status
        assert client.post(reverse("advisories:members-remove", args=[pk])).status_code == status
    assert CANARY not in signed_in(others_officer).get(PAGE).content.decode()
    assert Client().get(PAGE).status_code == 302
    assert Member.objects.present().count() == 1


def test_the_page_finds_removes_and_erases(
    enter: Enter, association: Organisation, association_officer: User, signed_in: SignIn
) -> None:
    enter("a@x.example,Ann", "b@x.example")
    client, here = signed_in(association_officer), {"organisation": association.pk}
    found = client.post(reverse("advisories:members-find"), {**here, "address": "A@x.example"}).content.decode()
    assert ("Ann" in found, "b@x.example" in found) == (True, False)
    nobody = client.post(reverse("advisories:members-find"), {**here, "address": "z@x.example"}).content.decode()
    assert "This address is not on your list." in nobody
    assert client.post(reverse("advisories:members-find"), {**here, "address": "x.example"}).status_code == 422
    assert client.get(reverse("advisories:members-find")).status_code == 405
    first = Member.objects.in_order()[0]
    client.post(reverse("advisories:members-remove", args=[first.pk]))
    assert [address for address, _name in listed(association)] == ["b@x.example"]
    assert client.post(reverse("advisories:members-remove", args=[first.pk])).status_code == 404
    erase = reverse("advisories:members-erase")
    assert "1 member of Photonics Cluster is on it" in client.get(erase).content.decode()
    assert client.post(erase, here).status_code == 422
    assert Member.objects.count() == 1
    client.post(erase, {**here, "sure": "on"})
    assert not Member.objects.exists()


def test_the_address_for_answers_is_one(association: Organisation, association_officer: User, signed_in: SignIn) -> None:
    client, way = signed_in(association_officer), reverse("advisories:members-answers")
    for wrong in ("nobody", "a@x.example\r\nBcc: b@x.example", '"a b"@x.example'):
        assert client.post(way, {"organisation": association.pk, "reply_to": wrong}).status_code == 422
    assert client.post(way, {"organisation": association.pk, "reply_to": "office@cluster.example"}).status_code == 302
    assert MemberList.objects.get().reply_to == "office@cluster.example"


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_takes_a_fixed_number_of_queries(
    number: int, enter: Enter, association_officer: User, signed_in: SignIn, django_assert_num_queries: Any
) -> None:
    enter(*[f"a{n}@x.example" for n in range(number)])
    client = signed_in(association_officer)
    client.get(PAGE)
    # session, user, memberships, the list, count, rows, those that came back
    with django_assert_num_queries(7):
        assert client.get(PAGE).status_code == 200


def test_the_list_is_paged(enter: Enter, association_officer: User, signed_in: SignIn) -> None:
    enter(*[f"a{n:03}@x.example" for n in range(120)])
    page = signed_in(association_officer).get(f"{PAGE}?page=3").content.decode()
    assert ("a099@x.example" in page, "a100@x.example" in page, "a119@x.example" in page) == (False, True, True)


def test_no_session_and_no_message_holds_an_address(enter: Enter, association_officer: User, signed_in: SignIn) -> None:
    client = signed_in(association_officer)
    association = association_officer.memberships.get().organisation
    here = {"organisation": association.pk}
    client.post(PAGE, {**here, "people": CANARY, "expects": "on", "enter": "1"})
    client.post(reverse("advisories:members-find"), {**here, "address": CANARY})
    client.post(reverse("advisories:members-remove", args=[Member.objects.get().pk]))
    assert CANARY not in str(dict(client.session.items())) + str(client.cookies)
