"""What the portal asks of django-allauth: sign-up by invitation only, no client addresses, second factors sealed at rest."""

from __future__ import annotations

import logging
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from nacl.secret import SecretBox

from organisations import services
from organisations.eid.provider import EidProvider, UnableToBelieve
from organisations.models import User

INVITATION_KEY = "invitation"
logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Only somebody who has opened an invitation may make an account."""
        token = request.session.get(INVITATION_KEY, "")
        return services.find_invitation(token=token, now=timezone.now()) is not None

    def get_client_ip(self, request: HttpRequest) -> str:  # noqa: ARG002
        """Nobody's address: the portal keeps none, so that none can be taken from it. Limits count per account instead."""
        return "0.0.0.0"  # noqa: S104  not a binding

    def post_login(self, request: HttpRequest, user: User, **how: Any) -> HttpResponse:
        """A sign-in with an eID counts as the second factor where the environment says that its kind is strong enough."""
        sociallogin = (how["signal_kwargs"] or {}).get("sociallogin")
        if sociallogin and sociallogin.account.extra_data.get("acr") in settings.OPENID_CONNECT_STRONG_ACR:
            record_authentication(request, user, "mfa", type="eid")
        response: HttpResponse = super().post_login(request, user, **how)
        return response


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Whose account an eID opens: that of the person who connected it, else that of the address which both sides have verified."""

    def authenticate_by_email(self, sociallogin: SocialLogin) -> tuple[User, str] | None:
        """The account of an address that the eID vouches for; never one that has an eID already, because addresses change hands."""
        emails = _verified(sociallogin)
        connected = SocialAccount.objects.filter(provider=sociallogin.account.provider).values("user")
        found = (
            EmailAddress.objects.filter(email__in=emails, verified=True).exclude(user__in=connected).select_related("user").first()
        )
        return (found.user, found.email) if found else None

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Whether the eID vouches for the invited address; everybody else gets one and the same page, whatever the portal knows."""
        invitation = services.find_invitation(token=request.session.get(INVITATION_KEY, ""), now=timezone.now())
        if invitation is None or {invitation.email} != _verified(sociallogin) or _is_taken(invitation.email):
            raise ImmediateHttpResponse(
                render(request, "socialaccount/unknown.html", {"provider": sociallogin.provider}, status=403)
            )
        return True

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        user: User = super().populate_user(request, sociallogin, data)
        parts = [data.get("name")] if data.get("name") else [data.get("first_name"), data.get("last_name")]
        user.name = " ".join(part for part in parts if isinstance(part, str))[: User._meta.get_field("name").max_length]  # noqa: SLF001  Django's documented name
        return user

    def on_authentication_error(
        self,
        request: HttpRequest,  # noqa: ARG002
        provider: EidProvider,  # noqa: ARG002
        error: str | None = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> None:
        """Tells the administrator what went wrong; other exceptions may carry what the server said, so only their kind is told."""
        reason = str(exception) if isinstance(exception, UnableToBelieve) else type(exception).__name__ if exception else error
        logger.warning("sign-in with the eID failed: %s", reason)


def _verified(sociallogin: SocialLogin) -> set[str]:
    return {address.email.lower() for address in sociallogin.email_addresses if address.verified}


def _is_taken(email: str) -> bool:
    return User.objects.filter(email__iexact=email).exists() or EmailAddress.objects.filter(email__iexact=email).exists()


def has_second_factor(request: HttpRequest) -> bool:
    """Whether this session was signed in with a code, a passkey or a recovery code."""
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, request.user))


def way_to_second_factor(request: HttpRequest, *, back: str) -> str:
    """The address where the person confirms a second factor and comes back, or gets one first."""
    if is_mfa_enabled(request.user, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]):
        return f"{reverse('mfa_reauthenticate')}?{urlencode({'next': back})}"
    return reverse("mfa_activate_totp")


class MFAAdapter(DefaultMFAAdapter):
    """Keeps TOTP secrets and recovery codes sealed, so that a stolen database is no second factor."""

    def encrypt(self, text: str) -> str:
        return urlsafe_b64encode(_box().encrypt(text.encode())).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _box().decrypt(urlsafe_b64decode(encrypted_text)).decode()


def _box() -> SecretBox:
    return SecretBox(blake2b(b"", digest_size=SecretBox.KEY_SIZE, key=settings.SERVER_KEY, person=b"second factor").digest())
