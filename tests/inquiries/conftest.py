from collections.abc import Callable
from datetime import date

import pytest

from inquiries.services import asking, casework
from organisations.models import Function, Kind, Organisation, Role, User
from tests.conftest import member

Ask = Callable[..., asking.Filed]


@pytest.fixture
def ask(db: None, today: date) -> Ask:
    """Files an anonymous inquiry."""

    def file(text: str = "Is a five-axis mill controlled?", **options: object) -> asking.Filed:
        return asking.submit(**{"topic": "classification", "text": text, "today": today, **options})

    return file


@pytest.fixture
def take_up(ask: Ask, officer: User, today: date) -> Ask:
    """Files an inquiry, which the officer has in hand."""

    def file(text: str, **options: object) -> asking.Filed:
        made = ask(text, **options)
        casework.take(made.inquiry, by=officer, today=today)
        made.inquiry.refresh_from_db()
        return made

    return file


@pytest.fixture
def screening_agency(db: None) -> Organisation:
    return Organisation.objects.create(kind=Kind.AGENCY, name="Screening Office", functions=[Function.INVESTMENT_SCREENING])


@pytest.fixture
def screening_officer(screening_agency: Organisation) -> User:
    return member(screening_agency, "Ilme Screening", Role.CASE_OFFICER)
