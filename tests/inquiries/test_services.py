from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from inquiries import receipts
from inquiries.models import Inquiry, Message
from inquiries.sealing import Place, seal
from inquiries.services import asking, casebook, casework, readers, thread
from organisations.models import Function, Kind, Organisation, User

Ask = Callable[..., asking.Filed]


def opened(receipt: str) -> asking.OpenInquiry:
    return asking.open_with_receipt(receipts.read(receipt))


def texts(case: asking.OpenInquiry) -> list[str]:
    return [line.text for line in thread.read(case).lines]


def test_the_asker_returns_with_the_receipt(ask: Ask) -> None:
    filed = ask("May I ship a laser?", subject="Laser")
    conversation = thread.read(opened(filed.receipt))
    assert (conversation.subject, [line.text for line in conversation.lines]) == ("Laser", ["May I ship a laser?"])


def test_an_unknown_receipt_opens_nothing(ask: Ask) -> None:
    ask()
    with pytest.raises(asking.UnableToReturn):
        asking.open_with_receipt(bytes(receipts.SECRET_BYTES))


def test_the_same_form_sent_twice_is_one_inquiry_with_one_receipt(ask: Ask) -> None:
    first, second = ask(form=b"f" * 32), ask(form=b"f" * 32)
    assert (second.inquiry.pk, second.receipt, Inquiry.objects.count()) == (first.inquiry.pk, first.receipt, 1)


def test_two_forms_are_two_inquiries(ask: Ask) -> None:
    assert ask(form=b"f" * 32).receipt != ask(form=b"g" * 32).receipt


def test_the_same_reply_sent_twice_is_one_message(ask: Ask, today: date) -> None:
    case = opened(ask().receipt)
    for _ in range(2):
        asking.write_again(opened=case, text="More", form=b"r" * 32, today=today)
    assert texts(case) == ["Is a five-axis mill controlled?", "More"]


def test_a_visit_stands_for_the_receipt_for_an_hour(ask: Ask, now: datetime) -> None:
    secret = receipts.read(ask().receipt)
    token = asking.visit(secret, now=now)
    assert asking.open_visit(token, now=now + timedelta(minutes=59)) == secret
    for late_or_forged in ((token, now + timedelta(minutes=61)), (token[:-8] + "AAAAAAA=", now), ("", now), ("%%", now)):
        with pytest.raises(asking.UnableToReturn):
            asking.open_visit(late_or_forged[0], now=late_or_forged[1])


def test_an_official_takes_and_answers_and_the_asker_reads(ask: Ask, officer: User, today: date) -> None:
    filed = ask()
    casework.take(filed.inquiry, by=officer, today=today)
    casework.answer(filed.inquiry, text="Yes, as 2B001.", by=officer, today=today)
    case = opened(filed.receipt)
    assert texts(case) == ["Is a five-axis mill controlled?", "Yes, as 2B001."]
    assert (case.inquiry.state, case.inquiry.due_on) == ("answered", None)


def test_asking_back_stops_the_clock_and_the_reply_starts_it_anew(ask: Ask, officer: User, today: date) -> None:
    filed = ask()
    due = filed.inquiry.due_on
    casework.take(filed.inquiry, by=officer, today=today)
    casework.ask_back(filed.inquiry, text="Which accuracy?", by=officer, today=today)
    filed.inquiry.refresh_from_db()
    assert filed.inquiry.due_on is None
    asking.write_again(opened=opened(filed.receipt), text="4 µm", today=today + timedelta(days=7))
    filed.inquiry.refresh_from_db()
    assert (filed.inquiry.state, filed.inquiry.due_on - due) == ("in-hand", timedelta(days=7))


def test_the_stored_deadline_can_be_worked_out_again(ask: Ask, officer: User, today: date) -> None:
    filed = ask()
    casework.take(filed.inquiry, by=officer, today=today)
    filed.inquiry.refresh_from_db()
    assert filed.inquiry.due_on == casebook.due_on(filed.inquiry)


def test_an_inquiry_nobody_has_taken_can_not_be_answered(ask: Ask, officer: User, today: date) -> None:
    with pytest.raises(casebook.UnableToMove):
        casework.answer(ask().inquiry, text="Yes.", by=officer, today=today)
    assert Message.objects.filter(author="office").count() == 0


def test_an_official_of_another_agency_can_neither_open_nor_work(ask: Ask, licensing_officer: User, today: date) -> None:
    inquiry = ask().inquiry
    with pytest.raises(casework.UnableToWork):
        casework.open_for_official(inquiry, by=licensing_officer)
    with pytest.raises(casework.UnableToWork):
        casework.take(inquiry, by=licensing_officer, today=today)


def test_an_auditor_opens_nothing(ask: Ask, auditor: User) -> None:
    with pytest.raises(casework.UnableToWork):
        casework.open_for_official(ask().inquiry, by=auditor)


def test_a_missing_ring_key_is_said_and_touches_no_data(ask: Ask, officer: User, settings: Any) -> None:
    inquiry = ask().inquiry
    keys = settings.OFFICE_KEYS
    settings.OFFICE_KEYS = {"another": bytes(32)}
    with pytest.raises(readers.UnableToOpen):
        casework.open_for_official(inquiry, by=officer)
    settings.OFFICE_KEYS = keys
    assert texts(casework.open_for_official(inquiry, by=officer)) == ["Is a five-axis mill controlled?"]


def test_an_agency_holds_a_key_of_its_own_only_while_it_is_on_the_reader_list(
    ask: Ask, officer: User, licensing_officer: User, licensing_agency: Organisation, today: date
) -> None:
    inquiry = ask("Who reads this?").inquiry
    screening = Organisation.objects.create(kind=Kind.AGENCY, name="Screening Office", functions=[Function.INVESTMENT_SCREENING])
    with pytest.raises(readers.UnableToOpen):
        readers.case_key(inquiry, agencies=[licensing_agency])
    casework.route(inquiry, agency=licensing_agency, by=officer, today=today)
    assert texts(casework.open_for_official(inquiry, by=licensing_officer)) == ["Who reads this?"]
    with pytest.raises(readers.UnableToOpen):
        readers.case_key(inquiry, agencies=[screening])
    casework.route(inquiry, agency=screening, by=officer, today=today)
    assert {key.agency for key in inquiry.reader_keys.all()} == {None, screening}


def test_the_key_of_one_agency_does_not_open_with_that_of_another(
    ask: Ask, officer: User, licensing_agency: Organisation, today: date
) -> None:
    """The planted fault: a row that was given to another agency by hand."""
    inquiry = ask().inquiry
    screening = Organisation.objects.create(kind=Kind.AGENCY, name="Screening Office", functions=[Function.INVESTMENT_SCREENING])
    casework.route(inquiry, agency=licensing_agency, by=officer, today=today)
    inquiry.reader_keys.filter(agency=licensing_agency).update(agency=screening)
    with pytest.raises(readers.UnableToOpen):
        readers.case_key(inquiry, agencies=[screening])


def test_words_moved_to_another_inquiry_do_not_open(ask: Ask) -> None:
    one, other = ask("one"), ask("other")
    stolen = Message.objects.get(inquiry=one.inquiry)
    Message.objects.filter(inquiry=other.inquiry).update(sealed_text=stolen.sealed_text)
    with pytest.raises(asking.CannotOpen):
        thread.read(opened(other.receipt))


def test_neither_words_nor_receipt_stand_in_any_row(ask: Ask) -> None:
    filed = ask("A very particular sentence", subject="A particular subject")
    rows = [filed.inquiry, filed.inquiry.receipt, *filed.inquiry.messages.all(), *filed.inquiry.reader_keys.all()]
    stored = b"".join(
        bytes(value) if isinstance(value, memoryview | bytes) else str(value).encode()
        for row in rows
        for value in vars(row).values()
    )
    secret = receipts.read(filed.receipt)
    for clear in (b"particular", filed.receipt.encode(), secret, secret.hex().encode()):
        assert clear not in stored


def test_sealing_with_the_case_key_is_what_the_receipt_opens(ask: Ask) -> None:
    case = opened(ask().receipt)
    place = Place("subject", case.inquiry.pk, case.inquiry.pk)
    Inquiry.objects.filter(pk=case.inquiry.pk).update(sealed_subject=seal("new", key=case.key, place=place))
    case.inquiry.refresh_from_db()
    assert thread.read(case).subject == "new"
