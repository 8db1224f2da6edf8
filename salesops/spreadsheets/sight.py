"""A batch as its pages show it: sums, reasons, conflicts and examples in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from salesops.jobs.models import Job
from salesops.spreadsheets.folders import folder_of
from salesops.spreadsheets.models import ImportBatch
from salesops.spreadsheets.refused_rows import ReasonCount, reasons_of, said
from salesops.spreadsheets.tables import Workbook

State = ImportBatch.State
TONES: dict[str, tuple[str, str]] = {
    State.READING: ("go", "refresh"),
    State.PREVIEW: ("wait", "eye"),
    State.WRITING: ("go", "refresh"),
    State.DONE: ("ok", "check"),
    State.FAILED: ("bad", "alert-circle"),
    State.CANCELLED: ("off", "ban"),
    State.UNDONE: ("off", "arrow-back-up"),
}
SHOWN_CONFLICTS = 50


def tone_of(batch: ImportBatch) -> tuple[str, str]:
    """Tone and symbol of a batch's state."""
    if batch.state == State.READING and batch.job is not None and batch.job.state == Job.State.DONE:
        return "wait", "columns-3"
    return TONES.get(batch.state, ("", "info-circle"))


def state_words(batch: ImportBatch) -> str:
    """The state in words; a file that was read and waits for its columns says so."""
    if batch.state == State.READING and batch.job is not None and batch.job.state == Job.State.DONE:
        return _("Columns to choose")
    return str(batch.get_state_display())


def refused_count(batch: ImportBatch) -> int:
    """How many rows were refused."""
    return sum(int(count) for count in (batch.report.get("refused") or {}).values())


@dataclass(frozen=True)
class Figure:
    """One sum of the report."""

    label: str
    value: str
    icon: str
    tone: str = ""
    note: str = ""
    target: str = ""


class BatchSight:
    """What the preview and the result say."""

    def __init__(self, batch: ImportBatch) -> None:
        self.batch = batch
        self.report: dict[str, Any] = batch.report or {}
        self.details: dict[str, Any] = self.report.get("details") or {}
        self.tone, self.icon = tone_of(batch)

    @property
    def error(self) -> str:
        """The sentence with which work on the batch ended, if it ended so."""
        error = self.report.get("error") or {}
        if error:
            return said(error.get("text", ""), error.get("values") or {})
        job = self.batch.job
        if job is not None and job.error:
            return said(job.error, job.error_values or {})
        return ""

    @cached_property
    def workbook(self) -> Workbook | None:
        """The file as it was read, while its working files are kept."""
        path = folder_of(self.batch) / "workbook.json"
        return Workbook.load(path) if path.exists() else None

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return sum(table.row_count for table in self.workbook.tables) if self.workbook else 0

    @property
    def sheets(self) -> str:
        """The names of its sheets."""
        return "、".join(table.name for table in self.workbook.tables[:6]) if self.workbook else ""

    @property
    def refused(self) -> int:
        """How many rows are refused."""
        return refused_count(self.batch)

    @property
    def conflicts_count(self) -> int:
        """How many conflicts were found."""
        return int(self.report.get("conflicts") or 0)

    @property
    def made(self) -> list[tuple[str, int]]:
        """What is made, by kind."""
        return [(said(label, {}), int(count)) for label, count in (self.details.get("made") or {}).items()]

    @property
    def matched(self) -> list[tuple[str, int]]:
        """What was known already, by kind."""
        return [(said(label, {}), int(count)) for label, count in (self.details.get("matched") or {}).items()]

    @property
    def figures(self) -> list[Figure]:
        """The line of sums on top."""
        made = self.made or [
            (label, int(self.report.get(key) or 0))
            for key, label in (
                ("orders", _("Orders")),
                ("lines", _("Lines")),
                ("customers", _("Customers")),
                ("products", _("Products")),
            )
            if self.report.get(key)
        ]
        figures = [Figure(label, f"{count:,}", "plus") for label, count in made]
        for label, count in self.matched:
            if count:
                figures.append(Figure(label, f"{count:,}", "check", note=_("known already")))
        unassigned = int(self.report.get("unassigned_lines") or 0)
        if unassigned:
            note = _("kept in a list to assign")
            figures.append(Figure(_("Lines without a customer"), f"{unassigned:,}", "user-question", "warn", note))
        if self.conflicts_count:
            figures.append(
                Figure(_("Conflicts"), f"{self.conflicts_count:,}", "help-circle", "warn", target="conflicts")
            )
        tone, note = ("bad", _("to mend and upload again")) if self.refused else ("", "")
        figures.append(Figure(_("Refused rows"), f"{self.refused:,}", "ban", tone, note, "refused"))
        return figures

    @property
    def net_total(self) -> Decimal | None:
        """The sum of all lines without tax."""
        try:
            total = Decimal(str(self.report.get("net_total", "0")))
        except InvalidOperation:
            return None
        return total or None

    @property
    def notes(self) -> list[str]:
        """Remarks of the reader and of the importer."""
        notes = [
            said(note["text"], note.get("values") or {}, note.get("plural", ""))
            for note in self.details.get("notes") or []
        ]
        if self.workbook:
            for table in self.workbook.tables:
                own = [said(note.text, note.values, note.plural) for note in table.notes]
                notes += [f"{table.name}: {text}" if len(self.workbook.tables) > 1 else text for text in own]
            if self.workbook.encoding:
                notes.append(_("The text was read as %(encoding)s.") % {"encoding": self.workbook.encoding})
        return list(dict.fromkeys(notes))

    @cached_property
    def reasons(self) -> list[ReasonCount]:
        """Why rows are refused."""
        return reasons_of(self.batch)

    @property
    def conflicts(self) -> list[dict[str, Any]]:
        """The first conflicts, each with its sentence."""
        shown = (self.details.get("conflicts") or [])[:SHOWN_CONFLICTS]
        return [{**one, "text": said(one.get("reason", ""), one.get("values") or {})} for one in shown]

    @property
    def shared(self) -> dict[str, Any]:
        """Order numbers that stand for several orders, and which of them are left out."""
        found: dict[str, Any] = self.details.get("shared_numbers") or {}
        return found if found.get("shown") else {}

    @property
    def examples(self) -> list[list[Any]]:
        """A few records as they will be; the first row names the columns."""
        return list(self.details.get("examples") or [])

    @property
    def links(self) -> list[dict[str, str]]:
        """Where the made records are found, while they are there."""
        if self.batch.state != State.DONE:
            return []
        links = self.details.get("links") or []
        return [
            {"text": said(one["text"], {}), "url": one["url"]}
            for one in links
            if str(one.get("url", "")).startswith("/")
        ]

    @property
    def writable(self) -> int:
        """How many records the button promises to write."""
        if self.made:
            return sum(count for _label, count in self.made)
        return sum(int(self.report.get(key) or 0) for key in ("orders", "lines", "customers", "products"))
