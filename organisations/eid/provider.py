"""What the portal asks of an eID's server and believes of its answers (OpenID Connect Core 1.0, code flow with PKCE).

django-allauth takes an ID token from the token endpoint unchecked, sends no nonce and puts the user info before the token. Here
the signature, issuer, audience, time, nonce and subject of each are checked, and all that is kept of a person is the subject.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import jwt
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest

# Signatures that only the server can make; never one made with the client's secret, and never "none".
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
REQUIRED = ["iss", "sub", "aud", "exp", "iat", "nonce"]
CLOCKS_DIFFER_BY = 60  # seconds
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
PROFILE = ("email", "email_verified", "name", "given_name", "family_name")
LONGEST_SUBJECT = 191  # what the column of django-allauth holds; the standard allows 255


class UnableToBelieve(OAuth2Error):
    """The eID's server said something that the portal does not believe; the message holds nothing of what it said."""


@contextmanager
def _reading(what: str) -> Iterator[None]:
    """An answer that isn't what the standard says it is ends the sign-in with a sentence, not with our own error page."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError, jwt.PyJWTError) as error:
        raise UnableToBelieve(f"{what}: {type(error).__name__}") from error


def nonce_for(code_verifier: str) -> str:
    """The nonce that goes with a PKCE verifier: a digest of a secret of this visit, as section 15.5.2 of the standard has it."""
    return sha256(b"nonce of " + code_verifier.encode()).hexdigest()


class EidClient(OpenIDConnectOAuth2Adapter):
    """The portal's side of one sign-in."""

    expected_nonce = ""

    @property
    def openid_config(self) -> dict[str, Any]:
        if not hasattr(self, "_openid_config"):
            found = self._document(self.get_provider().server_url)
            with _reading("the discovery document"):
                addresses = [found[name] for name in ENDPOINTS]
                addresses += [found["userinfo_endpoint"]] if "userinfo_endpoint" in found else []
                secure = self.get_provider().server_url.startswith("https://")
                if not all(address.startswith("https://" if secure else "http") for address in addresses):
                    raise UnableToBelieve("an endpoint without TLS")
                if not isinstance(found["issuer"], str):
                    raise TypeError("the issuer is no string")
            self._openid_config = found
        return self._openid_config

    def get_access_token_data(
        self, request: HttpRequest, app: SocialApp, client: OAuth2Client, pkce_code_verifier: str | None = None
    ) -> dict[str, Any]:
        with _reading("the answer with the tokens"):
            answer = super().get_access_token_data(request, app, client, pkce_code_verifier=pkce_code_verifier)
            if not isinstance(answer["access_token"], str) or not isinstance(answer["id_token"], str):
                raise TypeError("a token is no string")
            self.expected_nonce = nonce_for(pkce_code_verifier or "")
        return answer  # type: ignore[no-any-return]

    def parse_token(self, data: dict[str, Any]) -> SocialToken:  # noqa: ARG002
        """An empty one: django-allauth would keep the tokens in the session while a second factor is asked for."""
        return SocialToken()

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any) -> SocialLogin:  # noqa: ARG002
        answer = kwargs["response"]
        with _reading("the ID token"):
            genuine = self._claims(answer["id_token"], app)
            claims = {name: genuine[name] for name in ("sub", "acr", *PROFILE) if name in genuine}
        if "email" not in claims and "userinfo_endpoint" in self.openid_config:
            claims |= self._profile(answer["access_token"], claims["sub"])
        if claims.get("email_verified") is not True or not isinstance(claims.get("email"), str):
            claims["email"] = None  # an address that the eID doesn't vouch for is nobody's
        return self.get_provider().sociallogin_from_response(request, claims)

    def _claims(self, id_token: str, app: SocialApp) -> dict[str, Any]:
        """What a genuine ID token of this very sign-in says (section 3.1.3.7)."""
        claims = jwt.decode(
            id_token,
            self._key(jwt.get_unverified_header(id_token).get("kid")),
            algorithms=ALGORITHMS,
            issuer=self.openid_config["issuer"],
            audience=app.client_id,
            leeway=CLOCKS_DIFFER_BY,
            options={"require": REQUIRED},
        )
        if claims["nonce"] != self.expected_nonce:
            raise UnableToBelieve("a token of another sign-in")
        if claims.get("azp", app.client_id) != app.client_id:
            raise UnableToBelieve("a token for another client")
        if not 0 < len(claims["sub"]) <= LONGEST_SUBJECT:
            raise UnableToBelieve("a subject too long to keep")
        return claims

    def _key(self, key_id: str | None) -> jwt.PyJWK:
        """The one key of the server with this id, or its only key where the token names none."""
        keys = jwt.PyJWKSet.from_dict(self._document(self.openid_config["jwks_uri"])).keys
        [key] = [key for key in keys if key_id in (None, key.key_id)]
        return key

    def _profile(self, access_token: str, subject: str) -> dict[str, Any]:
        """Name and address from the user info, which counts only if it is about the same subject (section 5.3.2)."""
        found = self._document(self.openid_config["userinfo_endpoint"], Authorization=f"Bearer {access_token}")
        if found.get("sub") != subject:
            raise UnableToBelieve("the user info is about somebody else")
        return {name: found.get(name) for name in PROFILE}

    def _document(self, address: str, **headers: str) -> dict[str, Any]:
        with get_adapter().get_requests_session() as session:
            response = session.get(address, headers=headers)
            response.raise_for_status()
            document: object = response.json()
        if not isinstance(document, dict):
            raise UnableToBelieve("an answer that is no JSON object")
        return document


class EidProvider(OpenIDConnectProvider):
    oauth2_adapter_class = EidClient
    pkce_enabled_default = True
    package = "organisations.eid"  # where django-allauth finds the addresses

    def get_pkce_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_pkce_params()
        return params | {"nonce": nonce_for(params["code_verifier"])}

    def get_auth_params_from_request(self, request: HttpRequest, action: str) -> dict[str, Any]:  # noqa: ARG002
        """Only ours: django-allauth would let a link to the portal change what it asks of the eID."""
        return self.get_auth_params()  # type: ignore[no-any-return]

    def get_scope_from_request(self, request: HttpRequest) -> list[str]:  # noqa: ARG002
        return self.get_scope()  # type: ignore[no-any-return]

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        """All that is stored of the claims: how strongly the person proved who they are, at the last sign-in."""
        return {"acr": str(data.get("acr", ""))}


provider_classes = [EidProvider]
