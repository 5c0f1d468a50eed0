"""Webhooks of an organisation: entering them, their log, and the buttons beside it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from advisories import permissions
from advisories.forms import RotateForm, SwitchForm, WebhookForm
from advisories.models import Advisory, Webhook, WebhookDelivery
from advisories.services import webhooks
from mailroom import doorbell
from organisations.adapters import has_second_factor, way_to_second_factor
from organisations.models import Organisation
from organisations.permissions import person, requires

IN_LOG = 100
MOST_SHOWN = 100  # of webhooks; an organisation has few, and a person acts for few
DELIVER = "advisories.tasks.deliver_webhooks"

View = TypeVar("View", bound=Callable[..., HttpResponse])


def with_second_factor(view: View) -> View:
    """What is made here outlives the session, so a password alone does not do; ask for more, or where to get it first."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if has_second_factor(request):
            return view(request, *args, **kwargs)
        back = request.path if request.method in ("GET", "HEAD") else reverse("advisories:subscription")
        return redirect(way_to_second_factor(request, back=back))

    return guarded  # type: ignore[return-value]


@requires(permissions.may_subscribe)
@with_second_factor
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """The webhooks of the person's organisations, and a form to add one, which shows its secret this once."""
    user = person(request)
    organisations = permissions.organisations_to_subscribe(user)
    form = WebhookForm(request.POST if request.method == "POST" else None, organisations=organisations)
    made = None
    if form.is_valid():
        said = form.cleaned_data
        try:
            made = webhooks.add(
                organisation=said["organisation"],
                url=said["url"],
                segments=said["segments"],
                form=said["once"],
                by=user,
                now=timezone.now(),
            )
        except webhooks.UnableTo as error:
            form.add_error("url", str(error))
    rows = Webhook.objects.of(organisations).select_related("organisation").prefetch_related("segments")
    context = {
        "made": made,
        "form": WebhookForm(organisations=organisations) if made else form,
        "rows": rows.order_by("organisation__name", "url", "pk")[:MOST_SHOWN],
    }
    return render(request, "advisories/webhooks.html", context, status=422 if form.errors else 200)


@requires(permissions.may_subscribe)
@with_second_factor
@never_cache
@require_safe
def detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _page(request, _mine(request, pk))


@requires(permissions.may_subscribe)
@with_second_factor
@never_cache
@require_POST
def rotate(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    webhook, form = _mine(request, pk), RotateForm(request.POST)
    if not form.is_valid():
        raise BadRequest
    try:
        made = webhooks.rotate(webhook, version=form.cleaned_data["version"], by=person(request), now=timezone.now())
    except webhooks.UnableTo as error:
        return _page(request, _mine(request, pk), refused=str(error))
    return _page(request, made.webhook, made=made)


@requires(permissions.may_subscribe)
@with_second_factor
@require_POST
def switch(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    webhook, form = _mine(request, pk), SwitchForm(request.POST)
    if not form.is_valid():
        raise BadRequest
    if form.cleaned_data["to"] == "on":
        webhooks.switch_on(webhook, by=person(request))
        messages.success(request, _("The webhook is on. What was missed meanwhile can be sent anew below."))
    else:
        webhooks.switch_off(webhook, by=person(request), now=timezone.now())
        messages.success(request, _("The webhook is off: nothing more is posted there."))
    return redirect("advisories:webhook", pk)


@requires(permissions.may_subscribe)
@with_second_factor
@require_POST
def remove(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    webhook = _mine(request, pk)
    try:
        webhooks.remove(webhook, by=person(request))
    except webhooks.UnableTo as error:
        return _page(request, webhook, refused=str(error))
    messages.success(request, _("The webhook has been removed, and its log with it."))
    return redirect("advisories:webhooks")


@requires(permissions.may_subscribe)
@with_second_factor
@require_POST
def test(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    webhook = _mine(request, pk)
    try:
        webhooks.test(webhook, by=person(request), now=timezone.now())
    except webhooks.UnableTo as error:
        return _page(request, webhook, refused=str(error))
    doorbell.wake(DELIVER)
    return redirect("advisories:webhook", pk)


@requires(permissions.may_subscribe)
@with_second_factor
@require_POST
def retry(request: HttpRequest, pk: uuid.UUID, ref: uuid.UUID) -> HttpResponse:
    webhook = _mine(request, pk)
    try:
        webhooks.retry(get_object_or_404(webhook.deliveries, pk=ref), by=person(request), now=timezone.now())
    except webhooks.UnableTo as error:
        return _page(request, webhook, refused=str(error))
    doorbell.wake(DELIVER)
    messages.success(request, _("It is being sent anew, under the same id."))
    return redirect("advisories:webhook", pk)


def _mine(request: HttpRequest, pk: uuid.UUID) -> Webhook:
    mine = Webhook.objects.of(permissions.organisations_to_subscribe(person(request)))
    webhook: Webhook = get_object_or_404(mine.select_related("organisation").prefetch_related("segments"), pk=pk)
    return webhook


def _page(request: HttpRequest, webhook: Webhook, *, made: webhooks.MadeWebhook | None = None, refused: str = "") -> HttpResponse:
    log = list(webhook.deliveries.latest_first()[:IN_LOG])
    titles = _titles(webhook.organisation, log)
    context = {
        "webhook": webhook,
        "made": made,
        "refused": refused,
        "rotate_form": RotateForm(initial={"version": webhook.secret_version}),
        "log": [(each, titles.get(each.advisory_id)) for each in log],
        "is_testing": any(each.is_test and each.is_under_way for each in log),
        "latest_test": next((each for each in log if each.is_test), None),
    }
    return render(request, "advisories/webhook.html", context, status=409 if refused else 200)


def _titles(organisation: Organisation, log: list[WebhookDelivery]) -> dict[uuid.UUID | None, Advisory]:
    """The advisories of the log that the organisation may read today: what it may read no more, it sees no title of."""
    readable = Advisory.objects.within_reach_of([organisation], today=timezone.localdate())
    found = readable.filter(pk__in={each.advisory_id for each in log if each.advisory_id})
    return {each.pk: each for each in found.only("pk", "title", "tlp", "state")}
