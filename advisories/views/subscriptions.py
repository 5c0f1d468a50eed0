"""Who gets mail, and stopping it."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from advisories import permissions
from advisories.forms import SubscriptionForm, wishes_of
from advisories.models import Mandate, Subscription
from advisories.services import audience
from advisories.views.reading import PAGE
from mailroom.services import certificates
from organisations.permissions import person, requires


@requires(permissions.may_subscribe)
@require_http_methods(["GET", "HEAD", "POST"])
def subscription(request: HttpRequest) -> HttpResponse:
    user = person(request)
    organisations = permissions.organisations_to_subscribe(user)
    form = SubscriptionForm(request.POST or None, organisations=organisations, initial={"address": user.email})
    if request.method == "POST" and form.is_valid():
        try:
            saved = audience.subscribe(**form.cleaned_data, by=user, now=timezone.now())
        except audience.UnableToSubscribe as error:
            form.add_error("address", str(error))
        else:
            messages.success(request, _said(saved))
            return redirect("advisories:subscription")
    return _page(request, form)


@requires(permissions.may_subscribe)
@require_safe
def change(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The same page, with what this address gets in the form."""
    found = get_object_or_404(_rows(request), pk=pk)
    initial = wishes_of(found) | {"address": found.address, "organisation": found.organisation_id, "channel": found.channel}
    organisations = permissions.organisations_to_subscribe(request.user)
    return _page(request, SubscriptionForm(organisations=organisations, initial=initial))


def _said(saved: Subscription) -> str:
    if saved.is_feed_only:
        return _("Saved. No mail goes to this address; advisories stand in the feed.")
    return _("Advisories will be sent to this address.")


def _page(request: HttpRequest, form: SubscriptionForm) -> HttpResponse:
    page = Paginator(_rows(request), PAGE).get_page(request.GET.get("page"))
    stopped = audience.stopped(each.address for each in page)
    certified = certificates.of(each.address for each in page)
    context = {
        "form": form,
        "page": page,
        "rows": [(each, stopped.get(each.address.lower()), certified.get(each.address.lower())) for each in page],
        "now": timezone.now(),
        "mandates": _mandates(request)[:PAGE],
        "may_keep_members": permissions.may_keep_any_members(request.user),
    }
    return render(request, "advisories/subscription.html", context, status=422 if form.is_bound else 200)


def _rows(request: HttpRequest) -> QuerySet[Subscription]:
    active = Subscription.objects.active().filter(organisation__in=permissions.organisations_to_subscribe(request.user))
    return active.select_related("organisation").prefetch_related("segments").order_by("organisation__name", "address", "pk")


def _mandates(request: HttpRequest) -> QuerySet[Mandate]:
    """By which associations of the reader's get what they are asked to pass on."""
    relays = Mandate.objects.to_relay().in_force(timezone.localdate())
    mine = relays.filter(association__in=permissions.associations_to_relay(request.user)).select_related("association")
    return mine.order_by("association__name", "address", "pk")


@requires(permissions.may_subscribe)
@require_POST
def unsubscribe(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    user = person(request)
    organisations = permissions.organisations_to_subscribe(user)
    found = get_object_or_404(Subscription.objects.filter(organisation__in=organisations), pk=pk)
    audience.unsubscribe(found, by=user, now=timezone.now())
    messages.success(request, _("No more advisories go to this address."))
    return redirect("advisories:subscription")


@login_not_required
@csrf_exempt  # RFC 8058: mail programs post here by themselves; the token in the address is all that it takes
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Stop advisories to the address to which a mail went: by a mail program's button, or by the page's. Looking stops nothing."""
    if request.method == "POST":
        audience.stop(token=token, now=timezone.now())
    return render(request, "advisories/stop.html", {"is_done": request.method == "POST"})
