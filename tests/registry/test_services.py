from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, ProgrammingError, transaction

from catalogue.models import Segment
from organisations.models import Organisation, Role, User
from registry import disclosure
from registry.disclosure import Audience, Field, Purpose
from registry.figures import active_agreements, waiting_to_countersign
from registry.models import Agreement, AgreementEvent, AgreementVersion, Disclosed, Entry, EntryChange, EntryDraft, Evidence
from registry.services import agreements, entries, projection
from tests.conftest import member
from tests.registry.conftest import END, OUTREACH_TO_ASSOCIATIONS, START, VALUES, Agree, MakeEntry, confirmed, grant

pytestmark = pytest.mark.django_db


def offer(entry: Entry, by: User, now: datetime, terms: Any = OUTREACH_TO_ASSOCIATIONS, until: date = END) -> AgreementVersion:
    return agreements.offer(entry=entry, terms=terms, valid_from=START, valid_until=until, by=by, now=now)


def cells(entry: Entry) -> set[tuple[str, str]]:
    return set(Disclosed.objects.filter(entry_id=entry.pk).values_list("audience", "purpose"))


# --- the entry ------------------------------------------------------------------------------------------------------


def test_an_entry_editor_saves_and_the_history_names_who_and_which_fields(
    entry: Entry, firm: Organisation, entry_editor: User, sensing: Segment, now: datetime
) -> None:
    first = EntryChange.objects.get()
    assert set(first.fields) == {*VALUES, "segments"} - {"country"}
    later = now + timedelta(days=1)
    entries.save_entry(
        organisation=firm,
        values=VALUES | {"region": "EE004"},
        activities=[entries.Activity(sensing, "develops", 7)],
        by=entry_editor,
        now=later,
    )
    change = EntryChange.objects.latest("pk")
    assert (change.by, change.at, change.fields) == (entry_editor, later, ["region", "segments"])


def test_saving_the_same_again_writes_no_history(
    entry: Entry, make_entry: MakeEntry, firm: Organisation, entry_editor: User
) -> None:
    make_entry(firm, entry_editor)
    assert Entry.objects.count() == 1
    assert EntryChange.objects.count() == 1


@pytest.mark.parametrize("role", [Role.SIGNATORY, None])
def test_nobody_but_an_entry_editor_of_the_firm_saves(
    firm: Organisation, association: Organisation, now: datetime, role: Role
) -> None:
    person = member(firm, "Someone", role) if role else member(association, "Someone", Role.OFFICER)
    with pytest.raises(entries.UnableToSave):
        entries.save_entry(organisation=firm, values=VALUES, activities=[], by=person, now=now)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("registration_number", "10000019"),
        ("region", "Tallinn"),
        ("size_band", "huge"),
        ("website", "javascript:alert(1)"),
        ("contact_email", "nobody"),
        ("legal_name", "A" * 201),
        ("products", "a\x00b"),
        ("vat_number", "EE1"),
        ("lei", "1"),
        ("eori", "E"),
        ("ror", "03z77qz91"),
        ("other_regions", ["Riga"]),
        ("nace", ["26.99"]),
        ("control_entries", ["nonsense"]),
        ("markets", ["154"] * 31),
        ("markets", ["999"]),
        ("compliance", "perfect"),
        ("willingness", ["everything"]),
        ("certifications", [{"scheme": ""}]),
        ("certifications", [{"scheme": "ISO 9001", "valid_until": "soon"}]),
        ("certifications", [{"scheme": "a\x00b"}]),
    ],
)
def test_a_value_that_does_not_hold_is_refused_and_nothing_is_saved(
    firm: Organisation, entry_editor: User, now: datetime, field: str, value: Any
) -> None:
    with pytest.raises(ValidationError) as refused:
        entries.save_entry(organisation=firm, values=VALUES | {field: value}, activities=[], by=entry_editor, now=now)
    assert set(refused.value.message_dict) == {field}
    assert not Entry.objects.exists()


def test_only_associations_are_memberships(
    firm: Organisation, focal_point: Organisation, association: Organisation, entry_editor: User, now: datetime
) -> None:
    def save(*memberships: Organisation) -> Entry:
        return entries.save_entry(
            organisation=firm, values=VALUES, activities=[], memberships=memberships, by=entry_editor, now=now
        )

    with pytest.raises(entries.UnableToSave):
        save(focal_point)
    assert list(save(association).memberships.all()) == [association]
    assert "memberships" in EntryChange.objects.latest("pk").fields
    assert not save().memberships.exists()


# --- drafts and evidence --------------------------------------------------------------------------------------------


def test_a_draft_is_kept_once_a_firm_and_goes_when_the_entry_is_saved(
    firm: Organisation, entry_editor: User, make_entry: MakeEntry, now: datetime
) -> None:
    for typed in ({"legal_name": ["B"]}, {"legal_name": ["Ba\0ltic"], "markets": ["154", "030"]}):
        entries.keep_draft(organisation=firm, typed=typed, by=entry_editor, now=now)
    assert EntryDraft.objects.get().typed == {"legal_name": ["Baltic"], "markets": ["154", "030"]}
    make_entry(firm, entry_editor)
    assert not EntryDraft.objects.exists()


def test_a_draft_longer_than_any_entry_is_refused(firm: Organisation, entry_editor: User, now: datetime) -> None:
    with pytest.raises(entries.UnableToKeep):
        entries.keep_draft(organisation=firm, typed={"products": ["x" * 100_000]}, by=entry_editor, now=now)
    assert not EntryDraft.objects.exists()


def test_only_an_entry_editor_keeps_and_discards_a_draft(
    firm: Organisation, entry_editor: User, signatory: User, officer: User, now: datetime
) -> None:
    entries.keep_draft(organisation=firm, typed={}, by=entry_editor, now=now)
    for person in (signatory, officer):
        with pytest.raises(entries.UnableToSave):
            entries.keep_draft(organisation=firm, typed={}, by=person, now=now)
        with pytest.raises(entries.UnableToSave):
            entries.discard_draft(organisation=firm, by=person)
    assert entries.discard_draft(organisation=firm, by=entry_editor)
    assert not entries.discard_draft(organisation=firm, by=entry_editor)


def confirm(entry: Entry, field: Field, by: User, now: datetime, level: str = "register", reason: str = "Extract") -> Evidence:
    return entries.confirm(entry_id=entry.pk, field=field, level=level, reason=reason, by=by, now=now)


def test_a_confirmed_field_is_the_firms_own_word_again_when_it_changes(
    entry: Entry, make_entry: MakeEntry, firm: Organisation, entry_editor: User, officer: User, now: datetime
) -> None:
    for field in (Field.LEGAL_NAME, Field.REGISTRATION_NUMBER, Field.PRODUCTS, Field.READINESS):
        confirm(entry, field, officer, now)
    confirm(entry, Field.LEGAL_NAME, officer, now, level="document")
    assert projection.evidence(entry)["legal_name"] == "document"
    make_entry(firm, entry_editor, country="LT", products="Lasers")
    assert projection.evidence(entry) == {"legal_name": "document", "readiness": "register"}
    entries.save_entry(organisation=firm, values={}, activities=[], by=entry_editor, now=now)
    assert projection.evidence(entry) == {"legal_name": "document"}
    assert Evidence.objects.confirmations().count() == 5


def test_a_readiness_that_changes_does_not_show_in_what_is_confirmed_of_the_technologies(
    entry: Entry, firm: Organisation, entry_editor: User, officer: User, sensing: Segment, now: datetime
) -> None:
    for field in (Field.SEGMENTS, Field.READINESS):
        confirm(entry, field, officer, now)
    activities = [entries.Activity(sensing, "develops", 7)]
    entries.save_entry(organisation=firm, values={}, activities=activities, by=entry_editor, now=now)
    assert projection.evidence(entry) == {"segments": "register"}


@pytest.mark.django_db(transaction=True, databases=["default", "disclosed"])
def test_a_hidden_number_that_changes_does_not_show_in_what_is_confirmed_of_certificates(
    entry: Entry, agree: Agree, officer: User, now: datetime
) -> None:
    confirm(entry, Field.CERTIFICATIONS, officer, now)
    named = grant(Audience.LICENSING, Purpose.OUTREACH, Field.LEGAL_NAME, Field.CERTIFICATIONS)
    nameless = grant(Audience.ASSOCIATIONS, Purpose.OUTREACH, Field.CERTIFICATIONS)
    agree(entry, {"rules": named["rules"] + nameless["rules"]})
    evidence = dict(Disclosed.objects.using("disclosed").values_list("audience", "evidence"))
    assert evidence == {"licensing": {"certifications": "register"}, "associations": {}}


def test_only_an_official_of_the_focal_point_who_does_not_act_for_the_firm_confirms(
    entry: Entry,
    firm: Organisation,
    signatory: User,
    entry_editor: User,
    licensing_officer: User,
    association_officer: User,
    auditor: User,
    supervisor: User,
    officer: User,
    now: datetime,
) -> None:
    officer.memberships.create(organisation=firm, role=Role.ENTRY_EDITOR)
    for person in (signatory, entry_editor, licensing_officer, association_officer, auditor, supervisor, officer):
        with pytest.raises(entries.UnableToConfirm):
            confirm(entry, Field.REGION, person, now)
    assert not Evidence.objects.exists()


@pytest.mark.parametrize("wrong", [{"level": "rumour"}, {"reason": "a\x00"}, {"reason": "x" * 301}])
def test_a_confirmation_that_does_not_hold_is_refused(entry: Entry, officer: User, now: datetime, wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        confirm(entry, Field.REGION, officer, now, **wrong)


@pytest.mark.parametrize("wrong", [{"level": "said"}, {"reason": "  "}])
def test_a_confirmation_has_a_level_and_a_reason(entry: Entry, officer: User, now: datetime, wrong: dict[str, str]) -> None:
    with pytest.raises((ValidationError, IntegrityError)), transaction.atomic():
        confirm(entry, Field.REGION, officer, now, **wrong)
    assert not Evidence.objects.exists()


def test_what_was_confirmed_is_not_rewritten(entry: Entry, officer: User, now: datetime) -> None:
    evidence = confirm(entry, Field.REGION, officer, now)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Evidence.objects.filter(pk=evidence.pk).update(reason="Another")


def test_two_firms_may_give_the_same_number_so_that_a_refusal_tells_nothing(entry: Entry, make_entry: MakeEntry) -> None:
    assert make_entry(legal_name="Double OÜ").registration_number == entry.registration_number


# --- offer and signatures -------------------------------------------------------------------------------------------


def test_an_offer_is_signed_countersigned_and_then_projected(entry: Entry, signatory: User, officer: User, now: datetime) -> None:
    version = offer(entry, signatory, now)
    assert (version.number, version.state, version.is_active) == (1, "offered", False)
    version = agreements.sign(version=version, sha256=version.sha256, by=signatory, second_factor=confirmed(now), now=now)
    assert (version.state, version.signed_by, cells(entry)) == ("signed", signatory, set())
    assert waiting_to_countersign() == 1
    version = agreements.countersign(version=version, sha256=version.sha256, by=officer, second_factor=confirmed(now), now=now)
    assert (version.state, version.is_active, version.countersigned_by) == ("active", True, officer)
    assert cells(entry) == {("associations", "outreach")}
    assert (waiting_to_countersign(), active_agreements(START)) == (0, 1)
    assert list(AgreementEvent.objects.order_by("pk").values_list("move", "by")) == [
        ("offer", signatory.pk),
        ("sign", signatory.pk),
        ("countersign", officer.pk),
    ]


def test_offering_the_same_twice_makes_one_version(entry: Entry, signatory: User, now: datetime) -> None:
    assert offer(entry, signatory, now).pk == offer(entry, signatory, now).pk
    assert (Agreement.objects.count(), AgreementVersion.objects.count(), AgreementEvent.objects.count()) == (1, 1, 1)


def test_a_new_offer_takes_the_place_of_one_on_its_way(entry: Entry, signatory: User, agree: Agree, now: datetime) -> None:
    signed = agree(entry, until="signed")
    second = offer(entry, signatory, now, grant(Audience.PUBLIC, Purpose.MATCHMAKING, Field.LEGAL_NAME))
    signed.refresh_from_db()
    assert (signed.state, second.number, second.state) == ("amended", 2, "offered")


def test_an_agreement_in_force_stays_until_the_next_is_countersigned(
    entry: Entry, signatory: User, officer: User, agree: Agree, now: datetime
) -> None:
    first = agree(entry)
    second = offer(entry, signatory, now, grant(Audience.PUBLIC, Purpose.MATCHMAKING, Field.LEGAL_NAME))
    second = agreements.sign(version=second, sha256=second.sha256, by=signatory, second_factor=confirmed(now), now=now)
    assert cells(entry) == {("associations", "outreach")}
    agreements.countersign(version=second, sha256=second.sha256, by=officer, second_factor=confirmed(now), now=now)
    first.refresh_from_db()
    assert (first.state, first.is_active, cells(entry)) == ("amended", False, {("public", "matchmaking")})


@pytest.mark.parametrize(
    "terms",
    [
        {"rules": []},
        grant(Audience.PUBLIC, Purpose.MATCHMAKING, Field.CONTACT_EMAIL),
    ],
)
def test_empty_or_contradictory_terms_are_not_offered(entry: Entry, signatory: User, now: datetime, terms: Any) -> None:
    with pytest.raises(agreements.UnableToOffer):
        offer(entry, signatory, now, terms)
    assert not Agreement.objects.exists()


def test_an_impossible_period_is_refused(entry: Entry, signatory: User, now: datetime) -> None:
    with pytest.raises(IntegrityError, match="agreement_period_is_possible"), transaction.atomic():
        offer(entry, signatory, now, until=START - timedelta(days=1))


def test_enforcement_cannot_be_offered(entry: Entry, signatory: User, now: datetime) -> None:
    with pytest.raises(disclosure.UnableToRead):
        offer(entry, signatory, now, {"rules": [{"field": "legal_name", "audience": "public", "purpose": "enforcement"}]})


def test_a_stranger_to_the_firm_cannot_propose(entry: Entry, association_officer: User, officer: User, now: datetime) -> None:
    for person in (association_officer, officer):
        with pytest.raises(agreements.UnableToAgree):
            offer(entry, person, now)


def test_only_a_signatory_of_the_firm_signs(
    entry: Entry, entry_editor: User, officer: User, association: Organisation, now: datetime
) -> None:
    version = offer(entry, entry_editor, now)
    elsewhere = member(association, "Signatory Elsewhere", Role.SIGNATORY)
    for person in (entry_editor, officer, elsewhere):
        with pytest.raises(agreements.UnableToAgree):
            agreements.sign(version=version, sha256=version.sha256, by=person, second_factor=confirmed(now), now=now)


def test_only_an_approver_or_case_officer_of_the_focal_point_countersigns(
    entry: Entry,
    agree: Agree,
    signatory: User,
    supervisor: User,
    editor: User,
    auditor: User,
    administrator: User,
    licensing_officer: User,
    approver: User,
    now: datetime,
) -> None:
    version = agree(entry, until="signed")
    for person in (signatory, supervisor, editor, auditor, administrator, licensing_officer):
        with pytest.raises(agreements.UnableToAgree):
            agreements.countersign(version=version, sha256=version.sha256, by=person, second_factor=confirmed(now), now=now)
    assert agreements.countersign(
        version=version, sha256=version.sha256, by=approver, second_factor=confirmed(now), now=now
    ).is_active


def test_nobody_signs_for_both_sides(entry: Entry, firm: Organisation, officer: User, agree: Agree, now: datetime) -> None:
    version = agree(entry, until="signed")
    member_of_both = officer
    member_of_both.memberships.create(organisation=firm, role=Role.ENTRY_EDITOR)
    member_of_both.__dict__.pop("memberships_held", None)
    with pytest.raises(agreements.UnableToAgree):
        agreements.countersign(version=version, sha256=version.sha256, by=member_of_both, second_factor=confirmed(now), now=now)


def test_a_signature_on_another_text_is_refused(entry: Entry, signatory: User, now: datetime) -> None:
    version = offer(entry, signatory, now)
    with pytest.raises(agreements.UnableToSign):
        agreements.sign(version=version, sha256="0" * 64, by=signatory, second_factor=confirmed(now), now=now)


def test_the_second_signature_and_countersignature_are_told_so(
    entry: Entry, signatory: User, officer: User, approver: User, agree: Agree, now: datetime
) -> None:
    version = agree(entry)
    with pytest.raises(agreements.UnableToMove):
        agreements.sign(version=version, sha256=version.sha256, by=signatory, second_factor=confirmed(now), now=now)
    with pytest.raises(agreements.UnableToMove):
        agreements.countersign(version=version, sha256=version.sha256, by=approver, second_factor=confirmed(now), now=now)
    version.refresh_from_db()
    assert version.countersigned_by == officer


# --- withdrawal and expiry ------------------------------------------------------------------------------------------


def test_withdrawal_ends_every_open_version_and_takes_the_rows_away(
    entry: Entry, signatory: User, agree: Agree, now: datetime
) -> None:
    agree(entry)
    offer(entry, signatory, now, grant(Audience.PUBLIC, Purpose.MATCHMAKING, Field.LEGAL_NAME))
    agreements.withdraw(entry=entry, by=signatory, now=now)
    assert set(AgreementVersion.objects.values_list("state", "is_active")) == {("terminated", False)}
    assert not Disclosed.objects.filter(entry_id=entry.pk).exists()
    with pytest.raises(agreements.NothingToWithdraw):
        agreements.withdraw(entry=entry, by=signatory, now=now)


def test_only_a_signatory_withdraws(entry: Entry, entry_editor: User, officer: User, agree: Agree, now: datetime) -> None:
    agree(entry)
    for person in (entry_editor, officer):
        with pytest.raises(agreements.UnableToAgree):
            agreements.withdraw(entry=entry, by=person, now=now)
    assert cells(entry) == {("associations", "outreach")}


def test_what_is_past_its_last_day_expires(entry: Entry, make_entry: MakeEntry, agree: Agree, now: datetime) -> None:
    over = agree(entry, end=date(2026, 11, 22))
    lasting = agree(make_entry(legal_name="Lasting OÜ"), end=date(2026, 11, 23))
    assert agreements.expire(today=date(2026, 11, 23), now=now) == 1
    over.refresh_from_db()
    lasting.refresh_from_db()
    assert (over.state, over.is_active, lasting.state) == ("expired", False, "active")
    assert cells(entry) == set()


# --- what the database refuses --------------------------------------------------------------------------------------


def test_a_version_cannot_end_while_a_projected_row_of_it_is_left(entry: Entry, agree: Agree, now: datetime) -> None:
    version = agree(entry)
    with pytest.raises(IntegrityError, match="disclosed_version_is_active"), transaction.atomic():
        AgreementVersion.objects.filter(pk=version.pk).update(state="terminated", is_active=False, ended_at=now)


def test_a_row_of_an_unsigned_or_inactive_version_cannot_be_projected(entry: Entry, agree: Agree) -> None:
    version = agree(entry, until="offered")
    row = {
        "ref": entry.pk,
        "audience": "public",
        "purpose": "outreach",
        "entry_id": entry.pk,
        "agreement_version_id": version.pk,
        "valid_from": START,
        "valid_until": END,
        "fields": [],
    }
    with pytest.raises(IntegrityError, match="disclosed_version_is_active"), transaction.atomic():
        Disclosed.objects.create(**row)
    with pytest.raises(IntegrityError, match="disclosed_only_while_active"), transaction.atomic():
        Disclosed.objects.create(**row, is_active=False)


@pytest.mark.parametrize("name", ["terms", "sha256", "valid_until", "number"])
def test_the_text_of_an_agreement_cannot_be_rewritten(entry: Entry, agree: Agree, name: str) -> None:
    version = agree(entry, until="offered")
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        version.save(update_fields=[name])


def test_the_application_cannot_read_what_the_projection_holds(entry: Entry, agree: Agree) -> None:
    agree(entry)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        list(Disclosed.objects.values_list("legal_name"))


@pytest.mark.parametrize(
    "change",
    [
        {"state": "active", "is_active": True},
        {"state": "signed"},
        {"state": "terminated"},
        {"is_active": True},
        {"state": "unheard-of"},
    ],
)
def test_a_state_needs_its_who_and_when(entry: Entry, agree: Agree, change: dict[str, Any]) -> None:
    version = agree(entry, until="offered")
    with pytest.raises(IntegrityError), transaction.atomic():
        AgreementVersion.objects.filter(pk=version.pk).update(**change)


def test_ids_without_a_name_differ_in_every_cell_and_stay_the_same(entry: Entry) -> None:
    refs = [projection.pairwise_ref(entry, audience, purpose) for audience in Audience for purpose in Purpose]
    assert len(set(refs)) == len(Audience) * len(Purpose)
    assert entry.pk not in refs
    assert refs[0] == projection.pairwise_ref(Entry.objects.get(), Audience.FOCAL_POINT, Purpose.OUTREACH)
