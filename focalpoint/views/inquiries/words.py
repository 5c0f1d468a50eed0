"""Words inside one's own open cases."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from inquiries.forms.casework import WordsForm
from inquiries.permissions import may_see_queues
from inquiries.services import wordsearch
from organisations.permissions import person, requires


@requires(may_see_queues)
@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def words(request: HttpRequest) -> HttpResponse:
    form = WordsForm(request.POST if request.method == "POST" else None)
    finds = wordsearch.look_for(form.cleaned_data["words"], by=person(request)) if form.is_valid() else None
    context = {"form": form, "finds": finds, "most": wordsearch.MOST_CASES}
    return render(request, "focalpoint/inquiries/words.html", context, status=422 if form.is_bound and not form.is_valid() else 200)
