"""Errors of the API as problem details (RFC 9457): a type, a title, a status and a sentence that says how to mend it."""

from http import HTTPStatus
from json import decoder
from traceback import extract_tb
from typing import Any

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from rest_framework.exceptions import APIException, ParseError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from portal import oversize

MEDIA_TYPE = "application/problem+json"
PROBLEM = {"$ref": "#/components/schemas/Problem"}


class TooLarge(APIException):
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is too large; send at most a megabyte."


def problem_details(error: Exception, context: dict[str, Any]) -> Response | None:
    if isinstance(error, RequestDataTooBig):
        oversize.throw_away(context["request"]._request)  # noqa: SLF001  the library's name for Django's own request
        error = TooLarge()
    elif isinstance(error, TooManyFieldsSent | TooManyFilesSent):
        error = ParseError("The body has too many parts.")
    elif isinstance(error, RecursionError) and extract_tb(error.__traceback__)[-1].filename == decoder.__file__:
        error = ParseError("The JSON is nested too deep.")
    response = exception_handler(error, context)
    if response is None:
        return None
    status = HTTPStatus(response.status_code)
    problem: dict[str, Any] = {"type": "about:blank", "title": status.phrase, "status": status.value}
    if isinstance(response.data, dict) and set(response.data) == {"detail"}:
        problem["detail"] = str(response.data["detail"])
    else:
        problem["detail"] = "Some fields need mending; each is named under errors."
        problem["errors"] = response.data if isinstance(response.data, dict) else {"non_field_errors": response.data}
    response.data = problem
    response.content_type = MEDIA_TYPE
    return response


def describe_problems(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:  # noqa: ARG001, FBT001  the library's signature
    """Have the schema say of every problem under which media type it comes, with an example."""
    responses = [
        (code, response)
        for path in result["paths"].values()
        for operation in path.values()
        for code, response in operation["responses"].items()
    ]
    for code, response in responses:
        content = response.get("content", {}).get("application/json")
        if content and content["schema"] == PROBLEM:
            response["content"] = {MEDIA_TYPE: {"schema": PROBLEM, "example": _example(int(code), response["description"])}}
    return result


def _example(status: int, described: str) -> dict[str, Any]:
    example: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": described}
    return example | ({"errors": {"text": ["This field is required."]}} if status == HTTPStatus.BAD_REQUEST else {})
