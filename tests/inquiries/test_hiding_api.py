"""Files, hidden passages and outside experts by program: what the pages do, with the same rights and refusals."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.utils import timezone

from inquiries import receipts
from inquiries.models import Attachment, ExpertRequest, Inquiry, Label, Redaction
from inquiries.services import asking, casework, consulting, experts, publishing, thread
from inquiries.services.receiving import Received, receive
from inquiries.spooling import Spool
from organisations.models import OFFICIALS_SCOPES, Organisation, Scope, User
from tests.inquiries.test_desk_api import Call, call, case, filed, is_problem, nobody_has_called_yet
from tests.inquiries.test_working_api import kinds, taken, texts

__all__ = ["call", "filed", "nobody_has_called_yet", "taken"]
ASK = {"name": "Mari  Metroloog", "address": "mari@institute.example", "label": "amber", "excerpt": "What is this?", "days": 5}


def received(name: str, content: bytes) -> Received:
    spool = Spool(settings.FILE_UPLOAD_TEMP_DIR)
    spool.write(content)
    return receive(spool.finish(), name=name)


@pytest.fixture
def with_file(officer: User, db: None) -> asking.Filed:
    """An inquiry with a file, which the officer has in hand."""
    today = timezone.localdate()
    made = asking.submit(topic="other", text="May I?", files=[received("note.txt", b"Ten pumps")], today=today)
    casework.take(made.inquiry, by=officer, today=today)
    return made


def states(call: Call, who: User, filed: asking.Filed) -> list[tuple[str, str | None]]:
    return [(file["state"], file["name"]) for file in call(who, case(filed, "files")).json()]


def test_a_file_is_hidden_shown_again_and_taken_out(call: Call, officer: User, supervisor: User, with_file: asking.Filed) -> None:
    ref = Attachment.objects.get().pk
    assert states(call, officer, with_file) == [("shown", "note.txt")]
    assert call(officer, case(with_file, f"files/{ref}/hide"), {"reason": "A nameplate"}).status_code == 200
    (hidden,) = call(officer, case(with_file, "files")).json()
    assert (hidden["state"], hidden["name"], hidden["reason"], hidden["by"]) == ("hidden", None, "A nameplate", "Olev Officer")
    assert is_problem(call(officer, case(with_file, f"files/{ref}")), 404)
    assert is_problem(call(officer, case(with_file, f"files/{ref}/hide"), {"reason": "Again"}), 409)
    for verb in ("show", "take-out"):
        assert is_problem(call(officer, case(with_file, f"files/{ref}/{verb}"), {}), 409)  # a supervisor's
    assert call(supervisor, case(with_file, f"files/{ref}/show"), {}).status_code == 200
    assert states(call, officer, with_file) == [("shown", "note.txt")]
    call(officer, case(with_file, f"files/{ref}/hide"), {"reason": "A nameplate"})
    assert call(supervisor, case(with_file, f"files/{ref}/take-out"), {}).status_code == 200
    assert states(call, officer, with_file) == [("taken-out", None)]
    assert kinds(with_file) == ["received", "take", "mask-file", "unmask-file", "mask-file", "redact-file"]


def test_a_file_of_an_answer_that_waits_is_for_who_handles_the_case(
    call: Call, officer: User, licensing_agency: Organisation, licensing_officer: User, with_file: asking.Filed
) -> None:
    today = timezone.localdate()
    with_file.inquiry.refresh_from_db()
    Inquiry.objects.update(topic="sanctions")
    sent = [received("licence.txt", b"You may")]
    casework.answer(with_file.inquiry, text="You may.", files=sent, by=officer, today=today)
    consulting.ask(with_file.inquiry, agency=licensing_agency, question="Yours?", by=officer, today=today)
    assert states(call, officer, with_file) == [("shown", "note.txt"), ("proposed", "licence.txt")]
    proposed = call(officer, case(with_file, "files")).json()[1]["id"]
    assert call(officer, case(with_file, f"files/{proposed}")).status_code == 200
    assert states(call, licensing_officer, with_file) == [("shown", "note.txt")]
    assert is_problem(call(licensing_officer, case(with_file, f"files/{proposed}")), 404)


def test_a_passage_is_shown_again_or_taken_out_by_a_supervisor(
    call: Call, officer: User, supervisor: User, taken: asking.Filed
) -> None:
    hide = {"passage": "I sell", "reason": "Names the trade"}
    assert call(officer, case(taken, "redact"), hide).json()["answers_with_it"] == []
    (row,) = call(officer, case(taken, "redactions")).json()["results"]
    assert [row[name] for name in ("where", "message", "mode", "reason", "by")] == [
        "In a message", 1, "mask", "Names the trade", "Olev Officer",
    ]  # fmt: skip
    for verb in ("show", "take-out"):
        assert is_problem(call(officer, case(taken, f"redactions/{row['id']}/{verb}"), {}), 409)
    assert call(supervisor, case(taken, f"redactions/{row['id']}/show"), {}).status_code == 200
    assert texts(taken) == ["May I sell pumps?"]
    call(officer, case(taken, "redact"), hide)
    again = Redaction.objects.get().pk
    for _ in range(2):  # sent twice
        assert call(supervisor, case(taken, f"redactions/{again}/take-out"), {}).status_code == 200
    assert is_problem(call(supervisor, case(taken, f"redactions/{again}/show"), {}), 409)
    assert texts(taken) == ["May [taken out by the office] pumps?"]
    assert kinds(taken) == ["received", "take", "mask", "unmask", "mask", "redact"]


@pytest.mark.usefixtures("one_official_answers")
def test_who_hides_a_passage_is_told_which_answers_for_everybody_hold_it(
    call: Call, officer: User, taken: asking.Filed, focal_point: Organisation
) -> None:
    today = timezone.localdate()
    casework.answer(taken.inquiry, text="You may.", by=officer, today=today)
    taken.inquiry.refresh_from_db()
    words, about = publishing.Words("Pumps", "May one sell pumps?", "One may."), publishing.About("sanctions")
    made = publishing.draft(taken.inquiry, words=words, about=about, agency=focal_point, by=officer, today=today)
    told = call(officer, case(taken, "redact"), {"passage": "sell pumps", "reason": "The trade"}).json()
    assert told["answers_with_it"] == [str(made.pk)]


def test_a_part_is_found_in_its_own_case_only(
    call: Call, officer: User, supervisor: User, taken: asking.Filed, with_file: asking.Filed
) -> None:
    today = timezone.localdate()
    about = {"name": "E", "address": "e@e.example", "excerpt": "?"}
    call(officer, case(taken, "redact"), {"passage": "I sell", "reason": "Trade"})
    asked = experts.ask(taken.inquiry, **about, label=Label.AMBER, by=officer, today=today).asked
    redaction = Redaction.objects.get().pk
    for verb in (f"redactions/{redaction}/show", f"experts/{asked.pk}/end", f"experts/{asked.pk}/renew"):
        assert is_problem(call(supervisor, case(with_file, verb), {}), 404)
    ref = Attachment.objects.get().pk
    assert is_problem(call(supervisor, case(taken, f"files/{ref}/hide"), {"reason": "?"}), 409)
    assert is_problem(call(supervisor, case(taken, f"files/{ref}")), 404)


# --- experts --------------------------------------------------------------------------------------------------------


def test_an_expert_is_asked_once_a_key(call: Call, officer: User, supervisor: User, taken: asking.Filed) -> None:
    sent = call(officer, case(taken, "experts"), ASK | {"key": "0123456789abcdef"})
    assert (sent.status_code, sent.json()["is_posted"]) == (201, True)
    assert re.fullmatch(r"[0-9]{8}", sent.json()["code"])
    assert call(officer, case(taken, "experts"), ASK | {"key": "0123456789abcdef"}).json() == sent.json()
    other = call(supervisor, case(taken, "experts"), ASK | {"key": "0123456789abcdef"}).json()  # a key is its owner's
    assert other["code"] != sent.json()["code"]
    assert len(mail.outbox) == ExpertRequest.objects.count() == 2
    assert sent.json()["code"] not in str(mail.outbox[0].message())
    first, _second = call(officer, case(taken, "experts")).json()["results"]
    assert [first[name] for name in ("name", "address", "label", "excerpt", "answer", "state")] == [
        "Mari Metroloog", "mari@institute.example", "amber", "What is this?", "", "sent",
    ]  # fmt: skip
    assert {"code", "key"} & set(first) == set()


def test_a_link_is_renewed_and_the_excerpt_withdrawn(call: Call, officer: User, taken: asking.Filed) -> None:
    sent = call(officer, case(taken, "experts"), ASK).json()
    renewed = call(officer, case(taken, f"experts/{sent['id']}/renew"), {})
    assert (renewed.status_code, renewed.json()["code"] != sent["code"]) == (200, True)
    assert call(officer, case(taken, f"experts/{sent['id']}/end"), {}).status_code == 200
    assert call(officer, case(taken, "experts")).json()["results"][0]["state"] == "withdrawn"
    for verb in ("renew", "end"):
        assert is_problem(call(officer, case(taken, f"experts/{sent['id']}/{verb}"), {}), 409)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (ASK | {"label": "red"}, "label"), (ASK | {"address": "nowhere"}, "address"), (ASK | {"name": ""}, "name"),
        (ASK | {"excerpt": " "}, "excerpt"), (ASK | {"excerpt": "a\x00"}, "excerpt"), (ASK | {"days": 0}, "days"),
        (ASK | {"key": "short"}, "key"), (ASK | {"mood": "good"}, "mood"),
    ],
)  # fmt: skip
def test_what_no_expert_can_be_asked_is_a_problem_that_names_the_field(
    call: Call, officer: User, taken: asking.Filed, body: Any, field: str
) -> None:
    refused = call(officer, case(taken, "experts"), body)
    assert is_problem(refused, 400)
    assert field in refused.json()["errors"]
    assert len(mail.outbox) == 0


def test_an_excerpt_that_names_the_case_does_not_go(call: Call, officer: User, taken: asking.Filed) -> None:
    assert is_problem(call(officer, case(taken, "experts"), ASK | {"excerpt": f"See {taken.inquiry.reference}"}), 409)
    assert len(mail.outbox) == 0


def test_a_consulted_agency_sees_no_expert(
    call: Call, officer: User, taken: asking.Filed, licensing_agency: Organisation, licensing_officer: User
) -> None:
    sent = call(officer, case(taken, "experts"), ASK).json()
    consulting.ask(taken.inquiry, agency=licensing_agency, question="Yours?", by=officer, today=timezone.localdate())
    assert call(licensing_officer, case(taken, "experts")).json()["results"] == []
    assert is_problem(call(licensing_officer, case(taken, f"experts/{sent['id']}/end"), {}), 404)
    assert is_problem(call(licensing_officer, case(taken, "experts"), ASK), 403)


def test_to_ask_an_expert_needs_the_scope_and_the_right(
    request: pytest.FixtureRequest, call: Call, officer: User, licensing_officer: User, taken: asking.Filed
) -> None:
    lacking = [scope for scope in OFFICIALS_SCOPES if scope != Scope.INQUIRIES_WRITE]
    assert is_problem(call(officer, case(taken, "experts"), ASK, scopes=lacking), 403)
    assert is_problem(call(licensing_officer, case(taken, "experts"), ASK), 404)
    for who in ("auditor", "administrator", "editor", "approver"):
        assert is_problem(call(request.getfixturevalue(who), case(taken, "experts"), ASK), 403)
    assert len(mail.outbox) == 0


@pytest.mark.parametrize("path", ["files", "redactions", "experts"])
def test_lists_take_the_same_number_of_queries_with_one_row_and_three(
    call: Call, officer: User, db: None, django_assert_max_num_queries: Any, path: str
) -> None:
    counted, today = [], timezone.localdate()
    for rows in (1, 3):
        files = [received(f"{number}.txt", f"File {number}".encode()) for number in range(2 * rows)]
        made = asking.submit(topic="other", text=" ".join(f"word{number}" for number in range(rows)), files=files, today=today)
        casework.take(made.inquiry, by=officer, today=today)
        for number, file in zip(range(rows), Attachment.objects.filter(inquiry=made.inquiry), strict=False):
            call(officer, case(made, "redact"), {"passage": f"word{number}", "reason": "?"})
            call(officer, case(made, f"files/{file.pk}/hide"), {"reason": "?"})
            call(officer, case(made, "experts"), ASK)
        with django_assert_max_num_queries(60) as captured:
            assert call(officer, case(made, path)).status_code == 200
        counted.append(len(captured))
    assert counted[0] == counted[1]


def test_a_hidden_word_is_in_no_answer(call: Call, officer: User, with_file: asking.Filed) -> None:
    call(officer, case(with_file, f"files/{Attachment.objects.get().pk}/hide"), {"reason": "A nameplate"})
    for path in ("", "files", "redactions", "events"):
        assert b"note.txt" not in call(officer, case(with_file, path)).content
    read = thread.read(asking.open_with_receipt(receipts.read(with_file.receipt)))
    assert [line.files for line in read.lines] == [[]]
