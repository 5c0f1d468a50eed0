"""A production start refuses, in one sentence, what would make it unsafe."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from portal.keyring import new_key_ring
from tests.deploy_check import ROOT, check, production_environment


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return production_environment(tmp_path / "secrets")


def start(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """What gunicorn does first: import the application."""
    command = [sys.executable, "-c", "import portal.wsgi"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_a_complete_environment_starts_and_says_nothing(environment: dict[str, str]) -> None:
    started = start(environment)
    assert (started.returncode, started.stdout, started.stderr) == (0, "", "")


def test_a_web_process_has_every_view_before_the_first_visitor_comes(environment: dict[str, str]) -> None:
    ready = "import gc, sys, portal.wsgi, portal.gunicorn; portal.gunicorn.post_worker_init(None)"
    code = f"{ready}; print('portal.urls' in sys.modules, gc.get_freeze_count() > 0)"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["True", "True"]


def test_production_is_the_mode_where_none_is_named(environment: dict[str, str]) -> None:
    del environment["PORTAL_MODE"]
    assert last_line(start(environment | {"DEBUG": "1"})).startswith("DEBUG is on in production")


def test_the_deployment_checks_are_clean(environment: dict[str, str]) -> None:
    result = check(environment)
    assert (result.returncode, result.stderr) == (0, ""), result.stderr


def test_an_eid_starts_with_its_example_lines_filled_in_or_left_empty(environment: dict[str, str]) -> None:
    names = re.findall(r"^(OPENID_CONNECT_\w+)=$", (ROOT / "deploy" / "portal.env.example").read_text(), re.MULTILINE)
    empty = dict.fromkeys(names, "")
    assert start(environment | empty).returncode == 0
    filled = {"OPENID_CONNECT_URL": "https://eid.gov.ee", "OPENID_CONNECT_CLIENT_ID": "portal", "OPENID_CONNECT_SECRET": "s"}
    assert filled.keys() - empty.keys() == {"OPENID_CONNECT_SECRET"}
    assert start(environment | empty | filled).returncode == 0


def last_line(process: subprocess.CompletedProcess[str]) -> str:
    assert process.returncode != 0
    kind, _, sentence = process.stderr.strip().splitlines()[-1].partition(": ")
    assert kind == "django.core.exceptions.ImproperlyConfigured"
    return sentence


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ("PUBLIC_URL", "PUBLIC_URL is missing: set it to the portal's own address, such as https://focalpoint.example."),
        ("ALLOWED_HOSTS", "ALLOWED_HOSTS is missing: set it to the host names that the portal answers to."),
        ("SECRET_KEY_FILE", "SECRET_KEY is missing: set SECRET_KEY, or SECRET_KEY_FILE to the path of a file that holds it."),
        (
            "OFFICE_KEY_RING_FILE",
            "OFFICE_KEY_RING is missing: set OFFICE_KEY_RING, or OFFICE_KEY_RING_FILE to the path of a file that holds it.",
        ),
        ("DATABASE_URL_FILE", "DATABASE_URL is missing: set it to postgresql://user:password@host/name."),
        (
            "KEYS_DATABASE_URL_FILE",
            "KEYS_DATABASE_URL is missing: set it to postgresql://user:password@host/name of the key store.",
        ),
        ("REDIS_URL", "REDIS_URL is missing: set it to redis://host:6379/0."),
        ("EMAIL_URL", "EMAIL_URL is missing: set it to smtp+tls://user:password@relay:587."),
        ("DEFAULT_FROM_EMAIL", "DEFAULT_FROM_EMAIL is missing: set it to the sender of the portal's mail."),
    ],
)
def test_a_missing_variable_is_named(environment: dict[str, str], missing: str, sentence: str) -> None:
    del environment[missing]
    assert last_line(start(environment)) == sentence


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"PORTAL_MODE": "prod"}, "PORTAL_MODE is 'prod'; it must be production or demo."),
        ({"DEBUG": "1"}, "DEBUG is on in production; unset it, because its error pages show secrets."),
        ({"SECRET_KEY": "demo-x"}, "SECRET_KEY is a demo secret; a production start needs one of its own."),
        (
            {"OFFICE_KEY_RING": new_key_ring("demo-1")},
            "OFFICE_KEY_RING holds a demo key; make a ring of your own with `deploy/new-secrets.sh`.",
        ),
        (
            {"OPENID_CONNECT_URL": "http://eid.gov.ee"},
            "OPENID_CONNECT_URL is not https: anybody on the way could say who signs in.",
        ),
        ({"OFFICE_KEY_RING": "abc"}, "OFFICE_KEY_RING is not a key ring; make one with `deploy/new-secrets.sh`."),
        (
            {"OFFICE_KEY_RING": '{"server_key": "YQ==", "keys": []}'},
            "OFFICE_KEY_RING must hold a server key and at least one key, each 32 bytes in base64.",
        ),
        (
            {"OFFICE_KEY_RING": json.dumps({**json.loads(new_key_ring("1")), "signing_keys": []})},
            "OFFICE_KEY_RING has no signing key: add one under `signing_keys`, as docs/install.md says.",
        ),
        (
            {"SECRET_KEY_FILE": "/nowhere/secret"},
            "SECRET_KEY_FILE names /nowhere/secret, which can't be read: No such file or directory.",
        ),
        (
            {"DATABASE_URL_FILE": "/nowhere/address"},
            "DATABASE_URL_FILE names /nowhere/address, which can't be read: No such file or directory.",
        ),
    ],
)
def test_an_unsafe_start_is_refused(environment: dict[str, str], change: dict[str, str], sentence: str) -> None:
    assert last_line(start(environment | change)) == sentence


def test_new_secrets_are_made_once_and_open_to_their_owner_only(environment: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    before = {file.name: file.read_text() for file in folder.iterdir()}
    production_environment(folder)
    assert {file.name: file.read_text() for file in folder.iterdir()} == before
    assert folder.stat().st_mode & 0o777 == 0o700
    assert len({content for content in before.values() if content}) == sum(map(bool, before.values()))
    ring = json.loads(before["office_key_ring"])
    assert (len(ring["keys"]), len(ring["signing_keys"])) == (1, 1)


def test_static_files_are_collected_without_any_service_or_secret(tmp_path: Path) -> None:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {"PATH": path, "PYTHONPATH": str(ROOT), "PORTAL_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "portal.settings"}
    subprocess.run(["sh", "deploy/collectstatic.sh"], cwd=ROOT, env=environment, check=True, capture_output=True)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["static"]
