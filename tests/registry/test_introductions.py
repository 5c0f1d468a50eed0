"""Two listed firms are introduced when both say yes. Before that neither learns who the other is, by any page, ledger or letter."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from mailroom.models import Letter
from organisations.models import Role, User
from registry import clues, gateway
from registry.disclosure import Audience, Field, Purpose, grid
from registry.models import Entry, Introduction, IntroductionMessage, Look
from registry.permissions import Capacity
from registry.services import agreements, introducing, projection
from registry.services.projection import own
from tests.conftest import SignIn, member
from tests.registry.conftest import VALUES, Agree, MakeEntry, at_once
from tests.registry.test_crashes import die_everywhere
from tests.registry.test_non_interference import FORM_TOKEN

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "disclosed"])

LISTED, MATCHMAKING = Audience.LISTED_FIRMS, Purpose.MATCHMAKING
NAMELESS = grid({LISTED: (Field.REGION, Field.SEGMENTS)}, {LISTED: [MATCHMAKING]})
NAMED = grid({LISTED: (Field.LEGAL_NAME, Field.SEGMENTS, Field.CONTACT_EMAIL)}, {LISTED: [MATCHMAKING]})
WORDS = "We look for somebody who packages sensors."

Ask = Callable[..., Introduction]


@pytest.fixture
def asker(entry: Entry, agree: Agree) -> Entry:
    agree(entry, NAMELESS)
    return entry


@pytest.fixture
def asked(make_entry: MakeEntry, agree: Agree) -> Entry:
    entry = make_entry(legal_name="Vaike Sild OÜ", region="EE004", contact_email="post@sild.example")
    agree(entry, NAMELESS)
    return entry


def editor_of(entry: Entry) -> User:
    found = User.objects.filter(memberships__organisation=entry.organisation, memberships__role=Role.ENTRY_EDITOR)
    return found.order_by("joined_at").first() or member(entry.organisation, f"Editor {entry.pk}", Role.ENTRY_EDITOR)


def ask(asker: Entry, asked: Entry, now: datetime, today: date | None = None) -> Introduction:
    day = today or timezone.localdate()
    said: dict[str, Any] = {"words": WORDS, "field": "Electro-optical sensing: develops"}
    return introducing.ask(asker=asker, asked_id=asked.pk, **said, by=editor_of(asker), today=day, now=now)


def answer(found: Introduction, now: datetime, *, says_yes: bool = True, by: User | None = None) -> Introduction:
    by = by or editor_of(found.asked)
    return introducing.answer(introduction=found, says_yes=says_yes, by=by, today=timezone.localdate(), now=now)


def ref_of(entry: Entry) -> Any:
    return projection.pairwise_ref(entry, LISTED, MATCHMAKING)


def page_of(client: Client, found: Introduction) -> str:
    return client.get(reverse("registry:introduction", args=[found.pk])).content.decode()


# --- the way through the pages --------------------------------------------------------------------------------------


def test_both_say_yes_and_then_each_sees_the_other(asker: Entry, asked: Entry, signed_in: SignIn) -> None:
    one, two = signed_in(editor_of(asker)), signed_in(editor_of(asked))
    asking = reverse("registry:introduction-ask", args=[ref_of(asked)])
    page = one.get(asking).content.decode()
    assert "What the other sees of you before it answers" in page
    assert "Vaike Sild" not in page
    assert one.post(asking, {"words": ""}).status_code == 422
    warned = one.post(asking, {"words": "Baltic Photonics seeks partners"})
    assert (warned.status_code, "These words can tell who you are (legal name)" in warned.content.decode()) == (422, True)
    assert one.post(asking, {"words": WORDS}).status_code == 302
    found = Introduction.objects.get()
    letter = Letter.objects.get(purpose="introduction")
    assert "Electro-optical sensing: develops" in letter.text
    assert not [words for words in ("Baltic", "Vaike Sild OÜ would", WORDS) if words in letter.text]
    assert WORDS in page_of(two, found)
    assert "Baltic" not in page_of(two, found)
    assert "No answer yet" in page_of(one, found)
    assert two.post(reverse("registry:introduction-answer", args=[found.pk]), {"answer": "yes"}).status_code == 302
    assert "Baltic Photonics OÜ" in page_of(two, found)
    assert "Vaike Sild OÜ" in page_of(one, found)
    assert "sild.example" not in page_of(one, found)  # in no cell: they write through the portal
    for entry, other in ((asker, asked), (asked, asker)):
        told = Look.objects.at(entry.pk).get(reason=introducing.REASON)
        assert (told.institution, told.fields, told.kind, told.purpose) == (
            other.organisation.name, ["legal_name"], "one", "matchmaking",
        )  # fmt: skip
    here = reverse("registry:introduction", args=[found.pk])
    for _twice in range(2):
        assert two.post(here, {"text": "Good day."}).status_code == 302
    assert "Good day." in page_of(one, found)
    assert [message.side for message in IntroductionMessage.objects.all()] == ["asked"]
    assert "Good day" not in Letter.objects.get(purpose="introduction-written").text


def test_a_contact_that_the_cell_shows_is_seen(
    asker: Entry, make_entry: MakeEntry, agree: Agree, signed_in: SignIn, now: datetime
) -> None:
    named = make_entry(legal_name="Open OÜ", contact_email="post@open.example")
    agree(named, NAMED)
    found = answer(ask(asker, named, now), now)
    assert "post@open.example" in page_of(signed_in(editor_of(asker)), found)


def test_the_listed_page_leads_there_for_matchmaking(asker: Entry, asked: Entry, signed_in: SignIn) -> None:
    client = signed_in(editor_of(asker))
    said = {"capacity": f"listed-firms:{asker.organisation.pk}", "purpose": "matchmaking", "reason": "Partners"}
    assert client.post(reverse("registry:look"), said).status_code == 302
    assert "Ask to be introduced" in client.get(reverse("registry:listed", args=[ref_of(asked)])).content.decode()


# --- nothing before both have said yes ------------------------------------------------------------------------------


def all_pages(client: Client, found: Introduction) -> list[tuple[int, bytes]]:
    names = ["introductions", "entry", "ledger", "find-usage"]
    addresses = [*map(reverse, (f"registry:{name}" for name in names)), reverse("registry:introduction", args=[found.pk])]
    answers = [client.get(address) for address in addresses]
    return [(each.status_code, FORM_TOKEN.sub(b"", each.content)) for each in answers]


@pytest.mark.parametrize("state", ["open", "declined", "taken back"])
@pytest.mark.parametrize("hidden", ["asker", "asked"])
def test_who_the_other_is_changes_no_byte(
    asker: Entry, asked: Entry, make_entry: MakeEntry, signed_in: SignIn, now: datetime, state: str, hidden: str
) -> None:
    """Two worlds that differ in the name and all that is hidden of one of the two, to the eyes of the other."""
    found = ask(asker, asked, now)
    other, viewer = (asker, asked) if hidden == "asker" else (asked, asker)
    them, me = signed_in(editor_of(other)), signed_in(editor_of(viewer))
    them.get(reverse("registry:introduction", args=[found.pk]))  # a look of theirs, which the viewer's ledger has
    if hidden == "asker":
        them.get(reverse("registry:introduction-ask", args=[ref_of(asked)]))
    if state == "declined":
        answer(found, now, says_yes=False)
    elif state == "taken back":
        introducing.take_back(introduction=found, by=editor_of(asker), today=timezone.localdate())
    all_pages(me, found)  # the viewer's own looks don't stand in its own ledger
    before = all_pages(me, found)
    letters = list(Letter.objects.filter(purpose="introduction").values_list("subject", "text"))
    shown = {"region": other.region, "size_band": "large", "legal_name": "Quite Another AS", "products": "Other things"}
    make_entry(other.organisation, editor_of(other), **(VALUES | shown | {"contact_email": "q@other.example"}))
    other.organisation.name = "Quite Another AS"
    other.organisation.save(update_fields=["name"])
    assert all_pages(me, found) == before
    assert list(Letter.objects.filter(purpose="introduction").values_list("subject", "text")) == letters
    name = b"Baltic" if hidden == "asker" else b"Vaike"
    assert not [page for _status, page in before if name in page]


def test_a_firm_named_in_the_ledger_all_the_same_would_be_seen(
    asker: Entry, asked: Entry, signed_in: SignIn, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A planted leak: the pages of the test above do show who looked."""
    monkeypatch.setattr(gateway.Gate, "_institution", lambda gate: (gate.capacity.organisation.name, "firm"))
    found = ask(asker, asked, now)
    page_of(signed_in(editor_of(asker)), found)
    assert [page for _status, page in all_pages(signed_in(editor_of(asked)), found) if b"Baltic" in page]


def test_a_firm_that_looks_is_named_in_ledgers_as_its_own_cell_names_it(
    asker: Entry, asked: Entry, make_entry: MakeEntry, agree: Agree, today: date
) -> None:
    named = make_entry(legal_name="Open OÜ")
    agree(named, NAMED)
    for looker in (asker, named):
        capacity = Capacity(LISTED, looker.organisation)
        gateway.disclosed(editor_of(looker), MATCHMAKING, "", today=today, capacity=capacity).one(ref_of(asked))
    told = Look.objects.at(asked.pk).order_by("pk").values_list("institution", "institution_kind")
    assert list(told) == [("A listed firm", "firm"), ("Open OÜ", "firm")]


def test_the_database_keeps_no_name_before_both_agree(asker: Entry, asked: Entry, now: datetime) -> None:
    ask(asker, asked, now)
    with pytest.raises(IntegrityError, match="names_nobody"), transaction.atomic():
        Introduction.objects.update(asked_name="Vaike Sild OÜ")


def test_a_no_looks_like_silence_to_the_asker(asker: Entry, asked: Entry, signed_in: SignIn, now: datetime) -> None:
    client, found = signed_in(editor_of(asker)), ask(asker, asked, now)
    before, letters = all_pages(client, found), Letter.objects.count()
    answer(found, now, says_yes=False)
    assert (all_pages(client, found), Letter.objects.count()) == (before, letters)
    Introduction.objects.update(expires_on=timezone.localdate() - timedelta(days=1))
    declined = all_pages(client, found)
    Introduction.objects.update(state="open", answered_on=None)
    assert all_pages(client, found) == declined


# --- withdrawal, time, two at once ----------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["asker", "asked"])
@pytest.mark.parametrize("state", ["open", "agreed"])
def test_a_withdrawal_ends_it_at_once(asker: Entry, asked: Entry, signed_in: SignIn, now: datetime, who: str, state: str) -> None:
    found = ask(asker, asked, now)
    if state == "agreed":
        answer(found, now)
    gone = asker if who == "asker" else asked
    signer = User.objects.filter(memberships__organisation=gone.organisation, memberships__role=Role.SIGNATORY).first()
    assert signer
    agreements.withdraw(entry=gone, by=signer, now=now)
    for entry, other in ((asker, "Vaike Sild"), (asked, "Baltic")):
        page = page_of(signed_in(editor_of(entry)), found)
        assert "It has ended." in page
        assert other not in page
    with pytest.raises(introducing.HasEnded):
        answer(found, now)
    with pytest.raises(introducing.HasEnded):
        introducing.write(introduction=found, text="Hi", by=editor_of(asked), today=timezone.localdate(), now=now)


def test_after_sixty_days_it_can_t_be_answered(asker: Entry, asked: Entry, now: datetime) -> None:
    today = timezone.localdate()
    found = ask(asker, asked, now, today=today - timedelta(days=61))
    with pytest.raises(introducing.HasEnded):
        answer(found, now)
    again = Introduction.objects.get()
    again.expires_on = today
    again.save(update_fields=["expires_on"])
    assert answer(again, now).is_agreed


def test_a_yes_and_a_no_at_once_are_one_of_the_two(asker: Entry, asked: Entry, now: datetime) -> None:
    found, by = ask(asker, asked, now), editor_of(asked)
    results = at_once(partial(answer, found, now, by=by), partial(answer, found, now, says_yes=False, by=by))
    assert sorted(type(result).__name__ for result in results) == ["HasEnded", "Introduction"]


def test_two_who_ask_for_each_other_at_once_make_one(asker: Entry, asked: Entry, now: datetime) -> None:
    for entry in (asker, asked):
        assert editor_of(entry)
    results = at_once(partial(ask, asker, asked, now), partial(ask, asked, asker, now))
    assert sorted(type(result).__name__ for result in results) == ["Introduction", "TooSoon"]


def test_a_yes_is_whole_or_not_at_all_wherever_the_process_dies(asker: Entry, asked: Entry, now: datetime) -> None:
    found, by = ask(asker, asked, now), editor_of(asked)
    assert by.memberships_held

    def state() -> Any:
        return list(Introduction.objects.values()), Look.objects.count(), Letter.objects.count()

    before = state()
    assert die_everywhere(lambda: answer(found, now, by=by), state) > 5
    assert state()[1:] == (before[1] + 2, before[2] + 2)


# --- limits and refusals --------------------------------------------------------------------------------------------


def test_a_pair_is_introduced_once_a_year_and_five_wait_at_most(
    asker: Entry, asked: Entry, make_entry: MakeEntry, agree: Agree, now: datetime
) -> None:
    answer(ask(asker, asked, now), now, says_yes=False)
    for one, other in ((asker, asked), (asked, asker)):
        with pytest.raises(introducing.TooSoon):
            ask(one, other, now)
    others = [make_entry(legal_name=f"Firm {number}") for number in range(5)]
    for other in others:
        agree(other, NAMELESS)
    for other in others[:4]:
        ask(asker, other, now)
    with pytest.raises(introducing.TooMany):
        ask(asker, others[4], now)  # the no made no room
    Introduction.objects.filter(asked=others[0]).update(expires_on=timezone.localdate() - timedelta(days=1))
    ask(asker, others[4], now)


def test_nobody_else_asks_answers_reads_or_takes_back(
    asker: Entry, asked: Entry, make_entry: MakeEntry, agree: Agree, officer: User, signed_in: SignIn, now: datetime
) -> None:
    third = make_entry(legal_name="Third OÜ")
    stranger, today = editor_of(third), timezone.localdate()
    with pytest.raises(introducing.UnableToIntroduce):
        ask(asker, third, now)  # shown to nobody
    with pytest.raises(introducing.UnableToIntroduce):
        ask(asker, asker, now)
    with pytest.raises(introducing.UnableToIntroduce):
        introducing.ask(asker=asker, asked_id=asked.pk, words=WORDS, field="", by=stranger, today=today, now=now)
    found = ask(asker, asked, now)
    for by in (stranger, officer, editor_of(asker)):
        with pytest.raises(introducing.UnableToIntroduce):
            answer(found, now, by=by)
    for by in (stranger, officer, editor_of(asked)):
        with pytest.raises(introducing.UnableToIntroduce):
            introducing.take_back(introduction=found, by=by, today=today)
    answer(found, now)
    with pytest.raises(introducing.UnableToIntroduce):
        introducing.write(introduction=found, text="Hi", by=stranger, today=today, now=now)
    client = signed_in(stranger)
    for name in ("introduction", "introduction-answer", "introduction-take-back"):
        assert client.post(reverse(f"registry:{name}", args=[found.pk]), {"answer": "yes"}).status_code == 404
    assert client.get(reverse("registry:introduction-ask", args=[ref_of(asked)])).status_code == 404  # not listed
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        IntroductionMessage.objects.update(text="changed")


def test_who_is_shown_to_nobody_for_matchmaking_is_told_so(asked: Entry, entry: Entry, agree: Agree, signed_in: SignIn) -> None:
    agree(entry)
    client = signed_in(editor_of(entry))
    address = reverse("registry:introduction-ask", args=[ref_of(asked)])
    assert "Your agreement shows you to no listed firm" in client.get(address).content.decode()
    assert client.post(address, {"words": WORDS}).status_code == 422
    assert not Introduction.objects.exists()


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        (WORDS, []),
        ("baltic PHOTONICS, of course", [Field.LEGAL_NAME]),
        ("our number is 1000 0018", [Field.REGISTRATION_NUMBER]),
        ("see photonics.example", [Field.CONTACT_EMAIL, Field.WEBSITE]),
        ("write to me@elsewhere.example", [Field.CONTACT_EMAIL]),
        ("call +372 512 3456", [Field.CONTACT_EMAIL]),
        ("Baltic sea cables and photonics", []),
    ],
)
def test_words_that_tell_who_one_is_are_found(entry: Entry, words: str, fields: list[Field]) -> None:
    assert clues.told(words, own(entry)) == fields


def test_the_list_costs_the_same_queries_for_one_and_three(
    asker: Entry, make_entry: MakeEntry, agree: Agree, signed_in: SignIn, now: datetime
) -> None:
    client, counts = signed_in(editor_of(asker)), []
    for number in range(3):
        other = make_entry(legal_name=f"Firm {number}")
        agree(other, NAMELESS)
        ask(asker, other, now)
        with CaptureQueriesContext(connection) as ran:
            assert client.get(reverse("registry:introductions")).status_code == 200
        counts.append(len(ran))
    assert counts[0] == counts[2]
