"""Counter rows: the only source of document numbers."""

from django.db import models


class Counter(models.Model):
    """The last number given for one prefix on one day."""

    prefix = models.CharField(max_length=8)
    day = models.DateField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["prefix", "day"], name="one_counter_a_day")]


class VoidNumber(models.Model):
    """A number that was given and taken back (an undone import): the gap explains itself."""

    number = models.CharField(max_length=40, unique=True)
    reason = models.CharField(max_length=200)
    at = models.DateTimeField(auto_now_add=True)
