"""Tor Browser is told of the onion service by every page, and by nothing else. Only so many large bodies come in at once."""

import json
from collections.abc import Callable

import pytest
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from portal.middleware import LARGE, LargeBodiesMiddleware, OnionLocationMiddleware

ONION = "abcdefghijklmnop.onion"
Get = Callable[..., HttpResponse]


@pytest.fixture
def page(settings: object) -> Get:
    settings.ONION_ADDRESS = ONION
    settings.ALLOWED_HOSTS = [ONION, "testserver"]

    def get(
        path: str = "/ask/?a=b", *, method: str = "GET", kind: str = "text/html; charset=utf-8", **options: object
    ) -> HttpResponse:
        def answer(_request: HttpRequest) -> HttpResponse:
            return HttpResponse(content_type=kind)

        request = RequestFactory().generic(method, path, **{"secure": True, **options})
        return OnionLocationMiddleware(answer)(request)

    return get


def test_a_page_names_its_own_address_at_the_onion_service(page: Get) -> None:
    assert page()["Onion-Location"] == f"http://{ONION}/ask/?a=b"


def test_what_is_no_page_or_came_by_the_onion_names_none(page: Get) -> None:
    others = [page(kind="application/json"), page(method="POST"), page(secure=False), page(headers={"Host": ONION})]
    assert [response.has_header("Onion-Location") for response in others] == [False] * 4


def test_without_an_onion_service_there_is_no_header(settings: object) -> None:
    settings.ONION_ADDRESS = ""
    with pytest.raises(MiddlewareNotUsed):
        OnionLocationMiddleware(lambda _request: HttpResponse())


@pytest.mark.django_db
def test_the_portal_sends_it(settings: object) -> None:
    settings.ONION_ADDRESS = ONION
    assert Client().get("/ask/", secure=True)["Onion-Location"] == f"http://{ONION}/ask/"
    settings.ONION_ADDRESS = ""
    assert "Onion-Location" not in Client().get("/ask/", secure=True)


# --- large bodies ---------------------------------------------------------------------------------------------------


def sent(path: str = "/ask/", *, size: int = LARGE, **headers: str) -> HttpRequest:
    return RequestFactory().post(path, bytes(size), content_type="application/octet-stream", headers=headers)


def test_one_large_body_too_many_is_refused_and_a_small_one_is_not(settings: object) -> None:
    settings.LARGE_BODIES_AT_ONCE = 2

    def read(request: HttpRequest) -> HttpResponse:
        """While one is read the next one comes, until one is refused; then a small one."""
        inner = guard(sent()) if request.headers["Content-Length"] == str(LARGE) else None
        if inner and inner.status_code == 429:
            inner = guard(sent(size=LARGE - 1))
        return HttpResponse(f"read {inner.content.decode() if inner else ''}")

    guard = LargeBodiesMiddleware(read)
    for _ in range(2):  # the places are free again
        assert guard(sent()).content.decode().split() == ["read"] * 3


def test_a_place_is_given_back_where_the_portal_fails(settings: object) -> None:
    settings.LARGE_BODIES_AT_ONCE = 1

    def fail(_request: HttpRequest) -> HttpResponse:
        raise ZeroDivisionError

    guard = LargeBodiesMiddleware(fail)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            guard(sent())


def test_a_refusal_says_when_to_come_again_to_people_and_to_programs(settings: object) -> None:
    settings.LARGE_BODIES_AT_ONCE = 0
    guard = LargeBodiesMiddleware(lambda _request: HttpResponse())
    page, problem = guard(sent()), guard(sent("/api/v1/inquiries/"))
    assert (page.status_code, page["Retry-After"], "Go back" in page.content.decode()) == (429, "60", True)
    assert (problem.status_code, problem["Retry-After"]) == (429, "60")
    assert (problem["Content-Type"], json.loads(problem.content)["status"]) == ("application/problem+json", 429)


def test_a_body_of_unknown_length_is_refused_and_not_taken_for_none() -> None:
    guard = LargeBodiesMiddleware(lambda _request: HttpResponse())
    request = sent("/api/v1/inquiries/", **{"Transfer-Encoding": "chunked"})
    del request.META["CONTENT_LENGTH"]
    request = type(request)(request.environ)
    assert guard(request).status_code == 411
