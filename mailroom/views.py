"""The way in for providers that report by HTTP what became of mail."""

from __future__ import annotations

from collections import Counter
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from mailroom import notices, providers
from mailroom.services import returns

ANSWERED = (returns.Taken.RECORDED, returns.Taken.NOTHING, returns.Taken.UNKNOWN)


@login_not_required
@csrf_exempt  # a program posts here; its signature is what counts
@never_cache
@require_POST
def take_reports(request: HttpRequest) -> HttpResponse:
    """Take up signed reports (mailroom/notices.py); there is no such address unless a secret for it is set.

    It may be sent again, whole, as often as the sender likes: what is known already changes nothing.
    """
    if not settings.BOUNCE_WEBHOOK_SECRET:
        raise Http404
    if _is_too_large(request):
        return _problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _("The body is too large; send fewer reports at once."))
    now = timezone.now()
    if not notices.is_signed(
        request.body,
        timestamp=request.headers.get("X-Timestamp", ""),
        signature=request.headers.get("X-Signature", ""),
        secret=settings.BOUNCE_WEBHOOK_SECRET,
        now=now.timestamp(),
    ):
        return _problem(HTTPStatus.FORBIDDEN, _("The signature is wrong, or the timestamp is more than five minutes off."))
    try:
        found = notices.read(request.body)
    except notices.NotUnderstood as error:
        return _problem(HTTPStatus.BAD_REQUEST, str(error))
    taken = Counter(
        returns.take_notice(address=each.address, is_complaint=each.is_complaint, status=each.status, now=now) for each in found
    )
    return _answer(taken)


@login_not_required
@csrf_exempt  # a program posts here; its signature or password is what counts
@never_cache
@require_POST
def take_events(request: HttpRequest) -> HttpResponse:
    """Take up what the provider of the settings reports in its own shape (mailroom/providers.py); else there is no such address.

    Providers send a report again until it is answered with 200: what is known already, and what is about no copy of ours, is.
    """
    if not settings.BOUNCE_PROVIDER:
        raise Http404
    if _is_too_large(request):
        return _problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _("The body is too large; send one report at a time."))
    now = timezone.now()
    try:
        found = providers.read(
            request, provider=settings.BOUNCE_PROVIDER, secret=settings.BOUNCE_PROVIDER_SECRET, now=now.timestamp()
        )
    except providers.NotGenuine:
        return _problem(HTTPStatus.FORBIDDEN, _("The signature or the password is wrong, or the report is old."))
    except notices.NotUnderstood as error:
        return _problem(HTTPStatus.BAD_REQUEST, str(error))
    return _answer(
        Counter(
            returns.take_event(
                message_id=each.message_id,
                recipient=each.recipient,
                is_complaint=each.is_complaint,
                status=each.status,
                now=now,
            )
            for each in found
        )
    )


def _is_too_large(request: HttpRequest) -> bool:
    length = request.headers.get("Content-Length", "")
    return length.isdecimal() and int(length) > notices.LARGEST


def _answer(taken: Counter[returns.Taken]) -> JsonResponse:
    return JsonResponse({each.value: taken[each] for each in ANSWERED})


def _problem(status: HTTPStatus, why: str) -> JsonResponse:
    """As the API says it (RFC 9457)."""
    content = {"type": "about:blank", "title": status.phrase, "status": status, "detail": why}
    return JsonResponse(content, status=status, content_type="application/problem+json")
