"""How a person's own program signs in: `Authorization: Bearer <token>`, within the token's scopes and its owner's rights."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiResponse
from redis.exceptions import RedisError
from rest_framework import serializers
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
        scheme, _, said = get_authorization_header(request).partition(b" ")
        secret = self.secret_in(scheme.lower(), said.strip())
        if secret is None:
            return None
        token = services.use_token(secret.decode("latin-1")[:LONGEST].strip(), today=timezone.localdate())
        if token is None:
            raise AuthenticationFailed("This token opens nothing: it is mistyped, over or revoked.")
        return token.owner, token

    def secret_in(self, scheme: bytes, said: bytes) -> bytes | None:
        """The token's secret in the header; None where the header is about something else."""
        return said if scheme == b"bearer" else None

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
            "may at that moment, within its scopes. Officials' tokens have some of the first ones. A token that reads "
            "advisories is for who acts for a firm, an institute or an association as well. The last four are for others: a token "
            "that asks is for who acts for a firm, an institute or an association; one that keeps an entry or meets others for it, "
            "for who acts for a firm or an institute; one that looks is made under “Tokens for programs that look” "
            f"of the registry, for one audience and the purposes chosen there:\n\n{scopes}",
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


# --- what the calls of every app have in common ---------------------------------------------------------------------------

LONGEST_LIST = 100  # more than any list has; each value beyond would cost a look-up or an error of its own


class StrictSerializer(serializers.Serializer[Any]):
    """A misspelt field is an error, not silence; a list without end is not read."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (long := [name for name, value in data.items() if _is_too_long(value)]):
            raise serializers.ValidationError({name: [f"At most {LONGEST_LIST} values."] for name in long})
        if isinstance(data, dict) and (unknown := sorted(set(data) - set(self.fields))):
            raise serializers.ValidationError(
                {name: ["No such field; the fields are " + ", ".join(self.fields)] for name in unknown}
            )
        return super().to_internal_value(data)


def _is_too_long(value: Any) -> bool:
    return isinstance(value, list) and len(value) > LONGEST_LIST


class EmptySerializer(StrictSerializer):
    """No fields: the address says it all."""


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457"""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = serializers.DictField(  # type: ignore[assignment]
        required=False, child=serializers.ListField(child=serializers.CharField())
    )


def problem(description: str) -> OpenApiResponse:
    return OpenApiResponse(ProblemSerializer, description=description)
