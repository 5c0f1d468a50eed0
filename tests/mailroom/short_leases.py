"""The portal's settings with leases so short that a test can wait for one to run out."""

from portal.settings import *  # noqa: F403

MAILROOM_LEASE_SECONDS = 2
EMAIL_TIMEOUT = 5
