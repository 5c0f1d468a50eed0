"""Where anybody verifies a proof of filing, and finds the office's public keys."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from inquiries import proofs
from inquiries.forms.returning import ProofForm
from inquiries.services import proving
from organisations.uploads import takes_files

LARGEST_BODY = 64 * 1024


@takes_files(most=1, each=LARGEST_BODY)
@login_not_required
@csrf_exempt  # it changes nothing, needs no cookie, and looks at the size before anything is read
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
        form = ProofForm({})
        form.add_error(None, _("That is too large to be a proof."))
        return _page(request, form, status=413)
    if request.method != "POST":
        return _page(request, ProofForm())
    form = ProofForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        found = proofs.verify(form.proof(), public_keys=proving.public_keys())
    except proofs.UnknownKey:
        form.add_error(None, _("This proof names a key that is not this office's: this office did not sign it."))
    except proofs.NotAProof:
        form.add_error(None, _("This office did not sign it so: it is no proof, or something in it was changed."))
    else:
        statement = found.statement
        return _page(request, ProofForm(), statement=statement, on=parse_date(statement.on))
    return _page(request, form, status=422)


@login_not_required
@require_safe
def keys(_request: HttpRequest) -> JsonResponse:
    """The public keys as a JSON Web Key Set."""
    return JsonResponse(proofs.key_set(proving.public_keys()), content_type="application/jwk-set+json")


def _page(request: HttpRequest, form: ProofForm, *, status: int = 200, **extra: object) -> HttpResponse:
    return render(request, "inquiries/proof.html", {"form": form, "keys": sorted(proving.public_keys()), **extra}, status=status)
