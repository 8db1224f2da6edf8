"""Draft rows out of what a customer says: a mail's words, a chat that was pasted, the note of a call.

The same rows as a sheet gives (see draft_rows), each with the line it stands in. What names no product that is known
stays a row, with the words in the place of the product, for the clerk to settle.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from customers.models import Customer
from customers.searching import find_products
from orders.models import Evidence, Request
from orders.requests.draft_rows import EMPTY_ROW, ZERO, DraftRow, finish_rows, match_products
from orders.requests.mail_text import lines_written
from orders.requests.word_items import Item, items_in
from orders.words import without_links
from salesops.spreadsheets.values import NOT_A_NUMBER

WORD_KINDS = (Evidence.Kind.MAIL, Evidence.Kind.NOTE, Evidence.Kind.PASTE)
_SIGNATURE = re.compile(r"\s*--\s*")
_MOST_LINES = 400
_MOST_ROWS = 200
_MOST_SEARCHES = 20  # of names nobody knows by heart; the rest is looked up in the grid


def rows_said(request: Request, customer: Customer | None) -> list[DraftRow]:
    """The rows of everything a request says in words, in the order it says them."""
    told = [one for one in request.evidence.filter(kind__in=WORD_KINDS).select_related("request") if one.text]
    texts = [(one.pk, lines_written(one)) for one in told] or [(0, request.body.splitlines())]
    lines = [({"evidence": pk, "line": number}, line) for pk, text in texts for number, line in _ordering(text)]
    return word_rows(lines, customer)


def rows_of_evidence(evidence: Evidence, customer: Customer | None) -> list[DraftRow]:
    """The rows of one mail, note or chat alone."""
    if evidence.kind not in WORD_KINDS or not evidence.text:
        return []
    lines = _ordering(lines_written(evidence))
    return word_rows([({"evidence": evidence.pk, "line": number}, line) for number, line in lines], customer)


def word_rows(lines: Sequence[tuple[dict[str, Any], str]], customer: Customer | None) -> list[DraftRow]:
    """Rows of the lines, each given with its place; what only a product that is known makes an order needs one."""
    said = [(place, line, item) for place, line in lines for item in items_in(line)]
    rows = [_row(place, without_links(line), item) for place, line, item in said[:_MOST_ROWS]]
    tried = [(row, name) for row, (_place, _line, item) in zip(rows, said, strict=False) for name in item.names]
    _match(customer, tried)
    searches = 0
    kept = []
    for row, (_place, _line, item) in zip(rows, said, strict=False):
        if row["product_id"] is None and item.needs_product and item.quantity and searches < _MOST_SEARCHES:
            searches += 1
            if len(find_products(item.names[0], 2, sold_only=True)) == 1:
                kept.append(row)
        elif row["product_id"] is not None or not item.needs_product:
            kept.append(row)
    return finish_rows(kept)


def _ordering(lines: Sequence[str]) -> Iterable[tuple[int, str]]:
    """Numbered lines the customer wrote: no older mail that is quoted, no signature, no table, which is a sheet."""
    ordering = []
    for number, line in enumerate(lines[:_MOST_LINES], 1):
        if _SIGNATURE.fullmatch(line):
            break
        if not line.lstrip().startswith(">") and "\t" not in line.strip():
            ordering.append((number, line))
    return ordering


def _row(place: dict[str, Any], line: str, item: Item) -> DraftRow:
    stood = {"how": "parsed", **place, "text": line.strip()[:300]}
    read = {"name": item.names[0], "quantity": item.said, "remarks": item.remarks}
    values = {"quantity": item.quantity, "unit": item.unit, "remarks": item.remarks[:300]}
    problems: dict[str, list[Any]] = {}
    if item.quantity and not float(item.quantity):
        problems["quantity"], values["quantity"] = [ZERO, {}], ""
    elif not item.quantity and item.said:
        problems["quantity"] = [NOT_A_NUMBER, {"value": item.said[:80]}]
    origin = {name: stood for name in ("quantity", "unit", "remarks") if values[name] or name in problems}
    return {
        **EMPTY_ROW, **values, "product": item.names[0][:100], "product_name": "", "product_id": None, "matched_by": "",
        "read": {name: text for name, text in read.items() if text}, "problems": problems,
        "origin": origin | {"product": stood, "product_name": stood},
    }  # fmt: skip


def _match(customer: Customer | None, tried: Sequence[tuple[DraftRow, str]]) -> None:
    """The likeliest name that is somebody's number, a code, a barcode or the whole name of a product."""
    probes = [
        {**row, "read": {"part_number": name, "name": name}, "problems": {}, "origin": dict(row["origin"])}
        for row, name in tried
    ]
    match_products(customer, probes)
    for (row, name), probe in zip(tried, probes, strict=True):
        if row["product_id"] is not None:
            continue
        if probe["product_id"] is None:
            row["problems"].setdefault("product", probe["problems"]["product"])  # of the likeliest name
            continue
        row["problems"].pop("product", None)
        row.update(probe | {"read": row["read"] | {"name": name}, "problems": row["problems"] | probe["problems"]})
        if row["matched_by"] == "part_number":
            row["customer_part_number"], row["origin"]["customer_part_number"] = name[:60], row["origin"]["product"]
