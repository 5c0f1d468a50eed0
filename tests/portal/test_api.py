"""The whole API against its own description: whatever is sent, no answer is a server error or of an undescribed kind."""

from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode

from portal.wsgi import application


@pytest.mark.django_db(transaction=True, databases=["default", "disclosed", "keys"])
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_answer_is_a_server_error(mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/schema/", application)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) >= 11
    for operation in operations:

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(max_examples=20, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
        def send(case: Any) -> None:
            case.call_and_validate(checks=[not_a_server_error])

        with suppress(Unsatisfiable):  # an address without parameters or body has nothing to get wrong
            send()
