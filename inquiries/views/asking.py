"""Asking: no session, no account, no cookie, unless by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from inquiries import lifecycle
from inquiries.forms.asking import AskForm
from inquiries.forms.identity import ConfidentialAskForm, NamedAskForm
from inquiries.permissions import may_ask_by_name
from inquiries.services import asking
from inquiries.views import receipt
from inquiries.views.strangers import for_members, for_strangers, show_form
from keystore.services import UnableToReachKeys
from organisations.permissions import person


@for_strangers("GET", "HEAD", "POST")
def ask(request: HttpRequest) -> HttpResponse:
    return _ask(request, AskForm, mode=lifecycle.ANONYMOUS)


@for_strangers("GET", "HEAD", "POST")
def ask_confidentially(request: HttpRequest) -> HttpResponse:
    return _ask(request, ConfidentialAskForm, mode=lifecycle.CONFIDENTIAL)


@for_members("GET", "HEAD", "POST")
def ask_by_name(request: HttpRequest) -> HttpResponse:
    user = person(request)
    if not may_ask_by_name(user):
        return render(request, "inquiries/modes/no_organisation.html", status=403)
    return _ask(request, partial(NamedAskForm, user=user), mode=lifecycle.NAMED)


def _ask(request: HttpRequest, make: Callable[..., AskForm], *, mode: str) -> HttpResponse:
    form = make(request.POST if request.method == "POST" else None)
    if form.is_valid() and form.is_admitted(now=timezone.now()):
        asked = form.cleaned_data
        try:
            filed = asking.submit(
                topic=asked["topic"],
                subject=asked["subject"],
                text=asked["text"],
                segments=asked["segments"],
                destination=asked["destination"],
                objects_to_publication=asked["objects_to_publication"],
                identity=form.identity(),
                form=asked["once"],
                today=timezone.localdate(),
            )
        except UnableToReachKeys:
            form.add_error(
                None, _("Your question could not be locked away just now, so it was not sent. Send it again in a minute.")
            )
            return render(request, "inquiries/ask.html", {"form": form, "mode": mode}, status=503)
        return receipt.shown(request, filed)
    return show_form(request, "inquiries/ask.html", form, mode=mode)
