"""One running portal for all that is looked at from outside."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.anonymity.visitors import Stage
from tests.processes import web


@pytest.fixture(scope="session")
def _stage(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("portal")
    temporary = folder / "tmp"
    temporary.mkdir()
    with web(folder, TMPDIR=str(temporary)) as server:
        yield Stage(server, temporary)


@pytest.fixture
def stage(transactional_db: None, _stage: Stage) -> Stage:
    """The running portal, started once for all tests; each finds an empty database and leaves it so."""
    return _stage
