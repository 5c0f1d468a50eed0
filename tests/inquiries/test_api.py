from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from inquiries import receipts
from inquiries.models import Inquiry
from inquiries.services import asking

Ask = Callable[..., asking.Filed]
ASK = "/api/v1/inquiries/"
CONVERSATION = "/api/v1/inquiries/conversation/"


def post(client: Client, body: Any, path: str = ASK, **headers: str) -> Any:
    return client.post(path, body, content_type="application/json", headers=headers)


def test_a_system_asks_and_reads_and_writes(client: Client, db: None) -> None:
    filed = post(client, {"topic": "sanctions", "text": "May I?", "subject": "Pumps", "destination": "SE"})
    assert (filed.status_code, set(filed.json())) == (201, {"reference", "receipt"})
    receipt = {"Authorization": f"Receipt {filed.json()['receipt']}"}
    assert post(client, {"text": "And this?"}, CONVERSATION, **receipt).status_code == 201
    read = client.get(CONVERSATION, headers=receipt).json()
    assert (read["reference"], read["status"]) == (filed.json()["reference"], "received")
    assert [(message["from"], message["text"]) for message in read["messages"]] == [("asker", "May I?"), ("asker", "And this?")]


ITEM = {"description": "A laser", "designed_for": "", "used_for": "", "parameters": "3 kW", "entry": "6A005.b"}


def test_items_region_and_warning_signs_are_filed_and_read(client: Client, db: None) -> None:
    said = {"items": [{**ITEM, "entry": "6a005 b"}, {"entry": "ML19"}], "red_flags": ["thin-website", "evasive"], "region": "143"}
    filed = post(client, {"topic": "transaction", "text": "May I?", **said})
    assert filed.status_code == 201
    read = client.get(CONVERSATION, headers={"Authorization": f"Receipt {filed.json()['receipt']}"}).json()
    assert read["items"] == [ITEM, {**dict.fromkeys(ITEM, ""), "entry": "ML19"}]
    assert (read["red_flags"], read["destination"]) == (["thin-website", "evasive"], "143")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"topic": "sanctions", "text": "a", "region": "999"}, "region"),
        ({"topic": "sanctions", "text": "a", "region": "143", "destination": "KZ"}, "region"),
        ({"topic": "sanctions", "text": "a", "destination": "143"}, "destination"),
        ({"topic": "sanctions", "text": "a", "items": [{}]}, "items"),
        ({"topic": "sanctions", "text": "a", "items": [{"entry": "a"}] * 5}, "items"),
        ({"topic": "sanctions", "text": "a", "items": [{"colour": "red"}]}, "items"),
        ({"topic": "sanctions", "text": "a", "items": [{"description": "x" * 501}]}, "items"),
        ({"topic": "sanctions", "text": "a", "items": [{"parameters": "a\x07b"}]}, "items"),
        ({"topic": "sanctions", "text": "a", "items": "a"}, "items"),
        ({"topic": "sanctions", "text": "a", "red_flags": ["none"]}, "red_flags"),
        ({"topic": "sanctions", "text": "a", "red_flags": "evasive"}, "red_flags"),
        ({}, "topic"),
        ({"topic": "sanctions"}, "text"),
        ({"topic": "sanctions", "text": ""}, "text"),
        ({"topic": "sanctions", "text": "  "}, "text"),
        ({"topic": "sanctions", "text": "x" * 120_000}, "text"),
        ({"topic": "sanctions", "text": "a\x07b"}, "text"),
        ({"topic": "sanctions", "text": "a\x00b"}, "text"),
        ({"topic": "sanctions", "text": ["a"]}, "text"),
        ({"topic": "sanctions", "text": {"a": 1}}, "text"),
        ({"topic": "gossip", "text": "a"}, "topic"),
        ({"topic": 7, "text": "a"}, "topic"),
        ({"topic": "sanctions", "text": "a", "segments": ["nonsense"]}, "segments"),
        ({"topic": "sanctions", "text": "a", "segments": "nonsense"}, "segments"),
        ({"topic": "sanctions", "text": "a", "destination": "Ruritania"}, "destination"),
        ({"topic": "sanctions", "text": "a", "from": "me"}, "from"),
        ([], "non_field_errors"),
        (["words"], "non_field_errors"),
    ],
)
def test_bad_input_is_a_problem_that_names_the_field(client: Client, db: None, body: Any, field: str) -> None:
    response = post(client, body)
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")
    assert field in response.json()["errors"]
    assert Inquiry.objects.count() == 0


def test_what_is_no_json_is_a_problem(client: Client, db: None) -> None:
    assert client.post(ASK, b"{", content_type="application/json").status_code == 400
    assert client.post(ASK, b"a=b", content_type="application/x-www-form-urlencoded").status_code == 415
    assert client.post(ASK, b'{"text": "\xff"}', content_type="application/json").status_code == 400


def test_json_without_end_is_a_problem_and_not_read(client: Client, db: None, django_assert_max_num_queries: Any) -> None:
    deep = client.post(ASK, b"[" * 100_000, content_type="application/json")
    assert (deep.status_code, deep["Content-Type"]) == (400, "application/problem+json")
    with django_assert_max_num_queries(3):
        for name in ("items", "segments", "red_flags"):
            long = post(client, {"topic": "other", "text": "May I?", name: ["CTA07"] * 50_000})
            assert (long.status_code, long.json()["errors"]) == (400, {name: ["At most 100 values."]})


def test_a_body_over_the_limit_is_a_problem(client: Client, db: None) -> None:
    response = post(client, {"topic": "other", "text": "x" * 2_000_000})
    assert (response.status_code, response["Content-Type"]) == (413, "application/problem+json")


def test_every_receipt_that_opens_nothing_gets_the_same_answer(client: Client, ask: Ask) -> None:
    ask()
    unknown = {receipts.write(bytes([number]) * 14) for number in range(20)}
    answers = {
        (a.status_code, a.content)
        for a in (client.get(CONVERSATION, headers={"Authorization": f"Receipt {each}"}) for each in unknown)
    }
    assert len(answers) == 1
    assert next(iter(answers))[0] == 401


@pytest.mark.parametrize("header", ["", "Receipt", "Receipt ", "Bearer abc", "Receipt \u00e4\u00f6", "Receipt " + "x" * 5000])
def test_what_is_no_receipt_is_a_problem(client: Client, db: None, header: str) -> None:
    response = client.get(CONVERSATION, headers={"Authorization": header})
    assert (response.status_code, response["Content-Type"]) == (401, "application/problem+json")
    assert response["WWW-Authenticate"] == "Receipt"
