"""Who asks, at the desk: the gatekeepers' page for confidential askers, the mask of a named one."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from inquiries import receipts, tasks
from inquiries.models import Event, Inquiry, Opening
from inquiries.services import asking, casework, identities, upgrading
from inquiries.services.identities import Confidential
from inquiries.services.named import Named
from organisations.models import Membership, Organisation, Role, User
from tests.conftest import SignIn, member
from tests.keystore.test_services import keys_unreachable

WHO = Confidential(name="Particular Person", organisation="Particular Pumps OÜ", contact="particular@pumps.example")
REASON = "Their network is under attack."
IDENTITIES = "/desk/identities/"


@pytest.fixture
def inquiry(db: None) -> Inquiry:
    return asking.submit(topic="sanctions", text="May I sell pumps?", identity=WHO, today=timezone.localdate()).inquiry


@pytest.fixture
def asked(inquiry: Inquiry, gatekeeper: User) -> Opening:
    return identities.ask(inquiry, reason=REASON, by=gatekeeper, today=timezone.localdate())


@pytest.fixture
def named(signatory: User, firm: Organisation) -> Inquiry:
    who = Named(signatory, firm)
    return asking.submit(topic="sanctions", text="May we sell pumps?", identity=who, today=timezone.localdate()).inquiry


def of(opening: Opening, step: str) -> str:
    return f"{IDENTITIES}{opening.pk}/{step}/"


def shows_who(response: Any) -> bool:
    content = re.sub('value="Particular"|q=Particular', "", response.content.decode())  # what was searched for
    return any(each in content for each in ("Particular", WHO.contact))


# --- confidential ------------------------------------------------------------------------------------------------------


def test_two_gatekeepers_open_it_by_their_pages(
    inquiry: Inquiry, gatekeeper: User, second_gatekeeper: User, signed_in: SignIn
) -> None:
    first, second = signed_in(gatekeeper), signed_in(second_gatekeeper)
    sent = first.post(f"{IDENTITIES}ask/", {"reference": f" {inquiry.reference.lower()} ", "reason": REASON})
    assert (sent.status_code, sent["Location"]) == (302, IDENTITIES)
    opening = Opening.objects.get()
    assert "Identities to agree to open" in second.get("/desk/").content.decode()
    assert REASON in second.get(IDENTITIES).content.decode()
    assert second.post(of(opening, "agree")).status_code == 302
    page = first.get(IDENTITIES)
    assert "Read it now, once" in page.content.decode()
    assert not shows_who(page)
    shown = first.post(of(opening, "read"))
    assert (shown.status_code, shows_who(shown), "no-store" in shown["Cache-Control"]) == (200, True, True)
    again = first.post(of(opening, "read"))
    assert (again.status_code, shows_who(again)) == (409, False)
    assert not shows_who(first.get(IDENTITIES))


def test_a_gatekeeper_alone_comes_no_further(asked: Opening, gatekeeper: User, signed_in: SignIn) -> None:
    client = signed_in(gatekeeper)
    page = client.get(IDENTITIES).content.decode()
    assert "You asked; somebody else has to agree." in page
    assert of(asked, "agree") not in page
    for step in ("agree", "read"):
        response = client.post(of(asked, step))
        assert (response.status_code, shows_who(response)) == (409, False)
    assert client.post(of(asked, "refuse"), {"reason": "No"}).status_code == 409
    assert Opening.objects.get().state == "asked"


OTHERS = ["officer", "supervisor", "approver", "editor", "auditor", "administrator", "licensing_officer", "signatory"]
PLACES = ["/desk/", "/desk/inquiries/?queue=all", "/desk/inquiries/?queue=all&q=Particular", "/desk/answers/", "/my-inquiries/"]


@pytest.mark.parametrize("who", OTHERS)
def test_nobody_else_learns_who_asks_by_any_page_search_figure_or_api(
    request: pytest.FixtureRequest, asked: Opening, second_gatekeeper: User, officer: User, licensing_agency: Organisation,
    signed_in: SignIn, who: str,
) -> None:  # fmt: skip
    """Not even those who read and work on the case, and not while an opening is granted."""
    today = timezone.localdate()
    identities.grant(asked, by=second_gatekeeper, today=today)
    casework.route(asked.inquiry, agency=licensing_agency, by=officer, today=today)
    client = signed_in(request.getfixturevalue(who))
    for response in [
        *(client.get(path) for path in PLACES),
        client.get(f"/desk/inquiries/{asked.inquiry_id}/"),
        client.post(f"/desk/inquiries/{asked.inquiry_id}/reveal/"),
        client.get("/api/v1/inquiries/conversation/"),
        client.get(f"/my-inquiries/{asked.inquiry_id}/"),
    ]:
        assert not shows_who(response)
        assert REASON not in response.content.decode()
    assert client.get(IDENTITIES).status_code == 403
    for step in ("agree", "refuse", "read"):
        assert client.post(of(asked, step), {"reason": "x"}).status_code == 403
    assert client.post(f"{IDENTITIES}ask/", {"reference": asked.inquiry.reference, "reason": "x"}).status_code == 403


def test_a_gatekeeper_of_another_agency_is_none(asked: Opening, licensing_agency: Organisation, signed_in: SignIn) -> None:
    client = signed_in(member(licensing_agency, "Lea Licensing", Role.GATEKEEPER))
    assert (client.get(IDENTITIES).status_code, client.post(of(asked, "agree")).status_code) == (403, 403)


def test_a_gatekeeper_reads_no_case(inquiry: Inquiry, gatekeeper: User, signed_in: SignIn) -> None:
    client = signed_in(gatekeeper)
    assert client.get(f"/desk/inquiries/{inquiry.pk}/").status_code == 403
    assert "May I sell pumps?" not in client.get(IDENTITIES).content.decode()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"reference": "FP-00000-00000"}, "No confidential inquiry has this reference"),
        ({"reference": ""}, "Type the reference of the inquiry"),
        ({"reason": " "}, "Say why you must know who asks"),
        ({"reason": "x" * 501}, "at most 500 characters"),
        ({"reason": "kept \x07"}, "be shown on a page"),
    ],
)
def test_a_refused_wish_keeps_what_was_typed(
    inquiry: Inquiry, gatekeeper: User, signed_in: SignIn, typed: dict[str, str], sentence: str
) -> None:
    response = signed_in(gatekeeper).post(f"{IDENTITIES}ask/", {"reference": inquiry.reference, "reason": REASON, **typed})
    content = response.content.decode()
    assert (response.status_code, sentence in content, Opening.objects.count()) == (422, True, 0)
    assert REASON in content or "reason" in typed


def test_an_anonymous_inquiry_can_not_be_asked_about(gatekeeper: User, signed_in: SignIn) -> None:
    anonymous = asking.submit(topic="other", text="?", today=timezone.localdate()).inquiry
    sent = signed_in(gatekeeper).post(f"{IDENTITIES}ask/", {"reference": anonymous.reference, "reason": REASON})
    assert (sent.status_code, Opening.objects.count()) == (422, 0)


def test_a_refusal_needs_a_reason_and_stands_with_it(
    asked: Opening, gatekeeper: User, second_gatekeeper: User, signed_in: SignIn
) -> None:
    client = signed_in(second_gatekeeper)
    blank = client.post(of(asked, "refuse"), {"reason": ""})
    assert (blank.status_code, b"Say why it is not opened" in blank.content) == (422, True)
    assert client.post(of(asked, "refuse"), {"reason": "Nothing needs it."}).status_code == 302
    assert "Nothing needs it." in signed_in(gatekeeper).get(IDENTITIES).content.decode()
    assert client.post(of(asked, "agree")).status_code == 409


@pytest.mark.parametrize("step", ["agree", "refuse", "read"])
def test_verbs_need_a_post(asked: Opening, second_gatekeeper: User, signed_in: SignIn, step: str) -> None:
    assert signed_in(second_gatekeeper).get(of(asked, step)).status_code == 405


def test_a_missing_key_is_said_and_notes_nothing(
    asked: Opening, gatekeeper: User, second_gatekeeper: User, signed_in: SignIn, settings: Any
) -> None:
    identities.grant(asked, by=second_gatekeeper, today=timezone.localdate())
    keys, settings.OFFICE_KEYS = settings.OFFICE_KEYS, {"another": bytes(32)}
    client = signed_in(gatekeeper)
    assert client.get(IDENTITIES).status_code == 200
    refused = client.post(of(asked, "read"))
    assert (refused.status_code, "restore the missing key" in refused.content.decode()) == (409, True)
    settings.OFFICE_KEYS = keys
    assert shows_who(client.post(of(asked, "read")))


@pytest.mark.django_db(transaction=True)
def test_a_key_store_that_does_not_answer_is_said(asked: Opening, second_gatekeeper: User, signed_in: SignIn) -> None:
    client = signed_in(second_gatekeeper)
    with keys_unreachable():
        for response in (client.get(IDENTITIES), client.post(of(asked, "refuse"), {"reason": "No"})):
            assert "The key store does not answer" in response.content.decode()
    assert Opening.objects.get().state == "asked"


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_costs_the_same_whatever_its_length(
    gatekeeper: User, second_gatekeeper: User, signed_in: SignIn, django_assert_num_queries: Callable[..., Any], number: int
) -> None:
    today, client = timezone.localdate(), signed_in(second_gatekeeper)
    for _ in range(number):
        for by in (gatekeeper, second_gatekeeper):
            case = asking.submit(topic="other", text="?", identity=WHO, today=today).inquiry
            opening = identities.ask(case, reason=REASON, by=by, today=today)
            identities.grant(opening, by=second_gatekeeper if by == gatekeeper else gatekeeper, today=today)
        case = asking.submit(topic="other", text="?", identity=WHO, today=today).inquiry
        identities.ask(case, reason=REASON, by=gatekeeper, today=today)
    # Session, user, memberships, count, waiting, readable, history, closures, decidable, ran out.
    with django_assert_num_queries(10):
        page = client.get(IDENTITIES).content.decode()
    assert (page.count("opening--granted"), page.count("Runs out after")) == (number, number)


def test_who_asked_is_told_on_the_desk_that_it_ran_out(
    inquiry: Inquiry, gatekeeper: User, second_gatekeeper: User, signed_in: SignIn
) -> None:
    identities.ask(inquiry, reason=REASON, by=gatekeeper, today=timezone.localdate() - timedelta(days=12))
    tile, line = "Identities you asked for that ran out", "nobody decided in time."
    theirs = signed_in(gatekeeper)
    assert tile not in theirs.get("/desk/").content.decode()
    assert "Its time is over." in signed_in(second_gatekeeper).get(IDENTITIES).content.decode()
    tasks.lapse_openings()
    assert tile in theirs.get("/desk/").content.decode()
    assert line in theirs.get(IDENTITIES).content.decode()
    other = signed_in(second_gatekeeper)
    assert tile not in other.get("/desk/").content.decode()
    assert line not in other.get(IDENTITIES).content.decode()
    asked = theirs.post(f"{IDENTITIES}ask/", {"reference": inquiry.reference, "reason": REASON})
    assert asked.status_code == 302
    assert line not in theirs.get(IDENTITIES).content.decode()


def test_who_has_worked_on_the_case_is_offered_no_step(
    asked: Opening, second_gatekeeper: User, signed_in: SignIn, focal_point: Organisation
) -> None:
    Membership.objects.create(user=second_gatekeeper, organisation=focal_point, role=Role.CASE_OFFICER)
    both = User.objects.get(pk=second_gatekeeper.pk)
    casework.take(asked.inquiry, by=both, today=timezone.localdate())
    client = signed_in(both)
    page = client.get(IDENTITIES).content.decode()
    assert "You have worked on this case" in page
    assert of(asked, "agree") not in page
    refused = client.post(of(asked, "agree"))
    assert (refused.status_code, "you have worked on the case" in refused.content.decode()) == (409, True)


def test_gatekeepers_see_that_the_asker_has_corrected_it_since(
    gatekeeper: User, second_gatekeeper: User, signed_in: SignIn
) -> None:
    today = timezone.localdate()
    filed = asking.submit(topic="sanctions", text="May I sell pumps?", identity=WHO, today=today)
    opening = identities.ask(filed.inquiry, reason=REASON, by=gatekeeper, today=today)
    identities.grant(opening, by=second_gatekeeper, today=today)
    told = "The asker has corrected who they are since."
    theirs = signed_in(gatekeeper)
    assert told not in theirs.get(IDENTITIES).content.decode()
    opened = asking.open_with_receipt(receipts.read(filed.receipt))
    upgrading.correct(opened=opened, who=Confidential("Better", "contact"), today=today)
    assert told in theirs.get(IDENTITIES).content.decode()


# --- named -------------------------------------------------------------------------------------------------------------


def test_a_named_asker_is_masked_until_an_official_looks_and_the_look_is_noted(
    named: Inquiry, officer: User, signed_in: SignIn, signatory: User, firm: Organisation
) -> None:
    client, case = signed_in(officer), f"/desk/inquiries/{named.pk}/"

    def shows() -> bool:
        content = client.get(case).content.decode()
        return firm.name in content or signatory.name in content

    assert not shows()
    assert not Event.objects.filter(kind="reveal").exists()
    looked = client.post(f"{case}reveal/").content.decode()
    assert firm.name in looked
    assert signatory.name in looked
    assert "Looked at who asks" in looked
    assert list(Event.objects.filter(kind="reveal").values_list("official", flat=True)) == [officer.pk]
    assert not shows()


@pytest.mark.parametrize("who", ["licensing_officer", "gatekeeper", "auditor", "administrator", "editor", "signatory"])
def test_who_may_not_read_the_words_may_not_look_whose_they_are(
    request: pytest.FixtureRequest, named: Inquiry, signed_in: SignIn, firm: Organisation, who: str
) -> None:
    client = signed_in(request.getfixturevalue(who))
    response = client.post(f"/desk/inquiries/{named.pk}/reveal/")
    assert response.status_code in (403, 404)
    assert firm.name not in response.content.decode() or who == "signatory"
    assert not Event.objects.filter(kind="reveal").exists()


def test_no_list_or_search_of_the_desk_tells_who_asks(
    named: Inquiry, officer: User, signed_in: SignIn, firm: Organisation, signatory: User
) -> None:
    client = signed_in(officer)
    for path in ("/desk/", "/desk/inquiries/?queue=all", f"/desk/inquiries/?queue=all&q={firm.name[:6]}"):
        content = client.get(path).content.decode().replace(f'value="{firm.name[:6]}"', "")
        assert firm.name not in content
        assert signatory.name not in content
    assert named.reference not in client.get(f"/desk/inquiries/?queue=all&q={firm.name[:6]}").content.decode()


@pytest.mark.parametrize("kind", ["anonymous", "confidential"])
def test_there_is_nobody_to_look_at_unless_named(officer: User, signed_in: SignIn, kind: str) -> None:
    who = WHO if kind == "confidential" else None
    case = asking.submit(topic="other", text="?", identity=who, today=timezone.localdate()).inquiry
    client: Client = signed_in(officer)
    assert client.post(f"/desk/inquiries/{case.pk}/reveal/").status_code == 404
    assert "Show who asks" not in client.get(f"/desk/inquiries/{case.pk}/").content.decode()
