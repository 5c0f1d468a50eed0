"""Asking: no session, account or cookie, unless by name. A question goes at once unless its asker should see something first."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalogue.models import Segment
from inquiries import lifecycle
from inquiries.cleaning.kinds import MOST_BYTES
from inquiries.forms.asking import AskForm, details_of
from inquiries.forms.files import MOST_FILES
from inquiries.forms.identity import ConfidentialAskForm, NamedAskForm
from inquiries.forms.offering import OfferForm
from inquiries.forms.once import OnceForm
from inquiries.forms.review import Review, offers, review
from inquiries.permissions import may_ask_by_name
from inquiries.services import admission, asking
from inquiries.views import receipt, reviewing
from inquiries.views.strangers import for_members, for_strangers, show_form
from keystore.services import UnableToReachKeys
from organisations.permissions import person
from organisations.querysets import prepared
from organisations.uploads import takes_files

FORM = "inquiries/ask.html"


@takes_files(most=MOST_FILES, each=MOST_BYTES)
@for_strangers("GET", "HEAD", "POST")
def ask(request: HttpRequest) -> HttpResponse:
    return _ask(request, AskForm, mode=lifecycle.ANONYMOUS)


@takes_files(most=MOST_FILES, each=MOST_BYTES)
@for_strangers("GET", "HEAD", "POST")
def ask_confidentially(request: HttpRequest) -> HttpResponse:
    return _ask(request, ConfidentialAskForm, mode=lifecycle.CONFIDENTIAL)


@takes_files(most=MOST_FILES, each=MOST_BYTES)
@for_members("GET", "HEAD", "POST")
def ask_by_name(request: HttpRequest) -> HttpResponse:
    user = person(request)
    if not may_ask_by_name(user):
        return render(request, "inquiries/modes/no_organisation.html", status=403)
    return _ask(request, partial(NamedAskForm, user=user), mode=lifecycle.NAMED)


def _ask(request: HttpRequest, make: Callable[..., AskForm], *, mode: str) -> HttpResponse:
    if request.method != "POST" and request.GET.get("about"):
        return render(request, FORM, {"form": _beside(request, make), "mode": mode})
    if request.method != "POST":
        blank = {"form": OnceForm(), "fields": _blank_fields()} if mode == lifecycle.ANONYMOUS else {"form": make()}
        return render(request, FORM, {**blank, "mode": mode})
    step = request.POST.get("step", reviewing.SEND)
    if step == reviewing.CHANGE:
        return render(request, FORM, {"form": _opened_again(request, make), "mode": mode})
    form = make(request.POST, request.FILES)
    if not form.is_valid():
        return show_form(request, FORM, form, mode=mode)
    looked = review(form, all_to=reviewing.ALL_TO.get(step, ""))
    if not reviewing.goes_on(step, looked):
        return _show_review(request, form, looked, step)
    if not form.is_admitted(now=timezone.now()):
        return _show_review(request, form, looked, step) if step == reviewing.CONFIRM else show_form(request, FORM, form, mode=mode)
    return _send(request, form, looked, mode=mode)


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
    summary = [*form.summary(looked.mend(form.cleaned_data)), *reviewing.names_of_files(looked)]
    return reviewing.shown(request, form, looked, step, carried=form.typed(), summary=summary)


def _send(request: HttpRequest, form: AskForm, looked: Review, *, mode: str) -> HttpResponse:
    asked = looked.mend(form.cleaned_data)
    try:
        filed = asking.submit(
            topic=asked["topic"],
            subject=asked["subject"],
            text=asked["text"],
            segments=asked["segments"],
            destination=asked["destination"],
            details=details_of(asked),
            objects_to_publication=asked["objects_to_publication"],
            about=asked["about"].word if asked["about"] else "",
            is_sighting=asked["sighting"],
            identity=form.identity(),
            files=looked.sent_files(),
            form=asked["once"],
            today=timezone.localdate(),
        )
    except UnableToReachKeys:
        form.add_error(None, _("Your question could not be locked away just now, so it was not sent. Send it again in a minute."))
        return render(request, FORM, {"form": form, "mode": mode}, status=503)
    return receipt.shown(request, filed)


def _beside(request: HttpRequest, make: Callable[..., AskForm]) -> AskForm:
    """The form of somebody who comes from what it is about. It is not the blank one, and nothing of it is kept."""
    form = make(initial={"about": request.GET["about"], "sighting": request.GET.get("sighting") == "1"})
    form.begin()
    return form


def _opened_again(request: HttpRequest, make: Callable[..., AskForm]) -> AskForm:
    """The form with what was typed in it, to change; nothing is refused yet."""
    sent = make(request.POST)
    several = ("segments", "red_flags")
    typed = {name: request.POST.getlist(name) if name in several else request.POST.get(name, "") for name in sent.fields}
    return make(initial={name: value for name, value in typed.items() if value})


def _blank_fields() -> str:
    """The fields of a form that nobody has written in yet: the same for everybody, so they are rendered once."""
    return _rendered_fields(get_language(), tuple(_areas()))


@prepared
def _areas() -> QuerySet[Segment, tuple[str, str]]:
    return Segment.objects.areas().values_list("code", "label")


@lru_cache(maxsize=16)
def _rendered_fields(language: str | None, areas: tuple[tuple[str, str], ...]) -> str:  # noqa: ARG001  what the fields depend on
    parts = ("inquiries/ask/fields.html", "inquiries/modes/fields.html")
    return mark_safe("".join(render_to_string(part, {"form": AskForm(), "mode": lifecycle.ANONYMOUS}) for part in parts))  # noqa: S308  rendered above
