"""One reading of one account in a process of its own, to be killed: ``python -m tests.faults.read_mail ACCOUNT``.

Every mail it takes becomes a group named by its subject, so that a test can count what was delivered.
"""

import sys

import django
from django.conf import settings

django.setup()
settings.CONNECTOR_ALLOWED_NETWORKS = ["127.0.0.0/8"]

from django.contrib.auth.models import Group  # noqa: E402 - after setup

from salesops.connectors.mail.reading import read_account  # noqa: E402
from salesops.connectors.mail.sending import send_now  # noqa: E402
from salesops.connectors.models import MailAccount  # noqa: E402


def take(mail, raw):
    """Twice the same subject would break the unique name; the count would tell too."""
    Group.objects.create(name=mail.subject)


if __name__ == "__main__":
    deed, number = sys.argv[1], int(sys.argv[2])
    if deed == "read":
        report = read_account(MailAccount.objects.get(pk=number), take)
        sys.exit(1 if report.error or report.refused else 0)
    send_now(number)
