"""Before anybody approves, the desk sees whom an advisory would reach and why, and whom it would miss."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.urls import reverse

from advisories.emails import list_id
from advisories.models import Advisory, Mandate, MandateKind, Subscription
from advisories.services import audience, editing, foreseeing
from advisories.services.foreseeing import Gap
from catalogue.models import Segment
from mailroom.models import Envelope, Reason
from mailroom.models import State as Fate
from mailroom.services.suppressing import suppress
from organisations.models import Kind, Organisation, Role, User
from tests.advisories.conftest import Make
from tests.conftest import SignIn, member

pytestmark = pytest.mark.django_db
Subscribed = Callable[..., Subscription]
Mandated = Callable[..., Mandate]


def missed(advisory: Advisory, gap: Gap, today: date) -> list[str]:
    return [organisation.name for organisation in foreseeing.missed(advisory, gap, today=today)]


def as_dict(lines: list[foreseeing.Line]) -> dict[str, int]:
    return {str(line.label): line.number for line in lines}


def test_it_is_counted_by_reason_kind_segment_and_language(
    drafted: Make,
    firm: Organisation,
    association: Organisation,
    photonics: Segment,
    lasers: Segment,
    quantum: Segment,
    subscribed: Subscribed,
    mandated: Mandated,
    today: date,
) -> None:
    subscribed(firm, "twig@firm.example", lasers)
    both = subscribed(firm, "both@firm.example", photonics, lasers)
    Subscription.objects.filter(pk=both.pk).update(language="et")
    subscribed(association, "all@association.example")
    mandated(association, "relay@association.example", photonics)
    found = foreseeing.foresee(drafted(segments=[photonics, quantum]), today=today)
    assert found.addresses == 4
    assert {line: number for line, number in as_dict(found.why).items() if number} == {
        "They subscribe and get it at once": 3,
        "They are mandated to relay": 1,
    }
    assert as_dict(found.organisations) == {"Firm": 1, "Association": 1}
    assert [(each.segment, each.subscriptions, each.mandates, each.is_gap) for each in found.segments] == [
        (photonics, 2, 1, False),
        (quantum, 0, 0, True),
    ]
    assert found.for_all == 1
    assert as_dict(found.languages) == {"English": 2, "et": 1}


def test_what_names_no_segment_is_counted_by_all_areas(
    drafted: Make, firm: Organisation, photonics: Segment, lasers: Segment, quantum: Segment, subscribed: Subscribed, today: date
) -> None:
    subscribed(firm, "twig@firm.example", lasers)
    found = foreseeing.foresee(drafted(), today=today)
    assert [(each.segment, each.subscriptions) for each in found.segments] == [(photonics, 1), (quantum, 0)]


def test_the_label_keeps_firms_and_relays_from_red(
    drafted: Make,
    firm: Organisation,
    association: Organisation,
    licensing_agency: Organisation,
    subscribed: Subscribed,
    mandated: Mandated,
    today: date,
) -> None:
    subscribed(firm, "a@firm.example")
    mandated(association, "relay@association.example")
    subscribed(licensing_agency, "board@agency.example")
    assert missed(drafted(tlp="red"), Gap.LABEL, today) == [firm.name, association.name]
    assert missed(drafted(tlp="amber+strict"), Gap.LABEL, today) == []


def test_who_stopped_the_list_is_missed_and_not_counted_as_reached(
    drafted: Make,
    firm: Organisation,
    association: Organisation,
    quantum: Segment,
    photonics: Segment,
    subscribed: Subscribed,
    mandated: Mandated,
    now: datetime,
    today: date,
) -> None:
    mandated(association, "Relay@association.example")
    subscribed(firm, "gone@firm.example", photonics)
    for address in ("relay@association.example", "GONE@firm.example"):
        suppress(address=address, list_id=list_id(), reason=Reason.UNSUBSCRIBED, now=now)
    advisory = drafted(segments=[photonics])
    assert missed(advisory, Gap.STOPPED, today) == [firm.name, association.name]
    found = foreseeing.foresee(advisory, today=today)
    assert (found.addresses, found.stopped, found.organisations) == (2, 2, [])
    assert missed(drafted(segments=[quantum]), Gap.STOPPED, today) == [association.name]
    subscribed(firm, "other@firm.example")
    assert missed(advisory, Gap.STOPPED, today) == [association.name]


def test_who_stopped_another_list_is_not_missed(
    drafted: Make, firm: Organisation, subscribed: Subscribed, now: datetime, today: date
) -> None:
    subscribed(firm, "a@firm.example")
    suppress(address="a@firm.example", list_id="other.portal.example", reason=Reason.UNSUBSCRIBED, now=now)
    assert missed(drafted(), Gap.STOPPED, today) == []


@pytest.mark.parametrize(
    ("changes", "is_missed"),
    [
        ({"valid_from": date(2020, 1, 1), "valid_to": date(2020, 12, 31)}, True),
        ({"valid_from": date(2030, 1, 1)}, True),
        ({"kind": MandateKind.COORDINATION}, True),
        ({}, False),
    ],
)
def test_a_mandate_that_is_over_or_for_something_else_is_a_gap(
    drafted: Make, association: Organisation, mandated: Mandated, today: date, changes: dict[str, Any], *, is_missed: bool
) -> None:
    mandated(association, "relay@association.example", **changes)
    assert missed(drafted(), Gap.MANDATE, today) == [association.name] * is_missed


def test_a_mandate_for_other_segments_is_no_gap(
    drafted: Make, association: Organisation, quantum: Segment, lasers: Segment, mandated: Mandated, today: date
) -> None:
    mandated(association, "relay@association.example", quantum, kind=MandateKind.ADVISORY)
    assert missed(drafted(segments=[lasers]), Gap.MANDATE, today) == []


def test_who_has_people_here_and_no_subscription_is_a_gap(
    drafted: Make,
    firm: Organisation,
    association: Organisation,
    licensing_agency: Organisation,
    subscribed: Subscribed,
    today: date,
) -> None:
    Organisation.objects.create(kind=Kind.FIRM, name="Without people")
    member(licensing_agency, "Per Person", Role.EDITOR)
    member(firm, "Enn Entry", Role.ENTRY_EDITOR)
    quitter = member(Organisation.objects.create(kind=Kind.INSTITUTE, name="Left"), "Gone Person", Role.SIGNATORY)
    User.objects.filter(pk=quitter.pk).update(is_active=False)
    subscribed(association, "all@association.example")
    assert missed(drafted(), Gap.NOBODY, today) == [firm.name]
    subscribed(firm, "a@firm.example")
    assert missed(drafted(), Gap.NOBODY, today) == []


def test_a_correction_reaches_who_got_the_other_one_and_the_rest_is_a_gap(
    published: Make, firm: Organisation, association: Organisation, subscribed: Subscribed, editor: User, now: datetime, today: date
) -> None:
    subscribed(firm, "a@firm.example")
    wrong = published()
    Envelope.objects.update(state=Fate.SENT, sent_at=now, next_attempt_at=None)
    subscribed(association, "late@association.example")
    correction = editing.correct(wrong, by=editor, now=now)
    found = foreseeing.foresee(correction, today=today)
    assert (found.addresses, as_dict(found.why)) == (1, {"They got what it corrects": 1})
    assert as_dict(found.organisations) == {"Firm": 1}
    assert found.gaps == [(Gap.UNTOLD, 1)]
    assert missed(correction, Gap.UNTOLD, today) == [association.name]


# --- its page -------------------------------------------------------------------------------------------------------


def page_of(advisory: Advisory) -> str:
    return reverse("focalpoint:advisory-audience", args=[advisory.pk])


def test_the_desk_that_writes_it_sees_it_and_nobody_else(
    drafted: Make,
    published: Make,
    editor: User,
    approver: User,
    officer: User,
    licensing_editor: User,
    signatory: User,
    signed_in: SignIn,
) -> None:
    advisory = drafted()
    people = {editor: 200, approver: 200, officer: 404, licensing_editor: 404, signatory: 403}
    assert {person: signed_in(person).get(page_of(advisory)).status_code for person in people} == people
    assert f'href="{page_of(advisory)}"' in signed_in(approver).get(f"/desk/advisories/{advisory.pk}/").content.decode()
    assert signed_in(editor).get(page_of(published())).status_code == 404


def test_it_names_organisations_and_no_address(
    drafted: Make, firm: Organisation, editor: User, subscribed: Subscribed, signed_in: SignIn
) -> None:
    subscribed(firm, "secret@firm.example")
    text = signed_in(editor).get(page_of(drafted(tlp="red"))).content.decode()
    assert "Its label keeps them out: 1" in text
    assert firm.name in text
    assert "secret@firm.example" not in text


def test_a_reason_that_is_none_is_refused(drafted: Make, editor: User, signed_in: SignIn) -> None:
    assert signed_in(editor).get(page_of(drafted()) + "?gap=weather").status_code == 422
    assert signed_in(editor).get(page_of(drafted()) + "?gap=untold").status_code == 422


@pytest.mark.parametrize("number", [1, 3])
def test_it_takes_a_fixed_number_of_queries(
    number: int,
    drafted: Make,
    editor: User,
    lasers: Segment,
    subscribed: Subscribed,
    mandated: Mandated,
    administrator: User,
    signed_in: SignIn,
    django_assert_num_queries: Any,
) -> None:
    for each in range(number):
        association = Organisation.objects.create(kind=Kind.ASSOCIATION, name=f"Cluster {each}")
        subscribed(association, f"a{each}@association.example", lasers)
        mandated(association, f"b{each}@association.example", lasers)
        member(Organisation.objects.create(kind=Kind.FIRM, name=f"Firm {each}"), f"Person {each}", Role.SIGNATORY)
    advisory = drafted(segments=[lasers])
    client = signed_in(editor)
    client.get(page_of(advisory))
    with django_assert_num_queries(30):
        text = client.get(page_of(advisory)).content.decode()
    assert f"Firm {number - 1}" in text


def test_its_list_is_paged(drafted: Make, editor: User, signed_in: SignIn) -> None:
    for number in range(51):
        member(Organisation.objects.create(kind=Kind.FIRM, name=f"Firm {number:02}"), f"Person {number}", Role.SIGNATORY)
    text = signed_in(editor).get(page_of(drafted()) + "?gap=nobody&page=2").content.decode()
    assert "Firm 50" in text
    assert "Firm 49" not in text
    assert "gap=nobody&amp;page=1" in text


def test_stopping_counts_at_once(
    published: Make, drafted: Make, firm: Organisation, subscribed: Subscribed, now: datetime, today: date
) -> None:
    subscribed(firm, "a@firm.example")
    published()
    audience.stop(token=Envelope.objects.get().token, now=now)
    assert missed(drafted(), Gap.STOPPED, today) == [firm.name]
