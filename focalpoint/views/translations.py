"""An advisory in other languages, at the desk."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language_info
from django.views.decorators.http import require_http_methods, require_POST

from advisories import permissions
from advisories.forms import RemoveForm, TranslationForm
from advisories.models import Advisory
from advisories.services import editing, translating
from organisations.permissions import person, requires


@requires(permissions.may_draft)
@require_http_methods(["GET", "HEAD", "POST"])
def translate(request: HttpRequest, pk: uuid.UUID, language: str) -> HttpResponse:
    found = _editable(request, pk, language)
    form = TranslationForm(request.POST or None, advisory=found, language=language)
    if request.method == "POST" and form.is_valid():
        try:
            seen = form.cleaned_data["revision"] or 0
            user, now = person(request), timezone.now()
            translating.translate(found, language=language, texts=form.texts, revision=seen, by=user, now=now)
            return redirect("focalpoint:advisory", pk=pk)
        except editing.UnableTo as error:
            form.add_error(None, str(error))
    return _page(request, found, language, form, status=422 if form.is_bound else 200)


@requires(permissions.may_draft)
@require_POST
def remove(request: HttpRequest, pk: uuid.UUID, language: str) -> HttpResponse:
    found, form = _editable(request, pk, language), RemoveForm(request.POST)
    typed = TranslationForm(advisory=found, language=language)
    if not form.is_valid():
        return _page(request, found, language, typed, status=422, refused=form.why)
    try:
        seen = form.cleaned_data["revision"]
        translating.remove(found, language=language, revision=seen, by=person(request), now=timezone.now())
    except editing.UnableTo as error:
        return _page(request, found, language, typed, status=409, refused=str(error))
    return redirect("focalpoint:advisory", pk=pk)


def _editable(request: HttpRequest, pk: uuid.UUID, language: str) -> Advisory:
    found = get_object_or_404(Advisory.objects.for_desk(request.user).for_list(), pk=pk)
    if not permissions.may_edit(request.user, found):
        raise PermissionDenied
    if language not in dict(settings.ADVISORY_LANGUAGES) or language == found.language:
        raise Http404
    return found


def _page(
    request: HttpRequest, found: Advisory, language: str, form: TranslationForm, *, status: int, refused: str = ""
) -> HttpResponse:
    context = {
        "advisory": found,
        "into": get_language_info(language),
        "form": form,
        "is_there": any(each.language == language for each in found.translated),
        "refused": refused,
    }
    return render(request, "focalpoint/advisories/translation.html", context, status=status)
