"""A later advisory replaces earlier ones when it comes out: to an audience of its own, and nobody acts on the old ones unwarned."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from advisories.models import Advisory, Revision, State, Subscription
from advisories.services import editing, scheduling
from mailroom.models import Envelope, Letter
from mailroom.models import State as Fate
from organisations.models import Organisation, User
from tests.advisories.conftest import Content_, Make
from tests.advisories.test_desk import TYPED
from tests.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def old(published: Make) -> Advisory:
    return published(tlp="clear", title="Guidance of last year", kind="guidance")


def test_it_replaces_the_old_one_and_goes_to_its_own_audience(
    published: Make, firm: Organisation, association: Organisation, subscribed: Callable[..., Subscription]
) -> None:
    subscribed(firm, "export@firm.example")
    old = published(title="Guidance of last year")
    subscribed(association, "news@cluster.example")
    new = published(title="Guidance of this year", supersedes=[old])
    old.refresh_from_db()
    assert (old.state, new.state) == (State.SUPERSEDED, State.PUBLISHED)
    found = Envelope.objects.values_list("letter__source", "address", "state")
    assert set(found) == {
        (old.source, "export@firm.example", Fate.CANCELLED),
        (new.source, "export@firm.example", Fate.QUEUED),
        (new.source, "news@cluster.example", Fate.QUEUED),
    }
    assert [(event.move, event.note) for event in old.events.order_by("pk")][-1] == ("supersede", "Guidance of this year")


def test_nothing_happens_to_the_old_one_before_the_new_one_is_out(old: Advisory, approved: Make) -> None:
    approved(supersedes=[old])
    old.refresh_from_db()
    assert old.state == State.PUBLISHED
    assert "Guidance of last year" in Client().get("/advisories/feed.atom").content.decode()
    assert Client().get(f"/api/v1/advisories/{old.pk}/").json()["superseded_by"] == []


def test_pages_feeds_and_api_say_so_both_ways(old: Advisory, published: Make) -> None:
    new = published(tlp="clear", title="Guidance of this year", supersedes=[old])
    page = Client().get(old.get_absolute_url()).content.decode()
    assert "Replaced on" in page
    assert f'href="{new.get_absolute_url()}" lang="en">Guidance of this year' in page
    page = Client().get(new.get_absolute_url()).content.decode()
    assert f'This replaces <a class="govuk-link" href="{old.get_absolute_url()}" lang="en">Guidance of last year' in page
    for feed in ("/advisories/feed.atom", "/advisories/feed.json"):
        text = Client().get(feed).content.decode()
        assert "Guidance of this year" in text
        assert "Guidance of last year" not in text
    api = {each["id"]: each for each in Client().get("/api/v1/advisories/").json()["results"]}
    assert (api[str(old.pk)]["state"], api[str(old.pk)]["superseded_by"]) == ("superseded", [str(new.pk)])
    assert (api[str(new.pk)]["state"], api[str(new.pk)]["supersedes"]) == ("published", [str(old.pk)])


def test_a_reader_does_not_learn_of_one_that_is_for_fewer(old: Advisory, published: Make) -> None:
    new = published(tlp="amber", title="Secret guidance", supersedes=[old])
    page = Client().get(old.get_absolute_url()).content.decode()
    assert "It has been replaced by a later one." in page
    assert str(new.pk) not in page
    assert "Secret guidance" not in page
    assert Client().get(f"/api/v1/advisories/{old.pk}/").json()["superseded_by"] == []


def test_the_mail_names_what_it_replaces_unless_that_was_for_fewer(
    old: Advisory, published: Make, firm: Organisation, subscribed: Callable[..., Subscription]
) -> None:
    strict = published(tlp="amber", title="Secret guidance")
    subscribed(firm, "export@firm.example")
    new = published(tlp="clear", title="Guidance of this year", supersedes=[old, strict])
    letter = Letter.objects.get(source=new.source)
    for text in (letter.text, letter.html):
        assert "This replaces our advisory “Guidance of last year”" in text
        assert "Secret guidance" not in text
    page = Client().get(new.get_absolute_url()).content.decode()
    assert "Secret guidance" not in page


def test_one_whose_last_day_is_over_can_be_replaced(
    published: Make, approved: Make, editor: User, now: datetime, today: date
) -> None:
    old = published(valid_to=today)
    new = approved(supersedes=[old])
    scheduling.expire(old, today=today + timedelta(days=1), now=now)
    editing.publish(new, by=editor, now=now, today=today)
    old.refresh_from_db()
    assert old.state == State.SUPERSEDED


def test_what_was_withdrawn_meanwhile_is_named_and_keeps_the_new_one_in(
    old: Advisory, approved: Make, editor: User, approver: User, now: datetime, today: date
) -> None:
    new = approved(supersedes=[old])
    editing.withdraw(old, reason="Wrong.", by=approver, now=now)
    with pytest.raises(editing.UnableToPublish, match="Guidance of last year"):
        editing.publish(new, by=editor, now=now, today=today)
    new.refresh_from_db()
    assert new.state == State.APPROVED


def test_two_that_replace_the_same_one_come_out_one_after_the_other_never_both(
    old: Advisory, approved: Make, editor: User, now: datetime, today: date
) -> None:
    first, second = approved(supersedes=[old]), approved(supersedes=[old])
    editing.publish(first, by=editor, now=now, today=today)
    with pytest.raises(editing.UnableToPublish, match="not out any more"):
        editing.publish(second, by=editor, now=now, today=today)


@pytest.mark.parametrize("kind", ["a draft", "another agency's"])
def test_only_what_the_agency_has_out_can_be_chosen(
    kind: str,
    drafted: Make,
    published: Make,
    licensing_editor: User,
    licensing_agency: Organisation,
    content: Content_,
    now: datetime,
) -> None:
    old = drafted() if kind == "a draft" else published()
    words = content(supersedes=[old])
    agency, by = (old.agency, old.author) if kind == "a draft" else (licensing_agency, licensing_editor)
    with pytest.raises(editing.UnableToDraft, match="can't replace"):
        editing.draft(content=words, agency=agency, by=by, now=now)


def test_the_revision_keeps_the_choice_and_a_change_of_it_voids_the_approval(
    old: Advisory, approved: Make, content: Content_, editor: User, now: datetime
) -> None:
    new = approved(supersedes=[old])
    new = editing.revise(new, content=content(), revision=1, by=editor, now=now)
    assert new.state == State.DRAFT
    assert [list(each.supersedes.all()) for each in Revision.objects.filter(advisory=new).order_by("number")] == [[old], []]


def test_the_desk_chooses_among_what_is_out(old: Advisory, drafted: Make, editor: User, signed_in: SignIn) -> None:
    advisory = drafted()
    client = signed_in(editor)
    address = f"/desk/advisories/{advisory.pk}/edit/"
    assert f'value="{old.pk}"' in client.get(address).content.decode()
    assert client.post(address, TYPED | {"revision": 1, "supersedes": [str(old.pk)]}).status_code == 302
    assert list(advisory.supersedes.all()) == [old]
    page = client.get(f"/desk/advisories/{advisory.pk}/").content.decode()
    assert "When it comes out, it replaces" in page
    assert "is to replace it" in client.get(f"/desk/advisories/{old.pk}/").content.decode()
    typed: dict[str, Any] = TYPED | {"revision": 2, "supersedes": [str(advisory.pk)]}
    assert client.post(address, typed).status_code == 422


def test_the_desk_offers_no_field_where_nothing_is_out(drafted: Make, editor: User, signed_in: SignIn) -> None:
    assert "What it replaces" not in signed_in(editor).get(f"/desk/advisories/{drafted().pk}/edit/").content.decode()
