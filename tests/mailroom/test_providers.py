"""What a provider's own webhook says is believed with its secret, of one copy, and only to the one to whom that copy went."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from base64 import b64encode
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from mailroom import notices, providers
from mailroom.models import Envelope, Report, State, Suppression
from tests.mailroom.conftest import Write

KEY = "k" * 32
LOGIN = "brevo:" + "p" * 32
ADDRESS = "gone@firm.example"
NONE = {"recorded": 0, "nothing": 0, "unknown": 0}
RECORDED, NOTHING, UNKNOWN = (NONE | {name: 1} for name in NONE)


@pytest.fixture
def envelope(db: None, write: Write) -> Envelope:
    letter = write(ADDRESS, list_id="advisories.portal.example")
    letter.envelopes.update(state=State.SENT, sent_at=timezone.now(), next_attempt_at=None)
    return letter.envelopes.get()


@pytest.fixture(params=providers.NAMES)
def provider(request: pytest.FixtureRequest, settings: Any) -> str:
    settings.BOUNCE_PROVIDER = request.param
    settings.BOUNCE_PROVIDER_SECRET = KEY if request.param == "mailgun" else LOGIN
    return str(request.param)


def mailgun(envelope: Envelope, *, key: str = KEY, at: float | None = None, **changes: Any) -> tuple[bytes, dict[str, str]]:
    """A permanent failure as Mailgun writes it, without what the portal doesn't read."""
    stamp, token = str(int(time.time() if at is None else at)), "t" * 50
    signature = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    said = {
        "event": "failed",
        "severity": "permanent",
        "reason": "bounce",
        "recipient": ADDRESS,
        "message": {"headers": {"message-id": envelope.message_id.strip("<>")}},
        "delivery-status": {"code": 550, "message": "5.1.1 No such user here"},
        "timestamp": time.time(),
    }
    body = {"signature": {"timestamp": stamp, "token": token, "signature": signature}, "event-data": said | changes}
    return json.dumps(body).encode(), {}


def brevo(envelope: Envelope, *, login: str = LOGIN, **changes: Any) -> tuple[bytes, dict[str, str]]:
    said = {
        "event": "hard_bounce",
        "email": ADDRESS,
        "message-id": envelope.message_id,
        "reason": "550 5.1.1 No such user here",
        "ts_epoch": int(time.time() * 1000),
    }
    return json.dumps(said | changes).encode(), {"Authorization": "Basic " + b64encode(login.encode()).decode()}


WRITE = {"mailgun": mailgun, "brevo": brevo}
TO = {"mailgun": "recipient", "brevo": "email"}


def send(body: bytes, headers: dict[str, str]) -> HttpResponse:
    client = Client(enforce_csrf_checks=True)
    return client.post(reverse("mailroom:provider-reports"), body, content_type="application/json", headers=headers)


def test_a_bounce_stops_the_list_once_however_often_it_is_sent(envelope: Envelope, provider: str) -> None:
    sent = WRITE[provider](envelope)
    assert [send(*sent).json() for _ in range(2)] == [RECORDED, NOTHING]
    assert (Suppression.objects.get().reason, Report.objects.get().status) == ("gone", "5.1.1")


def test_what_was_let_back_is_not_stopped_by_the_same_report_again(envelope: Envelope, provider: str) -> None:
    sent = WRITE[provider](envelope)
    send(*sent)
    Suppression.objects.update(lifted_at=timezone.now(), lifted_by="Ellen Editor", lifted_because="It works again.")
    assert send(*sent).json() == NOTHING
    assert not Suppression.objects.in_force().exists()


@pytest.mark.parametrize(
    ("name", "changes", "answer", "found"),
    [
        ("mailgun", {"event": "complained"}, RECORDED, ("complaint", "")),
        ("brevo", {"event": "spam"}, RECORDED, ("complaint", "")),
        ("mailgun", {"delivery-status": {"code": 550, "message": "mailbox unavailable"}}, RECORDED, ("soft", "5.0.0")),
        ("mailgun", {"delivery-status": {"code": 552, "message": "over quota"}}, RECORDED, ("soft", "5.2.2")),
        ("mailgun", {"delivery-status": {"code": 605, "message": ""}}, RECORDED, ("soft", "5.0.0")),
        ("brevo", {"event": "soft_bounce", "reason": "452 4.2.2 full"}, RECORDED, ("soft", "4.2.2")),
        ("brevo", {"event": "hard_bounce", "reason": "550 5.7.1 spam"}, RECORDED, ("policy", "5.7.1")),
        ("brevo", {"event": "blocked"}, RECORDED, ("policy", "5.7.0")),
        ("mailgun", {"event": "rejected", "reject": {"reason": "old"}}, RECORDED, ("policy", "5.7.0")),
        ("mailgun", {"severity": "temporary"}, NONE, None),
        ("mailgun", {"event": "delivered"}, NONE, None),
        ("brevo", {"event": "deferred"}, NONE, None),
        ("brevo", {"event": "something-new"}, NONE, None),
    ],
)
def test_each_kind_of_event_says_what_its_server_said(
    envelope: Envelope, settings: Any, name: str, changes: dict[str, Any], answer: dict[str, int], found: tuple[str, str] | None
) -> None:
    settings.BOUNCE_PROVIDER, settings.BOUNCE_PROVIDER_SECRET = name, KEY if name == "mailgun" else LOGIN
    assert send(*WRITE[name](envelope, **changes)).json() == answer
    assert list(Report.objects.values_list("kind", "status")) == ([found] if found else [])


def test_without_the_setting_there_is_no_such_address(envelope: Envelope) -> None:
    for name in providers.NAMES:
        assert send(*WRITE[name](envelope)).status_code == 404


def test_what_does_not_prove_where_it_comes_from_is_refused(envelope: Envelope, settings: Any) -> None:
    settings.BOUNCE_PROVIDER, settings.BOUNCE_PROVIDER_SECRET = "mailgun", KEY
    now = time.time()
    tries = [
        mailgun(envelope, key="x" * 32),
        mailgun(envelope, at=now - 50_000),
        mailgun(envelope, at=now + 50_000),
        brevo(envelope),
    ]
    settings_of_brevo = [brevo(envelope, login="brevo:wrong"), (brevo(envelope)[0], {}), mailgun(envelope)]
    assert [send(*each).status_code for each in tries] == [403] * len(tries)
    settings.BOUNCE_PROVIDER, settings.BOUNCE_PROVIDER_SECRET = "brevo", LOGIN
    assert [send(*each).status_code for each in settings_of_brevo] == [403] * len(settings_of_brevo)
    assert not Report.objects.exists()


def test_a_copy_to_somebody_else_or_that_there_is_not_is_unknown(envelope: Envelope, write: Write, provider: str) -> None:
    other = write("other@firm.example", source="test:2").envelopes.get()
    name, told = TO[provider], WRITE[provider]
    tries = [told(envelope, **{name: "other@firm.example"}), told(other)]
    for message_id in ("<nobody@portal.example>", f"<{'a' * 32}@portal.example>", f"<{envelope.pk.hex}@elsewhere.example>", ""):
        named = {"message": {"headers": {"message-id": message_id}}} if provider == "mailgun" else {"message-id": message_id}
        tries.append(told(envelope, **named))
    assert [send(*each).json() for each in tries] == [UNKNOWN] * len(tries)
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    "changes", [{"message-id": 1}, {"message-id": None}, {"email": ["a"]}, {"items": []}, {"ts_epoch": "soon"}]
)
def test_a_report_of_another_shape_is_refused_in_words(envelope: Envelope, settings: Any, changes: dict[str, Any]) -> None:
    settings.BOUNCE_PROVIDER, settings.BOUNCE_PROVIDER_SECRET = "brevo", LOGIN
    response = send(*brevo(envelope, **changes))
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")
    assert response.json()["detail"].endswith(".")


@pytest.mark.parametrize(
    "changes", [{"event": None}, {"event": []}, {"message": []}, {"recipient": 1}, {"delivery-status": []}, {"timestamp": "x"}]
)
def test_what_is_signed_and_garbage_is_refused_or_asks_for_nothing(
    envelope: Envelope, settings: Any, changes: dict[str, Any]
) -> None:
    settings.BOUNCE_PROVIDER, settings.BOUNCE_PROVIDER_SECRET = "mailgun", KEY
    assert send(*mailgun(envelope, **changes)).status_code in (200, 400)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"1", b"null", b"nonsense", b"[" * 100_000, b"\xff"])
def test_garbage_is_never_a_fault_of_ours(envelope: Envelope, provider: str, body: bytes) -> None:
    assert send(body, brevo(envelope)[1]).status_code in (400, 403) or body == b"{}"
    assert not Report.objects.exists()


VALUES = st.none() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=2) | st.just({})
FIELDS = ("event", "event-data", "email", "message-id", "items", "ts_epoch", "X-Mailin-custom", "reason")


@hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=30, deadline=None
)
@given(body=st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=4))
def test_any_json_is_answered(envelope: Envelope, provider: str, body: dict[str, Any]) -> None:
    assert send(json.dumps(body).encode(), brevo(envelope)[1]).status_code in (200, 400, 403)


def test_a_body_that_is_too_large_is_refused_before_it_is_read(envelope: Envelope, provider: str) -> None:
    assert send(b" " * (notices.LARGEST + 1), {}).status_code == 413


def test_it_is_posted_only(provider: str) -> None:
    assert Client().get(reverse("mailroom:provider-reports")).status_code == 405


@pytest.mark.parametrize(
    ("name", "secret", "said"),
    [
        ("", "", ""),
        ("mailgun", KEY, ""),
        ("brevo", LOGIN, ""),
        ("mailgun", "", "BOUNCE_PROVIDER_SECRET is missing"),
        ("mailgun", "short", "too short"),
        ("", KEY, "BOUNCE_PROVIDER must be one of"),
        ("pigeons", KEY, "BOUNCE_PROVIDER must be one of"),
        ("brevo", KEY, "user:password"),
        ("mailgun", "ä" * 32, "ASCII"),
    ],
)
def test_half_a_configuration_is_refused_in_words(name: str, secret: str, said: str) -> None:
    fault = providers.fault_of(name, secret)
    assert (said in fault) if said else not fault
