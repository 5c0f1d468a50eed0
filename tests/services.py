"""A pytest plugin that brings PostgreSQL and Redis before the settings are read; the tests use no stand-ins."""

import os

from portal import embedded

os.environ["PORTAL_MODE"] = "demo"
os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
os.environ.setdefault("EMAIL_URL", "smtp://localhost:1")  # tests that send mail start a sink of their own
embedded.provide()
