"""An official suggests to a firm that it meets another. What comes of it the desk does not learn."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from focalpoint.views.delays import kept_look
from organisations.permissions import person, requires
from registry import gateway
from registry.forms.introductions import SuggestionForm
from registry.looking import suggesting
from registry.looking.forms import PairForm
from registry.permissions import may_suggest_any
from registry.services import suggesting as verbs


@requires(may_suggest_any)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def suggest(request: HttpRequest) -> HttpResponse:
    """Two entries, which of them gets the suggestion, and why. The answer is the same whether the firm is told or not."""
    said, today = kept_look(request), timezone.localdate()
    if said is None or not said.suits_suggesting:
        messages.warning(request, _("Say first that you look as the focal point, for matchmaking."))
        return redirect("focalpoint:registry-look")
    pair = PairForm(request.GET)
    if not pair.is_valid():
        raise BadRequest(" ".join(str(error) for errors in pair.errors.values() for error in errors))
    gate = said.gate(request.user, today=today)
    try:
        found = gate.several(pair.cleaned_data["entry"])
    except gateway.NotDisclosed as error:
        raise Http404 from error
    form = SuggestionForm(request.POST if request.method == "POST" else None, pair=found)
    if form.is_valid() and _suggest(request, gate, form):
        messages.success(request, str(suggesting.TAKEN_DOWN))
        return redirect("focalpoint:registry")
    compared = reverse("focalpoint:registry-compare", query={"entry": [str(listed.ref) for listed in found]})
    context = {"said": said.said, "pair": found, "compared": compared, "form": form, "days": verbs.OPEN_FOR.days}
    return render(request, "focalpoint/registry/suggest.html", context, status=422 if form.is_bound else 200)


def _suggest(request: HttpRequest, gate: gateway.Gate, form: SuggestionForm) -> bool:
    """Suggest, or say in the form why not: only ever what the office did itself, or what its cell shows."""
    try:
        suggesting.suggest(gate, form, by=person(request), today=timezone.localdate())
    except verbs.TooSoon:
        form.add_error(None, str(suggesting.TOO_SOON))
    except (gateway.NotDisclosed, verbs.UnableToSuggest):
        form.add_error(None, str(suggesting.UNABLE))
    else:
        return True
    return False
