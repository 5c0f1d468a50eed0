"""Which database a table lives in: the key store's in its own, everything else in the portal's. Only owners migrate."""

from __future__ import annotations

from typing import Any

from django.db import models

KEY_STORE = "keystore"


class KeyStoreRouter:
    def db_for_read(self, model: type[models.Model], **_hints: Any) -> str | None:
        return "keys" if model._meta.app_label == KEY_STORE else None  # noqa: SLF001  Django's documented name

    def db_for_write(self, model: type[models.Model], **_hints: Any) -> str | None:
        return "keys" if model._meta.app_label == KEY_STORE else None  # noqa: SLF001  Django's documented name

    def allow_migrate(self, db: str, app_label: str, **_hints: Any) -> bool:
        return db in (("keys_owner",) if app_label == KEY_STORE else ("owner", "default"))
