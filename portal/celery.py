"""Celery is the clock and the wake-up; the work itself is rows in PostgreSQL, so that a lost Redis loses nothing."""

import os
import warnings

from celery import Celery
from celery.exceptions import SecurityWarning
from celery.schedules import crontab
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

if settings.DEMO:  # which runs as root in a bare container as well; a server's worker never does
    warnings.simplefilter("ignore", SecurityWarning)
app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "deliver due envelopes": {"task": "mailroom.tasks.deliver", "schedule": 10.0, "options": {"expires": 10}},
    "take up refusals of mail": {"task": "mailroom.tasks.take_refusals", "schedule": crontab(), "options": {"expires": 50}},
    "fetch returned mail": {
        "task": "mailroom.tasks.fetch_returns",
        "schedule": crontab(minute="*/3"),
        "options": {"expires": 150},
    },
    "post to webhooks": {"task": "advisories.tasks.deliver_webhooks", "schedule": 10.0, "options": {"expires": 10}},
    "bring out scheduled advisories": {
        "task": "advisories.tasks.release_due",
        "schedule": crontab(),
        "options": {"expires": 50},
    },
    "end advisories whose last day is over": {"task": "advisories.tasks.expire_due", "schedule": crontab(hour=0, minute=5)},
    "read official feeds": {
        "task": "advisories.tasks.read_sources",
        "schedule": crontab(minute="*/5"),
        "options": {"expires": 240},
    },
    "forget what official feeds said long ago": {
        "task": "advisories.tasks.forget_candidates",
        "schedule": crontab(hour=0, minute=35),
    },
    "warn of urgent advisories that reached nobody": {
        "task": "advisories.tasks.watch_urgent",
        "schedule": crontab(minute="*/5"),
        "options": {"expires": 240},
    },
    "remind associations of what they could pass on": {
        "task": "advisories.tasks.remind_of_relays",
        "schedule": crontab(hour=7, minute=15),
    },
    "remind of certificates that end": {
        "task": "advisories.tasks.remind_of_certificates",
        "schedule": crontab(hour=7, minute=25),
    },
    "tell of advisories in digests": {
        "task": "advisories.tasks.post_digests",
        "schedule": crontab(minute=2),
        "options": {"expires": 3000},
    },
    "erase addresses that nobody confirmed": {"task": "advisories.tasks.erase_addresses", "schedule": crontab(hour=0, minute=25)},
    "write what associations send to their members": {
        "task": "advisories.tasks.write_to_members",
        "schedule": crontab(),
        "options": {"expires": 50},
    },
    "follow what associations have sent to their members": {
        "task": "advisories.tasks.follow_members",
        "schedule": crontab(minute="2-59/5"),
        "options": {"expires": 240},
    },
    "forget addresses of associations' members": {
        "task": "advisories.tasks.forget_member_addresses",
        "schedule": crontab(hour=0, minute=45),
    },
    "bring out published answers": {"task": "inquiries.tasks.publish_due", "schedule": crontab(hour=6, minute=0)},
    "bid officials look at their queues": {
        "task": "inquiries.tasks.post_digest",
        "schedule": crontab(hour=settings.DIGEST_HOUR, minute=0),
    },
    "stir the rows of inquiries": {"task": "inquiries.tasks.stir", "schedule": crontab(minute=40), "options": {"expires": 3000}},
    "forget dry runs of rules": {"task": "inquiries.tasks.forget_dry_runs", "schedule": crontab(hour=0, minute=30)},
    "end expired agreements": {"task": "registry.tasks.expire_agreements", "schedule": crontab(hour=0, minute=10)},
    "remind of agreements that end soon": {"task": "registry.tasks.remind_of_ends", "schedule": crontab(hour=6, minute=30)},
    "let entries lapse that nobody confirms": {"task": "registry.tasks.lapse_entries", "schedule": crontab(hour=0, minute=15)},
    "remind of entries to confirm": {"task": "registry.tasks.remind_of_renewals", "schedule": crontab(hour=6, minute=35)},
    "forget letters to invited firms": {"task": "registry.tasks.forget_invitations", "schedule": crontab(hour=1, minute=40)},
    "go on with imports of registers": {
        "task": "registry.tasks.go_on_with_imports",
        "schedule": crontab(minute="*/5"),
        "options": {"expires": 240},
    },
    "erase people who did not agree": {"task": "registry.tasks.erase_people", "schedule": crontab(hour=0, minute=20)},
    "tell firms whom they could meet": {"task": "registry.tasks.tell_of_suggestions", "schedule": crontab(hour=6, minute=45)},
    "seal the ledger of looks": {"task": "registry.tasks.seal_ledger", "schedule": crontab(hour=23, minute=50)},
    "tell firms who looked": {"task": "registry.tasks.post_ledger_digests", "schedule": crontab(hour=6, minute=40)},
    "publish the figures of a quarter": {
        "task": "inquiries.tasks.publish_figures",
        "schedule": crontab(hour=0, minute=40),
    },
    "publish the registry's figures of a quarter": {
        "task": "registry.tasks.publish_figures",
        "schedule": crontab(hour=0, minute=50),
    },
    "see that deadlines are what history says": {"task": "inquiries.tasks.check_deadlines", "schedule": crontab(hour=3, minute=10)},
    "pass what is overdue on to supervisors": {"task": "inquiries.tasks.escalate", "schedule": crontab(hour=6, minute=20)},
    "erase expired inquiries": {"task": "inquiries.tasks.erase_expired", "schedule": crontab(hour=1, minute=20)},
    "end openings whose time is over": {"task": "inquiries.tasks.lapse_openings", "schedule": crontab(hour=0, minute=20)},
    "wrap case keys under the ring's first key": {"task": "inquiries.tasks.rewrap_keys", "schedule": crontab(hour=2, minute=20)},
}
