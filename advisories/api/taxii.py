"""A server of TAXII 2.1 (OASIS Standard, 10 June 2021; section numbers below), read only: threats as STIX 2.1 for other programs.

There is one collection, and in it what the caller may read: with a token what its owner may, without one what is TLP:CLEAR. The
token stands in `Authorization: Bearer`, or as the password of HTTP Basic, which every server must take (section 1.6.5).
"""

from __future__ import annotations

import uuid
from base64 import b64decode
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus
from typing import Any, Final

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers
from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.exceptions import AuthenticationFailed, NotAcceptable, NotFound, ValidationError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import exception_handler

from advisories import stix
from advisories.forms import TaxiiForm
from advisories.forms.exchange import MATCHES, next_of
from advisories.services import exchange
from organisations.api import HasScopeIfToken, TokenAuthentication, TokenThrottle
from organisations.models import Scope

MEDIA_TYPE: Final = "application/taxii+json;version=2.1"
VERSION: Final = "2.1"
ALIAS: Final = "threats"
# Nothing can be sent here, and a server must name a number (section 4.2.1).
LARGEST_SENT: Final = 1
ACTIONS = ("discovery", "root", "collections", "collection", "manifest", "objects", "object_by_id", "versions")


class TaxiiRenderer(JSONRenderer):
    media_type = MEDIA_TYPE
    format = "taxii"


class TaxiiNegotiation(BaseContentNegotiation):
    """Section 3.3: who asks for no version gets the latest, and who asks for another one nothing."""

    def select_parser(self, request: Request, parsers: Iterable[Any]) -> Any:  # noqa: ARG002  the library's signature
        return next(iter(parsers))

    def select_renderer(self, request: Request, renderers: Iterable[Any], format_suffix: str | None = None) -> tuple[Any, str]:  # noqa: ARG002  the library's signature
        for accepted in request.accepted_types:
            name = f"{accepted.main_type}/{accepted.sub_type}".lower()
            if name in ("application/taxii+json", "application/*", "*/*") and accepted.params.get("version", VERSION) == VERSION:
                return next(iter(renderers)), MEDIA_TYPE
        raise NotAcceptable(f"This server speaks {MEDIA_TYPE} and nothing else: ask for that with Accept.")


class TaxiiAuthentication(TokenAuthentication):
    def secret_in(self, scheme: bytes, said: bytes) -> bytes | None:
        if scheme != b"basic":
            return super().secret_in(scheme, said)
        try:
            return b64decode(said, validate=True).partition(b":")[2]
        except ValueError as error:
            raise AuthenticationFailed("This is no name and password of HTTP Basic (RFC 7617).") from error

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002  the library's signature
        return 'Bearer, Basic realm="TAXII", charset="UTF-8"'


def as_message(error: Exception, context: dict[str, Any]) -> Response | None:
    """An error as TAXII writes it (section 3.6.1)."""
    response = exception_handler(error, context)
    if response is None:
        return None
    status = HTTPStatus(response.status_code)
    message: dict[str, Any] = {"title": status.phrase, "http_status": str(status.value)}
    if isinstance(response.data, dict) and set(response.data) == {"detail"}:
        message["description"] = str(response.data["detail"])
    else:
        message["description"] = "Some parameters need mending; each is named under details."
        message["details"] = response.data
    response.data = message
    return response


@extend_schema(exclude=True)  # it is described by its own standard
class TaxiiViewSet(viewsets.ViewSet):
    authentication_classes = (TaxiiAuthentication,)
    permission_classes = (HasScopeIfToken,)
    throttle_classes = (TokenThrottle,)
    renderer_classes = (TaxiiRenderer,)
    content_negotiation_class = TaxiiNegotiation
    metadata_class = None
    scope_of = dict.fromkeys(ACTIONS, Scope.ADVISORIES_READ)

    def get_exception_handler(self) -> Any:
        return as_message

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Nobody on the way keeps it: what is in it depends on who asks."""
        response = super().finalize_response(request, response, *args, **kwargs)
        patch_cache_control(response, private=True, no_store=True)
        patch_vary_headers(response, ["Accept", "Authorization"])
        return response

    def discovery(self, request: Request) -> Response:
        """Section 4.1"""
        self._form(request, matches=())
        root = settings.PUBLIC_URL + reverse("taxii-root")
        return Response({"title": "Focal Point portal", "default": root, "api_roots": [root]})

    def root(self, request: Request) -> Response:
        """Section 4.2"""
        self._form(request, matches=())
        return Response({"title": "Advisories", "versions": [MEDIA_TYPE], "max_content_length": LARGEST_SENT})

    def collections(self, request: Request) -> Response:
        """Section 5.1"""
        self._form(request, matches=())
        return Response({"collections": [_collection()]})

    def collection(self, request: Request, key: str) -> Response:
        """Section 5.2"""
        self._form(request, matches=())
        _check(key)
        return Response(_collection())

    def manifest(self, request: Request, key: str) -> Response:
        """Section 5.3"""
        return self._page(request, key, "objects", _record)

    def objects(self, request: Request, key: str) -> Response:
        """Section 5.4"""
        return self._page(request, key, "objects", lambda entry: entry.content)

    def object_by_id(self, request: Request, key: str, code: str) -> Response:
        """Section 5.6"""
        return self._page(request, key, "objects", lambda entry: entry.content, identifier=code)

    def versions(self, request: Request, key: str, code: str) -> Response:
        """Section 5.8"""
        return self._page(request, key, "versions", lambda entry: _moment(entry.version, "milliseconds"), identifier=code)

    def _page(self, request: Request, key: str, name: str, shown: Any, *, identifier: str | None = None) -> Response:
        """The objects that the caller may have and asks for, each as `shown`, under `name`; of one object where its id is given."""
        _check(key)
        matches: Sequence[str] = tuple(MATCHES)
        if identifier is not None:
            matches = ("spec_version",) if name == "versions" else ("version", "spec_version")
        wanted = self._form(request, matches=matches).wanted
        now = timezone.now()
        asked: dict[str, Any] = {"user": request.user, "today": timezone.localdate(now), "now": now}
        if identifier is not None:
            if not exchange.holds(identifier=identifier, **asked):
                raise NotFound("There is no such object within your reach.")
            wanted["ids"] = frozenset({identifier})
        if name == "versions":
            wanted["versions"] = frozenset({exchange.ALL})
        page = exchange.page(wanted=exchange.Wanted(**wanted), **asked)
        return _answer(page, name, shown)

    def _form(self, request: Request, *, matches: Sequence[str]) -> TaxiiForm:
        form = TaxiiForm(request.query_params, matches=matches)
        if not form.is_valid():
            raise ValidationError({name: [str(text) for text in texts] for name, texts in form.errors.items()})
        return form


def _answer(page: exchange.Page, name: str, shown: Any) -> Response:
    if not page.entries:
        return Response({})
    last = page.entries[-1].place
    body: dict[str, Any] = {"more": page.more}
    if page.more:
        body["next"] = next_of(last)
    response = Response(body | {name: [shown(entry) for entry in page.entries]})
    response["X-TAXII-Date-Added-First"] = _moment(page.entries[0].place.added)
    response["X-TAXII-Date-Added-Last"] = _moment(last.added)
    return response


def _collection() -> dict[str, Any]:
    return {
        "id": str(collection_id()),
        "title": "Threats",
        "description": "Threat advisories that you may read, with who issued them and their TLP 2.0 markings. Never TLP:RED.",
        "alias": ALIAS,
        "can_read": True,
        "can_write": False,
        "media_types": [stix.MEDIA_TYPE],
    }


def collection_id() -> uuid.UUID:
    """The same for ever at this portal and another one elsewhere; in the form of version 4, as section 5.2.1 wants it."""
    return uuid.UUID(bytes=sha256(f"{settings.PUBLIC_URL} {ALIAS}".encode()).digest()[:16], version=4)


def _check(key: str) -> None:
    if key not in (ALIAS, str(collection_id())):
        raise NotFound("There is no such collection within your reach.")


def _record(entry: exchange.Entry) -> dict[str, str]:
    """Section 5.3.1"""
    return {
        "id": entry.place.id,
        "date_added": _moment(entry.place.added),
        "version": _moment(entry.version, "milliseconds"),
        "media_type": stix.MEDIA_TYPE,
    }


def _moment(at: datetime, precision: str = "microseconds") -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=precision) + "Z"
