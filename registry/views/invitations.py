"""Invitations that an association has sent, and the page that the letter leads to."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from organisations.models import Organisation
from organisations.origins import guarded_without_cookie
from organisations.permissions import associations_of, person, requires
from organisations.uploads import takes_files
from registry import addressees
from registry.forms.invitations import AddresseesForm, WishForm
from registry.models import InvitationRound, ListingInvitation
from registry.permissions import may_invite, may_invite_any
from registry.services import inviting
from registry.views.entries import refuse_parameters

ROUNDS_SHOWN = 25


@takes_files(most=1, each=addressees.MOST_BYTES)
@requires(may_invite_any)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitations(request: HttpRequest) -> HttpResponse:
    """What was sent, and a form for the next: first a dry run, then the letters."""
    refuse_parameters(request)
    association = _association(request)
    form = AddresseesForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    # Of a file nobody has read yet what is wrong with its lines: it is tried first, whichever button was pressed.
    if form.is_valid() and "send" in request.POST and not form.has_file and _send(request, association, form):
        return redirect("registry:invitations")
    is_tried = form.is_bound and form.is_valid()
    if is_tried and not form.sound:
        form.add_error("people", _("No line can be used as it is. What is wrong with each stands on this page."))
    context = {
        "association": association,
        "form": form,
        "is_tried": is_tried,
        "rounds": InvitationRound.objects.filter(association=association).order_by("-on", "pk")[:ROUNDS_SHOWN],
    }
    return render(request, "registry/invitations.html", context, status=422 if form.errors else 200)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guarded_without_cookie
def invited(request: HttpRequest, token: str) -> HttpResponse:
    """What an invited firm reads: accept, or never get such a letter again. No account, no cookie."""
    found = _invitation(token)
    form = WishForm(request.POST if request.method == "POST" else None, initial={"country": settings.COUNTRY})
    if form.is_valid():
        found = inviting.accept(invitation=found, wish=form.wish, now=timezone.now())
        form = WishForm()
    context = {"invitation": found, "form": form, "token": token}
    return render(request, "registry/invited.html", context, status=422 if form.is_bound else 200)


@login_not_required
@require_POST
@guarded_without_cookie
def stop(request: HttpRequest, token: str) -> HttpResponse:
    found = inviting.stop(invitation=_invitation(token))
    return render(request, "registry/invited.html", {"invitation": found, "token": token})


def _invitation(token: str) -> ListingInvitation:
    found = inviting.find(token=token)
    if found is None:
        raise Http404
    return found


def _association(request: HttpRequest) -> Organisation:
    return next(found for found in associations_of(request.user) if may_invite(request.user, found))


def _send(request: HttpRequest, association: Organisation, form: AddresseesForm) -> bool:
    said: dict[str, Any] = {"by": person(request), "today": timezone.localdate(), "now": timezone.now()}
    try:
        sent = inviting.send(association=association, addressees=form.found, **said)
    except inviting.UnableToInvite as error:
        raise PermissionDenied from error
    except inviting.TooMany:
        form.add_error(None, _("An association has at most %(most)s invitations sent in thirty days.") % {"most": inviting.MOST})
        return False
    if sent is None:
        messages.info(
            request, _("Nobody was left to write to: all of them were written to within a year, or want no such letters.")
        )
        return True
    told = ngettext("%(number)s invitation is on its way.", "%(number)s invitations are on their way.", sent.sent)
    messages.success(request, told % {"number": sent.sent})
    return True
