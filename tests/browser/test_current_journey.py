"""An entry stays current: confirmed, held against a register, merged, erased; and an association invites firms."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest

from mailroom.models import Letter
from organisations.models import Kind, Organisation, Role, User
from registry.disclosure import Audience, Field, Purpose
from registry.models import Entry
from registry.services import projection
from tests.browser.conftest import Visit
from tests.conftest import member
from tests.registry.conftest import Agree, MakeEntry, agree, entry, grant, make_entry, sensing

__all__ = ["agree", "entry", "make_entry", "sensing"]
Open = Callable[..., Visit]
TABLE = "code,name,nuts\n10000018,Baltic Photonics OÜ,EE004\n10000019,Wrong OÜ,EE001\n"


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_confirm_check_merge_erase(
    visit: Open,
    entry: Entry,
    make_entry: MakeEntry,
    agree: Agree,
    entry_editor: User,
    signatory: User,
    officer: User,
    administrator: User,
    focal_point: Organisation,
    tmp_path: Path,
    *,
    scripts: bool,
) -> None:
    seen = grant(Audience.FOCAL_POINT, Purpose.OUTREACH, Field.LEGAL_NAME, Field.REGISTRATION_NUMBER, Field.REGION)
    double = make_entry(Organisation.objects.create(kind=Kind.FIRM, name="Photonics of the Baltic"), legal_name="Photonics Baltic")
    for found in (entry, double):
        Entry.objects.filter(pk=found.pk).update(confirmed_on=date(2020, 1, 1))
        agree(Entry.objects.select_related("organisation").get(pk=found.pk), seen)
    Entry.objects.filter(pk=double.pk).update(registration_number="12345678")
    projection.project(entry=Entry.objects.get(pk=double.pk))

    official = visit(scripts=scripts).sign_in(officer).go("/desk/registry/look/").choose("Outreach")
    official.fill("What is the reason?", "Doubles").press("Go to the registry").sees("Not confirmed for over a year").is_clean()
    official.follow("Photonics Baltic").sees("Not confirmed for over a year").is_clean()
    official.follow("This firm has another entry").sees("One entry stays.").is_clean()
    official.press("Propose to merge").sees("Choose which one stays").is_clean()
    official.choose("Baltic Photonics").choose("The other one").fill("How do you know", "One owner")
    official.press("Propose to merge").sees("Waits for a second official").is_clean()

    editor = visit(scripts=scripts).sign_in(entry_editor).go("/registry/entry/").sees("Confirm now").is_clean()
    editor.press("I have read it: all of it holds").sees("Confirmed.").misses("Confirm now").is_clean()

    keeper = visit(scripts=scripts).sign_in(administrator).go("/desk/imports/").is_clean()
    keeper.press("Choose the columns").is_clean()
    (tmp_path / "register.csv").write_text(TABLE)
    keeper.fill("Which register?", "Business register").fill("Day of the extract", "2026-11-20")
    keeper.page.get_by_label("Table (CSV)").set_input_files(tmp_path / "register.csv")
    keeper.press("Choose the columns").sees("Which column holds what?").is_clean()
    for field, column in (("Registration number", "code"), ("Legal name", "name"), ("Region", "nuts")):
        keeper.pick(field, column)
    keeper.press("Dry run").sees("does not hold by its own rule").misses("Baltic").is_clean()
    keeper.press("Apply").sees("Applied").is_clean()
    editor.go("/registry/entry/").sees("A register says otherwise").is_clean()
    editor.press("Take it over").sees("Taken over into your entry.").misses("A register says otherwise").is_clean()

    second = visit(scripts=scripts).sign_in(member(focal_point, "Sulev Second", Role.APPROVER)).go("/desk/merges/").is_clean()
    second.press("It is one firm: ask it").sees("Waits for the firm").is_clean()
    signer = visit(scripts=scripts).sign_in(signatory, second_factor=True).go("/registry/entry/").sees("Are these two").is_clean()
    signer.press("Agree: it is one firm").sees("Merged.").is_clean()
    signer.go("/registry/ledger/").is_clean()
    theirs = User.objects.get(memberships__organisation=double.organisation, memberships__role=Role.ENTRY_EDITOR)
    visit(scripts=scripts).sign_in(theirs).go("/registry/entry/").sees("it was merged into the entry of").is_clean()

    signer.go("/registry/entry/").follow("Erase the entry").sees("nobody can bring it back").is_clean()
    signer.press("Erase the entry").sees("Confirm that you have read").is_clean()
    signer.choose("I have read").press("Erase the entry").sees("Erased. The proof is below").is_clean()
    with signer.page.expect_download() as download:
        signer.page.get_by_role("link", name="Entry erased on").first.click()
    assert "removal 1" in Path(download.value.path()).read_text()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_an_association_invites_and_a_firm_accepts_and_another_stops(
    visit: Open, association_officer: User, administrator: User, now: datetime, *, scripts: bool
) -> None:
    cluster = visit(scripts=scripts).sign_in(association_officer).go("/registry/").go("/registry/invitations/").is_clean()
    cluster.fill("Names and addresses", "Põhjala Optics, info@pohjala.example\nArctic, info@arctic.example\nWrong, nobody")
    cluster.press("Dry run").sees("2 lines can be written to").sees("This is no email address.").is_clean()
    cluster.press("Send the invitations").sees("2 invitations are on their way").is_clean()
    letters = Letter.objects.filter(purpose="listing-invitation")
    one, other = (letter.text.partition("/registry/invited/")[2].split("/")[0] for letter in letters)
    firm = visit(scripts=scripts).go(f"/registry/invited/{one}/").sees("Photonics Cluster invites you").is_clean()
    firm.press("Ask to be let in").is_clean()
    firm.fill("Name of your firm", "Põhjala Optics OÜ").fill("Registration number", "10000018").fill("Your name", "Piia Põhi")
    firm.fill("Email address", "piia@pohjala.example").press("Ask to be let in").sees("The focal point lets you in").is_clean()
    refusing = visit(scripts=scripts).go(f"/registry/invited/{other}/")
    refusing.press("Never write to me again").sees("You get no such letter again").is_clean()
