"""Celery is the clock and the wake-up; the work itself is rows in PostgreSQL, so that a lost Redis loses nothing."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "deliver due envelopes": {"task": "mailroom.tasks.deliver", "schedule": 10.0, "options": {"expires": 10}},
    "bring out published answers": {"task": "inquiries.tasks.publish_due", "schedule": crontab(hour=6, minute=0)},
    "end expired agreements": {"task": "registry.tasks.expire_agreements", "schedule": crontab(hour=0, minute=10)},
}
