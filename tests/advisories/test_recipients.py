"""The ledger of an advisory's recipients, at the desk of its own agency."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from advisories.models import Advisory, Event, Subscription
from advisories.services import editing, resending
from mailroom.models import Envelope, Letter, State
from mailroom.services import domains, relays
from mailroom.transport import relay_from_settings
from organisations.models import Organisation, Role, User
from tests.advisories.conftest import Make
from tests.conftest import SignIn, member

pytestmark = pytest.mark.django_db
Subscribe = Callable[..., Subscription]
FAILED = {"state": State.FAILED, "attempts": 1, "next_attempt_at": None, "last_error": "smtp-550"}


@pytest.fixture
def sent_to(published: Make, firm: Organisation, subscribed: Subscribe) -> Callable[..., Advisory]:
    """Publishes an advisory to addresses of the firm."""

    def sent_to(*addresses: str, **changes: Any) -> Advisory:
        for address in addresses:
            subscribed(firm, address)
        return published(**changes)

    return sent_to


def ledger(advisory: Advisory) -> str:
    return reverse("focalpoint:recipients", args=[advisory.pk])


def test_it_shows_each_copy_and_is_narrowed_by_words_and_state(
    sent_to: Callable[..., Advisory],
    editor: User,
    association: Organisation,
    subscribed: Subscribe,
    signed_in: SignIn,
    now: datetime,
) -> None:
    subscribed(association, "news@cluster.example")
    advisory = sent_to("a@firm.example", "b@firm.example")
    Envelope.objects.filter(address="a@firm.example").update(**FAILED)
    Envelope.objects.filter(address="b@firm.example").update(state=State.SENT, sent_at=now, next_attempt_at=None)
    client = signed_in(editor)

    def found(query: str) -> set[str]:
        text = client.get(f"{ledger(advisory)}?{query}").content.decode()
        return {address for address in ("a@firm.example", "b@firm.example", "news@cluster.example") if f">{address}</td>" in text}

    assert found("") == {"a@firm.example", "b@firm.example", "news@cluster.example"}
    assert found("words=FIRM.example") == {"a@firm.example", "b@firm.example"}
    assert found("words=photonics+cluster") == {"news@cluster.example"}
    assert found("state=failed") == {"a@firm.example"}
    assert found("state=sent&words=a@") == set()
    assert found("words=%25") == set()  # no wildcard
    assert "The mail server refused it (550)." in client.get(ledger(advisory)).content.decode()
    assert client.get(f"{ledger(advisory)}?state=nonsense").status_code == 422
    assert client.get(f"{ledger(advisory)}?words=%00").status_code == 422


def test_copies_of_other_advisories_and_other_mail_are_not_in_it(
    sent_to: Callable[..., Advisory], published: Make, editor: User, signed_in: SignIn
) -> None:
    first = sent_to("a@firm.example")
    published(title="Another")
    assert Envelope.objects.count() == 2
    assert signed_in(editor).get(ledger(first)).context["page"].paginator.count == 1


def test_only_those_who_write_or_approve_for_its_agency_open_it(
    sent_to: Callable[..., Advisory], editor: User, approver: User, officer: User, supervisor: User, licensing_editor: User,
    auditor: User, association_officer: User, signed_in: SignIn,
) -> None:  # fmt: skip
    advisory = sent_to("a@firm.example")
    people = (editor, approver, officer, supervisor, licensing_editor, auditor, association_officer)
    for path in (ledger(advisory), reverse("focalpoint:recipients-table", args=[advisory.pk])):
        answers = [signed_in(person).get(path).status_code for person in people]
        assert answers == [200, 200, 403, 403, 404, 403, 403]
    again = [signed_in(p).post(reverse("focalpoint:recipients-retry", args=[advisory.pk])).status_code for p in people[2:]]
    assert again == [403, 403, 404, 403, 403]


@pytest.mark.parametrize("number", [1, 3])
def test_it_takes_a_fixed_number_of_queries(
    number: int, sent_to: Callable[..., Advisory], editor: User, signed_in: SignIn, django_assert_num_queries: Any
) -> None:
    advisory = sent_to(*[f"a{n}@firm.example" for n in range(number)])
    Envelope.objects.update(**FAILED)
    client = signed_in(editor)
    client.get(ledger(advisory))
    # session, user, memberships, advisory, letters, count, rows, three of the totals
    with django_assert_num_queries(10):
        assert client.get(f"{ledger(advisory)}?words=firm").status_code == 200


def test_it_is_paged(sent_to: Callable[..., Advisory], editor: User, signed_in: SignIn) -> None:
    advisory = sent_to("a@firm.example")
    letter = Envelope.objects.get().letter
    Envelope.objects.bulk_create(
        Envelope(letter=letter, address=f"r{n:03}@x.example", priority=3, next_attempt_at=letter.created_at) for n in range(120)
    )
    page = signed_in(editor).get(f"{ledger(advisory)}?page=3").content.decode()
    assert ("r098@x.example" in page, "r099@x.example" in page, "r119@x.example" in page) == (False, True, True)


def test_one_is_sent_again_and_the_history_says_who_did(sent_to: Callable[..., Advisory], editor: User, signed_in: SignIn) -> None:
    advisory = sent_to("a@firm.example", "b@firm.example")
    Envelope.objects.update(**FAILED)
    one = Envelope.objects.get(address="a@firm.example")
    client, address = signed_in(editor), reverse("focalpoint:recipients-retry", args=[advisory.pk])
    assert client.get(address).status_code == 405
    said = client.post(address, {"copy": one.pk}, follow=True).content.decode()
    assert "1 copy is sent again." in said
    assert dict(Envelope.objects.values_list("address", "state")) == {"a@firm.example": "queued", "b@firm.example": "failed"}
    event = Event.objects.get(move="retry")
    assert (event.by, event.note) == (editor, "1 copy")
    assert client.post(address, {"copy": one.pk}).status_code == 409  # it has not failed any more
    assert client.post(address, {"copy": "nonsense"}).status_code == 404
    assert Event.objects.filter(move="retry").count() == 1


def test_all_that_failed_are_sent_again(sent_to: Callable[..., Advisory], approver: User, signed_in: SignIn) -> None:
    advisory = sent_to("a@firm.example", "b@firm.example")
    Envelope.objects.update(**FAILED)
    client = signed_in(approver)
    assert "Send the 2 that failed again" in client.get(ledger(advisory)).content.decode()
    client.post(reverse("focalpoint:recipients-retry", args=[advisory.pk]))
    assert set(Envelope.objects.values_list("state", flat=True)) == {"queued"}
    assert "that failed again" not in client.get(ledger(advisory)).content.decode()


def test_a_copy_of_another_advisory_is_not_sent_again_from_here(
    sent_to: Callable[..., Advisory], published: Make, editor: User, signed_in: SignIn
) -> None:
    first, second = sent_to("a@firm.example"), published(title="Another")
    Envelope.objects.update(**FAILED)
    theirs = Envelope.objects.of_source(second.source).get()
    assert signed_in(editor).post(reverse("focalpoint:recipients-retry", args=[first.pk]), {"copy": theirs.pk}).status_code == 409
    theirs.refresh_from_db()
    assert theirs.state == State.FAILED


def test_what_stands_no_more_is_not_sent_again(
    sent_to: Callable[..., Advisory], editor: User, approver: User, signed_in: SignIn, now: datetime
) -> None:
    advisory = sent_to("a@firm.example")
    Envelope.objects.update(**FAILED)
    editing.withdraw(advisory, reason="Wrong.", by=approver, now=now)
    client = signed_in(editor)
    assert "Send" not in client.get(ledger(advisory)).content.decode().partition("<main")[2]
    refused = client.post(reverse("focalpoint:recipients-retry", args=[advisory.pk]))
    assert (refused.status_code, "does not stand any more" in refused.content.decode()) == (409, True)
    assert Envelope.objects.of_source(advisory.source).get().state == State.FAILED


def test_an_official_of_elsewhere_sends_nothing_again(
    sent_to: Callable[..., Advisory], officer: User, licensing_editor: User, now: datetime
) -> None:
    advisory = sent_to("a@firm.example")
    Envelope.objects.update(**FAILED)
    for person in (officer, licensing_editor):
        with pytest.raises(resending.UnableToRetry):
            resending.retry(advisory, by=person, now=now)
    assert Envelope.objects.get().state == State.FAILED


def test_the_file_has_the_rows_shown_and_no_formula(
    sent_to: Callable[..., Advisory], firm: Organisation, editor: User, signed_in: SignIn
) -> None:
    firm.name = "=cmd()"
    firm.save()
    advisory = sent_to("a@firm.example", "+b@firm.example")
    Envelope.objects.filter(address="a@firm.example").update(**FAILED)
    client, path = signed_in(editor), reverse("focalpoint:recipients-table", args=[advisory.pk])
    response = client.get(path)
    rows = list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))  # type: ignore[attr-defined]
    assert [(row["address"], row["organisation"], row["state"], row["last_error"]) for row in rows] == [
        ("'+b@firm.example", "'=cmd()", "queued", ""),
        ("a@firm.example", "'=cmd()", "failed", "smtp-550"),
    ]
    narrowed = b"".join(client.get(f"{path}?state=failed").streaming_content).decode()  # type: ignore[attr-defined]
    assert narrowed.count("\n") == 2
    assert client.get(f"{path}?state=nonsense").status_code == 422


def test_the_advisorys_page_leads_those_to_it_who_may_open_it(
    sent_to: Callable[..., Advisory], editor: User, officer: User, signed_in: SignIn
) -> None:
    advisory = sent_to("a@firm.example")
    page = reverse("focalpoint:advisory", args=[advisory.pk])
    assert ledger(advisory) in signed_in(editor).get(page).content.decode()
    assert ledger(advisory) not in signed_in(officer).get(page).content.decode()


def test_the_queue_of_mail_says_what_waits_and_what_fails(
    sent_to: Callable[..., Advisory], supervisor: User, administrator: User, officer: User, licensing_editor: User,
    signed_in: SignIn, focal_point: Organisation,
) -> None:  # fmt: skip
    sent_to("a@firm.example", "b@firm.example")
    Letter.objects.update(created_at=timezone.now())
    path = reverse("focalpoint:mail-health")
    assert "Nothing of the last week" in signed_in(supervisor).get(path).content.decode()
    Envelope.objects.filter(address="a@firm.example").update(**FAILED)
    said = signed_in(supervisor).get(path).content.decode()
    assert ("Nothing of the last week" in said, "The mail server refused it (550)." in said) == (False, True)
    people = (supervisor, administrator, officer, licensing_editor, member(focal_point, "Ene", Role.EDITOR))
    assert [signed_in(person).get(path).status_code for person in people] == [200, 200, 403, 403, 200]


def test_the_queue_of_mail_says_which_relay_takes_nothing_and_who_asked_for_patience(supervisor: User, signed_in: SignIn) -> None:
    now, relay = timezone.now(), relay_from_settings()
    client, path = signed_in(supervisor), reverse("focalpoint:mail-health")
    assert "Takes mail" in client.get(path).content.decode()
    relays.trip(relays.Choice(relay), now=now)
    domains.slow("firm.example", now=now)
    page = client.get(path)
    assert "Takes mail" not in page.content.decode()
    assert "It has taken nothing since" in page.content.decode()
    assert page.context["slowed"] == 1


def test_copies_that_wait_are_counted_from_when_they_should_have_left(
    sent_to: Callable[..., Advisory], supervisor: User, signed_in: SignIn
) -> None:
    now = timezone.now()
    sent_to("a@firm.example", "b@firm.example")
    Envelope.objects.update(next_attempt_at=now)
    Envelope.objects.filter(address="a@firm.example").update(next_attempt_at=now - timedelta(minutes=90))
    context = signed_in(supervisor).get(reverse("focalpoint:mail-health")).context
    assert (context["queue"].due, context["queue"].oldest_due_at) == (2, now - timedelta(minutes=90))
