from celery import shared_task
from django.utils import timezone

from registry.services import agreements, digests, ledger, people, reminding


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
def erase_people() -> None:
    people.erase_due(today=timezone.localdate())
