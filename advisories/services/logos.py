"""The logo that an association shows above what it passes on.

It travels inside each mail, never as an address: a picture that is fetched tells who has opened the mail.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Final

from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from advisories import permissions
from advisories.models import Logo
from organisations.models import Organisation, User

FORMATS: Final = ("PNG", "JPEG")
LARGEST_FILE: Final = 1024 * 1024
MOST_PIXELS: Final = 4_000_000  # so that a small file can't become a large picture
BOX: Final = (320, 96)  # pixels that the picture is made to fit; every copy of a mail carries it
MOST_BYTES: Final = 24 * 1024
COLOURS: Final = (256, 64, 16, 4)


class UnableToDraw(Exception):
    """The file gives no logo; the message says why and what to do."""


class UnableToKeep(Exception):
    """The message says why."""


@dataclass(frozen=True)
class Drawn:
    """A picture as PNG, on white, so that it can be seen in light and in dark mails."""

    picture: bytes
    width: int
    height: int


def draw(file: BinaryIO) -> Drawn:
    """Return what the file shows, drawn anew and made to fit BOX, with nothing of the file besides; raises UnableToDraw."""
    try:
        with Image.open(file, formats=FORMATS) as given:
            if given.width * given.height > MOST_PIXELS:
                raise UnableToDraw(_("The picture has too many pixels. Make it smaller: 640 by 192 are enough."))
            picture = given.convert("RGBA")
    except UnableToDraw:
        raise
    except UnidentifiedImageError as error:
        raise UnableToDraw(_("This is no picture in PNG or JPEG. Save it as one of these.")) from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UnableToDraw(_("The picture can't be read: the file is cut off or damaged. Save it anew.")) from error
    picture.thumbnail(BOX)
    sheet = Image.new("RGB", picture.size, "white")
    sheet.paste(picture, mask=picture.getchannel("A"))
    return Drawn(_written(sheet), *sheet.size)


def put(association: Organisation, *, drawn: Drawn, by: User, now: datetime) -> None:
    """Show this logo above whatever the association passes on from now on; raises UnableToKeep."""
    _check(association, by)
    said = {"picture": drawn.picture, "width": drawn.width, "height": drawn.height, "changed_at": now, "changed_by": by}
    Logo.objects.update_or_create(association=association, defaults=said)


@transaction.atomic
def remove(association: Organisation, *, by: User) -> None:
    """Show none any more; raises UnableToKeep. Mail that is written already keeps the one it has."""
    _check(association, by)
    Logo.objects.filter(association=association).delete()


def logo_of(association: Organisation) -> Logo | None:
    return Logo.objects.filter(association=association).first()


def _check(association: Organisation, by: User) -> None:
    if association not in permissions.associations_to_relay(by):
        raise UnableToKeep(_("Only those who pass on for the association choose its logo."))


def _written(sheet: Image.Image) -> bytes:
    """As many colours as MOST_BYTES have room for."""
    for colours in COLOURS:
        kept = io.BytesIO()
        sheet.quantize(colours).save(kept, "PNG", optimize=True)
        if kept.tell() <= MOST_BYTES:
            break
    return kept.getvalue()
