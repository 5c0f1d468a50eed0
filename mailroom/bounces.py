"""What a status code says of a mailbox: whether it is gone, can't take mail for now, or won't take ours."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

HARD: Final = "hard"  # there is no such mailbox, and there won't be one tomorrow
SOFT: Final = "soft"  # it took nothing for as long as somebody tried
POLICY: Final = "policy"  # what we send is not wanted in this form: nothing of that is the reader's fault
FORWARDED: Final = "forwarded"  # the address took it and passed it on, and it came back from there
COMPLAINT: Final = "complaint"
REFUSED: Final = "refused"  # it never left: our own relay said at once that there is no such mailbox

CAME_BACK = (HARD, SOFT, POLICY)
BOUNCES = (*CAME_BACK, FORWARDED)

STATUS = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})", re.ASCII)  # RFC 3463, section 2

# The last two numbers of permanent failures (5.x.y) after which no letter of a list goes to the address any more.
GONE = {
    "1.1",  # no such mailbox, RFC 3463, section 3.2; so are the next three
    "1.2",  # no such domain, or it takes no mail
    "1.3",  # not an address in that domain
    "1.6",  # moved, and nobody knows where to
    "1.10",  # the domain says that it takes no mail, RFC 7505, section 4.2
    "2.1",  # the mailbox is there and disabled, RFC 3463, section 3.3
}
# How a worker writes down such a refusal (Envelope.last_error).
REFUSED_AS_GONE = rf"^smtp-5[0-9][0-9] 5\.({'|'.join(sorted(each.replace('.', '[.]') for each in GONE))})$"
# Those that speak of the message or its sender, and say nothing of the mailbox.
ABOUT_US = {
    "1.7",  # the sender's address, RFC 3463, section 3.2
    "1.8",
    "2.3",  # longer than this mailbox takes, section 3.3
    "3.4",  # larger than this system takes, section 3.4
}
SUBJECTS_ABOUT_US = {"5", "6", "7"}  # protocol, content, and security or policy: RFC 3463, sections 3.6 to 3.8

WORDS: dict[str, Promise] = {
    "1.1": _("The mailbox does not exist"),
    "1.2": _("The domain does not exist or takes no mail"),
    "1.3": _("The address is not one that its domain can have"),
    "1.6": _("The mailbox has moved"),
    "1.10": _("The domain takes no mail"),
    "2.1": _("The mailbox is disabled"),
    "2.2": _("The mailbox is full"),
    "2.3": _("The mail is too long for the mailbox"),
    "3.4": _("The mail is too large for its server"),
    "4.1": _("Its server does not answer"),
    "4.4": _("No server was found for the domain"),
    "4.7": _("Its server could not be reached for days"),
}
WORDS_OF_SUBJECTS: dict[str, Promise] = {
    "1": _("Something is wrong with the address"),
    "2": _("Something is wrong with the mailbox"),
    "3": _("Something is wrong with its mail server"),
    "4": _("Its mail server could not be reached"),
    "5": _("Its mail server did not understand ours"),
    "6": _("Its mail server does not take such content"),
    "7": _("Its mail server refused it by its rules"),
}

# How long mail must come back as "not now" before the address gets none: on so many different days, the last one at least so long
# after the first, with nothing between that arrived.
SOFT_DAYS = 4
SOFT_SPAN = timedelta(days=7)
LOOK_BACK = timedelta(days=90)
# A copy that is older has been given up by every server on its way (four to five days each, RFC 5321, section 4.5.4.1).
LATEST = timedelta(days=14)
# Of one letter, so many mailboxes may be gone, or this share of them: beyond that it is a server that errs, not readers who left.
MOST_GONE, LARGEST_SHARE_GONE = 10, 0.2


def kind_of(status: str) -> str:
    """Return HARD, SOFT or POLICY for the status (x.y.z) of a copy that was given up; what is unknown is SOFT."""
    parts = STATUS.fullmatch(status)
    if not parts:
        return SOFT
    kind, subject, detail = parts.groups()
    if kind == "5" and f"{subject}.{detail}" in GONE:
        return HARD
    return POLICY if subject in SUBJECTS_ABOUT_US or f"{subject}.{detail}" in ABOUT_US else SOFT


def words_of(status: str) -> str | Promise:
    """Return what the status means; "" where it says nothing."""
    parts = STATUS.fullmatch(status)
    if not parts:
        return ""
    _kind, subject, detail = parts.groups()
    return WORDS.get(f"{subject}.{detail}", WORDS_OF_SUBJECTS.get(subject, ""))


def has_run_dry(fates: Iterable[tuple[date, str]]) -> bool:
    """Whether an address has taken nothing for long enough to stop.

    `fates` are the days on which copies left for it, the latest first, each with the kind of the report that came, or "" for
    a copy of which nothing was heard and which thus arrived. A refusal of what we send counts neither way.
    """
    days = []
    for day, kind in fates:
        if kind == SOFT:
            days.append(day)
        elif kind in ("", FORWARDED):
            break
    return len(set(days)) >= SOFT_DAYS and max(days) - min(days) >= SOFT_SPAN


def is_flood(gone: int, *, of: int) -> bool:
    """Whether so many mailboxes of one letter are said to be gone that it is hardly true."""
    return gone > max(MOST_GONE, of * LARGEST_SHARE_GONE)
