"""Where the portal's secrets come from: the environment, a file named by it, or, in demo mode only, the data folder.

Production never invents a secret. Demo secrets are made per data folder and marked, so that a production start can refuse them.
"""

import base64
import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

DEMO_MARK = "demo-"


def secret(name: str, *, demo_folder: Path | None) -> str:
    """Return the secret `name` from $name, from the file $name_FILE, or, where `demo_folder` is given, one made there once.

    Raises ImproperlyConfigured with one sentence that says how to mend it.
    """
    if value := os.environ.get(name):
        return _refuse_demo(name, value.strip(), demo_folder)
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return _refuse_demo(name, Path(path).read_text(encoding="utf-8").strip(), demo_folder)
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE names {path}, which can't be read: {error.strerror}.") from error
    if demo_folder is None:
        raise ImproperlyConfigured(f"{name} is missing: set {name}, or {name}_FILE to the path of a file that holds it.")
    return _made_once(demo_folder / name.lower(), lambda: DEMO_MARK + secrets.token_urlsafe(48))


def key_ring(name: str, *, demo_folder: Path | None) -> dict[str, bytes]:
    """Return the office's key ring, {key id: 32 bytes}; the first key seals, all of them open.

    The source is a JSON object {"keys": [{"id": "2026a", "key": "<base64 of 32 bytes>"}]} found as `secret` finds its value.
    """
    if demo_folder is not None and not (os.environ.get(name) or os.environ.get(f"{name}_FILE")):
        text = _made_once(demo_folder / f"{name.lower()}.json", lambda: new_key_ring(DEMO_MARK + "1"))
    else:
        text = secret(name, demo_folder=demo_folder)
    try:
        keys = {entry["id"]: base64.b64decode(entry["key"], validate=True) for entry in json.loads(text)["keys"]}
    except (ValueError, KeyError, TypeError) as error:
        raise ImproperlyConfigured(f'{name} is not a key ring: expected {{"keys": [{{"id": …, "key": <base64>}}]}}.') from error
    if not keys or any(len(key) != 32 for key in keys.values()):
        raise ImproperlyConfigured(f"{name} must hold at least one key, and each key must be 32 bytes in base64.")
    if demo_folder is None and any(key_id.startswith(DEMO_MARK) for key_id in keys):
        raise ImproperlyConfigured(f"{name} holds a demo key; make a new ring with `manage.py new_key_ring` and keep it as a secret.")
    return keys


def new_key_ring(key_id: str) -> str:
    """Return a key ring of one fresh key, as the JSON text that `key_ring` reads."""
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    return json.dumps({"keys": [{"id": key_id, "key": key}]})


def _refuse_demo(name: str, value: str, demo_folder: Path | None) -> str:
    if demo_folder is None and value.startswith(DEMO_MARK):
        raise ImproperlyConfigured(f"{name} is a demo secret; a production start needs one of its own.")
    return value


def _made_once(path: Path, make: Callable[[], str]) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            file.write(make())
    except FileExistsError:
        pass
    return path.read_text(encoding="utf-8")
