"""The rows an import did not take: counted by reason for the page, and as a sheet to mend and upload again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from salesops.spreadsheets.folders import folder_of
from salesops.spreadsheets.models import ImportBatch
from salesops.spreadsheets.tables import Cell, CellFault, Table, Workbook
from salesops.spreadsheets.writing import Sheet, write_sheets

EXAMPLES = 5
MOST_REASONS = 100


@dataclass
class ReasonCount:
    """One reason with the rows it holds for; `text` is already in the reader's language."""

    text: str
    count: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def more(self) -> bool:
        """Whether there are further rows than the examples."""
        return self.count > len(self.examples)


def said(msgid: str, values: dict[str, Any], plural: str = "") -> str:
    """A stored sentence in the reader's language; a value that is missing never breaks the page."""
    if not msgid:
        return ""
    text = ngettext(msgid, plural, int(values.get("count") or 0)) if plural else _(msgid)
    try:
        return text % values if values else text
    except (KeyError, ValueError, TypeError):
        return text


def problems_of(batch: ImportBatch) -> Iterator[dict[str, Any]]:
    """Each problem as it was noted."""
    path = folder_of(batch) / "problems.jsonl"
    if not path.exists():
        return
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def reasons_of(batch: ImportBatch) -> list[ReasonCount]:
    """Reasons with counts and a few rows, most frequent first; each reason counts whatever its values are."""
    reasons: dict[str, ReasonCount] = {}
    for problem in problems_of(batch):
        reason = problem["reason"]
        known = reasons.get(reason)
        if known is None:
            if len(reasons) >= MOST_REASONS:
                continue
            known = reasons[reason] = ReasonCount(said(reason, problem.get("values") or {}))
        known.count += 1
        if len(known.examples) < EXAMPLES:
            place = {"row": problem["row"], "column": problem["column"], "value": str(problem["value"])[:60]}
            if not problem["column"]:
                shown = _("row %(row)s") % place
            elif not place["value"]:
                shown = _("row %(row)s, %(column)s") % place
            else:
                shown = _("row %(row)s, %(column)s “%(value)s”") % place
            known.examples.append(shown)
    return sorted(reasons.values(), key=lambda reason: -reason.count)


def write_refused(batch: ImportBatch, path: Path) -> int:
    """Write the refused rows as they stood in the sheet, the reason beside each; returns how many."""
    workbook = Workbook.load(folder_of(batch) / "workbook.json")
    reasons: dict[str, dict[int, list[str]]] = {}
    for problem in problems_of(batch):
        text = said(problem["reason"], problem.get("values") or {})
        if problem["column"]:
            text = f"{problem['column']}: {text}"
        reasons.setdefault(problem["sheet"], {}).setdefault(int(problem["row"]), []).append(text)
    sheets = []
    for table in workbook.tables:
        own = reasons.get(table.name)
        if own:
            sheets.append(Sheet(table.name, [*table.headings, _("Reason for refusal")], _rows(table, own)))
    return write_sheets(path, sheets)


def _rows(table: Table, reasons: dict[int, list[str]]) -> Iterator[list[Any]]:
    width = len(table.headings)
    for number, cells in table.rows():
        if number in reasons:
            yield [*(_shown(cell) for cell in cells[:width]), "; ".join(dict.fromkeys(reasons[number]))]


def _shown(cell: Cell) -> Any:
    return cell.text if isinstance(cell, CellFault) else cell
