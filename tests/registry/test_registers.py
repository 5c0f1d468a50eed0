"""An official register is held against the entries: it confirms and proposes, and neither overwrites nor lists."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from mailroom.models import Letter
from organisations.models import Membership, Organisation, Role, User
from registry import gateway, sheets, tasks
from registry.disclosure import Audience, Field, Purpose
from registry.models import Correction, Entry, EntryDraft, Evidence, Look, RegisterImport
from registry.services import entries, projection, registers, renewal
from tests.conftest import SignIn
from tests.registry.conftest import Agree, MakeEntry, at_once, grant

committed = pytest.mark.django_db(transaction=True, databases=["default", "disclosed"])
MAPPING = {"registration_number": "code", "legal_name": "name", "region": "nuts"}
SHOWN = (Field.REGISTRATION_NUMBER, Field.LEGAL_NAME, Field.REGION)
TABLE = "code;name;nuts\n10000018;baltic  photonics oü;EE004\n12345678;Nobody OÜ;EE001\n"


def read(text: str, mapping: dict[str, str] = MAPPING) -> list[sheets.Line]:
    return sheets.lines(text, mapping, country="EE")


# --- reading --------------------------------------------------------------------------------------------------------


def test_a_table_is_read_by_line_with_its_separator() -> None:
    for separator in ";,\t":
        found = read('code;name;nuts\n\n10000018;"Two\nlines";ee001\n'.replace(";", separator))
        assert [(line.number, dict(line.values), line.faults) for line in found] == [
            (4, {Field.REGISTRATION_NUMBER: "EE 10000018", Field.LEGAL_NAME: "Two\nlines", Field.REGION: "EE001"}, ())
        ]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("10000019;A;EE001", ("value", "registration_number")),
        ("10000018;A;Tallinn", ("value", "region")),
        (f"10000018;{'A' * 201};EE001", ("value", "legal_name")),
        (";A;EE001", ("unidentified", "")),
        ("10000018", None),
    ],
)
def test_each_line_says_what_is_wrong_with_it(row: str, fault: tuple[str, str] | None) -> None:
    assert [line.faults for line in read(f"code;name;nuts\n{row}\n")] == [(fault,) if fault else ()]


def test_lines_with_one_number_are_all_left_out() -> None:
    found = read("code;name;nuts\n10000018;A;EE001\n10000018;B;EE001\n12345678;C;EE001\n")
    assert [line.faults for line in found] == [(("double", "3"),), (("double", "2"),), ()]


def test_names_that_are_nearly_the_same_are_shown() -> None:
    found = read("code;name;nuts\n10000018;Baltic Photonics OU;\n12345678;Baltic Photonics OÜ;\n10000062;Arctic Sensors;\n")
    assert sheets.alike(found) == [(2, 3)]


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"\xff\xfe", "encoding"), (b"a;\0", "encoding"), (b"", "empty"), (b"a;a\n", "columns"), (b"a" * 4_000_001, "size")],
)
def test_what_is_no_table_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(sheets.UnableToReadTable, match=why):
        sheets.header(sheets.decode(content))


def test_a_table_with_too_many_lines_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_LINES", 1)
    with pytest.raises(sheets.UnableToReadTable, match="lines"):
        read(TABLE)


# --- applying -------------------------------------------------------------------------------------------------------


@pytest.fixture
def listed(entry: Entry, agree: Agree) -> Entry:
    agree(entry, grant(Audience.FOCAL_POINT, Purpose.OUTREACH, *SHOWN))
    return entry


Import = Callable[..., RegisterImport]


@pytest.fixture
def bring(administrator: User, today: date, now: datetime) -> Import:
    """Uploads a table, makes a dry run, and applies it unless told otherwise."""

    def make(
        text: str = TABLE, *, mapping: dict[str, str] = MAPPING, applied: bool = True, by: User = administrator
    ) -> RegisterImport:
        found = registers.upload(register="Business Register", extract_on=today, text=text, country="EE", by=by, today=today)
        registers.check(found=found, mapping=mapping, by=by)
        registers.run(found.pk, checking=gateway.checking, today=today, now=now)
        if applied:
            registers.apply(found=found, by=by)
            registers.run(found.pk, checking=gateway.checking, today=today, now=now)
        found.refresh_from_db()
        return found

    return make


def counts(found: RegisterImport) -> dict[str, int]:
    return {name: number for name, number in found.result["counts"].items() if number}  # type: ignore[index]


@committed
def test_what_agrees_is_confirmed_and_what_differs_is_proposed(bring: Import, listed: Entry, administrator: User) -> None:
    found = bring()
    assert counts(found) == {"lines": 2, "sound": 2, "entries": 1, "confirmed": 2, "differing": 1}
    assert (found.state, found.content) == ("applied", "")
    confirmed = Evidence.objects.order_by("field").values_list("field", "level", "reason", "institution", "by")
    assert list(confirmed) == [
        (name, "register", "Business Register, 2026-11-23", "Strategic Goods Focal Point", administrator.pk)
        for name in ("legal_name", "registration_number")
    ]
    assert list(Correction.objects.values_list("entry", "field", "value", "state")) == [(listed.pk, "region", "EE004", "open")]
    listed.refresh_from_db()
    assert (listed.legal_name, listed.region) == ("Baltic Photonics OÜ", "EE001")
    assert Entry.objects.count() == 1
    assert projection.differences() == []
    letter = Letter.objects.get(purpose="entry-differs")
    assert "EE004" not in letter.text


@committed
def test_a_dry_run_writes_nothing_and_foresees_the_same(bring: Import, listed: Entry) -> None:
    dry = bring(applied=False)
    assert (dry.state, Evidence.objects.count(), Correction.objects.count()) == ("checked", 0, 0)
    assert not Letter.objects.filter(purpose="entry-differs").exists()
    assert counts(dry) == counts(bring())


@committed
def test_applying_the_same_again_changes_nothing(bring: Import, listed: Entry) -> None:
    bring()
    again = bring()
    assert counts(again) == {"lines": 2, "sound": 2, "entries": 1, "differing": 1}
    assert (Evidence.objects.count(), Correction.objects.count()) == (2, 1)
    assert Letter.objects.filter(purpose="entry-differs").count() == 1


@committed
def test_every_comparison_is_in_the_ledger(bring: Import, listed: Entry, administrator: User) -> None:
    bring(applied=False)
    look = Look.objects.at(listed.pk).get()
    assert (look.institution, look.viewer_id, look.reason, look.audience) == (
        "Strategic Goods Focal Point",
        administrator.pk,
        "Business Register, 2026-11-23",
        "focal-point-outreach",
    )
    assert set(look.fields) == set(SHOWN)


@committed
@pytest.mark.parametrize("seen", [(Field.LEGAL_NAME, Field.REGION), (Field.REGION,), None])
def test_an_entry_whose_number_the_focal_point_does_not_see_is_not_known(
    bring: Import, entry: Entry, agree: Agree, seen: tuple[Field, ...] | None
) -> None:
    if seen:
        agree(entry, grant(Audience.FOCAL_POINT, Purpose.OUTREACH, *seen))
    assert counts(bring()) == {"lines": 2, "sound": 2}
    assert not Evidence.objects.exists()
    assert not Look.objects.at(entry.pk).exists()


@committed
def test_a_hidden_field_is_not_compared(bring: Import, entry: Entry, agree: Agree) -> None:
    agree(entry, grant(Audience.FOCAL_POINT, Purpose.OUTREACH, Field.REGISTRATION_NUMBER, Field.LEGAL_NAME))
    assert counts(bring()) == {"lines": 2, "sound": 2, "entries": 1, "confirmed": 2}


@committed
def test_two_entries_with_one_number_are_left_alone(bring: Import, listed: Entry, make_entry: MakeEntry, agree: Agree) -> None:
    agree(make_entry(legal_name="Double OÜ"), grant(Audience.FOCAL_POINT, Purpose.OUTREACH, *SHOWN))
    assert counts(bring()) == {"lines": 2, "sound": 2, "ambiguous": 1}
    assert not Evidence.objects.exists()


@committed
def test_an_importer_who_acts_for_the_firm_confirms_nothing_of_it(bring: Import, listed: Entry, administrator: User) -> None:
    Membership.objects.create(user=administrator, organisation=listed.organisation, role=Role.ENTRY_EDITOR)
    bring()
    assert not Evidence.objects.exists()


@committed
def test_nobody_but_an_administrator_of_the_focal_point_imports(
    bring: Import, listed: Entry, officer: User, auditor: User, signatory: User, today: date
) -> None:
    for person in (officer, auditor, signatory):
        with pytest.raises(registers.UnableToImport):
            bring(by=person)
        with pytest.raises(gateway.UnableToLook):
            gateway.checking(person, "Register", today=today)


@committed
def test_nothing_is_applied_without_a_dry_run_or_twice(bring: Import, administrator: User, today: date) -> None:
    found = registers.upload(register="R", extract_on=today, text=TABLE, country="EE", by=administrator, today=today)
    for unready in (found, bring()):
        with pytest.raises(registers.UnableToImport):
            registers.apply(found=unready, by=administrator)
    with pytest.raises(registers.UnableToImport):
        registers.check(found=bring(), mapping=MAPPING, by=administrator)


@committed
def test_applying_at_once_applies_once(bring: Import, listed: Entry, administrator: User) -> None:
    found = bring(applied=False)
    ended = at_once(*2 * [lambda: registers.apply(found=found, by=administrator)])
    assert sorted(type(each).__name__ for each in ended) == ["RegisterImport", "UnableToImport"]


@committed
def test_an_import_that_a_worker_left_goes_on_and_an_old_table_is_forgotten(
    bring: Import, listed: Entry, administrator: User, today: date
) -> None:
    left, old = bring(applied=False), bring(applied=False)
    registers.apply(found=left, by=administrator)
    RegisterImport.objects.filter(pk=old.pk).update(made_on=date(2020, 1, 1))
    RegisterImport.objects.filter(pk=left.pk).update(made_on=timezone.localdate())
    tasks.go_on_with_imports()
    left.refresh_from_db()
    old.refresh_from_db()
    assert (left.state, old.state, old.content) == ("applied", "checked", "")
    tasks.work_on_import(str(left.pk))
    assert Evidence.objects.count() == 2


@committed
def test_an_import_that_fails_says_so(bring: Import, listed: Entry, administrator: User, today: date, now: datetime) -> None:
    found = bring(applied=False)
    registers.apply(found=found, by=administrator)
    Membership.objects.filter(user=administrator).delete()
    with pytest.raises(gateway.UnableToLook):
        registers.run(found.pk, checking=gateway.checking, today=today, now=now)
    found.refresh_from_db()
    assert found.state == "failed"


# --- the firm's answer ----------------------------------------------------------------------------------------------


@committed
def test_an_editor_takes_a_correction_over_and_the_draft_stays(
    bring: Import, listed: Entry, entry_editor: User, firm: Organisation, now: datetime
) -> None:
    bring()
    entries.keep_draft(organisation=firm, typed={"products": ["x"]}, by=entry_editor, now=now)
    registers.take_over(correction=Correction.objects.get(), by=entry_editor, now=now)
    listed.refresh_from_db()
    assert (listed.region, listed.activities.count()) == ("EE004", 1)
    assert EntryDraft.objects.exists()
    assert projection.differences() == []
    with pytest.raises(registers.UnableToCorrect):
        registers.dismiss(correction=Correction.objects.get(), by=entry_editor)


@committed
def test_what_was_dismissed_is_not_proposed_again(bring: Import, listed: Entry, entry_editor: User) -> None:
    bring()
    registers.dismiss(correction=Correction.objects.get(), by=entry_editor)
    bring()
    assert Correction.objects.get().state == "dismissed"
    assert Letter.objects.filter(purpose="entry-differs").count() == 1


@committed
@pytest.mark.parametrize("who", ["signatory", "officer", "administrator"])
def test_nobody_but_an_editor_answers(
    request: pytest.FixtureRequest, bring: Import, listed: Entry, now: datetime, who: str
) -> None:
    bring()
    for verb in (lambda **said: registers.take_over(now=now, **said), registers.dismiss):
        with pytest.raises(registers.UnableToCorrect):
            verb(correction=Correction.objects.get(), by=request.getfixturevalue(who))


@committed
def test_the_firm_answers_on_its_page_and_no_other_firm_does(
    bring: Import, listed: Entry, entry_editor: User, make_entry: MakeEntry, signed_in: SignIn
) -> None:
    bring()
    found = Correction.objects.get()
    client = signed_in(entry_editor)
    assert "EE004 (Business Register, 2026-11-23)" in client.get(reverse("registry:entry")).content.decode()
    other = make_entry(legal_name="Other OÜ").organisation
    stranger = signed_in(User.objects.get(memberships__organisation=other))
    assert stranger.post(reverse("registry:correction-dismiss", args=[found.pk])).status_code == 404
    assert client.post(reverse("registry:correction-take-over", args=[found.pk])).status_code == 302
    assert client.post(reverse("registry:correction-dismiss", args=[found.pk])).status_code == 403
    assert renewal.fingerprint(Entry.objects.get(pk=listed.pk))


# --- the desk's pages -----------------------------------------------------------------------------------------------


@committed
def test_an_administrator_uploads_maps_tries_and_applies(signed_in: SignIn, administrator: User, listed: Entry) -> None:
    client = signed_in(administrator)
    said = {"register": "Business Register", "extract_on": "2026-11-20", "country": "EE"}
    refused = client.post(reverse("focalpoint:imports"), said)
    assert (refused.status_code, 'value="Business Register"' in refused.content.decode()) == (422, True)
    wrong = client.post(reverse("focalpoint:imports"), said | {"table": SimpleUploadedFile("a.csv", b"\xff")})
    assert "Save the table as CSV in UTF-8" in wrong.content.decode()
    table = SimpleUploadedFile("a.csv", (TABLE + "10000019;Wrong OÜ;EE001\n").encode())
    page = client.post(reverse("focalpoint:imports"), said | {"table": table}, follow=True)
    found = RegisterImport.objects.get()
    assert "Which column holds what?" in page.content.decode()
    address = reverse("focalpoint:import", args=[found.pk])
    unmapped = client.post(address, {"legal_name": "name"})
    assert (unmapped.status_code, "at least one number" in unmapped.content.decode()) == (422, True)
    assert client.post(address, {"registration_number": "code", "legal_name": "code"}).status_code == 422
    tried = client.post(address, MAPPING, follow=True).content.decode()
    assert "Registration number does not hold by its own rule." in tried
    assert "Baltic" not in tried
    assert client.get(address, headers={"HX-Request": "true"}).content.decode().lstrip().startswith('<div id="import"')
    applied = client.post(reverse("focalpoint:import-apply", args=[found.pk]), follow=True).content.decode()
    assert "Applied" in applied
    again = client.post(reverse("focalpoint:import-apply", args=[found.pk]), follow=True).content.decode()
    assert "a colleague may have been quicker" in again
    assert Evidence.objects.count() == 2


@pytest.mark.django_db
def test_the_list_of_imports_asks_as_often_for_three_as_for_one(
    signed_in: SignIn, administrator: User, today: date, django_assert_max_num_queries: Any
) -> None:
    client, asked = signed_in(administrator), []
    for _row in range(3):
        registers.upload(register="R", extract_on=today, text=TABLE, country="EE", by=administrator, today=today)
        with django_assert_max_num_queries(20) as ran:
            assert client.get(reverse("focalpoint:imports")).status_code == 200
        asked.append(len(ran))
    assert asked[1] == asked[2]
