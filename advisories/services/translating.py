"""Versions of an advisory in other languages. They are part of its words: whoever approves them approves all of them."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from advisories.models import Advisory, Translation
from advisories.services.editing import TEXTS, UnableTo, content_of, locked, revise
from organisations.models import User


class UnableToTranslate(UnableTo):
    pass


@transaction.atomic
def translate(advisory: Advisory, *, language: str, texts: dict[str, str], revision: int, by: User, now: datetime) -> Advisory:
    """Say the advisory in another language, or anew in one in which it is; it is a draft again, as after any change.

    `texts` are the columns TEXTS, as long and as many as the original has; `revision` is the number of the words from which it was
    made. Raises UnableToTranslate, and UnableToRevise as `revise` does.
    """
    advisory = locked(advisory)
    if language not in dict(settings.ADVISORY_LANGUAGES) or language == advisory.language:
        raise UnableToTranslate(_("It can't be translated into this language."))
    if missing := [name for name in TEXTS if getattr(advisory, name).strip() and not texts.get(name, "").strip()]:
        names = ", ".join(str(Translation._meta.get_field(name).verbose_name) for name in missing)  # type: ignore[union-attr]  # noqa: SLF001  Django's documented _meta
        raise UnableToTranslate(_("The original has more than the translation: add %(names)s.") % {"names": names})
    if not texts["title"].isprintable():
        raise UnableToTranslate(_("The title must be one line, without line breaks and control characters."))
    advisory = revise(advisory, content=content_of(advisory), revision=revision, by=by, now=now, note=_name(language))
    Translation.objects.update_or_create(
        advisory=advisory,
        revision=advisory.revision,
        language=language,
        defaults={name: texts.get(name, "") for name in TEXTS} | {"made_from": advisory.revision},
    )
    del advisory.translated
    return advisory


@transaction.atomic
def remove(advisory: Advisory, *, language: str, revision: int, by: User, now: datetime) -> Advisory:
    """Leave a language out again; the revisions before keep it. Raises UnableToTranslate, and UnableToRevise as `revise` does."""
    advisory = locked(advisory)
    if not any(each.language == language for each in advisory.translated):
        raise UnableToTranslate(_("There is no translation into this language."))
    note = _("without %(language)s") % {"language": _name(language)}
    advisory = revise(advisory, content=content_of(advisory), revision=revision, by=by, now=now, note=note)
    advisory.translations.filter(revision=advisory.revision, language=language).delete()
    del advisory.translated
    return advisory


def _name(language: str) -> str:
    return str(get_language_info(language)["name_translated"])
