"""What orders do when a floor below tells something."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from customers.models import Customer
from customers.signals import customer_assigned
from orders.actions.follow import follow_customer
from orders.ledger.detector import detect_in_order
from orders.models import Order
from orders.requests.mailing import note_ending
from orders.signals import order_changed
from salesops.connectors.models import OutgoingMail
from salesops.connectors.signals import outgoing_mail_ended


@receiver(customer_assigned, sender=Customer, dispatch_uid="orders.follow_customer")
def customer_was_assigned(customer_id: int, **told: Any) -> None:
    """A customer's team or salesperson changed: their open orders go along."""
    follow_customer(customer_id=customer_id)


@receiver(order_changed, sender=Order, dispatch_uid="orders.detect_corrections")
def order_was_changed(order_id: int, kind: str, **told: Any) -> None:
    """Somebody saved an order: what they put right goes into the ledger at once; the daily look finds the rest."""
    if kind == "changed":
        detect_in_order(order_id)


@receiver(outgoing_mail_ended, sender=OutgoingMail, dispatch_uid="orders.note_ending")
def mail_has_ended(mail_id: int, **told: Any) -> None:
    """A mail was sent or failed for good: its order's thread says so."""
    note_ending(mail_id)
