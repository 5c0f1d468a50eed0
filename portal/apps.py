from django.apps import AppConfig

from portal import checks
from portal.celery import app as celery

__all__ = ["celery"]  # loaded with the apps, so that a page that rings for a worker rings at the portal's own queue


class PortalConfig(AppConfig):
    name = "portal"

    def ready(self) -> None:
        checks.register_all()
