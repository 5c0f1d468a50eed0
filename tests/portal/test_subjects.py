"""Asking beside an advisory: what may be named by whom, and that what may not be is told apart from what is not there by nobody."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.forms.renderers import get_default_renderer
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from advisories.models import Advisory
from advisories.services import editing
from inquiries.forms.asking import NAMES_NOTHING, NAMES_NOTHING_BY_NAME
from inquiries.models import Inquiry, NamedAsker
from inquiries.services import asking
from inquiries.views.asking import _rendered_fields
from organisations import services
from organisations.models import Kind, Membership, Organisation, Role, Scope, User
from portal.forms import PortalFormRenderer
from portal.subjects import advisory as find
from tests.advisories.conftest import approved, content, drafted, lasers, photonics, published, second_approver, subscribed
from tests.conftest import SignIn, member
from tests.inquiries.test_views import hidden, receipt_in

__all__ = ["approved", "content", "drafted", "lasers", "photonics", "published", "second_approver", "subscribed"]
Publish = Callable[..., Advisory]
QUESTION = {"topic": "risk-landscape", "text": "A reseller asked us for forty of them."}
WHO = {"name": "Particular Person", "contact": "after six in the evening"}
API = "/api/v1/inquiries/"
WITHOUT_NAME = ("/ask/", "/ask/confidential/")
TITLE = "Orders for thermal cameras"


@pytest.fixture
def clear(published: Publish) -> Advisory:
    return published(tlp="clear")


@pytest.fixture
def green(published: Publish) -> Advisory:
    return published(tlp="green")


def withdrawn(advisory: Advisory, second_approver: User, now: datetime) -> Advisory:
    return editing.withdraw(advisory, reason="Wrong parts.", by=second_approver, now=now + timedelta(hours=1))


def opened(client: Client, path: str, advisory: Advisory, *, sighting: bool = False) -> str:
    return client.get(f"{path}?about={advisory.pk}{'&sighting=1' if sighting else ''}").content.decode()


def ticked(page: str) -> dict[str, str]:
    """What a browser sends of the boxes that are ticked, with the hidden fields."""
    boxes = [
        each for each in re.findall(r"<input[^>]*>", page) if re.search(r'type="(checkbox|radio)"', each) and " checked" in each
    ]
    sent = {}
    for box in boxes:
        name, value = re.search(r'name="([^"]+)"', box), re.search(r'value="([^"]*)"', box)
        assert name
        sent[name[1]] = html.unescape(value[1]) if value else "on"
    return {**hidden(page.encode()), **sent}


def one() -> Inquiry:
    inquiry = Inquiry.objects.get()
    assert not inquiry.is_sighting or inquiry.about
    return inquiry


# --- the pages ------------------------------------------------------------------------------------------------------


def test_the_page_of_an_advisory_leads_to_the_form(client: Client, clear: Advisory) -> None:
    page = client.get(clear.get_absolute_url()).content.decode()
    assert f'href="/ask/?about={clear.pk}"' in page
    assert f'href="/ask/?about={clear.pk}&amp;sighting=1"' in page


def test_one_that_not_everybody_may_read_leads_its_readers_to_ask_by_name(
    client: Client, green: Advisory, signatory: User, officer: User, signed_in: SignIn
) -> None:
    assert f'href="/ask/named/?about={green.pk}"' in signed_in(signatory).get(green.get_absolute_url()).content.decode()
    assert "?about=" not in signed_in(officer).get(green.get_absolute_url()).content.decode()  # an official asks in nobody's name
    assert client.get(green.get_absolute_url()).status_code == 404


def test_one_that_was_withdrawn_leads_nowhere(client: Client, clear: Advisory, second_approver: User, now: datetime) -> None:
    withdrawn(clear, second_approver, now)
    assert "?about=" not in client.get(clear.get_absolute_url()).content.decode()


@pytest.mark.parametrize("path", WITHOUT_NAME)
def test_the_form_says_what_it_is_about_and_begins_with_its_topic_and_areas(
    client: Client, published: Publish, lasers: Any, path: str
) -> None:
    page = opened(client, path, clear := published(tlp="clear", segments=[lasers]), sighting=True)
    assert f'<a class="govuk-link" href="{clear.get_absolute_url()}" lang="en">{TITLE}</a>' in page
    assert ">TLP:CLEAR<" in page
    sent = ticked(page)
    assert {name: sent[name] for name in ("about", "sighting", "topic", "segments")} == {
        "about": str(clear.pk), "sighting": "on", "topic": "risk-landscape", "segments": "CTA01",
    }  # fmt: skip


def test_only_a_sighting_is_always_about_the_risk_landscape(client: Client, published: Publish) -> None:
    rule = published(tlp="clear", kind="regulatory")
    assert "topic" not in ticked(opened(client, "/ask/", rule))
    assert ticked(opened(client, "/ask/", rule, sighting=True))["topic"] == "risk-landscape"


def test_nothing_else_is_taken_from_the_address(client: Client, clear: Advisory) -> None:
    planted = "topic=sanctions&text=planted-words&subject=planted-words&title=planted-words&segments=CTA01&destination=KR"
    for address in (f"/ask/?about={clear.pk}&sighting=planted-words&{planted}", f"/ask/?{planted}"):
        page = client.get(address).content.decode().partition("<main")[2]
        assert "planted-words" not in page
        assert "sighting" not in ticked(page)


@pytest.mark.parametrize(("path", "who"), [("/ask/", {}), ("/ask/confidential/", WHO)])
@pytest.mark.parametrize("is_sighting", [False, True])
def test_a_stranger_asks_about_it_or_reports_a_sighting(
    client: Client, clear: Advisory, path: str, who: dict[str, str], *, is_sighting: bool
) -> None:
    sent = {**ticked(opened(client, path, clear, sighting=is_sighting)), **QUESTION, **who}
    assert receipt_in(client.post(path, sent).content)
    assert (one().about, one().is_sighting, one().about_key) == (f"advisory:{clear.pk}", is_sighting, clear.pk)


def test_sent_twice_it_is_one(client: Client, clear: Advisory) -> None:
    sent = {**ticked(opened(client, "/ask/", clear)), **QUESTION}
    assert receipt_in(client.post("/ask/", sent).content) == receipt_in(client.post("/ask/", sent).content)
    assert one().about


def test_the_asker_leaves_it_out_by_unticking(client: Client, clear: Advisory) -> None:
    sent = {**ticked(opened(client, "/ask/", clear, sighting=True)), **QUESTION}
    del sent["about"]
    assert receipt_in(client.post("/ask/", sent).content)
    assert (one().about, one().is_sighting) == ("", False)


def test_it_survives_refusal_review_and_going_back(client: Client, clear: Advisory) -> None:
    sent = {**ticked(opened(client, "/ask/", clear, sighting=True)), **QUESTION, "text": ""}
    refused = client.post("/ask/", sent)
    assert refused.status_code == 422
    sent = {**ticked(refused.content.decode()), "text": "Write to ada@pumps.example about it."}
    review = client.post("/ask/", sent)
    assert review.status_code == 422
    assert f"The advisory “{TITLE}”" in review.content.decode()
    again = client.post("/ask/", {**hidden(review.content), "step": "change"}).content.decode()
    assert ticked(again)["about"] == str(clear.pk)
    review = client.post("/ask/", {**ticked(again), "text": "Write to ada@pumps.example about it.", "step": "check"})
    kept = dict.fromkeys(re.findall(r'name="(decide-[^"]+)"', review.content.decode()), "keep")
    assert receipt_in(client.post("/ask/", {**hidden(review.content), **kept, "step": "confirm"}).content)
    assert (one().about, one().is_sighting) == (f"advisory:{clear.pk}", True)


def test_the_other_ways_of_asking_are_told_what_it_is_about(
    client: Client, clear: Advisory, green: Advisory, signatory: User, signed_in: SignIn
) -> None:
    page = opened(client, "/ask/", clear, sighting=True)
    for path in ("/ask/confidential/", "/ask/named/"):
        assert f'href="{path}?about={clear.pk}&amp;sighting=1"' in page
    page = opened(signed_in(signatory), "/ask/named/", green)
    assert 'href="/ask/"' in page  # without a name nothing of it is said
    assert 'href="/ask/confidential/"' in page


# --- what may not be named ------------------------------------------------------------------------------------------


def told_nothing(page: str, key: object) -> str:
    """A page without what differs at each opening, and without the id that came with the request."""
    page = re.sub(r'(name="(?:once|csrfmiddlewaretoken)" value|nonce)="[^"]*"', "", page)
    return page.replace(str(key), "that one")


@pytest.fixture
def unnameable(published: Publish, drafted: Publish, second_approver: User, now: datetime) -> list[object]:
    """What a stranger may not name, what is not out, what was withdrawn, and what was never there."""
    narrow = [published(tlp=label, title="Hidden words").pk for label in ("green", "amber", "amber+strict", "red")]
    gone = withdrawn(published(tlp="clear", title="Hidden words"), second_approver, now).pk
    return [*narrow, drafted(tlp="clear", title="Hidden words").pk, gone, uuid.uuid4()]


@pytest.mark.parametrize("path", WITHOUT_NAME)
def test_what_a_stranger_may_not_name_is_refused_exactly_as_what_is_not_there(
    client: Client, unnameable: list[object], path: str
) -> None:
    answers = [client.get(f"{path}?about={key}&sighting=1") for key in unnameable]
    assert {answer.status_code for answer in answers} == {200}
    pages = {told_nothing(answer.content.decode(), key) for answer, key in zip(answers, unnameable, strict=True)}
    assert len(pages) == 1
    page = html.unescape(pages.pop())
    assert str(NAMES_NOTHING) in page
    assert "Hidden words" not in page
    who = WHO if path != "/ask/" else {}
    sent = {**hidden(answers[0].content), **QUESTION, **who, "sighting": "on"}
    posted = [client.post(path, {**sent, "about": str(key)}) for key in unnameable]
    assert {answer.status_code for answer in posted} == {422}
    pages = {told_nothing(answer.content.decode(), key) for answer, key in zip(posted, unnameable, strict=True)}
    assert len(pages) == 1
    assert Inquiry.objects.count() == 0
    # All that was typed is still there, and it goes without.
    again = {**hidden(posted[0].content), **who, "topic": QUESTION["topic"], "text": QUESTION["text"]}
    assert QUESTION["text"] in pages.pop()
    assert receipt_in(client.post(path, again).content)
    assert (one().about, one().is_sighting) == ("", False)


def test_the_comparison_would_see_a_difference(client: Client, clear: Advisory) -> None:
    there, not_there = (told_nothing(client.get(f"/ask/?about={key}").content.decode(), key) for key in (clear.pk, uuid.uuid4()))
    assert there != not_there


def test_it_costs_the_same_to_find_nothing(client: Client, unnameable: list[object]) -> None:
    counts = set()
    for key in unnameable:
        with CaptureQueriesContext(connection) as made:
            client.get(f"/ask/?about={key}")
        counts.add(len(made))
    assert len(counts) == 1


@pytest.mark.parametrize("about", ["x", "advisory:", "%00", "9" * 5000, "{}", "' OR 1=1", "a/../b", "%F0%9F%98%80"])
def test_what_is_no_id_is_left_out_with_the_same_sentence(client: Client, db: None, about: str) -> None:
    answer = client.get(f"/ask/?about={about}&sighting=1")
    assert (answer.status_code, str(NAMES_NOTHING) in html.unescape(answer.content.decode())) == (200, True)


@pytest.mark.parametrize("path", WITHOUT_NAME)
def test_somebody_signed_in_names_nothing_narrow_without_their_name(
    green: Advisory, signatory: User, signed_in: SignIn, path: str
) -> None:
    client = signed_in(signatory)
    page = opened(client, path, green)
    assert (TITLE in page, str(NAMES_NOTHING) in html.unescape(page)) == (False, True)
    sent = {**hidden(page.encode()), **QUESTION, **(WHO if path != "/ask/" else {}), "about": str(green.pk)}
    assert client.post(path, sent).status_code == 422
    assert Inquiry.objects.count() == 0


def test_a_member_names_by_name_what_they_may_read_and_nothing_else(
    published: Publish, lasers: Any, firm: Organisation, signatory: User, signed_in: SignIn, subscribed: Any
) -> None:
    green, amber = published(tlp="green"), published(tlp="amber", segments=[lasers], title="For the concerned")
    client = signed_in(signatory)
    pages = [told_nothing(opened(client, "/ask/named/", each), each.pk) for each in (amber, Advisory(tlp="clear"))]
    assert pages[0] == pages[1]  # what isn't theirs and what isn't there
    assert str(NAMES_NOTHING_BY_NAME) in html.unescape(pages[0])
    subscribed(firm, "info@baltic.example", lasers)
    assert "For the concerned" in opened(client, "/ask/named/", amber)
    sent = {**ticked(opened(client, "/ask/named/", green, sighting=True)), **QUESTION}
    assert receipt_in(client.post("/ask/named/", sent).content)
    assert (one().about, one().is_sighting, NamedAsker.objects.get().user) == (f"advisory:{green.pk}", True, signatory)


def test_what_is_withdrawn_while_somebody_writes_is_left_out(
    client: Client, clear: Advisory, second_approver: User, now: datetime
) -> None:
    sent = {**ticked(opened(client, "/ask/", clear, sighting=True)), **QUESTION}
    withdrawn(clear, second_approver, now)
    refused = client.post("/ask/", sent)
    assert (refused.status_code, str(NAMES_NOTHING) in html.unescape(refused.content.decode())) == (422, True)
    assert receipt_in(client.post("/ask/", {**ticked(refused.content.decode()), **QUESTION}).content)


def test_what_stands_no_more_can_still_be_asked_about(client: Client, clear: Advisory) -> None:
    Advisory.objects.filter(pk=clear.pk).update(state="expired")
    assert TITLE in opened(client, "/ask/", clear)


# --- nothing of it is kept ------------------------------------------------------------------------------------------


def test_no_cookie_is_set_and_nothing_of_it_is_kept_in_memory(client: Client, clear: Advisory) -> None:
    renderer = get_default_renderer()
    assert isinstance(renderer, PortalFormRenderer)
    renderer.forget()  # what other pages drew: theirs may have a blank choice that is checked
    blank = client.get("/ask/").content.decode()
    drawn = _rendered_fields.cache_info().currsize
    for path in WITHOUT_NAME:
        answer = client.get(f"{path}?about={clear.pk}&sighting=1")
        assert (dict(answer.cookies), answer.headers["Cache-Control"]) == (
            {},
            "max-age=0, no-cache, no-store, must-revalidate, private",
        )
        assert answer.headers["Referrer-Policy"] == "same-origin"
    assert _rendered_fields.cache_info().currsize == drawn
    kept = "".join(renderer._kept.values())
    assert (str(clear.pk) in kept, TITLE in kept, " checked" in kept) == (False, False, False)
    assert told_nothing(client.get("/ask/").content.decode(), "") == told_nothing(blank, "")


def test_the_form_costs_no_more_queries_with_more_segments(client: Client, published: Publish, photonics: Any, lasers: Any) -> None:
    counts = []
    for advisory in (published(tlp="clear", segments=[photonics]), published(tlp="clear", segments=[photonics, lasers])):
        opened(client, "/ask/", advisory)
        with CaptureQueriesContext(connection) as made:
            opened(client, "/ask/", advisory)
        counts.append(len(made))
    assert counts[0] == counts[1]


def test_the_database_holds_a_sighting_to_what_it_is_of(db: None, today: date) -> None:
    inquiry = asking.submit(topic="other", text="words", today=today).inquiry
    for wrong in ({"is_sighting": True}, {"about": "advisory:x"}, {"about": f"entry:{uuid.uuid4()}"}, {"about": str(uuid.uuid4())}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Inquiry.objects.filter(pk=inquiry.pk).update(**wrong)
    right = {"about": f"advisory:{uuid.uuid4()}"}
    Inquiry.objects.filter(pk=inquiry.pk).update(**right)
    Inquiry.objects.filter(pk=inquiry.pk).update(is_sighting=True)


# --- the API --------------------------------------------------------------------------------------------------------


@pytest.fixture
def nobody_has_called_yet() -> None:
    cache.clear()


def call(client: Client, **changes: Any) -> Any:
    return client.post(API, QUESTION | changes, content_type="application/json")


def test_a_program_without_account_names_what_everybody_may_read(client: Client, clear: Advisory) -> None:
    assert call(client, about=str(clear.pk), sighting=True).status_code == 201
    assert (one().about, one().is_sighting) == (f"advisory:{clear.pk}", True)


@pytest.mark.parametrize("identity", [{}, {"identity": WHO}])
@pytest.mark.parametrize("path", [API, f"{API}review/"])
def test_what_it_may_not_name_is_refused_exactly_as_what_is_not_there(
    client: Client, unnameable: list[object], path: str, identity: dict[str, Any]
) -> None:
    sent = [{**QUESTION, **identity, "about": str(key), "sighting": True} for key in unnameable]
    answers = [client.post(path, each, content_type="application/json") for each in sent]
    assert {(answer.status_code, answer.content) for answer in answers} == {(400, answers[-1].content)}
    assert list(answers[0].json()["errors"]) == ["about"]
    assert Inquiry.objects.count() == 0


@pytest.mark.parametrize("said", [{"sighting": True}, {"about": None, "sighting": True}, {"about": "x"}, {"about": ["x"]}])
def test_a_sighting_of_nothing_is_refused(client: Client, db: None, said: dict[str, Any]) -> None:
    assert call(client, **said).status_code == 400
    assert Inquiry.objects.count() == 0


def test_a_members_program_names_what_its_owner_may_read(
    client: Client, green: Advisory, published: Publish, lasers: Any, signatory: User, nobody_has_called_yet: None
) -> None:
    amber = published(tlp="amber", segments=[lasers])
    secret = services.make_token(
        name="Sync", scopes=[Scope.INQUIRIES_ASK], days=30, form=b"f" * 32, by=signatory, today=timezone.localdate()
    ).secret

    def ask(advisory: Advisory) -> int:
        sent = {**QUESTION, "about": str(advisory.pk), "sighting": True}
        headers = {"Authorization": f"Bearer {secret}"}
        status: int = client.post(f"{API}named/", sent, content_type="application/json", headers=headers).status_code
        return status

    assert (ask(amber), ask(green)) == (400, 201)
    assert (one().about, one().is_sighting) == (f"advisory:{green.pk}", True)


# --- who finds what -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", ["clear", "green", "amber", "amber+strict", "red"])
def test_the_roof_finds_for_a_reader_what_they_may_read(published: Publish, officer: User, signatory: User, label: str) -> None:
    found = published(tlp=label)
    community = label in ("clear", "green")
    assert [find(each, found.pk) is not None for each in (officer, signatory)] == [True, community]
    subject = find(officer, found.pk)
    assert subject
    assert subject.for_everybody == (label == "clear")


def test_who_has_left_names_nothing_narrow_any_more(green: Advisory, db: None) -> None:
    other = Organisation.objects.create(kind=Kind.INSTITUTE, name="Institute of Optics")
    person = member(other, "Ilse Institute", Role.SIGNATORY)
    assert find(person, green.pk)
    Membership.objects.filter(user=person).delete()
    assert find(User.objects.get(pk=person.pk), green.pk) is None
