"""Returning with a receipt, which is never in an address; no session, no account.

Nothing is stored about a visit, not even that there was one: what is new to the asker is what came since their own last words.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inquiries import lifecycle, receipts
from inquiries.cleaning.kinds import MOST_BYTES
from inquiries.forms.asking import ReplyForm, ReturnForm
from inquiries.forms.files import MOST_FILES
from inquiries.forms.returning import EraseForm, FileForm, PassForm, RotateForm
from inquiries.forms.review import Review, review_reply
from inquiries.models import Inquiry
from inquiries.services import asking, attachments, closing, erasing, readers, rotation, thread
from inquiries.services.asking import OpenInquiry
from inquiries.services.casebook import UnableToMove
from inquiries.transfers import download
from inquiries.views import modes, receipt, reviewing
from inquiries.views.askers import ask_for_receipt, askers_button, unreachable
from inquiries.views.reminders import reminder_form
from inquiries.views.strangers import for_strangers
from keystore.services import UnableToReachKeys
from organisations.uploads import takes_files

# What the asker reads of the history: days and plain words, nobody's name.
HISTORY = {
    "received": gettext_lazy("You asked"),
    "take": gettext_lazy("An official took it in hand"),
    "route": gettext_lazy("It was handed to the agency that knows most about it"),
    "portal-routes": gettext_lazy("It was sorted by the office's rules"),
    "hand-over": gettext_lazy("It was handed to another official"),
    "mask": gettext_lazy("We hid a passage"),
    "unmask": gettext_lazy("We show a hidden passage again"),
    "redact": gettext_lazy("We took a passage out for good"),
    "mask-file": gettext_lazy("We hid a file"),
    "unmask-file": gettext_lazy("We show a hidden file again"),
    "redact-file": gettext_lazy("We took a file out for good"),
    "ask-back": gettext_lazy("We asked you something"),
    "answer": gettext_lazy("We answered"),
    "extend": gettext_lazy("We put off the answer"),
    "portal-escalates": gettext_lazy("The answer is overdue, and a supervisor was told"),
    "portal-escalates-taking": gettext_lazy("Nobody took it in time, and a supervisor was told"),
    "asker-writes": gettext_lazy("You wrote"),
    "close": gettext_lazy("We closed it"),
    "asker-settles": gettext_lazy("You said that the answer settles it"),
    "asker-closes": gettext_lazy("You closed it"),
    "asker-reopens": gettext_lazy("You said that you still need help"),
    "asker-rotates": gettext_lazy("The receipt was exchanged for a new one"),
    "consult": gettext_lazy("We asked another agency for its view; it reads your question for that"),
    "portal-dismisses-agency": gettext_lazy("An agency that had read your question reads it no more"),
    "consult-expert": gettext_lazy("We asked an outside expert, who sees an excerpt that we wrote and not your question"),
    "asker-upgrades": gettext_lazy("You said who you are"),
    "asker-corrects": gettext_lazy("You corrected who you are"),
    "reveal": gettext_lazy("An official who works on it looked at who asks"),
}


@for_strangers("GET", "HEAD", "POST")
def come_back(request: HttpRequest) -> HttpResponse:
    form = ReturnForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        secret = form.cleaned_data["receipt"]
        try:
            return _conversation(request, asking.open_with_receipt(secret), secret)
        except asking.UnableToReturn:
            form.add_error("receipt", _("We know no inquiry with this receipt. It was mistyped, or the inquiry has been erased."))
        except UnableToReachKeys:
            return unreachable(request)
    return render(request, "inquiries/return.html", {"form": form}, status=422 if form.is_bound else 200)


@takes_files(most=MOST_FILES, each=MOST_BYTES)
@askers_button
def reply(request: HttpRequest) -> HttpResponse:
    secret = _secret(request)
    opened = asking.open_with_receipt(secret)  # before anything is looked at: a file costs more than a receipt
    form = ReplyForm(request.POST, request.FILES)
    step = request.POST.get("step", reviewing.SEND)
    if step == reviewing.CHANGE:
        return _conversation(request, opened, secret, form=_opened_again(request))
    if not form.is_valid():
        return _conversation(request, opened, secret, form=form, status=form.status)
    looked = review_reply(form, all_to=reviewing.ALL_TO.get(step, ""))
    if not reviewing.goes_on(step, looked):
        return _show_review(request, form, looked, step)
    if not form.is_admitted_to(opened.inquiry.pk, now=timezone.now()):
        return _conversation(request, opened, secret, form=form, status=form.status)
    text = looked.masked("text", form.cleaned_data["text"])
    try:
        asking.write_again(
            opened=opened, text=text, files=looked.sent_files(), form=form.cleaned_data["once"], today=timezone.localdate()
        )
    except attachments.UnableToKeep as error:
        form.add_error("files", str(error))
        return _conversation(request, opened, secret, form=form, status=form.status)
    return _conversation(request, opened, secret, done=_("Your message has been sent."))


def _show_review(request: HttpRequest, form: ReplyForm, looked: Review, step: str) -> HttpResponse:
    typed = [(name, form.cleaned_data[name]) for name in ("visit", "text")]
    summary = [(_("Your message"), looked.masked("text", form.cleaned_data["text"])), *reviewing.names_of_files(looked)]
    return reviewing.shown(request, form, looked, step, carried=typed, summary=summary, is_reply=True)


def _opened_again(request: HttpRequest) -> ReplyForm:
    """The form with what was typed in it, to change; nothing is refused yet."""
    return ReplyForm(initial={name: request.POST.get(name, "") for name in ("once", "visit", "text", "looked")})


@askers_button
def file(request: HttpRequest) -> HttpResponseBase:
    """Download a file of the conversation."""
    opened = asking.open_with_receipt(_secret(request))
    form = FileForm(request.POST)
    if not form.is_valid():
        raise Http404
    try:
        return download(thread.file(opened, form.cleaned_data["file"]))
    except attachments.UnableToFind as error:
        raise Http404 from error


@askers_button
def settle(request: HttpRequest) -> HttpResponse:
    return _move(request, closing.settle, done=_("Thank you. Your question is closed."))


@askers_button
def reopen(request: HttpRequest) -> HttpResponse:
    return _move(request, closing.reopen, done=_("Your question is open again. Write below what is still missing."))


@askers_button
def close(request: HttpRequest) -> HttpResponse:
    return _move(request, closing.close, done=_("Your question is closed."))


@askers_button
def rotate(request: HttpRequest) -> HttpResponse:
    """First what it means, then the new receipt."""
    secret = _secret(request)
    if "once" not in request.POST:
        asking.open_with_receipt(secret)
        return render(request, "inquiries/rotate.html", {"form": RotateForm(initial={"visit": request.POST["visit"]})})
    form = RotateForm(request.POST)
    if not form.is_valid():
        return render(request, "inquiries/rotate.html", {"form": form}, status=422)
    new = rotation.rotate(secret=secret, form=form.cleaned_data["once"], today=timezone.localdate())
    filed = asking.Filed(asking.open_with_receipt(new).inquiry, receipts.write(new))
    return receipt.shown(request, filed, is_exchanged=True)


@askers_button
def erase(request: HttpRequest) -> HttpResponse:
    """First what it means, then it is done; sent twice, it says so again."""
    secret = _secret(request)
    is_sure = "step" in request.POST
    form = EraseForm(request.POST) if is_sure else EraseForm(initial={"visit": request.POST["visit"]})
    try:
        opened = asking.open_with_receipt(secret)
    except asking.UnableToReturn:
        return render(request, "inquiries/erased.html", {"is_known": False}) if is_sure else ask_for_receipt(request)
    if not form.is_valid():
        return render(request, "inquiries/erase.html", {"form": form, "inquiry": opened.inquiry}, status=422 if is_sure else 200)
    erasing.erase(opened=opened, today=timezone.localdate())
    return render(request, "inquiries/erased.html", {"is_known": True})


def _secret(request: HttpRequest) -> bytes:
    """The secret of the visit's pass that was sent; raises UnableToReturn."""
    form = PassForm(request.POST)
    form.is_valid()
    return asking.open_visit(form.cleaned_data.get("visit", ""), now=timezone.now())


def _move(request: HttpRequest, verb: Callable[..., Inquiry], *, done: str) -> HttpResponse:
    secret = _secret(request)
    opened = asking.open_with_receipt(secret)
    try:
        verb(opened=opened, today=timezone.localdate())
    except UnableToMove:
        refused = _("That is not possible as the question stands now. Look at it anew.")
        return _conversation(request, opened, secret, refused=refused, status=409)
    return _conversation(request, opened, secret, done=done)


def _conversation(
    request: HttpRequest,
    opened: OpenInquiry,
    secret: bytes,
    *,
    form: ReplyForm | None = None,
    done: str = "",
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    inquiry = opened.inquiry
    inquiry.refresh_from_db()
    words = thread.read(opened)
    visit = asking.visit(secret, now=timezone.now())
    context = {
        "inquiry": inquiry,
        "thread": words,
        "read": len(words.lines) - words.new,
        "history": _history(inquiry),
        "readers": readers.agencies(inquiry),
        "moves": lifecycle.moves_from(inquiry.state),
        "form": form or ReplyForm(initial={"visit": visit}),
        "visit": visit,
        "reminders": reminder_form(inquiry),
        "done": done,
        "refused": refused,
        **modes.about_asker(request, opened),
    }
    response = render(request, "inquiries/conversation.html", context, status=status)
    if form and form.wait:
        response["Retry-After"] = str(form.wait.seconds)
    return response


def show(request: HttpRequest, secret: bytes, *, done: str = "", refused: str = "", status: int = 200) -> HttpResponse:
    """The page of the inquiry that a pass's secret opens; raises UnableToReturn."""
    return _conversation(request, asking.open_with_receipt(secret), secret, done=done, refused=refused, status=status)


def _history(inquiry: Inquiry) -> list[tuple[date, str]]:
    """What happened on which day, as far as it concerns the asker."""
    events = inquiry.events.order_by("position").values_list("kind", "on")
    return [(on, str(HISTORY[kind])) for kind, on in events if kind in HISTORY]
