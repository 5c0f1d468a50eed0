"""Asking: no session, no account, no cookie. A question goes at once unless there is something that its asker should see first."""

from __future__ import annotations

from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from catalogue.models import Segment
from inquiries.forms.asking import AskForm, details_of
from inquiries.forms.offering import OfferForm
from inquiries.forms.once import OnceForm
from inquiries.forms.review import KEEP, MASK, Review, offers, review
from inquiries.services import admission, asking
from inquiries.views import receipt
from inquiries.views.strangers import for_strangers, show_form
from keystore.services import UnableToReachKeys

FORM, REVIEW = "inquiries/ask.html", "inquiries/review.html"
# What the buttons send as `step`; without one a question is sent.
SEND, CHECK, CONFIRM, CHANGE = "send", "check", "confirm", "change"
ALL_TO = {"mask-all": MASK, "keep-all": KEEP}


@for_strangers("GET", "HEAD", "POST")
def ask(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, FORM, {"form": OnceForm(), "fields": _blank_fields()})
    step = request.POST.get("step", SEND)
    if step == CHANGE:
        return render(request, FORM, {"form": _opened_again(request)})
    form = AskForm(request.POST)
    if not form.is_valid():
        return show_form(request, FORM, form)
    looked = review(form, all_to=ALL_TO.get(step, ""))
    if step not in (SEND, CONFIRM) or looked.holds:
        return _show_review(request, form, looked, step)
    if not form.is_admitted(now=timezone.now()):
        return show_form(request, REVIEW if step == CONFIRM else FORM, form, **_reviewed(form, looked))
    return _send(request, form, looked)


@for_strangers("POST")
def offer(request: HttpRequest) -> HttpResponse:
    """Published answers that may help with what is being written: a piece of a page, for a script. Nothing is kept of the words."""
    form = OfferForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    if wait := admission.here.hold_look(now=timezone.now().timestamp()):
        return HttpResponse(status=429, headers={"Retry-After": str(wait)})
    found = offers(form.cleaned_data["text"], topic=form.cleaned_data["topic"])
    return render(request, "inquiries/ask/offers.html", {"answers": found, "offered": " ".join(str(each.pk) for each in found)})


def _show_review(request: HttpRequest, form: AskForm, looked: Review, step: str) -> HttpResponse:
    """The page before sending; with an error where it came back undecided, and with 422 where the asker meant to send."""
    if step == CONFIRM and (missing := len(looked.undecided)):
        form.add_error(
            None, ngettext("Decide about one more finding.", "Decide about %(n)d more findings.", missing) % {"n": missing}
        )
    context = {"form": form, "was_sent": step == SEND, **_reviewed(form, looked)}
    return render(request, REVIEW, context, status=422 if step in (SEND, CONFIRM) else 200)


def _reviewed(form: AskForm, looked: Review) -> dict[str, object]:
    return {"review": looked, "summary": form.summary(looked.mend(form.cleaned_data))}


def _send(request: HttpRequest, form: AskForm, looked: Review) -> HttpResponse:
    asked = looked.mend(form.cleaned_data)
    try:
        filed = asking.submit(
            topic=asked["topic"],
            subject=asked["subject"],
            text=asked["text"],
            segments=asked["segments"],
            destination=asked["destination"],
            details=details_of(asked),
            form=asked["once"],
            today=timezone.localdate(),
        )
    except UnableToReachKeys:
        form.add_error(None, _("Your question could not be locked away just now, so it was not sent. Send it again in a minute."))
        return render(request, FORM, {"form": form}, status=503)
    return receipt.shown(request, filed)


def _opened_again(request: HttpRequest) -> AskForm:
    """The form with what was typed in it, to change; nothing is refused yet."""
    sent = AskForm(request.POST)
    several = ("segments", "red_flags")
    typed = {name: request.POST.getlist(name) if name in several else request.POST.get(name, "") for name in sent.fields}
    return AskForm(initial={name: value for name, value in typed.items() if value})


def _blank_fields() -> str:
    """The fields of a form that nobody has written in yet: the same for everybody, so they are rendered once."""
    areas = Segment.objects.areas().values_list("code", "label")
    return _rendered_fields(get_language(), tuple(areas))


@lru_cache(maxsize=16)
def _rendered_fields(language: str | None, areas: tuple[tuple[str, str], ...]) -> str:  # noqa: ARG001  what the fields depend on
    return render_to_string("inquiries/ask/fields.html", {"form": AskForm()})
