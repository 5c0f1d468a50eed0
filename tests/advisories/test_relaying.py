"""An association passes an advisory on: its own words, the label kept, one link for all members, and nobody is followed."""

from __future__ import annotations

import email
import email.policy
import re
import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from html import unescape
from typing import Any, cast

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from advisories import emails, figures
from advisories.models import Advisory, Cover, Openings, Relay, Subscription
from advisories.services import editing, relaying
from mailroom.services import UnableToPost
from organisations.models import Kind, Organisation, Role, User
from tests.advisories.conftest import Make
from tests.conftest import SignIn, member

pytestmark = pytest.mark.django_db
WORDS = "Dear members,\nask Anu <anu@cluster.example> & co."


@pytest.fixture
def prepared(association: Organisation, association_officer: User, now: datetime, today: date) -> Callable[..., Relay]:
    def prepared(advisory: Advisory, **changes: Any) -> Relay:
        said = {"association": association, "words": WORDS, "keep": False, "by": association_officer, "now": now, "today": today}
        return relaying.prepare(advisory, **(said | changes))

    return prepared


@pytest.fixture
def concerned(association: Organisation, subscribed: Callable[..., Subscription]) -> Subscription:
    return subscribed(association, "notices@cluster.example")


def page_of(advisory: Advisory) -> str:
    return reverse("advisories:relay-page", args=[advisory.pk])


# --- what it passes on ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tlp", ["clear", "green", "amber"])
def test_members_read_the_associations_words_the_label_and_the_notice(
    tlp: str, published: Make, prepared: Callable[..., Relay], concerned: Subscription
) -> None:
    advisory = published(tlp=tlp)
    relay = prepared(advisory)
    mail = emails.compose_relayed(relay)
    label = f"TLP:{tlp.upper()}"
    assert mail.subject == f"{label} Orders for thermal cameras"
    link = f"{relay.get_absolute_url()}"
    lines = mail.text.strip().splitlines()
    assert (lines[0], lines[-1]) == (label, label)
    assert mail.text.index("ask Anu <anu@cluster.example> & co.") < mail.text.index("Orders for thermal cameras")
    assert "Photonics Cluster passes this on to its members." in mail.text
    assert "ask Anu &lt;anu@cluster.example&gt; &amp; co." in mail.html
    assert mail.html.count(f">{label}</strong>") == 2
    for form in (mail.text, mail.html):
        assert link in form
        assert advisory.get_absolute_url() not in form  # else some would come past the count
        assert "What we see." in form
        assert "Ask for the end user." in form
        assert reverse("advisories:subscription") not in form  # members' addresses are the association's business
        assert "ready to pass on" not in form
    assert str(emails.HANDLING[tlp]) in mail.text


@pytest.mark.parametrize("tlp", ["red", "amber+strict"])
def test_what_its_label_keeps_is_not_made_ready(
    tlp: str,
    published: Make,
    prepared: Callable[..., Relay],
    concerned: Subscription,
    association_officer: User,
    signed_in: SignIn,
) -> None:
    advisory = published(tlp=tlp)
    with pytest.raises(relaying.UnableToRelay):
        prepared(advisory)
    client = signed_in(association_officer)
    hidden = 403 if tlp == "amber+strict" else 404
    assert client.get(page_of(advisory)).status_code == hidden
    assert client.post(page_of(advisory), {"words": ""}).status_code == hidden
    assert page_of(advisory) not in client.get(advisory.get_absolute_url()).content.decode()
    assert page_of(advisory) not in emails.compose(advisory).text
    assert not Relay.objects.exists()


def test_amber_is_made_ready_by_those_it_concerns_alone(
    published: Make, prepared: Callable[..., Relay], association_officer: User, signed_in: SignIn
) -> None:
    advisory = published(tlp="amber")
    with pytest.raises(relaying.UnableToRelay):
        prepared(advisory)
    assert signed_in(association_officer).get(page_of(advisory)).status_code == 404


def test_only_the_association_itself_makes_it_ready(
    published: Make, prepared: Callable[..., Relay], firm: Organisation, signatory: User, editor: User, signed_in: SignIn
) -> None:
    advisory = published()
    for changes in ({"by": signatory}, {"by": editor}, {"by": signatory, "association": firm}):
        with pytest.raises(relaying.UnableToRelay):
            prepared(advisory, **changes)
    for person in (signatory, editor):
        assert signed_in(person).get(page_of(advisory)).status_code == 403


def test_looking_at_the_page_makes_nothing_ready(published: Make, association_officer: User, signed_in: SignIn) -> None:
    page = signed_in(association_officer).get(page_of(published()))
    assert (page.status_code, Relay.objects.count()) == (200, 0)
    assert "Make it ready to pass on" in page.content.decode()


def test_the_page_has_all_of_it_to_copy_without_scripts(
    published: Make, association: Organisation, association_officer: User, signed_in: SignIn
) -> None:
    advisory, client = published(), signed_in(association_officer)
    made = client.post(page_of(advisory), {"organisation": association.pk, "words": WORDS, "keep": "on"}, follow=True)
    relay = Relay.objects.get()
    mail, text = emails.compose_relayed(relay), made.content.decode()
    boxes = re.findall(r"<textarea([^>]*)>\n?([^<]*)</textarea>", text)
    held = {re.search(r'id="([^"]*)"', attributes)[1]: words for attributes, words in boxes if "readonly" in attributes}  # type: ignore[index]
    assert held["relay-subject"] == mail.subject
    assert (unescape(held["relay-text"]), unescape(held["relay-html"])) == (mail.text, mail.html)
    assert "Opened about 0 times so far." in text
    assert relay.get_absolute_url() in text


def test_its_words_are_kept_for_the_next_one_and_may_differ_for_one(
    published: Make, prepared: Callable[..., Relay], association: Organisation, association_officer: User, signed_in: SignIn
) -> None:
    first, second = published(), published(title="Another")
    prepared(first, keep=True)
    prepared(first, words="Only here.", keep=False)
    assert Cover.objects.get().words == WORDS
    assert Relay.objects.get().words == "Only here."
    client = signed_in(association_officer)
    assert client.get(page_of(first)).context["form"]["words"].value() == "Only here."
    assert client.get(page_of(second)).context["form"]["words"].value() == WORDS


def test_changing_the_words_keeps_the_link(published: Make, prepared: Callable[..., Relay]) -> None:
    advisory = published()
    codes = {prepared(advisory, words=words).code for words in ("One.", "Two.", "")}
    assert len(codes) == 1


def test_refused_words_come_back(published: Make, association: Organisation, association_officer: User, signed_in: SignIn) -> None:
    advisory, client = published(), signed_in(association_officer)
    for words in ("x" * 2001, "Dear\0members"):
        refused = client.post(page_of(advisory), {"organisation": association.pk, "words": words})
        assert (refused.status_code, "There is a problem" in refused.content.decode()) == (422, True)
    assert "x" * 2001 in client.post(page_of(advisory), {"organisation": association.pk, "words": "x" * 2001}).content.decode()
    assert not Relay.objects.exists()


def test_who_acts_for_two_associations_chooses_and_for_no_third(
    published: Make, association: Organisation, association_officer: User, signed_in: SignIn
) -> None:
    second = Organisation.objects.create(kind=Kind.ASSOCIATION, name="Space Cluster")
    third = Organisation.objects.create(kind=Kind.ASSOCIATION, name="Nano Cluster")
    association_officer.memberships.create(organisation=second, role=Role.OFFICER)
    advisory, client = published(), signed_in(association_officer)
    assert client.get(page_of(advisory)).context["association"] == association
    client.post(page_of(advisory), {"organisation": second.pk, "words": ""})
    assert Relay.objects.get().association == second
    assert client.get(f"{page_of(advisory)}?association={second.pk}").context["relay"] == Relay.objects.get()
    for named in (third.pk, "nonsense"):
        assert client.get(f"{page_of(advisory)}?association={named}").status_code == 404
        assert client.post(page_of(advisory), {"organisation": named, "words": ""}).status_code == 404


def test_what_stands_no_more_is_not_passed_on(
    published: Make, prepared: Callable[..., Relay], approver: User, association_officer: User, signed_in: SignIn, now: datetime
) -> None:
    advisory = published()
    prepared(advisory)
    editing.withdraw(advisory, reason="Wrong.", by=approver, now=now)
    with pytest.raises(relaying.UnableToRelay, match="does not stand"):
        prepared(advisory)
    client = signed_in(association_officer)
    for path in (page_of(advisory), reverse("advisories:relay-draft", args=[advisory.pk])):
        assert client.get(path)["Location"] == advisory.get_absolute_url()
    assert page_of(advisory) not in client.get(advisory.get_absolute_url()).content.decode()


def test_the_mail_to_associations_and_the_page_lead_there(published: Make, association_officer: User, signed_in: SignIn) -> None:
    advisory = published()
    mail = emails.compose(advisory)
    assert (page_of(advisory) in mail.text, page_of(advisory) in mail.html) == (True, True)
    assert page_of(advisory) in signed_in(association_officer).get(advisory.get_absolute_url()).content.decode()


# --- the draft ------------------------------------------------------------------------------------------------------


def test_the_draft_opens_in_a_mail_program_as_one(
    published: Make, prepared: Callable[..., Relay], association_officer: User, signed_in: SignIn
) -> None:
    advisory = published(title="Ärger mit Kameras")
    relay = prepared(advisory)
    response = signed_in(association_officer).get(reverse("advisories:relay-draft", args=[advisory.pk]))
    assert response["Content-Type"] == "message/rfc822"
    assert response["Content-Disposition"].startswith("attachment; ")
    draft = cast(EmailMessage, email.message_from_bytes(response.content, policy=email.policy.default))
    assert not draft.defects
    assert (draft["X-Unsent"], draft["Subject"]) == ("1", "TLP:GREEN Ärger mit Kameras")
    assert draft["From"].addresses[0].addr_spec == association_officer.email
    assert draft["Date"].datetime
    assert draft["To"] is None
    mail = emails.compose_relayed(relay)
    assert [part.get_content_type() for part in draft.iter_parts()] == ["text/plain", "text/html"]
    plain, html = (cast(EmailMessage, part).get_content() for part in draft.iter_parts())
    assert plain.replace("\r\n", "\n").strip() == mail.text.strip()
    assert html.replace("\r\n", "\n").strip() == mail.html.strip()
    assert all(len(line) <= 998 and line.isascii() for line in response.content.decode("ascii").split("\r\n"))
    assert b"\n" not in response.content.replace(b"\r\n", b"")


def test_no_header_is_smuggled_in(
    published: Make, prepared: Callable[..., Relay], association_officer: User, now: datetime
) -> None:
    relay = prepared(published(), words="Hello\r\nBcc: all@firm.example")
    association_officer.name = "Anu\r\nBcc: all@firm.example"
    with pytest.raises(UnableToPost):
        relaying.eml(relay, by=association_officer, now=now)
    association_officer.name = 'Anu "the boss", of <all@firm.example>'
    draft = email.message_from_bytes(relaying.eml(relay, by=association_officer, now=now), policy=email.policy.default)
    assert draft["Bcc"] is None
    assert [each.addr_spec for each in draft["From"].addresses] == [association_officer.email]


def test_a_draft_that_nobody_made_ready_is_not_there(
    published: Make, association_officer: User, signatory: User, signed_in: SignIn
) -> None:
    path = reverse("advisories:relay-draft", args=[published().pk])
    assert signed_in(association_officer).get(path).status_code == 404
    assert signed_in(signatory).get(path).status_code == 403


# --- the link -------------------------------------------------------------------------------------------------------


def test_the_link_leads_to_what_the_reader_may_read(
    published: Make, prepared: Callable[..., Relay], concerned: Subscription, association_officer: User, signed_in: SignIn
) -> None:
    for tlp, who in (("clear", Client()), ("green", signed_in(association_officer)), ("amber", signed_in(association_officer))):
        advisory = published(tlp=tlp)
        assert who.get(prepared(advisory).get_absolute_url())["Location"] == advisory.get_absolute_url()


@pytest.mark.parametrize("tlp", ["green", "amber"])
def test_a_stranger_learns_whether_it_stands_and_nothing_of_what_it_says(
    tlp: str, published: Make, prepared: Callable[..., Relay], concerned: Subscription, approver: User, now: datetime
) -> None:
    advisory = published(tlp=tlp)
    link = prepared(advisory).get_absolute_url()
    page = Client().get(link)
    text = page.content.decode()
    assert page.status_code == 200
    assert "It still stands." in text
    for word in ("thermal", "resellers", "end user", WORDS.splitlines()[1]):
        assert word not in text
    editing.withdraw(advisory, reason="The thermal cameras were toys.", by=approver, now=now)
    text = Client().get(link).content.decode()
    assert ("has been withdrawn" in text, "It still stands." in text, "toys" in text) == (True, False, False)


@pytest.mark.parametrize("code", ["0" * 20, "none", "0" * 200])
def test_a_code_of_nobody_leads_nowhere(code: str) -> None:
    assert Client().get(reverse("advisories:via", args=[code])).status_code == 404
    assert not Openings.objects.exists()


def test_each_opening_is_counted_by_relay_and_day_and_nothing_else_is_kept(
    published: Make, prepared: Callable[..., Relay], association_officer: User, signed_in: SignIn
) -> None:
    advisory = published()
    relay = prepared(advisory)
    stranger = Client(REMOTE_ADDR="203.0.113.9", HTTP_USER_AGENT="Mozilla/5.0 (canary)", HTTP_REFERER="https://mail.example/x")
    for client in (stranger, stranger, signed_in(association_officer)):
        response = client.get(relay.get_absolute_url())
    assert stranger.cookies == {}
    assert "no-store" in response["Cache-Control"]
    assert list(Openings.objects.values_list("relay", "on", "times")) == [(relay.pk, timezone.localdate(), 3)]
    assert {field.name for field in Openings._meta.get_fields()} == {"id", "relay", "on", "times"}


def test_asking_whether_the_link_is_there_is_not_opening_it(published: Make, prepared: Callable[..., Relay]) -> None:
    link = prepared(published()).get_absolute_url()
    assert Client().head(link).status_code == 200
    assert Client().post(link).status_code in (403, 405)
    assert not Openings.objects.exists()


def test_days_and_relays_are_counted_apart(
    published: Make, prepared: Callable[..., Relay], association_officer: User, today: date
) -> None:
    second = Organisation.objects.create(kind=Kind.ASSOCIATION, name="Space Cluster")
    officer = member(second, "Sven Space", Role.OFFICER)
    advisory = published()
    relays = [prepared(advisory), prepared(advisory, association=second, by=officer)]
    assert relays[0].code != relays[1].code
    for relay, day, times in ((relays[0], today, 2), (relays[0], today + timedelta(days=1), 1), (relays[1], today, 1)):
        for _ in range(times):
            relaying.count_opening(relay, today=day)
    assert [figures.openings(relay) for relay in relays] == [3, 1]
    assert Openings.objects.count() == 3


def test_a_number_at_its_end_stays_there(published: Make, prepared: Callable[..., Relay], today: date) -> None:
    relay = prepared(published())
    Openings.objects.create(relay=relay, on=today, times=2_147_483_647)
    relaying.count_opening(relay, today=today)
    assert Openings.objects.get().times == 2_147_483_647


def test_the_database_refuses_what_is_no_count_and_no_code(
    published: Make, prepared: Callable[..., Relay], association_officer: User, today: date
) -> None:
    relay = prepared(published())
    Openings.objects.create(relay=relay, on=today, times=1)
    wrong = [
        Openings(relay=relay, on=today, times=1),
        Openings(relay=relay, on=today - timedelta(days=1), times=0),
        Relay(advisory=relay.advisory, association=relay.association, prepared_on=today, prepared_by=association_officer),
    ]
    for row in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()
    relay.code = "photonics"
    with pytest.raises(IntegrityError), transaction.atomic():
        relay.save()


@pytest.mark.django_db(transaction=True)
def test_many_who_open_it_at_once_are_all_counted(published: Make, prepared: Callable[..., Relay], today: date) -> None:
    relay = prepared(published())

    def open_it() -> None:
        for _ in range(25):
            relaying.count_opening(relay, today=today)
        connection.close()

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert figures.openings(relay) == 100
