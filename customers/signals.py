"""What customers tell the floors above: sent after commit, with ids only."""

from django.dispatch import Signal

customer_assigned = Signal()
"""Sent with customer_id after the team or the people of a customer changed."""
