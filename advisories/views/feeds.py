"""Atom (RFC 4287) and JSON feeds (https://www.jsonfeed.org/version/1.1/): for everybody, for who is signed in, and by token."""

from __future__ import annotations

import uuid
from base64 import b64decode
from binascii import Error as NoBase64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.feedgenerator import Atom1Feed, Enclosure
from django.utils.html import escape
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from advisories import markup, permissions
from advisories.forms import FeedTokenForm, LanguageForm, languages_wanted
from advisories.models import Advisory, Attachment, FeedToken, Texts
from advisories.querysets import AdvisoryQuerySet
from advisories.services import feeds
from advisories.views.reading import PAGE, visible
from advisories.views.webhooks import with_second_factor
from organisations.permissions import person, requires

IN_FEED = 50
FEED_MINUTES = 5
LONGEST_TOKEN = 100
NOTHING_YET = datetime(1970, 1, 1, tzinfo=UTC)  # when a feed without entries last changed; now would change it at each look


@dataclass(frozen=True)
class Head:
    """What a feed says of itself; `id` is for an organisation's own, all others are known by the address of the list."""

    path: str
    title: str
    id: str | None = None


# An advisory, and what it says in the language of who reads it.
Entries = list[tuple[Advisory, Texts]]
Make = Callable[[HttpRequest, Entries, Head], HttpResponse]


@login_not_required
@require_safe
def feed_atom(request: HttpRequest) -> HttpResponse:
    return _public(request, _atom)


@login_not_required
@require_safe
def feed_json(request: HttpRequest) -> HttpResponse:
    return _public(request, _json)


def _public(request: HttpRequest, make: Make) -> HttpResponse:
    form = LanguageForm(request.GET)
    if not form.is_valid():
        return _refused(form)
    head = Head(request.path, _("Advisories of the focal point"))
    return kept_briefly(request, make(request, _in_feed(request, visible(request), form.chosen), head))


def _refused(form: LanguageForm) -> HttpResponse:
    why = " ".join(str(error) for errors in form.errors.values() for error in errors)
    return HttpResponse(f"{why}\n", status=400, content_type="text/plain; charset=utf-8")


# --- by token -------------------------------------------------------------------------------------------------------------


@login_not_required
@require_safe
@sensitive_variables("token")
def token_atom(request: HttpRequest, token: str) -> HttpResponseBase:
    return _by_address(request, token, _atom, path=reverse("advisories:own-feed"))


@login_not_required
@require_safe
@sensitive_variables("token")
def token_json(request: HttpRequest, token: str) -> HttpResponseBase:
    return _by_address(request, token, _json, path=reverse("advisories:own-feed-json"))


@login_not_required
@require_safe
def own_atom(request: HttpRequest) -> HttpResponseBase:
    return _by_password(request, _atom)


@login_not_required
@require_safe
def own_json(request: HttpRequest) -> HttpResponseBase:
    return _by_password(request, _json)


@sensitive_variables("secret")
def _by_address(request: HttpRequest, secret: str, make: Make, *, path: str) -> HttpResponseBase:
    token = feeds.use_token(secret[:LONGEST_TOKEN], today=timezone.localdate())
    if token is None:
        raise Http404
    return _private(request, token, make, path=path)


@sensitive_variables("secret")
def _by_password(request: HttpRequest, make: Make) -> HttpResponseBase:
    """HTTP Basic (RFC 7617): any name, and the token for a password; what was wrong with it is not said."""
    secret = _password(request.headers.get("Authorization", ""))
    token = feeds.use_token(secret[:LONGEST_TOKEN], today=timezone.localdate()) if secret else None
    if token is None:
        response = HttpResponse(_("Sign in with any name and, as the password, a token of your organisation’s feed."), status=401)
        response["Content-Type"] = "text/plain; charset=utf-8"
        response["WWW-Authenticate"] = 'Basic realm="Advisories", charset="UTF-8"'
        return _closed(response)
    return _private(request, token, make, path=request.path)


@sensitive_variables("header", "words")
def _password(header: str) -> str:
    scheme, _blank, words = header.partition(" ")
    if scheme.lower() != "basic" or len(words) > 4 * LONGEST_TOKEN:
        return ""
    try:
        return b64decode(words, validate=True).decode("utf-8").partition(":")[2]
    except (NoBase64, ValueError):
        return ""


def _private(request: HttpRequest, token: FeedToken, make: Make, *, path: str) -> HttpResponseBase:
    """The organisation's feed. It names its address without the token: what a reader passes on, or shows, opens nothing."""
    rows = Advisory.objects.by_feed_token(token.organisation, today=timezone.localdate())
    title = _("Advisories of the focal point for %(organisation)s") % {"organisation": token.organisation}
    response = make(request, _in_feed(request, rows), Head(path, title, f"urn:uuid:{token.pk}"))
    etag = quote_etag(sha256(response.content).hexdigest())
    response["ETag"] = etag
    patch_vary_headers(response, ["Authorization", "Accept-Language"])
    return _closed(get_conditional_response(request, etag=etag, response=response) or response)


def _closed(response: HttpResponseBase) -> HttpResponseBase:
    """Kept by no cache on the way, found by no search engine, and its address told to no site that is opened from it."""
    patch_cache_control(response, private=True, no_store=True)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


# --- keeping tokens -------------------------------------------------------------------------------------------------------


@requires(permissions.may_subscribe)
@with_second_factor
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """The tokens of the person's organisations, and a form to make one, which shows its addresses this once."""
    user = person(request)
    organisations = permissions.organisations_to_subscribe(user)
    form = FeedTokenForm(request.POST if request.method == "POST" else None, organisations=organisations)
    made = None
    if form.is_valid():
        said = form.cleaned_data
        try:
            made = feeds.make_token(
                organisation=said["organisation"], name=said["name"], form=said["once"], by=user, today=timezone.localdate()
            )
        except feeds.UnableToMake as error:
            form.add_error(None, str(error))
    rows = FeedToken.objects.of(organisations).select_related("organisation").order_by("revoked_on", "-made_on", "name", "pk")
    context = {
        "made": made,
        "addresses": _addresses(made.secret) if made else [],
        "own_address": _absolute(reverse("advisories:own-feed")),
        "form": FeedTokenForm(organisations=organisations) if made else form,
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "advisories/feeds.html", context, status=422 if form.errors else 200)


@requires(permissions.may_subscribe)
@with_second_factor
@require_POST
def revoke(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    user = person(request)
    mine = FeedToken.objects.of(permissions.organisations_to_subscribe(user)).select_related("organisation")
    token = get_object_or_404(mine, pk=pk)
    feeds.revoke_token(token, by=user, today=timezone.localdate())
    messages.success(request, _("The feed “%(name)s” opens nothing any more.") % {"name": token.name})
    return redirect("advisories:feeds")


def _addresses(secret: str) -> list[str]:
    return [_absolute(reverse(f"advisories:{name}", args=[secret])) for name in ("token-feed", "token-feed-json")]


# --- making feeds ---------------------------------------------------------------------------------------------------------


class _Atom(Atom1Feed):
    """With the words of each entry, which Django's own leaves out, and a link to each text of law that it refers to.

    It is the same for the same entries whenever it is made.
    """

    def latest_post_date(self) -> datetime:
        return super().latest_post_date() if self.items else NOTHING_YET

    def item_attributes(self, item: dict[str, Any]) -> dict[str, str]:
        return {"xml:lang": item["language"]}

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["content"], {"type": "html"})
        for reference in item["references"]:
            handler.addQuickElement("link", "", {"rel": "related", "href": reference.address, "title": str(reference)})


def _atom(request: HttpRequest, entries: Entries, head: Head) -> HttpResponse:
    feed = _Atom(
        title=head.title,
        link=_absolute(reverse("advisories:list")),
        description=_("Threats, rules and guidance for those who make and trade strategic technology."),
        subtitle=_("Threats, rules and guidance for those who make and trade strategic technology."),
        feed_url=_absolute(head.path),
        feed_guid=head.id,
        language=request.LANGUAGE_CODE,
    )
    for advisory, words in entries:
        feed.add_item(
            title=f"{advisory.get_tlp_display()} {words.title}",
            link=_absolute(advisory.get_absolute_url()),
            description=escape(words.summary),  # which Atom1Feed says to be HTML
            content=markup.to_html(words.body, with_classes=False),
            language=words.language,
            unique_id=f"urn:uuid:{advisory.pk}",
            pubdate=advisory.published_at,
            updateddate=advisory.withdrawn_at or advisory.published_at,
            author_name=advisory.agency.name,
            categories=_tags(advisory),
            enclosures=[
                Enclosure(_absolute(each.get_absolute_url()), str(each.size), each.media_type) for each in _enclosed(advisory)
            ],
            references=advisory.references,
        )
    return HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")


def _json(request: HttpRequest, entries: Entries, head: Head) -> HttpResponse:
    feed: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": head.title,
        "home_page_url": _absolute(reverse("advisories:list")),
        "feed_url": _absolute(head.path),
        "language": request.LANGUAGE_CODE,
        "items": [_feed_item(advisory, words) for advisory, words in entries],
    }
    return JsonResponse(feed, content_type="application/feed+json")


def _feed_item(advisory: Advisory, words: Texts) -> dict[str, object]:
    return {
        "id": f"urn:uuid:{advisory.pk}",
        "url": _absolute(advisory.get_absolute_url()),
        "title": f"{advisory.get_tlp_display()} {words.title}",
        "summary": words.summary,
        "content_html": markup.to_html(words.body, with_classes=False),
        "date_published": advisory.published_at.isoformat(timespec="seconds") if advisory.published_at else None,
        "language": words.language,
        "authors": [{"name": advisory.agency.name}],
        "tags": _tags(advisory),
        "attachments": [
            {
                "url": _absolute(each.get_absolute_url()),
                "mime_type": each.media_type,
                "title": each.name,
                "size_in_bytes": each.size,
            }
            for each in _enclosed(advisory)
        ],
        # What the format has no place for, in an object of our own (JSON Feed 1.1, "Extensions"): the names of the API.
        "_focalpoint": {
            "control_entries": advisory.control_entries,
            "destinations": advisory.destinations,
            "roles": advisory.roles,
            "legal_references": [
                {"identifier": each.identifier, "words": each.words, "address": each.address} for each in advisory.references
            ],
        },
    }


def _enclosed(advisory: Advisory) -> list[Attachment]:
    """The files that a feed reader can fetch: it has no session, so of other labels than CLEAR it could have none."""
    return advisory.files if advisory.is_for_everybody else []


def _tags(advisory: Advisory) -> list[str]:
    """Its label and kind, and the codes of whom it concerns."""
    codes = [segment.code for segment in advisory.segments.all()]
    return [advisory.get_tlp_display(), advisory.kind, *codes, *advisory.control_entries, *advisory.destinations, *advisory.roles]


def _in_feed(request: HttpRequest, rows: AdvisoryQuerySet, language: str = "") -> Entries:
    """The newest, each in the language that its reader asks for, where there is one."""
    wanted = languages_wanted(request, language)
    return [(advisory, advisory.version_for(wanted)) for advisory in rows.current().for_list().newest_first()[:IN_FEED]]


def _absolute(path: str) -> str:
    return f"{settings.PUBLIC_URL}{path}"


def kept_briefly(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A stranger's feed may be kept by anyone for some minutes; what a reader gets who has signed in, by nobody."""
    patch_vary_headers(response, ["Cookie", "Accept-Language"])
    if request.user.is_authenticated:
        patch_cache_control(response, private=True, no_store=True)
    else:
        patch_cache_control(response, public=True, max_age=FEED_MINUTES * 60)
    return response
