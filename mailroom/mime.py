"""A letter as bytes for SMTP: made once, then completed for each recipient by putting three short pieces in.

Making a message takes a millisecond or more, completing it some microseconds; with a hundred thousand recipients that is the whole
difference. Only what can't break a line goes in: a Message-ID and a token of our own making, and an encoded To.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.message import Message
from email.mime.image import MIMEImage
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import SMTP
from email.utils import format_datetime, formataddr, parseaddr

# Where a letter's text or HTML holds this word, each copy has its own token: as long as the token, so that no line grows.
COPY_MARK = "xCOPYxMARKxCOPYxMARKxCOPYxMARKxx"
# Who the portal is in Gmail's figures of complaints, the same for all lists: 5 to 15 characters (support.google.com/mail, 6254652).
SENDER_ID = "focalpoint"
# By which a letter's HTML shows its logo, as cid: (RFC 2392).
LOGO = "logo@focalpoint"
LONGEST_LINE = 76  # characters of quoted-printable, RFC 2045, section 6.7
LINE_START_DOT = re.compile(rb"^\.", re.MULTILINE)
DOUBLED_DOT = re.compile(rb"^\.\.", re.MULTILINE)
LAST_DOT = b".\r\n"
NEXT_FIELD = re.compile(rb"\r\n(?![ \t])")  # of a header, some of whose lines are folded
STRUCTURAL = b"content-"  # fields that say how the body is made, not what the message is (RFC 9788, section 1.1)
# RFC 8551, section 3.3, with the name that section 3.2.1 asks for.
ENVELOPED = (
    b"MIME-Version: 1.0",
    b'Content-Type: application/pkcs7-mime; smime-type=enveloped-data;\r\n name="smime.p7m"',
    b"Content-Transfer-Encoding: base64",
    b'Content-Disposition: attachment; filename="smime.p7m"',
)


@dataclass(frozen=True)
class Content:
    """What `freeze` needs of a letter; `key` is the letter's own, the same in all its copies, and names no reader."""

    key: str
    sender: str
    subject: str
    text: str
    html: str
    language: str
    list_id: str
    written_at: datetime
    stop_address: str = ""
    sender_name: str = ""  # instead of the name in `sender`
    reply_to: str = ""
    logo: bytes = b""  # PNG, for HTML that shows cid:LOGO


@dataclass(frozen=True)
class Frozen:
    """The bytes that all copies share, cut where the token goes; dots at line starts are doubled already (RFC 5321, 4.5.2)."""

    pieces: tuple[bytes, ...]
    stop_address: str
    sender: str = ""  # the value of From, where it bears a name that is not the portal's own

    def copy(self, *, message_id: str, to: str, token: str, answers: str = "") -> bytes:
        """Return one recipient's message with its final dot, ready to be sent after DATA.

        `to` is an encoded To header's value, `answers` the Message-ID of the message under which this one is to stand.
        """
        head = f"Message-ID: {message_id}\r\nTo: {to}\r\n"
        if self.sender:
            head += f"From: {self.sender}\r\n"
        if self.stop_address:  # RFC 2369 and RFC 8058; here, since Python's own folding would cut a long address into coded words
            head += f"List-Unsubscribe: <{self.stop_address}{token}/>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        if answers:
            head += f"In-Reply-To: {answers}\r\nReferences: {answers}\r\n"
        return head.encode("ascii") + token.encode("ascii").join(self.pieces)


def freeze(content: Content) -> Frozen:
    """Return the letter's bytes: all headers but Message-ID and To, plain text, then the same words in HTML if there are any."""
    message: Message
    text = _part("plain", content.text)
    if content.html:
        message = MIMEMultipart("alternative", boundary=f"=_{content.key}", policy=SMTP)
        message.attach(text)
        message.attach(_with_logo(content) if content.logo else _part("html", content.html))
    else:
        message = text
    if not content.sender_name:  # Python's own folding would cut into a long name; `copy` writes one
        message["From"] = content.sender
    if content.reply_to:
        message["Reply-To"] = content.reply_to
    message["Subject"] = content.subject
    message["Date"] = format_datetime(content.written_at)
    message["Content-Language"] = content.language
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office reply, please
    if content.list_id:
        message["List-Id"] = f"<{content.list_id}>"  # RFC 2919
        message["Feedback-ID"] = f"{content.key}::{content.list_id.partition('.')[0]}:{SENDER_ID}"
    whole = LINE_START_DOT.sub(b"..", message.as_bytes(policy=SMTP))
    if not whole.endswith(b"\r\n"):
        whole += b"\r\n"
    sender = to_header(parseaddr(content.sender)[1], content.sender_name) if content.sender_name else ""
    return Frozen(tuple((whole + LAST_DOT).split(COPY_MARK.encode())), content.stop_address, sender)


def enveloped(copy: bytes, *, outside: bytes, encrypt: Callable[[bytes], bytes]) -> bytes:
    """Return a copy encrypted, under the headers of `outside`: the same copy, saying only what everybody on the way may read.

    Its own headers go inside, with those that stand outside beside them, so that a mail program that knows header protection shows
    the true subject (RFC 9788). Both copies are as `Frozen.copy` made them, and so is what is returned.
    """
    ours, structure, body = _taken_apart(copy)
    shown, _structure, _body = _taken_apart(outside)
    structure = [field + b';\r\n hp="cipher"' if field.lower().startswith(b"content-type:") else field for field in structure]
    inside = [*ours, *(b"HP-Outer: " + field for field in shown), *structure]
    content = base64.encodebytes(encrypt(_joined(inside, body))).replace(b"\n", b"\r\n")
    return _joined([*shown, *ENVELOPED], content) + LAST_DOT


def _taken_apart(copy: bytes) -> tuple[list[bytes], list[bytes], bytes]:
    """The fields of a copy's header, those that say how its body is made, and its body as it was before SMTP."""
    head, _blank, body = copy.partition(b"\r\n\r\n")
    fields = [field for field in NEXT_FIELD.split(head) if not field.lower().startswith(b"mime-version:")]
    structure = [field for field in fields if field.lower().startswith(STRUCTURAL)]
    return [field for field in fields if field not in structure], structure, DOUBLED_DOT.sub(b".", body.removesuffix(LAST_DOT))


def _joined(fields: list[bytes], body: bytes) -> bytes:
    return b"\r\n".join([*fields, b"", body])


def to_header(address: str, name: str) -> str:
    """Return the value of a To or From header, in ASCII and folded; raises ValueError where either part could end the line."""
    if not (address + name).isprintable():
        raise ValueError("an address or a name holds a control character")
    if name.isascii():
        return formataddr((name, address))
    return Header(name, "utf-8", header_name="To").encode(linesep="\r\n") + f" <{address}>"


def _with_logo(content: Content) -> Message:
    """The HTML with its picture beside it (RFC 2387): nothing has to be fetched to show it."""
    related = MIMEMultipart("related", boundary=f"=_logo_{content.key}", type="text/html", policy=SMTP)
    related.attach(_part("html", content.html))
    picture = MIMEImage(content.logo, "png", policy=SMTP)
    picture["Content-ID"] = f"<{LOGO}>"
    picture["Content-Disposition"] = "inline"
    related.attach(picture)
    return related


def _part(subtype: str, text: str) -> Message:
    part = MIMENonMultipart("text", subtype, charset="utf-8", policy=SMTP)
    part["Content-Transfer-Encoding"] = "quoted-printable"
    part.set_payload(quoted_printable(text))
    return part


def quoted_printable(text: str) -> str:
    """Return `text` in quoted-printable (RFC 2045, section 6.7), lines ended by CRLF; COPY_MARK is never cut by a line's end."""
    return "\r\n".join(_encoded_line(line) for line in re.split(r"\r\n|\r|\n", text))


def _encoded_line(line: str) -> str:
    rows, row = [], ""
    for atom in _atoms(line):
        if len(row) + len(atom) >= LONGEST_LINE:  # one place is kept for the "=" of a soft line break
            rows.append(row + "=")
            row = ""
        row += atom
    if row.endswith((" ", "\t")):
        row = row[:-1] + f"={ord(row[-1]):02X}"
    return "\r\n".join([*rows, row])


def _atoms(line: str) -> list[str]:
    atoms: list[str] = []
    for piece in re.split(f"({COPY_MARK})", line):
        atoms += [piece] if piece == COPY_MARK else [_atom(byte) for byte in piece.encode()]
    return atoms


def _atom(byte: int) -> str:
    return chr(byte) if byte in b"\t " or (0x20 < byte < 0x7F and byte != 0x3D) else f"={byte:02X}"
