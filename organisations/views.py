from __future__ import annotations

import uuid
from smtplib import SMTPException

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMessage
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from organisations import services
from organisations.adapters import INVITATION_KEY, has_second_factor
from organisations.forms import InviteForm, TokenForm
from organisations.models import ApiToken, Organisation, Role
from organisations.permissions import is_official, may_manage_members, person, requires

PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
def members(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Who acts for an organisation, who is invited, and a form to invite."""
    organisation = get_object_or_404(Organisation, pk=pk)
    if not may_manage_members(request.user, organisation):
        raise Http404
    form = InviteForm(request.POST or None, organisation=organisation)
    if request.method == "POST" and form.is_valid():
        try:
            _invitation, letter = services.invite(
                organisation=organisation,
                email=form.cleaned_data["email"],
                role=Role(form.cleaned_data["role"]),
                by=person(request),
                now=timezone.now(),
            )
        except services.UnableToInvite as error:
            form.add_error(None, str(error))
        else:
            _send(request, letter)
            return redirect("organisations:members", pk=organisation.pk)
    held = organisation.memberships.select_related("user").order_by("user__name", "user__email", "role", "pk")
    context = {
        "organisation": organisation,
        "form": form,
        "page": Paginator(held, PAGE).get_page(request.GET.get("page")),
        "invitations": organisation.invitations.open(timezone.now()).order_by("-created_at", "pk")[:PAGE],
    }
    return render(request, "organisations/members.html", context, status=422 if form.is_bound else 200)


def _send(request: HttpRequest, letter: EmailMessage) -> None:
    try:
        letter.send()
    except (SMTPException, OSError):
        messages.error(request, _("The mail server did not take the invitation. Invite the same address again in a while."))
    else:
        messages.success(request, _("The invitation is on its way to %(email)s.") % {"email": letter.to[0]})


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    found = services.find_invitation(token=token, now=timezone.now())
    if found is None:
        return render(request, "organisations/invitation_gone.html", status=404)
    request.session[INVITATION_KEY] = token  # opens sign-up to this visitor
    return render(request, "organisations/invitation.html", {"invitation": found, "token": token})


@require_POST
def accept(request: HttpRequest, token: str) -> HttpResponse:
    try:
        membership = services.accept(token=token, by=person(request), now=timezone.now())
    except services.UnableToAccept:
        return render(request, "organisations/invitation_gone.html", status=404)
    request.session.pop(INVITATION_KEY, None)
    messages.success(request, _("You now act for %(organisation)s.") % {"organisation": membership.organisation})
    return redirect("home")


@requires(is_official)
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """An official's own tokens, and a form to make one, which shows its secret this once."""
    _ask_second_factor(request)
    owner, today = person(request), timezone.localdate()
    form = TokenForm(request.POST if request.method == "POST" else None)
    made = None
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            made = services.make_token(
                name=said["name"], scopes=said["scopes"], days=said["days"], form=said["once"], by=owner, today=today
            )
        except services.UnableToMakeToken as error:
            form.add_error(None, str(error))
    context = {
        "made": made,
        "form": TokenForm() if made else form,
        "tokens": ApiToken.objects.of(owner).order_by("-made_on", "name", "pk")[:PAGE],
        "today": today,
    }
    return render(request, "organisations/tokens.html", context, status=422 if form.errors else 200)


@requires(is_official)
@require_POST
def revoke_token(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    _ask_second_factor(request)
    token = get_object_or_404(ApiToken.objects.of(person(request)), pk=pk)
    services.revoke_token(token, by=person(request), today=timezone.localdate())
    messages.success(request, _("The token “%(name)s” opens nothing any more.") % {"name": token.name})
    return redirect("organisations:tokens")


def _ask_second_factor(request: HttpRequest) -> None:
    """The middleware leads officials to their second factor before any page; a token is too much to rely on that alone."""
    if not has_second_factor(request):
        raise PermissionDenied
