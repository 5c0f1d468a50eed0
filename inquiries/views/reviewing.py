"""The page that shows what was found before something goes, and the buttons that lead from it."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inquiries.forms.once import OnceForm
from inquiries.forms.review import KEEP, MASK, Review

PAGE = "inquiries/review.html"
# What the buttons send as `step`; without one it is sent.
SEND, CHECK, CONFIRM, CHANGE = "send", "check", "confirm", "change"
ALL_TO = {"mask-all": MASK, "keep-all": KEEP}

Pairs = Iterable[tuple[str, str]]


def goes_on(step: str, looked: Review) -> bool:
    """Whether it goes now: its asker meant to send it, and there is nothing to see or decide first."""
    return step in (SEND, CONFIRM) and not looked.holds


def names_of_files(looked: Review) -> list[tuple[str, str]]:
    """The files that would go, for the summary."""
    names = [looked.name_of(look.file) for look in looked.files]
    return [(_("File %(number)d") % {"number": number}, name) for number, name in enumerate(names, start=1)]


def shown(
    request: HttpRequest, form: OnceForm, looked: Review, step: str, *, carried: Pairs, summary: Pairs, is_reply: bool = False
) -> HttpResponse:
    """The page before sending: with an error where it came back undecided, with 422 where the asker meant to send."""
    if step == CONFIRM and (missing := len(looked.undecided)):
        sentence = ngettext("Decide about one more finding.", "Decide about %(n)d more findings.", missing)
        form.add_error(None, sentence % {"n": missing})
    if looked.misses_files:
        form.add_error("files", _("Choose your files again, since a page can't keep them; or tick to send it without them."))
    for sentence in looked.unmasked:
        form.add_error("files", sentence)
    context = {
        "form": form,
        "review": looked,
        "was_sent": step == SEND,
        "carried": carried,
        "summary": summary,
        "action": request.path,
        "is_reply": is_reply,
    }
    status = form.status if form.wait else 422 if step in (SEND, CONFIRM) else 200
    response = render(request, PAGE, context, status=status)
    if form.wait:
        response["Retry-After"] = str(form.wait.seconds)
    return response
