from __future__ import annotations

import time

import pytest
from celery import current_app

from mailroom import doorbell, figures, tasks
from tests.mailroom.conftest import Write
from tests.mailroom.sink import Sink
from tests.processes import free_port


@pytest.mark.parametrize("address", ["redis://127.0.0.1:{port}/0", "redis+socket:///nowhere/redis.sock"])
def test_ringing_while_redis_is_down_is_soon_over_and_harms_nothing(
    address: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(current_app.conf, "broker_write_url", address.format(port=free_port()))
    began = time.monotonic()
    doorbell.wake()
    assert time.monotonic() - began < 3
    assert "the queue can't be reached" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_the_task_sends_by_the_settings(sink: Sink, write: Write, settings: object) -> None:
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port  # type: ignore[attr-defined]
    write("a@firm.example")
    tasks.deliver()
    assert sink.counts == {"a@firm.example": 1}
    assert figures.totals("test:1").sent == 1
