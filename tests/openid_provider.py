"""An OpenID provider on this machine, as strict as the standard asks, and as wrong as a test tells it to be.

It speaks the code flow of OpenID Connect Core 1.0: discovery, authorization, token, keys and user info, over a socket.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID = "portal"
CLIENT_SECRET = "of the portal & the eID+%3D"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
Answer = tuple[int, str, str]  # status, content type, body


def as_json(content: Any, status: int = 200) -> Answer:
    return status, "application/json", json.dumps(content)


@dataclass
class Provider:
    address: str
    person: dict[str, Any] = field(default_factory=lambda: {"sub": "EE38001085718"})  # who sits before the browser
    in_the_token: dict[str, Any] = field(default_factory=dict)  # instead of the right claims; None takes one out
    in_the_user_info: dict[str, Any] = field(default_factory=dict)
    in_the_discovery: dict[str, Any] = field(default_factory=dict)
    in_the_keys: dict[str, Any] = field(default_factory=dict)
    signs_with: Any = KEY
    signs_by: str = "RS256"
    cancels: bool = False
    answers: dict[str, Answer] = field(default_factory=dict)  # path → what it answers instead
    asked: list[dict[str, str]] = field(default_factory=list)  # each authorization request
    called: list[str] = field(default_factory=list)  # each path, in order
    refused: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)  # every secret it ever handed out

    def app(self, **settings: Any) -> dict[str, Any]:
        """What the settings say of it."""
        known = {"server_url": self.address, "scope": ["openid", "profile", "email"]} | settings
        return {"provider_id": "eid", "name": "National eID", "client_id": CLIENT_ID, "secret": CLIENT_SECRET, "settings": known}

    def discovery(self) -> Answer:
        return as_json(
            {
                "issuer": self.address,
                "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": f"{self.address}/token",
                "userinfo_endpoint": f"{self.address}/userinfo",
                "jwks_uri": f"{self.address}/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            }
            | self.in_the_discovery
        )

    def authorize(self, query: dict[str, str]) -> str:
        """The address to which the browser is sent back."""
        self.asked.append(query)
        wanted = {"client_id": CLIENT_ID, "response_type": "code", "code_challenge_method": "S256"}
        assert {name: query.get(name) for name in wanted} == wanted
        assert "openid" in query["scope"].split()
        assert urlsplit(query["redirect_uri"]).path == "/account/oidc/eid/login/callback/"
        assert len(query["nonce"]) >= 32
        assert len(query["code_challenge"]) == 43
        if self.cancels:
            return f"{query['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': query['state']})}"
        code = self._secret()
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str], authorization: str) -> Answer:
        if authorization:
            user, _, password = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
            form |= {"client_id": user, "client_secret": password}
        asked = self.codes.pop(form.get("code", ""), None)
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return self._refuse("invalid_client", 401)
        if asked is None or form.get("grant_type") != "authorization_code" or form.get("redirect_uri") != asked["redirect_uri"]:
            return self._refuse("invalid_grant")
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).decode().rstrip("=") != asked["code_challenge"]:
            return self._refuse("invalid_grant")
        access, refresh, id_token = self._secret(), self._secret(), self._id_token(asked)
        self.tokens.append(id_token)
        tokens = {"access_token": access, "refresh_token": refresh, "id_token": id_token}
        return as_json(tokens | {"token_type": "Bearer", "expires_in": 60})

    def _id_token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims = {"iss": self.address, "aud": CLIENT_ID, "sub": self.person["sub"], "nonce": asked["nonce"]}
        claims |= {"iat": now, "exp": now + 300} | self.in_the_token
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(claims, self.signs_with, algorithm=self.signs_by, headers={"kid": "1"})

    def keys(self) -> Answer:
        key = jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
        return as_json({"keys": [key | {"kid": "1", "use": "sig", "alg": "RS256"}]} | self.in_the_keys)

    def user_info(self, authorization: str) -> Answer:
        if authorization.removeprefix("Bearer ") not in self.tokens:
            return self._refuse("invalid_token", 401)
        return as_json(self.person | self.in_the_user_info)

    def _refuse(self, error: str, status: int = 400) -> Answer:
        self.refused.append(error)
        return as_json({"error": error}, status)

    def _secret(self) -> str:
        self.tokens.append(secrets.token_urlsafe(24))
        return self.tokens[-1]


class _Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path == "/authorize" and address.path not in self.provider.answers:
            self.provider.called.append(address.path)
            self.send_response(302)
            self.send_header("Location", self.provider.authorize(dict(parse_qsl(address.query))))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self._answer(address.path, "")

    def do_POST(self) -> None:
        self._answer(self.path, self.rfile.read(int(self.headers["Content-Length"])).decode())

    def _answer(self, path: str, body: str) -> None:
        self.provider.called.append(path)
        known = {
            "/.well-known/openid-configuration": self.provider.discovery,
            "/token": lambda: self.provider.token(dict(parse_qsl(body)), self.headers.get("Authorization", "")),
            "/keys": self.provider.keys,
            "/userinfo": lambda: self.provider.user_info(self.headers.get("Authorization", "")),
        }
        missing: Answer = (404, "text/plain", "")
        status, kind, text = self.provider.answers.get(path) or known.get(path, lambda: missing)()
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_args: object) -> None:
        """Nothing: the test reads `called` and `refused`."""


@contextmanager
def openid_provider() -> Iterator[Provider]:
    handler = type("Handler", (_Handler,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        provider = handler.provider = Provider(f"http://localhost:{server.server_port}")
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield provider
        finally:
            server.shutdown()
