"""Several cases of a queue at once: each by the verb of a single case, and none undone by another's refusal."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inquiries.forms.bulk import BulkForm
from inquiries.models import Absence, Event, Inquiry, ReaderKey
from inquiries.permissions import may_work_on_some
from inquiries.services import asking, bulk, casework, consulting, officials
from inquiries.services.bulk import MOST_CASES, Assign, Close, SetFlag, SetPriority
from organisations.models import Organisation, Role, User
from tests.conftest import member

SignIn = Callable[..., Client]
QUEUE = "/desk/inquiries/"
SELECTED, DO = f"{QUEUE}selected/", f"{QUEUE}selected/do/"

pytestmark = pytest.mark.usefixtures("one_official_answers")


@pytest.fixture
def day() -> date:
    return timezone.localdate()


@pytest.fixture
def colleague(focal_point: Organisation) -> User:
    return member(focal_point, "Kaja Colleague", Role.CASE_OFFICER)


@pytest.fixture
def ask(officer: User, day: date) -> Callable[..., Inquiry]:
    """Files an inquiry and brings it into a state by the verbs that lead there."""

    def file(state: str = "received") -> Inquiry:
        inquiry = asking.submit(topic="sanctions", text="May I sell pumps?", today=day).inquiry
        if state != "received":
            casework.take(inquiry, by=officer, today=day)
        if state in ("answered", "closed"):
            casework.answer(inquiry, text="You may.", by=officer, today=day)
        if state == "closed":
            casework.close(inquiry, by=officer, today=day)
        if state == "waiting":
            casework.ask_back(inquiry, text="Which ones?", by=officer, today=day)
        return Inquiry.objects.get(pk=inquiry.pk)

    return file


def sent(what: str, *inquiries: Inquiry, **rest: object) -> dict[str, object]:
    return {"what": what, "case": [each.pk for each in inquiries], **rest}


def kinds(inquiry: Inquiry) -> list[str]:
    return list(inquiry.events.order_by("position").values_list("kind", flat=True))


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def now(inquiry: Inquiry) -> Inquiry:
    return Inquiry.objects.get(pk=inquiry.pk)


# --- what is done ---------------------------------------------------------------------------------------------------


def test_cases_are_taken_after_a_look_at_what_will_happen(ask: Callable[..., Inquiry], officer: User, signed_in: SignIn) -> None:
    one, two = ask(), ask()
    client = signed_in(officer)
    look = client.post(SELECTED, sent("assign:me", one, two))
    assert (look.status_code, look.context["done"]) == (200, [one, two])
    assert "Nothing has been done yet" in text(look)
    assert re.findall(r'name="case" value="([^"]+)"', text(look)) == [str(one.pk), str(two.pk)]
    assert [kinds(each) for each in (one, two)] == [["received"], ["received"]]
    done = client.post(DO, sent("assign:me", one, two))
    assert (done.status_code, done.context["done"]) == (200, [one, two])
    assert [(now(each).officer, now(each).state, kinds(each)) for each in (one, two)] == [
        (officer, "in-hand", ["received", "take"])
    ] * 2


def test_cases_go_to_a_colleague_with_a_note(
    ask: Callable[..., Inquiry], officer: User, colleague: User, signed_in: SignIn
) -> None:
    one, two = ask(), ask("answered")
    client = signed_in(officer)
    what = f"assign:{colleague.pk}"
    assert "Note to the colleague" in text(client.post(SELECTED, sent(what, one, two)))
    client.post(DO, sent(what, one, two, note="Both by Friday"))
    assert [(now(each).officer, kinds(each)[-2:]) for each in (one, two)] == [(colleague, ["note", "hand-over"])] * 2
    assert colleague.mentions.count() == 2


@pytest.mark.parametrize(
    ("what", "column", "value", "told"),
    [
        ("flag:media", "flags", ["media", "sensitive"], "flags: + Public interest"),
        ("unflag:sensitive", "flags", [], "flags: − Handle with care"),
        ("priority:urgent", "priority", "urgent", "priority: Urgent"),
    ],
)
def test_facts_are_set_and_told_in_the_history(
    ask: Callable[..., Inquiry], officer: User, signed_in: SignIn, *, what: str, column: str, value: object, told: str
) -> None:
    one, two = ask(), ask("closed")
    Inquiry.objects.update(flags=["sensitive"], title="Pumps", tags=["mills"])
    signed_in(officer).post(DO, sent(what, one, two))
    for each in (one, two):
        assert (getattr(now(each), column), now(each).title, now(each).tags) == (value, "Pumps", ["mills"])
        last = each.events.order_by("position").last()
        assert (last.kind, last.official, last.detail) == ("describe", officer, told)


def test_what_is_answered_is_closed_and_what_lacks_an_answer_only_if_one_says_so(
    ask: Callable[..., Inquiry], officer: User, signed_in: SignIn
) -> None:
    answered, in_hand, waiting, new, closed = (ask(state) for state in ("answered", "in-hand", "waiting", "received", "closed"))
    cases = (answered, in_hand, waiting, new, closed)
    client = signed_in(officer)
    look = client.post(SELECTED, sent("close:", *cases))
    assert [look.context[kind] for kind in ("done", "so_already")] == [[answered], [closed]]
    assert look.context["unanswered"] == [in_hand, waiting]
    assert [each for each, _why in look.context["refused"]] == [new]
    assert "2 have no answer, and stay open unless you say otherwise below" in text(look)
    assert "Close those without an answer as well" in text(look)
    assert text(client.post(DO, sent("close:", *cases))).count("It has no answer, and you did not say") == 2
    assert [now(each).state for each in cases] == ["closed", "in-hand", "waiting", "received", "closed"]
    done = client.post(DO, sent("close:", *cases, unanswered="on"))
    assert (done.context["done"], done.context["so_already"]) == ([in_hand, waiting], [answered, closed])
    assert [(each, why[:25]) for each, why in done.context["refused"]] == [(new, "That is not possible whil")]
    assert [now(each).state for each in cases] == ["closed", "closed", "closed", "received", "closed"]


# --- what is refused ------------------------------------------------------------------------------------------------


def test_one_refusal_undoes_nothing_of_the_others(
    ask: Callable[..., Inquiry],
    officer: User,
    licensing_officer: User,
    licensing_agency: Organisation,
    signed_in: SignIn,
    day: date,
) -> None:
    handed, consulted, closed = ask(), ask("in-hand"), ask("closed")
    casework.route(handed, agency=licensing_agency, by=officer, today=day)
    consulting.ask(consulted, agency=licensing_agency, question="Well?", by=officer, today=day)  # reads it, and no more
    response = signed_in(licensing_officer).post(DO, sent("assign:me", consulted, handed, closed))
    assert response.status_code == 200
    assert (response.context["done"], response.context["gone"]) == ([handed], 1)
    assert response.context["refused"] == [(consulted, "You may not work on this inquiry.")]
    assert closed.reference not in text(response)
    assert [now(each).officer for each in (handed, consulted, closed)] == [licensing_officer, officer, officer]


def test_where_all_is_refused_the_status_says_so(ask: Callable[..., Inquiry], officer: User, signed_in: SignIn) -> None:
    response = signed_in(officer).post(DO, sent("close:", ask()))
    assert (response.status_code, len(response.context["refused"])) == (409, 1)


def test_a_case_one_may_not_see_answers_as_if_there_were_none(
    ask: Callable[..., Inquiry], licensing_officer: User, signed_in: SignIn
) -> None:
    client, hidden = signed_in(licensing_officer), ask()
    for path in (SELECTED, DO):
        answers = [client.post(path, {"what": "assign:me", "case": [str(key)]}) for key in (hidden.pk, uuid.uuid4())]
        pages = [text(answer).replace(str(hidden.pk), "") for answer in answers]
        assert [answer.status_code for answer in answers] == [422, 422]
        assert all("None of the inquiries selected is there any more" in page for page in pages)
        assert all(hidden.reference not in page for page in pages)
    assert kinds(hidden) == ["received"]


def test_a_colleague_who_may_not_work_on_a_case_does_not_get_it(
    ask: Callable[..., Inquiry], officer: User, licensing_officer: User, signed_in: SignIn
) -> None:
    inquiry = ask()
    response = signed_in(officer).post(DO, sent(f"assign:{licensing_officer.pk}", inquiry))
    assert response.status_code == 409
    assert "Liis Licensing may not work on this inquiry" in text(response)
    assert now(inquiry).officer is None


def test_a_colleague_who_is_away_gets_them_only_if_it_is_meant(
    ask: Callable[..., Inquiry], officer: User, colleague: User, supervisor: User, signed_in: SignIn, day: date
) -> None:
    Absence.objects.create(user=colleague, cover=supervisor, first_on=day, last_on=day + timedelta(3))
    inquiry, client = ask(), signed_in(officer)
    form = sent(f"assign:{colleague.pk}", inquiry, note="Please")
    look = client.post(SELECTED, form)
    assert "Sirje Supervisor stands in" in text(look)
    assert look.context["done"] == [inquiry]
    refused = client.post(DO, form)
    assert (refused.status_code, now(inquiry).officer) == (422, None)
    assert "Please</textarea>" in text(refused)
    assert client.post(DO, {**form, "anyway": "on"}).status_code == 200
    assert now(inquiry).officer == colleague


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"what": "close:", "case": []}, "Select at least one inquiry."),
        ({"what": "close:", "case": ["7"]}, "What was selected is no inquiry."),
        ({"what": "close:", "case": [str(uuid.uuid4()) for _ in range(MOST_CASES + 1)]}, "Select at most 100 inquiries at once."),
        ({"what": "", "case": "here"}, "Choose what to do with them."),
        ({"what": "erase:", "case": "here"}, "Choose one of what is listed."),
        ({"what": f"assign:{uuid.uuid4()}", "case": "here"}, "Choose one of what is listed."),
    ],
)
def test_a_form_that_can_not_be_comes_back_with_the_queue_and_the_selection(
    ask: Callable[..., Inquiry], officer: User, signed_in: SignIn, form: dict[str, Any], sentence: str
) -> None:
    inquiry = ask()
    if form["case"] == "here":
        form = {**form, "case": [str(inquiry.pk)]}
    for path in (SELECTED, DO):
        response = signed_in(officer).post(f"{path}?queue=all&topic=sanctions", form)
        shown = text(response)
        assert (response.status_code, sentence in shown) == (422, True)
        assert (
            f'value="{inquiry.pk}" aria-label="Select {inquiry.reference}"{" checked" * (form["case"] == [str(inquiry.pk)])}>'
            in shown
        )
        assert ('value="close:" selected' in shown) is (form["what"] == "close:")
    assert kinds(inquiry) == ["received"]


def test_a_note_that_can_not_be_kept_is_said_beside_its_field(
    ask: Callable[..., Inquiry], officer: User, colleague: User, signed_in: SignIn
) -> None:
    inquiry = ask()
    response = signed_in(officer).post(DO, sent(f"assign:{colleague.pk}", inquiry, note="x" * 50_001))
    assert (response.status_code, "50001 characters" in text(response)) == (422, True)
    assert now(inquiry).officer is None


@pytest.mark.parametrize("who", ["approver", "auditor", "administrator", "editor"])
def test_who_works_on_no_case_selects_none(
    request: pytest.FixtureRequest, ask: Callable[..., Inquiry], signed_in: SignIn, who: str
) -> None:
    user, inquiry = request.getfixturevalue(who), ask()
    client = signed_in(user)
    assert not may_work_on_some(user)
    assert [client.post(path, sent("assign:me", inquiry)).status_code for path in (SELECTED, DO)] == [403, 403]
    if who == "approver":
        assert 'name="case"' not in client.get(f"{QUEUE}?queue=all").content.decode()


# --- twice, and without doing it ------------------------------------------------------------------------------------


ACTS = ["assign:me", "assign:colleague", "flag:media", "unflag:sensitive", "priority:high", "close:"]


@pytest.mark.parametrize("what", ACTS)
def test_sent_twice_it_is_done_once(
    ask: Callable[..., Inquiry], officer: User, colleague: User, signed_in: SignIn, what: str
) -> None:
    cases = [ask("in-hand"), ask("waiting")]
    Inquiry.objects.update(flags=["sensitive"], officer=colleague if what == "assign:me" else officer)
    client, form = signed_in(officer), sent(what.replace("colleague", str(colleague.pk)), *cases, note="Look", unanswered="on")
    assert client.post(DO, form).context["done"] == cases
    history = [kinds(each) for each in cases]
    again = client.post(DO, form)
    assert (again.status_code, again.context["so_already"]) == (200, cases)
    assert [kinds(each) for each in cases] == history


@pytest.mark.parametrize("what", [*ACTS, "assign:licensing"])
@pytest.mark.parametrize("who", ["officer", "licensing_officer"])
def test_what_is_foreseen_is_what_happens_and_leaves_no_trace(
    request: pytest.FixtureRequest, ask: Callable[..., Inquiry], officer: User, colleague: User, licensing_officer: User,
    licensing_agency: Organisation, day: date, what: str, who: str,
) -> None:  # fmt: skip
    by = request.getfixturevalue(who)
    cases = [ask(state) for state in ("received", "in-hand", "waiting", "answered", "closed")]
    handed, taken, sealed, consulted, gone = ask(), ask("in-hand"), ask(), ask("in-hand"), ask()
    for each in (handed, taken, sealed):
        casework.route(each, agency=licensing_agency, by=officer, today=day)
    casework.take(taken, by=licensing_officer, today=day)
    ReaderKey.objects.filter(inquiry=sealed).update(ring_key="lost")
    Inquiry.objects.filter(pk__in=[cases[0].pk, handed.pk]).update(flags=["sensitive"])
    consulting.ask(consulted, agency=licensing_agency, question="Well?", by=officer, today=day)
    Inquiry.objects.filter(pk=gone.pk).delete()
    cases += [handed, taken, sealed, consulted, gone]
    to = {"colleague": colleague, "licensing": member(licensing_agency, "Lea Licensing", Role.CASE_OFFICER)}
    form = BulkForm(
        {"case": [str(uuid.uuid4())], "what": re.sub("colleague|licensing", lambda name: str(to[name[0]].pk), what)},
        colleagues={each.pk: str(each) for each in to.values()},
    )
    assert form.is_valid(), form.errors
    act = form.act(by)

    def told(outcomes: list[bulk.Outcome]) -> list[tuple[type | None, str]]:
        return [(type(each.error) if each.error else None, str(each.error)) for each in outcomes]

    before = (list(Inquiry.objects.order_by("pk").values()), Event.objects.count())
    foreseen = told(bulk.foresee(act, cases, by=by))
    assert (list(Inquiry.objects.order_by("pk").values()), Event.objects.count()) == before
    assert told(bulk.carry_out(act, cases, by=by, today=day)) == foreseen
    assert len(set(foreseen)) > 1


def test_a_case_erased_meanwhile_is_said_to_be_gone(ask: Callable[..., Inquiry], officer: User, day: date) -> None:
    gone, here = ask(), ask()
    Inquiry.objects.filter(pk=gone.pk).delete()
    outcomes = bulk.carry_out(SetPriority("high"), [gone, here], by=officer, today=day)
    assert [(each.is_refused, each.is_done) for each in outcomes] == [(True, False), (False, True)]
    assert str(outcomes[0].error) == "It is not there any more."


# --- the way there and back -----------------------------------------------------------------------------------------


def test_the_whole_page_is_selected_without_scripts(ask: Callable[..., Inquiry], officer: User, signed_in: SignIn) -> None:
    ask(), ask()
    response = signed_in(officer).post(f"{SELECTED}?queue=all", {"all": "page", "what": "close:"})
    assert response.status_code == 200
    assert text(response).count(" checked>") == 2
    assert 'value="close:" selected' in text(response)


def test_back_from_the_look_the_selection_is_as_it_was(
    ask: Callable[..., Inquiry], officer: User, colleague: User, signed_in: SignIn
) -> None:
    chosen, _other = ask(), ask()
    what = f"assign:{colleague.pk}"
    response = signed_in(officer).post(f"{SELECTED}?queue=all", sent(what, chosen, note="Please", back="1"))
    shown = text(response)
    assert (response.status_code, shown.count(" checked>"), f'value="{what}" selected' in shown) == (200, 1, True)
    assert 'name="note" value="Please"' in shown


@pytest.mark.parametrize("path", [SELECTED, DO])
def test_an_address_opened_anew_leads_to_the_queue(officer: User, signed_in: SignIn, path: str) -> None:
    assert signed_in(officer).get(f"{path}?queue=mine&topic=sanctions")["Location"] == f"{QUEUE}?queue=mine&topic=sanctions"
    assert signed_in(officer).get(path)["Location"] == QUEUE


def test_those_one_may_think_of_are_of_ones_agency_and_the_focal_point(
    officer: User, supervisor: User, approver: User, licensing_officer: User, licensing_agency: Organisation
) -> None:
    beside = member(licensing_agency, "Lea Licensing", Role.TRIAGE, Role.SUPERVISOR)
    reading = officials.reading()
    assert officials.colleagues_to_take(reading, by=officer) == {
        beside.pk: "Lea Licensing, Licensing Board",
        licensing_officer.pk: "Liis Licensing, Licensing Board",
        supervisor.pk: "Sirje Supervisor",
    }
    other = Organisation.objects.create(kind="agency", name="Screening", functions=["investment-screening"])
    stranger = member(other, "Stella Screening", Role.CASE_OFFICER)
    seen = officials.colleagues_to_take(officials.reading(), by=licensing_officer)
    assert set(seen) == {beside.pk, officer.pk, supervisor.pk}
    assert stranger.pk in officials.colleagues_to_take(officials.reading(), by=officer)


# --- bounds ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["assign", "flag", "priority", "close"])
def test_each_case_takes_the_same_number_of_queries(
    ask: Callable[..., Inquiry], officer: User, supervisor: User, day: date, what: str
) -> None:
    acts = {
        "assign": Assign(supervisor),
        "flag": SetFlag("media", on=True),
        "priority": SetPriority("high"),
        "close": Close(unanswered=True),
    }
    bulk.carry_out(acts[what], [ask("in-hand")], by=officer, today=day)  # fetches who may what, once
    counted = []
    for number in (1, 3):
        cases = [ask("in-hand") for _ in range(number)]
        with CaptureQueriesContext(connection) as queries:
            assert all(each.is_done for each in bulk.carry_out(acts[what], cases, by=officer, today=day))
        counted.append(len(queries))
    assert counted[1] == 3 * counted[0]
    assert counted[0] <= 20


@pytest.mark.parametrize("who", ["officer", "licensing_officer"])
@pytest.mark.parametrize("what", ["assign:me", "assign:colleague", "flag:media", "priority:high", "close:"])
def test_the_look_takes_the_same_queries_for_one_case_and_three(
    request: pytest.FixtureRequest, ask: Callable[..., Inquiry], officer: User, colleague: User, licensing_agency: Organisation,
    signed_in: SignIn, day: date, what: str, who: str,
) -> None:  # fmt: skip
    client, counted = signed_in(request.getfixturevalue(who)), []
    for number in (1, 3):
        cases = [ask("in-hand") for _ in range(number)]
        for each in cases:
            casework.route(each, agency=licensing_agency, by=officer, today=day)
        form = sent(what.replace("colleague", str(colleague.pk)), *cases, unanswered="on")
        with CaptureQueriesContext(connection) as queries, CaptureQueriesContext(connections["keys"]) as keys:
            look = client.post(SELECTED, form)
        refused = [each for each, _why in look.context["refused"]]
        assert (look.context["done"], refused) == (([], cases) if what == "close:" else (cases, []))
        counted.append((len(queries), len(keys)))
    assert counted[0] == counted[1]
    assert counted[0][0] <= 10
