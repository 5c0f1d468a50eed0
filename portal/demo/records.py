"""The shapes in which the demo country is written down."""

from __future__ import annotations

from dataclasses import dataclass, field

from inquiries.models import Item
from organisations.models import Function, Kind, Role


@dataclass(frozen=True)
class Person:
    """One person of an organisation. `login` names the demo login that is theirs, `mailbox` their address before the @."""

    name: str
    roles: tuple[Role, ...]
    login: str = ""
    mailbox: str = ""

    @property
    def local_part(self) -> str:
        return self.mailbox or self.login or self.name.lower().translate(PLAIN).replace(" ", ".")


PLAIN = str.maketrans("äöõüšž", "aoousz")


@dataclass(frozen=True)
class Body:
    """An organisation; `slug` makes its address, `serial` the seven digits from which its registration number is computed."""

    slug: str
    kind: Kind
    name: str
    serial: str
    people: tuple[Person, ...]
    short_name: str = ""
    functions: tuple[Function, ...] = ()
    is_focal_point: bool = False

    @property
    def domain(self) -> str:
        return f"{self.slug}.example"


@dataclass(frozen=True)
class Profile:
    """What a firm or institute says of itself. `activities` are (segment code, role, readiness level)."""

    size: str
    region: str
    products: str
    activities: tuple[tuple[str, str, int | None], ...]
    certifications: str = ""


@dataclass(frozen=True)
class Firm:
    """A firm or institute with its entry, and how far its agreement has come (see `registry.py`)."""

    body: Body
    profile: Profile
    agreement: str = "none"
    terms: str = "public-profile"


# --- inquiries ------------------------------------------------------------------------------------------------------
# `ago` counts business days before today.


@dataclass(frozen=True)
class Take:
    ago: int
    officer: str


@dataclass(frozen=True)
class Says:
    """A word of the office: an answer, or a question to the asker."""

    ago: int
    move: str
    text: str
    files: tuple[str, ...] = ()  # names of papers.py


@dataclass(frozen=True)
class Writes:
    """The asker writes again."""

    ago: int
    text: str


@dataclass(frozen=True)
class Close:
    ago: int


@dataclass(frozen=True)
class Extend:
    """The answer is put off by some business days; `text` is the reason that the asker reads."""

    ago: int
    days: int
    text: str


Step = Take | Says | Writes | Extend | Close


@dataclass(frozen=True)
class Story:
    """An inquiry from the first word to the last. `title` is the desk's own, given when the case is taken."""

    topic: str
    ago: int
    subject: str
    text: str
    title: str = ""
    segments: tuple[str, ...] = ()
    destination: str = ""
    items: tuple[Item, ...] = ()
    red_flags: tuple[str, ...] = ()
    files: tuple[str, ...] = ()  # names of papers.py
    steps: tuple[Step, ...] = field(default=())


def answer(ago: int, text: str, *files: str) -> Says:
    return Says(ago, "answer", text, files)


def ask_back(ago: int, text: str) -> Says:
    return Says(ago, "ask-back", text)
