"""Asking: no session, no account, no cookie."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from inquiries.forms.asking import AskForm
from inquiries.services import asking
from inquiries.views import receipt
from inquiries.views.strangers import for_strangers, show_form
from keystore.services import UnableToReachKeys


@for_strangers("GET", "HEAD", "POST")
def ask(request: HttpRequest) -> HttpResponse:
    form = AskForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and form.is_admitted(now=timezone.now()):
        asked = form.cleaned_data
        try:
            filed = asking.submit(
                topic=asked["topic"],
                subject=asked["subject"],
                text=asked["text"],
                segments=asked["segments"],
                destination=asked["destination"],
                form=asked["once"],
                today=timezone.localdate(),
            )
        except UnableToReachKeys:
            form.add_error(
                None, _("Your question could not be locked away just now, so it was not sent. Send it again in a minute.")
            )
            return render(request, "inquiries/ask.html", {"form": form}, status=503)
        return receipt.shown(request, filed)
    return show_form(request, "inquiries/ask.html", form)
