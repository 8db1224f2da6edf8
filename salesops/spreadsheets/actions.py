"""The deeds around an import: take files in, choose columns, write, stop, take back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from salesops.audit.deeds import Deed
from salesops.audit.trail import record
from salesops.failpoints import failpoint, register_failpoint
from salesops.jobs.engine import ask_to_stop, enqueue
from salesops.jobs.models import Job
from salesops.locking import lock_rule
from salesops.spreadsheets.faults import SheetRefused, gettext_noop
from salesops.spreadsheets.folders import Upload, print_of, shown_name, store
from salesops.spreadsheets.models import ImportBatch
from salesops.spreadsheets.reading import limits_in_force

State = ImportBatch.State
ENDED_BADLY = (State.FAILED, State.CANCELLED, State.UNDONE)
UNFINISHED = (Job.State.QUEUED, Job.State.RUNNING)

NO_FILE = gettext_noop("Choose a file first.")
TOO_MANY_FILES = gettext_noop("%(count)s files were chosen; at most %(limit)s go together.")
FILE_EMPTY = gettext_noop("“%(name)s” is empty.")
FILE_TOO_LARGE = gettext_noop("“%(name)s” has %(size)s MB; %(limit)s MB are allowed.")
SAME_FILE = gettext_noop("This file was uploaded before, on %(when)s as “%(name)s”.")
NOT_NOW = gettext_noop("This import cannot do that now: %(state)s.")
MOST_FILES = 20
STORED = register_failpoint("imports.upload.stored", "an upload lies in its folder, nothing of it is committed")


class SameFileRefused(SheetRefused):
    """The same content was taken in before; `first` is that batch."""

    def __init__(self, first: ImportBatch) -> None:
        when = timezone.localtime(first.created_at).strftime("%Y-%m-%d %H:%M")
        super().__init__(SAME_FILE, {"when": when, "name": first.file_name})
        self.first = first


def check_files(files: Sequence[Upload]) -> None:
    """Refuse what is too much before a byte is stored. Raises SheetRefused."""
    if not files:
        raise SheetRefused(NO_FILE)
    if len(files) > MOST_FILES:
        raise SheetRefused(TOO_MANY_FILES, {"count": len(files), "limit": MOST_FILES})
    limits = limits_in_force()
    for upload in files:
        name, size = shown_name(upload.name), upload.size or 0
        is_text = name.lower().endswith((".csv", ".tsv", ".txt"))
        limit = limits.text_bytes if is_text else limits.packed_bytes
        if size == 0:
            raise SheetRefused(FILE_EMPTY, {"name": name})
        if size > limit:
            values = {"name": name, "size": f"{size / 1048576:,.1f}", "limit": f"{limit // 1048576}"}
            raise SheetRefused(FILE_TOO_LARGE, values)


def receive_files(*, files: Sequence[Upload], kind: str, by: Any, again: bool = False) -> ImportBatch:
    """Take files in and start reading them. Raises SheetRefused, SameFileRefused unless `again` was chosen."""
    check_files(files)
    content = print_of(files)
    with transaction.atomic():
        lock_rule("imports.upload")  # two people with one file: the second must see the first
        first = ImportBatch.objects.filter(sha256=content).exclude(state__in=ENDED_BADLY).order_by("id").first()
        if first is not None and not again:
            raise SameFileRefused(first)
        names = " + ".join(shown_name(upload.name) for upload in files)
        batch = ImportBatch.objects.create(
            kind=kind or ImportBatch.Kind.ORDERS,
            file_name=names[:250],
            file_size=sum(upload.size or 0 for upload in files),
            sha256=content,
            again=first is not None,
            uploaded_by=by,
            options={"guess_kind": not kind},
        )
        stored = store(batch, files)
        failpoint(STORED)
        batch.options["names"] = stored
        batch.file.name = f"imports/{batch.pk}/upload/{min(stored)}"
        batch.save(update_fields=["options", "file"])
        if first is not None:
            values = {"import": batch.pk, "first": first.pk, "again": True}
            record(by=by, deed=Deed.IMPORTED, about=batch.file_name, values=values)
        start_job(batch, "import.read", by)
    return batch


def start_job(batch: ImportBatch, kind: str, by: Any, **arguments: Any) -> Job:
    """Enqueue a job of this batch and remember it there; in the caller's transaction."""
    job = enqueue(kind, arguments={"batch": batch.pk, **arguments}, owner=by, title=batch.file_name)
    batch.job = job
    batch.save(update_fields=["job"])
    return job


def _locked(batch: ImportBatch, *states: str) -> ImportBatch:
    held = ImportBatch.objects.select_for_update(of=("self",)).select_related("job").get(pk=batch.pk)
    busy = held.job is not None and held.job.state in UNFINISHED
    if held.state not in states or busy:
        raise SheetRefused(NOT_NOW, {"state": str(held.get_state_display())})
    return held


@transaction.atomic
def read_again(
    *,
    batch: ImportBatch,
    kind: str,
    options: dict[str, Any],
    by: Any,
    mapping: dict[str, dict[str, str]] | None = None,
) -> ImportBatch:
    """Read the file anew with other settings (encoding, heading row, hidden rows, kind).

    Without a mapping the columns are guessed anew and shown; with one the rows are checked against it.
    """
    held = _locked(batch, State.READING, State.PREVIEW, State.FAILED)
    held.kind, held.options, held.mapping, held.report = kind, options, mapping or {}, {}
    held.state = State.READING
    held.save(update_fields=["kind", "options", "mapping", "report", "state"])
    start_job(held, "import.read", by, stop_at_columns=not mapping)
    return held


@transaction.atomic
def choose_columns(
    *, batch: ImportBatch, mapping: dict[str, dict[str, str]], options: dict[str, Any], by: Any
) -> ImportBatch:
    """Take the person's columns and answers, and check every row against them."""
    held = _locked(batch, State.READING, State.PREVIEW, State.FAILED)
    held.mapping, held.options, held.report = mapping, options, {}
    held.state = State.READING
    held.save(update_fields=["mapping", "options", "report", "state"])
    start_job(held, "import.read", by, check_only=True)
    return held


@transaction.atomic
def leave_out_numbers(*, batch: ImportBatch, numbers: Sequence[str], by: Any) -> ImportBatch:
    """Of the order numbers that stand for several orders leave these out, keep the others apart; check anew."""
    held = _locked(batch, State.PREVIEW)
    shared = ((held.report.get("details") or {}).get("shared_numbers") or {}).get("numbers") or []
    options = held.options | {"left_out": [number for number in shared if number in set(numbers)]}
    return choose_columns(batch=held, mapping=held.mapping, options=options, by=by)


@transaction.atomic
def write_batch(*, batch: ImportBatch, by: Any) -> ImportBatch:
    """Write what the preview showed."""
    held = _locked(batch, State.PREVIEW)
    held.state = State.WRITING
    held.save(update_fields=["state"])
    start_job(held, "import.write", by)
    return held


def stop_batch(*, batch: ImportBatch) -> ImportBatch:
    """Stop an import that is not written yet; what runs is asked to stop and takes back what it wrote."""
    seen = ImportBatch.objects.select_related("job").get(pk=batch.pk)
    if seen.state == State.WRITING and seen.job is not None and seen.job.state in UNFINISHED:
        ask_to_stop(seen.job)  # outside any transaction: on SQLite the writing itself would be waited for
        return seen
    return _drop(batch)


@transaction.atomic
def _drop(batch: ImportBatch) -> ImportBatch:
    held = ImportBatch.objects.select_for_update(of=("self",)).select_related("job").get(pk=batch.pk)
    if held.state not in (State.READING, State.PREVIEW, State.WRITING):
        raise SheetRefused(NOT_NOW, {"state": str(held.get_state_display())})
    busy = held.job is not None and held.job.state in UNFINISHED
    if busy and held.job is not None:
        ask_to_stop(held.job)
    if held.state != State.WRITING:  # a write decides itself whether the wish came in time
        held.state = State.CANCELLED
        held.save(update_fields=["state"])
    return held


@transaction.atomic
def ask_undo(*, batch: ImportBatch, by: Any) -> ImportBatch:
    """Start taking the whole batch back."""
    held = _locked(batch, State.DONE)
    start_job(held, "import.undo", by)
    return held


def settle(batch: ImportBatch) -> ImportBatch:
    """A job that ended without its own last word (killed, out of attempts) leaves its batch behind: say so there."""
    job = batch.job
    if job is None or job.state in UNFINISHED:
        return batch
    if (batch.state == State.WRITING and job.kind == "import.write" and job.state != Job.State.DONE) or (
        batch.state == State.READING and job.state in (Job.State.FAILED, Job.State.CANCELLED)
    ):
        state = State.CANCELLED if job.state == Job.State.CANCELLED else State.FAILED
    else:
        return batch
    error = {"text": job.error, "values": job.error_values} if job.error else {}
    report = {**batch.report, "error": error} if error else batch.report
    if ImportBatch.objects.filter(pk=batch.pk, state=batch.state).update(state=state, report=report):
        batch.state, batch.report = state, report
    return batch
