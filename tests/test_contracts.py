"""The import contracts of pyproject.toml: that they name everything there is, and that each of them notices a fault."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.processes import ROOT

SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
FLOORS, ROOMS, DESK, VERBS = SETTINGS["contracts"]
LAYERS = [re.findall(r"\((\w+)\)", layer) for layer in ROOMS["layers"]]
DOORS = {room for layer in LAYERS[1:3] for room in layer} - {"templatetags"} | {"adapters"}
BELOW_THE_DOORS = {room for layer in LAYERS[next(n for n, layer in enumerate(LAYERS) if "services" in layer) :] for room in layer}


def rooms(*, among: set[str]) -> set[str]:
    """The modules of all packages of works and ground that are one of those rooms."""
    return {
        f"{package}.{room}"
        for package in ROOMS["containers"]
        for room in among
        if (ROOT / package / f"{room}.py").exists() or (ROOT / package / room / "__init__.py").exists()
    }


def test_the_desk_is_kept_from_every_door() -> None:
    assert set(DESK["forbidden_modules"]) == rooms(among=DOORS)


def test_whatever_lies_below_the_doors_is_kept_from_their_libraries() -> None:
    assert set(VERBS["source_modules"]) == rooms(among=BELOW_THE_DOORS)


# A line that somebody might write, where, and which of the contracts has to notice it.
FAULTS = [
    (FLOORS, "inquiries/services/asking.py", "from registry import models", "inquiries.services.asking -> registry.models"),
    (FLOORS, "catalogue/services.py", "from inquiries import receipts", "catalogue.services -> inquiries.receipts"),
    (FLOORS, "mailroom/services/__init__.py", "import portal.checks", "mailroom.services -> portal.checks"),
    (ROOMS, "inquiries/models/inquiry.py", "from inquiries import forms", "inquiries.models.inquiry -> inquiries.forms"),
    (ROOMS, "registry/permissions.py", "from registry import gateway", "registry.permissions -> registry.gateway"),
    (ROOMS, "inquiries/helpers.py", "import json", "inquiries.helpers"),
    (DESK, "focalpoint/crossings.py", "from inquiries import tasks", "focalpoint.crossings -> inquiries.tasks"),
    (DESK, "focalpoint/views/__init__.py", "from registry import api", "focalpoint.views -> registry.api"),
    (VERBS, "inquiries/services/asking.py", "import celery", "inquiries.services.asking -> celery"),
    (VERBS, "organisations/permissions.py", "import allauth", "organisations.permissions -> allauth"),
]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the packages in a folder of its own."""
    folder: Path = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for package in SETTINGS["root_packages"]:
        shutil.copytree(
            ROOT / package, folder / package, ignore=lambda _, names: [name for name in names if not _may_hold_python(name)]
        )
    return folder


def _may_hold_python(name: str) -> bool:
    return name.endswith(".py") or (not Path(name).suffix and name not in ("__pycache__", "templates"))


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo", "--config", "pyproject.toml"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def words(text: str) -> str:
    """The text without the breaks that the linter puts into long lines."""
    return " ".join(text.split())


def test_each_contract_notices_what_breaks_it(house: Path) -> None:
    """One run for all faults; and one before it, because a fault in the copy would be seen as well."""
    sound = lint(house)
    assert sound.returncode == 0, sound.stdout
    for _, file, line, _ in FAULTS:
        with (house / file).open("a") as source:
            source.write(f"\n{line}\n")
    found = lint(house)
    said = words(found.stdout)
    assert found.returncode == 1
    assert [contract["name"] for contract in SETTINGS["contracts"] if f"{contract['name']} BROKEN" not in said] == []
    assert [told for contract, _, _, told in FAULTS if told not in _of(contract, said)] == []


def _of(contract: dict[str, Any], said: str) -> str:
    """What the linter says of one contract, below its verdicts on all of them."""
    _, _, details = said.partition("Broken contracts")
    begin = details.index(contract["name"])
    ends = [details.find(other["name"], begin + 1) for other in SETTINGS["contracts"]]
    return details[begin : min((end for end in ends if end > 0), default=len(details))]
