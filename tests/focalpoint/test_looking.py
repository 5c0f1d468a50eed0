"""Officials say once for what they look, and may name the case or the advisory that it is for, if they read it themselves."""

from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from advisories.services import editing
from advisories.services.editing import Content
from inquiries.models import Inquiry
from inquiries.services import asking
from organisations.models import Organisation, User
from tests.conftest import SignIn

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "disclosed", "keys"])


@pytest.fixture
def inquiry(focal_point: Organisation) -> Inquiry:
    return asking.submit(topic="sanctions", text="May Acme Works sell pumps?", subject="Pumps", today=timezone.localdate()).inquiry


def say(client: Client, agency: Organisation, audience: str, reference: str, reason: str = "To find experts") -> tuple[int, str]:
    """Say why one looks; the status, and the page that comes of it."""
    said = {"capacity": f"{audience}:{agency.pk}", "purpose": "outreach", "reason": reason, "reference": reference}
    answer = client.post(reverse("focalpoint:registry-look"), said)
    page = client.get(reverse("focalpoint:registry")) if answer.status_code == 302 else answer
    return answer.status_code, page.content.decode()


def test_a_case_that_the_official_reads_is_part_of_the_reason(
    signed_in: SignIn, officer: User, focal_point: Organisation, inquiry: Inquiry
) -> None:
    client = signed_in(officer)
    status, page = say(client, focal_point, "focal-point-outreach", f" {inquiry.reference.lower()} ")
    assert status == 302
    assert f"Reason: To find experts (case {inquiry.reference})" in page
    for name in ("registry-searches", "registry-compare"):
        assert f"(case {inquiry.reference})" in client.get(reverse(f"focalpoint:{name}")).content.decode()


def test_an_advisory_is_named_by_its_address_and_a_draft_by_those_who_write_it(
    signed_in: SignIn, officer: User, editor: User, focal_point: Organisation, now: datetime
) -> None:
    words = {"kind": "threat", "tlp": "green", "urgency": "routine", "title": "Cameras", "summary": "x", "body": "y"}
    draft = editing.draft(content=Content(**words, what_to_do=""), agency=focal_point, by=editor, now=now)
    address = f"https://portal.example/desk/advisories/{draft.pk}/"
    status, page = say(signed_in(editor), focal_point, "focal-point-outreach", address)
    assert status == 302
    assert f"Reason: To find experts (advisory {draft.pk})" in page
    assert "Cameras" not in page
    assert say(signed_in(officer), focal_point, "focal-point-outreach", address)[0] == 422


@pytest.mark.parametrize("reference", ["FP-00000-00000", "00000000-0000-4000-8000-000000000000", "nonsense"])
def test_what_is_not_there_and_what_one_may_not_read_are_refused_alike(
    signed_in: SignIn, licensing_officer: User, licensing_agency: Organisation, inquiry: Inquiry, reference: str
) -> None:
    client = signed_in(licensing_officer)
    for typed in (reference, inquiry.reference):
        status, page = say(client, licensing_agency, "licensing", typed)
        assert status == 422
        assert "There is no case or advisory with this reference that you may read." in page
        assert "To find experts" in page
        assert f'value="{typed}"' in page


def test_a_reason_that_is_too_long_with_its_reference_is_shortened_by_its_writer(
    signed_in: SignIn, officer: User, focal_point: Organisation, inquiry: Inquiry
) -> None:
    status, page = say(signed_in(officer), focal_point, "focal-point-outreach", inquiry.reference, "x" * 290)
    assert status == 422
    assert "shorten the reason" in page
