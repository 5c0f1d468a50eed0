"""`python -m tests.deploy_check`: Django's and our own deployment checks, under the settings of a production server."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def production_environment(secrets: Path) -> dict[str, str]:
    """The environment of a container of docker-compose.yml, with secrets made in the folder `secrets` by deploy/new-secrets.sh."""
    subprocess.run(["sh", "deploy/new-secrets.sh", str(secrets)], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    data = secrets.parent / "data"
    (data / "static").mkdir(parents=True, exist_ok=True)
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "PORTAL_MODE": "production",
        "PORTAL_DATA": str(data),
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "PUBLIC_URL": "https://focalpoint.gov.ee",
        "ALLOWED_HOSTS": "focalpoint.gov.ee",
        "SECRET_KEY_FILE": str(secrets / "secret_key"),
        "OFFICE_KEY_RING_FILE": str(secrets / "office_key_ring"),
        "DATABASE_URL_FILE": str(secrets / "database_url"),
        "DATABASE_OWNER_URL_FILE": str(secrets / "database_owner_url"),
        "DATABASE_DISCLOSED_URL_FILE": str(secrets / "database_disclosed_url"),
        "KEYS_DATABASE_URL_FILE": str(secrets / "keys_database_url"),
        "REDIS_URL": "redis://redis:6379/0",
        "EMAIL_URL": "smtp://relay:587",
        "DEFAULT_FROM_EMAIL": "Focal Point <noreply@focalpoint.gov.ee>",
    }


def check(environment: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    """Run `manage.py check --deploy`; a warning fails it, and no warning is silenced."""
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING", *options]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        result = check(production_environment(Path(folder) / "secrets"))
    sys.stdout.write(result.stdout + result.stderr)
    sys.exit(result.returncode)
