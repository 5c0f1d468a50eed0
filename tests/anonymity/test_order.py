"""Neither the time of day nor the order in which people came is in a dump."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db import connections
from django.utils import timezone

from inquiries.models import Inquiry
from inquiries.services import asking, stirring
from tests.anonymity.visitors import Stage, Visitor, dump, dumped_rows
from tests.conftest import owners_cursor

NUMBER = 200
# Of ranks without any connection the correlation lies beyond this once in a million times (five times 1/√(n-1)).
CHANCE = 0.36
KEY = {"inquiries_inquiry": "id", "inquiries_receipt": "inquiry_id", "inquiries_message": "inquiry_id",
       "inquiries_event": "inquiry_id", "inquiries_readerkey": "inquiry_id"}  # fmt: skip
COARSE = {"uuid", "character varying", "text", "bytea", "date", "integer", "smallint", "boolean", "jsonb", "ARRAY", "tsvector"}


def correlation(ranks: Sequence[int]) -> float:
    """Spearman's rank correlation between these ranks (0 to n-1, in some order) and their own places."""
    middle = (len(ranks) - 1) / 2
    products = sum((place - middle) * (rank - middle) for place, rank in enumerate(ranks))
    return products / sum((place - middle) ** 2 for place in range(len(ranks)))


def filed_in_order(number: int = NUMBER) -> list[Inquiry]:
    return [asking.submit(topic="other", text=f"Number {n}", today=timezone.localdate()).inquiry for n in range(number)]


def orders_in_dump(filed: list[Inquiry]) -> dict[str, float]:
    """How the order of a dump's rows goes with the order of arrival, for each table."""
    rank = {str(inquiry.pk): number for number, inquiry in enumerate(filed)}
    return {table: correlation([rank[row[key]] for row in dumped_rows(table)]) for table, key in KEY.items()}


def transactions() -> dict[str, int]:
    """How many different transactions wrote the rows of each table."""
    with connections["default"].cursor() as cursor:
        counts = {}
        for table in KEY:
            cursor.execute(f"SELECT count(DISTINCT xmin::text) FROM {table}")  # noqa: S608
            counts[table] = cursor.fetchone()[0]
    return counts


def test_a_dump_does_not_tell_in_which_order_people_came(stage: Stage) -> None:
    with owners_cursor("owner") as cursor:
        cursor.execute("TRUNCATE inquiries_inquiry CASCADE")  # no room left by rows of earlier tests, into which new ones would go
    filed = filed_in_order()
    # The check can fail: as rows were written, it is all there, but for rows that a vacuum meanwhile made room for.
    assert min(orders_in_dump(filed).values()) > 2 * CHANCE
    assert transactions() == dict.fromkeys(KEY, NUMBER)
    stirring.stir(since=timezone.localdate() - timedelta(days=1))
    assert {table: order for table, order in orders_in_dump(filed).items() if abs(order) > CHANCE} == {}
    assert transactions() == dict.fromkeys(KEY, 1)


def test_references_and_identifiers_are_random(stage: Stage) -> None:
    filed = filed_in_order()
    for names in ([inquiry.reference for inquiry in filed], [str(inquiry.pk) for inquiry in filed]):
        assert len(set(names)) == NUMBER
        assert abs(correlation([sorted(names).index(name) for name in names])) < CHANCE
    for table in KEY:
        for row in dumped_rows(table):
            assert {UUID(value).version for name, value in row.items() if re.fullmatch(r"id|inquiry_id", name)} == {4}


def test_the_correlation_is_what_it_says() -> None:
    assert correlation(range(50)) == 1
    assert correlation(range(49, -1, -1)) == -1
    assert abs(correlation([n * 7 % 50 for n in range(50)])) < 0.5


def test_no_column_of_an_inquiry_can_hold_a_time_of_day_or_a_running_number(stage: Stage) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_name LIKE 'inquiries_%%'"
            " AND (NOT data_type = ANY (%s) OR column_default LIKE 'nextval%%' OR is_identity = 'YES')",
            [list(COARSE)],
        )
        # The catalogue, which no asker writes, is numbered.
        assert set(cursor.fetchall()) == {
            ("inquiries_inquirysegment", "segment_id", "bigint"),
            ("inquiries_publicationsegment", "segment_id", "bigint"),
            ("inquiries_reply", "segment_id", "bigint"),
        }


def test_no_value_of_an_inquiry_is_a_time_of_day(stage: Stage) -> None:
    visitor = Visitor(stage)
    visitor.walk()
    rows = dump("--data-only", "--table", "inquiries_*").decode()
    assert rows.count(str(timezone.localdate())) >= 3
    assert re.findall(r"\d\d:\d\d:\d\d", rows.partition("COPY")[2]) == []
    for table in KEY:
        for row in dumped_rows(table):
            assert [value for value in row.values() if re.fullmatch(r"\d{7,}(\.\d+)?", value)] == []  # seconds since 1970, say
