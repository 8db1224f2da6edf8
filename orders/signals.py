"""What orders tell the floors above: sent after commit, with ids only."""

from django.dispatch import Signal

order_changed = Signal()
"""Sent with order_id and kind (an OrderEvent kind) after an order was created, changed or moved."""
