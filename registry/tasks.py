from celery import shared_task
from django.utils import timezone

from registry import gateway
from registry.services import agreements, digests, editions, ledger, reminding


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
def publish_figures() -> None:
    """Every night; there is something to publish in the first night after a quarter."""
    editions.publish_ended(today=timezone.localdate(), count=gateway.count)
