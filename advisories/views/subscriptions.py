"""Who gets mail, and stopping it."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from advisories import permissions
from advisories.forms import SubscriptionForm
from advisories.models import Subscription
from advisories.services import audience
from advisories.views.reading import PAGE
from organisations.permissions import person, requires


@requires(permissions.may_subscribe)
@require_http_methods(["GET", "HEAD", "POST"])
def subscription(request: HttpRequest) -> HttpResponse:
    user = person(request)
    organisations = permissions.organisations_to_subscribe(user)
    form = SubscriptionForm(request.POST or None, organisations=organisations, initial={"address": user.email})
    if request.method == "POST" and form.is_valid():
        try:
            audience.subscribe(**form.cleaned_data, by=user, now=timezone.now())
        except audience.UnableToSubscribe as error:
            form.add_error("address", str(error))
        else:
            messages.success(request, _("Advisories will be sent to this address."))
            return redirect("advisories:subscription")
    active = Subscription.objects.active().filter(organisation__in=organisations)
    rows = active.select_related("organisation").prefetch_related("segments").order_by("organisation__name", "address", "pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    stopped = audience.stopped(each.address for each in page)
    context = {
        "form": form,
        "page": page,
        "rows": [(each, stopped.get(each.address.lower())) for each in page],
        "may_keep_members": permissions.may_keep_any_members(user),
    }
    return render(request, "advisories/subscription.html", context, status=422 if form.is_bound else 200)


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
