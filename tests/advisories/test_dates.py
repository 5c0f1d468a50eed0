"""Dates as calendars: read back by a parser, and looked at line by line where RFC 5545 says how lines are written."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from advisories import dates
from advisories.models import Advisory
from advisories.services import editing
from advisories.views.exchange import LOOKS_BACK
from organisations.models import User
from tests.advisories.conftest import Make
from tests.conftest import SignIn

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2026, 12, 1), date(2027, 1, 31)
DAY, LATER = timedelta(days=1), timedelta(hours=1)
HOSTILE = 'Lasers; mirrors, \\n "and" BEGIN:VEVENT: ÄÖÜ 激光 😀 ' + "long " * 20


def entries(content: bytes) -> list[Any]:
    return list(Calendar.from_ical(content).walk("VEVENT"))


def of(advisory: Advisory) -> list[Any]:
    response = Client().get(f"/advisories/{advisory.pk}/dates.ics")
    assert (response.status_code, response["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    return entries(response.content)


def calendar(client: Client | None = None) -> list[Any]:
    return entries((client or Client()).get("/advisories/calendar.ics").content)


def test_a_rule_has_its_first_and_its_last_day(published: Make) -> None:
    advisory = published(tlp="clear", kind="regulatory", valid_from=FIRST, valid_to=LAST)
    begin, end = of(advisory)
    assert (begin["dtstart"].dt, begin["dtend"].dt) == (FIRST, FIRST + DAY)
    assert (end["dtstart"].dt, end["dtend"].dt) == (LAST, LAST + DAY)
    assert begin["summary"] == "TLP:CLEAR In force from today: Orders for thermal cameras"
    assert end["summary"] == "TLP:CLEAR Last day: Orders for thermal cameras"
    page = f"{settings.PUBLIC_URL}/advisories/{advisory.pk}/"
    for each in (begin, end):
        assert each["url"] == page
        assert each["description"] == f"New resellers ask for many.\n\n{page}"
        assert (each["status"], each["sequence"], each["transp"], each["class"]) == ("CONFIRMED", 1, "TRANSPARENT", "PUBLIC")
        assert each["dtstamp"].dt == datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    assert begin["uid"] != end["uid"]


@pytest.mark.parametrize(
    ("days", "begins", "ends"),
    [
        ({"valid_from": FIRST, "valid_to": LAST}, FIRST, LAST),
        ({"valid_from": FIRST}, FIRST, FIRST),
        ({"valid_to": LAST}, LAST, LAST),
    ],
)
def test_an_event_is_one_entry_over_all_its_days(published: Make, days: dict[str, date], begins: date, ends: date) -> None:
    (found,) = of(published(tlp="clear", kind="event", title="A seminar", **days))
    assert (found["summary"], found["dtstart"].dt, found["dtend"].dt) == ("TLP:CLEAR A seminar", begins, ends + DAY)


def test_what_has_no_dates_has_no_calendar(published: Make) -> None:
    advisory = published(tlp="clear")
    assert Client().get(f"/advisories/{advisory.pk}/dates.ics").status_code == 404
    assert "dates.ics" not in Client().get(advisory.get_absolute_url()).content.decode()


def test_the_page_leads_to_its_dates_and_the_list_to_all(published: Make) -> None:
    advisory = published(tlp="clear", valid_to=LAST)
    assert f'href="/advisories/{advisory.pk}/dates.ics"' in Client().get(advisory.get_absolute_url()).content.decode()
    assert 'href="/advisories/calendar.ics"' in Client().get("/advisories/").content.decode()


def test_a_hostile_title_stays_one_title(published: Make) -> None:
    title = HOSTILE[:160]
    advisory = published(tlp="clear", kind="event", title=title, summary="One\nEND:VCALENDAR\nTwo", valid_from=FIRST)
    content = Client().get(f"/advisories/{advisory.pk}/dates.ics").content
    (found,) = entries(content)
    assert found["summary"] == f"TLP:CLEAR {title}"
    assert found["description"].startswith("One\nEND:VCALENDAR\nTwo\n\n")
    assert content.count(b"END:VCALENDAR\r\n") == 1


def test_lines_end_and_fold_as_the_standard_wants_it(published: Make) -> None:
    """RFC 5545, section 3.1: CRLF, 75 octets at most, and no letter cut in two for who reads line by line."""
    advisory = published(tlp="clear", title=HOSTILE[:160], valid_from=FIRST)
    content = Client().get(f"/advisories/{advisory.pk}/dates.ics").content
    assert content.endswith(b"\r\n")
    lines = content.split(b"\r\n")
    assert not [line for line in lines if b"\n" in line or b"\r" in line]
    assert max(map(len, lines)) <= 75
    assert all(line.decode() or True for line in lines)
    assert len([line for line in lines if line.startswith(b" ")]) > 3


def test_a_newer_revision_has_a_higher_number_and_the_same_name(published: Make) -> None:
    advisory = published(tlp="clear", valid_to=LAST)
    (before,) = of(advisory)
    Advisory.objects.filter(pk=advisory.pk).update(revision=4)
    (after,) = of(advisory)
    assert (after["uid"], after["sequence"]) == (before["uid"], 4)


def test_what_is_withdrawn_is_cancelled_in_calendars_that_have_it(published: Make, approver: User, now: datetime) -> None:
    advisory = published(tlp="clear", valid_to=LAST)
    (before,) = of(advisory)
    editing.withdraw(advisory, reason="The parts were others.", by=approver, now=now + LATER)
    (after,) = of(advisory)
    assert (after["uid"], after["status"], after["sequence"]) == (before["uid"], "CANCELLED", before["sequence"] + 1)
    assert after["dtstamp"].dt == before["dtstamp"].dt + LATER
    assert [each["status"] for each in calendar()] == ["CANCELLED"]


@pytest.mark.parametrize(("state", "status"), [("corrected", "CANCELLED"), ("superseded", "CANCELLED"), ("expired", "CONFIRMED")])
def test_what_is_corrected_is_cancelled_and_what_is_only_over_is_not(published: Make, state: str, status: str) -> None:
    advisory = published(tlp="clear", valid_to=LAST)
    Advisory.objects.filter(pk=advisory.pk).update(state=state)
    assert [each["status"] for each in of(advisory)] == [status]


def test_the_calendar_has_what_one_may_read_and_leaves_out_what_lies_far_back(
    published: Make, signatory: User, signed_in: SignIn
) -> None:
    today = timezone.localdate()
    for tlp, title, last in (
        ("clear", "Open", today + DAY),
        ("clear", "Not long ago", today - LOOKS_BACK),
        ("clear", "Long ago", today - LOOKS_BACK - DAY),
        ("green", "For the community", today + DAY),
    ):
        advisory = published(tlp=tlp, title=title)
        Advisory.objects.filter(pk=advisory.pk).update(valid_to=last)
    published(tlp="clear", title="Without days")
    titles = {str(each["summary"]) for each in calendar()}
    assert titles == {"TLP:CLEAR Last day: Open", "TLP:CLEAR Last day: Not long ago"}
    found = calendar(signed_in(signatory))
    assert {str(each["summary"]) for each in found} == titles | {"TLP:GREEN Last day: For the community"}
    assert {str(each["class"]) for each in found} == {"PUBLIC", "PRIVATE"}


def test_the_calendar_says_what_it_is_and_how_often_to_look(published: Make) -> None:
    response = Client().get("/advisories/calendar.ics")
    found = Calendar.from_ical(response.content)
    assert (found["version"], found["method"], found["name"]) == ("2.0", "PUBLISH", "Advisories of the focal point")
    assert "public" in response["Cache-Control"]
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT12H\r\n" in response.content


@pytest.mark.parametrize("number", [1, 3])
def test_the_calendar_takes_a_fixed_number_of_queries(number: int, published: Make, django_assert_num_queries: Any) -> None:
    for _ in range(number):
        published(tlp="clear", valid_to=LAST)
    with django_assert_num_queries(5):  # rows, segments, translations, files, versions
        assert len(calendar()) == number


def test_red_goes_into_no_calendar(published: Make, officer: User, signed_in: SignIn) -> None:
    advisory = published(tlp="red", valid_to=LAST)
    client = signed_in(officer)
    assert client.get(f"/advisories/{advisory.pk}/dates.ics").status_code == 404
    assert calendar(client) == []


def test_a_calendar_names_dates_in_the_advisorys_own_language(published: Make) -> None:
    advisory = published(tlp="clear", valid_to=LAST, language="en")
    client = Client(headers={"Accept-Language": "et"})
    (found,) = entries(client.get(f"/advisories/{advisory.pk}/dates.ics").content)
    assert found["summary"].startswith("TLP:CLEAR Last day: ")
    assert dates.MEDIA_TYPE == "text/calendar; charset=utf-8"
