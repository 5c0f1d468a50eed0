"""The pages of the three ways of asking, as askers walk them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inquiries.forms.once import new_once
from inquiries.models import Event, Identity, Inquiry, NamedAsker, Opening
from inquiries.services import asking, casework, clock, identities
from inquiries.services.named import Named
from organisations.models import Kind, Membership, Organisation, Role, User
from tests.conftest import SignIn, member
from tests.inquiries.test_views import hidden, receipt_in
from tests.keystore.test_services import keys_unreachable

QUESTION = {"topic": "sanctions", "text": "May I sell pumps?"}
WHO = {"name": "Particular Person", "organisation": "Particular Pumps OÜ", "contact": "+372 5555 0123"}


@pytest.fixture
def rival(db: None) -> User:
    return member(Organisation.objects.create(kind=Kind.FIRM, name="Rival Photonics OÜ"), "Riina Rival", Role.SIGNATORY)


def ask(client: Client, path: str, **typed: Any) -> Any:
    return client.post(path, {**hidden(client.get(path).content), **QUESTION, **typed})


def visit(client: Client, receipt: str) -> dict[str, str]:
    return {"visit": hidden(client.post("/conversation/", {"receipt": receipt}).content)["visit"]}


# --- choosing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "chosen"), [("/ask/", "You are asking anonymously"), ("/ask/confidential/", "You are asking confidentially")]
)
def test_the_three_ways_stand_before_the_form_with_who_reads(
    client: Client, focal_point: Organisation, licensing_agency: Organisation, path: str, chosen: str
) -> None:
    page = client.get(path).content.decode()
    before, _form, _after = page.partition('<form method="post" novalidate>')
    for words in ("Anonymously", "Confidentially", "By name", chosen, focal_point.name, licensing_agency.name, "binds nobody"):
        assert words in before
    assert "May I sell" not in page


@pytest.mark.parametrize("path", ["/ask/", "/ask/confidential/"])
def test_who_can_never_read_is_not_named_among_those_who_may(
    client: Client, focal_point: Organisation, licensing_agency: Organisation, path: str
) -> None:
    """A body without one of the five functions can't be on a reader list."""
    Organisation.objects.create(kind=Kind.AGENCY, name="Border Police", functions=[])
    page = client.get(path).content.decode()
    assert (licensing_agency.name in page, "Border Police" in page) == (True, False)


def test_what_anonymity_can_not_cover_is_said_without_unfolding_anything(client: Client, focal_point: Organisation) -> None:
    before, _details, _rest = client.get("/ask/").content.decode().partition("<details")
    for words in ("cover what you write yourself", "your own network, employer or computer may show", "binds nobody"):
        assert words in before
    assert f"Officials of the {focal_point.name} read your question." in before


def test_asking_by_name_is_closed_to_strangers(client: Client, db: None) -> None:
    for send in (client.get, client.post):
        response = send("/ask/named/")
        assert (response.status_code, response["Location"]) == (302, "/account/login/?next=/ask/named/")


@pytest.mark.parametrize("who", ["officer", "gatekeeper", "auditor"])
def test_who_belongs_to_no_firm_asks_in_nobodys_name(request: pytest.FixtureRequest, signed_in: SignIn, who: str) -> None:
    client = signed_in(request.getfixturevalue(who))
    assert client.get("/ask/named/").status_code == 403
    assert client.post("/ask/named/", QUESTION).status_code == 403
    assert client.get("/my-inquiries/").status_code == 403


def test_who_is_signed_in_is_told_that_asking_there_is_anonymous_all_the_same(
    client: Client, signed_in: SignIn, signatory: User
) -> None:
    told = "You are signed in, and what you ask here is anonymous all the same"
    theirs = signed_in(signatory)
    assert told in theirs.get("/ask/").content.decode()
    assert told not in client.get("/ask/").content.decode()
    before = list(Session.objects.values())
    ask(theirs, "/ask/")
    assert Inquiry.objects.get().mode == "anonymous"
    assert (NamedAsker.objects.count(), Identity.objects.count()) == (0, 0)
    assert list(Session.objects.values()) == before


@pytest.mark.parametrize(("path", "who"), [("/ask/", {}), ("/ask/confidential/", WHO)])
def test_pages_for_strangers_need_and_set_no_cookie(client: Client, db: None, path: str, who: dict[str, str]) -> None:
    assert not client.get(path).cookies
    filed = ask(client, path, **who)
    assert receipt_in(filed.content)
    assert not filed.cookies
    assert Session.objects.count() == 0


# --- confidential ------------------------------------------------------------------------------------------------------


def test_who_asks_confidentially_gives_a_name_and_gets_a_receipt(client: Client, db: None) -> None:
    filed = ask(client, "/ask/confidential/", **WHO)
    receipt = receipt_in(filed.content)
    assert Inquiry.objects.get().mode == "confidential"
    page = client.post("/conversation/", {"receipt": receipt}).content.decode()
    assert "You ask confidentially" in page
    assert "Nobody so far." in page
    for each in WHO.values():
        assert each not in filed.content.decode() + page


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ""}, "Say who you are, or ask anonymously."),
        ({"contact": " "}, "Say how you could be reached"),
        ({"name": "x" * 151}, "at most 150 characters"),
        ({"contact": "kept \x07 words"}, "be shown on a page"),
        ({"text": ""}, "Write your question."),
    ],
)
def test_a_refused_form_keeps_everything_typed(client: Client, db: None, change: dict[str, str], sentence: str) -> None:
    response = ask(client, "/ask/confidential/", **{**WHO, **change})
    content = response.content.decode()
    assert (response.status_code, sentence in content, Inquiry.objects.count()) == (422, True, 0)
    for part in {"name", "organisation"} - change.keys():
        assert WHO[part] in content


@pytest.mark.django_db(transaction=True)
def test_a_key_store_that_does_not_answer_loses_nothing_typed(client: Client) -> None:
    form = hidden(client.get("/ask/confidential/").content)
    receipt = receipt_in(ask(client, "/ask/").content)
    mine = visit(client, receipt)
    upgrading = hidden(client.post("/conversation/upgrade/", mine).content)
    with keys_unreachable():
        refused = client.post("/ask/confidential/", {**form, **QUESTION, **WHO})
        later = client.post("/conversation/upgrade/", {**upgrading, **WHO})
        corrected = client.post("/conversation/identity/", {**upgrading, **WHO})
    for response in (refused, later, corrected):
        assert response.status_code == 503
        for each in WHO.values():
            assert each in response.content.decode()


def test_the_asker_reads_each_step_with_day_and_reason_and_no_name(
    client: Client, gatekeeper: User, second_gatekeeper: User, django_assert_num_queries: Any
) -> None:
    receipt, today = receipt_in(ask(client, "/ask/confidential/", **WHO).content), timezone.localdate()
    opening = identities.ask(Inquiry.objects.get(), reason="Their network is under attack.", by=gatekeeper, today=today)

    def page() -> str:
        said: str = client.post("/conversation/", {"receipt": receipt}).content.decode()
        assert gatekeeper.name not in said
        assert second_gatekeeper.name not in said
        assert "Their network is under attack." in said
        return said

    assert "No second gatekeeper has agreed yet. Nobody has read it." in page()
    identities.lapse_over(today=today + timedelta(days=30))
    assert "It ended without a decision. Nobody has read it." in page()
    opening = identities.ask(Inquiry.objects.get(), reason="Their network is under attack.", by=gatekeeper, today=today)
    identities.grant(opening, by=second_gatekeeper, today=today)
    assert "Nobody has read it yet; the agreement ends on" in page()
    identities.read(opening, by=gatekeeper, today=today)
    assert "the first gatekeeper read who you are." in page()
    again = identities.ask(Inquiry.objects.get(), reason="Their network is under attack.", by=gatekeeper, today=today)
    identities.refuse(again, reason="Once was enough.", by=second_gatekeeper, today=today)
    assert "Once was enough." in page()
    order = ("ended without a decision", "the first gatekeeper read who you are", "a second gatekeeper refused")
    places = [page().index(words) for words in order]
    assert places == sorted(places)
    assert Opening.objects.count() == 3


# --- by name -----------------------------------------------------------------------------------------------------------


def test_who_asks_by_name_is_found_by_colleagues_and_by_nobody_else(
    client: Client,
    signed_in: SignIn,
    signatory: User,
    entry_editor: User,
    rival: User,
    association_officer: User,
    firm: Organisation,
) -> None:
    filed = ask(signed_in(signatory), "/ask/named/", organisation=str(firm.pk), subject="Our pumps")
    assert receipt_in(filed.content)
    case = f"/my-inquiries/{Inquiry.objects.get().pk}/"
    for user, seen in [(signatory, True), (entry_editor, True), (rival, False), (association_officer, False)]:
        theirs = signed_in(user)
        assert ("Our pumps" in theirs.get("/my-inquiries/").content.decode()) is seen
        assert theirs.get(case).status_code == (200 if seen else 404)
        assert theirs.post(f"{case}mail/", {"wants": "yes"}).status_code == ((200 if user == signatory else 409) if seen else 404)
    assert client.get(case).status_code == 302


def test_a_colleague_writes_in_the_firms_name_without_the_receipt(
    signed_in: SignIn, signatory: User, entry_editor: User, firm: Organisation
) -> None:
    ask(signed_in(signatory), "/ask/named/", organisation=str(firm.pk))
    theirs = signed_in(entry_editor)
    page = theirs.get(f"/my-inquiries/{Inquiry.objects.get().pk}/")
    assert b"May I sell pumps?" in page.content
    said = theirs.post("/conversation/reply/", {**hidden(page.content), "text": "Twelve of them"})
    assert b"Twelve of them" in said.content
    explained = theirs.post("/conversation/rotate/", {"visit": hidden(said.content)["visit"]})
    assert receipt_in(theirs.post("/conversation/rotate/", hidden(explained.content)).content)


def test_who_has_left_the_firm_finds_nothing_and_the_open_page_does_nothing_more(
    signed_in: SignIn, signatory: User, firm: Organisation
) -> None:
    theirs = signed_in(signatory)
    ask(theirs, "/ask/named/", organisation=str(firm.pk))
    case = f"/my-inquiries/{Inquiry.objects.get().pk}/"
    form = hidden(theirs.get(case).content)
    Membership.objects.filter(user=signatory).delete()
    assert theirs.get(case).status_code == 403
    assert theirs.post("/conversation/reply/", {**form, "text": "Once more"}).status_code == 422
    assert Event.objects.filter(kind="asker-writes").count() == 0


def test_nobody_asks_in_the_name_of_another_firm(signed_in: SignIn, signatory: User, firm: Organisation, rival: User) -> None:
    other = rival.memberships.get().organisation
    response = ask(signed_in(signatory), "/ask/named/", organisation=str(other.pk))
    assert (response.status_code, Inquiry.objects.count()) == (422, 0)
    assert "May I sell pumps?" in response.content.decode()
    assert other.name not in response.content.decode()


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_costs_the_same_whatever_its_length(
    signed_in: SignIn, signatory: User, firm: Organisation, django_assert_num_queries: Any, today: date, number: int
) -> None:
    theirs = signed_in(signatory)
    for _ in range(number):
        asking.submit(topic="other", text="?", identity=Named(signatory, firm), today=today)
    with django_assert_num_queries(6):  # session, user, memberships, page count, rows, what is hidden; shares are elsewhere
        assert theirs.get("/my-inquiries/").content.decode().count("asked__one") == number


def test_a_page_sent_from_another_site_is_refused(signed_in: SignIn, signatory: User, firm: Organisation) -> None:
    theirs = signed_in(signatory)
    form = hidden(theirs.get("/ask/named/").content)
    sent = theirs.post("/ask/named/", {**form, **QUESTION, "organisation": str(firm.pk)}, headers={"Sec-Fetch-Site": "cross-site"})
    assert (sent.status_code, Inquiry.objects.count()) == (403, 0)


# --- saying more later -------------------------------------------------------------------------------------------------


def test_an_anonymous_asker_goes_on_to_confidential_with_the_receipt(client: Client, db: None) -> None:
    receipt = receipt_in(ask(client, "/ask/").content)
    mine = visit(client, receipt)
    explained = client.post("/conversation/upgrade/", mine)
    assert (explained.status_code, "There is no way back" in explained.content.decode()) == (200, True)
    assert Inquiry.objects.get().mode == "anonymous"
    form = hidden(explained.content)
    refused = client.post("/conversation/upgrade/", {**form, **WHO, "name": ""})
    assert (refused.status_code, WHO["contact"] in refused.content.decode()) == (422, True)
    for _ in range(2):
        done = client.post("/conversation/upgrade/", {**form, **WHO})
        assert (done.status_code, "You ask confidentially" in done.content.decode()) == (200, True)
    assert "You said who you are" in done.content.decode()
    assert (Identity.objects.count(), Event.objects.filter(kind="asker-upgrades").count()) == (1, 1)
    other = hidden(explained.content) | {"once": new_once()}
    again = client.post("/conversation/upgrade/", {**other, **WHO, "name": "Somebody Else"})
    assert (again.status_code, "has been locked away" in again.content.decode()) == (409, False)


@pytest.mark.parametrize(("path", "who"), [("/ask/", {}), ("/ask/confidential/", WHO)])
def test_who_is_signed_in_and_has_the_receipt_goes_on_to_ask_by_name(
    client: Client, signed_in: SignIn, signatory: User, firm: Organisation, path: str, who: dict[str, str]
) -> None:
    receipt = receipt_in(ask(client, path, **who).content)
    theirs = signed_in(signatory)
    mine = visit(theirs, receipt)
    explained = theirs.post("/conversation/upgrade/", mine)
    assert firm.name in explained.content.decode()
    form = hidden(explained.content)
    done = theirs.post("/conversation/upgrade/named/", {**form, "organisation": str(firm.pk)})
    assert f"You ask in the name of {firm.name}" in done.content.decode()
    assert (Inquiry.objects.get().mode, NamedAsker.objects.get().user) == ("named", signatory)
    back = theirs.post("/conversation/upgrade/", {**form, "once": new_once(), **WHO})
    assert (back.status_code, Inquiry.objects.get().mode) == (409, "named")


def test_the_receipt_alone_makes_nobody_ask_by_name(client: Client, signatory: User, firm: Organisation) -> None:
    mine = visit(client, receipt_in(ask(client, "/ask/").content))
    sent = client.post("/conversation/upgrade/named/", {**mine, "step": "sure", "organisation": str(firm.pk)})
    assert sent["Location"].startswith("/account/login/")
    assert "Sign in first, in this browser" in client.post("/conversation/upgrade/", mine).content.decode()
    assert Inquiry.objects.get().mode == "anonymous"


def test_being_signed_in_without_the_receipt_makes_nothing_ask_by_name(
    client: Client, signed_in: SignIn, signatory: User, rival: User, firm: Organisation
) -> None:
    theirs = signed_in(signatory)
    form = hidden(client.post("/conversation/upgrade/", visit(client, receipt_in(ask(client, "/ask/").content))).content)
    other = rival.memberships.get().organisation
    without = {name: value for name, value in form.items() if name != "visit"}
    for sent in (
        theirs.post("/conversation/upgrade/named/", {**without, "organisation": str(firm.pk)}),
        theirs.post("/conversation/upgrade/named/", {**without, "visit": "forged", "organisation": str(firm.pk)}),
        theirs.post("/conversation/upgrade/named/", {**form, "organisation": str(other.pk)}),
    ):
        assert sent.status_code == 422
    assert theirs.get("/conversation/upgrade/named/")["Location"] == "/conversation/"
    assert Inquiry.objects.get().mode == "anonymous"


# --- correcting it -----------------------------------------------------------------------------------------------------


def test_a_confidential_asker_corrects_who_they_are_with_the_receipt(
    client: Client, gatekeeper: User, second_gatekeeper: User
) -> None:
    receipt = receipt_in(ask(client, "/ask/confidential/", **WHO).content)
    mine, today = visit(client, receipt), timezone.localdate()
    blank = client.post("/conversation/identity/", mine)
    assert blank.status_code == 200
    assert not any(each in blank.content.decode() for each in WHO.values())  # nobody shows what is sealed
    form = hidden(blank.content)
    refused = client.post("/conversation/identity/", {**form, **WHO, "contact": ""})
    assert (refused.status_code, WHO["name"] in refused.content.decode()) == (422, True)
    better = {**WHO, "contact": "+372 5555 0199"}
    for _ in range(2):
        done = client.post("/conversation/identity/", {**form, **better})
        assert (done.status_code, "You corrected who you are" in done.content.decode()) == (200, True)
        assert "0199" not in done.content.decode()
    assert Event.objects.filter(kind="asker-corrects").count() == 1
    opening = identities.ask(Inquiry.objects.get(), reason="A warning", by=gatekeeper, today=today)
    identities.grant(opening, by=second_gatekeeper, today=today)
    assert identities.read(opening, by=gatekeeper, today=today).contact == "+372 5555 0199"
    again = hidden(client.post("/conversation/identity/", visit(client, receipt)).content)
    page = client.post("/conversation/identity/", {**again, **WHO}).content.decode()
    assert "You have corrected who you are since: they read what you had said before." in page


def test_who_asks_otherwise_has_nothing_to_correct(client: Client, signed_in: SignIn, signatory: User, firm: Organisation) -> None:
    theirs = signed_in(signatory)
    for path, who in (("/ask/", {}), ("/ask/named/", {"organisation": str(firm.pk)})):
        page = theirs.post("/conversation/", {"receipt": receipt_in(ask(theirs, path, **who).content)}).content
        assert "Correct who I am" not in page.decode()
        form = {"visit": hidden(page)["visit"], "step": "sure", "once": new_once(), **WHO}
        sent = client.post("/conversation/identity/", form)
        assert (sent.status_code, Identity.objects.count()) == (409, 0)


def test_nobody_corrects_without_the_receipt(client: Client, db: None) -> None:
    ask(client, "/ask/confidential/", **WHO)
    for sent in ({}, {"visit": "forged"}):
        response = client.post("/conversation/identity/", {**sent, "step": "sure", "once": new_once(), **WHO})
        assert response.status_code == 422
    assert client.get("/conversation/identity/").status_code == 405
    assert Identity.objects.get().version == 1


# --- objecting to publication, in every way ----------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "who"), [("/ask/", {}), ("/ask/confidential/", WHO), ("/ask/named/", None)])
def test_an_asker_objects_in_advance_or_later_and_changes_their_mind(
    signed_in: SignIn, signatory: User, firm: Organisation, path: str, who: dict[str, str] | None
) -> None:
    theirs = signed_in(signatory)
    receipt = receipt_in(ask(theirs, path, objects_to_publication="on", **(who or {"organisation": str(firm.pk)})).content)
    assert Inquiry.objects.get().objects_to_publication
    mine = visit(theirs, receipt)
    assert "It may be published" in theirs.post("/conversation/publication/", {**mine, "objects": "no"}).content.decode()
    assert not Inquiry.objects.get().objects_to_publication
    assert "It will not be published." in theirs.post("/conversation/publication/", {**mine, "objects": "yes"}).content.decode()
    assert Inquiry.objects.get().objects_to_publication


# --- by API ------------------------------------------------------------------------------------------------------------


def test_a_confidential_question_by_api(client: Client, db: None) -> None:
    answer = client.post("/api/v1/inquiries/", {**QUESTION, "identity": WHO}, content_type="application/json")
    assert answer.status_code == 201
    assert (Inquiry.objects.get().mode, Identity.objects.count()) == ("confidential", 1)
    header = {"Authorization": f"Receipt {answer.json()['receipt']}"}
    said = client.get("/api/v1/inquiries/conversation/", headers=header).content.decode()
    assert not any(each in said for each in WHO.values())


@pytest.mark.parametrize("change", [{"name": ""}, {"surname": "x"}, {"contact": None}])
def test_an_identity_by_api_that_lacks_something_files_nothing(client: Client, db: None, change: dict[str, Any]) -> None:
    answer = client.post("/api/v1/inquiries/", {**QUESTION, "identity": {**WHO, **change}}, content_type="application/json")
    assert (answer.status_code, Inquiry.objects.count()) == (400, 0)


def by_api(client: Client, receipt: str) -> tuple[dict[str, str], Any]:
    header = {"Authorization": f"Receipt {receipt}"}
    return header, client.get("/api/v1/inquiries/conversation/", headers=header).json()


def test_the_api_shows_how_it_is_asked_and_each_step_with_no_name(
    client: Client, gatekeeper: User, second_gatekeeper: User
) -> None:
    receipt, today = receipt_in(ask(client, "/ask/confidential/", **WHO).content), timezone.localdate()
    assert [by_api(client, receipt)[1][part] for part in ("mode", "openings")] == ["confidential", []]
    opening = identities.ask(Inquiry.objects.get(), reason="A warning", by=gatekeeper, today=today)
    asked = {
        "asked_on": str(today), "reason": "A warning", "state": "asked", "decided_on": None, "refusal": None, "read_on": None,
        "last_day": str(clock.office_calendar().after(today, 5)), "before_correction": False,
    }  # fmt: skip
    assert by_api(client, receipt)[1]["openings"] == [asked]
    identities.refuse(opening, reason="Not needed", by=second_gatekeeper, today=today)
    refused = {**asked, "state": "refused", "decided_on": str(today), "refusal": "Not needed", "last_day": None}
    assert by_api(client, receipt)[1]["openings"] == [refused]
    said = str(by_api(client, receipt)[1])
    for each in (*WHO.values(), gatekeeper.name, second_gatekeeper.name, str(opening.pk)):
        assert each not in said


def test_the_conversation_by_api_costs_the_same_whatever_the_number_of_openings(
    client: Client, gatekeeper: User, second_gatekeeper: User, django_assert_num_queries: Any
) -> None:
    receipt, today = receipt_in(ask(client, "/ask/confidential/", **WHO).content), timezone.localdate()
    counts = []
    for _ in range(3):
        opening = identities.ask(Inquiry.objects.get(), reason="A warning", by=gatekeeper, today=today)
        identities.refuse(opening, reason="Not needed", by=second_gatekeeper, today=today)
        with CaptureQueriesContext(connection) as queries:
            by_api(client, receipt)
        counts.append(len(queries))
    assert len(set(counts)) == 1


def test_who_asks_is_said_later_and_corrected_by_api(
    client: Client, gatekeeper: User, second_gatekeeper: User, today: date
) -> None:
    header, before = by_api(client, receipt_in(ask(client, "/ask/").content))
    assert before["mode"] == "anonymous"

    def put(**who: Any) -> Any:
        return client.put("/api/v1/inquiries/conversation/identity/", who, content_type="application/json", headers=header)

    assert (put(**WHO, surname="x").status_code, put(name="x").status_code) == (400, 400)
    assert Inquiry.objects.get().mode == "anonymous"
    said = put(**WHO)
    assert (said.status_code, said.json()["mode"]) == (200, "confidential")
    assert put(**{**WHO, "name": "Better Name"}).status_code == 200
    assert list(Event.objects.order_by("position").values_list("kind", flat=True)) == [
        "received", "asker-upgrades", "asker-corrects",
    ]  # fmt: skip
    opening = identities.ask(Inquiry.objects.get(), reason="A warning", by=gatekeeper, today=today)
    identities.grant(opening, by=second_gatekeeper, today=today)
    assert identities.read(opening, by=gatekeeper, today=today).name == "Better Name"
    assert client.put("/api/v1/inquiries/conversation/identity/", WHO, content_type="application/json").status_code == 401


def test_who_asks_by_name_says_nothing_else_by_api(client: Client, signed_in: SignIn, signatory: User, firm: Organisation) -> None:
    filed = ask(signed_in(signatory), "/ask/named/", organisation=str(firm.pk))
    header, said = by_api(client, receipt_in(filed.content))
    assert (said["mode"], said["openings"]) == ("named", [])
    assert not any(each in str(said) for each in (firm.name, signatory.name, signatory.email))
    put = client.put("/api/v1/inquiries/conversation/identity/", WHO, content_type="application/json", headers=header)
    assert (put.status_code, Identity.objects.count()) == (409, 0)


@pytest.mark.usefixtures("one_official_answers")
def test_what_an_official_does_is_not_in_the_way(client: Client, officer: User, today: date) -> None:
    """A confidential case is worked on like any other."""
    receipt = receipt_in(ask(client, "/ask/confidential/", **WHO).content)
    inquiry = Inquiry.objects.get()
    casework.take(inquiry, by=officer, today=today)
    casework.answer(inquiry, text="Not to Ruritania.", by=officer, today=today)
    assert "Not to Ruritania." in client.post("/conversation/", {"receipt": receipt}).content.decode()
