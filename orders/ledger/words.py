"""The error ledger in words: fields, values, looks; the same in lists, figures and on pages."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.history import Change
from customers.models import InvoiceProfile
from orders.errors import Difference
from orders.history import told_differences
from orders.ledger.types import KNOWN_FIELDS, PROFILE_FIELDS
from orders.models import ErrorEntry, ErrorEvent, Order, OrderLine
from salesops.listing.cells import Look

_OWN_WORDS: dict[str, str | Promise] = {
    "line": gettext_lazy("Whole row"),
    "product_code": gettext_lazy("Product"),
    "customer_id": gettext_lazy("Customer"),
    "shipment": gettext_lazy("What was shipped"),
    "other": gettext_lazy("Something else"),
}
_AS_WRITTEN = _OWN_WORDS.keys() | PROFILE_FIELDS.keys() | {"invoice_profile_id"}
"""Fields whose values the ledger keeps as people read them."""
_LINE_NAMES = frozenset(field.name for field in OrderLine._meta.concrete_fields)

SEVERITY_LOOKS: dict[str, Look] = {
    "S1": Look("S1", "bad", "alert-triangle"),
    "S2": Look("S2", "wait", "alert-triangle"),
    "S3": Look("S3", "go", "info-circle"),
    "S4": Look("S4", "off", "info-circle"),
}


def _word(name: str) -> str | Promise:
    if name in _OWN_WORDS:
        return _OWN_WORDS[name]
    if name in PROFILE_FIELDS:
        of_profile: str | Promise = InvoiceProfile._meta.get_field(PROFILE_FIELDS[name]).verbose_name  # type: ignore[union-attr]
        return of_profile
    model = OrderLine if name in _LINE_NAMES and name not in ("remarks",) else Order
    words: str | Promise = next(
        field.verbose_name for field in model._meta.concrete_fields if field.name == name.removesuffix("_id")
    )
    return words


FIELD_WORDS: dict[str, str | Promise] = {name: _word(name) for name in sorted(KNOWN_FIELDS)}


def field_words(field: str, position: int | None = None) -> str:
    """ "Row 3, quantity", or the field alone for the header; each begins as a sentence does."""
    words = str(FIELD_WORDS.get(field, field))
    if not position:
        return capfirst(words)
    return _("Row %(row)s, %(field)s") % {"row": position, "field": words[:1].lower() + words[1:]}


def told_pair(field: str, position: int | None, wrong: Any, right: Any) -> tuple[str, str]:
    """Both values as a person reads them; phones are masked."""
    if field == "profile_kind":
        kinds = dict(InvoiceProfile.InvoiceKind.choices)
        return str(kinds.get(wrong, wrong)), str(kinds.get(right, right))
    if field not in FIELD_WORDS or field in _AS_WRITTEN:
        return str(wrong), str(right)
    key = f"lines.{position}.{field}" if position and field in _LINE_NAMES else field
    for change in told_differences([Difference(key, _plain(wrong), _plain(right))]):
        return change.before, change.after
    return str(wrong), str(right)


def _plain(value: Any) -> Any:
    return {"True": True, "False": False}.get(value, value)


def judged_changes(entry: ErrorEntry) -> list[Change]:
    """What somebody changed when they judged an error, in words; nothing for other entries of its diary."""
    if entry.kind != "changed":
        return []
    return [_judged(name, entry.before.get(name), entry.after.get(name)) for name in entry.after]


def _judged(name: str, before: Any, after: Any) -> Change:
    field: Any = ErrorEvent._meta.get_field(name)
    words = dict(field.flatchoices) | {True: _("yes"), False: _("no"), None: ""}
    return Change(str(field.verbose_name), str(words.get(before, before)), str(words.get(after, after)))
