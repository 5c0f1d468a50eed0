"""The demo country: refused elsewhere, the same for everybody, and true to the portal's own rules."""

import json
import re
from collections import Counter
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from stdnum.ee import registrikood

from advisories.models import Advisory, Mandate, Subscription
from inquiries.models import (
    Breach,
    Consultation,
    Event,
    ExpertRequest,
    Inquiry,
    Mention,
    Opening,
    ProposedAnswer,
    Redaction,
    Relation,
    Stance,
)
from inquiries.querysets import QUEUES, onlooker, queue_counts
from inquiries.services import casework, thread
from mailroom import figures
from mailroom.models import Letter
from organisations.models import ROLES_OF_KIND, Function, Kind, Membership, Organisation, User
from portal.demo import people
from portal.demo.calendar import business_days
from portal.demo.notices import NOTICES
from portal.demo.stories import STORIES
from registry import lifecycle, renewal
from registry.models import (
    AgreementVersion,
    Correction,
    Delay,
    Disclosed,
    Entry,
    Introduction,
    InvitationRound,
    Look,
    Outreach,
    Person,
    RegisterImport,
    Suggestion,
)
from registry.services import projection
from tests.processes import ROOT

DATABASES = ["default", "disclosed", "keys"]
ROLES = [
    "firm-entry-editor",
    "firm-signatory",
    "institute-signatory",
    "association-officer",
    "triage",
    "case-officer",
    "editor",
    "approver",
    "supervisor",
    "auditor",
    "administrator",
    "gatekeeper",
    "second-gatekeeper",
    "licensing-case-officer",
]


def test_outside_demo_mode_there_is_no_demo_country(settings: Any) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="not in demo mode"):
        call_command("seed_demo", verbosity=0)


@pytest.mark.parametrize("arguments", [[], ["--json"], ["--code", "editor@focalpoint.example"]])
def test_outside_demo_mode_no_login_is_printed(settings: Any, arguments: list[str]) -> None:
    settings.DEMO = False
    said = StringIO()
    with pytest.raises(CommandError, match="no demo logins"):
        call_command("demo_logins", *arguments, stdout=said)
    assert said.getvalue() == ""


def _logins() -> list[dict[str, str]]:
    said = StringIO()
    call_command("demo_logins", "--json", stdout=said)
    found: list[dict[str, str]] = json.loads(said.getvalue())
    return found


def test_the_logins_are_one_for_each_role_and_the_same_every_time() -> None:
    logins = _logins()
    assert [login["role"] for login in logins] == ROLES
    assert logins == _logins()
    assert all(list(login) == ["role", "email", "password", "totp_secret"] for login in logins)
    assert len({login["totp_secret"] for login in logins}) == len(ROLES)
    # A known one: whoever wrote it down last year still gets in.
    assert logins[0]["email"] == "entry-editor@taevarada.example"
    assert logins[0]["totp_secret"] == "MQWYC4KO7N5ZL65Q2FHQYTTT7HHNWANM"


def test_the_table_names_every_login_and_says_how_to_get_a_code() -> None:
    said = StringIO()
    call_command("demo_logins", stdout=said)
    assert all(login["email"] in said.getvalue() for login in _logins())
    assert "demo_logins --code EMAIL" in said.getvalue()


def test_the_readme_lists_every_login() -> None:
    table = re.findall(r"^\| ([\w-]+) \| `(\S+@\S+)` \|$", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert table == [(login["role"], login["email"]) for login in _logins()]


def test_a_code_is_printed_for_demo_logins_only() -> None:
    with pytest.raises(CommandError, match="not a demo login"):
        call_command("demo_logins", "--code", "somebody@portal.example", stdout=StringIO())


@pytest.mark.django_db(databases=DATABASES)
@pytest.mark.parametrize("role", ROLES)
def test_every_login_signs_in_with_password_and_code(country: None, role: str) -> None:
    cache.clear()
    login = next(login for login in _logins() if login["role"] == role)
    client = Client()
    first = client.post("/account/login/", {"login": login["email"], "password": login["password"]})
    assert (first.status_code, first.url) == (302, "/account/2fa/authenticate/")
    said = StringIO()
    call_command("demo_logins", "--code", login["email"], stdout=said)
    second = client.post(first.url, {"code": said.getvalue().strip()})
    assert second.status_code == 302
    assert client.session["_auth_user_id"] == str(User.objects.get(email=login["email"]).pk)


@pytest.mark.django_db(databases=DATABASES)
def test_a_password_alone_signs_nobody_in(country: None) -> None:
    client = Client()
    client.post("/account/login/", {"login": "editor@focalpoint.example", "password": people.PASSWORD})
    assert "_auth_user_id" not in client.session
    refused = client.post("/account/2fa/authenticate/", {"code": "000000"})
    assert refused.status_code != 302
    assert "_auth_user_id" not in client.session


@pytest.mark.django_db(databases=DATABASES)
def test_only_the_listed_logins_have_a_password(country: None) -> None:
    with_password = {user.email for user in User.objects.all() if user.has_usable_password()}
    assert with_password == {login["email"] for login in _logins()}


@pytest.mark.django_db(databases=DATABASES)
def test_a_second_run_reads_a_little_and_changes_nothing(country: None) -> None:
    before = _contents()
    with CaptureQueriesContext(connections["default"]) as queries:
        call_command("seed_demo", verbosity=0)
    assert len(queries) < 50
    assert [query["sql"] for query in queries if not query["sql"].startswith("SELECT")] == []
    assert _contents() == before


@pytest.mark.django_db(databases=DATABASES)
def test_a_country_left_half_filled_is_said_to_be_one(country: None, settings: Any, tmp_path: Path) -> None:
    settings.DATA_FOLDER = tmp_path
    mark = tmp_path / f"demo-unfinished-{connections['default'].settings_dict['NAME']}"
    mark.touch()
    with pytest.raises(CommandError, match=f"left half filled. Delete {tmp_path}"):
        call_command("seed_demo", verbosity=0)
    mark.unlink()
    call_command("seed_demo", verbosity=0)


def _contents() -> dict[str, object]:
    """The rows of every table that the application may read, as one digest a table."""
    found: dict[str, object] = {}
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' "
            "AND has_table_privilege(format('%I.%I', schemaname, tablename), 'SELECT')"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*), md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{table}" AS t')  # noqa: S608
            found[table] = cursor.fetchone()
    return found


@pytest.mark.django_db(databases=DATABASES)
def test_there_are_agencies_for_every_function_associations_and_forty_firms(country: None) -> None:
    agencies = Organisation.objects.of_kind(Kind.AGENCY)
    assert agencies.count() == 5
    assert agencies.filter(is_focal_point=True).count() == 1
    assert {function for agency in agencies for function in agency.functions} == set(Function)
    assert Organisation.objects.of_kind(Kind.ASSOCIATION).count() == 3
    assert Organisation.objects.of_kind(Kind.FIRM, Kind.INSTITUTE).count() == 40


@pytest.mark.django_db(databases=DATABASES)
def test_every_registration_number_has_a_valid_check_digit(country: None) -> None:
    numbers = list(Organisation.objects.values_list("registration_number", flat=True))
    assert [number for number in numbers if not registrikood.is_valid(number)] == []
    assert len(set(numbers)) == 49


@pytest.mark.django_db(databases=DATABASES)
def test_everybody_holds_a_role_of_their_organisation(country: None) -> None:
    held = Membership.objects.select_related("organisation")
    assert [str(membership) for membership in held if membership.role not in ROLES_OF_KIND[membership.organisation.kind]] == []
    assert not User.objects.filter(memberships=None).exists()


@pytest.mark.django_db(databases=DATABASES)
def test_sixty_inquiries_fill_every_queue_of_the_desk_over_eight_weeks(country: None) -> None:
    officer = User.objects.get(email="case-officer@focalpoint.example")
    today = timezone.localdate()
    counts = queue_counts(onlooker(officer, business_days(today, 0)[0]))
    assert len(STORIES) == 61
    assert counts["all"] == 61
    assert [name for name in QUEUES if not counts[name]] == []
    assert set(Inquiry.objects.values_list("state", flat=True)) == {"received", "in-hand", "waiting", "answered", "closed"}
    received = Inquiry.objects.order_by("received_on").values_list("received_on", flat=True)
    assert today - timedelta(days=70) < received[0] < today - timedelta(days=50)
    assert len(set(received)) > 25


@pytest.mark.django_db(databases=DATABASES)
def test_an_official_reads_every_thread_and_none_is_broken_into_lines(country: None) -> None:
    officer = User.objects.get(email="case-officer@focalpoint.example")
    for inquiry in Inquiry.objects.all():
        read = thread.read(casework.open_for_official(inquiry, by=officer))
        assert read.subject
        assert [line.on for line in read.lines] == sorted(line.on for line in read.lines)
        assert all(line.text == line.text.strip() and "   " not in line.text for line in read.lines)
        assert bool(inquiry.title) == (inquiry.state != "received")


@pytest.mark.django_db(databases=DATABASES)
def test_the_ways_of_asking_and_of_working_are_all_there(country: None) -> None:
    """Whoever tries the portal finds each of them on some case, without playing it first."""
    modes = Counter(Inquiry.objects.values_list("mode", flat=True))
    assert modes == {"anonymous": 53, "confidential": 3, "named": 5}
    assert Event.objects.filter(kind="asker-upgrades").count() == 1
    assert set(Opening.objects.values_list("state", flat=True)) == {"asked", "read"}
    assert Relation.objects.merged().count() == 1
    assert Redaction.objects.count() == 1
    assert Mention.objects.exists()
    assert set(Consultation.objects.values_list("stance", flat=True)) == {"", *Stance.values}
    assert ExpertRequest.objects.exclude(answered_on=None).count() == 1
    assert ProposedAnswer.objects.filter(state="proposed").count() == 1
    assert Breach.objects.exclude(reason="").exists()


@pytest.mark.django_db(databases=DATABASES)
def test_files_go_both_ways_and_open(country: None) -> None:
    officer = User.objects.get(email="case-officer@focalpoint.example")
    sent: dict[str, set[str]] = {"asker": set(), "official": set()}
    for inquiry in Inquiry.objects.exclude(attachments=None):
        for line in thread.read(casework.open_for_official(inquiry, by=officer)).lines:
            for file in line.files:
                assert len(b"".join(file.pieces())) == file.size > 100
                sent["official" if line.official else "asker"].add(file.name)
    assert sent == {
        "asker": {"data-sheet.pdf", "section.png", "orders.csv"},
        "official": {"measurement-iso-230-2.csv", "before-the-first-use-of-eu001.pdf"},
    }


@pytest.mark.django_db(databases=DATABASES)
def test_agreements_are_in_all_states_that_a_verb_reaches_and_the_projection_holds(country: None) -> None:
    states = set(AgreementVersion.objects.values_list("state", flat=True))
    assert states == set(lifecycle.STATES) - {lifecycle.SUSPENDED, lifecycle.DECLINED}
    assert Disclosed.objects.using("disclosed").exists()
    assert projection.differences() == []
    assert [entry.has_lapsed for entry in Entry.objects.filter(confirmed_on__lt=timezone.localdate() - renewal.YEAR)].count(
        True
    ) == 1
    assert Correction.objects.filter(state="open").count() == 1
    assert sorted(RegisterImport.objects.values_list("state", flat=True)) == ["applied", "checked"]
    assert InvitationRound.objects.get().sent == 12
    assert Look.objects.filter(institution="Photonics and Quantum Cluster").exists()


@pytest.mark.django_db(databases=DATABASES)
def test_firms_are_invited_and_introduced_to_each_other(country: None) -> None:
    sent, draft = Outreach.objects.order_by("sent_at")
    assert (sent.is_sent, sent.mailed, figures.totals(sent.source).total) == (True, sent.mailed, sent.invited.count())
    assert (draft.is_draft, sent.invited.answered().count()) == (True, 2)
    assert sorted(Introduction.objects.values_list("state", flat=True)) == ["agreed", "declined", "open", "open", "taken-back"]
    assert Introduction.objects.filter(state="open", expires_on__lt=timezone.localdate()).count() == 1
    suggestion = Suggestion.objects.get()
    assert (suggestion.state, Letter.objects.filter(purpose="suggestion").count()) == ("open", 1)
    for entry in (suggestion.entry, suggestion.other):
        assert Look.objects.at(entry.pk).filter(reason=suggestion.words).count() == 1
    assert projection.differences() == []


@pytest.mark.django_db(databases=DATABASES)
def test_the_ledger_tells_in_the_order_of_the_days_and_of_some_looks_later(country: None) -> None:
    days = list(Look.objects.order_by("pk").values_list("on", flat=True))
    assert days == sorted(days)
    assert Counter(Delay.objects.values_list("state", flat=True)) == {"approved": 2, "refused": 1, "asked": 1}
    hidden = Look.objects.count() - Look.objects.told(timezone.localdate()).count()
    assert 0 < hidden < Look.objects.count()


@pytest.mark.django_db(databases=DATABASES)
def test_contact_persons_speak_for_themselves(country: None) -> None:
    assert Counter(person.answered_on is None for person in Person.objects.all()) == {False: 2, True: 1}
    seen = Disclosed.objects.using("disclosed").filter(people__isnull=False).values_list("audience", flat=True)
    assert set(seen) == {"focal-point-outreach", "associations"}


@pytest.mark.django_db(databases=DATABASES)
def test_a_dozen_advisories_are_in_the_states_told_and_what_is_out_was_posted(country: None) -> None:
    found = {advisory.title: advisory for advisory in Advisory.objects.all()}
    assert {title: (each.state, each.tlp) for title, each in found.items()} == {
        notice.title: (notice.state, notice.tlp) for notice in NOTICES
    }
    assert len(found) == 12
    assert Mandate.objects.to_relay().in_force(timezone.localdate()).count() == 3
    assert Subscription.objects.active().filter(organisation__kind__in=[Kind.FIRM, Kind.INSTITUTE]).count() == 10
    for advisory in found.values():
        assert (figures.totals(advisory.source).total > 0) == (not advisory.is_unpublished)
        moments = list(advisory.events.order_by("pk").values_list("at", flat=True))
        assert moments == sorted(set(moments))
        assert moments[-1] < timezone.now()
    before = _contents()
    call_command("seed_demo", verbosity=0)
    assert _contents() == before


@pytest.mark.parametrize(
    ("today", "first"),
    [
        (date(2026, 11, 24), date(2026, 11, 24)),
        (date(2026, 11, 29), date(2026, 11, 27)),  # a Sunday
        (date(2026, 12, 25), date(2026, 12, 23)),  # two holidays
    ],
)
def test_business_days_start_today_or_on_the_last_one_before(today: date, first: date) -> None:
    assert business_days(today, 3)[0] == first
