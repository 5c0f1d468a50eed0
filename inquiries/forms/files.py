"""Files that may come in with words. What a form gives on is cleaned already; what was sent is dropped."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inquiries.cleaning.kinds import MOST_BYTES, Kind
from inquiries.floods import Wait
from inquiries.services import admission
from inquiries.services.receiving import Received, UnableToReceive, no_room, receive

MOST_FILES = 10
# Stands among the digests that a page carries for files that were chosen and not looked at, since the form was refused. No file has
# it, so that the form is held all the same when it comes without any.
CHOSEN = "0" * 64
_DIGESTS = re.compile(r"\b[0-9a-f]{64}\b")


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Up to MOST_FILES files; cleans to a list of what was sent, not looked at yet."""

    def __init__(self, *, template_name: str = "forms/folded_files.html", **options: Any) -> None:
        accept = ",".join(f".{kind.suffix.removeprefix('.')}" for kind in Kind) + ",.jpg"
        widget = FilesInput(attrs={"accept": accept})
        super().__init__(required=False, widget=widget, **options)
        self.template_name = template_name

    def clean(self, data: Any, initial: Any = None) -> Any:  # noqa: ARG002  the field's signature
        uploads = [each for each in data or [] if each]
        lost = {getattr(each, "lost", "") for each in uploads}
        if "too-many" in lost or len(uploads) > MOST_FILES:
            raise forms.ValidationError(_("At most %(most)d files go with one message. Leave some out.") % {"most": MOST_FILES})
        if "no-room" in lost:
            raise forms.ValidationError(no_room())
        too_big = [each.name for each in uploads if getattr(each, "lost", "")]
        if too_big:
            raise forms.ValidationError(
                _("“%(name)s” has more than %(most)s. Send a smaller one, or a part of it.")
                % {"name": too_big[0], "most": filesizeformat(MOST_BYTES)}
            )
        return uploads


def receive_all(uploads: Iterable[Any]) -> list[Received]:
    """Clean what was sent, the same file once; raises ValidationError with a sentence for each that is refused."""
    received: dict[str, Received] = {}
    refused: list[str] = []
    for upload in uploads:
        try:
            file = receive(upload.spool, name=upload.name)
        except UnableToReceive as error:
            refused.append(_("“%(name)s”: %(why)s") % {"name": upload.name, "why": error})
        else:
            upload.spool = file.spool  # in place of what was sent, which is dropped; it goes with the request
            received[file.digest] = file
    if refused:
        raise forms.ValidationError(refused)
    return list(received.values())


class FilesForm(forms.Form):
    """A form for words with files; its `cleaned_data["files"]` are cleaned copies.

    Nothing is looked at while something else in the form is wrong, since it would have to be sent again anyway.
    """

    # Hides no attribute: Django takes fields out of the class.
    files = FilesField(  # type: ignore[assignment]
        label=gettext_lazy("Files"),
        help_text=gettext_lazy(
            "PDF, JPEG, PNG, Word, Excel, OpenDocument text, CSV or plain text; up to ten, 20 MB each. "
            "The names of authors, places and programs hidden in them are taken out."
        ),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        received: list[Received] = []
        if not self.errors:
            try:
                self.admit(cleaned["files"])
                received = receive_all(cleaned["files"])
            except forms.ValidationError as refused:
                self.add_error("files", refused)
        return cleaned | {"files": received}

    def admit(self, uploads: Sequence[Any]) -> None:
        """Raise ValidationError where the files are not looked at just now; those of officials always are."""

    @property
    def has_lost_files(self) -> bool:
        """Whether files came with a form that is shown again: a page without a script can't keep them."""
        return self.is_bound and bool(self.files)


class AskersFilesForm(FilesForm):
    """The same for askers, who are shown before anything goes what was in the files.

    `looked` are the digests of those that they have been shown, as the page says; it holds no asker to anything but their own look.
    """

    wait: Wait | None = None
    looked = forms.CharField(widget=forms.HiddenInput, required=False, max_length=65 * 2 * MOST_FILES)
    without_files = forms.BooleanField(label=gettext_lazy("Send it without the files"), required=False)

    def admit(self, uploads: Sequence[Any]) -> None:
        seconds = admission.here.hold_files([upload.size for upload in uploads], now=time.time()) if uploads else 0
        if seconds:
            self.wait = Wait(seconds, is_flood=True)
            raise forms.ValidationError(
                _(
                    "More files come in just now than we can look at. What you typed is still here: choose the files again and "
                    "send it in %(seconds)d seconds, or send it without them."
                )
                % {"seconds": seconds}
            )

    def clean(self) -> dict[str, Any]:
        if self.files:
            carried = QueryDict(mutable=True)
            carried.update(self.data)
            carried["looked"] = " ".join(dict.fromkeys([*self.cleaned_data.get("looked", ()), CHOSEN]))
            self.data = carried
        return super().clean()

    def clean_looked(self) -> list[str]:
        return _DIGESTS.findall(self.cleaned_data["looked"])
