"""Working a case on its page: facts, notes, drafts, redaction, handing over, replies, links, history."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalogue.models import ControlEntry
from focalpoint.views.inquiries import panes
from inquiries import receipts
from inquiries.models import Absence, Details, Draft, Inquiry, Item, Mention, Note, Redaction, Relation, Reply
from inquiries.services import (
    asking,
    casework,
    consulting,
    describing,
    drafting,
    handing,
    noting,
    redacting,
    relating,
    replying,
    rules,
    thread,
)
from inquiries.services.describing import Facts
from organisations.models import Function, Kind, Organisation, Role, User
from tests.catalogue.conftest import entry, small_list
from tests.conftest import member

__all__ = ["entry", "small_list"]
SignIn = Callable[..., Client]

pytestmark = pytest.mark.usefixtures("one_official_answers")


@pytest.fixture
def filed(officer: User) -> asking.Filed:
    made = asking.submit(topic="sanctions", text="May Acme Works sell pumps?", subject="Pumps", today=timezone.localdate())
    casework.take(made.inquiry, by=officer, today=timezone.localdate())
    return made


@pytest.fixture
def inquiry(filed: asking.Filed) -> Inquiry:
    return Inquiry.objects.get(pk=filed.inquiry.pk)


@pytest.fixture
def colleague(focal_point: Organisation) -> User:
    return member(focal_point, "Kaja Colleague", Role.CASE_OFFICER)


def case(inquiry: Inquiry, verb: str = "") -> str:
    return f"/desk/inquiries/{inquiry.pk}/{verb + '/' if verb else ''}"


def facts(inquiry: Inquiry, **typed: object) -> dict[str, object]:
    seen = describing.facts_of(inquiry).version
    return {"title": "Pumps", "summary": "", "priority": "normal", "codes": "", "tags": "", "seen": seen} | typed


def page(response: Any) -> str:
    return str(response.content.decode())


VERBS = {
    "describe": {"title": "Pumps", "priority": "normal", "seen": "x"},
    "note": {"text": "Words", "readers": "agency"},
    "draft/answer": {"text": "Words"},
    "draft/answer/reply": {"text": "Words", "reply": ""},
    "hand-over": {"to": "x"},
    "redact": {"passage": "pumps", "mode": "mask", "reason": "r"},
    "link": {"reference": "FP-00000-00000", "kind": "related"},
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("who", ["licensing_officer", "auditor", "administrator"])
def test_who_does_not_read_the_case_works_on_none_of_it(
    request: pytest.FixtureRequest, inquiry: Inquiry, signed_in: SignIn, verb: str, who: str
) -> None:
    response = signed_in(request.getfixturevalue(who)).post(case(inquiry, verb), VERBS[verb])
    assert response.status_code == (404 if who == "licensing_officer" else 403)
    assert [model.objects.count() for model in (Note, Draft, Redaction, Relation)] == [0, 0, 0, 0]


@pytest.mark.parametrize("verb", ["describe", "hand-over", "redact"])
def test_an_approver_reads_and_changes_nothing(
    inquiry: Inquiry, approver: User, colleague: User, signed_in: SignIn, verb: str
) -> None:
    typed = {**VERBS[verb], "to": colleague.pk} | ({"seen": describing.facts_of(inquiry).version} if verb == "describe" else {})
    response = signed_in(approver).post(case(inquiry, verb), typed)
    assert (response.status_code, "You may not work on this inquiry." in page(response)) == (422, True)


@pytest.mark.parametrize("verb", VERBS)
def test_verbs_need_a_post(inquiry: Inquiry, officer: User, signed_in: SignIn, verb: str) -> None:
    assert signed_in(officer).get(case(inquiry, verb)).status_code == 405


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("typed", [{}, {"text": "\x07", "passage": "\x07", "title": "\x07", "note": "\x07", "reference": "\x07"}])
def test_nothing_that_comes_in_breaks_the_page(
    inquiry: Inquiry, officer: User, signed_in: SignIn, verb: str, typed: dict[str, str]
) -> None:
    assert signed_in(officer).post(case(inquiry, verb), typed).status_code in (302, 422)


# --- facts ----------------------------------------------------------------------------------------------------------


def test_facts_are_set_in_one_form(inquiry: Inquiry, officer: User, signed_in: SignIn, entry: ControlEntry) -> None:
    typed = facts(
        inquiry, codes="3a001 A, 6A003", tags="Pumps, red flags", flags=["media"], priority="high", summary="About pumps."
    )
    assert signed_in(officer).post(case(inquiry, "describe"), typed).status_code == 302
    expected = Facts("Pumps", "About pumps.", "high", ["media"], ["pumps", "red flags"], ["3A001.a", "6A003"])
    assert describing.facts_of(Inquiry.objects.get()) == expected


def test_an_unknown_code_comes_back_with_the_nearest(
    inquiry: Inquiry, officer: User, signed_in: SignIn, entry: ControlEntry
) -> None:
    shown = page(signed_in(officer).post(case(inquiry, "describe"), facts(inquiry, codes="3A001.c", summary="Typed")))
    assert "No control list in force has 3A001.c. The nearest are 3A001.a, 3A001.b, 3A001.b.1." in shown
    assert "Typed" in shown


def test_facts_that_somebody_changed_meanwhile_come_back_and_are_saved_at_the_second_time(
    inquiry: Inquiry, officer: User, supervisor: User, signed_in: SignIn
) -> None:
    typed = facts(inquiry, title="My careful title")
    signed_in(supervisor).post(case(inquiry, "describe"), facts(inquiry, title="Theirs"))
    client = signed_in(officer)
    response = client.post(case(inquiry, "describe"), typed)
    shown = page(response)
    assert (response.status_code, "title “Theirs”" in shown, 'value="My careful title"' in shown) == (422, True, True)
    (seen,) = re.findall(r'name="seen" value="(\w{16})"', shown)
    assert client.post(case(inquiry, "describe"), typed | {"seen": seen}).status_code == 302
    assert Inquiry.objects.get().title == "My careful title"


# --- notes, mentions, drafts ----------------------------------------------------------------------------------------


def test_a_note_calls_a_colleague_who_finds_it_at_the_desk(
    inquiry: Inquiry, officer: User, colleague: User, signed_in: SignIn
) -> None:
    signed_in(officer).post(case(inquiry, "note"), {"text": "Look at this", "readers": "agency", "mentions": [colleague.pk]})
    client = signed_in(colleague)
    assert inquiry.reference in page(client.get("/desk/mentions/"))
    assert re.search(r'href="/desk/mentions/">\s*<span class="tile__number">1<', page(client.get("/desk/")))
    assert "Look at this" in page(client.get(case(inquiry)))
    assert Mention.objects.get().seen_on is None, "reading changes nothing"
    mention = Mention.objects.get()
    assert signed_in(officer).post(f"/desk/mentions/{mention.pk}/").status_code == 404
    assert client.post(f"/desk/mentions/{mention.pk}/")["Location"] == f"{case(inquiry)}#notes"
    assert Mention.objects.get().seen_on == timezone.localdate()


def test_a_refused_note_comes_back_as_it_was(inquiry: Inquiry, officer: User, signed_in: SignIn) -> None:
    response = signed_in(officer).post(case(inquiry, "note"), {"text": "Ask @Nobody Else", "readers": "all"})
    shown = page(response)
    assert (response.status_code, "Nobody called “Nobody Else”" in shown, "Ask @Nobody Else</textarea>" in shown) == (
        422,
        True,
        True,
    )


def test_a_note_stands_apart_from_the_conversation_and_in_no_form_that_sends(
    inquiry: Inquiry, officer: User, signed_in: SignIn
) -> None:
    noting.note(inquiry, text="Between us", by=officer, today=timezone.localdate())
    shown = page(signed_in(officer).get(case(inquiry)))
    conversation, rest = shown.split('<section class="case__work"')
    work, notes = rest.split('<section class="notes"')
    assert ["Between us" in part for part in (conversation, work, notes)] == [False, False, True]
    assert ("Send the answer" in notes, "Keep the note" in work) == (False, False)


def test_what_is_begun_is_there_again(inquiry: Inquiry, officer: User, colleague: User, signed_in: SignIn) -> None:
    client = signed_in(officer)
    for kind in ("answer", "ask-back", "note"):
        assert client.post(case(inquiry, f"draft/{kind}"), {"text": f"Begun {kind}"}).status_code == 302
    by_script = client.post(case(inquiry, "draft/answer"), {"text": "Begun anew"}, headers={"X-Requested-With": "keep-draft"})
    assert by_script.status_code == 204
    shown = page(client.get(case(inquiry)))
    assert [f"{words}</textarea>" in shown for words in ("Begun anew", "Begun ask-back", "Begun note")] == [True] * 3
    assert "Begun" not in page(signed_in(colleague).get(case(inquiry)))
    client.post(case(inquiry, "answer"), {"text": "Sent"})
    assert set(Draft.objects.values_list("kind", flat=True)) == {"ask-back", "note"}


def test_a_draft_that_can_not_be_kept_is_not_lost(inquiry: Inquiry, officer: User, signed_in: SignIn, settings: Any) -> None:
    client = signed_in(officer)
    settings.OFFICE_KEYS = {"another": bytes(32)}
    typed = {"text": "My careful words"}
    by_script = client.post(case(inquiry, "draft/answer"), typed, headers={"X-Requested-With": "keep-draft"})
    by_hand = client.post(case(inquiry, "draft/answer"), typed)
    assert (by_script.status_code, by_hand.status_code, "My careful words" in page(by_hand)) == (422, 422, True)
    assert client.post(case(inquiry, "draft/poem"), typed).status_code == 404


# --- reusable replies -----------------------------------------------------------------------------------------------


def test_a_reply_is_put_below_what_is_typed(inquiry: Inquiry, officer: User, focal_point: Organisation, signed_in: SignIn) -> None:
    reply = replying.write(agency=focal_point, name="Not binding", text="On {reference}.", by=officer, today=timezone.localdate())
    client = signed_in(officer)
    assert "Not binding" in page(client.get(case(inquiry)))
    client.post(case(inquiry, "draft/answer/reply"), {"text": "Dear asker,", "reply": reply.pk})
    assert f"Dear asker,\n\nOn {inquiry.reference}.</textarea>" in page(client.get(case(inquiry)))


def test_a_reply_of_another_agency_can_not_be_inserted(
    inquiry: Inquiry, officer: User, licensing_officer: User, licensing_agency: Organisation, signed_in: SignIn
) -> None:
    reply = replying.write(agency=licensing_agency, name="T", text="Theirs", by=licensing_officer, today=timezone.localdate())
    assert signed_in(officer).post(case(inquiry, "draft/answer/reply"), {"text": "", "reply": reply.pk}).status_code == 404
    assert signed_in(officer).get(f"/desk/replies/{reply.pk}/").status_code == 404


def test_replies_are_written_changed_and_retired(
    officer: User, focal_point: Organisation, approver: User, signed_in: SignIn
) -> None:
    client = signed_in(officer)
    typed = {"name": "Reply", "text": "Dear {who}", "agency": focal_point.pk}
    refused = client.post("/desk/replies/new/", typed)
    assert (refused.status_code, "“{who}” is no placeholder." in page(refused), "Dear {who}" in page(refused)) == (422, True, True)
    assert client.post("/desk/replies/new/", typed | {"text": "By {due day}"}).status_code == 302
    assert client.post("/desk/replies/new/", typed | {"agency": "all", "text": "x"}).status_code == 422
    reply = Reply.objects.get()
    change = {"name": "Reply", "text": "On {due day}", "version": 1}
    assert client.post(f"/desk/replies/{reply.pk}/", change).status_code == 302
    assert client.post(f"/desk/replies/{reply.pk}/", change).status_code == 422
    for path in ("", "new/", f"{reply.pk}/"):
        assert client.get(f"/desk/replies/{path}").status_code == 200
    reader = signed_in(approver)
    assert reader.get("/desk/replies/").status_code == 200
    assert {reader.get("/desk/replies/new/").status_code, reader.post(f"/desk/replies/{reply.pk}/retire/").status_code} == {403}
    client.post(f"/desk/replies/{reply.pk}/retire/")
    assert client.get(f"/desk/replies/{reply.pk}/").status_code == 404


# --- redaction ------------------------------------------------------------------------------------------------------


def test_a_passage_is_hidden_by_pasting_it(filed: asking.Filed, inquiry: Inquiry, officer: User, signed_in: SignIn) -> None:
    client = signed_in(officer)
    asking.write_again(
        opened=asking.open_with_receipt(receipts.read(filed.receipt)), text="Acme Works, I said.", today=timezone.localdate()
    )
    typed = {"passage": "Acme  Works", "mode": "mask", "reason": "Names the asker"}
    response = client.post(case(inquiry, "redact"), typed)
    shown = page(response)
    assert (response.status_code, "Message 1: …May [Acme Works] sell pumps?…" in shown) == (422, True)
    places = re.findall(r'name="places" value="([^"]+)"[^>]*checked', shown)
    assert len(places) == 2
    assert client.post(case(inquiry, "redact"), typed | {"places": places}).status_code == 302
    assert "Acme" not in page(client.get(case(inquiry)))


def test_a_passage_in_an_item_is_hidden_by_pasting_it(officer: User, signed_in: SignIn) -> None:
    items = Details((Item("A pump", entry="2B350"), Item("A pump of Acme Works")))
    made = asking.submit(topic="sanctions", text="By Acme Works?", details=items, today=timezone.localdate())
    casework.take(made.inquiry, by=officer, today=timezone.localdate())
    client, typed = signed_in(officer), {"passage": "Acme Works", "mode": "mask", "reason": "Names the asker"}
    shown = page(client.post(case(made.inquiry, "redact"), typed))
    assert "Item 2: What it is: …A pump of [Acme Works]…" in shown
    client.post(case(made.inquiry, "redact"), typed | {"places": ["item2.description:10"]})
    shown = page(client.get(case(made.inquiry)))
    assert ("A pump of [hidden by the office]" in shown, "By Acme Works?" in shown) == (True, True)
    assert "Item 2: What it is, " in shown


def test_an_officer_is_offered_no_permanent_redaction_and_gets_none(inquiry: Inquiry, officer: User, signed_in: SignIn) -> None:
    client = signed_in(officer)
    typed = {"passage": "Acme Works", "mode": "permanent", "reason": "r"}
    assert "for good" not in page(client.get(case(inquiry))).split("Hidden or taken out")[0]
    assert (client.post(case(inquiry, "redact"), typed).status_code, Redaction.objects.count()) == (422, 0)


def test_a_supervisor_shows_again_or_takes_out_from_the_page(
    inquiry: Inquiry, officer: User, supervisor: User, licensing_officer: User, signed_in: SignIn
) -> None:
    redacting.redact(inquiry, passage="Acme Works", mode="mask", reason="r", by=officer, today=timezone.localdate())
    address = f"{case(inquiry)}redactions/{Redaction.objects.get().pk}"
    assert {signed_in(officer).post(f"{address}/{verb}/").status_code for verb in ("show", "take-out")} == {409}
    assert signed_in(licensing_officer).post(f"{address}/show/").status_code == 404
    client = signed_in(supervisor)
    assert "Take it out for good" in page(client.get(case(inquiry)))
    client.post(f"{address}/show/")
    assert "Acme Works" in page(client.get(case(inquiry)))
    assert client.post(f"{address}/show/").status_code == 404


# --- handing over ---------------------------------------------------------------------------------------------------


def test_a_case_is_handed_over_with_a_warning_where_the_colleague_is_away(
    inquiry: Inquiry, officer: User, colleague: User, supervisor: User, signed_in: SignIn
) -> None:
    today = timezone.localdate()
    handing.go_away(first_on=today, last_on=today, cover=supervisor, by=colleague, today=today)
    client, typed = signed_in(officer), {"to": colleague.pk, "note": "Yours, I think"}
    response = client.post(case(inquiry, "hand-over"), typed)
    shown = page(response)
    assert (response.status_code, "Kaja Colleague is away until" in shown, "Yours, I think" in shown) == (422, True, True)
    assert client.post(case(inquiry, "hand-over"), typed | {"anyway": "on"}).status_code == 302
    assert Inquiry.objects.get().officer == colleague


def test_days_away_are_set_and_taken_out(officer: User, colleague: User, supervisor: User, signed_in: SignIn) -> None:
    today = timezone.localdate()
    client, typed = signed_in(officer), {"first_on": today, "last_on": today + timedelta(days=3), "cover": colleague.pk}
    assert client.post("/desk/away/", typed).status_code == 302
    assert client.post("/desk/away/", typed).status_code == 422
    assert client.post("/desk/away/", {"first_on": "never"}).status_code == 422
    assert "Olev Officer" in page(signed_in(colleague).get("/desk/away/"))
    absence = Absence.objects.get()
    assert signed_in(supervisor).post(f"/desk/away/{absence.pk}/back/").status_code == 404
    assert client.post(f"/desk/away/{absence.pk}/back/").status_code == 302
    assert Absence.objects.count() == 0


# --- links ----------------------------------------------------------------------------------------------------------


def test_cases_are_linked_by_reference_and_taken_apart(inquiry: Inquiry, officer: User, signed_in: SignIn) -> None:
    other = asking.submit(topic="sanctions", text="And drills?", today=timezone.localdate()).inquiry
    client = signed_in(officer)
    assert client.post(case(inquiry, "link"), {"reference": other.reference.lower(), "kind": "duplicate"}).status_code == 302
    shown = page(client.get(case(other)))
    assert (inquiry.reference in shown, "Asks the same" in shown, "And drills?" in page(client.get(case(inquiry)))) == (
        True, True, False,
    )  # fmt: skip
    relation = Relation.objects.get()
    assert client.post(f"{case(other)}links/{relation.pk}/remove/").status_code == 302
    assert client.post(f"{case(other)}links/{relation.pk}/remove/").status_code == 404
    refused = client.post(case(inquiry, "link"), {"reference": "FP-NONE", "kind": "related"})
    assert (refused.status_code, "You see no case with this reference." in page(refused)) == (422, True)


def test_a_case_that_one_may_not_read_can_not_be_linked(
    inquiry: Inquiry, officer: User, licensing_agency: Organisation, licensing_officer: User, signed_in: SignIn
) -> None:
    hidden = asking.submit(topic="sanctions", text="And drills?", today=timezone.localdate()).inquiry
    casework.route(inquiry, agency=licensing_agency, by=officer, today=timezone.localdate())
    refused = signed_in(licensing_officer).post(case(inquiry, "link"), {"reference": hidden.reference, "kind": "related"})
    assert "You see no case with this reference." in page(refused)
    relating.link(inquiry, other=hidden, kind="related", by=officer, today=timezone.localdate())
    shown = page(signed_in(licensing_officer).get(case(inquiry)))
    assert (hidden.reference in shown, "Related: another case" in shown) == (False, True)
    assert f"Related: {hidden.reference}" in page(signed_in(officer).get(case(inquiry)))


def test_an_answer_to_several_is_announced_and_refused_where_it_tells_one_of_the_other(
    inquiry: Inquiry, officer: User, signed_in: SignIn
) -> None:
    other = asking.submit(topic="sanctions", text="And drills?", today=timezone.localdate() + timedelta(days=1)).inquiry
    client = signed_in(officer)
    assert client.post(case(other, "link"), {"reference": inquiry.reference, "kind": "merged"}).status_code == 302
    assert f"Your answer goes to the asker of {other.reference} as well." in page(client.get(case(inquiry)))
    assert f"This case is answered together with {inquiry.reference}." in page(client.get(case(other)))
    refused = client.post(case(inquiry, "answer"), {"text": "“May Acme Works sell pumps?” It may."})
    assert (refused.status_code, "repeats this one’s own words" in page(refused)) == (422, True)
    client.post(case(inquiry, "answer"), {"text": "It may."})
    assert [line.text for line in thread.read(casework.open_for_official(other, by=officer)).lines] == ["And drills?", "It may."]


def test_precedents_are_a_page_and_a_part_of_one(
    inquiry: Inquiry, officer: User, licensing_officer: User, signed_in: SignIn
) -> None:
    client = signed_in(officer)
    whole, part = client.get(case(inquiry, "related")), client.get(case(inquiry, "related"), headers={"HX-Request": "true"})
    assert (whole.status_code, part.status_code, "<html" in page(part)) == (200, 200, False)
    assert signed_in(licensing_officer).get(case(inquiry, "related")).status_code == 404


# --- history and the whole page -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("group", "shown"),
    [
        ("moves", ["The inquiry came in", "Taken"]),
        ("notes", ["A note was kept"]),
        ("facts", ["Facts changed"]),
        ("redactions", ["A passage was hidden"]),
        ("nonsense", ["The inquiry came in", "Taken", "A note was kept", "Facts changed", "A passage was hidden"]),
    ],
)
def test_the_history_can_be_narrowed(inquiry: Inquiry, officer: User, signed_in: SignIn, group: str, shown: list[str]) -> None:
    today = timezone.localdate()
    noting.note(inquiry, text="Note", by=officer, today=today)
    describing.describe(inquiry, facts=Facts("T"), seen=describing.facts_of(inquiry).version, by=officer, today=today)
    redacting.redact(inquiry, passage="Acme Works", mode="mask", reason="r", by=officer, today=today)
    history = page(signed_in(officer).get(f"{case(inquiry)}?history={group}")).split('<ol class="govuk-list history">')[1]
    assert re.findall(r"</time>: ([\w ]+),?", history) == shown


def test_who_hands_a_case_to_the_focal_point_is_told_that_their_agency_reads_it_no_more(
    inquiry: Inquiry, officer: User, colleague: User, licensing_agency: Organisation, licensing_officer: User, signed_in: SignIn
) -> None:
    today = timezone.localdate()
    casework.route(inquiry, agency=licensing_agency, by=officer, today=today)
    casework.take(inquiry, by=licensing_officer, today=today)
    client = signed_in(licensing_officer)
    assert "the agency that has it stops reading it" in page(client.get(case(inquiry)))
    response = client.post(case(inquiry, "hand-over"), {"to": colleague.pk})
    assert response["Location"] == "/desk/inquiries/"
    assert f"{inquiry.reference} has been handed to Kaja Colleague. Your agency does not read it any more." in page(
        client.get("/desk/inquiries/")
    )
    assert client.get(case(inquiry)).status_code == 404
    assert "An agency no longer reads the case" in page(signed_in(officer).get(case(inquiry)))
    casework.route(inquiry, agency=licensing_agency, by=officer, today=today + timedelta(3))
    assert since(inquiry, licensing_agency) == today + timedelta(3)


def test_the_page_says_who_reads_and_since_when(
    inquiry: Inquiry, officer: User, licensing_agency: Organisation, signed_in: SignIn
) -> None:
    client = signed_in(officer)
    assert "The asker is told that the focal point reads it" in page(client.get(case(inquiry)))
    casework.route(inquiry, agency=licensing_agency, by=officer, today=timezone.localdate())
    shown = page(client.get(case(inquiry)))
    assert re.search(r"Licensing Board, since\s+<time", shown)


def since(inquiry: Inquiry, agency: Organisation) -> date | None:
    """Since when the case page says that an agency reads the case; None if it says that it reads it and no day."""
    with_parts = panes.with_parts(Inquiry.objects.get(pk=inquiry.pk))
    return {each.agency: each.since for each in panes.readers(with_parts, with_parts.events.all())}[agency]


@pytest.fixture
def other_agency(db: None) -> Organisation:
    return Organisation.objects.create(
        kind=Kind.AGENCY, name="Screening Authority", short_name="SA", functions=[Function.INVESTMENT_SCREENING]
    )


def test_an_agency_reads_since_a_rule_sent_it_the_case(
    officer: User, licensing_agency: Organisation, other_agency: Organisation, administrator: User, today: date
) -> None:
    terms: dict[str, Any] = {name: [] for name in ("segments", "codes", "destinations", "modes", "flags")}
    terms |= {"tier": 10, "topics": ["sanctions"], "team": "", "priority": "", "target_days": None}
    rules.add(terms=rules.Terms(name="Not for SA; “x” (SA; y)", agency=licensing_agency, **terms), by=administrator, today=today)
    inquiry = asking.submit(topic="sanctions", text="May I?", today=today).inquiry
    assert since(inquiry, licensing_agency) == today
    # Asked as well, the other agency reads from then on, and no earlier.
    casework.take(inquiry, by=officer, today=today)
    consulting.ask(inquiry, agency=other_agency, question="Well?", by=officer, today=today + timedelta(2))
    assert (since(inquiry, licensing_agency), since(inquiry, other_agency)) == (today, today + timedelta(2))
    # It gets the case, which it has read before; who had it reads it no more, and anew when it comes back.
    casework.route(inquiry, agency=other_agency, by=officer, today=today + timedelta(3))
    assert since(inquiry, other_agency) == today + timedelta(2)
    assert not inquiry.reader_keys.filter(agency=licensing_agency).exists()
    casework.apply_rules(inquiry, by=officer, today=today + timedelta(5))
    assert since(inquiry, licensing_agency) == today + timedelta(5)


def test_an_agency_asked_again_reads_since_then(
    inquiry: Inquiry, officer: User, licensing_agency: Organisation, today: date
) -> None:
    asked = consulting.ask(inquiry, agency=licensing_agency, question="Well?", by=officer, today=today)
    consulting.end(asked, by=officer, today=today + timedelta(1))
    consulting.ask(inquiry, agency=licensing_agency, question="And now?", by=officer, today=today + timedelta(4))
    assert since(inquiry, licensing_agency) == today + timedelta(4)


def test_a_case_whose_key_is_missing_shows_no_note_and_breaks_nothing(
    inquiry: Inquiry, officer: User, signed_in: SignIn, settings: Any
) -> None:
    noting.note(inquiry, text="Between us", by=officer, today=timezone.localdate())
    settings.OFFICE_KEYS = {"another": bytes(32)}
    response = signed_in(officer).get(case(inquiry))
    assert (response.status_code, "Between us" in page(response)) == (200, False)
    refused = signed_in(officer).post(case(inquiry, "note"), {"text": "More", "readers": "agency"})
    assert refused.status_code == 422


def test_a_full_case_of_two_hundred_messages_takes_few_queries(
    filed: asking.Filed, inquiry: Inquiry, officer: User, colleague: User, focal_point: Organisation, signed_in: SignIn,
    django_assert_max_num_queries: Callable[..., Any],
) -> None:  # fmt: skip
    """Session, user, roles; case, segments, keys, history; agencies; closures and targets; drafts, notes, mentions; thread; whether
    a second official is needed; colleagues; links; replies; areas to choose from. Where words are hidden, one more."""
    today = timezone.localdate()
    opened = asking.open_with_receipt(receipts.read(filed.receipt))
    for number in range(199):
        asking.write_again(opened=opened, text=f"Message {number} of Acme Works", today=today)
    other = asking.submit(topic="sanctions", text="And drills?", today=today).inquiry
    relating.link(inquiry, other=other, kind="related", by=officer, today=today)
    for text in ("One", "@Kaja Colleague, two", "@Kaja Colleague, three"):
        noting.note(inquiry, text=text, by=officer, today=today)
    drafting.keep(inquiry, kind="answer", text="Begun", by=officer, today=today)
    replying.write(agency=focal_point, name="Reply", text="Text", by=officer, today=today)
    client = signed_in(officer)
    with django_assert_max_num_queries(19):
        assert client.get(case(inquiry)).status_code == 200
    redacting.redact(inquiry, passage="Message 7 of", mode="mask", reason="r", by=officer, today=today)
    with django_assert_max_num_queries(20):
        assert client.get(case(inquiry)).status_code == 200


@pytest.mark.parametrize("path", ["mentions/", "replies/", "away/"])
def test_lists_take_the_same_queries_for_one_row_and_three(
    inquiry: Inquiry, officer: User, colleague: User, focal_point: Organisation, signed_in: SignIn, path: str,
    django_assert_max_num_queries: Callable[..., Any],
) -> None:  # fmt: skip
    today, client, counted = timezone.localdate(), signed_in(colleague), []
    for more in (1, 2):
        for number in range(more):
            noting.note(inquiry, text="@Kaja Colleague", by=officer, today=today)
            replying.write(agency=focal_point, name=f"Reply {more}{number}", text="Text", by=officer, today=today)
            first = today + timedelta(days=20 * more + 5 * number)
            handing.go_away(first_on=first, last_on=first, cover=officer, by=colleague, today=today)
        with django_assert_max_num_queries(12) as captured:
            assert client.get(f"/desk/{path}").status_code == 200
        counted.append(len(captured))
    assert counted[0] == counted[1]
