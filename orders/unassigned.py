"""Reads of sheet rows that wait for a customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from orders.models import UnassignedLine
from staff.roles import Permission

if TYPE_CHECKING:
    from staff.models import User

MOST_COUNTED = 1000


def count_waiting_lines(user: User) -> int:
    """How many of them wait, counted to a thousand."""
    return waiting_lines(user).order_by()[:MOST_COUNTED].count()


def waiting_lines(user: User) -> models.QuerySet[UnassignedLine]:
    """Rows without a customer that this person may assign: all, or those their own team brought in."""
    rows = UnassignedLine.objects.filter(assigned_to__isnull=True)
    if not user.may(Permission.IMPORT_SHEETS):
        return rows.none()
    if user.may(Permission.SEE_ALL_CUSTOMERS):
        return rows
    own = Q(batch__uploaded_by=user)
    return rows.filter(own | Q(batch__uploaded_by__team_id=user.team_id) if user.team_id else own)
