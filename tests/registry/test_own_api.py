"""A firm's own part of the registry by program: what the pages do, with equal rights; it closes and never opens."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from catalogue.models import ControlEntry, Segment
from organisations.models import ASKERS_SCOPES, LOOK_SCOPES, OFFICIALS_SCOPES, Kind, Membership, Organisation, Role, Scope, User
from organisations.services import issue_token
from registry import disclosure
from registry.disclosure import Audience, Field, Purpose
from registry.models import AgreementVersion, Disclosed, Entry, EntryDraft, LedgerDigest, Look, LookMessage
from registry.services import entries, questions, talks
from registry.services.usage import SYSTEM
from tests.conftest import SignIn, member
from tests.registry.conftest import END, OUTREACH_TO_ASSOCIATIONS, START, VALUES, Agree, MakeEntry, grant, look_at

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "disclosed"])
OWN = "/api/v1/registry/"
NOBODYS = uuid.UUID(int=0)
# Every call there is: its method and a body that is right.
CALLS = {
    "entry/": [("get", None), ("put", {})],
    "entry/draft/": [("get", None), ("put", {}), ("delete", None)],
    "agreement/": [("get", None), ("post", {"template": "public-profile"})],
    "agreement/suspend/": [("post", {})],
    "agreement/withdraw/": [("post", {})],
    f"agreement/{NOBODYS}/": [("get", None)],
    f"agreement/{NOBODYS}/receipt/": [("get", None)],
    f"agreement/{NOBODYS}/send/": [("post", {})],
    f"agreement/{NOBODYS}/answer/": [("post", {"keep": ["period"]})],
    f"agreement/{NOBODYS}/decline/": [("post", {"reason": "No"})],
    "ledger/findUsage": [("get", None)],
    "ledger/usagePeriod": [("get", None)],
    "ledger/letter/": [("get", None), ("put", {"pace": "weekly"})],
    "ledger/0/question/": [("get", None), ("post", {"text": "Why?"})],
}
EACH = [(path, method, body) for path, methods in CALLS.items() for method, body in methods]
COUNTER = disclosure.write(
    [
        *disclosure.read(grant(Audience.ASSOCIATIONS, Purpose.OUTREACH, Field.LEGAL_NAME)),
        *disclosure.read(grant(Audience.FOCAL_POINT, Purpose.OUTREACH, Field.LEGAL_NAME)),
    ]
)
Call = Callable[..., Any]


@pytest.fixture(autouse=True)
def nobody_has_called_yet() -> None:
    cache.clear()


def token(who: User, *scopes: Scope) -> str:
    made = issue_token(
        name="Sync",
        scopes=scopes or [Scope.REGISTRY_ENTRY],
        days=30,
        form=uuid.uuid4().bytes * 2,
        by=who,
        today=timezone.localdate(),
    )
    return made.secret


@pytest.fixture
def call(client: Client) -> Call:
    """Calls as the program of `who`, whose token keeps an entry."""

    def send(who: User, path: str, body: Any = None, *, method: str = "", secret: str = "") -> Any:
        verb = method or ("get" if body is None else "post")
        sent = {} if body is None else {"data": body, "content_type": "application/json"}
        return getattr(client, verb)(OWN + path, headers={"Authorization": f"Bearer {secret or token(who)}"}, **sent)

    return send


def is_problem(answer: Any, status: int, *names: str) -> bool:
    problem = answer.json()
    said = (answer.status_code, answer["Content-Type"], set(problem.get("errors", ())))
    return said == (status, "application/problem+json", set(names)) and len(problem["detail"].split()) > 1


# --- who comes in ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "method", "body"), EACH)
def test_each_call_is_for_a_token_that_keeps_an_entry_of_who_acts_for_a_firm(
    call: Call, signed_in: SignIn, signatory: User, entry_editor: User, association_officer: User, path: str, method: str, body: Any
) -> None:
    assert is_problem(call(signatory, path, body, method=method, secret="fpt_nonsense"), 401)
    assert getattr(signed_in(signatory), method)(OWN + path).status_code == 401
    others = [*OFFICIALS_SCOPES, *ASKERS_SCOPES, *LOOK_SCOPES]
    assert is_problem(call(signatory, path, body, method=method, secret=token(signatory, *others)), 403)
    assert is_problem(call(association_officer, path, body, method=method), 403)
    assert {call(who, path, body, method=method).status_code for who in (signatory, entry_editor)} & {401} == set()
    assert is_problem(call(signatory, f"{path}?colour=red", body, method=method), 400, "parameters")
    Membership.objects.filter(user=signatory).delete()
    assert is_problem(call(signatory, path, body, method=method), 403)


def test_who_acts_for_several_says_for_which(call: Call, entry_editor: User, entry: Entry, make_entry: MakeEntry) -> None:
    other = make_entry(legal_name="Second OÜ", registration_number="12345678")
    Membership.objects.create(user=entry_editor, organisation=other.organisation, role=Role.ENTRY_EDITOR)
    assert is_problem(call(entry_editor, "entry/"), 400, "organisation")
    for held in (entry, other):
        assert call(entry_editor, f"entry/?organisation={held.organisation_id}").json()["id"] == str(held.pk)
    stranger = make_entry(legal_name="Third OÜ", registration_number="10137319")
    assert is_problem(call(entry_editor, f"entry/?organisation={stranger.organisation_id}"), 400, "organisation")


def test_no_call_leads_to_another_firms_version_orlook_at(
    call: Call, signatory: User, entry: Entry, make_entry: MakeEntry, agree: Agree, focal_point: Organisation
) -> None:
    agree(entry)
    other = make_entry(legal_name="Other OÜ", registration_number="12345678")
    version = agree(other)
    look = look_at(other)
    for path, method, body in EACH:
        if str(NOBODYS) in path or "question" in path:
            there = path.replace(str(NOBODYS), str(version.pk)).replace("/0/", f"/{look.pk}/")
            assert is_problem(call(signatory, there, body, method=method), 404), there
    assert not LookMessage.objects.exists()
    assert call(signatory, "ledger/findUsage").json() == {"totalUsages": 0, "usages": []}


# --- the entry ------------------------------------------------------------------------------------------------------


def test_an_entry_is_made_read_and_sent_back_as_it_was_read(
    call: Call, entry_editor: User, firm: Organisation, association: Organisation, sensing: Segment, control_entry: ControlEntry
) -> None:
    assert is_problem(call(entry_editor, "entry/"), 404)
    sent = VALUES | {
        "trading_names": ["FibreNorth", "Fibre, North"],
        "other_regions": ["LV006", "LV"],
        "nace": ["26.11", "72.1"],
        "control_entries": ["6A003.b.4"],
        "markets": ["154", "030"],
        "willingness": ["pilot"],
        "compliance": "audited",
        "memberships": [str(association.pk)],
        "activities": [
            {"segment": "T6.1", "role": "develops", "readiness": 6},
            {"segment": "T6.1", "role": "trades", "readiness": None},
        ],
    }
    made = call(entry_editor, "entry/", sent, method="put")
    assert made.status_code == 201
    values = made.json()["values"]
    assert {name: values[name] for name in sent} == sent
    assert "unit_name" not in values
    again = call(entry_editor, "entry/", values, method="put")
    assert (again.status_code, again.json()) == (200, made.json())
    assert Entry.objects.get().changes.count() == 1
    assert made.json()["completeness"]["missing"] == ["vat_number", "eori"]
    assert (made.json()["is_active"], made.json()["has_draft"]) == (False, False)
    assert "no-store" in made["Cache-Control"]


def test_what_is_left_out_is_empty_afterwards_and_seen_so_at_once(
    call: Call, entry_editor: User, entry: Entry, agree: Agree, officer: User, now: datetime
) -> None:
    agree(entry)
    entries.confirm(entry_id=entry.pk, field=Field.PRODUCTS, level="document", reason="Leaflet", by=officer, now=now)
    read = call(entry_editor, "entry/").json()
    assert (read["evidence"], read["is_active"]) == ({"products": "document"}, True)
    del read["values"]["products"], read["values"]["activities"]
    answer = call(entry_editor, "entry/", read["values"], method="put").json()
    assert (answer["values"]["products"], answer["values"]["activities"], answer["evidence"]) == ("", [], {})
    [row] = Disclosed.objects.using("disclosed").filter(entry_id=entry.pk)
    assert (row.products, row.segments) == (None, None)


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"legal_name": ""}, ["legal_name"]),
        ({"legal_name": None}, ["legal_name"]),
        ({"legal_name": "x\x07"}, ["legal_name"]),
        ({"registration_number": "10000019"}, ["registration_number"]),
        ({"size_band": "huge"}, ["size_band"]),
        ({"region": "Tallinn"}, ["region"]),
        ({"trading_names": ["a\nb"]}, ["trading_names"]),
        ({"trading_names": "FibreNorth"}, ["trading_names"]),
        ({"nace": ["26.99"]}, ["nace"]),
        ({"nace": ["26.11"] * 101}, ["nace"]),
        ({"markets": ["999"]}, ["markets"]),
        ({"memberships": [str(NOBODYS)]}, ["memberships"]),
        ({"memberships": ["me"]}, ["memberships"]),
        ({"unit_name": "Laboratory"}, ["unit_name"]),
        ({"colour": "red"}, ["colour"]),
        ({"activities": [{"segment": "T6.1", "role": "develops", "readiness": 10}]}, ["activities"]),
        ({"activities": [{"segment": "T9", "role": "develops"}, {"segment": "T6", "role": ""}]}, ["activities"]),
        ({"activities": [{"segment": "T9", "role": "develops"}]}, ["activities.0.segment"]),
        ({"activities": [{"segment": "T6", "role": "develops"}] * 2}, ["activities.1.segment"]),
        ({"activities": [{"segment": "T6", "role": "develops"}] * 31}, ["activities"]),
        ({"certifications": [{"scheme": "ISO 9001", "valid_until": "soon"}]}, ["certifications.0.valid_until"]),
        ({"certifications": [{"scheme": "ISO 9001", "level": "x"}]}, ["certifications"]),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_changed(
    call: Call, entry_editor: User, entry: Entry, change: dict[str, Any], names: list[str]
) -> None:
    before = call(entry_editor, "entry/").json()
    answer = call(entry_editor, "entry/", before["values"] | change, method="put")
    errors = answer.json()["errors"]
    assert (answer.status_code, list(errors)[: len(names)]) == (400, names)
    assert call(entry_editor, "entry/").json() == before


def test_the_sentences_are_those_of_the_page(call: Call, entry_editor: User, sensing: Segment) -> None:
    errors = call(entry_editor, "entry/", {"country": "EE", "registration_number": "1"}, method="put").json()["errors"]
    assert errors["legal_name"] == ["Enter the legal name."]
    assert errors["registration_number"] == ["Check the registration number: it is not a valid number of EE."]
    assert errors["size_band"] == ["Choose the size of your firm or institute."]


def test_a_signatory_reads_the_entry_and_does_not_write_it(call: Call, signatory: User, entry: Entry) -> None:
    values = call(signatory, "entry/").json()["values"]
    assert is_problem(call(signatory, "entry/", values, method="put"), 403)
    assert is_problem(call(signatory, "entry/draft/", values, method="put"), 403)
    assert is_problem(call(signatory, "entry/draft/", method="delete"), 403)


def test_an_institute_says_its_unit(call: Call, sensing: Segment) -> None:
    institute = Organisation.objects.create(kind=Kind.INSTITUTE, name="Institute of Light")
    editor = member(institute, "Ilse Institute", Role.ENTRY_EDITOR)
    made = call(editor, "entry/", VALUES | {"unit_name": "Laboratory of Gases", "ror": "https://ror.org/03z77qz90"}, method="put")
    assert (made.status_code, made.json()["values"]["unit_name"], made.json()["values"]["ror"]) == (
        201,
        "Laboratory of Gases",
        "03z77qz90",
    )


def test_a_draft_is_kept_unchecked_for_the_page_and_for_programs(
    call: Call, signed_in: SignIn, entry_editor: User, signatory: User, entry: Entry
) -> None:
    assert is_problem(call(entry_editor, "entry/draft/"), 404)
    typed = {
        "legal_name": "Baltic Phot",
        "region": "not yet",
        "trading_names": ["Fibre North", "B"],
        "nace": ["26.11"],
        "markets": ["154"],
        "activities": [{"segment": "T6.1", "role": "develops", "readiness": 7}, {"segment": "?", "role": "", "readiness": None}],
        "certifications": [{"scheme": "EN 9100", "number": "A 17", "valid_until": "soon"}],
    }
    typed["activities"][1]["role"] = "muses"  # type: ignore[index]
    kept = call(entry_editor, "entry/draft/", typed, method="put").json()
    assert {name: kept["values"][name] for name in typed} == typed
    assert call(signatory, "entry/draft/").json() == kept
    assert call(entry_editor, "entry/").json()["has_draft"]
    page = signed_in(entry_editor).get("/registry/entry/edit/").content.decode()
    assert ("Baltic Phot" in page, "not yet" in page) == (True, True)
    assert [call(entry_editor, "entry/draft/", method="delete").status_code for _ in range(2)] == [204, 204]
    assert not EntryDraft.objects.exists()


@pytest.mark.parametrize("junk", ["seven", "9" * 5000, "٣", "", "0"])
def test_a_draft_that_no_form_would_send_is_read_without_what_is_no_level(
    call: Call, signed_in: SignIn, entry_editor: User, entry: Entry, junk: str
) -> None:
    posted = {"legal_name": "B", "activity-0-segment": "T6.1", "activity-0-role": "develops", "activity-0-readiness": junk}
    assert signed_in(entry_editor).post("/registry/entry/draft/", posted).status_code == 302
    kept = call(entry_editor, "entry/draft/").json()["values"]
    assert kept["activities"] == [{"segment": "T6.1", "role": "develops", "readiness": None}]
    assert (kept["legal_name"], kept["region"], kept["nace"]) == ("B", "", [])


def test_a_draft_that_no_entry_can_be_is_not_kept(call: Call, entry_editor: User, entry: Entry) -> None:
    answer = call(entry_editor, "entry/draft/", {"products": "x" * 100_001}, method="put")
    assert is_problem(answer, 400, "non_field_errors")
    assert not EntryDraft.objects.exists()


def test_reading_costs_the_same_however_much_the_entry_says(
    call: Call, entry_editor: User, entry: Entry, sensing: Segment, now: datetime, django_assert_num_queries: Any
) -> None:
    secret = token(entry_editor)
    call(entry_editor, "entry/", secret=secret)
    with django_assert_num_queries(11):
        assert len(call(entry_editor, "entry/", secret=secret).json()["values"]["activities"]) == 1
    activities = [entries.Activity(sensing, role, 3) for role in ("develops", "trades", "produces")]
    entries.save_entry(organisation=entry.organisation, values={}, activities=activities, by=entry_editor, now=now)
    with django_assert_num_queries(11):
        assert len(call(entry_editor, "entry/", secret=secret).json()["values"]["activities"]) == 3


# --- the agreement --------------------------------------------------------------------------------------------------


def counter(entry: Entry, officer: User, agree: Agree, now: datetime) -> AgreementVersion:
    """A counter-offer of the focal point to what the firm has sent."""
    mine = talks.send(version=agree(entry, until="offered"), by=_signer(entry), now=now)
    return talks.counter(
        version=mine, terms=COUNTER, valid_from=START, valid_until=END, reason="We need a way to invite you", by=officer, now=now
    )


def _signer(entry: Entry) -> User:
    return User.objects.get(memberships__organisation=entry.organisation, memberships__role=Role.SIGNATORY)


@pytest.mark.parametrize("who", ["entry_editor", "signatory"])
def test_terms_are_proposed_from_a_template_and_read_in_plain_words(
    request: pytest.FixtureRequest, call: Call, entry: Entry, who: str
) -> None:
    person = request.getfixturevalue(who)
    first = call(person, "agreement/", {"template": "associations-only"})
    made = first.json()
    assert (first.status_code, made["state"], made["side"], made["number"]) == (201, "offered", "firm", 1)
    assert AgreementVersion.objects.get().terms == disclosure.TEMPLATES["associations-only"]
    today = timezone.localdate()
    assert (made["valid_from"], made["valid_until"]) == (today.isoformat(), (today + timedelta(days=365)).isoformat())
    assert [clause["audience"] for clause in made["clauses"]] == ["Industry associations"]
    assert [line["audience"] for line in made["lines"]] == ["associations"]
    again = call(person, "agreement/", {"lines": made["lines"]})
    assert again.json()["id"] == made["id"]
    assert call(person, f"agreement/{made['id']}/").json() == made
    assert [row["id"] for row in call(person, "agreement/").json()["results"]] == [made["id"]]
    assert not Disclosed.objects.exists()


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({}, ["template"]),
        ({"template": "everything"}, ["template"]),
        ({"template": "public-profile", "lines": []}, ["template"]),
        ({"lines": []}, ["lines"]),
        ({"lines": [{"audience": "associations", "fields": ["legal_name"], "purposes": []}]}, ["lines"]),
        ({"lines": [{"audience": "associations", "fields": ["legal_name"], "purposes": ["enforcement"]}]}, ["lines"]),
        ({"lines": [{"audience": "associations", "fields": ["vat_number"], "purposes": ["outreach"]}]}, ["lines"]),
        ({"lines": [{"audience": "associations", "fields": ["shoe_size"], "purposes": ["outreach"]}]}, ["lines"]),
        ({"lines": [{"audience": "police", "fields": ["legal_name"], "purposes": ["outreach"]}]}, ["lines"]),
        ({"lines": [{"audience": "public", "fields": ["region"], "purposes": ["matchmaking"]}] * 2}, ["lines"]),
        ({"template": "public-profile", "valid_until": "2020-01-01"}, ["valid_until"]),
        ({"template": "public-profile", "valid_from": "2090-01-01", "valid_until": "2099-01-01"}, ["valid_until"]),
        ({"template": "public-profile", "valid_from": "soon"}, ["valid_from"]),
        ({"template": "public-profile", "colour": "red"}, ["colour"]),
        ({"template": "public-profile", "answers": "that"}, ["answers"]),
    ],
)
def test_terms_that_can_not_be_are_refused(call: Call, signatory: User, entry: Entry, body: Any, names: list[str]) -> None:
    assert is_problem(call(signatory, "agreement/", body), 400, *names)
    assert not AgreementVersion.objects.exists()


def test_terms_that_nobody_may_grant_are_refused_in_the_words_of_the_page(call: Call, signatory: User, entry: Entry) -> None:
    line = {"audience": "associations", "fields": ["legal_name"], "purposes": ["enforcement"]}
    errors = call(signatory, "agreement/", {"lines": [line]}).json()["errors"]
    assert "Enforcement, oversight, sale and marketing can't be granted to anybody." in errors["lines"]


def test_who_has_no_entry_has_nothing_to_agree_to(call: Call, signatory: User) -> None:
    assert is_problem(call(signatory, "agreement/", {"template": "public-profile"}), 404)
    assert is_problem(call(signatory, "agreement/withdraw/", {}), 404)
    assert call(signatory, "agreement/").json()["results"] == []


def test_a_proposal_is_sent_to_talk_it_over(call: Call, signatory: User, entry: Entry, agree: Agree) -> None:
    version = agree(entry, until="offered")
    first, again = (call(signatory, f"agreement/{version.pk}/send/", {}).json() for _ in range(2))
    assert first["sent_at"]
    assert first == again
    signed = agree(entry, until="signed")
    assert is_problem(call(signatory, f"agreement/{signed.pk}/send/", {}), 409)


def test_a_counter_offer_is_answered_line_by_line(
    call: Call, signatory: User, entry_editor: User, entry: Entry, officer: User, agree: Agree, now: datetime
) -> None:
    theirs = counter(entry, officer, agree, now)
    read = call(entry_editor, f"agreement/{theirs.pk}/").json()
    assert [line["audience"] for line in read["differences"]] == ["focal-point-outreach", "associations"]
    assert (read["side"], read["moves"][0]["reason"]) == ("focal-point", "We need a way to invite you")
    assert is_problem(call(entry_editor, f"agreement/{theirs.pk}/answer/", {"keep": ["public"]}), 400, "keep")
    assert is_problem(call(entry_editor, f"agreement/{theirs.pk}/answer/", {"keep": []}), 400, "keep")
    answer = call(entry_editor, f"agreement/{theirs.pk}/answer/", {"keep": ["associations"]})
    made = AgreementVersion.objects.get(pk=answer.json()["id"])
    assert (answer.status_code, made.side, made.answers) == (201, "firm", theirs)
    assert disclosure.compile(made.terms) == {
        (Audience.ASSOCIATIONS, Purpose.OUTREACH): disclosure.compile(OUTREACH_TO_ASSOCIATIONS)[
            Audience.ASSOCIATIONS, Purpose.OUTREACH
        ],
        (Audience.FOCAL_POINT, Purpose.OUTREACH): frozenset({Field.LEGAL_NAME}),
    }
    for path, body in (
        (f"agreement/{theirs.pk}/answer/", {"keep": ["associations"]}),
        (f"agreement/{theirs.pk}/decline/", {"reason": "No"}),
    ):
        assert is_problem(call(signatory, path, body), 409)


def test_a_counter_offer_is_answered_with_other_terms(
    call: Call, entry_editor: User, entry: Entry, officer: User, agree: Agree, now: datetime
) -> None:
    theirs = counter(entry, officer, agree, now)
    answer = call(entry_editor, "agreement/", {"template": "statistics-only", "answers": str(theirs.pk)}).json()
    assert (answer["answers"], answer["state"]) == (str(theirs.pk), "offered")
    assert is_problem(call(entry_editor, "agreement/", {"template": "public-profile", "answers": str(theirs.pk)}), 409)
    assert is_problem(call(entry_editor, "agreement/", {"template": "public-profile", "answers": answer["id"]}), 404)


def test_a_signatory_refuses_a_counter_offer_and_says_why(
    call: Call, signatory: User, entry_editor: User, entry: Entry, officer: User, agree: Agree, now: datetime
) -> None:
    theirs = counter(entry, officer, agree, now)
    path = f"agreement/{theirs.pk}/decline/"
    assert is_problem(call(entry_editor, path, {"reason": "No"}), 403)
    assert is_problem(call(signatory, path, {"reason": " "}), 400, "reason")
    assert call(signatory, path, {"reason": "Too much"}).json()["state"] == "declined"


def test_by_token_a_firm_closes_and_never_opens(
    call: Call, signatory: User, entry_editor: User, entry: Entry, agree: Agree, now: datetime
) -> None:
    version = agree(entry)
    assert is_problem(call(entry_editor, "agreement/suspend/", {}), 403)
    assert call(signatory, "agreement/suspend/", {}).json()["state"] == "suspended"
    assert not Disclosed.objects.exists()
    assert is_problem(call(signatory, "agreement/suspend/", {}), 409)
    for verb in ("resume/", f"{version.pk}/sign/", f"{version.pk}/countersign/"):
        assert call(signatory, f"agreement/{verb}", {}).status_code == 404
    assert call(signatory, "entry/", method="delete").status_code == 405
    assert is_problem(call(entry_editor, "agreement/withdraw/", {}), 403)
    assert call(signatory, "agreement/withdraw/", {}).json() == {"ended": [str(version.pk)]}
    assert call(signatory, "agreement/withdraw/", {}).json() == {"ended": []}
    assert call(signatory, f"agreement/{version.pk}/").json()["state"] == "terminated"


def test_withdrawal_by_token_is_immediate(call: Call, signatory: User, entry: Entry, agree: Agree) -> None:
    agree(entry, grant(Audience.PUBLIC, Purpose.BUSINESS_PROMOTION, Field.LEGAL_NAME))
    assert Client().get("/api/v1/registry/entries/").json()["count"] == 1
    call(signatory, "agreement/withdraw/", {})
    assert Client().get("/api/v1/registry/entries/").json()["count"] == 0


def test_the_receipt_is_the_one_of_the_page(call: Call, signed_in: SignIn, signatory: User, entry: Entry, agree: Agree) -> None:
    version = agree(entry)
    answer = call(signatory, f"agreement/{version.pk}/receipt/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/ld+json")
    assert answer.content == signed_in(signatory).get(f"/registry/agreement/{version.pk}/receipt.jsonld").content
    pending = agree(entry, COUNTER, until="offered")
    assert is_problem(call(signatory, f"agreement/{pending.pk}/receipt/"), 404)


def test_the_list_costs_the_same_for_three_versions(
    call: Call, signatory: User, entry: Entry, agree: Agree, django_assert_num_queries: Any
) -> None:
    secret = token(signatory)
    agree(entry, until="offered")
    call(signatory, "agreement/", secret=secret)
    with django_assert_num_queries(4):
        assert call(signatory, "agreement/", secret=secret).json()["count"] == 1
    agree(entry, COUNTER, until="offered")
    agree(entry, until="offered")
    with django_assert_num_queries(4):
        assert call(signatory, "agreement/", secret=secret).json()["count"] == 3
    assert is_problem(call(signatory, "agreement/?page=2", secret=secret), 404)
    assert is_problem(call(signatory, "agreement/?page=0", secret=secret), 400, "page")


# --- the ledger -----------------------------------------------------------------------------------------------------


def test_the_ledger_is_read_as_on_the_page(call: Call, signed_in: SignIn, signatory: User, entry: Entry) -> None:
    first, second = look_at(entry), look_at(entry, "Fair")
    found = call(signatory, "ledger/findUsage?limit=1").json()
    assert found["totalUsages"] == 2
    assert found["usages"] == [
        {
            "look": second.pk,
            "logtime": "2026-11-23",
            "action": "Outreach: Fair",
            "receiverName": "Licensing Board",
            "receiverSystem": SYSTEM,
            "audience": "licensing",
            "purpose": "outreach",
            "kind": "list",
            "fields": ["region"],
        }
    ]
    assert [usage["look"] for usage in call(signatory, "ledger/findUsage?offset=1").json()["usages"]] == [first.pk]
    for name in ("findUsage", "usagePeriod"):
        assert call(signatory, f"ledger/{name}").json() == signed_in(signatory).get(f"/registry/ledger/{name}").json()
    assert call(signatory, "ledger/findUsage?periodStart=2026-11-24").json()["totalUsages"] == 0
    for wrong in ("limit=0", "limit=1001", "offset=-1", "periodEnd=x"):
        assert is_problem(call(signatory, f"ledger/findUsage?{wrong}"), 400, wrong.partition("=")[0])


def test_reading_ones_own_entry_is_nolook_at(call: Call, signatory: User, entry: Entry, agree: Agree) -> None:
    agree(entry)
    call(signatory, "entry/")
    assert not Look.objects.exists()


def test_a_look_is_asked_about_and_the_answer_read(call: Call, signatory: User, entry: Entry, officer: User, now: datetime) -> None:
    path = f"ledger/{look_at(entry).pk}/question/"
    assert is_problem(call(signatory, path), 404)
    for _ in range(2):
        asked = call(signatory, path, {"text": "What was it about?"})
    assert (asked.status_code, [message["text"] for message in asked.json()["messages"]]) == (201, ["What was it about?"])
    assert asked.json()["due_on"] == (timezone.localdate() + questions.ANSWERED_WITHIN).isoformat()
    questions.answer(question=entry.questions.get(), text="Sensors.", by=officer, now=now)
    read = call(signatory, path).json()
    assert [(message["side"], message["text"]) for message in read["messages"]] == [
        ("firm", "What was it about?"),
        ("focal-point", "Sensors."),
    ]
    assert read["answered_at"]
    for wrong in ({}, {"text": " "}, {"text": "x" * 2001}, {"text": "x\x07"}):
        assert is_problem(call(signatory, path, wrong), 400, "text")


def test_a_look_number_that_no_ledger_holds_is_not_found(call: Call, signatory: User, entry: Entry) -> None:
    assert is_problem(call(signatory, f"ledger/{10**30}/question/"), 404)


def test_the_pace_of_the_letter_is_chosen(call: Call, entry_editor: User, entry: Entry) -> None:
    assert call(entry_editor, "ledger/letter/").json() == {"pace": "off"}
    for _ in range(2):
        assert call(entry_editor, "ledger/letter/", {"pace": "weekly"}, method="put").json() == {"pace": "weekly"}
    assert LedgerDigest.objects.get().pace == "weekly"
    assert is_problem(call(entry_editor, "ledger/letter/", {"pace": "hourly"}, method="put"), 400, "pace")


def test_a_program_proposes_what_it_has_read_of_one_association(
    call: Call, signatory: User, entry: Entry, association: Organisation, agree: Agree
) -> None:
    one, other = (
        disclosure.named(association.pk),
        disclosure.named(Organisation.objects.create(kind=Kind.ASSOCIATION, name="Cluster").pk),
    )
    rules = disclosure.read(OUTREACH_TO_ASSOCIATIONS)
    rules += disclosure.instead(rules, one, {Purpose.OUTREACH: [Field.REGION]}) + disclosure.instead(rules, other, {})
    version = agree(entry, disclosure.write(rules), until="offered")
    lines = call(signatory, f"agreement/{version.pk}/").json()["lines"]
    assert {line["audience"]: line["fields"] for line in lines} == {
        "associations": ["legal_name", "region", "segments", "products"],
        one: ["region"],
        other: [],
    }
    made = call(signatory, "agreement/", {"lines": lines})
    assert made.status_code == 201, made.content
    assert AgreementVersion.objects.get(pk=made.json()["id"]).terms == version.terms
    for wrong in (disclosure.named(uuid.UUID(int=1)), "association:nobody"):
        line = {"audience": wrong, "fields": [], "purposes": []}
        assert is_problem(call(signatory, "agreement/", {"lines": [*lines, line]}), 400, "lines")
