"""Reading advisories, and saying something back."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from advisories import permissions
from advisories.forms import LanguageForm, ListForm, RelayForm, ResponseForm, languages_wanted
from advisories.models import Advisory, Attachment, Response
from advisories.querysets import AdvisoryQuerySet
from advisories.services import dispatching, responding
from advisories.transfers import hand_out
from organisations.models import Organisation
from organisations.permissions import person, requires

PAGE = 20


@login_not_required
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The archive: all that is out within the visitor's reach, narrowed, searched and paged."""
    form = ListForm(request.GET)
    rows = visible(request).for_titles().with_translations()
    rows = form.narrow(rows) if form.is_valid() else rows.none()
    page = Paginator(rows, PAGE).get_page(form.cleaned_data.get("page"))
    wanted = languages_wanted(request, form.cleaned_data.get("language", ""))
    context = {
        "form": form,
        "page": page,
        "rows": [(advisory, advisory.version_for(wanted)) for advisory in page],
        "may_subscribe": permissions.may_subscribe(request.user),
        "taxii_address": settings.PUBLIC_URL + reverse("taxii-discovery"),
    }
    return render(request, "advisories/list.html", context, status=200 if form.is_valid() else 422)


@login_not_required
@require_safe
def detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _page(request, pk)


@login_not_required
@require_safe
def file(request: HttpRequest, pk: uuid.UUID, ref: uuid.UUID) -> HttpResponseBase:
    """Download a file of what one may read, as it stands; of what is withdrawn there is only the page, which says why."""
    mine = Attachment.objects.visible_to(request.user, today=timezone.localdate())
    found = get_object_or_404(mine, advisory=pk, pk=ref)
    if found.advisory.is_withdrawn:
        return _page(request, pk, status=HTTPStatus.GONE)
    return hand_out(request, found, is_public=found.advisory.is_for_everybody)


@requires(permissions.may_subscribe)
@require_POST
def acknowledge(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _respond(request, pk, ResponseForm(request.POST), responding.acknowledge)


@requires(permissions.may_subscribe)
@require_POST
def relay(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _respond(request, pk, RelayForm(request.POST), responding.relay)


def _respond(request: HttpRequest, pk: uuid.UUID, form: ResponseForm, verb: Callable[..., Response]) -> HttpResponse:
    """Say something back for one of the reader's organisations; a refusal shows the page again with what was typed."""
    user, advisory = person(request), get_object_or_404(visible(request), pk=pk)
    if not form.is_valid():
        return _page(request, pk, refused=form, status=422)
    mine = {each.pk: each for each in permissions.organisations_to_respond(user)}
    said = dict(form.cleaned_data)
    organisation = mine.get(said.pop("organisation"))
    if organisation is None:
        raise Http404
    try:
        verb(advisory, organisation=organisation, by=user, today=timezone.localdate(), **said)
    except responding.UnableToRespond as error:
        messages.error(request, str(error))
        return _page(request, pk, refused=form, status=409)
    messages.success(request, _("Thank you. The focal point sees it beside the advisory."))
    return redirect("advisories:detail", pk)


def _page(request: HttpRequest, pk: uuid.UUID, *, refused: ResponseForm | None = None, status: int = 200) -> HttpResponse:
    # What stands beside it is within the reader's reach too, or isn't there.
    reachable = visible(request)
    advisory = get_object_or_404(reachable.for_list().with_replacements(reachable), pk=pk)
    context = {
        "advisory": advisory,
        "words": advisory.version_for(languages_wanted(request, LanguageForm(request.GET).chosen)),
        "correction": reachable.filter(corrects=advisory).first(),
        "corrected": reachable.filter(pk=advisory.corrects_id).first() if advisory.corrects_id else None,
        "says_back": _says_back(request, advisory, refused),
    }
    return render(request, "advisories/detail.html", context, status=status)


@dataclass(frozen=True)
class SaysBack:
    """What one of the reader's organisations has said, and may say; no form where it may not pass the advisory on."""

    organisation: Organisation
    response: Response | None
    relay_form: ResponseForm | None
    was_sent: bool  # by the portal to its members


def _says_back(request: HttpRequest, advisory: Advisory, refused: ResponseForm | None) -> list[SaysBack]:
    mine = permissions.organisations_to_respond(request.user)
    said = {each.organisation_id: each for each in advisory.responses.filter(organisation__in=mine)} if mine else {}
    sent = set() if advisory.is_current or not mine else dispatching.associations_that_sent(advisory)
    return [SaysBack(each, said.get(each.pk), _relay_form(each, advisory, refused), each.pk in sent) for each in mine]


def _relay_form(organisation: Organisation, advisory: Advisory, refused: ResponseForm | None) -> ResponseForm | None:
    if not permissions.may_relay(organisation, advisory):
        return None
    if isinstance(refused, RelayForm) and refused.data.get("organisation") == str(organisation.pk):
        return refused
    return RelayForm(initial={"organisation": organisation.pk}, auto_id=f"relay_{organisation.pk}_%s")


def visible(request: HttpRequest) -> AdvisoryQuerySet:
    """What is out and within the visitor's reach."""
    return Advisory.objects.visible_to(request.user, today=timezone.localdate())
