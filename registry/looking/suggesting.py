"""That two entries should meet, as an official suggests it on the desk and by program, and as the firm sees it."""

from __future__ import annotations

from datetime import date
from typing import Final

from django.utils.translation import gettext_lazy

from organisations.models import Organisation, User
from organisations.permissions import Visitor
from registry import gateway
from registry.forms.introductions import SuggestionForm
from registry.looking.meetings import gate_of
from registry.models import Suggestion
from registry.services import suggesting as verbs

# What an official is told: nothing that the office did not do itself, or its cell doesn't show.
TAKEN_DOWN: Final = gettext_lazy(
    "Taken down. If both let other listed firms see them for matchmaking, the firm reads your words from the next morning on. "
    "We can’t tell you whether."
)
TOO_SOON: Final = gettext_lazy("Your office suggested within the last year that these two meet. Once a year is enough.")
UNABLE: Final = gettext_lazy("You can’t suggest this: you act for one of the two, or one is not shown to you any more.")


def suggest(gate: gateway.Gate, form: SuggestionForm, *, by: User, today: date) -> None:
    """Suggest what a valid form says, and have it in the ledgers of both, with the words as the reason.

    Raises gateway.NotDisclosed, `verbs.TooSoon` or `verbs.UnableToSuggest`.
    """
    agency, refs, words = gate.capacity.organisation, form.refs, form.cleaned_data["words"]
    if agency is None:
        raise verbs.UnableToSuggest
    # Before the ledger says so, although the verb asks again.
    if verbs.sent_already(refs=refs, words=words, agency=agency, by=by, today=today):
        return
    entry_id, other_id = gate.subjects(refs, reason=words)
    verbs.suggest(refs=refs, entry_ids=(entry_id, other_id), words=words, agency=agency, by=by, today=today)


def seen(viewer: Visitor, suggestion: Suggestion, firm: Organisation, *, today: date) -> gateway.Listed | None:
    """Return what the firm's cell shows of the other; None where it can't be taken up any more. The ledger has it before."""
    if not suggestion.is_open(today):
        return None
    try:
        return gate_of(viewer, firm, today=today).met(suggestion.other_id)
    except gateway.UnableToLook:
        return None
