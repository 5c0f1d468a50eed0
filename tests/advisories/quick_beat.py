"""The portal's Celery with a clock so quick that a test can wait for it: `celery --app tests.advisories.quick_beat beat`."""

from portal.celery import app

QUICK = {"mailroom.tasks.deliver", "advisories.tasks.post_digests", "advisories.tasks.release_due"}

for entry in app.conf.beat_schedule.values():
    if entry["task"] in QUICK:
        entry["schedule"] = 0.3
