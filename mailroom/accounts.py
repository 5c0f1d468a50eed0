"""Where returned mail is fetched from: what a mailbox must be able to do, and how its address is written in the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol, Self
from urllib.parse import SplitResult, unquote, urlsplit

TIMEOUT = 20  # seconds for each answer


class Unreachable(Exception):
    """The server can't be reached, doesn't let us in or stopped answering. Says what kind of fault it was, and no more."""


class Mailbox(Protocol):
    """Mails are read one by one, and taken out once what they say has been written down."""

    def unread(self, *, most: int) -> list[str]:
        """The first of the mails that nobody has looked at."""

    def read(self, uid: str, *, most: int) -> bytes:
        """The first bytes of a mail, which stays unread; none of one that is there no more."""

    def take_out(self, uid: str) -> None: ...

    def leave(self, uid: str) -> None:
        """Leave it for a person, and don't look at it again."""

    def clear(self) -> None:
        """Have the server forget what was taken out; the last thing that is asked of it."""


@dataclass(frozen=True)
class Login:
    """What any server needs to know."""

    PORTS: ClassVar[dict[str, int]] = {}  # of the scheme with TLS, then of the one without
    SHAPE: ClassVar[str] = ""

    host: str
    port: int
    user: str
    password: str
    is_secure: bool = True

    @classmethod
    def of(cls, url: str) -> Self:
        """Return what an address of the class's SHAPE names; raises ValueError for what is none.

        User and password are percent-encoded where they hold other characters than letters and digits. Without TLS a password would
        travel in the clear: that is for a server on the same machine.
        """
        parts = urlsplit(url)
        if parts.scheme not in cls.PORTS or not (parts.hostname and parts.username and parts.password):
            raise ValueError(f"it must be {cls.SHAPE}")
        secure = next(iter(cls.PORTS))
        if parts.scheme != secure and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError(f"it must be {secure}: a password would travel in the clear")
        port = _port(parts) or cls.PORTS[parts.scheme]
        return cls(parts.hostname, port, unquote(parts.username), unquote(parts.password), parts.scheme == secure)


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError:  # its message quotes what may be a piece of the password
        raise ValueError("the port is no number; write special characters of the password percent-encoded") from None
