"""What those who look keep: searches, and the bounds of a program's token."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from organisations.models import ApiToken, Organisation, Scope, User
from organisations.validators import plain_text
from registry.disclosure import Audience, Purpose
from registry.models.words import AUDIENCE_LABELS, LOOK_LABELS
from registry.querysets import (
    LookTokenQuerySet,
    SavedSearchQuerySet,
)

LOOKING_AUDIENCES = tuple(audience.value for audience in Audience if audience != Audience.PUBLIC)


class LookToken(models.Model):
    """To what a program's token that looks is bound: one audience of one organisation, and purposes. Never changed.

    The rights of the token's owner bound it besides: who no longer looks in this capacity has a token that opens nothing.
    """

    token = models.OneToOneField(ApiToken, on_delete=models.CASCADE, primary_key=True, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    audience = models.CharField(max_length=30, choices=list(AUDIENCE_LABELS.items()))
    purposes = ArrayField(models.CharField(max_length=30, choices=list(LOOK_LABELS.items())))

    objects = LookTokenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(audience__in=LOOKING_AUDIENCES), name="look_token_audience_is_known"),
            models.CheckConstraint(
                condition=Q(purposes__contained_by=[purpose.value for purpose in Purpose]) & ~Q(purposes=[]),
                name="look_token_purposes_are_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.token}: {self.audience}"

    @property
    def suggests(self) -> bool:
        return Scope.REGISTRY_SUGGEST in self.token.scopes

    @property
    def labels(self) -> list[str]:
        return [str(label) for purpose, label in LOOK_LABELS.items() if purpose in self.purposes]


class SavedSearch(models.Model):
    """A search kept under a name, for one capacity. `query` is the query string of the page; it opens nothing by itself."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    audience = models.CharField(max_length=30, choices=list(AUDIENCE_LABELS.items()))
    # For whom the person looked; nobody, as the public.
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, null=True, related_name="+")
    name = models.CharField(_("name"), max_length=60, validators=[plain_text])
    query = models.CharField(max_length=3000)

    objects = SavedSearchQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "audience", "organisation", "name"], name="one_saved_search_per_name", nulls_distinct=False
            ),
            models.CheckConstraint(condition=~Q(name=""), name="saved_search_has_a_name"),
            models.CheckConstraint(
                condition=Q(audience=Audience.PUBLIC, organisation=None) | (~Q(audience=Audience.PUBLIC) & ~Q(organisation=None)),
                name="saved_search_names_for_whom",
            ),
        ]

    def __str__(self) -> str:
        return self.name
