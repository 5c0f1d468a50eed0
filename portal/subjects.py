"""What questions may be about: the one place beside the desk's crossings that knows both advisories and inquiries."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from advisories import lifecycle
from advisories.disclosure import Reader, labels_for
from advisories.models import Advisory, Kind
from inquiries.models import Topic
from inquiries.services.subjects import Subject
from organisations.permissions import Visitor

# Of the other kinds a reader may want anything, and chooses.
TOPICS = {Kind.THREAT: Topic.RISK_LANDSCAPE}


def advisory(reader: Visitor, key: UUID) -> Subject | None:
    """Return the advisory that `reader` may read; one that was withdrawn asks for nothing any more. Two queries at most."""
    readable = Advisory.objects.visible_to(reader, today=timezone.localdate()).exclude(state=lifecycle.WITHDRAWN)
    found = readable.only("title", "language", "tlp", "kind").filter(pk=key).first()
    if found is None:
        return None
    areas = {(each.parent or each).code for each in found.segments.select_related("parent")}
    return Subject(
        key=found.pk,
        title=found.title,
        language=found.language,
        label=found.tlp,
        link=found.get_absolute_url(),
        topic=TOPICS.get(Kind(found.kind), ""),
        segments=tuple(sorted(areas)),
        for_everybody=found.tlp in labels_for(Reader.STRANGER),
    )
