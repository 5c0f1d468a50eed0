"""Who an advisory was sent to and what became of each copy: for the editors and approvers of its agency."""

from __future__ import annotations

import csv
import uuid
from collections.abc import Iterator

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from advisories import figures, permissions
from advisories.forms import LedgerForm, RetryForm
from advisories.models import Advisory
from advisories.services import resending
from advisories.services.editing import UnableTo
from focalpoint.views.inquiries.figures import as_text
from mailroom import figures as mail_figures
from mailroom.doorbell import wake
from mailroom.models import Envelope, Letter
from mailroom.querysets import EnvelopeQuerySet
from organisations.permissions import person, requires

PAGE = 50
AT_ONCE = 2000  # rows of the file in memory


@requires(permissions.may_see_recipients)
@never_cache
@require_safe
def recipients(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _page(request, _own(request, pk))


@requires(permissions.may_see_recipients)
@never_cache
@require_safe
def table(request: HttpRequest, pk: uuid.UUID) -> HttpResponse | StreamingHttpResponse:
    """The same rows as CSV, a line as it is read: a hundred thousand take no memory."""
    found = _own(request, pk)
    form = LedgerForm(request.GET)
    if not form.is_valid():
        return _page(request, found)
    response = StreamingHttpResponse(_lines(_chosen(found, form)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="recipients-{found.pk}.csv"'
    return response


@requires(permissions.may_see_recipients)
@require_POST
def retry(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Send again one copy that failed, or all of them."""
    found, form = _own(request, pk), RetryForm(request.POST)
    if not form.is_valid():
        raise Http404
    try:
        number = resending.retry(found, envelope=form.cleaned_data["copy"], by=person(request), now=timezone.now())
    except UnableTo as error:
        return _page(request, _own(request, pk), refused=str(error), status=409)
    wake()
    said = ngettext("%(number)d copy is sent again.", "%(number)d copies are sent again.", number)
    messages.success(request, said % {"number": number})
    return redirect("focalpoint:recipients", pk=pk)


@requires(permissions.may_watch_mail)
@never_cache
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """How the queue of all mail is, what fails in it, and which urgent advisories have reached nobody."""
    now = timezone.now()
    context = {
        "queue": mail_figures.queue_health(now),
        "now": now,
        "troubles": mail_figures.troubles(now),
        "private": mail_figures.private_troubles(now),
        "undelivered": figures.undelivered(now),
        "relays": mail_figures.relay_health(),
        "slowed": mail_figures.slowed_domains(now),
    }
    return render(request, "focalpoint/advisories/health.html", context)


def _own(request: HttpRequest, pk: uuid.UUID) -> Advisory:
    """An advisory of the person's own agency: others' recipients are none of their business."""
    found = get_object_or_404(Advisory.objects.for_desk(request.user).select_related("agency"), pk=pk)
    if not permissions.works_for(request.user, found):
        raise Http404
    return found


def _chosen(found: Advisory, form: LedgerForm) -> EnvelopeQuerySet:
    # By the letters themselves and not by a join, so that the index of one letter's addresses gives the order.
    letters = list(Letter.objects.of_source(found.source).values_list("pk", flat=True))
    rows = Envelope.objects.filter(letter__in=letters)
    if state := form.cleaned_data["state"]:
        rows = rows.filter(state=state)
    if words := form.cleaned_data["words"].strip():
        rows = rows.to(words)
    return rows.in_order()


def _page(request: HttpRequest, found: Advisory, *, refused: str = "", status: int = 200) -> HttpResponse:
    form = LedgerForm(request.GET)
    rows = _chosen(found, form) if form.is_valid() else Envelope.objects.none()
    context = {
        "advisory": found,
        "form": form,
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "totals": figures.progress(found),
        "may_retry": permissions.may_retry(request.user, found),
        "refused": refused,
    }
    status = status if form.is_valid() else 422
    return render(request, "focalpoint/advisories/recipients.html", context, status=status)


class _Echo:
    """A file that gives back what is written into it, for csv to write lines with."""

    def write(self, line: str) -> str:
        return line


def _lines(rows: EnvelopeQuerySet) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(["address", "organisation", "state", "attempts", "sent_at", "last_error", "cover"])
    columns = rows.values_list("address", "name", "state", "attempts", "sent_at", "last_error", "cover")
    for address, name, state, attempts, sent_at, error, cover in columns.iterator(chunk_size=AT_ONCE):
        sent = timezone.localtime(sent_at).isoformat(timespec="seconds") if sent_at else ""
        yield writer.writerow([as_text(address), as_text(name), state, attempts, sent, error, cover])
