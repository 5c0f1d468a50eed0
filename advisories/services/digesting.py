"""Digests: one mail a day or a week with what came out since the last one.

What is due is in the rows: a subscription says until when it has been told. However often the clock ticks, late or twice, each is
told once of a period; a tick that dies leaves a batch wholly made or not made at all, and the next one goes on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Case, Min, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone

from advisories import lifecycle
from advisories.disclosure import may_be_repeated
from advisories.emails import compose_digest, list_id, stop_address
from advisories.models import Advisory, Digest, DigestCopy, Pace, Subscription
from mailroom.models import Envelope, Priority
from mailroom.models import State as Fate
from mailroom.querysets import EnvelopeQuerySet
from mailroom.services import cancel, post_to_query

# A language, whether it is for single addresses, and what came out, the oldest first.
Contents = tuple[str, bool, tuple[Advisory, ...]]
BATCH = 10_000  # subscriptions in one transaction, which holds whoever withdraws up for some seconds


def post_due(*, now: datetime) -> int:
    """Write the digests that are due by the portal's clock, the missed ones as well, and return how many subscriptions get one.

    Who has missed several periods is told of all of them in one mail.
    """
    written = 0
    for pace in (Pace.DAILY, Pace.WEEKLY):
        until = lifecycle.digest_due(pace, timezone.localtime(now, timezone.get_default_timezone()))
        while Subscription.objects.to_digest(pace, until).exists():
            written += _post_batch(pace, until, now=now)
    return written


def copies_of(advisories: Iterable[Advisory]) -> EnvelopeQuerySet:
    """All copies that tell of one of these: mails of their own, and digests."""
    wanted = list(advisories)
    sources = [each.source for each in wanted]
    sources += [each.source for each in Digest.objects.filter(advisories__in=wanted).distinct()]
    return Envelope.objects.filter(letter__source__in=sources)


def call_back(advisory: Advisory) -> None:
    """Stop every copy of it that has not begun to leave, also those that associations have sent to their members.

    A digest is made anew without it at the clock's next tick.
    """
    for source in (advisory.source, *(relay.source for relay in advisory.relays.all())):
        cancel(source=source)
    for digest in advisory.digests.order_by("pk"):
        if cancel(source=digest.source):
            _begin_anew(digest)


def _begin_anew(digest: Digest) -> None:
    stopped = Envelope.objects.of_source(digest.source).filter(state=Fate.CANCELLED).annotate(lowered=Lower("address"))
    mine = digest.copies.annotate(lowered=Lower("subscription__address")).filter(lowered__in=stopped.values("lowered"))
    since = Subquery(mine.filter(subscription=OuterRef("pk")).values("since")[:1])
    Subscription.objects.filter(digests__in=mine).update(told_until=since)
    DigestCopy.objects.filter(pk__in=mine.values("pk")).delete()


@transaction.atomic
def _post_batch(pace: Pace, until: datetime, *, now: datetime) -> int:
    due = Subscription.objects.to_digest(pace, until)
    since = due.aggregate(since=Min("told_until"))["since"] or until
    # Advisories are locked before subscriptions, as by those who withdraw: nothing that is being withdrawn gets into a digest, and
    # whoever withdraws sees the digests that it is in. Of two clocks the second waits here and finds nothing due.
    published = Advisory.objects.for_digests(since, until).select_related("agency").with_translations().with_files()
    advisories = list(published.select_for_update(of=("self",), no_key=True))
    batch = list(due.select_for_update(of=("self",), no_key=True).order_by("told_until", "pk")[:BATCH])
    told = _told(batch, advisories)
    for (language, is_single, contents), subscriptions in _alike(batch, told).items():
        _post(contents, subscriptions, language=language, is_single=is_single, until=until, now=now)
    # Who gets all at once from now on has had their last digest.
    still = Case(When(pace=Pace.IMMEDIATE, then=None), default=Value(until))
    Subscription.objects.among(batch).update(told_until=still)
    return len(told)


def _told(batch: Sequence[Subscription], advisories: Iterable[Advisory]) -> dict[UUID, list[Advisory]]:
    """Of what each subscription is to be told; those for whom there is nothing are not in it."""
    told: dict[UUID, list[Advisory]] = defaultdict(list)
    mine = Subscription.objects.among(batch)
    for advisory in advisories:
        for pk in mine.not_told_of(advisory).values_list("pk", flat=True):
            told[pk].append(advisory)
    return told


def _alike(batch: Sequence[Subscription], told: dict[UUID, list[Advisory]]) -> dict[Contents, list[Subscription]]:
    """The subscriptions that get the same words, by them."""
    found: dict[Contents, list[Subscription]] = defaultdict(list)
    for subscription in batch:
        if subscription.pk in told:
            is_single = subscription.organisation_id is None
            found[subscription.language, is_single, tuple(told[subscription.pk])].append(subscription)
    return found


def _post(
    advisories: Sequence[Advisory],
    subscriptions: Sequence[Subscription],
    *,
    language: str,
    is_single: bool,
    until: datetime,
    now: datetime,
) -> None:
    digest = Digest.objects.create(period=until.date())
    digest.advisories.set(advisories)
    DigestCopy.objects.bulk_create(
        DigestCopy(digest=digest, subscription=each, period=digest.period, since=each.told_until or until) for each in subscriptions
    )
    mail = compose_digest(advisories, language=language, on=digest.period, is_single=is_single)
    to = Subscription.objects.filter(digests__digest=digest)
    post_to_query(
        purpose="advisory-digest-single" if is_single else "advisory-digest",
        source=digest.source,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        closed=mail.closed,
        language=language,
        audience=to.values_list("address", Coalesce("organisation__name", Value(""))),
        now=now,
        priority=Priority.BULK,
        list_id=list_id(),
        stop_address=stop_address(),
        repeats=all(may_be_repeated(advisory.tlp) for advisory in advisories),
    )
