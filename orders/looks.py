"""How each state of an order looks: its word, its tone, its icon; the same in lists, on pages and in panels."""

from __future__ import annotations

from orders.status import Status
from salesops.listing.cells import Look

S = Status

LOOKS: dict[str, Look] = {
    S.RECEIVED: Look(S.RECEIVED.label, "", "inbox"),
    S.CLARIFYING: Look(S.CLARIFYING.label, "wait", "message-question"),
    S.REVIEWED: Look(S.REVIEWED.label, "go", "list-check"),
    S.REJECTED: Look(S.REJECTED.label, "bad", "ban"),
    S.ENTERED: Look(S.ENTERED.label, "go", "keyboard"),
    S.VERIFIED: Look(S.VERIFIED.label, "go", "checks"),
    S.PENDING_APPROVAL: Look(S.PENDING_APPROVAL.label, "wait", "gavel"),
    S.CONFIRMED: Look(S.CONFIRMED.label, "ok", "circle-check"),
    S.RELEASED: Look(S.RELEASED.label, "ok", "send"),
    S.COMPLETED: Look(S.COMPLETED.label, "ok", "packages"),
    S.CLOSED: Look(S.CLOSED.label, "off", "lock"),
    S.CANCELLED: Look(S.CANCELLED.label, "off", "circle-x"),
}
"""How each state of an order looks, here and on its page."""
