"""An advisory in Estonian is Estonian to its reader: no sentence of the mail or of its page is left in English."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import get_template
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.test import Client
from django.utils import translation
from django.utils.translation import trans_real, trim_whitespace

from advisories import emails
from advisories.models import ActivityRole, Advisory, Kind, Relay
from advisories.services import confirming, editing
from mailroom.models import Letter
from organisations.models import Organisation, User
from tests.advisories.conftest import TEXTS, Content_, Make

MAILS = [
    *("base", "confirmation", "digest", "members_notice", "members_withdrawal"),
    *("notice", "relayed", "reminder", "waiting", "withdrawal"),
]
PAGES = ("concerned", "detail", "files", "validity", "via", "words")
TEMPLATES = [f"mail/{name}.{kind}" for name in MAILS for kind in ("txt", "html")]
TEMPLATES += ["mail/closed.txt", *(f"{name}.html" for name in PAGES)]
# What detail.html has beside the advisory, in the language of the portal, and the letters to those who run something here or have
# entered a certificate.
NOT_FOR_READERS = {
    "A trial of encrypted mail from the focal point",
    "Advisories to this address without encryption: please confirm",
    "Encrypted advisories to this address: please confirm",
    "Encrypted advisories: you can read this, so it works",
    "The certificate for advisories to this address ends on %(day)s",
    "This was to be a trial of encrypted mail. The certificate for this address can't be used: enter another one.",
    "All advisories",
    "Its dates for your calendar",
    "The same for threat intelligence programs, as STIX 2.1",
    "An urgent advisory has reached nobody",
    "The webhook to %(host)s has been switched off",
}
MARKS = {"_", "gettext", "gettext_lazy", "ngettext", "pgettext"}


def sentences() -> set[str]:
    """What is marked for translation where an advisory becomes a mail or a page."""
    found = {str(label) for choices in (Kind, ActivityRole) for label in choices.labels}
    for name in TEMPLATES:
        found |= set(_of_template(name))
    for call in ast.walk(ast.parse(Path(emails.__file__).read_text())):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in MARKS:
            words = [each.value for each in call.args if isinstance(each, ast.Constant)]
            found.add("\x04".join(words) if call.func.id == "pgettext" else words[0])
    return found - NOT_FOR_READERS


def _of_template(name: str) -> Iterable[str]:
    nodes = get_template(f"advisories/{name}").template.nodelist
    for node in nodes.get_nodes_by_type(TranslateNode):
        yield node.filter_expression.var.literal
    for node in nodes.get_nodes_by_type(BlockTranslateNode):
        words, _names = node.render_token_list(node.singular)
        yield trim_whitespace(words) if node.trimmed else words


def catalogue() -> Any:
    """Our own words by their English; those of an `ngettext` stand there once for each number."""
    return trans_real.translation("et")._catalog


def in_english() -> set[str]:
    with translation.override("en"):
        wanted = sentences()
    ours = catalogue()
    return {words for words in wanted if words not in ours and (words, 1) not in ours}


def test_every_sentence_that_a_reader_gets_has_its_estonian() -> None:
    assert len(sentences()) > 70
    assert in_english() == set()


@pytest.mark.parametrize("words", ["What to do", "You may pass it on to anybody.", "It still stands."])
def test_one_that_had_none_would_be_found(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = catalogue()
    monkeypatch.setattr(trans_real.translation("et"), "_catalog", {key: given for key, given in ours.items() if key != words})
    assert in_english() == {words}


def test_estonian_keeps_every_name_that_english_fills_in() -> None:
    names = re.compile(r"%\(\w+\)[sd]")
    wanted = sentences()
    for key, given in catalogue().items():
        english = key[0] if isinstance(key, tuple) else key
        if english in wanted:
            assert set(names.findall(given)) == set(names.findall(english)), english


# --- as it comes ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def estonian(published: Make) -> Make:
    def estonian(**changes: Any) -> Advisory:
        return published(language="et", **(TEXTS | changes))

    return estonian


def said(mail: emails.Mail | Letter) -> tuple[str, str]:
    assert "What" not in mail.text
    return mail.subject, mail.text


@pytest.mark.django_db
def test_a_mail_in_estonian_is_estonian_from_its_subject_to_its_last_line(estonian: Make) -> None:
    old = estonian(title="Varasem")
    advisory = estonian(destinations=["CN"], roles=["trades"], valid_to=date(2027, 1, 5), supersedes=[old])
    subject, text = said(emails.compose(advisory))
    assert subject == "TLP:GREEN Termokaamerate tellimused"
    assert "Oht, " in text
    assert "See asendab meie teadet „Varasem“." in text
    assert "\nMida teha\n\nKüsige lõppkasutajat.\n" in text
    assert "Viimane kehtivuspäev: 5. jaanuar 2027" in text
    assert "\nKeda see puudutab\n" in text
    assert "- Sihtkohad: Hiina" in text
    assert "Kontaktpunkt kirjutab sellele aadressile, sest teie organisatsioon on tellinud teated." in text


@pytest.mark.django_db
def test_correction_withdrawal_and_digest_are_estonian_too(
    estonian: Make, content: Content_, editor: User, approver: User, approve: Any, now: datetime, today: date
) -> None:
    wrong = estonian(tlp="clear")
    draft = editing.correct(wrong, by=editor, now=now)
    changes = TEXTS | {"language": "et", "tlp": "clear", "what_changed": "Number.", "what_to_do": "Oodake."}
    draft = editing.revise(draft, content=content(**changes), revision=draft.revision, by=editor, now=now)
    correction = editing.publish(approve(draft), by=editor, now=now, today=today)
    subject, text = said(emails.compose(correction, is_single=True))
    assert subject == "TLP:CLEAR Parandatud: Termokaamerate tellimused"
    assert "See parandab meie teadet „Termokaamerate tellimused“. Ärge varasemast teatest enam juhinduge" in text
    assert "Tellimuse muutmiseks või teadetest loobumiseks: " in text
    withdrawn = editing.withdraw(correction, reason="Vale.", by=approver, now=now)
    subject, text = said(emails.compose_withdrawal(withdrawn))
    assert subject == "TLP:CLEAR Tagasi võetud: Termokaamerate tellimused"
    assert "Põhjus: Vale." in text
    subject, text = said(emails.compose_digest([wrong, correction], language="et", on=today))
    assert subject == "TLP:CLEAR 2 teadet, 23. november 2026"
    assert "vanimad eespool" in text


@pytest.mark.django_db
def test_what_an_association_passes_on_is_estonian_too(estonian: Make, association: Organisation) -> None:
    relay = Relay(advisory=estonian(), association=association, words="", code="x" * 22)
    _subject, text = said(emails.compose_for_members(relay))
    assert "Photonics Cluster edastab selle oma liikmetele. Võite selle edastada oma kogukonnas" in text
    assert "Kirjadest loobumiseks" in text
    assert emails.sender_for(association, language="et").startswith("Photonics Cluster, vahendaja ")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "language", "subject"),
    [
        ("et-EE,en;q=0.5", "et", "Teated sellele aadressile: palun kinnitage"),
        ("fi,en;q=0.5", "en", "Advisories to this address: please confirm"),
        ("", "en", "Advisories to this address: please confirm"),
    ],
)
def test_who_asks_for_mail_is_answered_in_the_language_of_the_browser(asked: str, language: str, subject: str) -> None:
    Client(headers={"accept-language": asked}).post("/advisories/subscribe/", {"address": "mari@kodu.example"})
    letter = Letter.objects.get(purpose=confirming.PURPOSE)
    assert (letter.language, letter.subject) == (language, subject)
    assert ("Lingi viimane kehtivuspäev" in letter.text) == (language == "et")


@pytest.mark.django_db
def test_the_page_of_an_advisory_speaks_its_language_and_says_so(bilingual: Make) -> None:
    advisory = bilingual(tlp="clear", valid_to=date(2027, 1, 5))
    page = Client().get(f"{advisory.get_absolute_url()}?language=et").content.decode()
    assert '<div lang="et">' in page
    assert '<h2 class="govuk-heading-m">Mida teha</h2>' in page
    assert ">5. jaanuar 2027</time>" in page
    assert "What to do" not in page
    page = Client().get(f"{advisory.get_absolute_url()}?language=en").content.decode()
    assert '<h2 class="govuk-heading-m">What to do</h2>' in page
    assert "Mida teha" not in page
