"""Where the portal's secrets come from: the environment, a file named by it, or, in demo mode only, the data folder.

Production never invents a secret. Demo secrets are made per data folder and marked, so that a production start can refuse them.
"""

import base64
import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

DEMO_MARK = "demo-"
KEY_BYTES = 32


def find(name: str) -> str:
    """Return $name, or what the file $name_FILE holds, or nothing; an address with a password in it belongs in such a file.

    Raises ImproperlyConfigured if there is such a file and it can't be read.
    """
    if value := os.environ.get(name):
        return value.strip()
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE names {path}, which can't be read: {error.strerror}.") from error
    return ""


def secret(name: str, *, demo_folder: Path | None) -> str:
    """Return the secret `name` from $name, from the file $name_FILE, or, where `demo_folder` is given, one made there once.

    Raises ImproperlyConfigured with one sentence that says how to mend it.
    """
    if value := find(name):
        return _refuse_demo(name, value, demo_folder)
    if demo_folder is None:
        raise ImproperlyConfigured(f"{name} is missing: set {name}, or {name}_FILE to the path of a file that holds it.")
    return _made_once(demo_folder / name.lower(), lambda: DEMO_MARK + secrets.token_urlsafe(48))


@dataclass(frozen=True)
class KeyRing:
    """`keys` wrap the case keys: the first seals, all open. Of the `signing_keys` the first signs proofs, all verify them.

    `server_key` is mixed into what is stored of receipts and second factors.
    """

    keys: dict[str, bytes]
    signing_keys: dict[str, bytes]
    server_key: bytes


def key_ring(name: str, *, demo_folder: Path | None) -> KeyRing:
    """Return the office's key ring.

    The source is JSON, found as `secret` finds its value: {"server_key": KEY, "keys": [{"id": "2026a", "key": KEY}],
    "signing_keys": [{"id": "2026a", "key": KEY}]}, where KEY is the base64 of 32 random bytes.
    Raises ImproperlyConfigured with one sentence that says how to mend it.
    """
    if demo_folder is not None and not (os.environ.get(name) or os.environ.get(f"{name}_FILE")):
        text = _complete(demo_folder / f"{name.lower()}.json")
    else:
        text = secret(name, demo_folder=demo_folder)
    try:
        content = json.loads(text)
        keys, signing_keys = _entries(content["keys"]), _entries(content.get("signing_keys", []))
        ring = KeyRing(keys, signing_keys, base64.b64decode(content["server_key"], validate=True))
    except (ValueError, KeyError, TypeError) as error:
        raise ImproperlyConfigured(f"{name} is not a key ring; make one with `deploy/new-secrets.sh`.") from error
    if not keys or any(len(key) != KEY_BYTES for key in [*keys.values(), *signing_keys.values(), ring.server_key]):
        raise ImproperlyConfigured(f"{name} must hold a server key and at least one key, each 32 bytes in base64.")
    if not signing_keys:
        raise ImproperlyConfigured(f"{name} has no signing key: add one under `signing_keys`, as docs/install.md says.")
    if demo_folder is None and any(key_id.startswith(DEMO_MARK) for key_id in [*keys, *signing_keys]):
        raise ImproperlyConfigured(f"{name} holds a demo key; make a ring of your own with `deploy/new-secrets.sh`.")
    return ring


def new_key_ring(key_id: str) -> str:
    """Return a key ring of fresh keys, one of each kind, as the JSON text that `key_ring` reads."""
    ring = {"server_key": _new_key(), "keys": [{"id": key_id, "key": _new_key()}]}
    return json.dumps(ring | {"signing_keys": [{"id": key_id, "key": _new_key()}]})


def _new_key() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def _entries(entries: list[dict[str, str]]) -> dict[str, bytes]:
    return {entry["id"]: base64.b64decode(entry["key"], validate=True) for entry in entries}


def _complete(path: Path) -> str:
    """The demo's own ring, made once; one from before there were signing keys gets one."""
    content = json.loads(_made_once(path, lambda: new_key_ring(DEMO_MARK + "1")))
    if "signing_keys" not in content:
        content["signing_keys"] = [{"id": DEMO_MARK + "1", "key": _new_key()}]
        path.write_text(json.dumps(content), encoding="utf-8")
    return json.dumps(content)


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
