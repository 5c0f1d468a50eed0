from celery import shared_task
from django.utils import timezone

from registry.services import agreements


@shared_task
def expire_agreements() -> None:
    agreements.expire(today=timezone.localdate(), now=timezone.now())
