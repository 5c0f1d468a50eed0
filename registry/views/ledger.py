"""The firm's ledger: every look at its entry, as a page, a table and the JSON of a data tracker."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, BadRequest, PermissionDenied
from django.core.paginator import EmptyPage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from organisations.models import Organisation
from organisations.permissions import person, requires
from registry.forms import MOST_USAGES, DigestForm, LedgerForm, LookMessageForm, StrictForm, UsageForm
from registry.models import Entry, LedgerDigest, Look, LookQuestion, Pace
from registry.permissions import may_open_entry
from registry.querysets import LookQuerySet, OpenPaginator
from registry.services import digests, questions, usage
from registry.views.entries import entry_of, entry_or_404, firm_of

LEDGER_PAGE = 50
MOST_ROWS = 10_000  # lines of one file
COLUMNS = ("day", "institution", "audience", "purpose", "reason", "kind", "fields", "put_off_until", "put_off_on", "put_off_reason")
ROWS_AT_ONCE = 500


@requires(may_open_entry)
@never_cache
@require_safe
def ledger(request: HttpRequest) -> HttpResponse:
    return _page(request, *_chosen(request))


@requires(may_open_entry)
@never_cache
@require_safe
def ledger_table(request: HttpRequest) -> HttpResponseBase:
    """The same looks as CSV."""
    form, held, looks = _chosen(request)
    if form.is_valid() and looks[MOST_ROWS:].exists():
        form.add_error(None, _("That is more than %(most)s lines. Choose a shorter period.") % {"most": MOST_ROWS})
    if not form.is_valid():
        return _page(request, form, held, looks)
    response = StreamingHttpResponse(_table(looks), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="ledger-{timezone.localdate()}.csv"'
    return response


@requires(may_open_entry)
@never_cache
@require_safe
def find_usage(request: HttpRequest) -> HttpResponse:
    """The looks in the form of `findUsage` of the Estonian data tracker, newest first, with purpose and fields beside it."""
    form = UsageForm(request.GET)
    if not form.is_valid():
        return _problem(form)
    asked = form.cleaned_data
    found = usage.find(
        firm=firm_of(request),
        since=asked["periodStart"],
        until=asked["periodEnd"],
        offset=asked["offset"] or 0,
        limit=asked["limit"] or MOST_USAGES,
        today=timezone.localdate(),
    )
    return JsonResponse(found)


@requires(may_open_entry)
@never_cache
@require_safe
def usage_period(request: HttpRequest) -> HttpResponse:
    """Since when looks are written down: since the entry is there. Of one that was erased that day is forgotten too."""
    form = StrictForm(request.GET)
    if not form.is_valid():
        return _problem(form)
    return JsonResponse(usage.period(entry=entry_of(firm_of(request)), today=timezone.localdate()))


@requires(may_open_entry)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, look: int) -> HttpResponse:
    """The thread on one look, and a form to ask."""
    held = entry_or_404(firm_of(request))
    found = get_object_or_404(Look.objects.at(held.pk).told(timezone.localdate()).with_delay(), pk=look)
    form = LookMessageForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            questions.ask(
                entry=held,
                look=found,
                text=form.cleaned_data["text"],
                by=person(request),
                today=timezone.localdate(),
                now=timezone.now(),
            )
        except questions.UnableToAsk as error:
            raise PermissionDenied from error
        messages.success(request, _("Sent to the focal point."))
        return redirect("registry:question", look)
    asked = LookQuestion.objects.filter(entry=held, look=found).first()
    thread = asked.messages.order_by("pk")[: questions.MOST_MESSAGES] if asked else ()
    context = {"look": found, "put_off": found.put_off, "question": asked, "thread": thread, "form": form}
    return render(request, "registry/question.html", context, status=422 if form.is_bound else 200)


@requires(may_open_entry)
@require_POST
def digest(request: HttpRequest) -> HttpResponse:
    held, form = entry_or_404(firm_of(request)), DigestForm(request.POST)
    if not form.is_valid():
        raise BadRequest(_("Choose how often you want the letter."))
    try:
        digests.choose(entry=held, pace=form.cleaned_data["pace"], by=person(request), today=timezone.localdate())
    except digests.UnableToChoose as error:
        raise PermissionDenied from error
    messages.success(request, _("Your choice is kept."))
    return redirect("registry:ledger")


def _looks(firm: Organisation) -> LookQuerySet:
    return usage.told(firm, today=timezone.localdate())


def _chosen(request: HttpRequest) -> tuple[LedgerForm, Entry | None, LookQuerySet]:
    firm = firm_of(request)
    form, held = LedgerForm(request.GET), entry_of(firm)
    return form, held, form.chosen(_looks(firm).for_firm(held.pk if held else None)) if form.is_valid() else Look.objects.none()


def _table(looks: LookQuerySet) -> Iterator[str]:
    """The table in pieces. Each begins where the last one ended, so that the first one waits for no other."""
    yield _csv([COLUMNS])
    piece = list(looks[:ROWS_AT_ONCE])
    while piece:
        yield _csv(_row(look) for look in piece)
        piece = list(looks.filter(pk__lt=piece[-1].pk)[:ROWS_AT_ONCE])


def _csv(rows: Iterable[Sequence[Any]]) -> str:
    written = io.StringIO(newline="")
    csv.writer(written).writerows(rows)
    return written.getvalue()


def _page(request: HttpRequest, form: LedgerForm, held: Entry | None, looks: LookQuerySet) -> HttpResponse:
    chosen = LedgerDigest.objects.filter(entry=held).first() if held else None
    context: dict[str, Any] = {
        "form": form,
        "entry": held,
        "digest_form": DigestForm(initial={"pace": chosen.pace if chosen else Pace.OFF}),
    }
    if not form.is_valid():
        status = 400 if form.has_unknown_parameters else 422
        return render(request, "registry/ledger.html", context, status=status)
    try:
        page = OpenPaginator(looks, LEDGER_PAGE).page(form.number)
    except EmptyPage as error:
        raise Http404 from error
    query = request.GET.copy()
    query.pop("page", None)
    return render(request, "registry/ledger.html", context | {"page": page, "query": query.urlencode()})


def _row(look: Look) -> list[Any]:
    late = look.put_off
    put_off = [late.until, late.on, _text(late.reason)] if late else ["", "", ""]
    who, why = _text(look.institution), _text(look.reason)
    return [look.on, who, look.audience, look.purpose, why, look.kind, " ".join(look.seen), *put_off]


def _problem(form: StrictForm) -> JsonResponse:
    """RFC 9457 problem details."""
    errors = [
        str(error) if name == NON_FIELD_ERRORS else f"{name}: {error}" for name, found in form.errors.items() for error in found
    ]
    problem = {"type": "about:blank", "title": "Bad Request", "status": 400, "detail": " ".join(errors), "errors": errors}
    return JsonResponse(problem, status=400, content_type="application/problem+json")


def _text(words: str) -> str:
    """What a spreadsheet would take for a formula is marked as text."""
    return f"'{words}" if words.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else words
