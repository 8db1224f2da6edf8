"""Rows that belong to a team and a salesperson, as far as somebody's roles reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models

from staff.roles import Reach

if TYPE_CHECKING:
    from staff.models import User

Record = TypeVar("Record", bound=models.Model)


class ReachQuerySet(models.QuerySet[Record]):
    """Of a model with ``team`` and ``salesperson``."""

    def visible_to(self, user: User) -> Self:
        """Rows this person may see: all, the team's, the own ones, or none."""
        return self.within(*user.reach)

    def within(self, reach: Reach, whose: Any) -> Self:
        """Rows of one reach, of the team or the salesperson with the id ``whose``."""
        if reach == Reach.ALL:
            return self
        if reach == Reach.TEAM:
            return self.filter(team=whose)
        if reach == Reach.NO_TEAM:
            return self.filter(team__isnull=True)
        return self.filter(salesperson=whose) if reach == Reach.OWN else self.none()
