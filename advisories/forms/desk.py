"""What the desk fills in."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.db.models import Q
from django.forms.utils import from_current_timezone
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from advisories.forms.fields import ControlEntriesField, DestinationsField, ReferencesField, day_field, segments_field
from advisories.models import (
    LONGEST_BODY,
    LONGEST_CHANGE,
    LONGEST_SUMMARY,
    LONGEST_TITLE,
    LONGEST_TO_DO,
    ActivityRole,
    Advisory,
    Kind,
    Revision,
    Tlp,
    Urgency,
)
from advisories.services.editing import COLUMNS, TEXTS, Content
from catalogue.models import Segment
from mailroom.models import State as Fate
from organisations.models import Organisation
from organisations.validators import plain_text

MOST_OLDER = 30


class AdvisoryForm(forms.Form):
    agency = forms.ModelChoiceField(label=_("Agency"), queryset=Organisation.objects.none(), empty_label=None)
    kind = forms.ChoiceField(label=_("Kind"), choices=Kind.choices, widget=forms.RadioSelect)
    tlp = forms.ChoiceField(
        label=_("Who may read it (TLP 2.0)"),
        choices=[
            (Tlp.CLEAR, _("TLP:CLEAR – everybody")),
            (Tlp.GREEN, _("TLP:GREEN – everybody who acts for an organisation known here")),
            (Tlp.AMBER, _("TLP:AMBER – organisations concerned, and their members by relay")),
            (Tlp.AMBER_STRICT, _("TLP:AMBER+STRICT – organisations concerned only")),
            (Tlp.RED, _("TLP:RED – officials only; the mail says only that something waits")),
        ],
        widget=forms.RadioSelect,
    )
    urgency = forms.ChoiceField(
        label=_("Urgency"),
        help_text=_("What is urgent overtakes all other mail, and needs two approvals."),
        choices=Urgency.choices,
        initial=Urgency.ROUTINE,
        widget=forms.RadioSelect,
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.ADVISORY_LANGUAGES, initial="en")
    title = forms.CharField(label=_("Title"), max_length=LONGEST_TITLE, validators=[plain_text])
    summary = forms.CharField(
        label=_("Summary"),
        help_text=_("One or two sentences: what happens, and whom it concerns."),
        max_length=LONGEST_SUMMARY,
        validators=[plain_text],
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    body = forms.CharField(
        label=_("Text"),
        help_text=_("Markdown: a blank line begins a paragraph, a hyphen a point in a list. No pictures."),
        max_length=LONGEST_BODY,
        validators=[plain_text],
        widget=forms.Textarea(attrs={"rows": 16}),
    )
    what_to_do = forms.CharField(
        label=_("What to do"),
        help_text=_("The steps that you ask of the reader. Markdown."),
        max_length=LONGEST_TO_DO,
        required=False,
        validators=[plain_text],
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    what_changed = forms.CharField(
        label=_("What has changed"),
        help_text=_("Whoever got the other one reads this first. Plain text."),
        max_length=LONGEST_CHANGE,
        validators=[plain_text],
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    segments = segments_field(_("Whom it concerns. Tick none if it concerns all."))
    control_entries = ControlEntriesField(
        label=_("Control entries"),
        help_text=_("Such as 3A001.a.5, 6A003; an entry stands for all that is below it."),
    )
    destinations = DestinationsField(
        label=_("Destinations"),
        help_text=_("Countries and regions, one a line: by name, ISO code or UN M49 number."),
    )
    roles = forms.MultipleChoiceField(
        label=_("Whom among them"),
        help_text=_("Tick none if it concerns all."),
        choices=ActivityRole.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
    )
    legal_references = ReferencesField(
        label=_("Legal references"),
        help_text=_(
            "One a line: a CELEX number or an ELI address, then its name if you like, as in 32021R0821 Dual-use regulation."
        ),
    )
    supersedes = forms.ModelMultipleChoiceField(
        label=_("What it replaces"),
        help_text=_("When this one comes out, those count as superseded. It goes to an audience of its own, unlike a correction."),
        queryset=Advisory.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
    )
    valid_from = day_field(_("In force from"), _("If it begins on a certain day, such as a rule."))
    valid_to = day_field(_("Last day"), _("After it the advisory counts as expired and leaves the feeds."))
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)

    def __init__(self, *args: Any, agencies: list[Organisation], advisory: Advisory | None = None, **kwargs: Any) -> None:
        if advisory:
            kwargs["initial"] = _as_it_stands(advisory) | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        if advisory is None or advisory.corrects_id is None:
            del self.fields["what_changed"]
        agency = cast("forms.ModelChoiceField[Organisation]", self.fields["agency"])
        agency.queryset = Organisation.objects.filter(pk__in=[each.pk for each in agencies])
        agency.initial = agencies[0].pk if agencies else None
        self._offer_older(agencies, advisory)
        if advisory:
            del self.fields["agency"]
            # Segments that a form doesn't offer, such as single technologies, are kept and not lost by an edit.
            segments = cast("forms.ModelMultipleChoiceField[Segment]", self.fields["segments"])
            chosen = Q(pk__in=advisory.segments.values("pk"))
            areas = Q(pk__in=Segment.objects.areas().values("pk"))
            segments.queryset = Segment.objects.filter(areas | chosen).in_order()
        elif len(agencies) == 1:
            agency.widget = forms.HiddenInput()

    @property
    def content(self) -> Content:
        typed = {name: self.cleaned_data[name] for name in COLUMNS if name in self.cleaned_data}
        typed |= {name: _plain_ends(typed[name]) for name in TEXTS if name in typed}
        older = list(self.cleaned_data.get("supersedes", ()))
        return Content(**typed, segments=list(self.cleaned_data["segments"]), supersedes=older)

    def _offer_older(self, agencies: list[Organisation], advisory: Advisory | None) -> None:
        """What is out of these agencies, the latest; what was chosen before stays to be unticked."""
        out = Advisory.objects.supersedable().filter(agency__in=agencies)
        latest = Q(pk__in=list(out.newest_first().values_list("pk", flat=True)[:MOST_OLDER]))
        chosen = Q(pk__in=advisory.supersedes.values("pk")) if advisory else Q()
        field = cast("forms.ModelMultipleChoiceField[Advisory]", self.fields["supersedes"])
        others = Advisory.objects.exclude(pk=advisory.corrects_id) if advisory and advisory.corrects_id else Advisory.objects.all()
        field.queryset = others.filter(latest | chosen).newest_first()
        if not field.queryset.exists():
            del self.fields["supersedes"]

    def clean_valid_to(self) -> date | None:
        first, last = self.cleaned_data.get("valid_from"), self.cleaned_data["valid_to"]
        if first and last and last < first:
            raise forms.ValidationError(_("The last day can't be before the first."))
        return cast("date | None", last)


def _plain_ends(text: str) -> str:
    """A browser ends each line with two characters (HTML, "Constructing the entry list"); an edit of nothing changes nothing."""
    return text.replace("\r\n", "\n")


def _as_it_stands(advisory: Advisory) -> dict[str, Any]:
    words = {name: getattr(advisory, name) for name in (*COLUMNS, "revision")}
    older = list(advisory.supersedes.values_list("pk", flat=True))
    return words | {"segments": list(advisory.segments.values_list("code", flat=True)), "supersedes": older}


class TranslationForm(forms.Form):
    """The texts of an advisory in another language: those that the original has."""

    title = forms.CharField(label=_("Title"), max_length=LONGEST_TITLE, validators=[plain_text])
    summary = forms.CharField(
        label=_("Summary"), max_length=LONGEST_SUMMARY, validators=[plain_text], widget=forms.Textarea(attrs={"rows": 3})
    )
    body = forms.CharField(
        label=_("Text"), max_length=LONGEST_BODY, validators=[plain_text], widget=forms.Textarea(attrs={"rows": 16})
    )
    what_to_do = forms.CharField(
        label=_("What to do"), max_length=LONGEST_TO_DO, validators=[plain_text], widget=forms.Textarea(attrs={"rows": 6})
    )
    what_changed = forms.CharField(
        label=_("What has changed"), max_length=LONGEST_CHANGE, validators=[plain_text], widget=forms.Textarea(attrs={"rows": 4})
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)

    def __init__(self, *args: Any, advisory: Advisory, language: str, **kwargs: Any) -> None:
        said = next((each for each in advisory.translated if each.language == language), None)
        texts = {name: getattr(said, name) for name in TEXTS} if said else {}
        kwargs["initial"] = texts | {"revision": advisory.revision}
        super().__init__(*args, **kwargs)
        for name in TEXTS:
            if not getattr(advisory, name).strip():
                del self.fields[name]
            else:
                self.fields[name].widget.attrs["lang"] = language

    @property
    def texts(self) -> dict[str, str]:
        return {name: _plain_ends(self.cleaned_data.get(name, "")) for name in TEXTS}


class RemoveForm(forms.Form):
    """From which revision a translation or a file is to be left out."""

    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    @property
    def why(self) -> str:
        return " ".join(str(error) for errors in self.errors.values() for error in errors)


class ApproveForm(forms.Form):
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class NoteForm(forms.Form):
    """What to mend."""

    note = forms.CharField(
        label=_("What should the author mend?"),
        max_length=1000,
        validators=[plain_text],
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label=_("Why is it withdrawn?"), help_text=_("Its readers will see this."), max_length=300, validators=[plain_text]
    )


class ScheduleForm(forms.Form):
    """A moment as somebody else's clock shows it: an embargo is agreed on with others."""

    day = day_field(_("Day"), required=True)
    time = forms.TimeField(label=_("Time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    zone = forms.ChoiceField(
        label=_("Time zone"), choices=[(zone, zone) for zone in dict.fromkeys((settings.TIME_ZONE, "Europe/Brussels", "UTC"))]
    )

    def clean(self) -> dict[str, Any]:
        """Put the moment into `at`; a time that the change of clocks skips or repeats is no moment."""
        found = self.cleaned_data
        if {"day", "time", "zone"} <= found.keys():
            with timezone.override(ZoneInfo(found["zone"])):
                try:
                    found["at"] = from_current_timezone(datetime.combine(found["day"], found["time"]))
                except forms.ValidationError:
                    self.add_error("time", _("The clocks change in that hour there: choose another time, or UTC."))
        return found


class LedgerForm(forms.Form):
    """What narrows the ledger of recipients."""

    words = forms.CharField(label=_("Address or organisation"), required=False, max_length=200, validators=[plain_text])
    state = forms.ChoiceField(label=_("State"), choices=[("", _("All states")), *Fate.choices], required=False)


class RetryForm(forms.Form):
    """Which copy; all that failed, where none is named."""

    copy = forms.UUIDField(widget=forms.HiddenInput, required=False)


class LiftForm(forms.Form):
    because = forms.CharField(
        label=_("Why does mail go to it again?"),
        help_text=_("Who asked for it, and how. It stays in the history."),
        max_length=300,
        validators=[plain_text],
    )


MOST_REVISIONS = 100


class RevisionsForm(forms.Form):
    """Between which two revisions."""

    before = forms.TypedChoiceField(label=_("From"), coerce=int)
    after = forms.TypedChoiceField(label=_("To"), coerce=int)

    def __init__(self, *args: Any, advisory: Advisory, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        latest = advisory.revisions.select_related("by").order_by("-number")[:MOST_REVISIONS]
        self._revisions = {revision.number: revision for revision in latest}
        for name in ("before", "after"):
            field = cast("forms.TypedChoiceField", self.fields[name])
            field.choices = [(number, _revision_name(revision)) for number, revision in self._revisions.items()]

    @property
    def chosen(self) -> tuple[Revision, Revision]:
        return self._revisions[self.cleaned_data["before"]], self._revisions[self.cleaned_data["after"]]


def _revision_name(revision: Revision) -> str:
    said = {"number": revision.number, "by": revision.by, "on": date_format(timezone.localtime(revision.at), "j F Y")}
    return gettext("%(number)s: %(by)s, %(on)s") % said
