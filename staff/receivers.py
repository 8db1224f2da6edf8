"""What people are told when the foundation has finished something for them."""

from typing import Any

from django.dispatch import receiver
from django.urls import reverse
from django.utils.translation import gettext_noop

from salesops.jobs.models import Job
from salesops.jobs.signals import job_ended
from staff.actions.notices import notify
from staff.models import User

WORDS = {
    Job.State.DONE: gettext_noop("%(title)s: done"),
    Job.State.FAILED: gettext_noop("%(title)s: failed, see why"),
}
QUIET_SECONDS = 3
"""Work that ends while its owner still looks at it needs no notice."""


@receiver(job_ended)
def tell_owner(sender: Any, job_id: int, **_rest: Any) -> None:
    """Leave a notice for whoever asked for the work, unless it was over at once or they ended it themselves."""
    job = Job.objects.filter(pk=job_id).first()
    if job is None or job.owner_id is None or job.state not in WORDS or job.ended_at is None:
        return
    took = (job.ended_at - job.created_at).total_seconds()
    if job.state == Job.State.DONE and took < QUIET_SECONDS:
        return
    owner = User.objects.get(pk=job.owner_id)
    url = job.result_url or reverse("jobs:detail", args=[job.pk])
    notify(user=owner, text_key=WORDS[Job.State(job.state)], values={"title": job.label}, url=url)
