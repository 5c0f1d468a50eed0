"""One act on many cases, each by the verb of a single case: with its permission, its history and a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Final, Protocol

from django.db import transaction
from django.utils.translation import gettext as _

from inquiries import lifecycle
from inquiries.models import Absence, Flag, Inquiry, Priority
from inquiries.permissions import may_work
from inquiries.querysets import reading_agencies
from inquiries.services import casebook, casework, describing, handing, noting, readers
from organisations.models import User

MOST_CASES: Final = 100
KeyOf = Callable[[Inquiry], object]  # as readers.keys_of returns it


class IsSoAlready(Exception):
    """The case is as it should become; a form that is sent twice meets this the second time."""


class UnableToCloseUnanswered(Exception):
    """Nobody said that cases without an answer are meant as well; the message says it in words."""


class IsGone(Exception):
    """The case was erased while the others were worked on; the message says it in words."""


# What one case may be refused for; anything else is a fault and stops the whole.
REFUSALS: Final = (
    casebook.UnableToMove,
    casework.UnableToWork,
    handing.UnableToHand,
    noting.UnableToNote,
    readers.UnableToOpen,
    UnableToCloseUnanswered,
    IsGone,
)


class Act(Protocol):
    def foresee(self, inquiry: Inquiry, *, by: User, key_of: KeyOf) -> None:
        """Raise what `do` would, of a case on which the official may work; nothing is asked of the database for it."""

    def do(self, inquiry: Inquiry, *, by: User, today: date) -> None:
        """Do it to a locked inquiry on which the official may work; raises IsSoAlready or one of REFUSALS."""


@dataclass(frozen=True)
class Assign:
    """Make an official the case officer, with a note that names them if it is a colleague; `anyway` is as in handing.hand_over."""

    to: User
    note: str = ""
    anyway: bool = False

    def __str__(self) -> str:
        return _("Assign to %(name)s") % {"name": self.to}

    def foresee(self, inquiry: Inquiry, *, by: User, key_of: KeyOf) -> None:
        self._refuse(inquiry)
        if self.to == by:
            casebook.state_after(inquiry, "take")
        else:
            handing.foresee(inquiry, to=self.to, key_of=key_of)

    def _refuse(self, inquiry: Inquiry) -> None:
        if inquiry.officer_id == self.to.pk:
            raise IsSoAlready

    def do(self, inquiry: Inquiry, *, by: User, today: date) -> None:
        self._refuse(inquiry)
        if self.to == by:
            casework.take(inquiry, by=by, today=today)
        else:
            handing.hand_over(inquiry, to=self.to, note=self.note, anyway=self.anyway, by=by, today=today)


@dataclass(frozen=True)
class SetFlag:
    flag: str
    on: bool

    def __str__(self) -> str:
        told = _("Set the flag “%(flag)s”") if self.on else _("Take off the flag “%(flag)s”")
        return told % {"flag": Flag(self.flag).label}

    def foresee(self, inquiry: Inquiry, *, by: User, key_of: KeyOf) -> None:  # noqa: ARG002  as of every act
        if (self.flag in inquiry.flags) is self.on:
            raise IsSoAlready

    def do(self, inquiry: Inquiry, *, by: User, today: date) -> None:
        flags = {*inquiry.flags} | {self.flag} if self.on else {*inquiry.flags} - {self.flag}
        _describe(inquiry, flags=tuple(flags), by=by, today=today)


@dataclass(frozen=True)
class SetPriority:
    priority: str

    def __str__(self) -> str:
        return _("Set the priority to “%(priority)s”") % {"priority": Priority(self.priority).label}

    def foresee(self, inquiry: Inquiry, *, by: User, key_of: KeyOf) -> None:  # noqa: ARG002  as of every act
        if inquiry.priority == self.priority:
            raise IsSoAlready

    def do(self, inquiry: Inquiry, *, by: User, today: date) -> None:
        _describe(inquiry, priority=self.priority, by=by, today=today)


@dataclass(frozen=True)
class Close:
    """`unanswered`: those to which an answer is missing as well."""

    unanswered: bool = False

    def __str__(self) -> str:
        return _("Close")

    def foresee(self, inquiry: Inquiry, *, by: User, key_of: KeyOf) -> None:  # noqa: ARG002  as of every act
        self._refuse(inquiry)
        casebook.state_after(inquiry, "close")

    def _refuse(self, inquiry: Inquiry) -> None:
        if inquiry.state == lifecycle.CLOSED:
            raise IsSoAlready
        if inquiry.state in lifecycle.MOVES["close"] and inquiry.state != lifecycle.ANSWERED and not self.unanswered:
            raise UnableToCloseUnanswered(_("It has no answer, and you did not say that those without one are meant as well."))

    def do(self, inquiry: Inquiry, *, by: User, today: date) -> None:
        self._refuse(inquiry)
        casework.close(inquiry, by=by, today=today)


def _describe(inquiry: Inquiry, *, by: User, today: date, **changed: object) -> None:
    """Change some facts of a locked inquiry."""
    before = describing.facts_of(inquiry)
    after = replace(before, **changed)  # type: ignore[arg-type]
    if after == before:
        raise IsSoAlready
    describing.describe(inquiry, facts=after, seen=before.version, by=by, today=today)


@dataclass(frozen=True)
class Outcome:
    """What became of one case; `error` is None if the act was done, else IsSoAlready or one of REFUSALS."""

    inquiry: Inquiry
    error: Exception | None = None

    @property
    def is_done(self) -> bool:
        return self.error is None

    @property
    def is_so_already(self) -> bool:
        return isinstance(self.error, IsSoAlready)

    @property
    def is_refused(self) -> bool:
        return not (self.is_done or self.is_so_already)


def carry_out(act: Act, inquiries: Iterable[Inquiry], *, by: User, today: date) -> list[Outcome]:
    """Do it to each case; what is refused to one undoes nothing of the others."""
    return [_outcome(each, partial(_do, act, each, by=by, today=today)) for each in inquiries]


def _do(act: Act, inquiry: Inquiry, *, by: User, today: date) -> None:
    with transaction.atomic():
        act.do(casework.locked_for(inquiry, by), by=by, today=today)


def foresee(act: Act, inquiries: Iterable[Inquiry], *, by: User) -> list[Outcome]:
    """What carry_out would come to now, by the same checks and with nothing done: a hundred cases take the queries of one.

    That a colleague is away, or a note not written yet, is for the confirmation and stops nothing here.
    """
    inquiries = list(inquiries)
    now = Inquiry.objects.with_readers().in_bulk([each.pk for each in inquiries])
    key_of = readers.keys_of(now.values(), agencies=reading_agencies(by))
    return [_outcome(each, partial(_foresee, act, now.get(each.pk), by=by, key_of=key_of)) for each in inquiries]


def _foresee(act: Act, inquiry: Inquiry | None, *, by: User, key_of: KeyOf) -> None:
    if inquiry is None:
        raise Inquiry.DoesNotExist
    if not may_work(by, inquiry):
        raise casework.UnableToWork
    act.foresee(inquiry, by=by, key_of=key_of)


def _outcome(inquiry: Inquiry, attempt: Callable[[], None]) -> Outcome:
    try:
        attempt()
    except (IsSoAlready, *REFUSALS) as error:
        return Outcome(inquiry, error)
    except Inquiry.DoesNotExist:
        return Outcome(inquiry, IsGone(_("It is not there any more.")))
    return Outcome(inquiry)


def absence_of(act: Act, *, today: date) -> Absence | None:
    """The absence of the colleague to whom cases would go, if there is one."""
    return handing.absence_of(act.to, today=today) if isinstance(act, Assign) else None
