from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from advisories.models import Advisory, Mandate, MandateKind, Subscription, Webhook
from advisories.services import attaching, audience, editing, translating, webhooks
from advisories.services.editing import Content
from catalogue.models import ControlEntry, ControlList, Segment
from organisations.models import Kind, Organisation, Role, User
from tests.conftest import member
from tests.inquiries.test_attachments import Sheet

Attach = Callable[..., Advisory]
Content_ = Callable[..., Content]
Make = Callable[..., Advisory]
Translate = Callable[..., Advisory]
# What an advisory says in Estonian.
TEXTS = {
    "title": "Termokaamerate tellimused",
    "summary": "Uued edasimüüjad küsivad palju.",
    "body": "**Mida näeme.** Esimesed tellimused.",
    "what_to_do": "Küsige lõppkasutajat.",
}


@pytest.fixture
def photonics(db: None) -> Segment:
    return segment("CTA01", "Photonics area")


@pytest.fixture
def lasers(photonics: Segment) -> Segment:
    return segment("CTA01.1", "Lasers", parent=photonics)


@pytest.fixture
def quantum(db: None) -> Segment:
    return segment("CTA03", "Quantum area")


def segment(code: str, label: str, parent: Segment | None = None) -> Segment:
    return Segment.objects.create(
        scheme="eu-critical-technology-areas",
        edition="2023",
        code=code,
        label=label,
        parent=parent,
        source="EU 2023/2113",
        diversion_risk="high",
    )


@pytest.fixture
def lists(db: None, now: datetime) -> None:
    """A list in force, and an older one that had an entry which is gone."""
    held = {"scheme": "eu-dual-use", "title": "Annex I", "source": "test", "checksum": "0" * 64, "loaded_at": now}
    new = ControlList.objects.create(edition="2025", is_current=True, **held)
    old = ControlList.objects.create(edition="2024", **held)
    in_force = ("3A001", "3A001.a.5", "3A001.b", "3A001.b.2", "3A002", "6A003")
    for order, (control_list, code) in enumerate([*((new, code) for code in in_force), (old, "3A001"), (old, "3A233")]):
        is_entry = "." not in code
        ControlEntry.objects.create(
            control_list=control_list,
            code=code,
            entry_code=code[:5],
            order=order,
            depth=code.count("."),
            kind="entry" if is_entry else "para",
            parent=None if is_entry else ControlEntry.objects.get(control_list=control_list, code=code[:5]),
            category=code[0],
            group=code[1],
            plain_title="Cameras that see heat" if code == "6A003" else "",
            text="Things",
        )


@pytest.fixture
def second_approver(focal_point: Organisation) -> User:
    return member(focal_point, "Ain Approver", Role.APPROVER)


@pytest.fixture
def third_approver(focal_point: Organisation) -> User:
    return member(focal_point, "Anneli Approver", Role.APPROVER)


@pytest.fixture
def licensing_editor(licensing_agency: Organisation) -> User:
    return member(licensing_agency, "Lea Editor", Role.EDITOR, Role.APPROVER)


@pytest.fixture
def content() -> Content_:
    """What an editor writes, with the parts that a test is about."""

    def content(**changes: Any) -> Content:
        words: dict[str, Any] = {
            "kind": "threat",
            "tlp": "green",
            "urgency": "routine",
            "title": "Orders for thermal cameras",
            "summary": "New resellers ask for many.",
            "body": "**What we see.** First orders.\n\n- from companies founded this year",
            "what_to_do": "Ask for the end user.",
        }
        return Content(**(words | changes))

    return content


@pytest.fixture
def drafted(content: Content_, focal_point: Organisation, editor: User, now: datetime) -> Make:
    def drafted(**changes: Any) -> Advisory:
        return editing.draft(content=content(**changes), agency=focal_point, by=editor, now=now)

    return drafted


@pytest.fixture
def approved(drafted: Make, editor: User, approver: User, second_approver: User, now: datetime) -> Make:
    """An advisory that as many people as it needs have approved."""

    def approved(**changes: Any) -> Advisory:
        advisory = editing.submit_for_review(drafted(**changes), by=editor, now=now)
        for each in (approver, second_approver)[: advisory.approvals_needed]:
            advisory = editing.approve(advisory, revision=advisory.revision, by=each, now=now)
        return advisory

    return approved


@pytest.fixture
def published(approved: Make, editor: User, now: datetime, today: date) -> Make:
    def published(**changes: Any) -> Advisory:
        return editing.publish(approved(**changes), by=editor, now=now, today=today)

    return published


@pytest.fixture
def translate(editor: User, now: datetime) -> Translate:
    def translate(advisory: Advisory, **changes: Any) -> Advisory:
        given: dict[str, Any] = {"language": "et", "texts": TEXTS, "revision": advisory.revision}
        return translating.translate(advisory, **(given | changes), by=editor, now=now)

    return translate


@pytest.fixture
def attach(editor: User, now: datetime) -> Attach:
    """Add cleaned files to a draft; one of its own making where none is given."""

    def attach(advisory: Advisory, *files: Sheet, **changes: Any) -> Advisory:
        given: dict[str, Any] = {"files": files or [Sheet()], "revision": advisory.revision, "by": editor}
        return attaching.attach(advisory, **(given | changes), now=now)

    return attach


@pytest.fixture
def filed(drafted: Make, attach: Attach, approve: Any, editor: User, now: datetime, today: date) -> Make:
    """A published advisory with files."""

    def filed(*files: Sheet, **changes: Any) -> Advisory:
        return editing.publish(approve(attach(drafted(**changes), *files)), by=editor, now=now, today=today)

    return filed


@pytest.fixture
def approve(editor: User, approver: User, second_approver: User, now: datetime) -> Callable[[Advisory], Advisory]:
    def approve(advisory: Advisory) -> Advisory:
        advisory = editing.submit_for_review(advisory, by=editor, now=now)
        for each in (approver, second_approver)[: advisory.approvals_needed]:
            advisory = editing.approve(advisory, revision=advisory.revision, by=each, now=now)
        return advisory

    return approve


@pytest.fixture
def bilingual(drafted: Make, translate: Translate, approve: Any, editor: User, now: datetime, today: date) -> Make:
    """A published advisory with an Estonian version."""

    def bilingual(*, estonian: str = TEXTS["title"], **changes: Any) -> Advisory:
        advisory = approve(translate(drafted(**changes), texts=TEXTS | {"title": estonian}))
        return editing.publish(advisory, by=editor, now=now, today=today)

    return bilingual


@pytest.fixture
def subscribed(now: datetime) -> Callable[..., Subscription]:
    """Subscribes an organisation by a person of its own, made for it."""

    def subscribed(organisation: Organisation, address: str, *segments: Segment, **wishes: Any) -> Subscription:
        role = {Kind.ASSOCIATION: Role.OFFICER, Kind.AGENCY: Role.ADMINISTRATOR}.get(Kind(organisation.kind), Role.SIGNATORY)
        person = member(organisation, f"Person {address.partition('@')[0]}", role)
        return audience.subscribe(organisation=organisation, address=address, segments=segments, by=person, now=now, **wishes)

    return subscribed


@pytest.fixture
def hooked(now: datetime) -> Callable[..., Webhook]:
    """Enters a webhook for an organisation, by a person of its own, made for it."""

    def hooked(organisation: Organisation, *segments: Segment, url: str = "https://hooks.firm.example/in") -> Webhook:
        role = {Kind.ASSOCIATION: Role.OFFICER, Kind.AGENCY: Role.ADMINISTRATOR}.get(Kind(organisation.kind), Role.SIGNATORY)
        form = uuid.uuid4().bytes * 2
        person = member(organisation, f"Hook {form.hex()[:32]}", role)
        return webhooks.add(organisation=organisation, url=url, segments=segments, form=form, by=person, now=now).webhook

    return hooked


@pytest.fixture
def mandated(administrator: User, now: datetime, today: date) -> Callable[..., Mandate]:
    def mandated(association: Organisation, address: str, *segments: Segment, **changes: Any) -> Mandate:
        period: dict[str, Any] = {"kind": MandateKind.RELAY, "valid_from": today, "valid_to": None}
        return audience.grant_mandate(
            association=association, address=address, segments=segments, by=administrator, now=now, **(period | changes)
        )

    return mandated


@pytest.fixture
def correct(
    content: Content_, editor: User, approver: User, second_approver: User, now: datetime, today: date
) -> Callable[..., Advisory]:
    """Write, approve and publish a correction, an hour later for each that came before."""

    def correct(advisory: Advisory, *, at: datetime | None = None, **changes: Any) -> Advisory:
        later = at or now + timedelta(hours=1 + Advisory.objects.exclude(corrects=None).count())
        begun = editing.correct(advisory, by=editor, now=later)
        words = replace(content(title="Mirrors to Ruritania"), **({"what_changed": "Mirrors, not lenses."} | changes))
        begun = editing.revise(begun, content=words, revision=begun.revision, by=editor, now=later)
        begun = editing.submit_for_review(begun, by=editor, now=later)
        for each in (approver, second_approver)[: begun.approvals_needed]:
            begun = editing.approve(begun, revision=begun.revision, by=each, now=later)
        return editing.publish(begun, by=editor, now=later, today=today)

    return correct
