"""What the pages have in common that open an inquiry with the pass of a visit."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from inquiries.forms.asking import ReturnForm
from inquiries.services import asking
from inquiries.views.strangers import for_strangers
from keystore.services import UnableToReachKeys

View = Callable[..., HttpResponseBase]


def askers_button(view: View) -> View:
    """A view that is only sent to, and opens the inquiry of the visit's pass in what is sent."""
    return for_strangers("POST")(opens_inquiry(view))


def opens_inquiry(view: View) -> View:
    """Have a view ask for the receipt again where its pass opens nothing, and say so where the key store does not answer."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except asking.UnableToReturn:
            return ask_for_receipt(request)
        except UnableToReachKeys:
            return unreachable(request)

    return guarded


def ask_for_receipt(request: HttpRequest) -> HttpResponse:
    """The visit is over: ask for the receipt again, and keep what was typed on the page."""
    again = ReturnForm({"receipt": ""})
    again.full_clean()
    again.errors.clear()
    typed = _typed(request)
    again.add_error(
        "receipt", _passed_with_words() if typed else _("An hour has passed, or the receipt has changed. Type it again.")
    )
    return render(request, "inquiries/return.html", {"form": again, "typed": typed}, status=422)


def _passed_with_words() -> str:
    return _("An hour has passed. Type your receipt again; what you wrote is below, to copy.")


def unreachable(request: HttpRequest) -> HttpResponse:
    """The key store does not answer: nothing was changed, and what was typed is on the page."""
    return render(request, "inquiries/unreachable.html", {"typed": _typed(request)}, status=503)


def _typed(request: HttpRequest) -> str:
    """What somebody typed on a page of a conversation: words, or who they are."""
    return "\n".join(filter(None, (request.POST.get(name, "") for name in ("text", "name", "organisation", "contact"))))
