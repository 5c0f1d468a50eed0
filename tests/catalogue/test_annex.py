"""The real edition of 2025-11-15, where it lies on this machine; it is not ours to commit."""

import csv
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from catalogue.models import ControlEntry, ControlList, Segment
from catalogue.services import load_catalogue, read_annex
from tests.catalogue.conftest import NOW

DATA = Path(os.environ.get("CATALOGUE_DATA", settings.BASE_DIR.parent / "shared" / "data"))
pytestmark = [
    pytest.mark.skipif(not (DATA / "eu_dual_use").is_dir(), reason=f"no eu_dual_use in {DATA}; set CATALOGUE_DATA to run these"),
    pytest.mark.django_db,
]


@pytest.fixture(scope="module", autouse=True)
def loaded(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """Once for all tests of this file: they only read."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        load_catalogue(annex=read_annex(DATA), now=NOW)
    yield
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        ControlList.objects.all().delete()
        Segment.objects.filter(parent__isnull=False).delete()
        Segment.objects.all().delete()


def items() -> list[tuple[str, set[str]]]:
    with (DATA / "labelled" / "plain_items_dev_66.csv").open(encoding="utf-8", newline="") as file:
        return [(row["item"], set(row["acceptable_entries"].split())) for row in csv.DictReader(file)]


def test_every_row_is_loaded_in_its_place() -> None:
    rows = ControlEntry.objects.current()
    assert rows.count() == 4222
    assert rows.entries().count() == 384
    assert date.fromisoformat(ControlList.objects.current().get().edition) == date(2025, 11, 15)
    assert rows.get(code="3A001.a.5.a.1", kind="para").parent.code == "3A001.a.5.a"  # type: ignore[union-attr]


def test_no_flattened_power_of_ten_is_left_without_a_flag() -> None:
    rows = ControlEntry.objects.current()
    assert not rows.filter(text__regex=r"[x×]\s*10-?[1-9]").exists()
    assert not rows.filter(text__regex=r"(than|exceeding|equal to) 10-[1-9]").exists()
    assert "greater than 5 × 10³ Gy (silicon)" in rows.with_code("2B007.c").get().text
    assert rows.get(code="6A005.g.5", kind="para").needs_checking


def test_entries_meant_by_words_of_the_trade_are_among_the_first_five_in_nine_of_ten() -> None:
    listed = [(item, entries) for item, entries in items() if entries]
    hits = [
        item for item, entries in listed if entries & {row.entry_code for row in ControlEntry.objects.current().search(item)[:5]}
    ]
    assert len(hits) / len(listed) >= 0.9


def test_every_page_of_an_entry_opens(client: Client) -> None:
    for code in ("3A001", "3B501", "1C350", "4A001.a.2", "7A008", "5A002"):
        assert client.get(f"/catalogue/controls/{code}/").status_code == 200


def test_the_codes_of_segments_and_of_the_short_list_are_in_the_real_list() -> None:
    real = set(ControlEntry.objects.current().entries().values_list("code", flat=True))
    named = {code for codes in Segment.objects.values_list("control_codes", flat=True) for code in codes}
    short = set(ControlEntry.objects.filter(control_list__is_complete=False).values_list("code", flat=True))
    assert named | short <= real
