"""How much may come in at once, by rules that know no visitor.

The portal has no address of anybody, so nothing here counts per person. What is counted is the whole, the minute in which a form
was opened, and the inquiry that a message belongs to. All of it is the memory of one process, gone when it ends. Times are seconds.
"""

from __future__ import annotations

import math
import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from threading import Lock
from typing import Final

MEGABYTE = 1_000_000
MINUTE = 60
DAY = 24 * 3600


@dataclass(frozen=True)
class Limits:
    """What one process takes. `burst` at once and `per_minute` after it, of forms and of calls each; what is above is a flood."""

    shortest: float = 3  # from opening a form to sending it: nobody writes a question faster
    burst: int = 60
    per_minute: int = 30
    own_places: int = 3  # which each minute in which forms were opened keeps for them in a flood
    longest_queue: float = 600  # how far ahead turns are given
    looks: int = 120  # for published answers while somebody writes, at once, and then two a second
    messages: int = 20  # that one inquiry takes at once, and then one a minute
    files: int = 1000  # files, and megabytes of them, of all askers at once, and then one a second


@dataclass(frozen=True)
class Wait:
    """Come back in so many seconds. With a `turn` (Unix time) it is certain that the form is taken then."""

    seconds: int
    is_flood: bool
    turn: int | None = None


class Bucket:
    """A token bucket: `size` at once, `per_second` after it."""

    def __init__(self, size: float, per_second: float) -> None:
        self.size = size
        self.per_second = per_second
        self._level = size
        self._filled_at = -math.inf

    def take(self, now: float, number: float = 1) -> int:
        """Take so many and return 0, or return in how many seconds there will be as many; more than its size counts as its size."""
        number = min(number, max(1, self.size))
        passed = max(0.0, now - self._filled_at)
        self._level = min(self.size, self._level + passed * self.per_second)
        self._filled_at = now
        if self._level < number:
            return math.ceil((number - self._level) / self.per_second)
        self._level -= number
        return 0


class Gate:
    """Lets forms in. While few come nobody waits; in a flood each form gets a turn that it can rely on.

    Turns can't be hoarded, because a form counts once. Forms opened before the flood began compete only with those of the same
    minute, so that somebody who has been writing for ten minutes isn't put behind a crowd that came just now.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._all = Bucket(limits.burst, limits.per_minute / MINUTE)
        self._taken: Counter[int] = Counter()
        self._last_turn = -math.inf

    def hold(self, *, opened: float, turn: int | None, now: float) -> Wait | None:
        """Let a form in that was opened at `opened` and has perhaps been given a `turn`, or say how long it has to wait."""
        if turn is not None and turn <= now:
            return None
        if turn is not None:
            return Wait(math.ceil(turn - now), is_flood=True, turn=turn)
        if now - opened < self._limits.shortest:
            return Wait(math.ceil(self._limits.shortest - (now - opened)), is_flood=False)
        if not self._all.take(now) or self._takes_own_place(opened, now):
            return None
        return self._give_turn(now)

    def _takes_own_place(self, opened: float, now: float) -> bool:
        minute = int(opened // MINUTE)
        if minute not in self._taken:  # the only moment at which the counter grows
            oldest = (now - DAY) // MINUTE
            self._taken = Counter({each: taken for each, taken in self._taken.items() if each >= oldest})
        self._taken[minute] += 1
        return self._taken[minute] <= self._limits.own_places

    def _give_turn(self, now: float) -> Wait:
        apart = MINUTE / self._limits.per_minute
        turn = max(now + self._limits.shortest, self._last_turn + apart)
        if turn - now > self._limits.longest_queue:
            return Wait(MINUTE, is_flood=True)
        self._last_turn = turn
        return Wait(math.ceil(turn - now), is_flood=True, turn=math.ceil(turn))


class Drawers:
    """A bucket for each thing that asks for one. Which it is can't be read from memory: names are hashed with a rotating salt."""

    MOST = 10_000
    ROTATION = 3600

    def __init__(self, size: float, per_second: float) -> None:
        self._size = size
        self._per_second = per_second
        self._since = -math.inf
        self._salt = b""
        self._buckets: dict[bytes, Bucket] = {}

    def take(self, name: bytes, now: float) -> int:
        """Take one from the bucket of `name` and return 0, or return in how many seconds there will be one."""
        if now - self._since > self.ROTATION or len(self._buckets) >= self.MOST:
            self._since, self._salt, self._buckets = now, secrets.token_bytes(32), {}
        key = blake2b(name, digest_size=16, key=self._salt).digest()
        return self._buckets.setdefault(key, Bucket(self._size, self._per_second)).take(now)


class Admission:
    """All the counters of one process, safe to ask from several threads. Forms and calls are apart: neither floods the other.

    Receipts are in none of them: 112 bits can't be guessed, and a counter of wrong ones would slow those who have the right one.
    """

    def __init__(self, limits: Limits) -> None:
        self._lock: Final = Lock()
        self._gate = Gate(limits)
        self._calls = Bucket(limits.burst, limits.per_minute / MINUTE)
        self._looks = Bucket(limits.looks, 2)
        self._messages = Drawers(limits.messages, 1 / MINUTE)
        self._files = Bucket(limits.files, 1)

    def hold_form(self, *, opened: float, turn: int | None, now: float) -> Wait | None:
        with self._lock:
            return self._gate.hold(opened=opened, turn=turn, now=now)

    def hold_call(self, *, now: float) -> int:
        """Let a question by API in and return 0, or return the seconds that it has to wait."""
        with self._lock:
            return self._calls.take(now)

    def hold_look(self, *, now: float) -> int:
        """Let a look for published answers in and return 0, or return the seconds that it has to wait."""
        with self._lock:
            return self._looks.take(now)

    def hold_message(self, inquiry: bytes, *, now: float) -> int:
        """Let one more message of an inquiry in and return 0, or return the seconds that it has to wait; slows no other inquiry."""
        with self._lock:
            return self._messages.take(inquiry, now)

    def hold_files(self, sizes: Iterable[int], *, now: float) -> int:
        """Let the files of an asker in, to be looked at, and return 0, or return the seconds that they have to wait.

        A look at a file costs a process and up to half a minute, and takes no account, receipt or turn. `sizes` are in bytes.
        """
        with self._lock:
            return self._files.take(now, sum(1 + size / MEGABYTE for size in sizes))
