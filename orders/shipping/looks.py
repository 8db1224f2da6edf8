"""How each state of a shipment and of a return looks, and how their diary entries are told."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from orders.models import OrderReturn, Shipment, StockQuestion
from salesops.listing.cells import Look

S = Shipment.State
R = OrderReturn.State
A = StockQuestion.Answer

SHIPMENT_LOOKS: dict[str, Look] = {
    S.REQUESTED: Look(S.REQUESTED.label, "", "inbox"),
    S.ACCEPTED: Look(S.ACCEPTED.label, "go", "check"),
    S.SHORT: Look(S.SHORT.label, "wait", "minus"),
    S.PICKED: Look(S.PICKED.label, "go", "package"),
    S.PACKED: Look(S.PACKED.label, "go", "box"),
    S.SHIPPED: Look(S.SHIPPED.label, "go", "truck-delivery"),
    S.DELIVERED: Look(S.DELIVERED.label, "ok", "map-pin"),
    S.SIGNED: Look(S.SIGNED.label, "ok", "clipboard-check"),
    S.CANCELLED: Look(S.CANCELLED.label, "off", "circle-x"),
}

RETURN_LOOKS: dict[str, Look] = {
    R.REQUESTED: Look(R.REQUESTED.label, "wait", "inbox"),
    R.AUTHORISED: Look(R.AUTHORISED.label, "go", "check"),
    R.REFUSED: Look(R.REFUSED.label, "bad", "ban"),
    R.IN_TRANSIT: Look(R.IN_TRANSIT.label, "go", "truck"),
    R.RECEIVED: Look(R.RECEIVED.label, "go", "package"),
    R.INSPECTED: Look(R.INSPECTED.label, "go", "scan"),
    R.RESOLVED: Look(R.RESOLVED.label, "ok", "checks"),
    R.CLOSED: Look(R.CLOSED.label, "off", "lock"),
    R.NOTED: Look(R.NOTED.label, "off", "note"),
}

ANSWER_LOOKS: dict[str, Look] = {
    "": Look(_("Not answered"), "wait", "hourglass"),
    A.ALL: Look(A.ALL.label, "ok", "check"),
    A.PART: Look(A.PART.label, "wait", "minus"),
    A.LATER: Look(A.LATER.label, "wait", "calendar"),
    A.NONE: Look(A.NONE.label, "bad", "x"),
    A.ENDED: Look(A.ENDED.label, "off", "circle-x"),
}

ROW_LOOKS: dict[str, Look] = {
    "": Look(_("Not answered"), "", "hourglass"),
    A.ALL: Look(_("All"), "ok", "check"),
    A.PART: Look(_("A part: %(quantity)s"), "wait", "minus"),
    A.LATER: Look(_("Later: %(day)s"), "wait", "calendar"),
    A.NONE: Look(_("Out of stock"), "bad", "x"),
}
"""How the answer to one row of a question looks."""

TROUBLE_LOOKS: dict[str, Look] = {
    value: Look(label, "bad", "alert-triangle") for value, label in Shipment.Trouble.choices if value
}

DIARY_KINDS = {
    "stock_asked": (_("The warehouse was asked"), "message-question", ""),
    "stock_answered": (_("The warehouse answered"), "building-warehouse", "go"),
    "stock_waived": (_("Released without the warehouse’s answer"), "flag", "bad"),
    "shipment_requested": (_("Shipment requested"), "inbox", ""),
    "shipment_accepted": (_("Shipment accepted"), "check", "go"),
    "shipment_short": (_("Shipment short"), "minus", "bad"),
    "shipment_picked": (_("Shipment picked"), "package", "go"),
    "shipment_packed": (_("Shipment packed"), "box", "go"),
    "shipment_shipped": (_("Shipped"), "truck-delivery", "go"),
    "shipment_corrected": (_("Carrier or tracking number corrected"), "edit", ""),
    "shipment_delivered": (_("Delivered"), "map-pin", "ok"),
    "shipment_signed": (_("Signed for"), "clipboard-check", "ok"),
    "shipment_cancelled": (_("Shipment cancelled"), "circle-x", "bad"),
    "rows_came_back": (_("What comes back has arrived"), "package", "ok"),
    "address_asked": (_("The warehouse is asked to read the new address"), "map-pin", "bad"),
    "address_seen": (_("The warehouse has read the new address"), "map-pin", "ok"),
    "shipment_trouble": (_("Exception on the way"), "alert-triangle", "bad"),
    "trouble_settled": (_("Exception settled"), "checks", "ok"),
    "warehouse_bounced": (_("Sent back by the warehouse"), "corner-down-left", "bad"),
    "short_closed": (_("Short-closed"), "minus", "bad"),
    "return_requested": (_("Return requested"), "arrow-back-up", ""),
    "return_authorised": (_("Return authorised"), "check", "go"),
    "return_refused": (_("Return refused"), "ban", "bad"),
    "return_in_transit": (_("Return on its way back"), "truck", "go"),
    "return_received": (_("Return received"), "package", "go"),
    "return_inspected": (_("Return inspected"), "scan", "go"),
    "return_resolved": (_("Return resolved"), "checks", "ok"),
    "return_closed": (_("Return closed"), "lock", "ok"),
}
"""Kinds of OrderEvent as the diary tells them: words, icon, tone."""
