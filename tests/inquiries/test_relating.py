"""Links, cases answered together, and what is like a case."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from catalogue.models import Segment
from inquiries import receipts
from inquiries.models import Details, Event, Inquiry, Item, Relation
from inquiries.querysets import onlooker
from inquiries.services import (
    approving,
    asking,
    casebook,
    casework,
    erasing,
    precedents,
    publishing,
    receiving,
    redacting,
    relating,
    thread,
    together,
)
from inquiries.services.publishing import About, Words
from inquiries.spooling import Spool
from organisations.models import Organisation, User
from tests.catalogue.conftest import seed, small_list

__all__ = ["seed", "small_list"]
Ask = Callable[..., asking.Filed]
DAY = timedelta(days=1)


@pytest.fixture
def main(ask: Ask, officer: User, today: date) -> asking.Filed:
    made = ask("May nine of our mills go to Ruritania this autumn?")
    casework.take(made.inquiry, by=officer, today=today)
    return made


@pytest.fixture
def same(ask: Ask, today: date) -> asking.Filed:
    return ask("We too would like to know about mills.", today=today + DAY)


def fresh(filed: asking.Filed) -> Inquiry:
    return Inquiry.objects.get(pk=filed.inquiry.pk)


def merged(main: asking.Filed, same: asking.Filed, officer: User, today: date) -> Relation:
    return relating.merge(fresh(same), into=fresh(main), by=officer, today=today)


def texts(filed: asking.Filed) -> list[str]:
    return [line.text for line in thread.read(asking.open_with_receipt(receipts.read(filed.receipt))).lines]


def queues(filed: asking.Filed, user: User, today: date) -> set[str]:
    names = ("new", "mine", "due_this_week", "overdue", "waiting", "answered", "all")
    return {name for name in names if filed.inquiry in Inquiry.objects.visible_to(user).queue(name, onlooker(user, today))}


def test_one_answer_goes_to_both_askers_and_neither_reads_the_other(
    main: asking.Filed, same: asking.Filed, officer: User, today: date
) -> None:
    merged(main, same, officer, today)
    casework.answer(fresh(main), text="It depends.", by=officer, today=today)
    assert texts(main) == ["May nine of our mills go to Ruritania this autumn?", "It depends."]
    assert texts(same) == ["We too would like to know about mills.", "It depends."]
    assert [(each.state, each.due_on) for each in (fresh(main), fresh(same))] == [("answered", None)] * 2


def test_an_answer_to_several_may_not_repeat_one_askers_words(
    main: asking.Filed, same: asking.Filed, officer: User, today: date
) -> None:
    merged(main, same, officer, today)
    with pytest.raises(together.UnableToSend, match="ine of our mills go to Ruritania"):
        casework.answer(fresh(main), text="Nine of our mills go to Ruritania? No.", by=officer, today=today)
    assert [len(texts(each)) for each in (main, same)] == [1, 1]
    relating.unlink(Relation.objects.get(), by=officer, today=today)
    casework.answer(fresh(main), text="Nine of our mills go to Ruritania? No.", by=officer, today=today)
    assert [len(texts(each)) for each in (main, same)] == [2, 1]


def received(content: bytes, name: str = "sheet.txt") -> receiving.Received:
    spool = Spool()
    spool.write(content)
    return receiving.receive(spool.finish(), name=name)


WORDS = b"The reply to your question whether nine of our mills go to Ruritania this autumn."


@pytest.mark.parametrize("is_draft", [False, True])
@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (WORDS, "sheet.txt", "ine of our mills go to Ruritania"),
        (b"The order of Taevarada.", "sheet.txt", "hidden in this case"),
        (b"The list.", "Taevarada.txt", "hidden in this case"),
    ],
)
def test_a_file_to_several_askers_may_not_repeat_one_askers_words(
    main: asking.Filed, same: asking.Filed, officer: User, today: date, content: bytes, name: str, why: str, *, is_draft: bool
) -> None:
    mine = asking.open_with_receipt(receipts.read(main.receipt))
    asking.write_again(opened=mine, text="They are for Taevarada.", today=today)
    redacting.redact(fresh(main), passage="Taevarada", mode="mask", reason="A name", by=officer, today=today)
    file = received(content, name)
    if is_draft:  # written before the cases were merged
        approving.draft(fresh(main), text="It depends.", files=[file], by=officer, today=today)
    merged(main, same, officer, today)
    with pytest.raises(together.UnableToSend, match=why):
        casework.answer(fresh(main), text="It depends.", files=[] if is_draft else [file], by=officer, today=today)
    assert [len(texts(each)) for each in (main, same)] == [2, 1]


def test_an_answer_to_several_may_not_bring_one_askers_own_file(ask: Ask, same: asking.Filed, officer: User, today: date) -> None:
    theirs = received(b"Drawing 7", "drawing.txt")
    main = ask("May we?", files=[theirs])
    casework.take(main.inquiry, by=officer, today=today)
    merged(main, same, officer, today)
    (file,) = thread.read(asking.open_with_receipt(receipts.read(main.receipt))).lines[0].files
    again = received(b"".join(file.pieces()), "answer.txt")
    with pytest.raises(together.UnableToSend, match="a file of this one"):
        casework.answer(fresh(main), text="It depends.", files=[again], by=officer, today=today)
    casework.answer(fresh(main), text="It depends.", files=[received(b"The list.")], by=officer, today=today)
    files = thread.read(asking.open_with_receipt(receipts.read(same.receipt))).lines[1].files
    assert [(each.name, b"".join(each.pieces())) for each in files] == [("sheet.txt", b"The list.")]


def test_an_answer_to_several_may_not_repeat_what_one_asker_said_of_an_item(
    ask: Ask, same: asking.Filed, officer: User, today: date
) -> None:
    main = ask("May we?", details=Details((Item(description="A mill with eleven axes and a window"),)))
    casework.take(main.inquiry, by=officer, today=today)
    merged(main, same, officer, today)
    with pytest.raises(together.UnableToSend, match="mill with eleven axes and a window"):
        casework.answer(fresh(main), text="Your mill with eleven axes and a window is.", by=officer, today=today)


def test_an_agency_answers_for_a_case_that_it_can_not_read(
    main: asking.Filed, same: asking.Filed, officer: User, licensing_agency: Organisation, licensing_officer: User, today: date
) -> None:
    merged(main, same, officer, today)
    casework.route(fresh(main), agency=licensing_agency, by=officer, today=today)
    casework.take(fresh(main), by=licensing_officer, today=today)
    casework.answer(fresh(main), text="It depends.", by=licensing_officer, today=today)
    assert texts(same)[-1] == "It depends."
    with pytest.raises(casework.UnableToWork):
        casework.open_for_official(fresh(same), by=licensing_officer)


def test_what_is_answered_together_leaves_the_queues_until_its_own_day_has_passed(
    main: asking.Filed, same: asking.Filed, officer: User, today: date
) -> None:
    merged(main, same, officer, today)
    assert queues(same, officer, today) == {"all"}
    due = fresh(same).due_on
    assert due
    assert queues(same, officer, due) == {"all"}
    assert queues(same, officer, due + DAY) == {"all", "overdue"}
    casework.close(fresh(main), by=officer, today=today)
    assert queues(same, officer, today) == {"all", "mine"}


def test_an_asker_who_writes_again_is_answered_on_their_own(
    main: asking.Filed, same: asking.Filed, officer: User, today: date
) -> None:
    merged(main, same, officer, today)
    asking.write_again(opened=asking.open_with_receipt(receipts.read(same.receipt)), text="And drills?", today=today)
    assert (Relation.objects.count(), queues(same, officer, today)) == (0, {"all", "mine"})
    assert Event.objects.filter(inquiry=same.inquiry, kind="portal-parts").count() == 1
    casework.answer(fresh(main), text="It depends.", by=officer, today=today)
    assert texts(same) == ["We too would like to know about mills.", "And drills?"]


def test_the_second_answer_of_the_main_case_is_its_askers_alone(
    main: asking.Filed, same: asking.Filed, officer: User, today: date
) -> None:
    merged(main, same, officer, today)
    for text in ("It depends.", "On this."):
        casework.answer(fresh(main), text=text, by=officer, today=today)
        asking.write_again(opened=asking.open_with_receipt(receipts.read(main.receipt)), text="On what?", today=today)
    assert texts(same)[1:] == ["It depends."]


def test_the_case_due_first_is_the_main_one(main: asking.Filed, same: asking.Filed, officer: User, today: date) -> None:
    casework.take(fresh(same), by=officer, today=today)
    with pytest.raises(relating.UnableToRelate, match="due before"):
        relating.merge(fresh(main), into=fresh(same), by=officer, today=today)


def test_what_can_not_be_answered_together(ask: Ask, main: asking.Filed, same: asking.Filed, officer: User, today: date) -> None:
    with pytest.raises(relating.UnableToRelate, match="in hand"):
        relating.merge(fresh(same), into=ask().inquiry, by=officer, today=today)
    with pytest.raises(relating.UnableToRelate, match="itself"):
        relating.merge(fresh(main), into=fresh(main), by=officer, today=today)
    merged(main, same, officer, today)
    third = ask(today=today + 2 * DAY)
    for one, other in ((third, same), (same, main)):
        with pytest.raises(relating.UnableToRelate):
            relating.merge(fresh(one), into=fresh(other), by=officer, today=today)
    casework.take(third.inquiry, by=officer, today=today)
    casework.answer(third.inquiry, text="Yes.", by=officer, today=today)
    with pytest.raises(relating.UnableToRelate, match="answered or closed"):
        relating.merge(fresh(third), into=fresh(main), by=officer, today=today)


def test_who_does_not_work_on_both_cases_relates_nothing(
    main: asking.Filed, same: asking.Filed, officer: User, approver: User, licensing_officer: User,
    licensing_agency: Organisation, today: date,
) -> None:  # fmt: skip
    casework.route(main.inquiry, agency=licensing_agency, by=officer, today=today)
    for outsider in (approver, licensing_officer):
        with pytest.raises(casework.UnableToWork):
            relating.link(fresh(main), other=fresh(same), kind="related", by=outsider, today=today)
    relation = relating.link(fresh(main), other=fresh(same), kind="duplicate", by=officer, today=today)
    assert list(Relation.objects.visible_to(licensing_officer)) == []
    assert list(Relation.objects.visible_to(officer)) == [relation]


def test_both_histories_say_what_was_linked_and_unlinked(
    main: asking.Filed, same: asking.Filed, officer: User, today: date
) -> None:
    relation = relating.link(fresh(main), other=fresh(same), kind="related", by=officer, today=today)
    relating.link(fresh(same), other=fresh(main), kind="duplicate", by=officer, today=today)
    relation = Relation.objects.get()
    relating.unlink(relation, by=officer, today=today)
    with pytest.raises(relating.UnableToRelate):
        relating.unlink(relation, by=officer, today=today)
    kinds = ("link", "link", "unlink")
    for each in (main, same):
        assert tuple(kind for kind, _on in casebook.history(each.inquiry) if "link" in kind) == kinds


def test_erasing_the_main_case_leaves_the_other_to_be_answered(
    main: asking.Filed, same: asking.Filed, officer: User, today: date
) -> None:
    merged(main, same, officer, today)
    erasing.erase(opened=asking.open_with_receipt(receipts.read(main.receipt)), today=today)
    assert (Relation.objects.count(), queues(same, officer, today)) == (0, {"all", "mine"})


def test_the_database_holds_relations_to_their_rules(
    ask: Ask, main: asking.Filed, same: asking.Filed, officer: User, today: date
) -> None:
    good = {"inquiry": same.inquiry, "other": main.inquiry, "kind": "merged", "by": officer, "on": today}
    for wrong in ({"other": same.inquiry}, {"kind": "odd"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Relation.objects.create(**good | wrong)
    Relation.objects.create(**good)
    for again in ({"kind": "related"}, {"other": ask().inquiry}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Relation.objects.create(**good | again)


# --- alike ----------------------------------------------------------------------------------------------------------


def described(filed: asking.Filed, **facts: object) -> Inquiry:
    Inquiry.objects.filter(pk=filed.inquiry.pk).update(**{"title": "A mill", **facts})
    return fresh(filed)


def test_earlier_answers_come_by_control_entry_then_by_segment(
    ask: Ask, officer: User, focal_point: Organisation, today: date, seed: None
) -> None:
    area, other_area = Segment.objects.areas()[:2]
    inquiry = described(ask(segments=[area]), codes=["2B001.b"])
    by_code = described(ask(topic="other"), codes=["2B001"])
    by_segment = described(ask(topic="other", segments=[area]))
    unlike = described(ask(segments=[other_area]), codes=["2B002"])
    unnamed = described(ask(segments=[area]), title="")
    for each in (by_code, by_segment, unlike, unnamed):
        casework.take(each, by=officer, today=today)
        casework.answer(each, text="Yes.", by=officer, today=today)
    assert precedents.precedents(inquiry, by=officer).cases == [by_code, by_segment]
    words = Words("Mills", "Are mills controlled?", "Some.")
    draft = publishing.draft(
        fresh_of(by_code), words=words, about=About("other", codes=["2B001.b.1"]), agency=focal_point, by=officer, today=today
    )
    assert precedents.precedents(inquiry, by=officer).publications == []
    type(draft).objects.filter(pk=draft.pk).update(
        published_revision=1, published_on=today, title="Mills", question="q", answer="a", state="published"
    )
    assert precedents.precedents(inquiry, by=officer).publications == [draft]


def fresh_of(inquiry: Inquiry) -> Inquiry:
    return Inquiry.objects.get(pk=inquiry.pk)


def test_like_cases_are_open_recent_and_readable(
    ask: Ask, officer: User, licensing_officer: User, licensing_agency: Organisation, today: date, small_list: None
) -> None:
    inquiry = described(ask(), codes=["3A001.a"])
    casework.route(inquiry, agency=licensing_agency, by=officer, today=today)
    above = described(ask(), codes=["3A001"])
    described(ask(), codes=["6A003", "3A001.b"])
    described(ask(today=today - 100 * DAY), codes=["3A001"])
    assert precedents.alike(inquiry, by=officer, today=today) == [above]
    assert precedents.alike(above, by=officer, today=today)[0].codes[-1].startswith("3A001.")
    assert len(precedents.alike(above, by=officer, today=today)) == 2
    assert precedents.alike(inquiry, by=licensing_officer, today=today) == []


def test_the_askers_words_make_no_two_cases_alike(ask: Ask, officer: User, today: date) -> None:
    one = ask("The very same words of one person, letter by letter", subject="The same").inquiry
    ask("The very same words of one person, letter by letter", subject="The same", topic="sanctions")
    assert precedents.alike(one, by=officer, today=today) == []
