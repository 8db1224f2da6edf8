"""The mailed link that lets a person set a new password."""

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _
from django.utils.translation import override

from salesops.audit.deeds import Deed
from salesops.audit.trail import record
from salesops.jobs.engine import enqueue
from salesops.jobs.models import Job
from staff.models import User
from staff.queries import people_to_reset


def ask_for_reset(*, email: str, site: str, address: str | None = None) -> Job:
    """Let a worker mail a link; known or unknown address, the same row is written and the same time goes by.

    ``site`` is where the product answers, with its closing slash.
    """
    return enqueue("staff.reset_mail", arguments={"email": email, "site": site, "address": address}, owner=None)


def mail_reset_links(*, email: str, site: str, address: str | None = None) -> int:
    """Send a link to everyone active who signs in with this mail address; returns to how many."""
    people = people_to_reset(email)
    for person in people:
        send_reset_mail(person=person, site=site)
        record(by=None, deed=Deed.PASSWORD_RESET_ASKED, about=person.username, address=address)
    return len(people)


def reset_path(person: User) -> str:
    """The one-time address; dead after use, after another sign-in, after PASSWORD_RESET_TIMEOUT."""
    return reverse(
        "staff:password_reset_set",
        kwargs={
            "person": urlsafe_base64_encode(force_bytes(person.pk)),
            "token": default_token_generator.make_token(person),
        },
    )


def send_reset_mail(*, person: User, site: str) -> None:
    """Write to the person in their own language."""
    with override(person.language or None):
        context = {
            "person": person,
            "product": settings.PRODUCT_NAME,
            "link": site.rstrip("/") + reset_path(person),
            "hours": settings.PASSWORD_RESET_TIMEOUT // 3600,
        }
        EmailMessage(
            subject=_("Set a new password"),
            body=render_to_string("registration/password_reset_mail.txt", context),
            to=[person.email],
        ).send()
