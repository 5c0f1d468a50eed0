"""Returning with a receipt, which is never in an address; no session, no account."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from inquiries.forms.asking import ReplyForm, ReturnForm
from inquiries.services import asking, thread
from inquiries.views.strangers import for_strangers, show_form


@for_strangers("GET", "HEAD", "POST")
def come_back(request: HttpRequest) -> HttpResponse:
    form = ReturnForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        secret = form.cleaned_data["receipt"]
        try:
            opened = asking.open_with_receipt(secret)
        except asking.UnableToReturn:
            form.add_error("receipt", _("We know no inquiry with this receipt. It was mistyped, or the inquiry has been erased."))
        else:
            return _conversation(request, opened, ReplyForm(initial={"visit": asking.visit(secret, now=timezone.now())}))
    return render(request, "inquiries/return.html", {"form": form}, status=422 if form.is_bound else 200)


@for_strangers("POST")
def reply(request: HttpRequest) -> HttpResponse:
    form = ReplyForm(request.POST)
    valid = form.is_valid()
    try:
        secret = asking.open_visit(form.cleaned_data.get("visit", ""), now=timezone.now())
        opened = asking.open_with_receipt(secret)
    except asking.UnableToReturn:
        return _return_with_words(request, form)
    if not valid or not form.is_admitted_to(opened.inquiry.pk, now=timezone.now()):
        return _conversation(request, opened, form)
    asking.write_again(opened=opened, text=form.cleaned_data["text"], form=form.cleaned_data["once"], today=timezone.localdate())
    opened.inquiry.refresh_from_db()
    return _conversation(request, opened, ReplyForm(initial={"visit": asking.visit(secret, now=timezone.now())}), sent=True)


def _return_with_words(request: HttpRequest, form: ReplyForm) -> HttpResponse:
    """The visit is over: ask for the receipt again, and keep what was typed on the page."""
    again = ReturnForm({"receipt": ""})
    again.full_clean()
    again.errors.clear()
    again.add_error("receipt", _("An hour has passed. Type your receipt again; what you wrote is below, to copy."))
    return render(request, "inquiries/return.html", {"form": again, "typed": form["text"].value() or ""}, status=422)


def _conversation(request: HttpRequest, opened: asking.OpenInquiry, form: ReplyForm, *, sent: bool = False) -> HttpResponse:
    words = thread.read(opened)
    return show_form(request, "inquiries/conversation.html", form, inquiry=opened.inquiry, thread=words, sent=sent)
