"""What an asker says besides their own words: items and warning signs. It is sealed with the words, never a column in the clear."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

MOST_ITEMS = 4


class RedFlag(models.TextChoices):
    """Signs that goods may not be meant for whom or what is said; after Annex I of Recommendation (EU) 2019/1318, in own words."""

    SUPERIOR = "superior-product", _("What they ask for is better than the use they name needs")
    UNUSUAL_CHANGES = "unusual-changes", _("They want changes to a standard product that don't fit the use they name")
    SENSITIVE_USE = "sensitive-use", _("The item has a known military or otherwise sensitive use")
    NEW_CUSTOMER = "new-customer", _("The customer is new, and little can be found out about them")
    TRADER = "trader-as-end-user", _("The end user is a trader or forwarder, or sits in a free zone")
    MILITARY_TIES = "military-ties", _("The end user has ties to armed forces or state research, but names a civil use")
    UNFAMILIAR = "unfamiliar", _("The customer doesn't know the product, or it doesn't fit their business")
    FOREIGN_CONTACTS = "foreign-contacts", _("Telephone, mail or address belong to another country than the firm")
    THIN_WEBSITE = "thin-website", _("Their website says less than one would expect of such a firm")
    EVASIVE = "evasive", _("They avoid questions about the end use or the end user")
    ODD_ROUTE = "odd-route", _("The route, packing, labels or terms of delivery are unusual")
    VAGUE_DELIVERY = "vague-delivery", _("Days or places of delivery are vague or keep changing")
    GENEROUS_TERMS = "generous-terms", _("They pay more, earlier or more in cash than is usual")
    OTHER_PAYER = "other-payer", _("Somebody else pays, or the money takes another way than the goods")
    NO_SERVICE = "no-service", _("They decline installation, training or service that is usual")
    CLOSED_SITE = "closed-site", _("It would be installed in a closed or guarded area, or in an odd place for it")
    SECRECY = "secrecy", _("They ask for unusual secrecy about customer, destination or specification")
    SPARE_PARTS = "spare-parts", _("They want very many spare parts, or none at all")


@dataclass(frozen=True)
class Item:
    """One item as its asker describes it; `entry` is their own guess at a control entry. Any part may be empty."""

    description: str = ""
    designed_for: str = ""
    used_for: str = ""
    parameters: str = ""
    entry: str = ""

    def __bool__(self) -> bool:
        return any(asdict(self).values())

    def parts(self) -> Iterator[tuple[str, str]]:
        """The filled parts with their names."""
        words = asdict(self)
        return ((str(label), words[name]) for name, label in ITEM_WORDS.items() if words[name])


ITEM_WORDS = {
    "description": _("What it is"),
    "designed_for": _("What it was designed for"),
    "used_for": _("What it would be used for"),
    "parameters": _("Technical parameters"),
    "entry": _("Control entry, as the asker thinks"),
}


@dataclass(frozen=True)
class Details:
    items: tuple[Item, ...] = ()
    red_flags: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.items or self.red_flags)

    def as_text(self) -> str:
        """What is sealed."""
        return json.dumps({"items": [asdict(item) for item in self.items], "red_flags": self.red_flags}, ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> Details:
        read = json.loads(text)
        return cls(tuple(Item(**item) for item in read["items"]), tuple(read["red_flags"]))

    @property
    def signs(self) -> list[str]:
        """The warning signs in words; one that is no longer offered as it was stored."""
        words = dict(RedFlag.choices)
        return [str(words.get(flag, flag)) for flag in self.red_flags]

    def texts(self) -> dict[str, str]:
        """All that the asker typed, each with the name of its part, such as "item2.parameters"; items count from 1."""
        return {
            f"item{number}.{name}": text
            for number, item in enumerate(self.items, start=1)
            for name, text in asdict(item).items()
            if text
        }

    def changed(self, change: Callable[[str, str], str]) -> Details:
        """The same with what `change` makes of each text, given the name of its part and the text."""
        anew: list[dict[str, str]] = [{} for _item in self.items]
        for part, text in self.texts().items():
            number, name = _split(part)
            anew[number - 1][name] = change(part, text)
        return replace(self, items=tuple(replace(item, **texts) for item, texts in zip(self.items, anew, strict=True)))


PART = r"^item[1-9]\.[a-z_]+$"  # what names of parts look like


def part_label(part: str) -> str:
    """A part of the details in words, such as "Item 2: Technical parameters"."""
    number, name = _split(part)
    return gettext("Item %(number)d: %(part)s") % {"number": number, "part": ITEM_WORDS[name]}


def _split(part: str) -> tuple[int, str]:
    item, _dot, name = part.partition(".")
    return int(item.removeprefix("item")), name
