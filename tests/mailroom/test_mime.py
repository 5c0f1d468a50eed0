from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from quopri import decodestring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom import mime

CONTENT = mime.Content(
    key="b" * 32,
    sender="Fookuspunkt Õ <focal@portal.example>",
    subject="TLP:GREEN Ülevaade: õnne – and a subject that is long enough to be folded into more than one line of the header",
    text="First line.\n.A dot starts this one.\n.\nÕ" + "x" * 200 + "\nEnd",
    html="<p>First line.</p>",
    language="et",
    list_id="advisories.portal.example",
    written_at=datetime(2026, 11, 23, 9, 30, tzinfo=UTC),
)


def read(copy: bytes) -> EmailMessage:
    assert copy.endswith(b"\r\n.\r\n")
    assert b"\n" not in copy.replace(b"\r\n", b"")
    assert max(map(len, copy.split(b"\r\n"))) <= 120
    whole = copy[:-3].replace(b"\r\n..", b"\r\n.")
    message = message_from_bytes(whole, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def copy_of(content: mime.Content, token: str = "0" * 32, to: str = "a@firm.example") -> EmailMessage:
    return read(mime.freeze(content).copy(message_id="<1@portal.example>", to=to, token=token))


def test_a_copy_reads_back_as_it_was_written() -> None:
    message = copy_of(CONTENT)
    assert {name: str(message[name]) for name in set(message.keys()) - {"MIME-Version", "Content-Type"}} == {
        "Message-ID": "<1@portal.example>",
        "To": "a@firm.example",
        "From": CONTENT.sender,
        "Subject": CONTENT.subject,
        "Date": "Mon, 23 Nov 2026 09:30:00 +0000",
        "Content-Language": "et",
        "Auto-Submitted": "auto-generated",
        "List-Id": "<advisories.portal.example>",
        "Feedback-ID": f"{'b' * 32}::advisories:focalpoint",
    }
    plain, html = message.iter_parts()
    assert plain.get_content_type() == "text/plain"
    assert plain.get_content().splitlines() == CONTENT.text.split("\n")
    assert html.get_content().strip() == CONTENT.html


def test_a_letter_without_html_is_one_plain_part() -> None:
    message = copy_of(replace(CONTENT, html="", list_id=""))
    assert message.get_content_type() == "text/plain"
    assert "List-Id" not in message
    assert "Feedback-ID" not in message


def test_complaints_are_counted_by_letter_and_list_never_by_reader() -> None:
    copies = [copy_of(CONTENT, token=token, to=to) for token, to in (("0" * 32, "a@firm.example"), ("1" * 32, "b@other.example"))]
    (feedback,) = {str(copy["Feedback-ID"]) for copy in copies}
    assert 5 <= len(feedback.rpartition(":")[2]) <= 15


def test_a_single_dot_does_not_end_the_message_early() -> None:
    whole = mime.freeze(replace(CONTENT, html="", text="before\n.\nafter")).copy(message_id="<1@a>", to="a@b.example", token="")
    assert whole.count(b"\r\n.\r\n") == 1


@pytest.mark.parametrize("before", range(80))
def test_the_token_is_whole_wherever_it_stands(before: int) -> None:
    text = "õ" * (before % 7) + "x" * before + mime.COPY_MARK + "y" * 60 + mime.COPY_MARK
    message = copy_of(replace(CONTENT, html="", text=text), token="a" * 32)
    assert message.get_content().strip() == text.replace(mime.COPY_MARK, "a" * 32)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0")))
def test_quoted_printable_reads_back(line: str) -> None:
    encoded = mime.quoted_printable(line)
    assert max(map(len, encoded.split("\r\n"))) <= mime.LONGEST_LINE
    assert decodestring(encoded.encode("ascii").replace(b"\r\n", b"\n")) == line.encode()


@pytest.mark.parametrize("name", ["", "Mari Maasikas", 'O"Neil, Ann', "Õie Õunapuu", "Ж" * 20])
def test_a_name_reads_back_from_the_header(name: str) -> None:
    message = copy_of(CONTENT, to=mime.to_header("a@firm.example", name))
    (address,) = message["To"].addresses
    assert (address.display_name, address.addr_spec) == (name, "a@firm.example")


def test_a_long_name_is_folded_and_reads_back() -> None:
    message = copy_of(CONTENT, to=mime.to_header("a@firm.example", "Ж" * 100))
    (address,) = message["To"].addresses
    # Python 3.11 keeps the blanks between encoded words that RFC 2047, section 6.2, has readers drop.
    assert address.display_name.replace(" ", "") == "Ж" * 100


@pytest.mark.parametrize("name", ["Mari\r\nBcc: all@firm.example", "Mari\nX", "Mari\u2028X", "Õ\rX", "a\0"])
def test_a_name_with_a_line_break_makes_no_header(name: str) -> None:
    with pytest.raises(ValueError, match="control character"):
        mime.to_header("a@firm.example", name)


def test_a_copy_that_answers_another_stands_under_it() -> None:
    frozen = mime.Frozen((b"Subject: x\r\n\r\n.\r\n",), "")
    given = {"message_id": "<b@p.example>", "to": "a@firm.example", "token": "0" * 32}
    assert b"In-Reply-To: <a@p.example>\r\nReferences: <a@p.example>\r\n" in frozen.copy(**given, answers="<a@p.example>")
    assert b"In-Reply-To" not in frozen.copy(**given)
