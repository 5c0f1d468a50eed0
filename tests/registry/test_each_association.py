"""One association that sees more, less or nothing. Rows are committed, because `disclosed` is another login."""

import csv
import io
import random
import re
import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from organisations.models import Kind, Organisation, Role, User
from registry import disclosure, gateway, querysets, signing
from registry.disclosure import ANY, PROHIBIT, Audience, Field, Purpose, Rule
from registry.models import AgreementVersion, Disclosed, Entry, Look, clauses, compared
from registry.permissions import Capacity, capacities
from registry.services import agreements, looking, projection, talks
from tests.conftest import SignIn, member
from tests.registry.conftest import END, START, Agree, MakeEntry, grant
from tests.registry.test_looking import look

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "disclosed", "owner"])

OUTREACH = Purpose.OUTREACH
LIST = "/api/v1/registry/entries/"
SHOWN = (Field.LEGAL_NAME, Field.REGION)
NAMELESS = (Field.REGION, Field.SIZE_BAND)
Officers = dict[str, User]


@pytest.fixture
def officers(association_officer: User) -> Officers:
    """Of four associations: the one that nobody names, and those that see more, less and nothing."""
    found = {"general": association_officer}
    for name in ("more", "less", "nothing"):
        held = Organisation.objects.create(kind=Kind.ASSOCIATION, name=f"Cluster {name}")
        found[name] = member(held, f"Officer {name}", Role.OFFICER)
    return found


def association_of(officer: User) -> Organisation:
    return officer.memberships.get().organisation


def line(officer: User) -> str:
    return disclosure.named(association_of(officer).pk)


def text(officers: Officers, *fields: Field) -> dict[str, Any]:
    """All associations see `fields`; one sees the products as well, one the region alone, and one nothing."""
    rules = disclosure.read(grant(Audience.ASSOCIATIONS, OUTREACH, *fields))
    more = disclosure.instead(rules, line(officers["more"]), {OUTREACH: [*fields, Field.PRODUCTS]})
    less = disclosure.instead(rules, line(officers["less"]), {OUTREACH: [Field.REGION]})
    nothing = disclosure.instead(rules, line(officers["nothing"]), {})
    return disclosure.write([*rules, *more, *less, *nothing])


def gate(user: User, today: date, purpose: Purpose = OUTREACH) -> gateway.Gate:
    return gateway.disclosed(user, purpose, "Seminar", today=today, capacity=capacities(user, today=today)[0])


def seen(user: User, today: date) -> list[set[Field]]:
    return [set(found.values) for found in gate(user, today).page(gateway.Question(), fields=gateway.ALL_FIELDS)]


@pytest.mark.parametrize("kind", [Kind.FIRM, Kind.AGENCY, ""])
def test_a_text_that_names_an_organisation_that_is_no_association_is_not_offered(entry: Entry, agree: Agree, kind: str) -> None:
    other = Organisation.objects.create(kind=kind, name="Other").pk if kind else uuid.uuid4()
    with pytest.raises(disclosure.UnableToRead):
        agree(entry, disclosure.write([Rule(Field.REGION, disclosure.named(other), OUTREACH)]), until="offered")


# --- what each sees ---------------------------------------------------------------------------------------------------


def test_each_association_sees_what_the_agreement_says_of_it(entry: Entry, agree: Agree, officers: Officers, today: date) -> None:
    agree(entry, text(officers, *SHOWN))
    assert {name: seen(officer, today) for name, officer in officers.items()} == {
        "general": [{*SHOWN}],
        "more": [{*SHOWN, Field.PRODUCTS}],
        "less": [{Field.REGION}],
        "nothing": [],
    }
    assert projection.differences() == []


def test_an_association_may_see_what_no_other_does(entry: Entry, agree: Agree, officers: Officers, today: date) -> None:
    agree(entry, disclosure.write([Rule(Field.LEGAL_NAME, line(officers["more"]), OUTREACH)]))
    assert {name: len(seen(officer, today)) for name, officer in officers.items()} == {
        "general": 0,
        "more": 1,
        "less": 0,
        "nothing": 0,
    }


def permitted(rules: list[Rule], who: str, purpose: Purpose) -> set[Field]:
    """The oracle, of another make: all that is permitted to all or to one, without all that is prohibited to either."""
    of_them = [rule for rule in rules if rule.audience in (ANY, "associations", who) and rule.purpose in (ANY, purpose)]
    allowed = {rule.field for rule in of_them if rule.effect == "permit"}
    forbidden = {rule.field for rule in of_them if rule.effect == PROHIBIT}
    return set() if ANY in forbidden else {Field(name) for name in allowed - forbidden}


@pytest.mark.parametrize("seed", range(4))
def test_each_association_sees_all_that_it_may_and_nothing_more(
    entry: Entry, agree: Agree, officers: Officers, today: date, seed: int
) -> None:
    dice, purposes = random.Random(seed), (OUTREACH, Purpose.MATCHMAKING)
    lines = {name: line(officer) for name, officer in officers.items() if name != "general"}
    said = [
        Rule(field, audience, purpose)
        for audience in (Audience.ASSOCIATIONS, *lines.values())
        for purpose in purposes
        for field in Field
        if dice.random() < 0.3 or field == Field.LEGAL_NAME  # which is prohibited to nobody: no text contradicts itself
    ]
    said += [
        Rule(dice.choice([*set(Field) - {Field.LEGAL_NAME}]), lines["less"], dice.choice([ANY, *purposes]), PROHIBIT)
        for _number in range(9)
    ]
    said.append(Rule(ANY, lines["nothing"], dice.choice([ANY, *purposes]), PROHIBIT))
    rules = [rule for rule in said if rule not in disclosure.overruled(disclosure.write(said))]
    agree(entry, disclosure.write(rules))
    filled = set(projection.own(entry))
    for officer in officers.values():
        for purpose in purposes:
            may = permitted(rules, line(officer), purpose)
            shown = [set(row.values) for row in gate(officer, today, purpose).page(gateway.Question(), fields=gateway.ALL_FIELDS)]
            assert shown == ([may & filled] if may else [])
    assert projection.differences() == []


def test_an_entry_hidden_from_one_is_not_found_and_reveals_itself_to_no_verb(
    entry: Entry, agree: Agree, officers: Officers, today: date
) -> None:
    agree(entry, text(officers, *SHOWN))
    refused, row = gate(officers["nothing"], today), gate(officers["general"], today).one(entry.pk)
    with pytest.raises(gateway.NotDisclosed):
        refused.one(entry.pk)
    with pytest.raises(gateway.NotDisclosed):
        refused.several([entry.pk])
    with pytest.raises(gateway.NotDisclosed):
        refused.subject(entry.pk, Field.REGION, fingerprint=row.fingerprint, reason="x")
    assert refused.known([entry.pk], fields=gateway.ALL_FIELDS) == {}
    assert refused.known_by({Field.REGION: ["EE001"]}, fields=gateway.ALL_FIELDS) == []
    assert refused.reach(gateway.Question(), without=[]) == gateway.Reach(0, 0)
    assert refused.addressed(gateway.Question(), without=[]).concerned == 0
    assert refused.export(gateway.Question(), number=uuid.uuid4(), key=bytes(32)) == []
    assert refused.found(gateway.Question()).counts == {}
    assert [look.institution for look in Look.objects.at(entry.pk)] == ["Photonics Cluster"]


def test_who_looks_as_an_association_without_being_one_sees_nothing(
    entry: Entry, agree: Agree, officers: Officers, today: date
) -> None:
    agree(entry, text(officers, *SHOWN))
    rows = Disclosed.objects.using("disclosed")
    assert rows.cell(Audience.ASSOCIATIONS, OUTREACH, association=uuid.uuid4(), today=today).count() == 1
    assert rows.cell(Audience.ASSOCIATIONS, OUTREACH, today=today).count() == 0


def test_the_database_counts_a_cell_as_it_is_read(
    entry: Entry, make_entry: MakeEntry, agree: Agree, officers: Officers, today: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The function is the twin of `cell`: for every institution, one that is none, nobody, and days outside the agreement."""
    other = Organisation.objects.create(kind=Kind.FIRM, name="Gauja Optics SIA")
    agree(entry, text(officers, *SHOWN))
    agree(make_entry(other, legal_name=other.name), text(officers, Field.LEGAL_NAME))
    rows = Disclosed.objects.using("disclosed")
    institutions = [association_of(officer).pk for officer in officers.values()]
    seen = set()
    for audience, purpose, on in product(
        Audience, (OUTREACH, Purpose.STATISTICS), (today, today - timedelta(days=400), today + timedelta(days=4000))
    ):
        for institution in (*institutions, uuid.uuid4(), None):
            for most in (1000, 1):
                monkeypatch.setattr(querysets, "MOST_COUNTED", most)
                counted = rows.cell_size(audience, purpose, association=institution, today=on)
                assert counted == querysets.number_of(rows.cell(audience, purpose, association=institution, today=on))
                seen.add(counted)
    assert seen == {0, 1, 2}


@pytest.mark.parametrize("asked", [{}, {"q": "Baltic"}, {"region": "EE001"}, {"size": "small"}, {"segment": "T6"}, {"page": "2"}])
def test_to_an_association_that_sees_nothing_all_answers_are_as_if_there_were_no_such_entry(
    entry: Entry, make_entry: MakeEntry, agree: Agree, officers: Officers, signed_in: SignIn, now: datetime, asked: dict[str, str]
) -> None:
    """List, facets, map, comparison, files, the API by session and by token, and their headers."""
    other, shown = make_entry(legal_name="Arctic Sensors OÜ"), (*SHOWN, Field.SIZE_BAND, Field.SEGMENTS)
    agree(other, grant(Audience.ASSOCIATIONS, OUTREACH, *shown))
    version, blind = agree(entry, text(officers, *shown)), officers["nothing"]
    client, token = look(signed_in(blind)), bearer(blind)
    requests: list[Callable[[], Any]] = [
        lambda: client.get("/registry/", asked),
        lambda: client.get("/registry/", asked | {"view": "map"}),
        lambda: client.get(f"/registry/{entry.pk}/"),
        lambda: client.get("/registry/compare/", {"entry": [str(entry.pk), str(other.pk)]}),
        lambda: client.get(LIST, asked | {"purpose": OUTREACH}),
        lambda: Client().get(LIST, asked | {"purpose": OUTREACH}, headers={"Authorization": token}),
        lambda: Client().get(f"{LIST}{entry.pk}/", {"purpose": OUTREACH}, headers={"Authorization": token}),
    ]
    before = [observed(request()) for request in requests]
    withdrawn = agreements.withdraw(entry=entry, by=version.signed_by, now=now)
    assert withdrawn == [version]
    assert [observed(request()) for request in requests] == before
    assert b"Baltic Photonics" not in before[0][2]
    assert b"Arctic" in b"".join(body for _status, _headers, body in before) or asked.keys() & {"q", "page"}


def bearer(officer: User) -> str:
    made = looking.make_token(
        name="Sync",
        capacity=Capacity(Audience.ASSOCIATIONS, association_of(officer)),
        purposes=[OUTREACH],
        days=9,
        form=bytes(32),
        by=officer,
        today=timezone.localdate(),
    )
    return f"Bearer {made.secret}"


def observed(answer: Any) -> tuple[int, list[tuple[str, str]], bytes]:
    headers = sorted((name, value) for name, value in answer.headers.items() if name != "Expires")
    return answer.status_code, headers, re.sub(rb'name="csrfmiddlewaretoken" value="[^"]*"', b"", answer.content)


def test_an_export_has_what_its_own_association_sees(entry: Entry, agree: Agree, officers: Officers, signed_in: SignIn) -> None:
    agree(entry, text(officers, *SHOWN))
    words = {}
    for name, officer in officers.items():
        file = look(signed_in(officer)).post("/registry/export/", {"format": "csv"})
        rows = csv.reader(io.StringIO(file.content.decode("utf-8-sig")))
        words[name] = {
            word for row in rows for word in row if word in ("Baltic Photonics OÜ", VALUE_OF_PRODUCTS, "Põhja-Eesti (EE001)")
        }
    assert words == {
        "general": {"Baltic Photonics OÜ", "Põhja-Eesti (EE001)"},
        "more": {"Baltic Photonics OÜ", "Põhja-Eesti (EE001)", VALUE_OF_PRODUCTS},
        "less": {"Põhja-Eesti (EE001)"},
        "nothing": set(),
    }


VALUE_OF_PRODUCTS = "Hollow-core fibre for gas sensing"


# --- the rows ---------------------------------------------------------------------------------------------------------


def test_where_the_name_is_hidden_no_two_share_a_reference_and_the_general_one_stays_as_it_was(
    entry: Entry, agree: Agree, officers: Officers, today: date
) -> None:
    agree(entry, grant(Audience.ASSOCIATIONS, OUTREACH, *NAMELESS))
    [before] = gate(officers["general"], today).page(gateway.Question())
    agree(entry, text(officers, *NAMELESS))
    refs = {name: [row.ref for row in gate(officer, today).page(gateway.Question())] for name, officer in officers.items()}
    assert refs["general"] == [before.ref]
    assert refs["nothing"] == []
    assert len({ref for found in refs.values() for ref in found} | {entry.pk}) == 4


def test_what_is_said_of_others_does_not_move_an_associations_reference(
    entry: Entry, agree: Agree, officers: Officers, today: date
) -> None:
    agree(entry, text(officers, *NAMELESS))
    kept = {name: gate(officers[name], today).page(gateway.Question())[0].ref for name in ("more", "less")}
    rules = disclosure.read(grant(Audience.ASSOCIATIONS, OUTREACH, Field.SEGMENTS))
    rules += disclosure.instead(rules, line(officers["more"]), {OUTREACH: [*NAMELESS, Field.PRODUCTS]})
    rules += disclosure.instead(rules, line(officers["less"]), {OUTREACH: [Field.REGION]})
    agree(entry, disclosure.write(rules))
    assert {name: gate(officers[name], today).page(gateway.Question())[0].ref for name in kept} == kept


def test_a_reference_of_one_association_opens_nothing_to_another(
    entry: Entry, agree: Agree, officers: Officers, today: date
) -> None:
    agree(entry, text(officers, *NAMELESS))
    [theirs] = gate(officers["more"], today).page(gateway.Question())
    for name in ("general", "less", "nothing"):
        with pytest.raises(gateway.NotDisclosed):
            gate(officers[name], today).one(theirs.ref)


def test_the_database_keeps_one_row_for_each_viewer(entry: Entry, agree: Agree, officers: Officers) -> None:
    agree(entry, text(officers, *SHOWN))
    rows = Disclosed.objects.using("owner")
    one, general = rows.get(shown_to=association_of(officers["more"]).pk), rows.get(shown_to=None)
    assert general.hidden_from == sorted(association_of(officers[name]).pk for name in ("more", "less", "nothing"))
    wrong: list[tuple[Disclosed, dict[str, Any]]] = [
        (one, {"ref": uuid.uuid4()}),
        (general, {"ref": uuid.uuid4()}),
        (general, {"entry_id": uuid.uuid4()}),
        (general, {"purpose": "matchmaking", "hidden_from": []}),
        (one, {"purpose": "matchmaking", "hidden_from": general.hidden_from}),
        (one, {"audience": "public"}),
        (general, {"audience": "public"}),
    ]
    for row, change in wrong:
        copied = {field.attname: getattr(row, field.attname) for field in Disclosed._meta.fields if not field.primary_key}
        with pytest.raises(IntegrityError), transaction.atomic(using="owner"):
            rows.create(**copied | change)


def test_reconciling_sees_a_row_that_is_shown_to_the_wrong_association(entry: Entry, agree: Agree, officers: Officers) -> None:
    agree(entry, text(officers, *SHOWN))
    more, blind = association_of(officers["more"]).pk, association_of(officers["nothing"]).pk
    rows = Disclosed.objects.using("owner")
    rows.filter(shown_to=more).update(shown_to=blind)
    rows.filter(shown_to=None).update(hidden_from=[more])
    found = {(difference.audience, difference.kind) for difference in projection.differences()}
    assert found == {
        (disclosure.named(more), "missing"),
        (disclosure.named(blind), "surplus"),
        ("associations", "changed"),
    }


def test_a_list_for_an_association_is_read_in_the_order_of_an_index(
    entry: Entry, agree: Agree, officers: Officers, today: date
) -> None:
    agree(entry, text(officers, *SHOWN))
    rows = gate(officers["general"], today)._asked(gateway.Question(), gateway.LIST_FIELDS)[:50]
    with transaction.atomic(using="disclosed"), connections["disclosed"].cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")
        plan = rows.explain()
    assert "Sort" not in plan, plan
    assert "Index Scan using registry_disclosed_assoc" in plan  # of the partition of that audience


# --- in words, and in talks -------------------------------------------------------------------------------------------


def test_the_text_says_in_plain_words_what_each_sees(officers: Officers) -> None:
    found = [(str(clause.audience), [str(field) for field in clause.fields]) for clause in clauses(text(officers, *SHOWN))]
    assert found == [
        ("Industry associations", ["Legal name", "Region"]),
        ("Cluster less, this association alone", ["Region"]),
        ("Cluster more, this association alone", ["Legal name", "Region", "Products and capabilities"]),
        ("Cluster nothing, this association alone", []),
    ]


def test_a_change_for_one_association_is_a_line_of_its_own(officers: Officers) -> None:
    before, after = grant(Audience.ASSOCIATIONS, OUTREACH, *SHOWN), text(officers, *SHOWN)
    found = {str(found.label): ([*map(str, found.more)], [*map(str, found.less)]) for found in compared(before, after)}
    assert found == {
        "Cluster less, this association alone": ([], ["Legal name"]),
        "Cluster more, this association alone": (["Products and capabilities"], []),
        "Cluster nothing, this association alone": ([], ["Legal name", "Region", "To invite us to talks and events"]),
    }
    assert compared(after, after) == []


def test_the_firm_answers_the_line_of_one_association(
    entry: Entry, agree: Agree, officers: Officers, officer: User, signatory: User, signed_in: SignIn, now: datetime
) -> None:
    mine = agree(entry, text(officers, *SHOWN), until="signed")
    blind, less = line(officers["nothing"]), line(officers["less"])
    theirs = talks.counter(
        version=mine,
        terms=grant(Audience.ASSOCIATIONS, OUTREACH, *SHOWN, Field.SEGMENTS),
        valid_from=START,
        valid_until=END,
        reason="Simpler",
        by=officer,
        now=now,
    )
    client, address = signed_in(signatory), reverse("registry:answer", args=[theirs.pk])
    page = client.get(address).content.decode()
    assert "Cluster nothing, this association alone" in page
    said = {"associations": "theirs", line(officers["more"]): "theirs", less: "mine", blind: "mine"}
    assert client.post(address, said).status_code == 302
    made = AgreementVersion.objects.get(answers=theirs)
    assert disclosure.compile(made.terms) == {
        (Audience.ASSOCIATIONS, OUTREACH): {*SHOWN, Field.SEGMENTS},
        (less, OUTREACH): {Field.REGION},
    }
    assert disclosure.named_in(made.terms) == sorted([less, blind])
    back = client.get(reverse("registry:propose"), {"answering": str(theirs.pk), "keep": [blind]})
    assert [one.association.value() for one in back.context["form"].exceptions()] == [blind, None, None]


def test_taking_the_exception_away_is_another_proposal(
    entry: Entry, agree: Agree, officers: Officers, officer: User, now: datetime
) -> None:
    rules = disclosure.read(grant(Audience.ASSOCIATIONS, OUTREACH, *SHOWN))
    hidden = disclosure.write([*rules, Rule(ANY, line(officers["nothing"]), ANY, PROHIBIT)])
    mine = agree(entry, hidden, until="signed")
    said = {"valid_from": START, "valid_until": END, "reason": "All alike", "by": officer, "now": now}
    with pytest.raises(talks.NothingDiffers):
        talks.counter(version=mine, terms=hidden, **said)
    assert talks.counter(version=mine, terms=disclosure.write(rules), **said).is_counter_offer


def test_the_receipt_names_the_associations_and_is_verified_without_the_database(
    entry: Entry, agree: Agree, officers: Officers, tmp_path: Any, signed_in: SignIn, signatory: User
) -> None:
    version = agree(entry, text(officers, *SHOWN))
    receipt = version.receipt or {}
    assert receipt["associations"] == {line(officers[name]): f"Cluster {name}" for name in ("more", "less", "nothing")}
    recipients = [rule["odrl:constraint"][0]["odrl:rightOperand"] for rule in receipt["odrl:permission"]]
    assert sorted(recipients) == sorted([["audience:associations"], [line(officers["less"])], [line(officers["more"])]])
    withheld = {
        rule["odrl:constraint"][0]["odrl:rightOperand"][0]: rule["odrl:target"]
        for rule in receipt["odrl:prohibition"]
        if rule["odrl:constraint"][0]["odrl:leftOperand"] == "odrl:recipient"
    }
    assert withheld == {
        line(officers["less"]): ["field:legal_name"],
        line(officers["nothing"]): ["field:legal_name", "field:region"],
    }
    (tmp_path / "receipt.jsonld").write_text(signing.as_file(receipt))
    Organisation.objects.filter(kind=Kind.ASSOCIATION).update(name="Renamed")
    said = io.StringIO()
    call_command("verify_agreement", tmp_path / "receipt.jsonld", stdout=said)
    assert "Cluster nothing, this association alone: nothing" in said.getvalue()
    printed = signed_in(signatory).get(reverse("registry:receipt", args=[version.pk])).content.decode()
    assert "Sees nothing, whatever all other associations see." in printed


# --- the form ---------------------------------------------------------------------------------------------------------

PERIOD = {"valid_from": "2026-11-23", "valid_until": "2029-11-23"}
TABLE = PERIOD | {"fields_associations": ["legal_name", "region"], "purposes_associations": ["outreach"]}


def said_of(place: int, who: str, sees: str = "", fields: tuple[str, ...] = (), purposes: tuple[str, ...] = ()) -> dict[str, Any]:
    """What is posted of one association."""
    return {
        f"one_{place}_association": who,
        f"one_{place}_sees": sees,
        f"one_{place}_fields": list(fields),
        f"one_{place}_purposes": list(purposes),
    }


def test_a_firm_names_associations_without_a_script_and_gets_them_back(
    entry: Entry, officers: Officers, signatory: User, signed_in: SignIn
) -> None:
    client, address = signed_in(signatory), reverse("registry:propose")
    assert [one.is_filled for one in client.get(address).context["form"].exceptions()] == [False, False]
    more, blind = line(officers["more"]), line(officers["nothing"])
    said = said_of(0, more, "chosen", ("legal_name", "products"), ("outreach", "matchmaking")) | said_of(1, blind, "nothing")
    assert client.post(address, TABLE | said | said_of(2, "")).status_code == 302
    terms = AgreementVersion.objects.get().terms
    assert disclosure.compile(terms) == {
        (Audience.ASSOCIATIONS, OUTREACH): {*SHOWN},
        (more, OUTREACH): {Field.LEGAL_NAME, Field.PRODUCTS},
        (more, Purpose.MATCHMAKING): {Field.LEGAL_NAME, Field.PRODUCTS},
    }
    assert disclosure.named_in(terms) == sorted([more, blind])
    page = client.get(reverse("registry:agreement")).content.decode()
    assert page.count("Cluster nothing, this association alone") == 2  # the terms, and the preview
    form = client.get(address).context["form"]
    held = {one.association.value(): (one.sees.value(), one.fields.value()) for one in form.exceptions() if one.is_filled}
    assert held == {more: ("chosen", ["legal_name", "products"]), blind: ("nothing", [])}
    back = {bound.html_name: bound.value() or [] for one in form.exceptions() for bound in one.parts}
    assert client.post(address, TABLE | back).status_code == 302
    assert AgreementVersion.objects.get().terms == terms  # the same proposal


@pytest.mark.parametrize("page", ["agreement", "propose"])
def test_a_page_costs_the_same_queries_for_one_association_and_three(
    entry: Entry, agree: Agree, officers: Officers, signatory: User, signed_in: SignIn, page: str
) -> None:
    client, address, queries = signed_in(signatory), reverse(f"registry:{page}"), []
    for names in (["more"], ["more"], ["more", "less", "nothing"]):  # the first fills the caches
        rules = disclosure.read(grant(Audience.ASSOCIATIONS, OUTREACH, *SHOWN))
        rules += [Rule(Field.LEGAL_NAME, line(officers[name]), OUTREACH, PROHIBIT) for name in names]
        agree(entry, disclosure.write(rules), until="offered")
        with CaptureQueriesContext(connection) as inside:
            assert client.get(address).content.decode().count("Cluster") >= len(names)
        queries.append(len(inside))
    assert queries[1] == queries[2]


def test_an_association_is_left_out_again(entry: Entry, officers: Officers, signatory: User, signed_in: SignIn) -> None:
    said = said_of(0, line(officers["more"]), "like-all", ("products",), ("outreach",))
    assert signed_in(signatory).post(reverse("registry:propose"), TABLE | said).status_code == 302
    assert AgreementVersion.objects.get().terms == grant(Audience.ASSOCIATIONS, OUTREACH, *SHOWN)


REFUSED: list[tuple[str, Callable[[str, str], dict[str, Any]], str]] = [
    ("one_0_association", lambda _one, _two: said_of(0, disclosure.named(uuid.UUID(int=1)), "nothing"), "no such association"),
    ("one_0_association", lambda _one, _two: said_of(0, "police", "nothing"), "no such association"),
    ("one_0_association", lambda _one, _two: said_of(0, "", "nothing"), "Choose the association"),
    ("one_1_association", lambda one, _two: said_of(0, one, "nothing") | said_of(1, one, "nothing"), "this association twice"),
    ("one_1_sees", lambda one, two: said_of(0, one, "nothing") | said_of(1, two), "sees nothing, or what you tick"),
    ("one_0_sees", lambda one, _two: said_of(0, one, "nothing", ("region",)), "and ticked what it may see"),
    ("one_0_fields", lambda one, _two: said_of(0, one, "chosen", (), ("outreach",)), "Tick what this association may see"),
    ("one_0_purposes", lambda one, _two: said_of(0, one, "chosen", ("region",)), "Tick for what this association"),
    ("one_0_fields", lambda one, _two: said_of(0, one, "chosen", ("shoe_size",), ("outreach",)), "not one of the available"),
    ("one_0_purposes", lambda one, _two: said_of(0, one, "chosen", ("region",), ("sale",)), "can't be granted to anybody"),
    ("one_0_fields", lambda one, _two: said_of(0, one, "chosen", ("website",), ("outreach",)), "could tell who you are"),
    ("one_0_sees", lambda one, _two: said_of(0, one, "chosen", ("legal_name", "region"), ("outreach",)), "see the same"),
    ("__all__", lambda one, _two: said_of(10, one, "nothing"), "at most 10 associations"),
]


@pytest.mark.parametrize(("name", "said", "sentence"), REFUSED, ids=[sentence for _name, _said, sentence in REFUSED])
def test_what_is_wrong_of_an_association_is_said_where_it_stands_and_nothing_typed_is_lost(
    entry: Entry,
    officers: Officers,
    signatory: User,
    signed_in: SignIn,
    name: str,
    said: Callable[[str, str], dict[str, Any]],
    sentence: str,
) -> None:
    posted = said(line(officers["more"]), line(officers["less"]))
    page = signed_in(signatory).post(reverse("registry:propose"), TABLE | posted)
    assert page.status_code == 422
    form = page.context["form"]
    assert [*form.errors] == [name]
    assert sentence in str(form.errors[name][0])
    assert {each: form[each].value() for each in posted if each in form.fields} == {
        each: value for each, value in posted.items() if each in form.fields
    }
    assert not AgreementVersion.objects.exists()


def test_the_focal_point_proposes_and_sees_what_one_association_sees(
    entry: Entry, agree: Agree, officers: Officers, officer: User, signed_in: SignIn
) -> None:
    version, desk = agree(entry, text(officers, *SHOWN), until="signed"), signed_in(officer)
    assert "Cluster more, this association alone" in desk.get(reverse("focalpoint:agreement", args=[version.pk])).content.decode()
    address = reverse("focalpoint:agreement-counter", args=[version.pk])
    assert "Cluster nothing" in desk.get(address).content.decode()
    said = TABLE | said_of(0, line(officers["less"]), "nothing") | {"reason": "Fewer lines"}
    assert desk.post(address, said).status_code == 302
    theirs = AgreementVersion.objects.get(side="focal-point")
    assert disclosure.named_in(theirs.terms) == [line(officers["less"])]
