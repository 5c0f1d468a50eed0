"""A confidential asker's identity is found nowhere that outlives the visit, and what a thief of a dump holds opens none of it."""

from __future__ import annotations

import secrets
from datetime import date

import pytest
from django.conf import settings

from inquiries import receipts
from inquiries.models import Identity, Inquiry, NamedAsker
from inquiries.sealing import CannotOpen, derive, unseal_bytes
from inquiries.services import asking, casework, identities, readers
from inquiries.services.named import Named
from keystore import services as keystore
from organisations.models import Organisation, User
from tests.anonymity.visitors import Stage, Visitor, all_places, as_owner, dump

WORDS = ("name", "organisation", "contact")


class Confidant(Visitor):
    """Somebody who says who they are, with words unlike those of any other test or run."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        mark = secrets.token_hex(6)
        self.who = {"name": f"Ada{mark} Asker", "organisation": f"Pumps{mark} OÜ", "contact": f"+372 55{mark}"}
        self.reason = f"reason{mark} that may tell who it is"

    def ask(self, **changes: str) -> object:  # type: ignore[override]
        asked = {"topic": "other", "subject": self.canary.subject, "text": self.canary.words, **self.who, **changes}
        return self.post("/ask/confidential/", {**self.get("/ask/confidential/").hidden, **asked})

    def traces(self) -> list[bytes]:
        said = [each.encode() for each in (*self.who.values(), self.reason)]
        return [*said, *(each.hex().encode() for each in said)]

    def seen_in(self, content: bytes) -> list[bytes]:
        return [*self.canary.seen_in(content), *(trace for trace in self.traces() if trace in content)]


def open_and_read(confidant: Confidant, first: User, second: User, today: date) -> None:
    opening = identities.ask(Inquiry.objects.get(), reason=confidant.reason, by=first, today=today)
    assert identities.read(identities.grant(opening, by=second, today=today), by=first, today=today).name == confidant.who["name"]


def test_nothing_of_who_asks_confidentially_is_left_anywhere(
    stage: Stage, gatekeeper: User, second_gatekeeper: User, today: date
) -> None:
    """Also after refusals, a fault of the database, two gatekeepers' reading and a correction."""
    visitor = Confidant(stage)
    refused = [
        visitor.ask(text=""),
        visitor.ask(contact=visitor.who["contact"] + "\x07"),
        visitor.ask(name="x" * 200),
        visitor.call("/api/v1/inquiries/", {"topic": "x", "text": visitor.canary.words, "identity": visitor.who}),
    ]
    assert [answer.status for answer in refused] == [422, 422, 422, 400]  # type: ignore[attr-defined]
    as_owner("ALTER TABLE inquiries_identity ADD CONSTRAINT refused CHECK (ring_key = '') NOT VALID")
    try:
        assert visitor.ask().status == 500  # type: ignore[attr-defined]
    finally:
        as_owner("ALTER TABLE inquiries_identity DROP CONSTRAINT refused")
    visitor.walk()
    open_and_read(visitor, gatekeeper, second_gatekeeper, today)
    page = visitor.come_back(visitor.canary.receipt)
    assert visitor.reason in page.page
    assert page.headers.get_all("Set-Cookie") is None
    form = visitor.post("/conversation/identity/", {"visit": page.hidden["visit"]}).hidden
    corrected = visitor.post("/conversation/identity/", {**form, **visitor.who, "contact": visitor.who["contact"] + " or not"})
    assert "You corrected who you are" in corrected.page
    assert [(name, visitor.seen_in(content)) for name, content in all_places(stage).items()] == [
        (name, []) for name in ("dump", "write-ahead log", "database log", "Redis", "web log", "temporary files")
    ]


def test_the_search_would_find_what_was_left(stage: Stage) -> None:
    """The planted fault: the words in the column of the sealed ones, unsealed."""
    visitor = Confidant(stage)
    visitor.walk()
    said = " ".join(visitor.who.values()).encode()
    Identity.objects.update(sealed_words=said)
    assert visitor.seen_in(dump()) == [each.encode().hex().encode() for each in visitor.who.values()]


def test_a_dump_with_its_shares_and_every_reader_key_opens_no_identity(
    stage: Stage, officer: User, licensing_agency: Organisation, today: date
) -> None:
    """Whoever has the tables, the share, the receipt and the derived key of any agency that reads the case."""
    visitor = Confidant(stage)
    visitor.walk()
    inquiry = Inquiry.objects.get()
    casework.route(inquiry, agency=licensing_agency, by=officer, today=today)
    share = keystore.share_of(inquiry.pk) or b""
    ring = next(iter(settings.OFFICE_KEYS.values()))
    secret = receipts.read(visitor.canary.receipt)
    held = [
        share,
        readers.wrapping_key(ring, licensing_agency),
        readers.case_key(inquiry, agencies=[licensing_agency]),
        asking.wrapping_key(secret),
        derive(licensing_agency.pk.bytes, purpose="named", server_key=ring),
    ]
    identity = Identity.objects.get()
    columns = ("sealed_words", "wrapped_key", "wrapped_ledger_key", "case_ledger_key")
    opened: dict[bytes, bytes] = {bytes(getattr(identity, column)): b"" for column in columns}
    places = [identities._place(column, inquiry) for column in ("identity", "identity key", "ledger key")]
    for _ in range(4):  # each key that opens is tried in turn on all that is left
        for sealed in list(opened):
            for key in [*held, *filter(None, opened.values())]:
                for place in places:
                    try:
                        found = unseal_bytes(sealed, key=key, place=place)
                    except CannotOpen:
                        continue
                    opened[sealed] = found
                    opened.setdefault(found, b"")
    assert not any(visitor.who["name"].encode() in each for each in (*opened, *opened.values()))
    assert opened[bytes(identity.wrapped_key or b"")]  # the share's layer came off, so the search did work
    assert len(opened[bytes(identity.case_ledger_key)]) > 0


def test_who_asks_by_name_stands_in_their_own_table_and_their_words_in_none(
    stage: Stage, signatory: User, firm: Organisation, today: date
) -> None:
    mark = f"words{secrets.token_hex(6)}"
    asking.submit(topic="other", text=mark, subject=mark, identity=Named(signatory, firm), today=today)
    asking.submit(topic="other", text=mark, today=today)
    assert NamedAsker.objects.count() == 1
    assert mark.encode() not in dump()


@pytest.mark.parametrize("path", ["/ask/confidential/"])
def test_what_is_seen_of_it_is_kept_by_no_browser(stage: Stage, path: str) -> None:
    headers = Visitor(stage).get(path).headers
    assert "no-store" in headers["Cache-Control"]
    assert headers.get_all("Set-Cookie") is None
