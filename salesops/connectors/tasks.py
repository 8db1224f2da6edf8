"""Mail in the background: ids in, the functions called."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from salesops.connectors.mail.reading import due_accounts, read_account
from salesops.connectors.mail.sending import send_forgotten, send_now
from salesops.connectors.models import MailAccount
from salesops.jobs.engine import JobRun, job_kind
from salesops.jobs.models import Job

READING = gettext_noop("Reading mails")
KEPT = timedelta(days=1)


@job_kind("mail.read", title=_("Read mail"), queue="notify", seconds=1500, every=timedelta(minutes=2))
def read(run: JobRun) -> None:
    """One account when its id is given, else every account that is due."""
    send_forgotten()
    wanted = run.arguments.get("account")
    accounts = MailAccount.objects.filter(pk=wanted) if wanted else due_accounts()
    reports = []
    for account in accounts:
        reports.append(read_account(account, watch=lambda done, total: run.progress(done, total, READING)))
    # Hundreds a day, of which nobody reads one that went well.
    old = Job.objects.filter(kind="mail.read", state=Job.State.DONE, slot__isnull=False)
    old.filter(ended_at__lt=timezone.now() - KEPT).delete()
    run.finish({"accounts": [report.as_values() for report in reports]})


@job_kind("mail.send", title=_("Send mail"), queue="notify", seconds=300)
def send(run: JobRun) -> None:
    """One try for one mail."""
    send_now(run.arguments["mail"])
