"""Advisories to a single address, for whoever reads its mail; no account is needed."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from advisories.forms import AddressForm, WishesForm, mail_language, wishes_of
from advisories.services import confirming


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def subscribe(request: HttpRequest) -> HttpResponse:
    """Ask for a link; the answer is the same whatever is known of the address."""
    form = AddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            confirming.ask(address=form.cleaned_data["address"], language=mail_language(request), now=timezone.now())
        except confirming.UnableToAsk as error:
            form.add_error("address", str(error))
        except confirming.TooMany:
            return render(request, "advisories/single/ask.html", {"form": form, "is_flood": True}, status=429)
        else:
            return render(request, "advisories/single/asked.html")
    return render(request, "advisories/single/ask.html", {"form": form}, status=422 if form.is_bound else 200)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm the address to which a link went, and choose. Looking confirms nothing: mail programs open every link."""
    try:
        address = confirming.asked(token=token, now=timezone.now())
    except confirming.LinkOver:
        return over(request)
    return _choose(request, address, shown=address, certificate_url=reverse("advisories:confirm-certificate", args=[token]))


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mine(request: HttpRequest, token: str) -> HttpResponse:
    """Change or stop what goes to the single address to which a copy went. The address isn't shown: a copy may be passed on."""
    try:
        address = confirming.told(token=token).address
    except confirming.LinkOver:
        return over(request)
    return _choose(request, address, certificate_url=reverse("advisories:mine-certificate", args=[token]))


def _choose(request: HttpRequest, address: str, *, certificate_url: str, shown: str = "") -> HttpResponse:
    now, found = timezone.now(), confirming.find(address)
    if request.method == "POST" and "stop" in request.POST:
        confirming.end(address=address, now=now)
        return render(request, "advisories/single/done.html", {"is_ended": True})
    form = WishesForm(request.POST or None, initial=wishes_of(found) if found else None)
    if request.method == "POST" and form.is_valid():
        saved = confirming.confirm(address=address, now=now, **form.cleaned_data)
        return render(request, "advisories/single/done.html", {"subscription": saved})
    context = {"form": form, "address": shown, "is_known": found is not None, "certificate_url": certificate_url}
    return render(request, "advisories/single/choose.html", context, status=422 if form.is_bound else 200)


def over(request: HttpRequest) -> HttpResponse:
    return render(request, "advisories/single/over.html", status=410)
