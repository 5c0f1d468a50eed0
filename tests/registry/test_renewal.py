"""The yearly confirmation: reminders, lapse, the way back, and what others see of it."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from mailroom.models import Letter
from organisations.models import Organisation, Role, User
from registry import renewal as rules
from registry.disclosure import Audience, Field, Purpose
from registry.models import Disclosed, Entry, RenewalEvent
from registry.services import agreements, projection, renewal
from tests.conftest import SignIn, member
from tests.registry.conftest import Agree, MakeEntry, at_once, grant
from tests.registry.test_views import committed, looking

MADE = date(2026, 11, 23)  # as `now` says


def day(days: int) -> date:
    """So many days after the confirmation is due."""
    return rules.due_on(MADE) + timedelta(days=days)


def is_seen(entry: Entry) -> bool:
    return Disclosed.objects.filter(entry_id=entry.pk).exists()


def moves(entry: Entry) -> list[tuple[str, date]]:
    return list(RenewalEvent.objects.filter(entry=entry).order_by("pk").values_list("move", "on"))


def purposes() -> list[str]:
    return sorted(Letter.objects.filter(source__startswith="entry:").values_list("purpose", flat=True))


@pytest.fixture
def listed(entry: Entry, agree: Agree) -> Entry:
    agree(entry)
    return entry


# --- the rules ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "expected"), [(-31, None), (-30, -30), (-1, -30), (0, 0), (29, 0), (30, 30), (75, 30), (76, 76), (400, 76)]
)
def test_the_latest_reminder_whose_day_has_come(days: int, expected: int | None) -> None:
    assert rules.reminder(MADE, today=day(days)) == expected


@pytest.mark.parametrize(
    ("today", "expected"),
    [(date(2027, 11, 30), False), (date(2027, 12, 1), True), (date(2026, 11, 30), False), (date(2029, 1, 1), True)],
)
def test_a_month_is_over_a_year_ago_only_when_its_last_day_is(today: date, expected: object) -> None:
    assert rules.is_stale(date(2026, 11, 1), today=today) is expected


def test_the_last_reminder_leaves_time_before_the_lapse() -> None:
    assert max(rules.REMINDERS) + rules.LEAST_WARNING.days <= rules.GRACE.days


# --- confirming -----------------------------------------------------------------------------------------------------


@committed
@pytest.mark.parametrize("who", ["entry_editor", "signatory"])
def test_the_firms_people_confirm_what_they_read(request: pytest.FixtureRequest, listed: Entry, who: str) -> None:
    person = request.getfixturevalue(who)
    renewal.confirm(entry=listed, seen=renewal.fingerprint(listed), by=person, today=day(3))
    listed.refresh_from_db()
    assert (listed.confirmed_on, moves(listed)) == (day(3), [("confirm", day(3))])
    assert projection.differences() == []


@committed
@pytest.mark.parametrize("who", ["officer", "administrator", "association_officer"])
def test_nobody_else_confirms(request: pytest.FixtureRequest, listed: Entry, who: str) -> None:
    with pytest.raises(renewal.UnableToConfirm):
        renewal.confirm(entry=listed, seen=renewal.fingerprint(listed), by=request.getfixturevalue(who), today=day(3))
    assert moves(listed) == []


@committed
def test_what_a_colleague_changed_meanwhile_is_not_confirmed(
    listed: Entry, make_entry: MakeEntry, firm: Organisation, entry_editor: User
) -> None:
    seen = renewal.fingerprint(listed)
    make_entry(firm, entry_editor, products="Lasers")
    with pytest.raises(renewal.HasChanged):
        renewal.confirm(entry=listed, seen=seen, by=entry_editor, today=day(3))


@committed
def test_saving_is_not_confirming(listed: Entry, make_entry: MakeEntry, firm: Organisation, entry_editor: User) -> None:
    make_entry(firm, entry_editor, products="Lasers")
    listed.refresh_from_db()
    assert listed.confirmed_on == MADE


@committed
def test_two_who_confirm_at_once_confirm_once(listed: Entry, entry_editor: User, signatory: User) -> None:
    seen = renewal.fingerprint(listed)
    at_once(*(lambda by=by: renewal.confirm(entry=listed, seen=seen, by=by, today=day(3)) for by in (entry_editor, signatory)))
    assert moves(listed) == [("confirm", day(3))]


# --- reminders and lapse --------------------------------------------------------------------------------------------


@committed
def test_each_reminder_goes_out_once_and_then_the_entry_lapses(listed: Entry, entry_editor: User, now: datetime) -> None:
    for days in range(-40, 95):
        for _twice in range(2):
            renewal.remind(today=day(days), now=now)
            renewal.lapse(today=day(days), now=now)
        listed.refresh_from_db()
        assert is_seen(listed) is (days < 90), days
    assert purposes() == ["entry-lapsed"] + ["entry-renew"] * 4
    assert moves(listed) == [*(("remind", day(days)) for days in (-30, 0, 30, 76)), ("lapse", day(90))]
    assert projection.differences() == []
    assert Entry.objects.get().products == "Hollow-core fibre for gas sensing"
    letter = Letter.objects.get(purpose="entry-lapsed")
    assert "once you confirm the entry, it shows again" in letter.text
    assert [envelope.address for envelope in letter.envelopes.all()] == [
        entry_editor.email,
        User.objects.get(memberships__role=Role.SIGNATORY).email,
    ]


@committed
def test_confirming_brings_a_lapsed_entry_back_as_it_was(listed: Entry, entry_editor: User, now: datetime) -> None:
    before = set(Disclosed.objects.values_list("id", "audience", "purpose"))
    renewal.remind(today=day(0), now=now)
    renewal.lapse(today=day(90), now=now)
    renewal.confirm(entry=listed, seen=renewal.fingerprint(listed), by=entry_editor, today=day(91))
    listed.refresh_from_db()
    assert (listed.has_lapsed, listed.is_current) == (False, True)
    assert {row[1:] for row in before} == set(Disclosed.objects.values_list("audience", "purpose"))
    assert projection.differences() == []
    assert (renewal.remind(today=day(91), now=now), renewal.lapse(today=day(91), now=now)) == (0, 0)


@committed
def test_a_clock_that_stood_still_warns_before_anything_lapses(listed: Entry, now: datetime) -> None:
    assert renewal.lapse(today=day(200), now=now) == 0
    assert renewal.remind(today=day(200), now=now) == 1
    assert renewal.lapse(today=day(213), now=now) == 0
    assert renewal.lapse(today=day(214), now=now) == 1


@committed
def test_a_reminder_before_the_year_is_over_warns_of_no_lapse(listed: Entry, now: datetime) -> None:
    renewal.remind(today=day(-30), now=now)
    assert renewal.lapse(today=day(120), now=now) == 0


@committed
def test_an_entry_that_nobody_sees_is_neither_reminded_of_nor_lapses(
    listed: Entry, signatory: User, make_entry: MakeEntry, now: datetime
) -> None:
    make_entry(legal_name="Without agreement")
    agreements.withdraw(entry=listed, by=signatory, now=now)
    assert (renewal.remind(today=day(80), now=now), renewal.lapse(today=day(120), now=now)) == (0, 0)


@committed
def test_a_lapsed_entry_shows_nothing_whatever_else_happens(
    listed: Entry, agree: Agree, make_entry: MakeEntry, firm: Organisation, entry_editor: User, now: datetime
) -> None:
    renewal.remind(today=day(0), now=now)
    renewal.lapse(today=day(90), now=now)
    make_entry(firm, entry_editor, products="Lasers")
    agree(listed, grant(Audience.PUBLIC, Purpose.MATCHMAKING, Field.LEGAL_NAME))
    assert not is_seen(listed)
    assert projection.differences() == []
    assert not Entry.objects.listed(MADE).exists()


@committed
def test_the_database_refuses_a_lapse_while_somebody_sees_the_entry(listed: Entry) -> None:
    with pytest.raises(IntegrityError, match="disclosed_entry_is_current"), transaction.atomic():
        Entry.objects.update(lapsed_on=MADE, is_current=False)
    with pytest.raises(IntegrityError, match="entry_is_current_unless_it_lapsed"), transaction.atomic():
        Entry.objects.update(is_current=False)


# --- pages ----------------------------------------------------------------------------------------------------------


@committed
def test_the_firm_confirms_with_one_button_after_reading(signed_in: SignIn, listed: Entry, entry_editor: User) -> None:
    client = signed_in(entry_editor)
    Entry.objects.update(confirmed_on=date(2020, 1, 1))
    page = client.get(reverse("registry:entry")).content.decode()
    assert "Confirm now" in page
    seen = renewal.fingerprint(listed)
    assert f'name="seen" value="{seen}"' in page
    refused = client.post(reverse("registry:entry-confirm"), {"seen": "0" * 64})
    assert (refused.status_code, "Read it again" in refused.content.decode()) == (409, True)
    assert client.post(reverse("registry:entry-confirm"), {"seen": seen}, follow=True).status_code == 200
    assert "Confirm now" not in client.get(reverse("registry:entry")).content.decode()


@committed
def test_a_firm_without_an_entry_has_nothing_to_confirm(signed_in: SignIn, signatory: User) -> None:
    assert signed_in(signatory).post(reverse("registry:entry-confirm"), {"seen": ""}).status_code == 404


@committed
def test_a_lapsed_entry_says_so_to_its_firm(signed_in: SignIn, listed: Entry, entry_editor: User, now: datetime) -> None:
    renewal.remind(today=day(0), now=now)
    renewal.lapse(today=day(90), now=now)
    client = signed_in(entry_editor)
    assert "nobody sees your entry. Confirm it, and it shows again" in client.get(reverse("registry:entry")).content.decode()
    assert "Your entry has lapsed" in client.get(reverse("registry:agreement")).content.decode()


@pytest.fixture
def answer_to(signed_in: SignIn, association: Organisation, association_officer: User) -> Any:
    """What an association gets to see of an entry: on the page, in the list and by the API."""

    def see(ref: Any) -> tuple[str, str, dict[str, Any]]:
        client = looking(signed_in(association_officer), association)
        return (
            client.get(reverse("registry:listed", args=[ref])).content.decode(),
            client.get(reverse("registry:list")).content.decode(),
            client.get(f"/api/v1/registry/entries/{ref}/", {"purpose": "outreach"}).json(),
        )

    return see


@committed
@pytest.mark.parametrize(("confirmed_on", "is_stale"), [(timezone.localdate(), False), (date(2020, 1, 9), True)])
def test_who_sees_the_name_sees_the_month_or_that_it_is_over_a_year_ago(
    listed: Entry, answer_to: Any, confirmed_on: date, is_stale: object
) -> None:
    Entry.objects.update(confirmed_on=confirmed_on)
    listed.refresh_from_db()
    projection.project(entry=listed)
    page, rows, said = answer_to(listed.pk)
    assert ("Not confirmed for over a year" in page) is ("Not confirmed for over a year" in rows) is is_stale
    assert (f"in {confirmed_on:%B %Y}" in page) is not is_stale
    assert {name: said.get(name) for name in ("confirmed_in", "is_stale")} == {
        "confirmed_in": None if is_stale else f"{confirmed_on:%Y-%m}",
        "is_stale": True if is_stale else None,
    }


@committed
def test_who_does_not_see_the_name_sees_nothing_of_it(entry: Entry, agree: Agree, answer_to: Any) -> None:
    agree(entry, grant(Audience.ASSOCIATIONS, Purpose.OUTREACH, Field.REGION))
    Entry.objects.update(confirmed_on=date(2020, 1, 9))
    entry.refresh_from_db()
    projection.project(entry=entry)
    page, rows, said = answer_to(projection.pairwise_ref(entry, Audience.ASSOCIATIONS, Purpose.OUTREACH))
    assert "EE001" in page
    assert "onfirmed" not in page + rows
    assert set(said) == {"ref", "region"}


@committed
def test_a_person_of_two_roles_gets_one_letter(listed: Entry, firm: Organisation, now: datetime) -> None:
    both = member(firm, "Bo Both", Role.SIGNATORY, Role.ENTRY_EDITOR)
    renewal.remind(today=day(0), now=now)
    assert Letter.objects.get(purpose="entry-renew").envelopes.filter(address=both.email).count() == 1
