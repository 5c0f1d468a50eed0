"""Files of advisories at the desk and for readers: taken in clean, handed out by the rule of the words and by no other."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from lxml import etree
from pytest_django import DjangoAssertNumQueries

from advisories import payloads
from advisories.emails import compose, compose_digest, compose_relayed
from advisories.models import Advisory, Attachment, FileContent, Relay
from advisories.services import attaching, editing, relaying
from inquiries.cleaning.kinds import Kind
from organisations.models import Organisation, User
from tests.advisories.conftest import Attach, Make
from tests.advisories.feed_rules import ATOM, atom_faults, json_faults
from tests.conftest import SignIn
from tests.inquiries.files import AUTHOR, document, picture, sent
from tests.inquiries.test_attachments import Sheet
from tests.inquiries.test_scanning import EICAR, clamd

pytestmark = pytest.mark.django_db
Page = Any


def body(response: Page) -> bytes:
    return b"".join(response.streaming_content)


def links(file: Attachment) -> tuple[str, str]:
    """The file's two addresses, for readers and for programs."""
    return file.get_absolute_url(), reverse("api-advisory-file", args=[file.advisory_id, file.pk])


# --- handing out ----------------------------------------------------------------------------------------------------------


def test_a_file_is_saved_and_never_shown(filed: Make) -> None:
    sheet = Sheet(600_000, "Hinnad õ „2026“.pdf")
    for address in links(filed(sheet, tlp="clear").files[0]):
        response = Client().get(address)
        assert (response.status_code, body(response)) == (200, sheet.content)
        assert response["Content-Type"] == "application/pdf"
        assert response["Content-Length"] == "600000"
        name = "Hinnad%20%C3%B5%20%E2%80%9E2026%E2%80%9C.pdf"
        assert response["Content-Disposition"] == f"attachment; filename*=utf-8''{name}"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_what_everybody_may_read_is_kept_and_asked_for_anew(filed: Make) -> None:
    sheet = Sheet()
    for address in links(filed(sheet, tlp="clear").files[0]):
        response = Client().get(address)
        assert (response["ETag"], response["Cache-Control"]) == (f'"{sheet.sha256}"', "public, no-cache")
        assert Client().get(address, headers={"If-None-Match": response["ETag"]}).status_code == 304
        assert Client().get(address, headers={"If-None-Match": '"another"'}).status_code == 200


@pytest.mark.parametrize("tlp", ["green", "amber", "amber+strict", "red"])
def test_what_not_everybody_may_read_is_kept_by_nobody(tlp: str, filed: Make, officer: User, signed_in: SignIn) -> None:
    client, sheet = signed_in(officer), Sheet()
    for address in links(filed(sheet, tlp=tlp).files[0]):
        response = client.get(address, headers={"If-None-Match": f'"{sheet.sha256}"'})
        assert (response.status_code, body(response)) == (200, sheet.content)
        assert set(response["Cache-Control"].split(", ")) == {"private", "no-store"}
        assert "ETag" not in response


def test_red_asks_an_official_for_the_second_factor(filed: Make, officer: User) -> None:
    client = Client()
    client.force_login(officer, backend="allauth.account.auth_backends.AuthenticationBackend")
    for address in links(filed(tlp="red").files[0]):
        assert client.get(address).status_code == 302


def test_a_file_is_found_under_its_own_advisory_only(filed: Make) -> None:
    one, other = filed(tlp="clear"), filed(tlp="clear")
    for name in ("advisories:file", "api-advisory-file"):
        assert Client().get(reverse(name, args=[other.pk, one.files[0].pk])).status_code == 404


def test_what_was_removed_is_for_who_compares_revisions(
    drafted: Make, attach: Attach, approve: Any, editor: User, officer: User, approver: User, signed_in: SignIn, now: datetime
) -> None:
    advisory = attach(drafted(tlp="clear"))
    gone = advisory.files[0]
    advisory = approve(attaching.remove(advisory, file=gone.pk, revision=2, by=editor, now=now))
    editing.publish(advisory, by=editor, now=now, today=now.date())
    for address in links(gone):
        assert [signed_in(each).get(address).status_code for each in (editor, officer)] == [404, 404]
    desk = reverse("focalpoint:advisory-file", args=[advisory.pk, gone.pk])
    assert [signed_in(each).get(desk).status_code for each in (editor, approver, officer)] == [200, 200, 404]


def test_a_drafts_file_is_for_its_desk_alone(
    drafted: Make, attach: Attach, editor: User, approver: User, officer: User, licensing_editor: User, signed_in: SignIn
) -> None:
    file = attach(drafted(tlp="clear")).files[0]
    for address in links(file):
        assert [each.get(address).status_code for each in (Client(), signed_in(editor))] == [404, 404]
    desk = reverse("focalpoint:advisory-file", args=[file.advisory_id, file.pk])
    found = [signed_in(each).get(desk).status_code for each in (editor, approver, officer, licensing_editor)]
    assert found == [200, 200, 404, 404]


def test_files_of_what_is_withdrawn_are_gone_for_readers_and_kept_for_the_desk(
    filed: Make, approver: User, officer: User, signed_in: SignIn, now: datetime
) -> None:
    advisory = filed(tlp="clear")
    file = advisory.files[0]
    editing.withdraw(advisory, reason="The prices were wrong.", by=approver, now=now)
    page, call = (Client().get(address) for address in links(file))
    assert (page.status_code, call.status_code) == (410, 410)
    assert "The prices were wrong." in page.content.decode()
    assert "sheet.pdf" not in page.content.decode()
    assert call["Content-Type"] == "application/problem+json"
    assert "sheet.pdf" not in Client().get(advisory.get_absolute_url()).content.decode()
    assert Client().get(f"/api/v1/advisories/{advisory.pk}/").json()["attachments"] == []
    client = signed_in(officer)
    assert "Readers can't download them any more." in client.get(f"/desk/advisories/{advisory.pk}/").content.decode()
    assert client.get(reverse("focalpoint:advisory-file", args=[advisory.pk, file.pk])).status_code == 200


def test_files_of_what_is_corrected_stay_under_its_banner(filed: Make, correct: Callable[..., Advisory]) -> None:
    wrong = filed(Sheet(name="wrong.pdf"), tlp="clear")
    right = correct(wrong, tlp="clear")
    page = Client().get(wrong.get_absolute_url()).content.decode()
    assert "Don't act on this one any more" in page
    assert f'href="{wrong.files[0].get_absolute_url()}"' in page
    assert Client().get(wrong.files[0].get_absolute_url()).status_code == 200
    assert f'href="{right.files[0].get_absolute_url()}"' in Client().get(right.get_absolute_url()).content.decode()


# --- where they are told of -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 3])
def test_the_reading_page_takes_as_many_queries_however_many_files_there_are(
    number: int, filed: Make, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    advisory = filed(*(Sheet(name=f"{each}.pdf") for each in range(number)), tlp="clear")
    with django_assert_num_queries(7):  # it, segments, translations, files, what it replaces, is replaced by, its correction
        page = Client().get(advisory.get_absolute_url()).content.decode()
    assert page.count("download>") == number


def test_a_page_says_name_type_and_size_and_nothing_where_there_is_none(filed: Make, published: Make) -> None:
    page = Client().get(filed(Sheet(2048, "a & <b>.csv", Kind.CSV), tlp="clear").get_absolute_url()).content.decode()
    assert "download>a &amp; &lt;b&gt;.csv</a>" in page
    assert "CSV, 2.0\xa0KB" in page
    assert "Files" not in Client().get(published(tlp="clear").get_absolute_url()).content.decode()


def test_the_mail_names_and_links_and_holds_no_file(filed: Make) -> None:
    advisory = filed(Sheet(2048, "a & b.pdf"), tlp="amber")
    mail, link = compose(advisory), f"{advisory.files[0].get_absolute_url()}"
    assert "- a & b.pdf (PDF, 2.0\xa0KB)\n  http" in mail.text
    assert "a &amp; b.pdf</a> (PDF, 2.0\xa0KB)" in mail.html
    assert (link in mail.text, link in mail.html) == (True, True)
    assert "a & b.pdf" in compose_digest([advisory], language="en", on=advisory.published_at.date()).text
    assert "Files" not in compose(filed(tlp="red")).text


@pytest.mark.parametrize(("tlp", "is_linked"), [("clear", True), ("green", False), ("amber", False)])
def test_members_get_links_that_open_for_them_alone(
    tlp: str, *, is_linked: bool, filed: Make, association: Organisation, association_officer: User, now: datetime, subscribed: Any
) -> None:
    subscribed(association, "news@association.example")
    advisory = filed(tlp=tlp)
    said: dict[str, Any] = {"words": "", "keep": False, "by": association_officer, "now": now, "today": now.date()}
    relaying.prepare(advisory, association=association, **said)
    mail = compose_relayed(Relay.objects.get())
    for words in (mail.text, mail.html):
        assert ("sheet.pdf" in words, advisory.files[0].get_absolute_url() in words) == (True, is_linked)


def test_the_page_for_passing_it_on_has_the_files(
    filed: Make, association: Organisation, association_officer: User, signed_in: SignIn
) -> None:
    advisory = filed()
    page = signed_in(association_officer).get(reverse("advisories:relay-page", args=[advisory.pk])).content.decode()
    assert f'href="{advisory.files[0].get_absolute_url()}" download>sheet.pdf<' in page


def test_programs_are_told(filed: Make) -> None:
    sheet = Sheet()
    advisory = filed(sheet, tlp="clear", kind="threat")
    (found,) = Client().get(f"/api/v1/advisories/{advisory.pk}/").json()["attachments"]
    page, call = links(advisory.files[0])
    told = {"name": "sheet.pdf", "media_type": "application/pdf", "size": 1000, "sha256": sheet.sha256, "url": call}
    assert found == told
    assert payloads.fields(advisory, advisory)["attachments"] == [told]
    bundle = json.loads(Client().get(f"/advisories/{advisory.pk}/stix.json").content)
    (report,) = (each for each in bundle["objects"] if each["type"] == "report")
    _own, reference = report["external_references"]
    assert (reference["description"], reference["hashes"]) == ("sheet.pdf", {"SHA-256": sheet.sha256})
    assert reference["url"].endswith(page)


def test_a_version_that_programs_have_stays_as_it_was_and_the_withdrawal_has_no_files(
    filed: Make, approver: User, now: datetime
) -> None:
    advisory = filed(tlp="clear", kind="threat")
    editing.withdraw(advisory, reason="Wrong.", by=approver, now=now.replace(year=2027))
    address = f"/taxii2/advisories/collections/threats/objects/report--{advisory.pk}/"
    headers = {"Accept": "application/taxii+json;version=2.1"}
    first = Client().get(address, {"match[version]": "first"}, headers=headers).json()["objects"]
    assert [len(each["external_references"]) for each in first] == [2]
    (last,) = json.loads(Client().get(f"/advisories/{advisory.pk}/stix.json").content)["objects"][-1:]
    assert (last["revoked"], len(last["external_references"])) == (True, 1)


def test_feeds_enclose_what_a_feed_reader_can_fetch(filed: Make, signatory: User, signed_in: SignIn) -> None:
    filed(Sheet(name="open.pdf"), Sheet(name="also.csv", kind=Kind.CSV), tlp="clear")
    filed(Sheet(name="closed.pdf"), tlp="green")
    client = signed_in(signatory)
    atom, feed = client.get("/advisories/feed.atom").content, client.get("/advisories/feed.json").content
    assert (atom_faults(atom), json_faults(feed)) == ([], [])
    enclosed = [each for item in json.loads(feed)["items"] for each in item["attachments"]]
    assert sorted((each["title"], each["mime_type"], each["size_in_bytes"]) for each in enclosed) == [
        ("also.csv", "text/csv", 1000),
        ("open.pdf", "application/pdf", 1000),
    ]
    assert atom.count(b'rel="enclosure"') == 2
    assert {each["url"] for each in enclosed} == {
        link.get("href") for link in etree.fromstring(atom).iter(f"{ATOM}link") if link.get("rel") == "enclosure"
    }


# --- at the desk ----------------------------------------------------------------------------------------------------------


def post(client: Client, advisory: Advisory, *files: Any, revision: int | None = None) -> Page:
    address = reverse("focalpoint:advisory-files", args=[advisory.pk])
    return client.post(address, {"files": files, "revision": revision or advisory.revision})


def test_an_editor_adds_files_that_are_cleaned_and_removes_one(drafted: Make, editor: User, signed_in: SignIn) -> None:
    advisory, client = drafted(), signed_in(editor)
    response = post(client, advisory, sent("../../Prices <2026>.pdf", document()), sent("mill.jpg", picture()))
    assert (response.status_code, response["Location"]) == (302, f"/desk/advisories/{advisory.pk}/files/")
    page = client.get(response["Location"]).content.decode()
    assert "download>Prices _2026_.pdf</a>" in page
    advisory = Advisory.objects.get()
    prices, mill = sorted(advisory.files, key=lambda each: each.name)
    kept = b"".join(prices.content.stream())
    assert (kept[:5], len(kept), AUTHOR.encode() in kept) == (b"%PDF-", prices.size, False)
    assert AUTHOR.encode() not in b"".join(mill.content.stream())
    remove = reverse("focalpoint:advisory-file-remove", args=[advisory.pk, prices.pk])
    assert client.post(remove, {"revision": 2}).status_code == 302
    assert [each.name for each in Advisory.objects.get().files] == ["mill.jpg"]
    assert client.post(remove, {"revision": 3}).status_code == 409
    assert client.post(remove, {}).status_code == 422


HOSTILE = {
    "a\u2028Set-Cookie: a=b\x7f.txt": "aSet-Cookie_ a=b.txt",
    "..\\..\\etc\\passwd": "passwd.txt",
    "\u202etxt.exe": "txt.txt",
    '"><script>.txt': "___script_.txt",
    "%2e%2e%2f.txt": "_2e_2e_2f.txt",
    "n" * 300 + ".txt": "n" * 96 + ".txt",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_made_harmless(
    name: str, drafted: Make, approve: Any, editor: User, signed_in: SignIn, now: datetime
) -> None:
    advisory = drafted(tlp="clear")
    assert post(signed_in(editor), advisory, sent(name, b"Prices.")).status_code == 302
    (file,) = Advisory.objects.get().files
    assert file.name == HOSTILE[name]
    editing.publish(approve(Advisory.objects.get()), by=editor, now=now, today=now.date())
    response = Client().get(file.get_absolute_url())
    assert (response.status_code, "Set-Cookie" in response.headers) == (200, False)


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (("invoice.pdf", b"MZ\x90\x00\x03" + bytes(500)), "invoice.pdf"),
        (("page.html", b"<html><script>alert(1)</script></html>"), "page.html"),
        (("big.txt", b"a" * (20 * 1024 * 1024 + 1)), "has more than 20.0\xa0MB"),
        (None, "Choose a file."),
    ],
)
def test_what_is_refused_is_refused_in_words_and_nothing_is_kept(
    file: tuple[str, bytes] | None, sentence: str, drafted: Make, editor: User, signed_in: SignIn
) -> None:
    response = post(signed_in(editor), drafted(), *([sent(*file)] if file else []))
    page = response.content.decode()
    assert response.status_code == 422
    assert "There is a problem" in page
    assert sentence in page
    assert ("Choose your files again" in page) == (file is not None)
    assert (FileContent.objects.count(), Advisory.objects.get().revision) == (0, 1)


def test_malware_is_refused_by_name(drafted: Make, editor: User, signed_in: SignIn, tmp_path: Path, settings: Any) -> None:
    client, advisory = signed_in(editor), drafted()
    with clamd(tmp_path) as (address, _daemon):
        settings.CLAMAV_URL = address
        response = post(client, advisory, sent("notes.txt", EICAR))
        assert post(client, advisory, sent("fine.txt", b"Prices.")).status_code == 302
    assert response.status_code == 422
    assert "carries malware (Win.Test.EICAR_HDB-1)" in response.content.decode()
    assert [each.name for each in Advisory.objects.get().files] == ["fine.txt"]
    settings.CLAMAV_URL = f"unix://{tmp_path}/nobody.sock"
    assert "could not be looked at for malware" in post(client, Advisory.objects.get(), sent("b.txt", b"b")).content.decode()


def test_a_verb_that_refuses_is_said_beside_the_field(
    drafted: Make, attach: Attach, editor: User, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    advisory, client = attach(drafted(), Sheet(name="notes.txt", kind=Kind.TXT)), signed_in(editor)
    assert "There is a file “notes.txt” already." in post(client, advisory, sent("notes.txt", b"a")).content.decode()
    assert "after you opened it" in post(client, advisory, sent("new.txt", b"a"), revision=1).content.decode()
    monkeypatch.setattr(attaching, "MOST_BYTES", 1000)
    assert "together. Leave one out" in post(client, advisory, sent("new.txt", b"a")).content.decode()
    assert post(client, advisory, *(sent(f"{number}.txt", b"a") for number in range(11))).status_code == 422


def test_the_pages_are_for_editors_of_the_agency(
    drafted: Make, attach: Attach, filed: Make, approver: User, licensing_editor: User, editor: User, signed_in: SignIn
) -> None:
    draft, out = attach(drafted()), filed()

    def statuses(person: User, advisory: Advisory) -> list[int]:
        client, address = signed_in(person), reverse("focalpoint:advisory-files", args=[advisory.pk])
        removing = reverse("focalpoint:advisory-file-remove", args=[advisory.pk, advisory.files[0].pk])
        posted = post(client, advisory, sent("a.txt", b"a"))
        return [client.get(address).status_code, posted.status_code, client.post(removing, {"revision": 2}).status_code]

    assert statuses(approver, draft) == [403] * 3  # who doesn't draft
    assert statuses(licensing_editor, draft) == [404] * 3
    assert statuses(editor, out) == [403] * 3  # it is out
    assert [Attachment.objects.standing().count(), FileContent.objects.count()] == [2, 2]


def test_the_approver_sees_the_files_and_what_changed(
    drafted: Make, attach: Attach, editor: User, approver: User, signed_in: SignIn, now: datetime
) -> None:
    advisory = editing.submit_for_review(attach(drafted()), by=editor, now=now)
    client = signed_in(approver)
    page = client.get(f"/desk/advisories/{advisory.pk}/").content.decode()
    assert f'href="/desk/advisories/{advisory.pk}/files/{advisory.files[0].pk}/" download>sheet.pdf</a>' in page
    assert "with the file sheet.pdf" in page
    assert "Add or remove files" not in page
    assert "sheet.pdf, 1000" in client.get(f"/desk/advisories/{advisory.pk}/changes/").content.decode()
    assert "Add or remove files" in signed_in(editor).get(f"/desk/advisories/{advisory.pk}/").content.decode()
