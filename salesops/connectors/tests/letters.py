"""Mails as customers send them, made for the tests."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from uuid import uuid4


def letter(subject: str = "订单 2026-11", text: str = "请发货 40 箱。", **headers: str) -> bytes:
    """A plain mail of a customer."""
    mail = EmailMessage()
    fields = {
        "From": "王芳 <wang@customer.example>",
        "To": "orders@example.cn",
        "Date": "Mon, 23 Nov 2026 10:00:00 +0800",
        "Message-ID": f"<{uuid4().hex}@customer.example>",
        "Subject": subject,
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    for name, value in fields.items():
        mail[name] = value
    mail.set_content(text)
    return mail.as_bytes(policy=SMTP)


def crlf(text: str | bytes) -> bytes:
    """Lines as they travel."""
    octets = text.encode() if isinstance(text, str) else text
    return octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
