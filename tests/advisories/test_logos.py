"""An association's logo: drawn anew, carried inside the mail, and never fetched from anywhere."""

from __future__ import annotations

import email
import email.policy
import io
import re
from datetime import date, datetime
from email.message import EmailMessage
from typing import Any, cast

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image, ImageDraw

from advisories import addressees, emails
from advisories.models import Advisory, DispatchKind, Logo, Relay
from advisories.services import dispatching, logos, members, relaying
from mailroom.mime import LOGO
from mailroom.models import Letter
from mailroom.services import Recipient, UnableToPost, post
from mailroom.services.delivery import deliver, new_worker
from mailroom.services.letters import LARGEST_LOGO
from organisations.models import Organisation, Role, User
from tests.advisories.conftest import Make
from tests.conftest import SignIn, member
from tests.mailroom.sink import listening

pytestmark = pytest.mark.django_db


def file(size: tuple[int, int] = (800, 200), mode: str = "RGBA", kind: str = "PNG", **extra: Any) -> bytes:
    picture = Image.new(mode, size)
    ImageDraw.Draw(picture).rectangle((0, 0, size[0] // 2, size[1]), fill="navy")
    kept = io.BytesIO()
    picture.save(kept, kind, **extra)
    return kept.getvalue()


def drawn(content: bytes | None = None) -> logos.Drawn:
    return logos.draw(io.BytesIO(file() if content is None else content))


@pytest.fixture
def kept(association: Organisation, association_officer: User, now: datetime) -> Logo:
    logos.put(association, drawn=drawn(), by=association_officer, now=now)
    return Logo.objects.get()


@pytest.fixture
def relay(published: Make, association: Organisation, association_officer: User, now: datetime, today: date) -> Relay:
    said: dict[str, Any] = {"words": "Dear members.", "keep": False, "by": association_officer, "now": now, "today": today}
    return relaying.prepare(published(), association=association, **said)


# --- drawing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "mode"), [("PNG", "RGBA"), ("PNG", "P"), ("PNG", "L"), ("JPEG", "RGB"), ("JPEG", "CMYK")])
def test_it_is_drawn_anew_to_fit_and_on_white(kind: str, mode: str) -> None:
    made = drawn(file(mode="RGB" if mode == "P" else mode, kind=kind))
    picture = Image.open(io.BytesIO(made.picture))
    assert (picture.format, picture.size) == ("PNG", (320, 80))
    assert (made.width, made.height) == picture.size
    assert picture.convert("RGBA").getextrema()[3] == (255, 255)
    if mode == "RGBA":
        assert picture.convert("RGB").getpixel((300, 40)) == (255, 255, 255)


def test_nothing_of_the_file_but_what_it_shows_is_kept() -> None:
    secret = b"taken by Anu at the ministry"
    given = file(mode="RGB", kind="JPEG", comment=secret, exif=b"Exif\0\0" + secret)
    assert secret in given
    assert secret not in drawn(given).picture


def test_a_picture_full_of_colours_is_small_enough_for_every_mail() -> None:
    noise = Image.effect_noise((320, 96), 200).convert("RGB")
    kept = io.BytesIO()
    noise.save(kept, "PNG")
    assert kept.tell() > logos.MOST_BYTES
    assert len(drawn(kept.getvalue()).picture) <= logos.MOST_BYTES < LARGEST_LOGO


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<svg onload='alert(1)'/>", "no picture in PNG or JPEG"),
        (b"", "no picture in PNG or JPEG"),
        (file(kind="GIF", mode="P"), "no picture in PNG or JPEG"),
        (file()[:300], "cut off or damaged"),
        (file((3000, 2000), mode="1"), "too many pixels"),
    ],
)
def test_what_gives_none_is_refused_in_words(content: bytes, said: str) -> None:
    with pytest.raises(logos.UnableToDraw, match=said):
        drawn(content)


# --- in the mail ----------------------------------------------------------------------------------------------------


def read(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert not message.defects
    return cast(EmailMessage, message)


def shown(message: EmailMessage) -> tuple[str, bytes]:
    """The HTML, and the picture that it shows, which has to stand beside it."""
    plain, related = cast(list[EmailMessage], list(message.iter_parts()))
    assert (plain.get_content_type(), related.get_content_type()) == ("text/plain", "multipart/related")
    html, picture = cast(list[EmailMessage], list(related.iter_parts()))
    assert (html.get_content_type(), picture.get_content_type()) == ("text/html", "image/png")
    assert (picture["Content-ID"], picture.get_content_disposition()) == (f"<{LOGO}>", "inline")
    text = html.get_content()
    assert re.findall(r'<img[^>]* src="([^"]*)"', text) == [f"cid:{LOGO}"]
    return text, picture.get_content()


def test_the_draft_carries_it(relay: Relay, kept: Logo, association_officer: User, now: datetime) -> None:
    html, picture = shown(read(relaying.eml(relay, by=association_officer, now=now)))
    assert picture == bytes(kept.picture)
    assert 'alt="Photonics Cluster" width="320" height="80"' in html


@pytest.mark.django_db(transaction=True)
def test_the_members_mail_carries_it_and_without_one_nothing_is_different(
    relay: Relay, kept: Logo, association: Organisation, association_officer: User, now: datetime, today: date
) -> None:
    members.enter(association, people=addressees.read("a@firm.example\nb@firm.example"), by=association_officer, now=now)
    members.answer_to(association, address="office@cluster.example", by=association_officer, now=now)
    dispatch = dispatching.ask(relay, kind=DispatchKind.NOTICE, by=association_officer, now=now, today=today)
    assert dispatching.write(dispatch, now=now)
    with listening() as sink:
        deliver(worker=new_worker(), relay=sink.relay, clock=lambda: now)
        received = [content for _to, content in sink.received]
    assert [shown(read(each))[1] for each in received] == [bytes(kept.picture)] * 2
    logos.remove(association, by=association_officer)
    mail = emails.compose_for_members(relay, logos.logo_of(association))
    assert (mail.logo, "<img" in mail.html) == (b"", False)


def test_the_html_to_copy_has_no_picture_which_would_be_fetched(
    relay: Relay, kept: Logo, association_officer: User, signed_in: SignIn
) -> None:
    assert "<img" not in emails.compose_relayed(relay).html
    page = signed_in(association_officer).get(reverse("advisories:relay-page", args=[relay.advisory_id])).content.decode()
    assert "cid:" not in page
    assert page.count("data:image/png;base64,") == 1


def test_no_letter_carries_a_large_one(now: datetime) -> None:
    said: dict[str, Any] = {"purpose": "test", "source": "test:1", "subject": "Hello", "text": "Hello", "now": now}
    with pytest.raises(UnableToPost, match="at most 32 kB"):
        post(**said, to=[Recipient("a@firm.example")], logo=b"x" * (LARGEST_LOGO + 1))
    assert not Letter.objects.exists()


# --- who chooses it -------------------------------------------------------------------------------------------------


def choose(client: Any, advisory: Advisory, association: Organisation, content: bytes, **more: str) -> Any:
    data = {"organisation": str(association.pk), "picture": SimpleUploadedFile("logo.png", content), **more}
    return client.post(reverse("advisories:relay-logo", args=[advisory.pk]), data)


def test_its_people_choose_it_on_the_page_and_remove_it(
    published: Make, association: Organisation, association_officer: User, signed_in: SignIn
) -> None:
    client, advisory = signed_in(association_officer), published()
    page = choose(client, advisory, association, file())
    assert "Your logo is kept" in client.get(page["Location"]).content.decode()
    assert bytes(Logo.objects.get().picture) == drawn().picture
    choose(client, advisory, association, file((50, 50)))
    assert (Logo.objects.get().width, Logo.objects.get().height) == (50, 50)
    client.post(reverse("advisories:relay-logo", args=[advisory.pk]), {"organisation": str(association.pk), "remove": "logo"})
    assert not Logo.objects.exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [(b"GIF89a", "no picture in PNG or JPEG"), (b"", "This file is empty"), (b"x" * (1024 * 1024 + 1), "larger than 1 MB")],
)
def test_a_refused_file_is_said_where_it_was_chosen(
    given: bytes, said: str, published: Make, association: Organisation, association_officer: User, signed_in: SignIn
) -> None:
    response = choose(signed_in(association_officer), published(), association, given)
    assert response.status_code == 422
    assert said in response.content.decode()
    assert not Logo.objects.exists()


def test_nobody_else_chooses_it(
    published: Make, association: Organisation, firm: Organisation, kept: Logo, signed_in: SignIn, now: datetime
) -> None:
    stranger, advisory = member(firm, "Stefan Signatory", Role.SIGNATORY), published()
    assert choose(signed_in(stranger), advisory, association, file((50, 50))).status_code in (403, 404)
    for act in (logos.remove, lambda *_, by: logos.put(association, drawn=drawn(), by=by, now=now)):
        with pytest.raises(logos.UnableToKeep):
            act(association, by=stranger)
    assert Logo.objects.get().width == 320
