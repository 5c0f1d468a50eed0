"""Two entries of one firm become one; the other is a tombstone that leads to it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from mailroom.models import Letter
from organisations.models import Kind, Membership, Organisation, Role, User
from registry import disclosure
from registry.disclosure import Audience, Field, Purpose
from registry.models import AgreementVersion, Disclosed, Entry, Merge, Removal
from registry.services import agreements, entries, merging, moves, projection, removal, renewal
from registry.services.ledger import subjects
from tests.conftest import SignIn, member
from tests.registry.conftest import END, START, VALUES, Agree, MakeEntry, at_once, confirmed, grant
from tests.registry.test_crashes import die_everywhere
from tests.registry.test_views import looking

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "disclosed"])
TO_FOCAL_POINT = grant(Audience.FOCAL_POINT, Purpose.OUTREACH, Field.LEGAL_NAME)


@pytest.fixture
def double(make_entry: MakeEntry, agree: Agree) -> Entry:
    """A second entry of the same firm, under another organisation with people of its own."""
    firm = Organisation.objects.create(kind=Kind.FIRM, name="Baltic Photonics Ltd")
    entry = make_entry(firm, legal_name="Baltic Photonics Ltd")
    agree(entry, TO_FOCAL_POINT)
    return entry


@pytest.fixture
def standing(entry: Entry, agree: Agree) -> Entry:
    agree(entry, TO_FOCAL_POINT)
    return entry


@pytest.fixture
def second_official(focal_point: Organisation) -> User:
    return member(focal_point, "Sulev Second", Role.APPROVER)


Propose = Callable[..., Merge]


@pytest.fixture
def propose(standing: Entry, double: Entry, officer: User, now: datetime) -> Propose:
    def make(by: User = officer, loser: Entry = double, survivor: Entry = standing) -> Merge:
        return merging.propose(loser_id=loser.pk, survivor_id=survivor.pk, reason="Same number", by=by, now=now)

    return make


@pytest.fixture
def both(signatory: User, double: Entry) -> User:
    """The signatory of the one binds the other as well."""
    Membership.objects.create(user=signatory, organisation=double.organisation, role=Role.SIGNATORY)
    return signatory


def listed() -> set[Any]:
    return set(Disclosed.objects.values_list("entry_id", flat=True))


def told() -> list[tuple[str, list[str]]]:
    letters = Letter.objects.filter(source__startswith="merge:")
    return sorted((letter.purpose, sorted(letter.envelopes.values_list("address", flat=True))) for letter in letters)


# --- who ------------------------------------------------------------------------------------------------------------


def test_a_signatory_of_both_agrees_and_one_entry_stays(
    propose: Propose, standing: Entry, double: Entry, both: User, now: datetime
) -> None:
    merging.agree(merge=propose(), by=both, now=now)
    double.refresh_from_db()
    assert listed() == {standing.pk}
    assert (double.merged_into, double.merged_on, double.is_current) == (standing, now.date(), False)
    assert set(AgreementVersion.objects.filter(agreement__entry=double).values_list("state", "is_active")) == {
        ("terminated", False)
    }
    assert set(subjects(standing.organisation)) == {standing.pk, double.pk}
    assert subjects(double.organisation) == [double.pk]
    assert projection.differences() == []


def test_the_survivors_signatory_agrees_once_a_second_official_has_checked(
    propose: Propose, double: Entry, standing: Entry, signatory: User, second_official: User, now: datetime
) -> None:
    merge = propose()
    with pytest.raises(merging.UnableToMerge):
        merging.agree(merge=merge, by=signatory, now=now)
    assert listed() == {standing.pk, double.pk}
    merging.second(merge=merge, by=second_official, now=now)
    merging.agree(merge=merge, by=signatory, now=now)
    assert listed() == {standing.pk}


@pytest.mark.parametrize("who", ["officer", "administrator", "signatory", "entry_editor", "licensing_officer"])
def test_nobody_else_is_a_second_official(request: pytest.FixtureRequest, propose: Propose, now: datetime, who: str) -> None:
    with pytest.raises(merging.UnableToMerge):
        merging.second(merge=propose(), by=request.getfixturevalue(who), now=now)


@pytest.mark.parametrize("who", ["administrator", "signatory", "licensing_officer", "association_officer"])
def test_only_an_official_who_may_sign_proposes(request: pytest.FixtureRequest, propose: Propose, who: str) -> None:
    with pytest.raises(merging.UnableToMerge):
        propose(by=request.getfixturevalue(who))


def test_an_official_who_acts_for_one_of_the_firms_proposes_and_seconds_nothing(
    propose: Propose, firm: Organisation, officer: User, second_official: User, now: datetime
) -> None:
    Membership.objects.create(user=second_official, organisation=firm, role=Role.ENTRY_EDITOR)
    merge = propose()
    with pytest.raises(merging.UnableToMerge):
        merging.second(merge=merge, by=second_official, now=now)
    with pytest.raises(merging.UnableToMerge):
        propose(by=second_official)


def test_the_losers_signatory_alone_does_not_agree_and_may_refuse(
    propose: Propose, double: Entry, second_official: User, now: datetime
) -> None:
    theirs = User.objects.get(memberships__organisation=double.organisation, memberships__role=Role.SIGNATORY)
    merge = propose()
    with pytest.raises(merging.UnableToMerge):
        merging.decline(merge=merge, by=theirs, now=now)  # who may not read of it yet
    merging.second(merge=merge, by=second_official, now=now)
    with pytest.raises(merging.UnableToMerge):
        merging.agree(merge=merge, by=theirs, now=now)
    assert merging.decline(merge=merge, by=theirs, now=now).state == "declined"
    with pytest.raises(merging.AlreadyEnded):
        merging.second(merge=merge, by=second_official, now=now)


def test_neither_firm_is_told_of_the_other_before_two_people_know_that_they_are_one(
    propose: Propose, signatory: User, entry_editor: User, double: Entry, second_official: User, signed_in: SignIn, now: datetime
) -> None:
    merge = propose()
    assert told() == []
    assert "Baltic Photonics Ltd" not in signed_in(signatory).get(reverse("registry:entry")).content.decode()
    assert signed_in(signatory).post(reverse("registry:merge-agree", args=[merge.pk])).status_code == 404
    merging.second(merge=merge, by=second_official, now=now)
    assert [purpose for purpose, _to in told()] == ["entry-same-firm"] * 2
    page = signed_in(signatory).get(reverse("registry:entry")).content.decode()
    assert "takes the entry of Baltic Photonics Ltd for a double" in page
    assert "Agree: it is one firm" in page
    assert "Agree: it is one firm" not in signed_in(entry_editor).get(reverse("registry:entry")).content.decode()


# --- what -----------------------------------------------------------------------------------------------------------


def test_proposing_twice_is_one_proposal_and_the_other_way_round_another(propose: Propose, standing: Entry, double: Entry) -> None:
    assert propose() == propose()
    assert propose(loser=standing, survivor=double).loser == standing
    assert Merge.objects.count() == 2


def test_an_entry_is_not_merged_into_itself_and_not_twice(
    propose: Propose, standing: Entry, double: Entry, make_entry: MakeEntry, both: User, now: datetime
) -> None:
    third = make_entry(legal_name="Third OÜ")
    with pytest.raises(merging.UnableToMerge):
        propose(loser=standing)
    merge = propose()
    with pytest.raises(merging.UnableToMerge):
        propose(survivor=third)
    merging.agree(merge=merge, by=both, now=now)
    for pair in ({"survivor": third}, {"loser": third, "survivor": double}):
        with pytest.raises(merging.UnableToMerge):
            propose(**pair)


def test_a_tombstone_can_only_be_read(propose: Propose, double: Entry, both: User, now: datetime) -> None:
    merging.agree(merge=propose(), by=both, now=now)
    editor = User.objects.get(memberships__organisation=double.organisation, memberships__role=Role.ENTRY_EDITOR)
    with pytest.raises(entries.UnableToSave):
        entries.save_entry(organisation=double.organisation, values=VALUES, activities=[], by=editor, now=now)
    with pytest.raises(moves.UnableToAgree):
        agreements.offer(
            entry=double, terms=disclosure.TEMPLATES["public-profile"], valid_from=START, valid_until=END, by=both, now=now
        )
    with pytest.raises(renewal.UnableToConfirm):
        renewal.confirm(entry=double, seen=renewal.fingerprint(double), by=editor, today=now.date())
    assert double.pk not in listed()


def test_what_was_merged_before_follows(
    propose: Propose, standing: Entry, double: Entry, both: User, make_entry: MakeEntry, now: datetime
) -> None:
    third = make_entry(legal_name="Third OÜ")
    Membership.objects.create(user=both, organisation=third.organisation, role=Role.SIGNATORY)
    merging.agree(merge=propose(), by=both, now=now)
    del both.memberships_held
    merging.agree(merge=propose(loser=standing, survivor=third), by=both, now=now)
    assert set(Entry.objects.filter(merged_into=third)) == {standing, double}
    assert set(subjects(third.organisation)) == {standing.pk, double.pk, third.pk}


def test_removing_the_entry_that_stayed_removes_its_tombstones(
    propose: Propose, standing: Entry, double: Entry, both: User, now: datetime
) -> None:
    merging.agree(merge=propose(), by=both, now=now)
    removal.remove(entry=standing, by=both, second_factor=confirmed(now), now=now)
    assert not Entry.objects.exists()
    assert not Merge.objects.exists()
    assert set(Removal.objects.values_list("organisation", "entry_id")) == {
        (standing.organisation_id, standing.pk),
        (double.organisation_id, double.pk),
    }


def test_the_database_refuses_a_tombstone_that_somebody_sees_and_two_offices_in_one_person(
    propose: Propose, standing: Entry, double: Entry, officer: User, now: datetime
) -> None:
    merge = propose()
    with pytest.raises(IntegrityError, match="disclosed_entry_is_current"), transaction.atomic():
        Entry.objects.filter(pk=double.pk).update(merged_into=standing, merged_on=now.date(), is_current=False)
    with pytest.raises(IntegrityError, match="merge_has_two_officials"), transaction.atomic():
        Merge.objects.filter(pk=merge.pk).update(seconded_by=officer)
    Disclosed.objects.filter(entry_id=double.pk).delete()
    with pytest.raises(IntegrityError, match="not_merged_into_itself"), transaction.atomic():
        Entry.objects.filter(pk=double.pk).update(merged_into=double, merged_on=now.date(), is_current=False)


def test_agreeing_twice_at_once_merges_once(propose: Propose, both: User, now: datetime) -> None:
    merge = propose()
    ended = at_once(*2 * [lambda: merging.agree(merge=merge, by=both, now=now)])
    assert sorted(type(found).__name__ for found in ended) == ["AlreadyEnded", "Merge"]


def test_a_death_at_any_statement_leaves_both_or_one(propose: Propose, double: Entry, both: User, now: datetime) -> None:
    merge = propose()
    assert both.memberships_held

    def state() -> Any:
        return [
            list(Entry.objects.order_by("pk").values_list("pk", "merged_into", "is_current")),
            list(AgreementVersion.objects.order_by("pk").values_list("pk", "state")),
            list(Merge.objects.values_list("state")),
            listed(),
            Letter.objects.count(),
        ]

    assert die_everywhere(lambda: merging.agree(merge=merge, by=both, now=now), state) > 10
    assert projection.differences() == []


# --- pages ----------------------------------------------------------------------------------------------------------


def desk(client: Any, organisation: Organisation) -> Any:
    said = {"capacity": f"focal-point-outreach:{organisation.pk}", "purpose": "outreach", "reason": "Doubles"}
    assert client.post(reverse("focalpoint:registry-look"), said).status_code == 302
    return client


def test_two_officials_and_a_signatory_merge_on_the_pages(
    signed_in: SignIn,
    standing: Entry,
    double: Entry,
    officer: User,
    second_official: User,
    signatory: User,
    focal_point: Organisation,
) -> None:
    client = desk(signed_in(officer), focal_point)
    address = reverse("focalpoint:registry-merge", args=[double.pk])
    assert (
        reverse("focalpoint:registry-merge", args=[double.pk])
        in client.get(reverse("focalpoint:registry-listed", args=[double.pk])).content.decode()
    )
    page = client.get(address).content.decode()
    assert f'value="{standing.pk}"' in page
    assert f'value="{double.pk}"' not in page
    refused = client.post(address, {"other": str(standing.pk)})
    assert (refused.status_code, "Choose which one stays" in refused.content.decode()) == (422, True)
    said = {"other": str(standing.pk), "survivor": "other", "reason": "Same registration number"}
    assert client.post(address, said).status_code == 302
    merge = Merge.objects.get()
    assert (merge.loser, merge.survivor) == (double, standing)
    assert "Waits for a second official" in client.get(reverse("focalpoint:merges")).content.decode()
    other = signed_in(second_official)
    assert "It is one firm: ask it" in other.get(reverse("focalpoint:merges")).content.decode()
    other.post(reverse("focalpoint:merge-second", args=[merge.pk]))
    firm = signed_in(signatory)
    assert "Merged." in firm.post(reverse("registry:merge-agree", args=[merge.pk]), follow=True).content.decode()
    assert firm.post(reverse("registry:merge-agree", args=[merge.pk])).status_code == 409
    theirs = signed_in(User.objects.get(memberships__organisation=double.organisation, memberships__role=Role.ENTRY_EDITOR))
    assert "it was merged into the entry of Baltic Photonics OÜ" in theirs.get(reverse("registry:entry")).content.decode()
    assert theirs.get(reverse("registry:entry-edit")).status_code == 302


def test_an_entry_without_a_name_in_the_cell_is_not_offered(
    signed_in: SignIn, standing: Entry, double: Entry, officer: User, focal_point: Organisation, agree: Agree
) -> None:
    agree(standing, grant(Audience.FOCAL_POINT, Purpose.OUTREACH, Field.PRODUCTS))
    client = desk(signed_in(officer), focal_point)
    ref = projection.pairwise_ref(standing, Audience.FOCAL_POINT, Purpose.OUTREACH)
    assert "No other entry to choose" in client.get(reverse("focalpoint:registry-merge", args=[double.pk])).content.decode()
    assert client.get(reverse("focalpoint:registry-merge", args=[ref])).status_code == 404


def test_associations_have_no_say(signed_in: SignIn, association: Organisation, association_officer: User, double: Entry) -> None:
    client = looking(signed_in(association_officer), association)
    assert client.get(reverse("focalpoint:registry-merge", args=[double.pk])).status_code == 403


def test_the_list_of_merges_and_the_firms_page_ask_as_often_for_three_as_for_one(
    signed_in: SignIn,
    propose: Propose,
    standing: Entry,
    signatory: User,
    second_official: User,
    make_entry: MakeEntry,
    now: datetime,
    django_assert_max_num_queries: Any,
) -> None:
    asked = []
    for number in range(3):
        merge = propose(loser=make_entry(legal_name=f"Double {number} OÜ"))
        merging.second(merge=merge, by=second_official, now=now)
        pages = []
        for person, name in ((second_official, "focalpoint:merges"), (signatory, "registry:entry")):
            client = signed_in(person)
            with django_assert_max_num_queries(60) as ran:
                assert f"Double {number}" in client.get(reverse(name)).content.decode()
            pages.append(len(ran))
        asked.append(pages)
    assert asked[0] == asked[1] == asked[2]
