"""Forms that count once: sent twice, they make one row; sent in a flood, they come back with everything typed and a turn."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.core import signing
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from inquiries.floods import Wait
from inquiries.services import admission

FORM_LASTS = 24 * 3600  # seconds
_SALT = "inquiries.once"


class NotOnce(Exception):
    """The token is forged, or older than FORM_LASTS."""


@dataclass(frozen=True)
class Once:
    """What a form carries hidden: random content, when it was opened, and its turn if it got one (both Unix times).

    It stands in the asker's page only, signed. The receipt is derived from the content, so that a form sent again finds its first
    copy.
    """

    content: bytes
    opened: int
    turn: int | None = None

    @classmethod
    def read(cls, token: str) -> Once:
        """Return what stands in a token; raises NotOnce."""
        try:
            content, opened, turn = signing.loads(token, salt=_SALT, max_age=FORM_LASTS)
        except (signing.BadSignature, ValueError) as error:
            raise NotOnce from error
        return cls(bytes.fromhex(content), opened, turn)

    def __str__(self) -> str:
        return signing.dumps([self.content.hex(), self.opened, self.turn], salt=_SALT)


def new_once() -> str:
    return str(Once(secrets.token_bytes(32), opened=int(time.time())))


class OnceField(forms.CharField):
    """The hidden field; cleans to a Once, or to None for a form that is too old or forged."""

    widget = forms.HiddenInput

    def __init__(self) -> None:
        super().__init__(initial=new_once, required=False, max_length=400)

    def clean(self, value: Any) -> Any:
        try:
            return Once.read(super().clean(value))
        except (NotOnce, forms.ValidationError):
            return None


class OnceForm(forms.Form):
    """A form that counts once; its `cleaned_data["once"]` is the random content.

    One that is too old is refused with a fresh token in it, so that sending it again works.
    """

    once = OnceField()
    wait: Wait | None = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        token = cleaned.get("once")
        if token is None:
            self._renew(new_once())
            raise forms.ValidationError(_("This page was open for more than a day. What you typed is still here: send it again."))
        self._token: Once = token
        return cleaned | {"once": token.content}

    def is_admitted(self, *, now: datetime) -> bool:
        """Whether a valid form may come in now. If not, it says why and when, and its token keeps the turn that it was given."""
        token = self._token
        self.wait = admission.here.hold_form(opened=token.opened, turn=token.turn, now=now.timestamp())
        if self.wait is None:
            return True
        self._renew(str(replace(token, turn=self.wait.turn)))
        self.add_error(None, _why(self.wait))
        return False

    def is_admitted_to(self, inquiry: UUID, *, now: datetime) -> bool:
        """Whether one more message of this inquiry may come in now; the token stays as it is."""
        seconds = admission.here.hold_message(inquiry.bytes, now=now.timestamp())
        if not seconds:
            return True
        self.wait = Wait(seconds, is_flood=True)
        self.add_error(None, _("Many messages came at once. What you typed is still here: send it again in a minute."))
        return False

    @property
    def status(self) -> int:
        """The status of the page that shows the form: 200 as it was opened, 422 refused, 429 when it has to wait."""
        if not self.is_bound:
            return 200
        return 429 if self.wait else 422

    def _renew(self, token: str) -> None:
        fresh = QueryDict(mutable=True)
        fresh.update(self.data)
        fresh[self.add_prefix("once")] = token
        self.data = fresh


def _why(wait: Wait) -> Any:
    if not wait.is_flood:
        return _("That was quicker than anybody writes. What you typed is still here: send it again.")
    if wait.turn is None:
        return _("More comes in than we can take. What you typed is still here: keep this page open and send it again in a minute.")
    return _(
        "Much is coming in just now, and it is your turn in %(seconds)d seconds. What you typed is still here: send it again then."
    ) % {"seconds": wait.seconds}
