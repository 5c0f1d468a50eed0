"""What a provider reports by HTTP: signed, for a short while, in one shape; sent again, it changes nothing."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from mailroom import notices
from mailroom.models import Envelope, Report, State, Suppression
from mailroom.services import returns
from tests.mailroom.conftest import Write

SECRET = "s" * 32


@pytest.fixture
def envelope(db: None, write: Write, settings: Any) -> Envelope:
    settings.BOUNCE_ADDRESS, settings.BOUNCE_WEBHOOK_SECRET = "bounces@portal.example", SECRET
    letter = write("gone@firm.example", list_id="advisories.portal.example")
    letter.envelopes.update(state=State.SENT, sent_at=timezone.now(), next_attempt_at=None)
    return letter.envelopes.get()


def sign(body: bytes, *, at: float | None = None, secret: str = SECRET) -> dict[str, str]:
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Timestamp": stamp, "X-Signature": f"sha256={digest}"}


def send(body: bytes, headers: dict[str, str]) -> HttpResponse:
    client = Client(enforce_csrf_checks=True)
    return client.post(reverse("mailroom:reports"), body, content_type="application/json", headers=headers)


def bounce(envelope: Envelope, **changes: Any) -> bytes:
    item = {"address": returns.return_path(envelope.pk), "kind": "bounce", "status": "5.1.1"}
    return json.dumps([item | changes]).encode()


def test_a_signed_report_is_taken_once_however_often_it_is_sent(envelope: Envelope) -> None:
    body = bounce(envelope)
    answers = [send(body, sign(body)).json() for _ in range(2)]
    assert answers == [{"recorded": 1, "nothing": 0, "unknown": 0}, {"recorded": 0, "nothing": 1, "unknown": 0}]
    assert (Suppression.objects.get().reason, Report.objects.get().status) == ("gone", "5.1.1")


def test_a_complaint_needs_no_status(envelope: Envelope) -> None:
    body = json.dumps([{"address": returns.return_path(envelope.pk), "kind": "complaint"}]).encode()
    assert send(body, sign(body)).json()["recorded"] == 1
    assert Suppression.objects.get().reason == "complained"


def test_without_a_secret_there_is_no_such_address(envelope: Envelope, settings: Any) -> None:
    settings.BOUNCE_WEBHOOK_SECRET = ""
    body = bounce(envelope)
    assert send(body, sign(body)).status_code == 404
    assert send(body, sign(body, secret="")).status_code == 404


def test_what_is_not_signed_or_too_old_or_changed_is_refused(envelope: Envelope) -> None:
    body, now = bounce(envelope), time.time()
    tries = [
        {},
        sign(body, secret="t" * 32),
        sign(body, at=now - 400),
        sign(body, at=now + 400),
        sign(body) | {"X-Timestamp": str(int(now) + 1)},
        sign(body) | {"X-Timestamp": "-1"},
        sign(body) | {"X-Timestamp": "9" * 400},
        sign(body) | {"X-Timestamp": "²"},
        sign(body) | {"X-Signature": "sha256=é"},
        sign(body + b" "),
    ]
    assert [send(body, each).status_code for each in tries] == [403] * len(tries)
    assert not Report.objects.exists()
    assert send(body, sign(body, at=now - 250)).status_code == 200


def test_a_mark_that_nobody_made_is_unknown(envelope: Envelope) -> None:
    for address in ("bounces+" + "a" * 40 + "@portal.example", "gone@firm.example", ""):
        body = bounce(envelope, address=address)
        assert send(body, sign(body)).json() == {"recorded": 0, "nothing": 0, "unknown": 1}
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{}", b"nonsense", b"[1]", b"[" * 100_000, b"\xff", b'[{"address": 1, "kind": "bounce", "status": "5.1.1"}]',
        b'[{"address": "a", "kind": "delay", "status": "5.1.1"}]', b'[{"address": "a", "kind": "bounce"}]',
        b'[{"address": "a", "kind": "bounce", "status": "2.0.0"}]', b'[{"address": "a", "kind": "bounce", "status": 5}]',
        b'[{"address": "a", "kind": ["bounce"], "status": "5.1.1"}]', b'[{"address": "a", "kind": "bounce", "status": "5.1.1 x"}]',
        json.dumps([{"address": "a", "kind": "complaint"}] * (notices.MOST + 1)).encode(),
    ],
)  # fmt: skip
def test_a_body_of_another_shape_is_refused_whole_in_words(envelope: Envelope, body: bytes) -> None:
    response = send(body, sign(body))
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")
    assert response.json()["detail"].endswith(".")


def test_one_wrong_report_keeps_the_others_out(envelope: Envelope) -> None:
    body = json.dumps([*json.loads(bounce(envelope)), {"kind": "bounce"}]).encode()
    assert send(body, sign(body)).status_code == 400
    assert not Report.objects.exists()


def test_a_body_that_is_too_large_is_refused_before_it_is_read(envelope: Envelope) -> None:
    assert send(b" " * (notices.LARGEST + 1), {}).status_code == 413


def test_it_is_posted_only(envelope: Envelope) -> None:
    assert Client().get(reverse("mailroom:reports")).status_code == 405


@given(st.binary(max_size=200))
def test_garbage_is_refused_in_words(body: bytes) -> None:
    if body.strip() != b"[]":
        with pytest.raises(notices.NotUnderstood, match=r"\.$"):
            notices.read(body)
