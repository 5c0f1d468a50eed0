from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from advisories.models import Advisory, Mandate, MandateKind, Subscription, Webhook
from advisories.services import audience, editing, webhooks
from advisories.services.editing import Content
from catalogue.models import Segment
from organisations.models import Kind, Organisation, Role, User
from tests.conftest import member

Content_ = Callable[..., Content]
Make = Callable[..., Advisory]


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
def subscribed(now: datetime) -> Callable[..., Subscription]:
    """Subscribes an organisation by a person of its own, made for it."""

    def subscribed(organisation: Organisation, address: str, *segments: Segment) -> Subscription:
        role = {Kind.ASSOCIATION: Role.OFFICER, Kind.AGENCY: Role.ADMINISTRATOR}.get(Kind(organisation.kind), Role.SIGNATORY)
        person = member(organisation, f"Person {address.partition('@')[0]}", role)
        return audience.subscribe(organisation=organisation, address=address, segments=segments, by=person, now=now)

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
