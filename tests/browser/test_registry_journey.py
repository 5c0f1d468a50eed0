"""A firm lists itself for associations, the focal point countersigns, an association looks, the firm reads of it and withdraws."""

from collections.abc import Callable

import pytest

from catalogue.services import load_seed
from organisations.models import User
from tests.browser.conftest import Visit

Open = Callable[..., Visit]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_list_countersign_look_withdraw(
    visit: Open,
    entry_editor: User,
    signatory: User,
    approver: User,
    association_officer: User,
    now: object,
    *,
    scripts: bool,
) -> None:
    load_seed(now=now)

    editor = visit(scripts=scripts).sign_in(entry_editor).go("/registry/entry/").sees("Your firm has no entry yet").is_clean()
    editor.press("Start your entry").is_clean()
    editor.fill("Region", "Tallinn").press("Save the entry").sees("Enter a NUTS code").is_clean()
    editor.fill("Region", "EE001").fill("Products and capabilities", "Hollow-core fibre for gas sensing")
    editor.page.get_by_label("Size").select_option("small")
    editor.fill("Contact address", "trade@photonics.example").fill("LEI", "213800KUD8LAJWSQ9D15").choose("Northern Europe")
    editor.fill("NACE", "26.11 26.99")
    if scripts:
        editor.sees("What you typed is kept as a draft.")
        editor.go("/registry/entry/edit/").sees("has not saved yet").is_clean()
    else:
        editor.press("Keep for later").sees("Kept for later.").follow("Go on with it").sees("has not saved yet")
    editor.press("Save the entry").sees("26.99 is not a code of NACE").is_clean()
    editor.fill("NACE", "26.11")
    line = editor.page.get_by_role("group", name="Technology 1")
    line.get_by_label("Technology").select_option(index=1)
    line.get_by_label("What you do").select_option("develops")
    editor.press("Save the entry").sees("Your entry is saved.").sees("of what is recommended").is_clean()
    editor.follow("Decide who sees it").is_clean()
    editor.press("Propose an agreement").is_clean()
    editor.follow("Associations only").press("Propose this").sees("A signatory of your firm has to sign this.").is_clean()

    signer = visit(scripts=scripts).sign_in(signatory, second_factor=True).go("/registry/agreement/").is_clean()
    signer.press("Sign for your firm").sees("Waiting for countersignature").is_clean()

    official = visit().sign_in(approver).go("/desk/agreements/").is_clean()
    official.follow("Baltic Photonics").sees("Industry associations").misses("Hollow-core").is_clean()
    official.press("Propose other terms").is_clean()
    terms = official.page.get_by_role("region", name="The terms")
    terms.get_by_label("Legal name: The focal point, for outreach").check()
    terms.get_by_label("To invite us to talks and events: The focal point, for outreach").check()
    official.press("Propose to the firm").sees("Say why").is_clean()
    official.fill("Why do you propose", "We would like to invite you too").press("Propose to the firm").is_clean()

    signer.go("/registry/agreement/").sees("The focal point proposes other terms").is_clean()
    signer.press("Answer line by line").sees("We would like to invite you too").is_clean()
    signer.press("Answer").sees("accept, keep or change this line").is_clean()
    signer.choose("Keep ours").press("Answer").sees("Answered with a new version").is_clean()
    signer.press("Sign for your firm").sees("Waiting for countersignature").is_clean()

    official.go("/desk/agreements/").follow("Baltic Photonics").sees("What differs from version 2").is_clean()
    official.press("Countersign for the focal point").sees("No agreement waits for you").is_clean()
    official.go("/desk/registry/").sees("Why do you look into the registry?").is_clean()
    official.choose("Outreach").fill("What is the reason?", "Seminar on fibre").press("Go to the registry")
    official.sees("No entries to show").is_clean()

    cluster = visit(scripts=scripts).sign_in(association_officer).go("/registry/").sees("Why do you look?").is_clean()
    cluster.press("Go to the registry").sees("Choose a purpose.").is_clean()
    cluster.choose("Outreach").fill("What is the reason?", "Fair in Riga").press("Go to the registry")
    cluster.sees("Baltic Photonics").is_clean()
    cluster.follow("Baltic Photonics").sees("Hollow-core fibre").misses("10000018").is_clean()

    signer.go("/registry/ledger/").sees("Fair in Riga").sees("Photonics Cluster").is_clean()
    signer.go("/registry/agreement/").follow("Receipt of version 3").sees("Aare Approver").is_clean()
    signer.go("/registry/agreement/").press("Suspend for now").sees("You suspended your agreement").is_clean()
    signer.press("Resume").sees("Resumed. Each audience sees again").is_clean()
    signer.go("/registry/agreement/").press("Withdraw").is_clean()
    signer.press("Withdraw now").sees("Withdrawn. From this moment nobody sees your entry.").is_clean()
    assert cluster.page.reload().status == 404
    visit(scripts=scripts).go("/registry/").sees("No entries to show").is_clean()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_an_association_makes_a_token_for_its_program_and_revokes_it(
    visit: Open, association_officer: User, *, scripts: bool
) -> None:
    officer = visit(scripts=scripts).sign_in(association_officer, second_factor=True).go("/registry/look/")
    officer.follow("Tokens for programs that look").misses("Your tokens").is_clean()
    officer.press("Make the token").sees("Choose at least one purpose.").is_clean()
    officer.fill("Name", "Members’ database").choose("Outreach").choose("Matchmaking").press("Make the token")
    officer.sees("Copy it now: it is shown this once").sees("Photonics Cluster").sees("Outreach, Matchmaking").is_clean()
    officer.go("/registry/tokens/").misses("Copy it now").press("Revoke").sees("opens nothing any more").is_clean()
