"""Advisories for programs: one as STIX 2.1, its dates, and a calendar of all dates. TLP:RED is read on its page alone."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from advisories import dates as calendars
from advisories import stix as objects
from advisories.querysets import AdvisoryQuerySet
from advisories.views.feeds import kept_briefly
from advisories.views.reading import visible

IN_CALENDAR = 500
# A calendar keeps what has been; a program that looks in so often hears that something was taken back.
LOOKS_BACK = timedelta(days=90)


@login_not_required
@require_safe
def stix(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The last version of a threat, with who issued it and its marking, as a bundle."""
    advisory = get_object_or_404(_whole(visible(request).exchanged()), pk=pk)
    content = objects.bundle(advisory, advisory.last_version, base=settings.PUBLIC_URL)
    return _file(request, content.encode(), objects.MEDIA_TYPE, f"advisory-{pk}.json")


@login_not_required
@require_safe
def dates(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    advisory = get_object_or_404(_whole(visible(request).with_dates()), pk=pk)
    content = calendars.calendar([advisory], name=advisory.title, base=settings.PUBLIC_URL)
    return _file(request, content, calendars.MEDIA_TYPE, f"advisory-{pk}.ics")


@login_not_required
@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """To subscribe to: the dates of all that one may read, those that lie far back left out."""
    recent = visible(request).with_dates().with_days_since(timezone.localdate() - LOOKS_BACK)
    rows = _whole(recent.defer("body", "what_to_do")).newest_first()[:IN_CALENDAR]
    content = calendars.calendar(rows, name=_("Advisories of the focal point"), base=settings.PUBLIC_URL)
    return _file(request, content, calendars.MEDIA_TYPE, "advisories.ics")


def _whole(rows: AdvisoryQuerySet) -> AdvisoryQuerySet:
    return rows.for_list().with_versions()


def _file(request: HttpRequest, content: bytes, media_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return kept_briefly(request, response)
