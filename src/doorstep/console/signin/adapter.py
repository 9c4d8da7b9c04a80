"""How the team signs in: by invitation only, with a password and, if wanted, a second factor."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest
from django.urls import reverse

from doorstep.kernel import secrets


class StaffAccountAdapter(DefaultAccountAdapter):
    """allauth's rules for a console: nobody signs up by themselves."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse: people come into a team by an owner's invitation."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Go to the person's first store."""
        return reverse("console-home")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send nothing: Doorstep needs no mail server of its own to sign in.

        allauth would notify of a changed password or factor; the same stands in the person's
        account page, and an owner sees who is in the team.
        """


class StaffMfaAdapter(DefaultMFAAdapter):
    """allauth's rules for second factors: what makes the codes is stored like every secret."""

    def encrypt(self, text: str) -> str:
        """Encrypt a seed of codes."""
        return secrets.encrypt(text.encode())

    def decrypt(self, encrypted_text: str) -> str:
        """Undo :meth:`encrypt`."""
        return secrets.decrypt(encrypted_text).decode()
