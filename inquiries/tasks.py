from celery import shared_task
from django.utils import timezone

from inquiries.services import publishing


@shared_task
def publish_due() -> None:
    publishing.publish_due(today=timezone.localdate())
