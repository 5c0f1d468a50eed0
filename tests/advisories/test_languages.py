"""One advisory in several languages: approved as one, one mail to each address in its language, the right one to each reader."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from advisories.models import Advisory, State, Subscription, Translation
from advisories.services import comparing, editing, translating
from mailroom import figures
from mailroom.models import Envelope, Letter
from mailroom.models import State as Fate
from mailroom.services.delivery import deliver, new_worker
from organisations.models import Organisation, User
from tests.advisories.conftest import TEXTS, Content_, Make, Translate
from tests.conftest import SignIn
from tests.mailroom.sink import Sink, listening

pytestmark = pytest.mark.django_db


@pytest.fixture
def reads(subscribed: Callable[..., Subscription]) -> Callable[[Organisation, str, str], None]:
    """Subscribes an address that reads a language."""

    def reads(organisation: Organisation, address: str, language: str) -> None:
        subscription = subscribed(organisation, address)
        Subscription.objects.filter(pk=subscription.pk).update(language=language)

    return reads


def addressed(source: str) -> dict[str, list[str]]:
    """By address, in which languages something was written to it."""
    found: dict[str, list[str]] = {}
    for address, language in (
        Envelope.objects.of_source(source).values_list("address", "letter__language").order_by("letter__language")
    ):
        found.setdefault(address, []).append(language)
    return found


# --- words ----------------------------------------------------------------------------------------------------------


def test_a_translation_voids_the_approval_and_is_approved_with_the_rest(approved: Make, translate: Translate, approve: Any) -> None:
    advisory = translate(approved())
    assert (advisory.state, advisory.revision) == (State.DRAFT, 2)
    assert approve(advisory).state == State.APPROVED
    assert [(each.revision, each.title, each.is_behind) for each in Translation.objects.all()] == [
        (2, "Termokaamerate tellimused", False)
    ]


def test_each_revision_keeps_the_translation_that_it_had(
    drafted: Make, translate: Translate, content: Content_, editor: User, now: datetime
) -> None:
    advisory = translate(drafted())
    advisory = translate(advisory, texts=TEXTS | {"title": "Teine"})
    advisory = editing.revise(advisory, content=content(urgency="priority"), revision=3, by=editor, now=now)
    translating.remove(advisory, language="et", revision=4, by=editor, now=now)
    assert list(Translation.objects.order_by("revision").values_list("revision", "title", "made_from")) == [
        (2, "Termokaamerate tellimused", 2),
        (3, "Teine", 3),
        (4, "Teine", 4),
    ]
    assert Advisory.objects.get().translated == []
    assert [event.note for event in advisory.events.order_by("pk")] == ["", "Estonian", "Estonian", "", "without Estonian"]


def test_what_was_translated_from_other_words_is_not_submitted(
    drafted: Make, translate: Translate, content: Content_, editor: User, now: datetime
) -> None:
    advisory = translate(drafted())
    advisory = editing.revise(advisory, content=content(summary="None any more."), revision=2, by=editor, now=now)
    assert [each.is_behind for each in Advisory.objects.get().translated] == [True]
    with pytest.raises(editing.UnableToSubmit, match="Eesti"):
        editing.submit_for_review(advisory, by=editor, now=now)
    advisory = editing.revise(advisory, content=content(summary="None any more.", tlp="clear"), revision=3, by=editor, now=now)
    assert [each.is_behind for each in Advisory.objects.get().translated] == [True]
    assert editing.submit_for_review(translate(advisory), by=editor, now=now).state == State.IN_REVIEW


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"language": "en"}, "into this language"),
        ({"language": "tlh"}, "into this language"),
        ({"texts": TEXTS | {"what_to_do": " "}}, "add what to do"),
        ({"texts": TEXTS | {"title": "a\nb"}}, "one line"),
        ({"revision": 7}, "Somebody changed"),
    ],
)
def test_what_is_no_whole_translation_is_refused(changes: dict[str, Any], said: str, drafted: Make, translate: Translate) -> None:
    with pytest.raises(editing.UnableTo, match=said):
        translate(drafted(), **changes)
    assert not Translation.objects.exists()


def test_only_an_editor_translates_and_only_what_is_not_out(
    drafted: Make, published: Make, approver: User, translate: Translate, now: datetime
) -> None:
    with pytest.raises(editing.UnableToRevise):
        translating.translate(drafted(), language="et", texts=TEXTS, revision=1, by=approver, now=now)
    with pytest.raises(editing.UnableToRevise):
        translate(published())


def test_the_original_does_not_move_into_a_language_that_has_a_translation(
    drafted: Make, translate: Translate, content: Content_, editor: User, now: datetime
) -> None:
    advisory = translate(drafted())
    with pytest.raises(editing.UnableToRevise, match="translation into this language"):
        editing.revise(advisory, content=content(language="et"), revision=2, by=editor, now=now)


def test_the_database_keeps_one_translation_a_language_and_none_from_the_future(drafted: Make, translate: Translate) -> None:
    translate(drafted())
    one = Translation.objects.get()
    with pytest.raises(IntegrityError, match="one_translation_per_revision_and_language"), transaction.atomic():
        Translation.objects.create(advisory=one.advisory, revision=2, language="et", made_from=2, **TEXTS)
    with pytest.raises(IntegrityError, match="translation_is_made_from_what_there_is"), transaction.atomic():
        Translation.objects.update(made_from=3)


def test_an_approver_sees_what_has_changed_in_each_language(drafted: Make, translate: Translate) -> None:
    advisory = translate(drafted())
    advisory = translate(advisory, texts=TEXTS | {"title": "Termokaamerate ostud"})
    first, second, third = advisory.revisions.order_by("number")
    assert [change.label for change in comparing.changes(first, second)] == [
        "Title (Estonian)",
        "Summary (Estonian)",
        "Text (Estonian)",
        "What to do (Estonian)",
    ]
    (change,) = comparing.changes(second, third)
    assert change.pieces == tuple(comparing.pieces("Termokaamerate tellimused", "Termokaamerate ostud"))


# --- mail -----------------------------------------------------------------------------------------------------------


def test_each_address_gets_one_mail_in_its_language_or_else_the_original(
    bilingual: Make,
    firm: Organisation,
    association: Organisation,
    reads: Any,
    mandated: Callable[..., Any],
) -> None:
    reads(firm, "eesti@firm.example", "et")
    reads(firm, "english@firm.example", "en")
    reads(firm, "suomi@firm.example", "fi")
    reads(firm, "Both@cluster.example", "en")
    reads(association, "another@cluster.example", "et")
    Subscription.objects.filter(address="another@cluster.example").update(address="both@cluster.example")
    mandated(association, "relay@cluster.example")
    mandated(association, "EESTI@firm.example")
    advisory = bilingual()
    assert {address.lower(): languages for address, languages in addressed(advisory.source).items()} == {
        "eesti@firm.example": ["et"],
        "both@cluster.example": ["et"],
        "english@firm.example": ["en"],
        "suomi@firm.example": ["en"],
        "relay@cluster.example": ["en"],
    }
    assert Envelope.objects.of_source(advisory.source).count() == 5
    assert figures.totals(advisory.source).is_whole
    subjects = dict(Letter.objects.values_list("language", "subject"))
    assert subjects == {"et": "TLP:GREEN Termokaamerate tellimused", "en": "TLP:GREEN Orders for thermal cameras"}
    letter = Letter.objects.get(language="et")
    for text in (letter.text, letter.html):
        assert "Esimesed tellimused" in text
        assert "First orders" not in text
    assert '<html lang="et">' in letter.html


def test_a_withdrawal_reaches_each_in_the_language_that_it_was_told_in(
    bilingual: Make, firm: Organisation, reads: Any, approver: User, now: datetime
) -> None:
    reads(firm, "eesti@firm.example", "et")
    reads(firm, "english@firm.example", "en")
    advisory = bilingual()
    Envelope.objects.update(state=Fate.SENT, sent_at=now, next_attempt_at=None)
    Subscription.objects.update(is_active=False, ended_at=now)
    editing.withdraw(advisory, reason="The parts were others.", by=approver, now=now)
    assert addressed(advisory.withdrawal_source) == {"eesti@firm.example": ["et"], "english@firm.example": ["en"]}


def test_a_correction_reaches_each_once_in_its_language_as_an_answer(
    bilingual: Make,
    firm: Organisation,
    reads: Any,
    translate: Translate,
    approve: Any,
    content: Content_,
    editor: User,
    now: datetime,
    today: date,
) -> None:
    reads(firm, "eesti@firm.example", "et")
    reads(firm, "english@firm.example", "en")
    wrong = bilingual()
    Envelope.objects.update(state=Fate.SENT, sent_at=now, next_attempt_at=None)
    later = now + timedelta(hours=1)
    right = editing.correct(wrong, by=editor, now=later)
    assert [(each.title, each.is_behind) for each in right.translated] == [("Termokaamerate tellimused", True)]
    words = replace(content(title="Orders for mirrors"), what_changed="Mirrors, not lenses.")
    right = editing.revise(right, content=words, revision=1, by=editor, now=later)
    with pytest.raises(editing.UnableTo, match="what has changed"):
        translate(right)
    right = translate(right, texts=TEXTS | {"title": "Peeglid", "what_changed": "Peeglid, mitte läätsed."})
    right = editing.publish(approve(right), by=editor, now=later, today=today)
    assert addressed(right.source) == {"eesti@firm.example": ["et"], "english@firm.example": ["en"]}
    for envelope in Envelope.objects.of_source(right.source):
        assert envelope.answers == Envelope.objects.of_source(wrong.source).get(address=envelope.address).pk
    assert "„Termokaamerate tellimused“" in Letter.objects.get(source=right.source, language="et").text
    page = Client().get(right.get_absolute_url() + "?language=et")
    assert page.status_code == 404  # TLP:GREEN


def test_a_red_one_says_nothing_in_any_language(bilingual: Make, focal_point: Organisation, reads: Any) -> None:
    reads(focal_point, "eesti@agency.example", "et")
    advisory = bilingual(tlp="red")
    assert addressed(advisory.source) == {"eesti@agency.example": ["et"]}
    for letter in Letter.objects.all():
        for word in ("Termokaamerate", "tellimused", "thermal"):
            assert word not in letter.subject + letter.text + letter.html


@pytest.fixture
def sink() -> Iterator[Sink]:
    with listening() as sink:
        yield sink


@pytest.mark.django_db(transaction=True)
def test_the_mails_arrive_each_in_its_language(bilingual: Make, firm: Organisation, reads: Any, sink: Sink, now: datetime) -> None:
    reads(firm, "eesti@firm.example", "et")
    reads(firm, "english@firm.example", "en")
    bilingual()
    deliver(worker=new_worker(), relay=sink.relay, clock=lambda: now)
    assert sink.counts == {"eesti@firm.example": 1, "english@firm.example": 1}
    (mail,) = sink.messages("eesti@firm.example")
    assert mail["Content-Language"] == "et"


# --- reading --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [
        ("", "", "en"),
        ("", "et", "et"),
        ("", "et-EE,en;q=0.5", "et"),
        ("", "fi,en-GB;q=0.8,et;q=0.5", "en"),
        ("", "fi", "en"),
        ("?language=et", "en", "et"),
        ("?language=en", "et", "en"),
    ],
)
def test_every_way_of_reading_speaks_the_readers_language(query: str, header: str, language: str, bilingual: Make) -> None:
    advisory = bilingual(tlp="clear")
    title, other = ("Termokaamerate tellimused", "Orders for thermal cameras")[:: 1 if language == "et" else -1]
    asked = {"HTTP_ACCEPT_LANGUAGE": header} if header else {}
    client = Client(**asked)
    for address in (
        "/advisories/",
        advisory.get_absolute_url(),
        "/advisories/feed.atom",
        "/advisories/feed.json",
        "/api/v1/advisories/",
        f"/api/v1/advisories/{advisory.pk}/",
    ):
        response = client.get(address + query)
        assert response.status_code == 200, address
        text = response.content.decode()
        assert title in text, address
        assert other not in text, address
        assert "Accept-Language" in response["Vary"], address
    found = client.get(f"/api/v1/advisories/{advisory.pk}/{query}").json()
    assert (found["language"], found["original_language"], found["languages"]) == (language, "en", ["en", "et"])
    (item,) = json.loads(client.get(f"/advisories/feed.json{query}").content)["items"]
    assert item["language"] == language
    assert f'xml:lang="{language}"' in client.get(f"/advisories/feed.atom{query}").content.decode()


def test_the_page_offers_the_other_language_and_says_which_is_the_original(bilingual: Make) -> None:
    page = Client().get(bilingual(tlp="clear").get_absolute_url()).content.decode()
    assert '<strong lang="en">English</strong> (the original)' in page
    assert '<a class="govuk-link" href="?language=et" lang="et" hreflang="et">Eesti</a>' in page


@pytest.mark.parametrize("address", ["/advisories/feed.atom", "/advisories/feed.json", "/api/v1/advisories/"])
def test_a_language_that_there_is_not_is_refused_in_words(address: str, bilingual: Make) -> None:
    bilingual(tlp="clear")
    response = Client().get(f"{address}?language=tlh")
    assert response.status_code == 400
    assert "tlh" in response.content.decode()
    assert Client().get("/advisories/?language=tlh").status_code == 422


@pytest.mark.parametrize("number", [1, 3])
def test_lists_in_two_languages_take_a_fixed_number_of_queries(
    number: int, bilingual: Make, django_assert_num_queries: Any
) -> None:
    for _ in range(number):
        bilingual(tlp="clear")
    with django_assert_num_queries(4):  # rows, segments, translations, files
        Client().get("/advisories/feed.json?language=et")


# --- the desk -------------------------------------------------------------------------------------------------------


def test_the_desk_translates_shows_and_removes(drafted: Make, editor: User, signed_in: SignIn) -> None:
    advisory = drafted(what_to_do="")
    client = signed_in(editor)
    address = f"/desk/advisories/{advisory.pk}/in/et/"
    assert f'href="{address}"' in client.get(f"/desk/advisories/{advisory.pk}/").content.decode()
    assert 'name="what_to_do"' not in client.get(address).content.decode()
    refused = client.post(address, TEXTS | {"title": "", "revision": "1"})
    assert refused.status_code == 422
    assert "Uued edasimüüjad" in refused.content.decode()
    assert client.post(address, TEXTS | {"revision": "1"}).status_code == 302
    page = client.get(f"/desk/advisories/{advisory.pk}/").content.decode()
    assert "In another language: Eesti" in page
    assert "Esimesed tellimused" in page
    assert client.post(address, TEXTS | {"revision": "1"}).status_code == 422  # made from a revision that is no more
    assert client.post(f"{address}remove/", {"revision": "1"}).status_code == 409
    assert client.post(f"{address}remove/").status_code == 422
    assert client.post(f"{address}remove/", {"revision": "2"}).status_code == 302
    assert "In another language" not in client.get(f"/desk/advisories/{advisory.pk}/").content.decode()


def test_the_desk_has_no_page_for_a_language_that_is_none_or_the_originals(
    drafted: Make, editor: User, approver: User, signed_in: SignIn
) -> None:
    advisory = drafted()
    client = signed_in(editor)
    for language in ("en", "tlh"):
        assert client.get(f"/desk/advisories/{advisory.pk}/in/{language}/").status_code == 404
    assert signed_in(approver).get(f"/desk/advisories/{advisory.pk}/in/et/").status_code == 403


def test_saving_the_same_words_leaves_a_translation_up_to_date(
    drafted: Make, translate: Translate, editor: User, signed_in: SignIn
) -> None:
    """A browser sends two characters for the end of a line."""
    advisory = translate(drafted(body="One.\n\nTwo."))
    names = ("kind", "tlp", "language", "title", "summary", "what_to_do")
    typed = {name: getattr(advisory, name) for name in names} | {"body": "One.\r\n\r\nTwo.", "urgency": "priority", "revision": 2}
    assert signed_in(editor).post(f"/desk/advisories/{advisory.pk}/edit/", typed).status_code == 302
    (after,) = Advisory.objects.all()
    assert (after.revision, after.body, [each.is_behind for each in after.translated]) == (3, "One.\n\nTwo.", [False])
    before, now = after.revisions.filter(number__gte=2).order_by("number")
    assert [change.label for change in comparing.changes(before, now)] == ["Urgency"]
