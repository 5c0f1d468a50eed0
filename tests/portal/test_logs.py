"""A log line says where and what kind, never which value."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, connection
from django.urls import URLPattern, URLResolver, get_resolver

from portal.logs import DiscreetFormatter


def written(error: BaseException) -> str:
    record = logging.LogRecord("portal", logging.ERROR, "", 1, "It failed", (), (type(error), error, error.__traceback__))
    return DiscreetFormatter("%(message)s").format(record)


def raised(function: Any) -> BaseException:
    try:
        function()
    except Exception as error:  # noqa: BLE001  whatever it is, it is what the test is about
        return error
    raise AssertionError("nothing was raised")


def fail_with_a_value() -> None:
    try:
        int("the asker's words")
    except ValueError as error:
        raise RuntimeError("about the asker's words") from error


def test_an_error_is_written_with_its_place_and_kind_and_no_value() -> None:
    line = written(raised(fail_with_a_value))
    assert line.startswith("It failed\n")
    assert "builtins.RuntimeError" in line
    assert "builtins.ValueError" in line
    assert "test_logs.py" in line
    assert "fail_with_a_value" in line
    assert "words" not in line


@pytest.mark.django_db
def test_what_the_database_refused_is_not_quoted() -> None:
    def refuse() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 'the words'::uuid")

    error = raised(refuse)
    assert isinstance(error, DatabaseError)
    assert "the words" in str(error)
    line = written(error)
    assert "psycopg2.errors.InvalidTextRepresentation 22P02" in line
    assert "the words" not in line


def test_the_formatter_is_the_one_that_every_line_goes_through() -> None:
    assert {handler["formatter"] for handler in settings.LOGGING["handlers"].values()} == {"plain"}
    assert settings.LOGGING["formatters"]["plain"]["()"] == "portal.logs.DiscreetFormatter"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/ask/", "/conversation/", "/nowhere/", "/api/v1/inquiries/conversation/"])
def test_a_refusal_writes_no_line(client: Any, caplog: pytest.LogCaptureFixture, path: str) -> None:
    client.post(path, {"text": "x"})
    client.post(path, {"text": "x" * 2_000_000})
    client.post(path, {"text": "x"}, headers={"Origin": "null"})
    assert caplog.records == []


def opened_by_token(patterns: list[URLPattern | URLResolver], before: str = "/") -> Iterator[str]:
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from opened_by_token(pattern.url_patterns, path)
        elif "<str:token>" in path:
            yield path


@pytest.mark.parametrize("path", list(opened_by_token(get_resolver().url_patterns)))
def test_no_line_holds_the_token_of_a_link(path: str) -> None:
    address = path.replace("<str:token>", "a-secret_token")
    record = logging.LogRecord("django.request", logging.ERROR, "", 1, "%s: %s", ("Gone", address), None)
    line = DiscreetFormatter("%(message)s").format(record)
    assert line.startswith(f"Gone: {path.partition('<str:token>')[0]}…")
    assert "secret" not in line
