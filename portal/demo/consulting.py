"""Other agencies and an outside expert are asked about some of the demo country's cases, and an answer waits for approval."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial

from django.db import transaction

from inquiries.models import Consultation, Inquiry, Label, Stance
from inquiries.services import approving, consulting, experts
from organisations.models import Organisation, User
from portal.demo.calendar import business_days
from portal.demo.inquiries import words

OLEV, HILLE, TARVO = (f"{name}@focalpoint.example" for name in ("case-officer", "hille.kivilaane", "tarvo.sinirada"))
LICENSING, POLICY, SCREENING, THREATS = "Licensing Board", "Policy Department", "Screening Office", "Threat Centre"
SPEAKERS = {
    LICENSING: "peep.rohtlaan@licensing-board.example",
    POLICY: "urve.tihase@technology-policy.example",
    SCREENING: "ilme.kaldmets@investment-screening.example",
    THREATS: "rein.pilvere@threat-centre.example",
}
LINK = re.compile(r"/expert/([\w-]+)/")


@dataclass(frozen=True)
class Asks:
    """An agency is asked, and with a stance answers. `ago` and `answered_ago` count business days before today."""

    story: str
    by: str
    ago: int
    agency: str
    question: str
    days: int = 5
    stance: str = ""
    view: str = ""
    answered_ago: int = 0


@dataclass(frozen=True)
class AsksExpert:
    story: str
    by: str
    ago: int
    name: str
    address: str
    excerpt: str
    answer: str
    answered_ago: int


@dataclass(frozen=True)
class Proposes:
    story: str
    by: str
    ago: int
    text: str
    answered_ago: int = 0


Step = Asks | AsksExpert | Proposes
Then = Callable[[], object]  # what is said to it, on its own day

SUBSIDIARY = "Subsidiary in a third country supplies Russia, best efforts"
FIRMWARE = "Firmware and remote diagnosis for a machine in Belarus"
LABORATORY = "Greenfield laboratory for chip design by a foreign group"

STEPS: tuple[Step, ...] = (
    Asks(
        SUBSIDIARY,
        HILLE,
        5,
        POLICY,
        """The owner holds 51 % and gave no orders. We mean to say that best efforts under Article 8a ask for what is feasible
        for an owner with control: a written policy, a look at the order book, and in the end the vote on the
        director. Do you see it so?""",
        stance=Stance.CONDITIONS,
        view="""Yes, if the answer says that what is feasible depends on the law of the country where the subsidiary is, and that
        doing nothing although one could act is participation. We should not be read as setting a percentage.""",
        answered_ago=3,
    ),
    Asks(
        SUBSIDIARY,
        HILLE,
        5,
        THREATS,
        "Do you know of power supplies of this class from the Western Balkans in what was found on the battlefield?",
        days=3,
    ),
    Asks(
        FIRMWARE,
        OLEV,
        3,
        LICENSING,
        """The asker wants to warn of a defect in the brake of a robot cell delivered in 2018. May a safety notice with the
        remedy go to the customer while updates are blocked?""",
        stance=Stance.OBJECTS,
        view="""A remedy is technical assistance related to listed goods, whatever it is called. The notice may name the danger and
        tell people to stop the machine; the steps of the repair may not go without an authorisation.""",
        answered_ago=1,
    ),
    Asks(
        FIRMWARE,
        OLEV,
        3,
        POLICY,
        "May a safety notice with the remedy go to the customer while updates are blocked?",
        stance=Stance.AGREES,
        view="""Yes. A warning that keeps people from harm is no assistance in the sense of the prohibition, and a remedy of two
        lines that disables the axis is part of the warning.""",
        answered_ago=1,
    ),
    Asks(
        LABORATORY,
        TARVO,
        6,
        SCREENING,
        "No shares change hands. Does anything in the screening act reach a new laboratory?",
        stance=Stance.NO_VIEW,
        view="""The act reaches acquisitions only. A new establishment is outside it, so we have no view; the revision of the EU
        regulation may change this.""",
        answered_ago=4,
    ),
    Asks(
        LABORATORY,
        TARVO,
        2,
        LICENSING,
        """If engineers who know controlled processes move next door, is what they carry in their heads a transfer of technology?
        Which sentence would you want to see in the answer?""",
        days=3,
    ),
    AsksExpert(
        "Forwarder as consignee, vacuum gauges",
        OLEV,
        5,
        "Prof. Toomas Vaher",
        "toomas.vaher@applied-physics.example",
        """A university laboratory orders two turbomolecular pumps of 300 l/s and six hot-cathode gauges, and no chamber, no
        backing pump and no controller.

        Is this a plausible order for a laboratory that says it builds a surface science set-up? What would you expect
        beside it?""",
        """Pumps of that size fit such a set-up. Without a backing pump and controllers they can't run, so either those are there
        already, or these are spares. A laboratory with a set-up knows the serial numbers of its controllers: ask for
        them. Six gauges for two pumps are many, but not absurd.""",
        3,
    ),
    Proposes(
        "Repeat orders of transducers beyond plausible need",
        HILLE,
        1,
        """Three orders of a growing number and a finer accuracy class, and helium leak tests, fit no waterworks that we know.
        Taken together they are grounds for suspecting another end use, and you are aware of them now: Article 4 of
        Regulation (EU) 2021/821 asks you to tell the licensing authority before anything leaves, even if each
        transducer by itself is below 2B230.

        Don't deliver the third order. Ask the customer in writing where the first thirty are installed and who asked
        for the leak test protocols. Keep what they answer and what they don't.""",
    ),
)


def are_there() -> bool:
    return Consultation.objects.exists()


def consult(*, today: date) -> Iterator[Step]:
    """Ask and propose, each on its day; all of it in one transaction."""
    with transaction.atomic():
        days = business_days(today, max(step.ago for step in STEPS))
        asked = [(step, PLAYS[type(step)](step, days)) for step in STEPS]
        for step, given in sorted(asked, key=lambda pair: -pair[0].answered_ago):
            given()
            yield step


def _ask(step: Asks, days: list[date]) -> Then:
    inquiry, by = _found(step)
    agency = Organisation.objects.get(short_name=step.agency)
    made = consulting.ask(inquiry, agency=agency, question=words(step.question), days=step.days, by=by, today=days[step.ago])
    if not step.stance:
        return _nothing
    speaker = User.objects.get(email=SPEAKERS[step.agency])
    view = {"stance": step.stance, "view": words(step.view)}
    return partial(consulting.give_view, made, **view, by=speaker, today=days[step.answered_ago])


def _ask_expert(step: AsksExpert, days: list[date]) -> Then:
    inquiry, by = _found(step)
    sent = experts.ask(
        inquiry,
        name=step.name,
        address=step.address,
        label=Label.AMBER_STRICT,
        excerpt=words(step.excerpt),
        by=by,
        today=days[step.ago],
    )
    (token,) = LINK.findall(str(sent.letter.body) if sent.letter else "")

    def answer() -> None:
        experts.open_with_code(token, code=sent.code, today=days[step.answered_ago])
        experts.answer(token, code=sent.code, text=words(step.answer), today=days[step.answered_ago])

    return answer


def _propose(step: Proposes, days: list[date]) -> Then:
    inquiry, by = _found(step)
    approving.propose(inquiry, text=words(step.text), by=by, today=days[step.ago])
    return _nothing


def _nothing() -> None:
    """Nobody has answered yet."""


def _found(step: Step) -> tuple[Inquiry, User]:
    return Inquiry.objects.get(title=step.story), User.objects.get(email=step.by)


PLAYS: dict[type[Step], Callable[..., Then]] = {Asks: _ask, AsksExpert: _ask_expert, Proposes: _propose}
