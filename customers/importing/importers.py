"""Customers and products as sheets bring them in: new ones made, known ones completed, nothing else touched."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, fields
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.utils import timezone

from customers.diary import CUSTOMER_FIELDS as CUSTOMER_DIARY
from customers.diary import PRODUCT_FIELDS as PRODUCT_DIARY
from customers.diary import compare, content_of
from customers.importing.fields import CUSTOMER_FIELDS, PRODUCT_FIELDS, VENDOR_HEADINGS
from customers.importing.making import Maker, NewRecord, customer_values, make_customers, make_products, product_values
from customers.importing.matching import CustomerBook, Match, ProductBook
from customers.importing.reading import CODE_TWICE, RecordRefused, RecordRow, RowReader
from customers.importing.removing import remove_made
from customers.models import Customer, CustomerEvent, Product, ProductEvent
from customers.searching import write_grams, write_product_grams
from salesops.locking import lock_rule
from salesops.spreadsheets.doubles import refuse_second_time
from salesops.spreadsheets.faults import SheetRefused, gettext_noop
from salesops.spreadsheets.mapping import guess_mapping, normalise_heading
from salesops.spreadsheets.models import ImportBatch
from salesops.spreadsheets.tables import FieldSpec, Note, Report, RowProblem, Table, Watch, Workbook
from staff.roles import Permission

if TYPE_CHECKING:
    from staff.models import User

STAGE_FILE = "records.jsonl"
REPORT_FILE = "records-report.json"
NOT_ALLOWED = gettext_noop("You may not import sheets. Ask an administrator.")
NO_RECORDS = gettext_noop("No sheet of this file has a column for the name or the code.")
NO_SUCH_SHEET = gettext_noop("The file has no sheet “%(sheet)s”. It has: %(known)s.")
OTHER_TEAM = gettext_noop("The customer belongs to another team.")
SEVERAL = gettext_noop("Several records have this name; give the code.")
OUTDATED = gettext_noop("Customers or products changed since the preview. Look at the preview again before writing.")
NOT_DONE = gettext_noop("Only an import that was written can be undone.")
CHANGED = gettext_noop("This import cannot be undone: it completed records people may have used since (%(names)s).")
CHECKING = gettext_noop("Checking rows")
VENDORS = gettext_noop("“%(sheet)s” is a list of suppliers; they come in as customers of that kind.")
FILLED = gettext_noop("%(count)s known records get empty fields filled.")
KEPT = gettext_noop("%(count)s known records differ from the sheet in filled fields; those were left as they are.")


class RecordImporter(ABC):
    """What customers and products have in common."""

    kind: ImportBatch.Kind
    fields: Sequence[FieldSpec]
    model: ClassVar[type[models.Model]]
    diary: ClassVar[type[models.Model]]
    diary_fields: ClassVar[tuple[str, ...]]
    owner: ClassVar[str]
    edit: ClassVar[Permission]

    # -- what differs -------------------------------------------------------------------------------------------------

    @abstractmethod
    def book(self, user: User | None) -> Callable[[RecordRow], Match]:
        """How a row finds its record."""

    @abstractmethod
    def values(self, texts: dict[str, Any]) -> dict[str, Any]:
        """Model fields of a row's texts."""

    @abstractmethod
    def make(self, records: list[NewRecord], maker: Maker) -> None:
        """Write new records."""

    @abstractmethod
    def write_index(self, record: Any) -> None:
        """Write anew what a record is found by."""

    # -- the three deeds ----------------------------------------------------------------------------------------------

    def prepare(self, workbook: Workbook, *, batch: ImportBatch, folder: Path, watch: Watch) -> Report:
        """Check every row and tell what would be made, matched and changed; changes no record."""
        user: User | None = batch.uploaded_by
        if user is not None and not (user.may(Permission.IMPORT_SHEETS) and user.may(self.edit)):
            raise SheetRefused(NOT_ALLOWED)
        tables = self._tables(workbook, batch)
        find = self.book(user)
        report, tally = Report(), Counter[str]()
        total = sum(table.row_count for table, _ in tables)
        seen: set[str] = set()
        with (
            (folder / STAGE_FILE).open("w", encoding="utf-8") as stage,
            (folder / "problems.jsonl").open("w", encoding="utf-8") as problems,
        ):
            for table, columns in tables:
                for problem in table.left_out_problems():
                    problems.write(json.dumps(asdict(problem), ensure_ascii=False, default=str) + "\n")
                for reason, count in table.left_out_count.items():
                    report.refused[reason] = report.refused.get(reason, 0) + count
                for row in self._rows(table, columns, report, problems, watch, total):
                    self._stage_row(row, find(row), seen, stage, tally, report, problems, table, batch)
        self._fill_report(report, tally, tables, workbook)
        plain = report.for_machines() | {"details": report.details}
        (folder / REPORT_FILE).write_text(json.dumps(plain, ensure_ascii=False, default=str), encoding="utf-8")
        return report

    def apply(self, *, batch: ImportBatch, folder: Path, watch: Watch, finish: Callable[[Report], None]) -> Report:
        """Write everything in one transaction that ends with ``finish``."""
        plain = json.loads((folder / REPORT_FILE).read_text(encoding="utf-8"))
        plain["net_total"] = Decimal(plain["net_total"])
        report = Report(**{one.name: plain[one.name] for one in fields(Report)})
        user: User | None = batch.uploaded_by
        maker = Maker(batch, user, timezone.now())
        with transaction.atomic():
            lock_rule("imports.write")
            refuse_second_time(batch)
            find = self.book(user)
            fresh: list[NewRecord] = []
            changed: list[int] = []
            for row, pk in _staged(folder):
                match = find(row)
                if (match.pk or 0) != (pk or 0) or match.verdict not in {"new", "matched"}:
                    raise SheetRefused(OUTDATED)
                if pk is None:
                    fresh.append(NewRecord(row.code, row.name, row.texts, row.barcode))
                elif self._complete(pk, row, maker):
                    changed.append(pk)
            self.make(fresh, maker)
            report.details["changed_ids"] = changed
            finish(report)
        return report

    def undo(self, *, batch: ImportBatch, by: Any) -> None:
        """Delete what the batch made, unless it is used; refused when the batch completed known records."""
        if by is not None and not by.may(Permission.UNDO_IMPORT):
            raise PermissionDenied
        with transaction.atomic():
            lock_rule("imports.write")
            locked = ImportBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
            if locked.state != ImportBatch.State.DONE:
                raise SheetRefused(NOT_DONE)
            ids = locked.report.get("details", {}).get("changed_ids", [])
            touched = list(self.model._default_manager.filter(pk__in=ids[:10]))
            if touched:
                raise SheetRefused(CHANGED, {"names": ", ".join(str(one) for one in touched)})
            remove_made(locked)
            locked.state = ImportBatch.State.UNDONE
            locked.undone_at = timezone.now()
            locked.save(update_fields=["state", "undone_at"])
        batch.refresh_from_db(fields=["state", "undone_at"])

    # -- parts --------------------------------------------------------------------------------------------------------

    def _tables(self, workbook: Workbook, batch: ImportBatch) -> list[tuple[Table, dict[str, int]]]:
        """The sheets that hold records, with their columns."""
        wanted = batch.sheet or str(batch.options.get("sheet") or "")
        if wanted and all(table.name != wanted for table in workbook.tables):
            raise SheetRefused(NO_SUCH_SHEET, {"sheet": wanted, "known": ", ".join(t.name for t in workbook.tables)})
        found = []
        for table in workbook.tables:
            chosen = batch.mapping.get(table.name)
            if (wanted and table.name != wanted) or (batch.mapping and not chosen):
                continue
            columns = self._columns(table, chosen)
            if self.name_field in columns or self.code_field in columns:
                found.append((table, columns))
        if not found:
            raise SheetRefused(NO_RECORDS)
        return found

    @property
    def name_field(self) -> str:
        """The field that names a record."""
        return f"{self.owner}_name"

    @property
    def code_field(self) -> str:
        """The field that holds its code."""
        return f"{self.owner}_code"

    def _columns(self, table: Table, chosen: dict[str, Any] | None) -> dict[str, int]:
        if not chosen:
            return guess_mapping(table, self.fields)
        known = {spec.name for spec in self.fields}
        places = {normalise_heading(heading): place for place, heading in reversed(list(enumerate(table.headings)))}
        exact = {heading: place for place, heading in reversed(list(enumerate(table.headings)))}
        columns = {}
        for name, heading in chosen.items():
            place = exact.get(heading, places.get(normalise_heading(str(heading or ""))))
            if name in known and heading and place is not None:
                columns[name] = place
        return columns

    def _rows(
        self, table: Table, columns: dict[str, int], report: Report, problems: Any, watch: Watch, total: int
    ) -> Iterator[RecordRow]:
        reader = RowReader(self.fields, columns, self.owner)
        for place, (number, cells) in enumerate(table.rows()):
            if place % 500 == 0:
                watch(place, total, CHECKING)
            try:
                yield reader.read(number, cells)
            except RecordRefused as refused:
                heading = table.headings[columns[refused.field]] if refused.field in columns else refused.field
                _refuse(
                    report,
                    problems,
                    RowProblem(table.name, number, heading, refused.value, refused.reason, refused.values),
                )

    def _stage_row(
        self,
        row: RecordRow,
        match: Match,
        seen: set[str],
        stage: Any,
        tally: Counter[str],
        report: Report,
        problems: Any,
        table: Table,
        batch: ImportBatch,
    ) -> None:
        key = (row.code or row.barcode or row.name).casefold() if match.pk is None else f"#{match.pk}"
        reason = OTHER_TEAM if match.verdict == "hidden" else SEVERAL if match.verdict == "conflict" else ""
        if not reason and key in seen:
            reason = CODE_TWICE
        if reason:
            report.conflicts += match.verdict == "conflict"
            _refuse(report, problems, RowProblem(table.name, row.number, "", row.name or row.code, reason))
            return
        seen.add(key)
        tally["matched" if match.pk else "made"] += 1
        if match.pk is not None:
            record = self.model._default_manager.get(pk=match.pk)
            fill, keep = self._differences(record, row, update=bool(batch.options.get("update")))
            tally["changed"] += bool(fill)
            tally["kept"] += bool(keep)
        stage.write(json.dumps([asdict(row), match.pk], ensure_ascii=False, default=str) + "\n")

    def _differences(
        self, record: models.Model, row: RecordRow, *, update: bool
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """(fields to write, fields that differ and stay): only empty ones are filled unless ``update``."""
        wanted = self.values(row.texts)
        if row.name and update:
            wanted["name"] = row.name
        if row.barcode:
            wanted["barcode"] = row.barcode
        fill: dict[str, Any] = {}
        keep: dict[str, Any] = {}
        for name, value in wanted.items():
            stored = getattr(record, name)
            if stored == value:
                continue
            is_empty = stored in (None, "") or (name == "tax_number_kind" and stored == "none")
            (fill if is_empty or update else keep)[name] = value
        if "tax_number" not in fill:
            fill.pop("tax_number_kind", None)
        return fill, keep

    def _complete(self, pk: int, row: RecordRow, maker: Maker) -> bool:
        record: Any = self.model._default_manager.select_for_update().get(pk=pk)
        fill, _ = self._differences(record, row, update=bool(maker.batch.options.get("update")))
        if not fill:
            return False
        before = content_of(record, self.diary_fields)
        for name, value in fill.items():
            setattr(record, name, value)
        record.version += 1
        record.updated_at, record.updated_by = maker.at, maker.by
        record.save()
        self.write_index(record)
        was, now = compare(before, content_of(record, self.diary_fields))
        self.diary._default_manager.create(
            **{self.owner: record}, kind="changed", by=maker.by, at=maker.at, before=was, after=now,
            note=f"{maker.batch.file_name}"[:2000],
        )  # fmt: skip
        return True

    def _fill_report(
        self, report: Report, tally: Counter[str], tables: list[tuple[Table, dict[str, int]]], workbook: Workbook
    ) -> None:
        label = "Customers" if self.owner == "customer" else "Products"
        count = tally["made"] + tally["matched"]
        if self.owner == "customer":
            report.customers = count
        else:
            report.products = count
        notes = [*workbook.notes, *(note for table, _ in tables for note in table.notes)]
        for table, _ in tables:
            if VENDOR_HEADINGS & set(table.headings):
                notes.append(Note(VENDORS, {"sheet": table.name}))
        if tally["changed"]:
            notes.append(Note(FILLED, {"count": tally["changed"]}))
        if tally["kept"]:
            notes.append(Note(KEPT, {"count": tally["kept"]}))
        report.details = {
            "made": {label: tally["made"]},
            "matched": {label: tally["matched"]},
            "changed": tally["changed"],
            "notes": [asdict(note) for note in notes],
        }


class CustomerImporter(RecordImporter):
    """Customers; their team is the uploader's, their rights are nobody's to import."""

    kind = ImportBatch.Kind.CUSTOMERS
    fields: Sequence[FieldSpec] = CUSTOMER_FIELDS
    model = Customer
    diary = CustomerEvent
    diary_fields = CUSTOMER_DIARY
    owner = "customer"
    edit = Permission.EDIT_CUSTOMERS

    def book(self, user: User | None) -> Callable[[RecordRow], Match]:
        """By code, else by name, among what the uploader may see."""
        book = CustomerBook.load(user)
        return lambda row: book.find(row.code, row.name)

    def values(self, texts: dict[str, Any]) -> dict[str, Any]:
        """Fields of Customer."""
        return customer_values(texts)

    def make(self, records: list[NewRecord], maker: Maker) -> None:
        """Write new customers."""
        made = make_customers(records, maker)
        suppliers = [one.pk for one, record in zip(made, records, strict=True) if record.fields.get("is_vendor")]
        if suppliers:
            Customer.objects.filter(pk__in=suppliers).update(group="供应商")

    def write_index(self, record: Customer) -> None:
        """Names, initials, numbers."""
        write_grams([record])


class ProductImporter(RecordImporter):
    """Products."""

    kind = ImportBatch.Kind.PRODUCTS
    fields: Sequence[FieldSpec] = PRODUCT_FIELDS
    model = Product
    diary = ProductEvent
    diary_fields = PRODUCT_DIARY
    owner = "product"
    edit = Permission.IMPORT_SHEETS

    def book(self, user: User | None) -> Callable[[RecordRow], Match]:
        """By code, else barcode, else name."""
        book = ProductBook.load()
        return lambda row: book.find(row.code, row.barcode, row.name)

    def values(self, texts: dict[str, Any]) -> dict[str, Any]:
        """Fields of Product."""
        return product_values(texts)

    def make(self, records: list[NewRecord], maker: Maker) -> None:
        """Write new products."""
        make_products(records, maker)

    def write_index(self, record: Product) -> None:
        """Code, name, specification."""
        write_product_grams([record])


def _staged(folder: Path) -> Iterator[tuple[RecordRow, int | None]]:
    with (folder / STAGE_FILE).open(encoding="utf-8") as lines:
        for line in lines:
            row, pk = json.loads(line)
            yield RecordRow(**row), pk


def _refuse(report: Report, problems: Any, problem: RowProblem) -> None:
    report.refused[problem.reason] = report.refused.get(problem.reason, 0) + 1
    problems.write(json.dumps(asdict(problem), ensure_ascii=False, default=str) + "\n")
