"""The pages for those who read advisories, and their feeds."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from advisories import markup, permissions
from advisories.forms import ListForm, RelayForm, ResponseForm, SubscriptionForm
from advisories.models import Advisory, Response, Subscription
from advisories.querysets import AdvisoryQuerySet
from advisories.services import audience, responding
from organisations.models import Organisation
from organisations.permissions import person, requires

PAGE = 20
IN_FEED = 50
FEED_MINUTES = 5


@login_not_required
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    form = ListForm(request.GET)
    rows = _visible(request).for_list().newest_first()
    if not form.is_valid():
        rows = rows.none()
    elif form.cleaned_data["kind"]:
        rows = rows.filter(kind=form.cleaned_data["kind"])
    page = Paginator(rows, PAGE).get_page(form.cleaned_data.get("page"))
    context = {"form": form, "page": page, "may_subscribe": permissions.may_subscribe(request.user)}
    return render(request, "advisories/list.html", context, status=200 if form.is_valid() else 422)


@login_not_required
@require_safe
def detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _page(request, pk)


@requires(permissions.may_subscribe)
@require_POST
def acknowledge(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _respond(request, pk, ResponseForm(request.POST), responding.acknowledge)


@requires(permissions.may_subscribe)
@require_POST
def relay(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _respond(request, pk, RelayForm(request.POST), responding.relay)


def _respond(request: HttpRequest, pk: uuid.UUID, form: ResponseForm, verb: Callable[..., Response]) -> HttpResponse:
    """Say something back for one of the reader's organisations; a refusal shows the page again with what was typed."""
    user, advisory = person(request), get_object_or_404(_visible(request), pk=pk)
    if not form.is_valid():
        return _page(request, pk, refused=form, status=422)
    mine = {each.pk: each for each in permissions.organisations_to_respond(user)}
    said = dict(form.cleaned_data)
    organisation = mine.get(said.pop("organisation"))
    if organisation is None:
        raise Http404
    try:
        verb(advisory, organisation=organisation, by=user, today=timezone.localdate(), **said)
    except responding.UnableToRespond as error:
        messages.error(request, str(error))
        return _page(request, pk, refused=form, status=409)
    messages.success(request, _("Thank you. The focal point sees it beside the advisory."))
    return redirect("advisories:detail", pk)


def _page(request: HttpRequest, pk: uuid.UUID, *, refused: ResponseForm | None = None, status: int = 200) -> HttpResponse:
    advisory = get_object_or_404(_visible(request).for_list(), pk=pk)
    # What stands beside it is within the reader's reach too, or isn't there.
    visible = _visible(request)
    context = {
        "advisory": advisory,
        "correction": visible.filter(corrects=advisory).first(),
        "corrected": visible.filter(pk=advisory.corrects_id).first() if advisory.corrects_id else None,
        "says_back": _says_back(request, advisory, refused),
    }
    return render(request, "advisories/detail.html", context, status=status)


@dataclass(frozen=True)
class SaysBack:
    """What one of the reader's organisations has said, and may say; no form where it may not pass the advisory on."""

    organisation: Organisation
    response: Response | None
    relay_form: ResponseForm | None


def _says_back(request: HttpRequest, advisory: Advisory, refused: ResponseForm | None) -> list[SaysBack]:
    mine = permissions.organisations_to_respond(request.user)
    said = {each.organisation_id: each for each in advisory.responses.filter(organisation__in=mine)} if mine else {}
    return [SaysBack(each, said.get(each.pk), _relay_form(each, advisory, refused)) for each in mine]


def _relay_form(organisation: Organisation, advisory: Advisory, refused: ResponseForm | None) -> ResponseForm | None:
    if not permissions.may_relay(organisation, advisory):
        return None
    if isinstance(refused, RelayForm) and refused.data.get("organisation") == str(organisation.pk):
        return refused
    return RelayForm(initial={"organisation": organisation.pk}, auto_id=f"relay_{organisation.pk}_%s")


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
    context = {"form": form, "page": Paginator(rows, PAGE).get_page(request.GET.get("page"))}
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


@login_not_required
@require_safe
def feed_atom(request: HttpRequest) -> HttpResponse:
    feed = Atom1Feed(
        title=_("Advisories of the focal point"),
        link=_absolute(reverse("advisories:list")),
        description=_("Threats, rules and guidance for those who make and trade strategic technology."),
        feed_url=_absolute(request.path),
        language=request.LANGUAGE_CODE,
    )
    for advisory in _in_feed(request):
        feed.add_item(
            title=f"{advisory.get_tlp_display()} {advisory.title}",
            link=_absolute(advisory.get_absolute_url()),
            description=advisory.summary,
            content=markup.to_html(advisory.body, with_classes=False),
            unique_id=f"urn:uuid:{advisory.pk}",
            pubdate=advisory.published_at,
            updateddate=advisory.withdrawn_at or advisory.published_at,
            author_name=advisory.agency.name,
            categories=[advisory.get_tlp_display(), advisory.kind, *(segment.code for segment in advisory.segments.all())],
        )
    return _kept_briefly(request, HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8"))


@login_not_required
@require_safe
def feed_json(request: HttpRequest) -> HttpResponse:
    """JSON Feed 1.1, https://www.jsonfeed.org/version/1.1/"""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _("Advisories of the focal point"),
        "home_page_url": _absolute(reverse("advisories:list")),
        "feed_url": _absolute(request.path),
        "language": request.LANGUAGE_CODE,
        "items": [_feed_item(advisory) for advisory in _in_feed(request)],
    }
    return _kept_briefly(request, JsonResponse(feed, content_type="application/feed+json"))


def _feed_item(advisory: Advisory) -> dict[str, object]:
    return {
        "id": f"urn:uuid:{advisory.pk}",
        "url": _absolute(advisory.get_absolute_url()),
        "title": f"{advisory.get_tlp_display()} {advisory.title}",
        "summary": advisory.summary,
        "content_html": markup.to_html(advisory.body, with_classes=False),
        "date_published": advisory.published_at.isoformat(timespec="seconds") if advisory.published_at else None,
        "language": advisory.language,
        "authors": [{"name": advisory.agency.name}],
        "tags": [advisory.get_tlp_display(), advisory.kind, *(segment.code for segment in advisory.segments.all())],
    }


def _visible(request: HttpRequest) -> AdvisoryQuerySet:
    return Advisory.objects.visible_to(request.user, today=timezone.localdate())


def _in_feed(request: HttpRequest) -> AdvisoryQuerySet:
    return _visible(request).current().for_list().newest_first()[:IN_FEED]


def _absolute(path: str) -> str:
    return f"{settings.PUBLIC_URL}{path}"


def _kept_briefly(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A stranger's feed may be kept by anyone for some minutes; what a reader gets who has signed in, by nobody."""
    patch_vary_headers(response, ["Cookie", "Accept-Language"])
    if request.user.is_authenticated:
        patch_cache_control(response, private=True, no_store=True)
    else:
        patch_cache_control(response, public=True, max_age=FEED_MINUTES * 60)
    return response
