"""What is said in words, by askers and officials alike: a text, and the items that a question is about."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxLengthValidator
from rest_framework import serializers

from catalogue.parsing import code_typed
from inquiries.forms.asking import ITEM_FIELDS, LONGEST_TEXT
from organisations.api import StrictSerializer
from organisations.validators import plain_text


def _part(name: str) -> dict[str, Any]:
    """The limits of a part of an item, as the form has them."""
    longest = ITEM_FIELDS[name].max_length
    return {"required": False, "allow_blank": True, "max_length": longest, "validators": [plain_text], "default": ""}


def said_something(text: str) -> None:
    if not text.strip():
        raise serializers.ValidationError("Write your words: this text is blank.")


def words_field(**options: Any) -> serializers.CharField:
    """A text of an official, as long as an asker's may be."""
    said = () if options.get("allow_blank") else (said_something,)
    return serializers.CharField(validators=[MaxLengthValidator(LONGEST_TEXT), plain_text, *said], trim_whitespace=False, **options)


class WordsSerializer(StrictSerializer):
    text = words_field()


class ItemSerializer(StrictSerializer):
    """One item; each part may be left out, not all of them."""

    description = serializers.CharField(help_text="What it is, in plain words.", **_part("description"))
    designed_for = serializers.CharField(help_text="What it was designed for.", **_part("designed_for"))
    used_for = serializers.CharField(help_text="What it would be used for.", **_part("used_for"))
    parameters = serializers.CharField(help_text="The technical parameters on which the lists depend.", **_part("parameters"))
    entry = serializers.CharField(help_text="The control entry by your own judgement, such as 3A001.", **_part("entry"))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not any(attrs.values()):
            raise serializers.ValidationError("Say something of the item, or leave it out.")
        return {**attrs, "entry": code_typed(attrs.get("entry", "")) or attrs.get("entry", "")}
