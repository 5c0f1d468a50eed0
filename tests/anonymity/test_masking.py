"""What the desk hides is read nowhere any more, and what is hidden in a file never comes out: at the running portal, both sides."""

from __future__ import annotations

import io
import re
import secrets
import zipfile

import pikepdf
import pytest
from django.utils import timezone
from PIL import Image

from inquiries.models import Inquiry
from inquiries.services import casework, drafting, noting
from organisations.models import User
from tests.anonymity.visitors import Answer, Official, Stage, Visitor
from tests.conftest import SignIn
from tests.inquiries.files import AUTHOR, document, letter, picture

CONVERSATION = "/api/v1/inquiries/conversation/"


@pytest.fixture
def official(stage: Stage, signed_in: SignIn, officer: User) -> Official:
    return Official(stage, signed_in(officer), officer)


class Masked:
    """A case in which the asker, and everybody after, wrote a passage that has to go, with a file of its name."""

    def __init__(self, stage: Stage, official: Official) -> None:
        self.mark, self.visitor, self.official = f"Photonik{secrets.token_hex(6)}", Visitor(stage), official
        self.passage = f"Zirkelbach {self.mark}"
        form = {**self.visitor.get("/ask/").hidden, "topic": "classification", "subject": f"Pumps of {self.passage}"}
        form |= {"text": f"{self.passage} asks: may it?", "item1_description": f"As {self.passage} builds it"}
        files = [(f"{self.passage} order.txt", b"An order.")]
        held = self.visitor.send_files("/ask/", form, *files)
        kept = dict.fromkeys(re.findall(r'type="radio" name="(decide-[^"]+)"', held.page), "keep")
        self.receipt = self.visitor.send_files("/ask/", {**held.hidden, **kept, "step": "confirm"}, *files).receipt
        self.inquiry, by, today = Inquiry.objects.get(), official.user, timezone.localdate()
        casework.take(self.inquiry, by=by, today=today)
        noting.note(self.inquiry, text=f"@{by.name}: {self.passage} called.", by=by, today=today)
        drafting.keep(self.inquiry, kind="ask-back", text=f"{self.passage}?", by=by, today=today)
        casework.answer(self.inquiry, text=f"Dear {self.passage}, no.", by=by, today=today)
        self.case = f"/desk/inquiries/{self.inquiry.pk}/"
        self.file = self.inquiry.attachments.get().pk

    def hide(self) -> None:
        said = {"passage": self.passage, "reason": "Names the asker", "mode": "mask"}
        offered = self.official.post(f"{self.case}redact/", said)
        places = re.findall(r'name="places" value="([^"]+)"', offered.page)
        several = "&".join(f"places={place}" for place in places).encode()
        fields = b"&".join([*(f"{name}={value}".encode() for name, value in said.items()), several])
        assert self.official.post(f"{self.case}redact/", fields).status == 200, offered.page

    def representations(self) -> dict[str, Answer]:
        """Everything at both sides that shows words of the case, or counts as a copy of them."""
        asker, desk = self.visitor, self.official
        mine = {"Authorization": f"Receipt {self.receipt}"}
        page = asker.come_back(self.receipt)
        visit = page.hidden["visit"]
        again = {**page.hidden, "text": ""}
        found = {
            "conversation": page,
            "refused reply": asker.post("/conversation/reply/", again),
            "what was filed": asker.post("/conversation/proof/", {"visit": visit, "what": "filing"}),
            "proof": asker.post("/conversation/proof/", {"visit": visit}),
            "file": asker.post("/conversation/file/", {"visit": visit, "file": str(self.file)}),
            "call": asker.call(CONVERSATION, **mine),
            "call for the proof": asker.call(f"{CONVERSATION}proof/", **mine),
            "call for a file": asker.call(f"{CONVERSATION}files/{self.file}/", **mine),
            "desk call": desk.call(f"/api/v1{self.case}"),
            "desk call for the history": desk.call(f"/api/v1{self.case}events/"),
            "desk call for a file": desk.call(f"/api/v1{self.case}files/{self.file}/"),
            **{
                f"desk call for {each}": desk.call(f"/api/v1{self.case}{each}/")
                for each in ("files", "redactions", "experts", "work")
            },
            "list by call": desk.call("/api/v1/desk/inquiries/"),
            "words": desk.post("/desk/inquiries/words/", {"words": "Zirkelbach"}),
        }
        pages = ("", "related/", "answer-for-everybody/", f"files/{self.file}/")
        found |= {f"case: {name}": desk.get(self.case + name) for name in pages}
        lists = ("", "inquiries/?queue=all", "inquiries/?queue=all&q=Zirkelbach", "mentions/", "answers/", "to-approve/")
        return found | {f"desk: {name}": desk.get(f"/desk/{name}") for name in lists}

    def read_in(self) -> dict[str, bool]:
        """Which of them hold the passage, in body or headers."""
        found = self.representations()
        assert {name: answer.status for name, answer in found.items() if answer.status not in (200, 422)} == {}
        mark = self.mark.encode()
        return {name: mark in answer.content + str(answer.headers).encode() for name, answer in found.items()}


def test_masked_words_are_in_no_representation(stage: Stage, official: Official) -> None:
    case = Masked(stage, official)
    before = {name for name, is_there in case.read_in().items() if is_there}
    shown = {"conversation", "what was filed", "file", "call", "desk call", "desk call for a file", "case: ", "words"}
    assert shown <= before  # the check can fail
    case.hide()
    assert {name for name, is_there in case.read_in().items() if is_there} == set()


def test_a_hidden_file_comes_out_by_no_door(stage: Stage, official: Official) -> None:
    case = Masked(stage, official)
    visit = case.visitor.come_back(case.receipt).hidden["visit"]
    doors = {
        "page": lambda: case.visitor.post("/conversation/file/", {"visit": visit, "file": str(case.file)}),
        "call": lambda: case.visitor.call(f"{CONVERSATION}files/{case.file}/", Authorization=f"Receipt {case.receipt}"),
        "desk": lambda: official.get(f"{case.case}files/{case.file}/"),
        "desk call": lambda: official.call(f"/api/v1{case.case}files/{case.file}/"),
    }
    assert {name: (door().status, door().content) for name, door in doors.items()} == dict.fromkeys(doors, (200, b"An order."))
    assert official.post(f"{case.case}files/{case.file}/hide/", {"reason": "Names a third party"}).status == 200
    assert {name: door().status for name, door in doors.items()} == dict.fromkeys(doors, 404)


def metadata(name: str, content: bytes) -> object:
    """What a file tells of its maker by its own format: EXIF with place, Word's properties, a PDF's information and XMP."""
    if name.endswith(".jpg"):
        return dict(Image.open(io.BytesIO(content)).getexif())
    if name.endswith(".docx"):
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            core = [package.read(each) for each in package.namelist() if each.startswith("docProps/")]
        return b"creator" in b"".join(core)
    with pikepdf.open(io.BytesIO(content)) as pdf:
        return {str(key) for key in pdf.docinfo} & {"/Author"}, "/Metadata" in pdf.Root


CLEAN: dict[str, object] = {"mill.jpg": {}, "order.docx": False, "sheet.pdf": (set(), False)}


def test_a_picture_with_its_place_a_letter_with_its_author_and_a_pdf_with_xmp_come_out_clean(
    stage: Stage, official: Official
) -> None:
    """To the asker and to officials, by pages and by calls."""
    files = {"mill.jpg": picture(), "order.docx": letter(), "sheet.pdf": document()}
    assert [name for name, content in files.items() if metadata(name, content) == CLEAN[name]] == []  # the check can fail
    visitor = Visitor(stage)
    receipt = visitor.ask_with_files(*files.items()).receipt
    inquiry = Inquiry.objects.get()
    visit = visitor.come_back(receipt).hidden["visit"]
    case = f"/desk/inquiries/{inquiry.pk}/files/"
    for file, name in zip(inquiry.attachments.order_by("position"), files, strict=True):
        copies = [
            visitor.post("/conversation/file/", {"visit": visit, "file": str(file.pk)}),
            visitor.call(f"{CONVERSATION}files/{file.pk}/", Authorization=f"Receipt {receipt}"),
            official.get(f"{case}{file.pk}/"),
            official.call(f"/api/v1{case}{file.pk}/"),
        ]
        assert [copy.status for copy in copies] == [200] * 4
        assert {copy.content for copy in copies} == {copies[0].content}
        assert f'filename="{name}"' in copies[0].headers["Content-Disposition"]
        assert metadata(name, copies[0].content) == CLEAN[name], name
        assert AUTHOR.encode() not in copies[0].content
