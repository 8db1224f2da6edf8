"""The second step: which column is what."""

from functools import partial
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from salesops.spreadsheets import actions
from salesops.spreadsheets.faults import SheetRefused
from salesops.spreadsheets.folders import folder_of
from salesops.spreadsheets.layout import column_letter
from salesops.spreadsheets.mapping import Confidence
from salesops.spreadsheets.models import ImportBatch
from salesops.spreadsheets.planning import Plan, TablePlan, make_plan
from salesops.spreadsheets.queries import batches_visible_to
from salesops.spreadsheets.refused_rows import said
from salesops.spreadsheets.sight import BatchSight
from salesops.spreadsheets.steps import STEPS
from salesops.spreadsheets.tables import IMPORTERS, Importer, Workbook
from salesops.spreadsheets.text_files import ENCODINGS
from salesops.spreadsheets.values import DateOrder
from salesops.web.access import PersonRequest, require
from salesops.web.toasts import toast

State = ImportBatch.State
CONFIDENCES = {
    Confidence.REMEMBERED: (_("as last time"), "ok"),
    Confidence.NAME: (_("same name"), "ok"),
    Confidence.SIMILAR: (_("similar name, please check"), "warn"),
    Confidence.CONTENT: (_("by its content"), "warn"),
    Confidence.CHOSEN: (_("chosen"), "ok"),
}
DATE_ORDERS = {
    DateOrder.MONTH_FIRST: _("month / day / year"),
    DateOrder.DAY_FIRST: _("day / month / year"),
    DateOrder.YEAR_FIRST: _("year / month / day"),
}


@require("import_sheets")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def map_columns(request: PersonRequest, pk: int) -> HttpResponse:
    """Show what each column is taken for; take the person's choice and check every row."""
    batch = get_object_or_404(batches_visible_to(request.user), pk=pk)
    busy = batch.job is not None and batch.job.state in actions.UNFINISHED
    stored = folder_of(batch) / "workbook.json"
    if busy or batch.state not in (State.READING, State.PREVIEW) or not stored.exists():
        return redirect("imports:detail", pk) if busy or batch.state != State.READING else redirect("imports:list")
    workbook = Workbook.load(stored)
    importer = IMPORTERS.get(batch.kind)
    if request.method == "POST" and importer is not None:
        return _take(request, batch, workbook, importer)
    plan = make_plan(workbook, batch, importer) if importer else Plan([], [])
    return render(request, "imports/map.html", _context(batch, workbook, plan, importer))


def _take(request: PersonRequest, batch: ImportBatch, workbook: Workbook, importer: Importer) -> HttpResponse:
    posted = request.POST
    options = _options(posted, batch.options)
    kind = posted.get("kind", "")
    kind = kind if kind in IMPORTERS else batch.kind
    fresh = ("encoding", "header_row", "hidden")
    reread = any(options.get(key) != batch.options.get(key) for key in fresh)
    try:
        if "reread" in posted or kind != batch.kind:
            actions.read_again(batch=batch, kind=kind, options=options, by=request.user)
        else:
            mapping = _mapping(posted, workbook, importer)
            deed = partial(actions.read_again, kind=kind) if reread else actions.choose_columns
            deed(batch=batch, mapping=mapping, options=options, by=request.user)
    except SheetRefused as refusal:
        toast(request, said(refusal.msgid, refusal.values), tone="bad")
    return redirect("imports:detail", batch.pk)


def _options(posted: QueryDict, before: dict[str, Any]) -> dict[str, Any]:
    options = {
        key: value for key, value in before.items() if key not in ("encoding", "header_row", "hidden", "guess_kind")
    }
    if posted.get("encoding") in ENCODINGS:
        options["encoding"] = posted["encoding"]
    row = posted.get("header_row", "").strip()
    if row.isascii() and row.isdigit() and len(row) < 7:
        options["header_row"] = int(row)
    if posted.get("hidden") in ("take", "leave"):
        options["hidden"] = posted["hidden"]
    orders = {key.removeprefix("date-"): value for key, value in posted.items() if key.startswith("date-")}
    options["date_order"] = {name: value for name, value in orders.items() if value in set(DateOrder)}
    return options


def _mapping(posted: QueryDict, workbook: Workbook, importer: Importer) -> dict[str, dict[str, str]]:
    known = {spec.name for spec in importer.fields}
    mapping: dict[str, dict[str, str]] = {}
    for place, table in enumerate(workbook.tables):
        if f"use-{place}" not in posted and len(workbook.tables) > 1:
            continue
        chosen: dict[str, str] = {}
        for column, heading in enumerate(table.headings):
            name = posted.get(f"t{place}-c{column}", "")
            if name in known and name not in chosen:
                chosen[name] = heading
        if chosen:
            mapping[table.name] = chosen
    return mapping


def _context(batch: ImportBatch, workbook: Workbook, plan: Plan, importer: Importer | None) -> dict[str, Any]:
    fields = list(importer.fields) if importer else []
    return {
        "batch": batch,
        "sight": BatchSight(batch),
        "steps": STEPS,
        "fields": fields,
        "tables": [_table(place, one) for place, one in enumerate(plan.tables)],
        "plan": plan,
        "several": len(plan.tables) > 1,
        "encodings": ENCODINGS.items() if workbook.encoding else (),
        "kinds": [choice for choice in ImportBatch.Kind.choices if choice[0] in IMPORTERS],
        "questions": [
            {"field": q.field, "heading": q.heading, "example": q.evidence.example, "chosen": _chosen(batch, q)}
            for q in plan.questions
        ],
        "date_orders": DATE_ORDERS.items(),
        "hidden": batch.options.get("hidden", "take"),
        "has_importer": importer is not None,
    }


def _chosen(batch: ImportBatch, question: Any) -> str:
    return str((batch.options.get("date_order") or {}).get(question.field, question.evidence.order))


def _table(place: int, plan: TablePlan) -> dict[str, Any]:
    guesses = {guess.column: guess for guess in plan.guesses}
    columns = []
    for column, heading in enumerate(plan.table.headings):
        samples = [row[column] for row in plan.table.samples if column < len(row) and row[column]]
        guess = guesses.get(column)
        label, tone = CONFIDENCES[guess.confidence] if guess else ("", "")
        columns.append(
            {
                "name": f"t{place}-c{column}",
                "letter": column_letter(column),
                "heading": heading,
                "samples": list(dict.fromkeys(sample[:40] for sample in samples))[:3],
                "field": guess.field if guess else "",
                "label": label,
                "tone": tone,
                "is_hidden": heading in plan.table.hidden_columns,
            }
        )
    return {"place": place, "plan": plan, "table": plan.table, "columns": columns}
