"""Tor Browser is told of the onion service by every page, and by nothing else."""

from collections.abc import Callable

import pytest
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from portal.middleware import OnionLocationMiddleware

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
