"""Mails such as servers and providers send when something came back, in our own words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

BOUNDARY = "=_parts"


class Said(NamedTuple):
    """What a delivery report says of one recipient."""

    to: str
    action: str = "failed"
    status: str = "5.1.1"
    diagnosis: str = ""
    original: str = ""


def delivery_report(come_to: str, *said: Said, original_sender: str = "", subject: str = "Undelivered") -> bytes:
    """A report of RFC 3464 that was sent to `come_to`."""
    blocks = ["Reporting-MTA: dns; mx.firm.example\r\nArrival-Date: Thu, 31 Feb 2097 99:99:99 +9999\r\n"]
    for each in said:
        lines = [f"Final-Recipient: rfc822; {each.to}"] if each.to else []
        lines += [f"Original-Recipient: rfc822; {each.original}"] if each.original else []
        lines += [f"Action: {each.action}"] if each.action else []
        lines += [f"Status: {each.status}"] if each.status else []
        lines += [f"Diagnostic-Code: {each.diagnosis}"] if each.diagnosis else []
        blocks.append("\r\n".join(lines) + "\r\n")
    original = f"Return-Path: <{original_sender}>\r\n" if original_sender else ""
    return _report(
        come_to,
        "delivery-status",
        [
            ("text/plain", "We are sorry: 550 5.7.1 is what somebody else once said.\r\n"),
            ("message/delivery-status", "\r\n".join(blocks)),
            ("message/rfc822", f"{original}From: focal@portal.example\r\nSubject: Words\r\n\r\nWords\r\n"),
        ],
        subject=subject,
    )


def complaint(come_to: str, *, kind: str = "abuse", original_sender: str = "", mail_from: str = "") -> bytes:
    """A report of RFC 5965 that was sent to `come_to`, which may be an address for all complaints."""
    fields = f"Feedback-Type: {kind}\r\nUser-Agent: Mail/1\r\nVersion: 1\r\n"
    if mail_from:
        fields += f"Original-Mail-From: <{mail_from}>\r\n"
    original = f"Return-Path: <{original_sender}>\r\n" if original_sender else ""
    parts = [
        ("text/plain", "One of our readers wants no more of this.\r\n"),
        ("message/feedback-report", fields),
        ("text/rfc822-headers", f"{original}From: focal@portal.example\r\nSubject: Words\r\n"),
    ]
    return _report(come_to, "feedback-report", parts, subject="Complaint")


def letter(come_to: str, text: str, **headers: str) -> bytes:
    """A mail without form."""
    lines = {"From": "MAILER-DAEMON@mx.firm.example", "To": come_to, "Subject": "failure notice"} | headers
    return "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in lines.items()).encode() + b"\r\n" + text.encode()


def _report(come_to: str, kind: str, parts: Iterable[tuple[str, str]], *, subject: str) -> bytes:
    head = f"From: MAILER-DAEMON@mx.firm.example\r\nTo: {come_to}\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n"
    head += f'Content-Type: multipart/report; report-type={kind}; boundary="{BOUNDARY}"\r\n\r\n'
    body = "".join(f"--{BOUNDARY}\r\nContent-Type: {content_type}\r\n\r\n{text}\r\n" for content_type, text in parts)
    return f"{head}{body}--{BOUNDARY}--\r\n".encode()
