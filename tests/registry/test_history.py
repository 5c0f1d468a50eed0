"""What changed in an entry, from what to what, by whom: for its own firm, until that has it forgotten or the entry goes."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import ProgrammingError, transaction
from django.urls import reverse

from catalogue.models import Segment
from organisations.models import Organisation, User
from registry.models import ChangedValue, Entry, EntryChange
from registry.services import entries, history, people
from tests.conftest import SignIn
from tests.registry.conftest import VALUES, MakeEntry

pytestmark = pytest.mark.django_db
PAGE = "registry:history"


def save(firm: Organisation, by: User, segment: Segment, now: datetime, level: int = 6, **values: Any) -> Entry:
    return entries.save_entry(
        organisation=firm,
        values=VALUES | values,
        activities=[entries.Activity(segment, "develops", level)],
        by=by,
        now=now,
    )


def test_a_change_says_what_was_before_and_after_by_whom_and_when(
    entry: Entry, firm: Organisation, entry_editor: User, sensing: Segment, now: datetime
) -> None:
    save(firm, entry_editor, sensing, now + timedelta(hours=1), size_band="large", nace=["26.11"], level=9)
    latest, first = history.page(entry, number=1)
    assert latest.change
    assert (latest.at, latest.change.by) == (now + timedelta(hours=1), entry_editor)
    assert [(value.label, value.before_in_words, value.after_in_words) for value in latest.change.values.order_by("pk")] == [
        ("Size", ["Small: 10 to 49 people"], ["Large: 250 people or more"]),
        ("Economic activities (NACE)", [], ["26.11 Manufacture of electronic components"]),
        (
            "Technologies and what we do with them",
            ["Electro-optical sensing: develops, readiness level 6"],
            ["Electro-optical sensing: develops, readiness level 9"],
        ),
    ]
    assert first.change
    begun = {value.field: (value.before, value.after) for value in first.change.values.all()}
    assert begun["legal_name"] == (None, "Baltic Photonics OÜ")


def test_saving_nothing_new_and_keeping_a_draft_are_no_change(
    entry: Entry, firm: Organisation, entry_editor: User, sensing: Segment, now: datetime
) -> None:
    before = EntryChange.objects.count(), ChangedValue.objects.count()
    save(firm, entry_editor, sensing, now)
    entries.keep_draft(organisation=firm, typed={"legal_name": ["Secret plan"]}, by=entry_editor, now=now)
    assert (EntryChange.objects.count(), ChangedValue.objects.count()) == before


def test_a_confirmation_and_its_lapse_are_in_the_history(
    entry: Entry, firm: Organisation, entry_editor: User, officer: User, sensing: Segment, now: datetime, signed_in: SignIn
) -> None:
    later = now + timedelta(hours=1)
    entries.confirm(entry_id=entry.pk, field="size_band", level="document", reason="Annual report", by=officer, now=later)
    save(firm, entry_editor, sensing, later + timedelta(hours=1), size_band="large")
    steps = [(bool(event.change), event.evidence.level if event.evidence else "") for event in history.page(entry, number=1)]
    assert steps == [(True, ""), (False, "said"), (False, "document"), (True, "")]
    page = signed_in(entry_editor).get(reverse(PAGE)).content.decode()
    assert "Annual report" in page
    assert "Strategic Goods Focal Point" in page
    assert "Olev Officer" not in page


def test_of_people_it_says_only_that_they_changed(
    entry: Entry, entry_editor: User, now: datetime, today: date, signed_in: SignIn
) -> None:
    values = {"name": "Kai Contact", "role": "", "email": "kai@x.example", "phone": "", "languages": []}
    found = people.name(entry=entry, values=values, by=entry_editor, now=now + timedelta(hours=1), today=today)
    people.remove(person=found, by=entry_editor, now=now + timedelta(hours=2))
    page = signed_in(entry_editor).get(reverse(PAGE)).content.decode()
    assert page.count("Contact persons, as each agrees") == 2
    assert "Kai Contact" not in page


def test_the_firm_has_what_was_said_forgotten_and_who_and_when_stays(
    entry: Entry, entry_editor: User, signatory: User, make_entry: MakeEntry, signed_in: SignIn
) -> None:
    change = EntryChange.objects.get()
    address = reverse("registry:history-forget", args=[change.pk])
    other = make_entry(legal_name="Other OÜ")
    stranger = User.objects.get(memberships__organisation=other.organisation)
    assert signed_in(stranger).post(address).status_code == 404
    assert signed_in(signatory).post(address).status_code == 403
    with pytest.raises(history.UnableToForget):
        history.forget(change=change, by=stranger)
    client = signed_in(entry_editor)
    assert "Hollow-core fibre" in client.get(reverse(PAGE)).content.decode()
    assert client.post(address).status_code == 302
    page = client.get(reverse(PAGE)).content.decode()
    assert "Hollow-core fibre" not in page
    assert "Products and capabilities" in page
    assert "Enn Entry" in page
    assert not ChangedValue.objects.filter(change=change).exists()


def test_nobody_else_reads_it(
    entry: Entry, make_entry: MakeEntry, officer: User, auditor: User, association_officer: User, signed_in: SignIn
) -> None:
    for person in (officer, auditor, association_officer):
        assert signed_in(person).get(reverse(PAGE)).status_code == 403
    other = make_entry(legal_name="Other OÜ", products="Lasers")
    stranger = User.objects.get(memberships__organisation=other.organisation)
    page = signed_in(stranger).get(reverse(PAGE)).content.decode()
    assert "Lasers" in page
    assert "Hollow-core fibre" not in page


def test_it_goes_with_the_entry(entry: Entry) -> None:
    entry.delete()
    assert (EntryChange.objects.count(), ChangedValue.objects.count()) == (0, 0)


def test_what_was_said_is_never_rewritten(entry: Entry) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        ChangedValue.objects.update(after="Nothing")


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_queries_however_much_changed(
    entry: Entry,
    firm: Organisation,
    entry_editor: User,
    officer: User,
    sensing: Segment,
    now: datetime,
    signed_in: SignIn,
    count: int,
    django_assert_num_queries: Any,
) -> None:
    for number in range(count):
        later = now + timedelta(hours=number + 1)
        save(firm, entry_editor, sensing, later, products=f"Fibre {number}")
        entries.confirm(entry_id=entry.pk, field="products", level="document", reason="Seen", by=officer, now=later)
    client = signed_in(entry_editor)
    with django_assert_num_queries(9):
        page = client.get(reverse(PAGE)).context["page"]
    assert len(page) == 1 + count + count + count - 1  # the first, the changes, what was confirmed and what lapsed


def test_it_is_paged(
    entry: Entry,
    firm: Organisation,
    entry_editor: User,
    sensing: Segment,
    now: datetime,
    signed_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(history, "PAGE", 2)
    for number in range(2):
        save(firm, entry_editor, sensing, now + timedelta(hours=number + 1), products=f"Fibre {number}")
    client = signed_in(entry_editor)
    assert [len(client.get(reverse(PAGE), {"page": number}).context["page"]) for number in (1, 2)] == [2, 1]
    assert client.get(reverse(PAGE), {"page": 3}).status_code == 404
    assert client.get(reverse(PAGE), {"unknown": 1}).status_code == 400
