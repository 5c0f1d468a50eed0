"""An association's list of its members' addresses: entered, found, removed and erased by its own people, read by nobody else.

Addresses are opened where the association looks at a page of them and where their mail is written (`services.dispatching`), and
nowhere else. No address goes into a log, an address of a page, a session or a history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from advisories import permissions, sealing
from advisories.addressees import Addressee
from advisories.emails import members_list_id
from advisories.models import MOST_LISTED, Dispatch, DispatchKind, Member, MemberList
from advisories.models.relays import RELAY_SOURCE, RELAY_WITHDRAWAL_SOURCE
from advisories.sealing import Person
from mailroom.services import private
from mailroom.services.letters import Recipient, UnableToPost, checked
from organisations.models import Organisation, User

BATCH = 1000


class UnableToKeep(Exception):
    """The message says why, and what to do."""


@dataclass(frozen=True)
class Foreseen:
    """What entering some lines would do, or has done: the new ones, and the lines of which nothing comes."""

    new: dict[bytes, Person]
    faults: list[tuple[Addressee, str]]  # address, name, columns or double
    known: int  # on the list already
    back: dict[bytes, Person]  # on the list already, and their mail came back: entered anew
    left: list[Addressee]  # who have stopped the notices themselves
    is_too_many: bool


def list_of(association: Organisation) -> MemberList | None:
    return MemberList.objects.select_related("association").filter(association=association).first()


@transaction.atomic
def answer_to(association: Organisation, *, address: str, by: User, now: datetime) -> MemberList:
    """Choose to which address members answer; raises UnableToKeep."""
    member_list = _locked(association, by=by, now=now)
    try:
        member_list.reply_to = checked(Recipient(address)).address
    except UnableToPost as error:
        raise UnableToKeep(_("Enter an email address such as office@example.org.")) from error
    member_list.changed_at, member_list.changed_by = now, by
    member_list.save(update_fields=["reply_to", "changed_at", "changed_by"])
    return member_list


def foresee(association: Organisation, *, people: Sequence[Addressee], by: User) -> Foreseen:
    """Say what entering these would do, and do nothing; raises UnableToKeep."""
    _refuse(association, by)
    return _foreseen(list_of(association), people)


@transaction.atomic
def enter(association: Organisation, *, people: Sequence[Addressee], by: User, now: datetime) -> Foreseen:
    """Put those lines on the list that can be; what is there already stays as it is, however often it is entered.

    Who has stopped the notices stays away, until `let_back`. Raises UnableToKeep for more than MOST_LISTED.
    """
    member_list = _locked(association, by=by, now=now)
    found = _foreseen(member_list, people)
    if found.is_too_many:
        raise UnableToKeep(_("A list holds at most %(most)s members. Remove some first.") % {"most": f"{MOST_LISTED:,}"})
    today = timezone.localdate(now)
    rows = (_row(member_list, digest, person, today) for digest, person in found.new.items())
    Member.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)
    if found.back:
        member_list.members.came_back().filter(digest__in=list(found.back)).update(came_back_on=None, entered_on=today)
    return found


def find(association: Organisation, *, address: str, by: User) -> Member | None:
    """The member with exactly this address, also one who has left; raises UnableToKeep."""
    _refuse(association, by)
    member_list = list_of(association)
    return member_list.members.filter(digest=_digest(member_list, _plain(address))).first() if member_list else None


@transaction.atomic
def let_back(association: Organisation, *, address: str, by: User, now: datetime) -> None:
    """Put somebody on the list again who had stopped the notices and has asked for them anew; raises UnableToKeep."""
    member_list, plain = _locked(association, by=by, now=now), _plain(address)
    digest = _digest(member_list, plain)
    left = member_list.members.filter(digest=digest, sealed=None)
    if not left.exists():
        raise UnableToKeep(_("This address has not stopped your notices."))
    if member_list.members.present().count() >= MOST_LISTED:
        raise UnableToKeep(_("A list holds at most %(most)s members. Remove some first.") % {"most": f"{MOST_LISTED:,}"})
    left.delete()  # and not changed: who comes back now has not got what went out before
    _row(member_list, digest, Person(plain), timezone.localdate(now)).save()


@transaction.atomic
def remove(member: Member, *, by: User, now: datetime) -> None:
    """Take one off the list, and stop mail to them that has not left; raises UnableToKeep. Entered again they are on it again."""
    member_list = _locked(member.list.association, by=by, now=now)
    found = member_list.members.present().filter(pk=member.pk).first()
    if found:
        private.call_back(list_id=members_list_id(member_list.association_id), addresses=[opened(found, member_list).address])
        found.delete()


@transaction.atomic
def erase(association: Organisation, *, by: User, now: datetime) -> int:
    """Take all off the list and stop mail to them that has not left; return how many. Raises UnableToKeep.

    Of those who had stopped the notices the digest stays, so that they are left in peace when the list is entered anew.
    """
    member_list = _locked(association, by=by, now=now)
    private.call_back(list_id=members_list_id(association.pk))
    return member_list.members.present().delete()[0]


@transaction.atomic
def stop(*, token: str, now: datetime) -> None:
    """Take the reader of the copy with this token off the list of the association that had it sent, and off no other.

    A token that nobody has stops nothing, and nobody is told. What leaves in this very moment may still arrive.
    """
    reader = private.reader_of(token)
    member_list = _lists([reader.source]).get(reader.source) if reader else None
    if reader is None or member_list is None:
        return
    MemberList.objects.select_for_update().get(pk=member_list.pk)  # so that no mail is being written to it meanwhile
    digest, today = bytes.fromhex(code_of(member_list, reader.address)), timezone.localdate(now)
    member = member_list.members.present().filter(digest=digest).first()
    # A later notice may be under way although the copy with this token was blanked long ago.
    address = opened(member, member_list).address if member else reader.address
    private.call_back(list_id=members_list_id(member_list.association_id), addresses=[address])
    gone = {"sealed": None, "left_on": today, "came_back_on": None}
    member_list.members.update_or_create(digest=digest, defaults=gone, create_defaults={**gone, "entered_on": today})


@transaction.atomic
def take_up_returns(*, now: datetime) -> int:
    """Note on the associations' lists whose mailbox is gone, and take off who called a notice unwanted; return how many.

    The envelope is blanked with it, which says that it was taken up. Where a server says of half a list that it is gone, it is
    not believed (`mailroom.bounces`).
    """
    found = list(private.returned(since=now - timedelta(days=settings.MEMBER_ADDRESSES_KEPT_DAYS + 14)))
    lists = _lists({each.source for each in found})
    noted = 0
    for each in found:
        member_list = lists.get(each.source)
        if member_list is None:
            continue
        code = code_of(member_list, each.address)
        member, today = member_list.members.present().filter(digest=bytes.fromhex(code)), timezone.localdate(now)
        if each.is_complaint:
            noted += member.update(sealed=None, left_on=today, came_back_on=None)
        elif not each.is_flood:
            noted += member.filter(came_back_on=None).update(came_back_on=today)
        private.blank(source=each.source, code_of=_coder(member_list), envelope=each.envelope)
    return noted


def forget_addresses(*, now: datetime) -> int:
    """Blank the addresses of copies that came to their end so many days ago; return how many. What stays is a digest.

    So a reader can still stop the list by an old copy, and the numbers stay what they were.
    """
    before = now - timedelta(days=settings.MEMBER_ADDRESSES_KEPT_DAYS)
    old = Dispatch.objects.filter(written_at__lt=before, is_blanked=False).select_related("relay").order_by("pk")
    return sum(_forget_one(each, before=before) for each in old)


@transaction.atomic
def _forget_one(dispatch: Dispatch, *, before: datetime) -> int:
    member_list = _lists([dispatch.source]).get(dispatch.source)
    if member_list is None:
        return 0
    number = private.blank(source=dispatch.source, code_of=_coder(member_list), before=before)
    if not private.has_addresses(dispatch.source):
        Dispatch.objects.filter(pk=dispatch.pk).update(is_blanked=True)
    return number


def opened(member: Member, member_list: MemberList) -> Person:
    """Who it is; raises sealing.CannotOpen where the server's key is not that under which it was sealed."""
    return next(people([member], member_list))


def people(members: Iterable[Member], member_list: MemberList) -> Iterator[Person]:
    """Open the addresses of a list, one at a time."""
    key = sealing.key_of(member_list.pk, server_key=settings.SERVER_KEY)
    for each in members:
        yield sealing.unseal(bytes(each.sealed or b""), key=key, digest=bytes(each.digest))


def code_of(member_list: MemberList, address: str) -> str:
    """The digest of an address in hexadecimal, also of one that was blanked and is known by it alone."""
    return private.code_in(address) or _digest(member_list, address).hex()


def _coder(member_list: MemberList) -> Callable[[str], str]:
    return partial(code_of, member_list)


def _foreseen(member_list: MemberList | None, lines: Sequence[Addressee]) -> Foreseen:
    sound: dict[str, tuple[Addressee, Person]] = {}
    faults = []
    for each in lines:
        if each.fault:
            faults.append((each, each.fault))
            continue
        try:
            plain = checked(Recipient(each.address)).address
        except UnableToPost:
            faults.append((each, "address"))
            continue
        if plain.lower() in sound:
            faults.append((each, "double"))
        else:
            sound[plain.lower()] = each, Person(plain, each.name)
    if member_list is None:
        # Nobody is known: the digests are made once there is a list.
        new = {folded.encode(): person for folded, (_line, person) in sound.items()}
        return Foreseen(new, faults, 0, {}, [], len(new) > MOST_LISTED)
    wanted = {_digest(member_list, folded): said for folded, said in sound.items()}
    there = {
        bytes(digest): (left_on, came_back_on)
        for digest, left_on, came_back_on in member_list.members.filter(digest__in=list(wanted)).values_list(
            "digest", "left_on", "came_back_on"
        )
    }
    new = {digest: person for digest, (_line, person) in wanted.items() if digest not in there}
    left = [wanted[digest][0] for digest, (left_on, _came_back) in there.items() if left_on]
    back = {digest: wanted[digest][1] for digest, (_left, came_back) in there.items() if came_back}
    is_too_many = bool(new) and member_list.members.present().count() + len(new) > MOST_LISTED
    return Foreseen(new, faults, len(there) - len(left) - len(back), back, left, is_too_many)


def _row(member_list: MemberList, digest: bytes, person: Person, today: date) -> Member:
    key = sealing.key_of(member_list.pk, server_key=settings.SERVER_KEY)
    return Member(list=member_list, digest=digest, sealed=sealing.seal(person, key=key, digest=digest), entered_on=today)


def _digest(member_list: MemberList, address: str) -> bytes:
    return sealing.digest_of(address, member_list=member_list.pk, server_key=settings.SERVER_KEY)


def _plain(address: str) -> str:
    try:
        return checked(Recipient(address)).address
    except UnableToPost as error:
        raise UnableToKeep(_("Enter the whole email address, such as name@example.org.")) from error


def _locked(association: Organisation, *, by: User, now: datetime) -> MemberList:
    """The association's list, made if there is none, for this transaction alone."""
    _refuse(association, by)
    MemberList.objects.get_or_create(association=association, defaults={"changed_at": now, "changed_by": by})
    return MemberList.objects.select_for_update(of=("self",)).select_related("association").get(association=association)


def _refuse(association: Organisation, by: User) -> None:
    if not permissions.may_keep_members(by, association):
        raise UnableToKeep(_("Only officers and signatories of the association keep its list of members."))


def _lists(sources: Iterable[str]) -> dict[str, MemberList]:
    """The list to whose members each source's mail went."""
    kinds = {RELAY_SOURCE: DispatchKind.NOTICE, RELAY_WITHDRAWAL_SOURCE: DispatchKind.WITHDRAWAL}
    relays = {UUID(source.rpartition(":")[2]) for source in sources if source.startswith(tuple(kinds))}
    dispatches = Dispatch.objects.filter(relay__in=relays).select_related("relay")
    of_association = {
        each.association_id: each
        for each in MemberList.objects.filter(association__in=dispatches.values("relay__association")).select_related("association")
    }
    found = {each.source: of_association.get(each.relay.association_id) for each in dispatches}
    return {source: member_list for source, member_list in found.items() if member_list}
