"""Work about people that a worker does."""

from django.utils.translation import gettext_lazy as _

from salesops.jobs.engine import JobRun, job_kind
from staff.actions.reset_mail import mail_reset_links


@job_kind("staff.reset_mail", title=_("Mail for a new password"), queue="notify", seconds=120)
def send_reset_links(run: JobRun) -> None:
    """Mail a link to everyone with the address; to nobody where nobody has it."""
    sent = mail_reset_links(
        email=run.arguments["email"], site=run.arguments["site"], address=run.arguments.get("address")
    )
    # The typed address stays out of the result: it may be anybody's.
    run.finish({"sent": sent})
