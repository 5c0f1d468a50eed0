"""The receipt of an asker: in the Authorization header only, it opens one inquiry and names nobody."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import status
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import APIException, AuthenticationFailed, NotAuthenticated
from rest_framework.request import Request

from inquiries import receipts
from inquiries.forms.asking import why_not
from inquiries.services import asking
from keystore.services import UnableToReachKeys

REFERENCE = "FP-7Q2M4-X0KDT"
RECEIPT = "lusab-babad-gutih-tugad-mudof-sakat-kibap-rofug"


class KeysUnreachable(APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "The key store does not answer. Nothing was changed: send the same request again in a minute."


def secret_of(request: Request) -> bytes:
    """The secret of the receipt in a call's header; raises NotAuthenticated or AuthenticationFailed, in words."""
    scheme, _, words = get_authorization_header(request).partition(b" ")
    if scheme.lower() != b"receipt":
        raise NotAuthenticated("Send the header “Authorization: Receipt <words>”.")
    try:
        return receipts.read(words.decode("latin-1")[:400])
    except receipts.NotAReceipt as error:
        raise AuthenticationFailed(why_not(error)) from error


class ReceiptAuthentication(BaseAuthentication):
    """`Authorization: Receipt <words>`. Opens one inquiry and names nobody."""

    def authenticate(self, request: Request) -> tuple[None, asking.OpenInquiry]:
        secret = secret_of(request)
        try:
            return None, asking.open_with_receipt(secret)
        except asking.UnableToReturn as error:
            raise AuthenticationFailed("We know no inquiry with this receipt.") from error
        except UnableToReachKeys as error:
            raise KeysUnreachable from error

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        return "Receipt"


class ReceiptScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """What the schema says of the receipt's header."""

    target_class = ReceiptAuthentication
    name = "receipt"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:  # noqa: ARG002  the library's signature
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "`Receipt` and the words of the receipt."}


def opened_by(request: Request) -> asking.OpenInquiry:
    opened: Any = request.auth  # what ReceiptAuthentication made of the header
    if not isinstance(opened, asking.OpenInquiry):
        raise NotAuthenticated
    return opened
