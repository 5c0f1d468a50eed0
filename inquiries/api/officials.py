"""Officials in calls: by mail address, and nobody else's is known."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from inquiries.querysets import officials_with_queues
from organisations.models import User


def official_field(help_text: str) -> serializers.Field[Any, Any, Any, Any]:
    """An official, by mail address; who works on no inquiries is not known here."""

    class Official(serializers.SlugRelatedField[User]):
        def get_queryset(self) -> QuerySet[User]:
            return officials_with_queues()

    return Official(slug_field="email", queryset=User.objects.none(), help_text=help_text)


def officials_at(addresses: Iterable[str]) -> list[User]:
    """Officials by mail address, each once and in one query; raises ValidationError for one who is not known here."""
    wanted = list(dict.fromkeys(addresses))
    found = {user.email: user for user in officials_with_queues().filter(email__in=wanted)}
    if unknown := [address for address in wanted if address not in found]:
        raise serializers.ValidationError([f"Object with email={address} does not exist." for address in unknown])
    return [found[address] for address in wanted]
