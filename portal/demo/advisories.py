"""Takes the demo's advisories as far as each has come, and enters who gets them, through the portal's own verbs."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from textwrap import dedent

from django.db import transaction

from advisories import lifecycle
from advisories.models import Advisory, Kind, MandateKind, Pace, Urgency
from advisories.permissions import may_relay
from advisories.services import attaching, audience, confirming, editing, logos, relaying, responding, translating
from advisories.services.editing import Content
from catalogue.models import ControlEntry, Segment
from organisations.models import Organisation, User
from portal.demo import papers
from portal.demo.calendar import business_days, office_hour
from portal.demo.firms import FIRMS
from portal.demo.notices import NOTICES, Notice
from portal.demo.offices import ASSOCIATIONS, FOCAL_POINT
from portal.demo.people import COUNTRY, address, registration_number
from portal.demo.records import Body

TITLES = frozenset(notice.title for notice in NOTICES)
URGENCY = Urgency.ROUTINE
EDITOR = "editor@focalpoint.example"
APPROVERS = ("approver@focalpoint.example", "supervisor@focalpoint.example")
ADMINISTRATOR = "administrator@focalpoint.example"
MAILBOX = "advisories"
WITHDRAWN_BECAUSE = "The date given for the yearly report was wrong; a corrected notice follows."
# For which areas each association relays, in the order in which they are written down.
RELAYED = (("CTA01", "CTA03", "CTA06"), ("CTA07", "CTA09"), ("CTA01", "CTA06", "CTA10"))
YEARS_MANDATED = timedelta(days=2 * 365)
SUBSCRIBED_FIRMS = FIRMS[::4]
COVER = "Dear members,\nplease look at this with those who take orders. Our office answers questions."
MEMBERS, OPENINGS = 140, 23
DAILY = SUBSCRIBED_FIRMS[-1].body
SINGLE = "reader@home.example"
LONGEST_AGO = 60  # business days: before the first notice was drafted


def are_there() -> bool:
    return Advisory.objects.filter(title__in=TITLES).exists()


def publish(*, today: date) -> Iterator[Notice]:
    """Enter who gets advisories, then write every notice, the oldest first, and yield it; all of them in one transaction."""
    with transaction.atomic():
        days = business_days(today, LONGEST_AGO)
        segments = {segment.code: segment for segment in Segment.objects.filter(is_current=True)}
        _mandate(segments, since=days[-1])
        _subscribe(segments, since=days[-1])
        agency, editor = _organisation(FOCAL_POINT), User.objects.get(email=EDITOR)
        approvers = [User.objects.get(email=email) for email in APPROVERS]
        for turn, notice in enumerate(sorted(NOTICES, key=lambda notice: -notice.ago)):
            _Play(notice, turn, days, agency, editor, approvers).run(segments)
            yield notice
        _pass_on(today=today)


def _mandate(segments: dict[str, Segment], *, since: date) -> None:
    administrator = User.objects.get(email=ADMINISTRATOR)
    for turn, (body, areas) in enumerate(zip(ASSOCIATIONS, RELAYED, strict=True)):
        audience.grant_mandate(
            association=_organisation(body),
            kind=MandateKind.RELAY,
            address=f"{MAILBOX}@{body.domain}",
            valid_from=since,
            valid_to=since + YEARS_MANDATED if turn else None,
            segments=[segments[code] for code in areas],
            by=administrator,
            now=office_hour(since, turn),
        )


def _subscribe(segments: dict[str, Segment], *, since: date) -> None:
    """Associations and the focal point get everything, firms what concerns the areas that they work in."""
    subscribers: list[tuple[Body, str, set[str]]] = [(body, address(body.people[0], body), set()) for body in ASSOCIATIONS]
    subscribers.append((FOCAL_POINT, ADMINISTRATOR, set()))
    for firm in SUBSCRIBED_FIRMS:
        areas = {code.partition(".")[0] for code, _role, _readiness in firm.profile.activities}
        subscribers.append((firm.body, address(firm.body.people[0], firm.body), areas))
    for turn, (body, email, codes) in enumerate(subscribers):
        audience.subscribe(
            organisation=_organisation(body),
            address=f"{MAILBOX}@{body.domain}",
            segments=[segments[code] for code in codes],
            control_entries=["6A003", "6A005"] if body == DAILY else [],
            # The first association reads Estonian, where there is a version in it.
            language="et" if turn == 0 else "en",
            pace=Pace.DAILY if body == DAILY else Pace.IMMEDIATE,
            by=User.objects.get(email=email),
            now=office_hour(since, turn),
        )
    confirming.confirm(address=SINGLE, kinds=[Kind.REGULATORY, Kind.GUIDANCE], pace=Pace.WEEKLY, now=office_hour(since, 0))


def _pass_on(*, today: date) -> None:
    """The first association has passed the latest notice on that it may, and its link has been opened."""
    body, now = ASSOCIATIONS[0], office_hour(today, 0)
    by, association = User.objects.get(email=address(body.people[0], body)), _organisation(body)
    readable = Advisory.objects.visible_to(by, today=today).current().newest_first()
    advisory = next(each for each in readable if may_relay(association, each))
    logos.put(association, drawn=logos.draw(io.BytesIO(papers.logo())), by=by, now=now)
    relay = relaying.prepare(advisory, association=association, words=COVER, keep=True, by=by, now=now, today=today)
    for _opening in range(OPENINGS):
        relaying.count_opening(relay, today=today)
    responding.relay(advisory, organisation=association, members=MEMBERS, by=by, today=today)


def _organisation(body: Body) -> Organisation:
    return Organisation.objects.get(registration_number=registration_number(body.serial), country=COUNTRY)


@dataclass
class _Play:
    """One advisory's way, a step each business day; `ago` of its notice is the day of publication, or of the last step."""

    notice: Notice
    turn: int
    days: list[date]
    agency: Organisation
    editor: User
    approvers: list[User]

    def run(self, segments: dict[str, Segment]) -> None:
        state = self.notice.state
        approvers = self.approvers[: lifecycle.approvals_needed(tlp=self.notice.tlp, urgency=URGENCY)]
        steps = {lifecycle.DRAFT: 0, lifecycle.IN_REVIEW: 1}.get(state, 2 + len(approvers))
        moments = self._moments(steps + bool(self.notice.estonian) + bool(self.notice.files))
        advisory = editing.draft(content=self._content(segments), agency=self.agency, by=self.editor, now=next(moments))
        if names := self.notice.files:
            files = [papers.received(name) for name in names]
            advisory = attaching.attach(advisory, files=files, revision=advisory.revision, by=self.editor, now=next(moments))
        if said := self.notice.estonian:
            texts = {"title": said.title, "summary": said.summary, "body": dedent(said.body).strip()}
            now = next(moments)
            advisory = translating.translate(
                advisory, language="et", texts=texts, revision=advisory.revision, by=self.editor, now=now
            )
        if state == lifecycle.DRAFT:
            return
        advisory = editing.submit_for_review(advisory, by=self.editor, now=next(moments))
        if state == lifecycle.IN_REVIEW:
            return
        for approver in approvers:
            advisory = editing.approve(advisory, revision=advisory.revision, by=approver, now=next(moments))
        published = next(moments)
        advisory = editing.publish(advisory, by=self.editor, now=published, today=published.date())
        if state == lifecycle.WITHDRAWN:
            editing.withdraw(advisory, reason=WITHDRAWN_BECAUSE, by=self.approvers[0], now=next(moments))

    def _moments(self, steps_before: int) -> Iterator[datetime]:
        for ago in range(self.notice.ago + steps_before, -1, -1):
            yield office_hour(self.days[ago], self.turn + ago)

    def _content(self, segments: dict[str, Segment]) -> Content:
        notice = self.notice
        return Content(
            kind=notice.kind,
            tlp=notice.tlp,
            urgency=URGENCY,
            title=notice.title,
            summary=notice.summary,
            body=dedent(notice.body).strip(),
            segments=[segments[code] for code in notice.segments],
            control_entries=[code for code in notice.codes if ControlEntry.objects.paragraphs().with_code(code).exists()],
            destinations=notice.places,
            roles=notice.roles,
            legal_references=notice.law,
        )
