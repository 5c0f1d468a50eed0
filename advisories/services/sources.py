"""Which official feeds are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from advisories import permissions
from advisories.models import Source
from advisories.services.editing import UnableTo
from catalogue.models import Segment
from organisations.models import Kind, Organisation, User
from organisations.outbound import UnableToReach, checked

COLUMNS = ("name", "url", "agency", "kind", "language", "hours", "is_on")


class UnableToKeepSource(UnableTo):
    pass


@dataclass(frozen=True)
class SourceWords:
    """What is entered of a source."""

    name: str
    url: str
    agency: Organisation
    kind: str = "regulatory"
    language: str = "en"
    hours: int = 6
    is_on: bool = True
    segments: Sequence[Segment] = ()


@transaction.atomic
def add(*, words: SourceWords, by: User, now: datetime) -> Source:
    """Enter a feed, to be read from now on. Raises UnableToKeepSource for somebody else than its keepers, and a feed twice."""
    _refuse(words, by)
    if Source.objects.filter(url=words.url).exists():
        raise UnableToKeepSource(_("This feed has been entered already."))
    source = Source(changed_by=by, changed_at=now, next_read_at=now)
    return _written(source, words)


@transaction.atomic
def change(source: Source, *, words: SourceWords, by: User, now: datetime) -> Source:
    """Change what is known of a feed; at another address it is read anew. Raises UnableToKeepSource."""
    source = Source.objects.select_for_update().get(pk=source.pk)
    _refuse(words, by)
    if Source.objects.filter(url=words.url).exclude(pk=source.pk).exists():
        raise UnableToKeepSource(_("Another source has this address already."))
    if source.url != words.url:
        _begin_anew(source, now)
    if words.is_on and not source.is_on:
        source.next_read_at = now
    source.changed_by, source.changed_at = by, now
    return _written(source, words)


@transaction.atomic
def read_soon(source: Source, *, by: User, now: datetime) -> Source:
    """Have the clock read a feed the next time that it comes by, whole. Raises UnableToKeepSource."""
    source = Source.objects.select_for_update().get(pk=source.pk)
    if not permissions.may_keep_sources(by) or not source.is_on:
        raise UnableToKeepSource(_("Only its keepers can have a source read, and only one that is switched on."))
    source.next_read_at, source.etag, source.last_modified = now, "", ""
    source.save(update_fields=["next_read_at", "etag", "last_modified"])
    return source


def _begin_anew(source: Source, now: datetime) -> None:
    source.next_read_at, source.etag, source.last_modified = now, "", ""
    source.failures, source.problem = 0, ""


def _refuse(words: SourceWords, by: User) -> None:
    if not permissions.may_keep_sources(by):
        raise UnableToKeepSource(_("Only editors and administrators of the focal point say which sources are read."))
    if words.agency.kind != Kind.AGENCY:
        raise UnableToKeepSource(_("Choose the agency whose editors look through it."))
    try:
        checked(words.url)
    except UnableToReach as error:
        raise UnableToKeepSource(str(error)) from error


def _written(source: Source, words: SourceWords) -> Source:
    for name in COLUMNS:
        setattr(source, name, getattr(words, name))
    source.save()
    source.segments.set(words.segments)
    return source
