"""The doors that belong to no app: home, health, the mailbox of demo mode, and what is shown when something is refused."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.core.exceptions import RequestDataTooBig
from django.core.paginator import Paginator
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import set_language as choose_language
from redis import RedisError

from keystore import services as keystore
from mailroom import figures as mail_figures
from organisations.origins import guarded_without_cookie
from portal import mailbox, oversize
from portal.forms import SpecimenForm


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "home.html")


@login_not_required
@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """The process is alive."""
    return JsonResponse({"status": "alive"})


@login_not_required
@never_cache
@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """Database, key store, queue and mail queue are usable; 503 and the name of what is not, otherwise."""
    checks: dict[str, Callable[[], object]] = {
        "database": _database,
        "keys": keystore.is_usable,
        "queue": _queue,
        "mail": _mail_queue,
    }
    found = {name: _works(check) for name, check in checks.items()}
    ready = all(found.values())
    parts = {name: "usable" if works else "unusable" for name, works in found.items()}
    return JsonResponse({"status": "ready" if ready else "not ready", **parts}, status=200 if ready else 503)


def _works(check: Callable[[], object]) -> bool:
    try:
        check()
    except (DatabaseError, keystore.UnableToReachKeys, RedisError, OSError):
        return False
    return True


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _mail_queue() -> None:
    mail_figures.queue_health(timezone.now())


def _queue() -> None:
    cache.get("readyz")


@login_not_required
@require_safe
def mails(request: HttpRequest) -> HttpResponse:
    return render(request, "mailbox/list.html", {"mails": mailbox.newest(settings.MAILBOX)})


@login_not_required
@require_safe
def mail(request: HttpRequest, key: str) -> HttpResponse:
    return render(request, "mailbox/mail.html", {"mail": _mail(key)})


@login_not_required
@require_safe
def mail_html(_request: HttpRequest, key: str) -> HttpResponse:
    """The HTML version as a mail program would show it: no script, nothing fetched."""
    response = HttpResponse(_mail(key).html)
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
    return response


def _mail(key: str) -> mailbox.Mail:
    if found := mailbox.find(settings.MAILBOX, key):
        return found
    raise Http404


@login_not_required
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """The statement that Directive (EU) 2016/2102, article 7, asks for."""
    return render(request, "accessibility.html")


@login_not_required
@require_safe
def styles(request: HttpRequest) -> HttpResponse:
    """Every component on one page, to be looked at and tested."""
    context = {
        "fields": SpecimenForm(),
        "refused": SpecimenForm({"refused-email": "not an address"}, prefix="refused"),
        "page": Paginator(range(1200), 20).get_page(request.GET.get("page")),
        "now": timezone.now(),
        "labels": ["TLP:RED", "TLP:AMBER+STRICT", "TLP:AMBER", "TLP:GREEN", "TLP:CLEAR"],
    }
    return render(request, "styles.html", context)


@login_not_required
@guarded_without_cookie
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Keep the chosen language in a cookie; the choice says nothing about who made it."""
    return choose_language(request)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, or 413 for a body over the limit."""
    if not isinstance(exception, RequestDataTooBig):
        return render(request, "400.html", status=400)
    oversize.throw_away(request)
    return render(request, "413.html", status=413)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001  Django passes it; visitors have no use for it
    return render(request, "403_csrf.html", status=403)
