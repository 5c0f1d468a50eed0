#!/usr/bin/env python
"""Run one of the portal's commands; `manage.py help` lists them.

A checkout runs in demo mode unless PORTAL_MODE says otherwise; the servers' own entry (`portal.wsgi`) defaults to production.
"""

import os
import sys

from django.core.management import execute_from_command_line

from portal import embedded


def main() -> None:
    os.environ.setdefault("PORTAL_MODE", "demo")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    embedded.provide(print if "serve" in sys.argv[1:2] else embedded.silent)
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
