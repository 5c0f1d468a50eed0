"""What the demo's officials have done beside the conversations: facts, notes, reusable replies, a draft, a link, two cases answered
together, a passage hidden, days away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction

from catalogue.models import ControlEntry
from inquiries.models import Inquiry, RedactionMode, Reply
from inquiries.services import describing, drafting, handing, noting, redacting, relating, replying
from inquiries.services.describing import Facts
from organisations.models import Organisation, User
from portal.demo.calendar import business_days
from portal.demo.inquiries import OFFICERS, words
from portal.demo.offices import FOCAL_POINT

EDITOR = "editor@focalpoint.example"


@dataclass(frozen=True)
class Described:
    """`story` is the title of the case, `ago` the business day on which its officer wrote the facts."""

    story: str
    ago: int
    officer: str
    summary: str
    codes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    priority: str = "normal"
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Noted:
    story: str
    ago: int
    author: str
    text: str
    for_all_readers: bool = False


DESCRIBED = (
    Described(
        "Firmware and remote diagnosis for a machine in Belarus",
        3,
        "olev",
        "Updates and remote service for a machine sold before the measures. Technical assistance counts as much as goods.",
        ("2B201",),
        ("technical assistance", "machine tools"),
        "high",
        ("sensitive",),
    ),
    Described(
        "Used five-axis mill, 2B001.b.2",
        27,
        "tarvo",
        "Age frees no machine. UPR decides 2B001.b.2; 2B201.a.3 catches five contouring axes whatever the accuracy.",
        ("2B001", "2B201"),
        ("machine tools", "second-hand"),
    ),
    Described(
        "Spare spindle for a relocated five-axis machine",
        9,
        "tarvo",
        "A spindle for a machine that its owner moved abroad. Is the part listed, and does the move change the end use?",
        ("2B001",),
        ("machine tools", "spare parts"),
        "normal",
        ("diversion-risk",),
    ),
    Described(
        "Pressure transducers, 2B230, and thresholds",
        22,
        "olev",
        "Material of the sensing element and accuracy class against 2B230; catch-all for what lies below.",
        ("2B230",),
        ("sensors",),
    ),
    Described(
        "Repeat orders of transducers beyond plausible need",
        6,
        "hille",
        "Orders that exceed what the stated plant can use. Same thresholds as the classification answered before.",
        ("2B230",),
        ("sensors", "red flags"),
        "high",
        ("diversion-risk", "catch-all"),
    ),
    Described(
        "Powder-bed printer with melt pool control: 2B510",
        5,
        "licensing",
        "National entry for additive machines. Whether process control as sold meets the paragraph, or only as an option.",
        (),
        ("additive manufacturing",),
    ),
)

NOTES = (
    Noted(
        "Repeat orders of transducers beyond plausible need",
        5,
        "hille",
        """
        Twelve hundred a year is ten times what a plant of that size replaces. @Olev Randvirve, you answered on 2B230 for a maker
        last month: did the thresholds come up there?
        """,
    ),
    Noted(
        "Repeat orders of transducers beyond plausible need",
        4,
        "olev",
        """
        They did, see the linked case. What decides here is Article 4: we have grounds to inform. Not a word of that in the answer
        before @Sirje Murakalda has agreed.
        """,
    ),
    Noted(
        "Powder-bed printer with melt pool control: 2B510",
        4,
        "licensing",
        "The option is a licence key, not hardware. I would treat the machine as having it.",
        for_all_readers=True,
    ),
    Noted(
        "Firmware and remote diagnosis for a machine in Belarus",
        2,
        "olev",
        """
        Asker has not said when the machine was delivered. Ask before answering: the wind-down has passed either way, but a
        contract from before matters for the wording.
        """,
    ),
)

REPLIES = (
    (
        "Not binding",
        "",
        """
        This is guidance on the facts given under {reference}, and no binding classification. The Licensing Board gives that on
        application.
        """,
    ),
    (
        "What we need for a classification",
        "classification",
        """
        Before we can place the item we need its data sheet figures as measured, not as advertised: what it was designed for, what
        it can reach with every option unlocked, and your own view of the control entry.

        You need not say who you are or whom it is for. We answer by {due day}; the days on which we wait for you don't count.
        """,
    ),
    (
        "End user: what to ask them",
        "transaction",
        """
        Ask your customer in writing for the place of installation, the product it will be used to make, and a statement that it
        will not be re-exported. A customer who will not say is an answer too: then don't ship, and write to us again.

        {officer}, {agency}
        """,
    ),
)

DRAFT = (
    "Firmware and remote diagnosis for a machine in Belarus",
    "olev",
    """
    Remote diagnosis is technical assistance, and falls under the same prohibition as the spare part would. Before we go into the
    firmware
    """,
)
MERGED = ("The same false tender at a maker of gimbals", "False tender with a macro, aimed at drone makers")
HIDDEN = (
    "Hydrophone arrays for aquaculture, end use shown",
    "Kalle Meriste of the farm, +372 5550 0142,",
    "Names somebody who has not asked and need not be known here",
)
SAME_SUBJECT = ("Repeat orders of transducers beyond plausible need", "Pressure transducers, 2B230, and thresholds")

STEPS = len(DESCRIBED) + len(NOTES) + len(REPLIES) + 5


def are_there() -> bool:
    return Reply.objects.exists()


def write(*, today: date) -> Iterator[object]:
    """Write everything, each on its day, and yield each thing when it is done; all of it in one transaction."""
    with transaction.atomic():
        days = business_days(today, max(each.ago for each in (*DESCRIBED, *NOTES)))
        officers = {short: User.objects.get(email=email) for short, email in OFFICERS.items()}
        for described in DESCRIBED:
            yield _describe(described, by=officers[described.officer], day=days[described.ago])
        for noted in NOTES:
            text, everybody = words(noted.text), noted.for_all_readers
            case = _case(noted.story)
            yield noting.note(case, text=text, for_all_readers=everybody, by=officers[noted.author], today=days[noted.ago])
        yield from _replies(today)
        first, second = map(_case, SAME_SUBJECT)
        yield relating.link(first, other=second, kind="related", by=officers["hille"], today=days[5])
        merged, main = map(_case, MERGED)
        yield relating.merge(merged, into=main, by=officers["hille"], today=days[2])
        yield _hide(*HIDDEN, by=officers["olev"], day=days[23])
        story, writer, begun = DRAFT
        yield drafting.keep(_case(story), kind="answer", text=words(begun), by=officers[writer], today=today)
        yield handing.go_away(
            first_on=today, last_on=today + timedelta(days=8), cover=officers["olev"], by=officers["tarvo"], today=today
        )


def _case(title: str) -> Inquiry:
    return Inquiry.objects.get(title=title)


def _describe(described: Described, *, by: User, day: date) -> Inquiry:
    case = _case(described.story)
    known = ControlEntry.objects.current().paragraphs().filter(code__in=described.codes).values_list("code", flat=True)
    facts = Facts(case.title, described.summary, described.priority, described.flags, described.tags, list(known))
    return describing.describe(case, facts=facts, seen=describing.facts_of(case).version, by=by, today=day)


def _hide(story: str, passage: str, reason: str, *, by: User, day: date) -> Inquiry:
    case = _case(story)
    redacting.redact(case, passage=passage, mode=RedactionMode.MASK, reason=reason, by=by, today=day)
    return case


def _replies(today: date) -> Iterator[Reply]:
    editor = User.objects.get(email=EDITOR)
    focal_point = Organisation.objects.get(name=FOCAL_POINT.name)
    for number, (name, topic, text) in enumerate(REPLIES):
        agency = focal_point if number else None
        yield replying.write(agency=agency, name=name, text=words(text), topic=topic, by=editor, today=today)
