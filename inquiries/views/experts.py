"""The pages of an outside expert: a code, the excerpt, an answer. No account, no cookie, and nothing else of the case."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inquiries.forms.experts import CodeForm, ExpertAnswerForm
from inquiries.models import ExpertRequest
from inquiries.services import experts
from inquiries.views.strangers import for_strangers
from keystore.services import UnableToReachKeys

View = Callable[..., HttpResponse]


def _by_link(view: View) -> View:
    """A page behind an expert's link. Whatever is no good link, for whatever reason, is the same page with 404."""

    @wraps(view)
    def guarded(request: HttpRequest, token: str) -> HttpResponse:
        try:
            asked = experts.find(token, today=timezone.localdate())
            if not asked.is_open:
                return render(request, "inquiries/expert/done.html", {"asked": asked})
            return view(request, token, asked)
        except experts.UnableToFind:
            return render(request, "inquiries/expert/gone.html", status=404)
        except UnableToReachKeys:
            return render(request, "inquiries/expert/unreachable.html", {"typed": request.POST.get("text", "")}, status=503)

    return guarded


@for_strangers("GET", "HEAD", "POST")
@_by_link
def expert(request: HttpRequest, token: str, asked: ExpertRequest) -> HttpResponse:
    """The excerpt behind a link, once the code is right."""
    form = CodeForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _ask_for_code(request, token, asked, form)
    try:
        shown = experts.open_with_code(token, code=form.cleaned_data["code"], today=timezone.localdate())
    except experts.WrongCode as error:
        if not error.left:
            raise experts.UnableToFind from error
        form.add_error("code", _wrong(error.left))
        return _ask_for_code(request, token, asked, form)
    return _excerpt(request, token, shown, form.cleaned_data["code"], typed=form.cleaned_data["text"])


@for_strangers("POST")
@_by_link
def answer(request: HttpRequest, token: str, asked: ExpertRequest) -> HttpResponse:
    today = timezone.localdate()
    code = experts.code_of_visit(asked, request.POST.get("visit", "")[:300], now=timezone.now())
    if code is None:
        again = CodeForm({"code": "", "text": request.POST.get("text", "")})
        again.full_clean()
        again.errors.clear()
        again.add_error("code", _("Your visit has lasted too long. Type the code again; what you wrote is kept."))
        return _ask_for_code(request, token, asked, again)
    form = ExpertAnswerForm(request.POST)
    if not form.is_valid():
        return _excerpt(request, token, experts.open_with_code(token, code=code, today=today), code, form=form)
    answered = experts.answer(token, code=code, text=form.cleaned_data["text"], today=today)
    return render(request, "inquiries/expert/done.html", {"asked": answered})


def _ask_for_code(request: HttpRequest, token: str, asked: ExpertRequest, form: CodeForm) -> HttpResponse:
    context = {"form": form, "asked": asked, "token": token}
    return render(request, "inquiries/expert/code.html", context, status=422 if form.is_bound else 200)


def _excerpt(
    request: HttpRequest, token: str, shown: experts.Shown, code: str, *, form: ExpertAnswerForm | None = None, typed: str = ""
) -> HttpResponse:
    sealed = experts.visit(shown.asked, code, now=timezone.now())
    context = {
        "shown": shown,
        "asked": shown.asked,
        "token": token,
        "form": form or ExpertAnswerForm(initial={"visit": sealed, "text": typed}),
    }
    return render(request, "inquiries/expert/excerpt.html", context, status=422 if form else 200)


def _wrong(left: int) -> str:
    return ngettext(
        "This is not the code of this link. You may try once more; then the link is dead.",
        "This is not the code of this link. You may try %(left)d more times; then the link is dead.",
        left,
    ) % {"left": left}
