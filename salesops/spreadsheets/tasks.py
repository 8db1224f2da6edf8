"""Long work on imports: read and check, write, take back, sweep. Each is safe to run again from its beginning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from salesops.audit.deeds import Deed
from salesops.audit.trail import record
from salesops.jobs.engine import JobRefused, JobRun, job_kind
from salesops.spreadsheets.faults import SheetRefused, gettext_noop
from salesops.spreadsheets.folders import folder_of, sweep, uploads_of
from salesops.spreadsheets.models import ImportBatch
from salesops.spreadsheets.planning import guess_kind, is_clear, make_plan, remember, remembered_mapping
from salesops.spreadsheets.reading import read_file
from salesops.spreadsheets.tables import IMPORTERS, Importer, Report, Workbook

State = ImportBatch.State
READING_OPTIONS = ("encoding", "delimiter", "header_row", "hidden", "names")
NO_IMPORTER = gettext_noop("Nothing in the program can take sheets of this kind yet.")


def report_for_storage(report: Report) -> dict[str, Any]:
    """The report as the batch keeps it: what machines get, and the details for the pages."""
    return report.for_machines() | {"details": _plain(report.details)}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        return str(value)
    if hasattr(value, "__dataclass_fields__"):
        return _plain(asdict(value))
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def _importer_of(batch: ImportBatch) -> Importer:
    importer = IMPORTERS.get(batch.kind)
    if importer is None:
        raise SheetRefused(NO_IMPORTER)
    return importer


def _refuse(batch: ImportBatch, refusal: SheetRefused, state: str) -> JobRefused:
    """Leave the sentence at the batch too, where its pages show it."""
    report = {**batch.report, "error": {"text": refusal.msgid, "values": _plain(refusal.values)}}
    ImportBatch.objects.filter(pk=batch.pk).exclude(state=State.CANCELLED).update(state=state, report=report)
    return JobRefused(refusal.msgid, _plain(refusal.values))


@job_kind("import.read", title=_("Read a sheet"), queue="import", seconds=1200)
def read_sheet(run: JobRun) -> None:
    """Read the file, find out what it is, and check its rows where nothing has to be asked first."""
    batch = ImportBatch.objects.get(pk=run.arguments["batch"])
    if batch.state != State.READING:
        run.finish(url=reverse("imports:detail", args=[batch.pk]))
        return
    try:
        workbook = _read(batch, run)
        _plan_and_check(batch, workbook, run)
    except SheetRefused as refusal:
        raise _refuse(batch, refusal, State.FAILED) from refusal


def _read(batch: ImportBatch, run: JobRun) -> Workbook:
    folder = folder_of(batch)
    stored = folder / "workbook.json"
    if run.arguments.get("check_only") and stored.exists():
        return Workbook.load(stored)
    uploads = uploads_of(batch)
    names: dict[str, str] = batch.options.get("names") or {}
    path = uploads / next(iter(names)) if len(names) == 1 else uploads
    options = {key: batch.options[key] for key in READING_OPTIONS if key in batch.options}
    workbook = read_file(path, folder, watch=run.progress, options=options, name=next(iter(names.values()), ""))
    workbook.save(stored)
    if batch.options.get("guess_kind"):
        batch.kind = guess_kind(workbook) or batch.kind
        batch.save(update_fields=["kind"])
    return workbook


def _plan_and_check(batch: ImportBatch, workbook: Workbook, run: JobRun) -> None:
    importer = _importer_of(batch)
    checked: Report | None = None
    if run.arguments.get("check_only") or _may_go_on(batch, workbook, importer, run):
        try:
            checked = importer.prepare(workbook, batch=batch, folder=folder_of(batch), watch=run.progress)
        except SheetRefused as refusal:
            batch.report = {"error": {"text": refusal.msgid, "values": _plain(refusal.values)}}
    with transaction.atomic():
        held = ImportBatch.objects.select_for_update().get(pk=batch.pk)
        if held.state != State.READING:
            run.finish(url=reverse("imports:detail", args=[batch.pk]))
            return
        held.report = report_for_storage(checked) if checked else batch.report
        held.state = State.PREVIEW if checked else State.READING
        held.save(update_fields=["report", "state"])
        page = "imports:preview" if checked else "imports:map"
        run.finish(held.report, url=reverse(page, args=[batch.pk]))


def _may_go_on(batch: ImportBatch, workbook: Workbook, importer: Importer, run: JobRun) -> bool:
    """Nothing to ask: then the first page a person sees is the preview. Columns chosen last time count as chosen."""
    if run.arguments.get("stop_at_columns"):
        return False
    if batch.mapping:
        return True
    plan = make_plan(workbook, batch, importer)
    if not is_clear(plan, batch):
        return False
    batch.mapping = remembered_mapping(plan)
    batch.save(update_fields=["mapping"])
    return True


@job_kind("import.write", title=_("Write an import"), queue="import", seconds=1800)
def write_sheet(run: JobRun) -> None:
    """Write the previewed batch in one transaction; records, batch, diary and job end together."""
    batch = ImportBatch.objects.select_related("uploaded_by").get(pk=run.arguments["batch"])
    if batch.state != State.WRITING:
        run.finish(url=reverse("imports:detail", args=[batch.pk]))
        return
    try:
        _importer_of(batch).apply(
            batch=batch, folder=folder_of(batch), watch=run.progress, finish=_finisher(batch, run)
        )
    except SheetRefused as refusal:
        raise _refuse(batch, refusal, State.PREVIEW) from refusal


def _finisher(batch: ImportBatch, run: JobRun) -> Callable[[Report], None]:
    def finish(report: Report) -> None:
        stored = report_for_storage(report)
        fields = {"state": State.DONE, "applied_at": timezone.now(), "report": stored}
        ImportBatch.objects.filter(pk=batch.pk).update(**fields)
        if batch.mapping:
            remember(batch, Workbook.load(folder_of(batch) / "workbook.json"))
        values = {"import": batch.pk, "kind": batch.kind, **{k: v for k, v in stored.items() if k != "details"}}
        run.heed_stop()
        run.finish(stored, url=reverse("imports:detail", args=[batch.pk]))
        record(by=run.owner, deed=Deed.IMPORTED, about=batch.file_name, values=values)

    return finish


@job_kind("import.undo", title=_("Take an import back"), queue="import", seconds=1200)
def undo_sheet(run: JobRun) -> None:
    """Take the whole batch back in one transaction, or say what stands in the way."""
    batch = ImportBatch.objects.get(pk=run.arguments["batch"])
    url = reverse("imports:detail", args=[batch.pk])
    if batch.state != State.DONE:
        run.finish(url=url)
        return
    try:
        with transaction.atomic():
            _importer_of(batch).undo(batch=batch, by=run.owner)
            fields = {"state": State.UNDONE, "undone_at": timezone.now()}
            ImportBatch.objects.filter(pk=batch.pk).update(**fields)
            run.finish(url=url)
            record(by=run.owner, deed=Deed.IMPORT_UNDONE, about=batch.file_name, values={"import": batch.pk})
    except SheetRefused as refusal:
        raise JobRefused(refusal.msgid, _plain(refusal.values)) from refusal


@job_kind("import.sweep", title=_("Clear old import files"), queue="fast", seconds=300, every=timedelta(days=1))
def sweep_files(run: JobRun) -> None:
    """Remove working files of imports that ended a month ago."""
    run.finish({"removed": sweep()})
