"""How errors are written down: where they happened and of what kind they were, never the values they were about."""

from __future__ import annotations

import logging
import re
import traceback
from types import TracebackType

ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

# Addresses that open something to whoever has them; Django names the address of a request that failed.
LINKS = re.compile(
    r"(/(?:expert|organisations/invitation|registry/(?:person|invited)"
    r"|advisories/(?:certificate|feed|(?:members/)?stop|subscribe/(?:confirm|mine)))/)[^/\s]+"
)


class DiscreetFormatter(logging.Formatter):
    """Leaves out what an exception says: a refused row, a word that is no number, an address are quoted there.

    Of the database it gives the SQLSTATE, which names the kind of refusal. Of a link that was mailed, or given to a feed reader, it
    gives no token.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  the library's name
        return LINKS.sub(r"\1…", super().formatMessage(record))

    def formatException(self, ei: ExceptionInfo) -> str:  # noqa: N802  the library's name
        lines = []
        error = ei[1]
        while error is not None:
            frames = traceback.extract_tb(error.__traceback__)
            kind = f"{type(error).__module__}.{type(error).__qualname__} {getattr(error, 'pgcode', None) or ''}".strip()
            lines += [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames] + [kind]
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\n".join(lines)
