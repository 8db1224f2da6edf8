"""A small importer for the tests of the pages: it takes names with a quantity and keeps them in a list."""

import json
from dataclasses import asdict
from decimal import Decimal

from django.db import transaction

from salesops.spreadsheets.faults import CellProblem, SheetRefused
from salesops.spreadsheets.mapping import guess_mapping
from salesops.spreadsheets.models import ImportBatch
from salesops.spreadsheets.tables import FieldSpec, Report, RowProblem
from salesops.spreadsheets.values import to_date, to_decimal, to_text


class NamesImporter:
    """Takes rows of a name, a quantity and a day."""

    kind = ImportBatch.Kind.CUSTOMERS
    fields = (
        FieldSpec("name", "Name", ("客户名称", "客户", "customer"), required=True),
        FieldSpec("quantity", "Quantity", ("数量", "qty"), kind="number"),
        FieldSpec("day", "Day", ("日期", "date"), kind="date"),
    )

    def __init__(self):
        self.written: list[str] = []
        self.blocked = False

    def prepare(self, workbook, *, batch, folder, watch):
        report = Report(details={"made": {"Customers": 0}, "matched": {}, "notes": []})
        names = []
        with (folder / "problems.jsonl").open("w", encoding="utf-8") as problems:
            for table in workbook.tables:
                chosen = batch.mapping.get(table.name)
                columns = (
                    {name: table.headings.index(heading) for name, heading in chosen.items()}
                    if chosen
                    else guess_mapping(table, self.fields)
                )
                found = list(table.left_out_problems())
                for number, cells in table.rows():
                    watch(number, table.row_count, "Checking rows")
                    try:
                        to_decimal(cells[columns["quantity"]]) if "quantity" in columns else Decimal(0)
                        if "day" in columns:
                            to_date(cells[columns["day"]])
                        names.append(to_text(cells[columns["name"]]))
                    except CellProblem as problem:
                        value = str(cells[columns["quantity"]])
                        found.append(RowProblem(table.name, number, "数量", value, problem.msgid, problem.values))
                for one in found:
                    problems.write(json.dumps(asdict(one), ensure_ascii=False) + "\n")
                    report.refused[one.reason] = report.refused.get(one.reason, 0) + 1
        (folder / "names.json").write_text(json.dumps(names), encoding="utf-8")
        report.customers = len(names)
        report.details["made"]["Customers"] = len(names)
        report.details["examples"] = [["Name"], *[[name] for name in names[:3]]]
        return report

    def apply(self, *, batch, folder, watch, finish):
        with transaction.atomic():
            names = json.loads((folder / "names.json").read_text(encoding="utf-8"))
            for place, _name in enumerate(names):
                watch(place, len(names), "Writing")
            self.written += names
            report = Report(
                customers=len(names),
                refused=batch.report["refused"],
                details={"made": {"Customers": len(names)}, "links": [{"text": "Customers", "url": "/customers/"}]},
            )
            finish(report)
        return report

    def undo(self, *, batch, by):
        if self.blocked:
            raise SheetRefused("This is a totals row; it is not imported.")
        self.written.clear()
