"""Reads about SOPs: the step in force for a deed, what changed from version to version, who has read what."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet

from staff.models import KeptStep, Sop, SopReading, SopStep, SopVersion, User
from staff.sops import roles_that_do


@dataclass(frozen=True, slots=True)
class StepInForce:
    """The step that stands beside a deed now, and the version it belongs to."""

    version: SopVersion
    step: KeptStep

    @property
    def sight(self) -> str:
        """What somebody sees who reads the step: another text or another point makes another value."""
        shown = json.dumps([self.step.title, self.step.text, self.step.points])
        return hashlib.sha256(shown.encode()).hexdigest()[:16]


def steps_in_force(codes: Collection[str]) -> dict[str, StepInForce]:
    """The steps beside these deeds, by code, in one statement; a deed no SOP in force speaks of is left out."""
    found: dict[str, StepInForce] = {}
    for version in _versions_in_force().filter(sop__steps__deed__in=codes).order_by("sop_id"):
        for step in version.steps:
            if step.deed in codes:
                found.setdefault(step.deed, StepInForce(version, step))
    return found


def step_in_force(code: str) -> StepInForce | None:
    """The step beside one deed; none where no SOP in force speaks of it."""
    return steps_in_force([code]).get(code)


def _versions_in_force() -> QuerySet[SopVersion]:
    return SopVersion.objects.filter(sop__is_active=True, number=F("sop__version"))


def readers_of(deeds: Collection[str]) -> QuerySet[User]:
    """Active people whose roles do one of the deeds: they are told of a new version, and are to read it."""
    people: QuerySet[User] = User.objects.active()
    return people.filter(role_assignments__role__in=roles_that_do(deeds)).distinct()


def deeds_of(version: SopVersion) -> list[str]:
    """The codes of the deeds a version speaks of."""
    return [step.deed for step in version.steps if step.deed]


@dataclass(frozen=True, slots=True)
class SopRow:
    """One SOP of the list: its version in force, and when this person read it."""

    version: SopVersion
    read_at: datetime | None
    is_mine: bool


def sop_rows(person: User) -> list[SopRow]:
    """The SOPs in force for this person's list; theirs are those whose deeds their roles do."""
    versions = list(_versions_in_force().select_related("sop", "by").order_by("sop__title", "sop_id"))
    read = dict(SopReading.objects.filter(person=person, version__in=versions).values_list("version_id", "at"))
    return [SopRow(version, read.get(version.pk), _is_reader(person, version)) for version in versions]


def unread_sops(person: User) -> int:
    """How many SOPs in force this person is to read and has not."""
    read = SopReading.objects.filter(version=OuterRef("pk"), person=person)
    return sum(_is_reader(person, version) for version in _versions_in_force().filter(~Exists(read)))


def _is_reader(person: User, version: SopVersion) -> bool:
    return not person.roles.isdisjoint(roles_that_do(deeds_of(version)))


@dataclass(frozen=True, slots=True)
class ReaderRow:
    """Somebody who is to read a version, and when they did."""

    person: User
    read_at: datetime | None


def reader_rows(version: SopVersion) -> list[ReaderRow]:
    """Who is to read the version and whoever else has read it; those who have not come first."""
    read = {reading.person: reading.at for reading in version.readings.select_related("person")}
    people = {*readers_of(deeds_of(version)), *read}
    rows = [ReaderRow(person, read.get(person)) for person in people]
    return sorted(rows, key=lambda row: (row.read_at is not None, row.person.display_name, row.person.pk))


@dataclass(frozen=True, slots=True)
class StepChange:
    """What became of one step between two versions."""

    title: str
    is_new: bool = False
    is_gone: bool = False
    is_reworded: bool = False
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def changes_between(before: SopVersion, after: SopVersion) -> list[StepChange]:
    """Steps that came, went or say something else; a step is known by its deed, without one by its title."""
    old, new = _by_key(before), _by_key(after)
    return [change for change in _changes(old, new) if change is not None]


def _changes(old: dict[str, KeptStep], new: dict[str, KeptStep]) -> Iterator[StepChange | None]:
    for key, step in new.items():
        yield _change(old.get(key), step)
    for key, step in old.items():
        if key not in new:
            yield StepChange(step.title, is_gone=True, removed=step.points)


def _change(before: KeptStep | None, after: KeptStep) -> StepChange | None:
    if before is None:
        return StepChange(after.title, is_new=True, added=after.points)
    change = StepChange(
        after.title,
        is_reworded=(before.title, before.text) != (after.title, after.text),
        added=tuple(point for point in after.points if point not in before.points),
        removed=tuple(point for point in before.points if point not in after.points),
    )
    return change if change.is_reworded or change.added or change.removed else None


def _by_key(version: SopVersion) -> dict[str, KeptStep]:
    return {step.deed or step.title: step for step in version.steps}


def content_of(sop: Sop) -> dict[str, Any]:
    """What a version keeps of an SOP as it is written now."""
    return {"title": sop.title, "steps": [_kept(step) for step in sop.steps.all()]}


def _kept(step: SopStep) -> dict[str, Any]:
    return {"deed": step.deed, "title": step.title, "text": step.text.strip(), "points": step.points()}


def other_sop_with(codes: Collection[str], sop_id: int | None) -> SopStep | None:
    """A step of another SOP in force that stands beside one of these deeds already."""
    taken = SopStep.objects.filter(sop__is_active=True, deed__in=[code for code in codes if code])
    return taken.exclude(sop=sop_id).select_related("sop").first()
