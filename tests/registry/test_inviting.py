"""Associations bring in invitations: one letter an address, nothing kept of the invited but digests, and a way to stop it."""

import html
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection
from django.test import Client
from django.urls import reverse

from mailroom.models import Envelope, Letter
from organisations.models import Kind, Organisation, Role, User
from registry import addressees
from registry.models import InvitationRound, ListingInvitation
from registry.services import inviting
from tests.conftest import SignIn, member
from tests.registry.conftest import at_once

pytestmark = pytest.mark.django_db
LIST = "Põhjala Optics, info@pohjala.example\nArctic Sensors, INFO@arctic.example\n"
WISH = {
    "legal_name": "Põhjala Optics OÜ",
    "country": "EE",
    "registration_number": "10000018",
    "person": "Piia Põhi",
    "email": "piia@pohjala.example",
}


# --- reading --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A, a@a.example", [(1, "A", "a@a.example", "")]),
        ("\ufeffa@a.example;A\n\nB;b@b.example", [(1, "A", "a@a.example", ""), (3, "B", "b@b.example", "")]),
        ("a@a.example", [(1, "", "a@a.example", "")]),
        ("A, a@a.example\nB, A@a.example", [(1, "A", "a@a.example", ""), (2, "B", "A@a.example", "double")]),
        ("A, nobody", [(1, "A", "", "address")]),
        ("A, B, a@a.example", [(1, "A", "a@a.example", "columns")]),
        (f"{'A' * 151}, a@a.example", [(1, "A" * 151, "a@a.example", "name")]),
        ("Buy at https://spam.example, a@a.example", [(1, "Buy at https://spam.example", "a@a.example", "name")]),
    ],
)
def test_each_line_is_read_with_what_is_wrong_with_it(text: str, expected: list[Any]) -> None:
    assert [(each.line, each.name, each.address, each.fault) for each in addressees.read(text)] == expected


# --- sending --------------------------------------------------------------------------------------------------------

Send = Callable[..., InvitationRound | None]


@pytest.fixture
def send(association: Organisation, association_officer: User, today: date, now: datetime) -> Send:
    def invite(text: str = LIST, **said: Any) -> InvitationRound | None:
        usual = {"association": association, "by": association_officer, "today": today, "now": now}
        return inviting.send(**{**usual, **said, "addressees": addressees.read(text)})

    return invite


def letters() -> list[Letter]:
    return list(Letter.objects.filter(purpose="listing-invitation").order_by("envelopes__address"))


def tokens() -> list[str]:
    found = [re.search(r"/registry/invited/([\w-]+)/", letter.text) for letter in letters()]
    return [match[1] for match in found if match]


def test_each_gets_one_letter_with_a_link_of_its_own(send: Send) -> None:
    sent = send()
    assert sent
    assert sent.sent == 2
    assert [letter.envelopes.get().address for letter in letters()] == ["INFO@arctic.example", "info@pohjala.example"]
    assert len(set(tokens())) == 2
    assert "Photonics Cluster suggests" in letters()[0].text


def test_nothing_of_the_invited_is_kept_in_the_registry(send: Send) -> None:
    send()
    with connection.cursor() as cursor:
        for table in ("registry_listinginvitation", "registry_invitationround"):
            cursor.execute(f"SELECT string_agg(line::text, '') FROM {table} AS line")  # noqa: S608  the names stand above
            kept = cursor.fetchone()[0].casefold()
            assert not [words for words in ("hjala", "arctic", "example", *tokens()) if words.casefold() in kept]


def test_nobody_is_written_to_twice_in_a_year_whoever_asks(send: Send, today: date) -> None:
    other = Organisation.objects.create(kind=Kind.ASSOCIATION, name="Other Cluster")
    send()
    theirs = {"association": other, "by": member(other, "Other Officer", Role.OFFICER)}
    assert send(LIST.upper(), **theirs) is None
    assert InvitationRound.objects.count() == 1
    assert send(today=today + timedelta(days=365)) is None
    again = send(today=today + timedelta(days=366), **theirs)
    assert again
    assert again.sent == 2
    assert (ListingInvitation.objects.count(), len(letters())) == (2, 4)


@pytest.mark.parametrize("state", ["accepted", "stopped"])
def test_whoever_accepted_or_wants_no_such_letters_is_never_written_to_again(send: Send, today: date, state: str) -> None:
    send()
    ListingInvitation.objects.update(state=state)
    assert send(today=today + timedelta(days=4000)) is None


@pytest.mark.django_db(transaction=True)
def test_two_associations_at_once_write_once(send: Send) -> None:
    other = Organisation.objects.create(kind=Kind.ASSOCIATION, name="Other Cluster")
    officer = member(other, "Other Officer", Role.OFFICER)
    sent = at_once(send, lambda: send(association=other, by=officer))
    assert not [found for found in sent if isinstance(found, Exception)]
    assert (len(letters()), ListingInvitation.objects.count()) == (2, 2)
    assert sum(InvitationRound.objects.values_list("sent", flat=True)) == 2


def test_only_an_officer_of_the_association_has_invitations_sent(
    send: Send, association: Organisation, officer: User, signatory: User, firm: Organisation
) -> None:
    for person in (officer, signatory, member(association, "Sulev Signs", Role.SIGNATORY)):
        with pytest.raises(inviting.UnableToInvite):
            send(by=person)
    with pytest.raises(inviting.UnableToInvite):
        send(association=firm, by=signatory)
    assert letters() == []


def test_an_association_has_so_many_sent_in_thirty_days(send: Send, today: date, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inviting, "MOST", 2)
    send()
    with pytest.raises(inviting.TooMany):
        send("C, c@c.example")
    assert send("C, c@c.example", today=today + timedelta(days=30))


# --- what the invited do --------------------------------------------------------------------------------------------


def test_the_link_stops_letters_without_signing_in_and_without_a_cookie(send: Send, client: Client) -> None:
    send()
    address = reverse("registry:invited", args=[tokens()[0]])
    page = client.get(address)
    assert "Never write to me again" in page.content.decode()
    assert not page.cookies
    assert set(ListingInvitation.objects.values_list("state", flat=True)) == {"sent"}  # reading changes nothing
    stopped = client.post(reverse("registry:invited-stop", args=[tokens()[0]]))
    assert "no such letter again" in stopped.content.decode()
    assert sorted(ListingInvitation.objects.values_list("state", flat=True)) == ["sent", "stopped"]
    assert client.get(reverse("registry:invited", args=["none"])).status_code == 404


def test_another_sites_form_stops_nothing(send: Send) -> None:
    send()
    for name in ("invited", "invited-stop"):
        address = reverse(f"registry:{name}", args=[tokens()[0]])
        assert Client().post(address, WISH, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert set(ListingInvitation.objects.values_list("state", flat=True)) == {"sent"}


def test_who_accepts_is_told_to_the_focal_point_alone_and_counted_once(
    send: Send, client: Client, administrator: User, association: Organisation
) -> None:
    send()
    address = reverse("registry:invited", args=[tokens()[0]])
    refused = client.post(address, WISH | {"email": "nobody"})
    assert (refused.status_code, "Piia Põhi" in refused.content.decode()) == (422, True)
    for _twice in range(2):
        assert "The focal point lets you in" in client.post(address, WISH).content.decode()
    letter = Letter.objects.get(purpose="listing-wish")
    assert [envelope.address for envelope in letter.envelopes.all()] == [administrator.email]
    assert all(words in letter.text for words in WISH.values())
    assert InvitationRound.objects.get().accepted == 1


def test_the_database_counts_no_more_acceptances_than_invitations(send: Send) -> None:
    send()
    with pytest.raises(IntegrityError, match="no_more_accept"):
        InvitationRound.objects.update(accepted=3)


# --- the association's page -----------------------------------------------------------------------------------------


def test_an_officer_tries_and_then_sends(signed_in: SignIn, association_officer: User) -> None:
    client, address = signed_in(association_officer), reverse("registry:invitations")
    assert "Invite firms" in client.get(address).content.decode()
    assert client.post(address, {}).status_code == 422
    tried = client.post(address, {"people": LIST + "Wrong, nobody\n"}).content.decode()
    assert "2 lines can be written to" in tried
    assert "Line 3, Wrong: This is no email address." in tried
    assert letters() == []
    sent = client.post(address, {"people": LIST, "send": "1"}, follow=True).content.decode()
    assert "2 invitations are on their way" in sent
    assert "2 sent; how many accepted is told from 10 on" in sent
    assert "Nobody was left" in client.post(address, {"people": LIST, "send": "1"}, follow=True).content.decode()
    assert len(letters()) == 2


def test_a_list_that_is_too_long_is_refused_and_stays_typed(signed_in: SignIn, association_officer: User) -> None:
    many = "".join(f"F{number}, f{number}@f.example\n" for number in range(501))
    answer = signed_in(association_officer).post(reverse("registry:invitations"), {"people": many, "send": "1"})
    assert (answer.status_code, "f500@f.example" in answer.content.decode()) == (422, True)


def file_of(content: str | bytes, name: str = "firms.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content, content_type="text/csv")


def typed_in(page: str) -> str:
    """What stands in the field of the list."""
    return html.unescape(page.partition("<textarea")[2].partition(">")[2].partition("</textarea>")[0]).strip()


def test_a_file_is_put_below_what_was_typed_and_tried_before_anything_is_sent(signed_in: SignIn, association_officer: User) -> None:
    client, address = signed_in(association_officer), reverse("registry:invitations")
    sent = {"people": "Typed OÜ, typed@typed.example", "table": file_of("\ufeffArctic;arctic@arctic.example\r\nWrong;nobody\r\n")}
    answer = client.post(address, sent | {"send": "1"})
    page = answer.content.decode()
    assert (answer.status_code, letters()) == (200, [])
    assert typed_in(page) == "Typed OÜ, typed@typed.example\nArctic,arctic@arctic.example\nWrong,nobody"
    assert "2 lines can be written to" in page
    assert "Line 3, Wrong: This is no email address." in page
    client.post(address, {"people": typed_in(page), "send": "1"})
    assert [letter.envelopes.get().address for letter in letters()] == ["arctic@arctic.example", "typed@typed.example"]


def test_a_file_alone_is_a_list(signed_in: SignIn, association_officer: User) -> None:
    answer = signed_in(association_officer).post(reverse("registry:invitations"), {"people": "", "table": file_of(LIST)})
    assert (answer.status_code, typed_in(answer.content.decode())) == (200, LIST.strip())


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"PK\x03\x04\xff\xfe", "Save the file as CSV in UTF-8"),
        (b"A, a@a.example\0", "Save the file as CSV in UTF-8"),
        (b'"' + b"a@a.example\n" * 20_000, "A quotation mark opens and is never closed."),
        (b"", "This file is empty."),
        (b" \n \n", "There is nothing in this file"),
        (b"x" * 400_001, "The file is larger than 400 kB."),
        ("".join(f"F{number},f{number}@f.example\n" for number in range(500)), "These are 501 lines. Send at most 500 at once."),
    ],
)
def test_a_file_that_can_not_be_read_is_refused_and_nothing_typed_is_lost(
    signed_in: SignIn, association_officer: User, content: Any, sentence: str
) -> None:
    sent = {"people": "Typed OÜ, typed@typed.example", "table": file_of(content), "send": "1"}
    answer = signed_in(association_officer).post(reverse("registry:invitations"), sent)
    page = answer.content.decode()
    assert (answer.status_code, sentence in page) == (422, True)
    assert typed_in(page) == "Typed OÜ, typed@typed.example"
    assert letters() == []


def test_what_a_file_says_is_never_markup(signed_in: SignIn, association_officer: User) -> None:
    sent = {"table": file_of("<script>alert(1)</script>;nobody\n</textarea>;a@a.example\n")}
    page = signed_in(association_officer).post(reverse("registry:invitations"), sent).content.decode()
    assert "<script>alert(1)" not in page
    assert typed_in(page).splitlines()[1] == "</textarea>;a@a.example"


def test_the_count_of_those_who_accepted_is_told_of_rounds_large_enough(
    signed_in: SignIn, association_officer: User, association: Organisation, today: date
) -> None:
    InvitationRound.objects.create(association=association, by=association_officer, on=today, sent=10, accepted=4)
    assert "10 sent, 4 accepted" in signed_in(association_officer).get(reverse("registry:invitations")).content.decode()


def test_an_association_reads_of_its_own_rounds_alone(signed_in: SignIn, send: Send) -> None:
    send()
    other = Organisation.objects.create(kind=Kind.ASSOCIATION, name="Other Cluster")
    page = signed_in(member(other, "Other Officer", Role.OFFICER)).get(reverse("registry:invitations")).content.decode()
    assert "2 sent" not in page


def test_a_signatory_of_an_association_has_no_door(signed_in: SignIn, association: Organisation) -> None:
    client = signed_in(member(association, "Sulev Signs", Role.SIGNATORY))
    assert client.get(reverse("registry:invitations")).status_code == 403
    assert "Invite firms" not in client.get("/").content.decode()


def test_the_letters_go_two_weeks_after_they_were_sent(send: Send, now: datetime) -> None:
    send()
    first, second = letters()
    first.envelopes.update(state="sent", sent_at=now, next_attempt_at=None)
    assert inviting.forget(now=now + timedelta(days=14)) == 0
    assert inviting.forget(now=now + timedelta(days=15)) == 1  # the other is still on its way
    assert letters() == [second]
    assert Envelope.objects.count() == 1
    assert send() is None  # nobody is written to again for that
