"""The diary of an order as people read it: words for fields and values, newest first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, ForeignKey
from django.urls import reverse
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.history import Change, Entry
from orders.errors import Difference
from orders.models import ApprovalRule, CaseStub, Hold, Order, OrderEvent, OrderLine, SopCheck
from orders.prices import tell_reason
from orders.shipping.looks import DIARY_KINDS
from orders.snapshots import Content, changed_keys
from orders.status import Status
from orders.words import without_links
from salesops.chinese import mask_phone
from salesops.connectors.faults import told
from salesops.money import format_money
from salesops.web.templatetags.workbench import moment, quantity
from staff.sops import deed_words

KINDS = {
    "created": (gettext_lazy("Created"), "keyboard", "ok"),
    "imported": (gettext_lazy("Came in with a sheet"), "file-spreadsheet", "ok"),
    "changed": (gettext_lazy("Changed"), "edit", ""),
    "moved": (gettext_lazy("State changed"), "arrow-right", "go"),
    "note": (gettext_lazy("Note"), "note", "go"),
    "review_open": (gettext_lazy("Not right at review"), "list-check", "bad"),
    "approval_asked": (gettext_lazy("Approval asked for"), "gavel", "go"),
    "approval_granted": (gettext_lazy("Approved"), "gavel", "ok"),
    "approval_refused": (gettext_lazy("Not approved"), "gavel", "bad"),
    "hold_placed": (gettext_lazy("Hold placed"), "hand-stop", "bad"),
    "hold_released": (gettext_lazy("Hold released"), "hand-stop", "ok"),
    "overdue": (gettext_lazy("Past its deadline"), "clock", "bad"),
    "return_linked": (gettext_lazy("Return found"), "arrow-back-up", "bad"),
    "assigned": (gettext_lazy("Assigned"), "users", ""),
    "request_filed": (gettext_lazy("Filed with the order"), "paperclip", ""),
    "mail_sent": (gettext_lazy("Mail written"), "send", ""),
    "mail_left": (gettext_lazy("Mail sent"), "mail-forward", "ok"),
    "mail_failed": (gettext_lazy("Mail not sent"), "mail", "bad"),
    "mail_again": (gettext_lazy("Mail is sent again"), "send", ""),
    "amend_asked": (gettext_lazy("Amendment submitted"), "git-compare", "go"),
    "amend_dropped": (gettext_lazy("Amendment taken back"), "git-compare", ""),
    "amend_rejected": (gettext_lazy("Amendment rejected"), "git-compare", "bad"),
    "amended": (gettext_lazy("Amended"), "git-compare", "ok"),
    "amend_link": (gettext_lazy("Link for the customer made"), "mail", ""),
    "amend_confirmed": (gettext_lazy("Confirmed by the customer"), "circle-check", "ok"),
    "invoice_back": (gettext_lazy("An invoice came back"), "receipt", "bad"),
    "audited": (gettext_lazy("Compared in a sampling audit"), "scan", ""),
    "sop_checked": (gettext_lazy("By the SOP"), "list-check", "ok"),
}
KINDS |= DIARY_KINDS
_OF_OTHERS = frozenset({"created", "imported", "return_linked", "amend_confirmed"})
"""Without a person's name these came with a sheet or from the customer; every other one the house did by itself."""
ENDED = {
    "amendment": gettext_lazy("amendment"),
    "approval": gettext_lazy("approval"),
    "hold": gettext_lazy("hold"),
    "case": gettext_lazy("exception"),
    "question": gettext_lazy("question to the warehouse"),
    "clarification": gettext_lazy("question to the customer"),
}
"""What can end with an order, as the diary of its last move keeps it."""
_ENDED_KINDS = {"approval": ApprovalRule.Kind.choices, "hold": Hold.Kind.choices, "case": CaseStub.Kind.choices}
_CORRECTED = {"carrier": gettext_lazy("Carrier"), "tracking_numbers": gettext_lazy("Tracking numbers")}
"""What of a shipment on its way may be put right."""
_MOST_CHANGES = 12
_MONEY = {"net", "tax", "amount", "total", "source_amount"}
_PLAIN_NUMBERS = {"quantity", "unit_price", "list_price", "exchange_rate"}
_DERIVED = {"net", "tax", "product_id", "list_price", "price_reason", "source_amount"}
"""What follows from another field of the same row: kept in the diary, not told on the page."""


def order_entries(events: Iterable[OrderEvent]) -> list[Entry]:
    """Events as a timeline; who did it stands in the second line."""
    return [_entry(event) for event in events]


def entries_about(order: Order, key: str, pk: int) -> list[Entry]:
    """What the order's diary says about one of its shipments or returns (``key``), newest first."""
    return order_entries(order.events.select_related("by").filter(**{f"after__{key}": pk}).order_by("-at", "-id"))


def told_differences(differences: Iterable[Difference]) -> list[Change]:
    """Differences of a conflict in words: what is stored now, what this person typed."""
    rows = [row for row in differences if row.key.split(".")[-1] not in _DERIVED]
    return [Change(_field_words(row.key), _told(row.key, row.stored), _told(row.key, row.typed)) for row in rows]


def _entry(event: OrderEvent) -> Entry:
    title, icon, tone = KINDS.get(event.kind, (event.kind, "circle-dashed", ""))
    who = event.by.display_name if event.by else "" if event.kind in _OF_OTHERS else _("The system")
    if event.kind == "moved":
        source, target = (str(_state(values)) for values in (event.before, event.after))
        title = _("%(before)s → %(after)s") % {"before": source, "after": target}
        if event.before == {"state": event.after.get("state")}:
            title, icon, tone = _("Sent back by the verifier"), "arrow-back-up", "bad"
    detail = who
    if event.kind in ("created", "imported") and "line_count" in event.after:
        rows = _("%(rows)s rows, %(total)s") % {
            "rows": event.after["line_count"],
            "total": _told("total", event.after.get("total")),
        }
        detail = f"{who} · {rows}" if who else rows
    about = _about(event) or _ended(event)
    detail = " · ".join(part for part in (detail, about) if part)
    changes = _changes(event) if event.kind in ("changed", "amended") else _corrected(event)
    if len(changes) > _MOST_CHANGES:
        more = _("and %(count)s more changes") % {"count": len(changes) - _MOST_CHANGES}
        changes, detail = changes[:_MOST_CHANGES], f"{detail} · {more}"
    quote = without_links(event.note)
    if event.kind == "mail_failed":
        quote = f"{quote}\n{told(event.after.get('error', ''), event.after.get('values') or {})}"
    if event.kind == "sop_checked":
        return _sop_entry(event, who)
    return Entry(str(title), event.at, icon, tone, detail=detail, changes=changes, quote=quote)


def _sop_entry(event: OrderEvent, who: str) -> Entry:
    """What was ticked of the SOP at a deed, what was not and why, with the way to that version."""
    kept = event.after
    missed, why = kept["missed"], without_links(event.note)
    if kept["cause"] == SopCheck.Cause.MANY:
        why = str(SopCheck.Cause.MANY.label)
    count = kept["ticked"] + len(missed)
    title = _("%(deed)s by the SOP: %(ticked)s of %(count)s points") % {
        "deed": deed_words(kept["deed"]), "ticked": kept["ticked"], "count": count,
    }  # fmt: skip
    told_missed = _("not: %(points)s") % {"points": "; ".join(missed)} if missed else ""
    told_why = _("because: %(reason)s") % {"reason": why} if missed and why else ""
    link = {
        "label": _("SOP %(title)s v%(number)s") % {"title": kept["title"], "number": kept["number"]},
        "url": reverse("staff:sop_version", args=[kept["sop"], kept["number"]]),
    }
    detail = " · ".join(part for part in (who, told_missed, told_why) if part)
    icon, tone = ("alert-triangle", "bad") if missed else ("list-check", "ok")
    return Entry(title, event.at, icon, tone, detail=detail, quote="" if missed else why, files=(link,))


def _about(event: OrderEvent) -> str:
    """Which shipment, return, invoice or audit it was; of what is closed or missing the row and how much."""
    if event.kind == "short_closed":
        return _("Row %(row)s: %(quantity)s") % {key: event.after.get(key, "") for key in ("row", "quantity")}
    if event.kind == "trouble_settled":
        missing = event.after.get("missing") or {}
        words = _("Row %(row)s: %(quantity)s missing")
        return ", ".join(words % {"row": row, "quantity": missing[row]} for row in missing)
    if event.kind in ("invoice_back", "audited"):
        return " · ".join([event.after["number"], *event.after["errors"]])
    is_one_of_several = event.kind.startswith(("shipment_", "return_")) and event.kind != "return_linked"
    return str(event.after.get("number", "")) if is_one_of_several else ""


def _ended(event: OrderEvent) -> str:
    """What the end of the order ended with it."""
    told = [_one_ended(what, which) for what, which in event.after.get("ended") or []]
    return _("ended with it: %(things)s") % {"things": ", ".join(told)} if told else ""


def _one_ended(what: str, which: Any) -> str:
    words = str(ENDED.get(what, what))
    kinds = _ENDED_KINDS.get(what)
    which = dict(kinds).get(which, which) if kinds else which
    return f"{words}: {which}" if kinds else f"{words} {which}".strip()


def _state(values: Content) -> Any:
    value = values.get("state", "")
    return Status(value).label if value in Status.values else value


def _changes(event: OrderEvent) -> list[Change]:
    keys = [key for key in changed_keys(event.before, event.after) if key.split(".")[-1] not in _DERIVED]
    return [
        Change(_field_words(key), _told(key, event.before.get(key)), _told(key, event.after.get(key))) for key in keys
    ]


def _corrected(event: OrderEvent) -> list[Change]:
    """What was put right on a shipment that was on its way."""
    if event.kind != "shipment_corrected":
        return []
    return [
        Change(str(label), event.before[name], event.after[name])
        for name, label in _CORRECTED.items()
        if event.before[name] != event.after[name]
    ]


def _model_field(key: str) -> Field[Any, Any] | None:
    name = key.rsplit(".", maxsplit=1)[-1].removesuffix("_id")
    model = OrderLine if key.startswith("lines.") else Order
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return field if isinstance(field, Field) else None


def _field_words(key: str) -> str:
    if key == "line_order":
        return _("Sequence of the rows")
    parts = key.split(".")
    field = _model_field(key)
    name = _capital(str(field.verbose_name)) if field is not None else parts[-1]
    if parts[0] != "lines":
        return name
    if len(parts) == 2:
        return _("Row %(row)s") % {"row": parts[1]}
    return _("Row %(row)s, %(field)s") % {"row": parts[1], "field": str(field.verbose_name) if field else parts[2]}


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _told(key: str, value: Any) -> str:
    """A plain value of a snapshot in the reader's words."""
    if value is None or value == "":
        return ""
    if isinstance(value, dict):
        return _row_words(value)
    if isinstance(value, list):
        return " ".join(map(str, value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return _told_field(key.rsplit(".", maxsplit=1)[-1], _model_field(key), value)


def _told_field(name: str, field: Field[Any, Any] | None, value: Any) -> str:
    if name == "price_reason":
        return tell_reason(str(value))
    if name == "ship_to_phone":
        return mask_phone(str(value))
    if name in _MONEY | _PLAIN_NUMBERS | {"discount"}:
        return _number_words(name, str(value))
    if field is not None and field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if field is not None and isinstance(field, ForeignKey):
        return f"#{value}"
    when: date | datetime | None = _moment(str(value)) if name.endswith(("_at", "_on")) else None
    return moment(when) if when else str(value)


def _number_words(name: str, value: str) -> str:
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    if name == "discount":
        return f"{quantity(number * 100)}%"
    return format_money(number) if name in _MONEY else quantity(number)


def _moment(value: str) -> date | datetime | None:
    try:
        return parse_datetime(value) if "T" in value else parse_date(value)
    except ValueError:
        return None


def _row_words(row: Content) -> str:
    name = " ".join(str(row[part]) for part in ("product_code", "product_name") if row.get(part))
    return f"{name} {quantity(row.get('quantity'))} × {quantity(row.get('unit_price'))}"
