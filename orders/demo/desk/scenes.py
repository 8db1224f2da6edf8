"""All scenes of the demo company's last two months at the desk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from orders.demo.desk.changes import change_scenes
from orders.demo.desk.inbox import inbox_scenes
from orders.demo.desk.looking_back import looking_back_scenes
from orders.demo.desk.mistakes import mistake_scenes
from orders.demo.desk.playing import Scene
from orders.demo.desk.rules import rule_scenes
from orders.demo.desk.sops import sop_scenes
from orders.demo.desk.stage import Desk
from orders.demo.desk.troubles import trouble_scenes
from orders.demo.desk.waiting import RECEIVED, waiting_scenes

__all__ = ["RECEIVED", "all_scenes"]


def all_scenes(desk: Desk) -> Iterator[tuple[datetime, Scene]]:
    """Each scene with the moment it begins at."""
    for scenes in (
        rule_scenes, sop_scenes, waiting_scenes, mistake_scenes, change_scenes, trouble_scenes, inbox_scenes,
        looking_back_scenes,
    ):  # fmt: skip
        yield from scenes(desk)
