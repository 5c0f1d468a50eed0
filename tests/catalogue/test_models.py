from typing import Any

import pytest
from django.db import IntegrityError, transaction

from catalogue.models import ControlEntry, ControlList, ControlScheme, DiversionRisk, Match, Segment, SegmentMapping, SegmentScheme
from tests.catalogue.conftest import NOW

pytestmark = pytest.mark.django_db


def a_segment(code: str = "CTA01", **fields: Any) -> Segment:
    usual = {
        "scheme": SegmentScheme.EU_CRITICAL_AREAS,
        "edition": "2023",
        "label": "Chips",
        "source": "x",
        "diversion_risk": DiversionRisk.LOW,
    }
    return Segment.objects.create(**usual | fields, code=code)


def a_list(edition: str = "2025-11-15", **fields: Any) -> ControlList:
    usual = {
        "scheme": ControlScheme.EU_DUAL_USE,
        "title": "x",
        "source": "x",
        "attribution": "x",
        "checksum": "0" * 64,
        "loaded_at": NOW,
    }
    return ControlList.objects.create(**usual | fields, edition=edition)


def an_entry(control_list: ControlList, *, order: int = 1, **fields: Any) -> ControlEntry:
    usual = {"code": "3A001", "entry_code": "3A001", "depth": 0, "kind": "entry", "category": "3", "group": "A", "text": "x"}
    return ControlEntry.objects.create(**usual | fields, control_list=control_list, order=order)


def refused(name: str) -> Any:
    return pytest.raises(IntegrityError, match=name)


def test_a_segment_has_one_code_an_edition() -> None:
    a_segment()
    a_segment("CTA02")
    a_segment(edition="2020", is_current=False)
    with refused("one_segment_per_edition_and_code"), transaction.atomic():
        a_segment(is_current=False)


def test_a_code_is_current_once() -> None:
    a_segment()
    with refused("one_current_segment_per_code"), transaction.atomic():
        a_segment(edition="2024")


def test_a_segment_stands_below_another_and_not_below_itself() -> None:
    area = a_segment()
    a_segment("CTA01.1", parent=area)
    with refused("segment_is_not_its_own_parent"), transaction.atomic():
        Segment.objects.filter(pk=area.pk).update(parent=area)


def test_a_risk_is_one_of_the_three() -> None:
    with refused("segment_risk_is_known"), transaction.atomic():
        a_segment(diversion_risk="some")


def test_two_segments_are_mapped_once_and_none_to_itself() -> None:
    one, other = a_segment(), a_segment("EDT1", scheme=SegmentScheme.NATO_EDT)
    SegmentMapping.objects.create(segment=other, target=one, match=Match.EXACT)
    with refused("one_mapping_per_pair_of_segments"), transaction.atomic():
        SegmentMapping.objects.create(segment=other, target=one, match=Match.CLOSE)
    with refused("segment_is_not_mapped_to_itself"), transaction.atomic():
        SegmentMapping.objects.create(segment=one, target=one, match=Match.CLOSE)
    with refused("segment_match_is_known"), transaction.atomic():
        SegmentMapping.objects.create(segment=one, target=other, match="sort of")


def test_an_edition_is_there_once_and_one_is_current() -> None:
    a_list(is_current=True)
    a_list("2024-11-08")
    with refused("one_control_list_per_edition"), transaction.atomic():
        a_list()
    with refused("one_current_control_list_per_scheme"), transaction.atomic():
        a_list("2026-11-01", is_current=True)
    with refused("control_list_checksum_is_sha256"), transaction.atomic():
        a_list("2026-11-01", checksum="abc")


def test_a_code_names_one_paragraph_of_an_edition_while_notes_repeat_it() -> None:
    control_list = a_list()
    top = an_entry(control_list)
    an_entry(a_list("2024-11-08"))
    an_entry(control_list, order=2, kind="note", parent=top)
    an_entry(control_list, order=3, kind="note", parent=top)
    with refused("one_paragraph_per_code"), transaction.atomic():
        an_entry(control_list, order=4, kind="para", parent=top)
    with refused("one_control_entry_per_place"), transaction.atomic():
        an_entry(control_list, order=3, code="3A002", entry_code="3A002")


def test_entries_stand_at_the_top_and_nothing_else_does() -> None:
    control_list = a_list()
    top = an_entry(control_list)
    with refused("only_entries_stand_at_the_top"), transaction.atomic():
        an_entry(control_list, order=2, code="3A002", parent=top)
    with refused("only_entries_stand_at_the_top"), transaction.atomic():
        an_entry(control_list, order=2, code="3A001.a", kind="para")


def test_kind_category_and_group_are_known_ones() -> None:
    control_list = a_list()
    with refused("control_entry_kind_is_known"), transaction.atomic():
        an_entry(control_list, kind="poem", parent=an_entry(control_list))
    with refused("control_entry_category_and_group_are_known"), transaction.atomic():
        an_entry(control_list, order=2, code="XZ001", category="X")
    with refused("control_entry_category_and_group_are_known"), transaction.atomic():
        an_entry(control_list, order=2, code="3Z001", group="Z")
