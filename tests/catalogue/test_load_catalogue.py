import hashlib
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from catalogue.models import ControlList
from tests.catalogue.conftest import PARAGRAPHS, annex
from tests.catalogue.consolidated import consolidated

pytestmark = pytest.mark.django_db


def load(*args: str) -> str:
    out = StringIO()
    call_command("load_catalogue", *args, stdout=out, stderr=StringIO())
    return out.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "eu_dual_use").mkdir()
    (tmp_path / "eu_dual_use" / "annex_i_paragraphs.csv").write_bytes(annex())
    return tmp_path


def test_without_an_argument_it_loads_the_seed_and_the_second_time_says_that_nothing_changed() -> None:
    assert "EU dual-use list, short form" in load()
    assert [line.rpartition(": ")[2] for line in load().splitlines()] == ["unchanged.", "unchanged."]


def test_a_folder_brings_the_whole_list(folder: Path) -> None:
    assert f"Annex I of Regulation (EU) 2021/821, 2025-11-15: {len(PARAGRAPHS)} rows written." in load(str(folder))
    assert "Annex I of Regulation (EU) 2021/821, 2025-11-15: unchanged." in load(str(folder))


def test_the_official_text_that_somebody_saved_brings_it_too(tmp_path: Path) -> None:
    saved = tmp_path / "02021R0821-20251115.html"
    saved.write_bytes(consolidated(PARAGRAPHS))
    assert f"Annex I of Regulation (EU) 2021/821, 2025-11-15: {len(PARAGRAPHS)} rows written." in load(str(saved))


def test_a_broken_file_ends_the_command_with_line_and_reason(folder: Path) -> None:
    (folder / "eu_dual_use" / "annex_i_paragraphs.csv").write_bytes(annex([("oh", "", "entry", "x")]))
    with pytest.raises(CommandError, match="Line 2: 'oh' is not a code"):
        load(str(folder))
    assert ControlList.objects.count() == 0


@pytest.mark.parametrize(
    "args",
    [
        ["/nowhere"],
        ["--url", "https://example.org/a.csv"],
        ["--sha256", "0" * 64],
        ["--url", "http://example.org/a.csv", "--sha256", hashlib.sha256().hexdigest()],
    ],
)
def test_arguments_that_cannot_work_are_refused(args: list[str]) -> None:
    with pytest.raises(CommandError):
        load(*args)
