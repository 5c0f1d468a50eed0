"""What the portal asks of django-allauth: sign-up by invitation only, no client addresses, second factors sealed at rest."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from nacl.secret import SecretBox

from organisations import services

INVITATION_KEY = "invitation"


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Only somebody who has opened an invitation may make an account."""
        token = request.session.get(INVITATION_KEY, "")
        return services.find_invitation(token=token, now=timezone.now()) is not None

    def get_client_ip(self, request: HttpRequest) -> str:  # noqa: ARG002
        """Nobody's address: the portal keeps none, so that none can be taken from it. Limits count per account instead."""
        return "0.0.0.0"  # noqa: S104  not a binding


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:  # noqa: ARG002
        return AccountAdapter(request).is_open_for_signup(request)


class MFAAdapter(DefaultMFAAdapter):
    """Keeps TOTP secrets and recovery codes sealed, so that a stolen database is no second factor."""

    def encrypt(self, text: str) -> str:
        return urlsafe_b64encode(_box().encrypt(text.encode())).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _box().decrypt(urlsafe_b64decode(encrypted_text)).decode()


def _box() -> SecretBox:
    return SecretBox(blake2b(b"", digest_size=SecretBox.KEY_SIZE, key=settings.SERVER_KEY, person=b"second factor").digest())
