from __future__ import annotations

import uuid
from smtplib import SMTPException

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.mail import EmailMessage
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from organisations import services
from organisations.adapters import INVITATION_KEY, has_second_factor, way_to_second_factor
from organisations.forms import ChangedOrganisationForm, InviteForm, NameForm, OrganisationForm, TokenForm
from organisations.models import ApiToken, Kind, Organisation, Role
from organisations.permissions import may_found, may_have_tokens, may_manage_any, person, requires, scopes_for

PAGE = 50


@requires(may_manage_any)
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The organisations whose members the user manages."""
    form = NameForm(request.GET)
    managed = Organisation.objects.managed_by(person(request))
    if form.is_valid() and (words := form.cleaned_data["name"]):
        managed = managed.called(words)
    context = {
        "form": form,
        "page": Paginator(managed.with_counts().order_by("kind", "name", "pk"), PAGE).get_page(request.GET.get("page")),
        "may_found": may_found(request.user),
    }
    return render(request, "organisations/list.html", context, status=200 if form.is_valid() else 422)


@requires(may_found)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Let an organisation in; the page of its members, where its first people are invited, comes next."""
    is_sent = request.method == "POST"
    form = OrganisationForm(request.POST if is_sent else None, initial={"country": settings.COUNTRY})
    if is_sent and form.is_valid():
        said = form.cleaned_data
        try:
            made = services.found(**said | {"kind": Kind(said["kind"])}, by=person(request), now=timezone.now())
        except services.UnableToFound as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("%(name)s has been added. Invite its first people.") % {"name": made.name})
            return redirect("organisations:members", pk=made.pk)
    return render(request, "organisations/new.html", {"form": form}, status=422 if form.is_bound else 200)


@requires(may_found)
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    organisation = get_object_or_404(Organisation, pk=pk)
    form = ChangedOrganisationForm(request.POST if request.method == "POST" else None, organisation=organisation)
    if request.method == "POST" and form.is_valid():
        try:
            services.change(organisation, **{"functions": ()} | form.cleaned_data, by=person(request))
        except services.UnableToChange as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The change is in force."))
            return redirect("organisations:members", pk=pk)
    context = {"form": form, "organisation": organisation}
    return render(request, "organisations/change.html", context, status=422 if form.is_bound else 200)


def _managed(request: HttpRequest, pk: uuid.UUID) -> Organisation:
    return get_object_or_404(Organisation.objects.managed_by(person(request)), pk=pk)


@require_POST
def end_membership(request: HttpRequest, pk: uuid.UUID, member: int) -> HttpResponse:
    membership = _managed(request, pk).memberships.select_related("user").filter(pk=member).first()
    if membership is None:  # ended already
        return redirect("organisations:members", pk=pk)
    said = {"person": membership.user, "role": membership.get_role_display()}
    try:
        services.end_membership(membership, by=person(request))
    except services.UnableToEnd as error:
        return _members(request, _managed(request, pk), refused=str(error), status=409)
    messages.success(request, _("%(person)s is no longer %(role)s here.") % said)
    if membership.user_id == person(request).pk:  # who may be locked out of the page by that
        return redirect("home")
    return redirect("organisations:members", pk=pk)


@require_POST
def take_back(request: HttpRequest, pk: uuid.UUID, ref: uuid.UUID) -> HttpResponse:
    if found := _managed(request, pk).invitations.filter(pk=ref).first():
        services.take_back(found, by=person(request))
        messages.success(request, _("The invitation of %(email)s opens nothing any more.") % {"email": found.email})
    return redirect("organisations:members", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def members(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Who acts for an organisation, who is invited, and a form to invite."""
    organisation = _managed(request, pk)
    form = InviteForm(request.POST if request.method == "POST" else None, organisation=organisation)
    if request.method == "POST" and form.is_valid():
        try:
            invited, letter = services.invite(
                organisation=organisation,
                email=form.cleaned_data["email"],
                role=Role(form.cleaned_data["role"]),
                by=person(request),
                now=timezone.now(),
            )
        except services.UnableToInvite as error:
            form.add_error(None, str(error))
        else:
            _send(request, letter, before=services.announcement(invited))
            return redirect("organisations:members", pk=organisation.pk)
    return _members(request, organisation, form=form, status=422 if form.is_bound else 200)


def _members(
    request: HttpRequest, organisation: Organisation, *, form: InviteForm | None = None, refused: str = "", status: int
) -> HttpResponse:
    held = organisation.memberships.select_related("user").order_by("user__name", "user__email", "role", "pk")
    context = {
        "organisation": organisation,
        "form": form or InviteForm(organisation=organisation),
        "page": Paginator(held, PAGE).get_page(request.GET.get("page")),
        "invitations": organisation.invitations.open(timezone.now()).order_by("-created_at", "pk")[:PAGE],
        "refused": refused,
        "may_change": may_found(request.user),
    }
    return render(request, "organisations/members.html", context, status=status)


def _send(request: HttpRequest, letter: EmailMessage, *, before: EmailMessage | None) -> None:
    """Send an invitation; where the letter that has to go before it can't leave, the invitation doesn't either."""
    try:
        if before:
            before.send()
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


@requires(may_have_tokens)
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """A person's own tokens, and a form to make one, which shows its secret this once."""
    if not has_second_factor(request):
        return _ask_second_factor(request)
    owner, today = person(request), timezone.localdate()
    offered = scopes_for(owner)
    form = TokenForm(request.POST if request.method == "POST" else None, offered=offered)
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
        "form": TokenForm(offered=offered) if made else form,
        "tokens": ApiToken.objects.of(owner).order_by("-made_on", "name", "pk")[:PAGE],
        "today": today,
    }
    return render(request, "organisations/tokens.html", context, status=422 if form.errors else 200)


@requires(may_have_tokens)
@require_POST
def revoke_token(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    if not has_second_factor(request):
        return _ask_second_factor(request)
    token = get_object_or_404(ApiToken.objects.of(person(request)), pk=pk)
    services.revoke_token(token, by=person(request), today=timezone.localdate())
    messages.success(request, _("The token “%(name)s” opens nothing any more.") % {"name": token.name})
    return redirect("organisations:tokens")


def _ask_second_factor(request: HttpRequest) -> HttpResponse:
    """Where a second factor is confirmed, or got first: a token outlives the session that made it, a member's as an official's."""
    return redirect(way_to_second_factor(request, back=reverse("organisations:tokens")))
