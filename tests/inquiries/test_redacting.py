"""Redaction: what is hidden stands in no representation, what is taken out is gone under every seal, and proofs still hold."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from inquiries import proofs, receipts
from inquiries.models import Details, Event, ExpertRequest, Inquiry, Item, Opening, Publication, Redaction
from inquiries.sealing import Place, unseal
from inquiries.services import (
    approving,
    asking,
    casework,
    consulting,
    drafting,
    erasing,
    experts,
    identities,
    lateness,
    ledger,
    noting,
    proving,
    publishing,
    redacting,
    relating,
    thread,
    together,
    upgrading,
)  # fmt: skip
from inquiries.services.lateness import Late
from inquiries.services.publishing import About, UnableToPublish, Words
from keystore import services as keystore
from organisations.models import Organisation, User

pytestmark = pytest.mark.usefixtures("one_official_answers")

Ask = Callable[..., asking.Filed]
SignIn = Callable[[User], Client]
LATE = timedelta(days=60)
CANARY = "Zirkelbach Photonik"
TEXT = f"We are {CANARY} of Tartu.\nMay {CANARY} sell pumps?"
SHOWN = "We are [hidden by the office] of Tartu.\nMay [hidden by the office] sell pumps?"
ITEM_SHOWN = "As [hidden by the office] builds them"


@pytest.fixture
def filed(take_up: Ask) -> asking.Filed:
    items = (Item("A pump"), Item("Another", parameters=f"As {CANARY} builds them"))
    return take_up(TEXT, subject=f"Pumps of {CANARY}", details=Details(items))


def opened(filed: asking.Filed) -> asking.OpenInquiry:
    return asking.open_with_receipt(receipts.read(filed.receipt))


def everywhere(filed: asking.Filed, passage: str = CANARY) -> list[str]:
    return [each.key for each in redacting.standings(opened(filed), passage)]


def hide(filed: asking.Filed, *, by: User, today: date, mode: str = "mask", passage: str = CANARY) -> list[Publication]:
    places = everywhere(filed, passage)
    return redacting.redact(filed.inquiry, passage=passage, places=places, mode=mode, reason="Names the asker", by=by, today=today)


def texts(filed: asking.Filed) -> list[str]:
    return [line.text for line in thread.read(opened(filed)).lines]


def test_what_is_hidden_is_read_by_nobody_the_asker_included(filed: asking.Filed, officer: User, today: date) -> None:
    hide(filed, by=officer, today=today)
    for each in (opened(filed), casework.open_for_official(filed.inquiry, by=officer)):
        words = thread.read(each)
        assert (words.subject, [line.text for line in words.lines]) == ("Pumps of [hidden by the office]", [SHOWN])
        assert words.details.items == (Item("A pump"), Item("Another", parameters=ITEM_SHOWN))
    event = Event.objects.get(kind="mask")
    assert (event.official, event.detail, event.on) == (officer, "Names the asker", today)


def test_a_passage_in_several_places_is_chosen_from(filed: asking.Filed, officer: User, today: date) -> None:
    ask_for = {"passage": CANARY, "mode": "mask", "reason": "r", "by": officer, "today": today}
    with pytest.raises(redacting.UnableToChoose) as refused:
        redacting.redact(filed.inquiry, **ask_for)
    places = refused.value.places
    assert [(each.number, each.part, each.before, each.after) for each in places] == [
        (0, "", "Pumps of ", ""),
        (0, "item2.parameters", "As ", " builds them"),
        (1, "", "We are ", f" of Tartu.\nMay {CANARY} sell pumps?"[:40]),
        (1, "", f"We are {CANARY} of Tartu.\nMay "[-40:], " sell pumps?"),
    ]
    redacting.redact(filed.inquiry, places=[places[2].key], **ask_for)
    assert texts(filed) == [f"We are [hidden by the office] of Tartu.\nMay {CANARY} sell pumps?"]


@pytest.mark.parametrize("passage", ["Nothing of the kind", "zirkelbach photonik", " ", "Zirkelbach.Photonik"])
def test_words_that_do_not_stand_there_are_refused(filed: asking.Filed, officer: User, today: date, passage: str) -> None:
    with pytest.raises(redacting.UnableToRedact):
        redacting.redact(filed.inquiry, passage=passage, mode="mask", reason="r", by=officer, today=today)
    assert Redaction.objects.count() == 0


def test_one_part_of_the_items_is_hidden_and_the_rest_stays(filed: asking.Filed, officer: User, today: date) -> None:
    redacting.redact(filed.inquiry, passage="As Zirkelbach", mode="mask", reason="r", by=officer, today=today)
    words = thread.read(opened(filed))
    assert words.details.items == (Item("A pump"), Item("Another", parameters="[hidden by the office] Photonik builds them"))
    assert (words.subject, [line.text for line in words.lines]) == (f"Pumps of {CANARY}", [TEXT])
    row = Redaction.objects.get()
    assert (row.message, row.part, row.place_label) == (None, "item2.parameters", "Item 2: Technical parameters")
    assert thread.passages(opened(filed)) == ["As Zirkelbach"]


def test_nobody_can_guess_what_is_hidden(filed: asking.Filed, officer: User, today: date) -> None:
    hide(filed, by=officer, today=today)
    for guess in (CANARY, "Zirkelbach", "are Zirkelbach"):
        assert redacting.standings(opened(filed), guess) == []
    assert CANARY not in "".join(each.before + each.after for each in redacting.standings(opened(filed), "May"))


def test_only_a_supervisor_shows_again_or_takes_out(filed: asking.Filed, officer: User, supervisor: User, today: date) -> None:
    with pytest.raises(redacting.UnableToRedact):
        hide(filed, by=officer, today=today, mode="permanent")
    hide(filed, by=officer, today=today)
    first, *others = Redaction.objects.in_order()
    for verb in (redacting.take_out, redacting.show_again):
        with pytest.raises(redacting.UnableToRedact):
            verb(first, by=officer, today=today)
    for each in (first, *others):
        redacting.show_again(each, by=supervisor, today=today)
    assert (texts(filed), thread.read(opened(filed)).details.items[1].parameters) == ([TEXT], f"As {CANARY} builds them")
    assert Event.objects.filter(kind="unmask").count() == 4


@pytest.mark.parametrize("who", ["approver", "auditor", "licensing_officer"])
def test_who_does_not_work_on_the_case_hides_nothing(
    request: pytest.FixtureRequest, filed: asking.Filed, today: date, who: str
) -> None:
    with pytest.raises(casework.UnableToWork):
        hide(filed, by=request.getfixturevalue(who), today=today)


def test_what_is_taken_out_is_under_no_seal_any_more(filed: asking.Filed, officer: User, supervisor: User, today: date) -> None:
    noting.note(filed.inquiry, text=f"{CANARY} again", by=officer, today=today)
    drafting.keep(filed.inquiry, kind="answer", text=f"Dear {CANARY.upper()},", by=officer, today=today)
    hide(filed, by=supervisor, today=today, mode="permanent")
    case = opened(filed)
    under_seal = [thread.sealed_subject(case), *(thread.sealed_text(each, case) for each in case.inquiry.messages.all())]
    under_seal += [*thread.sealed_details(case).texts().values(), *sealed_beside(filed).values()]
    assert [text for text in under_seal if "zirkelbach" in text.lower()] == []
    assert texts(filed) == [SHOWN.replace("hidden", "taken out")]
    assert thread.read(case).details.items[1].parameters == ITEM_SHOWN.replace("hidden", "taken out")
    with pytest.raises(redacting.UnableToRedact):
        redacting.show_again(Redaction.objects.in_order()[0], by=supervisor, today=today)


def test_what_was_hidden_first_can_be_taken_out_place_by_place(
    filed: asking.Filed, officer: User, supervisor: User, today: date
) -> None:
    hide(filed, by=officer, today=today)
    for each in Redaction.objects.in_order():
        redacting.take_out(each, by=supervisor, today=today)
        redacting.take_out(each, by=supervisor, today=today)
    assert texts(filed) == [SHOWN.replace("hidden", "taken out")]
    assert thread.read(opened(filed)).details.items[1].parameters == ITEM_SHOWN.replace("hidden", "taken out")
    assert Event.objects.filter(kind="redact").count() == 4


@pytest.mark.parametrize("mode", ["mask", "permanent"])
def test_the_proof_of_filing_stays_what_it_was(filed: asking.Filed, supervisor: User, today: date, mode: str) -> None:
    before = proving.prove(opened(filed))
    hide(filed, by=supervisor, today=today, mode=mode)
    hide(filed, by=supervisor, today=today, mode=mode, passage="Tartu")
    after = proving.prove(opened(filed))
    assert after == before
    items = ({"description": "A pump"}, {"description": "Another", "parameters": f"As {CANARY} builds them"})
    filed_so = proofs.Filing(subject=f"Pumps of {CANARY}", text=TEXT, topic="classification", items=items)
    assert after.is_of(filed_so)
    assert not after.is_of(proving.filing(opened(filed)))


def test_a_proof_of_the_first_version_stays_one_where_its_hash_was_kept(filed: asking.Filed, supervisor: User, today: date) -> None:
    hide(filed, by=supervisor, today=today, mode="permanent")
    first = proofs.content_hash(proofs.Filing(subject="Pumps", text="May we?"), salt=b"", version=1)
    Redaction.objects.update(filed=first, filed_version=1)
    hide(filed, by=supervisor, today=today, mode="permanent", passage="Tartu")
    made = proving.prove(opened(filed))
    assert (made.version, made.statement.content) == (1, first)


def test_the_passage_may_not_be_repeated_where_it_is_in_the_clear(filed: asking.Filed, officer: User, today: date) -> None:
    with pytest.raises(redacting.UnableToRedact, match="reason"):
        redacting.redact(
            filed.inquiry, passage=CANARY, places=everywhere(filed), mode="mask", reason=f"Is {CANARY}", by=officer, today=today
        )
    Inquiry.objects.update(summary=f"Asks for {CANARY.lower()}.")
    with pytest.raises(redacting.UnableToRedact, match="summary"):
        hide(filed, by=officer, today=today)


def test_the_database_holds_redactions_to_their_rules(filed: asking.Filed, officer: User, today: date) -> None:
    good: dict[str, Any] = {"inquiry": filed.inquiry, "start": 1, "end": 2, "reason": "r", "by": officer, "on": today}
    of_both = {"part": "item1.entry", "message": filed.inquiry.messages.get()}
    for wrong in ({"end": 1}, {"mode": "odd"}, {"reason": ""}, {"filed": "f" * 64}, {"part": "elsewhere"}, of_both):
        with pytest.raises(IntegrityError), transaction.atomic():
            Redaction.objects.create(**good | wrong)
    for kind in ({}, {"part": "item1.entry"}):
        Redaction.objects.create(**good | kind)
        with pytest.raises(IntegrityError), transaction.atomic():
            Redaction.objects.create(**good | kind)


def test_erasing_the_case_erases_its_redactions(filed: asking.Filed, officer: User, today: date) -> None:
    hide(filed, by=officer, today=today)
    erasing.erase(opened=opened(filed), today=today)
    assert Redaction.objects.count() == 0


# --- what quotes the conversation -------------------------------------------------------------------------------------


@pytest.fixture
def quoted(
    filed: asking.Filed,
    officer: User,
    supervisor: User,
    licensing_agency: Organisation,
    licensing_officer: User,
    gatekeeper: User,
    second_gatekeeper: User,
    today: date,
) -> asking.Filed:
    """A case with the passage in all that the office writes beside a conversation, but for an expert's excerpt."""
    inquiry = filed.inquiry
    noting.note(inquiry, text=f"{CANARY} asks.", by=officer, today=today)
    drafting.keep(inquiry, kind="ask-back", text=f"Dear {CANARY}?", by=officer, today=today)
    asked = consulting.ask(inquiry, agency=licensing_agency, question=f"Know {CANARY}?", by=officer, today=today)
    consulting.give_view(asked, stance="objects", view=f"Not {CANARY}.", by=licensing_officer, today=today)
    consulting.settle(inquiry, reasons=f"{CANARY} is fine.", by=supervisor, today=today)
    approving.propose(inquiry, text="No.", by=officer, today=today)
    approving.give_back(inquiry, revision=1, note=f"Greet {CANARY}.", by=supervisor, today=today)
    late = Late("workload", f"{CANARY} called.")
    approving.propose(inquiry, text=f"Dear {CANARY}, no.", late=late, by=officer, today=today + LATE)
    upgrading.upgrade(opened=opened(filed), who=identities.Confidential("Name", "contact"), today=today)
    opening = identities.ask(inquiry, reason=f"{CANARY} is watched.", by=gatekeeper, today=today)
    identities.refuse(opening, reason=f"{CANARY} can wait.", by=second_gatekeeper, today=today)
    inquiry.refresh_from_db()
    return filed


def sealed_beside(filed: asking.Filed) -> dict[tuple[str, str], str]:
    """What lies under the seal beside the conversation, by whose rows and which column."""
    found: dict[tuple[str, str], str] = {}
    for related, column, name in redacting.BESIDE:
        for row in getattr(filed.inquiry, related).all():
            key = experts.key_of(row, opened(filed)) if isinstance(row, ExpertRequest) else opened(filed).key
            if isinstance(row, Opening):
                key = identities.ledger_key_of(filed.inquiry, key=key, share=keystore.share_of(filed.inquiry.pk))
            if sealed := getattr(row, column):
                text = unseal(bytes(sealed), key=key, place=Place(name, filed.inquiry.pk, row.pk))
                found[related, column] = found.get((related, column), "") + text
    return found


def test_all_that_the_office_seals_with_a_case_is_looked_through() -> None:
    models = [each.related_model for each in Inquiry._meta.related_objects if each.related_name]
    sealed = {
        (field.remote_field.related_name, column.name)
        for model in models
        for field in model._meta.fields
        if field.is_relation and field.related_model is Inquiry and field.name == "inquiry"
        for column in model._meta.fields
        if column.name.startswith("sealed_")
    }
    # An identity is no quote. What quotes in the name of a file is taken out by attachments.rename.
    no_quotes = {
        ("messages", "sealed_text"),
        ("expert_requests", "sealed_contact"),
        ("identity", "sealed_words"),
        ("attachments", "sealed_about"),
    }
    assert sealed - no_quotes == {(related, column) for related, column, _name in redacting.BESIDE}


def test_no_quote_of_what_is_hidden_is_read(quoted: asking.Filed, officer: User, signed_in: SignIn) -> None:
    case = f"/desk/inquiries/{quoted.inquiry.pk}/"
    before = signed_in(officer).get(case).content.decode()
    said = ("{} asks.", "Dear {}?", "Know {}?", "Not {}.", "{} is fine.", "Dear {}, no.")
    assert [each for each in said if each.format(CANARY) not in before] == []
    hide(quoted, by=officer, today=timezone.localdate())
    assert CANARY.encode() not in signed_in(officer).get(case).content
    (late,) = lateness.explained(casework.open_for_official(quoted.inquiry, by=officer))  # of a day that is still to come
    assert late.words == "[hidden by the office] called."


def reasons(filed: asking.Filed, today: date) -> list[tuple[str | None, str | None]]:
    return [(step.reason, step.refusal) for step in ledger.read(opened(filed), today=today)]


def test_the_asker_reads_no_hidden_word_in_a_gatekeepers_reason(
    quoted: asking.Filed, officer: User, client: Client, today: date
) -> None:
    said, cleared = ("{} is watched.", "{} can wait."), "[hidden by the office]"
    assert reasons(quoted, today) == [tuple(each.format(CANARY) for each in said)]
    hide(quoted, by=officer, today=timezone.localdate())
    assert reasons(quoted, today) == [tuple(each.format(cleared) for each in said)]
    page = client.post("/conversation/", {"receipt": quoted.receipt}).content.decode()
    header = {"Authorization": f"Receipt {quoted.receipt}"}
    by_api = client.get("/api/v1/inquiries/conversation/", headers=header).content.decode()
    assert [CANARY in each for each in (page, by_api)] == [False, False]
    assert [f"{cleared} is watched." in each for each in (page, by_api)] == [True, True]


def test_what_is_taken_out_is_gone_from_what_gatekeepers_read(quoted: asking.Filed, supervisor: User, today: date) -> None:
    hide(quoted, by=supervisor, today=today, mode="permanent")
    steps = identities.steps(Opening.objects.with_case(), today=today)
    assert [(step.reason, step.refusal) for step in steps] == [("█████ is watched.", "█████ can wait.")]


def test_what_is_taken_out_is_gone_from_all_that_quotes_it(
    quoted: asking.Filed, supervisor: User, officer: User, today: date
) -> None:
    asked = ask_expert(quoted, officer, today)
    experts.end(asked, by=officer, today=today)
    before = sealed_beside(quoted)
    assert set(before) == {(related, column) for related, column, _name in redacting.BESIDE} - {
        ("expert_requests", "sealed_answer")
    }
    assert [where for where, text in before.items() if CANARY not in text] == []
    hide(quoted, by=supervisor, today=today, mode="permanent")
    assert [where for where, text in sealed_beside(quoted).items() if CANARY in text] == []


def ask_expert(filed: asking.Filed, officer: User, today: date) -> ExpertRequest:
    contact = {"name": "Dr Toomas Vaher", "address": "toomas@university.example", "label": "amber"}
    return experts.ask(filed.inquiry, **contact, excerpt=f"What does {CANARY} make?", by=officer, today=today).asked


def test_an_excerpt_that_is_out_is_taken_back_first(filed: asking.Filed, officer: User, today: date) -> None:
    asked = ask_expert(filed, officer, today)
    with pytest.raises(redacting.UnableToRedact, match="Take the excerpt back first"):
        hide(filed, by=officer, today=today)
    experts.end(asked, by=officer, today=today)
    hide(filed, by=officer, today=today)


@pytest.mark.parametrize("mode", ["mask", "permanent"])
def test_a_proposed_answer_that_quotes_it_is_not_sent(quoted: asking.Filed, supervisor: User, today: date, mode: str) -> None:
    hide(quoted, by=supervisor, today=today, mode=mode)
    with pytest.raises(approving.UnableToApprove, match="hidden or taken out"):
        approving.approve(quoted.inquiry, revision=2, by=supervisor, today=today + LATE)
    assert texts(quoted) == [SHOWN if mode == "mask" else SHOWN.replace("hidden", "taken out")]


def test_an_answer_to_another_asker_holds_no_hidden_word(filed: asking.Filed, ask: Ask, officer: User, today: date) -> None:
    relating.merge(ask("Pumps?").inquiry, into=filed.inquiry, by=officer, today=today)
    hide(filed, by=officer, today=today)
    with pytest.raises(together.UnableToSend, match="hidden"):
        casework.answer(filed.inquiry, text=f"As {CANARY} knows, no.", by=officer, today=today)


# --- in every representation -----------------------------------------------------------------------------------------

FOR_EVERYBODY = Words("Are pumps controlled?", f"We are {CANARY}. May we sell pumps?", "It depends.")


def representations(filed: asking.Filed, officer: User, signed_in: SignIn) -> dict[str, bytes]:
    """Everything that shows words of a case, by name."""
    desk, stranger, case = signed_in(officer), Client(), f"/desk/inquiries/{filed.inquiry.pk}/"
    header = {"Authorization": f"Receipt {filed.receipt}"}
    responses = {
        "case page": desk.get(case),
        "refused answer": desk.post(f"{case}answer/", {"text": ""}),
        "related": desk.get(f"{case}related/"),
        "drafting for everybody": desk.get(f"{case}answer-for-everybody/"),
        "queue": desk.get("/desk/inquiries/?queue=all"),
        "search": desk.get("/desk/inquiries/?queue=all&q=Zirkelbach"),
        "words": desk.post("/desk/inquiries/words/", {"words": "Zirkelbach"}),
        "mentions": desk.get("/desk/mentions/"),
        "desk": desk.get("/desk/"),
        "answers": desk.get("/desk/answers/"),
        "conversation": stranger.post("/conversation/", {"receipt": filed.receipt}),
        "API": stranger.get("/api/v1/inquiries/conversation/", headers=header),
    }
    assert {name: response.status_code for name, response in responses.items() if response.status_code not in (200, 422)} == {}
    found = {name: response.content for name, response in responses.items()}
    for name in ("search", "words"):
        found[name] = re.sub(rb'value="Zirkelbach"|q=Zirkelbach', b"", found[name])  # what was asked for
    visit = re.search(r'name="visit" value="([^"]+)"', found["conversation"].decode())
    assert visit
    found["filing"] = stranger.post("/conversation/proof/", {"visit": visit[1], "what": "filing"}).content
    found["proof"] = proving.prove(opened(filed)).text().encode()
    found["letters"] = b"".join(letter.message().as_bytes() for letter in mail.outbox)
    found["history"] = json.dumps(list(Event.objects.values_list("detail", flat=True))).encode()
    return found


@pytest.fixture
def answered(filed: asking.Filed, officer: User, today: date) -> asking.Filed:
    noting.note(filed.inquiry, text=f"@Olev Officer: {CANARY} asks.", by=officer, today=today)
    noting.note(filed.inquiry, text=f"{CANARY}, again", for_all_readers=True, by=officer, today=today)
    casework.answer(filed.inquiry, text=f"Dear {CANARY}, no.", by=officer, today=today)
    drafting.keep(filed.inquiry, kind="answer", text=f"Dear {CANARY}, yes.", by=officer, today=today)
    filed.inquiry.refresh_from_db()
    return filed


def with_canary(found: dict[str, bytes]) -> set[str]:
    return {name for name, content in found.items() if b"zirkelbach" in content.lower()}


@pytest.mark.parametrize("mode", ["mask", "permanent"])
def test_what_is_hidden_stands_in_no_representation(
    answered: asking.Filed, supervisor: User, officer: User, signed_in: SignIn, mode: str
) -> None:
    before = with_canary(representations(answered, officer, signed_in))
    assert before >= {"case page", "refused answer", "drafting for everybody", "words", "conversation", "API", "filing"}
    hide(answered, by=supervisor, today=timezone.localdate(), mode=mode)
    assert with_canary(representations(answered, officer, signed_in)) == set()


def test_the_canary_shows_what_forgets_the_redactions(
    answered: asking.Filed, supervisor: User, officer: User, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide(answered, by=supervisor, today=timezone.localdate())
    monkeypatch.setattr(thread, "applied", lambda text, _stretches: text)
    assert "API" in with_canary(representations(answered, officer, signed_in))


def test_the_canary_shows_what_forgets_the_redactions_of_items(
    answered: asking.Filed, supervisor: User, officer: User, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide(answered, by=supervisor, today=timezone.localdate())
    monkeypatch.setattr(Details, "changed", lambda details, _change: details)
    assert with_canary(representations(answered, officer, signed_in)) >= {"case page", "words", "conversation", "API"}


def test_hidden_words_do_not_come_out_in_an_answer_for_everybody(
    answered: asking.Filed, officer: User, approver: User, focal_point: Organisation, today: date
) -> None:
    about = About("classification")
    draft = publishing.draft(answered.inquiry, words=FOR_EVERYBODY, about=about, agency=focal_point, by=officer, today=today)
    publishing.submit(draft, by=officer)
    assert hide(answered, by=officer, today=today) == [draft]
    with pytest.raises(UnableToPublish, match="hidden"):
        publishing.approve(draft, revision=1, by=approver, today=today)
    with pytest.raises(UnableToPublish, match="hidden"):
        publishing.draft(answered.inquiry, words=FOR_EVERYBODY, about=about, agency=focal_point, by=officer, today=today)


def test_an_approved_answer_goes_back_when_its_words_are_hidden_before_it_is_out(
    answered: asking.Filed, officer: User, approver: User, focal_point: Organisation, today: date
) -> None:
    about = About("classification")
    draft = publishing.draft(answered.inquiry, words=FOR_EVERYBODY, about=about, agency=focal_point, by=officer, today=today)
    publishing.submit(draft, by=officer)
    publishing.approve(draft, revision=1, by=approver, today=today)
    hide(answered, by=officer, today=today)
    assert publishing.publish_due(today=today + timedelta(days=100)) == 0
    draft.refresh_from_db()
    assert (draft.state, draft.not_before, "hidden" in draft.revisions.get().returned_with) == ("draft", None, True)


def test_an_answer_waits_while_nobody_can_look_for_hidden_words_in_it(
    answered: asking.Filed, officer: User, approver: User, focal_point: Organisation, today: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    words, about = Words("Pumps", "Are pumps controlled?", "It depends."), About("classification")
    draft = publishing.draft(answered.inquiry, words=words, about=about, agency=focal_point, by=officer, today=today)
    publishing.submit(draft, by=officer)
    publishing.approve(draft, revision=1, by=approver, today=today)
    hide(answered, by=officer, today=today)
    with monkeypatch.context() as broken:
        broken.setattr("keystore.services.share_of", lambda _case: bytes(32))
        assert publishing.publish_due(today=today + timedelta(days=100)) == 0
        with pytest.raises(UnableToPublish, match="opened"):
            publishing.revise(draft, words=words, about=about, revision=1, by=officer, today=today)
    assert publishing.publish_due(today=today + timedelta(days=100)) == 1


def test_no_hidden_word_is_in_the_clear_in_the_database(answered: asking.Filed, officer: User, today: date) -> None:
    hide(answered, by=officer, today=today)
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(r)::text FROM inquiries_redaction r")
        assert [row for (row,) in cursor.fetchall() if "Zirkelbach" in row] == []
