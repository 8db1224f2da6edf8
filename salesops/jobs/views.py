"""The owner's pages of long work: the list, one job while it runs and after, its file, the wish to stop."""

from pathlib import PurePosixPath

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from salesops.jobs.engine import ask_to_stop
from salesops.jobs.models import Job
from salesops.jobs.reading import sight_of
from salesops.web.access import PersonRequest
from salesops.web.toasts import toast

ROWS = 50


@require_safe
def job_list(request: PersonRequest) -> HttpResponse:
    """What I asked for, newest first."""
    before = request.GET.get("before", "")
    jobs = Job.objects.filter(owner=request.user).select_related("owner")
    if before.isascii() and before.isdigit() and len(before) < 19:
        jobs = jobs.filter(pk__lt=int(before))
    rows = list(jobs[: ROWS + 1])
    older = f"?before={rows[ROWS - 1].pk}" if len(rows) > ROWS else None
    sights = [sight_of(job) for job in rows[:ROWS]]
    newest = request.path if before else None
    return render(request, "jobs/list.html", {"sights": sights, "older_url": older, "newest_url": newest})


@require_safe
@never_cache
def job_detail(request: PersonRequest, pk: int) -> HttpResponse:
    """One job: progress while it runs, result or reason after."""
    job = get_object_or_404(Job.objects.visible_to(request.user).select_related("owner"), pk=pk)
    return render(request, "jobs/detail.html", {"sight": sight_of(job)})


@require_safe
@never_cache
def job_progress(request: PersonRequest, pk: int) -> HttpResponse:
    """The progress alone, asked for each second; loads the whole page again once the job is over."""
    job = get_object_or_404(Job.objects.visible_to(request.user).select_related("owner"), pk=pk)
    answer = render(request, "jobs/_progress.html", {"sight": sight_of(job)})
    if job.state not in {Job.State.QUEUED, Job.State.RUNNING}:
        answer["HX-Refresh"] = "true"
    return answer


@require_POST
def job_cancel(request: PersonRequest, pk: int) -> HttpResponse:
    """Stop: a waiting job at once, a running one within a second or two, with all it changed taken back."""
    job = get_object_or_404(Job.objects.visible_to(request.user), pk=pk)
    if job.state in {Job.State.QUEUED, Job.State.RUNNING}:
        ask_to_stop(job)
        toast(request, _("It will stop and take back what it wrote."))
    else:
        toast(request, _("It was over already."), tone="note")
    return redirect("jobs:detail", pk)


@require_safe
@never_cache
def job_file(request: PersonRequest, pk: int) -> FileResponse:
    """The file a job made, to save; never shown inside the browser."""
    job = get_object_or_404(Job.objects.visible_to(request.user), pk=pk)
    stored = job.result_file.name
    if not stored or not default_storage.exists(stored):
        raise Http404
    return FileResponse(default_storage.open(stored), as_attachment=True, filename=PurePosixPath(stored).name)
