"""What may come in from an asker."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from catalogue.models import Segment
from inquiries import receipts
from inquiries.forms.once import OnceForm
from inquiries.models import Topic
from inquiries.services.modes import Who
from organisations.validators import plain_text

LONGEST_TEXT = 50_000
LONGEST_SUBJECT = 150


def text_field(label: Any, *, rows: int = 12, **options: Any) -> forms.CharField:
    """A field for words: line breaks kept, at most LONGEST_TEXT characters, nothing that a page can't show."""
    too_long = _(
        "This text has %(show_value)d characters; %(limit_value)d are the most. Shorten it, or send the rest as a second message."
    )
    return forms.CharField(
        label=label,
        widget=forms.Textarea(attrs={"rows": rows}),
        validators=[MaxLengthValidator(LONGEST_TEXT, message=too_long), plain_text],
        **options,
    )


class SegmentsField(forms.ModelMultipleChoiceField[Segment]):
    """A choice of the ten areas, by code."""

    def __init__(self, **options: Any) -> None:
        options |= {"required": False, "to_field_name": "code", "widget": forms.CheckboxSelectMultiple}
        super().__init__(queryset=Segment.objects.areas(), **options)

    def label_from_instance(self, obj: Segment) -> str:
        return obj.label


class AskForm(OnceForm):
    topic = forms.ChoiceField(
        label=_("What is it about?"),
        choices=Topic.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what your question is about; “Something else” will do.")},
    )
    subject = forms.CharField(
        label=_("In a few words"),
        help_text=_("A line by which you will know this question again."),
        required=False,
        max_length=LONGEST_SUBJECT,
        validators=[plain_text],
    )
    text = text_field(
        _("Your question"),
        help_text=_(
            "Write as you would to a colleague. Leave out names, addresses and numbers that could tell who you are, "
            "unless the answer depends on them."
        ),
        error_messages={"required": _("Write your question.")},
    )
    segments = SegmentsField(label=_("Which fields of technology does it touch?"), help_text=_("Choose as many as fit, or none."))
    destination = forms.ChoiceField(
        label=_("Where would it go?"),
        help_text=_("Leave it open if the country together with the item would tell who you are."),
        required=False,
    )
    objects_to_publication = forms.BooleanField(
        label=_("Don't publish the answer for everybody, not even without anything that could tell who asked"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        destination = self.fields["destination"]
        assert isinstance(destination, forms.ChoiceField)  # noqa: S101  tells the type checker what the class body says
        destination.choices = [("", _("I would rather not say")), *countries]

    # The fields on who asks, of the forms of the other ways of asking.
    WHO: tuple[str, ...] = ()

    def identity(self) -> Who:
        """Who asks: nobody, unless a form of another way of asking says so."""
        return None

    def who_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.WHO]

    def question_fields(self) -> list[forms.BoundField]:
        """What is not on who asks and what becomes of the answer."""
        return [field for field in self.visible_fields() if field.name not in (*self.WHO, "objects_to_publication")]


class ReceiptField(forms.CharField):
    """The words of a receipt, however they were typed; cleans to its secret."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=400, **options)

    def clean(self, value: Any) -> Any:
        try:
            return receipts.read(super().clean(value))
        except receipts.NotAReceipt as error:
            raise forms.ValidationError(why_not(error), code="not-a-receipt") from error


def why_not(error: receipts.NotAReceipt) -> str:
    """Say in words how to mend a receipt that can't be one."""
    if error.word and error.count == receipts.WORDS:
        return str(_("Word %(place)d can't be right: look at it again.") % {"place": error.word})
    if error.count != receipts.WORDS:
        return str(
            _("A receipt has %(words)d words of five letters. Look for a missing or an extra letter.") % {"words": receipts.WORDS}
        )
    if error.exchanged:
        places = {"one": error.exchanged, "other": error.exchanged + 1}
        return str(_("Words %(one)d and %(other)d seem to be in each other's place.") % places)
    if error.suspect:
        return str(_("One letter seems to be wrong in word %(place)d: compare it with your copy.") % {"place": error.suspect})
    return str(_("The words don't fit together: one of them is mistyped, or two are in each other's place."))


class ReturnForm(forms.Form):
    receipt = ReceiptField(
        label=_("Your receipt"),
        help_text=_("Eight words, such as you were shown when you asked. Spaces, dashes and capitals don't matter."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
        error_messages={"required": _("Type the eight words of your receipt.")},
    )


class ReplyForm(OnceForm):
    visit = forms.CharField(widget=forms.HiddenInput, max_length=300)
    text = text_field(_("Write again"), rows=6, error_messages={"required": _("Write what you want to add.")})
