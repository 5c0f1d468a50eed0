"""An invitation of the focal point with answers, one that is still a draft, an introduction in each state, and a suggestion.

Must run after the registry is committed: whom an invitation goes to is read under another login.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from functools import partial
from uuid import UUID

from organisations.models import Organisation, Role, User
from portal.demo.calendar import Happening, business_days, office_hour
from portal.demo.firms import FIRMS
from portal.demo.people import COUNTRY, address, registration_number
from portal.demo.records import Firm
from registry import gateway
from registry.disclosure import Audience, Purpose
from registry.forms.introductions import SuggestionForm
from registry.forms.outreach import question_of
from registry.looking import suggesting
from registry.models import Entry, Invited, Outreach
from registry.permissions import Capacity
from registry.services import introducing, outreach
from registry.services import suggesting as suggestions
from registry.services.outreach import Content

AUTHOR = "hille.kivilaane@focalpoint.example"
WORKSHOP, TABLE = "Workshop on the new guidance", "Round table on small exporters"
LONGEST_AGO = 70
SENT_AGO, ANSWERED_AGO = 9, 6  # business days
TEXT = "We would like to hear what the new rules mean for you, before we write the guidance.\n\nCoffee from half past eight."
ANSWERS = (
    ("Two of our engineers would like to come. Is there room to show a demonstrator?", "There is: a table and power."),
    ("We can't come on that day, but would read what is said.", ""),
)
WISHES = (
    (2, "open", "We make the sources and look for somebody who packages them."),
    (6, "agreed", "We look for a partner for a joint proposal on qualification tests."),
    (12, "declined", "We would like to talk about sharing a clean room."),
    (15, "taken-back", "We look for somebody who calibrates sensors."),
    (65, "expired", "We look for a second supplier of substrates."),
)
SUGGESTED = "One of you builds circuits into instruments, the other develops them for orbit: you might test them together."
SUGGESTED_AGO = 4


def are_there() -> bool:
    return Outreach.objects.exists()


def happenings(*, today: date) -> Iterator[Happening]:
    days, event_on = business_days(today - timedelta(days=1), LONGEST_AGO), today + timedelta(days=28)
    yield days[SENT_AGO], partial(_invite, days[SENT_AGO], event_on)
    yield days[ANSWERED_AGO], partial(_answer, days)
    yield days[1], partial(_draft, Content(TABLE, TEXT, event_on), days[1])
    standing = [firm for firm in FIRMS if firm.agreement == "active" and firm.terms == "public-profile"]
    for (ago, state, words), other in zip(WISHES, standing[3:], strict=False):
        yield days[ago], partial(_wish, standing[0], other, state, words, day=days[ago])
    yield days[SUGGESTED_AGO], partial(_suggest, standing[4], standing[6], day=days[SUGGESTED_AGO])


def _suggest(to: Firm, other: Firm, *, day: date) -> None:
    """As the desk does it, with a look in both ledgers; the clock tells the firm."""
    by, refs = User.objects.get(email=AUTHOR), [_entry(firm).pk for firm in (to, other)]  # whom it sees by name, it knows by id
    gate = gateway.disclosed(by, Purpose.MATCHMAKING, "Partners for a joint proposal", today=day, capacity=_office())
    form = SuggestionForm({"to": str(refs[0]), "words": SUGGESTED}, pair=gate.several(refs))
    assert form.is_valid(), form.errors  # noqa: S101  the words are ours
    suggesting.suggest(gate, form, by=by, today=day)
    suggestions.tell(today=day, now=office_hour(day, 4))


def _draft(content: Content, day: date) -> Outreach:
    by = User.objects.get(email=AUTHOR)
    return outreach.draft(content=content, capacity=_office(), by=by, now=office_hour(day, 1))


def _office() -> Capacity:
    return Capacity(Audience.FOCAL_POINT, Organisation.objects.get(is_focal_point=True))


def _invite(day: date, event_on: date) -> None:
    found = _draft(Content(WORKSHOP, TEXT, event_on - timedelta(days=7), event_on), day)
    by = found.written_by
    gate = gateway.disclosed(by, Purpose.OUTREACH, found.subject, today=day, capacity=_office())
    outreach.send(outreach=found, revision=1, addressing=partial(_addressed, gate, found), by=by, now=office_hour(day, 2))


def _addressed(gate: gateway.Gate, found: Outreach, without: Collection[UUID]) -> gateway.Addressed:
    return gate.addressed(question_of(found), without=without)


def _answer(days: list[date]) -> None:
    by = User.objects.get(email=AUTHOR)
    threads = Invited.objects.select_related("entry__organisation").order_by("entry__legal_name", "pk")[: len(ANSWERS)]
    for turn, (thread, (said, back)) in enumerate(zip(threads, ANSWERS, strict=True)):
        editors = User.objects.filter(memberships__organisation=thread.entry.organisation, memberships__role=Role.ENTRY_EDITOR)
        person = editors.order_by("email")[0]
        outreach.answer(invited=thread, text=said, by=person, now=office_hour(days[ANSWERED_AGO - turn], turn))
        if back:
            outreach.write(invited=thread, text=back, by=by, now=office_hour(days[4], turn))


def _wish(asker: Firm, other: Firm, state: str, words: str, *, day: date) -> None:
    now, later = office_hour(day, 1), day + timedelta(days=1)
    one, two = _entry(asker), _entry(other)
    field = asker.profile.activities[0][0]
    found = introducing.ask(asker=one, asked_id=two.pk, words=words, field=field, by=_editor(asker), today=day, now=now)
    if state in ("agreed", "declined"):
        says_yes = state == "agreed"
        introducing.answer(introduction=found, says_yes=says_yes, by=_editor(other), today=later, now=office_hour(later, 2))
    if state == "agreed":
        said = "Good to meet you. Shall we talk on Thursday?"
        introducing.write(introduction=found, text=said, by=_editor(other), today=later, now=office_hour(later, 3))
    if state == "taken-back":
        introducing.take_back(introduction=found, by=_editor(asker), today=later)


def _entry(firm: Firm) -> Entry:
    return Entry.objects.select_related("organisation").get(
        organisation__registration_number=registration_number(firm.body.serial), organisation__country=COUNTRY
    )


def _editor(firm: Firm) -> User:
    editor = next(person for person in firm.body.people if Role.ENTRY_EDITOR in person.roles)
    return User.objects.get(email=address(editor, firm.body))
