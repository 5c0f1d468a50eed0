"""What a page may send of a draft to be offered published answers."""

from __future__ import annotations

from django import forms

from inquiries.models import Topic

LONGEST_LOOK = 4000  # characters; what is beyond seldom changes which answers help


class OfferForm(forms.Form):
    text = forms.CharField(max_length=LONGEST_LOOK)
    topic = forms.ChoiceField(choices=[("", ""), *Topic.choices], required=False)
