"""One import from its progress to its result, and the list of all."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from salesops.jobs.reading import sight_of
from salesops.spreadsheets import actions
from salesops.spreadsheets.faults import SheetRefused
from salesops.spreadsheets.folders import folder_of
from salesops.spreadsheets.models import ImportBatch
from salesops.spreadsheets.queries import batches_visible_to
from salesops.spreadsheets.refused_rows import said, write_refused
from salesops.spreadsheets.sight import BatchSight, refused_count, state_words, tone_of
from salesops.spreadsheets.steps import STEPS
from salesops.spreadsheets.tables import IMPORTERS
from salesops.web.access import PersonRequest, may_any, require
from salesops.web.toasts import toast

State = ImportBatch.State
ROWS = 50


def _batch(request: PersonRequest, pk: int) -> ImportBatch:
    return actions.settle(get_object_or_404(batches_visible_to(request.user), pk=pk))


@require("import_sheets")
@require_safe
def batch_list(request: PersonRequest) -> HttpResponse:
    """Every import one may see, newest first."""
    batches = batches_visible_to(request.user)
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        batches = batches.filter(pk__lt=int(before))
    rows = list(batches.defer("options", "mapping")[: ROWS + 1])
    context = {
        "rows": [(batch, state_words(batch), *tone_of(batch), refused_count(batch)) for batch in rows[:ROWS]],
        "older_url": f"?before={rows[ROWS - 1].pk}" if len(rows) > ROWS else None,
        "newest_url": request.path if before else None,
        "nothing_to_import": not IMPORTERS,
    }
    return render(request, "imports/list.html", context)


@require("import_sheets")
@require_safe
@never_cache
def batch_detail(request: PersonRequest, pk: int) -> HttpResponse:
    """Progress while work runs; then the step that waits for the person, or the result."""
    batch = _batch(request, pk)
    if batch.job is not None and batch.job.state in actions.UNFINISHED and batch.state != State.CANCELLED:
        step = 4 if batch.state == State.WRITING else 2 if batch.state == State.READING else 5
        context = {"batch": batch, "sight": sight_of(batch.job), "steps": STEPS, "step": step}
        return render(request, "imports/running.html", context)
    if batch.state == State.READING:
        return redirect("imports:map", batch.pk)
    if batch.state == State.PREVIEW:
        return redirect("imports:preview", batch.pk)
    context = {
        "batch": batch,
        "steps": STEPS,
        "sight": BatchSight(batch),
        "may_undo": may_any(request.user, "undo_import") and batch.state == State.DONE,
        "has_refused": refused_count(batch) and (folder_of(batch) / "problems.jsonl").exists(),
    }
    return render(request, "imports/detail.html", context)


@require("import_sheets")
@require_safe
@never_cache
def preview(request: PersonRequest, pk: int) -> HttpResponse:
    """What writing would do; nothing is written yet."""
    batch = _batch(request, pk)
    if batch.state != State.PREVIEW or (batch.job and batch.job.state in actions.UNFINISHED):
        return redirect("imports:detail", pk)
    return render(request, "imports/preview.html", {"batch": batch, "sight": BatchSight(batch), "steps": STEPS})


@require("import_sheets")
@require_POST
def write(request: PersonRequest, pk: int) -> HttpResponse:
    """Write what the preview showed."""
    return _do(request, pk, lambda batch: actions.write_batch(batch=batch, by=request.user))


@require("import_sheets")
@require_POST
def numbers(request: PersonRequest, pk: int) -> HttpResponse:
    """Choose which order numbers that stand for several orders are left out; the counts follow."""
    batch = _batch(request, pk)
    shared = BatchSight(batch).shared.get("numbers") or []
    chosen = {"all": shared, "none": []}.get(request.POST.get("every", ""), request.POST.getlist("out"))
    return _do(request, pk, lambda held: actions.leave_out_numbers(batch=held, numbers=chosen, by=request.user))


@require("import_sheets")
@require_POST
def cancel(request: PersonRequest, pk: int) -> HttpResponse:
    """Stop before or while writing."""
    return _do(request, pk, lambda batch: actions.stop_batch(batch=batch), _("Stopped. Nothing of it is kept."))


@require("undo_import")
@require_POST
def undo(request: PersonRequest, pk: int) -> HttpResponse:
    """Take a written batch back as a whole."""
    return _do(request, pk, lambda batch: actions.ask_undo(batch=batch, by=request.user))


def _do(request: PersonRequest, pk: int, deed: Callable[[ImportBatch], object], done: str = "") -> HttpResponse:
    batch = _batch(request, pk)
    try:
        deed(batch)
    except SheetRefused as refusal:
        toast(request, said(refusal.msgid, refusal.values), tone="bad")
    else:
        if done:
            toast(request, done)
    return redirect("imports:detail", pk)


@require("import_sheets")
@require_safe
@never_cache
def refused(request: PersonRequest, pk: int) -> FileResponse:
    """The refused rows as a workbook with the reason beside each, to mend and upload again."""
    batch = _batch(request, pk)
    folder = folder_of(batch)
    if not (folder / "problems.jsonl").exists() or not (folder / "workbook.json").exists():
        raise Http404
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "refused.xlsx"
        write_refused(batch, path)
        content = path.open("rb")  # stays readable after its folder is gone
    stem = Path(batch.file_name).stem[:80]
    return FileResponse(content, as_attachment=True, filename=_("%(name)s - refused rows.xlsx") % {"name": stem})
