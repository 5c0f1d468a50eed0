"""What an editor does with what a source says: a draft of it, or nothing."""

from __future__ import annotations

import re
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from advisories import permissions
from advisories.models import LONGEST_SUMMARY, LONGEST_TITLE, Advisory, Candidate, CandidateState, Tlp, Urgency
from advisories.parsing import shortened
from advisories.services import editing
from advisories.services.editing import Content, UnableTo
from organisations.models import Organisation, User

DECISION = ("state", "decided_by", "decided_at", "advisory")


class UnableToDecide(UnableTo):
    pass


@transaction.atomic
def draft(candidate: Candidate, *, by: User, now: datetime) -> Advisory:
    """Begin an advisory that quotes a candidate and links to it. One that has begun already is returned as it stands.

    Raises UnableToDecide for who is no editor here, and for what was put aside.
    """
    candidate = _locked(candidate, by)
    if candidate.advisory:
        return candidate.advisory
    if not candidate.is_new:
        raise UnableToDecide(_("It was put aside. Take it back first."))
    advisory = editing.draft(content=_content(candidate), agency=_agency(candidate, by), by=by, now=now)
    candidate.advisory = advisory
    _decide(candidate, CandidateState.DRAFTED, by=by, now=now)
    return advisory


@transaction.atomic
def put_aside(candidate: Candidate, *, by: User, now: datetime) -> Candidate:
    """Say that nothing is to be made of it; saying it twice does nothing more. Raises UnableToDecide."""
    candidate = _locked(candidate, by)
    if candidate.advisory:
        raise UnableToDecide(_("A draft was made of it."))
    if candidate.is_new:
        _decide(candidate, CandidateState.PUT_ASIDE, by=by, now=now)
    return candidate


@transaction.atomic
def take_back(candidate: Candidate, *, by: User) -> Candidate:
    """Undo the putting aside. Raises UnableToDecide."""
    candidate = _locked(candidate, by)
    if candidate.advisory:
        raise UnableToDecide(_("A draft was made of it."))
    candidate.state = CandidateState.NEW
    candidate.decided_by = candidate.decided_at = None
    candidate.save(update_fields=DECISION)
    return candidate


def _locked(candidate: Candidate, by: User) -> Candidate:
    found = Candidate.objects.select_for_update(of=("self",)).select_related("source__agency", "advisory").get(pk=candidate.pk)
    if not permissions.may_decide_on(by, found):
        raise UnableToDecide(_("Only an editor of the agency that answers for the source can decide."))
    return found


def _decide(candidate: Candidate, state: CandidateState, *, by: User, now: datetime) -> None:
    candidate.state, candidate.decided_by, candidate.decided_at = state, by, now
    candidate.save(update_fields=DECISION)


def _agency(candidate: Candidate, by: User) -> Organisation:
    """The agency that answers for the source, if the editor may draft for it; otherwise the editor's own."""
    agencies = permissions.agencies_to_draft_for(by)
    return candidate.source.agency if candidate.source.agency in agencies else agencies[0]


def _content(candidate: Candidate) -> Content:
    source = candidate.source
    return Content(
        kind=source.kind,
        tlp=Tlp.CLEAR,  # all that it says so far is public
        urgency=Urgency.ROUTINE,
        title=shortened(candidate.title, LONGEST_TITLE),
        summary=shortened(" ".join(candidate.summary.split()) or candidate.title, LONGEST_SUMMARY),
        body=quoted(candidate),
        language=source.language,
        segments=list(candidate.segments.all()),
    )


def quoted(candidate: Candidate) -> str:
    """The candidate as Markdown: who says so, its words as a quotation, and where they stand."""
    lines = [f"**{escaped(candidate.title)}**", "", *escaped(candidate.summary).split("\n")]
    quotation = "\n".join(f"> {line}".rstrip() for line in lines).rstrip("> \n")
    told = _("%(source)s writes:") % {"source": escaped(candidate.source.name)}
    return "\n\n".join(filter(None, [told, quotation, _whence(candidate)]))


def _whence(candidate: Candidate) -> str:
    day = date_format(timezone.localtime(candidate.published_at), "j F Y") if candidate.published_at else ""
    name = escaped(candidate.source.name)
    link = f"[{name}](<{candidate.link}>)" if candidate.link else name
    if day:
        return _("Source: %(link)s, %(day)s") % {"link": link, "day": day}
    return _("Source: %(link)s") % {"link": link}


_MARKS = re.compile(r"([\\`*_\[\]<>&|~])")
_AT_THE_BEGINNING = re.compile(r"^(\s*)(#|[-+=]|\d+(?=[.)]))", re.MULTILINE)


def escaped(text: str) -> str:
    """Somebody else's words as Markdown that says them and does nothing: no link, no heading, no list."""
    text = _MARKS.sub(r"\\\1", text)
    return _AT_THE_BEGINNING.sub(lambda found: found[1] + (f"{found[2]}\\" if found[2].isdigit() else f"\\{found[2]}"), text)
