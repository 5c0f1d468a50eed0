"""The certificate of an address, by which advisories to it are encrypted: for whoever chooses what goes there."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from advisories import permissions
from advisories.forms import CertificateForm
from advisories.models import CertificateChange, Mandate, Subscription
from advisories.services import certifying, confirming
from advisories.views.singles import over
from mailroom import sealing
from mailroom.services import certificates
from organisations.permissions import requires
from organisations.uploads import takes_files


@takes_files(most=1, each=sealing.LARGEST)
@requires(permissions.may_subscribe)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def of_subscription(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    organisations = permissions.organisations_to_subscribe(request.user)
    found = get_object_or_404(Subscription.objects.active().filter(organisation__in=organisations), pk=pk)
    return _page(request, found.address, shown=found.address, back=reverse("advisories:subscription"), layout="layouts/firm.html")


@takes_files(most=1, each=sealing.LARGEST)
@requires(permissions.may_subscribe)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def of_mandate(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Of the address to which an association gets what it is asked to pass on."""
    mandates = Mandate.objects.to_relay().in_force(timezone.localdate())
    found = get_object_or_404(mandates.filter(association__in=permissions.associations_to_relay(request.user)), pk=pk)
    return _page(request, found.address, shown=found.address, back=reverse("advisories:subscription"), layout="layouts/firm.html")


@takes_files(most=1, each=sealing.LARGEST)
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def of_mine(request: HttpRequest, token: str) -> HttpResponse:
    """Of the single address to which a copy went. It isn't shown: a copy may be passed on."""
    try:
        address = confirming.told(token=token).address
    except confirming.LinkOver:
        return over(request)
    return _page(request, address, back=reverse("advisories:mine", args=[token]))


@takes_files(most=1, each=sealing.LARGEST)
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def of_confirmed(request: HttpRequest, token: str) -> HttpResponse:
    """Of a single address to which a link went: the way for who can't read what is encrypted any more."""
    try:
        address = confirming.asked(token=token, now=timezone.now())
    except confirming.LinkOver:
        return over(request)
    if confirming.find(address) is None:
        return redirect("advisories:confirm", token)
    return _page(request, address, shown=address, back=reverse("advisories:confirm", args=[token]))


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """What the reader of an address was asked. Looking changes nothing: mail programs open every link."""
    now = timezone.now()
    try:
        change = certifying.asked(token=token, now=now)
        if request.method == "POST":
            certifying.confirm(token=token, now=now)
            return render(request, "advisories/certificate_done.html", {"change": change})
    except confirming.LinkOver:
        return over(request)
    except sealing.UnableToUse as error:
        return _asked(request, change, refused=str(error))
    return _asked(request, change)


def _asked(request: HttpRequest, change: CertificateChange, *, refused: str = "") -> HttpResponse:
    context = {"change": change, "facts": certifying.facts_of(change), "refused": refused}
    return render(request, "advisories/certificate_confirm.html", context, status=409 if refused else 200)


def _page(request: HttpRequest, address: str, *, back: str, shown: str = "", layout: str = "layouts/public.html") -> HttpResponse:
    """The certificate in force, and a form for another one. `shown` is the address, where the page may say it."""
    is_removal = "remove" in request.POST
    is_entered = request.method == "POST" and not is_removal
    form = CertificateForm(request.POST, request.FILES) if is_entered else CertificateForm()
    refused = ""
    if is_removal or form.is_valid():
        try:
            certifying.ask(address=address, content=form.content if is_entered else None, now=timezone.now())
        except sealing.UnableToUse as error:
            form.add_error(form.source, str(error))
        except certifying.UnableToAsk as error:
            refused = str(error)
        else:
            return redirect(request.path)
    now, certificate = timezone.now(), certificates.find(address)
    context = {
        "form": form,
        "refused": refused,
        "address": shown,
        "back": back,
        "layout": layout,
        "certificate": certificate,
        "has_ended": certificate is not None and certificate.has_ended(now),
        "change": certifying.waiting(address, now=now),
    }
    return render(request, "advisories/certificate.html", context, status=422 if refused or form.is_bound else 200)
