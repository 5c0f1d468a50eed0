"""Keeping from a dump in which order people came.

PostgreSQL writes rows one behind another and numbers transactions, so that a copy of the tables would tell who of a day's askers
came before whom. Rewriting the day's rows in random order, without a change, takes that from both: a row's place and its number
are then those of the stirring. What that doesn't reach (the log of changes, copies of the disk) is in docs/threat-model.md.
"""
# ruff: noqa: SLF001  _meta and _base_manager are Django's documented names

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import Q
from psycopg2 import sql
from psycopg2.extras import execute_batch

from inquiries.models import Inquiry

# Inquiries whose rows one transaction rewrites, and holds: many enough that the place of each is chance, few enough to be a moment.
BATCH = 400
# The first times a row may find room where it is; what was rewritten can't be overwritten before the transaction ends, so that in
# the end every row has moved.
TIMES = 4


def last_days(today: date) -> date:
    """From which day on the clock stirs: yesterday, whose last hour it has not come to yet."""
    return today - timedelta(days=1)


def stir(*, since: date) -> int:
    """Rewrite, in random order, all rows of the inquiries in which something happened from `since` on; return how many.

    An inquiry that somebody is working on is left for the next time; nobody waits for longer than one batch takes.
    """
    found = Inquiry.objects.filter(Q(received_on__gte=since) | Q(events__on__gte=since)).values_list("pk", flat=True)
    touched = list(set(found))
    _RANDOM.shuffle(touched)
    return sum(_stir_batch(touched[first : first + BATCH]) for first in range(0, len(touched), BATCH))


@transaction.atomic
def _stir_batch(inquiries: list[UUID]) -> int:
    free = Inquiry.objects.select_for_update(skip_locked=True, no_key=True).filter(pk__in=inquiries)
    held = list(free.values_list("pk", flat=True))
    return sum(_rewrite(model, path, held) for model, path in tables_of_inquiries())


def tables_of_inquiries() -> Iterator[tuple[type[models.Model], str]]:
    """Each model with rows of one inquiry, and the lookup that leads from it to the inquiry's key, such as `inquiry`."""
    yield Inquiry, "pk"
    known: dict[type[models.Model], str] = {Inquiry: ""}
    own = list(apps.get_app_config("inquiries").get_models(include_auto_created=True))
    while found := [(model, field) for model in own if model not in known for field in _keys_to(model, known)]:
        model, field = found[0]
        known[model] = f"{field.name}__{known[field.related_model]}".removesuffix("__")
        yield model, known[model]


def _keys_to(model: type[models.Model], known: dict[type[models.Model], str]) -> list[Any]:
    keys = [field for field in model._meta.concrete_fields if field.related_model in known]
    return sorted(keys, key=lambda field: (field.null, known[field.related_model].count("__")))


def _rewrite(model: type[models.Model], path: str, inquiries: list[UUID]) -> int:
    keys = list(model._base_manager.filter(**{f"{path}__in": inquiries}).values_list("pk", flat=True))
    names = {"table": model._meta.db_table, "column": _any_column(model), "key": str(model._meta.pk.column)}
    statement = sql.SQL("UPDATE {table} SET {column} = {column} WHERE {key} = %s").format(
        **{place: sql.Identifier(name) for place, name in names.items()}
    )
    with connection.cursor() as cursor:
        for _ in range(TIMES):
            _RANDOM.shuffle(keys)
            execute_batch(cursor, statement, [(key,) for key in keys], page_size=500)
    return len(keys)


def _any_column(model: type[models.Model]) -> str:
    """A column to set to itself: no key where there is another, so that the row's lock keeps nobody from pointing at it."""
    columns = [field for field in model._meta.concrete_fields if not field.primary_key]
    return str(min(columns, key=lambda field: (field.unique, field.is_relation)).column)


_RANDOM = secrets.SystemRandom()
