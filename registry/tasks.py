from uuid import UUID

from celery import shared_task
from django.utils import timezone

from registry import gateway
from registry.services import agreements, digests, editions, inviting, ledger, people, registers, reminding, renewal, suggesting


@shared_task
def expire_agreements() -> None:
    agreements.expire(today=timezone.localdate(), now=timezone.now())


@shared_task
def remind_of_ends() -> None:
    reminding.remind(today=timezone.localdate(), now=timezone.now())


@shared_task
def seal_ledger() -> None:
    ledger.seal(today=timezone.localdate())


@shared_task
def post_ledger_digests() -> None:
    digests.post_due(today=timezone.localdate(), now=timezone.now())


@shared_task
def remind_of_renewals() -> None:
    renewal.remind(today=timezone.localdate(), now=timezone.now())


@shared_task
def lapse_entries() -> None:
    renewal.lapse(today=timezone.localdate(), now=timezone.now())


@shared_task
def work_on_import(pk: str) -> None:
    registers.run(UUID(pk), checking=gateway.checking, today=timezone.localdate(), now=timezone.now())


@shared_task
def go_on_with_imports() -> None:
    registers.go_on(checking=gateway.checking, today=timezone.localdate(), now=timezone.now())


@shared_task
def forget_invitations() -> None:
    inviting.forget(now=timezone.now())


@shared_task
def publish_figures() -> None:
    """Every night; there is something to publish in the first night after a quarter."""
    editions.publish_ended(today=timezone.localdate(), count=gateway.count)


@shared_task
def erase_people() -> None:
    people.erase_due(today=timezone.localdate())


@shared_task
def tell_of_suggestions() -> None:
    suggesting.tell(today=timezone.localdate(), now=timezone.now())
