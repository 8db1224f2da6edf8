"""The diary as people read it: words for fields and values, and no phone or account in full."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import (
    Address,
    Contact,
    Customer,
    CustomerEvent,
    CustomerPartNumber,
    InvoiceProfile,
    Product,
    ProductEvent,
)
from salesops.chinese import mask_account, mask_email, mask_phone

_MASKS: dict[str, Callable[[str], str]] = {
    "mobile": mask_phone,
    "phone": mask_phone,
    "delivery_phone": mask_phone,
    "wechat": mask_account,
    "email": mask_email,
    "delivery_email": mask_email,
    "account": mask_account,
}
KINDS = {
    "created": (gettext_lazy("Created"), "plus", "ok"),
    "imported": (gettext_lazy("Came in with a sheet"), "file-spreadsheet", "ok"),
    "changed": (gettext_lazy("Changed"), "edit", ""),
    "note": (gettext_lazy("Note"), "message-circle", "go"),
    "blocked": (gettext_lazy("Blocked"), "ban", "bad"),
    "unblocked": (gettext_lazy("Unblocked"), "circle-check", "ok"),
    "assigned": (gettext_lazy("Assigned"), "users", ""),
    "verified": (gettext_lazy("Verified"), "shield-check", "ok"),
    "contact": (gettext_lazy("Contact"), "user", ""),
    "address": (gettext_lazy("Delivery address"), "map-pin", ""),
    "address_removed": (gettext_lazy("Delivery address removed"), "map-pin", "bad"),
    "invoice_profile": (gettext_lazy("Invoice profile"), "receipt", ""),
    "profile_checked": (gettext_lazy("Invoice profile checked"), "shield-check", ""),
    "prices": (gettext_lazy("Prices"), "tag", ""),
    "part_number": (gettext_lazy("Customer's part number"), "tag", ""),
}
_PARTS: dict[str, type[models.Model]] = {
    "contact": Contact,
    "address": Address,
    "address_removed": Address,
    "invoice_profile": InvoiceProfile,
    "profile_checked": InvoiceProfile,
    "part_number": CustomerPartNumber,
}


@dataclass(frozen=True)
class Change:
    """One field from what to what, in words."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Entry:
    """One line of the timeline, as components/timeline.html wants it."""

    title: str
    at: datetime
    icon_name: str
    tone: str
    detail: str = ""
    changes: list[Change] = field(default_factory=list)
    quote: str = ""
    files: tuple[Any, ...] = ()


def customer_entries(events: Iterable[CustomerEvent], *, in_full: bool = False) -> list[Entry]:
    """Events of a customer as a timeline; the first save is spelled out only ``in_full``."""
    return [_entry(event, _PARTS.get(event.kind, Customer), in_full) for event in events]


def product_entries(
    events: Iterable[ProductEvent], *, in_full: bool = False, hidden: frozenset[str] = frozenset()
) -> list[Entry]:
    """Events of a product as a timeline, without the fields this person may not see."""
    return [_entry(event, Product, in_full, hidden) for event in events]


def words_for(model: type[models.Model], name: str, value: Any) -> str:
    """A stored plain value as people read it."""
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, dict):
        return str(value.get("name", ""))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name == "steps":
        return "; ".join(_step_words(*step) for step in value)
    if isinstance(value, list):
        return "; ".join(map(str, value))
    if name in _MASKS:
        return _MASKS[name](str(value))
    try:
        choices = dict(model._meta.get_field(name).flatchoices)  # type: ignore[union-attr]
    except (FieldDoesNotExist, AttributeError):
        choices = {}
    return str(choices.get(value, value))


def label_of(model: type[models.Model], name: str) -> str:
    """The field's name as the form shows it."""
    if name == "steps":
        return _("Prices")
    try:
        return str(model._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    except (FieldDoesNotExist, AttributeError):
        return name


def _step_words(from_quantity: str, price: str, valid_from: str | None, valid_to: str | None) -> str:
    days = f" ({valid_from or ''}–{valid_to or ''})" if valid_from or valid_to else ""
    return f"≥{from_quantity}: {price}{days}"


def _entry(
    event: CustomerEvent | ProductEvent, model: type[models.Model], in_full: bool, hidden: frozenset[str] = frozenset()
) -> Entry:
    title, icon_name, tone = KINDS.get(event.kind, (event.kind, "history", ""))
    # What was added for the first time stands in the panels beside; the history spells it out.
    spelled = in_full or bool(event.before)
    changes = list(_changes(event, model, hidden)) if spelled else []
    who = str(event.by) if event.by else _("System")
    quote = event.note if event.kind in {"note", "blocked", "unblocked"} else ""
    detail = who if quote or not event.note else f"{who} · {event.note}"
    return Entry(str(title), event.at, icon_name, tone, detail, changes, quote)


def _changes(
    event: CustomerEvent | ProductEvent, model: type[models.Model], hidden: frozenset[str]
) -> Iterator[Change]:
    for name in dict.fromkeys((*event.after, *event.before)):
        before, after = (words_for(model, name, half.get(name)) for half in (event.before, event.after))
        if name not in hidden and (before or after):
            yield Change(label_of(model, name), before, after)
