"""What the demo's focal point has answered for everybody, each drawn from one of its inquiries and as far as it has come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from inquiries.models import Inquiry, Publication
from inquiries.services import publishing
from inquiries.services.publishing import About, Words
from organisations.models import Organisation, User
from portal.demo.calendar import business_days
from portal.demo.inquiries import words
from portal.demo.offices import FOCAL_POINT

WRITER = "case-officer@focalpoint.example"
APPROVER = "approver@focalpoint.example"


@dataclass(frozen=True)
class ForEverybody:
    """`story` is the desk's title of the inquiry; `ago` counts business days since the draft; `steps` go as far as it has come."""

    story: str
    ago: int
    title: str
    question: str
    answer: str
    codes: tuple[str, ...] = ()
    steps: tuple[str, ...] = ("submit", "approve")


ANSWERS = (
    ForEverybody(
        "Registering for Union general authorisation EU001",
        30,
        "How do we start using Union general export authorisation EU001?",
        """We sell measuring instruments that are listed in Annex I to a customer in Norway and have never exported listed goods
        before. Do we need a licence of our own, or can we use EU001, and what must we do first?""",
        """EU001 may be used for most items of Annex I that go to Australia, Canada, Iceland, Japan, New Zealand, Norway,
        Switzerland with Liechtenstein, the United Kingdom or the United States. It may not be used for the items named in
        Section I of Annex II, nor if you know or have been told that the goods are meant for one of the uses of Article 4.

        Register with the licensing authority before the first export, name EU001 in the customs declaration, and keep the
        records of each export for five years. Once a year the authority asks for a short report of what went where.

        If the goods will only pass through one of these countries, EU001 does not cover them: what counts is where they end.""",
    ),
    ForEverybody(
        "Temporary export for a fair: EU004",
        22,
        "May we take a listed instrument to a trade fair outside the Union?",
        """We want to show an instrument of Annex I at a trade fair in a country outside the Union and bring it back. It won't be
        sold. Does a temporary export need a licence?""",
        """Yes, a temporary export is an export. Union general export authorisation EU004 is made for this: it covers many items
        for exhibitions and fairs in the destinations that it names. The goods must come back to the Union complete, unchanged
        and within 120 days. An ATA carnet is a customs paper and takes the place of no licence.

        EU004 can't be used for some items, and not for all destinations. Check both before you book, and register first. If a
        visitor wants to buy the exhibit, it must come back first, and the sale needs an authorisation of its own.""",
    ),
    ForEverybody(
        "Microbolometer camera core 640 × 512 at 50 Hz",
        22,
        "Are uncooled thermal camera cores controlled?",
        """We make a product around a bought camera core with an uncooled microbolometer array. Which figures decide whether the
        core, and our product with it, is listed?""",
        """Cameras with an uncooled array are in 6A003.b.4.b, and the arrays themselves in 6A002.a.3.f. The notes to 6A003.b.4.b
        free some of them; the frame rate is what matters most: a camera that can't give more than 9 Hz, and can't be made to,
        is freed under the conditions of the note. At 25 or 50 Hz it is listed, whatever its number of elements.

        A core built into your product is still judged as a camera if it can be taken out and used. Ask the maker in writing for
        the entry and for the highest frame rate that the hardware allows: a limit set in software alone is not enough.""",
        codes=("6A002.a.3.f", "6A003.b.4.b"),
    ),
    ForEverybody(
        "Proportionate compliance programme for a micro firm",
        16,
        "Does a firm of five people need an internal compliance programme?",
        """We are a very small firm and export a listed item twice a year. Must we have an internal compliance programme, and how
        large must it be?""",
        """For individual licences it is not required by law, and nobody expects a manual from five people. A global export
        authorisation does require one, unless the authority finds it unnecessary in view of other information.

        What serves a small firm: one named person who may stop an order; a list of your products with their entries; a
        screening of each new customer and end use that is written down; papers kept for five years; and a note of whom to ask.
        Commission Recommendation (EU) 2019/1318 names seven elements; two pages can cover them.""",
    ),
    ForEverybody(
        "Used five-axis mill, 2B001.b.2",
        12,
        "Is a used five-axis milling machine listed, and which figure counts?",
        """We resell used machine tools. The papers of an older machine with five axes name a positioning accuracy and no
        repeatability. How do we find out whether it is listed?""",
        """For machines for milling with five or more axes that can be coordinated for contouring, 2B001.b.2 counts the
        unidirectional positioning repeatability along each linear axis, by the standard that the entry names. An accuracy by
        an older standard can't be turned into it.

        Ask the maker for the value, or have it measured. If neither is possible, treat the machine as listed and apply for a
        licence. Its age changes nothing.""",
        codes=("2B001.b.2",),
        steps=("submit",),
    ),
    ForEverybody(
        "No re-export clause, Article 12g: wording and partners",
        10,
        "Which contracts need the clause against re-export to Russia?",
        """Our customers ask why their contract forbids re-export. For which goods and countries must we have this clause, and is
        there a model?""",
        """Article 12g of Regulation (EU) No 833/2014 asks for it when goods of the annexes that it names, such as the common
        high priority items, are sold to a country that is not among the partners of Annex VIII. The contract must forbid
        re-export to Russia and for use in Russia, and must give you remedies that you can enforce. The Commission has published
        a model clause; other words are possible if they say as much.""",
        steps=(),
    ),
)


def are_there() -> bool:
    return Publication.objects.exists()


def publish(*, today: date) -> Iterator[ForEverybody]:
    """Draft every answer and take it as far as it has come; all of them in one transaction."""
    with transaction.atomic():
        days = business_days(today, max(each.ago for each in ANSWERS))
        agency = Organisation.objects.get(name=FOCAL_POINT.name)
        writer, approver = User.objects.get(email=WRITER), User.objects.get(email=APPROVER)
        for each in ANSWERS:
            _play(each, day=days[each.ago], agency=agency, writer=writer, approver=approver)
            yield each
        for day in reversed(days):
            publishing.publish_due(today=day)


def _play(each: ForEverybody, *, day: date, agency: Organisation, writer: User, approver: User) -> None:
    inquiry = Inquiry.objects.get(title=each.story)
    about = About(inquiry.topic, list(inquiry.segments.all()), each.codes)
    text = Words(each.title, words(each.question), words(each.answer))
    made = publishing.draft(inquiry, words=text, about=about, agency=agency, by=writer, today=day)
    if "submit" in each.steps:
        publishing.submit(made, by=writer)
    if "approve" in each.steps:
        publishing.approve(made, revision=made.revision, by=approver, today=day)
