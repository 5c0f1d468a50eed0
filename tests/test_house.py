"""What the import contracts can't see of the house: foreign keys, columns, addresses, migrations."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.db import models
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from inquiries.models import (
    Breach,
    Consultation,
    Draft,
    ErasedAnswer,
    ErasedBreach,
    ErasedCount,
    Event,
    ExpertRequest,
    Identity,
    Inquiry,
    InquirySegment,
    Message,
    NamedAsker,
    Note,
    Opening,
    ProposedAnswer,
    PublishedFigure,
    ReaderKey,
    Receipt,
    Redaction,
    Relation,
    Settlement,
)
from keystore.models import Share
from tests.conftest import SignIn

FLOORS = [
    {"portal"},
    {"focalpoint"},
    {"inquiries", "registry", "advisories"},
    {"organisations", "catalogue", "mailroom", "keystore"},
]
HOUSE = set().union(*FLOORS)


def floor(app: str) -> int:
    return next(number for number, apps_ in enumerate(FLOORS) if app in apps_)


def may_point(source: str, target: str) -> bool:
    """Whether a foreign key may lead from one app to another: downwards, or inside the app."""
    return source == target or floor(source) < floor(target)


def test_foreign_keys_point_down_and_neighbours_never_meet() -> None:
    wrong = [
        f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey | models.ManyToManyField)
        and {model._meta.app_label, field.related_model._meta.app_label} <= HOUSE
        and not may_point(model._meta.app_label, field.related_model._meta.app_label)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("source", "target"),
    [("inquiries", "registry"), ("registry", "advisories"), ("catalogue", "inquiries"), ("mailroom", "catalogue")],
)
def test_the_rule_for_foreign_keys_can_fail(source: str, target: str) -> None:
    assert not may_point(source, target)


def columns(model: type[models.Model]) -> set[str]:
    return {field.column for field in model._meta.concrete_fields}


def test_an_inquiry_has_no_column_that_leads_to_its_asker() -> None:
    """Exact sets: a new column here is a decision about promise 1, taken in sight of this list."""
    assert columns(Inquiry) == {
        "id", "reference", "mode", "topic", "destination", "sealed_subject", "sealed_details", "title", "state",
        "summary", "priority", "flags", "tags", "codes", "search", "readers", "team", "target_days",
        "objects_to_publication", "agency_id", "officer_id", "received_on", "due_on", "closed_on", "erase_on",
        "warn_on", "acknowledge_on", "close_on", "escalated_on",
        # What it is about: anonymously and confidentially only what everybody may read (decision 40).
        "about", "is_sighting",
        "take_escalated_on", "close_escalated_on",
    }  # fmt: skip
    assert columns(Message) == {"id", "inquiry_id", "position", "author", "official_id", "written_on", "sealed_text"}
    assert columns(Event) == {"id", "inquiry_id", "position", "kind", "official_id", "on", "detail", "days"}
    assert columns(Receipt) == {"inquiry_id", "digest", "wrapped_key"}
    assert columns(ReaderKey) == {"id", "inquiry_id", "agency_id", "agency_reads", "ring_key", "wrapped_key"}
    assert columns(ErasedCount) == {"id", "quarter", "topic", "mode", "outcome", "in_time", "number"}
    assert columns(ErasedAnswer) == {"id", "quarter", "topic", "days", "in_time", "number"}
    assert columns(ErasedBreach) == {"id", "quarter", "reason", "number"}
    assert columns(PublishedFigure) == {"id", "quarter", "topic", "answered", "in_time", "median_halves"}
    assert columns(Breach) == {"id", "inquiry_id", "target", "due_on", "met_on", "reason", "sealed_words", "by_id", "on"}
    assert columns(Share) == {"case", "share", "made_on", "destroyed_on"}
    assert columns(InquirySegment) == {"id", "inquiry_id", "segment_id", "is_by_desk"}
    assert columns(Note) == {
        "id", "inquiry_id", "position", "author_id", "agency_id", "is_for_all_readers", "written_on", "sealed_text",
    }  # fmt: skip
    assert columns(Draft) == {"id", "inquiry_id", "user_id", "kind", "kept_on", "sealed_text"}
    assert columns(Redaction) == {
        "id", "inquiry_id", "message_id", "part", "start", "end", "mode", "reason", "by_id", "on", "filed", "filed_version",
    }  # fmt: skip
    assert columns(Relation) == {"id", "inquiry_id", "other_id", "kind", "by_id", "on"}


def test_what_the_office_says_among_itself_is_sealed_and_dated_to_the_day() -> None:
    assert columns(Consultation) == {
        "id", "inquiry_id", "number", "agency_id", "state", "sealed_question", "asked_by_id", "asked_on", "due_on",
        "stance", "sealed_view", "given_by_id", "given_on", "settlement_id", "ended_on",
    }  # fmt: skip
    assert columns(Settlement) == {"id", "inquiry_id", "number", "sealed_reasons", "by_id", "on"}
    assert columns(ExpertRequest) == {
        "id", "inquiry_id", "number", "state", "label", "sealed_contact", "sealed_excerpt", "sealed_answer", "wrapped_key",
        "link_digest", "link_key", "tries_left", "asked_by_id", "asked_on", "due_on", "expires_on", "read_on", "answered_on",
        "ended_on", "is_posted",
    }  # fmt: skip
    assert columns(ProposedAnswer) == {
        "id", "inquiry_id", "number", "round", "after", "state", "sealed_text", "author_id", "written_on", "decided_by_id",
        "decided_on", "sealed_note",
    }  # fmt: skip


def test_who_asks_has_nouns_of_its_own() -> None:
    """An anonymous inquiry has no row in any of them; what a confidential asker says of themselves is in no column in the clear."""
    assert columns(Identity) == {
        "inquiry_id", "sealed_words", "ring_key", "wrapped_key", "wrapped_ledger_key", "case_ledger_key", "version",
    }  # fmt: skip
    assert columns(Opening) == {
        "id", "inquiry_id", "state", "sealed_reason", "asked_by_id", "asked_on", "decided_by_id", "decided_on",
        "sealed_refusal", "read_on", "position", "version",
    }  # fmt: skip
    assert columns(NamedAsker) == {"inquiry_id", "user_id", "organisation_id", "wants_mail", "ring_key", "wrapped_key"}


def test_no_inquiry_row_is_numbered_in_order_of_arrival() -> None:
    keys = {type(model._meta.pk) for model in apps.get_app_config("inquiries").get_models(include_auto_created=True)}
    assert keys <= {models.UUIDField, models.OneToOneField}


# --- addresses ------------------------------------------------------------------------------------------------------

# Every address that a stranger may open. Whatever is not here asks to sign in.
PUBLIC = {
    "",
    "ask/",
    "ask/offers/",
    "ask/confidential/",
    "conversation/",
    "conversation/file/",
    "conversation/reply/",
    "answers/",
    "answers/feed.atom",
    "figures/",
    "figures/figures.csv",
    "answers/<uuid:pk>/",
    "answers/<uuid:pk>/rate/",
    "conversation/settle/",
    "conversation/reopen/",
    "conversation/close/",
    "conversation/rotate/",
    "conversation/erase/",
    "conversation/receipt/",
    "conversation/kept/",
    "conversation/proof/",
    "conversation/reminders/",
    "expert/<str:token>/",
    "expert/<str:token>/answer/",
    "conversation/identity/",
    "conversation/upgrade/",
    "conversation/publication/",
    "proof/",
    ".well-known/proof-keys.json",
    "healthz",
    "readyz",
    "accessibility/",
    "styles/",
    "language/",
    "catalogue/",
    "catalogue/segments/<str:code>/",
    "catalogue/controls/",
    "catalogue/controls/<str:code>/",
    "organisations/invitation/<str:token>/",
    "mailbox/",
    "mailbox/<str:key>/",
    "mailbox/<str:key>/html/",
    "api/schema/",
    "api/v1/inquiries/",
    "api/v1/inquiries/conversation/",
    "api/v1/inquiries/conversation/files/<uuid:ref>/",
    "api/v1/inquiries/review/",
    "api/v1/inquiries/reminders/",
    *(f"api/v1/inquiries/conversation/{verb}/" for verb in ("settle", "reopen", "close", "rotate", "proof", "objection")),
    "api/v1/inquiries/conversation/identity/",
    "api/v1/answers/",
    "api/v1/answers/<uuid:pk>/",
    "api/v1/catalogue/segments/",
    "api/v1/catalogue/segments/(?P<code>[0-9A-Za-z.]{1,40})/",
    "api/v1/catalogue/controls/",
    "api/v1/catalogue/controls/(?P<code>[0-9A-Za-z.]{1,40})/",
    "api/v1/registry/entries/",
    "api/v1/registry/entries/<uuid:ref>/",
    "api/v1/registry/entries/facets/",
    "api/v1/registry/entries/compare/",
    "api/v1/registry/entries/export/",
    "api/v1/registry/figures/",
    "api/v1/registry/figures/<int:year>-q<int:number>/",
    "registry/",
    "registry/<uuid:ref>/",
    "registry/invited/<str:token>/",
    "registry/invited/<str:token>/stop/",
    "registry/compare/",
    "registry/export/",
    "registry/figures/",
    "registry/figures/<int:year>-q<int:number>/",
    "registry/figures/<int:year>-q<int:number>/<slug:name>.csv",
    "registry/person/<str:token>/",
    "api/v1/advisories/",
    "api/v1/advisories/<uuid:pk>/",
    "api/v1/advisories/<uuid:pk>/files/<uuid:ref>/",
    "advisories/",
    "advisories/<uuid:pk>/",
    "advisories/feed.atom",
    "advisories/feed.json",
    # Opened by an organisation's own token.
    "advisories/feed/<str:token>.atom",
    "advisories/feed/<str:token>.json",
    "advisories/feed/own.atom",
    "advisories/feed/own.json",
    "advisories/stop/<str:token>/",
    "advisories/members/stop/<str:token>/",
    "advisories/calendar.ics",
    "advisories/<uuid:pk>/dates.ics",
    "advisories/<uuid:pk>/files/<uuid:ref>/",
    "advisories/<uuid:pk>/stix.json",
    "taxii2/",
    "taxii2/advisories/",
    "taxii2/advisories/collections/",
    "taxii2/advisories/collections/<str:key>/",
    *(f"taxii2/advisories/collections/<str:key>/{part}/" for part in ("manifest", "objects", "objects/<str:code>")),
    "taxii2/advisories/collections/<str:key>/objects/<str:code>/versions/",
    "mail/reports/",
    "mail/reports/provider/",
    "advisories/via/<str:code>/",
    "advisories/subscribe/",
    "advisories/subscribe/confirm/<str:token>/",
    "advisories/subscribe/mine/<str:token>/",
    "advisories/subscribe/confirm/<str:token>/certificate/",
    "advisories/subscribe/mine/<str:token>/certificate/",
    "advisories/certificate/<str:token>/",
}
# django-allauth opens and closes its own pages.
FOREIGN = ("account/",)
SAMPLES = {
    "<int:number>": "1",
    "<uuid:pk>": "00000000-0000-4000-8000-000000000000",
    "<uuid:ref>": "00000000-0000-4000-8000-000000000000",
    "<int:member>": "1",
    "<int:look>": "0",
    "<int:pk>": "0",
    "<int:year>": "2026",
    "<slug:name>": "none",
    "<slug:language>": "et",
    "<int:change>": "0",
    "<str:key>": "none",
    "<str:code>": "none",
    "<str:token>": "none",
    "<str:field>": "none",
    "<str:kind>": "answer",
}


def addresses(resolver: URLResolver | None = None, prefix: str = "") -> list[str]:
    found: list[str] = []
    for pattern in (resolver or get_resolver()).url_patterns:
        here = prefix + str(pattern.pattern).lstrip("^").rstrip("$")
        found += addresses(pattern, here) if isinstance(pattern, URLResolver) else [here]
        assert isinstance(pattern, URLPattern | URLResolver)
    return found


CLOSED = sorted(path for path in addresses() if path not in PUBLIC and not path.startswith(FOREIGN))


def filled(path: str) -> str:
    for part, sample in SAMPLES.items():
        path = path.replace(part, sample)
    return "/" + path


def test_the_list_of_public_addresses_names_only_what_is_there() -> None:
    assert set(addresses()) >= PUBLIC


@pytest.mark.parametrize("method", ["get", "post"])
def test_every_other_address_is_closed_to_strangers(client: Client, db: None, method: str) -> None:
    for path in CLOSED:
        response = getattr(client, method)(filled(path))
        assert response.status_code in (302, 401, 403), f"{method} {path} answered {response.status_code}"
        if response.status_code == 302:
            assert response["Location"].startswith("/account/login/"), path


@pytest.mark.parametrize("who", ["signatory", "entry_editor", "association_officer"])
def test_the_desk_is_closed_to_everybody_but_officials(request: pytest.FixtureRequest, signed_in: SignIn, who: str) -> None:
    client = signed_in(request.getfixturevalue(who))
    for path in CLOSED:
        if path.startswith("desk/"):
            answered = {client.get(filled(path)).status_code, client.post(filled(path)).status_code}
            assert answered <= {403, 404, 405}, path


@pytest.mark.django_db(databases=["default", "owner", "keys_owner"])
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_a_stranger_is_nobody(db: None) -> None:
    assert list(Inquiry.objects.visible_to(AnonymousUser())) == []
