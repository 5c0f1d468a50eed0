"""Contact persons of an entry, and what each agreed to for themselves."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from organisations.models import User
from organisations.validators import plain_text
from registry.disclosure import Group
from registry.models.entries import Entry, _list_of
from registry.models.words import GROUP_LABELS, PERSON_FIELDS, SPOKEN, language_name
from registry.querysets import (
    PersonQuerySet,
)


class Person(models.Model):
    """A contact person whom a firm names. What of it is shown needs the firm's agreement and this person's own consent.

    Without any consent nothing of a person is kept beyond `keep_until`. To correct it, the firm takes it out and names it anew.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="people")
    name = models.CharField(PERSON_FIELDS["name"], max_length=200, validators=[plain_text])
    role = models.CharField(PERSON_FIELDS["role"], max_length=200, blank=True, validators=[plain_text])
    email = models.EmailField(PERSON_FIELDS["email"])
    phone = models.CharField(
        PERSON_FIELDS["phone"],
        max_length=40,
        blank=True,
        validators=[RegexValidator(r"^[0-9+() /.-]*\Z", _("Enter a phone number, such as +372 600 0000."))],
    )
    languages = _list_of(models.CharField(max_length=2, choices=[(code, code) for code in SPOKEN]), PERSON_FIELDS["languages"])
    named_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    named_on = models.DateField()
    # The day after which all of it is erased: soon without an answer, later with one.
    keep_until = models.DateField()
    answered_on = models.DateField(null=True)

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "people"
        constraints = [models.UniqueConstraint(fields=["entry", "email"], name="one_person_per_entry_and_address")]

    def __str__(self) -> str:
        return self.name

    @property
    def parts(self) -> dict[str, Any]:
        """What the firm said of the person, without what it left empty."""
        return {name: value for name in PERSON_FIELDS if (value := getattr(self, name))}

    @property
    def said(self) -> list[str]:
        """The same in words, a part each."""
        words = self.parts | ({"languages": ", ".join(language_name(code) for code in self.languages)} if self.languages else {})
        return [f"{label}: {words[name]}" for name, label in PERSON_FIELDS.items() if name in words]

    def agreed(self, group: Group) -> list[str]:
        """The parts that the person lets a group see; `consents` should be prefetched."""
        held = {consent.field for consent in self.consents.all() if consent.group == group and consent.until is None}
        return [name for name in PERSON_FIELDS if name in held]

    @property
    def agreements(self) -> list[tuple[StrPromise, list[StrPromise]]]:
        """The same in words, for every group that sees anything."""
        return [
            (label, [PERSON_FIELDS[name] for name in agreed])
            for group, label in GROUP_LABELS.items()
            if (agreed := self.agreed(group))
        ]


class Consent(models.Model):
    """That a person lets a group of audiences see one of their fields, since a day; taken back on `until`."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="consents")
    field = models.CharField(max_length=10, choices=list(PERSON_FIELDS.items()))
    group = models.CharField(max_length=20, choices=list(GROUP_LABELS.items()))
    since = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "field", "group"], condition=Q(until=None), name="one_consent_at_a_time"),
            models.CheckConstraint(condition=Q(until=None) | Q(until__gte=F("since")), name="consent_period_is_possible"),
            models.CheckConstraint(condition=Q(field__in=list(PERSON_FIELDS)), name="consent_field_is_known"),
            models.CheckConstraint(condition=Q(group__in=[str(group) for group in Group]), name="consent_group_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_field_display()}: {self.get_group_display()}"
