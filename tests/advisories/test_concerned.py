"""Whom an advisory concerns beside its segments, and the law that it refers to: kept, checked, shown wherever it is read."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from advisories.forms import AdvisoryForm
from advisories.models import Advisory, Revision
from advisories.services import editing
from mailroom.models import Letter
from organisations.models import Organisation, User
from tests.advisories.conftest import Content_, Make
from tests.conftest import SignIn

pytestmark = pytest.mark.django_db
ABOUT = {
    "control_entries": ["3A001.a.5", "6A003"],
    "destinations": ["KG", "145"],
    "roles": ["trades", "integrates"],
    "legal_references": ["32021R0821 Dual-use regulation", "http://data.europa.eu/eli/reg/2014/833/oj"],
}


def test_each_revision_keeps_it(lists: None, drafted: Make, content: Content_, editor: User, now: datetime) -> None:
    advisory = drafted(**ABOUT)
    editing.revise(advisory, content=content(roles=["develops"]), revision=1, by=editor, now=now)
    first, second = Revision.objects.order_by("number")
    assert {name: getattr(first, name) for name in ABOUT} == ABOUT
    assert {name: getattr(second, name) for name in ABOUT} == {name: [] for name in ABOUT} | {"roles": ["develops"]}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"control_entries": ["9E999"]}, "9E999"),
        ({"destinations": ["XX"]}, "XX"),
        ({"roles": ["smuggles"]}, "role"),
        ({"legal_references": ["Regulation 2021/821"]}, "CELEX"),
    ],
)
def test_what_there_is_not_is_refused(lists: None, drafted: Make, wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(editing.UnableToDraft, match=said):
        drafted(**wrong)
    assert not Advisory.objects.exists()


def test_the_database_knows_the_roles(drafted: Make) -> None:
    advisory = drafted(roles=["trades"])
    with pytest.raises(IntegrityError, match="advisory_roles_are_known"), transaction.atomic():
        Advisory.objects.filter(pk=advisory.pk).update(roles=["trades", "smuggles"])


def test_the_page_the_mail_the_feeds_and_the_api_say_it(lists: None, published: Make, firm: Organisation, subscribed: Any) -> None:
    subscribed(firm, "export@firm.example")
    advisory = published(tlp="clear", **(ABOUT | {"control_entries": ["3A233", "6A003"]}))
    page = Client().get(advisory.get_absolute_url()).content.decode()
    letter = Letter.objects.get()
    for text in (page, letter.text, letter.html):
        for words in ("6A003", "3A233", "Kyrgyzstan, Western Asia", "Trades, Integrates", "Dual-use regulation", "32021R0821"):
            assert words in text, words
        assert "https://eur-lex.europa.eu/legal-content/AUTO/?uri=CELEX:32021R0821" in text
        assert "https://eur-lex.europa.eu/eli/reg/2014/833/oj" in text
    assert 'href="/catalogue/controls/6A003/"' in page
    assert "3A233/" not in page  # no list in force has it, so there is no page of it
    found = Client().get(f"/api/v1/advisories/{advisory.pk}/").json()
    assert (found["control_entries"], found["destinations"], found["roles"]) == (["3A233", "6A003"], ["KG", "145"], ABOUT["roles"])
    assert [each["identifier"] for each in found["legal_references"]] == ["32021R0821", "http://data.europa.eu/eli/reg/2014/833/oj"]
    (item,) = json.loads(Client().get("/advisories/feed.json").content)["items"]
    assert item["_focalpoint"]["legal_references"] == found["legal_references"]
    assert {"6A003", "KG", "trades"} <= set(item["tags"])
    atom = Client().get("/advisories/feed.atom").content.decode()
    assert '<category term="6A003"' in atom
    assert 'rel="related"' in atom


def test_what_is_not_narrowed_says_nothing_of_it(published: Make) -> None:
    page = Client().get(published(tlp="clear").get_absolute_url()).content.decode()
    for words in ("Control entries", "Destinations", "The law"):
        assert words not in page


def names(form: AdvisoryForm, field: str) -> list[str]:
    return [str(error) for error in form.errors.get(field, [])]


@pytest.fixture
def form(focal_point: Organisation) -> Any:
    def form(**typed: Any) -> AdvisoryForm:
        words = {
            "agency": focal_point.pk,
            "kind": "threat",
            "tlp": "clear",
            "urgency": "routine",
            "language": "en",
            "title": "A",
            "summary": "B",
            "body": "C",
        }
        return AdvisoryForm(words | typed, agencies=[focal_point])

    return form


def test_the_desk_types_it_as_people_do(lists: None, form: Any) -> None:
    typed = form(
        control_entries="3a001 a.5, 6A003\n3A233; 6a003",
        destinations="Kyrgyzstan\nkr; Western Asia",
        roles=["trades"],
        legal_references="CELEX 32021R0821  Dual-use\n\nhttps://eur-lex.europa.eu/eli/reg/2014/833/oj",
    )
    assert typed.is_valid(), typed.errors
    assert typed.content.control_entries == ["3A001.a.5", "6A003", "3A233"]
    assert typed.content.destinations == ["KG", "KR", "145"]
    assert typed.content.legal_references == ["32021R0821 Dual-use", "http://data.europa.eu/eli/reg/2014/833/oj"]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("control_entries", "3A001, heat cameras", "“heat cameras” is no control entry"),
        ("control_entries", "3A001, 3A777", "No edition of the control lists in the catalogue has 3A777"),
        ("destinations", "Ruritania", "“Ruritania” is no country or region"),
        ("legal_references", "Regulation 2021/821", "doesn&#x27;t begin with a CELEX number".replace("&#x27;", "'")),
        ("legal_references", "32021R0821 " + "x" * 300, "is too long"),
        ("destinations", "\n".join(["EE"] * 51), "Name at most 50"),
    ],
)
def test_the_desk_is_told_how_to_mend_it(lists: None, form: Any, field: str, value: str, said: str) -> None:
    (error,) = names(form(**{field: value}), field)
    assert said in error


def test_an_edit_shows_it_as_it_was_typed(lists: None, drafted: Make, editor: User, signed_in: SignIn) -> None:
    advisory = drafted(**ABOUT)
    page = signed_in(editor).get(f"/desk/advisories/{advisory.pk}/edit/").content.decode()
    assert "Kyrgyzstan\nWestern Asia" in page
    assert "3A001.a.5\n6A003" in page


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("3A001", {"branch", "twig"}),
        ("3A001.a.5", {"branch", "twig"}),
        ("3A001.a", {"branch", "twig"}),
        ("3A001.b", {"branch"}),
        ("3A00", set()),
        ("3A002", {"other"}),
    ],
)
def test_an_entry_meets_what_it_covers_and_what_covers_it(lists: None, published: Make, asked: str, found: set[str]) -> None:
    published(tlp="clear", title="branch", control_entries=["3A001"])
    published(tlp="clear", title="twig", control_entries=["6A003", "3A001.a.5"])
    published(tlp="clear", title="other", control_entries=["3A002"])
    published(tlp="clear", title="none")
    assert set(Advisory.objects.naming([asked]).values_list("title", flat=True)) == found
    listed = Client().get("/api/v1/advisories/", {"control_entry": asked}).json()["results"]
    assert {each["title"] for each in listed} == found


def test_no_codes_meet_nothing(lists: None, published: Make) -> None:
    published(control_entries=["3A001"])
    assert not Advisory.objects.naming([]).exists()


def test_what_is_no_code_is_refused_in_words(published: Make) -> None:
    published(tlp="clear")
    response = Client().get("/advisories/?control_entry=cameras")
    assert response.status_code == 422
    assert "Write it as in 3A001.a.5" in response.content.decode()
    assert Client().get("/api/v1/advisories/?control_entry=cameras").status_code == 400
