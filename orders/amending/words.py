"""An amendment in words, row by row: as its page, its customer and the order's page show it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from customers.models import InvoiceProfile
from orders.amending.rows import ADDED, REMOVED, Change
from orders.errors import Difference
from orders.history import told_differences
from orders.ledger.words import field_words
from orders.models import OrderLine
from salesops.web.templatetags.workbench import price, quantity


@dataclass(frozen=True, slots=True)
class ToldChange:
    """One line of the diff: where, what, before, after; the name of the goods where ``where`` says their code.

    ``why`` is told among ourselves only, never to the customer.
    """

    where: str
    field: str
    old: str
    new: str
    name: str = ""
    why: str = ""


def told_changes(changes: Iterable[Change], lines: Sequence[OrderLine] = ()) -> list[ToldChange]:
    """Changes as a person reads them, header first; phones are masked."""
    by_id = {line.pk: line for line in lines}
    return [_told(change, by_id.get(change.line_id or 0)) for change in changes]


def _told(change: Change, line: OrderLine | None) -> ToldChange:
    if change.field in (ADDED, REMOVED):
        words = _("Row added") if change.field == ADDED else _("Row removed")
        summary = change.new if change.field == ADDED else change.old
        return ToldChange(
            f"{change.position} {_name(summary)}", words, _row(change.old), _row(change.new), why=change.why
        )
    if change.position == 0:
        where, key = _("Header"), change.field
    else:
        where = _where(line) if line is not None else _("Row %(row)s") % {"row": change.position}
        key = f"lines.{change.position}.{change.field}"
    if change.field == "invoice_profile_id":
        old, new = _profile(change.old), _profile(change.new)
    else:
        told = told_differences([Difference(key, change.old, change.new)])
        old, new = (told[0].before, told[0].after) if told else (str(change.old), str(change.new))
    words = field_words(change.field)
    name = line.product_name if line is not None and line.product_code else ""
    return ToldChange(where, words[:1].upper() + words[1:], old, new, name, change.why)


def _where(line: OrderLine) -> str:
    return f"{line.position} {line.product_code or line.product_name}"


def _name(row: dict[str, Any] | None) -> str:
    return str((row or {}).get("product_code") or (row or {}).get("product_name") or "")


def _row(row: dict[str, Any] | None) -> str:
    if not row:
        return ""
    named = " ".join(str(row[part]) for part in ("product_name",) if row.get(part))
    return f"{named} {quantity(Decimal(row['quantity']))} × {price(Decimal(row['unit_price']))}"


def _profile(profile_id: Any) -> str:
    if not profile_id:
        return ""
    return InvoiceProfile.objects.filter(pk=profile_id).values_list("title", flat=True).first() or f"#{profile_id}"
