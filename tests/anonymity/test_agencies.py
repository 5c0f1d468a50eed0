"""An official of an agency that is not on a case's reader list, in front of the running portal: as if the case were not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from django.urls import URLPattern
from django.utils import timezone

from focalpoint.urls import urlpatterns as desk_addresses
from inquiries.filters import InquiryFilter
from inquiries.models import Attachment, Event, Inquiry
from inquiries.querysets import QUEUES
from inquiries.services import casework, consulting, describing, noting
from inquiries.services.digest import post_digest
from inquiries.urls import api_urlpatterns
from mailroom.services.delivery import deliver, new_worker
from organisations.models import Function, Kind, Organisation, Role, User
from tests.anonymity.visitors import Answer, Official, Stage, Visitor
from tests.conftest import SignIn, member
from tests.mailroom.sink import listening

CODE = "9A004.f"
PER_VISIT = re.compile(rb'name="(csrfmiddlewaretoken|form|once)" value="[^"]*"')  # random on every page


@pytest.fixture
def stranger(stage: Stage, signed_in: SignIn) -> Official:
    """Somebody who may do all that an official may in cases, in another agency than the one that has the case."""
    agency = Organisation.objects.create(kind=Kind.AGENCY, name="Screening Office", functions=[Function.INVESTMENT_SCREENING])
    roles = (Role.CASE_OFFICER, Role.SUPERVISOR, Role.APPROVER, Role.EDITOR, Role.TRIAGE)
    user = member(agency, "Ilme Screening", *roles)
    return Official(stage, signed_in(user), user)


@pytest.fixture
def insider(stage: Stage, signed_in: SignIn, officer: User) -> Official:
    return Official(stage, signed_in(officer), officer)


def file_a_case(stage: Stage, insider: Official, agency: Organisation, today: date) -> tuple[Inquiry, list[bytes]]:
    """A case with everything a case may have, and what of it an official could know it by."""
    visitor = Visitor(stage)
    mark = visitor.canary
    visitor.ask_with_files((mark.file_name.replace(".pdf", ".txt"), f"{mark.item}\n".encode()))
    inquiry, by = Inquiry.objects.get(), insider.user
    casework.take(inquiry, by=by, today=today)
    facts = describing.Facts(title=f"Mill {mark.subject}", summary=mark.email, tags=[mark.item], codes=[CODE], priority="urgent")
    describing.describe(inquiry, facts=facts, seen=describing.facts_of(inquiry).version, by=by, today=today)
    noting.note(inquiry, text=f"{mark.reply} for all", for_all_readers=True, by=by, today=today)
    asked = consulting.ask(inquiry, agency=agency, question=mark.reply, by=by, today=today)
    inquiry.refresh_from_db()
    known = [mark.words, mark.subject, mark.email, mark.item, mark.reply, mark.file_name[:-4], inquiry.reference, str(inquiry.pk)]
    return inquiry, [each.encode() for each in (*known, str(asked.pk), str(Attachment.objects.get().pk))]


def lists() -> list[str]:
    """Every address that shows cases, or counts of them, without naming one."""
    narrowed = {
        "topic": "classification",
        "code": CODE,
        "state": "in-hand",
        "mode": "anonymous",
        "priority": "urgent",
        "age": "week",
    }
    assert set(narrowed) <= set(InquiryFilter.base_filters)
    found = [f"/desk/inquiries/?queue={queue}" for queue in QUEUES]
    found += [f"/desk/inquiries/?queue=all&{name}={value}" for name, value in narrowed.items()]
    found += [f"/desk/{page}" for page in ("", "inquiries/counts/", "consultations/", "to-approve/", "mentions/", "answers/")]
    found += ["/desk/figures/", *(f"/desk/figures/table.csv?table={name}" for name in ("backlog", "agencies", "people", "reasons"))]
    return [*found, "/figures/", "/figures/figures.csv", "/answers/"]


def calls() -> list[str]:
    waiting = ("inquiries/counts", "inquiries/disputed", "consultations", "mentions", "away", "replies")
    others = [f"/api/v1/{path}/" for path in ("answers", "desk/answers", "desk/filters", "desk/office/figures")]
    others += [f"/api/v1/desk/{path}/" for path in waiting]
    return ["/api/v1/desk/inquiries/", *(f"/api/v1/desk/inquiries/?queue={queue}" for queue in QUEUES), *others]


def searches(known: list[bytes]) -> list[str]:
    return [each.decode().replace(" ", "+") for each in known]


def looked_at(official: Official) -> dict[str, tuple[int, bytes]]:
    """All that needs no knowledge of a case, as it is but for what is random on every page."""
    answers = {path: official.get(path) for path in lists()} | {path: official.call(path) for path in calls()}
    return {path: (answer.status, PER_VISIT.sub(b"", answer.content)) for path, answer in answers.items()}


def of_a_case(inquiry: Inquiry) -> Iterator[str]:
    """Every address of the desk's pages that names a case, a file of it, or what belongs to it."""
    rows = {
        "inquiries": inquiry.pk,
        "consultations": inquiry.consultations.get().pk,
        "files": inquiry.attachments.get().pk,
    }
    for pattern in desk_addresses:
        route = str(pattern.pattern)
        if route.startswith(("inquiries/<uuid:pk>/", "consultations/<uuid:pk>/")):
            kind = "files" if "/files/" in route else "consultations"
            ref = rows[kind]
            yield "/desk/" + _filled(route, pk=rows[route.partition("/")[0]], ref=ref)


def of_a_case_by_api(inquiry: Inquiry) -> Iterator[tuple[str, str]]:
    """Every address of the API for programs that names a case, with what it is to be called by."""
    for pattern in api_urlpatterns:
        route = str(pattern.pattern)
        if route.startswith("desk/inquiries/<uuid:pk>/"):
            assert isinstance(pattern, URLPattern)
            method = next(verb for verb in ("post", "put", "get") if verb in pattern.callback.actions)  # type: ignore[attr-defined]
            ref = inquiry.attachments.get().pk if "/files/" in route else inquiry.consultations.get().pk
            yield method, "/api/v1/" + _filled(route, pk=inquiry.pk, ref=ref)


def _filled(route: str, *, pk: UUID, ref: UUID) -> str:
    return route.replace("<uuid:pk>", str(pk)).replace("<uuid:ref>", str(ref)).replace("<str:kind>", "answer")


def seen(answer: Answer, known: list[bytes]) -> list[bytes]:
    return [each for each in known if each in answer.content]


def test_another_agencys_official_sees_the_same_as_if_the_case_were_not_there(
    stage: Stage, stranger: Official, insider: Official, licensing_agency: Organisation
) -> None:
    """Queues, counts, figures, exports and the API are, byte for byte, those of a portal without the case."""
    today = timezone.localdate()
    stranger.get("/desk/")
    before, before_inside = looked_at(stranger), looked_at(insider)
    file_a_case(stage, insider, licensing_agency, today)
    assert [path for path, found in looked_at(stranger).items() if found != before[path]] == []
    changed = {path for path, found in looked_at(insider).items() if found != before_inside[path]}  # the check can fail
    assert changed >= {"/desk/", "/desk/inquiries/?queue=all", f"/desk/inquiries/?queue=all&code={CODE}", "/api/v1/desk/inquiries/"}
    assert {status for status, _content in before.values()} <= {200, 403}


def test_another_agencys_official_searches_in_vain(
    stage: Stage, stranger: Official, insider: Official, licensing_agency: Organisation
) -> None:
    inquiry, known = file_a_case(stage, insider, licensing_agency, timezone.localdate())
    hits = []
    for words in searches(known):
        for found in (
            stranger.get(f"/desk/inquiries/?queue=all&q={words}"),
            stranger.post("/desk/inquiries/words/", {"words": words}),
            stranger.call(f"/api/v1/desk/inquiries/?q={words}"),
            stranger.call("/api/v1/desk/inquiries/words/", {"words": words}),
        ):
            answered = found.content.replace(words.encode(), b"").replace(words.replace("+", " ").encode(), b"")
            hits += [(words, each) for each in known if each in answered]
    assert hits == []
    assert seen(insider.get(f"/desk/inquiries/?queue=all&q={inquiry.reference}"), [str(inquiry.pk).encode()])


def test_another_agencys_official_is_refused_by_every_address_of_the_case(
    stage: Stage, stranger: Official, insider: Official, licensing_agency: Organisation
) -> None:
    """Pages, verbs, files and the API answer as they do for a case that has never been."""
    inquiry, known = file_a_case(stage, insider, licensing_agency, timezone.localdate())
    before = Event.objects.count()
    for path in of_a_case(inquiry):
        for answer in (stranger.get(path), stranger.post(path, {"text": "words"})):
            assert answer.status in (404, 405), path
            assert seen(answer, known) == [], path
    for method, path in of_a_case_by_api(inquiry):
        answer = stranger.call(path, None if method == "get" else {}, method=method.upper())
        assert (answer.status, seen(answer, known)) == (404, []), path
    assert Event.objects.count() == before
    opened = [path for path in of_a_case(inquiry) if insider.get(path).status == 200]  # the check can fail
    assert [path for path in opened if "/files/" in path or path.endswith(f"{inquiry.pk}/")] != []
    assert insider.call(f"/api/v1/desk/inquiries/{inquiry.pk}/").status == 200


def mail_of(day: date) -> list[tuple[str, bytes]]:
    """What leaves on a day, as the mail server gets it."""
    with listening() as sink:
        post_digest(today=day)
        deliver(worker=new_worker(), relay=sink.relay, clock=lambda: datetime.combine(day, datetime.max.time(), tzinfo=UTC))
        return sorted(sink.received)


def test_another_agencys_official_gets_the_same_mail_as_on_a_quiet_day(
    stage: Stage, stranger: Official, insider: Official, licensing_agency: Organisation
) -> None:
    quiet = mail_of(date(2026, 11, 23))
    _inquiry, known = file_a_case(stage, insider, licensing_agency, timezone.localdate())
    busy = mail_of(date(2026, 11, 24))
    assert stranger.user.email in dict(quiet)
    assert [(address, len(content)) for address, content in busy] == [(address, len(content)) for address, content in quiet]
    assert [each for each in known if each in b"".join(content for _address, content in busy)] == []
