"""The queues of the desk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from inquiries import figures
from inquiries.filters import InquiryFilter
from inquiries.forms.bulk import BulkForm
from inquiries.forms.casework import SaveFilterForm
from inquiries.models import Inquiry, SavedFilter
from inquiries.permissions import may_see_queues, may_work_on_some
from inquiries.querysets import MOST_COUNTED, QUEUES, InquiryQuerySet, onlooker, queue_counts, reading_agencies
from inquiries.services import officials
from inquiries.services.officials import Official
from organisations.permissions import person, requires

PAGE = 50
DENSITY = "density"
YEAR = 365 * 24 * 3600
QUEUE_LABELS = {
    "new": gettext_lazy("New"),
    "mine": gettext_lazy("Mine"),
    "agency": gettext_lazy("My agency"),
    "due_this_week": gettext_lazy("Due this week"),
    "overdue": gettext_lazy("Overdue"),
    "escalated": gettext_lazy("Escalated"),
    "waiting": gettext_lazy("Waiting for the asker"),
    "to_approve": gettext_lazy("To approve"),
    "answered": gettext_lazy("Answered"),
    "to_close": gettext_lazy("To close"),
    "all": gettext_lazy("All"),
}


class BoundedPaginator(Paginator[Inquiry]):
    """Pages of the first MOST rows: nobody reads on from there, and counting the rest would cost more than reading a page."""

    MOST = MOST_COUNTED

    def __init__(self, rows: InquiryQuerySet, per_page: int, *, found: int | None = None) -> None:
        """`found`: how many rows there are, or MOST + 1, where the caller has counted them."""
        super().__init__(rows, per_page)
        if found is None:
            found = rows.order_by().values("pk")[: self.MOST + 1].count()
        self.is_cut = found > self.MOST
        self.count = min(found, self.MOST)  # in place of the paginator's own, which counts them all
        self.rows = rows

    def page(self, number: int | str) -> Page[Inquiry]:
        """Further on, rows are found by their keys first: what a row shows would be worked out for all that are passed over."""
        page = super().page(number)
        if page.number > 1:
            first = page.start_index() - 1
            keys = self.rows.values("pk")[first : first + self.per_page]
            page.object_list = self.rows.filter(pk__in=keys)
        return page


@requires(may_see_queues)
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    return queue_page(request)


def queue_page(
    request: HttpRequest, *, bulk_form: BulkForm | None = None, select_all: bool = False, status: int = 200
) -> HttpResponse:
    """A queue, narrowed by the address. The rows that `bulk_form` names are selected, or all of the page."""
    name = request.GET.get("queue", "new")
    known = name in QUEUES
    today = timezone.localdate()
    reading = officials.reading()
    visible = Inquiry.objects.handled_by(request.user).for_rows()  # not those on which an agency only gives its view
    looks = onlooker(request.user, today)
    rows = visible.queue(name, looks) if known else visible.none()
    narrowed = InquiryFilter(request.GET, queryset=rows, request=request, today=today, reading=reading)
    valid = narrowed.is_valid() and known
    counted = queue_counts(looks)
    shown = narrowed.in_order() if valid else rows.none()
    found = counted[name] if valid and not narrowed.is_narrowed else None
    page: Page[Inquiry] = BoundedPaginator(shown, PAGE, found=found).get_page(request.GET.get("page"))
    context = {
        **_queues(name, counted),
        "filter": narrowed,
        "page": page,
        "today": today,
        "is_compact": request.COOKIES.get(DENSITY) == "compact",
        "saved": SavedFilter.objects.usable_by(request.user),
        "save_form": SaveFilterForm(agencies=reading_agencies(request.user), auto_id="save_%s"),
    }
    if may_work_on_some(request.user):
        initial = {"case": [each.pk for each in page], "what": request.POST.get("what")} if select_all else {}
        context["bulk_form"] = bulk_form or new_bulk_form(request, initial=initial, reading=reading)
    return render(request, "focalpoint/inquiries/queue.html", context, status=status if valid else 422)


def new_bulk_form(request: HttpRequest, *, reading: Iterable[Official] | None = None, **given: Any) -> BulkForm:
    """The form of what to do with rows selected; `reading`: who reads inquiries, where the caller has asked for them."""
    reading = officials.reading() if reading is None else reading
    return BulkForm(colleagues=officials.colleagues_to_take(reading, by=person(request)), auto_id="bulk_%s", **given)


@requires(may_see_queues)
@require_safe
def counts(request: HttpRequest) -> HttpResponse:
    """The row of queues alone, which the page fetches anew from time to time."""
    name, counted = request.GET.get("queue", "new"), figures.queues(person(request), today=timezone.localdate())
    return render(request, "focalpoint/inquiries/queue/queues.html", _queues(name, counted))


@requires(may_see_queues)
@require_POST
def density(request: HttpRequest) -> HttpResponse:
    """Close rows up or spread them: a choice of this browser's."""
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    response = redirect(back if safe else reverse("focalpoint:inquiries"))
    wanted = "compact" if request.POST.get(DENSITY) == "compact" else "roomy"
    response.set_cookie(DENSITY, wanted, max_age=YEAR, secure=request.is_secure(), httponly=True, samesite="Lax")
    return response


def _queues(name: str, counted: Mapping[str, int]) -> dict[str, object]:
    return {"queue": name, "queues": [(each, QUEUE_LABELS[each], counted[each]) for each in QUEUES]}


def query_of(narrowed: InquiryFilter, name: str) -> dict[str, str]:
    """What leads back to a queue as it is narrowed now."""
    return {"queue": name, **narrowed.canonical()}


def read_query(request: HttpRequest, query: str) -> tuple[str, InquiryFilter]:
    """The queue and the filter of a query string that came from outside."""
    given = QueryDict(query[:2000])
    return given.get("queue", "new"), InquiryFilter(given, queryset=Inquiry.objects.none(), request=request)
