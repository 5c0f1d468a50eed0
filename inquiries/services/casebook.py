"""What every move of an inquiry has in common: the locked row, the table of moves, the history row, the deadline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.db.models import Max

from inquiries import lifecycle, retention
from inquiries.models import Event, Inquiry, Message
from inquiries.sealing import Place, seal
from inquiries.services import clock
from inquiries.services.named import tell_news
from organisations.models import User


class UnableToMove(Exception):
    """The move is not allowed from the state in which the inquiry is."""

    def __init__(self, inquiry: Inquiry, move: str) -> None:
        super().__init__(f"{move} is not allowed while the inquiry is {inquiry.state}")
        self.inquiry = inquiry
        self.move = move


def locked(inquiry: Inquiry) -> Inquiry:
    """Fetch the inquiry anew and hold its row until the transaction ends."""
    return Inquiry.objects.select_for_update(of=("self",)).get(pk=inquiry.pk)


def state_after(inquiry: Inquiry, kind: str) -> str:
    """The state to which a move leads; raises UnableToMove where it is not allowed."""
    state = lifecycle.after(inquiry.state, kind)
    if state is None:
        raise UnableToMove(inquiry, kind)
    return state


def move(
    inquiry: Inquiry,
    kind: str,
    *,
    by: User | None,
    today: date,
    detail: str = "",
    days: int | None = None,
    pk: UUID | None = None,
) -> None:
    """Make one move of a locked inquiry: its state, its deadline, its history. Raises UnableToMove."""
    state = state_after(inquiry, kind)
    if state == lifecycle.IN_HAND and inquiry.officer is None:
        state = lifecycle.RECEIVED  # closed by the asker before anybody took it, and open again
    record(inquiry, kind, by=by, today=today, detail=detail, days=days, pk=pk)
    if state != inquiry.state:
        inquiry.state = state
        inquiry.closed_on = today if state == lifecycle.CLOSED else None
    events = clock.events_of(inquiry)
    clock.settle(inquiry, events, clock.rules())
    inquiry.erase_on = retention.erase_on([(event.kind, event.on) for event in events], mode=inquiry.mode)
    moved = ["state", "closed_on", "erase_on", "officer", "agency", "team", "priority", "target_days"]
    inquiry.save(update_fields=[*moved, *clock.DERIVED])
    if kind in lifecycle.NEW_WORDS:
        _part(inquiry, today=today)


def _part(inquiry: Inquiry, *, today: date) -> None:
    """What the asker says anew is theirs alone: it is answered on its own again, not together with another case."""
    if inquiry.relations.merged().delete()[0]:
        record(inquiry, "portal-parts", by=None, today=today)


def record(
    inquiry: Inquiry,
    kind: str,
    *,
    by: User | None,
    today: date,
    detail: str = "",
    days: int | None = None,
    pk: UUID | None = None,
) -> Event:
    """Add to the history; `detail` is the office's own words, read by officials only, `days` those of an extension.

    `pk` is the row's key where a form leads to it.
    """
    position = (inquiry.events.aggregate(last=Max("position"))["last"] or 0) + 1
    named = {"pk": pk} if pk else {}
    return inquiry.events.create(position=position, kind=kind, official=by, on=today, detail=detail, days=days, **named)


def history(inquiry: Inquiry) -> list[tuple[str, date]]:
    """What happened, oldest first, as (kind, day)."""
    return list(inquiry.events.order_by("position").values_list("kind", "on"))


def due_on(inquiry: Inquiry) -> date | None:
    """Work out the deadline from the history; always gives the same day for the same history."""
    return clock.rules().clock(inquiry, clock.current_round(inquiry)).due_on


def settle(inquiry: Inquiry) -> None:
    """Work out the deadlines of a locked inquiry anew after something beside its history has changed, such as its priority."""
    clock.settle(inquiry, clock.events_of(inquiry), clock.rules())
    inquiry.save(update_fields=clock.DERIVED)


def begin(inquiry: Inquiry, happened: Sequence[tuple[str, str]], *, today: date) -> None:
    """Insert a new inquiry with its history of (kind, detail), all of today, and the deadlines that follow from it."""
    events = [
        Event(inquiry=inquiry, position=position, kind=kind, on=today, detail=detail)
        for position, (kind, detail) in enumerate(happened, start=1)
    ]
    clock.settle(inquiry, clock.as_read(events), clock.rules())
    inquiry.save(force_insert=True)
    Event.objects.bulk_create(events)


def add_message(
    inquiry: Inquiry,
    text: str,
    *,
    key: bytes,
    by: User | None,
    today: date,
    message: Message | None = None,
    is_first: bool = False,
) -> Message:
    """Seal `text` and append it to the thread of a locked inquiry. `is_first` spares asking what is there.

    Of an official's words who asks by name is told by mail, if they wish.
    """
    message = message or Message()
    message.inquiry = inquiry
    message.position = 1 if is_first else (inquiry.messages.aggregate(last=Max("position"))["last"] or 0) + 1
    message.author = Message.Author.OFFICE if by else Message.Author.ASKER
    message.official = by
    message.written_on = today
    message.sealed_text = seal(text, key=key, place=Place("message", inquiry.pk, message.pk))
    message.save(force_insert=True)
    if by:
        tell_news(inquiry, today=today)
    return message
