"""Official feeds in the demo: real ones, which a demo never reads, and one of the invented country with news of ours in it."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction

from advisories.forms.sources import SUGGESTED
from advisories.models import Candidate, Source
from advisories.parsing import Item
from advisories.services import candidates, reading, sources
from advisories.services.sources import SourceWords
from catalogue.models import Segment
from organisations.models import Organisation, User
from portal.demo.advisories import EDITOR
from portal.demo.calendar import business_days, office_hour
from portal.demo.offices import FOCAL_POINT
from portal.demo.people import COUNTRY, registration_number

GAZETTE = "State Gazette"
ADDRESS = "https://gazette.example/"
AREAS = ("CTA01", "CTA06")  # ticked in each draft from the gazette
PUT_ASIDE = "Opening hours of the gazette’s reading room in winter"
# Title, what it says, and how many business days ago.
NEWS = (
    (
        "Ministerial order on the export of uncooled thermal cameras of entry 6A003",
        (
            "From 1 February, whoever exports thermal cameras of 6A003.b.4 to a new customer outside the Union states the end user "
            "and the place of installation in the application.\n\nWhat is filed before that day is decided under the old order."
        ),
        1,
    ),
    (
        "Licences for parts of gas turbine engines: a shorter form",
        "The form for single licences for turbine blades and discs loses its second part. The old form is taken until June.",
        2,
    ),
    (
        "Twelve traders added to the national list of parties to watch",
        (
            "The list names traders who ordered microcontrollers and FPGA boards for customers who don’t exist. Firms that have "
            "dealt with them are asked to tell the focal point."
        ),
        4,
    ),
    (PUT_ASIDE, "The reading room closes at four o’clock until the end of February.", 5),
    (
        "Consultation on quantum computing and the export of dilution refrigerators",
        "Makers, users and forwarders may comment on the draft until the end of next month.",
        8,
    ),
)


def are_there() -> bool:
    return Source.objects.filter(url=f"{ADDRESS}feed.atom").exists()


@transaction.atomic
def enter(*, today: date) -> None:
    """Enter the feeds, and what the invented one has said in the last days."""
    days = business_days(today, 10)
    agency = Organisation.objects.get(registration_number=registration_number(FOCAL_POINT.serial), country=COUNTRY)
    editor = User.objects.get(email=EDITOR)
    since = office_hour(days[-1], 0)
    areas = list(Segment.objects.areas().filter(code__in=AREAS))
    for name, url in SUGGESTED:
        sources.add(words=SourceWords(name=str(name), url=url, agency=agency), by=editor, now=since)
    own = SourceWords(name=GAZETTE, url=f"{ADDRESS}feed.atom", agency=agency, segments=areas)
    gazette = sources.add(words=own, by=editor, now=since)
    for number, (title, words, ago) in sorted(enumerate(NEWS), key=lambda each: -each[1][2]):
        moment = office_hour(days[ago], number)
        link = f"{ADDRESS}{number + 1}"
        reading.take_in(gazette, [Item(link, title, words, link, moment)], now=moment + timedelta(hours=1))
    aside = Candidate.objects.get(title=PUT_ASIDE)
    candidates.put_aside(aside, by=editor, now=aside.found_at + timedelta(hours=1))
