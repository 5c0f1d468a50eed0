"""What the pages of looking show beside the list. Rows are committed, because `disclosed` is another login."""

import re
from datetime import date
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.core.paginator import EmptyPage
from django.db import IntegrityError, connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from organisations.models import Organisation, User
from registry import gateway, querysets, regions, tilemap
from registry.disclosure import Audience, Field, Purpose
from registry.models import Entry, Look, SavedSearch
from registry.permissions import PUBLIC, Capacity, capacities
from registry.services import searches
from tests.conftest import SignIn
from tests.registry.conftest import Agree, MakeEntry, grant

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "disclosed"])

COUNTED = (Field.LEGAL_NAME, Field.SEGMENTS, Field.REGION, Field.OTHER_REGIONS, Field.SIZE_BAND, Field.NACE, Field.COMPLIANCE)
TO_ASSOCIATIONS = grant(Audience.ASSOCIATIONS, Purpose.OUTREACH, *COUNTED)
TO_FOCAL_POINT = grant(Audience.FOCAL_POINT, Purpose.OUTREACH, *COUNTED)


def gate(user: User, today: date) -> gateway.Gate:
    return gateway.disclosed(user, Purpose.OUTREACH, "Seminar", today=today, capacity=capacities(user, today=today)[0])


def look(client: Client, *, desk: bool = False) -> Client:
    """Say for what one looks; as the only capacity of the visitor."""
    address = reverse("focalpoint:registry-look" if desk else "registry:look")
    capacity = re.search(r'name="capacity" value="([^"]*)"', client.get(address).content.decode())
    assert capacity
    said = {"capacity": capacity[1], "purpose": "outreach", "reason": "Fair in Riga"}
    assert client.post(address, said).status_code == 302
    return client


def facet(page: str, name: str) -> dict[str, tuple[int, str]]:
    """The values of a facet, each with its number and the query of its link."""
    part = page.partition(f'<summary class="facet__name">{name}</summary>')[2].partition("</details>")[0]
    links = re.findall(r'href="[^"?]*\?([^"]*)">([^<]*)</a> <span class="facet__number">(\d+)<', part)
    return {label: (int(number), query.replace("&amp;", "&")) for query, label, number in links}


@pytest.fixture
def three(entry: Entry, make_entry: MakeEntry, agree: Agree) -> list[Entry]:
    """Two firms whose fields are seen, and one that shows its name and size alone."""
    second = make_entry(legal_name="Arctic Sensors OÜ", region="EE004", nace=["26.11"], compliance="audited", size_band="small")
    third = make_entry(legal_name="Hidden OÜ", region="EE008", nace=["26.11"], compliance="audited", size_band="large")
    agree(entry, TO_ASSOCIATIONS)
    agree(second, TO_ASSOCIATIONS)
    agree(third, grant(Audience.ASSOCIATIONS, Purpose.OUTREACH, Field.LEGAL_NAME, Field.SIZE_BAND))
    return [entry, second, third]


def test_facets_count_what_the_cell_shows_and_nothing_else(
    three: list[Entry], signed_in: SignIn, association_officer: User
) -> None:
    page = look(signed_in(association_officer)).get("/registry/").content.decode()
    numbers = {
        name: {label: number for label, (number, _) in facet(page, name).items()}
        for name in ("Technology", "What they do", "Region", "Size", "Economic activity", "Compliance programme")
    }
    assert numbers == {
        "Technology": {"Advanced sensing": 2},
        "What they do": {"Develops": 2},
        "Region": {"Põhja-Eesti (EE001)": 1, "Lääne-Eesti (EE004)": 1},
        "Size": {"Small: 10 to 49 people": 2, "Large: 250 people or more": 1},
        "Economic activity": {"C MANUFACTURING": 1},
        "Compliance programme": {"Audited: somebody independent checks that the procedures are followed": 1},
    }


def test_a_facet_narrows_and_widens_and_keeps_the_rest(three: list[Entry], signed_in: SignIn, association_officer: User) -> None:
    client = look(signed_in(association_officer))
    first = client.get("/registry/", {"q": "Arctic", "view": "cards", "page": "1"}).content.decode()
    _number, query = facet(first, "Region")["Lääne-Eesti (EE004)"]
    assert parse_qs(query) == {"q": ["Arctic"], "view": ["cards"], "region": ["EE004"]}
    narrowed = client.get(f"/registry/?{query}").content.decode()
    assert "1 entry" in narrowed
    [without] = re.findall(r'href="/registry/\?([^"]*)">Remove', narrowed)
    assert parse_qs(without.replace("&amp;", "&")) == {"q": ["Arctic"], "view": ["cards"]}
    inside = client.get("/registry/", {"segment": "T6"}).content.decode()
    assert list(facet(inside, "Technology")) == ["Electro-optical sensing"]


def test_the_ledger_tells_each_firm_of_the_fields_that_were_counted(
    three: list[Entry], association_officer: User, today: date
) -> None:
    gate(association_officer, today).found(gateway.Question())
    told = {entry.legal_name: set(Look.objects.at(entry.pk).get().seen) for entry in three}
    assert told == {
        "Baltic Photonics OÜ": {"legal_name", "region", "segments", "size_band"},
        "Arctic Sensors OÜ": {"legal_name", "region", "segments", "size_band", "nace", "compliance"},
        "Hidden OÜ": {"legal_name", "size_band"},
    }


@pytest.mark.parametrize("entries_listed", [1, 3])
def test_facets_cost_the_same_queries_for_one_entry_and_three(
    entry: Entry, make_entry: MakeEntry, agree: Agree, association_officer: User, today: date, entries_listed: int
) -> None:
    agree(entry, TO_ASSOCIATIONS)
    for number in range(1, entries_listed):
        agree(make_entry(legal_name=f"Firm {number}"), TO_ASSOCIATIONS)
    opened = gate(association_officer, today)
    with CaptureQueriesContext(connections["disclosed"]) as outside, CaptureQueriesContext(connection) as inside:
        assert opened.found(gateway.Question()).counts["role:develops"] == entries_listed
    assert [query["sql"].split()[0] for query in outside] == ["BEGIN", "SELECT", "SELECT", "INSERT", "COMMIT"]
    assert len(inside) == 0


@pytest.mark.parametrize("place", ["registry", "desk/registry"])
def test_the_map_has_the_numbers_of_the_facet_and_a_table_beside_it(
    place: str, entry: Entry, agree: Agree, signed_in: SignIn, officer: User, association_officer: User
) -> None:
    is_desk = place.startswith("desk")
    agree(entry, TO_FOCAL_POINT if is_desk else TO_ASSOCIATIONS)
    client = look(signed_in(officer if is_desk else association_officer), desk=is_desk)
    page = client.get(f"/{place}/", {"view": "map"}).content.decode()
    drawn = re.findall(r'region-map__number--\d" x="50" y="56">(\d+)</text>\s*<text[^>]*>(\w+)<', page)
    assert sorted(drawn, key=lambda each: each[1]) == [
        ("1", "EE001"),
        ("0", "EE004"),
        ("0", "EE008"),
        ("0", "EE009"),
        ("0", "EE00A"),
    ]
    table = page.partition('<table class="govuk-table')[2].partition("</table>")[0]
    assert re.findall(r"view=map&amp;region=(\w+)", table) == ["EE", "EE001"]
    assert "style=" not in page.partition('<svg class="region-map')[2].partition("</svg>")[0]


def test_what_was_found_shows_as_cards_too(three: list[Entry], signed_in: SignIn, association_officer: User) -> None:
    page = look(signed_in(association_officer)).get("/registry/", {"view": "cards"}).content.decode()
    cards = re.findall(r'<li class="looking-card">(.*?)</li>', page, re.DOTALL)
    assert [re.findall("<dt>(.*?)</dt>", card) for card in cards] == [
        ["Size", "Region", "Technologies and what we do with them"],
        ["Size", "Region", "Technologies and what we do with them"],
        ["Size"],
    ]


@pytest.mark.parametrize(("parameters", "status"), [({"view": "list"}, 422), ({"facet": "x"}, 400), ({"region": "Riga"}, 422)])
def test_a_wrong_or_unknown_parameter_is_refused(
    signed_in: SignIn, association_officer: User, parameters: dict[str, Any], status: int
) -> None:
    client = look(signed_in(association_officer))
    assert client.get("/registry/", parameters).status_code == status
    assert not Look.objects.exists()


def test_a_country_without_a_layout_stands_in_rows() -> None:
    drawing = tilemap.draw({"EE001": 4, "LV006": 1, "LT01": 2, "LT02": 0}, country="XX")
    assert [(tile.code, tile.number, tile.shade, tile.x, tile.y) for tile in drawing.tiles] == [
        ("EE001", 4, 4, 0, 0),
        ("LT01", 2, 2, 0, 108),
        ("LT02", 0, 0, 108, 108),
        ("LV006", 1, 1, 0, 216),
    ]
    assert (drawing.width, drawing.height) == (208, 316)
    assert [regions.label(code) for code in ("EE001", "EL", "FI1B1")] == ["Põhja-Eesti (EE001)", "Greece (EL)", "FI1B1"]


@pytest.mark.parametrize(("country", "number"), [("EE", 5), ("LV", 6), ("LT", 10)])
def test_each_region_of_a_country_has_a_place_of_its_own_on_its_map(country: str, number: int) -> None:
    places = tilemap.LAYOUTS[country]
    assert set(places) == set(regions.own(country))
    assert len(set(places.values())) == len(places) == number
    assert {code[:2] for code in places} == {country}
    drawing = tilemap.draw(dict.fromkeys(places, 1), country=country)
    assert max(tile.x + tilemap.SIDE for tile in drawing.tiles) == drawing.width
    assert max(tile.y + tilemap.SIDE for tile in drawing.tiles) == drawing.height


def test_a_country_whose_regions_are_not_known_has_none() -> None:
    assert regions.own("FI") == ()


# --- side by side ---------------------------------------------------------------------------------------------------


def test_two_entries_stand_side_by_side_and_each_firm_reads_of_a_look(
    three: list[Entry], signed_in: SignIn, association_officer: User
) -> None:
    client = look(signed_in(association_officer))
    asked = {"entry": [str(three[1].pk), str(three[2].pk)], "search": "q=O%C3%9C&view=cards"}
    page = client.get("/registry/compare/", asked).content.decode()
    table = page.partition("<tbody")[2].partition("</tbody>")[0]
    rows = [re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL) for row in table.split("</tr>")[:-1]]
    assert [[" ".join(re.sub("<[^>]*>", " ", cell).split()) for cell in row] for row in rows] == [
        ["Legal name", "Arctic Sensors OÜ", "Hidden OÜ"],
        ["Size", "Small: 10 to 49 people", "Large: 250 people or more"],
        ["Region", "Lääne-Eesti (EE004)", "Not shown"],
        ["Economic activities (NACE)", "26.11 Manufacture of electronic components", "Not shown"],
        ["Technologies and what we do with them", "Electro-optical sensing: develops", "Not shown"],
        ["Compliance programme", "Audited: somebody independent checks that the procedures are followed", "Not shown"],
    ]
    assert 'href="/registry/?q=O%C3%9C&amp;view=cards"' in page
    assert "Reason: Fair in Riga" in page
    told = [(look.kind, look.entry_ids, set(look.fields)) for look in Look.objects.order_by("pk")]
    everything = {"legal_name", "size_band", "region", "nace", "segments", "compliance"}
    assert told == [("one", [three[1].pk], everything), ("one", [three[2].pk], {"legal_name", "size_band"})]


@pytest.mark.parametrize("number", [2, 4])
def test_comparing_costs_the_same_queries_for_two_entries_and_four(
    make_entry: MakeEntry, agree: Agree, association_officer: User, today: date, number: int
) -> None:
    listed = [make_entry(legal_name=f"Firm {each}") for each in range(number)]
    for each in listed:
        agree(each, TO_ASSOCIATIONS)
    opened = gate(association_officer, today)
    with CaptureQueriesContext(connections["disclosed"]) as outside:
        assert len(opened.several([each.pk for each in listed])) == number
    assert [query["sql"].split()[0] for query in outside] == ["BEGIN", "SELECT", "INSERT", "COMMIT"]


@pytest.mark.parametrize("how_many", [0, 1, 5])
def test_two_to_four_are_compared(how_many: int, signed_in: SignIn, association_officer: User) -> None:
    refs = [f"00000000-0000-4000-8000-00000000000{place}" for place in range(how_many)]
    page = look(signed_in(association_officer)).get("/registry/compare/", {"entry": refs, "search": "q=x"})
    assert page.status_code == 422
    assert "Choose two to four entries to compare" in page.content.decode()
    assert 'href="/registry/?q=x"' in page.content.decode()


def test_what_the_cell_does_not_see_is_compared_with_nothing(
    three: list[Entry], make_entry: MakeEntry, signed_in: SignIn, association_officer: User
) -> None:
    client = look(signed_in(association_officer))
    unlisted = make_entry(legal_name="Unlisted OÜ")
    for other in (unlisted.pk, "00000000-0000-4000-8000-000000000000"):
        assert client.get("/registry/compare/", {"entry": [str(three[0].pk), str(other)]}).status_code == 404
    assert client.get("/registry/compare/", {"entry": [str(three[0].pk), "x"]}).status_code == 422
    assert client.get("/registry/compare/", {"entry": [str(each.pk) for each in three], "by": "x"}).status_code == 400
    assert not Look.objects.exists()


# --- searches under a name ------------------------------------------------------------------------------------------


def test_a_search_is_saved_opened_and_deleted(three: list[Entry], signed_in: SignIn, association_officer: User) -> None:
    client = look(signed_in(association_officer))
    assert client.post("/registry/searches/", {"name": "North", "query": "region=EE001&page=2&view=map"}).status_code == 302
    saved = SavedSearch.objects.get()
    assert (saved.query, saved.audience, saved.owner) == ("region=EE001&view=map", "associations", association_officer)
    listed = client.get("/registry/searches/").content.decode()
    assert 'href="/registry/?region=EE001&amp;view=map">North</a>' in listed
    assert "Baltic" not in listed  # a name and a question, nothing that it found
    assert client.get(f"/registry/?{saved.query}").status_code == 200
    assert client.post(f"/registry/searches/{saved.pk}/delete/").status_code == 302
    assert not SavedSearch.objects.exists()


def test_a_saved_search_is_the_persons_own_and_of_one_capacity(
    signed_in: SignIn, association_officer: User, officer: User, licensing_agency: Organisation
) -> None:
    look(signed_in(association_officer)).post("/registry/searches/", {"name": "North", "query": ""})
    saved = SavedSearch.objects.get()
    stranger = look(signed_in(officer), desk=True)
    assert "North" not in stranger.get("/desk/registry/searches/").content.decode()
    assert stranger.post(f"/desk/registry/searches/{saved.pk}/delete/").status_code == 404
    assert SavedSearch.objects.exists()
    SavedSearch.objects.update(owner=officer, organisation=licensing_agency, audience="licensing")
    assert "North" not in stranger.get("/desk/registry/searches/").content.decode()


def test_a_saved_search_is_checked_when_it_is_saved_and_when_it_is_opened(signed_in: SignIn, association_officer: User) -> None:
    client = look(signed_in(association_officer))
    for query in ("contact_email=x", "region=Riga", "segment=T99"):
        refused = client.post("/registry/searches/", {"name": "North", "query": query})
        assert refused.status_code == 422
        assert "it can&#x27;t be saved" in refused.content.decode()
        assert 'value="North"' in refused.content.decode()
    client.post("/registry/searches/", {"name": "North", "query": ""})
    SavedSearch.objects.update(query="contact_email=x")
    assert client.get(f"/registry/?{SavedSearch.objects.get().query}").status_code == 400
    assert not Look.objects.exists()


def test_saved_searches_are_bounded_and_a_name_is_used_once(
    association: Organisation, association_officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searches, "MOST_SEARCHES", 1)
    capacity = Capacity(Audience.ASSOCIATIONS, association)
    for query in ("q=one", "q=two"):
        searches.save(name="North", query=query, capacity=capacity, by=association_officer)
    assert [each.query for each in SavedSearch.objects.all()] == ["q=two"]
    with pytest.raises(searches.UnableToSave, match="delete one first"):
        searches.save(name="South", query="", capacity=capacity, by=association_officer)
    searches.save(name="North", query="", capacity=PUBLIC, by=association_officer)
    common = {"owner": association_officer, "audience": Audience.PUBLIC, "query": ""}
    for wrong in ({"name": "North"}, {"name": ""}, {"name": "x", "organisation": association}):
        with pytest.raises(IntegrityError):
            SavedSearch.objects.create(**common, **wrong)


def test_a_stranger_saves_no_search_and_gets_no_cookie() -> None:
    assert Client().get("/registry/searches/").status_code == 302
    answer = Client().get("/registry/")
    assert "Save this search" not in answer.content.decode()
    assert not answer.cookies


@pytest.mark.parametrize("found", [2, 3, 4])
def test_beyond_so_many_entries_the_first_are_counted_and_all_can_be_read_on(
    entry: Entry,
    make_entry: MakeEntry,
    agree: Agree,
    association_officer: User,
    today: date,
    monkeypatch: pytest.MonkeyPatch,
    found: int,
) -> None:
    monkeypatch.setattr(querysets, "MOST_COUNTED", 3)
    agree(entry, TO_ASSOCIATIONS)
    for number in range(1, found):
        agree(make_entry(legal_name=f"Firm {number}", size_band="large"), TO_ASSOCIATIONS)
    opened = gate(association_officer, today)
    answer = opened.found(gateway.Question())
    assert (answer.page.paginator.count, answer.page.paginator.is_cut) == (min(found, 3), found >= 3)
    assert answer.counts["size_band:large"] == min(found, 3) - 1
    assert "" not in answer.counts
    names, number, has_more = [], 0, True
    while has_more:
        number += 1
        page = opened.page(gateway.Question(), number=number, size=1)
        names += [listed.legal_name for listed in page]
        has_more = page.has_next()
    assert names == sorted(["Baltic Photonics OÜ", *(f"Firm {each}" for each in range(1, found))])
    with pytest.raises(EmptyPage):
        opened.page(gateway.Question(), number=number + 1, size=1)


def test_a_page_says_that_there_are_so_many_or_more(
    three: list[Entry], signed_in: SignIn, association_officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = look(signed_in(association_officer))
    assert "3 entries" in client.get("/registry/").content.decode()
    monkeypatch.setattr(querysets, "MOST_COUNTED", 2)
    page = client.get("/registry/").content.decode()
    assert "2 entries or more. The numbers beside them count the first 2" in page
