from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from catalogue.models import ControlEntry
from organisations.models import Kind, Organisation, Role, User
from registry import disclosure, gateway
from registry.disclosure import Audience, Field, Purpose
from registry.models import AgreementVersion, Entry, EntryDraft, Look
from registry.services import agreements, entries
from tests.conftest import SignIn, member
from tests.registry.conftest import VALUES, Agree, MakeEntry, grant

committed = pytest.mark.django_db(transaction=True, databases=["default", "disclosed"])
LINES = {
    "activity-TOTAL_FORMS": "2",
    "activity-INITIAL_FORMS": "0",
    "certificate-TOTAL_FORMS": "2",
    "certificate-INITIAL_FORMS": "0",
}
# The entry as its form posts it.
TYPED = {name: value for name, value in VALUES.items() if name != "certifications"} | LINES
LOOKING = {"purpose": "outreach", "reason": "Autumn seminar"}


def looking(client: Client, organisation: Organisation, audience: str = "associations", **said: str) -> Client:
    """The client, having said for what it looks."""
    answer = client.post(reverse("registry:look"), LOOKING | {"capacity": f"{audience}:{organisation.pk}"} | said)
    assert answer.status_code == 302, answer.content
    return client


# --- the firm's entry -----------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_entry_editor_fills_in_the_entry(signed_in: SignIn, entry_editor: User, sensing: Any, firm: Organisation) -> None:
    client = signed_in(entry_editor)
    assert client.get(reverse("registry:entry")).status_code == 200
    page = client.get(reverse("registry:entry-edit"))
    assert b'value="Baltic Photonics' in page.content
    lines = {"activity-0-segment": "T6.1", "activity-0-role": "develops", "activity-0-readiness": "6"}
    assert client.post(reverse("registry:entry-edit"), TYPED | lines).status_code == 302
    entry = Entry.objects.get(organisation=firm)
    assert [(row.segment.code, row.role, row.readiness) for row in entry.activities.all()] == [("T6.1", "develops", 6)]
    assert "Hollow-core fibre" in client.get(reverse("registry:entry")).content.decode()


@pytest.mark.django_db
def test_all_that_an_entry_says_is_kept_in_its_compact_form(
    signed_in: SignIn, entry_editor: User, association: Organisation, control_entry: ControlEntry
) -> None:
    said = {
        "trading_names": "BaltPhoton\r\n\r\nBaltPhoton \n Fibre North",
        "vat_number": "ee 100 931 558",
        "lei": "213800kud8lajwsq9d15",
        "eori": "ee 10000018",
        "other_regions": "ee004, LV006",
        "nace": "2611; 26.7 C",
        "control_entries": "6a003 B.4",
        "markets": ["154", "030"],
        "compliance": "audited",
        "memberships": [str(association.pk)],
        "partners": "Institute of Light",
        "willingness": ["pilot"],
        "certificate-0-scheme": "EN 9100",
        "certificate-0-number": "A 17",
        "certificate-0-valid_until": "2027-05-31",
    }
    client = signed_in(entry_editor)
    refused = client.post(reverse("registry:entry-edit"), TYPED | said | {"control_entries": "6a003 B.4"})
    assert refused.status_code == 422  # white space separates codes
    assert client.post(reverse("registry:entry-edit"), TYPED | said | {"control_entries": "6a003.B.4"}).status_code == 302
    entry = Entry.objects.get()
    assert {name: getattr(entry, name) for name in said if name[:4] not in ("memb", "cert")} == {
        "trading_names": ["BaltPhoton", "Fibre North"],
        "vat_number": "EE100931558",
        "lei": "213800KUD8LAJWSQ9D15",
        "eori": "EE10000018",
        "other_regions": ["EE004", "LV006"],
        "nace": ["26.11", "26.7", "C"],
        "control_entries": ["6A003.b.4"],
        "markets": ["154", "030"],
        "compliance": "audited",
        "partners": "Institute of Light",
        "willingness": ["pilot"],
    }
    assert entry.certifications == [{"scheme": "EN 9100", "number": "A 17", "valid_until": "2027-05-31"}]
    assert list(entry.memberships.all()) == [association]
    page = client.get(reverse("registry:entry")).content.decode()
    for words in (
        "26.11 Manufacture of electronic components",
        "Eastern Asia",
        "EN 9100, number A 17, valid until 31 May 2027",
        "Photonics Cluster",
        "somebody independent checks",
    ):
        assert words in page
    again = client.get(reverse("registry:entry-edit")).content.decode()
    for typed in ("BaltPhoton\nFibre North", "26.11\n26.7\nC", 'value="2027-05-31"', 'value="A 17"'):
        assert typed in again


@pytest.mark.django_db
def test_an_institute_says_which_unit_it_is_and_a_firm_is_not_asked(signed_in: SignIn, entry_editor: User, sensing: Any) -> None:
    institute = Organisation.objects.create(kind=Kind.INSTITUTE, name="University of the North")
    client = signed_in(member(institute, "Ines Institute", Role.ENTRY_EDITOR))
    said = {"unit_name": "Laboratory of Light", "ror": "https://ror.org/03z77qz90"}
    assert "Laboratory" not in signed_in(entry_editor).get(reverse("registry:entry-edit")).content.decode()
    wrong = client.post(reverse("registry:entry-edit"), TYPED | said | {"ror": "03z77qz91"})
    assert "Check the ROR id" in wrong.content.decode()
    assert client.post(reverse("registry:entry-edit"), TYPED | said).status_code == 302
    assert signed_in(entry_editor).post(reverse("registry:entry-edit"), TYPED | said).status_code == 302
    assert list(Entry.objects.order_by("unit_name").values_list("unit_name", "ror")) == [
        ("", ""),
        ("Laboratory of Light", "03z77qz90"),
    ]


@pytest.mark.django_db
def test_what_is_kept_for_later_comes_back_as_it_was_typed(
    signed_in: SignIn, entry_editor: User, signatory: User, sensing: Any, association: Organisation
) -> None:
    client = signed_in(entry_editor)
    typed = TYPED | {
        "registration_number": "not yet",
        "nace": "26.99 26.1",
        "markets": ["154", "030"],
        "memberships": [str(association.pk)],
        "activity-1-segment": "T6.1",
        "certificate-1-scheme": "EN 9100",
        "certificate-1-valid_until": "soon",
        "csrfmiddlewaretoken": "x",
        "unknown": "y",
    }
    address = reverse("registry:entry-draft")
    kept = client.post(address, typed)
    assert (kept.status_code, kept.url) == (302, reverse("registry:entry"))
    draft = EntryDraft.objects.get()
    assert {"csrfmiddlewaretoken", "unknown"}.isdisjoint(draft.typed)
    assert "Enn Entry typed something" in client.get(reverse("registry:entry")).content.decode()
    page = client.get(reverse("registry:entry-edit"))
    assert page.status_code == 200
    shown = page.content.decode()
    for words in ("not yet", "26.99 26.1", "EN 9100", "soon", "Hollow-core fibre", "Enn Entry typed"):
        assert words in shown
    assert "govuk-error-summary" not in shown
    assert shown.count(" checked") == 4  # two markets, an association, "Not said" of the compliance programme
    assert '<option value="T6.1" selected>' in shown
    assert client.post(address, typed | {"region": "EE004"}, headers={"X-Draft": "pause"}).status_code == 204
    assert EntryDraft.objects.get().typed["region"] == ["EE004"]
    assert "typed something" not in signed_in(signatory).get(reverse("registry:entry")).content.decode()
    assert client.post(reverse("registry:entry-draft-discard")).status_code == 302
    assert not EntryDraft.objects.exists()
    assert not Entry.objects.exists()


@pytest.mark.django_db
def test_a_draft_can_be_too_long_and_not_whoevers(signed_in: SignIn, entry_editor: User, signatory: User, officer: User) -> None:
    address = reverse("registry:entry-draft")
    assert signed_in(entry_editor).post(address, {"products": "x" * 100_001}).status_code == 400
    for person in (signatory, officer):
        assert signed_in(person).post(address, TYPED).status_code == 403
        assert signed_in(person).post(reverse("registry:entry-draft-discard")).status_code == 403
    assert signed_in(entry_editor).get(address).status_code == 405
    assert not EntryDraft.objects.exists()


@pytest.mark.django_db
def test_the_firm_reads_how_full_its_entry_is_and_what_was_confirmed(
    signed_in: SignIn, entry_editor: User, entry: Entry, officer: User, now: datetime
) -> None:
    entries.confirm(entry_id=entry.pk, field=Field.REGION, level="register", reason="Business register", by=officer, now=now)
    page = signed_in(entry_editor).get(reverse("registry:entry")).content.decode()
    assert "Your entry says 58 % of what is recommended." in page
    assert "Economic activities (NACE)" in page
    assert "Strategic Goods Focal Point: Region: Checked against a register. Business register" in page


@pytest.mark.django_db
def test_a_second_post_of_the_same_entry_makes_no_second_one(signed_in: SignIn, entry_editor: User) -> None:
    client = signed_in(entry_editor)
    for _ in range(2):
        assert client.post(reverse("registry:entry-edit"), TYPED).status_code == 302
    entry = Entry.objects.get()
    assert entry.changes.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"registration_number": "10000019"}, "Check the registration number"),
        ({"region": "Tallinn"}, "NUTS code"),
        ({"products": "x" * 100_001}, "at most 4000"),
        ({"activity-0-segment": "T6.1"}, "Say what you do in this technology"),
        ({"activity-0-role": "develops"}, "Choose the technology"),
        (
            {f"activity-{n}-{key}": value for n in (0, 1) for key, value in (("segment", "T6.1"), ("role", "develops"))},
            "already listed",
        ),
        ({"activity-TOTAL_FORMS": "x"}, "ManagementForm"),
        ({"vat_number": "EE100931559"}, "Check the VAT number"),
        ({"lei": "213800KUD8LAJWSQ9D16"}, "Check the LEI"),
        ({"eori": "1"}, "Check the EORI number"),
        ({"other_regions": "EE004, Riga"}, "Riga is not a NUTS code"),
        ({"nace": "26.11\n26.99"}, "26.99 is not a code of NACE Rev. 2.1"),
        ({"control_entries": "6A003 9Z999"}, "is not an entry of the control lists in force"),
        ({"markets": ["154", "999"]}, "999 is not one of the available choices"),
        ({"trading_names": "x" * 201}, "is too long"),
        ({"trading_names": "\n".join(str(n) for n in range(31))}, "List at most 30"),
        ({"compliance": "perfect"}, "not one of the available choices"),
        ({"memberships": ["00000000-0000-4000-8000-000000000000"]}, "not one of the available choices"),
        ({"certificate-1-number": "QMS 17"}, "Name the scheme"),
        ({"certificate-0-valid_until": "soon"}, "Enter the last day"),
    ],
)
def test_a_refused_entry_comes_back_filled_in(
    signed_in: SignIn, entry_editor: User, sensing: Any, wrong: dict[str, str], sentence: str
) -> None:
    page = signed_in(entry_editor).post(reverse("registry:entry-edit"), TYPED | {"certificate-0-scheme": "AS 9100"} | wrong)
    assert page.status_code == 422
    assert sentence in page.content.decode()
    assert "AS 9100" in page.content.decode()
    assert not Entry.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["entry", "agreement", "ledger"])
def test_the_firms_pages_are_for_firms(
    signed_in: SignIn, officer: User, association_officer: User, signatory: User, name: str
) -> None:
    address = reverse(f"registry:{name}")
    assert Client().get(address).status_code == 302
    for person in (officer, association_officer):
        assert signed_in(person).get(address).status_code == 403
    assert signed_in(signatory).get(address).status_code == 200
    assert signed_in(signatory).get(address + "?unknown=1").status_code == 400


@pytest.mark.django_db
def test_a_signatory_does_not_edit_and_an_editor_does_not_sign(
    signed_in: SignIn, signatory: User, entry_editor: User, entry: Entry, agree: Agree
) -> None:
    version = agree(entry, until="offered")
    assert signed_in(signatory).get(reverse("registry:entry-edit")).status_code == 403
    editor = signed_in(entry_editor)
    assert editor.post(reverse("registry:sign", args=[version.pk]), {"sha256": version.sha256}).status_code == 403
    assert editor.get(reverse("registry:withdraw")).status_code == 403
    assert editor.get(reverse("registry:propose")).status_code == 200


# --- the agreement --------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("name", disclosure.TEMPLATES)
def test_the_table_of_a_template_posted_back_is_the_template(signed_in: SignIn, signatory: User, entry: Entry, name: str) -> None:
    client = signed_in(signatory)
    form = client.get(reverse("registry:propose"), {"start": name}).context["form"]
    boxes = {box.name: [] for _, row in form.field_rows() + form.purpose_rows() for box in row}
    for _, row in form.field_rows() + form.purpose_rows():
        for box in row:
            boxes[box.name] += [box.value] if box.is_ticked else []
    period = {"valid_from": "2026-11-23", "valid_until": "2029-11-23"}
    assert client.post(reverse("registry:propose"), boxes | period).status_code == 302
    assert disclosure.compile(AgreementVersion.objects.get().terms) == disclosure.compile(disclosure.TEMPLATES[name])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("ticked", "sentence"),
    [
        ({}, "Tick at least one field"),
        ({"fields_public": ["legal_name"]}, "The public: say for what they may see it."),
        ({"purposes_public": ["matchmaking"]}, "The public: say what they may see"),
        (
            {"fields_public": ["contact_email"], "purposes_public": ["matchmaking"]},
            "could tell who you are",
        ),
        ({"fields_public": ["pairwise_secret"], "purposes_public": ["matchmaking"]}, "not one of the available choices"),
        ({"fields_public": ["legal_name"], "purposes_public": ["enforcement"]}, "can't be granted to anybody"),
        ({"valid_until": "2020-01-01"}, "before the first"),
        ({"valid_until": "2099-01-01"}, "at most five years"),
    ],
)
def test_refused_terms_come_back_with_a_sentence(
    signed_in: SignIn, signatory: User, entry: Entry, ticked: dict[str, Any], sentence: str
) -> None:
    period = {"valid_from": "2026-11-23", "valid_until": "2029-11-23"}
    page = signed_in(signatory).post(reverse("registry:propose"), period | ticked)
    assert page.status_code == 422
    assert sentence in page.content.decode().replace("&#x27;", "'")
    assert not AgreementVersion.objects.exists()


@pytest.mark.django_db
def test_a_firm_proposes_previews_signs_and_withdraws(signed_in: SignIn, signatory: User, entry: Entry, agree: Agree) -> None:
    client = signed_in(signatory)
    version = agree(entry, until="offered")
    page = client.get(reverse("registry:agreement")).content.decode()
    assert "Hollow-core fibre" in page
    assert page.count("Not even that your entry exists.") == len(Audience) - 1
    address = reverse("registry:sign", args=[version.pk])
    assert client.post(address, {"sha256": "0" * 64}).status_code == 422
    assert client.post(address, {"sha256": version.sha256}).status_code == 302
    assert client.post(address, {"sha256": version.sha256}).status_code == 409
    assert client.get(reverse("registry:withdraw")).status_code == 200
    assert AgreementVersion.objects.get().state == "signed"
    for _ in range(2):
        assert client.post(reverse("registry:withdraw")).status_code == 302
    assert AgreementVersion.objects.get().state == "terminated"


@pytest.mark.django_db
def test_another_firms_agreement_is_not_found(
    signed_in: SignIn, signatory: User, entry: Entry, make_entry: MakeEntry, agree: Agree
) -> None:
    other = agree(make_entry(legal_name="Other OÜ"), until="offered")
    answer = signed_in(signatory).post(reverse("registry:sign", args=[other.pk]), {"sha256": other.sha256})
    assert answer.status_code == 404


# --- looking --------------------------------------------------------------------------------------------------------


@committed
def test_an_association_sees_what_it_may_and_the_firm_reads_of_it(
    signed_in: SignIn, association: Organisation, association_officer: User, signatory: User, entry: Entry, agree: Agree
) -> None:
    agree(entry)
    client = signed_in(association_officer)
    assert client.get(reverse("registry:list")).url == reverse("registry:look")
    looking(client, association)
    page = client.get(reverse("registry:list")).content.decode()
    assert "Baltic Photonics" in page
    assert "Autumn seminar" in page
    page = client.get(reverse("registry:listed", args=[entry.pk])).content.decode()
    assert "Hollow-core fibre" in page
    for hidden in ("10000018", "photonics.example", "ISO 9001", "Small"):
        assert hidden not in page
    ledger = signed_in(signatory).get(reverse("registry:ledger")).content.decode()
    assert ledger.count("Photonics Cluster<br>") == 2
    assert ledger.count("Autumn seminar") == 2


@committed
def test_withdrawal_is_immediate_on_the_pages(
    signed_in: SignIn,
    association: Organisation,
    association_officer: User,
    signatory: User,
    entry: Entry,
    agree: Agree,
    now: datetime,
) -> None:
    agree(entry)
    client = looking(signed_in(association_officer), association)
    assert client.get(reverse("registry:listed", args=[entry.pk])).status_code == 200
    signed_in(signatory).post(reverse("registry:withdraw"))
    assert client.get(reverse("registry:listed", args=[entry.pk])).status_code == 404
    assert "Baltic Photonics" not in client.get(reverse("registry:list")).content.decode()


@committed
def test_a_stranger_sees_the_public_cell_without_being_asked(entry: Entry, make_entry: MakeEntry, agree: Agree) -> None:
    hidden = make_entry(legal_name="Hidden OÜ")
    agree(hidden)
    agree(entry, grant(Audience.PUBLIC, Purpose.BUSINESS_PROMOTION, Field.LEGAL_NAME))
    page = Client().get(reverse("registry:list"))
    assert page.status_code == 200
    assert "Baltic Photonics" in page.content.decode()
    assert "Hidden" not in page.content.decode()
    assert Client().get(reverse("registry:listed", args=[hidden.pk])).status_code == 404
    assert "ETag" not in page.headers
    assert "no-store" in page.headers["Cache-Control"]


@committed
@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({"unknown": "1"}, 400),
        ({"contact_email": "trade@photonics.example"}, 400),
        ({"legal_name__startswith": "B"}, 400),
        ({"segment": "nonsense"}, 422),
        ({"region": "x"}, 422),
        ({"ordering": "contact_email"}, 422),
        ({"page": "0"}, 422),
        ({"page": "x"}, 422),
        ({"page": "2"}, 404),
        ({"q": "x" * 201}, 422),
        ({"q": "a\x07b"}, 422),
    ],
)
def test_wrong_and_unknown_parameters_are_refused(parameters: dict[str, str], status: int) -> None:
    assert Client().get(reverse("registry:list"), parameters).status_code == status
    assert not Look.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("missing", ["purpose", "reason", "capacity"])
def test_one_says_for_what_and_why_before_looking(
    signed_in: SignIn, association: Organisation, association_officer: User, missing: str
) -> None:
    said = LOOKING | {"capacity": f"associations:{association.pk}"}
    del said[missing]
    assert signed_in(association_officer).post(reverse("registry:look"), said).status_code == 422


@pytest.mark.django_db
def test_one_cannot_look_in_a_capacity_of_others(
    signed_in: SignIn, association_officer: User, licensing_agency: Organisation
) -> None:
    said = LOOKING | {"capacity": f"licensing:{licensing_agency.pk}"}
    assert signed_in(association_officer).post(reverse("registry:look"), said).status_code == 422


@committed
def test_a_role_that_is_lost_ends_the_look(signed_in: SignIn, association: Organisation, association_officer: User) -> None:
    client = looking(signed_in(association_officer), association)
    assert client.get(reverse("registry:list")).context["said"]["may_change"]
    association_officer.memberships.all().delete()
    assert "may_change" not in client.get(reverse("registry:list")).context["said"]


@committed
@pytest.mark.parametrize("looks", [1, 3])
def test_the_ledger_costs_the_same_queries_for_one_look_and_three(
    signed_in: SignIn,
    signatory: User,
    association_officer: User,
    entry: Entry,
    agree: Agree,
    looks: int,
    today: Any,
    django_assert_num_queries: Any,
) -> None:
    agree(entry)
    opened = gateway.disclosed(
        association_officer,
        Purpose.OUTREACH,
        "x",
        today=today,
        capacity=gateway.capacities(association_officer, today=today)[0],
    )
    for _ in range(looks):
        opened.one(entry.pk)
    client = signed_in(signatory)
    with django_assert_num_queries(8):
        assert len(client.get(reverse("registry:ledger")).context["page"]) == looks


@committed
@pytest.mark.parametrize("listed", [1, 3])
def test_the_list_costs_the_same_queries_for_one_entry_and_three(
    signed_in: SignIn,
    association: Organisation,
    association_officer: User,
    make_entry: MakeEntry,
    agree: Agree,
    listed: int,
    django_assert_num_queries: Any,
) -> None:
    for number in range(listed):
        agree(make_entry(legal_name=f"Firm {number}"))
    client = looking(signed_in(association_officer), association)
    with django_assert_num_queries(4):
        assert len(client.get(reverse("registry:list")).context["page"]) == listed


@committed
def test_a_withdrawn_agreement_leaves_the_ledger_readable(
    signed_in: SignIn,
    signatory: User,
    association: Organisation,
    association_officer: User,
    entry: Entry,
    agree: Agree,
    now: datetime,
) -> None:
    agree(entry)
    looking(signed_in(association_officer), association).get(reverse("registry:list"))
    client = looking(signed_in(association_officer), association)
    client.get(reverse("registry:list"))
    agreements.withdraw(entry=entry, by=signatory, now=now)
    assert "Photonics Cluster" in signed_in(signatory).get(reverse("registry:ledger")).content.decode()
