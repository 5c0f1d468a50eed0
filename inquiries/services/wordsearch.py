"""Looking for words inside one's own open cases: the only search that reads what askers wrote, since it opens the seal."""

from __future__ import annotations

from dataclasses import dataclass

from inquiries import lifecycle
from inquiries.models import Inquiry
from inquiries.sealing import CannotOpen
from inquiries.services import casework, thread
from inquiries.services.readers import UnableToOpen
from organisations.models import User

MOST_CASES = 60
MOST_FINDS = 50
BEFORE, AFTER = 60, 120  # characters around a find


@dataclass(frozen=True)
class Find:
    """A place in a case where the words stand: what is before them, they themselves, and what is after."""

    inquiry: Inquiry
    before: str
    words: str
    after: str


@dataclass(frozen=True)
class Finds:
    """`read` cases were looked through, `left_out` were not, because they are more than MOST_CASES or could not be opened."""

    places: list[Find]
    read: int
    left_out: int


def look_for(words: str, *, by: User) -> Finds:
    """Return where `words` stand in the conversations and items of the official's own open cases, at most one place a text.

    Nothing of it is kept. Capitals don't count.
    """
    mine = Inquiry.objects.visible_to(by).filter(officer=by).exclude(state=lifecycle.CLOSED).in_order("due")
    cases = list(mine[: MOST_CASES + 1])
    places: list[Find] = []
    read = 0
    for inquiry in cases[:MOST_CASES]:
        try:
            conversation = thread.read(casework.open_for_official(inquiry, by=by))
        except (UnableToOpen, CannotOpen):
            continue
        read += 1
        texts = [conversation.subject, *conversation.details.texts().values(), *(line.text for line in conversation.lines)]
        places += [find for text in texts if (find := _find(words, text, inquiry))]
    return Finds(places[:MOST_FINDS], read, max(mine.count() - read, 0) if len(cases) > MOST_CASES else len(cases) - read)


def _find(words: str, text: str, inquiry: Inquiry) -> Find | None:
    start = text.lower().find(words.lower())
    if start < 0:
        return None
    end = start + len(words)
    return Find(inquiry, text[max(start - BEFORE, 0) : start], text[start:end], text[end : end + AFTER])
