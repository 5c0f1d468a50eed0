"""The process dies at every statement of a verb: truth and projection agree each time, and nothing is half done."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import pytest
from django.db import DatabaseError, InterfaceError, connection

from mailroom.models import Letter
from organisations.models import Organisation, User
from registry.models import AgreementEvent, AgreementVersion, Entry, RenewalEvent, Side
from registry.services import agreements, entries, pausing, projection, renewal, talks
from tests.registry.conftest import END, START, VALUES, Agree, confirmed
from tests.registry.test_talks import COUNTER, PUBLIC_TOO

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "disclosed"])


class Died(BaseException):
    """What no `except Exception` catches."""


@contextmanager
def dying_after(statements: int) -> Iterator[list[str]]:
    """Cut the connection once that many statements have run, as the end of the process would."""
    ran: list[str] = []

    def run(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:  # noqa: FBT001
        if len(ran) >= statements:
            context["connection"].connection.close()
            raise Died
        ran.append(sql)
        answer = execute(sql, params, many, context)
        if len(ran) == statements:
            context["connection"].connection.close()
        return answer

    with connection.execute_wrapper(run):
        yield ran


def state(entry: Entry) -> Any:
    versions = AgreementVersion.objects.filter(agreement__entry=entry).order_by("number")
    return [
        list(versions.values_list("number", "state", "is_active", "suspended_by", "signed_at", "countersigned_at", "ended_at")),
        AgreementEvent.objects.count(),
        Letter.objects.count(),
        list(Entry.objects.values_list("products", "confirmed_on", "lapsed_on")),
        RenewalEvent.objects.count(),
    ]


def verbs(
    people: dict[str, User], firm: Organisation, now: datetime
) -> dict[str, tuple[list[tuple[Any, str]], Callable[[Entry], Any]]]:
    """Each verb with the agreements that have to be there before it."""
    factor = confirmed(now)

    def confirm(entry: Entry) -> None:
        renewal.confirm(entry=entry, seen=renewal.fingerprint(entry), by=people["signatory"], today=now.date())

    def latest(entry: Entry) -> AgreementVersion:
        return AgreementVersion.objects.filter(agreement__entry=entry).latest("number")

    def sign(entry: Entry) -> None:
        version = latest(entry)
        agreements.sign(version=version, sha256=version.sha256, by=people["signatory"], second_factor=factor, now=now)

    def countersign(entry: Entry) -> None:
        version = latest(entry)
        agreements.countersign(version=version, sha256=version.sha256, by=people["officer"], second_factor=factor, now=now)

    def counter(entry: Entry) -> None:
        said = {"terms": COUNTER, "valid_from": START, "valid_until": END, "reason": "Less"}
        talks.counter(version=latest(entry), by=people["officer"], now=now, **said)

    def save(entry: Entry) -> None:
        values = VALUES | {"products": "Lasers"}
        entries.save_entry(organisation=firm, values=values, activities=[], by=people["entry_editor"], now=now)

    active, signed, offered = (PUBLIC_TOO, "active"), (COUNTER, "signed"), (COUNTER, "offered")
    return {
        "sign": ([active, offered], sign),
        "countersign": ([active, signed], countersign),
        "withdraw": ([active, signed], lambda entry: agreements.withdraw(entry=entry, by=people["signatory"], now=now)),
        "counter": ([active, (PUBLIC_TOO | {}, "signed")], counter),
        "suspend": (
            [active],
            lambda entry: pausing.suspend(
                version=latest(entry), side=Side.FOCAL_POINT, reason="Why", by=people["officer"], now=now
            ),
        ),
        "resume": ([active], lambda entry: pausing.resume(version=latest(entry), side=Side.FIRM, by=people["signatory"], now=now)),
        "end": ([active], lambda entry: pausing.terminate(version=latest(entry), reason="Why", by=people["officer"], now=now)),
        "expire": ([active], lambda _entry: agreements.expire(today=date(2100, 1, 1), now=now)),
        "save": ([active], save),
        "lapse": ([active], lambda _entry: renewal.lapse(today=date(2100, 1, 1), now=now)),
        "return": ([active], confirm),
    }


def history(people: dict[str, User], now: datetime) -> dict[str, Callable[[Entry], Any]]:
    """What has to have happened before some of the verbs."""

    def remind(_entry: Entry) -> None:
        renewal.remind(today=date(2099, 1, 1), now=now)

    def lapse(entry: Entry) -> None:
        remind(entry)
        renewal.lapse(today=date(2100, 1, 1), now=now)

    def suspend(entry: Entry) -> None:
        pausing.suspend(version=pausing.standing(entry), side=Side.FIRM, by=people["signatory"], now=now)

    return {"resume": suspend, "lapse": remind, "return": lapse}


@pytest.mark.parametrize(
    "name", ["sign", "countersign", "withdraw", "counter", "suspend", "resume", "end", "expire", "save", "lapse", "return"]
)
def test_a_verb_is_whole_or_not_at_all_wherever_the_process_dies(
    entry: Entry, agree: Agree, signatory: User, officer: User, entry_editor: User, firm: Organisation, now: datetime, name: str
) -> None:
    people = {"signatory": signatory, "officer": officer, "entry_editor": entry_editor}
    for person in people.values():
        assert person.memberships_held  # fetched beforehand: what counts are the verb's own statements
    before_it, verb = verbs(people, firm, now)[name]
    for terms, until in before_it:
        agree(entry, terms, until=until)
    history(people, now).get(name, state)(entry)
    before = state(entry)
    entry = Entry.objects.select_related("organisation").get(pk=entry.pk)
    assert die_everywhere(lambda: verb(entry), lambda: state(entry)) > 4
    assert state(entry) != before
    assert projection.differences() == []


def die_everywhere(verb: Callable[[], Any], state: Callable[[], Any]) -> int:
    """Run the verb with a death after each of its statements, then to its end; return how often it died."""
    before, statements = state(), 0
    while True:
        try:
            with dying_after(statements) as ran:
                verb()
        except (Died, DatabaseError, InterfaceError) as error:  # the death itself, or what Django says of the cut connection
            if len(ran) != statements:
                raise AssertionError(ran) from error
            connection.close()
        else:
            return statements
        assert state() == before, ran
        assert projection.differences() == []
        statements += 1
