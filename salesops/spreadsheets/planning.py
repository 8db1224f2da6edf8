"""What a file seems to be, which column is what, and what has to be asked before a row is checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from salesops.spreadsheets.mapping import Confidence, Guess, column_fits, fingerprint, guess_columns
from salesops.spreadsheets.models import ImportBatch, RememberedMapping
from salesops.spreadsheets.tables import IMPORTERS, FieldSpec, Importer, Table, Workbook
from salesops.spreadsheets.values import DateEvidence, detect_date_order

ROWS_OF_EVIDENCE = 20_000


@dataclass(frozen=True)
class Question:
    """A column of dates that can be read in two ways; `order` is what happens without an answer."""

    field: str
    heading: str
    evidence: DateEvidence


@dataclass
class TablePlan:
    """One table's columns, what each is taken for, and what is asked about it."""

    table: Table
    guesses: list[Guess]
    used: bool
    questions: list[Question] = field(default_factory=list)

    def column_of(self, name: str) -> int | None:
        """The column taken for a field."""
        return next((guess.column for guess in self.guesses if guess.field == name), None)


@dataclass
class Plan:
    """The whole file."""

    tables: list[TablePlan]
    missing: list[FieldSpec]

    @property
    def hidden_rows(self) -> int:
        """Hidden rows in the tables that are used."""
        return sum(plan.table.hidden_rows for plan in self.tables if plan.used)

    @property
    def questions(self) -> list[Question]:
        """Every question about dates."""
        return [question for plan in self.tables if plan.used for question in plan.questions]


def guess_kind(workbook: Workbook) -> ImportBatch.Kind | None:
    """The kind of record whose fields fit the headings best; None where no importer knows any of them."""
    best: tuple[float, str] | None = None
    for kind, importer in IMPORTERS.items():
        score = max((_kind_score(table, importer.fields) for table in workbook.tables), default=0.0)
        if score and (best is None or score > best[0]):
            best = (score, kind)
    return None if best is None else ImportBatch.Kind(best[1])


def _kind_score(table: Table, fields: Sequence[FieldSpec]) -> float:
    guesses = guess_columns(table, fields)
    found = {guess.field for guess in guesses}
    required = [spec for spec in fields if spec.required]
    complete = sum(spec.name in found for spec in required) / len(required) if required else 1.0
    return len(found) * (0.4 + 0.6 * complete)


def remembered_for(kind: str, table: Table) -> dict[str, str]:
    """What the headings of this layout were taken for last time."""
    row = RememberedMapping.objects.filter(kind=kind, fingerprint=fingerprint(table.headings)).first()
    return dict(row.mapping) if row else {}


def make_plan(workbook: Workbook, batch: ImportBatch, importer: Importer) -> Plan:
    """Chosen columns first, then remembered ones, then names and likeness; tables that say nothing stay out."""
    plans = [_plan_table(table, batch, importer) for table in workbook.tables]
    if not batch.mapping:
        known = (batch.report or {}).get("details", {}).get("sheets") or {}
        most = max((len(plan.guesses) for plan in plans), default=0)
        for plan in plans:
            plan.used = plan.table.name in known if known else len(plan.guesses) >= max(2, most / 2) or len(plans) == 1
    found = {guess.field for plan in plans if plan.used for guess in plan.guesses}
    return Plan(plans, [spec for spec in importer.fields if spec.required and spec.name not in found])


def _plan_table(table: Table, batch: ImportBatch, importer: Importer) -> TablePlan:
    fields = {spec.name: spec for spec in importer.fields}
    chosen: Mapping[str, Any] | None = batch.mapping.get(table.name) if batch.mapping else None
    if chosen is not None:
        places = {heading: place for place, heading in enumerate(table.headings)}
        guesses = [
            Guess(name, places[heading], Confidence.CHOSEN)
            for name, heading in chosen.items()
            if name in fields and heading in places
        ]
    else:
        guesses = guess_columns(table, importer.fields, remembered_for(batch.kind, table))
        guesses = [
            guess
            for guess in guesses
            if guess.confidence is not Confidence.SIMILAR or column_fits(table, guess.column, fields[guess.field])
        ]
    plan = TablePlan(table, guesses, used=chosen is not None)
    for guess in guesses:
        if fields[guess.field].kind in ("date", "moment"):
            evidence = detect_date_order(_column(table, guess.column))
            if evidence.ambiguous:
                plan.questions.append(Question(guess.field, table.headings[guess.column], evidence))
    return plan


def _column(table: Table, column: int) -> Iterable[Any]:
    return (cells[column] for _, cells in islice(table.rows(), ROWS_OF_EVIDENCE))


def is_clear(plan: Plan, batch: ImportBatch) -> bool:
    """Whether the preview can be made without asking anything first."""
    answered = batch.options.get("date_order") or {}
    open_dates = any(question.field not in answered for question in plan.questions)
    open_hidden = bool(plan.hidden_rows) and "hidden" not in batch.options
    unsure = any(g.confidence is Confidence.SIMILAR for p in plan.tables if p.used for g in p.guesses)
    return not (plan.missing or open_dates or open_hidden or unsure) and any(p.used for p in plan.tables)


def remembered_mapping(plan: Plan) -> dict[str, dict[str, str]]:
    """The plan's columns, where some of them were chosen by a person before; otherwise nothing."""
    used = [one for one in plan.tables if one.used]
    if not any(guess.confidence is Confidence.REMEMBERED for one in used for guess in one.guesses):
        return {}
    return {one.table.name: {g.field: one.table.headings[g.column] for g in one.guesses} for one in used}


def remember(batch: ImportBatch, workbook: Workbook) -> None:
    """Keep what the person chose for these layouts."""
    for table in workbook.tables:
        chosen = batch.mapping.get(table.name)
        if chosen:
            RememberedMapping.objects.update_or_create(
                kind=batch.kind,
                fingerprint=fingerprint(table.headings),
                defaults={"mapping": chosen, "used_by_id": batch.uploaded_by_id},
            )
