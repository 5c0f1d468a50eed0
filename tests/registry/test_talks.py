"""Talks about terms, pauses, ends and reminders: what each side may do, and what is shown meanwhile."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction
from django.urls import reverse

from mailroom.models import Envelope, Letter
from organisations.models import Organisation, User
from organisations.permissions import SecondFactor
from registry import disclosure
from registry.disclosure import Audience, Field, Purpose, Rule
from registry.models import AgreementVersion, Disclosed, Entry, Side, compared
from registry.services import agreements, moves, pausing, reminding, talks
from tests.conftest import SignIn
from tests.registry.conftest import END, OUTREACH_TO_ASSOCIATIONS, START, Agree, confirmed, grant

pytestmark = pytest.mark.django_db

PUBLIC_TOO = disclosure.write(
    [
        *disclosure.read(OUTREACH_TO_ASSOCIATIONS),
        *disclosure.read(grant(Audience.PUBLIC, Purpose.MATCHMAKING, Field.LEGAL_NAME, Field.REGION)),
    ]
)
# The focal point's: less for associations, nothing for the public, something for itself.
COUNTER = disclosure.write(
    [
        *disclosure.read(grant(Audience.ASSOCIATIONS, Purpose.OUTREACH, Field.LEGAL_NAME)),
        *disclosure.read(grant(Audience.FOCAL_POINT, Purpose.OUTREACH, Field.LEGAL_NAME)),
    ]
)


def counter(version: AgreementVersion, by: User, now: datetime, **changed: Any) -> AgreementVersion:
    said = {"terms": COUNTER, "valid_from": START, "valid_until": END, "reason": "We can't keep the public's list current"}
    return talks.counter(version=version, by=by, now=now, **said | changed)


def cells(entry: Entry) -> set[tuple[str, str]]:
    return set(Disclosed.objects.filter(entry_id=entry.pk).values_list("audience", "purpose"))


# --- talks ----------------------------------------------------------------------------------------------------------


def test_a_sent_proposal_is_on_the_desk_and_no_other_draft_is(
    signed_in: SignIn, entry: Entry, agree: Agree, entry_editor: User, officer: User, now: datetime
) -> None:
    version = agree(entry, until="offered")
    client, page = signed_in(officer), reverse("focalpoint:agreement", args=[version.pk])
    assert client.get(page).status_code == 404
    for _ in range(2):
        sent = talks.send(version=version, by=entry_editor, now=now)
    assert (sent.state, sent.sent_at, sent.events.filter(move="send").count()) == ("offered", now, 1)
    assert client.get(page).status_code == 200
    assert "Not signed; sent to talk over" in client.get(reverse("focalpoint:agreements")).content.decode()


def test_only_the_firm_sends_its_proposal_and_only_while_it_is_one(
    entry: Entry, agree: Agree, officer: User, signatory: User, association_officer: User, now: datetime
) -> None:
    version = agree(entry, until="offered")
    for person in (officer, association_officer):
        with pytest.raises(moves.UnableToAgree):
            talks.send(version=version, by=person, now=now)
    agreements.sign(version=version, sha256=version.sha256, by=signatory, second_factor=confirmed(now), now=now)
    with pytest.raises(moves.UnableToMove):
        talks.send(version=version, by=signatory, now=now)


def test_a_counter_offer_takes_the_place_of_the_proposal_and_leaves_what_is_in_force(
    entry: Entry, agree: Agree, signatory: User, officer: User, now: datetime
) -> None:
    agree(entry)
    proposed = agree(entry, PUBLIC_TOO, until="signed")
    made = counter(proposed, officer, now)
    proposed.refresh_from_db()
    assert (proposed.state, made.state, made.side, made.answers, made.number) == ("amended", "offered", "focal-point", proposed, 3)
    assert made.events.get().reason == "We can't keep the public's list current"
    assert cells(entry) == {("associations", "outreach")}
    letter = Letter.objects.get(purpose="agreement-counter")
    assert set(letter.envelopes.values_list("address", flat=True)) >= {signatory.email}
    assert "public" not in letter.text
    made = agreements.sign(version=made, sha256=made.sha256, by=signatory, second_factor=confirmed(now), now=now)
    made = agreements.countersign(version=made, sha256=made.sha256, by=officer, second_factor=confirmed(now), now=now)
    assert cells(entry) == {("associations", "outreach"), ("focal-point-outreach", "outreach")}


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"terms": PUBLIC_TOO}, talks.NothingDiffers),
        ({"reason": "  "}, moves.ReasonMissing),
        ({"terms": {"rules": []}}, agreements.UnableToOffer),
        ({"terms": grant(Audience.PUBLIC, Purpose.MATCHMAKING, Field.WEBSITE)}, agreements.UnableToOffer),
    ],
)
def test_a_counter_offer_differs_says_why_and_holds(
    entry: Entry, agree: Agree, officer: User, now: datetime, changed: dict[str, Any], error: type[Exception]
) -> None:
    version = agree(entry, PUBLIC_TOO, until="signed")
    with pytest.raises(error), transaction.atomic():
        counter(version, officer, now, **changed)
    version.refresh_from_db()
    assert version.state == "signed"


def test_only_a_countersigning_official_counters_and_never_its_own_proposal(
    entry: Entry, agree: Agree, officer: User, supervisor: User, signatory: User, licensing_officer: User, now: datetime
) -> None:
    version = agree(entry, PUBLIC_TOO, until="signed")
    for person in (supervisor, signatory, licensing_officer):
        with pytest.raises(moves.UnableToAgree):
            counter(version, person, now)
    made = counter(version, officer, now)
    with pytest.raises(moves.UnableToMove):
        counter(made, officer, now, terms=PUBLIC_TOO)
    with pytest.raises(moves.UnableToMove):
        counter(version, officer, now)


def test_each_side_refuses_the_other_sides_proposal_with_a_reason(
    entry: Entry, agree: Agree, officer: User, signatory: User, entry_editor: User, now: datetime
) -> None:
    version = agree(entry, until="signed")
    with pytest.raises(moves.UnableToAgree):
        talks.decline(version=version, reason="No", by=signatory, now=now)
    with pytest.raises(moves.ReasonMissing):
        talks.decline(version=version, reason=" ", by=officer, now=now)
    refused = talks.decline(version=version, reason="The period is too long", by=officer, now=now)
    assert (refused.state, refused.ended_at, refused.events.latest("pk").reason) == ("declined", now, "The period is too long")
    assert Letter.objects.filter(purpose="agreement-declined").count() == 1
    made = counter(agree(entry, PUBLIC_TOO, until="signed"), officer, now)
    for person in (officer, entry_editor):
        with pytest.raises(moves.UnableToAgree):
            talks.decline(version=made, reason="No", by=person, now=now)
    assert talks.decline(version=made, reason="We stay public", by=signatory, now=now).state == "declined"


def test_lines_are_compared_by_what_each_audience_would_see() -> None:
    lines = compared(PUBLIC_TOO, COUNTER)
    told = {line.audience: ([str(word) for word in line.more], [str(word) for word in line.less]) for line in lines}
    assert told == {
        Audience.FOCAL_POINT: (["Legal name", "To invite us to talks and events"], []),
        Audience.ASSOCIATIONS: ([], ["Region", "Technologies and what we do with them", "Products and capabilities"]),
        Audience.PUBLIC: ([], ["Legal name", "Region", "To introduce us to partners"]),
    }
    assert compared(COUNTER, COUNTER) == []


def test_terms_that_allow_and_forbid_the_same_are_not_offered(entry: Entry, signatory: User, now: datetime) -> None:
    terms = disclosure.write(
        [*disclosure.read(PUBLIC_TOO), Rule(disclosure.ANY, Audience.PUBLIC, disclosure.ANY, disclosure.PROHIBIT)]
    )
    with pytest.raises(agreements.UnableToOffer) as refused:
        agreements.offer(entry=entry, terms=terms, valid_from=START, valid_until=END, by=signatory, now=now)
    assert {rule.audience for rule in refused.value.overruled} == {"public"}


# --- the firm's answer on its page ----------------------------------------------------------------------------------

ACCEPT_ALL = {"associations": "theirs", "public": "theirs", "focal-point-outreach": "theirs"}


@pytest.fixture
def countered(entry: Entry, agree: Agree, officer: User, now: datetime) -> AgreementVersion:
    return counter(agree(entry, PUBLIC_TOO, until="signed"), officer, now)


def test_the_firm_sees_which_lines_differ_and_why(signed_in: SignIn, signatory: User, countered: AgreementVersion) -> None:
    page = signed_in(signatory).get(reverse("registry:answer", args=[countered.pk])).content.decode()
    assert "We can&#x27;t keep the public&#x27;s list current" in page
    for line in ("Industry associations", "The public", "The focal point, for outreach"):
        assert line in page
    assert "Ministries" not in page


def test_accepting_every_line_makes_no_new_version(signed_in: SignIn, signatory: User, countered: AgreementVersion) -> None:
    client = signed_in(signatory)
    answer = client.post(reverse("registry:answer", args=[countered.pk]), ACCEPT_ALL, follow=True)
    assert "You accept every line" in answer.content.decode()
    assert AgreementVersion.objects.count() == 2
    assert "Sign for your firm" in answer.content.decode()


def test_a_line_kept_makes_a_version_with_that_line_and_the_rest_as_proposed(
    signed_in: SignIn, entry_editor: User, countered: AgreementVersion
) -> None:
    answer = signed_in(entry_editor).post(reverse("registry:answer", args=[countered.pk]), ACCEPT_ALL | {"public": "mine"})
    assert answer.status_code == 302
    made = AgreementVersion.objects.get(number=3)
    assert (made.side, made.answers, made.state) == ("firm", countered, "offered")
    expected = disclosure.compile(COUNTER) | {(Audience.PUBLIC, Purpose.MATCHMAKING): {Field.LEGAL_NAME, Field.REGION}}
    assert disclosure.compile(made.terms) == expected


def test_a_line_to_change_leads_to_the_table_with_the_firms_own_line_in_it(
    signed_in: SignIn, signatory: User, countered: AgreementVersion
) -> None:
    client = signed_in(signatory)
    answer = client.post(reverse("registry:answer", args=[countered.pk]), ACCEPT_ALL | {"associations": "change"}, follow=True)
    form = answer.context["form"]
    assert set(form.initial["fields_associations"]) == {"legal_name", "region", "segments", "products"}
    assert form.initial["fields_focal-point-outreach"] == ["legal_name"]
    assert "fields_public" not in form.initial
    ticked = {"fields_associations": ["legal_name", "region"], "purposes_associations": ["outreach"]}
    period = {"valid_from": "2026-11-23", "valid_until": "2029-11-23"}
    assert client.post(answer.redirect_chain[-1][0], ticked | period).status_code == 302
    assert AgreementVersion.objects.get(number=3).answers == countered


def test_a_line_without_an_answer_is_asked_for_by_name(signed_in: SignIn, signatory: User, countered: AgreementVersion) -> None:
    answer = signed_in(signatory).post(reverse("registry:answer", args=[countered.pk]), {"public": "mine"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Industry associations: accept, keep or change this line." in page
    assert 'value="mine"' in page
    assert "checked" in page


def test_a_differing_period_is_a_line_of_its_own(
    signed_in: SignIn, signatory: User, entry: Entry, agree: Agree, officer: User, now: datetime
) -> None:
    made = counter(agree(entry, PUBLIC_TOO, until="signed"), officer, now, valid_until=date(2030, 1, 1))
    client, page = signed_in(signatory), reverse("registry:answer", args=[made.pk])
    assert client.post(page, ACCEPT_ALL).status_code == 422
    assert client.post(page, ACCEPT_ALL | {"period": "mine"}).status_code == 302
    assert AgreementVersion.objects.get(number=3).valid_until == END


def test_an_answered_proposal_is_not_answered_again(signed_in: SignIn, signatory: User, countered: AgreementVersion) -> None:
    client = signed_in(signatory)
    refusal = {"reason": "We stay public"}
    assert client.post(reverse("registry:decline", args=[countered.pk]), {"reason": ""}).status_code == 422
    assert client.post(reverse("registry:decline", args=[countered.pk]), refusal).status_code == 302
    assert client.post(reverse("registry:decline", args=[countered.pk]), refusal).status_code == 409
    assert client.post(reverse("registry:answer", args=[countered.pk]), ACCEPT_ALL).status_code == 409


@pytest.mark.parametrize("query", ["answering=x", "answering=00000000-0000-4000-8000-000000000000", "keep=public", "start=x"])
def test_an_unknown_start_is_refused(signed_in: SignIn, signatory: User, entry: Entry, query: str) -> None:
    assert signed_in(signatory).get(f"{reverse('registry:propose')}?{query}").status_code == 400


def test_another_firm_reads_and_answers_nothing(
    signed_in: SignIn, countered: AgreementVersion, make_entry: Any, agree: Agree
) -> None:
    other = make_entry(legal_name="Other OÜ")
    agree(other)
    stranger = User.objects.get(memberships__organisation=other.organisation, memberships__role="signatory")
    client = signed_in(stranger)
    for name in ("version", "answer"):
        assert client.get(reverse(f"registry:{name}", args=[countered.pk])).status_code == 404
    for name in ("answer", "decline", "sign", "send"):
        assert client.post(reverse(f"registry:{name}", args=[countered.pk]), ACCEPT_ALL).status_code == 404
    query = f"?answering={countered.pk}"
    assert client.get(reverse("registry:propose") + query).status_code == 400


# --- the desk's pages -----------------------------------------------------------------------------------------------


def test_an_official_proposes_other_terms_in_the_firms_own_table(
    signed_in: SignIn, officer: User, entry: Entry, agree: Agree
) -> None:
    version = agree(entry, PUBLIC_TOO, until="signed", end=date(2028, 1, 1))
    client, page = signed_in(officer), reverse("focalpoint:agreement-counter", args=[version.pk])
    shown = client.get(page)
    assert sorted(shown.context["form"].initial["fields_public"]) == ["legal_name", "region"]
    ticked = {"fields_public": ["legal_name"], "purposes_public": ["matchmaking"]}
    said = ticked | {"valid_from": "2026-11-23", "valid_until": "2028-01-01", "reason": "Shorter"}
    assert client.post(page, said | {"reason": ""}).status_code == 422
    assert client.post(page, said | {"valid_until": "2026-01-01"}).status_code == 422
    assert client.post(page, said).status_code == 302
    assert AgreementVersion.objects.get(number=2).side == Side.FOCAL_POINT
    assert client.post(page, said).status_code == 409


@pytest.mark.parametrize(("verb", "state"), [("suspend", "suspended"), ("end", "terminated")])
def test_an_official_suspends_or_ends_with_a_reason_that_the_firm_reads(
    signed_in: SignIn, officer: User, signatory: User, entry: Entry, agree: Agree, verb: str, state: str
) -> None:
    version = agree(entry)
    client, page = signed_in(officer), reverse(f"focalpoint:agreement-{verb}", args=[version.pk])
    assert client.get(page).status_code == 200
    assert client.post(page, {"reason": ""}).status_code == 422
    assert client.post(page, {"reason": "The register says you are in liquidation"}).status_code == 302
    version.refresh_from_db()
    assert (version.state, cells(entry)) == (state, set())
    assert "in liquidation" in signed_in(signatory).get(reverse("registry:agreement")).content.decode()
    assert client.post(page, {"reason": "Again"}).status_code == 409


def test_the_desk_lists_what_waits_and_what_stands(signed_in: SignIn, officer: User, entry: Entry, agree: Agree) -> None:
    agree(entry)
    client = signed_in(officer)
    assert "Baltic Photonics" not in client.get(reverse("focalpoint:agreements")).content.decode()
    assert "Baltic Photonics" in client.get(reverse("focalpoint:agreements"), {"show": "standing"}).content.decode()
    assert client.get(reverse("focalpoint:agreements"), {"show": "all"}).status_code == 400


# --- pauses ---------------------------------------------------------------------------------------------------------


def test_the_firm_suspends_at_once_and_resumes(signed_in: SignIn, signatory: User, entry: Entry, agree: Agree) -> None:
    version = agree(entry)
    client = signed_in(signatory)
    assert client.post(reverse("registry:suspend")).status_code == 302
    version.refresh_from_db()
    assert (version.state, version.is_active, version.suspended_by, cells(entry)) == ("suspended", False, "firm", set())
    assert "You suspended your agreement" in client.get(reverse("registry:agreement")).content.decode()
    assert client.post(reverse("registry:suspend")).status_code == 409
    assert client.post(reverse("registry:resume")).status_code == 302
    assert cells(entry) == {("associations", "outreach")}
    assert client.post(reverse("registry:resume")).status_code == 409


def test_only_the_side_that_suspended_resumes(
    signed_in: SignIn, entry: Entry, agree: Agree, signatory: User, officer: User, now: datetime
) -> None:
    version = agree(entry)
    pausing.suspend(version=version, side=Side.FOCAL_POINT, reason="Checking", by=officer, now=now)
    answer = signed_in(signatory).post(reverse("registry:resume"))
    assert answer.status_code == 409
    assert "it alone can resume it" in answer.content.decode()
    assert signed_in(officer).post(reverse("focalpoint:agreement-resume", args=[version.pk])).status_code == 302
    pausing.suspend(version=version, side=Side.FIRM, by=signatory, now=now)
    answer = signed_in(officer).post(reverse("focalpoint:agreement-resume", args=[version.pk]))
    assert answer.status_code == 409
    assert "it alone can resume it" in answer.content.decode()


def test_who_may_pause_and_end(
    signed_in: SignIn,
    entry: Entry,
    agree: Agree,
    entry_editor: User,
    supervisor: User,
    signatory: User,
    officer: User,
    now: datetime,
) -> None:
    version = agree(entry)
    assert signed_in(entry_editor).post(reverse("registry:suspend")).status_code == 403
    for person, side in ((entry_editor, Side.FIRM), (officer, Side.FIRM), (signatory, Side.FOCAL_POINT)):
        with pytest.raises(moves.UnableToAgree):
            pausing.suspend(version=version, side=side, reason="Why not", by=person, now=now)
    for person in (signatory, supervisor):
        with pytest.raises(moves.UnableToAgree):
            pausing.terminate(version=version, reason="Why not", by=person, now=now)
    with pytest.raises(moves.ReasonMissing):
        pausing.suspend(version=version, side=Side.FOCAL_POINT, by=officer, now=now)
    assert cells(entry) == {("associations", "outreach")}


def test_what_is_suspended_is_withdrawn_replaced_and_expires_like_the_rest(
    entry: Entry, make_entry: Any, agree: Agree, signatory: User, now: datetime
) -> None:
    first = pausing.suspend(version=agree(entry), side=Side.FIRM, by=signatory, now=now)
    agree(entry, COUNTER)
    first.refresh_from_db()
    assert (first.state, first.suspended_by) == ("amended", "")
    second = pausing.suspend(version=AgreementVersion.objects.get(is_active=True), side=Side.FIRM, by=signatory, now=now)
    agreements.withdraw(entry=entry, by=signatory, now=now)
    second.refresh_from_db()
    assert second.state == "terminated"
    third = pausing.suspend(version=agree(entry, end=date(2026, 11, 22)), side=Side.FIRM, by=signatory, now=now)
    agreements.expire(today=date(2026, 11, 23), now=now)
    third.refresh_from_db()
    assert (third.state, cells(entry)) == ("expired", set())


# --- reminders ------------------------------------------------------------------------------------------------------


def test_a_firm_is_reminded_before_the_end_each_time_once(
    entry: Entry, agree: Agree, signatory: User, entry_editor: User, now: datetime
) -> None:
    agree(entry, end=date(2027, 3, 31))
    posted = []
    for day in (date(2027, 1, 29), date(2027, 1, 30), date(2027, 2, 10), date(2027, 3, 20), date(2027, 3, 30), date(2027, 4, 1)):
        posted += [(day, reminding.remind(today=day, now=now)), (day, reminding.remind(today=day, now=now))]
    assert [day for day, count in posted if count] == [date(2027, 1, 30), date(2027, 3, 20), date(2027, 3, 30)]
    letter = Letter.objects.filter(purpose="agreement-ending").first()
    assert letter is not None
    assert "2027-03-31" in letter.text
    assert set(Envelope.objects.filter(letter=letter).values_list("address", flat=True)) == {signatory.email, entry_editor.email}


def test_no_reminder_where_a_longer_agreement_is_on_its_way(entry: Entry, agree: Agree, now: datetime) -> None:
    agree(entry, end=date(2027, 3, 31))
    agree(entry, COUNTER, until="signed")
    assert reminding.remind(today=date(2027, 3, 30), now=now) == 0


# --- signatures need a second factor, and stay ----------------------------------------------------------------------


def test_a_signatory_without_a_second_factor_is_led_to_it(signed_in: SignIn, signatory: User, entry: Entry, agree: Agree) -> None:
    version = agree(entry, until="offered")
    answer = signed_in(signatory, second_factor=False).post(reverse("registry:sign", args=[version.pk]), {"sha256": version.sha256})
    assert answer.status_code == 302
    assert "/2fa/" in answer.url
    version.refresh_from_db()
    assert version.state == "offered"
    answer = signed_in(signatory).post(reverse("registry:sign", args=[version.pk]), {"sha256": version.sha256})
    version.refresh_from_db()
    assert version.state == "signed"


@pytest.mark.parametrize("factor", [None, SecondFactor("totp", datetime.fromisoformat("2026-11-22T09:00:00+00:00"))])
def test_nobody_signs_or_countersigns_on_an_old_sign_in(
    entry: Entry, agree: Agree, signatory: User, officer: User, now: datetime, factor: SecondFactor | None
) -> None:
    version = agree(entry, until="offered")
    with pytest.raises(agreements.NotConfirmed):
        agreements.sign(version=version, sha256=version.sha256, by=signatory, second_factor=factor, now=now)
    version = agree(entry, until="signed")
    with pytest.raises(agreements.NotConfirmed):
        agreements.countersign(version=version, sha256=version.sha256, by=officer, second_factor=factor, now=now)


REWRITES = [
    "terms = '{\"rules\": []}'",
    "valid_until = valid_until + 1",
    "sha256 = repeat('0', 64)",
    "signed_at = now()",
    "signature = '{}'",
    "receipt = NULL",
    "side = 'focal-point'",
]


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_not_even_the_owner_of_the_tables_rewrites_what_was_signed(entry: Entry, agree: Agree) -> None:
    agree(entry)
    with connections["owner"].cursor() as owner:
        for change in REWRITES:
            with pytest.raises(IntegrityError, match="written once"):
                owner.execute(f"UPDATE registry_agreementversion SET {change}")  # noqa: S608


def test_what_is_over_stays_as_it_is(entry: Entry, agree: Agree, signatory: User, now: datetime) -> None:
    version = agree(entry)
    agreements.withdraw(entry=entry, by=signatory, now=now)
    with pytest.raises(IntegrityError, match="stays as it is"), transaction.atomic():
        AgreementVersion.objects.filter(pk=version.pk).update(state="expired", ended_at=now + timedelta(days=1))


def test_nobody_signs_without_a_seal(entry: Entry, agree: Agree, signatory: User, now: datetime) -> None:
    version = agree(entry, until="offered")
    with pytest.raises(IntegrityError, match="without a seal"), transaction.atomic():
        AgreementVersion.objects.filter(pk=version.pk).update(state="signed", signed_by=signatory, signed_at=now)


def test_prohibited_purposes_are_refused_by_name(signed_in: SignIn, signatory: User, firm: Organisation, entry: Entry) -> None:
    for purpose in disclosure.PROHIBITED_PURPOSES:
        said = {
            "fields_public": ["legal_name"],
            "purposes_public": [purpose],
            "valid_from": "2026-11-23",
            "valid_until": "2027-01-01",
        }
        answer = signed_in(signatory).post(reverse("registry:propose"), said)
        assert answer.status_code == 422
        assert "Enforcement, oversight, sale and marketing can&#x27;t be granted" in answer.content.decode()
    assert not AgreementVersion.objects.exists()
