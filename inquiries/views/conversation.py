"""Returning with a receipt, which is never in an address; no session, no account."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from inquiries.forms.asking import ReplyForm, ReturnForm
from inquiries.services import asking, thread


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def come_back(request: HttpRequest) -> HttpResponse:
    form = ReturnForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        secret = form.cleaned_data["receipt"]
        try:
            opened = asking.open_with_receipt(secret)
        except asking.UnableToReturn:
            form.add_error("receipt", _("We know no inquiry with this receipt. It was mistyped, or the inquiry has been erased."))
        else:
            return _conversation(request, opened, ReplyForm(initial={"visit": asking.visit(secret, now=timezone.now())}))
    return render(request, "inquiries/return.html", {"form": form}, status=422 if form.is_bound else 200)


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_POST
def reply(request: HttpRequest) -> HttpResponse:
    form = ReplyForm(request.POST)
    valid = form.is_valid()
    try:
        secret = asking.open_visit(form.cleaned_data.get("visit", ""), now=timezone.now())
        opened = asking.open_with_receipt(secret)
    except asking.UnableToReturn:
        return _return_with_words(request, form)
    if not valid:
        return _conversation(request, opened, form, status=422)
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


def _conversation(
    request: HttpRequest, opened: asking.OpenInquiry, form: ReplyForm, *, sent: bool = False, status: int = 200
) -> HttpResponse:
    context = {"inquiry": opened.inquiry, "thread": thread.read(opened), "form": form, "sent": sent}
    return render(request, "inquiries/conversation.html", context, status=status)
