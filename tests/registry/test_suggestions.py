# ruff: noqa: F811  fixtures of other files are named again where they are used
"""The focal point suggests to a firm that it meets another, and learns nothing by it: not if it is told, nor what it does."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.core.cache import cache
from django.db import IntegrityError, ProgrammingError, connection, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from mailroom.models import Letter
from organisations.models import Function, Membership, Organisation, Role, User
from registry import gateway
from registry.disclosure import Audience, Field, Purpose, grid
from registry.models import Delay, DelayState, Entry, Introduction, Look, Suggestion
from registry.permissions import Capacity
from registry.services import agreements, introducing, looking, projection, removal, suggesting
from tests.conftest import SignIn, member
from tests.registry.conftest import Agree, MakeEntry, at_once, confirmed
from tests.registry.test_crashes import die_everywhere
from tests.registry.test_introductions import answer, ask, editor_of
from tests.registry.test_look_tokens import secrets_in
from tests.registry.test_meet_api import Call, call  # noqa: F401  a fixture
from tests.registry.test_non_interference import FORM_TOKEN

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "disclosed"])

FOCAL_POINT, LISTED, MATCHMAKING = Audience.FOCAL_POINT, Audience.LISTED_FIRMS, Purpose.MATCHMAKING
PAGE = "/desk/registry/suggest/"
API = "/api/v1/registry/entries/suggest/"
WORDS = "One of you packages what the other makes."
LOOKED = "Partners for a joint proposal"
SEEN = (Field.LEGAL_NAME, Field.REGION, Field.SEGMENTS)
# Seen by the focal point with the name, and by listed firms without; or by the focal point alone.
BOTH = grid({FOCAL_POINT: SEEN, LISTED: (Field.REGION, Field.SEGMENTS)}, {FOCAL_POINT: [MATCHMAKING], LISTED: [MATCHMAKING]})
DESK_ALONE = grid({FOCAL_POINT: SEEN}, {FOCAL_POINT: [MATCHMAKING]})


@pytest.fixture(autouse=True)
def nobody_has_called_yet() -> None:
    cache.clear()


@pytest.fixture
def to(entry: Entry, agree: Agree) -> Entry:
    agree(entry, BOTH)
    return entry


@pytest.fixture
def other(make_entry: MakeEntry, agree: Agree) -> Entry:
    entry = make_entry(legal_name="Vaike Sild OÜ", region="EE004", contact_email="post@sild.example")
    agree(entry, BOTH)
    return entry


def suggest(to: Entry, other: Entry, by: User, *, words: str = WORDS, today: date | None = None) -> Suggestion:
    """By the references that the focal point's cell has, which shows names."""
    [agency] = Organisation.objects.filter(is_focal_point=True)
    pair, day = (to.pk, other.pk), today or timezone.localdate()
    return suggesting.suggest(refs=pair, entry_ids=pair, words=words, agency=agency, by=by, today=day)


def tell(now: datetime) -> int:
    return suggesting.tell(today=timezone.localdate(), now=now)


def look(client: Client, focal_point: Organisation, *, purpose: str = "matchmaking") -> Client:
    said = {"capacity": f"focal-point-outreach:{focal_point.pk}", "purpose": purpose, "reason": LOOKED}
    assert client.post(reverse("focalpoint:registry-look"), said).status_code == 302
    return client


@pytest.fixture
def desk(signed_in: SignIn, officer: User, focal_point: Organisation) -> Client:
    return look(signed_in(officer), focal_point)


def address(*entries: Entry) -> str:
    return f"{PAGE}?{'&'.join(f'entry={entry.pk}' for entry in entries)}"


def send(desk: Client, to: Entry, other: Entry, words: str = WORDS) -> Any:
    return desk.post(address(to, other), {"to": str(to.pk), "words": words})


def letters() -> Any:
    return Letter.objects.filter(purpose="suggestion")


def listing(client: Client) -> str:
    return client.get(reverse("registry:introductions")).content.decode()


# --- the way through the pages --------------------------------------------------------------------------------------


def test_an_official_suggests_the_firm_reads_it_and_asks(
    desk: Client, to: Entry, other: Entry, signed_in: SignIn, now: datetime
) -> None:
    compared = desk.get(f"/desk/registry/compare/?entry={to.pk}&entry={other.pk}").content.decode()
    assert "Suggest that the two meet" in compared
    found = re.search(r'href="(/desk/registry/suggest/[^"]+)"', compared)
    assert found
    page = desk.get(found[1].replace("&amp;", "&")).content.decode()
    assert [words for words in ("Baltic Photonics OÜ", "Vaike Sild OÜ", "We can’t tell you whether") if words not in page] == [
        "We can’t tell you whether"
    ]
    assert "Whether it does we can’t tell you" in page
    answered = send(desk, to, other)
    assert (answered.status_code, answered["Location"]) == (302, "/desk/registry/")
    assert "Taken down. If both let other listed firms see them" in desk.get("/desk/registry/").content.decode()
    firm = signed_in(editor_of(to))
    assert "Suggested to you" not in listing(firm)  # before the morning
    assert not letters().exists()
    assert tell(now) == 1
    letter = letters().get()
    assert letter.subject == "The focal point suggests whom you could meet"
    assert not [words for words in (WORDS, "Sild") if words in letter.text]
    assert WORDS in listing(firm)
    made = Suggestion.objects.get()
    page = firm.get(reverse("registry:suggestion", args=[made.pk])).content.decode()
    assert ("Sild" in page, WORDS in page, "Strategic Goods Focal Point" in page) == (False, True, True)
    asking = re.search(r'href="(/registry/[0-9a-f-]+/introduce/)"', page)
    assert asking
    assert asking[1] == reverse("registry:introduction-ask", args=[projection.pairwise_ref(other, LISTED, MATCHMAKING)])
    assert firm.post(asking[1], {"words": "We look for somebody who packages sensors."}).status_code == 302
    assert Introduction.objects.get().asked == other
    assert "Suggested to you" not in listing(firm)
    assert "It has ended" in firm.get(reverse("registry:suggestion", args=[made.pk])).content.decode()


def test_both_ledgers_have_the_look_with_the_words_as_the_reason(desk: Client, to: Entry, other: Entry) -> None:
    send(desk, to, other)
    for entry in (to, other):
        told = Look.objects.at(entry.pk).get(reason=WORDS)
        assert (told.institution, told.audience, told.purpose, told.kind) == (
            "Strategic Goods Focal Point", "focal-point-outreach", "matchmaking", "one",
        )  # fmt: skip
        assert Look.objects.at(entry.pk).filter(reason=LOOKED).count() == 1


def test_the_words_are_in_the_ledger_at_once_although_the_work_is_put_off(
    officer: User, approver: User, focal_point: Organisation, to: Entry, other: Entry, today: date
) -> None:
    """The firm may be told the next morning, so that nothing is left to put off."""
    delay = Delay.objects.create(
        audience=FOCAL_POINT,
        purpose=MATCHMAKING,
        reason="A talk",
        asked_by=officer,
        asked_on=today,
        until=today + timedelta(days=9),
        state=DelayState.APPROVED,
        decided_by=approver,
        decided_on=today,
    )
    office = Capacity(FOCAL_POINT, focal_point)
    gate = gateway.disclosed(officer, MATCHMAKING, LOOKED, today=today, capacity=office, delay=delay)
    gate.several([to.pk, other.pk])
    gate.subjects([to.pk, other.pk], reason=WORDS)
    assert list(Look.objects.at(other.pk).told(today).values_list("reason", flat=True)) == [WORDS]


def test_the_firm_declines_and_nobody_is_told(to: Entry, other: Entry, officer: User, signed_in: SignIn, now: datetime) -> None:
    made = suggest(to, other, officer)
    tell(now)
    firm, letters, looks = signed_in(editor_of(to)), Letter.objects.count(), Look.objects.count()
    declining = reverse("registry:suggestion-decline", args=[made.pk])
    assert "Nobody is told" in firm.post(declining, follow=True).content.decode()
    assert "It has ended already" in firm.post(declining, follow=True).content.decode()
    assert "Nobody is told" in firm.get(reverse("registry:suggestion", args=[made.pk])).content.decode()
    assert (Letter.objects.count(), Look.objects.count()) == (letters, looks)
    assert Suggestion.objects.get().is_declined


def test_a_refused_form_keeps_what_was_typed(desk: Client, to: Entry, other: Entry) -> None:
    answered = desk.post(address(to, other), {"to": "", "words": WORDS})
    page = answered.content.decode()
    assert (answered.status_code, WORDS in page, "Choose which of the two gets the suggestion" in page) == (422, True, True)
    assert desk.post(address(to, other), {"to": str(uuid.UUID(int=0)), "words": WORDS}).status_code == 422
    assert not Suggestion.objects.exists()


@pytest.mark.parametrize("words", ["Meet Vaike Sild.", "Baltic Photonics makes what you need.", "write to post@sild.example"])
def test_words_that_tell_one_who_the_other_is_are_refused(
    desk: Client, officer: User, focal_point: Organisation, to: Entry, other: Entry, words: str
) -> None:
    answered = send(desk, to, other, words)
    assert (answered.status_code, "can tell one of the two who the other is" in answered.content.decode()) == (422, True)
    said = {"to": str(to.pk), "other": str(other.pk), "words": words}
    assert set(program(officer, focal_point)(said).json()["errors"]) == {"words"}
    assert (Suggestion.objects.count(), Look.objects.filter(reason=words).count()) == (0, 0)


# --- who may, and for what ------------------------------------------------------------------------------------------


def test_only_the_focal_point_for_matchmaking_suggests(
    desk: Client, signed_in: SignIn, licensing_officer: User, focal_point: Organisation, to: Entry, other: Entry
) -> None:
    assert signed_in(licensing_officer).get(address(to, other)).status_code == 403
    look(desk, focal_point, purpose="outreach")
    assert "Suggest that the two meet" not in desk.get(f"/desk/registry/compare/?entry={to.pk}&entry={other.pk}").content.decode()
    assert desk.post(address(to, other), {"to": str(to.pk), "words": WORDS})["Location"] == reverse("focalpoint:registry-look")
    assert not Suggestion.objects.exists()


@pytest.mark.parametrize("number", [0, 1, 3])
def test_two_entries_are_brought_together_and_not_more(desk: Client, to: Entry, number: int) -> None:
    refs = "&".join(f"entry={uuid.UUID(int=each)}" for each in range(number))
    assert desk.get(f"{PAGE}?{refs}").status_code == 400
    assert desk.get(f"{address(to, to)}&colour=red").status_code == 400


def test_what_the_cell_does_not_show_can_not_be_suggested(desk: Client, to: Entry, make_entry: MakeEntry) -> None:
    assert send(desk, to, make_entry(legal_name="Hidden OÜ")).status_code == 404
    assert not Look.objects.exists()


def test_the_verb_refuses_who_has_no_business_with_it(
    to: Entry, other: Entry, officer: User, licensing_officer: User, auditor: User, focal_point: Organisation
) -> None:
    for by in (licensing_officer, auditor, editor_of(to)):
        with pytest.raises(suggesting.UnableToSuggest):
            suggest(to, other, by)
    Membership.objects.create(user=officer, organisation=other.organisation, role=Role.ENTRY_EDITOR)
    with pytest.raises(suggesting.UnableToSuggest):
        suggest(to, other, User.objects.get(pk=officer.pk))  # acts for one of the two
    Membership.objects.filter(user=officer, role=Role.ENTRY_EDITOR).delete()
    Organisation.objects.filter(pk=focal_point.pk).update(functions=[Function.POLICY])
    with pytest.raises(suggesting.UnableToSuggest):
        suggest(to, other, User.objects.get(pk=officer.pk))


def test_no_other_firm_finds_or_declines_it(
    to: Entry, other: Entry, officer: User, signed_in: SignIn, now: datetime, call: Call
) -> None:
    made = suggest(to, other, officer)
    before = signed_in(editor_of(to)).get(reverse("registry:suggestion", args=[made.pk]))
    assert before.status_code == 404  # not told yet
    tell(now)
    for name in ("suggestion", "suggestion-decline"):
        path = reverse(f"registry:{name}", args=[made.pk])
        client = signed_in(editor_of(other))
        assert {client.get(path).status_code, client.post(path).status_code} == {404, 405}
    with pytest.raises(suggesting.UnableToSuggest):
        suggesting.decline(suggestion=made, by=editor_of(other), today=timezone.localdate())
    assert call(editor_of(other), f"introductions/suggested/{made.pk}/").status_code == 404
    assert call(editor_of(other), "introductions/suggested/").json()["results"] == []


def test_the_database_keeps_the_words_and_the_pair(to: Entry, other: Entry, officer: User) -> None:
    made = suggest(to, other, officer)
    for changed in ({"words": "Other words."}, {"other": to}, {"on": date(2020, 1, 1)}):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            Suggestion.objects.update(**changed)
    with pytest.raises(IntegrityError, match="state_is_known"), transaction.atomic():
        Suggestion.objects.update(state="sold")
    with pytest.raises(IntegrityError, match="of_two_entries"), transaction.atomic():
        Suggestion.objects.create(
            entry=to, other=to, entry_ref=to.pk, other_ref=other.pk, agency=made.agency, words=WORDS, by=officer,
            on=made.on, expires_on=made.expires_on,
        )  # fmt: skip


# --- nothing comes back to the desk ---------------------------------------------------------------------------------


def seen_by_desk(desk: Client, to: Entry, other: Entry, *, words: str = WORDS) -> list[Any]:
    """All that an official observes of suggesting, and how many questions the database is asked meanwhile."""
    observed: list[Any] = []
    paths = [address(to, other), f"/desk/registry/compare/?entry={to.pk}&entry={other.pk}", f"/desk/registry/{to.pk}/"]
    for ask_it in (partial(send, desk, to, other, words), *(partial(desk.get, path) for path in ["/desk/registry/", *paths])):
        with CaptureQueriesContext(connection) as ran, CaptureQueriesContext(connections["disclosed"]) as outside:
            answered = ask_it()
        shapes = [query["sql"].partition(" WHERE")[0].partition(" VALUES")[0] for query in ran]
        headers = {name: value for name, value in answered.headers.items() if name not in ("Expires", "Set-Cookie")}
        body = FORM_TOKEN.sub(b"", answered.content)
        observed.append(
            (answered.status_code, headers, body, [re.sub(r"\bs\d+_x\d+\b", "", shape) for shape in shapes], len(outside))
        )
    return observed


Change = Callable[[Entry, Entry, list[Entry], Agree, User, datetime], Any]


def hide(which: str) -> Change:
    """From other listed firms, while the focal point's cell shows the same."""
    return lambda to, other, _thirds, agree, _officer, _now: agree(to if which == "to" else other, DESK_ALONE)


def introduce(to: Entry, other: Entry, _thirds: list[Entry], _agree: Agree, _officer: User, now: datetime) -> None:
    answer(ask(other, to, now), now, says_yes=False)


def fill_up(to: Entry, _other: Entry, thirds: list[Entry], _agree: Agree, officer: User, now: datetime) -> None:
    for third in thirds:
        suggest(to, third, officer)
    tell(now)


CHANGES: dict[str, Change] = {
    "the firm hides itself": hide("to"),
    "the other hides itself": hide("other"),
    "the two met already": introduce,
    "the firm has as many as it may": fill_up,
}


@pytest.mark.parametrize("change", CHANGES)
def test_whether_the_firm_is_told_changes_nothing_that_the_official_sees(
    desk: Client, to: Entry, other: Entry, agree: Agree, make_entry: MakeEntry, officer: User, now: datetime, change: str
) -> None:
    thirds = [make_entry(legal_name=f"Third {number} OÜ") for number in range(suggesting.MOST_OPEN)]
    for third in thirds:
        agree(third, BOTH)
    before = seen_by_desk(desk, to, other)
    assert tell(now) == 1
    told_before = seen_by_desk(desk, to, other, words="Once more.")
    Suggestion.objects.all().delete()
    CHANGES[change](to, other, thirds, agree, officer, now)
    looks = Look.objects.count()
    assert seen_by_desk(desk, to, other) == before
    assert Look.objects.count() > looks
    assert tell(now) == 0
    assert seen_by_desk(desk, to, other, words="Once more.") == told_before
    assert told_before[0][0] == 422
    assert letters().count() == 1 + (len(thirds) if CHANGES[change] is fill_up else 0)


@pytest.mark.parametrize("does", ["declines", "asks", "waits until it is over"])
def test_what_the_firm_does_changes_nothing_that_the_official_sees(
    desk: Client, to: Entry, other: Entry, now: datetime, does: str
) -> None:
    seen_by_desk(desk, to, other)
    tell(now)
    before = seen_by_desk(desk, to, other, words="Once more.")
    made = Suggestion.objects.get()
    if does == "declines":
        suggesting.decline(suggestion=made, by=editor_of(to), today=timezone.localdate())
    elif does == "asks":
        ask(to, other, now)
    else:
        age(made, days=suggesting.OPEN_FOR.days + 1)
    assert seen_by_desk(desk, to, other, words="Once more.") == before


def age(made: Suggestion, *, days: int) -> None:
    """As if it had been made so many days before. What is written once is made anew."""
    past = {name: getattr(made, name) - timedelta(days=days) for name in ("on", "expires_on")}
    Suggestion.objects.filter(pk=made.pk).delete()
    for name, day in past.items():
        setattr(made, name, day)
    made.save(force_insert=True)


def test_an_entry_that_now_hides_its_name_is_not_betrayed_by_an_earlier_suggestion(
    to: Entry, other: Entry, officer: User, now: datetime
) -> None:
    """The office knew it by its id. Under its new reference it hears nothing of that; nor is the firm written to again."""
    suggest(to, other, officer)
    tell(now)
    [agency] = Organisation.objects.filter(is_focal_point=True)
    hidden = projection.pairwise_ref(other, FOCAL_POINT, MATCHMAKING)
    again = suggesting.suggest(
        refs=(to.pk, hidden), entry_ids=(to.pk, other.pk), words=WORDS, agency=agency, by=officer, today=timezone.localdate()
    )
    assert again.state == "waiting"
    assert tell(now) == 0
    assert letters().count() == 1


# --- limits, time, two at once --------------------------------------------------------------------------------------


def test_a_pair_is_suggested_once_a_year_whichever_of_the_two_reads_it(
    to: Entry, other: Entry, officer: User, supervisor: User, now: datetime
) -> None:
    today = timezone.localdate()
    made = suggest(to, other, officer)
    assert suggest(to, other, officer) == made  # sent twice
    for one, two, by, words in ((to, other, officer, "Again."), (other, to, officer, WORDS), (to, other, supervisor, WORDS)):
        with pytest.raises(suggesting.TooSoon):
            suggest(one, two, by, words=words)
    with pytest.raises(suggesting.TooSoon):
        suggest(to, other, officer, today=today + timedelta(days=364))
    age(made, days=365)
    assert suggest(other, to, officer).pk != made.pk
    assert (tell(now), Suggestion.objects.count()) == (1, 1)  # what is a year old is gone


def test_a_firm_has_three_open_ones_at_most_and_a_no_makes_room(
    to: Entry, make_entry: MakeEntry, agree: Agree, officer: User, now: datetime
) -> None:
    others = [make_entry(legal_name=f"Firm {number} OÜ") for number in range(6)]
    for other in others:
        agree(other, BOTH)
    first = [suggest(to, other, officer) for other in others[:4]]
    assert tell(now) == 3
    told = Suggestion.objects.filter(state="open").first()
    assert told
    suggesting.decline(suggestion=told, by=editor_of(to), today=timezone.localdate())
    suggest(to, others[4], officer)
    suggest(to, others[5], officer)
    assert tell(now) == 1
    assert len(suggesting.standing(to.organisation, timezone.localdate())) == 3
    assert len(first) == 4


@pytest.mark.parametrize("who", ["to", "other"])
def test_a_withdrawal_ends_it_at_once(
    request: pytest.FixtureRequest, to: Entry, other: Entry, officer: User, signed_in: SignIn, now: datetime, call: Call, who: str
) -> None:
    made, firm = suggest(to, other, officer), signed_in(editor_of(to))
    tell(now)
    assert "Suggested to you" in listing(firm)
    gone: Entry = request.getfixturevalue(who)
    signer = User.objects.filter(memberships__organisation=gone.organisation, memberships__role=Role.SIGNATORY).first()
    assert signer
    agreements.withdraw(entry=gone, by=signer, now=now)
    assert "Suggested to you" not in listing(firm)
    assert "It has ended." in firm.get(reverse("registry:suggestion", args=[made.pk])).content.decode()
    assert call(editor_of(to), f"introductions/suggested/{made.pk}/").json()["other"] is None
    with pytest.raises(suggesting.HasEnded):
        suggesting.decline(suggestion=made, by=editor_of(to), today=timezone.localdate())


def test_after_sixty_days_it_has_run_out(to: Entry, other: Entry, officer: User, signed_in: SignIn, now: datetime) -> None:
    made = suggest(to, other, officer)
    tell(now)
    firm = signed_in(editor_of(to))
    age(Suggestion.objects.get(), days=60)
    assert "Suggested to you" in listing(firm)
    age(Suggestion.objects.get(), days=1)
    assert "Suggested to you" not in listing(firm)
    looks = Look.objects.count()
    assert "It has ended." in firm.get(reverse("registry:suggestion", args=[made.pk])).content.decode()
    assert Look.objects.count() == looks


def test_with_either_entry_the_suggestion_is_erased(to: Entry, other: Entry, officer: User, signatory: User, now: datetime) -> None:
    suggest(to, other, officer)
    proof = removal.remove(entry=to, by=signatory, second_factor=confirmed(now), now=now)
    assert (proof.erased["suggestions"], Suggestion.objects.count(), tell(now)) == ("1", 0, 0)


def test_two_who_suggest_the_same_at_once_make_one(to: Entry, other: Entry, officer: User, supervisor: User) -> None:
    for by in (officer, supervisor):
        assert by.memberships_held
    results = at_once(partial(suggest, to, other, officer), partial(suggest, to, other, supervisor))
    assert sorted(type(result).__name__ for result in results) == ["Suggestion", "TooSoon"]


def test_two_clocks_at_once_write_one_letter(to: Entry, other: Entry, officer: User, now: datetime) -> None:
    suggest(to, other, officer)
    assert sorted(at_once(partial(tell, now), partial(tell, now))) == [0, 1]
    assert letters().count() == 1


def test_a_firm_is_told_whole_or_not_at_all_wherever_the_process_dies(
    to: Entry, other: Entry, officer: User, now: datetime
) -> None:
    suggest(to, other, officer)
    member(to.organisation, "Second Reader", Role.SIGNATORY)

    def state() -> Any:
        return list(Suggestion.objects.values()), Letter.objects.count()

    assert die_everywhere(lambda: tell(now), state) > 3
    assert [row["state"] for row in state()[0]] == ["open"]


def test_the_list_costs_the_same_queries_for_one_and_three(
    to: Entry, make_entry: MakeEntry, agree: Agree, officer: User, signed_in: SignIn, now: datetime
) -> None:
    client, counts = signed_in(editor_of(to)), []
    for number in range(3):
        third = make_entry(legal_name=f"Firm {number} OÜ")
        agree(third, BOTH)
        suggest(to, third, officer)
        tell(now)
        with CaptureQueriesContext(connection) as ran:
            assert listing(client).count("whom you could meet") == number + 1
        counts.append(len(ran))
    assert counts[0] == counts[2]


# --- by program -----------------------------------------------------------------------------------------------------


def program(by: User, focal_point: Organisation, *purposes: Purpose, suggests: bool = True) -> Callable[..., Any]:
    """Calls with a token that suggests."""
    made = looking.make_token(
        name="Matches",
        capacity=Capacity(FOCAL_POINT, focal_point),
        purposes=purposes or [MATCHMAKING],
        days=9,
        form=bytes([suggests, len(purposes)]) * 16,
        by=by,
        today=timezone.localdate(),
        suggests=suggests,
    )

    def post(body: Any, asked: str = f"purpose=matchmaking&reason={LOOKED}") -> Any:
        headers = {"Authorization": f"Bearer {made.secret}"}
        return Client().post(f"{API}?{asked}", body, content_type="application/json", headers=headers)

    return post


def test_a_program_suggests_and_the_firms_own_reads_declines_or_asks(
    call: Call, to: Entry, other: Entry, officer: User, focal_point: Organisation, now: datetime
) -> None:
    post, said = program(officer, focal_point), {"to": str(to.pk), "other": str(other.pk), "words": WORDS}
    answers = [post(said) for _twice in range(2)]
    assert {(each.status_code, each.json()["detail"][:11]) for each in answers} == {(202, "Taken down.")}
    again = post(said | {"words": "Once more."})
    assert (again.status_code, again.json()["detail"][:38]) == (409, "Your office suggested within the last ")
    assert Look.objects.at(other.pk).filter(reason=WORDS).count() == 1
    tell(now)
    path = "introductions/suggested/"
    [row] = call(editor_of(to), path).json()["results"]
    assert (row["agency"], row["words"]) == ("Strategic Goods Focal Point", WORDS)
    seen = call(editor_of(to), f"{path}{row['id']}/").json()
    assert (seen["is_open"], "legal_name" in seen["other"], seen["other"]["region"]) == (True, False, "EE004")
    assert call(editor_of(to), f"{path}{row['id']}/decline/", {}).status_code == 200
    assert call(editor_of(to), f"{path}{row['id']}/decline/", {}).status_code == 409
    assert call(editor_of(to), f"{path}{row['id']}/").json()["is_open"] is False
    asked = call(editor_of(to), "introductions/", {"ref": seen["other"]["ref"], "words": "We package sensors."})
    assert asked.status_code == 201  # a no to a suggestion is no vow


def test_a_token_that_only_looks_does_not_suggest(officer: User, focal_point: Organisation, to: Entry, other: Entry) -> None:
    said = {"to": str(to.pk), "other": str(other.pk), "words": WORDS}
    refused = program(officer, focal_point, suggests=False)(said)
    assert (refused.status_code, refused.json()["detail"]) == (403, "The token lacks the scope of this call.")
    for purposes in ([Purpose.OUTREACH], [Purpose.OUTREACH, Purpose.STATISTICS]):
        with pytest.raises(looking.UnableToBind):
            program(officer, focal_point, *purposes)
    assert not Suggestion.objects.exists()


def test_a_program_looks_as_the_page_does(officer: User, focal_point: Organisation, to: Entry, other: Entry) -> None:
    post, said = program(officer, focal_point, MATCHMAKING, Purpose.OUTREACH), {"to": str(to.pk), "other": str(other.pk)}
    assert post(said | {"words": WORDS}, "purpose=outreach&reason=x").status_code == 403
    assert set(post(said | {"words": WORDS}, "purpose=matchmaking").json()["errors"]) == {"reason"}
    assert set(post(said | {"words": ""}).json()["errors"]) == {"words"}
    assert set(post(said | {"words": WORDS, "other": said["to"]}).json()["errors"]) == {"other"}
    assert post(said | {"words": WORDS, "other": str(uuid.UUID(int=0))}).status_code == 404
    assert (Suggestion.objects.count(), Look.objects.count()) == (0, 0)


def test_a_token_that_suggests_is_made_on_the_page_by_who_may(
    signed_in: SignIn, officer: User, association_officer: User, focal_point: Organisation
) -> None:
    page = signed_in(association_officer).get("/registry/tokens/").content.decode()
    assert 'name="suggests"' not in page
    client = signed_in(officer)
    once = re.search(r'name="once" value="([^"]+)"', client.get("/registry/tokens/").content.decode())
    assert once
    said = {
        "name": "Matches",
        "capacity": f"focal-point-outreach:{focal_point.pk}",
        "days": "30",
        "once": once[1],
        "suggests": "on",
    }
    refused = client.post("/registry/tokens/", said | {"purposes": ["outreach"]})
    assert (refused.status_code, "looks as the focal point, for matchmaking" in refused.content.decode()) == (422, True)
    made = client.post("/registry/tokens/", said | {"purposes": ["matchmaking"]}).content.decode()
    assert (len(secrets_in(made)), "It may also suggest to firms that they meet." in made) == (1, True)


def test_asking_by_oneself_uses_up_a_suggestion_in_either_direction(to: Entry, other: Entry, officer: User, now: datetime) -> None:
    suggest(to, other, officer)
    tell(now)
    introducing.ask(asker=other, asked_id=to.pk, words="Hello.", field="", by=editor_of(other), today=timezone.localdate(), now=now)
    assert Suggestion.objects.get().state == "asked"
    assert suggesting.standing(to.organisation, timezone.localdate()) == []
