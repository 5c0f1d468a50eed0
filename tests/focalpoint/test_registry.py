from datetime import datetime
from typing import Any

import pytest
from django.urls import reverse

from organisations.models import Organisation, User
from registry.disclosure import Audience, Field, Purpose
from registry.models import AgreementVersion, Entry, Evidence, Look
from registry.services import agreements, projection
from tests.conftest import SignIn
from tests.registry.conftest import Agree, MakeEntry, confirmed, grant

committed = pytest.mark.django_db(transaction=True, databases=["default", "disclosed"])
WAITING = "focalpoint:agreements"
TO_FOCAL_POINT = grant(Audience.FOCAL_POINT, Purpose.OUTREACH, Field.LEGAL_NAME, Field.REGION)


@pytest.mark.django_db
def test_an_official_reads_the_terms_and_countersigns(signed_in: SignIn, officer: User, entry: Entry, agree: Agree) -> None:
    version = agree(entry, until="signed")
    client = signed_in(officer)
    assert "Baltic Photonics" in client.get(reverse(WAITING)).content.decode()
    page = client.get(reverse("focalpoint:agreement", args=[version.pk])).content.decode()
    assert "Industry associations" in page
    assert "Products and capabilities" in page
    assert (
        client.post(reverse("focalpoint:agreement-countersign", args=[version.pk]), {"sha256": version.sha256}).status_code == 302
    )
    assert AgreementVersion.objects.get().is_active
    assert "Baltic Photonics" not in client.get(reverse(WAITING)).content.decode()


@pytest.mark.django_db
def test_countersigning_shows_the_terms_and_none_of_the_values(
    signed_in: SignIn, officer: User, entry: Entry, agree: Agree
) -> None:
    version = agree(entry, until="signed")
    page = signed_in(officer).get(reverse("focalpoint:agreement", args=[version.pk])).content.decode()
    for value in ("EE001", "Hollow-core", "10000018", "photonics.example", "ISO 9001"):
        assert value not in page


@pytest.mark.django_db
def test_what_a_firm_has_not_signed_is_not_on_the_desk(signed_in: SignIn, officer: User, entry: Entry, agree: Agree) -> None:
    version = agree(entry, until="offered")
    client = signed_in(officer)
    assert client.get(reverse("focalpoint:agreement", args=[version.pk])).status_code == 404
    answer = client.post(reverse("focalpoint:agreement-countersign", args=[version.pk]), {"sha256": version.sha256})
    assert answer.status_code == 404


@pytest.mark.django_db
def test_the_second_official_is_told_who_was_quicker(
    signed_in: SignIn, officer: User, approver: User, entry: Entry, agree: Agree, now: datetime
) -> None:
    version = agree(entry, until="signed")
    agreements.countersign(version=version, sha256=version.sha256, by=approver, second_factor=confirmed(now), now=now)
    answer = signed_in(officer).post(reverse("focalpoint:agreement-countersign", args=[version.pk]), {"sha256": version.sha256})
    assert answer.status_code == 409
    assert "Aare Approver was quicker" in answer.content.decode()


@pytest.mark.django_db
def test_an_official_is_told_that_the_firm_withdrew(
    signed_in: SignIn, officer: User, signatory: User, entry: Entry, agree: Agree, now: datetime
) -> None:
    version = agree(entry, until="signed")
    agreements.withdraw(entry=entry, by=signatory, now=now)
    answer = signed_in(officer).post(reverse("focalpoint:agreement-countersign", args=[version.pk]), {"sha256": version.sha256})
    assert answer.status_code == 409
    assert "changed or withdrawn" in answer.content.decode()


@pytest.mark.django_db
def test_a_wrong_fingerprint_is_refused(signed_in: SignIn, officer: User, entry: Entry, agree: Agree) -> None:
    version = agree(entry, until="signed")
    answer = signed_in(officer).post(reverse("focalpoint:agreement-countersign", args=[version.pk]), {"sha256": "0" * 64})
    assert answer.status_code == 422
    assert not AgreementVersion.objects.get().is_active


@pytest.mark.django_db
def test_countersigning_is_for_case_officers_and_approvers_of_the_focal_point(
    signed_in: SignIn,
    editor: User,
    supervisor: User,
    auditor: User,
    administrator: User,
    licensing_officer: User,
    signatory: User,
    association_officer: User,
    entry: Entry,
    agree: Agree,
) -> None:
    version = agree(entry, until="signed")
    for person in (editor, supervisor, auditor, administrator, licensing_officer, signatory, association_officer):
        client = signed_in(person)
        assert client.get(reverse(WAITING)).status_code == 403
        assert client.get(reverse("focalpoint:agreement", args=[version.pk])).status_code == 403
        assert client.post(reverse("focalpoint:agreement-countersign", args=[version.pk])).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("waiting", [1, 3])
def test_the_list_costs_the_same_queries_for_one_agreement_and_three(
    signed_in: SignIn, officer: User, make_entry: MakeEntry, agree: Agree, waiting: int, django_assert_num_queries: Any
) -> None:
    for number in range(waiting):
        agree(make_entry(legal_name=f"Firm {number}"), until="signed")
    client = signed_in(officer)
    with django_assert_num_queries(5):
        assert len(client.get(reverse(WAITING)).context["page"]) == waiting


@committed
def test_an_official_says_why_and_the_firm_reads_it(
    signed_in: SignIn, officer: User, focal_point: Organisation, signatory: User, entry: Entry, agree: Agree
) -> None:
    agree(entry, TO_FOCAL_POINT)
    client = signed_in(officer)
    assert client.get(reverse("focalpoint:registry")).url == reverse("focalpoint:registry-look")
    said = {"capacity": f"focal-point-outreach:{focal_point.pk}", "purpose": "outreach", "reason": "Seminar on fibre, 3 December"}
    for missing in said:
        assert client.post(reverse("focalpoint:registry-look"), said | {missing: ""}).status_code == 422
    assert client.post(reverse("focalpoint:registry-look"), said).status_code == 302
    page = client.get(reverse("focalpoint:registry"), {"q": "Baltic"}).content.decode()
    assert "Baltic Photonics" in page
    assert "Seminar on fibre" in page
    page = client.get(reverse("focalpoint:registry-listed", args=[entry.pk])).content.decode()
    assert "EE001" in page
    assert "Hollow-core" not in page
    assert [(look.institution, look.reason) for look in Look.objects.at(entry.pk)] == [(focal_point.name, said["reason"])] * 2
    assert client.get(reverse("focalpoint:registry"), {"unknown": "1"}).status_code == 400


@committed
def test_an_official_confirms_what_the_cell_shows_and_nothing_else(
    signed_in: SignIn, officer: User, focal_point: Organisation, signatory: User, entry: Entry, agree: Agree
) -> None:
    agree(entry, TO_FOCAL_POINT)
    client = signed_in(officer)
    address = reverse("focalpoint:registry-confirm", args=[entry.pk])
    assert client.post(address, {}).url == reverse("focalpoint:registry-look")
    said = {"capacity": f"focal-point-outreach:{focal_point.pk}", "purpose": "outreach", "reason": "Register day"}
    client.post(reverse("focalpoint:registry-look"), said)
    page = client.get(reverse("focalpoint:registry-listed", args=[entry.pk]))
    seen = page.context["form"].initial["seen"]
    sent = {"field": "region", "level": "register", "reason": "Business register, extract of today", "seen": seen}
    for wrong, words in (
        ({"field": "products"}, "not one of the available choices"),  # hidden from this cell
        ({"level": "said"}, "not one of the available choices"),
        ({"reason": ""}, "Name the document or the register."),
        ({"seen": "0" * 64}, "The firm has changed its entry"),
    ):
        refused = client.post(address, sent | wrong)
        assert refused.status_code == 422
        assert words in refused.content.decode()
    assert not Evidence.objects.exists()
    assert client.post(address, sent).status_code == 302
    assert "Checked against a register" in client.get(reverse("focalpoint:registry-listed", args=[entry.pk])).content.decode()
    ledger = signed_in(signatory).get(reverse("registry:ledger")).content.decode()
    assert ledger.count("Business register, extract of today") == 1
    assert projection.differences() == []


@committed
def test_an_entry_that_one_may_not_see_cannot_be_confirmed(
    signed_in: SignIn, officer: User, focal_point: Organisation, licensing_officer: User, entry: Entry, agree: Agree
) -> None:
    agree(entry, grant(Audience.POLICY, Purpose.STATISTICS, Field.REGION))
    client = signed_in(officer)
    client.post(
        reverse("focalpoint:registry-look"),
        {"capacity": f"focal-point-outreach:{focal_point.pk}", "purpose": "outreach", "reason": "Register day"},
    )
    address = reverse("focalpoint:registry-confirm", args=[entry.pk])
    assert client.post(address, {"field": "region", "level": "register", "reason": "x"}).status_code == 404
    assert signed_in(licensing_officer).post(address).status_code == 403
    assert not Evidence.objects.exists()


@committed
def test_an_official_of_another_function_sees_nothing_of_it(
    signed_in: SignIn, licensing_officer: User, licensing_agency: Organisation, entry: Entry, agree: Agree
) -> None:
    agree(entry, TO_FOCAL_POINT)
    client = signed_in(licensing_officer)
    said = {"capacity": f"licensing:{licensing_agency.pk}", "purpose": "outreach", "reason": "Curious"}
    assert client.post(reverse("focalpoint:registry-look"), said).status_code == 302
    assert "Baltic Photonics" not in client.get(reverse("focalpoint:registry")).content.decode()
    assert client.get(reverse("focalpoint:registry-listed", args=[entry.pk])).status_code == 404


@pytest.mark.django_db
def test_the_registry_on_the_desk_is_for_officials_who_work_cases(
    signed_in: SignIn, auditor: User, administrator: User, signatory: User, association_officer: User
) -> None:
    for person in (auditor, administrator, signatory, association_officer):
        for name in ("registry", "registry-look"):
            assert signed_in(person).get(reverse(f"focalpoint:{name}")).status_code == 403
