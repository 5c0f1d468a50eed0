"""Encrypted advisories: who sets a certificate, what its address's reader has to say to that, and what then leaves."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from advisories import tasks
from advisories.models import Advisory, CertificateChange, Mandate, Subscription
from advisories.services import audience, certifying, confirming, digesting, editing, reminding
from advisories.services.confirming import LinkOver
from mailroom import sealing
from mailroom.models import Certificate, Envelope, Letter
from mailroom.models import State as Fate
from mailroom.services import certificates
from mailroom.services.delivery import deliver, new_worker
from organisations.models import Organisation, User
from tests.advisories.conftest import Make
from tests.certificates import YEAR, Owner, elliptic_key, owner, rsa_key
from tests.conftest import SignIn
from tests.mailroom.sink import Sink, listening

pytestmark = pytest.mark.django_db
ADDRESS = "Info@firm.example"
SINGLE = "reader@home.example"
Subscribes = Callable[..., Subscription]


@pytest.fixture
def mari() -> Owner:
    """Pages read the clock: her certificate is good now."""
    return owner(timezone.now(), ADDRESS.lower())


@pytest.fixture
def subscription(firm: Organisation, subscribed: Subscribes) -> Subscription:
    return subscribed(firm, ADDRESS)


@pytest.fixture
def page(subscription: Subscription) -> str:
    return reverse("advisories:certificate", args=[subscription.pk])


def link() -> str:
    """The path in the latest mail that asks a reader."""
    letter = Letter.objects.filter(text__contains="/advisories/certificate/").latest("created_at")
    found = re.search(r"https?://[^/]+(/advisories/certificate/\S+/)", letter.text)
    assert found
    return found.group(1)


def enter(who: Owner, now: datetime, address: str = ADDRESS) -> None:
    certificates.enter(sealing.read(who.der), address=address, now=now)


def asked(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


# --- two say so -----------------------------------------------------------------------------------------------------


def test_a_certificate_holds_once_the_reader_of_the_address_agrees(
    page: str, mari: Owner, signatory: User, signed_in: SignIn
) -> None:
    client = signed_in(signatory)
    assert client.post(page, {"certificate": mari.pem}).status_code == 302
    assert not Certificate.objects.exists()
    letter = Letter.objects.get(purpose=certifying.PURPOSE)
    assert (letter.closed_subject, letter.envelopes.get().address) == ("", ADDRESS)
    fingerprint = sealing.read(mari.der).fingerprint_in_pairs
    assert fingerprint in letter.text
    assert "A link has gone to the address" in client.get(page).content.decode()

    reader = Client()
    assert fingerprint in reader.get(link()).content.decode()
    assert not Certificate.objects.exists()
    assert {reader.post(link()).status_code for _ in range(2)} == {200}
    assert Certificate.objects.get().address == ADDRESS.lower()
    trials = Letter.objects.exclude(closed_subject="")
    assert [trial.envelopes.get().address for trial in trials] == [ADDRESS.lower()]
    shown = client.get(page).content.decode()
    assert fingerprint in shown
    assert "Trust Services of Ruritania" in shown
    assert "A link has gone" not in shown
    assert "Encrypted; last day" in client.get(reverse("advisories:subscription")).content.decode()
    Certificate.objects.update(not_after=timezone.now())
    assert "Certificate has ended" in client.get(reverse("advisories:subscription")).content.decode()


def test_removing_one_takes_the_readers_word_too(page: str, mari: Owner, signatory: User, signed_in: SignIn) -> None:
    enter(mari, timezone.now())
    client = signed_in(signatory)
    assert client.post(page, {"remove": "yes"}).status_code == 302
    assert Certificate.objects.exists()
    assert "no longer encrypted" in Letter.objects.get().text
    assert "without encryption" in Client().get(link()).content.decode()
    assert Client().post(link()).status_code == 200
    assert not Certificate.objects.exists()
    assert client.post(page, {"remove": "yes"}).status_code == 422


def test_a_later_wish_ends_the_earlier_link(mari: Owner, subscription: Subscription, now: datetime) -> None:
    certifying.ask(address=ADDRESS, content=mari.der, now=now)
    earlier = link()
    other = owner(now)
    certifying.ask(address=ADDRESS.upper(), content=other.der, now=now + timedelta(minutes=1))
    with pytest.raises(LinkOver):
        certifying.confirm(token=asked(earlier), now=now)
    certifying.confirm(token=asked(link()), now=now)
    assert bytes(Certificate.objects.get().der) == other.der


@pytest.mark.parametrize("token", ["none", "a:b:c", "é"])
def test_a_forged_link_is_over(token: str) -> None:
    for answer in (Client().get(f"/advisories/certificate/{token}/"), Client().post(f"/advisories/certificate/{token}/")):
        assert answer.status_code == 410


def test_a_link_is_over_after_three_days(mari: Owner, now: datetime) -> None:
    certifying.ask(address=ADDRESS, content=mari.der, now=now)
    with pytest.raises(LinkOver):
        certifying.confirm(token=asked(link()), now=now + timedelta(days=3, seconds=1))


def test_one_that_has_ended_before_the_reader_agrees_is_refused_in_words(now: datetime) -> None:
    begun = timezone.now()
    certifying.ask(address=ADDRESS, content=owner(begun, ends=timedelta(hours=1)).der, now=begun)
    CertificateChange.objects.update(der=owner(begun, ends=-timedelta(hours=1)).der)
    answer = Client().post(link())
    assert answer.status_code == 409
    assert "has ended" in answer.content.decode()
    assert not Certificate.objects.exists()


def test_three_links_a_day_go_to_an_address(mari: Owner, now: datetime) -> None:
    for minutes in range(3):
        certifying.ask(address=ADDRESS, content=mari.der, now=now + timedelta(minutes=minutes))
    with pytest.raises(certifying.UnableToAsk, match="Three links"):
        certifying.ask(address=ADDRESS, content=mari.der, now=now + timedelta(minutes=4))
    certifying.ask(address=ADDRESS, content=mari.der, now=now + timedelta(days=1))
    assert Envelope.objects.count() == 4


# --- what is no certificate for it ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"key": elliptic_key}, "none of RSA"),
        ({"key": lambda: rsa_key(1024)}, "too weak"),
        ({"subject": "other@firm.example"}, "not for this address"),
        ({"ends": -timedelta(days=1)}, "has ended"),
        (None, "no certificate that can be read"),
    ],
)
def test_a_refused_certificate_is_refused_in_words_and_stays_in_the_form(
    page: str, changes: dict[str, Any] | None, said: str, signatory: User, signed_in: SignIn
) -> None:
    changes = changes and changes | ({"key": changes["key"]()} if "key" in changes else {})
    typed = "MIIB garbage" if changes is None else owner(timezone.now(), **changes).pem
    answer = signed_in(signatory).post(page, {"certificate": typed})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert typed.split("\n")[1 if changes else 0] in answer.content.decode()
    assert not Letter.objects.exists()


def test_a_file_will_do_and_only_one_way_at_a_time(page: str, mari: Owner, signatory: User, signed_in: SignIn) -> None:
    client = signed_in(signatory)
    for said, status in (
        ({}, 422),
        ({"certificate": mari.pem, "file": SimpleUploadedFile("mari.cer", mari.der)}, 422),
        ({"file": SimpleUploadedFile("mari.cer", b"\0" * (sealing.LARGEST + 1))}, 422),
        ({"file": SimpleUploadedFile("mari.cer", b"hello")}, 422),
        ({"file": SimpleUploadedFile("mari.cer", b"")}, 422),
        ({"file": SimpleUploadedFile("mari.cer", mari.der)}, 302),
    ):
        assert client.post(page, said).status_code == status
    assert bytes(CertificateChange.objects.get().der) == mari.der


# --- whose page -----------------------------------------------------------------------------------------------------


def test_another_firms_address_is_nobody_elses(
    page: str, mari: Owner, association_officer: User, administrator: User, signed_in: SignIn
) -> None:
    for person in (association_officer, administrator):
        client = signed_in(person)
        assert (client.get(page).status_code, client.post(page, {"certificate": mari.pem}).status_code) == (404, 404)


def test_an_association_has_one_for_what_it_is_asked_to_pass_on(
    association: Organisation,
    association_officer: User,
    mandated: Callable[..., Mandate],
    mari: Owner,
    signed_in: SignIn,
    today: date,
) -> None:
    mandate = mandated(association, ADDRESS, valid_from=today - YEAR)
    client = signed_in(association_officer)
    path = reverse("advisories:certificate-mandate", args=[mandate.pk])
    assert path in client.get(reverse("advisories:subscription")).content.decode()
    assert client.post(path, {"certificate": mari.pem}).status_code == 302
    assert Client().post(link()).status_code == 200
    assert Certificate.objects.get().address == ADDRESS.lower()


def test_a_single_address_has_one_by_its_link_which_does_not_tell_the_address(published: Make, now: datetime) -> None:
    reader = owner(timezone.now(), SINGLE)
    confirming.confirm(address=SINGLE, now=now - timedelta(hours=1))
    published(tlp="clear")
    client = Client()
    path = reverse("advisories:mine-certificate", args=[Envelope.objects.get(address=SINGLE).token])
    assert path in client.get(path.removesuffix("certificate/")).content.decode()
    assert SINGLE not in client.get(path).content.decode()
    assert client.post(path, {"certificate": reader.pem}).status_code == 302
    assert SINGLE not in client.get(path).content.decode()
    assert client.post(link()).status_code == 200
    assert Certificate.objects.get().address == SINGLE
    confirming.end(address=SINGLE, now=now)
    assert client.get(path).status_code == 410


def test_who_has_lost_the_key_comes_by_asking_anew(now: datetime) -> None:
    client = Client()
    client.post("/advisories/subscribe/", {"address": SINGLE})
    found = re.search(r"https?://[^/]+(/advisories/subscribe/confirm/\S+/)", Letter.objects.get().text)
    assert found
    assert client.get(f"{found.group(1)}certificate/").headers["Location"] == found.group(1)
    confirming.confirm(address=SINGLE, now=now)
    enter(owner(now), now, SINGLE)
    assert "Remove it" in client.get(f"{found.group(1)}certificate/").content.decode()
    assert client.get("/advisories/subscribe/confirm/none/certificate/").status_code == 410


# --- what leaves ----------------------------------------------------------------------------------------------------


def test_every_mail_of_advisories_says_outside_that_there_is_one_and_no_more(
    bilingual: Make,
    published: Make,
    correct: Callable[..., Advisory],
    firm: Organisation,
    association: Organisation,
    signatory: User,
    approver: User,
    subscribed: Subscribes,
    now: datetime,
) -> None:
    subscribed(firm, ADDRESS)
    subscribed(association, "office@cluster.example")
    estonian: dict[str, Any] = {"organisation": firm, "by": signatory, "now": now - timedelta(hours=1)}
    audience.subscribe(address="et@firm.example", language="et", **estonian)
    audience.subscribe(address="daily@firm.example", pace="daily", **estonian)
    confirming.confirm(address=SINGLE, now=now - timedelta(hours=1))
    bilingual(tlp="clear")
    wrong = published(tlp="clear")
    latest = correct(wrong, tlp="clear")
    Envelope.objects.update(state=Fate.SENT, sent_at=now, next_attempt_at=None)
    digesting.post_due(now=now + timedelta(days=1))
    reminding.remind(latest, now=now + timedelta(days=6))
    editing.withdraw(latest, reason="The cameras were toys.", by=approver, now=now + timedelta(days=7))
    letters = list(Letter.objects.all())
    purposes = {"advisory", "advisory-single", "advisory-digest", "reminder"}
    assert {letter.purpose for letter in letters} == purposes
    for letter in letters:
        assert letter.closed_subject == "TLP:CLEAR Advisory from the focal point"  # in one language for all
        for words in ("camera", "Termokaamera", "Mirrors", "toys", "reseller"):
            assert words not in letter.closed_subject + letter.closed_text
        assert {"en": "the certificate for that has ended", "et": "sertifikaat on aegunud"}[letter.language] in letter.closed_text
        assert "/advisories/" in letter.closed_text


@pytest.fixture
def sink(transactional_db: None) -> Any:
    with listening() as sink:
        yield sink


def run(sink: Sink, now: datetime) -> None:
    deliver(worker=new_worker(), relay=sink.relay, clock=lambda: now)


def test_advisory_correction_and_withdrawal_arrive_encrypted_where_there_is_a_certificate(
    sink: Sink,
    published: Make,
    correct: Callable[..., Advisory],
    firm: Organisation,
    subscribed: Subscribes,
    approver: User,
    now: datetime,
) -> None:
    mari = owner(now, ADDRESS.lower())
    subscribed(firm, ADDRESS)
    subscribed(firm, "clear@firm.example")
    enter(mari, now)
    advisory = published(tlp="amber", title="Orders for cameras")
    run(sink, now)
    correction = correct(advisory, tlp="amber", title="Not cameras but mirrors")
    run(sink, now + timedelta(hours=1))
    later = now + timedelta(hours=2)
    editing.withdraw(correction, reason="The cameras were toys.", by=approver, now=later)
    run(sink, later)
    mine = [content for address, content in sink.received if address == ADDRESS]
    clear = [content for address, content in sink.received if address == "clear@firm.example"]
    assert [b"cameras" in content for content in mine + clear] == [False] * 3 + [True] * 3
    subjects = [str(mari.opens(content)["Subject"]) for content in mine]
    assert subjects == [
        "TLP:AMBER Orders for cameras",
        "TLP:AMBER Corrected: Not cameras but mirrors",
        "TLP:AMBER Withdrawn: Not cameras but mirrors",
    ]
    first, second, third = sink.messages(ADDRESS)
    assert second["In-Reply-To"] == first["Message-ID"]
    assert {mail["Subject"] for mail in (first, second, third)} == {"TLP:AMBER Advisory from the focal point"}
    assert "The cameras were toys." in next(mari.opens(mine[2]).iter_parts()).get_content()


def test_once_it_has_ended_mail_only_says_that_there_is_one_and_where(
    sink: Sink, published: Make, firm: Organisation, subscribed: Subscribes, now: datetime
) -> None:
    subscribed(firm, ADDRESS)
    enter(owner(now, ends=timedelta(seconds=-1)), now)
    advisory = published(tlp="amber", title="Orders for cameras")
    run(sink, now)
    (mail,) = sink.messages(ADDRESS)
    text = mail.get_payload(decode=True).decode()
    assert mail["Subject"] == "TLP:AMBER Advisory from the focal point"
    assert reverse("advisories:detail", args=[advisory.pk]) in text
    assert "the certificate for that has ended" in text
    assert "cameras" not in sink.received[0][1].decode()


def test_the_desk_sees_how_each_copy_left(
    published: Make, firm: Organisation, subscribed: Subscribes, editor: User, signed_in: SignIn, sink: Sink, now: datetime
) -> None:
    subscribed(firm, ADDRESS)
    subscribed(firm, "clear@firm.example")
    enter(owner(now), now)
    advisory = published()
    run(sink, now)
    shown = signed_in(editor).get(reverse("focalpoint:recipients", args=[advisory.pk])).content.decode()
    assert shown.count(">Encrypted<") == 1
    table = signed_in(editor).get(reverse("focalpoint:recipients-table", args=[advisory.pk])).getvalue().decode()
    assert [line.rpartition(",")[2] for line in table.splitlines()] == ["cover", "", "encrypted"]


# --- the clock ------------------------------------------------------------------------------------------------------


def test_readers_are_reminded_once_thirty_days_before_the_last_day(subscription: Subscription, now: datetime) -> None:
    enter(owner(now, ends=timedelta(days=40)), now)
    enter(owner(now, ends=timedelta(days=40)), now, SINGLE)
    assert certifying.remind(now=now + timedelta(days=9)) == 0
    assert [certifying.remind(now=now + timedelta(days=day)) for day in (10, 10, 11)] == [2, 0, 0]
    told = {envelope.address: envelope.letter for envelope in Envelope.objects.select_related("letter")}
    assert reverse("advisories:subscription") in told[ADDRESS.lower()].text
    assert reverse("advisories:subscribe") in told[SINGLE].text
    assert {letter.closed_subject for letter in told.values()} == {""}
    enter(owner(now, ends=timedelta(days=41)), now)
    assert certifying.remind(now=now + timedelta(days=12)) == 1


def test_the_clock_reminds(mari: Owner) -> None:
    enter(owner(timezone.now(), ends=timedelta(days=20)), timezone.now())
    tasks.remind_of_certificates()
    tasks.remind_of_certificates()
    assert Letter.objects.count() == 1


def test_a_certificate_goes_with_the_last_row_that_names_its_address(
    subscription: Subscription, mari: Owner, signatory: User, now: datetime
) -> None:
    enter(mari, now)
    confirming.confirm(address=SINGLE, now=now)
    enter(mari, now, SINGLE)
    certifying.ask(address=SINGLE, content=owner(now).der, now=now)
    audience.unsubscribe(subscription, by=signatory, now=now)
    confirming.end(address=SINGLE, now=now)
    certifying.erase(now=now + timedelta(days=1))
    assert (Certificate.objects.count(), CertificateChange.objects.count()) == (2, 1)
    confirming.erase(now=now + timedelta(days=31))
    certifying.erase(now=now + timedelta(days=31))
    # Word of a withdrawal may still go to an organisation's address.
    assert [each.address for each in Certificate.objects.all()] == [ADDRESS.lower()]
    assert not CertificateChange.objects.exists()
