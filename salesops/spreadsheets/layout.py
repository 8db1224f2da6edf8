"""Which row holds the headings, which rows are no data, and the file the rows are left in. Free of Django."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from salesops.spreadsheets.faults import SheetRefused, gettext_noop
from salesops.spreadsheets.limits import Limits

LOOK_AHEAD = 60  # rows seen before the headings are decided
HEADING_ROWS = 20  # headings further down than this are found by hand
SAMPLES = 20
NOTED_ROWS = 1_000  # rows left out are listed one by one up to here, and counted beyond

TOTALS = re.compile(
    r"([\u4e00-\u9fff]{0,6}(合计|总计|小计|累计|共计)|((grand|page|order|invoice|monthly|report)\s+|sub-?\s?)?totals?|sum)"
    r"\s*([（(][^（()）]*[）)])?\s*[:：]?",
    re.IGNORECASE,
)
LABEL = re.compile(r"[^:：]{1,30}[:：]$|[\u4e00-\u9fff]{2,8}\s*[:：]\s*\S")
NUMBER_LIKE = re.compile(r"[-+(]?[¥￥$€]?\s*[\d０-９][\d０-９,.，．/:年月日\-%\s]*\)?")

TOTALS_ROW = gettext_noop("This is a totals row; it is not imported.")
REPEATED_HEADINGS = gettext_noop("The headings are repeated here; this row is not imported.")
HIDDEN_ROW = gettext_noop("This row is hidden in the sheet and was left out as chosen.")
UNCALCULATED = gettext_noop("%(count)s formulas were never calculated; their cells hold no value.")
FILLED_MERGES = gettext_noop("%(count)s merged blocks span several rows; each of their rows got the block's value.")
HIDDEN_TAKEN = gettext_noop("%(count)s rows of “%(sheet)s” are hidden in the sheet; they are read like the others.")
NO_HEADINGS = gettext_noop("No row of headings was found; the columns are named by their letters.")
TOO_MANY_ROWS = gettext_noop(
    "The sheet “%(sheet)s” has more than %(limit)s rows. Split it into several files and import one after another."
)
TOO_MANY_COLUMNS = gettext_noop(
    "The sheet “%(sheet)s” uses %(count)s columns; %(limit)s are allowed. Delete the columns that are not needed."
)
CELL_TOO_LONG = gettext_noop("Row %(row)s of “%(sheet)s” holds a cell of more than %(limit)s characters.")

encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False, allow_nan=False).encode
Cells = list[Any]


def column_letter(index: int) -> str:
    """0 -> A, 26 -> AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def filled(cells: Cells) -> int:
    """How many cells hold something."""
    return len(cells) - cells.count(None)


def is_heading_like(cell: Any) -> bool:
    """Short text that is no number and no date."""
    return (
        isinstance(cell, str)
        and len(cell) <= 60
        and "\n" not in cell.strip()
        and not NUMBER_LIKE.fullmatch(cell.strip())
    )


def names_its_values(held: Sequence[Any]) -> bool:
    """A row of a form's head: 采购单号： | CG-08 | 联系人：王工; headings with a colon each are headings."""
    labels = sum(isinstance(cell, str) and LABEL.match(cell.strip()) is not None for cell in held)
    return labels > 0 and not all(isinstance(cell, str) and cell.strip().endswith((":", "：")) for cell in held)


def find_headings(rows: Sequence[tuple[int, Cells]]) -> int | None:
    """Position of the row of headings among the first rows, None where there is none.

    A note or a title above fills one merged cell; the headings fill about as many cells as the rows below.
    """
    widths = sorted(count for _, cells in rows if (count := filled(cells)) > 1) or [1]
    typical = widths[len(widths) // 2]
    for place, (_, cells) in enumerate(rows[:HEADING_ROWS]):
        held = [cell for cell in cells if cell is not None]
        if len(held) < max(1, 0.6 * typical):
            continue
        if names_its_values(held):
            continue
        good = [cell for cell in held if is_heading_like(cell)]
        if len(good) >= 0.75 * len(held) and len(set(good)) >= 0.6 * len(good):
            return place
        if len(held) >= 0.9 * typical and len(good) < 0.3 * len(held):
            return None  # the rows already hold values: whoever made this sheet wrote no headings
    return None


def name_headings(cells: Cells, width: int) -> list[str]:
    """Every column gets a name of its own: blank ones their letter, repeated ones a number."""
    names: list[str] = []
    seen: dict[str, int] = {}
    for index in range(max(width, len(cells))):
        cell = cells[index] if index < len(cells) else None
        name = " ".join(str(cell).split()) if cell is not None else column_letter(index)
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names


@dataclass
class Shape:
    """What the sheet's own description tells beside the values; rows and columns count from 1 and 0."""

    merges: list[tuple[tuple[int, int], tuple[int, int]]] = field(
        default_factory=list
    )  # ((row, column), (row, column))
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    faults: dict[tuple[int, int], list[str]] = field(default_factory=dict)  # error values, uncalculated formulas


class TableWriter:
    """Takes one sheet's rows in order and leaves its table: headings found, non-data rows named, rows in a file."""

    def __init__(
        self,
        name: str,
        path: Path,
        limits: Limits,
        options: dict[str, Any],
        shape: Shape | None = None,
        tick: Callable[[int], None] = lambda _: None,
    ) -> None:
        self.name, self.path, self.limits, self.options = name, path, limits, options
        self.shape = shape or Shape()
        self.tick = tick
        self.waiting: list[tuple[int, Cells]] | None = []
        self.headings_cells: Cells = []
        self.header_row = 0
        self.above: list[list[Any]] = []
        self.typical = 1
        self.width = 0
        self.count = 0
        self.samples: list[list[str]] = []
        self.notes: list[dict[str, Any]] = []
        self.left_out: list[list[Any]] = []
        self.left_out_count: dict[str, int] = {}
        self.chosen_header = options.get("header_row")
        self.leave_hidden = options.get("hidden") == "leave"
        self.carry: dict[int, list[tuple[int, int]]] = {}
        self.carried: dict[int, tuple[int, Any]] = {}
        for (top, left), (bottom, right) in self.shape.merges:
            if left == right and bottom > top:
                self.carry.setdefault(top, []).append((left, bottom))
        self.out = path.open("w", encoding="utf-8")

    def feed(self, number: int, cells: Cells) -> None:
        """Take one row; `number` as the sheet counts."""
        if len(cells) > self.limits.columns:
            self._check_width(cells)
        if filled(cells) == 0 and not self.carried:
            return
        if self.waiting is None:
            self._write(number, cells)
            return
        self.waiting.append((number, cells))
        if len(self.waiting) >= LOOK_AHEAD:
            self._decide()

    def feed_all(self, rows: Iterable[tuple[int, Cells]]) -> None:
        """Take all rows."""
        for number, cells in rows:
            self.feed(number, cells)

    def _check_width(self, cells: Cells) -> None:
        while cells and cells[-1] is None:
            cells.pop()
        if len(cells) > self.limits.columns:
            raise SheetRefused(
                TOO_MANY_COLUMNS, {"sheet": self.name, "count": len(cells), "limit": self.limits.columns}
            )

    def _decide(self) -> None:
        """Find the headings among the rows seen so far and pass the rest on."""
        rows, self.waiting = self.waiting or [], None
        counts = sorted(filled(cells) for _, cells in rows) or [1]
        self.typical = counts[len(counts) // 2]
        place = self._heading_place(rows)
        if place is None:
            if rows:
                self.notes.append({"text": NO_HEADINGS, "values": {}})
            first = 0
        else:
            self.header_row, cells = rows[place]
            self.above = [[number, [plain(cell) for cell in row]] for number, row in rows[:place]]
            self.headings_cells = list(cells)
            first = place + 1
            if first < len(rows) and self._is_second_heading_row(cells, rows[first]):
                below = rows[first][1]
                width = max(len(cells), len(below))
                self.headings_cells = [
                    _at(below, i) if _at(below, i) is not None else _at(cells, i) for i in range(width)
                ]
                first += 1
            while self.headings_cells and self.headings_cells[-1] is None:
                self.headings_cells.pop()
        self.width = len(self.headings_cells)
        for number, row in rows[first:]:
            self._write(number, row)

    def _heading_place(self, rows: Sequence[tuple[int, Cells]]) -> int | None:
        if self.chosen_header is None:
            return find_headings(rows)
        wanted = int(self.chosen_header)
        return next((place for place, (number, _) in enumerate(rows) if number == wanted), None)

    def _is_second_heading_row(self, cells: Cells, below: tuple[int, Cells]) -> bool:
        """A group heading is merged over columns that have headings of their own one row below."""
        number, under = below
        groups = [
            (left, right)
            for (top, left), (bottom, right) in self.shape.merges
            if top == self.header_row and bottom == top and right > left
        ]
        held = [cell for cell in under if cell is not None]
        if not groups or number != self.header_row + 1 or not all(is_heading_like(cell) for cell in held):
            return False
        return all(any(_at(under, i) is not None for i in range(left, right + 1)) for left, right in groups)

    def _leave_out(self, number: int, cells: Cells, reason: str) -> None:
        self.left_out_count[reason] = self.left_out_count.get(reason, 0) + 1
        if len(self.left_out) < NOTED_ROWS:
            shown = " | ".join(plain(cell) for cell in cells if cell is not None)
            self.left_out.append([number, reason, shown[:300]])

    def _is_totals_row(self, cells: Cells) -> bool:
        held = [cell for cell in cells if cell is not None]
        if len(held) > max(1, 0.7 * max(self.typical, self.width)):
            return False
        label = next((cell for cell in held[:3] if isinstance(cell, str)), None)
        if label is None or not TOTALS.fullmatch("".join(label.split()) if not label.isascii() else label.strip()):
            return False
        others = [cell for cell in held if cell is not label]
        return all(not isinstance(cell, str) or bool(NUMBER_LIKE.fullmatch(cell.strip())) for cell in others)

    def _fill_merges(self, number: int, cells: Cells) -> None:
        for column, (until, value) in list(self.carried.items()):
            if number > until:
                del self.carried[column]
            else:
                cells.extend([None] * (column + 1 - len(cells)))
                if cells[column] is None:
                    cells[column] = value
        for column, until in self.carry.get(number, ()):
            if _at(cells, column) is not None:
                self.carried[column] = (until, cells[column])

    def _write(self, number: int, cells: Cells) -> None:
        if self.carry:
            self._fill_merges(number, cells)
        held = filled(cells)
        if held == 0:
            return
        if self.leave_hidden and number in self.shape.hidden_rows:
            self._leave_out(number, cells, HIDDEN_ROW)
            return
        if held < max(self.typical, self.width) and self._is_totals_row(cells):
            self._leave_out(number, cells, TOTALS_ROW)
            return
        if self._repeats_headings(cells):
            self._leave_out(number, cells, REPEATED_HEADINGS)
            return
        self._keep(number, cells)

    def _repeats_headings(self, cells: Cells) -> bool:
        headings = self.headings_cells
        return bool(headings) and cells[0] == headings[0] and cells[: len(headings)] == headings

    def _keep(self, number: int, cells: Cells) -> None:
        if len(cells) > self.width:
            while len(cells) > self.width and cells[-1] is None:
                cells.pop()
            self.width = max(self.width, len(cells))
        self.count += 1
        if self.count > self.limits.rows:
            raise SheetRefused(TOO_MANY_ROWS, {"sheet": self.name, "limit": f"{self.limits.rows:,}"})
        if self.count <= SAMPLES:
            self.samples.append([plain(cell) for cell in cells])
        line = encode([number, cells])
        if len(line) > self.limits.cell_characters and any(
            isinstance(cell, str) and len(cell) > self.limits.cell_characters for cell in cells
        ):
            raise SheetRefused(
                CELL_TOO_LONG, {"sheet": self.name, "row": number, "limit": f"{self.limits.cell_characters:,}"}
            )
        self.out.write(line + "\n")
        if not self.count & 4095:
            self.tick(number)

    def finish(self) -> dict[str, Any]:
        """The table as `Workbook.load` reads it."""
        if self.waiting is not None:
            self._decide()
        self.out.close()
        headings = name_headings(self.headings_cells, self.width)
        uncalculated = sum(1 for kind, _ in self.shape.faults.values() if kind == "f")
        if uncalculated:
            self.notes.append({"text": UNCALCULATED, "values": {"count": uncalculated}})
        blocks = sum(len(columns) for top, columns in self.carry.items() if top > self.header_row)
        if blocks:
            self.notes.append({"text": FILLED_MERGES, "values": {"count": blocks}})
        hidden = sum(1 for row in self.shape.hidden_rows if row > self.header_row)
        if hidden and not self.leave_hidden:
            self.notes.append({"text": HIDDEN_TAKEN, "values": {"count": hidden, "sheet": self.name}})
        return {
            "name": self.name,
            "headings": headings,
            "header_row": self.header_row,
            "above": self.above,
            "row_count": self.count,
            "rows_path": str(self.path),
            "samples": self.samples,
            "notes": self.notes,
            "left_out": self.left_out,
            "left_out_count": self.left_out_count,
            "hidden_rows": hidden,
            "hidden_columns": [
                headings[column] for column in sorted(self.shape.hidden_columns) if column < len(headings)
            ],
        }


def _at(cells: Cells, index: int) -> Any:
    return cells[index] if index < len(cells) else None


def plain(cell: Any) -> str:
    """A cell as the preview shows it."""
    if cell is None:
        return ""
    if isinstance(cell, list):
        return str(cell[1]).replace("T", " ")
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    return str(cell)
