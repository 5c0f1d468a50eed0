"""Letters in another's name, and those whose addresses nobody but their writer may learn."""

from __future__ import annotations

from datetime import datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from mailroom import figures, mime
from mailroom.models import Envelope, Letter, State, Suppression
from mailroom.services import UnableToPost, private, returns, suppressing
from tests.mailroom.conftest import Write
from tests.mailroom.messages import Said, delivery_report
from tests.mailroom.test_mime import CONTENT

pytestmark = pytest.mark.django_db
LIST = "members.portal.example"
LINE_ENDS = ["A\r\nBcc: x@y.example", "A\nB", "A\0B", "A\u2028B", "n" * 201]


@pytest.mark.parametrize("bad", LINE_ENDS)
def test_a_senders_name_of_more_than_one_line_is_refused(write: Write, bad: str) -> None:
    with pytest.raises(UnableToPost, match="sender's name"):
        write("a@firm.example", sender_name=bad)
    assert not Letter.objects.exists()


@pytest.mark.parametrize("bad", ["nobody", "a@x.example\r\nBcc: b@x.example", "a@x.example, b@x.example", "<a@x.example>"])
def test_answers_go_to_one_plain_address_or_nowhere(write: Write, bad: str) -> None:
    with pytest.raises(UnableToPost):
        write("a@firm.example", reply_to=bad)
    assert not Letter.objects.exists()
    assert write("a@firm.example", reply_to="Office@bücher.example").reply_to == "Office@xn--bcher-kva.example"


def test_the_database_refuses_both_as_well(write: Write) -> None:
    letter = write("a@firm.example")
    for wrong in ({"sender_name": "A\nB"}, {"reply_to": "a b@x.example"}, {"reply_to": "a@x.example\nBcc: b"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Letter.objects.filter(pk=letter.pk).update(**wrong)
    Letter.objects.filter(pk=letter.pk).update(sender_name="A, “B”", reply_to="a@x.example")


@pytest.mark.parametrize("name", ["Cluster", 'A "B", C <d@e.example>', "Ühing", "Ü" * 150, "n" * 150])
def test_a_copy_bears_the_name_and_the_portals_own_address(name: str) -> None:
    content = mime.Content(**{**vars(CONTENT), "sender_name": name, "reply_to": "office@cluster.example"})
    copy = mime.freeze(content).copy(message_id="<1@portal.example>", to="a@firm.example", token="0" * 32)
    message = message_from_bytes(copy, policy=policy.default)
    assert not message.defects
    assert [each.addr_spec for each in message["From"].addresses] == ["focal@portal.example"]
    assert message["From"].addresses[0].display_name.replace(" ", "") == name.replace(" ", "")
    assert len(message.get_all("From")) == len(message.get_all("Reply-To")) == 1
    assert message["Reply-To"] == "office@cluster.example"
    with pytest.raises(ValueError, match="control character"):
        mime.freeze(mime.Content(**{**vars(content), "sender_name": "A\r\nBcc: x@y.example"}))


def test_addresses_are_read_a_batch_at_a_time_and_a_bad_one_undoes_all(write: Write) -> None:
    assert write(number=4_001).addressed == 4_001
    with pytest.raises(UnableToPost):
        write("nobody", number=0, source="test:2")
    assert not Letter.objects.of_source("test:2").exists()


def test_a_private_copy_that_comes_back_or_is_stopped_suppresses_nobody(write: Write, now: datetime, settings: Any) -> None:
    settings.BOUNCE_ADDRESS = "bounces@portal.example"
    for is_private in (False, True):
        source = f"test:{is_private}"
        write("a@firm.example", "b@firm.example", list_id=LIST, is_private=is_private, source=source)
        Envelope.objects.of_source(source).update(state=State.SENT, sent_at=now, next_attempt_at=None)
    copies = Envelope.objects.filter(letter__is_private=True).order_by("address")
    returns.take(delivery_report(returns.return_path(copies[0].pk), Said("a@firm.example")), now=now)
    assert suppressing.stop(token=copies[1].token, now=now) == ""
    assert not Suppression.objects.exists()
    found = list(private.returned(since=now - timedelta(days=1)))
    assert [(each.source, each.address, each.is_complaint) for each in found] == [("test:True", "a@firm.example", False)]
    open_copy = Envelope.objects.get(letter__is_private=False, address="a@firm.example")
    returns.take(delivery_report(returns.return_path(open_copy.pk), Said("a@firm.example")), now=now)
    assert Suppression.objects.get().address == "a@firm.example"  # so that the above can fail


def test_what_fails_of_it_is_told_by_number_and_not_by_domain(write: Write, now: datetime) -> None:
    for is_private in (False, True):
        write(f"a@{is_private}.example", f"b@{is_private}.example", is_private=is_private, source=f"test:{is_private}")
    Envelope.objects.filter(address__startswith="a@").update(state=State.FAILED, last_error="smtp-550", next_attempt_at=None)
    Envelope.objects.filter(address__startswith="b@").update(last_error="smtp-450")
    assert {each.domain for each in figures.troubles(now)} == {"false.example"}
    assert figures.private_troubles(now) == (1, 1)


def test_blanking_leaves_a_code_that_is_no_address_of_anybodys(write: Write, now: datetime) -> None:
    letter = write("a@firm.example", "b@firm.example", is_private=True)
    Envelope.objects.filter(address="a@firm.example").update(state=State.SENT, sent_at=now, next_attempt_at=None, name="Ann")
    later = now + timedelta(seconds=1)
    assert private.blank(source="test:1", code_of=lambda address: address[0] * 8, before=now) == 0
    assert private.blank(source="test:1", code_of=lambda address: address[0] * 8, before=later) == 1
    assert private.blank(source="test:1", code_of=lambda address: address[0] * 8, before=later) == 0
    assert sorted(letter.envelopes.values_list("address", "name")) == [("aaaaaaaa@blanked.invalid", ""), ("b@firm.example", "")]
    assert private.code_in("aaaaaaaa@blanked.invalid") == "aaaaaaaa"
    assert private.code_in("a@firm.example") == ""
    assert private.has_addresses("test:1")


def test_what_waits_is_called_back_for_one_address_or_for_all_of_the_list(write: Write) -> None:
    write("a@firm.example", "b@firm.example", is_private=True, list_id=LIST)
    write("a@firm.example", is_private=True, list_id="other.portal.example", source="test:2")
    write("a@firm.example", list_id=LIST, source="test:3")
    assert private.call_back(list_id=LIST, addresses=["A@Firm.example"]) == 1
    assert private.call_back(list_id=LIST) == 1
    assert Envelope.objects.filter(state=State.QUEUED).count() == 2
