"""Looking into the registry: an official and an association narrow down, look at the map, compare, save, and take a file along."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from catalogue.models import Segment
from catalogue.services import load_seed
from organisations.models import Kind, Organisation, Role, User
from registry import disclosure
from registry.disclosure import Audience, Field, Purpose
from registry.models import Look
from registry.services import agreements, entries
from tests.browser.conftest import Visit
from tests.conftest import member
from tests.registry.conftest import END, START, VALUES, confirmed

Open = Callable[..., Visit]
SHOWN = sorted(set(Field) - {Field.CONTACT_EMAIL})
FIRMS = [
    ("Arctic Sensors OÜ", "EE004", "micro", "CTA06.1", "audited"),
    ("Baltic Photonics OÜ", "EE001", "small", "CTA06.1", "basic"),
    ("Northern Quantum Laboratory OÜ", "EE008", "large", "CTA03.1", ""),
    ("Riga Robotics SIA", "LV006", "medium", "CTA09.1", "documented"),
]


@pytest.fixture
def listed(approver: User, now: object) -> None:
    load_seed(now=now)
    audiences = (Audience.ASSOCIATIONS, Audience.FOCAL_POINT)
    terms = disclosure.grid(dict.fromkeys(audiences, SHOWN), {each: [Purpose.OUTREACH] for each in audiences})
    for name, region, size, code, compliance in FIRMS:
        firm = Organisation.objects.create(kind=Kind.FIRM, name=name)
        person = member(firm, f"Person {region}", Role.ENTRY_EDITOR, Role.SIGNATORY)
        given = {"legal_name": name, "region": region, "size_band": size, "compliance": compliance, "nace": ["26.11", "72.10"]}
        segment = Segment.objects.technologies().filter(code__startswith=code[:5]).first()
        assert segment
        activities = [entries.Activity(segment, role, 6) for role in ("develops", "researches")]
        entry = entries.save_entry(organisation=firm, values=VALUES | given, activities=activities, by=person, now=now)
        version = agreements.offer(entry=entry, terms=terms, valid_from=START, valid_until=END, by=person, now=now)
        version = agreements.sign(version=version, sha256=version.sha256, by=person, second_factor=confirmed(now), now=now)
        agreements.countersign(version=version, sha256=version.sha256, by=approver, second_factor=confirmed(now), now=now)


def photograph(page: Page, name: str) -> None:
    """Where SCREENSHOTS names a folder, keep the page as a screen and a phone show it."""
    if folder := os.environ.get("SCREENSHOTS"):
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)
        page.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
@pytest.mark.parametrize("place", ["desk", "registry"])
def test_narrow_down_compare_save_and_take_along(
    visit: Open, listed: None, officer: User, association_officer: User, tmp_path: Path, place: str, *, scripts: bool
) -> None:
    is_desk = place == "desk"
    address = "/desk/registry/" if is_desk else "/registry/"
    name = f"{place}-{'scripts' if scripts else 'plain'}"
    looker = visit(scripts=scripts).sign_in(officer if is_desk else association_officer).go(address).is_clean()
    photograph(looker.page, f"{name}-look")
    looker.choose("Outreach").fill("What is the reason?", "Fair in Riga").press("Go to the registry")
    looker.sees("4 entries").is_clean()
    photograph(looker.page, f"{name}-list")

    looker.unfold("Region").follow("Lääne-Eesti (EE004)").sees("1 entry").misses("Baltic Photonics").is_clean()
    photograph(looker.page, f"{name}-narrowed")
    looker.follow("Remove").sees("4 entries")
    looker.follow("Map").sees("By region").is_clean()
    photograph(looker.page, f"{name}-map")
    looker.follow("Cards").sees("4 entries").is_clean()
    photograph(looker.page, f"{name}-cards")

    looker.choose("Compare Arctic Sensors OÜ").press("Compare those ticked").sees("Choose two to four entries").is_clean()
    looker.follow("Back to the search").choose("Compare Arctic Sensors OÜ").choose("Compare Northern Quantum Laboratory OÜ")
    looker.press("Compare those ticked").sees("Side by side").sees("Reason: Fair in Riga").misses("Baltic Photonics").is_clean()
    photograph(looker.page, f"{name}-compare")

    looker.follow("Back to the search").unfold("Save this search").fill("Name of the search", "All as cards").press("Save")
    looker.sees("It asks again each time").is_clean()
    photograph(looker.page, f"{name}-saved")
    looker.follow("All as cards").sees("4 entries").unfold("Take what was found along").is_clean()
    photograph(looker.page, f"{name}-export")
    with looker.page.expect_download() as started:
        looker.page.get_by_role("button", name="CSV").click()
    started.value.save_as(tmp_path / "copy.csv")
    assert "Riga Robotics SIA" in (tmp_path / "copy.csv").read_text()
    assert "Agreed for Outreach only. Reason: Fair in Riga" in (tmp_path / "copy.csv").read_text()
    assert Look.objects.exports().values("batch").distinct().count() == 1
