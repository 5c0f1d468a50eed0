"""What may come in from an asker."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.core.validators import MaxLengthValidator
from django.forms import BoundField
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from catalogue.models import Segment
from catalogue.parsing import code_typed
from catalogue.regions import OFFERED, destination_name
from inquiries import receipts
from inquiries.forms.files import AskersFilesForm
from inquiries.forms.once import OnceForm
from inquiries.models import MOST_ITEMS, Details, Item, RedFlag, Topic
from inquiries.services import subjects
from inquiries.services.modes import Who
from inquiries.services.subjects import Subject
from organisations.permissions import Visitor
from organisations.validators import plain_text

# The same for all of it: what is not there, what others may read, what was withdrawn.
NAMES_NOTHING = _(
    "The advisory that this should be about can't be named here, so it has been left out. "
    "You can ask all the same. If you read it as a member of an organisation, ask by name."
)
NAMES_NOTHING_BY_NAME = _(
    "The advisory that this should be about can't be named here, so it has been left out. You can ask all the same."
)
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

    def clean(self, value: Any) -> Any:
        return super().clean(value) if value else []  # a query that is known to find nothing is worked out all the same

    def label_from_instance(self, obj: Segment) -> str:
        return obj.label


RED_FLAGS = (
    (_("The product"), (RedFlag.SUPERIOR, RedFlag.UNUSUAL_CHANGES, RedFlag.SENSITIVE_USE)),
    (
        _("End use and end user"),
        (
            RedFlag.NEW_CUSTOMER,
            RedFlag.TRADER,
            RedFlag.MILITARY_TIES,
            RedFlag.UNFAMILIAR,
            RedFlag.FOREIGN_CONTACTS,
            RedFlag.THIN_WEBSITE,
            RedFlag.EVASIVE,
        ),
    ),
    (_("Delivery"), (RedFlag.ODD_ROUTE, RedFlag.VAGUE_DELIVERY, RedFlag.CLOSED_SITE)),
    (
        _("Price and contract"),
        (RedFlag.GENEROUS_TERMS, RedFlag.OTHER_PAYER, RedFlag.NO_SERVICE, RedFlag.SECRECY, RedFlag.SPARE_PARTS),
    ),
)


def _destinations() -> list[Any]:
    return _destinations_in(get_language())


@lru_cache(maxsize=8)
def _destinations_in(language: str | None) -> list[Any]:  # noqa: ARG001  the names are in this language
    return [
        ("", str(_("I would rather not say"))),
        (str(_("A region is enough")), [(number, str(name)) for number, name in OFFERED.items()]),
        (str(_("Countries")), [(code, str(name)) for code, name in countries]),
    ]


def _short(label: Any, help_text: Any = "", *, longest: int = 300) -> forms.CharField:
    return forms.CharField(label=label, help_text=help_text, required=False, max_length=longest, validators=[plain_text])


# One item; the form has each of these MOST_ITEMS times, as item1_description and so on.
ITEM_FIELDS = {
    "description": _short(_("What is it?"), _("In plain words, without the name under which you sell it."), longest=500),
    "designed_for": _short(_("What was it designed for?"), _("For example: radar, medical imaging, any industrial use.")),
    "used_for": _short(_("What would it be used for?"), _("By the customer, as far as you know.")),
    "parameters": forms.CharField(
        label=_("Technical parameters"),
        help_text=_("Those on which the lists depend: accuracy, frequency, power, temperature, purity."),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        max_length=2000,
        validators=[plain_text],
    ),
    "entry": _short(
        _("Which control entry do you think it is?"),
        _("If you have an idea, such as 3A001. The more exact the entry, the fewer firms it fits."),
        longest=60,
    ),
}


@dataclass(frozen=True)
class ItemRow:
    """One item's fields as a page shows them."""

    number: int
    fields: list[BoundField]

    @property
    def is_filled(self) -> bool:
        return any(field.value() for field in self.fields)


class AskForm(AskersFilesForm, OnceForm):
    # What it was asked beside: an id, of what the asker may name. The page draws it as a box that is ticked.
    about = forms.Field(required=False, widget=forms.HiddenInput)
    sighting = forms.BooleanField(label=_("I have seen myself what it describes"), required=False)
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
        help_text=_("A region will do where the country together with the item would tell who you are; so will nothing."),
        choices=_destinations,
        required=False,
    )
    red_flags = forms.MultipleChoiceField(
        label=_("Is there anything odd about the order?"),
        help_text=_("Tick what you have seen. None of it says that somebody does wrong; together they help to judge."),
        choices=[(group, [(flag.value, flag.label) for flag in flags]) for group, flags in RED_FLAGS],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    objects_to_publication = forms.BooleanField(
        label=_("Don't publish the answer for everybody, not even without anything that could tell who asked"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in range(1, MOST_ITEMS + 1):
            self.fields |= {f"item{number}_{part}": copy(field) for part, field in ITEM_FIELDS.items()}

    @property
    def reader(self) -> Visitor:
        """As who the asker names things. A stranger, whoever is signed in: what few may read would tell that one of them asks."""
        return AnonymousUser()

    @cached_property
    def named(self) -> Subject | None:
        """What it is about, if the asker may name that."""
        return subjects.find(self.reader, value) if (value := self["about"].value()) else None

    @property
    def names_nothing(self) -> bool:
        """Whether what led here can't be named."""
        return bool(self["about"].value()) and self.named is None

    @property
    def way_here(self) -> str:
        """The query by which the other ways of asking are told what it is about."""
        return f"?about={self.named.key}{'&sighting=1' if self['sighting'].value() else ''}" if self.named else ""

    @property
    def way_for_strangers(self) -> str:
        return self.way_here if self.named and self.named.for_everybody else ""

    def begin(self) -> None:
        """Begin with what the subject suggests; its asker may choose otherwise."""
        if self.named:
            topic = Topic.RISK_LANDSCAPE if self.initial.get("sighting") else self.named.topic
            self.initial = {**self.initial, "topic": topic, "segments": list(self.named.segments)}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        cleaned["about"] = self.named
        cleaned["sighting"] = self.named is not None and cleaned.get("sighting", False)
        if self.names_nothing:
            self.add_error(None, self.why_nothing)
        for number in range(1, MOST_ITEMS + 1):
            name = f"item{number}_entry"
            cleaned[name] = code_typed(cleaned.get(name, "")) or cleaned.get(name, "")
        return cleaned

    def item_rows(self) -> list[ItemRow]:
        return [ItemRow(number, [self[f"item{number}_{part}"] for part in ITEM_FIELDS]) for number in range(1, MOST_ITEMS + 1)]

    def summary(self, cleaned: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """What would go, as labels and words."""
        details = details_of(cleaned)
        yield from self._beside(cleaned)
        yield str(self.fields["topic"].label), str(Topic(cleaned["topic"]).label)
        for name in ("subject", "text"):
            if cleaned[name]:
                yield str(self.fields[name].label), cleaned[name]
        for number, item in enumerate(details.items, start=1):
            yield str(_("Item %(number)d") % {"number": number}), "\n".join(f"{label}: {words}" for label, words in item.parts())
        yield from self._choices(cleaned)
        if details.signs:
            yield str(_("Warning signs")), "\n".join(details.signs)
        for name in (*self.WHO, "objects_to_publication"):
            if cleaned[name]:
                yield str(self.fields[name].label), str(_("Yes") if cleaned[name] is True else cleaned[name])

    def _beside(self, cleaned: dict[str, Any]) -> Iterator[tuple[str, str]]:
        if named := cleaned["about"]:
            yield str(_("About")), str(_("The advisory “%(title)s”")) % {"title": named.title}
        if cleaned["sighting"]:
            yield str(_("Sighting")), str(self.fields["sighting"].label)

    def _choices(self, cleaned: dict[str, Any]) -> Iterator[tuple[str, str]]:
        if segments := cleaned["segments"]:
            yield str(self.fields["segments"].label), ", ".join(segment.label for segment in segments)
        if destination := cleaned["destination"]:
            yield str(self.fields["destination"].label), destination_name(destination)

    def typed(self) -> Iterator[tuple[str, str]]:
        """What was sent, field by field and value by value, without token and files: what a page has to carry on."""
        for name in self.fields:
            if name not in ("once", *AskersFilesForm.base_fields):
                values = self.data.getlist(name) if hasattr(self.data, "getlist") else [self.data.get(name, "")]
                yield from ((name, value) for value in values if value)

    # What differs in the forms of the other ways of asking: the fields on who asks, and why something can't be named.
    WHO: tuple[str, ...] = ()
    why_nothing = NAMES_NOTHING

    def identity(self) -> Who:
        """Who asks: nobody, unless a form of another way of asking says so."""
        return None

    def who_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.WHO]


def details_of(cleaned: dict[str, Any]) -> Details:
    """What a form's cleaned fields say besides the words."""
    items = [Item(**{part: cleaned.get(f"item{number}_{part}", "") for part in ITEM_FIELDS}) for number in range(1, MOST_ITEMS + 1)]
    return Details(tuple(filter(None, items)), tuple(cleaned.get("red_flags", ())))


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


class ReplyForm(AskersFilesForm, OnceForm):
    visit = forms.CharField(widget=forms.HiddenInput, max_length=300)
    text = text_field(_("Write again"), rows=6, error_messages={"required": _("Write what you want to add.")})
