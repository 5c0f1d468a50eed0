"""Asking: no session, no account, no cookie but the one against forged forms."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from inquiries.forms.asking import AskForm
from inquiries.services import asking


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        filed = asking.submit(
            topic=asked["topic"],
            subject=asked["subject"],
            text=asked["text"],
            segments=asked["segments"],
            destination=asked["destination"],
            form=asked["once"],
            today=timezone.localdate(),
        )
        return render(request, "inquiries/filed.html", {"filed": filed})
    return render(request, "inquiries/ask.html", {"form": form}, status=422 if form.is_bound else 200)
