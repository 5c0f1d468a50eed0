"""An administrator opens the registry to another state's ministry, which looks until it is closed; everybody reads the figures."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.utils import timezone

from catalogue.models import Segment
from catalogue.services import load_seed
from organisations.models import Kind, Organisation, Role, User
from registry.disclosure import Audience, Field, Purpose
from registry.models import Entry, Look, PartnerOpening
from registry.services import editions
from tests.browser.conftest import Visit
from tests.conftest import member
from tests.registry.conftest import Agree, agree, entry, grant, make_entry, sensing
from tests.registry.test_figures_pages import invented

__all__ = ["agree", "entry", "make_entry", "sensing"]
Open = Callable[..., Visit]
TO_GOVERNMENTS = grant(Audience.PARTNER_GOVERNMENT, Purpose.OUTREACH, Field.LEGAL_NAME, Field.REGION)


@pytest.fixture
def attache() -> User:
    ministry = Organisation.objects.create(kind=Kind.PARTNER, name="Ministry of Trade", country="LV")
    return member(ministry, "Anna Attache", Role.PARTNER_OFFICER)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_open_look_close(visit: Open, administrator: User, attache: User, entry: Entry, agree: Agree, *, scripts: bool) -> None:
    agree(entry, TO_GOVERNMENTS)
    until = timezone.localdate() + timedelta(days=30)
    desk = visit(scripts=scripts).sign_in(administrator).go("/desk/partners/").sees("Closed to everybody").is_clean()
    desk.press("Open").sees("Choose the organisation.").is_clean()
    desk.pick("Which organisation?", "Ministry of Trade").choose("Partner governments").fill("Last day", until.isoformat())
    desk.fill("Why?", "Memorandum of 2026").choose("This body neither enforces").press("Open").sees(
        "looks until the last day"
    ).is_clean()

    looker = visit(scripts=scripts).sign_in(attache).go("/registry/").is_clean()
    looker.choose("Outreach").fill("What is the reason?", "Joint seminar").press("Go to the registry").sees("1 entry").is_clean()
    looker.follow("Baltic Photonics OÜ").sees("Joint seminar").misses("Hollow-core fibre").is_clean()
    assert set(Look.objects.at(entry.pk).values_list("institution", "audience")) == {("Ministry of Trade", "partner-government")}

    desk.press("Close").sees("neither its people nor their programs look").is_clean()
    assert PartnerOpening.objects.get().closed_on
    looker.go("/registry/").misses("Baltic Photonics")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_everybody_reads_the_figures(visit: Open, focal_point: Organisation, now: object, *, scripts: bool) -> None:
    load_seed(now=now)
    areas = list(Segment.objects.areas().values_list("code", flat=True))[:3]
    editions.publish_ended(today=date(2026, 10, 1), count=lambda **_asked: invented(300, areas))
    visit(scripts=scripts).go("/registry/figures/").sees("The registry in figures: Q3 2026").sees("left out").is_clean()
