"""Atom and JSON feeds."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from advisories import markup
from advisories.forms import LanguageForm, languages_wanted
from advisories.models import Advisory, Texts
from advisories.views.reading import visible

IN_FEED = 50
FEED_MINUTES = 5


class AdvisoryFeed(Atom1Feed):
    """Atom (RFC 4287) with a link to each text of law that an advisory refers to."""

    def item_attributes(self, item: dict[str, Any]) -> dict[str, str]:
        return {"xml:lang": item["language"]}

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        for reference in item["references"]:
            handler.addQuickElement("link", "", {"rel": "related", "href": reference.address, "title": str(reference)})


@login_not_required
@require_safe
def feed_atom(request: HttpRequest) -> HttpResponse:
    form = LanguageForm(request.GET)
    if not form.is_valid():
        return _refused(form)
    feed = AdvisoryFeed(
        title=_("Advisories of the focal point"),
        link=_absolute(reverse("advisories:list")),
        description=_("Threats, rules and guidance for those who make and trade strategic technology."),
        feed_url=_absolute(request.path),
        language=request.LANGUAGE_CODE,
    )
    for advisory, words in _in_feed(request, form.chosen):
        feed.add_item(
            title=f"{advisory.get_tlp_display()} {words.title}",
            link=_absolute(advisory.get_absolute_url()),
            description=words.summary,
            content=markup.to_html(words.body, with_classes=False),
            language=words.language,
            unique_id=f"urn:uuid:{advisory.pk}",
            pubdate=advisory.published_at,
            updateddate=advisory.withdrawn_at or advisory.published_at,
            author_name=advisory.agency.name,
            categories=_tags(advisory),
            references=advisory.references,
        )
    return kept_briefly(request, HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8"))


@login_not_required
@require_safe
def feed_json(request: HttpRequest) -> HttpResponse:
    """JSON Feed 1.1, https://www.jsonfeed.org/version/1.1/"""
    form = LanguageForm(request.GET)
    if not form.is_valid():
        return _refused(form)
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _("Advisories of the focal point"),
        "home_page_url": _absolute(reverse("advisories:list")),
        "feed_url": _absolute(request.path),
        "language": request.LANGUAGE_CODE,
        "items": [_feed_item(advisory, words) for advisory, words in _in_feed(request, form.chosen)],
    }
    return kept_briefly(request, JsonResponse(feed, content_type="application/feed+json"))


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


def _tags(advisory: Advisory) -> list[str]:
    """Its label and kind, and the codes of whom it concerns."""
    codes = [segment.code for segment in advisory.segments.all()]
    return [advisory.get_tlp_display(), advisory.kind, *codes, *advisory.control_entries, *advisory.destinations, *advisory.roles]


def _in_feed(request: HttpRequest, language: str) -> list[tuple[Advisory, Texts]]:
    """The newest, each in the language that its reader asks for, where there is one."""
    wanted = languages_wanted(request, language)
    return [(advisory, advisory.version_for(wanted)) for advisory in visible(request).current().for_list().newest_first()[:IN_FEED]]


def _refused(form: LanguageForm) -> HttpResponse:
    why = " ".join(str(error) for errors in form.errors.values() for error in errors)
    return HttpResponse(f"{why}\n", status=400, content_type="text/plain; charset=utf-8")


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
