"""Passwords of other servers, kept so that a copy of the database alone does not give them away."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes
from django.utils.translation import gettext_noop

from salesops.connectors.faults import ConnectorFault

UNREADABLE = gettext_noop("The kept password cannot be read: the signing key changed. Enter the password again.")


def _keys() -> MultiFernet:
    """One key from each signing key, the present one first; older ones (SECRET_KEY_FALLBACKS) still open."""
    made = []
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        derived = HKDF(SHA256(), length=32, salt=None, info=b"salesops.connectors.sealing").derive(force_bytes(secret))
        made.append(Fernet(base64.urlsafe_b64encode(derived)))
    return MultiFernet(made)


def seal(text: str) -> str:
    """Encrypted and signed; every call gives another text."""
    return _keys().encrypt(text.encode()).decode("ascii") if text else ""


def unseal(sealed: str) -> str:
    """The text again; ``ConnectorFault`` when it was sealed under another signing key or changed since."""
    if not sealed:
        return ""
    try:
        return _keys().decrypt(sealed.encode("ascii")).decode()
    except (InvalidToken, UnicodeError):
        raise ConnectorFault(UNREADABLE) from None
