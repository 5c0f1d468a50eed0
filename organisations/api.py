"""How a person's own program signs in: `Authorization: Bearer <token>`, within the token's scopes and its owner's rights."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from redis.exceptions import RedisError
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from organisations import services
from organisations.models import ApiToken, Scope, User

LONGEST = 100


class TokenAuthentication(BaseAuthentication):
    """Every wrong, expired or revoked token gets the same answer, and so does one whose owner has left."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _, secret = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        token = services.use_token(secret.decode("latin-1")[:LONGEST].strip(), today=timezone.localdate())
        if token is None:
            raise AuthenticationFailed("This token opens nothing: it is mistyped, over or revoked.")
        return token.owner, token

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        return "Bearer"


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """What the schema says of the token's header."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:  # noqa: ARG002  the library's signature
        scopes = "\n".join(f"* `{scope.value}`: {scope.label}" for scope in Scope)
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token that a person makes under “Tokens for your programs” of the account. It may do what its owner "
            "may at that moment, within its scopes. Officials' tokens have some of the first ones; the last one, which is for who "
            f"acts for a firm, an institute or an association, stands alone:\n\n{scopes}",
        }


class HasScope(BasePermission):
    """Whether the call's token has the scope that the view's `scope_of` names for its action."""

    message = "The token lacks the scope of this call."

    def has_permission(self, request: Request, view: APIView) -> bool:
        needed: dict[str, Scope] = getattr(view, "scope_of", {})
        token = request.auth
        return isinstance(token, ApiToken) and needed.get(getattr(view, "action", "")) in token.scopes


class HasScopeIfToken(HasScope):
    """For calls that strangers make too: whoever comes with a token comes within its scopes."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return not isinstance(request.auth, ApiToken) or super().has_permission(request, view)


class TokenThrottle(SimpleRateThrottle):
    """So many calls a minute for each token. Without Redis nobody is counted: owners are known, and are not locked out."""

    scope = "token"

    def get_cache_key(self, request: Request, view: APIView) -> str | None:  # noqa: ARG002  the library's signature
        return f"token-calls-{request.auth.pk}" if isinstance(request.auth, ApiToken) else None

    def allow_request(self, request: Request, view: APIView) -> bool:
        try:
            return super().allow_request(request, view)
        except RedisError:
            return True
