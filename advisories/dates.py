"""Dates that matter as calendars read them (RFC 5545): when a rule comes into force, its last day, the days of an event."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from django.utils import translation
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from advisories.disclosure import CLEAR

if TYPE_CHECKING:
    from advisories.models import Advisory

MEDIA_TYPE: Final = "text/calendar; charset=utf-8"
# How often a program should look again (RFC 7986, section 5.7).
REFRESH: Final = timedelta(hours=12)


def calendar(advisories: Iterable[Advisory], *, name: str, base: str) -> bytes:
    """Return a calendar of the days of `advisories`, whose versions have been fetched; `base` is the portal's own address."""
    made = Calendar()
    made.add("prodid", "-//Focal Point portal//Advisories//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("name", name)
    made.add("x-wr-calname", name)  # what came before RFC 7986, and is still read
    made.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    for advisory in advisories:
        with translation.override(advisory.language):
            for part, title, first, last in _days(advisory):
                made.add_component(_entry(advisory, part, title, first, last, base=base))
    return bytes(made.to_ical())


def _days(advisory: Advisory) -> list[tuple[str, str, date, date]]:
    """Each entry's part of the UID, its title, its first and its last day."""
    first, last, title = advisory.valid_from, advisory.valid_to, {"title": advisory.title}
    if advisory.kind == "event":
        begins, ends = first or last, last or first
        return [("event", advisory.title, begins, ends)] if begins and ends else []
    begin = [("from", _("In force from today: %(title)s") % title, first, first)] if first else []
    return begin + ([("to", _("Last day: %(title)s") % title, last, last)] if last else [])


def _entry(advisory: Advisory, part: str, title: str, first: date, last: date, *, base: str) -> Event:
    page = f"{base}{advisory.get_absolute_url()}"
    entry = Event()
    entry.add("uid", f"{advisory.pk}-{part}@{urlsplit(base).hostname}")
    entry.add("dtstamp", advisory.last_version.at)
    # RFC 5545, section 3.8.7.4: whoever has an older one takes the newer. What is taken back comes after every revision.
    entry.add("sequence", advisory.revision + (1 if advisory.is_taken_back else 0))
    entry.add("status", "CANCELLED" if advisory.is_taken_back else "CONFIRMED")
    entry.add("dtstart", first)
    entry.add("dtend", last + timedelta(days=1))  # section 3.6.1: the day after
    entry.add("summary", f"{advisory.get_tlp_display()} {title}")
    entry.add("description", f"{advisory.summary}\n\n{page}")
    entry.add("url", page)
    entry.add("categories", [advisory.get_tlp_display(), advisory.get_kind_display()])
    entry.add("class", "PUBLIC" if advisory.tlp == CLEAR else "PRIVATE")
    entry.add("transp", "TRANSPARENT")
    return entry
