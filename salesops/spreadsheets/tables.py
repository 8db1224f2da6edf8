"""What reading a file yields, and what an importer of one kind of record must offer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, Protocol

from salesops.spreadsheets.models import ImportBatch

CellKind = Literal["text", "code", "number", "money", "date", "moment", "phone", "percent", "flag", "tax_rate"]


@dataclass(frozen=True)
class CellFault:
    """A cell that holds no value one could trust: an error value, or a formula that was never calculated."""

    what: Literal["error", "formula"]
    text: str = ""


Cell = str | Decimal | bool | date | datetime | CellFault | None

read_line = json.JSONDecoder(parse_float=Decimal, parse_int=Decimal).decode


@dataclass(frozen=True)
class FieldSpec:
    """One field a column can be taken for, with the headings people give it (compared without case and spaces)."""

    name: str
    label: str
    synonyms: tuple[str, ...]
    kind: CellKind = "text"
    required: bool = False
    max_length: int = 0


@dataclass
class Note:
    """A remark about a sheet: an English msgid and its values; one with a count has its plural too."""

    text: str
    values: dict[str, Any] = field(default_factory=dict)
    plural: str = ""


@dataclass
class Table:
    """One sheet as it was read; its rows lie in a file, one JSON array [row number, [cells]] a line."""

    name: str
    headings: list[str]
    header_row: int  # as the sheet counts, from 1
    row_count: int
    rows_path: str
    samples: list[list[Any]] = field(default_factory=list)  # the first rows as plain text, for the preview
    notes: list[Note] = field(default_factory=list)
    left_out: list[tuple[int, str, str]] = field(default_factory=list)  # totals rows …: (row, reason, what it held)
    left_out_count: dict[str, int] = field(default_factory=dict)  # reason -> count; `left_out` names the first thousand
    above: list[tuple[int, list[str]]] = field(default_factory=list)  # rows above the headings: titles, who, when
    hidden_rows: int = 0
    hidden_columns: list[str] = field(default_factory=list)

    def rows(self) -> Iterator[tuple[int, list[Cell]]]:
        """Each data row below the headings: (row number in the sheet, cells), as many cells as headings."""
        width = len(self.headings)
        with Path(self.rows_path).open(encoding="utf-8") as lines:
            for line in lines:
                number, cells = read_line(line)
                row = [_cell(cell) if type(cell) is list else cell for cell in cells]
                if len(row) < width:
                    row += [None] * (width - len(row))
                yield int(number), row

    def left_out_problems(self) -> Iterator[RowProblem]:
        """The rows that reading itself left out (totals, repeated headings), to stand among the refused ones."""
        for number, reason, shown in self.left_out:
            yield RowProblem(sheet=self.name, row=number, column="", value=shown, reason=reason)


def _cell(raw: Any) -> Cell:
    """JSON carries text, numbers, flags and null as themselves; the rest as [kind, text]."""
    if not isinstance(raw, list):
        return raw  # type: ignore[no-any-return]
    kind, text = raw
    if kind == "d":
        return date.fromisoformat(text)
    if kind == "t":
        return datetime.fromisoformat(text)
    return CellFault("formula" if kind == "f" else "error", text)


@dataclass
class Workbook:
    """A file as it was read."""

    tables: list[Table]
    notes: list[Note] = field(default_factory=list)
    encoding: str = ""

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Workbook:
        raw = json.loads(path.read_text(encoding="utf-8"))
        tables = [Table(**{**t, "notes": [Note(**n) for n in t["notes"]]}) for t in raw["tables"]]
        return cls(tables=tables, notes=[Note(**n) for n in raw["notes"]], encoding=raw["encoding"])


@dataclass
class RowProblem:
    """Why one row was not taken: sheet, row, column, value and reason (an English msgid and its values)."""

    sheet: str
    row: int
    column: str
    value: str
    reason: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass
class Report:
    """What an import makes, matches and refuses; the same shape for a dry run and for the real one."""

    orders: int = 0
    lines: int = 0
    customers: int = 0
    products: int = 0
    unassigned_lines: int = 0
    refused: dict[str, int] = field(default_factory=dict)  # reason -> count of rows
    conflicts: int = 0
    net_total: Decimal = Decimal(0)
    details: dict[str, Any] = field(default_factory=dict)  # for the preview page: made, matched, rounding, notes …

    @property
    def took_nothing(self) -> bool:
        """Whether rows were refused and none was taken, not even as a line that waits for its customer."""
        taken = (self.orders, self.lines, self.customers, self.products, self.unassigned_lines)
        return bool(self.refused) and not any(taken)

    def for_machines(self) -> dict[str, Any]:
        """The object `--json` prints."""
        return {
            "orders": self.orders,
            "lines": self.lines,
            "customers": self.customers,
            "products": self.products,
            "unassigned_lines": self.unassigned_lines,
            "refused": self.refused,
            "conflicts": self.conflicts,
            "net_total": str(self.net_total),
        }


class Watch(Protocol):
    """What long work tells while it runs; raises when it was cancelled."""

    def __call__(self, done: int, total: int | None, step: str) -> None: ...


class Importer(Protocol):
    """One kind of record that sheets can bring in; apps register theirs when they are ready."""

    kind: ImportBatch.Kind
    fields: Sequence[FieldSpec]

    def prepare(self, workbook: Workbook, *, batch: ImportBatch, folder: Path, watch: Watch) -> Report:
        """Check and group every row without changing a record; leaves what `apply` needs in the folder.

        Problems of rows go to ``folder / "problems.jsonl"`` (one RowProblem a line).
        """

    def apply(self, *, batch: ImportBatch, folder: Path, watch: Watch, finish: Callable[[Report], None]) -> Report:
        """Write everything in one transaction and call ``finish`` inside it, so that job and records end together."""

    def undo(self, *, batch: ImportBatch, by: Any) -> None:
        """Take the whole batch back in one transaction, or raise a sentence that says what stands in the way."""


IMPORTERS: dict[str, Importer] = {}


def register_importer(importer: Importer) -> None:
    """Make a kind of record importable; called from an app's ready()."""
    IMPORTERS[importer.kind] = importer
