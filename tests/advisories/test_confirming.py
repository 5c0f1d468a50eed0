"""Single addresses: nothing goes to one before its reader has confirmed, and then what is for everybody."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from advisories.emails import compose
from advisories.models import Advisory, Confirmation, Mandate, Pace, Subscription
from advisories.services import audience, confirming, digesting, editing, foreseeing
from catalogue.models import Segment
from mailroom.mime import COPY_MARK
from mailroom.models import Envelope, Letter, Suppression
from mailroom.models import State as Fate
from organisations.models import Organisation, User
from tests.advisories.conftest import Make

pytestmark = pytest.mark.django_db

ADDRESS = "reader@home.example"
WISHES = {"language": "en", "least_urgency": "routine", "pace": "immediate"}


def link(letter: Letter | None = None) -> str:
    """The path in the latest confirmation, or in this letter."""
    letter = letter or Letter.objects.filter(purpose=confirming.PURPOSE).latest("created_at")
    found = re.search(r"https?://[^/]+(/advisories/subscribe/\S+/)", letter.text)
    assert found
    return found.group(1)


def ask(address: str = ADDRESS, client: Client | None = None) -> Any:
    return (client or Client()).post("/advisories/subscribe/", {"address": address})


@pytest.fixture
def single(now: datetime) -> Callable[..., Subscription]:
    def single(address: str = ADDRESS, **wishes: Any) -> Subscription:
        return confirming.confirm(address=address, now=now - timedelta(hours=1), **wishes)

    return single


# --- asking ---------------------------------------------------------------------------------------------------------


def test_a_stranger_enters_an_address_and_its_reader_confirms(quantum: Segment) -> None:
    client = Client()
    assert "A link is on its way" in ask(client=client).content.decode()
    (envelope,) = Envelope.objects.all()
    assert (envelope.address, envelope.letter.list_id) == (ADDRESS, "")
    assert not Subscription.objects.exists()
    page = client.get(link())
    assert "Confirm your address" in page.content.decode()
    assert ADDRESS in page.content.decode()
    chosen = WISHES | {"kinds": ["threat"], "segments": ["CTA03"], "pace": "daily", "least_urgency": "priority"}
    assert "Advisories go to this address from now on" in client.post(link(), chosen).content.decode()
    found = Subscription.objects.get()
    assert (found.address, found.organisation, found.kinds, found.pace) == (ADDRESS, None, ["threat"], "daily")
    assert (found.least_urgency, list(found.segments.all())) == ("priority", [quantum])


def test_looking_at_the_link_confirms_nothing() -> None:
    """Mail programs and scanners open every link of a mail."""
    ask()
    assert {Client().get(link()).status_code, Client().head(link()).status_code} == {200}
    assert not Subscription.objects.exists()


def test_confirming_twice_is_once() -> None:
    ask()
    assert {Client().post(link(), WISHES).status_code for _ in range(2)} == {200}
    assert Subscription.objects.count() == 1


def test_a_refused_wish_keeps_what_was_typed_and_confirms_nothing() -> None:
    ask()
    response = Client().post(link(), WISHES | {"pace": "hourly", "kinds": ["threat"]})
    assert response.status_code == 422
    start = response.content.decode().index('value="threat"')
    assert "checked" in response.content.decode()[start : start + 120]
    assert not Subscription.objects.exists()


def test_the_answer_is_the_same_whether_or_not_the_address_is_known(single: Callable[..., Subscription]) -> None:
    single("known@home.example")
    answers = {ask(address).content for address in ("known@home.example", "KNOWN@home.example", ADDRESS, ADDRESS)}
    assert len(answers) == 1
    known = Letter.objects.get(envelopes__address="known@home.example")
    assert "already" in known.text
    assert "Change which advisories you get" in Client().get(link(known)).content.decode()


@pytest.mark.parametrize("bad", ["", "nobody", "a@b.example\nBcc: c@d.example", "a b@home.example", f"{'x' * 250}@home.example"])
def test_what_is_no_address_is_refused_in_words(bad: str) -> None:
    response = ask(bad)
    assert response.status_code == 422
    assert not Letter.objects.exists()


def test_one_link_a_day_goes_to_an_address_whoever_asks(now: datetime) -> None:
    for hours, address in ((0, ADDRESS), (1, ADDRESS.upper()), (5, ADDRESS)):
        confirming.ask(address=address, language="en", now=now + timedelta(hours=hours))
    assert Envelope.objects.count() == 1
    confirming.ask(address=ADDRESS, language="en", now=now + timedelta(days=1))
    assert Envelope.objects.count() == 2
    assert Confirmation.objects.count() == 1


def test_a_flood_is_stopped_for_all_addresses_alike(
    now: datetime, monkeypatch: pytest.MonkeyPatch, single: Callable[..., Subscription]
) -> None:
    monkeypatch.setattr(confirming, "MOST_AN_HOUR", 2)
    single("known@home.example")
    for number in range(2):
        confirming.ask(address=f"r{number}@home.example", language="en", now=now)
    for address in ("r0@home.example", "known@home.example", ADDRESS):
        with pytest.raises(confirming.TooMany):
            confirming.ask(address=address, language="en", now=now)
    confirming.ask(address=ADDRESS, language="en", now=now + timedelta(hours=1))
    assert Envelope.objects.count() == 3


def test_a_flood_is_told_in_words_and_keeps_what_was_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirming, "MOST_AN_HOUR", 0)
    response = ask()
    assert response.status_code == 429
    assert "Try again in an hour" in response.content.decode()
    assert ADDRESS in response.content.decode()


def test_of_the_visitor_nothing_is_kept() -> None:
    Client(REMOTE_ADDR="203.0.113.9", HTTP_USER_AGENT="Telltale/1.0").post("/advisories/subscribe/", {"address": ADDRESS})
    row = Confirmation.objects.get()
    assert {field.name for field in Confirmation._meta.get_fields()} == {"id", "address", "asked_at"}
    assert (row.asked_at.minute, row.asked_at.second, row.asked_at.microsecond) == (0, 0, 0)


def test_a_link_is_good_for_three_days_and_forged_ones_for_none(now: datetime) -> None:
    confirming.ask(address=ADDRESS, language="en", now=now)
    token = link().rstrip("/").rpartition("/")[2]
    assert confirming.asked(token=token, now=now + timedelta(days=2, hours=23)) == ADDRESS
    for wrong, at in ((token, now + timedelta(days=3, hours=1)), (token[:-1] + "x", now), ("none", now), (token[5:], now)):
        with pytest.raises(confirming.LinkOver):
            confirming.asked(token=wrong, now=at)


@pytest.mark.parametrize("path", ["confirm/none", "mine/none", "mine/" + "f" * 32, "mine/" + COPY_MARK])
def test_a_link_that_is_over_says_what_to_do(path: str) -> None:
    for send in (Client().get, Client().post):
        response = send(f"/advisories/subscribe/{path}/")
        assert response.status_code == 410
        assert "Enter the address anew" in response.content.decode()


def test_what_nobody_confirmed_is_erased_with_its_letters(now: datetime, single: Callable[..., Subscription]) -> None:
    single("kept@home.example")
    confirming.ask(address=ADDRESS, language="en", now=now)
    Envelope.objects.update(state=Fate.SENT, sent_at=now, next_attempt_at=None)
    confirming.erase(now=now + timedelta(days=6))
    assert (Confirmation.objects.count(), Letter.objects.count()) == (1, 1)
    confirming.erase(now=now + timedelta(days=8))
    assert (Confirmation.objects.count(), Letter.objects.count()) == (0, 0)
    assert Subscription.objects.get().address == "kept@home.example"


def test_an_ended_single_address_is_erased_and_an_organisations_is_not(
    now: datetime, single: Callable[..., Subscription], firm: Organisation, subscribed: Callable[..., Subscription], signatory: User
) -> None:
    single()
    confirming.end(address=ADDRESS, now=now)
    audience.unsubscribe(subscribed(firm, "a@firm.example"), by=signatory, now=now)
    confirming.erase(now=now + timedelta(days=29))
    assert Subscription.objects.count() == 2
    confirming.erase(now=now + timedelta(days=31))
    assert Subscription.objects.get().organisation == firm


# --- what goes there ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("label", "goes"), [("clear", 1), ("green", 0), ("amber", 0), ("amber+strict", 0), ("red", 0)])
def test_a_single_address_gets_what_is_for_everybody(
    label: str, goes: int, single: Callable[..., Subscription], published: Make
) -> None:
    single()
    single("daily@home.example", pace="daily")
    published(tlp=label)
    assert Envelope.objects.count() == goes
    assert digesting.post_due(now=timezone.now() + timedelta(days=30)) == goes


def test_no_mail_to_single_addresses_can_be_made_of_more(drafted: Make) -> None:
    with pytest.raises(ValueError, match="everybody"):
        compose(drafted(tlp="green"), is_single=True)


def test_it_gets_what_it_wants_alone(
    single: Callable[..., Subscription], published: Make, quantum: Segment, lasers: Segment
) -> None:
    single("threats@home.example", kinds=["threat"])
    single("quantum@home.example", segments=[quantum])
    published(tlp="clear", kind="event", segments=[lasers])
    assert not Envelope.objects.exists()


def test_who_gets_it_as_an_organisation_gets_one_copy(
    single: Callable[..., Subscription],
    published: Make,
    drafted: Make,
    firm: Organisation,
    association: Organisation,
    subscribed: Callable[..., Subscription],
    mandated: Callable[..., Mandate],
    today: date,
) -> None:
    subscribed(firm, "a@firm.example")
    mandated(association, "relay@association.example")
    for address in ("A@firm.example", "Relay@association.example", ADDRESS):
        single(address)
    assert editing.addresses(drafted(tlp="clear"), today=today) == 3
    published(tlp="clear")
    assert sorted(Envelope.objects.values_list("address", flat=True)) == ["a@firm.example", ADDRESS, "relay@association.example"]


def test_its_mail_has_its_own_link_and_an_organisations_has_not(
    single: Callable[..., Subscription], firm: Organisation, subscribed: Callable[..., Subscription], published: Make
) -> None:
    single()
    subscribed(firm, "a@firm.example")
    published(tlp="clear")
    own, other = (Letter.objects.get(envelopes__address=address) for address in (ADDRESS, "a@firm.example"))
    for words in (own.text, own.html):
        assert f"/advisories/subscribe/mine/{COPY_MARK}/" in words
        assert "your organisation" not in words
    for words in (other.text, other.html):
        assert COPY_MARK not in words
        assert "your organisation" in words
    assert own.list_id == other.list_id
    assert own.stop_address == other.stop_address


@pytest.fixture
def token(single: Callable[..., Subscription], published: Make) -> str:
    """That of a copy which went to the single address."""
    single()
    published(tlp="clear")
    return Envelope.objects.get().token


def test_a_copys_link_changes_what_goes_there_and_does_not_tell_the_address(token: str) -> None:
    client = Client()
    page = client.get(f"/advisories/subscribe/mine/{token}/")
    assert page.status_code == 200
    assert ADDRESS not in page.content.decode()
    client.post(f"/advisories/subscribe/mine/{token}/", WISHES | {"kinds": ["event"], "pace": "weekly"})
    found = Subscription.objects.get()
    assert (found.address, found.kinds, found.pace) == (ADDRESS, ["event"], Pace.WEEKLY)


def test_a_copys_link_ends_it_and_is_over_then(token: str) -> None:
    client = Client()
    assert client.get(f"/advisories/subscribe/mine/{token}/").status_code == 200
    assert Subscription.objects.active().exists()
    assert "have been stopped" in client.post(f"/advisories/subscribe/mine/{token}/", {"stop": "yes"}).content.decode()
    assert not Subscription.objects.active().exists()
    assert client.get(f"/advisories/subscribe/mine/{token}/").status_code == 410


def test_one_click_stops_it(token: str) -> None:
    assert Client(enforce_csrf_checks=True).post(f"/advisories/stop/{token}/").status_code == 200
    assert not Subscription.objects.active().exists()


def test_the_token_of_an_organisations_copy_opens_nothing(
    single: Callable[..., Subscription], firm: Organisation, subscribed: Callable[..., Subscription], published: Make
) -> None:
    single("a@firm.example")
    subscribed(firm, "a@firm.example")
    published(tlp="clear")
    assert Client().get(f"/advisories/subscribe/mine/{Envelope.objects.get().token}/").status_code == 410


def test_who_confirms_again_after_stopping_gets_them_again(token: str, published: Make) -> None:
    Client().post(f"/advisories/stop/{token}/")
    assert Suppression.objects.in_force().count() == 1
    ask()
    Client().post(link(), WISHES)
    assert not Suppression.objects.in_force().exists()
    assert Subscription.objects.active().get().address == ADDRESS


def test_a_correction_and_a_withdrawal_reach_it_with_its_own_link(
    token: str, correct: Callable[..., Advisory], approver: User, now: datetime
) -> None:
    Envelope.objects.update(state=Fate.SENT, sent_at=now, next_attempt_at=None)
    right = correct(Advisory.objects.get(), tlp="clear")
    first = Envelope.objects.of_source(right.source).get()
    assert first.address == ADDRESS
    assert f"/mine/{COPY_MARK}/" in first.letter.text
    Envelope.objects.update(state=Fate.SENT, sent_at=now, next_attempt_at=None)
    editing.withdraw(right, reason="All of it is wrong.", by=approver, now=now + timedelta(hours=5))
    second = Envelope.objects.of_source(right.withdrawal_source).get()
    assert second.address == ADDRESS
    assert f"/mine/{COPY_MARK}/" in second.letter.text


def test_no_page_opens_by_it(single: Callable[..., Subscription], published: Make) -> None:
    single()
    assert Client().get(published(tlp="green").get_absolute_url()).status_code == 404


def test_the_desk_foresees_them(single: Callable[..., Subscription], drafted: Make, today: date) -> None:
    single()
    single("event@home.example", kinds=["event"])
    found = foreseeing.foresee(drafted(tlp="clear"), today=today)
    assert (found.addresses, found.single_missed) == (1, 1)
    assert {str(line.label): line.number for line in found.why}["They are single addresses and get it at once"] == 1
    assert foreseeing.foresee(drafted(tlp="green"), today=today).single_missed == 2


# --- the database ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [{"confirmed_on": None}, {"channel": "feed"}])
def test_the_database_refuses_an_address_of_nobody_that_is_not_confirmed(
    single: Callable[..., Subscription], wrong: dict[str, Any]
) -> None:
    single()
    with pytest.raises(IntegrityError), transaction.atomic():
        Subscription.objects.update(**wrong)


def test_the_database_refuses_an_organisations_address_that_is_a_single_one(
    firm: Organisation, subscribed: Callable[..., Subscription], today: date
) -> None:
    subscribed(firm, "a@firm.example")
    with pytest.raises(IntegrityError), transaction.atomic():
        Subscription.objects.update(confirmed_on=today)


def test_the_database_refuses_a_second_single_subscription_of_an_address(
    single: Callable[..., Subscription], now: datetime, today: date
) -> None:
    single()
    with pytest.raises(IntegrityError), transaction.atomic():
        Subscription.objects.create(address=ADDRESS.upper(), created_at=now, confirmed_on=today)
    Subscription.objects.create(address=ADDRESS, created_at=now, confirmed_on=today, is_active=False, ended_at=now)
