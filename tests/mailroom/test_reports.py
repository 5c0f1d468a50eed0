"""What mails say that come back. They are written by strangers: none of them may raise, and what isn't sure says nothing."""

from __future__ import annotations

import time
from uuid import uuid4

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailroom import marks, reports
from mailroom.bounces import FORWARDED, HARD, POLICY, SOFT
from mailroom.reports import Bounce, understand
from tests.mailroom.messages import Said, complaint, delivery_report, letter

US = "gone@firm.example"
THEM = "member@elsewhere.example"
BACK = marks.address(uuid4(), mailbox="bounces@portal.example", key=b"k")
MARK = marks.found_in(BACK)[0]


def said_of_us(content: bytes) -> Bounce | None:
    understood = understand(content)
    assert understood is not None
    assert understood.marks == (MARK,)
    return understood.bounce_of(US)


@pytest.mark.parametrize(
    ("said", "bounce"),
    [
        (Said(US), Bounce(HARD, "5.1.1")),
        (Said("Gone@Firm.example"), Bounce(HARD, "5.1.1")),
        (Said(f"<{US}>"), Bounce(HARD, "5.1.1")),
        (Said(""), Bounce(HARD, "5.1.1")),
        (Said("gone"), Bounce(HARD, "5.1.1")),  # a local name, as old servers write it
        (Said(US, status="5.1.10 (null MX)"), Bounce(HARD, "5.1.10")),
        (Said(US, status="5.01.001"), Bounce(HARD, "5.1.1")),
        (Said(US, status="5.2.2"), Bounce(SOFT, "5.2.2")),
        (Said(US, status="4.4.7"), Bounce(SOFT, "4.4.7")),  # given up after days
        (Said(US, status="5.7.1"), Bounce(POLICY, "5.7.1")),
        (Said(US, status="5.0.0", diagnosis="smtp; 550 5.1.1 no such person"), Bounce(HARD, "5.1.1")),
        (Said(US, status="", diagnosis="smtp; 550-5.7.1 go away"), Bounce(POLICY, "5.7.1")),
        (Said(US, status="", diagnosis="smtp; 552 mailbox full"), Bounce(SOFT, "5.2.2")),
        (Said(US, status="nonsense"), Bounce(SOFT, "5.0.0")),
        (Said(US, action="", status="5.1.1"), Bounce(HARD, "5.1.1")),
        (Said(US, action="", status="4.2.2"), None),
        (Said(US, action="FAILED; really"), Bounce(HARD, "5.1.1")),
        (Said(US, action="delayed", status="4.2.2"), None),
        (Said(US, action="delivered", status="2.0.0"), None),
        (Said(US, action="relayed", status="2.1.9"), None),
        (Said(US, action="expanded", status="2.1.5"), None),
        (Said(US, action="exploded", status="5.1.1"), None),
    ],
)
def test_a_delivery_report_says_what_became_of_the_copy(said: Said, bounce: Bounce | None) -> None:
    assert said_of_us(delivery_report(BACK, said)) == bounce


def test_what_came_back_from_behind_the_address_never_speaks_of_the_address() -> None:
    """A list of an association with one dead member must not lose all its other members."""
    assert said_of_us(delivery_report(BACK, Said(THEM))) == Bounce(FORWARDED, "5.1.1")


def test_a_report_of_two_recipients_is_judged_by_ours() -> None:
    assert said_of_us(delivery_report(BACK, Said(THEM, status="5.7.1"), Said(US))) == Bounce(HARD, "5.1.1")
    assert said_of_us(delivery_report(BACK, Said(THEM), Said(US, status="4.4.7"))) == Bounce(SOFT, "4.4.7")
    assert said_of_us(delivery_report(BACK, Said(THEM), Said(US, action="delivered", status="2.0.0"))) is None
    assert said_of_us(delivery_report(BACK, Said(THEM, original=US), Said(THEM))) == Bounce(HARD, "5.1.1")


def test_where_servers_disagree_the_milder_word_counts_and_an_arrival_outweighs_both() -> None:
    assert said_of_us(delivery_report(BACK, Said(US), Said(US, status="4.2.2"))) == Bounce(SOFT, "4.2.2")
    assert said_of_us(delivery_report(BACK, Said(US), Said(US, action="relayed", status="2.0.0"))) is None


def test_the_mark_is_found_where_the_mail_went_or_in_what_came_back() -> None:
    elsewhere = "postmaster@portal.example"
    found = [
        understand(delivery_report(elsewhere, Said(US)), sent_to=[BACK.upper()]),
        understand(delivery_report(f"Bounces <{BACK}>", Said(US))),
        understand(delivery_report(elsewhere, Said(US), original_sender=BACK)),
        understand(complaint(elsewhere, original_sender=BACK)),
        understand(complaint(elsewhere, mail_from=BACK)),
    ]
    assert [each.marks for each in found if each] == [(MARK,)] * 5
    nowhere = understand(delivery_report(elsewhere, Said(US)))
    assert nowhere
    assert nowhere.marks == ()


def test_a_report_within_what_came_back_is_somebody_elses() -> None:
    inner = delivery_report(BACK, Said(US))
    outer = b"From: somebody@firm.example\r\nTo: x@portal.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    assert understand(outer + b"--b\r\nContent-Type: message/rfc822\r\n\r\n" + inner + b"\r\n--b--\r\n") is None


@pytest.mark.parametrize(
    ("kind", "counts"),
    [("abuse", True), ("Fraud", True), ("opt-out", True), ("not-spam", False), ("auth-failure", False), ("", False)],
)
def test_of_complaints_only_those_count_by_which_a_reader_wants_no_more(kind: str, counts: bool) -> None:  # noqa: FBT001
    understood = understand(complaint(BACK, kind=kind))
    assert understood
    assert (understood.is_complaint, understood.marks, understood.bounce_of(US)) == (counts, (MARK,), None)


@pytest.mark.parametrize(
    ("text", "bounce"),
    [
        ("Your mail to gone@firm.example:\r\n550 5.1.1 unknown\r\n", Bounce(HARD, "5.1.1")),
        ("This is the mail program at mx.\r\n<gone@firm.example>:\r\nNo such person. (#5.1.1)\r\n", Bounce(HARD, "5.1.1")),
        ("Remote host 5.1.1.20 said: 550 no\r\n", Bounce(SOFT, "5.0.0")),
        ("Remote host said: 552 full up\r\n", Bounce(SOFT, "5.2.2")),
        ("said: 450 4.2.0 later\r\n", None),
    ],
)
def test_a_bounce_without_form_is_read_by_its_figures(text: str, bounce: Bounce | None) -> None:
    assert said_of_us(letter(BACK, text)) == bounce


def test_a_report_that_names_no_recipient_is_read_by_its_figures() -> None:
    assert said_of_us(delivery_report(BACK)) == Bounce(POLICY, "5.7.1")


def test_a_bounce_without_form_that_names_others_came_from_behind_the_address() -> None:
    content = letter(BACK, "550 5.1.1 unknown\r\n", From="someone@mx.example", X_Failed_Recipients=THEM)
    assert said_of_us(content) == Bounce(FORWARDED, "5.1.1")
    assert said_of_us(content.replace(THEM.encode(), US.encode())) == Bounce(HARD, "5.1.1")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        letter(BACK, "I am away until 5.1.1 or so; call 550 5.1.1.\r\n", From="a@firm.example", Auto_Submitted="auto-replied"),
        letter(BACK, "550 5.1.1 is what I said to her.\r\n", From="a@firm.example"),
        letter(BACK, "550 5.1.1 away.\r\n", Auto_Submitted="Auto-Replied; why=holiday"),
        letter(BACK, "I could not deliver it.\r\n"),
        delivery_report(BACK, Said(US)).replace(b"delivery-status\r\n", b"octet-stream\r\n").replace(b"550 5.7.1", b"word"),
    ],
)
def test_what_is_no_report_says_nothing(content: bytes) -> None:
    assert understand(content) is None


def test_a_copy_that_somebody_attached_to_a_mail_that_came_back_is_not_meant() -> None:
    attached = f"Content-Type: message/rfc822\r\n\r\nReturn-Path: <{BACK}>\r\nSubject: Words\r\n\r\nWords\r\n"
    wrapped = f"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n{attached}\r\n--b--\r\n"
    content = delivery_report("postmaster@portal.example", Said(US)).replace(b"From: focal@portal.example\r\n", wrapped.encode())
    understood = understand(content)
    assert understood
    assert understood.marks == ()


@pytest.mark.parametrize(("parts", "is_read"), [(reports.MOST_PARTS - 4, True), (reports.MOST_PARTS, False)])
def test_a_report_of_too_many_parts_is_not_read(parts: int, is_read: bool) -> None:  # noqa: FBT001
    content = delivery_report(BACK, Said(US)) + b"Content-Type: Multipart/mixed\r\n\r\n" * parts
    assert bool(understand(content)) == is_read


def test_only_so_much_of_a_mail_is_read() -> None:
    beyond = letter(BACK, "x" * reports.LARGEST + "\r\n550 5.1.1 unknown\r\n")
    assert understand(beyond) is None


NESTED = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(5000))
HOSTILE = {
    "nested": NESTED,
    "nested as deep as it is read": NESTED[: NESTED.index(b"b29")] + b"x\r\n" * 80_000,
    "mails in mails": b"Content-Type: message/rfc822\r\n\r\n" * 8000,
    "digests": b"Content-Type: multipart/digest; boundary=b\r\n\r\n" + b"--b\r\n\r\n" * 60_000,
    "parameters": b"Content-Type: multipart/report" + b';"' * 130_000 + b"\r\n\r\n",
    "pieces of parameters": b"Content-Type: multipart/report" + b"".join(b"; boundary*%d=x" % n for n in range(9000)) + b"\r\n\r\n",
    "charset": b"Content-Type: text/plain; charset=\x00\xff\r\nFrom: mailer-daemon@x\r\n\r\n550 5.1.1",
    "broken base64": b"From: mailer-daemon@x\r\nContent-Transfer-Encoding: base64\r\n\r\n=====A*\xff",
    "broken uuencode": b"From: mailer-daemon@x\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\nbegin 666 \xff\n#\xff",
    "recipients": delivery_report(BACK, *[Said(US)] * 4000),
    "digits": b"From: mailer-daemon@x\r\n\r\n" + b"5.5." * 60_000,
    "many addresses": b"From: mailer-daemon@x\r\nTo: " + BACK.encode() * 4000 + b"\r\n\r\n550 5.1.1",
    "null": bytes(reports.LARGEST),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_mail_is_soon_over(name: str) -> None:
    began = time.process_time()
    understood = understand(HOSTILE[name])
    assert time.process_time() - began < 3
    assert understood is None or len(understood.recipients) <= reports.MOST_RECIPIENTS + 1


FORMS = [delivery_report(BACK, Said(US), original_sender=BACK), complaint(BACK, mail_from=BACK), letter(BACK, "550 5.1.1 unknown")]


@given(st.binary(max_size=2000))
@example(b"Content-Type: multipart/report; boundary=\xff\r\n\r\n--\xff\r\n")
def test_garbage_is_not_understood_and_raises_nothing(content: bytes) -> None:
    assert understand(content) is None


@given(
    form=st.sampled_from(FORMS),
    cuts=st.lists(st.tuples(st.integers(0, 900), st.binary(max_size=12), st.integers(0, 40)), max_size=8),
)
def test_a_report_that_was_tampered_with_raises_nothing(form: bytes, cuts: list[tuple[int, bytes, int]]) -> None:
    for place, put, taken in cuts:
        form = form[:place] + put + form[place + taken :]
    if understood := understand(form, sent_to=[form[:50].decode("latin-1")]):
        understood.bounce_of(US)
