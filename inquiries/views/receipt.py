"""The page that shows a receipt, and what an asker may take away from it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone

from inquiries import receipts
from inquiries.forms.returning import KeptForm, PassForm, any_word
from inquiries.services import asking, proving
from inquiries.views.askers import askers_button
from inquiries.views.reminders import reminder_form

PAGE = "receipt"


def shown(
    request: HttpRequest, filed: asking.Filed, *, form: KeptForm | None = None, is_exchanged: bool = False, status: int = 200
) -> HttpResponse:
    """The receipt of an inquiry just filed, or of one whose receipt was just exchanged."""
    secret, now = receipts.read(filed.receipt), timezone.now()
    token = asking.visit(secret, now=now, page=PAGE)
    context = {
        "filed": filed,
        "form": form or KeptForm(initial={"shown": token, "place": any_word()}),
        "shown": token,
        "visit": asking.visit(secret, now=now),
        "is_exchanged": is_exchanged,
    }
    return render(request, "inquiries/filed.html", context, status=status)


@askers_button
def download(request: HttpRequest) -> HttpResponse:
    """The words as a text file, for the page that shows them."""
    secret = asking.open_visit(request.POST.get("shown", "")[:300], now=timezone.now(), page=PAGE)
    inquiry = asking.open_with_receipt(secret).inquiry
    text = render_to_string("inquiries/receipt.txt", {"inquiry": inquiry, "receipt": receipts.write(secret)}, request)
    return attachment(text, "receipt.txt", "text/plain; charset=utf-8")


@askers_button
def kept(request: HttpRequest) -> HttpResponse:
    """The asker has shown that the words are kept: on to what comes next. Otherwise the words are shown again."""
    form = KeptForm(request.POST)
    valid = form.is_valid()
    secret = asking.open_visit(form.cleaned_data.get("shown", ""), now=timezone.now(), page=PAGE)
    inquiry = asking.open_with_receipt(secret).inquiry
    if not (valid and form.check(secret)):
        return shown(request, asking.Filed(inquiry, receipts.write(secret)), form=form, status=422)
    context = {
        "inquiry": inquiry,
        "visit": asking.visit(secret, now=timezone.now()),
        "reminders": reminder_form(inquiry),
    }
    return render(request, "inquiries/kept.html", context)


@askers_button
def proof(request: HttpRequest) -> HttpResponse:
    form = PassForm(request.POST)
    form.is_valid()
    secret = asking.open_visit(form.cleaned_data.get("visit", ""), now=timezone.now())
    opened = asking.open_with_receipt(secret)
    if request.POST.get("what") == "filing":
        return attachment(proving.filing(opened).json(), "filing.json", "application/json")
    return attachment(proving.prove(opened).text(), "proof-of-filing.json", "application/json")


def attachment(content: str | bytes, name: str, kind: str) -> HttpResponse:
    """A file to keep; its name says nothing of the asker."""
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
