"""Official feeds are read by the clock; what they say waits for an editor."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from advisories.models import Candidate, Source
from advisories.parsing import BrokenFeed, Item, digest, link_key, parse, title_key
from advisories.services.matching import Matcher
from organisations.outbound import PUBLIC, Limits, Reach, Reply, UnableToReach, request

ACCEPTED: Final = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.1"
LIMITS: Final = Limits(silence=10, longest=30, redirects=3)
MOST_WAITING: Final = 1000  # new candidates of one source: a feed that makes up news without end stops there
SAME_NEWS: Final = timedelta(days=14)  # within which two sources with one title say the same


def read(source: Source, *, now: datetime, reach: Reach = PUBLIC) -> Source | None:
    """Read a feed that is due, and keep what is new in it; None if another worker has it.

    It counts as failed before it is asked, and as read afterwards: whatever breaks off a worker is counted too, and the next
    worker doesn't begin with the same feed again. What is wrong with a feed is written beside it and never raised.
    """
    claimed = _claim(source, now)
    if claimed is None:
        return None
    try:
        reply = request("GET", claimed.url, headers=_conditions(claimed), limits=LIMITS, reach=reach)
        items = _items(reply)
    except (UnableToReach, BrokenFeed) as error:
        return _failed(claimed, str(error))
    return _done(claimed, reply, items, now=now)


@transaction.atomic
def _claim(source: Source, now: datetime) -> Source | None:
    found = Source.objects.due(now).select_for_update(skip_locked=True).filter(pk=source.pk).first()
    if found is None:
        return None
    found.next_read_at = now + timedelta(hours=found.hours)
    found.failures += 1
    found.problem = _("The reading broke off.")
    found.save(update_fields=["next_read_at", "failures", "problem"])
    return found


def _conditions(source: Source) -> dict[str, str]:
    known = {"If-None-Match": source.etag, "If-Modified-Since": source.last_modified}
    return {"Accept": ACCEPTED} | {name: value for name, value in known.items() if value}


def _items(reply: Reply) -> list[Item] | None:
    """What the feed lists; None where nothing has changed. Raises BrokenFeed."""
    if reply.status == 304:
        return None
    if reply.status != 200:
        raise BrokenFeed(_("It answered with status %(status)d.") % {"status": reply.status})
    return parse(reply.content, content_type=reply.headers.get("content-type", ""), url=reply.url)


@transaction.atomic
def _failed(claimed: Source, why: str) -> Source | None:
    source = _still(claimed)
    if source:
        source.problem = why[:300]
        source.save(update_fields=["problem"])
    return source


@transaction.atomic
def _done(claimed: Source, reply: Reply, items: list[Item] | None, *, now: datetime) -> Source | None:
    source = _still(claimed)
    if source is None:
        return None
    if items is None:
        if source.read_at:  # all that the last reading listed is listed still
            source.candidates.filter(seen_at=source.read_at).update(seen_at=now)
    else:
        take_in(source, items, now=now)
        source.etag = _header(reply, "etag", 300)
        source.last_modified = _header(reply, "last-modified", 100)
    source.read_at, source.failures, source.problem = now, 0, ""
    source.save(update_fields=["etag", "last_modified", "read_at", "failures", "problem"])
    return source


def _header(reply: Reply, name: str, longest: int) -> str:
    """A header to send back the next time; one that is too long to be one is as good as none."""
    value = reply.headers.get(name, "")
    return value if len(value) <= longest and value.isascii() and value.isprintable() else ""


def _still(claimed: Source) -> Source | None:
    """The source as it is now, locked; None where it was changed meanwhile, so that what was read is of another address."""
    return Source.objects.select_for_update().filter(pk=claimed.pk, url=claimed.url).first()


@transaction.atomic
def take_in(source: Source, items: Iterable[Item], *, now: datetime) -> list[Candidate]:
    """Keep what a feed says and is not known yet, the last one first, so that the newest is found last and shown on top.

    What is older than a candidate is kept for is no news and stays out; so does what comes when MOST_WAITING wait already.
    """
    by_guid: dict[str, Item] = {}
    for item in items:
        by_guid.setdefault(digest(item.guid), item)
    known = source.candidates.filter(guid__in=by_guid)
    known.update(seen_at=now)
    seen = set(known.values_list("guid", flat=True))
    room = MOST_WAITING - source.candidates.new().count()
    earliest = now - timedelta(days=settings.CANDIDATES_KEPT_DAYS)
    fresh = [(guid, item) for guid, item in by_guid.items() if guid not in seen and not _is_before(item, earliest)]
    matcher, usual = Matcher(), list(source.segments.all())
    made = []
    for guid, item in reversed(fresh[: max(room, 0)]):
        match = matcher.match(f"{item.title}\n{item.summary}")
        candidate = Candidate(source=source, guid=guid, found_at=now, seen_at=now, title=item.title, summary=item.summary)
        candidate.link, candidate.link_key, candidate.title_key = item.link, link_key(item.link), title_key(item.title)
        candidate.published_at = item.published_at if item.published_at and item.published_at <= now else None
        candidate.codes, candidate.near_codes = match.codes, match.near_codes
        candidate.same_as = _first_to_say(candidate, now)
        candidate.save()
        candidate.segments.set([*usual, *match.segments])
        made.append(candidate)
    return made


def _is_before(item: Item, moment: datetime) -> bool:
    return item.published_at is not None and item.published_at < moment


def _first_to_say(candidate: Candidate, now: datetime) -> Candidate | None:
    """The same news from another source whose candidates the same editors see: one page, or one title within SAME_NEWS."""
    same = Q(pk=None)
    if candidate.link_key:
        same |= Q(link_key=candidate.link_key)
    if candidate.title_key:
        same |= Q(title_key=candidate.title_key, found_at__gte=now - SAME_NEWS)
    others = Candidate.objects.filter(same, same_as=None, source__agency=candidate.source.agency_id)
    return others.exclude(source=candidate.source_id).order_by("found_at", "pk").first()


def forget(*, now: datetime) -> int:
    """Erase what no feed has listed for as long as candidates are kept; returns how many. Drafts made of them stay."""
    old = Candidate.objects.to_erase(now - timedelta(days=settings.CANDIDATES_KEPT_DAYS))
    _total, by_model = old.delete()
    return by_model.get("advisories.Candidate", 0)
