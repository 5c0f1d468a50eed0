"""Two worlds that agree on all that a viewer may see give byte-identical answers; and a planted leak is seen by the same test."""

import random
import re
import uuid
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import combinations
from typing import Any, Protocol

import pytest
from django.contrib.postgres.search import SearchVector
from django.db import connections
from django.db.models import Value
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalogue.models import ControlEntry, Segment
from organisations.models import Kind, Organisation, Role, User
from registry import disclosure, renewal, watermarks
from registry.disclosure import GROUPS, Audience, Field, Group, Purpose, Rule, write
from registry.forms import ApiSearchForm
from registry.gateway import Gate, Listed
from registry.looking import exports, files
from registry.looking.forms import PageSearchForm
from registry.models import PERSON_FIELDS, AgreementVersion, Disclosed, Entry, Person, Suggestion
from registry.permissions import Capacity
from registry.querysets import DisclosedQuerySet
from registry.services import agreements, entries, introducing, looking, people, projection, suggesting
from tests.conftest import SignIn, is_long_run, member
from tests.registry.conftest import END, START, confirmed

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "disclosed"])

LIST = "/api/v1/registry/entries/"
ASKED = [
    {},
    {"q": "alpha"},
    {"q": "beta"},
    {"q": "gamma"},
    {"region": "EE001"},
    {"region": "LV"},
    {"segment": "T6"},
    {"segment": "T6.1"},
    {"role": "develops"},
    {"role": "trades", "segment": "T6"},
    {"readiness": "5"},
    {"nace": "26"},
    {"market": "154"},
    {"size": "small"},
    {"control_entry": "6A003.b.4"},
    {"compliance": "basic"},
    {"willing": "pilot"},
    {"ordering": "-legal_name"},
    {"ordering": "region"},
    {"ordering": "-readiness"},
    {"page_size": "1"},
    {"page_size": "1", "page": "2"},
    {"page": "9"},
    {"view": "cards"},
    {"view": "map"},
    {"contact_email": "alpha@firm.example"},
    {"people": "alpha"},
]
COUNTED = [
    {},
    {"q": "alpha"},
    {"segment": "T6"},
    {"ordering": "-readiness"},
    {"page": "9"},
    {"contact_email": "alpha@firm.example"},
]
EXPORTED = [{}, {"q": "alpha"}, {"region": "EE001"}, {"ordering": "region"}, {"contact_email": "alpha@firm.example"}]
FORM_TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"')
PURPOSES = [Purpose.OUTREACH, Purpose.STATISTICS]
TEXTS = ["alpha", "beta", "gamma", "alpha beta"]
CONFIRMED = [field for field in Field if field != Field.PEOPLE]  # people speak for themselves
NUMBERS = ["10000018", "12345678"]


def values(dice: random.Random) -> dict[str, Any]:
    word = dice.choice(TEXTS)
    return {
        "legal_name": f"{word.title()} {dice.randrange(10**6)}",
        "country": "EE",
        "registration_number": dice.choice(NUMBERS),
        "size_band": dice.choice(["micro", "small", "medium", "large"]),
        "region": dice.choice(["EE001", "EE004", "LV005"]),
        "products": dice.choice(TEXTS),
        "website": f"https://{dice.choice(['a', 'b'])}.example/",
        "contact_email": f"{word.split()[0]}@firm.example",
        "unit_name": dice.choice(["", *TEXTS]),
        "trading_names": some(dice, TEXTS),
        "vat_number": dice.choice(["", "EE100931558", "FI20774740"]),
        "lei": dice.choice(["", "213800KUD8LAJWSQ9D15"]),
        "eori": dice.choice(["", "EE10000018", "LV1"]),
        "ror": dice.choice(["", "03z77qz90", "0443cwa12"]),
        "other_regions": some(dice, ["EE001", "LV", "LV006"]),
        "nace": some(dice, ["26", "26.11", "C", "72.1"]),
        "control_entries": some(dice, ["6A003", "6A003.b.4"]),
        "markets": some(dice, ["154", "030", "021"]),
        "certifications": [
            {"scheme": words, "number": dice.choice(["", "17"]), "valid_until": dice.choice(["", "2027-05-31"])}
            for words in some(dice, TEXTS)
        ],
        "compliance": dice.choice(["", "none", "basic", "audited"]),
        "partners": dice.choice(["", *TEXTS]),
        "willingness": some(dice, ["pilot", "consultations"]),
    }


def some(dice: random.Random, among: list[str]) -> list[str]:
    return dice.sample(among, dice.randrange(len(among)))


def terms(dice: random.Random) -> dict[str, Any]:
    """Rules with and without a name, for associations and the public, and always something for the audience that nobody is."""
    rules = [Rule(Field.LEGAL_NAME, Audience.PARTNER_GOVERNMENT, Purpose.OUTREACH)]
    for audience in (Audience.ASSOCIATIONS, Audience.PUBLIC):
        for purpose in (*PURPOSES, Purpose.BUSINESS_PROMOTION):
            seen = {field for field in Field if dice.random() < 0.4} if dice.random() < 0.8 else set()
            allowed = seen if Field.LEGAL_NAME in seen else seen - disclosure.IDENTIFYING_FIELDS
            rules += [Rule(field, audience, purpose) for field in allowed]
    return write(rules)


def with_associations(text: dict[str, Any], dice: random.Random, lines: list[str]) -> dict[str, Any]:
    """The same terms, and some of these associations named, who see something else or nothing."""
    rules, own = disclosure.read(text), []
    for line in lines:
        if dice.random() < 0.5:
            wanted = {purpose: some_fields(dice) for purpose in PURPOSES if dice.random() < 0.7}
            own += disclosure.instead(rules, line, wanted)
    return write([*rules, *own])


def with_matchmaking(text: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    """The same terms, the focal point sees something for matchmaking, and other listed firms in most of them."""
    seen = {Audience.FOCAL_POINT: some_fields(dice) | {Field.REGION}}
    if dice.random() < 0.7:
        seen[Audience.LISTED_FIRMS] = some_fields(dice) | {Field.REGION}
    allowed = [Rule(field, audience, Purpose.MATCHMAKING) for audience, fields in seen.items() for field in fields]
    return write([*disclosure.read(text), *allowed])


def with_listed_firms_changed(text: dict[str, Any]) -> dict[str, Any]:
    """Other listed firms see nothing where they saw something, and the other way about; everybody else sees the same."""
    rules = disclosure.read(text)
    others = [rule for rule in rules if rule.audience != Audience.LISTED_FIRMS]
    was_shown = len(others) < len(rules)
    return write(others if was_shown else [*others, Rule(Field.REGION, Audience.LISTED_FIRMS, Purpose.MATCHMAKING)])


def some_fields(dice: random.Random) -> set[Field]:
    seen = {field for field in Field if dice.random() < 0.4}
    return seen if Field.LEGAL_NAME in seen else seen - disclosure.IDENTIFYING_FIELDS


def with_others_changed(text: dict[str, Any], dice: random.Random, line: str, lines: list[str]) -> dict[str, Any]:
    """Terms that show other audiences and associations something else, and this one, named or not, what it sees."""
    fresh, named = terms(dice), disclosure.named_in(text)
    if line not in named:
        rules = disclosure.read(disclosure.merged(fresh, write(general(text)), [disclosure.kind_of(line)]))
    else:
        rules = disclosure.read(fresh)
    cells = disclosure.compile(text)
    kept = disclosure.instead(rules, line, {purpose: cells.get((line, purpose), set()) for purpose in Purpose})
    if line in named and not kept:
        return text  # what all see would be what it sees, and it would be named no more
    others = with_associations(write(rules), dice, [other for other in lines if other != line])
    return write([*disclosure.read(others), *(kept if line in named else [])])


def general(text: dict[str, Any]) -> list[Rule]:
    return [rule for rule in disclosure.read(text) if not disclosure.association_of(rule.audience)]


@pytest.fixture
def clusters(db: None) -> list[Organisation]:
    return [Organisation.objects.create(kind=Kind.ASSOCIATION, name=f"Cluster {name}") for name in ("alpha", "beta")]


@pytest.fixture
def world(
    sensing: Segment,
    control_entry: ControlEntry,
    clusters: list[Organisation],
    association: Organisation,
    officer: User,
    now: datetime,
) -> Callable[[int], list[Entry]]:
    """Makes three listed firms with agreements of their own."""

    def make(seed: int) -> list[Entry]:
        dice = random.Random(seed)
        made = []
        for number in range(3):
            firm = Organisation.objects.create(kind=Kind.FIRM, name=f"Firm {seed} {number}")
            person = member(firm, f"Person {seed} {number}", Role.ENTRY_EDITOR, Role.SIGNATORY)
            activities = [entries.Activity(sensing, "develops", dice.randint(1, 9))] if dice.random() < 0.7 else []
            entry = entries.save_entry(
                organisation=firm,
                values=values(dice),
                activities=activities,
                memberships=[cluster for cluster in clusters if dice.random() < 0.5],
                by=person,
                now=now,
            )
            confirm(entry, dice.sample(CONFIRMED, 5), officer, now)
            name_people(entry, dice, list(Group), person, now)
            lines = [disclosure.named(each.pk) for each in (association, *clusters)]
            of_each = random.Random(f"associations {seed} {number}")
            text = with_matchmaking(terms(dice), random.Random(f"matchmaking {seed} {number}"))
            agree_to(entry, with_associations(text, of_each, lines), person, officer, now)
            made.append(entry)
        return made

    return make


def agree_to(entry: Entry, text: dict[str, Any], person: User, officer: User, now: datetime) -> None:
    version = agreements.offer(entry=entry, terms=text, valid_from=START, valid_until=END, by=person, now=now)
    version = agreements.sign(version=version, sha256=version.sha256, by=person, second_factor=confirmed(now), now=now)
    agreements.countersign(version=version, sha256=version.sha256, by=officer, second_factor=confirmed(now), now=now)


def confirm(entry: Entry, fields: list[Field], officer: User, now: datetime) -> None:
    for field in fields:
        entries.confirm(entry_id=entry.pk, field=field, level="document", reason="Extract", by=officer, now=now)


def name_people(entry: Entry, dice: random.Random, groups: list[Group], by: User, now: datetime) -> None:
    """Name up to three people, each of whom agrees to some parts for some of these groups, or does not answer."""
    for _number in range(dice.randrange(4)):
        parts = {"name": dice.choice(TEXTS), "email": f"p{dice.randrange(10**9)}@firm.example", "phone": "1", "languages": ["et"]}
        found = people.name(entry=entry, values=parts | {"role": dice.choice(TEXTS)}, by=by, now=now, today=now.date())
        agreed = {group: some(dice, [*PERSON_FIELDS, "none"]) for group in groups if dice.random() < 0.5}
        if any(agreed.values()):
            people.answer(person=found, agreed=agreed, today=now.date())


def resample_people(entry: Entry, dice: random.Random, audience: Audience, by: User, now: datetime, *, shows: bool) -> None:
    """Change whatever of the people this audience does not see: others' consents, parts not agreed to, who is not shown at all."""
    group = GROUPS[audience]
    for found in entry.people.with_consents():
        agreed = found.agreed(group) if shows else []
        if not agreed:
            people.erase(person=found)
            continue
        others = {other: some(dice, [*PERSON_FIELDS]) for other in Group if other != group}
        Person.objects.filter(pk=found.pk).update(
            **{part: f"x{dice.randrange(10**9)}" for part in ("name", "role", "phone") if part not in agreed}
        )
        people.answer(person=found, agreed=others | {group: agreed}, today=now.date())
    name_people(entry, dice, [other for other in Group if other != group or not shows], by, now)


def text_of(entry: Entry) -> dict[str, Any]:
    version = AgreementVersion.objects.get(agreement__entry=entry, is_active=True)
    return dict(version.terms)


def line_of(entry: Entry, viewer: str) -> str:
    """The line of the entry's agreement by which the viewer, an audience or an association, sees it."""
    return viewer if viewer in disclosure.named_in(text_of(entry)) else disclosure.kind_of(viewer)


def visible_fields(entry: Entry, viewer: str, purpose: Purpose) -> frozenset[Field]:
    return disclosure.compile(text_of(entry)).get((line_of(entry, viewer), purpose), frozenset())


def ref_shown(entry: Entry, viewer: str, purpose: Purpose) -> uuid.UUID:
    """The reference under which the viewer knows the entry."""
    is_named = Field.LEGAL_NAME in visible_fields(entry, viewer, purpose)
    return entry.pk if is_named else projection.pairwise_ref(entry, line_of(entry, viewer), purpose)


def resample_hidden(found: list[Entry], seed: int, viewer: str, purpose: Purpose, sensing: Segment, now: datetime) -> None:
    """Change every value that the viewer does not see, and of one entry what all others see."""
    dice, audience = random.Random(seed), disclosure.kind_of(viewer)
    for entry in found:
        seen = visible_fields(entry, viewer, purpose)
        held = {name: getattr(entry, name) for name in entries.EDITABLE if name in seen}
        if Field.CERTIFICATIONS in seen and Field.LEGAL_NAME not in seen:  # then their numbers are hidden
            held["certifications"] = [held | {"number": str(dice.randrange(10**6))} for held in entry.certifications]
        memberships = list(entry.memberships.all())
        if Field.MEMBERSHIPS not in seen:
            memberships = [cluster for cluster in Organisation.objects.of_kind(Kind.ASSOCIATION) if dice.random() < 0.5]
        activities = [
            entries.Activity(
                row.segment,
                row.role if Field.SEGMENTS in seen else "trades",
                row.readiness if Field.READINESS in seen else dice.randint(1, 9),
            )
            for row in entry.activities.select_related("segment")
        ]
        if not activities and Field.SEGMENTS not in seen:
            activities = [entries.Activity(sensing, "trades", None if Field.READINESS in seen else 5)]
        person = User.objects.get(memberships__organisation=entry.organisation, memberships__role=Role.ENTRY_EDITOR)
        entries.save_entry(
            organisation=entry.organisation,
            values=values(dice) | held,
            activities=activities,
            memberships=memberships,
            by=person,
            now=now,
        )
        # Of the day of the last confirmation those who see the name know the month, the others nothing.
        months_back = timedelta(days=dice.randrange(900)) if Field.LEGAL_NAME not in seen else timedelta(0)
        day = entry.confirmed_on - months_back
        Entry.objects.filter(pk=entry.pk).update(confirmed_on=day.replace(day=dice.randint(1, 28)))
        projection.project(entry=Entry.objects.get(pk=entry.pk))
        officer = User.objects.get(memberships__role=Role.CASE_OFFICER)
        resample_people(entry, dice, audience, person, now, shows=Field.PEOPLE in seen)
        hidden = [field for field in CONFIRMED if field not in seen]
        confirm(entry, dice.sample(hidden, min(len(hidden), 3)), officer, now)
    if audience == Audience.FOCAL_POINT:
        Suggestion.objects.all().delete()  # or a second one of the same two would be answered in another way
        entry = found[seed % len(found)]
        person = User.objects.get(memberships__organisation=entry.organisation, memberships__role=Role.SIGNATORY)
        agree_to(entry, with_listed_firms_changed(text_of(entry)), person, officer, now)
    if audience == Audience.ASSOCIATIONS:
        lines = [disclosure.named(cluster.pk) for cluster in Organisation.objects.of_kind(Kind.ASSOCIATION).order_by("name")]
        entry = found[seed % len(found)]
        person = User.objects.get(memberships__organisation=entry.organisation, memberships__role=Role.SIGNATORY)
        agree_to(entry, with_others_changed(text_of(entry), dice, viewer, lines), person, officer, now)


# The number of an export is random, and its hidden marks follow from it: here every export has this one.
NUMBER = uuid.UUID("6f6b4d51-3f9e-4c43-9f0f-6a2a0c1d7e11")


@pytest.fixture(autouse=True)
def same_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "new_number", lambda: NUMBER)


Request = tuple[str, str, dict[str, Any]]  # method, address and parameters


def requests_of(client: Client, program: dict[str, str], purpose: Purpose, refs: list[uuid.UUID]) -> Iterator[Request]:
    """Every way of looking."""
    on_pages = [{name: value for name, value in asked.items() if name != "page_size"} for asked in ASKED]
    yield from (("get", LIST, asked | {"purpose": purpose}) for asked in ASKED)
    yield from (("get", f"{LIST}{ref}/", {"purpose": purpose}) for ref in refs)
    yield from (("get", f"{LIST}facets/", asked | {"purpose": purpose}) for asked in COUNTED)
    if program or "sessionid" not in client.cookies:  # a session opens no export of the API: it is the public's
        yield from (("get", f"{LIST}export/", asked | {"purpose": purpose, "format": "csv"}) for asked in EXPORTED[1:])
        yield from (("get", f"{LIST}export/", {"purpose": purpose, "format": form}) for form in ("xlsx", "jsonld"))
    yield from (("get", "/registry/", asked) for asked in on_pages)
    yield from (("get", f"/registry/{ref}/", {}) for ref in refs)
    named, nameless = [str(ref) for ref in refs[:3]], [str(ref) for ref in refs[3:]]
    sides = [*combinations(named, 2), *combinations(nameless, 2), named, nameless, (named[0], nameless[0])]
    yield from (("get", "/registry/compare/", {"entry": side}) for side in sides)
    yield from (("get", f"{LIST}compare/", {"entry": side, "purpose": purpose}) for side in sides)
    verb = "post" if "sessionid" in client.cookies else "get"  # the public has no form
    yield from ((verb, "/registry/export/", asked | {"format": "csv"}) for asked in EXPORTED)
    yield from ((verb, "/registry/export/", {"format": form}) for form in ("xlsx", "jsonld"))
    yield "get", "/registry/searches/", {}


def suggestions_of(refs: list[uuid.UUID]) -> Iterator[Request]:
    """Every way of suggesting that two meet, of two that are shown and of two of which one isn't."""
    for pair in combinations(refs, 2):
        address, (to, other) = f"/desk/registry/suggest/?entry={pair[0]}&entry={pair[1]}", map(str, pair)
        yield "get", address, {}
        yield "post", address, {"to": other, "words": "alpha"}
        yield "post", address, {"to": to, "words": "You would get on."}
        yield "post", address, {"to": other, "words": "You would get on well."}
    yield "get", "/desk/registry/", {}
    yield from (("get", f"/desk/registry/{ref}/", {}) for ref in refs)
    for to, other in combinations(map(str, reversed(refs)), 2):
        there = f"{LIST}suggest/?purpose={Purpose.MATCHMAKING}&reason=Test"
        yield "post", there, {"to": to, "other": other, "words": "Once more."}


Answer = tuple[int, list[tuple[str, str]], bytes, list[str]]


def answers(client: Client, requests: list[Request], program: dict[str, str]) -> Iterator[Answer]:
    """All that a viewer can observe: status, headers, body; and the shape of the SQL, which decides the time it takes.

    `program` is the header of the viewer's token, if their program makes the calls.
    """
    for verb, address, parameters in requests:
        with CaptureQueriesContext(connections["disclosed"]) as outside:
            if program and address.startswith(LIST):
                form = {"content_type": "application/json"} if verb == "post" else {}
                answer = getattr(Client(), verb)(address, parameters, headers=program, **form)
            else:
                answer = getattr(client, verb)(address, parameters)
        headers = sorted((name, value) for name, value in answer.headers.items() if name != "Expires")  # the time of the answer
        body = FORM_TOKEN.sub(b"", answer.content)  # random in every answer
        shapes = [query["sql"].partition(" WHERE")[0] for query in outside if _reads(query["sql"])]
        yield answer.status_code, headers, body, shapes


def _reads(statement: str) -> bool:
    """Whether it is a question; the ledger's lines are written by a SELECT too, under a random number."""
    return "SELECT" in statement and not statement.lstrip().startswith("INSERT")


def first_difference(
    client: Client, change: Callable[[], None], requests: list[Request], program: dict[str, str]
) -> Request | None:
    before = list(answers(client, requests, program))
    change()
    after = answers(client, requests, program)
    pairs = zip(requests, before, after, strict=True)
    return next((request for request, one, other in pairs if one != other), None)


class Trial(Protocol):
    def __call__(self, seed: int, audience: Audience, purpose: Purpose, *, among: str = "") -> Request | None: ...


@pytest.fixture
def trial(
    world: Callable[[int], list[Entry]],
    signed_in: SignIn,
    association: Organisation,
    association_officer: User,
    officer: User,
    focal_point: Organisation,
    sensing: Segment,
    now: datetime,
) -> Trial:
    """Answers, resamples what is hidden, answers again, and returns the first request that was answered in another way.

    The association that looks is named in some agreements and in others not, and so are two more.

    An association calls in its officer's session, and with every other seed by a program with a token. The focal point suggests,
    on its pages and by a program. `among` is how the addresses of the requests begin.
    """

    def run(seed: int, audience: Audience, purpose: Purpose, *, among: str = "") -> Request | None:
        found = world(seed)
        viewer = disclosure.named(association.pk) if audience == Audience.ASSOCIATIONS else audience
        refs = [entry.pk for entry in found]
        refs += [projection.pairwise_ref(entry, line_of(entry, viewer), purpose) for entry in found]
        client, program = Client(), {}
        if audience == Audience.ASSOCIATIONS and seed % 2:
            secret = token(association_officer, Capacity(Audience.ASSOCIATIONS, association), purpose)
            program = {"Authorization": f"Bearer {secret}"}
        if audience == Audience.ASSOCIATIONS:
            client = signed_in(association_officer)
            said = {"capacity": f"associations:{association.pk}", "purpose": purpose, "reason": "Test"}
            assert client.post("/registry/look/", said).status_code == 302
            assert client.post("/registry/searches/", {"name": "alpha", "query": "q=alpha"}).status_code == 302
            client.get("/registry/searches/")  # it says once that it was saved
        if audience == Audience.FOCAL_POINT:
            client, office = signed_in(officer), Capacity(Audience.FOCAL_POINT, focal_point)
            said = {"capacity": f"{office.audience}:{focal_point.pk}", "purpose": purpose, "reason": "Test"}
            assert client.post("/desk/registry/look/", said).status_code == 302
            program = {"Authorization": f"Bearer {token(officer, office, purpose, suggests=True)}"}

        def resample() -> None:
            resample_hidden(found, seed + 1000, viewer, purpose, sensing, now)

        shown = [ref_shown(entry, viewer, purpose) for entry in found]
        ways = (
            suggestions_of([*shown, uuid.UUID(int=0)])
            if audience == Audience.FOCAL_POINT
            else requests_of(client, program, purpose, refs)
        )
        requests = [request for request in ways if request[1].startswith(among)]
        return first_difference(client, resample, requests, program)

    return run


def token(by: User, capacity: Capacity, purpose: Purpose, *, suggests: bool = False) -> str:
    return looking.make_token(
        name="Sync",
        capacity=capacity,
        purposes=[purpose],
        days=9,
        form=bytes(32),
        by=by,
        today=timezone.localdate(),
        suggests=suggests,
    ).secret


def test_every_field_is_resampled_and_every_filter_asked() -> None:
    """A field or filter that is new to the registry comes into this test, or the test fails."""
    assert set(values(random.Random(0))) == set(entries.EDITABLE)
    assert set(Field) <= {*entries.EDITABLE, Field.SEGMENTS, Field.READINESS, Field.MEMBERSHIPS, Field.PEOPLE}
    asked = {name for parameters in ASKED for name in parameters}
    assert asked >= {*ApiSearchForm.base_fields, *PageSearchForm.base_fields} - {"audience", "purpose", "reason"}


VIEWERS = [
    (Audience.ASSOCIATIONS, Purpose.OUTREACH),
    (Audience.ASSOCIATIONS, Purpose.STATISTICS),
    (Audience.PUBLIC, Purpose.BUSINESS_PROMOTION),
    (Audience.FOCAL_POINT, Purpose.MATCHMAKING),
]


# Of each viewer; over 20,000 pairs of answers together in the long run, over 1,000 in the usual one.
TRIALS = 81 if is_long_run() else 4


@pytest.mark.parametrize("seed", range(TRIALS))
@pytest.mark.parametrize(("audience", "purpose"), VIEWERS)
def test_what_is_hidden_changes_no_byte(trial: Trial, seed: int, audience: Audience, purpose: Purpose) -> None:
    assert trial(seed, audience, purpose) is None


# --- planted leaks: the same trial has to see each of them ----------------------------------------------------------


def leak_in_the_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    def from_the_name(entry: Entry, audience: Audience, purpose: Purpose) -> uuid.UUID:
        return uuid.uuid5(uuid.NAMESPACE_DNS, f"{entry.legal_name}|{audience}|{purpose}")

    monkeypatch.setattr(projection, "pairwise_ref", from_the_name)


def leak_in_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    rightly, last = projection._values, {}

    def remembered(entry: Entry, activities: Any) -> dict[Field, Any]:
        last.update(rightly(entry, activities))
        return last.copy()

    def of_everything(_shown: Any) -> SearchVector:
        return SearchVector(Value(" ".join(str(value) for value in last.values())), config="english")

    monkeypatch.setattr(projection, "_values", remembered)
    monkeypatch.setattr(projection, "_search", of_everything)


def leak_in_the_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Regions and segments that are hidden, and yet can be asked for."""
    rightly = projection._rows

    def rows(entry: Entry, version: AgreementVersion) -> Iterator[Disclosed]:
        for row in rightly(entry, version):
            tag, is_small = disclosure.tag(row.audience, row.purpose), entry.size_band in ("micro", "small")
            row.keys = [tag, f"{tag}region:{entry.region[:2]}", *([f"{tag}segment:T6"] if is_small else [])]
            yield row

    monkeypatch.setattr(projection, "_rows", rows)


def leak_in_the_facets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compliance programmes that are hidden, and yet are counted."""
    rightly = projection._rows

    def rows(entry: Entry, version: AgreementVersion) -> Iterator[Disclosed]:
        for row in rightly(entry, version):
            row.keys = sorted({*row.keys, f"{disclosure.tag(row.audience, row.purpose)}compliance:{entry.compliance}"})
            yield row

    monkeypatch.setattr(projection, "_rows", rows)


def leak_in_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nameless entries in the order of their names, by way of the reference that breaks ties."""

    def by_the_name(entry: Entry, audience: Audience, purpose: Purpose) -> uuid.UUID:
        return uuid.UUID(bytes=entry.legal_name.encode()[:8].ljust(8) + entry.pk.bytes[:8])

    monkeypatch.setattr(projection, "pairwise_ref", by_the_name)


def leak_in_the_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    """How hidden fields are confirmed."""
    rightly = projection._rows

    def rows(entry: Entry, version: AgreementVersion) -> Iterator[Disclosed]:
        for row in rightly(entry, version):
            row.legal_name = f"{row.legal_name} {len(projection.evidence(entry))}" if row.legal_name else None
            yield row

    monkeypatch.setattr(projection, "_rows", rows)


def leak_in_the_renewal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The day of the last confirmation where its month may be seen."""
    monkeypatch.setattr(renewal, "month", lambda day: day)

    def late_in_the_month(day: date, **_today: date) -> bool:
        return day.day > 14

    monkeypatch.setattr(renewal, "is_stale", late_in_the_month)


def leak_in_the_hidden_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows of an export in an order that follows from hidden names."""
    rightly = watermarks.seed_of

    def seed_of(entry: uuid.UUID, *, key: bytes) -> bytes:
        return Entry.objects.get(pk=entry).legal_name.encode()[-1:] + rightly(entry, key=key)

    monkeypatch.setattr(watermarks, "seed_of", seed_of)


def leak_in_the_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    """How many entries stand side by side follows from hidden sizes."""
    rightly = Gate.several

    def several(self: Gate, refs: list[uuid.UUID]) -> list[Listed]:
        small = Entry.objects.filter(size_band__in=("micro", "small")).count()
        return rightly(self, refs)[: 1 + small % 2]

    monkeypatch.setattr(Gate, "several", several)


def leak_in_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """A heading for a column that some entry has and nobody may see."""
    rightly = files._columns

    def columns(rows: Any) -> list[Field]:
        return [*rightly(rows), *([Field.COMPLIANCE] if Entry.objects.exclude(compliance="").count() % 2 else [])]

    monkeypatch.setattr(files, "_columns", columns)


def leak_in_the_people(monkeypatch: pytest.MonkeyPatch) -> None:
    """What people agreed to for some group, shown to every one."""

    def to_all(found: Any, _audience: Audience) -> dict[Field, Any]:
        return {Field.PEOPLE: [{"name": person.name, "email": person.email} for person in found if person.consents.all()]}

    monkeypatch.setattr(projection, "_agreed", to_all)


def leak_in_the_rows_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that are for another association, or hidden from this one."""

    def cell(self: DisclosedQuerySet, audience: Audience, purpose: Purpose, **_who: Any) -> DisclosedQuerySet:
        return self.filter(audience=audience, purpose=purpose)

    monkeypatch.setattr(DisclosedQuerySet, "cell", cell)


def leak_in_who_else_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reference that moves with the associations that are named beside."""

    def of_all_named(entry: Entry, audience: str, purpose: Purpose) -> uuid.UUID:
        return uuid.uuid5(entry.pk, f"{audience}|{purpose}|{disclosure.named_in(text_of(entry))}")

    monkeypatch.setattr(projection, "pairwise_ref", of_all_named)


def leak_in_the_body(monkeypatch: pytest.MonkeyPatch) -> None:
    rightly = projection._shown

    def too_much(values: Any, fields: frozenset[Field]) -> dict[Field, Any]:
        return rightly(values, fields | {Field.COMPLIANCE})

    monkeypatch.setattr(projection, "_shown", too_much)


def leak_in_the_suggestion(monkeypatch: pytest.MonkeyPatch) -> None:
    """A suggestion that is refused where the two are not shown to each other."""
    rightly = suggesting.suggest

    def where_shown(**said: Any) -> Suggestion:
        if not introducing.both_are_shown(said["entry_ids"], said["today"]):
            raise suggesting.UnableToSuggest
        return rightly(**said)

    monkeypatch.setattr(suggesting, "suggest", where_shown)


# Each with how the addresses begin where it shows, so that only these are asked, and the world that shows it soonest.
@pytest.mark.parametrize(
    ("leak", "among", "soonest"),
    [
        (leak_in_the_reference, LIST, 1),
        (leak_in_the_search, LIST, 0),
        (leak_in_the_filter, LIST, 0),
        (leak_in_the_facets, "/registry/", 0),
        (leak_in_the_facets, f"{LIST}facets/", 0),
        (leak_in_the_order, LIST, 1),
        (leak_in_the_hidden_mark, "/registry/export/", 1),
        (leak_in_the_file, "/registry/export/", 0),
        (leak_in_the_file, f"{LIST}export/", 1),
        (leak_in_the_comparison, "/registry/compare/", 0),
        (leak_in_the_comparison, f"{LIST}compare/", 0),
        (leak_in_the_body, LIST, 0),
        (leak_in_the_evidence, LIST, 0),
        (leak_in_the_renewal, LIST, 0),
        (leak_in_the_people, LIST, 0),
        (leak_in_the_rows_of_others, LIST, 0),
        (leak_in_who_else_is_named, LIST, 1),
        (leak_in_the_suggestion, "/desk/registry/suggest/", 3),
        (leak_in_the_suggestion, f"{LIST}suggest/", 3),
    ],
)
def test_a_planted_leak_is_seen(
    trial: Trial, monkeypatch: pytest.MonkeyPatch, leak: Callable[[pytest.MonkeyPatch], None], among: str, soonest: int
) -> None:
    leak(monkeypatch)
    seeds = dict.fromkeys([soonest, *range(9)])
    assert any(trial(seed, *VIEWERS[seed % len(VIEWERS)], among=among) is not None for seed in seeds)
